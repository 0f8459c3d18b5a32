//! A chat as WhatsApp exports it: text, a stamp before each message, written as the phone's region writes dates.

use std::{collections::BTreeSet, io::Read, rc::Rc};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

mod body;

use body::{Body, names_file};

use super::{Flow, Ids, Item, Party, Said};
use crate::{
    calendar::resolve,
    channels::{name_key, preview},
};

/// The longest chat, in bytes; WhatsApp itself ends an export after some 40,000 messages.
const LONGEST: u64 = 64 << 20;

/// The most lines with impossible dates that are told one by one.
const MOST_BROKEN: usize = 1_000;
/// Stands for the mark that WhatsApp sets before words that nobody typed.
const OWN: char = '\u{1}';
/// The longest of such words that stand for what was sent, like “image omitted” in any language; longer ones are notices.
const LONGEST_LABEL: usize = 50;

/// Which of the three figures of a date is which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Day,
    Month,
    Year,
}

/// The beginning of a message.
struct Stamp<'a> {
    figures: [u32; 3],
    time: NaiveTime,
    rest: &'a str,
}

/// A message while the chat is read.
struct Line<'a> {
    at: NaiveDateTime,
    stamp: i64,
    author: &'a str,
    body: &'a str,
}

/// What begins with a stamp.
enum Entry<'a> {
    Said(Line<'a>),
    /// Its date can't be; the line.
    Broken(&'a str),
}

/// A number for a stamp that is the same whichever of its figures is taken for the day: what was brought in is known
/// again when its dates are read the other way.
fn stamp_key(stamp: &Stamp<'_>) -> i64 {
    let [a, b, c] = stamp.figures;
    let figures = if a > 31 { [a, b, c] } else { [c, a.min(b), a.max(b)] };
    let date = figures.iter().fold(0, |key, figure| key * 10_000 + i64::from(*figure));
    date * 100_000 + i64::from(chrono::Timelike::num_seconds_from_midnight(&stamp.time))
}

/// Whether a text begins as a chat does.
pub(super) fn is_chat(head: &str) -> bool {
    plain(head).lines().take(5).any(|line| stamp(line).is_some())
}

/// The other side's name, which WhatsApp puts into the name of its file, and a browser a “(1)” behind it when the file is saved
/// again.
pub(super) fn name_in(file: &str) -> Option<String> {
    let last = file.rsplit(['/', '\\']).next()?;
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let name = stem.strip_prefix("WhatsApp Chat with ").or_else(|| stem.strip_prefix("WhatsApp Chat - "))?.trim();
    let again = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = again.filter(|(_, number)| is_number(number)).map_or(name, |(name, _)| name.trim());
    (!name.is_empty()).then(|| name.to_owned())
}

/// Reads a chat into `each`; `name` is what its file, or the folder it lies in, is called, `whose` its owner, once that is
/// known, `folder` where among others what was sent with it lies. Its times are those of `zone`. Where no date of the chat
/// tells day from month, `day_first` says it; while nobody has, the month comes first for the Americas and the day
/// elsewhere, and [`Item::Guessed`] tells so.
///
/// # Errors
/// In words, when it is no text or holds no message.
pub(super) fn read(
    source: impl Read,
    name: &str,
    whose: Option<&str>,
    folder: Option<&str>,
    zone: Tz,
    day_first: Option<bool>,
    each: &mut dyn FnMut(Item) -> Flow,
) -> Result<Flow, String> {
    let text = whole(source)?;
    let agreed = order_of(blocks(&text).filter_map(stamp).map(|stamp| stamp.figures));
    let day_first = day_first.unwrap_or(!is_american(zone));
    let order = agreed.unwrap_or(if day_first { Order::Day } else { Order::Month });
    let title = name_in(name);
    let mut broken: Vec<String> = Vec::new();
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for entry in entries(&text, order) {
        match entry {
            Entry::Said(line) => drop(names.insert(line.author)),
            Entry::Broken(line) if broken.len() < MOST_BROKEN => {
                broken.push(format!("The date of a line can't be read: “{}”", preview(line, 60)));
            }
            Entry::Broken(_) => {}
        }
    }
    if names.is_empty() {
        return Err("it holds no message".into());
    }
    if agreed.is_none() && each(Item::Guessed { day_first }) == Flow::Stop {
        return Ok(Flow::Stop);
    }
    // In a group an iPhone puts notices into the mouth of the group itself.
    let nobody = title.as_deref().filter(|title| names.len() > 2 && names.contains(title)).map(ToOwned::to_owned);
    names.retain(|name| Some(*name) != nobody.as_deref());
    let key =
        title.as_deref().map_or_else(|| names.iter().copied().map(name_key).collect::<Vec<_>>().join("+"), name_key);
    // A colleague's chat with somebody of the same name is another one.
    let of = whose.map_or_else(String::new, |owner| format!("@{}", name_key(owner)));
    let conversation: Rc<str> = Rc::from(format!("whatsapp:{key}{of}"));
    for name in names {
        let party = Party { name: name.to_owned(), key: None };
        if each(Item::Party { conversation: Rc::clone(&conversation), party }) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    if let Some(title) = title {
        let item = Item::Title { conversation: Rc::clone(&conversation), title };
        if each(item) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    for words in broken {
        if each(Item::Broken(words)) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    let mut ids = Ids::default();
    for entry in entries(&text, order) {
        let Entry::Said(Line { at, stamp, author, body }) = entry else { continue };
        if Some(author) == nobody.as_deref() {
            continue;
        }
        let at: DateTime<Utc> = resolve(at.date(), at.time(), zone);
        let item = match Body::of(body) {
            None => Item::Unsent { conversation: Rc::clone(&conversation) },
            Some(body) => {
                let id = ids.next("whatsapp", &[&conversation, author, &body.key()], stamp);
                let from = Party { name: author.to_owned(), key: None };
                let in_folder = |name: String| folder.map_or(name.clone(), |folder| format!("{folder}/{name}"));
                Item::Said(Said {
                    conversation: Rc::clone(&conversation),
                    from,
                    at,
                    body: body.told(),
                    files: body.file.map(in_folder).into_iter().collect(),
                    reactions: Vec::new(),
                    id,
                })
            }
        };
        if each(item) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Go)
}

/// The chat as [`plain`] text: once, and no longer beside its bytes.
fn whole(source: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    source.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|_| "it can't be unpacked".to_owned())?;
    if bytes.len() as u64 > LONGEST {
        return Err("it is longer than 64 MB".into());
    }
    Ok(plain(&String::from_utf8_lossy(&bytes)))
}

/// Without marks for the writing direction but [`OWN`], with plain spaces, and lines ended alike.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = ['\n'; 2];
    for letter in text.chars() {
        match letter {
            '\u{200e}' if before == [':', ' '] => plain.push(OWN),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | OWN | '\r' => {}
            '\u{202f}' | '\u{a0}' => plain.push(' '),
            other => plain.push(other),
        }
        before = [before[1], letter];
    }
    plain
}

/// The text in pieces that each begin with a stamp and go on for as many lines as have none.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut starts = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            *at += line.len();
            Some((*at - line.len(), line))
        })
        .filter_map(|(at, line)| stamp(line).map(|_| at))
        .peekable();
    std::iter::from_fn(move || {
        let from = starts.next()?;
        Some(&text[from..starts.peek().copied().unwrap_or(text.len())])
    })
}

