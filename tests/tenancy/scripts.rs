//! What the API is called with.

use rapport::web::routes::Route;
use serde_json::json;

use super::{
    call::Call,
    world::{Actor, World},
};

/// The fixture of a route of the API; none for other routes.
pub fn call(world: &World<'_>, route: &Route, by: &Actor) -> Option<Call> {
    let path = route.path.strip_prefix("/api/v1")?;
    Some(match (route.method, path) {
        (
            "get",
            "/contacts" | "/pipelines" | "/cards" | "/threads" | "/reminders" | "/templates" | "/imports" | "/today",
        ) => Call::plain(),
        ("post", "/contacts") => {
            let handle = json!([{"channel": "instagram", "username": format!("{}.{}", world.mark, world.next())}]);
            let call = Call::plain().json().with("name", world.words("Newcomer")).with("kind", "lead");
            call.with("handles", handle)
        }
        ("get", "/contacts/{id}") => Call::at(&[&world.person()]),
        ("patch", "/contacts/{id}") => Call::at(&[&world.person()]).json().with("company", world.words("Works")),
        ("post", "/cards") => {
            let call = Call::plain().json().naming("contact_id", world.person().0);
            call.naming("pipeline_id", world.pipeline().0).naming("stage_id", world.stage("Connected").0)
        }
        ("get", "/cards/{id}" | "/cards/{id}/visits") => Call::at(&[&world.card().id]),
        ("post", "/cards/{id}/move") => {
            let card = world.card();
            let call = Call::at(&[&card.id]).json().naming("stage_id", world.stage("Talking").0);
            call.with("version", card.version).naming("message_id", world.message_of(card.contact_id).0)
        }
        ("post", "/threads") => {
            let call = Call::plain().json().naming("contact_id", world.person().0).with("channel", "linkedin");
            call.with("url", world.thread_url()).with("external_id", format!("{}-{}", world.mark, world.next()))
        }
        ("get", "/threads/{id}" | "/threads/{id}/messages") => Call::at(&[&world.thread()]),
        ("post", "/threads/{id}/messages") => {
            Call::at(&[&world.thread()]).json().with("direction", "in").with("body", world.words("Yes"))
        }
        ("post", "/reminders") => {
            let (card, thread) = world.engaged();
            let call = Call::plain().json().naming("contact_id", card.contact_id.0).naming("card_id", card.id.0);
            let call = call.naming("thread_id", thread.0).naming("user_id", world.owner.id());
            let call = call.naming("template_id", world.template(world.who()).0);
            call.with("title", world.words("Call")).with("due", "2026-12-01T09:00")
        }
        ("get", "/reminders/{id}") => Call::at(&[&world.reminder()]),
        ("post", "/reminders/{id}/done") => Call::at(&[&world.reminder()]).json().with("next", "nothing"),
        ("post", "/reminders/{id}/snooze") => Call::at(&[&world.reminder()]).json().with("due", "2026-12-02T09:00"),
        ("post", "/reminders/{id}/skip") => Call::at(&[&world.reminder()]).json(),
        ("post", "/templates") => {
            let call =
                Call::plain().json().with("name", world.words("template")).with("body", "Hello {{ first_name }}");
            call.with("shared", by.access.may(rapport::access::Right::Arrange))
        }
        _ => return None,
    })
}
