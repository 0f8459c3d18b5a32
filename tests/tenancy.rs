//! Promise 15, over real HTTP: every route of `web::routes::ROUTES` is walked as a stranger, in every role, and from
//! another workspace, on both databases; while it is, the SQL is read as well. Signing in, the guards before every
//! handler, and workspaces beside each other are in the modules below.
//!
//! A new route, or a new parameter in a path, fails here until it has a fixture.

mod call;
mod guards;
mod inside;
mod outside;
mod scripts;
mod sign_in;
mod tripwire;
mod walls;
mod world;

use rapport::{
    access::{Right, Role},
    web::routes::{Need, ROUTES, Route},
};

use self::{
    call::Call,
    world::{Actor, World},
};
use crate::app::{App, web::Answer};

const ROLES: [Role; 4] = [Role::Viewer, Role::Member, Role::Manager, Role::Owner];

#[test]
fn every_route_keeps_its_wall_and_asks_for_its_role_on_sqlite() {
    tripwire::arm();
    walk(&App::sqlite());
}

#[test]
fn every_route_keeps_its_wall_and_asks_for_its_role_on_postgres() {
    tripwire::arm();
    if let Some(app) = App::postgres() {
        walk(&app);
    }
}

fn walk(app: &App) {
    tripwire::watch(&app.config.database);
    let server = app.server();
    // Else the instance is not ready: it waits for a worker.
    app.worker.prepare().expect("a worker");
    let (here, there) = (World::new(app, &server, "Wintermute"), World::new(app, &server, "Neuromancer"));
    let mut walk = Walk { here, there, found: Vec::new() };
    for route in ROUTES {
        match route.need {
            Need::Public => walk.as_anybody(route),
            Need::SignedIn => walk.as_oneself(route),
            Need::Read => walk.as_member(route, Right::Read),
            Need::Work => walk.as_member(route, Right::Work),
            Need::Arrange => walk.as_member(route, Right::Arrange),
            Need::Own => walk.as_member(route, Right::Own),
        }
    }
    // What was written to the queue meanwhile is done as well: its SQL is read too.
    app.tick();
    assert!(walk.found.is_empty(), "{} holes:\n{}", walk.found.len(), walk.found.join("\n"));
    tripwire::judge_plans(&app.config.database);
    tripwire::judge(&app.config.database);
}

/// The fixture of a route, made for this actor.
fn fixture(world: &World<'_>, route: &Route, by: &Actor) -> Call {
    let call = outside::call(world, route, by)
        .or_else(|| inside::call(world, route, by))
        .or_else(|| scripts::call(world, route, by));
    call.unwrap_or_else(|| panic!("{} {} has no fixture in tests/tenancy", route.method, route.path))
}

struct Walk<'a> {
    here: World<'a>,
    there: World<'a>,
    found: Vec<String>,
}

