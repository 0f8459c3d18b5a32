//! Archives of Mara Lindqvist's in a few lines, bringing them in, and everything an import could change as text.

use std::io::{Cursor, Write};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};
use rapport::{
    access::Access,
    db::{Address, PageRequest},
    ids::{ImportId, StageId},
    imports::{self, Candidate, Choice, Import, State},
};

use crate::app::App;

/// Whose archives they are.
pub const MARA: &str = "Mara Lindqvist";

pub const CONNECTIONS: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
pub const MESSAGES: &str = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,\
    SUBJECT,CONTENT,FOLDER,ATTACHMENTS,IS MESSAGE DRAFT\n";
const PROFILE: &str = "First Name,Last Name,Headline\nMara,Lindqvist,Maker\n";

/// A ZIP of these files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("a ZIP").into_inner()
}

/// Mara's archive with these rows of connections and messages.
pub fn archive(connections: &str, messages: &str) -> Vec<u8> {
    let (people, talks) = (format!("{CONNECTIONS}{connections}"), format!("{MESSAGES}{messages}"));
    zip(&[
        ("Profile.csv", PROFILE.as_bytes()),
        ("Connections.csv", people.as_bytes()),
        ("messages.csv", talks.as_bytes()),
    ])
}

/// The address of somebody's profile, made from the name.
pub fn profile(name: &str) -> String {
    format!("https://www.linkedin.com/in/{}", name.to_lowercase().replace(' ', "-"))
}

/// A row of Connections.csv.
pub fn knows(name: &str, email: &str, company: &str, title: &str) -> String {
    let (first, last) = name.split_once(' ').expect("two names");
    format!("{first},{last},{},{email},{company},{title},14 Nov 2024\n", profile(name))
}

/// A row of messages.csv.
pub fn said(conversation: &str, from: &str, to: &str, date: &str, words: &str) -> String {
    row([
        conversation,
        "",
        from,
        &profile(from),
        to,
        &profile(to),
        &format!("{date} UTC"),
        "",
        words,
        "INBOX",
        "",
        "No",
    ])
}

/// A row of cells.
pub fn row(cells: [&str; 12]) -> String {
    let quoted = cells.map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
    format!("{}\n", quoted.join(","))
}

/// Uploads a file and reads it: the import in its preview, or failed.
pub fn look_into(app: &App, who: Access, name: &str, bytes: &[u8]) -> Import {
    look_into_as(app, who, "linkedin", name, bytes)
}

/// The same for a file that is said to be of a kind.
pub fn look_into_as(app: &App, who: Access, kind: &str, name: &str, bytes: &[u8]) -> Import {
    let kept = imports::keep_upload(&app.config.data, || Ok(bytes)).expect("an upload");
    let id = app.write(who, |tx| imports::begin(tx, kind, name, &kept));
    app.tick();
    again(app, who, id)
}

/// The import as it stands now.
pub fn again(app: &App, who: Access, id: ImportId) -> Import {
    app.read(who, |tx| imports::import(tx, id))
}

/// Brings in whom an import's preview chooses.
pub fn apply(app: &App, who: Access, id: ImportId, stage: Option<StageId>) -> Import {
    app.write(who, |tx| imports::start(tx, id, stage));
    app.tick();
    let done = again(app, who, id);
    assert_eq!((done.state, done.problem.as_deref()), (State::Done, None));
    done
}

/// Uploads an archive and brings everybody in.
pub fn bring(app: &App, who: Access, bytes: &[u8]) -> Import {
    let looked = look_into(app, who, "archive.zip", bytes);
    assert_eq!((looked.state, looked.problem.as_deref()), (State::Preview, None));
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
    if app.read(who, |tx| imports::chosen(tx, looked.id)) == 0 {
        app.write(who, |tx| imports::discard(tx, looked.id));
        return again(app, who, looked.id);
    }
    apply(app, who, looked.id, None)
}

/// Everybody and everything of a preview.
pub fn candidates(app: &App, who: Access, id: ImportId) -> Vec<Candidate> {
    app.read(who, |tx| imports::candidates(tx, id, &imports::Only::default(), &PageRequest::first(200))).items
}

