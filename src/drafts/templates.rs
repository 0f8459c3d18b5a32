//! Templates as stored: shared ones are arranged by managers, private ones belong to one member.

use diesel::prelude::*;

use super::{check_template, fill::least_length};
use crate::{
    access::Right,
    channels::{Channel, safe_text},
    db::{self, Instant, Tx, templates as t, variants as v},
    error::{Error, Problems, Result},
    ids::{TemplateId, UserId},
    timeline::{Change, Verb, record},
};

/// A text with variables, as stored.
#[derive(Debug, Clone, Queryable, Selectable, serde::Serialize)]
#[diesel(table_name = t)]
pub struct Template {
    /// The template.
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The channel it is written for; any when none.
    pub channel: Option<Channel>,
    /// The text.
    pub body: String,
    /// Whose it is; shared when nobody's.
    pub owner_id: Option<UserId>,
    /// When it was last saved.
    pub updated_at: Instant,
}

/// What somebody says about a template.
#[derive(Debug, Clone)]
pub struct TemplateForm {
    /// 1 to 80 characters.
    pub name: String,
    /// The channel it is written for.
    pub channel: Option<Channel>,
    /// The text, 1 to 20,000 characters.
    pub body: String,
    /// Whether everybody uses it.
    pub shared: bool,
}

/// The templates that the acting member sees: shared ones and their own, by name; at most 500. Of one with variants only
/// itself.
pub fn templates(tx: &mut Tx<'_>) -> Result<Vec<Template>> {
    let me = tx.access().user();
    Ok(tx
        .all(db::Templates)
        .filter(t::deleted_at.is_null())
        .filter(t::id.ne_all(tx.all(db::Variants).select(v::variant_id)))
        .filter(t::owner_id.is_null().or(t::owner_id.eq(me.unwrap_or(UserId(0)))))
        .order((t::name, t::id))
        .limit(500)
        .select(Template::as_select())
        .load(tx.conn())?)
}

/// Those of them that fit a channel: written for it, or for any.
pub fn templates_for(tx: &mut Tx<'_>, channel: Channel) -> Result<Vec<Template>> {
    let mut fitting = templates(tx)?;
    fitting.retain(|template| template.channel.is_none_or(|its| its == channel));
    Ok(fitting)
}

/// Refuses whoever may not change a template that is there.
pub(super) fn may_change(tx: &Tx<'_>, there: &Template) -> Result<()> {
    tx.access().require(if there.owner_id.is_none() { Right::Arrange } else { Right::Work })
}

/// A template that the acting member sees; the worker sees all.
pub fn template(tx: &mut Tx<'_>, id: TemplateId) -> Result<Template> {
    let found: Template = tx
        .all(db::Templates)
        .filter(t::id.eq(id))
        .filter(t::deleted_at.is_null())
        .select(Template::as_select())
        .get_result(tx.conn())?;
    let me = tx.access().user();
    if found.owner_id.is_none() || me.is_none() || found.owner_id == me { Ok(found) } else { Err(Error::NotFound) }
}

