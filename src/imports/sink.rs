//! The messages of an archive on their way in, some thousand at a time, with what the archive says was sent with them.

use std::collections::{HashMap, HashSet};

use super::{
    Import, aliases,
    apply::progress,
    homes::Home,
    notes,
    source::{Incoming, Source},
};
use crate::{
    access::Access,
    attachments::{self, Expected, Named},
    channels::{
        Channel, Direction,
        archives::{ArchiveError, Flow, Owner},
        reactions,
    },
    db::{Db, Tx},
    error::{Error, Result},
    ids::{ContactId, ImportId, MessageId, ThreadId},
    threads,
};

/// The longest place in an archive that is remembered, in bytes.
const LONGEST_SOURCE: usize = 1_000;

/// How many messages go into one transaction: others who write wait for about a tenth of a second.
const AT_ONCE: usize = 3_000;
/// How long their texts are at most when they go, in bytes.
const MOST_AT_ONCE: usize = 4_000_000;

/// Why taking messages ended early.
pub(super) enum Stop {
    Failed(Error),
    Taken,
}

/// Takes messages as the archive gives them and stores some thousand at a time.
pub(super) struct Sink<'a> {
    pub(super) db: &'a Db,
    pub(super) access: Access,
    pub(super) import: &'a Import,
    pub(super) owner: &'a Owner,
    pub(super) homes: &'a HashMap<String, Home>,
    pub(super) channel: Channel,
    /// The threads that were here before.
    pub(super) known: HashSet<ThreadId>,
    pub(super) done: i64,
    pub(super) total: i64,
    pub(super) batch: Vec<threads::Bulk>,
    /// How long the texts of the batch, its reactions and places are in all, in bytes.
    pub(super) size: usize,
    /// What was sent with messages of the batch: which of them, and where the archive has it.
    pub(super) sent: Vec<(usize, String)>,
    pub(super) failed: Option<Stop>,
    pub(super) alive: &'a mut dyn FnMut() -> Result<bool>,
}

impl Sink<'_> {
    pub(super) fn read(&mut self, archive: &mut Source) -> Result<(), ArchiveError> {
        let owner = self.owner;
        self.notes(archive.notes());
        if self.failed.is_some() {
            return Ok(());
        }
        archive.messages(owner, &mut |message| {
            self.take(message);
            if self.failed.is_some() { Flow::Stop } else { Flow::Go }
        })?;
        if self.failed.is_none() {
            self.store();
        }
        Ok(())
    }

    /// Stores the notes of invitations that nobody has said yet.
    fn notes(&mut self, notes: &[Incoming]) {
        let here = notes.iter().filter_map(|note| Some(bulk(self.homes.get(&note.conversation)?, note.clone())));
        for chunk in here.collect::<Vec<_>>().chunks(500) {
            let stored = self.db.write(self.access, |tx| {
                let unsaid = notes::unsaid(tx, chunk.to_vec())?;
                threads::store_messages(tx, &unsaid, Some(self.import.id)).map(drop)
            });
            if let Err(error) = stored {
                self.failed = Some(Stop::Failed(error));
                return;
            }
        }
    }

    fn take(&mut self, mut message: Incoming) {
        let Some(home) = self.homes.get(&message.conversation) else { return };
        if notes::repeats(&home.notes, home.begun, &message) {
            self.done += 1;
            return;
        }
        let files = std::mem::take(&mut message.files).into_iter().filter(|file| file.len() <= LONGEST_SOURCE);
        for file in files {
            self.size += file.len();
            self.sent.push((self.batch.len(), file));
        }
        self.size +=
            message.body.len() + message.reactions.iter().map(|one| one.sign.len() + one.by.len()).sum::<usize>();
        self.batch.push(bulk(home, message));
        if self.batch.len() >= AT_ONCE || self.size >= MOST_AT_ONCE {
            self.store();
        }
    }

    fn store(&mut self) {
        let (mut batch, mut sent) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.sent));
        self.size = 0;
        in_order(&mut batch, &mut sent);
        self.done += i64::try_from(batch.len()).unwrap_or(0);
        let outcome = (self.alive)().and_then(|alive| {
            if !alive {
                return Ok(None);
            }
            self.db
                .write(self.access, |tx| {
                    if aliases::are_loose(self.channel) {
                        by_ids_here(tx, self.channel, self.import.id, &self.known, &mut batch, &mut sent)?;
                    }
                    go_along(tx, &mut batch)?;
                    threads::store_messages(tx, &batch, Some(self.import.id))?;
                    expect(tx, self.import.id, &batch, &sent)?;
                    progress(tx, self.import.id, self.done, self.total)
                })
                .map(Some)
        });
        match outcome {
            Ok(Some(())) => {}
            Ok(None) => self.failed = Some(Stop::Taken),
            Err(error) => self.failed = Some(Stop::Failed(error)),
        }
    }
}

/// A message as it is stored in the thread that it belongs to.
fn bulk(home: &Home, message: Incoming) -> threads::Bulk {
    threads::Bulk {
        thread: home.thread,
        contact: home.contact,
        direction: message.direction,
        aside: message.direction == Direction::In && home.is_aside(&message.from),
        author_name: crate::channels::safe_text(&message.from.name, 200),
        body: crate::channels::safe_text(&message.body, threads::LONGEST),
        external_id: message.external_id,
        sent_at: message.sent_at,
        reactions: reactions::stored(&message.reactions),
    }
}

