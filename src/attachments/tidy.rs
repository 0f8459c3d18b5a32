//! Removing contents to which nothing refers any more: marked first, then removed, then forgotten, so that a crash in between
//! leaves a mark by which the next run goes on.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{State, Store, thumb_name};
use crate::{
    access::Access,
    db::{self, Db, Instant, Tx, attachments as a, files as f},
    error::Result,
};

/// How many contents are removed in one go.
const AT_ONCE: i64 = 50;

/// Removes up to fifty contents; true when there may be more. One that began to be written a day ago and was never
/// finished goes too.
pub(crate) fn tidy(db: &Db, access: Access, store: &Store) -> Result<bool> {
    let stale = db.read(access, stale)?;
    for hash in &stale {
        if !db.write(access, |tx| doom(tx, hash))? {
            continue;
        }
        store.remove(access.workspace(), &thumb_name(hash))?;
        store.remove(access.workspace(), hash)?;
        db.write(access, |tx| {
            let gone = tx.all(db::Files).filter(f::hash.eq(hash)).filter(f::state.eq(State::Dying));
            diesel::delete(gone).execute(tx.conn())?;
            Ok(())
        })?;
    }
    Ok(stale.len() == usize::try_from(AT_ONCE).unwrap_or(0))
}

fn dead(tx: &Tx<'_>) -> Instant {
    tx.now().plus(-TimeDelta::days(1))
}

/// What may be removed, as far as can be seen without a lock.
fn stale(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let refers = tx.all(db::Attachments).filter(a::hash.eq(f::hash.nullable()));
    Ok(tx
        .all(db::Files)
        .filter(diesel::dsl::not(diesel::dsl::exists(refers)))
        .filter(f::state.ne(State::Writing).or(f::created_at.lt(dead(tx))))
        .select(f::hash)
        .limit(AT_ONCE)
        .load(tx.conn())?)
}

/// Marks a content as dying; false when something refers to it after all. Its row is locked before that is looked at, so
/// that whoever keeps it anew at this moment comes first or waits.
fn doom(tx: &mut Tx<'_>, hash: &str) -> Result<bool> {
    let row = || f::hash.eq(hash);
    let held: Vec<(State, Instant)> = diesel::update(tx.all(db::Files).filter(row()))
        .set(f::size.eq(f::size))
        .returning((f::state, f::created_at))
        .get_results(tx.conn())?;
    let Some((state, created)) = held.into_iter().next() else { return Ok(false) };
    let used: i64 = tx.all(db::Attachments).filter(a::hash.eq(hash)).count().get_result(tx.conn())?;
    if used > 0 || state == State::Writing && created >= dead(tx) {
        return Ok(false);
    }
    diesel::update(tx.all(db::Files).filter(row())).set(f::state.eq(State::Dying)).execute(tx.conn())?;
    Ok(true)
}
