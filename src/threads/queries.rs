//! Threads and messages as stored, and the lists of them.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::{
    channels::{Channel, Direction, Reaction, holds, place, reactions, thread_at},
    contacts::{Contact, Turn},
    db::{
        self, Cursor, Instant, MultiBackend, Page, PageRequest, Tx, contact_tags as ct, messages as m, threads as t,
        unreads as un,
    },
    error::Result,
    ids::{ContactId, MessageId, StageId, TagId, ThreadId, UserId},
};

crate::db::text_enum! {
    /// Who takes part in a thread besides us.
    pub enum ThreadKind { Direct = "direct", Group = "group", Sponsored = "sponsored" }
}

crate::db::text_enum! {
    /// Whether a thread still asks for anything: now, later or not.
    pub enum Status { Open = "open", Snoozed = "snoozed", Closed = "closed" }
}

/// A conversation with one contact on one channel, as stored. A group belongs to one contact of it.
#[derive(Debug, Clone, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = t)]
pub struct Thread {
    /// The thread.
    pub id: ThreadId,
    /// With whom.
    pub contact_id: ContactId,
    /// Where.
    pub channel: Channel,
    /// The platform's id of it.
    pub external_id: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Between two, in a group, or advertising.
    pub kind: ThreadKind,
    /// Open, snoozed or closed.
    pub status: Status,
    /// When it comes back, while it is snoozed.
    pub snoozed_until: Option<Instant>,
    /// The colleague who looks after it.
    pub assignee_id: Option<UserId>,
    /// Whose move it is in this thread.
    pub turn: Turn,
    /// When its last message was sent.
    pub last_message_at: Instant,
    /// When they last wrote.
    pub last_in_at: Option<Instant>,
    /// When we last wrote.
    pub last_out_at: Option<Instant>,
    /// Its last words, at most 280 characters.
    pub last_words: Option<String>,
    /// Whether those were theirs.
    pub last_words_in: Option<bool>,
    /// What it stands in the list by: its last message, or when it came back from a snooze.
    pub listed_at: Instant,
    /// When it came here.
    pub created_at: Instant,
}

impl Thread {
    /// Where it takes place, for people.
    pub fn place(&self) -> &'static str {
        place(self.channel, self.external_id.as_deref())
    }

    /// Its address on the platform: as somebody saved it, or as its id tells.
    pub fn address(&self) -> Option<String> {
        self.url.clone().or_else(|| thread_at(self.channel, self.external_id.as_deref()?))
    }
}

/// A message, as stored.
#[derive(Debug, Clone, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = m)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// With whom.
    pub contact_id: ContactId,
    /// Theirs or ours.
    pub direction: Direction,
    /// The colleague who wrote it, if one did.
    pub author_id: Option<UserId>,
    /// The name of whoever wrote it.
    pub author_name: String,
    /// What was said; plain text.
    pub body: String,
    /// The platform's id of it.
    pub external_id: Option<String>,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// Whether somebody else of a group wrote it: it is theirs, but no answer of the contact's.
    pub aside: bool,
    /// When.
    pub sent_at: Instant,
    /// What was put to it, as it is stored.
    #[serde(skip)]
    reactions: Option<String>,
}

impl Message {
    /// Who answered it with a sign.
    pub fn reactions(&self) -> Vec<Reaction> {
        reactions::read(self.reactions.as_deref())
    }
}

/// One thread.
pub fn thread(tx: &mut Tx<'_>, id: ThreadId) -> Result<Thread> {
    Ok(tx.all(db::Threads).filter(t::id.eq(id)).select(Thread::as_select()).get_result(tx.conn())?)
}

/// One message.
pub fn message(tx: &mut Tx<'_>, id: MessageId) -> Result<Message> {
    Ok(tx.all(db::Messages).filter(m::id.eq(id)).select(Message::as_select()).get_result(tx.conn())?)
}

