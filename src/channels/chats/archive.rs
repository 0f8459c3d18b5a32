//! Opens an archive of chats and finds the conversations in it, by the shape of its names and never by a fixed path.
//! No name out of a ZIP is used for anything but recognising a file.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Seek, SeekFrom},
    rc::Rc,
};

use chrono_tz::Tz;
use zip::{
    ZipReadOptions,
    read::{Config, OwnedZipFileEntry},
    unstable::read::ZipIterable,
};

use super::{ArchiveError, Flow, Ids, Item, Kind, Owner, Party, html, meta, whatsapp, x};
use crate::channels::name_key;

/// The most entries of a ZIP that are walked: ten gigabytes of pictures are some hundred thousand.
const MOST_ENTRIES: usize = 2_000_000;
/// The most conversation files.
const MOST_FILES: usize = 200_000;
/// The largest single file of conversations, in bytes once unpacked.
const LARGEST: u64 = 2 << 30;
/// How many times smaller a packed file may be than what it unpacks to, beyond the first ten megabytes.
const RATIO: u64 = 200;

const FOLDERS: [&str; 6] =
    ["inbox", "archived_threads", "filtered_threads", "message_requests", "e2ee_cutover", "broadcast"];

/// How much of a single file's beginning is looked at, in bytes: Meta's pages begin with a long style.
const HEAD: u64 = 256 << 10;
/// How much of its end, where Meta's JSON names the conversation.
const TAIL: u64 = 4096;

/// A conversation file and the id of its conversation; X's files hold many.
struct Entry {
    id: Rc<str>,
    name: String,
    source: Source,
}

pub(super) enum Source {
    /// The file itself.
    Whole,
    Zipped(Box<OwnedZipFileEntry>),
}

/// An opened archive, to be read as often as needed.
pub struct Archive<R: Read + Seek> {
    file: R,
    kind: Kind,
    /// Whether its conversations are pages instead of JSON.
    html: bool,
    /// The file's own name.
    name: String,
    /// The zone of times that say none: WhatsApp's.
    zone: Tz,
    /// What the person says of dates that can be read both ways.
    day_first: Option<bool>,
    entries: Vec<Entry>,
    account: Option<x::Account>,
    names: x::Names,
    /// Everything that the archive says of its owner, as keys of names: their own is among it.
    profile: Vec<String>,
}

