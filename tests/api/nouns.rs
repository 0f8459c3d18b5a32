//! Contacts, pipelines, cards, templates and imports over the API: their shapes, their lists, their refusals.

use std::collections::BTreeSet;

use rapport::{
    access::Role,
    contacts::{self, Filter, Kind, Place},
    db::PageRequest,
    imports,
};
use serde_json::{Value, json};

use super::{desk, given, has, patch, problem, refused};
use crate::both;

const CONTACT: &str = "id kind name company title email phone timezone owner_id preferred_channel do_not_contact turn \
    last_in_at last_out_at last_words handles tags touched_at created_at";
const CARD: &str = "id contact_id pipeline_id stage_id state owner_id value version next_at next_step lost_reason \
    entered_at created_at closed_at";

both! {
    fn a_contact_is_made_shown_changed_and_found(app) {
        let (owner, _, script) = desk(app);
        let new = json!({
            "name": "Ana Li", "kind": "influencer", "company": "Acme", "title": "Buyer", "email": "Ana@One.test",
            "phone": "+49 30 901820", "timezone": "Europe/Berlin",
            "handles": [
                {"channel": "linkedin", "url": "https://www.linkedin.com/in/Ana-Li/?utm_source=share"},
                {"channel": "instagram", "username": "@ana.li"},
            ],
        });
        let made = given(&script.post_json("/api/v1/contacts", &new), 201);
        has(&made, CONTACT);
        assert_eq!(
            (&made["name"], &made["kind"], &made["turn"]),
            (&json!("Ana Li"), &json!("influencer"), &json!("nobody"))
        );
        assert_eq!(made["owner_id"], json!(owner.user()));
        assert_eq!(made["created_at"], "2026-11-23T09:00:00Z");
        let handles = made["handles"].as_array().expect("handles");
        has(&handles[0], "id channel url username platform_id followers");
        let told: BTreeSet<_> = handles.iter().map(|handle| handle["channel"].as_str().expect("a channel")).collect();
        assert_eq!(told, BTreeSet::from(["linkedin", "instagram"]));
        let path = format!("/api/v1/contacts/{}", made["id"]);
        assert_eq!(given(&script.get(&path), 200), made);
        let changed = given(&patch(&script, &path, &json!({"company": null, "title": "Head of Buying"})), 200);
        assert_eq!(
            (&changed["company"], &changed["title"], &changed["email"]),
            (&Value::Null, &json!("Head of Buying"), &made["email"])
        );
        assert_eq!(changed["handles"], made["handles"]);
        assert_eq!(given(&script.get(&path), 200), changed);
        assert_eq!(
            refused(&patch(&script, &path, &json!({"name": " ", "timezone": "Mars/Base"}))),
            ["name", "timezone"]
        );
        assert_eq!(given(&script.get(&path), 200), changed, "a refusal changes nothing");
        let bo = app.contact(owner, "Bo Ek");
        let card = app.card(owner, bo, "Connected");
        let stage = format!("stage_id={}", card.stage_id);
        for (query, names) in [
            ("q=ana", vec!["Ana Li"]),
            ("kind=influencer", vec!["Ana Li"]),
            ("kind=ambassador", vec![]),
            ("turn=ours", vec![]),
            (&stage, vec!["Bo Ek"]),
        ] {
            let found = given(&script.get(&format!("/api/v1/contacts?{query}")), 200);
            let told: Vec<_> =
                found["items"].as_array().expect("items").iter().map(|one| one["name"].clone()).collect();
            assert_eq!(told, names, "{query}");
        }
        for (place, name) in [
            (Place::Stage(card.stage_id), "Bo Ek"),
            (Place::Pipeline(card.pipeline_id), "Bo Ek"),
            (Place::Nowhere, "Ana Li"),
        ] {
            let filter = Filter { place: Some(place), ..Filter::default() };
            let found = app.read(owner, |tx| contacts::list(tx, &filter, &PageRequest::first(9))).items;
            assert_eq!(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), [name], "{place:?}");
        }
    }
}

