//! Opens what LinkedIn sends, a ZIP or one of its CSV files, and finds the files in it. Nothing is ever unpacked to disk,
//! and no name out of the ZIP is used for anything but recognising a file.

use std::{
    cmp::Reverse,
    io::{self, Read, Seek, SeekFrom},
};

use zip::{
    ZipReadOptions,
    read::{Config, OwnedZipFileEntry},
    result::ZipError,
    // The stable reader lists every entry in memory before they can be counted; this one walks them.
    unstable::read::ZipIterable,
};

use super::{
    ArchiveError, Connection, Flow, Invitation, Limits, MessageRow, Owner, Row, cell, connections, invitations,
    limits::Meter,
    messages,
    owner::{self, Survey},
    table::{self, Shape, Table},
};
use crate::channels::archives::refuse_leading_out;

/// Which files of interest an archive holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contents {
    /// `Connections.csv`.
    pub connections: bool,
    /// `messages.csv`.
    pub messages: bool,
    /// `Invitations.csv`.
    pub invitations: bool,
}

/// An opened archive, to be read as often as needed; each reading starts at the beginning.
pub struct Archive<R: Read + Seek> {
    file: R,
    limits: Limits,
    connections: Option<Source>,
    messages: Option<Source>,
    invitations: Option<Source>,
    profile: Option<Source>,
    hidden: u64,
}

/// Where a file of interest is.
enum Source {
    /// The file itself is the CSV.
    Whole,
    Entry(Box<OwnedZipFileEntry>),
}

const WHAT_TO_DO: &str = "Import the ZIP that LinkedIn sends under “Get a copy of your data”, or its Connections.csv, messages.csv or Invitations.csv.";

