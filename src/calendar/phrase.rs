//! Reads when something is due from what people type: "tomorrow 9am", "in 3 days", "next Tuesday", "25.11. 14:30".
//! Days are written before months; a day without a year is the next one there is. Dates are read
//! in `dates`, said back in `words`.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use super::{
    dates::{ahead, date_of, number},
    day::Day,
    zone::{add_months, local, resolve},
};

/// Longest phrase read, in characters.
const LONGEST: usize = 100;
/// How far ahead a date may lie, in months.
const FURTHEST: i32 = 120;

/// A local date and time as meant by the person who typed it, in the zone the phrase was read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Local date.
    pub date: NaiveDate,
    /// Local time; one that clocks skip on that date is kept as it was typed.
    pub time: NaiveTime,
}

/// What a phrase names.
enum Reading {
    /// So long from now.
    Ahead(TimeDelta),
    /// A date and, where it has one of its own, its usual time.
    Date(NaiveDate, Option<NaiveTime>),
    Time(NaiveTime),
    Both(NaiveDate, NaiveTime),
}

/// Reads a phrase of at most 100 characters, in any case, seen from `now` in the zone. A date alone gets the default
/// time; today alone, once that has passed, the next full hour; a time alone, once passed, is tomorrow's. The error
/// says what to type instead of nonsense, what has passed, or what is more than 10 years ahead.
pub fn parse_phrase(text: &str, now: DateTime<Utc>, zone: Tz, default_time: NaiveTime) -> Result<When, String> {
    if text.trim().chars().count() > LONGEST {
        return Err(format!("That is too long for a date: use at most {LONGEST} characters, like “tomorrow 9am”."));
    }
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    let lower = text.to_lowercase().replace(',', " ");
    let (words, today) = (words_of(&lower), Day::of(now, zone).date());
    if let ([one], Some(date), Some(time)) = (&words[..], date_of(&words, today), time_of(&words)) {
        let (time, date) = (time.format("%H:%M"), date.format("%-d %b"));
        return Err(format!("“{one}” could be a time or a date. Write {time} or {date}."));
    }
    let Some(reading) = reading_of(&words, today) else {
        return Err(format!(
            "I can't read “{shown}” as a date. Try “tomorrow 9am”, “in 3 days”, “next Tuesday” or 2026-11-25 09:00."
        ));
    };
    let Some(when) = settle(reading, now, zone, default_time) else {
        return Err(format!("“{shown}” has passed already. Choose a time from now on."));
    };
    if when.date > add_months(today, FURTHEST) {
        return Err(format!("“{shown}” is more than 10 years ahead. Choose an earlier date."));
    }
    Ok(when)
}

/// Makes a date and a time of what was named; none if they have passed.
fn settle(reading: Reading, now: DateTime<Utc>, zone: Tz, default_time: NaiveTime) -> Option<When> {
    let today = Day::of(now, zone).date();
    // What names the present minute has not passed.
    let passed = |date, time| resolve(date, time, zone).timestamp() < now.timestamp().div_euclid(60) * 60;
    let (date, time) = match reading {
        Reading::Ahead(span) => return from_now(now, span, zone),
        Reading::Time(time) if passed(today, time) => (today.succ_opt()?, time),
        Reading::Time(time) => (today, time),
        Reading::Date(date, usual) => {
            let usual = usual.unwrap_or(default_time);
            let over = date == today && passed(date, usual);
            (date, if over { next_hour(local(now, zone).time()) } else { usual })
        }
        Reading::Both(date, time) => (date, time),
    };
    (!passed(date, time)).then_some(When { date, time })
}

/// So long from now, on a full minute. In an hour that clocks repeat, the second pass has no local time of its own:
/// then the first moment after it.
fn from_now(now: DateTime<Utc>, span: TimeDelta, zone: Tz) -> Option<When> {
    let exact = now.checked_add_signed(span)?;
    let minute = DateTime::from_timestamp((exact.timestamp() + 59).div_euclid(60) * 60, 0)?;
    (0..=26 * 60).find_map(|later| {
        let at = minute.checked_add_signed(TimeDelta::minutes(later))?;
        let shown = local(at, zone);
        let when = When { date: shown.date(), time: shown.time() };
        (resolve(when.date, when.time, zone) >= minute).then_some(when)
    })
}

