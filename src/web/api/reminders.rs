//! Follow-ups: planned, shown, finished with what comes next, put off, skipped.

use actix_web::{HttpResponse, web::Path};
use chrono::{Datelike, NaiveDateTime, Timelike};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Answer, Api, ApiFailure, Body, Paging, Told,
    views::{self, ReminderList},
};
use crate::{
    accounts,
    calendar::{When, parse_phrase, parse_zone},
    channels::Channel,
    db::Tx,
    error::{Error, Result},
    ids::{CardId, ContactId, ReminderId, TemplateId, ThreadId, UserId},
    outreach::{self, Next},
    reminders::{self, Filter, State},
    web::Fields,
};

/// A reminder to be planned.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewReminder {
    /// To whom.
    pub contact_id: ContactId,
    /// What is to be done, 1 to 200 characters.
    pub title: String,
    /// Local date and time.
    #[schema(example = "2026-11-25T09:00")]
    pub due: String,
    /// IANA zone of that date and time; the token's owner's when it isn't said.
    pub timezone: Option<String>,
    /// On which card; the contact's open card when there is exactly one.
    pub card_id: Option<CardId>,
    /// In which conversation.
    pub thread_id: Option<ThreadId>,
    /// On which channel.
    pub channel: Option<Channel>,
    /// What its draft is filled from.
    pub template_id: Option<TemplateId>,
    /// Who owes it; the token's owner when it isn't said.
    pub user_id: Option<UserId>,
}

/// What comes after a finished reminder. Without any of it: done, and that's all.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Finish {
    /// The next reminder, or the word `nothing`.
    pub next: Option<After>,
    /// Nothing until this local date and time, on which to pick it up again.
    #[schema(example = "2026-12-01T09:00")]
    pub pause_until: Option<String>,
    /// The card is closed as lost, because of this.
    pub lost_reason: Option<String>,
}

/// The next reminder, or a word.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum After {
    /// `nothing`.
    Word(String),
    /// The next step.
    Step(NextReminder),
}

/// A reminder that follows a finished one, for the same contact, card, person and zone.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NextReminder {
    /// What is to be done, 1 to 200 characters.
    pub title: Option<String>,
    /// Local date and time.
    #[schema(example = "2026-11-25T09:00")]
    pub due: Option<String>,
    /// On which channel; that of the finished one when it isn't said.
    pub channel: Option<Channel>,
    /// What its draft is filled from.
    pub template_id: Option<TemplateId>,
    /// Instead of title and due: nothing until this local date and time.
    pub pause_until: Option<String>,
    /// Instead of title and due: the card is closed as lost, because of this.
    pub lost_reason: Option<String>,
}

/// Until when a reminder is put off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Snooze {
    /// Local date and time in the reminder's zone.
    #[schema(example = "2026-11-25T09:00")]
    pub due: Option<String>,
    /// Instead of due: in words.
    #[schema(example = "tomorrow 9am")]
    pub words: Option<String>,
}

/// Nothing has to be said.
#[derive(Debug, Clone, Deserialize)]
struct Nothing {}

/// Reads a local date and time, to the minute. A zone has its own field, so none may be in it.
fn local(field: &'static str, text: &str) -> Result<When> {
    let text = text.trim();
    let read = |form| NaiveDateTime::parse_from_str(text, form).ok();
    read("%Y-%m-%dT%H:%M")
        .or_else(|| read("%Y-%m-%dT%H:%M:%S"))
        .filter(|at| (1970..=2200).contains(&at.year()))
        .map(|at| When { date: at.date(), time: at.time().with_second(0).unwrap_or(at.time()) })
        .ok_or_else(|| {
            Error::invalid(
                field,
                "Write a local date and time like 2026-11-25T09:00, without an offset; its zone goes into “timezone”.",
            )
        })
}

