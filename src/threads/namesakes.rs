//! Who may be the same person as somebody, with where they are met: a person of one channel is suggested on another.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    channels::Channel,
    contacts::{Contact, identity},
    db::{self, Tx, handles as h, threads as t},
    error::Result,
    ids::ContactId,
};

/// Somebody who may be the same person.
#[derive(Debug, Clone)]
pub struct Namesake {
    /// Who.
    pub contact: Contact,
    /// On which channels one writes with them, or has their profile; each once, in their usual order.
    pub met_on: Vec<Channel>,
}

/// Those whom [`identity::suggest`] finds; at most 10.
pub fn namesakes(tx: &mut Tx<'_>, person: &Contact) -> Result<Vec<Namesake>> {
    let found = identity::suggest(tx, person)?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ContactId> = found.iter().map(|contact| contact.id).collect();
    let threads = tx.all(db::Threads).filter(t::contact_id.eq_any(&ids)).select((t::contact_id, t::channel));
    let mut met: Vec<(ContactId, Channel)> = threads.distinct().load(tx.conn())?;
    let profiles = tx.all(db::Handles).filter(h::contact_id.eq_any(&ids)).select((h::contact_id, h::channel));
    met.extend(profiles.distinct().load::<(ContactId, Channel)>(tx.conn())?);
    met.sort_unstable();
    met.dedup();
    let mut channels: HashMap<ContactId, Vec<Channel>> = HashMap::new();
    for (id, channel) in met {
        channels.entry(id).or_default().push(channel);
    }
    let with_channels = |contact: Contact| {
        let met_on = channels.remove(&contact.id).unwrap_or_default();
        Namesake { contact, met_on }
    };
    Ok(found.into_iter().map(with_channels).collect())
}
