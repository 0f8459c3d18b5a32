//! Whether anybody does the due work: pages say so where something waits for it.

use chrono::TimeDelta;

use crate::{
    db::{Instant, Sys},
    error::Result,
    queue,
};

/// The instance setting that says when a worker was last at it.
pub(super) const SEEN: &str = "worker_seen";

/// Longer ago than this, and the worker counts as gone.
const AWAY: TimeDelta = TimeDelta::minutes(5);

/// Whether a worker is at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// One was lately, or holds a job.
    Here,
    /// The last one was seen then.
    Since(Instant),
    /// None has ever been.
    Never,
}

impl Presence {
    /// Looks it up.
    pub fn look(sys: &mut Sys<'_>) -> Result<Self> {
        let (seen, holds) = (last_seen(sys)?, queue::is_anything_held(sys)?);
        Ok(Self::told(seen, holds, sys.now()))
    }

    /// A long job keeps a worker from noting that it is there: then it `holds` one.
    fn told(seen: Option<Instant>, holds: bool, now: Instant) -> Self {
        match seen {
            _ if holds => Self::Here,
            Some(at) if at.plus(AWAY) >= now => Self::Here,
            Some(at) => Self::Since(at),
            None => Self::Never,
        }
    }

    /// Whether what is planned waits for somebody to start a worker.
    pub fn is_missing(self) -> bool {
        self != Self::Here
    }
}

/// When a worker last noted that it is there; it does so once a minute between jobs.
pub fn last_seen(sys: &mut Sys<'_>) -> Result<Option<Instant>> {
    Ok(sys.setting(SEEN)?.and_then(|text| text.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_was_not_seen_for_five_minutes_is_gone_unless_it_holds_a_job() {
        let at = |text: &str| text.parse::<Instant>().unwrap();
        let (now, lately, before) =
            (at("2026-11-24T09:05:00Z"), at("2026-11-24T09:00:00Z"), at("2026-11-24T08:59:59Z"));
        assert_eq!(Presence::told(Some(lately), false, now), Presence::Here);
        assert_eq!(Presence::told(Some(before), false, now), Presence::Since(before));
        assert_eq!(Presence::told(Some(before), true, now), Presence::Here);
        assert_eq!(Presence::told(None, false, now), Presence::Never);
        assert!(Presence::Never.is_missing() && !Presence::Here.is_missing());
    }
}
