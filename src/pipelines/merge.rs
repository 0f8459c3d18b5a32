//! Merging two contacts, with what it means for their cards: their stays, and the steps that these have planned (promises 5, 8
//! and 11).

use diesel::prelude::*;

use super::{
    card,
    cards::{Entry, enter},
    moves::any_stage,
    visits,
};
use crate::{
    contacts::{contact, merge as contacts},
    db::{self, Tx, cards as k, visits as v},
    error::Result,
    ids::{CardId, ContactId, MergeId, StageId, VisitId},
    reminders,
    timeline::{Change, Verb, record},
};

/// Why a card is closed whose contact becomes part of one with a card there.
const BECAUSE: &str = "merged with another contact";

/// Merges `gone` into `kept`. `take` names the fields whose value comes from `gone`; an empty value never beats a filled one.
/// Where both have a card open in one pipeline, that of `gone` is closed, and its cadence ends. Returns the merge, for
/// undoing it.
pub fn merge(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId, take: &[String]) -> Result<MergeId> {
    let (merge, closed) = contacts::merge(tx, kept, gone, take)?;
    for card in closed {
        reminders::stop_steps(tx, card, BECAUSE)?;
        go_on(tx, card, Entry { note: Some(BECAUSE.into()), ..Entry::default() })?;
    }
    let kept = contact(tx, kept)?;
    if kept.do_not_contact.is_some() {
        reminders::stop_all(tx, kept.id, "do not contact")?;
    }
    Ok(merge)
}

/// Parts a merged pair again: its closed cards open, and their steps go on unless somebody has written meanwhile. Returns who
/// is a contact of their own again.
pub fn part(tx: &mut Tx<'_>, merge: MergeId) -> Result<ContactId> {
    let parted = contacts::part(tx, merge)?;
    for card in parted.reopened {
        let closing = visits::current(tx, card)?;
        let stay = go_on(tx, card, Entry { undoes: closing, quietly: true, ..Entry::default() })?;
        reminders::revive(tx, card, parted.merged_at, stay)?;
    }
    if parted.unbarred {
        for contact in [parted.kept, parted.gone] {
            reminders::revive_all(tx, contact, parted.merged_at)?;
        }
    }
    Ok(parted.gone)
}

/// Ends the present stay of a card that is in another stage by now, and begins the one there; none where it is there already, as
/// in merges from before this was told.
fn go_on(tx: &mut Tx<'_>, id: CardId, entry: Entry) -> Result<Option<VisitId>> {
    let (present, now) = (card(tx, id)?, tx.now());
    let Some(before) = visits::current(tx, id)? else { return Ok(None) };
    let from: StageId = tx.all(db::Visits).filter(v::id.eq(before)).select(v::stage_id).get_result(tx.conn())?;
    if from == present.stage_id {
        return Ok(None);
    }
    let (from, to) = (any_stage(tx, from)?, any_stage(tx, present.stage_id)?);
    diesel::update(tx.all(db::Visits).filter(v::id.eq(before))).set(v::left_at.eq(now)).execute(tx.conn())?;
    // Taken back, the days in the stage go on where they were.
    let earlier = tx
        .all(db::Visits)
        .filter(v::card_id.eq(id))
        .filter(v::stage_id.eq(to.id))
        .order(v::id.desc())
        .select(v::entered_at);
    let since = match entry.undoes {
        Some(_) => earlier.first(tx.conn()).optional()?.unwrap_or(now),
        None => now,
    };
    let (verb, note) =
        if entry.undoes.is_some() { (Verb::CardMoveUndone, None) } else { (Verb::CardMoved, entry.note.clone()) };
    let visit = enter(tx, id, present.contact_id, &to, present.owner_id, entry)?;
    diesel::update(tx.all(db::Cards).filter(k::id.eq(id))).set(k::entered_at.eq(since)).execute(tx.conn())?;
    let change = Change::of(id.0)
        .about(present.contact_id)
        .before(serde_json::json!({"stage": from.name, "stage_id": from.id}))
        .after(
            serde_json::json!({"stage": to.name, "stage_id": to.id, "state": to.state, "note": note, "visit": visit}),
        );
    record(tx, verb, change)?;
    Ok(Some(visit))
}
