//! Reading an uploaded archive into a preview: who is in it, and what bringing them in would do.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{
    Import, Person, State, Verdict, forget_candidates,
    fresh::{Fresh, fresh},
    going_on,
    groups::{Group, with_counterparts},
    here::threads_here,
    import,
    named::known,
    set_state,
    source::{self, Rival},
    undo,
};
use crate::{
    access::Access,
    channels::{
        self, Channel,
        archives::{ArchiveError, Question, is_stand_in},
        chats::Guess,
    },
    contacts::{Contact, contact, identity},
    db::{self, Db, Instant, Tx, candidates as k, contacts as c, handles as h, imports as i, messages as m},
    each,
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
};

/// Reads the file of an import, as it was loaded, into its preview. A file that can't be read becomes its problem, in words.
/// Nothing is stored of what has gone on meanwhile: dropped, read by another process first, or asked for otherwise.
pub fn preview(db: &Db, access: Access, import: &Import) -> Result<()> {
    if import.state != State::Reading {
        return Ok(());
    }
    let outcome = read(db, access, import)?;
    db.write(access, |tx| match outcome {
        Err(Refused { error, names }) if is_asked(tx, import)? => {
            let told = serde_json::json!({ "asks": error.asks, "names": names }).to_string();
            diesel::update(tx.all(db::Imports).filter(i::id.eq(import.id)))
                .set(i::counts.eq(told))
                .execute(tx.conn())?;
            set_state(tx, import.id, State::Failed, Some(&error.words))
        }
        _ if super::import(tx, import.id)?.state == State::Dropped => forget_candidates(tx, import.id),
        _ => Ok(()),
    })
}

/// Why there is no preview.
struct Refused {
    error: ArchiveError,
    /// Who is in it, where it can't be told whose it is.
    names: Vec<String>,
}

impl Refused {
    fn of(error: ArchiveError, archive: &mut source::Source) -> Self {
        let whose = error.asks == Some(Question::Owner);
        let names = if whose { archive.names() } else { Vec::new() };
        Self { error, names: names.into_iter().map(|name| channels::preview(&name, 100)).collect() }
    }
}

fn read(db: &Db, access: Access, import: &Import) -> Result<Result<(), Refused>> {
    let mut archive = match source::open(db, import)? {
        Ok(archive) => archive,
        Err(error) => return Ok(Err(Refused { error, names: Vec::new() })),
    };
    let (kind, channel) = (archive.kind(), archive.channel());
    db.write(access, |tx| {
        if is_asked(tx, import)? {
            diesel::update(tx.all(db::Imports).filter(i::id.eq(import.id))).set(i::kind.eq(kind)).execute(tx.conn())?;
        }
        Ok(())
    })?;
    let owner = match archive.owner(import) {
        Ok(owner) => owner,
        Err(error) => return Ok(Err(Refused::of(error, &mut archive))),
    };
    let mut gathered = match archive.gather(&owner) {
        Ok(gathered) => gathered,
        Err(error) => return Ok(Err(Refused::of(error, &mut archive))),
    };
    if let Err(error) = going_on::find(db, access, import.id, &mut archive, &owner, &mut gathered.people)? {
        return Ok(Err(Refused::of(error, &mut archive)));
    }
    let fresh = match fresh(db, access, import.id, &mut archive, &owner, &gathered.people)? {
        Ok(fresh) => fresh,
        Err(error) => return Ok(Err(Refused::of(error, &mut archive))),
    };
    let mut counts: HashMap<&str, i64> = HashMap::new();
    let rival = archive.rival();
    counts.insert("html", i64::from(rival == Some(Rival::Json)));
    for chunk in gathered.people.chunks(500) {
        let verdicts = db.write(access, |tx| {
            is_asked(tx, import)?.then(|| stage(tx, import.id, channel, rival, fresh.as_ref(), chunk)).transpose()
        })?;
        let Some(verdicts) = verdicts else { return Ok(Ok(())) };
        // Groups are counted apart: whom they are chosen for are mostly people of the archive already.
        for (person, (verdict, messages)) in chunk.iter().zip(verdicts) {
            if person.group.is_none() {
                *counts.entry(verdict.as_str()).or_default() += 1;
                *counts.entry("messages").or_default() += messages;
            }
        }
    }
    db.write(access, |tx| {
        if !is_asked(tx, import)? {
            return Ok(());
        }
        let bad = gathered.problems.iter().map(|problem| (Verdict::Invalid, problem));
        let again = gathered.repeats.iter().map(|problem| (Verdict::Duplicate, problem));
        let rows: Vec<_> = bad
            .chain(again)
            .enumerate()
            .map(|(n, (verdict, problem))| {
                (
                    k::workspace_id.eq(tx.workspace()),
                    k::import_id.eq(import.id),
                    k::key.eq(format!("row:{n}")),
                    k::name.eq(problem.place()),
                    k::verdict.eq(verdict),
                    k::reason.eq(&problem.words),
                    k::chosen.eq(false),
                )
            })
            .collect();
        if !rows.is_empty() {
            each!(tx.conn(), conn => db::insert_rows(db::Candidates, &rows).on_conflict_do_nothing().execute(conn))?;
        }
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        for (name, n) in [
            ("invalid", gathered.invalid),
            ("duplicate", gathered.repeated),
            ("groups", gathered.groups),
            ("sponsored", gathered.sponsored),
            ("drafts", gathered.drafts),
            ("hidden", gathered.hidden),
            ("unsent", gathered.unsent),
            ("notices", gathered.notices),
            ("attachments", gathered.files),
            ("reactions", gathered.reactions),
            ("not_utf8", gathered.foreign.rows),
        ] {
            *counts.entry(name).or_default() += number(n);
        }
        let mut told = serde_json::to_value(&counts)?;
        if let Some(Guess { day_first, torn }) = gathered.guessed {
            told["day_first"] = day_first.into();
            told["torn"] = torn.into();
        }
        if gathered.foreign.rows > 0 {
            told["not_utf8_at"] = gathered.foreign.first.as_str().into();
        }
        diesel::update(tx.all(db::Imports).filter(i::id.eq(import.id)))
            .set((
                i::counts.eq(told.to_string()),
                i::rows_total.eq(number(gathered.rows)),
                i::rows_done.eq(number(gathered.rows)),
                i::owner_name.eq(Some(owner.name.clone()).filter(|name| !name.is_empty())),
                i::owner_key.eq(&owner.key),
            ))
            .execute(tx.conn())?;
        set_state(tx, import.id, State::Preview, None)
    })?;
    Ok(Ok(()))
}

