//! Who still has to look at a thread: open, snoozed or closed for everybody, unread for each.

use diesel::prelude::*;

use super::{Status, thread};
use crate::{
    access::Right,
    calendar::{Tz, When, resolve},
    db::{self, Instant, Tx, members as mb, threads as t, unreads as u},
    each,
    error::{Error, Result},
    ids::{ThreadId, UserId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// How many unread threads are counted; beyond it the counter says “99+”.
pub const MOST_UNREAD: i64 = 100;

/// Closes a thread, or opens it again. A message from them opens it by itself.
pub fn close(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    settle(tx, id, Status::Closed, Verb::ThreadClosed)
}

/// Opens a closed or snoozed thread again.
pub fn reopen(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    settle(tx, id, Status::Open, Verb::ThreadReopened)
}

fn settle(tx: &mut Tx<'_>, id: ThreadId, status: Status, verb: Verb) -> Result<()> {
    tx.access().require(Right::Work)?;
    let there = thread(tx, id)?;
    if there.status == status {
        return Ok(());
    }
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)))
        .set((t::status.eq(status), t::snoozed_until.eq(None::<Instant>)))
        .execute(tx.conn())?;
    record(tx, verb, Change::of(id.0).about(there.contact_id).after(serde_json::json!({"channel": there.channel})))
}

/// Puts a thread off to a local time in `zone` that is still to come. It comes back then, on top of the list, or as soon
/// as they write.
pub fn snooze(tx: &mut Tx<'_>, id: ThreadId, to: When, zone: Tz) -> Result<()> {
    tx.access().require(Right::Work)?;
    let there = thread(tx, id)?;
    let until: Instant = resolve(to.date, to.time, zone).into();
    if until <= tx.now() {
        return Err(Error::invalid("when", "Choose a time that is still to come."));
    }
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)))
        .set((t::status.eq(Status::Snoozed), t::snoozed_until.eq(until)))
        .execute(tx.conn())?;
    let workspace = tx.workspace();
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Wake { thread: id }, until)?;
    let due = to.date.and_time(to.time).format("%Y-%m-%dT%H:%M").to_string();
    let after = serde_json::json!({"channel": there.channel, "due": due});
    record(tx, Verb::ThreadSnoozed, Change::of(id.0).about(there.contact_id).after(after))
}

/// Brings a thread back whose snooze has run out; anything else stays as it is.
pub(crate) fn wake(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    let there = thread(tx, id)?;
    let now = tx.now();
    let Some(until) = there.snoozed_until.filter(|until| *until <= now) else { return Ok(()) };
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)))
        .set((
            t::status.eq(Status::Open),
            t::snoozed_until.eq(None::<Instant>),
            t::woken_at.eq(until),
            t::listed_at.eq(until.max(there.last_message_at)),
        ))
        .execute(tx.conn())?;
    let after = serde_json::json!({"channel": there.channel});
    record(tx, Verb::ThreadWoken, Change::of(id.0).about(there.contact_id).after(after))
}

/// Marks threads as unread for every member but the one who acts: they know what they entered.
pub(super) fn announce(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<()> {
    let me = tx.access().user().unwrap_or(UserId(0));
    let people: Vec<UserId> = tx
        .all(db::Members)
        .filter(mb::left_at.is_null())
        .filter(mb::user_id.ne(me))
        .select(mb::user_id)
        .load(tx.conn())?;
    let (mine, since) = (tx.workspace(), tx.now());
    for thread in threads {
        let row = |user: &UserId| {
            (u::workspace_id.eq(mine), u::user_id.eq(*user), u::thread_id.eq(*thread), u::since.eq(since))
        };
        let rows: Vec<_> = people.iter().map(row).collect();
        each!(tx.conn(), conn => db::insert_rows(db::Unreads, &rows).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(())
}

/// The acting member has seen a thread, or wants to come back to it. Nobody else is concerned, so it is no event.
pub fn mark(tx: &mut Tx<'_>, id: ThreadId, read: bool) -> Result<()> {
    let me = tx.access().person()?;
    thread(tx, id)?;
    let mine = tx.all(db::Unreads).filter(u::user_id.eq(me)).filter(u::thread_id.eq(id));
    diesel::delete(mine).execute(tx.conn())?;
    if !read {
        let since = tx.now();
        tx.insert(db::Unreads, (u::user_id.eq(me), u::thread_id.eq(id), u::since.eq(since))).execute(tx.conn())?;
    }
    Ok(())
}

/// Which of these threads somebody has not seen, each with the time since when.
pub fn unread(tx: &mut Tx<'_>, user: UserId, threads: &[ThreadId]) -> Result<Vec<(ThreadId, Instant)>> {
    Ok(tx
        .all(db::Unreads)
        .filter(u::user_id.eq(user))
        .filter(u::thread_id.eq_any(threads.to_vec()))
        .select((u::thread_id, u::since))
        .load(tx.conn())?)
}

/// How many threads somebody has not seen, counted up to [`MOST_UNREAD`].
pub fn unread_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    let seen: Vec<ThreadId> =
        tx.all(db::Unreads).filter(u::user_id.eq(user)).select(u::thread_id).limit(MOST_UNREAD).load(tx.conn())?;
    Ok(i64::try_from(seen.len()).unwrap_or(MOST_UNREAD))
}
