//! The stamps before messages in a chat of WhatsApp's, written as the phone's region writes dates, and in which order their figures
//! are to be read.

use std::{cmp::Ordering, collections::BTreeSet};

use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::text::OWN;

/// Which of the three figures of a date is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Day,
    Month,
    Year,
}

/// What stands around the figures of a stamp. A phone writes all of a chat's alike: a line that begins otherwise is part of what
/// somebody typed, such as a list of dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape(String);

impl Shape {
    /// Whether an iPhone wrote it: `[…] `.
    pub(super) fn is_bracketed(&self) -> bool {
        self.0.starts_with('[')
    }
}

/// That of a chat, which begins with a stamp; none where it has none.
///
/// # Errors
/// In words, where so many stamps of another shape follow that it is uncertain which are the chat's own: it was cut off, or
/// another was pasted.
pub(super) fn shape_of(text: &str) -> Result<Option<Shape>, String> {
    let mut counts: Vec<(Shape, usize)> = Vec::new();
    for found in text.lines().filter_map(stamp) {
        match counts.iter().position(|(shape, _)| *shape == found.shape) {
            Some(at) => counts[at].1 += 1,
            None if counts.len() < MOST_SHAPES => counts.push((found.shape, 1)),
            None => {}
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or_default();
    match counts.into_iter().next() {
        Some((_, first)) if most >= first * 10 => Err(
            "it begins with other stamps than most of it has: export the chat again, or remove what stands before its first message".into(),
        ),
        first => Ok(first.map(|(shape, _)| shape)),
    }
}

/// How many shapes of stamps are told apart in a chat: one is its own.
const MOST_SHAPES: usize = 50;

/// The beginning of a message.
pub(super) struct Stamp<'a> {
    pub(super) shape: Shape,
    pub(super) figures: [u32; 3],
    pub(super) time: NaiveTime,
    /// What stands where the half of the day is told, where that is not known.
    pub(super) unknown: Option<&'a str>,
    /// Whether the half of the day is told in a word that is known.
    pub(super) tells_half: bool,
    /// Where its half of the day is told before the time in the East: what comes first in dates there.
    pub(super) custom: Option<Custom>,
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
    let year = match year {
        0..100 => year + 2000,
        // Thailand counts from the Buddha's death.
        2552..=2643 => year - 543,
        year => year,
    };
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
    let line = line.trim_start_matches(OWN);
    let mut shape = String::with_capacity(24);
    let inside = line.strip_prefix('[');
    let mut rest = inside.unwrap_or(line);
    shape.extend(inside.map(|_| '['));
    let mut figures = [0; 3];
    for (at, slot) in figures.iter_mut().enumerate() {
        if at > 0 {
            shape.push(rest.chars().next()?);
            rest = rest.strip_prefix(['-', '/', '.'])?.trim_start_matches(' ');
        }
        let digits;
        (*slot, digits, rest) = figure(rest, 4)?;
        shape.push(if digits > 2 { 'Y' } else { '9' });
    }
    let between = rest.char_indices().take(LONGEST_BETWEEN).find(|(_, c)| digit(*c).is_some())?.0;
    let (between, after) = rest.split_at(between);
    if between.is_empty() || between.contains(['\n', ':', '[', ']', '/']) {
        return None;
    }
    let early = half_of_day(between.trim_matches([' ', ',', '،']));
    // Languages that tell the half before the time have several words for it; a word that isn't known is one too.
    let word = between.trim_matches([' ', ',', '،', '.']);
    let odd = Some(word).filter(|word| early.is_none() && word.contains(is_foreign));
    let custom = match early {
        Some(_) if word.contains(is_eastern) => Some(Custom::of(word)),
        // Korea ends its dates with a full stop, others do too.
        None if between.starts_with('.') => Some(Custom::Mostly),
        _ => None,
    };
    shape.push_str(if early.is_some() || odd.is_some() { " H" } else { between });
    let (hour, _, after) = figure(after, 2)?;
    let (minute, _, after) = figure(after.strip_prefix([':', '.']).or_else(|| after.strip_prefix(" h "))?, 2)?;
    let (second, after) = match after.strip_prefix([':', '.']).and_then(|rest| figure(rest, 2)) {
        Some((second, _, after)) => (second, after),
        None => (60, after),
    };
    shape.push_str(if second < 60 { "9:9:9" } else { "9:9" });
    let Ending { half, unknown, mark, rest } = ending(after, inside.is_some())?;
    shape.push_str(if half.is_some() { "H" } else { unknown.unwrap_or_default() });
    shape.push_str(mark);
    let tells_half = half.or(early).is_some();
    let hour = match (hour, half.or(early)) {
        (12, Some(Half::Morning)) => 0,
        // Japan counts from nought.
        (0..=11, Some(Half::Afternoon)) => hour + 12,
        _ => hour,
    };
    let time = NaiveTime::from_hms_opt(hour, minute, if second < 60 { second } else { 0 })?;
    Some(Stamp { shape: Shape(shape), figures, time, unknown: unknown.or(odd), tells_half, custom, rest })
}

/// Where years come first in dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Custom {
    /// In Korea and Japan: always.
    Always,
    /// Where Chinese is written: not in Hong Kong, Macau and Singapore.
    Mostly,
}

