//! What is done in a thread: logging a message (the first one with a contact included), removing one, assigning,
//! setting its address. How a thread looks is in `inbox`; closing and snoozing are in `attention`.

use actix_web::web::Path;
use askama::Template;
use chrono::{Datelike, NaiveDate, NaiveTime};

use super::inbox;
use crate::{
    access::Right,
    accounts::User,
    calendar::{Day, resolve},
    channels::{Channel, Direction},
    contacts::{self, Contact},
    db::{Instant, Tx},
    drafts,
    error::{Error, Result},
    ids::{ContactId, MessageId, TemplateId, ThreadId},
    outreach::{self, Attempt, Verdict},
    threads::{self, NewMessage, Thread},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
    workspaces,
};

/// The fields that the form for a first message shows problems beside.
pub const SHOWN: &[&str] = &["channel", "body", "sent_at"];

/// No direct message is older than this year.
pub(super) const FIRST_YEAR: i32 = 1990;

/// The signed-in member as a person, for their name and zone.
pub(super) fn me(tx: &mut Tx<'_>) -> Result<User> {
    let id = tx.access().person()?;
    Ok(workspaces::member(tx, id)?.user)
}

/// The instant of a local date and time as a form holds them; none when both are empty, which means now. A date alone
/// is noon of that day, or now when it is today; a time alone is today's. The error says what to write.
pub(super) fn moment(date: &str, time: &str, day: &Day) -> Result<Option<Instant>, String> {
    let (date, time) = (date.trim(), time.trim());
    let on = match date {
        "" => None,
        text => Some(
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .filter(|date| date.year() >= FIRST_YEAR)
                .ok_or_else(|| format!("Write the date like {}.", day.date()))?,
        ),
    };
    let at = match time {
        "" => None,
        text => Some(read_time(text).ok_or("Write the time like 15:30.")?),
    };
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap_or_default();
    let (on, at) = match (on, at) {
        (None, None) => return Ok(None),
        (Some(on), None) if on == day.date() => return Ok(None),
        (Some(on), None) => (on, noon),
        (on, Some(at)) => (on.unwrap_or(day.date()), at),
    };
    Ok(Some(resolve(on, at, day.zone()).into()))
}

fn read_time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).ok()
}

/// The message that the form describes.
fn read_message(tx: &mut Tx<'_>, fields: &Fields) -> Result<NewMessage> {
    let direction: Direction = fields.required("direction")?;
    let day = Day::of(tx.now().utc(), me(tx)?.zone());
    let sent_at =
        moment(fields.get("date"), fields.get("time"), &day).map_err(|words| Error::invalid("sent_at", words))?;
    let automatic = fields.has("automatic");
    Ok(NewMessage { sent_at, automatic, ..NewMessage::now(direction, fields.get("body")) })
}

/// What to say after a message was logged.
fn saved_words(first_name: &str, stopped: usize) -> String {
    match stopped {
        0 => "Saved.".into(),
        1 => format!("Saved. 1 follow-up stopped: {first_name} replied."),
        n => format!("Saved. {n} follow-ups stopped: {first_name} replied."),
    }
}

/// Logs a message in a thread.
pub async fn log(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let (id, list) = (path.1, inbox::list_of(&fields));
    ctx.make(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let thread = threads::thread(tx, id)?;
            let new = read_message(tx, fields)?;
            refuse_too_long(thread.channel, &new)?;
            let written_from = written_from(tx, &thread, fields, &new)?;
            let logged = threads::log_message(tx, id, &new)?;
            if let Some(template) = written_from {
                drafts::note_use(tx, logged.id, template)?;
            }
            let contact = contacts::contact(tx, thread.contact_id)?;
            let to = format!("{}#message-{}", inbox::beside_list(fields, id), logged.id);
            Ok(Done::go(to).say(saved_words(contact.first_name(), logged.stopped)))
        },
        move |page| inbox::show_view(page, id, list),
    )
    .await
}

/// What we say has just been sent fits its channel; what was sent some time ago is written down as it was.
fn refuse_too_long(channel: Channel, new: &NewMessage) -> Result<()> {
    let fits = channel.text_limit().is_none_or(|most| new.body.trim().chars().count() <= most);
    if fits || new.direction == Direction::In || new.sent_at.is_some() {
        return Ok(());
    }
    let words = format!(
        "{} doesn’t take so long a text. Shorten it; or, if it did go out like this, say when.",
        channel.label()
    );
    Err(Error::invalid("body", words))
}

