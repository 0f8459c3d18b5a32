//! Without JavaScript: the forms as the pages hold them, filled in and posted, redirects followed, on both databases.

use std::collections::BTreeMap;

use rapport::{contacts, db::PageRequest, pipelines, reminders, threads};

use super::follow;
use crate::{
    app::web::{Answer, Speaker},
    both,
};

/// A form as a page holds it, with what its fields hold before anybody touches them.
struct Form {
    action: String,
    fields: BTreeMap<String, String>,
}

impl Form {
    /// The form of the page that leads to the address.
    #[track_caller]
    fn of(page: &Answer, action: &str) -> Self {
        let begin = page.body.split("<form").skip(1).find(|rest| {
            let tag = rest.split('>').next().unwrap_or_default();
            value(tag, "method").as_deref() == Some("post") && value(tag, "action").as_deref() == Some(action)
        });
        let inside = begin.unwrap_or_else(|| panic!("no form leads to {action}: {}", page.body));
        let inside = inside.split("</form>").next().unwrap_or_default();
        Self { action: action.into(), fields: fields(inside) }
    }

    /// The form of a page that posts to the page's own address.
    #[track_caller]
    fn to_itself(page: &Answer, path: &str) -> Self {
        let inside = page.body.split("<main").nth(1).and_then(|main| main.split("<form").nth(1));
        let inside = inside.and_then(|rest| rest.split("</form>").next());
        Self { action: path.into(), fields: fields(inside.expect("a form")) }
    }

    /// Fills in a field that the form has.
    #[track_caller]
    fn with(mut self, name: &str, text: impl ToString) -> Self {
        assert!(self.fields.contains_key(name), "no field {name} among {:?}", self.fields.keys());
        self.fields.insert(name.into(), text.to_string());
        self
    }

    /// Posts it and returns the page at the end of the redirects.
    #[track_caller]
    fn send(&self, speaker: &Speaker) -> Answer {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let page = follow(speaker, speaker.post(&self.action, &fields));
        assert_eq!(page.status, 200, "{} with {fields:?}: {}", self.action, page.body);
        page
    }
}

/// The fields of a form and what a browser would send of them: of a choice the selected option or the first, of radio
/// buttons the ticked one, of check boxes that are not ticked nothing.
fn fields(inside: &str) -> BTreeMap<String, String> {
    let mut fields = BTreeMap::new();
    let mut choice = None;
    for rest in inside.split('<').skip(1) {
        let (tag, text) = rest.split_once('>').unwrap_or((rest, ""));
        let held = value(tag, "value").unwrap_or_default();
        let (name, kind) = (value(tag, "name").unwrap_or_default(), value(tag, "type").unwrap_or_default());
        match tag.split([' ', '\n']).next() {
            Some("input") if matches!(kind.as_str(), "radio" | "checkbox") && !tag.contains(" checked") => {
                fields.entry(name).or_default();
            }
            Some("input") => drop(fields.insert(name, held)),
            Some("textarea") => drop(fields.insert(name, text.to_owned())),
            Some("select") => choice = Some((name, true)),
            Some("option") => {
                if let Some((name, first)) = &mut choice
                    && (std::mem::take(first) || tag.contains(" selected"))
                {
                    fields.insert(name.clone(), held);
                }
            }
            _ => {}
        }
    }
    fields
}

/// An attribute's value.
fn value(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    Some(plain(rest.split('"').next().unwrap_or_default()))
}

/// Text as the reader sees it.
fn plain(html: &str) -> String {
    html.replace("&#39;", "'").replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&")
}

#[track_caller]
fn says(page: &Answer, words: &str) {
    assert!(plain(&page.body).contains(words), "the page doesn't say {words:?}: {}", page.body);
}

