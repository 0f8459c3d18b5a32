//! Finds the conversations in an archive of chats, by the shape of its names and never by a fixed path. No name out of a
//! ZIP is used for anything but recognising a file.

use std::{
    cell::OnceCell,
    collections::{HashMap, HashSet},
    io::{Read, Seek},
    rc::Rc,
};

use zip::{
    read::{Config, OwnedZipFileEntry},
    unstable::read::ZipIterable,
};

use super::{
    super::{ArchiveError, Kind, html, whatsapp},
    parts::{Parts, without_part},
    unpacked,
};
use crate::channels::archives::{Question, refuse_leading_out};

/// The most entries of a ZIP that are walked: ten gigabytes of pictures are some hundred thousand.
const MOST_ENTRIES: usize = 2_000_000;
/// The most conversation files.
const MOST_FILES: usize = 200_000;
/// The most files that say whose it is: each part of a download may have one.
const MOST_OWNERS: usize = 50;
/// The most texts that are looked into where nothing else is a conversation.
const MOST_TEXTS: usize = 50;
/// How much of a text's beginning tells, in bytes.
const HEAD_OF_TEXT: u64 = 4096;
/// The largest single file of conversations, in bytes once unpacked.
pub(super) const LARGEST: u64 = 2 << 30;
/// How many times smaller a packed file may be than what it unpacks to, beyond the first ten megabytes.
const RATIO: u64 = 200;

const FOLDERS: [&str; 6] =
    ["inbox", "archived_threads", "filtered_threads", "message_requests", "e2ee_cutover", "broadcast"];

/// A conversation file and the id of its conversation; X's files hold many.
pub(super) struct Entry {
    pub(super) id: Rc<str>,
    /// The folder it lies in, from the archive's root.
    pub(super) folder: String,
    /// Its name and its folder's, for people.
    pub(super) name: String,
    /// What WhatsApp calls it, by its own name or its folder's.
    pub(super) title: Option<String>,
    pub(super) source: Source,
    /// Whether it can be read to its end, once that was tried; else why not.
    intact: OnceCell<Result<(), String>>,
}

impl Entry {
    fn of(path: &str, id: Rc<str>, source: Source) -> Self {
        let (folder, last) = path.rsplit_once('/').unwrap_or(("", path));
        let above = folder.rsplit('/').next().filter(|above| !above.is_empty());
        let name = above.map_or_else(|| last.to_owned(), |above| format!("{above}/{last}"));
        let titled = |name: &&str| whatsapp::name_in(name).is_some();
        let above = above.map(without_part);
        let title = [Some(last), above].into_iter().flatten().find(titled).map(ToOwned::to_owned);
        Self { id, folder: folder.to_owned(), name, title, source, intact: OnceCell::new() }
    }

    /// Reads it once to its end, where its check sum is compared: damaged, it would tell words that nobody said.
    pub(super) fn check<R: Read + Seek>(&self, file: &mut R) -> Result<(), String> {
        let look = || {
            let mut reader = unpacked(file, &self.source)?;
            let read = std::io::copy(&mut reader, &mut std::io::sink());
            read.map(drop).map_err(|_| "it can't be unpacked whole, or its check sum is wrong".to_owned())
        };
        match self.source {
            Source::Whole => Ok(()),
            Source::Zipped(_) => self.intact.get_or_init(look).clone(),
        }
    }

    /// The folder that its files lie in as well.
    pub(super) fn last_folder(&self) -> Option<&str> {
        self.folder.rsplit('/').next().filter(|last| !last.is_empty())
    }
}

pub(in super::super) enum Source {
    /// The file itself.
    Whole,
    Zipped(Box<OwnedZipFileEntry>),
}

/// What the names in a ZIP tell.
#[derive(Default)]
pub(super) struct Found {
    meta: Vec<Entry>,
    encrypted: Vec<Entry>,
    x: Vec<Entry>,
    whatsapp: Vec<Entry>,
    pub(super) accounts: Vec<Source>,
    pub(super) posts: Vec<Source>,
    pub(super) profiles: Vec<Source>,
    pub(super) parts: Parts,
    html: Vec<Entry>,
    linkedin: bool,
    instagram: bool,
    facebook: bool,
}

/// What Meta gives out when nobody asks for JSON.
const PAGES: &str = "Conversations in HTML";

