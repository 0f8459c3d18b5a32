//! The demo story, served, with an address for every page of it that the routes name.

use std::collections::HashMap;

use rapport::{
    access::{Access, Role},
    accounts,
    channels::Direction,
    contacts::{self, Kind},
    db::PageRequest,
    demo, drafts,
    imports::{self, Choice},
    pipelines::{self, StageState},
    reminders, threads,
    web::routes::ROUTES,
};

use super::pass;
use crate::app::{App, chrome::Browser, web::Server};

/// The served story. Its clock stands still, so that its pages look the same every time.
pub struct Demo {
    pub app: App,
    pub server: Server,
    pub slug: String,
    pub owner: Access,
    /// An id for each kind of thing, by the part of the path before it.
    things: HashMap<&'static str, String>,
}

/// A page to visit.
pub struct Stop {
    /// For a file name.
    pub name: String,
    pub url: String,
    /// The status that the page is to come with.
    pub status: u16,
}

impl Demo {
    pub fn tell() -> Self {
        let app = App::sqlite();
        let told = demo::tell(&app.worker).expect("a story");
        app.tick();
        let owner = pass(&app, &told.email, &told.slug);
        let things = things(&app, owner);
        let server = app.server();
        Self { app, server, slug: told.slug, owner, things }
    }

    /// The address of a page in the workspace.
    pub fn at(&self, path: &str) -> String {
        format!("{}/w/{}/{path}", self.server.base, self.slug)
    }

    pub fn sign_in(&self, browser: &Browser) {
        self.app.sign_in(browser, &self.server, self.owner);
    }

    /// The thing of this kind that pages are shown of.
    pub fn thing(&self, kind: &str) -> &str {
        self.things.get(kind).unwrap_or_else(|| panic!("no thing of the kind {kind:?} to show: give it one above"))
    }

    /// Every page that the routes name inside the workspace, and some of the shapes that one of them can take.
    pub fn stops(&self) -> Vec<Stop> {
        let inside = ROUTES.iter().filter(|route| route.method == "get" && !route.path.ends_with("/live"));
        // A file is no page of ours: `attachments` looks at how it is served.
        let paths =
            inside.filter_map(|route| route.path.strip_prefix("/w/{slug}/")).filter(|path| !path.starts_with("files/"));
        let mut stops: Vec<Stop> = paths.map(|path| self.stop(&path.replace('/', "-"), &self.filled(path))).collect();
        let further = [
            ("contacts-none", "contacts?q=zzzz".to_owned()),
            ("contacts-barred", format!("contacts/{}", self.thing("barred"))),
            ("cards-lost", format!("cards/{}", self.thing("lost"))),
            ("cards-move-because", format!("cards/{}/move?message={}", self.thing("cards"), self.thing("messages"))),
            ("inbox-none", "inbox?status=closed&channel=x".to_owned()),
            ("inbox-found", "inbox?q=sheep".to_owned()),
            ("inbox-unread", "inbox?status=unread".to_owned()),
            ("threads-picture", format!("threads/{}", self.thing("illustrated"))),
            ("threads-side", format!("threads/{}?show=side", self.thing("threads"))),
            ("reminders-finished", format!("reminders/{}", self.thing("finished"))),
            ("import-done", format!("import/{}", self.thing("imported"))),
        ];
        stops.extend(further.iter().map(|(name, path)| self.stop(name, path)));
        stops.extend([self.beside("me", "/me", 200), self.beside("workspaces-new", "/workspaces/new", 200)]);
        stops
    }

    /// The pages before the door, for somebody who is not signed in.
    pub fn outside(&self) -> Vec<Stop> {
        let invited = self
            .app
            .db
            .write_system(|sys| accounts::write_invitation(sys, self.owner, "nils@test.example", Role::Member));
        let (_, key) = invited.expect("an invitation");
        vec![
            self.beside("login", "/login", 200),
            self.beside("reset", "/reset", 200),
            self.beside("invite", &format!("/invite/{key}"), 200),
            self.beside("nowhere", "/nowhere", 404),
        ]
    }

