//! Pipelines, stages and cards as stored.

use chrono::NaiveTime;
use diesel::prelude::*;

use crate::{
    channels::Channel,
    contacts::Kind,
    db::{self, Instant, MultiBackend, Page, PageRequest, Tx, cadence_steps, cards as k, pipelines as p, stages as s},
    error::Result,
    ids::{CardId, ContactId, PipelineId, StageId, StepId, TemplateId, UserId},
};

crate::db::text_enum! {
    /// What being in a stage means for a card.
    pub enum StageState { Open = "open", Won = "won", Lost = "lost" }
}

/// Ordered stages for one kind of contact.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = p)]
pub struct Pipeline {
    /// The pipeline.
    pub id: PipelineId,
    /// Its name.
    pub name: String,
    /// For which kind.
    pub kind: Kind,
    lost_reasons: String,
}

impl Pipeline {
    /// The reasons offered when a card is lost.
    pub fn lost_reasons(&self) -> Vec<String> {
        serde_json::from_str(&self.lost_reasons).unwrap_or_default()
    }
}

/// A step of a pipeline.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = s)]
pub struct Stage {
    /// The stage.
    pub id: StageId,
    /// Of which pipeline.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub name: String,
    /// Its place, from 0.
    pub position: i32,
    /// Open, won or lost.
    pub state: StageState,
    /// Where its conversations are expected.
    pub channel: Option<Channel>,
    /// After how many days without change a card rots.
    pub rot_days: Option<i32>,
}

/// A step of a stage's cadence.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = cadence_steps)]
pub struct Step {
    /// The step.
    pub id: StepId,
    /// Of which stage.
    pub stage_id: StageId,
    /// Its place, from 0.
    pub position: i32,
    /// Days after entering.
    pub delay_days: i32,
    /// Local time of that day.
    pub at_time: NaiveTime,
    /// On which channel.
    pub channel: Option<Channel>,
    /// From which template.
    pub template_id: Option<TemplateId>,
    /// What is to be done.
    pub title: String,
}

/// One contact's way through one pipeline.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = k)]
pub struct Card {
    /// The card.
    pub id: CardId,
    /// Whose.
    pub contact_id: ContactId,
    /// Through which pipeline.
    pub pipeline_id: PipelineId,
    /// Where it is.
    pub stage_id: StageId,
    /// Open, won or lost.
    pub state: StageState,
    /// The colleague responsible.
    pub owner_id: Option<UserId>,
    /// What it is worth, in hundredths of the workspace's currency.
    pub value_cents: i64,
    /// Counts the moves; a move carries it.
    pub version: i32,
    /// When its next reminder is due.
    pub next_at: Option<Instant>,
    /// Why it was lost.
    pub lost_reason: Option<String>,
    /// When it came to its stage.
    pub entered_at: Instant,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was won or lost.
    pub closed_at: Option<Instant>,
}

impl Card {
    /// As the API shows it.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "id": self.id, "contact_id": self.contact_id, "pipeline_id": self.pipeline_id, "stage_id": self.stage_id,
            "state": self.state, "owner_id": self.owner_id, "value": self.value_cents as f64 / 100.0,
            "version": self.version, "next_at": self.next_at, "lost_reason": self.lost_reason,
            "entered_at": self.entered_at, "created_at": self.created_at, "closed_at": self.closed_at,
        })
    }
}

/// The workspace's pipelines in order; at most 100.
pub fn pipelines(tx: &mut Tx<'_>) -> Result<Vec<Pipeline>> {
    Ok(tx.all(db::Pipelines).order((p::position, p::id)).limit(100).select(Pipeline::as_select()).load(tx.conn())?)
}

/// One pipeline.
pub fn pipeline(tx: &mut Tx<'_>, id: PipelineId) -> Result<Pipeline> {
    Ok(tx.all(db::Pipelines).filter(p::id.eq(id)).select(Pipeline::as_select()).get_result(tx.conn())?)
}

/// A pipeline's stages in order.
pub fn stages(tx: &mut Tx<'_>, pipeline: PipelineId) -> Result<Vec<Stage>> {
    Ok(tx
        .all(db::Stages)
        .filter(s::pipeline_id.eq(pipeline))
        .filter(s::deleted_at.is_null())
        .order((s::position, s::id))
        .limit(60)
        .select(Stage::as_select())
        .load(tx.conn())?)
}

