//! Promises 1, 8 and 9: next steps, evidence, truth on the board.

use rapport::{
    calendar::{Day, NextStep, When},
    channels::Channel,
    contacts::{self, Kind},
    db::PageRequest,
    error::Error,
    outreach::{self, Next},
    pipelines::{self, BoardFilter, Move, StageState},
    reminders,
    timeline::{self, Told, Verb},
};

use crate::both;

fn today(app: &crate::app::App) -> Day {
    Day::of(app.now().utc(), chrono_tz::Europe::Berlin)
}

both! {
    fn promise_1_columns_sort_overdue_today_none_planned_later(app) {
        let owner = app.workspace("Acme");
        let names = ["Later Lu", "None Nina", "Today Tom", "Overdue Ola"];
        let dues = [Some("2026-11-30T10:00"), None, Some("2026-11-23T18:00"), Some("2026-11-24T10:00")];
        for (name, due) in names.iter().zip(dues) {
            let contact = app.contact(owner, name);
            let card = app.card(owner, contact, "Talking");
            for planned in app.read(owner, |tx| reminders::open_of_card(tx, card.id)) {
                app.write(owner, |tx| reminders::skip(tx, planned.id));
            }
            if let Some(due) = due {
                app.reminder(owner, contact, "Call", due);
            }
        }
        // Three days on, what was due on the 24th is late, and what was due on the 23rd still later.
        app.is_now("2026-11-23T15:00:00Z");
        let pipeline = app.pipeline(owner, Kind::Lead);
        let names_now = |app: &crate::app::App| {
            let board = app.read(owner, |tx| pipelines::board(tx, pipeline, BoardFilter::default(), &today(app)));
            let column = board.columns.into_iter().find(|column| column.stage.name == "Talking").unwrap();
            assert_eq!(column.count, 4);
            column.tiles.into_iter().map(|tile| tile.name).collect::<Vec<_>>()
        };
        assert_eq!(names_now(app), ["Today Tom", "None Nina", "Overdue Ola", "Later Lu"]);
        app.is_now("2026-11-25T09:00:00Z");
        assert_eq!(names_now(app), ["Today Tom", "Overdue Ola", "None Nina", "Later Lu"]);
        let day = today(app);
        assert_eq!(day.next_step(None), NextStep::NonePlanned);
    }
}

both! {
    fn promise_1_finishing_asks_for_the_next_step(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Won");
        assert_eq!(card.state, StageState::Won);
        let bob = app.contact(owner, "Bob Ito");
        let card = app.card(owner, bob, "Found");
        let first = app.read(owner, |tx| reminders::open_of_card(tx, card.id))[0].id;
        app.write(owner, |tx| outreach::finish(tx, first, &Next::Nothing));
        assert!(app.read(owner, |tx| pipelines::card(tx, card.id)).next_at.is_none(), "none planned can't hide");
        let eve = app.contact(owner, "Eve Orr");
        let paused = app.card(owner, eve, "Connected");
        let steps = app.read(owner, |tx| reminders::open_of_card(tx, paused.id));
        let until = When { date: "2026-12-07".parse().expect("a day"), time: "09:00:00".parse().expect("a time") };
        app.write(owner, |tx| outreach::finish(tx, steps[0].id, &Next::Pause(until)));
        let open = app.read(owner, |tx| reminders::open_of_card(tx, paused.id));
        assert_eq!(open.iter().map(|one| one.due_date.to_string()).collect::<Vec<_>>(), ["2026-12-07"], "a pause is one");
        let stopped = app.read(owner, |tx| reminders::reminder(tx, steps[1].id));
        assert_eq!(stopped.stopped_because.as_deref(), Some("paused until 7 Dec"));
        let second = app.reminder(owner, bob, "Ask again", "2026-11-24T10:00");
        app.write(owner, |tx| outreach::finish(tx, second, &Next::Lost { reason: "no budget".into() }));
        let closed = app.read(owner, |tx| pipelines::card(tx, card.id));
        assert_eq!((closed.state, closed.lost_reason.as_deref()), (StageState::Lost, Some("no budget")));
    }
}