/// A contact's threads, the last used first; at most 50.
pub fn threads_of_contact(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<Thread>> {
    Ok(tx
        .all(db::Threads)
        .filter(t::contact_id.eq(contact))
        .order((t::last_message_at.desc(), t::id.desc()))
        .limit(50)
        .select(Thread::as_select())
        .load(tx.conn())?)
}

/// With whom each of these threads is.
pub(crate) fn whose(tx: &mut Tx<'_>, threads: &[ThreadId]) -> Result<HashMap<ThreadId, ContactId>> {
    let mut whose = HashMap::with_capacity(threads.len());
    for chunk in threads.chunks(500) {
        let rows = tx.all(db::Threads).filter(t::id.eq_any(chunk.to_vec())).select((t::id, t::contact_id));
        whose.extend(rows.load::<(ThreadId, ContactId)>(tx.conn())?);
    }
    Ok(whose)
}

/// A page of a thread's messages, the newest first.
pub fn messages(tx: &mut Tx<'_>, thread: ThreadId, request: &PageRequest) -> Result<Page<Message>> {
    let mut query =
        tx.all(db::Messages).filter(m::thread_id.eq(thread)).select(Message::as_select()).into_boxed::<MultiBackend>();
    if let Some((at, id)) = request.key::<(Instant, MessageId)>()? {
        query = query.filter(m::sent_at.le(at)).filter(m::sent_at.lt(at).or(m::id.lt(id)));
    }
    let rows = query.order((m::sent_at.desc(), m::id.desc())).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |message: &Message| (message.sent_at, message.id)))
}

/// The page of a thread that shows one of its messages among those around it, the newest first: at most `limit`.
pub fn around(tx: &mut Tx<'_>, at: &Message, limit: i64) -> Result<Page<Message>> {
    let newer = newer_than(tx, at, limit / 2)?;
    let full = newer.len() == usize::try_from(limit / 2).unwrap_or(0);
    let after = newer.last().filter(|_| full).map(Cursor::of);
    messages(tx, at.thread_id, &PageRequest { limit, after })
}

/// The page of a thread that follows one of its messages, the newest first, at most `limit`; and whether more follow it.
pub fn following(tx: &mut Tx<'_>, at: &Message, limit: i64) -> Result<(Page<Message>, bool)> {
    let mut newer = newer_than(tx, at, limit + 1)?;
    let more = newer.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    // Read from the first one that is not on the page: near the end the page is filled with what was read before.
    let after = newer.pop().filter(|_| more).as_ref().map(Cursor::of);
    Ok((messages(tx, at.thread_id, &PageRequest { limit, after })?, more))
}

/// Where the messages after one stand, those next to it first.
fn newer_than(tx: &mut Tx<'_>, at: &Message, limit: i64) -> Result<Vec<(Instant, MessageId)>> {
    Ok(tx
        .all(db::Messages)
        .filter(m::thread_id.eq(at.thread_id))
        .filter(m::sent_at.ge(at.sent_at))
        .filter(m::sent_at.gt(at.sent_at).or(m::id.gt(at.id)))
        .order((m::sent_at, m::id))
        .select((m::sent_at, m::id))
        .limit(limit)
        .load(tx.conn())?)
}

/// The newest message of a thread that is ours or the contact's: what others of a group say is no reason for a move.
pub fn newest_between(tx: &mut Tx<'_>, thread: ThreadId) -> Result<Option<MessageId>> {
    Ok(tx
        .all(db::Messages)
        .filter(m::thread_id.eq(thread))
        .filter(m::aside.eq(false))
        .order((m::sent_at.desc(), m::id.desc()))
        .select(m::id)
        .first(tx.conn())
        .optional()?)
}

/// The first message of a thread at an instant or after it.
pub fn first_since(tx: &mut Tx<'_>, thread: ThreadId, since: Instant) -> Result<Option<Message>> {
    Ok(tx
        .all(db::Messages)
        .filter(m::thread_id.eq(thread))
        .filter(m::sent_at.ge(since))
        .order((m::sent_at, m::id))
        .select(Message::as_select())
        .first(tx.conn())
        .optional()?)
}

/// In each of these threads, which `filter` leads to, the newest message in which all of `words` occur, of those that a list with
/// this filter looks at.
pub fn found_in(tx: &mut Tx<'_>, words: &str, filter: &Filter, threads: &[ThreadId]) -> Result<Vec<Message>> {
    Ok(tx
        .all(db::Messages)
        .filter(m::thread_id.eq_any(threads.to_vec()))
        .filter(db::messages_match(tx.workspace(), words, narrowed(tx, filter)))
        .select(Message::as_select())
        .load(tx.conn())?)
}

/// The messages of a thread in which each of `words` begins a word, newest first. Of a very long conversation the newest
/// twenty thousand messages are looked at, or twenty million bytes.
pub fn hits(tx: &mut Tx<'_>, thread: ThreadId, words: &[String]) -> Result<Vec<MessageId>> {
    let (mut found, mut after, mut size) = (Vec::new(), None, 0);
    for _ in 0..20 {
        let page = messages(tx, thread, &PageRequest { limit: 1_000, after })?;
        size += page.items.iter().map(|message| message.body.len()).sum::<usize>();
        found.extend(page.items.iter().filter(|message| holds(&message.body, words)).map(|message| message.id));
        after = page.next_cursor;
        if after.is_none() || size > 20_000_000 {
            break;
        }
    }
    Ok(found)
}

