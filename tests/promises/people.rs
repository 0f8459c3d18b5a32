//! Promises 11 and 15: one person, walls.

use rapport::{
    access::Role,
    channels::Channel,
    contacts::{self, ContactForm, Details, Kind, identity},
    db,
    error::Error,
    pipelines,
    reminders::{self, State},
    threads,
    timeline::{self, Moment, Told, Verb},
};

use crate::{app::App, both};

fn form(name: &str, handles: &str, email: &str) -> Details {
    ContactForm {
        name: name.into(),
        kind: "lead".into(),
        handles: handles.into(),
        email: email.into(),
        ..ContactForm::default()
    }
    .check()
    .expect("a good form")
}

both! {
    fn promise_11_a_profile_however_written_is_one_person(app) {
        let owner = app.workspace("Acme");
        let first = form("Ana Li", "https://www.linkedin.com/in/Ana-Li/?x=1", "");
        let id = app.write(owner, |tx| contacts::create(tx, &first));
        for again in [form("A. Li", "linkedin.com/in/ana-li", ""), form("Ana", "http://de.linkedin.com/in/ana-li/de", "")] {
            let Err(Error::Conflict(conflict)) = app.db.write(owner, |tx| contacts::create(tx, &again)) else {
                panic!("one person was entered twice")
            };
            assert_eq!(conflict.current["id"], id.0);
        }
        let same_name = form("Ana Li", "", "");
        assert!(app.db.write(owner, |tx| contacts::create(tx, &same_name)).is_ok(), "a name alone only suggests");
    }
}

both! {
    fn promise_11_a_merge_moves_everything_keeps_links_and_can_be_undone(app) {
        let owner = app.workspace("Acme");
        let kept = app.write(owner, |tx| contacts::create(tx, &form("Ana Li", "linkedin.com/in/ana-li", "")));
        let gone = app.write(owner, |tx| contacts::create(tx, &form("Ana Li", "instagram.com/ana.li", "ana@test.example")));
        let thread = app.thread(owner, gone, Channel::Instagram);
        app.hears(owner, thread, "Hello from Instagram");
        app.is_now("2026-11-23T10:00:00Z");
        let (first, second) = (app.card(owner, kept, "Talking"), app.card(owner, gone, "Connected"));
        app.write(owner, |tx| pipelines::edit_card(tx, second.id, 500_000, second.owner_id));
        let steps = app.read(owner, |tx| reminders::open_of_card(tx, second.id));
        let worth = |app: &App, id| app.read(owner, |tx| pipelines::card(tx, id)).value_cents;
        let by_hand = app.reminder(owner, gone, "Her birthday", "2026-12-01T09:00");
        app.write(owner, |tx| contacts::note(tx, gone, "met at the fair"));
        let person = app.read(owner, |tx| contacts::contact(tx, kept));
        assert_eq!(app.read(owner, |tx| identity::suggest(tx, &person)).len(), 1);
        let done = app.write(owner, |tx| pipelines::merge(tx, kept, gone, &[]));
        assert_eq!(worth(app, first.id), 500_000, "an empty value never beats a filled one");
        let one = app.read(owner, |tx| contacts::contact(tx, gone));
        assert_eq!(one.id, kept, "the old link leads on");
        assert_eq!(one.email.as_deref(), Some("ana@test.example"), "an empty value never beats a filled one");
        assert_eq!(one.turn, contacts::Turn::Ours);
        assert_eq!(app.read(owner, |tx| contacts::handles(tx, kept)).len(), 2);
        assert_eq!(app.read(owner, |tx| threads::thread(tx, thread)).contact_id, kept);
        let opened = |app: &App, id| {
            let page = app.read(owner, |tx| timeline::story(tx, id, &db::PageRequest::first(50)));
            let of = |moment: &Moment| matches!(&moment.told, Told::Done(event) if event.verb == Verb::CardOpened);
            page.items.iter().filter(|moment| of(moment)).count()
        };
        assert_eq!(opened(app, kept), 2, "the timeline tells of both");
        assert!(app.read(owner, |tx| pipelines::card(tx, second.id)).closed_at.is_some(), "one open card in a pipeline");
        assert!(app.read(owner, |tx| pipelines::card(tx, first.id)).closed_at.is_none());
        let states = |app: &App| -> Vec<(State, Option<String>)> {
            let all = steps.iter().map(|step| app.read(owner, |tx| reminders::reminder(tx, step.id)));
            all.map(|one| (one.state, one.stopped_because)).collect()
        };
        let stays = |app: &App| app.read(owner, |tx| pipelines::visits(tx, second.id));
        let closing = stays(app).pop().expect("a stay");
        assert_eq!((stays(app).len(), closing.note.as_deref()), (2, Some("merged with another contact")), "history tells it");
        let stopped = (State::Stopped, Some("merged with another contact".to_owned()));
        assert_eq!(states(app), vec![stopped; 3], "a closed card owes no more steps, and says why");
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, by_hand)).state, State::Open);
        app.write(owner, |tx| pipelines::part(tx, done));
        assert_eq!((worth(app, first.id), worth(app, second.id)), (0, 500_000));
        let apart = app.read(owner, |tx| contacts::contact(tx, gone));
        assert_eq!((apart.id, apart.email.as_deref()), (gone, Some("ana@test.example")));
        assert_eq!(app.read(owner, |tx| contacts::contact(tx, kept)).email, None);
        assert_eq!(app.read(owner, |tx| threads::thread(tx, thread)).contact_id, gone);
        assert_eq!(app.read(owner, |tx| pipelines::card(tx, second.id)).stage_id, second.stage_id);
        assert_eq!(states(app), vec![(State::Open, None); 3], "and they go on");
        assert_eq!((stays(app).len(), stays(app)[2].undoes), (3, Some(closing.id)), "undo is a new entry");
        assert_eq!(app.read(owner, |tx| pipelines::card(tx, second.id)).entered_at, second.entered_at);
        assert_eq!((opened(app, kept), opened(app, gone)), (1, 1), "to each their own again");
        // Who writes while the two are one is not followed up once they are two again.
        let again = app.write(owner, |tx| pipelines::merge(tx, kept, gone, &[]));
        app.is_now("2026-11-23T11:00:00Z");
        app.hears(owner, thread, "I answered meanwhile");
        app.write(owner, |tx| pipelines::part(tx, again));
        assert!(states(app).iter().all(|(state, _)| *state == State::Stopped), "{:?}", states(app));
        // "Not the same person" is remembered.
        app.write(owner, |tx| identity::keep_apart(tx, kept, gone));
        let person = app.read(owner, |tx| contacts::contact(tx, kept));
        assert!(app.read(owner, |tx| identity::suggest(tx, &person)).is_empty());
    }
}

