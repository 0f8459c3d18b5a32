//! X's archive: scripts that each assign one JSON list. Its messages know people by their numbers only; names come from
//! whom the account's posts mention.

use std::{
    collections::HashMap,
    fmt,
    io::{BufRead, BufReader, Read},
    marker::PhantomData,
    rc::Rc,
};

use chrono::{DateTime, Utc};
use serde::{
    Deserialize, Deserializer as _,
    de::{DeserializeOwned, Error as _, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    Flow, Item, Party, Reaction, Said,
    shorten::{self, Shortened},
};
use crate::channels::archives::NUMBERED;

/// The most people whose names are remembered.
const MOST_NAMES: usize = 500_000;

/// A person as X numbers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) username: String,
    pub(super) name: String,
}

/// Names by number: the user name, and the name shown beside it.
pub(super) type Names = HashMap<String, (String, String)>;

#[derive(Debug, Deserialize)]
struct AccountRow {
    account: AccountOf,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountOf {
    account_id: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    account_display_name: String,
}

#[derive(Debug, Deserialize)]
struct ConversationRow {
    #[serde(rename = "dmConversation")]
    conversation: Conversation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    conversation_id: String,
    #[serde(default)]
    messages: Vec<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    message_create: Option<Message>,
    #[serde(alias = "participantsJoin")]
    join_conversation: Option<Joined>,
    conversation_name_update: Option<Renamed>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Renamed {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Joined {
    participants_snapshot: Vec<String>,
    user_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Message {
    id: String,
    sender_id: String,
    created_at: String,
    text: String,
    urls: Vec<Link>,
    media_urls: Vec<String>,
    reactions: Vec<serde_json::Value>,
}

/// X's words for its older signs; newer ones are written as they are.
fn sign(key: &str) -> &str {
    match key {
        "agree" => "👍",
        "disagree" => "👎",
        "sad" => "😢",
        "funny" => "😂",
        "surprised" => "😲",
        "like" => "❤️",
        "hot" => "🔥",
        "excited" => "🎉",
        sign => sign,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Link {
    url: String,
    expanded: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PostRow {
    tweet: Post,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Post {
    entities: Entities,
    in_reply_to_user_id_str: String,
    in_reply_to_screen_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entities {
    user_mentions: Vec<Mention>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Mention {
    id_str: String,
    screen_name: String,
    name: String,
}

/// Hands every element of the list that a script assigns to `each`, one at a time; of one that is not as X writes them, why.
fn elements<T: DeserializeOwned>(
    source: impl Read,
    each: &mut dyn FnMut(Result<T, String>) -> Flow,
) -> Result<Flow, String> {
    let source = Shortened::new(BufReader::with_capacity(1 << 16, source), shorten::MOST);
    let mut source = BufReader::with_capacity(1 << 16, source);
    let mut head = Vec::new();
    let cannot = |_| "it can't be unpacked".to_owned();
    source.by_ref().take(1_000).read_until(b'=', &mut head).map_err(cannot)?;
    if head.last() != Some(&b'=') {
        return Err("it does not begin as X's files do".into());
    }
    let mut list = List { each, stopped: false, kind: PhantomData };
    // What follows the list, a semicolon at most, is not looked at.
    let outcome = serde_json::Deserializer::from_reader(source).deserialize_seq(&mut list);
    if list.stopped {
        return Ok(Flow::Stop);
    }
    outcome.map(|()| Flow::Go).map_err(|error| format!("it can't be read (line {}): {error}", error.line()))
}

struct List<'a, T> {
    each: &'a mut dyn FnMut(Result<T, String>) -> Flow,
    stopped: bool,
    kind: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> Visitor<'de> for &mut List<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // As text first: an odd one ends nothing.
        while let Some(one) = list.next_element::<Box<RawValue>>()? {
            if (self.each)(typed(&one)) == Flow::Stop {
                self.stopped = true;
                return Err(A::Error::custom("enough was read"));
            }
        }
        Ok(())
    }
}

fn typed<T: DeserializeOwned>(one: &RawValue) -> Result<T, String> {
    serde_json::from_str(one.get()).map_err(|error| crate::channels::preview(&error.to_string(), 120))
}

/// Whose archive it is, by `account.js`.
pub(super) fn account(source: impl Read) -> Option<Account> {
    let mut found = None;
    let _ = elements(source, &mut |row: Result<AccountRow, String>| {
        let Ok(row) = row else { return Flow::Go };
        let AccountOf { account_id: id, username, account_display_name: shown } = row.account;
        let name = if shown.trim().is_empty() { username.clone() } else { shown };
        found = Some(Account { id, username, name });
        Flow::Stop
    });
    found
}

/// Adds whom the account's posts mention or answer to the names.
pub(super) fn learn_names(source: impl Read, names: &mut Names) -> Result<(), String> {
    elements(source, &mut |row: Result<PostRow, String>| {
        let Ok(row) = row else { return Flow::Go };
        for one in row.tweet.entities.user_mentions {
            if !one.id_str.is_empty() && !one.screen_name.is_empty() {
                names.insert(one.id_str, (one.screen_name, one.name));
            }
        }
        if !row.tweet.in_reply_to_user_id_str.is_empty() && !row.tweet.in_reply_to_screen_name.is_empty() {
            let name = (row.tweet.in_reply_to_screen_name.clone(), row.tweet.in_reply_to_screen_name);
            names.entry(row.tweet.in_reply_to_user_id_str).or_insert(name);
        }
        if names.len() > MOST_NAMES { Flow::Stop } else { Flow::Go }
    })?;
    Ok(())
}

/// Reads a file of conversations into `each`.
///
/// # Errors
/// In words, when it is not what X writes; what came before has been handed over by then.
pub(super) fn read(source: impl Read, names: &Names, each: &mut dyn FnMut(Item) -> Flow) -> Result<Flow, String> {
    let party = |id: &str| Party {
        name: names.get(id).map_or_else(|| format!("{NUMBERED}{id}"), |(_, shown)| shown.clone()),
        key: Some(id.to_owned()),
    };
    elements(source, &mut |row: Result<ConversationRow, String>| {
        let row = match row {
            Ok(row) => row,
            Err(why) => return each(Item::Broken(format!("A conversation can't be read: {why}"))),
        };
        let conversation: Rc<str> = Rc::from(format!("x:{}", row.conversation.conversation_id));
        let mut present: Vec<String> = row.conversation.conversation_id.split('-').map(str::to_owned).collect();
        let numbers = present.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        // Between two the id is made of both; a group has a number of its own.
        let is_group = present.len() != 2 || !numbers;
        if is_group {
            present.clear();
        }
        let folder = if is_group { "direct_messages_group_media" } else { "direct_messages_media" };
        let (events, odd): (Vec<Result<Event, String>>, Vec<_>) =
            row.conversation.messages.iter().map(|event| typed::<Event>(event)).partition(Result::is_ok);
        let events: Vec<Event> = events.into_iter().flatten().collect();
        let joined = events.iter().filter_map(|event| event.join_conversation.as_ref());
        present.extend(joined.flat_map(|joined| joined.participants_snapshot.iter().chain(&joined.user_ids).cloned()));
        present.sort_unstable();
        present.dedup();
        for id in present.iter().take(1_000) {
            let item = Item::Party { conversation: Rc::clone(&conversation), party: party(id) };
            if each(item) == Flow::Stop {
                return Flow::Stop;
            }
        }
        // The newest comes first.
        let mut renamed = events.iter().filter_map(|event| event.conversation_name_update.as_ref());
        if let Some(Renamed { name }) = renamed.next().filter(|renamed| !renamed.name.trim().is_empty()) {
            let item = Item::Title { conversation: Rc::clone(&conversation), title: name.clone() };
            if each(item) == Flow::Stop {
                return Flow::Stop;
            }
        }
        for why in odd.into_iter().filter_map(Result::err) {
            if each(Item::Broken(format!("A message can't be read: {why}"))) == Flow::Stop {
                return Flow::Stop;
            }
        }
        for event in events {
            let Some(message) = event.message_create else { continue };
            let item = said(message, &conversation, folder, &party);
            if item.is_some_and(|item| each(item) == Flow::Stop) {
                return Flow::Stop;
            }
        }
        Flow::Go
    })
}

fn said(message: Message, conversation: &Rc<str>, folder: &str, party: &dyn Fn(&str) -> Party) -> Option<Item> {
    let Ok(at) = DateTime::parse_from_rfc3339(&message.created_at) else {
        return Some(Item::Broken(format!(
            "The date of a message, “{}”, can't be read.",
            crate::channels::preview(&message.created_at, 40)
        )));
    };
    if message.id.is_empty() || message.sender_id.is_empty() {
        return Some(Item::Broken("A message has no number or no sender.".into()));
    }
    let mut body = message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    for link in message.urls.iter().filter(|link| !link.url.is_empty() && !link.expanded.is_empty()) {
        body = body.replace(&link.url, &link.expanded);
    }
    if !message.media_urls.is_empty() {
        body = format!("{body}\n{}", if message.media_urls.len() == 1 { "(a picture or video)" } else { "(pictures)" });
    }
    // The archive names a file after the message and the last part of its address.
    let file = |url: &String| {
        let last = url.rsplit('/').next().filter(|last| !last.is_empty())?;
        Some(format!("{folder}/{}-{last}", message.id))
    };
    let files = message.media_urls.iter().filter_map(file).take(100).collect();
    // One that is not as X writes them costs nothing else.
    let reacted = |one: &serde_json::Value| {
        Reaction::new(sign(one["reactionKey"].as_str()?), &party(one["senderId"].as_str()?).name)
    };
    let reactions = message.reactions.iter().filter_map(reacted).collect();
    let body = body.trim().to_owned();
    (!body.is_empty()).then(|| {
        Item::Said(Said {
            conversation: Rc::clone(conversation),
            from: party(&message.sender_id),
            at: at.with_timezone(&Utc),
            body,
            files,
            reactions,
            id: format!("x:{}", message.id),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK: &str = r#"window.YTD.direct_messages.part0 = [ {"dmConversation": {"conversationId": "111-222", "messages": [
        {"messageCreate": {"recipientId": "111", "reactions": [{"senderId": "111", "reactionKey": "like"}, {"senderId": "222", "reactionKey": "🙌"}, {"senderId": 5, "reactionKey": null}, null, "x"], "urls": [{"url": "https://t.co/x", "expanded": "https://example.com/a", "display": "example.com/a"}],
         "text": "see https://t.co/x &amp; say", "mediaUrls": [], "senderId": "222", "id": "5", "createdAt": "2026-01-02T09:00:00.000Z"}},
        {"reactionCreate": {"x": 1}},
        {"messageCreate": {"recipientId": "222", "text": "", "mediaUrls": ["https://ton.twitter.com/dm/5/6/pic.jpg"], "senderId": "111", "id": "6", "createdAt": "2026-01-02T09:01:00.000Z"}},
        {"messageCreate": {"senderId": "111", "id": "7", "text": "x", "createdAt": "yesterday"}} ]}} ];"#;

    fn items(script: &str, names: &Names) -> Result<Vec<Item>, String> {
        let mut all = Vec::new();
        read(script.as_bytes(), names, &mut |item| {
            all.push(item);
            Flow::Go
        })?;
        Ok(all)
    }

    #[test]
    fn links_are_written_out_and_names_found_in_posts() {
        let mut names = Names::new();
        let posts = r#"window.YTD.tweets.part0 = [{"tweet": {"entities": {"user_mentions": [{"id_str": "222", "screen_name": "vera_moss", "name": "Vera Moss"}]}}}]"#;
        learn_names(posts.as_bytes(), &mut names).unwrap();
        let all = items(TALK, &names).unwrap();
        assert_eq!(all.len(), 5);
        assert!(
            matches!(&all[2], Item::Said(said) if said.body == "see https://example.com/a & say" && said.from.name == "Vera Moss" && said.id == "x:5"
                && said.reactions.iter().map(|one| (one.sign.as_str(), one.by.as_str())).eq([("❤️", "X user 111"), ("🙌", "Vera Moss")]))
        );
        assert!(
            matches!(&all[3], Item::Said(said) if said.body == "(a picture or video)" && said.from.name == "X user 111")
        );
        assert!(matches!(&all[4], Item::Broken(words) if words.contains("yesterday")));
    }

    #[test]
    fn the_account_tells_whose_it_is() {
        let script = r#"window.YTD.account.part0 = [{"account": {"email": "a@example.com", "username": "me", "accountId": "111", "accountDisplayName": "Me Myself"}}]"#;
        assert_eq!(
            account(script.as_bytes()),
            Some(Account { id: "111".into(), username: "me".into(), name: "Me Myself".into() })
        );
        assert_eq!(account(&b"nonsense"[..]), None);
    }

    #[test]
    fn what_is_not_as_x_writes_it_costs_nothing_else() {
        let message = |id: &str, text: &str| {
            format!(
                r#"{{"messageCreate": {{"senderId": "222", "id": {id}, "text": {text}, "createdAt": "2026-01-02T09:00:00.000Z"}}}}"#
            )
        };
        let talk = |id: &str, messages: &[String]| {
            format!(r#"{{"dmConversation": {{"conversationId": {id}, "messages": [{}]}}}}"#, messages.join(","))
        };
        let good = talk(
            r#""111-222""#,
            &[message(r#""1""#, "null"), message("5", r#""x""#), r#""odd""#.into(), message(r#""2""#, r#""hi""#)],
        );
        let next = talk(r#""111-333""#, &[message(r#""3""#, r#""ho""#)]);
        let script = format!("window.YTD.direct_messages.part0 = [{}, 7, {good}, {next}];", talk("null", &[]));
        let all = items(&script, &Names::new()).unwrap();
        let said: Vec<&str> = all
            .iter()
            .filter_map(|item| if let Item::Said(said) = item { Some(said.body.as_str()) } else { None })
            .collect();
        assert_eq!(said, ["hi", "ho"]);
        assert_eq!(all.iter().filter(|item| matches!(item, Item::Broken(_))).count(), 5, "each is told");
    }

    #[test]
    fn a_script_cut_short_says_so() {
        for script in ["", "window.YTD", "window.YTD.direct_messages.part0 = [ {\"dmConversation\": {", "x = {}"] {
            assert!(items(script, &Names::new()).is_err(), "{script}");
        }
    }
}
