//! Conversations of several people: each is brought in as one person's, since a thread belongs to one contact.
//!
//! Whose it is: the contact's that it came here with; else, in the order of who wrote most, the first member who is
//! known here by more than a name, or has a conversation of their own in the archive; else whoever wrote most. Names alone
//! make nobody the same (promise 11).

use std::{borrow::Cow, collections::HashMap};

use diesel::prelude::*;

use super::{Person, here::threads_here, preview::recognise};
use crate::{
    channels::{
        self, Channel, Direction,
        archives::{Party, name_id},
        linkedin::HIDDEN_MEMBER,
    },
    contacts::{self, Contact},
    db::{self, Tx, messages as m},
    error::Result,
    ids::{ContactId, ThreadId},
    threads::ThreadKind,
};

/// What the keys of groups begin with in a preview.
pub(super) const KEY: &str = "group:";
/// The most of them that are looked for here.
const MOST_SOUGHT: usize = 10;
/// The most that are named where the group is shown.
const MOST_NAMED: usize = 4;

/// A conversation of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// What it is called on the platform.
    pub title: Option<String>,
    /// Who takes part besides the archive's owner, whoever wrote most first; at most 50.
    pub members: Vec<Member>,
    /// Whose it is, as [`id_of`] tells members apart; none as long as nobody has looked who is here.
    pub counterpart: Option<String>,
}

/// Somebody in a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// As the archive writes them.
    pub party: Party,
    /// The key of their profile, where the archive tells it.
    pub profile: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// The id of a conversation between two with them.
    pub direct: Option<String>,
}

impl Group {
    /// What the thread is called: by its own name, else by who takes part.
    pub(super) fn called(&self) -> String {
        match &self.title {
            Some(title) => title.clone(),
            None => named(self.members.iter().map(|member| member.party.name.as_str())),
        }
    }

    /// For the preview: the group, and who else is in it.
    pub(super) fn told(&self) -> String {
        let others = self.members.iter().filter(|member| self.counterpart.as_deref() != Some(id_of(&member.party)));
        let others = named(others.map(|member| member.party.name.as_str()));
        match &self.title {
            Some(title) => format!("group “{title}” with {others}"),
            None => format!("group with {others}"),
        }
    }
}

/// What tells a member of a group from the others: the platform's key, else the name.
pub(super) fn id_of(party: &Party) -> &str {
    party.key.as_deref().unwrap_or(&party.name)
}

/// Who of a group the contact is, in the archive at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counterpart {
    id: String,
    name: String,
}

impl Counterpart {
    /// Whom the archive's list of members calls so; somebody who is not in it goes by the id alone.
    pub(super) fn new(id: &str, group: Option<&Group>) -> Self {
        let members = group.map_or(&[][..], |group| &group.members);
        let name = members.iter().find(|member| id_of(&member.party) == id).map_or(id, |member| &member.party.name);
        Self { id: id.to_owned(), name: name.to_owned() }
    }

    /// Whether they wrote what this party wrote: by key where the row has one, else by name. Nobody is whoever hides both.
    pub(super) fn is(&self, party: &Party) -> bool {
        let by_name = || party.name != HIDDEN_MEMBER && name_id(&party.name) == name_id(&self.name);
        match &party.key {
            Some(key) => *key == self.id || (self.id == self.name && by_name()),
            None => by_name(),
        }
    }
}

fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    let shown = all.iter().take(MOST_NAMED).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(MOST_NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A group as the archive tells it; whose it is, is still open.
pub(super) fn person(conversation: &str, title: Option<String>, mut members: Vec<(Member, u64)>) -> Person {
    // Whoever hides name and profile can't be told from others who do.
    members.sort_by_key(|(member, wrote)| (is_hidden(&member.party), std::cmp::Reverse(*wrote)));
    let members: Vec<Member> = members.into_iter().map(|(member, _)| member).collect();
    let title = title.map(|title| channels::preview(&title, 200)).filter(|title| !title.is_empty());
    let loudest = members.first().map_or_else(String::new, |member| member.party.name.clone());
    Person {
        key: format!("{KEY}{conversation}"),
        name: channels::preview(&loudest, 200),
        conversations: vec![conversation.to_owned()],
        group: Some(Group { title, members, counterpart: None }),
        ..Person::default()
    }
}

fn is_hidden(party: &Party) -> bool {
    party.name == HIDDEN_MEMBER && party.key.is_none()
}

/// Finds out whose each group is, and who by now is one of a group that is here; everybody else stays as they are.
pub(super) fn with_counterparts<'a>(
    tx: &mut Tx<'_>,
    channel: Channel,
    people: &'a [Person],
) -> Result<Cow<'a, [Person]>> {
    let here = threads_here(tx, channel, people)?;
    if people.iter().all(|person| person.group.is_none()) && here.values().all(|there| there.kind != ThreadKind::Group)
    {
        return Ok(Cow::Borrowed(people));
    }
    let contacts: Vec<ContactId> = here.values().map(|there| there.contact).collect();
    let contacts: HashMap<ContactId, Contact> =
        contacts::contacts_by_id(tx, &contacts)?.into_iter().map(|contact| (contact.id, contact)).collect();
    let mut sought = Vec::new();
    for person in people {
        let members = person.group.as_ref().map_or(&[][..], |group| &group.members);
        sought.extend(members.iter().take(MOST_SOUGHT).map(|member| person.as_of(member)));
    }
    let known = recognise(tx, channel, &sought)?;
    let mut next = sought.into_iter().zip(known);
    let mut found = Vec::with_capacity(people.len());
    for person in people {
        let there = person.conversations.first().and_then(|id| here.get(id));
        let name = there.and_then(|there| contacts.get(&there.contact)).map(|contact| contact.name.as_str());
        let Some(group) = &person.group else {
            found.push(match (there, name) {
                // An archive of less time, or of fewer words, knows two of a group that is here.
                (Some(there), Some(name)) if there.kind == ThreadKind::Group && person.is_one_talk() => {
                    person.as_group().standing_for(there.counterpart.as_deref(), name)
                }
                _ => person.clone(),
            });
            continue;
        };
        let asked: Vec<_> = next.by_ref().take(group.members.len().min(MOST_SOUGHT)).collect();
        found.push(match (there, name) {
            // Its thread tells whose it is, whoever writes most by now.
            (Some(there), Some(name)) => {
                let counterpart = match there.kind {
                    ThreadKind::Group => there.counterpart.clone(),
                    _ => Some(only_author(tx, there.thread, group)?),
                };
                person.standing_for(counterpart.as_deref(), name)
            }
            _ => asked
                .iter()
                .find(|(_, known)| known.is_some())
                // Somebody of the same archive with a conversation of their own is told by it.
                .or_else(|| asked.iter().find(|(member, _)| member.known_by.is_some()))
                .or_else(|| asked.first())
                .map_or_else(|| person.clone(), |(member, _)| member.clone()),
        });
    }
    Ok(Cow::Owned(found))
}

/// Who of a group wrote all that came in as long as it was between two; nobody when that can't be told.
fn only_author(tx: &mut Tx<'_>, thread: ThreadId, group: &Group) -> Result<String> {
    let authors: Vec<String> = tx
        .all(db::Messages)
        .filter(m::thread_id.eq(thread))
        .filter(m::direction.eq(Direction::In))
        .select(m::author_name)
        .distinct()
        .limit(2)
        .load(tx.conn())?;
    let [author] = authors.as_slice() else { return Ok(String::new()) };
    let member = group.members.iter().find(|member| name_id(&member.party.name) == name_id(author));
    Ok(member.map_or_else(String::new, |member| id_of(&member.party).to_owned()))
}

impl Person {
    /// The group as this member's.
    fn as_of(&self, member: &Member) -> Self {
        Self {
            name: channels::preview(&member.party.name, 200),
            profile: member.profile.clone(),
            url: member.url.clone(),
            known_by: member.direct.clone(),
            ..self.standing_for(Some(id_of(&member.party)), &member.party.name)
        }
    }

    /// The group as it is here: whose it is tells the thread, and nothing that is known of a member.
    fn standing_for(&self, counterpart: Option<&str>, name: &str) -> Self {
        let mut same =
            Self { name: channels::preview(name, 200), profile: None, url: None, known_by: None, ..self.clone() };
        if let Some(group) = &mut same.group {
            group.counterpart = Some(counterpart.unwrap_or_default().to_owned());
        }
        same
    }

    /// Whether they are known by nothing but one conversation.
    fn is_one_talk(&self) -> bool {
        self.conversations.len() == 1 && self.key.starts_with("talk:")
    }

    fn as_group(&self) -> Self {
        let party = Party { name: self.name.clone(), key: None };
        let members = vec![Member { party, ..Member::default() }];
        Self { group: Some(Group { title: None, members, counterpart: None }), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, wrote: u64) -> (Member, u64) {
        (Member { party: Party { name: name.into(), key: None }, ..Member::default() }, wrote)
    }

    #[test]
    fn a_group_is_told_by_its_name_and_its_others() {
        let all = ["Ana", "Bo", "Cy", "Di", "Ed", "Flo"].map(|name| member(name, 1));
        let person = person("x:1", Some("Harvest\ndinner".into()), all.to_vec());
        let group = person.standing_for(Some("Bo"), "Bo").group.unwrap();
        assert_eq!(group.told(), "group “Harvest dinner” with Ana, Cy, Di, Ed and 1 more");
        assert_eq!(group.called(), "Harvest dinner");
    }

    #[test]
    fn whoever_wrote_most_comes_first() {
        let person = person("x:1", Some("  ".into()), vec![member("Ana", 1), member("Bo", 3)]);
        assert_eq!((person.name.as_str(), person.key.as_str()), ("Bo", "group:x:1"));
        assert_eq!(person.group.unwrap().called(), "Bo, Ana");
    }
}
