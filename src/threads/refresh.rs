//! Works threads out again from their messages: last words, turn, status, and what follows from a reply. Many at once, as an
//! import leaves them: a few statements for all, and one for each that is written.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use diesel::{prelude::*, sql_types as st};

use super::{Status, attention::announce};
use crate::{
    channels::{Channel, Direction, preview},
    contacts::{Moved, Turn, refresh_in_list, refresh_turns},
    db::{self, Instant, MultiBackend, Tx, cards as k, reminders as r, threads as t},
    error::Result,
    ids::{ContactId, ImportId, ReminderId, ThreadId},
};

/// So many threads are asked for in one statement.
const AT_ONCE: usize = 200;

/// A thread as its messages tell it.
#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = st::BigInt)]
    id: ThreadId,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    import_id: Option<ImportId>,
    #[diesel(sql_type = st::Timestamp)]
    created_at: Instant,
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    woken_at: Option<Instant>,
    /// When they last wrote, as it was known before.
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    heard_at: Option<Instant>,
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    last_in_at: Option<Instant>,
    #[diesel(sql_type = st::Nullable<st::Timestamp>)]
    last_out_at: Option<Instant>,
    #[diesel(embed)]
    last: Option<Last>,
}

/// What a thread's last words are made of.
#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = st::Timestamp)]
    sent_at: Instant,
    #[diesel(sql_type = st::Text)]
    direction: Direction,
    #[diesel(sql_type = st::Text)]
    author_name: String,
    #[diesel(sql_type = st::Text)]
    body: String,
    #[diesel(sql_type = st::Bool)]
    aside: bool,
}

impl Last {
    /// At most 280 characters; of a group's others with the name, or they would be taken for the contact's.
    fn words(&self) -> String {
        let named = if self.aside { format!("{}: {}", self.author_name, self.body) } else { String::new() };
        preview(if self.aside { &named } else { &self.body }, 280)
    }
}

/// What machines wrote is no reply, and what others of a group wrote is nobody's here.
const TOLD: &str = "SELECT t.id, t.import_id, t.created_at, t.woken_at, t.last_in_at AS heard_at, \
    (SELECT max(i.sent_at) FROM messages i WHERE i.workspace_id = t.workspace_id AND i.thread_id = t.id \
        AND i.direction = 'in' AND i.automatic = FALSE AND i.aside = FALSE) AS last_in_at, \
    (SELECT max(o.sent_at) FROM messages o WHERE o.workspace_id = t.workspace_id AND o.thread_id = t.id \
        AND o.direction = 'out' AND o.automatic = FALSE AND o.aside = FALSE) AS last_out_at, \
    m.sent_at, m.direction, m.author_name, m.body, m.aside \
    FROM threads t LEFT JOIN messages m ON m.workspace_id = t.workspace_id AND m.id = \
        (SELECT n.id FROM messages n WHERE n.workspace_id = t.workspace_id AND n.thread_id = t.id \
        ORDER BY n.sent_at DESC, n.id DESC LIMIT 1) \
    WHERE t.workspace_id = $1 AND t.id IN ";

/// Works out these threads' last words, turn and status again. A message of theirs that was not known opens one; answers which
/// have such, those left out that `import` brought itself: what an archive brings of conversations that were not here before is
/// history, not news.
pub(super) fn refresh_threads(
    tx: &mut Tx<'_>,
    threads: &[ThreadId],
    import: Option<ImportId>,
) -> Result<Vec<ThreadId>> {
    let (workspace, mut news) = (tx.workspace(), Vec::new());
    for chunk in threads.chunks(AT_ONCE) {
        // On PostgreSQL a message may be logged in one of them at this moment: whoever comes second waits here and sees what the
        // first stored.
        diesel::update(tx.all(db::Threads).filter(t::id.eq_any(chunk.to_vec())))
            .set(t::status.eq(t::status))
            .execute(tx.conn())?;
        let places: Vec<String> = (0..chunk.len()).map(|n| format!("${}", n + 2)).collect();
        let query = diesel::sql_query(format!("{TOLD}({})", places.join(",")));
        let mut query = query.into_boxed::<MultiBackend>().bind::<st::BigInt, _>(workspace);
        for thread in chunk {
            query = query.bind::<st::BigInt, _>(*thread);
        }
        for told in query.load::<Told>(tx.conn())? {
            write(tx, &told)?;
            let history = import.is_some() && told.import_id == import;
            if told.last_in_at > told.heard_at && !history {
                news.push(told.id);
            }
        }
    }
    Ok(news)
}

