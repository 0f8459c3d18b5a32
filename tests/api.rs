//! The contract of `/api/v1`: who may call, how refusals look, and that a POST may be repeated. The nouns are in the
//! files beside.

mod conversations;
mod nouns;
mod reminders;

use std::collections::BTreeSet;

use rapport::{
    access::{Access, Role},
    accounts,
    web::routes::{Need, ROUTES},
};
use serde_json::{Value, json};

use crate::{
    app::{
        App,
        web::{Answer, Server, Speaker},
    },
    both,
};

/// A workspace, the server, and a script with its owner's token.
fn desk(app: &App) -> (Access, Server, Speaker) {
    let owner = app.workspace("Acme");
    let server = app.server();
    let script = app.script_of(&server, owner);
    (owner, server, script)
}

/// Asserts that an answer is a problem of this status as RFC 9457 describes it, and returns it.
#[track_caller]
fn problem(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    assert_eq!(kind, Some("application/problem+json"), "{}", answer.body);
    let told = answer.json();
    assert_eq!((&told["type"], &told["status"]), (&json!("about:blank"), &json!(status)), "{told}");
    for field in ["title", "detail"] {
        assert!(told[field].as_str().is_some_and(|words| !words.is_empty()), "{field} is missing: {told}");
    }
    told
}

/// Asserts that fields were refused, with words for each, and returns their names.
#[track_caller]
fn refused(answer: &Answer) -> Vec<String> {
    let told = problem(answer, 422);
    let errors = told["errors"].as_array().unwrap_or_else(|| panic!("no field is named: {told}"));
    assert!(errors.iter().all(|error| error["detail"].as_str().is_some_and(|words| !words.is_empty())), "{told}");
    errors.iter().map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Asserts success with this status, and returns the object.
#[track_caller]
fn given(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    assert_eq!(kind, Some("application/json"));
    answer.json()
}

/// Asserts that an object has exactly these fields.
#[track_caller]
fn has(object: &Value, fields: &str) {
    let there: BTreeSet<&str> =
        object.as_object().unwrap_or_else(|| panic!("{object}")).keys().map(String::as_str).collect();
    assert_eq!(there, fields.split_whitespace().collect::<BTreeSet<_>>());
}

fn patch(script: &Speaker, path: &str, body: &Value) -> Answer {
    script.send(script.request("patch", path).json(body))
}

/// Posts with an `Idempotency-Key`.
fn keyed(script: &Speaker, path: &str, key: &str, body: &Value) -> Answer {
    script.send(script.request("post", path).header("Idempotency-Key", key).json(body))
}

fn was_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|told| told == "true")
}

both! {
    fn without_a_live_token_every_route_of_the_api_answers_401(app) {
        let (owner, server, _) = desk(app);
        let stranger = server.stranger();
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/") && route.need != Need::Public) {
            let path = route.path.replace("{id}", "1");
            let answer = stranger.send(stranger.request(route.method, &path));
            problem(&answer, 401);
            assert_eq!(
                answer.headers.get("www-authenticate").map(|value| value.as_bytes()),
                Some(&b"Bearer"[..]),
                "{path}"
            );
        }
        let wrong = stranger.request("get", "/api/v1/contacts").bearer_auth("rapport_no-such-token");
        problem(&stranger.send(wrong), 401);
        let basic = stranger.request("get", "/api/v1/contacts").basic_auth("ana", Some("secret"));
        problem(&stranger.send(basic), 401);
        problem(&app.browser_of(&server, owner).get("/api/v1/contacts"), 401);
    }
}

both! {
    fn a_token_dies_when_it_is_revoked_and_says_by_the_hour_when_it_was_used(app) {
        let (owner, server, script) = desk(app);
        let token = || app.read(owner, accounts::tokens).pop().expect("the token");
        assert_eq!(token().used_at, None);
        app.is_now("2026-11-23T09:10:00Z");
        given(&script.get("/api/v1/contacts"), 200);
        let first = app.now();
        assert_eq!(token().used_at, Some(first));
        app.is_now("2026-11-23T10:09:59Z");
        given(&script.get("/api/v1/contacts"), 200);
        given(&script.post_json("/api/v1/contacts", &json!({"name": "Ana Li", "kind": "lead"})), 201);
        assert_eq!(token().used_at, Some(first), "not noted anew within the hour");
        app.is_now("2026-11-23T10:10:00Z");
        given(&script.post_json("/api/v1/contacts", &json!({"name": "Bo Ek", "kind": "lead"})), 201);
        assert_eq!(token().used_at, Some(app.now()), "a change notes it too");
        app.write(owner, |tx| accounts::revoke_token(tx, token().id));
        problem(&script.get("/api/v1/contacts"), 401);
        let june = app.member(owner, "June Park", Role::Member);
        let hers = app.script_of(&server, june);
        given(&hers.get("/api/v1/contacts"), 200);
        app.write(owner, |tx| rapport::workspaces::remove_member(tx, june.user().expect("June")));
        problem(&hers.get("/api/v1/contacts"), 401);
    }
}

