//! A pipeline's cards as a list in promise 1's order over all its stages: overdue and today, none planned, later, closed.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Card, StageState};
use crate::{
    calendar::Day,
    db::{self, Cursor, Instant, MultiBackend, Page, PageRequest, Tx, cards as k},
    error::Result,
    ids::{CardId, PipelineId, UserId},
};

/// The parts of the list, in order; each is one walk along an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Part {
    Due,
    Unplanned,
    Later,
    Won,
    Lost,
}

const PARTS: [Part; 5] = [Part::Due, Part::Unplanned, Part::Later, Part::Won, Part::Lost];

type Key = (Part, Option<Instant>, CardId);

/// A page of a pipeline's cards, of one colleague or of all.
pub fn listed(
    tx: &mut Tx<'_>,
    pipeline: PipelineId,
    owner: Option<UserId>,
    day: &Day,
    request: &PageRequest,
) -> Result<Page<Card>> {
    let ends: Instant = day.ends().into();
    let after: Option<Key> = request.key()?;
    let mut found: Vec<(Part, Card)> = Vec::new();
    for part in PARTS {
        let wanted = request.limit + 1 - i64::try_from(found.len()).unwrap_or(0);
        if wanted <= 0 || after.as_ref().is_some_and(|key| key.0 > part) {
            continue;
        }
        let key = after.as_ref().filter(|key| key.0 == part);
        let rows = walk(tx, pipeline, owner, part, ends, key, wanted)?;
        found.extend(rows.into_iter().map(|card| (part, card)));
    }
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|(part, card)| Cursor::of(&(*part, card.next_at, card.id)));
    Ok(Page { items: found.into_iter().map(|(_, card)| card).collect(), next_cursor })
}

fn walk(
    tx: &mut Tx<'_>,
    pipeline: PipelineId,
    owner: Option<UserId>,
    part: Part,
    ends: Instant,
    after: Option<&Key>,
    wanted: i64,
) -> Result<Vec<Card>> {
    let state = match part {
        Part::Won => StageState::Won,
        Part::Lost => StageState::Lost,
        _ => StageState::Open,
    };
    let mut query = tx
        .all(db::Cards)
        .filter(k::pipeline_id.eq(pipeline))
        .filter(k::state.eq(state))
        .select(Card::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(owner) = owner {
        query = query.filter(k::owner_id.eq(owner));
    }
    query = match part {
        Part::Due => query.filter(k::next_at.lt(ends)),
        Part::Later => query.filter(k::next_at.ge(ends)),
        _ => query.filter(k::next_at.is_null()),
    };
    if let Some((_, at, id)) = after {
        query = match at {
            Some(at) => query.filter(k::next_at.ge(*at)).filter(k::next_at.gt(*at).or(k::id.gt(*id))),
            None => query.filter(k::id.gt(*id)),
        };
    }
    Ok(query.order((k::next_at, k::id)).limit(wanted).load(tx.conn())?)
}