impl Finish {
    /// What is to come next, checked.
    fn next(self) -> Result<Next> {
        let nothing_else =
            || Err(Error::invalid("next", "Say “nothing”, or give the next reminder with title and due."));
        let (mut pause, mut lost, mut step) = (self.pause_until, self.lost_reason, None);
        match self.next {
            None => {}
            Some(After::Word(word)) if word == "nothing" => {}
            Some(After::Word(_)) => return nothing_else(),
            Some(After::Step(next)) => {
                pause = pause.or(next.pause_until);
                lost = lost.or(next.lost_reason);
                step = match (next.title, next.due) {
                    (Some(title), Some(due)) => Some((title, due, next.channel, next.template_id)),
                    (None, None) if pause.is_some() || lost.is_some() => None,
                    _ => return nothing_else(),
                };
            }
        }
        match (step, pause, lost) {
            (None, None, None) => Ok(Next::Nothing),
            (Some((title, due, channel, template)), None, None) => {
                Ok(Next::Plan { title, when: local("due", &due)?, channel, template })
            }
            (None, Some(until), None) => Ok(Next::Pause(local("pause_until", &until)?)),
            (None, None, Some(reason)) => Ok(Next::Lost { reason }),
            _ => Err(Error::invalid("next", "Choose one: the next reminder, a pause, or lost.")),
        }
    }
}

fn view(tx: &mut Tx<'_>, id: ReminderId) -> Result<views::Reminder> {
    let row = reminders::reminder(tx, id)?;
    Ok(views::Reminder::of(row, &views::day(tx)?))
}

/// Reminders by due time; open ones unless another state is asked for.
#[utoipa::path(
    get,
    path = "/api/v1/reminders",
    tag = "reminders",
    operation_id = "list_reminders",
    params(
        ("contact_id" = Option<i64>, Query, description = "Only to this contact."),
        ("user_id" = Option<i64>, Query, description = "Only those that this person owes."),
        ("state" = Option<State>, Query, description = "In this state; open when it isn’t said."),
        Paging,
    ),
    responses((status = 200, description = "A page of reminders.", body = ReminderList))
)]
pub async fn list(api: Api, query: Fields) -> Told<ReminderList> {
    api.read(move |tx| {
        let filter = Filter {
            user: query.optional("user_id")?,
            contact: query.optional("contact_id")?,
            state: query.optional("state")?,
        };
        let page = reminders::list(tx, &filter, &Paging::of(&query)?)?;
        let day = views::day(tx)?;
        Ok(ReminderList::from(page.map(|row| views::Reminder::of(row, &day))))
    })
    .await
}

/// Plans a reminder.
#[utoipa::path(
    post,
    path = "/api/v1/reminders",
    tag = "reminders",
    operation_id = "plan_reminder",
    request_body = NewReminder,
    responses((status = 201, description = "The reminder.", body = views::Reminder))
)]
pub async fn plan(api: Api, body: Body) -> Result<HttpResponse, ApiFailure> {
    api.post(body, |tx, new: NewReminder| {
        let me = tx.access().person()?;
        let me = accounts::user(&mut tx.system(), me)?;
        let timezone = match new.timezone {
            // What is no zone is refused by the verb, together with everything else.
            Some(text) => parse_zone(&text).map_or(text, |zone| zone.name().to_owned()),
            None => me.timezone,
        };
        let (when, user) = (local("due", &new.due)?, new.user_id.unwrap_or(me.id));
        let wanted = reminders::NewReminder {
            card: new.card_id,
            thread: new.thread_id,
            channel: new.channel,
            template: new.template_id,
            why: "planned through the API".into(),
            ..reminders::NewReminder::by_hand(new.contact_id, user, &new.title, when, &timezone)
        };
        let id = reminders::plan(tx, &wanted)?;
        Answer::created(&view(tx, id)?)
    })
    .await
}

/// A reminder.
#[utoipa::path(
    get,
    path = "/api/v1/reminders/{id}",
    tag = "reminders",
    operation_id = "show_reminder",
    params(("id" = i64, Path, description = "The reminder.")),
    responses((status = 200, description = "The reminder.", body = views::Reminder))
)]
pub async fn show(api: Api, path: Path<ReminderId>) -> Told<views::Reminder> {
    let id = path.into_inner();
    api.read(move |tx| view(tx, id)).await
}

/// Finishes a reminder and does what comes next. One that is closed already is refused with 409.
#[utoipa::path(
    post,
    path = "/api/v1/reminders/{id}/done",
    tag = "reminders",
    operation_id = "finish_reminder",
    params(("id" = i64, Path, description = "The reminder.")),
    request_body = Option<Finish>,
    responses((status = 200, description = "The finished reminder.", body = views::Reminder))
)]
pub async fn done(api: Api, path: Path<ReminderId>, body: Body) -> Result<HttpResponse, ApiFailure> {
    let id = path.into_inner();
    api.post(body, move |tx, finish: Finish| {
        outreach::finish(tx, id, &finish.next()?)?;
        Answer::ok(&view(tx, id)?)
    })
    .await
}

