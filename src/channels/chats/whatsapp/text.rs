//! The text of a chat as it is read: lines cut to what is kept, in one encoding, without marks that only turn the writing.

use std::io::{BufRead, BufReader, Read};

use crate::letters::decoded;

/// The longest chat, in bytes of what is kept of its lines; WhatsApp itself ends an export after some 40,000 messages.
const LONGEST: usize = 64 << 20;
/// What is kept of a line, in bytes: more than any message that is stored, in whatever script.
const LONGEST_LINE: u64 = 400_000;
/// Stands for the mark that WhatsApp sets before words that nobody typed, at the beginning of a message, of a line, or behind what was.
pub(super) const OWN: char = '\u{1}';

/// A chat, read.
pub(super) struct Whole {
    pub(super) text: String,
    /// What is to be told of lines that are not UTF-8.
    pub(super) foreign: Option<String>,
}

/// The chat as [`plain`] text, its lines cut while they stream by.
pub(super) fn whole(source: impl Read) -> Result<Whole, String> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let (mut text, mut line) = (String::new(), Vec::new());
    let (mut number, mut first, mut foreign) = (0, 0, 0);
    let torn = |_| "it can't be unpacked".to_owned();
    loop {
        line.clear();
        source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(torn)?;
        if line.is_empty() {
            return Ok(Whole { text, foreign: told(foreign, first) });
        }
        number += 1;
        // Where a line was cut, half a letter may be left.
        if std::str::from_utf8(&line).is_err_and(|error| error.error_len().is_some() || line.ends_with(b"\n")) {
            foreign += 1;
            first = if foreign == 1 { number } else { first };
        }
        text.push_str(&plain(&decoded(&line)));
        if !line.ends_with(b"\n") && source.skip_until(b'\n').map_err(torn)? > 0 {
            text.push('\n');
        }
        if text.len() > LONGEST {
            return Err("it is longer than 64 MB".into());
        }
    }
}

/// Tells of so many lines that they are not UTF-8, and which is the first.
fn told(foreign: u64, first: u64) -> Option<String> {
    let lines = match foreign {
        0 => return None,
        1 => "1 line holds".to_owned(),
        lines => format!("{lines} lines hold"),
    };
    Some(format!(
        "{lines} text that is not UTF-8, first line {first}. It is read as Windows-1252: look at letters with accents, and export the chat again if they are wrong."
    ))
}

/// Without marks for the writing direction but [`OWN`], with plain spaces, and lines ended alike.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = '\n';
    for letter in text.chars() {
        match letter {
            '\u{200e}' if matches!(before, ' ' | '\n') => plain.push(OWN),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | OWN | '\r' => {}
            '\u{202f}' | '\u{a0}' | '\u{2009}' => plain.push(' '),
            other => plain.push(other),
        }
        before = letter;
    }
    plain
}