both! {
    fn promise_15_another_workspaces_ids_are_as_if_they_were_not(app) {
        let (mine, theirs) = (app.workspace("Acme"), app.workspace("Other"));
        let ana = app.contact(theirs, "Ana Li");
        let card = app.card(theirs, ana, "Found");
        let thread = app.thread(theirs, ana, Channel::X);
        let id = app.reminder(theirs, ana, "Call", "2026-11-25T09:00");
        let gone = |error: Result<(), Error>| matches!(error, Err(Error::NotFound));
        assert!(gone(app.db.read(mine, |tx| contacts::contact(tx, ana).map(drop))));
        assert!(gone(app.db.read(mine, |tx| pipelines::card(tx, card.id).map(drop))));
        assert!(gone(app.db.read(mine, |tx| threads::thread(tx, thread).map(drop))));
        assert!(gone(app.db.write(mine, |tx| reminders::done(tx, id).map(drop))));
        assert!(gone(app.db.write(mine, |tx| contacts::edit(tx, ana, &Details::named("Stolen", Kind::Lead)))));
        // A link across workspaces can't be stored even by hand: the keys hold the workspace.
        let own = app.contact(mine, "Own");
        let crossed = app.db.write(mine, |tx| {
            use diesel::prelude::*;
            use rapport::db;
            diesel::update(tx.all(db::Contacts).filter(db::contacts::id.eq(own)))
                .set(db::contacts::owner_id.eq(theirs.user()))
                .execute(tx.conn())?;
            Ok(())
        });
        assert!(crossed.is_err());
    }
}

both! {
    fn promise_15_roles_are_enforced_and_every_change_is_in_the_audit_log(app) {
        let owner = app.workspace("Acme");
        let viewer = app.member(owner, "Vic Viewer", Role::Viewer);
        let member = app.member(owner, "Max Member", Role::Member);
        let ana = app.contact(member, "Ana Li");
        let forbidden = |error: Result<(), Error>| matches!(error, Err(Error::Forbidden(_)));
        assert!(forbidden(app.db.write(viewer, |tx| contacts::note(tx, ana, "x").map(drop))));
        let id = app.reminder(member, ana, "Call", "2026-12-01T09:00");
        let vic = viewer.user().expect("a person");
        let given = [
            app.db.write(member, |tx| reminders::hand_over(tx, id, vic)),
            app.db.write(member, |tx| pipelines::hand_person_over(tx, ana, Some(vic))),
        ];
        for given in given {
            assert!(matches!(given, Err(Error::Invalid(_))), "who only looks on is given nothing to do: {given:?}");
        }
        // Whoever becomes one owes nothing any more.
        let june = app.member(owner, "June Park", Role::Member);
        let hers = app.reminder(june, ana, "Write", "2026-12-01T09:00");
        app.write(owner, |tx| rapport::workspaces::change_role(tx, june.person()?, Role::Viewer));
        assert_eq!(Some(app.read(owner, |tx| reminders::reminder(tx, hers)).user_id), owner.user());
        let note = app.write(owner, |tx| contacts::note(tx, ana, "Prefers mornings"));
        assert!(forbidden(app.db.write(member, |tx| contacts::correct_note(tx, note, "x").map(drop))));
        assert!(forbidden(app.db.write(member, |tx| contacts::remove_note(tx, note).map(drop))));
        let own = app.write(member, |tx| contacts::note(tx, ana, "Met at the fair"));
        app.write(member, |tx| contacts::correct_note(tx, own, "Met at the fair in May"));
        app.write(owner, |tx| contacts::remove_note(tx, own));
        let log = app.read(owner, |tx| {
            rapport::timeline::audit(tx, &rapport::db::PageRequest::first(2), Some(ana))
        });
        let told = |at: usize| (log.items[at].before(), log.items[at].after());
        assert_eq!(told(0), ("Met at the fair in May".into(), serde_json::Value::Null));
        assert_eq!(told(1), ("Met at the fair".into(), "Met at the fair in May".into()));
        assert!(forbidden(app.db.write(member, |tx| contacts::erase(tx, ana))));
        assert!(forbidden(app.db.write(member, |tx| pipelines::create_pipeline(tx, "Mine", Kind::Lead).map(drop))));
        let changed = Details { company: Some("Acme".into()), ..Details::named("Ana Li", Kind::Lead) };
        app.write(member, |tx| contacts::edit(tx, ana, &changed));
        let log = app.read(owner, |tx| {
            rapport::timeline::audit(tx, &rapport::db::PageRequest::first(1), Some(ana))
        });
        let entry = &log.items[0];
        assert_eq!(entry.actor_id, member.user());
        assert_eq!((entry.before()["company"].as_str(), entry.after()["company"].as_str()), (None, Some("Acme")));
    }
}

