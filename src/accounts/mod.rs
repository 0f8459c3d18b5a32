//! People, sign-in, sessions, one-time links and tokens: who is asking, and the passes into workspaces.
//!
//! What a member may do inside a workspace is in `access`; who belongs to it, in `workspaces`.

mod links;
mod password;
mod sessions;
mod throttle;
mod tokens;

use chrono::NaiveTime;
use diesel::prelude::*;

pub use links::{
    Invitation, Invited, LinkKind, invited, issue_reset, issue_setup, open_invitation, open_reset, open_setup,
    redeem_invitation, redeem_reset, redeem_setup, withdraw_invitation, write_invitation,
};
pub use password::{Hashed, hash_password};
pub use sessions::{
    Device, Session, check_password, flash, session, sessions, sign_in, sign_out, start_session, take_flash, touch,
};
pub use tokens::{Token, TokenPass, issue_token, note_token_use, revoke_token, token_access, tokens};

use crate::{
    access::{Access, Origin, Role},
    calendar::Weekdays,
    channels,
    db::{
        Instant, Sys,
        instance_wide::{members, users, workspaces},
    },
    error::{Error, Problems, Result},
    ids::{UserId, WorkspaceId},
    queue::{self, Job},
};

/// A person with a log-in.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// The person's id.
    pub id: UserId,
    /// Lower-case address; unique over the instance.
    pub email: String,
    /// As others see it.
    pub name: String,
    /// IANA zone in which their days begin.
    pub timezone: String,
    /// Whether they want the daily digest.
    pub digest_on: bool,
    /// Local time of the digest.
    pub digest_time: NaiveTime,
    /// Weekdays of the digest, as [`Weekdays`] stores them.
    pub digest_days: i16,
    /// Secret of their one-click unsubscribe address.
    pub digest_key: String,
}

impl User {
    /// Their zone; UTC if the stored name is no longer known.
    pub fn zone(&self) -> chrono_tz::Tz {
        crate::calendar::parse_zone(&self.timezone).unwrap_or(chrono_tz::UTC)
    }

    /// The first word of their name.
    pub fn first_name(&self) -> &str {
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }

    /// The weekdays of their digest.
    pub fn digest_weekdays(&self) -> Weekdays {
        Weekdays::from(self.digest_days)
    }
}

/// A workspace somebody belongs to.
#[derive(Debug, Clone, Queryable)]
pub struct Membership {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// Their role in it.
    pub role: Role,
    /// Whether it is the demo's.
    pub demo: bool,
}

/// What a new person gives.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Address to sign in with.
    pub email: String,
    /// As others see it.
    pub name: String,
    /// IANA zone.
    pub timezone: String,
    /// A hashed password; none for people who are still to follow an invitation.
    pub password: Option<Hashed>,
}

impl NewUser {
    /// The name on one line, bounded.
    fn one_line(&self) -> String {
        channels::safe_text(&self.name, 121).replace('\n', " ")
    }

    /// Fails with what is wrong with them, by field.
    pub fn check(&self) -> Result<()> {
        let mut problems = Problems::default();
        problems.take("email", channels::email_key(&self.email));
        let name = self.one_line();
        if name.is_empty() || name.chars().count() > 120 {
            problems.add("name", "Give a name of 1 to 120 characters.");
        }
        problems.take("timezone", crate::calendar::parse_zone(&self.timezone));
        problems.check()
    }
}

/// Makes a person. A taken address is a problem with the field `email`.
pub fn create_user(sys: &mut Sys<'_>, new: NewUser) -> Result<UserId> {
    new.check()?;
    let (email, zone) = (channels::email_key(&new.email), crate::calendar::parse_zone(&new.timezone));
    let now = sys.now();
    diesel::insert_into(users::table)
        .values((
            users::email.eq(email.unwrap_or_default()),
            users::name.eq(new.one_line()),
            users::timezone.eq(zone.unwrap_or(chrono_tz::UTC).name()),
            users::password_hash.eq(new.password.map(|hashed| hashed.0)),
            users::digest_key.eq(crate::secrets::key()),
            users::created_at.eq(now),
        ))
        .returning(users::id)
        .get_result(sys.conn())
        .map_err(|error| {
            if Error::is_unique_violation(&error, "users") {
                Error::invalid(
                    "email",
                    "Somebody with this address has an account already. Sign in, or use another address.",
                )
            } else {
                error.into()
            }
        })
}

