//! Texts with variables: listed and added.

use actix_web::HttpResponse;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Answer, Api, ApiFailure, Body, Told,
    views::{self, TemplateList},
};
use crate::{
    channels::Channel,
    drafts::{self, TemplateForm},
};

/// A template to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewTemplate {
    /// 1 to 80 characters.
    pub name: String,
    /// The channel it is written for; any when none is named.
    pub channel: Option<Channel>,
    /// The text with its variables, 1 to 20,000 characters.
    #[schema(example = "Hi {{ first_name }}, thank you for your message.")]
    pub body: String,
    /// Whether everybody uses it; only managers and owners may add such a one.
    #[serde(default)]
    pub shared: bool,
}

/// The templates that the token's owner sees, shared ones and their own, by name.
#[utoipa::path(
    get,
    path = "/api/v1/templates",
    tag = "templates",
    operation_id = "list_templates",
    responses((status = 200, description = "At most 500 templates; there is no further page.", body = TemplateList))
)]
pub async fn list(api: Api) -> Told<TemplateList> {
    api.read(|tx| {
        let outcomes = drafts::outcomes_by_template(tx)?;
        let told = |row: drafts::Template| {
            let drafts::Outcome { sent, answered } = outcomes.get(&row.id).copied().unwrap_or_default();
            views::Template { sent, answered, ..views::Template::from(row) }
        };
        let items: Vec<views::Template> = drafts::templates(tx)?.into_iter().map(told).collect();
        Ok(TemplateList::from(items))
    })
    .await
}

/// Adds a template.
#[utoipa::path(
    post,
    path = "/api/v1/templates",
    tag = "templates",
    operation_id = "create_template",
    request_body = NewTemplate,
    responses((status = 201, description = "The template.", body = views::Template))
)]
pub async fn create(api: Api, body: Body) -> Result<HttpResponse, ApiFailure> {
    api.post(body, |tx, new: NewTemplate| {
        let form = TemplateForm { name: new.name, channel: new.channel, body: new.body, shared: new.shared };
        let id = drafts::save_template(tx, None, &form)?;
        Answer::created(&views::Template::from(drafts::template(tx, id)?))
    })
    .await
}
