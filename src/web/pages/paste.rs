//! Pasting a conversation: the form, the split messages to look over, and storing them. How text is split is in
//! `threads::paste`.

use askama::Template;
use chrono::{Datelike, NaiveDateTime, TimeDelta};

use super::threads::{FIRST_YEAR, me};
use crate::{
    access::Right,
    calendar::{Tz, local, resolve},
    channels::Channel,
    contacts::{self, Contact, ContactForm, Filter},
    db::{Instant, PageRequest, Tx},
    error::{Error, Problems, Result},
    ids::ContactId,
    pipelines::{self, NewCard, Pipeline},
    threads::{
        self,
        paste::{Context, MOST_MESSAGES, Pasted, Side, split},
    },
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, context::block},
};

/// The fields that the form shows problems beside.
pub const SHOWN: &[&str] = &["text", "contact", "name", "kind", "channel"];

/// How a local date and time stands in a field.
const FIELD: &str = "%Y-%m-%dT%H:%M";

#[derive(Template)]
#[template(path = "threads/paste.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    /// What was filled in so far: a search for the person must not lose the text.
    sent: Fields,
    chosen: Option<Contact>,
    found: Vec<Contact>,
    pipelines: Vec<Pipeline>,
}

impl FormPage {
    fn is_sent(&self, name: &str, value: impl std::fmt::Display) -> bool {
        self.sent.get(name) == value.to_string()
    }

    fn is_kind(&self, kind: &contacts::Kind) -> bool {
        let likely = pipelines::first_kind(&self.pipelines);
        self.sent.some("kind").unwrap_or(likely.as_str()) == kind.as_str()
    }

    fn has_searched(&self) -> bool {
        self.sent.some("q").is_some()
    }

    fn is_new(&self) -> bool {
        self.chosen.is_none() && (self.found.is_empty() || self.sent.get("contact") == "new")
    }
}

/// The contact that was chosen, when it is one that is here already.
fn known(fields: &Fields) -> Option<ContactId> {
    fields.lenient("contact")
}

fn newcomer(fields: &Fields) -> ContactForm {
    let text = |name| fields.get(name).to_owned();
    ContactForm { name: text("name"), kind: text("kind"), ..ContactForm::default() }
}

fn form_view(page: Page<'_, '_>, sent: Fields) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let chosen = known(&sent).map(|id| contacts::contact(tx, id)).transpose()?;
    let mut found = match sent.some("q") {
        Some(words) => {
            let filter = Filter { search: Some(words.to_owned()), ..Filter::default() };
            contacts::list(tx, &filter, &PageRequest::first(10))?.items
        }
        None => Vec::new(),
    };
    found.retain(|contact| chosen.as_ref().is_none_or(|chosen| chosen.id != contact.id));
    let pipelines = pipelines::pipelines(tx)?;
    Ok(FormPage { shell, form, sent, chosen, found, pipelines }.render()?)
}

/// The form, `?contact=` choosing somebody.
pub async fn form(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| form_view(page, query)).await
}

/// Looks for the person, shows the messages to look over, or stores them, as the button says.
pub async fn paste(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    match fields.get("step") {
        "save" => save(ctx, fields).await,
        "preview" => look_over(ctx, fields).await,
        _ => ctx.page(move |page| form_view(page, fields)).await,
    }
}

/// What can be told about a paste without the database.
fn check(fields: &Fields) -> Result<()> {
    let mut problems = Problems::default();
    let then = NaiveDateTime::default();
    let nobody = Context { contact: "", us: &[], today: then.date(), now: then.time() };
    problems.take("text", split(fields.get("text"), &nobody));
    if fields.lenient::<Channel>("channel").is_none() {
        problems.add("channel", "Choose where the conversation took place.");
    }
    if known(fields).is_none() {
        let new = newcomer(fields);
        if new.name.trim().is_empty() {
            problems.add("contact", "Choose somebody, or give the name of somebody new.");
        } else if let Err(Error::Invalid(more)) = new.check() {
            more.into_iter().for_each(|problem| problems.add(problem.field, problem.words));
        }
    }
    problems.check()
}

async fn look_over(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    // A long text takes a while to be told apart: not on the threads that only shuffle bytes.
    let (fields, checked) = block(move || {
        let checked = check(&fields);
        Ok((fields, checked))
    })
    .await?;
    match checked {
        Ok(()) => ctx.page(move |page| preview_view(page, fields, None)).await,
        Err(error) => {
            let sent = fields.clone();
            ctx.act(
                fields,
                move |tx, _| {
                    tx.access().require(Right::Work)?;
                    Err(error)
                },
                move |page| form_view(page, sent),
            )
            .await
        }
    }
}

/// One message of the preview, as its fields hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    index: usize,
    theirs: bool,
    at: String,
    body: String,
    guessed: bool,
}

