//! Imports that can't go on, and what somebody has done with their people since.

use rapport::{
    access::Role,
    contacts,
    db::PageRequest,
    imports::{self, Choice, State},
    outreach, pipelines,
    queue::{self, Job},
    threads, workspaces,
};

use super::{
    kit::{self, MARA, again, archive, bring, knows, look_into, said},
    names, person,
};
use crate::both;

fn two_people() -> Vec<u8> {
    let people = [knows("Ana Li", "office@acme.example", "", ""), knows("Bo Berg", "Office@Acme.example", "", "")];
    let talks = [
        said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello"),
        said("2-b", "Bo Berg", MARA, "2024-05-01 09:00:00", "Good morning"),
    ];
    archive(&people.concat(), &talks.concat())
}

both! {
    fn promise_10_two_people_with_one_address_come_in_and_the_first_has_it(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, &two_people());
        let [ana, bo] = ["Ana Li", "Bo Berg"].map(|name| person(app, owner, name).email);
        assert_eq!((ana.as_deref(), bo), (Some("office@acme.example"), None));
        let looked = look_into(app, owner, "again.zip", &two_people());
        assert_eq!((looked.count("unchanged"), looked.count("new")), (2, 0), "the same file twice changes nothing");
    }
}

both! {
    fn text_that_is_not_utf8_is_told_with_its_place_and_nothing_is_lost(app) {
        let owner = app.workspace("Acme");
        let text = [&kit::knows("Ana Li", "", "", "")[..], &kit::knows("Zoe Ek", "", "Caf", "")[..]].concat();
        let file = format!("{}{text}", kit::CONNECTIONS).replace("Caf", "Caf\u{e9}");
        let latin: Vec<u8> = file.chars().map(|letter| u8::try_from(u32::from(letter)).expect("Latin-1")).collect();
        let looked = look_into(app, owner, "Connections.csv", &latin);
        assert_eq!((looked.count("not_utf8"), looked.count("new")), (1, 2));
        let (server, slug) = (app.server(), app.slug(owner));
        let page = app.browser_of(&server, owner).get(&format!("/w/{slug}/import/{}", looked.id)).body;
        let told = page.contains("1 row holds text that is not UTF-8, first Connections.csv, row");
        assert!(told && page.contains("save the file as “CSV UTF-8”"), "{page}");
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        kit::apply(app, owner, looked.id, None);
        assert_eq!(person(app, owner, "Zoe Ek").company.as_deref(), Some("Café"));
        let whole = look_into(app, owner, "archive.zip", &two_people());
        assert_eq!((whole.count("not_utf8"), whole.not_utf8_at()), (0, None));
    }
}

both! {
    fn promise_10_an_import_that_broke_off_can_be_undone(app) {
        let owner = app.workspace("Acme");
        let before = kit::state(app, owner);
        let looked = look_into(app, owner, "archive.zip", &two_people());
        app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        app.write(owner, |tx| imports::start(tx, looked.id, None));
        let mut asked = 0;
        let mut alive = || {
            asked += 1;
            Ok(asked == 1)
        };
        imports::apply(&app.db, owner, looked.id, None, &mut alive).expect("a part of it");
        assert_eq!(names(app, owner).len(), 2, "the people are here");
        app.write(owner, imports::sweep);
        assert_eq!(again(app, owner, looked.id).state, State::Running, "somebody goes on");
        app.db.write_system(|sys| queue::cancel(sys, &Job::Import { import: looked.id, stage: None })).expect("a plan");
        app.write(owner, imports::sweep);
        let over = again(app, owner, looked.id);
        assert_eq!(over.state, State::Failed);
        let (server, slug) = (app.server(), app.slug(owner));
        let page = app.browser_of(&server, owner).get(&format!("/w/{slug}/import/{}", looked.id)).body;
        assert!(!page.contains("Nothing was stored") && page.contains("Undo the import"), "{page}");
        assert!(app.db.write(owner, |tx| imports::discard(tx, looked.id)).is_err(), "what is here is undone, not dropped");
        app.write(owner, |tx| imports::undo(tx, looked.id));
        assert_eq!(kit::state(app, owner), before);
    }
}