/// The template that a message of ours was written from, when its words are still those. It was copied to be sent, so the
/// gate is asked once more: a warning needs a note, a refusal stands. A template that is gone meanwhile is none.
fn written_from(tx: &mut Tx<'_>, thread: &Thread, fields: &Fields, new: &NewMessage) -> Result<Option<TemplateId>> {
    let named = fields.lenient::<TemplateId>("written_from").map(|id| drafts::template(tx, id));
    let template = match named {
        Some(Ok(template)) if new.direction == Direction::Out => template,
        Some(Err(error)) if !matches!(error, Error::NotFound) => return Err(error),
        _ => return Ok(None),
    };
    let (contact, sender) = (contacts::contact(tx, thread.contact_id)?, tx.access().person()?);
    let filled = drafts::draft_for(tx, &contact, Some(thread.channel), Some(sender), Some(template.id), None)?;
    if !drafts::is_written_from(&filled.text, &new.body) {
        return Ok(None);
    }
    // What was sent some time ago is written down as it was.
    if new.sent_at.is_none() {
        let hollow = outreach::hollow(tx, &contact, Some(thread.channel), sender, &new.body)?;
        if !hollow.is_empty() {
            let words = format!("{} If it went out like this, say when it did.", hollow.join(" "));
            return Err(Error::invalid("body", words));
        }
        let attempt = Attempt {
            contact: contact.id,
            channel: thread.channel,
            text: &new.body,
            sender,
            at: tx.now(),
            answers: None,
        };
        let verdict = outreach::may_reach(tx, attempt)?;
        outreach::override_warning(tx, contact.id, &verdict, fields.some("override"))?;
    }
    Ok(Some(template.id))
}

/// Puts a template, filled for the person, below what the composer holds, and says what speaks against sending the whole;
/// without a template only the latter. Nothing is stored.
pub async fn insert(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        page.tx.access().require(Right::Work)?;
        let (list, composed) = (inbox::list_of(&fields), compose(page.tx, id, fields)?);
        inbox::show_composed(page, id, list, Some(composed))
    })
    .await
}

/// What the composer holds, with what speaks against sending it.
pub(super) struct Composed {
    pub(super) text: String,
    pub(super) written_from: Option<TemplateId>,
    pub(super) flaws: Vec<String>,
    pub(super) verdict: Verdict,
    /// Everything else that was filled in.
    pub(super) sent: Fields,
}

impl Composed {
    /// Whether the text may leave as it is.
    pub(super) fn may_go(&self) -> bool {
        !self.text.trim().is_empty() && self.flaws.is_empty() && !self.verdict.refused()
    }
}

fn compose(tx: &mut Tx<'_>, id: ThreadId, sent: Fields) -> Result<Composed> {
    let thread = threads::thread(tx, id)?;
    let contact = contacts::contact(tx, thread.contact_id)?;
    let sender = tx.access().person()?;
    let chosen = sent.lenient::<TemplateId>("template");
    let typed = sent.get("body").trim_end().to_owned();
    let (text, written_from) = match chosen {
        Some(chosen) => {
            drafts::template(tx, chosen)?;
            let variant = drafts::variant_for(tx, chosen, contact.id)?;
            let filled = drafts::draft_for(tx, &contact, Some(thread.channel), Some(sender), Some(variant), None)?.text;
            let text = if typed.trim().is_empty() { filled } else { format!("{typed}\n\n{filled}") };
            (text, Some(variant))
        }
        None => (typed, sent.lenient("written_from")),
    };
    let flaws = outreach::hollow(tx, &contact, Some(thread.channel), sender, &text)?;
    let attempt =
        Attempt { contact: contact.id, channel: thread.channel, text: &text, sender, at: tx.now(), answers: None };
    let verdict = outreach::may_reach(tx, attempt)?;
    Ok(Composed { text, written_from, flaws, verdict, sent })
}

/// Gives a thread to a colleague, or to nobody.
pub async fn assign(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let (id, list) = (path.1, inbox::list_of(&fields));
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let to = fields.optional("assignee")?;
            threads::assign(tx, id, to)?;
            let words = match to {
                Some(to) => format!("{} looks after this conversation now.", workspaces::names(tx)?.of(Some(to))),
                None => "Nobody looks after this conversation now.".into(),
            };
            Ok(Done::go(inbox::beside_list(fields, id)).say(words))
        },
        move |page| inbox::show_view(page, id, list),
    )
    .await
}

/// Sets the address that “open the thread” opens.
pub async fn set_url(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            threads::set_url(tx, id, fields.get("url"))?;
            Ok(Done::go(inbox::beside_list(fields, id)).say("Saved the address."))
        },
        move |page| inbox::show_view(page, id, Fields::default()),
    )
    .await
}

/// Removes a message that was logged by mistake.
pub async fn remove_message(ctx: Ctx, path: Path<(String, MessageId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            let threads::Removed { thread, resumed } = threads::remove_message(tx, id)?;
            let goes_on = match resumed {
                0 => String::new(),
                1 => " 1 follow-up goes on that it had stopped.".to_owned(),
                more => format!(" {more} follow-ups go on that it had stopped."),
            };
            Ok(Done::go(inbox::beside_list(fields, thread)).say(format!("Removed the message.{goes_on}")))
        },
        move |page| {
            let thread = threads::message(page.tx, id)?.thread_id;
            inbox::show_view(page, thread, Fields::default())
        },
    )
    .await
}

