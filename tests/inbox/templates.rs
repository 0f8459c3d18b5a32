//! Templates with variants, put into the composer, and what is counted of them.

use rapport::{
    access::Access,
    channels::{Channel, Direction},
    contacts::{self, Details, Kind},
    drafts::{self, Outcome, TemplateForm},
    error::Error,
    ids::TemplateId,
    outreach::{self, Answer, Next},
    reminders::{self, NewReminder},
    threads::{self, NewMessage},
};

use crate::{
    app::{App, people::ZONE},
    both,
};

fn template(app: &App, who: Access, body: &str) -> TemplateId {
    let form = TemplateForm { name: "First words".into(), channel: None, body: body.into(), shared: true };
    app.write(who, |tx| drafts::save_template(tx, None, &form))
}

fn plan(app: &App, who: Access, contact: rapport::ids::ContactId, template: TemplateId) -> rapport::ids::ReminderId {
    let when = "2026-11-23T12:00:00".parse::<chrono::NaiveDateTime>().expect("a time");
    let when = rapport::calendar::When { date: when.date(), time: when.time() };
    let new = NewReminder {
        template: Some(template),
        channel: Some(Channel::Linkedin),
        ..NewReminder::by_hand(contact, who.user().expect("a person"), "Write", when, ZONE)
    };
    app.write(who, |tx| reminders::plan(tx, &new))
}

both! {
    fn each_person_gets_one_variant_and_every_variant_its_share(app) {
        let owner = app.workspace("Acme");
        let a = template(app, owner, "Hello {{ first_name }}, good to meet you in Kyoto");
        let b = app.write(owner, |tx| drafts::add_variant(tx, a));
        let texts: Vec<String> =
            app.read(owner, |tx| drafts::variants(tx, a)).into_iter().map(|text| text.letter).collect();
        assert_eq!(texts, ["A", "B"]);
        assert!(app.read(owner, drafts::templates).iter().all(|listed| listed.id != b), "a variant stands behind A");
        for name in ["Ana Li", "Bob Ito", "Cem Kaya", "Dora Fell"] {
            let person = app.contact(owner, name);
            let planned = plan(app, owner, person, a);
            let chosen = app.read(owner, |tx| reminders::reminder(tx, planned)).template_id;
            let again = app.read(owner, |tx| drafts::variant_for(tx, a, person));
            assert_eq!(chosen, Some(again));
        }
        for _ in 0..3 {
            app.write(owner, |tx| drafts::add_variant(tx, b));
        }
        let sixth = app.db.write(owner, |tx| drafts::add_variant(tx, a));
        assert!(matches!(sixth, Err(Error::Invalid(_))), "{sixth:?}");
        let planned = plan(app, owner, app.contact(owner, "Eda Moss"), b);
        app.write(owner, |tx| drafts::remove_template(tx, b));
        let goes_on = app.read(owner, |tx| reminders::reminder(tx, planned)).template_id;
        assert_eq!(goes_on, Some(a), "what was planned with the variant has words still");
        // A letter that was used is not used again: what is counted under it stays what it was.
        app.write(owner, |tx| drafts::add_variant(tx, a));
        let letters: String =
            app.read(owner, |tx| drafts::variants(tx, a)).into_iter().map(|text| text.letter).collect();
        assert_eq!(letters, "ACDEF");
        app.write(owner, |tx| drafts::remove_template(tx, a));
        assert!(app.read(owner, drafts::templates).iter().all(|listed| listed.name != "First words"));
    }
}

both! {
    fn an_answer_counts_for_the_last_templated_message_before_it(app) {
        let owner = app.workspace("Acme");
        let (first, second) = (template(app, owner, "Hi {{ first_name }}, it was good to meet you"), template(app, owner, "{{ first_name }}, did the samples reach you?"));
        let send = |contact, template| {
            let planned = plan(app, owner, contact, template);
            app.write(owner, |tx| outreach::answer_send(tx, planned, &Answer::AsIs, Some("by hand"), &Next::Nothing));
        };
        let people = ["Ana Li", "Bob Ito", "Cem Kaya"].map(|name| app.contact(owner, name));
        for (at, person) in people.iter().enumerate() {
            app.is_now(&format!("2026-11-23T10:0{at}:00Z"));
            send(*person, first);
        }
        let [ana, bob, cem] = people;
        let thread = |contact| app.thread(owner, contact, Channel::Linkedin);
        app.is_now("2026-11-24T10:00:00Z");
        app.says(owner, thread(ana), "P.S. The samples are on their way");
        app.is_now("2026-11-24T11:00:00Z");
        app.hears(owner, app.thread(owner, ana, Channel::Instagram), "Thank you");
        let away = NewMessage { automatic: true, ..NewMessage::now(Direction::In, "I am away") };
        let of_bob = thread(bob);
        app.write(owner, |tx| threads::log_message(tx, of_bob, &away).map(drop));
        app.is_now("2026-11-28T10:00:00Z");
        send(cem, second);
        app.is_now("2026-11-28T12:00:00Z");
        app.hears(owner, thread(cem), "Yes, sorry");
        let outcomes = app.read(owner, drafts::outcomes);
        assert_eq!(outcomes[&first], Outcome { sent: 3, answered: 1 }, "Ana on another channel; Bob’s machine is nobody");
        assert_eq!(outcomes[&second], Outcome { sent: 1, answered: 1 });
        app.is_now("2027-06-30T10:00:00Z");
        assert!(app.read(owner, drafts::outcomes).is_empty(), "the last 180 days");
    }
}

