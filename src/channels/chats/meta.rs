//! One conversation file of Meta's JSON downloads, Instagram's and Facebook's, and of the other shape that Messenger's
//! encrypted chats come in: streamed, so that a file of any length costs the memory of one message.

use std::{fmt, io::Read, rc::Rc};

use chrono::DateTime;
use serde::{
    Deserialize, Deserializer as _,
    de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Flow, Ids, Item, Party, Reaction, Said,
    files::end_of,
    marks,
    mojibake::mended,
    shorten::{self, Shortened},
};

/// The most people of one conversation that are looked at.
const MOST_PARTIES: usize = 1_000;
/// The most files of one message that are kept.
const MOST_FILES: usize = 100;

/// A message in either shape: the older names with underscores, those of the encrypted download in camel case.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    #[serde(alias = "senderName")]
    sender_name: Option<String>,
    #[serde(alias = "timestamp")]
    timestamp_ms: Option<i64>,
    #[serde(alias = "text")]
    content: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(alias = "isUnsent")]
    is_unsent: Option<bool>,
    photos: Vec<Media>,
    videos: Vec<Media>,
    audio_files: Vec<Media>,
    files: Vec<Media>,
    gifs: Vec<Media>,
    media: Vec<Media>,
    sticker: Option<Media>,
    share: Option<Share>,
    call_duration: Option<f64>,
    missed: Option<bool>,
    reactions: Vec<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Media {
    uri: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Share {
    link: Option<String>,
    share_text: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Named {
    Name(String),
    Object { name: String },
}

/// Up to which size a file is read at once, in bytes.
const MOST_AT_ONCE: u64 = 8_000_000;
/// Why reading ended before the end of the file.
const STOPPED: &str = "enough was read";

/// Reads one file into `each`; `id` is the conversation's. Stops when told to.
///
/// # Errors
/// In words, when the file is not JSON of a conversation.
pub(super) fn read(
    source: impl Read,
    id: &Rc<str>,
    ids: &mut Ids,
    each: &mut dyn FnMut(Item) -> Flow,
) -> Result<Flow, String> {
    let source = Shortened::new(std::io::BufReader::with_capacity(1 << 16, source), shorten::MOST);
    let mut source = std::io::BufReader::with_capacity(1 << 16, source);
    let mut file = Thread { id, ids, each, stopped: false, has_people: false, has_messages: false };
    // Meta begins a new file after some megabytes, and text in memory is read several times as fast as a stream.
    let mut start = Vec::new();
    // Of a file that breaks off, what was read until then is told.
    let read = source.by_ref().take(MOST_AT_ONCE).read_to_end(&mut start);
    // A mark of the encoding that an editor has set in front.
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let outcome = if read.is_ok() && start.len() as u64 == MOST_AT_ONCE {
        serde_json::Deserializer::from_reader(text.chain(source)).deserialize_map(&mut file)
    } else {
        serde_json::Deserializer::from_slice(text).deserialize_map(&mut file)
    };
    if file.stopped {
        return Ok(Flow::Stop);
    }
    outcome.map_err(|error| format!("it is not the JSON that Meta writes (line {})", error.line()))?;
    if file.has_messages && file.has_people {
        Ok(Flow::Go)
    } else {
        Err("it holds no participants and messages".into())
    }
}

struct Thread<'a> {
    id: &'a Rc<str>,
    ids: &'a mut Ids,
    each: &'a mut dyn FnMut(Item) -> Flow,
    stopped: bool,
    has_people: bool,
    has_messages: bool,
}

impl Thread<'_> {
    fn hand<E: serde::de::Error>(&mut self, item: Item) -> Result<(), E> {
        if (self.each)(item) == Flow::Stop {
            self.stopped = true;
            return Err(E::custom(STOPPED));
        }
        Ok(())
    }

    fn message<E: serde::de::Error>(&mut self, raw: Raw) -> Result<(), E> {
        match said(raw, self.id, self.ids) {
            Some(item) => self.hand(item),
            None => Ok(()),
        }
    }
}

