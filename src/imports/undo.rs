//! Taking an import back: all it made and only that (promise 10).

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Import, Person, State, apply::TOUCHED, forget_file, going_on, import, leaving, notes, preview::living};
use crate::{
    access::{Origin, Right},
    attachments,
    channels::{Channel, Direction},
    contacts::{Moved, move_back, refresh_search},
    db::{
        self, Tx, cards as k, contacts as c, events as e, handles as h, import_changes as ic, imports as i,
        messages as m, notes as n, reminders as r, threads as t,
    },
    error::{Error, Result},
    ids::{CardId, ContactId, HandleId, ImportId, ThreadId},
    pipelines,
    queue::{self, Job},
    reminders::{self, Resumed},
    threads::{self, ThreadKind},
    timeline::{Change, Verb, record},
};

/// What an undo did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undone {
    /// People removed again.
    pub removed: i64,
    /// Messages removed again.
    pub messages: i64,
    /// People who stay, since somebody has worked with them meanwhile.
    pub kept: i64,
}

/// Undoes an import: its messages, threads, profiles, fields and cards go; its people go unless something else hangs on
/// them by now, a note, a message, a reminder by hand, a moved card, or somebody has edited, tagged, merged or written to
/// them.
pub fn undo(tx: &mut Tx<'_>, id: ImportId) -> Result<Undone> {
    tx.access().require(Right::Arrange)?;
    let found = undoable(tx, id)?;
    finish(tx, &found)
}

/// Undoes what is left of an import. Its messages go first: a large one's have gone before.
pub(super) fn finish(tx: &mut Tx<'_>, found: &Import) -> Result<Undone> {
    let id = found.id;
    have_alone(tx, id)?;
    queue::cancel(&mut tx.system(), &Job::Fetch { import: id })?;
    forget_file(tx, found)?;
    let mut messages = 0;
    while let Some(gone) = leaving::remove_piece(tx, id)? {
        messages += gone;
    }
    let talks: Vec<(ContactId, Channel, Option<String>)> = tx
        .all(db::Threads)
        .filter(t::import_id.eq(id))
        .filter(t::kind.eq(ThreadKind::Direct))
        .select((t::contact_id, t::channel, t::external_id))
        .load(tx.conn())?;
    attachments::undo(tx, id)?;
    threads::undo_news(tx, id)?;
    let has_more = diesel::dsl::exists(tx.all(db::Messages).filter(m::thread_id.eq(t::id)));
    diesel::delete(tx.all(db::Threads).filter(t::import_id.eq(id)).filter(diesel::dsl::not(has_more)))
        .execute(tx.conn())?;
    going_on::forget(tx, id)?;
    hand_on(tx, id)?;
    put_fields_back(tx, id, found.created_at)?;
    // Who became part of somebody else stays with them: the merge can be undone.
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).filter(c::merged_into.is_null());
    let people: Vec<ContactId> = mine.select(c::id).load(tx.conn())?;
    let worked_with = worked_with(tx, found, id)?;
    let gone: Vec<ContactId> =
        people.iter().copied().filter(|person| worked_with.binary_search(person).is_err()).collect();
    for chunk in gone.chunks(500) {
        diesel::delete(tx.all(db::Contacts).filter(c::id.eq_any(chunk.to_vec()))).execute(tx.conn())?;
    }
    take_profiles_back(tx, id)?;
    let gone_set: std::collections::HashSet<ContactId> = gone.iter().copied().collect();
    remember(tx, id, talks.into_iter().filter(|(contact, ..)| !gone_set.contains(contact)))?;
    refresh_changed(tx, id)?;
    let resumed = take_steps_up(tx, id)?;
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((i::state.eq(State::Undone), i::finished_at.eq(tx.now())))
        .execute(tx.conn())?;
    let undone = Undone {
        removed: i64::try_from(gone.len()).unwrap_or(0),
        messages: i64::try_from(messages).unwrap_or(0),
        kept: i64::try_from(people.len() - gone.len()).unwrap_or(0),
    };
    let mut counts = found.counts();
    counts["removed"] = undone.removed.into();
    counts["kept"] = undone.kept.into();
    counts["resumed"] = resumed.into();
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set(i::counts.eq(counts.to_string()))
        .execute(tx.conn())?;
    let after = serde_json::json!({"file": found.file_name, "removed": undone.removed, "kept": undone.kept});
    record(tx, Verb::ImportUndone, Change::of(id.0).after(after))?;
    Ok(undone)
}

