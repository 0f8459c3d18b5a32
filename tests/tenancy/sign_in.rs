//! Signing in: the cookie, the throttle, devices and their end, a forgotten password, and set-up by two at once.

use std::sync::Barrier;

use rapport::{
    access::{Access, Origin, Role},
    accounts,
    db::Sys,
    error::Result,
};

use super::{guards::https, world::PASSWORD};
use crate::{
    app::{
        App,
        web::{Answer, Server, Speaker},
    },
    both,
};

const NEW: &str = "quiet orchard ladder 93";

/// Gives a member a password; returns their address.
fn with_password(app: &App, who: Access) -> String {
    let hashed = accounts::hash_password(PASSWORD, &[]).expect("a good password");
    let change = |sys: &mut Sys<'_>| -> Result<String> {
        accounts::change_password(sys, who.person()?, hashed, None)?;
        Ok(accounts::user(sys, who.person()?)?.email)
    };
    app.db.write_system(change).expect("a password")
}

fn sign_in(speaker: &Speaker, email: &str, password: &str) -> Answer {
    speaker.post("/login", &[("email", email), ("password", password)])
}

fn cookie(answer: &Answer) -> String {
    answer.headers.get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

both! {
    fn the_cookie_is_kept_from_scripts_from_other_sites_and_over_https_from_plain_http(app) {
        let email = with_password(app, app.workspace("Acme"));
        let plain = cookie(&sign_in(&app.server().stranger(), &email, PASSWORD));
        let parts: Vec<&str> = plain.split("; ").collect();
        assert!(parts[0].starts_with("rapport=") && parts[0].len() > "rapport=".len() + 20, "{plain}");
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
            assert!(parts.contains(&flag), "{flag}: {plain}");
        }
        assert!(!plain.contains("Secure") && !plain.contains("Domain"), "{plain}");
        let server = https(app);
        let answer = sign_in(&server.stranger(), &email, PASSWORD);
        let secure = cookie(&answer);
        assert!(secure.starts_with("__Host-rapport="), "{secure}");
        for flag in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(secure.contains(flag), "{flag}: {secure}");
        }
        assert!(!secure.contains("Domain"), "{secure}");
        assert!(answer.headers.contains_key("strict-transport-security"));
        // The other server's cookie opens nothing here: it may have been set over plain http.
        let key = secure.split(['=', ';']).nth(1).expect("a key");
        let ask = |name: &str| {
            let stranger = server.stranger();
            stranger.send(stranger.request("get", "/me").header("Cookie", format!("{name}={key}"))).status
        };
        assert_eq!((ask("__Host-rapport"), ask("rapport")), (200, 303));
    }
}

both! {
    fn signing_out_ends_the_session_in_the_table_and_the_cookie(app) {
        let email = with_password(app, app.workspace("Acme"));
        let server = app.server();
        let speaker = server.stranger();
        let key = cookie(&sign_in(&speaker, &email, PASSWORD)).split(';').next().expect("a cookie").to_owned();
        let thief = server.stranger();
        let open = || thief.send(thief.request("get", "/me").header("Cookie", &key)).status;
        assert_eq!(open(), 200);
        let out = speaker.post("/logout", &[]);
        assert_eq!((out.status, out.location.as_str()), (303, "/login"));
        assert!(cookie(&out).contains("Max-Age=0"), "{}", cookie(&out));
        assert_eq!(open(), 303, "a copy of the cookie still opens the account");
    }
}

both! {
    fn after_eight_wrong_passwords_even_the_right_one_waits_and_is_told_so(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Member);
        let (email, other) = (with_password(app, owner), with_password(app, june));
        let server = app.server();
        let speaker = server.stranger();
        for attempt in 1..=8 {
            let answer = sign_in(&speaker, &email, "wrong");
            assert_eq!(answer.status, 422, "attempt {attempt}");
            assert!(answer.body.contains("Address and password don"), "{}", answer.body);
        }
        let ninth = sign_in(&speaker, &email.to_uppercase(), PASSWORD);
        assert_eq!(ninth.status, 422);
        assert!(ninth.body.contains("Too many attempts. Wait 15 minutes"), "{}", ninth.body);
        assert_eq!(cookie(&ninth), "");
        assert_eq!(sign_in(&speaker, &other, PASSWORD).status, 303, "a colleague at the same desk may");
        app.is_now("2026-11-23T09:14:59Z");
        assert!(sign_in(&speaker, &email, PASSWORD).body.contains("Wait a minute"));
        app.is_now("2026-11-23T09:15:00Z");
        assert_eq!(sign_in(&speaker, &email, PASSWORD).status, 303);
    }
}

