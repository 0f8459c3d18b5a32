//! The database and the handles through which everything else reaches it.
//!
//! A `Tx` exists only inside `read` or `write` and belongs to one workspace; a `Sys` is for what has none (people,
//! sessions, jobs). Connections, tables and dialects stay in here. Closures are plain: nothing can be awaited while
//! a transaction is open.

mod connection;
mod doors;
mod hold;
mod instance;
mod paging;
mod schema;
mod search;
mod types;

use std::sync::{Arc, Mutex};

use diesel::{
    Insertable,
    query_builder::InsertStatement,
    r2d2::{Pool, PooledConnection},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use connection::{Address, Conn, Multi, MultiBackend};
pub(crate) use doors::instance_wide;
pub use doors::*;
pub use paging::{Cursor, Page, PageRequest};
pub use search::{LOOKED_AT, SomeThreads, contacts_match, messages_match, search_words, threads_match};
pub(crate) use search::{compact, for_good, index_messages};
pub use types::Instant;
pub(crate) use types::text_enum;

use crate::{
    access::Access,
    error::{Error, Result},
    ids::WorkspaceId,
};

/// The migrations of SQLite.
pub const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
/// The migrations of PostgreSQL: the same names.
pub const PG_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// What time it is: the machine's clock, or one that tests and `tick --at` set.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// Stands still until set again.
    Set(Arc<Mutex<Instant>>),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn at(at: Instant) -> Self {
        Self::Set(Arc::new(Mutex::new(at)))
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        match self {
            Self::System => chrono::Utc::now().into(),
            Self::Set(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        }
    }

    /// Sets a standing clock; the machine's stays as it is.
    pub fn set(&self, to: Instant) {
        if let Self::Set(at) = self {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
        }
    }
}

/// The database: cheap to clone, shared by all threads.
#[derive(Clone)]
pub struct Db {
    readers: Pool<Address>,
    writers: Pool<Address>,
    clock: Clock,
    bell: Arc<(Mutex<bool>, std::sync::Condvar)>,
}

impl Db {
    /// Opens the database. On SQLite one connection writes and `readers` read; on PostgreSQL all are alike.
    pub fn open(address: &Address, readers: u32, clock: Clock) -> Result<Self> {
        // A connection to SQLite is opened in no time, and what it has cached is memory of this process.
        let kept = std::time::Duration::from_secs(if address.is_pg() { 600 } else { 60 });
        let pool = |size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .idle_timeout(Some(kept))
                .connection_timeout(std::time::Duration::from_secs(10))
                .build(address.clone())
        };
        let (reading, writing) = if address.is_pg() {
            let pool = pool(readers)?;
            (pool.clone(), pool)
        } else {
            // The writer first: it is the one that may have to switch the file to WAL.
            let writing = pool(1)?;
            (pool(readers)?, writing)
        };
        Ok(Self { readers: reading, writers: writing, clock, bell: Arc::default() })
    }

    /// Brings the tables up to date.
    pub fn migrate(&self) -> Result<()> {
        let mut conn = self.writers.get()?;
        match &mut *conn {
            Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE_MIGRATIONS).map(drop),
            Conn::Pg(conn) => {
                use diesel::connection::SimpleConnection;
                // Several copies may start at once: one migrates, the others wait for it.
                // An index over a large table takes longer than any page may.
                conn.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(727379678)")
                    .map_err(Error::from)?;
                let done = conn.run_pending_migrations(PG_MIGRATIONS).map(drop);
                conn.batch_execute("SELECT pg_advisory_unlock(727379678)").map_err(Error::from)?;
                conn.batch_execute(connection::PG_SETTINGS).map_err(Error::from)?;
                done
            }
        }
        .map_err(Error::Internal)
    }

    /// Whether every migration has run.
    pub fn is_migrated(&self) -> Result<bool> {
        let mut conn = self.readers.get()?;
        match &mut *conn {
            Conn::Sqlite(conn) => conn.has_pending_migration(SQLITE_MIGRATIONS),
            Conn::Pg(conn) => conn.has_pending_migration(PG_MIGRATIONS),
        }
        .map(|pending| !pending)
        .map_err(Error::Internal)
    }

    /// Whether it is PostgreSQL.
    pub fn is_pg(&self) -> bool {
        self.writers.get().is_ok_and(|conn| matches!(*conn, Conn::Pg(_)))
    }

    /// The clock that every transaction takes its `now` from.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Reads within a workspace, from one snapshot.
    pub fn read<T>(&self, access: Access, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.read_system(|sys| f(&mut sys.enter(access)))
    }

    /// Writes within a workspace: all or nothing.
    pub fn write<T>(&self, access: Access, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.write_system(|sys| f(&mut sys.enter(access)))
    }

    /// Reads outside workspaces. For accounts, queue, worker and cli.
    pub fn read_system<T>(&self, f: impl FnOnce(&mut Sys<'_>) -> Result<T>) -> Result<T> {
        let now = self.clock.now();
        let mut conn = self.readers.get()?;
        connection::read(&mut conn, |conn| f(&mut Sys { conn, now, writes: false, woken: &mut false }))
    }

    /// Writes outside workspaces: all or nothing. For accounts, queue, worker and cli.
    pub fn write_system<T>(&self, f: impl FnOnce(&mut Sys<'_>) -> Result<T>) -> Result<T> {
        let now = self.clock.now();
        let mut woken = false;
        let done = {
            let mut conn = self.writers.get().map_err(|error| {
                tracing::error!(%error, "nothing could be written");
                Error::Away("The database can't take this just now. Try again in a minute.")
            })?;
            connection::write(&mut conn, |conn| f(&mut Sys { conn, now, writes: true, woken: &mut woken }))?
        };
        if woken {
            self.ring();
        }
        Ok(done)
    }

    /// The same database with another clock.
    pub fn with_clock(&self, clock: Clock) -> Self {
        Self { clock, ..self.clone() }
    }

    /// Brings everything that SQLite keeps in its log into the file itself, and empties the log: what was erased is in neither
    /// afterwards. Fails while somebody reads, for a moment.
    pub(crate) fn flush(&self) -> Result<()> {
        use diesel::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Outcome {
            #[diesel(sql_type = diesel::sql_types::Integer)]
            busy: i32,
        }
        let mut conn = self.writers.get()?;
        let Conn::Sqlite(sqlite) = &mut *conn else { return Ok(()) };
        let outcome: Outcome = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(sqlite)?;
        if outcome.busy == 0 { Ok(()) } else { Err(Error::internal("somebody reads; the log is emptied later")) }
    }

    /// Copies the SQLite database as it is now into a new file, while others read and write.
    pub(crate) fn copy_sqlite(&self, to: &std::path::Path) -> Result<()> {
        use diesel::RunQueryDsl;
        let mut conn = self.readers.get()?;
        diesel::sql_query("VACUUM INTO $1")
            .bind::<diesel::sql_types::Text, _>(to.to_string_lossy())
            .execute(&mut *conn)?;
        Ok(())
    }

    /// Waits until there may be work: `for_` long, or until a committed transaction left some.
    pub fn wait_for_work(&self, for_: std::time::Duration, stop: &std::sync::atomic::AtomicBool) {
        let (bell, ringing) = &*self.bell;
        let rung = bell.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            return;
        }
        let waited = ringing.wait_timeout_while(rung, for_, |rung| !*rung);
        let (mut rung, _) = waited.unwrap_or_else(std::sync::PoisonError::into_inner);
        *rung = false;
    }

    /// Rings for the worker.
    pub fn ring(&self) {
        let (bell, ringing) = &*self.bell;
        *bell.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = true;
        ringing.notify_all();
    }

    /// Writes SQLite's log back into its file and cuts it, so that it never grows without end.
    pub fn checkpoint(&self) -> Result<()> {
        let mut conn = self.writers.get()?;
        if let Conn::Sqlite(conn) = &mut *conn {
            use diesel::connection::SimpleConnection;
            conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")?;
        }
        Ok(())
    }

    /// Looks at the tables' contents anew, so that plans fit much data that was written at once.
    pub(crate) fn analyze(&self) -> Result<()> {
        use diesel::connection::SimpleConnection;
        Ok(self.writers.get()?.batch_execute("ANALYZE")?)
    }

    /// A writing connection outside any transaction: backup and bulk demo data.
    pub(crate) fn raw(&self) -> Result<PooledConnection<Address>> {
        Ok(self.writers.get()?)
    }
}

