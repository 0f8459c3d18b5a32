//! Which line of a paste opens a message, which is a day heading, which is the app's own chatter. A paste is read in one
//! style throughout, the first one below that it shows, so that "Ana: yes" inside a WhatsApp message stays there.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime};

use super::stamp::stamp;
use super::when::{Order, When, figure_date, heading, order_of, time, trailing_time};
use super::{Names, name_words};

/// The longest name in front of a message, in characters.
const LONGEST_NAME: usize = 80;

/// How far ahead a line is judged by what follows.
const AHEAD: usize = 8;

/// The habits of the app or programme a conversation was copied from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// "[14/11/2025, 15:15:02] Ana: text", "14.11.25, 15:15 - Ana: text".
    WhatsApp,
    /// "Ana Li sent the following message at 3:15 PM", "Ana Li  3:15 PM".
    LinkedIn,
    /// "On Fri, 14 Nov 2025 at 15:15, Ana Li wrote:", "From: … Sent: …".
    Mail,
    /// "You sent", "Ana sent", and bare names.
    Messenger,
    /// "Ana: text", "Me: text".
    Prefix,
    /// Names on lines of their own.
    Bare,
    /// Nothing to tell messages apart by.
    Whole,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// A message starts, by this author as written; its text may start on the same line.
    Start { author: String, when: When, body: String },
    /// A heading for what follows.
    Day(When),
    /// The app's own words.
    Noise,
    /// An event in the conversation that isn't a message.
    End,
    /// Part of a message.
    Text(&'a str),
}

/// A paste, line by line.
pub(super) struct Read<'a> {
    pub(super) style: Style,
    pub(super) lines: Vec<Line<'a>>,
}

/// Reads a paste in the style it shows.
pub(super) fn read<'a>(lines: &[&'a str], names: &Names, today: NaiveDate) -> Read<'a> {
    let possible = |date: &&str| figure_date(date, Order::Unknown).is_some();
    let dates = lines.iter().filter_map(|line| stamp(line)).map(|stamp| stamp.date).filter(possible);
    let order = order_of(dates, today);
    let announced = lines.iter().filter_map(|line| announcement(line)).map(|(author, _)| name_words(author)).collect();
    let mut reader = Reader { lines, names, today, order, announced, is_messenger: false, style: Style::Whole };
    reader.is_messenger = lines.iter().any(|line| reader.sent(line).is_some());
    for style in [Style::WhatsApp, Style::LinkedIn, Style::Mail, Style::Messenger, Style::Prefix, Style::Bare] {
        reader.style = style;
        if reader.shows() {
            return Read { style, lines: reader.all() };
        }
    }
    Read { style: Style::Whole, lines: lines.iter().map(|line| Line::Text(line)).collect() }
}

/// What a line is that opens no message.
enum Between<'a> {
    Line(Line<'a>),
    /// The time of the message that the line above has opened.
    TimeOfStart(When),
}

struct Reader<'r, 'a> {
    lines: &'r [&'a str],
    names: &'r Names,
    today: NaiveDate,
    order: Order,
    /// Names that LinkedIn announces with "sent the following message".
    announced: HashSet<Vec<String>>,
    /// Whether Messenger says somewhere who “sent”: then a name above a day is the title of the chat.
    is_messenger: bool,
    style: Style,
}