fn next_hour(time: NaiveTime) -> NaiveTime {
    let last = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(time);
    NaiveTime::from_hms_opt(time.hour() + 1, 0, 0).unwrap_or(last)
}

fn words_of(lower: &str) -> Vec<&str> {
    let iso = |word: &&str| word.contains('-') && word.starts_with(|c: char| c.is_ascii_digit());
    lower
        .split_whitespace()
        .flat_map(|word| word.split(if iso(&word) { 't' } else { ' ' }))
        .filter(|word| !["at", "on", "by", "the"].contains(word))
        .collect()
}

fn reading_of(words: &[&str], today: NaiveDate) -> Option<Reading> {
    if let Some((count, unit)) = ahead(words)
        && let Some(minutes) = minutes_in(unit)
    {
        return Some(Reading::Ahead(TimeDelta::minutes(i64::from(count) * minutes)));
    }
    if let ["tonight"] = words {
        return Some(Reading::Date(today, NaiveTime::from_hms_opt(20, 0, 0)));
    }
    if let ["tonight", hour @ ..] | [hour @ .., "tonight"] = words {
        return tonight(hour).map(|time| Reading::Both(today, time));
    }
    if let ["this", part @ ("morning" | "afternoon" | "evening")] = words {
        return time_of(&[part]).map(|time| Reading::Both(today, time));
    }
    // The longest date wins, so that "25 nov 2026" is not 20:26.
    (0..=words.len()).rev().find_map(|cut| {
        let (head, tail) = words.split_at(cut);
        match (head, tail) {
            ([], all) => time_of(all).map(Reading::Time),
            (all, []) => date_of(all, today).map(|date| Reading::Date(date, None)),
            _ => date_of(head, today)
                .zip(time_of(tail))
                .or_else(|| date_of(tail, today).zip(time_of(head)))
                .map(|(date, time)| Reading::Both(date, time)),
        }
    })
}

fn minutes_in(unit: &str) -> Option<i64> {
    match unit {
        "minute" | "min" => Some(1),
        "hour" | "hr" => Some(60),
        _ => None,
    }
}

/// The time meant in an evening: "tonight at 9" is 21:00.
fn tonight(hour: &[&str]) -> Option<NaiveTime> {
    let time = time_of(hour)?;
    let morning = hour.last().is_some_and(|word| word.ends_with("am"));
    let time = if time.hour() < 12 && !morning { time.with_hour(time.hour() + 12)? } else { time };
    (time.hour() >= 17).then_some(time)
}

fn time_of(words: &[&str]) -> Option<NaiveTime> {
    let hour = |h| NaiveTime::from_hms_opt(h, 0, 0);
    match words {
        ["midnight"] => hour(0),
        ["morning"] => hour(9),
        ["noon" | "midday"] => hour(12),
        ["afternoon"] => hour(14),
        ["evening"] => hour(18),
        [digits, "am"] => half_day(digits, 0),
        [digits, "pm"] => half_day(digits, 12),
        [word] => match (word.strip_suffix("am"), word.strip_suffix("pm")) {
            (Some(digits), _) => half_day(digits, 0),
            (_, Some(digits)) => half_day(digits, 12),
            _ => clock(word),
        },
        _ => None,
    }
}

fn half_day(digits: &str, offset: u32) -> Option<NaiveTime> {
    let time = clock(digits).filter(|time| (1..=12).contains(&time.hour()))?;
    time.with_hour(time.hour() % 12 + offset)
}

