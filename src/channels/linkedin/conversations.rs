//! Which messages belong together and with whom: a small record per conversation, whatever the length of the file.

use std::{collections::HashMap, fmt::Write};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{HIDDEN_MEMBER, MessageRow, Owner, Party, owner::Survey};
use crate::channels::{
    archives::{MOST_MEMBERS, MOST_MEMBERS_IN_ALL, name_id},
    preview,
};

/// What sort of conversation it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationKind {
    /// With one other person.
    Direct,
    /// With several.
    Group,
    /// An advertisement.
    Sponsored,
}

/// A conversation as the messages tell it; drafts are not counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The id its rows carry.
    pub id: String,
    /// What sort it is.
    pub kind: ConversationKind,
    /// The name of a group, or a headline.
    pub title: Option<String>,
    /// The other person; of a group, whoever came first; [`HIDDEN_MEMBER`] when LinkedIn doesn't tell.
    pub counterpart: Party,
    /// Everybody but the owner, with how many messages they wrote; at most 50.
    pub members: Vec<(Party, u64)>,
    /// Messages from others.
    pub incoming: u64,
    /// Messages from the archive's owner.
    pub outgoing: u64,
    /// The time of the oldest message.
    pub first: DateTime<Utc>,
    /// The time of the newest message.
    pub last: DateTime<Utc>,
}

/// Gathers conversations from messages in any order.
#[derive(Debug, Default)]
pub struct Conversations {
    at: HashMap<String, usize>,
    found: Vec<Conversation>,
    /// How many people are remembered in all.
    members: usize,
}

impl Conversations {
    /// Adds one message; drafts leave no trace.
    pub fn observe(&mut self, row: &MessageRow, owner: &Owner) {
        if row.is_draft {
            return;
        }
        let index = match self.at.get(&row.conversation_id) {
            Some(index) => *index,
            None => {
                self.at.insert(row.conversation_id.clone(), self.found.len());
                self.found.push(Conversation::begun_by(row));
                self.found.len() - 1
            }
        };
        if let Some(conversation) = self.found.get_mut(index) {
            conversation.observe(row, owner, &mut self.members);
        }
    }

    /// All conversations, in the order in which they first appeared.
    pub fn finish(mut self) -> Vec<Conversation> {
        self.found.iter_mut().for_each(Conversation::leave_out_lists);
        self.found
    }
}

impl Conversation {
    fn begun_by(row: &MessageRow) -> Self {
        Self {
            id: row.conversation_id.clone(),
            kind: ConversationKind::Direct,
            title: None,
            counterpart: Party { name: HIDDEN_MEMBER.into(), key: None },
            members: Vec::new(),
            incoming: 0,
            outgoing: 0,
            first: row.sent_at,
            last: row.sent_at,
        }
    }

    fn observe(&mut self, row: &MessageRow, owner: &Owner, listed: &mut usize) {
        self.first = self.first.min(row.sent_at);
        self.last = self.last.max(row.sent_at);
        if self.title.is_none() {
            self.title.clone_from(&row.conversation_title);
        }
        let ours = owner.matches(&row.from_name, row.from_key.as_deref());
        if ours {
            self.outgoing += 1;
        } else {
            self.incoming += 1;
            self.meet(&row.from_name, row.from_key.as_deref());
            self.list(&row.from_name, row.from_key.as_deref(), 1, listed);
        }
        for party in row.to.iter().filter(|party| !owner.is(party)) {
            self.meet(&party.name, party.key.as_deref());
            self.list(&party.name, party.key.as_deref(), 0, listed);
        }
        if row.is_sponsored {
            self.kind = ConversationKind::Sponsored;
        } else if row.to.len() > 1 {
            self.become_group();
        }
    }

