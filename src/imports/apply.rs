//! Bringing in the chosen people with their conversations, in small transactions, so that nobody waits and a crash
//! loses nothing: a second run finds what the first stored.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{
    Import, Person, State, forget_candidates, forget_file, going_on,
    groups::with_counterparts,
    here::threads_here,
    homes::{Home, Who, home_of},
    import,
    named::known,
    notes,
    preview::{here_as, news},
    set_state,
    sink::{Sink, Stop},
    source::{self, Rival},
};
use crate::{
    access::{Access, Origin},
    attachments,
    channels::{Address, Channel, archives::ArchiveError, profile_url},
    contacts::{self, Details, Kind, Moved},
    db::{
        self, Db, Tx, candidates as k, contacts as c, events as e, import_changes as ic, imports as i, messages as m,
    },
    each,
    error::{Error, Result},
    ids::{ContactId, ImportId, MessageId, StageId, ThreadId},
    pipelines,
    queue::{self, Job},
    threads,
    timeline::{Change, Verb, record},
};

/// Does an import that was started. `alive` is called between transactions; false stops it: somebody else goes on.
pub fn apply(
    db: &Db,
    access: Access,
    id: ImportId,
    stage: Option<StageId>,
    alive: &mut dyn FnMut() -> Result<bool>,
) -> Result<()> {
    let import = db.read(access, |tx| import(tx, id))?;
    if import.state != State::Running {
        return Ok(());
    }
    let on_behalf =
        |sys: &mut db::Sys<'_>| crate::accounts::on_behalf(sys, access.workspace(), import.user_id, Origin::Import);
    let access = match db.read_system(on_behalf) {
        Err(Error::NotFound) => {
            return db.write(access, |tx| break_off(tx, id, "Whoever began this import has left the workspace."));
        }
        access => access?,
    };
    match run(db, access, &import, stage, alive)? {
        Ok(true) => db.write(access, |tx| finish(tx, &import)),
        Ok(false) => Ok(()),
        Err(ArchiveError { words, .. }) => db.write(access, |tx| break_off(tx, id, &words)),
    }
}

/// Ends an import that can't go on. What it stored until then stays, to be undone.
pub(super) fn break_off(tx: &mut Tx<'_>, id: ImportId, words: &str) -> Result<()> {
    index_later(tx, id)?;
    set_state(tx, id, State::Failed, Some(words))?;
    let after = serde_json::json!({"file": import(tx, id)?.file_name, "because": words});
    record(tx, Verb::ImportBrokenOff, Change::of(id.0).after(after))
}

/// Has what was stored put into the full-text index: at once it would halve the speed of an import.
fn index_later(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Index { import, after: MessageId(0) }, now)
}

fn finish(tx: &mut Tx<'_>, import: &Import) -> Result<()> {
    // Counted, not added up: an earlier run that was cut off has stored a part.
    let mine = tx.all(db::Messages).filter(m::import_id.eq(import.id));
    let messages: i64 = mine.count().get_result(tx.conn())?;
    let people: i64 = tx.all(db::Contacts).filter(c::import_id.eq(import.id)).count().get_result(tx.conn())?;
    let mut counts = import.counts();
    counts["made"] = people.into();
    counts["stored"] = messages.into();
    diesel::update(tx.all(db::Imports).filter(i::id.eq(import.id)))
        .set(i::counts.eq(counts.to_string()))
        .execute(tx.conn())?;
    if attachments::outcome(tx, import.id)? == (0, 0) {
        forget_file(tx, import)?;
    } else {
        // What was sent with the messages is kept afterwards: a full disk must not keep the words waiting.
        forget_candidates(tx, import.id)?;
        let (workspace, now) = (tx.workspace(), tx.now());
        queue::enqueue(&mut tx.system(), Some(workspace), &Job::Fetch { import: import.id }, now)?;
    }
    set_state(tx, import.id, State::Done, None)?;
    index_later(tx, import.id)?;
    let after = serde_json::json!({"file": import.file_name, "people": people, "messages": messages});
    record(tx, Verb::ImportApplied, Change::of(import.id.0).after(after))
}

