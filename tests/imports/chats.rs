//! Promise 10 for the archives of Instagram, Messenger and X: previewed, brought in by choice, once, and taken back.

use rapport::{
    access::Access,
    channels::{Channel, Direction, Reaction, archives::Question, chats::Guess},
    contacts::Turn,
    imports::{self, Choice, Import, State, Verdict},
    threads,
};

use super::{
    facts,
    kit::{again, apply, candidates, left_over, look_into_as, state, zip},
    named, person,
};
use crate::{app::App, both};

/// A file of Meta's: who takes part, and what each said at which second.
fn talk(people: &[&str], said: &[(&str, i64, &str)]) -> Vec<u8> {
    let garbled = |text: &str| -> String { text.bytes().map(char::from).collect() };
    let people: Vec<_> = people.iter().map(|name| serde_json::json!({"name": garbled(name)})).collect();
    let said: Vec<_> = said
        .iter()
        .map(|(from, second, text)| {
            serde_json::json!({
                "sender_name": garbled(from), "timestamp_ms": 1_760_000_000_000_i64 + second * 1000, "content": garbled(text),
            })
        })
        .collect();
    serde_json::json!({"participants": people, "messages": said}).to_string().into_bytes()
}

const INBOX: &str = "your_instagram_activity/messages/inbox";

/// Zoë in two files, a namesake of hers, a group, one that is broken.
fn instagram() -> Vec<u8> {
    let path = |rest: &str| format!("{INBOX}/{rest}");
    let profile = br#"{"profile_user": [{"string_map_data": {"Nom de profil": {"value": "Mara"}}}]}"#;
    let files = [
        (path("zoe_101/message_1.json"), talk(&["Zoë", "Mara"], &[("Zoë", 30, "Schön ❤"), ("Mara", 20, "Hello")])),
        (path("zoe_101/message_2.json"), talk(&["Zoë", "Mara"], &[("Zoë", 10, "ok"), ("Zoë", 10, "ok")])),
        (path("zoe_202/message_1.json"), talk(&["Zoë", "Mara"], &[("Mara", 5, "Are you the other one?")])),
        (path("crew_303/message_1.json"), talk(&["Zoë", "Bo", "Mara"], &[("Bo", 5, "To you all")])),
        (path("torn_404/message_1.json"), b"{\"participants\": [".to_vec()),
        ("personal_information/personal_information/personal_information.json".to_owned(), profile.to_vec()),
        (path("zoe_101/photos/1.jpg"), b"not looked at".to_vec()),
    ];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    zip(&files)
}

fn x() -> Vec<u8> {
    zip(&[
        ("data/account.js", br#"window.YTD.account.part0 = [{"account": {"accountId": "1", "username": "mara", "accountDisplayName": "Mara"}}]"#),
        ("data/tweets.js", br#"window.YTD.tweets.part0 = [{"tweet": {"entities": {"user_mentions": [{"id_str": "2", "screen_name": "Vera_Moss", "name": "Vera Moss"}]}}}]"#),
        ("data/direct-messages.js", br#"window.YTD.direct_messages.part0 = [{"dmConversation": {"conversationId": "1-2", "messages": [
            {"messageCreate": {"senderId": "2", "recipientId": "1", "id": "91", "text": "hi", "createdAt": "2026-01-02T09:00:00.000Z"}},
            {"messageCreate": {"senderId": "1", "recipientId": "2", "id": "90", "text": "hello", "createdAt": "2026-01-01T09:00:00.000Z"}}]}}];"#),
    ])
}

pub fn bring(app: &App, who: Access, kind: &str, bytes: &[u8]) -> Import {
    let looked = look_into_as(app, who, kind, "archive.zip", bytes);
    assert_eq!((looked.state, looked.problem.as_deref()), (State::Preview, None));
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
    apply(app, who, looked.id, None)
}

