//! The one clock: local dates, times and zones; what is today, overdue or later; working hours; dates as people say and
//! type them.
//!
//! Pure: `now` always comes in, nothing here is stored or reads a clock. A date never passes through UTC: an instant
//! becomes a local date only in [`Day`] or [`local`], a local date an instant only in [`resolve`].

mod dates;
mod day;
mod phrase;
mod weekdays;
mod words;
mod zone;

pub use chrono_tz::Tz;

pub use day::{Day, NextStep};
pub use phrase::{When, parse_phrase};
pub use weekdays::{Weekdays, WorkingHours};
pub use words::{counted, days_words, due_words, exact, money, past_words, thousands};
pub use zone::{add_months, local, nth_month, parse_zone, resolve, rules_version};
