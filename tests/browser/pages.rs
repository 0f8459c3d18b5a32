//! Every page in light and dark: nothing in the console, nothing that axe-core finds, nothing wider than the window. The
//! pictures are in `target/shots`.

use super::{faults, sites::Demo, tour, wishes};
use crate::app::chrome::Browser;

fn every_page_is_sound(scheme: &str) {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let demo = Demo::tell();
    let mut wrong = tour::visit(&browser, &demo.outside(), scheme);
    demo.sign_in(&browser);
    wrong.extend(tour::visit(&browser, &demo.stops(), scheme));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_sound_in_the_light() {
    every_page_is_sound("light");
}

#[test]
fn every_page_is_sound_in_the_dark() {
    every_page_is_sound("dark");
}

#[test]
fn what_opens_over_a_page_is_sound_too() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let demo = Demo::tell();
    demo.sign_in(&browser);
    wishes(&browser, "light");
    let (board, contact) = (format!("board/{}", demo.thing("board")), format!("contacts/{}", demo.thing("contacts")));
    let over = [
        (board.as_str(), "body", "dialog#keys[open]"),
        (&board, ".tile .menu summary", ".tile .menu[open] .menu-list"),
        ("today", ".side-foot summary", ".side-foot[open] .menu-list"),
        ("today", "[data-row] [data-hotkey=s]", "dialog[open] form[action$='/snooze']"),
        ("today", "[data-row] [data-hotkey=d]", "dialog[open] form[action$='/done']"),
        (&contact, ".bar-actions .menu summary", ".bar-actions .menu[open] .menu-list"),
    ];
    for (path, opener, opened) in over {
        browser.goto(&demo.at(path));
        if opener == "body" {
            browser.press("?")
        } else {
            browser.click(opener)
        }
        browser.wait_for(opened);
        assert_eq!(faults(&browser), [""; 0], "{opened} over {path}");
    }
    browser.click(".menu-list [data-dialog='#erase-them']");
    browser.wait_for("dialog#erase-them[open]");
    assert_eq!(faults(&browser), [""; 0]);
}
