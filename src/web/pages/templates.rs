//! Templates: the list, and the editor with its variants, variables and a preview on somebody real.

use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template as _;

use crate::{
    access::Right,
    channels::{Channel, preview},
    contacts::{self, Contact, Filter},
    db::{PageRequest, Tx},
    drafts::{self, Draft, Outcome, Template, TemplateForm, VARIABLES, Variant},
    error::{Error, Result},
    ids::{ContactId, TemplateId},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
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
    /// By template, its variants added up.
    outcomes: HashMap<TemplateId, Outcome>,
    /// How many texts those have that have variants.
    texts: HashMap<TemplateId, i64>,
}

impl ListPage {
    fn outcome(&self, template: &Template) -> Outcome {
        self.outcomes.get(&template.id).copied().unwrap_or_default()
    }

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
        let outcomes = drafts::outcomes_by_template(tx)?;
        let texts = drafts::variant_counts(tx)?;
        Ok(ListPage { shell, shared, own, outcomes, texts }.render()?)
    })
    .await
}

/// One text of a template with what came of it.
struct Tried {
    variant: Variant,
    outcome: Outcome,
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
    /// Every text of the template, itself first; empty for a new one.
    variants: Vec<Tried>,
    may_save: bool,
    variables: Vec<Variable>,
    fallback: &'static str,
    /// Whom the preview is filled for.
    contact: Option<Contact>,
    people: Vec<Contact>,
    /// What was searched for among them.
    who: String,
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

    /// Which of the template's texts is shown.
    fn letter(&self) -> &str {
        let shown = self.variants.iter().find(|tried| self.is_shown(tried));
        shown.map_or("A", |tried| tried.variant.letter.as_str())
    }

    fn is_shown(&self, tried: &Tried) -> bool {
        self.template.as_ref().is_some_and(|template| template.id == tried.variant.template.id)
    }

    /// Whether name, channel and sharing are set here: a variant has those of its template.
    fn is_whole(&self) -> bool {
        self.letter() == "A"
    }

    fn may_vary(&self) -> bool {
        self.may_save && (1..drafts::MOST_VARIANTS).contains(&self.variants.len())
    }

    /// How many characters the channel takes that it is written for.
    fn limit(&self) -> Option<usize> {
        self.template.as_ref()?.channel?.text_limit()
    }

    fn limit_words(&self) -> String {
        let words = |limit| i64::try_from(limit).map_or_else(|_| String::new(), crate::calendar::thousands);
        self.limit().map_or_else(String::new, words)
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

/// For whom the preview is filled.
#[derive(Debug, Default)]
struct Preview {
    contact: Option<ContactId>,
    /// Words of a name, to find others than those touched last.
    search: Option<String>,
}

impl Preview {
    fn of(fields: &Fields) -> Self {
        Self { contact: fields.lenient("contact"), search: fields.some("who").map(ToOwned::to_owned) }
    }
}

fn form_view(page: Page<'_, '_>, id: Option<TemplateId>, preview: Preview) -> Result<String> {
    let Page { tx, shell, form } = page;
    let template = id.map(|id| drafts::template(tx, id)).transpose()?;
    let filter = Filter { search: preview.search.clone(), ..Filter::default() };
    let people = contacts::list(tx, &filter, &PageRequest::first(OFFERED))?.items;
    let contact = match preview.contact.map(|id| contacts::contact(tx, id)) {
        Some(Ok(contact)) => Some(contact),
        None | Some(Err(Error::NotFound)) => people.first().cloned(),
        Some(Err(error)) => return Err(error),
    };
    let outcomes = if id.is_some() { drafts::outcomes(tx)? } else { HashMap::new() };
    let tried =
        |variant: Variant| Tried { outcome: outcomes.get(&variant.template.id).copied().unwrap_or_default(), variant };
    let variants = match id {
        Some(id) => {
            let of = drafts::origin(tx, id)?;
            drafts::variants(tx, of)?.into_iter().map(tried).collect()
        }
        None => Vec::new(),
    };
    let is_shared = template.as_ref().is_some_and(|template| template.owner_id.is_none());
    let mut page = FormPage {
        may_save: if is_shared { shell.arranges() } else { shell.works() },
        shell,
        form,
        template,
        variants,
        variables: variables(),
        fallback: FALLBACK,
        contact,
        people,
        who: preview.search.unwrap_or_default(),
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
        form_view(page, None, Preview::of(&query))
    })
    .await
}

fn shown(template: &Template) -> Shown {
    let shared = if template.owner_id.is_none() { "shared" } else { "private" };
    Shown::of([
        ("name", &template.name),
        ("channel", template.channel.map_or("", Channel::label)),
        ("for", shared),
        ("text", &template.body),
    ])
}

/// Saves a new template.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let preview = Preview::of(&fields);
    ctx.act(
        fields,
        |tx, fields| {
            tx.access().require(Right::Work)?;
            let id = drafts::save_template(tx, None, &read_form(fields)?)?;
            Ok(Done::go(format!("templates/{id}")).say("Saved."))
        },
        move |page| form_view(page, None, preview),
    )
    .await
}

/// A template, filled for `?contact=` or for whoever was touched last.
pub async fn show(ctx: Ctx, path: Path<(String, TemplateId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| form_view(page, Some(id), Preview::of(&query))).await
}

/// Saves a template that is there.
pub async fn save(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    let with: Option<ContactId> = fields.lenient("contact");
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let of = drafts::origin(tx, id)?;
            let of = drafts::template(tx, of)?;
            let form = if of.id == id {
                read_form(fields)?
            } else {
                // A variant has only words of its own.
                TemplateForm {
                    name: of.name,
                    channel: of.channel,
                    body: fields.get("body").to_owned(),
                    shared: of.owner_id.is_none(),
                }
            };
            shown(&drafts::template(tx, id)?).refuse_stale(fields)?;
            drafts::save_template(tx, Some(id), &form)?;
            let tail = with.map_or(String::new(), |contact| format!("?contact={contact}"));
            Ok(Done::go(format!("templates/{id}{tail}")).say("Saved."))
        },
        move |page| form_view(page, Some(id), Preview { contact: with, search: None }),
    )
    .await
}

/// Adds a variant with the same text, to be changed.
pub async fn add_variant(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let made = drafts::add_variant(tx, id)?;
            let words =
                "Change its words: from now on people get one text or the other, and you see which is answered.";
            Ok(Done::go(format!("templates/{made}")).say(words))
        },
        move |page| form_view(page, Some(id), Preview::default()),
    )
    .await
}

/// Removes a template, or one of its variants.
pub async fn remove(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, _| {
            let of = drafts::origin(tx, id)?;
            drafts::remove_template(tx, id)?;
            let done = if of == id {
                Done::go("templates").say("Removed the template.")
            } else {
                Done::go(format!("templates/{of}")).say("Removed the variant.")
            };
            Ok(done.undo(format!("/w/{slug}/templates/{id}/restore")))
        },
        move |page| form_view(page, Some(id), Preview::default()),
    )
    .await
}

/// Puts a removed template, or variant, back.
pub async fn restore(ctx: Ctx, path: Path<(String, TemplateId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            drafts::restore_template(tx, id)?;
            Ok(Done::go(format!("templates/{id}")).say("It is back."))
        },
        move |page| form_view(page, Some(id), Preview::default()),
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
