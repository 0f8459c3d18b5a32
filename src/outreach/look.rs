//! Gathers what the gate looks at.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::gate::{Looked, Sent, Verdict, judge};
use crate::{
    calendar::{Day, local, parse_zone},
    channels::{Channel, Direction},
    contacts,
    db::{self, Instant, Tx, messages as m, reminders as r},
    error::Result,
    ids::{ContactId, ReminderId, UserId},
    workspaces,
};

/// Something that would reach a contact.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// Whom.
    pub contact: ContactId,
    /// Where.
    pub channel: Channel,
    /// With which words.
    pub text: &'a str,
    /// Who would write.
    pub sender: UserId,
    /// When.
    pub at: Instant,
    /// The reminder that it would finish: that it is planned speaks against nobody.
    pub answers: Option<ReminderId>,
}

/// Asks the gate.
pub fn may_reach(tx: &mut Tx<'_>, attempt: Attempt<'_>) -> Result<Verdict> {
    let contact = contacts::contact(tx, attempt.contact)?;
    let names = workspaces::names(tx)?;
    let since = attempt.at.plus(-TimeDelta::days(180));
    let rows: Vec<(String, Instant, Option<UserId>)> = tx
        .all(db::Messages)
        .filter(m::contact_id.eq(contact.id))
        .filter(m::direction.eq(Direction::Out))
        .filter(m::sent_at.ge(since))
        .filter(m::sent_at.le(attempt.at))
        .order((m::sent_at.desc(), m::id.desc()))
        .limit(60)
        .select((m::body, m::sent_at, m::author_id))
        .load(tx.conn())?;
    let sent: Vec<Sent> = rows
        .into_iter()
        .map(|(body, at, author)| Sent {
            body,
            at: at.utc(),
            by_colleague: author.filter(|id| *id != attempt.sender).map(|id| names.of(Some(id)).to_owned()),
        })
        .collect();
    let unanswered = sent.iter().filter(|sent| contact.last_in_at.is_none_or(|last| sent.at > last.utc())).count();
    // The reminder at hand is what is being done.
    let at_hand = attempt.answers.unwrap_or(ReminderId(0));
    let planned: Option<UserId> = tx
        .all(db::Reminders)
        .filter(r::id.ne(at_hand))
        .filter(r::contact_id.eq(contact.id))
        .filter(r::state.eq(crate::reminders::State::Open))
        .filter(r::user_id.ne(attempt.sender))
        .filter(r::due_at.le(attempt.at.plus(TimeDelta::days(1))))
        .filter(r::channel.is_not_null())
        .select(r::user_id)
        .first(tx.conn())
        .optional()?;
    let zone = contact.timezone.as_deref().and_then(|zone| parse_zone(zone).ok());
    let sender = workspaces::member(tx, attempt.sender)?.user;
    Ok(judge(&Looked {
        contact: &contact.name,
        do_not_contact: contact.do_not_contact.as_deref(),
        preferred: contact.preferred_channel,
        channel: attempt.channel,
        text: attempt.text,
        sent: &sent,
        unanswered,
        colleague_planned: planned.map(|id| names.of(Some(id))),
        their_time: zone.map(|zone| local(attempt.at.utc(), zone)),
        day: Day::of(attempt.at.utc(), sender.zone()),
    }))
}