both! {
    fn a_stranger_who_guesses_does_not_lock_the_owner_out(app) {
        let email = with_password(app, app.workspace("Acme"));
        let attempt = |secret: &str, from: &str| accounts::sign_in(&app.db, &email, secret, "a browser", from).is_ok();
        let guess = |from: &str| (0..8).for_each(|_| assert!(!attempt("wrong", from)));
        guess("198.51.100.7");
        assert!(!attempt(PASSWORD, "198.51.100.7") && attempt(PASSWORD, "203.0.113.5"));
        // Many machines together are one stranger.
        (0..13).for_each(|n| guess(&format!("198.51.100.{n}")));
        assert!(!attempt(PASSWORD, "203.0.113.5"));
        // Whoever reads the owner's mail gets in.
        let key = app.db.write_system(|sys| accounts::issue_reset(sys, &email)).expect("a link").expect("an account").1;
        let fresh = accounts::hash_password(NEW, &[]).expect("a good one");
        app.db.write_system(|sys| accounts::redeem_reset(sys, &key, fresh)).expect("a new password");
        assert!(attempt(NEW, "203.0.113.5") && attempt(NEW, "198.51.100.7"));
    }
}

both! {
    fn an_unknown_address_is_answered_like_a_known_one(app) {
        let email = with_password(app, app.workspace("Acme"));
        let server = app.server();
        let strip = |answer: Answer, email: &str| (answer.status, answer.body.replace(email, "…"));
        let known = strip(sign_in(&server.stranger(), &email, "wrong"), &email);
        let unknown = strip(sign_in(&server.stranger(), "nobody@test.example", "wrong"), "nobody@test.example");
        assert_eq!(known, unknown);
        let ask = |email: &str| strip(server.stranger().post("/reset", &[("email", email)]), email);
        assert_eq!(ask(&email), ask("nobody@test.example"));
        app.tick();
        let mails = app.mails();
        assert_eq!(mails.len(), 1, "a mail goes only to whoever has an account");
    }
}

/// The numbers in the page after `mark`.
fn numbers_after(page: &str, mark: &str) -> Vec<String> {
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    page.split(mark).skip(1).map(digits).collect()
}

both! {
    fn devices_are_listed_and_each_can_be_signed_out(app) {
        let owner = app.workspace("Acme");
        let email = with_password(app, owner);
        let server = app.server();
        let june = app.browser_of(&server, app.member(owner, "June Park", Role::Member));
        let (phone, desk) = (server.stranger(), server.stranger());
        let agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1";
        let form = [("email", email.as_str()), ("password", PASSWORD)];
        phone.send(phone.request("post", "/login").header("User-Agent", agent).form(&form));
        assert_eq!(sign_in(&desk, &email, PASSWORD).status, 303);
        let page = desk.get("/me").body;
        assert!(page.contains("Safari on iPhone") && page.contains("127.0.0.1"), "{page}");
        let listed = numbers_after(&page, "/me/sessions/");
        assert_eq!(listed.len(), 1, "the device in hand has no button of its own: it signs out in the menu");
        let end = format!("/me/sessions/{}/end", listed[0]);
        assert_eq!(june.post(&end, &[]).status, 404, "somebody else’s session was ended");
        assert_eq!(phone.get("/me").status, 200);
        assert_eq!(desk.post(&end, &[]).status, 303);
        assert_eq!(phone.get("/me").location, "/login?next=%2Fme");
        assert!(!desk.get("/me").body.contains("Safari on iPhone"));
        assert_eq!(desk.post(&end, &[]).status, 404, "a second time there is nothing to end");
    }
}

both! {
    fn a_session_that_nobody_used_for_thirty_days_is_over(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let speaker = app.browser_of(&server, owner);
        app.is_now("2026-12-23T08:59:59Z");
        assert_eq!(app.browser_of(&server, owner).get("/me").status, 200);
        assert_eq!(speaker.get("/me").status, 200);
        app.is_now("2026-12-23T09:00:00Z");
        assert_eq!(speaker.get("/me").status, 303);
    }
}

/// The secret of the only link of this kind in the mails.
fn key_in_mails(app: &App, kind: &str) -> String {
    let text = app.mails().iter().rev().find_map(|mail| {
        let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes())?;
        let text = parsed.body_text(0)?.into_owned();
        let from = text.find(&format!("/{kind}/"))? + kind.len() + 2;
        Some(text[from..].split_whitespace().next()?.to_owned())
    });
    text.expect("a mail with a link")
}

both! {
    fn a_new_password_by_mail_signs_out_every_other_device(app) {
        let owner = app.workspace("Acme");
        let email = with_password(app, owner);
        let server = app.server();
        let june = app.member(owner, "June Park", Role::Viewer);
        let (old, colleague) = (server.stranger(), app.browser_of(&server, june));
        assert_eq!(sign_in(&old, &email, PASSWORD).status, 303);
        assert_eq!(server.stranger().post("/reset", &[("email", &email)]).status, 200);
        app.tick();
        let link = format!("/reset/{}", key_in_mails(app, "reset"));
        let fresh = server.stranger();
        assert_eq!(fresh.get(&link).status, 200);
        assert_eq!(old.get("/me").status, 200, "asking alone signs nobody out");
        assert_eq!(fresh.post(&link, &[("password", "short")]).status, 422, "the link stays good");
        assert_eq!(fresh.post(&link, &[("password", NEW)]).status, 303);
        assert_eq!(fresh.get("/me").status, 200);
        assert_eq!(old.get("/me").status, 303);
        assert_eq!(colleague.get("/me").status, 200, "others stay signed in");
        let spent = server.stranger().post(&link, &[("password", PASSWORD)]);
        assert_eq!(spent.status, 422);
        assert!(spent.body.contains("has been used or has run out"), "{}", spent.body);
        assert_eq!(sign_in(&server.stranger(), &email, PASSWORD).status, 422);
        assert_eq!(sign_in(&server.stranger(), &email, NEW).status, 303);
    }
}

