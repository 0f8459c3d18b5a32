//! A page of messages of Meta's downloads in HTML, which people get who don't ask for JSON: read as well as it goes.
//!
//! Its times are to the minute, in words and in no zone; there are no ids, and what was shared is mixed with what was
//! written. The classes by which its parts are known are the same for Instagram and Messenger, and in every language.

use std::{
    cell::RefCell,
    io::{BufRead, BufReader, Read},
    rc::Rc,
};

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use html5ever::{
    Attribute, LocalName,
    tendril::StrTendril,
    tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
};

use super::{
    Flow, Guess, Ids, Item, Party, Reaction, Said,
    files::end_of,
    whatsapp::is_american,
    worded::{Dated, worded},
};
use crate::{calendar::resolve, channels::preview};

/// The longest page, in bytes; Meta begins a new one after some thousand messages.
const LONGEST: u64 = 64 << 20;
/// The longest text of one message, in bytes.
const LONGEST_TEXT: usize = 400_000;
/// The deepest nesting that is kept track of.
const DEEPEST: usize = 200;
/// The most files, and the most reactions, of one message that are kept.
const MOST_FILES: usize = 100;

/// Elements that never close.
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// What the text at hand belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Block,
    Sender,
    Body,
    Time,
    Reactions,
    /// Everything around the messages.
    Else,
}

/// One box of the page: a message, or who takes part.
#[derive(Debug, Default)]
struct Block {
    sender: String,
    body: String,
    time: String,
    files: Vec<String>,
    sent: Vec<&'static str>,
    links: Vec<String>,
    reactions: Vec<String>,
}

#[derive(Debug, Default)]
struct Page {
    open: Vec<(LocalName, Part)>,
    title: String,
    block: Block,
    done: Vec<Block>,
}

struct Sink(RefCell<Page>);

/// Whether a page begins as Meta's do.
pub(super) fn is_page(head: &str) -> bool {
    head.starts_with('<') && head.contains("_a6-g") && head.contains("uiBoxWhite")
}

