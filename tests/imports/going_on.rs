//! Conversations whose names don't tell for certain which they are, WhatsApp's and those of Meta's encrypted download: what was
//! said in them does (promises 10 and 11).

use rapport::{
    access::Access,
    channels::Channel,
    contacts,
    ids::{ContactId, ImportId},
    imports::{self, Choice, Import},
};
use serde_json::json;

use super::{
    facts,
    kit::{apply, look_into_as, zip},
};
use crate::{app::App, both};

/// A chat of WhatsApp's, a minute a line.
fn chat(lines: &[&str]) -> String {
    lines.iter().enumerate().map(|(n, line)| format!("14/11/25, 09:{:02} - {line}\n", n + 10)).collect()
}

/// Brings in everything of an archive of this owner's.
fn bring(app: &App, who: Access, kind: &str, whose: &str, files: &[(&str, &str)]) -> Import {
    let chosen = choose(app, who, kind, whose, files);
    apply(app, who, chosen, None)
}

/// Uploads an archive of this owner's and chooses everything in it.
fn choose(app: &App, who: Access, kind: &str, whose: &str, files: &[(&str, &str)]) -> ImportId {
    let bytes = zip(&files.iter().map(|(name, text)| (*name, text.as_bytes())).collect::<Vec<_>>());
    let looked = look_into_as(app, who, kind, "archive.zip", &bytes);
    app.write(who, |tx| imports::set_owner(tx, looked.id, whose));
    app.tick();
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
    app.write(who, |tx| imports::choose(tx, looked.id, &Choice::Groups));
    looked.id
}

fn whatsapp(app: &App, who: Access, name: &str, text: &str) -> Import {
    bring(app, who, "whatsapp", "Mara", &[(&format!("WhatsApp Chat with {name}.txt"), text)])
}

/// What is in which thread: its words in order, a line a thread.
fn talks(app: &App) -> Vec<String> {
    let sql = "SELECT CAST(thread_id AS TEXT) || ' ' || body AS fact FROM messages ORDER BY thread_id, sent_at, id";
    let mut talks: Vec<(String, Vec<String>)> = Vec::new();
    let mut rows = facts(app, &format!("SELECT fact FROM ({sql}) AS all_rows"));
    rows.sort_by_key(|row| row.split(' ').next().and_then(|id| id.parse::<i64>().ok()));
    for row in rows {
        let (thread, words) = row.split_once(' ').expect("two columns");
        match talks.last_mut().filter(|(last, _)| last == thread) {
            Some((_, all)) => all.push(words.to_owned()),
            None => talks.push((thread.to_owned(), vec![words.to_owned()])),
        }
    }
    talks
        .into_iter()
        .map(|(_, mut all)| {
            all.sort();
            all.join(" | ")
        })
        .collect()
}

fn people(app: &App) -> Vec<String> {
    facts(app, "SELECT name AS fact FROM contacts ORDER BY name")
}

both! {
    fn promise_11_a_pitch_that_two_people_got_makes_them_nobody_the_same(app) {
        let owner = app.workspace("Acme");
        let pitch = ["Mara: Hello, a short question", "Mara: Do you sell soap?", "Mara: We make it"];
        let to = |name: &str, answer: &str| chat(&[&pitch[..], &[&format!("{name}: {answer}")]].concat());
        whatsapp(app, owner, "+49 172 2575773", &to("+49 172 2575773", "Who is this, do I know you?"));
        whatsapp(app, owner, "Bob", &to("Bob", "Great, I come"));
        assert_eq!(people(app), ["+49 172 2575773", "Bob"]);
        whatsapp(app, owner, "Dee", &chat(&pitch));
        assert_eq!(people(app), ["+49 172 2575773", "Bob", "Dee"]);
        // Whoever answered the same has a name now.
        whatsapp(app, owner, "Cy Dee", &to("Cy Dee", "Who is this, do I know you?"));
        assert_eq!(people(app), ["Bob", "Cy Dee", "Dee"]);
    }
}

