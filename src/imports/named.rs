//! People of whom an archive tells nothing but the name, as LinkedIn's connections before 2023: they are known again when the
//! archive comes again. A name makes nobody the same as somebody entered by hand, or met elsewhere (promise 11).

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{Person, preview::recognise};
use crate::{
    channels::{Channel, name_key},
    db::{self, Tx, contacts as c, handles as h, threads as t},
    error::Result,
    ids::{ContactId, ImportId},
};

/// Recognises people in promise 11's order, and after that those of whom only the name is known.
pub(super) fn known(
    tx: &mut Tx<'_>,
    channel: Channel,
    import: ImportId,
    people: &[Person],
) -> Result<Vec<Option<(ContactId, &'static str)>>> {
    let mut found = recognise(tx, channel, people)?;
    let is_named = |person: &Person| person.group.is_none() && person.key.starts_with("name:");
    let names: Vec<String> = people
        .iter()
        .zip(&found)
        .filter(|(person, found)| found.is_none() && is_named(person))
        .map(|(person, _)| name_key(&person.name))
        .collect();
    if channel != Channel::Linkedin || names.is_empty() {
        return Ok(found);
    }
    let brought = by_name(tx, channel, import, names)?;
    // Two of the archive are never one.
    let mut taken: HashSet<ContactId> = found.iter().flatten().map(|(id, _)| *id).collect();
    for (person, found) in people.iter().zip(&mut found) {
        if found.is_some() || !is_named(person) {
            continue;
        }
        let there = brought.get(&name_key(&person.name)).copied().filter(|id| taken.insert(*id));
        *found = there.map(|id| (id, "name in an archive before"));
    }
    Ok(found)
}

/// Who of these names came by import and has talked nowhere but on this channel: the only one without a profile there, or the
/// only one with one that an earlier import brought. Nobody where that leaves several.
fn by_name(
    tx: &mut Tx<'_>,
    channel: Channel,
    import: ImportId,
    names: Vec<String>,
) -> Result<HashMap<String, ContactId>> {
    let rows: Vec<(ContactId, String, Option<ImportId>)> = tx
        .all(db::Contacts)
        .filter(c::name_key.eq_any(names))
        .filter(c::merged_into.is_null())
        .filter(c::import_id.is_not_null())
        .select((c::id, c::name_key, c::import_id))
        .limit(5_000)
        .load(tx.conn())?;
    let ids: Vec<ContactId> = rows.iter().map(|row| row.0).collect();
    let elsewhere: HashSet<ContactId> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(ids.clone()))
        .filter(t::channel.ne(channel))
        .select(t::contact_id)
        .load::<ContactId>(tx.conn())?
        .into_iter()
        .collect();
    let profiled: HashSet<ContactId> = tx
        .all(db::Handles)
        .filter(h::contact_id.eq_any(ids))
        .filter(h::channel.eq(channel))
        .select(h::contact_id)
        .load::<ContactId>(tx.conn())?
        .into_iter()
        .collect();
    let mut of: HashMap<String, [Vec<ContactId>; 2]> = HashMap::new();
    for (id, name, by) in rows.into_iter().filter(|row| !elsewhere.contains(&row.0)) {
        let has_profile = profiled.contains(&id);
        // Of this import itself, whoever has a profile is another person of the archive.
        if !has_profile || by != Some(import) {
            of.entry(name).or_default()[usize::from(has_profile)].push(id);
        }
    }
    let only = |[without, with]: [Vec<ContactId>; 2]| match (without.as_slice(), with.as_slice()) {
        ([one], _) | ([], [one]) => Some(*one),
        _ => None,
    };
    Ok(of.into_iter().filter_map(|(name, all)| Some((name, only(all)?))).collect())
}
