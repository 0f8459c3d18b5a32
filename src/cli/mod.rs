//! The command line: one file per group of commands; each parses, calls the same verbs as the pages, and prints.

/// Prints a line. A reader that has gone away (`| head`) is no reason to stop the work, as it is to `println!`.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

mod accounts;
mod backup;
mod demo;
mod digest;
mod doctor;
mod import;
mod serve;

use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::{
    access::Role,
    config::Config,
    db::{Clock, Db, Instant},
    error::{Error, Result},
    worker::Worker,
};

/// Rapport: people won over by direct message, their pipelines, threads and follow-ups.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "Settings come from the environment; see the README.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Serve only, as with “serve”
    #[arg(long)]
    no_worker: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the database up to date, serves pages and API, and does the due work
    Serve {
        /// Serve only; the due work is done elsewhere
        #[arg(long)]
        no_worker: bool,
    },
    /// Does the due work only, for further machines on PostgreSQL
    Worker,
    /// Does once all work due at an instant, then exits; for cron
    Tick {
        /// The instant, like 2026-11-25T09:00:00Z; now without it
        #[arg(long)]
        at: Option<Instant>,
    },
    /// Makes a workspace with a story to explore, or with much data, and serves it
    Demo {
        /// That many contacts instead of the story
        #[arg(long)]
        contacts: Option<u32>,
        /// With that many messages
        #[arg(long, default_value_t = 0)]
        messages: u32,
        /// The same seed makes the same data
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only make it
        #[arg(long)]
        no_serve: bool,
    },
    /// Workspaces
    #[command(subcommand)]
    Workspace(WorkspaceCommand),
    /// People
    #[command(subcommand)]
    User(UserCommand),
    /// API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Brings a file in: shows what it holds, then stores it
    Import(import::Asked),
    /// Prints the digest of a person, or sends it
    Digest {
        /// The person's email address
        #[arg(long)]
        user: String,
        /// At which instant; now without it
        #[arg(long)]
        at: Option<Instant>,
        /// Send it as well
        #[arg(long)]
        send: bool,
    },
    /// Writes the whole instance into one file; the server may run
    Backup {
        /// The file to write
        file: std::path::PathBuf,
    },
    /// Brings back a backup into an empty place; sending is held until an owner releases it
    Restore {
        /// The file to read
        file: std::path::PathBuf,
    },
    /// Checks settings, database, mail, clock and disk, and says what to mend
    Doctor,
}

#[derive(Debug, Subcommand)]
enum WorkspaceCommand {
    /// Makes a workspace; prints its slug
    Add {
        /// Its name
        name: String,
        /// The owner's email address; a new person gets an invitation
        #[arg(long)]
        owner: String,
        /// IANA zone
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// What it manages; may be repeated
        #[arg(long = "kind", default_value = "lead")]
        kinds: Vec<crate::contacts::Kind>,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Adds a person to a workspace: with the password read from stdin, or, when stdin is empty, by invitation
    Add {
        /// Email address
        email: String,
        /// Which workspace
        #[arg(long)]
        workspace: String,
        /// owner, manager, member or viewer
        #[arg(long, default_value = "member")]
        role: Role,
        /// Their name; the address's first part without it
        #[arg(long)]
        name: Option<String>,
        /// IANA zone; the workspace's without it
        #[arg(long)]
        timezone: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Makes an API token and prints it, once
    Add {
        /// Whose
        #[arg(long)]
        user: String,
        /// For which workspace
        #[arg(long)]
        workspace: String,
        /// What it is for
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

/// Reads the command line, does it, and returns the exit code.
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let config = match Config::read(|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(words) => {
            eprintln!("{words}");
            return 2.into();
        }
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_new(&config.log)
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info")),
        )
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
    match run(cli.command.unwrap_or(Command::Serve { no_worker: cli.no_worker }), config) {
        Ok(()) => 0.into(),
        Err(error) => {
            eprintln!("{error}");
            1.into()
        }
    }
}

fn run(command: Command, config: Config) -> Result<()> {
    match command {
        Command::Serve { no_worker } => serve::serve(config, !no_worker, None),
        Command::Worker => serve::worker(config),
        Command::Tick { at } => {
            let worker = open(config, at)?;
            worker.prepare()?;
            let done = worker.tick()?;
            say!("jobs={done}");
            Ok(())
        }
        Command::Demo { contacts, messages, seed, no_serve } => demo::demo(config, contacts, messages, seed, no_serve),
        Command::Workspace(WorkspaceCommand::Add { name, owner, timezone, kinds }) => {
            accounts::add_workspace(open(config, None)?, &name, &owner, &timezone, kinds)
        }
        Command::User(UserCommand::Add { email, workspace, role, name, timezone }) => {
            accounts::add_user(open(config, None)?, &email, &workspace, role, name, timezone)
        }
        Command::Token(TokenCommand::Add { user, workspace, name }) => {
            accounts::add_token(&open(config, None)?, &user, &workspace, &name)
        }
        Command::Import(asked) => import::import(&open(config, None)?, &asked),
        Command::Digest { user, at, send } => digest::digest(&open(config, at)?, &user, send),
        Command::Backup { file } => backup::backup(&open(config, None)?, &file),
        Command::Restore { file } => backup::restore(config, &file),
        Command::Doctor => doctor::doctor(config),
    }
}

/// Opens the database of the settings, brings it up to date, and stands the clock at `at` if given.
fn open(config: Config, at: Option<Instant>) -> Result<Worker> {
    std::fs::create_dir_all(&config.data).map_err(|error| {
        Error::invalid(
            "",
            format!("{}: {error}. Set RAPPORT_DATA to a folder that can be written.", config.data.display()),
        )
    })?;
    let clock = at.map_or(Clock::System, Clock::at);
    let db = Db::open(&config.database, 4, clock).map_err(|error| cannot_open(&config, &error))?;
    db.migrate()?;
    let mailer = config.mailer().map_err(|words| Error::invalid("", words))?;
    let store = config.store().map_err(|words| Error::invalid("", words))?;
    Ok(Worker { db, config: Arc::new(config), mailer, store })
}

fn cannot_open(config: &Config, error: &Error) -> Error {
    let what = match &config.database {
        crate::db::Address::Sqlite(path) => format!("The database {path} can't be opened"),
        crate::db::Address::Pg(_) => "PostgreSQL can't be reached".into(),
    };
    Error::invalid("", format!("{what}: {error}. Check DATABASE_URL."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_command_it_serves_and_may_leave_the_work_to_others() {
        let read = |words: &[&str]| Cli::try_parse_from(words).map(|cli| (cli.no_worker, cli.command.is_none())).ok();
        assert_eq!(read(&["rapport"]), Some((false, true)));
        assert_eq!(read(&["rapport", "--no-worker"]), Some((true, true)));
        assert_eq!(read(&["rapport", "--no-worker", "doctor"]), None);
    }
}
