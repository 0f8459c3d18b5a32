//! The five things that can go wrong for a reason a person can act on, and everything else.
//!
//! Only the rims (`web`, `cli`) turn these into answers. The cause of an internal error is logged, never shown.

use std::fmt;

/// The result of every verb and query.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a verb did not happen.
#[derive(Debug)]
pub enum Error {
    /// It isn't there, or not in this workspace: the two can't be told apart from outside.
    NotFound,
    /// This role may not do it; the words say who may.
    Forbidden(&'static str),
    /// What was given can't be accepted: one problem per field.
    Invalid(Vec<Problem>),
    /// The thing has changed meanwhile; holds what it is now.
    Conflict(Box<Conflict>),
    /// Something that this needs doesn't answer in time: the words say what. The cause was logged.
    Away(&'static str),
    /// Nobody's doing but ours. Logged in full, shown to nobody.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with one field, in words for the person who filled it in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The field's name in the form or JSON body; empty when it concerns the whole.
    pub field: &'static str,
    /// What is wrong and what to do.
    pub words: String,
}

/// A refusal because of the present state, with that state.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// What happened, for the person.
    pub words: String,
    /// The thing as it is now, as the API would show it.
    pub current: serde_json::Value,
}

impl Error {
    /// One problem with one field.
    pub fn invalid(field: &'static str, words: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field, words: words.into() }])
    }

    /// A refusal because of the present state.
    pub fn conflict(words: impl Into<String>, current: serde_json::Value) -> Self {
        Self::Conflict(Box::new(Conflict { words: words.into(), current }))
    }

    /// Something that should not happen, with words for the log.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// True when a unique constraint whose name or column holds `part` refused a row.
    pub fn is_unique_violation(error: &diesel::result::Error, part: &str) -> bool {
        use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
        match error {
            // PostgreSQL names the constraint, SQLite the columns.
            DatabaseError(UniqueViolation, info) => {
                info.constraint_name().is_some_and(|name| name.contains(part)) || info.message().contains(part)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("That isn't here (any more)."),
            Self::Forbidden(words) | Self::Away(words) => f.write_str(words),
            Self::Invalid(problems) => {
                for (i, problem) in problems.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    f.write_str(&problem.words)?;
                }
                Ok(())
            }
            Self::Conflict(conflict) => f.write_str(&conflict.words),
            Self::Internal(cause) => write!(f, "internal: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        match error {
            diesel::result::Error::NotFound => Self::NotFound,
            // Of two who stored the same at one moment the second comes here; each verb looks for it before.
            diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _) => {
                Self::conflict("Somebody stored the same at this moment. Look again.", serde_json::json!({}))
            }
            // What a row refers to went while it was written.
            diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::conflict("Somebody removed what this is about at this moment. Look again.", serde_json::json!({}))
            }
            // PostgreSQL gave one of two up that waited for each other; the code for it reaches nobody.
            diesel::result::Error::DatabaseError(_, info) if info.message().contains("deadlock detected") => {
                Self::Away("Somebody was writing about the same at this moment. Try again.")
            }
            other => Self::Internal(Box::new(other)),
        }
    }
}

macro_rules! internal_from {
    ($($source:ty),+ $(,)?) => {$(
        impl From<$source> for Error {
            fn from(error: $source) -> Self {
                Self::Internal(Box::new(error))
            }
        }
    )+};
}

internal_from!(diesel::r2d2::PoolError, std::io::Error, serde_json::Error, askama::Error);

/// Collects the problems of a form, so that all are shown at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem with a field.
    pub fn add(&mut self, field: &'static str, words: impl Into<String>) {
        self.0.push(Problem { field, words: words.into() });
    }

    /// Keeps the value of a fallible parse, or notes its words.
    pub fn take<T, E: fmt::Display>(&mut self, field: &'static str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(field, error.to_string())).ok()
    }

    /// Notes what is wrong elsewhere too, one problem a field; what is no fault of the sender's fails.
    pub fn gather(&mut self, found: Result<()>) -> Result<()> {
        let Err(Error::Invalid(found)) = found else { return found };
        for problem in found {
            if self.0.iter().all(|known| known.field != problem.field) {
                self.0.push(problem);
            }
        }
        Ok(())
    }

    /// Fails with everything noted, if anything was.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
