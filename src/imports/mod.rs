//! A file becomes contacts and threads: previewed first, brought in by choice, undone as a whole (promise 10).

mod aliases;
mod apply;
mod choice;
mod fetch;
mod fresh;
mod going_on;
mod groups;
mod here;
mod homes;
mod leaving;
mod model;
mod named;
mod notes;
mod pack;
mod people;
mod preview;
mod sink;
mod source;
mod talks;
mod undo;

use std::path::PathBuf;

use diesel::prelude::*;

pub use apply::apply;
pub use choice::{Choice, Only, candidates, choose, chosen};
pub use fetch::fetch;
pub use leaving::{is_leaving, messages_here, take_back, undo_piece};
pub use model::{Candidate, Import, KINDS, State, UNTOLD, Verdict};
pub use pack::{keep_folder, keep_parts, keep_upload};
pub use people::{Gathered, MOST_PEOPLE, Person, gather};
pub use preview::preview;
pub use undo::{Undone, undo};

use crate::{
    access::Right,
    attachments,
    channels::safe_text,
    db::{self, MultiBackend, Page, PageRequest, Tx, candidates as k, imports as i},
    error::{Error, Result},
    ids::{ImportId, MessageId, StageId},
    pipelines::{self, StageState},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// Begins an import of a file that lies at `path`; reading it is the worker's. Managers and owners.
pub fn begin(tx: &mut Tx<'_>, kind: &str, file_name: &str, path: &std::path::Path) -> Result<ImportId> {
    let id = begin_by_hand(tx, kind, file_name, path)?;
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Preview { import: id }, now)?;
    Ok(id)
}

/// Begins an import whose file the caller reads: a server on the same data leaves it alone. Managers and owners.
pub(crate) fn begin_by_hand(tx: &mut Tx<'_>, kind: &str, file_name: &str, path: &std::path::Path) -> Result<ImportId> {
    tx.access().require(Right::Arrange)?;
    if kind != UNTOLD && !KINDS.contains(&kind) {
        return Err(Error::invalid("kind", format!("Choose one of {}.", KINDS.join(", "))));
    }
    let (user, now) = (tx.access().person()?, tx.now());
    Ok(tx
        .insert(
            db::Imports,
            (
                i::user_id.eq(user),
                i::kind.eq(kind),
                i::file_name.eq(safe_text(file_name, 200)),
                i::path.eq(path.to_string_lossy().into_owned()),
                i::state.eq(State::Reading),
                i::created_at.eq(now),
            ),
        )
        .returning(i::id)
        .get_result(tx.conn())?)
}

/// One import.
pub fn import(tx: &mut Tx<'_>, id: ImportId) -> Result<Import> {
    Ok(tx.all(db::Imports).filter(i::id.eq(id)).select(Import::as_select()).get_result(tx.conn())?)
}

/// A page of the workspace's imports, newest first; previews that were dropped left nothing to tell.
pub fn list(tx: &mut Tx<'_>, request: &PageRequest) -> Result<Page<Import>> {
    let mut query = tx
        .all(db::Imports)
        .filter(i::state.ne(State::Dropped))
        .select(Import::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(before) = request.key::<ImportId>()? {
        query = query.filter(i::id.lt(before));
    }
    let rows = query.order(i::id.desc()).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |row: &Import| row.id))
}

fn in_preview(tx: &mut Tx<'_>, id: ImportId) -> Result<Import> {
    let found = import(tx, id)?;
    if found.state == State::Preview {
        return Ok(found);
    }
    Err(Error::conflict(
        "This import is not in its preview (any more).",
        serde_json::json!({"id": id, "state": found.state}),
    ))
}

/// Says whose archive it is, when it could not be told; reads it anew.
pub fn set_owner(tx: &mut Tx<'_>, id: ImportId, name: &str) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let found = import(tx, id)?;
    if !matches!(found.state, State::Preview | State::Failed) {
        return Err(Error::invalid("owner", "This import has gone on meanwhile."));
    }
    name_owner(tx, id, name)?;
    read_anew(tx, id)
}

