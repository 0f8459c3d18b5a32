//! The real program in a place of its own: a folder, a database and an environment; run to its end, or left to serve and
//! killed. What it must do is in the files beside.

use std::{
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant as Stopwatch},
};

use diesel::{QueryableByName, RunQueryDsl, r2d2::ManageConnection, sql_types::BigInt};
use rapport::db::{Address, Clock, Conn, Db};

use crate::app::{App, choose_tls, cluster, programs};

/// Where the program runs.
pub struct Place {
    pub data: PathBuf,
    pub database: String,
    _folder: Option<tempfile::TempDir>,
    _database: Option<cluster::Database>,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The program while it serves; killed with its guard.
pub struct Running {
    child: Child,
    pub base: String,
}

/// Runs a test body with the program on SQLite and on PostgreSQL.
#[macro_export]
macro_rules! places {
    (fn $name:ident($place:ident) $body:block) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn body($place: &$crate::durable::place::Place) $body

            #[test]
            fn sqlite() {
                body(&$crate::durable::place::Place::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(place) = $crate::durable::place::Place::postgres() {
                    body(&place);
                }
            }
        }
    };
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The one number that a query for `n` gives.
pub fn number(conn: &mut Conn, sql: &str) -> i64 {
    let rows: Vec<Count> = diesel::sql_query(sql).load(conn).unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows[0].n
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

impl Place {
    /// An empty folder, and a database in it.
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let database = format!("sqlite://{}", data.join("rapport.db").display());
        Self { data, database, _folder: Some(folder), _database: None }
    }

    /// An empty folder and an empty database.
    pub fn postgres() -> Option<Self> {
        let database = cluster::server()?.empty();
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        Some(Self { data, database: database.url.clone(), _folder: Some(folder), _database: Some(database) })
    }

    /// Another empty place of the same kind.
    pub fn another(&self) -> Self {
        if self.is_pg() { Self::postgres().expect("PostgreSQL is here") } else { Self::sqlite() }
    }

    /// Where a test's app keeps its things.
    pub fn of(app: &App) -> Self {
        let database = match &app.config.database {
            Address::Sqlite(path) => format!("sqlite://{path}"),
            Address::Pg(url) => url.clone(),
        };
        Self { data: app.config.data.clone(), database, _folder: None, _database: None }
    }

    pub fn is_pg(&self) -> bool {
        self.database.starts_with("postgres")
    }

    /// The program with these arguments and this place's settings, and no others.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
        command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command.env("RAPPORT_DATA", &self.data).env("DATABASE_URL", &self.database).env("RAPPORT_LOG", "warn");
        command
    }

    /// Runs a command to its end, with `input` piped in.
    pub fn run_with(&self, command: Command, input: &str) -> Said {
        let mut child = start(command);
        let mut stdin = child.stdin.take().expect("its stdin");
        // A program that doesn't read what it is given has ended already.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let done = child.wait_with_output().expect("an end");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Said { code: done.status.code().unwrap_or(-1), out: text(done.stdout), err: text(done.stderr) }
    }

