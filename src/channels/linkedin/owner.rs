//! Whose archive it is: a guess for the person who imports to confirm, from the profile, the invitations and the messages.

use std::collections::HashMap;

use super::{
    ArchiveError, Flow, HIDDEN_MEMBER, Owner, Party, Row,
    table::{Shape, Table},
};
use crate::channels::archives::name_id;

pub(super) static PROFILE: Shape = Shape { file: "Profile.csv", must: &["First Name", "Last Name"] };

/// The most people counted; whoever owns the archive is among the first.
const MOST_PEOPLE: usize = 200_000;
/// The most profiles remembered for one name.
const MOST_KEYS: usize = 8;

/// Who appears how often, by name, and with which profiles.
#[derive(Debug, Default)]
pub(super) struct Survey {
    people: HashMap<String, Seen>,
    rows: u64,
}

#[derive(Debug, Default)]
struct Seen {
    name: String,
    rows: u64,
    keys: Vec<(String, u64)>,
}

impl Survey {
    /// Counts one row and everyone in it.
    pub(super) fn count<'a>(&mut self, people: impl IntoIterator<Item = &'a Party>) {
        self.rows += 1;
        for party in people {
            self.count_person(party);
        }
    }

    fn count_person(&mut self, party: &Party) {
        if party.name == HIDDEN_MEMBER || party.name.is_empty() {
            return;
        }
        let id = name_id(&party.name);
        let full = self.people.len() >= MOST_PEOPLE;
        let seen = match self.people.get_mut(&id) {
            Some(seen) => seen,
            None if full => return,
            None => self.people.entry(id).or_insert(Seen { name: party.name.clone(), ..Seen::default() }),
        };
        seen.rows += 1;
        let Some(key) = &party.key else { return };
        if let Some((_, times)) = seen.keys.iter_mut().find(|(have, _)| have == key) {
            *times += 1;
        } else if seen.keys.len() < MOST_KEYS {
            seen.keys.push((key.clone(), 1));
        }
    }

    /// The key that goes with a name, when the name goes with one only.
    pub(super) fn only_key(&self, name: &str) -> Option<&str> {
        match self.people.get(&name_id(name))?.keys.as_slice() {
            [(key, _)] => Some(key),
            _ => None,
        }
    }

    /// Whoever appears more often than anyone else, and in more than half of the rows.
    fn leader(&self) -> Option<&Seen> {
        let first = self.people.values().max_by_key(|seen| seen.rows)?;
        let alone = self.people.values().filter(|seen| seen.rows == first.rows).count() == 1;
        (alone && first.rows * 2 > self.rows).then_some(first)
    }

    fn named(&self, name: &str) -> Option<&Seen> {
        self.people.get(&name_id(name))
    }
}

impl Seen {
    fn key(&self) -> Option<String> {
        self.keys.iter().max_by_key(|(_, times)| *times).map(|(key, _)| key.clone())
    }
}

/// The owner as far as profile and invitations tell.
pub(super) fn from_profile(profile: Option<String>, invitations: &Survey) -> Option<Owner> {
    let invited = invitations.leader();
    let name = profile.or_else(|| invited.map(|seen| seen.name.clone()))?;
    Some(Owner { name, key: invited.and_then(Seen::key) })
}

/// Completes what is known with the people in the messages; `None` when they leave it open who it is.
pub(super) fn from_messages(known: Option<Owner>, messages: &Survey) -> Option<Owner> {
    let leader = messages.leader();
    match known {
        Some(Owner { name, key: None }) => {
            let key = messages.named(&name).or(leader).and_then(Seen::key);
            Some(Owner { name, key })
        }
        Some(owner) => Some(owner),
        None => leader.map(|seen| Owner { name: seen.name.clone(), key: seen.key() }),
    }
}

/// The name in `Profile.csv`.
pub(super) fn profile_name(table: Table<'_>) -> Result<Option<String>, ArchiveError> {
    let (first, last) = (table.column(&["First Name"]), table.column(&["Last Name"]));
    let mut name = None;
    table.each(
        |cells| {
            let whole = format!("{} {}", cells.line(first), cells.line(last)).trim().to_owned();
            Ok(Some(whole).filter(|name| !name.is_empty()))
        },
        &mut |row| match row {
            Row::Good { value, .. } => {
                name = Some(value);
                Flow::Stop
            }
            Row::Bad(_) => Flow::Go,
        },
    )?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str, key: Option<&str>) -> Party {
        Party { name: name.into(), key: key.map(Into::into) }
    }

    fn survey(rows: &[&[Party]]) -> Survey {
        let mut survey = Survey::default();
        rows.iter().for_each(|row| survey.count(*row));
        survey
    }

    #[test]
    fn whoever_is_in_every_conversation_owns_the_archive() {
        let (me, ana, bob) = (party("Me Too", Some("me")), party("Ana", Some("ana")), party("Bob", None));
        let found = from_messages(None, &survey(&[&[ana.clone(), me.clone()], &[me.clone(), ana], &[me, bob]]));
        assert_eq!(found, Some(Owner { name: "Me Too".into(), key: Some("me".into()) }));
    }

    #[test]
    fn two_people_alone_leave_it_open() {
        let (me, ana) = (party("Me Too", Some("me")), party("Ana", Some("ana")));
        let messages = survey(&[&[ana.clone(), me.clone()], &[me, ana]]);
        assert_eq!(from_messages(None, &messages), None);
        let by_profile = from_messages(from_profile(Some("me too".into()), &Survey::default()), &messages);
        assert_eq!(by_profile, Some(Owner { name: "me too".into(), key: Some("me".into()) }));
    }

    #[test]
    fn invitations_give_name_and_profile() {
        let invitations = survey(&[&[party("Me Too", Some("me"))], &[party("Me Too", None)]]);
        assert_eq!(from_profile(None, &invitations), Some(Owner { name: "Me Too".into(), key: Some("me".into()) }));
        assert_eq!(from_profile(None, &Survey::default()), None);
    }

    #[test]
    fn a_hidden_member_is_never_the_owner() {
        let hidden = party(HIDDEN_MEMBER, None);
        assert_eq!(from_messages(None, &survey(&[&[hidden]])), None);
        assert!(!Owner { name: "Me".into(), key: None }.is(&party(HIDDEN_MEMBER, None)));
    }

    #[test]
    fn a_namesake_with_another_profile_is_not_the_owner() {
        let me = Owner { name: "Ana Li".into(), key: Some("ana".into()) };
        assert!(me.is(&party("Ana Li", None)) && me.is(&party("Someone", Some("ana"))));
        assert!(!me.is(&party("Ana Li", Some("ana-2"))));
    }
}
