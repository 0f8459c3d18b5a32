//! Follow-ups somebody owes: planned, snoozed, finished, stopped. What the message says is in `drafts` and `outreach`.
//!
//! Times are kept as local date, local time and zone; the UTC instant beside them is worked out from these three.

mod cadence;
mod clock;
pub mod digest;
mod model;
mod notices;
mod owed;
mod queries;

use diesel::prelude::*;

pub(crate) use cadence::stop_steps_of;
pub use cadence::{Entered, plan_cadence, stop_cadence, stop_on_reply};
pub(crate) use cadence::{Resumed, resume, resume_unanswered, revive, revive_all, stop_steps};
pub use clock::{adopt_rules, rezone};
pub use model::{NewReminder, State};
pub use notices::{notify, unread};
pub use owed::{CAP, Entry, MOST_COUNTED, MOST_WAITING, OWED_FOR, Owed, Unanswered, owed, owed_count, replies_owed};
pub use queries::{Filter, Reminder, list, of_contact, open_of_card, reminder};

use crate::{
    access::Right,
    calendar::{When, parse_zone, resolve},
    channels::safe_text,
    db::{self, Tx, cards, reminders as r},
    drafts,
    error::{Error, Problems, Result},
    ids::{CardId, ContactId, ReminderId, UserId, VisitId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// Plans a reminder. Without a card it is hung on the contact's open card, if there is exactly one, so that the
/// board knows the next step.
pub fn plan(tx: &mut Tx<'_>, new: &NewReminder) -> Result<ReminderId> {
    tx.access().require(Right::Work)?;
    let contact = crate::contacts::contact(tx, new.contact)?;
    let mut problems = Problems::default();
    let title = safe_text(&new.title, 1000).replace('\n', " ");
    if title.is_empty() || title.chars().count() > 200 {
        problems.add("title", "Say what is to be done, in 1 to 200 characters.");
    }
    let zone = problems.take("timezone", parse_zone(&new.timezone));
    problems.gather(crate::workspaces::check_worker(tx, new.user, "user"))?;
    if let Some(card) = new.card {
        let theirs: Option<ContactId> =
            tx.all(db::Cards).filter(cards::id.eq(card)).select(cards::contact_id).get_result(tx.conn()).optional()?;
        if theirs != Some(contact.id) {
            problems.add("card_id", "This card is not one of this contact.");
        }
    }
    if let Some(thread) = new.thread {
        let theirs: Option<ContactId> = tx
            .all(db::Threads)
            .filter(db::threads::id.eq(thread))
            .select(db::threads::contact_id)
            .get_result(tx.conn())
            .optional()?;
        if theirs != Some(contact.id) {
            problems.add("thread_id", "This thread is not one with this contact.");
        }
    }
    if let Some(template) = new.template {
        let known =
            tx.all(db::Templates).filter(db::templates::id.eq(template)).count().get_result::<i64>(tx.conn())?;
        if known == 0 {
            problems.add("template_id", "This template isn't here (any more).");
        }
    }
    problems.check()?;
    let template = new.template.map(|id| drafts::variant_for(tx, id, contact.id)).transpose()?;
    let card = match new.card {
        Some(card) => Some(card),
        None => only_open_card(tx, contact.id)?,
    };
    let due_at = resolve(new.when.date, new.when.time, zone.unwrap_or(chrono_tz::UTC)).into();
    let made_by = tx.access().user();
    let id: ReminderId = tx
        .insert(
            db::Reminders,
            (
                r::contact_id.eq(contact.id),
                r::card_id.eq(card),
                r::thread_id.eq(new.thread),
                r::visit_id.eq(new.visit),
                r::user_id.eq(new.user),
                r::title.eq(&title),
                r::channel.eq(new.channel),
                (
                    r::due_date.eq(new.when.date),
                    r::due_time.eq(new.when.time),
                    r::timezone.eq(zone.unwrap_or(chrono_tz::UTC).name()),
                    r::due_at.eq(due_at),
                ),
                r::template_id.eq(template),
                r::draft.eq(new.draft.as_deref().map(drafts::bounded).transpose()?),
                r::step_id.eq(new.step),
                r::why.eq(&new.why),
                r::made_by.eq(made_by),
                r::created_at.eq(tx.now()),
            ),
        )
        .returning(r::id)
        .get_result(tx.conn())?;
    announce(tx, id, 1, due_at)?;
    refresh_next(tx, card)?;
    let after = serde_json::json!({"title": title, "due": model::local_text(new.when), "timezone": new.timezone, "for": new.user, "why": new.why});
    record(tx, Verb::ReminderPlanned, Change::of(id.0).about(contact.id).after(after))?;
    Ok(id)
}

fn announce(tx: &mut Tx<'_>, id: ReminderId, occurrence: i32, at: db::Instant) -> Result<()> {
    let workspace = tx.workspace();
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Notify { reminder: id, occurrence }, at)
}

fn only_open_card(tx: &mut Tx<'_>, contact: ContactId) -> Result<Option<CardId>> {
    let open: Vec<CardId> = tx
        .all(db::Cards)
        .filter(cards::contact_id.eq(contact))
        .filter(cards::state.eq("open"))
        .select(cards::id)
        .limit(2)
        .load(tx.conn())?;
    Ok(if let [one] = open[..] { Some(one) } else { None })
}

/// Puts the due time of a card's next open reminder on the card: what boards sort by.
pub(crate) fn refresh_next(tx: &mut Tx<'_>, card: Option<CardId>) -> Result<()> {
    let Some(card) = card else { return Ok(()) };
    let next: Option<db::Instant> = tx
        .all(db::Reminders)
        .filter(r::card_id.eq(card))
        .filter(r::state.eq(State::Open))
        .select(diesel::dsl::min(r::due_at))
        .get_result(tx.conn())?;
    diesel::update(tx.all(db::Cards).filter(cards::id.eq(card))).set(cards::next_at.eq(next)).execute(tx.conn())?;
    Ok(())
}

/// An open reminder, or words that say how it was closed.
pub fn open_reminder(tx: &mut Tx<'_>, id: ReminderId) -> Result<Reminder> {
    let found = reminder(tx, id)?;
    if found.state == State::Open {
        return Ok(found);
    }
    Err(Error::conflict(
        format!("This reminder was {} meanwhile.", found.state.words()),
        serde_json::json!({"id": found.id, "state": found.state}),
    ))
}

/// The same for whoever closes or changes it: on PostgreSQL somebody may be doing so at this moment, and whoever comes second
/// waits here and sees what the first did.
pub(crate) fn to_change(tx: &mut Tx<'_>, id: ReminderId) -> Result<Reminder> {
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(id))).set(r::state.eq(r::state)).execute(tx.conn())?;
    open_reminder(tx, id)
}

