//! A note's own page: its words to be corrected, or the note removed. New ones are written on the contact's page.

use actix_web::web::Path;
use askama::Template;

use crate::{
    contacts::{self, Contact, Note},
    error::Result,
    ids::NoteId,
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell, Shown},
};

#[derive(Template)]
#[template(path = "contacts/note.html")]
struct NotePage {
    shell: Shell,
    form: Form,
    contact: Contact,
    note: Note,
}

/// The fields that the page shows problems beside.
pub const SHOWN: &[&str] = &["note"];

fn shown(note: &Note) -> Shown {
    Shown::of([("the note", &note.body)])
}

fn view(page: Page<'_, '_>, id: NoteId) -> Result<String> {
    let Page { tx, shell, form } = page;
    let note = contacts::note_to_change(tx, id)?;
    let contact = contacts::contact(tx, note.contact_id)?;
    Ok(NotePage { shell, form, contact, note }.render()?)
}

/// The page.
pub async fn show(ctx: Ctx, path: Path<(String, NoteId)>) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| view(page, id)).await
}

/// Puts other words in its place.
pub async fn correct(ctx: Ctx, path: Path<(String, NoteId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            shown(&contacts::note_to_change(tx, id)?).refuse_stale(fields)?;
            let contact = contacts::correct_note(tx, id, fields.get("note"))?;
            Ok(Done::go(format!("contacts/{contact}")).say("Saved the note."))
        },
        move |page| view(page, id),
    )
    .await
}

/// Removes it.
pub async fn remove(ctx: Ctx, path: Path<(String, NoteId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            shown(&contacts::note_to_change(tx, id)?).refuse_stale(fields)?;
            let contact = contacts::remove_note(tx, id)?;
            Ok(Done::go(format!("contacts/{contact}")).say("Removed the note."))
        },
        move |page| view(page, id),
    )
    .await
}
