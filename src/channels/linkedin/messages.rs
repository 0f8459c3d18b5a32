//! `messages.csv`: one row per message, over all eras of its columns. Which rows belong together is told by `conversations`.

use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use chrono::{DateTime, Utc};

use super::{
    ArchiveError, Flow, HIDDEN_MEMBER, Party, Row, cell,
    connections::profile_key,
    conversations::together,
    dates,
    owner::Survey,
    table::{Cells, Shape, Table},
};
use crate::channels::text;

pub(super) static SHAPE: Shape = Shape { file: "messages.csv", must: &["From", "Date", "Content"] };

/// The most characters kept of a message; longer cells are refused before.
const LONGEST_BODY: usize = 1_000_000;
/// The most people told as recipients of one message.
const MOST_RECIPIENTS: usize = 200;
/// The most attachments told of one message.
const MOST_ATTACHMENTS: usize = 100;
/// The most profiles whose keys are remembered, and the longest of their addresses, in bytes.
const MOST_KEYS: usize = 10_000;
const LONGEST_KNOWN: usize = 300;
/// The longest address of an attachment, in bytes.
const LONGEST_ADDRESS: usize = 4_000;

/// A message as LinkedIn exports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRow {
    /// LinkedIn's id of the conversation; where an era has none, one made from the people in it.
    pub conversation_id: String,
    /// The name of a group, or the headline of an InMail or advertisement.
    pub conversation_title: Option<String>,
    /// The sender's name; [`HIDDEN_MEMBER`] when LinkedIn doesn't tell.
    pub from_name: String,
    /// The key of the sender's profile.
    pub from_key: Option<String>,
    /// Everyone it went to, as far as LinkedIn tells.
    pub to: Vec<Party>,
    /// When it was sent, to the second.
    pub sent_at: DateTime<Utc>,
    /// The subject, which InMails and old messages have.
    pub subject: Option<String>,
    /// What was written, as safe plain text; empty when only a file was sent, or the message was deleted.
    pub body: String,
    /// LinkedIn's folder; says nothing about the direction.
    pub folder: String,
    /// It was written and never sent.
    pub is_draft: bool,
    /// It is an advertisement.
    pub is_sponsored: bool,
    /// Addresses of files sent with it. They expire, ask for a log-in, and are never fetched.
    pub attachments: Vec<String>,
}

/// Whether a row alone shows which conversation it belongs to: by its id, or, where that was not filled in, by the profiles of
/// everyone in it.
pub(super) fn tells_conversations(table: &Table<'_>) -> bool {
    table.column(&["Conversation ID"]).is_some() && table.column(&["Recipient Profile URLs"]).is_some()
}

/// Hands every message to `each`; `known` tells whose name has which key, for eras that give a profile only for senders.
pub(super) fn read(
    table: Table<'_>,
    known: &Survey,
    each: &mut dyn FnMut(Row<MessageRow>) -> Flow,
) -> Result<(), ArchiveError> {
    let columns = Columns::of(&table);
    table.each(|cells| columns.message(cells, known).map(Some), each)
}

/// Hands the people of every message to `each`, the sender first, without reading the message.
pub(super) fn read_people(table: Table<'_>, each: &mut dyn FnMut(Party, Vec<Party>)) -> Result<(), ArchiveError> {
    let columns = Columns::of(&table);
    table.each(|cells| Ok(Some((columns.from(cells), columns.to(cells)))), &mut |row| {
        if let Row::Good { value: (from, to), .. } = row {
            each(from, to);
        }
        Flow::Go
    })
}

struct Columns {
    conversation_id: Option<usize>,
    title: Option<usize>,
    from: Option<usize>,
    from_url: Option<usize>,
    to: Option<usize>,
    to_urls: Option<usize>,
    date: Option<usize>,
    subject: Option<usize>,
    content: Option<usize>,
    folder: Option<usize>,
    attachments: Option<usize>,
    drafts: [Option<usize>; 2],
    keys: Keys,
}

/// The keys of profiles that were met: the same few people write most of an archive, and addresses take long to read.
#[derive(Default)]
struct Keys(RefCell<HashMap<String, Option<String>>>);

impl Keys {
    fn of(&self, address: &str) -> Option<String> {
        let mut known = self.0.borrow_mut();
        if let Some(key) = known.get(address) {
            return key.clone();
        }
        let key = profile_key(address);
        if address.len() <= LONGEST_KNOWN {
            if known.len() >= MOST_KEYS {
                known.clear();
            }
            known.insert(address.to_owned(), key.clone());
        }
        key
    }
}

