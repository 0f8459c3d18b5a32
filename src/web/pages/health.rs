//! For whoever watches over the server: is it alive, is it ready, and figures.

use std::fmt::Write;

use actix_web::{HttpResponse, web::Data};
use chrono::TimeDelta;

use crate::{
    db::{Db, Instant},
    error::Error,
    queue,
    web::{App, context::block},
    worker,
};

/// Longer ago than this, and the worker counts as gone.
const AWAY: TimeDelta = TimeDelta::minutes(5);

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// Database, migrations and worker are there: 200, else 503; the JSON says how each of the three is.
pub async fn readyz(app: Data<App>) -> HttpResponse {
    let db = app.db.clone();
    let parts = match block(move || Ok(look(&db))).await {
        Ok(parts) => parts,
        Err(error) => {
            tracing::warn!(%error, "readiness could not be looked up");
            vec![("server", Err("is too busy to look".to_owned()))]
        }
    };
    let ready = parts.iter().all(|(_, state)| state.is_ok());
    let mut body = serde_json::json!({ "ready": ready });
    for (name, state) in parts {
        body[name] = state.err().unwrap_or_else(|| "ok".into()).into();
    }
    let mut answer = if ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(body)
}

type Part = (&'static str, Result<(), String>);

fn look(db: &Db) -> Vec<Part> {
    let unsaid = |what: &str, error: Error| {
        tracing::warn!(%error, what, "not ready");
        Err("does not answer; the reason is in the log".to_owned())
    };
    let migrations = match db.is_migrated() {
        Ok(true) => Ok(()),
        Ok(false) => Err("wait to be run; start `rapport serve`".to_owned()),
        Err(error) => unsaid("migrations", error),
    };
    let (database, worker) = match db.read_system(|sys| sys.setting(worker::SEEN)) {
        Ok(seen) => (Ok(()), worker_state(seen.as_deref(), db.clock().now())),
        Err(error) => (unsaid("database", error), Err("is noted in the database".to_owned())),
    };
    vec![("database", database), ("migrations", migrations), ("worker", worker)]
}

fn worker_state(seen: Option<&str>, now: Instant) -> Result<(), String> {
    let Some(at) = seen.and_then(|text| text.parse::<Instant>().ok()) else {
        return Err("has not run yet".into());
    };
    if at.plus(AWAY) >= now { Ok(()) } else { Err(format!("was last seen at {}", at.rfc3339())) }
}

/// Figures in the text format of Prometheus. Without a database there are fewer, and `rapport_up` is 0.
pub async fn metrics(app: Data<App>) -> HttpResponse {
    let db = app.db.clone();
    let counts = block(move || db.read_system(queue::counts)).await;
    if let Err(error) = &counts {
        tracing::warn!(%error, "figures could not be read");
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(figures(counts.ok()))
}

fn figures(jobs: Option<(i64, i64)>) -> String {
    let mut out = String::new();
    let mut gauge = |name: &str, labels: &str, help: &str, value: i64| {
        // Writing to a string can't fail.
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name}{labels} {value}");
    };
    gauge("rapport_up", "", "Whether the database answers.", i64::from(jobs.is_some()));
    let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    gauge("rapport_build_info", version, "The running version.", 1);
    if let Some((waiting, parked)) = jobs {
        gauge("rapport_jobs_waiting", "", "Jobs that wait for their time or a worker.", waiting);
        gauge("rapport_jobs_parked", "", "Jobs given up after repeated failure.", parked);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_worker_that_was_not_seen_for_five_minutes_is_gone() {
        let now = at("2026-11-24T09:05:00Z");
        assert!(worker_state(Some("2026-11-24T09:00:00Z"), now).is_ok());
        assert!(worker_state(Some("2026-11-24T08:59:59Z"), now).unwrap_err().contains("08:59:59"));
        assert!(worker_state(None, now).is_err());
        assert!(worker_state(Some("yesterday"), now).is_err());
    }

    #[test]
    fn figures_say_less_when_the_database_is_away() {
        let all = figures(Some((3, 1)));
        assert!(all.contains("\nrapport_jobs_waiting 3\n") && all.contains("\nrapport_jobs_parked 1\n"));
        assert!(all.contains("\nrapport_up 1\n"));
        let away = figures(None);
        assert!(away.contains("\nrapport_up 0\n") && !away.contains("jobs"));
    }
}
