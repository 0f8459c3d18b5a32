//! Work to be done, as rows: written in the transaction that causes it, claimed by lease, retried with back-off.
//!
//! What each job does is in `worker`. A finished job's row is deleted; what must happen only once is guarded by the
//! keys of `notices` and `mails`, not here.

use chrono::TimeDelta;
use diesel::{prelude::*, sql_types};

use crate::{
    access::Right,
    db::{self, Instant, Multi, Sys, Tx, instance_wide::jobs},
    error::Result,
    ids::{ImportId, JobId, MailId, MessageId, ReminderId, StageId, ThreadId, UserId, WorkspaceId},
};

/// Everything that is ever done later. `worker::perform` matches on all of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Tell the person who owes a reminder that this occurrence is due.
    Notify {
        /// The reminder.
        reminder: ReminderId,
        /// Which of its due times.
        occurrence: i32,
    },
    /// Send a person's digest and plan the next.
    Digest {
        /// Whose.
        user: UserId,
    },
    /// Hand one mail to the mail server.
    Deliver {
        /// Which.
        mail: MailId,
    },
    /// Read an uploaded file into a preview.
    Preview {
        /// Which import.
        import: ImportId,
    },
    /// Store the chosen people of an import.
    Import {
        /// Which.
        import: ImportId,
        /// Where cards are opened for them.
        #[serde(default)]
        stage: Option<StageId>,
    },
    /// Take an import back, a piece at a time.
    Undo {
        /// Which.
        import: ImportId,
    },
    /// Keep the files of an archive that were sent with an import's messages.
    Fetch {
        /// Which import.
        import: ImportId,
    },
    /// Forget in the full-text indexes what was erased.
    CompactSearch,
    /// Put an import's messages into the full-text index, a piece at a time.
    Index {
        /// Which import.
        import: ImportId,
        /// The last message that is in it.
        after: MessageId,
    },
    /// Bring a snoozed thread back.
    Wake {
        /// Which.
        thread: ThreadId,
    },
    /// Remove contents to which no attachment refers any more.
    TidyFiles {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// Make small pictures of large ones.
    MakeThumbs {
        /// Of which workspace.
        workspace: WorkspaceId,
    },
    /// Remove a workspace that nobody can enter any more, a piece at a time.
    EraseWorkspace {
        /// Which.
        workspace: WorkspaceId,
    },
    /// Remove every content of a workspace that is gone.
    EmptyStore {
        /// Which it was.
        workspace: WorkspaceId,
    },
    /// Tidy away what has run out, and plan the next sweep.
    Sweep,
}