/// An insert of `V` with the column that makes the row the workspace's.
type Inserted<D, V> =
    InsertStatement<<D as Door>::Table, <(<D as Door>::Mine, V) as Insertable<<D as Door>::Table>>::Values>;

/// A transaction outside any workspace.
pub struct Sys<'a> {
    conn: &'a mut Conn,
    now: Instant,
    writes: bool,
    woken: &'a mut bool,
}

impl Sys<'_> {
    /// The connection, to run a query with.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// When the transaction began.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The same transaction within a workspace.
    pub fn enter(&mut self, access: Access) -> Tx<'_> {
        Tx { conn: self.conn, access, now: self.now, writes: self.writes, woken: self.woken }
    }

    /// Rings the worker when this transaction commits.
    pub(crate) fn wake(&mut self) {
        *self.woken = true;
    }
}

/// A transaction within one workspace, on behalf of one member.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    access: Access,
    now: Instant,
    writes: bool,
    woken: &'a mut bool,
}

impl Tx<'_> {
    /// The connection, to run a query with.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// Who acts.
    pub fn access(&self) -> Access {
        self.access
    }

    /// The workspace.
    pub fn workspace(&self) -> WorkspaceId {
        self.access.workspace()
    }

    /// When the transaction began.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The same transaction for what has no workspace: enqueueing work, names of people.
    pub(crate) fn system(&mut self) -> Sys<'_> {
        Sys { conn: self.conn, now: self.now, writes: self.writes, woken: self.woken }
    }

    /// Does `work` so that the transaction goes on whatever comes of it: when it fails, only what it did is undone.
    pub(crate) fn attempt<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let (access, now, writes, woken) = (self.access, self.now, self.writes, &mut *self.woken);
        diesel::Connection::transaction(&mut *self.conn, |conn| work(&mut Tx { conn, access, now, writes, woken }))
    }

    /// The workspace's rows of a table.
    pub fn all<D: Door>(&self, _door: D) -> D::All {
        D::all(self.workspace())
    }

    /// Inserts one row into the workspace.
    pub fn insert<D: Door, V>(&self, _door: D, values: V) -> Inserted<D, V>
    where
        (D::Mine, V): Insertable<D::Table>,
    {
        diesel::insert_into(D::table()).values((D::mine(self.workspace()), values))
    }

    /// The column that makes a row this workspace's, for inserts of many rows.
    pub fn mine<D: Door>(&self, _door: D) -> D::Mine {
        D::mine(self.workspace())
    }
}