both! {
    fn promise_8_a_move_keeps_who_when_why_and_its_message(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let thread = app.thread(owner, ana, Channel::Instagram);
        let said = app.hears(owner, thread, "Yes, let us meet on Friday");
        let meeting = app.stage(owner, "Meeting").id;
        let wanted = Move {
            card: card.id, to: meeting, version: card.version, evidence: Some(said.id),
            note: Some("she proposed it".into()), lost_reason: None,
        };
        let moved = app.write(owner, |tx| pipelines::move_card(tx, &wanted));
        let visits = app.read(owner, |tx| pipelines::visits(tx, card.id));
        assert_eq!(visits.len(), 2);
        assert_eq!(visits[0].threads[0].id, thread, "the thread carried the first stay");
        assert_eq!(visits[1].evidence.as_ref().map(|e| e.body.as_str()), Some("Yes, let us meet on Friday"));
        assert_eq!(visits[1].moved_by, owner.user());
        assert_eq!(visits[1].note.as_deref(), Some("she proposed it"));
        // Undo is a new entry: nothing is taken from the history.
        let undone = app.write(owner, |tx| pipelines::undo_move(tx, moved.visit));
        assert_eq!(undone.card.stage_id, card.stage_id);
        let visits = app.read(owner, |tx| pipelines::visits(tx, card.id));
        assert_eq!(visits.len(), 3);
        assert_eq!(visits[2].undoes, Some(moved.visit));
        let told = app.read(owner, |tx| timeline::story(tx, ana, &PageRequest::first(50)));
        let verbs: Vec<Verb> = told.items.iter().filter_map(|moment| match &moment.told {
            Told::Done(event) => Some(event.verb),
            _ => None,
        }).collect();
        for verb in [Verb::CardOpened, Verb::CardMoved, Verb::CardMoveUndone] {
            assert!(verbs.contains(&verb), "{verb:?} is not told: {verbs:?}");
        }
    }
}

both! {
    fn promise_8_evidence_leads_to_where_it_was_said_however_long_ago(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let thread = app.thread(owner, ana, Channel::Instagram);
        let said = app.hears(owner, thread, "Yes, let us meet on Friday").id;
        let wanted = Move {
            card: card.id, to: app.stage(owner, "Meeting").id, version: card.version, evidence: Some(said),
            note: None, lost_reason: None,
        };
        app.write(owner, |tx| pipelines::move_card(tx, &wanted));
        for n in 0..120 {
            app.says(owner, thread, &format!("Line {n}"));
        }
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, owner);
        let to = format!("/w/{slug}/threads/{thread}?at={said}#message-{said}");
        for page in [format!("/w/{slug}/cards/{}", card.id), format!("/w/{slug}/contacts/{ana}")] {
            assert!(browser.get(&page).body.contains(&to), "{page} doesn’t lead to {to}");
        }
        let there = browser.get(to.split('#').next().expect("a path")).body;
        assert!(there.contains(&format!("here\" id=\"message-{said}\"")), "{there}");
    }
}

both! {
    fn promise_8_one_message_may_be_the_evidence_of_two_moves(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let thread = app.thread(owner, ana, Channel::Instagram);
        let said = app.hears(owner, thread, "Yes, and send the contract");
        for (stage, version) in [("Talking", card.version), ("Meeting", card.version + 1)] {
            let wanted = Move {
                card: card.id, to: app.stage(owner, stage).id, version, evidence: Some(said.id), note: None, lost_reason: None,
            };
            app.write(owner, |tx| pipelines::move_card(tx, &wanted));
        }
        let visits = app.read(owner, |tx| pipelines::visits(tx, card.id));
        let told: Vec<bool> = visits.iter().map(|visit| visit.evidence.is_some()).collect();
        assert_eq!(told, [false, true, true]);
    }
}

both! {
    fn promise_8_a_message_of_somebody_else_is_no_evidence(app) {
        let owner = app.workspace("Acme");
        let (ana, bob) = (app.contact(owner, "Ana Li"), app.contact(owner, "Bob Ito"));
        let card = app.card(owner, ana, "Connected");
        let thread = app.thread(owner, bob, Channel::X);
        let said = app.hears(owner, thread, "Hello");
        let wanted = Move {
            card: card.id, to: app.stage(owner, "Talking").id, version: card.version, evidence: Some(said.id),
            note: None, lost_reason: None,
        };
        let refused = app.db.write(owner, |tx| pipelines::move_card(tx, &wanted));
        assert!(matches!(refused, Err(Error::Invalid(_))));
        assert_eq!(app.read(owner, |tx| pipelines::card(tx, card.id)).version, 1, "nothing changed");
    }
}

