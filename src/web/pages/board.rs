//! A pipeline's cards: as a board, as a list, and one column with its further cards.

use actix_web::web::Path;
use askama::Template;

use crate::{
    calendar::{NextStep, days_words, money, thousands},
    contacts::{self, Contact},
    db::{Cursor, Page as Paged, PageRequest},
    error::Result,
    ids::{ContactId, PipelineId, StageId, UserId},
    pipelines::{self, BoardFilter, Card, Column, Pipeline, Stage, StageState, Tile},
    web::{Ctx, Failure, Fields, Page, Reply, Shell},
    workspaces::{self, Member, Names},
};

/// A card on the board with what is said about it.
struct TileView {
    tile: Tile,
    open: bool,
    next: NextStep,
    /// "12 days without a sign", once it rots.
    rotten: Option<String>,
    /// Days in the stage.
    days: i64,
    owner: Option<String>,
    value: Option<String>,
}

impl TileView {
    fn css(&self) -> &'static str {
        if self.rotten.is_some() { "tile rotten" } else { "tile" }
    }

    fn days_words(&self) -> String {
        days_words(self.days)
    }
}

/// A column with its tiles.
struct ColumnView {
    stage: Stage,
    count: i64,
    value: Option<String>,
    tiles: Vec<TileView>,
    next_cursor: Option<Cursor>,
}

impl ColumnView {
    fn of(column: Column, shell: &Shell, names: &Names) -> Self {
        let Column { stage, count, value_cents, tiles, next_cursor } = column;
        let tiles = tiles.into_iter().map(|tile| tile_view(tile, &stage, shell, names)).collect();
        Self { stage, count, value: value_words(value_cents, shell), tiles, next_cursor }
    }

    fn css(&self) -> &'static str {
        match self.stage.state {
            StageState::Open => "",
            StageState::Won => "col-won",
            StageState::Lost => "col-lost",
        }
    }

    fn is_won(&self) -> bool {
        self.stage.state == StageState::Won
    }

    fn is_lost(&self) -> bool {
        self.stage.state == StageState::Lost
    }

    /// How many cards there are beyond those shown.
    fn rest(&self) -> String {
        let shown = i64::try_from(self.tiles.len()).unwrap_or(self.count);
        thousands((self.count - shown).max(0))
    }
}

fn value_words(cents: i64, shell: &Shell) -> Option<String> {
    (cents > 0).then(|| format!("{} {}", money(cents), shell.workspace.currency))
}

fn tile_view(tile: Tile, stage: &Stage, shell: &Shell, names: &Names) -> TileView {
    let open = stage.state == StageState::Open;
    TileView {
        open,
        next: shell.day.next_step(tile.next_at.map(|at| at.utc())),
        rotten: pipelines::rot_words(stage, tile.entered_at, [tile.last_in_at, tile.last_out_at], &shell.day),
        days: (-shell.day.days_until(tile.entered_at.utc())).max(0),
        owner: tile.owner_id.map(|owner| names.of(Some(owner)).to_owned()),
        value: value_words(tile.value_cents, shell),
        tile,
    }
}

#[derive(Template)]
#[template(path = "board/none.html")]
struct NonePage {
    shell: Shell,
}

/// On to the first pipeline; a page that teaches to make one when there is none.
pub async fn first(ctx: Ctx) -> Result<Reply, Failure> {
    let found = ctx
        .clone()
        .read(|tx| {
            let workspace = workspaces::workspace(tx)?;
            let first = pipelines::pipelines(tx)?.into_iter().next();
            Ok(first.map(|pipeline| workspace.path(&format!("board/{}", pipeline.id))))
        })
        .await;
    match found {
        Ok(Some(address)) => Ok(Reply::Go(address)),
        // Whoever is not signed in is sent to sign in by the page.
        _ => ctx.page(|page| Ok(NonePage { shell: page.shell }.render()?)).await,
    }
}

#[derive(Template)]
#[template(path = "board/show.html")]
struct BoardPage {
    shell: Shell,
    query: Fields,
    pipeline: Pipeline,
    pipelines: Vec<Pipeline>,
    columns: Vec<ColumnView>,
    members: Vec<Member>,
    /// The column that a phone shows.
    current: Option<StageId>,
}

impl BoardPage {
    fn is_current(&self, stage: &StageId) -> bool {
        self.current == Some(*stage)
    }

    fn tab(&self, stage: &StageId) -> String {
        self.query.with("stage", &stage.to_string())
    }

    fn more(&self, stage: &StageId, cursor: &Cursor) -> String {
        more(&self.shell, &self.query, &self.pipeline, stage, cursor)
    }

    fn is_empty(&self) -> bool {
        self.columns.iter().all(|column| column.count == 0)
    }
}

