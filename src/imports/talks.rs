//! An archive of chats as people: the other side of every conversation between two, one person a conversation; after
//! them the groups.
//!
//! Names alone make nobody the same: two people of one name in two conversations stay two (promise 11).

use std::{
    collections::HashMap,
    io::{Read, Seek},
    rc::Rc,
};

use chrono::{DateTime, Utc};

use super::{
    Gathered, MOST_PEOPLE, Person,
    groups::{self, Member},
    people::nobody_called,
};
use crate::channels::{
    self, Channel,
    archives::{ArchiveError, Flow, MOST_MEMBERS, MOST_MEMBERS_IN_ALL, Owner, Party},
    chats::{self, Archive, Guess, Item},
    name_key,
};

/// What is known of a conversation.
struct Talk {
    id: Rc<str>,
    title: Option<String>,
    /// Everybody but the owner, with how many messages they wrote.
    members: Vec<(Party, u64)>,
    /// Whether the owner takes part.
    is_ours: bool,
    messages: u64,
    files: u64,
    reactions: u64,
    unsent: u64,
    last: Option<DateTime<Utc>>,
}

impl Talk {
    /// Takes note of somebody; `room` is for how many more people there is memory.
    fn meet(&mut self, party: Party, wrote: u64, owner: &Owner, room: &mut usize) {
        if owner.is(&party) {
            self.is_ours = true;
            return;
        }
        // As it is kept, so that it is found again.
        let party = Party { name: channels::preview(&party.name, 200), key: party.key };
        if let Some((_, messages)) = self.members.iter_mut().find(|(known, _)| *known == party) {
            *messages += wrote;
        } else if !party.name.is_empty() && self.members.len() < MOST_MEMBERS && *room > 0 {
            *room -= 1;
            self.members.push((party, wrote));
        }
    }

    fn is_group(&self) -> bool {
        self.members.len() > 1
    }
}

