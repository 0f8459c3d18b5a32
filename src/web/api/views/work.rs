//! Conversations, follow-ups, templates, imports and what somebody owes today, as JSON.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    attachments,
    calendar::{Day, NextStep},
    channels::{Channel, Direction, Reaction},
    contacts::{self, Kind, Turn},
    db::Instant,
    drafts,
    ids::{AttachmentId, CardId, ContactId, ImportId, MessageId, ReminderId, StageId, TemplateId, ThreadId, UserId},
    imports, reminders, threads,
};

/// A conversation with one contact on one channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Thread {
    /// The thread.
    pub id: ThreadId,
    /// With whom.
    pub contact_id: ContactId,
    /// Where.
    pub channel: Channel,
    /// The platform's id of it.
    pub external_id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// direct, group or sponsored.
    pub kind: threads::ThreadKind,
    /// open, snoozed or closed.
    pub status: threads::Status,
    /// When it comes back, while it is snoozed.
    pub snoozed_until: Option<Instant>,
    /// The colleague who looks after it.
    pub assignee_id: Option<UserId>,
    /// Whose move it is in this thread.
    pub turn: Turn,
    /// When its last message was sent.
    pub last_message_at: Instant,
    /// When they last wrote.
    pub last_in_at: Option<Instant>,
    /// When we last wrote.
    pub last_out_at: Option<Instant>,
    /// Its last words, at most 280 characters.
    pub last_words: Option<String>,
    /// When it came here.
    pub created_at: Instant,
}

impl From<threads::Thread> for Thread {
    fn from(row: threads::Thread) -> Self {
        Self {
            id: row.id,
            contact_id: row.contact_id,
            channel: row.channel,
            url: row.address(),
            external_id: row.external_id,
            title: row.title,
            kind: row.kind,
            status: row.status,
            snoozed_until: row.snoozed_until,
            assignee_id: row.assignee_id,
            turn: row.turn,
            last_message_at: row.last_message_at,
            last_in_at: row.last_in_at,
            last_out_at: row.last_out_at,
            last_words: row.last_words,
            created_at: row.created_at,
        }
    }
}

/// A message of a thread.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// With whom.
    pub contact_id: ContactId,
    /// in for theirs, out for ours.
    pub direction: Direction,
    /// The colleague who wrote it, if one did.
    pub author_id: Option<UserId>,
    /// The name of whoever wrote it.
    pub author: String,
    /// What was said; plain text.
    pub body: String,
    /// The platform's id of it.
    pub external_id: Option<String>,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// Whether somebody else of a group wrote it, not the contact.
    pub aside: bool,
    /// When.
    pub sent_at: Instant,
    /// What was sent with it.
    pub attachments: Vec<Attachment>,
    /// Who answered it with a sign instead of words.
    pub reactions: Vec<Reaction>,
}

/// What was sent with a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attachment {
    /// The attachment.
    pub id: AttachmentId,
    /// Its name, as it was sent.
    pub name: String,
    /// What it is by its bytes, such as image/jpeg; none when the archive didn't hold it.
    pub media_type: Option<&'static str>,
    /// How many bytes.
    pub size: Option<i64>,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: Option<String>,
}

impl From<attachments::Attachment> for Attachment {
    fn from(sent: attachments::Attachment) -> Self {
        let (id, name) = (sent.id, sent.name);
        match sent.file {
            Some(file) => {
                let media_type = Some(file.media.as_str());
                Self { id, name, media_type, size: Some(file.size), sha256: Some(file.hash) }
            }
            None => Self { id, name, media_type: None, size: None, sha256: None },
        }
    }
}

impl Message {
    /// A message with what was sent with it.
    pub fn with(row: threads::Message, sent: Vec<attachments::Attachment>) -> Self {
        Self {
            reactions: row.reactions(),
            attachments: sent.into_iter().map(Attachment::from).collect(),
            id: row.id,
            thread_id: row.thread_id,
            contact_id: row.contact_id,
            direction: row.direction,
            author_id: row.author_id,
            author: row.author_name,
            body: row.body,
            external_id: row.external_id,
            automatic: row.automatic,
            aside: row.aside,
            sent_at: row.sent_at,
        }
    }
}

