//! The whole way of somebody new, in one go and in a real browser: from the set-up link to a finished reminder.

use std::{
    io::{Cursor, Write},
    path::PathBuf,
};

use rapport::{access::Access, accounts, contacts, db::PageRequest, ids::ContactId, pipelines, reminders, threads};
use serde_json::json;
use thirtyfour::Key;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{Site, faults};
use crate::app::chrome::Browser;

const EMAIL: &str = "kaito@mori.example";
const PASSWORD: &str = "violet harbour lantern 27";

const CONNECTIONS: &str = "Notes:\n\"When exporting your connection data, you may notice…\"\n\n\
    First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Vera,Moss,https://www.linkedin.com/in/vera-moss,,Tarn & Sons,Buyer,03 Nov 2025\n\
    Alan,Stone,https://www.linkedin.com/in/alan-stone,,Ridge,Owner,04 Nov 2025\n\
    Ines,Roth,https://www.linkedin.com/in/ines-roth,,Fell,Editor,05 Nov 2025\n";
const MESSAGES: &str = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,\
    SUBJECT,CONTENT,FOLDER\n\
    2-a==,,Kaito Mori,https://www.linkedin.com/in/kaito,Vera Moss,https://www.linkedin.com/in/vera-moss,\
    2025-11-04 09:00:00 UTC,,Shall I send you two samples?,INBOX\n\
    2-a==,,Vera Moss,https://www.linkedin.com/in/vera-moss,Kaito Mori,https://www.linkedin.com/in/kaito,\
    2025-11-04 10:30:00 UTC,,Yes please. Send them to the shop.,INBOX\n\
    2-b==,,Kaito Mori,https://www.linkedin.com/in/kaito,Alan Stone,https://www.linkedin.com/in/alan-stone,\
    2025-11-05 10:00:00 UTC,,Good to meet you in Kyoto.,INBOX\n";

#[test]
fn from_the_set_up_link_to_a_finished_reminder() {
    let Some(browser) = Browser::start(1280, 900) else { return };
    let way = Way { browser: &browser, site: Site::start() };
    way.found();
    way.bring_people_in();
    let (who, vera) = way.look_at_vera();
    way.open_a_card(who, vera);
    way.move_on_the_board(who, vera);
    way.move_because_of_a_message(who, vera);
    way.plan_and_finish(who, vera);
    way.leave_and_come_back();
    assert_eq!(browser.complaints(), [""; 0]);
}

struct Way<'a> {
    browser: &'a Browser,
    site: Site,
}

