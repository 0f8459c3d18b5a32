//! How many messages of an archive are not here yet, conversation by conversation: what the preview promises.

use std::collections::HashMap;

use super::{Person, aliases, here::threads_here, notes, source};
use crate::{
    access::Access,
    channels::{
        Channel,
        archives::{ArchiveError, Flow, Owner},
        safe_text,
    },
    db::{Db, Instant},
    error::Result,
    ids::{ImportId, ThreadId},
    threads,
};

/// How many messages of each conversation are not here.
pub(super) type Fresh = HashMap<String, u64>;

/// Counts the messages that are not here, one by one: a download of a month has fewer than are stored, and yet new ones.
/// None when no conversation is here, so that all of them are new.
pub(super) fn fresh(
    db: &Db,
    access: Access,
    import: ImportId,
    archive: &mut source::Source,
    owner: &Owner,
    people: &[Person],
) -> Result<Result<Option<Fresh>, ArchiveError>> {
    let channel = archive.channel();
    let mut here = HashMap::new();
    for chunk in people.chunks(500) {
        here.extend(db.read(access, |tx| threads_here(tx, channel, chunk))?);
        if channel == Channel::Linkedin {
            let begun = db.read(access, |tx| notes::threads_here(tx, chunk, &here))?;
            here.extend(begun);
        }
    }
    if here.is_empty() {
        return Ok(Ok(None));
    }
    let (mut counts, mut batch, mut failed) = (Fresh::new(), Vec::new(), None);
    let judge = |batch: &mut Vec<(String, aliases::Asked)>, counts: &mut Fresh| -> Result<()> {
        let (talks, asked): (Vec<_>, Vec<_>) = std::mem::take(batch).into_iter().unzip();
        let known: Vec<bool> = db.read(access, |tx| {
            if aliases::are_loose(channel) {
                let ids = aliases::stored(tx, channel, import, &asked)?;
                return Ok(ids.iter().map(Option::is_some).collect());
            }
            let ids = threads::ids_of(tx, asked.iter().map(|one| (one.thread(), one.id.as_str())))?;
            Ok(asked.iter().map(|one| ids.contains_key(&(one.thread(), one.id.clone()))).collect())
        })?;
        for (talk, _) in talks.into_iter().zip(known).filter(|(_, known)| !known) {
            *counts.entry(talk).or_default() += 1;
        }
        Ok(())
    };
    let mut notes = HashMap::new();
    if channel == Channel::Linkedin {
        let ids: Vec<ThreadId> = here.values().map(|there| there.thread).collect();
        for chunk in ids.chunks(500) {
            notes.extend(db.read(access, |tx| notes::stored(tx, chunk))?);
        }
    }
    let begun: HashMap<&str, Option<Instant>> = match notes.is_empty() {
        true => HashMap::new(),
        false => {
            let talks = people.iter().flat_map(|who| who.conversations.iter().map(move |talk| (who, talk.as_str())));
            talks.map(|(who, talk)| (talk, notes::begun(who, talk))).collect()
        }
    };
    let mut count = |message: source::Incoming| {
        match here.get(&message.conversation) {
            Some(there) => {
                let told = notes.get(&there.thread).map(Vec::as_slice).unwrap_or_default();
                let when = begun.get(message.conversation.as_str()).copied().flatten();
                if notes::repeats(told, when, &message) {
                    return Flow::Go;
                }
                let said = aliases::Said::of(channel, there.thread, &message);
                let asked = aliases::Asked::new(said, &message);
                batch.push((message.conversation, asked));
            }
            None => *counts.entry(message.conversation).or_default() += 1,
        }
        if batch.len() >= 1000
            && let Err(error) = judge(&mut batch, &mut counts)
        {
            failed = Some(error);
            return Flow::Stop;
        }
        Flow::Go
    };
    let mut goes_on = true;
    for chunk in archive.notes().chunks(500) {
        let words = |note: &source::Incoming| {
            Some((here.get(&note.conversation)?.thread, note.direction, safe_text(&note.body, threads::LONGEST)))
        };
        let asked: Vec<_> = chunk.iter().filter_map(words).collect();
        let said = db.read(access, |tx| notes::said(tx, &asked))?;
        for note in chunk.iter().filter(|note| words(note).is_none_or(|words| !said.contains(&words))) {
            goes_on &= count(note.clone()) == Flow::Go;
        }
    }
    let read = if goes_on { archive.messages(owner, &mut count) } else { Ok(()) };
    if let Some(error) = failed {
        return Err(error);
    }
    judge(&mut batch, &mut counts)?;
    Ok(read.map(|()| Some(counts)))
}
