//! Archives of chats: what Instagram, Messenger, X and WhatsApp give their users to download, read one message at
//! a time.
//!
//! Pure and streaming: nothing is stored, unpacked to disk or fetched, and of a large archive only the conversations are
//! read. What kind of archive it is shows in its contents. Formats: Meta's JSON in `meta` and its pages in `html`, X's
//! scripts in `x`, WhatsApp's text in `whatsapp`.

mod archive;
mod files;
mod html;
mod marks;
mod meta;
mod mojibake;
mod shorten;
mod whatsapp;
mod worded;
mod x;

use std::rc::Rc;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    Reaction,
    archives::{ArchiveError, Flow, Owner, Party},
};
pub use archive::Archive;
pub use marks::words;

/// Which platform an archive comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Instagram's download in JSON.
    Instagram,
    /// Facebook's, for Messenger; also the separate one of encrypted chats.
    Messenger,
    /// X's, with its JavaScript files.
    X,
    /// A chat that WhatsApp exported as text.
    Whatsapp,
}

/// How dates are read that don't tell day from month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guess {
    /// Whether the day comes first.
    pub day_first: bool,
    /// Whether some have the day first and others the month, so that the others can't be read.
    pub torn: bool,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Instagram, Self::Messenger, Self::X, Self::Whatsapp];

    /// Its name in the command line and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Instagram => "instagram",
            Self::Messenger => "messenger",
            Self::X => "x",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// The name people know it by.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Whatsapp => "WhatsApp",
            _ => self.channel().label(),
        }
    }

    /// Whether Meta writes it: its messages have no ids of their own.
    const fn is_metas(self) -> bool {
        matches!(self, Self::Instagram | Self::Messenger)
    }

    /// The channel that its conversations are on.
    pub const fn channel(self) -> super::Channel {
        match self {
            Self::Instagram => super::Channel::Instagram,
            Self::Messenger => super::Channel::Messenger,
            Self::X => super::Channel::X,
            Self::Whatsapp => super::Channel::Other,
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The conversation's id, the same in every download.
    pub conversation: Rc<str>,
    /// Who wrote it.
    pub from: Party,
    /// When.
    pub at: DateTime<Utc>,
    /// Its text, or in brackets what was sent instead; never empty. Still foreign: make it safe before storing.
    pub body: String,
    /// What was sent with it: the end of each file's path in the archive, by which [`Archive::files`] finds it.
    pub files: Vec<String>,
    /// Who answered it with a sign.
    pub reactions: Vec<Reaction>,
    /// An id for it, the same in every download.
    pub id: String,
}

/// What an archive tells, piece by piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Somebody takes part in a conversation.
    Party {
        /// The conversation's id.
        conversation: Rc<str>,
        /// Who.
        party: Party,
    },
    /// What a conversation is called: between two, by Meta, after the other side.
    Title {
        /// The conversation's id.
        conversation: Rc<str>,
        /// Its name; never empty.
        title: String,
    },
    /// The dates don't tell day from month.
    Guessed(Guess),
    /// A message was sent.
    Said(Said),
    /// A message was taken back by its author; its text is not in the archive.
    Unsent {
        /// The conversation's id.
        conversation: Rc<str>,
    },
    /// So many lines are the platform's own, and stay out.
    Notices(u64),
    /// A conversation, or a message in it, can't be read; the others can.
    Broken(String),
}

/// Gives messages without ids of their own a stable one. Equal messages are counted, since two “ok” at one instant are two.
#[derive(Debug, Default)]
struct Ids(std::collections::HashMap<[u8; 16], u32>);

impl Ids {
    fn next(&mut self, kind: &str, parts: &[&str], millis: i64) -> String {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(millis.to_le_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        let nth = self.0.entry(key).or_insert(0);
        *nth += 1;
        let nth = *nth - 1;
        let number = u128::from_be_bytes(key);
        if nth == 0 { format!("{kind}:{number:032x}") } else { format!("{kind}:{number:032x}:{nth}") }
    }
}
