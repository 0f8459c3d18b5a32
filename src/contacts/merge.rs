//! Two contacts become one, in one transaction, and can be parted again (promise 11).

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Contact, contact, refresh_search, refresh_turn};
use crate::{
    access::Right,
    channels,
    db::{self, Instant, Tx, cards, contact_tags, contacts as c, handles, merges, messages, notes, reminders, threads},
    error::{Error, Result},
    ids::{CardId, ContactId, HandleId, MergeId, NoteId, PipelineId, ReminderId, StageId, TagId, ThreadId},
    timeline::{Change, Verb, record},
};

/// The fields a merge decides on, in the order shown.
pub const FIELDS: [&str; 6] = ["name", "company", "title", "email", "phone", "timezone"];

/// Why a card was lost whose contact became part of one with a card there.
const MERGED: &str = "merged";

/// One field of the preview.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// Its name.
    pub field: &'static str,
    /// What the kept contact has.
    pub kept: Option<String>,
    /// What the other has.
    pub gone: Option<String>,
    /// Whether the other's value is taken unless somebody decides otherwise.
    pub takes_gone: bool,
}

/// What a merge would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The contact that stays.
    pub kept: Contact,
    /// The contact that becomes part of it.
    pub gone: Contact,
    /// Field by field.
    pub choices: Vec<Choice>,
    /// How many handles, threads, notes, cards and reminders move.
    pub moves: [i64; 5],
}

fn value(contact: &Contact, field: &str) -> Option<String> {
    match field {
        "name" => Some(contact.name.clone()),
        "company" => contact.company.clone(),
        "title" => contact.title.clone(),
        "email" => contact.email.clone(),
        "phone" => contact.phone.clone(),
        _ => contact.timezone.clone(),
    }
}

/// Shows what merging `gone` into `kept` would do; changes nothing.
pub fn preview(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId) -> Result<Preview> {
    let (kept, gone) = (contact(tx, kept)?, contact(tx, gone)?);
    if kept.id == gone.id {
        return Err(Error::invalid("", "These two are one contact already."));
    }
    let choices = FIELDS
        .iter()
        .map(|&field| {
            let (ours, theirs) = (value(&kept, field), value(&gone, field));
            Choice { field, takes_gone: ours.is_none() && theirs.is_some(), kept: ours, gone: theirs }
        })
        .collect();
    let id = gone.id;
    let moves = [
        tx.all(db::Handles).filter(handles::contact_id.eq(id)).count().get_result(tx.conn())?,
        tx.all(db::Threads).filter(threads::contact_id.eq(id)).count().get_result(tx.conn())?,
        tx.all(db::Notes).filter(notes::contact_id.eq(id)).count().get_result(tx.conn())?,
        tx.all(db::Cards).filter(cards::contact_id.eq(id)).count().get_result(tx.conn())?,
        tx.all(db::Reminders).filter(reminders::contact_id.eq(id)).count().get_result(tx.conn())?,
    ];
    Ok(Preview { kept, gone, choices, moves })
}

/// All that is needed to part a pair again.
#[derive(Debug, Serialize, Deserialize)]
struct Undo {
    handles: Vec<HandleId>,
    threads: Vec<ThreadId>,
    notes: Vec<NoteId>,
    cards: Vec<CardId>,
    /// Open cards that stayed behind closed, since the kept contact has one open in that pipeline.
    closed: Vec<(CardId, StageId)>,
    /// Cards of the kept contact that had no value, and took that of one which stayed behind; in hundredths.
    #[serde(default)]
    valued: Vec<(CardId, i64)>,
    reminders: Vec<ReminderId>,
    tags: Vec<TagId>,
    /// Field, value before, value set.
    fields: Vec<(String, Option<String>, Option<String>)>,
    do_not_contact: (Option<String>, Option<String>),
}

