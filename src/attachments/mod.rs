//! What was sent with messages: kept once for each content, shown by what it is, gone with its contact.
//!
//! A content is written before a row refers to it, and its row goes before it: rows and contents never disagree for
//! longer than the job that tidies up after a crash takes to run.

mod keep;
pub mod media;
mod store;
mod thumb;

use std::collections::HashMap;

use diesel::prelude::*;

pub use keep::{LARGEST, attach};
pub(crate) use keep::{Reading, keep};
pub use media::{Media, Shape};
pub use store::{Pieces, Store};
pub use thumb::small as thumb;

use crate::{
    db::{self, Instant, Tx, attachments as a, files as f},
    each,
    error::Result,
    ids::{AttachmentId, ImportId, MessageId},
    queue::{self, Job},
};

/// What was sent with a message.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// The attachment.
    pub id: AttachmentId,
    /// With which message.
    pub message_id: MessageId,
    /// Its name, as it was sent.
    pub name: String,
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
    /// Whether there is a small picture of it.
    pub thumb: bool,
}

impl File {
    /// Its size for people.
    pub fn size_words(&self) -> String {
        match self.size {
            ..1_000 => format!("{} bytes", self.size),
            1_000..1_000_000 => format!("{} kB", self.size / 1_000),
            _ => format!("{}.{} MB", self.size / 1_000_000, self.size % 1_000_000 / 100_000),
        }
    }
}

type Row = (AttachmentId, MessageId, String, Option<String>);

fn with_files(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<Vec<Attachment>> {
    let hashes: Vec<String> = rows.iter().filter_map(|row| row.3.clone()).collect();
    let kept: Vec<(String, i64, Media, Option<bool>)> = tx
        .all(db::Files)
        .filter(f::hash.eq_any(hashes))
        .select((f::hash, f::size, f::kind, f::thumb))
        .load(tx.conn())?;
    let of = |(hash, size, media, thumb): (String, i64, Media, Option<bool>)| {
        (hash.clone(), File { hash, size, media, thumb: thumb == Some(true) })
    };
    let kept: HashMap<String, File> = kept.into_iter().map(of).collect();
    let told = |(id, message_id, name, hash): Row| Attachment {
        id,
        message_id,
        name,
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
        .select((a::id, a::message_id, a::name, a::hash))
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
        .select((a::id, a::message_id, a::name, a::hash))
        .first(tx.conn())?;
    with_files(tx, vec![row])?.pop().ok_or(crate::error::Error::NotFound)
}

/// Something an archive says was sent with a message; its content is looked for afterwards.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) message: MessageId,
    pub(crate) name: String,
    /// Where the archive has it.
    pub(crate) source: String,
}

/// Notes what an archive says was sent; what is noted already stays as it is.
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
    }
    Ok(())
}

/// How many contents of an import were not found yet.
pub(crate) fn wanted(tx: &mut Tx<'_>, import: ImportId) -> Result<i64> {
    Ok(tx
        .all(db::Attachments)
        .filter(a::import_id.eq(import))
        .filter(a::hash.is_null())
        .count()
        .get_result(tx.conn())?)
}

/// Which of these places in an archive an import still looks for.
pub(crate) fn wants(tx: &mut Tx<'_>, import: ImportId, sources: &[String]) -> Result<bool> {
    let open = tx
        .all(db::Attachments)
        .filter(a::import_id.eq(import))
        .filter(a::source.eq_any(sources.to_vec()))
        .filter(a::hash.is_null());
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(tx.conn())?)
}

/// Gives what an import looked for in these places its content.
pub(crate) fn found(tx: &mut Tx<'_>, import: ImportId, sources: &[String], hash: &str) -> Result<()> {
    diesel::update(
        tx.all(db::Attachments)
            .filter(a::import_id.eq(import))
            .filter(a::source.eq_any(sources.to_vec()))
            .filter(a::hash.is_null()),
    )
    .set(a::hash.eq(hash))
    .execute(tx.conn())?;
    Ok(())
}

/// Takes an import's attachments back, those on messages of others included.
pub(crate) fn undo(tx: &mut Tx<'_>, import: ImportId) -> Result<()> {
    diesel::delete(tx.all(db::Attachments).filter(a::import_id.eq(import))).execute(tx.conn())?;
    tidy_later(tx)
}

/// Has contents removed to which nothing refers any more.
pub(crate) fn tidy_later(tx: &mut Tx<'_>) -> Result<()> {
    let (workspace, now) = (tx.workspace(), tx.now());
    queue::enqueue(&mut tx.system(), Some(workspace), &Job::TidyFiles { workspace }, now)
}

/// How many contents are removed, or made small, in one go.
const AT_ONCE: i64 = 50;

/// Removes up to fifty contents to which nothing refers; true when there may be more. One that began to be written a day
/// ago and was never finished goes too.
pub(crate) fn tidy(db: &db::Db, access: crate::access::Access, store: &Store) -> Result<bool> {
    let stale: Vec<String> = db.read(access, |tx| {
        let used = tx.all(db::Attachments).filter(a::hash.is_not_null()).select(a::hash.assume_not_null());
        let dead: Instant = tx.now().plus(-chrono::TimeDelta::days(1));
        Ok(tx
            .all(db::Files)
            .filter(f::hash.ne_all(used))
            .filter(f::kept_at.is_not_null().or(f::created_at.lt(dead)))
            .select(f::hash)
            .limit(AT_ONCE)
            .load(tx.conn())?)
    })?;
    for hash in &stale {
        // In one transaction with the row, so that nobody finds the row and not the content. Who refers to it meanwhile is
        // refused by the foreign key, and looks again.
        db.write(access, |tx| {
            let used: i64 = tx.all(db::Attachments).filter(a::hash.eq(hash)).count().get_result(tx.conn())?;
            if used > 0 {
                return Ok(());
            }
            diesel::delete(tx.all(db::Files).filter(f::hash.eq(hash))).execute(tx.conn())?;
            store.remove(tx.workspace(), &thumb_name(hash))?;
            store.remove(tx.workspace(), hash)
        })?;
    }
    Ok(stale.len() == usize::try_from(AT_ONCE).unwrap_or(0))
}

/// The name of the small picture of a content.
pub fn thumb_name(hash: &str) -> String {
    format!("{hash}.thumb")
}

/// The largest picture that is made small, in bytes.
const LARGEST_PICTURE: u64 = 40 << 20;

/// Makes small pictures of up to fifty contents; true when there may be more.
pub(crate) fn make_thumbs(db: &db::Db, access: crate::access::Access, store: &Store) -> Result<bool> {
    let unseen: Vec<(String, Media)> = db.read(access, |tx| {
        Ok(tx
            .all(db::Files)
            .filter(f::thumb.is_null())
            .filter(f::kept_at.is_not_null())
            .order((f::created_at, f::hash))
            .select((f::hash, f::kind))
            .limit(AT_ONCE)
            .load(tx.conn())?)
    })?;
    for (hash, media) in &unseen {
        let small = match media.shape() {
            Shape::Image => {
                store.get(access.workspace(), hash, LARGEST_PICTURE)?.and_then(|bytes| thumb(&bytes))
            }
            _ => None,
        };
        if let Some(small) = &small {
            store.put(access.workspace(), &thumb_name(hash), &mut small.as_slice())?;
        }
        db.write(access, |tx| {
            diesel::update(tx.all(db::Files).filter(f::hash.eq(hash)))
                .set(f::thumb.eq(small.is_some()))
                .execute(tx.conn())?;
            Ok(())
        })?;
    }
    Ok(unseen.len() == usize::try_from(AT_ONCE).unwrap_or(0))
}
