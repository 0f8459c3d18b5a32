//! Variants of a template, and what came of each: how many were sent and how many were answered.

use std::collections::HashMap;

use chrono::TimeDelta;
use diesel::{prelude::*, sql_types as st};
use sha2::{Digest, Sha256};

use super::{Template, template, templates::may_change};
use crate::{
    db::{self, Instant, Tx, template_uses as us, templates as t, variants as v},
    error::{Error, Result},
    ids::{ContactId, MessageId, TemplateId},
    timeline::{Change, Verb, record},
};

/// How many texts one template may have, itself among them.
pub const MOST: usize = 5;

/// How far back outcomes are counted.
const COUNTED: TimeDelta = TimeDelta::days(180);

/// One of the texts of a template.
#[derive(Debug, Clone)]
pub struct Variant {
    /// A for the template itself, B to E for the others.
    pub letter: String,
    /// The text, with its own id.
    pub template: Template,
}

/// The template that this one is a variant of: itself when it is none.
pub fn origin(tx: &mut Tx<'_>, id: TemplateId) -> Result<TemplateId> {
    let of: Option<TemplateId> =
        tx.all(db::Variants).filter(v::variant_id.eq(id)).select(v::template_id).get_result(tx.conn()).optional()?;
    Ok(of.unwrap_or(id))
}

/// All texts of a template that is no variant, by letter; itself is A.
pub fn variants(tx: &mut Tx<'_>, id: TemplateId) -> Result<Vec<Variant>> {
    let itself = template(tx, id)?;
    let letters: HashMap<TemplateId, String> = tx
        .all(db::Variants)
        .filter(v::template_id.eq(id))
        .select((v::variant_id, v::letter))
        .load::<(TemplateId, String)>(tx.conn())?
        .into_iter()
        .collect();
    let others: Vec<Template> = tx
        .all(db::Templates)
        .filter(t::id.eq_any(letters.keys().copied().collect::<Vec<_>>()))
        .filter(t::deleted_at.is_null())
        .select(Template::as_select())
        .load(tx.conn())?;
    let lettered = |template: Template| Variant { letter: letters[&template.id].clone(), template };
    let mut all: Vec<Variant> = others.into_iter().map(lettered).collect();
    all.push(Variant { letter: "A".into(), template: itself });
    all.sort_by(|a, b| a.letter.cmp(&b.letter));
    Ok(all)
}

/// How many texts each template has that has more than one.
pub fn variant_counts(tx: &mut Tx<'_>) -> Result<HashMap<TemplateId, i64>> {
    let alive = tx.all(db::Templates).filter(t::deleted_at.is_null()).select(t::id);
    let rows: Vec<(TemplateId, i64)> = tx
        .all(db::Variants)
        .filter(v::variant_id.eq_any(alive))
        .group_by(v::template_id)
        .select((v::template_id, diesel::dsl::count_star()))
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|(template, others)| (template, others + 1)).collect())
}

/// Adds a variant to a template, with the same text to begin with. Its letter is one that none had before.
pub fn add_variant(tx: &mut Tx<'_>, id: TemplateId) -> Result<TemplateId> {
    let of = origin(tx, id)?;
    let there = template(tx, of)?;
    may_change(tx, &there)?;
    // Two at once would take one letter: on PostgreSQL the second waits here.
    diesel::update(tx.all(db::Templates).filter(t::id.eq(of))).set(t::name.eq(t::name)).execute(tx.conn())?;
    if variants(tx, of)?.len() >= MOST {
        return Err(Error::invalid("", "Five texts of one template are enough: remove one first."));
    }
    let used: i64 = tx.all(db::Variants).filter(v::template_id.eq(of)).count().get_result(tx.conn())?;
    let letter = u8::try_from(used).ok().and_then(|used| b'B'.checked_add(used)).filter(u8::is_ascii_uppercase);
    let Some(letter) = letter.map(|letter| char::from(letter).to_string()) else {
        return Err(Error::invalid("", "This template has had 26 texts: start a new one."));
    };
    let now = tx.now();
    let made: TemplateId = tx
        .insert(
            db::Templates,
            (
                t::name.eq(&there.name),
                t::channel.eq(there.channel),
                t::body.eq(&there.body),
                t::owner_id.eq(there.owner_id),
                t::created_at.eq(now),
                t::updated_at.eq(now),
            ),
        )
        .returning(t::id)
        .get_result(tx.conn())?;
    tx.insert(db::Variants, (v::variant_id.eq(made), v::template_id.eq(of), v::letter.eq(&letter)))
        .execute(tx.conn())?;
    let after = serde_json::json!({"name": format!("{} ({letter})", there.name), "body": there.body});
    record(tx, Verb::TemplateSaved, Change::of(made.0).after(after))?;
    Ok(made)
}

/// Which text of a template this contact gets: the same one for as long as it is there, and each about as many contacts as
/// the others.
pub fn variant_for(tx: &mut Tx<'_>, id: TemplateId, contact: ContactId) -> Result<TemplateId> {
    let mut all: Vec<TemplateId> = tx
        .all(db::Templates)
        .filter(t::deleted_at.is_null())
        .filter(t::id.eq_any(tx.all(db::Variants).filter(v::template_id.eq(id)).select(v::variant_id)))
        .select(t::id)
        .load(tx.conn())?;
    all.push(id);
    Ok(pick(&all, contact).unwrap_or(id))
}

