//! The list of contacts, a contact's page, and the form that creates and edits one.

use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template;

use crate::{
    attachments::{self, Attachment},
    channels::{Channel, compose_url},
    contacts::{self, Contact, ContactForm, Filter, Handle, Kind, Place, Tag, Turn},
    db::{Page as Paged, PageRequest},
    error::Result,
    ids::{ContactId, MergeId, MessageId, TagId, UserId},
    pipelines::{self, Card, Pipeline, Stage, Visit},
    reminders::{self, Reminder},
    threads::{self, Namesake, Thread},
    timeline::{self, Moment, Told},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
    workspaces::{self, Member, Names},
};

#[derive(Template)]
#[template(path = "contacts/list.html")]
struct ListPage {
    shell: Shell,
    query: Fields,
    contacts: Paged<Contact>,
    handles: Vec<Handle>,
    tags_of: Vec<(ContactId, Tag)>,
    tags: Vec<Tag>,
    members: Vec<Member>,
    names: Names,
    pipelines: Vec<(Pipeline, Vec<Stage>)>,
    filtered: bool,
}

impl ListPage {
    fn handles(&self, id: &ContactId) -> impl Iterator<Item = &Handle> {
        self.handles.iter().filter(move |handle| handle.contact_id == *id)
    }

    fn tags(&self, id: &ContactId) -> impl Iterator<Item = &Tag> {
        self.tags_of.iter().filter(move |(contact, _)| contact == id).map(|(_, tag)| tag)
    }
}

/// The list.
pub async fn list(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let filter = Filter {
            search: query.some("q").map(ToOwned::to_owned),
            kind: query.lenient::<Kind>("kind"),
            owner: query.lenient::<UserId>("owner"),
            tag: query.lenient::<TagId>("tag"),
            turn: query.lenient::<Turn>("turn"),
            place: query.lenient::<Place>("stage"),
        };
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let contacts = contacts::list(tx, &filter, &request)?;
        let ids: Vec<ContactId> = contacts.items.iter().map(|contact| contact.id).collect();
        let filtered = ["q", "kind", "owner", "tag", "turn", "stage"].iter().any(|name| query.some(name).is_some());
        let page = ListPage {
            handles: contacts::handles_of(tx, &ids)?,
            tags_of: contacts::tags_of(tx, &ids)?,
            tags: contacts::all_tags(tx)?,
            members: workspaces::members(tx)?,
            names: workspaces::names(tx)?,
            pipelines: pipelines::stages_by_pipeline(tx)?,
            shell,
            query,
            contacts,
            filtered,
        };
        Ok(page.render()?)
    })
    .await
}

#[derive(Template)]
#[template(path = "contacts/form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    contact: Option<Contact>,
    start: ContactForm,
    pipelines: Vec<Pipeline>,
}

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["name", "kind", "company", "title", "email", "phone", "timezone", "handles"];

fn form_view(page: Page<'_, '_>, id: Option<ContactId>) -> Result<String> {
    let contact = id.map(|id| contacts::contact(page.tx, id)).transpose()?;
    let pipelines = pipelines::pipelines(page.tx)?;
    let start = contact.as_ref().map_or_else(|| fresh(&pipelines), filled);
    Ok(FormPage { shell: page.shell, form: page.form, contact, start, pipelines }.render()?)
}

fn fresh(pipelines: &[Pipeline]) -> ContactForm {
    ContactForm { kind: pipelines::first_kind(pipelines).as_str().into(), ..ContactForm::default() }
}

fn filled(contact: &Contact) -> ContactForm {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    ContactForm {
        name: contact.name.clone(),
        kind: contact.kind.as_str().into(),
        company: text(&contact.company),
        title: text(&contact.title),
        email: text(&contact.email),
        phone: text(&contact.phone),
        timezone: text(&contact.timezone),
        handles: String::new(),
    }
}

fn shown(form: &ContactForm) -> Shown {
    let ContactForm { name, kind, company, title, email, phone, timezone, handles: _ } = form;
    Shown::of([
        ("name", name),
        ("kind", kind),
        ("company", company),
        ("title", title),
        ("email", email),
        ("phone", phone),
        ("zone", timezone),
    ])
}

fn read_form(fields: &Fields) -> ContactForm {
    let text = |name| fields.get(name).to_owned();
    ContactForm {
        name: text("name"),
        kind: text("kind"),
        company: text("company"),
        title: text("title"),
        email: text("email"),
        phone: text("phone"),
        timezone: text("timezone"),
        handles: text("handles"),
    }
}

/// The form for somebody new.
pub async fn new(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(|page| {
        page.tx.access().require(crate::access::Right::Work)?;
        form_view(page, None)
    })
    .await
}

/// Adds somebody, and a card with them when a pipeline was chosen.
pub async fn create(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    ctx.make(
        fields,
        |tx, fields| {
            let details = read_form(fields).check()?;
            let id = contacts::create(tx, &details)?;
            if let Some(pipeline) = fields.optional("pipeline")? {
                let card = pipelines::NewCard { contact: id, pipeline, stage: None, value_cents: 0 };
                pipelines::open_card(tx, card)?;
            }
            Ok(Done::go(format!("contacts/{id}")).say(format!("{} is here now.", details.name)))
        },
        |page| form_view(page, None),
    )
    .await
}

/// The form for somebody known.
pub async fn edit_form(ctx: Ctx, path: Path<(String, ContactId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        page.tx.access().require(crate::access::Right::Work)?;
        form_view(page, Some(id))
    })
    .await
}