/// Has the worker read the file again, and forgets what the last reading found.
fn read_anew(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    forget_candidates(tx, id)?;
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Preview { import: id }, now)
}

/// Says which of two platforms a file is of that both write alike; reads it anew.
pub fn set_kind(tx: &mut Tx<'_>, id: ImportId, kind: &str) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let found = import(tx, id)?;
    if found.state != State::Failed || !KINDS.contains(&kind) {
        return Err(Error::invalid("kind", "This import has gone on meanwhile."));
    }
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((i::state.eq(State::Reading), i::kind.eq(kind), i::problem.eq(None::<String>)))
        .execute(tx.conn())?;
    read_anew(tx, id)
}

/// Says whether the day comes first in dates that can be read both ways; reads the file anew.
pub fn set_day_first(tx: &mut Tx<'_>, id: ImportId, day_first: bool) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    in_preview(tx, id)?;
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((i::state.eq(State::Reading), i::day_first.eq(day_first)))
        .execute(tx.conn())?;
    read_anew(tx, id)
}

/// Before it is read, says whether the day comes first in dates that don't tell.
pub(crate) fn say_order(tx: &mut Tx<'_>, id: ImportId, day_first: bool) -> Result<()> {
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id))).set(i::day_first.eq(day_first)).execute(tx.conn())?;
    Ok(())
}

