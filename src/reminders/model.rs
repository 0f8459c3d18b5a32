//! What a reminder is made of.

use crate::{
    calendar::When,
    channels::Channel,
    ids::{CardId, ContactId, StepId, TemplateId, ThreadId, UserId, VisitId},
};

crate::db::text_enum! {
    /// How a reminder stands.
    pub enum State { Open = "open", Done = "done", Skipped = "skipped", Stopped = "stopped" }
}

impl State {
    /// For people, as in “was done”.
    pub fn words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
        }
    }
}

/// A reminder to be planned.
#[derive(Debug, Clone)]
pub struct NewReminder {
    /// To whom.
    pub contact: ContactId,
    /// On which card; found by itself when there is one open.
    pub card: Option<CardId>,
    /// In which conversation.
    pub thread: Option<ThreadId>,
    /// The stay in a stage whose cadence planned it.
    pub visit: Option<VisitId>,
    /// The step of that cadence.
    pub step: Option<StepId>,
    /// Who owes it.
    pub user: UserId,
    /// What is to be done, 1 to 200 characters.
    pub title: String,
    /// On which channel.
    pub channel: Option<Channel>,
    /// Local date and time.
    pub when: When,
    /// IANA zone of that date and time.
    pub timezone: String,
    /// What its draft is filled from.
    pub template: Option<TemplateId>,
    /// A draft already written.
    pub draft: Option<String>,
    /// Which rule or person made it (promise 18).
    pub why: String,
}

impl NewReminder {
    /// A reminder by hand.
    pub fn by_hand(contact: ContactId, user: UserId, title: &str, when: When, timezone: &str) -> Self {
        Self {
            contact,
            card: None,
            thread: None,
            visit: None,
            step: None,
            user,
            title: title.into(),
            channel: None,
            when,
            timezone: timezone.into(),
            template: None,
            draft: None,
            why: "planned by hand".into(),
        }
    }
}

/// A local date and time as the API writes them: `2026-11-25T09:00`.
pub fn local_text(when: When) -> String {
    format!("{}T{}", when.date, when.time.format("%H:%M"))
}