impl<R: Read + Seek> Archive<R> {
    /// Opens a ZIP or a single CSV, told apart by what is in it; `name` is the file's own name, for people.
    /// The error says what is wrong with the file as a whole and what to do.
    pub fn open(mut file: R, name: &str, limits: Limits) -> Result<Self, ArchiveError> {
        let name = shown(name);
        let cannot = |_: io::Error| ArchiveError::new(format!("{name} can't be read. Upload it again."));
        file.rewind().map_err(cannot)?;
        let head = table::head(&mut table::as_utf8(&mut file)).map_err(cannot)?;
        let length = file.seek(SeekFrom::End(0)).map_err(cannot)?;
        let mut archive =
            Self { file, limits, connections: None, messages: None, invitations: None, profile: None, hidden: 0 };
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            archive.find_entries(&name)?;
        } else {
            archive.limits.allow(length, None)?;
            archive.know_csv(&head, &name)?;
        }
        Ok(archive)
    }

    /// Which files of interest are there.
    pub fn contents(&self) -> Contents {
        Contents {
            connections: self.connections.is_some(),
            messages: self.messages.is_some(),
            invitations: self.invitations.is_some(),
        }
    }

    /// Guesses whose archive it is: by the profile, the invitations, and whoever is in the most messages. `None` when these
    /// leave it open. Fails only when there is nothing but messages to tell and they can't be read.
    pub fn owner(&mut self) -> Result<Option<Owner>, ArchiveError> {
        // A damaged profile is no reason to stop: other files may tell.
        let profile = match self.table(&owner::PROFILE) {
            Ok(Some(table)) => owner::profile_name(table).unwrap_or(None),
            _ => None,
        };
        let mut invited = Survey::default();
        if let Ok(Some(table)) = self.table(&invitations::SHAPE) {
            let _ = invitations::read_owners(table, &mut |ours| invited.count([&ours]));
        }
        let known = owner::from_profile(profile, &invited);
        if known.as_ref().is_some_and(|owner| owner.key.is_some()) {
            return Ok(known);
        }
        let mut people = Survey::default();
        match self.survey(&mut people) {
            Err(error) if known.is_none() => Err(error),
            _ => Ok(owner::from_messages(known, &people)),
        }
    }

    /// Hands every connection to `each`, in the order of the file. Without the file there are none.
    pub fn connections(&mut self, each: &mut dyn FnMut(Row<Connection>) -> Flow) -> Result<(), ArchiveError> {
        let table = self.table(&connections::SHAPE)?;
        let hidden = table.map_or(Ok(0), |table| connections::read(table, each))?;
        self.hidden = hidden;
        Ok(())
    }

    /// How many members the last reading of the connections left out, because they hid or closed their profile and LinkedIn
    /// tells only the date.
    pub fn hidden_connections(&self) -> u64 {
        self.hidden
    }

    /// Hands every message to `each`, in the order of the file, which is no particular one. Without the file there are none.
    pub fn messages(&mut self, each: &mut dyn FnMut(Row<MessageRow>) -> Flow) -> Result<(), ArchiveError> {
        let mut known = Survey::default();
        let unnamed = self.table(&messages::SHAPE)?.is_some_and(|table| !messages::tells_conversations(&table));
        if unnamed {
            self.survey(&mut known)?;
        }
        match self.table(&messages::SHAPE)? {
            Some(table) => messages::read(table, &known, each),
            None => Ok(()),
        }
    }

    /// Hands every invitation to `each`, in the order of the file. Without the file there are none.
    pub fn invitations(&mut self, each: &mut dyn FnMut(Row<Invitation>) -> Flow) -> Result<(), ArchiveError> {
        match self.table(&invitations::SHAPE)? {
            Some(table) => invitations::read(table, each),
            None => Ok(()),
        }
    }

    fn survey(&mut self, people: &mut Survey) -> Result<(), ArchiveError> {
        match self.table(&messages::SHAPE)? {
            Some(table) => messages::read_people(table, &mut |from, to| people.count(to.iter().chain([&from]))),
            None => Ok(()),
        }
    }

    /// The rows of one file; `None` when it is not there or empty.
    fn table(&mut self, shape: &'static Shape) -> Result<Option<Table<'_>>, ArchiveError> {
        let source = match shape.file {
            "Connections.csv" => &self.connections,
            "messages.csv" => &self.messages,
            "Invitations.csv" => &self.invitations,
            _ => &self.profile,
        };
        match source {
            None => Ok(None),
            Some(Source::Whole) => {
                self.file.rewind().map_err(|_| ArchiveError::new("The file can't be read. Upload it again."))?;
                Table::open(Meter::new(&mut self.file, &self.limits, None), shape, &self.limits)
            }
            Some(Source::Entry(entry)) => {
                let packed = entry.compressed_size();
                let reader = OwnedZipFileEntry::as_ref(entry)
                    .with_reader(&mut self.file, ZipReadOptions::new())
                    .map_err(|error| unusable(shape.file, &error))?;
                Table::open(Meter::new(reader, &self.limits, Some(packed)), shape, &self.limits)
            }
        }
    }

    /// Finds the files of interest in a ZIP, and refuses one that is too large, by what it says of itself.
    fn find_entries(&mut self, name: &str) -> Result<(), ArchiveError> {
        let damaged = |error: ZipError| unusable(name, &error);
        let mut zip = ZipIterable::try_new(&mut self.file, Config::default()).map_err(damaged)?;
        if zip.len() > self.limits.entries {
            return Err(ArchiveError::new(format!(
                "{name} holds {} files, and at most {} are read. Import only its Connections.csv, messages.csv and Invitations.csv.",
                zip.len(),
                self.limits.entries
            )));
        }
        let mut best: [Option<(Rank, OwnedZipFileEntry)>; 4] = [None, None, None, None];
        let (mut unpacked, mut has_zip) = (0_u64, false);
        for entry in zip.files().map_err(damaged)? {
            let entry = entry.map_err(damaged)?;
            self.limits.allow(entry.size(), Some(entry.compressed_size()))?;
            unpacked = unpacked.saturating_add(entry.size());
            self.limits.allow(unpacked, None)?;
            let path = String::from_utf8_lossy(entry.name_raw()).to_lowercase();
            refuse_leading_out(&path)?;
            let mut parts = path.rsplit(['/', '\\']);
            let last = parts.next().unwrap_or_default();
            has_zip |= last.ends_with(".zip");
            let Some(slot) = slot_of(last) else { continue };
            // Of two, the one nearest to the top, then the larger: people pack folders and leftovers.
            let rank = (Reverse(parts.count()), entry.size());
            if best[slot].as_ref().is_none_or(|(have, _)| rank > *have) {
                best[slot] = Some((rank, entry.into()));
            }
        }
        [self.connections, self.messages, self.invitations, self.profile] =
            best.map(|found| found.map(|(_, entry)| Source::Entry(Box::new(entry))));
        if self.contents() != Contents::default() {
            return Ok(());
        }
        Err(ArchiveError::new(if has_zip {
            format!("{name} holds another ZIP. Unpack it once and import the ZIP inside.")
        } else {
            format!("{name} holds neither connections nor messages nor invitations. {WHAT_TO_DO}")
        }))
    }

    /// Knows a single CSV by its columns.
    fn know_csv(&mut self, head: &[u8], name: &str) -> Result<(), ArchiveError> {
        if let Some(kind) = other_kind(head) {
            return Err(ArchiveError::new(format!("{name} is {kind}, not an archive of LinkedIn. {WHAT_TO_DO}")));
        }
        table::check_is_text(head, name)?;
        let lower = name.to_lowercase();
        if ["coach", "guide_messages", "learning_role"].iter().any(|word| lower.contains(word)) {
            return Err(ArchiveError::new(format!("{name} holds talks with LinkedIn's assistants. {WHAT_TO_DO}")));
        }
        let mut nearest: Option<(&Shape, Vec<&str>)> = None;
        for shape in [&connections::SHAPE, &messages::SHAPE, &invitations::SHAPE] {
            match table::find_header(head, shape) {
                Ok(_) => {
                    *self.slot(shape) = Some(Source::Whole);
                    return Ok(());
                }
                // Two columns in common make it that file with something taken out.
                Err(missing) if missing.len() + 2 <= shape.must.len() => {
                    if nearest.as_ref().is_none_or(|(_, least)| missing.len() < least.len()) {
                        nearest = Some((shape, missing));
                    }
                }
                Err(_) => {}
            }
        }
        Err(match nearest {
            Some((shape, missing)) => table::lacking(shape, &missing),
            None => ArchiveError::new(format!("{name} is not one of the files we know from LinkedIn. {WHAT_TO_DO}")),
        })
    }

    fn slot(&mut self, shape: &Shape) -> &mut Option<Source> {
        match shape.file {
            "Connections.csv" => &mut self.connections,
            "messages.csv" => &mut self.messages,
            _ => &mut self.invitations,
        }
    }
}

