//! A chat as WhatsApp exports it: text, a stamp before each message, written as the phone's region writes dates.

use std::{borrow::Cow, collections::BTreeSet, io::Read, rc::Rc};

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

mod body;
mod stamps;
mod text;

use body::{Body, call, is_notice, names_file};
pub(super) use stamps::is_american;
use stamps::{Agreed, Order, date_of, order_of, stamp, stamp_key};
use text::{OWN, Whole, plain, whole};

use super::{Flow, Guess, Ids, Item, Party, Said};
use crate::{
    calendar::resolve,
    channels::{name_key, preview},
};

/// The most lines with impossible dates that are told one by one.
const MOST_BROKEN: usize = 1_000;
/// What stands before the other side's name in the name of a file: of an iPhone's, then of an Android phone's by language.
const NAMED_AFTER: [&str; 9] = [
    "WhatsApp Chat - ",
    "WhatsApp Chat with ",
    "WhatsApp-Chat mit ",
    "WhatsApp Chat mit ",
    "Chat de WhatsApp con ",
    "Discussion WhatsApp avec ",
    "Conversa do WhatsApp com ",
    "Chat WhatsApp con ",
    "WhatsApp-chat met ",
];
/// The longest of such words that stand for what was sent, like “image omitted” in any language; longer ones are notices.
const LONGEST_LABEL: usize = 50;

/// A message while the chat is read.
struct Line<'a> {
    at: NaiveDateTime,
    stamp: i64,
    author: &'a str,
    body: Cow<'a, str>,
}

