//! The file of an import, whatever it is an archive of: whose it is, who is in it, and its messages one by one.

use std::{
    collections::HashMap,
    fs::File,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::TimeDelta;

use super::{Gathered, Import, gather, talks::gather_talks};
use crate::{
    attachments::Reading,
    channels::{
        Channel, Direction, Reaction,
        archives::{ArchiveError, Flow, Owner, Party, Question, is_stand_in},
        chats,
        linkedin::{self, Limits, Row, message_id},
    },
    db::{Db, Instant},
    error::Result,
};

/// An opened file.
pub(super) enum Source {
    /// With the notes of invitations that were found when it was gathered.
    Linkedin(linkedin::Archive<File>, Vec<Incoming>),
    Chats(chats::Archive<File>),
}

/// A form in which Meta gives conversations out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rival {
    Json,
    Html,
}

impl Rival {
    /// What the ids of messages in this form begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Json => "meta:",
            Self::Html => "html:",
        }
    }

    /// Why a conversation that is here in this form doesn't come in the other as well.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Json => "Here already from an archive in JSON, which tells more.",
            Self::Html => {
                "Here already from an archive in HTML, which tells less. Undo that import, then read this file again."
            }
        }
    }
}

/// A message on its way in.
#[derive(Debug, Clone)]
pub(super) struct Incoming {
    pub(super) conversation: String,
    pub(super) direction: Direction,
    pub(super) from: Party,
    pub(super) body: String,
    pub(super) external_id: String,
    pub(super) sent_at: Instant,
    /// Where the archive has what was sent with it; for LinkedIn, addresses that lead nowhere without a session.
    pub(super) files: Vec<String>,
    /// Who answered it with a sign.
    pub(super) reactions: Vec<Reaction>,
}

fn whose() -> ArchiveError {
    ArchiveError::asking(
        Question::Owner,
        "It can’t be told whose archive this is. Write your name as the platform shows it, and it is read again.",
    )
}

/// Opens the file of an import; what kind it is shows in its contents. Times without a zone are the importer's.
pub(super) fn open(db: &Db, import: &Import) -> Result<Result<Source, ArchiveError>> {
    let (zone, now) = db.read_system(|sys| Ok((crate::accounts::user(sys, import.user_id)?.zone(), sys.now())))?;
    let said = import.chats();
    let path = import.path()?;
    if import.kind != "linkedin" {
        match chats::Archive::open(File::open(&path)?, &import.file_name, said, zone) {
            Ok(Some(mut archive)) => {
                archive.read_dates(import.day_first);
                // Times without a zone may be of one a day ahead.
                archive.not_after(now.plus(TimeDelta::days(1)).utc());
                return Ok(Ok(Source::Chats(archive)));
            }
            Err(error) => return Ok(Err(error)),
            Ok(None) => {}
        }
    }
    if let Some(said) = said {
        let name = said.label();
        return Ok(Err(ArchiveError::new(format!(
            "There are no conversations of {name} in this file. Choose {}.",
            match said {
                chats::Kind::Whatsapp => "the text, or the ZIP, that “Export chat” made".to_owned(),
                chats::Kind::X => "the ZIP as X gave it to you".to_owned(),
                _ => format!("the ZIP as {name} gave it to you, asked for as JSON"),
            }
        ))));
    }
    let opened = linkedin::Archive::open(File::open(&path)?, &import.file_name, Limits::default());
    Ok(match opened {
        // What LinkedIn's should hold helps nobody whose file is of something else.
        Err(ArchiveError { words, .. }) if import.kind == super::UNTOLD => {
            let why = linkedin::foreign(&words).map_or(words.clone(), |what| {
                format!(
                    "{what}Upload the ZIP as the platform gave it to you, or the chat that WhatsApp exported; a download \
                     in several parts all at once."
                )
            });
            Err(ArchiveError::new(format!(
                "No conversations of LinkedIn, Instagram, Messenger, X or WhatsApp can be read from this file. {why}"
            )))
        }
        opened => opened.map(|archive| Source::Linkedin(archive, Vec::new())),
    })
}

/// How many names are offered where it can't be told whose archive it is.
const MOST_NAMES: usize = 6;

/// Who is in most messages of a LinkedIn archive, as far as it can be read.
fn writers(archive: &mut linkedin::Archive<File>) -> Vec<String> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    let read = archive.messages(&mut |row| {
        if let linkedin::Row::Good { value, .. } = row {
            let names = std::iter::once(value.from_name).chain(value.to.into_iter().map(|to| to.name));
            names.filter(|name| !is_stand_in(name)).for_each(|name| *counts.entry(name).or_default() += 1);
        }
        Flow::Go
    });
    // Names are a help; that it can't be read is told elsewhere.
    let mut names: Vec<(u64, String)> = match read {
        Ok(()) => counts.into_iter().map(|(name, count)| (count, name)).collect(),
        Err(_) => Vec::new(),
    };
    names.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    names.into_iter().take(MOST_NAMES).map(|(_, name)| name).collect()
}

