//! One card: its page with every stay, opening, editing, moving (by form or by drag), undoing a move, removing it.

mod amount;

use actix_web::{
    http::StatusCode,
    web::{Json, Path},
};
use askama::Template;

use self::amount::{cents, plain_value};
use crate::{
    access::Right,
    calendar::{NextStep, days_words},
    contacts::{self, Contact},
    error::Result,
    ids::{CardId, ContactId, MessageId, StageId, UserId, VisitId},
    pipelines::{self, Card, Move, NewCard, Pipeline, Stage, StageState, Visit},
    reminders::{self, Reminder},
    threads::{self, Message},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
    workspaces::{self, Member, Names},
};

/// The fields that the forms of a card show problems beside.
pub const SHOWN: &[&str] = &["value", "owner", "stage_id", "note", "lost_reason"];

#[derive(Template)]
#[template(path = "cards/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    card: Card,
    contact: Contact,
    pipeline: Pipeline,
    stages: Vec<Stage>,
    /// The latest first.
    visits: Vec<Visit>,
    open: Vec<Reminder>,
    closed: Vec<Reminder>,
    members: Vec<Member>,
    names: Names,
}

impl ShowPage {
    fn stage_name(&self, id: &StageId) -> &str {
        self.stages.iter().find(|stage| stage.id == *id).map_or("a removed stage", |stage| stage.name.as_str())
    }

    fn next(&self) -> NextStep {
        self.shell.day.next_step(self.card.next_at.map(|at| at.utc()))
    }

    /// "12 days without a sign", once it rots.
    fn rotten(&self) -> Option<String> {
        pipelines::rot_of(&self.stages, &self.card, &self.contact, &self.shell.day)
    }

    fn next_of(&self, reminder: &Reminder) -> NextStep {
        self.shell.day.next_step(Some(reminder.due_at.utc()))
    }

    fn is_open(&self) -> bool {
        self.card.state == StageState::Open
    }

    /// How long a stay lasted, or lasts so far.
    fn stay(&self, visit: &Visit) -> String {
        let until = visit.left_at.map_or(self.shell.day.now(), |at| at.utc());
        match (until - visit.entered_at.utc()).num_days() {
            0 => "less than a day".into(),
            days => days_words(days),
        }
    }

    /// Only the latest move can be taken back, and the first stay is no move.
    fn can_undo(&self, visit: &Visit) -> bool {
        self.visits.len() > 1 && self.visits.first().is_some_and(|latest| latest.id == visit.id)
    }

    fn owns(&self, member: &UserId) -> bool {
        self.form.value("owner", &self.card.owner_id.map_or(String::new(), |id| id.to_string())) == member.to_string()
    }

    fn value(&self) -> String {
        plain_value(self.card.value_cents)
    }
}

/// A card's page; also shown again, with the problem, when one of its forms is refused.
pub(super) fn show_view(page: Page<'_, '_>, id: CardId) -> Result<String> {
    let Page { tx, shell, form } = page;
    let card = pipelines::card(tx, id)?;
    let mut visits = pipelines::visits(tx, id)?;
    visits.reverse();
    let (_, mut closed) = reminders::of_contact(tx, card.contact_id)?;
    closed.retain(|reminder| reminder.card_id == Some(id));
    let page = ShowPage {
        contact: contacts::contact(tx, card.contact_id)?,
        pipeline: pipelines::pipeline(tx, card.pipeline_id)?,
        stages: pipelines::stages_of_all(tx)?,
        open: reminders::open_of_card(tx, id)?,
        members: workspaces::workers(tx)?,
        names: workspaces::names(tx)?,
        shell,
        form,
        card,
        visits,
        closed,
    };
    Ok(page.render()?)
}

/// A card.
pub async fn show(ctx: Ctx, path: Path<(String, CardId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| show_view(page, id)).await
}

/// Opens a card for a contact.
pub async fn open(ctx: Ctx, path: Path<String>, fields: Fields) -> Result<Reply, Failure> {
    let slug = path.into_inner();
    let contact: ContactId = fields.lenient("contact_id").unwrap_or(ContactId(0));
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let new = NewCard {
                contact: fields.required("contact_id")?,
                pipeline: fields.required("pipeline_id")?,
                stage: fields.optional("stage_id")?,
                value_cents: 0,
            };
            let card = pipelines::open_card(tx, new)?;
            let pipeline = pipelines::pipeline(tx, card.pipeline_id)?;
            let to = way_back(fields, &slug, format!("contacts/{}", card.contact_id));
            Ok(Done::go(to).say(format!("There is a card in “{}” now.", pipeline.name)))
        },
        move |page| super::contacts::show_view(page, contact, None),
    )
    .await
}

