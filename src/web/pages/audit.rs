//! The audit log: every change with who, when, by which way in, and what it was before and is after.

use askama::Template;
use serde_json::Value;

use crate::{
    access::Origin,
    channels::preview,
    contacts,
    db::{Page as Paged, PageRequest},
    error::Result,
    ids::{ContactId, UserId},
    timeline::{self, Event},
    web::{Ctx, Failure, Fields, Page, Reply, Shell, told},
    workspaces::{self, Names},
};

/// At most so many fields of one change are shown, and so many characters of each.
const FIELDS: usize = 20;
const CHARS: usize = 160;

/// One field of a change; none where it wasn't there.
#[derive(Debug, PartialEq, Eq)]
struct Changed {
    name: String,
    before: Option<String>,
    after: Option<String>,
}

impl Changed {
    fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// An event as the log shows it.
struct Row {
    event: Event,
    who: String,
    sentence: String,
    contact: Option<(ContactId, String)>,
    changes: Vec<Changed>,
}

impl Row {
    fn origin(&self) -> &'static str {
        match self.event.origin {
            Origin::Page => "Page",
            Origin::Api => "API",
            Origin::Cli => "Command line",
            Origin::Worker => "Due work",
            Origin::Import => "Import",
        }
    }
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    shell: Shell,
    query: Fields,
    rows: Paged<Row>,
    only: Option<String>,
}

/// The log, newest first; of one contact when the address says so.
pub async fn show(ctx: Ctx, query: Fields) -> Result<Reply, Failure> {
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        let contact = query.lenient::<ContactId>("contact");
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let events = timeline::audit(tx, &request, contact)?;
        let mut ids: Vec<ContactId> = events.items.iter().filter_map(|event| event.contact_id).chain(contact).collect();
        ids.sort_unstable();
        ids.dedup();
        let people = contacts::contacts_by_id(tx, &ids)?;
        let name = |id: ContactId| people.iter().find(|person| person.id == id).map(|person| person.name.clone());
        let names = workspaces::names(tx)?;
        let rows = events.map(|event| row(event, &names, &name));
        let only = contact.map(|id| name(id).unwrap_or_else(|| "somebody who is no longer here".into()));
        Ok(AuditPage { shell, query, rows, only }.render()?)
    })
    .await
}

fn row(event: Event, names: &Names, name: &impl Fn(ContactId) -> Option<String>) -> Row {
    Row {
        who: names.of(event.actor_id).to_owned(),
        sentence: told::sentence(&event, names),
        contact: event.contact_id.and_then(|id| Some((id, name(id)?))),
        changes: changes(&event.before(), &event.after(), names),
        event,
    }
}

/// What was before beside what is after, field by field, in the order of the alphabet.
fn changes(before: &Value, after: &Value, names: &Names) -> Vec<Changed> {
    let mut fields: Vec<&str> = [before, after]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|object| object.keys().map(String::as_str))
        .collect();
    fields.sort_unstable();
    fields.dedup();
    // What these number is told by its name beside them.
    fields.retain(|field| !field.ends_with("_id") && *field != "visit");
    let told_of = |field: &str, value: &Value| match (field, value.as_i64()) {
        ("owner" | "assignee" | "for" | "of", Some(id)) => names.of(Some(UserId(id))).to_owned(),
        _ => words(value),
    };
    let mut told: Vec<Changed> = fields
        .into_iter()
        .take(FIELDS)
        .map(|field| Changed {
            name: preview(&field.replace('_', " "), CHARS),
            before: before.get(field).map(|value| told_of(field, value)),
            after: after.get(field).map(|value| told_of(field, value)),
        })
        .collect();
    let (plain_before, plain_after) = (plain(before), plain(after));
    if plain_before.is_some() || plain_after.is_some() {
        told.push(Changed { name: "value".into(), before: plain_before, after: plain_after });
    }
    told
}

/// A value that is not made of fields.
fn plain(value: &Value) -> Option<String> {
    (!value.is_null() && !value.is_object()).then(|| words(value))
}

fn words(value: &Value) -> String {
    let said = match value {
        Value::Null => "nothing".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::String(text) if text.is_empty() => "empty".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().take(FIELDS).map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    preview(&said, CHARS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_stands_beside_what_it_was() {
        let told = changes(
            &json!({"name": "Ada", "rot_days": null, "owner": 7}),
            &json!({"name": "Ada L.", "rot_days": 7, "owner": null, "stage_id": 3}),
            &Names::default(),
        );
        let said: Vec<_> = told.iter().map(|c| (c.name.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
        assert_eq!(
            said,
            [
                ("name", Some("Ada"), Some("Ada L.")),
                ("owner", Some("Someone"), Some("nothing")),
                ("rot days", Some("nothing"), Some("7"))
            ]
        );
    }

    #[test]
    fn a_bare_word_is_told_as_a_value_and_nothing_is_not_told() {
        let told = changes(&json!("member"), &json!("owner"), &Names::default());
        assert_eq!(
            told,
            [Changed { name: "value".into(), before: Some("member".into()), after: Some("owner".into()) }]
        );
        assert!(changes(&Value::Null, &Value::Null, &Names::default()).is_empty());
    }

    #[test]
    fn long_values_and_many_fields_are_cut() {
        let many: serde_json::Map<String, Value> =
            (0..100).map(|n| (format!("f{n}"), json!("x".repeat(9000)))).collect();
        let told = changes(&Value::Null, &Value::Object(many), &Names::default());
        assert_eq!(told.len(), FIELDS);
        assert!(told.iter().all(|c| c.after.as_ref().is_some_and(|text| text.chars().count() <= CHARS)));
    }
}