/// What was said, without WhatsApp's own notices; read anew each time, since a long chat would fill the memory.
fn entries(text: &str, order: Order) -> impl Iterator<Item = Entry<'_>> {
    blocks(text).filter_map(move |block| {
        let found = stamp(block)?;
        let Some(date) = date_of(found.figures, order) else { return block.lines().next().map(Entry::Broken) };
        // A line without an author is WhatsApp's own: encryption, a changed number, who joined. On an iPhone such
        // a line has one, and a mark before its words.
        let (author, body) = found.rest.split_once(": ").filter(|(author, _)| !author.contains('\n'))?;
        let first = body.lines().next().unwrap_or_default();
        if first.starts_with(OWN) && first.chars().count() > LONGEST_LABEL && !names_file(first) {
            return None;
        }
        let body = body.trim_start_matches(OWN).trim();
        Some(Entry::Said(Line { at: date.and_time(found.time), stamp: stamp_key(&found), author: author.trim(), body }))
    })
}

/// The stamp that a line begins with: `[14.11.25, 09:30:00] `, `11/14/25, 9:30 AM - `, `2025-11-14, 09:30 - `.
fn stamp(line: &str) -> Option<Stamp<'_>> {
    let mut rest = line.strip_prefix('[').unwrap_or(line);
    let mut figures = [0; 3];
    for (at, slot) in figures.iter_mut().enumerate() {
        if at > 0 {
            rest = rest.strip_prefix(['-', '/', '.'])?.trim_start_matches(' ');
        }
        (*slot, rest) = figure(rest, 4)?;
    }
    rest = rest.strip_prefix(',').unwrap_or(rest).strip_prefix(' ')?;
    let (hour, after) = figure(rest, 2)?;
    let (minute, after) = figure(after.strip_prefix([':', '.'])?, 2)?;
    let (second, after) = match after.strip_prefix([':', '.']).and_then(|rest| figure(rest, 2)) {
        Some(found) => found,
        None => (0, after),
    };
    let (hour, after) = half_of_day(hour, after)?;
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    let after = after.strip_prefix(']').unwrap_or(after);
    let after = after.strip_prefix(" -").or_else(|| after.strip_prefix(':')).unwrap_or(after);
    Some(Stamp { figures, time, rest: after.strip_prefix(' ')? })
}

