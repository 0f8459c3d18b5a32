//! Merging two contacts, with what it means for the steps that their cards have planned (promises 5 and 11).

use crate::{
    contacts::merge as contacts,
    db::Tx,
    error::Result,
    ids::{ContactId, MergeId},
    reminders,
};

/// Merges `gone` into `kept`. `take` names the fields whose value comes from `gone`; an empty value never beats a filled one.
/// Where both have a card open in one pipeline, that of `gone` is closed, and its cadence ends. Returns the merge, for
/// undoing it.
pub fn merge(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId, take: &[String]) -> Result<MergeId> {
    let (merge, closed) = contacts::merge(tx, kept, gone, take)?;
    for card in closed {
        reminders::stop_steps(tx, card, "merged with another contact")?;
    }
    Ok(merge)
}

/// Parts a merged pair again: its closed cards open, and their steps go on unless somebody has
/// written meanwhile. Returns who is a contact of their own again.
pub fn part(tx: &mut Tx<'_>, merge: MergeId) -> Result<ContactId> {
    let parted = contacts::part(tx, merge)?;
    for card in parted.reopened {
        reminders::resume_all(tx, card, parted.merged_at)?;
    }
    Ok(parted.gone)
}