/// Merges `gone` into `kept`. `take` names the fields whose value comes from `gone`; an empty value never beats a
/// filled one. Old links lead to the kept contact. Returns the merge, for undoing it, and the cards that it closed. What these
/// have planned is `pipelines::merge`'s to stop.
pub(crate) fn merge(
    tx: &mut Tx<'_>,
    kept: ContactId,
    gone: ContactId,
    take: &[String],
) -> Result<(MergeId, Vec<CardId>)> {
    tx.access().require(Right::Work)?;
    let by = tx.access().person()?;
    // Others may write about them, or merge them, at this moment.
    tx.have_alone(&[kept, gone])?;
    let plan = preview(tx, kept, gone)?;
    let (kept, gone) = (&plan.kept, &plan.gone);
    let fields: Vec<(String, Option<String>, Option<String>)> = plan
        .choices
        .iter()
        .filter(|choice| choice.gone.is_some() && (choice.takes_gone || take.iter().any(|field| field == choice.field)))
        .filter(|choice| choice.gone != choice.kept)
        .map(|choice| (choice.field.to_owned(), choice.kept.clone(), choice.gone.clone()))
        .collect();
    let (closed, valued) = close_cards_in_the_way(tx, kept.id, gone.id)?;
    let barred = kept.do_not_contact.clone().or_else(|| gone.do_not_contact.clone());
    let undo = Undo {
        handles: tx.all(db::Handles).filter(handles::contact_id.eq(gone.id)).select(handles::id).load(tx.conn())?,
        threads: tx.all(db::Threads).filter(threads::contact_id.eq(gone.id)).select(threads::id).load(tx.conn())?,
        notes: tx.all(db::Notes).filter(notes::contact_id.eq(gone.id)).select(notes::id).load(tx.conn())?,
        cards: tx.all(db::Cards).filter(cards::contact_id.eq(gone.id)).select(cards::id).load(tx.conn())?,
        closed,
        valued,
        reminders: tx
            .all(db::Reminders)
            .filter(reminders::contact_id.eq(gone.id))
            .select(reminders::id)
            .load(tx.conn())?,
        tags: new_tags(tx, kept.id, gone.id)?,
        fields,
        do_not_contact: (kept.do_not_contact.clone(), barred.clone()),
    };
    let now = tx.now();
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(gone.id)))
        .set(c::merged_into.eq(kept.id))
        .execute(tx.conn())?;
    move_all(tx, &undo, kept.id)?;
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(kept.id)))
        .set(c::do_not_contact.eq(barred))
        .execute(tx.conn())?;
    for tag in &undo.tags {
        tx.insert(db::ContactTags, (contact_tags::contact_id.eq(kept.id), contact_tags::tag_id.eq(*tag)))
            .execute(tx.conn())?;
    }
    for (field, _, after) in &undo.fields {
        set_field(tx, kept.id, field, after.as_deref())?;
    }
    refresh_turn(tx, kept.id)?;
    refresh_search(tx, kept.id)?;
    let id: MergeId = tx
        .insert(
            db::Merges,
            (
                merges::kept_id.eq(kept.id),
                merges::gone_id.eq(gone.id),
                merges::by_id.eq(by),
                merges::undo.eq(serde_json::to_string(&undo)?),
                merges::created_at.eq(now),
            ),
        )
        .returning(merges::id)
        .get_result(tx.conn())?;
    let after = serde_json::json!({"name": gone.name, "contact": gone.id, "merge": id});
    record(tx, Verb::ContactMerged, Change::of(id.0).about(kept.id).after(after))?;
    Ok((id, undo.closed.into_iter().map(|(card, _)| card).collect()))
}

/// Closes the open cards of `gone` in pipelines where `kept` has one open; returns them with the stage they were in.
type Closed = Vec<(CardId, StageId)>;
type Valued = Vec<(CardId, i64)>;

fn close_cards_in_the_way(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId) -> Result<(Closed, Valued)> {
    let open = |tx: &Tx<'_>, id| tx.all(db::Cards).filter(cards::contact_id.eq(id)).filter(cards::state.eq("open"));
    let stay: Vec<(PipelineId, CardId, i64)> =
        open(tx, kept).select((cards::pipeline_id, cards::id, cards::value_cents)).load(tx.conn())?;
    let rows: Vec<(CardId, StageId, PipelineId, i64)> = open(tx, gone)
        .filter(cards::pipeline_id.eq_any(stay.iter().map(|(pipeline, ..)| *pipeline).collect::<Vec<_>>()))
        .select((cards::id, cards::stage_id, cards::pipeline_id, cards::value_cents))
        .load(tx.conn())?;
    let (now, mut valued) = (tx.now(), Vec::new());
    for (card, _, pipeline, value) in &rows {
        let empty = stay.iter().find(|(theirs, _, value)| theirs == pipeline && *value == 0);
        if let Some((_, stays, _)) = empty.filter(|_| *value != 0) {
            set_value(tx, *stays, 0, *value)?;
            valued.push((*stays, *value));
        }
        let lost: StageId = tx
            .all(db::Stages)
            .filter(db::stages::pipeline_id.eq(*pipeline))
            .filter(db::stages::state.eq("lost"))
            .order(db::stages::position)
            .select(db::stages::id)
            .first(tx.conn())?;
        diesel::update(tx.all(db::Cards).filter(cards::id.eq(*card)))
            .set((
                cards::stage_id.eq(lost),
                cards::state.eq("lost"),
                cards::lost_reason.eq(MERGED),
                cards::closed_at.eq(now),
                cards::version.eq(cards::version + 1),
            ))
            .execute(tx.conn())?;
    }
    Ok((rows.into_iter().map(|(card, stage, ..)| (card, stage)).collect(), valued))
}

