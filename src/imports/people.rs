//! A LinkedIn archive as people: connections, counterparts of conversations and invitations made one per person.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Seek},
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    going_on::GoesOn,
    groups::{self, Group, Member},
    notes::Notes,
    source::Incoming,
};
use crate::channels::{
    self, Channel,
    archives::{ArchiveError, Flow, Owner, Party, Question, RowProblem},
    chats::Guess,
    linkedin::{Archive, Conversation, ConversationKind, Conversations, HIDDEN_MEMBER, Row},
};
use crate::{contacts::identity, threads};

/// How many people one import may bring.
pub const MOST_PEOPLE: usize = 100_000;
/// How many problems are kept with their words; beyond, they are only counted.
pub(super) const MOST_PROBLEMS: usize = 500;

/// Somebody in the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// What the import knows them by: the profile, or the name where there is none.
    pub key: String,
    /// Their name.
    pub name: String,
    /// The key of their profile on the channel that the archive is of.
    pub profile: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Telephone number: what WhatsApp calls somebody whom its owner has no name for.
    pub phone: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// What they do there.
    pub title: Option<String>,
    /// Since when they are connected.
    pub connected_on: Option<NaiveDate>,
    /// The conversations between two with them; of a group, itself.
    pub conversations: Vec<String>,
    /// When each of these began, in their order; told by LinkedIn's archives alone.
    pub begun: Vec<DateTime<Utc>>,
    /// How many messages these hold.
    pub messages: u64,
    /// When the last of them was sent.
    pub last: Option<DateTime<Utc>>,
    /// What their row tells that can't be read, and is left out.
    pub left_out: Option<String>,
    /// Whether an invitation is pending or was sent.
    pub invited: bool,
    /// The conversation of several that is brought in as theirs.
    pub group: Option<Group>,
    /// A conversation between two that tells who they are and is not brought in with them.
    pub known_by: Option<String>,
    /// Where their conversation goes on, where its name doesn't tell.
    pub goes_on: Option<GoesOn>,
}

impl Person {
    /// What a thread that is made for one of their conversations is known by.
    pub(super) fn called<'a>(&'a self, conversation: &'a str) -> &'a str {
        match &self.goes_on {
            Some(GoesOn::New(name)) => name,
            _ => conversation,
        }
    }
}

/// How much of an archive is not in UTF-8, as every archive is when its platform makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreign {
    /// In how many rows.
    pub rows: u64,
    /// Where the first of them is, such as `messages.csv, row 5`.
    pub first: String,
}

/// An archive as people.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Everybody, in the order of the files.
    pub people: Vec<Person>,
    /// Rows that could not be used, with their words; at most 500.
    pub problems: Vec<RowProblem>,
    /// How many rows could not be used.
    pub invalid: u64,
    /// People who are in the file more than once.
    pub repeated: u64,
    /// The rows that tell of somebody again, with their words; at most 500.
    pub repeats: Vec<RowProblem>,
    /// Conversations of several people; those with messages are among `people` too, after everybody else.
    pub groups: u64,
    /// Advertisements.
    pub sponsored: u64,
    /// Messages that were never sent.
    pub drafts: u64,
    /// Connections without name and profile.
    pub hidden: u64,
    /// Messages that their authors took back.
    pub unsent: u64,
    /// Lines that are the platform's own.
    pub notices: u64,
    /// Rows with text that is not UTF-8.
    pub foreign: Foreign,
    /// How dates are read where they don't tell.
    pub guessed: Option<Guess>,
    /// Reactions to messages.
    pub reactions: u64,
    /// Files that messages name.
    pub files: u64,
    /// Rows read in all.
    pub rows: u64,
    /// Notes of invitations that no message repeats.
    pub(super) notes: Vec<Incoming>,
}

impl Gathered {
    /// Notes what is wrong somewhere in the archive.
    pub(super) fn tell(&mut self, words: String) {
        self.invalid += 1;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(RowProblem::anywhere(words));
        }
    }

    /// Tells of a message that is too long to be kept whole.
    pub(super) fn check_length(&mut self, from: &str, body: &str) {
        // No text has more characters than bytes.
        if body.len() > threads::LONGEST && body.chars().count() > threads::LONGEST {
            let from = channels::preview(from, 200);
            self.tell(format!("A message by {from} is longer than 100,000 characters; its beginning is brought in."));
        }
    }
}

struct Builder<'a> {
    owner: &'a Owner,
    all: Gathered,
    by_key: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// Names that several connections without a profile have, who are not one person.
    shared: HashSet<String>,
    /// Whether connections come with their profiles, as since 2023.
    has_profiles: bool,
}

/// Whether a connection without a profile can't be this person, though called the same: they work elsewhere, or write from
/// another address.
fn contradicts(person: &Person, one: &channels::linkedin::Connection) -> bool {
    let email = |text: &Option<String>| text.as_deref().and_then(|text| channels::email_key(text).ok());
    let (ours, theirs) = (email(&person.email), email(&one.email));
    ours.is_some() && theirs.is_some() && ours != theirs
        || !identity::company_agrees(person.company.as_deref(), one.company.as_deref())
}

