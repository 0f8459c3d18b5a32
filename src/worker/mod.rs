//! The due work: claims jobs, performs them outside any transaction, records the outcome in a second one.

mod perform;
mod presence;

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;

use crate::{
    attachments::Store,
    config::Config,
    db::Db,
    error::{Error, Result},
    mail::Mailer,
    memory,
    queue::{self, Claimed, Job},
};

pub use presence::{Presence, last_seen};

/// How long an idle worker waits before it looks again, unless it is woken.
const IDLE: Duration = Duration::from_secs(2);
/// How many jobs are taken at once.
const BATCH: i64 = 20;

/// What the worker works with.
#[derive(Clone)]
pub struct Worker {
    /// The database.
    pub db: Db,
    /// The settings.
    pub config: Arc<Config>,
    /// The way out for mail.
    pub mailer: Mailer,
    /// Where attachments lie.
    pub store: Store,
}

impl Worker {
    /// Brings what must always be planned into the plan, and due instants in line with the zone rules in use.
    pub fn prepare(&self) -> Result<()> {
        self.db.write_system(|sys| {
            crate::reminders::adopt_rules(sys)?;
            let now = sys.now();
            if !queue::is_planned(sys, &Job::Sweep)? {
                queue::enqueue(sys, None, &Job::Sweep, now)?;
            }
            for user in crate::accounts::digest_readers(sys)? {
                if !queue::is_planned(sys, &Job::Digest { user: user.id })? {
                    crate::onboarding::plan_digest(sys, &user)?;
                }
            }
            sys.set_setting(presence::SEEN, &now.rfc3339())
        })
    }

    /// Does all work due now, until nothing is; returns how many jobs were done.
    pub fn tick(&self) -> Result<usize> {
        let mut done = 0;
        loop {
            let claimed = self.claim()?;
            if claimed.is_empty() {
                return Ok(done);
            }
            for job in claimed {
                self.attempt(job)?;
                done += 1;
            }
        }
    }

    fn claim(&self) -> Result<Vec<Claimed>> {
        if !self.db.read_system(queue::is_anything_due)? {
            return Ok(Vec::new());
        }
        self.db.write_system(|sys| queue::claim(sys, BATCH))
    }

    /// Performs one job. A failure is written to its row and tried again later; only a database that doesn't answer
    /// is an error here.
    fn attempt(&self, mut job: Claimed) -> Result<()> {
        if job.is_stale(self.db.clock().now()) && !self.db.write_system(|sys| queue::renew(sys, &mut job))? {
            return Ok(());
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| perform::perform(self, &mut job)))
            .unwrap_or_else(|_| Err(Error::internal("the job panicked")));
        match outcome {
            Ok(perform::Outcome::Done) => self.db.write_system(|sys| queue::finish(sys, &job)),
            Ok(perform::Outcome::Planned) => Ok(()),
            Ok(perform::Outcome::Held) => self.db.write_system(|sys| queue::postpone(sys, &job, TimeDelta::minutes(5))),
            // What the job was about is gone: nothing is left to do.
            Err(Error::NotFound) => {
                tracing::info!(job = ?job.job, "what a job was about is gone");
                self.db.write_system(|sys| queue::finish(sys, &job))
            }
            Err(error) => {
                tracing::warn!(job = ?job.job, attempts = job.attempts, %error, "a job failed; it will be tried again");
                self.db.write_system(|sys| queue::retry(sys, &job, &error.to_string()))
            }
        }
    }

    /// Works until `stop` says so. For a thread of its own.
    pub fn run(&self, stop: &std::sync::atomic::AtomicBool) {
        use std::sync::atomic::Ordering;
        let mut noted: Option<std::time::Instant> = None;
        while !stop.load(Ordering::Relaxed) {
            let outcome = self.tick().and_then(|_| {
                if noted.is_none_or(|at| at.elapsed() > Duration::from_secs(60)) {
                    memory::give_back();
                    noted = Some(std::time::Instant::now());
                    self.prepare()?;
                }
                Ok(())
            });
            if let Err(error) = outcome {
                tracing::error!(%error, "the worker could not reach the database");
            }
            self.db.wait_for_work(IDLE, stop);
        }
    }
}