/// Says whose archive it is before it is read.
pub(crate) fn name_owner(tx: &mut Tx<'_>, id: ImportId, name: &str) -> Result<()> {
    let name = safe_text(name, 200);
    if name.is_empty() {
        return Err(Error::invalid("owner", "Write your name as the platform shows it."));
    }
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((
            i::state.eq(State::Reading),
            i::owner_name.eq(name),
            i::owner_key.eq(None::<String>),
            i::problem.eq(None::<String>),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Starts bringing in the chosen people, and puts them into `stage` when one is named: an open one.
pub fn start(tx: &mut Tx<'_>, id: ImportId, stage: Option<StageId>) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let found = in_preview(tx, id)?;
    let workspace = tx.workspace();
    // What goes would count as here already.
    if queue::is_any_waiting(&mut tx.system(), workspace, &Job::Undo { import: id })? {
        return Err(Error::invalid("", "An import is being taken back at present. Bring this in when that is done."));
    }
    let many = chosen(tx, id)?;
    if many == 0 {
        return Err(Error::invalid("chosen", "Choose at least one person to bring in."));
    }
    if let Some(stage) = stage {
        if pipelines::stage(tx, stage)?.state != StageState::Open {
            return Err(Error::invalid("stage", "Nobody starts where a pipeline ends. Choose an open stage."));
        }
        if many > 500 {
            return Err(Error::invalid(
                "stage",
                "Put at most 500 people into a pipeline at once: nobody can follow up more. Choose fewer, or no pipeline.",
            ));
        }
    }
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((i::state.eq(State::Running), i::rows_done.eq(0)))
        .execute(tx.conn())?;
    let after = serde_json::json!({"file": found.file_name, "kind": found.kind, "chosen": many});
    record(tx, Verb::ImportStarted, Change::of(id.0).after(after))?;
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::Import { import: id, stage }, now)
}

/// Drops a preview with its file; nothing was stored.
pub fn discard(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let found = import(tx, id)?;
    if !matches!(found.state, State::Preview | State::Failed | State::Reading) || holds_anything(tx, id)? {
        return Err(Error::invalid("", "This import has been brought in. Undo it instead."));
    }
    queue::cancel(&mut tx.system(), &Job::Preview { import: id })?;
    forget_file(tx, &found)?;
    set_state(tx, id, State::Dropped, None)
}

/// Whether an import has stored anything by now, be it done or not.
pub fn holds_anything(tx: &mut Tx<'_>, id: ImportId) -> Result<bool> {
    let people: i64 = tx.all(db::Contacts).filter(db::contacts::import_id.eq(id)).count().get_result(tx.conn())?;
    let threads: i64 = tx.all(db::Threads).filter(db::threads::import_id.eq(id)).count().get_result(tx.conn())?;
    let changes = tx.all(db::ImportChanges).filter(db::import_changes::import_id.eq(id));
    let changes: i64 = changes.count().get_result(tx.conn())?;
    let said = tx.all(db::Messages).filter(db::messages::import_id.eq(id));
    let said: Option<MessageId> = said.select(db::messages::id).first(tx.conn()).optional()?;
    Ok(people + threads + changes > 0 || said.is_some() || attachments::is_from(tx, id)?)
}

/// The uploads that imports of any workspace still need.
pub(crate) fn files_in_use(sys: &mut db::Sys<'_>) -> Result<Vec<PathBuf>> {
    #[derive(diesel::QueryableByName)]
    struct Upload {
        #[diesel(sql_type = diesel::sql_types::Text)]
        path: String,
    }
    let rows: Vec<Upload> =
        diesel::sql_query("SELECT path FROM imports WHERE path IS NOT NULL /* over every workspace_id */")
            .load(sys.conn())?;
    Ok(rows.into_iter().map(|row| row.path.into()).collect())
}

fn forget_candidates(tx: &mut Tx<'_>, id: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::Candidates).filter(k::import_id.eq(id))).execute(tx.conn())?;
    Ok(())
}

fn forget_file(tx: &mut Tx<'_>, import: &Import) -> Result<()> {
    forget_candidates(tx, import.id)?;
    if let Some(path) = &import.path {
        // It may be gone already; that is what is wanted.
        let _ = std::fs::remove_file(path);
    }
    diesel::update(tx.all(db::Imports).filter(i::id.eq(import.id)))
        .set(i::path.eq(None::<String>))
        .execute(tx.conn())?;
    Ok(())
}

/// Removes the uploads of a workspace that is about to be removed. Owners.
pub fn forget_uploads(tx: &mut Tx<'_>) -> Result<()> {
    tx.access().require(Right::Own)?;
    let kept = tx.all(db::Imports).filter(i::path.is_not_null()).select(Import::as_select());
    for import in kept.load::<Import>(tx.conn())? {
        forget_file(tx, &import)?;
    }
    Ok(())
}

fn set_state(tx: &mut Tx<'_>, id: ImportId, state: State, problem: Option<&str>) -> Result<()> {
    let now = tx.now();
    diesel::update(tx.all(db::Imports).filter(i::id.eq(id)))
        .set((
            i::state.eq(state),
            i::problem.eq(problem),
            i::finished_at.eq((!matches!(state, State::Preview)).then_some(now)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Drops previews that nobody came back to within a day, with their files: they hold private conversations; and what nobody
/// reads any more. Ends imports that nobody works on any more.
pub fn sweep(tx: &mut Tx<'_>) -> Result<()> {
    let before = tx.now().plus(-chrono::TimeDelta::days(1));
    let old: Vec<Import> = tx
        .all(db::Imports)
        .filter(i::state.eq_any([State::Preview, State::Failed, State::Reading]))
        .filter(i::path.is_not_null())
        .filter(i::created_at.lt(before))
        .select(Import::as_select())
        .load(tx.conn())?;
    for import in old {
        let job = Job::Preview { import: import.id };
        if import.state == State::Reading && queue::is_waiting(&mut tx.system(), &job)? {
            continue;
        }
        forget_file(tx, &import)?;
        // What broke off half-way can be undone as long as anything of it is here.
        if !holds_anything(tx, import.id)? {
            set_state(tx, import.id, State::Dropped, Some("The preview was not used for a day."))?;
        }
    }
    let running = tx.all(db::Imports).filter(i::state.eq(State::Running)).select(i::id);
    for import in running.load::<ImportId>(tx.conn())? {
        // Its job was given up, or is gone with whoever began it.
        let waits = queue::is_waiting(&mut tx.system(), &Job::Import { import, stage: None })?;
        // It may have ended between the two questions.
        if !waits && self::import(tx, import)?.state == State::Running {
            apply::break_off(tx, import, "It failed again and again and was given up.")?;
        }
    }
    Ok(())
}
