//! What every page has: who is signed in, where they are, the form as it was sent; and words and numbers for people.

use super::{assets, fields::Fields};
use crate::{
    access::{Access, Right},
    accounts::{Membership, User},
    calendar::{Day, NextStep, due_words, exact, local, past_words},
    db::{Instant, Tx},
    error::{Conflict, Problem},
    threads,
    workspaces::Workspace,
};

/// The frame of a page inside a workspace.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The hash that assets are served under.
    pub assets: &'static str,
    /// Who is signed in.
    pub user: User,
    /// Where they are.
    pub workspace: Workspace,
    /// What they may do here.
    pub access: Access,
    /// Where else they could be.
    pub others: Vec<Membership>,
    /// Overdue and today, for the counter.
    pub owed: i64,
    /// Threads they have not seen, counted up to [`threads::MOST_UNREAD`].
    pub unread: i64,
    /// Words left by the action before.
    pub flash: Option<Flash>,
    /// The viewer's day.
    pub day: Day,
    /// system, light or dark.
    pub theme: String,
    /// The first part of the page's path inside the workspace.
    pub here: String,
    /// Whether mail leaves as files only.
    pub mail_is_files: bool,
    /// Whether all sending is held, since this is a restored copy.
    pub held: bool,
}

/// Words left by the action before, with the way to undo it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Flash {
    /// What happened.
    pub words: String,
    /// The address to POST to for undoing it.
    pub undo: Option<String>,
    /// Where whoever undoes it comes back to: the page that tells it.
    #[serde(default)]
    pub back: String,
    /// The workspace they are about: another one's pages don't show them.
    pub slug: Option<String>,
}

impl Shell {
    /// The address of a page of this workspace.
    pub fn path(&self, rest: &str) -> String {
        self.workspace.path(rest)
    }

    /// Whether the member may change contacts, cards, messages and reminders.
    pub fn works(&self) -> bool {
        self.access.may(Right::Work)
    }

    /// Whether the member may arrange pipelines, shared templates and imports.
    pub fn arranges(&self) -> bool {
        self.access.may(Right::Arrange)
    }

    /// Whether the member owns the workspace.
    pub fn owns(&self) -> bool {
        self.access.may(Right::Own)
    }

    /// The number beside the inbox; empty when everything was seen.
    pub fn unread_words(&self) -> String {
        match self.unread {
            0 => String::new(),
            threads::MOST_UNREAD.. => format!("{}+", threads::MOST_UNREAD - 1),
            unread => unread.to_string(),
        }
    }

    /// A past instant as people say it.
    pub fn ago(&self, at: &Instant) -> String {
        past_words(at.utc(), &self.day)
    }

    /// A coming or recent due instant as people say it, in the viewer's zone.
    pub fn due(&self, at: &Instant) -> String {
        let here = local(at.utc(), self.day.zone());
        due_words(here.date(), here.time(), self.day.date())
    }

    /// The same beside the words of the next step: of today the time alone.
    pub fn due_beside(&self, next: &NextStep, at: &Instant) -> String {
        match next {
            NextStep::Today => local(at.utc(), self.day.zone()).format("%H:%M").to_string(),
            _ => self.due(at),
        }
    }

    /// The exact instant in the viewer's zone.
    pub fn exact(&self, at: &Instant) -> String {
        exact(at.utc(), self.day.zone())
    }
}

/// A form as it was sent, with what is wrong with it; empty for a fresh one.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Fields,
    problems: Vec<Problem>,
    /// What stands in the way of it, as the API would show it.
    current: Option<serde_json::Value>,
}

impl Form {
    /// A form that was refused.
    pub fn refused(fields: Fields, problems: Vec<Problem>) -> Self {
        Self { fields, problems, current: None }
    }

    /// A form that something stands in the way of.
    pub fn in_conflict(fields: Fields, conflict: Conflict) -> Self {
        let problems = vec![Problem { field: "", words: conflict.words }];
        Self { fields, problems, current: Some(conflict.current) }
    }

    /// What stands in the way, where it has an id and a name: a contact.
    pub fn in_the_way(&self) -> Option<(i64, &str)> {
        let current = self.current.as_ref()?;
        Some((current["id"].as_i64()?, current["name"].as_str()?))
    }

    /// Whether it was refused.
    pub fn failed(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What was typed, or `else_` on a fresh form.
    pub fn value(&self, name: &str, else_: &str) -> String {
        if self.failed() && self.fields.has(name) { self.fields.get(name).to_owned() } else { else_.to_owned() }
    }

    /// Whether a box is ticked: as it was sent, or `else_` on a fresh form.
    pub fn ticked(&self, name: &str, value: &str, else_: bool) -> bool {
        if self.failed() { self.fields.all(name).any(|sent| sent == value) } else { else_ }
    }

    /// What is wrong with a field; empty when nothing is.
    pub fn problem(&self, name: &str) -> &str {
        self.problems.iter().find(|problem| problem.field == name).map_or("", |problem| &problem.words)
    }

    /// What is wrong with the whole, or with fields that the page doesn't show (`shown` are those it does).
    pub fn general(&self, shown: &[&str]) -> Vec<&str> {
        self.problems.iter().filter(|p| !shown.contains(&p.field)).map(|p| p.words.as_str()).collect()
    }
}

/// A page about to be rendered: its transaction, its frame, its form.
pub struct Page<'a, 'b> {
    /// The transaction.
    pub tx: &'a mut Tx<'b>,
    /// The frame.
    pub shell: Shell,
    /// The form as it was sent.
    pub form: Form,
}

/// A symbol of the sprite; written into pages as it is.
#[derive(Debug, Clone, Copy)]
pub struct Icon(&'static str);

/// The symbol of this name.
pub fn icon(name: &'static str) -> Icon {
    Icon(name)
}

impl std::fmt::Display for Icon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hash, name) = (assets::hash(), self.0);
        write!(f, r##"<svg class="icon" aria-hidden="true"><use href="/assets/{hash}/icons.svg#{name}"/></svg>"##)
    }
}

// The name is ours and the hash is hexadecimal: nothing in it needs escaping.
impl askama::filters::HtmlSafe for Icon {}

/// The frame of a page outside workspaces: signing in, set-up, one's own settings.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The hash that assets are served under.
    pub assets: &'static str,
    /// system, light or dark.
    pub theme: String,
    /// The form as it was sent.
    pub form: Form,
}

impl Outside {
    /// A frame in this theme.
    pub fn new(theme: &str, form: Form) -> Self {
        Self { assets: assets::hash(), theme: theme.to_owned(), form }
    }
}

impl Shell {
    pub(super) fn assets() -> &'static str {
        assets::hash()
    }

    /// Whether the page is in one of these places, by the first part of its path.
    pub fn at(&self, places: &[&str]) -> bool {
        places.contains(&self.here.as_str())
    }
}

/// Letters for an avatar: of the first and the last word.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// Which of eight hues an avatar has; the same for the same name.
pub fn hue(name: &str) -> u8 {
    name.bytes().fold(7u8, |hue, byte| hue.wrapping_mul(31).wrapping_add(byte)) % 8
}
