//! An opened archive of chats: whose it is, and everything in it, conversation by conversation. What is in it is found in
//! `find`.

mod find;
mod parts;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    io::{Read, Seek, SeekFrom},
    rc::Rc,
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use zip::{ZipReadOptions, read::OwnedZipFileEntry, result::ZipError};

use self::find::{Entry, Form, LARGEST, platform, single, walk};
pub(super) use self::find::{Source, is_bomb};
use self::parts::Parts;
use super::{ArchiveError, Flow, Ids, Item, Kind, Owner, Party, html, meta, whatsapp, x};
use crate::channels::{name_key, preview};

/// How much of a single file's beginning is looked at, in bytes: Meta's pages begin with a long style.
const HEAD: u64 = 256 << 10;
/// How much of its end, where Meta's JSON names the conversation.
const TAIL: u64 = 4096;

/// An opened archive, to be read as often as needed.
pub struct Archive<R: Read + Seek> {
    file: R,
    kind: Kind,
    /// Whether its conversations are pages instead of JSON.
    html: bool,
    /// The file's own name.
    name: String,
    /// The zone of times that say none: those of WhatsApp and of Meta's pages.
    zone: Tz,
    /// What the person says of dates that can be read both ways.
    day_first: Option<bool>,
    /// Nothing was said after it: a phone's clock, or a date read the wrong way, may claim so.
    until: DateTime<Utc>,
    entries: Vec<Entry>,
    /// Whose it is by X, once in each part.
    accounts: Vec<x::Account>,
    parts: Parts,
    names: x::Names,
    /// Everything that the archive says of its owner, as keys of names: their own is among it. Once for each part that says
    /// something else.
    profiles: Vec<Vec<String>>,
    /// What lies beside the conversations and is not read.
    passed_over: Vec<String>,
    /// Whose it is, once that is known.
    whose: Option<String>,
}

/// Who is in how many conversations.
#[derive(Default)]
struct Presence {
    /// By number, or by the key of the name.
    seen: HashMap<String, (Party, usize)>,
    conversations: usize,
    /// What conversations are called, as keys of names.
    titles: HashSet<String>,
    /// What of it could not be read first.
    broken: Option<String>,
}

impl<R: Read + Seek> Archive<R> {
    /// Opens a ZIP or a single file; none when it is no archive of chats. `said` is what the person says it is,
    /// `zone` theirs.
    ///
    /// # Errors
    /// In words that say what to do: a ZIP bomb, or Meta's where it can't be told of which platform.
    pub fn open(mut file: R, name: &str, said: Option<Kind>, zone: Tz) -> Result<Option<Self>, ArchiveError> {
        let cannot = |_| ArchiveError::new("The file can't be read. Upload it again.");
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
        let form = found.form(kind);
        let passed_over = found.passed_over(form);
        let entries = found.take(form);
        // Who it is of and how people are called are a help: files that can't be read leave a guess and numbers.
        let mut names = x::Names::new();
        for source in found.posts {
            if let Ok(reader) = unpacked(&mut file, &source) {
                let _ = x::learn_names(reader, &mut names);
            }
        }
        let mut accounts: Vec<x::Account> = Vec::new();
        for source in found.accounts {
            accounts.extend(unpacked(&mut file, &source).ok().and_then(x::account));
        }
        for x::Account { id, username, name } in &accounts {
            names.insert(id.clone(), (username.clone(), name.clone()));
        }
        let mut profiles: Vec<Vec<String>> = Vec::new();
        for source in found.profiles {
            profiles.extend(unpacked(&mut file, &source).ok().map(meta::profile_texts));
        }
        profiles.sort_unstable();
        profiles.dedup();
        let name = name.to_owned();
        let html = form == Form::Pages;
        Ok(Some(Self {
            file,
            kind,
            html,
            name,
            zone,
            day_first: None,
            until: DateTime::<Utc>::MAX_UTC,
            entries,
            accounts,
            parts: found.parts,
            names,
            profiles,
            passed_over,
            whose: None,
        }))
    }

    pub(super) fn file(&mut self) -> &mut R {
        &mut self.file
    }

    /// Says whose archive it is, once that is known: conversations that only names tell apart are known by it too.
    pub fn belongs_to(&mut self, owner: &Owner) {
        self.whose = Some(owner.name.clone());
    }

    /// Says whether the day comes first in dates that can be read both ways.
    pub fn read_dates(&mut self, day_first: Option<bool>) {
        self.day_first = day_first;
    }

