//! Who asks, for which workspace, with which role: the pass without which no tenant row can be reached.
//!
//! Passes are granted by `accounts` (after looking up the membership) and by `worker`; `tests/tidy.rs` keeps it so.

use crate::{
    error::{Error, Result},
    ids::{UserId, WorkspaceId},
};

crate::db::text_enum! {
    /// What a member may do: each role may do all that the ones after it may.
    pub enum Role { Owner = "owner", Manager = "manager", Member = "member", Viewer = "viewer" }
}

crate::db::text_enum! {
    /// The way in by which a change came; kept in the audit log.
    pub enum Origin { Page = "page", Api = "api", Cli = "cli", Worker = "worker", Import = "import" }
}

/// A member acting in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    user: Option<UserId>,
    workspace: WorkspaceId,
    role: Role,
    origin: Origin,
}

/// What a role is asked for. One list, so that roles are enforced in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// See everything in the workspace.
    Read,
    /// Work: contacts and their merges, cards, messages, reminders.
    Work,
    /// Arrange: pipelines, shared templates, imports and their undo, erasing people.
    Arrange,
    /// Own: members, workspace settings, tokens of others.
    Own,
}

impl Access {
    /// A pass for a member. Only after the membership was read from the database.
    pub(crate) fn grant(user: UserId, workspace: WorkspaceId, role: Role, origin: Origin) -> Self {
        Self { user: Some(user), workspace, role, origin }
    }

    /// A pass for work that nobody asked for at this moment: due jobs.
    pub(crate) fn grant_worker(workspace: WorkspaceId) -> Self {
        Self { user: None, workspace, role: Role::Owner, origin: Origin::Worker }
    }

    /// The same pass with another way in, for what an import or a job does in a member's name.
    pub fn by(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The workspace; every door adds it to its query.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    /// The member who acts; none for due work.
    pub fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The member who acts, for verbs that only a person can do.
    pub fn person(&self) -> Result<UserId> {
        self.user.ok_or(Error::Forbidden("Only a signed-in member can do this."))
    }

    /// The role in this workspace.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The way in.
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Whether the role has this right.
    pub fn may(&self, right: Right) -> bool {
        right
            <= match self.role {
                Role::Owner => Right::Own,
                Role::Manager => Right::Arrange,
                Role::Member => Right::Work,
                Role::Viewer => Right::Read,
            }
    }

    /// Fails with words when the role lacks the right.
    pub fn require(&self, right: Right) -> Result<()> {
        if self.may(right) {
            return Ok(());
        }
        Err(Error::Forbidden(match right {
            Right::Read => "You are not a member of this workspace.",
            Right::Work => "Viewers can look but not change anything. Ask an owner for the role of member.",
            Right::Arrange => "Only managers and owners can do this.",
            Right::Own => "Only owners can do this.",
        }))
    }
}
