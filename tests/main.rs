//! All integration tests in one binary: one PostgreSQL, one link. What each file guards is said at its top.

mod api;
mod app;
mod attachments;
mod badinput;
mod browser;
mod demo;
mod durable;
mod imports;
mod inbox;
mod mail;
mod promises;
mod schema;
mod start;
mod tenancy;
mod tidy;