both! {
    fn a_template_is_inserted_for_this_person_and_the_gate_is_asked(app) {
        let owner = app.workspace("Acme");
        let ana = app.write(owner, |tx| contacts::create(tx, &Details::named("Ana Li", Kind::Lead)));
        let (thread, text) = (app.thread(owner, ana, Channel::Instagram), template(app, owner, "Hi {{ first_name }}, tea?"));
        let hollow = template(app, owner, "Hi {{ first_name }} of {{ company }}");
        let (server, slug) = (app.server(), app.slug(owner));
        let (browser, id) = (app.browser_of(&server, owner), text.to_string());
        let (insert, log) =
            (format!("/w/{slug}/threads/{thread}/insert"), format!("/w/{slug}/threads/{thread}/messages"));
        let page = browser.post(&insert, &[("template", &id), ("body", "Good morning.")]).body;
        assert!(page.contains("Good morning.\n\nHi Ana, tea?</textarea>"), "below what was typed: {page}");
        assert!(page.contains("data-copy=\"#body\"") && page.contains("takes at most 1,000 characters"));
        assert!(page.contains(&format!("name=\"written_from\" value=\"{text}\"")));
        let page = browser.post(&insert, &[("template", ""), ("body", "My own long words"), ("date", "2026-11-20")]).body;
        assert!(page.contains("My own long words</textarea>") && page.contains("value=\"2026-11-20\""), "{page}");
        let page = browser.post(&insert, &[("template", &hollow.to_string())]).body;
        assert!(page.contains("company isn’t known") || page.contains("company isn&#39;t known"), "{page}");
        assert!(!page.contains("data-copy=\"#body\""), "what is hollow can't be copied");
        // A gap that filling has left is not logged as having gone out just now.
        let gap = app.read(owner, |tx| {
            let person = contacts::contact(tx, ana)?;
            drafts::draft_for(tx, &person, Some(Channel::Instagram), owner.user(), Some(hollow), None)
        });
        let asked = [("direction", "out"), ("body", gap.text.as_str()), ("written_from", &hollow.to_string())];
        let refused = browser.post(&log, &asked);
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("If it went out like this, say when it did."), "{}", refused.body);
        let sent = [("direction", "out"), ("body", "Hi Ana, tea?"), ("written_from", id.as_str())];
        assert_eq!(browser.post(&log, &sent).status, 303);
        assert_eq!(app.read(owner, drafts::outcomes)[&text].sent, 1);
        let gone = [("direction", "out"), ("body", "Something else entirely"), ("written_from", "999")];
        assert_eq!(browser.post(&log, &gone).status, 303, "a template that is gone loses nobody’s words");
        let own = [("direction", "out"), ("body", "Words of my own, not the template’s"), ("written_from", id.as_str())];
        assert_eq!(browser.post(&log, &own).status, 303);
        assert_eq!(app.read(owner, drafts::outcomes)[&text].sent, 1, "other words don’t count");
        app.is_now("2026-11-23T09:01:00Z");
        assert_eq!(browser.post(&log, &sent).status, 422, "the same words twice are refused");
        let page = browser.post(&insert, &[("template", &id)]).body;
        assert!(page.contains("data-verdict=\"refuse\"") && !page.contains("data-copy=\"#body\""), "twice the same");
    }
}

both! {
    fn a_removed_template_comes_back_with_its_variants(app) {
        let owner = app.workspace("Acme");
        let a = template(app, owner, "Hello {{ first_name }}");
        let (b, c) = (app.write(owner, |tx| drafts::add_variant(tx, a)), app.write(owner, |tx| drafts::add_variant(tx, a)));
        let letters = |app: &App| -> String {
            app.read(owner, |tx| drafts::variants(tx, a)).into_iter().map(|text| text.letter).collect()
        };
        app.write(owner, |tx| drafts::remove_template(tx, c));
        app.is_now("2026-11-23T10:30:00Z");
        app.write(owner, |tx| drafts::remove_template(tx, a));
        app.write(owner, |tx| drafts::restore_template(tx, a));
        assert_eq!(letters(app), "AB", "what was removed before stays away");
        app.write(owner, |tx| drafts::restore_template(tx, c));
        assert_eq!(letters(app), "ABC");
        let counts = app.read(owner, drafts::variant_counts);
        assert_eq!(counts.get(&a), Some(&3));
        let member = app.member(owner, "June Park", rapport::access::Role::Member);
        app.write(owner, |tx| drafts::remove_template(tx, b));
        let refused = app.db.write(member, |tx| drafts::restore_template(tx, b));
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
}

both! {
    fn a_text_that_fits_into_no_message_of_its_channel_is_not_saved(app) {
        let owner = app.workspace("Acme");
        let form = |body: String| TemplateForm {
            name: "Long".into(), channel: Some(Channel::Instagram), body, shared: true,
        };
        let long = form(format!("Hi {{{{ first_name }}}} {}", "x".repeat(1_000)));
        let refused = app.db.write(owner, |tx| drafts::save_template(tx, None, &long));
        assert!(format!("{refused:?}").contains("Instagram takes 1,000"), "{refused:?}");
        for (known, unknown) in [("Hi".to_owned(), "x".repeat(1_100)), ("x".repeat(1_100), "Hi".to_owned())] {
            let branches = form(format!("{{% if company %}}{known}{{% else %}}{unknown}{{% endif %}}"));
            app.write(owner, |tx| drafts::save_template(tx, None, &branches));
        }
    }
}
