//! What is here under another name: conversations, and messages in them, though a platform, a person or a folder was called
//! differently in the download before.
//!
//! Meta's standard download and that of encrypted chats may hold the same conversation, and WhatsApp's file is called as
//! somebody saved it: a conversation is the same where the other side is called the same and the same words were said at the
//! same time. A message is the same where the same side said the same words in it at the same time.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{
    Person,
    here::threads_here,
    source::{Incoming, Source},
};
use crate::{
    access::Access,
    channels::{
        Channel, Direction,
        archives::{ArchiveError, Flow, Owner},
        chats::words,
        name_key, safe_text,
    },
    db::{self, Db, Instant, Tx, contacts as c, messages as m, thread_names as tn, threads as t},
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
    threads::{LONGEST, ThreadKind},
};

/// How many messages are compared with what is here at once.
const AT_ONCE: usize = 1_000;

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

    /// Whether two conversations in which it was said are one. Within a minute many say hello.
    fn tells(&self, channel: Channel) -> bool {
        match channel.is_metas() {
            true => !self.words.is_empty(),
            false => self.direction == Direction::In && self.words.chars().count() >= 10,
        }
    }
}

/// Whether the ids of messages are made of what an archive tells of them, names and places of files among it: those may
/// change. X gives its own.
pub(super) fn are_loose(channel: Channel) -> bool {
    channel != Channel::X
}

/// A message that may be here under another id.
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
}

/// Under which id each is stored: its own, else that of one that says the same, unless this import brought it. None for what
/// isn't here. Of several that say the same at one time each stands for one.
pub(super) fn stored(
    tx: &mut Tx<'_>,
    channel: Channel,
    import: ImportId,
    asked: &[Asked],
) -> Result<Vec<Option<String>>> {
    let mut here: HashMap<Said, Vec<(String, String)>> = HashMap::new();
    let mut ids: HashSet<(ThreadId, String)> = HashSet::new();
    for (thread, id, at, direction, body, by) in rows(tx, asked)? {
        // Two chunks that meet have rows between them in common.
        if ids.insert((thread, id.clone())) && by != Some(import) {
            here.entry(Said::new(channel, thread, at, direction, &body)).or_default().push((id, body));
        }
    }
    let own = |one: &Asked| ids.contains(&(one.said.thread, one.id.clone()));
    for one in asked.iter().filter(|one| own(one)) {
        if let Some(same) = here.get_mut(&one.said) {
            same.retain(|(id, _)| *id != one.id);
        }
    }
    let find = |one: &Asked| {
        if own(one) {
            return Some(one.id.clone());
        }
        let same = here.get_mut(&one.said)?;
        // Without words there is a file, and downloads differ in how many messages they make of several.
        let is_file = one.said.words.is_empty() && channel.is_metas();
        let at = same.iter().position(|(_, body)| *body == one.body).unwrap_or(0);
        if is_file { same.get(at).map(|(id, _)| id.clone()) } else { (at < same.len()).then(|| same.remove(at).0) }
    };
    Ok(asked.iter().map(find).collect())
}

type Row = (ThreadId, String, Instant, Direction, String, Option<ImportId>);

/// What is stored around the times of these messages. An archive tells conversation by conversation or day by day: either way
/// some of them lie close together, in a few threads or in a short span.
fn rows(tx: &mut Tx<'_>, asked: &[Asked]) -> Result<Vec<Row>> {
    type Stored = (ThreadId, Option<String>, Instant, Direction, String, Option<ImportId>);
    let mut all: Vec<Stored> = Vec::new();
    for chunk in asked.chunks(AT_ONCE) {
        let threads: HashSet<ThreadId> = chunk.iter().map(|one| one.said.thread).collect();
        let times = || chunk.iter().map(|one| one.at);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { continue };
        let near = tx
            .all(db::Messages)
            .filter(m::thread_id.eq_any(threads.into_iter().collect::<Vec<_>>()))
            .filter(m::sent_at.gt(first.plus(-TimeDelta::minutes(1))))
            .filter(m::sent_at.lt(last.plus(TimeDelta::minutes(1))));
        let columns = (m::thread_id, m::external_id, m::sent_at, m::direction, m::body, m::import_id);
        all.extend(near.order((m::sent_at, m::id)).select(columns).load::<Stored>(tx.conn())?);
    }
    Ok(all.into_iter().filter_map(|(thread, id, at, way, body, by)| Some((thread, id?, at, way, body, by))).collect())
}

