//! The messages of an archive on their way in, some thousand at a time, with what the archive says was sent with them.

use std::collections::HashMap;

use super::{
    Import,
    apply::{Home, progress},
    source::{Incoming, Source},
};
use crate::{
    access::Access,
    attachments::{self, Expected},
    channels::{
        Direction,
        archives::{ArchiveError, Flow, Owner},
        reactions,
    },
    db::{Db, Tx},
    error::{Error, Result},
    ids::ImportId,
    threads,
};

/// The longest place in an archive that is remembered, in bytes.
const LONGEST_SOURCE: usize = 1_000;

/// How many messages go into one transaction: others who write wait for a tenth of a second at most.
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
    pub(super) done: i64,
    pub(super) total: i64,
    pub(super) batch: Vec<threads::Bulk>,
    /// How long the texts of the batch are in all, in bytes.
    pub(super) size: usize,
    /// What was sent with messages of the batch: which of them, and where the archive has it.
    pub(super) sent: Vec<(usize, String)>,
    pub(super) failed: Option<Stop>,
    pub(super) alive: &'a mut dyn FnMut() -> Result<bool>,
}

impl Sink<'_> {
    pub(super) fn read(&mut self, archive: &mut Source) -> Result<(), ArchiveError> {
        let owner = self.owner;
        archive.messages(owner, &mut |message| {
            self.take(message);
            if self.failed.is_some() { Flow::Stop } else { Flow::Go }
        })?;
        if self.failed.is_none() {
            self.store();
        }
        Ok(())
    }

    fn take(&mut self, message: Incoming) {
        let Some(home) = self.homes.get(&message.conversation) else { return };
        let files = message.files.into_iter().filter(|file| file.len() <= LONGEST_SOURCE);
        self.sent.extend(files.map(|file| (self.batch.len(), file)));
        let message_size = message.body.len();
        self.batch.push(threads::Bulk {
            thread: home.thread,
            contact: home.contact,
            direction: message.direction,
            aside: message.direction == Direction::In && home.is_aside(&message.from),
            author_name: crate::channels::safe_text(&message.from.name, 200),
            body: crate::channels::safe_text(&message.body, threads::LONGEST),
            external_id: message.external_id,
            sent_at: message.sent_at,
            reactions: reactions::stored(&message.reactions),
        });
        self.size += message_size;
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

/// Turns a batch round that tells the newest first: of two messages at one instant the later one is stored later, and
/// shown so.
fn in_order(batch: &mut [threads::Bulk], sent: &mut [(usize, String)]) {
    let falls = |pair: &[threads::Bulk]| match pair {
        [one, next] if one.thread == next.thread => one.sent_at.cmp(&next.sent_at) as i64,
        _ => 0,
    };
    if batch.windows(2).map(falls).sum::<i64>() > 0 {
        batch.reverse();
        let last = batch.len().saturating_sub(1);
        sent.iter_mut().for_each(|(at, _)| *at = last.saturating_sub(*at));
    }
}

/// Notes what the archive says was sent with messages of a batch.
fn expect(tx: &mut Tx<'_>, import: ImportId, batch: &[threads::Bulk], sent: &[(usize, String)]) -> Result<()> {
    if sent.is_empty() {
        return Ok(());
    }
    let with: Vec<&threads::Bulk> = sent.iter().filter_map(|(at, _)| batch.get(*at)).collect();
    let known = threads::ids_of(tx, &with)?;
    let expected = |(at, source): &(usize, String)| {
        let one = batch.get(*at)?;
        let message = *known.get(&(one.thread, one.external_id.clone()))?;
        // An address is no name, and what it leads to is not in the archive.
        let name = match source.split("://").nth(1) {
            Some(rest) => format!("a file on {}", rest.split('/').next().unwrap_or_default()),
            None => source.rsplit('/').next().unwrap_or(source).to_owned(),
        };
        Some(Expected { message, name: crate::channels::safe_text(&name, 200), source: source.clone() })
    };
    let all: Vec<Expected> = sent.iter().filter_map(expected).collect();
    attachments::expect(tx, import, &all)
}