    /// Takes note of somebody other than the owner. The same person may appear with a profile and without, or hidden.
    fn meet(&mut self, name: &str, key: Option<&str>) {
        let known = &mut self.counterpart;
        if known.key.as_deref() == key && known.name == name {
            return;
        }
        if known.name == HIDDEN_MEMBER && known.key.is_none() {
            *known = Party { name: name.to_owned(), key: key.map(str::to_owned) };
            return;
        }
        let same_key = known.key.is_some() && known.key.as_deref() == key;
        let hidden = name == HIDDEN_MEMBER && key.is_none();
        if same_key || hidden {
            return;
        }
        if name_id(&known.name) != name_id(name) {
            self.become_group();
        } else if known.key.is_none() {
            known.key = key.map(str::to_owned);
        }
    }

    fn list(&mut self, name: &str, key: Option<&str>, wrote: u64, listed: &mut usize) {
        let exactly = |(party, _): &(Party, u64)| party.name == name && party.key.as_deref() == key;
        let alike = |(party, _): &(Party, u64)| match (party.key.as_deref(), key) {
            (Some(one), Some(other)) => one == other,
            _ => name != HIDDEN_MEMBER && name_id(&party.name) == name_id(name),
        };
        match self.members.iter().position(exactly).or_else(|| self.members.iter().position(alike)) {
            Some(at) => {
                let (party, messages) = &mut self.members[at];
                *messages += wrote;
                if party.key.is_none() {
                    party.key = key.map(str::to_owned);
                }
            }
            None if self.members.len() < MOST_MEMBERS && *listed < MOST_MEMBERS_IN_ALL => {
                *listed += 1;
                self.members.push((Party { name: preview(name, 200), key: key.map(str::to_owned) }, wrote));
            }
            None => {}
        }
    }

    /// Old exports write all recipients of a group as one text. It can't be split, since names hold commas themselves, and
    /// tells nobody apart: only who wrote is known.
    fn leave_out_lists(&mut self) {
        let is_list = |(party, wrote): &(Party, u64)| *wrote == 0 && party.key.is_none() && party.name.contains(", ");
        if self.members.iter().any(|member| !is_list(member)) {
            self.members.retain(|member| !is_list(member));
        }
    }

    fn become_group(&mut self) {
        if self.kind == ConversationKind::Direct {
            self.kind = ConversationKind::Group;
        }
    }
}

/// A stable id for a message, which LinkedIn gives none: the same message has the same id in every export.
/// `nth_same` counts, from 0, the rows before it that are the same in conversation, sender, time and text.
pub fn message_id(row: &MessageRow, nth_same: u32) -> String {
    let sender = row.from_key.clone().unwrap_or_else(|| name_id(&row.from_name));
    let mut hash = Sha256::new();
    hash.update((row.conversation_id.len() as u64).to_le_bytes());
    hash.update(&row.conversation_id);
    hash.update((sender.len() as u64).to_le_bytes());
    hash.update(&sender);
    hash.update(row.sent_at.timestamp().to_le_bytes());
    hash.update(nth_same.to_le_bytes());
    // Blanks don't count: exports differ in them.
    for word in row.body.split_whitespace() {
        hash.update(word);
        hash.update(b" ");
    }
    format!("linkedin:{}", hex(&hash.finalize()))
}

