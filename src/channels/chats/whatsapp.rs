//! A chat as WhatsApp exports it: text, a stamp before each message, written as the phone's region writes dates.

use std::{borrow::Cow, collections::BTreeMap, io::Read, rc::Rc};

use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use chrono_tz::Tz;

mod body;
mod stamps;
mod text;
mod typed;

pub(super) use body::is_numbered;
use body::{Body, Own, call, is_notice, names_file};
pub(super) use stamps::is_american;
use stamps::{Agreed, Order, date_of, order_of, shape_of, stamp, stamp_key};
use text::{OWN, Whole, plain, whole};
use typed::{author_of, between, stamped, starts};

use super::{Flow, Guess, Ids, Item, Party, Said};
use crate::{
    calendar::resolve,
    channels::{name_key, preview, spelled_key},
};

/// The most lines with impossible dates that are told one by one.
const MOST_BROKEN: usize = 1_000;
/// What stands before the other side's name in the name of a file: of an iPhone's, then of an Android phone's by language.
const NAMED_AFTER: [&str; 10] = [
    "WhatsApp Chat - ",
    "WhatsApp Chat with ",
    "WhatsApp-Chat mit ",
    "WhatsApp Chat mit ",
    "Chat de WhatsApp con ",
    "Discussion WhatsApp avec ",
    "Conversa do WhatsApp com ",
    "Chat WhatsApp con ",
    "WhatsApp-chat met ",
    "Чат WhatsApp с контактом ",
];
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

/// The other side's name, which WhatsApp puts into the name of its file, and a browser a “(1)” behind it when the file is saved
/// again.
pub(super) fn name_in(file: &str) -> Option<String> {
    let last = file.rsplit(['/', '\\']).next()?;
    // A folder may be called “WhatsApp Chat - Prof. Klug”.
    let is_file = |ending: &str| ["txt", "zip"].iter().any(|known| ending.eq_ignore_ascii_case(known));
    let stem = last.rsplit_once('.').filter(|(_, ending)| is_file(ending)).map_or(last, |(stem, _)| stem);
    let name = NAMED_AFTER.iter().find_map(|front| stem.strip_prefix(front))?.trim();
    let again = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let name = again.filter(|(_, number)| is_number(number)).map_or(name, |(name, _)| name.trim());
    (!name.is_empty()).then(|| name.to_owned())
}

/// Whether somebody's chat may have this title: the name of a file lacks some signs, and emoji.
pub(super) fn is_called(name: &str, title: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    name == title || !letters(name).is_empty() && letters(name) == letters(title)
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
    let counts_to_24 = || stamps().any(|stamp| !stamp.tells_half && stamp.time.hour() > 12);
    if let Some(word) = stamps().find_map(|stamp| stamp.unknown)
        && !counts_to_24()
    {
        return Err(format!(
            "its times have “{}” beside them, which may be morning or afternoon: set the phone to 24 hours, or to English, and export the chat again",
            preview(word, 20)
        ));
    }
    let agreed = if stamps().next().is_some_and(|stamp| stamp.is_eastern) {
        Agreed::On(Order::Year)
    } else {
        order_of(stamps().map(|stamp| stamp.figures))
    };
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
    let mut names: BTreeMap<&str, bool> = BTreeMap::new();
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
    // In a group an iPhone puts notices into the mouth of the group itself.
    let is_titled = |name: &str| called.is_some_and(|title| is_called(name, title));
    let group = names.iter().find(|(name, speaks)| names.len() > 2 && !**speaks && is_titled(name));
    let nobody = group.map(|(name, _)| *name);
    names.retain(|name, _| Some(*name) != nobody);
    // A chat of two is called after the other side; a person and a group may have one name.
    let me = whose.map(name_key);
    let others: Vec<&str> = names.keys().copied().filter(|name| me.as_deref() != Some(&*name_key(name))).collect();
    let most = if others.len() < names.len() { 1 } else { 2 };
    let is_group =
        others.len() > most || others.len() == most && called.is_some() && !others.iter().any(|name| is_titled(name));
    let kind = if is_group { "group " } else { "" };
    let key = called.map_or_else(|| names.keys().copied().map(spelled_key).collect::<Vec<_>>().join("+"), spelled_key);
    // A colleague's chat with somebody of the same name is another one.
    let of = whose.map_or_else(String::new, |owner| format!("@{}", name_key(owner)));
    let conversation: Rc<str> = Rc::from(format!("whatsapp:{kind}{key}{of}"));
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
