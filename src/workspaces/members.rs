//! Members of the workspace and their roles.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Workspace;
use crate::{
    access::{Right, Role},
    accounts::User,
    db::{self, Instant, Tx, instance_wide::users},
    error::{Error, Result},
    ids::UserId,
    timeline::{Change, Verb, record},
};

/// A member with the person behind.
#[derive(Debug, Clone, Queryable)]
pub struct Member {
    /// The person.
    pub user: User,
    /// Their role here.
    pub role: Role,
    /// When they left; none while they belong.
    pub left_at: Option<Instant>,
}

/// The names of everybody who belongs or ever belonged to the workspace.
#[derive(Debug, Clone, Default)]
pub struct Names(HashMap<UserId, String>);

impl Names {
    /// The name; “Rapport” for nobody.
    pub fn of(&self, id: Option<UserId>) -> &str {
        id.map_or("Rapport", |id| self.0.get(&id).map_or("Someone", String::as_str))
    }
}

/// The members who belong now, by name.
pub fn members(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    Ok(db::members_with_user(tx.workspace())
        .filter(db::members::left_at.is_null())
        .select((User::as_select(), db::members::role, db::members::left_at))
        .order((users::name, users::id))
        .load(tx.conn())?)
}

/// One member, present or past.
pub fn member(tx: &mut Tx<'_>, id: UserId) -> Result<Member> {
    Ok(db::members_with_user(tx.workspace())
        .filter(db::members::user_id.eq(id))
        .select((User::as_select(), db::members::role, db::members::left_at))
        .get_result(tx.conn())?)
}

/// Everybody's names, for showing who did what.
pub fn names(tx: &mut Tx<'_>) -> Result<Names> {
    let rows: Vec<(UserId, String)> =
        db::members_with_user(tx.workspace()).select((users::id, users::name)).load(tx.conn())?;
    Ok(Names(rows.into_iter().collect()))
}

/// Whether somebody belongs to the workspace now.
pub fn is_member(tx: &mut Tx<'_>, id: UserId) -> Result<bool> {
    Ok(tx
        .all(db::Members)
        .filter(db::members::user_id.eq(id))
        .filter(db::members::left_at.is_null())
        .count()
        .get_result::<i64>(tx.conn())?
        > 0)
}

/// Those who may be given something to do, by name: viewers only look on.
pub fn workers(tx: &mut Tx<'_>) -> Result<Vec<Member>> {
    Ok(members(tx)?.into_iter().filter(|member| member.role != Role::Viewer).collect())
}

/// Fails with a problem of this field unless somebody may be given something to do.
pub fn check_worker(tx: &mut Tx<'_>, id: UserId, field: &'static str) -> Result<()> {
    let role: Option<Role> = tx
        .all(db::Members)
        .filter(db::members::user_id.eq(id))
        .filter(db::members::left_at.is_null())
        .select(db::members::role)
        .get_result(tx.conn())
        .optional()?;
    match role {
        None => Err(Error::invalid(field, "Choose somebody who belongs to this workspace.")),
        Some(Role::Viewer) => Err(Error::invalid(field, "A viewer only looks on. Choose somebody who may work here.")),
        Some(_) => Ok(()),
    }
}

/// Changes a member's role. The last owner stays one. What a viewer to be owes goes to whoever changes it, or else to an owner.
pub fn change_role(tx: &mut Tx<'_>, id: UserId, role: Role) -> Result<()> {
    tx.access().require(Right::Own)?;
    let before = member(tx, id)?;
    if before.left_at.is_some() {
        return Err(Error::NotFound);
    }
    if role != Role::Owner {
        keep_an_owner(tx, id)?;
    }
    diesel::update(tx.all(db::Members).filter(db::members::user_id.eq(id)))
        .set(db::members::role.eq(role))
        .execute(tx.conn())?;
    if role != Role::Viewer || before.role == Role::Viewer {
        return record(tx, Verb::MemberChanged, Change::of(id.0).before(before.role).after(role));
    }
    let me = tx.access().person()?;
    let heir = if me == id { an_owner(tx, id)? } else { me };
    let after = handed(hand_all_over(tx, id, heir)?, heir);
    record(tx, Verb::MemberChanged, Change::of(id.0).before(before.role).after(role))?;
    record(tx, Verb::WorkHandedOver, Change::of(id.0).after(after))
}

