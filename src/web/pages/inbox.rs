//! The inbox: threads of every channel in one list, and one conversation with what belongs beside it. What is done in
//! a thread is in `threads`.

use std::collections::{HashMap, HashSet};

use actix_web::web::Path;
use askama::Template as _;
use chrono::NaiveDate;

use super::threads::Composed;

use crate::{
    calendar::{NextStep, local},
    channels::{Channel, Piece, compose_url, excerpt},
    contacts::{self, Contact, Tag, Turn},
    db::{self, Page as Paged, PageRequest, Tx},
    drafts::{self, Template},
    error::{Error, Result},
    ids::{ContactId, MessageId, StageId, TagId, ThreadId, UserId},
    pipelines::{self, Card, Pipeline, Stage, StageState},
    reminders::{self, Reminder},
    threads::{self, Filter, Listed, Message, Status, Thread, ThreadKind},
    web::{Ctx, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Member, Names},
};

/// The fields that a thread's page shows problems beside.
pub const SHOWN: &[&str] = &["body", "sent_at", "url", "assignee"];

/// What links in the list carry on, so that the list stays as it was chosen.
const CARRIED: [&str; 9] = ["q", "channel", "turn", "status", "assignee", "stage", "tag", "contact", "after"];

/// How much of a message in which a search found something is shown, in characters.
const EXCERPT: usize = 140;

/// Messages on one page of a conversation.
const PER_PAGE: i64 = 100;

/// The list of threads, alone or beside a conversation.
struct Pane {
    query: Fields,
    rows: Paged<Listed>,
    /// What the viewer has not seen yet.
    unread: HashSet<ThreadId>,
    /// Where the search found something in what was said.
    found: HashMap<ThreadId, Message>,
    members: Vec<Member>,
    pipelines: Vec<(Pipeline, Vec<Stage>)>,
    tags: Vec<Tag>,
    /// The one contact that the list is narrowed to.
    only: Option<Contact>,
    here: Option<ThreadId>,
    /// Begins with `?` unless it is empty.
    tail: String,
}

impl Pane {
    fn load(tx: &mut Tx<'_>, query: Fields, here: Option<ThreadId>) -> Result<Self> {
        let only = match query.lenient::<ContactId>("contact").map(|id| contacts::contact(tx, id)) {
            Some(Ok(contact)) => Some(contact),
            None | Some(Err(Error::NotFound)) => None,
            Some(Err(error)) => return Err(error),
        };
        let me = tx.access().person()?;
        let filter = filter_of(&query, only.as_ref().map(|contact| contact.id), me);
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let mut columns = Vec::new();
        for pipeline in pipelines::pipelines(tx)? {
            let stages = pipelines::stages(tx, pipeline.id)?;
            columns.push((pipeline, stages));
        }
        let rows = threads::list(tx, &filter, &request)?;
        let shown: Vec<ThreadId> = rows.items.iter().map(|row| row.thread.id).chain(here).collect();
        let unread = threads::unread(tx, me, &shown)?.into_iter().map(|(thread, _)| thread).collect();
        let found = match &filter.words {
            Some(words) => threads::found_in(tx, words, &shown)?,
            None => Vec::new(),
        };
        Ok(Self {
            rows,
            unread,
            found: found.into_iter().map(|message| (message.thread_id, message)).collect(),
            members: workspaces::members(tx)?,
            pipelines: columns,
            tags: contacts::all_tags(tx)?,
            tail: tail_of(&query),
            query,
            only,
            here,
        })
    }

    fn is_here(&self, row: &Listed) -> bool {
        self.here == Some(row.thread.id)
    }

    fn is_unread(&self, row: &Listed) -> bool {
        self.unread.contains(&row.thread.id)
    }

    /// The words that the search found, with those around them.
    fn excerpt(&self, row: &Listed) -> Option<Vec<Piece>> {
        let message = self.found.get(&row.thread.id)?;
        Some(excerpt(&message.body, &db::search_words(self.query.get("q")), EXCERPT))
    }

    /// Where a row leads: to what was found, or to the newest end.
    fn place(&self, row: &Listed) -> String {
        match self.found.get(&row.thread.id) {
            Some(message) => format!("?{}#message-{}", self.tail_and("at", &message.id.to_string()), message.id),
            None => format!("{}#latest", self.tail),
        }
    }

    /// Whether the list was narrowed to less than what is open.
    fn is_narrowed(&self) -> bool {
        ["q", "channel", "turn", "status", "assignee", "stage", "tag", "contact"]
            .iter()
            .any(|name| self.query.some(name).is_some())
    }

    fn is_chosen(&self, name: &str, value: impl std::fmt::Display) -> bool {
        self.query.get(name) == value.to_string()
    }

    /// What links in the conversation carry on, with one more field.
    fn tail_and(&self, name: &str, value: &str) -> String {
        Fields::parse(self.tail.trim_start_matches('?')).with(name, value)
    }

    /// The list without the narrowing to one contact.
    fn everybody(&self) -> String {
        Fields::parse(&self.query.with("contact", "")).with("after", "")
    }
}