/// Why an archive is not read in which its owner takes no part.
pub(super) fn nobody_called(owner: &Owner) -> ArchiveError {
    let name = channels::preview(&owner.name, 60);
    ArchiveError::asking(
        Question::Owner,
        format!(
            "Nobody in it is called {name}, so it can’t be told whose archive this is. Write your name as the platform shows it."
        ),
    )
}

/// Reads the archive twice over, one row at a time, and keeps one small record per person.
pub fn gather<R: Read + Seek>(archive: &mut Archive<R>, owner: &Owner) -> Result<Gathered, ArchiveError> {
    let mut building = Builder {
        owner,
        all: Gathered::default(),
        by_key: HashMap::new(),
        by_name: HashMap::new(),
        shared: HashSet::new(),
        has_profiles: false,
    };
    archive.connections(&mut |row| {
        let at = if let Row::Good { row, value, .. } = &row {
            building.has_profiles |= value.key.is_some();
            *row
        } else {
            0
        };
        building.count("Connections.csv", row, |building, one| building.connection(at, one))
    })?;
    building.all.hidden = archive.hidden_connections();
    let mut notes = Notes::default();
    archive.invitations(&mut |row| {
        building.count("Invitations.csv", row, |building, one| {
            let at = building.index(&one.name, one.key.as_deref());
            building.all.people[at].invited = true;
            notes.add(at, one, &building.all.people, owner);
        })
    })?;
    let mut conversations = Conversations::default();
    let (mut any, mut ours) = (false, false);
    archive.messages(&mut |row| {
        building.count("messages.csv", row, |building, message| {
            any = true;
            ours |= owner.matches(&message.from_name, message.from_key.as_deref());
            ours |= message.to.iter().any(|to| owner.matches(&to.name, to.key.as_deref()));
            building.all.drafts += u64::from(message.is_draft);
            if !message.is_draft {
                building.all.check_length(&message.from_name, &message.body);
            }
            conversations.observe(&message, owner);
            notes.observe(&message, owner);
        })
    })?;
    if any && !ours {
        return Err(nobody_called(owner));
    }
    let mut groups = Vec::new();
    let conversations = conversations.finish();
    let mut profiles: HashMap<String, HashSet<&str>> = HashMap::new();
    for found in conversations.iter().filter(|found| found.kind == ConversationKind::Direct) {
        if let Some(key) = &found.counterpart.key {
            profiles.entry(channels::name_key(&found.counterpart.name)).or_default().insert(key);
        }
    }
    let mut telling: Vec<(String, String)> = profiles
        .into_iter()
        .filter_map(|(name, keys)| keys.iter().next().filter(|_| keys.len() == 1).map(|key| (name, (*key).to_owned())))
        .collect();
    telling.sort();
    if !building.has_profiles {
        telling.into_iter().for_each(|(name, key)| building.learn(&name, &key));
    }
    for found in conversations {
        match found.kind {
            ConversationKind::Group => groups.push(found),
            ConversationKind::Sponsored => building.all.sponsored += 1,
            ConversationKind::Direct => {
                if building.owner.is(&found.counterpart) {
                    continue;
                }
                let (name, key) = (&found.counterpart.name, found.counterpart.key.as_deref());
                let person = if name == HIDDEN_MEMBER && key.is_none() {
                    building.nameless(&found.id)
                } else {
                    building.person(name, key)
                };
                person.messages += found.incoming + found.outgoing;
                person.last = person.last.max(Some(found.last));
                person.conversations.push(found.id);
                person.begun.push(found.first);
            }
        }
    }
    // An address that two of them share tells nobody from the other: it is the first one's.
    let mut taken = HashSet::new();
    for person in &mut building.all.people {
        person.email.take_if(|email| channels::email_key(email).is_ok_and(|key| !taken.insert(key)));
    }
    building.all.notes = notes.finish(&mut building.all.people);
    building.all.groups = groups.len() as u64;
    let groups: Vec<Person> = groups.into_iter().map(|found| building.group_of(found)).collect();
    building.all.people.extend(groups);
    Ok(building.all)
}