/// The files that uploads left behind.
pub fn left_over(app: &App) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(app.config.data.join("uploads")) else { return Vec::new() };
    folder.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    fact: String,
}

/// What a query for `fact` tells, sorted.
pub fn facts(app: &App, sql: &str) -> Vec<String> {
    let query = diesel::sql_query(sql);
    let lines: Vec<Line> = match &app.config.database {
        Address::Sqlite(path) => query.load(&mut SqliteConnection::establish(path).expect("SQLite")),
        Address::Pg(url) => query.load(&mut PgConnection::establish(url).expect("PostgreSQL")),
    }
    .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let mut facts: Vec<String> = lines.into_iter().map(|line| line.fact).collect();
    facts.sort();
    facts
}

/// Everything in the workspace that an import could make or change, but for ids and the history.
pub fn state(app: &App, who: Access) -> Vec<String> {
    const TOLD: [(&str, &str); 10] = [
        (
            "'person ' || c.name || '|' || c.kind || '|' || coalesce(c.company, '-') || '|' || coalesce(c.title, '-') ||
             '|' || coalesce(c.email, '-') || '|' || coalesce(c.email_key, '-') || '|' || c.search_extra || '|' ||
             c.turn || '|' || coalesce(c.last_words, '-') || '|' || CAST(c.touched_at AS text) || '|' ||
             coalesce(CAST(c.last_in_at AS text), '-') || '|' || coalesce(CAST(c.last_out_at AS text), '-')",
            "contacts c WHERE c",
        ),
        (
            "'profile ' || c.name || '|' || h.channel || '|' || h.key || '|' || coalesce(h.url, '-')",
            "handles h JOIN contacts c ON c.id = h.contact_id WHERE h",
        ),
        (
            "'thread ' || c.name || '|' || t.channel || '|' || coalesce(t.external_id, '-') || '|' || t.turn || '|' ||
             t.status || '|' || coalesce(CAST(t.snoozed_until AS text), '-') || '|' || CAST(t.last_message_at AS text) || '|' || coalesce(t.last_words, '-')",
            "threads t JOIN contacts c ON c.id = t.contact_id WHERE t",
        ),
        (
            "'message ' || c.name || '|' || coalesce(t.external_id, '-') || '|' || coalesce(m.external_id, '-') || '|' ||
             m.direction || '|' || m.author_name || '|' || m.body || '|' || CAST(m.sent_at AS text)",
            "messages m JOIN threads t ON t.id = m.thread_id JOIN contacts c ON c.id = m.contact_id WHERE m",
        ),
        (
            "'card ' || c.name || '|' || s.name || '|' || k.state || '|' || CAST(k.version AS text)",
            "cards k JOIN contacts c ON c.id = k.contact_id JOIN stages s ON s.id = k.stage_id WHERE k",
        ),
        (
            "'reminder ' || c.name || '|' || r.title || '|' || r.state || '|' || CAST(r.due_at AS text)",
            "reminders r JOIN contacts c ON c.id = r.contact_id WHERE r",
        ),
        (
            "'total ' || s.name || '|' || CAST(o.cards AS text)",
            "stage_totals o JOIN stages s ON s.id = o.stage_id WHERE o.cards > 0 AND o",
        ),
        ("'unread ' || c.name", "unreads u JOIN threads t ON t.id = u.thread_id JOIN contacts c ON c.id = t.contact_id WHERE u"),
        (
            "'attachment ' || m.body || '|' || a.name || '|' || coalesce(a.hash, '-')",
            "attachments a JOIN messages m ON m.id = a.message_id WHERE a",
        ),
        ("'note ' || c.name || '|' || n.body", "notes n JOIN contacts c ON c.id = n.contact_id WHERE n"),
    ];
    let workspace = who.workspace().0;
    let query = |(what, from): &(&str, &str)| format!("SELECT {what} AS fact FROM {from}.workspace_id = {workspace}");
    TOLD.iter().flat_map(|told| facts(app, &query(told))).collect()
}