/// Saves a new template, or one that is there.
pub fn save_template(tx: &mut Tx<'_>, id: Option<TemplateId>, form: &TemplateForm) -> Result<TemplateId> {
    tx.access().require(if form.shared { Right::Arrange } else { Right::Work })?;
    let mut problems = Problems::default();
    let name = safe_text(&form.name, 200).replace('\n', " ");
    if name.is_empty() || name.chars().count() > 80 {
        problems.add("name", "Give the template a name of 1 to 80 characters.");
    }
    let body = safe_text(&form.body, 20_001);
    if body.is_empty() || body.chars().count() > 20_000 {
        problems.add("body", "Write a text of 1 to 20,000 characters.");
    } else {
        problems.take("body", check_template(&body));
        if let Some(words) = form.channel.and_then(|channel| too_long(channel, &body)) {
            problems.add("body", words);
        }
    }
    problems.check()?;
    let owner = if form.shared { None } else { Some(tx.access().person()?) };
    let (now, before) = (tx.now(), id.map(|id| template(tx, id)).transpose()?);
    if let Some(before) = &before {
        may_change(tx, before)?;
    }
    let saved = match id {
        Some(id) => {
            diesel::update(tx.all(db::Templates).filter(t::id.eq(id)))
                .set((
                    t::name.eq(&name),
                    t::channel.eq(form.channel),
                    t::body.eq(&body),
                    t::owner_id.eq(owner),
                    t::updated_at.eq(now),
                ))
                .execute(tx.conn())?;
            let variants = tx.all(db::Variants).filter(v::template_id.eq(id)).select(v::variant_id);
            diesel::update(tx.all(db::Templates).filter(t::id.eq_any(variants)))
                .set((t::name.eq(&name), t::channel.eq(form.channel), t::owner_id.eq(owner)))
                .execute(tx.conn())?;
            id
        }
        None => tx
            .insert(
                db::Templates,
                (
                    t::name.eq(&name),
                    t::channel.eq(form.channel),
                    t::body.eq(&body),
                    t::owner_id.eq(owner),
                    t::created_at.eq(now),
                    t::updated_at.eq(now),
                ),
            )
            .returning(t::id)
            .get_result(tx.conn())?,
    };
    let mut change = Change::of(saved.0).after(serde_json::json!({"name": name, "body": body}));
    if let Some(before) = before {
        change = change.before(serde_json::json!({"name": before.name, "body": before.body}));
    }
    record(tx, Verb::TemplateSaved, change)?;
    Ok(saved)
}

/// Why a text fits into no message of a channel, filled with as little as can be.
fn too_long(channel: Channel, body: &str) -> Option<String> {
    let (limit, length) = (channel.text_limit()?, least_length(body));
    let words = |n: usize| crate::calendar::thousands(i64::try_from(n).unwrap_or(i64::MAX));
    (length > limit).then(|| {
        format!(
            "Filled with as little as can be this has {} characters, and {} takes {} in one message. Shorten it.",
            words(length),
            channel.label(),
            words(limit)
        )
    })
}

/// Puts a removed template back, with the variants that went with it. One that is there stays as it is.
pub fn restore_template(tx: &mut Tx<'_>, id: TemplateId) -> Result<()> {
    let (there, gone_at): (Template, Option<Instant>) = tx
        .all(db::Templates)
        .filter(t::id.eq(id))
        .select((Template::as_select(), t::deleted_at))
        .get_result(tx.conn())?;
    if there.owner_id.is_some() && there.owner_id != tx.access().user() {
        return Err(Error::NotFound);
    }
    may_change(tx, &there)?;
    let Some(gone_at) = gone_at else { return Ok(()) };
    let of = super::origin(tx, id)?;
    if of != id && super::variants(tx, of)?.len() >= super::MOST_VARIANTS {
        return Err(Error::invalid("", "Five texts of one template are enough: remove one first."));
    }
    let variants = tx.all(db::Variants).filter(v::template_id.eq(id)).select(v::variant_id);
    let back = tx.all(db::Templates).filter(t::deleted_at.eq(gone_at)).filter(t::id.eq(id).or(t::id.eq_any(variants)));
    diesel::update(back).set(t::deleted_at.eq(None::<Instant>)).execute(tx.conn())?;
    record(tx, Verb::TemplateSaved, Change::of(id.0).after(serde_json::json!({"name": there.name, "body": there.body})))
}

/// Removes a template and its variants; of a variant only itself. Reminders that would have used it have no draft then.
pub fn remove_template(tx: &mut Tx<'_>, id: TemplateId) -> Result<()> {
    let gone = template(tx, id)?;
    may_change(tx, &gone)?;
    let variants = tx.all(db::Variants).filter(v::template_id.eq(id)).select(v::variant_id);
    let of = super::origin(tx, id)?;
    if of != id {
        // What was planned with this text goes on with the template's own.
        diesel::update(
            tx.all(db::Reminders).filter(db::reminders::template_id.eq(id)).filter(db::reminders::state.eq("open")),
        )
        .set(db::reminders::template_id.eq(of))
        .execute(tx.conn())?;
    }
    let all = tx.all(db::Templates).filter(t::deleted_at.is_null()).filter(t::id.eq(id).or(t::id.eq_any(variants)));
    diesel::update(all).set(t::deleted_at.eq(tx.now())).execute(tx.conn())?;
    record(tx, Verb::TemplateRemoved, Change::of(id.0).before(serde_json::json!({"name": gone.name})))
}
