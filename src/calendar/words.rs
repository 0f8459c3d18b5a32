//! Dates, times and amounts as people read them: British, short, in the viewer's zone. Reading them in is in `phrase`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

use super::{day::Day, zone::local};

/// When something is due, seen from today, all in one zone: "today 15:00", "Fri 09:00", "14 Dec 09:00", "last Tue", "14 Nov 2025".
pub fn due_words(date: NaiveDate, time: NaiveTime, today: NaiveDate) -> String {
    let clock = time.format("%H:%M");
    match date.signed_duration_since(today).num_days() {
        0 => format!("today {clock}"),
        1 => format!("tomorrow {clock}"),
        -1 => format!("yesterday {clock}"),
        2..=6 => format!("{} {clock}", date.weekday()),
        7.. => format!("{} {clock}", date_words(date, today)),
        -6..=-2 => format!("last {}", date.weekday()),
        _ => date_words(date, today),
    }
}

/// When something happened: "just now", "12 min ago", "today 15:00", "yesterday", "last Tue", "14 Nov", "14 Nov 2025".
pub fn past_words(at: DateTime<Utc>, day: &Day) -> String {
    let shown = local(at, day.zone());
    // A clock slightly ahead of ours says "just now" as well.
    match day.now().signed_duration_since(at).num_seconds() {
        -59..=59 => return "just now".into(),
        age @ 60..3600 => return format!("{} min ago", age / 60),
        _ => {}
    }
    match day.days_until(at) {
        0 => format!("today {}", shown.format("%H:%M")),
        -1 => "yesterday".into(),
        -6..=-2 => format!("last {}", shown.weekday()),
        _ => date_words(shown.date(), day.date()),
    }
}

/// The exact moment, for a tooltip: "Tue 24 Nov 2026, 15:00 CET". Zones without a short name show their offset.
pub fn exact(at: DateTime<Utc>, zone: Tz) -> String {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let name = match offset.abbreviation() {
        Some(short) if short.starts_with(|c: char| c.is_ascii_alphabetic()) => short.to_owned(),
        _ => format!("UTC{}", offset.fix()),
    };
    format!("{} {name}", local(at, zone).format("%a %-d %b %Y, %H:%M"))
}

/// A number of things, as people say it.
pub fn counted(number: impl std::borrow::Borrow<i64>, one: &str, many: &str) -> String {
    let number = *number.borrow();
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// A whole number with commas: "1,240".
pub fn thousands(n: i64) -> String {
    let sign = if n < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(n.unsigned_abs()))
}

/// A number of days: "1 day", "3 days".
pub fn days_words(n: i64) -> String {
    format!("{} {}", thousands(n), if n == 1 { "day" } else { "days" })
}

/// An amount given in hundredths, without currency: "1,240" or "1,240.50".
pub fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let (whole, rest) = (grouped(cents.unsigned_abs() / 100), cents.unsigned_abs() % 100);
    if rest == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest:02}") }
}

fn date_words(date: NaiveDate, today: NaiveDate) -> String {
    let form = if date.year() == today.year() { "%-d %b" } else { "%-d %b %Y" };
    date.format(form).to_string()
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut said = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn due_moments_read_as_people_say_them() {
        let today: NaiveDate = "2026-11-23".parse().unwrap();
        let table = [
            ("2026-11-23T15:00:00", "today 15:00"),
            ("2026-11-24T09:00:00", "tomorrow 09:00"),
            ("2026-11-27T09:00:00", "Fri 09:00"),
            ("2026-11-29T09:00:00", "Sun 09:00"),
            ("2026-11-30T09:00:00", "30 Nov 09:00"),
            ("2027-01-04T09:00:00", "4 Jan 2027 09:00"),
            ("2026-11-22T09:00:00", "yesterday 09:00"),
            ("2026-11-17T09:00:00", "last Tue"),
            ("2026-11-16T09:00:00", "16 Nov"),
            ("2025-11-14T09:00:00", "14 Nov 2025"),
        ];
        for (due, words) in table {
            let due: chrono::NaiveDateTime = due.parse().unwrap();
            assert_eq!(due_words(due.date(), due.time(), today), words);
        }
    }

    #[test]
    fn past_moments_read_as_people_say_them() {
        let day = Day::of(utc("2026-11-23T09:00:00Z"), Tz::Europe__Berlin);
        let table = [
            ("2026-11-23T09:00:30Z", "just now"),
            ("2026-11-23T08:59:01Z", "just now"),
            ("2026-11-23T08:48:00Z", "12 min ago"),
            ("2026-11-23T08:00:00Z", "today 09:00"),
            ("2026-11-22T23:00:00Z", "today 00:00"),
            ("2026-11-22T22:59:00Z", "yesterday"),
            ("2026-11-17T12:00:00Z", "last Tue"),
            ("2026-11-14T12:00:00Z", "14 Nov"),
            ("2025-11-14T12:00:00Z", "14 Nov 2025"),
            ("2026-11-24T12:00:00Z", "24 Nov"),
        ];
        for (at, words) in table {
            assert_eq!(past_words(utc(at), &day), words, "{at}");
        }
    }

    #[test]
    fn minutes_ago_win_over_yesterday_just_after_midnight() {
        let day = Day::of(utc("2026-11-22T23:05:00Z"), Tz::Europe__Berlin);
        assert_eq!(past_words(utc("2026-11-22T22:55:00Z"), &day), "10 min ago");
    }

    #[test]
    fn the_exact_moment_names_its_zone() {
        assert_eq!(exact(utc("2026-11-24T14:00:00Z"), Tz::Europe__Berlin), "Tue 24 Nov 2026, 15:00 CET");
        assert_eq!(exact(utc("2026-07-04T14:00:00Z"), Tz::Europe__Berlin), "Sat 4 Jul 2026, 16:00 CEST");
        assert_eq!(exact(utc("2026-11-24T14:00:00Z"), Tz::America__Sao_Paulo), "Tue 24 Nov 2026, 11:00 UTC-03:00");
        exact(DateTime::<Utc>::MAX_UTC, Tz::Asia__Tokyo);
    }

    #[test]
    fn numbers_have_commas_and_money_has_cents_only_when_there_are_some() {
        assert_eq!([0, 999, 1000, 1_240_000, -1240].map(thousands), ["0", "999", "1,000", "1,240,000", "-1,240"]);
        assert_eq!(thousands(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!([124_000, 124_050, 5, -50, 0].map(money), ["1,240", "1,240.50", "0.05", "-0.50", "0"]);
        assert_eq!([0, 1, 3].map(days_words), ["0 days", "1 day", "3 days"]);
    }
}
