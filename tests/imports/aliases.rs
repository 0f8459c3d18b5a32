//! What is called differently in two downloads comes in once all the same: conversations, people, owners, files.

use rapport::{
    access::Access,
    contacts::{self, Details},
    db,
    imports::{self, Verdict},
    threads,
};
use serde_json::json;

use super::{
    chats::bring,
    facts,
    kit::{apply, candidates, look_into_as, state, zip},
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

/// A conversation of Mara's, of whom the account tells another name by now, and with somebody who has another too.
fn instagram(folder: &str, mara: &str, zoe: &str) -> Vec<u8> {
    let uri = |n: u8| format!("{folder}/photos/{n}.jpg");
    let said = json!([
        {"sender_name": zoe, "timestamp_ms": BASE + 40, "photos": [{"uri": uri(1)}]},
        {"sender_name": mara, "timestamp_ms": BASE + 30, "content": "ok"},
        {"sender_name": mara, "timestamp_ms": BASE + 30, "content": "ok"},
        {"sender_name": zoe, "timestamp_ms": BASE + 20, "content": "Hello"},
    ]);
    let talk = json!({"participants": [{"name": zoe}, {"name": mara}], "messages": said}).to_string();
    let profile = json!({"profile_user": [{"string_map_data": {"Name": {"value": mara}}}]}).to_string();
    zip(&[
        (&format!("{folder}/message_1.json"), talk.as_bytes()),
        ("personal_information/personal_information.json", profile.as_bytes()),
        ("followers_and_following/followers_1.json", b"[]"),
    ])
}

both! {
    fn promise_10_new_names_of_people_and_folders_bring_nothing_twice(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, "instagram", &instagram("your_instagram_activity/messages/inbox/zoe_7", "Mara", "Zoe"));
        assert_eq!(facts(app, "SELECT body AS fact FROM messages"), ["(a photo)", "Hello", "ok", "ok"]);
        let before = state(app, owner);
        for (folder, mara, zoe) in [
            ("your_instagram_activity/messages/inbox/zoe_7", "Mara", "Zoe of the lake"),
            ("your_instagram_activity/messages/inbox/zoe_7", "Mara Lindqvist", "Zoe"),
            ("your_instagram_activity/messages/inbox/zoeofthelake_7", "Mara", "Zoe"),
            ("messages/inbox/zoe_7", "Mara", "Zoe"),
        ] {
            let looked = look_into_as(app, owner, "instagram", "archive.zip", &instagram(folder, mara, zoe));
            assert_eq!(looked.count("unchanged"), 1, "{folder} {mara} {zoe}");
            assert_eq!(bring(app, owner, "instagram", &instagram(folder, mara, zoe)).count("stored"), 0);
            assert_eq!(state(app, owner), before, "{folder} {mara} {zoe}");
        }
    }
}

both! {
    fn promise_10_a_chat_of_whatsapp_is_known_whatever_its_file_is_called(app) {
        let owner = app.workspace("Acme");
        let (android, iphone) = (
            "14/11/25, 09:30 - Wim: Good morning to you\n14/11/25, 09:31 - Mara: ok\n14/11/25, 09:31 - Mara: ok\n",
            "[14/11/25, 09:30:07] Wim: Good morning to you\n[14/11/25, 09:31:08] Mara: ok\n[14/11/25, 09:31:09] Mara: ok\n\
             [14/11/25, 09:31:30] Mara: ok\n",
        );
        let txt = |name: &str, chat: &str| zip(&[(name, chat.as_bytes())]);
        bring(app, owner, "whatsapp", &txt("WhatsApp Chat with Wim.txt", android));
        let before = state(app, owner);
        let bring_as = |name: &str, chat: &str| {
            let looked = look_into_as(app, owner, "whatsapp", "archive.zip", &txt(name, chat));
            app.write(owner, |tx| imports::set_owner(tx, looked.id, "Mara"));
            app.tick();
            app.write(owner, |tx| imports::choose(tx, looked.id, &imports::Choice::Everybody));
            apply(app, owner, looked.id, None)
        };
        for name in ["WhatsApp Chat with Wim (1).txt", "WhatsApp Chat with Wim 2.txt"] {
            bring_as(name, android);
            assert_eq!(state(app, owner), before, "{name}");
        }
        // An iPhone tells seconds; what it tells more comes in.
        let done = bring(app, owner, "whatsapp", &txt("WhatsApp Chat with Wim.txt", iphone));
        assert_eq!((done.count("made"), done.count("stored")), (0, 1));
        assert_eq!(bring(app, owner, "whatsapp", &txt("WhatsApp Chat with Wim.txt", iphone)).count("stored"), 0);
        // A colleague's chat with somebody of that name, and a greeting at one minute, are another.
        let toms = android.replace("Mara", "Tom").replace("to you", "Tom");
        assert_eq!(bring(app, owner, "whatsapp", &txt("WhatsApp Chat with Wim.txt", &toms)).count("made"), 1);
        let greeting = "14/11/25, 09:30 - Wim: Good morning to you\n14/11/25, 09:40 - Mara: Is it you?\n14/11/25, 09:41 - Wim: Another Wim\n";
        assert_eq!(bring_as("WhatsApp Chat with Wim 4.txt", greeting).count("made"), 1);
        // A namesake with other words stays another person.
        let other = "14/11/25, 09:30 - Wim: A different good morning\n14/11/25, 09:31 - Mara: ok\n";
        assert_eq!(bring_as("WhatsApp Chat with Wim 3.txt", other).count("made"), 1);
    }
}

