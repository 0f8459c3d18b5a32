//! Contacts as stored, and the lists of them.

use diesel::prelude::*;

use super::{Kind, Turn};
use crate::{
    channels::{Address, Channel, archives::is_stand_in},
    db::{self, Instant, MultiBackend, Page, PageRequest, Tx, contacts as c, handles as h},
    error::{Error, Result},
    ids::{ContactId, HandleId, ImportId, PipelineId, StageId, TagId, UserId},
};

/// A person, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = c)]
pub struct Contact {
    /// The contact.
    pub id: ContactId,
    /// What kind of person.
    pub kind: Kind,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// What they do there.
    pub title: Option<String>,
    /// Email address, as given.
    pub email: Option<String>,
    /// Phone number, as given.
    pub phone: Option<String>,
    /// IANA zone.
    pub timezone: Option<String>,
    /// The colleague responsible.
    pub owner_id: Option<UserId>,
    /// Where they like to be written to.
    pub preferred_channel: Option<Channel>,
    /// Why they must not be contacted; none when they may be.
    pub do_not_contact: Option<String>,
    /// Whose move it is, over all their threads.
    pub turn: Turn,
    /// When they last wrote.
    pub last_in_at: Option<Instant>,
    /// When we last wrote.
    pub last_out_at: Option<Instant>,
    /// The last words either side said, at most 280 characters.
    pub last_words: Option<String>,
    /// Whether those were theirs.
    pub last_words_in: Option<bool>,
    /// When anything last happened with them.
    pub touched_at: Instant,
    /// Whom they were merged into.
    pub merged_into: Option<ContactId>,
    /// The import that made them.
    pub import_id: Option<ImportId>,
    /// When they were added.
    pub created_at: Instant,
}

impl Contact {
    /// The first word of their name; all of what merely stands for a name.
    pub fn first_name(&self) -> &str {
        if is_stand_in(&self.name) {
            return &self.name;
        }
        self.name.split_whitespace().next().unwrap_or(&self.name)
    }
}

/// An account of a contact on a channel, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = h)]
pub struct Handle {
    /// The handle.
    pub id: HandleId,
    /// Whose.
    pub contact_id: ContactId,
    /// Where.
    pub channel: Channel,
    /// The normalised name it is matched by.
    pub key: String,
    /// The profile's address.
    pub url: Option<String>,
    /// The name as shown there.
    pub username: Option<String>,
    /// The platform's own id.
    pub platform_id: Option<String>,
    /// How many follow them, when known.
    pub followers: Option<i64>,
}

impl Handle {
    /// The same without its row.
    pub fn address(&self) -> Address {
        Address { channel: self.channel, key: self.key.clone(), url: self.url.clone(), username: self.username.clone() }
    }

    /// What to call it.
    pub fn label(&self) -> &str {
        self.username.as_deref().unwrap_or(&self.key)
    }
}

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Tag {
    /// The tag.
    pub id: TagId,
    /// Its word.
    pub name: String,
}

/// Which contacts a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words to be found.
    pub search: Option<String>,
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Of one colleague.
    pub owner: Option<UserId>,
    /// With a tag.
    pub tag: Option<TagId>,
    /// Whose move it is.
    pub turn: Option<Turn>,
    /// Where their cards are.
    pub place: Option<Place>,
}

/// Where somebody's cards are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One is in this stage.
    Stage(StageId),
    /// One is somewhere in this pipeline.
    Pipeline(PipelineId),
    /// There are none.
    Nowhere,
}

impl std::str::FromStr for Place {
    type Err = std::num::ParseIntError;

    /// Reads a stage's number, `pipeline-` and a pipeline's, or `none`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix("pipeline-")) {
            ("none", _) => Ok(Self::Nowhere),
            (_, Some(id)) => id.parse().map(|id| Self::Pipeline(PipelineId(id))),
            (id, None) => id.parse().map(|id| Self::Stage(StageId(id))),
        }
    }
}