/// Others may write to the import's people at this moment: what they store counts, or they find nobody any more.
fn have_alone(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    let talks: Vec<(ThreadId, ContactId)> =
        tx.all(db::Threads).filter(t::import_id.eq(id)).select((t::id, t::contact_id)).load(tx.conn())?;
    let (threads, mut people): (Vec<ThreadId>, Vec<ContactId>) = talks.into_iter().unzip();
    people.extend(tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id).load::<ContactId>(tx.conn())?);
    tx.have_alone(&people)?;
    tx.have_threads_alone(&threads)
}

/// The import, when it has brought in something that can go.
pub(super) fn undoable(tx: &mut Tx<'_>, id: ImportId) -> Result<Import> {
    let found = import(tx, id)?;
    let broke_off = found.state == State::Failed && super::holds_anything(tx, id)?;
    if found.state == State::Done || broke_off {
        return Ok(found);
    }
    Err(Error::conflict(
        "Only an import that has brought something in can be undone.",
        serde_json::json!({"id": id, "state": found.state}),
    ))
}

/// What was put back changes what is known of these people and their conversations once more.
fn refresh_changed(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    let changes = tx.all(db::ImportChanges).filter(ic::import_id.eq(id)).select(ic::contact_id).distinct();
    let people: Vec<ContactId> = changes.load(tx.conn())?;
    let mut talks: Vec<ThreadId> = Vec::new();
    for chunk in people.chunks(500) {
        let theirs = tx.all(db::Threads).filter(t::contact_id.eq_any(chunk.to_vec())).select(t::id);
        talks.extend(theirs.load::<ThreadId>(tx.conn())?);
    }
    threads::refresh_left(tx, &talks, &people)
}

/// What says whose a conversation was that an undone import took back.
const LEFT: &str = "left talk";

/// Keeps in mind whose the conversations are of those who stay: when the archive comes again it must not make them a second time,
/// and on channels without profiles nothing else tells who they are.
fn remember(
    tx: &mut Tx<'_>,
    id: ImportId,
    talks: impl Iterator<Item = (ContactId, Channel, Option<String>)>,
) -> Result<()> {
    for (contact, channel, talk) in talks {
        let Some(talk) = talk else { continue };
        let row = (
            ic::import_id.eq(id),
            ic::contact_id.eq(contact),
            ic::field.eq(LEFT),
            ic::after.eq(format!("{channel} {talk}")),
        );
        tx.insert(db::ImportChanges, row).execute(tx.conn())?;
    }
    Ok(())
}

/// Whose the conversations of these people were, where an import that brought them was undone and its people stayed.
pub(super) fn whose(tx: &mut Tx<'_>, channel: Channel, people: &[Person]) -> Result<HashMap<String, ContactId>> {
    let talks: Vec<String> = people
        .iter()
        .filter_map(|person| Some(format!("{channel} {}", person.called(person.conversations.first()?))))
        .collect();
    let mut whose = HashMap::new();
    for chunk in talks.chunks(500) {
        let rows: Vec<(Option<String>, ContactId)> = tx
            .all(db::ImportChanges)
            .filter(ic::field.eq(LEFT))
            .filter(ic::after.eq_any(chunk.to_vec()))
            .order(ic::id)
            .select((ic::after, ic::contact_id))
            .load(tx.conn())?;
        let people: Vec<ContactId> = rows.iter().map(|(_, contact)| *contact).collect();
        let merged: HashMap<ContactId, Option<ContactId>> = tx
            .all(db::Contacts)
            .filter(c::id.eq_any(people))
            .select((c::id, c::merged_into))
            .load::<(ContactId, Option<ContactId>)>(tx.conn())?
            .into_iter()
            .collect();
        let rows = rows.into_iter().map(|(talk, contact)| {
            let talk = talk.and_then(|talk| Some(talk.split_once(' ')?.1.to_owned()));
            (talk, contact, merged.get(&contact).copied().flatten())
        });
        whose.extend(living(tx, rows.collect())?);
    }
    Ok(whose)
}

