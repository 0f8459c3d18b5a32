//! Reads words as a date, seen from today: "next tuesday", "25 nov", "25.11.", "end of month". Times, and what a phrase
//! as a whole means, are in `phrase`.

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::zone::add_months;

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
const COUNTS: [&str; 12] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The date that all the words together name, if they name one; past and far dates included.
pub(super) fn date_of(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    named(words, today)
        .or_else(|| in_week(words, today))
        .or_else(|| days_ahead(words, today))
        .or_else(|| with_month(words, today))
        .or_else(|| numeric(words, today))
        .or_else(|| match words {
            // "Tue 24 Nov 2026": the weekday has to be right.
            [day, rest @ ..] if !rest.is_empty() => {
                let day = weekday(day)?;
                with_month(rest, today).or_else(|| numeric(rest, today)).filter(|date| date.weekday() == day)
            }
            _ => None,
        })
}

fn named(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    match words {
        ["today"] => Some(today),
        ["tomorrow"] => today.succ_opt(),
        ["day", "after", "tomorrow"] => today.checked_add_days(Days::new(2)),
        ["yesterday"] => today.pred_opt(),
        ["next", "month"] => Some(add_months(today, 1)),
        ["next", "year"] => Some(add_months(today, 12)),
        ["end", "of", "month"] => month_end(today),
        ["end", "of", "next", "month"] => month_end(add_months(today, 1)),
        ["end", "of", "year"] => NaiveDate::from_ymd_opt(today.year(), 12, 31),
        _ => None,
    }
}

fn month_end(date: NaiveDate) -> Option<NaiveDate> {
    add_months(date.with_day(1)?, 1).pred_opt()
}

/// Reads dates named by their weekday or week. Weeks begin on Monday.
fn in_week(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let monday = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into()))?;
    let day_in = |weeks: u64, day: Weekday| {
        monday.checked_add_days(Days::new(7 * weeks + u64::from(day.num_days_from_monday())))
    };
    match words {
        ["next", "week"] => day_in(1, Weekday::Mon),
        ["end", "of", "week"] => day_in(0, Weekday::Fri).filter(|&friday| friday >= today).or(day_in(1, Weekday::Fri)),
        ["end", "of", "next", "week"] => day_in(1, Weekday::Fri),
        ["next", day] | ["next", "week", day] | [day, "next", "week"] => day_in(1, weekday(day)?),
        ["this", day] => day_in(0, weekday(day)?),
        [day] => {
            let day = weekday(day)?;
            day_in(0, day).filter(|&date| date > today).or(day_in(1, day))
        }
        _ => None,
    }
}

fn days_ahead(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let (count, unit) = ahead(words)?;
    match unit {
        "day" => today.checked_add_days(Days::new(count.into())),
        "week" => today.checked_add_days(Days::new(7 * u64::from(count))),
        "month" => Some(add_months(today, i32::try_from(count).ok()?)),
        "year" => Some(add_months(today, 12 * i32::try_from(count).ok()?)),
        _ => None,
    }
}

/// Reads "in 3 days" or "3 days" as a count and a unit in the singular.
pub(super) fn ahead<'a>(words: &[&'a str]) -> Option<(u32, &'a str)> {
    match words.strip_prefix(&["in"]).unwrap_or(words) {
        ["half", "an", "hour"] => Some((30, "minute")),
        ["a" | "an", unit] => Some((1, unit)),
        [count, unit] => {
            let spelt = COUNTS.iter().position(|name| name == count).and_then(|at| u32::try_from(at + 1).ok());
            Some((spelt.or_else(|| number(count, 4))?, unit.strip_suffix('s').unwrap_or(unit)))
        }
        _ => None,
    }
}

fn with_month(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let (a, b, year) = match words {
        [a, b] => (a, b, None),
        [a, b, year] => (a, b, Some(number(year, 4).filter(|_| year.len() == 4)?)),
        _ => return None,
    };
    let (day, month) = month(b).map(|month| (a, month)).or_else(|| month(a).map(|month| (b, month)))?;
    let bare = ["st", "nd", "rd", "th", "."].iter().find_map(|end| day.strip_suffix(end)).unwrap_or(day);
    on(number(bare, 2)?, month, year, today)
}