/// Reads a page into `each`; its times are those of `zone`. Where no date of the page tells day from month, `day_first` says it;
/// while nobody has, it is what is usual in the zone, and [`Item::Guessed`] tells so.
///
/// # Errors
/// In words, when it is too long or holds no message.
pub(super) fn read(
    source: impl Read,
    id: &Rc<str>,
    ids: &mut Ids,
    zone: Tz,
    day_first: Option<bool>,
    each: &mut dyn FnMut(Item) -> Flow,
) -> Result<Flow, String> {
    let page = page(source)?;
    let mut dated: Vec<(Dated<NaiveDateTime>, Block)> = Vec::new();
    for block in page.done {
        // The box that lists who takes part has no time.
        if block.time.trim().is_empty() {
            continue;
        }
        match worded(&block.time) {
            Some(at) => dated.push((at, block)),
            None => {
                let words = format!(
                    "The time “{}” of a message by {} can't be read",
                    preview(&block.time, 60),
                    preview(&block.sender, 60)
                );
                if each(Item::Broken(words)) == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
        }
    }
    if dated.is_empty() {
        return Err("it holds no message whose time can be read".into());
    }
    let told = dated.iter().find_map(|(at, _)| if let Dated::Sure(_, tells) = at { *tells } else { None });
    let first = told.or(day_first).unwrap_or(!is_american(zone));
    let is_open = told.is_none() && dated.iter().any(|(at, _)| matches!(at, Dated::Either { .. }));
    if is_open && each(Item::Guessed(Guess { day_first: first, torn: false })) == Flow::Stop {
        return Ok(Flow::Stop);
    }
    let mut all: Vec<(NaiveDateTime, Block)> = dated.into_iter().map(|(at, block)| (at.read(first), block)).collect();
    // The newest stands first.
    if all.first().map(|(at, _)| at) >= all.last().map(|(at, _)| at) {
        all.reverse();
    }
    all.sort_by_key(|(at, _)| *at);
    let title = preview(page.title.trim(), 200);
    if !title.is_empty() && each(Item::Title { conversation: Rc::clone(id), title }) == Flow::Stop {
        return Ok(Flow::Stop);
    }
    let mut before: Option<(NaiveDateTime, i64)> = None;
    for (local, block) in all {
        // What was said within a minute keeps its order by a millisecond each.
        let nth = before.filter(|(at, _)| *at == local).map_or(0, |(_, nth)| nth + 1);
        before = Some((local, nth));
        let from = preview(&block.sender, 200);
        let Some(body) = body_of(&block) else { continue };
        let at: chrono::DateTime<Utc> = resolve(local.date(), local.time(), zone);
        let item = Item::Said(Said {
            conversation: Rc::clone(id),
            id: ids.next("html", &[id, &from, &body], stamp(local)),
            from: Party { name: from, key: None },
            at: at + TimeDelta::milliseconds(nth),
            body,
            files: block.files,
            reactions: block.reactions.iter().filter_map(|line| Reaction::of_line(line)).collect(),
        });
        if each(item) == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::Go)
}

/// A number for a time that is the same whichever of its figures is taken for the day: what was brought in is known again
/// when its dates are read the other way.
fn stamp(at: NaiveDateTime) -> i64 {
    let (day, month) = (at.day(), at.month());
    let date = NaiveDate::from_ymd_opt(at.year(), day.min(month), day.max(month)).unwrap_or(at.date());
    date.and_time(at.time()).and_utc().timestamp_millis()
}

fn body_of(block: &Block) -> Option<String> {
    let mut lines: Vec<&str> = block.body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = lines.join("\n");
    lines.extend(block.links.iter().map(String::as_str).filter(|link| !said.contains(link)));
    lines.extend(&block.sent);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn page(source: impl Read) -> Result<Page, String> {
    let mut source = BufReader::with_capacity(1 << 16, source.take(LONGEST + 1));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), TokenizerOpts::default());
    let queue = BufferQueue::default();
    let (mut piece, mut read) = (Vec::new(), 0);
    loop {
        piece.clear();
        // Pieces end behind a tag, where no letter is cut in two; only a megabyte without one is cut anywhere.
        let length = source.by_ref().take(1 << 20).read_until(b'>', &mut piece);
        match length.map_err(|_| "it can't be unpacked".to_owned())? {
            0 => break,
            length => read += length as u64,
        }
        if read > LONGEST {
            return Err("it is longer than 64 MB".into());
        }
        queue.push_back(StrTendril::from(String::from_utf8_lossy(&piece).as_ref()));
        // Nothing here runs a script, for which alone the tokenizer would wait.
        let _ = tokenizer.feed(&queue);
    }
    tokenizer.end();
    let mut page = tokenizer.sink.0.take();
    page.leave(0);
    Ok(page)
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => page.enter(tag),
            Token::TagToken(tag) => {
                if let Some(at) = page.open.iter().rposition(|(name, _)| *name == tag.name) {
                    page.leave(at);
                }
            }
            Token::CharacterTokens(text) => page.text(&text),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    fn here(&self) -> Part {
        self.open.last().map_or(Part::Else, |(_, part)| *part)
    }

    fn enter(&mut self, tag: Tag) {
        let within = self.here();
        let in_block = self.open.iter().any(|(_, part)| *part == Part::Block);
        let classes = attribute(&tag.attrs, "class").unwrap_or_default();
        let has = |class: &str| classes.split_ascii_whitespace().any(|one| one == class);
        let part = match (&*tag.name, in_block) {
            ("title", false) => Part::Title,
            (_, false) if has("uiBoxWhite") && has("_a6-g") => Part::Block,
            (_, true) if has("_a6-h") && within == Part::Block => Part::Sender,
            (_, true) if has("_a6-p") && within == Part::Block => Part::Body,
            (_, true) if has("_a6-o") => Part::Time,
            (_, true) if has("_a6-q") => Part::Reactions,
            ("li", true) if within == Part::Reactions && self.block.reactions.len() >= MOST_FILES => Part::Else,
            _ => within,
        };
        if part == Part::Body {
            self.meet(&tag);
        } else if part == Part::Reactions && &*tag.name == "li" {
            self.block.reactions.push(String::new());
        }
        if !VOID.contains(&&*tag.name) && self.open.len() < DEEPEST {
            self.open.push((tag.name, part));
        }
    }

    /// What stands in a message besides its text: new lines, what was sent, where links lead.
    fn meet(&mut self, tag: &Tag) {
        let block = &mut self.block;
        if matches!(&*tag.name, "br" | "div" | "p" | "li") && block.body.len() < LONGEST_TEXT {
            block.body.push('\n');
        }
        let word = match &*tag.name {
            "img" => "(a photo)",
            "video" => "(a video)",
            "audio" => "(a voice note)",
            _ => "(a file)",
        };
        let source = attribute(&tag.attrs, if &*tag.name == "a" { "href" } else { "src" });
        let Some(source) = source.filter(|_| block.files.len() + block.links.len() < MOST_FILES) else { return };
        if source.contains("://") {
            if &*tag.name == "a" && (source.starts_with("https://") || source.starts_with("http://")) {
                block.links.push(preview(source, 2_000));
            }
        } else if ["photos/", "videos/", "audio/", "gifs/", "files/"].iter().any(|folder| source.contains(folder)) {
            let end = end_of(source);
            // A picture stands in the link that leads to it.
            if !end.is_empty() && !block.files.contains(&end) {
                block.files.push(end);
                block.sent.push(if &*tag.name == "a" { word_for(source) } else { word });
            }
        }
    }

    fn text(&mut self, text: &str) {
        let target = match self.here() {
            Part::Title => &mut self.title,
            Part::Sender => &mut self.block.sender,
            Part::Body => &mut self.block.body,
            Part::Time => &mut self.block.time,
            Part::Reactions => match self.block.reactions.last_mut() {
                Some(last) => last,
                None => return,
            },
            Part::Block | Part::Else => return,
        };
        if target.len() < LONGEST_TEXT {
            target.push_str(text);
        }
    }

    /// Closes everything that was opened at this depth and deeper.
    fn leave(&mut self, depth: usize) {
        let closes = self.open[depth.min(self.open.len())..].iter().any(|(_, part)| *part == Part::Block);
        let still = self.open[..depth.min(self.open.len())].iter().any(|(_, part)| *part == Part::Block);
        self.open.truncate(depth);
        if closes && !still {
            self.done.push(std::mem::take(&mut self.block));
        }
    }
}

