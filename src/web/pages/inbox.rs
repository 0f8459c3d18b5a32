//! The inbox: threads of every channel in one list, and one conversation with what belongs beside it. What is done in
//! a thread is in `threads`.

use std::collections::HashMap;

use actix_web::web::Path;
use askama::Template as _;
use chrono::{Datelike, NaiveDate, NaiveTime};

mod hits;
mod pane;

use self::{
    hits::Hits,
    pane::{Pane, tail_of},
};
use super::threads::Composed;

use crate::{
    attachments::{self, Attachment, Media, Shape},
    calendar::{NextStep, Tz, local, resolve},
    channels::compose_url,
    contacts::{self, Contact, Turn},
    db::{Page as Paged, PageRequest, Tx},
    drafts::{self, Template},
    error::{Error, Result},
    ids::{MessageId, ThreadId},
    pipelines::{self, Card, Pipeline, Stage, StageState},
    reminders::{self, Reminder},
    threads::{self, Message, Namesake, Status, Thread, ThreadKind},
    web::{Ctx, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Member, Names},
};

/// The fields that a thread's page shows problems beside.
pub const SHOWN: &[&str] = &["body", "sent_at", "url", "assignee", "override"];

/// Messages on one page of a conversation.
const PER_PAGE: i64 = 100;

#[derive(askama::Template)]
#[template(path = "threads/list.html")]
struct ListPage {
    shell: Shell,
    pane: Pane,
}

/// The list beside a conversation, as a form in it carries it on.
pub(super) fn list_of(fields: &Fields) -> Fields {
    Fields::parse(fields.get("list"))
}

/// A conversation beside that list, below the workspace.
pub(super) fn beside_list(fields: &Fields, id: ThreadId) -> String {
    format!("threads/{id}{}", tail_of(&list_of(fields)))
}

/// The list.
pub async fn list(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let pane = Pane::load(tx, query, None)?;
        Ok(ListPage { shell, pane }.render()?)
    })
    .await
}

/// A message with the heading of its day, when it is the first of that day on the page.
struct Said {
    message: Message,
    files: Vec<Attachment>,
    day: Option<String>,
    clock: String,
}

impl Said {
    /// Whether its text says more than its attachments do.
    fn has_words(&self) -> bool {
        !self.shows_all() || !self.words().is_empty()
    }

    /// How a file is shown: a picture that couldn't be made small may be too large for any page.
    fn shape(&self, file: &attachments::File) -> Shape {
        match file.media.shape() {
            Shape::Image if file.thumb != Some(true) => Shape::File,
            shape => shape,
        }
    }

    fn shows_all(&self) -> bool {
        !self.is_by_hand() && !self.files.is_empty() && self.files.iter().all(|one| one.file.is_some())
    }

    /// Its text; without the line in brackets in which an archive names what is shown beside it.
    fn words(&self) -> &str {
        let body = self.message.body.as_str();
        let (before, last) = body.rsplit_once('\n').unwrap_or(("", body));
        let named = last.starts_with('(') && last.ends_with(')');
        if self.shows_all() && named { before } else { body }
    }

    /// Whether somebody entered it here: what a platform or an import brought has an id of its own.
    fn is_by_hand(&self) -> bool {
        self.message.external_id.is_none()
    }
}

/// A card of the contact, with the stages it can go to.
struct Place {
    card: Card,
    pipeline: String,
    stage: String,
    others: Vec<Stage>,
}

impl Place {
    fn is_open(&self) -> bool {
        self.card.state == StageState::Open
    }
}

#[derive(askama::Template)]
#[template(path = "threads/show.html")]
struct ThreadPage {
    shell: Shell,
    form: Form,
    pane: Pane,
    /// Which pane a phone shows.
    showing: &'static str,
    thread: Thread,
    contact: Contact,
    said: Vec<Said>,
    older: Option<String>,
    is_older: bool,
    /// The last message on the page, when there are newer ones.
    last: Option<MessageId>,
    /// The first message of the day that was asked for.
    jump: Option<MessageId>,
    hits: Hits,
    /// The message that was asked for.
    at: Option<MessageId>,
    /// Whether the viewer has not seen all of it.
    is_unread: bool,
    newest: Option<MessageId>,
    /// What a move made here is justified by.
    reason: Option<MessageId>,
    open_at: Option<String>,
    places: Vec<Place>,
    open: Vec<Reminder>,
    others: Vec<Thread>,
    /// Who may be the same person.
    namesakes: Vec<Namesake>,
    names: Names,
    templates: Vec<Template>,
    composed: Option<Composed>,
}

impl ThreadPage {
    fn next(&self, reminder: &Reminder) -> NextStep {
        self.shell.day.next_step(Some(reminder.due_at.utc()))
    }

    fn owes(&self, reminder: &Reminder) -> &str {
        self.names.of(Some(reminder.user_id))
    }

    fn has_open_card(&self) -> bool {
        self.places.iter().any(Place::is_open)
    }

    fn is_open(&self) -> bool {
        self.thread.status == Status::Open
    }