/// What the form of a card's value and owner shows.
fn shown(card: &Card, names: &Names) -> Shown {
    let owner = if card.owner_id.is_some() { names.of(card.owner_id) } else { "nobody" };
    Shown::of([("value", &plain_value(card.value_cents)), ("owner", owner)])
}

/// Saves a card's value and owner.
pub async fn edit(ctx: Ctx, path: Path<(String, CardId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            shown(&pipelines::card(tx, id)?, &workspaces::names(tx)?).refuse_stale(fields)?;
            pipelines::edit_card(tx, id, cents(fields.get("value"))?, fields.optional("owner")?)?;
            Ok(Done::go(format!("cards/{id}")).say("Saved."))
        },
        move |page| show_view(page, id),
    )
    .await
}

/// What a move form was opened with.
#[derive(Debug, Clone, Default)]
struct Asked {
    stage: Option<StageId>,
    message: Option<MessageId>,
    back: String,
}

#[derive(Template)]
#[template(path = "cards/move.html")]
struct MovePage {
    shell: Shell,
    form: Form,
    card: Card,
    contact: Contact,
    pipeline: Pipeline,
    from: String,
    targets: Vec<Stage>,
    evidence: Option<Message>,
    asked: Asked,
}

impl MovePage {
    fn is_chosen(&self, stage: &StageId) -> bool {
        self.asked.stage == Some(*stage)
    }

    fn loses(&self) -> bool {
        self.targets.iter().any(|stage| stage.state == StageState::Lost)
    }

    /// What moving there means.
    fn hint(&self, stage: &Stage) -> String {
        match (stage.state, stage.channel) {
            (StageState::Won, _) => "Closes the card as won".into(),
            (StageState::Lost, _) => "Closes the card as lost; say why below".into(),
            (StageState::Open, Some(channel)) => format!("Carried on {}", channel.label()),
            (StageState::Open, None) => String::new(),
        }
    }
}

fn move_view(page: Page<'_, '_>, id: CardId, asked: Asked) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let card = pipelines::card(tx, id)?;
    let all = pipelines::stages(tx, card.pipeline_id)?;
    let from = all.iter().find(|stage| stage.id == card.stage_id);
    let evidence = match asked.message {
        Some(message) => threads::message(tx, message).ok().filter(|said| said.contact_id == card.contact_id),
        None => None,
    };
    let page = MovePage {
        from: from.map_or("a removed stage", |stage| stage.name.as_str()).to_owned(),
        targets: all.into_iter().filter(|stage| stage.id != card.stage_id).collect(),
        contact: contacts::contact(tx, card.contact_id)?,
        pipeline: pipelines::pipeline(tx, card.pipeline_id)?,
        shell,
        form,
        card,
        evidence,
        asked,
    };
    Ok(page.render()?)
}

/// Asks where a card goes, why, and because of which message.
pub async fn move_form(ctx: Ctx, path: Path<(String, CardId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    let asked =
        Asked { stage: query.lenient("stage"), message: query.lenient("message"), back: query.get("back").to_owned() };
    ctx.page(move |page| move_view(page, id, asked)).await
}

/// Moves a card.
pub async fn move_to(ctx: Ctx, path: Path<(String, CardId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    let asked = Asked {
        stage: fields.lenient("stage_id"),
        message: fields.lenient("message_id"),
        back: fields.get("back").to_owned(),
    };
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let wanted = Move {
                card: id,
                to: fields.required("stage_id")?,
                version: fields.required("version")?,
                evidence: fields.optional("message_id")?,
                note: fields.some("note").map(ToOwned::to_owned),
                lost_reason: fields.some("lost_reason").map(ToOwned::to_owned),
            };
            let moved = pipelines::move_card(tx, &wanted)?;
            let name = contacts::contact(tx, moved.card.contact_id)?.name;
            let to = way_back(fields, &slug, format!("board/{}", moved.card.pipeline_id));
            Ok(Done::go(to)
                .say(format!("{name} is in “{}” now.", moved.to.name))
                .undo(format!("/w/{slug}/visits/{}/undo", moved.visit)))
        },
        move |page| move_view(page, id, asked),
    )
    .await
}

