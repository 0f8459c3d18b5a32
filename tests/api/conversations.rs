//! Threads and messages over the API: logged once whatever is repeated, with all that follows from them.

use rapport::{channels::Channel, reminders};
use serde_json::{Value, json};

use super::{desk, given, has, problem, refused};
use crate::both;

const THREAD: &str = "id contact_id channel external_id url title kind status snoozed_until assignee_id turn last_message_at \
    last_in_at last_out_at last_words created_at";
const MESSAGE: &str =
    "id thread_id contact_id direction author_id author body external_id automatic aside sent_at attachments reactions";

both! {
    fn a_thread_is_started_and_its_messages_logged_in_order(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        let new = json!({"contact_id": ana, "channel": "instagram", "url": "https://www.instagram.com/direct/t/42/"});
        let thread = given(&script.post_json("/api/v1/threads", &new), 201);
        has(&thread, THREAD);
        assert_eq!(
            (&thread["channel"], &thread["turn"], &thread["status"]),
            (&json!("instagram"), &json!("nobody"), &json!("open"))
        );
        assert_eq!(thread["url"], new["url"]);
        let path = format!("/api/v1/threads/{}", thread["id"]);
        let log = |body: Value| script.post_json(&format!("{path}/messages"), &body);
        let out =
            given(&log(json!({"direction": "out", "body": "Hello Ana", "sent_at": "2026-11-20T10:00:00+01:00"})), 201);
        has(&out, &format!("{MESSAGE} stopped_reminders"));
        assert_eq!((&out["author"], &out["sent_at"]), (&json!("Acme Owner"), &json!("2026-11-20T09:00:00Z")));
        assert_eq!(given(&script.get(&path), 200)["turn"], "theirs");
        let theirs = given(&log(json!({"direction": "in", "body": "  Hello, who is it?\n"})), 201);
        assert_eq!((&theirs["author"], &theirs["sent_at"]), (&json!("Ana Li"), &json!("2026-11-23T09:00:00Z")));
        let now = given(&script.get(&path), 200);
        has(&now, THREAD);
        assert_eq!(
            (&now["turn"], &now["last_in_at"], &now["last_out_at"]),
            (&json!("ours"), &theirs["sent_at"], &out["sent_at"])
        );
        assert_eq!(now["last_words"], "Hello, who is it?");
        let told = given(&script.get(&format!("{path}/messages")), 200);
        let ids: Vec<_> = told["items"].as_array().expect("items").iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids, [theirs["id"].clone(), out["id"].clone()], "the newest first");
        has(&told["items"][0], MESSAGE);
        let person = given(&script.get(&format!("/api/v1/contacts/{ana}")), 200);
        assert_eq!((&person["turn"], &person["last_in_at"]), (&json!("ours"), &theirs["sent_at"]));
    }
}

