//! An archive of chats as people: the other side of every conversation between two, one person a conversation.
//!
//! Names alone make nobody the same: two people of one name in two conversations stay two (promise 11).

use std::{
    collections::HashMap,
    io::{Read, Seek},
    rc::Rc,
};

use chrono::{DateTime, Utc};

use super::{Gathered, MOST_PEOPLE, Person, people::MOST_PROBLEMS};
use crate::channels::{
    self, Channel,
    chats::{Archive, Item},
    linkedin::{ArchiveError, Flow, Owner, Party, RowProblem},
};

/// What is known of a conversation.
struct Talk {
    id: Rc<str>,
    other: Option<Party>,
    is_group: bool,
    /// Whether the owner takes part.
    is_ours: bool,
    messages: u64,
    last: Option<DateTime<Utc>>,
}

impl Talk {
    fn meet(&mut self, party: Party, owner: &Owner) {
        self.is_ours |= owner.is(&party);
        if owner.is(&party) || party.name.is_empty() {
            return;
        }
        match &self.other {
            None => self.other = Some(party),
            Some(other) => self.is_group |= *other != party,
        }
    }
}

/// Reads the archive and keeps one small record per conversation.
pub(super) fn gather_talks<R: Read + Seek>(archive: &mut Archive<R>, owner: &Owner) -> Result<Gathered, ArchiveError> {
    let mut all = Gathered::default();
    let mut talks: Vec<Talk> = Vec::new();
    let mut at: HashMap<Rc<str>, usize> = HashMap::new();
    let mut talk_of = |talks: &mut Vec<Talk>, id: Rc<str>| {
        *at.entry(Rc::clone(&id)).or_insert_with(|| {
            talks.push(Talk { id, other: None, is_group: false, is_ours: false, messages: 0, last: None });
            talks.len() - 1
        })
    };
    archive.read(&mut |item| {
        match item {
            Item::Party { conversation, party } => {
                let index = talk_of(&mut talks, conversation);
                talks[index].meet(party, owner);
            }
            Item::Said(said) => {
                all.rows += 1;
                let index = talk_of(&mut talks, said.conversation);
                let talk = &mut talks[index];
                talk.messages += 1;
                talk.last = talk.last.max(Some(said.at));
                talk.meet(said.from, owner);
            }
            Item::Title(_) => {}
            Item::Unsent => all.unsent += 1,
            Item::Broken(words) => {
                all.invalid += 1;
                if all.problems.len() < MOST_PROBLEMS {
                    all.problems.push(RowProblem { file: "The archive", row: all.invalid, words });
                }
            }
        }
        if talks.len() > MOST_PEOPLE { Flow::Stop } else { Flow::Go }
    })?;
    for talk in talks {
        if talk.is_group && !talk.is_ours {
            all.invalid += 1;
            if all.problems.len() < MOST_PROBLEMS {
                let with = talk.other.map_or_else(String::new, |other| other.name);
                let words = format!(
                    "A conversation with {with} in which {} takes no part: this file may hold somebody else’s archive too",
                    owner.name
                );
                all.problems.push(RowProblem { file: "The archive", row: all.invalid, words });
            }
        } else if talk.is_group {
            all.groups += 1;
        } else if let Some(other) = talk.other.filter(|_| talk.messages > 0) {
            let number = other.key.as_deref();
            let profile = number.and_then(|id| archive.username(id)).map(str::to_lowercase);
            let url = match (&profile, number) {
                (Some(name), _) => channels::profile_url(Channel::X, name),
                (None, Some(id)) => Some(format!("https://x.com/i/user/{id}")),
                (None, None) => None,
            };
            all.people.push(Person {
                key: format!("talk:{}", talk.id),
                name: channels::safe_text(&other.name, 200).replace('\n', " "),
                profile,
                url,
                conversations: vec![talk.id.to_string()],
                messages: talk.messages,
                last: talk.last,
                ..Person::default()
            });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn conversations_of_other_people_are_told_and_stay_out() {
        let talk = r#"{"participants": [{"name": "Ana"}, {"name": "Bo"}], "messages": [
            {"sender_name": "Ana", "timestamp_ms": 5, "content": "hi"}, {"sender_name": "Bo", "timestamp_ms": 6, "content": "ho"}]}"#;
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("messages/inbox/ana_1/message_1.json", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, talk.as_bytes()).unwrap();
        let file = Cursor::new(zip.finish().unwrap().into_inner());
        let mut archive = Archive::open(file, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap();
        let found = gather_talks(&mut archive, &Owner { name: "Me".into(), key: None }).unwrap();
        assert_eq!((found.people.len(), found.groups, found.invalid), (0, 0, 1));
        assert!(found.problems[0].words.contains("Me takes no part"), "{:?}", found.problems);
    }

    #[test]
    fn groups_are_counted_and_two_of_one_name_stay_two() {
        let talk = |names: &str| {
            format!(
                r#"{{"participants": [{names}], "messages": [{{"sender_name": "Ana", "timestamp_ms": 5, "content": "hi"}}]}}"#
            )
        };
        let (two, three) = (r#"{"name": "Ana"}, {"name": "Me"}"#, r#"{"name": "Ana"}, {"name": "Bo"}, {"name": "Me"}"#);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (folder, names) in [("ana_1", two), ("ana_2", two), ("crew_3", three)] {
            let path = format!("messages/inbox/{folder}/message_1.json");
            zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, talk(names).as_bytes()).unwrap();
        }
        let file = Cursor::new(zip.finish().unwrap().into_inner());
        let mut archive = Archive::open(file, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap();
        let found = gather_talks(&mut archive, &Owner { name: "Me".into(), key: None }).unwrap();
        let keys: Vec<&str> = found.people.iter().map(|person| person.key.as_str()).collect();
        assert_eq!((keys, found.groups), (vec!["talk:meta:1", "talk:meta:2"], 1));
    }
}
