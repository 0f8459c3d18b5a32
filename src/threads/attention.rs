//! Who still has to look at a thread: open, snoozed or closed for everybody, unread for each.

use diesel::prelude::*;

use super::{Status, thread};
use crate::{
    access::{Origin, Right},
    calendar::{Tz, When, resolve},
    channels::Direction,
    db::{self, Instant, Tx, members as mb, messages as m, threads as t, unreads as u},
    each,
    error::{Error, Result},
    ids::{ContactId, ImportId, MessageId, ThreadId, UserId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// How many unread threads are counted; beyond it the counter says “99+”.
pub const MOST_UNREAD: i64 = 100;

/// Closes a thread. A message from them opens it again by itself.
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
    // Somebody may close it or put it off further at this moment.
    let woken = diesel::update(tx.all(db::Threads).filter(t::id.eq(id)).filter(t::snoozed_until.le(now)))
        .set((
            t::status.eq(Status::Open),
            t::snoozed_until.eq(None::<Instant>),
            t::woken_at.eq(until),
            t::listed_at.eq(until.max(there.last_message_at)),
        ))
        .execute(tx.conn())?;
    if woken == 0 {
        return Ok(());
    }
    let after = serde_json::json!({"channel": there.channel});
    record(tx, Verb::ThreadWoken, Change::of(id.0).about(there.contact_id).after(after))
}

/// Marks threads as unread for every member but whoever entered the news on a page: they know it. A script, or an import,
/// tells its own member too.
pub(super) fn announce(tx: &mut Tx<'_>, threads: &[ThreadId], import: Option<ImportId>) -> Result<()> {
    if threads.is_empty() {
        return Ok(());
    }
    let by_hand = tx.access().origin() == Origin::Page;
    let me = tx.access().user().filter(|_| by_hand).unwrap_or(UserId(0));
    let people: Vec<UserId> = tx
        .all(db::Members)
        .filter(mb::left_at.is_null())
        .filter(mb::user_id.ne(me))
        .select(mb::user_id)
        .load(tx.conn())?;
    let mine = tx.workspace();
    for thread in threads {
        let row = |user: &UserId| {
            (u::workspace_id.eq(mine), u::user_id.eq(*user), u::thread_id.eq(*thread), u::import_id.eq(import))
        };
        let rows: Vec<_> = people.iter().map(row).collect();
        each!(tx.conn(), conn => db::insert_rows(db::Unreads, &rows).on_conflict_do_nothing().execute(conn))?;
        // What an import has marked is now unread for another reason too, and stays so when it is undone.
        if import.is_none() {
            diesel::update(tx.all(db::Unreads).filter(u::thread_id.eq(*thread)))
                .set(u::import_id.eq(None::<ImportId>))
                .execute(tx.conn())?;
        }
    }
    Ok(())
}

/// Nothing is unread in a thread any more, for anybody.
pub(super) fn forget(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    diesel::delete(tx.all(db::Unreads).filter(u::thread_id.eq(id))).execute(tx.conn())?;
    Ok(())
}

/// Takes back the marks that an import set.
pub(crate) fn undo_news(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::Unreads).filter(u::import_id.eq(import))).execute(tx.conn())?;
    Ok(())
}

/// Those of these threads that are not open, each with its contact and with what [`back_out_of_sight`] needs.
pub(crate) fn out_of_sight(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<Vec<(ThreadId, ContactId, String)>> {
    let rows: Vec<(ThreadId, ContactId, Option<Instant>)> = tx
        .all(db::Threads)
        .filter(t::id.eq_any(threads.to_vec()))
        .filter(t::status.ne(Status::Open))
        .select((t::id, t::contact_id, t::snoozed_until))
        .load(tx.conn())?;
    let told = |until: Option<Instant>| until.map_or_else(String::new, Instant::rfc3339);
    Ok(rows.into_iter().map(|(thread, contact, until)| (thread, contact, told(until))).collect())
}

/// Whether a message of theirs that is no machine's was stored in a thread after `began`.
pub(crate) fn heard_since(tx: &mut Tx<'_>, id: ThreadId, began: Instant) -> Result<bool> {
    let theirs = tx.all(db::Messages).filter(m::thread_id.eq(id)).filter(m::direction.eq(Direction::In));
    let since = theirs.filter(m::automatic.eq(false)).filter(m::aside.eq(false)).filter(m::created_at.gt(began));
    Ok(diesel::select(diesel::dsl::exists(since)).get_result(tx.conn())?)
}

/// Closes a thread that was opened by an import, or puts it off again until the time it was put off to.
pub(crate) fn back_out_of_sight(tx: &mut Tx<'_>, id: ThreadId, until: &str) -> Result<()> {
    let until: Option<Instant> = until.parse().ok();
    let status = if until.is_some() { Status::Snoozed } else { Status::Closed };
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)).filter(t::status.eq(Status::Open)))
        .set((t::status.eq(status), t::snoozed_until.eq(until)))
        .execute(tx.conn())?;
    if let Some(until) = until {
        let workspace = tx.workspace();
        queue::enqueue(&mut tx.system(), Some(workspace), &Job::Wake { thread: id }, until)?;
    }
    Ok(())
}

/// The acting member has seen a thread, or wants to come back to it. Nobody else is concerned, so it is no event.
pub fn mark(tx: &mut Tx<'_>, id: ThreadId, read: bool) -> Result<()> {
    let me = tx.access().person()?;
    thread(tx, id)?;
    if read {
        let mine = tx.all(db::Unreads).filter(u::user_id.eq(me)).filter(u::thread_id.eq(id));
        diesel::delete(mine).execute(tx.conn())?;
    } else {
        let rows = vec![(u::workspace_id.eq(tx.workspace()), u::user_id.eq(me), u::thread_id.eq(id))];
        each!(tx.conn(), conn => db::insert_rows(db::Unreads, &rows).on_conflict_do_nothing().execute(conn))?;
    }
    Ok(())
}

/// The acting member has seen a thread up to this message: nothing that came in later.
pub fn seen(tx: &mut Tx<'_>, id: ThreadId, last: MessageId) -> Result<()> {
    let shown = super::message(tx, last)?;
    let later: i64 = tx
        .all(db::Messages)
        .filter(m::thread_id.eq(id))
        .filter(m::direction.eq(Direction::In))
        .filter(m::sent_at.gt(shown.sent_at))
        .count()
        .get_result(tx.conn())?;
    if later == 0 { mark(tx, id, true) } else { Ok(()) }
}

/// Which of these threads somebody has not seen.
pub fn unread(tx: &mut Tx<'_>, user: UserId, threads: &[ThreadId]) -> Result<Vec<ThreadId>> {
    Ok(tx
        .all(db::Unreads)
        .filter(u::user_id.eq(user))
        .filter(u::thread_id.eq_any(threads.to_vec()))
        .select(u::thread_id)
        .load(tx.conn())?)
}

/// How many threads somebody has not seen, counted up to [`MOST_UNREAD`].
pub fn unread_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    let seen: Vec<ThreadId> =
        tx.all(db::Unreads).filter(u::user_id.eq(user)).select(u::thread_id).limit(MOST_UNREAD).load(tx.conn())?;
    Ok(i64::try_from(seen.len()).unwrap_or(MOST_UNREAD))
}
