//! The threads here that conversations of an archive may go on in: those of their names, of people who are called alike, and groups.

use std::collections::{HashMap, HashSet};

use diesel::{dsl, prelude::*};

use super::{
    super::{Person, groups::Group, here::called},
    is_loose,
    model::{Brought, By, Candidate, ENOUGH, Talk, namesakes},
};
use crate::{
    channels::{Channel, name_key},
    db::{self, Instant, Tx, contacts as c, messages as m, threads as t},
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
    threads::ThreadKind,
};

/// How many people of whom only the number is known, and how many groups, are looked at: the latest.
const MOST_GUESSED: i64 = 200;

/// What names tell of some people's conversations.
pub(super) struct Named {
    /// Those that may go on in a thread here.
    pub(super) talks: Vec<Talk>,
    /// The threads of those that do for certain.
    pub(super) certain: Vec<ThreadId>,
}

/// What the names of these people's conversations, and their own, tell.
pub(super) fn candidates_of(tx: &mut Tx<'_>, channel: Channel, import: ImportId, people: &[Person]) -> Result<Named> {
    let names: Vec<String> = people.iter().filter_map(|person| person.conversations.first().cloned()).collect();
    let here: HashMap<String, ThreadId> =
        called(tx, channel, &names)?.into_iter().map(|(name, there)| (name, there.thread)).collect();
    let certain = here.iter().filter(|(name, _)| !is_loose(name)).map(|(_, thread)| *thread).collect();
    let loose: Vec<&String> = here.keys().filter(|name| is_loose(name)).collect();
    let further = further(tx, channel, import, &loose)?;
    let known = Known::load(tx, channel, people)?;
    let mut talks = Vec::new();
    for person in people {
        let Some(name) = person.conversations.first().filter(|name| is_loose(name) || !here.contains_key(*name)) else {
            continue;
        };
        let mut candidates: Vec<Candidate> =
            here.get(name).map(|thread| Candidate::new(*thread, By::Name)).into_iter().collect();
        let namesakes = further.get(name).map(Vec::as_slice).unwrap_or_default();
        candidates.extend(namesakes.iter().map(|(_, thread, by)| Candidate::new(*thread, *by)));
        for (thread, by) in known.alike(person, name) {
            if candidates.iter().all(|one| one.thread != thread) {
                candidates.push(Candidate::new(thread, by));
            }
        }
        if !candidates.is_empty() {
            let needed = if channel.is_metas() { 1 } else { person.messages.clamp(1, ENOUGH) };
            let further = namesakes.iter().map(|(name, ..)| name.clone()).collect();
            talks.push(Talk { messages: person.messages, needed, candidates, further, ..Talk::new(name) });
        }
    }
    let threads: HashSet<ThreadId> = talks.iter().flat_map(|talk| &talk.candidates).map(|one| one.thread).collect();
    let brought = brought(tx, threads.into_iter().collect())?;
    for one in talks.iter_mut().flat_map(|talk| &mut talk.candidates) {
        one.brought = brought.get(&one.thread).copied();
    }
    Ok(Named { talks, certain })
}

/// What is here under the name of a conversation and a number: the name, the thread, and why it may be meant.
type Further = HashMap<String, Vec<(String, ThreadId, By)>>;

fn further(tx: &mut Tx<'_>, channel: Channel, import: ImportId, names: &[&String]) -> Result<Further> {
    let all: Vec<String> = names.iter().flat_map(|name| namesakes(name)).collect();
    let here = called(tx, channel, &all)?;
    let threads: Vec<ThreadId> = here.iter().map(|(_, there)| there.thread).collect();
    let mut made = HashSet::new();
    for chunk in threads.chunks(500) {
        let mine = tx.all(db::Threads).filter(t::id.eq_any(chunk.to_vec())).filter(t::import_id.eq(import));
        made.extend(mine.select(t::id).load::<ThreadId>(tx.conn())?);
    }
    let mut further = Further::new();
    for (name, there) in here {
        let first = name.rsplit_once('#').map_or("", |(first, _)| first).to_owned();
        let by = if made.contains(&there.thread) { By::Made } else { By::Alike };
        further.entry(first).or_default().push((name, there.thread, by));
    }
    Ok(further)
}

/// What archives brought into these threads.
fn brought(tx: &mut Tx<'_>, threads: Vec<ThreadId>) -> Result<HashMap<ThreadId, Brought>> {
    type Row = (ThreadId, i64, Option<Instant>, Option<Instant>);
    let mut all = HashMap::new();
    for chunk in threads.chunks(500) {
        let rows: Vec<Row> = tx
            .all(db::Messages)
            .filter(m::thread_id.eq_any(chunk.to_vec()))
            .filter(m::external_id.is_not_null())
            .group_by(m::thread_id)
            .select((m::thread_id, dsl::count_star(), dsl::min(m::sent_at), dsl::max(m::sent_at)))
            .load(tx.conn())?;
        all.extend(rows.into_iter().filter_map(|(thread, messages, first, last)| {
            Some((thread, Brought { messages: messages.unsigned_abs(), first: first?, last: last? }))
        }));
    }
    Ok(all)
}

/// A thread that came by import, and what it is known by.
struct Imported {
    thread: ThreadId,
    name: String,
}