    fn beside(&self, name: &str, path: &str, status: u16) -> Stop {
        Stop { name: name.into(), url: format!("{}{path}", self.server.base), status }
    }

    fn stop(&self, name: &str, path: &str) -> Stop {
        Stop { name: name.replace(['{', '}'], ""), url: self.at(path), status: 200 }
    }

    /// The path with things in place of its parameters.
    fn filled(&self, path: &str) -> String {
        let mut before = "";
        let mut filled = Vec::new();
        for part in path.split('/') {
            filled.push(if part.starts_with('{') { self.thing(before) } else { part });
            before = part;
        }
        filled.join("/")
    }
}

fn things(app: &App, owner: Access) -> HashMap<&'static str, String> {
    let mut things = HashMap::new();
    let mut set = |kind, id: String| drop(things.insert(kind, id));
    let all = app.read(owner, |tx| contacts::list(tx, &contacts::Filter::default(), &PageRequest::first(100))).items;
    let barred = all.iter().find(|contact| contact.do_not_contact.is_some()).expect("somebody who wants no messages");
    set("barred", barred.id.to_string());

    let pipeline = app.pipeline(owner, Kind::Lead);
    set("board", pipeline.to_string());
    set("pipelines", pipeline.to_string());
    set("stages", app.stage(owner, "Talking").id.to_string());

    // Of those whose card is open and who have answered, the one with most to show.
    let mut told = Vec::new();
    for contact in all.iter().filter(|contact| contact.do_not_contact.is_none()) {
        let cards = app.read(owner, |tx| pipelines::cards_of_contact(tx, contact.id));
        if let Some(lost) = cards.iter().find(|card| card.state == StageState::Lost) {
            set("lost", lost.id.to_string());
        }
        let (open, closed) = app.read(owner, |tx| reminders::of_contact(tx, contact.id));
        if let Some(finished) = closed.first() {
            set("finished", finished.id.to_string());
        }
        let Some(card) = cards.into_iter().find(|card| card.state == StageState::Open) else { continue };
        let said = app.read(owner, |tx| threads::newest_of_contact(tx, contact.id, 50));
        let Some(answer) = said.iter().rev().find(|message| message.direction == Direction::In).cloned() else {
            continue;
        };
        if let Some(reminder) = open.first() {
            told.push((said.len(), card.id, answer, reminder.id));
        }
    }
    let (_, card, answer, reminder) =
        told.into_iter().max_by_key(|(said, ..)| *said).expect("a conversation with a card and a reminder");
    set("cards", card.to_string());
    set("contacts", answer.contact_id.to_string());
    set("messages", answer.id.to_string());
    set("threads", answer.thread_id.to_string());
    set("reminders", reminder.to_string());
    let note = app.write(owner, |tx| contacts::note(tx, answer.contact_id, "Prefers to hear from us in the morning."));
    set("notes", note.to_string());
    let other = all.iter().find(|contact| contact.id != answer.contact_id).expect("somebody else");
    set("merge", other.id.to_string());
    set("templates", app.read(owner, drafts::templates)[0].id.to_string());
    let found = threads::Filter { search: Some("coast path".into()), ..threads::Filter::default() };
    let illustrated = app.read(owner, |tx| threads::list(tx, &found, &PageRequest::first(1))).items.remove(0);
    set("illustrated", illustrated.thread.id.to_string());
    set("imported", import(app, owner, true));
    set("import", import(app, owner, false));
    things
}

/// An import of an archive with one person in it, its preview waiting or done with.
fn import(app: &App, owner: Access, bring_in: bool) -> String {
    let name = if bring_in { "done" } else { "waiting" };
    let path = app.folder.path().join(name);
    let text = format!(
        "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
         Nils,{name},https://www.linkedin.com/in/nils-{name},,Tarn,Buyer,03 Nov 2025\n"
    );
    std::fs::write(&path, text).expect("a file");
    let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "Connections.csv", &path));
    app.tick();
    app.write(owner, |tx| imports::choose(tx, id, &Choice::Everybody));
    if bring_in {
        app.write(owner, |tx| imports::start(tx, id, None));
        app.tick();
    }
    id.to_string()
}
