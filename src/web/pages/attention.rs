//! Whether a thread still asks for anything: closing, putting off, opening again; and what the viewer has seen of it.

use actix_web::web::Path;
use askama::Template;

use super::{cards::way_back, inbox, reminders::read_when, threads::me};
use crate::{
    access::Right,
    calendar::{Day, due_words},
    contacts::{self, Contact},
    error::Result,
    ids::ThreadId,
    threads::{self, Thread},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
};

/// The fields that the page shows problems beside.
pub const SHOWN: &[&str] = &["when"];

#[derive(Template)]
#[template(path = "threads/snooze.html")]
struct SnoozePage {
    shell: Shell,
    form: Form,
    thread: Thread,
    contact: Contact,
    /// Where putting it off leads.
    back: String,
}

fn view(page: Page<'_, '_>, id: ThreadId, back: String) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let thread = threads::thread(tx, id)?;
    let contact = contacts::contact(tx, thread.contact_id)?;
    Ok(SnoozePage { shell, form, thread, contact, back }.render()?)
}

/// Asks until when a thread is put off.
pub async fn form(ctx: Ctx, path: Path<(String, ThreadId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| view(page, id, query.get("back").to_owned())).await
}

/// Puts a thread off: `to` from a button, or `when` as typed, in the viewer's zone.
pub async fn snooze(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let zone = me(tx)?.zone();
            let when = read_when(tx, fields, zone)?;
            threads::snooze(tx, id, when, zone)?;
            let today = Day::of(tx.now().utc(), zone).date();
            let words = format!("It comes back {}, or when they write.", due_words(when.date, when.time, today));
            let undo = format!("/w/{slug}/threads/{id}/reopen");
            Ok(Done::go(way_back(fields, &slug, "inbox".into())).say(words).undo(undo))
        },
        move |page| view(page, id, String::new()),
    )
    .await
}

/// Closes a thread.
pub async fn close(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            threads::close(tx, id)?;
            let to = way_back(fields, &slug, format!("threads/{id}"));
            let undo = format!("/w/{slug}/threads/{id}/reopen");
            Ok(Done::go(to).say("Closed. It opens again by itself when they write.").undo(undo))
        },
        move |page| inbox::show_view(page, id, Fields::default()),
    )
    .await
}

/// Opens a closed or snoozed thread again.
pub async fn reopen(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            threads::reopen(tx, id)?;
            Ok(Done::go(inbox::beside_list(fields, id)).say("Open again."))
        },
        move |page| inbox::show_view(page, id, Fields::default()),
    )
    .await
}

/// Marks a thread as read or unread for the viewer: `read` is yes or no.
pub async fn mark(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id) = path.into_inner();
    ctx.act(
        fields,
        move |tx, fields| {
            let read = fields.get("read") != "no";
            threads::mark(tx, id, read)?;
            let here = inbox::beside_list(fields, id);
            let to = if read { format!("{here}#latest") } else { way_back(fields, &slug, "inbox".into()) };
            Ok(Done::go(to))
        },
        move |page| inbox::show_view(page, id, Fields::default()),
    )
    .await
}

/// Notes that the viewer sees a thread right now, up to the message `last`; answers how many threads they have not seen.
/// Asked by the page itself.
pub async fn seen(ctx: Ctx, path: Path<(String, ThreadId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act_json(move |tx| {
        let thread = threads::thread(tx, id)?;
        threads::seen(tx, thread.id, fields.required("last")?)?;
        let me = tx.access().person()?;
        Ok(serde_json::json!({"unread": threads::unread_count(tx, me)?}))
    })
    .await
}
