//! Reminders and Today over the API: local times that stay local across the clocks' changes, and every way to finish one.

use rapport::{ids::ReminderId, pipelines, reminders::State};
use serde_json::{Value, json};

use super::{desk, given, has, problem, refused};
use crate::both;

const REMINDER: &str = "id contact_id card_id thread_id user_id title channel due timezone due_at next_step state \
    stopped_because template_id draft why closed_at created_at";

both! {
    fn a_due_time_stays_local_on_both_sides_of_every_change_of_the_clocks(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        for (due, timezone, due_at) in [
            ("2027-03-27T09:00", "Europe/Berlin", "2027-03-27T08:00:00Z"),
            ("2027-03-28T09:00", "Europe/Berlin", "2027-03-28T07:00:00Z"),
            // Missing: the next time that exists.
            ("2027-03-28T02:30", "Europe/Berlin", "2027-03-28T01:00:00Z"),
            ("2027-03-14T02:30", "America/New_York", "2027-03-14T07:00:00Z"),
            // Repeated: the first of the two.
            ("2027-10-31T02:30", "Europe/Berlin", "2027-10-31T00:30:00Z"),
            ("2027-07-01T09:00", "Asia/Kolkata", "2027-07-01T03:30:00Z"),
            ("2027-01-01T00:15", "Pacific/Kiritimati", "2026-12-31T10:15:00Z"),
            ("2028-02-29T23:59", "UTC", "2028-02-29T23:59:00Z"),
        ] {
            let new = json!({"contact_id": ana, "title": "Call", "due": due, "timezone": timezone});
            let made = given(&script.post_json("/api/v1/reminders", &new), 201);
            has(&made, REMINDER);
            assert_eq!(
                (&made["due"], &made["timezone"], &made["due_at"]),
                (&json!(due), &json!(timezone), &json!(due_at))
            );
            assert_eq!(given(&script.get(&format!("/api/v1/reminders/{}", made["id"])), 200), made);
        }
        let made = given(
            &script.post_json(
                "/api/v1/reminders",
                &json!({"contact_id": ana, "title": "Call", "due": "2026-12-01T09:00"}),
            ),
            201,
        );
        assert_eq!(
            (&made["timezone"], &made["due_at"]),
            (&json!("Europe/Berlin"), &json!("2026-12-01T08:00:00Z")),
            "the owner's zone"
        );
        // Put off from winter into summer, nine o'clock stays nine o'clock.
        let path = format!("/api/v1/reminders/{}/snooze", made["id"]);
        let later = given(&script.post_json(&path, &json!({"due": "2027-06-01T09:00"})), 200);
        assert_eq!(
            (&later["due"], &later["due_at"], &later["state"]),
            (&json!("2027-06-01T09:00"), &json!("2027-06-01T07:00:00Z"), &json!("open"))
        );
    }
}

both! {
    fn a_reminder_is_put_off_by_words_read_in_its_own_zone(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        // Monday, 23 November 2026, 09:00 UTC: 10:00 in Berlin, 04:00 in New York, 18:00 in Tokyo.
        for (zone, words, due) in [
            ("Europe/Berlin", "tomorrow 9am", "2026-11-24T09:00"),
            ("Europe/Berlin", "next Tuesday", "2026-12-01T14:00"),
            ("Europe/Berlin", "in 3 days", "2026-11-26T14:00"),
            ("Asia/Tokyo", "tomorrow 9am", "2026-11-24T09:00"),
            ("America/New_York", "today 9am", "2026-11-23T09:00"),
            ("America/New_York", "in 2 hours", "2026-11-23T06:00"),
            ("Europe/Berlin", "2026-11-25 09:30", "2026-11-25T09:30"),
        ] {
            let new = json!({"contact_id": ana, "title": "Call", "due": "2026-11-23T14:00", "timezone": zone});
            let made = given(&script.post_json("/api/v1/reminders", &new), 201);
            let path = format!("/api/v1/reminders/{}/snooze", made["id"]);
            let later = given(&script.post_json(&path, &json!({"words": words})), 200);
            assert_eq!((&later["due"], &later["timezone"]), (&json!(due), &json!(zone)), "{words}");
        }
        let id = app.reminder(owner, ana, "Call", "2026-11-23T14:00");
        let path = format!("/api/v1/reminders/{id}/snooze");
        for (body, field) in [
            (json!({"words": "when pigs fly"}), "words"),
            (json!({"words": "today 9am"}), "words"),
            (json!({"due": "2026-11-20T09:00"}), "due"),
            (json!({"due": "soon"}), "due"),
            (json!({}), "due"),
        ] {
            assert_eq!(refused(&script.post_json(&path, &body)), [field], "{body}");
        }
        assert_eq!(
            given(&script.get(&format!("/api/v1/reminders/{id}")), 200)["due"],
            "2026-11-23T14:00",
            "nothing moved"
        );
    }
}