both! {
    fn a_tag_narrows_the_inbox_to_the_people_who_have_it(app) {
        let owner = app.workspace("Acme");
        let [ana, bob] = ["Ana Li", "Bob Ito"].map(|name| app.contact(owner, name));
        let of_ana = app.thread(owner, ana, Channel::Instagram);
        app.thread(owner, bob, Channel::X);
        app.write(owner, |tx| contacts::tag(tx, ana, "berlin"));
        let tag = app.read(owner, contacts::all_tags)[0].id;
        let narrowed = threads::Filter { tag: Some(tag), ..threads::Filter::default() };
        let page = db::PageRequest::first(10);
        let listed = app.read(owner, |tx| threads::list(tx, &narrowed, &page)).items;
        assert_eq!(listed.iter().map(|row| row.thread.id).collect::<Vec<_>>(), [of_ana]);
    }
}

both! {
    fn promise_15_profiles_zones_addresses_and_hours_are_in_the_audit_log_as_well(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let mut changed = form("Ana Li", "https://instagram.com/ana.li", "");
        changed.timezone = Some("Asia/Tokyo".into());
        app.write(owner, |tx| contacts::edit(tx, ana, &changed));
        let url = "https://www.linkedin.com/messaging/thread/2-ana/";
        app.write(owner, |tx| threads::set_url(tx, thread, url));
        let mut details = rapport::workspaces::Details::named("Acme", "Europe/Berlin");
        details.work_days = rapport::calendar::Weekdays::ALL;
        app.write(owner, |tx| rapport::workspaces::save(tx, &details));
        let log = app.read(owner, |tx| timeline::audit(tx, &db::PageRequest::first(20), None)).items;
        let after = |verb: Verb, field: &str| {
            let found = log.iter().find(|entry| entry.verb == verb).expect("an entry").after();
            found[field].as_str().expect("text").to_owned()
        };
        assert_eq!(after(Verb::HandleAdded, "key"), "ana.li");
        assert_eq!(after(Verb::ContactEdited, "timezone"), "Asia/Tokyo");
        assert_eq!(after(Verb::ThreadEdited, "address"), url);
        assert_eq!(after(Verb::WorkspaceSaved, "work_days"), "every day");
    }
}

both! {
    fn promise_11_an_address_kept_as_a_profile_is_the_same_as_in_its_field(app) {
        let owner = app.workspace("Acme");
        let profile = app.write(owner, |tx| contacts::create(tx, &form("Eh One", "eh@one.example", "")));
        let again = app.db.write(owner, |tx| contacts::create(tx, &form("E. One", "", "Eh@One.example")));
        let Err(Error::Conflict(conflict)) = again else { panic!("{again:?}") };
        assert_eq!(conflict.current["id"], profile.0);
        let field = app.write(owner, |tx| contacts::create(tx, &form("Em", "", "em@a.example")));
        let again = app.db.write(owner, |tx| contacts::create(tx, &form("Emma", "em@a.example", "")));
        let Err(Error::Conflict(conflict)) = again else { panic!("{again:?}") };
        assert_eq!(conflict.current["id"], field.0);
        // By editing neither gets what the other has.
        let blank = app.contact(owner, "Ida Blank");
        for address in ["eh@one.example", "em@a.example"] {
            let edit = |tx: &mut rapport::db::Tx<'_>| contacts::edit(tx, blank, &form("Ida Blank", "", address));
            assert!(matches!(app.db.write(owner, edit), Err(Error::Invalid(_))), "{address} in the field");
            let edit = |tx: &mut rapport::db::Tx<'_>| contacts::edit(tx, blank, &form("Ida Blank", address, ""));
            assert!(matches!(app.db.write(owner, edit), Err(Error::Invalid(_))), "{address} as a profile");
        }
        app.write(owner, |tx| contacts::edit(tx, profile, &form("Eh One", "", "eh@one.example")));
    }
}