/// A kind of conversation files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Meta,
    Encrypted,
    Pages,
    X,
    Whatsapp,
}

impl Found {
    /// Which of its files are read. What is there in JSON is not read from pages.
    pub(super) fn form(&self, kind: Kind) -> Form {
        match kind {
            Kind::X => Form::X,
            Kind::Whatsapp => Form::Whatsapp,
            _ if !self.meta.is_empty() => Form::Meta,
            _ if !self.encrypted.is_empty() => Form::Encrypted,
            _ => Form::Pages,
        }
    }

    fn is_empty(&self) -> bool {
        [&self.meta, &self.encrypted, &self.html, &self.x, &self.whatsapp].iter().all(|entries| entries.is_empty())
    }

    fn of(&mut self, form: Form) -> &mut Vec<Entry> {
        match form {
            Form::Meta => &mut self.meta,
            Form::Encrypted => &mut self.encrypted,
            Form::Pages => &mut self.html,
            Form::X => &mut self.x,
            Form::Whatsapp => &mut self.whatsapp,
        }
    }

    /// What else is in it, in words: one import reads one kind.
    pub(super) fn passed_over(&mut self, form: Form) -> Vec<String> {
        let others = [
            (Form::Meta, "Conversations of Instagram or Messenger in JSON"),
            (Form::Encrypted, "Conversations of Messenger’s encrypted download"),
            (Form::Pages, PAGES),
            (Form::X, "Conversations of X"),
            (Form::Whatsapp, "Chats of WhatsApp"),
        ];
        let mut told: Vec<&str> = others
            .into_iter()
            .filter(|(other, _)| *other != form && !self.of(*other).is_empty())
            .map(|(_, what)| what)
            .collect();
        if self.linkedin {
            told.push("Files of LinkedIn");
        }
        let beside = |what: &str| match (form, what) {
            (Form::Meta, PAGES) => format!(
                "{what} lie beside these and are not read: JSON tells the same and more. Those that are there in HTML alone, upload by \
                 themselves."
            ),
            _ => format!("{what} lie beside these and are not read: bring them in by themselves."),
        };
        told.into_iter().map(beside).collect()
    }

    /// Its files of a form, each once, those of one conversation one after the other, folder by folder.
    pub(super) fn take(&mut self, form: Form) -> Vec<Entry> {
        let mut entries = std::mem::take(self.of(form));
        if form == Form::Encrypted {
            tell_namesakes_apart(&mut entries);
        }
        entries.sort_by(|a, b| (&a.id, &a.folder, &a.name).cmp(&(&b.id, &b.folder, &b.name)));
        entries.dedup_by(|a, b| (&a.id, &a.folder, &a.name) == (&b.id, &b.folder, &b.name));
        entries
    }
}

/// Of the encrypted download the names of files tell the conversations: where one archive has two of a name, so do their
/// numbers. They may be others in a later download, so they count only then.
fn tell_namesakes_apart(entries: &mut [Entry]) {
    let last = |entry: &Entry| entry.name.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names: HashMap<Rc<str>, HashSet<String>> = HashMap::new();
    for entry in entries.iter() {
        names.entry(Rc::clone(&entry.id)).or_default().insert(last(entry));
    }
    for entry in entries.iter_mut().filter(|entry| names.get(&entry.id).is_some_and(|names| names.len() > 1)) {
        let name = last(entry);
        let number = name.rsplit_once('.').and_then(|(stem, _)| stem.rsplit_once('_')).map_or("", |(_, number)| number);
        entry.id = Rc::from(format!("{}:{number}", entry.id));
    }
}

/// Whether something unpacks to far more than anything people send.
pub(in super::super) fn is_bomb(size: u64, packed: u64) -> bool {
    size > 10 << 20 && size / RATIO > packed
}