/// An id for the conversation between these people, the same whoever of them writes.
pub(super) fn together(from: &Party, to: &[Party], known: &Survey) -> String {
    let mut ids: Vec<String> = std::iter::once(from)
        .chain(to)
        .map(|party| match party.key.as_deref().or_else(|| known.only_key(&party.name)) {
            Some(key) => format!("in/{key}"),
            None => name_id(&party.name),
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut hash = Sha256::new();
    for id in &ids {
        hash.update((id.len() as u64).to_le_bytes());
        hash.update(id);
    }
    format!("between:{}", hex(&hash.finalize()))
}

/// The first 160 bits in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(20).fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me() -> Owner {
        Owner { name: "Me Too".into(), key: Some("me".into()) }
    }

    fn party(name: &str, key: Option<&str>) -> Party {
        Party { name: name.into(), key: key.map(Into::into) }
    }

    fn row(from: Party, to: &[Party], second: i64) -> MessageRow {
        MessageRow {
            conversation_id: "2-abc".into(),
            conversation_title: None,
            from_name: from.name,
            from_key: from.key,
            to: to.to_vec(),
            sent_at: DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap(),
            subject: None,
            body: "ok".into(),
            folder: "INBOX".into(),
            is_draft: false,
            is_sponsored: false,
            attachments: vec![],
        }
    }

    fn gathered(rows: &[MessageRow]) -> Vec<Conversation> {
        let mut conversations = Conversations::default();
        rows.iter().for_each(|row| conversations.observe(row, &me()));
        conversations.finish()
    }

    #[test]
    fn both_directions_are_counted_in_any_order_and_drafts_are_not() {
        let (mine, ana) = (party("Me Too", Some("me")), party("Ana", Some("ana")));
        let mut draft = row(mine.clone(), std::slice::from_ref(&ana), 900);
        draft.is_draft = true;
        let rows = [
            row(ana.clone(), std::slice::from_ref(&mine), 50),
            row(mine.clone(), std::slice::from_ref(&ana), 10),
            row(mine, std::slice::from_ref(&ana), 70),
            draft,
        ];
        let found = gathered(&rows);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].incoming, found[0].outgoing, found[0].kind), (1, 2, ConversationKind::Direct));
        assert_eq!(found[0].counterpart, ana);
        assert_eq!((found[0].first, found[0].last), (rows[1].sent_at, rows[2].sent_at));
    }

    #[test]
    fn one_person_seen_with_and_without_a_profile_is_one() {
        let mine = party("Me Too", None);
        let rows = [
            row(mine.clone(), &[party("Ana Li, Ph.D.", None)], 1),
            row(party("Ana Li, Ph.D.", Some("ana")), std::slice::from_ref(&mine), 2),
            row(party(HIDDEN_MEMBER, None), &[mine], 3),
        ];
        let found = gathered(&rows);
        assert_eq!((found[0].kind, found[0].outgoing), (ConversationKind::Direct, 1));
        assert_eq!(found[0].counterpart, party("Ana Li, Ph.D.", Some("ana")));
    }

    #[test]
    fn a_group_is_told_by_its_recipients_or_its_senders() {
        let (mine, ana, bob) = (party("Me Too", Some("me")), party("Ana", Some("ana")), party("Bob", Some("bob")));
        assert_eq!(gathered(&[row(mine.clone(), &[ana.clone(), bob.clone()], 1)])[0].kind, ConversationKind::Group);
        let spoken = [row(ana, std::slice::from_ref(&mine), 1), row(bob, &[mine], 2)];
        assert_eq!(gathered(&spoken)[0].kind, ConversationKind::Group);
    }

    #[test]
    fn an_advertisement_stays_one() {
        let mine = party("Me Too", Some("me"));
        let mut ad = row(party("Ad Man", None), std::slice::from_ref(&mine), 1);
        ad.is_sponsored = true;
        let found = gathered(&[ad, row(party("Other", None), &[mine], 2)]);
        assert_eq!(found[0].kind, ConversationKind::Sponsored);
    }

    #[test]
    fn a_message_id_depends_on_what_was_said_and_not_on_blanks_or_names() {
        let (mine, ana) = (party("Me Too", Some("me")), party("Ana", Some("ana")));
        let one = row(ana.clone(), std::slice::from_ref(&mine), 1);
        let id = message_id(&one, 0);
        assert_eq!(id.len(), 49);
        let mut same = one.clone();
        same.body = " ok\n".into();
        same.from_name = "Ana Renamed".into();
        same.folder = "ARCHIVE".into();
        assert_eq!(message_id(&same, 0), id);
        assert_ne!(message_id(&one, 1), id);
        assert_ne!(message_id(&row(ana, std::slice::from_ref(&mine), 2), 0), id);
        assert_ne!(message_id(&row(mine.clone(), &[mine], 1), 0), id);
        let mut other = one;
        other.body = "okay".into();
        assert_ne!(message_id(&other, 0), id);
    }
}
