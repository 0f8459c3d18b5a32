//! One contact's whole way, newest first: what was said, what was done, what was noted, merged by time.

use diesel::prelude::*;

use super::Event;
use crate::{
    channels::{Channel, Direction, place},
    db::{self, Cursor, Instant, MultiBackend, Page, PageRequest, Tx},
    error::Result,
    ids::{ContactId, MessageId, NoteId, ThreadId, UserId},
};

/// One entry of the timeline.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// What.
    pub told: Told,
}

/// What a timeline entry tells.
#[derive(Debug, Clone)]
pub enum Told {
    /// A message of a thread.
    Said {
        /// The message.
        id: MessageId,
        /// Its thread.
        thread: ThreadId,
        /// The thread's channel.
        channel: Channel,
        /// Where that is, in words.
        place: &'static str,
        /// Whether the contact wrote it.
        inbound: bool,
        /// Who wrote it, as shown.
        author: String,
        /// What was said.
        body: String,
        /// Whether a machine wrote it.
        automatic: bool,
    },
    /// A note by a member.
    Noted {
        /// The note.
        id: NoteId,
        /// Who wrote it.
        author: UserId,
        /// What.
        body: String,
    },
    /// Something that was done.
    Done(Event),
}

impl Told {
    /// The message, where one was said.
    pub fn message(&self) -> Option<MessageId> {
        if let Self::Said { id, .. } = self { Some(*id) } else { None }
    }

    /// Sorts moments of the same instant: which source, then which row.
    fn rank(&self) -> (u8, i64) {
        match self {
            Self::Said { id, .. } => (0, id.0),
            Self::Noted { id, .. } => (1, id.0),
            Self::Done(event) => (2, event.id.0),
        }
    }
}

/// Leaves out what messages and notes tell themselves: as the index `events_told` says it, or it isn't used.
const NOT_TOLD_ELSEWHERE: &str = "events.verb <> 'message.logged' AND events.verb <> 'note.written'";

/// A page of the timeline of one contact. Three sorted sources are each read a page deep and merged.
pub fn story(tx: &mut Tx<'_>, contact: ContactId, request: &PageRequest) -> Result<Page<Moment>> {
    let before: Option<(Instant, u8, i64)> = request.key()?;
    let limit = request.limit + 1;
    let mut moments = said(tx, contact, before, limit)?;
    moments.extend(noted(tx, contact, before, limit)?);
    moments.extend(done(tx, contact, before, limit)?);
    moments.sort_by_key(|moment| std::cmp::Reverse((moment.at, moment.told.rank())));
    let wanted = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let more = moments.len() > wanted;
    moments.truncate(wanted);
    let next_cursor = moments.last().filter(|_| more).map(|last| {
        let (source, id) = last.told.rank();
        Cursor::of(&(last.at, source, id))
    });
    Ok(Page { items: moments, next_cursor })
}

/// The id below which rows of `source` at the cursor's own instant still belong to the page.
fn id_below(before: (Instant, u8, i64), source: u8) -> i64 {
    match before.1.cmp(&source) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => before.2,
        std::cmp::Ordering::Greater => i64::MAX,
    }
}

fn said(tx: &mut Tx<'_>, contact: ContactId, before: Option<(Instant, u8, i64)>, limit: i64) -> Result<Vec<Moment>> {
    use db::messages as m;
    type Row = (Instant, MessageId, ThreadId, Direction, String, String, bool);
    let mut query = tx
        .all(db::Messages)
        .filter(m::contact_id.eq(contact))
        .select((m::sent_at, m::id, m::thread_id, m::direction, m::author_name, m::body, m::automatic))
        .into_boxed::<MultiBackend>();
    if let Some(key) = before {
        query = query.filter(m::sent_at.le(key.0)).filter(m::sent_at.lt(key.0).or(m::id.lt(id_below(key, 0))));
    }
    let rows: Vec<Row> = query.order((m::sent_at.desc(), m::id.desc())).limit(limit).load(tx.conn())?;
    let threads: Vec<(ThreadId, Channel, Option<String>)> = tx
        .all(db::Threads)
        .filter(db::threads::contact_id.eq(contact))
        .select((db::threads::id, db::threads::channel, db::threads::external_id))
        .load(tx.conn())?;
    let places: std::collections::HashMap<ThreadId, (Channel, &str)> =
        threads.into_iter().map(|(id, channel, named)| (id, (channel, place(channel, named.as_deref())))).collect();
    Ok(rows
        .into_iter()
        .map(|(at, id, thread, direction, author, body, automatic)| {
            let inbound = direction == Direction::In;
            let (channel, place) = places.get(&thread).copied().unwrap_or((Channel::Other, Channel::Other.label()));
            Moment { at, told: Told::Said { id, thread, channel, place, inbound, author, body, automatic } }
        })
        .collect())
}

fn noted(tx: &mut Tx<'_>, contact: ContactId, before: Option<(Instant, u8, i64)>, limit: i64) -> Result<Vec<Moment>> {
    use db::notes as n;
    let mut query = tx
        .all(db::Notes)
        .filter(n::contact_id.eq(contact))
        .select((n::created_at, n::id, n::author_id, n::body))
        .into_boxed::<MultiBackend>();
    if let Some(key) = before {
        query = query.filter(n::created_at.le(key.0)).filter(n::created_at.lt(key.0).or(n::id.lt(id_below(key, 1))));
    }
    let rows: Vec<(Instant, NoteId, UserId, String)> =
        query.order((n::created_at.desc(), n::id.desc())).limit(limit).load(tx.conn())?;
    Ok(rows.into_iter().map(|(at, id, author, body)| Moment { at, told: Told::Noted { id, author, body } }).collect())
}

fn done(tx: &mut Tx<'_>, contact: ContactId, before: Option<(Instant, u8, i64)>, limit: i64) -> Result<Vec<Moment>> {
    use db::events as e;
    // History is never rewritten: what was done with somebody merged into this contact is told of them, and belongs here.
    let whole = whole(tx, contact)?;
    let mut query = tx
        .all(db::Events)
        .filter(e::contact_id.eq_any(whole))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(NOT_TOLD_ELSEWHERE))
        .select(Event::as_select())
        .into_boxed::<MultiBackend>();
    if let Some(key) = before {
        query = query.filter(e::at.le(key.0)).filter(e::at.lt(key.0).or(e::id.lt(id_below(key, 2))));
    }
    let rows: Vec<Event> = query.order((e::at.desc(), e::id.desc())).limit(limit).load(tx.conn())?;
    Ok(rows.into_iter().map(|event| Moment { at: event.at, told: Told::Done(event) }).collect())
}

/// How many merges one after the other are followed.
const MOST_MERGES: usize = 8;

/// The contact and whoever was merged into it, or into one of those.
fn whole(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<ContactId>> {
    use db::merges as g;
    let (mut all, mut newest) = (vec![contact], vec![contact]);
    for _ in 0..MOST_MERGES {
        let merged = tx.all(db::Merges).filter(g::kept_id.eq_any(newest)).filter(g::undone_at.is_null());
        newest = merged.select(g::gone_id).load(tx.conn())?;
        newest.retain(|id| !all.contains(id));
        if newest.is_empty() {
            break;
        }
        all.extend(&newest);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Verb;

    #[test]
    fn what_is_told_elsewhere_is_named_as_it_is_stored() {
        for verb in [Verb::MessageLogged, Verb::NoteWritten] {
            assert!(NOT_TOLD_ELSEWHERE.contains(&format!("'{}'", verb.as_str())), "{verb:?}");
        }
    }
}
