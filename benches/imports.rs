//! Archives brought in whole: LinkedIn's with 30,000 connections and 200,000 messages, Instagram's with 1,000,000 messages
//! in 5,000 conversations; then each once more, when all of it is here. Rows a second, and the peak memory of the process.

use std::{io::Write, sync::Arc, time::Instant as Stopwatch};

use rapport::{
    access::Origin,
    accounts::{self, NewUser},
    config::Config,
    contacts::Kind,
    db::{Address, Clock, Db},
    imports::{self, Choice},
    mail::{Mailer, Outbox},
    onboarding::{self, Founding},
    worker::Worker,
    workspaces::Details,
};

const PEOPLE: usize = 30_000;
const MESSAGES: usize = 200_000;
const CONVERSATIONS: usize = 5_000;
const EACH: usize = 200;

fn archive() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("Connections.csv", options).expect("a file");
    zip.write_all(b"First Name,Last Name,URL,Email Address,Company,Position,Connected On\n").expect("a line");
    for n in 0..PEOPLE {
        writeln!(zip, "Ana{n},Li,https://www.linkedin.com/in/ana-li-{n},,Company {},Buyer,14 Nov 2024", n % 500)
            .expect("a line");
    }
    zip.start_file("messages.csv", options).expect("a file");
    zip.write_all(b"CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n").expect("a line");
    let mara = "https://www.linkedin.com/in/mara-lindqvist";
    for n in 0..MESSAGES {
        let person = n % 5_000;
        let them = (format!("Ana{person} Li"), format!("https://www.linkedin.com/in/ana-li-{person}"));
        let us = ("Mara Lindqvist".to_owned(), mara.to_owned());
        let (from, to) = if n % 2 == 0 { (them, us) } else { (us, them) };
        writeln!(
            zip,
            "2-conv{person},,{},{},{},{},2024-{:02}-{:02} 10:{:02}:{:02} UTC,,\"Message number {n}, about the spring season and its prices\",INBOX",
            from.0, from.1, to.0, to.1, 1 + n % 12, 1 + n % 28, n % 60, (n / 60) % 60
        )
        .expect("a line");
    }
    zip.finish().expect("a ZIP").into_inner()
}

/// The most memory this process has held, in megabytes, as Linux tells it.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn instagram() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for thread in 0..CONVERSATIONS {
        let path = format!("your_instagram_activity/messages/inbox/ana_{thread}/message_1.json");
        zip.start_file(path, options).expect("a file");
        write!(zip, "{{\"participants\": [{{\"name\": \"Ana {thread}\"}}, {{\"name\": \"Mara\"}}], \"messages\": [")
            .expect("text");
        for n in 0..EACH {
            let (comma, from) =
                (if n == 0 { "" } else { "," }, if n % 2 == 0 { format!("Ana {thread}") } else { "Mara".into() });
            let at = 1_760_000_000_000_i64 - (n * 60_000) as i64;
            write!(
                zip,
                "{comma}{{\"sender_name\": \"{from}\", \"timestamp_ms\": {at}, \"content\": \"Message {n} \\u00e2\\u009d\\u00a4 about the spring season\", \"is_geoblocked_for_viewer\": false}}"
            )
            .expect("text");
        }
        zip.write_all(b"], \"title\": \"x\"}").expect("text");
    }
    zip.finish().expect("a ZIP").into_inner()
}

fn main() {
    rapport::memory::be_sparing();
    bring_in("linkedin", archive(), PEOPLE + MESSAGES);
    bring_in("instagram", instagram(), CONVERSATIONS * EACH);
}

fn bring_in(kind: &str, bytes: Vec<u8>, rows: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("archive.zip");
    std::fs::write(&file, bytes).expect("a file");
    // Forgets the peak that making the archive left behind.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = peak();
    let address = Address::Sqlite(folder.path().join("bench.db").to_string_lossy().into_owned());
    let db = Db::open(&address, 2, Clock::System).expect("a database");
    db.migrate().expect("migrations");
    let config = Arc::new(Config::read(|_| None).expect("defaults"));
    let store = rapport::attachments::Store::open(None, &folder.path().join("files")).expect("a store");
    let worker = Worker { db: db.clone(), config, mailer: Mailer::memory(Outbox::default()), store };
    let access = db
        .write_system(|sys| {
            let new = NewUser {
                email: "mara@example.com".into(),
                name: "Mara".into(),
                timezone: "UTC".into(),
                password: None,
            };
            let user = accounts::create_user(sys, new)?;
            let founding = Founding { details: Details::named("Bench", "UTC"), kinds: vec![Kind::Lead] };
            onboarding::found(sys, user, &founding, Origin::Cli)
        })
        .expect("a workspace");
    println!("{kind}");
    let copy = folder.path().join("again.zip");
    std::fs::copy(&file, &copy).expect("a copy");
    for (file, words) in [(file, "at first"), (copy, "again")] {
        let id = db.write(access, |tx| imports::begin(tx, kind, "archive.zip", &file)).expect("an import");
        let begun = db.read(access, |tx| imports::import(tx, id)).expect("an import");
        let began = Stopwatch::now();
        imports::preview(&db, access, &begun).expect("a preview");
        let previewed = began.elapsed().as_secs_f64();
        db.write(access, |tx| {
            imports::choose(tx, id, &Choice::Everybody)?;
            imports::start(tx, id, None)
        })
        .expect("a start");
        let began = Stopwatch::now();
        imports::apply(&db, access, id, None, &mut || Ok(true)).expect("the import");
        let applied = began.elapsed().as_secs_f64();
        let began = Stopwatch::now();
        worker.tick().expect("the work that follows");
        let indexed = began.elapsed().as_secs_f64();
        let done = db.read(access, |tx| imports::import(tx, id)).expect("an import");
        let rows = rows as f64;
        println!("{words}: {} people and {} messages, {}", done.count("made"), done.count("stored"), done.state);
        println!("preview   {previewed:>6.1} s  {:>9.0} rows/s", rows / previewed);
        println!("import    {applied:>6.1} s  {:>9.0} rows/s", rows / applied);
        println!("indexed   {indexed:>6.1} s  afterwards, by the worker");
        println!("peak memory {:.0} MB, of it {before:.0} MB before the import began", peak());
    }
}