/// Stores everything; false when somebody else has taken over.
fn run(
    db: &Db,
    access: Access,
    import: &Import,
    stage: Option<StageId>,
    alive: &mut dyn FnMut() -> Result<bool>,
) -> Result<Result<bool, ArchiveError>> {
    let mut archive = match source::open(db, import)? {
        Ok(archive) => archive,
        Err(error) => return Ok(Err(error)),
    };
    let (channel, rival) = (archive.channel(), archive.rival());
    let owner = match archive.owner(import) {
        Ok(owner) => owner,
        Err(error) => return Ok(Err(error)),
    };
    let mut gathered = match archive.gather(&owner) {
        Ok(gathered) => gathered,
        Err(error) => return Ok(Err(error)),
    };
    if let Err(error) = going_on::find(db, access, import.id, &mut archive, &owner, &mut gathered.people)? {
        return Ok(Err(error));
    }
    let chosen: HashSet<String> = db.read(access, |tx| {
        let keys: Vec<String> = tx
            .all(db::Candidates)
            .filter(k::import_id.eq(import.id))
            .filter(k::chosen.eq(true))
            .select(k::key)
            .load(tx.conn())?;
        Ok(keys.into_iter().collect())
    })?;
    let people: Vec<Person> = gathered.people.into_iter().filter(|person| chosen.contains(&person.key)).collect();
    let messages: u64 = people.iter().map(|person| person.messages).sum();
    let total = i64::try_from(people.len()).unwrap_or(0) + i64::try_from(messages).unwrap_or(0);
    let mut homes: HashMap<String, Home> = HashMap::new();
    let mut done = 0;
    // Each group by itself: who is known by then may be somebody whom the one before brought in.
    let (groups, people): (Vec<_>, Vec<_>) = people.into_iter().partition(|person| person.group.is_some());
    for chunk in people.chunks(500).chain(groups.chunks(1)) {
        if !alive()? {
            return Ok(Ok(false));
        }
        let threads = db.write(access, |tx| {
            let settled = settle(tx, import.id, channel, rival, chunk, stage)?;
            done += i64::try_from(chunk.len()).unwrap_or(0);
            progress(tx, import.id, done, total)?;
            Ok(settled)
        })?;
        homes.extend(threads);
    }
    let mut sink = Sink {
        db,
        access,
        import,
        owner: &owner,
        homes: &homes,
        known: homes.values().filter(|home| home.was_here).map(|home| home.thread).collect(),
        channel,
        done,
        total,
        batch: Vec::new(),
        size: 0,
        sent: Vec::new(),
        failed: None,
        alive,
    };
    if let Err(error) = sink.read(&mut archive) {
        return Ok(Err(error));
    }
    match sink.failed.take() {
        Some(Stop::Failed(error)) => return Err(error),
        Some(Stop::Taken) => return Ok(Ok(false)),
        None => {}
    }
    // Those that got a message, in one order: two imports of the same threads would wait for each other.
    let threads: Vec<(ContactId, ThreadId)> = db.read(access, |tx| {
        let mine = tx.all(db::Messages).filter(m::import_id.eq(import.id));
        Ok(mine
            .order((m::thread_id, m::contact_id))
            .select((m::contact_id, m::thread_id))
            .distinct()
            .load(tx.conn())?)
    })?;
    for chunk in threads.chunks(500) {
        if !alive()? {
            return Ok(Ok(false));
        }
        db.write(access, |tx| settle_threads(tx, import.id, chunk))?;
    }
    Ok(Ok(true))
}

pub(super) fn progress(tx: &mut Tx<'_>, id: ImportId, done: i64, total: i64) -> Result<()> {
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((i::rows_done.eq(done), i::rows_total.eq(total)))
        .execute(tx.conn())?;
    Ok(())
}

type Homes = Vec<(String, Home)>;