impl Custom {
    fn of(half: &str) -> Self {
        let korean = half.contains(|c: char| matches!(c, '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7ff}'));
        if korean || matches!(half, "午前" | "午後") { Self::Always } else { Self::Mostly }
    }
}

/// Whether the years come first in these dates of two figures each: a chat has fewer years than days, and they are of this time.
pub(super) fn years_come_first(dates: impl Iterator<Item = [u32; 3]>, custom: Custom) -> bool {
    let (mut first, mut last) = (BTreeSet::new(), BTreeSet::new());
    for figures in dates {
        if figures[2] > 31 || date_of(figures, Order::Year).is_none() {
            return false;
        }
        first.insert(figures[0]);
        last.insert(figures[2]);
    }
    match first.len().cmp(&last.len()) {
        Ordering::Less => first.first() >= Some(&15),
        Ordering::Equal => custom == Custom::Always || first.first() > last.last(),
        Ordering::Greater => false,
    }
}

/// Letters of China, Japan and Korea.
fn is_eastern(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}')
}

/// Letters of scripts in which nothing but the half of the day is known to stand between date and time.
fn is_foreign(c: char) -> bool {
    is_eastern(c) || matches!(c, '\u{900}'..='\u{10ff}' | '\u{1200}'..='\u{17ff}')
}

/// The most letters between the date and the time: `, `, ` à `, ` klo `, ` г., `, ` 上午`.
const LONGEST_BETWEEN: usize = 16;
/// The most letters behind the time that tell the half of the day.
const LONGEST_HALF: usize = 16;

/// What ends a stamp behind its time.
struct Ending<'a> {
    half: Option<Half>,
    unknown: Option<&'a str>,
    mark: &'static str,
    rest: &'a str,
}

fn ending(after: &str, bracketed: bool) -> Option<Ending<'_>> {
    let marks: &[&str] = if bracketed { &["] "] } else { &[" - ", ": ", " "] };
    let ended = |text: &str| marks.iter().find(|mark| text.starts_with(**mark)).copied();
    let is_half_at = |at: usize| {
        let half = half_of_day(&after[..at])?;
        Some((half, at, ended(&after[at..])?))
    };
    let ends = || after.char_indices().map(|(at, _)| at).skip(1).take(LONGEST_HALF);
    if let Some((half, at, mark)) = ends().filter_map(is_half_at).last() {
        return Some(Ending { half: Some(half), unknown: None, mark, rest: &after[at + mark.len()..] });
    }
    // The last way to end is a space alone: before it, a word may stand that isn't known.
    let (plain, odd) = (ended(after), marks[0]);
    if plain.is_none_or(|mark| mark == " ")
        && let Some(at) = after.find(odd).filter(|at| ends().any(|end| end == *at))
        && !after[..at].contains(['\n', ':', ']'])
        && !after[..at].contains(|c| digit(c).is_some())
    {
        return Some(Ending {
            half: None,
            unknown: Some(after[..at].trim()),
            mark: odd,
            rest: &after[at + odd.len()..],
        });
    }
    plain.map(|mark| Ending { half: None, unknown: None, mark, rest: &after[mark.len()..] })
}

