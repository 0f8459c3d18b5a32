//! The messages of an import that is taken back go a piece at a time: a large one leaves others room to write in between.

use diesel::prelude::*;

use super::{
    State, Undone, forget_file, import,
    undo::{self, undoable},
};
use crate::{
    access::Right,
    attachments,
    db::{self, Tx, messages as m, visits as v},
    error::{Error, Result},
    ids::{ContactId, ImportId, MessageId, ThreadId},
    queue::{self, Job},
    threads,
    timeline::{Change, Verb, record},
};

/// How many messages go in one transaction: some 50 ms.
const PIECE: i64 = 2_000;

/// Takes an import back: at once where its messages are one piece at most, else the worker does and nothing is told yet.
/// Managers and owners.
pub fn take_back(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<Undone>> {
    tx.access().require(Right::Arrange)?;
    let found = undoable(tx, id)?;
    if is_leaving(tx, id)? {
        return Ok(None);
    }
    // It would leave out what goes, as here already.
    let workspace = tx.workspace();
    if queue::is_any_waiting(&mut tx.system(), workspace, &Job::Import { import: id, stage: None })? {
        return Err(Error::invalid("", "Something is being brought in at present. Undo this when that is done."));
    }
    let messages = messages_here(tx, id)?;
    if messages <= PIECE {
        return undo::undo(tx, id).map(Some);
    }
    // No file of it is fetched any more.
    queue::cancel(&mut tx.system(), &Job::Fetch { import: id })?;
    forget_file(tx, &found)?;
    let after = serde_json::json!({"file": found.file_name, "messages": messages});
    record(tx, Verb::ImportTakenBack, Change::of(id.0).after(after))?;
    let now = tx.now();
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Undo { import: id }, now)?;
    Ok(None)
}

/// Whether the worker is taking an import back, or is about to.
pub fn is_leaving(tx: &mut Tx<'_>, id: ImportId) -> Result<bool> {
    queue::is_waiting(&mut tx.system(), &Job::Undo { import: id })
}

/// How many messages an import has here.
pub fn messages_here(tx: &mut Tx<'_>, id: ImportId) -> Result<i64> {
    Ok(tx.all(db::Messages).filter(m::import_id.eq(id)).count().get_result(tx.conn())?)
}

/// Does a part of an undo, the last of which ends it; whether more is to be done.
pub fn undo_piece(tx: &mut Tx<'_>, id: ImportId) -> Result<bool> {
    let found = import(tx, id)?;
    // Somebody may have undone the rest meanwhile.
    if found.state == State::Undone {
        return Ok(false);
    }
    if remove_piece(tx, id)?.is_some() {
        return Ok(true);
    }
    undo::finish(tx, &found)?;
    Ok(false)
}

/// Removes messages of an import, 2,000 at most, and works out anew what hangs on them; how many, none when none are left.
pub(super) fn remove_piece(tx: &mut Tx<'_>, id: ImportId) -> Result<Option<usize>> {
    let rows: Vec<(MessageId, ThreadId, ContactId)> = tx
        .all(db::Messages)
        .filter(m::import_id.eq(id))
        .limit(PIECE)
        .select((m::id, m::thread_id, m::contact_id))
        .load(tx.conn())?;
    if rows.is_empty() {
        return Ok(None);
    }
    let messages: Vec<MessageId> = rows.iter().map(|row| row.0).collect();
    let (mut touched, mut people): (Vec<ThreadId>, Vec<ContactId>) = rows.into_iter().map(|row| (row.1, row.2)).unzip();
    touched.sort_unstable();
    touched.dedup();
    people.sort_unstable();
    people.dedup();
    tx.have_alone(&people)?;
    tx.have_threads_alone(&touched)?;
    tx.have_messages_alone(&messages)?;
    keep_evidence(tx, &messages)?;
    let mut gone = 0;
    for chunk in messages.chunks(500) {
        let brought = tx.all(db::Messages).filter(m::import_id.eq(id));
        gone += diesel::delete(brought.filter(m::id.eq_any(chunk.to_vec()))).execute(tx.conn())?;
    }
    threads::refresh_left(tx, &touched, &people)?;
    Ok(Some(gone))
}

/// Of these messages, those that justified a move, or to which somebody attached a file, stay with the history: they are no
/// longer the import's.
fn keep_evidence(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<()> {
    for chunk in messages.chunks(500) {
        let proofs = tx.all(db::Visits).filter(v::evidence_id.eq_any(chunk.to_vec()));
        let mut kept: Vec<MessageId> = proofs.select(v::evidence_id.assume_not_null()).load(tx.conn())?;
        kept.extend(attachments::by_hand(tx, chunk)?);
        if kept.is_empty() {
            continue;
        }
        diesel::update(tx.all(db::Messages).filter(m::id.eq_any(kept.clone())))
            .set(m::import_id.eq(None::<ImportId>))
            .execute(tx.conn())?;
        attachments::leave_with(tx, &kept)?;
    }
    Ok(())
}
