//! Two contacts side by side: merging them, saying that they are two people, undoing a merge. What a merge does is in
//! `contacts::merge` and `pipelines::merge`.

use actix_web::web::Path;
use askama::Template;

use super::contacts::show_view;
use crate::{
    access::Right,
    calendar::money,
    contacts::{
        self, Contact, Filter, Handle, identity,
        merge::{self as merging, Choice, FIELDS, Preview},
    },
    db::{PageRequest, Tx},
    error::{Error, Result},
    ids::{ContactId, MergeId},
    pipelines::{self, Card, StageState},
    threads::{self, Thread},
    web::{Ctx, Done, Failure, Fields, Form, Page, Reply, Shell},
};

/// A field of the two, side by side.
struct Line {
    choice: Choice,
    label: &'static str,
    /// Whether the other's value is chosen.
    takes: bool,
}

impl Line {
    /// Whether there is anything to choose: an empty value never beats a filled one.
    fn is_open(&self) -> bool {
        self.choice.kept.is_some() && self.choice.gone.is_some() && self.choice.kept != self.choice.gone
    }

    fn kept(&self) -> &str {
        self.choice.kept.as_deref().unwrap_or_default()
    }

    fn gone(&self) -> &str {
        self.choice.gone.as_deref().unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.choice.kept.is_none() && self.choice.gone.is_none()
    }
}

#[derive(Template)]
#[template(path = "contacts/merge.html")]
struct MergePage {
    shell: Shell,
    form: Form,
    plan: Preview,
    /// What the two are called here: with where they are known from, if they have one name.
    kept: String,
    gone: String,
    /// Where each is known from.
    places: [String; 2],
    lines: Vec<Line>,
    moves: String,
    /// Where both have an open card.
    cards: Vec<BothOpen>,
}

/// A pipeline in which both have an open card: stage and value of each.
struct BothOpen {
    pipeline: String,
    kept: String,
    gone: String,
    /// Whether the one that stays has no value of its own.
    takes: bool,
}

fn both_open(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId) -> Result<Vec<BothOpen>> {
    let [ours, theirs] = [kept, gone].map(|id| pipelines::cards_of_contact(tx, id));
    let (ours, theirs) = (ours?, theirs?);
    let mut both = Vec::new();
    for (pipeline, stages) in pipelines::stages_by_pipeline(tx)? {
        let open = |card: &&Card| card.state == StageState::Open && card.pipeline_id == pipeline.id;
        let (Some(one), Some(other)) = (ours.iter().find(open), theirs.iter().find(open)) else { continue };
        let said = |card: &Card| {
            let stage = stages.iter().find(|stage| stage.id == card.stage_id).map_or("", |stage| stage.name.as_str());
            if card.value_cents == 0 { stage.to_owned() } else { format!("{stage}, {}", money(card.value_cents)) }
        };
        let (kept, gone) = (said(one), said(other));
        let takes = one.value_cents == 0 && other.value_cents != 0;
        both.push(BothOpen { pipeline: pipeline.name, kept, gone, takes });
    }
    Ok(both)
}

/// Where somebody is known from: the platforms of their conversations and profiles.
fn places_of(tx: &mut Tx<'_>, id: ContactId) -> Result<String> {
    let mut places: Vec<&str> = threads::threads_of_contact(tx, id)?.iter().map(Thread::place).collect();
    places.extend(contacts::handles(tx, id)?.iter().map(|handle| handle.channel.label()));
    let mut seen = std::collections::HashSet::new();
    places.retain(|place| seen.insert(*place));
    Ok(if places.is_empty() { "no profile or conversation".into() } else { places.join(", ") })
}

/// The name of a field for people.
fn label(field: &str) -> &'static str {
    match field {
        "name" => "Name",
        "company" => "Company",
        "title" => "Title",
        "email" => "Email",
        "phone" => "Phone",
        _ => "Time zone",
    }
}

