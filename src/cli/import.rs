//! `rapport import`: the preview on the terminal, then the same import as the page's.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::accounts::access;
use crate::{
    access::{Access, Right},
    calendar::thousands,
    channels::{archives::Question, chats::Guess},
    db::PageRequest,
    error::{Error, Result},
    ids::ImportId,
    imports::{self, Choice, Import, Only, State, Verdict},
    queue::{self, Job},
    worker::Worker,
};

/// What comes first in a date of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    DayFirst,
    MonthFirst,
}

/// What is asked for on the command line.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// linkedin, instagram, messenger, x, whatsapp, or untold to find out
    kind: String,
    /// The file, or the folder that an archive was unpacked into; all parts of an archive that came in several
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Into which workspace
    #[arg(long)]
    workspace: String,
    /// In whose name
    #[arg(long = "as")]
    as_: String,
    /// Whose archive it is, as the platform writes the name; found out without it
    #[arg(long)]
    owner: Option<String>,
    /// What comes first in dates that don't tell day from month; without it, what is usual in your zone
    #[arg(long, value_enum)]
    dates: Option<Order>,
    /// Only show what would happen
    #[arg(long)]
    dry_run: bool,
    /// Bring in everybody; without it only people with messages
    #[arg(long)]
    all: bool,
    /// Bring in conversations of several people too, each as the one's of them who is known or wrote most
    #[arg(long)]
    groups: bool,
}

pub(super) fn import(worker: &Worker, asked: &Asked) -> Result<()> {
    let Asked { kind, owner, dry_run, all, .. } = asked;
    let access = worker.db.read_system(|sys| access(sys, &asked.as_, &asked.workspace))?;
    // Before anything private is copied.
    access.require(Right::Arrange)?;
    let (name, kept) = kept(&worker.config.data, &asked.files)?;
    let begun = worker.db.write(access, |tx| {
        let id = imports::begin_by_hand(tx, kind, &name, &kept)?;
        if let Some(owner) = owner {
            imports::name_owner(tx, id, owner)?;
        }
        if let Some(order) = asked.dates {
            imports::say_order(tx, id, order == Order::DayFirst)?;
        }
        imports::import(tx, id)
    })?;
    let id = begun.id;
    imports::preview(&worker.db, access, &begun)?;
    let found = worker.db.read(access, |tx| imports::import(tx, id))?;
    if found.state == State::Failed {
        let mut words = found.problem.clone().unwrap_or_default();
        words.push_str(match found.question() {
            Some(Question::Owner) => " On the command line: --owner NAME.",
            Some(Question::Platform) => " On the command line: instagram or messenger in place of untold.",
            None => "",
        });
        if !found.names().is_empty() {
            words.push_str(&format!(" In it are {}.", found.names().join(", ")));
        }
        worker.db.write(access, |tx| imports::discard(tx, id))?;
        return Err(Error::invalid("file", words));
    }
    if let Some(owner) = &found.owner_name {
        say!("{} archive of {owner}", found.platform());
    }
    if found.count("html") > 0 {
        say!("this archive is in HTML: times are to the minute, in your zone; JSON tells more");
    }
    if let Some(Guess { day_first, torn }) = found.guess() {
        let why = if torn { "the dates contradict each other" } else { "no date tells day from month" };
        let order = if day_first { "day" } else { "month" };
        say!("{why}: the {order} is taken to come first; --dates says otherwise");
    }
    if let Some(place) = found.not_utf8_at() {
        let rows = found.count("not_utf8");
        say!("rows with text that is not UTF-8, read as Windows-1252: {rows}, first {place}");
    }
    for what in [
        "new",
        "updated",
        "unchanged",
        "duplicate",
        "invalid",
        "messages",
        "groups",
        "sponsored",
        "drafts",
        "hidden",
        "unsent",
        "notices",
        "attachments",
        "reactions",
    ] {
        say!("{what}={}", found.count(what));
    }
    for verdict in [Verdict::Duplicate, Verdict::Invalid] {
        let only = Only { verdict: Some(verdict), ..Only::default() };
        let rows = worker.db.read(access, |tx| imports::candidates(tx, id, &only, &PageRequest::first(20)))?;
        for row in rows.items {
            say!("  {verdict}: {}: {}", row.name, row.reason.unwrap_or_default());
        }
        if rows.next_cursor.is_some() {
            say!("  {verdict}: and more");
        }
    }
    if *dry_run {
        worker.db.write(access, |tx| imports::discard(tx, id))?;
        say!("nothing was stored (--dry-run)");
        return Ok(());
    }
    let choice = if *all { Choice::Everybody } else { Choice::TalkedWith };
    let chosen = worker.db.write(access, |tx| {
        imports::choose(tx, id, &choice)?;
        if asked.groups {
            imports::choose(tx, id, &Choice::Groups)?;
        }
        imports::chosen(tx, id)
    })?;
    if chosen == 0 {
        worker.db.write(access, |tx| imports::discard(tx, id))?;
        say!("nobody to bring in{}", if *all { "" } else { "; --all brings in people without messages too" });
        return Ok(());
    }
    worker.db.write(access, |tx| imports::start(tx, id, None))?;
    let began = std::time::Instant::now();
    let done = finished(worker, access, id)?;
    if done.state != State::Done {
        return Err(Error::invalid(
            "file",
            done.problem.unwrap_or_else(|| "The import goes on in the background; see the import page.".into()),
        ));
    }
    if done.count("files") + done.count("files_missing") > 0 {
        say!("files={} files_missing={}", done.count("files"), done.count("files_missing"));
    }
    let seconds = began.elapsed().as_secs_f64();
    say!(
        "import={id} people={} messages={} seconds={seconds:.1} rows_per_second={}",
        done.count("made"),
        done.count("stored"),
        thousands((done.rows_total as f64 / seconds.max(0.001)) as i64)
    );
    Ok(())
}

/// Works until an import is over, or has to be tried again later. A server on the same data may be at it instead.
fn finished(worker: &Worker, access: Access, id: ImportId) -> Result<Import> {
    loop {
        worker.tick()?;
        let (found, held) = worker.db.read(access, |tx| {
            let found = imports::import(tx, id)?;
            let held = queue::is_held(&mut tx.system(), &Job::Import { import: id, stage: None })?;
            Ok((found, held))
        })?;
        if found.state != State::Running || !held {
            return Ok(found);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// What was named on the command line as one file of ours: what it is called, and where it lies.
fn kept(data: &Path, files: &[PathBuf]) -> Result<(String, PathBuf)> {
    let name = |file: &PathBuf| file.file_name().map_or("file".into(), |name| name.to_string_lossy().into_owned());
    let cannot = |file: &PathBuf, error: std::io::Error| Error::invalid("file", format!("{}: {error}", file.display()));
    match files {
        [folder] if folder.is_dir() => {
            let path = imports::keep_folder(data, folder).map_err(|error| cannot(folder, error))?;
            Ok((name(folder), path))
        }
        [file] => {
            let path = imports::keep_upload(data, || std::fs::File::open(file)).map_err(|error| cannot(file, error))?;
            Ok((name(file), path))
        }
        files => {
            for file in files {
                std::fs::File::open(file).map_err(|error| cannot(file, error))?;
            }
            let parts: Vec<_> = files.iter().map(|file| (name(file), file.clone())).collect();
            Ok((format!("{} and {} more", parts[0].0, parts.len() - 1), imports::keep_parts(data, &parts)?))
        }
    }
}
