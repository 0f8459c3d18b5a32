//! Workspaces and who belongs to them. Sign-in is in `accounts`; pipelines and all else inside have their own nouns.

mod members;

use chrono::NaiveTime;
use diesel::prelude::*;

pub use members::{
    Member, Names, change_role, check_worker, hand_work_over, is_member, member, members, names, remove_member, workers,
};

use crate::{
    access::{Access, Origin, Right, Role},
    calendar::{Weekdays, WorkingHours, parse_zone},
    db::{
        Instant, Sys, Tx,
        instance_wide::{links, members as member_rows, workspaces},
    },
    error::{Error, Problems, Result},
    ids::{UserId, WorkspaceId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// A brand's space, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = workspaces)]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// IANA zone of its working hours.
    pub timezone: String,
    /// When its working day begins, local time.
    pub work_from: NaiveTime,
    /// When its working day ends, local time.
    pub work_to: NaiveTime,
    /// Its working weekdays, as [`Weekdays`] stores them.
    pub work_days: i16,
    /// ISO 4217 code of card values.
    pub currency: String,
    /// Whether it holds the demo story: then nothing is ever sent from it.
    pub demo: bool,
    /// Whether the first-steps checklist was completed; it never returns.
    pub checklist_done: bool,
    /// When it was made.
    pub created_at: Instant,
}

impl Workspace {
    /// When its people work.
    pub fn working_hours(&self) -> WorkingHours {
        WorkingHours { from: self.work_from, until: self.work_to, days: Weekdays::from(self.work_days) }
    }

    /// Its zone; UTC if the stored name is no longer known.
    pub fn zone(&self) -> chrono_tz::Tz {
        parse_zone(&self.timezone).unwrap_or(chrono_tz::UTC)
    }

    /// Its settings, as the audit log tells them.
    fn told(&self) -> serde_json::Value {
        let hour = |time: NaiveTime| time.format("%H:%M").to_string();
        serde_json::json!({
            "name": self.name,
            "timezone": self.timezone,
            "work_from": hour(self.work_from),
            "work_to": hour(self.work_to),
            "work_days": Weekdays::from(self.work_days).words(),
            "currency": self.currency,
        })
    }
}

/// What can be said about a workspace, at its founding and in its settings.
#[derive(Debug, Clone)]
pub struct Details {
    /// Its name for people, 1 to 80 characters.
    pub name: String,
    /// IANA zone.
    pub timezone: String,
    /// Working day's beginning, local time.
    pub work_from: NaiveTime,
    /// Working day's end, local time.
    pub work_to: NaiveTime,
    /// Working weekdays; at least one.
    pub work_days: Weekdays,
    /// ISO 4217 code.
    pub currency: String,
}

impl Details {
    /// A workspace of this name with office hours.
    pub fn named(name: &str, timezone: &str) -> Self {
        let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap_or_default();
        Self {
            name: name.into(),
            timezone: timezone.into(),
            work_from: hour(9),
            work_to: hour(17),
            work_days: Weekdays::WORKDAYS,
            currency: "EUR".into(),
        }
    }

    /// The name without what would not show, or show as something else; a character more than allowed when too long.
    fn one_line(&self) -> String {
        crate::channels::safe_text(&self.name, 81).replace('\n', " ")
    }

    /// The zone's name as the tz database writes it, whatever case it was typed in.
    fn zone_name(&self) -> &'static str {
        parse_zone(&self.timezone).unwrap_or(chrono_tz::UTC).name()
    }

    /// Fails with what is wrong with them, by field.
    pub fn check(&self) -> Result<()> {
        let mut problems = Problems::default();
        let length = self.one_line().chars().count();
        if length == 0 || length > 80 {
            problems.add("workspace", "Give the workspace a name of 1 to 80 characters.");
        }
        problems.take("timezone", parse_zone(&self.timezone));
        if self.work_to <= self.work_from {
            problems.add("work_to", "The working day must end after it begins.");
        }
        if self.work_days.is_empty() {
            problems.add("work_days", "Choose at least one working day.");
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            problems.add("currency", "Write the currency as three capital letters, like EUR.");
        }
        problems.check()
    }
}

/// Founds a workspace with its owner in it, under a free slug made from its name.
pub fn found(sys: &mut Sys<'_>, owner: UserId, details: &Details, demo: bool, origin: Origin) -> Result<Access> {
    details.check()?;
    let (slug, now) = (free_slug(sys, &details.name)?, sys.now());
    let id: WorkspaceId = diesel::insert_into(workspaces::table)
        .values((
            workspaces::slug.eq(slug),
            workspaces::name.eq(details.one_line()),
            workspaces::timezone.eq(details.zone_name()),
            workspaces::work_from.eq(details.work_from),
            workspaces::work_to.eq(details.work_to),
            workspaces::work_days.eq(i16::from(details.work_days)),
            workspaces::currency.eq(&details.currency),
            workspaces::demo.eq(demo),
            workspaces::created_at.eq(now),
        ))
        .returning(workspaces::id)
        .get_result(sys.conn())?;
    join(sys, id, owner, Role::Owner)?;
    Ok(Access::grant(owner, id, Role::Owner, origin))
}

