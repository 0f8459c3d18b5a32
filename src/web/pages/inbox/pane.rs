//! The list of threads: which are asked for, what is unread or found in them, and what its links carry on.

use std::collections::{HashMap, HashSet};

use super::hits::NEWEST;
use crate::{
    channels::{Channel, Piece, excerpt},
    contacts::{self, Contact, Tag, Turn},
    db::{self, Page as Paged, PageRequest, Tx},
    error::{Error, Result},
    ids::{ContactId, StageId, TagId, ThreadId, UserId},
    pipelines::{self, Pipeline, Stage},
    threads::{self, Assigned, Filter, Listed, Message, Status},
    web::Fields,
    workspaces::{self, Member},
};

/// What links in the list carry on, so that the list stays as it was chosen.
const CARRIED: [&str; 9] = ["q", "channel", "turn", "status", "assignee", "stage", "tag", "contact", "after"];

/// How much of a message in which a search found something is shown, in characters.
const EXCERPT: usize = 140;

/// The list of threads, alone or beside a conversation.
pub(super) struct Pane {
    pub(super) query: Fields,
    pub(super) rows: Paged<Listed>,
    /// What the viewer has not seen yet.
    pub(super) unread: HashSet<ThreadId>,
    /// Where the search found something in what was said.
    pub(super) found: HashMap<ThreadId, Message>,
    pub(super) members: Vec<Member>,
    pub(super) pipelines: Vec<(Pipeline, Vec<Stage>)>,
    pub(super) tags: Vec<Tag>,
    /// The one contact that the list is narrowed to.
    pub(super) only: Option<Contact>,
    pub(super) here: Option<ThreadId>,
    /// Begins with `?` unless it is empty.
    pub(super) tail: String,
}

impl Pane {
    pub(super) fn load(tx: &mut Tx<'_>, query: Fields, here: Option<ThreadId>) -> Result<Self> {
        let only = match query.lenient::<ContactId>("contact").map(|id| contacts::contact(tx, id)) {
            Some(Ok(contact)) => Some(contact),
            None | Some(Err(Error::NotFound)) => None,
            Some(Err(error)) => return Err(error),
        };
        let me = tx.access().person()?;
        let filter = filter_of(&query, only.as_ref().map(|contact| contact.id), me);
        let request = PageRequest::new(query.lenient("limit"), query.some("after").map(ToOwned::to_owned));
        let rows = threads::list(tx, &filter, &request)?;
        let mut shown: Vec<ThreadId> = rows.items.iter().map(|row| row.thread.id).collect();
        let found = match &filter.search {
            Some(words) => threads::found_in(tx, words, &filter, &shown)?,
            None => Vec::new(),
        };
        shown.extend(here);
        let unread = threads::unread(tx, me, &shown)?.into_iter().collect();
        Ok(Self {
            rows,
            unread,
            found: found.into_iter().map(|message| (message.thread_id, message)).collect(),
            members: workspaces::workers(tx)?,
            pipelines: pipelines::stages_by_pipeline(tx)?,
            tags: contacts::all_tags(tx)?,
            tail: tail_of(&query),
            query,
            only,
            here,
        })
    }

    pub(super) fn is_here(&self, row: &Listed) -> bool {
        self.here == Some(row.thread.id)
    }

    pub(super) fn is_unread(&self, row: &Listed) -> bool {
        self.unread.contains(&row.thread.id)
    }

    /// The words that the search found, with those around them.
    pub(super) fn excerpt(&self, row: &Listed) -> Option<Vec<Piece>> {
        let message = self.found.get(&row.thread.id)?;
        Some(excerpt(&message.body, &db::search_words(self.query.get("q")), EXCERPT))
    }

    /// Where a row leads: to the newest find, or to the newest end.
    pub(super) fn place(&self, row: &Listed) -> String {
        if self.found.contains_key(&row.thread.id) {
            format!("?{}#found", self.tail_and("at", NEWEST))
        } else {
            format!("{}#latest", self.tail)
        }
    }

    /// Where to go on once the conversation at hand is done with, below the workspace: to the next of the list or its next page,
    /// else the one before it, else the list. None for a conversation that is not in the list.
    pub(super) fn onward(&self) -> Option<String> {
        let rows = &self.rows.items;
        let at = rows.iter().position(|row| self.is_here(row))?;
        let next = rows.get(at + 1);
        if let (None, Some(cursor)) = (next, &self.rows.next_cursor) {
            return Some(format!("inbox?{}", self.query.with("after", cursor.as_str())));
        }
        let next = next.or_else(|| rows.get(at.checked_sub(1)?));
        Some(match next {
            Some(row) => format!("threads/{}{}", row.thread.id, self.place(row)),
            None => format!("inbox{}", self.tail),
        })
    }

