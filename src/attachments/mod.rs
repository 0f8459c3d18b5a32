//! What was sent with messages: kept once for each content, shown by what it is, gone with its contact.
//!
//! A content is written before anything refers to it, and nothing refers to it any more before it is removed: its row says
//! which of the three it is, and survives a crash in between. Keeping one is in `keep`, removing in `tidy`.

mod keep;
pub mod media;
mod store;
mod thumb;
mod tidy;

use std::collections::HashMap;

use diesel::prelude::*;

pub use keep::{LARGEST, attach};
pub(crate) use keep::{Reading, keep};
pub use media::{Media, Shape};
pub use store::{Pieces, Store};
pub(crate) use thumb::make_thumbs;
pub use thumb::small as thumb;
pub(crate) use tidy::tidy;

use crate::{
    access::Right,
    db::{self, Tx, attachments as a, files as f},
    each,
    error::{Error, Result},
    ids::{AttachmentId, ImportId, MessageId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

crate::db::text_enum! {
    /// Where a content is on its way.
    pub enum State { Writing = "writing", Kept = "kept", Dying = "dying" }
}

/// What was sent with a message.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The attachment.
    pub id: AttachmentId,
    /// With which message.
    pub message_id: MessageId,
    /// Its name, as it was sent.
    pub name: String,
    /// Whether somebody attached it by hand; then it can be taken back.
    pub by_hand: bool,
    /// What is kept of it; none when the archive didn't hold it.
    pub file: Option<File>,
}

/// A content that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub hash: String,
    /// How many bytes.
    pub size: i64,
    /// What it is, by its bytes.
    pub media: Media,
    /// Whether there is a small picture of it; none while nobody has looked yet.
    pub thumb: Option<bool>,
}

impl File {
    /// Whether it can be shown as a picture: what no picture could be made of is offered as a file.
    pub fn is_picture(&self) -> bool {
        self.media.shape() == Shape::Image && self.thumb == Some(true)
    }

    /// Its size for people.
    pub fn size_words(&self) -> String {
        match self.size {
            ..1_000 => format!("{} bytes", self.size),
            1_000..1_000_000 => format!("{} kB", self.size / 1_000),
            _ => format!("{}.{} MB", self.size / 1_000_000, self.size % 1_000_000 / 100_000),
        }
    }
}

type Row = (AttachmentId, MessageId, String, Option<String>, Option<String>);

