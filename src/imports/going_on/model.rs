//! When a conversation is one that is here: pure rules over what both have in common.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use chrono::TimeDelta;

use super::{super::aliases::Asked, GoesOn};
use crate::{
    channels::{Direction, safe_text},
    db::Instant,
    ids::ThreadId,
    threads::LONGEST,
};

/// How many messages of a conversation are compared with a thread, and how many with each of more than [`FEW`].
const MOST_ASKED: u64 = 1_000;
const SOME_ASKED: u64 = 100;
const FEW: usize = 5;
/// After how many messages a thread is known to be the one.
const SETTLED: u64 = 50;
/// From how many letters on words are not what everybody says.
const TELLING: usize = 16;
/// How many texts are looked for at other times, before a conversation is another.
const SAMPLES: usize = 20;
/// How many conversations of one name are told apart.
const MOST_NAMESAKES: usize = 9;
/// How many messages in common are no coincidence, and so are as many that miss.
pub(super) const ENOUGH: u64 = 3;

/// Why a conversation may go on in a thread; those that tell more come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
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
pub(super) struct Candidate {
    pub(super) thread: ThreadId,
    pub(super) by: By,
    /// What archives brought into it.
    pub(super) brought: Option<Brought>,
    pub(super) tally: Tally,
}

/// What archives brought into a thread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Brought {
    pub(super) messages: u64,
    /// When the first of them was said.
    pub(super) first: Instant,
    /// When the last was.
    pub(super) last: Instant,
}

/// What a conversation and a thread have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many messages of theirs.
    pub(super) heard: u64,
    /// How many of these say what not everybody says.
    pub(super) telling: u64,
    /// How many of ours.
    pub(super) said: u64,
    /// How many are not in the thread though it has some from that time.
    pub(super) missed: u64,
    /// How many were looked for.
    pub(super) asked: u64,
    /// How many there are from the time of the thread.
    pub(super) within: u64,
    /// How many the thread has from the time of the conversation; none while that isn't known.
    pub(super) theirs: Option<u64>,
}

impl Tally {
    pub(super) fn common(self) -> u64 {
        self.heard + self.said
    }

    /// Whether much of what could be there is: within a minute many say the same here and there.
    pub(super) fn is_much(self) -> bool {
        self.common() * 2 > self.missed
    }

    /// Whether of a time that both have the one tells what the other does.
    fn is_the_same(self) -> bool {
        self.is_nearly_all() && self.theirs.is_some_and(|theirs| theirs * 4 <= self.within * 5)
    }

    /// Whether nearly all of it is.
    fn is_nearly_all(self) -> bool {
        self.common() >= self.missed * 4
    }
}

impl Candidate {
    pub(super) fn new(thread: ThreadId, by: By) -> Self {
        Self { thread, by, brought: None, tally: Tally::default() }
    }

    /// Whether it is the conversation, where so many messages in common are `needed`, or all that it has.
    pub(super) fn holds(&self, needed: u64) -> bool {
        let (tally, common) = (self.tally, self.tally.common());
        let all = self.brought.map_or(needed, |brought| needed.min(brought.messages));
        match self.by {
            By::Name | By::Made => common > 0 && tally.is_much(),
            By::Alike => common >= all && tally.is_much(),
            // One and the same message may have been sent to two people, and both say yes; a group may hold news that another has.
            By::Guess => common >= ENOUGH && (tally.telling > 0 || tally.heard >= ENOUGH) && tally.is_the_same(),
            By::OtherOwner => common >= ENOUGH && tally.heard > 0 && tally.said > 0 && tally.is_the_same(),
        }
    }

    /// Whether it is to be asked how many messages it has from the time of the conversation.
    pub(super) fn needs_theirs(&self) -> bool {
        matches!(self.by, By::Guess | By::OtherOwner) && self.tally.common() >= ENOUGH && self.tally.is_nearly_all()
    }