/// What the names in a ZIP tell.
#[derive(Default)]
struct Found {
    meta: Vec<Entry>,
    encrypted: Vec<Entry>,
    x: Vec<Entry>,
    whatsapp: Vec<Entry>,
    account: Option<Source>,
    posts: Vec<Source>,
    profile: Option<Source>,
    html: Vec<Entry>,
    instagram: bool,
    facebook: bool,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens a ZIP or a single file; none when it is no archive of chats. `said` is what the person says it is,
    /// `zone` theirs.
    ///
    /// # Errors
    /// In words that say what to do: a ZIP bomb, or Meta's where it can't be told of which platform.
    pub fn open(mut file: R, name: &str, said: Option<Kind>, zone: Tz) -> Result<Option<Self>, ArchiveError> {
        let cannot = |_| ArchiveError("The file can't be read. Upload it again.".into());
        file.rewind().map_err(cannot)?;
        let mut head = Vec::new();
        (&mut file).take(HEAD).read_to_end(&mut head).map_err(cannot)?;
        let found = if head.starts_with(b"PK\x03\x04") {
            walk(&mut file)?
        } else {
            let length = file.seek(SeekFrom::End(0)).map_err(cannot)?;
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL))).map_err(cannot)?;
            let mut tail = Vec::new();
            (&mut file).take(TAIL).read_to_end(&mut tail).map_err(cannot)?;
            single(&head, &tail)
        };
        let Some(mut found) = found else { return Ok(None) };
        let platform = platform(&found, name, said)?;
        let Some(kind) = platform else { return Ok(None) };
        let mut html = false;
        let mut entries = match kind {
            Kind::X => found.x,
            Kind::Whatsapp => found.whatsapp,
            // What is there in JSON as well is not read from pages.
            Kind::Instagram | Kind::Messenger if !found.meta.is_empty() => found.meta,
            Kind::Instagram | Kind::Messenger if !found.encrypted.is_empty() => found.encrypted,
            Kind::Instagram | Kind::Messenger => {
                html = true;
                found.html
            }
        };
        entries.sort_by(|a, b| (&a.id, &a.name).cmp(&(&b.id, &b.name)));
        // Who it is of and how people are called are a help: files that can't be read leave a guess and numbers.
        let mut names = x::Names::new();
        for source in found.posts {
            if let Ok(reader) = unpacked(&mut file, &source) {
                let _ = x::learn_names(reader, &mut names);
            }
        }
        let account = found.account.take().and_then(|source| unpacked(&mut file, &source).ok().and_then(x::account));
        if let Some(x::Account { id, username, name }) = &account {
            names.insert(id.clone(), (username.clone(), name.clone()));
        }
        let profile = found.profile.and_then(|source| unpacked(&mut file, &source).ok().map(meta::profile_texts));
        let (profile, name) = (profile.unwrap_or_default(), name.to_owned());
        Ok(Some(Self { file, kind, html, name, zone, day_first: None, entries, account, names, profile }))
    }

    pub(super) fn file(&mut self) -> &mut R {
        &mut self.file
    }

    /// Says whether the day comes first in dates that can be read both ways.
    pub fn read_dates(&mut self, day_first: Option<bool>) {
        self.day_first = day_first;
    }

    /// Which platform it comes from.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it tells less than there is: Meta's pages, whose times are to the minute.
    pub fn is_html(&self) -> bool {
        self.html
    }

    /// Whether it says who takes part in a conversation besides those who wrote.
    pub fn lists_everybody(&self) -> bool {
        !self.html && self.kind != Kind::Whatsapp
    }

    /// Guesses whose archive it is: X says so; with Meta it is whoever the profile names, else whoever is in the
    /// most conversations, more than half of them and more than anyone else after whom none is called. None when that leaves it open.
    pub fn owner(&mut self) -> Option<Owner> {
        if let Some(account) = &self.account {
            return Some(Owner { name: account.name.clone(), key: Some(account.id.clone()) });
        }
        let mut seen: HashMap<String, (Party, usize)> = HashMap::new();
        let (mut conversations, mut present): (usize, Vec<String>) = (0, Vec::new());
        let mut here: Option<Rc<str>> = None;
        let mut titles: HashSet<String> = HashSet::new();
        let _ = self.read(&mut |item| {
            let (conversation, party) = match item {
                Item::Party { conversation, party } => (conversation, party),
                Item::Said(said) => (said.conversation, said.from),
                Item::Title { title, .. } => {
                    titles.insert(name_key(&title));
                    return Flow::Go;
                }
                Item::Unsent | Item::Broken(_) | Item::Guessed { .. } => return Flow::Go,
            };
            if here.as_ref() != Some(&conversation) {
                here = Some(conversation);
                conversations += 1;
                present.clear();
            }
            let key = party.key.clone().unwrap_or_else(|| name_key(&party.name));
            if !present.contains(&key) && present.len() < 1_000 {
                present.push(key.clone());
                seen.entry(key).or_insert((party, 0)).1 += 1;
            }
            Flow::Go
        });
        // WhatsApp names its file after the other side.
        if let Some(title) = whatsapp::name_in(&self.name).filter(|_| self.kind == Kind::Whatsapp) {
            let mut others = seen.values().filter(|(party, _)| party.name != title);
            return others.next().filter(|_| others.next().is_none()).map(|(party, _)| owner_of(party));
        }
        let named = seen.values().filter(|(party, _)| self.profile.contains(&name_key(&party.name)));
        if let Some((party, _)) = named.max_by_key(|(_, times)| *times) {
            return Some(owner_of(party));
        }
        let most = seen.values().map(|(_, times)| *times).max()?;
        // Nobody's conversation with themselves: whom one is called after is the other side of it.
        let is_other = |party: &Party| titles.contains(&name_key(&party.name));
        let mut leaders = seen.values().filter(|(party, times)| *times == most && !is_other(party));
        let (party, _) = leaders.next()?;
        (leaders.next().is_none() && most * 2 > conversations).then(|| owner_of(party))
    }

    /// The user name on X of somebody's number, where the archive tells.
    pub fn username(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(|(username, _)| username.as_str())
    }

    /// Hands everything to `each`, conversation by conversation. One that can't be read becomes an [`Item::Broken`].
    pub fn read(&mut self, each: &mut dyn FnMut(Item) -> Flow) -> Result<(), ArchiveError> {
        let entries = std::mem::take(&mut self.entries);
        let (mut ids, mut before) = (Ids::default(), None);
        for entry in &entries {
            if before != Some(&entry.id) {
                ids = Ids::default();
                before = Some(&entry.id);
            }
            let outcome = match (unpacked(&mut self.file, &entry.source), self.kind) {
                (Err(words), _) => Err(words),
                (Ok(reader), Kind::X) => x::read(reader, &self.names, each),
                (Ok(reader), Kind::Whatsapp) => whatsapp::read(reader, &self.name, self.zone, self.day_first, each),
                (Ok(reader), _) if self.html => html::read(reader, &entry.id, &mut ids, self.zone, each),
                (Ok(reader), _) => meta::read(reader, &entry.id, &mut ids, each),
            };
            let flow = outcome.unwrap_or_else(|words| {
                let name = crate::channels::preview(&entry.name, 80);
                each(Item::Broken(format!("{name} can't be read: {words}.")))
            });
            if flow == Flow::Stop {
                break;
            }
        }
        self.entries = entries;
        Ok(())
    }
}

