//! Moving a card: versioned, with evidence, undoable; history is only ever added to (promises 8 and 9).

use diesel::prelude::*;

use super::{
    Card, Stage, StageState, card,
    cards::{Entry, enter},
    pipeline, stage, visits,
};
use crate::{
    access::Right,
    channels::safe_text,
    db::{self, Instant, Tx, cards as k, messages as m, visits as v},
    error::{Error, Result},
    ids::{CardId, ContactId, MessageId, StageId, ThreadId, VisitId},
    reminders::stop_cadence,
    timeline::{Change, Verb, record},
};

/// A move somebody asks for.
#[derive(Debug, Clone)]
pub struct Move {
    /// Which card.
    pub card: CardId,
    /// Where to.
    pub to: StageId,
    /// The card's version as the mover saw it.
    pub version: i32,
    /// The message that justifies it.
    pub evidence: Option<MessageId>,
    /// Why, in the mover's words.
    pub note: Option<String>,
    /// Why it was lost; asked for by a lost stage.
    pub lost_reason: Option<String>,
}

/// A move that happened.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The card as it is now.
    pub card: Card,
    /// The stay that began: undoing names it.
    pub visit: VisitId,
    /// From where.
    pub from: Stage,
    /// To where.
    pub to: Stage,
}

/// Moves a card. A stale version is a conflict with the card as it is and the words who moved it.
pub fn move_card(tx: &mut Tx<'_>, wanted: &Move) -> Result<Moved> {
    tx.access().require(Right::Work)?;
    let before = card(tx, wanted.card)?;
    if before.version != wanted.version {
        return Err(stale(tx, &before)?);
    }
    let to = stage(tx, wanted.to)?;
    if to.pipeline_id != before.pipeline_id {
        return Err(Error::invalid("stage_id", "This stage belongs to another pipeline."));
    }
    if to.id == before.stage_id {
        return Err(Error::invalid("stage_id", "The card is in this stage already."));
    }
    let reason = lost_reason(tx, &to, wanted)?;
    let evidence = wanted.evidence.map(|id| message_of(tx, id, before.contact_id)).transpose()?;
    let entry = Entry {
        evidence: evidence.map(|(id, _)| id),
        note: wanted.note.as_deref().map(|note| safe_text(note, 2000)).filter(|note| !note.is_empty()),
        ..Entry::default()
    };
    let moved = shift(tx, &before, &to, reason.as_deref(), entry)?;
    if let Some((_, thread)) = evidence {
        visits::link(tx, moved.visit, to.id, thread)?;
    }
    Ok(moved)
}

fn lost_reason(tx: &mut Tx<'_>, to: &Stage, wanted: &Move) -> Result<Option<String>> {
    if to.state != StageState::Lost {
        return Ok(None);
    }
    let reason = wanted.lost_reason.as_deref().map(|text| safe_text(text, 200)).filter(|text| !text.is_empty());
    if reason.is_none() {
        let offered = pipeline(tx, to.pipeline_id)?.lost_reasons().join(", ");
        return Err(Error::invalid("lost_reason", format!("Say why it was lost, for example: {offered}.")));
    }
    Ok(reason)
}

fn message_of(tx: &mut Tx<'_>, id: MessageId, contact: ContactId) -> Result<(MessageId, ThreadId)> {
    tx.all(db::Messages)
        .filter(m::id.eq(id))
        .filter(m::contact_id.eq(contact))
        .select((m::id, m::thread_id))
        .get_result(tx.conn())
        .optional()?
        .ok_or_else(|| Error::invalid("message_id", "This message is not one with this contact."))
}

/// Does the move: ends the stay and its cadence, begins the next one, and tells it.
fn shift(tx: &mut Tx<'_>, before: &Card, to: &Stage, lost: Option<&str>, entry: Entry) -> Result<Moved> {
    let (now, quietly) = (tx.now(), entry.quietly);
    let from = any_stage(tx, before.stage_id)?;
    if to.state == StageState::Open && before.state != StageState::Open {
        refuse_second(tx, before)?;
    }
    let closed_at: Option<Instant> = (to.state != StageState::Open).then_some(now);
    // The version is asked again in the statement: on PostgreSQL somebody may move it between the read and here.
    let changed = diesel::update(tx.all(db::Cards).filter(k::id.eq(before.id)).filter(k::version.eq(before.version)))
        .set((
            k::stage_id.eq(to.id),
            k::state.eq(to.state),
            k::version.eq(before.version + 1),
            k::entered_at.eq(now),
            k::lost_reason.eq(lost),
            k::closed_at.eq(closed_at),
        ))
        .execute(tx.conn())?;
    if changed == 0 {
        let present = card(tx, before.id)?;
        return Err(stale(tx, &present)?);
    }
    if let Some(left) = visits::current(tx, before.id)? {
        diesel::update(tx.all(db::Visits).filter(v::id.eq(left))).set(v::left_at.eq(now)).execute(tx.conn())?;
        stop_cadence(tx, before.contact_id, left, &ending(to, lost))?;
    }
    if to.state != StageState::Open {
        let open = crate::reminders::open_of_card(tx, before.id)?;
        for reminder in open {
            crate::reminders::stop(tx, reminder.id, &ending(to, lost))?;
        }
    }
    let (evidence, note) = (entry.evidence, entry.note.clone());
    let visit = enter(tx, before.id, before.contact_id, to, before.owner_id, entry)?;
    crate::contacts::touch(tx, before.contact_id)?;
    let change = Change::of(before.id.0)
        .about(before.contact_id)
        .before(serde_json::json!({"stage": from.name, "stage_id": from.id}))
        .after(serde_json::json!({
            "stage": to.name, "stage_id": to.id, "state": to.state, "message": evidence, "note": note,
            "because": lost, "visit": visit,
        }));
    record(tx, if quietly { Verb::CardMoveUndone } else { Verb::CardMoved }, change)?;
    Ok(Moved { card: card(tx, before.id)?, visit, from, to: to.clone() })
}

