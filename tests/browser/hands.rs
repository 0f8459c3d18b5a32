//! Hands on the keyboard: what is typed counts, what is new is told without taking it away, and one walks on from where one was.

use rapport::{
    channels::Channel,
    db::PageRequest,
    reminders,
    threads::{self, Status},
};
use thirtyfour::Key;

use super::Site;
use crate::app::chrome::Browser;

#[test]
fn what_is_typed_for_a_next_step_chooses_it_and_the_rows_go_on() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    for name in ["Ana Li", "Bo Moss"] {
        let contact = app.contact(owner, name);
        app.card(owner, contact, "Connected");
        app.reminder(owner, contact, "Call back", "2026-11-23T08:00");
    }
    app.sign_in(&browser, &site.server, owner);
    browser.goto(&format!("{}/w/acme/today", site.server.base));
    browser.press("j");
    browser.press("d");
    browser.wait_for("dialog[open] [name=next]:checked");
    assert_eq!(browser.script("return document.activeElement.value"), "nothing", "a cadence goes on by itself");
    browser.press(Key::Tab);
    browser.press("in 5 days");
    assert_eq!(browser.script("return document.querySelector('dialog [name=next]:checked').value"), "plan");
    browser.press(Key::Enter);
    browser.wait_text("Next: “Follow up with Ana”");
    let open = app.read(owner, |tx| reminders::list(tx, &reminders::Filter::default(), &PageRequest::first(50))).items;
    let planned = open.iter().find(|one| one.title == "Follow up with Ana").expect("a next step");
    let today = rapport::calendar::local(app.now().utc(), planned.zone()).date();
    assert_eq!((planned.due_date - today).num_days(), 5);
    // The next row is at hand.
    browser.press("d");
    browser.wait_for("dialog[open] [name=next]:checked");
    assert!(browser.text("dialog[open]").contains("Bo Moss"));
}

#[test]
fn a_refused_answer_stays_in_its_sheet_and_is_not_dropped_unasked() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    let ana = app.contact(owner, "Ana Li");
    app.reminder(owner, ana, "Call back", "2026-11-23T08:00");
    app.sign_in(&browser, &site.server, owner);
    browser.goto(&format!("{}/w/acme/today", site.server.base));
    browser.press("j");
    browser.press("d");
    browser.wait_for("dialog[open] [name=next]:checked");
    browser.press(Key::Tab);
    browser.press("blursday");
    browser.press(Key::Enter);
    browser.wait_for("dialog[open] .problem");
    assert!(browser.url().ends_with("/today"), "{}", browser.url());
    assert!(browser.text("#main").contains("Call back"), "the list is still there");
    browser.script("window.asked = 0; window.confirm = () => { window.asked += 1; return false; }; return 1");
    browser.press(Key::Escape);
    assert_eq!(browser.script("return window.asked"), 1);
    assert_eq!(browser.script("return document.querySelector('dialog[open] [name=when]').value"), "blursday");
}

#[test]
fn a_reply_that_needs_no_answer_is_finished_from_its_row() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    // Who wrote last is on top.
    let [asks, thanks] = [("Bo Moss", "And the price?"), ("Ana Li", "Thank you!")].map(|(name, words)| {
        let contact = app.contact(owner, name);
        let thread = app.thread(owner, contact, Channel::Instagram);
        app.hears(owner, thread, words);
        thread
    });
    app.sign_in(&browser, &site.server, owner);
    browser.goto(&format!("{}/w/acme/today", site.server.base));
    browser.press("j");
    browser.press("d");
    browser.wait_text("It opens again by itself when they write.");
    assert!(browser.url().ends_with("/today"), "{}", browser.url());
    let status = |thread| app.read(owner, |tx| threads::thread(tx, thread)).status;
    assert_eq!((status(thanks), status(asks)), (Status::Closed, Status::Open));
    assert!(!browser.text("#main").contains("Ana Li"), "nothing more is owed to her");
    browser.press("s");
    browser.wait_for("dialog[open] [name=to]");
    browser.click("dialog[open] [name=to][value=tomorrow]");
    browser.wait_text("Nothing is due today");
    assert!(browser.url().ends_with("/today"), "{}", browser.url());
    assert_eq!(status(asks), Status::Snoozed);
}

#[test]
fn the_columns_of_a_board_follow_each_other() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    for (name, stage) in [("Ana Li", "Connected"), ("Bo Moss", "Talking")] {
        let contact = app.contact(owner, name);
        app.card(owner, contact, stage);
    }
    app.sign_in(&browser, &site.server, owner);
    browser.goto(&format!("{}/w/acme/board", site.server.base));
    browser.wait_for(".tile");
    let at = || browser.script("return document.activeElement.textContent").to_string();
    browser.press("j");
    assert!(at().contains("Ana Li"), "the first column is empty");
    browser.press("j");
    assert!(at().contains("Bo Moss"), "{}", at());
    browser.press("k");
    assert!(at().contains("Ana Li"), "{}", at());
}

#[test]
fn somebody_who_types_is_told_what_is_new_and_loses_no_word() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    let contact = app.contact(owner, "Ana Li");
    let thread = app.thread(owner, contact, Channel::Instagram);
    app.hears(owner, thread, "Hello");
    app.sign_in(&browser, &site.server, owner);
    browser.goto(&format!("{}/w/acme/threads/{thread}?channel=instagram", site.server.base));
    browser.wait_for(".composer");
    browser.press("m");
    browser.press("Thank you, I ");
    app.hears(owner, thread, "Never mind, I found it");
    browser.wait_for("[data-news]");
    assert!(!browser.text(".messages").contains("Never mind"), "the page stays as it is under their hands");
    browser.click("[data-news] button");
    browser.wait_text("Never mind, I found it");
    browser.wait_gone("[data-news]");
    assert_eq!(browser.script("return document.querySelector('.composer [name=body]').value"), "Thank you, I ");
    // Logged, and still beside the list as it was filtered.
    browser.fill(".composer [name=body]", "Good!");
    browser.press(Key::Control + Key::Enter);
    browser.wait_for(".msg.in ~ .msg");
    browser.wait_text("Saved.");
    assert!(browser.url().ends_with("?channel=instagram"), "{}", browser.url());
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(browser.count("[data-news]"), 0, "one's own words are no news");
    assert_eq!(app.read(owner, |tx| threads::messages(tx, thread, &PageRequest::first(9))).items.len(), 3);
}