/// Reads "9", "9:30", "17.30" or "09:00:00" on a clock of 24 hours.
fn clock(word: &str) -> Option<NaiveTime> {
    let two = |part: &str| number(part, 2).filter(|_| part.len() == 2);
    if let Some((hour, minute)) = word.split_once('.') {
        return NaiveTime::from_hms_opt(number(hour, 2)?, two(minute)?, 0);
    }
    let mut parts = word.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = parts.next().map_or(Some(0), two)?;
    let second = parts.next().map_or(Some(0), two)?;
    parts.next().is_none().then(|| NaiveTime::from_hms_opt(hour, minute, second))?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BERLIN: Tz = Tz::Europe__Berlin;

    fn nine() -> NaiveTime {
        NaiveTime::from_hms_opt(9, 0, 0).unwrap()
    }

    /// Reads a phrase as of a local moment in Berlin.
    fn read_at(now: &str, text: &str) -> Result<String, String> {
        let now: chrono::NaiveDateTime = now.parse().unwrap();
        let when = parse_phrase(text, resolve(now.date(), now.time(), BERLIN), BERLIN, nine())?;
        Ok(when.date.and_time(when.time).format("%a %F %H:%M").to_string())
    }

    /// Reads a phrase on Monday 23 November 2026 at 10:00 in Berlin.
    fn read(text: &str) -> Result<String, String> {
        read_at("2026-11-23T10:00:00", text)
    }

    #[test]
    fn phrases_are_read_as_people_mean_them() {
        let table = [
            ("today", "Mon 2026-11-23 11:00"),
            ("today 15:00", "Mon 2026-11-23 15:00"),
            ("this afternoon", "Mon 2026-11-23 14:00"),
            ("tonight", "Mon 2026-11-23 20:00"),
            ("tonight at 9", "Mon 2026-11-23 21:00"),
            ("7:30pm tonight", "Mon 2026-11-23 19:30"),
            ("tomorrow", "Tue 2026-11-24 09:00"),
            ("Tomorrow 9am", "Tue 2026-11-24 09:00"),
            ("  TOMORROW,  at 5 pm ", "Tue 2026-11-24 17:00"),
            ("9am tomorrow", "Tue 2026-11-24 09:00"),
            ("tomorrow noon", "Tue 2026-11-24 12:00"),
            ("tomorrow 12am", "Tue 2026-11-24 00:00"),
            ("tomorrow 12pm", "Tue 2026-11-24 12:00"),
            ("tomorrow 9.05", "Tue 2026-11-24 09:05"),
            ("tomorrow evening", "Tue 2026-11-24 18:00"),
            ("the day after tomorrow", "Wed 2026-11-25 09:00"),
            ("in 3 days", "Thu 2026-11-26 09:00"),
            ("in 3 days at 14:30", "Thu 2026-11-26 14:30"),
            ("3 days", "Thu 2026-11-26 09:00"),
            ("in two weeks", "Mon 2026-12-07 09:00"),
            ("in a month", "Wed 2026-12-23 09:00"),
            ("in 10 years", "Sun 2036-11-23 09:00"),
            ("in an hour", "Mon 2026-11-23 11:00"),
            ("in half an hour", "Mon 2026-11-23 10:30"),
            ("in 30 minutes", "Mon 2026-11-23 10:30"),
            ("in 20 hours", "Tue 2026-11-24 06:00"),
            ("tuesday", "Tue 2026-11-24 09:00"),
            ("next tuesday", "Tue 2026-12-01 09:00"),
            ("tuesday next week", "Tue 2026-12-01 09:00"),
            ("tue 14:30", "Tue 2026-11-24 14:30"),
            ("monday", "Mon 2026-11-30 09:00"),
            ("next monday", "Mon 2026-11-30 09:00"),
            ("this friday", "Fri 2026-11-27 09:00"),
            ("by fri", "Fri 2026-11-27 09:00"),
            ("weds 8", "Wed 2026-11-25 08:00"),
            ("next week", "Mon 2026-11-30 09:00"),
            ("next month", "Wed 2026-12-23 09:00"),
            ("end of month", "Mon 2026-11-30 09:00"),
            ("end of the month 17:00", "Mon 2026-11-30 17:00"),
            ("end of next month", "Thu 2026-12-31 09:00"),
            ("end of week", "Fri 2026-11-27 09:00"),
            ("end of year", "Thu 2026-12-31 09:00"),
            ("25 nov", "Wed 2026-11-25 09:00"),
            ("25th November", "Wed 2026-11-25 09:00"),
            ("25. Nov. 2026", "Wed 2026-11-25 09:00"),
            ("nov 25 9:00", "Wed 2026-11-25 09:00"),
            ("nov 25 17", "Wed 2026-11-25 17:00"),
            ("14 nov", "Sun 2027-11-14 09:00"),
            ("29 feb", "Tue 2028-02-29 09:00"),
            ("Sept 1", "Wed 2027-09-01 09:00"),
            ("Tue 24 Nov 2026, 15:00", "Tue 2026-11-24 15:00"),
            ("25.11.", "Wed 2026-11-25 09:00"),
            ("25.11", "Wed 2026-11-25 09:00"),
            ("25.11.2026", "Wed 2026-11-25 09:00"),
            ("25.11. 14.30", "Wed 2026-11-25 14:30"),
            ("5.3.27", "Fri 2027-03-05 09:00"),
            ("25/11", "Wed 2026-11-25 09:00"),
            ("25/11/2026", "Wed 2026-11-25 09:00"),
            ("2026-11-25", "Wed 2026-11-25 09:00"),
            ("2026-11-25 09:00", "Wed 2026-11-25 09:00"),
            ("2026-11-25T14:05", "Wed 2026-11-25 14:05"),
            ("2026-11-25T14:05:00", "Wed 2026-11-25 14:05"),
            ("noon", "Mon 2026-11-23 12:00"),
            ("midnight", "Tue 2026-11-24 00:00"),
            ("9", "Tue 2026-11-24 09:00"),
            ("at 9", "Tue 2026-11-24 09:00"),
            ("9am", "Tue 2026-11-24 09:00"),
            ("9:30", "Tue 2026-11-24 09:30"),
            ("10:00", "Mon 2026-11-23 10:00"),
            ("17.30", "Mon 2026-11-23 17:30"),
            ("9pm", "Mon 2026-11-23 21:00"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_examples() {
        let refusal = read("Blursday").unwrap_err();
        let examples = "Try “tomorrow 9am”, “in 3 days”, “next Tuesday” or 2026-11-25 09:00.";
        assert_eq!(refusal, format!("I can't read “Blursday” as a date. {examples}"));
        for text in [
            "",
            "at",
            "in",
            "in days",
            "next",
            "this",
            "25",
            "24:00",
            "9:5",
            "13pm",
            "0am",
            "+9",
            "-1",
            "9:",
            "25..11",
            "30 feb",
            "29.2.2027",
            "25/13/2026",
            "11/25/2026",
            "25 nov 26 27",
            "wed 24 nov 2026",
            "2026-11-25T",
            "2026-11-25T09:00Z",
            "in 99999 days",
            "in -3 days",
            "tonight 12am",
            "tonight noon",
            "9 9",
            "ü",
            "t",
            "1t2",
            "٣",
            "tomorrow tomorrow",
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.starts_with("I can't read"), "{text}: {refusal}");
        }
    }

    #[test]
    fn the_past_and_the_far_future_are_refused_with_words() {
        for text in [
            "yesterday",
            "today 9am",
            "2025-11-25",
            "22.11.2026",
            "22/11/2026 15:00",
            "23 nov 2026 9:59",
            "this morning",
        ] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.contains("has passed already"), "{text}: {refusal}");
        }
        for text in ["2036-11-24", "31.12.9999", "in 11 years", "in 9999 days", "in 9999 years"] {
            let refusal = read(text).unwrap_err();
            assert!(refusal.contains("more than 10 years ahead"), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_number_that_is_a_time_as_well_as_a_date_is_asked_about() {
        assert_eq!(read("12.11").unwrap_err(), "“12.11” could be a time or a date. Write 12:11 or 12 Nov.");
        assert_eq!(read("12.11.").as_deref(), Ok("Fri 2027-11-12 09:00"));
    }

    #[test]
    fn long_and_hidden_characters_are_kept_out_of_the_answer() {
        assert!(read(&"tomorrow ".repeat(20)).unwrap_err().contains("too long"));
        assert!(read(&"ü".repeat(100)).unwrap_err().starts_with("I can't read"));
        assert!(!read("a\u{0}b\nc").unwrap_err().contains(char::is_control));
    }

    #[test]
    fn today_alone_stays_today_however_late_it_is() {
        assert_eq!(read_at("2026-11-23T08:00:00", "today").as_deref(), Ok("Mon 2026-11-23 09:00"));
        assert_eq!(read_at("2026-11-23T23:30:00", "today").as_deref(), Ok("Mon 2026-11-23 23:59"));
        assert_eq!(read_at("2026-11-23T22:10:00", "tonight").as_deref(), Ok("Mon 2026-11-23 23:00"));
    }

    #[test]
    fn weeks_begin_on_monday_and_a_weekday_is_never_today() {
        assert_eq!(read_at("2026-11-29T10:00:00", "next week").as_deref(), Ok("Mon 2026-11-30 09:00"));
        assert_eq!(read_at("2026-11-29T10:00:00", "next sunday").as_deref(), Ok("Sun 2026-12-06 09:00"));
        assert_eq!(read_at("2026-11-29T10:00:00", "sunday").as_deref(), Ok("Sun 2026-12-06 09:00"));
        assert_eq!(read_at("2026-11-28T10:00:00", "end of week").as_deref(), Ok("Fri 2026-12-04 09:00"));
        assert_eq!(read_at("2026-11-27T08:00:00", "end of week").as_deref(), Ok("Fri 2026-11-27 09:00"));
        assert_eq!(read_at("2027-01-31T10:00:00", "next month").as_deref(), Ok("Sun 2027-02-28 09:00"));
    }

    #[test]
    fn spans_from_now_cross_clock_changes_by_real_time() {
        assert_eq!(read_at("2027-03-28T01:30:00", "in an hour").as_deref(), Ok("Sun 2027-03-28 03:30"));
        assert_eq!(read_at("2026-10-25T01:30:00", "in an hour").as_deref(), Ok("Sun 2026-10-25 02:30"));
        // The second 02:30 has no local time of its own, and the first would be now.
        assert_eq!(read_at("2026-10-25T02:30:00", "in an hour").as_deref(), Ok("Sun 2026-10-25 03:00"));
        assert_eq!(read_at("2026-11-23T10:00:20", "in 1 minute").as_deref(), Ok("Mon 2026-11-23 10:02"));
    }

    proptest! {
        #[test]
        fn no_phrase_makes_it_panic(text in "\\PC{0,110}") {
            let _ = read(&text);
        }

        #[test]
        fn no_mixture_of_known_words_makes_it_panic_or_fall_into_the_past(
            words in prop::collection::vec(prop::sample::select(vec![
                "in", "next", "this", "end", "of", "week", "month", "day", "days", "tue", "nov", "9am", "25", "25.",
                "12.11", "2026", "2026-11-25", "a", "an", "hour", "0", "9999", "years", "tonight", "today", "noon",
                "9", ":", "pm", "t",
            ]), 0..6),
            now in 1_700_000_000i64..1_900_000_000,
        ) {
            let now = DateTime::from_timestamp(now, 0).unwrap();
            if let Ok(when) = parse_phrase(&words.join(" "), now, BERLIN, nine()) {
                prop_assert!(resolve(when.date, when.time, BERLIN) > now - TimeDelta::minutes(1));
            }
        }

        #[test]
        fn a_date_written_out_is_read_back(days in 1i64..3600, hour in 0u32..24, minute in 0u32..60) {
            let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap() + TimeDelta::days(days);
            let at = date.and_hms_opt(hour, minute, 0).unwrap();
            let expected = at.format("%a %F %H:%M").to_string();
            for form in [
                "%F %H:%M", "%FT%H:%M", "%d.%m.%Y %H.%M", "%-d %b %Y %-I:%M%p", "%a %-d %B %Y, %H:%M", "%H:%M %d/%m/%y",
            ] {
                let text = at.format(form).to_string();
                prop_assert_eq!(read(&text), Ok(expected.clone()), "{}", text);
            }
        }
    }
}