/// Whether what is being read is still asked for, and with the same owner and order of dates.
fn is_asked(tx: &mut Tx<'_>, read: &Import) -> Result<bool> {
    let asked = |import: &Import| (import.owner_name.clone(), import.owner_key.clone(), import.day_first);
    let now = import(tx, read.id)?;
    Ok(now.state == State::Reading && asked(&now) == asked(read))
}

/// Recognises many people at once in promise 11's order: by profile, email, a conversation already here, telephone number,
/// a conversation that was here.
pub(super) fn recognise(
    tx: &mut Tx<'_>,
    channel: Channel,
    people: &[Person],
) -> Result<Vec<Option<(ContactId, &'static str)>>> {
    let profiles: Vec<&str> = people.iter().filter_map(|p| p.profile.as_deref()).collect();
    let by_profile: HashMap<String, ContactId> = tx
        .all(db::Handles)
        .filter(h::channel.eq(channel))
        .filter(h::key.eq_any(profiles))
        .select((h::key, h::contact_id))
        .load::<(String, ContactId)>(tx.conn())?
        .into_iter()
        .collect();
    let emails: Vec<String> = people.iter().filter_map(email_key).collect();
    // Who has it now comes last, and wins over whoever had it before a merge.
    let with_email: Vec<(Option<String>, ContactId, Option<ContactId>)> = tx
        .all(db::Contacts)
        .filter(c::email_key.eq_any(emails.clone()))
        .order((c::merged_into.is_null(), c::id))
        .select((c::email_key, c::id, c::merged_into))
        .load(tx.conn())?;
    // An address may be kept as a profile.
    let as_profile = tx.all(db::Handles).filter(h::channel.eq(Channel::Email)).filter(h::key.eq_any(emails));
    let as_profile = as_profile.select((h::key, h::contact_id)).load::<(String, ContactId)>(tx.conn())?;
    let mut by_email: HashMap<String, ContactId> = as_profile.into_iter().collect();
    by_email.extend(living(tx, with_email)?);
    let phones: Vec<String> = people.iter().filter_map(phone_key).collect();
    let with_phone: Vec<(Option<String>, ContactId, Option<ContactId>)> = tx
        .all(db::Contacts)
        .filter(c::phone_key.eq_any(phones))
        .order((c::merged_into.is_null(), c::id.desc()))
        .select((c::phone_key, c::id, c::merged_into))
        .load(tx.conn())?;
    let by_phone = living(tx, with_phone)?;
    let by_conversation = threads_here(tx, channel, people)?;
    let left = undo::whose(tx, channel, people)?;
    Ok(people
        .iter()
        .map(|person| {
            let profile = person.profile.as_ref().and_then(|key| by_profile.get(key)).map(|id| (*id, "profile"));
            let email =
                || email_key(person).and_then(|key| by_email.get(&key).copied()).map(|id| (id, "email address"));
            // Where the archive tells no profile, a conversation that is here already tells who it is. So it does on
            // channels whose archives tell a profile at one time and not at another.
            let talk = || {
                (person.profile.is_none() || channel != Channel::Linkedin)
                    .then(|| person.conversations.iter().chain(&person.known_by).find_map(|id| by_conversation.get(id)))
                    .flatten()
                    .map(|there| (there.contact, "conversation"))
            };
            let phone = || phone_key(person).and_then(|key| by_phone.get(&key).copied()).map(|id| (id, "phone number"));
            let first = person.conversations.first();
            let taken_back =
                || first.and_then(|talk| left.get(person.called(talk))).map(|id| (*id, "conversation before"));
            profile.or_else(email).or_else(talk).or_else(phone).or_else(taken_back)
        })
        .collect())
}