impl<'a> Reader<'_, 'a> {
    /// Whether the paste is written in the reader's style at all.
    fn shows(&self) -> bool {
        let mut starts = (0..self.lines.len()).filter(|index| match self.style {
            // Bare names belong to Messenger's style too, but only "sent" tells it.
            Style::Messenger => self.sent(self.lines[*index]).is_some(),
            _ => self.start(*index).is_some_and(|(line, _)| matches!(line, Line::Start { .. })),
        });
        let Some(first) = starts.next() else { return false };
        let opens = || {
            self.lines[..first].iter().all(|line| line.is_empty() || self.noise(line) || self.heading(line).is_some())
        };
        self.style != Style::Bare || opens() || starts.next().is_some()
    }

    fn all(&self) -> Vec<Line<'a>> {
        let mut read: Vec<Line<'a>> = Vec::with_capacity(self.lines.len());
        let mut index = 0;
        while let Some(&line) = self.lines.get(index) {
            if let Some((start, used)) = self.start(index) {
                read.push(start);
                index += used;
                continue;
            }
            let opened = read
                .iter()
                .rposition(|line| !matches!(line, Line::Noise | Line::Text("")))
                .filter(|at| matches!(&read[*at], Line::Start { body, .. } if body.is_empty()));
            let kind = self.between_starts(index, opened.map(|at| &read[at]));
            match (kind, opened.map(|at| &mut read[at])) {
                // "Ana Li", then "3:15 PM", then the text: the time is part of the heading.
                (Between::TimeOfStart(time), Some(Line::Start { when, .. })) => {
                    *when = when.or(time);
                    read.push(Line::Noise);
                }
                (Between::TimeOfStart(day), _) => read.push(Line::Day(day)),
                (Between::Line(_), _) if line.is_empty() => read.push(Line::Text("")),
                (Between::Line(kind), _) => read.push(kind),
            }
            index += 1;
        }
        read
    }

    /// A line that opens no message; `opened` is the heading directly above, while nothing has followed it.
    fn between_starts(&self, index: usize, opened: Option<&Line>) -> Between<'a> {
        let line = self.lines[index];
        if self.noise(line) {
            return Between::Line(Line::Noise);
        }
        let text = Between::Line(Line::Text(line));
        if line.is_empty() || matches!(self.style, Style::WhatsApp | Style::Mail) {
            return text;
        }
        let followed = self.start_follows(index + 1);
        let heading = self.heading(line);
        let Some(Line::Start { author, when, .. }) = opened else {
            return heading.filter(|_| followed == Some(true)).map_or(text, |day| Between::Line(Line::Day(day)));
        };
        // The name or the time once more, as LinkedIn repeats them for screen readers.
        let again = name_words(author) == name_words(line) || when.time.is_some() && time(line) == when.time;
        if again && followed == Some(false) {
            return Between::Line(Line::Noise);
        }
        // "Monday" right under a name is an answer; "3:15 PM" belongs to the name if text follows. Day and time together
        // are no answer: the name was the title of the chat.
        match heading {
            Some(day) if day.time.is_some() && when.time.is_none() && followed == Some(false) => {
                Between::TimeOfStart(day)
            }
            Some(day) if day.time.is_some() && day.date.is_some() && followed == Some(true) => {
                Between::Line(Line::Day(day))
            }
            _ => text,
        }
    }

    /// Whether the next line that says anything opens a message; none when the paste ends.
    fn start_follows(&self, from: usize) -> Option<bool> {
        let ahead = self.lines.iter().enumerate().skip(from).filter(|(_, line)| !line.is_empty()).take(AHEAD);
        for (index, line) in ahead {
            if self.start(index).is_some() {
                return Some(true);
            }
            if !self.noise(line) && self.heading(line).is_none() {
                return Some(false);
            }
        }
        None
    }

    fn heading(&self, line: &str) -> Option<When> {
        heading(line, self.today, if self.order == Order::MonthFirst { Order::MonthFirst } else { Order::Unknown })
    }

    /// The message that opens here and how many lines its heading takes.
    fn start(&self, index: usize) -> Option<(Line<'a>, usize)> {
        let line = self.lines[index].trim();
        let open = |author: &str, when: When| Line::Start { author: tidy(author), when, body: String::new() };
        let timed = |time: NaiveTime| When { time: Some(time), ..When::default() };
        match self.style {
            Style::WhatsApp => self.stamped(line).map(|line| (line, 1)),
            Style::LinkedIn => {
                if let Some((author, time)) = announcement(line) {
                    return Some((open(author, timed(time)), 1));
                }
                if self.known(line) {
                    let below = self.lines.get(index + 1)?;
                    if let Some(("", time)) = trailing_time(below) {
                        return Some((open(line, timed(time)), 2));
                    }
                    // A day below a name is when it was said, if something was.
                    let day = self.heading(below).filter(|day| day.date.is_some() && !self.is_messenger)?;
                    return (self.start_follows(index + 2) == Some(false)).then(|| (open(line, day), 2));
                }
                let (rest, time) = trailing_time(line)?;
                let author = rest.trim_end_matches(|letter: char| letter.is_whitespace() || "•·,-–|@".contains(letter));
                let author = author.strip_suffix(" at").unwrap_or(author);
                self.known(author).then(|| (open(author, timed(time)), 1))
            }
            Style::Mail => self.mail(index),
            Style::Messenger => match self.sent(line) {
                Some(author) => Some((open(author, When::default()), 1)),
                None => self.bare(index).then(|| (open(line, When::default()), 1)),
            },
            Style::Prefix => {
                let (author, body) = line.split_once(':')?;
                self.known(author).then(|| {
                    (Line::Start { author: tidy(author), when: When::default(), body: body.trim_start().to_owned() }, 1)
                })
            }
            Style::Bare => self.bare(index).then(|| (open(line, When::default()), 1)),
            Style::Whole => None,
        }
    }

    /// A name of either side, or one that LinkedIn has announced.
    fn known(&self, name: &str) -> bool {
        let length = name.chars().count();
        length > 0
            && length <= LONGEST_NAME
            && (self.names.heads(name) || !self.announced.is_empty() && self.announced.contains(&name_words(name)))
    }

    fn stamped(&self, line: &str) -> Option<Line<'a>> {
        let stamp = stamp(line)?;
        // A day that doesn't exist opens a message all the same, whose date is then marked as a guess.
        let date = figure_date(stamp.date, self.order);
        let unsure = date.is_none_or(|(_, unsure)| unsure);
        let when = When { date: date.map(|(date, _)| date), time: Some(stamp.time), unsure };
        let author_and_body = stamp.rest.split_once(": ").or_else(|| Some((stamp.rest.strip_suffix(':')?, "")));
        Some(match author_and_body {
            Some((author, body)) if !author.trim().is_empty() && author.chars().count() <= LONGEST_NAME => {
                Line::Start { author: tidy(author), when, body: body.to_owned() }
            }
            // "Messages are end-to-end encrypted", "Ana changed her number".
            _ => Line::End,
        })
    }

    /// "You sent", "Ana sent", "Ana replied to you".
    fn sent<'l>(&self, line: &'l str) -> Option<&'l str> {
        let line = line.trim();
        let (author, _) = line
            .strip_suffix(" sent")
            .map(|author| (author, ""))
            .or_else(|| line.split_once(" replied to ").filter(|(_, whom)| whom.chars().count() <= LONGEST_NAME))?;
        self.known(author).then_some(author)
    }

    /// A name on a line of its own that isn't the end of a letter.
    fn bare(&self, index: usize) -> bool {
        let line = self.lines[index].trim();
        if !self.known(line) || line.ends_with([',', '!', '?', '.', ':']) {
            return false;
        }
        let above = self.lines[..index].iter().rev().take(AHEAD).find(|line| !line.is_empty());
        if above.is_some_and(|above| signs_off(above)) {
            return false;
        }
        let mut below = self.lines[index + 1..].iter().take(AHEAD).filter(|line| !line.is_empty());
        below.find(|line| !self.noise(line)).is_some_and(|next| {
            let next_author = self.sent(next).or_else(|| self.known(next).then_some(next.trim()));
            next_author.is_none_or(|author| self.names.side(author) == self.names.side(line))
        })
    }

    fn mail(&self, index: usize) -> Option<(Line<'a>, usize)> {
        let line = self.lines[index].trim();
        if line.starts_with("On ") {
            return (1..=3).find_map(|used| {
                let joined = self.lines.get(index..index + used)?.join(" ");
                let quoted = joined.trim().strip_prefix("On ")?.strip_suffix("wrote:")?;
                Some((self.quoted(quoted)?, used))
            });
        }
        if let Some(author) = field(line, "From") {
            return self.mail_heading(index, author);
        }
        // Gmail's page: "Ana Li <ana@example.org>  Fri, Nov 14, 2025 at 3:15 PM".
        let (author, rest) = line.split_once('<')?;
        let (address, date) = rest.split_once('>')?;
        let when = self.heading(date).filter(|when| when.date.is_some())?;
        (address.contains('@') && author.chars().count() <= LONGEST_NAME)
            .then(|| (Line::Start { author: mail_author(author, address), when, body: String::new() }, 1))
    }

    /// "Fri, 14 Nov 2025 at 15:15, Ana Li <ana@example.org>".
    fn quoted(&self, text: &str) -> Option<Line<'a>> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let bare = |word: &str| word.trim_end_matches(',').to_owned();
        let (at, used, clock) = (0..words.len()).find_map(|at| {
            let two = words.get(at + 1).and_then(|half| time(&format!("{} {}", words[at], bare(half))));
            two.map(|clock| (at, 2, clock)).or_else(|| Some((at, 1, time(&bare(words[at]))?)))
        })?;
        let date = words[..at].join(" ");
        let when = self.heading(date.trim_end_matches(',')).unwrap_or_default();
        let (author, address) = match words[at + used..].join(" ") {
            rest if rest.contains('<') => {
                let (author, address) = rest.split_once('<')?;
                (author.to_owned(), address.trim_end_matches('>').to_owned())
            }
            rest => (rest, String::new()),
        };
        let author = mail_author(&author, &address);
        (!author.is_empty() && author.chars().count() <= LONGEST_NAME).then(|| Line::Start {
            author,
            when: When { time: Some(clock), ..when },
            body: String::new(),
        })
    }

    /// Outlook's "From: … Sent: … To: … Subject: …" above a message.
    fn mail_heading(&self, index: usize, author: &str) -> Option<(Line<'a>, usize)> {
        const FIELDS: [&str; 8] = ["Sent", "Date", "To", "Cc", "Bcc", "Subject", "Reply-To", "Importance"];
        let fields = self.lines[index + 1..]
            .iter()
            .take(AHEAD)
            .take_while(|line| FIELDS.iter().any(|name| field(line, name).is_some()))
            .count();
        let mut dates = self.lines[index + 1..=index + fields]
            .iter()
            .filter_map(|line| field(line, "Sent").or_else(|| field(line, "Date")));
        let text = dates.next()?;
        // A zone behind the time means that it may not be local.
        let (text, zone) = match text.rsplit_once(' ') {
            Some((rest, zone)) if zone.starts_with(['+', '-']) => (rest, true),
            _ => (text, false),
        };
        let when = self.heading(text).unwrap_or_default();
        let (author, address) = author.split_once('<').unwrap_or((author, ""));
        let author = mail_author(author, address.trim_end_matches('>'));
        let line = Line::Start { author, when: When { unsure: when.unsure || zone, ..when }, body: String::new() };
        Some((line, fields + 1))
    }

    /// Words the app puts between messages.
    fn noise(&self, line: &str) -> bool {
        let line = line.trim();
        match self.style {
            Style::LinkedIn => {
                let view = line.strip_prefix("View ").and_then(|rest| rest.split_once(" profile")).is_some_and(
                    |(whose, _)| {
                        whose.ends_with("’s") || whose.ends_with("'s") || whose.ends_with('’') || whose.ends_with('\'')
                    },
                );
                view || line.starts_with("Status is ")
                    || matches!(
                        line.trim_matches(['(', ')', '·', '•', ' ']).to_lowercase().as_str(),
                        "she/her"
                            | "he/him"
                            | "they/them"
                            | "1st"
                            | "2nd"
                            | "3rd"
                            | "1st degree connection"
                            | "active now"
                    )
            }
            Style::Messenger => {
                matches!(line, "Enter" | "Seen" | "Delivered" | "Sent" | "Edited" | "Active now" | "Original message:")
                    || line.strip_prefix("Seen by ").is_some_and(|whom| self.known(whom))
            }
            Style::Mail => {
                line.len() >= 10 && line.bytes().all(|byte| byte == b'_')
                    || line.trim_matches(['-', ' ']).eq_ignore_ascii_case("original message") && line.starts_with("--")
            }
            _ => false,
        }
    }
}

