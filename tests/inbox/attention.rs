//! Snoozed, closed and unread threads.

use rapport::{
    access::{Access, Role},
    calendar::When,
    channels::{Channel, Direction},
    db::PageRequest,
    error::Error,
    ids::ThreadId,
    imports::{self, Choice},
    reminders,
    threads::{self, Filter, NewMessage, Status},
};

use crate::{
    app::{App, at, people::ZONE},
    both,
    imports::kit::{self, apply, look_into_as, state},
};

fn listed(app: &App, who: Access, filter: &Filter) -> Vec<ThreadId> {
    let page = app.read(who, |tx| threads::list(tx, filter, &PageRequest::first(50)));
    page.items.iter().map(|row| row.thread.id).collect()
}

fn open(app: &App, who: Access) -> Vec<ThreadId> {
    listed(app, who, &Filter { status: Some(Status::Open), ..Filter::default() })
}

fn unread(app: &App, who: Access) -> Vec<ThreadId> {
    listed(app, who, &Filter { unread_by: who.user(), ..Filter::default() })
}

fn snooze(app: &App, who: Access, thread: ThreadId, local: &str) -> Result<(), Error> {
    let when: chrono::NaiveDateTime = local.parse().expect("a local time");
    let when = When { date: when.date(), time: when.time() };
    app.db.write(who, |tx| threads::snooze(tx, thread, when, ZONE.parse().expect("a zone")))
}

crate::both! {
    fn a_snoozed_thread_comes_back_on_top_when_its_time_has_come(app) {
        let owner = app.workspace("Acme");
        let [ana, bob] = ["Ana Li", "Bob Ito"].map(|name| app.contact(owner, name));
        let [early, late] = [ana, bob].map(|person| app.thread(owner, person, Channel::Linkedin));
        app.is_now("2026-11-23T09:00:00Z");
        app.hears(owner, early, "Ask me again next week");
        app.is_now("2026-11-23T10:00:00Z");
        app.hears(owner, late, "Hello");
        snooze(app, owner, early, "2026-11-30T09:00:00").expect("a snooze");
        assert_eq!(open(app, owner), [late]);
        assert_eq!(listed(app, owner, &Filter { status: Some(Status::Snoozed), ..Filter::default() }), [early]);
        app.is_now("2026-11-30T07:59:59Z");
        app.tick();
        assert_eq!(open(app, owner), [late], "09:00 in Berlin is 08:00 in UTC");
        app.is_now("2026-11-30T08:00:00Z");
        app.tick();
        assert_eq!(open(app, owner), [early, late], "it stands above what was written meanwhile");
        let back = app.read(owner, |tx| threads::thread(tx, early));
        assert_eq!((back.snoozed_until, back.last_message_at), (None, at("2026-11-23T09:00:00Z")));
    }
}

both! {
    fn a_snoozed_thread_comes_back_when_they_write_and_not_when_we_do(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Instagram);
        app.hears(owner, thread, "Later, please");
        snooze(app, owner, thread, "2026-12-30T09:00:00").expect("a snooze");
        app.is_now("2026-11-24T10:00:00Z");
        app.says(owner, thread, "Of course");
        assert_eq!(open(app, owner), []);
        let machine = NewMessage { automatic: true, ..NewMessage::now(Direction::In, "I am away until Monday") };
        app.write(owner, |tx| threads::log_message(tx, thread, &machine));
        assert_eq!(open(app, owner), [], "an out-of-office is not a reply");
        app.is_now("2026-11-25T10:00:00Z");
        app.hears(owner, thread, "I have time now");
        assert_eq!(open(app, owner), [thread]);
        // The job of the snooze that is over does nothing any more.
        app.write(owner, |tx| threads::close(tx, thread));
        app.is_now("2026-12-30T10:00:00Z");
        app.tick();
        assert_eq!(open(app, owner), []);
        let past = snooze(app, owner, thread, "2026-12-01T09:00:00");
        assert!(matches!(past, Err(Error::Invalid(_))), "{past:?}");
    }
}

both! {
    fn a_closed_thread_stays_closed_until_something_new_comes_in(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::X);
        app.hears(owner, thread, "Not for us, thanks");
        app.write(owner, |tx| threads::close(tx, thread));
        let old = NewMessage { sent_at: Some(at("2026-11-01T09:00:00Z")), ..NewMessage::now(Direction::In, "Who are you?") };
        let old = app.write(owner, |tx| threads::log_message(tx, thread, &old));
        assert_eq!(open(app, owner), [], "an older message that is entered late is no news");
        app.write(owner, |tx| threads::remove_message(tx, old.id));
        assert_eq!(open(app, owner), [], "nor is taking one away");
        app.is_now("2026-11-24T10:00:00Z");
        app.hears(owner, thread, "One more question");
        assert_eq!(open(app, owner), [thread]);
    }
}

both! {
    fn a_thread_from_which_all_they_said_was_removed_is_unread_for_nobody(app) {
        let owner = app.workspace("Acme");
        let ana = app.contact(owner, "Ana Li");
        let wrong = app.thread(owner, ana, Channel::Instagram);
        let said = app.hears(owner, wrong, "Meant for another");
        app.write(owner, |tx| threads::mark(tx, wrong, false));
        assert_eq!(unread(app, owner), [wrong]);
        app.write(owner, |tx| threads::remove_message(tx, said.id));
        assert_eq!(unread(app, owner), [], "nothing is there to be read");
    }
}

