//! One person (promise 11): how somebody met on any way in is recognised, and who might be the same.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{Contact, Details};
use crate::{
    channels::{self, Address, Channel},
    db::{self, Tx, contacts as c, handles as h},
    error::{Error, Result},
    ids::{ContactId, UserId},
    timeline::{Change, Verb, record},
};

/// What is known of somebody who might be a contact already.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// Ids given by platforms.
    pub platform_ids: Vec<(Channel, String)>,
    /// Normalised profiles.
    pub addresses: Vec<(Channel, String)>,
    /// As [`channels::email_key`] gives it.
    pub email_key: Option<String>,
    /// As [`channels::phone_key`] gives it.
    pub phone_key: Option<String>,
}

impl Probe {
    /// What a contact's fields tell.
    pub fn of(details: &Details) -> Self {
        Self {
            platform_ids: Vec::new(),
            addresses: details.handles.iter().map(|a: &Address| (a.channel, a.key.clone())).collect(),
            email_key: details.email_key(),
            phone_key: details.phone_key(),
        }
    }
}

/// By what somebody was recognised, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The platform's own id.
    PlatformId,
    /// A normalised profile URL or user name.
    Handle,
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

impl By {
    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::PlatformId => "platform id",
            Self::Handle => "profile",
            Self::Email => "email address",
            Self::Phone => "phone number",
        }
    }
}

/// A contact recognised for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Who.
    pub contact: ContactId,
    /// By what.
    pub by: By,
}

/// Recognises somebody in promise 11's order. A name never suffices.
pub fn find(tx: &mut Tx<'_>, probe: &Probe) -> Result<Option<Found>> {
    for (channel, id) in &probe.platform_ids {
        let mine = tx.all(db::Handles).filter(h::channel.eq(*channel)).filter(h::platform_id.eq(id));
        if let Some(contact) = mine.select(h::contact_id).get_result(tx.conn()).optional()? {
            return Ok(Some(Found { contact, by: By::PlatformId }));
        }
    }
    for (channel, key) in &probe.addresses {
        let mine = tx.all(db::Handles).filter(h::channel.eq(*channel)).filter(h::key.eq(key));
        if let Some(contact) = mine.select(h::contact_id).get_result(tx.conn()).optional()? {
            return Ok(Some(Found { contact, by: By::Handle }));
        }
    }
    // What somebody had before a merge is theirs still, unless another has it now.
    let known = |tx: &Tx<'_>| tx.all(db::Contacts).order((c::merged_into.is_not_null(), c::id)).select(c::id);
    if let Some(key) = &probe.email_key
        && let Some(contact) = known(tx).filter(c::email_key.eq(key)).first(tx.conn()).optional()?
    {
        return Ok(Some(Found { contact: super::contact(tx, contact)?.id, by: By::Email }));
    }
    // An address may be kept as a profile in one place and as a field in another.
    if let Some(key) = &probe.email_key {
        let mine = tx.all(db::Handles).filter(h::channel.eq(Channel::Email)).filter(h::key.eq(key));
        if let Some(contact) = mine.select(h::contact_id).get_result(tx.conn()).optional()? {
            return Ok(Some(Found { contact, by: By::Email }));
        }
    }
    let as_field = probe.addresses.iter().filter(|(channel, _)| *channel == Channel::Email).map(|(_, key)| key);
    for key in as_field {
        if let Some(contact) = known(tx).filter(c::email_key.eq(key)).first(tx.conn()).optional()? {
            return Ok(Some(Found { contact: super::contact(tx, contact)?.id, by: By::Email }));
        }
    }
    if let Some(key) = &probe.phone_key
        && let Some(contact) = known(tx).filter(c::phone_key.eq(key)).first(tx.conn()).optional()?
    {
        return Ok(Some(Found { contact: super::contact(tx, contact)?.id, by: By::Phone }));
    }
    Ok(None)
}

/// The addresses of somebody, from the field and from profiles.
pub(super) fn emails_of(details: &Details) -> BTreeSet<String> {
    let profiles = details.handles.iter().filter(|address| address.channel == Channel::Email);
    profiles.map(|address| address.key.clone()).chain(details.email_key()).collect()
}

