//! The assisted send (promise 12) and the end of a follow-up: what was sent becomes a message, and the next step is
//! decided in the same breath.

use diesel::prelude::*;

use super::{Attempt, Verdict, may_reach};
use crate::{
    access::Right,
    calendar::When,
    channels::{Channel, Direction, safe_text},
    contacts::{self, Contact},
    db::{self, Tx, overrides as o},
    drafts,
    error::{Error, Result},
    ids::{ContactId, MessageId, ReminderId, TemplateId, UserId},
    pipelines::{self, Move, StageState},
    reminders::{self, NewReminder, Reminder},
    threads::{self, NewMessage},
    timeline::{Change, Verb, record},
};

/// What comes after a follow-up is finished.
#[derive(Debug, Clone)]
pub enum Next {
    /// Another one.
    Plan {
        /// What is to be done.
        title: String,
        /// When.
        when: When,
        /// On which channel.
        channel: Option<Channel>,
        /// From which template.
        template: Option<TemplateId>,
    },
    /// Nothing: done and that's all.
    Nothing,
    /// Nothing until a day on which to pick it up again: the stage's pending steps stop.
    Pause(When),
    /// The card is closed as lost.
    Lost {
        /// Why.
        reason: String,
    },
}

/// What became of a message that was copied out to be sent.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It went as drafted.
    AsIs,
    /// It went with these words.
    Edited(String),
    /// It was not sent: the reminder stays.
    NotSent,
}

/// Finishes a follow-up and does what comes next.
pub fn finish(tx: &mut Tx<'_>, id: ReminderId, next: &Next) -> Result<Reminder> {
    let finished = reminders::done(tx, id)?;
    follow(tx, &finished, next)?;
    Ok(finished)
}

fn follow(tx: &mut Tx<'_>, finished: &Reminder, next: &Next) -> Result<()> {
    let plan = |title: &str, when: When, channel, template| NewReminder {
        card: finished.card_id,
        thread: finished.thread_id,
        channel,
        template,
        why: format!("follow-up to “{}”", finished.title),
        ..NewReminder::by_hand(finished.contact_id, finished.user_id, title, when, &finished.timezone)
    };
    match next {
        Next::Nothing => Ok(()),
        Next::Plan { title, when, channel, template } => {
            reminders::plan(tx, &plan(title, *when, channel.or(finished.channel), *template)).map(drop)
        }
        Next::Pause(until) => {
            // What the stage had planned would break the pause.
            if let Some(card) = finished.card_id {
                let because = format!("paused until {}", until.date.format("%-d %b"));
                reminders::stop_steps(tx, card, &because)?;
            }
            let title = "Pick up again after the pause";
            reminders::plan(tx, &plan(title, *until, finished.channel, None)).map(drop)
        }
        Next::Lost { reason } => {
            let Some(card) = finished.card_id else {
                return Err(Error::invalid("next", "There is no card to close. Choose another answer."));
            };
            let card = pipelines::card(tx, card)?;
            let lost = pipelines::stages(tx, card.pipeline_id)?
                .into_iter()
                .find(|stage| stage.state == StageState::Lost)
                .ok_or_else(|| Error::invalid("next", "This pipeline has no lost stage. Add one in the settings."))?;
            let wanted = Move {
                card: card.id,
                to: lost.id,
                version: card.version,
                evidence: None,
                note: None,
                lost_reason: Some(reason.clone()),
            };
            pipelines::move_card(tx, &wanted).map(drop)
        }
    }
}

/// Marks a reminder's draft ready to send, in these words. A hollow one can't be (promise 7), nor one that the gate
/// refuses.
pub fn mark_ready(tx: &mut Tx<'_>, id: ReminderId, text: &str, ready: bool) -> Result<()> {
    let reminder = reminders::open_reminder(tx, id)?;
    if ready {
        let (contact, channel) = (contacts::contact(tx, reminder.contact_id)?, channel_of(tx, &reminder)?);
        let me = tx.access().person()?;
        refuse_hollow(tx, &contact, channel, me, text)?;
        let attempt = Attempt { contact: contact.id, channel, text, sender: me, at: tx.now(), answers: Some(id) };
        let verdict = may_reach(tx, attempt)?;
        if verdict.refused() {
            return Err(Error::invalid("draft", verdict.words()));
        }
    }
    reminders::save_draft(tx, id, text, ready)
}

fn refuse_hollow(tx: &mut Tx<'_>, contact: &Contact, channel: Channel, sender: UserId, text: &str) -> Result<()> {
    let hollow = hollow(tx, contact, Some(channel), sender, text)?;
    if hollow.is_empty() { Ok(()) } else { Err(Error::invalid("draft", hollow.join(" "))) }
}