/// Rendezvous hashing: every text draws a number for the contact, the highest wins. A text that comes takes its share from
/// the others, one that goes leaves them what they had.
fn pick(texts: &[TemplateId], contact: ContactId) -> Option<TemplateId> {
    let drawn = |text: &TemplateId| {
        let mut hash = Sha256::new();
        hash.update(text.0.to_le_bytes());
        hash.update(contact.0.to_le_bytes());
        let number: [u8; 32] = hash.finalize().into();
        number
    };
    texts.iter().copied().max_by_key(drawn)
}

/// Notes which text a message of ours was written from.
pub fn note_use(tx: &mut Tx<'_>, message: MessageId, id: TemplateId) -> Result<()> {
    tx.insert(db::TemplateUses, (us::message_id.eq(message), us::template_id.eq(id))).execute(tx.conn())?;
    Ok(())
}

/// What came of the messages written from one text in the last 180 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, QueryableByName)]
pub struct Outcome {
    /// How many were sent.
    #[diesel(sql_type = st::BigInt)]
    pub sent: i64,
    /// How many of them were answered, on any channel, before the next templated message.
    #[diesel(sql_type = st::BigInt)]
    pub answered: i64,
}

impl Outcome {
    /// The share that was answered in whole per cent; none when nothing was sent.
    pub fn rate(&self) -> Option<i64> {
        (self.sent > 0).then(|| (100 * self.answered + self.sent / 2) / self.sent)
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self { sent: self.sent + other.sent, answered: self.answered + other.answered }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = st::BigInt)]
    template_id: TemplateId,
    #[diesel(embed)]
    outcome: Outcome,
}

/// What came of every template, its variants added up.
pub fn outcomes_by_template(tx: &mut Tx<'_>) -> Result<HashMap<TemplateId, Outcome>> {
    let pairs: Vec<(TemplateId, TemplateId)> =
        tx.all(db::Variants).select((v::variant_id, v::template_id)).load(tx.conn())?;
    let origins: HashMap<TemplateId, TemplateId> = pairs.into_iter().collect();
    let mut all: HashMap<TemplateId, Outcome> = HashMap::new();
    for (text, outcome) in outcomes(tx)? {
        let whole = all.entry(origins.get(&text).copied().unwrap_or(text)).or_default();
        *whole = whole.and(outcome);
    }
    Ok(all)
}

/// What came of every text, variants apart. An answer counts for the last templated message before it.
pub fn outcomes(tx: &mut Tx<'_>) -> Result<HashMap<TemplateId, Outcome>> {
    let since: Instant = tx.now().plus(-COUNTED);
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT u.template_id, COUNT(*) AS sent, SUM(CASE WHEN EXISTS (\
             SELECT 1 FROM messages i WHERE i.workspace_id = m.workspace_id AND i.contact_id = m.contact_id \
             AND i.sent_at > m.sent_at AND i.direction = 'in' AND NOT i.automatic AND NOT i.aside AND NOT EXISTS (\
                 SELECT 1 FROM messages o JOIN template_uses x ON x.workspace_id = o.workspace_id AND x.message_id = o.id \
                 WHERE o.workspace_id = m.workspace_id AND o.contact_id = m.contact_id \
                 AND o.sent_at > m.sent_at AND o.sent_at < i.sent_at)) \
             THEN 1 ELSE 0 END) AS answered \
         FROM template_uses u JOIN messages m ON m.workspace_id = u.workspace_id AND m.id = u.message_id \
         WHERE u.workspace_id = $1 AND m.sent_at >= $2 GROUP BY u.template_id",
    )
    .bind::<st::BigInt, _>(tx.workspace())
    .bind::<st::Timestamp, _>(since)
    .load(tx.conn())?;
    Ok(rows.into_iter().map(|row| (row.template_id, row.outcome)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_gets_its_share_and_nobody_changes_texts_without_need() {
        let ids = |all: &[i64]| all.iter().map(|id| TemplateId(*id)).collect::<Vec<_>>();
        let (two, three) = (ids(&[4, 9]), ids(&[4, 9, 12]));
        let mut first = 0;
        for contact in (0..1_000).map(ContactId) {
            let (before, after) = (pick(&two, contact), pick(&three, contact));
            first += usize::from(before == Some(TemplateId(4)));
            assert!(after == before || after == Some(TemplateId(12)));
        }
        assert!((400..600).contains(&first), "{first} of 1,000");
        assert_eq!(pick(&[], ContactId(1)), None);
    }

    #[test]
    fn a_rate_is_rounded_and_nothing_sent_has_none() {
        let rate = |sent, answered| Outcome { sent, answered }.rate();
        assert_eq!((rate(0, 0), rate(3, 1), rate(3, 2), rate(8, 8)), (None, Some(33), Some(67), Some(100)));
    }
}