/// Who of a name is here, and what might be theirs.
struct Known {
    /// The conversations of contacts, by the key of their name; each with that name.
    named: HashMap<String, Vec<(String, Imported)>>,
    /// Those with people of whom only the number is known.
    numbered: Vec<Imported>,
    /// Groups, each with its title.
    groups: Vec<(Option<String>, Imported)>,
}

impl Known {
    fn load(tx: &mut Tx<'_>, channel: Channel, people: &[Person]) -> Result<Self> {
        let keys: Vec<String> =
            people.iter().map(|person| name_key(&title_of(person))).filter(|key| !key.is_empty()).collect();
        let contacts: Vec<(ContactId, String, String)> = tx
            .all(db::Contacts)
            .filter(c::merged_into.is_null())
            .filter(c::name_key.eq_any(keys))
            .order(c::id)
            .select((c::id, c::name, c::name_key))
            .limit(2_000)
            .load(tx.conn())?;
        let mut of = imported(tx, channel, contacts.iter().map(|(id, ..)| *id).collect())?;
        let mut named: HashMap<String, Vec<(String, Imported)>> = HashMap::new();
        for (contact, name, key) in contacts {
            let theirs = of.remove(&contact).unwrap_or_default().into_iter().map(|one| (name.clone(), one));
            named.entry(key).or_default().extend(theirs);
        }
        if channel != Channel::Other {
            return Ok(Self { named, numbered: Vec::new(), groups: Vec::new() });
        }
        // WhatsApp calls by their number whoever had no name in its owner's telephone then.
        let numbered: Vec<(ThreadId, String)> = tx
            .all(db::Threads)
            .filter(t::channel.eq(channel))
            .filter(t::kind.eq(ThreadKind::Direct))
            .filter(t::external_id.like("whatsapp:+%"))
            .order((t::last_message_at.desc(), t::id))
            .select((t::id, t::external_id.assume_not_null()))
            .limit(MOST_GUESSED)
            .load(tx.conn())?;
        let numbered = numbered.into_iter().map(|(thread, name)| Imported { thread, name }).collect();
        let groups: Vec<(Option<String>, ThreadId, String)> = tx
            .all(db::Threads)
            .filter(t::channel.eq(channel))
            .filter(t::kind.eq(ThreadKind::Group))
            .filter(t::external_id.is_not_null())
            .order((t::last_message_at.desc(), t::id))
            .select((t::title, t::id, t::external_id.assume_not_null()))
            .limit(MOST_GUESSED)
            .load(tx.conn())?;
        let groups = groups.into_iter().map(|(title, thread, name)| (title, Imported { thread, name })).collect();
        Ok(Self { named, numbered, groups })
    }

    /// What somebody's conversation of this name may go on in, though it is known by another.
    fn alike(&self, person: &Person, talk: &str) -> Vec<(ThreadId, By)> {
        let (whose, title) = (owner_in(talk), title_of(person));
        let is_group = person.group.is_some();
        if is_group && !talk.starts_with("whatsapp:") {
            return Vec::new();
        }
        let is_of_owner = |one: &Imported| owner_in(&one.name) == whose;
        let named = self.named.get(&name_key(&title)).map(Vec::as_slice).unwrap_or_default();
        let named = named.iter().map(|(name, one)| {
            let by = match is_of_owner(one) {
                true if *name == title => By::Alike,
                true => By::Guess,
                false => By::OtherOwner,
            };
            (one.thread, by)
        });
        let numbered = self
            .numbered
            .iter()
            .filter(|one| !is_group && person.phone.is_none() && is_of_owner(one))
            .map(|one| (one.thread, By::Guess));
        let groups = self.groups.iter().filter_map(|(called, one)| {
            let by = match (called.as_deref() == Some(&title), is_of_owner(one)) {
                (true, true) => By::Alike,
                (true, false) => By::OtherOwner,
                (false, true) if is_group => By::Guess,
                (false, _) => return None,
            };
            Some((one.thread, by))
        });
        named.chain(numbered).chain(groups).collect()
    }
}

/// The conversations between two that archives brought of these contacts.
fn imported(tx: &mut Tx<'_>, channel: Channel, contacts: Vec<ContactId>) -> Result<HashMap<ContactId, Vec<Imported>>> {
    let rows: Vec<(ContactId, ThreadId, String)> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(contacts))
        .filter(t::channel.eq(channel))
        .filter(t::kind.eq(ThreadKind::Direct))
        .filter(t::external_id.is_not_null())
        .order(t::id)
        .select((t::contact_id, t::id, t::external_id.assume_not_null()))
        .limit(2_000)
        .load(tx.conn())?;
    let mut of: HashMap<ContactId, Vec<Imported>> = HashMap::new();
    for (contact, thread, name) in rows {
        of.entry(contact).or_default().push(Imported { thread, name });
    }
    Ok(of)
}

/// What a conversation is called: the group, or the other side.
fn title_of(person: &Person) -> String {
    person.group.as_ref().map_or_else(|| person.name.clone(), Group::called)
}

/// The part of a conversation's name that tells whose it is, where one does: a colleague's chat with somebody of the same name
/// is another one.
fn owner_in(name: &str) -> Option<&str> {
    let (_, owner) = name.starts_with("whatsapp:").then(|| name.rsplit_once('@').unwrap_or((name, "")))?;
    Some(owner.split('#').next().unwrap_or_default())
}
