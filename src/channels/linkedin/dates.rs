//! The dates of every era of LinkedIn's export, and of Excel where someone saved the file again.
//!
//! A time without a zone is taken as UTC. Dates outside 2000 to 2099 are refused: LinkedIn did not exist before.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The longest text that can be a date, in bytes.
const LONGEST: usize = 60;

/// Reads a calendar day: `08 Feb 2023`, `2023-02-08`, `8-Feb-23`, `Feb 8, 2023`, `2/8/23`, each with or without a time.
/// `None` when it is not a date.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let (date, _) = date_and_rest(text)?;
    Some(date)
}

/// Reads an instant: `2025-03-14 09:30:00 UTC`, `2025-03-14T09:30:00Z`, `10/24/17, 2:02 PM`,
/// `Fri Jan 24 02:54:41 UTC 2025`; a day alone is its midnight. `None` when it is not one.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    if let Some(usual) = usual(text.as_bytes()) {
        return Some(usual);
    }
    if let Some(spelt) = spelt(text) {
        return Some(spelt);
    }
    let (date, rest) = date_and_rest(text)?;
    let (time, offset) = time_and_offset(rest)?;
    let local = NaiveDateTime::new(date, time);
    Some((local - chrono::Duration::seconds(i64::from(offset.local_minus_utc()))).and_utc())
}

/// The form of nearly every row, read without taking it apart: `2025-03-14 09:30:00 UTC`.
fn usual(b: &[u8]) -> Option<DateTime<Utc>> {
    if b.len() != 23 || !b.ends_with(b" UTC") || b[4] != b'-' || b[7] != b'-' || b[10] != b' ' {
        return None;
    }
    if b[13] != b':' || b[16] != b':' {
        return None;
    }
    let number =
        |part: &[u8]| part.iter().try_fold(0_u32, |sum, d| d.is_ascii_digit().then(|| sum * 10 + u32::from(d - b'0')));
    let date = sensible(number(&b[..4])?.cast_signed(), number(&b[5..7])?, number(&b[8..10])?)?;
    let time = NaiveTime::from_hms_opt(number(&b[11..13])?, number(&b[14..16])?, number(&b[17..19])?)?;
    Some(date.and_time(time).and_utc())
}

/// Java's way: `Fri Jan 24 02:54:41 UTC 2025`.
fn spelt(text: &str) -> Option<DateTime<Utc>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, month_name, day, time, "UTC" | "GMT", year] = words[..] else { return None };
    let date = sensible(year.parse().ok()?, month(month_name)?, day.parse().ok()?)?;
    let (time, _) = time_and_offset(time)?;
    Some(date.and_time(time).and_utc())
}

/// The day at the start of a text, and what follows it.
fn date_and_rest(text: &str) -> Option<(NaiveDate, &str)> {
    let (first, sep, rest) = part(text)?;
    let (second, sep2, rest) = part(sep_stripped(rest, sep))?;
    let (third, _, rest) = part(sep_stripped(rest, sep2))?;
    let date = match (first.parse::<u32>(), second.parse::<u32>(), third.parse::<u32>()) {
        // 2023-02-08, 2023/02/08
        (Ok(y), Ok(m), Ok(d)) if first.len() == 4 => sensible(y.cast_signed(), m, d)?,
        // 2/8/23 is America's; where the first number can't be a month, or dots part them, it is Europe's.
        (Ok(a), Ok(b), Ok(_)) => {
            let (d, m) = if sep == '.' || a > 12 { (a, b) } else { (b, a) };
            sensible(year(third)?, m, d)?
        }
        // 08 Feb 2023, 8-Feb-23
        (Ok(d), Err(_), Ok(_)) => sensible(year(third)?, month(second)?, d)?,
        // Feb 8, 2023
        (Err(_), Ok(d), Ok(_)) => sensible(year(third)?, month(first)?, d)?,
        _ => return None,
    };
    Some((date, rest))
}

/// Letters or digits up to the next thing that is neither, that thing, and what follows it.
fn part(text: &str) -> Option<(&str, char, &str)> {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end =
        text.find(|c: char| if digits { !c.is_ascii_digit() } else { !c.is_ascii_alphabetic() }).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    if word.is_empty() || word.len() > 9 {
        return None;
    }
    Some((word, rest.chars().next().unwrap_or(' '), rest))
}

/// The text behind one separator between the parts of a date: `-`, `/`, `.`, spaces, or a comma and a space.
fn sep_stripped(text: &str, sep: char) -> &str {
    match sep {
        '-' | '/' | '.' => text[1..].trim_start(),
        ',' => text[1..].trim_start(),
        _ => text.trim_start(),
    }
}

