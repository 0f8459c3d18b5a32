//! In which thread here a conversation of an archive goes on, where its name doesn't tell for certain: that of WhatsApp's is what
//! people are called, and somebody may be called otherwise, or another the same; so is that of Meta's encrypted download, while its
//! other one has numbers. What was said tells then.
//!
//! A conversation is one that is here where the other side is called the same, or by a number before, and much of what was said
//! within the time of the thread is there; and it is another than that of its own name where next to nothing is.

mod candidates;
mod model;

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use diesel::prelude::*;

use self::{
    candidates::candidates_of,
    model::{By, Talk, decide},
};
use super::{
    Person,
    aliases::{Asked, Said, stored},
    here::called,
    source::{Incoming, Source},
};
use crate::{
    access::Access,
    channels::{
        Channel, Direction,
        archives::{ArchiveError, Flow, Owner},
    },
    db::{self, Db, Tx, messages as m, thread_names as tn},
    error::Result,
    ids::{ImportId, ThreadId},
};

/// How many messages are compared with what is here at once.
const AT_ONCE: usize = 1_000;
/// How long a part of a chat is at least that may stand in a pause of the rest.
const MONTHLY: TimeDelta = TimeDelta::days(3);

/// Where a conversation goes on that isn't known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoesOn {
    /// In a thread that is known by another name.
    Thread(ThreadId),
    /// In one of this name, which is to be made: that of its own name is another conversation.
    New(String),
}

/// Whether a conversation's name is made of what people are called.
fn is_loose(name: &str) -> bool {
    name.starts_with("whatsapp:") || name.starts_with("e2ee:")
}

/// Finds out in which threads here the conversations of the archive go on that aren't known for certain, and tells so in
/// [`Person::goes_on`]. Reads the archive's messages only when there are such.
pub(super) fn find(
    db: &Db,
    access: Access,
    import: ImportId,
    archive: &mut Source,
    owner: &Owner,
    people: &mut [Person],
) -> Result<Result<(), ArchiveError>> {
    if !archive.has_aliases() {
        return Ok(Ok(()));
    }
    let channel = archive.channel();
    let (mut talks, mut certain): (Vec<Talk>, HashSet<ThreadId>) = (Vec::new(), HashSet::new());
    for chunk in people.chunks(500) {
        let found = db.read(access, |tx| candidates_of(tx, channel, import, chunk))?;
        talks.extend(found.talks);
        certain.extend(found.certain);
    }
    // Two conversations of one archive are two, however they are called.
    talks.iter_mut().for_each(|talk| talk.candidates.retain(|one| !certain.contains(&one.thread)));
    talks.retain(|talk| !talk.candidates.is_empty());
    if talks.is_empty() {
        return Ok(Ok(()));
    }
    let read = compare(db, access, import, archive, owner, &mut talks)?;
    db.read(access, |tx| talks.iter_mut().try_for_each(|talk| weigh(tx, talk)))?;
    let mut decided = decide(&talks);
    for person in people {
        person.goes_on = person.conversations.first().and_then(|talk| decided.remove(talk));
    }
    Ok(read)
}

/// Asks what only the threads tell: whether that of its name is another, and what others have from its time.
fn weigh(tx: &mut Tx<'_>, talk: &mut Talk) -> Result<()> {
    talk.is_another = talk.misses_its_own() && contradicts_its_own(tx, talk)?;
    let Some((first, last)) = talk.span else { return Ok(()) };
    for one in talk.candidates.iter_mut().filter(|one| one.needs_theirs()) {
        let theirs = tx.all(db::Messages).filter(m::thread_id.eq(one.thread)).filter(m::external_id.is_not_null());
        let theirs = theirs.filter(m::sent_at.ge(first)).filter(m::sent_at.le(last)).count();
        one.tally.theirs = Some(theirs.get_result::<i64>(tx.conn())?.unsigned_abs());
    }
    Ok(())
}