both! {
    fn promise_10_an_instagram_archive_is_previewed_brought_in_once_and_taken_back(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &instagram());
        assert_eq!((looked.state, looked.problem.as_deref()), (State::Preview, None));
        assert_eq!((looked.kind.as_str(), looked.owner_name.as_deref()), ("instagram", Some("Mara")));
        let counted = ["new", "messages", "groups", "invalid"].map(|name| looked.count(name));
        assert_eq!(counted, [2, 5, 1, 1], "two namesakes in two conversations are two people");
        let all = candidates(app, owner, looked.id);
        let torn = all.iter().find(|row| row.verdict == Verdict::Invalid).expect("the torn file");
        assert!(torn.reason.as_deref().is_some_and(|words| words.contains("torn_404/message_1.json")), "{torn:?}");
        assert_eq!(state(app, owner), before, "nothing is stored before it is brought in");

        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        let done = apply(app, owner, looked.id, None);
        assert_eq!((done.count("made"), done.count("stored")), (2, 5));
        assert!(left_over(app).is_empty(), "the archive is deleted afterwards");
        let bodies = facts(app, "SELECT body AS fact FROM messages");
        assert_eq!(bodies, ["Are you the other one?", "Hello", "Schön ❤", "ok", "ok"]);
        let after = state(app, owner);

        let twice = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &instagram());
        assert_eq!(["new", "updated", "unchanged"].map(|name| twice.count(name)), [0, 0, 2]);
        app.write(owner, |tx| imports::choose(tx, twice.id, &Choice::TalkedWith));
        let twice = apply(app, owner, twice.id, None);
        assert_eq!((twice.count("made"), twice.count("stored")), (0, 0));
        assert_eq!(state(app, owner), after, "the same file twice changes nothing");

        app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!(state(app, owner), before, "all it made is gone, and only that");
    }
}

both! {
    fn an_archive_of_x_finds_names_and_turns(app) {
        let owner = app.workspace("Acme");
        let done = bring(app, owner, "x", &x());
        assert_eq!((done.count("made"), done.count("stored")), (1, 2));
        let vera = person(app, owner, "Vera Moss");
        let threads = app.read(owner, |tx| threads::threads_of_contact(tx, vera.id));
        assert_eq!((threads[0].channel, threads[0].turn), (Channel::X, rapport::contacts::Turn::Ours));
        let profiles = facts(app, "SELECT channel || ' ' || key AS fact FROM handles");
        assert_eq!(profiles, ["x vera_moss"]);
    }
}

both! {
    fn what_was_said_last_in_an_archive_of_x_is_what_the_contact_shows(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, "x", &x());
        let vera = person(app, owner, "Vera Moss");
        let thread = app.read(owner, |tx| threads::threads_of_contact(tx, vera.id))[0].id;
        let newest = app.read(owner, |tx| threads::newest_of_contact(tx, vera.id, 1));
        assert_eq!((newest[0].thread_id, newest[0].direction, newest[0].body.as_str()), (thread, Direction::In, "hi"));
        assert_eq!(app.read(owner, |tx| rapport::contacts::contact(tx, vera.id)).last_words.as_deref(), Some("hi"));
    }
}

both! {
    fn what_is_no_such_archive_says_what_to_choose_and_changes_nothing(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let bare = talk(&["Zoë", "Mara"], &[("Zoë", 1, "hi")]);
        let html = zip(&[("your_facebook_activity/messages/inbox/a_1/message_1.html", b"<html>")]);
        let picture = zip(&[("your_instagram_activity/messages/inbox/a_1/message_1.json", b"\x89PNG\r\n\x1a\n\0\0")]);
        for (kind, name, bytes, words) in [
            ("instagram", "x.zip", x(), "archive of X"),
            ("x", "i.zip", instagram(), "archive of Instagram"),
            ("instagram", "WhatsApp Chat with Vera.txt", b"14/11/25, 09:30 - Vera: hi\n".to_vec(), "archive of WhatsApp"),
            ("messenger", "c.csv", b"a,b\n1,2\n".to_vec(), "no conversations of Messenger"),
            (imports::UNTOLD, "message_1.json", bare.clone(), "which of the two"),
            (imports::UNTOLD, "html.zip", html, "Nothing in this file can be read as conversations of Messenger. a_1/message_1.html"),
            (imports::UNTOLD, "png.zip", picture, "a_1/message_1.json can't be read: it is not the JSON that Meta writes"),
            ("instagram", "message_1.json", bare, "whose archive"),
            ("x", "direct-messages.js", b"window.YTD.direct_messages.part0 = [ {".to_vec(), "Nothing in this file can be read"),
        ] {
            let failed = look_into_as(app, owner, kind, name, &bytes);
            let problem = failed.problem.clone().unwrap_or_default();
            assert!(failed.state == State::Failed && problem.contains(words), "{kind} {name}: {problem}");
            app.write(owner, |tx| imports::discard(tx, failed.id));
        }
        assert_eq!(state(app, owner), before);
        assert!(left_over(app).is_empty());
    }
}

