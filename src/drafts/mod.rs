//! Templates filled for one contact, and what keeps a hollow draft from being sent (promise 7).
//!
//! Filling and inspecting are pure; `templates` keeps the texts, `facts` reads what is known about the contact.

mod allowed;
mod facts;
mod fill;
mod greeting;
mod hollow;
mod placeholder;
mod similar;
mod tags;
mod templates;
mod variants;

pub use facts::{draft_for, facts, flaws};
pub use fill::{VARIABLES, check_template, fill};
pub use hollow::inspect;
pub use similar::{is_written_from, near_identical, text_key};
pub use templates::{
    Template, TemplateForm, remove_template, restore_template, save_template, template, templates, templates_for,
};
pub use variants::{
    MOST as MOST_VARIANTS, Outcome, Variant, add_variant, note_use, origin, outcomes, outcomes_by_template,
    variant_counts, variant_for, variants,
};

use crate::error::{Error, Result};

/// The longest text a draft may have, in characters; what a template makes beyond it is cut off and flagged.
pub const LONGEST_DRAFT: usize = 20_000;

/// A draft as somebody wrote it, safe to keep. One that is longer than [`LONGEST_DRAFT`] is refused, never cut.
pub fn bounded(text: &str) -> Result<String> {
    let text = crate::channels::safe_text(text, LONGEST_DRAFT + 1);
    if text.chars().count() > LONGEST_DRAFT {
        return Err(Error::invalid(
            "draft",
            "Keep a draft under 20,000 characters: no channel takes a longer message.",
        ));
    }
    Ok(text)
}

/// What is known about one contact and the person who writes; empty or blank text counts as not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The contact's full name.
    pub name: String,
    /// The contact's first name.
    pub first_name: String,
    /// The contact's last name.
    pub last_name: Option<String>,
    /// Where the contact works.
    pub company: Option<String>,
    /// What the contact does there.
    pub title: Option<String>,
    /// The contact's user name on the channel at hand.
    pub handle: Option<String>,
    /// The channel's name as people write it.
    pub channel: String,
    /// The stage of the card.
    pub stage: Option<String>,
    /// The pipeline of the card.
    pub pipeline: Option<String>,
    /// The contact's last message, as they wrote it.
    pub last_words: Option<String>,
    /// The sender's full name.
    pub owner: Option<String>,
    /// The sender's first name.
    pub sender_first: Option<String>,
    /// The workspace's name.
    pub brand: Option<String>,
    /// How many people follow the contact on the channel at hand.
    pub followers: Option<i64>,
    /// The contact's tags.
    pub tags: Vec<String>,
}

/// A template filled for one contact, with everything that is wrong with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text, at most [`LONGEST_DRAFT`] characters.
    pub text: String,
    /// What keeps it from being ready to send; empty when nothing does.
    pub flaws: Vec<Flaw>,
}

/// One reason why a draft isn't ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// This variable has no value for this contact and the template no fallback.
    Missing(String),
    /// This greeting names nobody.
    FallbackGreeting(String),
    /// This name belongs to somebody else.
    OtherName(String),
    /// This was meant to be replaced: `{{ }}`, `[name]`, `<first name>`, `XXX`.
    Placeholder(String),
    /// The text is longer than the channel allows, both in characters.
    TooLong {
        /// How many characters the text has.
        chars: usize,
        /// How many the channel takes.
        limit: usize,
    },
    /// There is no text.
    Empty,
    /// The template can't be filled, for this reason.
    Broken(String),
}

impl Flaw {
    /// The flaw as a sentence for the person who mends it.
    pub fn words(&self) -> String {
        match self {
            Self::Missing(variable) => format!(
                "{} isn't known: fill it in, or give the template a fallback.",
                fill::label(variable).map_or_else(|| format!("“{variable}”"), str::to_owned)
            ),
            Self::FallbackGreeting(greeting) => {
                format!("“{greeting}” greets nobody in particular: use the contact's name.")
            }
            Self::OtherName(name) => format!("“{name}” isn't this contact's name: check who this is for."),
            Self::Placeholder(text) => format!("“{text}” is still a placeholder: fill it in or take it out."),
            Self::TooLong { chars, limit } => format!(
                "The text has {chars} characters and only {limit} fit: shorten it by {}.",
                chars.saturating_sub(*limit)
            ),
            Self::Empty => "There is no text yet.".to_owned(),
            Self::Broken(reason) => format!("The template can't be filled. {reason}"),
        }
    }

    /// The kind of flaw as a stable word for scripts and pages.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::FallbackGreeting(_) => "fallback_greeting",
            Self::OtherName(_) => "other_name",
            Self::Placeholder(_) => "placeholder",
            Self::TooLong { .. } => "too_long",
            Self::Empty => "empty",
            Self::Broken(_) => "broken",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flaw_says_what_to_do() {
        assert_eq!(
            Flaw::Missing("company".to_owned()).words(),
            "The contact's company isn't known: fill it in, or give the template a fallback."
        );
        assert_eq!(
            Flaw::TooLong { chars: 320, limit: 300 }.words(),
            "The text has 320 characters and only 300 fit: shorten it by 20."
        );
    }

    #[test]
    fn keys_tell_the_kinds_apart() {
        let text = String::new;
        let flaws = [
            Flaw::Missing(text()),
            Flaw::FallbackGreeting(text()),
            Flaw::OtherName(text()),
            Flaw::Placeholder(text()),
            Flaw::TooLong { chars: 2, limit: 1 },
            Flaw::Empty,
            Flaw::Broken(text()),
        ];
        let keys: std::collections::HashSet<_> = flaws.iter().map(Flaw::key).collect();
        assert_eq!(keys.len(), flaws.len());
    }
}
