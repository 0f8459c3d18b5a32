//! Stays of cards in stages, with the threads that carried them and the message that brought them.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    channels::{Channel, Direction},
    db::{self, Instant, Tx, cards as k, messages as m, threads as t, visit_threads as vt, visits as v},
    each,
    error::Result,
    ids::{CardId, ContactId, MessageId, StageId, ThreadId, UserId, VisitId},
};

/// The message that justified a move.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Evidence {
    /// The message.
    pub id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// Who wrote it.
    pub direction: Direction,
    /// Their name.
    pub author: String,
    /// What was said.
    pub body: String,
    /// When.
    pub sent_at: Instant,
}

/// A thread that carried a stay.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Carrier {
    /// The thread.
    pub id: ThreadId,
    /// Its channel.
    pub channel: Channel,
    /// Its first message during the stay.
    pub first_at: Instant,
    /// Its last message during the stay.
    pub last_at: Instant,
}

/// A card's stay in a stage.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Visit {
    /// The stay.
    pub id: VisitId,
    /// Of which card.
    pub card_id: CardId,
    /// Where.
    pub stage_id: StageId,
    /// Since when.
    pub entered_at: Instant,
    /// Until when; none while it lasts.
    pub left_at: Option<Instant>,
    /// Who moved it there; none for a rule.
    pub moved_by: Option<UserId>,
    /// Why, in the mover's words.
    pub note: Option<String>,
    /// The stay that this one takes back.
    pub undoes: Option<VisitId>,
    /// The message that justified it.
    pub evidence: Option<Evidence>,
    /// The threads that carried it.
    pub threads: Vec<Carrier>,
}

/// The stay that lasts.
pub(super) fn current(tx: &mut Tx<'_>, card: CardId) -> Result<Option<VisitId>> {
    Ok(tx
        .all(db::Visits)
        .filter(v::card_id.eq(card))
        .filter(v::left_at.is_null())
        .order(v::id.desc())
        .select(v::id)
        .first(tx.conn())
        .optional()?)
}

/// Notes that a thread carried a stay, now.
pub(super) fn link(tx: &mut Tx<'_>, visit: VisitId, stage: StageId, thread: ThreadId) -> Result<()> {
    let now = tx.now();
    link_at(tx, visit, stage, thread, now)
}

fn link_at(tx: &mut Tx<'_>, visit: VisitId, stage: StageId, thread: ThreadId, at: Instant) -> Result<()> {
    let row = (
        tx.mine(db::VisitThreads),
        vt::visit_id.eq(visit),
        vt::thread_id.eq(thread),
        vt::stage_id.eq(stage),
        vt::first_at.eq(at),
        vt::last_at.eq(at),
    );
    let new = each!(tx.conn(), conn => {
        db::insert_rows(db::VisitThreads, row).on_conflict_do_nothing().execute(conn)
    })?;
    if new == 0 {
        let mine =
            |tx: &Tx<'_>| tx.all(db::VisitThreads).filter(vt::visit_id.eq(visit)).filter(vt::thread_id.eq(thread));
        diesel::update(mine(tx).filter(vt::last_at.lt(at))).set(vt::last_at.eq(at)).execute(tx.conn())?;
        diesel::update(mine(tx).filter(vt::first_at.gt(at))).set(vt::first_at.eq(at)).execute(tx.conn())?;
    }
    Ok(())
}

/// A contact's thread got a message sent at `at`: it is linked to the stays during which that was, or, when the
/// message is older than a card, to the stay that lasts.
pub fn link_thread(tx: &mut Tx<'_>, contact: ContactId, thread: ThreadId, at: Instant) -> Result<()> {
    let cards: Vec<CardId> =
        tx.all(db::Cards).filter(k::contact_id.eq(contact)).select(k::id).limit(50).load(tx.conn())?;
    if cards.is_empty() {
        return Ok(());
    }
    type Stay = (VisitId, CardId, StageId, Instant, Option<Instant>);
    let stays: Vec<Stay> = tx
        .all(db::Visits)
        .filter(v::card_id.eq_any(cards.clone()))
        .order(v::id)
        .limit(1000)
        .select((v::id, v::card_id, v::stage_id, v::entered_at, v::left_at))
        .load(tx.conn())?;
    for card in cards {
        let during = stays.iter().rfind(|s| s.1 == card && s.3 <= at && s.4.is_none_or(|left| at < left));
        let lasting = || stays.iter().find(|s| s.1 == card && s.4.is_none());
        if let Some((visit, _, stage, _, _)) = during.or_else(lasting) {
            link_at(tx, *visit, *stage, thread, at)?;
        }
    }
    Ok(())
}

