//! Notes that came with invitations to connect: the first words of a relation. Once an invitation is accepted LinkedIn
//! tells its note again, as the first message of the conversation: the same words come in once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    apply::note_change,
    here::{Here, called},
    people::Person,
    preview::recognise,
    source::Incoming,
};
use crate::{
    channels::{
        Channel, Direction,
        archives::{Owner, Party, name_id},
        linkedin::{Invitation, MessageRow},
    },
    db::{self, Instant, Tx, messages as m, threads as t},
    drafts::text_key,
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
    threads::{Bulk, ThreadKind},
};

/// What the ids of notes begin with, and of conversations that hold nothing else.
const PREFIX: &str = "invite:";
/// The most text of notes that is held, in bytes; LinkedIn allows 300 characters each.
const MOST: usize = 32_000_000;
/// So many messages that say the same as a note are looked at for the one that is it.
const MOST_SAID: usize = 100;

/// A note of somebody in the archive.
struct Note {
    person: usize,
    incoming: Incoming,
    words: String,
    /// When messages were sent that say the same.
    said: Vec<DateTime<Utc>>,
}

/// The notes of an archive while its messages are looked through for them.
#[derive(Default)]
pub(super) struct Notes {
    all: Vec<Note>,
    /// Which notes are of a profile, or of a name.
    of: HashMap<String, Vec<usize>>,
    size: usize,
}

/// How somebody is found in rows that may tell a profile, or only a name.
fn known_as(name: &str, key: Option<&str>) -> Vec<String> {
    key.map(|key| format!("in:{key}")).into_iter().chain([format!("name:{}", name_id(name))]).collect()
}

impl Notes {
    /// Takes the note of an invitation; `person` is whose number it is in `people`.
    pub(super) fn add(&mut self, person: usize, one: Invitation, people: &[Person], owner: &Owner) {
        let (Some(body), Some(sent_at), Some(whose)) = (one.message, one.sent_at, people.get(person)) else { return };
        self.size += body.len();
        if self.size > MOST {
            return;
        }
        let them = Party { name: one.name, key: one.key };
        for name in known_as(&them.name, them.key.as_deref()) {
            self.of.entry(name).or_default().push(self.all.len());
        }
        let from = match one.direction {
            Direction::In => them,
            Direction::Out => Party { name: owner.name.clone(), key: owner.key.clone() },
        };
        let words = text_key(&body);
        let mut hash = Sha256::new();
        for part in [&whose.key, one.direction.as_str(), &words] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let id: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let incoming = Incoming {
            conversation: talk_of(whose),
            direction: one.direction,
            from,
            body,
            external_id: format!("{PREFIX}{id}"),
            sent_at: Instant::from(sent_at),
            files: Vec::new(),
            reactions: Vec::new(),
        };
        self.all.push(Note { person, incoming, words, said: Vec::new() });
    }

    /// Looks whether a message is one of the notes.
    pub(super) fn observe(&mut self, row: &MessageRow, owner: &Owner) {
        if self.all.is_empty() || row.is_draft {
            return;
        }
        let (direction, name, key) = match (owner.matches(&row.from_name, row.from_key.as_deref()), &row.to[..]) {
            (true, [to]) => (Direction::Out, &to.name, to.key.as_deref()),
            (true, _) => return,
            (false, _) => (Direction::In, &row.from_name, row.from_key.as_deref()),
        };
        let mut words = None;
        for at in known_as(name, key).iter().filter_map(|name| self.of.get(name)).flatten() {
            let Some(note) = self.all.get_mut(*at) else { continue };
            if note.incoming.direction == direction
                && *words.get_or_insert_with(|| text_key(&row.body)) == note.words
                && note.said.len() < MOST_SAID
            {
                note.said.push(row.sent_at);
            }
        }
    }

    /// The notes that no conversation begins with, each once, given to their people: into the conversation with them, where there is one.
    pub(super) fn finish(self, people: &mut [Person]) -> Vec<Incoming> {
        let mut seen = HashSet::new();
        let mut rest = Vec::new();
        for Note { person, mut incoming, said, .. } in self.all {
            let Some(person) = people.get_mut(person) else { continue };
            if said.iter().any(|at| person.begun.contains(at)) {
                continue;
            }
            if !seen.insert(incoming.external_id.clone()) {
                continue;
            }
            person.messages += 1;
            person.last = person.last.max(Some(incoming.sent_at.utc()));
            match person.conversations.first() {
                Some(talk) => incoming.conversation.clone_from(talk),
                None => person.conversations.push(incoming.conversation.clone()),
            }
            rest.push(incoming);
        }
        rest
    }
}

/// What the conversation with somebody is called as long as it holds nothing but a note.
fn talk_of(person: &Person) -> String {
    format!("{PREFIX}{}", person.key)
}

/// Where a conversation goes that is not here by its own name: what began with a note goes on there, under that name from now
/// on, and a note goes into the latest conversation between two with the contact.
pub(super) fn go_on(
    tx: &mut Tx<'_>,
    import: ImportId,
    contact: ContactId,
    conversation: &str,
    person: &Person,
) -> Result<Option<ThreadId>> {
    let between = tx
        .all(db::Threads)
        .filter(t::channel.eq(Channel::Linkedin))
        .filter(t::contact_id.eq(contact))
        .filter(t::kind.eq(ThreadKind::Direct));
    if conversation.starts_with(PREFIX) {
        let latest = between.order((t::last_message_at.desc(), t::id.desc())).select(t::id);
        return Ok(latest.first(tx.conn()).optional()?);
    }
    let begun = talk_of(person);
    let thread: Option<ThreadId> =
        between.filter(t::external_id.eq(&begun)).select(t::id).get_result(tx.conn()).optional()?;
    if let Some(thread) = thread {
        rename(tx, thread, &begun, conversation)?;
        note_change(tx, import, contact, &format!("talk {thread}"), Some(&begun), Some(conversation))?;
    }
    Ok(thread)
}

