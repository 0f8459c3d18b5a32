//! Which conversations of an archive came here before, by their own names or by others.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Person;
use crate::{
    channels::Channel,
    db::{self, Tx, thread_names as tn, threads as t},
    error::Result,
    ids::{ContactId, ThreadId},
    threads::ThreadKind,
};

/// A thread that came here before.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) thread: ThreadId,
    pub(super) contact: ContactId,
    pub(super) kind: ThreadKind,
    pub(super) counterpart: Option<String>,
}

/// Which of their conversations are here, also those that only tell who they are.
pub(super) fn threads_here(tx: &mut Tx<'_>, channel: Channel, people: &[Person]) -> Result<HashMap<String, Here>> {
    let talks = |person: &'_ Person| {
        let telling = person.known_by.iter().chain(&person.goes_on);
        person.conversations.iter().chain(telling).cloned().collect::<Vec<_>>()
    };
    let ids: Vec<String> = people.iter().flat_map(talks).collect();
    let by_name: HashMap<String, Here> = called(tx, channel, &ids)?.into_iter().collect();
    let mut here = by_name.clone();
    for person in people {
        let Some((talk, name)) = person.conversations.first().zip(person.goes_on.as_ref()) else { continue };
        match by_name.get(name).cloned() {
            Some(there) => drop(here.insert(talk.clone(), there)),
            // That of its own name is another conversation.
            None => drop(here.remove(talk)),
        }
    }
    Ok(here)
}

/// The threads that go by these names.
pub(super) fn called(tx: &mut Tx<'_>, channel: Channel, names: &[String]) -> Result<Vec<(String, Here)>> {
    let mut all = Vec::new();
    for chunk in names.chunks(500) {
        all.extend(some_called(tx, channel, chunk)?);
    }
    Ok(all)
}

fn some_called(tx: &mut Tx<'_>, channel: Channel, names: &[String]) -> Result<Vec<(String, Here)>> {
    type Row = (Option<String>, ThreadId, ContactId, ThreadKind, Option<String>);
    let columns = (t::external_id, t::id, t::contact_id, t::kind, t::counterpart);
    let mut rows: Vec<Row> = tx
        .all(db::Threads)
        .filter(t::channel.eq(channel))
        .filter(t::external_id.eq_any(names.to_vec()))
        .select(columns)
        .load(tx.conn())?;
    if channel.is_metas() || channel == Channel::Other {
        let others: Vec<(String, ThreadId)> = tx
            .all(db::ThreadNames)
            .filter(tn::channel.eq(channel))
            .filter(tn::external_id.eq_any(names.to_vec()))
            .select((tn::external_id, tn::thread_id))
            .load(tx.conn())?;
        let theirs: Vec<ThreadId> = others.iter().map(|(_, thread)| *thread).collect();
        let threads: Vec<Row> = match theirs.is_empty() {
            true => Vec::new(),
            false => tx.all(db::Threads).filter(t::id.eq_any(theirs)).select(columns).load(tx.conn())?,
        };
        for (name, thread) in others {
            let there = threads.iter().find(|row| row.1 == thread);
            rows.extend(there.map(|row| (Some(name), row.1, row.2, row.3, row.4.clone())));
        }
    }
    Ok(rows
        .into_iter()
        .filter_map(|(id, thread, contact, kind, counterpart)| Some((id?, Here { thread, contact, kind, counterpart })))
        .collect())
}