/// Whether the thread of its name tells something else at the same time, and doesn't tell the same at another, as a telephone does that was in
/// another zone.
fn contradicts_its_own(tx: &mut Tx<'_>, talk: &Talk) -> Result<bool> {
    let Some((own, (first, last))) = talk.of(By::Name).zip(talk.span) else { return Ok(false) };
    let theirs = tx.all(db::Messages).filter(m::thread_id.eq(own.thread)).filter(m::external_id.is_not_null());
    let within = theirs.filter(m::sent_at.ge(first)).filter(m::sent_at.le(last));
    // Of a chat that is cleared every month, a month may come after the next one.
    if last.utc() - first.utc() > MONTHLY
        && !diesel::select(diesel::dsl::exists(within)).get_result::<bool>(tx.conn())?
    {
        return Ok(false);
    }
    // Ours may be a template, which many get.
    let same = theirs
        .filter(m::direction.eq(Direction::In))
        .filter(m::body.eq_any(talk.samples.clone()))
        .select(m::body)
        .distinct();
    let same = same.load::<String>(tx.conn())?.len();
    Ok(same * 2 < talk.samples.len() || talk.samples.is_empty())
}

/// Counts what conversations and threads have in common.
fn compare(
    db: &Db,
    access: Access,
    import: ImportId,
    archive: &mut Source,
    owner: &Owner,
    talks: &mut [Talk],
) -> Result<Result<(), ArchiveError>> {
    let channel = archive.channel();
    let places: HashMap<String, usize> = talks.iter().enumerate().map(|(at, talk)| (talk.name.clone(), at)).collect();
    let mut asked: Vec<((usize, usize), Asked)> = Vec::new();
    let judge = |asked: &mut Vec<((usize, usize), Asked)>, talks: &mut [Talk]| -> Result<bool> {
        // Each conversation by itself: a message stands for one of the archive, not for one of each that might be meant.
        for of_one in std::mem::take(asked).chunk_by(|((one, _), _), ((next, _), _)| one == next) {
            let (places, asked): (Vec<(usize, usize)>, Vec<Asked>) = of_one.iter().cloned().unzip();
            let here = db.read(access, |tx| stored(tx, channel, import, &asked))?;
            for (((talk, candidate), one), id) in places.into_iter().zip(&asked).zip(here) {
                talks[talk].candidates[candidate].count(one, id.is_some());
            }
        }
        Ok(talks.iter().all(Talk::is_settled))
    };
    let mut failed = None;
    let read = archive.messages(owner, &mut |message: Incoming| {
        let Some(talk) = places.get(&message.conversation) else { return Flow::Go };
        if talks[*talk].is_settled() {
            return Flow::Go;
        }
        for candidate in talks[*talk].ask(message.sent_at) {
            let said = Said::of(channel, talks[*talk].candidates[candidate].thread, &message);
            if said.tells() {
                if message.direction == Direction::In {
                    talks[*talk].keep(&message.body);
                }
                asked.push(((*talk, candidate), Asked::new(said, &message)));
            }
        }
        if asked.len() < AT_ONCE {
            return Flow::Go;
        }
        match judge(&mut asked, talks) {
            Ok(false) => Flow::Go,
            Ok(true) => Flow::Stop,
            Err(error) => {
                failed = Some(error);
                Flow::Stop
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    judge(&mut asked, talks)?;
    Ok(read)
}

/// From now on the thread that a conversation goes on in is known here by that name too, unless another has it.
pub(super) fn note_name(
    tx: &mut Tx<'_>,
    import: ImportId,
    channel: Channel,
    conversation: &str,
    thread: ThreadId,
) -> Result<()> {
    if !called(tx, channel, &[conversation.to_owned()])?.is_empty() {
        return Ok(());
    }
    let row =
        (tn::thread_id.eq(thread), tn::channel.eq(channel), tn::external_id.eq(conversation), tn::import_id.eq(import));
    tx.insert(db::ThreadNames, row).execute(tx.conn())?;
    Ok(())
}

/// Takes the names back that an import gave.
pub(super) fn forget(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::ThreadNames).filter(tn::import_id.eq(import))).execute(tx.conn())?;
    Ok(())
}
