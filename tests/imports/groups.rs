//! Promises 5, 10 and 11 for conversations of several people: brought in only if chosen, as the one's of them who is
//! known or wrote most, and no word of the others counts as the contact's.

use rapport::{
    access::Access,
    contacts::Turn,
    imports::{self, Choice, Import, State, Verdict},
    threads::{self, ThreadKind},
};

use super::{
    facts,
    kit::{MARA, apply, archive, bring, candidates, look_into_as, profile, row, said, state, zip},
    person,
};
use crate::{app::App, both};

/// Vera in a conversation of two, and with a stranger, who writes more, in a group.
fn x() -> Vec<u8> {
    zip(&[
        ("data/account.js", br#"window.YTD.account.part0 = [{"account": {"accountId": "1", "username": "mara", "accountDisplayName": "Mara"}}]"#),
        ("data/tweets.js", br#"window.YTD.tweets.part0 = [{"tweet": {"entities": {"user_mentions": [{"id_str": "2", "screen_name": "Vera_Moss", "name": "Vera Moss"}]}}}]"#),
        ("data/direct-messages.js", br#"window.YTD.direct_messages.part0 = [{"dmConversation": {"conversationId": "1-2", "messages": [
            {"messageCreate": {"senderId": "1", "recipientId": "2", "id": "90", "text": "hello", "createdAt": "2026-01-01T09:00:00.000Z"}}]}}];"#),
        ("data/direct-messages-group.js", br#"window.YTD.direct_messages_group.part0 = [{"dmConversation": {"conversationId": "777", "messages": [
            {"messageCreate": {"senderId": "3", "id": "95", "text": "See you", "createdAt": "2026-01-05T09:00:00.000Z"}},
            {"messageCreate": {"senderId": "1", "id": "94", "text": "At eight", "createdAt": "2026-01-04T09:00:00.000Z"}},
            {"messageCreate": {"senderId": "2", "id": "93", "text": "When?", "createdAt": "2026-01-03T09:00:00.000Z"}},
            {"messageCreate": {"senderId": "3", "id": "92", "text": "Dinner!", "createdAt": "2026-01-02T09:00:00.000Z"}},
            {"conversationNameUpdate": {"initiatingUserId": "3", "name": "Harvest dinner", "createdAt": "2026-01-02T08:00:00.000Z"}},
            {"joinConversation": {"initiatingUserId": "3", "participantsSnapshot": ["1", "2", "3"], "createdAt": "2026-01-02T07:00:00.000Z"}}]}}]"#),
    ])
}

fn with_groups(app: &App, who: Access, kind: &str, bytes: &[u8]) -> Import {
    let looked = look_into_as(app, who, kind, "archive.zip", bytes);
    assert_eq!((looked.state, looked.problem.as_deref()), (State::Preview, None));
    app.write(who, |tx| {
        imports::choose(tx, looked.id, &Choice::Everybody)?;
        imports::choose(tx, looked.id, &Choice::Groups)
    });
    apply(app, who, looked.id, None)
}

fn kinds(app: &App, who: Access, contact: rapport::ids::ContactId) -> Vec<ThreadKind> {
    app.read(who, |tx| threads::threads_of_contact(tx, contact)).into_iter().map(|thread| thread.kind).collect()
}

both! {
    fn promise_10_a_group_comes_in_only_if_it_is_chosen(app) {
        let owner = app.workspace("Acme");
        let looked = look_into_as(app, owner, "x", "archive.zip", &x());
        let all = candidates(app, owner, looked.id);
        let group = all.iter().find(|row| row.is_group()).expect("the group");
        assert_eq!((looked.count("groups"), looked.count("new"), group.messages), (1, 1, 4));
        assert_eq!(group.detail.as_deref(), Some("group “Harvest dinner” with X user 3"));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        let done = apply(app, owner, looked.id, None);
        assert_eq!((done.count("made"), done.count("stored")), (1, 1));
        assert_eq!(kinds(app, owner, person(app, owner, "Vera Moss").id), [ThreadKind::Direct]);
    }
}