both! {
    fn a_viewer_reads_everything_and_changes_nothing(app) {
        let (owner, server, _) = desk(app);
        let viewer = app.member(owner, "Vera View", Role::Viewer);
        let script = app.script_of(&server, viewer);
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Found");
        let thread = app.thread(owner, ana, rapport::channels::Channel::X);
        let reminder = app.reminder(owner, ana, "Call", "2026-11-25T09:00");
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/")) {
            let id = match route.path {
                path if path.contains("/cards/") => card.id.0,
                path if path.contains("/threads/") => thread.0,
                path if path.contains("/reminders/") => reminder.0,
                _ => ana.0,
            };
            let path = route.path.replace("{id}", &id.to_string());
            let answer = script.send(script.request(route.method, &path));
            match route.need {
                Need::Work => drop(problem(&answer, 403)),
                _ => drop(given(&answer, 200)),
            }
        }
        assert_eq!(
            app.read(owner, |tx| rapport::reminders::reminder(tx, reminder)).state,
            rapport::reminders::State::Open
        );
    }
}

both! {
    fn what_is_elsewhere_or_nowhere_answers_404_alike(app) {
        let (_, server, script) = desk(app);
        let other = app.workspace("Other");
        let ana = app.contact(other, "Ana Li");
        let card = app.card(other, ana, "Found").id;
        let thread = app.thread(other, ana, rapport::channels::Channel::X);
        let reminder = app.reminder(other, ana, "Call", "2026-11-25T09:00");
        for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/") && route.path.contains("{id}")) {
            let id = match route.path {
                path if path.contains("/cards/") => card.0,
                path if path.contains("/threads/") => thread.0,
                path if path.contains("/reminders/") => reminder.0,
                _ => ana.0,
            };
            let body = json!({
                "direction": "in", "body": "Hello", "stage_id": 1, "version": 1, "due": "2026-12-01T09:00", "name": "Eve",
            });
            let mut told = Vec::new();
            for id in [id.to_string(), "987654321".into()] {
                let mut request = script.request(route.method, &route.path.replace("{id}", &id));
                if route.method != "get" {
                    request = request.json(&body);
                }
                told.push(problem(&script.send(request), 404));
            }
            assert_eq!(told[0], told[1], "{} {}: the two can't be told apart", route.method, route.path);
        }
        for body in [json!({"contact_id": ana, "channel": "x"}), json!({"contact_id": ana, "pipeline_id": 1})] {
            let path = if body.get("channel").is_some() { "/api/v1/threads" } else { "/api/v1/cards" };
            problem(&script.post_json(path, &body), 404);
        }
        for path in ["/api/v1/nowhere", "/api/v1/contacts/abc", "/api/v1/contacts/99999999999999999999"] {
            problem(&script.get(path), 404);
        }
        for (method, path, known) in [
            ("delete", "/api/v1/contacts", "GET, POST, HEAD"),
            ("put", "/api/v1/contacts/1", "GET, PATCH, HEAD"),
            ("post", "/api/v1/today", "GET, HEAD"),
        ] {
            let refused = script.send(script.request(method, path));
            problem(&refused, 405);
            assert_eq!(refused.headers["allow"], known, "{method} {path}");
        }
        let mine = app.script_of(&server, other).get(&format!("/api/v1/contacts/{ana}"));
        assert_eq!(given(&mine, 200)["name"], "Ana Li", "whoever belongs there sees it");
    }
}

both! {
    fn what_is_no_json_is_400_and_what_does_not_fit_is_422(app) {
        let (_, _, script) = desk(app);
        let raw = |body: &'static str| script.send(script.request("post", "/api/v1/contacts").body(body));
        for broken in ["{", "{\"name\": }", "name=Ana", "{\"name\": \"Ana\""] {
            problem(&raw(broken), 400);
        }
        assert_eq!(refused(&raw("{\"name\": 7, \"kind\": \"lead\"}")).len(), 1);
        assert_eq!(refused(&raw("[]")).len(), 1);
        assert_eq!(refused(&raw("{}")), ["name", "kind"], "all at once, each with its field");
        let large = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
        problem(&script.send(script.request("post", "/api/v1/contacts").body(large)), 413);
        for query in ["limit=many", "cursor=%21%21", "cursor=bm90LWpzb24", "kind=robot"] {
            refused(&script.get(&format!("/api/v1/contacts?{query}")));
        }
        assert_eq!(given(&script.get("/api/v1/contacts"), 200), json!({"items": [], "next_cursor": null}));
    }
}