/// Gives all that a member owes to somebody else who works here. Owners.
pub fn hand_work_over(tx: &mut Tx<'_>, from: UserId, to: UserId) -> Result<()> {
    tx.access().require(Right::Own)?;
    check_worker(tx, to, "user")?;
    let after = handed(hand_all_over(tx, from, to)?, to);
    record(tx, Verb::WorkHandedOver, Change::of(from.0).after(after))
}

/// Ends a membership: owners end anybody's, everybody their own. What the person did stays theirs by name; what
/// they owe goes to whoever ends it, or, when they leave by themselves, to an owner.
pub fn remove_member(tx: &mut Tx<'_>, id: UserId) -> Result<()> {
    let me = tx.access().person()?;
    if me != id {
        tx.access().require(Right::Own)?;
    }
    let before = member(tx, id)?;
    if before.left_at.is_some() {
        return Err(Error::NotFound);
    }
    keep_an_owner(tx, id)?;
    let heir = if me == id { an_owner(tx, id)? } else { me };
    let now = tx.now();
    diesel::update(tx.all(db::Members).filter(db::members::user_id.eq(id)))
        .set(db::members::left_at.eq(now))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Tokens).filter(db::tokens::user_id.eq(id)).filter(db::tokens::revoked_at.is_null()))
        .set(db::tokens::revoked_at.eq(now))
        .execute(tx.conn())?;
    let after = handed(hand_all_over(tx, id, heir)?, heir);
    record(tx, Verb::MemberLeft, Change::of(id.0).before(before.role).after(after))
}

/// How many open reminders, contacts, cards and conversations went to whom, for the audit log.
fn handed([reminders, contacts, cards, threads]: [usize; 4], heir: UserId) -> serde_json::Value {
    serde_json::json!({"heir": heir, "reminders": reminders, "contacts": contacts, "cards": cards, "threads": threads})
}

/// Gives everything that somebody looks after to somebody else: open reminders, contacts, cards and conversations, and how many
/// of each.
fn hand_all_over(tx: &mut Tx<'_>, id: UserId, heir: UserId) -> Result<[usize; 4]> {
    let reminders = diesel::update(
        tx.all(db::Reminders).filter(db::reminders::user_id.eq(id)).filter(db::reminders::state.eq("open")),
    )
    .set(db::reminders::user_id.eq(heir))
    .execute(tx.conn())?;
    let contacts = diesel::update(tx.all(db::Contacts).filter(db::contacts::owner_id.eq(id)))
        .set(db::contacts::owner_id.eq(heir))
        .execute(tx.conn())?;
    let cards = diesel::update(tx.all(db::Cards).filter(db::cards::owner_id.eq(id)))
        .set(db::cards::owner_id.eq(heir))
        .execute(tx.conn())?;
    let threads = diesel::update(tx.all(db::Threads).filter(db::threads::assignee_id.eq(id)))
        .set(db::threads::assignee_id.eq(heir))
        .execute(tx.conn())?;
    Ok([reminders, contacts, cards, threads])
}

fn keep_an_owner(tx: &mut Tx<'_>, id: UserId) -> Result<()> {
    an_owner(tx, id)
        .map(drop)
        .map_err(|_| Error::invalid("role", "A workspace needs an owner. Make somebody else an owner first."))
}

fn an_owner(tx: &mut Tx<'_>, but: UserId) -> Result<UserId> {
    Ok(tx
        .all(db::Members)
        .filter(db::members::role.eq(Role::Owner))
        .filter(db::members::left_at.is_null())
        .filter(db::members::user_id.ne(but))
        .order(db::members::user_id)
        .select(db::members::user_id)
        .first(tx.conn())?)
}

impl Workspace {
    /// The address of a page inside, `path` without a leading slash.
    pub fn path(&self, path: &str) -> String {
        format!("/w/{}/{path}", self.slug)
    }
}
