//! People: found, added, shown, changed. What is checked about them is the noun's.

use actix_web::{HttpResponse, web::Path};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{
    Answer, Api, ApiFailure, Body, Paging, Told,
    views::{self, ContactList},
};
use crate::{
    channels::{self, Address, Channel},
    contacts::{self, ContactForm, Details, Filter, Kind, Place, Turn},
    db::{Page, Tx},
    error::{Error, Problem, Result},
    ids::ContactId,
    web::Fields,
};

/// An account on a channel: its address or its user name.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewHandle {
    /// Where.
    pub channel: Channel,
    /// The profile's address.
    pub url: Option<String>,
    /// The user name, with or without `@`.
    pub username: Option<String>,
}

/// A contact to be added.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewContact {
    /// 1 to 200 characters.
    #[serde(default)]
    #[schema(required = true)]
    pub name: String,
    /// lead, influencer or ambassador.
    #[serde(default)]
    #[schema(value_type = Kind, required = true)]
    pub kind: String,
    /// Where they work.
    pub company: Option<String>,
    /// What they do there.
    pub title: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number, with country code.
    pub phone: Option<String>,
    /// IANA zone.
    pub timezone: Option<String>,
    /// Their accounts on channels, at most 20.
    #[serde(default)]
    pub handles: Vec<NewHandle>,
}

/// What changes about a contact; what isn't there stays as it is, `null` empties a field.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct ContactChanges {
    /// 1 to 200 characters.
    pub name: Option<String>,
    /// lead, influencer or ambassador.
    #[schema(value_type = Option<Kind>)]
    pub kind: Option<String>,
    /// Where they work.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub company: Option<Option<String>>,
    /// What they do there.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub title: Option<Option<String>>,
    /// Email address.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    /// Phone number, with country code.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    /// IANA zone.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub timezone: Option<Option<String>>,
    /// Accounts to be added to those there are, at most 20.
    #[serde(default)]
    pub handles: Vec<NewHandle>,
}

/// Tells a field that is `null` from one that isn't there.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl NewHandle {
    fn address(&self) -> Result<Address, String> {
        match self.url.as_deref().or(self.username.as_deref()) {
            Some(text) => channels::parse_handle(self.channel, text),
            None => Err("A handle needs a url or a username.".into()),
        }
    }
}

/// Checks fields and handles together, so that all problems are told at once.
fn check(form: &ContactForm, handles: &[NewHandle]) -> Result<Details> {
    let (mut addresses, mut problems) = (Vec::<Address>::new(), Vec::new());
    if handles.len() > 20 {
        problems.push(Problem { field: "handles", words: "Give at most 20 handles.".into() });
    }
    for handle in handles.iter().take(20) {
        match handle.address() {
            Ok(address) if addresses.iter().any(|a| a.channel == address.channel && a.key == address.key) => {}
            Ok(address) => addresses.push(address),
            Err(words) => problems.push(Problem { field: "handles", words }),
        }
    }
    match form.check() {
        Ok(details) if problems.is_empty() => Ok(Details { handles: addresses, ..details }),
        Ok(_) => Err(Error::Invalid(problems)),
        Err(Error::Invalid(mut more)) => {
            more.append(&mut problems);
            Err(Error::Invalid(more))
        }
        Err(error) => Err(error),
    }
}

impl NewContact {
    fn check(self) -> Result<Details> {
        let form = ContactForm {
            name: self.name,
            kind: self.kind,
            company: self.company.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            timezone: self.timezone.unwrap_or_default(),
            handles: String::new(),
        };
        check(&form, &self.handles)
    }
}

impl ContactChanges {
    fn check(self, before: contacts::Contact) -> Result<Details> {
        let or = |change: Option<Option<String>>, there: Option<String>| change.unwrap_or(there).unwrap_or_default();
        let form = ContactForm {
            name: self.name.unwrap_or(before.name),
            kind: self.kind.unwrap_or_else(|| before.kind.to_string()),
            company: or(self.company, before.company),
            title: or(self.title, before.title),
            email: or(self.email, before.email),
            phone: or(self.phone, before.phone),
            timezone: or(self.timezone, before.timezone),
            handles: String::new(),
        };
        check(&form, &self.handles)
    }
}