impl Row {
    /// When it was sent, where that can be read.
    fn sent_at(&self) -> Option<NaiveDateTime> {
        let at = self.at.trim();
        NaiveDateTime::parse_from_str(at, FIELD)
            .or_else(|_| NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S"))
            .ok()
            .filter(|at| at.year() >= FIRST_YEAR)
    }

    /// Whether it would have been sent after `now`, by a clock in `zone`.
    fn is_ahead(&self, now: Instant, zone: Tz) -> bool {
        self.sent_at().is_some_and(|at| is_ahead(at, now, zone))
    }

    fn number(&self) -> usize {
        self.index + 1
    }

    /// How tall the field for the text is.
    fn lines(&self) -> usize {
        self.body.lines().map(|line| 1 + line.chars().count() / 60).sum::<usize>().clamp(1, 10)
    }
}

/// Whether a local time is still to come, give or take what clocks differ.
fn is_ahead(at: NaiveDateTime, now: Instant, zone: Tz) -> bool {
    Instant::from(resolve(at.date(), at.time(), zone)) > now.plus(TimeDelta::minutes(10))
}

#[derive(Template)]
#[template(path = "threads/pasted.html")]
struct PreviewPage {
    shell: Shell,
    form: Form,
    sent: Fields,
    name: String,
    channel: String,
    rows: Vec<Row>,
    now: Instant,
}

impl PreviewPage {
    fn ahead(&self) -> i64 {
        self.rows.iter().map(|row| i64::from(self.is_ahead(row))).sum()
    }

    fn is_ahead(&self, row: &Row) -> bool {
        row.is_ahead(self.now, self.shell.day.zone())
    }

    fn guessed(&self) -> usize {
        self.rows.iter().filter(|row| row.guessed).count()
    }
}

/// The messages to look over: `rows` as they were sent, or else the text told apart.
fn preview_view(page: Page<'_, '_>, sent: Fields, rows: Option<Vec<Row>>) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let name = match known(&sent) {
        Some(id) => contacts::contact(tx, id)?.name,
        None => sent.get("name").trim().to_owned(),
    };
    let rows = match rows {
        Some(rows) => rows,
        None => told_apart(sent.get("text"), &name, &shell)?,
    };
    let channel = sent.lenient::<Channel>("channel").map_or("", Channel::label).to_owned();
    let now = tx.now();
    Ok(PreviewPage { shell, form, sent, name, channel, rows, now }.render()?)
}

fn told_apart(text: &str, name: &str, shell: &Shell) -> Result<Vec<Row>> {
    let here = local(shell.day.now(), shell.day.zone());
    let us = [shell.user.name.as_str(), shell.workspace.name.as_str()];
    let context = Context { contact: name, us: &us, today: here.date(), now: here.time() };
    let mut messages = split(text, &context).map_err(|words| Error::invalid("text", words))?;
    // A mail quotes what came before below the answer to it.
    messages.sort_by_key(|message| message.sent_at);
    Ok(messages
        .into_iter()
        .enumerate()
        .map(|(index, message)| Row {
            index,
            theirs: message.side == Side::Theirs,
            at: message.sent_at.map_or(String::new(), |at| at.format(FIELD).to_string()),
            body: message.body,
            guessed: message.guessed,
        })
        .collect())
}

/// The rows of the preview as they were sent.
fn rows_of(fields: &Fields) -> Vec<Row> {
    let row = |index: usize| {
        let body = format!("body_{index}");
        fields.has(&body).then(|| Row {
            index,
            theirs: fields.get(&format!("side_{index}")) != "ours",
            at: fields.get(&format!("at_{index}")).to_owned(),
            body: fields.get(&body).to_owned(),
            guessed: false,
        })
    };
    (0..MOST_MESSAGES).map_while(row).collect()
}

/// The rows as messages in the order they were sent, none of them after `now`; those without text are left out.
fn messages_of(rows: &[Row], now: Instant, zone: Tz) -> Result<Vec<Pasted>> {
    let mut problems = Problems::default();
    let mut messages = Vec::new();
    for row in rows.iter().filter(|row| !row.body.trim().is_empty()) {
        match row.sent_at() {
            Some(at) if is_ahead(at, now, zone) => {
                let words = "is dated in the future by your clock. Write when it was sent.";
                problems.add("at", format!("Message {} {words}", row.number()));
            }
            Some(at) => messages.push(Pasted {
                side: if row.theirs { Side::Theirs } else { Side::Ours },
                author: None,
                body: row.body.clone(),
                sent_at: Some(at),
                guessed: false,
            }),
            None => problems.add("at", format!("Message {} needs a date and a time.", row.number())),
        }
    }
    if rows.iter().all(|row| row.body.trim().is_empty()) {
        problems.add("body", "There is no message left to save. Write or paste one.");
    }
    problems.check()?;
    messages.sort_by_key(|message| message.sent_at);
    Ok(messages)
}

