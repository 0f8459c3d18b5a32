//! Meta's standard download and the one of encrypted chats tell the same conversation under two names: it comes in once.

use rapport::{
    access::Access,
    contacts::{self, Details},
    imports::{self, Verdict},
    threads,
};
use serde_json::json;

use super::{
    chats::bring,
    facts,
    kit::{candidates, look_into_as, state, zip},
    named, person,
};
use crate::{app::App, both};

const BASE: i64 = 1_760_000_000_000;

/// What was said: by whom, at which millisecond, in which words.
type Line<'a> = (&'a str, i64, &'a str);

/// A conversation between Mara and somebody in the standard download; what has no words is a photo.
fn standard(other: &str, said: &[Line<'_>]) -> String {
    let said = said.iter().rev().map(|(from, at, words)| match *words {
        "" => json!({"sender_name": from, "timestamp_ms": BASE + at, "photos": [{"uri": "messages/e2ee_cutover/x/photos/1.jpg"}]}),
        words => json!({"sender_name": from, "timestamp_ms": BASE + at, "content": words}),
    });
    json!({"participants": [{"name": other}, {"name": "Mara"}], "messages": said.collect::<Vec<_>>()}).to_string()
}

/// The same in the encrypted download.
fn encrypted(other: &str, said: &[Line<'_>]) -> String {
    let said = said.iter().map(|(from, at, words)| {
        let media = if words.is_empty() { json!([{"uri": "./media/a.jpg"}]) } else { json!([]) };
        json!({"senderName": from, "timestamp": BASE + at, "text": words, "type": "Generic", "media": media})
    });
    json!({"participants": [other, "Mara"], "threadName": other, "messages": said.collect::<Vec<_>>()}).to_string()
}

/// Who it is of shows in somebody else's conversation.
const BO: [Line<'static>; 1] = [("Bo Berg", 1, "hey")];

fn standard_zip(talks: &[(&str, String)]) -> Vec<u8> {
    let root = "your_activity_across_facebook/messages/e2ee_cutover";
    let bo = ("bo_9", standard("Bo Berg", &BO));
    let files: Vec<(String, &String)> =
        talks.iter().chain([&bo]).map(|(folder, talk)| (format!("{root}/{folder}/message_1.json"), talk)).collect();
    zip(&files.iter().map(|(name, talk)| (name.as_str(), talk.as_bytes())).collect::<Vec<_>>())
}

fn encrypted_zip(talks: &[(&str, String)]) -> Vec<u8> {
    let bo = ("Bo Berg_1.json", encrypted("Bo Berg", &BO));
    zip(&talks.iter().chain([&bo]).map(|(name, talk)| (*name, talk.as_bytes())).collect::<Vec<_>>())
}

const OLD: [Line<'static>; 4] =
    [("Ana Li", 10, "Hello Mara"), ("Mara", 20, "Hello"), ("Ana Li", 30, ""), ("Ana Li", 40, "ok")];
const NEW: [Line<'static>; 3] = [("Ana Li", 30, ""), ("Ana Li", 40, "ok"), ("Mara", 50, "See you")];

fn bodies(app: &App, who: Access) -> Vec<String> {
    let ana = person(app, who, "Ana Li");
    let mut all = app.read(who, |tx| threads::newest_of_contact(tx, ana.id, 50));
    all.sort_by_key(|one| (one.sent_at, one.id));
    all.into_iter().map(|one| one.body).collect()
}

const PEOPLE: &str = "SELECT name AS fact FROM contacts";

both! {
    fn promise_10_what_two_downloads_of_messenger_both_tell_comes_in_once(app) {
        let standard = standard_zip(&[("ana_1", standard("Ana Li", &OLD))]);
        let encrypted = encrypted_zip(&[("Ana Li_4.json", encrypted("Ana Li", &NEW))]);
        for (at, [first, second]) in [[&standard, &encrypted], [&encrypted, &standard]].into_iter().enumerate() {
            let owner = app.workspace(&format!("Acme {at}"));
            let of = |sql: &str| facts(app, &format!("{sql} WHERE workspace_id = {}", owner.workspace()));
            bring(app, owner, "messenger", first);
            let before = state(app, owner);
            let looked = look_into_as(app, owner, "messenger", "archive.zip", second);
            let ana = named(&candidates(app, owner, looked.id), "Ana Li").clone();
            let news = if at == 0 { "1 message" } else { "2 messages" };
            assert_eq!(ana.verdict, Verdict::Updated, "{ana:?}");
            assert_eq!(ana.reason, Some(format!("Known by conversation; brings {news}.")));
            let bo = named(&candidates(app, owner, looked.id), "Bo Berg").clone();
            assert_eq!(bo.verdict, Verdict::Unchanged, "{bo:?}");
            let done = bring(app, owner, "messenger", second);
            assert_eq!(done.count("made"), 0);
            assert_eq!(of(PEOPLE), ["Ana Li", "Bo Berg"]);
            let photo = if at == 0 { "(a photo)" } else { "(a file)" };
            assert_eq!(bodies(app, owner), ["Hello Mara", "Hello", photo, "ok", "See you"]);

            // By either name, again and again, nothing comes twice.
            let whole = state(app, owner);
            for same in [first, second] {
                assert_eq!(bring(app, owner, "messenger", same).count("stored"), 0);
                assert_eq!(state(app, owner), whole);
            }
            // The conversation is known by its names, whatever she is called here meanwhile.
            let ana = person(app, owner, "Ana Li");
            let renamed = Details { name: "Ana of the market".into(), ..Details::named("", ana.kind) };
            app.write(owner, |tx| contacts::edit(tx, ana.id, &renamed));
            assert_eq!(bring(app, owner, "messenger", second).count("stored"), 0);
            let back = Details { name: "Ana Li".into(), ..renamed };
            app.write(owner, |tx| contacts::edit(tx, ana.id, &back));

            app.write(owner, |tx| imports::undo(tx, done.id));
            assert_eq!(state(app, owner), before);
            assert_eq!(of("SELECT external_id AS fact FROM thread_names"), Vec::<String>::new());
        }
    }
}

both! {
    fn promise_11_of_one_name_alone_two_conversations_stay_two(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, "messenger", &standard_zip(&[("ana_1", standard("Ana Li", &OLD))]));
        // Another Ana Li: she says the same at another time, and sends a photo at the same one.
        let other = [("Ana Li", 11, "Hello Mara"), ("Ana Li", 30, ""), ("Mara", 40, "ok")];
        bring(app, owner, "messenger", &encrypted_zip(&[("Ana Li_4.json", encrypted("Ana Li", &other))]));
        assert_eq!(facts(app, PEOPLE), ["Ana Li", "Ana Li", "Bo Berg"]);
        // Two of one archive stay two even when both hold the same line.
        let line = [("Dee Fox", 60, "Hello from both")];
        let twins = standard_zip(&[("dee_5", standard("Dee Fox", &line)), ("dee_6", standard("Dee Fox", &line))]);
        bring(app, owner, "messenger", &twins);
        bring(app, owner, "messenger", &twins);
        assert_eq!(facts(app, PEOPLE), ["Ana Li", "Ana Li", "Bo Berg", "Dee Fox", "Dee Fox"]);
        let said = facts(app, "SELECT body AS fact FROM messages WHERE body LIKE '%both'");
        assert_eq!(said.len(), 2);
    }
}