fn word_for(path: &str) -> &'static str {
    [("photos/", "(a photo)"), ("videos/", "(a video)"), ("audio/", "(a voice note)"), ("gifs/", "(a GIF)")]
        .iter()
        .find(|(folder, _)| path.contains(folder))
        .map_or("(a file)", |(_, word)| word)
}

fn attribute<'a>(all: &'a [Attribute], name: &str) -> Option<&'a str> {
    all.iter().find(|one| &*one.name.local == name).map(|one| &*one.value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(sender: &str, body: &str, time: &str) -> String {
        format!(
            r#"<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><h2 class="_3-95 _2pim _a6-h _a6-i">{sender}</h2><div class="_3-95 _a6-p"><div><div></div>{body}<div></div><div><ul class="_a6-q"><li><span>❤Me</span></li></ul></div></div></div><div class="_3-94 _a6-o">{time}</div></div>"#
        )
    }

    fn told(title: &str, blocks: &[String]) -> Result<Vec<Item>, String> {
        let page = format!(
            "<html><head><title>{title}</title><style>._a6-g {{}}</style></head><body><main>{}</main></body></html>",
            blocks.concat()
        );
        let mut all = Vec::new();
        read(
            page.as_bytes(),
            &Rc::from("meta:1"),
            &mut Ids::default(),
            chrono_tz::Europe::Berlin,
            None,
            &mut |item| {
                all.push(item);
                Flow::Go
            },
        )?;
        Ok(all)
    }

    fn said(items: &[Item]) -> Vec<(String, String, String)> {
        let one = |item: &Item| match item {
            Item::Said(said) => {
                Some((said.at.format("%F %T%.3f").to_string(), said.from.name.clone(), said.body.clone()))
            }
            _ => None,
        };
        items.iter().filter_map(one).collect()
    }

    #[test]
    fn a_page_is_read_oldest_first_and_a_minute_keeps_its_order() {
        let items = told(
            "Vera &amp; Moss",
            &[
                block("Participants: Vera, Me", "", ""),
                block("Vera &amp; Moss", "<div>third<br>line</div>", "Nov 19, 2024 7:08 am"),
                block("Me", "<div>second &lt;b&gt;</div>", "Nov 19, 2024 7:07 am"),
                block("Vera &amp; Moss", "<div>first</div>", "Nov 19, 2024 7:07 am"),
            ],
        )
        .unwrap();
        assert_eq!(items[0], Item::Title { conversation: Rc::from("meta:1"), title: "Vera & Moss".into() });
        let expected = [
            ("2024-11-19 06:07:00.000", "Vera & Moss", "first"),
            ("2024-11-19 06:07:00.001", "Me", "second <b>"),
            ("2024-11-19 06:08:00.000", "Vera & Moss", "third\nline"),
        ];
        let reaction = Reaction { sign: "❤".into(), by: "Me".into() };
        assert!(matches!(&items[1], Item::Said(said) if said.reactions == [reaction]), "{items:?}");
        assert_eq!(said(&items), expected.map(|(at, from, body)| (at.into(), from.into(), body.into())));
    }

    #[test]
    fn what_was_sent_and_shared_is_named() {
        let photo = r#"<div><a target="_blank" href="your_instagram_activity/messages/inbox/vera_1/photos/1.jpg"><img src="your_instagram_activity/messages/inbox/vera_1/photos/1.jpg"></a></div>"#;
        let link =
            r#"<div>look</div><div><a href="https://www.instagram.com/p/1/">https://www.instagram.com/p/1/</a></div>"#;
        let items =
            told("Vera", &[block("Vera", photo, "May 1, 2025 1:00 pm"), block("Vera", link, "May 1, 2025 1:01 pm")])
                .unwrap();
        let files: Vec<Vec<String>> = items
            .iter()
            .filter_map(|item| if let Item::Said(said) = item { Some(said.files.clone()) } else { None })
            .collect();
        let bodies: Vec<String> = said(&items).into_iter().map(|row| row.2).collect();
        assert_eq!(bodies, ["(a photo)", "look\nhttps://www.instagram.com/p/1/"]);
        assert_eq!(files, [vec!["vera_1/photos/1.jpg".to_owned()], vec![]]);
    }

    #[test]
    fn a_time_that_can_t_be_read_is_told_and_its_siblings_stay() {
        let items = told(
            "Vera",
            &[block("Vera", "<div>a</div>", "quartidi 12"), block("Vera", "<div>b</div>", "May 1, 2025 1:00 pm")],
        )
        .unwrap();
        assert!(matches!(&items[0], Item::Broken(words) if words.contains("quartidi")), "{items:?}");
        assert_eq!(said(&items).len(), 1);
    }

    #[test]
    fn what_holds_no_message_is_refused() {
        for page in ["", "<html>", "<div class='_a6-g uiBoxWhite'>", "nonsense"] {
            let read =
                read(page.as_bytes(), &Rc::from("x"), &mut Ids::default(), chrono_tz::UTC, None, &mut |_| Flow::Go);
            assert!(read.is_err(), "{page}");
        }
    }

    proptest! {
        #[test]
        fn any_markup_is_read_or_refused(
            page in r#"(<div class="_a6-[ghpoq] uiBoxWhite">|</div>|<br>|<a href="photos/1.jpg">|</a>|May 1, 2025 1:00 pm|&amp;|<|>|é){0,60}"#
        ) {
            let _ = read(page.as_bytes(), &Rc::from("x"), &mut Ids::default(), chrono_tz::UTC, None, &mut |_| Flow::Go);
        }
    }
}
