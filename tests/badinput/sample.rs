//! One of everything for calls to name, and calls to every route with fields of every name.

use rapport::{
    access::{Access, Role},
    accounts, attachments,
    channels::Channel,
    contacts::{self, parse_handle_line},
    drafts::{self, TemplateForm},
    imports, mail,
    pipelines::{self, NewStep},
    web::routes::Route,
};
use serde_json::{Map, Value};

use crate::app::{
    App, picture,
    web::{Answer, Server, Speaker},
};

/// A workspace with one of everything.
pub struct Sample<'a> {
    app: &'a App,
    pub owner: Access,
    pub page: Speaker,
    pub script: Speaker,
    pub slug: String,
    ids: Vec<(&'static str, i64)>,
}

/// Text fields of pages and of the API.
pub const TEXTS: [&str; 27] = [
    "name",
    "company",
    "title",
    "email",
    "phone",
    "handles",
    "note",
    "tag",
    "handle",
    "reason",
    "body",
    "body_0",
    "url",
    "draft",
    "text",
    "override",
    "lost_reason",
    "lost_reasons",
    "workspace",
    "words",
    "external_id",
    "username",
    "q",
    "value",
    "back",
    "next_title",
    "search",
];

/// Fields that pages and lists read from an address, too long a one being the server's own business.
const QUERIED: [&str; 17] = [
    "q",
    "kind",
    "owner",
    "turn",
    "stage",
    "verdict",
    "limit",
    "contact",
    "channel",
    "status",
    "assignee",
    "show",
    "whose",
    "after",
    "cursor",
    "contact_id",
    "pipeline_id",
];

/// Fields with a form of their own, each with a value that is right.
const OTHERS: [(&str, &str); 38] = [
    ("kind", "lead"),
    ("timezone", "Europe/Berlin"),
    ("channel", "x"),
    ("direction", "in"),
    ("status", "closed"),
    ("state", "open"),
    ("when", "in 3 days"),
    ("due", "2026-12-01T09:00"),
    ("date", "2026-12-01"),
    ("time", "09:00:00"),
    ("at_0", "2026-11-20T09:00"),
    ("side_0", "theirs"),
    ("step", "save"),
    ("delay_days", "2"),
    ("rot_days", "5"),
    ("role", "viewer"),
    ("currency", "EUR"),
    ("work_from", "09:00"),
    ("work_to", "17:00"),
    ("work_days", "mon"),
    ("kinds", "lead"),
    ("part", "profile"),
    ("digest_time", "07:30"),
    ("digest_days", "Mon"),
    ("choice", "everybody"),
    ("next", "nothing"),
    ("answer", "edited"),
    ("version", "1"),
    ("turn", "ours"),
    ("verdict", "new"),
    ("after", ""),
    ("cursor", ""),
    ("limit", "50"),
    ("theme", "dark"),
    ("sent_at", "2026-11-20T09:00:00Z"),
    ("shared", "1"),
    ("whose", "all"),
    ("show", "all"),
];

/// Fields that name something, and what.
const NAMED: [(&str, &str); 19] = [
    ("contact", "contacts"),
    ("contact_id", "contacts"),
    ("pipeline", "pipelines"),
    ("pipeline_id", "pipelines"),
    ("stage", "stages"),
    ("stage_id", "stages"),
    ("to", "stages"),
    ("card_id", "cards"),
    ("thread_id", "threads"),
    ("template", "templates"),
    ("template_id", "templates"),
    ("message", "messages"),
    ("message_id", "messages"),
    ("owner", "members"),
    ("user", "members"),
    ("user_id", "members"),
    ("assignee", "members"),
    ("shown", "contacts"),
    ("chosen", "contacts"),
];

impl<'a> Sample<'a> {
    pub fn new(app: &'a App, server: &Server, name: &str) -> Self {
        let owner = app.workspace(name);
        let (page, script, slug) = (app.browser_of(server, owner), app.script_of(server, owner), app.slug(owner));
        let mut sample = Self { app, owner, page, script, slug, ids: Vec::new() };
        sample.fill(name);
        sample
    }

