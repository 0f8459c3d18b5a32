//! What every object looks like in JSON, made from the nouns' rows. Instants are RFC 3339 in UTC; `due` is local.
//!
//! People, pipelines and cards are here; conversations, follow-ups and what is owed in `work`.

mod work;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    accounts,
    calendar::Day,
    channels::{Channel, Direction},
    contacts::{self, Kind, Turn},
    db::{Instant, Page, Tx},
    error::{Error, Result},
    ids::{CardId, ContactId, HandleId, MessageId, PipelineId, StageId, ThreadId, UserId, VisitId},
    pipelines,
};

pub use work::{
    Attachment, Import, LoggedMessage, Message, OwedReminder, Person, Reminder, Reply, Template, Thread, Today,
    Unplanned,
};

macro_rules! lists {
    ($($list:ident of $item:ident),+ $(,)?) => {$(
        /// A page of a list.
        #[derive(Debug, Clone, Serialize, ToSchema)]
        pub struct $list {
            /// The items of this page.
            pub items: Vec<$item>,
            /// Send it as `cursor` for the next page; none on the last.
            pub next_cursor: Option<String>,
        }

        impl From<Page<$item>> for $list {
            fn from(page: Page<$item>) -> Self {
                Self { items: page.items, next_cursor: page.next_cursor.map(|cursor| cursor.as_str().to_owned()) }
            }
        }

        impl From<Vec<$item>> for $list {
            fn from(items: Vec<$item>) -> Self {
                Self { items, next_cursor: None }
            }
        }
    )+};
}

lists! {
    ContactList of Contact, PipelineList of Pipeline, CardList of Card, VisitList of Visit, ThreadList of Thread,
    MessageList of Message, ReminderList of Reminder, TemplateList of Template, ImportList of Import,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name; empty when it concerns the whole.
    pub field: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// Why a call was refused (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemDetails {
    /// Always `about:blank`: the status says what kind it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem, in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what to do.
    pub detail: String,
    /// With 422: what is wrong with which field.
    pub errors: Option<Vec<FieldProblem>>,
    /// With 409: the object as it is now.
    #[schema(value_type = Option<Object>)]
    pub current: Option<serde_json::Value>,
}

/// The day of the token's owner, in their zone: what is overdue, today or later follows from it.
pub fn day(tx: &mut Tx<'_>) -> Result<Day> {
    let (id, now) = (tx.access().person()?, tx.now());
    let owner = accounts::user(&mut tx.system(), id)?;
    Ok(Day::of(now.utc(), owner.zone()))
}

/// A contact's account on a channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Handle {
    /// The handle.
    pub id: HandleId,
    /// Where.
    pub channel: Channel,
    /// The profile's address.
    pub url: Option<String>,
    /// The name as shown there.
    pub username: Option<String>,
    /// The platform's own id.
    pub platform_id: Option<String>,
    /// How many follow them, when known.
    pub followers: Option<i64>,
}

impl From<&contacts::Handle> for Handle {
    fn from(row: &contacts::Handle) -> Self {
        Self {
            id: row.id,
            channel: row.channel,
            url: row.url.clone(),
            username: row.username.clone(),
            platform_id: row.platform_id.clone(),
            followers: row.followers,
        }
    }
}

/// A person, with their accounts and tags.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contact {
    /// The contact.
    pub id: ContactId,
    /// lead, influencer or ambassador.
    pub kind: Kind,
    /// Their name.
    pub name: String,
    /// Where they work.
    pub company: Option<String>,
    /// What they do there.
    pub title: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Phone number.
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
    /// Their accounts on channels.
    pub handles: Vec<Handle>,
    /// Their tags, by name.
    pub tags: Vec<String>,
    /// When anything last happened with them.
    pub touched_at: Instant,
    /// When they were added.
    pub created_at: Instant,
}

/// Contacts with their handles and tags.
pub fn contacts(tx: &mut Tx<'_>, rows: Vec<contacts::Contact>) -> Result<Vec<Contact>> {
    let ids: Vec<ContactId> = rows.iter().map(|row| row.id).collect();
    let handles = contacts::handles_of(tx, &ids)?;
    let tags = contacts::tags_of(tx, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| Contact {
            handles: handles.iter().filter(|handle| handle.contact_id == row.id).map(Handle::from).collect(),
            tags: tags.iter().filter(|(contact, _)| *contact == row.id).map(|(_, tag)| tag.name.clone()).collect(),
            id: row.id,
            kind: row.kind,
            name: row.name,
            company: row.company,
            title: row.title,
            email: row.email,
            phone: row.phone,
            timezone: row.timezone,
            owner_id: row.owner_id,
            preferred_channel: row.preferred_channel,
            do_not_contact: row.do_not_contact,
            turn: row.turn,
            last_in_at: row.last_in_at,
            last_out_at: row.last_out_at,
            last_words: row.last_words,
            touched_at: row.touched_at,
            created_at: row.created_at,
        })
        .collect())
}

/// One contact. A merged one is shown as the one it became.
pub fn contact(tx: &mut Tx<'_>, id: ContactId) -> Result<Contact> {
    let row = contacts::contact(tx, id)?;
    contacts(tx, vec![row])?.pop().ok_or(Error::NotFound)
}