impl Job {
    /// At most one job with this key waits at a time.
    fn key(&self) -> String {
        match self {
            Self::Notify { reminder, .. } => format!("notify {reminder}"),
            Self::Digest { user } => format!("digest {user}"),
            Self::Deliver { mail } => format!("deliver {mail}"),
            Self::Preview { import } => format!("preview {import}"),
            Self::Import { import, .. } => format!("import {import}"),
            Self::Undo { import } => format!("undo {import}"),
            Self::Fetch { import } => format!("fetch {import}"),
            Self::CompactSearch => "compact search".into(),
            Self::Index { import, .. } => format!("index {import}"),
            Self::Wake { thread } => format!("wake {thread}"),
            Self::TidyFiles { workspace } => format!("tidy files {workspace}"),
            Self::MakeThumbs { workspace } => format!("make thumbs {workspace}"),
            Self::EraseWorkspace { workspace } => format!("erase workspace {workspace}"),
            Self::EmptyStore { workspace } => format!("empty store {workspace}"),
            Self::Sweep => "sweep".into(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Notify { .. } => "notify",
            Self::Digest { .. } => "digest",
            Self::Deliver { .. } => "deliver",
            Self::Preview { .. } => "preview",
            Self::Import { .. } => "import",
            Self::Undo { .. } => "undo",
            Self::Fetch { .. } => "fetch",
            Self::CompactSearch => "compact_search",
            Self::Index { .. } => "index",
            Self::Wake { .. } => "wake",
            Self::TidyFiles { .. } => "tidy_files",
            Self::MakeThumbs { .. } => "make_thumbs",
            Self::EraseWorkspace { .. } => "erase_workspace",
            Self::EmptyStore { .. } => "empty_store",
            Self::Sweep => "sweep",
        }
    }
}

/// How long a claim lasts; a performer that is at it for longer renews it.
pub const LEASE: TimeDelta = TimeDelta::seconds(90);
/// After so many failures a job is parked where people see it.
pub const ATTEMPTS: i32 = 10;

/// A job in our hands until the lease runs out.
#[derive(Debug)]
pub struct Claimed {
    /// The row.
    pub id: JobId,
    /// The workspace it belongs to; none for what concerns the instance or a person over all workspaces.
    pub workspace: Option<WorkspaceId>,
    /// What to do.
    pub job: Job,
    /// How often it was tried, this time included.
    pub attempts: i32,
    /// When it was to run.
    pub run_at: Instant,
    lease: Instant,
}

impl Claimed {
    /// Whether a third of the lease is over: those claimed with it took long, and somebody else may have taken it up.
    pub fn is_stale(&self, now: Instant) -> bool {
        now.plus(LEASE - LEASE / 3) >= self.lease
    }
}

/// Plans a job, or moves it when one with its key waits already.
pub fn enqueue(sys: &mut Sys<'_>, workspace: Option<WorkspaceId>, job: &Job, run_at: Instant) -> Result<()> {
    let (data, now) = (serde_json::to_string(job)?, sys.now());
    Multi(
        diesel::insert_into(jobs::table)
            .values((
                jobs::workspace_id.eq(workspace),
                jobs::kind.eq(job.kind()),
                jobs::data.eq(&data),
                jobs::key.eq(job.key()),
                jobs::run_at.eq(run_at),
                jobs::created_at.eq(now),
            ))
            .on_conflict(jobs::key)
            .do_update()
            // A lease in force is broken: whoever holds it works on what is no longer planned.
            .set((
                jobs::data.eq(&data),
                jobs::run_at.eq(run_at),
                jobs::attempts.eq(0),
                jobs::parked.eq(false),
                jobs::leased_until.eq(None::<Instant>),
                jobs::last_error.eq(None::<String>),
            )),
    )
    .execute(sys.conn())?;
    if run_at <= now {
        sys.wake();
    }
    Ok(())
}

/// Takes a job out of the plan.
pub fn cancel(sys: &mut Sys<'_>, job: &Job) -> Result<()> {
    diesel::delete(jobs::table.filter(jobs::key.eq(job.key()))).execute(sys.conn())?;
    Ok(())
}

/// Whether a job with this key waits.
pub fn is_planned(sys: &mut Sys<'_>, job: &Job) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(jobs::table.filter(jobs::key.eq(job.key())))).get_result(sys.conn())?)
}

/// Whether a job with this key waits or is being worked on, and was not given up.
pub fn is_waiting(sys: &mut Sys<'_>, job: &Job) -> Result<bool> {
    let mine = jobs::table.filter(jobs::key.eq(job.key())).filter(jobs::parked.eq(false));
    Ok(diesel::select(diesel::dsl::exists(mine)).get_result(sys.conn())?)
}

/// Whether a job like this one waits in a workspace or is being worked on, whatever it is about, and was not given up.
pub fn is_any_waiting(sys: &mut Sys<'_>, workspace: WorkspaceId, like: &Job) -> Result<bool> {
    let of_kind = jobs::table.filter(jobs::workspace_id.eq(workspace)).filter(jobs::kind.eq(like.kind()));
    Ok(diesel::select(diesel::dsl::exists(of_kind.filter(jobs::parked.eq(false)))).get_result(sys.conn())?)
}

/// Whether somebody is working on the job with this key.
pub fn is_held(sys: &mut Sys<'_>, job: &Job) -> Result<bool> {
    let held = jobs::table.filter(jobs::key.eq(job.key())).filter(jobs::leased_until.gt(sys.now()));
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(sys.conn())?)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::BigInt)]
    id: JobId,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    workspace_id: Option<WorkspaceId>,
    #[diesel(sql_type = sql_types::Text)]
    data: String,
    #[diesel(sql_type = sql_types::Integer)]
    attempts: i32,
    #[diesel(sql_type = sql_types::Timestamp)]
    run_at: Instant,
}

