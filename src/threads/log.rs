//! Messages coming in, by hand, by paste, by API or by import, and what follows from them: whose turn it is, which
//! stay they carried, which cadence they stop.

use chrono::TimeDelta;
use diesel::prelude::*;

use super::{
    ThreadKind,
    attention::{announce, forget},
    paste::{Pasted, Side},
    refresh::{is_recent, planned_since, refresh_threads},
    thread,
};
use crate::{
    access::Right,
    calendar::resolve,
    channels::{Direction, is_automatic_reply, preview, safe_text},
    contacts::refresh_turn,
    db::{self, Instant, Tx, messages as m, threads as t},
    drafts::text_key,
    each,
    error::{Error, Result},
    ids::{ContactId, ImportId, MessageId, ThreadId, UserId},
    timeline::{Change, Verb, record},
};

/// Longest message kept, in characters.
pub const LONGEST: usize = 100_000;

/// A message to be stored.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// Theirs or ours.
    pub direction: Direction,
    /// What was said; 1 to 100,000 characters.
    pub body: String,
    /// When; now when it isn't said. Not in the future.
    pub sent_at: Option<Instant>,
    /// The platform's id: a message whose id is stored already is not stored again.
    pub external_id: Option<String>,
    /// The colleague who wrote it, for ours.
    pub author: Option<UserId>,
    /// Whether a machine wrote it, such as an out-of-office reply. One of theirs that says so itself is, whatever this says.
    pub automatic: bool,
}

impl NewMessage {
    /// A message by a person, now.
    pub fn now(direction: Direction, body: &str) -> Self {
        Self { direction, body: body.into(), sent_at: None, external_id: None, author: None, automatic: false }
    }
}

/// A message that is stored now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Logged {
    /// The message.
    pub id: MessageId,
    /// False when its external id was stored before.
    pub new: bool,
    /// How many pending reminders it stopped.
    pub stopped: usize,
}

/// Stores a message in a thread, with all that follows from it.
pub fn log_message(tx: &mut Tx<'_>, thread_id: ThreadId, new: &NewMessage) -> Result<Logged> {
    tx.access().require(Right::Work)?;
    let whose = thread(tx, thread_id)?.contact_id;
    crate::contacts::contact(tx, whose)?;
    // On PostgreSQL others may log in this thread at the same moment: they wait here, and see what the first stored.
    diesel::update(tx.all(db::Threads).filter(t::id.eq(thread_id))).set(t::status.eq(t::status)).execute(tx.conn())?;
    let there = thread(tx, thread_id)?;
    if let Some(external) = &new.external_id {
        let known: Option<MessageId> = tx
            .all(db::Messages)
            .filter(m::thread_id.eq(thread_id))
            .filter(m::external_id.eq(external))
            .select(m::id)
            .get_result(tx.conn())
            .optional()?;
        if let Some(id) = known {
            return Ok(Logged { id, new: false, stopped: 0 });
        }
    }
    let body = safe_text(&new.body, LONGEST + 1);
    if body.is_empty() {
        return Err(Error::invalid("body", "Write what was said first."));
    }
    if body.chars().count() > LONGEST {
        return Err(Error::invalid("body", "Keep a message under 100,000 characters: split it into several."));
    }
    let sent_at = new.sent_at.unwrap_or(tx.now());
    if sent_at > tx.now().plus(TimeDelta::minutes(10)) {
        return Err(Error::invalid("sent_at", "A message can't have been sent in the future. Check date and time."));
    }
    let automatic = new.automatic || (new.direction == Direction::In && is_automatic_reply(&body));
    let author = new.author.or(if new.direction == Direction::Out { tx.access().user() } else { None });
    let author_name = match new.direction {
        Direction::In => crate::contacts::contact(tx, there.contact_id)?.name,
        Direction::Out => crate::workspaces::names(tx)?.of(author).to_owned(),
    };
    let id: MessageId = tx
        .insert(
            db::Messages,
            (
                m::thread_id.eq(thread_id),
                m::contact_id.eq(there.contact_id),
                m::direction.eq(new.direction),
                m::author_id.eq(author),
                m::author_name.eq(&author_name),
                m::body.eq(&body),
                m::body_key.eq(key_of(&body)),
                m::external_id.eq(&new.external_id),
                m::automatic.eq(automatic),
                m::sent_at.eq(sent_at),
                m::created_at.eq(tx.now()),
            ),
        )
        .returning(m::id)
        .get_result(tx.conn())?;
    let news = refresh_threads(tx, &[thread_id], None)?;
    announce(tx, &news, None)?;
    refresh_turn(tx, there.contact_id)?;
    crate::contacts::touch(tx, there.contact_id)?;
    let mut stopped = 0;
    if there.kind != ThreadKind::Sponsored {
        crate::pipelines::link_thread(tx, there.contact_id, thread_id, sent_at)?;
        let recent = is_recent(tx, sent_at);
        let is_news = |tx: &mut Tx<'_>| -> Result<bool> {
            let planned = planned_since(tx, &[there.contact_id])?;
            Ok(planned.get(&there.contact_id).is_some_and(|planned| sent_at >= *planned))
        };
        if new.direction == Direction::In && !automatic && (recent || is_news(tx)?) {
            stopped = crate::reminders::stop_on_reply(tx, there.contact_id, there.channel, sent_at)?.len();
        }
    }
    let after = serde_json::json!({"direction": new.direction, "channel": there.channel, "words": preview(&body, 120)});
    record(tx, Verb::MessageLogged, Change::of(id.0).about(there.contact_id).after(after))?;
    Ok(Logged { id, new: true, stopped })
}

/// What a message's text is compared by; long texts by their beginning.
fn key_of(body: &str) -> String {
    let cut: String = body.chars().take(2000).collect();
    text_key(&cut)
}

