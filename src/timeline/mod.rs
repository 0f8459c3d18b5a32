//! What happened: every change is recorded here in the transaction that makes it, and never edited.
//!
//! The contact's timeline and the audit log read the same rows. Messages and notes are told beside them by `story`.

mod story;

use diesel::prelude::*;
use serde::Serialize;
use serde_json::Value;

pub use story::{Moment, Told, story};

use crate::{
    access::Origin,
    db::{self, Instant, Page, PageRequest, Tx},
    error::Result,
    ids::{ContactId, EventId, UserId},
};

crate::db::text_enum! {
    /// What was done.
    pub enum Verb {
        ContactCreated = "contact.created", ContactEdited = "contact.edited", ContactImported = "contact.imported",
        ContactTagged = "contact.tagged", ContactMerged = "contact.merged", ContactParted = "contact.parted",
        ContactErased = "contact.erased", HandleAdded = "handle.added", HandleRemoved = "handle.removed",
        HandleEdited = "handle.edited",
        NotSame = "contact.not_same", NoteWritten = "note.written",
        NoteCorrected = "note.corrected", NoteRemoved = "note.removed",
        CardOpened = "card.opened", CardMoved = "card.moved", CardMoveUndone = "card.move_undone", CardEdited = "card.edited",
        CardRemoved = "card.removed",
        ThreadStarted = "thread.started", ThreadClosed = "thread.closed", ThreadReopened = "thread.reopened",
        ThreadSnoozed = "thread.snoozed", ThreadWoken = "thread.woken", ThreadAssigned = "thread.assigned",
        ThreadEdited = "thread.edited", MessageLogged = "message.logged", MessageRemoved = "message.removed",
        FileAttached = "file.attached", FileRemoved = "file.removed",
        ReminderPlanned = "reminder.planned", ReminderDone = "reminder.done", ReminderSnoozed = "reminder.snoozed",
        ReminderSkipped = "reminder.skipped", ReminderStopped = "reminder.stopped", ReminderEdited = "reminder.edited",
        ReminderResumed = "reminder.resumed",
        WarningOverridden = "gate.overridden",
        TemplateSaved = "template.saved", TemplateRemoved = "template.removed",
        PipelineSaved = "pipeline.saved", StageSaved = "stage.saved", StageRemoved = "stage.removed", StepSaved = "step.saved",
        ImportStarted = "import.started", ImportBrokenOff = "import.broken_off", ImportApplied = "import.applied", ImportTakenBack = "import.taken_back", ImportUndone = "import.undone",
        WorkspaceSaved = "workspace.saved", MemberInvited = "member.invited", InvitationWithdrawn = "invitation.withdrawn", MemberChanged = "member.changed",
        MemberLeft = "member.left", WorkHandedOver = "member.handed_over", TokenIssued = "token.issued", TokenRevoked = "token.revoked",
        MailResent = "mail.resent", SendingReleased = "mail.released", DemoRemoved = "demo.removed"
    }
}

/// A change about to be recorded.
#[derive(Debug, Default)]
pub struct Change {
    noun: Option<i64>,
    contact: Option<ContactId>,
    before: Option<Value>,
    after: Option<Value>,
}

impl Change {
    /// A change of the thing with this id.
    pub fn of(noun: i64) -> Self {
        Self { noun: Some(noun), ..Self::default() }
    }

    /// Tells it on this contact's timeline.
    pub fn about(self, contact: ContactId) -> Self {
        Self { contact: Some(contact), ..self }
    }

    /// What it was before.
    pub fn before(self, value: impl Serialize) -> Self {
        Self { before: serde_json::to_value(value).ok(), ..self }
    }

    /// What it is now.
    pub fn after(self, value: impl Serialize) -> Self {
        Self { after: serde_json::to_value(value).ok(), ..self }
    }
}

/// Records a change, in the transaction that makes it.
pub fn record(tx: &mut Tx<'_>, verb: Verb, change: Change) -> Result<()> {
    let access = tx.access();
    tx.insert(
        db::Events,
        (
            db::events::at.eq(tx.now()),
            db::events::actor_id.eq(access.user()),
            db::events::origin.eq(access.origin()),
            db::events::verb.eq(verb),
            db::events::noun_id.eq(change.noun),
            db::events::contact_id.eq(change.contact),
            db::events::before.eq(change.before.map(|value| value.to_string())),
            db::events::after.eq(change.after.map(|value| value.to_string())),
        ),
    )
    .execute(tx.conn())?;
    Ok(())
}

/// Something that happened, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = db::events)]
pub struct Event {
    /// The event.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// Who; none when Rapport itself did it.
    pub actor_id: Option<UserId>,
    /// By which way in.
    pub origin: Origin,
    /// What was done.
    pub verb: Verb,
    /// To which thing.
    pub noun_id: Option<i64>,
    /// On whose timeline.
    pub contact_id: Option<ContactId>,
    before: Option<String>,
    after: Option<String>,
}

impl Event {
    /// What it was before; null when it wasn't there.
    pub fn before(&self) -> Value {
        parse(self.before.as_deref())
    }

    /// What it is after; null when it is gone.
    pub fn after(&self) -> Value {
        parse(self.after.as_deref())
    }
}

fn parse(text: Option<&str>) -> Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The audit log, newest first.
pub fn audit(tx: &mut Tx<'_>, request: &PageRequest, contact: Option<ContactId>) -> Result<Page<Event>> {
    tx.access().require(crate::access::Right::Arrange)?;
    let mut query = tx.all(db::Events).select(Event::as_select()).into_boxed::<db::MultiBackend>();
    if let Some(contact) = contact {
        query = query.filter(db::events::contact_id.eq(contact));
    }
    if let Some(before) = request.key::<i64>()? {
        query = query.filter(db::events::id.lt(before));
    }
    let rows = query.order(db::events::id.desc()).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |event: &Event| event.id.0))
}

/// The newest event's id, which changes whenever anything in the workspace does: what live pages watch.
pub fn pulse(tx: &mut Tx<'_>) -> Result<i64> {
    let newest: Option<i64> = tx.all(db::Events).select(diesel::dsl::max(db::events::id)).get_result(tx.conn())?;
    Ok(newest.unwrap_or(0))
}
