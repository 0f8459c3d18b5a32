//! Mail by real SMTP: what a letter is made of, what happens when the mail server refuses it, and how one gets out of it.

use std::collections::BTreeMap;

use mail_parser::MimeHeaders;
use rapport::{
    access::{Access, Role},
    accounts,
    ids::UserId,
    mail::{self, Mail, Mailer},
    queue,
    worker::Worker,
};

use crate::{
    app::{
        App,
        sink::{Sink, read},
    },
    both,
};

const FROM: &str = "Rapport <post@rapport.test>";
/// When the digest of everybody in Berlin goes on the day that the tests begin with.
const HOUR: &str = "2026-11-23T07:00:00Z";

/// The app's worker with a way out to the sink.
fn by_smtp(app: &App, sink: &Sink) -> Worker {
    Worker { mailer: Mailer::smtp(&sink.url(), FROM).expect("a mailer"), ..app.worker.clone() }
}

/// A workspace whose owner owes Ana an offer today, at the hour of the digest, everything planned.
fn owed(app: &App, worker: &Worker) -> Access {
    app.is_now("2026-11-23T06:00:00Z");
    let owner = app.workspace("Acme");
    let ana = app.contact(owner, "Ana Li");
    app.reminder(owner, ana, "Send the offer", "2026-11-23T15:00");
    worker.prepare().expect("a plan");
    app.is_now(HOUR);
    owner
}

fn user(who: Access) -> UserId {
    who.user().expect("a person")
}

fn wants_digest(app: &App, who: Access) -> bool {
    app.db.read_system(|sys| accounts::user(sys, user(who))).expect("a person").digest_on
}

fn log(app: &App, owner: Access) -> Vec<Mail> {
    app.read(owner, mail::log)
}

fn header(raw: &[u8], name: &'static str) -> Option<String> {
    read(raw).header_raw(name).map(|value| value.trim().to_owned())
}

/// The path of the first link in a letter's text that leads below `part`.
fn link(raw: &[u8], part: &str) -> String {
    let text = read(raw).body_text(0).expect("a text").into_owned();
    let at = text.find(part).unwrap_or_else(|| panic!("no link to {part} in {text}"));
    text[at..].split_whitespace().next().unwrap_or_default().to_owned()
}

both! {
    fn a_digest_arrives_as_text_and_html_with_a_way_out_of_it(app) {
        let sink = Sink::start();
        let worker = by_smtp(app, &sink);
        app.is_now("2026-11-23T06:00:00Z");
        let owner = app.workspace("Acme");
        let (ana, bo) = (app.contact(owner, "Ana <b>Li</b>"), app.contact(owner, "Bo Ek"));
        let cy = app.contact(owner, "Cy Ong");
        app.reminder(owner, ana, "Send the offer", "2026-11-23T15:00");
        app.reminder(owner, bo, "Call back", "2026-11-20T15:00");
        let thread = app.thread(owner, ana, rapport::channels::Channel::Instagram);
        app.hears(owner, thread, "Could you send it today?");
        app.says(owner, thread, "I am on it");
        let thread = app.thread(owner, cy, rapport::channels::Channel::X);
        app.hears(owner, thread, "Any news for me?");
        worker.prepare().expect("a plan");
        worker.tick().expect("work");
        assert!(sink.mails().is_empty(), "nothing before the hour");
        app.is_now(HOUR);
        worker.tick().expect("work");
        let letter = &sink.letters()[0];
        assert_eq!(sink.letters().len(), 1);
        assert_eq!(
            (letter.from.as_str(), letter.to.as_slice()),
            ("post@rapport.test", ["acme.owner@test.example".to_owned()].as_slice())
        );
        let mail = read(&letter.raw);
        assert_eq!(mail.subject(), Some("2 follow-ups and 1 reply for Monday 23 November"));
        assert!(mail.is_content_type("multipart", "alternative"));
        assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0));
        let (text, html) = (mail.body_text(0).expect("text"), mail.body_html(0).expect("html"));
        for part in [&text, &html] {
            for words in
                ["Send the offer", "Call back", "Could you send it today?", "Any news for me?", "/snooze", "/done"]
            {
                assert!(part.contains(words), "{words} is missing in {part}");
            }
            let order = ["Call back", "Send the offer", "Any news for me?"].map(|words| part.find(words));
            assert!(order.is_sorted(), "overdue, then today, then replies owed: {order:?}");
        }
        assert!(text.contains("Ana <b>Li</b>") && !html.contains("<b>Li</b>"), "names are text, never markup");
        let key = app.db.read_system(|sys| accounts::user(sys, user(owner))).expect("a person").digest_key;
        let way_out = format!("<{}/unsubscribe/{key}>", app.config.base_url);
        assert_eq!(header(&letter.raw, "List-Unsubscribe"), Some(way_out));
        assert_eq!(header(&letter.raw, "List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        assert_eq!(header(&letter.raw, "Auto-Submitted").as_deref(), Some("auto-generated"));
        assert_eq!(mail.message_id(), Some(format!("{}@rapport.test", log(app, owner)[0].message_id).as_str()));
    }
}