both! {
    fn whose_a_lone_conversation_is_can_be_said(app) {
        let owner = app.workspace("Acme");
        let bare = talk(&["Zoë", "Mara"], &[("Zoë", 1, "hi"), ("Mara", 2, "hello")]);
        let failed = look_into_as(app, owner, "instagram", "message_1.json", &bare);
        assert_eq!(failed.state, State::Failed);
        app.write(owner, |tx| imports::set_owner(tx, failed.id, "Mara"));
        app.tick();
        let looked = again(app, owner, failed.id);
        assert_eq!((looked.state, looked.count("new"), looked.count("messages")), (State::Preview, 1, 2));
        assert_eq!(named(&candidates(app, owner, looked.id), "Zoë").messages, 2);
    }
}

both! {
    fn a_folder_that_an_archive_was_unpacked_into_is_read_like_the_archive(app) {
        let owner = app.workspace("Acme");
        let folder = app.folder.path().join("instagram-mara");
        let mut packed = ::zip::ZipArchive::new(std::io::Cursor::new(instagram())).expect("a ZIP");
        packed.extract(&folder).expect("a folder");
        let kept = imports::keep_folder(&app.config.data, &folder).expect("a copy");
        let id = app.write(owner, |tx| imports::begin(tx, imports::UNTOLD, "instagram-mara", &kept));
        app.tick();
        let looked = again(app, owner, id);
        assert_eq!((looked.kind.as_str(), looked.problem.as_deref()), ("instagram", None));
        assert_eq!((looked.count("new"), looked.count("messages")), (2, 5));
    }
}

/// Zoë's conversation as a page, two messages in one minute.
fn page() -> Vec<u8> {
    page_of(&[
        ("Mara", "Hello", "Oct 9, 2025 10:53 am"),
        ("Zoë", "Schön ❤", "Oct 9, 2025 10:53 am"),
        ("Zoë", "ok", "Oct 9, 2025 10:52 am"),
    ])
}

fn page_of(said: &[(&str, &str, &str)]) -> Vec<u8> {
    let block = |from: &str, words: &str, at: &str| {
        format!(
            r#"<div class="pam _a6-g uiBoxWhite noborder"><h2 class="_a6-h">{from}</h2><div class="_a6-p"><div><div>{words}</div></div></div><div class="_a6-o">{at}</div></div>"#
        )
    };
    let blocks: String = said.iter().map(|(from, words, at)| block(from, words, at)).collect();
    format!("<html><head><title>Zoë</title></head><body>{blocks}</body></html>").into_bytes()
}

both! {
    fn an_archive_in_html_is_read_as_well_as_it_goes_and_never_doubles_what_json_tells(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let html = zip(&[
            (&format!("{INBOX}/zoe_101/message_1.html"), &page()),
            (&format!("{INBOX}/bo_102/message_1.html"), &page().as_slice().to_vec()),
        ].map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let done = {
            let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &html);
            assert_eq!((looked.state, looked.problem.as_deref()), (State::Preview, None));
            assert_eq!((looked.count("html"), looked.owner_name.as_deref()), (1, Some("Mara")));
            app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
            apply(app, owner, looked.id, None)
        };
        assert_eq!((done.count("made"), done.count("stored")), (2, 6));
        let bodies = facts(app, "SELECT body || ' ' || sent_at AS fact FROM messages ORDER BY id LIMIT 1");
        assert!(bodies[0].starts_with("ok 2025-10-09 08:52"), "{bodies:?}");
        let json = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &instagram());
        let zoe: Vec<_> = candidates(app, owner, json.id).into_iter().filter(|row| row.name == "Zoë" && row.messages == 4).collect();
        assert_eq!(zoe[0].verdict, Verdict::Duplicate);
        app.write(owner, |tx| imports::discard(tx, json.id));
        let again = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &html);
        assert!(candidates(app, owner, again.id).iter().all(|row| row.verdict == Verdict::Unchanged));
        app.write(owner, |tx| imports::discard(tx, again.id));
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        assert_eq!(state(app, owner), before);
        bring(app, owner, imports::UNTOLD, &instagram());
        let again = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &html);
        assert!(candidates(app, owner, again.id).iter().any(|row| row.verdict == Verdict::Duplicate));
    }
}

