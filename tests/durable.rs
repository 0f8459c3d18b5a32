//! Promise 16, and what several copies owe each other: the real program killed without warning, and several at once.

mod archive;
mod backup;
mod bucket;
mod cli;
pub mod place;
mod together;
mod writers;

use std::time::{Duration, Instant as Stopwatch};

use rapport::{
    access::Role,
    imports::{self, Choice, State},
};

use crate::{
    app::{App, START, sink::Sink},
    both, places,
};
use place::{Place, number, start};
use writers::{Book, add};

places! {
    fn promise_16_what_was_acknowledged_survives_a_kill_and_nothing_is_half_written(place) {
        let token = place.founded();
        let mut all = Vec::new();
        for round in 0..3 {
            let running = place.serve(&[]);
            let (book, base) = (Book::default(), running.base.clone());
            std::thread::scope(|scope| {
                for writer in 0..4 {
                    let (book, base, token) = (&book, &base, &token);
                    scope.spawn(move || book.write(base, token, &format!("{round}-{writer}")));
                }
                book.wait(25 + 10 * round);
                running.kill();
            });
            let (asked, acknowledged) = (book.asked(), book.acknowledged());
            assert!(asked.len() > acknowledged.len(), "it was killed with requests under way");
            place.assert_whole();
            let mut conn = place.conn();
            for (name, id) in &acknowledged {
                let sql = format!("SELECT count(*) AS n FROM contacts WHERE id = {id} AND name = '{name}'");
                assert_eq!(number(&mut conn, &sql), 1, "{name} was acknowledged as {id}");
            }
            // Whoever repeats everything under the same keys makes nobody twice, and finds what was acknowledged.
            let running = place.serve(&[]);
            for name in &asked {
                let (id, replayed) = add(&running.base, &token, name).expect("an answer");
                if let Some((_, known)) = acknowledged.iter().find(|(known, _)| known == name) {
                    assert!((id, replayed) == (*known, true), "{name} was {known} and is {id}");
                }
            }
            all.extend(asked);
            assert_eq!(
                number(&mut conn, "SELECT count(*) AS n FROM contacts"),
                i64::try_from(all.len()).expect("a number")
            );
            running.kill();
            place.assert_whole();
        }
    }
}

#[test]
fn of_many_due_jobs_each_is_done_by_exactly_one_of_three_workers() {
    let Some(app) = App::postgres() else { return };
    let sink = Sink::start();
    let owner = app.workspace("Acme");
    let mut people = vec![owner];
    people.extend((0..9).map(|n| app.member(owner, &format!("Member {n}"), Role::Member)));
    for n in 0..150 {
        let who = people[n % people.len()];
        let contact = app.contact(who, &format!("Person {n}"));
        app.reminder(who, contact, "Write", "2026-11-24T07:30");
    }
    app.worker.prepare().expect("a plan");
    let (at, place) = ("2026-11-24T07:00:00Z", Place::of(&app));
    let mut conn = place.conn();
    let due = number(&mut conn, "SELECT count(*) AS n FROM jobs WHERE run_at <= '2026-11-24 07:00:00'");
    assert!(due > 160, "150 notices, 10 digests, one sweep, not {due}");
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let mut command = place.command(&["tick", "--at", at]);
            command.env("SMTP_URL", sink.url());
            start(command)
        })
        .collect();
    let mut shares = Vec::new();
    for worker in workers {
        let done = worker.wait_with_output().expect("an end");
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success() && err.is_empty(), "{out}{err}");
        let share = out.trim().strip_prefix("jobs=").and_then(|n| n.parse::<i64>().ok());
        shares.push(share.unwrap_or_else(|| panic!("{out}")));
    }
    let mut recipients: Vec<String> = sink.letters().into_iter().flat_map(|letter| letter.to).collect();
    recipients.sort();
    let mut expected: Vec<String> = (0..9).map(|n| format!("member.{n}@test.example")).collect();
    expected.insert(0, "acme.owner@test.example".into());
    assert_eq!(recipients, expected, "one digest each");
    assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM notices WHERE NOT late"), 150);
    // Each digest makes one delivery more; a job done twice would make the sum larger.
    assert_eq!(shares.iter().sum::<i64>(), due + 10, "{shares:?}");
    assert!(shares.iter().filter(|share| **share > 0).count() > 1, "the work was shared: {shares:?}");
}

both! {
    fn an_import_cut_off_by_a_kill_is_finished_by_another_worker_after_the_lease(app) {
        let owner = app.workspace("Acme");
        let (people, messages) = (1500, 9000);
        let file = app.folder.path().join("archive.zip");
        archive::write(&file, people, 300, messages);
        let kept = imports::keep_upload(&app.config.data, || std::fs::File::open(&file)).expect("an upload");
        let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "archive.zip", &kept));
        app.tick();
        app.write(owner, |tx| imports::choose(tx, id, &Choice::Everybody));
        app.write(owner, |tx| imports::start(tx, id, None));
        let place = Place::of(app);
        let now = || app.read(owner, |tx| imports::import(tx, id));
        let mut worker = start(place.command(&["tick", "--at", START]));
        let deadline = Stopwatch::now() + Duration::from_secs(120);
        // People first, then messages: in the middle of these.
        while now().rows_done <= i64::try_from(people).expect("a number") + 1000 {
            assert!(Stopwatch::now() < deadline, "{:?}", now());
            std::thread::sleep(Duration::from_millis(2));
        }
        worker.kill().expect("killed");
        worker.wait().expect("an end");
        let cut = now();
        assert_eq!(cut.state, State::Running);
        let stored = |what: &str| number(&mut place.conn(), &format!("SELECT count(*) AS n FROM {what}"));
        let (all_people, all_messages) =
            (i64::try_from(people).expect("a number"), i64::try_from(messages).expect("a number"));
        assert!(stored("messages") < all_messages, "it was cut off in the middle");
        // While the lease runs nobody touches it.
        place.run(&["tick", "--at", "2026-11-23T09:01:29Z"]);
        assert_eq!((now().state, now().rows_done), (State::Running, cut.rows_done));
        place.run(&["tick", "--at", "2026-11-23T09:01:31Z"]);
        let done = now();
        assert_eq!((done.state, done.rows_done, done.problem.as_deref()), (State::Done, done.rows_total, None));
        assert_eq!((stored("contacts"), stored("threads"), stored("messages")), (all_people, 300, all_messages));
        assert_eq!(
            (done.count("made"), done.count("stored")),
            (all_people, all_messages),
            "the whole is told, not the rest"
        );
        assert_eq!(stored("contacts WHERE turn = 'nobody'"), all_people - 300, "turns are settled too");
        assert!(!kept.exists(), "the private file is gone");
        app.write(owner, |tx| imports::undo(tx, id));
        assert_eq!(
            (stored("contacts"), stored("threads"), stored("messages")),
            (0, 0, 0),
            "also what came before the kill"
        );
    }
}