/// A merge may have moved conversations since they were found: what was said in them is whoever's they are by now.
fn go_along(tx: &mut Tx<'_>, batch: &mut [threads::Bulk]) -> Result<()> {
    let mut talks: Vec<ThreadId> = batch.iter().map(|one| one.thread).collect();
    talks.sort_unstable();
    talks.dedup();
    let people: Vec<ContactId> = threads::whose(tx, &talks)?.into_values().collect();
    tx.share(&people)?;
    let whose = threads::whose(tx, &talks)?;
    for one in batch {
        one.contact = whose.get(&one.thread).copied().unwrap_or(one.contact);
    }
    Ok(())
}

/// Turns a batch round that tells the newest first: of two messages at one instant the later one is stored later, and
/// shown so.
fn in_order(batch: &mut [threads::Bulk], sent: &mut [(usize, String)]) {
    let falls = |pair: &[threads::Bulk]| match pair {
        [one, next] if one.thread == next.thread => one.sent_at.cmp(&next.sent_at) as i64,
        _ => 0,
    };
    // Meta tells the newest first, also where all of a batch was said at one instant.
    let told = batch.windows(2).map(falls).sum::<i64>();
    if told > 0 || (told == 0 && batch.iter().all(|one| one.external_id.starts_with("meta:"))) {
        batch.reverse();
        let last = batch.len().saturating_sub(1);
        sent.iter_mut().for_each(|(at, _)| *at = last.saturating_sub(*at));
    }
}

/// Gives messages that are here under another id that id, so that they come in once. What was sent with them comes along where
/// nothing of it is here.
fn by_ids_here(
    tx: &mut Tx<'_>,
    channel: Channel,
    import: ImportId,
    known: &HashSet<ThreadId>,
    batch: &mut [threads::Bulk],
    sent: &mut Vec<(usize, String)>,
) -> Result<()> {
    let places: Vec<usize> =
        batch.iter().enumerate().filter(|(_, one)| known.contains(&one.thread)).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Ok(());
    }
    let ask = |one: &threads::Bulk| aliases::Asked {
        said: aliases::Said::new(channel, one.thread, one.sent_at, one.direction, &one.body),
        at: one.sent_at,
        body: one.body.clone(),
        id: one.external_id.clone(),
    };
    let asked: Vec<aliases::Asked> = places.iter().filter_map(|at| batch.get(*at)).map(ask).collect();
    for (at, id) in places.iter().zip(aliases::stored(tx, channel, import, &asked)?) {
        if let (Some(one), Some(id)) = (batch.get_mut(*at), id) {
            one.external_id = id;
        }
    }
    let places: HashSet<usize> = places.into_iter().collect();
    let with = sent.iter().filter(|(at, _)| places.contains(at)).filter_map(|(at, _)| batch.get(*at));
    let ids = threads::ids_of(tx, with.map(|one| (one.thread, one.external_id.as_str())))?;
    let mut there: HashMap<MessageId, Vec<Named>> = HashMap::new();
    for one in attachments::named(tx, &ids.values().copied().collect::<Vec<_>>())? {
        there.entry(one.message).or_default().push(one);
    }
    let message_of = |at: usize| {
        let one = batch.get(at).filter(|_| places.contains(&at))?;
        ids.get(&(one.thread, one.external_id.clone())).copied()
    };
    // What lies where it lay first: only then is it known what may have got another place.
    let (mut kept, mut moved, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for (at, source) in std::mem::take(sent) {
        let Some(message) = message_of(at).filter(|message| there.contains_key(message)) else {
            kept.push((at, source));
            continue;
        };
        if !seen.insert((message, source.clone())) {
            continue;
        }
        let files = there.entry(message).or_default();
        let place = files.iter().position(|one| one.source.as_ref() == Some(&source));
        match place.map(|place| files.remove(place)) {
            Some(one) if one.is_whole => {}
            Some(_) => kept.push((at, source)),
            None => moved.push((at, source, message)),
        }
    }
    for (at, source, message) in moved {
        let (files, name) = (there.entry(message).or_default(), name_of(&source));
        // The one of that name, else one that is missing, else any: downloads call them differently.
        let place = files.iter().position(|one| one.name == name);
        let place = place.or_else(|| files.iter().position(|one| !one.is_whole)).or((!files.is_empty()).then_some(0));
        match place.map(|place| files.remove(place)) {
            Some(one) if one.is_whole => {}
            Some(missing) => {
                attachments::look_at(tx, missing.id, &source)?;
                kept.push((at, source));
            }
            None => kept.push((at, source)),
        }
    }
    *sent = kept;
    Ok(())
}

/// What a file in an archive is called. An address is no name, and what it leads to is not in the archive.
fn name_of(source: &str) -> String {
    let name = match source.split("://").nth(1) {
        Some(rest) => format!("a file on {}", rest.split('/').next().unwrap_or_default()),
        None => source.rsplit('/').next().unwrap_or(source).to_owned(),
    };
    crate::channels::safe_text(&name, 200)
}

/// Notes what the archive says was sent with messages of a batch.
fn expect(tx: &mut Tx<'_>, import: ImportId, batch: &[threads::Bulk], sent: &[(usize, String)]) -> Result<()> {
    if sent.is_empty() {
        return Ok(());
    }
    let with = sent.iter().filter_map(|(at, _)| batch.get(*at));
    let known = threads::ids_of(tx, with.map(|one| (one.thread, one.external_id.as_str())))?;
    let expected = |(at, source): &(usize, String)| {
        let one = batch.get(*at)?;
        let message = *known.get(&(one.thread, one.external_id.clone()))?;
        Some(Expected { message, name: name_of(source), source: source.clone() })
    };
    let all: Vec<Expected> = sent.iter().filter_map(expected).collect();
    attachments::expect(tx, import, &all)
}
