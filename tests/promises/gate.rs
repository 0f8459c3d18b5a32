//! Promises 5, 6, 7, 12 and 18: stop on reply, one gate, no hollow draft, assisted send, why.

use rapport::{
    access::Role,
    channels::{Channel, Direction},
    drafts,
    error::Error,
    outreach::{self, Answer, Attempt, Next, Rule},
    reminders::{self, State},
    threads::{self, NewMessage},
};

use crate::both;

both! {
    fn promise_5_any_reply_stops_the_cadence_and_says_so(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
        assert_eq!(planned.len(), 3);
        assert_eq!(planned[1].why, "cadence of “Connected”, step 2 of 3");
        let by_hand = app.reminder(owner, ana, "Her birthday", "2026-12-01T09:00");
        // An out-of-office is not a reply.
        let thread = app.thread(owner, ana, Channel::Instagram);
        let away = NewMessage { automatic: true, ..NewMessage::now(Direction::In, "I am away until Monday") };
        app.write(owner, |tx| threads::log_message(tx, thread, &away));
        app.hears(owner, thread, "Automatic reply: I am out of office until Monday");
        assert_eq!(app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len(), 4);
        let logged = app.hears(owner, thread, "Thanks, tell me more");
        assert_eq!(logged.stopped, 3);
        let stopped = app.read(owner, |tx| reminders::reminder(tx, planned[0].id));
        assert_eq!(stopped.state, State::Stopped);
        assert_eq!(stopped.stopped_because.as_deref(), Some("replied on Instagram, 23 Nov"));
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, by_hand)).state, State::Open, "by hand it stays");
        // What was stopped stays so while another reply is here.
        app.is_now("2026-11-23T10:00:00Z");
        let second = app.hears(owner, thread, "And the price?");
        let by_mistake = |message| app.write(owner, |tx| threads::remove_message(tx, message)).resumed;
        assert_eq!(by_mistake(logged.id), 0, "another reply is here");
        assert_eq!(by_mistake(second.id), 3, "none is left, though the other had stopped them");
    }
}

both! {
    fn promise_5_a_reply_logged_by_mistake_gives_back_what_it_stopped(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let thread = app.thread(owner, ana, Channel::Instagram);
        let open = || app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len();
        let logged = app.hears(owner, thread, "Thanks, tell me more");
        assert_eq!((logged.stopped, open()), (3, 0));
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let removed = browser.post(&format!("/w/{slug}/messages/{}/remove", logged.id), &[]);
        assert_eq!(removed.status, 303, "{}", removed.body);
        assert!(browser.get(&removed.location).body.contains("3 follow-ups go on"));
        assert_eq!(open(), 3);
    }
}

both! {
    fn promise_5_every_other_end_is_named_too(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Member);
        for (ending, wanted) in [("Won", "won"), ("Lost", "lost: no budget"), ("Talking", "moved to “Talking”")] {
            let contact = app.contact(owner, &format!("Someone {ending}"));
            let card = app.card(owner, contact, "Connected");
            let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
            app.move_card(owner, &card, ending);
            let stopped = app.read(owner, |tx| reminders::reminder(tx, planned[0].id));
            assert_eq!(stopped.stopped_because.as_deref(), Some(wanted));
        }
        let bob = app.contact(owner, "Bob Ito");
        let card = app.card(owner, bob, "Connected");
        let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
        app.write(owner, |tx| rapport::pipelines::edit_card(tx, card.id, 0, june.user()));
        let stopped = app.read(owner, |tx| reminders::reminder(tx, planned[0].id));
        assert_eq!(stopped.stopped_because.as_deref(), Some("handed over to June Park"));
        let gil = app.contact(owner, "Gil Ash");
        let card = app.card(owner, gil, "Connected");
        let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
        app.write(owner, |tx| rapport::pipelines::hand_person_over(tx, gil, june.user()));
        let stopped = app.read(owner, |tx| reminders::reminder(tx, planned[0].id));
        assert_eq!(stopped.stopped_because.as_deref(), Some("handed over to June Park"), "with the person");
        assert_eq!(app.read(owner, |tx| rapport::pipelines::card(tx, card.id)).owner_id, june.user(), "whose card goes along");
        let eve = app.contact(owner, "Eve Orr");
        let card = app.card(owner, eve, "Connected");
        let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
        app.write(owner, |tx| outreach::bar(tx, eve, "asked us to stop"));
        let stopped = app.read(owner, |tx| reminders::reminder(tx, planned[0].id));
        assert_eq!(stopped.stopped_because.as_deref(), Some("do not contact"));
    }
}

