//! The threads that the conversations of an archive go into: those that are here, and new ones.

use super::{
    Person,
    apply::note_change,
    going_on,
    groups::{Counterpart, Group},
    here::Here,
    notes,
};
use crate::{
    channels::{Channel, Direction, archives::Party},
    db::{Instant, Tx},
    error::Result,
    ids::{ContactId, ImportId, ThreadId},
    threads::{self, ThreadKind},
};

/// Where the messages of a conversation go.
pub(super) struct Home {
    pub(super) contact: ContactId,
    pub(super) thread: ThreadId,
    /// In a group, who of it the contact is.
    counterpart: Option<Counterpart>,
    /// The notes of invitations that the thread holds: direction and words of each.
    pub(super) notes: Vec<(Direction, String)>,
    /// When the conversation began, where the archive tells.
    pub(super) begun: Option<Instant>,
    /// Whether the thread was here before.
    pub(super) was_here: bool,
}

impl Home {
    /// Whether somebody else of a group than the contact wrote it.
    pub(super) fn is_aside(&self, from: &Party) -> bool {
        self.counterpart.as_ref().is_some_and(|counterpart| !counterpart.is(from))
    }
}

/// Somebody of the archive, and who they are here.
#[derive(Clone, Copy)]
pub(super) struct Who<'a> {
    pub(super) contact: ContactId,
    /// Whether this import made them a moment ago.
    pub(super) is_new: bool,
    pub(super) person: &'a Person,
}

/// Where the messages of a conversation go: into its thread `there`, which decides whose they are, or into a new one.
pub(super) fn home_of(
    tx: &mut Tx<'_>,
    id: ImportId,
    channel: Channel,
    Who { contact, is_new, person }: Who<'_>,
    conversation: &str,
    there: Option<&Here>,
) -> Result<Home> {
    let group = person.group.as_ref();
    let told = group.map(|group| Counterpart::new(group.counterpart.as_deref().unwrap_or_default(), Some(group)));
    let home = |contact, thread, counterpart, was_here| {
        let (notes, begun) = (Vec::new(), None);
        Home { contact, thread, counterpart, notes, begun, was_here }
    };
    if let Some(there) = there.filter(|_| person.goes_on.is_some()) {
        going_on::note_name(tx, id, channel, conversation, there.thread)?;
    }
    let Some(Here { thread, contact, kind, counterpart }) = there.cloned() else {
        if channel == Channel::Linkedin
            && group.is_none()
            && !is_new
            && let Some(thread) = notes::go_on(tx, id, contact, conversation, person)?
        {
            return Ok(home(contact, thread, None, true));
        }
        let new = threads::NewThread {
            external_id: Some(person.called(conversation).to_owned()),
            title: group.map(Group::called),
            kind: if group.is_some() { ThreadKind::Group } else { ThreadKind::Direct },
            counterpart: group.and_then(|group| group.counterpart.clone()),
            import: Some(id),
            ..threads::NewThread::direct(contact, channel)
        };
        // Whoever makes a contact is its owner.
        let owner = tx.access().user();
        let thread = if is_new { threads::start_with(tx, contact, owner, &new)? } else { threads::start(tx, &new)? };
        return Ok(home(contact, thread, told, false));
    };
    let counterpart = match (kind, group) {
        (ThreadKind::Group, _) => Some(Counterpart::new(&counterpart.unwrap_or_default(), group)),
        (_, Some(group)) => {
            threads::become_group(tx, thread, &group.called(), group.counterpart.as_deref().unwrap_or_default())?;
            note_change(tx, id, contact, &format!("group {thread}"), None, None)?;
            told
        }
        (_, None) => None,
    };
    Ok(home(contact, thread, counterpart, true))
}
