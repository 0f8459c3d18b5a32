//! Messages that are here under another id, though a platform, a person or a folder was called differently in the download before:
//! one is the same where the same side said the same words in its conversation at the same time.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::source::Incoming;
use crate::{
    channels::{Channel, Direction, chats::words, safe_text},
    db::{Instant, Tx},
    error::Result,
    ids::{ImportId, ThreadId},
    threads::{self, LONGEST},
};

/// A message by what every download tells of it. Names change, and so do the places of files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Said {
    thread: ThreadId,
    /// To the millisecond with Meta; to the minute with WhatsApp, whose Android export tells no seconds.
    at: i64,
    direction: Direction,
    words: String,
}

impl Said {
    pub(super) fn new(channel: Channel, thread: ThreadId, at: Instant, direction: Direction, body: &str) -> Self {
        let millis = at.utc().timestamp_millis();
        let at = if channel == Channel::Other { millis.div_euclid(60_000) } else { millis };
        let words = words(body).split_whitespace().collect::<Vec<_>>().join(" ");
        Self { thread, at, direction, words }
    }

    pub(super) fn of(channel: Channel, thread: ThreadId, one: &Incoming) -> Self {
        Self::new(channel, thread, one.sent_at, one.direction, &safe_text(&one.body, LONGEST))
    }

    /// Whether it helps to tell that two conversations are one.
    pub(super) fn tells(&self) -> bool {
        !self.words.is_empty()
    }
}

/// Whether the ids of messages are made of what an archive tells of them, names and places of files among it: those may
/// change. X gives its own.
pub(super) fn are_loose(channel: Channel) -> bool {
    channel != Channel::X
}

/// A message that may be here under another id.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) said: Said,
    pub(super) at: Instant,
    pub(super) body: String,
    pub(super) id: String,
}

impl Asked {
    pub(super) fn new(said: Said, one: &Incoming) -> Self {
        Self { said, at: one.sent_at, body: safe_text(&one.body, LONGEST), id: one.external_id.clone() }
    }

    pub(super) fn thread(&self) -> ThreadId {
        self.said.thread
    }

    pub(super) fn at(&self) -> Instant {
        self.at
    }

    /// How many letters its words have.
    pub(super) fn letters(&self) -> usize {
        self.said.words.chars().count()
    }

    pub(super) fn direction(&self) -> Direction {
        self.said.direction
    }
}

/// Under which id each is stored: its own, else that of one that says the same, unless this import brought it. None for what
/// isn't here. Of several that say the same at one time each stands for one.
pub(super) fn stored(
    tx: &mut Tx<'_>,
    channel: Channel,
    import: ImportId,
    asked: &[Asked],
) -> Result<Vec<Option<String>>> {
    let own = threads::ids_of(tx, asked.iter().map(|one| (one.said.thread, one.id.as_str())))?;
    let is_own = |thread: ThreadId, id: &str| own.contains_key(&(thread, id.to_owned()));
    let mut here: HashMap<Said, Vec<(String, String)>> = HashMap::new();
    for one in near(tx, asked)? {
        if one.import_id != Some(import) && !is_own(one.thread_id, &one.external_id) {
            let said = Said::new(channel, one.thread_id, one.sent_at, one.direction, &one.body);
            here.entry(said).or_default().push((one.external_id, one.body));
        }
    }
    let mut found: Vec<Option<String>> =
        asked.iter().map(|one| is_own(one.said.thread, &one.id).then(|| one.id.clone())).collect();
    // Whoever finds the very same text takes it before others that only have the same words.
    for exactly in [true, false] {
        for (one, id) in asked.iter().zip(&mut found).filter(|(_, id)| id.is_none()) {
            let Some(same) = here.get_mut(&one.said) else { continue };
            let Some(at) = same.iter().position(|(_, body)| !exactly || *body == one.body) else { continue };
            // Without words there is a file, and downloads differ in how many messages they make of several.
            let is_file = one.said.words.is_empty() && channel.is_metas();
            *id = if is_file { same.get(at).map(|(id, _)| id.clone()) } else { Some(same.remove(at).0) };
        }
    }
    Ok(found)
}

/// What is stored around the times of these messages. Thread by thread, and month by month: between them may lie years that nobody
/// needs.
fn near(tx: &mut Tx<'_>, asked: &[Asked]) -> Result<Vec<threads::Stored>> {
    let mut times: Vec<(ThreadId, Instant)> = asked.iter().map(|one| (one.said.thread, one.at)).collect();
    times.sort_unstable_by_key(|(thread, at)| (thread.0, *at));
    let (minute, month) = (TimeDelta::minutes(1), TimeDelta::days(30));
    let mut spans: Vec<(ThreadId, Instant, Instant)> = Vec::new();
    for (thread, at) in times {
        match spans.last_mut().filter(|(last, _, until)| *last == thread && at < until.plus(month)) {
            Some((_, _, until)) => *until = at.plus(minute),
            None => spans.push((thread, at.plus(-minute), at.plus(minute))),
        }
    }
    threads::between(tx, &spans)
}