/// The time behind a date, midnight when there is none, and its zone, UTC when it names none.
fn time_and_offset(text: &str) -> Option<(NaiveTime, FixedOffset)> {
    let utc = FixedOffset::east_opt(0)?;
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | 'T'));
    if text.is_empty() {
        return Some((NaiveTime::MIN, utc));
    }
    let clock_end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).unwrap_or(text.len());
    let (clock, tail) = text.split_at(clock_end);
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut numbers = clock.split(':').map(|n| n.parse::<u32>().ok());
    let (mut hour, minute) = (numbers.next()??, numbers.next()??);
    let second = numbers.next().unwrap_or(Some(0))?;
    if numbers.next().is_some() {
        return None;
    }
    let tail = tail.trim().to_ascii_uppercase();
    let tail = match tail.replace('.', "").as_str() {
        half @ ("AM" | "PM") => {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if half == "PM" { 12 } else { 0 };
            String::new()
        }
        _ => tail,
    };
    Some((NaiveTime::from_hms_opt(hour, minute, second)?, offset(&tail)?))
}

fn offset(tail: &str) -> Option<FixedOffset> {
    let (sign, digits) = match tail {
        "" | "UTC" | "GMT" | "Z" => return FixedOffset::east_opt(0),
        _ => (if tail.starts_with('-') { -1 } else { 1 }, tail.strip_prefix(['+', '-'])?.replace(':', "")),
    };
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    FixedOffset::east_opt(sign * (number / 100 * 3_600 + number % 100 * 60))
}

fn month(word: &str) -> Option<u32> {
    let word = word.to_ascii_lowercase();
    // "Sept" and full names too.
    let index = MONTHS.iter().position(|m| word.starts_with(m))?;
    u32::try_from(index + 1).ok()
}

fn year(digits: &str) -> Option<i32> {
    let number: i32 = digits.parse().ok()?;
    match digits.len() {
        2 => Some(2000 + number),
        4 => Some(number),
        _ => None,
    }
}

fn sensible(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).filter(|date| (2000..2100).contains(&date.year()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_reads_in_every_era() {
        let forms = [
            "08 Feb 2023",
            "8 Feb 2023",
            "2023-02-08",
            "2023/02/08",
            "8-Feb-23",
            "08-Feb-2023",
            "2/8/23",
            "02/08/2023",
            "2/8/23, 4:15 PM",
            "Feb 8, 2023",
            "February 8, 2023",
            "8.2.2023",
            "08.02.23",
            " 08 Feb 2023 ",
            "2023-02-08 10:00:00 UTC",
        ];
        for text in forms {
            assert_eq!(day(text), NaiveDate::from_ymd_opt(2023, 2, 8), "{text}");
        }
        assert_eq!(day("24/10/17"), NaiveDate::from_ymd_opt(2017, 10, 24));
    }

    #[test]
    fn an_instant_reads_in_every_era() {
        let forms = [
            ("2025-03-14 09:30:05 UTC", "2025-03-14T09:30:05+00:00"),
            ("2025-03-14 09:30:05", "2025-03-14T09:30:05+00:00"),
            ("2025-03-14T09:30:05Z", "2025-03-14T09:30:05+00:00"),
            ("2025-03-14T09:30:05.123Z", "2025-03-14T09:30:05+00:00"),
            ("2025-03-14T09:30:05+02:00", "2025-03-14T07:30:05+00:00"),
            ("2025/03/14 09:30:05 UTC", "2025-03-14T09:30:05+00:00"),
            ("10/24/17, 2:02 PM", "2017-10-24T14:02:00+00:00"),
            ("10/24/17, 2:02\u{202f}PM", "2017-10-24T14:02:00+00:00"),
            ("10/24/17, 12:02 AM", "2017-10-24T00:02:00+00:00"),
            ("10/24/17, 12:02 PM", "2017-10-24T12:02:00+00:00"),
            ("10/24/2017 14:02", "2017-10-24T14:02:00+00:00"),
            ("Fri Jan 24 02:54:41 UTC 2025", "2025-01-24T02:54:41+00:00"),
            ("24 Jan 2025", "2025-01-24T00:00:00+00:00"),
        ];
        for (text, wanted) in forms {
            assert_eq!(instant(text).map(|i| i.to_rfc3339()).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        let wrong = [
            "",
            "yesterday",
            "32 Jan 2023",
            "2023-02-30",
            "0000-00-00",
            "1899-12-31",
            "9999-01-01",
            "08 Feb",
            "Vera",
            "2023-13-45 10:00:00 UTC",
            "--",
            "08 Foo 2023",
        ];
        for text in wrong {
            assert_eq!(day(text), None, "{text}");
            assert_eq!(instant(text), None, "{text}");
        }
        for text in ["2025-03-14 25:00:00 UTC", "2025-03-14 09:30:00 XYZ", "10/24/17, 13:02 PM", "2025-03-14 9"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,40}", near in "[0-9 :/.,+a-zA-Z-]{0,30}") {
            let _ = (day(&text), instant(&text), day(&near), instant(&near));
        }
    }
}
