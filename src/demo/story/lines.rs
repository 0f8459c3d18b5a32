//! Short ways to write the story down, so that a conversation reads like a script.

use super::{From, Handle, Kind, Message, Note, Person, Reminder, Step};
use crate::channels::Channel;

/// A person of whom only the kind is known.
pub(super) const fn blank(kind: Kind) -> Person {
    Person {
        key: "",
        name: "",
        kind,
        company: None,
        title: None,
        email: None,
        phone: None,
        zone: None,
        city: None,
        owner: "mara",
        handles: &[],
        tags: &[],
        notes: &[],
        threads: &[],
        card: None,
        reminders: &[],
        do_not_contact: None,
    }
}

/// An account on a channel.
pub(super) const fn on(channel: Channel, username: &'static str) -> Handle {
    Handle { channel, username, followers: None }
}

/// An account with this many followers.
pub(super) const fn followed(channel: Channel, username: &'static str, followers: i64) -> Handle {
    Handle { channel, username, followers: Some(followers) }
}

/// A note by a colleague.
pub(super) const fn note(days_ago: i64, by: &'static str, text: &'static str) -> Note {
    Note { days_ago, by, text }
}

/// The contact says.
pub(super) const fn them(days_ago: i64, at: &'static str, text: &'static str) -> Message {
    Message { days_ago, at, from: From::Them, text, automatic: false }
}

/// The contact's machine says.
pub(super) const fn away(days_ago: i64, at: &'static str, text: &'static str) -> Message {
    Message { days_ago, at, from: From::Them, text, automatic: true }
}

/// Mara says.
pub(super) const fn mara(days_ago: i64, at: &'static str, text: &'static str) -> Message {
    Message { days_ago, at, from: From::Colleague("mara"), text, automatic: false }
}

/// Tomas says.
pub(super) const fn tomas(days_ago: i64, at: &'static str, text: &'static str) -> Message {
    Message { days_ago, at, from: From::Colleague("tomas"), text, automatic: false }
}

/// June says.
pub(super) const fn june(days_ago: i64, at: &'static str, text: &'static str) -> Message {
    Message { days_ago, at, from: From::Colleague("june"), text, automatic: false }
}

/// The entering of a stage.
pub(super) const fn step(stage: &'static str, days_ago: i64, by: &'static str) -> Step {
    Step { stage, days_ago, by, evidence: None, note: None }
}

impl Step {
    /// The same step, justified by this message of the first thread.
    pub(super) const fn because(mut self, message: usize) -> Step {
        self.evidence = Some(message);
        self
    }

    /// The same step with a colleague's words.
    pub(super) const fn noted(mut self, words: &'static str) -> Step {
        self.note = Some(words);
        self
    }
}

/// An open follow-up without channel and draft.
pub(super) const fn remind(for_: &'static str, days: i64, at: &'static str, title: &'static str) -> Reminder {
    Reminder { title, days, at, channel: None, for_, draft: None, done: false }
}

impl Reminder {
    /// The same follow-up, to be sent on this channel.
    pub(super) const fn on(mut self, channel: Channel) -> Reminder {
        self.channel = Some(channel);
        self
    }

    /// The same follow-up with the message drafted.
    pub(super) const fn draft(mut self, text: &'static str) -> Reminder {
        self.draft = Some(text);
        self
    }

    /// The same follow-up, finished already.
    pub(super) const fn done(mut self) -> Reminder {
        self.done = true;
        self
    }
}