/// Brings all mails that wait forward to now: nothing holds them back any more.
pub fn hasten_mails(sys: &mut Sys<'_>) -> Result<()> {
    let now = sys.now();
    let waiting =
        jobs::table.filter(jobs::kind.eq("deliver")).filter(jobs::run_at.gt(now)).filter(jobs::parked.eq(false));
    diesel::update(waiting).set(jobs::run_at.eq(now)).execute(sys.conn())?;
    sys.wake();
    Ok(())
}

/// Takes up to `limit` due jobs that nobody holds. The outer condition repeats the lease's: PostgreSQL checks it
/// again after waiting for a row that another process has just claimed.
pub fn claim(sys: &mut Sys<'_>, limit: i64) -> Result<Vec<Claimed>> {
    let now = sys.now();
    let lease = now.plus(LEASE);
    // A job that takes the process down never comes to report its failure: it is given up after as many attempts.
    diesel::update(
        jobs::table
            .filter(jobs::parked.eq(false))
            .filter(jobs::run_at.le(now))
            .filter(jobs::attempts.ge(ATTEMPTS))
            .filter(jobs::leased_until.le(now)),
    )
    .set((jobs::parked.eq(true), jobs::last_error.eq("it ended the worker every time it was tried")))
    .execute(sys.conn())?;
    let rows: Vec<Row> = diesel::sql_query(
        "UPDATE jobs SET leased_until = $1, attempts = attempts + 1 \
         WHERE id IN (SELECT due.id FROM jobs due WHERE NOT due.parked AND due.run_at <= $2 \
                      AND (due.leased_until IS NULL OR due.leased_until <= $3) ORDER BY due.run_at, due.id LIMIT $4) \
         AND (leased_until IS NULL OR leased_until <= $5) \
         RETURNING id, workspace_id, data, attempts, run_at",
    )
    .bind::<sql_types::Timestamp, _>(lease)
    .bind::<sql_types::Timestamp, _>(now)
    .bind::<sql_types::Timestamp, _>(now)
    .bind::<sql_types::BigInt, _>(limit)
    .bind::<sql_types::Timestamp, _>(now)
    .load(sys.conn())?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
        let job = match serde_json::from_str(&row.data) {
            Ok(job) => job,
            // Of a later version of Rapport, which may be at work beside this one.
            Err(error) => {
                fail(sys, row.id, lease, row.attempts, &format!("this version doesn't know the job: {error}"))?;
                continue;
            }
        };
        claimed.push(Claimed {
            id: row.id,
            workspace: row.workspace_id,
            job,
            attempts: row.attempts,
            run_at: row.run_at,
            lease,
        });
    }
    claimed.sort_by_key(|job| (job.run_at, job.id));
    Ok(claimed)
}

/// Whether anything is due: lets an idle worker look without taking the write lock.
pub fn is_anything_due(sys: &mut Sys<'_>) -> Result<bool> {
    let now = sys.now();
    Ok(diesel::select(diesel::dsl::exists(
        jobs::table
            .filter(jobs::parked.eq(false))
            .filter(jobs::run_at.le(now))
            .filter(jobs::leased_until.is_null().or(jobs::leased_until.le(now))),
    ))
    .get_result(sys.conn())?)
}

/// Whether somebody has a job in hand.
pub fn is_anything_held(sys: &mut Sys<'_>) -> Result<bool> {
    let held = jobs::table.filter(jobs::leased_until.gt(sys.now()));
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(sys.conn())?)
}

/// The job is done: its row goes, unless it was planned anew meanwhile.
pub fn finish(sys: &mut Sys<'_>, claimed: &Claimed) -> Result<()> {
    diesel::delete(jobs::table.find(claimed.id).filter(jobs::leased_until.eq(claimed.lease))).execute(sys.conn())?;
    Ok(())
}

