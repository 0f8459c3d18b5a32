//! A stage's plan of reminders: made on entering, ended by a reply or by leaving, and it says which (promise 5).

use chrono::{Days, NaiveTime};
use diesel::prelude::*;

use super::{NewReminder, Reminder, State, announce, model::local_text, open_ids, plan, refresh_next, stop};
use crate::{
    calendar::{Day, When, local},
    channels::{Channel, Direction},
    db::{self, Instant, Tx, cadence_steps as s, cards, messages as m, reminders as r, threads as t, visits as v},
    error::{Error, Result},
    ids::{CardId, ContactId, ReminderId, StageId, StepId, TemplateId, UserId, VisitId},
    timeline::{Change, Verb, record},
};

/// The most steps of a card that are looked at at once; a stage has a handful.
const MOST_STEPS: i64 = 200;
/// How the reason begins why a step was stopped that a reply stopped.
const REPLIED: &str = "replied on";

/// A card's arrival in a stage.
#[derive(Debug, Clone, Copy)]
pub struct Entered<'a> {
    /// Whose card.
    pub contact: ContactId,
    /// Which card.
    pub card: CardId,
    /// The stay that begins.
    pub visit: VisitId,
    /// Where.
    pub stage: StageId,
    /// What the stage is called.
    pub stage_name: &'a str,
    /// Who will owe the reminders.
    pub user: UserId,
}

type Step = (StepId, i32, NaiveTime, Option<Channel>, Option<TemplateId>, String);

/// Plans the reminders of the stage's cadence, moved to working hours. Nothing for somebody who must not be contacted.
pub fn plan_cadence(tx: &mut Tx<'_>, entered: Entered<'_>) -> Result<usize> {
    let contact = crate::contacts::contact(tx, entered.contact)?;
    if contact.do_not_contact.is_some() {
        return Ok(0);
    }
    let steps: Vec<Step> = tx
        .all(db::CadenceSteps)
        .filter(s::stage_id.eq(entered.stage))
        .order((s::delay_days, s::at_time, s::id))
        .limit(20)
        .select((s::id, s::delay_days, s::at_time, s::channel, s::template_id, s::title))
        .load(tx.conn())?;
    if steps.is_empty() {
        return Ok(0);
    }
    let person = crate::workspaces::member(tx, entered.user)?.user;
    let hours = crate::workspaces::workspace(tx)?.working_hours();
    let here = local(tx.now().utc(), person.zone());
    for (number, (step, delay, time, channel, template, title)) in steps.iter().enumerate() {
        let date = here.date() + Days::new(u64::try_from(*delay).unwrap_or(0));
        let (date, time) = if *delay == 0 && here.time() >= *time {
            // Due at once: entering after the hour must not make it late.
            hours.next_open(date, here.time())
        } else {
            hours.next_open(hours.working_day(date), *time)
        };
        let mut new = NewReminder::by_hand(entered.contact, entered.user, title, When { date, time }, &person.timezone);
        new.card = Some(entered.card);
        new.visit = Some(entered.visit);
        new.step = Some(*step);
        new.channel = *channel;
        new.template = *template;
        new.why = format!("cadence of “{}”, step {} of {}", entered.stage_name, number + 1, steps.len());
        plan(tx, &new)?;
    }
    Ok(steps.len())
}

/// Stops the pending steps of a stay, because of `because`.
pub fn stop_cadence(tx: &mut Tx<'_>, contact: ContactId, visit: VisitId, because: &str) -> Result<usize> {
    let pending = open_ids(tx, contact, Some(visit), true)?;
    for id in &pending {
        stop(tx, *id, because)?;
    }
    Ok(pending.len())
}

/// Stops the pending steps of a contact that `user` was to do, because of `because`.
pub(crate) fn stop_steps_of(tx: &mut Tx<'_>, contact: ContactId, user: UserId, because: &str) -> Result<()> {
    let pending = open_ids(tx, contact, None, true)?;
    let theirs = tx.all(db::Reminders).filter(r::id.eq_any(pending)).filter(r::user_id.eq(user)).select(r::id);
    for id in theirs.load(tx.conn())? {
        stop(tx, id, because)?;
    }
    Ok(())
}

