//! Which conversations of an archive came here before.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Person;
use crate::{
    channels::Channel,
    db::{self, Tx, threads as t},
    error::Result,
    ids::{ContactId, ThreadId},
    threads::ThreadKind,
};

/// A thread that came here before.
pub(super) struct Here {
    pub(super) thread: ThreadId,
    pub(super) contact: ContactId,
    pub(super) kind: ThreadKind,
    pub(super) counterpart: Option<String>,
}

/// Which of their conversations are here, also those that only tell who they are.
pub(super) fn threads_here(tx: &mut Tx<'_>, channel: Channel, people: &[Person]) -> Result<HashMap<String, Here>> {
    let talks = |person: &'_ Person| person.conversations.iter().chain(&person.known_by).cloned().collect::<Vec<_>>();
    let ids: Vec<String> = people.iter().flat_map(talks).collect();
    let mut here = HashMap::new();
    for chunk in ids.chunks(500) {
        type Row = (Option<String>, ThreadId, ContactId, ThreadKind, Option<String>);
        let rows: Vec<Row> = tx
            .all(db::Threads)
            .filter(t::channel.eq(channel))
            .filter(t::external_id.eq_any(chunk.to_vec()))
            .select((t::external_id, t::id, t::contact_id, t::kind, t::counterpart))
            .load(tx.conn())?;
        here.extend(rows.into_iter().filter_map(|(id, thread, contact, kind, counterpart)| {
            Some((id?, Here { thread, contact, kind, counterpart }))
        }));
    }
    Ok(here)
}
