//! Rapport: a tracker for people won over by direct message.
//!
//! The map, from the rims inwards; each module may use those below it, never above (`tests/tidy.rs` checks).
#![warn(missing_docs)]

pub mod ids;
pub mod error;
pub mod access;
pub mod db;
