//! Full-text search as diesel conditions: FTS5 on SQLite, tsvector on PostgreSQL.
//!
//! Every word typed must occur, as the beginning of a word: of somebody's name, company, title, email or handles, or of
//! what was said.

use diesel::{
    QueryResult, RunQueryDsl,
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
    ids::{ContactId, ImportId, MessageId, WorkspaceId},
};

/// How many people who match count; the newest win. Bounds what a search for a common word brings.
pub const MATCHES: i64 = 500;
/// How many matching messages are looked at, those stored last. All of them would cost tenths of a second for a common word.
pub const LOOKED_AT: i64 = 10_000;

/// What somebody typed, as both databases read it. Operators and quotes in it are plain text.
#[derive(Debug, Clone)]
struct Sought {
    fts5: String,
    tsquery: String,
    workspace: WorkspaceId,
    /// Messages with one contact only.
    contact: Option<i64>,
}

/// The words of what somebody typed: at most twelve, of at most 60 characters.
pub fn search_words(typed: &str) -> Vec<String> {
    typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| word.chars().take(60).collect())
        .collect()
}

/// Beginnings of a word for FTS5, which folds accents but tells ß from ss; PostgreSQL's `unaccent` doesn't. A word that holds both,
/// is found as it is written only, or with all of them alike.
fn fts5(word: &str) -> String {
    let word = word.to_lowercase();
    let (long, sharp) = (word.replace('ß', "ss"), word.replace("ss", "ß"));
    // Half typed, an s may become either.
    let open = word.strip_suffix('s').filter(|_| long == sharp).map(|begun| format!("{begun}ß"));
    let mut forms = vec![word, long, sharp];
    forms.extend(open);
    forms.sort_unstable();
    forms.dedup();
    let forms: Vec<String> = forms.iter().map(|form| format!("\"{form}\"*")).collect();
    format!("({})", forms.join(" OR "))
}

impl Sought {
    /// Nothing matches a text without letters or digits.
    fn new(workspace: WorkspaceId, typed: &str) -> Self {
        let words = search_words(typed);
        let each = |form: &dyn Fn(&String) -> String, join| words.iter().map(form).collect::<Vec<_>>().join(join);
        Self {
            fts5: if words.is_empty() { "\"\"".into() } else { each(&|word| fts5(word), " AND ") },
            tsquery: each(&|word| format!("'{word}':*"), " & "),
            workspace,
            contact: None,
        }
    }

    /// The ids of the newest people who match.
    fn people<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT f.rowid FROM contacts_fts f JOIN contacts w ON w.id = f.rowid WHERE contacts_fts MATCH ");
        out.push_bind_param::<Text, _>(&self.fts5)?;
        out.push_sql(" AND w.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.workspace)?;
        out.push_sql(" ORDER BY f.rowid DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&MATCHES)
    }

    /// The messages that match.
    fn messages<'b>(&'b self, out: &mut AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(SAID);
        out.push_sql("messages_fts f JOIN messages w ON w.id = f.rowid WHERE messages_fts MATCH ");
        out.push_bind_param::<Text, _>(&self.fts5)?;
        out.push_sql(" AND w.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.workspace)?;
        self.with(out)?;
        out.push_sql(" ORDER BY f.rowid DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&LOOKED_AT)
    }

    /// Only what was said with one contact, so that the newest matches are theirs.
    fn with<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: diesel::backend::Backend + diesel::sql_types::HasSqlType<BigInt>,
        i64: diesel::serialize::ToSql<BigInt, DB>,
    {
        if let Some(contact) = &self.contact {
            out.push_sql(" AND w.contact_id = ");
            out.push_bind_param::<BigInt, _>(contact)?;
        }
        Ok(())
    }

    fn people_pg<'b>(&'b self, of: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(of);
        out.push_sql(".search @@ to_tsquery('simple', rapport_plain(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql("))");
        Ok(())
    }

    fn messages_pg<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(SAID);
        out.push_sql("messages w WHERE w.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.workspace)?;
        out.push_sql(" AND to_tsvector('simple', rapport_words(w.body)) @@ to_tsquery('simple', rapport_plain(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql("))");
        self.with(out)?;
        out.push_sql(" ORDER BY w.id DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&LOOKED_AT)
    }
}

/// How a choice of messages begins.
const SAID: &str = "SELECT w.id, w.thread_id, w.sent_at FROM ";
/// In each conversation the one that was said last, of the messages told between this and [`EACH`].
const NEWEST: &str = "messages.id IN (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY thread_id \
                      ORDER BY sent_at DESC, id DESC) AS nth FROM (";
const EACH: &str = ") looked_at) newest WHERE nth = 1)";

macro_rules! conditions {
    ($($(#[$doc:meta])* $name:ident on $column:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Sought);

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

        impl QueryFragment<MultiBackend> for $name {
            fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
                MultiBackend::walk_variant_ast(self, out)
            }
        }
    )+};
}

conditions! {
    /// A condition on contacts: they match what somebody typed.
    ContactsMatch on contacts::id;
    /// A condition on messages: they match what somebody typed, and none of their conversation that was said later does.
    MessagesMatch on messages::id;
    /// A condition on threads: the person or something said in it matches what somebody typed.
    ThreadsMatch on threads::id;
}

/// People of the workspace who match every word of `typed`; at most the newest [`MATCHES`] of them.
pub fn contacts_match(workspace: WorkspaceId, typed: &str) -> ContactsMatch {
    ContactsMatch(Sought::new(workspace, typed))
}

/// In each conversation of the workspace the newest message in which every word of `typed` occurs, of the last 10,000 that were
/// stored.
pub fn messages_match(workspace: WorkspaceId, typed: &str) -> MessagesMatch {
    MessagesMatch(Sought::new(workspace, typed))
}

/// Threads of the workspace with matching messages, or with people who match; with one contact's messages only if it is
/// named.
pub fn threads_match(workspace: WorkspaceId, typed: &str, contact: Option<ContactId>) -> ThreadsMatch {
    ThreadsMatch(Sought { contact: contact.map(|id| id.0), ..Sought::new(workspace, typed) })
}

impl QueryFragment<Sqlite> for ContactsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("contacts.id IN (");
        self.0.people(&mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for ContactsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.people_pg("contacts", &mut out)
    }
}

impl QueryFragment<Sqlite> for MessagesMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(NEWEST);
        self.0.messages(&mut out)?;
        out.push_sql(EACH);
        Ok(())
    }
}

impl QueryFragment<Pg> for MessagesMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(NEWEST);
        self.0.messages_pg(&mut out)?;
        out.push_sql(EACH);
        Ok(())
    }
}

// One list of threads in both: a condition on each of two tables could not begin with either's few matches.
impl QueryFragment<Sqlite> for ThreadsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("threads.id IN (SELECT thread_id FROM (");
        self.0.messages(&mut out)?;
        out.push_sql(") said UNION SELECT of.id FROM threads of WHERE of.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.0.workspace)?;
        out.push_sql(" AND of.contact_id IN (");
        self.0.people(&mut out)?;
        out.push_sql("))");
        Ok(())
    }
}

impl QueryFragment<Pg> for ThreadsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("threads.id IN (SELECT thread_id FROM (");
        self.0.messages_pg(&mut out)?;
        out.push_sql(") said UNION SELECT of.id FROM threads of JOIN contacts c ON c.id = of.contact_id WHERE of.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.0.workspace)?;
        out.push_sql(" AND c.workspace_id = of.workspace_id AND ");
        self.0.people_pg("c", &mut out)?;
        out.push_sql(")");
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