both! {
    fn promise_11_a_group_is_that_members_who_is_known_and_the_same_file_twice_changes_nothing(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let done = with_groups(app, owner, "x", &x());
        assert_eq!((done.count("made"), done.count("stored")), (1, 5), "the stranger is no contact");
        let vera = person(app, owner, "Vera Moss");
        assert_eq!(kinds(app, owner, vera.id), [ThreadKind::Group, ThreadKind::Direct]);
        let after = state(app, owner);
        let again = look_into_as(app, owner, "x", "archive.zip", &x());
        assert!(candidates(app, owner, again.id).iter().all(|row| row.verdict == Verdict::Unchanged));
        app.write(owner, |tx| imports::discard(tx, again.id));
        with_groups(app, owner, "x", &x());
        assert_eq!(state(app, owner), after);
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        assert_eq!(state(app, owner), before);
    }
}

both! {
    fn promise_5_what_others_of_a_group_say_is_no_reply_of_the_contacts(app) {
        let owner = app.workspace("Acme");
        with_groups(app, owner, "x", &x());
        let vera = person(app, owner, "Vera Moss");
        let group = app.read(owner, |tx| threads::threads_of_contact(tx, vera.id)).remove(0);
        assert_eq!((group.title.as_deref(), group.turn), (Some("Harvest dinner"), Turn::Theirs));
        assert!(group.last_in_at.is_some_and(|at| at.rfc3339().starts_with("2026-01-03")));
        assert_eq!(group.last_words.as_deref(), Some("X user 3: See you"));
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, vera.id, 9));
        let aside: Vec<&str> = said.iter().filter(|one| one.aside).map(|one| one.body.as_str()).collect();
        assert_eq!(aside, ["See you", "Dinner!"]);
        let words = app.read(owner, |tx| {
            let contact = rapport::contacts::contact(tx, vera.id)?;
            rapport::drafts::facts(tx, &contact, None, None)
        });
        assert_eq!(words.last_words.as_deref(), Some("When?"));
    }
}

