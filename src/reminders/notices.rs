//! Telling people that a reminder is due, once per occurrence and person (promise 3).

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{State, reminder};
use crate::{
    db::{self, Multi, Tx, notices as n},
    error::Result,
    ids::{ReminderId, UserId},
};

/// How much behind its time a notice may be before it is marked late.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(30);

/// Tells whoever owes the reminder, unless they were told of this occurrence or it no longer stands.
pub fn notify(tx: &mut Tx<'_>, id: ReminderId, occurrence: i32) -> Result<bool> {
    let Some(due) = reminder(tx, id).optional_row()? else { return Ok(false) };
    if due.state != State::Open || due.occurrence != occurrence || due.due_at > tx.now() {
        return Ok(false);
    }
    let late = due.due_at.plus(LATE_AFTER) < tx.now();
    let row = (
        tx.mine(db::Notices),
        n::reminder_id.eq(id),
        n::occurrence.eq(occurrence),
        n::user_id.eq(due.user_id),
        n::late.eq(late),
        n::created_at.eq(tx.now()),
    );
    let told = Multi(
        db::insert_rows(db::Notices, row)
            .on_conflict((n::workspace_id, n::reminder_id, n::occurrence, n::user_id))
            .do_nothing(),
    )
    .execute(tx.conn())?;
    Ok(told > 0)
}

/// How many notices a person has not seen yet; seeing Today marks them.
pub fn unread(tx: &mut Tx<'_>, user: UserId) -> Result<i64> {
    Ok(tx.all(db::Notices).filter(n::user_id.eq(user)).filter(n::read_at.is_null()).count().get_result(tx.conn())?)
}

trait OptionalRow<T> {
    fn optional_row(self) -> Result<Option<T>>;
}

impl<T> OptionalRow<T> for Result<T> {
    fn optional_row(self) -> Result<Option<T>> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(crate::error::Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