/// Makes or completes the contacts of these people and their threads.
fn settle(
    tx: &mut Tx<'_>,
    id: ImportId,
    channel: Channel,
    rival: Option<Rival>,
    people: &[Person],
    stage: Option<StageId>,
) -> Result<Homes> {
    let stage = stage.map(|stage| pipelines::stage(tx, stage)).transpose()?;
    let kind = match &stage {
        Some(stage) => pipelines::pipeline(tx, stage.pipeline_id)?.kind,
        None => pipelines::likely_kind(tx, channel)?,
    };
    let mut people = with_counterparts(tx, channel, people)?;
    // What came in meanwhile in the other form stays as it is.
    let otherwise = here_as(tx, channel, rival, &people)?;
    if !otherwise.is_empty() {
        people.to_mut().retain(|person| person.conversations.iter().all(|id| !otherwise.contains(id)));
    }
    let people = &*people;
    let found = known(tx, channel, id, people)?;
    let new = people.iter().zip(&found).filter(|(_, found)| found.is_none());
    let new: Vec<Details> = new.map(|(person, _)| details(person, channel, kind)).collect();
    let mut made = contacts::insert_all(tx, &new, Some(id))?.into_iter();
    let here = threads_here(tx, channel, people)?;
    let (mut homes, mut events) = (Vec::new(), Vec::new());
    for (person, found) in people.iter().zip(found) {
        let known = found.map(|(contact, _)| contact);
        // Whoever was not found was made.
        let contact = known.or_else(|| made.next()).ok_or_else(|| Error::internal("somebody new was not made"))?;
        if known.is_some() {
            complete(tx, id, channel, contact, person)?;
        } else {
            events.push((
                e::workspace_id.eq(tx.workspace()),
                e::at.eq(tx.now()),
                e::actor_id.eq(tx.access().user()),
                e::origin.eq(Origin::Import),
                e::verb.eq(Verb::ContactImported),
                e::noun_id.eq(contact.0),
                e::contact_id.eq(contact),
            ));
        }
        if let Some(stage) = &stage {
            let open = pipelines::cards_of_contact(tx, contact)?
                .iter()
                .any(|card| card.pipeline_id == stage.pipeline_id && card.closed_at.is_none());
            if !open {
                let new =
                    pipelines::NewCard { contact, pipeline: stage.pipeline_id, stage: Some(stage.id), value_cents: 0 };
                let there = contacts::contact(tx, contact)?;
                let talked = person.messages > 0 || there.last_in_at.or(there.last_out_at).is_some();
                let card =
                    if talked { pipelines::open_card_unplanned(tx, new)? } else { pipelines::open_card(tx, new)? };
                // New people take their cards with them when the import is undone.
                if known.is_some() {
                    note_change(tx, id, contact, "card", None, Some(&card.id.to_string()))?;
                }
            }
        }
        for conversation in &person.conversations {
            let who = Who { contact, is_new: known.is_none(), person };
            let mut home = home_of(tx, id, channel, who, conversation, here.get(conversation))?;
            home.begun = notes::begun(person, conversation);
            homes.push((conversation.clone(), home));
        }
    }
    if channel == Channel::Linkedin {
        let threads: Vec<ThreadId> = homes.iter().map(|(_, home)| home.thread).collect();
        let mut said = notes::stored(tx, &threads)?;
        homes.iter_mut().for_each(|(_, home)| home.notes = said.remove(&home.thread).unwrap_or_default());
    }
    each!(tx.conn(), conn => db::insert_rows(db::Events, &events).execute(conn))?;
    Ok(homes)
}

fn details(person: &Person, channel: Channel, kind: Kind) -> Details {
    let mut details = Details::named(&person.name, kind);
    details.company.clone_from(&person.company);
    details.title.clone_from(&person.title);
    details.email.clone_from(&person.email);
    details.phone.clone_from(&person.phone);
    if let Some(key) = &person.profile {
        let url = person.url.clone().or_else(|| profile_url(channel, key));
        details.handles.push(Address { channel, key: key.clone(), url, username: Some(key.clone()) });
    }
    details
}

