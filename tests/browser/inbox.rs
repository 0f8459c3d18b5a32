//! The inbox worked from the keyboard alone: a message is found, read, answered for, put off, given to oneself and closed.

use rapport::{access::Role, channels::Channel, drafts, pipelines, threads};
use thirtyfour::Key;

use super::{Site, faults};
use crate::app::chrome::Browser;

#[test]
fn the_inbox_is_worked_from_the_keyboard() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    let june = app.member(owner, "June Park", Role::Member);
    let [ana, bo] = [(june, "Ana Li"), (owner, "Bo Moss")].map(|(whose, name)| app.contact(whose, name));
    let first = app.thread(owner, bo, Channel::Linkedin);
    app.hears(owner, first, "The marmalade arrived, thank you");
    let second = app.thread(owner, ana, Channel::Instagram);
    app.hears(owner, second, "Are the blue ones still to be had?");
    let card = app.card(june, ana, "Connected");
    let form = drafts::TemplateForm {
        name: "Still here".into(),
        channel: None,
        body: "Yes, {{ first_name }}, they are.".into(),
        shared: true,
    };
    app.write(owner, |tx| drafts::save_template(tx, None, &form));

    app.sign_in(&browser, &site.server, june);
    browser.goto(&format!("{}/w/acme/inbox", site.server.base));
    browser.wait_for(".side-nav [data-unread-count]:not([hidden])");
    assert_eq!(browser.count(".row.unread"), 2);
    // The newest first: opened, and read by being looked at.
    browser.press("j");
    browser.press(Key::Enter);
    // Beside the list there is a heading before any conversation is open.
    browser.wait_for(".row.current");
    assert!(browser.text(".pane-thread h2").contains("Ana Li"));
    browser.wait_gone(".row.current.unread");
    assert_eq!(browser.text("[data-unread-count] > :first-child"), "1");
    browser.press("u");
    browser.wait_for(".row.unread:first-child");
    browser.press("j");
    browser.press(Key::Enter);
    browser.wait_for(".row.current:first-child");
    browser.wait_gone(".row.current.unread");

    // A template into the composer, and logged as sent.
    browser.press("t");
    browser.press("S");
    browser.press(Key::Tab);
    browser.press(Key::Enter);
    browser.wait_for(".composer [data-copy]");
    browser.press("m");
    browser.press(Key::Control + Key::Enter);
    browser.wait_text("Yes, Ana, they are.");
    browser.wait_for(".msg.out");
    assert_eq!(app.read(june, |tx| threads::thread(tx, second)).turn, rapport::contacts::Turn::Theirs);

    // The card moved from here, with the last words as evidence; handed to a colleague, then taken.
    browser.press(Key::Escape);
    browser.press("p");
    browser.press("Me");
    browser.press(Key::Control + Key::Enter);
    browser.wait_text("“Meeting”");
    let moved = app.read(june, |tx| pipelines::card(tx, card.id));
    assert_eq!(moved.stage_id, app.stage(june, "Meeting").id);
    browser.press(Key::Escape);
    browser.press("h");
    browser.press("Acme");
    browser.press(Key::Control + Key::Enter);
    browser.wait_text("Acme Owner looks after this conversation now.");
    browser.press(Key::Escape);
    browser.press("a");
    browser.wait_text("June Park looks after this conversation now.");
    browser.press("s");
    browser.wait_for("dialog[open] #when");
    browser.press("tomorrow 9am");
    browser.press(Key::Enter);
    browser.wait_text("It comes back");
    let put_off = app.read(june, |tx| threads::thread(tx, second));
    assert_eq!((put_off.status, put_off.assignee_id), (threads::Status::Snoozed, june.user()));
    // What is done with leads on to the next of the list.
    browser.wait_for(".row.current:first-child");
    assert!(browser.text(".pane-thread h2").contains("Bo Moss"));
    assert_eq!(browser.count(".row"), 1);

    // Found by its words wherever it is, opened at the words.
    browser.press("/");
    browser.press("marmal");
    browser.wait_for("mark");
    browser.press(Key::Escape);
    browser.press("j");
    browser.press(Key::Enter);
    browser.wait_for(".msg.in .bubble");
    browser.press("e");
    browser.wait_text("Closed. It opens again by itself when they write.");
    assert_eq!(app.read(june, |tx| threads::thread(tx, first)).status, threads::Status::Closed);
    // It was the only one found: the list is left, where it stands as closed.
    browser.wait_gone(".messages");
    browser.press("j");
    browser.press(Key::Enter);
    browser.wait_for(".msg.in .bubble");
    browser.press("e");
    browser.wait_text("Open again.");

    browser.press("?");
    browser.wait_for("dialog#keys[open]");
    let keys = browser.text("dialog#keys");
    for told in [
        "Snooze",
        "Close",
        "Take it",
        "Mark as unread",
        "Search",
        "Next and previous row",
        "Open the row",
        "What was said",
        "Hand it to a colleague",
        "Filters",
        "more filters",
        "Ctrl Enter",
    ] {
        assert!(keys.contains(told), "{told} is not among {keys}");
    }
    browser.press(Key::Escape);
    browser.wait_gone("dialog#keys[open]");

    // A filter is chosen by its key.
    browser.press("f");
    browser.press("Sn");
    browser.wait_text("No conversation fits");
    // The page was swapped: where the keys are is settled with the next frame.
    browser.script("return new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)));");
    browser.press(Key::Escape);
    browser.press("x");
    browser.press(Key::Tab);
    browser.press("Oth");
    browser.wait_for("#by-channel option:checked[value=other]");
    assert_eq!(faults(&browser), [""; 0]);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn what_is_found_in_a_long_conversation_is_shown_though_the_one_before_stood_at_its_end() {
    let Some(browser) = Browser::start(1280, 700) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    let [short, long] = ["Ana Li", "Bo Moss"].map(|name| {
        let person = app.contact(owner, name);
        app.thread(owner, person, Channel::Linkedin)
    });
    app.hears(owner, short, "A few words");
    for number in 0..60 {
        app.hears(owner, long, &if number == 5 { "The marmalade".to_owned() } else { format!("Line {number}") });
    }
    app.sign_in(&browser, &site.server, owner);
    let place = "const pane = document.querySelector('.pane-thread'); \
                 return pane.scrollHeight - pane.scrollTop - pane.clientHeight;";
    browser.goto(&format!("{}/w/acme/threads/{long}", site.server.base));
    browser.wait_text("Line 59");
    assert!(browser.script(place).as_i64().is_some_and(|left| left < 9), "it opens at its newest end");
    browser.goto(&format!("{}/w/acme/threads/{short}", site.server.base));
    browser.wait_text("A few words");
    browser.press("/");
    browser.press("marmal");
    browser.wait_for(".row mark");
    browser.press(Key::Escape);
    browser.press("j");
    browser.press(Key::Enter);
    browser.wait_for(".pane-thread .msg:is(.here, :target)");
    // Two frames, in which the conversation is measured.
    browser.script(
        "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))));",
    );
    let left = browser.script(place).as_i64().expect("a number");
    assert!(left > 200, "it stands {left} px before its end");
}
