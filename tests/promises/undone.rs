//! Promises 5, 6, 11 and 16 where things were taken back, merged or erased.

use diesel::prelude::*;
use rapport::{
    channels::Channel,
    contacts::{self, ContactForm, Details, identity},
    db::{self, PageRequest},
    outreach, pipelines,
    reminders::{self, State},
    timeline,
};

use crate::{app::App, both};

fn at_home(name: &str, email: &str) -> Details {
    ContactForm { name: name.into(), kind: "lead".into(), email: email.into(), ..ContactForm::default() }
        .check()
        .expect("a good form")
}

both! {
    fn promise_5_an_undone_move_plans_nothing_for_who_has_replied_or_is_barred(app) {
        let owner = app.workspace("Acme");
        for (name, barred, open) in [("Ana Li", None, 1), ("Bo Moss", Some("asked us to stop"), 0)] {
            let contact = app.contact(owner, name);
            let card = app.card(owner, contact, "Connected");
            app.reminder(owner, contact, "Her birthday", "2026-12-01T09:00");
            let thread = app.thread(owner, contact, Channel::Linkedin);
            app.is_now("2026-11-23T10:00:00Z");
            let moved = app.move_card(owner, &card, "Lost");
            app.is_now("2026-11-23T11:00:00Z");
            app.hears(owner, thread, "Yes, let us talk");
            if let Some(reason) = barred {
                app.write(owner, |tx| outreach::bar(tx, contact, reason));
            }
            app.write(owner, |tx| pipelines::undo_move(tx, moved.visit));
            let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id));
            assert!(planned.iter().all(|one| one.step_id.is_none()), "{name}: no step of the cadence comes back");
            assert_eq!(planned.len(), open, "{name}: {planned:?}");
        }
    }
}

both! {
    fn promise_6_a_merge_with_somebody_barred_stops_what_is_planned_and_parting_takes_it_up(app) {
        let owner = app.workspace("Acme");
        let [kept, gone] = ["Ana Li", "Ana Lee"].map(|name| app.contact(owner, name));
        let call = app.reminder(owner, kept, "Call", "2026-12-01T09:00");
        app.write(owner, |tx| outreach::bar(tx, gone, "asked us to stop"));
        app.is_now("2026-11-23T10:00:00Z");
        let merge = app.write(owner, |tx| pipelines::merge(tx, kept, gone, &[]));
        let state = |app: &App| app.read(owner, |tx| reminders::reminder(tx, call)).state;
        assert_eq!(state(app), State::Stopped);
        app.write(owner, |tx| pipelines::part(tx, merge));
        assert_eq!(state(app), State::Open);
    }
}

both! {
    fn promise_11_who_is_free_again_after_a_merge_into_somebody_barred_has_all_that_was_planned(app) {
        let owner = app.workspace("Acme");
        let [kept, gone] = ["Ana Li", "Ana Lee"].map(|name| app.contact(owner, name));
        app.write(owner, |tx| outreach::bar(tx, kept, "asked us to stop"));
        let call = app.reminder(owner, gone, "Call", "2026-12-01T09:00");
        app.is_now("2026-11-23T10:00:00Z");
        let merge = app.write(owner, |tx| pipelines::merge(tx, kept, gone, &[]));
        let planned = |app: &App| app.read(owner, |tx| reminders::reminder(tx, call));
        assert_eq!((planned(app).state, planned(app).contact_id), (State::Stopped, kept));
        app.write(owner, |tx| pipelines::part(tx, merge));
        assert_eq!((planned(app).state, planned(app).contact_id), (State::Open, gone));
        assert!(app.read(owner, |tx| contacts::contact(tx, kept)).do_not_contact.is_some());
    }
}

both! {
    fn promise_11_an_address_that_gave_way_in_a_merge_still_tells_who_it_is(app) {
        let owner = app.workspace("Acme");
        let [kept, gone] = ["ana@work.example", "ana@home.example"]
            .map(|email| app.write(owner, |tx| contacts::create(tx, &at_home("Ana Li", email))));
        let merge = app.write(owner, |tx| pipelines::merge(tx, kept, gone, &[]));
        let probe = identity::Probe::of(&at_home("A. Li", "Ana@Home.example"));
        let found = app.read(owner, |tx| identity::find(tx, &probe));
        assert_eq!(found.map(|found| found.contact), Some(kept));
        let again = app.db.write(owner, |tx| contacts::create(tx, &at_home("Ana", "ana@home.example")));
        assert!(again.is_err(), "nobody is entered twice");
        app.write(owner, |tx| pipelines::part(tx, merge));
        assert_eq!(app.read(owner, |tx| identity::find(tx, &probe)).map(|found| found.contact), Some(gone));
    }
}

both! {
    fn a_move_out_of_a_stage_that_is_gone_is_not_undone_into_it(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Found");
        let moved = app.move_card(owner, &card, "Invited");
        app.write(owner, |tx| pipelines::remove_stage(tx, card.stage_id));
        let refused = app.db.write(owner, |tx| pipelines::undo_move(tx, moved.visit)).expect_err("a refusal");
        assert!(refused.to_string().contains("was removed since"), "{refused}");
    }
}

both! {
    fn promise_16_erasing_somebody_erases_whoever_became_part_of_them(app) {
        let owner = app.workspace("Acme");
        let [ana, annie, anna] = ["Ana Li", "Annie Lee", "Anna Ly"].map(|name| app.contact(owner, name));
        app.write(owner, |tx| contacts::note(tx, anna, "has a quince tree"));
        app.write(owner, |tx| pipelines::merge(tx, annie, anna, &[]));
        app.write(owner, |tx| pipelines::merge(tx, ana, annie, &[]));
        app.write(owner, |tx| contacts::erase(tx, ana));
        let left: i64 = app.read(owner, |tx| Ok(tx.all(db::Contacts).count().get_result(tx.conn())?));
        let log = app.read(owner, |tx| timeline::audit(tx, &PageRequest::first(50), None)).items;
        let told: Vec<String> = log.iter().map(|event| format!("{:?} {} {}", event.verb, event.before(), event.after())).collect();
        assert_eq!(left, 0);
        assert!(!told.iter().any(|line| ["quince", "Ann", "Ana"].iter().any(|word| line.contains(word))), "{told:#?}");
    }
}

both! {
    fn whoever_says_ok_twice_has_said_it_twice(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let said = |minute: &str| rapport::threads::paste::Pasted {
            side: rapport::threads::paste::Side::Theirs,
            author: None,
            body: "ok".into(),
            guessed: false,
            sent_at: Some(minute.parse().expect("a time")),
        };
        let first = [said("2026-11-20T10:00:00"), said("2026-11-20T10:01:00")];
        let zone = chrono_tz::Europe::Berlin;
        assert_eq!(app.write(owner, |tx| rapport::threads::log_pasted(tx, thread, &first, zone)), 2);
        let more = [said("2026-11-20T10:00:00"), said("2026-11-20T10:01:00"), said("2026-11-20T10:01:00")];
        assert_eq!(app.write(owner, |tx| rapport::threads::log_pasted(tx, thread, &more, zone)), 1, "two are here");
    }
}