/// Makes somebody a member, without invitation: for founding, the command line and the demo.
pub fn join(sys: &mut Sys<'_>, workspace: WorkspaceId, user: UserId, role: Role) -> Result<()> {
    let now = sys.now();
    diesel::insert_into(member_rows::table)
        .values((
            member_rows::workspace_id.eq(workspace),
            member_rows::user_id.eq(user),
            member_rows::role.eq(role),
            member_rows::created_at.eq(now),
        ))
        .execute(sys.conn())
        .map_err(|error| {
            if Error::is_unique_violation(&error, "members") {
                Error::invalid("email", "This person is a member already.")
            } else {
                error.into()
            }
        })?;
    Ok(())
}

/// The slug of a name: lower-case letters, digits and hyphens, at most 40; `workspace` when nothing is left.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in crate::letters::folded(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 40 {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "workspace".into() } else { slug.into() }
}

fn free_slug(sys: &mut Sys<'_>, name: &str) -> Result<String> {
    let base = slug_of(name);
    let taken: Vec<String> = workspaces::table
        .filter(workspaces::slug.like(format!("{base}%")))
        .select(workspaces::slug)
        .load(sys.conn())?;
    if !taken.contains(&base) {
        return Ok(base);
    }
    Ok((2..).map(|n| format!("{base}-{n}")).find(|slug| !taken.contains(slug)).unwrap_or(base))
}

/// The workspace at hand.
pub fn workspace(tx: &mut Tx<'_>) -> Result<Workspace> {
    let id = tx.workspace();
    Ok(workspaces::table.find(id).select(Workspace::as_select()).get_result(tx.conn())?)
}

/// The workspace with this slug, for the command line.
pub fn by_slug(sys: &mut Sys<'_>, slug: &str) -> Result<Workspace> {
    Ok(workspaces::table.filter(workspaces::slug.eq(slug)).select(Workspace::as_select()).get_result(sys.conn())?)
}

/// Every workspace's id, for work over the whole instance.
pub fn all_ids(sys: &mut Sys<'_>) -> Result<Vec<WorkspaceId>> {
    Ok(workspaces::table.select(workspaces::id).order(workspaces::id).load(sys.conn())?)
}

/// Saves a workspace's settings. Owners only.
pub fn save(tx: &mut Tx<'_>, details: &Details) -> Result<()> {
    tx.access().require(Right::Own)?;
    details.check()?;
    let before = workspace(tx)?;
    diesel::update(workspaces::table.find(before.id))
        .set((
            workspaces::name.eq(details.one_line()),
            workspaces::timezone.eq(details.zone_name()),
            workspaces::work_from.eq(details.work_from),
            workspaces::work_to.eq(details.work_to),
            workspaces::work_days.eq(i16::from(details.work_days)),
            workspaces::currency.eq(&details.currency),
        ))
        .execute(tx.conn())?;
    let change = Change::of(before.id.0).before(before.told()).after(workspace(tx)?.told());
    record(tx, Verb::WorkspaceSaved, change)
}

/// Closes the first-steps checklist for good.
pub fn close_checklist(tx: &mut Tx<'_>) -> Result<()> {
    let id = tx.workspace();
    diesel::update(workspaces::table.find(id)).set(workspaces::checklist_done.eq(true)).execute(tx.conn())?;
    Ok(())
}

/// Removes a workspace with everything in it, exactly. Only for demo workspaces; people without any other
/// workspace whose address is at example.com go with it. A large one can't be entered from now on and is emptied by the worker,
/// so that nobody else waits: false then.
pub fn remove_demo(sys: &mut Sys<'_>, access: Access) -> Result<bool> {
    access.require(Right::Own)?;
    let id = access.workspace();
    let demo: bool = workspaces::table.find(id).select(workspaces::demo).get_result(sys.conn())?;
    if !demo {
        return Err(Error::invalid("", "Only a demo workspace can be removed this way."));
    }
    if crate::db::erase_rows(sys, id)? {
        return erase_for_good(sys, id).map(|()| true);
    }
    let now = sys.now();
    // Nobody comes in by an invitation either.
    diesel::delete(links::table.filter(links::workspace_id.eq(id))).execute(sys.conn())?;
    diesel::update(member_rows::table.filter(member_rows::workspace_id.eq(id)))
        .set(member_rows::left_at.eq(now))
        .execute(sys.conn())?;
    // Its address is free for the next one.
    diesel::update(workspaces::table.find(id)).set(workspaces::slug.eq(format!("removed-{id}"))).execute(sys.conn())?;
    queue::enqueue(sys, None, &Job::EraseWorkspace { workspace: id }, now)?;
    Ok(false)
}

/// Goes on removing a workspace; true when nothing is left of it.
pub(crate) fn erase_piece(sys: &mut Sys<'_>, id: WorkspaceId) -> Result<bool> {
    let emptied = crate::db::erase_rows(sys, id)?;
    if emptied {
        erase_for_good(sys, id)?;
    }
    Ok(emptied)
}

fn erase_for_good(sys: &mut Sys<'_>, id: WorkspaceId) -> Result<()> {
    let people: Vec<UserId> =
        member_rows::table.filter(member_rows::workspace_id.eq(id)).select(member_rows::user_id).load(sys.conn())?;
    crate::db::erase_workspace(sys, id)?;
    let now = sys.now();
    queue::enqueue(sys, None, &Job::EmptyStore { workspace: id }, now)?;
    crate::accounts::remove_demo_people(sys, &people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_keeps_letters_and_digits_and_is_never_empty() {
        assert_eq!(slug_of("Fernweh Goods"), "fernweh-goods");
        assert_eq!(slug_of("  Ärger & Söhne GmbH "), "arger-sohne-gmbh");
        assert_eq!(slug_of("日本"), "workspace");
    }
}