impl Source {
    /// What kind of archive it is, as imports are stored with it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Linkedin(..) => "linkedin",
            Self::Chats(archive) => archive.kind().as_str(),
        }
    }

    /// Meta's other form of the same conversations, which can't be told to be the same message by message.
    pub(super) fn rival(&self) -> Option<Rival> {
        match self {
            Self::Chats(archive) if archive.is_html() => Some(Rival::Json),
            Self::Chats(archive) if matches!(archive.kind(), chats::Kind::Instagram | chats::Kind::Messenger) => {
                Some(Rival::Html)
            }
            _ => None,
        }
    }

    /// Whether another archive may hold the same conversations under other names.
    pub(super) fn has_aliases(&self) -> bool {
        self.rival() == Some(Rival::Html)
            || matches!(self, Self::Chats(archive) if archive.kind() == chats::Kind::Whatsapp)
    }

    /// Where its conversations took place.
    pub(super) fn channel(&self) -> Channel {
        match self {
            Self::Linkedin(..) => Channel::Linkedin,
            Self::Chats(archive) => archive.kind().channel(),
        }
    }

    /// Whose archive it is: as was said, or as can be told.
    pub(super) fn owner(&mut self, import: &Import) -> Result<Owner, ArchiveError> {
        if let Self::Chats(archive) = self
            && let [one, other, ..] = &archive.owners()[..]
        {
            return Err(ArchiveError::new(format!(
                "This holds archives of {one} and of {other}. Bring each in by itself, as its owner."
            )));
        }
        if let Some(name) = &import.owner_name {
            return Ok(Owner { name: name.clone(), key: import.owner_key.clone() });
        }
        match self {
            Self::Linkedin(archive, _) if !archive.contents().messages => {
                Ok(archive.owner()?.unwrap_or(Owner { name: String::new(), key: None }))
            }
            Self::Linkedin(archive, _) => archive.owner()?.ok_or_else(whose),
            Self::Chats(archive) => {
                archive.owner().ok_or_else(|| archive.nobody().map_or_else(whose, ArchiveError::new))
            }
        }
    }

    /// Who may be its owner, when it can't be told.
    pub(super) fn names(&mut self) -> Vec<String> {
        match self {
            Self::Linkedin(archive, _) => writers(archive),
            Self::Chats(archive) => archive.names(MOST_NAMES),
        }
    }

    /// Who is in it.
    pub(super) fn gather(&mut self, owner: &Owner) -> Result<Gathered, ArchiveError> {
        match self {
            Self::Linkedin(archive, notes) => {
                let mut gathered = gather(archive, owner)?;
                *notes = std::mem::take(&mut gathered.notes);
                Ok(gathered)
            }
            Self::Chats(archive) => {
                archive.belongs_to(owner);
                gather_talks(archive, owner)
            }
        }
    }

    /// The notes of invitations that no message repeats; known once it was gathered.
    pub(super) fn notes(&self) -> &[Incoming] {
        match self {
            Self::Linkedin(_, notes) => notes,
            Self::Chats(_) => &[],
        }
    }

    /// Hands every message that was sent to `each`, each with an id that is the same in every download.
    pub(super) fn messages(
        &mut self,
        owner: &Owner,
        each: &mut dyn FnMut(Incoming) -> Flow,
    ) -> Result<(), ArchiveError> {
        let direction = |from: &Party| if owner.is(from) { Direction::Out } else { Direction::In };
        match self {
            Self::Chats(archive) => archive.read(&mut |item| {
                let chats::Item::Said(said) = item else { return Flow::Go };
                each(Incoming {
                    conversation: said.conversation.to_string(),
                    direction: direction(&said.from),
                    from: said.from,
                    body: said.body,
                    external_id: said.id,
                    sent_at: Instant::from(said.at),
                    files: said.files,
                    reactions: said.reactions,
                })
            }),
            Self::Linkedin(archive, _) => {
                let mut seen: HashMap<u64, u32> = HashMap::new();
                archive.messages(&mut |row| {
                    let Row::Good { value: row, .. } = row else { return Flow::Go };
                    if row.is_draft {
                        return Flow::Go;
                    }
                    let first = message_id(&row, 0);
                    let nth = nth(&mut seen, &first);
                    let external_id = if nth == 0 { first } else { message_id(&row, nth) };
                    let body = match (row.body.is_empty(), row.attachments.is_empty()) {
                        (false, _) => row.body,
                        (true, true) => "(message without text)".into(),
                        (true, false) => "(a file was sent)".into(),
                    };
                    let from = Party { name: row.from_name, key: row.from_key };
                    each(Incoming {
                        conversation: row.conversation_id,
                        direction: direction(&from),
                        from,
                        body,
                        external_id,
                        sent_at: Instant::from(row.sent_at),
                        files: row.attachments,
                        reactions: Vec::new(),
                    })
                })
            }
        }
    }
}

impl Source {
    /// Asks `wanted` about every file in the archive by the ends of its path, and hands those that are to `each`.
    pub(super) fn files(
        &mut self,
        wanted: &mut dyn FnMut(&[String]) -> Result<bool>,
        each: &mut dyn FnMut(&[String], &mut Reading<'_>) -> Result<()>,
    ) -> Result<()> {
        match self {
            // LinkedIn's archive holds no files.
            Self::Linkedin(..) => Ok(()),
            Self::Chats(archive) => archive.files(wanted, each),
        }
    }
}

/// How many rows before this one were the same.
fn nth(seen: &mut HashMap<u64, u32>, id: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    let count = seen.entry(hasher.finish()).or_insert(0);
    *count += 1;
    *count - 1
}
