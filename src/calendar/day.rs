//! The viewer's day and what it makes of a due instant: the one place that says overdue, today or later.

use std::cmp::Ordering;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{
    words::days_words,
    zone::{local, resolve},
};

/// Today as one viewer sees it: an instant, a zone, and the local date they make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    zone: Tz,
    now: DateTime<Utc>,
    date: NaiveDate,
}

/// What an open card shows as its next step; sorts in the order of promise 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextStep {
    /// Due on an earlier local date.
    Overdue {
        /// How many local dates ago, at least 1.
        days: i64,
    },
    /// Due on today's local date, whether or not its time has passed.
    Today,
    /// Nothing is planned.
    NonePlanned,
    /// Due on a later local date.
    Later {
        /// In how many local dates, at least 1.
        days: i64,
    },
}

impl Day {
    /// The day that contains the instant in the zone.
    pub fn of(now: DateTime<Utc>, zone: Tz) -> Self {
        Self { zone, now, date: date_of(now, zone) }
    }

    /// The viewer's zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The instant this day was asked for.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Today's local date.
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// Its first instant; what is due before it is overdue.
    pub fn starts(&self) -> DateTime<Utc> {
        resolve(self.date, NaiveTime::MIN, self.zone)
    }

    /// The first instant of the next local date, itself no longer today; what is due from then on is later.
    pub fn ends(&self) -> DateTime<Utc> {
        self.date.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| resolve(next, NaiveTime::MIN, self.zone))
    }

    /// How many local dates the instant is ahead of today; negative when behind, 0 anywhere within today.
    pub fn days_until(&self, at: DateTime<Utc>) -> i64 {
        date_of(at, self.zone).signed_duration_since(self.date).num_days()
    }

    /// What a card with this due instant shows; without one, none planned.
    pub fn next_step(&self, due: Option<DateTime<Utc>>) -> NextStep {
        match due.map(|at| self.days_until(at)) {
            None => NextStep::NonePlanned,
            Some(0) => NextStep::Today,
            Some(days) if days < 0 => NextStep::Overdue { days: -days },
            Some(days) => NextStep::Later { days },
        }
    }
}

/// The local date of an instant. Where clocks were once put back across midnight, the new date, once begun, stays: so
/// days are stretches of time without a seam, and a query by [`Day::starts`] agrees with [`Day::next_step`].
fn date_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    let mut date = local(at, zone).date();
    while let Some(next) = date.succ_opt().filter(|&next| resolve(next, NaiveTime::MIN, zone) <= at) {
        date = next;
    }
    date
}

impl NextStep {
    /// The class that colours it: red, green, amber, grey.
    pub fn css(self) -> &'static str {
        match self {
            Self::Overdue { .. } => "next-overdue",
            Self::Today => "next-today",
            Self::NonePlanned => "next-none",
            Self::Later { .. } => "next-later",
        }
    }

    /// The icon beside it, so that the state never rests on colour alone.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Overdue { .. } => "warn",
            Self::Today => "clock",
            Self::NonePlanned => "flag",
            Self::Later { .. } => "calendar",
        }
    }

    /// It in words: "2 days late", "today", "none planned", "tomorrow", "in 3 days".
    pub fn words(self) -> String {
        match self {
            Self::Overdue { days } => format!("{} late", days_words(days)),
            Self::Today => "today".into(),
            Self::NonePlanned => "none planned".into(),
            Self::Later { days: 1 } => "tomorrow".into(),
            Self::Later { days } => format!("in {}", days_words(days)),
        }
    }

    /// Its name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Overdue { .. } => "overdue",
            Self::Today => "today",
            Self::NonePlanned => "none_planned",
            Self::Later { .. } => "later",
        }
    }

    fn rank(self) -> (u8, i64) {
        match self {
            Self::Overdue { days } => (0, days.saturating_neg()),
            Self::Today => (1, 0),
            Self::NonePlanned => (2, 0),
            Self::Later { days } => (3, days),
        }
    }
}

impl Ord for NextStep {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for NextStep {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::TZ_VARIANTS;
    use proptest::prelude::*;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_is_the_viewers_own() {
        let now = utc("2026-11-23T23:30:00Z");
        assert_eq!(Day::of(now, Tz::Europe__Berlin).date().to_string(), "2026-11-24");
        assert_eq!(Day::of(now, Tz::America__New_York).date().to_string(), "2026-11-23");
        assert_eq!(Day::of(now, Tz::Pacific__Kiritimati).starts(), utc("2026-11-23T10:00:00Z"));
    }

