//! The pipelines a workspace begins with: one for each kind of contact, with stages, channels, rot days, a cadence and
//! two templates that a beginner can use as they are.

use chrono::NaiveTime;
use diesel::prelude::*;

use super::{NewStep, StageState, add_step, setup::insert_stage};
use crate::{
    channels::Channel,
    contacts::Kind,
    db::{self, Tx, pipelines as p},
    drafts::{TemplateForm, save_template, templates},
    error::Result,
    ids::{PipelineId, StageId, TemplateId},
    timeline::{Change, Verb, record},
};

/// A stage of a preset.
#[derive(Debug, Clone, Copy)]
pub struct PresetStage {
    /// What the demo and the import call it.
    pub key: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Open, won or lost.
    pub state: StageState,
    /// Where its conversations are expected.
    pub channel: Option<Channel>,
    /// After how many days a card rots.
    pub rot_days: Option<i32>,
    /// Days after entering, hour, what is to be done, which template (0 or 1).
    pub steps: &'static [(i32, u32, &'static str, Option<usize>)],
}

/// A pipeline to begin with.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// For which kind.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// Its stages in order.
    pub stages: &'static [PresetStage],
    /// Name, channel and text of its templates.
    pub templates: [(&'static str, Option<Channel>, &'static str); 2],
    /// Offered when a card is lost.
    pub lost_reasons: &'static [&'static str],
}

const fn open(
    key: &'static str,
    name: &'static str,
    channel: Channel,
    rot_days: i32,
    steps: &'static [(i32, u32, &'static str, Option<usize>)],
) -> PresetStage {
    PresetStage { key, name, state: StageState::Open, channel: Some(channel), rot_days: Some(rot_days), steps }
}

const fn closed(key: &'static str, name: &'static str, state: StageState) -> PresetStage {
    PresetStage { key, name, state, channel: None, rot_days: None, steps: &[] }
}

const LEADS: Preset = Preset {
    kind: Kind::Lead,
    name: "LinkedIn leads",
    stages: &[
        open("found", "Found", Channel::Linkedin, 14, &[(0, 10, "Send an invitation", None)]),
        open("invited", "Invited", Channel::Linkedin, 21, &[(10, 10, "See whether the invitation was accepted", None)]),
        open(
            "connected",
            "Connected",
            Channel::Linkedin,
            7,
            &[(0, 10, "Say hello", Some(0)), (4, 10, "Follow up", Some(1)), (9, 10, "Last try, then close", Some(1))],
        ),
        open("talking", "Talking", Channel::Linkedin, 7, &[(3, 10, "Keep the conversation going", None)]),
        open(
            "meeting",
            "Meeting",
            Channel::Linkedin,
            10,
            &[(1, 9, "Prepare the meeting, send what was promised", None)],
        ),
        closed("won", "Won", StageState::Won),
        closed("lost", "Lost", StageState::Lost),
    ],
    templates: [
        (
            "Hello after connecting",
            Some(Channel::Linkedin),
            "Hi {{ first_name }}, thanks for connecting. I saw what you do at {{ company }} and would like to hear how you handle it today. What takes most of your time there?",
        ),
        (
            "Friendly follow-up",
            Some(Channel::Linkedin),
            "Hi {{ first_name }}, my last note may have come at a busy moment. Is this still of interest for {{ company }}, or shall I come back another time?",
        ),
    ],
    lost_reasons: &["no answer", "not interested", "no budget", "bad timing", "chose somebody else"],
};

const INFLUENCERS: Preset = Preset {
    kind: Kind::Influencer,
    name: "Influencers",
    stages: &[
        open("shortlist", "Shortlist", Channel::Instagram, 14, &[(0, 11, "Write the first message", Some(0))]),
        open(
            "contacted",
            "Contacted",
            Channel::Instagram,
            10,
            &[(3, 11, "Follow up", Some(1)), (8, 11, "Last try, then close", Some(1))],
        ),
        open(
            "replied",
            "Replied",
            Channel::Instagram,
            5,
            &[(1, 11, "Answer and suggest a way to work together", None)],
        ),
        open("terms", "Agreeing terms", Channel::Instagram, 7, &[(2, 11, "Settle what, when and for how much", None)]),
        open("product", "Product sent", Channel::Instagram, 14, &[(5, 11, "Ask whether the parcel arrived", None)]),
        closed("posted", "Posted", StageState::Won),
        closed("declined", "Declined", StageState::Lost),
    ],
    templates: [
        (
            "First message",
            Some(Channel::Instagram),
            "Hi {{ first_name }}, your posts keep coming up in our team. We are {{ brand }} and would love to try something together. May I send you the idea?",
        ),
        (
            "Gentle nudge",
            Some(Channel::Instagram),
            "Hi {{ first_name }}, did you get a chance to think about it? Happy to answer anything. {{ my_first_name }} from {{ brand }}",
        ),
    ],
    lost_reasons: &["no answer", "not a fit", "too expensive", "works with a competitor", "no time"],
};

