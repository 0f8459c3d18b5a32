//! Sets of weekdays and working hours, both in local time: zones are for the caller to apply.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// A set of weekdays as a bit mask, Monday the lowest bit; stored as an `i16` from 0 to 127.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Weekdays(u8);

/// When people work, in their own local time. No days at all count as every day; an end that is not after the
/// beginning makes the whole day working time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkingHours {
    /// The first moment of a working day.
    pub from: NaiveTime,
    /// The end of a working day, itself no longer working time.
    pub until: NaiveTime,
    /// The working days.
    pub days: Weekdays,
}

impl Weekdays {
    /// Monday to Sunday.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);

    /// Whether the day is one of them.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }

    /// The set with this day as well.
    pub fn with(self, day: Weekday) -> Self {
        Self(self.0 | bit(day))
    }

    /// Whether there is no day in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days, Monday first.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        WEEK.into_iter().filter(move |&day| self.contains(day))
    }

    /// It in words: "Mon–Fri", "Mon, Wed", "every day", "no day".
    pub fn words(self) -> String {
        if self.is_empty() {
            return "no day".into();
        }
        if self == Self::ALL {
            return "every day".into();
        }
        let runs = WEEK.chunk_by(|&a, &b| self.contains(a) == self.contains(b)).filter(|run| self.contains(run[0]));
        let said = runs.flat_map(|run| match run {
            [first, .., last] if run.len() > 2 => vec![format!("{first}–{last}")],
            _ => run.iter().map(Weekday::to_string).collect(),
        });
        said.collect::<Vec<_>>().join(", ")
    }
}

impl From<i16> for Weekdays {
    /// Reads a stored mask; bits beyond Sunday are ignored.
    fn from(stored: i16) -> Self {
        Self((stored & 0b111_1111) as u8)
    }
}

impl From<Weekdays> for i16 {
    fn from(days: Weekdays) -> Self {
        days.0.into()
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.num_days_from_monday()
}

impl WorkingHours {
    /// Whether people are at work at that local moment.
    pub fn contains(&self, at: NaiveDateTime) -> bool {
        let (opens, time) = (self.opens(), at.time());
        self.works_on(at.date()) && time >= opens && (self.whole_day() || time < self.until)
    }

    /// The first working moment at or after a local date and time.
    pub fn next_open(&self, date: NaiveDate, time: NaiveTime) -> (NaiveDate, NaiveTime) {
        if self.contains(date.and_time(time)) {
            return (date, time);
        }
        if self.works_on(date) && time < self.opens() {
            return (date, self.opens());
        }
        (self.next_day(date), self.opens())
    }

    /// The date itself if people work on it, else the next on which they do.
    pub fn working_day(&self, date: NaiveDate) -> NaiveDate {
        if self.works_on(date) { date } else { self.next_day(date) }
    }

    /// The n-th working day after the date; 0 leaves the date as it is, working day or not.
    pub fn add_working_days(&self, date: NaiveDate, n: u16) -> NaiveDate {
        let Some(further) = n.checked_sub(1) else { return date };
        // From one working day on, whole weeks can be leapt.
        let per_week = self.worked().iter().count().max(1) as u16;
        let leap = Days::new(7 * u64::from(further / per_week));
        let landed = self.next_day(date).checked_add_days(leap).unwrap_or(NaiveDate::MAX);
        (0..further % per_week).fold(landed, |day, _| self.next_day(day))
    }

    fn worked(&self) -> Weekdays {
        if self.days.is_empty() { Weekdays::ALL } else { self.days }
    }

    fn works_on(&self, date: NaiveDate) -> bool {
        self.worked().contains(date.weekday())
    }

    fn whole_day(&self) -> bool {
        self.until <= self.from
    }

    fn opens(&self) -> NaiveTime {
        if self.whole_day() { NaiveTime::MIN } else { self.from }
    }

