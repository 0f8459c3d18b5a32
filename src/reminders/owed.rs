//! What one person owes: overdue first, then today, then none planned, then later (promise 1), and replies.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::{prelude::*, sql_types as st};

use super::{Reminder, State};
use crate::{
    calendar::{Day, NextStep},
    contacts::{Contact, Turn},
    db::{self, Instant, Tx, cards, contacts as c, reminders as r, threads as t},
    error::Result,
    ids::{CardId, ContactId, StageId, ThreadId, UserId},
};

/// A reminder with the person it is about.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The reminder.
    pub reminder: Reminder,
    /// To whom.
    pub contact: Contact,
    /// Overdue, today or later, in the viewer's zone.
    pub next: NextStep,
}

/// Somebody who wrote last.
#[derive(Debug, Clone)]
pub struct Unanswered {
    /// Who.
    pub contact: Contact,
    /// The open conversation with their last words.
    pub thread: ThreadId,
}

/// Everything one person owes, each part capped.
#[derive(Debug, Clone)]
pub struct Owed {
    /// Overdue and today, by due time.
    pub due: Vec<Entry>,
    /// How many are overdue or due today, counted up to 1,000.
    pub due_count: i64,
    /// Open cards without any next step: whose, which card, which stage.
    pub unplanned: Vec<(Contact, CardId, StageId)>,
    /// How many such cards there are, counted up to 1,000.
    pub unplanned_count: i64,
    /// The next reminders after today.
    pub later: Vec<Entry>,
    /// People who wrote last, in the last [`OWED_FOR`] days.
    pub replies: Vec<Unanswered>,
    /// How many such people there are, counted up to 200.
    pub replies_count: i64,
}

/// How many rows each part of the page holds.
pub const CAP: i64 = 50;

fn entries(rows: Vec<(Reminder, Contact)>, day: &Day) -> Vec<Entry> {
    rows.into_iter()
        .map(|(reminder, contact)| Entry { next: day.next_step(Some(reminder.due_at.utc())), reminder, contact })
        .collect()
}

/// Counts stop here: whoever owes more doesn't work by the number, and the page stays as quick.
pub const MOST_COUNTED: i64 = 1_000;
/// Of people who wait fewer are counted: for each of them a conversation is looked up.
pub const MOST_WAITING: i64 = 200;

/// An answer is owed for so many days after their last words: what is older is history, such as an archive brings, and an open
/// card says by itself that something is to be done.
pub const OWED_FOR: i64 = 60;

fn owed_since(tx: &Tx<'_>) -> Instant {
    tx.now().plus(-TimeDelta::days(OWED_FOR))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = st::BigInt)]
    n: i64,
}

/// How many reminders are overdue or due today, counted up to 1,000: the counter beside “Today”.
pub fn owed_count(tx: &mut Tx<'_>, user: UserId, day: &Day) -> Result<i64> {
    let until: Instant = day.ends().into();
    let counted: Count = diesel::sql_query(format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM reminders WHERE workspace_id = $1 AND user_id = $2 \
         AND state = 'open' AND due_at < $3 LIMIT {MOST_COUNTED}) counted"
    ))
    .bind::<st::BigInt, _>(tx.workspace())
    .bind::<st::BigInt, _>(user)
    .bind::<st::Timestamp, _>(until)
    .get_result(tx.conn())?;
    Ok(counted.n)
}

fn unplanned_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    let counted: Count = diesel::sql_query(format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM cards WHERE workspace_id = $1 AND owner_id = $2 \
         AND state = 'open' AND next_at IS NULL LIMIT {MOST_COUNTED}) counted"
    ))
    .bind::<st::BigInt, _>(tx.workspace())
    .bind::<st::BigInt, _>(user)
    .get_result(tx.conn())?;
    Ok(counted.n)
}

fn waiting_count(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    let counted: Count = diesel::sql_query(format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM contacts WHERE workspace_id = $1 AND owner_id = $2 \
         AND turn = 'ours' AND last_in_at >= $3 AND merged_into IS NULL AND do_not_contact IS NULL AND EXISTS (SELECT 1 FROM threads t \
         WHERE t.workspace_id = contacts.workspace_id AND t.contact_id = contacts.id AND t.turn = 'ours' \
         AND t.status = 'open') LIMIT {MOST_WAITING}) counted"
    ))
    .bind::<st::BigInt, _>(tx.workspace())
    .bind::<st::BigInt, _>(user)
    .bind::<st::Timestamp, _>(owed_since(tx))
    .get_result(tx.conn())?;
    Ok(counted.n)
}

