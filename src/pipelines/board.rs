//! The board: columns of cards in promise 1's order (overdue, today, none planned, later), read by index, page by page.

use diesel::{prelude::*, sql_types as st};
use serde::{Deserialize, Serialize};

use super::{Pipeline, Stage, StageState, pipeline, stage, stages};
use crate::{
    calendar::Day,
    contacts::{Kind, Turn},
    db::{self, Cursor, Instant, PageRequest, Tx, stage_totals as totals},
    error::Result,
    ids::{CardId, ContactId, PipelineId, StageId, UserId},
};

/// How many cards of a column come at once.
pub const COLUMN: i64 = 20;

/// A card on the board.
#[derive(Debug, Clone, QueryableByName)]
pub struct Tile {
    /// The card.
    #[diesel(sql_type = st::BigInt)]
    pub id: CardId,
    /// Its version; a move carries it.
    #[diesel(sql_type = st::Integer)]
    pub version: i32,
    /// Where it is.
    #[diesel(sql_type = st::BigInt)]
    pub stage_id: StageId,
    /// The colleague responsible.
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    pub owner_id: Option<UserId>,
    /// In hundredths of the workspace's currency.
    #[diesel(sql_type = st::BigInt)]
    pub value_cents: i64,
    /// When its next reminder is due.
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    pub next_at: Option<Instant>,
    /// When it came here.
    #[diesel(sql_type = st::Timestamp)]
    pub entered_at: Instant,
    /// Whose card it is.
    #[diesel(sql_type = st::BigInt)]
    pub contact_id: ContactId,
    /// Their name.
    #[diesel(sql_type = st::Text)]
    pub name: String,
    /// Their company.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub company: Option<String>,
    /// Their kind.
    #[diesel(sql_type = st::Text)]
    pub kind: Kind,
    /// Whose move it is.
    #[diesel(sql_type = st::Text)]
    pub turn: Turn,
    /// The last words either side said.
    #[diesel(sql_type = st::Nullable<st::Text>)]
    pub last_words: Option<String>,
    /// Whether those were theirs.
    #[diesel(sql_type = st::Nullable<st::Bool>)]
    pub last_words_in: Option<bool>,
    /// When they last wrote.
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    pub last_in_at: Option<Instant>,
    /// When we last wrote.
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    pub last_out_at: Option<Instant>,
}

/// A stage with its first cards.
#[derive(Debug, Clone)]
pub struct Column {
    /// The stage.
    pub stage: Stage,
    /// How many cards are in it in all.
    pub count: i64,
    /// What they are worth in all.
    pub value_cents: i64,
    /// The first of them.
    pub tiles: Vec<Tile>,
    /// Where the next page begins.
    pub next_cursor: Option<Cursor>,
}

/// A pipeline with its columns.
#[derive(Debug, Clone)]
pub struct Board {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Its stages in order.
    pub columns: Vec<Column>,
}

/// What a board shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct BoardFilter {
    /// Only the cards of one colleague.
    pub owner: Option<UserId>,
}

/// The parts of a column, in order; each is one walk along an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Segment {
    Due,
    Unplanned,
    Later,
}

impl Segment {
    fn of(tile: &Tile, ends: Instant) -> Self {
        match tile.next_at {
            None => Self::Unplanned,
            Some(at) if at < ends => Self::Due,
            Some(_) => Self::Later,
        }
    }
}

type Key = (Segment, Option<Instant>, CardId);

/// The statement for one segment of one stage. `$1` is the workspace, `$2` the end of the viewer's day, `$3` and `$4`
/// the key to continue after. Ids are numbers of ours, so they may stand in the text.
fn select(stage: &Stage, segment: Segment, filter: BoardFilter, limit: i64, after: bool) -> String {
    let mine = filter.owner.map_or(String::new(), |owner| format!(" AND k.owner_id = {owner}"));
    let closed = stage.state != StageState::Open;
    let (condition, order) = match segment {
        Segment::Due => ("k.next_at < $2", "k.next_at, k.id"),
        Segment::Unplanned if closed => ("k.next_at IS NULL", "k.id DESC"),
        Segment::Unplanned => ("k.next_at IS NULL", "k.id"),
        Segment::Later => ("k.next_at >= $2", "k.next_at, k.id"),
    };
    let from = match (after, segment) {
        (false, _) => "",
        (true, Segment::Unplanned) if closed => " AND k.id < $4",
        (true, Segment::Unplanned) => " AND k.id > $4",
        (true, _) => " AND k.next_at >= $3 AND (k.next_at > $3 OR k.id > $4)",
    };
    format!(
        "SELECT * FROM (SELECT k.id, k.version, k.stage_id, k.owner_id, k.value_cents, k.next_at, k.entered_at, \
         c.id AS contact_id, c.name, c.company, c.kind, c.turn, c.last_words, c.last_words_in, c.last_in_at, c.last_out_at \
         FROM cards k JOIN contacts c ON c.workspace_id = k.workspace_id AND c.id = k.contact_id \
         WHERE k.workspace_id = $1 AND k.stage_id = {}{mine} AND {condition}{from} ORDER BY {order} LIMIT {limit}) s{}_{}",
        stage.id, stage.id, segment as u8,
    )
}

