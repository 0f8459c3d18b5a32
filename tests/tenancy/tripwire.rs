//! Reads the SQL that a database is sent while its workspaces are walked: a statement that names a tenant table says
//! whose rows it means.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex, Once, RwLock},
};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use rapport::db::{Address, TENANT_TABLES};

/// What was seen of one database.
#[derive(Debug, Default)]
struct Seen {
    tables: BTreeSet<&'static str>,
    offences: BTreeSet<String>,
    excused: BTreeSet<&'static str>,
    /// Every question that was asked, as it was sent.
    questions: BTreeSet<String>,
}

static WATCHED: LazyLock<RwLock<BTreeSet<String>>> = LazyLock::new(RwLock::default);
static SEEN: LazyLock<Mutex<BTreeMap<String, Seen>>> = LazyLock::new(Mutex::default);

/// Statements without a workspace that are right all the same: how they begin, and why.
const OVER_ALL: &[(&str, &str)] = &[
    ("select mails.id", "the worker delivers a mail that a job names; the log is read by workspace"),
    ("update mails set", "the worker notes what became of a mail that a job names"),
    ("select exists (select mails.id", "a mail's key is unique over the instance, workspaces and people alike"),
    ("select mails.state", "a mail is sent again by the id that the page found in its workspace's own log"),
    ("update tokens set used_at", "the use is noted of the token that the request itself brought"),
];

/// Lets connections from now on be watched. To be called before the database is opened.
pub fn arm() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(instrument).expect("instrumentation"));
}

/// Reads what this database is sent from now on; others of the same process are left alone.
pub fn watch(address: &Address) {
    WATCHED.write().expect("the watched").insert(url(address));
}

/// Tables that grow with a workspace's work.
const LARGE: [&str; 13] = [
    "contacts",
    "handles",
    "threads",
    "messages",
    "cards",
    "visits",
    "reminders",
    "events",
    "attachments",
    "files",
    "unreads",
    "template_uses",
    "candidates",
];

/// Questions that read the whole of a large table, by what is in them, and why that is right.
const WHOLE: &[(&str, &str)] = &[];

#[derive(diesel::QueryableByName)]
struct Step {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// Asks SQLite how it would answer everything that was asked: fails when it would read a large table from end to end.
pub fn judge_plans(address: &Address) {
    use diesel::{Connection, RunQueryDsl};
    let Address::Sqlite(path) = address else { return };
    let mut conn = diesel::SqliteConnection::establish(path).expect("SQLite");
    // Taken out first: what is asked here is noted as well.
    let questions = SEEN.lock().expect("the seen").get(path).expect("what was asked").questions.clone();
    assert!(questions.len() > 150, "hardly anything was asked: {}", questions.len());
    let mut whole = Vec::new();
    for question in &questions {
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {question}"))
            .load(&mut conn)
            .unwrap_or_else(|error| panic!("{error}: {question}"));
        let read = |table: &&str| {
            let scan = format!("SCAN {table}");
            steps.iter().any(|step| step.detail == scan || step.detail.starts_with(&format!("{scan} ")))
        };
        let excused = WHOLE.iter().any(|(part, _)| question.contains(part));
        if let Some(table) = LARGE.iter().find(|table| read(table)).filter(|_| !excused) {
            whole.push(format!("{table}: {question}"));
        }
    }
    assert!(whole.is_empty(), "{} questions read a large table from end to end:\n{}", whole.len(), whole.join("\n"));
}

/// Fails when a statement named a tenant table without a workspace, and when too little was seen to tell.
pub fn judge(address: &Address) {
    let seen = SEEN.lock().expect("the seen").remove(&url(address)).unwrap_or_default();
    let offences: Vec<_> = seen.offences.iter().map(String::as_str).collect();
    assert!(offences.is_empty(), "{} statements without workspace_id:\n{}", offences.len(), offences.join("\n"));
    let idle: Vec<_> = OVER_ALL.iter().filter(|(start, _)| !seen.excused.contains(start)).collect();
    assert!(idle.is_empty(), "these need no excuse any more: {idle:?}");
    let unseen: Vec<_> = TENANT_TABLES.iter().filter(|table| !seen.tables.contains(*table)).collect();
    assert!(unseen.is_empty(), "the walk never came to {unseen:?}; the tripwire proves nothing about them");
}

fn url(address: &Address) -> String {
    let (Address::Sqlite(url) | Address::Pg(url)) = address;
    url.clone()
}

fn instrument() -> Option<Box<dyn Instrumentation>> {
    let mut of = String::new();
    Some(Box::new(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartEstablishConnection { url, .. } => url.clone_into(&mut of),
        InstrumentationEvent::StartQuery { query, .. } if is_watched(&of) => note(&of, &query.to_string()),
        _ => {}
    }))
}

