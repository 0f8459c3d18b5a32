//! What a chat of WhatsApp's is called, by its file and by who speaks in it, and what it is known by.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::channels::{name_key, spelled_key};

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
/// How long the part of a name may be that tells who speaks, in bytes: more than any title, and less than an index takes.
const LONGEST_KEY: usize = 400;

/// The other side's name, which WhatsApp puts into the name of its file, and a browser a “(1)” behind it when the file is saved
/// again.
pub(in super::super) fn name_in(file: &str) -> Option<String> {
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
pub(in super::super) fn is_called(name: &str, title: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    name == title || !letters(name).is_empty() && letters(name) == letters(title)
}

/// Who speaks in a chat, each whether in words of their own.
pub(super) type Names<'a> = BTreeMap<&'a str, bool>;

/// Takes out what is nobody's name: in a group an iPhone puts notices into the mouth of the group itself.
pub(super) fn take_nobody<'a>(names: &mut Names<'a>, title: Option<&str>) -> Option<&'a str> {
    let is_nobody = |name: &str, speaks: bool| !speaks && title.is_some_and(|title| is_called(name, title));
    let nobody = names.iter().find(|(name, speaks)| is_nobody(name, **speaks)).map(|(name, _)| *name);
    let nobody = nobody.filter(|_| names.len() > 2)?;
    names.remove(nobody);
    Some(nobody)
}

/// What the conversation is known by; `whose` is the owner's name, once that is known. A colleague's chat with somebody of the same
/// name is another one, and a person and a group may have one name.
pub(super) fn conversation_of(names: &Names<'_>, title: Option<&str>, whose: Option<&str>) -> String {
    let me = whose.map(name_key);
    let others: Vec<&str> = names.keys().copied().filter(|name| me.as_deref() != Some(&*name_key(name))).collect();
    // A chat of two is called after the other side; of a group only one may have spoken.
    let most = if me.is_some() && others.len() < names.len() { 1 } else { 2 };
    let is_titled = |title: &str| others.iter().any(|name| is_called(name, title));
    let is_known = me.is_some() || others.len() == most;
    let is_group =
        others.len() > most || is_known && !others.is_empty() && title.is_some_and(|title| !is_titled(title));
    let kind = if is_group { "group " } else { "" };
    let everybody = || names.keys().copied().map(spelled_key).collect::<Vec<_>>().join("+");
    let key = shortened(title.map_or_else(everybody, spelled_key));
    let of = whose.map_or_else(String::new, |owner| format!("@{}", name_key(owner)));
    format!("whatsapp:{kind}{key}{of}")
}

fn shortened(key: String) -> String {
    if key.len() <= LONGEST_KEY {
        return key;
    }
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
