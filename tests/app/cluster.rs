//! A PostgreSQL server for the tests: one throwaway cluster per test process, a migrated template, and a database of its
//! own for each test. What is migrated is the caller's; SQLite is not here.

#![allow(dead_code, reason = "a kit: not every test run uses every tool")]

use super::{postgres, programs};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::{env, process};

/// A running server on which tests make databases.
pub struct Cluster {
    /// URL of the database from which others are created and dropped.
    admin: String,
    /// `" STRATEGY FILE_COPY"` where the server knows it: several times faster than through the log when fsync is off.
    strategy: &'static str,
    template: OnceLock<()>,
    creating: Mutex<()>,
    next: AtomicU32,
}

/// A database that is dropped, whoever is still connected to it, when this guard goes out of scope.
pub struct Database {
    /// Connection URL, `postgres://…`.
    pub url: String,
    name: String,
    admin: String,
}

/// Returns the server of this process, started at the first call; `None` (said once) where PostgreSQL is not installed.
///
/// `RAPPORT_TEST_PG=postgres://…` uses that server instead; its user must be allowed to create databases.
/// Panics where PostgreSQL is there but does not start, and in CI where it is missing.
#[track_caller]
pub fn server() -> Option<&'static Cluster> {
    match &*CLUSTER {
        Ok(Some(cluster)) => return Some(cluster),
        Ok(None) => programs::leave_out("PostgreSQL tests", "no server found; install postgresql"),
        Err(why) => panic!("PostgreSQL is there but cannot be used: {why}"),
    }
    None
}

impl Cluster {
    /// Makes the template that [`Cluster::database`] copies: `migrate` gets the URL of an empty database. Later calls do
    /// nothing; a call that panicked is repeated by the next.
    pub fn template(&self, migrate: impl FnOnce(&str)) {
        self.template.get_or_init(|| {
            let name = template_name();
            self.run(&format!("DROP DATABASE IF EXISTS {name}"));
            self.run(&format!("CREATE DATABASE {name} TEMPLATE template0"));
            migrate(&with_database(&self.admin, &name));
            // A template with a visitor cannot be copied, so no connection may stay and none may come.
            self.run(&format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
            self.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
            if !postgres::is_ours() {
                // SAFETY: the function is registered once, and lives as long as the program.
                unsafe { libc::atexit(drop_template) };
            }
        });
    }

    /// Creates a copy of the template under a new name; panics when there is no template yet.
    #[track_caller]
    pub fn database(&self) -> Database {
        assert!(self.template.get().is_some(), "call Cluster::template before Cluster::database");
        self.create(&format!("TEMPLATE {}{}", template_name(), self.strategy))
    }

    /// Creates a database with nothing in it, for migrations and restores.
    pub fn empty(&self) -> Database {
        self.create(&format!("TEMPLATE template0{}", self.strategy))
    }

    fn create(&self, source: &str) -> Database {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("rapport_{}_{number}", process::id());
        // One at a time: two copies at once wait for each other's checkpoints and are slower than in a row.
        let turn = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
        self.run(&format!("CREATE DATABASE {name} {source}"));
        drop(turn);
        Database { url: with_database(&self.admin, &name), name, admin: self.admin.clone() }
    }

    fn run(&self, sql: &str) {
        execute(&self.admin, sql).unwrap_or_else(|why| panic!("{sql}: {why}"));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        if let Err(why) = execute(&self.admin, &sql) {
            eprintln!("test database {} stays behind: {why}", self.name);
        }
    }
}

static CLUSTER: LazyLock<Result<Option<Cluster>, String>> = LazyLock::new(find_or_start);

fn find_or_start() -> Result<Option<Cluster>, String> {
    let admin = match env::var("RAPPORT_TEST_PG") {
        Ok(url) if !url.is_empty() => url,
        _ => match postgres::start()? {
            Some(url) => url,
            None => return Ok(None),
        },
    };
    let version: i32 = PgConnection::establish(&admin)
        .map_err(|e| e.to_string())
        .and_then(|mut link| {
            let asked = diesel::dsl::sql::<diesel::sql_types::Integer>("current_setting('server_version_num')::int");
            diesel::select(asked).get_result(&mut link).map_err(|e| e.to_string())
        })
        .map_err(|why| format!("{admin}: {why}"))?;
    Ok(Some(Cluster {
        admin,
        strategy: if version >= 150_000 { " STRATEGY FILE_COPY" } else { "" },
        template: OnceLock::new(),
        creating: Mutex::new(()),
        next: AtomicU32::new(0),
    }))
}

/// A server that is not ours outlives this process, so the template must not.
extern "C" fn drop_template() {
    if let Ok(Some(cluster)) = &*CLUSTER {
        let _ = execute(&cluster.admin, &format!("DROP DATABASE IF EXISTS {}", template_name()));
    }
}

fn template_name() -> String {
    format!("rapport_{}_template", process::id())
}

fn execute(url: &str, sql: &str) -> Result<(), String> {
    let mut link = PgConnection::establish(url).map_err(|e| e.to_string())?;
    link.batch_execute(sql).map_err(|e| e.to_string())
}

/// The same server's URL with another database: what stands between the authority and the query is replaced.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let server = base[authority..].find('/').map_or(base, |slash| &base[..authority + slash]);
    query.map_or_else(|| format!("{server}/{name}"), |query| format!("{server}/{name}?{query}"))
}

#[test]
fn another_database_keeps_the_server_and_its_options() {
    for (url, expected) in [
        ("postgres://a:b@h:5432/postgres?sslmode=disable", "postgres://a:b@h:5432/t?sslmode=disable"),
        ("postgres://a@localhost/x?host=/tmp/s", "postgres://a@localhost/t?host=/tmp/s"),
        ("postgres://h", "postgres://h/t"),
        ("postgres://h?user=a", "postgres://h/t?user=a"),
    ] {
        assert_eq!(with_database(url, "t"), expected);
    }
}

#[test]
fn each_database_is_a_copy_of_the_template_and_goes_with_its_guard() {
    let Some(cluster) = server() else { return };
    let blank = cluster.empty();
    let (url, name) = (blank.url.clone(), blank.name.clone());
    execute(&url, "CREATE TABLE kept (id int)").expect("an empty database takes a table");
    let _visitor = PgConnection::establish(&url).expect("a connection that is still open when the guard goes");
    drop(blank);
    let why = execute(&url, "SELECT 1").expect_err("the database is gone");
    assert!(why.contains(&name) && why.contains("does not exist"), "{why}");
}
