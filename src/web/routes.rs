//! Every route as data: method, path, who may, handler. The server registers them, and a test walks them as everybody.

use actix_web::{
    guard,
    http::Method,
    web::{self, ServiceConfig},
};

use super::{api, assets, live, pages};

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Anybody.
    Public,
    /// Anybody signed in.
    SignedIn,
    /// Every member of the workspace.
    Read,
    /// Members, managers and owners.
    Work,
    /// Managers and owners.
    Arrange,
    /// Owners.
    Own,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// get, post, patch or delete.
    pub method: &'static str,
    /// Its path, parameters in braces.
    pub path: &'static str,
    /// Who may use it.
    pub need: Need,
}

/// What a request must be for a route of this method. HEAD asks for a page without its body, which is left out on the
/// way (RFC 9110, 9.3.2).
fn of_method(method: &str) -> guard::AnyGuard {
    let named = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap_or_default();
    let also = if named == Method::GET { Method::HEAD } else { named.clone() };
    guard::Any(guard::Method(named)).or(guard::Method(also))
}

macro_rules! routes {
    ($($method:ident $path:literal $need:ident $handler:path;)+) => {
        /// All of them, in the order they are tried.
        pub const ROUTES: &[Route] = &[$(Route { method: stringify!($method), path: $path, need: Need::$need }),+];

        pub(super) fn register(config: &mut ServiceConfig) {
            $(config.route($path, web::route().guard(of_method(stringify!($method))).to($handler));)+
        }
    };
}

