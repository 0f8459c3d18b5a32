//! Two write about the same people at one moment: whichever comes second sees what the first did.

use std::{sync::mpsc, time::Duration};

use rapport::{
    access::Access,
    calendar::When,
    channels::{self, Channel, Direction},
    contacts::{self, Details, Kind},
    db::Tx,
    error::Error,
    ids::ContactId,
    imports, pipelines,
    reminders::{self, NewReminder},
    threads::{self, NewMessage},
};

use crate::{
    app::{App, people::ZONE},
    both,
    imports::{
        kit::{MARA, archive, bring, facts, knows, said},
        person,
    },
};

/// Does `first`, and before that is committed begins `second`.
fn overlap<A: Send, B>(
    app: &App,
    who: Access,
    first: impl FnOnce(&mut Tx<'_>) -> Result<A, Error> + Send,
    second: impl FnOnce(&mut Tx<'_>) -> Result<B, Error>,
) -> (Result<A, Error>, Result<B, Error>) {
    let (begun, wait) = mpsc::channel();
    std::thread::scope(|scope| {
        let one = scope.spawn(move || {
            app.db.write(who, |tx| {
                let done = first(tx)?;
                begun.send(()).expect("somebody waits");
                std::thread::sleep(Duration::from_millis(300));
                Ok(done)
            })
        });
        wait.recv().expect("it begins");
        let two = app.db.write(who, second);
        (one.join().expect("no panic"), two)
    })
}

fn call(who: Access, contact: ContactId) -> NewReminder {
    let when: chrono::NaiveDateTime = "2026-12-01T09:00:00".parse().expect("a local time");
    let when = When { date: when.date(), time: when.time() };
    NewReminder::by_hand(contact, who.user().expect("a person"), "Call", when, ZONE)
}

both! {
    fn promise_11_what_is_written_while_two_are_merged_is_the_kept_ones(app) {
        let owner = app.workspace("Acme");
        type Write<'a> = &'a (dyn Fn(&mut Tx<'_>) -> Result<(), Error> + Sync);
        for merges_first in [false, true] {
            for n in 0..3 {
                let [kept, gone] = ["Ana Li", "Ana Lee"].map(|name| app.contact(owner, name));
                let talk = app.thread(owner, gone, Channel::X);
                let new = call(owner, gone);
                let writes: [Write<'_>; 3] = [
                    &|tx| contacts::note(tx, gone, "met").map(drop),
                    &|tx| threads::log_message(tx, talk, &NewMessage::now(Direction::Out, "Hello")).map(drop),
                    &|tx| reminders::plan(tx, &new).map(drop),
                ];
                let write = writes[n];
                let merge = |tx: &mut Tx<'_>| pipelines::merge(tx, kept, gone, &[]).map(drop);
                let (one, two) =
                    if merges_first { overlap(app, owner, merge, write) } else { overlap(app, owner, write, merge) };
                assert!(one.is_ok() && two.is_ok(), "{n}: {one:?} {two:?}");
                let lost = |table: &str| {
                    let sql = format!(
                        "SELECT id FROM {table} WHERE contact_id = {gone} AND workspace_id = {}",
                        owner.workspace()
                    );
                    facts(app, &sql.replace("SELECT id", "SELECT CAST(id AS TEXT) AS fact"))
                };
                for table in ["notes", "messages", "reminders"] {
                    assert_eq!(lost(table), Vec::<String>::new(), "{n}, {merges_first}: {table} of nobody");
                }
            }
        }
    }
}

both! {
    fn promise_16_what_is_acknowledged_while_an_import_is_undone_stays(app) {
        let owner = app.workspace("Acme");
        for undoes_first in [false, true] {
            let talk = said("2-ana", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
            let import = bring(app, owner, &archive(&knows("Ana Li", "", "", ""), &talk)).id;
            let ana = person(app, owner, "Ana Li").id;
            let new = call(owner, ana);
            let write = |tx: &mut Tx<'_>| reminders::plan(tx, &new);
            let undo = |tx: &mut Tx<'_>| imports::undo(tx, import);
            if undoes_first {
                let (undone, written) = overlap(app, owner, undo, write);
                assert_eq!(undone.expect("undone").removed, 1);
                assert!(matches!(written, Err(Error::NotFound)), "{written:?}");
            } else {
                let (written, undone) = overlap(app, owner, write, undo);
                let reminder = written.expect("written");
                assert_eq!(undone.expect("undone").kept, 1);
                assert_eq!(app.read(owner, |tx| reminders::reminder(tx, reminder)).contact_id, ana);
                app.write(owner, |tx| contacts::erase(tx, ana));
            }
        }
    }
}

both! {
    fn promise_11_who_adds_somebody_at_the_same_moment_is_shown_the_first(app) {
        let owner = app.workspace("Acme");
        let handles = vec![channels::parse_profile("linkedin.com/in/ana-li").expect("a profile")];
        let ana = Details { handles, ..Details::named("Ana Li", Kind::Lead) };
        let add = |tx: &mut Tx<'_>| contacts::create(tx, &ana);
        let (one, two) = overlap(app, owner, add, add);
        let first = one.expect("the first is stored");
        let Err(Error::Conflict(conflict)) = two else { panic!("{two:?}") };
        assert_eq!(conflict.current["id"], first.0);

        let pipeline = app.pipeline(owner, Kind::Lead);
        let open = |tx: &mut Tx<'_>| {
            pipelines::open_card(tx, pipelines::NewCard { contact: first, pipeline, stage: None, value_cents: 0 })
        };
        let (one, two) = overlap(app, owner, open, open);
        let card = one.expect("the first is opened");
        let Err(Error::Conflict(conflict)) = two else { panic!("{two:?}") };
        assert_eq!(conflict.current["id"], card.id.0);

        let other = app.contact(owner, "Ben");
        let (one, two) = overlap(app, owner, |tx| contacts::tag(tx, first, "Berlin"), |tx| contacts::tag(tx, other, "berlin"));
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
        assert_eq!(app.read(owner, contacts::all_tags).len(), 1);
    }
}