#[derive(Template)]
#[template(path = "threads/log.html")]
struct LogPage {
    shell: Shell,
    form: Form,
    contact: Contact,
    /// The likeliest first.
    channels: Vec<Channel>,
}

impl LogPage {
    fn is_channel(&self, channel: &Channel) -> bool {
        let likeliest = self.channels.first().map_or("", |first| first.as_str());
        self.form.value("channel", likeliest) == channel.as_str()
    }

    fn is_in(&self) -> bool {
        self.form.ticked("direction", "in", false)
    }
}

/// Every channel once: the asked one, the one they prefer, those they have an account on, the rest.
fn in_likelihood(asked: Option<Channel>, preferred: Option<Channel>, theirs: &[Channel]) -> Vec<Channel> {
    let mut channels = Vec::new();
    let likely = asked.into_iter().chain(preferred).chain(theirs.iter().copied());
    for channel in likely.chain(Channel::ALL.iter().copied()) {
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    channels
}

fn log_view(page: Page<'_, '_>, id: ContactId, asked: Option<Channel>) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let contact = contacts::contact(tx, id)?;
    // Where they were last talked with comes before where they merely have an account.
    let mut theirs: Vec<Channel> =
        threads::threads_of_contact(tx, contact.id)?.iter().map(|thread| thread.channel).collect();
    theirs.extend(contacts::handles(tx, contact.id)?.iter().map(|handle| handle.channel));
    let channels = in_likelihood(asked, contact.preferred_channel, &theirs);
    Ok(LogPage { shell, form, contact, channels }.render()?)
}

/// The form for a message with somebody, on whichever channel.
pub async fn log_form(ctx: Ctx, path: Path<(String, ContactId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| log_view(page, id, query.lenient("channel"))).await
}

/// Logs a message with somebody, in their thread on that channel; the thread is started when there is none.
pub async fn log_first(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.make(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            let channel: Channel = fields.required("channel")?;
            let new = read_message(tx, fields)?;
            let thread = threads::on_channel(tx, contact.id, channel)?;
            let logged = threads::log_message(tx, thread, &new)?;
            let to = format!("threads/{thread}#message-{}", logged.id);
            Ok(Done::go(to).say(saved_words(contact.first_name(), logged.stopped)))
        },
        move |page| log_view(page, id, None),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> Day {
        Day::of("2026-11-23T10:00:00Z".parse().unwrap(), chrono_tz::Europe::Berlin)
    }

    fn at(date: &str, time: &str) -> Option<String> {
        moment(date, time, &day()).unwrap().map(Instant::rfc3339)
    }

    #[test]
    fn without_date_and_time_it_was_now() {
        assert_eq!(at("", " "), None);
        assert_eq!(at("2026-11-23", ""), None);
    }

    #[test]
    fn date_and_time_are_those_of_the_viewer() {
        assert_eq!(at("2026-11-20", "15:30").as_deref(), Some("2026-11-20T14:30:00Z"));
        assert_eq!(at("2026-07-20", "15:30:00").as_deref(), Some("2026-07-20T13:30:00Z"));
        assert_eq!(at("", "09:15").as_deref(), Some("2026-11-23T08:15:00Z"));
        assert_eq!(at("2026-11-20", "").as_deref(), Some("2026-11-20T11:00:00Z"));
    }

    #[test]
    fn what_is_no_date_or_time_is_refused_with_words() {
        for (date, time) in
            [("tomorrow", ""), ("0001-01-01", ""), ("-5000-01-01", "10:00"), ("", "25:00"), ("", "noon")]
        {
            assert!(moment(date, time, &day()).is_err(), "{date} {time}");
        }
    }

    #[test]
    fn it_says_how_many_follow_ups_an_answer_stopped() {
        assert_eq!(saved_words("Ana", 0), "Saved.");
        assert_eq!(saved_words("Ana", 1), "Saved. 1 follow-up stopped: Ana replied.");
        assert_eq!(saved_words("Ana", 2), "Saved. 2 follow-ups stopped: Ana replied.");
    }

    #[test]
    fn the_channels_somebody_uses_are_offered_first_and_each_once() {
        let offered = in_likelihood(None, Some(Channel::X), &[Channel::Instagram, Channel::X]);
        assert_eq!(offered[..2], [Channel::X, Channel::Instagram]);
        assert_eq!(offered.len(), Channel::ALL.len());
        assert_eq!(in_likelihood(Some(Channel::Email), Some(Channel::X), &[])[0], Channel::Email);
    }
}
