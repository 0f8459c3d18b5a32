//! People: their fields, accounts on channels, tags and notes. Who is whom is in `identity`, making two one in `merge`.

pub mod identity;
pub mod merge;
mod model;
mod notes;
mod queries;
mod turn;

use diesel::{dsl::Eq, prelude::*};

pub use model::{ContactForm, Details, Kind, Turn, parse_handle_line};
pub use notes::{Note, correct_note, may_change_notes, note, note_to_change, remove_note};
pub use queries::{
    Contact, Filter, Handle, Place, Tag, all_tags, contact, contacts_by_id, count_to, handles, handles_of, list,
    tags_of,
};

pub(crate) use turn::{Moved, move_back, refresh_in_list, refresh_turn, refresh_turns};

use crate::{
    access::Right,
    channels::{self, Address, Channel},
    db::{self, Instant, Tx, contacts as c, handles as h},
    each,
    error::{Error, Result},
    ids::{ContactId, HandleId, ImportId, TagId, UserId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// Adds a person. When a handle, the email or the phone number is somebody's already, it is a conflict that names
/// them: nobody is entered twice.
pub fn create(tx: &mut Tx<'_>, details: &Details) -> Result<ContactId> {
    tx.access().require(Right::Work)?;
    // Two may share a number, so no index keeps them apart.
    if let Some(phone) = details.phone_key() {
        tx.in_turn(&format!("phone {phone}"))?;
    }
    for email in identity::emails_of(details) {
        tx.in_turn(&format!("email {email}"))?;
    }
    refuse_known(tx, details)?;
    // Two add the same person at one moment: whoever comes second is shown the first's.
    let inserted = tx.attempt(|tx| insert(tx, details, None));
    let id = inserted.or_else(|error| refuse_known(tx, details).and(Err(error)))?;
    record(
        tx,
        Verb::ContactCreated,
        Change::of(id.0).about(id).after(serde_json::json!({"name": details.name, "kind": details.kind})),
    )?;
    Ok(id)
}

/// A conflict with whoever is here already.
fn refuse_known(tx: &mut Tx<'_>, details: &Details) -> Result<()> {
    let Some(found) = identity::find(tx, &identity::Probe::of(details))? else { return Ok(()) };
    let existing = contact(tx, found.contact)?;
    Err(Error::conflict(
        format!("{} is here already, with this {}.", existing.name, found.by.words()),
        serde_json::json!({"id": existing.id, "name": existing.name, "kind": existing.kind, "company": existing.company, "email": existing.email}),
    ))
}

/// Stores a person whom `identity::find` did not know. For `create` and imports.
pub(crate) fn insert(tx: &mut Tx<'_>, details: &Details, import: Option<ImportId>) -> Result<ContactId> {
    Ok(insert_all(tx, std::slice::from_ref(details), import)?.remove(0))
}

/// The same for several at once, in their order: what they are on the platforms goes in together.
pub(crate) fn insert_all(tx: &mut Tx<'_>, all: &[Details], import: Option<ImportId>) -> Result<Vec<ContactId>> {
    let ids = all.iter().map(|details| insert_row(tx, details, import)).collect::<Result<Vec<ContactId>>>()?;
    let (now, mine) = (tx.now(), tx.workspace());
    let rows = all.iter().zip(&ids).flat_map(|(details, id)| {
        details.handles.iter().map(move |address| (h::workspace_id.eq(mine), handle_row(*id, address, import, now)))
    });
    for chunk in rows.collect::<Vec<_>>().chunks(500) {
        each!(tx.conn(), conn => db::insert_rows(db::Handles, chunk).execute(conn)).map_err(taken_profile)?;
    }
    Ok(ids)
}

fn insert_row(tx: &mut Tx<'_>, details: &Details, import: Option<ImportId>) -> Result<ContactId> {
    let (now, owner) = (tx.now(), tx.access().user());
    let id = tx
        .insert(
            db::Contacts,
            (
                c::kind.eq(details.kind),
                c::name.eq(&details.name),
                c::name_key.eq(channels::name_key(&details.name)),
                c::company.eq(&details.company),
                c::title.eq(&details.title),
                (
                    c::email.eq(&details.email),
                    c::email_key.eq(details.email_key()),
                    c::phone.eq(&details.phone),
                    c::phone_key.eq(details.phone_key()),
                    c::timezone.eq(&details.timezone),
                    c::owner_id.eq(owner),
                ),
                c::search_extra
                    .eq(search_words(details.handles.iter().map(|a| (a.username.as_deref(), a.key.as_str())), &[])),
                c::touched_at.eq(now),
                c::created_at.eq(now),
                c::updated_at.eq(now),
                c::import_id.eq(import),
            ),
        )
        .returning(c::id)
        .get_result(tx.conn())
        .map_err(taken_email)?;
    Ok(id)
}

fn taken_email(error: diesel::result::Error) -> Error {
    if Error::is_unique_violation(&error, "email") {
        Error::invalid("email", "Another contact has this email address. Open them, or merge the two.")
    } else {
        error.into()
    }
}

fn insert_handle(tx: &mut Tx<'_>, contact: ContactId, address: &Address, import: Option<ImportId>) -> Result<HandleId> {
    if address.channel == Channel::Email {
        identity::refuse_taken_email(tx, contact, &address.key, "handles")?;
    }
    let row = handle_row(contact, address, import, tx.now());
    tx.insert(db::Handles, row).returning(h::id).get_result(tx.conn()).map_err(taken_profile)
}

type HandleRow<'a> = (
    Eq<h::contact_id, ContactId>,
    Eq<h::channel, Channel>,
    Eq<h::key, &'a String>,
    Eq<h::url, &'a Option<String>>,
    Eq<h::username, &'a Option<String>>,
    Eq<h::import_id, Option<ImportId>>,
    Eq<h::created_at, Instant>,
);

fn handle_row(contact: ContactId, address: &Address, import: Option<ImportId>, now: Instant) -> HandleRow<'_> {
    (
        h::contact_id.eq(contact),
        h::channel.eq(address.channel),
        h::key.eq(&address.key),
        h::url.eq(&address.url),
        h::username.eq(&address.username),
        h::import_id.eq(import),
        h::created_at.eq(now),
    )
}