/// A message that was logged, with what followed from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoggedMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// How many pending reminders it stopped.
    pub stopped_reminders: usize,
}

/// A follow-up somebody owes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reminder {
    /// The reminder.
    pub id: ReminderId,
    /// To whom.
    pub contact_id: ContactId,
    /// On which card.
    pub card_id: Option<CardId>,
    /// In which conversation.
    pub thread_id: Option<ThreadId>,
    /// Who owes it.
    pub user_id: UserId,
    /// What is to be done.
    pub title: String,
    /// On which channel.
    pub channel: Option<Channel>,
    /// Local date and time.
    #[schema(example = "2026-11-25T09:00")]
    pub due: String,
    /// IANA zone of that date and time.
    pub timezone: String,
    /// The instant they mean.
    pub due_at: Instant,
    /// overdue, today or later, in the zone of the token's owner; none once it is closed.
    #[schema(value_type = Option<String>, example = "later")]
    pub next_step: Option<&'static str>,
    /// open, done, skipped or stopped.
    pub state: reminders::State,
    /// Why it was stopped.
    pub stopped_because: Option<String>,
    /// What its draft is filled from.
    pub template_id: Option<TemplateId>,
    /// Its draft as somebody wrote it; none while it is filled from the template.
    pub draft: Option<String>,
    /// Which rule or person made it.
    pub why: String,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// When it was planned.
    pub created_at: Instant,
}

impl Reminder {
    /// A reminder as seen on a day.
    pub fn of(row: reminders::Reminder, day: &Day) -> Self {
        let open = row.state == reminders::State::Open;
        Self {
            due: row.due_date.and_time(row.due_time).format("%Y-%m-%dT%H:%M").to_string(),
            next_step: open.then(|| day.next_step(Some(row.due_at.utc())).key()),
            id: row.id,
            contact_id: row.contact_id,
            card_id: row.card_id,
            thread_id: row.thread_id,
            user_id: row.user_id,
            title: row.title,
            channel: row.channel,
            timezone: row.timezone,
            due_at: row.due_at,
            state: row.state,
            stopped_because: row.stopped_because,
            template_id: row.template_id,
            draft: row.draft,
            why: row.why,
            closed_at: row.closed_at,
            created_at: row.created_at,
        }
    }
}

/// A text with variables.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Template {
    /// The template.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The channel it is written for; any when none.
    pub channel: Option<Channel>,
    /// The text.
    pub body: String,
    /// Whether everybody uses it.
    pub shared: bool,
    /// How many messages were written from it in the last 180 days, its variants included.
    pub sent: i64,
    /// How many of those were answered before the next message from a template.
    pub answered: i64,
    /// When it was last saved.
    pub updated_at: Instant,
}

impl From<drafts::Template> for Template {
    fn from(row: drafts::Template) -> Self {
        Self {
            id: row.id,
            name: row.name,
            channel: row.channel,
            body: row.body,
            shared: row.owner_id.is_none(),
            sent: 0,
            answered: 0,
            updated_at: row.updated_at,
        }
    }
}

/// An import of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Import {
    /// The import.
    pub id: ImportId,
    /// What kind of file it was.
    #[schema(example = "linkedin")]
    pub kind: String,
    /// The file's own name.
    pub file_name: String,
    /// How it stands.
    // Inline, because reminders have a schema called State.
    #[schema(inline)]
    pub state: imports::State,
    /// Rows in the file, then rows to be brought in.
    pub rows_total: i64,
    /// How many of them are done.
    pub rows_done: i64,
    /// What was counted: people by verdict, messages, what was left out.
    #[schema(value_type = Object)]
    pub counts: serde_json::Value,
    /// What went wrong with the file as a whole.
    pub problem: Option<String>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was done.
    pub finished_at: Option<Instant>,
}