both! {
    fn promise_11_a_name_alone_makes_nobody_in_a_group_the_same(app) {
        let owner = app.workspace("Acme");
        let talk = |people: &str, from: &str| {
            format!(r#"{{"participants": [{people}], "messages": [{{"sender_name": "{from}", "timestamp_ms": 1760000000000, "content": "hi"}}], "title": "Crew"}}"#)
        };
        let (ana, mara, bo) = (r#"{"name": "Ana Li"}"#, r#"{"name": "Mara"}"#, r#"{"name": "Bo"}"#);
        let (two, three) = (talk(&format!("{ana}, {mara}"), "Ana Li"), talk(&format!("{bo}, {ana}, {mara}"), "Ana Li"));
        let packed = zip(&[
            ("your_instagram_activity/messages/inbox/ana_1/message_1.json", two.as_bytes()),
            ("your_instagram_activity/messages/inbox/crew_2/message_1.json", three.as_bytes()),
            ("personal_information/personal_information.json", br#"{"profile_user": [{"name": "Mara"}]}"#),
        ]);
        with_groups(app, owner, "instagram", &packed);
        assert_eq!(facts(app, "SELECT name AS fact FROM contacts"), ["Ana Li", "Ana Li"]);
        let again = look_into_as(app, owner, "instagram", "archive.zip", &packed);
        let all = candidates(app, owner, again.id);
        assert!(all.len() == 2 && all.iter().all(|row| row.verdict == Verdict::Unchanged), "{all:?}");
    }
}

both! {
    fn a_group_of_linkedin_is_that_connections_who_is_here(app) {
        let owner = app.workspace("Acme");
        let to = |from: &str, to: [&str; 2], words: &str| {
            let urls = to.map(profile).join(",");
            row(["2-g", "Fair", from, &profile(from), &to.join(", "), &urls, "2024-05-02 09:00:00 UTC", "", words, "INBOX", "", "No"])
        };
        let talks = [
            said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello"),
            to("Bo Berg", ["Ana Li", MARA], "One"),
            to("Bo Berg", ["Ana Li", MARA], "Two"),
            to("Ana Li", ["Bo Berg", MARA], "Three"),
        ];
        bring(app, owner, &archive("", &talks[..1].concat()));
        let done = with_groups(app, owner, "linkedin", &archive("", &talks.concat()));
        assert_eq!((done.count("made"), done.count("stored")), (0, 3));
        assert_eq!(kinds(app, owner, person(app, owner, "Ana Li").id), [ThreadKind::Group, ThreadKind::Direct]);
    }
}

/// A chat of WhatsApp in which these people wrote, a line each.
fn chat(lines: &[(&str, &str)]) -> Vec<u8> {
    let line =
        |(minute, (author, words)): (usize, &(&str, &str))| format!("14/11/25, 09:{minute:02} - {author}: {words}\n");
    lines.iter().enumerate().map(line).collect::<String>().into_bytes()
}

const DINNER: &str = "WhatsApp Chat with Harvest dinner.txt";

fn bring_chat(app: &App, who: Access, bytes: &[u8]) -> Import {
    let failed = look_into_as(app, who, "whatsapp", DINNER, bytes);
    assert!(failed.state == State::Preview || failed.names().contains(&"Mara".to_owned()), "{failed:?}");
    app.write(who, |tx| imports::set_owner(tx, failed.id, "Mara"));
    app.tick();
    app.write(who, |tx| {
        imports::choose(tx, failed.id, &Choice::Everybody)?;
        imports::choose(tx, failed.id, &Choice::Groups)
    });
    apply(app, who, failed.id, None)
}

fn aside(app: &App, who: Access, contact: rapport::ids::ContactId) -> Vec<(String, bool)> {
    let said = app.read(who, |tx| threads::newest_of_contact(tx, contact, 20));
    said.into_iter().rev().map(|one| (one.body, one.aside)).collect()
}

both! {
    fn promise_5_a_conversation_that_becomes_a_group_stays_whose_it_was(app) {
        let owner = app.workspace("Acme");
        bring_chat(app, owner, &chat(&[("Vera", "hi"), ("Mara", "hello")]));
        let vera = person(app, owner, "Vera");
        assert_eq!(kinds(app, owner, vera.id), [ThreadKind::Direct]);
        let before = state(app, owner);
        let later = [("Vera", "hi"), ("Mara", "hello"), ("Bo", "me too"), ("Bo", "and more"), ("Vera", "fine")];
        let done = bring_chat(app, owner, &chat(&later));
        assert_eq!((done.count("made"), kinds(app, owner, vera.id)), (0, vec![ThreadKind::Group]));
        let told = aside(app, owner, vera.id);
        let asides: Vec<&str> = told.iter().filter(|(_, aside)| *aside).map(|(body, _)| body.as_str()).collect();
        assert_eq!((told.len(), asides), (5, vec!["me too", "and more"]));
        app.write(owner, |tx| imports::undo(tx, done.id));
        app.tick();
        assert_eq!(state(app, owner), before, "a conversation between two again");
    }
}

both! {
    fn promise_5_an_archive_that_knows_two_of_a_group_leaves_it_a_group(app) {
        let owner = app.workspace("Acme");
        bring_chat(app, owner, &chat(&[("Vera", "hi"), ("Vera", "all"), ("Bo", "hello"), ("Mara", "well")]));
        let vera = person(app, owner, "Vera");
        let part = [("Vera", "hi"), ("Vera", "all"), ("Bo", "hello"), ("Mara", "well"), ("Bo", "later")];
        let mut bytes = chat(&part);
        // A shorter export: Vera's lines are before its time.
        let from = String::from_utf8_lossy(&bytes).find("14/11/25, 09:02").expect("Bo's first line");
        bytes.drain(..from);
        bring_chat(app, owner, &bytes);
        assert_eq!(facts(app, "SELECT name AS fact FROM contacts"), ["Vera"]);
        let told = aside(app, owner, vera.id);
        assert_eq!(told.last(), Some(&("later".to_owned(), true)));
        assert_eq!(kinds(app, owner, vera.id), [ThreadKind::Group]);
        let group = app.read(owner, |tx| threads::threads_of_contact(tx, vera.id)).remove(0);
        assert!(group.last_in_at.is_some_and(|at| at.rfc3339().starts_with("2025-11-14T08:01")), "{group:?}");
    }
}