both! {
    fn a_repeated_post_is_answered_again_and_done_once(app) {
        let (owner, server, script) = desk(app);
        let new = json!({"name": "Ana Li", "kind": "lead", "email": "ana@one.test"});
        let first = keyed(&script, "/api/v1/contacts", "k-1", &new);
        assert!(first.status == 201 && !was_replayed(&first));
        for _ in 0..2 {
            let again = keyed(&script, "/api/v1/contacts", "k-1", &new);
            assert!(was_replayed(&again));
            assert_eq!((again.status, given(&again, 201)), (201, first.json()));
        }
        // Without the key it is a request like any other, and she is here already.
        problem(&script.post_json("/api/v1/contacts", &new), 409);
        let other = json!({"name": "Bo Ek", "kind": "lead"});
        assert_eq!(refused(&keyed(&script, "/api/v1/contacts", "k-1", &other)), ["Idempotency-Key"]);
        assert_eq!(refused(&keyed(&script, "/api/v1/threads", "k-1", &new)), ["Idempotency-Key"], "also another path");
        for bad in ["two words".to_owned(), "x".repeat(201)] {
            assert_eq!(refused(&keyed(&script, "/api/v1/contacts", &bad, &other)), ["Idempotency-Key"]);
        }
        // A refusal is not kept: mended, the request goes through under its key.
        refused(&keyed(&script, "/api/v1/contacts", "k-2", &json!({"name": "", "kind": "lead"})));
        given(&keyed(&script, "/api/v1/contacts", "k-2", &other), 201);
        // A colleague's keys are their own, and after a day a key is free again.
        let june = app.script_of(&server, app.member(owner, "June Park", Role::Member));
        let hers = keyed(&june, "/api/v1/contacts", "k-1", &json!({"name": "Cy Ong", "kind": "lead"}));
        assert!(hers.status == 201 && !was_replayed(&hers));
        app.is_now("2026-11-24T10:00:00Z");
        app.worker.prepare().expect("a plan");
        app.tick();
        let later = keyed(&script, "/api/v1/contacts", "k-1", &json!({"name": "Di Roe", "kind": "lead"}));
        assert!(later.status == 201 && !was_replayed(&later), "{}", later.body);
        assert_eq!(app.read(owner, |tx| rapport::contacts::count_to(tx, 100)), 4);
    }
}

both! {
    fn the_same_post_at_the_same_moment_is_done_once_and_nobody_is_told_of_a_fault(app) {
        let (owner, _, script) = desk(app);
        let new = json!({"name": "Ana Li", "kind": "lead"});
        for round in 0..5 {
            let key = format!("round-{round}");
            let answers: Vec<Answer> = std::thread::scope(|scope| {
                let asked: Vec<_> =
                    (0..6).map(|_| scope.spawn(|| keyed(&script, "/api/v1/contacts", &key, &new))).collect();
                asked.into_iter().map(|one| one.join().expect("an answer")).collect()
            });
            let made = keyed(&script, "/api/v1/contacts", &key, &new);
            assert!(was_replayed(&made));
            for answer in answers {
                match answer.status {
                    201 => assert_eq!(answer.json(), made.json()),
                    _ => drop(problem(&answer, 409)),
                }
            }
            assert_eq!(app.read(owner, |tx| rapport::contacts::count_to(tx, 100)), round + 1);
        }
    }
}

both! {
    fn the_description_is_open_to_all_and_lists_every_route(app) {
        let (_, server, _) = desk(app);
        let document = given(&server.stranger().get("/api/v1/openapi.json"), 200);
        assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.")));
        let routes: BTreeSet<(String, String)> = ROUTES
            .iter()
            .filter(|route| route.path.starts_with("/api/v1/") && route.need != Need::Public)
            .map(|route| (route.path.to_owned(), route.method.to_owned()))
            .collect();
        assert_eq!(routes.len(), 25);
        let mut told = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("methods") {
                told.insert((path.clone(), method.clone()));
                let responses = operation["responses"].as_object().expect("responses");
                assert!(responses["default"]["content"].get("application/problem+json").is_some(), "{method} {path}");
                assert!(responses.keys().any(|status| status.starts_with('2')), "{method} {path}");
            }
        }
        assert_eq!(told, routes);
    }
}
