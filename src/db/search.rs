//! Full-text search as diesel conditions: FTS5 on SQLite, tsvector on PostgreSQL.
//!
//! Every word typed must occur, as the beginning of a word: of somebody's name, company, title, email or handles, or of
//! what was said.

use diesel::{
    QueryDsl, QueryResult, RunQueryDsl,
    dsl::sql,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
    sqlite::Sqlite,
};

use super::{
    Conn, MultiBackend, Sys, Tx,
    schema::{contacts, messages, threads},
};
use crate::{
    error::Result,
    ids::{ImportId, MessageId, WorkspaceId},
    letters::{composed, folded, spellings},
};

/// How many matches of a search for threads are looked at: of the people or messages that fit the other filters too, those stored
/// last. All of them would cost tenths of a second for a common word.
pub const LOOKED_AT: i64 = 10_000;

/// The workspace's threads that fit the other filters of a search, by id.
pub type SomeThreads<'a> = threads::BoxedQuery<'a, MultiBackend, BigInt>;

/// The words of what somebody typed: at most twelve, of at most 60 characters, accents as part of their letters.
pub fn search_words(typed: &str) -> Vec<String> {
    composed(typed)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| word.chars().take(60).collect())
        .collect()
}

/// Beginnings of a word for FTS5, in every spelling that it may have.
fn fts5(word: &str) -> String {
    let forms: Vec<String> = spellings(word).iter().map(|form| format!("\"{form}\"*")).collect();
    format!("({})", forms.join(" OR "))
}

/// The same for PostgreSQL, whose index has plain letters: few spellings differ then.
fn tsquery(word: &str) -> String {
    let mut forms: Vec<String> = spellings(word).iter().map(|form| folded(form)).chain([word.to_owned()]).collect();
    forms.sort_unstable();
    forms.dedup();
    let forms: Vec<String> = forms.iter().map(|form| format!("'{form}':*")).collect();
    format!("({})", forms.join(" | "))
}

/// SQL that each database says in its own way.
struct Either {
    sqlite: &'static str,
    pg: &'static str,
}

impl QueryFragment<Sqlite> for Either {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(self.sqlite);
        Ok(())
    }
}

impl QueryFragment<Pg> for Either {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.pg);
        Ok(())
    }
}

static FOUND: Either = Either {
    sqlite: "contacts.id IN (SELECT rowid FROM contacts_fts WHERE contacts_fts MATCH ",
    pg: "(contacts.search @@ ",
};
static PEOPLE: Either = Either {
    sqlite: "SELECT w.id FROM contacts_fts f JOIN contacts w ON w.id = f.rowid WHERE contacts_fts MATCH ",
    pg: "SELECT w.id FROM contacts w WHERE w.search @@ ",
};
static SAID: Either = Either {
    sqlite: "SELECT w.id, w.thread_id, w.sent_at FROM messages_fts f JOIN messages w ON w.id = f.rowid WHERE messages_fts MATCH ",
    pg: "SELECT w.id, w.thread_id, w.sent_at FROM messages w WHERE w.search @@ ",
};
/// FTS5 tells its matches in this order only by its own name for it.
static STORED: Either = Either { sqlite: " ORDER BY f.rowid DESC LIMIT ", pg: " ORDER BY w.id DESC LIMIT " };

/// What somebody typed, as both databases read it. Operators and quotes in it are plain text.
#[derive(Debug, Clone)]
struct Typed {
    fts5: String,
    tsquery: String,
}

impl Typed {
    /// Nothing matches a text without letters or digits.
    fn new(typed: &str) -> Self {
        let words = search_words(typed);
        let each = |form: &dyn Fn(&String) -> String, join| words.iter().map(form).collect::<Vec<_>>().join(join);
        Self {
            fts5: if words.is_empty() { "\"\"".into() } else { each(&|word| fts5(word), " AND ") },
            tsquery: each(&|word| tsquery(word), " & "),
        }
    }
}

impl QueryFragment<Sqlite> for Typed {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_bind_param::<Text, _>(&self.fts5)
    }
}

impl QueryFragment<Pg> for Typed {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("to_tsquery('simple', rapport_plain(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql("))");
        Ok(())
    }
}

/// The matches among `among`, a query that names them as `w`: the last [`LOOKED_AT`] that were stored.
struct Matches<Q> {
    of: &'static Either,
    typed: Typed,
    workspace: WorkspaceId,
    among: Q,
}

impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Matches<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self.of, out.reborrow())?;
        MultiBackend::walk_variant_ast(&self.typed, out.reborrow())?;
        out.push_sql(" AND w.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.workspace)?;
        out.push_sql(" AND EXISTS (");
        self.among.walk_ast(out.reborrow())?;
        out.push_sql(")");
        MultiBackend::walk_variant_ast(&STORED, out.reborrow())?;
        out.push_bind_param::<BigInt, _>(&LOOKED_AT)
    }
}

macro_rules! conditions {
    ($($name:ty: $column:ty),+ $(,)?) => {$(
        impl Expression for $name {
            type SqlType = Bool;
        }

        impl<QS> AppearsOnTable<QS> for $name where $column: AppearsOnTable<QS> {}
        impl<QS> SelectableExpression<QS> for $name where $column: SelectableExpression<QS> {}

        impl<G> ValidGrouping<G> for $name {
            type IsAggregate = is_aggregate::No;
        }

        impl QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    )+};
}

/// A condition on contacts: they match what somebody typed.
pub struct ContactsMatch(Typed);

/// A condition on messages: they match what somebody typed, and none of their conversation that was said later does.
pub struct MessagesMatch<'a> {
    said: Matches<SomeThreads<'a>>,
}