impl Columns {
    fn of(table: &Table<'_>) -> Self {
        Self {
            conversation_id: table.column(&["Conversation ID"]),
            title: table.column(&["Conversation Title"]),
            from: table.column(&["From"]),
            from_url: table.column(&["Sender Profile URL"]),
            to: table.column(&["To"]),
            to_urls: table.column(&["Recipient Profile URLs"]),
            date: table.column(&["Date"]),
            subject: table.column(&["Subject"]),
            content: table.column(&["Content"]),
            folder: table.column(&["Folder"]),
            attachments: table.column(&["Attachments"]),
            drafts: [table.column(&["Is Message Draft"]), table.column(&["Is Conversation Draft"])],
            keys: Keys::default(),
        }
    }

    fn from(&self, cells: &Cells<'_>) -> Party {
        party(cells.line(self.from), self.keys.of(&cells.raw(self.from_url)))
    }

    fn to(&self, cells: &Cells<'_>) -> Vec<Party> {
        recipients(&cells.line(self.to), &cells.raw(self.to_urls), &self.keys)
    }

    fn message(&self, cells: &Cells<'_>, known: &Survey) -> Result<MessageRow, String> {
        let date = cells.raw(self.date);
        let sent_at = dates::instant(&date).ok_or_else(|| {
            format!(
                "Its date, “{}”, can't be read. LinkedIn writes dates like 2025-03-14 09:30:00 UTC.",
                text::preview(&date, 40)
            )
        })?;
        let (from, to) = (self.from(cells), self.to(cells));
        let content = cells.raw(self.content);
        let title = cells.some_line(self.title);
        let folder = cells.line(self.folder);
        let id = cells.line(self.conversation_id);
        let is_sponsored = folder.eq_ignore_ascii_case("sponsored")
            || (cells.raw(self.from_url).trim().is_empty() && is_advertisement(&content, title.as_deref()));
        let is_draft = folder.eq_ignore_ascii_case("draft")
            || folder.eq_ignore_ascii_case("drafts")
            || self.drafts.iter().any(|column| is_yes(&cells.raw(*column)));
        Ok(MessageRow {
            conversation_id: if is_placeholder(&id) { together(&from, &to, known) } else { id },
            conversation_title: title,
            from_name: from.name,
            from_key: from.key,
            to,
            sent_at,
            subject: cells.some_line(self.subject),
            body: text::safe_text(&text::plain(&content), LONGEST_BODY),
            folder,
            is_draft,
            is_sponsored,
            attachments: attachments(&cells.raw(self.attachments)),
        })
    }
}

/// An id that LinkedIn's exporter could not fill in (`2-mailbox/undefined`): many conversations share it.
fn is_placeholder(id: &str) -> bool {
    let last = id.rsplit('/').next().unwrap_or(id);
    ["", "undefined", "null"].contains(&last)
}

fn is_advertisement(content: &str, title: Option<&str>) -> bool {
    content.trim_start().starts_with("<p class=\"spinmail-quill-editor__spin-break\">")
        || content.contains("%FIRSTNAME%")
        || title.is_some_and(|title| title.eq_ignore_ascii_case("sponsored conversation"))
}

fn is_yes(text: &str) -> bool {
    ["yes", "true", "1"].iter().any(|yes| text.trim().eq_ignore_ascii_case(yes))
}

fn party(name: String, key: Option<String>) -> Party {
    Party { name: if name.is_empty() { HIDDEN_MEMBER.to_owned() } else { name }, key }
}

/// Pairs the recipients' names with their addresses. Only the addresses can be told apart for sure: a name may hold a comma.
fn recipients(names: &str, addresses: &str, known: &Keys) -> Vec<Party> {
    let mut keys: Vec<Option<String>> =
        addresses_in(addresses).take(MOST_RECIPIENTS).map(|address| known.of(address)).collect();
    if keys.len() <= 1 {
        let key = keys.pop().flatten();
        let nobody = names.is_empty() && key.is_none();
        return if nobody { Vec::new() } else { vec![party(names.to_owned(), key)] };
    }
    // Hidden members have a name in the list and no address.
    let (hidden, mut parts): (Vec<Cow<'_, str>>, Vec<_>) =
        split_names(names).into_iter().partition(|name| name == HIDDEN_MEMBER);
    while parts.len() > keys.len() {
        let Some(at) = (1..parts.len()).find(|at| is_suffix(&parts[*at])) else { break };
        let suffix = parts.remove(at);
        let name = parts[at - 1].to_mut();
        name.push_str(", ");
        name.push_str(&suffix);
    }
    let paired = parts.len() == keys.len();
    let mut people: Vec<Party> = keys
        .into_iter()
        .enumerate()
        .map(|(at, key)| {
            let name = if paired { parts[at].to_string() } else { key.clone().unwrap_or_default() };
            party(name, key)
        })
        .collect();
    people.extend(hidden.into_iter().take(MOST_RECIPIENTS).map(|name| party(name.into_owned(), None)));
    people
}

/// Names between commas.
fn split_names(names: &str) -> Vec<Cow<'_, str>> {
    names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .take(MOST_RECIPIENTS * 2)
        .map(Cow::Borrowed)
        .collect()
}