/// Refuses an address that another has, kept as a profile or in the field.
pub(super) fn refuse_taken_email(tx: &mut Tx<'_>, id: ContactId, email: &str, field: &'static str) -> Result<()> {
    tx.in_turn(&format!("email {email}"))?;
    let probe = Probe {
        addresses: vec![(Channel::Email, email.to_owned())],
        email_key: Some(email.to_owned()),
        ..Probe::default()
    };
    match find(tx, &probe)? {
        Some(found) if found.contact != id => {
            Err(Error::invalid(field, "Another contact has this email address. Open them, or merge the two."))
        }
        _ => Ok(()),
    }
}

/// People who might be the same as this one: the same name, and no company that speaks against it. Pairs said to
/// be two people are left out. At most 10.
pub fn suggest(tx: &mut Tx<'_>, person: &Contact) -> Result<Vec<Contact>> {
    let key = channels::name_key(&person.name);
    if key.split(' ').count() < 2 {
        return Ok(Vec::new());
    }
    let same_name: Vec<Contact> = tx
        .all(db::Contacts)
        .filter(c::merged_into.is_null())
        .filter(c::name_key.eq(key))
        .filter(c::id.ne(person.id))
        .order(c::id)
        .limit(30)
        .select(Contact::as_select())
        .load(tx.conn())?;
    if same_name.is_empty() {
        return Ok(same_name);
    }
    let apart = kept_apart(tx, person.id)?;
    Ok(same_name
        .into_iter()
        .filter(|other| company_agrees(person.company.as_deref(), other.company.as_deref()))
        .filter(|other| !apart.contains(&other.id))
        .take(10)
        .collect())
}

/// Everybody of whom somebody has said that they are not this contact.
pub fn kept_apart(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<ContactId>> {
    let pairs: Vec<(ContactId, ContactId)> = tx
        .all(db::Strangers)
        .filter(db::strangers::low_id.eq(contact).or(db::strangers::high_id.eq(contact)))
        .select((db::strangers::low_id, db::strangers::high_id))
        .load(tx.conn())?;
    Ok(pairs.into_iter().map(|(low, high)| if low == contact { high } else { low }).collect())
}

/// Whether two companies could be one: one is unknown, or they are written alike, one perhaps with more words (“Acme”, “Acme Ltd”).
pub fn company_agrees(one: Option<&str>, other: Option<&str>) -> bool {
    let begins =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    match (one.map(channels::name_key), other.map(channels::name_key)) {
        (Some(one), Some(other)) => begins(&one, &other) || begins(&other, &one),
        _ => true,
    }
}

/// Remembers that two contacts are two people.
pub fn keep_apart(tx: &mut Tx<'_>, one: ContactId, other: ContactId) -> Result<()> {
    tx.access().require(crate::access::Right::Work)?;
    let by: UserId = tx.access().person()?;
    let (one, other) = (super::contact(tx, one)?.id, super::contact(tx, other)?.id);
    let (low, high) = pair(one, other);
    let known = tx.all(db::Strangers).filter(db::strangers::low_id.eq(low)).filter(db::strangers::high_id.eq(high));
    if known.count().get_result::<i64>(tx.conn())? == 0 {
        tx.insert(
            db::Strangers,
            (
                db::strangers::low_id.eq(low),
                db::strangers::high_id.eq(high),
                db::strangers::by_id.eq(by),
                db::strangers::created_at.eq(tx.now()),
            ),
        )
        .execute(tx.conn())?;
    }
    record(tx, Verb::NotSame, Change::of(other.0).about(one))
}

fn pair(one: ContactId, other: ContactId) -> (ContactId, ContactId) {
    (one.min(other), one.max(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_agree_unless_they_speak_against_it() {
        assert!(company_agrees(None, Some("Acme")));
        assert!(company_agrees(Some("ACME"), Some("Acme GmbH")));
        assert!(!company_agrees(Some("Acme"), Some("Other Ltd")));
        assert!(!company_agrees(Some("Firm 6"), Some("Firm 602")));
    }
}
