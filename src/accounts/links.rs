//! One-time links: set-up of a new instance, password reset, invitation. Each works once, and not for ever.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{Hashed, NewUser, User, anybody, change_password, create_user, user_by_email};
use crate::{
    access::{Access, Right, Role},
    channels,
    db::{
        Instant, Multi, Sys,
        instance_wide::{links, members, users, workspaces},
    },
    error::{Error, Result},
    ids::{LinkId, UserId, WorkspaceId},
    secrets,
};

crate::db::text_enum! {
    /// What a link is for.
    pub enum LinkKind { Setup = "setup", Reset = "reset", Invite = "invite" }
}

impl LinkKind {
    fn lifetime(self) -> TimeDelta {
        match self {
            Self::Setup => TimeDelta::days(7),
            Self::Reset => TimeDelta::hours(2),
            Self::Invite => TimeDelta::days(14),
        }
    }
}

/// An invitation that can be followed.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Whom it was sent to.
    pub email: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// The workspace's name in URLs.
    pub slug: String,
    /// The role it gives.
    pub role: Role,
    /// Whether this address has an account already: then its password is asked, not a new one.
    pub known: bool,
}

#[derive(Default)]
struct Subject<'a> {
    email: Option<&'a str>,
    workspace: Option<WorkspaceId>,
    role: Option<Role>,
    made_by: Option<UserId>,
}

fn issue(sys: &mut Sys<'_>, kind: LinkKind, subject: Subject<'_>) -> Result<String> {
    let (key, now) = (secrets::key(), sys.now());
    diesel::insert_into(links::table)
        .values((
            links::kind.eq(kind),
            links::key_hash.eq(secrets::key_hash(&key)),
            links::email.eq(subject.email),
            links::workspace_id.eq(subject.workspace),
            links::role.eq(subject.role),
            links::made_by.eq(subject.made_by),
            links::created_at.eq(now),
            links::expires_at.eq(now.plus(kind.lifetime())),
        ))
        .execute(sys.conn())?;
    Ok(key)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = links)]
struct Link {
    id: i64,
    email: Option<String>,
    workspace_id: Option<WorkspaceId>,
    role: Option<Role>,
}

fn find(sys: &mut Sys<'_>, kind: LinkKind, key: &str) -> Result<Link> {
    let now = sys.now();
    links::table
        .filter(links::key_hash.eq(secrets::key_hash(key)))
        .filter(links::kind.eq(kind))
        .filter(links::used_at.is_null())
        .filter(links::expires_at.gt(now))
        .select(Link::as_select())
        .get_result(sys.conn())
        .optional()?
        .ok_or_else(|| {
            Error::invalid(
                "",
                match kind {
                    LinkKind::Setup => "This set-up link has been used or replaced. If Rapport was set up meanwhile, sign in, or ask its owner to invite you; else the newest link is printed where it was started.",
                    LinkKind::Reset => "This link has been used or has run out. Ask for a new one.",
                    LinkKind::Invite => "This invitation has been used or has run out. Ask for a new one.",
                },
            )
        })
}

/// Takes the link out of use; of two at the same time, one is refused.
fn redeem(sys: &mut Sys<'_>, kind: LinkKind, key: &str) -> Result<Link> {
    let (link, now) = (find(sys, kind, key)?, sys.now());
    let taken = diesel::update(links::table.find(link.id).filter(links::used_at.is_null()))
        .set(links::used_at.eq(now))
        .execute(sys.conn())?;
    if taken == 1 { Ok(link) } else { find(sys, kind, key) }
}

/// A new set-up link, replacing any before; none when somebody has an account.
pub fn issue_setup(sys: &mut Sys<'_>) -> Result<Option<String>> {
    if anybody(sys)? {
        return Ok(None);
    }
    diesel::delete(links::table.filter(links::kind.eq(LinkKind::Setup))).execute(sys.conn())?;
    issue(sys, LinkKind::Setup, Subject::default()).map(Some)
}

/// Fails with words unless the set-up link can be followed.
pub fn open_setup(sys: &mut Sys<'_>, key: &str) -> Result<()> {
    find(sys, LinkKind::Setup, key).map(drop)
}

/// Makes the first person. Of two owners racing through set-up, one is told that it is done.
pub fn redeem_setup(sys: &mut Sys<'_>, key: &str, new: NewUser) -> Result<UserId> {
    redeem(sys, LinkKind::Setup, key)?;
    if anybody(sys)? {
        return Err(Error::invalid(
            "",
            "Rapport has been set up meanwhile. Sign in, or ask its owner for an invitation.",
        ));
    }
    create_user(sys, new)
}

/// A reset link for the account of this address; none when there is no such account.
pub fn issue_reset(sys: &mut Sys<'_>, email: &str) -> Result<Option<(User, String)>> {
    let Some(user) = user_by_email(sys, email)? else { return Ok(None) };
    let key = issue(sys, LinkKind::Reset, Subject { email: Some(&user.email), ..Subject::default() })?;
    Ok(Some((user, key)))
}

/// The address whose password a reset link changes.
pub fn open_reset(sys: &mut Sys<'_>, key: &str) -> Result<String> {
    find(sys, LinkKind::Reset, key)?.email.ok_or(Error::NotFound)
}

/// Sets the new password and signs out every device.
pub fn redeem_reset(sys: &mut Sys<'_>, key: &str, password: Hashed) -> Result<UserId> {
    let email = redeem(sys, LinkKind::Reset, key)?.email.ok_or(Error::NotFound)?;
    let user = user_by_email(sys, &email)?.ok_or(Error::NotFound)?;
    change_password(sys, user.id, password, None)?;
    // Whoever reads the mail is let in, whatever was tried before.
    super::throttle::forget_all(sys, &email)?;
    Ok(user.id)
}

