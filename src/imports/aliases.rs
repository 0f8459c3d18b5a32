//! What is here under another name: conversations, and messages in them, though a platform, a person or a folder was called
//! differently in the download before.
//!
//! Meta's standard download and that of encrypted chats may hold the same conversation, and WhatsApp's file is called as
//! somebody saved it: a conversation is the same where the other side is called the same, or by a number before, and the same
//! words were said at the same time. A message is the same where the same side said the same words in it at the same time.

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
    db::{self, Db, Instant, Tx, contacts as c, thread_names as tn, threads as t},
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
    threads::{self, LONGEST, ThreadKind},
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

    /// Whether it helps to tell that two conversations are one.
    fn tells(&self) -> bool {
        !self.words.is_empty()
    }
}

/// How many messages of one conversation must be in another for both to be the same: within a minute, as WhatsApp tells
/// it, many say hello.
fn needed(channel: Channel, person: &Person) -> u64 {
    if channel.is_metas() { 1 } else { person.messages.clamp(1, 3) }
}

/// The part of a conversation's name that tells whose it is, where one does: a colleague's chat with somebody of the same name
/// is another one.
fn whose(name: &str) -> Option<&str> {
    name.starts_with("whatsapp:").then(|| name.rsplit_once('@').map_or("", |(_, owner)| owner))
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

/// What is stored around the times of these messages. Thread by thread: one that they are the end of and one that they are the
/// beginning of have years between them that nobody needs.
fn near(tx: &mut Tx<'_>, asked: &[Asked]) -> Result<Vec<threads::Stored>> {
    let mut spans: HashMap<ThreadId, (Instant, Instant)> = HashMap::new();
    for one in asked {
        let span = spans.entry(one.said.thread).or_insert((one.at, one.at));
        *span = (span.0.min(one.at), span.1.max(one.at));
    }
    let minute = TimeDelta::minutes(1);
    let spans: Vec<_> =
        spans.into_iter().map(|(thread, (first, last))| (thread, first.plus(-minute), last.plus(minute))).collect();
    threads::between(tx, &spans)
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
    let needs: HashMap<&String, u64> =
        people.iter().filter_map(|person| Some((person.conversations.first()?, needed(channel, person)))).collect();
    let mut same: HashMap<String, String> = HashMap::new();
    let mut counts: HashMap<(String, String), u64> = HashMap::new();
    let mut asked: Vec<(String, String, Asked)> = Vec::new();
    let mut judge = |asked: &mut Vec<(String, String, Asked)>, same: &mut HashMap<String, String>| -> Result<()> {
        let (names, asked): (Vec<_>, Vec<_>) =
            std::mem::take(asked).into_iter().map(|(talk, name, one)| ((talk, name), one)).unzip();
        let here = db.read(access, |tx| stored(tx, channel, import, &asked))?;
        for ((conversation, name), _) in names.into_iter().zip(here).filter(|(_, id)| id.is_some()) {
            let count = counts.entry((conversation.clone(), name.clone())).or_default();
            *count += 1;
            // A thread is one conversation of the archive, not two.
            if needs.get(&conversation).is_some_and(|needed| *count >= *needed)
                && !same.contains_key(&conversation)
                && !same.values().any(|other| *other == name)
            {
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
                if said.tells() {
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
    // WhatsApp calls by their number whoever had no name in its owner's telephone then.
    let numbered: Vec<ContactId> = match channel {
        Channel::Other => tx
            .all(db::Contacts)
            .filter(c::merged_into.is_null())
            .filter(c::phone_key.is_not_null())
            .filter(c::name.eq(c::phone.assume_not_null()))
            .order(c::id.desc())
            .select(c::id)
            .limit(200)
            .load(tx.conn())?,
        _ => Vec::new(),
    };
    let whose_threads: Vec<ContactId> = contacts.iter().map(|(id, _)| *id).chain(numbered.iter().copied()).collect();
    let threads: Vec<(ContactId, ThreadId, Option<String>)> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(whose_threads))
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
    let theirs = threads.iter().filter(|(whose, ..)| numbered.contains(whose));
    let nameless: Vec<(ThreadId, String)> = theirs.filter_map(|(_, thread, id)| Some((*thread, id.clone()?))).collect();
    let told = |(talk, name): (&String, String)| {
        let mut threads = of.get(name.as_str()).cloned().unwrap_or_default();
        threads.extend(nameless.iter().cloned());
        threads.retain(|(_, there)| whose(there) == whose(talk));
        Some((talk.clone(), threads))
    };
    Ok(talks.into_iter().filter_map(told).collect())
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
