//! Times in words, in the language of whoever asked for a download: “Nov 19, 2024 7:07 am”, “19. Nov. 2024, 14:37”.
//!
//! A word that is not known, or that means two months in two languages, makes the whole time unreadable: a message
//! without a date is told, a message at a wrong date is believed.

use std::{collections::HashMap, sync::LazyLock};

use chrono::{Locale, NaiveDate, NaiveDateTime, NaiveTime};

/// The languages that Meta's download is read in, as regions whose names of months and halves of the day are known.
const LANGUAGES: [Locale; 28] = [
    Locale::en_US,
    Locale::en_GB,
    Locale::de_DE,
    Locale::fr_FR,
    Locale::es_ES,
    Locale::es_MX,
    Locale::pt_BR,
    Locale::pt_PT,
    Locale::it_IT,
    Locale::nl_NL,
    Locale::sv_SE,
    Locale::da_DK,
    Locale::nb_NO,
    Locale::fi_FI,
    Locale::pl_PL,
    Locale::cs_CZ,
    Locale::sk_SK,
    Locale::sl_SI,
    Locale::hu_HU,
    Locale::ro_RO,
    Locale::bg_BG,
    Locale::el_GR,
    Locale::tr_TR,
    Locale::ru_RU,
    Locale::uk_UA,
    Locale::id_ID,
    Locale::ms_MY,
    Locale::hr_HR,
];

/// Words between date and time that say nothing; in Japanese and Chinese they follow year, month and day.
const LINKS: [&str; 28] = [
    "at", "de", "del", "a", "à", "á", "às", "as", "las", "la", "um", "uhr", "alle", "ore", "kl", "klo", "den", "om",
    "г", "р", "в", "о", "saat", "godz", "h", "年", "月", "日",
];

/// Which month a word names; none where languages disagree, as Croatian and Czech do about “srp”.
static MONTHS: LazyLock<HashMap<String, Option<u32>>> = LazyLock::new(|| {
    let mut months: HashMap<String, Option<u32>> = HashMap::new();
    for (number, date) in (1..=12).filter_map(|month| Some((month, NaiveDate::from_ymd_opt(2024, month, 1)?))) {
        for locale in LANGUAGES {
            for form in ["%B", "%b"] {
                let word = bare(&date.format_localized(form, locale).to_string());
                if word.chars().any(char::is_alphabetic) {
                    let known = months.entry(word).or_insert(Some(number));
                    *known = known.filter(|known| *known == number);
                }
            }
        }
    }
    // As people, and other tables than the one these are from, write them too.
    for (word, number) in [("sept", 9), ("февр", 2), ("сент", 9), ("нояб", 11)] {
        months.entry(word.into()).or_insert(Some(number));
    }
    months
});

/// Whether a word means the afternoon.
static HALVES: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    let mut halves = HashMap::from([("am".to_owned(), false), ("pm".to_owned(), true)]);
    for afternoon in [false, true] {
        let time = NaiveDate::MIN.and_hms_opt(if afternoon { 13 } else { 1 }, 0, 0);
        for locale in LANGUAGES {
            let word = time.map(|time| bare(&time.and_utc().format_localized("%p", locale).to_string()));
            if let Some(word) = word.filter(|word| !word.is_empty()) {
                halves.entry(word).or_insert(afternoon);
            }
        }
    }
    halves
});

/// A date that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dated<T> {
    /// In the only way; and whether it shows that the day comes before the month here, or after it.
    Sure(T, Option<bool>),
    /// In two ways, since figures don't tell day from month.
    Either {
        /// With the day first.
        day_first: T,
        /// With the month first.
        month_first: T,
    },
}

impl<T> Dated<T> {
    fn map<U>(self, f: impl Fn(T) -> U) -> Dated<U> {
        match self {
            Self::Sure(one, tells) => Dated::Sure(f(one), tells),
            Self::Either { day_first, month_first } => {
                Dated::Either { day_first: f(day_first), month_first: f(month_first) }
            }
        }
    }

