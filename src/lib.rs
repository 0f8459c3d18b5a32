//! Rapport: people won over by direct message, their pipelines, threads and follow-ups.
//!
//! From the ground up: each module uses only those above it (`tests/tidy.rs` reads the `use` lines).
#![warn(missing_docs)]

pub mod error;
pub mod ids;
pub mod letters;

pub mod access;
pub mod db;

pub mod calendar;
pub mod channels;
pub mod secrets;

pub mod queue;

pub mod timeline;

pub mod accounts;
pub mod workspaces;

pub mod contacts;

pub mod drafts;

pub mod reminders;

pub mod pipelines;

pub mod threads;

pub mod attachments;

pub mod outreach;

pub mod mail;

pub mod imports;

pub mod idempotency;

pub mod onboarding;

pub mod config;

pub mod backup;

pub mod memory;

pub mod worker;

pub mod demo;

pub mod web;

pub mod cli;