impl<'de> Visitor<'de> for &mut Thread<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a conversation")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "participants" => {
                    self.has_people = true;
                    for named in map.next_value::<Vec<Named>>()?.into_iter().take(MOST_PARTIES) {
                        let (Named::Name(name) | Named::Object { name }) = named;
                        let party = Party { name: mended(name), key: None };
                        self.hand(Item::Party { conversation: Rc::clone(self.id), party })?;
                    }
                }
                "messages" => {
                    self.has_messages = true;
                    map.next_value_seed(Messages(self))?;
                }
                "title" | "threadName" => {
                    let title = map.next_value::<Option<String>>()?.map(mended);
                    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
                        self.hand(Item::Title { conversation: Rc::clone(self.id), title })?;
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Messages<'a, 'b>(&'a mut Thread<'b>);

impl<'de> DeserializeSeed<'de> for Messages<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Messages<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("messages")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // Each by itself: one that is not as Meta writes them leaves those after it.
        while let Some(one) = list.next_element::<Box<RawValue>>()? {
            match serde_json::from_str::<Raw>(one.get()) {
                Ok(raw) => self.0.message::<A::Error>(raw)?,
                Err(_) => self.0.hand(Item::Broken(format!(
                    "A message is not as Meta writes them: {}",
                    crate::channels::preview(one.get(), 80)
                )))?,
            }
        }
        if self.0.stopped { Err(A::Error::custom(STOPPED)) } else { Ok(()) }
    }
}

