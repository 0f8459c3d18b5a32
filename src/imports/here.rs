//! Which conversations of an archive came here before, by their own names or by others.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Person, going_on::GoesOn};
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
    let ids: Vec<String> =
        people.iter().flat_map(|one| one.conversations.iter().chain(&one.known_by).cloned()).collect();
    let mut here: HashMap<String, Here> = called(tx, channel, &ids)?.into_iter().collect();
    let elsewhere: Vec<(&String, &GoesOn)> =
        people.iter().filter_map(|one| Some((one.conversations.first()?, one.goes_on.as_ref()?))).collect();
    let threads = elsewhere.iter().filter_map(|(_, place)| match place {
        GoesOn::Thread(thread) => Some(*thread),
        GoesOn::New(_) => None,
    });
    let threads = with_ids(tx, threads.collect())?;
    for (talk, place) in elsewhere {
        match place {
            GoesOn::Thread(thread) => here.extend(threads.get(thread).map(|there| (talk.clone(), there.clone()))),
            // That of its own name is another conversation.
            GoesOn::New(_) => {
                here.remove(talk);
            }
        }
    }
    Ok(here)
}

fn with_ids(tx: &mut Tx<'_>, threads: Vec<ThreadId>) -> Result<HashMap<ThreadId, Here>> {
    let mut all = HashMap::new();
    for chunk in threads.chunks(500) {
        let rows: Vec<(ThreadId, ContactId, ThreadKind, Option<String>)> = tx
            .all(db::Threads)
            .filter(t::id.eq_any(chunk.to_vec()))
            .select((t::id, t::contact_id, t::kind, t::counterpart))
            .load(tx.conn())?;
        let here = |(thread, contact, kind, counterpart)| (thread, Here { thread, contact, kind, counterpart });
        all.extend(rows.into_iter().map(here));
    }
    Ok(all)
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