    /// Counts a message that was looked for.
    pub(super) fn count(&mut self, one: &Asked, is_here: bool) {
        let tally = &mut self.tally;
        let is_within = self.brought.is_some_and(|of| of.first <= one.at() && one.at() <= of.last);
        match one.direction() {
            _ if !is_here => tally.missed += u64::from(is_within),
            Direction::Out => tally.said += 1,
            Direction::In => {
                tally.heard += 1;
                tally.telling += u64::from(one.letters() >= TELLING);
            }
        }
    }

    /// Whether a message of that time may be in it, as exactly as WhatsApp tells times.
    pub(super) fn reaches(&self, at: Instant) -> bool {
        let minute = TimeDelta::minutes(1);
        self.brought.is_some_and(|brought| brought.first.plus(-minute) < at && at < brought.last.plus(minute))
    }
}

/// A conversation, and the threads that it may go on in.
pub(super) struct Talk {
    pub(super) name: String,
    /// How many messages it has.
    pub(super) messages: u64,
    /// How many of them in common tell.
    pub(super) needed: u64,
    pub(super) candidates: Vec<Candidate>,
    /// The names of further conversations of its name that are here.
    pub(super) further: Vec<String>,
    /// When the first and the last of its messages that were read were said.
    pub(super) span: Option<(Instant, Instant)>,
    /// Some of its texts.
    pub(super) samples: Vec<String>,
    /// Whether it is another conversation than that of its name.
    pub(super) is_another: bool,
}

impl Talk {
    pub(super) fn new(name: &str) -> Self {
        let (candidates, further, samples) = (Vec::new(), Vec::new(), Vec::new());
        let name = name.to_owned();
        Self { name, messages: 0, needed: 1, candidates, further, span: None, samples, is_another: false }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.candidates.iter().any(|one| one.tally.asked >= SETTLED && one.by <= By::Alike && one.holds(self.needed))
    }

    /// The threads that a message is to be looked for in, by place.
    pub(super) fn ask(&mut self, at: Instant) -> Vec<usize> {
        self.span = Some(self.span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        let most = if self.candidates.len() > FEW { SOME_ASKED } else { MOST_ASKED };
        let within = self.candidates.iter_mut().enumerate().filter(|(_, one)| one.reaches(at));
        let asked = within.filter_map(|(place, Candidate { tally, .. })| {
            tally.within += 1;
            let is_asked = tally.asked < most;
            tally.asked += u64::from(is_asked);
            is_asked.then_some(place)
        });
        asked.collect()
    }

    /// Keeps a text, if it is one that not everybody says.
    pub(super) fn keep(&mut self, body: &str) {
        let body = safe_text(body, LONGEST);
        if self.samples.len() < SAMPLES && body.chars().count() >= TELLING && !self.samples.contains(&body) {
            self.samples.push(body);
        }
    }

    pub(super) fn of(&self, by: By) -> Option<&Candidate> {
        self.candidates.iter().find(|one| one.by == by)
    }

    /// Whether next to nothing of it is in the thread of its name.
    pub(super) fn misses_its_own(&self) -> bool {
        let enough = ENOUGH.min(self.messages);
        self.of(By::Name).is_some_and(|own| own.tally.missed >= enough && !own.tally.is_much())
    }

    pub(super) fn fresh_name(&self) -> Option<String> {
        namesakes(&self.name).find(|name| !self.further.contains(name))
    }
}

/// The names of further conversations of one name.
pub(super) fn namesakes(name: &str) -> impl Iterator<Item = String> {
    (2..=MOST_NAMESAKES).map(move |number| format!("{name}#{number}"))
}

/// Where each goes on that doesn't in the thread of its name; a thread is one conversation of the archive, not two.
pub(super) fn decide(talks: &[Talk]) -> HashMap<String, GoesOn> {
    let all = talks.iter().enumerate().flat_map(|(at, talk)| talk.candidates.iter().map(move |one| (at, talk, one)));
    let mut holding: Vec<(usize, &Talk, &Candidate)> = all.filter(|(_, talk, one)| one.holds(talk.needed)).collect();
    // Where several might be meant, nobody can tell which.
    let guesses =
        |talk: &Talk| talk.candidates.iter().filter(|one| one.by > By::Alike && one.holds(talk.needed)).count();
    holding.retain(|(_, talk, one)| one.by <= By::Alike || guesses(talk) == 1);
    // Who has most in common comes first, in whatever order an archive tells them.
    holding.sort_by_key(|(at, _, one)| (one.by > By::Alike, Reverse(one.tally.common()), one.by, one.thread.0, *at));
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
        if !talk.is_another && taken.insert(own.thread) {
            continue;
        }
        // An import that was cut off has made its thread already.
        let made = talk.of(By::Made).filter(|made| taken.insert(made.thread)).map(|made| GoesOn::Thread(made.thread));
        let elsewhere = made.or_else(|| talk.fresh_name().map(GoesOn::New));
        decided.extend(elsewhere.map(|place| (talk.name.clone(), place)));
    }
    decided
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(heard: u64, said: u64, missed: u64) -> Tally {
        Tally {
            heard,
            telling: heard,
            said,
            missed,
            asked: heard + said + missed,
            within: heard + said + missed,
            theirs: Some(heard + said),
        }
    }