both! {
    fn promise_11_names_that_are_nearly_alike_are_two_peoples(app) {
        let owner = app.workspace("Acme");
        let pairs = [("Anna 🏋️", "Anna 💼"), ("Rene Muller", "René Müller"), ("Dr. Emil Klug", "Emil Klug"), ("🌸", "🔥")];
        for (one, other) in pairs {
            let hello = format!("{one}: Hello from the first");
            let more = [format!("{one}: What is it about?"), "Mara: Soap".to_owned()];
            whatsapp(app, owner, one, &chat(&[&hello, "Mara: Hello first", &more[0], &more[1]]));
            let hello = format!("{other}: Hello from the second");
            let more = [format!("{other}: Who is it?"), "Mara: It is me".to_owned()];
            whatsapp(app, owner, other, &chat(&[&hello, "Mara: Hello second", &more[0], &more[1]]));
        }
        assert_eq!(people(app).len(), 8);
        assert!(talks(app).iter().all(|talk| talk.contains("first") != talk.contains("second")), "{:?}", talks(app));
        // A chat that loses its accents on the way is the same one.
        let before = talks(app);
        whatsapp(app, owner, "Rene Muller", &chat(&["Rene Muller: Hello from the second", "Mara: Hello second", "Rene Muller: Who is it?", "Mara: It is me"]));
        assert_eq!((talks(app), people(app).len()), (before, 8));
    }
}

const CREW: [&str; 5] =
    ["Ana: Good morning", "Ben: Where do we meet?", "Mara: At the fair", "Ana: Fine", "Ben: I bring soap"];

both! {
    fn promise_10_a_group_is_known_whatever_its_file_is_called(app) {
        let owner = app.workspace("Acme");
        whatsapp(app, owner, "Crew", &chat(&CREW));
        let before = talks(app);
        assert_eq!(before.len(), 1);
        for name in ["Crew 2", "Crew (1)", "The soap people"] {
            whatsapp(app, owner, name, &chat(&CREW));
            assert_eq!(talks(app), before, "{name}");
        }
        let longer = chat(&[&CREW[..], &["Cy: I am new here"]].concat());
        bring(app, owner, "whatsapp", "Mara", &[("Grup ile WhatsApp Sohbeti.txt", &longer)]);
        assert_eq!(talks(app).len(), 1);
        assert!(talks(app)[0].contains("I am new here"));
        // Of the group's end only one of them and me are left.
        whatsapp(app, owner, "Crew", "14/11/25, 09:12 - Mara: At the fair\n14/11/25, 09:14 - Ben: I bring soap\n");
        assert_eq!(talks(app).len(), 1);
    }
}

both! {
    fn promise_11_a_group_and_a_person_or_two_groups_of_one_name_stay_apart(app) {
        let owner = app.workspace("Acme");
        let person = chat(&["Acme: Your invoice", "Mara: Thank you"]);
        let others = other_crew();
        for _ in 0..2 {
            whatsapp(app, owner, "Acme", &person);
            whatsapp(app, owner, "Acme", &chat(&CREW));
            whatsapp(app, owner, "Acme", &others);
            let all = talks(app);
            assert_eq!(all.len(), 3, "{all:?}");
            assert_eq!(all.iter().filter(|talk| talk.contains("invoice")).count(), 1);
            assert_eq!(all.iter().filter(|talk| talk.contains("Team two")).count(), 1);
        }
        // Taken back, it leaves the others.
        let newest = facts(app, "SELECT CAST(MAX(import_id) AS TEXT) AS fact FROM threads");
        let newest = ImportId(newest[0].parse().expect("an id"));
        app.write(owner, |tx| imports::undo(tx, newest));
        assert_eq!(talks(app).len(), 2);
        whatsapp(app, owner, "Acme", &others);
        assert_eq!(talks(app).len(), 3);
    }
}

/// The lines of another group of that name.
fn other_crew() -> String {
    let lines = CREW.map(|line| line.replace(": ", ": Team two, ").replace("Ben", "Bo"));
    chat(&lines.each_ref().map(String::as_str))
}

