//! Reminders: the list, planning one, putting it off, finishing it with what comes next, skipping and handing it over.
//!
//! The page of one reminder, with its draft, is in `followup`; the answer to “what comes next” is read in `next`.

mod next;

use actix_web::web::Path;
use askama::Template;

pub(super) use self::next::read_when;
pub(super) use self::next::{Offer, offer, read_next, said};
use super::cards::way_back;
use crate::{
    access::Right,
    calendar::{Day, due_words},
    channels::Channel,
    contacts::{self, Contact},
    db::{Cursor, Page as Paged, PageRequest, Tx},
    drafts,
    error::Result,
    ids::{ContactId, ReminderId, UserId},
    outreach,
    reminders::{self, Entry, Filter, NewReminder, Reminder, State},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    workspaces::{self, Member, Names},
};

/// The fields that the forms of a reminder show problems beside.
pub const SHOWN: &[&str] = &["next", "title", "when", "reason", "template_id", "channel", "user"];

#[derive(Template)]
#[template(path = "reminders/list.html")]
struct ListPage {
    shell: Shell,
    query: Fields,
    everyone: bool,
    state: State,
    entries: Vec<Entry>,
    next_cursor: Option<Cursor>,
    names: Names,
}

impl ListPage {
    /// Whose a reminder is; empty where all are one's own.
    fn owed_by(&self, entry: &Entry) -> &str {
        if self.everyone { self.names.of(Some(entry.reminder.user_id)) } else { "" }
    }

    fn label(&self, state: &State) -> &'static str {
        match state {
            State::Open => "Open",
            State::Done => "Done",
            State::Skipped => "Skipped",
            State::Stopped => "Stopped",
        }
    }

    fn is_filtered(&self) -> bool {
        self.everyone || self.state != State::Open
    }
}

/// The list: one's own or everybody's, in one state.
pub async fn list(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let everyone = query.get("whose") == "everyone";
        let state = query.lenient("state").unwrap_or(State::Open);
        let filter = Filter { user: (!everyone).then_some(shell.user.id), contact: None, state: Some(state) };
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let Paged { items, next_cursor } = reminders::list(tx, &filter, &request)?;
        let people: Vec<ContactId> = items.iter().map(|reminder| reminder.contact_id).collect();
        let contacts = contacts::contacts_by_id(tx, &people)?;
        let entries = items
            .into_iter()
            .filter_map(|reminder| {
                let contact = contacts.iter().find(|contact| contact.id == reminder.contact_id)?.clone();
                Some(Entry { next: shell.day.next_step(Some(reminder.due_at.utc())), contact, reminder })
            })
            .collect();
        let names = workspaces::names(tx)?;
        Ok(ListPage { shell, query, everyone, state, entries, next_cursor, names }.render()?)
    })
    .await
}

#[derive(Template)]
#[template(path = "reminders/new.html")]
struct NewPage {
    shell: Shell,
    form: Form,
    contact: Contact,
    /// Card, thread and way back, as the page was asked for or sent.
    asked: Fields,
    templates: Vec<drafts::Template>,
    members: Vec<Member>,
}

impl NewPage {
    /// The card that the reminder is for, as text; empty when none was named.
    fn card(&self) -> &str {
        self.asked.some("card_id").or(self.asked.some("card")).unwrap_or("")
    }

    /// The thread that it is about, as text; empty when none was named.
    fn thread(&self) -> &str {
        self.asked.some("thread_id").or(self.asked.some("thread")).unwrap_or("")
    }

    fn is_for(&self, user: &UserId) -> bool {
        self.form.value("user", &self.shell.user.id.to_string()) == user.to_string()
    }

    fn is_on(&self, channel: &Channel) -> bool {
        self.form.value("channel", self.asked.get("channel")) == channel.as_str()
    }
}

fn new_view(page: Page<'_, '_>, id: ContactId, asked: Fields) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let page = NewPage {
        contact: contacts::contact(tx, id)?,
        templates: drafts::templates(tx)?,
        members: workspaces::workers(tx)?,
        shell,
        form,
        asked,
    };
    Ok(page.render()?)
}

/// The form that plans a reminder.
pub async fn new(ctx: Ctx, path: Path<(String, ContactId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| new_view(page, id, query)).await
}