/// What the query asks for: open threads unless it says otherwise; a search looks everywhere.
fn filter_of(query: &Fields, contact: Option<ContactId>, me: UserId) -> Filter {
    let words = query.some("q").map(ToOwned::to_owned);
    Filter {
        contact,
        unread_by: (query.get("status") == "unread").then_some(me),
        channel: query.lenient::<Channel>("channel"),
        turn: query.lenient::<Turn>("turn"),
        status: match query.get("status") {
            "any" | "unread" => None,
            "" if words.is_some() => None,
            text => Some(text.parse().unwrap_or(Status::Open)),
        },
        words,
        assignee: query.lenient::<UserId>("assignee"),
        stage: query.lenient::<StageId>("stage"),
        tag: query.lenient::<TagId>("tag"),
    }
}

fn tail_of(query: &Fields) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in CARRIED.iter().filter_map(|name| Some((*name, query.some(name)?))) {
        out.append_pair(name, value);
    }
    let tail = out.finish();
    if tail.is_empty() { tail } else { format!("?{tail}") }
}

#[derive(askama::Template)]
#[template(path = "threads/list.html")]
struct ListPage {
    shell: Shell,
    pane: Pane,
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
    day: Option<String>,
    clock: String,
}

impl Said {
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
    /// Whether the viewer has not seen all of it.
    is_unread: bool,
    newest: Option<MessageId>,
    open_at: Option<String>,
    places: Vec<Place>,
    open: Vec<Reminder>,
    others: Vec<Thread>,
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
        let id = self.composed.as_ref().map_or(String::new(), |composed| composed.written_from.to_string());
        self.form.value("written_from", &id)
    }

    /// Whether the fields for the time are shown from the start.
    fn asks_when(&self) -> bool {
        !self.form.problem("sent_at").is_empty() || !self.form.value("date", "").is_empty()
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
    let request = PageRequest::new(Some(PER_PAGE), query.some("before").map(ToOwned::to_owned));
    let at = match query.lenient::<MessageId>("at").map(|at| threads::message(tx, at)) {
        Some(Ok(message)) if message.thread_id == id => Some(message),
        None | Some(Ok(_) | Err(Error::NotFound)) => None,
        Some(Err(error)) => return Err(error),
    };
    let is_older = request.after.is_some() || at.is_some();
    let messages = match &at {
        Some(message) => threads::around(tx, message, PER_PAGE)?,
        None => threads::messages(tx, id, &request)?,
    };
    let newest = if is_older {
        threads::messages(tx, id, &PageRequest::first(1))?.items.first().map(|message| message.id)
    } else {
        messages.items.first().map(|message| message.id)
    };
    let handles = contacts::handles(tx, contact.id)?;
    let compose = || handles.iter().find_map(|handle| compose_url(thread.channel, &handle.address()));
    let open_at = thread.url.clone().or_else(compose);
    let showing = if query.get("show") == "side" { "side" } else { "thread" };
    let pane = Pane::load(tx, query, Some(id))?;
    let is_unread = pane.unread.contains(&id);
    let places = places_of(pipelines::cards_of_contact(tx, contact.id)?, &pane.pipelines);
    let (open, _) = reminders::of_contact(tx, contact.id)?;
    let mut others = threads::threads_of_contact(tx, contact.id)?;
    others.retain(|other| other.id != id);
    let templates = if shell.works() { drafts::templates_for(tx, thread.channel)? } else { Vec::new() };
    let page = ThreadPage {
        said: said_of(messages.items, &shell),
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
        is_unread,
        newest,
        open_at,
        places,
        open,
        others,
    };
    Ok(page.render()?)
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
fn said_of(messages: Vec<Message>, shell: &Shell) -> Vec<Said> {
    let mut before: Option<NaiveDate> = None;
    let say = |message: Message| {
        let here = local(message.sent_at.utc(), shell.day.zone());
        let day = (before != Some(here.date())).then(|| day_words(here.date(), shell.day.date()));
        before = Some(here.date());
        Said { day, clock: here.format("%H:%M").to_string(), message }
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
    fn the_inbox_shows_open_threads_unless_asked_otherwise() {
        let filter = |query: &str| filter_of(&Fields::parse(query), None, UserId(7));
        let status = |query: &str| filter(query).status;
        assert_eq!(status(""), Some(Status::Open));
        assert_eq!(status("status=closed"), Some(Status::Closed));
        assert_eq!(status("status=any"), None);
        assert_eq!(status("status=nonsense"), Some(Status::Open));
        assert_eq!(status("status=snoozed"), Some(Status::Snoozed));
        assert_eq!((status("status=unread"), filter("status=unread").unread_by), (None, Some(UserId(7))));
        assert_eq!((status("q=tea"), status("q=tea&status=open")), (None, Some(Status::Open)));
    }

    #[test]
    fn links_carry_the_filters_of_the_list_and_nothing_else() {
        let query = Fields::parse("channel=x&turn=&before=abc&show=side&contact=7");
        assert_eq!(tail_of(&query), "?channel=x&contact=7");
        assert_eq!(tail_of(&Fields::parse("before=abc")), "");
    }

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