both! {
    fn promise_10_an_undo_hides_no_reply_that_came_after_the_import(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Member);
        let day = |day: &str, words: &str| said("2-a", "Ana Li", MARA, &format!("2024-05-0{day} 09:00:00"), words);
        bring(app, owner, &archive(&knows("Ana Li", "", "", ""), &day("1", "Hello")));
        let ana = person(app, owner, "Ana Li").id;
        let thread = app.read(owner, |tx| threads::threads_of_contact(tx, ana))[0].id;
        let state = || (app.read(owner, |tx| threads::thread(tx, thread)).status, app.read(june, |tx| {
            threads::unread_count(tx, june.person()?)
        }));
        app.write(owner, |tx| threads::close(tx, thread));
        let more = archive(&knows("Ana Li", "", "", ""), &[day("1", "Hello"), day("2", "Are you there?")].concat());
        let second = bring(app, owner, &more);
        assert_eq!(state(), (threads::Status::Open, 1));
        app.write(owner, |tx| imports::undo(tx, second.id));
        assert_eq!(state(), (threads::Status::Closed, 0), "all of it is taken back");
        let third = bring(app, owner, &more);
        app.is_now("2026-11-24T09:00:00Z");
        app.hears(owner, thread, "One more thing");
        app.write(owner, |tx| imports::undo(tx, third.id));
        assert_eq!(state(), (threads::Status::Open, 1), "what she wrote since stays in sight");
    }
}

both! {
    fn promise_10_nobody_moves_in_the_list_by_the_same_file_nor_stays_moved_by_an_undo(app) {
        let owner = app.workspace("Acme");
        bring(app, owner, &two_people());
        let order = || -> Vec<String> {
            let page = app.read(owner, |tx| contacts::list(tx, &contacts::Filter::default(), &PageRequest::first(9)));
            page.items.into_iter().map(|one| format!("{} {}", one.name, one.touched_at.rfc3339())).collect()
        };
        let bo = person(app, owner, "Bo Berg").id;
        app.write(owner, |tx| contacts::note(tx, bo, "Met at the fair"));
        let noted = order();
        assert!(noted[0].starts_with("Bo Berg"), "{noted:?}");
        bring(app, owner, &two_people());
        assert_eq!(order(), noted);
        let more = said("2-a", "Ana Li", MARA, "2024-06-01 09:00:00", "Still there?");
        let later = bring(app, owner, &archive("", &more));
        assert_ne!(order(), noted, "Ana has written since");
        app.write(owner, |tx| imports::undo(tx, later.id));
        assert_eq!(order(), noted);
    }
}

both! {
    fn promise_5_a_reply_that_an_import_brings_a_day_late_stops_what_was_planned(app) {
        let owner = app.workspace("Acme");
        app.is_now("2024-05-01T20:00:00Z");
        bring(app, owner, &archive(&knows("Ana Li", "", "", ""), ""));
        let ana = person(app, owner, "Ana Li").id;
        let card = app.card(owner, ana, "Connected");
        assert!(!app.read(owner, |tx| rapport::reminders::open_of_card(tx, card.id)).is_empty());
        let talk = said("2-a", "Ana Li", MARA, "2024-05-01 09:00:00", "Hello");
        bring(app, owner, &archive("", &talk));
        let open = app.read(owner, |tx| rapport::reminders::open_of_card(tx, card.id));
        assert!(open.is_empty(), "{open:?}");
    }
}