both! {
    fn what_cannot_be_planned_is_refused_field_by_field(app) {
        let (owner, _, script) = desk(app);
        let (ana, bo) = (app.contact(owner, "Ana Li"), app.contact(owner, "Bo Ek"));
        let (card, thread) = (app.card(owner, bo, "Won").id, app.thread(owner, bo, rapport::channels::Channel::X));
        let outsider = app.person("Olga Out");
        for (more, field) in [
            (json!({"title": " "}), "title"),
            (json!({"title": "x".repeat(201)}), "title"),
            (json!({"due": "2026-11-25"}), "due"),
            (json!({"due": "2026-11-25T09:00Z"}), "due"),
            (json!({"due": "2026-11-25T09:00+01:00"}), "due"),
            (json!({"due": "2026-02-30T09:00"}), "due"),
            (json!({"timezone": "Mars/Base"}), "timezone"),
            (json!({"card_id": card}), "card_id"),
            (json!({"thread_id": thread}), "thread_id"),
            (json!({"template_id": 987_654}), "template_id"),
            (json!({"channel": "fax"}), ""),
        ] {
            let mut new = json!({"contact_id": ana, "title": "Call", "due": "2026-11-25T09:00"});
            new.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            assert_eq!(refused(&script.post_json("/api/v1/reminders", &new)), [field], "{more}");
        }
        let hers = json!({"contact_id": ana, "title": "Call", "due": "2026-11-25T09:00", "user_id": outsider});
        assert_eq!(
            refused(&script.post_json("/api/v1/reminders", &hers)).len(),
            1,
            "nobody outside owes anything here"
        );
        problem(
            &script.post_json(
                "/api/v1/reminders",
                &json!({"contact_id": 987_654, "title": "Call", "due": "2026-11-25T09:00"}),
            ),
            404,
        );
        assert_eq!(given(&script.get("/api/v1/reminders"), 200)["items"], json!([]));
    }
}

both! {
    fn finishing_does_what_comes_next_and_only_once(app) {
        let (owner, _, script) = desk(app);
        let new = |name: &str| {
            let contact = app.contact(owner, name);
            let card = app.card(owner, contact, "Meeting");
            for planned in app.read(owner, |tx| rapport::reminders::open_of_card(tx, card.id)) {
                app.write(owner, |tx| rapport::reminders::skip(tx, planned.id));
            }
            (contact, card.id, app.reminder(owner, contact, "Call", "2026-11-23T14:00"))
        };
        let post = |id: ReminderId, verb: &str, body: Value| {
            script.post_json(&format!("/api/v1/reminders/{id}/{verb}"), &body)
        };
        let open = |contact: rapport::ids::ContactId| {
            let told = given(&script.get(&format!("/api/v1/reminders?contact_id={contact}")), 200);
            let items = told["items"].as_array().expect("items").clone();
            items.into_iter().map(|one| (one["title"].clone(), one["due"].clone())).collect::<Vec<_>>()
        };
        let (ana, _, id) = new("Ana Li");
        let done = script.send(script.request("post", &format!("/api/v1/reminders/{id}/done")));
        let done = given(&done, 200);
        has(&done, REMINDER);
        assert_eq!(
            (&done["state"], &done["closed_at"], &done["next_step"]),
            (&json!("done"), &json!("2026-11-23T09:00:00Z"), &Value::Null)
        );
        assert_eq!(open(ana), []);
        for verb in ["done", "snooze", "skip"] {
            let told = problem(&post(id, verb, json!({"due": "2026-12-01T09:00"})), 409);
            assert_eq!((&told["current"]["id"], &told["current"]["state"]), (&json!(id), &json!("done")), "{verb}");
        }
        let (bo, _, id) = new("Bo Ek");
        given(&post(id, "done", json!({"next": {"title": "Send the offer", "due": "2026-11-25T09:00"}})), 200);
        assert_eq!(open(bo), [(json!("Send the offer"), json!("2026-11-25T09:00"))]);
        let (cy, _, id) = new("Cy Ong");
        given(&post(id, "done", json!({"pause_until": "2027-02-01T09:00"})), 200);
        assert_eq!(open(cy).into_iter().map(|(_, due)| due).collect::<Vec<_>>(), [json!("2027-02-01T09:00")]);
        let (di, card, id) = new("Di Roe");
        given(&post(id, "done", json!({"lost_reason": "no budget"})), 200);
        let closed = app.read(owner, |tx| pipelines::card(tx, card));
        assert_eq!(
            (closed.state, closed.lost_reason.as_deref(), open(di).len()),
            (pipelines::StageState::Lost, Some("no budget"), 0)
        );
        let (ed, _, id) = new("Ed Vox");
        refused(&post(id, "done", json!({"next": {"title": "Call", "due": "soon"}})));
        refused(&post(id, "done", json!({"next": "maybe"})));
        assert_eq!(open(ed).len(), 1, "what is refused finishes nothing");
        assert_eq!(given(&post(id, "skip", json!({})), 200)["state"], "skipped");
        for (state, many) in [(State::Done, 4), (State::Skipped, 1), (State::Open, 2)] {
            let told = given(&script.get(&format!("/api/v1/reminders?state={state}&limit=200")), 200);
            let called = told["items"].as_array().expect("items").iter().filter(|one| one["why"] != Value::Null);
            let by_hand = called.filter(|one| one["title"] == "Call" || state == State::Open).count();
            assert_eq!(by_hand, many, "{state}: {told}");
        }
    }
}