both! {
    fn somebody_who_is_here_already_is_a_conflict_however_they_are_written(app) {
        let (_, _, script) = desk(app);
        let made = given(&script.post_json("/api/v1/contacts", &json!({
            "name": "Ana Li", "kind": "lead", "email": "ana@one.test",
            "handles": [
                {"channel": "linkedin", "url": "https://www.linkedin.com/in/ana-li/"},
                {"channel": "x", "username": "ana_li"},
            ],
        })), 201);
        for same in [
            json!({"handles": [{"channel": "linkedin", "url": "http://de.linkedin.com/in/ANA-LI?trk=x"}]}),
            json!({"handles": [{"channel": "linkedin", "username": "ana-li"}]}),
            json!({"handles": [{"channel": "x", "url": "https://twitter.com/@Ana_Li"}]}),
            json!({"email": " ANA@ONE.test "}),
        ] {
            let mut new = same.clone();
            (new["name"], new["kind"]) = (json!("Somebody Else"), json!("lead"));
            let told = problem(&script.post_json("/api/v1/contacts", &new), 409);
            assert_eq!(told["current"], made, "{same}: the whole contact as it is");
            assert!(told["detail"].as_str().is_some_and(|words| words.contains("Ana Li")), "{told}");
        }
        let another =
            json!({"name": "Ana Li", "kind": "lead", "handles": [{"channel": "instagram", "username": "ana_li"}]});
        given(&script.post_json("/api/v1/contacts", &another), 201);
        let elsewhere = json!({"channel": "linkedin", "url": "https://evil.test/in/bo"});
        let bad = json!({"name": "Bo", "kind": "lead", "handles": [elsewhere, {"channel": "x"}]});
        assert_eq!(refused(&script.post_json("/api/v1/contacts", &bad)), ["handles", "handles"]);
        let listed = given(&script.get("/api/v1/contacts"), 200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
    }
}

both! {
    fn thirty_contacts_come_in_pages_with_none_repeated_and_none_missing(app) {
        let (owner, _, script) = desk(app);
        let mut expected = BTreeSet::new();
        for n in 0..30 {
            // Some at the same instant, some later: the order has ties.
            app.is_now(&format!("2026-11-23T09:{:02}:00Z", n / 4));
            expected.insert(app.contact(owner, &format!("Person {n}")).0);
        }
        for limit in [1, 7, 10, 29, 30, 200] {
            let (mut seen, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
            loop {
                let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
                let page = given(&script.get(&format!("/api/v1/contacts?limit={limit}{after}")), 200);
                has(&page, "items next_cursor");
                let items = page["items"].as_array().expect("items");
                assert!(items.len() <= limit);
                seen.extend(items.iter().map(|one| {
                    (one["touched_at"].as_str().expect("an instant").to_owned(), one["id"].as_i64().expect("an id"))
                }));
                pages += 1;
                cursor = page["next_cursor"].as_str().map(ToOwned::to_owned);
                if cursor.is_none() {
                    break;
                }
            }
            assert_eq!(pages, 30usize.div_ceil(limit), "no empty page at the end");
            assert_eq!(seen.len(), 30, "none repeated");
            assert_eq!(seen.iter().map(|(_, id)| *id).collect::<BTreeSet<_>>(), expected, "none missing");
            assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "the last touched first");
        }
        let all = given(&script.get("/api/v1/contacts?limit=100000"), 200);
        assert_eq!(all["items"].as_array().map(Vec::len), Some(30));
        assert_eq!(given(&script.get("/api/v1/contacts?limit=0"), 200)["items"].as_array().map(Vec::len), Some(1));
    }
}

both! {
    fn a_page_begun_goes_on_where_it_was_while_others_add(app) {
        let (owner, _, script) = desk(app);
        let first: Vec<_> = (0..6).map(|n| app.contact(owner, &format!("Person {n}")).0).collect();
        let page = given(&script.get("/api/v1/contacts?limit=4"), 200);
        app.is_now("2026-11-23T09:30:00Z");
        app.contact(owner, "Somebody New");
        let cursor = page["next_cursor"].as_str().expect("a cursor");
        let rest = given(&script.get(&format!("/api/v1/contacts?limit=4&cursor={cursor}")), 200);
        let ids = |page: &Value| {
            page["items"].as_array().expect("items").iter().filter_map(|one| one["id"].as_i64()).collect::<Vec<_>>()
        };
        let all: BTreeSet<_> = ids(&page).into_iter().chain(ids(&rest)).collect();
        assert_eq!((all, ids(&rest).len()), (first.into_iter().collect(), 2));
    }
}

both! {
    fn pipelines_come_with_their_stages_in_order(app) {
        let (_, _, script) = desk(app);
        let told = given(&script.get("/api/v1/pipelines"), 200);
        let pipelines = told["items"].as_array().expect("items");
        assert_eq!(pipelines.len(), 3);
        for pipeline in pipelines {
            has(pipeline, "id name kind lost_reasons stages");
            let stages = pipeline["stages"].as_array().expect("stages");
            stages.iter().for_each(|stage| has(stage, "id name position state channel rot_days"));
            assert!(stages.is_sorted_by_key(|stage| stage["position"].as_i64()), "{pipeline}");
            for state in ["open", "won", "lost"] {
                assert!(stages.iter().any(|stage| stage["state"] == state), "{state}: {pipeline}");
            }
        }
    }
}

both! {
    fn a_card_is_opened_moved_with_its_evidence_and_told_when_stale(app) {
        let (owner, server, script) = desk(app);
        let ana = app.contact(owner, "Ana Li");
        let (pipeline, talking) = (app.pipeline(owner, Kind::Lead), app.stage(owner, "Talking").id);
        let new = json!({"contact_id": ana, "pipeline_id": pipeline, "value": 1200.5});
        let card = given(&script.post_json("/api/v1/cards", &new), 201);
        has(&card, CARD);
        assert_eq!((&card["version"], &card["state"], &card["value"]), (&json!(1), &json!("open"), &json!(1200.5)));
        assert_eq!(card["stage_id"], json!(app.stage(owner, "Found").id));
        let second = problem(&script.post_json("/api/v1/cards", &new), 409);
        assert_eq!(second["current"]["id"], card["id"], "the card there is");
        let path = format!("/api/v1/cards/{}", card["id"]);
        assert_eq!(given(&script.get(&path), 200), card);

        let thread = app.thread(owner, ana, rapport::channels::Channel::Linkedin);
        let said = app.hears(owner, thread, "Let us talk").id;
        app.is_now("2026-11-23T10:00:00Z");
        let wanted = json!({"stage_id": talking, "version": 1, "message_id": said, "note": "she asked"});
        let june = app.member(owner, "June Park", Role::Member);
        let moved = given(&app.script_of(&server, june).post_json(&format!("{path}/move"), &wanted), 200);
        has(&moved, CARD);
        assert_eq!((&moved["version"], &moved["stage_id"]), (&json!(2), &json!(talking)));
        let stale = problem(&script.post_json(&format!("{path}/move"), &wanted), 409);
        assert!(
            stale["detail"].as_str().is_some_and(|words| words.contains("June Park") && words.contains("Talking")),
            "{stale}"
        );
        let now = given(&script.get(&path), 200);
        assert!(stale["current"]["version"] == 2 && stale["current"]["id"] == card["id"], "{stale}");
        for (field, value) in stale["current"].as_object().expect("the card") {
            assert_eq!(*value, now[field], "{field} of the current card");
        }

        let visits = given(&script.get(&format!("{path}/visits")), 200);
        let visits = visits["items"].as_array().expect("items");
        assert_eq!(visits.len(), 2);
        has(&visits[1], "id card_id stage_id entered_at left_at moved_by note undoes evidence threads");
        assert_eq!(
            (&visits[0]["left_at"], &visits[1]["entered_at"]),
            (&json!("2026-11-23T10:00:00Z"), &json!("2026-11-23T10:00:00Z"))
        );
        has(&visits[1]["evidence"], "id thread_id direction author body sent_at");
        assert_eq!(
            (&visits[1]["evidence"]["id"], &visits[1]["evidence"]["body"]),
            (&json!(said), &json!("Let us talk"))
        );
        assert_eq!((&visits[1]["note"], &visits[1]["moved_by"]), (&json!("she asked"), &json!(june.user())));
        has(&visits[0]["threads"][0], "id channel first_at last_at");
        assert_eq!(visits[0]["threads"][0]["id"], json!(thread));

        let lost = app.stage(owner, "Lost").id;
        let no_reason = script.post_json(&format!("{path}/move"), &json!({"stage_id": lost, "version": 2}));
        assert_eq!(refused(&no_reason), ["lost_reason"]);
        let elsewhere = script.post_json(&format!("{path}/move"), &json!({"stage_id": 987_654, "version": 2}));
        assert!(matches!(elsewhere.status, 404 | 422), "{}", elsewhere.body);
        let closed = given(
            &script.post_json(
                &format!("{path}/move"),
                &json!({"stage_id": lost, "version": 2, "lost_reason": "no budget"}),
            ),
            200,
        );
        assert_eq!(
            (&closed["state"], &closed["lost_reason"], &closed["next_step"]),
            (&json!("lost"), &json!("no budget"), &Value::Null)
        );
        given(&script.post_json("/api/v1/cards", &new), 201);
        for (query, many) in [
            (format!("contact_id={ana}"), 2),
            (format!("stage_id={lost}"), 1),
            (format!("pipeline_id={}", pipeline.0 + 1000), 0),
        ] {
            let found = given(&script.get(&format!("/api/v1/cards?{query}")), 200);
            assert_eq!(found["items"].as_array().map(Vec::len), Some(many), "{query}");
        }
    }
}

both! {
    fn templates_are_listed_and_added_shared_ones_only_by_managers(app) {
        let (owner, server, script) = desk(app);
        let before = given(&script.get("/api/v1/templates"), 200)["items"].as_array().map_or(0, Vec::len);
        let body = "Hi {{ first_name }}, hello.";
        let new = json!({"name": "First hello", "channel": "linkedin", "body": body, "shared": true});
        let made = given(&script.post_json("/api/v1/templates", &new), 201);
        has(&made, "id name channel body shared sent answered updated_at");
        assert_eq!((&made["name"], &made["shared"]), (&json!("First hello"), &json!(true)));
        let after = given(&script.get("/api/v1/templates"), 200);
        let after = after["items"].as_array().expect("items");
        assert!(after.len() == before + 1 && after.contains(&made));
        let june = app.script_of(&server, app.member(owner, "June Park", Role::Member));
        problem(&june.post_json("/api/v1/templates", &new), 403);
        let own = json!({"name": "Mine", "body": "Hello"});
        let own = given(&june.post_json("/api/v1/templates", &own), 201);
        assert_eq!((&own["shared"], &own["channel"]), (&json!(false), &Value::Null));
        assert!(
            !given(&script.get("/api/v1/templates"), 200)["items"].as_array().expect("items").contains(&own),
            "hers is hers"
        );
        assert_eq!(
            refused(&script.post_json("/api/v1/templates", &json!({"name": "", "body": "{{ first_name"}))),
            ["name", "body"]
        );
    }
}

both! {
    fn imports_are_listed_with_how_they_stand(app) {
        let (owner, _, script) = desk(app);
        assert_eq!(given(&script.get("/api/v1/imports"), 200), json!({"items": [], "next_cursor": null}));
        let kept = imports::keep_upload(&app.config.data, || Ok(&b"not a ZIP"[..])).expect("an upload");
        let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "archive.zip", &kept));
        let listed = |state: &str| {
            let told = given(&script.get("/api/v1/imports"), 200);
            has(
                &told["items"][0],
                "id kind file_name state rows_total rows_done counts problem created_at finished_at",
            );
            assert_eq!((&told["items"][0]["id"], &told["items"][0]["state"]), (&json!(id), &json!(state)));
            told["items"][0].clone()
        };
        assert_eq!(listed("reading")["file_name"], "archive.zip");
        app.tick();
        assert!(listed("failed")["problem"].as_str().is_some_and(|words| !words.is_empty()));
    }
}
