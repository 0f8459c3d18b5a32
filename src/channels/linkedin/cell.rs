//! The text of one cell, freed of what could mislead.

use crate::letters::composed;

/// The most characters kept of a name, title or other text on one line.
const LONGEST_LINE: usize = 1_000;

/// Text on one line and free of tricks: control, invisible and direction-changing characters go, runs of blanks become one
/// space, and 1,000 characters are kept.
pub(super) fn line(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_graphic() || b == b' ';
    let trimmed = text.trim();
    if trimmed.len() <= LONGEST_LINE && trimmed.bytes().all(plain) && !trimmed.contains("  ") {
        return trimmed.to_owned();
    }
    let mut out = String::with_capacity(trimmed.len().min(LONGEST_LINE));
    for c in composed(trimmed).chars().filter(|c| c.is_whitespace() || !is_unseen(*c)).take(LONGEST_LINE) {
        match c.is_whitespace() {
            true if out.is_empty() || out.ends_with(' ') => {}
            true => out.push(' '),
            false => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Characters that change how others look. The joiner of emoji (U+200D) and of Persian words (U+200C) stay.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_without_tricks() {
        assert_eq!(line(" Vera \n\t Moss\u{202e}\u{0} "), "Vera Moss");
        assert_eq!(line("👩\u{200d}💻 ok"), "👩\u{200d}💻 ok");
        assert_eq!(line(&"ß".repeat(2_000)).chars().count(), 1_000);
    }
}
