//! The two databases side by side: tables, columns, keys, foreign keys and indexes are the same, `db::schema` says what
//! is there, and no key reaches from one workspace into another.

use std::{collections::BTreeSet, fs, path::PathBuf};

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};
use rapport::db::{Address, TENANT_TABLES};

use crate::app::App;

/// What one of the two has alone, by how the line begins, and why.
const ALONE: &[(&str, &str)] = &[
    ("column contacts.search tsvector", "PostgreSQL searches a column; SQLite a table of its own, contacts_fts"),
    ("index contacts_search on contacts", "the index of that column"),
    (
        "index contacts_name_trgm on contacts",
        "PostgreSQL finds the middle of a name by trigrams; SQLite reads the names",
    ),
    ("column messages.search tsvector", "PostgreSQL searches a column; SQLite a table of its own, messages_fts"),
    ("index messages_search on messages", "the index of that column"),
];

/// The migrations whose text differs in more than how ids are numbered: full-text search and triggers.
const UNLIKE: [&str; 4] = [
    "2026-11-23-000008_search_and_totals",
    "2026-11-25-000010_message_search",
    "2026-11-30-000020_words_of_messages",
    "2026-11-30-000022_words_of_people",
];

/// Tables of the whole instance that say which workspace a row concerns, if any.
const CONCERNING: [&str; 2] = ["jobs", "links"];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    fact: String,
}

const SQLITE: [&str; 5] = [
    "SELECT 'column ' || t.name || '.' || c.name || ' ' ||
        CASE WHEN c.pk = 1 AND lower(c.type) = 'integer' THEN 'bigint' ELSE lower(c.type) END ||
        CASE WHEN c.\"notnull\" THEN ' required' ELSE '' END AS fact
     FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    "SELECT 'key ' || t.name || ' (' || c.name || ')' AS fact
     FROM sqlite_master t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND c.pk = 1 AND lower(c.type) = 'integer'",
    "SELECT 'key ' || t.name || ' (' ||
        (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) || ')'
        AS fact
     FROM sqlite_master t JOIN pragma_index_list(t.name) l WHERE t.type = 'table' AND l.origin IN ('u', 'pk')",
    "SELECT DISTINCT 'foreign ' || t.name || ' (' ||
        (SELECT group_concat(\"from\", ', ')
         FROM (SELECT * FROM pragma_foreign_key_list(t.name) WHERE id = f.id ORDER BY seq))
        || ') to ' || f.\"table\" || ' (' ||
        (SELECT group_concat(\"to\", ', ')
         FROM (SELECT * FROM pragma_foreign_key_list(t.name) WHERE id = f.id ORDER BY seq))
        || ') on delete ' || lower(f.on_delete) AS fact
     FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'",
    "SELECT 'index ' || l.name || ' on ' || t.name || ' (' ||
        (SELECT group_concat(name, ', ') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) || ')' ||
        CASE WHEN l.\"unique\" THEN ' unique' ELSE '' END ||
        CASE WHEN l.partial THEN substr(i.sql, instr(lower(i.sql), ' where ')) ELSE '' END AS fact
     FROM sqlite_master t JOIN pragma_index_list(t.name) l JOIN sqlite_master i ON i.name = l.name
     WHERE t.type = 'table' AND l.origin = 'c'",
];

const POSTGRES: [&str; 4] = [
    "SELECT 'column ' || table_name || '.' || column_name || ' ' || replace(data_type, ' without time zone', '') ||
        CASE WHEN is_nullable = 'NO' THEN ' required' ELSE '' END AS fact
     FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT 'key ' || c.conrelid::regclass::text || ' (' ||
        (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (num, place)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) || ')' AS fact
     FROM pg_constraint c WHERE c.contype IN ('p', 'u') AND c.connamespace = 'public'::regnamespace",
    "SELECT 'foreign ' || c.conrelid::regclass::text || ' (' ||
        (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (num, place)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) || ') to ' ||
        c.confrelid::regclass::text || ' (' ||
        (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(c.confkey) WITH ORDINALITY k (num, place)
         JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num) || ') on delete ' ||
        CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' WHEN 'r' THEN 'restrict'
        ELSE 'no action' END AS fact
     FROM pg_constraint c WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace",
    "SELECT 'index ' || x.relname || ' on ' || t.relname || ' (' ||
        coalesce((SELECT string_agg(a.attname, ', ' ORDER BY k.place)
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (num, place)
         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num), '') || ')' ||
        CASE WHEN i.indisunique THEN ' unique' ELSE '' END ||
        coalesce(' where ' || pg_get_expr(i.indpred, i.indrelid), '') AS fact
     FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r'
     AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))",
];