/// An invitation into the workspace of `access`; returns its key. Only owners invite.
pub fn write_invitation(sys: &mut Sys<'_>, access: Access, email: &str, role: Role) -> Result<(String, String)> {
    access.require(Right::Own)?;
    let email = channels::email_key(email).map_err(|problem| Error::invalid("email", problem.to_string()))?;
    let already: bool = diesel::select(diesel::dsl::exists(
        members::table
            .inner_join(users::table.on(users::id.eq(members::user_id)))
            .filter(members::workspace_id.eq(access.workspace()))
            .filter(members::left_at.is_null())
            .filter(users::email.eq(&email)),
    ))
    .get_result(sys.conn())?;
    if already {
        return Err(Error::invalid("email", "This person is a member already."));
    }
    let subject =
        Subject { email: Some(&email), workspace: Some(access.workspace()), role: Some(role), made_by: access.user() };
    // Sent again, the newest link counts.
    diesel::delete(open_invitations(access).filter(links::email.eq(&email))).execute(sys.conn())?;
    let key = issue(sys, LinkKind::Invite, subject)?;
    Ok((email, key))
}

/// An invitation that nobody has followed yet.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = links)]
pub struct Invited {
    /// Its link.
    pub id: LinkId,
    /// Whom it was sent to.
    #[diesel(select_expression = links::email.assume_not_null())]
    pub email: String,
    /// The role it gives.
    #[diesel(select_expression = links::role.assume_not_null())]
    pub role: Role,
    /// When it runs out.
    pub expires_at: Instant,
}

type Open = diesel::helper_types::Filter<
    diesel::helper_types::Filter<
        links::table,
        diesel::dsl::And<
            diesel::dsl::And<diesel::dsl::Eq<links::workspace_id, WorkspaceId>, diesel::dsl::Eq<links::kind, LinkKind>>,
            diesel::dsl::IsNull<links::used_at>,
        >,
    >,
    diesel::dsl::And<diesel::dsl::IsNotNull<links::email>, diesel::dsl::IsNotNull<links::role>>,
>;

/// Those of a workspace that nobody has followed.
fn open_invitations(access: Access) -> Open {
    let mine = links::workspace_id.eq(access.workspace()).and(links::kind.eq(LinkKind::Invite));
    links::table
        .filter(mine.and(links::used_at.is_null()))
        .filter(links::email.is_not_null().and(links::role.is_not_null()))
}

/// The invitations into the workspace of `access` that can still be followed, the newest first; at most 100.
pub fn invited(sys: &mut Sys<'_>, access: Access) -> Result<Vec<Invited>> {
    access.require(Right::Own)?;
    let now = sys.now();
    Ok(open_invitations(access)
        .filter(links::expires_at.gt(now))
        .order(links::id.desc())
        .limit(100)
        .select(Invited::as_select())
        .load(sys.conn())?)
}

/// Takes an invitation back; returns whom it was sent to.
pub fn withdraw_invitation(sys: &mut Sys<'_>, access: Access, id: LinkId) -> Result<String> {
    access.require(Right::Own)?;
    let one = open_invitations(access).filter(links::id.eq(id));
    let email = one.select(links::email.assume_not_null()).get_result(sys.conn())?;
    diesel::delete(open_invitations(access).filter(links::id.eq(id))).execute(sys.conn())?;
    Ok(email)
}

/// What an invitation is for.
pub fn open_invitation(sys: &mut Sys<'_>, key: &str) -> Result<Invitation> {
    let link = find(sys, LinkKind::Invite, key)?;
    describe(sys, &link)
}

fn describe(sys: &mut Sys<'_>, link: &Link) -> Result<Invitation> {
    let (Some(email), Some(workspace), Some(role)) = (link.email.clone(), link.workspace_id, link.role) else {
        return Err(Error::NotFound);
    };
    let (workspace_name, slug) =
        workspaces::table.find(workspace).select((workspaces::name, workspaces::slug)).get_result(sys.conn())?;
    let known = user_by_email(sys, &email)?.is_some();
    Ok(Invitation { email, workspace_name, slug, role, known })
}

/// Makes the invited person a member. `joins` gives the person: a new account, or the one whose password was checked.
pub fn redeem_invitation(
    sys: &mut Sys<'_>,
    key: &str,
    joins: impl FnOnce(&mut Sys<'_>, &Invitation) -> Result<UserId>,
) -> Result<(UserId, Invitation)> {
    let link = redeem(sys, LinkKind::Invite, key)?;
    let invitation = describe(sys, &link)?;
    let user = joins(sys, &invitation)?;
    let (workspace, now) = (link.workspace_id.ok_or(Error::NotFound)?, sys.now());
    Multi(
        diesel::insert_into(members::table)
            .values((
                members::workspace_id.eq(workspace),
                members::user_id.eq(user),
                members::role.eq(invitation.role),
                members::created_at.eq(now),
            ))
            .on_conflict((members::workspace_id, members::user_id))
            .do_update()
            .set((members::role.eq(invitation.role), members::left_at.eq(None::<Instant>))),
    )
    .execute(sys.conn())?;
    Ok((user, invitation))
}

pub(super) fn sweep(sys: &mut Sys<'_>, now: Instant) -> Result<()> {
    diesel::delete(links::table.filter(links::expires_at.le(now))).execute(sys.conn())?;
    Ok(())
}