/// Puts a reminder off to a later time. One that is closed already is refused with 409.
#[utoipa::path(
    post,
    path = "/api/v1/reminders/{id}/snooze",
    tag = "reminders",
    operation_id = "snooze_reminder",
    params(("id" = i64, Path, description = "The reminder.")),
    request_body = Snooze,
    responses((status = 200, description = "The reminder as it is now.", body = views::Reminder))
)]
pub async fn snooze(api: Api, path: Path<ReminderId>, body: Body) -> Result<HttpResponse, ApiFailure> {
    let id = path.into_inner();
    api.post(body, move |tx, snooze: Snooze| {
        let before = reminders::open_reminder(tx, id)?;
        let to = match (snooze.due, snooze.words) {
            (Some(due), _) => local("due", &due)?,
            (None, Some(words)) => parse_phrase(&words, tx.now().utc(), before.zone(), before.due_time)
                .map_err(|problem| Error::invalid("words", problem))?,
            (None, None) => {
                return Err(Error::invalid(
                    "due",
                    "Say until when: due like 2026-11-25T09:00, or words like “tomorrow 9am”.",
                ));
            }
        };
        reminders::snooze(tx, id, to)?;
        Answer::ok(&view(tx, id)?)
    })
    .await
}

/// Closes a reminder as not to be done. One that is closed already is refused with 409.
#[utoipa::path(
    post,
    path = "/api/v1/reminders/{id}/skip",
    tag = "reminders",
    operation_id = "skip_reminder",
    params(("id" = i64, Path, description = "The reminder.")),
    responses((status = 200, description = "The skipped reminder.", body = views::Reminder))
)]
pub async fn skip(api: Api, path: Path<ReminderId>, body: Body) -> Result<HttpResponse, ApiFailure> {
    let id = path.into_inner();
    api.post(body, move |tx, _: Nothing| {
        reminders::skip(tx, id)?;
        Answer::ok(&view(tx, id)?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(json: &str) -> Result<Next> {
        serde_json::from_str::<Finish>(json).unwrap().next()
    }

    #[test]
    fn a_due_time_is_local_and_to_the_minute() {
        let when = local("due", " 2026-11-25T09:00 ").unwrap();
        assert_eq!((when.date.to_string(), when.time.to_string()), ("2026-11-25".into(), "09:00:00".into()));
        assert_eq!(local("due", "2026-11-25T09:00:59").unwrap(), when);
        for bad in
            ["", "2026-11-25", "2026-11-25T09:00Z", "2026-11-25T09:00+01:00", "2026-02-30T09:00", "9999-01-01T00:00"]
        {
            assert!(local("due", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_good_answer_to_what_is_next_is_understood() {
        assert!(matches!(next("{}"), Ok(Next::Nothing)));
        assert!(matches!(next(r#"{"next": "nothing"}"#), Ok(Next::Nothing)));
        assert!(matches!(next(r#"{"next": {"title": "Call", "due": "2026-11-25T09:00"}}"#), Ok(Next::Plan { .. })));
        for pause in [r#"{"pause_until": "2026-12-01T09:00"}"#, r#"{"next": {"pause_until": "2026-12-01T09:00"}}"#] {
            assert!(matches!(next(pause), Ok(Next::Pause(_))), "{pause}");
        }
        for lost in [r#"{"lost_reason": "too dear"}"#, r#"{"next": {"lost_reason": "too dear"}}"#] {
            assert!(matches!(next(lost), Ok(Next::Lost { .. })), "{lost}");
        }
    }

    #[test]
    fn half_an_answer_or_two_are_refused() {
        for bad in [
            r#"{"next": "later"}"#,
            r#"{"next": {"title": "Call"}}"#,
            r#"{"next": {}}"#,
            r#"{"next": {"title": "Call", "due": "2026-11-25T09:00"}, "lost_reason": "too dear"}"#,
            r#"{"pause_until": "2026-12-01T09:00", "lost_reason": "too dear"}"#,
            r#"{"next": {"title": "Call", "due": "soon"}}"#,
        ] {
            assert!(matches!(next(bad), Err(Error::Invalid(_))), "{bad}");
        }
    }
}
