//! Full-text search over people as one diesel condition: FTS5 on SQLite, tsvector on PostgreSQL.
//!
//! Every word typed must occur, as the beginning of a word of the person's name, company, title, email or handles.

use diesel::{
    QueryResult,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
    sqlite::Sqlite,
};

use super::{MultiBackend, schema::contacts};
use crate::ids::WorkspaceId;

/// How many matches are looked at; the newest win. Bounds the cost of a search for “a”.
pub const MATCHES: i64 = 500;

/// A condition on contacts: they match what somebody typed.
#[derive(Debug, Clone)]
pub struct ContactsMatch {
    fts5: String,
    tsquery: String,
    workspace: WorkspaceId,
}

/// People of the workspace who match every word of `typed`; at most the newest [`MATCHES`] of them. Operators and
/// quotes in `typed` are plain text. Nothing matches a text without letters or digits.
pub fn contacts_match(workspace: WorkspaceId, typed: &str) -> ContactsMatch {
    let words: Vec<String> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(12)
        .map(|word| word.chars().take(60).collect())
        .collect();
    let each = |form: &dyn Fn(&String) -> String, join| words.iter().map(form).collect::<Vec<_>>().join(join);
    ContactsMatch {
        fts5: if words.is_empty() { "\"\"".into() } else { each(&|word| format!("\"{word}\"*"), " ") },
        tsquery: each(&|word| format!("'{word}':*"), " & "),
        workspace,
    }
}

impl Expression for ContactsMatch {
    type SqlType = Bool;
}

impl<QS> AppearsOnTable<QS> for ContactsMatch where contacts::id: AppearsOnTable<QS> {}
impl<QS> SelectableExpression<QS> for ContactsMatch where contacts::id: SelectableExpression<QS> {}

impl<G> ValidGrouping<G> for ContactsMatch {
    type IsAggregate = is_aggregate::No;
}

impl QueryId for ContactsMatch {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Sqlite> for ContactsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(
            "contacts.id IN (SELECT f.rowid FROM contacts_fts f JOIN contacts w ON w.id = f.rowid \
             WHERE contacts_fts MATCH ",
        );
        out.push_bind_param::<Text, _>(&self.fts5)?;
        out.push_sql(" AND w.workspace_id = ");
        out.push_bind_param::<BigInt, _>(&self.workspace)?;
        out.push_sql(" ORDER BY f.rowid DESC LIMIT ");
        out.push_bind_param::<BigInt, _>(&MATCHES)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Pg> for ContactsMatch {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("contacts.search @@ to_tsquery('simple', rapport_plain(");
        out.push_bind_param::<Text, _>(&self.tsquery)?;
        out.push_sql("))");
        Ok(())
    }
}

impl QueryFragment<MultiBackend> for ContactsMatch {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(self, out)
    }
}