/// Whose stay it is.
pub fn card_of_visit(tx: &mut Tx<'_>, visit: VisitId) -> Result<CardId> {
    Ok(tx.all(db::Visits).filter(v::id.eq(visit)).select(v::card_id).get_result(tx.conn())?)
}

/// A card's stays from the first, each with its threads and evidence; at most 500.
pub fn visits(tx: &mut Tx<'_>, card: CardId) -> Result<Vec<Visit>> {
    visits_of(tx, &[card])
}

/// The stays of several cards.
pub(crate) fn visits_of(tx: &mut Tx<'_>, cards: &[CardId]) -> Result<Vec<Visit>> {
    type Row = (
        VisitId,
        CardId,
        StageId,
        Instant,
        Option<Instant>,
        Option<UserId>,
        Option<String>,
        Option<VisitId>,
        Option<MessageId>,
    );
    let rows: Vec<Row> = tx
        .all(db::Visits)
        .filter(v::card_id.eq_any(cards.to_vec()))
        .order(v::id)
        .limit(500)
        .select((
            v::id,
            v::card_id,
            v::stage_id,
            v::entered_at,
            v::left_at,
            v::moved_by,
            v::note,
            v::undoes,
            v::evidence_id,
        ))
        .load(tx.conn())?;
    let evidence = evidence_of(tx, rows.iter().filter_map(|row| row.8).collect())?;
    let mut carriers = carriers_of(tx, rows.iter().map(|row| row.0).collect())?;
    Ok(rows
        .into_iter()
        .map(|(id, card_id, stage_id, entered_at, left_at, moved_by, note, undoes, message)| Visit {
            id,
            card_id,
            stage_id,
            entered_at,
            left_at,
            moved_by,
            note,
            undoes,
            evidence: message.and_then(|message| evidence.get(&message).cloned()),
            threads: carriers.remove(&id).unwrap_or_default(),
        })
        .collect())
}

fn evidence_of(tx: &mut Tx<'_>, ids: Vec<MessageId>) -> Result<HashMap<MessageId, Evidence>> {
    let rows: Vec<(MessageId, ThreadId, Direction, String, String, Instant)> = tx
        .all(db::Messages)
        .filter(m::id.eq_any(ids))
        .select((m::id, m::thread_id, m::direction, m::author_name, m::body, m::sent_at))
        .load(tx.conn())?;
    Ok(rows
        .into_iter()
        .map(|(id, thread_id, direction, author, body, sent_at)| {
            (id, Evidence { id, thread_id, direction, author, body, sent_at })
        })
        .collect())
}

fn carriers_of(tx: &mut Tx<'_>, visits: Vec<VisitId>) -> Result<HashMap<VisitId, Vec<Carrier>>> {
    let rows: Vec<(VisitId, ThreadId, Channel, Instant, Instant)> = db::visit_threads_with_thread(tx.workspace())
        .filter(vt::visit_id.eq_any(visits))
        .order((vt::first_at, t::id))
        .limit(2000)
        .select((vt::visit_id, t::id, t::channel, vt::first_at, vt::last_at))
        .load(tx.conn())?;
    let mut by_visit: HashMap<VisitId, Vec<Carrier>> = HashMap::new();
    for (visit, id, channel, first_at, last_at) in rows {
        by_visit.entry(visit).or_default().push(Carrier { id, channel, first_at, last_at });
    }
    Ok(by_visit)
}