/// Every pipeline with its stages, in order; at most 2,000 stages.
pub fn stages_by_pipeline(tx: &mut Tx<'_>) -> Result<Vec<(Pipeline, Vec<Stage>)>> {
    let all: Vec<Stage> = tx
        .all(db::Stages)
        .filter(s::deleted_at.is_null())
        .order((s::pipeline_id, s::position))
        .limit(2000)
        .select(Stage::as_select())
        .load(tx.conn())?;
    let with_stages = |pipeline: Pipeline| {
        let stages = all.iter().filter(|stage| stage.pipeline_id == pipeline.id).cloned().collect();
        (pipeline, stages)
    };
    Ok(pipelines(tx)?.into_iter().map(with_stages).collect())
}

/// What somebody new is likely to be: of the kind that the first pipeline is for.
pub fn first_kind(pipelines: &[Pipeline]) -> Kind {
    pipelines.first().map_or(Kind::Lead, |pipeline| pipeline.kind)
}

/// What people are likely to be whom one meets on a channel: the kind of the first pipeline that expects to be worked there, else
/// of the first of all.
pub fn likely_kind(tx: &mut Tx<'_>, channel: Channel) -> Result<Kind> {
    let all = stages_by_pipeline(tx)?;
    let expects = |(_, stages): &&(Pipeline, Vec<Stage>)| stages.iter().any(|stage| stage.channel == Some(channel));
    Ok(all.iter().find(expects).or(all.first()).map_or(Kind::Lead, |(pipeline, _)| pipeline.kind))
}

/// Every stage of the workspace, removed ones included: for naming what history points to.
pub fn stages_of_all(tx: &mut Tx<'_>) -> Result<Vec<Stage>> {
    Ok(tx
        .all(db::Stages)
        .order((s::pipeline_id, s::position))
        .limit(2000)
        .select(Stage::as_select())
        .load(tx.conn())?)
}

/// One stage.
pub fn stage(tx: &mut Tx<'_>, id: StageId) -> Result<Stage> {
    Ok(tx
        .all(db::Stages)
        .filter(s::id.eq(id))
        .filter(s::deleted_at.is_null())
        .select(Stage::as_select())
        .get_result(tx.conn())?)
}

/// The steps of a stage's cadence, in order.
pub fn steps_of_stage(tx: &mut Tx<'_>, stage: StageId) -> Result<Vec<Step>> {
    Ok(tx
        .all(db::CadenceSteps)
        .filter(cadence_steps::stage_id.eq(stage))
        .order((cadence_steps::delay_days, cadence_steps::at_time, cadence_steps::id))
        .limit(20)
        .select(Step::as_select())
        .load(tx.conn())?)
}

/// One card.
pub fn card(tx: &mut Tx<'_>, id: CardId) -> Result<Card> {
    Ok(tx.all(db::Cards).filter(k::id.eq(id)).select(Card::as_select()).get_result(tx.conn())?)
}

/// A contact's cards, open ones first; at most 50.
pub fn cards_of_contact(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<Card>> {
    let mut cards: Vec<Card> = tx
        .all(db::Cards)
        .filter(k::contact_id.eq(contact))
        .order(k::id.desc())
        .limit(50)
        .select(Card::as_select())
        .load(tx.conn())?;
    cards.sort_by_key(|card| card.state != StageState::Open);
    Ok(cards)
}

/// A page of cards by id, of a pipeline, a stage or a contact.
pub fn list_cards(
    tx: &mut Tx<'_>,
    pipeline: Option<PipelineId>,
    stage: Option<StageId>,
    contact: Option<ContactId>,
    request: &PageRequest,
) -> Result<Page<Card>> {
    let mut query = tx.all(db::Cards).select(Card::as_select()).into_boxed::<MultiBackend>();
    if let Some(pipeline) = pipeline {
        query = query.filter(k::pipeline_id.eq(pipeline));
    }
    if let Some(stage) = stage {
        query = query.filter(k::stage_id.eq(stage));
    }
    if let Some(contact) = contact {
        query = query.filter(k::contact_id.eq(contact));
    }
    if let Some(after) = request.key::<CardId>()? {
        query = query.filter(k::id.gt(after));
    }
    let rows = query.order(k::id).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |card: &Card| card.id))
}
