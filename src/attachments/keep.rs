//! Keeping a content: measured first, then written, then referred to.

use std::{io::Read, path::Path};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    Media, Store,
    media::{Watch, pieces},
};
use crate::{
    access::{Access, Right},
    channels::safe_text,
    db::{self, Db, Instant, Tx, attachments as a, files as f},
    each,
    error::{Error, Result},
    ids::{AttachmentId, MessageId},
    queue::{self, Job},
    timeline::{Change, Verb, record},
};

/// The largest content that is kept, in bytes.
pub const LARGEST: u64 = 2 << 30;

/// Opens a content and hands its bytes on, as often as it is asked.
pub(crate) type Reading<'a> = dyn FnMut(&mut dyn FnMut(&mut dyn Read) -> Result<()>) -> Result<()> + 'a;

struct Measured {
    hash: String,
    size: u64,
    media: Media,
}

fn measure(source: impl Read) -> std::io::Result<Measured> {
    let (mut hash, mut watch, mut size) = (Sha256::new(), Watch::default(), 0);
    pieces(source.take(LARGEST + 1), |piece| {
        hash.update(piece);
        watch.see(piece);
        size += piece.len() as u64;
    })?;
    let hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Measured { hash, size, media: watch.media() })
}

/// Keeps a content once and tells `refer` its hash, in the transaction from which on it counts as kept. `open` is called
/// twice: a content is known by its hash, which shows at its end. None when it is empty or larger than [`LARGEST`].
pub(crate) fn keep<T>(
    db: &Db,
    access: Access,
    store: &Store,
    open: &mut Reading<'_>,
    refer: impl Fn(&mut Tx<'_>, &str) -> Result<T>,
) -> Result<Option<T>> {
    let mut measured = None;
    open(&mut |source| {
        measured = Some(measure(source)?);
        Ok(())
    })?;
    let Some(measured) = measured else { return Ok(None) };
    if measured.size == 0 || measured.size > LARGEST {
        return Ok(None);
    }
    let hash = measured.hash.as_str();
    let known = db.write(access, |tx| {
        let kept: Option<Option<Instant>> =
            tx.all(db::Files).filter(f::hash.eq(hash)).select(f::kept_at).first(tx.conn()).optional()?;
        if kept.flatten().is_some() {
            return refer(tx, hash).map(Some);
        }
        let rows = vec![(
            f::workspace_id.eq(tx.workspace()),
            f::hash.eq(hash),
            f::size.eq(i64::try_from(measured.size).unwrap_or(i64::MAX)),
            f::kind.eq(measured.media),
            f::created_at.eq(tx.now()),
        )];
        each!(tx.conn(), conn => db::insert_rows(db::Files, &rows).on_conflict_do_nothing().execute(conn))?;
        Ok(None)
    })?;
    if known.is_some() {
        return Ok(known);
    }
    open(&mut |source| store.put(access.workspace(), hash, source))?;
    db.write(access, |tx| {
        let now = tx.now();
        diesel::update(tx.all(db::Files).filter(f::hash.eq(hash))).set(f::kept_at.eq(now)).execute(tx.conn())?;
        let workspace = tx.workspace();
        queue::enqueue(&mut tx.system(), Some(workspace), &Job::MakeThumbs { workspace }, now)?;
        refer(tx, hash).map(Some)
    })
}

/// Attaches an uploaded file to a message that somebody entered; `path` is where the upload lies.
pub fn attach(
    db: &Db,
    access: Access,
    store: &Store,
    message: MessageId,
    name: &str,
    path: &Path,
) -> Result<AttachmentId> {
    access.require(Right::Work)?;
    let there = db.read(access, |tx| crate::threads::message(tx, message))?;
    let name = safe_text(name, 200).replace(['\n', '/', '\\'], " ");
    let name = if name.is_empty() { "file".to_owned() } else { name };
    let mut open = |hand: &mut dyn FnMut(&mut dyn Read) -> Result<()>| hand(&mut std::fs::File::open(path)?);
    let kept = keep(db, access, store, &mut open, |tx, hash| {
        let id: AttachmentId = tx
            .insert(
                db::Attachments,
                (a::message_id.eq(message), a::name.eq(&name), a::hash.eq(hash), a::created_at.eq(tx.now())),
            )
            .returning(a::id)
            .get_result(tx.conn())?;
        let after = serde_json::json!({"name": name});
        record(tx, Verb::FileAttached, Change::of(id.0).about(there.contact_id).after(after))?;
        Ok(id)
    })?;
    kept.ok_or_else(|| Error::invalid("file", "Choose a file that is not empty and at most 2 GB."))
}