/// Who has each key now, from whom it is or was before a merge; the last row of a key wins.
pub(super) fn living(
    tx: &mut Tx<'_>,
    rows: Vec<(Option<String>, ContactId, Option<ContactId>)>,
) -> Result<HashMap<String, ContactId>> {
    let mut living = HashMap::new();
    for (key, id, merged) in rows {
        let id = if merged.is_some() { contact(tx, id)?.id } else { id };
        living.extend(key.map(|key| (key, id)));
    }
    Ok(living)
}

/// Whether this stands where a name was not known.
fn stands_in(name: &str) -> bool {
    is_stand_in(name) || channels::phone_key(name, None).is_some()
}

fn phone_key(person: &Person) -> Option<String> {
    person.phone.as_deref().and_then(|number| channels::phone_key(number, None))
}

fn email_key(person: &Person) -> Option<String> {
    person.email.as_deref().and_then(|email| channels::email_key(email).ok())
}

/// The fields of a person that a contact lacks: only empty ones are filled, and a name where only a number stood.
pub(super) fn news<'a>(person: &'a Person, contact: &Contact) -> Vec<(&'static str, &'a str)> {
    [
        ("company", &contact.company, person.company.as_deref()),
        ("title", &contact.title, person.title.as_deref()),
        ("email", &contact.email, person.email.as_deref()),
        ("phone", &contact.phone, person.phone.as_deref()),
    ]
    .into_iter()
    .filter_map(|(field, has, brings)| if has.is_none() { brings.map(|value| (field, value)) } else { None })
    .chain((stands_in(&contact.name) && !stands_in(&person.name)).then_some(("name", person.name.as_str())))
    .collect()
}

