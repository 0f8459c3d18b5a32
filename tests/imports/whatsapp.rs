//! Chats as WhatsApp exports them: their dates, and what was sent with them.

use rapport::{
    channels::{archives::Question, chats::Guess},
    imports::{self, Choice, State},
    threads,
};

use super::{
    chats::bring,
    facts,
    kit::{again, apply, look_into_as, zip},
    person,
};
use crate::both;

both! {
    fn a_chat_of_whatsapp_comes_in_at_the_importers_own_time(app) {
        let owner = app.workspace("Acme");
        let chat = "14/11/25, 09:30 - Vera: hi\n14/11/25, 09:31 - Mara: hello\nagain\n".as_bytes();
        let looked = look_into_as(app, owner, imports::UNTOLD, "WhatsApp Chat with Vera.txt", chat);
        assert_eq!((looked.kind.as_str(), looked.owner_name.as_deref()), ("whatsapp", Some("Mara")));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        apply(app, owner, looked.id, None);
        let vera = person(app, owner, "Vera");
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, vera.id, 5));
        let told: Vec<_> = said.iter().map(|one| (one.body.as_str(), one.sent_at.rfc3339())).collect();
        assert_eq!(told[0].0, "hello\nagain");
        assert!(told[1].1.starts_with("2025-11-14T08:30"), "Berlin in winter: {told:?}");
    }
}

both! {
    fn dates_that_can_be_read_both_ways_are_read_as_the_person_says(app) {
        let owner = app.workspace("Acme");
        let chat = "3/4/25, 09:30 - Vera: hi\n3/4/25, 09:31 - Mara: hello\n".as_bytes();
        let looked = look_into_as(app, owner, imports::UNTOLD, "WhatsApp Chat with Vera.txt", chat);
        assert_eq!(looked.guess(), Some(Guess { day_first: true, torn: false }), "Berlin writes the day first");
        app.write(owner, |tx| imports::set_day_first(tx, looked.id, false));
        app.tick();
        assert_eq!(again(app, owner, looked.id).guess(), Some(Guess { day_first: false, torn: false }));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        apply(app, owner, looked.id, None);
        let at = facts(app, "SELECT sent_at || '' AS fact FROM messages");
        assert!(at.len() == 2 && at.iter().all(|at| at.starts_with("2025-03-04")), "{at:?}");
    }
}

both! {
    fn a_message_from_the_future_is_told_and_stays_out(app) {
        let owner = app.workspace("Acme");
        let chat = "14/11/25, 09:30 - Vera: hi\n14/11/25, 09:31 - Mara: hello\n14/11/27, 09:32 - Vera: from beyond\n".as_bytes();
        let looked = look_into_as(app, owner, imports::UNTOLD, "WhatsApp Chat with Vera.txt", chat);
        assert_eq!((looked.count("messages"), looked.count("invalid")), (2, 1), "{:?}", looked.problem);
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::TalkedWith));
        assert_eq!(apply(app, owner, looked.id, None).count("stored"), 2);
    }
}

both! {
    fn an_export_with_what_was_sent_fills_the_gaps_of_one_without(app) {
        let owner = app.workspace("Acme");
        let chat = |sent: &str| format!("14/11/25, 09:30 - Wim: hi\n14/11/25, 09:31 - Mara: hello\n14/11/25, 09:32 - Wim: {sent}\n");
        let name = "WhatsApp Chat with Wim.txt";
        bring(app, owner, "whatsapp", &zip(&[(name, chat("<Media omitted>").as_bytes())]));
        let with = chat("IMG-1.jpg (file attached)\nthe blue one");
        let without = chat("IMG-1.jpg (file attached)");
        let done = bring(app, owner, "whatsapp", &zip(&[(name, without.as_bytes()), ("IMG-1.jpg", b"\xff\xd8\xff\xe0 no more")]));
        assert_eq!((done.count("stored"), done.count("files")), (0, 1));
        let done = bring(app, owner, "whatsapp", &zip(&[(name, with.as_bytes())]));
        assert_eq!(done.count("stored"), 1, "other words are another message");
        // A colleague's chat with somebody of that name is not this one.
        let theirs = "14/11/25, 09:30 - Wim: hi\n14/11/25, 09:40 - Tom: other Wim\n".as_bytes();
        assert_eq!(bring(app, owner, "whatsapp", &zip(&[(name, theirs)])).count("made"), 1);
    }
}