/// Puts a reminder off: a new occurrence, of which people are told anew.
pub fn snooze(tx: &mut Tx<'_>, id: ReminderId, to: When) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before = to_change(tx, id)?;
    let due_at: db::Instant = resolve(to.date, to.time, before.zone()).into();
    if due_at <= tx.now() {
        return Err(Error::invalid("due", "Choose a time that is still to come."));
    }
    let occurrence = before.occurrence + 1;
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(id)))
        .set((r::due_date.eq(to.date), r::due_time.eq(to.time), r::due_at.eq(due_at), r::occurrence.eq(occurrence)))
        .execute(tx.conn())?;
    announce(tx, id, occurrence, due_at)?;
    refresh_next(tx, before.card_id)?;
    let change = Change::of(id.0)
        .about(before.contact_id)
        .before(serde_json::json!({"title": before.title, "due": model::local_text(before.when())}))
        .after(serde_json::json!({"due": model::local_text(to)}));
    record(tx, Verb::ReminderSnoozed, change)
}

/// Closes a reminder as done. Which step comes next is asked by `outreach::finish`.
pub fn done(tx: &mut Tx<'_>, id: ReminderId) -> Result<Reminder> {
    close(tx, id, State::Done, None, Verb::ReminderDone)
}

/// Closes a reminder as not to be done.
pub fn skip(tx: &mut Tx<'_>, id: ReminderId) -> Result<Reminder> {
    close(tx, id, State::Skipped, None, Verb::ReminderSkipped)
}