both! {
    fn promise_11_whatsapp_calls_by_number_whoever_has_no_name_there(app) {
        let owner = app.workspace("Acme");
        let by_phone = Details { phone: Some("+49 171 7654321".into()), ..Details::named("Phil Phone", contacts::Kind::Lead) };
        let phil = app.write(owner, |tx| contacts::create(tx, &by_phone));
        let chat = |who: &str| {
            format!("14/11/25, 09:30 - {who}: Good morning to you\n14/11/25, 09:31 - Mara: Good morning\n14/11/25, 09:32 - {who}: Shall we?\n")
        };
        let txt = |who: &str| zip(&[(&*format!("WhatsApp Chat with {who}.txt"), chat(who).as_bytes())]);
        let phils = chat("+49 171 7654321").replace("Good morning", "Good evening");
        let phils = zip(&[("WhatsApp Chat with +49 171 7654321.txt", phils.as_bytes())]);
        assert_eq!(bring(app, owner, "whatsapp", &phils).count("made"), 0);
        assert_eq!(app.read(owner, |tx| threads::threads_of_contact(tx, phil)).len(), 1);
        // Somebody gets a name in the telephone between two exports.
        assert_eq!(bring(app, owner, "whatsapp", &txt("+33 6 12 34 56 78")).count("made"), 1);
        let named = bring(app, owner, "whatsapp", &txt("Claire Nomme"));
        assert_eq!((named.count("made"), named.count("stored")), (0, 0));
        let claire = app.read(owner, |tx| contacts::list(tx, &contacts::Filter::default(), &db::PageRequest::first(10)));
        let claire = claire.items.iter().find(|one| one.name == "Claire Nomme").expect("the name is known now");
        assert_eq!(claire.phone.as_deref(), Some("+33 6 12 34 56 78"));
    }
}

both! {
    fn promise_10_who_stays_after_an_undo_is_known_when_the_archive_comes_again(app) {
        let owner = app.workspace("Acme");
        let chat = "14/11/25, 09:30 - Wim: Good morning to you\n14/11/25, 09:31 - Mara: ok\n";
        let file = zip(&[("WhatsApp Chat with Wim.txt", chat.as_bytes())]);
        let done = bring(app, owner, "whatsapp", &file);
        let wim = app.read(owner, |tx| contacts::list(tx, &contacts::Filter::default(), &db::PageRequest::first(1))).items[0].id;
        app.write(owner, |tx| contacts::note(tx, wim, "met at the fair"));
        assert_eq!(app.write(owner, |tx| imports::undo(tx, done.id)).kept, 1);
        assert!(app.read(owner, |tx| threads::threads_of_contact(tx, wim)).is_empty());
        let again = bring(app, owner, "whatsapp", &file);
        assert_eq!((again.count("made"), again.count("stored")), (0, 2));
        assert_eq!(app.read(owner, |tx| threads::threads_of_contact(tx, wim)).len(), 1);
    }
}
