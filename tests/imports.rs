//! Promise 10 for archives, on both databases: previewed, brought in by choice, once, and taken back as a whole.
//!
//! Who of them is here already is in `who`, files that are no archives in `files`, generated ones in `any`; killing the
//! worker is in `durable`.

mod aliases;
mod any;
mod broken;
mod chats;
mod files;
mod going_on;
mod groups;
pub mod kit;
mod leaving;
mod notes;
mod pipeline;
mod whatsapp;
mod who;

use rapport::{
    access::Access,
    calendar::When,
    channels::{Channel, Direction},
    contacts::{self, Details, Kind, Turn, parse_handle_line},
    db::PageRequest,
    error::Error,
    ids::ContactId,
    imports::{self, Candidate, Choice, Import, State, Verdict},
    reminders::{self, NewReminder},
    threads,
};

use crate::{
    app::{App, people::ZONE},
    both,
};
use kit::{
    MARA, again, apply, archive, bring, candidates, facts, knows, left_over, look_into, profile, row, said, state,
};

const VERDICTS: [&str; 5] = ["new", "updated", "unchanged", "duplicate", "invalid"];

/// Ana and Bob are connections who talk, Cleo one who doesn't; Dora writes and is none. A group, an advertisement, a
/// draft, a hidden member, a cut row and a bad date are in it as well.
fn whole() -> Vec<u8> {
    let ana = knows("Ana Li", "", "Acme", "Buyer");
    let rest =
        [knows("Bob Ito", "bob@ito.example", "Globex", "Maker"), knows("Cleo Fox", "", "Vela", "Founder")].concat();
    let connections = format!("{ana}{rest}{ana},,,,,,21 Feb 2026\n,,,,Tarn,,21 Feb 2026\n");
    let group = [profile(MARA), profile("Bob Ito")].join(",");
    let draft = row([
        "2-ana",
        "",
        MARA,
        &profile(MARA),
        "Ana Li",
        &profile("Ana Li"),
        "2024-05-09 09:00:00 UTC",
        "",
        "Never sent",
        "INBOX",
        "",
        "Yes",
    ]);
    let group = row([
        "2-group",
        "The fair",
        "Ana Li",
        &profile("Ana Li"),
        "Mara Lindqvist, Bob Ito",
        &group,
        "2024-05-03 09:00:00 UTC",
        "",
        "To you all",
        "INBOX",
        "",
        "No",
    ]);
    let advertisement = row([
        "2-ad",
        "Sponsored Conversation",
        "Cloudy GmbH",
        "",
        MARA,
        &profile(MARA),
        "2024-05-04 09:00:00 UTC",
        "",
        "<p class=\"spinmail-quill-editor__spin-break\">Hi %FIRSTNAME%</p>",
        "INBOX",
        "",
        "No",
    ]);
    // As LinkedIn writes it: in no order that could be relied on.
    let messages = [
        said("2-ana", "Ana Li", MARA, "2024-05-02 10:00:00", "Could you send the price list?"),
        draft,
        said("2-ana", MARA, "Ana Li", "2024-05-01 09:00:00", "Hello Ana"),
        group,
        said("2-bob", MARA, "Bob Ito", "2024-05-05 08:00:00", "Shall we meet at the fair?"),
        said("2-ana", "Ana Li", MARA, "2024-05-01 09:30:00", "Hello Mara"),
        advertisement,
        said("2-ana", "Ana Li", MARA, "yesterday", "When was it?"),
        said("2-dora", "Dora Kay", MARA, "2024-05-06 07:00:00", "<p>Tea &amp; cake?</p><script>alert(1)</script>"),
    ];
    archive(&connections, &messages.concat())
}

/// Enters somebody by hand.
fn enter(app: &App, who: Access, name: &str, handle: Option<&str>, details: &Details) -> ContactId {
    let handles = handle.map(|text| parse_handle_line(text).expect("a profile")).into_iter().collect();
    let details = Details { name: name.into(), handles, ..details.clone() };
    app.write(who, |tx| contacts::create(tx, &details))
}

fn lead() -> Details {
    Details::named("", Kind::Lead)
}

fn works(company: &str, title: &str) -> Details {
    Details { company: Some(company.into()), title: Some(title.into()), ..lead() }
}