both! {
    fn a_refused_digest_is_tried_again_later_and_arrives_once(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = owed(app, &worker);
        sink.refuse_next(3);
        let page = format!("/w/{}/settings/mail", app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let first = {
            worker.tick().expect("work");
            log(app, owner)[0].clone()
        };
        assert_eq!((first.state.as_str(), first.attempts, first.sent_at), ("queued", 1, None));
        assert!(first.last_error.as_deref().is_some_and(|words| words.contains("451")), "{:?}", first.last_error);
        let shown = browser.get(&page).body;
        assert!(shown.contains("Being retried") && shown.contains("451"), "{shown}");
        // After one minute, then two more, then four more: never before.
        for (early, due, attempts) in [("07:00:59", "07:01:00", 2), ("07:02:59", "07:03:00", 3)] {
            app.is_now(&format!("2026-11-23T{early}Z"));
            worker.tick().expect("work");
            assert_eq!(sink.refused(), attempts - 1, "too early at {early}");
            app.is_now(&format!("2026-11-23T{due}Z"));
            worker.tick().expect("work");
            assert_eq!(sink.refused(), attempts);
            assert_eq!(log(app, owner)[0].attempts, i32::try_from(attempts).expect("a number"));
        }
        app.is_now("2026-11-23T07:07:00Z");
        worker.tick().expect("work");
        let sent = log(app, owner)[0].clone();
        assert_eq!((sent.state.as_str(), sent.attempts, sent.last_error), ("sent", 4, None));
        assert_eq!(sent.sent_at, Some(app.now()));
        assert_eq!(sent.message_id, first.message_id);
        let letters = sink.mails();
        assert_eq!(letters.len(), 1);
        assert_eq!(read(&letters[0]).message_id(), Some(format!("{}@rapport.test", first.message_id).as_str()));
        assert!(browser.get(&page).body.contains("Sent"));
        // Nothing is left that could send it again, and tomorrow's comes as ever.
        app.is_now("2026-11-23T20:00:00Z");
        worker.tick().expect("work");
        assert_eq!((sink.mails().len(), log(app, owner).len()), (1, 1));
        app.is_now("2026-11-24T07:00:00Z");
        worker.tick().expect("work");
        assert_eq!((sink.mails().len(), wants_digest(app, owner)), (2, true));
    }
}

both! {
    fn a_letter_that_was_taken_but_not_noted_is_repeated_under_the_same_message_id(app) {
        let sink = Sink::start();
        let worker = by_smtp(app, &sink);
        let owner = owed(app, &worker);
        sink.refuse_next(1);
        worker.tick().expect("work");
        // The mail server takes it, and the worker dies before it can write that down.
        worker.mailer.deliver(&log(app, owner)[0]).expect("delivered");
        app.is_now("2026-11-23T07:01:00Z");
        worker.tick().expect("work");
        let letters = sink.mails();
        let ids: Vec<_> = letters.iter().map(|raw| read(raw).message_id().map(ToOwned::to_owned)).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids[0].is_some() && ids[0] == ids[1], "{ids:?}");
    }
}

