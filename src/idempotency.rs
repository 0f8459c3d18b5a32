//! Answers to POSTs that carried an Idempotency-Key, kept for a day, so that a repeat changes nothing.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::{
    db::{self, Tx, idempotency as i},
    error::{Error, Result},
};

/// The answer given before to this key; a problem when the key came with another request then.
pub fn recall(tx: &mut Tx<'_>, key: &str, request_hash: &str) -> Result<Option<(u16, String)>> {
    let user = tx.access().person()?;
    let row: Option<(String, i32, String)> = tx
        .all(db::Idempotency)
        .filter(i::user_id.eq(user))
        .filter(i::key.eq(key))
        .select((i::request_hash, i::status, i::body))
        .get_result(tx.conn())
        .optional()?;
    match row {
        None => Ok(None),
        Some((hash, status, body)) if hash == request_hash => Ok(Some((u16::try_from(status).unwrap_or(200), body))),
        Some(_) => {
            Err(Error::invalid("Idempotency-Key", "This key was used for another request. Use a new one for each."))
        }
    }
}

/// Keeps an answer, in the transaction of the change. A conflict when the same key was answered at the same moment: then
/// the change is to be rolled back, and a repeat gets the answer that was kept.
pub fn keep(tx: &mut Tx<'_>, key: &str, request_hash: &str, status: u16, body: &str) -> Result<()> {
    let user = tx.access().person()?;
    tx.insert(
        db::Idempotency,
        (
            i::user_id.eq(user),
            i::key.eq(key),
            i::request_hash.eq(request_hash),
            i::status.eq(i32::from(status)),
            i::body.eq(body),
            i::created_at.eq(tx.now()),
        ),
    )
    .execute(tx.conn())
    .map_err(|error| {
        if Error::is_unique_violation(&error, "idempotency") {
            Error::conflict(
                "A request with this key was answered at the same moment. Send it again to get its answer.",
                serde_json::Value::Null,
            )
        } else {
            error.into()
        }
    })?;
    Ok(())
}

/// Forgets answers older than a day.
pub fn sweep(tx: &mut Tx<'_>) -> Result<()> {
    let before = tx.now().plus(-TimeDelta::days(1));
    diesel::delete(tx.all(db::Idempotency).filter(i::created_at.lt(before))).execute(tx.conn())?;
    Ok(())
}