fn ending(to: &Stage, lost: Option<&str>) -> String {
    match (to.state, lost) {
        (StageState::Won, _) => "won".into(),
        (StageState::Lost, Some(reason)) => format!("lost: {reason}"),
        _ => format!("moved to “{}”", to.name),
    }
}

pub(super) fn any_stage(tx: &mut Tx<'_>, id: StageId) -> Result<Stage> {
    Ok(tx.all(db::Stages).filter(db::stages::id.eq(id)).select(Stage::as_select()).get_result(tx.conn())?)
}

fn refuse_second(tx: &mut Tx<'_>, closed: &Card) -> Result<()> {
    let open: i64 = tx
        .all(db::Cards)
        .filter(k::contact_id.eq(closed.contact_id))
        .filter(k::pipeline_id.eq(closed.pipeline_id))
        .filter(k::state.eq(StageState::Open))
        .count()
        .get_result(tx.conn())?;
    if open == 0 {
        return Ok(());
    }
    Err(Error::invalid("stage_id", "This contact has another open card in this pipeline. Work on that one."))
}

fn stale(tx: &mut Tx<'_>, present: &Card) -> Result<Error> {
    let by: Option<Option<crate::ids::UserId>> = tx
        .all(db::Visits)
        .filter(v::card_id.eq(present.id))
        .order(v::id.desc())
        .select(v::moved_by)
        .first(tx.conn())
        .optional()?;
    let name = crate::workspaces::names(tx)?.of(by.flatten()).to_owned();
    let stage = any_stage(tx, present.stage_id)?.name;
    Ok(Error::conflict(format!("{name} moved this card to “{stage}” meanwhile."), present.json()))
}

/// Takes a move back: a new entry in the history, and only while it is the card's latest.
pub fn undo_move(tx: &mut Tx<'_>, id: VisitId) -> Result<Moved> {
    tx.access().require(Right::Work)?;
    let (card_id, left): (CardId, Option<Instant>) =
        tx.all(db::Visits).filter(v::id.eq(id)).select((v::card_id, v::left_at)).get_result(tx.conn())?;
    let present = card(tx, card_id)?;
    if left.is_some() {
        return Err(stale(tx, &present)?);
    }
    let before: Option<(VisitId, StageId)> = tx
        .all(db::Visits)
        .filter(v::card_id.eq(card_id))
        .filter(v::id.lt(id))
        .order(v::id.desc())
        .select((v::id, v::stage_id))
        .first(tx.conn())
        .optional()?;
    let Some((before_visit, back_to)) = before else {
        return Err(Error::invalid("", "This is where the card began; there is no move to undo."));
    };
    let to = stage(tx, back_to).map_err(|error| match error {
        Error::NotFound => {
            Error::invalid("", "The stage that it came from was removed since. Move the card where it belongs.")
        }
        other => other,
    })?;
    let reason = (to.state == StageState::Lost).then_some("undone");
    let entry = Entry { undoes: Some(id), quietly: true, ..Entry::default() };
    let moved = shift(tx, &present, &to, reason, entry)?;
    revive(tx, card_id, id)?;
    // The days in the stage go on where they were: the move is as if it had not been.
    let since: Instant =
        tx.all(db::Visits).filter(v::id.eq(before_visit)).select(v::entered_at).get_result(tx.conn())?;
    diesel::update(tx.all(db::Cards).filter(k::id.eq(card_id))).set(k::entered_at.eq(since)).execute(tx.conn())?;
    Ok(Moved { card: card(tx, card_id)?, ..moved })
}

/// Puts back the cadence steps that the undone move had stopped.
fn revive(tx: &mut Tx<'_>, card_id: CardId, undone: VisitId) -> Result<()> {
    let at: Instant = tx.all(db::Visits).filter(v::id.eq(undone)).select(v::entered_at).get_result(tx.conn())?;
    let current = visits::current(tx, card_id)?;
    crate::reminders::revive(tx, card_id, at, current)
}
