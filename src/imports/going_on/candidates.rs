//! The threads here that conversations of an archive may go on in: those of their names, of people who are called alike, and groups.

use std::collections::{HashMap, HashSet};

use diesel::{dsl, prelude::*};

use super::{
    super::{Person, groups::Group, here::called},
    By, Candidate, is_loose, namesakes, whose,
};
use crate::{
    channels::{Channel, name_key},
    db::{self, Instant, Tx, contacts as c, messages as m, threads as t},
    error::Result,
    ids::{ContactId, ThreadId},
    threads::ThreadKind,
};

/// How many people of whom only the number is known, and how many groups, are looked at: the latest.
const MOST_GUESSED: i64 = 200;

/// The threads that the conversations of these people may go on in, where their names don't tell for certain.
pub(super) fn candidates_of(
    tx: &mut Tx<'_>,
    channel: Channel,
    people: &[Person],
) -> Result<HashMap<String, Vec<Candidate>>> {
    let names: Vec<String> = people.iter().filter_map(|person| person.conversations.first().cloned()).collect();
    let here: HashMap<String, ThreadId> =
        called(tx, channel, &names)?.into_iter().map(|(name, there)| (name, there.thread)).collect();
    let open =
        |person: &&Person| person.conversations.first().is_some_and(|name| is_loose(name) || !here.contains_key(name));
    let mut found = alike(tx, channel, &people.iter().filter(open).collect::<Vec<_>>())?;
    let loose: Vec<(String, ThreadId)> = here.into_iter().filter(|(name, _)| is_loose(name)).collect();
    let further: Vec<String> = loose.iter().flat_map(|(name, _)| namesakes(name)).collect();
    for (name, there) in called(tx, channel, &further)? {
        let first = name.rsplit_once('#').map_or("", |(first, _)| first).to_owned();
        found.entry(first).or_default().push(Candidate { thread: there.thread, name, by: By::Alike });
    }
    let threads: Vec<ThreadId> = loose.iter().map(|(_, thread)| *thread).collect();
    let spans = spans(tx, &threads)?;
    let now = tx.now();
    for (name, thread) in loose {
        let (first, last) = spans.get(&thread).copied().unwrap_or((now, now));
        let mine = found.entry(name.clone()).or_default();
        mine.retain(|one| one.thread != thread);
        mine.push(Candidate { thread, name, by: By::Name(first, last) });
    }
    Ok(found)
}

/// From when to when what archives brought into threads was said.
fn spans(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<HashMap<ThreadId, (Instant, Instant)>> {
    let mut spans = HashMap::new();
    for chunk in threads.chunks(500) {
        let rows: Vec<(ThreadId, Option<Instant>, Option<Instant>)> = tx
            .all(db::Messages)
            .filter(m::thread_id.eq_any(chunk.to_vec()))
            .filter(m::external_id.is_not_null())
            .group_by(m::thread_id)
            .select((m::thread_id, dsl::min(m::sent_at), dsl::max(m::sent_at)))
            .load(tx.conn())?;
        spans.extend(rows.into_iter().filter_map(|(thread, first, last)| Some((thread, (first?, last?)))));
    }
    Ok(spans)
}

/// The threads of contacts, and the groups, that may be called otherwise now, by the conversation that may go on in them.
fn alike(tx: &mut Tx<'_>, channel: Channel, people: &[&Person]) -> Result<HashMap<String, Vec<Candidate>>> {
    let named = people.iter().filter(|person| channel == Channel::Other || person.group.is_none());
    let talks: Vec<(&str, &Person, String)> = named
        .filter_map(|person| Some((person.conversations.first()?.as_str(), *person, name_key(&title_of(person)))))
        .collect();
    if talks.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<&str> = talks.iter().map(|(.., key)| key.as_str()).filter(|key| !key.is_empty()).collect();
    let contacts: Vec<(ContactId, String, String)> = tx
        .all(db::Contacts)
        .filter(c::merged_into.is_null())
        .filter(c::name_key.eq_any(keys))
        .select((c::id, c::name, c::name_key))
        .limit(2_000)
        .load(tx.conn())?;
    // WhatsApp calls by their number whoever had no name in its owner's telephone then.
    let numbered: HashSet<ContactId> = match channel {
        Channel::Other => tx
            .all(db::Contacts)
            .filter(c::merged_into.is_null())
            .filter(c::phone_key.is_not_null())
            .filter(c::name.eq(c::phone.assume_not_null()))
            .order(c::id.desc())
            .select(c::id)
            .limit(MOST_GUESSED)
            .load(tx.conn())?
            .into_iter()
            .collect(),
        _ => HashSet::new(),
    };
    let theirs: Vec<ContactId> = contacts.iter().map(|(id, ..)| *id).chain(numbered.iter().copied()).collect();
    let columns = (t::contact_id, t::id, t::external_id.assume_not_null());
    let direct: Vec<(ContactId, ThreadId, String)> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(theirs))
        .filter(t::channel.eq(channel))
        .filter(t::kind.eq(ThreadKind::Direct))
        .filter(t::external_id.is_not_null())
        .select(columns)
        .limit(2_000)
        .load(tx.conn())?;
    let groups: Vec<(Option<String>, ThreadId, String)> = match channel {
        Channel::Other => tx
            .all(db::Threads)
            .filter(t::channel.eq(channel))
            .filter(t::kind.eq(ThreadKind::Group))
            .filter(t::external_id.is_not_null())
            .order((t::last_message_at.desc(), t::id))
            .select((t::title, t::id, t::external_id.assume_not_null()))
            .limit(MOST_GUESSED)
            .load(tx.conn())?,
        _ => Vec::new(),
    };
    let mut found = HashMap::new();
    for (talk, person, key) in talks {
        let (whose, title) = (whose(talk), title_of(person));
        let mut mine: Vec<Candidate> = Vec::new();
        for (contact, thread, name) in &direct {
            let called = contacts.iter().find(|(id, _, theirs)| id == contact && *theirs == key);
            let by = match (called, self::whose(name) == whose) {
                (Some((_, name, _)), true) if *name == title => By::Alike,
                (Some(_), true) => By::Guess,
                (Some(_), false) if person.group.is_none() => By::OtherOwner,
                (None, true) if person.group.is_none() && numbered.contains(contact) => By::Guess,
                _ => continue,
            };
            mine.push(Candidate { thread: *thread, name: name.clone(), by });
        }
        for (called, thread, name) in groups.iter().filter(|(.., name)| self::whose(name) == whose) {
            let is_alike = called.as_deref().is_some_and(|called| called == title);
            if is_alike || person.group.is_some() {
                let by = if is_alike { By::Alike } else { By::Guess };
                mine.push(Candidate { thread: *thread, name: name.clone(), by });
            }
        }
        if !mine.is_empty() {
            found.insert(talk.to_owned(), mine);
        }
    }
    Ok(found)
}

/// What a conversation is called: the group, or the other side.
fn title_of(person: &Person) -> String {
    person.group.as_ref().map_or_else(|| person.name.clone(), Group::called)
}