const AMBASSADORS: Preset = Preset {
    kind: Kind::Ambassador,
    name: "Ambassadors",
    stages: &[
        open("invited", "Invited", Channel::Instagram, 14, &[(4, 11, "Ask again, personally", Some(1))]),
        open("interested", "Interested", Channel::Instagram, 7, &[(1, 11, "Explain how it works", Some(0))]),
        open(
            "onboarding",
            "Onboarding",
            Channel::Instagram,
            10,
            &[(3, 11, "Check that they have all they need", None)],
        ),
        open("active", "Active", Channel::Instagram, 30, &[(21, 11, "Say thank you and ask what is new", None)]),
        closed("champion", "Champion", StageState::Won),
        closed("left", "Left", StageState::Lost),
    ],
    templates: [
        (
            "How it works",
            None,
            "Hi {{ first_name }}, lovely that you are interested. It is simple: you try what is new from {{ brand }} first, tell us what you think, and share it if you like it. Shall I send you the details?",
        ),
        (
            "Personal invitation",
            None,
            "Hi {{ first_name }}, you have been with {{ brand }} for a while, and we would be glad to have you closer. Would you like to become one of our ambassadors?",
        ),
    ],
    lost_reasons: &["no answer", "not interested", "moved on", "did not work out"],
};

/// The preset for a kind of contact.
pub fn preset(kind: Kind) -> &'static Preset {
    match kind {
        Kind::Lead => &LEADS,
        Kind::Influencer => &INFLUENCERS,
        Kind::Ambassador => &AMBASSADORS,
    }
}

/// A preset put into the workspace: its pipeline, and its stages by key.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Stage keys with their ids, in order.
    pub stages: Vec<(&'static str, StageId)>,
}

/// Makes the preset's pipeline, stages, cadences and templates.
pub fn install(tx: &mut Tx<'_>, kind: Kind) -> Result<Installed> {
    let installed = lay_out(tx, kind)?;
    plan_steps(tx, kind, &installed.stages)?;
    Ok(installed)
}

/// Makes the preset's pipeline, stages and templates, without cadences: nothing is planned for cards that enter.
pub fn lay_out(tx: &mut Tx<'_>, kind: Kind) -> Result<Installed> {
    tx.access().require(crate::access::Right::Arrange)?;
    let preset = preset(kind);
    let position: i64 = tx.all(db::Pipelines).count().get_result(tx.conn())?;
    let pipeline: PipelineId = tx
        .insert(
            db::Pipelines,
            (
                p::name.eq(preset.name),
                p::kind.eq(kind),
                p::lost_reasons.eq(serde_json::to_string(preset.lost_reasons)?),
                p::position.eq(i32::try_from(position).unwrap_or(0)),
                p::created_at.eq(tx.now()),
            ),
        )
        .returning(p::id)
        .get_result(tx.conn())?;
    for (name, channel, body) in preset.templates {
        let form = TemplateForm { name: name.into(), channel, body: body.into(), shared: true };
        save_template(tx, None, &form)?;
    }
    let mut stages = Vec::new();
    for (place, stage) in preset.stages.iter().enumerate() {
        let id = insert_stage(tx, pipeline, place, stage.name, stage.state, stage.channel, stage.rot_days)?;
        stages.push((stage.key, id));
    }
    record(
        tx,
        Verb::PipelineSaved,
        Change::of(pipeline.0).after(serde_json::json!({"name": preset.name, "kind": kind})),
    )?;
    Ok(Installed { pipeline, stages })
}

/// Gives the stages of a laid-out preset their cadences.
pub fn plan_steps(tx: &mut Tx<'_>, kind: Kind, stages: &[(&'static str, StageId)]) -> Result<()> {
    let preset = preset(kind);
    let templates: Vec<(String, TemplateId)> =
        templates(tx)?.into_iter().map(|template| (template.name, template.id)).collect();
    let named = |name: &str| templates.iter().rev().find(|(known, _)| known == name).map(|(_, id)| *id);
    for stage in preset.stages {
        let Some((_, id)) = stages.iter().find(|(key, _)| *key == stage.key) else { continue };
        for (delay_days, hour, title, template) in stage.steps {
            let step = NewStep {
                title: (*title).into(),
                delay_days: *delay_days,
                at_time: NaiveTime::from_hms_opt(*hour, 0, 0).unwrap_or_default(),
                channel: stage.channel,
                template: template.and_then(|n| preset.templates.get(n)).and_then(|(name, _, _)| named(name)),
            };
            add_step(tx, *id, &step)?;
        }
    }
    Ok(())
}
