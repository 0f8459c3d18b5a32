//! Whole requests against their own SQL, run bare through diesel in the same run, on demo data.
//!
//! For each page two things are timed in turns: the request through the whole application (session, roles, queries,
//! rendering, headers; no socket), and the same queries alone in one read transaction. Printed are the medians and
//! their ratio, for 100,000 contacts with 1,000,000 messages and for a tenth of that. Ratios are what counts; absolute
//! times are this machine's. `RAPPORT_BENCH_CONTACTS` makes it smaller.

use std::{sync::Arc, time::Instant as Stopwatch};

use actix_web::test;
use rapport::{
    access::{Access, Origin},
    accounts, attachments,
    calendar::Day,
    channels::{Channel, Direction},
    config::Config,
    contacts::{self, Filter},
    db::{Address, Clock, Db, PageRequest, Tx},
    demo, drafts,
    error::Result,
    ids::{ContactId, ThreadId},
    mail::{Mailer, Outbox},
    pipelines::{self, BoardFilter},
    reminders,
    threads::{self, NewMessage},
    timeline, web,
    worker::Worker,
    workspaces,
};

const ROUNDS: usize = 60;

type Bare = Box<dyn Fn(&mut Tx<'_>, &Day) -> Result<()>>;

struct Subject {
    name: &'static str,
    path: String,
    bare: Bare,
}

fn main() {
    rapport::memory::be_sparing();
    let contacts: u32 =
        std::env::var("RAPPORT_BENCH_CONTACTS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    println!("{:<28} {:>9} {:>11} {:>10} {:>7} {:>9}", "page", "contacts", "request ms", "SQL ms", "ratio", "bytes");
    for size in [contacts / 10, contacts] {
        run(size);
    }
}

fn run(size: u32) {
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::Sqlite(folder.path().join("bench.db").to_string_lossy().into_owned());
    let db = Db::open(&address, 4, Clock::System).expect("a database");
    db.migrate().expect("migrations");
    let mut config = Config::read(|_| None).expect("defaults");
    config.data = folder.path().into();
    let config = Arc::new(config);
    let store = config.store().expect("a store");
    let worker = Worker { db: db.clone(), config: config.clone(), mailer: Mailer::memory(Outbox::default()), store };
    let began = Stopwatch::now();
    let made = demo::fill(&worker, size, size * 10, 1).expect("data");
    println!("# {size} contacts, {} messages made in {:.1} s", size * 10, began.elapsed().as_secs_f64());
    let (access, key) = db
        .write_system(|sys| {
            let user = accounts::user_by_email(sys, &made.email)?.expect("an owner");
            let access = accounts::enter(sys, user.id, &made.slug, Origin::Page)?;
            Ok((access, accounts::start_session(sys, user.id, "bench", "127.0.0.1")?))
        })
        .expect("a session");
    let subjects = subjects(&db, access, &made.slug);
    let app = web::App { db: db.clone(), config, mailer: worker.mailer.clone(), store: worker.store.clone() };
    actix_web::rt::System::new().block_on(async {
        let service = test::init_service(web::application(&app)).await;
        for subject in &subjects {
            let (mut whole, mut bare, mut bytes) = (Vec::new(), Vec::new(), 0);
            for round in 0..ROUNDS + 5 {
                let request = test::TestRequest::get()
                    .uri(&subject.path)
                    .insert_header(("Cookie", format!("rapport={key}")))
                    .to_request();
                let began = Stopwatch::now();
                let answer = test::call_service(&service, request).await;
                let status = answer.status();
                let body = test::read_body(answer).await;
                let took = began.elapsed();
                assert!(status.is_success(), "{} answers {status}", subject.path);
                bytes = body.len();
                let began = Stopwatch::now();
                alone(&db, access, &key, subject);
                let sql = began.elapsed();
                // The first rounds fill caches on both sides.
                if round >= 5 {
                    whole.push(took);
                    bare.push(sql);
                }
            }
            whole.sort();
            bare.sort();
            let ms = |times: &[std::time::Duration]| times[times.len() / 2].as_secs_f64() * 1000.0;
            let (whole, bare) = (ms(&whole), ms(&bare));
            println!(
                "{:<28} {:>9} {:>11.2} {:>10.2} {:>7.2} {:>9}",
                subject.name,
                size,
                whole,
                bare,
                whole / bare,
                bytes
            );
        }
    });
}

/// The queries of a page alone: those of every page, then its own.
fn alone(db: &Db, access: Access, key: &str, subject: &Subject) {
    db.read_system(|sys| {
        let session = accounts::session(sys, key)?.expect("a session");
        let tx = &mut sys.enter(access);
        workspaces::workspace(tx)?;
        let day = Day::of(tx.now().utc(), session.user.zone());
        reminders::owed_count(tx, session.user.id, &day)?;
        (subject.bare)(tx, &day)
    })
    .expect("the queries");
    db.read_system(|sys| accounts::memberships(sys, access.user().expect("a person")).map(drop)).expect("memberships");
}

fn list(tx: &mut Tx<'_>, filter: &Filter, request: &PageRequest) -> Result<()> {
    let found = contacts::list(tx, filter, request)?;
    let ids: Vec<ContactId> = found.items.iter().map(|contact| contact.id).collect();
    contacts::handles_of(tx, &ids)?;
    contacts::tags_of(tx, &ids)?;
    contacts::all_tags(tx)?;
    workspaces::members(tx)?;
    workspaces::names(tx)?;
    Ok(())
}

/// What the inbox asks for beside its rows.
fn around_the_list(tx: &mut Tx<'_>) -> Result<()> {
    let me = tx.access().person()?;
    threads::unread(tx, me, &[])?;
    threads::unread_count(tx, me)?;
    workspaces::members(tx)?;
    contacts::all_tags(tx)?;
    pipelines::pipelines(tx)?;
    pipelines::stages_of_all(tx).map(drop)
}

/// A conversation with the list and the side panel beside it.
fn a_thread(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    let thread = threads::thread(tx, id)?;
    let contact = contacts::contact(tx, thread.contact_id)?;
    let said = threads::messages(tx, id, &PageRequest::first(100))?;
    let ids: Vec<_> = said.items.iter().map(|message| message.id).collect();
    attachments::of_messages(tx, &ids)?;
    contacts::handles(tx, contact.id)?;
    pipelines::cards_of_contact(tx, contact.id)?;
    reminders::of_contact(tx, contact.id)?;
    threads::threads_of_contact(tx, contact.id)?;
    contacts::identity::suggest(tx, &contact)?;
    drafts::templates_for(tx, thread.channel)?;
    workspaces::names(tx)?;
    let open = threads::Filter { status: Some(threads::Status::Open), ..threads::Filter::default() };
    threads::list(tx, &open, &PageRequest::first(50))?;
    around_the_list(tx)
}

/// A conversation of 10,000 messages.
fn a_long_thread(db: &Db, access: Access, contact: ContactId) -> ThreadId {
    db.write(access, |tx| {
        let id = threads::on_channel(tx, contact, Channel::Other)?;
        let began = tx.now();
        for n in 0..10_000_i64 {
            let direction = if n % 3 == 0 { Direction::In } else { Direction::Out };
            let sent_at = Some(began.plus(-chrono::TimeDelta::minutes(10_000 - n)));
            let said = NewMessage { sent_at, ..NewMessage::now(direction, &format!("Line {n} of a long talk")) };
            threads::log_message(tx, id, &said)?;
        }
        Ok(id)
    })
    .expect("a long conversation")
}

fn subjects(db: &Db, access: Access, slug: &str) -> Vec<Subject> {
    let at = |path: &str| format!("/w/{slug}/{path}");
    let (pipeline, first, deep) = db
        .read(access, |tx| {
            let pipeline = pipelines::pipelines(tx)?[0].id;
            let mut request = PageRequest::first(50);
            let first = contacts::list(tx, &Filter::default(), &request)?.items[0].id;
            for _ in 0..1000 {
                match contacts::list(tx, &Filter::default(), &request)?.next_cursor {
                    Some(cursor) => request = PageRequest::new(Some(50), Some(cursor.as_str().to_owned())),
                    None => break,
                }
            }
            Ok((pipeline, first, request))
        })
        .expect("places to start");
    let thread = db.read(access, |tx| threads::threads_of_contact(tx, first)).expect("threads")[0].id;
    let long = a_long_thread(db, access, first);
    let cursor = deep.after.as_ref().map_or(String::new(), |cursor| cursor.as_str().to_owned());
    let searched = Filter { search: Some("ana vogel".into()), ..Filter::default() };
    vec![
        Subject {
            name: "board",
            path: at(&format!("board/{pipeline}")),
            bare: Box::new(move |tx, day| {
                pipelines::pipelines(tx)?;
                workspaces::members(tx)?;
                workspaces::names(tx)?;
                pipelines::board(tx, pipeline, BoardFilter::default(), day).map(drop)
            }),
        },
        Subject {
            name: "inbox list",
            path: at("inbox"),
            bare: Box::new(|tx, _| {
                let open = threads::Filter { status: Some(threads::Status::Open), ..threads::Filter::default() };
                threads::list(tx, &open, &PageRequest::first(50))?;
                around_the_list(tx)
            }),
        },
        Subject {
            name: "inbox, words in messages",
            path: at("inbox?q=straps+lovely"),
            bare: Box::new(|tx, _| {
                let words = Some("straps lovely".to_owned());
                let said = threads::Filter { search: words, ..threads::Filter::default() };
                let found = threads::list(tx, &said, &PageRequest::first(50))?;
                let ids: Vec<_> = found.items.iter().map(|row| row.thread.id).collect();
                threads::found_in(tx, "straps lovely", &said, &ids)?;
                around_the_list(tx)
            }),
        },
        Subject {
            name: "a common word on one channel",
            path: at("inbox?q=the&channel=messenger"),
            bare: Box::new(|tx, _| {
                let said = threads::Filter {
                    search: Some("the".into()),
                    channel: Some(Channel::Messenger),
                    ..threads::Filter::default()
                };
                let found = threads::list(tx, &said, &PageRequest::first(50))?;
                let ids: Vec<_> = found.items.iter().map(|row| row.thread.id).collect();
                threads::found_in(tx, "the", &said, &ids)?;
                around_the_list(tx)
            }),
        },
        Subject {
            name: "thread page",
            path: at(&format!("threads/{thread}")),
            bare: Box::new(move |tx, _| a_thread(tx, thread)),
        },
        Subject {
            name: "thread of 10,000 messages",
            path: at(&format!("threads/{long}")),
            bare: Box::new(move |tx, _| a_thread(tx, long)),
        },
        Subject {
            name: "contact list, first page",
            path: at("contacts"),
            bare: Box::new(|tx, _| list(tx, &Filter::default(), &PageRequest::first(50))),
        },
        Subject {
            name: "contact list, page 1,000",
            path: at(&format!("contacts?after={cursor}")),
            bare: Box::new(move |tx, _| list(tx, &Filter::default(), &deep)),
        },
        Subject {
            name: "search, two words",
            path: at("contacts?q=ana+vogel"),
            bare: Box::new(move |tx, _| list(tx, &searched, &PageRequest::first(50))),
        },
        Subject {
            name: "contact page",
            path: at(&format!("contacts/{first}")),
            bare: Box::new(move |tx, _| {
                let contact = contacts::contact(tx, first)?;
                contacts::handles(tx, first)?;
                pipelines::stages_of_all(tx)?;
                pipelines::pipelines(tx)?;
                for card in pipelines::cards_of_contact(tx, first)? {
                    pipelines::visits(tx, card.id)?;
                }
                reminders::of_contact(tx, first)?;
                contacts::tags_of(tx, &[first])?;
                threads::threads_of_contact(tx, first)?;
                timeline::story(tx, first, &PageRequest::first(40))?;
                contacts::identity::suggest(tx, &contact)?;
                contacts::merge::merges_into(tx, first)?;
                workspaces::members(tx)?;
                workspaces::names(tx).map(drop)
            }),
        },
        Subject {
            name: "today",
            path: at("today"),
            bare: Box::new(move |tx, day| {
                let me = tx.access().person()?;
                reminders::owed(tx, me, day)?;
                pipelines::stages_of_all(tx)?;
                workspaces::names(tx).map(drop)
            }),
        },
    ]
}
