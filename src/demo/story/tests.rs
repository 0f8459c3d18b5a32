//! What the story has to hold so that it can be loaded, and so that a visitor meets each feature once.

use std::collections::HashSet;

use super::*;

fn stages(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lead => LEAD_STAGES,
        Kind::Influencer => INFLUENCER_STAGES,
        Kind::Ambassador => AMBASSADOR_STAGES,
    }
}

fn is_open(card: &Card) -> bool {
    !card
        .path
        .last()
        .is_some_and(|step| ["won", "lost", "posted", "declined", "champion", "left"].contains(&step.stage))
}

fn owed(person: &Person) -> impl Iterator<Item = &'static Reminder> {
    person.reminders.iter().filter(|reminder| !reminder.done)
}

fn messages(person: &Person) -> impl Iterator<Item = &'static Message> {
    person.threads.iter().flat_map(|thread| thread.messages)
}

/// Their last words wait for an answer; an out-of-office does not count.
fn is_our_turn(person: &Person) -> bool {
    messages(person)
        .filter(|message| !message.automatic)
        .max_by_key(|message| (-message.days_ago, message.at))
        .is_some_and(|message| message.from == From::Them)
}

fn words(text: &str) -> HashSet<String> {
    let letters = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    text.split_whitespace().map(letters).map(|word| word.to_lowercase()).collect()
}

fn is_time(at: &str) -> bool {
    let Some((hours, minutes)) = at.split_once(':') else {
        return false;
    };
    let below = |part: &str, limit: u32| part.len() == 2 && part.parse::<u32>().is_ok_and(|number| number < limit);
    below(hours, 24) && below(minutes, 60)
}

#[test]
fn there_are_about_forty_people_of_all_three_kinds() {
    let people = story().people;
    let count = |kind: Kind| people.iter().filter(|person| person.kind == kind).count();
    assert_eq!((count(Kind::Lead), count(Kind::Influencer), count(Kind::Ambassador)), (15, 14, 11));
}

#[test]
fn keys_and_handles_are_unique() {
    let story = story();
    let mut keys = HashSet::new();
    let mut handles = HashSet::new();
    let mut emails = HashSet::new();
    for colleague in story.colleagues {
        assert!(keys.insert(colleague.key), "{}", colleague.key);
        assert!(emails.insert(colleague.email), "{}", colleague.email);
    }
    for person in &story.people {
        assert!(keys.insert(person.key), "{}", person.key);
        assert!(person.email.is_none_or(|email| emails.insert(email)), "{}", person.key);
        for handle in person.handles {
            let one = (format!("{:?}", handle.channel), handle.username.to_lowercase());
            assert!(handles.insert(one), "{}", handle.username);
        }
    }
    assert!(emails.iter().all(|email| email.ends_with("@example.com")));
}

#[test]
fn every_colleague_named_in_the_story_exists() {
    let story = story();
    let known = |key: &str| story.colleagues.iter().any(|colleague| colleague.key == key);
    for person in &story.people {
        assert!(known(person.owner), "owner of {}", person.key);
        assert!(person.notes.iter().all(|note| known(note.by)), "notes on {}", person.key);
        assert!(person.reminders.iter().all(|reminder| known(reminder.for_)), "reminders on {}", person.key);
        assert!(person.card.is_none_or(|card| card.path.iter().all(|step| known(step.by))), "{}", person.key);
        for message in messages(person) {
            assert!(!matches!(message.from, From::Colleague(key) if !known(key)), "message to {}", person.key);
        }
    }
    assert!(story.colleagues.iter().all(|colleague| ["owner", "manager", "member"].contains(&colleague.role)));
}

#[test]
fn messages_run_forwards_and_end_before_today() {
    for person in story().people {
        for thread in person.threads {
            let times: Vec<_> = thread.messages.iter().map(|message| (-message.days_ago, message.at)).collect();
            assert!(!times.is_empty() && times.is_sorted(), "{}", person.key);
            assert!(times.iter().all(|(day, at)| *day < 0 && is_time(at)), "{}", person.key);
        }
        assert!(person.reminders.iter().all(|reminder| is_time(reminder.at)), "{}", person.key);
    }
}

#[test]
fn a_thread_runs_on_a_channel_where_the_person_can_be_found() {
    for person in story().people {
        for thread in person.threads {
            let found = person.handles.iter().any(|handle| handle.channel == thread.channel);
            let by_mail = thread.channel == Channel::Email && person.email.is_some();
            assert!(found || by_mail || thread.channel == Channel::Other, "{}", person.key);
        }
    }
}