impl Builder<'_> {
    /// A conversation of several. Who only received is told by the profile alone: those who are in the archive have a name.
    fn group_of(&self, found: Conversation) -> Person {
        let member = |(mut party, wrote): (Party, u64)| {
            let profile = party.key.clone();
            let known = profile.as_ref().and_then(|key| self.by_key.get(&format!("in:{key}")));
            if let Some(known) = known.and_then(|at| self.all.people.get(*at)) {
                party.name.clone_from(&known.name);
            }
            let url = profile.as_deref().and_then(|key| channels::profile_url(Channel::Linkedin, key));
            (Member { party, profile, url, direct: None }, wrote)
        };
        let members = found.members.into_iter().map(member).collect();
        let messages = found.incoming + found.outgoing;
        Person { messages, last: Some(found.last), ..groups::person(&found.id, found.title, members) }
    }

    fn count<T>(&mut self, file: &'static str, row: Row<T>, good: impl FnOnce(&mut Self, T)) -> Flow {
        self.all.rows += 1;
        match row {
            Row::Good { row, value, foreign } => {
                if foreign {
                    self.all.foreign.rows += 1;
                    if self.all.foreign.rows == 1 {
                        self.all.foreign.first = format!("{file}, row {row}");
                    }
                }
                good(self, value);
            }
            Row::Bad(problem) => {
                self.all.invalid += 1;
                if self.all.problems.len() < MOST_PROBLEMS {
                    self.all.problems.push(problem);
                }
            }
        }
        if self.all.people.len() > MOST_PEOPLE { Flow::Stop } else { Flow::Go }
    }

    fn connection(&mut self, row: u64, one: channels::linkedin::Connection) {
        let known = self.all.people.len();
        let index = self.connected(&one);
        let person = &mut self.all.people[index];
        person.url = person.url.take().or(one.url);
        person.email = person.email.take().or(one.email);
        person.company = person.company.take().or(one.company);
        person.title = person.title.take().or(one.title);
        person.connected_on = person.connected_on.or(one.connected_on);
        person.left_out = person.left_out.take().or(one.left_out);
        if self.all.people.len() == known {
            self.all.repeated += 1;
            if self.all.repeats.len() < MOST_PROBLEMS {
                let name = channels::preview(&one.name, 200);
                let words = format!("{name} is in the file already; the rows are brought in as one person.");
                self.all.repeats.push(RowProblem { file: "Connections.csv", row, words });
            }
        }
    }

    /// The person whom a connection is; of several with its name and no profile, the first whom nothing tells from it.
    fn connected(&mut self, one: &channels::linkedin::Connection) -> usize {
        let name_key = channels::name_key(&one.name);
        let named = self.by_name.get(&name_key).filter(|_| one.key.is_none()).cloned().unwrap_or_default();
        let same = |at: &usize| !contradicts(&self.all.people[*at], one);
        match named.iter().find(|at| same(at)) {
            Some(at) => *at,
            None if named.is_empty() => self.index(&one.name, one.key.as_deref()),
            None => {
                self.shared.insert(name_key.clone());
                self.add(format!("name:{name_key}#{}", named.len() + 1), &one.name, None)
            }
        }
    }

    /// Somebody whom only the conversation tells from others: LinkedIn hides the name of who closed their account.
    fn nameless(&mut self, conversation: &str) -> &mut Person {
        let person =
            Person { key: format!("talk:{conversation}"), name: HIDDEN_MEMBER.to_owned(), ..Person::default() };
        self.all.people.push(person);
        let last = self.all.people.len() - 1;
        &mut self.all.people[last]
    }

    /// Takes note of the one profile that messages tell of a name: where connections have none, as in exports before 2023, it is
    /// that of the only connection of this name.
    fn learn(&mut self, name_key: &str, profile: &str) {
        let key = format!("in:{profile}");
        let Some([at]) = self.by_name.get(name_key).map(Vec::as_slice) else { return };
        let person = &mut self.all.people[*at];
        if person.profile.is_none() && !self.by_key.contains_key(&key) {
            person.profile = Some(profile.to_owned());
            self.by_key.insert(key, *at);
        }
    }

    /// The person with this profile; or, where there is none, the only one with this name.
    fn person(&mut self, name: &str, profile: Option<&str>) -> &mut Person {
        let index = self.index(name, profile);
        &mut self.all.people[index]
    }

    /// The same, by number.
    fn index(&mut self, name: &str, profile: Option<&str>) -> usize {
        let name_key = channels::name_key(name);
        let key = match profile {
            Some(profile) => format!("in:{profile}"),
            // Which of them it is can't be told.
            None if self.shared.contains(&name_key) => format!("name:{name_key}#"),
            None => format!("name:{name_key}"),
        };
        let known = self.by_key.get(&key).copied().or_else(|| {
            let named = self.by_name.get(&name_key)?;
            // A message without a profile is by the one connection of that name; a profile is never overruled.
            (profile.is_none() && named.len() == 1).then(|| named[0])
        });
        known.unwrap_or_else(|| self.add(key, name, profile))
    }

    fn add(&mut self, key: String, name: &str, profile: Option<&str>) -> usize {
        let at = self.all.people.len();
        self.by_key.insert(key.clone(), at);
        self.by_name.entry(channels::name_key(name)).or_default().push(at);
        self.all.people.push(Person {
            key,
            name: channels::safe_text(name, 200).replace('\n', " "),
            profile: profile.map(ToOwned::to_owned),
            ..Person::default()
        });
        at
    }
}

#[cfg(test)]
mod tests;
