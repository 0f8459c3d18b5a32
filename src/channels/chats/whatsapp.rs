//! A chat as WhatsApp exports it: text, a stamp before each message, written as the phone's region writes dates.

use std::{borrow::Cow, io::Read, rc::Rc};

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

mod body;
mod named;
mod stamps;
mod text;
mod typed;

pub(super) use body::is_numbered;
use body::{Body, Own, call, is_notice, names_file};
use named::{Names, conversation_of, take_nobody};
pub(super) use named::{is_called, name_in};
pub(super) use stamps::is_american;
use stamps::{Agreed, Order, date_of, order_of, shape_of, stamp, stamp_key, years_come_first};
use text::{OWN, Whole, plain, whole};
use typed::{author_of, between, stamped, starts};

use super::{Flow, Guess, Ids, Item, Party, Said};
use crate::{calendar::resolve, channels::preview};

/// The most lines with impossible dates that are told one by one.
const MOST_BROKEN: usize = 1_000;
const NO_MESSAGE: &str =
    "it holds no message that can be read: if it should, set the phone to English, and export the chat again";
/// The longest of such words that stand for what was sent, like “image omitted” in any language; longer ones are notices.
const LONGEST_LABEL: usize = 50;

/// A message while the chat is read.
struct Line<'a> {
    at: NaiveDateTime,
    stamp: i64,
    author: &'a str,
    body: Cow<'a, str>,
    own: Own,
}

/// A chat and how it is written.
struct Chat<'a> {
    text: &'a str,
    /// Where its messages begin.
    starts: Vec<usize>,
    order: Order,
    /// Whether its phone marks words that nobody typed.
    marks: bool,
    /// What its file is called after.
    title: Option<&'a str>,
}

/// What begins with a stamp.
enum Entry<'a> {
    Said(Line<'a>),
    /// Its date can't be; the line.
    Broken(&'a str),
    /// WhatsApp's own words in somebody's mouth.
    Notice,
}

/// Whether a text begins as a chat does.
pub(super) fn is_chat(head: &str) -> bool {
    plain(head).lines().take(5).any(|line| stamp(line).is_some())
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
    let Some(shape) = shape_of(&text)? else { return Err(NO_MESSAGE.into()) };
    let stamped: Vec<usize> = stamped(&text, &shape).collect();
    let stamps = || between(&text, &stamped).filter_map(stamp);
    // Where hours go beyond noon of themselves, the word is another.
    let counts_to_24 = || stamps().any(|stamp| !stamp.tells_half && !(1..=12).contains(&stamp.time.hour()));
    if let Some(word) = stamps().find_map(|stamp| stamp.unknown)
        && !counts_to_24()
    {
        return Err(format!(
            "its times have “{}” beside them, which may be morning or afternoon: set the phone to 24 hours, or to English, and export the chat again",
            preview(word, 20)
        ));
    }
    let figures = || stamps().map(|stamp| stamp.figures);
    let custom = stamps().next().and_then(|stamp| stamp.custom);
    let is_year_first = custom.is_some_and(|custom| years_come_first(figures(), custom));
    let agreed = if is_year_first { Agreed::On(Order::Year) } else { order_of(figures()) };
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
    let called = title.as_deref();
    // Where a phone marks its own words, what looks like them without a mark was typed.
    let marks = shape.is_bracketed() && text.contains(&format!(": {OWN}"));
    let chat = Chat { text: &text, starts: starts(&text, &stamped, order, called), order, marks, title: called };
    let mut broken: Vec<String> = foreign.into_iter().collect();
    // Who speaks, and whether in words of their own.
    let mut names = Names::new();
    let mut notices = 0;
    for entry in entries(&chat) {
        match entry {
            Entry::Said(line) => *names.entry(line.author).or_default() |= line.own != Own::Marked,
            Entry::Broken(line) if broken.len() < MOST_BROKEN => {
                broken.push(format!("The date of a line can't be read: “{}”", preview(line, 60)));
            }
            Entry::Broken(_) => {}
            Entry::Notice => notices += 1,
        }
    }
    if names.is_empty() {
        return Err(NO_MESSAGE.into());
    }
    if guess.is_some_and(|guess| each(Item::Guessed(guess)) == Flow::Stop) {
        return Ok(Flow::Stop);
    }
    let nobody = take_nobody(&mut names, called);
    let conversation: Rc<str> = Rc::from(conversation_of(&names, called, whose));
    for name in names.into_keys() {
        let party = Party { name: name.to_owned(), key: None };
        if each(Item::Party { conversation: Rc::clone(&conversation), party }) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    if let Some(title) = title.clone() {
        let item = Item::Title { conversation: Rc::clone(&conversation), title };
        if each(item) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    if notices > 0 && each(Item::Notices(notices)) == Flow::Stop {
        return Ok(Flow::Stop);
    }
    for words in broken {
        if each(Item::Broken(words)) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    let mut ids = Ids::default();
    for entry in entries(&chat) {
        let Entry::Said(Line { at, stamp, author, body, own }) = entry else { continue };
        if Some(author) == nobody {
            continue;
        }
        let at: DateTime<Utc> = resolve(at.date(), at.time(), zone);
        let item = match Body::of(&body, own) {
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

/// What was said, without WhatsApp's own notices; read anew each time, since a long chat would fill the memory.
fn entries<'a>(chat: &Chat<'a>) -> impl Iterator<Item = Entry<'a>> {
    let (order, marks, title) = (chat.order, chat.marks, chat.title);
    between(chat.text, &chat.starts).filter_map(move |block| {
        let found = stamp(block)?;
        let Some(date) = date_of(found.figures, order) else {
            return block.lines().next().map(|line| Entry::Broken(line.trim_start_matches(OWN)));
        };
        // A line without an author is WhatsApp's own: encryption, a changed number, who joined. On an iPhone such
        // a line has one, and a mark before its words.
        let Some((author, body)) = author_of(found.rest, title) else { return Some(Entry::Notice) };
        let first = body.lines().next().unwrap_or_default();
        let marked = first.strip_prefix(OWN).filter(|_| marks);
        // A place is sent as an address.
        let own = marked.filter(|words| !names_file(words) && !words.contains("://"));
        // Notices, and calls, have one line: what is pasted may begin with such a mark too.
        let alone = own.filter(|_| body.trim_end().lines().count() == 1);
        if alone.is_some_and(|words| words.chars().count() >= LONGEST_LABEL || is_notice(words)) {
            return Some(Entry::Notice);
        }
        let call = alone.and_then(call).map(Cow::Owned);
        let body = call.unwrap_or_else(|| Cow::Borrowed(body.trim_start_matches(OWN).trim()));
        let own = match (marks, marked) {
            (true, Some(_)) => Own::Marked,
            (true, None) => Own::No,
            (false, _) => Own::Unknown,
        };
        Some(Entry::Said(Line { own, at: date.and_time(found.time), stamp: stamp_key(&found), author, body }))
    })
}

#[cfg(test)]
mod tests;
