//! Dates and times as the apps write them beside a message. English names of days and months; figures of any order,
//! where the paste as a whole tells which order it is.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

/// What a heading or stamp says about the time of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct When {
    pub(super) date: Option<NaiveDate>,
    pub(super) time: Option<NaiveTime>,
    /// True when the date could be read in two ways.
    pub(super) unsure: bool,
}

impl When {
    /// This, completed by what is missing from another.
    pub(super) fn or(self, other: Self) -> Self {
        let unsure = if self.date.is_some() { self.unsure } else { other.unsure };
        Self { date: self.date.or(other.date), time: self.time.or(other.time), unsure }
    }
}

/// Which figure of 11/14/2025 is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
    /// Nothing tells; read as day first and marked.
    Unknown,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The order all figures of a paste agree on: the one in which they are dates, not to come and never going backwards.
pub(super) fn order_of<'a>(dates: impl Iterator<Item = &'a str>, today: NaiveDate) -> Order {
    let (mut day_first, mut month_first) = (Fit::new(today), Fit::new(today));
    let mut told = false;
    for figures in dates.filter_map(figures) {
        told |= figures.0 <= 31 && figures.0 != figures.1 && figures.3 != '.';
        day_first.take(date_of(figures, Order::DayFirst));
        month_first.take(date_of(figures, Order::MonthFirst));
    }
    match (day_first.fits, month_first.fits) {
        (true, false) => Order::DayFirst,
        (false, true) => Order::MonthFirst,
        _ if told => Order::Unknown,
        _ => Order::DayFirst,
    }
}

/// A date in figures: 14/11/2025, 14.11.25, 2025-11-14; the second answer says whether it could be another day.
pub(super) fn figure_date(text: &str, order: Order) -> Option<(NaiveDate, bool)> {
    let figures = figures(text)?;
    let date = date_of(figures, order).or_else(|| date_of(figures, Order::MonthFirst))?;
    let other = date_of(figures, Order::MonthFirst).is_some_and(|other| other != date);
    Some((date, order == Order::Unknown && other))
}

/// A time of day: 15:15, 15:15:02, 3:15 PM, 3:15pm, 3:15 p.m.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let lower = text.trim().to_lowercase().replace("a.m.", "am").replace("p.m.", "pm");
    let (figures, half) = match (lower.strip_suffix("am"), lower.strip_suffix("pm")) {
        (Some(rest), _) => (rest.trim_end(), Some(0)),
        (_, Some(rest)) => (rest.trim_end(), Some(12)),
        _ => (lower.as_str(), None),
    };
    let mut parts = figures.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute_text = parts.next()?;
    let (minute, second) = (number(minute_text, 2)?, parts.next().map_or(Some(0), |part| number(part, 2))?);
    if parts.next().is_some() || minute_text.len() != 2 {
        return None;
    }
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + half,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// Splits a time off the end of a line: "Ana Li  3:15 PM" is "Ana Li" and a quarter past three.
pub(super) fn trailing_time(line: &str) -> Option<(&str, NaiveTime)> {
    let line = line.trim_end();
    let mut spaces = line.rmatch_indices(' ').map(|(at, _)| at);
    let mut starts = vec![];
    starts.extend(spaces.next());
    starts.extend(spaces.next());
    starts.push(0);
    // The longer cut first, or "3:15 PM" would be tried as "PM" alone.
    starts.sort_unstable();
    starts.dedup();
    starts.into_iter().find_map(|at| {
        let found = time(&line[at..])?;
        Some((line[..at].trim_end(), found))
    })
}

/// A line that is a heading and nothing else: "TODAY", "Monday", "NOV 14", "Nov 14, 2025, 3:15 PM", "14/11/2025", "3:15 PM".
/// A year that isn't given is the last one in which the day has been.
pub(super) fn heading(line: &str, today: NaiveDate, order: Order) -> Option<When> {
    let line = line.trim().trim_matches(['-', '–', '—', '·', '•', '|', '*']).trim();
    if line.is_empty() || line.chars().count() > 45 {
        return None;
    }
    let (rest, time) = match trailing_time(line) {
        Some((rest, time)) => (rest, Some(time)),
        None => (line, None),
    };
    let lower = rest.to_lowercase();
    let mut words: Vec<&str> = lower.split([' ', ',', '•', '·', '|']).filter(|word| !word.is_empty()).collect();
    while words.last() == Some(&"at") {
        words.pop();
    }
    if words.is_empty() {
        return time.map(|time| When { time: Some(time), ..When::default() });
    }
    let (date, unsure) = day(&words, today, order)?;
    Some(When { date: Some(date), time, unsure })
}

