//! For whoever watches over the server: is it alive, is it ready, and figures.

use std::fmt::Write;

use actix_web::{HttpResponse, web::Data};

use crate::{
    db::Db,
    error::Error,
    queue,
    web::{App, context::block},
    worker::Presence,
};

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
    let (database, worker) = match db.read_system(Presence::look) {
        Ok(presence) => (Ok(()), worker_state(presence)),
        Err(error) => (unsaid("database", error), Err("is noted in the database".to_owned())),
    };
    vec![("database", database), ("migrations", migrations), ("worker", worker)]
}

fn worker_state(presence: Presence) -> Result<(), String> {
    match presence {
        Presence::Here => Ok(()),
        Presence::Since(at) => Err(format!("was last seen at {}", at.rfc3339())),
        Presence::Never => Err("has not run yet".into()),
    }
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

    #[test]
    fn figures_say_less_when_the_database_is_away() {
        let all = figures(Some((3, 1)));
        assert!(all.contains("\nrapport_jobs_waiting 3\n") && all.contains("\nrapport_jobs_parked 1\n"));
        assert!(all.contains("\nrapport_up 1\n"));
        let away = figures(None);
        assert!(away.contains("\nrapport_up 0\n") && !away.contains("jobs"));
    }
}
