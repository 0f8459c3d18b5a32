//! Arranging pipelines: stages renamed, reordered, given rot days, channels and cadences (managers and owners).

use chrono::NaiveTime;
use diesel::prelude::*;

use super::{Stage, StageState, Step, pipeline, stage, stages};
use crate::{
    access::Right,
    channels::{Channel, safe_text},
    contacts::Kind,
    db::{self, Tx, cadence_steps as cs, cards, pipelines as p, stages as s},
    error::{Error, Problems, Result},
    ids::{PipelineId, StageId, StepId, TemplateId},
    timeline::{Change, Verb, record},
};

fn name_of(text: &str) -> Result<String> {
    let name = safe_text(text, 200).replace('\n', " ");
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Error::invalid("name", "Give a name of 1 to 60 characters."));
    }
    Ok(name)
}

/// Makes a pipeline with one open stage, a won and a lost one.
pub fn create_pipeline(tx: &mut Tx<'_>, name: &str, kind: Kind) -> Result<PipelineId> {
    tx.access().require(Right::Arrange)?;
    let name = name_of(name)?;
    let position: i64 = tx.all(db::Pipelines).count().get_result(tx.conn())?;
    if position >= 100 {
        return Err(Error::invalid("name", "A workspace holds at most 100 pipelines."));
    }
    let id: PipelineId = tx
        .insert(
            db::Pipelines,
            (
                p::name.eq(&name),
                p::kind.eq(kind),
                p::lost_reasons.eq(r#"["no answer","not interested","bad timing"]"#),
                p::position.eq(i32::try_from(position).unwrap_or(0)),
                p::created_at.eq(tx.now()),
            ),
        )
        .returning(p::id)
        .get_result(tx.conn())?;
    for (place, (name, state)) in
        [("New", StageState::Open), ("Won", StageState::Won), ("Lost", StageState::Lost)].into_iter().enumerate()
    {
        insert_stage(tx, id, place, name, state, None, None)?;
    }
    record(tx, Verb::PipelineSaved, Change::of(id.0).after(serde_json::json!({"name": name, "kind": kind})))?;
    Ok(id)
}

pub(super) fn insert_stage(
    tx: &mut Tx<'_>,
    pipeline: PipelineId,
    place: usize,
    name: &str,
    state: StageState,
    channel: Option<Channel>,
    rot_days: Option<i32>,
) -> Result<StageId> {
    Ok(tx
        .insert(
            db::Stages,
            (
                s::pipeline_id.eq(pipeline),
                s::name.eq(name),
                s::position.eq(i32::try_from(place).unwrap_or(0)),
                s::state.eq(state),
                s::channel.eq(channel),
                s::rot_days.eq(rot_days),
            ),
        )
        .returning(s::id)
        .get_result(tx.conn())?)
}

/// How many reasons for losing a card are offered.
const MOST_REASONS: usize = 20;

/// Renames a pipeline and sets the reasons offered when a card is lost, one to a line.
pub fn save_pipeline(tx: &mut Tx<'_>, id: PipelineId, name: &str, lost_reasons: &str) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    let (before, name) = (pipeline(tx, id)?, name_of(name)?);
    let mut reasons: Vec<String> = Vec::new();
    for reason in lost_reasons.lines().map(|line| safe_text(line, 80).replace('\n', " ")) {
        if !reason.is_empty() && reasons.len() <= MOST_REASONS && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.len() > MOST_REASONS {
        return Err(Error::invalid(
            "lost_reasons",
            "Keep to 20 reasons, one to a line: who closes a card chooses among them.",
        ));
    }
    if reasons.is_empty() {
        return Err(Error::invalid("lost_reasons", "Give at least one reason, one to a line."));
    }
    diesel::update(tx.all(db::Pipelines).filter(p::id.eq(id)))
        .set((p::name.eq(&name), p::lost_reasons.eq(serde_json::to_string(&reasons)?)))
        .execute(tx.conn())?;
    let change = Change::of(id.0)
        .before(serde_json::json!({"name": before.name, "lost_reasons": before.lost_reasons()}))
        .after(serde_json::json!({"name": name, "lost_reasons": reasons}));
    record(tx, Verb::PipelineSaved, change)
}

/// What can be said about a stage.
#[derive(Debug, Clone)]
pub struct StageForm {
    /// 1 to 60 characters.
    pub name: String,
    /// Open, won or lost.
    pub state: StageState,
    /// Where its conversations are expected.
    pub channel: Option<Channel>,
    /// 1 to 3,650; none for never.
    pub rot_days: Option<i32>,
}

impl StageForm {
    fn check(&self) -> Result<String> {
        let mut problems = Problems::default();
        if self.rot_days.is_some_and(|days| !(1..=3650).contains(&days)) {
            problems.add("rot_days", "Give between 1 and 3,650 days, or leave it empty for never.");
        }
        problems.check()?;
        name_of(&self.name)
    }
}

/// Adds a stage, open ones before the closing ones.
pub fn add_stage(tx: &mut Tx<'_>, id: PipelineId, form: &StageForm) -> Result<StageId> {
    tx.access().require(Right::Arrange)?;
    let name = form.check()?;
    pipeline(tx, id)?;
    tx.in_turn(&format!("stages of {id}"))?;
    let there = stages(tx, id)?;
    if there.len() >= 40 {
        return Err(Error::invalid("name", "A pipeline holds at most 40 stages."));
    }
    check_new_name(&there, &name, None)?;
    let added = insert_stage(tx, id, there.len(), &name, form.state, form.channel, form.rot_days)?;
    let mut order: Vec<StageId> = there.iter().map(|stage| stage.id).collect();
    let place = if form.state == StageState::Open {
        there.iter().position(|stage| stage.state != StageState::Open).unwrap_or(there.len())
    } else {
        there.len()
    };
    order.insert(place, added);
    reorder(tx, &order)?;
    record(tx, Verb::StageSaved, Change::of(added.0).after(serde_json::json!({"name": name, "pipeline": id})))?;
    Ok(added)
}

/// Two stages of one name couldn't be told apart where a card is moved.
fn check_new_name(there: &[Stage], name: &str, own: Option<StageId>) -> Result<()> {
    let is_taken = |stage: &Stage| Some(stage.id) != own && stage.name.to_lowercase() == name.to_lowercase();
    if there.iter().any(is_taken) {
        return Err(Error::invalid("name", "This pipeline has a stage of that name. Choose another one."));
    }
    Ok(())
}

fn reorder(tx: &mut Tx<'_>, order: &[StageId]) -> Result<()> {
    for (place, id) in order.iter().enumerate() {
        diesel::update(tx.all(db::Stages).filter(s::id.eq(*id)))
            .set(s::position.eq(i32::try_from(place).unwrap_or(0)))
            .execute(tx.conn())?;
    }
    Ok(())
}

/// Saves a stage. A stage with cards in it keeps its state, and each pipeline keeps an open, a won and a lost one.
pub fn save_stage(tx: &mut Tx<'_>, id: StageId, form: &StageForm) -> Result<PipelineId> {
    tx.access().require(Right::Arrange)?;
    let (before, name) = (stage(tx, id)?, form.check()?);
    check_new_name(&stages(tx, before.pipeline_id)?, &name, Some(id))?;
    if form.state != before.state {
        if cards_in(tx, id)? > 0 {
            return Err(Error::invalid("state", "Cards are in this stage. Move them before changing what it means."));
        }
        keep_one_of_each(tx, &before)?;
    }
    diesel::update(tx.all(db::Stages).filter(s::id.eq(id)))
        .set((s::name.eq(&name), s::state.eq(form.state), s::channel.eq(form.channel), s::rot_days.eq(form.rot_days)))
        .execute(tx.conn())?;
    let change = Change::of(id.0)
        .before(serde_json::json!({"name": before.name, "rot_days": before.rot_days, "channel": before.channel}))
        .after(serde_json::json!({"name": name, "rot_days": form.rot_days, "channel": form.channel}));
    record(tx, Verb::StageSaved, change)?;
    Ok(before.pipeline_id)
}

fn cards_in(tx: &mut Tx<'_>, id: StageId) -> Result<i64> {
    Ok(tx.all(db::Cards).filter(cards::stage_id.eq(id)).count().get_result(tx.conn())?)
}

fn keep_one_of_each(tx: &mut Tx<'_>, leaving: &Stage) -> Result<()> {
    let others = stages(tx, leaving.pipeline_id)?;
    if others.iter().any(|other| other.id != leaving.id && other.state == leaving.state) {
        return Ok(());
    }
    Err(Error::invalid("state", "A pipeline needs at least one open, one won and one lost stage."))
}

/// Moves a stage one place forward or back.
pub fn move_stage(tx: &mut Tx<'_>, id: StageId, forward: bool) -> Result<PipelineId> {
    tx.access().require(Right::Arrange)?;
    let moving = stage(tx, id)?;
    let mut order: Vec<StageId> = stages(tx, moving.pipeline_id)?.iter().map(|stage| stage.id).collect();
    if let Some(at) = order.iter().position(|other| *other == id) {
        let to = if forward { (at + 1).min(order.len() - 1) } else { at.saturating_sub(1) };
        order.swap(at, to);
        reorder(tx, &order)?;
    }
    record(tx, Verb::StageSaved, Change::of(id.0).after(serde_json::json!({"name": moving.name, "forward": forward})))?;
    Ok(moving.pipeline_id)
}

/// Removes an empty stage; history keeps its name.
pub fn remove_stage(tx: &mut Tx<'_>, id: StageId) -> Result<PipelineId> {
    tx.access().require(Right::Arrange)?;
    let gone = stage(tx, id)?;
    if cards_in(tx, id)? > 0 {
        return Err(Error::invalid("stage", "Cards are in this stage. Move them first."));
    }
    keep_one_of_each(tx, &gone)?;
    diesel::update(tx.all(db::Stages).filter(s::id.eq(id))).set(s::deleted_at.eq(tx.now())).execute(tx.conn())?;
    record(tx, Verb::StageRemoved, Change::of(id.0).before(serde_json::json!({"name": gone.name})))?;
    Ok(gone.pipeline_id)
}

/// A cadence step to be added.
#[derive(Debug, Clone)]
pub struct NewStep {
    /// What is to be done, 1 to 120 characters.
    pub title: String,
    /// Days after entering the stage, 0 to 365.
    pub delay_days: i32,
    /// Local time of that day.
    pub at_time: NaiveTime,
    /// On which channel.
    pub channel: Option<Channel>,
    /// From which template.
    pub template: Option<TemplateId>,
}

/// The title of a step that can be saved.
fn check_step(tx: &mut Tx<'_>, stage: &Stage, step: &NewStep) -> Result<String> {
    let title = safe_text(&step.title, 200).replace('\n', " ");
    let mut problems = Problems::default();
    if title.is_empty() || title.chars().count() > 120 {
        problems.add("title", "Say what is to be done, in 1 to 120 characters.");
    }
    if !(0..=365).contains(&step.delay_days) {
        problems.add("delay_days", "Give between 0 and 365 days.");
    }
    if stage.state != StageState::Open {
        problems.add("stage", "Only an open stage has a cadence.");
    }
    problems.check()?;
    if let Some(template) = step.template {
        crate::drafts::template(tx, template)?;
    }
    Ok(title)
}

/// Saves a step of a cadence; returns its stage. Cards already in the stage keep what was planned for them.
pub fn save_step(tx: &mut Tx<'_>, id: StepId, step: &NewStep) -> Result<StageId> {
    tx.access().require(Right::Arrange)?;
    let before = step_of(tx, id)?;
    let (stage_id, stage) = (before.stage_id, stage(tx, before.stage_id)?);
    let title = check_step(tx, &stage, step)?;
    diesel::update(tx.all(db::CadenceSteps).filter(cs::id.eq(id)))
        .set((
            cs::delay_days.eq(step.delay_days),
            cs::at_time.eq(step.at_time),
            cs::channel.eq(step.channel),
            cs::template_id.eq(step.template),
            cs::title.eq(&title),
        ))
        .execute(tx.conn())?;
    let after = step_of(tx, id)?;
    let change = Change::of(id.0).before(told_step(tx, &stage, &before)?).after(told_step(tx, &stage, &after)?);
    record(tx, Verb::StepSaved, change)?;
    Ok(stage_id)
}

/// A step of a cadence.
pub fn step_of(tx: &mut Tx<'_>, id: StepId) -> Result<Step> {
    Ok(tx.all(db::CadenceSteps).filter(cs::id.eq(id)).select(Step::as_select()).get_result(tx.conn())?)
}

/// A step, as the audit log tells it.
fn told_step(tx: &mut Tx<'_>, stage: &Stage, step: &Step) -> Result<serde_json::Value> {
    let template = step.template_id.map(|id| crate::drafts::template(tx, id)).transpose()?;
    Ok(serde_json::json!({
        "stage": stage.name,
        "title": step.title,
        "delay_days": step.delay_days,
        "at": step.at_time.format("%H:%M").to_string(),
        "channel": step.channel,
        "template": template.map(|template| template.name),
    }))
}

/// Adds a step to a stage's cadence; at most 10. Cards already in the stage keep what was planned for them.
pub fn add_step(tx: &mut Tx<'_>, id: StageId, step: &NewStep) -> Result<StepId> {
    tx.access().require(Right::Arrange)?;
    let stage = stage(tx, id)?;
    let title = check_step(tx, &stage, step)?;
    let position: i64 = tx.all(db::CadenceSteps).filter(cs::stage_id.eq(id)).count().get_result(tx.conn())?;
    if position >= 10 {
        return Err(Error::invalid("title", "A cadence holds at most 10 steps. More would be pestering."));
    }
    let added: StepId = tx
        .insert(
            db::CadenceSteps,
            (
                cs::stage_id.eq(id),
                cs::position.eq(i32::try_from(position).unwrap_or(0)),
                cs::delay_days.eq(step.delay_days),
                cs::at_time.eq(step.at_time),
                cs::channel.eq(step.channel),
                cs::template_id.eq(step.template),
                cs::title.eq(&title),
            ),
        )
        .returning(cs::id)
        .get_result(tx.conn())?;
    let after = step_of(tx, added)?;
    let after = told_step(tx, &stage, &after)?;
    record(tx, Verb::StepSaved, Change::of(added.0).after(after))?;
    Ok(added)
}

/// Removes a step from a cadence; reminders it planned stay.
pub fn remove_step(tx: &mut Tx<'_>, id: StepId) -> Result<PipelineId> {
    tx.access().require(Right::Arrange)?;
    let step = step_of(tx, id)?;
    let stage = stage(tx, step.stage_id)?;
    let before = told_step(tx, &stage, &step)?;
    diesel::delete(tx.all(db::CadenceSteps).filter(cs::id.eq(id))).execute(tx.conn())?;
    record(tx, Verb::StepSaved, Change::of(id.0).before(before))?;
    Ok(stage.pipeline_id)
}
