//! LinkedIn's data export ("Get a copy of your data"), read row by row: connections, messages, invitations, and whose it is.
//!
//! Pure and streaming: nothing is stored, written to disk or fetched. LinkedIn itself is never spoken to.

mod archive;
mod cell;
mod connections;
mod conversations;
mod dates;
mod guard;
mod invitations;
mod limits;
mod messages;
mod owner;
mod table;

use std::fmt;

pub use archive::{Archive, Contents};
pub use connections::Connection;
pub use conversations::{Conversation, ConversationKind, Conversations, message_id};
pub use invitations::{Direction, Invitation};
pub use limits::Limits;
pub use messages::MessageRow;
pub use owner::Owner;

/// What LinkedIn writes in place of the name of a member who closed or hid their account.
pub const HIDDEN_MEMBER: &str = "LinkedIn Member";

/// One row of a file, as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row<T> {
    /// A sound row.
    Good {
        /// Its row number as a spreadsheet counts, the file's first row being 1.
        row: u64,
        /// What it says.
        value: T,
    },
    /// A row that can't be used; the rows after it still can.
    Bad(RowProblem),
}

/// Why one row was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// LinkedIn's name for the file, such as `messages.csv`; never a path out of the archive.
    pub file: &'static str,
    /// The row number as a spreadsheet counts, the file's first row being 1.
    pub row: u64,
    /// What is wrong with it, for the person who imports.
    pub words: String,
}

/// Whether to read on after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Read the next row.
    Go,
    /// That is enough.
    Stop,
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The name as it was at the time of the export; [`HIDDEN_MEMBER`] when there is none.
    pub name: String,
    /// The key of their LinkedIn profile, when the file gives its address.
    pub key: Option<String>,
}

/// Why a whole file can't be read, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveError(pub String);

impl ArchiveError {
    fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArchiveError {}