both! {
    fn dates_that_contradict_each_other_are_told_and_what_can_be_read_is(app) {
        let owner = app.workspace("Acme");
        let chat = "14/10/25, 09:30 - Vera: hi\n14/10/25, 09:31 - Mara: hello\n10/15/25, 09:31 - Vera: so?\n".as_bytes();
        let looked = look_into_as(app, owner, imports::UNTOLD, "WhatsApp Chat with Vera.txt", chat);
        assert_eq!(looked.guess(), Some(Guess { day_first: true, torn: true }), "{:?}", looked.problem);
        assert_eq!((looked.count("messages"), looked.count("invalid")), (2, 1));
        let server = app.server();
        let page = app.browser_of(&server, owner).get(&format!("/w/{}/import/{}", app.slug(owner), looked.id)).body;
        assert!(page.contains("The dates in this file contradict each other") && page.contains("10/15/25"), "{page}");
    }
}

both! {
    fn a_chat_whose_first_line_never_ends_is_read_from_the_next(app) {
        let owner = app.workspace("Acme");
        let text = format!("{}\n14/11/25, 09:30 - Vera: hi\n14/11/25, 09:31 - Mara: hello\n", "x".repeat(3_000_000));
        let bytes = zip(&[("WhatsApp Chat with Vera.txt", text.as_bytes())]);
        let looked = look_into_as(app, owner, imports::UNTOLD, "export.zip", &bytes);
        assert_eq!((looked.state, looked.count("messages")), (State::Preview, 2), "{:?}", looked.problem);
    }
}

both! {
    fn a_chat_is_known_by_what_it_holds_whatever_its_language_calls_it(app) {
        let owner = app.workspace("Acme");
        let chat = "14/11/25, 09:30 - Vera: hi\n14/11/25, 09:31 - Mara: hello\n".as_bytes();
        let names = ["WhatsApp-Chat mit Vera.txt", "Discussion WhatsApp avec Vera.txt", "Conversa do WhatsApp com Vera.txt"];
        for name in names {
            let looked = look_into_as(app, owner, imports::UNTOLD, "export.zip", &zip(&[(name, chat), ("IMG-1.jpg", b"")]));
            assert_eq!((looked.kind.as_str(), looked.owner_name.as_deref()), ("whatsapp", Some("Mara")), "{name}");
            app.write(owner, |tx| imports::discard(tx, looked.id));
        }
        let looked = look_into_as(app, owner, imports::UNTOLD, "export.zip", &zip(&[("chat.txt", chat), ("notes.txt", b"milk")]));
        assert_eq!((looked.kind.as_str(), looked.question()), ("whatsapp", Some(Question::Owner)), "{:?}", looked.problem);
    }
}

both! {
    fn a_name_with_blanks_of_any_kind_is_one_persons(app) {
        let owner = app.workspace("Acme");
        let long = format!("Vera\u{a0}  von und zu \u{202e}{}", "x".repeat(220));
        for name in ["Kai  Two", "Vera\u{a0}Moss ", &long] {
            let messages: Vec<String> = ["Mara", name, "Mara"]
                .iter()
                .enumerate()
                .map(|(n, from)| format!(r#"{{"sender_name": "{from}", "timestamp_ms": {}, "content": "{n}"}}"#, 1_760_000_000_000_i64 + i64::try_from(n).expect("small")))
                .collect();
            let talk = format!(
                r#"{{"participants": [{{"name": "{name}"}}, {{"name": "Mara"}}], "messages": [{}]}}"#,
                messages.join(",")
            );
            let profile = r#"{"profile_user": [{"string_map_data": {"Name": {"value": "Mara"}}}]}"#;
            let bytes = zip(&[
                ("your_instagram_activity/messages/inbox/kai_1/message_1.json", talk.as_bytes()),
                ("personal_information/personal_information.json", profile.as_bytes()),
            ]);
            let looked = look_into_as(app, owner, "instagram", "instagram.zip", &bytes);
            assert_eq!((looked.count("groups"), looked.count("messages")), (0, 3), "{name:?}: {looked:?}");
            app.write(owner, |tx| imports::discard(tx, looked.id));
        }
    }
}