/// Plans a reminder, read in the zone of whoever will owe it.
pub async fn plan(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    let asked = fields.clone();
    ctx.make(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            let owed_by = match fields.optional::<UserId>("user")? {
                Some(user) => user,
                None => tx.access().person()?,
            };
            workspaces::check_worker(tx, owed_by, "user")?;
            let person = workspaces::member(tx, owed_by)?.user;
            let when = read_when(tx, fields, person.zone())?;
            let new = NewReminder {
                card: fields.optional("card_id")?,
                thread: fields.optional("thread_id")?,
                channel: fields.optional("channel")?,
                template: fields.optional("template_id")?,
                ..NewReminder::by_hand(contact.id, owed_by, fields.get("title"), when, &person.timezone)
            };
            reminders::plan(tx, &new)?;
            let today = Day::of(tx.now().utc(), person.zone()).date();
            let to = way_back(fields, &slug, format!("contacts/{}", contact.id));
            Ok(Done::go(to).say(format!("Planned: {}, {}.", contact.name, due_words(when.date, when.time, today))))
        },
        move |page| new_view(page, id, asked),
    )
    .await
}

#[derive(Template)]
#[template(path = "reminders/snooze.html")]
struct SnoozePage {
    shell: Shell,
    form: Form,
    reminder: Reminder,
    contact: Contact,
}

impl SnoozePage {
    fn is_open(&self) -> bool {
        self.reminder.state == State::Open
    }
}

fn snooze_view(page: Page<'_, '_>, id: ReminderId) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let reminder = reminders::reminder(tx, id)?;
    let contact = contacts::contact(tx, reminder.contact_id)?;
    Ok(SnoozePage { shell, form, reminder, contact }.render()?)
}

/// Asks until when a reminder is put off.
pub async fn snooze_form(ctx: Ctx, path: Path<(String, ReminderId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| snooze_view(page, id)).await
}

/// Puts a reminder off: `to` from a button, or `when` as typed, read in the reminder's own zone.
pub async fn snooze(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let reminder = reminders::open_reminder(tx, id)?;
            let when = read_when(tx, fields, reminder.zone())?;
            reminders::snooze(tx, id, when)?;
            let today = Day::of(tx.now().utc(), reminder.zone()).date();
            let words = format!("“{}” comes back {}.", reminder.title, due_words(when.date, when.time, today));
            Ok(Done::go(way_back(fields, &slug, "today".into())).say(words))
        },
        move |page| snooze_view(page, id),
    )
    .await
}

#[derive(Template)]
#[template(path = "reminders/done.html")]
struct DonePage {
    shell: Shell,
    form: Form,
    reminder: Reminder,
    contact: Contact,
    offer: Offer,
}

impl DonePage {
    fn is_open(&self) -> bool {
        self.reminder.state == State::Open
    }
}

fn done_view(page: Page<'_, '_>, id: ReminderId) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let reminder = reminders::reminder(tx, id)?;
    let contact = contacts::contact(tx, reminder.contact_id)?;
    let offer = offer(tx, &reminder, &contact)?;
    Ok(DonePage { shell, form, reminder, contact, offer }.render()?)
}

/// Asks what comes after a reminder.
pub async fn done_form(ctx: Ctx, path: Path<(String, ReminderId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| done_view(page, id)).await
}

/// Finishes a reminder and does what comes next.
pub async fn done(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.make(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let reminder = reminders::open_reminder(tx, id)?;
            let next = read_next(tx, fields, &reminder)?;
            outreach::finish(tx, id, &next)?;
            let words = format!("Done. {}", said(tx, &next, &reminder));
            Ok(Done::go(way_back(fields, &slug, "today".into())).say(words.trim_end()))
        },
        move |page| done_view(page, id),
    )
    .await
}

/// Closes a reminder as not to be done.
pub async fn skip(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let reminder = reminders::skip(tx, id)?;
            let words = format!("“{}” is skipped.", reminder.title);
            Ok(Done::go(way_back(fields, &slug, "today".into())).say(words))
        },
        move |page| super::followup::show_view(page, id),
    )
    .await
}

/// Gives a reminder to a colleague.
pub async fn hand_over(ctx: Ctx, path: Path<(String, ReminderId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let to: UserId = fields.required("user")?;
            reminders::hand_over(tx, id, to)?;
            let words = format!("{} has it now.", colleague(tx, to)?);
            Ok(Done::go(way_back(fields, &slug, "today".into())).say(words))
        },
        move |page| super::followup::show_view(page, id),
    )
    .await
}

fn colleague(tx: &mut Tx<'_>, id: UserId) -> Result<String> {
    Ok(workspaces::names(tx)?.of(Some(id)).to_owned())
}