/// Which platform an archive with these files is of; none when it holds no conversation.
pub(super) fn platform(found: &Found, name: &str, said: Option<Kind>) -> Result<Option<Kind>, ArchiveError> {
    let encrypted = found.meta.is_empty() && !found.encrypted.is_empty() && found.html.is_empty();
    let lower = name.to_lowercase();
    let told = match (
        found.instagram || lower.starts_with("instagram"),
        found.facebook || lower.starts_with("facebook"),
    ) {
        _ if !found.x.is_empty() => Kind::X,
        _ if !found.whatsapp.is_empty() && found.meta.is_empty() => Kind::Whatsapp,
        _ if encrypted => Kind::Messenger,
        _ if found.meta.is_empty() && found.html.is_empty() => return Ok(None),
        (true, false) => Kind::Instagram,
        (false, true) => Kind::Messenger,
        (true, true) if said.is_none() => {
            return Err(ArchiveError::new(
                "This holds conversations of Instagram and of Messenger. Bring them in one after the other.",
            ));
        }
        _ => {
            return match said {
                Some(Kind::Instagram | Kind::Messenger) => Ok(said),
                _ => Err(ArchiveError::asking(
                    Question::Platform,
                    "Instagram and Messenger write this file alike. Say which of the two it is, and it is read again.",
                )),
            };
        }
    };
    agree(said, told)?;
    Ok(Some(told))
}

/// Refuses an archive of another platform than was said.
fn agree(said: Option<Kind>, found: Kind) -> Result<(), ArchiveError> {
    match said {
        Some(said) if said != found => Err(ArchiveError::new(format!(
            "This is an archive of {}, not of {}. Choose the other one, or let us find out.",
            found.label(),
            said.label()
        ))),
        _ => Ok(()),
    }
}

/// What a single file is, by its first bytes.
pub(super) fn single(head: &[u8], tail: &[u8]) -> Option<Found> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let entry = |id: &str| Entry::of("The file", Rc::from(id), Source::Whole);
    if whatsapp::is_chat(text) {
        return Some(Found { whatsapp: vec![entry("whatsapp")], ..Found::default() });
    }
    if text.starts_with("window.YTD.direct_message") {
        return Some(Found { x: vec![entry("x")], ..Found::default() });
    }
    if html::is_page(text) {
        // Of a page only its title stays the same in the next download.
        let title = text.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or(text);
        let id = format!("meta:page:{:016x}", fingerprint(title));
        return Some(Found { html: vec![entry(&id)], ..Found::default() });
    }
    if !text.starts_with('{') || !(text.contains("\"participants\"") || text.contains("\"messages\"")) {
        return None;
    }
    // Its folder is named near the end.
    let tail = String::from_utf8_lossy(tail);
    let path = tail.split("\"thread_path\"").nth(1).and_then(|rest| rest.split('"').nth(1));
    let id = path.map_or_else(|| format!("meta:file:{:016x}", fingerprint(beginning(text))), thread_id);
    let mut found = Found::default();
    if text.contains("\"senderName\"") || text.contains("\"threadName\"") {
        found.encrypted.push(entry(&id));
    } else {
        found.meta.push(entry(&id));
    }
    Some(found)
}

/// The id of Meta's conversation, which stands after the last underscore of its folder and stays when its title changes.
fn thread_id(folder: &str) -> String {
    let last = folder.rsplit('/').next().unwrap_or(folder);
    let id = last.rsplit_once('_').map_or(last, |(_, id)| id);
    format!("meta:{}", if id.is_empty() { last } else { id })
}

