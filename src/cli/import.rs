//! `rapport import`: the preview on the terminal, then the same import as the page's.

use super::accounts::access;
use crate::{
    calendar::thousands,
    db::PageRequest,
    error::{Error, Result},
    imports::{self, Choice, Only, State, Verdict},
    worker::Worker,
};

/// What is asked for on the command line.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// linkedin, instagram, messenger, x, whatsapp, or untold to find out
    kind: String,
    /// The file, or the folder that an archive was unpacked into
    file: std::path::PathBuf,
    /// Into which workspace
    #[arg(long)]
    workspace: String,
    /// In whose name
    #[arg(long = "as")]
    as_: String,
    /// Whose archive it is, as the platform writes the name; found out without it
    #[arg(long)]
    owner: Option<String>,
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
    let Asked { kind, file, owner, dry_run, all, .. } = asked;
    let access = worker.db.read_system(|sys| access(sys, &asked.as_, &asked.workspace))?;
    let kept = match file.is_dir() {
        true => imports::keep_folder(&worker.config.data, file),
        false => imports::keep_upload(&worker.config.data, || std::fs::File::open(file)),
    };
    let kept = kept.map_err(|error| Error::invalid("file", format!("{}: {error}", file.display())))?;
    let name = file.file_name().map_or_else(|| "file".into(), |name| name.to_string_lossy().into_owned());
    let id = worker.db.write(access, |tx| imports::begin(tx, kind, &name, &kept))?;
    if let Some(owner) = owner {
        worker.db.write(access, |tx| imports::name_owner(tx, id, owner))?;
    }
    imports::preview(&worker.db, access, id)?;
    let found = worker.db.read(access, |tx| imports::import(tx, id))?;
    if found.state == State::Failed {
        let mut words = found.problem.clone().unwrap_or_default();
        if words.contains("whose archive") {
            words.push_str(" On the command line: --owner NAME.");
        }
        worker.db.write(access, |tx| imports::discard(tx, id))?;
        return Err(Error::invalid("file", words));
    }
    if let Some(owner) = &found.owner_name {
        println!("archive of {owner}");
    }
    if found.count("html") > 0 {
        println!("this archive is in HTML: times are to the minute, in your zone; JSON tells more");
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
    ] {
        println!("{what}={}", found.count(what));
    }
    let page = PageRequest::first(20);
    let only = Only { verdict: Some(Verdict::Invalid), ..Only::default() };
    let bad = worker.db.read(access, |tx| imports::candidates(tx, id, &only, &page))?;
    for row in bad.items {
        println!("  left out: {}: {}", row.name, row.reason.unwrap_or_default());
    }
    if *dry_run {
        worker.db.write(access, |tx| imports::discard(tx, id))?;
        println!("nothing was stored (--dry-run)");
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
        println!("nobody to bring in{}", if *all { "" } else { "; --all brings in people without messages too" });
        return Ok(());
    }
    worker.db.write(access, |tx| imports::start(tx, id, None))?;
    let began = std::time::Instant::now();
    worker.tick()?;
    let done = worker.db.read(access, |tx| imports::import(tx, id))?;
    if done.state != State::Done {
        return Err(Error::invalid(
            "file",
            done.problem.unwrap_or_else(|| "The import goes on in the background; see the import page.".into()),
        ));
    }
    if done.count("files") + done.count("files_missing") > 0 {
        println!("files={} files_missing={}", done.count("files"), done.count("files_missing"));
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "import={id} people={} messages={} seconds={seconds:.1} rows_per_second={}",
        done.count("made"),
        done.count("stored"),
        thousands((done.rows_total as f64 / seconds.max(0.001)) as i64)
    );
    Ok(())
}
