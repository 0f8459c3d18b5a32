//! Amounts of money in form fields: hundredths written plainly, and read as people write them.

use crate::error::{Error, Result};

/// Hundredths as a form field holds them: `1200` or `1200.50`.
pub(super) fn plain_value(cents: i64) -> String {
    if cents % 100 == 0 { (cents / 100).to_string() } else { format!("{}.{:02}", cents / 100, cents % 100) }
}

/// Reads an amount as people write it, in hundredths: `1200`, `1,200.50`, `1.200,50`, `12,5`. Nothing is 0.
pub(super) fn cents(text: &str) -> Result<i64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\'').take(40).collect();
    if text.is_empty() {
        return Ok(0);
    }
    read_cents(&text).ok_or_else(|| {
        Error::invalid("value", "Write the value as a number, like 1200 or 1200.50, without the currency.")
    })
}

fn read_cents(text: &str) -> Option<i64> {
    // One or two digits after the last point or comma are hundredths; others stand between thousands.
    let (whole, rest) = match text.rsplit_once(['.', ',']) {
        Some((whole, rest)) if rest.len() <= 2 => (whole, rest),
        _ => (text, ""),
    };
    let mut groups = whole.split(['.', ',']);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 || first.starts_with('0') {
            return None;
        }
        digits.push_str(group);
    }
    if digits.is_empty() && rest.is_empty() {
        return None;
    }
    let hundredths = if rest.len() == 1 { number(rest)? * 10 } else { number(rest)? };
    number(&digits)?.checked_mul(100)?.checked_add(hundredths)
}

/// A whole number of digits alone; none at all are 0.
fn number(digits: &str) -> Option<i64> {
    match digits {
        "" => Some(0),
        _ if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::money;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let table = [
            ("", 0),
            ("0", 0),
            ("1200", 120_000),
            ("1200.5", 120_050),
            ("1200.50", 120_050),
            ("1,200.50", 120_050),
            ("1.200,50", 120_050),
            ("1 200", 120_000),
            ("1.200", 120_000),
            ("12,5", 1_250),
            (".5", 50),
            ("1,234,567", 123_456_700),
        ];
        for (text, expected) in table {
            assert_eq!(cents(text).ok(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["abc", "-5", "12 EUR", "1,2,3", "12.3456", ".", "1,,2", "9999999999999999999999", "١٢"] {
            assert!(cents(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(amount in 0i64..=1_000_000_000_000) {
            prop_assert_eq!(cents(&money(amount)).ok(), Some(amount));
            prop_assert_eq!(cents(&plain_value(amount)).ok(), Some(amount));
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = cents(&text);
        }
    }
}
