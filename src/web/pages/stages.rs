//! Arranging pipelines: their names, their stages in order, and each stage's cadence.
//!
//! Cards in a stage are shown by `board`.

use actix_web::web::Path;
use askama::Template;
use chrono::NaiveTime;

use crate::{
    access::Right,
    calendar::days_words,
    channels::Channel,
    contacts::Kind,
    drafts,
    error::{Error, Result},
    ids::{PipelineId, StageId, StepId, TemplateId},
    pipelines::{self, NewStep, Pipeline, Stage, StageForm, StageState, Step},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
};

/// The fields of a new pipeline that the form shows problems beside.
pub const CREATE: &[&str] = &["name", "kind"];
/// The fields of a pipeline that the form shows problems beside.
pub const PIPELINE: &[&str] = &["name", "lost_reasons"];
/// The fields of a stage that the form shows problems beside.
pub const STAGE: &[&str] = &["name", "state", "channel", "rot_days"];
/// The fields of a cadence step that the form shows problems beside.
pub const STEP: &[&str] = &["title", "delay_days", "time", "channel", "template"];

#[derive(Template)]
#[template(path = "settings/pipelines.html")]
struct ListPage {
    shell: Shell,
    form: Form,
    rows: Vec<(Pipeline, Vec<Stage>)>,
}

fn list_view(page: Page<'_, '_>) -> Result<String> {
    let Page { tx, shell, form } = page;
    let mut rows = Vec::new();
    for pipeline in pipelines::pipelines(tx)? {
        let stages = pipelines::stages(tx, pipeline.id)?;
        rows.push((pipeline, stages));
    }
    Ok(ListPage { shell, form, rows }.render()?)
}

/// A stage with what the pipeline's page says about it.
struct StageRow {
    stage: Stage,
    steps: usize,
}

#[derive(Template)]
#[template(path = "settings/pipeline.html")]
struct PipelinePage {
    shell: Shell,
    form: Form,
    added: Form,
    pipeline: Pipeline,
    reasons: String,
    rows: Vec<StageRow>,
}

impl PipelinePage {
    fn shown(&self) -> Shown {
        shown_of_pipeline(&self.pipeline)
    }

    fn rots(&self, stage: &Stage) -> String {
        stage.rot_days.map_or_else(|| "never rots".into(), |days| format!("rots after {}", days_words(days.into())))
    }
}

fn shown_of_pipeline(pipeline: &Pipeline) -> Shown {
    Shown::of([("name", &pipeline.name), ("lost reasons", &pipeline.lost_reasons().join("\n"))])
}

fn shown_of_stage(stage: &Stage) -> Shown {
    let rot_days = stage.rot_days.map(|days| days_words(days.into())).unwrap_or_default();
    Shown::of([
        ("name", &stage.name),
        ("state", stage.state.as_str()),
        ("channel", stage.channel.map_or("", Channel::label)),
        ("rots after", &rot_days),
    ])
}

fn shown_of_step(step: &Step, template: Option<&str>) -> Shown {
    let delay = delay_words(step.delay_days, step.at_time);
    Shown::of([
        ("title", &step.title),
        ("due", &delay),
        ("channel", step.channel.map_or("", Channel::label)),
        ("template", template.unwrap_or_default()),
    ])
}

/// Which of a page's forms was sent: the one about the thing itself, the one that adds to it, or that of one of its steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Itself,
    Addition,
    Step(StepId),
}

impl Sent {
    /// Gives the form as it was sent to the one it belongs to; the other stays fresh.
    fn split(self, form: Form) -> (Form, Form) {
        match self {
            Self::Itself => (form, Form::default()),
            Self::Addition => (Form::default(), form),
            Self::Step(_) => (Form::default(), Form::default()),
        }
    }
}

fn pipeline_view(page: Page<'_, '_>, id: PipelineId, sent: Sent) -> Result<String> {
    let Page { tx, shell, form } = page;
    let (form, added) = sent.split(form);
    let pipeline = pipelines::pipeline(tx, id)?;
    let mut rows = Vec::new();
    for stage in pipelines::stages(tx, id)? {
        let steps = pipelines::steps_of_stage(tx, stage.id)?.len();
        rows.push(StageRow { stage, steps });
    }
    let reasons = pipeline.lost_reasons().join("\n");
    Ok(PipelinePage { shell, form, added, pipeline, reasons, rows }.render()?)
}

/// A cadence step with the name of its template.
struct StepRow {
    step: Step,
    delay: String,
    template: Option<String>,
    /// As it was sent, where it was refused.
    form: Form,
}

impl StepRow {
    fn shown(&self) -> Shown {
        shown_of_step(&self.step, self.template.as_deref())
    }