both! {
    fn promise_10_a_namesake_is_made_once_though_its_import_was_cut_off_or_undone(app) {
        let owner = app.workspace("Acme");
        let talk = |who: &str| {
            let line = |n: usize| format!("{}: {who} {n}", ["Vera", "Mara"][n % 2]);
            chat(&(0..5).map(line).collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>())
        };
        whatsapp(app, owner, "Vera", &talk("one"));
        let (before, file) = (people(app).len(), talk("two"));
        let id = choose(app, owner, "whatsapp", "Mara", &[("WhatsApp Chat with Vera.txt", &file)]);
        app.write(owner, |tx| imports::start(tx, id, None));
        let mut asked = 0;
        let mut alive = || {
            asked += 1;
            Ok(asked == 1)
        };
        imports::apply(&app.db, owner, id, None, &mut alive).expect("a part of it");
        let threads = || facts(app, "SELECT external_id AS fact FROM threads ORDER BY id");
        assert_eq!(threads().len(), 2, "its thread is here, without a message");
        app.tick();
        assert_eq!((threads().len(), talks(app).len(), people(app).len()), (2, 2, before + 1), "{:?}", threads());
        // Whoever stays when it is undone is known when it comes again.
        let newest = facts(app, "SELECT CAST(MAX(contact_id) AS TEXT) AS fact FROM threads")[0].parse().map(ContactId);
        app.write(owner, |tx| contacts::note(tx, newest.expect("an id"), "met at the fair"));
        app.write(owner, |tx| imports::undo(tx, id));
        assert_eq!((talks(app).len(), people(app).len()), (1, before + 1));
        whatsapp(app, owner, "Vera", &file);
        assert_eq!((talks(app).len(), people(app).len()), (2, before + 1));
    }
}