/// Stops a reminder, saying why.
pub(crate) fn stop(tx: &mut Tx<'_>, id: ReminderId, because: &str) -> Result<Reminder> {
    close(tx, id, State::Stopped, Some(because), Verb::ReminderStopped)
}

fn close(tx: &mut Tx<'_>, id: ReminderId, state: State, because: Option<&str>, verb: Verb) -> Result<Reminder> {
    tx.access().require(Right::Work)?;
    let before = to_change(tx, id)?;
    let by = tx.access().user();
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(id)))
        .set((r::state.eq(state), r::stopped_because.eq(because), r::closed_by.eq(by), r::closed_at.eq(tx.now())))
        .execute(tx.conn())?;
    queue::cancel(&mut tx.system(), &Job::Notify { reminder: id, occurrence: before.occurrence })?;
    refresh_next(tx, before.card_id)?;
    let after = serde_json::json!({"title": before.title, "because": because});
    record(tx, verb, Change::of(id.0).about(before.contact_id).after(after))?;
    Ok(before)
}

/// Saves the words of a reminder's draft as somebody edited them; `ready` says that it was checked and may go.
pub(crate) fn save_draft(tx: &mut Tx<'_>, id: ReminderId, text: &str, ready: bool) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before = to_change(tx, id)?;
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(id)))
        .set((r::draft.eq(drafts::bounded(text)?), r::ready.eq(ready)))
        .execute(tx.conn())?;
    record(
        tx,
        Verb::ReminderEdited,
        Change::of(id.0).about(before.contact_id).after(serde_json::json!({"title": before.title, "ready": ready})),
    )
}

/// Gives a reminder to a colleague.
pub fn hand_over(tx: &mut Tx<'_>, id: ReminderId, to: UserId) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before = to_change(tx, id)?;
    crate::workspaces::check_worker(tx, to, "user")?;
    let occurrence = before.occurrence + 1;
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(id)))
        .set((r::user_id.eq(to), r::occurrence.eq(occurrence)))
        .execute(tx.conn())?;
    announce(tx, id, occurrence, before.due_at)?;
    let change = Change::of(id.0)
        .about(before.contact_id)
        .before(serde_json::json!({"title": before.title, "for": before.user_id}))
        .after(serde_json::json!({"for": to}));
    record(tx, Verb::ReminderEdited, change)
}

/// Gives a colleague what another has planned by hand for a card.
pub(crate) fn hand_over_card(tx: &mut Tx<'_>, card: CardId, from: UserId, to: UserId) -> Result<()> {
    let planned = tx.all(db::Reminders).filter(r::card_id.eq(card)).filter(r::user_id.eq(from));
    let open = planned.filter(r::state.eq(State::Open)).filter(r::step_id.is_null());
    for id in open.select(r::id).limit(200).load::<ReminderId>(tx.conn())? {
        hand_over(tx, id, to)?;
    }
    Ok(())
}

/// The open reminders of a contact or of one visit's cadence, for verbs that stop several.
fn open_ids(tx: &mut Tx<'_>, contact: ContactId, visit: Option<VisitId>, steps_only: bool) -> Result<Vec<ReminderId>> {
    let mut query = tx
        .all(db::Reminders)
        .filter(r::contact_id.eq(contact))
        .filter(r::state.eq(State::Open))
        .select(r::id)
        .into_boxed::<db::MultiBackend>();
    if let Some(visit) = visit {
        query = query.filter(r::visit_id.eq(visit));
    }
    if steps_only {
        query = query.filter(r::step_id.is_not_null());
    }
    Ok(query.order(r::due_at).limit(200).load(tx.conn())?)
}

/// Stops everything that is planned for a contact: they must not be contacted.
pub fn stop_all(tx: &mut Tx<'_>, contact: ContactId, because: &str) -> Result<usize> {
    let open = open_ids(tx, contact, None, false)?;
    for id in &open {
        stop(tx, *id, because)?;
    }
    Ok(open.len())
}
