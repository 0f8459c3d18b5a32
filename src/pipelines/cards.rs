//! Opening, editing and removing a card. Moving it is in `moves`.

use diesel::prelude::*;

use super::{Card, Stage, StageState, card, pipeline, stage, stages};
use crate::{
    access::Right,
    db::{self, Tx, cards as k, visits as v},
    error::{Error, Result},
    ids::{CardId, ContactId, PipelineId, StageId, UserId, VisitId},
    reminders::{Entered, plan_cadence, stop_cadence},
    timeline::{Change, Verb, record},
};

/// A card to be opened.
#[derive(Debug, Clone, Copy)]
pub struct NewCard {
    /// Whose.
    pub contact: ContactId,
    /// In which pipeline.
    pub pipeline: PipelineId,
    /// Where it starts; the first open stage when none is named.
    pub stage: Option<StageId>,
    /// In hundredths of the workspace's currency.
    pub value_cents: i64,
}

/// Largest value of a card, in hundredths: far beyond any deal, far below what sums can hold.
const MOST_CENTS: i64 = 1_000_000_000_000;

fn check_value(cents: i64) -> Result<()> {
    if (0..=MOST_CENTS).contains(&cents) {
        return Ok(());
    }
    Err(Error::invalid("value", "Give a value between 0 and 10,000,000,000."))
}

/// Opens a card. A contact has at most one open card in a pipeline.
pub fn open_card(tx: &mut Tx<'_>, new: NewCard) -> Result<Card> {
    open(tx, new, Entry::default())
}

/// Opens a card without the stage's cadence: whom we talk to already needs other words than a stage begins with.
pub fn open_card_unplanned(tx: &mut Tx<'_>, new: NewCard) -> Result<Card> {
    open(tx, new, Entry { quietly: true, ..Entry::default() })
}

fn open(tx: &mut Tx<'_>, new: NewCard, entry: Entry) -> Result<Card> {
    tx.access().require(Right::Work)?;
    check_value(new.value_cents)?;
    let contact = crate::contacts::contact(tx, new.contact)?;
    let pipeline = pipeline(tx, new.pipeline)?;
    let all = stages(tx, pipeline.id)?;
    let first = match new.stage {
        Some(id) => all.iter().find(|stage| stage.id == id),
        None => all.iter().find(|stage| stage.state == StageState::Open),
    };
    let Some(first) = first else {
        return Err(Error::invalid("stage_id", "This stage is not one of this pipeline."));
    };
    let refuse_second = |tx: &mut Tx<'_>| {
        let there = if first.state == StageState::Open { open_one(tx, contact.id, pipeline.id)? } else { None };
        let words = || format!("{} is in “{}” already.", contact.name, pipeline.name);
        there.map_or(Ok(()), |there| Err(Error::conflict(words(), there.json())))
    };
    refuse_second(tx)?;
    let now = tx.now();
    let owner = contact.owner_id.or(tx.access().user());
    let row = (
        k::contact_id.eq(contact.id),
        k::pipeline_id.eq(pipeline.id),
        k::stage_id.eq(first.id),
        k::state.eq(first.state),
        k::owner_id.eq(owner),
        k::value_cents.eq(new.value_cents),
        k::entered_at.eq(now),
        k::created_at.eq(now),
        k::closed_at.eq((first.state != StageState::Open).then_some(now)),
    );
    // Two open one at the same moment: whoever comes second is shown the first's.
    let opened = tx.attempt(|tx| Ok(tx.insert(db::Cards, row).returning(k::id).get_result(tx.conn())?));
    let id: CardId = opened.or_else(|error| refuse_second(tx).and(Err(error)))?;
    let after = serde_json::json!({"pipeline": pipeline.name, "stage": first.name});
    record(tx, Verb::CardOpened, Change::of(id.0).about(contact.id).after(after))?;
    enter(tx, id, contact.id, first, owner, entry)?;
    crate::contacts::touch(tx, contact.id)?;
    card(tx, id)
}

fn open_one(tx: &mut Tx<'_>, contact: ContactId, pipeline: PipelineId) -> Result<Option<Card>> {
    Ok(tx
        .all(db::Cards)
        .filter(k::contact_id.eq(contact))
        .filter(k::pipeline_id.eq(pipeline))
        .filter(k::state.eq(StageState::Open))
        .select(Card::as_select())
        .get_result(tx.conn())
        .optional()?)
}

