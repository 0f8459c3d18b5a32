//! What stands before every handler: careful headers on every answer, nothing inline on any page, no changes that
//! another site asks for.

use std::sync::Arc;

use rapport::{
    config::Config,
    web::{self, App as WebApp},
};

use crate::{
    app::{
        App,
        web::{Answer, Server},
    },
    both,
};

const POLICY: [&str; 8] = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "connect-src 'self'",
    "img-src 'self' data:",
];
const ALWAYS: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What is careless about an answer, in words.
pub fn careless(path: &str, answer: &Answer) -> Option<String> {
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some((name, _)) = ALWAYS.iter().find(|(name, value)| header(name) != *value) {
        return Some(format!("{name} is “{}”", header(name)));
    }
    let policy = header("content-security-policy");
    if path.starts_with("/w/{slug}/files/") && answer.status == 200 {
        let closed = ["default-src 'none'", "form-action 'none'", "sandbox"].iter().all(|part| policy.contains(part));
        let private = header("cache-control").starts_with("private");
        return (!closed || !private || policy.contains("unsafe")).then(|| format!("a file is served by {policy}"));
    }
    if let Some(part) = POLICY.iter().find(|part| !policy.split("; ").any(|said| said == **part)) {
        return Some(format!("the policy lacks {part}: {policy}"));
    }
    if policy.contains("unsafe") || policy.contains('*') {
        return Some(format!("the policy is loose: {policy}"));
    }
    // Assets never change under their hash; nothing else may be kept anywhere.
    if !path.starts_with("/assets/") && header("cache-control") != "no-store" {
        return Some(format!("cache-control is “{}”", header("cache-control")));
    }
    if header("content-type").starts_with("text/html") { inline(&answer.body) } else { None }
}

/// What the policy would not let run or show: scripts and styles written into the page.
fn inline(html: &str) -> Option<String> {
    let tags = html.split('<').skip(1).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
    for tag in tags {
        let script = tag.starts_with("script") && !tag.contains(" src=");
        let handler = tag
            .split_whitespace()
            .skip(1)
            .any(|word| word.split_once('=').is_some_and(|(name, _)| name.len() > 2 && name.starts_with("on")));
        if script || handler || tag.starts_with("style") || tag.contains(" style=") || tag.contains("javascript:") {
            return Some(format!("something inline: <{tag}>"));
        }
    }
    None
}

#[test]
fn what_is_inline_on_a_page_is_noticed() {
    for bad in [
        "<p style=\"x\">",
        "<script>go()</script>",
        "<b onclick=\"go()\">",
        "<style>p{}</style>",
        "<a href=\"javascript:go()\">",
    ] {
        assert!(inline(bad).is_some(), "{bad}");
    }
    assert!(inline("<script src=\"/assets/x/app.js\" defer></script><p class=\"once on\">one=1</p>").is_none());
}

both! {
    fn a_change_that_another_site_asks_for_is_refused(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let speaker = app.browser_of(&server, owner);
        let form = [("name", "Mallory"), ("kind", "lead")];
        let paths =
            ["/logout", "/me", "/w/acme/contacts/new", "/w/acme/settings/members", "/login", "/setup/x", "/nowhere"];
        for path in paths {
            for site in ["cross-site", "same-site"] {
                let request = server.stranger().request("post", path).header("Sec-Fetch-Site", site);
                let answer = speaker.send(with_cookie(request, &speaker).form(&form));
                assert_eq!(answer.status, 403, "{path} from {site}");
                assert!(answer.body.contains("came from another site"), "{}", answer.body);
            }
            for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"] {
                let request = server.stranger().request("post", path).header("Origin", origin);
                let answer = speaker.send(with_cookie(request, &speaker).form(&form));
                assert_eq!(answer.status, 403, "{path} from {origin}");
            }
        }
        assert_eq!(app.read(owner, |tx| rapport::contacts::count_to(tx, 10)), 0, "nobody was added");
        assert_eq!(speaker.get("/me").status, 200, "nobody was signed out");
        // One's own pages, by either header, and scripts, which have neither.
        let ours = server.stranger().request("post", "/w/acme/contacts/new").header("Origin", server.base.clone());
        let answer = speaker.send(with_cookie(ours, &speaker).form(&[("name", "Ana Li"), ("kind", "lead")]));
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(speaker.post("/w/acme/contacts/new", &[("name", "Bo Ek"), ("kind", "lead")]).status, 303);
    }
}

/// The request with the cookie of a signed-in browser, and no other header of one.
fn with_cookie(
    request: reqwest::blocking::RequestBuilder,
    speaker: &crate::app::web::Speaker,
) -> reqwest::blocking::RequestBuilder {
    let probe = speaker.request("get", "/").build().expect("a request");
    let cookie = probe.headers().get("cookie").expect("a cookie").clone();
    request.header("Cookie", cookie)
}

both! {
    fn reading_from_another_site_changes_nothing_and_a_token_is_no_cookie(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let (browser, script) = (app.browser_of(&server, owner), app.script_of(&server, owner));
        // A link in a chat leads here: the page opens.
        let answer = browser.send(browser.request("get", "/w/acme/today").header("Sec-Fetch-Site", "cross-site"));
        assert_eq!(answer.status, 200);
        // A cookie opens no API, so that no page of another site can use it; a token opens no page.
        assert_eq!(browser.get("/api/v1/contacts").status, 401);
        assert_eq!(script.get("/api/v1/contacts").status, 200);
        assert_eq!(script.get("/w/acme/today").status, 303);
        assert_eq!(script.get("/api/v1/contacts").headers.get("access-control-allow-origin"), None);
    }
}

both! {
    fn an_address_that_leads_nowhere_is_as_careful_as_a_page(app) {
        let server = app.server();
        let nowhere =
            [("get", "/nowhere", 404), ("get", "/w/acme/contacts/x", 404), ("post", "/healthz", 405), ("get", "/api/v1/x", 404)];
        for (method, path, status) in nowhere {
            let answer = server.stranger().send(server.stranger().request(method, path));
            assert_eq!(answer.status, status, "{method} {path}");
            assert_eq!(careless(path, &answer), None, "{method} {path}");
        }
    }
}

/// Serves this app as if a proxy gave it https.
pub fn https(app: &App) -> Server {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let config = Config { base_url: "https://rapport.example".into(), ..(*app.config).clone() };
    let app = WebApp {
        db: app.db.clone(),
        config: Arc::new(config),
        mailer: app.worker.mailer.clone(),
        store: app.worker.store.clone(),
    };
    std::thread::spawn(move || actix_web::rt::System::new().block_on(web::serve(app, listener)));
    Server { base: format!("http://{address}") }
}

both! {
    fn head_is_answered_like_get_without_a_body_and_changes_nothing(app) {
        let owner = app.workspace("Acme");
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        for path in ["/login".to_owned(), format!("/w/{slug}/today"), format!("/w/{slug}/inbox"), "/healthz".to_owned()] {
            let (get, head) = (browser.get(&path), browser.send(browser.request("head", &path)));
            assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
            assert_eq!(head.headers.get("content-type"), get.headers.get("content-type"), "{path}");
        }
        assert_eq!(browser.send(browser.request("head", "/nowhere")).status, 404);
    }
}
