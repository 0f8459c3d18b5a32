//! Between local time and instants, and months on the calendar. What counts as today is in `day`.

use chrono::{DateTime, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

/// Longest zone name repeated in an error, in characters.
const SHOWN: usize = 60;

/// Reads an IANA zone name, forgiving case, outer blanks and a blank for an underscore; store its [`Tz::name`].
/// The error says how to write one.
pub fn parse_zone(name: &str) -> Result<Tz, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err("Give a time zone, like Europe/Berlin.".into());
    }
    if let Ok(zone) = name.parse() {
        return Ok(zone);
    }
    let written = |c: u8| if c == b' ' { b'_' } else { c.to_ascii_lowercase() };
    let same = |zone: &&Tz| zone.name().bytes().map(written).eq(name.bytes().map(written));
    TZ_VARIANTS.iter().find(same).copied().ok_or_else(|| {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        format!("“{shown}” is not a time zone; write it like Europe/Berlin.")
    })
}

/// The edition of the IANA rules compiled in, e.g. `2025b`: when it changes, stored instants are worked out again.
pub fn rules_version() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}

/// The instant of a local date and time: a missing one is the next that exists, a repeated one the first. Never panics.
pub fn resolve(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let wanted = date.and_time(time);
    match zone.from_local_datetime(&wanted) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        // Without an end of the gap we are at the rim of what chrono can count: read it as it stands.
        LocalResult::None => {
            GapInfo::new(&wanted, &zone).and_then(|gap| gap.end).map_or(wanted.and_utc(), |end| end.to_utc())
        }
    }
}

/// What the clock on the wall of the zone shows at an instant.
pub fn local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let utc = at.naive_utc();
    // Checked, because chrono's own conversion panics within a day of its first and last instants.
    utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix()).unwrap_or(utc)
}

/// The same day so many months on (or back), or the month's last day where that day is missing.
pub fn add_months(date: NaiveDate, months: i32) -> NaiveDate {
    let by = Months::new(months.unsigned_abs());
    if months < 0 {
        date.checked_sub_months(by).unwrap_or(NaiveDate::MIN)
    } else {
        date.checked_add_months(by).unwrap_or(NaiveDate::MAX)
    }
}