both! {
    fn promise_9_a_stale_move_is_told_who_moved_it_where(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", rapport::access::Role::Member);
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Found");
        app.move_card(june, &card, "Invited");
        let late = Move {
            card: card.id, to: app.stage(owner, "Talking").id, version: card.version, evidence: None, note: None,
            lost_reason: None,
        };
        let Err(Error::Conflict(conflict)) = app.db.write(owner, |tx| pipelines::move_card(tx, &late)) else {
            panic!("a stale move went through")
        };
        assert!(conflict.words.contains("June Park") && conflict.words.contains("Invited"), "{}", conflict.words);
        assert_eq!(conflict.current["version"], 2);
    }
}

both! {
    fn promise_9_totals_come_from_the_database_whatever_is_loaded(app) {
        let owner = app.workspace("Acme");
        let pipeline = app.pipeline(owner, Kind::Lead);
        let stage = app.stage(owner, "Found").id;
        for n in 0..25 {
            let contact = app.contact(owner, &format!("Person {n}"));
            let new = pipelines::NewCard { contact, pipeline, stage: Some(stage), value_cents: 1000 };
            app.write(owner, |tx| pipelines::open_card(tx, new));
        }
        let day = today(app);
        let board = app.read(owner, |tx| pipelines::board(tx, pipeline, BoardFilter::default(), &day));
        let column = &board.columns[0];
        assert_eq!((column.count, column.value_cents, column.tiles.len()), (25, 25_000, 20));
        let after = column.next_cursor.as_ref().map(|cursor| cursor.as_str().to_owned());
        let rest = app.read(owner, |tx| {
            pipelines::column(tx, stage, BoardFilter::default(), &day, &PageRequest::new(None, after))
        });
        assert_eq!(rest.tiles.len(), 5);
        let mut all: Vec<_> = column.tiles.iter().chain(&rest.tiles).map(|tile| tile.id).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 25, "no card twice, none left out");
    }
}

both! {
    fn promise_9_a_form_that_is_older_than_what_is_stored_changes_nothing_and_may_be_sent_again(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let (server, slug) = (app.server(), app.slug(owner));
        let page = app.browser_of(&server, owner);
        let mark = |body: &str| {
            let rest = body.split("name=\"mark\" value=\"").nth(1).expect("a mark");
            rest.split('"').next().expect("its end").to_owned()
        };
        let edit = format!("/w/{slug}/contacts/{ana}/edit");
        let shown = mark(&page.get(&edit).body);
        let form = |company: &'static str, title: &'static str, mark: &str| {
            vec![("name", "Ana Li".to_owned()), ("kind", "lead".into()), ("company", company.into()), ("title", title.into()), ("mark", mark.into())]
        };
        let send = |fields: Vec<(&'static str, String)>| {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            page.post(&edit, &fields)
        };
        assert_eq!(send(form("Tarn", "", &shown)).status, 303);
        // Written by somebody who still looks at the old page.
        let stale = send(form("", "Head of sales", &shown));
        assert_eq!(stale.status, 409);
        assert!(stale.body.contains("Somebody has saved this meanwhile") && stale.body.contains("“Tarn”"), "{}", stale.body);
        assert!(stale.body.contains("Head of sales"), "what was typed stays");
        let stored = app.read(owner, |tx| contacts::contact(tx, ana));
        assert_eq!((stored.company.as_deref(), stored.title), (Some("Tarn"), None));
        assert_eq!(send(form("Tarn", "Head of sales", &mark(&stale.body))).status, 303);

        let card = format!("/w/{slug}/cards/{}", app.card(owner, ana, "Talking").id);
        let shown = mark(&page.get(&card).body);
        let post = |value: &str, shown: &str| page.post(&card, &[("value", value), ("owner", ""), ("mark", shown)]);
        assert_eq!(post("450", &shown).status, 303);
        let stale = post("900", &shown);
        assert!(stale.status == 409 && stale.body.contains("value “450”"), "{}", stale.body);

        let stage = app.stage(owner, "Talking");
        let settings = format!("/w/{slug}/settings/stages/{}", stage.id);
        let shown = mark(&page.get(&settings).body);
        let post = |name: &str, rot: &str| page.post(&settings, &[("name", name), ("state", "open"), ("rot_days", rot), ("mark", &shown)]).status;
        assert_eq!((post("Vorführung", "21"), post("Talking", "7")), (303, 409));
        assert_eq!(app.read(owner, |tx| rapport::pipelines::stage(tx, stage.id)).name, "Vorführung");
    }
}