    /// What it says where the day comes first, or doesn't.
    pub(super) fn read(self, first: bool) -> T {
        match self {
            Self::Either { month_first, .. } if !first => month_first,
            Self::Sure(one, _) | Self::Either { day_first: one, .. } => one,
        }
    }
}

/// Reads a date with a time of day. None when anything in it is not understood.
pub(super) fn worded(text: &str) -> Option<Dated<NaiveDateTime>> {
    let text = text.replace(['\u{a0}', '\u{202f}'], " ").to_lowercase();
    let text = text.replace("a. m.", "am").replace("p. m.", "pm").replace("a.m.", "am").replace("p.m.", "pm");
    let (before, clock, after) = clock_in(&text)?;
    let mut afternoon = None;
    let (mut figures, mut month): (Vec<&str>, Option<u32>) = (Vec::new(), None);
    let rest = format!("{before} {after}");
    for word in words(&rest) {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            figures.push(word);
        } else if let Some(found) = MONTHS.get(word) {
            if month.is_some() {
                return None;
            }
            month = Some((*found)?);
        } else if let Some(half) = HALVES.get(word) {
            afternoon = Some(*half);
        } else if !LINKS.contains(&word) {
            return None;
        }
    }
    let time = time_of(clock, afternoon)?;
    Some(date_of(&figures, month, rest.contains('/'))?.map(|date| date.and_time(time)))
}

/// Without case, and without the points and blanks that some languages set.
fn bare(word: &str) -> String {
    word.to_lowercase().chars().filter(|letter| letter.is_alphanumeric()).collect()
}

/// Runs of figures and runs of letters.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).flat_map(|run| {
        let kind = |letter: char| letter.is_ascii_digit();
        let mut parts = Vec::new();
        let mut rest = run;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|letter| kind(letter) != kind(first)).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
        parts
    })
}

/// The part with colons: what is before it, itself, what is after it.
fn clock_in(text: &str) -> Option<(&str, &str, &str)> {
    let colon = text.find(':')?;
    let start = text[..colon]
        .rfind(|letter: char| !letter.is_ascii_digit())
        .map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    let rest = &text[start..];
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ':').unwrap_or(rest.len());
    Some((&text[..start], &rest[..end], &rest[end..]))
}