/// The n-th monthly occurrence after the start (0 is the start itself). Always counted from the start, never from the
/// occurrence before, so that 31 January, 28 February, 31 March follow each other.
pub fn nth_month(start: NaiveDate, n: u32) -> NaiveDate {
    add_months(start, i32::try_from(n).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use chrono::{Datelike, TimeDelta};
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(zone: Tz, text: &str) -> String {
        let wanted: NaiveDateTime = text.parse().unwrap();
        resolve(wanted.date(), wanted.time(), zone).format("%FT%T").to_string()
    }

    #[test]
    fn a_zone_is_read_forgivingly_and_refused_with_words() {
        assert_eq!(parse_zone("Europe/Berlin"), Ok(Tz::Europe__Berlin));
        assert_eq!(parse_zone(" america/new york "), Ok(Tz::America__New_York));
        assert_eq!(parse_zone("UTC"), Ok(Tz::UTC));
        let refusal = parse_zone("Mars/Base").unwrap_err();
        assert_eq!(refusal, "“Mars/Base” is not a time zone; write it like Europe/Berlin.");
        assert!(parse_zone(&"x\u{7}ü".repeat(5000)).unwrap_err().chars().count() < 130);
        assert!(parse_zone(" ").is_err());
    }

    #[test]
    fn a_missing_local_time_moves_to_the_next_that_exists() {
        assert_eq!(at(Tz::Europe__Berlin, "2027-03-28T01:59:59"), "2027-03-28T00:59:59");
        assert_eq!(at(Tz::Europe__Berlin, "2027-03-28T02:00:00"), "2027-03-28T01:00:00");
        assert_eq!(at(Tz::Europe__Berlin, "2027-03-28T02:30:00"), "2027-03-28T01:00:00");
        assert_eq!(at(Tz::Europe__Berlin, "2027-03-28T03:00:00"), "2027-03-28T01:00:00");
        assert_eq!(at(Tz::America__Sao_Paulo, "2018-11-04T00:00:00"), "2018-11-04T03:00:00");
        assert_eq!(at(Tz::Australia__Lord_Howe, "2026-10-04T02:10:00"), "2026-10-03T15:30:00");
    }

    #[test]
    fn a_missing_day_moves_to_the_start_of_the_next() {
        assert_eq!(at(Tz::Pacific__Apia, "2011-12-30T12:00:00"), "2011-12-30T10:00:00");
        assert_eq!(at(Tz::Pacific__Apia, "2011-12-31T00:00:00"), "2011-12-30T10:00:00");
        assert_eq!(at(Tz::Pacific__Kwajalein, "1993-08-21T12:00:00"), "1993-08-21T12:00:00");
    }

    #[test]
    fn a_repeated_local_time_counts_once_the_first() {
        assert_eq!(at(Tz::Europe__Berlin, "2026-10-25T02:30:00"), "2026-10-25T00:30:00");
        assert_eq!(at(Tz::Europe__Berlin, "2026-10-25T03:00:00"), "2026-10-25T02:00:00");
        assert_eq!(at(Tz::America__New_York, "2026-11-01T01:30:00"), "2026-11-01T05:30:00");
    }

    #[test]
    fn the_rims_of_the_calendar_do_not_panic() {
        for zone in [Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago, Tz::America__Juneau] {
            for day in [NaiveDate::MIN, NaiveDate::MAX, date("0001-01-01"), date("9999-12-31")] {
                let instant = resolve(day, NaiveTime::MIN, zone);
                local(instant, zone);
            }
            local(DateTime::<Utc>::MIN_UTC, zone);
            local(DateTime::<Utc>::MAX_UTC, zone);
        }
        assert_eq!(add_months(date("2026-01-31"), i32::MAX), NaiveDate::MAX);
        assert_eq!(add_months(date("2026-01-31"), i32::MIN), NaiveDate::MIN);
    }

    #[test]
    fn month_ends_stay_month_ends() {
        let start = date("2026-01-31");
        let run: Vec<String> = (0..5).map(|n| nth_month(start, n).to_string()).collect();
        assert_eq!(run, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
        assert_eq!(nth_month(date("2027-12-30"), 2), date("2028-02-29"));
        assert_eq!(add_months(date("2026-03-31"), -1), date("2026-02-28"));
    }

    #[test]
    fn every_change_of_every_zone_of_our_time_resolves_as_promised() {
        let first = date("2010-01-01").and_time(NaiveTime::MIN).and_utc();
        let mut changes = 0;
        for &zone in &TZ_VARIANTS {
            let shift = |at: DateTime<Utc>| local(at, zone) - at.naive_utc();
            // Two changes are never closer than three weeks in these years.
            for (from, to) in (0..750).map(|n| (first + TimeDelta::days(10 * n), first + TimeDelta::days(10 * n + 10)))
            {
                if shift(from) == shift(to) {
                    continue;
                }
                let (mut before, mut after) = (from, to);
                while after - before > TimeDelta::seconds(1) {
                    let middle = before + (after - before) / 2;
                    if shift(middle) == shift(from) { before = middle } else { after = middle }
                }
                changes += 1;
                for quarter in -10..=10 {
                    promised(zone, after.naive_utc() + shift(from) + TimeDelta::minutes(15 * quarter));
                }
            }
        }
        assert!(changes > 5000, "{changes} changes seen");
    }

    /// Checks one wanted local time by walking back over the instants before the one found.
    fn promised(zone: Tz, wanted: NaiveDateTime) {
        let found = resolve(wanted.date(), wanted.time(), zone);
        let earlier = |span: TimeDelta| local(found - span, zone);
        if local(found, zone) == wanted {
            let again = (1..=12).any(|quarter| earlier(TimeDelta::minutes(15 * quarter)) == wanted);
            assert!(!again, "{zone} {wanted}: the first of two");
        } else {
            assert!(local(found, zone) > wanted, "{zone} {wanted}: moved on, not back");
            assert!(earlier(TimeDelta::seconds(1)) < wanted, "{zone} {wanted}: the very next that exists");
        }
    }

    fn zones() -> impl Strategy<Value = Tz> {
        prop::sample::select(TZ_VARIANTS.to_vec())
    }

    proptest! {
        #[test]
        fn resolving_never_panics_and_never_goes_back(
            zone in zones(), days in 1i32..3_652_059, second in 0u32..86_400,
        ) {
            let day = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
            prop_assert!(local(resolve(day, time, zone), zone) >= day.and_time(time));
        }

        #[test]
        fn without_summer_time_local_time_and_instant_are_one_to_one(
            days in 730_000i32..760_000, second in 0u32..86_400,
        ) {
            for zone in [Tz::UTC, Tz::Asia__Tokyo, Tz::Asia__Kolkata, Tz::America__Phoenix] {
                let day = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
                let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
                prop_assert_eq!(local(resolve(day, time, zone), zone), day.and_time(time));
            }
        }

        #[test]
        fn around_both_changes_the_order_of_local_times_is_kept(
            a in -7200i64..7200, b in -7200i64..7200, spring: bool,
        ) {
            let zone = Tz::Europe__Berlin;
            let change = if spring { "2027-03-28T02:00:00" } else { "2026-10-25T02:00:00" };
            let change: NaiveDateTime = change.parse().unwrap();
            let (a, b) = (change + TimeDelta::seconds(a.min(b)), change + TimeDelta::seconds(a.max(b)));
            prop_assert!(resolve(a.date(), a.time(), zone) <= resolve(b.date(), b.time(), zone));
        }

        #[test]
        fn a_monthly_occurrence_falls_on_its_day_or_the_month_end(days in 700_000i32..760_000, n in 0u32..600) {
            let start = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            let found = nth_month(start, n);
            let months = |d: NaiveDate| d.year() * 12 + d.month0() as i32;
            prop_assert_eq!(months(found) - months(start), n as i32);
            let month_end = found.succ_opt().unwrap().day() == 1;
            prop_assert!(found.day() == start.day() || (found.day() < start.day() && month_end));
        }
    }
}