/// The newest messages with a contact over all threads, newest first.
pub fn newest_of_contact(tx: &mut Tx<'_>, contact: ContactId, limit: i64) -> Result<Vec<Message>> {
    Ok(tx
        .all(db::Messages)
        .filter(m::contact_id.eq(contact))
        .order((m::sent_at.desc(), m::id.desc()))
        .limit(limit)
        .select(Message::as_select())
        .load(tx.conn())?)
}

/// Who looks after a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// One colleague.
    To(UserId),
    /// Nobody.
    Nobody,
}

/// Which threads a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where the person, or something said, matches these words.
    pub search: Option<String>,
    /// That this member has not seen.
    pub unread_by: Option<UserId>,
    /// With one contact.
    pub contact: Option<ContactId>,
    /// On one channel.
    pub channel: Option<Channel>,
    /// Whose move it is.
    pub turn: Option<Turn>,
    /// Open, snoozed or closed.
    pub status: Option<Status>,
    /// Looked after by one colleague, or by nobody.
    pub assignee: Option<Assigned>,
    /// With somebody who has a card in one stage.
    pub stage: Option<StageId>,
    /// With somebody who has one label.
    pub tag: Option<TagId>,
}

/// A thread in a list, with its contact.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The thread.
    pub thread: Thread,
    /// With whom.
    pub contact: Contact,
}

/// Narrows a query of threads by everything that `Filter` asks for but the search. A macro, since the list of threads with their
/// contact and the search's list of ids are queries of different types.
macro_rules! narrow {
    ($query:expr, $tx:expr, $filter:expr) => {{
        let (mut query, tx, filter): (_, &Tx<'_>, &Filter) = ($query, $tx, $filter);
        if let Some(user) = filter.unread_by {
            query = query.filter(t::id.eq_any(tx.all(db::Unreads).filter(un::user_id.eq(user)).select(un::thread_id)));
        }
        if let Some(contact) = filter.contact {
            query = query.filter(t::contact_id.eq(contact));
        }
        if let Some(channel) = filter.channel {
            query = query.filter(t::channel.eq(channel));
        }
        if let Some(turn) = filter.turn {
            query = query.filter(t::turn.eq(turn));
        }
        if let Some(status) = filter.status {
            query = query.filter(t::status.eq(status));
        }
        match filter.assignee {
            Some(Assigned::To(user)) => query = query.filter(t::assignee_id.eq(user)),
            Some(Assigned::Nobody) => query = query.filter(t::assignee_id.is_null()),
            None => {}
        }
        if let Some(stage) = filter.stage {
            let there = tx.all(db::Cards).filter(db::cards::stage_id.eq(stage)).select(db::cards::contact_id);
            query = query.filter(t::contact_id.eq_any(there));
        }
        if let Some(tag) = filter.tag {
            let tagged = tx.all(db::ContactTags).filter(ct::tag_id.eq(tag)).select(ct::contact_id);
            query = query.filter(t::contact_id.eq_any(tagged));
        }
        query
    }};
}

/// The threads that fit a filter but for its search, by id.
fn narrowed<'a>(tx: &Tx<'_>, filter: &Filter) -> db::SomeThreads<'a> {
    narrow!(tx.all(db::Threads).select(t::id).into_boxed::<MultiBackend>(), tx, filter)
}

/// A page of threads, the last used first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, request: &PageRequest) -> Result<Page<Listed>> {
    let listed = db::threads_with_contact(tx.workspace())
        .select((Thread::as_select(), Contact::as_select()))
        .into_boxed::<MultiBackend>();
    let mut query = narrow!(listed, tx, filter);
    if let Some(words) = &filter.search {
        query = query.filter(db::threads_match(tx.workspace(), words, || narrowed(tx, filter)));
    }
    if let Some((at, id)) = request.key::<(Instant, ThreadId)>()? {
        query = query.filter(t::listed_at.le(at)).filter(t::listed_at.lt(at).or(t::id.lt(id)));
    }
    let rows: Vec<(Thread, Contact)> =
        query.order((t::listed_at.desc(), t::id.desc())).limit(request.limit + 1).load(tx.conn())?;
    let rows = rows.into_iter().map(|(thread, contact)| Listed { thread, contact }).collect();
    Ok(Page::cut(rows, request, |row: &Listed| (row.thread.listed_at, row.thread.id)))
}