impl Way<'_> {
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site.server.base)
    }

    /// Nothing is wrong with the page that is open.
    #[track_caller]
    fn is_sound(&self) {
        assert_eq!(faults(self.browser), [""; 0], "at {}", self.browser.url());
    }

    fn found(&self) {
        let browser = self.browser;
        browser.devtools("Emulation.setTimezoneOverride", json!({"timezoneId": "Asia/Tokyo"}));
        let key = self.site.app.db.write_system(accounts::issue_setup).expect("a link").expect("nobody is here yet");
        browser.goto(&self.at(&format!("/setup/{key}")));
        browser.wait_text("Set up Rapport");
        let zone = browser.script("return document.getElementById('timezone').value");
        assert_eq!(zone, "Asia/Tokyo", "the browser's zone is offered");
        self.is_sound();
        browser.fill("#name", "Kaito Mori");
        browser.fill("#email", EMAIL);
        browser.fill("#password", PASSWORD);
        browser.fill("#workspace", "Mori Tea");
        browser.click("input[name=kinds][value=lead]");
        browser.click("main form .btn.primary");
        browser.wait_text("Start here");
        assert!(browser.url().ends_with("/w/mori-tea/start"), "{}", browser.url());
        let user = self.site.app.db.read_system(|sys| accounts::user_by_email(sys, EMAIL)).expect("a read");
        assert_eq!(user.map(|user| user.timezone).as_deref(), Some("Asia/Tokyo"));
        self.is_sound();
    }

    fn bring_people_in(&self) {
        let browser = self.browser;
        browser.click("main a[href$='/import']");
        browser.wait_text("Your archive");
        browser.fill("#file", &self.archive().to_string_lossy());
        browser.click("form[data-upload] button");
        // The worker reads it; the page asks again by itself until the preview is there.
        browser.wait_text("LinkedIn archive of Kaito Mori");
        for name in ["Vera Moss", "Alan Stone", "Ines Roth"] {
            browser.wait_text(name);
        }
        let who = self.site.pass(EMAIL, "mori-tea");
        assert_eq!(self.site.app.read(who, |tx| contacts::count_to(tx, 9)), 0, "nothing is stored before the choice");
        self.is_sound();
        browser.click("button[name=choice][value=everybody]");
        browser.wait_text("3 chosen");
        browser.click("input[aria-label='Bring in Ines Roth']");
        // What is ticked in view counts, kept before or not.
        browser.click("button[formaction$='/apply']");
        browser.wait_text("2 new people and 3 messages are here.");
        self.is_sound();
        browser.click("main a[href$='/contacts']");
        browser.wait_text("Vera Moss");
        browser.wait_text("Alan Stone");
        assert_eq!(browser.count("tbody tr"), 2, "Ines Roth was left out");
    }

    fn archive(&self) -> PathBuf {
        let path = self.site.app.folder.path().join("Basic_LinkedInDataExport.zip");
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [("Connections.csv", CONNECTIONS), ("messages.csv", MESSAGES)] {
            zip.start_file(name, SimpleFileOptions::default()).expect("an entry");
            zip.write_all(text.as_bytes()).expect("its text");
        }
        std::fs::write(&path, zip.finish().expect("an archive").into_inner()).expect("a file");
        path
    }

    fn look_at_vera(&self) -> (Access, ContactId) {
        let who = self.site.pass(EMAIL, "mori-tea");
        let all =
            self.site.app.read(who, |tx| contacts::list(tx, &contacts::Filter::default(), &PageRequest::first(9)));
        let vera = all.items.iter().find(|contact| contact.name == "Vera Moss").expect("Vera Moss").id;
        self.browser.click(&format!("tbody a[href$='/contacts/{vera}']"));
        self.browser.wait_text("Yes please. Send them to the shop.");
        self.browser.wait_text("Tarn & Sons");
        self.browser.wait_text("Not in any pipeline yet.");
        self.is_sound();
        (who, vera)
    }

    fn open_a_card(&self, who: Access, vera: ContactId) {
        self.browser.click("form[action$='/cards'] button");
        self.browser.wait_text("There is a card in “LinkedIn leads” now.");
        let cards = self.site.app.read(who, |tx| pipelines::cards_of_contact(tx, vera));
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].stage_id, self.site.app.stage(who, "Found").id);
    }

    fn move_on_the_board(&self, who: Access, vera: ContactId) {
        let (browser, app) = (self.browser, &self.site.app);
        let card = app.read(who, |tx| pipelines::cards_of_contact(tx, vera))[0].id;
        let tile = format!("[data-card='{card}']");
        let column = |stage: &str| format!(".col[data-stage='{}']", app.stage(who, stage).id);
        let stage_now = || {
            let card = app.read(who, |tx| pipelines::card(tx, card));
            app.read(who, |tx| pipelines::stage(tx, card.stage_id)).name
        };
        browser.press("gb");
        browser.wait_for(&format!("{} {tile}", column("Found")));
        self.is_sound();

        browser.drag(&tile, &column("Connected"));
        browser.wait_text("Vera Moss is in “Connected” now.");
        browser.wait_for(&format!("{} {tile}", column("Connected")));
        assert_eq!(stage_now(), "Connected");
        browser.click("#toasts .toast form button");
        browser.wait_text("Vera Moss is back in “Found”.");
        browser.wait_for(&format!("{} {tile}", column("Found")));
        assert_eq!(stage_now(), "Found");

        browser.press("j");
        browser.press(" ");
        browser.wait_text("Lifted Vera Moss from Found.");
        browser.press(Key::Right);
        browser.press(Key::Right);
        browser.wait_text("Connected, column 3 of 7");
        assert_eq!(stage_now(), "Found", "not moved before it is dropped");
        browser.script("document.getElementById('main').dataset.before = ''");
        browser.press(" ");
        browser.wait_text("Vera Moss is in “Connected” now.");
        // The page brings itself up to date after the answer, which would take a card out of the hand.
        browser.wait_gone("#main[data-before]");
        assert_eq!(stage_now(), "Connected");

        // A drop on a lost stage asks why.
        // With the focus on its name it is lifted too.
        browser.script(&format!("document.querySelector(\"{tile} .tile-head a\").focus()"));
        browser.press(" ");
        for column in 4..=7 {
            browser.press(Key::Right);
            browser.wait_text(&format!("column {column} of 7"));
        }
        browser.press(" ");
        browser.wait_text("Why it was lost");
        assert_eq!(stage_now(), "Connected");
        self.is_sound();
    }

    fn move_because_of_a_message(&self, who: Access, vera: ContactId) {
        let (browser, app) = (self.browser, &self.site.app);
        let thread = app.read(who, |tx| threads::threads_of_contact(tx, vera))[0].id;
        browser.goto(&self.at(&format!("/w/mori-tea/threads/{thread}")));
        self.is_sound();
        browser.click(".msg.in .msg-meta summary");
        browser.click(".msg.in .msg-meta a[href*='/move?message=']");
        browser.wait_text("Because of this message, which is kept with the move:");
        browser.click(&format!("input[name=stage_id][value='{}']", app.stage(who, "Talking").id));
        browser.click("main form .btn.primary");
        browser.wait_text("Vera Moss is in “Talking” now.");
        assert!(browser.url().contains(&format!("/threads/{thread}")), "back where it began: {}", browser.url());
        let card = app.read(who, |tx| pipelines::cards_of_contact(tx, vera))[0].id;
        let visits = app.read(who, |tx| pipelines::visits(tx, card));
        let evidence = visits.last().and_then(|visit| visit.evidence.as_ref()).map(|said| said.body.as_str());
        assert_eq!(evidence, Some("Yes please. Send them to the shop."));
    }

    fn plan_and_finish(&self, who: Access, vera: ContactId) {
        let (browser, app) = (self.browser, &self.site.app);
        browser.goto(&self.at(&format!("/w/mori-tea/contacts/{vera}")));
        browser.press("r");
        browser.wait_text("Remind me about Vera Moss");
        browser.fill("#title", "Send two samples");
        browser.fill("#when", "in 2 hours");
        browser.click("main form .btn.primary");
        browser.wait_text("Planned: Vera Moss");
        let open = || app.read(who, |tx| reminders::of_contact(tx, vera)).0;
        let planned = open().into_iter().find(|reminder| reminder.title == "Send two samples").expect("the reminder");
        assert_eq!(planned.timezone, "Asia/Tokyo");

        browser.press("gt");
        let row = format!("reminder-{}", planned.id);
        browser.wait_for(&format!("[data-key={row}]"));
        self.is_sound();
        for _ in 0..10 {
            browser.press("j");
            if browser.script("return document.activeElement.dataset.key ?? null") == row.as_str() {
                break;
            }
        }
        browser.press("d");
        browser.wait_for("form[action$='/done']");
        self.is_sound();
        // From the first field back into the answers, then down to “done, and that's all”.
        browser.script("document.querySelector('form[action$=\"/done\"] [name=when]').focus()");
        browser.press(Key::Shift + Key::Tab);
        for _ in 0..4 {
            if browser.script("return document.activeElement.value") == "nothing" {
                break;
            }
            browser.press(Key::Down);
        }
        browser.press(Key::Enter);
        browser.wait_text("Done.");
        browser.wait_gone(&format!("[data-key={row}]"));
        assert!(browser.url().ends_with("/today"), "the list was never left: {}", browser.url());
        let done = app.read(who, |tx| reminders::reminder(tx, planned.id));
        assert_eq!(done.state, reminders::State::Done);
        assert!(!open().iter().any(|reminder| reminder.title == "Send two samples"), "that was all");
    }

    fn leave_and_come_back(&self) {
        let browser = self.browser;
        browser.click(".side-foot summary");
        browser.click(".side-foot form[action='/logout'] button");
        browser.wait_for("form[action='/login']");
        browser.goto(&self.at("/w/mori-tea/today"));
        browser.wait_for("form[action='/login']");
        self.is_sound();
        browser.fill("#email", EMAIL);
        browser.fill("#password", PASSWORD);
        browser.click("main form .btn.primary");
        browser.wait_for("main .rows");
        assert!(browser.url().ends_with("/w/mori-tea/today"), "where they wanted to go: {}", browser.url());
    }
}
