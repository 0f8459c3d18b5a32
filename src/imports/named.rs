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
        let there = brought.get(&name_key(&person.name)).and_then(|named| named.which(person));
        let there = there.filter(|id| taken.insert(*id));
        *found = there.map(|id| (id, "name in an archive before"));
    }
    Ok(found)
}

/// Who is here by a name: without a profile, each with their company, and with one.
#[derive(Default)]
struct Named {
    without: Vec<(ContactId, Option<String>)>,
    with: Vec<ContactId>,
}

impl Named {
    /// Which of them somebody of an archive is: the only one without a profile, of several the only one who works in the same
    /// place; else the only one with a profile. Nobody where that leaves several.
    fn which(&self, person: &Person) -> Option<ContactId> {
        match (self.without.as_slice(), self.with.as_slice()) {
            ([(one, _)], _) | ([], [one]) => Some(*one),
            (several, _) => {
                let company = person.company.as_deref().map(name_key);
                let mut same = several.iter().filter(|(_, theirs)| theirs.as_deref().map(name_key) == company);
                same.next().filter(|_| same.next().is_none()).map(|(one, _)| *one)
            }
        }
    }
}

/// Who of these names came by import and has talked nowhere but on this channel; with a profile there only if an earlier import
/// brought it.
fn by_name(tx: &mut Tx<'_>, channel: Channel, import: ImportId, names: Vec<String>) -> Result<HashMap<String, Named>> {
    let rows: Vec<(ContactId, String, Option<ImportId>, Option<String>)> = tx
        .all(db::Contacts)
        .filter(c::name_key.eq_any(names))
        .filter(c::merged_into.is_null())
        .filter(c::import_id.is_not_null())
        .select((c::id, c::name_key, c::import_id, c::company))
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
    let mut of: HashMap<String, Named> = HashMap::new();
    for (id, name, by, company) in rows.into_iter().filter(|row| !elsewhere.contains(&row.0)) {
        let named = of.entry(name).or_default();
        if !profiled.contains(&id) {
            named.without.push((id, company));
        // Of this import itself, whoever has a profile is another person of the archive.
        } else if by != Some(import) {
            named.with.push(id);
        }
    }
    Ok(of)
}