    /// Tells messages dated later than this as broken instead of handing them out.
    pub fn not_after(&mut self, until: DateTime<Utc>) {
        self.until = until;
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
        if let Some(account) = self.accounts.first() {
            return Some(Owner { name: account.name.clone(), key: Some(account.id.clone()) });
        }
        let Presence { seen, conversations, titles, .. } = self.presence();
        // WhatsApp names its file after the other side.
        let only = self.entries.first().filter(|_| self.kind == Kind::Whatsapp && self.entries.len() == 1);
        let title = only.and_then(|entry| whatsapp::name_in(entry.title.as_deref().unwrap_or(&self.name)));
        if let Some(title) = title {
            let mut others = seen.values().filter(|(party, _)| !whatsapp::is_called(&party.name, &title));
            return others.next().filter(|_| others.next().is_none()).map(|(party, _)| owner_of(party));
        }
        if let Some(party) = self.profiles.iter().find_map(|profile| named(profile, &seen)) {
            return Some(owner_of(party));
        }
        let most = seen.values().map(|(_, times)| *times).max()?;
        // Nobody's conversation with themselves: whom one is called after is the other side of it.
        let is_other = |party: &Party| titles.contains(&name_key(&party.name));
        let mut leaders = seen.values().filter(|(party, times)| *times == most && !is_other(party));
        let (party, _) = leaders.next()?;
        (leaders.next().is_none() && most * 2 > conversations).then(|| owner_of(party))
    }

    /// Why nobody is in it, in words that say what to do, where nobody is.
    pub fn nobody(&mut self) -> Option<String> {
        let Presence { seen, broken, .. } = self.presence();
        seen.is_empty().then(|| match broken {
            Some(why) => format!(
                "Nothing in this file can be read as conversations of {}. {why} Download it again, and upload it as it came.",
                self.kind.label()
            ),
            None => format!("In this file of {} nobody has written anything.", self.kind.label()),
        })
    }