both! {
    fn what_comes_in_is_unread_for_everybody_but_whoever_entered_it(app) {
        let owner = app.workspace("Acme");
        let max = app.member(owner, "Max Member", Role::Member);
        let vic = app.member(owner, "Vic Viewer", Role::Viewer);
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        app.says(owner, thread, "Hello");
        assert_eq!(unread(app, max), [], "what we wrote is no news");
        app.hears(owner, thread, "Hi there");
        assert_eq!((unread(app, owner), unread(app, max), unread(app, vic)), (vec![], vec![thread], vec![thread]));
        app.write(max, |tx| threads::mark(tx, thread, true));
        assert_eq!((unread(app, max), unread(app, vic)), (vec![], vec![thread]), "each for themselves");
        app.write(max, |tx| threads::mark(tx, thread, false));
        app.write(max, |tx| threads::mark(tx, thread, false));
        assert_eq!(app.read(max, |tx| threads::unread_count(tx, max.user().expect("a person"))), 1);
        let late = app.member(owner, "Lea Late", Role::Member);
        assert_eq!(unread(app, late), [], "whoever joins later has missed nothing");
        app.write(owner, |tx| rapport::contacts::erase(tx, ana));
        assert_eq!(unread(app, max), []);
    }
}

both! {
    fn a_page_that_is_looked_at_is_read_and_the_counter_says_so(app) {
        let owner = app.workspace("Acme");
        let max = app.member(owner, "Max Member", Role::Member);
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let said = app.hears(owner, thread, "Hi there").id;
        let (server, slug) = (app.server(), app.slug(owner));
        let browser = app.browser_of(&server, max);
        let (inbox, seen) = (format!("/w/{slug}/inbox"), format!("/w/{slug}/threads/{thread}/seen"));
        let page = browser.get(&inbox).body;
        assert!(page.contains("Ana Li<span class=\"sr\">, unread</span>") && page.contains("<span>1</span>"), "{page}");
        let shown = browser.get(&format!("/w/{slug}/threads/{thread}")).body;
        assert!(shown.contains(&format!("data-seen=\"{seen}\"")), "the page asks to be counted as seen");
        assert!(browser.get(&inbox).body.contains(", unread"), "a GET changes nothing");
        let first = said.to_string();
        app.is_now("2026-11-23T09:05:00Z");
        let later = app.hears(owner, thread, "Are you there?").id.to_string();
        assert_eq!(browser.post(&seen, &[("last", &first)]).json()["unread"], 1, "not what came in since");
        assert_eq!(browser.post(&seen, &[("last", &later)]).json()["unread"], 0);
        assert!(!browser.get(&inbox).body.contains(", unread"));
    }
}

both! {
    fn promise_10_undoing_an_import_puts_threads_and_marks_back_as_they_were(app) {
        let owner = app.workspace("Acme");
        let max = app.member(owner, "Max Member", Role::Member);
        let said = |from: &str, to: &str, day: u32, words: &str| {
            kit::said("c1", from, to, &format!("2026-11-{day:02} 09:00:00"), words)
        };
        let early = said(kit::MARA, "Ana Li", 1, "Hello");
        let late = early.clone() + said("Ana Li", kit::MARA, 20, "Is now a good time?").as_str();
        let bring = |messages: &str| {
            let looked = look_into_as(app, owner, "linkedin", "archive.zip", &kit::archive("", messages));
            assert_eq!(looked.problem, None);
            app.write(owner, |tx| imports::choose(tx, looked.id, &Choice::Everybody));
            apply(app, owner, looked.id, None)
        };
        bring(&early);
        assert_eq!(unread(app, max), [], "history is no news");
        let thread = open(app, owner)[0];
        snooze(app, owner, thread, "2027-01-10T09:00:00").expect("a snooze");
        let before = state(app, owner);
        let done = bring(&late);
        assert_eq!((open(app, owner), unread(app, max)), (vec![thread], vec![thread]));
        app.write(owner, |tx| imports::undo(tx, done.id));
        assert_eq!((open(app, owner), unread(app, max)), (vec![], vec![]));
        assert_eq!(state(app, owner), before);
        app.is_now("2027-01-10T08:00:00Z");
        app.tick();
        assert_eq!(open(app, owner), [thread], "and its time still comes");
    }
}

both! {
    fn a_conversation_that_was_closed_or_put_off_asks_for_no_reply(app) {
        let owner = app.workspace("Acme");
        let user = owner.user().expect("a person");
        let ana = app.contact(owner, "Ana Li");
        let thread = app.thread(owner, ana, Channel::X);
        app.hears(owner, thread, "Later, please");
        let owed = || app.read(owner, |tx| reminders::replies_owed(tx, user, 10)).1;
        assert_eq!(owed(), 1);
        snooze(app, owner, thread, "2026-12-30T09:00:00").expect("a snooze");
        assert_eq!(owed(), 0);
        app.write(owner, |tx| threads::reopen(tx, thread));
        assert_eq!(owed(), 1);
        app.write(owner, |tx| threads::close(tx, thread));
        assert_eq!(owed(), 0);
    }
}