/// A message that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// In which thread it was.
    pub thread: ThreadId,
    /// How many reminders go on that it had stopped as a reply.
    pub resumed: usize,
}

/// Removes a message that was logged by mistake. One that justified a move stays, and so does an imported one.
pub fn remove_message(tx: &mut Tx<'_>, id: MessageId) -> Result<Removed> {
    tx.access().require(Right::Work)?;
    // First whoever it is with, as those do who log, merge and undo; a merge may have moved it.
    let whose = super::message(tx, id)?.contact_id;
    crate::contacts::contact(tx, whose)?;
    let gone = super::message(tx, id)?;
    if gone.external_id.is_some() {
        return Err(Error::invalid("", "This message came with an import or from a platform and stays as it is."));
    }
    let justifies: i64 = tx.all(db::Visits).filter(db::visits::evidence_id.eq(id)).count().get_result(tx.conn())?;
    if justifies > 0 {
        return Err(Error::invalid("", "This message is the evidence of a move and stays."));
    }
    diesel::delete(tx.all(db::Messages).filter(m::id.eq(id))).execute(tx.conn())?;
    refresh_threads(tx, &[gone.thread_id], None)?;
    if super::thread(tx, gone.thread_id)?.last_in_at.is_none() {
        forget(tx, gone.thread_id)?;
    }
    refresh_turn(tx, gone.contact_id)?;
    let is_reply = gone.direction == Direction::In && !gone.automatic;
    let resumed = if is_reply { crate::reminders::resume_unanswered(tx, gone.contact_id)? } else { 0 };
    let before = serde_json::json!({"body": gone.body, "sent_at": gone.sent_at, "direction": gone.direction});
    record(tx, Verb::MessageRemoved, Change::of(id.0).about(gone.contact_id).before(before))?;
    Ok(Removed { thread: gone.thread_id, resumed })
}

/// Stores a pasted conversation, its local times read in `zone`. What is in the thread already, word for word at the
/// same minute, is left out. Returns how many were stored.
pub fn log_pasted(tx: &mut Tx<'_>, thread_id: ThreadId, pasted: &[Pasted], zone: chrono_tz::Tz) -> Result<usize> {
    let mut stored = 0;
    let mut before: Option<Instant> = None;
    let words: Vec<String> = pasted.iter().map(|one| safe_text(&one.body, LONGEST)).collect();
    let mut here: Vec<(Direction, String, Instant)> = tx
        .all(db::Messages)
        .filter(m::thread_id.eq(thread_id))
        .filter(m::body.eq_any(&words))
        .order((m::sent_at, m::id))
        .select((m::direction, m::body, m::sent_at))
        .load(tx.conn())?;
    for (one, words) in pasted.iter().zip(&words) {
        let mut sent_at: Instant =
            one.sent_at.map_or(tx.now(), |local| resolve(local.date(), local.time(), zone).into());
        sent_at = sent_at.min(tx.now());
        // Copies show minutes at best; a millisecond each keeps the order of what was said in one.
        if let Some(before) = before
            && sent_at <= before
        {
            sent_at = before.plus(TimeDelta::milliseconds(1));
        }
        before = Some(sent_at);
        let direction = if one.side == Side::Theirs { Direction::In } else { Direction::Out };
        let near = |at: Instant| (at.utc() - sent_at.utc()).abs() <= TimeDelta::minutes(1);
        let known = here.iter().position(|(side, body, at)| *side == direction && body == words && near(*at));
        // Each that is here stands for one of the paste: whoever says “ok” twice has said it twice.
        if let Some(known) = known {
            here.remove(known);
            continue;
        }
        let new = NewMessage { sent_at: Some(sent_at), ..NewMessage::now(direction, &one.body) };
        log_message(tx, thread_id, &new)?;
        stored += 1;
    }
    Ok(stored)
}

/// A message of an import: checked, plain, with its stable external id.
#[derive(Debug, Clone)]
pub(crate) struct Bulk {
    pub(crate) thread: ThreadId,
    pub(crate) contact: ContactId,
    pub(crate) direction: Direction,
    pub(crate) author_name: String,
    pub(crate) body: String,
    pub(crate) external_id: String,
    pub(crate) sent_at: Instant,
    /// Whether somebody else of a group wrote it.
    pub(crate) aside: bool,
    /// Who answered it with a sign, as it is stored.
    pub(crate) reactions: Option<String>,
}

/// Stores many messages at once; those whose external id is known are left out. The caller refreshes threads and
/// contacts afterwards with [`refresh_all`]. Returns how many were new.
pub(crate) fn store_messages(tx: &mut Tx<'_>, messages: &[Bulk], import: Option<ImportId>) -> Result<usize> {
    let (now, mine) = (tx.now(), tx.workspace());
    let mut stored = 0;
    for chunk in messages.chunks(500) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|one| {
                (
                    m::workspace_id.eq(mine),
                    m::thread_id.eq(one.thread),
                    m::contact_id.eq(one.contact),
                    m::direction.eq(one.direction),
                    m::author_name.eq(&one.author_name),
                    m::body.eq(&one.body),
                    m::body_key.eq(if one.direction == Direction::Out { key_of(&one.body) } else { String::new() }),
                    m::external_id.eq(&one.external_id),
                    m::automatic.eq(one.direction == Direction::In && is_automatic_reply(&one.body)),
                    m::sent_at.eq(one.sent_at),
                    m::import_id.eq(import),
                    m::created_at.eq(now),
                    m::aside.eq(one.aside),
                    m::reactions.eq(&one.reactions),
                )
            })
            .collect();
        stored += each!(tx.conn(), conn => {
            db::insert_rows(db::Messages, &rows).on_conflict_do_nothing().execute(conn)
        })?;
    }
    Ok(stored)
}
