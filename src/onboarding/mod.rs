//! The first minutes: founding a workspace, joining one, a person's digest plan, and the checklist of first steps.
//!
//! Accounts, workspaces and presets have their own nouns; here they are put together.

use diesel::prelude::*;

use crate::{
    access::{Access, Origin, Right},
    accounts::{self, Invitation, User},
    contacts::Kind,
    db::{self, Sys, Tx, events, instance_wide, members, reminders as r},
    error::{Error, Result},
    ids::UserId,
    pipelines::presets,
    queue::{self, Job},
    reminders::{State, digest},
    timeline::{Change, Verb, record},
    workspaces::{self, Details, Workspace},
};

/// What a new workspace is founded with.
#[derive(Debug, Clone)]
pub struct Founding {
    /// Its name, zone and working hours.
    pub details: Details,
    /// The kinds of people it wins over; at least one. Each brings its pipeline.
    pub kinds: Vec<Kind>,
}

/// Founds a workspace with its owner, a pipeline for each kind, and the owner's first digest in the plan. Without any
/// kind it is a problem with the field `kinds`.
pub fn found(sys: &mut Sys<'_>, owner: UserId, founding: &Founding, origin: Origin) -> Result<Access> {
    if founding.kinds.is_empty() {
        return Err(Error::invalid("kinds", "Choose at least one. The others can be added later."));
    }
    let access = workspaces::found(sys, owner, &founding.details, false, origin)?;
    for kind in Kind::ALL.iter().copied().filter(|kind| founding.kinds.contains(kind)) {
        presets::install(&mut sys.enter(access), kind)?;
    }
    plan_first_digest(sys, owner)?;
    Ok(access)
}

/// Follows an invitation: the person belongs to the workspace and gets digests from now on. `joins` gives the person,
/// as in [`accounts::redeem_invitation`].
pub fn join(
    sys: &mut Sys<'_>,
    key: &str,
    joins: impl FnOnce(&mut Sys<'_>, &Invitation) -> Result<UserId>,
) -> Result<(UserId, Invitation)> {
    let (user, invitation) = accounts::redeem_invitation(sys, key, joins)?;
    let access = accounts::enter(sys, user, &invitation.slug, Origin::Page)?;
    record(&mut sys.enter(access), Verb::MemberChanged, Change::of(user.0).after(invitation.role))?;
    plan_first_digest(sys, user)?;
    Ok((user, invitation))
}

/// A digest that is planned already stays as it is: it may be due at this moment.
fn plan_first_digest(sys: &mut Sys<'_>, id: UserId) -> Result<()> {
    if queue::is_planned(sys, &Job::Digest { user: id })? {
        return Ok(());
    }
    let user = accounts::user(sys, id)?;
    plan_digest(sys, &user)
}

/// Plans a person's next digest by their present preferences, strictly after now; takes it out of the plan when they
/// want none.
pub fn plan_digest(sys: &mut Sys<'_>, user: &User) -> Result<()> {
    let job = Job::Digest { user: user.id };
    match digest::next_run(user, sys.now().utc()) {
        Some(at) => queue::enqueue(sys, None, &job, at.into()),
        None => queue::cancel(sys, &job),
    }
}

/// A first step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Whether the workspace shows that it was taken.
    pub done: bool,
    /// What to do.
    pub title: &'static str,
    /// How, or what for.
    pub words: &'static str,
    /// The address of the page where it is done.
    pub link: String,
}

macro_rules! any {
    ($tx:expr, $query:expr) => {{
        let query = $query;
        diesel::select(diesel::dsl::exists(query)).get_result::<bool>($tx.conn())?
    }};
}

/// The five first steps of the workspace, each closing by itself once its data is there. None when all were taken or the
/// list was closed for good, and in the demo, whose story has taken them all.
pub fn checklist(tx: &mut Tx<'_>) -> Result<Option<Vec<Item>>> {
    let workspace = workspaces::workspace(tx)?;
    if workspace.checklist_done || workspace.demo {
        return Ok(None);
    }
    let items = items(tx, &workspace)?;
    Ok(items.iter().any(|item| !item.done).then_some(items))
}

/// Closes the list for good where all steps were taken: what is removed later must not bring it back.
pub(crate) fn sweep(tx: &mut Tx<'_>) -> Result<()> {
    let workspace = workspaces::workspace(tx)?;
    if !workspace.checklist_done && items(tx, &workspace)?.iter().all(|item| item.done) {
        workspaces::close_checklist(tx)?;
    }
    Ok(())
}

fn items(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<Vec<Item>> {
    let people = any!(tx, tx.all(db::Contacts));
    let words = any!(tx, tx.all(db::Messages));
    let moved =
        any!(tx, tx.all(db::Events).filter(events::verb.eq(Verb::CardMoved)).filter(events::actor_id.is_not_null()));
    let by_hand = r::step_id.is_null().and(r::made_by.is_not_null());
    let planned = any!(tx, tx.all(db::Reminders).filter(r::state.eq(State::Done).or(by_hand)));
    let reached = reaches_somebody(tx)?;
    let step = |done, title, words, page: &str| Item { done, title, words, link: workspace.path(page) };
    Ok(vec![
        step(people, "Bring in your people", "Import an archive, or add the first one by hand.", "import"),
        step(words, "Keep a conversation", "Paste one you already have. Rapport finds out whose turn it is.", "paste"),
        step(moved, "Move a card", "When somebody answers, their card goes to the next stage.", "board"),
        step(
            planned,
            "Plan a next step",
            "Open a contact and choose “Remind me”, or finish a step that a stage has planned.",
            "contacts",
        ),
        step(
            reached,
            "Let Rapport reach you and your team",
            "Invite a colleague, or send yourself a test mail. Your first digest counts too.",
            "settings/members",
        ),
    ])
}

/// Whether a colleague was invited or has joined, or a mail has gone to the only member.
fn reaches_somebody(tx: &mut Tx<'_>) -> Result<bool> {
    use instance_wide::mails;
    let kind = db::mails::kind;
    if any!(tx, tx.all(db::Mails).filter(kind.eq("invitation").or(kind.eq("test")))) {
        return Ok(true);
    }
    let team: Vec<UserId> = tx.all(db::Members).select(members::user_id).limit(2).load(tx.conn())?;
    let [only] = team[..] else { return Ok(team.len() > 1) };
    // A digest is about all workspaces of a person and so belongs to none of them.
    let theirs = mails::table
        .filter(mails::workspace_id.is_null())
        .filter(mails::user_id.eq(only))
        .filter(mails::kind.eq("digest"));
    Ok(any!(tx, theirs))
}

/// Closes the checklist for good. Managers and owners only.
pub fn close(tx: &mut Tx<'_>) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    workspaces::close_checklist(tx)
}