/// Saves somebody's fields.
pub async fn edit(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            shown(&filled(&contacts::contact(tx, id)?)).refuse_stale(fields)?;
            contacts::edit(tx, id, &read_form(fields).check()?)?;
            Ok(Done::go(format!("contacts/{id}")).say("Saved."))
        },
        move |page| form_view(page, Some(id)),
    )
    .await
}

/// A card with what the page says about it.
pub(super) struct CardView {
    card: Card,
    pipeline: Pipeline,
    stages: Vec<Stage>,
    visits: Vec<Visit>,
}

impl CardView {
    fn stage(&self) -> &str {
        self.stages.iter().find(|stage| stage.id == self.card.stage_id).map_or("a removed stage", |s| s.name.as_str())
    }
}

#[derive(Template)]
#[template(path = "contacts/show.html")]
struct ShowPage {
    shell: Shell,
    form: Form,
    contact: Contact,
    handles: Vec<Handle>,
    tags: Vec<Tag>,
    cards: Vec<CardView>,
    threads: Vec<Thread>,
    open: Vec<Reminder>,
    moments: Paged<Moment>,
    files: HashMap<MessageId, Vec<Attachment>>,
    suggestions: Vec<Namesake>,
    merges: Vec<(MergeId, String, crate::db::Instant)>,
    members: Vec<Member>,
    names: Names,
    pipelines: Vec<Pipeline>,
    write_to: Option<String>,
    older: bool,
}

impl ShowPage {
    fn step(&self, view: &CardView) -> crate::calendar::NextStep {
        self.shell.day.next_step(view.card.next_at.map(crate::db::Instant::utc))
    }

    /// "12 days without a sign", once it rots.
    fn rotten(&self, view: &CardView) -> Option<String> {
        pipelines::rot_of(&view.stages, &view.card, &self.contact, &self.shell.day)
    }

    fn next(&self, reminder: &Reminder) -> crate::calendar::NextStep {
        self.shell.day.next_step(Some(reminder.due_at.utc()))
    }

    fn author(&self, id: &UserId) -> &str {
        self.names.of(Some(*id))
    }

    /// What was said; without the marks of an archive where what they stand for is shown.
    fn words(&self, id: &MessageId, body: &str) -> String {
        let files = self.files.get(id).map(Vec::as_slice).unwrap_or_default();
        let shown = !files.is_empty() && files.iter().all(|sent| sent.file.is_some() && !sent.by_hand);
        if shown { crate::channels::chats::words(body) } else { body.to_owned() }
    }

    fn may_change(&self, author: &UserId) -> bool {
        contacts::may_change_notes(self.shell.access, *author)
    }

    fn has_open_card(&self) -> bool {
        self.cards.iter().any(|view| view.card.closed_at.is_none())
    }

    fn is_owner(&self, member: &Member) -> bool {
        self.contact.owner_id == Some(member.user.id)
    }

    fn prefers(&self, channel: &Channel) -> bool {
        self.contact.preferred_channel == Some(*channel)
    }

    fn followers(&self, handle: &Handle) -> Option<String> {
        handle.followers.map(crate::calendar::thousands)
    }

    fn free_pipelines(&self) -> impl Iterator<Item = &Pipeline> {
        self.pipelines.iter().filter(|pipeline| {
            !self.cards.iter().any(|view| view.pipeline.id == pipeline.id && view.card.closed_at.is_none())
        })
    }
}

/// A contact's page; also shown again, with the problem, when one of its small forms is refused.
pub(super) fn show_view(page: Page<'_, '_>, id: ContactId, after: Option<String>) -> Result<String> {
    let Page { tx, shell, form } = page;
    let contact = contacts::contact(tx, id)?;
    let handles = contacts::handles(tx, contact.id)?;
    let pipelines = pipelines::stages_by_pipeline(tx)?;
    let cards = pipelines::cards_of_contact(tx, contact.id)?;
    let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
    let mut visits = pipelines::visits_of(tx, &ids)?;
    let cards = cards
        .into_iter()
        .filter_map(|card| {
            let (pipeline, stages) = pipelines.iter().find(|(pipeline, _)| pipeline.id == card.pipeline_id)?.clone();
            Some(CardView {
                pipeline,
                stages,
                visits: visits.extract_if(.., |visit| visit.card_id == card.id).collect(),
                card,
            })
        })
        .collect();
    let (open, _) = reminders::of_contact(tx, contact.id)?;
    let older = after.is_some();
    let moments = timeline::story(tx, contact.id, &PageRequest::new(Some(40), after))?;
    let said: Vec<MessageId> = moments.items.iter().filter_map(|moment| moment.told.message()).collect();
    let page = ShowPage {
        files: attachments::of_messages(tx, &said)?,
        tags: contacts::tags_of(tx, &[contact.id])?.into_iter().map(|(_, tag)| tag).collect(),
        threads: threads::threads_of_contact(tx, contact.id)?,
        moments,
        suggestions: threads::namesakes(tx, &contact)?,
        merges: contacts::merge::merges_into(tx, contact.id)?,
        members: workspaces::workers(tx)?,
        names: workspaces::names(tx)?,
        write_to: handles.iter().find_map(|handle| compose_url(handle.channel, &handle.address())),
        shell,
        form,
        contact,
        handles,
        cards,
        open,
        pipelines: pipelines.into_iter().map(|(pipeline, _)| pipeline).collect(),
        older,
    };
    Ok(page.render()?)
}

/// A contact. A merged one leads on to the one it became.
pub async fn show(ctx: Ctx, path: Path<(String, ContactId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    let after = query.some("after").map(ToOwned::to_owned);
    ctx.page(move |page| show_view(page, id, after)).await
}