    fn is_closed(&self) -> bool {
        self.thread.status == Status::Closed
    }

    /// Whether a picture that somebody attached is being made small: no change tells when that is done.
    fn awaits_picture(&self) -> bool {
        let mut sent = self.said.iter().flat_map(|one| &one.files).filter(|sent| sent.by_hand);
        sent.any(|sent| {
            sent.file.as_ref().is_some_and(|file| file.media.shape() == Shape::Image && file.thumb.is_none())
        })
    }

    fn is_asked(&self, one: &Said) -> bool {
        self.at == Some(one.message.id)
    }

    /// Whether the viewer looks after it.
    fn is_mine(&self) -> bool {
        self.thread.assignee_id == Some(self.shell.user.id)
    }

    fn is_direct(&self) -> bool {
        self.thread.kind == ThreadKind::Direct
    }

    fn looks_after(&self, member: &Member) -> bool {
        let present = self.thread.assignee_id.map_or(String::new(), |id| id.to_string());
        self.form.value("assignee", &present) == member.user.id.to_string()
    }

    /// Whether the form begins with their message: while it is their turn, theirs is the likely next one.
    fn is_in(&self) -> bool {
        self.form.ticked("direction", "in", self.thread.turn == Turn::Theirs && self.composed.is_none())
    }

    /// What the composer holds.
    fn body(&self) -> String {
        self.form.value("body", self.composed.as_ref().map_or("", |composed| composed.text.as_str()))
    }

    /// How many characters the channel takes.
    fn limit(&self) -> Option<String> {
        let limit = i64::try_from(self.thread.channel.text_limit()?).ok()?;
        Some(crate::calendar::thousands(limit))
    }

    /// Which text it was written from.
    fn written_from(&self) -> String {
        let composed = self.composed.as_ref().and_then(|composed| composed.written_from);
        self.form.value("written_from", &composed.map_or(String::new(), |id| id.to_string()))
    }

    /// What was filled in before a template was inserted, or the form refused.
    fn typed(&self, name: &str) -> String {
        let sent = self.composed.as_ref().map_or("", |composed| composed.sent.get(name));
        self.form.value(name, sent)
    }

    fn is_automatic(&self) -> bool {
        self.form.ticked(
            "automatic",
            "1",
            self.composed.as_ref().is_some_and(|composed| composed.sent.has("automatic")),
        )
    }

    /// Whether a note is asked for with which a warning may be passed.
    fn asks_why(&self) -> bool {
        let warned = self.composed.as_ref().is_some_and(|composed| composed.verdict.warned());
        warned || !self.form.problem("override").is_empty()
    }

    /// Whether the fields for the time are shown from the start.
    fn asks_when(&self) -> bool {
        !self.form.problem("sent_at").is_empty() || !self.typed("date").is_empty() || self.is_automatic()
    }

    /// Where closing or putting off leads: on in the list, else to the conversation itself.
    fn onward(&self) -> String {
        self.pane.onward().map_or_else(|| self.back(), |path| self.shell.path(&path))
    }

    /// Where moving a card leads back to.
    fn back(&self) -> String {
        self.shell.path(&format!("threads/{}", self.thread.id))
    }
}

/// A conversation; also shown again, with the problem, when one of its forms is refused.
pub(super) fn show_view(page: Page<'_, '_>, id: ThreadId, query: Fields) -> Result<String> {
    show_composed(page, id, query, None)
}

/// A conversation, with what the composer holds.
pub(super) fn show_composed(
    page: Page<'_, '_>,
    id: ThreadId,
    query: Fields,
    composed: Option<Composed>,
) -> Result<String> {
    let Page { tx, shell, form } = page;
    let thread = threads::thread(tx, id)?;
    let contact = contacts::contact(tx, thread.contact_id)?;
    let hits = Hits::load(tx, id, &query)?;
    let at = hits.here().or_else(|| query.lenient("at"));
    let Part { messages, is_older, jump } = shown_part(tx, id, &query, at, shell.day.zone())?;
    let newest = if is_older {
        threads::messages(tx, id, &PageRequest::first(1))?.items.first().map(|message| message.id)
    } else {
        messages.items.first().map(|message| message.id)
    };
    let reason = match thread.kind {
        ThreadKind::Direct => newest,
        _ => threads::newest_between(tx, id)?,
    };
    let last = messages.items.first().map(|message| message.id).filter(|last| Some(*last) != newest);
    let is_older = is_older && (last.is_some() || messages.items.is_empty());
    let shown: Vec<MessageId> = messages.items.iter().map(|message| message.id).collect();
    let files = attachments::of_messages(tx, &shown)?;
    let handles = contacts::handles(tx, contact.id)?;
    let compose = || handles.iter().find_map(|handle| compose_url(thread.channel, &handle.address()));
    let open_at = thread.address().or_else(compose);
    let showing = if query.get("show") == "side" { "side" } else { "thread" };
    let pane = Pane::load(tx, query, Some(id))?;
    let is_unread = pane.unread.contains(&id);
    let places = places_of(pipelines::cards_of_contact(tx, contact.id)?, &pane.pipelines);
    let (open, _) = reminders::of_contact(tx, contact.id)?;
    let mut others = threads::threads_of_contact(tx, contact.id)?;
    others.retain(|other| other.id != id);
    let namesakes = if shell.works() { threads::namesakes(tx, &contact)? } else { Vec::new() };
    let templates = if shell.works() { drafts::templates_for(tx, thread.channel)? } else { Vec::new() };
    let page = ThreadPage {
        said: said_of(messages.items, files, &shell),
        older: messages.next_cursor.map(|cursor| cursor.to_string()),
        names: workspaces::names(tx)?,
        templates,
        composed,
        shell,
        form,
        pane,
        showing,
        thread,
        contact,
        is_older,
        last,
        jump,
        hits,
        at,
        is_unread,
        newest,
        reason,
        open_at,
        places,
        open,
        others,
        namesakes,
    };
    Ok(page.render()?)
}