const TEXT: &str = "Hi Ana, shall I send you the price list for the spring season?";

both! {
    fn promise_6_nobody_overrides_do_not_contact_and_a_warning_takes_a_note(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Member);
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.says(june, thread, "Hello Ana, June here. How was the fair?");
        let id = app.reminder(owner, ana, "Write", "2026-11-23T12:00");
        let edited = Answer::Edited(TEXT.into());
        let refused = app.db.write(owner, |tx| outreach::answer_send(tx, id, &edited, None, &Next::Nothing));
        let Err(Error::Invalid(problems)) = refused else { panic!("a colleague's message was passed over") };
        assert!(problems[0].words.contains("June Park"), "{}", problems[0].words);
        app.write(owner, |tx| outreach::answer_send(tx, id, &edited, Some("agreed with June"), &Next::Nothing));
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, id)).state, State::Done);
        // The very text again is refused, note or no note.
        let again = app.reminder(owner, ana, "Write again", "2026-11-24T12:00");
        let twice = app.db.write(owner, |tx| outreach::answer_send(tx, again, &edited, Some("all the same"), &Next::Nothing));
        assert!(matches!(twice, Err(Error::Invalid(_))), "a double send went through");
        app.write(owner, |tx| outreach::bar(tx, ana, "asked us to stop"));
        let verdict = app.read(owner, |tx| {
            let sender = tx.access().person()?;
            outreach::may_reach(tx, Attempt { contact: ana, channel: Channel::X, text: "Hi", sender, at: tx.now(), answers: None })
        });
        assert!(verdict.refused());
        assert!(verdict.reasons.iter().any(|reason| reason.rule == Rule::DoNotContact));
    }
}

both! {
    fn promise_7_a_hollow_draft_is_flagged_and_never_ready(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        app.contact(owner, "Tobias Klein");
        let contact = app.read(owner, |tx| rapport::contacts::contact(tx, ana));
        let card = app.card(owner, ana, "Connected");
        let hello = app.read(owner, |tx| reminders::open_of_card(tx, card.id)).remove(0);
        let draft = app.read(owner, |tx| {
            drafts::draft_for(tx, &contact, hello.channel, owner.user(), hello.template_id, None)
        });
        assert!(draft.flaws.iter().any(|flaw| flaw.key() == "missing"), "Ana has no company: {draft:?}");
        for hollow in [draft.text.as_str(), "Hi there, how are you doing?", "Hi Tobias, how are you doing?", "Hi [name], hello"] {
            let refused = app.db.write(owner, |tx| outreach::mark_ready(tx, hello.id, hollow, true));
            assert!(matches!(refused, Err(Error::Invalid(_))), "accepted: {hollow}");
        }
        app.write(owner, |tx| outreach::mark_ready(tx, hello.id, "Hi Ana, thanks for connecting.", true));
        assert!(app.read(owner, |tx| reminders::reminder(tx, hello.id)).ready);
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.says(owner, thread, "Hi Ana, are you at the fair?");
        let refused = app.db.write(owner, |tx| outreach::mark_ready(tx, hello.id, "Hi Ana, are you at the fair?", true));
        let words = refused.expect_err("she got it already").to_string();
        assert!(words.contains("got this very text"), "the gate refuses it: {words}");
    }
}