fn named<'a>(all: &'a [Candidate], name: &str) -> &'a Candidate {
    let mut found = all.iter().filter(|one| one.name == name && !one.is_group());
    let one = found.next().unwrap_or_else(|| panic!("{name} is not in the preview: {all:#?}"));
    assert!(found.next().is_none(), "{name} is there twice");
    one
}

/// The one contact of this name.
pub fn person(app: &App, who: Access, name: &str) -> contacts::Contact {
    let all = app.read(who, |tx| contacts::list(tx, &contacts::Filter::default(), &PageRequest::first(200))).items;
    let mut found = all.into_iter().filter(|one| one.name == name);
    let one = found.next().unwrap_or_else(|| panic!("{name} is not here"));
    assert!(found.next().is_none(), "{name} is here twice");
    one
}

fn names(app: &App, who: Access) -> Vec<String> {
    facts(app, &format!("SELECT name AS fact FROM contacts WHERE workspace_id = {}", who.workspace()))
}

fn counts<const N: usize>(import: &Import, of: [&str; N]) -> [i64; N] {
    of.map(|name| import.count(name))
}

both! {
    fn promise_10_a_preview_tells_what_would_happen_and_why_and_stores_nothing(app) {
        let owner = app.workspace("Acme");
        enter(app, owner, "Bob Ito", Some(&profile("Bob Ito")), &lead());
        enter(app, owner, "Cleo Fox", Some(&profile("Cleo Fox")), &works("Vela", "Founder"));
        let before = state(app, owner);
        let import = look_into(app, owner, "archive.zip", &whole());
        assert_eq!((import.state, import.owner_name.as_deref()), (State::Preview, Some(MARA)));
        assert_eq!(counts(&import, VERDICTS), [2, 1, 1, 1, 2]);
        assert_eq!(counts(&import, ["messages", "groups", "sponsored", "drafts", "hidden"]), [5, 1, 1, 1, 1]);
        let all = candidates(app, owner, import.id);
        let told = |name: &str| {
            let one = named(&all, name);
            (one.verdict, one.messages, one.reason.clone().unwrap_or_default())
        };
        assert_eq!(told("Ana Li"), (Verdict::New, 3, String::new()));
        assert_eq!(told("Dora Kay"), (Verdict::New, 1, String::new()));
        let bob = "Known by profile; brings company, title, email, 1 message.".to_owned();
        assert_eq!(told("Bob Ito"), (Verdict::Updated, 1, bob));
        assert_eq!(told("Cleo Fox"), (Verdict::Unchanged, 0, "Here already, known by profile.".to_owned()));
        let rows = |verdict| -> Vec<(String, String)> {
            let of = all.iter().filter(|one| one.verdict == verdict);
            of.map(|one| (one.name.clone(), one.reason.clone().expect("a reason"))).collect()
        };
        let repeated = rows(Verdict::Duplicate);
        assert_eq!(repeated.len(), 1);
        assert!(repeated[0].0 == "Connections.csv, row 5" && repeated[0].1.contains("Ana Li"), "{repeated:?}");
        let bad = rows(Verdict::Invalid);
        assert_eq!(
            bad.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
            ["Connections.csv, row 7", "messages.csv, row 9"]
        );
        assert!(bad[0].1.contains("neither a name nor a profile") && bad[1].1.contains("“yesterday UTC”"), "{bad:?}");
        assert_eq!(named(&all, "Ana Li").detail.as_deref(), Some("Buyer · Acme · connected 14 Nov 2024"));
        assert!(all.iter().all(|one| !one.chosen), "nobody is chosen for anybody");
        assert_eq!(state(app, owner), before, "nothing is stored before it is brought in");
    }
}