both! {
    fn a_changed_password_keeps_this_device_and_no_other(app) {
        let email = with_password(app, app.workspace("Acme"));
        let server = app.server();
        let (here, elsewhere) = (server.stranger(), server.stranger());
        assert_eq!(sign_in(&here, &email, PASSWORD).status, 303);
        assert_eq!(sign_in(&elsewhere, &email, PASSWORD).status, 303);
        assert_eq!(here.post("/me/password", &[("current", "wrong"), ("password", NEW)]).status, 422);
        assert_eq!(elsewhere.get("/me").status, 200);
        assert_eq!(here.post("/me/password", &[("current", PASSWORD), ("password", NEW)]).status, 303);
        assert_eq!((here.get("/me").status, elsewhere.get("/me").status), (200, 303));
    }
}

/// What an owner fills in at set-up.
fn set_up(server: &Server, key: &str, name: &str) -> Answer {
    let email = format!("{name}@test.example");
    server.stranger().post(
        &format!("/setup/{key}"),
        &[
            ("name", name),
            ("email", &email),
            ("password", PASSWORD),
            ("workspace", "Acme"),
            ("kinds", "lead"),
            ("timezone", "Europe/Berlin"),
            ("work_from", "09:00"),
            ("work_to", "17:00"),
            ("work_days", "Mon"),
        ],
    )
}

both! {
    fn of_two_owners_racing_through_set_up_the_second_is_told(app) {
        let key = app.db.write_system(accounts::issue_setup).expect("a link").expect("nobody is here yet");
        let server = app.server();
        assert_eq!(server.stranger().get(&format!("/setup/{key}")).status, 200);
        let start = Barrier::new(2);
        let answers = std::thread::scope(|scope| {
            let race = |name: &'static str| {
                let (server, key, start) = (&server, &key, &start);
                scope.spawn(move || {
                    start.wait();
                    set_up(server, key, name)
                })
            };
            [race("ana"), race("bo")].map(|racer| racer.join().expect("an answer"))
        });
        let mut statuses = answers.each_ref().map(|answer| answer.status);
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
        let told = answers.iter().find(|answer| answer.status == 422).expect("the second");
        let words = ["set-up link has been used", "has been set up meanwhile"];
        assert!(words.iter().any(|words| told.body.contains(words)), "{}", told.body);
        let [ana, bo] = ["ana", "bo"].map(|name| {
            app.db.read_system(|sys| accounts::user_by_email(sys, &format!("{name}@test.example"))).expect("a look")
        });
        assert!(ana.is_some() != bo.is_some(), "one of the two has an account, not both and not neither");
        let owner = ana.or(bo).expect("an owner").id;
        let access = app.db.read_system(|sys| accounts::enter(sys, owner, "acme", Origin::Page)).expect("a workspace");
        assert_eq!(access.role(), Role::Owner);
        // Nobody sets up again: neither by the old link nor by a new one.
        assert_eq!(set_up(&server, &key, "eve").status, 422);
        assert_eq!(app.db.write_system(accounts::issue_setup).expect("a look"), None);
    }
}

both! {
    fn set_up_tells_everything_that_is_wrong_at_once(app) {
        let key = app.db.write_system(accounts::issue_setup).expect("a link").expect("nobody is here yet");
        let server = app.server();
        let sent = [
            ("name", "Ana"),
            ("email", "nowhere"),
            ("password", "short"),
            ("workspace", "Acme"),
            ("timezone", "Mars/Olympus"),
            ("work_from", "soon"),
            ("work_to", "17:00"),
            ("work_days", "Mon"),
        ];
        let told = server.stranger().post(&format!("/setup/{key}"), &sent);
        assert_eq!(told.status, 422);
        for field in ["email", "password", "timezone", "work_from"] {
            assert!(told.body.contains(&format!("{field}-problem")), "{field}: {}", told.body);
        }
        assert!(told.body.contains("Choose at least one. The others can be added later."), "{}", told.body);
        assert_eq!(set_up(&server, &key, "ana").status, 303, "the link stays good");
    }
}

both! {
    fn what_a_role_may_not_do_is_told_within_the_workspace(app) {
        let viewer = app.member(app.workspace("Acme"), "Vic Viewer", Role::Viewer);
        let server = app.server();
        let vic = app.browser_of(&server, viewer);
        let told = [vic.get("/w/acme/contacts/new"), vic.post("/w/acme/contacts/new", &[("name", "Ana"), ("kind", "lead")])];
        for told in told {
            assert_eq!(told.status, 403);
            assert!(told.body.contains("Your role here doesn’t allow this"), "{}", told.body);
            assert!(told.body.contains("/w/acme/inbox"), "the way on is there: {}", told.body);
        }
        assert_eq!(vic.get("/w/acme/contacts/99").status, 404);
    }
}