/// A page of contacts, the last touched first.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, request: &PageRequest) -> Result<Page<Contact>> {
    let mut query =
        tx.all(db::Contacts).filter(c::merged_into.is_null()).select(Contact::as_select()).into_boxed::<MultiBackend>();
    if let Some(kind) = filter.kind {
        query = query.filter(c::kind.eq(kind));
    }
    if let Some(owner) = filter.owner {
        query = query.filter(c::owner_id.eq(owner));
    }
    if let Some(turn) = filter.turn {
        query = query.filter(c::turn.eq(turn));
    }
    if let Some(tag) = filter.tag {
        let tagged = tx.all(db::ContactTags).filter(db::contact_tags::tag_id.eq(tag));
        query = query.filter(c::id.eq_any(tagged.select(db::contact_tags::contact_id)));
    }
    let cards = tx.all(db::Cards);
    match filter.place {
        Some(Place::Stage(stage)) => {
            let there = cards.filter(db::cards::stage_id.eq(stage));
            query = query.filter(c::id.eq_any(there.select(db::cards::contact_id)));
        }
        Some(Place::Pipeline(pipeline)) => {
            let there = cards.filter(db::cards::pipeline_id.eq(pipeline));
            query = query.filter(c::id.eq_any(there.select(db::cards::contact_id)));
        }
        Some(Place::Nowhere) => query = query.filter(c::id.ne_all(cards.select(db::cards::contact_id))),
        None => {}
    }
    if let Some(search) = filter.search.as_deref().filter(|text| !text.trim().is_empty()) {
        query = query.filter(db::contacts_match(search));
    }
    if let Some((at, id)) = request.key::<(Instant, ContactId)>()? {
        // Both databases walk the index from here; a plain `or` would be sorted from the start (STACK.md 1.4).
        query = query.filter(c::touched_at.le(at)).filter(c::touched_at.lt(at).or(c::id.lt(id)));
    }
    let rows = query.order((c::touched_at.desc(), c::id.desc())).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |contact: &Contact| (contact.touched_at, contact.id)))
}

/// How many contacts the workspace has, counted up to `most`.
pub fn count_to(tx: &mut Tx<'_>, most: i64) -> Result<i64> {
    let ids: Vec<ContactId> =
        tx.all(db::Contacts).filter(c::merged_into.is_null()).select(c::id).limit(most).load(tx.conn())?;
    Ok(i64::try_from(ids.len()).unwrap_or(most))
}

/// A contact. A merged one leads to the one it became, so that old links keep working.
pub fn contact(tx: &mut Tx<'_>, id: ContactId) -> Result<Contact> {
    let mut id = id;
    for _ in 0..20 {
        // Whoever writes about them first is seen by a merge, and the other way round.
        tx.share(&[id])?;
        let found: Contact =
            tx.all(db::Contacts).filter(c::id.eq(id)).select(Contact::as_select()).get_result(tx.conn())?;
        match found.merged_into {
            Some(into) => id = into,
            None => return Ok(found),
        }
    }
    Err(Error::internal(format!("contact {id} was merged in a circle")))
}

/// Several contacts at once, in no order.
pub fn contacts_by_id(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<Vec<Contact>> {
    Ok(tx.all(db::Contacts).filter(c::id.eq_any(ids.to_vec())).select(Contact::as_select()).load(tx.conn())?)
}

/// A contact's accounts on channels.
pub fn handles(tx: &mut Tx<'_>, contact: ContactId) -> Result<Vec<Handle>> {
    handles_of(tx, &[contact])
}

/// The accounts of several contacts.
pub fn handles_of(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<Vec<Handle>> {
    Ok(tx
        .all(db::Handles)
        .filter(h::contact_id.eq_any(ids.to_vec()))
        .order(h::id)
        .select(Handle::as_select())
        .load(tx.conn())?)
}

/// Every tag of the workspace, by name; at most 500.
pub fn all_tags(tx: &mut Tx<'_>) -> Result<Vec<Tag>> {
    Ok(tx.all(db::Tags).order(db::tags::name).limit(500).select((db::tags::id, db::tags::name)).load(tx.conn())?)
}

/// The tags of several contacts.
pub fn tags_of(tx: &mut Tx<'_>, ids: &[ContactId]) -> Result<Vec<(ContactId, Tag)>> {
    let rows: Vec<(ContactId, TagId, String)> = db::contact_tags_with_tag(tx.workspace())
        .filter(db::contact_tags::contact_id.eq_any(ids.to_vec()))
        .order(db::tags::name)
        .select((db::contact_tags::contact_id, db::tags::id, db::tags::name))
        .load(tx.conn())?;
    Ok(rows.into_iter().map(|(contact, id, name)| (contact, Tag { id, name })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_stage_a_pipeline_or_none() {
        let read = |text: &str| text.parse::<Place>().ok();
        assert_eq!(read("12"), Some(Place::Stage(StageId(12))));
        assert_eq!(read("pipeline-3"), Some(Place::Pipeline(PipelineId(3))));
        assert_eq!(read("none"), Some(Place::Nowhere));
        assert_eq!((read("pipeline-"), read("won")), (None, None));
    }
}