both! {
    fn an_archive_in_several_parts_is_one(app) {
        let owner = app.workspace("Acme");
        let path = |rest: &str| format!("{INBOX}/{rest}");
        let one = zip(&[
            (&path("zoe_101/message_1.json"), &talk(&["Zoë", "Mara"], &[("Zoë", 30, "new")])),
            (&path("bo_102/message_1.json"), &talk(&["Bo", "Mara"], &[("Bo", 30, "hi")])),
        ].map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let two = zip(&[(&*path("zoe_101/message_2.json"), &*talk(&["Zoë", "Mara"], &[("Zoë", 10, "old")]))]);
        let kept = |bytes: &[u8]| imports::keep_upload(&app.config.data, || Ok(bytes)).expect("a part");
        let parts = [("instagram-1.zip".to_owned(), kept(&one)), ("instagram-2.zip".to_owned(), kept(&two))];
        let whole = imports::keep_parts(&app.config.data, &parts).expect("the whole");
        let id = app.write(owner, |tx| imports::begin(tx, imports::UNTOLD, "instagram-1.zip and 1 more", &whole));
        app.tick();
        let looked = again(app, owner, id);
        assert_eq!((looked.kind.as_str(), looked.problem.as_deref()), ("instagram", None));
        assert_eq!((looked.count("new"), looked.count("messages")), (2, 3));
        assert_eq!(named(&candidates(app, owner, id), "Zoë").messages, 2);
        let torn = [("a.zip".to_owned(), kept(&one)), ("b.zip".to_owned(), kept(&two[..two.len() / 2]))];
        let refused = imports::keep_parts(&app.config.data, &torn).expect_err("a torn part");
        assert!(format!("{refused:?}").contains("b.zip is damaged"), "{refused:?}");
    }
}

both! {
    fn what_was_said_at_one_instant_keeps_its_order(app) {
        let owner = app.workspace("Acme");
        let archive = zip(&[
            (&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], &[("Zoë", 10, "third"), ("Zoë", 10, "second"), ("Mara", 5, "first")])),
            (&*format!("{INBOX}/bo_102/message_1.json"), &*talk(&["Bo", "Mara"], &[("Bo", 30, "hi")])),
        ]);
        bring(app, owner, imports::UNTOLD, &archive);
        let zoe = person(app, owner, "Zoë");
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, zoe.id, 5));
        assert_eq!(said.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["third", "second", "first"]);
        let at_once = talk(&["Cy", "Mara"], &[("Cy", 7, "three"), ("Mara", 7, "two"), ("Cy", 7, "one")]);
        let profile = br#"{"profile_user": [{"string_map_data": {"Name": {"value": "Mara"}}}]}"#;
        let archive = zip(&[
            (&*format!("{INBOX}/cy_103/message_1.json"), &*at_once),
            ("personal_information/personal_information/personal_information.json", profile),
        ]);
        bring(app, owner, imports::UNTOLD, &archive);
        let cy = person(app, owner, "Cy");
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, cy.id, 5));
        assert_eq!(said.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["three", "two", "one"]);
    }
}

both! {
    fn two_forms_that_are_previewed_at_once_come_in_once(app) {
        let owner = app.workspace("Acme");
        let html = zip(&[(&*format!("{INBOX}/zoe_101/message_1.html"), &*page())]);
        let json = zip(&[(&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], &[("Mara", 20, "Hello")]))]);
        let looked = [&html, &json].map(|bytes| {
            let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", bytes);
            app.write(owner, |tx| imports::set_owner(tx, looked.id, "Mara"));
            app.tick();
            app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
            looked.id
        });
        let stored = looked.map(|id| apply(app, owner, id, None).count("stored"));
        assert_eq!(stored, [3, 0]);
        assert_eq!(facts(app, "SELECT name AS fact FROM contacts"), ["Zoë"]);
    }
}