    fn is_on(&self, channel: &Channel) -> bool {
        self.form.value("channel", self.step.channel.map_or("", Channel::as_str)) == channel.as_str()
    }

    fn is_from(&self, template: &TemplateId) -> bool {
        let stored = self.step.template_id.map(|id| id.to_string()).unwrap_or_default();
        self.form.value("template", &stored) == template.to_string()
    }
}

#[derive(Template)]
#[template(path = "settings/stage.html")]
struct StagePage {
    shell: Shell,
    form: Form,
    added: Form,
    pipeline: Pipeline,
    stage: Stage,
    steps: Vec<StepRow>,
    templates: Vec<drafts::Template>,
}

impl StagePage {
    fn shown(&self) -> Shown {
        shown_of_stage(&self.stage)
    }

    fn channel(&self) -> &'static str {
        self.stage.channel.map_or("", Channel::as_str)
    }

    fn rot_days(&self) -> String {
        self.stage.rot_days.map(|days| days.to_string()).unwrap_or_default()
    }

    fn is_open(&self) -> bool {
        self.stage.state == StageState::Open
    }

    fn is_full(&self) -> bool {
        self.steps.len() >= 10
    }
}

fn stage_view(page: Page<'_, '_>, id: StageId, sent: Sent) -> Result<String> {
    let Page { tx, shell, form } = page;
    let of_step = |id: StepId| if sent == Sent::Step(id) { form.clone() } else { Form::default() };
    let stage = pipelines::stage(tx, id)?;
    let pipeline = pipelines::pipeline(tx, stage.pipeline_id)?;
    let templates = drafts::templates(tx)?;
    let steps = pipelines::steps_of_stage(tx, id)?
        .into_iter()
        .map(|step| StepRow {
            delay: delay_words(step.delay_days, step.at_time),
            template: step.template_id.map(|id| template_name(&templates, id)),
            form: of_step(step.id),
            step,
        })
        .collect();
    let (form, added) = sent.split(form);
    Ok(StagePage { shell, form, added, pipeline, stage, steps, templates }.render()?)
}

fn template_name(templates: &[drafts::Template], id: TemplateId) -> String {
    let known = templates.iter().find(|template| template.id == id);
    known.map_or_else(|| "a template you can’t see".into(), |template| template.name.clone())
}

fn delay_words(days: i32, time: NaiveTime) -> String {
    let clock = time.format("%H:%M");
    if days == 0 { format!("the same day, {clock}") } else { format!("after {}, {clock}", days_words(days.into())) }
}

fn read_stage(fields: &Fields) -> Result<StageForm> {
    Ok(StageForm {
        name: fields.get("name").to_owned(),
        state: fields.required("state")?,
        channel: fields.optional("channel")?,
        rot_days: fields.optional("rot_days")?,
    })
}

fn read_step(fields: &Fields) -> Result<NewStep> {
    Ok(NewStep {
        title: fields.get("title").to_owned(),
        delay_days: fields.required("delay_days")?,
        at_time: fields.required("time")?,
        channel: fields.optional("channel")?,
        template: fields.optional("template")?,
    })
}

/// The pipelines with their stages.
pub async fn list(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(list_view).await
}

/// Makes a pipeline with the stages that every one needs.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    ctx.act(
        fields,
        |tx, fields| {
            tx.access().require(Right::Arrange)?;
            let id = pipelines::create_pipeline(tx, fields.get("name"), fields.required::<Kind>("kind")?)?;
            Ok(Done::go(format!("settings/pipelines/{id}")).say("The pipeline is there. Now give it its stages."))
        },
        list_view,
    )
    .await
}

/// A pipeline and its stages.
pub async fn show(ctx: Ctx, path: Path<(String, PipelineId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| pipeline_view(page, id, Sent::Itself)).await
}

/// Saves a pipeline's name and the reasons offered when a card is lost.
pub async fn save(ctx: Ctx, path: Path<(String, PipelineId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            shown_of_pipeline(&pipelines::pipeline(tx, id)?).refuse_stale(fields)?;
            pipelines::save_pipeline(tx, id, fields.get("name"), fields.get("lost_reasons"))?;
            Ok(Done::go(format!("settings/pipelines/{id}")).say("Saved."))
        },
        move |page| pipeline_view(page, id, Sent::Itself),
    )
    .await
}

/// Adds a stage to a pipeline.
pub async fn add(ctx: Ctx, path: Path<(String, PipelineId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Arrange)?;
            let added = pipelines::add_stage(tx, id, &read_stage(fields)?)?;
            let name = pipelines::stage(tx, added)?.name;
            Ok(Done::go(format!("settings/pipelines/{id}")).say(format!("“{name}” is added.")))
        },
        move |page| pipeline_view(page, id, Sent::Addition),
    )
    .await
}