fn figure(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Reads `AM`, `p.m.`, `a. m.` after the time, if it is there.
fn half_of_day(hour: u32, rest: &str) -> Option<(u32, &str)> {
    let word = rest.strip_prefix(' ').unwrap_or(rest);
    let letters: Vec<(usize, char)> = word.char_indices().take(5).collect();
    let afternoon = match letters.first().map(|(_, letter)| letter.to_ascii_lowercase()) {
        Some('a') => false,
        Some('p') => true,
        _ => return Some((hour, rest)),
    };
    let (end, _) = letters.iter().skip(1).find(|(_, letter)| !matches!(letter, '.' | ' '))?;
    let after = word[*end..].strip_prefix(['m', 'M'])?;
    let hour = match (hour, afternoon) {
        (12, false) => 0,
        (1..=11, true) => hour + 12,
        _ => hour,
    };
    Some((hour, after.strip_prefix('.').unwrap_or(after)))
}

/// The order that all dates of the chat agree on; none when they can be read both ways, and differ.
fn order_of(dates: impl Iterator<Item = [u32; 3]>) -> Option<Order> {
    let (mut day, mut month, mut differ) = ((true, None), (true, None), false);
    for figures in dates {
        if figures[0] > 31 {
            return Some(Order::Year);
        }
        differ |= figures[0] != figures[1];
        for (state, order) in [(&mut day, Order::Day), (&mut month, Order::Month)] {
            let date = date_of(figures, order);
            // A chat is written in the order in which it was said.
            state.0 &= date.is_some() && date >= state.1;
            state.1 = date.or(state.1);
        }
    }
    match (day.0, month.0) {
        (true, false) => Some(Order::Day),
        (false, true) => Some(Order::Month),
        _ if differ => None,
        _ => Some(Order::Day),
    }
}

/// Whether the month comes first in dates of figures there, as in most of America.
pub(super) fn is_american(zone: Tz) -> bool {
    zone.name().starts_with("America/") || zone.name().starts_with("US/")
}

fn date_of([a, b, c]: [u32; 3], order: Order) -> Option<NaiveDate> {
    let (year, month, day) = match order {
        Order::Day => (c, b, a),
        Order::Month => (c, a, b),
        Order::Year => (a, b, c),
    };
    let year = if year < 100 { year + 2000 } else { year };
    (2009..=2100).contains(&year).then(|| NaiveDate::from_ymd_opt(year.cast_signed(), month, day)).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn said(text: &str, zone: Tz) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        read(text.as_bytes(), "WhatsApp Chat with Vera.txt", None, None, zone, None, &mut |item| {
            if let Item::Said(said) = item {
                all.push((said.at.format("%F %R").to_string(), said.from.name, said.body));
            }
            Flow::Go
        })
        .unwrap();
        all
    }

    #[test]
    fn every_phone_writes_its_own_stamps() {
        for (line, at) in [
            ("[14.11.25, 09:30:05] Vera: hi", "2025-11-14 08:30"),
            ("\u{200e}[11/14/25, 9:30:05\u{202f}PM] Vera: hi", "2025-11-14 20:30"),
            ("14/11/2025, 09:30 - Vera: hi", "2025-11-14 08:30"),
            ("11/14/25, 12:30 AM - Vera: hi", "2025-11-13 23:30"),
            ("2025-11-14, 09:30 - Vera: hi", "2025-11-14 08:30"),
            ("14/11/25 9:30 p. m. - Vera: hi", "2025-11-14 20:30"),
            ("14.11.25, 09.30 - Vera: hi", "2025-11-14 08:30"),
        ] {
            assert_eq!(said(line, BERLIN), [(at.to_owned(), "Vera".to_owned(), "hi".to_owned())], "{line}");
        }
    }

    #[test]
    fn the_whole_file_tells_day_from_month() {
        let text = "3/4/25, 10:00 - Vera: one\n3/25/25, 10:00 - Vera: two";
        assert_eq!(said(text, BERLIN)[0].0, "2025-03-04 09:00");
        let text = "5/4/25, 10:00 - Vera: one\n4/5/25, 10:00 - Vera: two";
        assert_eq!(said(text, BERLIN)[0].0, "2025-04-05 08:00", "a chat never goes back in time");
        let either = "3/4/25, 10:00 - Vera: one";
        assert_eq!(said(either, BERLIN)[0].0, "2025-04-03 08:00");
        assert_eq!(said(either, chrono_tz::America::New_York)[0].0, "2025-03-04 15:00");
    }

    #[test]
    fn what_no_date_tells_is_guessed_told_and_can_be_said() {
        let text = "3/4/25, 10:00 - Vera: one";
        let at = |day_first, text: &str| {
            let (mut at, mut guessed) = (String::new(), None);
            read(text.as_bytes(), "x.txt", None, None, BERLIN, day_first, &mut |item| {
                match item {
                    Item::Said(said) => at = said.at.format("%F").to_string(),
                    Item::Guessed { day_first } => guessed = Some(day_first),
                    _ => {}
                }
                Flow::Go
            })
            .unwrap();
            (at, guessed)
        };
        assert_eq!(at(None, text), ("2025-04-03".into(), Some(true)));
        assert_eq!(at(Some(false), text), ("2025-03-04".into(), Some(false)));
        assert_eq!(at(Some(false), "13/4/25, 10:00 - Vera: one"), ("2025-04-13".into(), None), "the file knows better");
        assert_eq!(at(None, "4/4/25, 10:00 - Vera: one").1, None);
    }

    #[test]
    fn lines_go_on_and_what_nobody_wrote_is_left_out() {
        let text = "14/11/25, 09:29 - Messages are end-to-end encrypted\n14/11/25, 09:30 - Vera: one\n\ntwo: three\n\
                    14/11/25, 09:31 - Me: <Media omitted>\n14/11/25, 09:32 - Vera: This message was deleted.\n";
        let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
        assert_eq!(bodies, ["one\n\ntwo: three", "(a file)"]);
    }

    #[test]
    fn notices_that_an_iphone_puts_into_somebodys_mouth_are_left_out() {
        let text = "[14.11.25, 09:29:00] Vera: \u{200e}Messages and calls are end-to-end encrypted. Only people in this chat can read them.\n\
                    [14.11.25, 09:29:01] Vera: \u{200e}Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Niemand außerhalb kann sie lesen.\n\
                    \u{200e}[14.11.25, 09:30:00] Vera: \u{200e}<attached: 00000012-PHOTO-2025-11-14-with-a-long-name.jpg>\n\
                    [14.11.25, 09:31:00] Vera: hello\n";
        let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
        assert_eq!(bodies, ["(a photo)", "hello"]);
    }

    #[test]
    fn a_line_with_an_impossible_date_is_told() {
        let text = "14/11/25, 09:30 - Vera: one\n31/02/26, 09:31 - Vera: two\n15/11/25, 09:32 - Vera: three\n";
        let mut broken = Vec::new();
        read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |item| {
            if let Item::Broken(words) = item {
                broken.push(words);
            }
            Flow::Go
        })
        .unwrap();
        assert!(broken.len() == 1 && broken[0].contains("31/02/26"), "{broken:?}");
    }

    #[test]
    fn text_without_a_message_is_refused() {
        for text in ["", "hello", "14/11/25, 09:29 - Messages are encrypted", "99/99/99, 09:30 - Vera: hi"] {
            assert!(read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([0-9\\[\\]/.,:\\- APMapm\u{200e}é]|\n){0,200}") {
            let _ = is_chat(&text);
            let _ = read(text.as_bytes(), "x.txt", None, None, BERLIN, None, &mut |_| Flow::Go);
        }
    }
}
