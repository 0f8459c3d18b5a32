//! A long import is taken back in the background, a piece at a time, and all the same wholly and only.

use rapport::{
    channels::Channel,
    db::PageRequest,
    imports::{self, Choice, State},
    pipelines, threads,
};

use super::{
    enter,
    kit::{MARA, again, archive, bring, knows, look_into, profile, said, state},
    lead, names, person,
};
use crate::both;

/// Ana wrote 2,100 times, Bob, whose company it tells, three times.
fn long() -> Vec<u8> {
    let talk = |from: &str, many: u32| {
        (0..many)
            .map(|n| {
                let date = format!("2024-05-{:02} {:02}:{:02}:00", 1 + n / 1440, n / 60 % 24, n % 60);
                said(&format!("2-{from}"), from, MARA, &date, &format!("word {n}"))
            })
            .collect::<String>()
    };
    let people = [knows("Ana Li", "", "", ""), knows("Bob Ito", "", "Globex", "Maker")].concat();
    archive(&people, &[talk("Ana Li", 2_100), talk("Bob Ito", 3)].concat())
}

both! {
    fn promise_10_a_long_import_is_taken_back_in_the_background_and_leaves_what_was_before(app) {
        let owner = app.workspace("Acme");
        let bob = enter(app, owner, "Bob Ito", Some(&profile("Bob Ito")), &lead());
        let here = app.thread(owner, bob, Channel::Linkedin);
        app.says(owner, here, "Logged by hand");
        let before = state(app, owner);
        let done = bring(app, owner, &long());
        let next = look_into(app, owner, "archive.zip", &archive(&knows("Cleo Fox", "", "", ""), ""));
        app.write(owner, |tx| imports::choose(tx, next.id, &Choice::Everybody));
        let (server, slug) = (app.server(), app.slug(owner));
        let (browser, page) = (app.browser_of(&server, owner), format!("/w/{slug}/import/{}", done.id));
        for _ in 0..2 {
            let begun = browser.post(&format!("{page}/undo"), &[]);
            assert_eq!((begun.status, begun.location.as_str()), (303, page.as_str()), "{}", begun.body);
        }
        assert!(browser.get(&page).body.contains("2,103 messages are still to go"));
        // What goes would count as here already.
        let refused = app.db.write(owner, |tx| imports::start(tx, next.id, None));
        assert!(refused.is_err_and(|error| error.to_string().contains("taken back")));
        assert!(app.write(owner, |tx| imports::undo_piece(tx, done.id)), "there is more to do");
        assert_eq!(app.read(owner, |tx| imports::messages_here(tx, done.id)), 103);
        app.tick();
        let over = again(app, owner, done.id);
        assert_eq!((over.state, over.count("removed"), over.count("kept")), (State::Undone, 1, 0));
        assert_eq!(state(app, owner), before);
        assert!(browser.get(&page).body.contains("This import was undone"));
        app.write(owner, |tx| imports::start(tx, next.id, None));
    }
}

both! {
    fn promise_8_what_becomes_evidence_while_its_import_leaves_stays(app) {
        let owner = app.workspace("Acme");
        let done = bring(app, owner, &long());
        let ana = person(app, owner, "Ana Li").id;
        let card = app.card(owner, ana, "Connected");
        assert_eq!(app.write(owner, |tx| imports::take_back(tx, done.id)), None);
        assert!(app.write(owner, |tx| imports::undo_piece(tx, done.id)));
        let talk = app.read(owner, |tx| threads::threads_of_contact(tx, ana))[0].id;
        let left = app.read(owner, |tx| threads::messages(tx, talk, &PageRequest::first(1))).items[0].id;
        let wanted = pipelines::Move {
            card: card.id,
            to: app.stage(owner, "Talking").id,
            version: card.version,
            evidence: Some(left),
            note: None,
            lost_reason: None,
        };
        app.write(owner, |tx| pipelines::move_card(tx, &wanted));
        app.tick();
        let over = again(app, owner, done.id);
        assert_eq!((over.state, over.count("removed"), over.count("kept")), (State::Undone, 1, 1));
        assert_eq!(names(app, owner), ["Ana Li"]);
        assert_eq!(app.read(owner, |tx| threads::message(tx, left)).id, left, "the history keeps its evidence");
        assert_eq!(app.read(owner, |tx| imports::messages_here(tx, done.id)), 0);
    }
}
