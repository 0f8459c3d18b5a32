//! What the routes outside workspaces are called with: the public ones, and those about oneself.

use rapport::{access::Role, accounts, web::routes::Route};

use super::{
    call::Call,
    world::{Actor, PASSWORD, World},
};

/// The fixture of a route outside workspaces and the API; none for other routes.
pub fn call(world: &World<'_>, route: &Route, by: &Actor) -> Option<Call> {
    let system = |f: &dyn Fn(&mut rapport::db::Sys<'_>) -> rapport::error::Result<String>| {
        world.app.db.write_system(|sys| f(sys)).expect("a key")
    };
    let email_of = |actor: &Actor| {
        let user = actor.access.person()?;
        world.app.db.read_system(|sys| Ok(accounts::user(sys, user)?.email))
    };
    let invitation = || {
        let (access, email) = (world.who(), format!("guest{}@test.example", world.next()));
        system(&|sys| Ok(accounts::write_invitation(sys, access, &email, Role::Member)?.1))
    };
    let reset = || {
        let email = email_of(&world.member(Role::Viewer)).expect("an address");
        system(&|sys| Ok(accounts::issue_reset(sys, &email)?.expect("an account").1))
    };
    let unsubscribe = || {
        let user = by.access.user().expect("a person");
        system(&|sys| Ok(accounts::user(sys, user)?.digest_key))
    };
    let founding = |call: Call| {
        let call = call.with("workspace", world.words("Branch")).with("timezone", "Europe/Berlin");
        let call = call.with("kinds", "lead").with("work_days", "Mon");
        call.with("work_from", "09:00").with("work_to", "17:00")
    };
    Some(match (route.method, route.path) {
        ("get", "/" | "/healthz" | "/readyz" | "/metrics" | "/api/v1/openapi.json") => Call::plain(),
        ("get", "/assets/{hash}/{file}") => {
            let page = world.server.stranger().get("/login").body;
            let from = page.find("/assets/").expect("an asset") + "/assets/".len();
            let (hash, rest) = page[from..].split_once('/').expect("a hash");
            Call::at(&[&hash, &rest.split('"').next().expect("a file")])
        }
        ("get", "/login" | "/reset") => Call::plain(),
        ("post", "/login") => Call::plain().with("email", email_of(by).expect("an address")).with("password", PASSWORD),
        ("post", "/logout") => Call::plain(),
        ("post", "/theme") => Call::plain().with("theme", "dark"),
        // Somebody has an account: set-up is over, and says so.
        ("get" | "post", "/setup/{key}") => founding(Call::at(&[&"spent"])).answers(&[422]),
        ("post", "/reset") => Call::plain().with("email", email_of(by).expect("an address")),
        ("get" | "post", "/reset/{key}") => Call::at(&[&reset()]).with("password", PASSWORD),
        ("get", "/invite/{key}") => Call::at(&[&invitation()]),
        ("post", "/invite/{key}") => {
            let call = Call::at(&[&invitation()]).with("name", world.words("Guest"));
            call.with("password", PASSWORD).with("timezone", "Europe/Berlin")
        }
        ("get" | "post", "/unsubscribe/{key}") => Call::at(&[&unsubscribe()]),

        ("get", "/me" | "/workspaces/new") => Call::plain(),
        ("post", "/me") => {
            let call = Call::plain().with("part", "profile").with("name", world.words("Somebody"));
            call.with("timezone", "Europe/Lisbon").with("digest_time", "07:30").with("digest_days", "Mon")
        }
        ("post", "/me/password") => Call::plain().with("current", PASSWORD).with("password", PASSWORD),
        ("post", "/me/sessions/{id}/end") => Call::at(&[&world.session(by.access)]),
        ("post", "/workspaces/new") => founding(Call::plain()),
        _ => return None,
    })
}