/// Everything that is said of this database's tables, one line each, in words that both databases share.
fn facts(app: &App) -> BTreeSet<String> {
    let lines: Vec<Line> = match &app.config.database {
        Address::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).expect("SQLite");
            SQLITE.iter().flat_map(|sql| diesel::sql_query(*sql).load::<Line>(&mut conn).expect("facts")).collect()
        }
        Address::Pg(url) => {
            let mut conn = PgConnection::establish(url).expect("PostgreSQL");
            POSTGRES.iter().flat_map(|sql| diesel::sql_query(*sql).load::<Line>(&mut conn).expect("facts")).collect()
        }
    };
    let ours = |line: &Line| {
        let table = line.fact.split([' ', '.']).nth(1).unwrap_or_default();
        !["sqlite_", "contacts_fts", "messages_fts", "__diesel"].iter().any(|start| table.starts_with(start))
    };
    lines.into_iter().filter(ours).map(|line| plain(&line.fact)).collect()
}

/// A line without what only one database writes: small letters, the brackets of conditions and casts gone.
fn plain(fact: &str) -> String {
    let fact = fact.to_lowercase();
    let Some((what, condition)) = fact.split_once(" where ") else { return fact };
    let condition = condition.replace(['(', ')'], "").replace("::text", "");
    format!("{what} where {}", condition.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn is_alone(line: &str) -> bool {
    ALONE.iter().any(|(start, _)| line.starts_with(start))
}

#[test]
fn both_databases_hold_the_same_tables_columns_keys_and_indexes() {
    let Some(postgres) = App::postgres() else { return };
    let (sqlite, postgres) = (facts(&App::sqlite()), facts(&postgres));
    for kind in ["column ", "key ", "foreign ", "index "] {
        assert!(sqlite.iter().filter(|line| line.starts_with(kind)).count() > 30, "hardly any {kind}was found");
    }
    let missing: Vec<_> = sqlite.difference(&postgres).filter(|line| !is_alone(line)).collect();
    let further: Vec<_> = postgres.difference(&sqlite).filter(|line| !is_alone(line)).collect();
    assert!(missing.is_empty() && further.is_empty(), "only SQLite: {missing:#?}\nonly PostgreSQL: {further:#?}");
    for (start, _) in ALONE {
        let count = sqlite.iter().chain(&postgres).filter(|line| line.starts_with(start)).count();
        assert_eq!(count, 1, "“{start}” is no difference any more");
    }
}

#[test]
fn conditions_are_compared_whoever_writes_them() {
    let ours = "index cards_open on cards (a, b) unique where state = 'open'";
    assert_eq!(plain("index cards_open on cards (a, b) unique WHERE (state = 'open'::text)"), ours);
    assert_eq!(plain("index cards_open on cards (a, b) unique where state = 'open'"), ours);
    assert_ne!(plain("index cards_open on cards (a, b) unique where state = 'won'"), ours);
}

/// What `db::schema` says, as lines like those of the databases.
fn declared() -> BTreeSet<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/db/schema.rs");
    let text = fs::read_to_string(path).expect("src/db/schema.rs");
    let mut lines = BTreeSet::new();
    for table in text.split("diesel::table! {").skip(1) {
        let table = table.split("\n}").next().unwrap_or_default();
        let name = table.trim().split(' ').next().unwrap_or_default();
        for column in table.lines().filter_map(|line| line.trim().strip_suffix(',')) {
            let Some((column, kind)) = column.split_once(" -> ") else { continue };
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let kind = match inner.unwrap_or(kind) {
                "Bool" => "boolean".into(),
                other => other.to_lowercase(),
            };
            let required = if inner.is_none() { " required" } else { "" };
            lines.insert(format!("column {name}.{column} {kind}{required}"));
        }
    }
    lines
}

#[test]
fn the_declared_tables_are_those_of_the_database() {
    let columns = |line: &String| line.starts_with("column ") && !is_alone(line);
    let there: BTreeSet<String> = facts(&App::sqlite()).into_iter().filter(columns).collect();
    let declared = declared();
    let missing: Vec<_> = there.difference(&declared).collect();
    let further: Vec<_> = declared.difference(&there).collect();
    assert!(missing.is_empty() && further.is_empty(), "not declared: {missing:#?}\nnot there: {further:#?}");
}

#[test]
fn migrations_of_both_databases_differ_only_in_how_ids_are_numbered() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut compared = 0;
    for entry in fs::read_dir(root.join("sqlite")).expect("migrations").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if UNLIKE.contains(&name.as_str()) {
            continue;
        }
        let text = |database: &str| fs::read_to_string(root.join(database).join(&name).join("up.sql")).expect("SQL");
        let numbered = text("sqlite").replace(
            "integer primary key autoincrement not null",
            "bigint generated by default as identity primary key",
        );
        // Checks and defaults among them: no database tells those in a way that can be compared.
        assert!(numbered == text("postgres"), "{name} says different things on the two databases");
        compared += 1;
    }
    assert!(compared >= 7);
}