/// A stage and its cadence.
pub async fn stage(ctx: Ctx, path: Path<(String, StageId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| stage_view(page, id, Sent::Itself)).await
}

/// Saves a stage.
pub async fn save_stage(ctx: Ctx, path: Path<(String, StageId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Arrange)?;
            shown_of_stage(&pipelines::stage(tx, id)?).refuse_stale(fields)?;
            pipelines::save_stage(tx, id, &read_stage(fields)?)?;
            Ok(Done::go(format!("settings/stages/{id}")).say("Saved."))
        },
        move |page| stage_view(page, id, Sent::Itself),
    )
    .await
}

/// Moves a stage one place up or down in its pipeline.
pub async fn reorder(ctx: Ctx, path: Path<(String, StageId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Arrange)?;
            let (down, words) = match fields.get("direction") {
                "up" => (false, "up"),
                "down" => (true, "down"),
                _ => return Err(Error::invalid("direction", "A stage moves up or down.")),
            };
            let Stage { name, pipeline_id, .. } = pipelines::stage(tx, id)?;
            let to = Done::go(format!("settings/pipelines/{pipeline_id}"));
            let order = pipelines::stages(tx, pipeline_id)?;
            let edge = if down { order.last() } else { order.first() };
            if edge.is_some_and(|stage| stage.id == id) {
                return Ok(to.say(format!("“{name}” can’t move further {words}.")));
            }
            pipelines::move_stage(tx, id, down)?;
            Ok(to.say(format!("“{name}” moved {words}.")))
        },
        move |page| {
            let pipeline = pipelines::stage(page.tx, id)?.pipeline_id;
            pipeline_view(page, pipeline, Sent::Itself)
        },
    )
    .await
}

/// Removes a stage that no card is in.
pub async fn remove(ctx: Ctx, path: Path<(String, StageId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let name = pipelines::stage(tx, id)?.name;
            let pipeline = pipelines::remove_stage(tx, id)?;
            Ok(Done::go(format!("settings/pipelines/{pipeline}")).say(format!("“{name}” is removed.")))
        },
        move |page| stage_view(page, id, Sent::Itself),
    )
    .await
}

/// Adds a step to a stage's cadence.
pub async fn add_step(ctx: Ctx, path: Path<(String, StageId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Arrange)?;
            pipelines::add_step(tx, id, &read_step(fields)?)?;
            Ok(Done::go(format!("settings/stages/{id}"))
                .say("Added. It is planned for every card that enters the stage from now on."))
        },
        move |page| stage_view(page, id, Sent::Addition),
    )
    .await
}

/// Saves a step of a cadence.
pub async fn save_step(ctx: Ctx, path: Path<(String, StepId)>, fields: Fields) -> Result<Reply, Failure> {
    let (id, stage) = (path.1, fields.lenient::<StageId>("stage"));
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Arrange)?;
            let (step, templates) = (pipelines::step_of(tx, id)?, drafts::templates(tx)?);
            let template = step.template_id.map(|id| template_name(&templates, id));
            shown_of_step(&step, template.as_deref()).refuse_stale(fields)?;
            let stage = pipelines::save_step(tx, id, &read_step(fields)?)?;
            Ok(Done::go(format!("settings/stages/{stage}"))
                .say("Saved. It holds for every card that enters the stage from now on."))
        },
        move |page| match stage {
            Some(stage) => stage_view(page, stage, Sent::Step(id)),
            None => list_view(page),
        },
    )
    .await
}

/// Removes a step from a cadence.
pub async fn remove_step(ctx: Ctx, path: Path<(String, StepId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            let pipeline = pipelines::remove_step(tx, id)?;
            // Back to the stage that the button was on, if it says so.
            let to = fields
                .lenient::<StageId>("stage")
                .map_or_else(|| format!("settings/pipelines/{pipeline}"), |stage| format!("settings/stages/{stage}"));
            Ok(Done::go(to).say("Removed. Reminders that it planned stay."))
        },
        list_view,
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_says_when_it_comes() {
        let nine: NaiveTime = "09:00".parse().unwrap();
        assert_eq!(delay_words(0, nine), "the same day, 09:00");
        assert_eq!(delay_words(1, nine), "after 1 day, 09:00");
        assert_eq!(delay_words(14, nine), "after 14 days, 09:00");
    }

    #[test]
    fn a_stage_without_channel_and_rot_days_expects_none() {
        let form = read_stage(&Fields::parse("name=New&state=open&channel=&rot_days=")).unwrap();
        assert_eq!((form.state, form.channel, form.rot_days), (StageState::Open, None, None));
        assert!(read_stage(&Fields::parse("name=New&state=ajar")).is_err());
    }
}
