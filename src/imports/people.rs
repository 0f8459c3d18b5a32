//! A LinkedIn archive as people: connections, counterparts of conversations and invitations made one per person.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Seek},
};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
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
use crate::threads;

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
    /// The name of the thread here in which their conversation goes on, where that has another.
    pub goes_on: Option<String>,
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
    /// Whether connections come with their profiles, as since 2023.
    has_profiles: bool,
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
        has_profiles: false,
    };
    archive.connections(&mut |row| {
        let at = if let Row::Good { row, value } = &row {
            building.has_profiles |= value.key.is_some();
            *row
        } else {
            0
        };
        building.count(row, |building, one| building.connection(at, one))
    })?;
    building.all.hidden = archive.hidden_connections();
    let mut notes = Notes::default();
    archive.invitations(&mut |row| {
        building.count(row, |building, one| {
            let at = building.index(&one.name, one.key.as_deref());
            building.all.people[at].invited = true;
            notes.add(at, one, &building.all.people, owner);
        })
    })?;
    let mut conversations = Conversations::default();
    let (mut any, mut ours) = (false, false);
    archive.messages(&mut |row| {
        building.count(row, |building, message| {
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

    fn count<T>(&mut self, row: Row<T>, good: impl FnOnce(&mut Self, T)) -> Flow {
        self.all.rows += 1;
        match row {
            Row::Good { value, .. } => good(self, value),
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
        let person = self.person(&one.name, one.key.as_deref());
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
        let key = profile.map_or_else(|| format!("name:{name_key}"), |profile| format!("in:{profile}"));
        let known = self.by_key.get(&key).copied().or_else(|| {
            let named = self.by_name.get(&name_key)?;
            // A message without a profile is by the one connection of that name; a profile is never overruled.
            (profile.is_none() && named.len() == 1).then(|| named[0])
        });
        known.unwrap_or_else(|| {
            self.by_key.insert(key.clone(), self.all.people.len());
            self.by_name.entry(name_key).or_default().push(self.all.people.len());
            self.all.people.push(Person {
                key,
                name: channels::safe_text(name, 200).replace('\n', " "),
                profile: profile.map(ToOwned::to_owned),
                ..Person::default()
            });
            self.all.people.len() - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::channels::linkedin::Limits;

    fn owner() -> Owner {
        Owner { name: "Mara Lindqvist".into(), key: Some("mara".into()) }
    }

    fn people(csv: &str) -> Gathered {
        let mut archive = Archive::open(Cursor::new(csv.as_bytes().to_vec()), "x.csv", Limits::default()).unwrap();
        gather(&mut archive, &owner()).unwrap()
    }

    #[test]
    fn conversations_with_hidden_members_are_each_somebody() {
        let row = |id: &str| {
            format!(
                "{id},,LinkedIn Member,,Mara Lindqvist,https://www.linkedin.com/in/mara,2024-05-01 09:00:00 UTC,,Hello,INBOX\n"
            )
        };
        let head = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n";
        let found = people(&format!("{head}{}{}", row("2-a"), row("2-b")));
        let keys: Vec<&str> = found.people.iter().map(|person| person.key.as_str()).collect();
        assert_eq!(keys, ["talk:2-a", "talk:2-b"]);
        assert!(found.people.iter().all(|person| person.name == HIDDEN_MEMBER && person.messages == 1));
    }

    #[test]
    fn an_old_export_tells_the_profile_of_a_connection_by_its_messages() {
        let talk = |id: &str, name: &str, key: &str| {
            format!(
                "{id},,{name},https://www.linkedin.com/in/{key},Mara Lindqvist,2024-05-01 09:00:00 UTC,,Hello,INBOX\n"
            )
        };
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let connections = "First Name,Last Name,Email Address,Company,Position,Connected On\n\
             Ana,Li,,Acme,Buyer,14 Nov 2020\nBo,Berg,,Vela,Maker,14 Nov 2020\n";
        let messages = format!(
            "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\n{}{}{}",
            talk("2-a", "Ana Li", "ana-li"),
            talk("2-b", "Bo Berg", "bo-1"),
            talk("2-c", "Bo Berg", "bo-2"),
        );
        for (name, text) in [("Connections.csv", connections), ("messages.csv", messages.as_str())] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        let file = Cursor::new(zip.finish().unwrap().into_inner());
        let found = gather(&mut Archive::open(file, "x.zip", Limits::default()).unwrap(), &owner()).unwrap();
        let told = found.people.iter().map(|one| (one.profile.as_deref(), one.company.as_deref(), one.messages));
        let expected = [
            (Some("ana-li"), Some("Acme"), 1),
            (None, Some("Vela"), 0),
            (Some("bo-1"), None, 1),
            (Some("bo-2"), None, 1),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected, "which of two Bo Bergs is the connection can’t be told");
    }

    #[test]
    fn a_connection_listed_twice_is_one_person() {
        let found = people(
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
             Ana,Li,https://www.linkedin.com/in/ana-li,,Acme,Buyer,14 Nov 2024\n\
             Ana,Li,https://www.linkedin.com/in/Ana-Li/,ana@example.com,Acme,Buyer,14 Nov 2024\n",
        );
        assert_eq!(found.people.len(), 1);
        assert_eq!((found.repeated, found.repeats[0].row), (1, 3));
        assert_eq!(found.people[0].email.as_deref(), Some("ana@example.com"));
    }
}