/// Stops all pending steps of a contact who has written on `channel` at `at`; says so with the date in the zone
/// of whoever logged it, and answers which. Automatic replies must not come here.
pub fn stop_on_reply(tx: &mut Tx<'_>, contact: ContactId, channel: Channel, at: Instant) -> Result<Vec<ReminderId>> {
    let pending = open_ids(tx, contact, None, true)?;
    if pending.is_empty() {
        return Ok(pending);
    }
    let zone = crate::workspaces::workspace(tx)?.zone();
    let date = Day::of(at.utc(), zone).date();
    let because = format!("{REPLIED} {}, {}", channel.label(), date.format("%-d %b"));
    for id in &pending {
        stop(tx, *id, &because)?;
    }
    Ok(pending)
}

/// Whether a stopped step goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// It is open again.
    Yes,
    /// Another reply, of this contact since this instant, keeps it stopped.
    Answered(ContactId, Instant),
    /// It is over for another reason: the stay has ended, they must not be contacted, it is gone.
    Over,
}

/// Takes up a step again whose reason to stop was taken back since, unless the stay is over or they have written; the
/// threads have been worked out again before.
pub(crate) fn resume(tx: &mut Tx<'_>, id: ReminderId) -> Result<Resumed> {
    let found = match super::reminder(tx, id) {
        Err(Error::NotFound) => return Ok(Resumed::Over),
        other => other?,
    };
    let (State::Stopped, Some(visit), Some(card)) = (found.state, found.visit_id, found.card_id) else {
        return Ok(Resumed::Over);
    };
    let stay = tx.all(db::Visits).filter(v::id.eq(visit)).filter(v::left_at.is_null());
    let lasts = stay.count().get_result::<i64>(tx.conn())? > 0;
    let open = tx.all(db::Cards).filter(cards::id.eq(card)).filter(cards::state.eq("open")).select(cards::owner_id);
    let Some(owner) = open.get_result::<Option<UserId>>(tx.conn()).optional()? else { return Ok(Resumed::Over) };
    let silent = crate::contacts::contact(tx, found.contact_id)?.do_not_contact.is_some();
    if !lasts || silent {
        return Ok(Resumed::Over);
    }
    let replies = tx
        .all(db::Threads)
        .filter(t::contact_id.eq(found.contact_id))
        .filter(t::kind.ne("sponsored"))
        .filter(t::last_in_at.ge(found.created_at));
    if replies.count().get_result::<i64>(tx.conn())? > 0 {
        return Ok(Resumed::Answered(found.contact_id, found.created_at));
    }
    reopen(tx, &found, owner, Some(visit))?;
    refresh_next(tx, found.card_id)?;
    Ok(Resumed::Yes)
}

/// Takes up the steps of a contact that a reply had stopped which was removed, unless another was given; how many.
pub(crate) fn resume_unanswered(tx: &mut Tx<'_>, contact: ContactId) -> Result<usize> {
    let stopped = tx.all(db::Reminders).filter(r::contact_id.eq(contact)).filter(r::state.eq(State::Stopped));
    let stopped: Vec<(ReminderId, Option<Instant>)> = stopped
        .filter(r::step_id.is_not_null())
        .filter(r::stopped_because.like(format!("{REPLIED} %")))
        .order(r::id.desc())
        .select((r::id, r::closed_at))
        .limit(MOST_STEPS)
        .load(tx.conn())?;
    let mut resumed = 0;
    for (id, at) in stopped {
        // It may have been given before the step was planned: then only its own time tells that it is here.
        let theirs = tx.all(db::Messages).filter(m::contact_id.eq(contact)).filter(m::direction.eq(Direction::In));
        let is_here = theirs.filter(m::automatic.eq(false)).filter(m::created_at.nullable().eq(at));
        if diesel::select(diesel::dsl::exists(is_here)).get_result(tx.conn())? {
            continue;
        }
        resumed += usize::from(resume(tx, id)? == Resumed::Yes);
    }
    Ok(resumed)
}

