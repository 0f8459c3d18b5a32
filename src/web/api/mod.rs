//! The JSON API under `/api/v1`: one file per noun; each handler parses, calls one verb or a few queries, and answers.
//!
//! Who calls and how a call is answered is in `auth`, what objects look like in `views`, the description in `openapi`.

pub mod auth;
pub mod cards;
pub mod contacts;
pub mod imports;
pub mod openapi;
pub mod pipelines;
pub mod reminders;
pub mod templates;
pub mod threads;
pub mod today;
pub mod views;

use utoipa::IntoParams;

pub use auth::{Answer, Api, ApiFailure, Body, Told};

use crate::{db::PageRequest, error::Result, web::Fields};

/// Which part of a list is asked for.
#[derive(Debug, Clone, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many items, 1 to 200; 50 when it isn't said.
    pub limit: Option<i64>,
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
}

impl Paging {
    /// Reads it from a query string; a limit that is no number is a problem.
    pub fn of(query: &Fields) -> Result<PageRequest> {
        let asked = Self { limit: query.optional("limit")?, cursor: query.some("cursor").map(ToOwned::to_owned) };
        Ok(PageRequest::new(asked.limit, asked.cursor))
    }
}