fn taken_profile(error: diesel::result::Error) -> Error {
    if Error::is_unique_violation(&error, "handles") {
        Error::invalid("handles", "This profile belongs to another contact. Open them, or merge the two.")
    } else {
        error.into()
    }
}

/// Saves a contact's fields; the form's handles are added to those there are.
pub fn edit(tx: &mut Tx<'_>, id: ContactId, details: &Details) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before = contact(tx, id)?;
    if let Some(email) = details.email_key().filter(|_| details.email != before.email) {
        identity::refuse_taken_email(tx, before.id, &email, "email")?;
    }
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(before.id)))
        .set((
            c::kind.eq(details.kind),
            c::name.eq(&details.name),
            c::name_key.eq(channels::name_key(&details.name)),
            c::company.eq(&details.company),
            c::title.eq(&details.title),
            c::email.eq(&details.email),
            c::email_key.eq(details.email_key()),
            c::phone.eq(&details.phone),
            c::phone_key.eq(details.phone_key()),
            c::timezone.eq(&details.timezone),
            c::updated_at.eq(tx.now()),
        ))
        .execute(tx.conn())
        .map_err(taken_email)?;
    let known = handles(tx, before.id)?;
    for address in &details.handles {
        if !known.iter().any(|handle| handle.channel == address.channel && handle.key == address.key) {
            let added = insert_handle(tx, before.id, address, None)?;
            record_handle(tx, before.id, added, address)?;
        }
    }
    refresh_search(tx, before.id)?;
    let change = Change::of(id.0)
        .about(before.id)
        .before(fields(
            before.kind,
            &before.name,
            [&before.company, &before.title, &before.email, &before.phone, &before.timezone],
        ))
        .after(fields(
            details.kind,
            &details.name,
            [&details.company, &details.title, &details.email, &details.phone, &details.timezone],
        ));
    record(tx, Verb::ContactEdited, change)
}

fn fields(kind: Kind, name: &str, rest: [&Option<String>; 5]) -> serde_json::Value {
    let [company, title, email, phone, timezone] = rest;
    serde_json::json!({
        "kind": kind, "name": name, "company": company, "title": title, "email": email, "phone": phone, "timezone": timezone
    })
}

/// Adds an account on a channel.
pub fn add_handle(tx: &mut Tx<'_>, contact_id: ContactId, address: &Address) -> Result<HandleId> {
    tx.access().require(Right::Work)?;
    let owner = contact(tx, contact_id)?.id;
    let id = insert_handle(tx, owner, address, None)?;
    refresh_search(tx, owner)?;
    record_handle(tx, owner, id, address)?;
    Ok(id)
}

fn record_handle(tx: &mut Tx<'_>, owner: ContactId, id: HandleId, address: &Address) -> Result<()> {
    let after = serde_json::json!({"channel": address.channel, "key": address.key});
    record(tx, Verb::HandleAdded, Change::of(id.0).about(owner).after(after))
}

/// Adds an account that an import brings to somebody known.
pub(crate) fn import_handle(tx: &mut Tx<'_>, contact: ContactId, address: &Address, import: ImportId) -> Result<()> {
    let added = insert_handle(tx, contact, address, Some(import))?;
    record_handle(tx, contact, added, address)?;
    refresh_search(tx, contact)
}