/// What begins with a stamp.
enum Entry<'a> {
    Said(Line<'a>),
    /// Its date can't be; the line.
    Broken(&'a str),
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
    let name = NAMED_AFTER.iter().find_map(|front| stem.strip_prefix(front))?.trim();
    let again = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = again.filter(|(_, number)| is_number(number)).map_or(name, |(name, _)| name.trim());
    (!name.is_empty()).then(|| name.to_owned())
}

/// Reads a chat into `each`; `name` is what its file, or the folder it lies in, is called, `whose` its owner, once that is
/// known, `folder` where among others what was sent with it lies. Its times are those of `zone`. Where no date of the chat
/// tells day from month, `day_first` says it,
/// also where they contradict each other; while nobody has, the month comes first for the Americas and the day
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
    let Whole { text, foreign } = whole(source)?;
    let agreed = order_of(blocks(&text).filter_map(stamp).map(|stamp| stamp.figures));
    let first = |usual: bool| day_first.unwrap_or(usual);
    let guess = match agreed {
        Agreed::On(_) => None,
        Agreed::Open => Some(Guess { day_first: first(!is_american(zone)), torn: false }),
        Agreed::Torn { day_first } => Some(Guess { day_first: first(day_first), torn: true }),
    };
    let order = match (agreed, guess) {
        (Agreed::On(order), _) => order,
        (_, Some(Guess { day_first: false, .. })) => Order::Month,
        _ => Order::Day,
    };
    let title = name_in(name);
    let mut broken: Vec<String> = foreign.into_iter().collect();
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
    if guess.is_some_and(|guess| each(Item::Guessed(guess)) == Flow::Stop) {
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
        let item = match Body::of(&body) {
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
        let own = first.strip_prefix(OWN).filter(|words| !names_file(words));
        // Notices of few words, and calls, have one line: what is pasted may begin with such a mark too.
        let alone = own.filter(|_| body.trim_end().lines().count() == 1);
        if own.is_some_and(|words| words.chars().count() >= LONGEST_LABEL) || alone.is_some_and(is_notice) {
            return None;
        }
        let call = alone.and_then(call).map(Cow::Owned);
        let body = call.unwrap_or_else(|| Cow::Borrowed(body.trim_start_matches(OWN).trim()));
        Some(Entry::Said(Line { at: date.and_time(found.time), stamp: stamp_key(&found), author: author.trim(), body }))
    })
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
                    Item::Guessed(guess) => guessed = Some((guess.day_first, guess.torn)),
                    _ => {}
                }
                Flow::Go
            })
            .unwrap();
            (at, guessed)
        };
        assert_eq!(at(None, text), ("2025-04-03".into(), Some((true, false))));
        assert_eq!(at(Some(false), text), ("2025-03-04".into(), Some((false, false))));
        assert_eq!(at(Some(false), "13/4/25, 10:00 - Vera: one"), ("2025-04-13".into(), None), "the file knows better");
        assert_eq!(at(None, "4/4/25, 10:00 - Vera: one").1, None);
        let torn = "14/10/25, 10:00 - Vera: one\n10/14/25, 10:00 - Vera: two";
        assert_eq!(at(None, torn), ("2025-10-14".into(), Some((true, true))), "no order reads them all");
        let jumbled = "7/5/25, 10:00 - Vera: one\n6/6/25, 10:00 - Vera: two\n5/7/25, 10:00 - Vera: three";
        assert_eq!(at(None, jumbled).1, None, "only the month first runs on");
        let either = "7/5/25, 10:00 - Vera: one\n6/5/25, 10:00 - Vera: two";
        assert_eq!(
            at(None, either).1,
            Some((true, false)),
            "time runs back either way, but no date contradicts another"
        );
        let clock_set_back = "13/4/25, 10:00 - Vera: one\n12/4/25, 10:00 - Vera: two";
        assert_eq!(at(None, clock_set_back), ("2025-04-12".into(), None));
    }

    #[test]
    fn of_a_line_without_end_the_beginning_is_read_and_what_follows_it() {
        let text = format!(
            "{}\n14/11/25, 09:30 - Vera: {}\n14/11/25, 09:31 - Me: hi\n",
            "x".repeat(900_000),
            "ä".repeat(900_000)
        );
        let rows = said(&text, BERLIN);
        assert_eq!(rows.len(), 2);
        assert!(
            rows[0].2.len() < 400_000 && rows[0].2.chars().count() > crate::threads::LONGEST,
            "{}",
            rows[0].2.len()
        );
        assert_eq!(rows[1].2, "hi");
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
                    [14.11.25, 09:30:30] Vera: \u{200e}You blocked this contact.\n\
                    [14.11.25, 09:30:31] Vera: \u{200e}Waiting for this message. This may take a while.\n\
                    [14.11.25, 09:30:32] Vera: \u{200e}This message was deleted.\n\
                    [14.11.25, 09:30:40] Vera: \u{200e}Voice call, \u{200e}2 min\n\
                    [14.11.25, 09:30:41] Vera: \u{200e}Video call, \u{200e}No answer\n\
                    [14.11.25, 09:30:42] Vera: \u{200e}billede udeladt\n\
                    [14.11.25, 09:30:50] Vera: \u{200e}Pasted from elsewhere.\nIt goes on\n\
                    [14.11.25, 09:31:00] Vera: Voice call, or do we meet.\n";
        let bodies: Vec<String> = said(text, BERLIN).into_iter().map(|row| row.2).collect();
        let told = [
            "(a photo)",
            "(a call, 2 min)",
            "(a missed call)",
            "billede udeladt",
            "Pasted from elsewhere.\nIt goes on",
            "Voice call, or do we meet.",
        ];
        assert_eq!(bodies, told);
    }

    #[test]
    fn text_that_is_not_utf8_is_kept_and_told() {
        let (mut told, mut said) = (Vec::new(), Vec::new());
        let text = b"14/11/25, 09:30 - Vera: Caf\xe9 at 9\n14/11/25, 09:31 - Vera: Caf\xc3\xa9\n";
        read(&text[..], "x.txt", None, None, BERLIN, None, &mut |item| {
            match item {
                Item::Broken(words) => told.push(words),
                Item::Said(one) => said.push(one.body),
                _ => {}
            }
            Flow::Go
        })
        .unwrap();
        assert_eq!(said, ["Café at 9", "Café"]);
        assert!(
            told.len() == 1 && told[0].starts_with("1 line holds text that is not UTF-8, first line 1."),
            "{told:?}"
        );
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