both! {
    fn what_two_parts_both_hold_comes_in_once(app) {
        let owner = app.workspace("Acme");
        let kept = |bytes: &[u8]| imports::keep_upload(&app.config.data, || Ok(bytes)).expect("a part");
        let newer = zip(&[
            (&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], &[("Zoë", 30, "new"), ("Zoë", 10, "ok"), ("Zoë", 10, "ok")])),
            (&*format!("{INBOX}/bo_102/message_1.json"), &*talk(&["Bo", "Mara"], &[("Bo", 30, "hi")])),
        ]);
        let older = zip(&[(&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], &[("Zoë", 10, "ok"), ("Zoë", 10, "ok")]))]);
        let parts = [("instagram-1.zip".to_owned(), kept(&newer)), ("instagram-1 (1).zip".to_owned(), kept(&newer)), ("old.zip".to_owned(), kept(&older))];
        let whole = imports::keep_parts(&app.config.data, &parts).expect("the whole");
        let id = app.write(owner, |tx| imports::begin(tx, imports::UNTOLD, "instagram-1.zip and 2 more", &whole));
        app.tick();
        let looked = again(app, owner, id);
        assert_eq!((looked.count("new"), looked.count("messages")), (2, 4), "{:?}", looked.problem);
        app.write(owner, |tx| imports::choose(tx, id, &Choice::TalkedWith));
        assert_eq!(apply(app, owner, id, None).count("stored"), 4);
    }
}

both! {
    fn chats_chosen_together_stay_apart_and_what_is_not_read_is_told(app) {
        let owner = app.workspace("Acme");
        let kept = |bytes: &[u8]| imports::keep_upload(&app.config.data, || Ok(bytes)).expect("a part");
        let chat = |name: &str| zip(&[("_chat.txt", format!("[14.11.25, 09:30:00] {name}: hi\n[14.11.25, 09:31:00] Mara: hello\n").as_bytes())]);
        let parts = [
            ("WhatsApp Chat - Vera.zip".to_owned(), kept(&chat("Vera"))),
            ("WhatsApp Chat - Bo.zip".to_owned(), kept(&chat("Bo"))),
            ("c.zip".to_owned(), kept(&zip(&[("Connections.csv", b"First Name,Last Name")]))),
        ];
        let whole = imports::keep_parts(&app.config.data, &parts).expect("the whole");
        let id = app.write(owner, |tx| imports::begin(tx, imports::UNTOLD, "WhatsApp Chat - Vera.zip and 2 more", &whole));
        app.tick();
        let looked = again(app, owner, id);
        assert_eq!((looked.owner_name.as_deref(), looked.count("new"), looked.count("groups")), (Some("Mara"), 2, 0));
        let all = candidates(app, owner, id);
        assert_eq!((named(&all, "Vera").messages, named(&all, "Bo").messages), (2, 2));
        assert!(all.iter().any(|row| row.reason.as_deref().is_some_and(|words| words.contains("LinkedIn"))), "{all:?}");
    }
}

both! {
    fn promise_10_a_preview_tells_what_a_later_download_adds_however_short_it_is(app) {
        let owner = app.workspace("Acme");
        let archive = |zoe: &[(&str, i64, &str)]| zip(&[
            (&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], zoe)),
            (&*format!("{INBOX}/bo_102/message_1.json"), &*talk(&["Bo", "Mara"], &[("Bo", 30, "hi")])),
        ]);
        bring(app, owner, imports::UNTOLD, &archive(&[("Zoë", 1, "a"), ("Mara", 2, "b"), ("Zoë", 3, "c")]));
        let later = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &archive(&[("Zoë", 3, "c"), ("Mara", 4, "d")]));
        let all = candidates(app, owner, later.id);
        let zoe = named(&all, "Zoë");
        assert_eq!((zoe.verdict, zoe.reason.as_deref()), (Verdict::Updated, Some("Known by conversation; brings 1 message.")));
        assert_eq!(named(&all, "Bo").verdict, Verdict::Unchanged);
    }
}

