//! Templates: the list, and the editor with its variables and a preview on somebody real.

use actix_web::web::Path;
use askama::Template as _;

use crate::{
    access::Right,
    channels::{Channel, preview},
    contacts::{self, Contact, Filter},
    db::{PageRequest, Tx},
    drafts::{self, Draft, Template, TemplateForm, VARIABLES},
    error::{Error, Result},
    ids::{ContactId, TemplateId},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
};

/// The fields that the editor shows problems beside.
pub const SHOWN: &[&str] = &["name", "channel", "body"];

/// How a missing value is given a fallback.
const FALLBACK: &str = "{{ company|default('your company') }}";

/// How many of the people touched last the preview offers.
const OFFERED: i64 = 20;

#[derive(askama::Template)]
#[template(path = "templates/list.html")]
struct ListPage {
    shell: Shell,
    shared: Vec<Template>,
    own: Vec<Template>,
}

impl ListPage {
    fn first_line(&self, template: &Template) -> String {
        let line = template.body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        preview(line, 120)
    }
}

/// The shared templates and one's own.
pub async fn list(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(|page| {
        let Page { tx, shell, .. } = page;
        let (shared, own) = drafts::templates(tx)?.into_iter().partition(|template| template.owner_id.is_none());
        Ok(ListPage { shell, shared, own }.render()?)
    })
    .await
}

/// A variable as the editor explains it.
struct Variable {
    written: String,
    means: &'static str,
}

#[derive(askama::Template)]
#[template(path = "templates/form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    template: Option<Template>,
    may_save: bool,
    variables: Vec<Variable>,
    fallback: &'static str,
    /// Whom the preview is filled for.
    contact: Option<Contact>,
    people: Vec<Contact>,
    draft: Option<Draft>,
}

impl FormPage {
    fn name(&self) -> String {
        self.form.value("name", self.template.as_ref().map_or("", |template| template.name.as_str()))
    }

    fn body(&self) -> String {
        self.form.value("body", self.template.as_ref().map_or("", |template| template.body.as_str()))
    }

    fn is_for(&self, channel: &Channel) -> bool {
        let saved = self.template.as_ref().and_then(|template| template.channel).map_or("", Channel::as_str);
        self.form.value("channel", saved) == channel.as_str()
    }

    fn is_shared(&self) -> bool {
        self.form.ticked("shared", "1", self.template.as_ref().is_some_and(|template| template.owner_id.is_none()))
    }

    fn is_filled_for(&self, person: &Contact) -> bool {
        self.contact.as_ref().is_some_and(|contact| contact.id == person.id)
    }
}

/// What a variable stands for.
fn meaning(variable: &str) -> &'static str {
    match variable {
        "first_name" => "their first name",
        "last_name" => "their last name",
        "name" => "their whole name",
        "company" => "where they work",
        "title" => "what they do there",
        "handle" => "their user name on the channel",
        "followers" => "how many follow them there",
        "tags" => "their tags, a list",
        "channel" => "the channel, like LinkedIn",
        "stage" => "the stage their card is in",
        "pipeline" => "the pipeline their card is in",
        "last_words" => "what they last wrote",
        "my_name" => "your whole name",
        "my_first_name" => "your first name",
        "brand" => "the name of this workspace",
        _ => "",
    }
}

fn variables() -> Vec<Variable> {
    VARIABLES.iter().map(|name| Variable { written: format!("{{{{ {name} }}}}"), means: meaning(name) }).collect()
}

/// The text filled for somebody, with everything that would keep it from being sent.
fn filled(tx: &mut Tx<'_>, contact: &Contact, channel: Option<Channel>, body: &str) -> Result<Draft> {
    let me = tx.access().user();
    let facts = drafts::facts(tx, contact, channel, me)?;
    let mut draft = drafts::fill(body, &facts);
    for flaw in drafts::flaws(tx, contact, channel, me, &draft.text)? {
        if !draft.flaws.contains(&flaw) {
            draft.flaws.push(flaw);
        }
    }
    Ok(draft)
}

fn form_view(page: Page<'_, '_>, id: Option<TemplateId>, with: Option<ContactId>) -> Result<String> {
    let Page { tx, shell, form } = page;
    let template = id.map(|id| drafts::template(tx, id)).transpose()?;
    let people = contacts::list(tx, &Filter::default(), &PageRequest::first(OFFERED))?.items;
    let contact = match with.map(|id| contacts::contact(tx, id)) {
        Some(Ok(contact)) => Some(contact),
        None | Some(Err(Error::NotFound)) => people.first().cloned(),
        Some(Err(error)) => return Err(error),
    };
    let is_shared = template.as_ref().is_some_and(|template| template.owner_id.is_none());
    let mut page = FormPage {
        may_save: if is_shared { shell.arranges() } else { shell.works() },
        shell,
        form,
        template,
        variables: variables(),
        fallback: FALLBACK,
        contact,
        people,
        draft: None,
    };
    let (body, channel) = (page.body(), page.template.as_ref().and_then(|template| template.channel));
    if let Some(contact) = page.contact.as_ref().filter(|_| !body.trim().is_empty()) {
        page.draft = Some(filled(tx, contact, channel, &body)?);
    }
    Ok(page.render()?)
}

fn read_form(fields: &Fields) -> Result<TemplateForm> {
    Ok(TemplateForm {
        name: fields.get("name").to_owned(),
        channel: fields.optional("channel")?,
        body: fields.get("body").to_owned(),
        shared: fields.has("shared"),
    })
}

/// The form for a new template.
pub async fn new(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| {
        page.tx.access().require(Right::Work)?;
        form_view(page, None, query.lenient("contact"))
    })
    .await
}

/// Saves a new template.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let with: Option<ContactId> = fields.lenient("contact");
    ctx.act(
        fields,
        |tx, fields| {
            tx.access().require(Right::Work)?;
            let id = drafts::save_template(tx, None, &read_form(fields)?)?;
            Ok(Done::go(format!("templates/{id}")).say("Saved."))
        },
        move |page| form_view(page, None, with),
    )
    .await
}

/// A template, filled for `?contact=` or for whoever was touched last.
pub async fn show(ctx: Ctx, path: Path<(String, TemplateId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| form_view(page, Some(id), query.lenient("contact"))).await
}

/// Saves a template that is there.
pub async fn save(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    let with: Option<ContactId> = fields.lenient("contact");
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            drafts::save_template(tx, Some(id), &read_form(fields)?)?;
            let tail = with.map_or(String::new(), |contact| format!("?contact={contact}"));
            Ok(Done::go(format!("templates/{id}{tail}")).say("Saved."))
        },
        move |page| form_view(page, Some(id), with),
    )
    .await
}

/// Removes a template.
pub async fn remove(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            drafts::remove_template(tx, id)?;
            Ok(Done::go("templates").say("Removed the template."))
        },
        move |page| form_view(page, Some(id), None),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_explained_once() {
        let explained: std::collections::HashSet<_> = variables().iter().map(|variable| variable.means).collect();
        assert_eq!(explained.len(), VARIABLES.len());
        assert!(!explained.contains(""));
    }

    #[test]
    fn variables_are_shown_as_they_are_written() {
        assert_eq!(variables()[0].written, "{{ first_name }}");
    }

    #[test]
    fn the_example_of_a_fallback_is_a_template_that_works() {
        assert!(drafts::check_template(FALLBACK).is_ok());
    }
}
