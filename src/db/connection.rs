//! One connection type for two databases, how each is opened, and the little that their dialects don't share.

use diesel::{
    PgConnection, QueryResult, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager},
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    r2d2,
    sqlite::Sqlite,
};

pub use generated::{Conn, MultiBackend};

#[allow(missing_docs, reason = "the derive writes public items without docs")]
mod generated {
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database; every query is written once against it.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// One file on this machine.
        Sqlite(SqliteConnection),
        /// A server, for several machines.
        Pg(PgConnection),
    }
}

/// Runs the same diesel expression on the connection that is there, for what `MultiBackend` can't express.
#[macro_export]
macro_rules! each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Pg($c) => $body,
        }
    };
}

/// Makes a statement that is valid on both backends one that `Conn` runs (`on_conflict`, unions).
#[derive(Debug, Clone, Copy)]
pub struct Multi<T>(pub T);

impl<T: QueryFragment<Sqlite> + QueryFragment<Pg>> QueryFragment<MultiBackend> for Multi<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        MultiBackend::walk_variant_ast(&self.0, out)
    }
}

impl<T: QueryId> QueryId for Multi<T> {
    type QueryId = T::QueryId;
    const HAS_STATIC_QUERY_ID: bool = T::HAS_STATIC_QUERY_ID;
}

impl<T: Query> Query for Multi<T> {
    type SqlType = T::SqlType;
}

impl<T> RunQueryDsl<Conn> for Multi<T> {}

/// Where the database is, as `DATABASE_URL` says it.
#[derive(Debug, Clone)]
pub enum Address {
    /// A file's path, or `:memory:`.
    Sqlite(String),
    /// A libpq URL.
    Pg(String),
}

impl Address {
    /// Reads `sqlite://<path>`, `postgres://…` or `postgresql://…`.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return if path.is_empty() {
                Err("DATABASE_URL: sqlite:// needs a path, like sqlite://./data/rapport.db.".into())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Pg(url.into()));
        }
        Err("DATABASE_URL must start with sqlite:// or postgres://.".into())
    }

    /// Whether it is PostgreSQL.
    pub fn is_pg(&self) -> bool {
        matches!(self, Self::Pg(_))
    }
}

// FULL: an acknowledged write survives a power cut. No mmap: it would count as resident memory.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;";
pub(super) const PG_SETTINGS: &str =
    "SET TIME ZONE 'UTC'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '120s';";

impl r2d2::ManageConnection for Address {
    type Connection = Conn;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Conn, r2d2::Error> {
        let opened = match self {
            Self::Sqlite(path) => SqliteConnection::establish(path).map(Conn::Sqlite),
            Self::Pg(url) => PgConnection::establish(url).map(Conn::Pg),
        };
        let mut conn = opened.map_err(r2d2::Error::ConnectionError)?;
        let settings = match &conn {
            Conn::Sqlite(_) => SQLITE_SETTINGS,
            Conn::Pg(_) => PG_SETTINGS,
        };
        conn.batch_execute(settings).map_err(r2d2::Error::QueryError)?;
        Ok(conn)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        match conn {
            Conn::Sqlite(_) => Ok(()),
            Conn::Pg(pg) => pg.batch_execute("SELECT 1").map_err(r2d2::Error::QueryError),
        }
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use r2d2::R2D2Connection;
        std::thread::panicking() || conn.is_broken()
    }
}

/// Runs `f` in a transaction that takes SQLite's write lock at once: a read that turns into a write would fail
/// with "busy" whatever the time-out.
pub(super) fn write<T, E: From<diesel::result::Error>>(
    conn: &mut Conn,
    f: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN IMMEDIATE")?,
        Conn::Pg(_) => return conn.transaction(f),
    }
    end(conn, f)
}

/// Runs `f` in a transaction that sees one state of the database: of itself PostgreSQL shows each query what was committed by
/// then, and the parts of a page could disagree.
pub(super) fn read<T, E: From<diesel::result::Error>>(
    conn: &mut Conn,
    f: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<T, E> {
    match conn {
        Conn::Sqlite(_) => return conn.transaction(f),
        Conn::Pg(pg) => {
            AnsiTransactionManager::begin_transaction_sql(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    end(conn, f)
}

/// Does the work of a transaction that was begun, and ends it.
fn end<T, E: From<diesel::result::Error>>(conn: &mut Conn, f: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
    type Manager = <Conn as Connection>::TransactionManager;
    match f(conn) {
        Ok(value) => {
            Manager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            Manager::rollback_transaction(conn)?;
            Err(error)
        }
    }
}