    /// Runs a command that has to succeed and returns what it printed.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        self.run_saying(arguments, "")
    }

    /// Runs a command with `input` piped in, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn run_saying(&self, arguments: &[&str], input: &str) -> String {
        let said = self.run_with(self.command(arguments), input);
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        said.out
    }

    /// Runs a command that has to fail with words, and returns these.
    #[track_caller]
    pub fn refuse(&self, arguments: &[&str]) -> String {
        let said = self.run_with(self.command(arguments), "");
        assert!(said.code != 0 && !said.err.trim().is_empty(), "{arguments:?}: {said:?}");
        said.err
    }

    /// A workspace “Acme” of ana@acme.test, and a token of hers.
    pub fn founded(&self) -> String {
        let add = ["workspace", "add", "Acme", "--owner", "ana@acme.test", "--timezone", "Europe/Berlin"];
        assert!(self.run_saying(&add, PASSWORD).contains("workspace=acme"));
        self.run(&["token", "add", "--user", "ana@acme.test", "--workspace", "acme"]).trim().to_owned()
    }

    /// Serves on a free port with these further arguments, and returns once it answers.
    pub fn serve(&self, arguments: &[&str]) -> Running {
        let bind = format!("127.0.0.1:{}", free_port());
        let mut command = self.command(&["serve"]);
        command.args(arguments);
        command.env("RAPPORT_BIND", &bind);
        let mut running = Running { child: start(command), base: format!("http://{bind}") };
        let deadline = Stopwatch::now() + Duration::from_secs(60);
        choose_tls();
        while reqwest::blocking::get(format!("{}/healthz", running.base)).is_err() {
            let ended = running.child.try_wait().expect("its state");
            assert!(ended.is_none() && Stopwatch::now() < deadline, "it does not answer: {ended:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        running
    }

    /// The place's database as the library opens it.
    pub fn db(&self) -> Db {
        Db::open(&self.address(), 2, Clock::System).expect("a database")
    }

    /// A bare connection.
    pub fn conn(&self) -> Conn {
        self.address().connect().expect("a connection")
    }

    fn address(&self) -> Address {
        Address::parse(&self.database).expect("a database's address")
    }

    /// Asserts that the database is whole: SQLite's own checks, and no row that lacks what it was written with.
    #[track_caller]
    pub fn assert_whole(&self) {
        let mut conn = self.conn();
        if !self.is_pg() {
            assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM pragma_foreign_key_check"), 0);
            let well = "SELECT count(*) AS n FROM pragma_integrity_check WHERE integrity_check = 'ok'";
            assert_eq!(number(&mut conn, well), 1);
        }
        for (what, sql) in [
            (
                "contacts without the event that tells of them",
                "SELECT count(*) AS n FROM contacts c WHERE c.import_id IS NULL AND NOT EXISTS \
                 (SELECT 1 FROM events e WHERE e.contact_id = c.id AND e.verb = 'contact.created')",
            ),
            (
                "events of contacts that are not there",
                "SELECT count(*) AS n FROM events e WHERE e.verb = 'contact.created' AND NOT EXISTS \
                 (SELECT 1 FROM contacts c WHERE c.id = e.noun_id)",
            ),
            (
                "contacts without their handle",
                "SELECT count(*) AS n FROM contacts c WHERE NOT EXISTS \
                 (SELECT 1 FROM handles h WHERE h.contact_id = c.id)",
            ),
        ] {
            assert_eq!(number(&mut conn, sql), 0, "{what}");
        }
    }
}

/// What everybody signs in with.
pub const PASSWORD: &str = "lanterns over a quiet harbour\n";

/// Starts a program that goes with this process, its streams piped.
pub fn start(mut command: Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    programs::spawn(command, libc::SIGKILL).expect("the program")
}

impl Running {
    /// Ends it as a power cut would: SIGKILL, no word before.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("an end");
    }

    /// Tells it to stop, as a service manager does, and returns what it had printed; it has to end well.
    pub fn end(mut self) -> String {
        // SAFETY: a signal to a child that has not been waited for, so that its id is still its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let status = self.child.wait().expect("an end");
        assert!(status.success(), "{status}");
        let mut said = String::new();
        let mut out = self.child.stdout.take().expect("its stdout");
        std::io::Read::read_to_string(&mut out, &mut said).expect("UTF-8");
        said
    }

    /// A request with a token.
    pub fn request(&self, method: &str, path: &str, token: &str) -> reqwest::blocking::RequestBuilder {
        request(&self.base, method, path, token)
    }
}

/// A request with a token, for whoever outlives the server.
pub fn request(base: &str, method: &str, path: &str, token: &str) -> reqwest::blocking::RequestBuilder {
    static CLIENT: LazyLock<reqwest::blocking::Client> = LazyLock::new(|| {
        choose_tls();
        reqwest::blocking::Client::new()
    });
    CLIENT.request(method.parse().expect("a method"), format!("{base}{path}")).bearer_auth(token)
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
