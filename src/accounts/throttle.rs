//! How often a sign-in may fail: 8 times per account and 40 times per address in 15 minutes.

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::{
    db::{Instant, Multi, Sys, instance_wide::throttles},
    error::{Error, Result},
};

const WINDOW: TimeDelta = TimeDelta::minutes(15);

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    /// One account, by its address.
    Account(&'a str),
    /// One machine.
    Address(&'a str),
}

impl Subject<'_> {
    fn key(self) -> String {
        match self {
            Self::Account(email) => format!("account {}", email.chars().take(200).collect::<String>()),
            Self::Address(address) => format!("address {address}"),
        }
    }

    fn limit(self) -> i32 {
        match self {
            Self::Account(_) => 8,
            Self::Address(_) => 40,
        }
    }
}

/// Refuses when the subject has failed too often in the window.
pub(super) fn check(sys: &mut Sys<'_>, subject: Subject<'_>) -> Result<()> {
    let row: Option<(i32, Instant)> = throttles::table
        .find(subject.key())
        .select((throttles::failures, throttles::since))
        .get_result(sys.conn())
        .optional()?;
    let Some((failures, since)) = row else { return Ok(()) };
    let wait = since.plus(WINDOW).utc() - sys.now().utc();
    if failures < subject.limit() || wait <= TimeDelta::zero() {
        return Ok(());
    }
    let minutes = match (wait.num_milliseconds() + 59_999) / 60_000 {
        1 => "a minute".into(),
        n => format!("{n} minutes"),
    };
    Err(Error::invalid("password", format!("Too many attempts. Wait {minutes}, or reset your password.")))
}

/// Counts a failure.
pub(super) fn count(sys: &mut Sys<'_>, subject: Subject<'_>) -> Result<()> {
    let (now, key) = (sys.now(), subject.key());
    diesel::delete(throttles::table.find(&key).filter(throttles::since.le(now.plus(-WINDOW)))).execute(sys.conn())?;
    Multi(
        diesel::insert_into(throttles::table)
            .values((throttles::key.eq(&key), throttles::failures.eq(1), throttles::since.eq(now)))
            .on_conflict(throttles::key)
            .do_update()
            .set(throttles::failures.eq(throttles::failures + 1)),
    )
    .execute(sys.conn())?;
    Ok(())
}

/// Forgets an account's failures after a success.
pub(super) fn forget(sys: &mut Sys<'_>, subject: Subject<'_>) -> Result<()> {
    diesel::delete(throttles::table.find(subject.key())).execute(sys.conn())?;
    Ok(())
}

pub(super) fn sweep(sys: &mut Sys<'_>, now: Instant) -> Result<()> {
    diesel::delete(throttles::table.filter(throttles::since.le(now.plus(-WINDOW)))).execute(sys.conn())?;
    Ok(())
}