impl From<imports::Import> for Import {
    fn from(row: imports::Import) -> Self {
        Self {
            counts: row.counts(),
            id: row.id,
            kind: row.kind,
            file_name: row.file_name,
            state: row.state,
            rows_total: row.rows_total,
            rows_done: row.rows_done,
            problem: row.problem,
            created_at: row.created_at,
            finished_at: row.finished_at,
        }
    }
}

/// A contact, in as few words as a list needs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// The contact.
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// lead, influencer or ambassador.
    pub kind: Kind,
    /// Where they work.
    pub company: Option<String>,
}

impl From<&contacts::Contact> for Person {
    fn from(row: &contacts::Contact) -> Self {
        Self { id: row.id, name: row.name.clone(), kind: row.kind, company: row.company.clone() }
    }
}

/// A reminder with the person it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwedReminder {
    /// The reminder.
    #[serde(flatten)]
    pub reminder: Reminder,
    /// To whom.
    pub contact: Person,
}

/// An open card without any next step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unplanned {
    /// The card.
    pub id: CardId,
    /// Where it is.
    pub stage_id: StageId,
    /// Whose it is.
    pub contact: Person,
}

/// Somebody who wrote last and waits for an answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reply {
    /// The contact.
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// lead, influencer or ambassador.
    pub kind: Kind,
    /// The open conversation that asks for it.
    pub thread_id: ThreadId,
    /// Their last words, at most 280 characters.
    pub last_words: Option<String>,
    /// When they wrote them.
    pub last_in_at: Option<Instant>,
}

/// Everything the token's owner owes on their day, in the order in which it asks for them. Each part is
/// capped, and so are the counts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Today {
    /// Their local date.
    pub date: NaiveDate,
    /// Their IANA zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// How many reminders are overdue or due today, counted up to 1,000.
    pub due_count: i64,
    /// How many open cards of theirs have no next step, counted up to 1,000.
    pub none_planned_count: i64,
    /// How many people wait for an answer of theirs, counted up to 200.
    pub replies_count: i64,
    /// Reminders due on an earlier date.
    pub overdue: Vec<OwedReminder>,
    /// Reminders due today.
    pub today: Vec<OwedReminder>,
    /// Open cards without any next step.
    pub none_planned: Vec<Unplanned>,
    /// The next reminders after today.
    pub later: Vec<OwedReminder>,
    /// People who wrote last.
    pub replies: Vec<Reply>,
}

impl Today {
    /// What is owed, as seen on a day.
    pub fn of(owed: reminders::Owed, day: &Day) -> Self {
        let entry = |entry: reminders::Entry| OwedReminder {
            contact: Person::from(&entry.contact),
            reminder: Reminder::of(entry.reminder, day),
        };
        let (overdue, today): (Vec<_>, Vec<_>) =
            owed.due.into_iter().partition(|entry| matches!(entry.next, NextStep::Overdue { .. }));
        let unplanned = |(contact, id, stage_id): (contacts::Contact, CardId, StageId)| Unplanned {
            id,
            stage_id,
            contact: Person::from(&contact),
        };
        let reply = |reminders::Unanswered { contact: row, thread }: reminders::Unanswered| Reply {
            id: row.id,
            name: row.name,
            kind: row.kind,
            thread_id: thread,
            last_words: row.last_words,
            last_in_at: row.last_in_at,
        };
        Self {
            date: day.date(),
            timezone: day.zone().name().to_owned(),
            due_count: owed.due_count,
            none_planned_count: owed.unplanned_count,
            replies_count: owed.replies_count,
            overdue: overdue.into_iter().map(entry).collect(),
            today: today.into_iter().map(entry).collect(),
            none_planned: owed.unplanned.into_iter().map(unplanned).collect(),
            later: owed.later.into_iter().map(entry).collect(),
            replies: owed.replies.into_iter().map(reply).collect(),
        }
    }
}