/// Stops the pending steps of a card, whichever stay planned them.
pub(crate) fn stop_steps(tx: &mut Tx<'_>, card: CardId, because: &str) -> Result<()> {
    let pending: Vec<ReminderId> = tx
        .all(db::Reminders)
        .filter(r::card_id.eq(card))
        .filter(r::state.eq(State::Open))
        .filter(r::step_id.is_not_null())
        .select(r::id)
        .limit(MOST_STEPS)
        .load(tx.conn())?;
    for id in pending {
        stop(tx, id, because)?;
    }
    Ok(())
}

/// Takes up what was stopped for a card at this instant, in the stay that it goes on in, if that is another. Nothing of
/// somebody who must not be contacted; no step of somebody who has written since.
pub(crate) fn revive(tx: &mut Tx<'_>, card: CardId, at: Instant, stay: Option<VisitId>) -> Result<()> {
    let stopped = tx.all(db::Reminders).filter(r::card_id.eq(card)).filter(r::state.eq(State::Stopped));
    let stopped: Vec<ReminderId> =
        stopped.filter(r::closed_at.eq(at)).select(r::id).limit(MOST_STEPS).load(tx.conn())?;
    let owner: Option<UserId> =
        tx.all(db::Cards).filter(cards::id.eq(card)).select(cards::owner_id).get_result(tx.conn())?;
    for id in stopped {
        if stay.is_some() {
            diesel::update(tx.all(db::Reminders).filter(r::id.eq(id))).set(r::visit_id.eq(stay)).execute(tx.conn())?;
        }
        take_up(tx, id, owner)?;
    }
    refresh_next(tx, Some(card))
}

/// The same for everything of a contact: that they must not be contacted was taken back.
pub(crate) fn revive_all(tx: &mut Tx<'_>, contact: ContactId, at: Instant) -> Result<()> {
    let stopped = tx.all(db::Reminders).filter(r::contact_id.eq(contact)).filter(r::state.eq(State::Stopped));
    let stopped: Vec<ReminderId> =
        stopped.filter(r::closed_at.eq(at)).select(r::id).limit(MOST_STEPS).load(tx.conn())?;
    for id in stopped {
        let card = super::reminder(tx, id)?.card_id;
        let owner = match card {
            Some(card) => tx.all(db::Cards).filter(cards::id.eq(card)).select(cards::owner_id).get_result(tx.conn())?,
            None => None,
        };
        take_up(tx, id, owner)?;
        refresh_next(tx, card)?;
    }
    Ok(())
}

fn take_up(tx: &mut Tx<'_>, id: ReminderId, owner: Option<UserId>) -> Result<()> {
    let found = super::reminder(tx, id)?;
    if found.step_id.is_some() {
        return resume(tx, id).map(drop);
    }
    if crate::contacts::contact(tx, found.contact_id)?.do_not_contact.is_some() {
        return Ok(());
    }
    reopen(tx, &found, owner, found.visit_id)
}

/// Opens a stopped reminder again. Whoever owed it may have left since: then the card's owner owes it, or whoever opens it.
fn reopen(tx: &mut Tx<'_>, stopped: &Reminder, owner: Option<UserId>, visit: Option<VisitId>) -> Result<()> {
    let stays = crate::workspaces::is_member(tx, stopped.user_id)?;
    let owes = if stays { Some(stopped.user_id) } else { owner.or(tx.access().user()) };
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(stopped.id)))
        .set((
            r::state.eq(State::Open),
            r::stopped_because.eq(None::<String>),
            r::closed_at.eq(None::<Instant>),
            r::closed_by.eq(None::<UserId>),
            r::user_id.eq(owes.unwrap_or(stopped.user_id)),
            r::visit_id.eq(visit),
        ))
        .execute(tx.conn())?;
    let after = serde_json::json!({"title": stopped.title, "due": local_text(stopped.when())});
    let before = serde_json::json!({"because": stopped.stopped_because});
    record(tx, Verb::ReminderResumed, Change::of(stopped.id.0).about(stopped.contact_id).before(before).after(after))?;
    announce(tx, stopped.id, stopped.occurrence, stopped.due_at)
}