/// Gives a conversation another name, if it still has the one told.
pub(super) fn rename(tx: &mut Tx<'_>, thread: ThreadId, from: &str, to: &str) -> Result<()> {
    diesel::update(tx.all(db::Threads).filter(t::id.eq(thread)).filter(t::external_id.eq(from)))
        .set(t::external_id.eq(to))
        .execute(tx.conn())?;
    Ok(())
}

/// The notes that these threads hold already: direction and words of each.
pub(super) fn stored(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<HashMap<ThreadId, Vec<(Direction, String)>>> {
    let rows: Vec<(ThreadId, Direction, String)> = tx
        .all(db::Messages)
        .filter(m::thread_id.eq_any(threads.to_vec()))
        .filter(m::external_id.like(format!("{PREFIX}%")))
        .select((m::thread_id, m::direction, m::body))
        .load(tx.conn())?;
    let mut notes: HashMap<ThreadId, Vec<(Direction, String)>> = HashMap::new();
    for (thread, direction, body) in rows {
        notes.entry(thread).or_default().push((direction, text_key(&body)));
    }
    Ok(notes)
}

/// Whether a message is one of these notes told again: it begins the conversation, in the same words. What is said once more
/// later on is a message of its own.
pub(super) fn repeats(notes: &[(Direction, String)], begun: Option<Instant>, message: &Incoming) -> bool {
    !notes.is_empty() && begun == Some(message.sent_at) && notes.contains(&(message.direction, text_key(&message.body)))
}

/// When one of somebody's conversations began, where the archive tells.
pub(super) fn begun(person: &Person, conversation: &str) -> Option<Instant> {
    let at = person.conversations.iter().position(|id| id == conversation)?;
    person.begun.get(at).copied().map(Instant::from)
}

/// Those of these notes that nobody has said in their threads yet.
pub(super) fn unsaid(tx: &mut Tx<'_>, mut notes: Vec<Bulk>) -> Result<Vec<Bulk>> {
    let asked: Vec<_> = notes.iter().map(|note| (note.thread, note.direction, note.body.clone())).collect();
    let said = said(tx, &asked)?;
    notes.retain(|note| !said.contains(&(note.thread, note.direction, note.body.clone())));
    Ok(notes)
}

/// Words of somebody in a thread.
pub(super) type Words = (ThreadId, Direction, String);

/// Which of these words stand in their threads.
pub(super) fn said(tx: &mut Tx<'_>, asked: &[Words]) -> Result<HashSet<Words>> {
    let rows: Vec<Words> = tx
        .all(db::Messages)
        .filter(m::thread_id.eq_any(asked.iter().map(|(thread, ..)| *thread).collect::<Vec<_>>()))
        .filter(m::body.eq_any(asked.iter().map(|(_, _, body)| body.clone()).collect::<Vec<_>>()))
        .select((m::thread_id, m::direction, m::body))
        .load(tx.conn())?;
    let asked: HashSet<&Words> = asked.iter().collect();
    Ok(rows.into_iter().filter(|words| asked.contains(words)).collect())
}

/// Which conversations that are not here by their own names go on in a thread that began with a note, and where the notes go
/// of those with whom the archive holds no conversation: as [`go_on`] will have it.
pub(super) fn threads_here(
    tx: &mut Tx<'_>,
    people: &[Person],
    here: &HashMap<String, Here>,
) -> Result<HashMap<String, Here>> {
    let first = |person: &Person| {
        let mut talks = person.conversations.iter().filter(|talk| person.group.is_none() && !here.contains_key(*talk));
        talks.next().cloned()
    };
    let people: Vec<(Person, String)> =
        people.iter().filter_map(|person| Some((person.clone(), first(person)?))).collect();
    let (alone, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|(_, talk)| talk.starts_with(PREFIX));
    let names: Vec<String> = others.iter().map(|(person, _)| talk_of(person)).collect();
    let begun: HashMap<String, Here> = called(tx, Channel::Linkedin, &names)?.into_iter().collect();
    let mut found: HashMap<String, Here> =
        others.into_iter().filter_map(|(person, talk)| Some((talk, begun.get(&talk_of(&person))?.clone()))).collect();
    let (alone, talks): (Vec<Person>, Vec<String>) = alone.into_iter().unzip();
    let known = recognise(tx, Channel::Linkedin, &alone)?;
    let contacts: Vec<ContactId> = known.iter().flatten().map(|(contact, _)| *contact).collect();
    let between: Vec<(ContactId, ThreadId)> = tx
        .all(db::Threads)
        .filter(t::channel.eq(Channel::Linkedin))
        .filter(t::contact_id.eq_any(contacts))
        .filter(t::kind.eq(ThreadKind::Direct))
        .order((t::last_message_at, t::id))
        .select((t::contact_id, t::id))
        .load(tx.conn())?;
    let latest: HashMap<ContactId, ThreadId> = between.into_iter().collect();
    for (talk, known) in talks.into_iter().zip(known) {
        let there = known.and_then(|(contact, _)| Some((contact, *latest.get(&contact)?)));
        let home = |(contact, thread)| Here { thread, contact, kind: ThreadKind::Direct, counterpart: None };
        found.extend(there.map(|there| (talk, home(there))));
    }
    Ok(found)
}