/// How many rows are removed in one transaction: others who write wait for some tenths of a second.
const ERASED_AT_ONCE: usize = 2_000;

/// Removes up to 2,000 rows of a workspace's large tables; true when they are empty.
pub(crate) fn erase_rows(sys: &mut Sys<'_>, id: WorkspaceId) -> Result<bool> {
    use diesel::{RunQueryDsl, sql_types::BigInt};
    let mut room = ERASED_AT_ONCE;
    // Child first: evidence is a message, and whatever hangs on a contact goes with it.
    for table in ["visits", "reminders", "cards", "messages", "threads", "handles", "contacts", "events"] {
        let some = format!("SELECT id FROM {table} WHERE workspace_id = $2 LIMIT {room}");
        let text = format!("DELETE FROM {table} WHERE workspace_id = $1 AND id IN ({some})");
        let gone = diesel::sql_query(text).bind::<BigInt, _>(id).bind::<BigInt, _>(id).execute(sys.conn())?;
        room = room.saturating_sub(gone);
        if room == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes a workspace with every row of it. Tables are emptied child first; what hangs on the workspace itself goes
/// with it by the schema's cascades.
pub(crate) fn erase_workspace(sys: &mut Sys<'_>, id: WorkspaceId) -> Result<()> {
    use diesel::{RunQueryDsl, sql_types::BigInt};
    for table in [
        "visits",
        "reminders",
        "cards",
        "cadence_steps",
        "stages",
        "threads",
        "notes",
        "contacts",
        "imports",
        "members",
    ] {
        diesel::sql_query(format!("DELETE FROM {table} WHERE workspace_id = $1"))
            .bind::<BigInt, _>(id)
            .execute(sys.conn())?;
    }
    diesel::sql_query("DELETE FROM workspaces WHERE id = $1 /* workspace_id */")
        .bind::<BigInt, _>(id)
        .execute(sys.conn())?;
    Ok(())
}

const NUMBERED: [&str; 8] = ["contacts", "handles", "threads", "messages", "cards", "visits", "reminders", "events"];

#[derive(diesel::QueryableByName)]
struct Top {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    top: i64,
}

/// The highest id in any of the large tables: above it, bulk data may choose its own.
pub(crate) fn highest_id(tx: &mut Tx<'_>) -> Result<i64> {
    use diesel::RunQueryDsl;
    let mut highest = 0;
    for table in NUMBERED {
        let text = format!("SELECT coalesce(max(id), 0) AS top FROM {table} /* over every workspace_id */");
        let rows: Vec<Top> = diesel::sql_query(text).load(tx.conn())?;
        highest = rows.iter().map(|row| row.top).fold(highest, i64::max);
    }
    Ok(highest)
}

/// Lets PostgreSQL number on above ids that were chosen; SQLite does so by itself.
pub(crate) fn reset_sequences(tx: &mut Tx<'_>) -> Result<()> {
    use diesel::connection::SimpleConnection;
    if let Conn::Pg(pg) = tx.conn() {
        for table in NUMBERED {
            pg.batch_execute(&format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false) /* workspace_id */"
            ))?;
        }
    }
    Ok(())
}

/// Inserts rows that hold their workspace (`tx.mine(…)`), many in one statement; run it inside `each!`.
pub fn insert_rows<D: Door, V: Insertable<D::Table>>(_door: D, rows: V) -> InsertStatement<D::Table, V::Values> {
    diesel::insert_into(D::table()).values(rows)
}