/// The person the conversation is with; added when they are new, with a card when a pipeline was chosen.
fn person(tx: &mut Tx<'_>, fields: &Fields) -> Result<ContactId> {
    if let Some(id) = known(fields) {
        return Ok(contacts::contact(tx, id)?.id);
    }
    let id = contacts::create(tx, &newcomer(fields).check()?)?;
    if let Some(pipeline) = fields.optional("pipeline")? {
        pipelines::open_card(tx, NewCard { contact: id, pipeline, stage: None, value_cents: 0 })?;
    }
    Ok(id)
}

fn stored_words(stored: usize, of: usize) -> String {
    let messages = |n: usize| format!("{n} {}", if n == 1 { "message" } else { "messages" });
    match (stored, of.saturating_sub(stored)) {
        (0, _) => "Nothing new: all of this was here already.".into(),
        (_, 0) => format!("Saved {}.", messages(stored)),
        (_, known) => format!("Saved {}; {known} had been here already.", messages(stored)),
    }
}

async fn save(ctx: Ctx, fields: Fields) -> Result<Reply, Failure> {
    let sent = fields.clone();
    ctx.act(
        fields,
        |tx, fields| {
            tx.access().require(Right::Work)?;
            let channel: Channel = fields.required("channel")?;
            let zone = me(tx)?.zone();
            let messages = messages_of(&rows_of(fields), tx.now(), zone)?;
            let contact = person(tx, fields)?;
            let thread = threads::on_channel(tx, contact, channel)?;
            let stored = threads::log_pasted(tx, thread, &messages, zone)?;
            Ok(Done::go(format!("threads/{thread}#latest")).say(stored_words(stored, messages.len())))
        },
        move |page| {
            let rows = rows_of(&sent);
            preview_view(page, sent, Some(rows))
        },
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(query: &str) -> Vec<&'static str> {
        match check(&Fields::parse(query)) {
            Err(Error::Invalid(problems)) => problems.iter().map(|problem| problem.field).collect(),
            _ => Vec::new(),
        }
    }

    fn rows(query: &str) -> Vec<Row> {
        rows_of(&Fields::parse(query))
    }

    fn read_now(rows: &[Row]) -> Result<Vec<Pasted>> {
        messages_of(rows, "2026-11-23T08:00:00Z".parse().unwrap(), chrono_tz::Europe::Berlin)
    }

    #[test]
    fn a_paste_needs_text_a_person_and_a_channel() {
        assert_eq!(problems(""), ["text", "channel", "contact"]);
        assert_eq!(problems("text=Hello&channel=x&contact=7"), [""; 0]);
        assert_eq!(problems("text=Hello&channel=x&contact=new&name=Ana&kind=lead"), [""; 0]);
        assert_eq!(problems("text=Hello&channel=x&name=Ana&kind=robot"), ["kind"]);
    }

    #[test]
    fn rows_are_read_until_one_is_missing() {
        let read = rows("side_0=ours&at_0=2026-11-20T09:00&body_0=Hi&body_1=Yes&body_3=lost");
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].theirs, read[1].theirs), (false, true));
    }

    #[test]
    fn rows_beyond_the_most_are_not_read() {
        let query: String = (0..MOST_MESSAGES + 5).map(|n| format!("body_{n}=x&")).collect();
        assert_eq!(rows(&query).len(), MOST_MESSAGES);
    }

    #[test]
    fn messages_come_in_the_order_they_were_sent_and_emptied_ones_are_left_out() {
        let read = rows(
            "body_0=Answer&at_0=2026-11-20T09:00&side_0=ours&body_1=+&at_1=&body_2=Question&at_2=2026-11-19T09:00:30",
        );
        let messages = read_now(&read).unwrap();
        let bodies: Vec<_> = messages.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(bodies, ["Question", "Answer"]);
        assert_eq!(messages[1].side, Side::Ours);
    }

    #[test]
    fn a_message_without_a_time_is_refused_by_its_number() {
        let read = rows("body_0=Hi&at_0=2026-11-20T09:00&body_1=Yes&at_1=yesterday");
        let Err(Error::Invalid(problems)) = read_now(&read) else { panic!("accepted") };
        assert_eq!(problems[0].words, "Message 2 needs a date and a time.");
        let Err(Error::Invalid(problems)) = read_now(&rows("body_0=Hi&at_0=2026-11-23T09:11")) else {
            panic!("accepted")
        };
        assert!(problems[0].words.starts_with("Message 1 is dated in the future"), "{problems:?}");
        assert!(read_now(&rows("body_0=Hi&at_0=0001-01-01T00:00")).is_err());
        assert!(read_now(&[]).is_err());
    }

    #[test]
    fn it_says_how_many_were_new() {
        assert_eq!(stored_words(0, 3), "Nothing new: all of this was here already.");
        assert_eq!(stored_words(1, 1), "Saved 1 message.");
        assert_eq!(stored_words(2, 5), "Saved 2 messages; 3 had been here already.");
    }
}
