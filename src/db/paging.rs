//! Keyset pages: a cursor says where the last page ended, so page 1,000 costs what page 1 costs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// An opaque place in a list, safe in URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor that holds the sort key of the last row.
    pub fn of(key: &impl Serialize) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    /// The sort key, or a problem with the field `cursor` when it isn't one of ours.
    pub fn key<T: DeserializeOwned>(&self) -> Result<T> {
        URL_SAFE_NO_PAD
            .decode(&self.0)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Error::invalid("cursor", "That cursor is not one of this list. Start again without it."))
    }

    /// The text for a URL or JSON.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which part of a list is asked for.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// How many rows, 1 to 200.
    pub limit: i64,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Bounds what a URL asked for; 50 rows when it says nothing.
    pub fn new(limit: Option<i64>, after: Option<String>) -> Self {
        Self { limit: limit.unwrap_or(50).clamp(1, 200), after: after.filter(|c| !c.is_empty()).map(Cursor) }
    }

    /// The first page of `limit` rows.
    pub fn first(limit: i64) -> Self {
        Self { limit, after: None }
    }

    /// The sort key to continue after.
    pub fn key<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        self.after.as_ref().map(Cursor::key).transpose()
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none on the last.
    #[serde(serialize_with = "cursor_text")]
    pub next_cursor: Option<Cursor>,
}

fn cursor_text<S: serde::Serializer>(cursor: &Option<Cursor>, serializer: S) -> Result<S::Ok, S::Error> {
    cursor.as_ref().map(Cursor::as_str).serialize(serializer)
}

impl<T> Page<T> {
    /// Cuts what a query with `limit + 1` brought, and remembers where to go on.
    pub fn cut<K: Serialize>(mut items: Vec<T>, request: &PageRequest, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(|row| Cursor::of(&key(row))) } else { None };
        Self { items, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}
