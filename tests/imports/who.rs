//! Promise 11 in an import: who of an archive is here already, by what, and who only might be.

use rapport::{
    contacts::{self, Details, identity},
    imports::{self, Choice, Verdict},
};

use super::{
    enter, facts,
    kit::{
        CONNECTIONS, MARA, MESSAGES, again, apply, archive, bring, candidates, knows, look_into, profile, row, said,
        state, zip,
    },
    lead, named, names, person, works,
};
use crate::both;

both! {
    fn promise_11_a_profile_written_differently_is_the_same_person(app) {
        let owner = app.workspace("Acme");
        let zoe = enter(app, owner, "Zoë B.", Some("http://de.linkedin.com/in/Zo%C3%AB-Brandt/?trk=profile"), &lead());
        let ana = enter(app, owner, "Ana of Acme", Some("linkedin: @ana-li"), &lead());
        let people = [
            "Zoë,Brandt,https://www.linkedin.com/in/zoë-brandt,,Vela,,14 Nov 2024\n",
            &knows("Ana Li", "", "Acme", "Buyer"),
        ]
        .concat();
        let talk = said("2-ana", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        bring(app, owner, &archive(&people, &talk));
        assert_eq!(names(app, owner), ["Ana of Acme", "Zoë B."], "a name by hand stays as it is");
        assert_eq!(person(app, owner, "Zoë B.").company.as_deref(), Some("Vela"));
        assert_eq!(app.read(owner, |tx| contacts::handles(tx, zoe)).len(), 1);
        assert_eq!(app.read(owner, |tx| contacts::contact(tx, ana)).last_words.as_deref(), Some("Hello"));
    }
}

both! {
    fn promise_11_an_email_address_tells_who_it_is_and_brings_the_profile(app) {
        let owner = app.workspace("Acme");
        let bob = enter(app, owner, "Robert", None, &Details { email: Some("Bob@Ito.Example".into()), ..lead() });
        let people = knows("Bob Ito", "bob@ito.example", "Globex", "Maker");
        let talk = said("2-bob", "Bob Ito", MARA, "2024-05-01 09:00:00", "Hello");
        let import = look_into(app, owner, "archive.zip", &archive(&people, &talk));
        let all = candidates(app, owner, import.id);
        let one = named(&all, "Bob Ito");
        assert_eq!((one.verdict, one.contact_id), (Verdict::Updated, Some(bob)));
        assert_eq!(one.reason.as_deref(), Some("Known by email address as Robert; brings company, title, 1 message, profile."));
        bring(app, owner, &archive(&people, &talk));
        assert_eq!(names(app, owner), ["Robert"]);
        let handles = app.read(owner, |tx| contacts::handles(tx, bob));
        assert_eq!(handles.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["bob-ito"]);
        assert_eq!(app.read(owner, |tx| contacts::contact(tx, bob)).email.as_deref(), Some("Bob@Ito.Example"));
    }
}

both! {
    fn promise_11_the_profile_decides_before_the_email_address(app) {
        let owner = app.workspace("Acme");
        let ana = enter(app, owner, "Ana Li", Some(&profile("Ana Li")), &lead());
        enter(app, owner, "The office", None, &Details { email: Some("office@acme.example".into()), ..lead() });
        let import =
            look_into(app, owner, "archive.zip", &archive(&knows("Ana Li", "office@acme.example", "", ""), ""));
        let all = candidates(app, owner, import.id);
        assert_eq!(named(&all, "Ana Li").contact_id, Some(ana));
        // An address that is somebody else's is not taken from them, and is no reason to fail.
        bring(app, owner, &archive(&knows("Ana Li", "office@acme.example", "Acme", ""), ""));
        let now = app.read(owner, |tx| contacts::contact(tx, ana));
        assert_eq!((now.company.as_deref(), now.email), (Some("Acme"), None));
        assert!(person(app, owner, "The office").email.is_some());
    }
}

both! {
    fn promise_11_name_and_company_only_suggest(app) {
        let owner = app.workspace("Acme");
        let ana = enter(app, owner, "Ana Li", None, &works("Acme", "Buyer"));
        enter(app, owner, "Bob Ito", None, &works("Umbra", "Maker"));
        let people = [knows("Ana Li", "", "Acme GmbH", "Buyer"), knows("Bob Ito", "", "Globex", "Maker")].concat();
        let import = look_into(app, owner, "archive.zip", &archive(&people, ""));
        let all = candidates(app, owner, import.id);
        let one = named(&all, "Ana Li");
        assert_eq!((one.verdict, one.contact_id), (Verdict::New, None));
        let words = "Ana Li is here already; it may be the same person. You can merge the two later.";
        assert_eq!(one.reason.as_deref(), Some(words));
        assert_eq!(named(&all, "Bob Ito").reason, None, "another company speaks against it");
        bring(app, owner, &archive(&people, ""));
        assert_eq!(names(app, owner), ["Ana Li", "Ana Li", "Bob Ito", "Bob Ito"]);
        let ana = app.read(owner, |tx| contacts::contact(tx, ana));
        assert_eq!(app.read(owner, |tx| identity::suggest(tx, &ana)).len(), 1);
    }
}

both! {
    fn the_owner_is_told_by_the_profile_and_not_by_the_name(app) {
        let owner = app.workspace("Acme");
        // A namesake of Mara's with a profile of her own writes to Mara.
        let other = "https://www.linkedin.com/in/mara-lindqvist-2";
        let message = row([
            "2-mara",
            "",
            MARA,
            other,
            MARA,
            &profile(MARA),
            "2024-05-01 09:00:00 UTC",
            "",
            "Hello namesake",
            "INBOX",
            "",
            "No",
        ]);
        let rest = [("2-ana", "Ana Li"), ("2-bob", "Bob Ito")]
            .map(|(talk, to)| said(talk, MARA, to, "2024-05-02 09:00:00", "Hello"))
            .concat();
        bring(app, owner, &archive("", &[message, rest].concat()));
        assert_eq!(names(app, owner), ["Ana Li", "Bob Ito", MARA]);
        let mara = person(app, owner, MARA);
        assert_eq!((mara.turn, mara.last_words.as_deref()), (contacts::Turn::Ours, Some("Hello namesake")));
    }
}

both! {
    fn whose_archive_it_is_is_asked_where_it_can_t_be_told(app) {
        let owner = app.workspace("Acme");
        let talk = said("2-ana", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        let messages = format!("{}{talk}", MESSAGES);
        let import = look_into(app, owner, "archive.zip", &zip(&[("messages.csv", messages.as_bytes())]));
        assert_eq!(import.state, rapport::imports::State::Failed);
        assert!(import.problem.expect("words").contains("Write your name as the platform shows it"));
        app.write(owner, |tx| rapport::imports::set_owner(tx, import.id, "mara lindqvist"));
        app.tick();
        let import = again(app, owner, import.id);
        assert_eq!((import.state, import.problem.as_deref()), (rapport::imports::State::Preview, None));
        let all = candidates(app, owner, import.id);
        assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Ana Li"]);
    }
}

#[test]
fn a_sample_of_another_project_is_read_as_it_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/linkedin-kawsay");
    let read = |name: &str| std::fs::read(folder.join(name));
    let (Ok(people), Ok(talk)) = (read("Connections.csv"), read("messages.csv")) else {
        println!("left out: the sample of another project is not beside this one");
        return;
    };
    assert!(!people.starts_with(CONNECTIONS.as_bytes()), "it has notes above its header");
    let app = crate::app::App::sqlite();
    let owner = app.workspace("Acme");
    let profile = b"First Name,Last Name\nPedro,Fuentes\n";
    let files =
        zip(&[("export/Connections.csv", &people), ("export/messages.csv", &talk), ("export/Profile.csv", profile)]);
    let import = look_into(&app, owner, "export.zip", &files);
    assert_eq!(super::counts(&import, ["new", "messages", "invalid", "groups"]), [3, 2, 1, 0]);
    bring(&app, owner, &files);
    assert_eq!(names(&app, owner), ["Ana Lopez", "José García", "Æsop Fontaine"]);
    let ana = person(&app, owner, "Ana Lopez");
    assert_eq!(
        (ana.turn, ana.last_words.as_deref()),
        (contacts::Turn::Theirs, Some("Sounds great! Tuesday at 3pm works."))
    );
}

both! {
    fn promise_10_people_of_whom_only_the_name_is_told_come_in_once(app) {
        let owner = app.workspace("Acme");
        let head = "First Name,Last Name,Email Address,Company,Position,Connected On\n";
        let file = |rows: &str| format!("{head}{rows}").into_bytes();
        let rosa = "Rosa,Quiet,,Acme,Buyer,14 Nov 2020\n";
        // Somebody of that name who was entered by hand is not she.
        app.contact(owner, "Rosa Quiet");
        let bring = |bytes: &[u8]| {
            let looked = look_into(app, owner, "Connections.csv", bytes);
            let news = looked.count("new");
            app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
            apply(app, owner, looked.id, None);
            news
        };
        let names = || facts(app, "SELECT name AS fact FROM contacts");
        assert_eq!((bring(&file(rosa)), names().len()), (1, 2));
        let before = state(app, owner);
        for _ in 0..2 {
            assert_eq!(bring(&file(rosa)), 0);
            assert_eq!(state(app, owner), before);
        }
        // Met elsewhere, a name is no proof.
        let other = format!("{rosa}Bo,Berg,,Vela,Maker,14 Nov 2020\n");
        assert_eq!((bring(&file(&other)), names().len()), (1, 3));
    }
}