both! {
    fn an_outage_loses_nobodys_digest_and_doubles_none(app) {
        let sink = Sink::start();
        let worker = by_smtp(app, &sink);
        let owner = owed(app, &worker);
        let mut expected = vec!["acme.owner@test.example".to_owned()];
        app.is_now("2026-11-23T06:00:00Z");
        for n in 0..12 {
            let member = app.member(owner, &format!("Member {n}"), Role::Member);
            let contact = app.contact(member, &format!("Person {n}"));
            app.reminder(member, contact, "Write", "2026-11-23T15:00");
            expected.push(format!("member.{n}@test.example"));
        }
        worker.prepare().expect("a plan");
        app.is_now(HOUR);
        sink.stop();
        worker.tick().expect("work goes on while the mail server is away");
        assert!(sink.letters().is_empty());
        assert!(log(app, owner).iter().all(|mail| mail.state == "queued" && mail.last_error.is_some()));
        sink.resume();
        sink.refuse_next(7);
        for minute in 1..=20 {
            app.is_now(&format!("2026-11-23T07:{minute:02}:00Z"));
            worker.tick().expect("work");
        }
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for letter in sink.letters() {
            *count.entry(letter.to.join(",")).or_default() += 1;
        }
        assert_eq!(count, expected.into_iter().map(|address| (address, 1)).collect());
        assert_eq!(sink.refused(), 7);
        assert!(log(app, owner).iter().all(|mail| mail.state == "sent"));
    }
}

both! {
    fn a_mail_given_up_is_shown_and_leaves_once_somebody_tries_again(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = owed(app, &worker);
        let browser = app.browser_of(&server, owner);
        let page = format!("/w/{}/settings/mail", app.slug(owner));
        sink.refuse_next(usize::try_from(queue::ATTEMPTS).expect("a number"));
        let mut at = app.now();
        for attempt in 1..=queue::ATTEMPTS {
            worker.tick().expect("work");
            at = at.plus(queue::back_off(attempt));
            app.clock.set(at);
        }
        let mails = log(app, owner);
        let given_up: Vec<_> = mails.iter().filter(|mail| mail.state == "failed").collect();
        assert_eq!((given_up.len(), given_up[0].attempts), (1, queue::ATTEMPTS));
        let shown = browser.get(&page).body;
        assert!(shown.contains("Given up") && shown.contains("451") && shown.contains("/resend"), "{shown}");
        worker.tick().expect("work");
        assert!(sink.letters().is_empty(), "what is given up is not tried again by itself");
        assert!(wants_digest(app, owner), "a failure disables nobody");
        assert_eq!(browser.post(&format!("{page}/{}/resend", given_up[0].id), &[]).status, 303);
        worker.tick().expect("work");
        worker.tick().expect("work");
        assert_eq!(sink.mails().len(), 1);
        let again = browser.post(&format!("{page}/{}/resend", given_up[0].id), &[]);
        assert_ne!(again.status, 303, "what has arrived is not sent again");
        worker.tick().expect("work");
        assert_eq!(sink.mails().len(), 1);
    }
}