    fn talk(name: &str, candidates: &[(i64, By, Tally)]) -> Talk {
        let one = |(thread, by, tally): &(i64, By, Tally)| Candidate {
            tally: *tally,
            ..Candidate::new(ThreadId(*thread), *by)
        };
        let candidates = candidates.iter().map(one).collect();
        let mut talk = Talk { messages: 9, needed: 3, candidates, ..Talk::new(name) };
        talk.is_another = talk.misses_its_own();
        talk
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
        // A wish of a minute that all got is little beside the whole of it.
        let wished = [talk("a", &[(1, By::Name, tally(3, 0, 4)), (2, By::Alike, tally(40, 0, 0))])];
        assert_eq!(decided(&wished), [to("a", 2)]);
        // Their numbers have moved: each goes on where its words are.
        let moved = [
            talk("2", &[(2, By::Name, tally(0, 0, 3)), (1, By::Alike, tally(3, 0, 0))]),
            talk("3", &[(2, By::Alike, tally(3, 0, 0)), (1, By::Alike, tally(0, 0, 3))]),
        ];
        assert_eq!(decided(&moved), [to("2", 1), to("3", 2)]);
    }

    #[test]
    fn what_everybody_says_tells_of_nobody_unless_it_is_all_there_is() {
        let guess = |tally: Tally| Candidate { tally, ..Candidate::new(ThreadId(1), By::Guess) }.holds(3);
        assert!(!guess(Tally { telling: 0, ..tally(1, 2, 0) }), "a pitch, and both said yes");
        assert!(!guess(tally(3, 0, 5)), "what misses speaks against it");
        let has_more = Tally { theirs: Some(60), ..tally(4, 0, 0) };
        assert!(!guess(has_more), "so does what the thread has and the conversation doesn't");
        assert!(guess(tally(2, 2, 1)));
    }

    #[test]
    fn a_message_is_looked_for_where_it_may_be_and_only_so_many_are() {
        let asked = |count: usize| {
            let mut talk = talk("a", &vec![(1, By::Guess, Tally::default()); count]);
            let brought = Some(Brought { messages: 9, first: at(100), last: at(5_000) });
            talk.candidates.iter_mut().for_each(|one| one.brought = brought);
            (0..5_000).map(|minute| talk.ask(at(minute)).len()).sum::<usize>()
        };
        assert_eq!((asked(2), asked(200)), (2_000, 20_000));
    }

    fn at(minute: i64) -> Instant {
        let first: Instant = "2026-11-14T09:00:00Z".parse().expect("an instant");
        first.plus(TimeDelta::minutes(minute))
    }
}