/// Fills what a known contact lacks, and notes what was there before.
fn complete(tx: &mut Tx<'_>, id: ImportId, channel: Channel, contact: ContactId, person: &Person) -> Result<()> {
    let known = contacts::contact(tx, contact)?;
    for (field, value) in news(person, &known) {
        let row = tx.all(db::Contacts).filter(c::id.eq(known.id));
        match field {
            "company" => diesel::update(row).set(c::company.eq(value)).execute(tx.conn())?,
            "title" => diesel::update(row).set(c::title.eq(value)).execute(tx.conn())?,
            "phone" => {
                let key = crate::channels::phone_key(value, None);
                diesel::update(row).set((c::phone.eq(value), c::phone_key.eq(key))).execute(tx.conn())?
            }
            "name" => {
                let key = crate::channels::name_key(value);
                diesel::update(row).set((c::name.eq(value), c::name_key.eq(key))).execute(tx.conn())?
            }
            _ => {
                let Ok(key) = crate::channels::email_key(value) else { continue };
                let taken: i64 = tx
                    .all(db::Contacts)
                    .filter(c::email_key.eq(&key))
                    .filter(c::merged_into.is_null())
                    .count()
                    .get_result(tx.conn())?;
                if taken > 0 {
                    continue;
                }
                diesel::update(row).set((c::email.eq(value), c::email_key.eq(key))).execute(tx.conn())?
            }
        };
        let before = (field == "name").then_some(known.name.as_str());
        note_change(tx, id, known.id, field, before, Some(value))?;
        let after = serde_json::json!({ field: value });
        record(
            tx,
            Verb::ContactEdited,
            Change::of(known.id.0).about(known.id).before(serde_json::json!({ field: before })).after(after),
        )?;
    }
    if let Some(key) = &person.profile {
        let there = contacts::handles(tx, known.id)?;
        if !there.iter().any(|handle| handle.channel == channel && handle.key == *key) {
            contacts::import_handle(tx, known.id, &details(person, channel, known.kind).handles[0], id)?;
        }
    }
    Ok(())
}

/// What says that somebody who was here moved in the list of contacts.
pub(super) const TOUCHED: &str = "touched";

/// Notes what an import filled in, or opened, for somebody who was here before: for its undoing.
pub(super) fn note_change(
    tx: &mut Tx<'_>,
    id: ImportId,
    contact: ContactId,
    field: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<()> {
    let change = (
        ic::import_id.eq(id),
        ic::contact_id.eq(contact),
        ic::field.eq(field),
        ic::before.eq(before),
        ic::after.eq(after),
    );
    tx.insert(db::ImportChanges, change).execute(tx.conn())?;
    Ok(())
}

/// Works out turns and last words, and what follows from a reply, for the threads that got messages.
fn settle_threads(tx: &mut Tx<'_>, import: ImportId, chunk: &[(ContactId, ThreadId)]) -> Result<()> {
    let ids: Vec<ThreadId> = chunk.iter().map(|pair| pair.1).collect();
    let asleep = threads::out_of_sight(tx, &ids)?;
    let mut people: Vec<ContactId> = chunk.iter().map(|pair| pair.0).collect();
    people.sort_unstable();
    people.dedup();
    for Moved { contact, from, to } in threads::refresh_all(tx, &ids, &people, import)? {
        note_change(tx, import, contact, TOUCHED, Some(&from.rfc3339()), Some(&to.rfc3339()))?;
    }
    // What the import opened again, its undo closes or puts off again.
    let still = threads::out_of_sight(tx, &ids)?;
    for (thread, contact, before) in asleep {
        if !still.iter().any(|(same, _, _)| *same == thread) {
            note_change(tx, import, contact, &format!("thread {thread}"), Some(&before), None)?;
        }
    }
    for (contact, reminder) in threads::follow_up(tx, &ids)? {
        note_change(tx, import, contact, &format!("reminder {reminder}"), None, None)?;
    }
    Ok(())
}