/// The person with this id.
pub fn user(sys: &mut Sys<'_>, id: UserId) -> Result<User> {
    Ok(users::table.find(id).select(User::as_select()).get_result(sys.conn())?)
}

/// The person with this address, however it is written.
pub fn user_by_email(sys: &mut Sys<'_>, email: &str) -> Result<Option<User>> {
    let Ok(email) = channels::email_key(email) else { return Ok(None) };
    Ok(users::table.filter(users::email.eq(email)).select(User::as_select()).get_result(sys.conn()).optional()?)
}

/// Whether anybody has an account yet: until then, set-up is open.
pub fn anybody(sys: &mut Sys<'_>) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(users::table.select(users::id))).get_result(sys.conn())?)
}

/// Everybody who wants a digest.
pub fn digest_readers(sys: &mut Sys<'_>) -> Result<Vec<User>> {
    Ok(users::table.filter(users::digest_on.eq(true)).select(User::as_select()).order(users::id).load(sys.conn())?)
}

/// The workspaces somebody belongs to, by name.
pub fn memberships(sys: &mut Sys<'_>, user: UserId) -> Result<Vec<Membership>> {
    Ok(members::table
        .inner_join(workspaces::table.on(workspaces::id.eq(members::workspace_id)))
        .filter(members::user_id.eq(user))
        .filter(members::left_at.is_null())
        .select((workspaces::id, workspaces::slug, workspaces::name, members::role, workspaces::demo))
        .order((workspaces::name, workspaces::id))
        .load(sys.conn())?)
}

/// The pass of a person into the workspace with this slug; not found for strangers, as if it weren't there.
pub fn enter(sys: &mut Sys<'_>, user: UserId, slug: &str, origin: Origin) -> Result<Access> {
    let (workspace, role): (WorkspaceId, Role) = members::table
        .inner_join(workspaces::table.on(workspaces::id.eq(members::workspace_id)))
        .filter(members::user_id.eq(user))
        .filter(members::left_at.is_null())
        .filter(workspaces::slug.eq(slug))
        .select((workspaces::id, members::role))
        .get_result(sys.conn())?;
    Ok(Access::grant(user, workspace, role, origin))
}

/// The pass of a person whose work is done later; with the role they have by then, and none once they have left.
pub(crate) fn on_behalf(sys: &mut Sys<'_>, workspace: WorkspaceId, user: UserId, origin: Origin) -> Result<Access> {
    let role: Role = members::table
        .find((workspace, user))
        .filter(members::left_at.is_null())
        .select(members::role)
        .get_result(sys.conn())?;
    Ok(Access::grant(user, workspace, role, origin))
}

/// The pass of whoever has the machine: an owner of the workspace, by the command line.
pub(crate) fn cli_access(sys: &mut Sys<'_>, workspace: WorkspaceId) -> Result<Access> {
    let owner: UserId = members::table
        .filter(members::workspace_id.eq(workspace))
        .filter(members::role.eq(Role::Owner))
        .filter(members::left_at.is_null())
        .order(members::user_id)
        .select(members::user_id)
        .first(sys.conn())?;
    Ok(Access::grant(owner, workspace, Role::Owner, Origin::Cli))
}

/// What a person says about themselves and their digest.
#[derive(Debug, Clone)]
pub struct Preferences {
    /// As others see it.
    pub name: String,
    /// IANA zone.
    pub timezone: String,
    /// Whether they want the digest.
    pub digest_on: bool,
    /// Local time of the digest.
    pub digest_time: NaiveTime,
    /// Weekdays of the digest.
    pub digest_days: Weekdays,
}