fn day(words: &[&str], today: NaiveDate, order: Order) -> Option<(NaiveDate, bool)> {
    let certain = |date: NaiveDate| Some((date, false));
    match words {
        ["today"] => return certain(today),
        ["yesterday"] => return certain(today.checked_sub_days(Days::new(1))?),
        [only] => {
            if let Some(weekday) = weekday(only) {
                let back = (today.weekday().num_days_from_monday() + 7 - weekday.num_days_from_monday()) % 7;
                // Today is called "today", so its own name means a week ago.
                return certain(today.checked_sub_days(Days::new(if back == 0 { 7 } else { u64::from(back) }))?);
            }
            return figure_date(only, order);
        }
        _ => {}
    }
    let words = if weekday(words[0].trim_end_matches('.')).is_some() { &words[1..] } else { words };
    let (first, second) = (words.first()?, words.get(1));
    let Some(second) = second else { return figure_date(first, order) };
    let (month, day) = match (month(first), month(second)) {
        (Some(month), _) => (month, day_of_month(second)?),
        (None, Some(month)) => (month, day_of_month(first)?),
        _ => return None,
    };
    match words.get(2..) {
        None | Some([]) => {
            let this_year = NaiveDate::from_ymd_opt(today.year(), month, day).filter(|date| *date <= today);
            // Leap days may be up to eight years back.
            this_year
                .or_else(|| (1..=8).find_map(|back| NaiveDate::from_ymd_opt(today.year() - back, month, day)))
                .and_then(certain)
        }
        Some([year]) if year.len() == 4 => {
            certain(NaiveDate::from_ymd_opt(i32::try_from(number(year, 4)?).ok()?, month, day)?)
        }
        _ => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Mon),
        ("tuesday", Weekday::Tue),
        ("wednesday", Weekday::Wed),
        ("thursday", Weekday::Thu),
        ("friday", Weekday::Fri),
        ("saturday", Weekday::Sat),
        ("sunday", Weekday::Sun),
    ];
    NAMES
        .iter()
        .find(|(name, _)| *name == word || word.len() >= 3 && word.len() <= 4 && name.starts_with(word))
        .map(|(_, day)| *day)
}

fn month(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('.');
    let index =
        MONTHS.iter().position(|name| *name == word || (3..=4).contains(&word.len()) && name.starts_with(word))?;
    u32::try_from(index + 1).ok()
}

fn day_of_month(word: &str) -> Option<u32> {
    let figures = word.trim_end_matches('.').trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
    number(figures, 2).filter(|day| (1..=31).contains(day))
}

