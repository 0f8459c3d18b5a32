//! The files that were sent with an import's messages: kept one by one as they stand in the archive, after the words.

use std::{
    cell::RefCell,
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
    io::Read,
    time::{Duration, Instant},
};

use super::{Import, State, forget_file, import, source};
use crate::{
    access::Access,
    attachments::{self, Reading, Store},
    channels::archives::ArchiveError,
    db::{Db, Tx},
    error::{Error, Result},
    ids::ImportId,
};

/// How often the job's lease is renewed: a third of what it lasts.
const RENEWED: Duration = Duration::from_secs(30);

/// Why no more is read.
const TAKEN: &str = "somebody else goes on with this import";

/// Keeps us at the job for as long as we are at it, however long one file takes.
struct Lease<'a> {
    alive: &'a mut dyn FnMut() -> Result<bool>,
    renewed: Instant,
}

impl Lease<'_> {
    fn hold(&mut self) -> Result<()> {
        if self.renewed.elapsed() < RENEWED {
            return Ok(());
        }
        self.renewed = Instant::now();
        if (self.alive)()? { Ok(()) } else { Err(Error::internal(TAKEN)) }
    }
}

/// A file being read, during which the lease is held.
struct Held<'a, 'b, R> {
    inner: R,
    lease: &'a RefCell<Lease<'b>>,
}

impl<R: Read> Read for Held<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.lease.borrow_mut().hold().map_err(std::io::Error::other)?;
        self.inner.read(buffer)
    }
}

/// A place in the archive as a number: a million of them fit into a few megabytes.
fn number(place: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    hasher.finish()
}

/// Keeps what an import still looks for, as far as its archive holds it, and forgets the archive.
pub fn fetch(
    db: &Db,
    store: &Store,
    access: Access,
    id: ImportId,
    alive: &mut dyn FnMut() -> Result<bool>,
) -> Result<()> {
    let import = db.read(access, |tx| import(tx, id))?;
    if import.state != State::Done || import.path.is_none() {
        return Ok(());
    }
    match source::open(db, &import)? {
        Ok(mut archive) => fetch_from(db, store, access, &import, &mut archive, alive)?,
        Err(ArchiveError { words, .. }) => tracing::warn!(words, "an archive can't be opened again for its files"),
    }
    db.write(access, |tx| {
        // Somebody may have undone it meanwhile.
        let import = self::import(tx, id)?;
        if import.state != State::Done || import.path.is_none() {
            return Ok(());
        }
        forget_file(tx, &import)?;
        note_outcome(tx, &import)?;
        attachments::thumbs_later(tx)
    })
}

fn note_outcome(tx: &mut Tx<'_>, import: &Import) -> Result<()> {
    use diesel::prelude::*;
    let (found, missing) = attachments::outcome(tx, import.id)?;
    let mut counts = import.counts();
    counts["files"] = found.into();
    counts["files_missing"] = missing.into();
    diesel::update(tx.all(crate::db::Imports).filter(crate::db::imports::id.eq(import.id)))
        .set(crate::db::imports::counts.eq(counts.to_string()))
        .execute(tx.conn())?;
    Ok(())
}

fn fetch_from(
    db: &Db,
    store: &Store,
    access: Access,
    import: &Import,
    archive: &mut source::Source,
    alive: &mut dyn FnMut() -> Result<bool>,
) -> Result<()> {
    let wanted = db.read(access, |tx| attachments::wanted(tx, import.id))?;
    let wanted: HashSet<u64> = wanted.iter().map(|place| number(place)).collect();
    let lease = RefCell::new(Lease { alive, renewed: Instant::now() });
    archive.files(
        &mut |ends| {
            lease.borrow_mut().hold()?;
            Ok(ends.iter().any(|end| wanted.contains(&number(end))))
        },
        &mut |ends, open| {
            let mut held: Box<Reading<'_>> =
                Box::new(|hand| open(&mut |source: &mut dyn Read| hand(&mut Held { inner: source, lease: &lease })));
            let kept = attachments::keep(db, access, store, &mut *held, |tx, hash| {
                attachments::found(tx, import.id, ends, hash)
            });
            match kept {
                // One file that can't be read leaves the others; a store that fails is tried again later.
                Err(Error::Internal(error)) if error.downcast_ref::<std::io::Error>().is_some() => {
                    lease.borrow_mut().hold()?;
                    tracing::warn!(%error, "a file in an archive can't be read");
                    Ok(())
                }
                other => other.map(drop),
            }
        },
    )
}
