//! The text of one cell: bytes of whatever encoding read without loss, and names freed of what could mislead.

use std::borrow::Cow;

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

/// Bytes as text. What is not UTF-8 is taken for Windows-1252, byte by byte, so that nothing is lost.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| windows_1252(*byte)));
    }
    Cow::Owned(text)
}

/// Whether a cell is not UTF-8.
pub(super) fn is_foreign(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err()
}

fn windows_1252(byte: u8) -> char {
    /// 0x80 to 0x9F; the five that are not assigned keep their number, as browsers do it.
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_one_line_without_tricks() {
        assert_eq!(line(" Vera \n\t Moss\u{202e}\u{0} "), "Vera Moss");
        assert_eq!(line("👩\u{200d}💻 ok"), "👩\u{200d}💻 ok");
        assert_eq!(line(&"ß".repeat(2_000)).chars().count(), 1_000);
    }

    proptest! {
        #[test]
        fn every_byte_survives_as_a_character_of_its_own(bytes in proptest::collection::vec(0x80_u8..=0xff, 1..3)) {
            let text = decoded(&bytes);
            prop_assert!(!text.contains(char::REPLACEMENT_CHARACTER), "{:?}", text);
        }
    }
}