/// Finds out which conversations of the archive go on in a thread that is here under another name, and tells so in
/// [`Person::goes_on`]. Reads the archive's messages only when somebody is called like one of its people.
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
    let mut namesakes = HashMap::new();
    for chunk in people.chunks(500) {
        namesakes.extend(db.read(access, |tx| like_named(tx, channel, chunk))?);
    }
    // Two conversations of one archive are two, however they are called.
    let own: HashSet<&String> = people.iter().flat_map(|person| &person.conversations).collect();
    for threads in namesakes.values_mut() {
        threads.retain(|(_, name)| !own.contains(name));
    }
    namesakes.retain(|_, threads| !threads.is_empty());
    if namesakes.is_empty() {
        return Ok(Ok(()));
    }
    let mut same: HashMap<String, String> = HashMap::new();
    let mut asked: Vec<(String, String, Asked)> = Vec::new();
    let judge = |asked: &mut Vec<(String, String, Asked)>, same: &mut HashMap<String, String>| -> Result<()> {
        let (names, asked): (Vec<_>, Vec<_>) =
            std::mem::take(asked).into_iter().map(|(talk, name, one)| ((talk, name), one)).unzip();
        let here = db.read(access, |tx| stored(tx, channel, import, &asked))?;
        for ((conversation, name), _) in names.into_iter().zip(here).filter(|(_, id)| id.is_some()) {
            // A thread is one conversation of the archive, not two.
            if !same.contains_key(&conversation) && !same.values().any(|other| *other == name) {
                same.insert(conversation, name);
            }
        }
        Ok(())
    };
    let mut failed = None;
    let read = archive.messages(owner, &mut |message| {
        if let Some(threads) = namesakes.get(&message.conversation)
            && !same.contains_key(&message.conversation)
        {
            for (thread, name) in threads {
                let said = Said::of(channel, *thread, &message);
                if said.tells(channel) {
                    let one = Asked::new(said, &message);
                    asked.push((message.conversation.clone(), name.clone(), one));
                }
            }
        }
        if asked.len() >= AT_ONCE
            && let Err(error) = judge(&mut asked, &mut same)
        {
            failed = Some(error);
            return Flow::Stop;
        }
        Flow::Go
    });
    if let Some(error) = failed {
        return Err(error);
    }
    judge(&mut asked, &mut same)?;
    for person in people {
        person.goes_on = person.conversations.first().and_then(|talk| same.remove(talk));
    }
    Ok(read)
}

/// The threads of contacts who are called like somebody whose conversation is not here, by that conversation, each with its
/// name.
fn like_named(
    tx: &mut Tx<'_>,
    channel: Channel,
    people: &[Person],
) -> Result<HashMap<String, Vec<(ThreadId, String)>>> {
    let here = threads_here(tx, channel, people)?;
    let talks = people.iter().filter(|person| person.group.is_none()).filter_map(|person| {
        let talk = person.conversations.first().filter(|talk| !here.contains_key(*talk))?;
        Some((talk, name_key(&person.name)))
    });
    let talks: Vec<(&String, String)> = talks.filter(|(_, name)| !name.is_empty()).collect();
    if talks.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<&str> = talks.iter().map(|(_, name)| name.as_str()).collect();
    let contacts: Vec<(ContactId, String)> = tx
        .all(db::Contacts)
        .filter(c::merged_into.is_null())
        .filter(c::name_key.eq_any(names))
        .select((c::id, c::name_key))
        .limit(2_000)
        .load(tx.conn())?;
    let threads: Vec<(ContactId, ThreadId, Option<String>)> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(contacts.iter().map(|(id, _)| *id).collect::<Vec<_>>()))
        .filter(t::channel.eq(channel))
        .filter(t::kind.eq(ThreadKind::Direct))
        .filter(t::external_id.is_not_null())
        .select((t::contact_id, t::id, t::external_id))
        .limit(2_000)
        .load(tx.conn())?;
    let mut of: HashMap<&str, Vec<(ThreadId, String)>> = HashMap::new();
    for (contact, name) in &contacts {
        let theirs = threads.iter().filter(|(whose, ..)| whose == contact);
        of.entry(name).or_default().extend(theirs.filter_map(|(_, thread, id)| Some((*thread, id.clone()?))));
    }
    Ok(talks.into_iter().filter_map(|(talk, name)| Some((talk.clone(), of.get(name.as_str())?.clone()))).collect())
}

/// The thread that a conversation goes on in; from now on it is known here by that name too.
pub(super) fn go_on(
    tx: &mut Tx<'_>,
    import: ImportId,
    channel: Channel,
    conversation: &str,
    person: &Person,
) -> Result<Option<(ThreadId, ContactId)>> {
    let Some(name) = &person.goes_on else { return Ok(None) };
    let there: Option<(ThreadId, ContactId)> = tx
        .all(db::Threads)
        .filter(t::channel.eq(channel))
        .filter(t::external_id.eq(name))
        .select((t::id, t::contact_id))
        .get_result(tx.conn())
        .optional()?;
    if let Some((thread, _)) = there {
        let row = (
            tn::thread_id.eq(thread),
            tn::channel.eq(channel),
            tn::external_id.eq(conversation),
            tn::import_id.eq(import),
        );
        tx.insert(db::ThreadNames, row).execute(tx.conn())?;
    }
    Ok(there)
}

/// Takes the names back that an import gave.
pub(super) fn forget(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::ThreadNames).filter(tn::import_id.eq(import))).execute(tx.conn())?;
    Ok(())
}
