//! What an action answers: where it leads, the words said there, and the way to undo it.

/// What was done and where to go now.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Done {
    pub(super) to: String,
    pub(super) words: String,
    pub(super) undo: Option<String>,
}

impl Done {
    /// On to a page: of the workspace without a leading slash, of the instance with one.
    pub fn go(to: impl Into<String>) -> Self {
        Self { to: to.into(), words: String::new(), undo: None }
    }

    /// With words to show there.
    pub fn say(self, words: impl Into<String>) -> Self {
        Self { words: words.into(), ..self }
    }

    /// With the address that undoes it.
    pub fn undo(self, address: String) -> Self {
        Self { undo: Some(address), ..self }
    }
}