both! {
    fn an_import_of_somebody_who_has_left_ends_in_words(app) {
        let owner = app.workspace("Acme");
        let max = app.member(owner, "Max Manager", Role::Manager);
        let looked = look_into(app, max, "archive.zip", &two_people());
        app.write(max, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
        app.write(max, |tx| imports::start(tx, looked.id, None));
        app.write(owner, |tx| workspaces::remove_member(tx, max.user().expect("a person")));
        app.tick();
        let over = again(app, owner, looked.id);
        assert_eq!((over.state, over.problem.as_deref()), (State::Failed, Some("Whoever began this import has left the workspace.")));
    }
}

both! {
    fn promise_10_who_was_barred_tagged_or_merged_since_stays(app) {
        let owner = app.workspace("Acme");
        let people = ["Ana Li", "Bo Berg", "Cy Dee", "Di Fox"].map(|name| knows(name, "", "", ""));
        let import = bring(app, owner, &archive(&people.concat(), ""));
        let [ana, bo, cy] = ["Ana Li", "Bo Berg", "Cy Dee"].map(|name| person(app, owner, name).id);
        app.write(owner, |tx| outreach::bar(tx, ana, "asked us to stop"));
        app.write(owner, |tx| contacts::tag(tx, bo, "berlin"));
        let mine = app.contact(owner, "Cyril Dee");
        let merge = app.write(owner, |tx| pipelines::merge(tx, mine, cy, &[]));
        app.write(owner, |tx| imports::undo(tx, import.id));
        assert_eq!(names(app, owner), ["Ana Li", "Bo Berg", "Cy Dee", "Cyril Dee"], "Di alone goes");
        assert_eq!(app.read(owner, |tx| contacts::contact(tx, cy)).id, mine, "the old link leads on");
        app.write(owner, |tx| pipelines::part(tx, merge));
        assert_eq!(app.read(owner, |tx| contacts::contact(tx, cy)).id, cy);
    }
}

both! {
    fn archives_of_two_people_in_one_are_refused_and_name_both(app) {
        let owner = app.workspace("Acme");
        let profile = |name: &str| format!(r#"{{"profile_user": [{{"string_map_data": {{"Name": {{"value": "{name}"}}}}}}]}}"#);
        let talk = |me: &str, other: &str| {
            format!(
                r#"{{"participants": [{{"name": "{other}"}}, {{"name": "{me}"}}], "messages": [{{"sender_name": "{other}", "timestamp_ms": 1700000000000, "content": "Hello"}}], "title": "{other}", "thread_path": "inbox/{other}_1"}}"#
            )
        };
        let [zoe, otto] = ["Zoe Brand", "Otto Fremd"].map(profile);
        let talks = [talk("Zoe Brand", "Ana Li"), talk("Zoe Brand", "Bo Berg"), talk("Otto Fremd", "Cy Dee")];
        let files = [
            ("your_instagram_activity/messages/inbox/ana_1/message_1.json", talks[0].as_str()),
            ("your_instagram_activity/messages/inbox/bo_2/message_1.json", &talks[1]),
            ("personal_information/personal_information/personal_information.json", &zoe),
            ("second/your_instagram_activity/messages/inbox/cy_3/message_1.json", &talks[2]),
            ("second/personal_information/personal_information/personal_information.json", &otto),
        ];
        let bytes = files.map(|(name, text)| (name, text.as_bytes()));
        let looked = kit::look_into_as(app, owner, imports::UNTOLD, "mixed.zip", &kit::zip(&bytes));
        let words = "This holds archives of Otto Fremd and of Zoe Brand. Bring each in by itself, as its owner.";
        assert_eq!((looked.state, looked.problem.as_deref()), (State::Failed, Some(words)));
        let one = kit::look_into_as(app, owner, imports::UNTOLD, "one.zip", &kit::zip(&bytes[..3]));
        assert_eq!((one.state, one.owner_name.as_deref()), (State::Preview, Some("Zoe Brand")));
    }
}

both! {
    fn a_name_that_leads_out_of_an_archive_is_refused_and_nothing_is_read(app) {
        let owner = app.workspace("Acme");
        let talk = br#"{"participants": [{"name": "Ana Li"}, {"name": "Mara"}], "messages": [], "title": "Ana Li"}"#;
        let people = format!("{}{}", kit::CONNECTIONS, knows("Ana Li", "", "", ""));
        for (name, bytes) in [
            ("../../messages/inbox/cy_3/message_1.json", talk.as_slice()),
            ("messages/inbox/../../x/message_1.json", talk),
            ("/etc/Connections.csv", people.as_bytes()),
            ("..\\Connections.csv", people.as_bytes()),
            ("C:\\Connections.csv", people.as_bytes()),
        ] {
            let beside = ("Connections.csv", people.as_bytes());
            let looked = kit::look_into_as(app, owner, imports::UNTOLD, "archive.zip", &kit::zip(&[beside, (name, bytes)]));
            assert_eq!(looked.state, State::Failed, "{name}");
            assert!(looked.problem.as_deref().is_some_and(|words| words.contains("leads out of it")), "{:?}", looked.problem);
        }
        assert_eq!(names(app, owner), Vec::<String>::new());
    }
}

both! {
    fn promise_10_who_reads_an_archive_late_leaves_what_was_chosen_and_asked(app) {
        let owner = app.workspace("Acme");
        let kept = imports::keep_upload(&app.config.data, || Ok(std::io::Cursor::new(two_people()))).expect("an upload");
        let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "archive.zip", &kept));
        let read = |import: &imports::Import| imports::preview(&app.db, owner, import).expect("a reading");
        let chosen = || app.read(owner, |tx| imports::chosen(tx, id));
        // Two take the file up; one of them is done when people are chosen, and the other comes later.
        let late = again(app, owner, id);
        read(&late);
        app.write(owner, |tx| imports::choose(tx, id, &Choice::Everybody));
        read(&late);
        assert_eq!((again(app, owner, id).state, chosen()), (State::Preview, 2));
        // Somebody says whose it is: whoever still reads it as somebody else's stores nothing.
        app.write(owner, |tx| imports::set_owner(tx, id, "Ana Li"));
        read(&late);
        let asked = again(app, owner, id);
        assert_eq!((asked.state, asked.owner_name.as_deref(), chosen()), (State::Reading, Some("Ana Li"), 0));
        app.tick();
        assert_eq!(again(app, owner, id).owner_name.as_deref(), Some("Ana Li"));
    }
}