impl Walk<'_> {
    /// Notes an answer that is not `right`.
    fn expect(&mut self, route: &Route, who: &str, answer: &Answer, right: bool) {
        self.found
            .extend(guards::careless(route.path, answer).map(|words| format!("{} as {who}: {words}", route.path)));
        if !right {
            let words: String = answer.body.split_whitespace().collect::<Vec<_>>().join(" ");
            let end = words.char_indices().nth_back(300).map_or(0, |(at, _)| at);
            let (method, path) = (route.method, route.path);
            self.found.push(format!(
                "{method} {path} as {who}: {} {} …{}",
                answer.status,
                answer.location,
                &words[end..]
            ));
        }
    }

    /// A public route: nobody is asked who they are, and being signed in does no harm.
    fn as_anybody(&mut self, route: &Route) {
        let by = self.here.member(Role::Viewer);
        let call = fixture(&self.here, route, &by);
        let answer = call.send(&self.here.server.stranger(), route, "");
        self.expect(route, "a stranger", &answer, call.is_answered_by(answer.status));
        let call = fixture(&self.here, route, &by);
        let answer = call.send(&by.page, route, "");
        self.expect(route, "a viewer", &answer, call.is_answered_by(answer.status));
    }

    /// A route about oneself: every member's own, and nobody else's.
    fn as_oneself(&mut self, route: &Route) {
        let (me, other) = (self.here.member(Role::Viewer), self.there.member(Role::Owner));
        let call = fixture(&self.here, route, &me);
        self.refuse_stranger(route, &call);
        if call.path_ids() > 0 {
            let answer = call.send(&other.page, route, "");
            self.expect(route, "somebody else", &answer, answer.status == 404);
        }
        let answer = call.send(&me.page, route, "");
        self.expect(route, "oneself", &answer, call.is_answered_by(answer.status));
    }

    /// A route of a workspace.
    fn as_member(&mut self, route: &Route, need: Right) {
        let call = fixture(&self.here, route, &self.here.owner);
        self.refuse_stranger(route, &call);
        for role in ROLES {
            let actor = self.here.member(role);
            if !actor.access.may(need) {
                let answer = call.send(actor.speaker(route.path), route, &self.here.slug);
                self.expect(route, &format!("a {role}"), &answer, answer.status == 403);
            }
        }
        self.refuse_neighbour(route, &call);
        // The very same call: what refused it was the wall and not the fixture.
        let answer = call.send(self.here.owner.speaker(route.path), route, &self.here.slug);
        self.expect(route, "the owner", &answer, call.is_answered_by(answer.status));
        for role in ROLES {
            let actor = self.here.member(role);
            if actor.access.may(need) {
                let call = fixture(&self.here, route, &actor);
                let answer = call.send(actor.speaker(route.path), route, &self.here.slug);
                self.expect(route, &format!("a {role}"), &answer, call.is_answered_by(answer.status));
            }
        }
        self.refuse_mixtures(route);
    }

    /// Pages send strangers to sign in; what is no page tells them.
    fn refuse_stranger(&mut self, route: &Route, call: &Call) {
        let answer = call.send(&self.here.server.stranger(), route, &self.here.slug);
        let right = match route.path {
            path if path.starts_with("/api/") => answer.status == 401,
            // Not pages: a stream, an upload that is refused before it is read, and what a script of a page sends.
            "/w/{slug}/live" => answer.status == 404,
            "/w/{slug}/import" if route.method == "post" => answer.status == 404,
            "/w/{slug}/files/{id}" | "/w/{slug}/files/{id}/thumb" | "/w/{slug}/messages/{id}/files" => {
                answer.status == 404
            }
            "/w/{slug}/cards/{id}/drop" | "/w/{slug}/threads/{id}/seen" => answer.status == 403,
            _ => answer.status == 303 && answer.location.starts_with("/login"),
        };
        self.expect(route, "a stranger", &answer, right);
        self.keeps_quiet(route, "a stranger", &answer);
    }

    /// The owner of another workspace finds nothing of this one: not by its slug, not by its ids.
    fn refuse_neighbour(&mut self, route: &Route, call: &Call) {
        if route.path.contains("{slug}") {
            let answer = call.send(&self.there.owner.page, route, &self.here.slug);
            self.expect(route, "a neighbour by the slug", &answer, answer.status == 404);
            self.keeps_quiet(route, "a neighbour by the slug", &answer);
        }
        if call.path_ids() > 0 {
            let answer = call.send(self.there.owner.speaker(route.path), route, &self.there.slug);
            self.expect(route, "a neighbour by the ids", &answer, answer.status == 404);
            self.keeps_quiet(route, "a neighbour by the ids", &answer);
        }
    }

    /// Of a sound call in another workspace, each thing in turn is named by an id of this one: not found in the path,
    /// not found or refused in the body. Then the sound call itself passes.
    fn refuse_mixtures(&mut self, route: &Route) {
        let donor = fixture(&self.here, route, &self.here.owner);
        let sound = fixture(&self.there, route, &self.there.owner);
        let (speaker, slug) = (self.there.owner.speaker(route.path).clone(), self.there.slug.clone());
        for (what, call) in sound.each_exchanged(&donor) {
            let answer = call.send(&speaker, route, &slug);
            let right = answer.status == 404 || (what.starts_with("field") && answer.status == 422);
            self.expect(route, &format!("a neighbour with our {what}"), &answer, right);
            self.keeps_quiet(route, &format!("a neighbour with our {what}"), &answer);
        }
        let answer = sound.send(&speaker, route, &slug);
        self.expect(route, "the neighbour at home", &answer, sound.is_answered_by(answer.status));
        self.keeps_quiet(route, "the neighbour at home", &answer);
    }

    /// No word of this workspace may be in an answer to somebody outside.
    fn keeps_quiet(&mut self, route: &Route, who: &str, answer: &Answer) {
        if answer.body.to_lowercase().contains(&self.here.mark.to_lowercase()) {
            self.found.push(format!("{} {} as {who}: our words are in the answer", route.method, route.path));
        }
    }
}