    /// Whose archives were put together into this one, where it is more than one person's.
    pub fn owners(&mut self) -> Vec<String> {
        let mut owners: Vec<String> = Vec::new();
        if self.profiles.len() > 1 {
            let Presence { seen, .. } = self.presence();
            let of = self.profiles.iter().filter_map(|profile| named(profile, &seen));
            owners.extend(of.map(|party| party.name.clone()));
        } else if self.accounts.iter().any(|account| account.id != self.accounts[0].id) {
            // Two accounts may have one name.
            owners.extend(self.accounts.iter().map(|account| format!("{} (account {})", account.name, account.id)));
        } else if self.kind == Kind::Whatsapp {
            owners.extend(self.exporters());
        }
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// Who else speaks in chats with one and the same person, where several were put together: each of them exported one.
    fn exporters(&mut self) -> Vec<String> {
        let entries = std::mem::take(&mut self.entries);
        let mut by_title: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for entry in &entries {
            let title = whatsapp::name_in(entry.title.as_deref().unwrap_or(&self.name));
            if let Some(title) = title {
                by_title.entry(title).or_default().push(entry);
            }
        }
        let mut exporters = Vec::new();
        for (title, chats) in by_title.into_iter().filter(|(_, chats)| chats.len() > 1) {
            let mut others = BTreeSet::new();
            for chat in chats {
                let mut names = Vec::new();
                let mut note = |item: Item| match item {
                    Item::Party { party, .. } => {
                        names.push(party.name);
                        Flow::Go
                    }
                    Item::Said(_) => Flow::Stop,
                    _ => Flow::Go,
                };
                if let Ok(reader) = unpacked(&mut self.file, &chat.source) {
                    // What can't be read is told when it is read for good.
                    let _ = whatsapp::read(reader, &self.name, None, None, self.zone, self.day_first, &mut note);
                }
                let is_other = |name: &String| !whatsapp::is_called(name, &title);
                if names.len() == 2 && !names.iter().all(is_other) {
                    others.extend(names.into_iter().filter(is_other));
                }
            }
            if others.len() > 1 {
                exporters.extend(others);
            }
        }
        self.entries = entries;
        exporters
    }

    /// Who is in the most conversations, by name: among them the owner, where it can't be told who that is.
    pub fn names(&mut self, most: usize) -> Vec<String> {
        let mut all: Vec<(Party, usize)> = self.presence().seen.into_values().collect();
        all.sort_by(|a, b| (b.1, &a.0.name).cmp(&(a.1, &b.0.name)));
        all.into_iter().map(|(party, _)| party.name).take(most).collect()
    }

    fn presence(&mut self) -> Presence {
        let Presence { mut seen, mut conversations, mut titles, mut broken } = Presence::default();
        // What lies beside the conversations is told first, and is no reason.
        let mut beside = self.passed_over.len();
        let (mut here, mut present): (Option<Rc<str>>, Vec<String>) = (None, Vec::new());
        let _ = self.read(&mut |item| {
            let (conversation, party) = match item {
                Item::Party { conversation, party } => (conversation, party),
                Item::Said(said) => (said.conversation, said.from),
                Item::Title { title, .. } => {
                    titles.insert(name_key(&title));
                    return Flow::Go;
                }
                Item::Broken(words) => {
                    if beside == 0 {
                        broken.get_or_insert(words);
                    }
                    beside = beside.saturating_sub(1);
                    return Flow::Go;
                }
                Item::Unsent { .. } | Item::Guessed(_) | Item::Notices(_) => return Flow::Go,
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
        Presence { seen, conversations, titles, broken }
    }

    /// The user name on X of somebody's number, where the archive tells.
    pub fn username(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(|(username, _)| username.as_str())
    }

    /// Hands everything to `each`, conversation by conversation. One that can't be read becomes an [`Item::Broken`].
    pub fn read(&mut self, each: &mut dyn FnMut(Item) -> Flow) -> Result<(), ArchiveError> {
        for words in &self.passed_over {
            if each(Item::Broken(words.clone())) == Flow::Stop {
                return Ok(());
            }
        }
        let entries = std::mem::take(&mut self.entries);
        let mut before: Option<&Entry> = None;
        let (mut ids, mut seen, mut is_spread) = (Ids::default(), HashSet::new(), false);
        for (at, entry) in entries.iter().enumerate() {
            let same = before.is_some_and(|before| before.id == entry.id);
            // Equal messages are counted within one folder: in another part, or another download, they are the same ones.
            if !same || before.is_some_and(|before| before.folder != entry.folder) {
                ids = Ids::default();
            }
            if !same {
                seen.clear();
                let mut rest = entries[at..].iter().take_while(|other| other.id == entry.id);
                is_spread = rest.any(|other| other.folder != entry.folder);
            }
            before = Some(entry);
            let (until, parts) = (self.until, &self.parts);
            let mut is_begun = false;
            let mut once = |item: Item| match &item {
                Item::Broken(words) => each(Item::Broken(format!("{}: {words}", preview(&entry.name, 80)))),
                Item::Said(said) if said.at > until => each(Item::Broken(format!(
                    "{}: A message by {} is dated {}, which is still to come.",
                    preview(&entry.name, 80),
                    preview(&said.from.name, 60),
                    said.at.format("%-d %B %Y")
                ))),
                Item::Said(said) if is_spread && self.kind.is_metas() && !seen.insert(hash_of(&said.id)) => Flow::Go,
                Item::Said(_) => {
                    is_begun = true;
                    each(parts.beside(item, entry))
                }
                _ => each(item),
            };
            let (zone, day_first) = (self.zone, self.day_first);
            if let Err(words) = entry.check(&mut self.file) {
                let name = preview(&entry.name, 80);
                if each(Item::Broken(format!("Nothing of {name} is read: {words}."))) == Flow::Stop {
                    break;
                }
                continue;
            }
            let outcome = unpacked(&mut self.file, &entry.source).and_then(|mut reader| {
                let reader = &mut reader;
                match self.kind {
                    Kind::X => x::read(reader.by_ref(), &self.names, &mut once),
                    Kind::Whatsapp => {
                        let (name, whose) = (entry.title.as_deref().unwrap_or(&self.name), self.whose.as_deref());
                        whatsapp::read(reader.by_ref(), name, whose, entry.last_folder(), zone, day_first, &mut once)
                    }
                    _ if self.html => html::read(reader.by_ref(), &entry.id, &mut ids, zone, day_first, &mut once),
                    _ => meta::read(reader.by_ref(), &entry.id, &mut ids, &mut once),
                }
            });
            let flow = outcome.unwrap_or_else(|words| {
                let name = preview(&entry.name, 80);
                each(Item::Broken(if is_begun {
                    format!("{name} can't be read to its end: {words}. What stands before that is read.")
                } else {
                    format!("{name} can't be read: {words}.")
                }))
            });
            if flow == Flow::Stop {
                break;
            }
        }
        self.entries = entries;
        Ok(())
    }
}

const LOCKED: &str = "it is locked with a password; unpack it, pack it again without one, and bring that in";

/// The unpacked bytes of a source, never more than it may have.
pub(super) fn unpacked<'a, R: Read + Seek>(file: &'a mut R, source: &'a Source) -> Result<Box<dyn Read + 'a>, String> {
    match source {
        Source::Whole => {
            file.rewind().map_err(|_| "it can't be opened".to_owned())?;
            Ok(Box::new(file.take(LARGEST)))
        }
        Source::Zipped(entry) => {
            let most = entry.size();
            let reader = OwnedZipFileEntry::as_ref(entry).with_reader(file, ZipReadOptions::new()).map_err(
                |error| match error {
                    ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => LOCKED.to_owned(),
                    _ => "it can't be unpacked".to_owned(),
                },
            )?;
            // One more, so that its end is read: only there its check sum is compared.
            Ok(Box::new(reader.take(most + 1)))
        }
    }
}

fn hash_of(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Whom a profile names of those who are seen.
fn named<'a>(profile: &[String], seen: &'a HashMap<String, (Party, usize)>) -> Option<&'a Party> {
    let named = seen.values().filter(|(party, _)| profile.contains(&name_key(&party.name)));
    named.max_by_key(|(party, times)| (*times, &party.name)).map(|(party, _)| party)
}

fn owner_of(party: &Party) -> Owner {
    Owner { name: party.name.clone(), key: party.key.clone() }
}

#[cfg(test)]
mod tests;
