//! Workspaces beside each other on one instance: the same people, names and ids from outside in all, and they never
//! meet. A role, a membership and a token count where they were given and as long as they last.

use rapport::{
    access::{Access, Origin, Role},
    accounts,
    channels::Channel,
    contacts::{self, Details, Kind, parse_handle_line},
    drafts::{self, TemplateForm},
    error::Error,
    ids::UserId,
    threads::{self, NewMessage},
    workspaces,
};
use serde_json::json;

use crate::{
    app::{App, web::Speaker},
    both,
};

/// The membership of somebody who has an account already.
fn join(app: &App, of: Access, user: UserId, role: Role) -> Access {
    app.db.write_system(|sys| workspaces::join(sys, of.workspace(), user, role)).expect("a member");
    let slug = app.slug(of);
    app.db.read_system(|sys| accounts::enter(sys, user, &slug, Origin::Page)).expect("a pass")
}

/// Fills a workspace with somebody whom the others know too, by the same address, profile and words.
fn fill(app: &App, who: Access) {
    let ana = Details {
        email: Some("ana@shop.example".into()),
        phone: Some("+49 30 123456".into()),
        handles: vec![parse_handle_line("instagram: ana.li").expect("a profile")],
        ..Details::named("Ana Li", Kind::Lead)
    };
    let contact = app.write(who, |tx| contacts::create(tx, &ana));
    app.card(who, contact, "Connected");
    app.write(who, |tx| {
        contacts::tag(tx, contact, "spring")?;
        let new = threads::NewThread {
            external_id: Some("thread-1".into()),
            ..threads::NewThread::direct(contact, Channel::Instagram)
        };
        let thread = threads::start(tx, &new)?;
        let message = NewMessage {
            external_id: Some("message-1".into()),
            ..NewMessage::now(rapport::channels::Direction::In, "Hello from Ana")
        };
        threads::log_message(tx, thread, &message).map(drop)
    });
    app.reminder(who, contact, "Write to Ana", "2026-11-23T12:00");
}

both! {
    fn several_workspaces_with_the_same_people_in_them_never_meet(app) {
        let all = ["Acme", "Borea", "Cirrus"].map(|name| app.workspace(name));
        for owner in all {
            fill(app, owner);
        }
        let server = app.server();
        for owner in all {
            let (script, browser) = (app.script_of(&server, owner), app.browser_of(&server, owner));
            let slug = app.slug(owner);
            for list in ["contacts", "contacts?q=ana", "cards", "threads", "reminders?state=open"] {
                let told = script.get(&format!("/api/v1/{list}")).json();
                let items = told["items"].as_array().expect("a list");
                // Of reminders the one by hand: those that “Connected” planned were stopped by Ana's answer.
                assert_eq!(items.len(), 1, "{list} of {slug}: {told}");
            }
            let today = browser.get(&format!("/w/{slug}/today"));
            assert!(today.body.contains("Write to Ana"), "{}", today.body);
            let found = script.get("/api/v1/contacts?q=spring").json();
            assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "by their own tag");
            let again = script.post_json("/api/v1/contacts", &json!({
                "name": "Ana", "kind": "lead", "handles": [{"channel": "instagram", "username": "ana.li"}],
            }));
            assert_eq!(again.status, 409);
            assert_eq!(again.json()["current"]["id"], script.get("/api/v1/contacts").json()["items"][0]["id"]);
        }
        let empty = app.workspace("Delta");
        let script = app.script_of(&server, empty);
        let known = json!({"name": "Ana", "kind": "lead", "email": "ana@shop.example",
            "handles": [{"channel": "instagram", "username": "ana.li"}]});
        assert_eq!(script.post_json("/api/v1/contacts", &known).status, 201, "others know her; this one doesn’t");
    }
}

both! {
    fn a_filter_that_names_a_neighbours_things_finds_nothing(app) {
        let (here, there) = (app.workspace("Acme"), app.workspace("Borea"));
        fill(app, here);
        let server = app.server();
        let (ours, script) = (app.script_of(&server, here), app.script_of(&server, there));
        let browser = app.browser_of(&server, there);
        let first = |list: &str| ours.get(&format!("/api/v1/{list}")).json()["items"][0].clone();
        let card = first("cards");
        let (contact, pipeline, stage) = (&card["contact_id"], &card["pipeline_id"], &card["stage_id"]);
        let user = here.user().expect("a person");
        for list in [
            format!("cards?pipeline_id={pipeline}"),
            format!("cards?stage_id={stage}"),
            format!("cards?contact_id={contact}"),
            format!("threads?contact_id={contact}"),
            format!("reminders?contact_id={contact}"),
            format!("reminders?user_id={user}"),
        ] {
            let answer = script.get(&format!("/api/v1/{list}"));
            assert_eq!((answer.status, answer.json()["items"].as_array().map(Vec::len)), (200, Some(0)), "{list}");
            let answer = ours.get(&format!("/api/v1/{list}"));
            assert_ne!(answer.json()["items"].as_array().map(Vec::len), Some(0), "{list} finds nothing at home either");
        }
        let pipeline = app.pipeline(there, Kind::Lead);
        let thread = first("threads")["id"].clone();
        for page in [
            format!("inbox?contact={contact}&status=any"),
            format!("inbox?stage={stage}&status=any"),
            format!("inbox?assignee={user}"),
            format!("board/{pipeline}?owner={user}&stage={stage}"),
            format!("board/{pipeline}/list?owner={user}"),
            format!("contacts?stage={stage}"),
            format!("contacts?owner={user}"),
            format!("templates/new?contact={contact}"),
            format!("audit?contact={contact}"),
            format!("audit?actor={user}"),
            format!("paste?contact={contact}"),
            format!("reminders?whose=everyone&thread={thread}"),
        ] {
            let answer = browser.get(&format!("/w/borea/{page}"));
            assert!([200, 404].contains(&answer.status), "{page}: {}", answer.status);
            assert!(!answer.body.contains("Ana") && !answer.body.contains("Acme"), "{page}: {}", answer.body);
        }
    }
}

