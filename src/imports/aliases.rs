//! Conversations that are here under another name. Meta's standard download and the one of encrypted chats may hold the
//! same conversation, each under a name of its own: it is the same where the other side is called the same and somebody
//! said the same words at the same millisecond. Its messages then come in once (FORMATS 3.5).

use std::collections::{HashMap, HashSet};

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

/// A message by what both downloads tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Said {
    thread: ThreadId,
    at: Instant,
    direction: Direction,
    /// The key of the other's name: the owner's is the same in both.
    author: String,
    words: String,
}

impl Said {
    pub(super) fn new(thread: ThreadId, at: Instant, direction: Direction, author: &str, body: &str) -> Self {
        let author = if direction == Direction::In { name_key(author) } else { String::new() };
        Self { thread, at, direction, author, words: words(body) }
    }

    pub(super) fn of(thread: ThreadId, one: &Incoming) -> Self {
        let (author, body) = (safe_text(&one.from.name, 200), safe_text(&one.body, LONGEST));
        Self::new(thread, one.sent_at, one.direction, &author, &body)
    }
}

/// Under which ids the messages that were said are stored.
pub(super) fn stored(tx: &mut Tx<'_>, said: &[Said]) -> Result<HashMap<Said, String>> {
    let wanted: HashSet<&Said> = said.iter().collect();
    let mut here = HashMap::new();
    for chunk in said.chunks(AT_ONCE) {
        let threads: HashSet<ThreadId> = chunk.iter().map(|one| one.thread).collect();
        let times: HashSet<Instant> = chunk.iter().map(|one| one.at).collect();
        type Row = (ThreadId, Instant, Direction, String, String, Option<String>);
        let rows: Vec<Row> = tx
            .all(db::Messages)
            .filter(m::thread_id.eq_any(threads.into_iter().collect::<Vec<_>>()))
            .filter(m::sent_at.eq_any(times.into_iter().collect::<Vec<_>>()))
            .select((m::thread_id, m::sent_at, m::direction, m::author_name, m::body, m::external_id))
            .load(tx.conn())?;
        for (thread, at, direction, author, body, id) in rows {
            let one = Said::new(thread, at, direction, &author, &body);
            if let Some(id) = id
                && wanted.contains(&one)
            {
                here.entry(one).or_insert(id);
            }
        }
    }
    Ok(here)
}

/// Finds out which conversations of the archive go on in a thread that is here under another name, and tells so in
/// [`Person::goes_on`]. Reads the archive's messages only when somebody is called like one of its people.
pub(super) fn find(
    db: &Db,
    access: Access,
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
    let mut asked: Vec<(String, Said, String)> = Vec::new();
    let judge = |asked: &mut Vec<(String, Said, String)>, same: &mut HashMap<String, String>| -> Result<()> {
        let asked = std::mem::take(asked);
        let said: Vec<Said> = asked.iter().map(|one| one.1.clone()).collect();
        let here = db.read(access, |tx| stored(tx, &said))?;
        for (conversation, said, name) in asked {
            // A thread is one conversation of the archive, not two.
            let is_free = same.get(&conversation).is_none() && !same.values().any(|other| *other == name);
            if is_free && here.contains_key(&said) {
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
            let new = threads.iter().map(|(thread, name)| (Said::of(*thread, &message), name));
            let telling = new.filter(|(said, _)| !said.words.is_empty());
            asked.extend(telling.map(|(said, name)| (message.conversation.clone(), said, name.clone())));
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