fn with_files(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<Vec<Attachment>> {
    let hashes: Vec<String> = rows.iter().filter_map(|row| row.3.clone()).collect();
    let kept: Vec<(String, i64, Media, Option<bool>)> = tx
        .all(db::Files)
        .filter(f::hash.eq_any(hashes))
        .select((f::hash, f::size, f::kind, f::thumb))
        .load(tx.conn())?;
    let of = |(hash, size, media, thumb): (String, i64, Media, Option<bool>)| {
        (hash.clone(), File { hash, size, media, thumb })
    };
    let kept: HashMap<String, File> = kept.into_iter().map(of).collect();
    let told = |(id, message_id, name, hash, source): Row| Attachment {
        id,
        message_id,
        name,
        by_hand: source.is_none(),
        file: hash.and_then(|hash| kept.get(&hash).cloned()),
    };
    Ok(rows.into_iter().map(told).collect())
}

/// What was sent with these messages, by message.
pub fn of_messages(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<Attachment>>> {
    let rows: Vec<Row> = tx
        .all(db::Attachments)
        .filter(a::message_id.eq_any(messages.to_vec()))
        .order(a::id)
        .select((a::id, a::message_id, a::name, a::hash, a::source))
        .load(tx.conn())?;
    let mut all: HashMap<MessageId, Vec<Attachment>> = HashMap::new();
    for one in with_files(tx, rows)? {
        all.entry(one.message_id).or_default().push(one);
    }
    Ok(all)
}

/// One attachment.
pub fn attachment(tx: &mut Tx<'_>, id: AttachmentId) -> Result<Attachment> {
    let row: Row = tx
        .all(db::Attachments)
        .filter(a::id.eq(id))
        .select((a::id, a::message_id, a::name, a::hash, a::source))
        .get_result(tx.conn())?;
    with_files(tx, vec![row])?.pop().ok_or(Error::NotFound)
}

/// Something an archive says was sent with a message; its content is looked for afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) message: MessageId,
    pub(crate) name: String,
    /// Where the archive has it.
    pub(crate) source: String,
}

/// Takes back a file that was attached by hand. What an archive brought stays with its message.
pub fn remove(tx: &mut Tx<'_>, id: AttachmentId) -> Result<MessageId> {
    tx.access().require(Right::Work)?;
    let gone = attachment(tx, id)?;
    if !gone.by_hand {
        return Err(Error::invalid("", "This file came with an archive and stays with its message."));
    }
    let message = crate::threads::message(tx, gone.message_id)?;
    diesel::delete(tx.all(db::Attachments).filter(a::id.eq(id))).execute(tx.conn())?;
    tidy_later(tx)?;
    let before = serde_json::json!({"name": gone.name});
    record(tx, Verb::FileRemoved, Change::of(id.0).about(message.contact_id).before(before))?;
    Ok(message.id)
}

/// Notes what an archive says was sent. What is noted already stays as it is; where its content is missing, this import
/// looks for it.
pub(crate) fn expect(tx: &mut Tx<'_>, import: ImportId, all: &[Expected]) -> Result<()> {
    let (mine, now) = (tx.workspace(), tx.now());
    for chunk in all.chunks(500) {
        let row = |one: &Expected| {
            (
                a::workspace_id.eq(mine),
                a::message_id.eq(one.message),
                a::name.eq(one.name.clone()),
                a::source.eq(Some(one.source.clone())),
                a::import_id.eq(Some(import)),
                a::created_at.eq(now),
            )
        };
        let rows: Vec<_> = chunk.iter().map(row).collect();
        each!(tx.conn(), conn => {
            db::insert_rows(db::Attachments, &rows).on_conflict_do_nothing().execute(conn)
        })?;
        let messages: Vec<MessageId> = chunk.iter().map(|one| one.message).collect();
        let missing = tx.all(db::Attachments).filter(a::message_id.eq_any(messages)).filter(a::hash.is_null());
        diesel::update(missing.filter(a::source.is_not_null())).set(a::wanted_by.eq(import)).execute(tx.conn())?;
    }
    Ok(())
}

/// What a message has by now of what archives name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) id: AttachmentId,
    pub(crate) message: MessageId,
    pub(crate) name: String,
    /// Where the archive that brought it has it.
    pub(crate) source: Option<String>,
    /// Whether its content is kept.
    pub(crate) is_whole: bool,
}

