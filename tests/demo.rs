//! The demo: its story is told by the real verbs, and it is removed exactly.

use rapport::{
    access::{Origin, Role},
    accounts,
    calendar::Day,
    contacts, demo, pipelines, reminders,
};

use crate::{both, imports::kit::facts};

both! {
    fn the_story_is_told_and_removed_without_a_trace(app) {
        let before = app.workspace("Acme");
        let made = demo::tell(&app.worker).expect("a demo");
        let owner = app.db.read_system(|sys| {
            let user = accounts::user_by_email(sys, &made.email)?.expect("an owner");
            accounts::enter(sys, user.id, &made.slug, Origin::Page)
        }).expect("a pass");
        app.tick();
        let people = app.read(owner, |tx| contacts::count_to(tx, 1000));
        assert!((38..=45).contains(&people), "about forty people, not {people}");
        let day = Day::of(app.now().utc(), chrono_tz::Europe::Berlin);
        let pipelines = app.read(owner, pipelines::pipelines);
        assert_eq!(pipelines.len(), 3);
        let owed = app.read(owner, |tx| reminders::owed(tx, tx.access().person()?, &day));
        assert!(owed.due_count > 0, "somebody owes something");
        app.db.write_system(|sys| rapport::workspaces::remove_demo(sys, owner)).expect("removed");
        assert!(app.db.read(owner, |tx| contacts::count_to(tx, 1000)).unwrap_or(0) == 0);
        assert!(app.db.read_system(|sys| accounts::user_by_email(sys, &made.email)).expect("a read").is_none());
        assert_eq!(app.read(before, pipelines::pipelines).len(), 3, "what was there before stays");
    }
}

both! {
    fn a_large_demo_is_out_of_reach_at_once_and_removed_by_the_worker(app) {
        let before = app.workspace("Acme");
        let made = demo::fill(&app.worker, 100, 6_000, 1).expect("a demo");
        let owner = app.db.read_system(|sys| {
            let user = accounts::user_by_email(sys, &made.email)?.expect("an owner");
            accounts::enter(sys, user.id, &made.slug, Origin::Page)
        }).expect("a pass");
        app.db.write_system(|sys| {
            accounts::write_invitation(sys, owner, "guest@test.example", Role::Member)?;
            assert!(!rapport::workspaces::remove_demo(sys, owner)?, "it takes the worker");
            assert_eq!(accounts::invited(sys, owner)?.len(), 0, "an invitation leads nowhere");
            Ok(())
        }).expect("removed");
        let enter = |slug: &str| {
            app.db.read_system(|sys| accounts::enter(sys, owner.person()?, slug, Origin::Page)).is_ok()
        };
        assert!(!enter(&made.slug) && !enter(&format!("removed-{}", owner.workspace())), "nobody enters it any more");
        let again = demo::fill(&app.worker, 10, 10, 2).expect("the next one");
        assert_eq!(again.slug, made.slug, "its address is free");
        app.tick();
        for table in ["workspaces", "messages", "events"] {
            let column = if table == "workspaces" { "id" } else { "workspace_id" };
            let id = owner.workspace();
            let left = facts(app, &format!("SELECT 'x' AS fact FROM {table} WHERE {column} = {id}"));
            assert!(left.is_empty(), "{} left in {table}", left.len());
        }
        assert!(app.db.read_system(|sys| accounts::user_by_email(sys, &made.email)).expect("a read").is_none());
        assert_eq!(app.read(before, pipelines::pipelines).len(), 3, "what was there before stays");
    }
}

both! {
    fn an_owner_opens_the_demo_from_the_first_page_and_removes_it(app) {
        let owner = app.workspace("Acme");
        let (server, slug) = (app.server(), app.slug(owner));
        let page = app.browser_of(&server, owner);
        let begin = format!("/w/{slug}/start");
        assert!(page.get(&begin).body.contains("Open the demo"));
        let opened = page.post(&format!("{begin}/demo"), &[]);
        assert_eq!(opened.status, 303, "{}", opened.body);
        let shown = page.get("/w/fernweh-goods/today").body;
        assert!(shown.contains("This is the demo story") && shown.contains("Overdue"), "{shown}");
        let digest = app.db.read_system(|sys| {
            let me = rapport::accounts::user(sys, owner.user().expect("a person"))?;
            rapport::reminders::digest::compose(sys, &me, "http://localhost", false)
        });
        assert!(digest.expect("a read").is_none(), "the demo's work is in nobody's mail");
        let again = page.post(&format!("{begin}/demo"), &[]);
        assert_eq!((again.status, again.location.as_str()), (303, "/w/fernweh-goods/today"), "there it is");
        let other = app.workspace("Other");
        let theirs = app.browser_of(&server, other).post(&format!("/w/{}/start/demo", app.slug(other)), &[]);
        assert!(theirs.status == 422 && theirs.body.contains("The demo is here already"), "{}", theirs.body);
        let tested = page.post("/w/fernweh-goods/settings/mail/test", &[]);
        assert_eq!(tested.status, 422);
        assert!(tested.body.contains("Nothing is ever sent from the demo."));
        let invited = page.post("/w/fernweh-goods/settings/members", &[("email", "bo@test.example"), ("role", "member")]);
        assert!(invited.status == 422 && invited.body.contains("Nothing is ever sent from the demo."), "{}", invited.body);
        assert_eq!(page.post("/w/fernweh-goods/settings/demo/remove", &[]).status, 303);
        assert_eq!(page.get("/w/fernweh-goods/today").status, 404);
        assert_eq!(page.get(&format!("/w/{slug}/today")).status, 200, "their own workspace stays");
    }
}
