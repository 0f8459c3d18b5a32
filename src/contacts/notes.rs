//! What the team notes about somebody: written, corrected and removed by its author, or by who arranges the workspace.

use diesel::prelude::*;

use super::{contact, touch};
use crate::{
    access::{Access, Right},
    channels::safe_text,
    db::{self, Tx, notes as n},
    error::{Error, Result},
    ids::{ContactId, NoteId, UserId},
    timeline::{Change, Verb, record},
};

/// The longest note, in characters.
const LONGEST: usize = 20_000;

/// A note, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = n)]
pub struct Note {
    /// The note.
    pub id: NoteId,
    /// About whom.
    pub contact_id: ContactId,
    /// Who wrote it.
    pub author_id: UserId,
    /// What.
    pub body: String,
}

/// Writes a note, 1 to 20,000 characters.
pub fn note(tx: &mut Tx<'_>, id: ContactId, body: &str) -> Result<NoteId> {
    tx.access().require(Right::Work)?;
    let author = tx.access().person()?;
    let contact_id = contact(tx, id)?.id;
    let body = checked(body)?;
    let note = tx
        .insert(
            db::Notes,
            (n::contact_id.eq(contact_id), n::author_id.eq(author), n::body.eq(&body), n::created_at.eq(tx.now())),
        )
        .returning(n::id)
        .get_result::<NoteId>(tx.conn())?;
    touch(tx, contact_id)?;
    record(tx, Verb::NoteWritten, Change::of(note.0).about(contact_id).after(body))?;
    Ok(note)
}

/// A note that may be changed by who asks.
///
/// # Errors
/// Forbidden for a colleague's note, unless they arrange the workspace.
pub fn note_to_change(tx: &mut Tx<'_>, id: NoteId) -> Result<Note> {
    tx.access().require(Right::Work)?;
    let note: Note = tx.all(db::Notes).filter(n::id.eq(id)).select(Note::as_select()).get_result(tx.conn())?;
    if !may_change_notes(tx.access(), note.author_id) {
        return Err(Error::Forbidden("Only who wrote a note, or who arranges the workspace, can change it."));
    }
    Ok(note)
}

/// Whether who has this access may change notes of this author.
pub fn may_change_notes(access: Access, author: UserId) -> bool {
    access.may(Right::Arrange) || access.may(Right::Work) && access.user() == Some(author)
}

/// Puts other words in its place, 1 to 20,000 characters; its author and time stay. Returns about whom it is.
pub fn correct_note(tx: &mut Tx<'_>, id: NoteId, body: &str) -> Result<ContactId> {
    let (before, body) = (note_to_change(tx, id)?, checked(body)?);
    if body == before.body {
        return Ok(before.contact_id);
    }
    diesel::update(tx.all(db::Notes).filter(n::id.eq(id))).set(n::body.eq(&body)).execute(tx.conn())?;
    let change = Change::of(id.0).about(before.contact_id).before(before.body).after(body);
    record(tx, Verb::NoteCorrected, change)?;
    Ok(before.contact_id)
}

/// Removes a note. Returns about whom it was.
pub fn remove_note(tx: &mut Tx<'_>, id: NoteId) -> Result<ContactId> {
    let gone = note_to_change(tx, id)?;
    diesel::delete(tx.all(db::Notes).filter(n::id.eq(id))).execute(tx.conn())?;
    record(tx, Verb::NoteRemoved, Change::of(id.0).about(gone.contact_id).before(gone.body))?;
    Ok(gone.contact_id)
}

fn checked(body: &str) -> Result<String> {
    let body = safe_text(body, LONGEST + 1);
    if body.is_empty() {
        return Err(Error::invalid("note", "Write something first."));
    }
    if body.chars().count() > LONGEST {
        return Err(Error::invalid("note", "Keep a note under 20,000 characters: split it into several."));
    }
    Ok(body)
}