/// "Ana Li sent the following message at 3:15 PM".
fn announcement(line: &str) -> Option<(&str, NaiveTime)> {
    let (author, rest) = line.trim().split_once(" sent the following message")?;
    let at = rest.strip_prefix('s').unwrap_or(rest).trim_start().strip_prefix("at ")?;
    (!author.is_empty() && author.chars().count() <= LONGEST_NAME).then_some(())?;
    Some((author, time(at)?))
}

/// "*From:* Ana" as a field of that name.
fn field<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (label, value) = line.trim().trim_start_matches('*').split_once(':')?;
    (label.trim_end_matches('*') == name).then(|| value.trim_start_matches('*').trim())
}

fn mail_author(name: &str, address: &str) -> String {
    let name = tidy(name.trim().trim_end_matches(',').trim_matches(['"', '\'']));
    if name.is_empty() { tidy(address.trim()) } else { name }
}

/// "Best," or "Kind regards": the name below is a signature.
fn signs_off(line: &str) -> bool {
    const WORDS: [&str; 14] = [
        "best",
        "regards",
        "wishes",
        "thanks",
        "thank you",
        "cheers",
        "sincerely",
        "yours",
        "love",
        "greetings",
        "thx",
        "all the best",
        "take care",
        "speak soon",
    ];
    let lower = line.trim().trim_end_matches([',', '.', '!', ' ', '-']).to_lowercase();
    lower.chars().count() <= 30 && WORDS.iter().any(|word| lower == *word || lower.ends_with(&format!(" {word}")))
        || line.trim_end().ends_with(',') && lower.chars().count() <= 30
}

/// A name as shown: one line, single spaces, without brackets behind it.
fn tidy(author: &str) -> String {
    let name = author
        .split(['(', '<', '['])
        .next()
        .unwrap_or_default()
        .trim_matches(|letter: char| letter.is_whitespace() || letter == '~');
    let name = if name.is_empty() { author.trim() } else { name };
    name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect()
}