/// Reads "25.11.", "25/11", "25.11.2026", "25/11/26" and "2026-11-25".
fn numeric(words: &[&str], today: NaiveDate) -> Option<NaiveDate> {
    let [word] = words else { return None };
    let mark = word.chars().find(|c| !c.is_ascii_digit()).filter(|c| ['-', '/', '.'].contains(c))?;
    let year = |part: &str| match part.len() {
        2 => number(part, 2).map(|short| 2000 + short),
        4 => number(part, 4),
        _ => None,
    };
    match word.split(mark).collect::<Vec<_>>()[..] {
        [y, m, d] if y.len() == 4 => on(number(d, 2)?, number(m, 2)?, Some(year(y)?), today),
        [d, m] if mark != '-' => on(number(d, 2)?, number(m, 2)?, None, today),
        [d, m, ""] if mark == '.' => on(number(d, 2)?, number(m, 2)?, None, today),
        [d, m, y] => on(number(d, 2)?, number(m, 2)?, Some(year(y)?), today),
        _ => None,
    }
}

/// The date; without a year the next one from today on, up to the 8 years from one leap day to the next at worst.
fn on(day: u32, month: u32, year: Option<u32>, today: NaiveDate) -> Option<NaiveDate> {
    match year {
        Some(year) => NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day),
        None => (0..=8)
            .filter_map(|years| NaiveDate::from_ymd_opt(today.year() + years, month, day))
            .find(|&date| date >= today),
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let at = if word == "weds" { Some(2) } else { short_for(word, &DAYS) }?;
    Weekday::try_from(u8::try_from(at).ok()?).ok()
}

fn month(word: &str) -> Option<u32> {
    let at = short_for(word.strip_suffix('.').unwrap_or(word), &MONTHS)?;
    u32::try_from(at + 1).ok()
}

fn short_for(word: &str, names: &[&str]) -> Option<usize> {
    names.iter().position(|name| word.len() >= 3 && name.starts_with(word))
}

/// Reads nothing but digits, at most so many: `parse` alone would take a sign as well.
pub(super) fn number(text: &str, longest: usize) -> Option<u32> {
    let plain = text.len() <= longest && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        date_of(&words, NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()).map(|date| date.to_string())
    }

    #[test]
    fn a_day_without_a_year_is_the_next_one_there_is() {
        assert_eq!(read("23 nov").as_deref(), Some("2026-11-23"));
        assert_eq!(read("22 nov").as_deref(), Some("2027-11-22"));
        assert_eq!(read("29.2.").as_deref(), Some("2028-02-29"));
        assert_eq!(read("31/11"), None);
    }

    #[test]
    fn a_written_year_is_kept_even_when_past() {
        assert_eq!(read("nov 14th 2025").as_deref(), Some("2025-11-14"));
        assert_eq!(read("14/11/25").as_deref(), Some("2025-11-14"));
        assert_eq!(read("14 nov 25"), None);
    }

    #[test]
    fn a_weekday_before_a_date_has_to_be_right() {
        assert_eq!(read("wed 25 nov").as_deref(), Some("2026-11-25"));
        assert_eq!(read("tue 25.11.2026"), None);
    }

    #[test]
    fn months_ahead_end_with_the_month() {
        let date = |words: &[&str], today: &str| date_of(words, today.parse().unwrap()).unwrap().to_string();
        assert_eq!(date(&["next", "month"], "2027-01-31"), "2027-02-28");
        assert_eq!(date(&["in", "three", "months"], "2026-11-30"), "2027-02-28");
        assert_eq!(date(&["end", "of", "month"], "2028-02-10"), "2028-02-29");
        assert_eq!(date(&["end", "of", "next", "month"], "2027-01-31"), "2027-02-28");
    }

    #[test]
    fn signs_blanks_and_other_digits_are_no_numbers() {
        assert_eq!(
            [number("07", 2), number("+7", 2), number("", 2), number("٣", 4), number("123", 2)],
            [Some(7), None, None, None, None]
        );
    }

    #[test]
    fn the_rims_of_the_calendar_do_not_panic() {
        for today in [NaiveDate::MIN, NaiveDate::MAX] {
            for text in [
                "tomorrow",
                "yesterday",
                "sunday",
                "next week",
                "end of month",
                "in 9999 years",
                "29 feb",
                "end of year",
            ] {
                let _ = date_of(&text.split(' ').collect::<Vec<_>>(), today);
            }
        }
    }
}
