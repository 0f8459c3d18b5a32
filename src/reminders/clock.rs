//! Working out due instants again, when a person's zone or the world's zone rules change (promise 2).

use chrono::{NaiveDate, NaiveTime};
use diesel::prelude::*;

use super::{State, announce, refresh_next};
use crate::{
    access::Access,
    calendar::{parse_zone, resolve, rules_version},
    db::{self, Instant, Sys, Tx, reminders as r},
    error::Result,
    ids::{CardId, ReminderId, UserId},
};

type Row = (ReminderId, Option<CardId>, NaiveDate, NaiveTime, String, Instant, i32);

fn columns() -> (r::id, r::card_id, r::due_date, r::due_time, r::timezone, r::due_at, r::occurrence) {
    (r::id, r::card_id, r::due_date, r::due_time, r::timezone, r::due_at, r::occurrence)
}

/// A person has moved: their open reminders keep local date and time, in the new zone. Reminders planned in another
/// zone than their own stay.
pub fn rezone(tx: &mut Tx<'_>, user: UserId, from: &str, to: &str) -> Result<()> {
    let rows: Vec<Row> = tx
        .all(db::Reminders)
        .filter(r::user_id.eq(user))
        .filter(r::state.eq(State::Open))
        .filter(r::timezone.eq(from))
        .select(columns())
        .load(tx.conn())?;
    for row in rows {
        set(tx, &row, to)?;
    }
    Ok(())
}

fn set(tx: &mut Tx<'_>, row: &Row, zone: &str) -> Result<()> {
    let (id, card, date, time, own_zone, due_at, occurrence) = row;
    let Ok(tz) = parse_zone(zone) else { return Ok(()) };
    let now_due: Instant = resolve(*date, *time, tz).into();
    if now_due == *due_at && zone == own_zone {
        return Ok(());
    }
    diesel::update(tx.all(db::Reminders).filter(r::id.eq(*id)))
        .set((r::timezone.eq(zone), r::due_at.eq(now_due)))
        .execute(tx.conn())?;
    if now_due != *due_at {
        // The occurrence stays: who was told of it is not told again.
        announce(tx, *id, *occurrence, now_due)?;
        refresh_next(tx, *card)?;
    }
    Ok(())
}

/// Works out every open reminder's instant again if the zone rules in use are not the ones of last time.
pub fn adopt_rules(sys: &mut Sys<'_>) -> Result<bool> {
    const KEY: &str = "zone_rules";
    if sys.setting(KEY)?.as_deref() == Some(rules_version()) {
        return Ok(false);
    }
    for workspace in crate::workspaces::all_ids(sys)? {
        let tx = &mut sys.enter(Access::grant_worker(workspace));
        let rows: Vec<Row> =
            tx.all(db::Reminders).filter(r::state.eq(State::Open)).select(columns()).load(tx.conn())?;
        for row in rows {
            set(tx, &row, &row.4)?;
        }
    }
    sys.set_setting(KEY, rules_version())?;
    Ok(true)
}