/// What keeps a text from leaving, in words (promise 7): its flaws, and the marks that filling leaves where a value is
/// missing. Empty when nothing does.
pub fn hollow(
    tx: &mut Tx<'_>,
    contact: &Contact,
    channel: Option<Channel>,
    sender: UserId,
    text: &str,
) -> Result<Vec<String>> {
    let mut flaws = drafts::flaws(tx, contact, channel, Some(sender), text)?;
    if text.contains('‹') {
        flaws.push(drafts::Flaw::Placeholder("‹…›".into()));
    }
    Ok(flaws.iter().map(drafts::Flaw::words).collect())
}

/// The channel a reminder's message goes by: its own, its thread's, or the contact's.
pub(crate) fn channel_of(tx: &mut Tx<'_>, reminder: &Reminder) -> Result<Channel> {
    if let Some(channel) = reminder.channel {
        return Ok(channel);
    }
    if let Some(thread) = reminder.thread_id {
        return Ok(threads::thread(tx, thread)?.channel);
    }
    let latest = threads::threads_of_contact(tx, reminder.contact_id)?.into_iter().next();
    if let Some(thread) = latest {
        return Ok(thread.channel);
    }
    Ok(contacts::handles(tx, reminder.contact_id)?.first().map_or(Channel::Other, |handle| handle.channel))
}

/// Says what became of a copied draft. When it was sent, the gate is asked once more, the message is logged and the
/// reminder finished. A warning needs `note`, which is kept; a refusal stands.
pub fn answer_send(
    tx: &mut Tx<'_>,
    id: ReminderId,
    answer: &Answer,
    note: Option<&str>,
    next: &Next,
) -> Result<Option<MessageId>> {
    tx.access().require(Right::Work)?;
    let me = tx.access().person()?;
    let reminder = reminders::to_change(tx, id)?;
    let channel = channel_of(tx, &reminder)?;
    let contact = contacts::contact(tx, reminder.contact_id)?;
    let text = match answer {
        Answer::NotSent => return Ok(None),
        Answer::Edited(text) => drafts::bounded(text)?,
        Answer::AsIs => {
            drafts::draft_for(tx, &contact, Some(channel), Some(me), reminder.template_id, reminder.draft.as_deref())?
                .text
        }
    };
    refuse_hollow(tx, &contact, channel, me, &text)?;
    let attempt = Attempt { contact: contact.id, channel, text: &text, sender: me, at: tx.now(), answers: Some(id) };
    let verdict = may_reach(tx, attempt)?;
    override_warning(tx, contact.id, &verdict, note)?;
    let thread = match reminder.thread_id {
        Some(thread) => thread,
        None => threads::on_channel(tx, contact.id, channel)?,
    };
    let message = NewMessage { author: Some(me), ..NewMessage::now(Direction::Out, &text) };
    let logged = threads::log_message(tx, thread, &message)?;
    if let Some(template) = reminder.template_id {
        // Words that somebody wrote instead say nothing about the template.
        let filled = drafts::draft_for(tx, &contact, Some(channel), Some(me), Some(template), None)?;
        if drafts::is_written_from(&filled.text, &text) {
            drafts::note_use(tx, logged.id, template)?;
        }
    }
    finish(tx, id, next)?;
    Ok(Some(logged.id))
}

/// Lets a warning pass with a note, which is kept with its reasons. A refusal stands, and a warning without a note is
/// asked for one.
pub fn override_warning(tx: &mut Tx<'_>, contact: ContactId, verdict: &Verdict, note: Option<&str>) -> Result<()> {
    if verdict.refused() {
        return Err(Error::invalid("send", verdict.words()));
    }
    if !verdict.warned() {
        return Ok(());
    }
    let note = note.map(|note| safe_text(note, 500)).unwrap_or_default();
    if note.is_empty() {
        return Err(Error::invalid("override", format!("{} Say why it should go all the same.", verdict.words())));
    }
    let user: UserId = tx.access().person()?;
    tx.insert(
        db::Overrides,
        (
            o::contact_id.eq(contact),
            o::user_id.eq(user),
            o::reasons.eq(serde_json::to_string(&verdict.reasons)?),
            o::note.eq(&note),
            o::created_at.eq(tx.now()),
        ),
    )
    .execute(tx.conn())?;
    let after = serde_json::json!({"reasons": verdict.words(), "note": note});
    record(tx, Verb::WarningOverridden, Change::of(contact.0).about(contact).after(after))
}

/// Nobody writes to this person any more: says why, and stops everything planned.
pub fn bar(tx: &mut Tx<'_>, id: ContactId, reason: &str) -> Result<usize> {
    tx.access().require(Right::Work)?;
    let reason = safe_text(reason, 200);
    if reason.is_empty() {
        return Err(Error::invalid("reason", "Say why, for example “asked us to stop”."));
    }
    contacts::set_do_not_contact(tx, id, Some(&reason))?;
    reminders::stop_all(tx, id, "do not contact")
}

/// This person may be written to again. Managers and owners only.
pub fn unbar(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    contacts::set_do_not_contact(tx, id, None)
}
