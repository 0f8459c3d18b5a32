//! Importing an archive: upload, preview, choice, progress, undo.

use std::path::PathBuf;

use actix_multipart::Multipart;
use actix_web::web::Path;
use askama::Template;

use crate::{
    access::Right,
    attachments,
    channels::{archives::Question, chats::Guess},
    contacts::Kind,
    db::{Page as Paged, PageRequest},
    error::{Error, Result},
    ids::{CandidateId, ImportId, StageId},
    imports::{self, Candidate, Choice, Import, Only, State, Verdict},
    pipelines::{self, Pipeline, Stage, StageState},
    web::{
        Ctx, Done, Failure, Fields, Form, Page, Reply, Shell,
        context::block,
        counted,
        upload::{Came, receive},
    },
    worker::Presence,
    workspaces::{self, Names},
};

/// The most parts of one archive.
const MOST_PARTS: usize = 50;
/// The largest upload, in bytes: an archive with many attachments.
const LARGEST: u64 = 12 << 30;

#[derive(Template)]
#[template(path = "import/list.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    imports: Paged<Import>,
    query: Fields,
    names: Names,
    /// Whether something of it waits for work that nobody does.
    waits: bool,
}

fn list_view(page: Page<'_, '_>, query: Fields) -> Result<String> {
    let request = PageRequest::new(Some(30), query.some("after").map(ToOwned::to_owned));
    let imports = imports::list(page.tx, &request)?;
    let page = ListPage {
        waits: imports.items.iter().any(Import::busy) && Presence::look(&mut page.tx.system())?.is_missing(),
        imports,
        query,
        names: workspaces::names(page.tx)?,
        shell: page.shell,
        form: page.form,
    };
    Ok(page.render()?)
}

/// What was brought in, and the form for more.
pub async fn list(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| list_view(page, query)).await
}

/// Takes a file, or the parts of one archive: kept first, read by the worker.
pub async fn upload(ctx: Ctx, form: Multipart) -> Result<Reply, Failure> {
    // Who may not import may not fill the disk either.
    ctx.clone().read(|tx| tx.access().require(Right::Arrange)).await?;
    let words = "This file is larger than 12 GB. Ask the platform for messages only, or for a shorter time.";
    let taken = receive(&ctx.app.config.data, form, MOST_PARTS, LARGEST, words).await;
    let data = ctx.app.config.data.clone();
    let taken = block(move || {
        let upload = taken?;
        let kind = upload.some("kind").unwrap_or(imports::UNTOLD).to_owned();
        let (name, path) = one_of(&data, upload.files)?;
        Ok((kind, name, path))
    })
    .await;
    ctx.act(
        Fields::default(),
        move |tx, _| {
            let (kind, name, path) = taken?;
            let id = imports::begin(tx, &kind, &name, &path)?;
            Ok(Done::go(format!("import/{id}")))
        },
        |page| list_view(page, Fields::default()),
    )
    .await
}

/// What came as one file: its name, and where it lies.
fn one_of(data: &std::path::Path, mut files: Vec<Came>) -> Result<(String, PathBuf)> {
    if files.len() > 1 {
        let parts: Vec<(String, PathBuf)> =
            files.iter().map(|came| (came.name.clone(), came.path.to_path_buf())).collect();
        let path = imports::keep_parts(data, &parts)?;
        return Ok((format!("{} and {} more", parts[0].0, parts.len() - 1), path));
    }
    let Some(came) = files.pop() else { return Err(Error::invalid("file", "Choose a file first.")) };
    Ok((came.name, came.path.keep().map_err(|error| Error::internal(error.to_string()))?))
}

#[derive(Template)]
#[template(path = "import/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    query: Fields,
    import: Import,
    candidates: Paged<Candidate>,
    chosen: i64,
    /// The stages that people can start in.
    pipelines: Vec<(Pipeline, Vec<Stage>)>,
    /// What people become who are put into no pipeline.
    kind: Kind,
    /// How many files were kept, and how many are missing.
    files: (i64, i64),
    /// Whether anything of it is here by now.
    is_stored: bool,
    /// How many of its messages are still to go, while it is being taken back.
    leaves: Option<i64>,
    /// Whether nobody does the work that it waits for.
    waits: bool,
}

impl ShowPage {
    /// Whether files are still being looked for.
    fn fetches(&self) -> bool {
        self.import.state == State::Done && self.import.has_file()
    }

    /// Whether something is going on with it.
    fn goes_on(&self) -> bool {
        self.import.busy() || self.fetches() || self.leaves.is_some()
    }

    /// Whether it brought in nobody and nothing, since all of it was here.
    fn changed_nothing(&self) -> bool {
        self.import.state == State::Done && !self.is_stored
    }

