//! A file becomes contacts and threads: previewed first, brought in by choice, undone as a whole (promise 10).

mod aliases;
mod apply;
mod choice;
mod fetch;
mod fresh;
mod groups;
mod here;
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
pub use pack::{keep_folder, keep_parts, keep_upload};
pub use people::{Gathered, MOST_PEOPLE, Person, gather};
pub use preview::preview;
pub use undo::{Undone, undo};

use crate::{
    access::Right,
    channels::{
        Channel,
        archives::Question,
        chats::{self, Guess},
        safe_text,
    },
    db::{self, Instant, MultiBackend, Page, PageRequest, Tx, candidates as k, imports as i},
    error::{Error, Result},
    ids::{CandidateId, ContactId, ImportId, MessageId, StageId, UserId},
    pipelines::{self, StageState},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

crate::db::text_enum! {
    /// How an import stands.
    pub enum State {
        Reading = "reading", Preview = "preview", Running = "running", Done = "done", Failed = "failed",
        Undone = "undone", Dropped = "dropped"
    }
}

crate::db::text_enum! {
    /// What bringing in a person would do.
    pub enum Verdict {
        New = "new", Updated = "updated", Unchanged = "unchanged", Duplicate = "duplicate", Invalid = "invalid"
    }
}

/// What can be brought in.
pub const KINDS: [&str; 5] = ["linkedin", "instagram", "messenger", "x", "whatsapp"];
/// The kind of an import whose file has not been looked into.
pub const UNTOLD: &str = "untold";

/// An import, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = i)]
pub struct Import {
    /// The import.
    pub id: ImportId,
    /// Who asked for it.
    pub user_id: UserId,
    /// One of [`KINDS`], or [`UNTOLD`].
    pub kind: String,
    /// The file's own name.
    pub file_name: String,
    path: Option<String>,
    /// How it stands.
    pub state: State,
    /// Whose archive it is.
    pub owner_name: Option<String>,
    /// The key of their profile.
    pub owner_key: Option<String>,
    /// Whether the day comes first in dates that can be read both ways, as somebody said.
    pub day_first: Option<bool>,
    /// Rows in the file, then rows to be brought in.
    pub rows_total: i64,
    /// How many of them are done.
    pub rows_done: i64,
    counts: String,
    /// What went wrong with the file as a whole.
    pub problem: Option<String>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was done.
    pub finished_at: Option<Instant>,
}

impl Import {
    /// Which platform the archive is of, for people; empty before that is found.
    pub fn platform(&self) -> &'static str {
        let chats = chats::Kind::ALL.into_iter().find(|kind| kind.as_str() == self.kind);
        match (chats, self.kind.as_str()) {
            (Some(kind), _) => kind.label(),
            (None, "linkedin") => Channel::Linkedin.label(),
            (None, _) => "",
        }
    }

    /// What was counted: people by verdict, messages, what was left out.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::from_str(&self.counts).unwrap_or_default()
    }

    /// One of the counts.
    pub fn count(&self, name: &str) -> i64 {
        self.counts().get(name).and_then(serde_json::Value::as_i64).unwrap_or(0)
    }

    /// Whose archive it may be, by name, while that is asked.
    pub fn names(&self) -> Vec<String> {
        let names = self.counts().get("names").and_then(|names| names.as_array().cloned()).unwrap_or_default();
        names.iter().filter_map(|name| name.as_str().map(ToOwned::to_owned)).collect()
    }

    /// What must be answered before it can be read.
    pub fn question(&self) -> Option<Question> {
        self.counts()
            .get("asks")
            .and_then(serde_json::Value::as_str)?
            .parse()
            .ok()
            .filter(|_| self.state == State::Failed)
    }

    /// How dates were read that don't tell day from month; none when they do.
    pub fn guess(&self) -> Option<Guess> {
        let counts = self.counts();
        let told = |name: &str| counts.get(name).and_then(serde_json::Value::as_bool);
        Some(Guess { day_first: told("day_first")?, torn: told("torn").unwrap_or(false) })
    }

    /// Whether something is going on with it.
    pub fn busy(&self) -> bool {
        matches!(self.state, State::Reading | State::Running)
    }

    /// Whether its file is still here: to be read, or for what was sent with its messages.
    pub fn has_file(&self) -> bool {
        self.path.is_some()
    }

    fn path(&self) -> Result<PathBuf> {
        self.path
            .as_deref()
            .map(PathBuf::from)
            .ok_or_else(|| Error::invalid("", "The file of this import is no longer kept. Upload it again."))
    }
}

/// Somebody in the preview, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = k)]
pub struct Candidate {
    /// The row.
    pub id: CandidateId,
    key: String,
    /// Their name.
    pub name: String,
    /// Company, title, what else helps to tell them.
    pub detail: Option<String>,
    /// What would happen.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// Who they are here already.
    pub contact_id: Option<ContactId>,
    /// How many messages come with them.
    pub messages: i64,
    /// When the last was sent.
    pub last_at: Option<Instant>,
    /// Whether they are to be brought in.
    pub chosen: bool,
}

impl Candidate {
    /// Whether it is a conversation of several people.
    pub fn is_group(&self) -> bool {
        self.key.starts_with(groups::KEY)
    }
}

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
    Ok(people + threads + changes > 0 || said.is_some())
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
