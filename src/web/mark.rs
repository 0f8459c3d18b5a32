//! What a form has shown of a thing that is stored: saving it undoes nothing that somebody else saved meanwhile.

use super::Fields;
use crate::{
    channels::preview,
    error::{Error, Result},
    secrets,
};

/// The name of the hidden field that carries the mark.
const FIELD: &str = "mark";

/// What a thing's form shows, field by field.
#[derive(Debug, Clone)]
pub struct Shown(Vec<(&'static str, String)>);

impl Shown {
    /// The values as they are shown, each with what it is called; empty ones are part of it.
    pub fn of<const N: usize>(values: [(&'static str, &str); N]) -> Self {
        Self(values.map(|(name, value)| (name, value.to_owned())).to_vec())
    }

    /// For the form's hidden field: another one as soon as anything of it was changed.
    pub fn mark(&self) -> String {
        let mut hash = secrets::key_hash(&format!("{:?}", self.0.iter().map(|(_, value)| value).collect::<Vec<_>>()));
        hash.truncate(16);
        hash
    }

    /// Refuses a form that showed something else than is stored by now. It may be sent again: what the page then shows is this.
    /// A form without a mark comes from a script, which says what it wants.
    ///
    /// # Errors
    /// A conflict, with what is stored now in words.
    pub fn refuse_stale(&self, sent: &Fields) -> Result<()> {
        if !sent.has(FIELD) || sent.get(FIELD) == self.mark() {
            return Ok(());
        }
        let filled = self.0.iter().filter(|(_, value)| !value.is_empty());
        let now: Vec<String> = filled.map(|(name, value)| format!("{name} “{}”", preview(value, 80))).collect();
        Err(Error::conflict(
            format!(
                "Somebody has saved this meanwhile. Now it is {}. What you entered is still below: save again to put it in that place.",
                now.join(", ")
            ),
            serde_json::json!({}),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_shows_what_is_stored_passes_and_an_older_one_is_told_what_is_new() {
        let (before, after) =
            (Shown::of([("name", "Found"), ("days", "14")]), Shown::of([("name", "Found"), ("days", "")]));
        let sent = Fields::parse(&format!("name=Found&mark={}", before.mark()));
        assert!(before.refuse_stale(&sent).is_ok());
        let Err(Error::Conflict(conflict)) = after.refuse_stale(&sent) else { panic!("it is stale") };
        assert!(conflict.words.contains("Now it is name “Found”."), "{}", conflict.words);
        assert!(after.refuse_stale(&Fields::parse("name=Found")).is_ok(), "a script says what it wants");
    }
}
