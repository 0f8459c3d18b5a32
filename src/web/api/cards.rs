//! Cards: opened, shown, moved with version and evidence, and their stays.

use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Answer, Api, ApiFailure, Body, Paging, Told,
    views::{self, CardList, VisitList},
};
use crate::{
    ids::{CardId, ContactId, MessageId, PipelineId, StageId},
    pipelines::{self, Move},
    web::Fields,
};

/// A card to be opened.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewCard {
    /// Whose.
    pub contact_id: ContactId,
    /// In which pipeline.
    pub pipeline_id: PipelineId,
    /// Where it starts; the first open stage when none is named.
    pub stage_id: Option<StageId>,
    /// In units of the workspace's currency, 0 when it isn't said.
    pub value: Option<f64>,
}

/// A move of a card.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewMove {
    /// Where to.
    pub stage_id: StageId,
    /// The card's version as the mover saw it.
    pub version: i32,
    /// The message that justifies it.
    pub message_id: Option<MessageId>,
    /// Why, in the mover's words.
    pub note: Option<String>,
    /// Why it was lost; a lost stage asks for it.
    pub lost_reason: Option<String>,
}

/// Hundredths; what is out of bounds stays so and is refused by the verb.
fn cents(value: Option<f64>) -> i64 {
    (value.unwrap_or_default() * 100.0).round() as i64
}

/// Cards in the order in which they were opened.
#[utoipa::path(
    get,
    path = "/api/v1/cards",
    tag = "cards",
    operation_id = "list_cards",
    params(
        ("pipeline_id" = Option<i64>, Query, description = "Only of this pipeline."),
        ("stage_id" = Option<i64>, Query, description = "Only in this stage."),
        ("contact_id" = Option<i64>, Query, description = "Only of this contact."),
        Paging,
    ),
    responses((status = 200, description = "A page of cards.", body = CardList))
)]
pub async fn list(api: Api, query: Fields) -> Told<CardList> {
    api.read(move |tx| {
        let (pipeline, stage) = (query.optional("pipeline_id")?, query.optional("stage_id")?);
        let page = pipelines::list_cards(tx, pipeline, stage, query.optional("contact_id")?, &Paging::of(&query)?)?;
        let day = views::day(tx)?;
        Ok(CardList::from(page.map(|row| views::Card::of(row, &day))))
    })
    .await
}

/// Opens a card. A contact has at most one open card in a pipeline: a second is refused with 409 and the first.
#[utoipa::path(
    post,
    path = "/api/v1/cards",
    tag = "cards",
    operation_id = "open_card",
    request_body = NewCard,
    responses(
        (status = 201, description = "The card.", body = views::Card),
        (status = 409, description = "There is an open card already; `current` is that card.",
            body = views::ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn open(api: Api, body: Body) -> Result<HttpResponse, ApiFailure> {
    api.post(body, |tx, new: NewCard| {
        let wanted = pipelines::NewCard {
            contact: new.contact_id,
            pipeline: new.pipeline_id,
            stage: new.stage_id,
            value_cents: cents(new.value),
        };
        let card = pipelines::open_card(tx, wanted)?;
        Answer::created(&views::Card::of(card, &views::day(tx)?))
    })
    .await
}

/// A card.
#[utoipa::path(
    get,
    path = "/api/v1/cards/{id}",
    tag = "cards",
    operation_id = "show_card",
    params(("id" = i64, Path, description = "The card.")),
    responses((status = 200, description = "The card.", body = views::Card))
)]
pub async fn show(api: Api, path: Path<CardId>) -> Told<views::Card> {
    let id = path.into_inner();
    api.read(move |tx| {
        let card = pipelines::card(tx, id)?;
        Ok(views::Card::of(card, &views::day(tx)?))
    })
    .await
}

/// Moves a card to another stage of its pipeline. A stale version is refused with 409 and the card as it is.
#[utoipa::path(
    post,
    path = "/api/v1/cards/{id}/move",
    tag = "cards",
    operation_id = "move_card",
    params(("id" = i64, Path, description = "The card.")),
    request_body = NewMove,
    responses(
        (status = 200, description = "The card as it is now.", body = views::Card),
        (status = 409, description = "Somebody has moved it meanwhile; `current` is the card as it is.",
            body = views::ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn move_to(api: Api, path: Path<CardId>, body: Body) -> Result<HttpResponse, ApiFailure> {
    let id = path.into_inner();
    api.post(body, move |tx, new: NewMove| {
        let wanted = Move {
            card: id,
            to: new.stage_id,
            version: new.version,
            evidence: new.message_id,
            note: new.note,
            lost_reason: new.lost_reason,
        };
        let moved = pipelines::move_card(tx, &wanted)?;
        Answer::ok(&views::Card::of(moved.card, &views::day(tx)?))
    })
    .await
}

/// A card's stays in stages from the first, each with the threads that carried it and the message that brought it.
#[utoipa::path(
    get,
    path = "/api/v1/cards/{id}/visits",
    tag = "cards",
    operation_id = "list_visits",
    params(("id" = i64, Path, description = "The card.")),
    responses((status = 200, description = "All stays, at most 500; there is no further page.", body = VisitList))
)]
pub async fn visits(api: Api, path: Path<CardId>) -> Told<VisitList> {
    let id = path.into_inner();
    api.read(move |tx| {
        let card = pipelines::card(tx, id)?;
        let visits: Vec<views::Visit> = pipelines::visits(tx, card.id)?.into_iter().map(views::Visit::from).collect();
        Ok(VisitList::from(visits))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::cents;

    #[test]
    fn values_become_hundredths_without_losing_a_cent() {
        assert_eq!(cents(None), 0);
        assert_eq!(cents(Some(19.99)), 1999);
        assert_eq!(cents(Some(0.29)), 29);
        assert_eq!(cents(Some(-1.0)), -100);
        assert_eq!(cents(Some(1e300)), i64::MAX);
    }
}