/// Sets how many follow an account.
pub fn set_followers(tx: &mut Tx<'_>, id: HandleId, followers: Option<i64>) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before: Handle = tx.all(db::Handles).filter(h::id.eq(id)).select(Handle::as_select()).get_result(tx.conn())?;
    diesel::update(tx.all(db::Handles).filter(h::id.eq(id))).set(h::followers.eq(followers)).execute(tx.conn())?;
    let change = Change::of(id.0)
        .about(before.contact_id)
        .before(serde_json::json!({"key": before.key, "followers": before.followers}))
        .after(serde_json::json!({"key": before.key, "followers": followers}));
    record(tx, Verb::HandleEdited, change)
}

/// Removes an account from a contact.
pub fn remove_handle(tx: &mut Tx<'_>, id: HandleId) -> Result<ContactId> {
    tx.access().require(Right::Work)?;
    let handle: Handle = tx.all(db::Handles).filter(h::id.eq(id)).select(Handle::as_select()).get_result(tx.conn())?;
    diesel::delete(tx.all(db::Handles).filter(h::id.eq(id))).execute(tx.conn())?;
    refresh_search(tx, handle.contact_id)?;
    let before = serde_json::json!({"channel": handle.channel, "key": handle.key});
    record(tx, Verb::HandleRemoved, Change::of(id.0).about(handle.contact_id).before(before))?;
    Ok(handle.contact_id)
}

/// Makes a colleague responsible for a contact; nobody with none. What they are to do with them
/// is `pipelines::hand_person_over`.
pub fn assign(tx: &mut Tx<'_>, id: ContactId, owner: Option<UserId>) -> Result<()> {
    tx.access().require(Right::Work)?;
    if let Some(owner) = owner {
        crate::workspaces::check_worker(tx, owner, "owner")?;
    }
    let before = contact(tx, id)?;
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(before.id))).set(c::owner_id.eq(owner)).execute(tx.conn())?;
    let change = Change::of(before.id.0)
        .about(before.id)
        .before(serde_json::json!({"owner": before.owner_id}))
        .after(serde_json::json!({"owner": owner}));
    record(tx, Verb::ContactEdited, change)
}

/// Says that a person must not be contacted, and why; or, with none, that they may be again.
pub(crate) fn set_do_not_contact(tx: &mut Tx<'_>, id: ContactId, reason: Option<&str>) -> Result<()> {
    let before = contact(tx, id)?;
    let reason = reason.map(|text| channels::safe_text(text, 200));
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(before.id)))
        .set(c::do_not_contact.eq(&reason))
        .execute(tx.conn())?;
    let change = Change::of(before.id.0)
        .about(before.id)
        .before(serde_json::json!({"do_not_contact": before.do_not_contact}))
        .after(serde_json::json!({"do_not_contact": reason}));
    record(tx, Verb::ContactEdited, change)
}

/// Says where a person likes to be written to.
pub fn prefer(tx: &mut Tx<'_>, id: ContactId, channel: Option<Channel>) -> Result<()> {
    tx.access().require(Right::Work)?;
    let before = contact(tx, id)?;
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(before.id)))
        .set(c::preferred_channel.eq(channel))
        .execute(tx.conn())?;
    if before.preferred_channel == channel {
        return Ok(());
    }
    let change = Change::of(before.id.0)
        .about(before.id)
        .before(serde_json::json!({"preferred_channel": before.preferred_channel}))
        .after(serde_json::json!({"preferred_channel": channel}));
    record(tx, Verb::ContactEdited, change)
}

/// Labels a contact; the tag is made when it is new.
pub fn tag(tx: &mut Tx<'_>, id: ContactId, name: &str) -> Result<()> {
    tx.access().require(Right::Work)?;
    let name = channels::safe_text(name, 41).replace('\n', " ").to_lowercase();
    if name.is_empty() {
        return Err(Error::invalid("tag", "Write the tag first."));
    }
    if name.chars().count() > 40 {
        return Err(Error::invalid("tag", "Keep a tag under 40 characters."));
    }
    let contact_id = contact(tx, id)?.id;
    let known = |tx: &mut Tx<'_>| {
        tx.all(db::Tags).filter(db::tags::name.eq(&name)).select(db::tags::id).get_result(tx.conn()).optional()
    };
    let new = |tx: &mut Tx<'_>| {
        Ok(tx.insert(db::Tags, db::tags::name.eq(&name)).returning(db::tags::id).get_result(tx.conn())?)
    };
    let tag: TagId = match known(tx)? {
        Some(tag) => tag,
        // Of two who make it at one moment the second takes the first's.
        None => match tx.attempt(new) {
            Ok(tag) => tag,
            Err(error) => known(tx)?.ok_or(error)?,
        },
    };
    let is_tagged =
        |tx: &mut Tx<'_>| -> Result<bool> { Ok(tags_of(tx, &[contact_id])?.iter().any(|(_, known)| known.id == tag)) };
    if is_tagged(tx)? {
        return Ok(());
    }
    let row = (db::contact_tags::contact_id.eq(contact_id), db::contact_tags::tag_id.eq(tag));
    if let Err(error) = tx.attempt(|tx| Ok(tx.insert(db::ContactTags, row).execute(tx.conn())?)) {
        return if is_tagged(tx)? { Ok(()) } else { Err(error) };
    }
    refresh_search(tx, contact_id)?;
    record(tx, Verb::ContactTagged, Change::of(tag.0).about(contact_id).after(name))
}

