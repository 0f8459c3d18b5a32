//! The whole instance in one ZIP: the database as one consistent view, and the uploads beside it (promise 16).
//!
//! SQLite is copied by itself (`VACUUM INTO`), PostgreSQL table by table as JSON lines from one snapshot. A backup of
//! one can't be restored into the other.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
};

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Text},
};
use sha2::{Digest, Sha256};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    attachments::{Store, thumb_name},
    config::Config,
    db::{Address, Conn, Db},
    error::{Error, Result},
    ids::WorkspaceId,
    secrets::hex,
};

/// Tables of PostgreSQL, parents before children.
const TABLES: &[&str] = &[
    "instance",
    "users",
    "sessions",
    "throttles",
    "workspaces",
    "members",
    "links",
    "tokens",
    "idempotency",
    "contacts",
    "handles",
    "tags",
    "contact_tags",
    "notes",
    "merges",
    "strangers",
    "events",
    "threads",
    "unreads",
    "thread_names",
    "messages",
    "templates",
    "variants",
    "template_uses",
    "files",
    "attachments",
    "pipelines",
    "stages",
    "cadence_steps",
    "cards",
    "visits",
    "visit_threads",
    "reminders",
    "notices",
    "overrides",
    "imports",
    "candidates",
    "import_changes",
    "jobs",
    "mails",
];
const CHUNK: i64 = 5_000;

fn words(text: impl Into<String>) -> Error {
    Error::invalid("file", text)
}

fn zip_error(error: zip::result::ZipError) -> Error {
    words(format!("The backup can't be read or written: {error}"))
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub bytes: u64,
    /// How many contents of attachments the store lacks, or holds altered: a content is known by its hash.
    pub missing: usize,
}

/// Writes a backup. A file that is there is not overwritten; a backup cut short leaves
/// none behind.
pub fn backup(db: &Db, config: &Config, store: &Store, file: &Path) -> Result<Written> {
    if file.exists() {
        return Err(words(format!("{} is there already. Name a new file.", file.display())));
    }
    let folder = file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| words(format!("{}: {error}", folder.display())))?;
    let mut zip = ZipWriter::new(part.as_file_mut());
    let options = SimpleFileOptions::default().large_file(true).unix_permissions(0o600);
    zip.start_file("manifest.json", options).map_err(zip_error)?;
    let kind = if db.is_pg() { "postgres" } else { "sqlite" };
    let manifest = serde_json::json!({
        "rapport": env!("CARGO_PKG_VERSION"), "database": kind, "made_at": db.clock().now(),
    });
    zip.write_all(manifest.to_string().as_bytes())?;
    match &config.database {
        Address::Sqlite(_) => {
            let copy = tempfile::tempdir_in(folder)?;
            let path = copy.path().join("rapport.db");
            db.copy_sqlite(&path)?;
            zip.start_file("rapport.db", options).map_err(zip_error)?;
            std::io::copy(&mut File::open(&path)?, &mut zip)?;
        }
        Address::Pg(_) => dump(db, &mut zip, options)?,
    }
    let uploads = config.data.join("uploads");
    if uploads.is_dir() {
        for entry in std::fs::read_dir(&uploads)? {
            let entry = entry?;
            // An upload may go while we read: then nothing refers to it any more.
            let Ok(mut upload) = File::open(entry.path()) else { continue };
            zip.start_file(format!("uploads/{}", entry.file_name().to_string_lossy()), options).map_err(zip_error)?;
            std::io::copy(&mut upload, &mut zip)?;
        }
    }
    // After the rows: a content that goes meanwhile is mended at the restore, one that comes is in no row.
    let mut missing = 0;
    for name in kept_files(db)? {
        let (workspace, hash) = (WorkspaceId(name.workspace_id), name.hash);
        for part in [hash.clone(), thumb_name(&hash)] {
            // Pictures and sound don't pack.
            let stored = options.compression_method(zip::CompressionMethod::Stored);
            zip.start_file(format!("files/{workspace}/{part}"), stored).map_err(zip_error)?;
            let mut watched = Hashing { inner: &mut zip, hash: Sha256::new() };
            let there = store.copy(workspace, &part, &mut watched)?;
            let whole = there && hex(&watched.hash.finalize()) == hash;
            if !there {
                zip.abort_file().map_err(zip_error)?;
            }
            missing += usize::from(part == hash && !whole);
        }
    }
    zip.finish().map_err(zip_error)?;
    part.as_file().sync_all()?;
    let bytes = part.as_file().metadata()?.len();
    part.persist_noclobber(file).map_err(|error| words(error.error.to_string()))?;
    Ok(Written { bytes, missing })
}