/// Sets what a card is worth, unless somebody has changed it from `was` meanwhile.
fn set_value(tx: &mut Tx<'_>, card: CardId, was: i64, value: i64) -> Result<()> {
    let unchanged = tx.all(db::Cards).filter(cards::id.eq(card)).filter(cards::value_cents.eq(was));
    diesel::update(unchanged)
        .set((cards::value_cents.eq(value), cards::version.eq(cards::version + 1)))
        .execute(tx.conn())?;
    Ok(())
}

fn new_tags(tx: &mut Tx<'_>, kept: ContactId, gone: ContactId) -> Result<Vec<TagId>> {
    let of =
        |tx: &Tx<'_>, id| tx.all(db::ContactTags).filter(contact_tags::contact_id.eq(id)).select(contact_tags::tag_id);
    let known: Vec<TagId> = of(tx, kept).load(tx.conn())?;
    let theirs: Vec<TagId> = of(tx, gone).load(tx.conn())?;
    Ok(theirs.into_iter().filter(|tag| !known.contains(tag)).collect())
}

fn move_all(tx: &mut Tx<'_>, what: &Undo, to: ContactId) -> Result<()> {
    diesel::update(tx.all(db::Handles).filter(handles::id.eq_any(what.handles.clone())))
        .set(handles::contact_id.eq(to))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Threads).filter(threads::id.eq_any(what.threads.clone())))
        .set(threads::contact_id.eq(to))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Messages).filter(messages::thread_id.eq_any(what.threads.clone())))
        .set(messages::contact_id.eq(to))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Notes).filter(notes::id.eq_any(what.notes.clone())))
        .set(notes::contact_id.eq(to))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Cards).filter(cards::id.eq_any(what.cards.clone())))
        .set(cards::contact_id.eq(to))
        .execute(tx.conn())?;
    diesel::update(tx.all(db::Reminders).filter(reminders::id.eq_any(what.reminders.clone())))
        .set(reminders::contact_id.eq(to))
        .execute(tx.conn())?;
    Ok(())
}

fn set_field(tx: &mut Tx<'_>, id: ContactId, field: &str, value: Option<&str>) -> Result<()> {
    let row = tx.all(db::Contacts).filter(c::id.eq(id));
    match field {
        "name" => {
            let name = value.unwrap_or_default();
            diesel::update(row).set((c::name.eq(name), c::name_key.eq(channels::name_key(name)))).execute(tx.conn())?
        }
        "company" => diesel::update(row).set(c::company.eq(value)).execute(tx.conn())?,
        "title" => diesel::update(row).set(c::title.eq(value)).execute(tx.conn())?,
        "email" => {
            let key = value.and_then(|email| channels::email_key(email).ok());
            diesel::update(row).set((c::email.eq(value), c::email_key.eq(key))).execute(tx.conn())?
        }
        "phone" => {
            let key = value.and_then(|phone| channels::phone_key(phone, None));
            diesel::update(row).set((c::phone.eq(value), c::phone_key.eq(key))).execute(tx.conn())?
        }
        _ => diesel::update(row).set(c::timezone.eq(value)).execute(tx.conn())?,
    };
    Ok(())
}

/// What parting a merged pair did.
pub(crate) struct Parted {
    /// Who is a contact of their own again.
    pub(crate) gone: ContactId,
    /// The cards that the merge had closed; they are open again.
    pub(crate) reopened: Vec<CardId>,
    /// Whose part they were.
    pub(crate) kept: ContactId,
    /// When the two were merged.
    pub(crate) merged_at: Instant,
    /// Whether either may be contacted again that might not while they were one.
    pub(crate) unbarred: bool,
}

