//! Every route, whatever its fields and addresses say: answered, in words, and never with a failure of ours.

use rapport::web::routes::{ROUTES, Route};

use super::sample::Sample;
use crate::{
    app::{App, web::Answer},
    both,
};

/// Markup, an attribute's end, and sums that only a template engine would work out.
pub const MARKUP: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 1337*7331 }}{% for a in b %}";
/// What would be in a page if any of it were taken for more than text.
pub const TAKEN: [&str; 3] = ["<script>alert", "<img src=x", "9801547"];

/// A stream has no end to wait for.
fn is_endless(route: &Route) -> bool {
    route.path.ends_with("/live")
}

/// Routes that take something away come last, and those that end the session after them.
fn in_order() -> Vec<&'static Route> {
    let rank = |route: &Route| match route.path {
        "/logout" | "/me/sessions/{id}/end" => 3,
        "/w/{slug}/contacts/{id}/erase" | "/w/{slug}/contacts/{id}/merge/{other}" => 2,
        path if ["/remove", "/discard", "/undo", "/revoke", "/close"].iter().any(|end| path.ends_with(end)) => 1,
        _ => 0,
    };
    let mut routes: Vec<_> = ROUTES.iter().filter(|route| !is_endless(route)).collect();
    routes.sort_by_key(|route| rank(route));
    routes
}

/// What is wrong with an answer whoever is asked.
fn faults(route: &Route, answer: &Answer) -> Vec<String> {
    let mut found = Vec::new();
    let ready = route.path == "/readyz";
    if answer.status >= 500 && !ready {
        found.push(format!("{} {}: {}", route.method, route.path, answer.status));
    }
    if answer.status >= 400 && !ready && !answer.body.contains(['.', '“']) {
        found.push(format!("{} {}: {} without words", route.method, route.path, answer.status));
    }
    let shown = answer.headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if shown && let Some(taken) = TAKEN.iter().find(|markup| answer.body.contains(**markup)) {
        found.push(format!("{} {}: {taken} is in the page", route.method, route.path));
    }
    found
}

fn walk(app: &App, texts: &[&str], everywhere: bool) {
    let server = app.server();
    let mut found = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        let sample = Sample::new(app, &server, &format!("Acme {n}"));
        let fields = sample.fields(text, everywhere);
        let (mut done, mut refused) = (0, 0);
        for route in in_order() {
            let answer = sample.call(route, &fields);
            match answer.status {
                200..400 => done += 1,
                _ => refused += 1,
            }
            found.extend(faults(route, &answer).into_iter().map(|fault| format!("{text:.20?}: {fault}")));
        }
        assert!(
            done > 20 && refused > 5,
            "{text:.20?}: {done} were done and {refused} refused, so hardly anything was tried"
        );
        app.tick();
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}

both! {
    fn no_route_fails_whatever_texts_it_is_sent(app) {
        let long = "x".repeat(10_000);
        walk(
            app,
            &[MARKUP, "a\0b", "\u{202e}gnp.exe\u{2066}\u{feff}\u{200b}", &long, "%_\\'; DROP TABLE contacts; --", " "],
            false,
        );
    }
}

both! {
    fn no_route_fails_whatever_is_in_every_field(app) {
        let far = ["+262143-12-31T23:59", "in 99999999999 days", "-1", "9223372036854775807", "99999999999999999999"];
        walk(app, &[&far[..], &[MARKUP, "a\0b", "NaN"]].concat(), true);
    }
}

both! {
    fn a_forged_id_leads_nowhere(app) {
        let server = app.server();
        let sample = Sample::new(app, &server, "Acme");
        let mut found = Vec::new();
        for id in [
            "0",
            "-1",
            "9223372036854775807",
            "99999999999999999999",
            "abc",
            "1e3",
            "1;",
            "%00",
            "%F0%9F%90%99",
            "1%20",
        ] {
            for route in in_order() {
                // Keys are no ids: what is said about a wrong one is in `tenancy`.
                let named =
                    route.path.contains("{") && !["{key}", "{hash}"].iter().any(|part| route.path.contains(part));
                if !named || !route.path.replace("{slug}", "").contains('{') {
                    continue;
                }
                let speaker = sample.speaker(route);
                let request = speaker.request(route.method, &sample.path(route, Some(id)));
                let sound = sample.fields("Hello", false);
                let answer = speaker.send(match route.method {
                    "get" => request,
                    _ if route.path.starts_with("/api/") || route.path.ends_with("/drop") => {
                        let stage = sample.id("stages");
                        let body = serde_json::json!({"stage_id": stage, "version": 1, "next": "nothing", "direction": "in",
                            "body": "Hello", "due": "2026-12-01T09:00", "company": "Acme"});
                        request.json(&body)
                    }
                    _ => request.form(&sound),
                });
                if answer.status != 404 {
                    found.push(format!("{id}: {} {}: {}", route.method, route.path, answer.status));
                }
                found.extend(faults(route, &answer));
            }
        }
        assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    }
}
