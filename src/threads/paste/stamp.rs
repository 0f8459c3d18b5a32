//! The stamp that WhatsApp writes in front of a message: date, time, then who and what.

use chrono::NaiveTime;

use super::when::{figures, time};

/// What WhatsApp writes in front of a message.
pub(super) struct Stamp<'l> {
    pub(super) date: &'l str,
    pub(super) time: NaiveTime,
    pub(super) rest: &'l str,
}

/// The stamp that a line begins with; its day may be one that doesn't exist.
pub(super) fn stamp(line: &str) -> Option<Stamp<'_>> {
    let line = line.trim();
    if !line.starts_with(|letter: char| letter == '[' || letter.is_ascii_digit()) {
        return None;
    }
    let (inner, rest) = match line.strip_prefix('[') {
        Some(open) => open.split_once(']')?,
        None => line.split_once(" - ")?,
    };
    let (first, second) = inner.split_once(", ").or_else(|| inner.split_once(' '))?;
    // WhatsApp's page puts the time first, its export the date.
    let (date, clock) = if time(first).is_some() { (second, first) } else { (first, second) };
    figures(date.trim())?;
    Some(Stamp { date: date.trim(), time: time(clock)?, rest: rest.trim() })
}
