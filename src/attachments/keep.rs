//! Keeping a content: measured first, then written, then referred to.

use std::{io::Read, path::Path};

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    Media, State, Store,
    media::{Watch, pieces},
    thumbs_later,
};
use crate::{
    access::{Access, Right},
    channels::safe_text,
    db::{self, Db, Tx, attachments as a, files as f},
    each,
    error::{Error, Result},
    ids::{AttachmentId, MessageId},
    secrets::hex,
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
    Ok(Measured { hash: hex(&hash.finalize()), size, media: watch.media() })
}

/// How often, and how long, a content is waited for that is being removed at this moment.
const PATIENCE: (u32, std::time::Duration) = (50, std::time::Duration::from_millis(100));

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
    let Some(measured) = measured.filter(|found| (1..=LARGEST).contains(&found.size)) else { return Ok(None) };
    let hash = measured.hash.as_str();
    for _ in 0..PATIENCE.0 {
        let (there, done) = db.write(access, |tx| match claim(tx, &measured)? {
            State::Kept => Ok((State::Kept, Some(refer(tx, hash)?))),
            there => Ok((there, None)),
        })?;
        match there {
            State::Kept => return Ok(done),
            State::Dying => std::thread::sleep(PATIENCE.1),
            State::Writing => {
                open(&mut |source| store.put(access.workspace(), hash, source))?;
                return db.write(access, |tx| {
                    let written = tx.all(db::Files).filter(f::hash.eq(hash)).filter(f::state.ne(State::Dying));
                    if diesel::update(written).set(f::state.eq(State::Kept)).execute(tx.conn())? == 0 {
                        // It took more than a day and was taken for dead. The next attempt begins anew.
                        return Err(Error::internal("a content was tidied away while it was written"));
                    }
                    refer(tx, hash).map(Some)
                });
            }
        }
    }
    Err(Error::internal("a content is being removed; keep it again later"))
}

/// How a content stands; one that nobody has kept yet, or not to the end, is ours to write. Its row is held until the
/// transaction ends: nobody takes a kept one away before what refers to it is stored.
fn claim(tx: &mut Tx<'_>, measured: &Measured) -> Result<State> {
    let (hash, now) = (measured.hash.as_str(), tx.now());
    let rows = vec![(
        f::workspace_id.eq(tx.workspace()),
        f::hash.eq(hash),
        f::size.eq(i64::try_from(measured.size).unwrap_or(i64::MAX)),
        f::kind.eq(measured.media),
        f::state.eq(State::Writing),
        f::created_at.eq(now),
    )];
    each!(tx.conn(), conn => db::insert_rows(db::Files, &rows).on_conflict_do_nothing().execute(conn))?;
    // Gone between the two statements: it has just died.
    let state = diesel::update(tx.all(db::Files).filter(f::hash.eq(hash)))
        .set(f::size.eq(f::size))
        .returning(f::state)
        .get_result(tx.conn())
        .optional()?
        .unwrap_or(State::Dying);
    if state == State::Writing {
        // Begun anew: what was written before may be half of it.
        diesel::update(tx.all(db::Files).filter(f::hash.eq(hash))).set(f::created_at.eq(now)).execute(tx.conn())?;
    }
    Ok(state)
}

/// Attaches an uploaded file to a message; `path` is where the upload lies.
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
        thumbs_later(tx)?;
        Ok(id)
    })?;
    kept.ok_or_else(|| Error::invalid("file", "Choose a file that is not empty."))
}