/// What these messages have.
pub(crate) fn named(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<Vec<Named>> {
    type Row = (AttachmentId, MessageId, String, Option<String>, Option<String>);
    let mut all = Vec::new();
    for chunk in messages.chunks(500) {
        let rows: Vec<Row> = tx
            .all(db::Attachments)
            .filter(a::message_id.eq_any(chunk.to_vec()))
            .order(a::id)
            .select((a::id, a::message_id, a::name, a::source, a::hash))
            .load(tx.conn())?;
        let named =
            |(id, message, name, source, hash): Row| Named { id, message, name, source, is_whole: hash.is_some() };
        all.extend(rows.into_iter().map(named));
    }
    Ok(all)
}

/// Notes that a missing one lies in another place of the archive by now.
pub(crate) fn look_at(tx: &mut Tx<'_>, id: AttachmentId, source: &str) -> Result<()> {
    diesel::update(tx.all(db::Attachments).filter(a::id.eq(id))).set(a::source.eq(source)).execute(tx.conn())?;
    Ok(())
}

/// The places in an archive in which an import looks for contents.
pub(crate) fn wanted(tx: &mut Tx<'_>, import: ImportId) -> Result<Vec<String>> {
    Ok(tx
        .all(db::Attachments)
        .filter(a::wanted_by.eq(import))
        .filter(a::hash.is_null())
        .select(a::source.assume_not_null())
        .load(tx.conn())?)
}

/// How many attachments an import found in its archive, and how many are missing there.
pub fn outcome(tx: &mut Tx<'_>, import: ImportId) -> Result<(i64, i64)> {
    let mine = || a::wanted_by.eq(import);
    let found = tx.all(db::Attachments).filter(mine()).filter(a::hash.is_not_null()).count().get_result(tx.conn())?;
    let missing = tx.all(db::Attachments).filter(mine()).filter(a::hash.is_null()).count().get_result(tx.conn())?;
    Ok((found, missing))
}

/// Gives what an import looked for in these places its content.
pub(crate) fn found(tx: &mut Tx<'_>, import: ImportId, sources: &[String], hash: &str) -> Result<usize> {
    let open = tx
        .all(db::Attachments)
        .filter(a::wanted_by.eq(import))
        .filter(a::source.eq_any(sources.to_vec()))
        .filter(a::hash.is_null());
    Ok(diesel::update(open).set(a::hash.eq(hash)).execute(tx.conn())?)
}

/// Whether an import attached anything, or found what was missing at messages of others.
pub(crate) fn is_from(tx: &mut Tx<'_>, import: ImportId) -> Result<bool> {
    let found = tx.all(db::Attachments).filter(a::wanted_by.eq(import)).filter(a::hash.is_not_null()).select(a::id);
    let own = tx.all(db::Attachments).filter(a::import_id.eq(import)).select(a::id);
    let found: Option<AttachmentId> = found.first(tx.conn()).optional()?;
    let own: Option<AttachmentId> = own.first(tx.conn()).optional()?;
    Ok(found.is_some() || own.is_some())
}

/// What hangs on messages that an undo leaves stays with them.
pub(crate) fn leave_with(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<()> {
    diesel::update(tx.all(db::Attachments).filter(a::message_id.eq_any(messages.to_vec())))
        .set((a::import_id.eq(None::<ImportId>), a::wanted_by.eq(None::<ImportId>)))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes back what an import attached to messages of others, and what it found for them; its own are gone.
pub(crate) fn undo(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::Attachments).filter(a::import_id.eq(import))).execute(tx.conn())?;
    diesel::update(tx.all(db::Attachments).filter(a::wanted_by.eq(import)))
        .set((a::hash.eq(None::<String>), a::wanted_by.eq(None::<ImportId>)))
        .execute(tx.conn())?;
    tidy_later(tx)
}

/// Those of these messages to which somebody attached a file by hand.
pub(crate) fn by_hand(tx: &mut Tx<'_>, messages: &[MessageId]) -> Result<Vec<MessageId>> {
    Ok(tx
        .all(db::Attachments)
        .filter(a::source.is_null())
        .filter(a::message_id.eq_any(messages.to_vec()))
        .select(a::message_id)
        .distinct()
        .load(tx.conn())?)
}

/// Has contents removed to which nothing refers any more.
pub(crate) fn tidy_later(tx: &mut Tx<'_>) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::TidyFiles { workspace }, now)
}

/// Every hour: has tidied and made small what a crash left undone, where there are contents at all.
pub(crate) fn keep_up(tx: &mut Tx<'_>) -> Result<()> {
    if diesel::select(diesel::dsl::exists(tx.all(db::Files))).get_result(tx.conn())? {
        tidy_later(tx)?;
        thumbs_later(tx)?;
    }
    Ok(())
}

/// Has small pictures made of what is new.
pub(crate) fn thumbs_later(tx: &mut Tx<'_>) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::MakeThumbs { workspace }, now)
}

/// The name of the small picture of a content.
pub fn thumb_name(hash: &str) -> String {
    format!("{hash}.thumb")
}