/// Takes a label off a contact.
pub fn untag(tx: &mut Tx<'_>, id: ContactId, tag: TagId) -> Result<()> {
    tx.access().require(Right::Work)?;
    let id = contact(tx, id)?.id;
    let name: String = tx.all(db::Tags).filter(db::tags::id.eq(tag)).select(db::tags::name).get_result(tx.conn())?;
    let mine = tx.all(db::ContactTags).filter(db::contact_tags::tag_id.eq(tag));
    diesel::delete(mine.filter(db::contact_tags::contact_id.eq(id))).execute(tx.conn())?;
    refresh_search(tx, id)?;
    record(tx, Verb::ContactTagged, Change::of(tag.0).about(id).before(name))
}

/// Erases a person with everything of theirs: threads, messages, cards, reminders. What remains is the fact.
pub fn erase(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let gone = contact(tx, id)?;
    db::for_good(tx, |tx| remove(tx, &gone))?;
    // Their attachments went with their messages; the contents follow.
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::TidyFiles { workspace }, now)?;
    // Within minutes, so that several erasures are one work.
    queue::enqueue(&mut tx.system(), None, &Job::CompactSearch, now.plus(chrono::TimeDelta::minutes(5)))?;
    record(tx, Verb::ContactErased, Change::of(gone.id.0))
}

/// Removes a contact with everything that is stored of them, and of those who became part of them.
fn remove(tx: &mut Tx<'_>, gone: &Contact) -> Result<()> {
    let mut all = vec![gone.id];
    let mut latest = all.clone();
    while !latest.is_empty() {
        latest = tx.all(db::Contacts).filter(c::merged_into.eq_any(latest)).select(c::id).load(tx.conn())?;
        all.extend(&latest);
    }
    // Whom previews that are open found here already.
    let open = tx.all(db::Imports).filter(db::imports::path.is_not_null()).select(db::imports::id);
    diesel::delete(
        tx.all(db::Candidates)
            .filter(db::candidates::import_id.eq_any(open))
            .filter(db::candidates::contact_id.eq_any(all.clone())),
    )
    .execute(tx.conn())?;
    diesel::update(tx.all(db::Visits).filter(db::visits::evidence_id.eq_any(
        tx.all(db::Messages).filter(db::messages::contact_id.eq_any(all.clone())).select(db::messages::id.nullable()),
    )))
    .set(db::visits::evidence_id.eq(None::<i64>))
    .execute(tx.conn())?;
    // Those who became part of others first.
    for id in all.iter().rev() {
        diesel::delete(tx.all(db::Contacts).filter(c::id.eq(*id))).execute(tx.conn())?;
    }
    diesel::delete(tx.all(db::Events).filter(db::events::contact_id.eq_any(all))).execute(tx.conn())?;
    Ok(())
}

/// Notes that something happened with a contact now: it comes to the top of the list.
pub(crate) fn touch(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    let now = tx.now();
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(id)).filter(c::touched_at.lt(now)))
        .set(c::touched_at.eq(now))
        .execute(tx.conn())?;
    Ok(())
}

/// Puts a contact's handles and tags where the search finds them.
pub(crate) fn refresh_search(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    let (handles, tags) = (handles(tx, id)?, tags_of(tx, &[id])?);
    let tags: Vec<&str> = tags.iter().map(|(_, tag)| tag.name.as_str()).collect();
    let words = search_words(handles.iter().map(|h| (h.username.as_deref(), h.key.as_str())), &tags);
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(id))).set(c::search_extra.eq(words)).execute(tx.conn())?;
    Ok(())
}

fn search_words<'a>(handles: impl Iterator<Item = (Option<&'a str>, &'a str)>, tags: &[&str]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for (username, key) in handles {
        words.extend(username);
        if username != Some(key) {
            words.push(key);
        }
    }
    words.extend(tags);
    words.join(" ")
}
