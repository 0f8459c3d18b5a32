//! The doors to tenant tables: each adds the workspace, and the tables themselves can't be named elsewhere.
//!
//! `tx.all(Contacts)` is the workspace's contacts as a diesel query that composes like any other; `tx.insert(Contacts,
//! values)` writes a row into the workspace. Columns are public (`db::contacts::name`), tables are not. Joins are
//! doors too: a second table is reached through the first, over a key that holds the workspace.

use diesel::{
    dsl::{Eq, Filter, auto_type},
    prelude::*,
};

use super::schema;
use crate::ids::WorkspaceId;

/// A table of which every workspace sees its own rows only.
pub trait Door {
    /// The table behind the door.
    type Table: Table;
    /// The workspace's rows.
    type All;
    /// The column that says whose row it is, set.
    type Mine;
    /// The table itself, for inserting.
    fn table() -> Self::Table;
    /// The workspace's rows.
    fn all(workspace: WorkspaceId) -> Self::All;
    /// The column that says whose row it is, set.
    fn mine(workspace: WorkspaceId) -> Self::Mine;
}

macro_rules! doors {
    ($($(#[$doc:meta])* $door:ident => $table:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $door;

        impl Door for $door {
            type Table = schema::$table::table;
            type All = Filter<schema::$table::table, Eq<schema::$table::workspace_id, WorkspaceId>>;
            type Mine = Eq<schema::$table::workspace_id, WorkspaceId>;
            fn table() -> Self::Table {
                schema::$table::table
            }
            fn all(workspace: WorkspaceId) -> Self::All {
                schema::$table::table.filter(Self::mine(workspace))
            }
            fn mine(workspace: WorkspaceId) -> Self::Mine {
                schema::$table::workspace_id.eq(workspace)
            }
        }

        /// The columns of this table.
        pub mod $table {
            pub use super::schema::$table::columns::*;
        }
    )+

        /// Every tenant table's name, for the tripwire that reads SQL in tests.
        pub const TENANT_TABLES: &[&str] = &[$(stringify!($table)),+];
    };
}

doors! {
    /// Who belongs to the workspace, with which role.
    Members => members,
    /// API tokens.
    Tokens => tokens,
    /// Answers to repeated POSTs.
    Idempotency => idempotency,
    /// People.
    Contacts => contacts,
    /// Their accounts on channels.
    Handles => handles,
    /// Labels.
    Tags => tags,
    /// Which contact has which label.
    ContactTags => contact_tags,
    /// Notes on contacts.
    Notes => notes,
    /// Contacts made one.
    Merges => merges,
    /// Pairs said to be two people.
    Strangers => strangers,
    /// What happened.
    Events => events,
    /// Conversations.
    Threads => threads,
    /// Other names of conversations in archives.
    ThreadNames => thread_names,
    /// Who has not seen which thread's news.
    Unreads => unreads,
    /// What was said.
    Messages => messages,
    /// Contents that are kept.
    Files => files,
    /// What was sent with messages.
    Attachments => attachments,
    /// Texts with variables.
    Templates => templates,
    /// Which template is a variant of which.
    Variants => variants,
    /// Which template a message was written from.
    TemplateUses => template_uses,
    /// Ordered stages.
    Pipelines => pipelines,
    /// Steps of a pipeline.
    Stages => stages,
    /// Cards and their value, per stage.
    StageTotals => stage_totals,
    /// Reminders that a stage plans.
    CadenceSteps => cadence_steps,
    /// Contacts' ways through pipelines.
    Cards => cards,
    /// Stays of cards in stages.
    Visits => visits,
    /// Threads that carried a stay.
    VisitThreads => visit_threads,
    /// Follow-ups owed.
    Reminders => reminders,
    /// Who was told of which occurrence.
    Notices => notices,
    /// Warnings a human overrode.
    Overrides => overrides,
    /// Imports of files.
    Imports => imports,
    /// People in an import's preview.
    Candidates => candidates,
    /// Fields an import changed.
    ImportChanges => import_changes,
    /// Outgoing mail about the workspace.
    Mails => mails,
}

/// Tables outside any workspace: for accounts, queue, worker and cli.
pub(crate) mod instance_wide {
    pub use super::schema::{instance, jobs, links, mails, members, sessions, throttles, tokens, users, workspaces};
}

/// Cards with their contact.
#[auto_type(no_type_alias)]
pub fn cards_with_contact(workspace: WorkspaceId) -> _ {
    let on = schema::contacts::id
        .eq(schema::cards::contact_id)
        .and(schema::contacts::workspace_id.eq(schema::cards::workspace_id));
    let mine: Eq<schema::cards::workspace_id, WorkspaceId> = schema::cards::workspace_id.eq(workspace);
    schema::cards::table.inner_join(schema::contacts::table.on(on)).filter(mine)
}

/// Threads with their contact.
#[auto_type(no_type_alias)]
pub fn threads_with_contact(workspace: WorkspaceId) -> _ {
    let on = schema::contacts::id
        .eq(schema::threads::contact_id)
        .and(schema::contacts::workspace_id.eq(schema::threads::workspace_id));
    let mine: Eq<schema::threads::workspace_id, WorkspaceId> = schema::threads::workspace_id.eq(workspace);
    schema::threads::table.inner_join(schema::contacts::table.on(on)).filter(mine)
}

/// Reminders with their contact.
#[auto_type(no_type_alias)]
pub fn reminders_with_contact(workspace: WorkspaceId) -> _ {
    let on = schema::contacts::id
        .eq(schema::reminders::contact_id)
        .and(schema::contacts::workspace_id.eq(schema::reminders::workspace_id));
    let mine: Eq<schema::reminders::workspace_id, WorkspaceId> = schema::reminders::workspace_id.eq(workspace);
    schema::reminders::table.inner_join(schema::contacts::table.on(on)).filter(mine)
}

/// Members with the person behind each.
#[auto_type(no_type_alias)]
pub fn members_with_user(workspace: WorkspaceId) -> _ {
    let mine: Eq<schema::members::workspace_id, WorkspaceId> = schema::members::workspace_id.eq(workspace);
    schema::members::table
        .inner_join(schema::users::table.on(schema::users::id.eq(schema::members::user_id)))
        .filter(mine)
}

/// Labels with the contacts that have them.
#[auto_type(no_type_alias)]
pub fn contact_tags_with_tag(workspace: WorkspaceId) -> _ {
    let on = schema::tags::id
        .eq(schema::contact_tags::tag_id)
        .and(schema::tags::workspace_id.eq(schema::contact_tags::workspace_id));
    let mine: Eq<schema::contact_tags::workspace_id, WorkspaceId> = schema::contact_tags::workspace_id.eq(workspace);
    schema::contact_tags::table.inner_join(schema::tags::table.on(on)).filter(mine)
}

/// Stays with the threads that carried them.
#[auto_type(no_type_alias)]
pub fn visit_threads_with_thread(workspace: WorkspaceId) -> _ {
    let on = schema::threads::id
        .eq(schema::visit_threads::thread_id)
        .and(schema::threads::workspace_id.eq(schema::visit_threads::workspace_id));
    let mine: Eq<schema::visit_threads::workspace_id, WorkspaceId> = schema::visit_threads::workspace_id.eq(workspace);
    schema::visit_threads::table.inner_join(schema::threads::table.on(on)).filter(mine)
}