#[derive(diesel::QueryableByName)]
struct Kept {
    #[diesel(sql_type = BigInt)]
    workspace_id: i64,
    #[diesel(sql_type = Text)]
    hash: String,
    #[diesel(sql_type = BigInt)]
    size: i64,
}

fn kept_files(db: &Db) -> Result<Vec<Kept>> {
    db.read_system(|sys| {
        Ok(diesel::sql_query(
            "SELECT workspace_id, hash, size FROM files WHERE state = 'kept' ORDER BY workspace_id, hash",
        )
        .load(sys.conn())?)
    })
}

/// How many contents of attachments the store lacks, or has cut short.
pub fn missing_files(db: &Db, store: &Store) -> Result<usize> {
    let (mut missing, mut there) = (0, None);
    for Kept { workspace_id, hash, size } in kept_files(db)? {
        let sizes = match there.take().filter(|(of, _)| *of == workspace_id) {
            Some((_, sizes)) => sizes,
            None => store.sizes(WorkspaceId(workspace_id))?,
        };
        missing += usize::from(sizes.get(&hash).copied() != u64::try_from(size).ok());
        there = Some((workspace_id, sizes));
    }
    Ok(missing)
}

/// After a restore: attachments whose content the backup didn't hold, or held cut short, say so. Returns how many contents
/// are missing.
pub fn mend_files(db: &Db, store: &Store) -> Result<usize> {
    let mut missing = 0;
    for Kept { workspace_id, hash, size } in kept_files(db)? {
        if store.size(WorkspaceId(workspace_id), &hash)? == u64::try_from(size).ok() {
            continue;
        }
        missing += 1;
        db.write_system(|sys| {
            for statement in [
                "UPDATE attachments SET hash = NULL WHERE workspace_id = $1 AND hash = $2",
                "DELETE FROM files WHERE workspace_id = $1 AND hash = $2",
            ] {
                diesel::sql_query(statement)
                    .bind::<BigInt, _>(workspace_id)
                    .bind::<Text, _>(&hash)
                    .execute(sys.conn())?;
            }
            Ok(())
        })?;
    }
    Ok(missing)
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn dump<W: Write + std::io::Seek>(db: &Db, zip: &mut ZipWriter<W>, options: SimpleFileOptions) -> Result<()> {
    let mut conn = db.raw()?;
    let Conn::Pg(pg) = &mut *conn else { return Err(Error::internal("not PostgreSQL")) };
    pg.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0")?;
    let mut all = || -> Result<()> {
        for table in TABLES {
            zip.start_file(format!("tables/{table}.jsonl"), options).map_err(zip_error)?;
            pg.batch_execute(&format!(
                "DECLARE rows_of CURSOR FOR SELECT (to_jsonb(t) - 'search')::text AS line FROM {table} t /* workspace_id */"
            ))?;
            loop {
                let lines: Vec<Line> = diesel::sql_query(format!("FETCH {CHUNK} FROM rows_of")).load(pg)?;
                if lines.is_empty() {
                    break;
                }
                for row in &lines {
                    zip.write_all(row.line.as_bytes())?;
                    zip.write_all(b"\n")?;
                }
            }
            pg.batch_execute("CLOSE rows_of")?;
        }
        Ok(())
    };
    let done = all();
    pg.batch_execute("ROLLBACK")?;
    done
}

#[derive(diesel::QueryableByName)]
struct Upload {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    path: String,
}

/// Lets restored imports find their uploads where these lie now, and never those of the instance they came from.
pub fn rehome(db: &Db, config: &Config) -> Result<()> {
    db.write_system(|sys| {
        let uploads: Vec<Upload> =
            diesel::sql_query("SELECT id, path FROM imports WHERE path IS NOT NULL /* over every workspace_id */")
                .load(sys.conn())?;
        for upload in uploads {
            let Some(name) = Path::new(&upload.path).file_name() else { continue };
            diesel::sql_query("UPDATE imports SET path = $1 WHERE id = $2 /* over every workspace_id */")
                .bind::<Text, _>(config.data.join("uploads").join(name).to_string_lossy())
                .bind::<BigInt, _>(upload.id)
                .execute(sys.conn())?;
        }
        Ok(())
    })
}

fn open(file: &Path) -> Result<(ZipArchive<File>, serde_json::Value)> {
    let source = File::open(file).map_err(|error| words(format!("{}: {error}", file.display())))?;
    let mut zip =
        ZipArchive::new(source).map_err(|_| words(format!("{} is not a backup of Rapport.", file.display())))?;
    let mut text = String::new();
    zip.by_name("manifest.json")
        .map_err(|_| words(format!("{} is not a backup of Rapport.", file.display())))?
        .take(10_000)
        .read_to_string(&mut text)?;
    let manifest = serde_json::from_str(&text)?;
    Ok((zip, manifest))
}

/// Counts what is read, or written, into a hash.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hash.update(&buffer[..n]);
        Ok(n)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// Puts database file and uploads of a backup into an empty place.
pub fn unpack(config: &Config, store: &Store, file: &Path) -> Result<()> {
    let (mut zip, manifest) = open(file)?;
    let kind = manifest["database"].as_str().unwrap_or_default();
    if !store.is_empty()? {
        return Err(words(
            "Attachments are there already. Restore into an empty place: another RAPPORT_DATA or RAPPORT_FILES.",
        ));
    }
    match (&config.database, kind) {
        (Address::Sqlite(path), "sqlite") => {
            if Path::new(path).exists() {
                return Err(words(format!(
                    "{path} is there already. Restore into an empty place: set RAPPORT_DATA to a new folder."
                )));
            }
            if let Some(folder) = Path::new(path).parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut target = File::create(path)?;
            std::io::copy(&mut zip.by_name("rapport.db").map_err(zip_error)?, &mut target)?;
            target.sync_all()?;
        }
        (Address::Pg(_), "postgres") => {}
        _ => return Err(words(format!("This is a backup of {kind}. Set DATABASE_URL to a database of that kind."))),
    }
    let uploads = config.data.join("uploads");
    std::fs::create_dir_all(&uploads)?;
    for n in 0..zip.len() {
        let mut entry = zip.by_index(n).map_err(zip_error)?;
        let name = entry.name().map_err(zip_error)?.into_owned();
        if let Some((workspace, part)) = name.strip_prefix("files/").and_then(|rest| rest.split_once('/')) {
            let known = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.') && !part.starts_with('.');
            if let (Ok(workspace), true) = (workspace.parse(), known) {
                let mut watched = Hashing { inner: &mut entry, hash: Sha256::new() };
                store.put(WorkspaceId(workspace), part, &mut watched)?;
                let hash = hex(&watched.hash.finalize());
                // A content is known by its hash: one that was altered is no longer it.
                if hash != part && !part.ends_with(".thumb") {
                    store.remove(WorkspaceId(workspace), part)?;
                }
            }
            continue;
        }
        let Some(name) = name.strip_prefix("uploads/") else { continue };
        // Names of ours are letters, digits, - and _; nothing else is written anywhere.
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            continue;
        }
        std::io::copy(&mut entry, &mut File::create(uploads.join(name))?)?;
    }
    Ok(())
}