both! {
    fn promise_10_only_the_chosen_come_with_their_conversations(app) {
        let owner = app.workspace("Acme");
        let import = look_into(app, owner, "archive.zip", &whole());
        let all = candidates(app, owner, import.id);
        // Rows that are no people can't be chosen, whatever a form says.
        let ticked: Vec<_> = ["Ana Li", "Dora Kay", "Connections.csv, row 5", "messages.csv, row 9"]
            .map(|name| named(&all, name).id)
            .into();
        let shown = all.iter().map(|one| one.id).collect();
        app.write(owner, |tx| imports::choose(tx, import.id, &Choice::Ticked { shown, ticked }));
        assert_eq!(app.read(owner, |tx| imports::chosen(tx, import.id)), 2);
        let done = apply(app, owner, import.id, None);
        assert_eq!(counts(&done, ["made", "stored"]), [2, 4]);
        assert_eq!(names(app, owner), ["Ana Li", "Dora Kay"]);
        let ana = person(app, owner, "Ana Li");
        assert_eq!((ana.company.as_deref(), ana.title.as_deref()), (Some("Acme"), Some("Buyer")));
        assert_eq!((ana.turn, ana.last_words.as_deref()), (Turn::Ours, Some("Could you send the price list?")));
        let handles = app.read(owner, |tx| contacts::handles(tx, ana.id));
        let handles: Vec<_> = handles.iter().map(|one| (one.channel, one.key.as_str())).collect();
        assert_eq!(handles, [(Channel::Linkedin, "ana-li")]);
        let talk = app.read(owner, |tx| threads::newest_of_contact(tx, ana.id, 50));
        let said: Vec<_> = talk
            .iter()
            .map(|one| (one.direction, one.author_name.as_str(), one.body.as_str(), one.sent_at.rfc3339()))
            .collect();
        assert_eq!(
            said,
            [
                (Direction::In, "Ana Li", "Could you send the price list?", "2024-05-02T10:00:00Z".to_owned()),
                (Direction::In, "Ana Li", "Hello Mara", "2024-05-01T09:30:00Z".to_owned()),
                (Direction::Out, MARA, "Hello Ana", "2024-05-01T09:00:00Z".to_owned()),
            ],
            "no draft, no group, and nothing without a date"
        );
        let threads = app.read(owner, |tx| threads::threads_of_contact(tx, ana.id));
        assert_eq!(threads.len(), 1);
        assert_eq!((threads[0].turn, threads[0].last_words_in), (Turn::Ours, Some(true)));
        let dora = person(app, owner, "Dora Kay");
        let talk = app.read(owner, |tx| threads::newest_of_contact(tx, dora.id, 50));
        assert_eq!(talk[0].body, "Tea & cake?", "HTML is read as text, and its scripts not at all");
        assert!(left_over(app).is_empty(), "the private file is gone");
    }
}

both! {
    fn promise_10_whoever_was_written_to_last_owes_the_answer(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, &whole());
        let bob = person(app, owner, "Bob Ito");
        assert_eq!((bob.turn, bob.last_words.as_deref()), (Turn::Theirs, Some("Shall we meet at the fair?")));
        assert_eq!(person(app, owner, "Cleo Fox").turn, Turn::Nobody);
    }
}

both! {
    fn promise_10_the_same_file_twice_changes_nothing(app) {
        let owner = app.workspace("Acme");
        enter(app, owner, "Bob Ito", Some(&profile("Bob Ito")), &lead());
        bring(app, owner, &whole());
        let history = format!(
            "SELECT verb AS fact FROM events WHERE contact_id IS NOT NULL AND workspace_id = {}",
            owner.workspace()
        );
        let before = (state(app, owner), facts(app, &history));
        app.is_now("2026-11-24T09:00:00Z");
        let again = look_into(app, owner, "archive.zip", &whole());
        assert_eq!(counts(&again, VERDICTS), [0, 0, 4, 1, 2]);
        app.write(owner, |tx| imports::choose(tx, again.id, &Choice::Everybody));
        let done = apply(app, owner, again.id, None);
        assert_eq!(counts(&done, ["made", "stored"]), [0, 0]);
        assert_eq!((state(app, owner), facts(app, &history)), before);
        // Taking back what made nothing takes nothing.
        let undone = app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!((undone.removed, undone.kept), (0, 0));
        assert_eq!(state(app, owner), before.0);
    }
}

