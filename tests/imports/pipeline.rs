//! Bringing people straight into a pipeline.

use rapport::{
    channels::{Channel, parse_profile},
    contacts,
    imports::{self, Choice},
    pipelines::Card,
    reminders,
};

use super::{
    kit::{MARA, apply, archive, knows, look_into, profile, said},
    person,
};
use crate::both;

both! {
    fn whoever_is_talked_to_already_gets_no_first_message_planned(app) {
        let owner = app.workspace("Acme");
        let people = [knows("Ana Li", "", "", ""), knows("Bo Berg", "", "", "")].concat();
        let talk = said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        let looked = look_into(app, owner, "archive.zip", &archive(&people, &talk));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        apply(app, owner, looked.id, Some(app.stage(owner, "Connected").id));
        let planned = ["Ana Li", "Bo Berg"].map(|name| {
            let contact = person(app, owner, name).id;
            let cards = app.read(owner, |tx| rapport::pipelines::cards_of_contact(tx, contact));
            assert_eq!((cards.len(), cards[0].stage_id), (1, app.stage(owner, "Connected").id), "{name}");
            app.read(owner, |tx| reminders::of_contact(tx, contact)).0.len()
        });
        assert_eq!(planned[0], 0, "Ana knows us");
        assert!(planned[1] > 0, "Bo is new");
    }
}

both! {
    fn promise_10_an_undone_reply_lets_the_cadence_go_on(app) {
        let owner = app.workspace("Acme");
        let names = ["Ana Li", "Bo Berg", "Cy Dee", "Di Fox"];
        let [ana, bo, cy, di] = names.map(|name| {
            let contact = app.contact(owner, name);
            let address = parse_profile(&profile(name)).expect("a profile");
            app.write(owner, |tx| contacts::add_handle(tx, contact, &address));
            contact
        });
        let cards = [ana, bo, cy, di].map(|contact| app.card(owner, contact, "Connected"));
        let open = |card: &Card| app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len();
        let before = app.read(owner, |tx| reminders::open_of_card(tx, cards[0].id));
        app.is_now("2026-11-24T09:00:00Z");
        let talks = names.map(|name| said(&format!("2-{name}"), name, MARA, "2026-11-23 20:00:00", "Yes!"));
        let looked = look_into(app, owner, "archive.zip", &archive("", &talks.concat()));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        apply(app, owner, looked.id, None);
        assert_eq!(cards.each_ref().map(open), [0; 4], "they have answered");
        // Bo has said it elsewhere too: that stays true.
        let elsewhere = app.thread(owner, bo, Channel::Instagram);
        app.hears(owner, elsewhere, "Did you get my mail?");
        app.write(owner, |tx| rapport::outreach::bar(tx, cy, "asked us not to"));
        app.move_card(owner, &cards[3], "Lost");
        app.write(owner, |tx| imports::undo(tx, looked.id));
        assert_eq!(cards.each_ref().map(open), [before.len(), 0, 0, 0]);
        let after = app.read(owner, |tx| reminders::open_of_card(tx, cards[0].id));
        let due = |all: &[reminders::Reminder]| all.iter().map(|one| (one.id, one.due_at)).collect::<Vec<_>>();
        assert_eq!(due(&after), due(&before));
        let next = app.read(owner, |tx| rapport::pipelines::card(tx, cards[0].id)).next_at;
        assert_eq!(next, Some(before[0].due_at));
    }
}

both! {
    fn promise_10_two_replies_are_taken_back_in_any_order(app) {
        let owner = app.workspace("Acme");
        for (n, backwards) in [false, true].into_iter().enumerate() {
            let name = ["Ana Li", "Bo Berg"][n];
            let contact = app.contact(owner, name);
            let address = parse_profile(&profile(name)).expect("a profile");
            app.write(owner, |tx| contacts::add_handle(tx, contact, &address));
            app.is_now("2026-11-23T09:00:00Z");
            let card = app.card(owner, contact, "Connected");
            let open = || app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len();
            let planned = open();
            app.is_now("2026-11-25T09:00:00Z");
            let mut both = ["2026-11-23 20:00:00", "2026-11-24 20:00:00"].map(|at| {
                let looked = look_into(app, owner, "archive.zip", &archive("", &said(&format!("2-{name}"), name, MARA, at, at)));
                app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
                apply(app, owner, looked.id, None).id
            });
            if backwards {
                both.reverse();
            }
            app.write(owner, |tx| imports::undo(tx, both[0]));
            assert_eq!(open(), 0, "the other reply stands");
            app.write(owner, |tx| imports::undo(tx, both[1]));
            assert_eq!(open(), planned);
        }
    }
}

both! {
    fn promise_5_an_out_of_office_in_an_archive_is_no_reply(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        app.write(owner, |tx| contacts::add_handle(tx, ana, &parse_profile(&profile("Ana Li")).expect("a profile")));
        let card = app.card(owner, ana, "Connected");
        app.is_now("2026-11-24T09:00:00Z");
        let talk = [
            said("2-a", MARA, "Ana Li", "2026-11-23 19:00:00", "Shall we meet?"),
            said("2-a", "Ana Li", MARA, "2026-11-23 20:00:00", "Automatic reply: I am back on Monday"),
        ];
        let looked = look_into(app, owner, "archive.zip", &archive("", &talk.concat()));
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        assert_eq!(apply(app, owner, looked.id, None).count("stored"), 2);
        assert_eq!(app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len(), 3, "the cadence goes on");
        assert_eq!(person(app, owner, "Ana Li").turn, contacts::Turn::Theirs);
    }
}