both! {
    fn promise_11_groups_that_got_the_same_news_stay_two(app) {
        let owner = app.workspace("Acme");
        let group = |one: &str, other: &str| {
            let mut lines = Vec::new();
            for n in 0..4 {
                lines.extend([format!("Otto: The news of day {n}"), "Mara: Thanks".to_owned()]);
                lines.extend((0..4).flat_map(|m| [format!("{one}: {n} {m} says {one}"), format!("{other}: {n} {m} says {other}")]));
            }
            chat(&lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        for _ in 0..2 {
            whatsapp(app, owner, "North", &group("Ana", "Ben"));
            whatsapp(app, owner, "South", &group("Cy", "Dee"));
            let all = talks(app);
            assert!(all.len() == 2 && all.iter().all(|talk| talk.contains("says Ana") != talk.contains("says Cy")), "{all:?}");
        }
    }
}

both! {
    fn promise_10_a_group_is_one_though_only_one_of_it_spoke_at_first_or_last(app) {
        for (at, spoke) in ["Mara", "Otto"].into_iter().enumerate() {
            let owner = app.workspace(&format!("Acme {at}"));
            let count = || facts(app, &format!("SELECT CAST(id AS TEXT) AS fact FROM threads WHERE workspace_id = {}", owner.workspace())).len();
            let first: Vec<String> = (0..2).map(|n| format!("{spoke}: the fair opens at nine {n}")).collect();
            let mut all = first.clone();
            all.extend(["Ana: Fine by me and by all of us", "Mara: Good", "Otto: See you"].map(ToOwned::to_owned));
            let lines = |all: &[String]| chat(&all.iter().map(String::as_str).collect::<Vec<_>>());
            whatsapp(app, owner, "Fair", &lines(&first));
            whatsapp(app, owner, "Fair", &lines(&all));
            assert_eq!(count(), 1, "{spoke} spoke at first");
            whatsapp(app, owner, "Fair", &lines(&first));
            whatsapp(app, owner, "Fair", "14/11/25, 09:14 - Otto: See you\n14/11/25, 09:20 - Otto: Are you there?\n");
            assert_eq!(count(), 1, "a tail in which one speaks");
        }
    }
}

both! {
    fn promise_10_months_come_in_any_order_and_a_telephone_may_have_been_abroad(app) {
        let owner = app.workspace("Acme");
        let month = |month: u32, hour: u32| -> String {
            (1..9).map(|day| format!("{day:02}/{month:02}/25, {hour:02}:30 - {}: What was said on {day}.{month}.\n", ["Vera", "Mara"][day as usize % 2])).collect()
        };
        for n in [1, 3, 2] {
            whatsapp(app, owner, "Vera", &month(n, 9));
        }
        whatsapp(app, owner, "Vera", &month(2, 15));
        assert_eq!((talks(app).len(), people(app)), (1, vec!["Vera".to_owned()]));
    }
}

both! {
    fn promise_10_a_chat_is_known_when_its_owner_is_called_otherwise(app) {
        let owner = app.workspace("Acme");
        let lines = ["Vera: Good morning", "Mara: Good morning Vera", "Vera: Shall we?"];
        whatsapp(app, owner, "Vera", &chat(&lines));
        let before = talks(app);
        let renamed = chat(&lines.map(|line| line.replace("Mara:", "Mara Lindqvist:")).each_ref().map(String::as_str));
        bring(app, owner, "whatsapp", "Mara Lindqvist", &[("WhatsApp Chat with Vera.txt", &renamed)]);
        assert_eq!((talks(app), people(app)), (before, vec!["Vera".to_owned()]));
    }
}

both! {
    fn promise_11_our_template_makes_two_of_one_name_nobody_the_same(app) {
        let owner = app.workspace("Acme");
        let talk = |day: u32, answer: &str| -> String {
            let said = ["Mara: Hello Vera, do you have a minute?", "Mara: We make soap of olive oil.", "Mara: Shall I send you some?", &format!("Vera: {answer}"), "Mara: Gladly"];
            said.iter().enumerate().map(|(n, line)| format!("{day:02}/11/25, 09:{:02} - {line}\n", n + 10)).collect()
        };
        // From before and after the other, so that the other's lies within.
        whatsapp(app, owner, "Vera", &format!("{}{}{}", talk(1, "Yes, please do send it to me"), talk(10, "And which one is it?"), talk(20, "Thank you, it is on my table")));
        whatsapp(app, owner, "Vera", &format!("{}{}", talk(2, "no"), talk(18, "ok")));
        assert_eq!(talks(app).len(), 2, "{:?}", talks(app));
    }
}

/// A conversation of Meta's encrypted download.
fn encrypted(who: &str, at: i64, words: &[&str]) -> String {
    let said = words.iter().enumerate().map(|(n, words)| {
        let from = if n % 2 == 0 { who } else { "Mara" };
        json!({"senderName": from, "timestamp": 1_760_000_000_000 + at + n as i64 * 60_000, "text": words, "type": "Generic", "media": []})
    });
    json!({"participants": [who, "Mara"], "threadName": who, "messages": said.collect::<Vec<_>>()}).to_string()
}

both! {
    fn promise_11_namesakes_of_the_encrypted_download_stay_two_when_their_numbers_move(app) {
        let owner = app.workspace("Acme");
        let [one, two] = [
            encrypted("Facebook user", 0, &["First one", "First two", "First three", "First four"]),
            encrypted("Facebook user", 20_000, &["Second one", "Second two", "Second three", "Second four"]),
        ];
        let bo = encrypted("Bo Berg", 5, &["hey"]);
        let bring = |numbers: [u8; 2]| {
            let names = numbers.map(|number| format!("Facebook user_{number}.json"));
            bring(app, owner, "messenger", "Mara", &[(&names[0], &one), (&names[1], &two), ("Bo Berg_9.json", &bo)]);
        };
        bring([1, 2]);
        let (before, all) = (talks(app), people(app));
        assert_eq!(before.len(), 3);
        for numbers in [[2, 3], [2, 1], [7, 8], [1, 2]] {
            bring(numbers);
            assert_eq!((talks(app), people(app)), (before.clone(), all.clone()), "{numbers:?}");
        }
        let on = facts(app, &format!("SELECT channel AS fact FROM threads WHERE channel <> '{}'", Channel::Messenger));
        assert_eq!(on, Vec::<String>::new());
    }
}