both! {
    fn promise_10_a_newer_archive_adds_only_what_is_new(app) {
        let owner = app.workspace("Acme");
        let people = knows("Ana Li", "", "Acme", "Buyer");
        let talk = said("2-ana", MARA, "Ana Li", "2024-05-01 09:00:00", "ok");
        bring(app, owner, &archive(&people, &talk));
        let before = state(app, owner);
        // The same words in the same second, twice: two messages, of which one is here.
        let newer = [
            said("2-ana", "Ana Li", MARA, "2024-06-01 09:00:00", "And now?"),
            talk.clone(),
            talk,
            said("2-eve", "Eve Orr", MARA, "2024-06-02 09:00:00", "Hello"),
        ];
        let newer = archive(&[people, knows("Eve Orr", "eve@orr.example", "", "")].concat(), &newer.concat());
        let import = look_into(app, owner, "archive.zip", &newer);
        let all = candidates(app, owner, import.id);
        assert_eq!(named(&all, "Ana Li").reason.as_deref(), Some("Known by profile; brings 2 messages."));
        app.write(owner, |tx| imports::choose(tx, import.id, &Choice::Everybody));
        let done = apply(app, owner, import.id, None);
        assert_eq!(counts(&done, ["made", "stored"]), [1, 3]);
        let after = state(app, owner);
        let lost: Vec<_> = before.iter().filter(|fact| fact.starts_with("message") && !after.contains(fact)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert_eq!(after.iter().filter(|fact| fact.starts_with("message Ana")).count(), 3);
        assert_eq!(person(app, owner, "Ana Li").turn, Turn::Ours);
        assert_eq!(names(app, owner), ["Ana Li", "Eve Orr"]);
        // Only the second is taken back.
        app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!(person(app, owner, "Ana Li").turn, Turn::Theirs);
        let kept =
            |facts: &[String]| facts.iter().filter(|fact| !fact.starts_with("person")).cloned().collect::<Vec<_>>();
        assert_eq!(kept(&state(app, owner)), kept(&before));
    }
}

both! {
    fn promise_10_undo_takes_back_all_it_made_and_only_that(app) {
        let owner = app.workspace("Acme");
        enter(app, owner, "Bob Ito", None, &Details { email: Some("Bob@ITO.example".into()), ..lead() });
        enter(app, owner, "Cleo Fox", Some(&profile("Cleo Fox")), &lead());
        let before = state(app, owner);
        let import = look_into(app, owner, "archive.zip", &whole());
        app.write(owner, |tx| imports::choose(tx, import.id, &Choice::Everybody));
        let done = apply(app, owner, import.id, Some(app.stage(owner, "Found").id));
        let open = state(app, owner);
        assert_eq!(open.iter().filter(|fact| fact.starts_with("card")).count(), 4);
        assert!(open.iter().any(|fact| fact.starts_with("profile Bob Ito|linkedin|bob-ito")), "{open:#?}");
        // A card that nobody touched is no reason to keep somebody.
        let undone = app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!((undone.removed, undone.kept), (2, 0));
        assert_eq!(state(app, owner), before);
        assert_eq!(again(app, owner, done.id).state, State::Undone);
        let twice = app.db.write(owner, |tx| imports::undo(tx, done.id));
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
    }
}

both! {
    fn promise_10_people_somebody_has_worked_with_stay(app) {
        let owner = app.workspace("Acme");
        let people: String =
            ["Ana Li", "Bob Ito", "Cleo Fox", "Dora Kay", "Eve Orr", "Fay Poe"].map(|name| knows(name, "", "", "")).concat();
        let talk = [("2-ana", "Ana Li"), ("2-cleo", "Cleo Fox")]
            .map(|(talk, from)| said(talk, from, MARA, "2024-05-01 09:00:00", "Hello"))
            .concat();
        let import = look_into(app, owner, "archive.zip", &archive(&people, &talk));
        app.write(owner, |tx| imports::choose(tx, import.id, &Choice::Everybody));
        apply(app, owner, import.id, Some(app.stage(owner, "Found").id));
        let of = |name: &str| person(app, owner, name).id;
        app.write(owner, |tx| contacts::note(tx, of("Ana Li"), "met at the fair"));
        let card = app.read(owner, |tx| rapport::pipelines::cards_of_contact(tx, of("Bob Ito"))).remove(0);
        app.move_card(owner, &card, "Talking");
        let cleos = app.read(owner, |tx| threads::threads_of_contact(tx, of("Cleo Fox")))[0].id;
        app.says(owner, cleos, "Logged by hand");
        app.reminder(owner, of("Dora Kay"), "Call her", "2026-12-01T09:00");
        app.thread(owner, of("Fay Poe"), Channel::X);
        let undone = app.write(owner, |tx| imports::undo(tx, import.id));
        assert_eq!((undone.removed, undone.kept), (1, 5));
        assert_eq!(names(app, owner), ["Ana Li", "Bob Ito", "Cleo Fox", "Dora Kay", "Fay Poe"]);
        let left = state(app, owner);
        let messages: Vec<_> = left.iter().filter(|fact| fact.starts_with("message")).collect();
        assert!(messages.len() == 1 && messages[0].contains("Logged by hand"), "{messages:?}");
        assert_eq!(left.iter().filter(|fact| fact.starts_with("thread")).count(), 2, "{left:#?}");
        assert_eq!(
            (person(app, owner, "Ana Li").turn, person(app, owner, "Cleo Fox").turn),
            (Turn::Nobody, Turn::Theirs)
        );
        assert_eq!(
            app.read(owner, |tx| reminders::of_contact(tx, of("Dora Kay")))
                .0
                .iter()
                .filter(|one| one.title == "Call her")
                .count(),
            1
        );
        // Who stayed is known by the profile when the archive comes again.
        let again = look_into(app, owner, "archive.zip", &archive(&people, &talk));
        assert_eq!(counts(&again, ["new"]), [1]);
    }
}

both! {
    fn promise_10_a_card_opened_for_somebody_known_stays_once_it_was_worked_with(app) {
        let owner = app.workspace("Acme");
        for name in ["Ana Li", "Bob Ito", "Cleo Fox"] {
            enter(app, owner, name, Some(&profile(name)), &lead());
        }
        let people: String = ["Ana Li", "Bob Ito", "Cleo Fox"].map(|name| knows(name, "", "", "")).concat();
        let import = look_into(app, owner, "archive.zip", &archive(&people, ""));
        app.write(owner, |tx| imports::choose(tx, import.id, &Choice::Everybody));
        apply(app, owner, import.id, Some(app.stage(owner, "Found").id));
        let card = |name: &str| {
            let id = person(app, owner, name).id;
            app.read(owner, |tx| rapport::pipelines::cards_of_contact(tx, id)).remove(0)
        };
        app.move_card(owner, &card("Ana Li"), "Talking");
        let bobs = NewReminder {
            card: Some(card("Bob Ito").id),
            ..NewReminder::by_hand(
                person(app, owner, "Bob Ito").id,
                owner.user().expect("a person"),
                "Call",
                When { date: "2026-12-01".parse().expect("a day"), time: "09:00:00".parse().expect("a time") },
                ZONE,
            )
        };
        app.write(owner, |tx| reminders::plan(tx, &bobs));
        app.write(owner, |tx| imports::undo(tx, import.id));
        let cards: Vec<_> = state(app, owner).into_iter().filter(|fact| fact.starts_with("card")).collect();
        assert_eq!(cards, ["card Ana Li|Talking|open|2", "card Bob Ito|Found|open|1"]);
    }
}

both! {
    fn promise_10_a_filled_field_is_put_back_only_if_nobody_changed_it(app) {
        let owner = app.workspace("Acme");
        let bob = enter(app, owner, "Bob Ito", Some(&profile("Bob Ito")), &lead());
        let cleo = enter(
            app,
            owner,
            "Cleo Fox",
            Some(&profile("Cleo Fox")),
            &Details { title: Some("Boss".into()), ..lead() },
        );
        let people = [
            knows("Bob Ito", "bob@ito.example", "Globex", "Maker"),
            knows("Cleo Fox", "cleo@fox.example", "Vela", "Founder"),
        ]
        .concat();
        let done = bring(app, owner, &archive(&people, ""));
        let read = |id| {
            let one = app.read(owner, |tx| contacts::contact(tx, id));
            [one.company, one.title, one.email].map(Option::unwrap_or_default)
        };
        assert_eq!(read(bob), ["Globex", "Maker", "bob@ito.example"]);
        assert_eq!(read(cleo), ["Vela", "Boss", "cleo@fox.example"], "what was known is not overwritten");
        let changed = Details { email: Some("bob@umbra.example".into()), ..works("Umbra", "Maker") };
        app.write(owner, |tx| contacts::edit(tx, bob, &Details { name: "Bob Ito".into(), ..changed.clone() }));
        app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!(read(bob), ["Umbra", "", "bob@umbra.example"]);
        assert_eq!(read(cleo), ["", "Boss", ""]);
        // The address is free again for whoever has it.
        enter(app, owner, "Cleo Other", None, &Details { email: Some("cleo@fox.example".into()), ..lead() });
    }
}
