//! All integration tests in one binary: one PostgreSQL, one link. What each file guards is said at its top.

mod app;
mod demo;
mod promises;