/// Reads the archive and keeps one small record per conversation.
pub(super) fn gather_talks<R: Read + Seek>(archive: &mut Archive<R>, owner: &Owner) -> Result<Gathered, ArchiveError> {
    let mut all = Gathered::default();
    let (mut talks, mut room): (Vec<Talk>, usize) = (Vec::new(), MOST_MEMBERS_IN_ALL);
    let mut at: HashMap<Rc<str>, usize> = HashMap::new();
    let mut talk_of = |talks: &mut Vec<Talk>, id: Rc<str>| {
        *at.entry(Rc::clone(&id)).or_insert_with(|| {
            let (title, members) = (None, Vec::new());
            let (messages, files, reactions, unsent) = (0, 0, 0, 0);
            talks.push(Talk { id, title, members, is_ours: false, messages, files, reactions, unsent, last: None });
            talks.len() - 1
        })
    };
    archive.read(&mut |item| {
        match item {
            Item::Party { conversation, party } => {
                let index = talk_of(&mut talks, conversation);
                talks[index].meet(party, 0, owner, &mut room);
            }
            Item::Said(said) => {
                all.rows += 1;
                let index = talk_of(&mut talks, said.conversation);
                let talk = &mut talks[index];
                talk.messages += 1;
                talk.files += said.files.len() as u64;
                talk.reactions += said.reactions.len() as u64;
                talk.last = talk.last.max(Some(said.at));
                all.check_length(&said.from.name, &said.body);
                talk.meet(said.from, 1, owner, &mut room);
            }
            Item::Title { conversation, title } => {
                let index = talk_of(&mut talks, conversation);
                talks[index].title = Some(channels::preview(&title, 200));
            }
            Item::Guessed(guess) => {
                let torn = guess.torn || all.guessed.is_some_and(|before| before.torn);
                all.guessed = Some(Guess { torn, ..guess });
            }
            Item::Notices(notices) => all.notices += notices,
            Item::Unsent { conversation } => {
                let index = talk_of(&mut talks, conversation);
                talks[index].unsent += 1;
            }
            Item::Broken(words) => all.tell(words),
        }
        if talks.len() > MOST_PEOPLE { Flow::Stop } else { Flow::Go }
    })?;
    let both = |talk: &Talk| talk.members.len() > 1;
    if !talks.is_empty()
        && !talks.iter().any(|talk| talk.is_ours)
        && (archive.lists_everybody() || talks.iter().any(both))
    {
        return Err(nobody_called(owner));
    }
    let mut direct: HashMap<String, String> = HashMap::new();
    let mut groups = Vec::new();
    for mut talk in talks {
        // Where nobody is listed and only the owner wrote, the conversation is called after the other side.
        if talk.members.is_empty() && !archive.lists_everybody() {
            let title = talk.title.take().filter(|title| name_key(title) != name_key(&owner.name));
            talk.members.extend(title.map(|name| (Party { name, key: None }, 0)));
        }
        // X tells who belongs to a group only by what they wrote: its owner may have read on in silence.
        if talk.is_group() && !talk.is_ours && archive.lists_everybody() && archive.kind() != chats::Kind::X {
            let with = talk.members.first().map_or("", |(other, _)| other.name.as_str());
            all.tell(format!(
                "A conversation with {with} in which {} takes no part: this file may hold somebody else’s archive too",
                owner.name
            ));
            continue;
        }
        all.files += talk.files;
        all.reactions += talk.reactions;
        all.unsent += talk.unsent;
        if talk.messages == 0 {
            all.groups += u64::from(talk.is_group());
        } else if talk.is_group() {
            all.groups += 1;
            groups.push(talk);
        } else if let Some((other, _)) = talk.members.pop() {
            if let Some(number) = &other.key {
                direct.insert(number.clone(), talk.id.to_string());
            }
            let (profile, url) = profile_of(archive, &other);
            let is_number = archive.kind() == chats::Kind::Whatsapp && channels::phone_key(&other.name, None).is_some();
            all.people.push(Person {
                phone: is_number.then(|| other.name.clone()),
                key: format!("talk:{}", talk.id),
                name: channels::safe_text(&other.name, 200).replace('\n', " "),
                profile,
                url,
                conversations: vec![talk.id.to_string()],
                messages: talk.messages,
                last: talk.last,
                ..Person::default()
            });
        } else {
            let messages =
                if talk.messages == 1 { "1 message".to_owned() } else { format!("{} messages", talk.messages) };
            all.tell(format!("A conversation of {messages} in which nobody else has a name: it stays out"));
        }
    }
    for talk in groups {
        let member = |(party, wrote): (Party, u64)| {
            let (profile, url) = profile_of(archive, &party);
            let direct = party.key.as_ref().and_then(|number| direct.get(number).cloned());
            (Member { party, profile, url, direct }, wrote)
        };
        let members = talk.members.into_iter().map(member).collect();
        let group = groups::person(&talk.id, talk.title, members);
        all.people.push(Person { messages: talk.messages, last: talk.last, ..group });
    }
    Ok(all)
}

/// Their profile and its address, where the archive tells.
fn profile_of<R: Read + Seek>(archive: &Archive<R>, party: &Party) -> (Option<String>, Option<String>) {
    let number = party.key.as_deref();
    let profile = number.and_then(|id| archive.username(id)).map(str::to_lowercase);
    let url = match (&profile, number) {
        (Some(name), _) => channels::profile_url(Channel::X, name),
        (None, Some(id)) => Some(format!("https://x.com/i/user/{id}")),
        (None, None) => None,
    };
    (profile, url)
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
        for (folder, talk) in [("ana_1", talk.to_owned()), ("cy_2", talk.replace("Bo", "Me"))] {
            let path = format!("messages/inbox/{folder}/message_1.json");
            zip.start_file(path, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, talk.as_bytes()).unwrap();
        }
        let file = Cursor::new(zip.finish().unwrap().into_inner());
        let mut archive = Archive::open(file, "instagram.zip", None, chrono_tz::UTC).unwrap().unwrap();
        let found = gather_talks(&mut archive, &Owner { name: "Me".into(), key: None }).unwrap();
        let nobody = gather_talks(&mut archive, &Owner { name: "Nobody".into(), key: None }).unwrap_err();
        assert!(nobody.words.contains("Nobody in it is called Nobody"), "{}", nobody.words);
        assert_eq!((found.people.len(), found.groups, found.invalid), (1, 0, 1));
        assert!(found.problems[0].words.contains("Me takes no part"), "{:?}", found.problems);
    }

    #[test]
    fn groups_come_last_and_two_of_one_name_stay_two() {
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
        assert_eq!((keys, found.groups), (vec!["talk:meta:1", "talk:meta:2", "group:meta:3"], 1));
    }
}
