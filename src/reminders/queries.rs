//! Reminders as stored, and lists of them.

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::State;
use crate::{
    calendar::{When, parse_zone},
    channels::Channel,
    db::{self, Instant, MultiBackend, Page, PageRequest, Tx, reminders as r},
    error::Result,
    ids::{CardId, ContactId, ReminderId, StepId, TemplateId, ThreadId, UserId, VisitId},
};

/// A follow-up somebody owes, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = r)]
pub struct Reminder {
    /// The reminder.
    pub id: ReminderId,
    /// To whom.
    pub contact_id: ContactId,
    /// On which card.
    pub card_id: Option<CardId>,
    /// In which conversation.
    pub thread_id: Option<ThreadId>,
    /// The stay in a stage whose cadence planned it.
    pub visit_id: Option<VisitId>,
    /// Who owes it.
    pub user_id: UserId,
    /// What is to be done.
    pub title: String,
    /// On which channel.
    pub channel: Option<Channel>,
    /// Local date.
    pub due_date: NaiveDate,
    /// Local time.
    pub due_time: NaiveTime,
    /// IANA zone of the two.
    pub timezone: String,
    /// The instant they mean.
    pub due_at: Instant,
    /// How often it was put off, plus one.
    pub occurrence: i32,
    /// How it stands.
    pub state: State,
    /// Why it was stopped.
    pub stopped_because: Option<String>,
    /// What its draft is filled from.
    pub template_id: Option<TemplateId>,
    /// Its draft as somebody wrote it; none while it is filled from the template.
    pub draft: Option<String>,
    /// Whether somebody marked the draft ready to send.
    pub ready: bool,
    /// The cadence step that planned it.
    pub step_id: Option<StepId>,
    /// Which rule or person made it.
    pub why: String,
    /// Who made it; none for a rule.
    pub made_by: Option<UserId>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// When it was planned.
    pub created_at: Instant,
}

impl Reminder {
    /// Its zone; UTC if the stored name is no longer known.
    pub fn zone(&self) -> chrono_tz::Tz {
        parse_zone(&self.timezone).unwrap_or(chrono_tz::UTC)
    }

    /// Its local date and time.
    pub fn when(&self) -> When {
        When { date: self.due_date, time: self.due_time }
    }
}

/// One reminder.
pub fn reminder(tx: &mut Tx<'_>, id: ReminderId) -> Result<Reminder> {
    Ok(tx.all(db::Reminders).filter(r::id.eq(id)).select(Reminder::as_select()).get_result(tx.conn())?)
}

/// A contact's reminders: open ones by due time, then closed ones, newest first; at most 50 of each.
pub fn of_contact(tx: &mut Tx<'_>, contact: ContactId) -> Result<(Vec<Reminder>, Vec<Reminder>)> {
    let theirs = |tx: &Tx<'_>| tx.all(db::Reminders).filter(r::contact_id.eq(contact)).select(Reminder::as_select());
    let open = theirs(tx).filter(r::state.eq(State::Open)).order((r::due_at, r::id)).limit(50).load(tx.conn())?;
    let closed = theirs(tx)
        .filter(r::state.ne(State::Open))
        .order((r::closed_at.desc(), r::id.desc()))
        .limit(50)
        .load(tx.conn())?;
    Ok((open, closed))
}

/// A card's open reminders by due time, at most 50.
pub fn open_of_card(tx: &mut Tx<'_>, card: CardId) -> Result<Vec<Reminder>> {
    Ok(tx
        .all(db::Reminders)
        .filter(r::card_id.eq(card))
        .filter(r::state.eq(State::Open))
        .order((r::due_at, r::id))
        .limit(50)
        .select(Reminder::as_select())
        .load(tx.conn())?)
}

/// Which reminders a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Of one colleague.
    pub user: Option<UserId>,
    /// To one contact.
    pub contact: Option<ContactId>,
    /// In one state; open when none is named.
    pub state: Option<State>,
}

/// A page of reminders by due time.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, request: &PageRequest) -> Result<Page<Reminder>> {
    let mut query = tx
        .all(db::Reminders)
        .filter(r::state.eq(filter.state.unwrap_or(State::Open)))
        .select(Reminder::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(user) = filter.user {
        query = query.filter(r::user_id.eq(user));
    }
    if let Some(contact) = filter.contact {
        query = query.filter(r::contact_id.eq(contact));
    }
    if let Some((at, id)) = request.key::<(Instant, ReminderId)>()? {
        query = query.filter(r::due_at.ge(at)).filter(r::due_at.gt(at).or(r::id.gt(id)));
    }
    let rows = query.order((r::due_at, r::id)).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |reminder: &Reminder| (reminder.due_at, reminder.id)))
}