/// Why a stay begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Entry {
    pub(super) evidence: Option<crate::ids::MessageId>,
    pub(super) note: Option<String>,
    pub(super) undoes: Option<VisitId>,
    /// An undo goes back to how it was: no new cadence.
    pub(super) quietly: bool,
}

/// Begins a stay: writes the visit and plans the stage's cadence.
pub(super) fn enter(
    tx: &mut Tx<'_>,
    card: CardId,
    contact: ContactId,
    stage: &Stage,
    owner: Option<UserId>,
    entry: Entry,
) -> Result<VisitId> {
    let by = tx.access().user();
    let visit: VisitId = tx
        .insert(
            db::Visits,
            (
                v::card_id.eq(card),
                v::stage_id.eq(stage.id),
                v::entered_at.eq(tx.now()),
                v::moved_by.eq(by),
                v::evidence_id.eq(entry.evidence),
                v::note.eq(entry.note),
                v::undoes.eq(entry.undoes),
            ),
        )
        .returning(v::id)
        .get_result(tx.conn())?;
    if let (StageState::Open, false, Some(user)) = (stage.state, entry.quietly, owner.or(by)) {
        plan_cadence(tx, Entered { contact, card, visit, stage: stage.id, stage_name: &stage.name, user })?;
    }
    Ok(visit)
}

/// Changes a card's value and owner. A new owner takes over what is planned by hand; the cadence stops, named so.
pub fn edit_card(tx: &mut Tx<'_>, id: CardId, value_cents: i64, owner: Option<UserId>) -> Result<Card> {
    tx.access().require(Right::Work)?;
    check_value(value_cents)?;
    let before = card(tx, id)?;
    if (value_cents, owner) == (before.value_cents, before.owner_id) {
        return Ok(before);
    }
    if let Some(owner) = owner.filter(|owner| Some(*owner) != before.owner_id) {
        crate::workspaces::check_worker(tx, owner, "owner")?;
    }
    diesel::update(tx.all(db::Cards).filter(k::id.eq(id)))
        .set((k::value_cents.eq(value_cents), k::owner_id.eq(owner)))
        .execute(tx.conn())?;
    if owner != before.owner_id
        && let Some(visit) = super::visits::current(tx, id)?
    {
        let name = crate::workspaces::names(tx)?.of(owner).to_owned();
        stop_cadence(tx, before.contact_id, visit, &format!("handed over to {name}"))?;
    }
    if let (Some(from), Some(to)) = (before.owner_id, owner)
        && from != to
    {
        crate::reminders::hand_over_card(tx, id, from, to)?;
    }
    let change = Change::of(id.0)
        .about(before.contact_id)
        .before(serde_json::json!({"value_cents": before.value_cents, "owner": before.owner_id}))
        .after(serde_json::json!({"value_cents": value_cents, "owner": owner}));
    record(tx, Verb::CardEdited, change)?;
    card(tx, id)
}

/// Makes a colleague responsible for a contact, with the open cards of whoever was before. What that one was to send by a cadence
/// stops, named so (promise 5); what was planned by hand without a card stays theirs.
pub fn hand_person_over(tx: &mut Tx<'_>, id: ContactId, to: Option<UserId>) -> Result<()> {
    let before = crate::contacts::contact(tx, id)?;
    crate::contacts::assign(tx, before.id, to)?;
    let (Some(from), Some(owner)) = (before.owner_id, to) else { return Ok(()) };
    if from == owner {
        return Ok(());
    }
    for card in super::cards_of_contact(tx, before.id)? {
        if card.closed_at.is_none() && card.owner_id == Some(from) {
            edit_card(tx, card.id, card.value_cents, to)?;
        }
    }
    let name = crate::workspaces::names(tx)?.of(to).to_owned();
    crate::reminders::stop_steps_of(tx, before.id, from, &format!("handed over to {name}"))
}

/// Removes a card with its stays and reminders; the contact stays.
pub fn remove_card(tx: &mut Tx<'_>, id: CardId) -> Result<ContactId> {
    tx.access().require(Right::Arrange)?;
    let gone = card(tx, id)?;
    let stage = stage(tx, gone.stage_id)?;
    diesel::delete(tx.all(db::Cards).filter(k::id.eq(id))).execute(tx.conn())?;
    let before = serde_json::json!({"stage": stage.name, "value_cents": gone.value_cents});
    record(tx, Verb::CardRemoved, Change::of(id.0).about(gone.contact_id).before(before))?;
    Ok(gone.contact_id)
}
