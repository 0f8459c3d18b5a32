//! The same pages on a phone: none scrolls sideways, the board shows one stage at a time, the inbox one pane.

use super::{sites::Demo, tour};
use crate::app::chrome::Browser;

const WIDTH: u32 = 390;
const HEIGHT: u32 = 844;

/// How many elements that match can be seen.
fn seen(browser: &Browser, css: &str) -> u64 {
    let script = format!(
        "return [...document.querySelectorAll(\"{css}\")].filter(one => one.checkVisibility() && one.offsetWidth > 0).length"
    );
    browser.script(&script).as_u64().expect("a number")
}

#[test]
fn no_page_scrolls_sideways_on_a_phone() {
    let Some(browser) = Browser::start(WIDTH, HEIGHT) else { return };
    let demo = Demo::tell();
    let mut wrong = tour::visit(&browser, &demo.outside(), "light");
    demo.sign_in(&browser);
    wrong.extend(tour::visit(&browser, &demo.stops(), "light"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_phone_shows_one_stage_and_one_pane() {
    let Some(browser) = Browser::start(WIDTH, HEIGHT) else { return };
    let demo = Demo::tell();
    demo.sign_in(&browser);

    browser.goto(&demo.at(&format!("board/{}", demo.thing("board"))));
    browser.wait_for(".stage-tabs");
    assert_eq!(seen(&browser, ".col"), 1, "one stage at a time");
    let talking = demo.thing("stages");
    browser.click(&format!(".stage-tabs [data-stage='{talking}']"));
    browser.wait_for(&format!(".col[data-stage='{talking}']"));
    browser.wait_for(&format!(".stage-tabs [data-stage='{talking}'][aria-current]"));
    assert_eq!(seen(&browser, ".col"), 1, "the chosen one instead of the other");

    browser.goto(&demo.at("inbox"));
    browser.wait_for(".pane-list .row");
    assert_eq!((seen(&browser, ".pane-list"), seen(&browser, ".pane-thread")), (1, 0), "the list first");
    browser.click(".pane-list .row a.row-main");
    browser.wait_for(".pane-thread .messages");
    let panes = [".pane-list", ".pane-thread", ".pane-side"].map(|pane| seen(&browser, pane));
    assert_eq!(panes, [0, 1, 0], "then the conversation alone");
    browser.click(".pane-head a.only-narrow");
    browser.wait_for(".pane-side");
    assert_eq!(seen(&browser, ".pane-thread"), 0, "then what is known about the person");
    browser.click(".pane-side .pane-back");
    browser.wait_for(".pane-thread");
    browser.click(".pane-head .pane-back");
    browser.wait_for(".pane-list");
    assert_eq!(browser.complaints(), [""; 0]);
}
