//! In which thread here a conversation of an archive goes on, where its name doesn't tell for certain: that of WhatsApp's is what
//! people are called, and somebody may be called otherwise, or another the same; so is that of Meta's encrypted download, while its
//! other one has numbers. What was said tells then.
//!
//! A conversation is one that is here where the other side is called the same, or by a number before, and of what was said within
//! the time of the thread most is there; and it is another than that of its own name where next to nothing is.

mod candidates;

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

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
/// How many messages of a conversation are some of them, and how many at least are compared with each of very many threads.
const SOME: usize = 100;
const LEAST: usize = 10;
/// After how many messages a thread is known to be the one.
const SETTLED: u64 = 50;
/// How many conversations of one name are told apart.
const MOST_NAMESAKES: usize = 9;
/// How many messages in common are no coincidence, and so are as many that miss.
const ENOUGH: u64 = 3;

/// Where a conversation goes on that isn't known by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GoesOn {
    /// In a thread that is known by another name.
    Thread(ThreadId),
    /// In one of this name, which is to be made: that of its own name is another conversation.
    New(String),
}

/// Why a conversation may go on in a thread; those that tell more come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// It is known here by the conversation's name.
    Name,
    /// This import made it for a further conversation of that name.
    Made,
    /// It is called the same, or was made for a further conversation of that name.
    Alike,
    /// It has nearly the same name, or none; or it is a group.
    Guess,
    /// It is called the same, of an owner who was called otherwise: another colleague, or the same one before.
    OtherOwner,
}

/// A thread that a conversation may go on in.
#[derive(Debug, Clone)]
struct Candidate {
    thread: ThreadId,
    by: By,
    /// From when to when what archives brought into it was said.
    span: Option<(Instant, Instant)>,
    tally: Tally,
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
    /// How many were looked for.
    asked: u64,
}

impl Tally {
    fn common(self) -> u64 {
        self.heard + self.said
    }

    /// Whether much of what could be there is: within a minute many say the same here and there.
    fn is_much(self) -> bool {
        self.common() * 2 > self.missed
    }
}

impl Candidate {
    fn new(thread: ThreadId, by: By) -> Self {
        Self { thread, by, span: None, tally: Tally::default() }
    }

    /// Whether it is the conversation, where so many messages in common are `needed`.
    fn holds(&self, needed: u64) -> bool {
        let Tally { heard, said, .. } = self.tally;
        let common = self.tally.common();
        let tells = match self.by {
            By::Name | By::Made => common > 0,
            By::Alike => common >= needed,
            // One and the same message may have been sent to two people.
            By::Guess => common >= needed && heard > 0,
            By::OtherOwner => common >= ENOUGH && heard > 0 && said > 0,
        };
        tells && self.tally.is_much()
    }
}

/// A conversation, and the threads that it may go on in.
struct Talk {
    name: String,
    /// How many messages it has.
    messages: u64,
    /// How many of them in common tell.
    needed: u64,
    candidates: Vec<Candidate>,
    /// The names of further conversations of its name that are here.
    further: Vec<String>,
    /// How many of its messages were read.
    read: u64,
}

impl Talk {
    fn is_settled(&self) -> bool {
        self.candidates.iter().any(|one| one.tally.asked >= SETTLED && one.holds(self.needed))
    }

    /// The threads that its next message is to be looked for in, by place.
    fn ask(&mut self) -> Vec<usize> {
        let some = (SOME * FEW / self.candidates.len().max(FEW)).max(LEAST);
        let every = (self.messages / some as u64).max(1);
        let (is_some, is_few) = (self.read.is_multiple_of(every), self.candidates.len() <= FEW);
        self.read += 1;
        let is_asked = |one: &Candidate| is_some || is_few && one.by != By::Name;
        self.candidates.iter().enumerate().filter(|(_, one)| is_asked(one)).map(|(at, _)| at).collect()
    }

    fn of(&self, by: By) -> Option<&Candidate> {
        self.candidates.iter().find(|one| one.by == by)
    }