/// Where a card was dropped on the board.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
pub struct Dropped {
    stage_id: StageId,
    version: i32,
}

/// Moves a card that was dragged. A lost stage is answered with the address of the form that asks for the reason.
pub async fn drop(ctx: Ctx, path: Path<(String, CardId)>, body: Json<Dropped>) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    let Dropped { stage_id, version } = body.into_inner();
    let reply = ctx
        .act_json(move |tx| {
            tx.access().require(Right::Work)?;
            let (card, to) = (pipelines::card(tx, id)?, pipelines::stage(tx, stage_id)?);
            let fits = card.version == version && card.pipeline_id == to.pipeline_id && card.stage_id != to.id;
            if fits && to.state == StageState::Lost {
                return Ok(serde_json::json!({
                    "words": format!("Say why the card goes to “{}”.", to.name),
                    "ask_url": format!("/w/{slug}/cards/{id}/move?stage={stage_id}"),
                }));
            }
            let wanted = Move { card: id, to: stage_id, version, evidence: None, note: None, lost_reason: None };
            let moved = pipelines::move_card(tx, &wanted)?;
            let name = contacts::contact(tx, moved.card.contact_id)?.name;
            Ok(serde_json::json!({
                "card": {"id": moved.card.id, "version": moved.card.version, "stage_id": moved.card.stage_id},
                "words": format!("{name} is in “{}” now.", moved.to.name),
                "undo_url": format!("/w/{slug}/visits/{}/undo", moved.visit),
            }))
        })
        .await?;
    Ok(match reply {
        Reply::Json(_, value) if value.get("ask_url").is_some() => Reply::Json(StatusCode::UNPROCESSABLE_ENTITY, value),
        other => other,
    })
}

/// Removes a card; the contact stays.
pub async fn remove(ctx: Ctx, path: Path<(String, CardId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let contact = pipelines::remove_card(tx, id)?;
            Ok(Done::go(format!("contacts/{contact}")).say("The card is removed."))
        },
        move |page| show_view(page, id),
    )
    .await
}

/// Takes a move back.
pub async fn undo(ctx: Ctx, path: Path<(String, VisitId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, visit) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            let moved = pipelines::undo_move(tx, visit)?;
            let name = contacts::contact(tx, moved.card.contact_id)?.name;
            let to = way_back(fields, &slug, format!("board/{}", moved.card.pipeline_id));
            Ok(Done::go(to).say(format!("{name} is back in “{}”.", moved.to.name)))
        },
        move |page| {
            let card = pipelines::card_of_visit(page.tx, visit)?;
            show_view(page, card)
        },
    )
    .await
}

/// Where a form wants to go back to: its field `back`, if that is a path inside this workspace, else `otherwise`.
pub(super) fn way_back(fields: &Fields, slug: &str, otherwise: String) -> String {
    let back = fields.get("back");
    let inside = back.strip_prefix("/w/").and_then(|rest| rest.strip_prefix(slug)).is_some_and(|rest| {
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        path.starts_with('/') && !path.starts_with("//") && !path.contains("..") && !rest.contains('\\')
    });
    let plain = back.len() <= 2_000 && back.bytes().all(|byte| byte.is_ascii_graphic());
    if inside && plain { back.to_owned() } else { otherwise }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_stays_inside_the_workspace() {
        let back = |address: &str| {
            way_back(&Fields::parse(&Fields::default().with("back", address)), "acme", "board/1".into())
        };
        assert_eq!(back("/w/acme/threads/3?x=1"), "/w/acme/threads/3?x=1");
        assert_eq!(back("/w/acme/inbox?q=so..."), "/w/acme/inbox?q=so...");
        let outside = [
            "",
            "https://evil.example",
            "//evil.example",
            "/w/acme",
            "/w/acme-2/today",
            "/w/acme/../other",
            "/w/acme//x",
            "/w/acme/a\\b",
            "/w/acme/a\r\nb",
        ];
        for address in outside {
            assert_eq!(back(address), "board/1", "{address}");
        }
    }
}