/// Saves a person's preferences. Their open reminders move with their zone: see `reminders::rezone`.
pub fn save_preferences(sys: &mut Sys<'_>, id: UserId, new: &Preferences) -> Result<()> {
    let mut problems = Problems::default();
    let name = channels::safe_text(&new.name, 121).replace('\n', " ");
    if name.is_empty() || name.chars().count() > 120 {
        problems.add("name", "Give a name of 1 to 120 characters.");
    }
    let zone = problems.take("timezone", crate::calendar::parse_zone(&new.timezone));
    if new.digest_on && new.digest_days == Weekdays::default() {
        problems.add("digest_days", "Choose at least one weekday, or switch the digest off.");
    }
    problems.check()?;
    diesel::update(users::table.find(id))
        .set((
            users::name.eq(name),
            users::timezone.eq(zone.unwrap_or(chrono_tz::UTC).name()),
            users::digest_on.eq(new.digest_on),
            users::digest_time.eq(new.digest_time),
            users::digest_days.eq(i16::from(new.digest_days)),
        ))
        .execute(sys.conn())?;
    Ok(())
}

/// Switches off the digest of the person whose unsubscribe address holds `key`; true if there is one.
pub fn unsubscribe(sys: &mut Sys<'_>, key: &str) -> Result<bool> {
    let changed = diesel::update(users::table.filter(users::digest_key.eq(key)))
        .set(users::digest_on.eq(false))
        .execute(sys.conn())?;
    Ok(changed > 0)
}

/// The address whose digest the unsubscribe `key` concerns.
pub fn digest_address(sys: &mut Sys<'_>, key: &str) -> Result<String> {
    Ok(users::table.filter(users::digest_key.eq(key)).select(users::email).get_result(sys.conn())?)
}

/// Changes a password and signs the person out everywhere but in `keep`.
pub fn change_password(sys: &mut Sys<'_>, id: UserId, new: Hashed, keep: Option<crate::ids::SessionId>) -> Result<()> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(new.0)).execute(sys.conn())?;
    sessions::end_others(sys, id, keep)
}

/// The stored hash, for checking a password outside any transaction.
pub(crate) fn password_hash(sys: &mut Sys<'_>, id: UserId) -> Result<Option<String>> {
    Ok(users::table.find(id).select(users::password_hash).get_result(sys.conn())?)
}

/// Removes people who belong to no workspace any more and whose address can't exist (example.com): the demo's.
pub(crate) fn remove_demo_people(sys: &mut Sys<'_>, people: &[UserId]) -> Result<()> {
    let still: Vec<UserId> =
        members::table.filter(members::user_id.eq_any(people.to_vec())).select(members::user_id).load(sys.conn())?;
    let gone: Vec<UserId> = people.iter().copied().filter(|id| !still.contains(id)).collect();
    diesel::delete(
        crate::db::instance_wide::mails::table.filter(crate::db::instance_wide::mails::user_id.eq_any(gone.clone())),
    )
    .execute(sys.conn())?;
    let invented: Vec<(UserId, String)> = users::table
        .filter(users::id.eq_any(gone))
        .filter(users::email.like("%@example.com"))
        .select((users::id, users::email))
        .load(sys.conn())?;
    let (invented, emails): (Vec<UserId>, Vec<String>) = invented.into_iter().unzip();
    for user in &invented {
        queue::cancel(sys, &Job::Digest { user: *user })?;
    }
    // A way to a new password that somebody asked for.
    let links = crate::db::instance_wide::links::table;
    diesel::delete(links.filter(crate::db::instance_wide::links::email.eq_any(emails))).execute(sys.conn())?;
    diesel::delete(users::table.filter(users::id.eq_any(invented))).execute(sys.conn())?;
    Ok(())
}

/// Tidies away what has run out: sessions, links, throttles.
pub fn sweep(sys: &mut Sys<'_>) -> Result<()> {
    let now: Instant = sys.now();
    sessions::sweep(sys, now)?;
    links::sweep(sys, now)?;
    throttle::sweep(sys, now)
}
