//! How often a sign-in may fail in 15 minutes: 8 times for an account from one machine, 100 times for an account from all of
//! them, so that no stranger locks its owner out in passing, and 40 times from one machine.

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
    /// One account, by its address, from anywhere.
    Account(&'a str),
    /// One account from one machine, or from a session.
    From(&'a str, &'a str),
    /// One machine.
    Machine(&'a str),
}

impl Subject<'_> {
    fn key(self) -> String {
        match self {
            Self::Account(email) => format!("account {}", short(email)),
            Self::From(email, machine) => format!("account {} from {machine}", short(email)),
            Self::Machine(machine) => format!("address {machine}"),
        }
    }

    fn limit(self) -> i32 {
        match self {
            Self::Account(_) => 100,
            Self::From(..) => 8,
            Self::Machine(_) => 40,
        }
    }
}

fn short(email: &str) -> String {
    email.chars().take(200).collect()
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

/// Forgets the failures of one subject after a success.
pub(super) fn forget(sys: &mut Sys<'_>, subject: Subject<'_>) -> Result<()> {
    diesel::delete(throttles::table.find(subject.key())).execute(sys.conn())?;
    Ok(())
}

/// Forgets an account's failures wherever they came from: it has a new password.
pub(super) fn forget_all(sys: &mut Sys<'_>, email: &str) -> Result<()> {
    let account = Subject::Account(email).key();
    let literal = account.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let mine = throttles::key.eq(account).or(throttles::key.like(format!("{literal} from %")).escape('\\'));
    diesel::delete(throttles::table.filter(mine)).execute(sys.conn())?;
    Ok(())
}

pub(super) fn sweep(sys: &mut Sys<'_>, now: Instant) -> Result<()> {
    diesel::delete(throttles::table.filter(throttles::since.le(now.plus(-WINDOW)))).execute(sys.conn())?;
    Ok(())
}