both! {
    fn one_click_switches_the_digest_off_and_a_look_at_the_link_does_not(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = owed(app, &worker);
        worker.tick().expect("work");
        let address = header(&sink.mails()[0], "List-Unsubscribe").expect("a way out");
        let path = address.trim_matches(['<', '>']).strip_prefix(&app.config.base_url).expect("ours").to_owned();
        let stranger = server.stranger();
        assert_eq!(stranger.get(&path).status, 200);
        stranger.send(stranger.request("head", &path));
        assert!(wants_digest(app, owner), "a look changes nothing");
        assert_eq!(stranger.post("/unsubscribe/no-such-key", &[]).status, 404);
        // As a mail provider sends it: from nowhere of ours, without cookies, with the body that the RFC gives.
        let click = stranger.request("post", &path).header("Origin", "https://mail.provider.test");
        let clicked = stranger.send(click.form(&[("List-Unsubscribe", "One-Click")]));
        assert_eq!((clicked.status, clicked.location.as_str()), (200, ""));
        assert!(clicked.headers.get("set-cookie").is_none());
        assert!(!wants_digest(app, owner));
        assert_eq!(stranger.post(&path, &[("List-Unsubscribe", "One-Click")]).status, 200, "twice is no error");
        for day in ["24", "25"] {
            app.is_now(&format!("2026-11-{day}T07:00:00Z"));
            worker.prepare().expect("a plan");
            worker.tick().expect("work");
        }
        assert_eq!(sink.mails().len(), 1, "no digest goes to whoever has switched it off");
    }
}

both! {
    fn the_test_mail_goes_to_the_owner_who_asks(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = app.workspace("Acme");
        let manager = app.member(owner, "Mo Manager", Role::Manager);
        let page = format!("/w/{}/settings/mail/test", app.slug(owner));
        assert_eq!(app.browser_of(&server, manager).post(&page, &[]).status, 403);
        assert_eq!(app.browser_of(&server, owner).post(&page, &[]).status, 303);
        worker.tick().expect("work");
        let letters = sink.letters();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].to, ["acme.owner@test.example"]);
        assert_eq!(read(&letters[0].raw).subject(), Some("Rapport can send mail"));
        assert_eq!(header(&letters[0].raw, "List-Unsubscribe"), None, "only the digest is a list");
    }
}

both! {
    fn an_invitation_arrives_whatever_the_inviters_name_and_works_once(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = app.workspace("Acme");
        let ola = app.member(owner, "Ola Ost", Role::Owner);
        let renamed = accounts::Preferences {
            name: "Ola Öst\r\nBcc: all@victim.test".into(),
            timezone: "Europe/Berlin".into(),
            digest_on: false,
            digest_time: "08:00:00".parse().expect("a time"),
            digest_days: 31.into(),
        };
        app.db.write_system(|sys| accounts::save_preferences(sys, user(ola), &renamed)).expect("a name");
        let sent = app.browser_of(&server, ola).post(
            &format!("/w/{}/settings/members", app.slug(owner)),
            &[("email", "june@test.example"), ("role", "member")],
        );
        assert_eq!(sent.status, 303, "{}", sent.body);
        worker.tick().expect("work");
        let letters = sink.letters();
        assert_eq!((letters.len(), letters[0].to.as_slice()), (1, ["june@test.example".to_owned()].as_slice()));
        let mail = read(&letters[0].raw);
        assert!(mail.bcc().is_none(), "a name adds no header");
        assert!(mail.subject().is_some_and(|words| words.starts_with("Ola Öst") && words.contains("Acme")));
        let path = link(&letters[0].raw, "/invite/");
        let stranger = server.stranger();
        let asked = stranger.get(&path);
        assert!(asked.status == 200 && asked.body.contains("june@test.example"), "{}", asked.status);
        let fields =
            [("name", "June Park"), ("password", "lanterns over a quiet harbour"), ("timezone", "Europe/Berlin")];
        assert_eq!(stranger.post(&path, &fields).location, format!("/w/{}/today", app.slug(owner)));
        assert_eq!(stranger.get(&format!("/w/{}/today", app.slug(owner))).status, 200, "June is in");
        assert_ne!(server.stranger().post(&path, &fields).status, 303, "the link works once");
    }
}

