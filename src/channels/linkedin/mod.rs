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

use super::archives::{ArchiveError, Flow, Owner, Party, RowProblem};
pub(crate) use archive::foreign;
pub use archive::{Archive, Contents};
pub use connections::Connection;
pub use conversations::{Conversation, ConversationKind, Conversations, message_id};
pub use invitations::Invitation;
pub use limits::Limits;
pub use messages::MessageRow;

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
        /// Whether a part of it is not UTF-8 and was read as Windows-1252.
        foreign: bool,
    },
    /// A row that can't be used; the rows after it still can.
    Bad(RowProblem),
}