/// What follows a comma inside a name rather than being one: `Ph.D.`, `MBA`, `PMP®`, `Jr.`
fn is_suffix(part: &str) -> bool {
    !part.contains(' ')
        && (part.contains('.') || part.chars().filter(|c| c.is_uppercase()).count() > 1 || part.len() < 3)
}

/// Addresses joined by commas or blanks. They may hold commas themselves, so a new one begins only with `http`.
fn addresses_in(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = rest
            .char_indices()
            .skip(1)
            .find(|(at, c)| (*c == ',' || c.is_whitespace()) && starts_address(&rest[at + c.len_utf8()..]))
            .map_or(rest.len(), |(at, _)| at);
        let (address, tail) = rest.split_at(next);
        rest = tail.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
        Some(address.trim_matches(|c: char| c == ',' || c.is_whitespace()))
    })
}

fn starts_address(text: &str) -> bool {
    text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("http"))
}

fn attachments(text: &str) -> Vec<String> {
    addresses_in(text)
        .filter(|address| starts_address(address) && address.len() <= LONGEST_ADDRESS)
        .take(MOST_ATTACHMENTS)
        .map(cell::line)
        .filter(|address| address.starts_with("https://") || address.starts_with("http://"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::Limits, *};

    fn read_all(text: &str) -> (Vec<MessageRow>, Vec<String>) {
        let limits = Limits::default();
        let open = || Table::open(text.as_bytes(), &SHAPE, &limits).unwrap().unwrap();
        let mut known = Survey::default();
        read_people(open(), &mut |from, to| known.count(to.iter().chain([&from]))).unwrap();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        read(open(), &known, &mut |row| {
            match row {
                Row::Good { value, .. } => good.push(value),
                Row::Bad(problem) => bad.push(problem.words),
            }
            Flow::Go
        })
        .unwrap();
        (good, bad)
    }

    const ANA: &str = "https://www.linkedin.com/in/ana";
    const ME: &str = "https://www.linkedin.com/in/me";

    /// A file of one era: its columns, and what a row writes there.
    fn era(columns: &str, quoted: bool) -> String {
        let row: Vec<String> = columns
            .split(',')
            .map(|column| {
                let cell = match column {
                    "CONVERSATION ID" => "2-abc==",
                    "FROM" => "Ana Li",
                    "SENDER PROFILE URL" => ANA,
                    "TO" => "\"Me Too, Ph.D.\"",
                    "RECIPIENT PROFILE URLS" => ME,
                    "DATE" => "2025-03-14 09:30:05 UTC",
                    "CONTENT" => "\"Hi,\n\"\"you\"\"\"",
                    "FOLDER" => "INBOX",
                    "IS MESSAGE DRAFT" => "No",
                    _ => "",
                };
                if quoted && !cell.starts_with('"') { format!("\"{cell}\"") } else { cell.to_owned() }
            })
            .collect();
        let header = if quoted { format!("\"{}\"", columns.replace(',', "\",\"")) } else { columns.to_owned() };
        format!("{header}\n{}", row.join(","))
    }

    #[test]
    fn every_era_is_read() {
        let nine = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER";
        let ten = nine.replace("TO,DATE", "TO,RECIPIENT PROFILE URLS,DATE");
        let eras = [
            nine.to_owned(),
            ten.clone(),
            format!("{ten},IS MESSAGE DRAFT,IS CONVERSATION DRAFT"),
            format!("{ten},ATTACHMENTS"),
            format!("{ten},ATTACHMENTS,IS MESSAGE DRAFT"),
            format!("{ten},ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT"),
        ];
        for (columns, quoted) in eras.iter().flat_map(|columns| [(columns, false), (columns, true)]) {
            let (good, bad) = read_all(&era(columns, quoted));
            assert_eq!((good.len(), bad.len()), (1, 0), "{columns}: {bad:?}");
            let row = &good[0];
            assert_eq!((row.conversation_id.as_str(), row.from_name.as_str()), ("2-abc==", "Ana Li"));
            assert_eq!((row.from_key.clone(), row.to.len()), (profile_key(ANA), 1));
            assert_eq!(row.to[0].name, "Me Too, Ph.D.");
            assert_eq!(row.to[0].key.is_some(), columns.contains("RECIPIENT"));
            assert_eq!(row.sent_at.to_rfc3339(), "2025-03-14T09:30:05+00:00");
            assert_eq!((row.body.as_str(), row.folder.as_str()), ("Hi,\n\"you\"", "INBOX"));
            assert!(!row.is_draft && !row.is_sponsored && row.subject.is_none() && row.attachments.is_empty());
        }
    }

    #[test]
    fn without_an_id_both_directions_make_one_conversation() {
        let header = "FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER";
        let (good, _) = read_all(&format!(
            "{header}\nAna,{ANA},Me,\"10/24/17, 2:02 PM\",,hi,INBOX\nMe,{ME},Ana,\"10/24/17, 2:03 PM\",,ho,INBOX\n\
             Me,{ME},Bob,\"10/24/17, 2:04 PM\",,ha,INBOX"
        ));
        assert_eq!(good[0].conversation_id, good[1].conversation_id);
        assert_ne!(good[0].conversation_id, good[2].conversation_id);
        let (placed, _) = read_all(&format!(
            "CONVERSATION ID,{header}\n2-mailbox/undefined,Ana,{ANA},Me,2025-03-14 09:30:05 UTC,,hi,\n\
             2-mailbox/undefined,Bob,,Me,2025-03-14 09:30:05 UTC,,hi,"
        ));
        assert_ne!(placed[0].conversation_id, placed[1].conversation_id);
    }

    #[test]
    fn drafts_advertisements_and_hidden_members_are_marked() {
        let (good, bad) = read_all(
            "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER,IS MESSAGE DRAFT,IS CONVERSATION DRAFT\n\
             a,,Me,,Ana,2025-03-14 09:30:05 UTC,,x,INBOX,Yes,No\nb,,Me,,Ana,2025-03-14 09:30:05 UTC,,x,INBOX,No,true\n\
             c,,Me,,Ana,2025-03-14 09:30:05 UTC,,x,DRAFT,,\n\
             d,,Ad,,Me,2025-03-14 09:30:05 UTC,,\"<p class=\"\"spinmail-quill-editor__spin-break\"\">Buy</p>\",INBOX,No,No\n\
             e,Sponsored Conversation,Ad,,Me,2025-03-14 09:30:05 UTC,,Buy,INBOX,No,No\n\
             f,,,,Me,2025-03-14 09:30:05 UTC,,,INBOX,No,No\ng,,Ana,,Me,14 o'clock,,hi,INBOX,No,No\nBADROW",
        );
        let drafts: Vec<bool> = good.iter().map(|row| row.is_draft).collect();
        let ads: Vec<bool> = good.iter().map(|row| row.is_sponsored).collect();
        assert_eq!(drafts, [true, true, true, false, false, false]);
        assert_eq!(ads, [false, false, false, true, true, false]);
        assert_eq!((good[3].body.as_str(), good[5].from_name.as_str()), ("Buy", HIDDEN_MEMBER));
        assert!(bad[0].contains("“14 o'clock”") && bad[1].contains("cut short"), "{bad:?}");
    }

    #[test]
    fn recipients_are_told_apart_by_their_addresses() {
        let names = |names: &str, addresses: &str| -> Vec<String> {
            recipients(names, addresses, &Keys::default()).into_iter().map(|party| party.name).collect()
        };
        let bob = "https://www.linkedin.com/in/bob";
        for joined in [format!("{ANA},{bob}"), format!("{ANA} {bob}"), format!("{ANA}, {bob}")] {
            assert_eq!(names("Ana Li, Ph.D., MBA, Bob Ray", &joined), ["Ana Li, Ph.D., MBA", "Bob Ray"], "{joined}");
            assert_eq!(names("Ana Li,Bob Ray", &joined), ["Ana Li", "Bob Ray"]);
            assert_eq!(names("Ana Li, LinkedIn Member, Bob Ray", &joined), ["Ana Li", "Bob Ray", HIDDEN_MEMBER]);
            assert_eq!(
                recipients("x", &joined, &Keys::default()).iter().map(|p| p.key.clone()).collect::<Vec<_>>(),
                [profile_key(ANA), profile_key(bob)]
            );
        }
        assert_eq!(names("Jane Doe, Ph.D.", ""), ["Jane Doe, Ph.D."]);
        assert_eq!(names("", ""), Vec::<String>::new());
    }

    #[test]
    fn attachments_are_addresses_and_nothing_else() {
        let one = "https://www.linkedin.com/dms/prv/image/v2/a,b?e=1&v=beta";
        assert_eq!(attachments(&format!("{one},{one}")), [one, one]);
        assert_eq!(attachments("javascript:alert(1),file.pdf"), Vec::<String>::new());
    }
}
