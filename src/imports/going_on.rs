//! In which thread here a conversation of an archive goes on, where its name doesn't tell for certain: that of WhatsApp's is what
//! people are called, and somebody may be called otherwise, or another the same; so is that of Meta's encrypted download, while its
//! other one has numbers. What was said tells then.
//!
//! A conversation is one that is here where the other side is called the same, or by a number before, and the same words were said
//! at the same time; and it is another than that of its own name where none of what was said within its time is there.

mod candidates;

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use self::candidates::candidates_of;
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
    db::{self, Db, Instant, Tx, thread_names as tn},
    error::Result,
    ids::{ImportId, ThreadId},
};

/// How many messages are compared with what is here at once.
const AT_ONCE: usize = 1_000;
/// How many threads all messages of a conversation are compared with; with more, and with that of its name, some are.
const FEW: usize = 5;
/// How many messages of a conversation are some of them.
const SOME: u64 = 100;
/// How many conversations of one name are told apart.
const MOST_NAMESAKES: usize = 9;
/// How many messages in common are no coincidence, and so are as many that miss.
const ENOUGH: u64 = 3;

/// A thread that a conversation may go on in.
#[derive(Debug, Clone)]
struct Candidate {
    thread: ThreadId,
    /// What it is known here by.
    name: String,
    by: By,
}

/// Why it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// It has the conversation's name, and what archives brought is from between these times.
    Name(Instant, Instant),
    /// It is called the same, or has its name with a number: there was another here before it.
    Alike,
    /// It has nearly the same name, or none; or it is a group.
    Guess,
    /// It is called the same, of an owner who was called otherwise: another colleague, or the same one before.
    OtherOwner,
}

/// What a conversation and a thread have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tally {
    /// How many messages of theirs.
    heard: u64,
    /// How many of ours.
    said: u64,
    /// How many are not in the thread though it has some from before and after them.
    missed: u64,
}

impl By {
    /// Whether it is the same conversation, where so many messages in common are `needed`.
    fn holds(self, tally: Tally, needed: u64) -> bool {
        let common = tally.heard + tally.said;
        match self {
            Self::Name(..) => common > 0,
            Self::Alike => common >= needed,
            // One and the same message may have been sent to two people.
            Self::Guess => common >= needed && tally.heard > 0,
            Self::OtherOwner => common >= ENOUGH && tally.heard > 0 && tally.said > 0,
        }
    }
}

/// A conversation, the threads that it may go on in, and how much of it is asked for.
struct Talk<'a> {
    name: &'a str,
    /// How many messages it has.
    messages: u64,
    needed: u64,
    candidates: Vec<(Candidate, Tally)>,
    /// How many of its messages were read.
    read: u64,
}

impl Talk<'_> {
    fn is_settled(&self) -> bool {
        self.candidates.iter().any(|(candidate, tally)| candidate.by.holds(*tally, self.needed))
    }

    /// The threads that its next message is to be looked for in.
    fn next(&mut self) -> impl Iterator<Item = (usize, ThreadId)> {
        let some = (self.messages / SOME).max(1);
        let (is_some, is_few) = (self.read.is_multiple_of(some), self.candidates.len() <= FEW);
        self.read += 1;
        let is_asked = move |by: By| is_some || is_few && !matches!(by, By::Name(..));
        let asked = self.candidates.iter().enumerate().filter(move |(_, (one, _))| is_asked(one.by));
        asked.map(|(at, (one, _))| (at, one.thread))
    }

    fn own(&self) -> Option<&(Candidate, Tally)> {
        self.candidates.iter().find(|(one, _)| matches!(one.by, By::Name(..)))
    }

    /// Whether it is another conversation than that of its name.
    fn is_another(&self) -> bool {
        let enough = ENOUGH.min(self.messages);
        self.own().is_some_and(|(_, tally)| tally.heard + tally.said == 0 && tally.missed >= enough)
    }

    fn fresh_name(&self, taken: &HashSet<String>) -> Option<String> {
        let is_here = |name: &String| self.candidates.iter().any(|(one, _)| one.name == *name);
        namesakes(self.name).find(|name| !is_here(name) && !taken.contains(name))
    }
}

/// The names of further conversations of one name.
fn namesakes(name: &str) -> impl Iterator<Item = String> {
    (2..=MOST_NAMESAKES).map(move |number| format!("{name}#{number}"))
}