both! {
    fn reminders_come_by_due_time_in_pages(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        for n in [7, 3, 9, 1, 5, 5, 5, 2, 8] {
            app.reminder(owner, ana, &format!("Call {n}"), &format!("2026-12-0{n}T09:00"));
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = given(&script.get(&format!("/api/v1/reminders?limit=2{after}")), 200);
            seen.extend(
                page["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|one| (one["due"].as_str().expect("due").to_owned(), one["id"].as_i64().expect("an id"))),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert!(seen.is_sorted_by_key(|(due, _)| due.clone()), "{seen:?}");
        seen.sort_by_key(|(_, id)| *id);
        seen.dedup();
        assert_eq!(seen.len(), 9);
    }
}

both! {
    fn today_tells_what_the_tokens_owner_owes_and_nothing_of_others(app) {
        let (owner, server, script) = desk(app);
        let june = app.member(owner, "June Park", rapport::access::Role::Member);
        let [ana, bo, cy, di] = ["Ana Li", "Bo Ek", "Cy Ong", "Di Roe"].map(|name| app.contact(owner, name));
        app.reminder(owner, ana, "Late one", "2026-11-20T14:00");
        app.reminder(owner, bo, "Now one", "2026-11-23T14:00");
        app.reminder(owner, bo, "Later one", "2026-11-25T14:00");
        let card = app.card(owner, di, "Found");
        for planned in app.read(owner, |tx| rapport::reminders::open_of_card(tx, card.id)) {
            app.write(owner, |tx| rapport::reminders::skip(tx, planned.id));
        }
        let thread = app.thread(owner, cy, rapport::channels::Channel::X);
        app.hears(owner, thread, "Any news?");
        let today = given(&script.get("/api/v1/today"), 200);
        has(
            &today,
            "date timezone due_count none_planned_count replies_count overdue today none_planned later replies",
        );
        assert_eq!((&today["date"], &today["timezone"]), (&json!("2026-11-23"), &json!("Europe/Berlin")));
        assert_eq!(
            (&today["due_count"], &today["none_planned_count"], &today["replies_count"]),
            (&json!(2), &json!(1), &json!(1))
        );
        for (part, title) in [("overdue", "Late one"), ("today", "Now one"), ("later", "Later one")] {
            let told = today[part].as_array().expect("a list");
            assert_eq!((told.len(), &told[0]["title"], &told[0]["next_step"]), (1, &json!(title), &json!(part)));
            has(&told[0], &format!("{REMINDER} contact"));
            has(&told[0]["contact"], "id name kind company");
        }
        has(&today["none_planned"][0], "id stage_id contact");
        assert_eq!(
            (&today["none_planned"][0]["id"], &today["none_planned"][0]["contact"]["name"]),
            (&json!(card.id), &json!("Di Roe"))
        );
        has(&today["replies"][0], "id name kind thread_id last_words last_in_at");
        assert_eq!(today["replies"][0]["thread_id"], json!(thread));
        assert_eq!(
            (&today["replies"][0]["name"], &today["replies"][0]["last_words"]),
            (&json!("Cy Ong"), &json!("Any news?"))
        );
        let hers = given(&app.script_of(&server, june).get("/api/v1/today"), 200);
        assert_eq!((&hers["due_count"], &hers["replies_count"], &hers["overdue"]), (&json!(0), &json!(0), &json!([])));
        // The same day as everywhere: at midnight in Berlin, not in UTC.
        app.is_now("2026-11-23T23:30:00Z");
        let tomorrow = given(&script.get("/api/v1/today"), 200);
        assert_eq!((&tomorrow["date"], tomorrow["overdue"].as_array().map(Vec::len)), (&json!("2026-11-24"), Some(2)));
    }
}
