//! Conversations and their messages: logged, pasted, searched, assigned, snoozed, closed; whose turn it is follows
//! from them.

mod attention;
mod known;
mod log;
mod namesakes;
pub mod paste;
mod queries;
mod refresh;

use diesel::prelude::*;

pub use attention::{MOST_UNREAD, close, mark, reopen, seen, snooze, unread, unread_count};
pub(crate) use attention::{back_out_of_sight, heard_since, out_of_sight, undo_news, wake};
pub(crate) use known::{Stored, between, ids_of};
pub(crate) use log::{Bulk, store_messages};
pub use log::{LONGEST, Logged, NewMessage, Removed, log_message, log_pasted, remove_message};
pub use namesakes::{Namesake, namesakes};
pub(crate) use queries::whose;
pub use queries::{
    Assigned, Filter, Listed, Message, Status, Thread, ThreadKind, around, first_since, following, found_in, hits,
    list, message, messages, newest_between, newest_of_contact, thread, threads_of_contact,
};
pub(crate) use refresh::{follow_up, refresh_all, refresh_left};

use crate::{
    access::Right,
    channels::{self, Channel},
    db::{self, Tx, threads as t},
    error::{Error, Result},
    ids::{ContactId, ImportId, ThreadId, UserId},
    timeline::{Change, Verb, record},
};

/// A conversation to be started.
#[derive(Debug, Clone)]
pub struct NewThread {
    /// With whom.
    pub contact: ContactId,
    /// Where.
    pub channel: Channel,
    /// Its address, opened by “open the thread”.
    pub url: Option<String>,
    /// The platform's id of it.
    pub external_id: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Between two, in a group, or advertising.
    pub kind: ThreadKind,
    /// In a group, who of it the contact is: their number or profile on the platform, else their name.
    pub counterpart: Option<String>,
    /// The import that brings it.
    pub import: Option<ImportId>,
}

impl NewThread {
    /// A conversation between two.
    pub fn direct(contact: ContactId, channel: Channel) -> Self {
        Self {
            contact,
            channel,
            url: None,
            external_id: None,
            title: None,
            kind: ThreadKind::Direct,
            counterpart: None,
            import: None,
        }
    }
}

/// Starts a thread. A thread address must be one of the channel.
pub fn start(tx: &mut Tx<'_>, new: &NewThread) -> Result<ThreadId> {
    tx.access().require(Right::Work)?;
    let contact = crate::contacts::contact(tx, new.contact)?;
    start_with(tx, contact.id, contact.owner_id, new)
}

/// The same for somebody who is known to be here and `owner`'s, and not asked for again.
pub(crate) fn start_with(
    tx: &mut Tx<'_>,
    contact: ContactId,
    owner: Option<UserId>,
    new: &NewThread,
) -> Result<ThreadId> {
    tx.access().require(Right::Work)?;
    let url = new
        .url
        .as_deref()
        .map(str::trim)
        .filter(|url| !url.is_empty())
        .map(|url| channels::thread_url(new.channel, url))
        .transpose()
        .map_err(|words| Error::invalid("url", words))?;
    let now = tx.now();
    let id: ThreadId = tx
        .insert(
            db::Threads,
            (
                t::contact_id.eq(contact),
                t::channel.eq(new.channel),
                t::external_id.eq(&new.external_id),
                t::url.eq(url),
                t::title.eq(new.title.as_deref().map(|title| channels::safe_text(title, 200))),
                t::kind.eq(new.kind),
                t::counterpart.eq(new.counterpart.as_deref().map(|id| channels::safe_text(id, 200))),
                t::assignee_id.eq(owner),
                t::last_message_at.eq(now),
                t::listed_at.eq(now),
                t::import_id.eq(new.import),
                t::created_at.eq(now),
            ),
        )
        .returning(t::id)
        .get_result(tx.conn())
        .map_err(|error| {
            if Error::is_unique_violation(&error, "external") {
                Error::invalid("external_id", "A thread with this id is here already.")
            } else {
                error.into()
            }
        })?;
    if new.import.is_none() {
        record(
            tx,
            Verb::ThreadStarted,
            Change::of(id.0).about(contact).after(serde_json::json!({"channel": new.channel})),
        )?;
    }
    Ok(id)
}

/// The contact's open conversation between two on a channel, started when there is none.
pub fn on_channel(tx: &mut Tx<'_>, contact: ContactId, channel: Channel) -> Result<ThreadId> {
    let there: Option<ThreadId> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq(contact))
        .filter(t::channel.eq(channel))
        .filter(t::kind.eq(ThreadKind::Direct))
        .order((t::last_message_at.desc(), t::id.desc()))
        .select(t::id)
        .first(tx.conn())
        .optional()?;
    match there {
        Some(id) => Ok(id),
        None => start(tx, &NewThread::direct(contact, channel)),
    }
}

/// What was between two is a group by now; `counterpart` is who of it the contact is.
pub(crate) fn become_group(tx: &mut Tx<'_>, id: ThreadId, title: &str, counterpart: &str) -> Result<()> {
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)))
        .set((
            t::kind.eq(ThreadKind::Group),
            t::title.eq(channels::safe_text(title, 200)),
            t::counterpart.eq(channels::safe_text(counterpart, 200)),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Takes back that a thread is a group.
pub(crate) fn become_direct(tx: &mut Tx<'_>, id: ThreadId) -> Result<()> {
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id)))
        .set((t::kind.eq(ThreadKind::Direct), t::title.eq(None::<String>), t::counterpart.eq(None::<String>)))
        .execute(tx.conn())?;
    Ok(())
}

/// Sets the address that “open the thread” opens.
pub fn set_url(tx: &mut Tx<'_>, id: ThreadId, url: &str) -> Result<()> {
    tx.access().require(Right::Work)?;
    let there = thread(tx, id)?;
    let url = channels::thread_url(there.channel, url).map_err(|words| Error::invalid("url", words))?;
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id))).set(t::url.eq(&url)).execute(tx.conn())?;
    let change = Change::of(id.0)
        .about(there.contact_id)
        .before(serde_json::json!({"channel": there.channel, "address": there.url}))
        .after(serde_json::json!({"channel": there.channel, "address": url}));
    record(tx, Verb::ThreadEdited, change)
}

/// Gives a thread to a colleague, or to nobody.
pub fn assign(tx: &mut Tx<'_>, id: ThreadId, to: Option<UserId>) -> Result<()> {
    tx.access().require(Right::Work)?;
    if let Some(to) = to {
        crate::workspaces::check_worker(tx, to, "assignee")?;
    }
    let there = thread(tx, id)?;
    diesel::update(tx.all(db::Threads).filter(t::id.eq(id))).set(t::assignee_id.eq(to)).execute(tx.conn())?;
    let change = Change::of(id.0)
        .about(there.contact_id)
        .before(serde_json::json!({"assignee": there.assignee_id}))
        .after(serde_json::json!({"assignee": to}));
    record(tx, Verb::ThreadAssigned, change)
}