/// A step of a pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stage {
    /// The stage.
    pub id: StageId,
    /// Its name.
    pub name: String,
    /// Its place, from 0.
    pub position: i32,
    /// open, won or lost.
    pub state: pipelines::StageState,
    /// Where its conversations are expected.
    pub channel: Option<Channel>,
    /// After how many days without change a card rots.
    pub rot_days: Option<i32>,
}

impl From<pipelines::Stage> for Stage {
    fn from(row: pipelines::Stage) -> Self {
        Self {
            id: row.id,
            name: row.name,
            position: row.position,
            state: row.state,
            channel: row.channel,
            rot_days: row.rot_days,
        }
    }
}

/// Ordered stages for one kind of contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Pipeline {
    /// The pipeline.
    pub id: PipelineId,
    /// Its name.
    pub name: String,
    /// For which kind.
    pub kind: Kind,
    /// The reasons offered when a card is lost.
    pub lost_reasons: Vec<String>,
    /// Its stages in order.
    pub stages: Vec<Stage>,
}

/// One contact's way through one pipeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Card {
    /// The card.
    pub id: CardId,
    /// Whose.
    pub contact_id: ContactId,
    /// Through which pipeline.
    pub pipeline_id: PipelineId,
    /// Where it is.
    pub stage_id: StageId,
    /// open, won or lost.
    pub state: pipelines::StageState,
    /// The colleague responsible.
    pub owner_id: Option<UserId>,
    /// What it is worth, in units of the workspace's currency.
    pub value: f64,
    /// Counts the moves; a move carries it.
    pub version: i32,
    /// When its next reminder is due.
    pub next_at: Option<Instant>,
    /// overdue, today, none_planned or later, in the zone of the token's owner; none once it is won or lost.
    #[schema(value_type = Option<String>, example = "today")]
    pub next_step: Option<&'static str>,
    /// Why it was lost.
    pub lost_reason: Option<String>,
    /// When it came to its stage.
    pub entered_at: Instant,
    /// When it was opened.
    pub created_at: Instant,
    /// When it was won or lost.
    pub closed_at: Option<Instant>,
}

impl Card {
    /// A card as seen on a day.
    pub fn of(row: pipelines::Card, day: &Day) -> Self {
        let open = row.state == pipelines::StageState::Open;
        Self {
            id: row.id,
            contact_id: row.contact_id,
            pipeline_id: row.pipeline_id,
            stage_id: row.stage_id,
            state: row.state,
            owner_id: row.owner_id,
            value: row.value_cents as f64 / 100.0,
            version: row.version,
            next_at: row.next_at,
            next_step: open.then(|| day.next_step(row.next_at.map(Instant::utc)).key()),
            lost_reason: row.lost_reason,
            entered_at: row.entered_at,
            created_at: row.created_at,
            closed_at: row.closed_at,
        }
    }
}

/// The message that justified a move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Evidence {
    /// The message.
    pub id: MessageId,
    /// Its thread.
    pub thread_id: ThreadId,
    /// in for theirs, out for ours.
    pub direction: Direction,
    /// Who wrote it.
    pub author: String,
    /// What was said.
    pub body: String,
    /// When.
    pub sent_at: Instant,
}

/// A thread that carried a stay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VisitThread {
    /// The thread.
    pub id: ThreadId,
    /// Its channel.
    pub channel: Channel,
    /// Its first message during the stay.
    pub first_at: Instant,
    /// Its last message during the stay.
    pub last_at: Instant,
}

/// A card's stay in a stage.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Visit {
    /// The stay.
    pub id: VisitId,
    /// Of which card.
    pub card_id: CardId,
    /// Where.
    pub stage_id: StageId,
    /// Since when.
    pub entered_at: Instant,
    /// Until when; none while it lasts.
    pub left_at: Option<Instant>,
    /// Who moved it there; none for a rule.
    pub moved_by: Option<UserId>,
    /// Why, in the mover's words.
    pub note: Option<String>,
    /// The stay that this one takes back.
    pub undoes: Option<VisitId>,
    /// The message that justified it.
    pub evidence: Option<Evidence>,
    /// The threads that carried it.
    pub threads: Vec<VisitThread>,
}

impl From<pipelines::Visit> for Visit {
    fn from(row: pipelines::Visit) -> Self {
        let thread = |carrier: pipelines::Carrier| VisitThread {
            id: carrier.id,
            channel: carrier.channel,
            first_at: carrier.first_at,
            last_at: carrier.last_at,
        };
        Self {
            id: row.id,
            card_id: row.card_id,
            stage_id: row.stage_id,
            entered_at: row.entered_at,
            left_at: row.left_at,
            moved_by: row.moved_by,
            note: row.note,
            undoes: row.undoes,
            evidence: row.evidence.map(|message| Evidence {
                id: message.id,
                thread_id: message.thread_id,
                direction: message.direction,
                author: message.author,
                body: message.body,
                sent_at: message.sent_at,
            }),
            threads: row.threads.into_iter().map(thread).collect(),
        }
    }
}
