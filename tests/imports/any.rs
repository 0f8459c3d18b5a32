//! Promise 10 for archives that nobody thought of: whatever their rows, and in whatever order, the same comes of them.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::kit::{MARA, archive, bring, knows, said, state};
use crate::{app::App, both};

/// People by number; the first few are connections, the others only write.
const NAMES: [&str; 6] = ["Ana Li", "Bob Ito", "Cleo Fox", "Dora Kay", "Eve Orr", "Fay Poe"];
const WORDS: [&str; 4] = ["ok", "Shall we meet?", "<p>Tea &amp; cake</p>", "one\ntwo, \"three\""];

/// An archive as rows, and in which order and how often they come.
#[derive(Debug, Clone)]
struct Rows {
    connections: Vec<usize>,
    /// Whom with, whether it is theirs, what is said; its place is its time.
    talk: Vec<(usize, bool, usize)>,
    /// Which rows come a second time.
    repeats: Vec<usize>,
}

fn rows() -> impl Strategy<Value = Rows> {
    let connections = vec(0..4_usize, 1..6);
    let talk = vec((0..NAMES.len(), any::<bool>(), 0..WORDS.len()), 0..14);
    (connections, talk, vec(0..14_usize, 0..4)).prop_map(|(connections, talk, repeats)| Rows {
        connections,
        talk,
        repeats,
    })
}

impl Rows {
    fn people(&self) -> Vec<String> {
        self.connections.iter().map(|n| knows(NAMES[*n], &format!("p{n}@mail.example"), "Acme", "Buyer")).collect()
    }

    fn messages(&self) -> Vec<String> {
        let one = |(n, (who, theirs, words)): (usize, &(usize, bool, usize))| {
            let (from, to) = if *theirs { (NAMES[*who], MARA) } else { (MARA, NAMES[*who]) };
            let time = format!("2024-05-01 {:02}:{:02}:00", 8 + n / 4, n % 4);
            said(&format!("2-{who}"), from, to, &time, WORDS[*words])
        };
        let mut all: Vec<String> = self.talk.iter().enumerate().map(one).collect();
        all.extend(self.repeats.iter().filter_map(|n| all.get(*n).cloned()).collect::<Vec<_>>());
        all
    }

    fn file(&self) -> Vec<u8> {
        archive(&self.people().concat(), &self.messages().concat())
    }

    /// The same rows, turned around and shifted.
    fn shuffled(&self, by: usize) -> Vec<u8> {
        let other = |mut rows: Vec<String>| {
            rows.reverse();
            let middle = by % rows.len().max(1);
            rows.rotate_left(middle);
            rows.concat()
        };
        archive(&other(self.people()), &other(self.messages()))
    }
}

fn check(app: &App, run: &str, body: impl Fn(&App, &str, Rows, usize) -> Result<(), TestCaseError>) {
    let count = std::cell::Cell::new(0);
    let config = Config { cases: 12, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(rows(), 0..20_usize), |(rows, by)| {
        count.set(count.get() + 1);
        body(app, &format!("{run} {}", count.get()), rows, by)
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

both! {
    fn promise_10_the_same_rows_in_another_order_change_nothing(app) {
        check(app, "Same", |app, name, rows, by| {
            let owner = app.workspace(name);
            bring(app, owner, &rows.file());
            let before = state(app, owner);
            bring(app, owner, &rows.shuffled(by));
            prop_assert_eq!(state(app, owner), before);
            Ok(())
        });
    }
}

both! {
    fn promise_10_it_does_not_matter_which_order_came_first(app) {
        check(app, "First", |app, name, rows, by| {
            let (one, other) = (app.workspace(&format!("{name} one")), app.workspace(&format!("{name} other")));
            bring(app, one, &rows.file());
            bring(app, other, &rows.shuffled(by));
            prop_assert_eq!(state(app, one), state(app, other));
            Ok(())
        });
    }
}

both! {
    fn promise_10_an_older_archive_before_makes_no_difference(app) {
        check(app, "Older", |app, name, rows, by| {
            let (one, other) = (app.workspace(&format!("{name} one")), app.workspace(&format!("{name} other")));
            let mut older = rows.clone();
            older.talk.truncate(by % (rows.talk.len() + 1));
            older.connections.truncate(1);
            older.repeats.clear();
            bring(app, one, &older.file());
            bring(app, one, &rows.file());
            bring(app, other, &rows.file());
            // But for the news: what came in between the two downloads is marked as unread.
            let told = |who| state(app, who).into_iter().filter(|line| !line.starts_with("unread ")).collect::<Vec<_>>();
            prop_assert_eq!(told(one), told(other));
            Ok(())
        });
    }
}