    /// Whether the list was narrowed to less than what is open.
    pub(super) fn is_narrowed(&self) -> bool {
        ["q", "channel", "turn", "status", "assignee", "stage", "tag", "contact"]
            .iter()
            .any(|name| self.query.some(name).is_some())
    }

    /// Whether one of the filters is chosen that are not shown at once.
    pub(super) fn is_filtered(&self) -> bool {
        ["channel", "assignee", "stage", "tag"].iter().any(|name| self.query.some(name).is_some())
    }

    pub(super) fn is_chosen(&self, name: &str, value: impl std::fmt::Display) -> bool {
        self.query.get(name) == value.to_string()
    }

    /// What a form in the conversation carries on.
    pub(super) fn carried(&self) -> impl Iterator<Item = (&'static str, &str)> {
        CARRIED.into_iter().filter_map(|name| Some((name, self.query.some(name)?)))
    }

    /// The same as one value, for forms whose own fields are called alike.
    pub(super) fn listed(&self) -> &str {
        self.tail.trim_start_matches('?')
    }

    /// What links in the conversation carry on, with one more field.
    pub(super) fn tail_and(&self, name: &str, value: &str) -> String {
        Fields::parse(self.tail.trim_start_matches('?')).with(name, value)
    }

    /// The list without the narrowing to one contact.
    pub(super) fn everybody(&self) -> String {
        Fields::parse(&self.query.with("contact", "")).with("after", "")
    }
}

/// What the query asks for: open threads unless it says otherwise; a search looks everywhere.
fn filter_of(query: &Fields, contact: Option<ContactId>, me: UserId) -> Filter {
    let search = query.some("q").map(ToOwned::to_owned);
    Filter {
        contact,
        unread_by: (query.get("status") == "unread").then_some(me),
        channel: query.lenient::<Channel>("channel"),
        turn: query.lenient::<Turn>("turn"),
        status: match query.get("status") {
            "any" | "unread" => None,
            "" if search.is_some() => None,
            text => Some(text.parse().unwrap_or(Status::Open)),
        },
        search,
        assignee: match query.get("assignee") {
            "nobody" => Some(Assigned::Nobody),
            _ => query.lenient::<UserId>("assignee").map(Assigned::To),
        },
        stage: query.lenient::<StageId>("stage"),
        tag: query.lenient::<TagId>("tag"),
    }
}

/// What links of a page carry on that a form of the conversation leads to.
pub(in super::super) fn tail_of(query: &Fields) -> String {
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in CARRIED.iter().filter_map(|name| Some((*name, query.some(name)?))) {
        out.append_pair(name, value);
    }
    let tail = out.finish();
    if tail.is_empty() { tail } else { format!("?{tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inbox_shows_open_threads_unless_asked_otherwise() {
        let filter = |query: &str| filter_of(&Fields::parse(query), None, UserId(7));
        let status = |query: &str| filter(query).status;
        assert_eq!(status(""), Some(Status::Open));
        assert_eq!(status("status=closed"), Some(Status::Closed));
        assert_eq!(status("status=any"), None);
        assert_eq!(status("status=nonsense"), Some(Status::Open));
        assert_eq!(status("status=snoozed"), Some(Status::Snoozed));
        assert_eq!((status("status=unread"), filter("status=unread").unread_by), (None, Some(UserId(7))));
        let assignee = |query: &str| filter(query).assignee;
        assert_eq!(assignee("assignee=nobody"), Some(Assigned::Nobody));
        assert_eq!((assignee("assignee=7"), assignee("")), (Some(Assigned::To(UserId(7))), None));
        assert_eq!((status("q=tea"), status("q=tea&status=open")), (None, Some(Status::Open)));
    }

    #[test]
    fn links_carry_the_filters_of_the_list_and_nothing_else() {
        let query = Fields::parse("channel=x&turn=&before=abc&show=side&contact=7");
        assert_eq!(tail_of(&query), "?channel=x&contact=7");
        assert_eq!(tail_of(&Fields::parse("before=abc")), "");
    }
}
