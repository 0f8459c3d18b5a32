//! The small forms of a contact's page: notes, tags, profiles, owner, preferred channel, barring, erasing. The page
//! itself, and the form with a contact's fields, are in `contacts`.

use actix_web::web::Path;

use super::contacts::show_view;
use crate::{
    access::Right,
    contacts::{self, parse_handle_line},
    error::{Error, Result},
    ids::{ContactId, HandleId, TagId},
    outreach, pipelines,
    web::{Ctx, Done, Failure, Fields, Reply},
    workspaces,
};

/// Writes a note.
pub async fn note(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.make(
        fields,
        move |tx, fields| {
            contacts::note(tx, id, fields.get("note"))?;
            Ok(Done::go(format!("contacts/{id}")).say("Saved the note."))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Puts a tag on.
pub async fn tag(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            contacts::tag(tx, id, fields.get("tag"))?;
            Ok(Done::go(format!("contacts/{id}")))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Takes a tag off.
pub async fn untag(ctx: Ctx, path: Path<(String, ContactId, TagId)>, fields: Fields) -> Result<Reply, Failure> {
    let (_, id, tag) = path.into_inner();
    ctx.act(
        fields,
        move |tx, _| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            contacts::untag(tx, contact.id, tag)?;
            Ok(Done::go(format!("contacts/{id}")))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Adds a profile, written as an address or as `instagram: name`.
pub async fn add_handle(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            let address =
                parse_handle_line(fields.get("handle").trim()).map_err(|words| Error::invalid("handles", words))?;
            contacts::add_handle(tx, contact.id, &address)?;
            Ok(Done::go(format!("contacts/{id}")).say(format!("Added their {} profile.", address.channel.label())))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Removes a profile.
pub async fn remove_handle(ctx: Ctx, path: Path<(String, HandleId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            let contact = contacts::remove_handle(tx, id)?;
            Ok(Done::go(format!("contacts/{contact}")).say("Removed the profile."))
        },
        // It has no field that could be refused, and no page without the profile's contact.
        |page| Err(Error::invalid("", page.form.general(super::NONE).join(" "))),
    )
    .await
}

/// Makes a colleague responsible, or nobody.
pub async fn assign(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let owner = fields.optional("owner")?;
            pipelines::hand_person_over(tx, id, owner)?;
            let words = match owner {
                Some(owner) => format!("{} is responsible now.", workspaces::names(tx)?.of(Some(owner))),
                None => "Nobody is responsible now.".into(),
            };
            Ok(Done::go(format!("contacts/{id}")).say(words))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Says where they like to be written to, or that it doesn't matter.
pub async fn prefer(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            contacts::prefer(tx, contact.id, fields.optional("channel")?)?;
            Ok(Done::go(format!("contacts/{id}")).say("Saved."))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// What to say after somebody was barred.
fn barred_words(name: &str, stopped: usize) -> String {
    match stopped {
        0 => format!("Nobody writes to {name} from here any more."),
        1 => format!("Nobody writes to {name} from here any more. 1 follow-up stopped."),
        n => format!("Nobody writes to {name} from here any more. {n} follow-ups stopped."),
    }
}

/// Bars somebody from being contacted, and stops everything planned with them.
pub async fn bar(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, fields| {
            tx.access().require(Right::Work)?;
            let contact = contacts::contact(tx, id)?;
            let stopped = outreach::bar(tx, contact.id, fields.get("reason"))?;
            Ok(Done::go(format!("contacts/{id}")).say(barred_words(&contact.name, stopped)))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Lets somebody be contacted again.
pub async fn unbar(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            tx.access().require(Right::Arrange)?;
            let contact = contacts::contact(tx, id)?;
            outreach::unbar(tx, contact.id)?;
            Ok(Done::go(format!("contacts/{id}")).say(format!("{} may be contacted again.", contact.name)))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

/// Erases somebody with everything of theirs.
pub async fn erase(ctx: Ctx, path: Path<(String, ContactId)>, fields: Fields) -> Result<Reply, Failure> {
    let id = path.1;
    ctx.act(
        fields,
        move |tx, _| {
            contacts::erase(tx, id)?;
            // Their name is not said: it would live on in the session.
            Ok(Done::go("contacts").say("Erased for good, with everything of theirs."))
        },
        move |page| show_view(page, id, None),
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_many_follow_ups_a_bar_stopped() {
        assert_eq!(barred_words("Ana Li", 0), "Nobody writes to Ana Li from here any more.");
        assert!(barred_words("Ana Li", 1).ends_with(" 1 follow-up stopped."));
        assert!(barred_words("Ana Li", 3).ends_with(" 3 follow-ups stopped."));
    }
}
