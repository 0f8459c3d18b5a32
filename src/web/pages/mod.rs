//! HTML: one file per noun; each handler parses, calls one verb or a few queries, and renders.

pub mod attention;
pub mod audit;
pub mod board;
pub mod cards;
pub mod contacts;
pub mod files;
pub mod followup;
pub mod front;
pub mod health;
pub mod import;
pub mod inbox;
pub mod invite;
pub mod login;
pub mod mail;
pub mod me;
pub mod members;
pub mod merge;
pub mod notes;
pub mod paste;
pub mod people;
pub mod reminders;
pub mod reset;
pub mod settings;
pub mod setup;
pub mod stages;
pub mod start;
pub mod templates;
pub mod threads;
pub mod today;
pub mod tokens;
pub mod unsubscribe;

/// For forms whose page shows no field of its own beside the problem.
pub const NONE: &[&str] = &[];