/// Threads in which another import has messages, and their people, are that one's from now on: its undo takes them back.
fn hand_on(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    let rest: Vec<(ThreadId, ContactId, Option<ImportId>)> = tx
        .all(db::Messages)
        .filter(m::import_id.is_not_null())
        .filter(m::thread_id.eq_any(tx.all(db::Threads).filter(t::import_id.eq(id)).select(t::id)))
        .group_by((m::thread_id, m::contact_id))
        .select((m::thread_id, m::contact_id, diesel::dsl::min(m::import_id)))
        .load(tx.conn())?;
    for (thread, contact, other) in rest {
        diesel::update(tx.all(db::Threads).filter(t::id.eq(thread))).set(t::import_id.eq(other)).execute(tx.conn())?;
        diesel::update(tx.all(db::Contacts).filter(c::id.eq(contact)).filter(c::import_id.eq(id)))
            .set(c::import_id.eq(other))
            .execute(tx.conn())?;
        diesel::update(tx.all(db::Handles).filter(h::contact_id.eq(contact)).filter(h::import_id.eq(id)))
            .set(h::import_id.eq(other))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Profiles of those who stay keep their people recognisable; those added to others go.
fn take_profiles_back(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    let added: Vec<(HandleId, ContactId)> = tx
        .all(db::Handles)
        .filter(h::import_id.eq(id))
        .filter(h::contact_id.ne_all(mine))
        .select((h::id, h::contact_id))
        .load(tx.conn())?;
    for (handle, contact) in added {
        diesel::delete(tx.all(db::Handles).filter(h::id.eq(handle))).execute(tx.conn())?;
        refresh_search(tx, contact)?;
    }
    Ok(())
}

/// `began` is when the import did.
fn put_fields_back(tx: &mut Tx<'_>, id: ImportId, began: db::Instant) -> Result<()> {
    let changes: Vec<(ContactId, String, Option<String>, Option<String>)> = tx
        .all(db::ImportChanges)
        .filter(ic::import_id.eq(id))
        .select((ic::contact_id, ic::field, ic::before, ic::after))
        .load(tx.conn())?;
    for (contact, field, before, after) in changes {
        let row = tx.all(db::Contacts).filter(c::id.eq(contact));
        if let Some(thread) = field.strip_prefix("thread ").and_then(|id| id.parse().ok()) {
            // Unless they have written again since, which nobody has put away.
            if !threads::heard_since(tx, thread, began)? {
                threads::back_out_of_sight(tx, thread, before.as_deref().unwrap_or_default())?;
            }
            continue;
        }
        if field == TOUCHED {
            let read = |text: Option<String>| text.and_then(|text| text.parse().ok());
            if let (Some(from), Some(to)) = (read(before), read(after)) {
                move_back(tx, &Moved { contact, from, to })?;
            }
            continue;
        }
        if let Some(thread) = field.strip_prefix("talk ").and_then(|id| id.parse().ok()) {
            notes::rename(tx, thread, after.as_deref().unwrap_or_default(), before.as_deref().unwrap_or_default())?;
            continue;
        }
        // Later, when it is known whether somebody else has written.
        if field.starts_with("reminder ") {
            continue;
        }
        if let Some(thread) = field.strip_prefix("group ").and_then(|id| id.parse().ok()) {
            threads::become_direct(tx, thread)?;
            continue;
        }
        // Only where nobody has changed it since.
        match field.as_str() {
            "company" => {
                diesel::update(row.filter(c::company.eq(after))).set(c::company.eq(before)).execute(tx.conn())?
            }
            "card" => {
                if let Some(card) = after.as_deref().and_then(|id| id.parse().ok()) {
                    take_card_back(tx, card)?;
                }
                0
            }
            "name" => {
                let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
                let key = crate::channels::name_key(&before);
                diesel::update(row.filter(c::name.eq(after)))
                    .set((c::name.eq(before), c::name_key.eq(key)))
                    .execute(tx.conn())?
            }
            "phone" => {
                let key = before.as_deref().and_then(|number| crate::channels::phone_key(number, None));
                diesel::update(row.filter(c::phone.eq(after)))
                    .set((c::phone.eq(before), c::phone_key.eq(key)))
                    .execute(tx.conn())?
            }
            "title" => diesel::update(row.filter(c::title.eq(after))).set(c::title.eq(before)).execute(tx.conn())?,
            _ => {
                let key = before.as_deref().and_then(|email| crate::channels::email_key(email).ok());
                diesel::update(row.filter(c::email.eq(after)))
                    .set((c::email.eq(before), c::email_key.eq(key)))
                    .execute(tx.conn())?
            }
        };
    }
    Ok(())
}

/// Steps that only this import's replies had stopped go on; how many. One that a reply of another import keeps stopped is
/// that one's from now on: its undo lets it go on.
fn take_steps_up(tx: &mut Tx<'_>, id: ImportId) -> Result<i64> {
    let noted: Vec<String> = tx
        .all(db::ImportChanges)
        .filter(ic::import_id.eq(id))
        .filter(ic::field.like("reminder %"))
        .select(ic::field)
        .load(tx.conn())?;
    let mut resumed = 0;
    for field in noted {
        let Some(step) = field.strip_prefix("reminder ").and_then(|id| id.parse().ok()) else { continue };
        match reminders::resume(tx, step)? {
            Resumed::Yes => resumed += 1,
            Resumed::Over => {}
            Resumed::Answered(contact, since) => {
                let other: Option<ImportId> = tx
                    .all(db::Messages)
                    .filter(m::contact_id.eq(contact))
                    .filter(m::direction.eq(Direction::In))
                    .filter(m::sent_at.ge(since))
                    .select(diesel::dsl::max(m::import_id))
                    .get_result(tx.conn())?;
                if let Some(other) = other {
                    let note = tx.all(db::ImportChanges).filter(ic::import_id.eq(id)).filter(ic::field.eq(&field));
                    diesel::update(note).set(ic::import_id.eq(other)).execute(tx.conn())?;
                }
            }
        }
    }
    Ok(resumed)
}

/// A card that was opened for somebody known goes, unless it was moved or something was planned on it by hand.
fn take_card_back(tx: &mut Tx<'_>, id: CardId) -> Result<()> {
    let planned = tx.all(db::Reminders).filter(r::card_id.eq(id)).filter(r::step_id.is_null());
    let planned: i64 = planned.count().get_result(tx.conn())?;
    let untouched = tx.all(db::Cards).filter(k::id.eq(id)).filter(k::version.eq(1));
    let untouched: i64 = untouched.count().get_result(tx.conn())?;
    if planned == 0 && untouched > 0 {
        pipelines::remove_card(tx, id)?;
    }
    Ok(())
}

/// The import's people on whom something else hangs, sorted.
fn worked_with(tx: &mut Tx<'_>, found: &Import, id: ImportId) -> Result<Vec<ContactId>> {
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    let mut busy: Vec<ContactId> =
        tx.all(db::Notes).filter(n::contact_id.eq_any(mine)).select(n::contact_id).distinct().load(tx.conn())?;
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    // A conversation that somebody opened by hand, be it without a message yet.
    busy.extend(
        tx.all(db::Threads)
            .filter(t::contact_id.eq_any(mine))
            .filter(t::import_id.is_null())
            .select(t::contact_id)
            .distinct()
            .load::<ContactId>(tx.conn())?,
    );
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    busy.extend(
        tx.all(db::Messages)
            .filter(m::contact_id.eq_any(mine))
            .select(m::contact_id)
            .distinct()
            .load::<ContactId>(tx.conn())?,
    );
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    busy.extend(
        tx.all(db::Reminders)
            .filter(r::contact_id.eq_any(mine))
            .filter(r::step_id.is_null())
            .select(r::contact_id)
            .distinct()
            .load::<ContactId>(tx.conn())?,
    );
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    let done_by_hand = [
        Verb::ContactEdited,
        Verb::ContactTagged,
        Verb::ContactMerged,
        Verb::NotSame,
        Verb::HandleAdded,
        Verb::HandleRemoved,
        Verb::WarningOverridden,
    ];
    busy.extend(
        tx.all(db::Events)
            .filter(e::contact_id.eq_any(mine.nullable()))
            .filter(e::origin.ne(Origin::Import))
            .filter(e::verb.eq_any(done_by_hand))
            .select(e::contact_id.assume_not_null())
            .distinct()
            .load::<ContactId>(tx.conn())?,
    );
    let mine = tx.all(db::Contacts).filter(c::import_id.eq(id)).select(c::id);
    let until = found.finished_at.unwrap_or(tx.now());
    busy.extend(
        tx.all(db::Cards)
            .filter(k::contact_id.eq_any(mine))
            .filter(k::version.gt(1).or(k::created_at.gt(until)))
            .select(k::contact_id)
            .distinct()
            .load::<ContactId>(tx.conn())?,
    );
    busy.extend(
        tx.all(db::Contacts)
            .filter(c::merged_into.is_not_null())
            .select(c::merged_into.assume_not_null())
            .load::<ContactId>(tx.conn())?,
    );
    busy.sort_unstable();
    busy.dedup();
    Ok(busy)
}
