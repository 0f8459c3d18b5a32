//! Two people on one board: each sees what the other does, and a move that came too late says who was first.

use rapport::{access::Role, contacts::Kind, pipelines};
use thirtyfour::Key;

use super::Site;
use crate::app::chrome::Browser;

#[test]
fn two_people_on_one_board_see_each_other_move() {
    let (Some(first), Some(second)) = (Browser::start(1280, 900), Browser::start(1280, 900)) else { return };
    let site = Site::start();
    let app = &site.app;
    let owner = app.workspace("Acme");
    let june = app.member(owner, "June Park", Role::Member);
    let ana = app.contact(owner, "Ana Li");
    let card = app.card(owner, ana, "Found").id;
    let board = format!("{}/w/acme/board/{}", site.server.base, app.pipeline(owner, Kind::Lead));
    let column = |stage: &str| format!(".col[data-stage='{}']", app.stage(owner, stage).id);
    let tile = format!("[data-card='{card}']");
    for (browser, who) in [(&first, owner), (&second, june)] {
        app.sign_in(browser, &site.server, who);
        browser.goto(&board);
        browser.wait_for(&format!("{} {tile}", column("Found")));
    }

    first.drag(&tile, &column("Invited"));
    first.wait_text("Ana Li is in “Invited” now.");
    second.wait_for(&format!("{} {tile}", column("Invited")));
    assert_eq!(second.text(&format!("{} .count", column("Found"))).split_whitespace().next(), Some("0"));

    // June has the card in her hand, so that her page waits, while the owner moves it.
    let lift = |browser: &Browser| {
        browser.script(&format!("document.querySelector(\"{tile}\").focus()"));
        browser.press(" ");
        browser.wait_text("Lifted Ana Li from Invited.");
    };
    lift(&second);
    lift(&first);
    first.press(Key::Right);
    first.wait_text("Connected, column 3 of 7");
    first.press(" ");
    first.wait_text("Ana Li is in “Connected” now.");
    second.press(Key::Left);
    second.wait_text("Found, column 1 of 7");
    second.press(" ");
    second.wait_text("Acme Owner moved this card to “Connected” meanwhile.");
    second.wait_for(&format!("{} {tile}", column("Connected")));
    let now = app.read(owner, |tx| pipelines::card(tx, card));
    assert_eq!(now.stage_id, app.stage(owner, "Connected").id, "the late move changed nothing");
    assert_eq!((first.complaints(), second.complaints()), (vec![], vec![]));
}