/// What moves to the kept contact, as people say it.
fn moves_words(moves: &[i64; 5]) -> String {
    let nouns = [
        ("profile", "profiles"),
        ("conversation", "conversations"),
        ("note", "notes"),
        ("card", "cards"),
        ("reminder", "reminders"),
    ];
    let said: Vec<String> = moves
        .iter()
        .zip(nouns)
        .filter(|(count, _)| **count > 0)
        .map(|(count, (one, many))| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    match said.split_last() {
        None => "nothing".into(),
        Some((only, [])) => only.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// The fields whose value comes from the other: `take=company`, or the radio `choose_company=take` of the page.
fn taken(fields: &Fields) -> Vec<String> {
    let takes = |field: &str| {
        fields.all("take").any(|taken| taken == field) || fields.get(&format!("choose_{field}")) == "take"
    };
    FIELDS.iter().filter(|field| takes(field)).map(|field| (*field).to_owned()).collect()
}

fn preview_view(page: Page<'_, '_>, id: ContactId, other: ContactId, take: &[String]) -> Result<String> {
    let Page { tx, shell, form } = page;
    tx.access().require(Right::Work)?;
    let plan = merging::preview(tx, id, other)?;
    let lines = plan
        .choices
        .iter()
        .map(|choice| Line {
            takes: choice.takes_gone || take.iter().any(|field| field == choice.field),
            label: label(choice.field),
            choice: choice.clone(),
        })
        .collect();
    let moves = moves_words(&plan.moves);
    let cards = both_open(tx, plan.kept.id, plan.gone.id)?;
    let places = [places_of(tx, plan.kept.id)?, places_of(tx, plan.gone.id)?];
    let apart = plan.kept.name == plan.gone.name && places[0] != places[1];
    let called = |name: &str, place: &str| if apart { format!("{name} ({place})") } else { name.to_owned() };
    let [kept, gone] = [called(&plan.kept.name, &places[0]), called(&plan.gone.name, &places[1])];
    Ok(MergePage { shell, form, plan, kept, gone, places, lines, moves, cards }.render()?)
}

/// How many people are offered.
const OFFERED: i64 = 30;

#[derive(Template)]
#[template(path = "contacts/merge_with.html")]
struct ChoosePage {
    shell: Shell,
    query: Fields,
    contact: Contact,
    people: Vec<Contact>,
    handles: Vec<Handle>,
    apart: Vec<ContactId>,
}

impl ChoosePage {
    fn handles_of(&self, id: ContactId) -> impl Iterator<Item = &Handle> {
        self.handles.iter().filter(move |handle| handle.contact_id == id)
    }

    fn is_apart(&self, id: ContactId) -> bool {
        self.apart.contains(&id)
    }
}

/// Finds the other one to merge with: by words, else those with the same name or whoever was touched last.
pub async fn choose(ctx: Ctx, path: Path<(String, ContactId)>, query: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.page(move |page| {
        let Page { tx, shell, .. } = page;
        tx.access().require(Right::Work)?;
        let contact = contacts::contact(tx, id)?;
        let words = query.some("q").map_or_else(|| contact.first_name().to_owned(), ToOwned::to_owned);
        let filter = Filter { search: Some(words), ..Filter::default() };
        let mut people = contacts::list(tx, &filter, &PageRequest::first(OFFERED))?.items;
        people.retain(|other| other.id != id);
        let ids: Vec<ContactId> = people.iter().map(|other| other.id).collect();
        let (handles, apart) = (contacts::handles_of(tx, &ids)?, identity::kept_apart(tx, id)?);
        Ok(ChoosePage { shell, query, contact, people, handles, apart }.render()?)
    })
    .await
}

/// Shows what merging the other into the first would do.
pub async fn preview(ctx: Ctx, path: Path<(String, ContactId, ContactId)>) -> Result<Reply, Failure> {
    let (_, id, other) = path.into_inner();
    ctx.page(move |page| preview_view(page, id, other, &[])).await
}

/// Merges the other into the first.
pub async fn merge(ctx: Ctx, path: Path<(String, ContactId, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let (slug, id, other) = path.into_inner();
    let take = taken(&fields);
    let shown = take.clone();
    ctx.act(
        fields,
        move |tx, _| {
            tx.have_alone(&[id, other])?;
            let [kept, gone] = [contacts::contact(tx, id)?, contacts::contact(tx, other)?];
            if (kept.id, gone.id) != (id, other) {
                let words = "One of the two was merged meanwhile. This is who they are now: look at both again.";
                return Err(Error::invalid("", words));
            }
            let gone = gone.name;
            let merged = pipelines::merge(tx, id, other, &take)?;
            let kept = contacts::contact(tx, id)?;
            Ok(Done::go(format!("contacts/{}", kept.id))
                .say(format!("{gone} is part of {} now.", kept.name))
                .undo(format!("/w/{slug}/merges/{merged}/undo")))
        },
        move |page| preview_view(page, id, other, &shown),
    )
    .await
}

/// Remembers that the two are two people.
pub async fn keep_apart(
    ctx: Ctx,
    path: Path<(String, ContactId, ContactId)>,
    fields: Fields,
) -> Result<Reply, Failure> {
    let (_, id, other) = path.into_inner();
    ctx.act(
        fields,
        move |tx, _| {
            identity::keep_apart(tx, id, other)?;
            Ok(Done::go(format!("contacts/{id}")).say("Remembered: they are two people."))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Parts a merged pair again.
pub async fn undo(ctx: Ctx, path: Path<(String, MergeId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let gone = pipelines::part(tx, id)?;
            let name = contacts::contact(tx, gone)?.name;
            Ok(Done::go(format!("contacts/{gone}")).say(format!("{name} is a contact of their own again.")))
        },
        // A refusal has no form of its own: it is told on a page of its own.
        |page| Err(Error::invalid("", page.form.general(super::NONE).join(" "))),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_said_in_words() {
        assert_eq!(moves_words(&[0; 5]), "nothing");
        assert_eq!(moves_words(&[1, 0, 0, 0, 0]), "1 profile");
        assert_eq!(moves_words(&[2, 1, 0, 0, 3]), "2 profiles, 1 conversation and 3 reminders");
    }

    #[test]
    fn only_known_fields_are_taken_and_each_once() {
        let taken = |query: &str| taken(&Fields::parse(query));
        assert_eq!(taken("take=company&take=do_not_contact&choose_phone=take&choose_name=keep"), ["company", "phone"]);
        assert_eq!(taken("take=name&choose_name=take"), ["name"]);
        assert!(taken("").is_empty());
    }

    #[test]
    fn there_is_a_choice_only_between_two_different_values() {
        let line = |kept: Option<&str>, gone: Option<&str>| Line {
            choice: Choice {
                field: "company",
                kept: kept.map(Into::into),
                gone: gone.map(Into::into),
                takes_gone: kept.is_none() && gone.is_some(),
            },
            label: "Company",
            takes: false,
        };
        assert!(line(Some("Acme"), Some("Other")).is_open());
        assert!(!line(Some("Acme"), Some("Acme")).is_open());
        assert!(!line(None, Some("Other")).is_open());
        assert!(line(None, None).is_empty());
    }
}