/// The unpacked bytes of a source, never more than it may have.
pub(super) fn unpacked<'a, R: Read + Seek>(file: &'a mut R, source: &'a Source) -> Result<Box<dyn Read + 'a>, String> {
    match source {
        Source::Whole => {
            file.rewind().map_err(|_| "it can't be opened".to_owned())?;
            Ok(Box::new(file.take(LARGEST)))
        }
        Source::Zipped(entry) => {
            let most = entry.size();
            let reader = OwnedZipFileEntry::as_ref(entry)
                .with_reader(file, ZipReadOptions::new())
                .map_err(|_| "it can't be unpacked".to_owned())?;
            Ok(Box::new(reader.take(most)))
        }
    }
}

/// Whether something unpacks to far more than anything people send.
pub(super) fn is_bomb(size: u64, packed: u64) -> bool {
    size > 10 << 20 && size / RATIO > packed
}

fn owner_of(party: &Party) -> Owner {
    Owner { name: party.name.clone(), key: party.key.clone() }
}

/// Which platform an archive with these files is of; none when it holds no conversation.
fn platform(found: &Found, name: &str, said: Option<Kind>) -> Result<Option<Kind>, ArchiveError> {
    let encrypted = found.meta.is_empty() && !found.encrypted.is_empty() && found.html.is_empty();
    let lower = name.to_lowercase();
    let told =
        match (found.instagram || lower.starts_with("instagram"), found.facebook || lower.starts_with("facebook")) {
            _ if !found.x.is_empty() => Kind::X,
            _ if !found.whatsapp.is_empty() && found.meta.is_empty() => Kind::Whatsapp,
            _ if encrypted => Kind::Messenger,
            _ if found.meta.is_empty() && found.html.is_empty() => return Ok(None),
            (true, false) => Kind::Instagram,
            (false, true) => Kind::Messenger,
            _ => {
                return match said {
                Some(Kind::Instagram | Kind::Messenger) => Ok(said),
                _ => Err(ArchiveError(
                    "Instagram and Messenger write this file alike. Say which of the two it is, and upload it again."
                        .into(),
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
        Some(said) if said != found => Err(ArchiveError(format!(
            "This is an archive of {}, not of {}. Choose the other one, or let us find out.",
            found.label(),
            said.label()
        ))),
        _ => Ok(()),
    }
}

/// What a single file is, by its first bytes.
fn single(head: &[u8], tail: &[u8]) -> Option<Found> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let entry = |id: &str| Entry { id: Rc::from(id), name: "The file".into(), source: Source::Whole };
    if whatsapp::is_chat(text) {
        return Some(Found { whatsapp: vec![entry("whatsapp")], ..Found::default() });
    }
    if text.starts_with("window.YTD.direct_message") {
        return Some(Found { x: vec![entry("x")], ..Found::default() });
    }
    if html::is_page(text) {
        let id = format!("meta:file:{:016x}", fingerprint(text));
        return Some(Found { html: vec![entry(&id)], ..Found::default() });
    }
    if !text.starts_with('{') || !(text.contains("\"participants\"") || text.contains("\"messages\"")) {
        return None;
    }
    // Its folder is named near the end.
    let tail = String::from_utf8_lossy(tail);
    let path = tail.split("\"thread_path\"").nth(1).and_then(|rest| rest.split('"').nth(1));
    let id = path.map_or_else(|| format!("meta:file:{:016x}", fingerprint(text)), thread_id);
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

/// A number for a text, the same in every run.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Finds the files of interest in a ZIP; none when there are none.
fn walk<R: Read + Seek>(file: &mut R) -> Result<Option<Found>, ArchiveError> {
    // What is wrong with the ZIP itself is told by whoever reads it as another archive.
    let Ok(mut zip) = ZipIterable::try_new(file, Config::default()) else { return Ok(None) };
    if zip.len() > MOST_ENTRIES {
        return Err(ArchiveError(format!("This ZIP holds {} files, and at most 2,000,000 are looked at.", zip.len())));
    }
    let mut found = Found::default();
    let Ok(files) = zip.files() else { return Ok(None) };
    for entry in files {
        let Ok(entry) = entry else { return Ok(None) };
        let path = String::from_utf8_lossy(entry.name_raw()).replace('\\', "/");
        let lower = path.to_lowercase();
        found.instagram |= lower.contains("your_instagram_activity/") || lower.contains("followers_and_following/");
        found.facebook |= ["your_activity_across_facebook/", "your_facebook_activity/", "profile_information/"]
            .iter()
            .any(|folder| lower.contains(folder));
        let Some(what) = what_is(&lower) else { continue };
        let (size, packed) = (entry.size(), entry.compressed_size());
        if size > LARGEST || is_bomb(size, packed) {
            return Err(ArchiveError(
                "A file in this ZIP unpacks to far more than its size, as in a ZIP bomb, so nothing was read.".into(),
            ));
        }
        let name = path.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/");
        let source = Source::Zipped(Box::new(entry.into()));
        match what {
            What::Thread(id) => found.meta.push(Entry { id: Rc::from(id), name, source }),
            What::Encrypted(id) => found.encrypted.push(Entry { id: Rc::from(id), name, source }),
            What::Whatsapp => found.whatsapp.push(Entry { id: Rc::from("whatsapp"), name, source }),
            What::X => found.x.push(Entry { id: Rc::from("x"), name, source }),
            What::Account => found.account = Some(source),
            What::Posts => found.posts.push(source),
            What::Profile => found.profile = Some(source),
            What::Html(id) => found.html.push(Entry { id: Rc::from(id), name, source }),
        }
        if found.meta.len() + found.encrypted.len() + found.html.len() + found.x.len() > MOST_FILES {
            return Err(ArchiveError("This ZIP holds more than 200,000 files of conversations.".into()));
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
    if ending == "txt" && (last == "_chat.txt" || last.starts_with("whatsapp chat")) {
        return Some(What::Whatsapp);
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
        ("json", None | Some("messages")) if !front.is_empty() => Some(What::Encrypted(format!("e2ee:{front}"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