/// A number of at most so many digits, how many it has, and what follows.
fn figure(text: &str, most: usize) -> Option<(u32, usize, &str)> {
    let (mut value, mut digits) = (0, 0);
    let mut rest = text;
    while let Some(more) = rest.chars().next().filter(|_| digits < most).and_then(digit) {
        value = value * 10 + more;
        digits += 1;
        rest = &rest[rest.chars().next()?.len_utf8()..];
    }
    (digits > 0).then_some((value, digits, rest))
}

/// The value of a digit: of ours, or of the scripts whose telephones write their own.
fn digit(c: char) -> Option<u32> {
    // Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Tamil, Telugu, Kannada, Malayalam, Thai, Burmese.
    const ZEROS: [u32; 12] = [0x660, 0x6F0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0x1040];
    c.to_digit(10).or_else(|| ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|value| *value < 10)))
}

/// Which half of the day a time of twelve hours is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// What stands for the first half of the day, in small letters without dots and spaces, in languages whose telephones count
/// twelve hours (Unicode's CLDR).
const MORNING: [&str; 39] = [
    "am",
    "vorm",
    "fm",
    "dop",
    "de",
    "ap",
    "pd",
    "vm",
    "sa",
    "pg",
    "damanhã",
    "damadrugada",
    "πμ",
    "дп",
    "öö",
    "ص",
    "قظ",
    "קבלהצ",
    "לפנה״צ",
    "पूर्वाह्न",
    "मपू",
    "পূর্বাহ্ণ",
    "পূর্বাহ্ন",
    "ਪੂਦੁ",
    "முற்பகல்",
    "ಪೂರ್ವಾಹ್ನ",
    "ก่อนเที่ยง",
    "午夜",
    "清晨",
    "早上",
    "半夜",
    "새벽",
    "아침",
    "delamañana",
    "delamadrugada",
    "上午",
    "凌晨",
    "오전",
    "午前",
];
/// The same for the second half.
const AFTERNOON: [&str; 42] = [
    "pm",
    "nachm",
    "em",
    "odp",
    "du",
    "ip",
    "md",
    "nm",
    "ch",
    "ptg",
    "datarde",
    "danoite",
    "μμ",
    "пп",
    "ös",
    "م",
    "بظ",
    "אחהצ",
    "אחה״צ",
    "अपराह्न",
    "मउ",
    "অপরাহ্ণ",
    "অপরাহ্ন",
    "ਬਾਦੁ",
    "பிற்பகல்",
    "ಅಪರಾಹ್ನ",
    "หลังเที่ยง",
    "낮",
    "저녁",
    "밤",
    "delatarde",
    "delanoche",
    "delmediodía",
    "pop",
    "正午",
    "정오",
    "下午",
    "中午",
    "晚上",
    "傍晚",
    "오후",
    "午後",
];

/// Reads `AM`, `p.m.`, `a. m.`, `ÖS`.
fn half_of_day(word: &str) -> Option<Half> {
    let told = |c: &char| !matches!(c, '.' | ' ') && !c.is_control();
    let word: String = word.chars().filter(told).flat_map(char::to_lowercase).collect();
    let is_in = |words: &[&str]| words.contains(&word.as_str());
    is_in(&MORNING).then_some(Half::Morning).or_else(|| is_in(&AFTERNOON).then_some(Half::Afternoon))
}