/// Fills a migrated, empty PostgreSQL from a backup; SQLite's file is complete already.
pub fn fill(db: &Db, file: &Path) -> Result<()> {
    let (mut zip, manifest) = open(file)?;
    if manifest["database"] != "postgres" {
        return Ok(());
    }
    let mut conn = db.raw()?;
    let Conn::Pg(pg) = &mut *conn else { return Err(Error::internal("not PostgreSQL")) };
    let there: Vec<Line> = diesel::sql_query("SELECT id::text AS line FROM users LIMIT 1").load(pg)?;
    if !there.is_empty() {
        return Err(words("This database is in use. Restore into an empty one."));
    }
    pg.batch_execute("BEGIN; SET LOCAL statement_timeout = 0")?;
    let mut all = || -> Result<()> {
        for table in TABLES {
            let entry = zip.by_name(&format!("tables/{table}.jsonl")).map_err(zip_error)?;
            let mut lines = BufReader::new(entry).lines();
            loop {
                let chunk: Vec<String> = lines.by_ref().take(500).collect::<std::io::Result<_>>()?;
                let Some(first) = chunk.first() else { break };
                let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(first)?;
                // Column names come out of a file: only letters and _ reach the statement.
                let columns: Vec<&str> = row.keys().map(String::as_str).collect();
                if columns.iter().any(|name| !name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')) {
                    return Err(words("The backup is damaged."));
                }
                let columns = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
                diesel::sql_query(format!(
                    "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb) /* workspace_id */"
                ))
                .bind::<Text, _>(format!("[{}]", chunk.join(",")))
                .execute(pg)?;
            }
            let ids: Vec<Line> = diesel::sql_query(format!(
                "SELECT coalesce(pg_get_serial_sequence('{table}', 'id'), '') AS line FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}' AND column_name = 'id'"
            ))
            .load(pg)?;
            if ids.iter().any(|row| !row.line.is_empty()) {
                pg.batch_execute(&format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM {table}), false) /* workspace_id */"
                ))?;
            }
        }
        Ok(())
    };
    let done = all();
    pg.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}
