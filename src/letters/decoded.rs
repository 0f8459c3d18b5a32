//! Bytes of whatever encoding as text, without loss.

use std::borrow::Cow;

/// Bytes as text. What is not UTF-8 is taken for Windows-1252, byte by byte, so that nothing is lost.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
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

/// Whether bytes are not UTF-8.
pub fn is_foreign(bytes: &[u8]) -> bool {
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

    proptest! {
        #[test]
        fn every_byte_survives_as_a_character_of_its_own(bytes in proptest::collection::vec(0x80_u8..=0xff, 1..3)) {
            let text = decoded(&bytes);
            prop_assert!(!text.contains(char::REPLACEMENT_CHARACTER), "{:?}", text);
        }
    }
}
