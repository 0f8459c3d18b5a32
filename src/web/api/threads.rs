//! Conversations and their messages: started, shown, logged.

use actix_web::{HttpResponse, web::Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    Answer, Api, ApiFailure, Body, Paging, Told,
    views::{self, MessageList, ThreadList},
};
use crate::{
    attachments,
    channels::{Channel, Direction},
    contacts::Turn,
    db::Instant,
    error::{Error, Result},
    ids::{ContactId, ThreadId},
    threads::{self, Filter, NewMessage, NewThread, Status},
    web::Fields,
};

/// A conversation to be started.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ThreadStart {
    /// With whom.
    pub contact_id: ContactId,
    /// Where.
    pub channel: Channel,
    /// Its address on the platform.
    pub url: Option<String>,
    /// The platform's id of it, 1 to 200 characters.
    pub external_id: Option<String>,
}

/// A message that was sent or received.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct MessageLog {
    /// in for theirs, out for ours.
    pub direction: Direction,
    /// What was said, 1 to 100,000 characters of plain text.
    pub body: String,
    /// When; now when it isn't said. Not in the future.
    pub sent_at: Option<Instant>,
    /// The platform's id of it, 1 to 200 characters: a message whose id is stored already is not stored again.
    pub external_id: Option<String>,
    /// Whether a machine wrote it, such as an out-of-office reply: it stops nothing and changes nobody's turn.
    #[serde(default)]
    pub automatic: bool,
}

/// A platform's id is kept and compared as it is, so it has to be a plain short text.
fn external(id: Option<String>) -> Result<Option<String>> {
    match id {
        Some(id) if id.trim().is_empty() || id.chars().count() > 200 || id.chars().any(char::is_control) => {
            Err(Error::invalid("external_id", "Give the platform’s id in 1 to 200 characters, or leave it out."))
        }
        id => Ok(id),
    }
}

/// Threads, the last used first.
#[utoipa::path(
    get,
    path = "/api/v1/threads",
    tag = "threads",
    operation_id = "list_threads",
    params(
        ("contact_id" = Option<i64>, Query, description = "Only with this contact."),
        ("channel" = Option<Channel>, Query, description = "Only on this channel."),
        ("turn" = Option<Turn>, Query, description = "Only those where it is this side’s move."),
        ("status" = Option<Status>, Query, description = "Only open, snoozed or closed ones."),
        ("q" = Option<String>, Query, description = "Only where the person, or something said, matches these words."),
        ("unread" = Option<bool>, Query, description = "With true, only those that the token’s member has not seen."),
        Paging,
    ),
    responses((status = 200, description = "A page of threads.", body = ThreadList))
)]
pub async fn list(api: Api, query: Fields) -> Told<ThreadList> {
    api.read(move |tx| {
        let filter = Filter {
            contact: query.optional("contact_id")?,
            channel: query.optional("channel")?,
            turn: query.optional("turn")?,
            status: query.optional("status")?,
            search: query.some("q").map(ToOwned::to_owned),
            unread_by: if query.optional("unread")?.unwrap_or(false) { tx.access().user() } else { None },
            ..Filter::default()
        };
        let page = threads::list(tx, &filter, &Paging::of(&query)?)?;
        Ok(ThreadList::from(page.map(|listed| views::Thread::from(listed.thread))))
    })
    .await
}

/// Starts a thread with a contact on a channel.
#[utoipa::path(
    post,
    path = "/api/v1/threads",
    tag = "threads",
    operation_id = "start_thread",
    request_body = ThreadStart,
    responses((status = 201, description = "The thread.", body = views::Thread))
)]
pub async fn start(api: Api, body: Body) -> Result<HttpResponse, ApiFailure> {
    api.post(body, |tx, new: ThreadStart| {
        let wanted = NewThread {
            url: new.url,
            external_id: external(new.external_id)?,
            ..NewThread::direct(new.contact_id, new.channel)
        };
        let id = threads::start(tx, &wanted)?;
        Answer::created(&views::Thread::from(threads::thread(tx, id)?))
    })
    .await
}

/// A thread.
#[utoipa::path(
    get,
    path = "/api/v1/threads/{id}",
    tag = "threads",
    operation_id = "show_thread",
    params(("id" = i64, Path, description = "The thread.")),
    responses((status = 200, description = "The thread.", body = views::Thread))
)]
pub async fn show(api: Api, path: Path<ThreadId>) -> Told<views::Thread> {
    let id = path.into_inner();
    api.read(move |tx| Ok(views::Thread::from(threads::thread(tx, id)?))).await
}

/// A thread's messages, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/threads/{id}/messages",
    tag = "threads",
    operation_id = "list_messages",
    params(("id" = i64, Path, description = "The thread."), Paging),
    responses((status = 200, description = "A page of messages.", body = MessageList))
)]
pub async fn messages(api: Api, path: Path<ThreadId>, query: Fields) -> Told<MessageList> {
    let id = path.into_inner();
    api.read(move |tx| {
        let thread = threads::thread(tx, id)?;
        let page = threads::messages(tx, thread.id, &Paging::of(&query)?)?;
        let ids: Vec<_> = page.items.iter().map(|message| message.id).collect();
        let mut sent = attachments::of_messages(tx, &ids)?;
        Ok(MessageList::from(page.map(|message| {
            let sent = sent.remove(&message.id).unwrap_or_default();
            views::Message::with(message, sent)
        })))
    })
    .await
}

/// Logs a message in a thread, with all that follows: whose turn it is, which stay it carried, which reminders it
/// stops. Nothing is sent.
#[utoipa::path(
    post,
    path = "/api/v1/threads/{id}/messages",
    tag = "threads",
    operation_id = "log_message",
    params(("id" = i64, Path, description = "The thread.")),
    request_body = MessageLog,
    responses(
        (status = 201, description = "The message.", body = views::LoggedMessage),
        (status = 200, description = "The message, which was stored with this external id before.",
            body = views::LoggedMessage),
    )
)]
pub async fn log(api: Api, path: Path<ThreadId>, body: Body) -> Result<HttpResponse, ApiFailure> {
    let id = path.into_inner();
    api.post(body, move |tx, new: MessageLog| {
        let message = NewMessage {
            sent_at: new.sent_at,
            external_id: external(new.external_id)?,
            automatic: new.automatic,
            ..NewMessage::now(new.direction, &new.body)
        };
        let logged = threads::log_message(tx, id, &message)?;
        let sent = attachments::of_messages(tx, &[logged.id])?.remove(&logged.id).unwrap_or_default();
        let message = views::Message::with(threads::message(tx, logged.id)?, sent);
        let view = views::LoggedMessage { message, stopped_reminders: logged.stopped };
        if logged.new { Answer::created(&view) } else { Answer::ok(&view) }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platforms_id_is_short_plain_or_absent() {
        assert!(matches!(external(None), Ok(None)));
        assert_eq!(external(Some("t_1".into())).unwrap().as_deref(), Some("t_1"));
        for bad in ["", " ", "a\nb", &"x".repeat(201)] {
            assert!(external(Some(bad.into())).is_err(), "{bad}");
        }
    }
}
