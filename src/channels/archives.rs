//! What archives of every platform have in common: whose they are, who is in them, and what is wrong with them.

use std::fmt;

use super::{linkedin::HIDDEN_MEMBER, name_key};

/// The most people of one conversation that are remembered.
pub(crate) const MOST_MEMBERS: usize = 50;
/// The most of all conversations together: those that come later have nobody but who was met first.
pub(crate) const MOST_MEMBERS_IN_ALL: usize = 1_000_000;

/// Whose archive it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Their name, as the platform writes it.
    pub name: String,
    /// The key of their profile, where the archive gives it away.
    pub key: Option<String>,
}

impl Owner {
    /// Whether this party is the owner: by profile where both are known, else by name.
    pub fn is(&self, party: &Party) -> bool {
        self.matches(&party.name, party.key.as_deref())
    }

    pub(crate) fn matches(&self, name: &str, key: Option<&str>) -> bool {
        match (self.key.as_deref(), key) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => name == self.name || (name != HIDDEN_MEMBER && name_id(name) == name_id(&self.name)),
        }
    }
}

/// Somebody in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The name as it was at the time of the export; LinkedIn writes [`HIDDEN_MEMBER`] when there is none.
    pub name: String,
    /// The key of their profile, or their number on the platform, when the file gives it.
    pub key: Option<String>,
}

/// Whether to read on after a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Read the next row.
    Go,
    /// That is enough.
    Stop,
}

/// What is wrong with a row, or anywhere in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The platform's name for the file, such as `messages.csv`; never a path out of the archive.
    pub file: &'static str,
    /// The row number as a spreadsheet counts, the file's first row being 1; 0 where there are no rows.
    pub row: u64,
    /// What is wrong with it, for the person who imports.
    pub words: String,
}

impl RowProblem {
    /// What is wrong in an archive that has no rows to count.
    pub(crate) fn anywhere(words: String) -> Self {
        Self { file: "The archive", row: 0, words }
    }

    /// Where it is, for the person who imports.
    pub(crate) fn place(&self) -> String {
        if self.row == 0 { self.file.to_owned() } else { format!("{}, row {}", self.file, self.row) }
    }
}

crate::db::text_enum! {
    /// What only the person who imports can say.
    pub enum Question { Owner = "owner", Platform = "platform" }
}

/// Why a whole file can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveError {
    /// For the person who imports; says what to do.
    pub words: String,
    /// The question whose answer lets it be read after all.
    pub asks: Option<Question>,
}

impl ArchiveError {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self { words: words.into(), asks: None }
    }

    pub(crate) fn asking(question: Question, words: impl Into<String>) -> Self {
        Self { words: words.into(), asks: Some(question) }
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for ArchiveError {}

/// Refuses a ZIP with a name that would lead out of the folder that it is unpacked into: no platform writes such.
pub(crate) fn refuse_leading_out(path: &str) -> Result<(), ArchiveError> {
    let drive = path.as_bytes().get(1) == Some(&b':');
    if drive || path.starts_with(['/', '\\']) || path.split(['/', '\\']).any(|part| part == "..") {
        return Err(ArchiveError::new(format!(
            "This ZIP holds a name that leads out of it, “{}”, which no platform writes, so nothing was read. Upload the ZIP as \
             you downloaded it.",
            super::preview(path, 60)
        )));
    }
    Ok(())
}

/// Whether this stands for a name that an archive didn't tell: LinkedIn's for a hidden member, Meta's for who closed their account
/// (any number of them has it), ours for a number on X.
pub(crate) fn is_stand_in(name: &str) -> bool {
    let number = name.strip_prefix(NUMBERED).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    name == HIDDEN_MEMBER || number || NAMELESS.iter().any(|nameless| name.eq_ignore_ascii_case(nameless))
}

/// What Meta calls whoever closed their account.
const NAMELESS: [&str; 2] = ["Instagram user", "Facebook user"];

/// What the name of somebody on X begins with of whom only the number is known.
pub(crate) const NUMBERED: &str = "X user ";

/// What two spellings of one name have in common. A name of emoji alone stands for itself.
pub(crate) fn name_id(name: &str) -> String {
    let key = name_key(name);
    if key.is_empty() { name.trim().to_lowercase() } else { key }
}
