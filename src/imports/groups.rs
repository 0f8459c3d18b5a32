//! Conversations of several people: each is brought in as one person's, since a thread belongs to one contact.
//!
//! Whose it is: the contact's that it came here with; else, in the order of who wrote most, the first member who is
//! known here by more than a name; else whoever wrote most. Names alone make nobody the same (promise 11).

use std::{borrow::Cow, collections::HashMap};

use diesel::prelude::*;

use super::{Person, preview::recognise};
use crate::{
    channels::{self, Channel, archives::Party},
    db::{self, Tx, threads as t},
    error::Result,
};

/// What the keys of groups begin with in a preview.
pub(super) const KEY: &str = "group:";
/// The most members of a group that are remembered.
pub(super) const MOST_MEMBERS: usize = 50;
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
    members.sort_by_key(|(_, wrote)| std::cmp::Reverse(*wrote));
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

/// Finds out whose each group is; everybody else stays as they are.
pub(super) fn with_counterparts<'a>(
    tx: &mut Tx<'_>,
    channel: Channel,
    people: &'a [Person],
) -> Result<Cow<'a, [Person]>> {
    if people.iter().all(|person| person.group.is_none()) {
        return Ok(Cow::Borrowed(people));
    }
    let here = here_already(tx, channel, people)?;
    let mut sought = Vec::new();
    for person in people {
        let members = person.group.as_ref().map_or(&[][..], |group| &group.members);
        sought.extend(members.iter().take(MOST_SOUGHT).map(|member| person.as_of(member)));
    }
    let known = recognise(tx, channel, &sought)?;
    let mut next = sought.into_iter().zip(known);
    let found = people.iter().map(|person| {
        let Some(group) = &person.group else { return person.clone() };
        let asked: Vec<_> = next.by_ref().take(group.members.len().min(MOST_SOUGHT)).collect();
        match here.get(&person.conversations[0]) {
            // Its thread tells whose it is, whoever writes most by now.
            Some(counterpart) => person.standing_for(counterpart.as_deref()),
            None => asked
                .iter()
                .find(|(_, known)| known.is_some())
                .or_else(|| asked.first())
                .map_or_else(|| person.clone(), |(member, _)| member.clone()),
        }
    });
    Ok(Cow::Owned(found.collect()))
}

/// The groups whose threads are here, each with who of it the contact is.
fn here_already(tx: &mut Tx<'_>, channel: Channel, people: &[Person]) -> Result<HashMap<String, Option<String>>> {
    let groups = people.iter().filter(|person| person.group.is_some());
    let ids: Vec<&str> = groups.flat_map(|person| person.conversations.iter().map(String::as_str)).collect();
    let rows: Vec<(Option<String>, Option<String>)> = tx
        .all(db::Threads)
        .filter(t::channel.eq(channel))
        .filter(t::external_id.eq_any(ids))
        .select((t::external_id, t::counterpart))
        .load(tx.conn())?;
    Ok(rows.into_iter().filter_map(|(id, counterpart)| Some((id?, counterpart))).collect())
}

impl Person {
    /// The group as this member's.
    fn as_of(&self, member: &Member) -> Self {
        Self {
            name: channels::preview(&member.party.name, 200),
            profile: member.profile.clone(),
            url: member.url.clone(),
            known_by: member.direct.clone(),
            ..self.standing_for(Some(id_of(&member.party)))
        }
    }

    fn standing_for(&self, counterpart: Option<&str>) -> Self {
        let mut same = self.clone();
        if let Some(group) = &mut same.group {
            group.counterpart = counterpart.map(ToOwned::to_owned);
        }
        same
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
        let group = person.standing_for(Some("Bo")).group.unwrap();
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