both! {
    fn promise_10_two_imports_of_one_conversation_are_undone_in_any_order(app) {
        let owner = app.workspace("Acme");
        let archive = |second: i64, words: &str| zip(&[
            (&*format!("{INBOX}/zoe_101/message_1.json"), &*talk(&["Zoë", "Mara"], &[("Zoë", second, words)])),
            (&*format!("{INBOX}/bo_102/message_1.json"), &*talk(&["Bo", "Mara"], &[("Bo", 30, "hi")])),
        ]);
        let before = state(app, owner);
        for order in [[0, 1], [1, 0]] {
            let made = [archive(1, "first"), archive(2, "second")].map(|bytes| bring(app, owner, imports::UNTOLD, &bytes).id);
            for at in order {
                app.write(owner, |tx| imports::undo(tx, made[at]));
                app.tick();
            }
            assert_eq!(state(app, owner), before, "{order:?}");
        }
    }
}

both! {
    fn a_sign_is_shown_at_its_message_and_is_no_reply(app) {
        let owner = app.workspace("Acme");
        let talk = r#"{"participants": [{"name": "Vera"}, {"name": "Mara"}], "messages": [
            {"sender_name": "Mara", "timestamp_ms": 1760000002000, "content": "Shall I send two samples?",
             "reactions": [{"reaction": "\u00e2\u009d\u00a4", "actor": "Vera"}]},
            {"sender_name": "Vera", "timestamp_ms": 1760000001000, "content": "LONG"}]}"#;
        let talk = talk.replace("LONG", &"é".repeat(100_001));
        let file = format!("{INBOX}/vera_101/message_1.json");
        let whole = zip(&[(file.as_str(), talk.as_bytes())]);
        let failed = look_into_as(app, owner, "instagram", "archive.zip", &whole);
        app.write(owner, |tx| imports::set_owner(tx, failed.id, "Mara"));
        app.tick();
        let looked = again(app, owner, failed.id);
        assert_eq!((looked.count("reactions"), looked.count("invalid"), looked.count("messages")), (1, 1, 2));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        apply(app, owner, looked.id, None);
        let vera = person(app, owner, "Vera");
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, vera.id, 5));
        assert_eq!(vera.turn, Turn::Theirs);
        assert_eq!(said[0].reactions(), [Reaction { sign: "❤".into(), by: "Vera".into() }]);
        assert_eq!((said[1].reactions(), said[1].body.chars().count()), (vec![], 100_000));
    }
}

both! {
    fn a_file_that_two_platforms_write_alike_is_read_as_the_person_says(app) {
        let owner = app.workspace("Acme");
        let bytes = zip(&[("messages/inbox/zoe_7/message_1.json", &talk(&["Zoe", "Mara"], &[("Zoe", 10, "hi"), ("Mara", 11, "ho")]))]);
        let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &bytes);
        assert_eq!(looked.question(), Some(Question::Platform), "{:?}", looked.problem);
        app.write(owner, |tx| imports::set_kind(tx, looked.id, "messenger"));
        app.tick();
        assert_eq!(again(app, owner, looked.id).question(), Some(Question::Owner));
        app.write(owner, |tx| imports::set_owner(tx, looked.id, "Mara"));
        app.tick();
        let looked = again(app, owner, looked.id);
        assert_eq!(looked.question(), None);
        assert_eq!((looked.state, looked.kind.as_str(), looked.count("messages")), (State::Preview, "messenger", 2));
    }
}

both! {
    fn promise_10_dates_in_figures_are_asked_about_and_a_later_page_doubles_none(app) {
        let owner = app.workspace("Acme");
        let file = |said: &[(&str, &str, &str)]| zip(&[(&format!("{INBOX}/zoe_101/message_1.html"), &page_of(said))]);
        let june = [("Mara", "Hello", "6/5/25, 2:00 PM"), ("Zoë", "Hello Mara", "6/4/25, 2:00 PM")];
        let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &file(&june));
        assert_eq!(looked.guess(), Some(Guess { day_first: true, torn: false }), "{:?}", looked.problem);
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        apply(app, owner, looked.id, None);
        // A day above twelve tells the order, also of what is here already.
        let july = [&[("Zoë", "And now?", "6/25/25, 2:00 PM")][..], &june].concat();
        let looked = look_into_as(app, owner, imports::UNTOLD, "archive.zip", &file(&july));
        assert_eq!(looked.guess(), None);
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        assert_eq!(apply(app, owner, looked.id, None).count("stored"), 1);
    }
}
