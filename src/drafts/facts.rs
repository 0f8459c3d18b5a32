//! What is known about a contact when a template is filled, read from the database.

use diesel::prelude::*;

use super::{Draft, Facts, Flaw, fill, inspect, template};
use crate::{
    channels::{Channel, archives::is_stand_in},
    contacts::{self, Contact},
    db::{self, Tx, cards as k, contacts as c, messages as m},
    error::{Error, Result},
    ids::{ContactId, PipelineId, StageId, TemplateId, UserId},
};

/// The facts of a contact for a message by `sender` on `channel`.
pub fn facts(tx: &mut Tx<'_>, contact: &Contact, channel: Option<Channel>, sender: Option<UserId>) -> Result<Facts> {
    let handles = contacts::handles(tx, contact.id)?;
    let handle = handles.iter().find(|handle| channel.is_none_or(|channel| handle.channel == channel));
    let place: Option<(StageId, PipelineId)> = tx
        .all(db::Cards)
        .filter(k::contact_id.eq(contact.id))
        .filter(k::state.eq("open"))
        .order(k::id.desc())
        .select((k::stage_id, k::pipeline_id))
        .first(tx.conn())
        .optional()?;
    let (stage, pipeline) = match place {
        Some((stage, pipeline)) => (
            tx.all(db::Stages)
                .filter(db::stages::id.eq(stage))
                .select(db::stages::name)
                .get_result(tx.conn())
                .optional()?,
            tx.all(db::Pipelines)
                .filter(db::pipelines::id.eq(pipeline))
                .select(db::pipelines::name)
                .get_result(tx.conn())
                .optional()?,
        ),
        None => (None, None),
    };
    let last_words: Option<String> = tx
        .all(db::Messages)
        .filter(m::contact_id.eq(contact.id))
        .filter(m::direction.eq(crate::channels::Direction::In))
        .filter(m::aside.eq(false))
        .order((m::sent_at.desc(), m::id.desc()))
        .select(m::body)
        .first(tx.conn())
        .optional()?;
    let sender = match sender {
        Some(id) => Some(crate::workspaces::member(tx, id)?.user),
        None => None,
    };
    let tags = contacts::tags_of(tx, &[contact.id])?;
    // Nobody is greeted by what an archive put in the place of a name.
    let named = !is_stand_in(&contact.name);
    Ok(Facts {
        first_name: if named { contact.first_name().to_owned() } else { String::new() },
        last_name: contact.name.split_once(' ').map(|(_, rest)| rest.trim().to_owned()).filter(|_| named),
        name: if named { contact.name.clone() } else { String::new() },
        company: contact.company.clone(),
        title: contact.title.clone(),
        handle: handle.map(|handle| handle.label().to_owned()),
        channel: channel.map_or("", Channel::label).to_owned(),
        stage,
        pipeline,
        last_words,
        owner: sender.as_ref().map(|user| user.name.clone()),
        sender_first: sender.as_ref().map(|user| user.first_name().to_owned()),
        brand: Some(crate::workspaces::workspace(tx)?.name),
        followers: handle.and_then(|handle| handle.followers),
        tags: tags.into_iter().map(|(_, tag)| tag.name).collect(),
    })
}

/// The draft for a contact: `written` as somebody wrote it, or else the template filled; with its flaws either way.
/// Without both there is no text.
pub fn draft_for(
    tx: &mut Tx<'_>,
    contact: &Contact,
    channel: Option<Channel>,
    sender: Option<UserId>,
    template_id: Option<TemplateId>,
    written: Option<&str>,
) -> Result<Draft> {
    let facts = facts(tx, contact, channel, sender)?;
    let filled = match (written, template_id) {
        (Some(_), _) | (None, None) => None,
        (None, Some(id)) => match template(tx, id) {
            Ok(template) => Some(fill(&template.body, &facts)),
            Err(Error::NotFound) => None,
            Err(error) => return Err(error),
        },
    };
    let text = match (&filled, written) {
        (Some(draft), _) => draft.text.clone(),
        (None, Some(written)) => written.to_owned(),
        (None, None) => return Ok(Draft { text: String::new(), flaws: Vec::new() }),
    };
    let mut flaws = filled.map(|draft| draft.flaws).unwrap_or_default();
    for flaw in flaws_of(tx, contact, channel, &text, &facts)? {
        if !flaws.contains(&flaw) {
            flaws.push(flaw);
        }
    }
    Ok(Draft { text, flaws })
}

/// What is wrong with a text written to a contact.
pub fn flaws(
    tx: &mut Tx<'_>,
    contact: &Contact,
    channel: Option<Channel>,
    sender: Option<UserId>,
    text: &str,
) -> Result<Vec<Flaw>> {
    let facts = facts(tx, contact, channel, sender)?;
    flaws_of(tx, contact, channel, text, &facts)
}

fn flaws_of(
    tx: &mut Tx<'_>,
    contact: &Contact,
    channel: Option<Channel>,
    text: &str,
    facts: &Facts,
) -> Result<Vec<Flaw>> {
    let others = recent_names(tx, contact.id)?;
    Ok(inspect(text, facts, &others, channel.and_then(Channel::text_limit)))
}

/// The full names of those worked with lately: the ones a text meant for somebody else would hold.
fn recent_names(tx: &mut Tx<'_>, but: ContactId) -> Result<Vec<String>> {
    let names: Vec<String> = tx
        .all(db::Contacts)
        .filter(c::merged_into.is_null())
        .filter(c::id.ne(but))
        .order((c::touched_at.desc(), c::id.desc()))
        .limit(100)
        .select(c::name)
        .load(tx.conn())?;
    Ok(names.into_iter().filter(|name| name.split_whitespace().count() > 1).collect())
}