/// Some thousand bytes, by which a conversation is known that nothing names.
fn beginning(text: &str) -> &str {
    let end = (0..=4096.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// A number for a text, the same in every run.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Finds the files of interest in a ZIP; none when there are none.
pub(super) fn walk<R: Read + Seek>(file: &mut R) -> Result<Option<Found>, ArchiveError> {
    let torn = || ArchiveError::new("This ZIP is damaged or cut short. Download it again, and upload it as it came.");
    let mut zip = ZipIterable::try_new(&mut *file, Config::default()).map_err(|_| torn())?;
    if zip.len() > MOST_ENTRIES {
        return Err(ArchiveError::new(format!(
            "This ZIP holds {} files, and at most 2,000,000 are looked at.",
            zip.len()
        )));
    }
    let (mut found, mut texts) = (Found::default(), Vec::new());
    for entry in zip.files().map_err(|_| torn())? {
        let entry = entry.map_err(|_| torn())?;
        let path = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        refuse_leading_out(&path)?;
        let lower = without_part(&path).to_lowercase();
        found.linkedin |= ["connections.csv", "messages.csv"].iter().any(|name| lower.ends_with(name));
        found.instagram |= lower.contains("your_instagram_activity/") || lower.contains("followers_and_following/");
        found.facebook |= ["your_activity_across_facebook/", "your_facebook_activity/", "profile_information/"]
            .iter()
            .any(|folder| lower.contains(folder));
        let Some(what) = what_is(&lower) else {
            found.parts.note(&path);
            continue;
        };
        let (size, packed) = (entry.size(), entry.compressed_size());
        if size > LARGEST || is_bomb(size, packed) {
            return Err(ArchiveError::new(format!(
                "“{}” in this ZIP unpacks to far more than its size, as in a ZIP bomb, so nothing was read. Leave it out, or upload the \
                 ZIP as you downloaded it.",
                crate::channels::preview(&path, 80)
            )));
        }
        let source = Source::Zipped(Box::new(entry.into()));
        match what {
            What::Thread(id) => found.meta.push(Entry::of(&path, Rc::from(id), source)),
            What::Encrypted(id) => found.encrypted.push(Entry::of(&path, Rc::from(id), source)),
            What::Whatsapp => found.whatsapp.push(Entry::of(&path, Rc::from(path.as_str()), source)),
            What::Text if texts.len() < MOST_TEXTS => texts.push(Entry::of(&path, Rc::from(path.as_str()), source)),
            What::X => found.x.push(Entry::of(&path, Rc::from("x"), source)),
            What::Account if found.accounts.len() < MOST_OWNERS => found.accounts.push(source),
            What::Posts => found.posts.push(source),
            What::Profile if found.profiles.len() < MOST_OWNERS => found.profiles.push(source),
            What::Account | What::Profile | What::Text => {}
            What::Html(id) => found.html.push(Entry::of(&path, Rc::from(id), source)),
        }
        if found.meta.len() + found.encrypted.len() + found.html.len() + found.x.len() > MOST_FILES {
            return Err(ArchiveError::new("This ZIP holds more than 200,000 files of conversations."));
        }
    }
    if !found.linkedin && found.is_empty() {
        for text in texts {
            let mut head = Vec::new();
            let read = unpacked(file, &text.source).map(|source| source.take(HEAD_OF_TEXT).read_to_end(&mut head));
            if matches!(read, Ok(Ok(_))) && whatsapp::is_chat(&String::from_utf8_lossy(&head)) {
                found.whatsapp.push(text);
            }
        }
    }
    Ok(Some(found))
}

/// What an entry is by its path, in lower case.
#[derive(Debug, PartialEq, Eq)]
enum What {
    Thread(String),
    Encrypted(String),
    Whatsapp,
    /// A text of any name: a chat, if it begins as one.
    Text,
    X,
    Account,
    Posts,
    Profile,
    Html(String),
}

fn what_is(path: &str) -> Option<What> {
    let mut parts = path.rsplit('/');
    let (last, folder, place, above) = (parts.next()?, parts.next(), parts.next(), parts.next());
    let (stem, ending) = last.rsplit_once('.')?;
    let numbered = |stem: &str| {
        let (front, number) = stem.rsplit_once('_')?;
        (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| front.to_owned())
    };
    if ending == "js" {
        let stem = stem.split_once("-part").map_or(stem, |(front, _)| front);
        return match stem {
            "direct-messages" | "direct-message" | "direct-messages-group" | "direct-message-group" => Some(What::X),
            "account" if folder.is_none_or(|folder| folder == "data") => Some(What::Account),
            "tweets" | "tweet" => Some(What::Posts),
            _ => None,
        };
    }
    if ending == "txt" {
        // Another chat may have been sent in this one: an iPhone numbers what was sent.
        let is_chat = last == "_chat.txt" || last.contains("whatsapp") && !whatsapp::is_numbered(last);
        return Some(if is_chat { What::Whatsapp } else { What::Text });
    }
    if ending == "json" && ["personal_information", "profile_information"].contains(&stem) {
        return Some(What::Profile);
    }
    let front = numbered(stem)?;
    let in_place = above == Some("messages") && place.is_some_and(|place| FOLDERS.contains(&place));
    match (ending, folder) {
        ("json", Some(folder)) if front == "message" && in_place => Some(What::Thread(thread_id(folder))),
        ("html", Some(folder)) if front == "message" && in_place => Some(What::Html(thread_id(folder))),
        // The encrypted download: its number counts conversations, so the title is what stays.
        // A page of the other download, out of its folder, would be anybody's.
        ("json", None | Some("messages")) if !front.is_empty() && front != "message" => {
            Some(What::Encrypted(format!("e2ee:{front}")))
        }
        _ => None,
    }
}
