//! Notes of LinkedIn's invitations: the first words of a relation, told once however often the platform tells them.

use rapport::{
    channels::Direction,
    contacts::Turn,
    db::PageRequest,
    imports::{self, Only, Verdict},
    threads,
};

use super::{
    kit::{MARA, bring, look_into, profile, said, state, zip},
    person,
};
use crate::both;

const HEAD: &str = "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n";
const NOTE: &str = "Hello Ana, your market caught my eye.";

/// A row of Invitations.csv.
fn invited(from: &str, to: &str, note: &str, direction: &str) -> String {
    format!("{from},{to},\"11/14/24, 9:30 AM\",\"{note}\",{direction},{},{}\n", profile(from), profile(to))
}

/// Mara's archive of these invitations and messages.
fn archive(invitations: &str, messages: &str) -> Vec<u8> {
    let (invitations, messages) = (format!("{HEAD}{invitations}"), format!("{}{messages}", super::kit::MESSAGES));
    zip(&[
        ("Profile.csv", b"First Name,Last Name,Headline\nMara,Lindqvist,Maker\n"),
        ("Invitations.csv", invitations.as_bytes()),
        ("messages.csv", messages.as_bytes()),
    ])
}

both! {
    fn a_note_is_the_first_message_and_is_told_once(app) {
        let owner = app.workspace("Acme");
        let before = state(app, owner);
        let notes = [
            invited(MARA, "Ana Li", NOTE, "OUTGOING"),
            invited("Bo Berg", MARA, "May I show you our lamps?", "INCOMING"),
            invited(MARA, "Cy Dee", "", "OUTGOING"),
        ]
        .concat();
        let first = bring(app, owner, &archive(&notes, ""));
        assert_eq!(first.count("stored"), 2);
        let [ana, bo] = ["Ana Li", "Bo Berg"].map(|name| person(app, owner, name));
        assert_eq!((ana.turn, bo.turn), (Turn::Theirs, Turn::Ours));
        let told = app.read(owner, |tx| threads::newest_of_contact(tx, ana.id, 5));
        assert_eq!((told.len(), told[0].body.as_str(), told[0].direction), (1, NOTE, Direction::Out));
        assert_eq!(told[0].sent_at.rfc3339(), "2024-11-14T09:30:00Z");
        let pending = state(app, owner);
        bring(app, owner, &archive(&notes, ""));
        assert_eq!(state(app, owner), pending, "the same file again");

        // Accepted: LinkedIn tells the note once more, as the first message of the conversation.
        let talk = [
            said("2-ana", MARA, "Ana Li", "2024-11-16 08:00:01", "Hello Ana, your  market caught my eye."),
            said("2-ana", "Ana Li", MARA, "2024-11-16 08:05:00", "Thank you!"),
        ]
        .concat();
        let verdict = |app: &crate::app::App, bytes: &[u8]| {
            let looked = look_into(app, owner, "again.zip", bytes);
            let found = app.read(owner, |tx| imports::candidates(tx, looked.id, &Only::default(), &PageRequest::first(9)));
            app.write(owner, |tx| imports::discard(tx, looked.id));
            let row = found.items.into_iter().find(|row| row.name == "Ana Li").expect("Ana");
            (row.verdict, row.reason.unwrap_or_default())
        };
        let (updated, why) = verdict(app, &archive(&notes, &talk));
        assert!(updated == Verdict::Updated && why.contains("brings 1 message."), "{why}");
        let second = bring(app, owner, &archive(&notes, &talk));
        assert_eq!(second.count("stored"), 1, "only the answer is new");
        let words = || app.read(owner, |tx| threads::newest_of_contact(tx, ana.id, 5)).into_iter().map(|one| one.body);
        assert_eq!(words().collect::<Vec<_>>(), ["Thank you!", NOTE]);
        assert_eq!(app.read(owner, |tx| threads::threads_of_contact(tx, ana.id)).len(), 1);
        let accepted = state(app, owner);
        // In any later download, whole or a part of it, nothing is new.
        for again in [archive(&notes, &talk), archive("", &talk), archive(&notes, "")] {
            assert_eq!(verdict(app, &again).0, Verdict::Unchanged);
            bring(app, owner, &again);
            assert_eq!(state(app, owner), accepted);
        }
        app.write(owner, |tx| rapport::imports::undo(tx, second.id));
        assert_eq!(state(app, owner), pending);
        app.write(owner, |tx| rapport::imports::undo(tx, first.id));
        assert_eq!(state(app, owner), before);
    }
}

both! {
    fn a_note_that_the_messages_tell_is_left_to_them(app) {
        let owner = app.workspace("Acme");
        let talk = [
            said("2-ana", MARA, "Ana Li", "2024-11-16 08:00:01", NOTE),
            said("2-bo", "Bo Berg", MARA, "2024-11-16 08:00:01", "Good to be in touch."),
        ]
        .concat();
        let notes = [
            invited(MARA, "Ana Li", NOTE, "OUTGOING"),
            invited("Bo Berg", MARA, "May I show you our lamps?", "INCOMING"),
        ]
        .concat();
        let done = bring(app, owner, &archive(&notes, &talk));
        assert_eq!(done.count("stored"), 3);
        let bo = person(app, owner, "Bo Berg");
        let told = app.read(owner, |tx| threads::newest_of_contact(tx, bo.id, 5));
        let told: Vec<_> = told.iter().map(|one| (one.body.as_str(), one.thread_id)).collect();
        assert_eq!(told.len(), 2);
        assert_eq!((told[1].0, told[1].1), ("May I show you our lamps?", told[0].1), "in the one conversation");
        let after = state(app, owner);
        bring(app, owner, &archive(&notes, ""));
        assert_eq!(state(app, owner), after, "the invitations alone, later");
    }
}

both! {
    fn promise_10_what_a_note_said_comes_in_again_when_it_was_said_again(app) {
        let owner = app.workspace("Acme");
        let notes = invited(MARA, "Ana Li", NOTE, "OUTGOING");
        let talk = |dates: &[&str]| dates.iter().map(|at| said("2-ana", MARA, "Ana Li", at, NOTE)).collect::<String>();
        let sent = |app: &crate::app::App| {
            let ana = person(app, owner, "Ana Li");
            let told = app.read(owner, |tx| threads::newest_of_contact(tx, ana.id, 5));
            told.into_iter().map(|one| one.sent_at.rfc3339()[..10].to_owned()).collect::<Vec<_>>()
        };
        bring(app, owner, &archive(&notes, ""));
        // The newest first, as LinkedIn writes them: the second is the note, the first is not.
        bring(app, owner, &archive(&notes, &talk(&["2024-12-24 08:00:00", "2024-11-16 08:00:01"])));
        assert_eq!(sent(app), ["2024-12-24", "2024-11-14"]);
        let other = app.workspace("Other");
        bring(app, other, &archive(&notes, &talk(&["2024-12-24 08:00:00", "2024-11-16 08:00:01"])));
        let ana = person(app, other, "Ana Li");
        assert_eq!(app.read(other, |tx| threads::newest_of_contact(tx, ana.id, 5)).len(), 2);
    }
}
