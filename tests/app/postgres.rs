//! A PostgreSQL server of the test process's own: found, initialised without fsync in a temporary directory, reached by a
//! Unix socket, and gone with the process. Which databases are made on it is in `cluster`.

use super::programs;
use diesel::prelude::*;
use std::ffi::CStr;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{env, io, thread};

/// Starts the server and returns the URL of its first database once it answers; `None` where none is installed. To be called
/// once; the error holds what the server itself said.
pub fn start() -> Result<Option<String>, String> {
    let Some(bin) = programs_dir() else { return Ok(None) };
    let owner = owner()?;
    let dir = directory(owner).map_err(|e| format!("no directory for the cluster: {e}"))?;
    let (data, log) = (dir.join("data"), dir.join("server.log"));
    let url = format!("postgres://rapport@localhost/postgres?host={}", dir.display());
    let fail = |why: String| {
        let told = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_dir_all(&dir);
        Err(format!("{why}\n{told}"))
    };

    let mut initdb = command(&bin.join("initdb"), owner);
    initdb.args(["--username=rapport", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
    initdb.args(["--no-sync", "--no-instructions", "-D"]);
    match initdb.arg(&data).stdout(Stdio::null()).stderr(Stdio::piped()).output() {
        Ok(done) if done.status.success() => {}
        Ok(done) => return fail(format!("initdb: {}", String::from_utf8_lossy(&done.stderr))),
        Err(e) => return fail(format!("initdb: {e}")),
    }

    let mut postgres = command(&bin.join("postgres"), owner);
    postgres.arg("-D").arg(&data).arg("-k").arg(&dir).args(["-h", "", "-F"]);
    for setting in [
        "synchronous_commit=off",
        "full_page_writes=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "max_connections=200",
        "shared_buffers=64MB",
        "autovacuum=off",
        "jit=off",
    ] {
        postgres.args(["-c", setting]);
    }
    match File::create(&log) {
        Ok(file) => postgres.stdout(Stdio::null()).stderr(file),
        Err(e) => return fail(format!("{}: {e}", log.display())),
    };
    // SIGQUIT is PostgreSQL's immediate shutdown: nothing here is worth a checkpoint.
    let mut server = match programs::spawn(postgres, libc::SIGQUIT) {
        Ok(child) => child,
        Err(e) => return fail(format!("postgres: {e}")),
    };

    let deadline = Instant::now() + Duration::from_secs(60);
    while let Err(e) = PgConnection::establish(&url) {
        let ended = !matches!(server.try_wait(), Ok(None));
        if ended || Instant::now() > deadline {
            let _ = server.kill();
            return fail(format!("the server does not answer: {e}"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    let server = Mutex::new(server);
    if OWN.set(Own { dir, server }).is_ok() {
        // SAFETY: the function is registered once, and lives as long as the program.
        unsafe { libc::atexit(stop_and_remove) };
    }
    Ok(Some(url))
}

/// Tells whether a server was started by [`start`] and will end with this process.
pub fn is_ours() -> bool {
    OWN.get().is_some()
}

static OWN: OnceLock<Own> = OnceLock::new();

/// The server that this process started, and the directory that holds its data, socket and log.
struct Own {
    dir: PathBuf,
    server: Mutex<Child>,
}

/// Where `initdb` and `postgres` are: in `PATH`, or else Debian's newest version.
fn programs_dir() -> Option<PathBuf> {
    let in_path = programs::find("initdb").and_then(|file| file.parent().map(Path::to_owned));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let installed = versions.into_iter().rev().map(|(_, dir)| dir);
    in_path.into_iter().chain(installed).find(|dir| dir.join("initdb").is_file() && dir.join("postgres").is_file())
}

/// User and group for the server when the tests run as root, which PostgreSQL refuses to run as.
fn owner() -> Result<Option<(u32, u32)>, String> {
    if unsafe { libc::geteuid() } != 0 {
        return Ok(None);
    }
    let known = |name: &CStr| {
        // SAFETY: the name ends in NUL; the entry is read at once, and only the thread that starts the cluster asks.
        let entry = unsafe { libc::getpwnam(name.as_ptr()).as_ref() }?;
        Some((entry.pw_uid, entry.pw_gid))
    };
    let found = [c"postgres", c"nobody"].into_iter().find_map(known);
    found.map(Some).ok_or("it may not run as root, and there is no user postgres or nobody to run it as".into())
}

/// Makes the cluster's directory and removes those of test processes that were killed.
fn directory(owner: Option<(u32, u32)>) -> io::Result<PathBuf> {
    // A socket's path has 107 bytes at most, and root's own temporary directory may be closed to others.
    let own = env::temp_dir();
    let base = if owner.is_some() || own.as_os_str().len() > 50 { PathBuf::from("/tmp") } else { own };
    for entry in fs::read_dir(&base)?.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|n| n.strip_prefix("rapport-pg-")?.split('-').next()?.parse::<i32>().ok());
        let gone =
            |pid| unsafe { libc::kill(pid, 0) } != 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH);
        if pid.is_some_and(gone) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    let dir = tempfile::Builder::new().prefix(&format!("rapport-pg-{}-", process::id())).tempdir_in(base)?.keep();
    if let Some((user, group)) = owner {
        std::os::unix::fs::chown(&dir, Some(user), Some(group))?;
    }
    Ok(dir)
}

fn command(program: &Path, owner: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8").current_dir("/").stdin(Stdio::null());
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

extern "C" fn stop_and_remove() {
    let Some(own) = OWN.get() else { return };
    if let Ok(mut server) = own.server.try_lock() {
        unsafe { libc::kill(server.id() as libc::pid_t, libc::SIGQUIT) };
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(server.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        let _ = server.kill();
    }
    let _ = fs::remove_dir_all(&own.dir);
}