/// Under which name of a thread each goes on that doesn't under its own; a thread is one conversation of the archive, not two.
fn decide(talks: &[Talk<'_>]) -> HashMap<String, String> {
    let (mut taken, mut decided) = (HashSet::new(), HashMap::new());
    let mut open: Vec<&Talk<'_>> = Vec::new();
    for talk in talks {
        match talk.own().filter(|(own, tally)| own.by.holds(*tally, talk.needed)) {
            Some((own, _)) => drop(taken.insert(own.name.clone())),
            None => open.push(talk),
        }
    }
    let mut rest = Vec::new();
    for talk in open {
        let holds =
            |(one, tally): &&(Candidate, Tally)| one.by.holds(*tally, talk.needed) && !taken.contains(&one.name);
        match talk.candidates.iter().filter(holds).max_by_key(|(_, tally)| tally.heard + tally.said) {
            Some((one, _)) => {
                taken.insert(one.name.clone());
                decided.insert(talk.name.to_owned(), one.name.clone());
            }
            None => rest.push(talk),
        }
    }
    for talk in rest {
        let Some((own, _)) = talk.own() else { continue };
        if !talk.is_another() && taken.insert(own.name.clone()) {
            continue;
        }
        if let Some(name) = talk.fresh_name(&taken) {
            taken.insert(name.clone());
            decided.insert(talk.name.to_owned(), name);
        }
    }
    decided
}

/// Whether a conversation's name is made of what people are called.
fn is_loose(name: &str) -> bool {
    name.starts_with("whatsapp:") || name.starts_with("e2ee:")
}

/// The part of a conversation's name that tells whose it is, where one does: a colleague's chat with somebody of the same name
/// is another one.
fn whose(name: &str) -> Option<&str> {
    let (_, owner) = name.starts_with("whatsapp:").then(|| name.rsplit_once('@').unwrap_or((name, "")))?;
    Some(owner.split('#').next().unwrap_or_default())
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
    let mut candidates: HashMap<String, Vec<Candidate>> = HashMap::new();
    for chunk in people.chunks(500) {
        candidates.extend(db.read(access, |tx| candidates_of(tx, channel, chunk))?);
    }
    // Two conversations of one archive are two, however they are called.
    let certain: HashSet<&String> =
        people.iter().flat_map(|one| &one.conversations).filter(|name| !is_loose(name)).collect();
    candidates.values_mut().for_each(|found| found.retain(|one| !certain.contains(&one.name)));
    let mut talks: Vec<Talk<'_>> = Vec::new();
    for person in people.iter() {
        let Some(name) = person.conversations.first() else { continue };
        let found = candidates.remove(name).unwrap_or_default();
        if !found.is_empty() {
            let needed = if channel.is_metas() { 1 } else { person.messages.clamp(1, ENOUGH) };
            let candidates = found.into_iter().map(|one| (one, Tally::default())).collect();
            talks.push(Talk { name, messages: person.messages, needed, candidates, read: 0 });
        }
    }
    if talks.is_empty() {
        return Ok(Ok(()));
    }
    let read = compare(db, access, import, archive, owner, &mut talks)?;
    let decided = decide(&talks);
    for person in people {
        person.goes_on = person.conversations.first().and_then(|talk| decided.get(talk)).cloned();
    }
    Ok(read)
}

/// Counts what conversations and threads have in common.
fn compare(
    db: &Db,
    access: Access,
    import: ImportId,
    archive: &mut Source,
    owner: &Owner,
    talks: &mut [Talk<'_>],
) -> Result<Result<(), ArchiveError>> {
    let channel = archive.channel();
    let places: HashMap<String, usize> =
        talks.iter().enumerate().map(|(at, talk)| (talk.name.to_owned(), at)).collect();
    let mut asked: Vec<((usize, usize), Asked)> = Vec::new();
    let judge = |asked: &mut Vec<((usize, usize), Asked)>, talks: &mut [Talk<'_>]| -> Result<bool> {
        let (places, asked): (Vec<_>, Vec<_>) = std::mem::take(asked).into_iter().unzip();
        let here = db.read(access, |tx| stored(tx, channel, import, &asked))?;
        for (((talk, candidate), one), id) in places.into_iter().zip(&asked).zip(here) {
            let (candidate, tally) = &mut talks[talk].candidates[candidate];
            let within = |by| matches!(by, By::Name(first, last) if first < one.at && one.at < last);
            match (id, one.direction()) {
                (Some(_), Direction::In) => tally.heard += 1,
                (Some(_), Direction::Out) => tally.said += 1,
                (None, _) => tally.missed += u64::from(within(candidate.by)),
            }
        }
        Ok(talks.iter().all(Talk::is_settled))
    };
    let mut failed = None;
    let read = archive.messages(owner, &mut |message: Incoming| {
        let Some(at) = places.get(&message.conversation) else { return Flow::Go };
        if talks[*at].is_settled() {
            return Flow::Go;
        }
        for (candidate, thread) in talks[*at].next() {
            let said = Said::of(channel, thread, &message);
            if said.tells() {
                asked.push(((*at, candidate), Asked::new(said, &message)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Instant {
        let first: Instant = "2026-11-14T09:00:00Z".parse().expect("an instant");
        first.plus(chrono::TimeDelta::minutes(minute))
    }

    const NOTHING: Tally = Tally { heard: 0, said: 0, missed: 0 };

    fn talk<'a>(name: &'a str, candidates: &[(&str, By, Tally)]) -> Talk<'a> {
        let one = |(n, (name, by, tally)): (usize, &(&str, By, Tally))| {
            (Candidate { thread: ThreadId(n as i64), name: (*name).to_owned(), by: *by }, *tally)
        };
        let candidates = candidates.iter().enumerate().map(one).collect();
        Talk { name, messages: 9, needed: 3, candidates, read: 0 }
    }

    fn name() -> By {
        By::Name(at(0), at(60))
    }

    #[test]
    fn what_was_said_to_two_people_makes_them_nobody_the_same() {
        let (both, ours) = (Tally { heard: 1, said: 2, missed: 0 }, Tally { heard: 0, said: 5, missed: 0 });
        for (by, with_theirs, with_ours) in
            [(name(), true, true), (By::Alike, true, true), (By::Guess, true, false), (By::OtherOwner, true, false)]
        {
            assert_eq!((by.holds(both, 3), by.holds(ours, 3)), (with_theirs, with_ours), "{by:?}");
            assert!(!by.holds(NOTHING, 3));
        }
    }

    #[test]
    fn a_conversation_of_a_known_name_is_another_only_where_all_is_missing() {
        let missed = Tally { missed: 3, ..NOTHING };
        assert_eq!(decide(&[talk("a", &[("a", name(), NOTHING)])]).len(), 0, "later or earlier words of the same");
        assert_eq!(decide(&[talk("a", &[("a", name(), Tally { heard: 1, ..missed })])]).len(), 0);
        assert_eq!(decide(&[talk("a", &[("a", name(), missed)])])["a"], "a#2");
        let second = [("a", name(), missed), ("a#2", By::Alike, missed)];
        assert_eq!(decide(&[talk("a", &second)])["a"], "a#3");
        let known = [("a", name(), missed), ("a#2", By::Alike, Tally { heard: 3, ..NOTHING })];
        assert_eq!(decide(&[talk("a", &known)])["a"], "a#2");
    }

    #[test]
    fn a_thread_is_one_conversation_of_the_archive() {
        let same = Tally { heard: 3, ..NOTHING };
        let twins = [talk("a", &[("x", By::Alike, same)]), talk("b", &[("x", By::Alike, same)])];
        assert_eq!(decide(&twins), HashMap::from([("a".to_owned(), "x".to_owned())]));
        // Their numbers have moved: each goes on where its words are.
        let missed = Tally { missed: 3, ..NOTHING };
        let moved = [
            talk("2", &[("2", name(), missed), ("1", By::Alike, same)]),
            talk("3", &[("2", By::Alike, same), ("1", By::Alike, NOTHING)]),
        ];
        let expected = [("2", "1"), ("3", "2")].map(|(talk, name)| (talk.to_owned(), name.to_owned()));
        assert_eq!(decide(&moved), HashMap::from(expected));
    }

    #[test]
    fn of_a_long_conversation_some_messages_are_looked_for_in_many_threads_and_all_in_few() {
        let asked = |count: usize, by: By| {
            let candidates = vec![("x", by, NOTHING); count];
            let mut talk = Talk { messages: 1_000, ..talk("a", &candidates) };
            (0..1_000).map(|_| talk.next().count()).sum::<usize>()
        };
        assert_eq!((asked(2, By::Guess), asked(1, name()), asked(10, By::Guess)), (2_000, 100, 1_000));
    }
}