both! {
    fn promise_10_an_archive_that_nobody_reads_any_more_is_dropped_with_its_file(app) {
        let owner = app.workspace("Acme");
        let kept = imports::keep_upload(&app.config.data, || Ok(std::io::Cursor::new(two_people()))).expect("an upload");
        let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "archive.zip", &kept));
        app.is_now("2026-11-25T10:00:00Z");
        app.write(owner, imports::sweep);
        assert!(again(app, owner, id).state == State::Reading && kept.exists(), "somebody will come to it");
        app.db.write_system(|sys| queue::cancel(sys, &Job::Preview { import: id })).expect("a plan");
        app.write(owner, imports::sweep);
        assert!(again(app, owner, id).state == State::Dropped && !kept.exists());
    }
}

both! {
    fn promise_10_a_name_that_nobody_in_the_archive_has_is_refused_and_names_are_offered(app) {
        let owner = app.workspace("Acme");
        let looked = look_into(app, owner, "archive.zip", &two_people());
        app.write(owner, |tx| imports::set_owner(tx, looked.id, "Nonsense Person"));
        app.tick();
        let over = again(app, owner, looked.id);
        assert_eq!(over.state, State::Failed);
        assert!(over.problem.as_deref().is_some_and(|words| words.contains("Nobody in it is called Nonsense Person")), "{over:?}");
        assert!(over.names().contains(&"Ana Li".to_owned()), "{:?}", over.names());
        app.write(owner, |tx| imports::set_owner(tx, looked.id, kit::MARA));
        app.tick();
        assert_eq!(again(app, owner, looked.id).count("new"), 2);
    }
}

both! {
    fn an_import_says_why_it_waits_where_nobody_does_the_work(app) {
        let owner = app.workspace("Acme");
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let csv = b"First Name,Last Name,URL,Email Address,Company,Position,Connected On\nAna,Li,https://www.linkedin.com/in/ana-li,,Acme,CEO,24 Nov 2026\n";
        let sent = browser.post_file(&format!("/w/{slug}/import"), "Connections.csv", csv);
        assert_eq!(sent.status, 303, "{}", sent.body);
        let mail = format!("/w/{slug}/settings/mail");
        browser.post(&format!("{mail}/test"), &[]);
        for page in [&sent.location, &mail] {
            assert!(browser.get(page).body.contains("rapport worker"), "{page}");
        }
        app.worker.prepare().expect("a worker");
        for page in [&sent.location, &mail] {
            let shown = browser.get(page);
            assert!(shown.status == 200 && !shown.body.contains("rapport worker"), "{page}");
        }
    }
}
