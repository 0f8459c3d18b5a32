//! Signed-in devices. The cookie holds a random key, the table only its hash.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{
    User, password,
    throttle::{self, Subject},
};
use crate::{
    channels,
    db::{
        Db, Instant, Sys,
        instance_wide::{sessions, users},
    },
    error::{Error, Result},
    ids::{SessionId, UserId},
    secrets,
};

/// How long a session lasts without use.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// A request's session and the person behind it.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session.
    pub id: SessionId,
    /// Who is signed in.
    pub user: User,
    /// When it was last noted as used.
    pub seen_at: Instant,
    /// Words to show once, set by the action before.
    pub flash: Option<String>,
}

/// A signed-in device, as its owner sees it in the settings.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct Device {
    /// The session.
    pub id: SessionId,
    /// The browser, as it names itself.
    pub agent: String,
    /// The network address of the sign-in.
    pub address: String,
    /// When it signed in.
    pub created_at: Instant,
    /// When it was last used, to five minutes.
    pub seen_at: Instant,
}

/// Checks address and password, and starts a session. Returns the cookie's key.
pub fn sign_in(db: &Db, email: &str, secret: &str, agent: &str, address: &str) -> Result<String> {
    let email = channels::email_key(email).unwrap_or_default();
    let subjects = [Subject::From(&email, address), Subject::Account(&email), Subject::Machine(address)];
    let found: Option<(UserId, Option<String>)> = db.read_system(|sys| {
        subjects.iter().try_for_each(|subject| throttle::check(sys, *subject))?;
        Ok(users::table
            .filter(users::email.eq(&email))
            .select((users::id, users::password_hash))
            .get_result(sys.conn())
            .optional()?)
    })?;
    let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let right = password::verify(secret, hash);
    db.write_system(|sys| {
        let Some((user, _)) = found.filter(|_| right) else {
            subjects.iter().try_for_each(|subject| throttle::count(sys, *subject))?;
            return Ok(None);
        };
        throttle::forget(sys, subjects[0])?;
        start_session(sys, user, agent, address).map(Some)
    })?
    .ok_or_else(|| Error::invalid("password", "Address and password don't match. Check both, or reset your password."))
}

/// Whether this is the person's password. Failures count as those of a sign-in do. Not inside a transaction: it takes
/// as long as a sign-in.
pub fn check_password(db: &Db, id: UserId, secret: &str) -> Result<bool> {
    let (email, hash) = db.read_system(|sys| {
        let (email, hash): (String, Option<String>) =
            users::table.find(id).select((users::email, users::password_hash)).get_result(sys.conn())?;
        throttle::check(sys, Subject::From(&email, "a session"))?;
        Ok((email, hash))
    })?;
    let right = password::verify(secret, hash.as_deref());
    let account = Subject::From(&email, "a session");
    db.write_system(|sys| if right { throttle::forget(sys, account) } else { throttle::count(sys, account) })?;
    Ok(right)
}

/// Starts a session and returns the cookie's key.
pub fn start_session(sys: &mut Sys<'_>, user: UserId, agent: &str, address: &str) -> Result<String> {
    let (key, now) = (secrets::key(), sys.now());
    diesel::insert_into(sessions::table)
        .values((
            sessions::user_id.eq(user),
            sessions::key_hash.eq(secrets::key_hash(&key)),
            sessions::agent.eq(agent.chars().take(300).collect::<String>()),
            sessions::address.eq(address),
            sessions::created_at.eq(now),
            sessions::seen_at.eq(now),
            sessions::expires_at.eq(now.plus(LIFETIME)),
        ))
        .execute(sys.conn())?;
    Ok(key)
}

/// The session of a cookie's key, if it is alive.
pub fn session(sys: &mut Sys<'_>, key: &str) -> Result<Option<Session>> {
    let now = sys.now();
    let row: Option<(SessionId, Instant, Option<String>, User)> = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::key_hash.eq(secrets::key_hash(key)))
        .filter(sessions::expires_at.gt(now))
        .select((sessions::id, sessions::seen_at, sessions::flash, User::as_select()))
        .get_result(sys.conn())
        .optional()?;
    Ok(row.map(|(id, seen_at, flash, user)| Session { id, user, seen_at, flash }))
}

/// Notes that a session is in use, at most every five minutes, and prolongs it.
pub fn touch(db: &Db, session: &Session) -> Result<()> {
    let now = db.clock().now();
    if session.seen_at.plus(TimeDelta::minutes(5)) > now {
        return Ok(());
    }
    db.write_system(|sys| {
        diesel::update(sessions::table.find(session.id))
            .set((sessions::seen_at.eq(now), sessions::expires_at.eq(now.plus(LIFETIME))))
            .execute(sys.conn())?;
        Ok(())
    })
}

/// Leaves words to be shown on the next page of this session.
pub fn flash(sys: &mut Sys<'_>, id: SessionId, words: &str) -> Result<()> {
    diesel::update(sessions::table.find(id)).set(sessions::flash.eq(words)).execute(sys.conn())?;
    Ok(())
}

/// Forgets the words once they have been shown; newer ones left meanwhile stay.
pub fn take_flash(sys: &mut Sys<'_>, id: SessionId, shown: &str) -> Result<()> {
    diesel::update(sessions::table.find(id).filter(sessions::flash.eq(shown)))
        .set(sessions::flash.eq(None::<String>))
        .execute(sys.conn())?;
    Ok(())
}

/// A person's signed-in devices, last used first; at most 100.
pub fn sessions(sys: &mut Sys<'_>, user: UserId) -> Result<Vec<Device>> {
    let now = sys.now();
    Ok(sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::seen_at.desc())
        .limit(100)
        .select(Device::as_select())
        .load(sys.conn())?)
}

/// Ends one of a person's sessions; not found when it is somebody else's.
pub fn sign_out(sys: &mut Sys<'_>, user: UserId, id: SessionId) -> Result<()> {
    let ended = diesel::delete(sessions::table.find(id).filter(sessions::user_id.eq(user))).execute(sys.conn())?;
    if ended == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub(super) fn end_others(sys: &mut Sys<'_>, user: UserId, keep: Option<SessionId>) -> Result<()> {
    let keep = keep.map_or(0, |id| id.0);
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id.ne(keep)))
        .execute(sys.conn())?;
    Ok(())
}

pub(super) fn sweep(sys: &mut Sys<'_>, now: Instant) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(sys.conn())?;
    Ok(())
}