/// A pipeline's board with the first cards of every column.
pub fn board(tx: &mut Tx<'_>, id: PipelineId, filter: BoardFilter, day: &Day) -> Result<Board> {
    let pipeline = pipeline(tx, id)?;
    let stages = stages(tx, id)?;
    let ends: Instant = day.ends().into();
    let parts: Vec<String> = stages
        .iter()
        .flat_map(|stage| {
            let segments: &[Segment] = if stage.state == StageState::Open {
                &[Segment::Due, Segment::Unplanned, Segment::Later]
            } else {
                &[Segment::Unplanned]
            };
            segments.iter().map(move |segment| select(stage, *segment, filter, COLUMN + 1, false))
        })
        .collect();
    let mut tiles: Vec<Tile> = if parts.is_empty() {
        Vec::new()
    } else {
        diesel::sql_query(parts.join(" UNION ALL "))
            .bind::<st::BigInt, _>(tx.workspace())
            .bind::<st::Timestamp, _>(ends)
            .load(tx.conn())?
    };
    let counts = counts(tx, &stages, filter)?;
    let columns = stages
        .into_iter()
        .map(|stage| {
            let own: Vec<Tile> = tiles.extract_if(.., |tile| tile.stage_id == stage.id).collect();
            let (count, value_cents) = counts.iter().find(|c| c.0 == stage.id).map_or((0, 0), |c| (c.1, c.2));
            fold(stage, own, count, value_cents, ends)
        })
        .collect();
    Ok(Board { pipeline, columns })
}

/// Orders what the segments brought and cuts it to a page.
fn fold(stage: Stage, mut tiles: Vec<Tile>, count: i64, value_cents: i64, ends: Instant) -> Column {
    let newest_first = stage.state != StageState::Open;
    tiles
        .sort_by_key(|tile| (Segment::of(tile, ends), tile.next_at, if newest_first { -tile.id.0 } else { tile.id.0 }));
    let limit = usize::try_from(COLUMN).unwrap_or(usize::MAX);
    let more = tiles.len() > limit;
    tiles.truncate(limit);
    let next_cursor = tiles
        .last()
        .filter(|_| more)
        .map(|last| -> Key { (Segment::of(last, ends), last.next_at, last.id) })
        .map(|key| Cursor::of(&key));
    Column { stage, count, value_cents, tiles, next_cursor }
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = st::BigInt)]
    stage_id: StageId,
    #[diesel(sql_type = st::BigInt)]
    cards: i64,
    #[diesel(sql_type = st::BigInt)]
    value_cents: i64,
}

/// Cards and value per stage, from the database: kept by triggers for the whole, summed for one colleague's.
fn counts(tx: &mut Tx<'_>, stages: &[Stage], filter: BoardFilter) -> Result<Vec<(StageId, i64, i64)>> {
    let ids: Vec<StageId> = stages.iter().map(|stage| stage.id).collect();
    let Some(owner) = filter.owner else {
        return Ok(tx
            .all(db::StageTotals)
            .filter(totals::stage_id.eq_any(ids))
            .select((totals::stage_id, totals::cards, totals::value_cents))
            .load(tx.conn())?);
    };
    let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Sum> = diesel::sql_query(format!(
        "SELECT stage_id, COUNT(*) AS cards, CAST(SUM(value_cents) AS BIGINT) AS value_cents FROM cards \
         WHERE workspace_id = $1 AND owner_id = $2 AND stage_id IN ({}) GROUP BY stage_id",
        list.join(", ")
    ))
    .bind::<st::BigInt, _>(tx.workspace())
    .bind::<st::BigInt, _>(owner)
    .load(tx.conn())?;
    Ok(rows.into_iter().map(|row| (row.stage_id, row.cards, row.value_cents)).collect())
}

/// A further page of one column.
pub fn column(tx: &mut Tx<'_>, id: StageId, filter: BoardFilter, day: &Day, request: &PageRequest) -> Result<Column> {
    let stage = stage(tx, id)?;
    let ends: Instant = day.ends().into();
    let after: Option<Key> = request.key()?;
    let mut tiles: Vec<Tile> = Vec::new();
    for segment in [Segment::Due, Segment::Unplanned, Segment::Later] {
        let key = after.as_ref().filter(|key| key.0 == segment);
        let wanted = COLUMN + 1 - i64::try_from(tiles.len()).unwrap_or(0);
        if after.as_ref().is_some_and(|key| key.0 > segment) || wanted <= 0 {
            continue;
        }
        let text = select(&stage, segment, filter, wanted, key.is_some());
        let query = diesel::sql_query(text).bind::<st::BigInt, _>(tx.workspace()).bind::<st::Timestamp, _>(ends);
        let rows: Vec<Tile> = match key {
            // The unplanned have no due time to continue after; a statement must use all that is bound.
            Some((Segment::Unplanned, _, id)) => {
                let text = select(&stage, segment, filter, wanted, true).replace("$4", "$2");
                diesel::sql_query(text)
                    .bind::<st::BigInt, _>(tx.workspace())
                    .bind::<st::BigInt, _>(*id)
                    .load(tx.conn())?
            }
            Some((_, at, id)) => {
                query.bind::<st::Nullable<st::Timestamp>, _>(*at).bind::<st::BigInt, _>(*id).load(tx.conn())?
            }
            None if segment == Segment::Unplanned => diesel::sql_query(select(&stage, segment, filter, wanted, false))
                .bind::<st::BigInt, _>(tx.workspace())
                .load(tx.conn())?,
            None => query.load(tx.conn())?,
        };
        tiles.extend(rows);
    }
    let (count, value_cents) = counts(tx, std::slice::from_ref(&stage), filter)?.first().map_or((0, 0), |c| (c.1, c.2));
    Ok(fold(stage, tiles, count, value_cents, ends))
}