    /// Whether it is another conversation than that of its name.
    fn is_another(&self) -> bool {
        let enough = ENOUGH.min(self.messages);
        self.of(By::Name).is_some_and(|own| own.tally.missed >= enough && !own.tally.is_much())
    }

    fn fresh_name(&self) -> Option<String> {
        namesakes(&self.name).find(|name| !self.further.contains(name))
    }
}

/// The names of further conversations of one name.
fn namesakes(name: &str) -> impl Iterator<Item = String> {
    (2..=MOST_NAMESAKES).map(move |number| format!("{name}#{number}"))
}

/// Where each goes on that doesn't in the thread of its name; a thread is one conversation of the archive, not two.
fn decide(talks: &[Talk]) -> HashMap<String, GoesOn> {
    let all = talks.iter().enumerate().flat_map(|(at, talk)| talk.candidates.iter().map(move |one| (at, talk, one)));
    let mut holding: Vec<(usize, &Talk, &Candidate)> = all.filter(|(_, talk, one)| one.holds(talk.needed)).collect();
    // Who has most in common comes first, in whatever order an archive tells them.
    holding.sort_by_key(|(at, _, one)| (one.by, Reverse(one.tally.common()), one.thread.0, *at));
    let (mut taken, mut settled, mut decided) = (HashSet::new(), HashSet::new(), HashMap::new());
    for (at, talk, one) in holding {
        if settled.contains(&at) || !taken.insert(one.thread) {
            continue;
        }
        settled.insert(at);
        if one.by != By::Name {
            decided.insert(talk.name.clone(), GoesOn::Thread(one.thread));
        }
    }
    for (at, talk) in talks.iter().enumerate() {
        let Some(own) = talk.of(By::Name).filter(|_| !settled.contains(&at)) else { continue };
        if !talk.is_another() && taken.insert(own.thread) {
            continue;
        }
        // An import that was cut off has made its thread already.
        let made = talk.of(By::Made).filter(|made| taken.insert(made.thread)).map(|made| GoesOn::Thread(made.thread));
        let elsewhere = made.or_else(|| talk.fresh_name().map(GoesOn::New));
        decided.extend(elsewhere.map(|place| (talk.name.clone(), place)));
    }
    decided
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
    let mut decided = decide(&talks);
    for person in people {
        person.goes_on = person.conversations.first().and_then(|talk| decided.remove(talk));
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
    talks: &mut [Talk],
) -> Result<Result<(), ArchiveError>> {
    let channel = archive.channel();
    let places: HashMap<String, usize> = talks.iter().enumerate().map(|(at, talk)| (talk.name.clone(), at)).collect();
    let mut asked: Vec<((usize, usize), Asked)> = Vec::new();
    let judge = |asked: &mut Vec<((usize, usize), Asked)>, talks: &mut [Talk]| -> Result<bool> {
        let (places, asked): (Vec<_>, Vec<_>) = std::mem::take(asked).into_iter().unzip();
        let here = db.read(access, |tx| stored(tx, channel, import, &asked))?;
        for (((talk, candidate), one), id) in places.into_iter().zip(&asked).zip(here) {
            let Candidate { span, tally, .. } = &mut talks[talk].candidates[candidate];
            let is_within = span.is_some_and(|(first, last)| first < one.at() && one.at() < last);
            tally.asked += 1;
            match (id, one.direction()) {
                (Some(_), Direction::In) => tally.heard += 1,
                (Some(_), Direction::Out) => tally.said += 1,
                (None, _) => tally.missed += u64::from(is_within),
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
        for candidate in talks[*talk].ask() {
            let said = Said::of(channel, talks[*talk].candidates[candidate].thread, &message);
            if said.tells() {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(heard: u64, said: u64, missed: u64) -> Tally {
        Tally { heard, said, missed, asked: heard + said + missed }
    }

    fn talk(name: &str, candidates: &[(i64, By, Tally)]) -> Talk {
        let one = |(thread, by, tally): &(i64, By, Tally)| Candidate {
            tally: *tally,
            ..Candidate::new(ThreadId(*thread), *by)
        };
        let candidates = candidates.iter().map(one).collect();
        Talk { name: name.to_owned(), messages: 9, needed: 3, candidates, further: Vec::new(), read: 0 }
    }

    fn decided(talks: &[Talk]) -> Vec<(String, GoesOn)> {
        let mut all: Vec<_> = decide(talks).into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    fn to(name: &str, thread: i64) -> (String, GoesOn) {
        (name.to_owned(), GoesOn::Thread(ThreadId(thread)))
    }

    fn new(name: &str, called: &str) -> (String, GoesOn) {
        (name.to_owned(), GoesOn::New(called.to_owned()))
    }

    #[test]
    fn what_was_said_to_two_people_makes_them_nobody_the_same() {
        for (by, with_theirs, with_ours) in
            [(By::Name, true, true), (By::Alike, true, true), (By::Guess, true, false), (By::OtherOwner, true, false)]
        {
            let holds = |tally: Tally| Candidate { tally, ..Candidate::new(ThreadId(1), by) }.holds(3);
            assert_eq!((holds(tally(1, 2, 0)), holds(tally(0, 5, 0))), (with_theirs, with_ours), "{by:?}");
            assert!(!holds(tally(0, 0, 0)) && !holds(tally(3, 0, 50)), "three coincidences of fifty");
        }
    }

    #[test]
    fn a_conversation_of_a_known_name_is_another_only_where_next_to_all_is_missing() {
        let own = |tally: Tally| (1, By::Name, tally);
        assert_eq!(decided(&[talk("a", &[own(tally(0, 0, 0))])]), [], "later or earlier words of the same");
        assert_eq!(decided(&[talk("a", &[own(tally(2, 0, 3))])]), []);
        assert_eq!(decided(&[talk("a", &[own(tally(0, 0, 3))])]), [new("a", "a#2")]);
        assert_eq!(decided(&[talk("a", &[own(tally(1, 0, 60))])]), [new("a", "a#2")], "one coincidence of sixty");
        let third =
            Talk { further: vec!["a#2".into()], ..talk("a", &[own(tally(0, 0, 9)), (2, By::Alike, tally(0, 0, 9))]) };
        assert_eq!(decided(&[third]), [new("a", "a#3")]);
        assert_eq!(decided(&[talk("a", &[own(tally(0, 0, 9)), (2, By::Alike, tally(3, 0, 0))])]), [to("a", 2)]);
        let cut_off = [own(tally(0, 0, 9)), (2, By::Made, tally(0, 0, 0))];
        assert_eq!(decided(&[talk("a", &cut_off)]), [to("a", 2)], "made before the import was cut off");
    }

    #[test]
    fn a_thread_is_one_conversation_of_the_archive_and_goes_to_who_has_most_of_it() {
        let twins = [talk("a", &[(1, By::Alike, tally(3, 0, 0))]), talk("b", &[(1, By::Alike, tally(9, 0, 0))])];
        assert_eq!(decided(&twins), [to("b", 1)]);
        // Their numbers have moved: each goes on where its words are.
        let moved = [
            talk("2", &[(2, By::Name, tally(0, 0, 3)), (1, By::Alike, tally(3, 0, 0))]),
            talk("3", &[(2, By::Alike, tally(3, 0, 0)), (1, By::Alike, tally(0, 0, 3))]),
        ];
        assert_eq!(decided(&moved), [to("2", 1), to("3", 2)]);
    }

    #[test]
    fn of_a_long_conversation_some_messages_are_looked_for_in_many_threads_and_all_in_few() {
        let asked = |count: usize, by: By| {
            let candidates = vec![(1, by, tally(0, 0, 0)); count];
            let mut talk = Talk { messages: 1_000, ..talk("a", &candidates) };
            (0..1_000).map(|_| talk.ask().len()).sum::<usize>()
        };
        assert_eq!((asked(2, By::Guess), asked(1, By::Name), asked(200, By::Guess)), (2_000, 100, 2_000));
    }
}