/// A part of a conversation.
struct Part {
    /// Newest first.
    messages: Paged<Message>,
    /// Whether there may be newer ones.
    is_older: bool,
    /// The first message of the day that was asked for.
    jump: Option<MessageId>,
}

/// The messages that the query asks for: those before a cursor, after a message, around one, or from a day on; else the
/// newest.
fn shown_part(tx: &mut Tx<'_>, id: ThreadId, query: &Fields, at: Option<MessageId>, zone: Tz) -> Result<Part> {
    let mut of_thread = |asked: Option<MessageId>| match asked.map(|at| threads::message(tx, at)) {
        Some(Ok(message)) if message.thread_id == id => Ok(Some(message)),
        None | Some(Ok(_) | Err(Error::NotFound)) => Ok(None),
        Some(Err(error)) => Err(error),
    };
    if let Some(last) = of_thread(query.lenient("from"))? {
        let (messages, is_older) = threads::following(tx, &last, PER_PAGE)?;
        return Ok(Part { messages, is_older, jump: None });
    }
    let at = of_thread(at)?;
    let day = match query.lenient::<NaiveDate>("day").filter(|day| (1970..=2200).contains(&day.year())) {
        Some(day) => threads::first_since(tx, id, resolve(day, NaiveTime::MIN, zone).into())?,
        None => None,
    };
    let jump = day.as_ref().map(|message| message.id);
    if let Some(message) = day.or(at) {
        return Ok(Part { messages: threads::around(tx, &message, PER_PAGE)?, is_older: true, jump });
    }
    let request = PageRequest::new(Some(PER_PAGE), query.some("before").map(ToOwned::to_owned));
    let is_older = request.after.is_some();
    Ok(Part { messages: threads::messages(tx, id, &request)?, is_older, jump: None })
}

/// A conversation.
pub async fn show(ctx: Ctx, path: Path<(String, ThreadId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| show_view(page, id, query)).await
}

fn places_of(cards: Vec<Card>, pipelines: &[(Pipeline, Vec<Stage>)]) -> Vec<Place> {
    let place = |card: Card| {
        let (pipeline, stages) = pipelines.iter().find(|(pipeline, _)| pipeline.id == card.pipeline_id)?;
        let stage = stages.iter().find(|stage| stage.id == card.stage_id);
        Some(Place {
            pipeline: pipeline.name.clone(),
            stage: stage.map_or("a removed stage", |stage| stage.name.as_str()).to_owned(),
            others: stages.iter().filter(|stage| stage.id != card.stage_id).cloned().collect(),
            card,
        })
    };
    cards.into_iter().filter_map(place).collect()
}

/// Messages as read from the database, newest first, in the order they are read by people.
fn said_of(messages: Vec<Message>, mut files: HashMap<MessageId, Vec<Attachment>>, shell: &Shell) -> Vec<Said> {
    let mut before: Option<NaiveDate> = None;
    let say = |message: Message| {
        let here = local(message.sent_at.utc(), shell.day.zone());
        let day = (before != Some(here.date())).then(|| day_words(here.date(), shell.day.date()));
        before = Some(here.date());
        Said {
            day,
            files: files.remove(&message.id).unwrap_or_default(),
            clock: here.format("%H:%M").to_string(),
            message,
        }
    };
    messages.into_iter().rev().map(say).collect()
}

/// A day as the heading of what was said on it.
fn day_words(date: NaiveDate, today: NaiveDate) -> String {
    match today.signed_duration_since(date).num_days() {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        2..=180 => date.format("%A %-d %B").to_string(),
        _ => date.format("%A %-d %B %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_headed_as_people_say_them() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = date("2026-11-23");
        let table = [
            ("2026-11-23", "Today"),
            ("2026-11-22", "Yesterday"),
            ("2026-11-17", "Tuesday 17 November"),
            ("2025-11-14", "Friday 14 November 2025"),
            ("2026-11-24", "Tuesday 24 November 2026"),
        ];
        for (day, words) in table {
            assert_eq!(day_words(date(day), today), words);
        }
    }
}