both! {
    fn a_reset_link_changes_the_password_once_and_tells_nothing_to_strangers(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = app.workspace("Acme");
        let stranger = server.stranger();
        let unknown = stranger.post("/reset", &[("email", "nobody@test.example")]);
        let known = stranger.post("/reset", &[("email", "acme.owner@test.example")]);
        assert_eq!((unknown.status, unknown.body), (known.status, known.body), "nobody learns who has an account");
        worker.tick().expect("work");
        let letters = sink.letters();
        assert_eq!((letters.len(), letters[0].to.as_slice()), (1, ["acme.owner@test.example".to_owned()].as_slice()));
        let path = link(&letters[0].raw, "/reset/");
        let device = app.browser_of(&server, owner);
        assert_eq!((stranger.get(&path).status, stranger.get(&path).status), (200, 200), "looking uses nothing up");
        let set = stranger.post(&path, &[("password", "lanterns over a quiet harbour")]);
        assert_eq!(set.status, 303, "{}", set.body);
        assert_ne!(stranger.post(&path, &[("password", "harbours under a loud lantern")]).status, 303);
        assert_eq!(device.get("/me").status, 303, "other devices are signed out");
        let again = server.stranger();
        let signed_in = again
            .post("/login", &[("email", "acme.owner@test.example"), ("password", "lanterns over a quiet harbour")]);
        assert_eq!(signed_in.status, 303);
        assert_eq!(again.get("/me").status, 200);
    }
}

both! {
    fn the_demos_people_never_reach_a_mail_server(app) {
        let sink = Sink::start();
        let worker = by_smtp(app, &sink);
        let made = rapport::demo::tell(&worker).expect("a demo");
        for day in ["24", "25"] {
            app.is_now(&format!("2026-11-{day}T12:00:00Z"));
            worker.prepare().expect("a plan");
            worker.tick().expect("work");
        }
        let owner = app
            .db
            .read_system(|sys| {
                let user = accounts::user_by_email(sys, &made.email)?.expect("an owner");
                accounts::enter(sys, user.id, &made.slug, rapport::access::Origin::Page)
            })
            .expect("a pass");
        let mails = log(app, owner);
        assert!(!mails.is_empty() && mails.iter().all(|mail| mail.state == "failed"), "{mails:?}");
        assert!(sink.letters().is_empty());
    }
}

both! {
    fn after_a_restore_everything_waits_until_an_owner_releases_it(app) {
        let sink = Sink::start();
        let (worker, server) = (by_smtp(app, &sink), app.server());
        let owner = owed(app, &worker);
        let manager = app.member(owner, "Mo Manager", Role::Manager);
        app.db.write_system(|sys| sys.set_setting("hold", "restored")).expect("a hold");
        // Far more often than a failing mail would be tried.
        let mut at = app.now();
        for _ in 0..3 * queue::ATTEMPTS {
            worker.tick().expect("work");
            at = at.plus(chrono::TimeDelta::minutes(5));
            app.clock.set(at);
        }
        let held = log(app, owner);
        assert_eq!((held.len(), held[0].state.as_str(), held[0].attempts), (1, "queued", 0));
        assert!(sink.letters().is_empty());
        let page = format!("/w/{}/settings/mail", app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let shown = browser.get(&page).body;
        assert!(shown.contains("Sending is held.") && shown.contains("Held"), "{shown}");
        assert_eq!(app.browser_of(&server, manager).post(&format!("{page}/release"), &[]).status, 403);
        worker.tick().expect("work");
        assert!(sink.letters().is_empty());
        assert_eq!(browser.post(&format!("{page}/release"), &[]).status, 303);
        assert!(!browser.get(&page).body.contains("Sending is held."));
        app.clock.set(at.plus(chrono::TimeDelta::minutes(5)));
        worker.tick().expect("work");
        assert_eq!(sink.mails().len(), 1);
    }
}