both! {
    fn the_days_work_is_done_by_forms_alone(app) {
        let owner = app.workspace("Acme");
        let server = app.server();
        let speaker = app.browser_of(&server, owner);

        let page = speaker.get("/w/acme/contacts/new");
        let pipeline = app.pipeline(owner, contacts::Kind::Lead);
        let page = Form::to_itself(&page, "/w/acme/contacts/new")
            .with("name", "Ana Li").with("company", "Tarn").with("handles", "https://www.linkedin.com/in/ana-li")
            .with("pipeline", pipeline).send(&speaker);
        says(&page, "Ana Li");
        says(&page, "Send an invitation");
        let all = app.read(owner, |tx| contacts::list(tx, &contacts::Filter::default(), &PageRequest::first(5))).items;
        let ana = all[0].id;
        let card = app.read(owner, |tx| pipelines::cards_of_contact(tx, ana))[0].clone();

        // The card goes on from the contact's page, and is put back by the button in the words that follow.
        let connected = app.stage(owner, "Connected").id;
        let page = Form::of(&page, &format!("/w/acme/cards/{}/move", card.id)).with("stage_id", connected).send(&speaker);
        says(&page, "Ana Li is in “Connected” now.");
        let visit = app.read(owner, |tx| pipelines::visits(tx, card.id)).last().expect("a stay").id;
        let page = Form::of(&page, &format!("/w/acme/visits/{visit}/undo")).send(&speaker);
        says(&page, "Ana Li is back in “Found”.");
        let page = speaker.get(&format!("/w/acme/cards/{}/move", card.id));
        let form = Form::of(&page, &format!("/w/acme/cards/{}/move", card.id));
        form.with("stage_id", connected).with("note", "She wrote first").send(&speaker);
        let now = app.read(owner, |tx| pipelines::card(tx, card.id));
        assert_eq!(now.stage_id, connected);

        let log = format!("/w/acme/contacts/{ana}/log");
        let page = Form::of(&speaker.get(&log), &log)
            .with("channel", "linkedin").with("direction", "in").with("body", "Tell me more").send(&speaker);
        says(&page, "Tell me more");
        let thread = app.read(owner, |tx| threads::threads_of_contact(tx, ana))[0].id;
        let page = speaker.get(&format!("/w/acme/threads/{thread}"));
        let page = Form::of(&page, &format!("/w/acme/threads/{thread}/messages"))
            .with("direction", "out").with("body", "With pleasure").send(&speaker);
        says(&page, "With pleasure");

        let remind = format!("/w/acme/contacts/{ana}/remind");
        let page = Form::of(&speaker.get(&remind), &remind)
            .with("title", "Send two samples").with("when", "in 2 hours").send(&speaker);
        says(&page, "Planned: Ana Li");
        let (open, _) = app.read(owner, |tx| reminders::of_contact(tx, ana));
        let planned = open.iter().find(|reminder| reminder.title == "Send two samples").expect("the reminder").id;
        let done = format!("/w/acme/reminders/{planned}/done");
        assert!(speaker.get("/w/acme/today").body.contains(&format!("href=\"{done}\"")), "a link leads to it");
        let page = Form::of(&speaker.get(&done), &done).with("next", "nothing").send(&speaker);
        says(&page, "Done.");
        assert_eq!(app.read(owner, |tx| reminders::reminder(tx, planned)).state, reminders::State::Done);
    }
}

both! {
    fn a_form_that_is_refused_keeps_its_words(app) {
        let owner = app.workspace("Acme");
        let speaker = app.browser_of(&app.server(), owner);
        let ana = app.contact(owner, "Ana Li");
        let remind = format!("/w/acme/contacts/{ana}/remind");
        let form = Form::of(&speaker.get(&remind), &remind).with("title", "Send samples").with("when", "the day of days");
        let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let refused = speaker.post(&remind, &fields);
        assert_eq!(refused.status, 422);
        says(&refused, "I can't read");
        let again = Form::of(&refused, &remind);
        assert_eq!((again.fields["title"].as_str(), again.fields["when"].as_str()), ("Send samples", "the day of days"));
    }
}