both! {
    fn a_role_counts_only_where_it_was_given(app) {
        let (here, there) = (app.workspace("Acme"), app.workspace("Borea"));
        // The owner of one is a viewer in the other.
        let viewer = join(app, there, here.user().expect("a person"), Role::Viewer);
        let server = app.server();
        let browser = app.browser_of(&server, here);
        app.contact(here, "Ana Li");
        let form = [("name", "Bo Ek"), ("kind", "lead")];
        assert_eq!(browser.post("/w/acme/contacts/new", &form).status, 303);
        assert_eq!(browser.post("/w/borea/contacts/new", &form).status, 403);
        assert_eq!(browser.get("/w/borea/settings/mail").status, 403);
        assert!(!browser.get("/w/borea/contacts").body.contains("Ana Li"), "a page shows the workspace of its address");
        let (full, weak) = (app.script_of(&server, here), app.script_of(&server, viewer));
        let new = json!({"name": "Kit Roe", "kind": "lead"});
        let add = |script: &Speaker| script.post_json("/api/v1/contacts", &new).status;
        assert_eq!((add(&full), add(&weak)), (201, 403));
        assert_eq!(weak.get("/api/v1/contacts").json()["items"], json!([]));
    }
}

both! {
    fn whoever_has_left_finds_the_door_closed_at_once(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Manager);
        let server = app.server();
        let (browser, script) = (app.browser_of(&server, june), app.script_of(&server, june));
        assert_eq!((browser.get("/w/acme/today").status, script.get("/api/v1/today").status), (200, 200));
        app.write(owner, |tx| workspaces::remove_member(tx, june.person()?));
        assert_eq!((browser.get("/w/acme/today").status, script.get("/api/v1/today").status), (404, 401));
        assert_eq!(browser.post("/w/acme/contacts/new", &[("name", "Ana"), ("kind", "lead")]).status, 404);
        assert_eq!(browser.get("/me").status, 200, "the account stays");
    }
}

both! {
    fn a_lesser_role_works_from_the_next_request_on(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Manager);
        let server = app.server();
        let (browser, script) = (app.browser_of(&server, june), app.script_of(&server, june));
        app.write(owner, |tx| workspaces::change_role(tx, june.person()?, Role::Viewer));
        assert_eq!(browser.post("/w/acme/contacts/new", &[("name", "Ana"), ("kind", "lead")]).status, 403);
        assert_eq!(script.post_json("/api/v1/contacts", &json!({"name": "Ana", "kind": "lead"})).status, 403);
        assert_eq!(browser.get("/w/acme/audit").status, 403);
    }
}

both! {
    fn only_an_owner_ends_the_membership_or_the_token_of_somebody_else(app) {
        let owner = app.workspace("Acme");
        let (june, kit) = (app.member(owner, "June Park", Role::Manager), app.member(owner, "Kit Roe", Role::Viewer));
        let server = app.server();
        let manager = app.browser_of(&server, june);
        let kits = app.script_of(&server, kit);
        let token = app.read(kit, accounts::tokens)[0].id;
        let (person, key) = (kit.user().expect("a person"), format!("/w/acme/settings/tokens/{token}/revoke"));
        let leave = format!("/w/acme/settings/members/{person}/remove");
        assert_eq!((manager.post(&leave, &[]).status, manager.post(&key, &[]).status), (403, 403));
        assert_eq!(kits.get("/api/v1/today").status, 200);
        assert!(!manager.get("/w/acme/settings/tokens").body.contains(&key), "tokens of others are not listed");
        let master = app.browser_of(&server, owner);
        assert_eq!((master.post(&key, &[]).status, kits.get("/api/v1/today").status), (303, 401));
        assert_eq!(master.post(&leave, &[]).status, 303);
        let last = app.db.write(owner, |tx| workspaces::remove_member(tx, tx.access().person()?));
        assert!(matches!(last, Err(Error::Invalid(_))), "the last owner has left");
    }
}

both! {
    fn a_template_of_ones_own_is_nobody_elses(app) {
        let owner = app.workspace("Acme");
        let june = app.member(owner, "June Park", Role::Member);
        let form = TemplateForm { name: "Mine".into(), channel: None, body: "Hello".into(), shared: false };
        let id = app.write(june, |tx| drafts::save_template(tx, None, &form));
        let server = app.server();
        let (hers, theirs) = (app.browser_of(&server, june), app.browser_of(&server, owner));
        let path = format!("/w/acme/templates/{id}");
        assert_eq!((hers.get(&path).status, theirs.get(&path).status), (200, 404));
        assert_eq!(theirs.post(&path, &[("name", "Theirs"), ("body", "Hi")]).status, 404);
        assert_eq!(theirs.post(&format!("{path}/remove"), &[]).status, 404);
        assert!(!theirs.get("/w/acme/templates").body.contains("Mine"));
    }
}