fn write(tx: &mut Tx<'_>, told: &Told) -> Result<()> {
    let turn = Turn::of(told.last_in_at, told.last_out_at);
    let at = told.last.as_ref().map_or(told.created_at, |last| last.sent_at);
    let opens = told.last_in_at > told.heard_at;
    diesel::update(tx.all(db::Threads).filter(t::id.eq(told.id)))
        .set((
            t::turn.eq(turn),
            t::last_in_at.eq(told.last_in_at),
            t::last_out_at.eq(told.last_out_at),
            t::last_message_at.eq(at),
            t::listed_at.eq(at.max(told.woken_at.unwrap_or(at))),
            t::last_words.eq(told.last.as_ref().map(Last::words)),
            t::last_words_in.eq(told.last.as_ref().map(|last| last.direction == Direction::In)),
            opens.then(|| (t::status.eq(Status::Open), t::snoozed_until.eq(None::<Instant>))),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Works out threads and their contacts again after an import has brought messages: what is news is unread for everybody. Answers
/// who moved in the list of contacts.
pub(crate) fn refresh_all(
    tx: &mut Tx<'_>,
    threads: &[ThreadId],
    contacts: &[ContactId],
    import: ImportId,
) -> Result<Vec<Moved>> {
    let news = refresh_threads(tx, threads, Some(import))?;
    announce(tx, &news, Some(import))?;
    refresh_in_list(tx, contacts, import)
}

/// Works them out again after messages were taken away: nothing of it is news.
pub(crate) fn refresh_left(tx: &mut Tx<'_>, threads: &[ThreadId], contacts: &[ContactId]) -> Result<()> {
    refresh_threads(tx, threads, None)?;
    refresh_turns(tx, contacts)
}

/// What follows from the newest messages of imported threads: the stays they carried, the cadences they stop. Answers whose
/// reminders they stopped, and which.
pub(crate) fn follow_up(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<Vec<(ContactId, ReminderId)>> {
    type Row = (ThreadId, ContactId, Channel, Option<Instant>, Option<Instant>);
    let rows: Vec<Row> = tx
        .all(db::Threads)
        .filter(t::id.eq_any(threads.to_vec()))
        .order(t::id)
        .select((t::id, t::contact_id, t::channel, t::last_in_at, t::last_out_at))
        .load(tx.conn())?;
    let people: Vec<ContactId> = rows.iter().map(|row| row.1).collect();
    let with_cards: Vec<ContactId> = tx
        .all(db::Cards)
        .filter(k::contact_id.eq_any(people.clone()))
        .select(k::contact_id)
        .distinct()
        .load(tx.conn())?;
    let with_cards: HashSet<ContactId> = with_cards.into_iter().collect();
    let mut planned = planned_since(tx, &people)?;
    let mut stopped = Vec::new();
    for (thread, contact, channel, last_in, last_out) in rows {
        // What others of a group say carries no stay of the contact's.
        if let Some(at) = last_in.max(last_out).filter(|_| with_cards.contains(&contact)) {
            crate::pipelines::link_thread(tx, contact, thread, at)?;
        }
        if let Some(at) = last_in
            && planned.get(&contact).is_some_and(|planned| at >= *planned || is_recent(tx, at))
        {
            planned.remove(&contact);
            let theirs = crate::reminders::stop_on_reply(tx, contact, channel, at)?;
            stopped.extend(theirs.into_iter().map(|reminder| (contact, reminder)));
        }
    }
    Ok(stopped)
}

/// Whether a message answers also what was planned since it was sent: one that is entered late does, an old one doesn't.
pub(super) fn is_recent(tx: &Tx<'_>, sent_at: Instant) -> bool {
    sent_at.plus(TimeDelta::days(2)) > tx.now()
}

/// When the oldest pending cadence step of each of these contacts was planned; nobody without one.
pub(super) fn planned_since(tx: &mut Tx<'_>, contacts: &[ContactId]) -> Result<HashMap<ContactId, Instant>> {
    let steps: Vec<(ContactId, Instant)> = tx
        .all(db::Reminders)
        .filter(r::contact_id.eq_any(contacts.to_vec()))
        .filter(r::state.eq(crate::reminders::State::Open))
        .filter(r::step_id.is_not_null())
        .order(r::created_at.desc())
        .select((r::contact_id, r::created_at))
        .load(tx.conn())?;
    // The oldest comes last, and stays.
    Ok(steps.into_iter().collect())
}