/// A condition on threads: the person or something said in it matches what somebody typed.
pub struct ThreadsMatch<'a> {
    said: Matches<SomeThreads<'a>>,
    people: Matches<SomeThreads<'a>>,
}

// Not kept prepared: which plan is right depends on how common the words are.
conditions! { ContactsMatch: contacts::id, MessagesMatch<'_>: messages::id, ThreadsMatch<'_>: threads::id }

/// People who match every word of `typed`, of whatever workspace: a filter of a query that is narrowed to one.
pub fn contacts_match(typed: &str) -> ContactsMatch {
    ContactsMatch(Typed::new(typed))
}

/// In each conversation of `among` the newest message in which every word of `typed` occurs, of the last [`LOOKED_AT`] that were
/// stored in all of them.
pub fn messages_match<'a>(workspace: WorkspaceId, typed: &str, among: SomeThreads<'a>) -> MessagesMatch<'a> {
    MessagesMatch { said: said(workspace, Typed::new(typed), among) }
}

/// Conversations of `among` with matching messages, or with people who match; `among` is asked twice, and gives the same. Others
/// with those people are not kept out.
pub fn threads_match<'a>(workspace: WorkspaceId, typed: &str, among: impl Fn() -> SomeThreads<'a>) -> ThreadsMatch<'a> {
    let typed = Typed::new(typed);
    let with = among().filter(sql::<Bool>("threads.contact_id = w.id"));
    ThreadsMatch {
        said: said(workspace, typed.clone(), among()),
        people: Matches { of: &PEOPLE, typed, workspace, among: with },
    }
}

fn said(workspace: WorkspaceId, typed: Typed, among: SomeThreads<'_>) -> Matches<SomeThreads<'_>> {
    Matches { of: &SAID, typed, workspace, among: among.filter(sql::<Bool>("threads.id = w.thread_id")) }
}

impl QueryFragment<MultiBackend> for ContactsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&FOUND, out.reborrow())?;
        MultiBackend::walk_variant_ast(&self.0, out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<MultiBackend> for MessagesMatch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(
            "messages.id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY thread_id \
             ORDER BY sent_at DESC, id DESC) AS nth FROM (",
        );
        self.said.walk_ast(out.reborrow())?;
        out.push_sql(") looked_at) newest WHERE nth = 1)");
        Ok(())
    }
}

// One list of threads in both: a condition on each of two tables could not begin with either's few matches.
impl QueryFragment<MultiBackend> for ThreadsMatch<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("threads.id IN (SELECT thread_id FROM (");
        self.said.walk_ast(out.reborrow())?;
        out.push_sql(") said UNION SELECT of.id FROM threads of WHERE of.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.people.workspace)?;
        out.push_sql(" AND of.contact_id IN (");
        self.people.walk_ast(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

#[derive(diesel::QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    id: MessageId,
}

/// Puts up to `limit` messages of an import after `after` into the full-text index; returns the last of them, none when
/// all are in it. PostgreSQL keeps its index by itself.
pub(crate) fn index_messages(
    tx: &mut Tx<'_>,
    import: ImportId,
    after: MessageId,
    limit: i64,
) -> Result<Option<MessageId>> {
    let workspace = tx.workspace();
    let Conn::Sqlite(sqlite) = tx.conn() else { return Ok(None) };
    const CHUNK: &str = "SELECT id, body FROM messages WHERE workspace_id = $1 AND import_id = $2 AND id > $3 \
                         ORDER BY id LIMIT $4";
    let last: Vec<Last> = diesel::sql_query(format!("SELECT id FROM ({CHUNK}) ORDER BY id DESC LIMIT 1"))
        .bind::<BigInt, _>(workspace)
        .bind::<BigInt, _>(import)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(limit)
        .load(sqlite)?;
    // A run that was cut off may have indexed some: a replaced row is in the index once.
    diesel::sql_query(format!("INSERT OR REPLACE INTO messages_fts (rowid, body) {CHUNK}"))
        .bind::<BigInt, _>(workspace)
        .bind::<BigInt, _>(import)
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(limit)
        .execute(sqlite)?;
    Ok(last.into_iter().next().map(|row| row.id))
}

/// Lets SQLite's full-text indexes forget what was deleted, which they otherwise only mark: after somebody was erased.
/// PostgreSQL's vacuum does so by itself.
pub(crate) fn compact(sys: &mut Sys<'_>) -> Result<()> {
    if let Conn::Sqlite(sqlite) = sys.conn() {
        diesel::sql_query(OVERWRITE).execute(sqlite)?;
        for index in ["contacts_fts", "messages_fts"] {
            diesel::sql_query(format!("INSERT INTO {index} ({index}) VALUES ('optimize')")).execute(sqlite)?;
        }
        diesel::sql_query(FORGET).execute(sqlite)?;
    }
    Ok(())
}

/// What SQLite deletes from now on is overwritten in its file, not only forgotten; it costs too much to do so always. PostgreSQL's
/// vacuum gives the room to others.
const OVERWRITE: &str = "PRAGMA secure_delete = ON";
/// Ends that.
const FORGET: &str = "PRAGMA secure_delete = OFF";

/// Does `work`, and overwrites what it deletes: for erasing somebody.
pub(crate) fn for_good<T>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    let say = |tx: &mut Tx<'_>, pragma: &str| match tx.conn() {
        Conn::Sqlite(sqlite) => diesel::sql_query(pragma.to_owned()).execute(sqlite).map(drop),
        Conn::Pg(_) => Ok(()),
    };
    say(tx, OVERWRITE)?;
    let done = work(tx);
    say(tx, FORGET)?;
    done
}