    fn percent(&self) -> i64 {
        if self.import.rows_total == 0 { 0 } else { (self.import.rows_done * 100 / self.import.rows_total).min(100) }
    }
}

fn show_view(page: Page<'_, '_>, id: ImportId, query: Fields) -> Result<String> {
    let Page { tx, shell, form } = page;
    let import = imports::import(tx, id)?;
    let request = PageRequest::new(Some(100), query.some("after").map(ToOwned::to_owned));
    let only =
        Only { verdict: query.lenient::<Verdict>("verdict"), search: query.some("q"), groups: query.has("groups") };
    // An archive holds private conversations: with whom, only those see who choose among them.
    let candidates = if shell.arranges() {
        imports::candidates(tx, id, &only, &request)?
    } else {
        Paged { items: Vec::new(), next_cursor: None }
    };
    let mut pipelines = pipelines::stages_by_pipeline(tx)?;
    pipelines.iter_mut().for_each(|(_, stages)| stages.retain(|stage| stage.state == StageState::Open));
    let page = ShowPage {
        chosen: imports::chosen(tx, id)?,
        leaves: if imports::is_leaving(tx, id)? { Some(imports::messages_here(tx, id)?) } else { None },
        waits: Presence::look(&mut tx.system())?.is_missing(),
        pipelines,
        kind: pipelines::likely_kind(tx, import.channel())?,
        files: attachments::outcome(tx, id)?,
        is_stored: matches!(import.state, State::Failed | State::Done) && imports::holds_anything(tx, id)?,
        shell,
        form,
        query,
        import,
        candidates,
    };
    Ok(page.render()?)
}

/// One import: being read, its preview, its progress, or what it did.
pub async fn show(ctx: Ctx, path: Path<(String, ImportId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| show_view(page, id, query)).await
}

/// Chooses people: all, those with messages, nobody, or the ticked ones; or says whose archive it is.
pub async fn choose(ctx: Ctx, path: Path<(String, ImportId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            if let Some(owner) = fields.some("owner") {
                imports::set_owner(tx, id, owner)?;
                return Ok(Done::go(format!("import/{id}")));
            }
            if let Some(kind) = fields.some("kind") {
                imports::set_kind(tx, id, kind)?;
                return Ok(Done::go(format!("import/{id}")));
            }
            if let Some(day_first) = fields.some("day_first") {
                imports::set_day_first(tx, id, day_first == "yes")?;
                return Ok(Done::go(format!("import/{id}")));
            }
            let choice = match fields.get("choice") {
                "everybody" => Choice::Everybody,
                "talked" => Choice::TalkedWith,
                "groups" => Choice::Groups,
                "nobody" => Choice::Nobody,
                _ => ticks(fields),
            };
            imports::choose(tx, id, &choice)?;
            let back = fields.some("next").unwrap_or(fields.get("back"));
            Ok(Done::go(format!("import/{id}{}{back}", if back.is_empty() { "" } else { "?" })))
        },
        move |page| show_view(page, id, Fields::default()),
    )
    .await
}

/// The ticks of the page in view.
fn ticks(fields: &Fields) -> Choice {
    let ids = |name| fields.all(name).filter_map(|text| text.parse().ok()).collect::<Vec<CandidateId>>();
    Choice::Ticked { shown: ids("shown"), ticked: ids("chosen") }
}

/// Brings the chosen people in; the ticks of the page in view count.
pub async fn apply(ctx: Ctx, path: Path<(String, ImportId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            if fields.has("shown") {
                imports::choose(tx, id, &ticks(fields))?;
            }
            imports::start(tx, id, fields.optional::<StageId>("stage")?)?;
            Ok(Done::go(format!("import/{id}")))
        },
        move |page| show_view(page, id, Fields::default()),
    )
    .await
}

/// Drops a preview.
pub async fn discard(ctx: Ctx, path: Path<(String, ImportId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            imports::discard(tx, id)?;
            Ok(Done::go("import").say("Dropped. Nothing was stored, and the file is gone."))
        },
        |page| list_view(page, Fields::default()),
    )
    .await
}

/// Takes an import back.
pub async fn undo(ctx: Ctx, path: Path<(String, ImportId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let Some(undone) = imports::take_back(tx, id)? else { return Ok(Done::go(format!("import/{id}"))) };
            let kept = if undone.kept > 0 {
                format!(" {} stay, since somebody has worked with them.", undone.kept)
            } else {
                String::new()
            };
            Ok(Done::go(format!("import/{id}")).say(format!(
                "Undone: {} and {} removed.{kept}",
                counted(undone.removed, "person", "people"),
                counted(undone.messages, "message", "messages")
            )))
        },
        move |page| show_view(page, id, Fields::default()),
    )
    .await
}
