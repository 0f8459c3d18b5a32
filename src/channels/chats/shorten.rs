//! Cuts strings of JSON that nobody would keep while the text streams by: a parser holds a string whole, whatever its length.

use std::io::{BufRead, Read, Result};

/// So many bytes of a string are left, as it is written: more than any message that is kept, were it all in escapes.
pub(super) const MOST: usize = 4_000_000;

/// Where in the text a byte stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    Outside,
    Inside,
    Escaped,
    /// In `\uXXXX`: how many digits are to come, and what those before them say.
    Hex(u8, u32),
}

/// JSON read with its long strings cut, between two characters.
pub(super) struct Shortened<R> {
    inner: R,
    most: usize,
    place: Place,
    length: usize,
    is_cut: bool,
    /// Whether the last character is half of one, whose other half must follow.
    is_half: bool,
}

impl<R: BufRead> Shortened<R> {
    /// Text of `inner` with strings of at most about `most` bytes.
    pub(super) fn new(inner: R, most: usize) -> Self {
        Self { inner, most, place: Place::Outside, length: 0, is_cut: false, is_half: false }
    }

    /// Takes a byte; whether it stays.
    fn keeps(&mut self, byte: u8) -> bool {
        self.length += usize::from(!matches!(self.place, Place::Outside));
        self.place = match self.place {
            Place::Outside if byte == b'"' => {
                (self.length, self.is_cut, self.is_half) = (0, false, false);
                Place::Inside
            }
            Place::Outside => Place::Outside,
            Place::Inside if byte == b'"' => {
                self.is_cut = false;
                Place::Outside
            }
            Place::Inside => {
                let begins = byte & 0xC0 != 0x80;
                self.is_cut |= self.length > self.most && begins && !self.is_half;
                if byte == b'\\' {
                    Place::Escaped
                } else {
                    self.is_half = false;
                    Place::Inside
                }
            }
            Place::Escaped if byte == b'u' => Place::Hex(4, 0),
            Place::Escaped => {
                self.is_half = false;
                Place::Inside
            }
            Place::Hex(left, before) => {
                let value = before * 16 + char::from(byte).to_digit(16).unwrap_or(0);
                if left > 1 {
                    Place::Hex(left - 1, value)
                } else {
                    self.is_half = (0xD800..0xDC00).contains(&value);
                    Place::Inside
                }
            }
        };
        !self.is_cut
    }
}

impl<R: BufRead> Read for Shortened<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        loop {
            let most = out.len().min(self.inner.fill_buf()?.len());
            if most == 0 {
                return Ok(0);
            }
            let read = self.inner.read(&mut out[..most])?;
            // What stays moves to the front.
            let mut kept = 0;
            for at in 0..read {
                let byte = out[at];
                if self.keeps(byte) {
                    out[kept] = byte;
                    kept += 1;
                }
            }
            if kept > 0 {
                return Ok(kept);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn shortened(text: &str, most: usize) -> String {
        let mut out = String::new();
        Shortened::new(std::io::BufReader::with_capacity(7, text.as_bytes()), most).read_to_string(&mut out).unwrap();
        out
    }

    #[test]
    fn a_long_string_is_cut_between_characters_and_what_follows_stays() {
        assert_eq!(shortened(r#"{"a": "abcdef", "b": [1]}"#, 3), r#"{"a": "abc", "b": [1]}"#);
        assert_eq!(shortened(r#"["ab\u00e4cd\"e", 2]"#, 3), r#"["ab\u00e4", 2]"#);
        assert_eq!(shortened(r#"["\ud83d\ude00\ud83d\ude00"]"#, 3), r#"["\ud83d\ude00"]"#);
        assert_eq!(shortened("[\"\u{e4}\u{e4}\u{e4}\"]", 3), "[\"\u{e4}\u{e4}\"]");
    }

    proptest! {
        #[test]
        fn json_stays_json_and_strings_stay_what_they_begin_with(text in "\\PC{0,40}", most in 1_usize..30, escaped: bool) {
            let mut written = serde_json::to_string(&text).unwrap();
            if escaped {
                let units = |c: char| c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
                written = format!("\"{}\"", text.chars().map(units).collect::<String>());
            }
            let cut: Value = serde_json::from_str(&shortened(&written, most)).unwrap();
            let cut = cut.as_str().unwrap().to_owned();
            prop_assert!(text.starts_with(&cut) && (cut == text || written.len() > most));
        }
    }
}