fn number(text: &str, most: usize) -> Option<u32> {
    let plain = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Three figures and the sign between them.
type Figures = (u32, u32, u32, char);

pub(super) fn figures(text: &str) -> Option<Figures> {
    let sign = text.chars().find(|letter| !letter.is_ascii_digit()).filter(|sign| matches!(sign, '/' | '.' | '-'))?;
    let mut parts = text.trim_end_matches('.').split(sign);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let years = first.len() == 4 || third.len() == 4 || third.len() == 2;
    if parts.next().is_some() || !years {
        return None;
    }
    Some((number(first, 4)?, number(second, 2)?, number(third, 4)?, sign))
}

fn date_of((first, second, third, sign): Figures, order: Order) -> Option<NaiveDate> {
    if first > 999 {
        return NaiveDate::from_ymd_opt(i32::try_from(first).ok()?, second, third);
    }
    let year = i32::try_from(if third < 100 { 2000 + third } else { third }).ok()?;
    // Nobody writes 11.14.2025.
    match order {
        Order::MonthFirst if sign != '.' => NaiveDate::from_ymd_opt(year, first, second),
        _ => NaiveDate::from_ymd_opt(year, second, first),
    }
}

/// Whether one order suits all dates seen so far.
struct Fit {
    today: NaiveDate,
    last: Option<NaiveDate>,
    fits: bool,
}

impl Fit {
    fn new(today: NaiveDate) -> Self {
        Self { today, last: None, fits: true }
    }

    fn take(&mut self, date: Option<NaiveDate>) {
        let latest = self.today.succ_opt().unwrap_or(self.today);
        self.fits &= date.is_some_and(|date| date <= latest && self.last.is_none_or(|last| last <= date));
        self.last = date.or(self.last);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn at(hour: u32, minute: u32, second: u32) -> Option<NaiveTime> {
        NaiveTime::from_hms_opt(hour, minute, second)
    }

    /// A Friday.
    fn today() -> NaiveDate {
        date(2025, 11, 14)
    }

    #[test]
    fn times_are_read_in_both_clocks() {
        for (text, expected) in [
            ("15:15", at(15, 15, 0)),
            ("9:05:02", at(9, 5, 2)),
            ("3:15 PM", at(15, 15, 0)),
            ("3:15pm", at(15, 15, 0)),
            ("12:00 a.m.", at(0, 0, 0)),
            ("12:30 PM", at(12, 30, 0)),
            ("13:00 PM", None),
            ("25:00", None),
            ("3:5", None),
            ("3 PM", None),
            ("10:10:10:10", None),
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
    }

    #[test]
    fn headings_are_read_as_dates() {
        for (line, expected) in [
            ("TODAY", date(2025, 11, 14)),
            ("Yesterday", date(2025, 11, 13)),
            ("MONDAY", date(2025, 11, 10)),
            ("Friday", date(2025, 11, 7)),
            ("NOV 14", date(2025, 11, 14)),
            ("NOV 15", date(2024, 11, 15)),
            ("FEB 29", date(2024, 2, 29)),
            ("Nov 14, 2023", date(2023, 11, 14)),
            ("14 November", date(2025, 11, 14)),
            ("Mon, 10 Nov 2025", date(2025, 11, 10)),
            ("Monday, November 10th", date(2025, 11, 10)),
            ("2025-11-03", date(2025, 11, 3)),
            ("31/10/2025", date(2025, 10, 31)),
            ("14.11.25", date(2025, 11, 14)),
        ] {
            assert_eq!(heading(line, today(), Order::DayFirst).and_then(|when| when.date), Some(expected), "{line}");
        }
    }

    #[test]
    fn a_heading_may_have_a_time() {
        let when = heading("Nov 13, 2025, 3:15 PM", today(), Order::DayFirst).unwrap();
        assert_eq!((when.date, when.time), (Some(date(2025, 11, 13)), at(15, 15, 0)));
        let when = heading("Yesterday at 9:05", today(), Order::DayFirst).unwrap();
        assert_eq!((when.date, when.time), (Some(date(2025, 11, 13)), at(9, 5, 0)));
        let when = heading("3:15 PM", today(), Order::DayFirst).unwrap();
        assert_eq!((when.date, when.time), (None, at(15, 15, 0)));
    }

    #[test]
    fn sentences_are_no_headings() {
        for line in [
            "",
            "Today works",
            "See you Monday",
            "May 14 people come",
            "Nov 31",
            "14/13/2025",
            "1/2",
            "Sunny",
            "v1.2.3",
        ] {
            assert_eq!(heading(line, today(), Order::DayFirst), None, "{line}");
        }
    }

    #[test]
    fn the_paste_tells_the_order_of_the_figures() {
        let order = |dates: &[&str]| order_of(dates.iter().copied(), today());
        assert_eq!(order(&["14/11/2025"]), Order::DayFirst);
        assert_eq!(order(&["10/9/2025", "10/14/2025"]), Order::MonthFirst);
        assert_eq!(order(&["12/10/2025", "01/11/2025"]), Order::DayFirst, "10 December is still to come");
        assert_eq!(order(&["9/12/25"]), Order::MonthFirst, "9 December is still to come");
        assert_eq!(order(&["2/3/2025", "3/2/2025"]), Order::MonthFirst, "messages don't go backwards");
        assert_eq!(order(&["3/4/2025"]), Order::Unknown);
        assert_eq!(order(&["3/3/2025", "2025-11-01"]), Order::DayFirst);
        assert_eq!(figure_date("3/4/2025", Order::Unknown), Some((date(2025, 4, 3), true)));
        assert_eq!(figure_date("3.4.2025", Order::Unknown), Some((date(2025, 4, 3), false)));
    }

    #[test]
    fn a_time_is_split_off_the_end() {
        assert_eq!(trailing_time("Ana Li  3:15 PM"), at(15, 15, 0).map(|time| ("Ana Li", time)));
        assert_eq!(trailing_time("Ana 15:15"), at(15, 15, 0).map(|time| ("Ana", time)));
        assert_eq!(trailing_time("15:15"), at(15, 15, 0).map(|time| ("", time)));
        assert_eq!(trailing_time("Ana Li"), None);
    }

    proptest! {
        #[test]
        fn no_line_is_too_strange(line in "\\PC{0,50}") {
            heading(&line, today(), Order::Unknown);
            trailing_time(&line);
        }

        #[test]
        fn no_figures_are_too_strange(line in "[0-9/.: apmAPM-]{0,24}") {
            heading(&line, today(), Order::Unknown);
            figure_date(&line, Order::MonthFirst);
        }

        #[test]
        fn every_day_is_read_back(offset in 0_u64..3_000) {
            let day = today().checked_sub_days(Days::new(offset)).unwrap();
            let line = day.format("%b %-d, %Y").to_string();
            prop_assert_eq!(heading(&line, today(), Order::DayFirst).and_then(|when| when.date), Some(day));
        }
    }
}
