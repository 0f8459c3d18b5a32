//! The stamps before messages in a chat of WhatsApp's, written as the phone's region writes dates, and in which order their figures
//! are to be read.

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

/// Which of the three figures of a date is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Day,
    Month,
    Year,
}

/// What stands around a stamp. A phone writes all of a chat's alike: a line that begins otherwise is part of what somebody typed,
/// such as a list of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `[…] `, as on an iPhone.
    Brackets,
    /// `… - `, as on an Android phone.
    Dash,
    /// `…: `.
    Colon,
    Nothing,
}

/// The shape of most of a chat's stamps; of two as common, the one that comes first.
pub(super) fn shape_of(text: &str) -> Shape {
    let mut counts: Vec<(Shape, usize)> = Vec::new();
    for found in text.lines().filter_map(stamp) {
        match counts.iter_mut().find(|(shape, _)| *shape == found.shape) {
            Some((_, count)) => *count += 1,
            None => counts.push((found.shape, 1)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max();
    counts.into_iter().find(|(_, count)| Some(*count) == most).map_or(Shape::Nothing, |(shape, _)| shape)
}

/// The beginning of a message.
pub(super) struct Stamp<'a> {
    pub(super) shape: Shape,
    pub(super) figures: [u32; 3],
    pub(super) time: NaiveTime,
    pub(super) rest: &'a str,
}

/// What the dates of a chat say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreed {
    On(Order),
    /// They can be read both ways.
    Open,
    /// Some are dates only with the day first, others only with the month first.
    Torn {
        /// Whether the day is first in most of them.
        day_first: bool,
    },
}

/// The order in which the figures of a chat's dates are written. A chat is written in the order in which it was said.
pub(super) fn order_of(dates: impl Iterator<Item = [u32; 3]>) -> Agreed {
    #[derive(Default)]
    struct Reading {
        last: Option<NaiveDate>,
        /// Dates that there is only in this order, or that run back in it.
        only: usize,
        against: usize,
    }
    let (mut day, mut month, mut differ) = (Reading::default(), Reading::default(), false);
    for figures in dates {
        if figures[0] > 31 {
            return Agreed::On(Order::Year);
        }
        differ |= figures[0] != figures[1];
        let read = [Order::Day, Order::Month].map(|order| date_of(figures, order));
        for (state, date, other) in [(&mut day, read[0], read[1]), (&mut month, read[1], read[0])] {
            state.only += usize::from(date.is_some() && other.is_none());
            state.against += usize::from(date.is_none() || date < state.last);
            state.last = date.or(state.last);
        }
    }
    match (day.against, month.against) {
        _ if !differ => Agreed::On(Order::Day),
        (0, 0) => Agreed::Open,
        (0, _) => Agreed::On(Order::Day),
        (_, 0) => Agreed::On(Order::Month),
        // A slip here and there, such as a clock set back, is outvoted by dates that there is in one order only.
        _ if day.only > 0 && month.only == 0 => Agreed::On(Order::Day),
        _ if month.only > 0 && day.only == 0 => Agreed::On(Order::Month),
        _ if day.only > 0 => Agreed::Torn { day_first: day.only >= month.only },
        _ => Agreed::Open,
    }
}

/// Whether the month comes first in dates of figures there, as in most of America.
pub(in super::super) fn is_american(zone: Tz) -> bool {
    zone.name().starts_with("America/") || zone.name().starts_with("US/")
}

pub(super) fn date_of([a, b, c]: [u32; 3], order: Order) -> Option<NaiveDate> {
    let (year, month, day) = match order {
        Order::Day => (c, b, a),
        Order::Month => (c, a, b),
        Order::Year => (a, b, c),
    };
    let year = if year < 100 { year + 2000 } else { year };
    (2009..=2100).contains(&year).then(|| NaiveDate::from_ymd_opt(year.cast_signed(), month, day)).flatten()
}

/// A number for a stamp that is the same whichever of its figures is taken for the day: what was brought in is known
/// again when its dates are read the other way.
pub(super) fn stamp_key(stamp: &Stamp<'_>) -> i64 {
    let [a, b, c] = stamp.figures;
    let figures = if a > 31 { [a, b, c] } else { [c, a.min(b), a.max(b)] };
    let date = figures.iter().fold(0, |key, figure| key * 10_000 + i64::from(*figure));
    date * 100_000 + i64::from(chrono::Timelike::num_seconds_from_midnight(&stamp.time))
}

/// The stamp that a line begins with: `[14.11.25, 09:30:00] `, `11/14/25, 9:30 AM - `, `2025-11-14, 09:30 - `.
pub(super) fn stamp(line: &str) -> Option<Stamp<'_>> {
    let mut rest = line.strip_prefix('[').unwrap_or(line);
    let mut figures = [0; 3];
    for (at, slot) in figures.iter_mut().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(['-', '/', '.'])?.trim_start_matches(' ');
        }
        (*slot, rest) = figure(rest, 4)?;
    }
    rest = rest.strip_prefix(',').unwrap_or(rest).strip_prefix(' ')?;
    let (hour, after) = figure(rest, 2)?;
    let (minute, after) = figure(after.strip_prefix([':', '.'])?, 2)?;
    let (second, after) = match after.strip_prefix([':', '.']).and_then(|rest| figure(rest, 2)) {
        Some(found) => found,
        None => (0, after),
    };
    let (hour, after) = half_of_day(hour, after)?;
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    let bracket = after.strip_prefix(']').filter(|_| line.starts_with('['));
    let ways =
        [(bracket, Shape::Brackets), (after.strip_prefix(" -"), Shape::Dash), (after.strip_prefix(':'), Shape::Colon)];
    let (after, shape) =
        ways.into_iter().find_map(|(rest, shape)| Some((rest?, shape))).unwrap_or((after, Shape::Nothing));
    Some(Stamp { shape, figures, time, rest: after.strip_prefix(' ')? })
}

fn figure(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Reads `AM`, `p.m.`, `a. m.` after the time, if it is there.
fn half_of_day(hour: u32, rest: &str) -> Option<(u32, &str)> {
    let word = rest.strip_prefix(' ').unwrap_or(rest);
    let letters: Vec<(usize, char)> = word.char_indices().take(5).collect();
    let afternoon = match letters.first().map(|(_, letter)| letter.to_ascii_lowercase()) {
        Some('a') => false,
        Some('p') => true,
        _ => return Some((hour, rest)),
    };
    let (end, _) = letters.iter().skip(1).find(|(_, letter)| !matches!(letter, '.' | ' '))?;
    let after = word[*end..].strip_prefix(['m', 'M'])?;
    let hour = match (hour, afternoon) {
        (12, false) => 0,
        (1..=11, true) => hour + 12,
        _ => hour,
    };
    Some((hour, after.strip_prefix('.').unwrap_or(after)))
}
