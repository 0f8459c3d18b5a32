//! A backup is taken of a running server that is being written to, and comes back whole, quiet, in a place of its own.

use rapport::{
    access::Origin,
    accounts,
    db::{Clock, Db, TENANT_TABLES},
    imports::{self, State},
};

use super::{
    archive,
    place::{Place, number},
    writers::{self, Book},
};
use crate::{app::sink::Sink, places};

/// Rows per table, but for `instance`, which a restore adds its hold to.
fn counts(place: &Place) -> Vec<(&'static str, i64)> {
    let wide = ["users", "sessions", "throttles", "workspaces", "links", "jobs", "mails"];
    let mut conn = place.conn();
    let tables = TENANT_TABLES.iter().copied().filter(|table| *table != "stage_totals").chain(wide);
    tables.map(|table| (table, number(&mut conn, &format!("SELECT count(*) AS n FROM {table}")))).collect()
}

fn hold(db: &Db) -> Option<String> {
    db.read_system(|sys| sys.setting("hold")).expect("a setting")
}

places! {
    fn promise_16_a_backup_of_a_running_server_under_writing_is_whole(place) {
        let token = place.founded();
        let running = place.serve(&[]);
        let (book, base) = (Book::default(), running.base.clone());
        let file = place.data.join("backup.zip");
        let before = std::thread::scope(|scope| {
            for writer in 0..3 {
                let (book, base, token) = (&book, &base, &token);
                scope.spawn(move || book.write(base, token, &writer.to_string()));
            }
            book.wait(20);
            let before = book.acknowledged();
            let said = place.run(&["backup", file.to_str().expect("a path")]);
            assert!(said.contains("backup=") && said.contains("bytes="), "{said}");
            let at_end = book.acknowledged().len();
            // Written to throughout: more came while it was taken and after it.
            book.wait(at_end + 1);
            book.stop();
            before
        });
        let there = place.another();
        let said = there.run(&["restore", file.to_str().expect("a path")]);
        assert!(said.contains("sending is held"), "{said}");
        there.assert_whole();
        let mut conn = there.conn();
        for (name, id) in &before {
            let sql = format!("SELECT count(*) AS n FROM contacts WHERE id = {id} AND name = '{name}'");
            assert_eq!(number(&mut conn, &sql), 1, "{name} was there before the backup began");
        }
        let all = i64::try_from(book.asked().len()).expect("a number");
        assert!(number(&mut conn, "SELECT count(*) AS n FROM contacts") <= all);
        // What is restored goes on where it ended: numbers given out anew are free.
        let again = there.serve(&[]);
        assert!(writers::add(&again.base, &token, "Somebody New").is_some_and(|(_, replayed)| !replayed));
    }
}

places! {
    fn promise_16_a_restored_copy_has_every_row_and_holds_all_sending(place) {
        let (token, sink) = (place.founded(), Sink::start());
        place.run(&["user", "add", "june@acme.test", "--workspace", "acme"]);
        let running = place.serve(&["--no-worker"]);
        for name in ["Ana Li", "Bo Ek"] {
            writers::add(&running.base, &token, name).expect("an answer");
        }
        // A preview that waits for its people to be chosen, with its private file.
        let db = place.db();
        let owner = db
            .read_system(|sys| {
                let ana = accounts::user_by_email(sys, "ana@acme.test")?.expect("Ana");
                accounts::enter(sys, ana.id, "acme", Origin::Page)
            })
            .expect("a pass");
        let source = place.data.join("archive.zip");
        archive::write(&source, 20, 5, 30);
        let kept = imports::keep_upload(&place.data, || std::fs::File::open(&source)).expect("an upload");
        let begin = |tx: &mut rapport::db::Tx<'_>| {
            let id = imports::begin(tx, "linkedin", "archive.zip", &kept)?;
            imports::import(tx, id)
        };
        let begun = db.write(owner, begin).expect("an import");
        let id = begun.id;
        imports::preview(&db, owner, &begun).expect("a preview");

        let file = place.data.join("backup.zip");
        let path = file.to_str().expect("a path");
        place.run(&["backup", path]);
        assert!(place.refuse(&["backup", path]).contains("is there already"), "a backup overwrites nothing");
        let there = place.another();
        there.run(&["restore", path]);
        assert_eq!(counts(&there), counts(place));
        assert!(counts(&there).contains(&("contacts", 2)) && counts(&there).contains(&("candidates", 20)));
        there.refuse(&["restore", path]);
        assert_eq!(counts(&there), counts(place), "a second restore into the same place changes nothing");

        // The token opens the copy, and the copy's import goes on with a file of its own.
        let copy = there.db();
        let pass = copy.read_system(|sys| accounts::token_access(sys, &token)).expect("a read").expect("a live token");
        let (mine, theirs) = (there.data.join("uploads"), place.data.join("uploads"));
        let name = kept.file_name().expect("a name");
        assert_eq!(std::fs::read(mine.join(name)).expect("a file"), std::fs::read(theirs.join(name)).expect("a file"));
        copy.write(pass.access, |tx| imports::discard(tx, id)).expect("discarded");
        assert!(!mine.join(name).exists() && theirs.join(name).exists(), "each instance has files of its own");
        assert_eq!(db.read(owner, |tx| imports::import(tx, id)).expect("an import").state, State::Preview);

        // The invitation waits in both; only the copy that nobody has released keeps it.
        assert_eq!((hold(&db), hold(&copy)), (None, Some("restored".into())));
        let mut tick = there.command(&["tick"]);
        tick.env("SMTP_URL", sink.url());
        assert_eq!(there.run_with(tick, "").code, 0);
        let queued = "SELECT count(*) AS n FROM mails WHERE state = 'queued' AND attempts = 0";
        assert_eq!((sink.letters().len(), number(&mut there.conn(), queued)), (0, 1));
        assert!(there.run(&["doctor"]).contains("sending is held"));
        copy.write_system(|sys| sys.clear_setting("hold")).expect("released");
        let later = copy.with_clock(Clock::System).clock().now().plus(chrono::TimeDelta::minutes(6)).rfc3339();
        let mut tick = there.command(&["tick", "--at", &later]);
        tick.env("SMTP_URL", sink.url());
        assert_eq!(there.run_with(tick, "").code, 0);
        assert_eq!(sink.letters().iter().map(|letter| letter.to.join(",")).collect::<Vec<_>>(), ["june@acme.test"]);
    }
}

places! {
    fn what_is_no_backup_is_refused_with_words(place) {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), b"not a ZIP").expect("written");
        let path = file.path().to_str().expect("a path");
        assert!(place.refuse(&["restore", path]).contains("is not a backup of Rapport"));
        assert!(place.refuse(&["restore", "/nowhere/backup.zip"]).contains("/nowhere/backup.zip"));
        // The failed attempts left nothing behind that would stop the real one.
        place.founded();
        assert!(place.refuse(&["backup", "/nowhere/backup.zip"]).contains("/nowhere"));
    }
}