/// People, the last touched first.
#[utoipa::path(
    get,
    path = "/api/v1/contacts",
    tag = "contacts",
    operation_id = "list_contacts",
    params(
        ("q" = Option<String>, Query, description = "Words to be found in name, company, title, email, handles, tags."),
        ("kind" = Option<Kind>, Query, description = "Only this kind."),
        ("turn" = Option<Turn>, Query, description = "Only those whose turn is this one's."),
        ("owner_id" = Option<i64>, Query, description = "Only those of this colleague."),
        ("stage_id" = Option<i64>, Query, description = "Only those with a card in this stage."),
        Paging,
    ),
    responses((status = 200, description = "A page of contacts.", body = ContactList))
)]
pub async fn list(api: Api, query: Fields) -> Told<ContactList> {
    api.read(move |tx| {
        let filter = Filter {
            search: query.some("q").map(ToOwned::to_owned),
            kind: query.optional("kind")?,
            turn: query.optional("turn")?,
            owner: query.optional("owner_id")?,
            place: query.optional("stage_id")?.map(Place::Stage),
            tag: None,
        };
        let page = contacts::list(tx, &filter, &Paging::of(&query)?)?;
        let items = views::contacts(tx, page.items)?;
        Ok(ContactList::from(Page { items, next_cursor: page.next_cursor }))
    })
    .await
}

/// Adds a person. When a handle, the email address or the phone number is somebody's already, the answer is 409 with
/// them.
#[utoipa::path(
    post,
    path = "/api/v1/contacts",
    tag = "contacts",
    operation_id = "create_contact",
    request_body = NewContact,
    responses(
        (status = 201, description = "The contact.", body = views::Contact),
        (status = 409, description = "Somebody is here already; `current` is that contact.",
            body = views::ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub async fn create(api: Api, body: Body) -> Result<HttpResponse, ApiFailure> {
    api.post(body, |tx, new: NewContact| {
        let details = new.check()?;
        let created = contacts::create(tx, &details);
        let id = created.map_err(|error| show_whole(tx, error))?;
        Answer::created(&views::contact(tx, id)?)
    })
    .await
}

/// Lets a conflict with somebody who is here already show them as every other answer does.
fn show_whole(tx: &mut Tx<'_>, error: Error) -> Error {
    match error {
        Error::Conflict(mut conflict) => {
            let id = conflict.current.get("id").and_then(serde_json::Value::as_i64).map(ContactId);
            if let Some(id) = id
                && let Ok(view) = views::contact(tx, id)
                && let Ok(value) = serde_json::to_value(&view)
            {
                conflict.current = value;
            }
            Error::Conflict(conflict)
        }
        other => other,
    }
}

/// A contact. One that was merged is shown as the one it became.
#[utoipa::path(
    get,
    path = "/api/v1/contacts/{id}",
    tag = "contacts",
    operation_id = "show_contact",
    params(("id" = i64, Path, description = "The contact.")),
    responses((status = 200, description = "The contact.", body = views::Contact))
)]
pub async fn show(api: Api, path: Path<ContactId>) -> Told<views::Contact> {
    let id = path.into_inner();
    api.read(move |tx| views::contact(tx, id)).await
}

/// Changes a contact's fields: only those that are given.
#[utoipa::path(
    patch,
    path = "/api/v1/contacts/{id}",
    tag = "contacts",
    operation_id = "edit_contact",
    params(("id" = i64, Path, description = "The contact.")),
    request_body = ContactChanges,
    responses((status = 200, description = "The contact as it is now.", body = views::Contact))
)]
pub async fn edit(api: Api, path: Path<ContactId>, body: Body) -> Told<views::Contact> {
    let id = path.into_inner();
    api.change(body, move |tx, changes: ContactChanges| {
        let before = contacts::contact(tx, id)?;
        contacts::edit(tx, id, &changes.check(before)?)?;
        views::contact(tx, id)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(json: &str) -> ContactChanges {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn null_empties_a_field_and_absence_leaves_it() {
        assert_eq!(changes("{}").company, None);
        assert_eq!(changes(r#"{"company": null}"#).company, Some(None));
        assert_eq!(changes(r#"{"company": "Acme"}"#).company, Some(Some("Acme".into())));
    }

    #[test]
    fn problems_of_fields_and_handles_come_together() {
        let new: NewContact =
            serde_json::from_str(r#"{"kind": "robot", "handles": [{"channel": "instagram"}]}"#).unwrap();
        let Err(Error::Invalid(problems)) = new.check() else { panic!("accepted") };
        let fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "kind", "handles"]);
    }

    #[test]
    fn the_same_handle_given_twice_is_one() {
        let json = r#"{"name": "Ana", "kind": "lead", "handles": [
            {"channel": "instagram", "username": "@ana.li"},
            {"channel": "instagram", "url": "https://instagram.com/ana.li/"}]}"#;
        let new: NewContact = serde_json::from_str(json).unwrap();
        assert_eq!(new.check().unwrap().handles.len(), 1);
    }
}