    fn next_day(&self, date: NaiveDate) -> NaiveDate {
        date.iter_days().skip(1).take(7).find(|&day| self.works_on(day)).unwrap_or(NaiveDate::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    fn office() -> WorkingHours {
        WorkingHours { from: time("09:00"), until: time("17:00"), days: Weekdays::WORKDAYS }
    }

    fn opens(hours: WorkingHours, at: &str) -> String {
        let at: NaiveDateTime = at.parse().unwrap();
        let (date, time) = hours.next_open(at.date(), at.time());
        format!("{}", date.and_time(time).format("%a %FT%T"))
    }

    #[test]
    fn days_are_said_shortly() {
        let days = |list: &[Weekday]| list.iter().fold(Weekdays::default(), |all, &day| all.with(day)).words();
        use Weekday::*;
        assert_eq!(Weekdays::WORKDAYS.words(), "Mon–Fri");
        assert_eq!(Weekdays::ALL.words(), "every day");
        assert_eq!(Weekdays::default().words(), "no day");
        assert_eq!(days(&[Wed, Mon]), "Mon, Wed");
        assert_eq!(days(&[Sat, Sun]), "Sat, Sun");
        assert_eq!(days(&[Mon, Tue, Wed, Fri]), "Mon–Wed, Fri");
        assert_eq!(days(&[Thu, Fri, Sat, Sun]), "Thu–Sun");
    }

    #[test]
    fn monday_is_the_lowest_bit_and_stray_bits_are_dropped() {
        assert_eq!(i16::from(Weekdays::default().with(Weekday::Mon)), 1);
        assert_eq!(i16::from(Weekdays::default().with(Weekday::Sun)), 64);
        assert_eq!(Weekdays::from(-1), Weekdays::ALL);
        assert_eq!(Weekdays::from(0x0180), Weekdays::default());
    }

    #[test]
    fn the_next_working_moment_skips_nights_and_weekends() {
        assert_eq!(opens(office(), "2026-11-23T10:00:00"), "Mon 2026-11-23T10:00:00");
        assert_eq!(opens(office(), "2026-11-23T07:00:00"), "Mon 2026-11-23T09:00:00");
        assert_eq!(opens(office(), "2026-11-23T17:00:00"), "Tue 2026-11-24T09:00:00");
        assert_eq!(opens(office(), "2026-11-27T18:00:00"), "Mon 2026-11-30T09:00:00");
        assert_eq!(opens(office(), "2026-11-28T03:00:00"), "Mon 2026-11-30T09:00:00");
    }

    #[test]
    fn no_days_are_all_days_and_no_span_is_the_whole_day() {
        let every = WorkingHours { days: Weekdays::default(), ..office() };
        assert_eq!(opens(every, "2026-11-28T03:00:00"), "Sat 2026-11-28T09:00:00");
        let round = WorkingHours { until: time("09:00"), ..office() };
        assert_eq!(opens(round, "2026-11-23T03:00:00"), "Mon 2026-11-23T03:00:00");
        assert_eq!(opens(round, "2026-11-28T15:00:00"), "Mon 2026-11-30T00:00:00");
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        let on = |date: &str, n| office().add_working_days(date.parse().unwrap(), n).to_string();
        assert_eq!(on("2026-11-27", 1), "2026-11-30");
        assert_eq!(on("2026-11-23", 5), "2026-11-30");
        assert_eq!(on("2026-11-28", 5), "2026-12-04");
        assert_eq!(on("2026-11-28", 0), "2026-11-28");
    }

    #[test]
    fn the_last_day_of_the_calendar_does_not_panic() {
        office().add_working_days(NaiveDate::MAX, u16::MAX);
        office().next_open(NaiveDate::MAX, time("23:00"));
    }

    proptest! {
        #[test]
        fn leaping_weeks_finds_the_same_day_as_walking(mask in 0i16..128, days in 730_000i32..740_000, n in 0u16..60) {
            let hours = WorkingHours { days: Weekdays::from(mask), ..office() };
            let date = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            let walked = (0..n).fold(date, |day, _| hours.next_day(day));
            prop_assert_eq!(hours.add_working_days(date, n), walked);
        }

        #[test]
        fn the_next_working_moment_is_one_and_not_earlier(
            mask in 0i16..128, from in 0u32..24, until in 0u32..24, days in 730_000i32..740_000, second in 0u32..86_400,
        ) {
            let hour = |h| NaiveTime::from_hms_opt(h, 0, 0).unwrap();
            let hours = WorkingHours { from: hour(from), until: hour(until), days: Weekdays::from(mask) };
            let date = NaiveDate::from_num_days_from_ce_opt(days).unwrap();
            let time = NaiveTime::from_num_seconds_from_midnight_opt(second, 0).unwrap();
            let (on, at) = hours.next_open(date, time);
            prop_assert!(hours.contains(on.and_time(at)));
            prop_assert!(on.and_time(at) >= date.and_time(time));
        }

        #[test]
        fn a_mask_survives_storage(mask in 0i16..128) {
            let days = Weekdays::from(mask);
            prop_assert_eq!(i16::from(days), mask);
            prop_assert_eq!(days.iter().fold(Weekdays::default(), Weekdays::with), days);
        }
    }
}
