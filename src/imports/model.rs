//! An import and the people in it, as stored.

use std::path::PathBuf;

use diesel::prelude::*;

use super::groups;
use crate::{
    channels::{
        Channel,
        archives::Question,
        chats::{self, Guess},
    },
    db::{Instant, candidates as k, imports as i},
    error::{Error, Result},
    ids::{CandidateId, ContactId, ImportId, UserId},
};

crate::db::text_enum! {
    /// How an import stands.
    pub enum State {
        Reading = "reading", Preview = "preview", Running = "running", Done = "done", Failed = "failed",
        Undone = "undone", Dropped = "dropped"
    }
}

crate::db::text_enum! {
    /// What bringing in a person would do.
    pub enum Verdict {
        New = "new", Updated = "updated", Unchanged = "unchanged", Duplicate = "duplicate", Invalid = "invalid"
    }
}

/// What can be brought in.
pub const KINDS: [&str; 5] = ["linkedin", "instagram", "messenger", "x", "whatsapp"];
/// The kind of an import whose file has not been looked into.
pub const UNTOLD: &str = "untold";

/// An import, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = i)]
pub struct Import {
    /// The import.
    pub id: ImportId,
    /// Who asked for it.
    pub user_id: UserId,
    /// One of [`KINDS`], or [`UNTOLD`].
    pub kind: String,
    /// The file's own name.
    pub file_name: String,
    pub(super) path: Option<String>,
    /// How it stands.
    pub state: State,
    /// Whose archive it is.
    pub owner_name: Option<String>,
    /// The key of their profile.
    pub owner_key: Option<String>,
    /// Whether the day comes first in dates that can be read both ways, as somebody said.
    pub day_first: Option<bool>,
    /// Rows in the file, then rows to be brought in.
    pub rows_total: i64,
    /// How many of them are done.
    pub rows_done: i64,
    counts: String,
    /// What went wrong with the file as a whole.
    pub problem: Option<String>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was done.
    pub finished_at: Option<Instant>,
}

impl Import {
    /// Which platform the archive is of, for people; empty before that is found.
    pub fn platform(&self) -> &'static str {
        match (self.chats(), self.kind.as_str()) {
            (Some(kind), _) => kind.label(),
            (None, "linkedin") => Channel::Linkedin.label(),
            (None, _) => "",
        }
    }

    /// Which archive of chats it is, where it is one.
    pub(super) fn chats(&self) -> Option<chats::Kind> {
        chats::Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)
    }

    /// Where its conversations took place.
    pub fn channel(&self) -> Channel {
        self.chats().map_or(Channel::Linkedin, chats::Kind::channel)
    }

    /// What was counted: people by verdict, messages, what was left out.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::from_str(&self.counts).unwrap_or_default()
    }

    /// One of the counts.
    pub fn count(&self, name: &str) -> i64 {
        self.counts().get(name).and_then(serde_json::Value::as_i64).unwrap_or(0)
    }

    /// Whose archive it may be, by name, while that is asked.
    pub fn names(&self) -> Vec<String> {
        let names = self.counts().get("names").and_then(|names| names.as_array().cloned()).unwrap_or_default();
        names.iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()
    }

    /// What must be answered before it can be read.
    pub fn question(&self) -> Option<Question> {
        if self.state != State::Failed {
            return None;
        }
        self.counts().get("asks").and_then(serde_json::Value::as_str)?.parse().ok()
    }

    /// Where the first text is that was not UTF-8, such as `messages.csv, row 5`.
    pub fn not_utf8_at(&self) -> Option<String> {
        self.counts().get("not_utf8_at").and_then(serde_json::Value::as_str).map(ToOwned::to_owned)
    }

    /// How dates were read that don't tell day from month; none when they do.
    pub fn guess(&self) -> Option<Guess> {
        let counts = self.counts();
        let told = |name: &str| counts.get(name).and_then(serde_json::Value::as_bool);
        Some(Guess { day_first: told("day_first")?, torn: told("torn").unwrap_or(false) })
    }

    /// Whether something is going on with it.
    pub fn busy(&self) -> bool {
        matches!(self.state, State::Reading | State::Running)
    }

    /// Whether its file is still here: to be read, or for what was sent with its messages.
    pub fn has_file(&self) -> bool {
        self.path.is_some()
    }

    pub(super) fn path(&self) -> Result<PathBuf> {
        self.path
            .as_deref()
            .map(PathBuf::from)
            .ok_or_else(|| Error::invalid("", "The file of this import is no longer kept. Upload it again."))
    }
}

/// Somebody in the preview, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = k)]
pub struct Candidate {
    /// The row.
    pub id: CandidateId,
    key: String,
    /// Their name.
    pub name: String,
    /// Company, title, what else helps to tell them.
    pub detail: Option<String>,
    /// What would happen.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// Who they are here already.
    pub contact_id: Option<ContactId>,
    /// How many messages come with them.
    pub messages: i64,
    /// When the last was sent.
    pub last_at: Option<Instant>,
    /// Whether they are to be brought in.
    pub chosen: bool,
}

impl Candidate {
    /// Whether it is a conversation of several people.
    pub fn is_group(&self) -> bool {
        self.key.starts_with(groups::KEY)
    }
}