/// Holds on to a job for another lease; false when it is no longer ours.
pub fn renew(sys: &mut Sys<'_>, claimed: &mut Claimed) -> Result<bool> {
    let lease = sys.now().plus(LEASE);
    let held = diesel::update(jobs::table.find(claimed.id).filter(jobs::leased_until.eq(claimed.lease)))
        .set(jobs::leased_until.eq(lease))
        .execute(sys.conn())?;
    claimed.lease = lease;
    Ok(held == 1)
}

/// The job failed: it is tried again after 1, 2, 4 … minutes (at most six hours), then parked.
pub fn retry(sys: &mut Sys<'_>, claimed: &Claimed, error: &str) -> Result<()> {
    fail(sys, claimed.id, claimed.lease, claimed.attempts, error)
}

fn fail(sys: &mut Sys<'_>, id: JobId, lease: Instant, attempts: i32, error: &str) -> Result<()> {
    let parked = attempts >= ATTEMPTS;
    let run_at = sys.now().plus(back_off(attempts));
    diesel::update(jobs::table.find(id).filter(jobs::leased_until.eq(lease)))
        .set((
            jobs::run_at.eq(run_at),
            jobs::leased_until.eq(None::<Instant>),
            jobs::parked.eq(parked),
            jobs::last_error.eq(error.chars().take(500).collect::<String>()),
        ))
        .execute(sys.conn())?;
    Ok(())
}

/// Puts a job off without counting a failure: sending is held.
pub fn postpone(sys: &mut Sys<'_>, claimed: &Claimed, by: TimeDelta) -> Result<()> {
    let run_at = sys.now().plus(by);
    diesel::update(jobs::table.find(claimed.id).filter(jobs::leased_until.eq(claimed.lease)))
        .set((jobs::run_at.eq(run_at), jobs::leased_until.eq(None::<Instant>), jobs::attempts.eq(claimed.attempts - 1)))
        .execute(sys.conn())?;
    Ok(())
}

/// How long to wait after the `attempts`-th failure.
pub fn back_off(attempts: i32) -> TimeDelta {
    TimeDelta::minutes(1 << attempts.saturating_sub(1).clamp(0, 8)).min(TimeDelta::hours(6))
}

/// What the queue holds: waiting jobs, and those given up.
pub fn counts(sys: &mut Sys<'_>) -> Result<(i64, i64)> {
    let waiting = jobs::table.filter(jobs::parked.eq(false)).count().get_result(sys.conn())?;
    let parked = jobs::table.filter(jobs::parked.eq(true)).count().get_result(sys.conn())?;
    Ok((waiting, parked))
}

/// The jobs given up, newest first, as kind, last error and time; at most 50.
pub fn parked(sys: &mut Sys<'_>) -> Result<Vec<(String, Option<String>, Instant)>> {
    Ok(jobs::table
        .filter(jobs::parked.eq(true))
        .order(jobs::id.desc())
        .limit(50)
        .select((jobs::kind, jobs::last_error, jobs::run_at))
        .load(sys.conn())?)
}

/// The jobs given up that concern a workspace or its members' digests, newest first, as kind, last error and time;
/// at most 50. What concerns other workspaces stays theirs. For owners.
pub fn parked_in(tx: &mut Tx<'_>) -> Result<Vec<(String, Option<String>, Instant)>> {
    tx.access().require(Right::Own)?;
    let people: Vec<UserId> = tx.all(db::Members).select(db::members::user_id).load(tx.conn())?;
    let digests: Vec<String> = people.into_iter().map(|user| Job::Digest { user }.key()).collect();
    let workspace = tx.workspace();
    Ok(jobs::table
        .filter(jobs::parked.eq(true))
        .filter(jobs::workspace_id.eq(workspace).or(jobs::workspace_id.is_null().and(jobs::key.eq_any(digests))))
        .order(jobs::id.desc())
        .limit(50)
        .select((jobs::kind, jobs::last_error, jobs::run_at))
        .load(tx.conn())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_and_ends_below_six_hours() {
        let waits: Vec<i64> = (1..=10).map(|n| back_off(n).num_minutes()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
    }
}