/// Everything a person owes on this day.
pub fn owed(tx: &mut Tx<'_>, user: UserId, day: &Day) -> Result<Owed> {
    let until: Instant = day.ends().into();
    let open = |tx: &Tx<'_>| {
        db::reminders_with_contact(tx.workspace())
            .filter(r::user_id.eq(user))
            .filter(r::state.eq(State::Open))
            .select((Reminder::as_select(), Contact::as_select()))
    };
    let due = open(tx).filter(r::due_at.lt(until)).order((r::due_at, r::id)).limit(CAP).load(tx.conn())?;
    let later = open(tx).filter(r::due_at.ge(until)).order((r::due_at, r::id)).limit(20).load(tx.conn())?;
    let unplanned = db::cards_with_contact(tx.workspace())
        .filter(cards::owner_id.eq(user))
        .filter(cards::state.eq("open"))
        .filter(cards::next_at.is_null())
        .order(cards::id)
        .limit(20)
        .select((Contact::as_select(), cards::id, cards::stage_id))
        .load(tx.conn())?;
    let unplanned_count = unplanned_count(tx, user)?;
    let due: Vec<Entry> = entries(due, day);
    let (mut replies, mut replies_count) = replies_owed(tx, user, CAP)?;
    // Whoever is listed as due is answered there.
    let waiting = replies.len();
    replies.retain(|one| !due.iter().any(|entry| entry.contact.id == one.contact.id));
    replies_count -= i64::try_from(waiting - replies.len()).unwrap_or(0);
    Ok(Owed {
        due_count: owed_count(tx, user, day)?,
        due,
        later: entries(later, day),
        unplanned,
        unplanned_count,
        replies,
        replies_count,
    })
}

/// The people of a colleague who wrote last in the last [`OWED_FOR`] days, who wrote last first; and how many wait, counted up to
/// 200. Not those whose conversation was closed or put off.
pub fn replies_owed(tx: &mut Tx<'_>, user: UserId, limit: i64) -> Result<(Vec<Unanswered>, i64)> {
    let waiting = |tx: &Tx<'_>| {
        tx.all(db::Contacts)
            .filter(c::owner_id.eq(user))
            .filter(c::turn.eq(Turn::Ours))
            .filter(c::last_in_at.ge(owed_since(tx)))
            .filter(c::merged_into.is_null())
            .filter(c::do_not_contact.is_null())
            .filter(diesel::dsl::exists(
                tx.all(db::Threads)
                    .filter(t::contact_id.eq(c::id))
                    .filter(t::turn.eq(Turn::Ours))
                    .filter(t::status.eq("open")),
            ))
    };
    let people: Vec<Contact> = waiting(tx)
        .order((c::last_in_at.desc(), c::id.desc()))
        .limit(limit)
        .select(Contact::as_select())
        .load(tx.conn())?;
    let shown = i64::try_from(people.len()).unwrap_or(0);
    let count = if shown < limit { shown } else { waiting_count(tx, user)? };
    let threads = asking(tx, people.iter().map(|contact| contact.id).collect())?;
    let rows = people.into_iter().filter_map(|contact| {
        let thread = *threads.get(&contact.id)?;
        Some(Unanswered { contact, thread })
    });
    Ok((rows.collect(), count))
}

/// The open conversation in which each of these people wrote last.
fn asking(tx: &mut Tx<'_>, people: Vec<ContactId>) -> Result<HashMap<ContactId, ThreadId>> {
    let rows: Vec<(ContactId, ThreadId)> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(people))
        .filter(t::turn.eq(Turn::Ours))
        .filter(t::status.eq("open"))
        .order((t::last_message_at, t::id))
        .select((t::contact_id, t::id))
        .load(tx.conn())?;
    // The last of each stays.
    Ok(rows.into_iter().collect())
}
