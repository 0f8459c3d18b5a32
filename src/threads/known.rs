//! Which of an archive's messages are stored already. The lists are joined, not asked for by two `IN`s: those make a database
//! try each thread with each id, a million pairs for a thousand messages of as many conversations.

use std::collections::HashMap;

use diesel::{prelude::*, sql_types as st};

use crate::{
    channels::Direction,
    db::{Instant, MultiBackend, Tx},
    error::Result,
    ids::{ImportId, MessageId, ThreadId},
};

/// So many are asked for in one statement.
const AT_ONCE: usize = 500;

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = st::BigInt)]
    thread_id: ThreadId,
    #[diesel(sql_type = st::Text)]
    external_id: String,
    #[diesel(sql_type = st::BigInt)]
    id: MessageId,
}

/// The ids of those of these messages that are stored, by thread and external id.
pub(crate) fn ids_of<'a>(
    tx: &mut Tx<'_>,
    messages: impl Iterator<Item = (ThreadId, &'a str)>,
) -> Result<HashMap<(ThreadId, String), MessageId>> {
    let (asked, workspace) = (messages.collect::<Vec<_>>(), tx.workspace());
    let mut all = HashMap::new();
    for chunk in asked.chunks(AT_ONCE) {
        let text = format!(
            "SELECT m.thread_id, m.external_id, m.id FROM (VALUES {}) AS asked CROSS JOIN messages m \
             WHERE m.thread_id = asked.column1 AND m.external_id = asked.column2 AND m.workspace_id = ${}",
            places(chunk.len(), 2),
            chunk.len() * 2 + 1
        );
        let mut query = diesel::sql_query(text).into_boxed::<MultiBackend>();
        for (thread, external) in chunk {
            query = query.bind::<st::BigInt, _>(*thread).bind::<st::Text, _>((*external).to_owned());
        }
        let rows: Vec<Known> = query.bind::<st::BigInt, _>(workspace).load(tx.conn())?;
        all.extend(rows.into_iter().map(|row| ((row.thread_id, row.external_id), row.id)));
    }
    Ok(all)
}

/// A message of an archive, as stored.
#[derive(QueryableByName)]
pub(crate) struct Stored {
    /// Where it is.
    #[diesel(sql_type = st::BigInt)]
    pub(crate) thread_id: ThreadId,
    /// Its id there.
    #[diesel(sql_type = st::Text)]
    pub(crate) external_id: String,
    /// When it was sent.
    #[diesel(sql_type = st::Timestamp)]
    pub(crate) sent_at: Instant,
    /// Theirs or ours.
    #[diesel(sql_type = st::Text)]
    pub(crate) direction: Direction,
    /// Its words.
    #[diesel(sql_type = st::Text)]
    pub(crate) body: String,
    /// What brought it.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub(crate) import_id: Option<ImportId>,
}

/// What archives brought into these threads between two times each, both left out; of each thread in the order of time.
pub(crate) fn between(tx: &mut Tx<'_>, spans: &[(ThreadId, Instant, Instant)]) -> Result<Vec<Stored>> {
    let workspace = tx.workspace();
    let mut all = Vec::new();
    for chunk in spans.chunks(AT_ONCE) {
        let text = format!(
            "SELECT m.thread_id, m.external_id, m.sent_at, m.direction, m.body, m.import_id \
             FROM (VALUES {}) AS asked CROSS JOIN messages m \
             WHERE m.thread_id = asked.column1 AND m.sent_at > asked.column2 AND m.sent_at < asked.column3 \
             AND m.external_id IS NOT NULL AND m.workspace_id = ${} ORDER BY m.thread_id, m.sent_at, m.id",
            places(chunk.len(), 3),
            chunk.len() * 3 + 1
        );
        let mut query = diesel::sql_query(text).into_boxed::<MultiBackend>();
        for (thread, first, last) in chunk {
            query =
                query.bind::<st::BigInt, _>(*thread).bind::<st::Timestamp, _>(*first).bind::<st::Timestamp, _>(*last);
        }
        all.extend(query.bind::<st::BigInt, _>(workspace).load::<Stored>(tx.conn())?);
    }
    Ok(all)
}

/// Places for `rows` rows of `columns` values each: `($1,$2),($3,$4)`.
fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| (1..=columns).map(|n| format!("${}", row * columns + n)).collect::<Vec<_>>().join(",");
    (0..rows).map(|n| format!("({})", row(n))).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_through() {
        assert_eq!(places(2, 3), "($1,$2,$3),($4,$5,$6)");
    }
}