/// How good a candidate is: how far from the top, how large.
type Rank = (Reverse<usize>, u64);

/// Which file of interest has this name (in lower case); since 2026 a member's number may follow: `messages_34875879.csv`.
fn slot_of(name: &str) -> Option<usize> {
    let stem = name.strip_suffix(".csv")?;
    let stem = match stem.rsplit_once('_') {
        Some((front, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => front,
        _ => stem,
    };
    ["connections", "messages", "invitations", "profile"].iter().position(|known| *known == stem)
}

/// What people upload by mistake, known by its first bytes.
fn other_kind(head: &[u8]) -> Option<&'static str> {
    let start = head.trim_ascii_start();
    let is = |magic: &[u8]| start.len() >= magic.len() && start[..magic.len()].eq_ignore_ascii_case(magic);
    if head.is_empty() || start.is_empty() {
        Some("empty")
    } else if is(b"%PDF") {
        Some("a PDF")
    } else if is(b"Rar!") || is(b"7z\xbc\xaf") || is(b"\x1f\x8b") {
        Some("packed in another way than ZIP")
    } else if is(b"<!doctype") || is(b"<html") {
        Some("a web page")
    } else if is(b"PK") {
        Some("a part of a ZIP")
    } else if is(b"{") || is(b"[{") {
        Some("a JSON file")
    } else {
        None
    }
}

/// A file name for people: its last part, without tricks.
fn shown(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = cell::line(last).chars().take(100).collect();
    if name.is_empty() { "The file".into() } else { name }
}

/// Of the words of an error what they say of a file that is none of LinkedIn's, which may be nothing; none where the file may be
/// LinkedIn's.
pub(crate) fn foreign(words: &str) -> Option<String> {
    let unknown = ["is not a text file", "holds neither connections", "not one of the files we know"];
    if unknown.iter().any(|told| words.contains(told)) {
        return Some(String::new());
    }
    let what = words.strip_suffix(WHAT_TO_DO)?.trim_end().strip_suffix(", not an archive of LinkedIn.")?;
    Some(format!("{what}. "))
}

fn unusable(name: &str, error: &ZipError) -> ArchiveError {
    ArchiveError::new(match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            format!("{name} is locked with a password. Unpack it, pack it again without one, and import that.")
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            format!("{name} is packed in a way we can't read. Unpack it and import its CSV files one by one.")
        }
        _ => format!("{name} is damaged or cut short. Download the archive again from LinkedIn."),
    })
}

#[cfg(test)]
mod tests;