fn time_of(clock: &str, afternoon: Option<bool>) -> Option<NaiveTime> {
    let figures: Vec<u32> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match figures[..] {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let hour = match afternoon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// A year has four figures, or two where all is in figures. Without a named month the day comes first but after slashes,
/// where only a figure above twelve tells.
fn date_of(figures: &[&str], month: Option<u32>, slashes: bool) -> Option<Dated<NaiveDate>> {
    let is_year = |text: &str| text.len() == 4;
    let number = |text: &str| text.parse::<u32>().ok();
    let date = |year: &str, month, day| {
        let year = if year.len() == 2 { format!("20{year}") } else { year.to_owned() };
        NaiveDate::from_ymd_opt(year.parse().ok()?, month, day)
    };
    let sure = |date: NaiveDate| Dated::Sure(date, None);
    match (figures, month) {
        (&[a, b], Some(month)) if is_year(a) => date(a, month, number(b)?).map(sure),
        (&[a, b], Some(month)) if is_year(b) => date(b, month, number(a)?).map(sure),
        (&[a, b, c], None) if is_year(a) => date(a, number(b)?, number(c)?).map(sure),
        (&[a, b, c], None) if is_year(c) || (a.len() <= 2 && c.len() == 2) => {
            let (first, second) = (number(a)?, number(b)?);
            let (day_first, month_first) = (date(c, second, first), date(c, first, second));
            match (day_first, month_first) {
                (Some(one), _) if !slashes || first == second => Some(sure(one)),
                (Some(day_first), Some(month_first)) => Some(Dated::Either { day_first, month_first }),
                (Some(one), None) => Some(Dated::Sure(one, Some(true))),
                (None, Some(one)) if slashes => Some(Dated::Sure(one, Some(false))),
                (None, _) => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_many_languages() {
        for (text, at) in [
            ("Nov 19, 2024 7:07 am", "2024-11-19 07:07:00"),
            ("Aug 12, 2023, 5:20 PM", "2023-08-12 17:20:00"),
            ("Oct 19, 2019 at 2:37 PM", "2019-10-19 14:37:00"),
            ("19 Oct 2019, 14:37", "2019-10-19 14:37:00"),
            ("May 12, 2025 2:37:05\u{202f}PM", "2025-05-12 14:37:05"),
            ("12. Mai 2025, 14:37", "2025-05-12 14:37:00"),
            ("12 mai 2025 à 14:37", "2025-05-12 14:37:00"),
            ("12 de may. de 2025 2:37 p. m.", "2025-05-12 14:37:00"),
            ("12 de fevereiro de 2025 14:37", "2025-02-12 14:37:00"),
            ("12 мая 2025 г., 14:37", "2025-05-12 14:37:00"),
            ("2025年5月12日 14:37", "2025-05-12 14:37:00"),
            ("12.05.2025, 14:37", "2025-05-12 14:37:00"),
            ("13/05/2025 14:37", "2025-05-13 14:37:00"),
            ("14:37 13/05/2025", "2025-05-13 14:37:00"),
            ("26 сент. 2026 г. 15:13", "2026-09-26 15:13:00"),
            ("05/13/2025 12:37 am", "2025-05-13 00:37:00"),
            ("4/25/24, 2:37 PM", "2024-04-25 14:37:00"),
            ("25.04.24, 14:37", "2024-04-25 14:37:00"),
        ] {
            let read = worded(text).map(|found| [true, false].map(|first| found.read(first).to_string()));
            assert_eq!(read, Some([at, at].map(ToOwned::to_owned)), "{text}");
        }
    }

    #[test]
    fn every_language_is_read_as_it_writes_its_months_or_not_at_all() {
        for locale in LANGUAGES {
            let mut read = 0;
            for month in 1..=12 {
                let date = NaiveDate::from_ymd_opt(2025, month, 14).unwrap();
                for form in ["%-d %B %Y, 14:37", "%-d. %b %Y 14:37"] {
                    let text = date.format_localized(form, locale).to_string();
                    let found = worded(&text).map(|found| found.read(true));
                    assert!(found.is_none_or(|found| found.date() == date), "{locale:?}: {text}: {found:?}");
                    read += u32::from(found.is_some());
                }
            }
            assert!(read >= 16, "{locale:?} writes months that are not known: {read} of 24");
        }
    }

    #[test]
    fn figures_tell_the_order_or_leave_it_open() {
        let tells = |text: &str| match worded(text) {
            Some(Dated::Sure(_, tells)) => tells,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(
            (tells("25/04/2024 14:37"), tells("4/25/24, 2:37 PM"), tells("4/4/24 10:00")),
            (Some(true), Some(false), None)
        );
        for text in ["05/06/2025 14:37", "14:37 5/6/25"] {
            let found = worded(text).expect("a date");
            let read = [true, false].map(|first| found.read(first).date().to_string());
            assert_eq!(read, ["2025-06-05", "2025-05-06"], "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_no_time() {
        for text in [
            "",
            "soon",
            "May 12, 2025",
            "Foo 12, 2025 2:37 PM",
            "12. srp 2025 14:37",
            "12. lip 2025 14:37",
            "31 Feb 2025 10:00",
            "12 May 25 10:00",
        ] {
            assert_eq!(worded(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "([0-9:/., apmAPM年]|may|Mai|\u{202f}){0,40}") {
            let _ = worded(&text);
        }
    }
}