    #[test]
    fn days_of_a_clock_change_are_shorter_and_longer() {
        let length = |now: &str, zone| {
            let day = Day::of(utc(now), zone);
            (day.ends() - day.starts()).num_minutes()
        };
        assert_eq!(length("2027-03-28T12:00:00Z", Tz::Europe__Berlin), 23 * 60);
        assert_eq!(length("2026-10-25T12:00:00Z", Tz::Europe__Berlin), 25 * 60);
        assert_eq!(length("2018-11-04T12:00:00Z", Tz::America__Sao_Paulo), 23 * 60);
        assert_eq!(length("2026-10-25T12:00:00Z", Tz::Asia__Tokyo), 24 * 60);
        assert_eq!(length("2011-12-30T09:00:00Z", Tz::Pacific__Apia), 24 * 60);
    }

    #[test]
    fn due_earlier_today_is_still_today_and_yesterday_is_late() {
        let day = Day::of(utc("2026-11-23T09:00:00Z"), Tz::Europe__Berlin);
        let step = |text| day.next_step(Some(utc(text)));
        assert_eq!(step("2026-11-22T22:59:59Z"), NextStep::Overdue { days: 1 });
        assert_eq!(step("2026-11-22T23:00:00Z"), NextStep::Today);
        assert_eq!(step("2026-11-23T22:59:59Z"), NextStep::Today);
        assert_eq!(step("2026-11-23T23:00:00Z"), NextStep::Later { days: 1 });
        assert_eq!(day.next_step(None), NextStep::NonePlanned);
    }

    #[test]
    fn steps_sort_overdue_today_none_later() {
        use NextStep::*;
        let mut steps =
            [Later { days: 9 }, NonePlanned, Overdue { days: 1 }, Later { days: 1 }, Today, Overdue { days: 5 }];
        steps.sort();
        assert_eq!(
            steps,
            [Overdue { days: 5 }, Overdue { days: 1 }, Today, NonePlanned, Later { days: 1 }, Later { days: 9 }]
        );
    }

    #[test]
    fn each_step_has_its_words_class_icon_and_key() {
        use NextStep::*;
        let said = |step: NextStep| (step.words(), step.css(), step.icon(), step.key());
        assert_eq!(said(Overdue { days: 1 }), ("1 day late".into(), "next-overdue", "warn", "overdue"));
        assert_eq!(Overdue { days: 2 }.words(), "2 days late");
        assert_eq!(said(Today), ("today".into(), "next-today", "clock", "today"));
        assert_eq!(said(NonePlanned), ("none planned".into(), "next-none", "flag", "none_planned"));
        assert_eq!(said(Later { days: 1 }), ("tomorrow".into(), "next-later", "calendar", "later"));
        assert_eq!(Later { days: 3 }.words(), "in 3 days");
    }

    #[test]
    fn a_date_once_begun_stays_when_clocks_go_back_over_midnight() {
        // St John's put its clocks back at 00:01, so the evening before came once more.
        let zone = Tz::America__St_Johns;
        let again = resolve("2010-11-07".parse().unwrap(), NaiveTime::MIN, zone) + TimeDelta::minutes(30);
        assert_eq!(local(again, zone).date().to_string(), "2010-11-06");
        assert_eq!(Day::of(again, zone).date().to_string(), "2010-11-07");
    }

    #[test]
    fn the_rims_of_the_calendar_do_not_panic() {
        for now in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            for zone in [Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago] {
                let day = Day::of(now, zone);
                assert!(day.starts() < day.ends());
            }
        }
    }

    proptest! {
        #[test]
        fn a_day_contains_its_now_and_its_bounds_agree_with_its_steps(
            zone in prop::sample::select(TZ_VARIANTS.to_vec()),
            now in -3_000_000_000i64..4_000_000_000,
            off in -200_000i64..200_000,
        ) {
            let now = DateTime::from_timestamp(now, 0).unwrap();
            let day = Day::of(now, zone);
            prop_assert!(day.starts() <= now && now < day.ends());
            prop_assert_eq!(Day::of(day.ends(), zone).starts(), day.ends());
            let due = now + TimeDelta::seconds(off);
            let by_bounds = if due < day.starts() { "overdue" } else if due < day.ends() { "today" } else { "later" };
            prop_assert_eq!(day.next_step(Some(due)).key(), by_bounds);
        }

        #[test]
        fn around_both_changes_a_local_time_keeps_its_date(hour in 0u32..24, minute in 0u32..60, back in 0i64..4) {
            for (zone, change) in [
                (Tz::Europe__Berlin, "2027-03-28"), (Tz::Europe__Berlin, "2026-10-25"),
                (Tz::America__New_York, "2026-03-08"), (Tz::America__New_York, "2026-11-01"),
                (Tz::Asia__Kolkata, "2026-10-25"),
            ] {
                let change: NaiveDate = change.parse().unwrap();
                let due = resolve(change, NaiveTime::from_hms_opt(hour, minute, 0).unwrap(), zone);
                let today = change - TimeDelta::days(back);
                let day = Day::of(resolve(today, NaiveTime::MIN, zone), zone);
                prop_assert_eq!(day.days_until(due), back);
            }
        }
    }
}