both! {
    fn a_message_whose_external_id_is_stored_is_answered_with_200_and_not_stored_again(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        let [one, two] = [Channel::Instagram, Channel::X].map(|channel| app.thread(owner, ana, channel));
        let path = |thread: rapport::ids::ThreadId| format!("/api/v1/threads/{thread}/messages");
        let said = json!({"direction": "in", "body": "Hello", "external_id": "m_1"});
        let first = given(&script.post_json(&path(one), &said), 201);
        for _ in 0..2 {
            let again = given(&script.post_json(&path(one), &said), 200);
            assert_eq!((&again["id"], &again["body"]), (&first["id"], &first["body"]));
        }
        let edited = json!({"direction": "in", "body": "Hello, edited", "external_id": "m_1"});
        assert_eq!(given(&script.post_json(&path(one), &edited), 200)["body"], "Hello");
        assert_ne!(given(&script.post_json(&path(two), &said), 201)["id"], first["id"], "ids are the thread's own");
        assert_eq!(given(&script.get(&path(one)), 200)["items"].as_array().map(Vec::len), Some(1));
        // As a platform repeats what it has had no answer to: all at once, and none may fail.
        let said = json!({"direction": "in", "body": "Are you there?", "external_id": "m_2"});
        let ids: Vec<Value> = std::thread::scope(|scope| {
            let asked: Vec<_> = (0..6).map(|_| scope.spawn(|| script.post_json(&path(one), &said))).collect();
            asked
                .into_iter()
                .map(|one| one.join().expect("an answer"))
                .map(|answer| {
                    assert!(matches!(answer.status, 200 | 201), "{}: {}", answer.status, answer.body);
                    answer.json()["id"].clone()
                })
                .collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(given(&script.get(&path(one)), 200)["items"].as_array().map(Vec::len), Some(2));
    }
}

both! {
    fn a_reply_stops_the_cadence_and_an_automatic_one_does_not(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        let card = app.card(owner, ana, "Connected");
        let planned = app.read(owner, |tx| reminders::open_of_card(tx, card.id)).len();
        assert!(planned > 0, "the stage has a cadence");
        let path = format!("/api/v1/threads/{}/messages", app.thread(owner, ana, Channel::Instagram));
        let away = json!({"direction": "in", "body": "I am away until Monday", "automatic": true});
        let away = given(&script.post_json(&path, &away), 201);
        assert_eq!((&away["automatic"], &away["stopped_reminders"]), (&json!(true), &json!(0)));
        let reply = given(&script.post_json(&path, &json!({"direction": "in", "body": "Yes please"})), 201);
        assert_eq!(reply["stopped_reminders"], json!(planned));
        let stopped = given(&script.get(&format!("/api/v1/reminders?contact_id={ana}&state=stopped")), 200);
        assert_eq!(stopped["items"].as_array().map(Vec::len), Some(planned));
        assert!(
            stopped["items"][0]["stopped_because"].as_str().is_some_and(|why| why.contains("Instagram")),
            "{stopped}"
        );
    }
}

both! {
    fn threads_are_filtered_and_messages_paged(app) {
        let (owner, _, script) = desk(app);
        let (ana, bo) = (app.contact(owner, "Ana Li"), app.contact(owner, "Bo Ek"));
        let (first, second) = (app.thread(owner, ana, Channel::Instagram), app.thread(owner, bo, Channel::X));
        app.hears(owner, first, "Hello");
        app.says(owner, second, "Hello");
        for (query, ids) in [
            (format!("contact_id={ana}"), vec![first]),
            ("channel=x".into(), vec![second]),
            ("turn=ours".into(), vec![first]),
            ("turn=theirs".into(), vec![second]),
            ("status=closed".into(), vec![]),
            ("status=open&channel=instagram&turn=theirs".into(), vec![]),
        ] {
            let found = given(&script.get(&format!("/api/v1/threads?{query}")), 200);
            let told: Vec<_> = found["items"].as_array().expect("items").iter().map(|one| one["id"].clone()).collect();
            assert_eq!(told, ids.iter().map(|id| json!(id)).collect::<Vec<_>>(), "{query}");
        }
        for query in ["turn=yours", "channel=fax", "contact_id=ana"] {
            refused(&script.get(&format!("/api/v1/threads?{query}")));
        }
        // Several at the same instant: the order has ties.
        for n in 0..9 {
            app.is_now(&format!("2026-11-23T09:0{}:00Z", n / 3));
            app.hears(owner, first, &format!("Message {n}"));
        }
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = given(&script.get(&format!("/api/v1/threads/{first}/messages?limit=4{after}")), 200);
            seen.extend(page["items"].as_array().expect("items").iter().map(|one| one["id"].as_i64().expect("an id")));
            match page["next_cursor"].as_str() {
                Some(cursor) => after = format!("&cursor={cursor}"),
                None => break,
            }
        }
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!((seen.len(), once.len()), (10, 10));
    }
}

both! {
    fn what_cannot_be_a_message_is_refused_and_stores_nothing(app) {
        let (owner, _, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        let path = format!("/api/v1/threads/{}/messages", app.thread(owner, ana, Channel::X));
        for (body, field) in [
            (json!({"direction": "in", "body": " \n"}), "body"),
            (json!({"direction": "in", "body": "Hi", "sent_at": "2026-11-23T09:11:00Z"}), "sent_at"),
            (json!({"direction": "in", "body": "Hi", "external_id": ""}), "external_id"),
            (json!({"direction": "sideways", "body": "Hi"}), ""),
            (json!({"body": "Hi"}), ""),
            (json!({"direction": "in", "body": "Hi", "sent_at": "yesterday"}), ""),
        ] {
            assert_eq!(refused(&script.post_json(&path, &body)), [field], "{body}");
        }
        problem(&script.post_json("/api/v1/threads/987654/messages", &json!({"direction": "in", "body": "Hi"})), 404);
        assert_eq!(given(&script.get(&path), 200)["items"], json!([]));
        refused(&script.post_json("/api/v1/threads", &json!({"contact_id": ana, "channel": "fax"})));
        refused(
            &script.post_json(
                "/api/v1/threads",
                &json!({"contact_id": ana, "channel": "x", "url": "javascript:alert(1)"}),
            ),
        );
    }
}