routes! {
    get "/" Public pages::front::front;
    get "/healthz" Public pages::health::healthz;
    get "/readyz" Public pages::health::readyz;
    get "/metrics" Public pages::health::metrics;
    get "/assets/{hash}/{file}" Public assets::serve;
    get "/login" Public pages::login::form;
    post "/login" Public pages::login::sign_in;
    post "/logout" Public pages::login::sign_out;
    post "/theme" Public pages::login::theme;
    get "/setup/{key}" Public pages::setup::form;
    post "/setup/{key}" Public pages::setup::set_up;
    get "/reset" Public pages::reset::ask_form;
    post "/reset" Public pages::reset::ask;
    get "/reset/{key}" Public pages::reset::form;
    post "/reset/{key}" Public pages::reset::reset;
    get "/invite/{key}" Public pages::invite::form;
    post "/invite/{key}" Public pages::invite::join;
    get "/unsubscribe/{key}" Public pages::unsubscribe::form;
    post "/unsubscribe/{key}" Public pages::unsubscribe::unsubscribe;

    get "/me" SignedIn pages::me::show;
    post "/me" SignedIn pages::me::save;
    post "/me/password" SignedIn pages::me::password;
    post "/me/sessions/{id}/end" SignedIn pages::me::end_session;
    get "/workspaces/new" SignedIn pages::setup::workspace_form;
    post "/workspaces/new" SignedIn pages::setup::found;

    get "/w/{slug}/start" Read pages::start::show;
    post "/w/{slug}/start/close" Arrange pages::start::close;
    post "/w/{slug}/start/demo" Own pages::start::demo;
    get "/w/{slug}/live" Read live::stream;
    get "/w/{slug}/today" Read pages::today::show;

    get "/w/{slug}/board" Read pages::board::first;
    get "/w/{slug}/board/{pipeline}" Read pages::board::show;
    get "/w/{slug}/board/{pipeline}/list" Read pages::board::list;
    get "/w/{slug}/stages/{stage}" Read pages::board::stage;
    get "/w/{slug}/cards/{id}" Read pages::cards::show;
    post "/w/{slug}/cards" Work pages::cards::open;
    post "/w/{slug}/cards/{id}" Work pages::cards::edit;
    get "/w/{slug}/cards/{id}/move" Work pages::cards::move_form;
    post "/w/{slug}/cards/{id}/move" Work pages::cards::move_to;
    post "/w/{slug}/cards/{id}/drop" Work pages::cards::drop;
    post "/w/{slug}/cards/{id}/remove" Arrange pages::cards::remove;
    post "/w/{slug}/visits/{id}/undo" Work pages::cards::undo;

    get "/w/{slug}/contacts" Read pages::contacts::list;
    get "/w/{slug}/contacts/new" Work pages::contacts::new;
    post "/w/{slug}/contacts/new" Work pages::contacts::create;
    get "/w/{slug}/contacts/{id}" Read pages::contacts::show;
    get "/w/{slug}/contacts/{id}/edit" Work pages::contacts::edit_form;
    post "/w/{slug}/contacts/{id}/edit" Work pages::contacts::edit;
    post "/w/{slug}/contacts/{id}/notes" Work pages::people::note;
    get "/w/{slug}/notes/{id}" Work pages::notes::show;
    post "/w/{slug}/notes/{id}" Work pages::notes::correct;
    post "/w/{slug}/notes/{id}/remove" Work pages::notes::remove;
    post "/w/{slug}/contacts/{id}/tags" Work pages::people::tag;
    post "/w/{slug}/contacts/{id}/tags/{tag}/remove" Work pages::people::untag;
    post "/w/{slug}/contacts/{id}/handles" Work pages::people::add_handle;
    post "/w/{slug}/handles/{id}/remove" Work pages::people::remove_handle;
    post "/w/{slug}/contacts/{id}/owner" Work pages::people::assign;
    post "/w/{slug}/contacts/{id}/prefer" Work pages::people::prefer;
    post "/w/{slug}/contacts/{id}/bar" Work pages::people::bar;
    post "/w/{slug}/contacts/{id}/unbar" Arrange pages::people::unbar;
    post "/w/{slug}/contacts/{id}/erase" Arrange pages::people::erase;
    get "/w/{slug}/contacts/{id}/merge" Work pages::merge::choose;
    get "/w/{slug}/contacts/{id}/merge/{other}" Work pages::merge::preview;
    post "/w/{slug}/contacts/{id}/merge/{other}" Work pages::merge::merge;
    post "/w/{slug}/contacts/{id}/apart/{other}" Work pages::merge::keep_apart;
    post "/w/{slug}/merges/{id}/undo" Work pages::merge::undo;

    get "/w/{slug}/inbox" Read pages::inbox::list;
    get "/w/{slug}/threads/{id}" Read pages::inbox::show;
    post "/w/{slug}/threads/{id}/messages" Work pages::threads::log;
    post "/w/{slug}/threads/{id}/close" Work pages::attention::close;
    post "/w/{slug}/threads/{id}/reopen" Work pages::attention::reopen;
    post "/w/{slug}/threads/{id}/insert" Work pages::threads::insert;
    get "/w/{slug}/threads/{id}/snooze" Work pages::attention::form;
    post "/w/{slug}/threads/{id}/snooze" Work pages::attention::snooze;
    post "/w/{slug}/threads/{id}/mark" Read pages::attention::mark;
    post "/w/{slug}/threads/{id}/seen" Read pages::attention::seen;
    post "/w/{slug}/threads/{id}/assign" Work pages::threads::assign;
    post "/w/{slug}/threads/{id}/url" Work pages::threads::set_url;
    post "/w/{slug}/messages/{id}/remove" Work pages::threads::remove_message;
    post "/w/{slug}/messages/{id}/files" Work pages::files::attach;
    get "/w/{slug}/files/{id}" Read pages::files::show;
    get "/w/{slug}/files/{id}/thumb" Read pages::files::thumb;
    post "/w/{slug}/files/{id}/remove" Work pages::files::remove;
    get "/w/{slug}/contacts/{id}/log" Work pages::threads::log_form;
    post "/w/{slug}/contacts/{id}/log" Work pages::threads::log_first;
    get "/w/{slug}/paste" Work pages::paste::form;
    post "/w/{slug}/paste" Work pages::paste::paste;

    get "/w/{slug}/reminders" Read pages::reminders::list;
    get "/w/{slug}/contacts/{id}/remind" Work pages::reminders::new;
    post "/w/{slug}/contacts/{id}/remind" Work pages::reminders::plan;
    get "/w/{slug}/reminders/{id}" Read pages::followup::show;
    get "/w/{slug}/reminders/{id}/snooze" Work pages::reminders::snooze_form;
    post "/w/{slug}/reminders/{id}/snooze" Work pages::reminders::snooze;
    get "/w/{slug}/reminders/{id}/done" Work pages::reminders::done_form;
    post "/w/{slug}/reminders/{id}/done" Work pages::reminders::done;
    post "/w/{slug}/reminders/{id}/skip" Work pages::reminders::skip;
    post "/w/{slug}/reminders/{id}/hand" Work pages::reminders::hand_over;
    post "/w/{slug}/reminders/{id}/draft" Work pages::followup::draft;
    post "/w/{slug}/reminders/{id}/sent" Work pages::followup::sent;

    get "/w/{slug}/templates" Read pages::templates::list;
    get "/w/{slug}/templates/new" Work pages::templates::new;
    post "/w/{slug}/templates/new" Work pages::templates::create;
    get "/w/{slug}/templates/{id}" Read pages::templates::show;
    post "/w/{slug}/templates/{id}" Work pages::templates::save;
    post "/w/{slug}/templates/{id}/remove" Work pages::templates::remove;
    post "/w/{slug}/templates/{id}/restore" Work pages::templates::restore;
    post "/w/{slug}/templates/{id}/variants" Work pages::templates::add_variant;

    get "/w/{slug}/import" Read pages::import::list;
    post "/w/{slug}/import" Arrange pages::import::upload;
    get "/w/{slug}/import/{id}" Read pages::import::show;
    post "/w/{slug}/import/{id}/choose" Arrange pages::import::choose;
    post "/w/{slug}/import/{id}/apply" Arrange pages::import::apply;
    post "/w/{slug}/import/{id}/discard" Arrange pages::import::discard;
    post "/w/{slug}/import/{id}/undo" Arrange pages::import::undo;

    get "/w/{slug}/settings" Read pages::settings::show;
    post "/w/{slug}/settings" Own pages::settings::save;
    post "/w/{slug}/settings/demo/remove" Own pages::settings::remove_demo;
    get "/w/{slug}/settings/members" Read pages::members::show;
    post "/w/{slug}/settings/members" Own pages::members::invite;
    post "/w/{slug}/settings/invitations/{id}/withdraw" Own pages::members::withdraw;
    post "/w/{slug}/settings/members/{id}/role" Own pages::members::role;
    post "/w/{slug}/settings/members/{id}/remove" Read pages::members::remove;
    get "/w/{slug}/settings/pipelines" Read pages::stages::list;
    post "/w/{slug}/settings/pipelines" Arrange pages::stages::create;
    get "/w/{slug}/settings/pipelines/{id}" Read pages::stages::show;
    post "/w/{slug}/settings/pipelines/{id}" Arrange pages::stages::save;
    post "/w/{slug}/settings/pipelines/{id}/stages" Arrange pages::stages::add;
    get "/w/{slug}/settings/stages/{id}" Read pages::stages::stage;
    post "/w/{slug}/settings/stages/{id}" Arrange pages::stages::save_stage;
    post "/w/{slug}/settings/stages/{id}/move" Arrange pages::stages::reorder;
    post "/w/{slug}/settings/stages/{id}/remove" Arrange pages::stages::remove;
    post "/w/{slug}/settings/stages/{id}/steps" Arrange pages::stages::add_step;
    post "/w/{slug}/settings/steps/{id}" Arrange pages::stages::save_step;
    post "/w/{slug}/settings/steps/{id}/remove" Arrange pages::stages::remove_step;
    get "/w/{slug}/settings/tokens" Read pages::tokens::show;
    post "/w/{slug}/settings/tokens" Read pages::tokens::issue;
    post "/w/{slug}/settings/tokens/{id}/revoke" Read pages::tokens::revoke;
    get "/w/{slug}/settings/mail" Own pages::mail::show;
    post "/w/{slug}/settings/mail/test" Own pages::mail::test;
    post "/w/{slug}/settings/mail/{id}/resend" Own pages::mail::resend;
    post "/w/{slug}/settings/mail/release" Own pages::mail::release;
    get "/w/{slug}/audit" Arrange pages::audit::show;

    get "/api/v1/openapi.json" Public api::openapi::document;
    get "/api/v1/contacts" Read api::contacts::list;
    post "/api/v1/contacts" Work api::contacts::create;
    get "/api/v1/contacts/{id}" Read api::contacts::show;
    patch "/api/v1/contacts/{id}" Work api::contacts::edit;
    get "/api/v1/pipelines" Read api::pipelines::list;
    get "/api/v1/cards" Read api::cards::list;
    post "/api/v1/cards" Work api::cards::open;
    get "/api/v1/cards/{id}" Read api::cards::show;
    post "/api/v1/cards/{id}/move" Work api::cards::move_to;
    get "/api/v1/cards/{id}/visits" Read api::cards::visits;
    get "/api/v1/threads" Read api::threads::list;
    post "/api/v1/threads" Work api::threads::start;
    get "/api/v1/threads/{id}" Read api::threads::show;
    get "/api/v1/threads/{id}/messages" Read api::threads::messages;
    post "/api/v1/threads/{id}/messages" Work api::threads::log;
    get "/api/v1/reminders" Read api::reminders::list;
    post "/api/v1/reminders" Work api::reminders::plan;
    get "/api/v1/reminders/{id}" Read api::reminders::show;
    post "/api/v1/reminders/{id}/done" Work api::reminders::done;
    post "/api/v1/reminders/{id}/snooze" Work api::reminders::snooze;
    post "/api/v1/reminders/{id}/skip" Work api::reminders::skip;
    get "/api/v1/templates" Read api::templates::list;
    post "/api/v1/templates" Work api::templates::create;
    get "/api/v1/imports" Read api::imports::list;
    get "/api/v1/today" Read api::today::show;
}