/// Every text of the owner's profile, as the key of a name. The labels beside them are in the account's language, so no
/// one of them can be told to be the name.
pub(super) fn profile_texts(source: impl Read) -> Vec<String> {
    fn gather(value: serde_json::Value, texts: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => texts.push(crate::channels::name_key(&mended(text))),
            serde_json::Value::Array(list) => list.into_iter().for_each(|one| gather(one, texts)),
            serde_json::Value::Object(map) => map.into_iter().for_each(|(_, one)| gather(one, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    if let Ok(value) = serde_json::from_reader(source.take(1_000_000)) {
        gather(value, &mut texts);
    }
    texts.retain(|text| !text.is_empty());
    texts
}

/// What a message says; none for what nobody wrote: joins, likes told as text, rows without anything.
fn said(raw: Raw, conversation: &Rc<str>, ids: &mut Ids) -> Option<Item> {
    if raw.is_unsent == Some(true) {
        return Some(Item::Unsent { conversation: Rc::clone(conversation) });
    }
    if matches!(raw.kind.as_deref(), Some("Subscribe" | "Unsubscribe")) {
        return None;
    }
    // One that is not as Meta writes them costs nothing else.
    let reacted = |one: &serde_json::Value| {
        let text = |name: &str| mended(one[name].as_str().unwrap_or_default().to_owned());
        Reaction::new(&text("reaction"), &text("actor"))
    };
    let reactions = raw.reactions.iter().filter_map(reacted).collect();
    let from = mended(raw.sender_name.clone().unwrap_or_default());
    let Some(at) = raw.timestamp_ms.filter(|ms| *ms > 0).and_then(DateTime::from_timestamp_millis) else {
        return Some(Item::Broken(format!("A message by {from} has no date that can be read.")));
    };
    let content = mended(raw.content.clone().unwrap_or_default());
    if is_reaction(&content) {
        return None;
    }
    let body = body_of(&raw, content.trim())?;
    let media = [&raw.photos, &raw.videos, &raw.audio_files, &raw.files, &raw.gifs, &raw.media];
    let uri = media.iter().find_map(|all| all.first()).map_or("", |first| first.uri.as_str());
    let sent = media.iter().flat_map(|all| all.iter()).chain(&raw.sticker);
    let files =
        sent.map(|one| end_of(&mended(one.uri.clone()))).filter(|end| !end.is_empty()).take(MOST_FILES).collect();
    let link = raw.share.as_ref().and_then(|share| share.link.as_deref()).unwrap_or_default();
    let id = ids.next("meta", &[conversation, &from, &content, uri, link], at.timestamp_millis());
    Some(Item::Said(Said {
        conversation: Rc::clone(conversation),
        from: Party { name: from, key: None },
        at,
        body,
        files,
        reactions,
        id,
    }))
}

/// Reactions that Meta writes once more, as if they were messages, in English; other languages keep them.
fn is_reaction(text: &str) -> bool {
    let reacted = text.starts_with("Reacted ") && text.trim_end().ends_with("to your message");
    reacted || matches!(text.trim(), "Liked a message" | "Liked your message")
}

fn body_of(raw: &Raw, content: &str) -> Option<String> {
    let mut lines: Vec<String> = Vec::new();
    if !content.is_empty() {
        lines.push(content.to_owned());
    }
    if let Some(share) = &raw.share {
        let shared = [share.share_text.clone().map(mended), share.link.clone()];
        lines.extend(shared.into_iter().flatten().filter(|text| !text.is_empty() && !content.contains(text.as_str())));
    }
    if raw.kind.as_deref() == Some("Call") || raw.call_duration.is_some() {
        let seconds = raw.call_duration.unwrap_or(0.0);
        lines.push(marks::call(seconds, raw.missed.unwrap_or(seconds <= 0.0)));
    }
    let sent = [
        (raw.photos.len(), marks::PHOTO),
        (raw.videos.len(), marks::VIDEO),
        (raw.audio_files.len(), marks::VOICE),
        (raw.files.len(), marks::FILE),
        (raw.gifs.len(), marks::GIF),
        (raw.media.len(), marks::FILE),
        (usize::from(raw.sticker.is_some()), marks::STICKER),
    ];
    lines.extend(sent.into_iter().filter_map(|(n, media)| marks::of(n, media)));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(json: &str) -> Result<Vec<Item>, String> {
        let mut all = Vec::new();
        read(json.as_bytes(), &Rc::from("meta:1"), &mut Ids::default(), &mut |item| {
            all.push(item);
            Flow::Go
        })?;
        Ok(all)
    }

    fn bodies(messages: &str) -> Vec<String> {
        let json = format!(r#"{{"participants": [{{"name": "Vera"}}], "messages": [{messages}], "title": "x"}}"#);
        let said = |item| if let Item::Said(said) = item { Some(said.body) } else { None };
        items(&json).unwrap().into_iter().filter_map(said).collect()
    }

    #[test]
    fn the_name_of_a_file_is_mended_as_the_archive_writes_it() {
        let json = r#"{"participants": [], "messages": [{"sender_name": "V", "timestamp_ms": 2,
            "photos": [{"uri": "inbox/v_1/photos/Gr\u00c3\u00bc\u00c3\u009fe.jpg"}]}], "title": "x"}"#;
        let files = items(json).unwrap().into_iter().find_map(|item| match item {
            Item::Said(said) => Some(said.files),
            _ => None,
        });
        assert_eq!(files, Some(vec!["v_1/photos/Grüße.jpg".to_owned()]));
    }

    #[test]
    fn text_is_mended_and_what_is_no_text_is_named() {
        let told = bodies(
            r#"{"sender_name": "V", "timestamp_ms": 1, "content": "caf\u00c3\u00a9?", "reactions": [{"reaction": "x"}]},
               {"sender_name": "V", "timestamp_ms": 2, "photos": [{"uri": "a.jpg"}, {"uri": "b.jpg"}]},
               {"sender_name": "V", "timestamp_ms": 3, "content": "see", "share": {"link": "https://a.example"}},
               {"sender_name": "V", "timestamp_ms": 4, "type": "Call", "call_duration": 192},
               {"sender_name": "V", "timestamp_ms": 5, "type": "Call", "call_duration": 0, "missed": true},
               {"sender_name": "V", "timestamp_ms": 6, "sticker": {"uri": "s.png", "ai_stickers": []}}"#,
        );
        let expected = [
            "café?",
            "(2 photos)",
            "see\nhttps://a.example",
            "(a call of 3 minutes)",
            "(a missed call)",
            "(a sticker)",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_nobody_wrote_is_left_out() {
        let told = bodies(
            r#"{"sender_name": "V", "timestamp_ms": 1, "content": "Reacted \u00e2\u009d\u00a4 to your message "},
               {"sender_name": "V", "timestamp_ms": 2, "content": "V left", "type": "Unsubscribe"},
               {"sender_name": "V", "timestamp_ms": 3, "is_unsent": true},
               {"sender_name": "V", "timestamp_ms": 4}"#,
        );
        assert!(told.is_empty(), "{told:?}");
        let json = r#"{"participants": [], "messages": [{"sender_name": "V", "timestamp_ms": 1, "content": "hi", "reactions": [{"reaction": "x", "actor": "Me"}, {}, null, 5, {"reaction": null}]}]}"#;
        let said = items(json).unwrap().pop();
        let reaction = Reaction { sign: "x".into(), by: "Me".into() };
        assert!(matches!(said, Some(Item::Said(said)) if said.reactions == [reaction]));
    }

    #[test]
    fn the_encrypted_download_reads_the_same() {
        let json = r#"{"participants": ["Me", "Vera"], "threadName": "Vera", "messages": [
            {"senderName": "Vera", "text": "hi ❤", "timestamp": 1760000000000, "type": "Generic", "isUnsent": false,
             "media": [{"uri": "./media/x.jpg"}], "reactions": [{"actor": "Me", "reaction": "👍"}]}]}"#;
        let all = items(json).unwrap();
        assert_eq!(all[2], Item::Title { conversation: Rc::from("meta:1"), title: "Vera".into() });
        assert!(
            matches!(&all[3], Item::Said(said) if said.body == "hi ❤\n(a file)" && said.from.name == "Vera" && said.reactions[0].sign == "👍")
        );
    }

    #[test]
    fn a_message_that_is_none_leaves_those_after_it() {
        let good = |text: &str| format!(r#"{{"sender_name": "V", "timestamp_ms": 7, "content": "{text}"}}"#);
        let bad = [r#"{"sender_name": "V", "timestamp_ms": "soon"}"#, r#""text""#, "5", r#"{"photos": 7}"#];
        for bad in bad {
            let json = format!(r#"{{"messages": [{}, {bad}, {}], "participants": []}}"#, good("a"), good("b"));
            let all = items(&json).unwrap();
            assert!(matches!(&all[..], [Item::Said(_), Item::Broken(_), Item::Said(_)]), "{bad}: {all:?}");
        }
    }

    #[test]
    fn a_file_of_any_length_is_read_and_one_that_breaks_off_as_far_as_it_goes() {
        struct Torn;
        impl Read for Torn {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("torn"))
            }
        }
        let long = "x".repeat(1_000_000);
        let messages: Vec<String> = (1..=10)
            .map(|at| format!(r#"{{"sender_name": "V", "timestamp_ms": {at}, "content": "{long}"}}"#))
            .collect();
        let whole = format!(r#"{{"participants": [], "messages": [{}]}}"#, messages.join(","));
        let count = |source: &mut dyn Read| {
            let mut said = 0;
            let read = read(source, &Rc::from("meta:1"), &mut Ids::default(), &mut |item| {
                said += usize::from(matches!(item, Item::Said(_)));
                Flow::Go
            });
            (said, read.is_ok())
        };
        assert_eq!(count(&mut whole.as_bytes()), (10, true));
        assert_eq!(count(&mut whole.as_bytes()[..3_500_000].chain(Torn)), (3, false));
        assert_eq!(count(&mut whole.as_bytes()[..9_500_000].chain(Torn)), (9, false));
    }

    #[test]
    fn two_equal_messages_at_one_instant_are_two() {
        let one = r#"{"sender_name": "V", "timestamp_ms": 7, "content": "ok"}"#;
        let json = format!(r#"{{"messages": [{one}, {one}], "participants": []}}"#);
        let ids: Vec<String> = items(&json)
            .unwrap()
            .into_iter()
            .filter_map(|item| if let Item::Said(said) = item { Some(said.id) } else { None })
            .collect();
        assert_eq!(ids[1], format!("{}:1", ids[0]));
        let again: Vec<Item> = items(&json).unwrap();
        assert!(matches!(&again[1], Item::Said(said) if said.id == ids[1]), "ids are the same at every reading");
    }

    #[test]
    fn what_is_no_conversation_is_refused_in_words() {
        for json in ["", "[]", "{}", "{\"messages\": 1}", "{\"participants\": [], \"messages\": [", "nonsense"] {
            assert!(items(json).is_err(), "{json}");
        }
        let deep =
            format!("{{\"x\": {}1{}, \"participants\": [], \"messages\": []}}", "[".repeat(100), "]".repeat(100));
        assert_eq!(items(&deep), Ok(vec![]));
        let deeper = format!("{{\"x\": {}", "[".repeat(1_000_000));
        assert!(items(&deeper).is_err());
    }
}