fn is_watched(url: &str) -> bool {
    WATCHED.read().is_ok_and(|watched| watched.contains(url))
}

fn note(url: &str, query: &str) {
    let sql = plain(query);
    let named = tables(&sql);
    if named.is_empty() || sql.starts_with("explain ") {
        return;
    }
    let asked = query.split(" -- binds:").next().unwrap_or_default().trim();
    let is_question = sql.starts_with("select");
    let offends = !says_whose(&sql, named.len());
    let excuse = OVER_ALL.iter().map(|(start, _)| *start).find(|start| sql.starts_with(start));
    let Ok(mut seen) = SEEN.lock() else { return };
    let seen = seen.entry(url.to_owned()).or_default();
    seen.tables.extend(named);
    if is_question {
        seen.questions.insert(asked.to_owned());
    }
    match excuse {
        Some(start) if offends => drop(seen.excused.insert(start)),
        None if offends => drop(seen.offences.insert(sql)),
        _ => {}
    }
}

/// A statement in small letters, without quotes around names and without the values that are bound.
fn plain(query: &str) -> String {
    let sql = query.split(" -- binds:").next().unwrap_or_default();
    let sql = sql.replace(['`', '"'], "").to_lowercase();
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn words(sql: &str) -> Vec<&str> {
    sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

/// The tenant tables that a statement reads or writes, once for each time.
fn tables(sql: &str) -> Vec<&'static str> {
    let words = words(sql);
    let after = words.windows(2).filter(|pair| matches!(pair[0], "from" | "join" | "update" | "into"));
    after.filter_map(|pair| TENANT_TABLES.iter().copied().find(|table| *table == pair[1])).collect()
}

/// Whether the workspace is named as often as tenant tables are. Columns that are only shown don't count.
fn says_whose(sql: &str, tables: usize) -> bool {
    let shown = if sql.starts_with("select") { sql.find(" from ").unwrap_or(0) } else { 0 };
    words(&sql[shown..]).iter().filter(|word| **word == "workspace_id").count() >= tables
}

#[test]
fn a_statement_that_names_no_workspace_trips_the_wire() {
    let trips = |query: &str| {
        let sql = plain(query);
        let named = tables(&sql);
        !named.is_empty() && !says_whose(&sql, named.len())
    };
    assert!(trips("SELECT `contacts`.`name` FROM `contacts` WHERE (`contacts`.`id` = ?) -- binds: [workspace_id]"));
    assert!(trips(r#"SELECT "notes"."workspace_id" FROM "notes" WHERE ("notes"."id" = $1) -- binds: [1]"#));
    assert!(trips("UPDATE `cards` SET `version` = ? WHERE `cards`.`id` = ? -- binds: []"));
    assert!(trips("DELETE FROM tags WHERE id = $1"));
    assert!(trips("INSERT INTO tags (name) VALUES ($1)"));
    let second = "(SELECT visits.evidence_id FROM visits)";
    assert!(trips(&format!("SELECT messages.id FROM messages WHERE messages.workspace_id = $1 AND id IN {second}")));
    assert!(!trips("SELECT `contacts`.`name` FROM `contacts` WHERE `contacts`.`workspace_id` = ? -- binds: [1]"));
    assert!(!trips("INSERT INTO tags (workspace_id, name) VALUES ($1, $2)"));
    assert!(!trips("SELECT max(id) FROM contacts /* over every workspace_id */"));
    assert!(!trips("SELECT id FROM users WHERE email = $1"));
}