    fn fill(&mut self, name: &str) {
        let (app, owner) = (self.app, self.owner);
        let (ana, other) = (app.contact(owner, "Ana Li"), app.contact(owner, "Bob Ito"));
        let thread = app.thread(owner, ana, Channel::Linkedin);
        let message = app.hears(owner, thread, "Hello").id;
        let card = app.card(owner, ana, "Connected");
        let moved = app.move_card(owner, &card, "Talking");
        let reminder = app.reminder(owner, ana, "Call", "2026-12-01T09:00");
        let address =
            parse_handle_line(&format!("instagram: {}", name.to_lowercase().replace(' ', "_"))).expect("a profile");
        let form =
            TemplateForm { name: "text".into(), channel: None, body: "Hello {{ first_name }}".into(), shared: true };
        let (handle, note, tag, template) = app.write(owner, |tx| {
            let handle = contacts::add_handle(tx, ana, &address)?;
            let note = contacts::note(tx, ana, "Met at the fair")?;
            contacts::tag(tx, ana, "fair")?;
            Ok((handle, note, contacts::tags_of(tx, &[ana])?[0].1.id, drafts::save_template(tx, None, &form)?))
        });
        let (kept, gone) = (app.contact(owner, "Cleo Fox"), app.contact(owner, "Dora Kay"));
        let merged = app.write(owner, |tx| rapport::pipelines::merge(tx, kept, gone, &[]));
        let stage = app.stage(owner, "Meeting").id;
        let at_time = "09:00:00".parse().expect("a time");
        let step = NewStep { title: "step".into(), delay_days: 1, at_time, channel: None, template: None };
        let step = app.write(owner, |tx| pipelines::add_step(tx, stage, &step));
        let token = app.write(owner, |tx| {
            accounts::issue_token(tx, "script")?;
            Ok(accounts::tokens(tx)?[0].id)
        });
        let invited = app.db.write_system(|sys| {
            accounts::write_invitation(sys, owner, "guest@test.example", Role::Viewer)?;
            Ok(accounts::invited(sys, owner)?[0].id)
        });
        let member = app.member(owner, &format!("{name} Member"), Role::Member).user().expect("a person");
        let import = {
            let text =
                "First Name,Last Name,URL,Connected On\nEve,Orr,https://www.linkedin.com/in/eve-orr,14 Nov 2024\n";
            let kept = imports::keep_upload(&app.config.data, || Ok(text.as_bytes())).expect("an upload");
            let id = app.write(owner, |tx| imports::begin(tx, "linkedin", "Connections.csv", &kept));
            app.tick();
            id
        };
        let mail = {
            let person = owner.user().expect("a person");
            let letter = mail::test_mail(owner.workspace(), person, "lost@test.example", name).expect("a mail");
            app.db.write_system(|sys| mail::post(sys, letter)).expect("a mail");
            app.read(owner, mail::log)[0].id
        };
        let path = app.folder.path().join(format!("{name}.png"));
        std::fs::write(&path, picture()).expect("a file");
        let file = attachments::attach(&app.db, owner, &app.worker.store, message, "a.png", &path).expect("a file");
        app.tick();
        self.ids = vec![
            ("files", file.0),
            ("contacts", ana.0),
            ("other", other.0),
            ("threads", thread.0),
            ("messages", message.0),
            ("cards", card.id.0),
            ("visits", moved.visit.0),
            ("reminders", reminder.0),
            ("handles", handle.0),
            ("notes", note.0),
            ("tag", tag.0),
            ("templates", template.0),
            ("merges", merged.0),
            ("stages", stage.0),
            ("stage", stage.0),
            ("steps", step.0),
            ("pipelines", card.pipeline_id.0),
            ("pipeline", card.pipeline_id.0),
            ("board", card.pipeline_id.0),
            ("tokens", token.0),
            ("invitations", invited.expect("an invitation").0),
            ("members", member.0),
            ("import", import.0),
            ("mail", mail.0),
            ("sessions", 1),
        ];
    }

    /// The id of this sort of thing.
    pub fn id(&self, of: &str) -> i64 {
        self.ids.iter().find(|(name, _)| *name == of).unwrap_or_else(|| panic!("no {of} in the sample")).1
    }

    /// Whoever calls this route: a page's browser or a script.
    pub fn speaker(&self, route: &Route) -> &Speaker {
        if route.path.starts_with("/api/") { &self.script } else { &self.page }
    }

    /// A route's address, its things named by `id`, or by what there is.
    pub fn path(&self, route: &Route, id: Option<&str>) -> String {
        let mut before = "";
        let parts = route.path.split('/').map(|part| {
            let named = match part {
                "{slug}" => self.slug.clone(),
                "{key}" | "{hash}" | "{file}" => id.unwrap_or("x").to_owned(),
                "{id}" => id.map_or_else(|| self.id(before).to_string(), ToOwned::to_owned),
                part if part.starts_with('{') => {
                    id.map_or_else(|| self.id(part.trim_matches(['{', '}'])).to_string(), ToOwned::to_owned)
                }
                part => part.to_owned(),
            };
            before = part;
            named
        });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Fields of every name: right ones, but for texts, which are all this; and, where asked for, everything else too.
    pub fn fields(&self, text: &str, everywhere: bool) -> Vec<(&'static str, String)> {
        let other = |right: String| if everywhere { text.to_owned() } else { right };
        let mut fields: Vec<_> = TEXTS.iter().map(|name| (*name, text.to_owned())).collect();
        fields.extend(OTHERS.iter().map(|(name, right)| (*name, other((*right).to_owned()))));
        fields.extend(NAMED.iter().map(|(name, of)| (*name, other(self.id(of).to_string()))));
        fields
    }

    /// Calls a route with these fields: as a query, a form or JSON, whichever it takes.
    pub fn call(&self, route: &Route, fields: &[(&'static str, String)]) -> Answer {
        let (speaker, path) = (self.speaker(route), self.path(route, None));
        if route.method == "get" {
            let asked = fields.iter().filter(|(name, _)| QUERIED.contains(name));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
            return speaker.get(&format!("{path}?{query}"));
        }
        let request = speaker.request(route.method, &path);
        if !(route.path.starts_with("/api/") || route.path.ends_with("/drop")) {
            return speaker.send(request.form(fields));
        }
        let value = |text: &String| text.parse::<i64>().map_or_else(|_| Value::from(text.clone()), Value::from);
        let mut object: Map<_, _> = fields.iter().map(|(name, text)| ((*name).to_owned(), value(text))).collect();
        for name in ["handles", "value", "shared", "kinds"] {
            object.remove(name);
        }
        speaker.send(request.json(&Value::Object(object)))
    }
}