fn stage(
    tx: &mut Tx<'_>,
    id: ImportId,
    channel: Channel,
    rival: Option<Rival>,
    fresh: Option<&Fresh>,
    people: &[Person],
) -> Result<Vec<(Verdict, i64)>> {
    let people = &*with_counterparts(tx, channel, people)?;
    let found = known(tx, channel, id, people)?;
    let ids: Vec<ContactId> = found.iter().flatten().map(|(id, _)| *id).collect();
    let contacts: HashMap<ContactId, Contact> =
        crate::contacts::contacts_by_id(tx, &ids)?.into_iter().map(|contact| (contact.id, contact)).collect();
    let known_handles: Vec<(ContactId, String)> = tx
        .all(db::Handles)
        .filter(h::contact_id.eq_any(ids))
        .filter(h::channel.eq(channel))
        .select((h::contact_id, h::key))
        .load(tx.conn())?;
    let otherwise = here_as(tx, channel, rival, people)?;
    let names: Vec<String> = people
        .iter()
        .zip(&found)
        .filter(|(_, found)| found.is_none())
        .map(|(person, _)| channels::name_key(&person.name))
        .filter(|name| name.contains(' '))
        .collect();
    let namesakes: Vec<(String, String, Option<String>)> = tx
        .all(db::Contacts)
        .filter(c::merged_into.is_null())
        .filter(c::name_key.eq_any(names))
        .select((c::name_key, c::name, c::company))
        .limit(2000)
        .load(tx.conn())?;
    let mut rows = Vec::with_capacity(people.len());
    let mut verdicts = Vec::with_capacity(people.len());
    for (person, found) in people.iter().zip(&found) {
        let messages = i64::try_from(person.messages).unwrap_or(i64::MAX);
        let known = found.and_then(|(id, by)| Some((contacts.get(&id)?, by)));
        let twice = rival.filter(|_| person.conversations.iter().any(|id| otherwise.contains(id)));
        let (verdict, reason) = match (twice, known) {
            (Some(rival), _) => (Verdict::Duplicate, Some(rival.words().to_owned())),
            (None, None) => (Verdict::New, namesake(person, &namesakes)),
            (None, Some((contact, by))) => {
                let mut what: Vec<String> =
                    news(person, contact).iter().map(|(field, _)| (*field).to_owned()).collect();
                let news = match fresh {
                    Some(fresh) => person.conversations.iter().filter_map(|id| fresh.get(id)).sum(),
                    None => person.messages,
                };
                if news > 0 {
                    what.push(if news == 1 { "1 message".into() } else { format!("{news} messages") });
                }
                let here =
                    known_handles.iter().any(|(id, key)| *id == contact.id && Some(key) == person.profile.as_ref());
                if person.profile.is_some() && !here {
                    what.push("profile".into());
                }
                // Who goes by another name here is told by it.
                let other = channels::name_key(&contact.name) != channels::name_key(&person.name);
                let by = if other { format!("{by} as {}", contact.name) } else { by.to_owned() };
                if what.is_empty() {
                    (Verdict::Unchanged, Some(format!("Here already, known by {by}.")))
                } else {
                    (Verdict::Updated, Some(format!("Known by {by}; brings {}.", what.join(", "))))
                }
            }
        };
        let left_out = person.left_out.as_ref().map(|what| format!("Left out: {what}."));
        let told: Vec<String> = [reason, left_out].into_iter().flatten().collect();
        let reason = (!told.is_empty()).then(|| told.join(" "));
        verdicts.push((verdict, messages));
        rows.push((
            k::workspace_id.eq(tx.workspace()),
            k::import_id.eq(id),
            k::key.eq(person.key.clone()),
            k::name.eq(person.name.clone()),
            k::detail.eq(detail(person)),
            k::verdict.eq(verdict),
            k::reason.eq(reason),
            k::contact_id.eq(known.map(|(contact, _)| contact.id)),
            k::messages.eq(messages),
            k::last_at.eq(person.last.map(Instant::from)),
            k::chosen.eq(false),
        ));
    }
    each!(tx.conn(), conn => db::insert_rows(db::Candidates, &rows).on_conflict_do_nothing().execute(conn))?;
    Ok(verdicts)
}

fn namesake(person: &Person, all: &[(String, String, Option<String>)]) -> Option<String> {
    let key = channels::name_key(&person.name);
    all.iter()
        .find(|(name, _, company)| {
            *name == key && identity::company_agrees(person.company.as_deref(), company.as_deref())
        })
        .map(|(_, name, _)| format!("{name} is here already; it may be the same person. You can merge the two later."))
}

fn detail(person: &Person) -> Option<String> {
    let since = person.connected_on.map(|date| format!("connected {}", date.format("%-d %b %Y")));
    let invited = (person.invited && person.connected_on.is_none()).then(|| "invited".to_owned());
    let group = person.group.as_ref().map(Group::told);
    let parts: Vec<String> =
        [group, person.title.clone(), person.company.clone(), since, invited].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Which conversations are here in Meta's other form.
pub(super) fn here_as(
    tx: &mut Tx<'_>,
    channel: Channel,
    rival: Option<Rival>,
    people: &[Person],
) -> Result<HashSet<String>> {
    let Some(rival) = rival else { return Ok(HashSet::new()) };
    let here = threads_here(tx, channel, people)?;
    let rows: Vec<ThreadId> = tx
        .all(db::Messages)
        .filter(m::thread_id.eq_any(here.values().map(|there| there.thread).collect::<Vec<_>>()))
        .filter(m::external_id.like(format!("{}%", rival.prefix())))
        .select(m::thread_id)
        .distinct()
        .load(tx.conn())?;
    Ok(here.into_iter().filter(|(_, there)| rows.contains(&there.thread)).map(|(id, _)| id).collect())
}