#[test]
fn cards_walk_known_stages_forwards_on_evidence_that_was_there() {
    for person in story().people {
        let Some(card) = person.card else { continue };
        assert!(!card.path.is_empty(), "{}", person.key);
        assert!(card.path.iter().all(|step| stages(person.kind).contains(&step.stage)), "{}", person.key);
        assert!(card.path.windows(2).all(|pair| pair[0].days_ago > pair[1].days_ago), "{}", person.key);
        for step in card.path {
            let Some(index) = step.evidence else { continue };
            let message = person.threads.first().and_then(|thread| thread.messages.get(index));
            assert!(message.is_some_and(|message| message.days_ago >= step.days_ago), "{} {index}", person.key);
        }
        let is_lost = card.path.last().is_some_and(|step| ["lost", "declined", "left"].contains(&step.stage));
        assert_eq!(card.lost_reason.is_some(), is_lost, "{}", person.key);
    }
}

#[test]
fn the_board_shows_every_kind_of_next_step() {
    let people = story().people;
    let open: Vec<_> = people.iter().filter(|person| person.card.as_ref().is_some_and(is_open)).collect();
    let next = |person: &Person| owed(person).map(|reminder| reminder.days).min();
    let count = |wanted: fn(Option<i64>) -> bool| open.iter().filter(|person| wanted(next(person))).count();
    assert!(count(|next| next.is_some_and(|days| days < 0)) >= 2, "overdue");
    assert!(count(|next| next == Some(0)) >= 5, "today");
    assert!(count(|next| next.is_none()) >= 4, "none planned");
    assert!(count(|next| next.is_some_and(|days| days > 0)) >= 8, "later");
    assert!(people.iter().any(|person| is_our_turn(person) && owed(person).any(|reminder| reminder.days == -2)));
}

#[test]
fn one_open_card_rots() {
    let lingers = |card: Card| is_open(&card) && card.path.last().is_some_and(|step| step.days_ago > 40);
    assert!(story().people.iter().any(|person| person.card.is_some_and(lingers)));
}

#[test]
fn one_person_was_met_twice_under_two_spellings() {
    let people = story().people;
    let find = |key: &str| people.iter().find(|person| person.key == key).copied();
    let (Some(one), Some(other)) = (find("katharina"), find("katarina")) else { panic!("the pair is gone") };
    assert!(one.name != other.name && one.company.is_some() && one.company == other.company);
}

#[test]
fn some_drafts_are_hollow_and_one_greets_somebody_else() {
    let people = story().people;
    let drafts = || people.iter().flat_map(|person| owed(person).filter_map(move |r| Some((person, r.draft?))));
    let first = |name: &'static str| name.split(' ').next().unwrap_or(name);
    assert!(drafts().any(|(_, draft)| draft.contains('‹')));
    let greeted = |draft: &str, name| draft.starts_with(&format!("Hi {},", first(name)));
    let stray = |(person, draft): (&Person, &str)| {
        people.iter().any(|other| first(other.name) != first(person.name) && greeted(draft, other.name))
    };
    assert_eq!(drafts().filter(|one| stray(*one)).count(), 1);
}

#[test]
fn one_draft_repeats_what_was_sent_already() {
    let repeats = |person: &Person| {
        owed(person).filter_map(|reminder| reminder.draft).map(words).any(|draft| {
            messages(person)
                .filter(|message| message.from != From::Them)
                .map(|message| words(message.text))
                .any(|sent| draft.intersection(&sent).count() * 10 >= draft.union(&sent).count() * 9)
        })
    };
    assert_eq!(story().people.iter().filter(|person| repeats(person)).count(), 1);
}

#[test]
fn nobody_owes_a_message_to_someone_who_asked_for_peace() {
    let people = story().people;
    let silent: Vec<_> = people.iter().filter(|person| person.do_not_contact.is_some()).collect();
    assert!(!silent.is_empty() && silent.iter().all(|person| owed(person).next().is_none()));
}

#[test]
fn an_out_of_office_is_not_a_reply() {
    let people = story().people;
    let away = people.iter().find(|person| messages(person).any(|message| message.automatic));
    assert!(away.is_some_and(|person| !is_our_turn(person)));
}