both! {
    fn promise_7_nobody_is_greeted_by_what_stands_for_a_name(app) {
        let owner = app.workspace("Acme");
        for name in ["X user 178005", "Instagram user", "LinkedIn Member"] {
            let id = app.contact(owner, name);
            let contact = app.read(owner, |tx| rapport::contacts::contact(tx, id));
            let card = app.card(owner, id, "Connected");
            let hello = app.read(owner, |tx| reminders::open_of_card(tx, card.id)).remove(0);
            let draft = app.read(owner, |tx| {
                drafts::draft_for(tx, &contact, hello.channel, owner.user(), hello.template_id, None)
            });
            assert!(draft.flaws.iter().any(|flaw| flaw.key() == "missing") && !draft.text.contains("Hi X"), "{draft:?}");
        }
    }
}

both! {
    fn promise_12_what_was_sent_is_recorded_and_what_was_not_stays_due(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let id = app.reminder(owner, ana, "Write", "2026-11-23T12:00");
        assert_eq!(app.write(owner, |tx| outreach::answer_send(tx, id, &Answer::NotSent, None, &Next::Nothing)), None);
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, id)).state, State::Open);
        app.write(owner, |tx| outreach::mark_ready(tx, id, TEXT, true));
        let sent = app.write(owner, |tx| outreach::answer_send(tx, id, &Answer::AsIs, None, &Next::Nothing)).expect("a message");
        let message = app.read(owner, |tx| threads::message(tx, sent));
        assert_eq!((message.body.as_str(), message.direction, message.author_id), (TEXT, Direction::Out, owner.user()));
        assert_eq!(app.read(owner, |tx| threads::thread(tx, thread)).turn, rapport::contacts::Turn::Theirs);
    }
}

both! {
    fn promise_18_every_reminder_and_refusal_says_which_rule_made_it(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Meeting");
        for reminder in app.read(owner, |tx| reminders::open_of_card(tx, card.id)) {
            assert!(reminder.why.contains("cadence of “Meeting”"), "{}", reminder.why);
        }
        let id = app.reminder(owner, ana, "Call", "2026-11-25T09:00");
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, id)).why, "planned by hand");
        let long = "a".repeat(1001);
        let verdict = app.read(owner, |tx| {
            let sender = tx.access().person()?;
            outreach::may_reach(tx, Attempt { contact: ana, channel: Channel::Instagram, text: &long, sender, at: tx.now(), answers: None })
        });
        assert!(verdict.words().contains("1,000") && verdict.words().contains("1,001"), "{}", verdict.words());
    }
}

both! {
    fn promise_12_words_that_were_sent_are_kept_when_a_colleague_was_first(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let server = app.server();
        let (page, slug) = (app.browser_of(&server, owner), app.slug(owner));
        let third = app.reminder(owner, ana, "Write", "2026-11-24T09:00");
        let sent = format!("/w/{slug}/reminders/{third}/sent");
        app.write(owner, |tx| reminders::done(tx, third));
        let words = [("answer", "edited"), ("text", "Here is the list, Ana."), ("next", "plan"), ("title", "Ask for the order"), ("when", "in 9 days")];
        let late = page.post(&sent, &words);
        let kept = ["Here is the list, Ana.", "value=\"Ask for the order\""].iter().all(|part| late.body.contains(part));
        assert!(late.status == 409 && kept, "words are kept: {}", late.body);
        let fourth = app.reminder(owner, ana, "Write again", "2026-11-24T09:00");
        let sent = format!("/w/{slug}/reminders/{fourth}/sent");
        let words = [("answer", "edited"), ("text", "Good morning, Ana."), ("override", "she asked"), ("next", "nothing")];
        assert_eq!((page.post(&sent, &words).status, page.post(&sent, &words).status), (303, 303), "an impatient hand");
    }
}