fn more(shell: &Shell, query: &Fields, pipeline: &Pipeline, stage: &StageId, cursor: &Cursor) -> String {
    let owner = query.lenient::<UserId>("owner").map_or(String::new(), |owner| format!("&owner={owner}"));
    format!("{}?after={cursor}&pipeline={}{owner}", shell.path(&format!("stages/{stage}")), pipeline.id)
}

/// A pipeline's board.
pub async fn show(ctx: Ctx, path: Path<(String, PipelineId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let filter = BoardFilter { owner: query.lenient("owner") };
        let board = pipelines::board(tx, id, filter, &shell.day)?;
        let names = workspaces::names(tx)?;
        let columns: Vec<ColumnView> =
            board.columns.into_iter().map(|column| ColumnView::of(column, &shell, &names)).collect();
        let asked = query.lenient::<StageId>("stage");
        let there = |id: &StageId| columns.iter().any(|column| column.stage.id == *id);
        // A phone shows one column: the first with somebody in it.
        let first = columns.iter().find(|column| column.count > 0).or(columns.first());
        let current = asked.filter(there).or(first.map(|column| column.stage.id));
        let page = BoardPage {
            pipelines: pipelines::pipelines(tx)?,
            members: workspaces::members(tx)?,
            pipeline: board.pipeline,
            shell,
            query,
            columns,
            current,
        };
        Ok(page.render()?)
    })
    .await
}

/// A card in the list with what is said about it.
struct ListRow {
    card: Card,
    contact: Contact,
    stage: String,
    next: NextStep,
    rotten: bool,
    value: Option<String>,
}

#[derive(Template)]
#[template(path = "board/list.html")]
struct ListPage {
    shell: Shell,
    query: Fields,
    pipeline: Pipeline,
    pipelines: Vec<Pipeline>,
    rows: Vec<ListRow>,
    next_cursor: Option<Cursor>,
    members: Vec<Member>,
    names: Names,
}

/// A pipeline's cards as a table.
pub async fn list(ctx: Ctx, path: Path<(String, PipelineId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let pipeline = pipelines::pipeline(tx, id)?;
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let owner = query.lenient::<UserId>("owner");
        let Paged { items, next_cursor } = pipelines::listed(tx, id, owner, &shell.day, &request)?;
        let stages = pipelines::stages(tx, id)?;
        let people: Vec<ContactId> = items.iter().map(|card| card.contact_id).collect();
        let contacts = contacts::contacts_by_id(tx, &people)?;
        let rows = items
            .into_iter()
            .filter_map(|card| {
                let contact = contacts.iter().find(|contact| contact.id == card.contact_id)?.clone();
                let stage = stages.iter().find(|stage| stage.id == card.stage_id)?;
                let signs = [contact.last_in_at, contact.last_out_at];
                Some(ListRow {
                    next: shell.day.next_step(card.next_at.map(|at| at.utc())),
                    rotten: pipelines::rotten_days(stage, card.entered_at, signs, &shell.day).is_some(),
                    value: value_words(card.value_cents, &shell),
                    stage: stage.name.clone(),
                    contact,
                    card,
                })
            })
            .collect();
        let page = ListPage {
            pipelines: pipelines::pipelines(tx)?,
            members: workspaces::members(tx)?,
            names: workspaces::names(tx)?,
            shell,
            query,
            pipeline,
            rows,
            next_cursor,
        };
        Ok(page.render()?)
    })
    .await
}

#[derive(Template)]
#[template(path = "board/stage.html")]
struct StagePage {
    shell: Shell,
    query: Fields,
    pipeline: Pipeline,
    column: ColumnView,
}

impl StagePage {
    fn more(&self, cursor: &Cursor) -> String {
        more(&self.shell, &self.query, &self.pipeline, &self.column.stage.id, cursor)
    }

    /// The board that shows this column.
    fn board(&self) -> String {
        let address = self.shell.path(&format!("board/{}", self.pipeline.id));
        let owner = self.query.lenient::<UserId>("owner").map_or(String::new(), |owner| format!("&owner={owner}"));
        format!("{address}?stage={}{owner}", self.column.stage.id)
    }
}

/// One column, from where the board's page of it ended.
pub async fn stage(ctx: Ctx, path: Path<(String, StageId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let filter = BoardFilter { owner: query.lenient("owner") };
        let request = PageRequest::new(None, query.some("after").map(ToOwned::to_owned));
        let column = pipelines::column(tx, id, filter, &shell.day, &request)?;
        let names = workspaces::names(tx)?;
        let page = StagePage {
            pipeline: pipelines::pipeline(tx, column.stage.pipeline_id)?,
            column: ColumnView::of(column, &shell, &names),
            shell,
            query,
        };
        Ok(page.render()?)
    })
    .await
}