#[test]
fn every_table_with_a_workspace_has_a_door_and_no_row_can_do_without() {
    let facts = facts(&App::sqlite());
    let of_workspace = |line: &String| {
        let (table, rest) = line.strip_prefix("column ")?.split_once('.')?;
        rest.starts_with("workspace_id ").then(|| (table.to_owned(), rest.ends_with(" required")))
    };
    let tables: Vec<(String, bool)> = facts.iter().filter_map(of_workspace).collect();
    let doors: BTreeSet<&str> = TENANT_TABLES.iter().copied().chain(CONCERNING).collect();
    assert_eq!(tables.iter().map(|(table, _)| table.as_str()).collect::<BTreeSet<_>>(), doors);
    let loose: Vec<_> = tables.iter().filter(|(_, required)| !required).map(|(table, _)| table.as_str()).collect();
    // A mail about a person, like a digest over all their workspaces, belongs to none of them.
    assert_eq!(loose, ["jobs", "links", "mails"]);
}

#[test]
fn no_key_reaches_from_one_workspace_into_another() {
    let mut kept = 0;
    for line in facts(&App::sqlite()).iter().filter(|line| line.starts_with("foreign ")) {
        let (from, to) = line.split_once(" to ").expect("a foreign key");
        let table = |side: &str| side.split(' ').find(|word| TENANT_TABLES.contains(word)).map(ToOwned::to_owned);
        if table(from).is_some() && table(to).is_some() {
            assert!(from.contains("(workspace_id, ") && to.contains("(workspace_id, "), "a hole in the wall: {line}");
            kept += 1;
        }
    }
    assert!(kept > 30, "hardly any foreign key was found");
}

/// Runs a statement past all doors; what the database says against it.
fn refused(app: &App, sql: &str) -> Option<String> {
    let done = match &app.config.database {
        Address::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).expect("SQLite");
            diesel::sql_query("PRAGMA foreign_keys = ON").execute(&mut conn).expect("a setting");
            diesel::sql_query(sql).execute(&mut conn)
        }
        Address::Pg(url) => diesel::sql_query(sql).execute(&mut PgConnection::establish(url).expect("PostgreSQL")),
    };
    done.err().map(|error| error.to_string().to_lowercase())
}

crate::both! {
    fn the_database_itself_keeps_the_walls_and_the_history(app) {
        let (here, there) = (app.workspace("Acme"), app.workspace("Borea"));
        let contact = app.contact(here, "Ana Li");
        let (ours, theirs) = (here.workspace(), there.workspace());
        let note = |workspace: &dyn std::fmt::Display, author: &dyn std::fmt::Display| format!(
            "INSERT INTO notes (workspace_id, contact_id, author_id, body, created_at) \
             VALUES ({workspace}, {contact}, {author}, 'x', '2026-11-23 09:00:00')"
        );
        let (me, you) = (here.user().expect("a person"), there.user().expect("a person"));
        assert_eq!(refused(app, &note(&ours, &me)), None);
        for foreign in [note(&theirs, &you), note(&ours, &you)] {
            assert!(refused(app, &foreign).is_some_and(|words| words.contains("foreign key")), "{foreign}");
        }
        let moved = format!("UPDATE contacts SET workspace_id = {theirs} WHERE id = {contact}");
        assert!(refused(app, &moved).is_some_and(|words| words.contains("foreign key")), "a contact was carried over");
        let rewritten = format!("UPDATE events SET after = 'x' WHERE workspace_id = {ours}");
        assert!(refused(app, &rewritten).is_some_and(|words| words.contains("append-only")), "history was rewritten");
    }
}