/// Parts a merged pair: what came with the other contact goes back to it, a field only if nobody changed it since.
pub(crate) fn part(tx: &mut Tx<'_>, id: MergeId) -> Result<Parted> {
    tx.access().require(Right::Work)?;
    type Row = (ContactId, ContactId, String, Option<Instant>, Instant);
    let both = tx.all(db::Merges).filter(merges::id.eq(id)).select((merges::kept_id, merges::gone_id));
    let (kept, gone): (ContactId, ContactId) = both.get_result(tx.conn())?;
    tx.have_alone(&[kept, gone])?;
    let (kept, gone, undo, undone, merged_at): Row = tx
        .all(db::Merges)
        .filter(merges::id.eq(id))
        .select((merges::kept_id, merges::gone_id, merges::undo, merges::undone_at, merges::created_at))
        .get_result(tx.conn())?;
    if undone.is_some() {
        return Err(Error::invalid("", "This merge was undone already."));
    }
    let into: Option<ContactId> =
        tx.all(db::Contacts).filter(c::id.eq(kept)).select(c::merged_into).get_result(tx.conn())?;
    if into.is_some() {
        return Err(Error::invalid("", "This contact was merged further. Undo the later merge first."));
    }
    let undo: Undo = serde_json::from_str(&undo)?;
    let now = tx.now();
    let present = contact(tx, kept)?;
    for (field, before, set) in &undo.fields {
        if &value(&present, field) == set {
            set_field(tx, kept, field, before.as_deref())?;
        }
    }
    // As the merge left it: whichever of the two was free before is free again.
    let unbarred = present.do_not_contact.is_some() && present.do_not_contact == undo.do_not_contact.1;
    if unbarred {
        diesel::update(tx.all(db::Contacts).filter(c::id.eq(kept)))
            .set(c::do_not_contact.eq(&undo.do_not_contact.0))
            .execute(tx.conn())?;
    }
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(gone)))
        .set(c::merged_into.eq(None::<ContactId>))
        .execute(tx.conn())
        .map_err(super::taken_email)?;
    move_all(tx, &undo, gone)?;
    for (card, value) in &undo.valued {
        set_value(tx, *card, *value, 0)?;
    }
    let mut reopened = Vec::new();
    for (card, stage) in &undo.closed {
        let stage = there_or_first(tx, *stage)?;
        // What somebody has done with it since stays.
        let closed = tx.all(db::Cards).filter(cards::id.eq(*card)).filter(cards::lost_reason.eq(MERGED));
        let opened = diesel::update(closed.filter(cards::state.eq("lost")))
            .set((
                cards::stage_id.eq(stage),
                cards::state.eq("open"),
                cards::lost_reason.eq(None::<String>),
                cards::closed_at.eq(None::<Instant>),
                cards::version.eq(cards::version + 1),
            ))
            .execute(tx.conn())?;
        if opened > 0 {
            reopened.push(*card);
        }
    }
    diesel::delete(
        tx.all(db::ContactTags)
            .filter(contact_tags::contact_id.eq(kept))
            .filter(contact_tags::tag_id.eq_any(undo.tags.clone())),
    )
    .execute(tx.conn())?;
    diesel::update(tx.all(db::Merges).filter(merges::id.eq(id))).set(merges::undone_at.eq(now)).execute(tx.conn())?;
    for each in [kept, gone] {
        refresh_turn(tx, each)?;
        refresh_search(tx, each)?;
    }
    record(tx, Verb::ContactParted, Change::of(id.0).about(kept))?;
    Ok(Parted { kept, gone, reopened, merged_at, unbarred })
}

/// A stage, or the first open one of its pipeline where it was removed since.
fn there_or_first(tx: &mut Tx<'_>, id: StageId) -> Result<StageId> {
    type Row = (PipelineId, Option<Instant>);
    let (pipeline, removed): Row = tx
        .all(db::Stages)
        .filter(db::stages::id.eq(id))
        .select((db::stages::pipeline_id, db::stages::deleted_at))
        .get_result(tx.conn())?;
    if removed.is_none() {
        return Ok(id);
    }
    Ok(tx
        .all(db::Stages)
        .filter(db::stages::pipeline_id.eq(pipeline))
        .filter(db::stages::state.eq("open"))
        .filter(db::stages::deleted_at.is_null())
        .order(db::stages::position)
        .select(db::stages::id)
        .first(tx.conn())?)
}

/// The merges into a contact that can be undone, newest first: the merge, the other's name, when.
pub fn merges_into(tx: &mut Tx<'_>, kept: ContactId) -> Result<Vec<(MergeId, String, Instant)>> {
    let rows: Vec<(MergeId, ContactId, Instant)> = tx
        .all(db::Merges)
        .filter(merges::kept_id.eq(kept))
        .filter(merges::undone_at.is_null())
        .order(merges::id.desc())
        .limit(20)
        .select((merges::id, merges::gone_id, merges::created_at))
        .load(tx.conn())?;
    let gone: Vec<ContactId> = rows.iter().map(|row| row.1).collect();
    let names: std::collections::HashMap<ContactId, String> = tx
        .all(db::Contacts)
        .filter(c::id.eq_any(gone))
        .select((c::id, c::name))
        .load::<(ContactId, String)>(tx.conn())?
        .into_iter()
        .collect();
    Ok(rows.into_iter().map(|(id, gone, at)| (id, names.get(&gone).cloned().unwrap_or_default(), at)).collect())
}
