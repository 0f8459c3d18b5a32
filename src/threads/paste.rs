//! A whole conversation copied from LinkedIn, Instagram, Messenger, WhatsApp or a mail becomes messages to look over
//! before anything is stored. Pure: how lines are told apart is in `lines`, dates are in `when`.

mod lines;
mod stamp;
mod when;

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};

use lines::{Line, Style};
use when::When;

/// The longest paste, in characters.
pub const LONGEST_PASTE: usize = 200_000;

/// The most messages one paste may hold.
pub const MOST_MESSAGES: usize = 2_000;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Somebody of this workspace.
    Ours,
    /// The contact.
    Theirs,
}

/// One message of a pasted conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pasted {
    /// Who wrote it.
    pub side: Side,
    /// The author's name as it stood in the paste, if it did.
    pub author: Option<String>,
    /// The text, without blank lines around it; never empty.
    pub body: String,
    /// When it was sent, as local time of the person who pasted it.
    pub sent_at: Option<NaiveDateTime>,
    /// True when the date, the time or the side was not in the paste and had to be inferred.
    pub guessed: bool,
}

/// What is known about a paste before reading it.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The contact's full name.
    pub contact: &'a str,
    /// Names under which we may appear: the user's, the brand's.
    pub us: &'a [&'a str],
    /// The local date of the person who pastes.
    pub today: NaiveDate,
    /// The local time of the person who pastes.
    pub now: NaiveTime,
}

/// The messages of a pasted conversation, in the order of the paste. What can't be told apart becomes one message from
/// the contact. A message without a date takes the one before it, or today and now; both are marked as guessed.
///
/// # Errors
/// In words for the person: nothing pasted, more than [`LONGEST_PASTE`] characters, more than [`MOST_MESSAGES`] messages.
pub fn split(text: &str, ctx: &Context) -> Result<Vec<Pasted>, String> {
    if text.chars().count() > LONGEST_PASTE {
        return Err("This is more than 200,000 characters: paste the conversation in parts.".to_owned());
    }
    let clean = plain(text);
    let lines: Vec<&str> = clean.lines().map(str::trim_end).collect();
    if lines.iter().all(|line| line.is_empty()) {
        return Err("There is nothing to split yet: paste the conversation first.".to_owned());
    }
    let names = Names::new(ctx);
    let mut read = lines::read(&lines, &names, ctx.today);
    drop_head(&mut read);
    let mut messages = Vec::new();
    let mut clock = Clock { day: None, last: None, first: first_date(&read), ctx };
    let mut draft: Option<Open> = None;
    for line in read.lines {
        match line {
            Line::Start { author, when, body } => {
                // "Ana sent the following message at 3:15 PM", then "Ana Li 3:15 PM": one message, two headings.
                let repeated = draft.take_if(|open| open.is_empty() && open.author.is_some());
                if let Some(done) = draft.take() {
                    messages.extend(done.close(&mut clock, &names));
                }
                let mut when = when;
                if let Some(earlier) = repeated {
                    when = when.or(earlier.when);
                }
                draft = Some(Open { author: Some(author), when, body: body.to_owned() });
            }
            Line::Day(day) => {
                if let Some(done) = draft.take() {
                    messages.extend(done.close(&mut clock, &names));
                }
                clock.new_day(day);
            }
            Line::Noise => {}
            Line::End => {
                if let Some(done) = draft.take() {
                    messages.extend(done.close(&mut clock, &names));
                }
            }
            Line::Text(text) => {
                let open =
                    draft.get_or_insert_with(|| Open { author: None, when: When::default(), body: String::new() });
                open.body.push('\n');
                open.body.push_str(text);
            }
        }
        if messages.len() >= MOST_MESSAGES {
            return Err("These are more than 2,000 messages: paste the conversation in parts.".to_owned());
        }
    }
    if let Some(done) = draft {
        messages.extend(done.close(&mut clock, &names));
    }
    settle_strangers(&mut messages, &names, read.style);
    if messages.is_empty() {
        // Headings without a word between them: keep what was pasted rather than lose it.
        let body = clean.trim().to_owned();
        messages.push(Open { author: None, when: When::default(), body }.finish(&mut clock, &names));
    }
    Ok(messages)
}

/// Before when what stands before the first date of a paste was said: the beginning of that day, or the time beside it.
fn first_date(read: &lines::Read<'_>) -> Option<NaiveDateTime> {
    // A mail begins with the latest words.
    let mut lines = read.lines.iter().filter(|_| read.style != Style::Mail);
    lines.find_map(|line| match line {
        Line::Day(when) | Line::Start { when, .. } => Some(when.date?.and_time(when.time.unwrap_or(NaiveTime::MIN))),
        _ => None,
    })
}

/// How LinkedIn says how far away somebody is.
const DEGREES: [&str; 3] = ["• 1st", "• 2nd", "• 3rd"];

/// Who marks all of LinkedIn's page copies the head of the profile as well, which says how far away they are.
fn drop_head(read: &mut lines::Read<'_>) {
    let first = read.lines.iter().position(|line| matches!(line, Line::Start { .. })).unwrap_or(0);
    let tells = |line: &Line| matches!(line, Line::Text(text) if DEGREES.iter().any(|degree| text.contains(degree)));
    let Some(head) = read.lines.get_mut(..first) else { return };
    if read.style == Style::LinkedIn && head.iter().any(tells) {
        head.iter_mut().filter(|line| matches!(line, Line::Text(_))).for_each(|line| *line = Line::Noise);
    }
}

/// Line ends and spaces as we know them; marks for the writing direction, which WhatsApp strews in, are dropped.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter_map(|letter| match letter {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => None,
            '\r' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\u{a0}' | '\u{202f}' | '\u{2009}' | '\t' => Some(' '),
            other => Some(other),
        })
        .collect()
}

/// A message that is still being read.
struct Open {
    author: Option<String>,
    when: When,
    body: String,
}

impl Open {
    fn is_empty(&self) -> bool {
        self.body.trim().is_empty()
    }

    fn close(self, clock: &mut Clock, names: &Names) -> Option<Pasted> {
        (!self.is_empty()).then(|| self.finish(clock, names))
    }

    fn finish(self, clock: &mut Clock, names: &Names) -> Pasted {
        let (sent_at, when_guessed) = clock.read(self.when);
        let side = self.author.as_deref().and_then(|author| names.side(author));
        Pasted {
            side: side.unwrap_or(Side::Theirs),
            author: self.author,
            body: self.body.trim().to_owned(),
            sent_at: Some(sent_at),
            guessed: when_guessed || side.is_none(),
        }
    }
}

/// Messages without a known author: between two people, the one who isn't the contact is us. In a mail thread what
/// stands above the first quotation is the answer to it.
fn settle_strangers(messages: &mut [Pasted], names: &Names, style: Style) {
    let known = |side: Side| {
        messages.iter().any(|message| message.author.as_deref().is_some_and(|author| names.side(author) == Some(side)))
    };
    let only_contact_known = known(Side::Theirs) && !known(Side::Ours);
    for message in messages.iter_mut() {
        if message.author.as_deref().is_some_and(|author| names.side(author).is_none()) && only_contact_known {
            message.side = Side::Ours;
        }
    }
    if style == Style::Mail
        && let [first, second, ..] = messages
        && first.author.is_none()
        && second.side == Side::Theirs
    {
        first.side = Side::Ours;
    }
}

/// Where in time the reading has got to.
struct Clock<'a> {
    /// The day heading above, and the time beside it until a message takes it.
    day: Option<When>,
    last: Option<NaiveDateTime>,
    /// Before when what stands before the first date was said.
    first: Option<NaiveDateTime>,
    ctx: &'a Context<'a>,
}

impl Clock<'_> {
    fn new_day(&mut self, heading: When) {
        let above = self.day.unwrap_or_default();
        self.day = Some(When { date: heading.date.or(above.date), time: heading.time, ..heading });
    }

    /// The instant of a message, and whether any of it was inferred.
    fn read(&mut self, own: When) -> (NaiveDateTime, bool) {
        let heading = self.day.unwrap_or_default();
        let time = own.time.or(heading.time);
        if let Some(day) = self.day.as_mut() {
            day.time = None;
        }
        let (today, now) = (self.ctx.today, self.ctx.now);
        let date = own.date.or(heading.date);
        let unsure = own.unsure || own.date.is_none() && heading.unsure;
        let sent_at = match (date, time) {
            (Some(date), Some(time)) => date.and_time(time),
            (Some(date), None) => match self.last {
                Some(last) if last.date() == date => last,
                _ if date == today => date.and_time(now),
                _ => date.and_time(NOON),
            },
            (None, Some(time)) => {
                let before = self.first.map(|first| day_before(first, time));
                let date = match self.last.map(|last| last.date()).or(before) {
                    Some(date) => date,
                    // A time that is still to come was yesterday's.
                    None if time > now => today.checked_sub_days(Days::new(1)).unwrap_or(today),
                    None => today,
                };
                date.and_time(time)
            }
            (None, None) => self.last.unwrap_or_else(|| {
                self.first.map_or(today.and_time(now), |first| day_before(first, NOON).and_time(NOON))
            }),
        };
        self.last = Some(sent_at);
        let ahead = sent_at.date() > today.succ_opt().unwrap_or(today);
        (sent_at, date.is_none() || time.is_none() || unsure || ahead)
    }
}

/// The day of a time that comes before another.
fn day_before(first: NaiveDateTime, time: NaiveTime) -> NaiveDate {
    let day = first.date();
    if time < first.time() { day } else { day.pred_opt().unwrap_or(day) }
}

/// Where a message of an earlier day goes when only the day is known.
const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

/// The names of both sides, folded.
struct Names {
    contact: Vec<String>,
    us: Vec<Vec<String>>,
}

impl Names {
    fn new(ctx: &Context) -> Self {
        Self { contact: name_words(ctx.contact), us: ctx.us.iter().map(|name| name_words(name)).collect() }
    }

    /// Whether this names one side, and nothing else: "Ana: call me at" begins with a name that we know, and says something.
    fn heads(&self, text: &str) -> bool {
        let words = name_words(text);
        let exact = words == self.contact || self.us.contains(&words);
        self.side(text).is_some() && (exact || reads_as_name(text))
    }

    /// Whose name this is; a full match beats a first name, and of two first names the contact's counts.
    fn side(&self, author: &str) -> Option<Side> {
        let author = name_words(author);
        if let [only] = author.as_slice()
            && matches!(only.as_str(), "you" | "me" | "myself")
        {
            return Some(Side::Ours);
        }
        let us = self.us.iter().map(|name| likeness(&author, name)).max().unwrap_or(0);
        let them = likeness(&author, &self.contact);
        match (us, them) {
            (0, 0) => None,
            _ if us > them => Some(Side::Ours),
            _ => Some(Side::Theirs),
        }
    }
}

/// The words of a name in lower case, without what stands in brackets, such as pronouns.
fn name_words(name: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let outside: String = name
        .chars()
        .filter(|letter| {
            match letter {
                '(' | '<' | '[' => depth += 1,
                ')' | '>' | ']' => depth = depth.saturating_sub(1),
                _ => return depth == 0,
            }
            false
        })
        .collect();
    outside
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Small words that stand within names.
const PARTICLES: [&str; 22] = [
    "von", "van", "zu", "vom", "ter", "ten", "der", "den", "de", "da", "do", "dos", "das", "di", "du", "del", "della",
    "la", "le", "el", "al", "bin",
];

/// Whether a text could be a name more or less long than the one that we know: no marks of a sentence, and no word but the first
/// begins small.
fn reads_as_name(text: &str) -> bool {
    let is_large = |word: &str| !word.starts_with(char::is_lowercase) || PARTICLES.contains(&word);
    !text.contains([':', ',', ';', '!', '?']) && text.split_whitespace().skip(1).all(is_large)
}

/// 2 for the same name, 1 for a first name, an initial ("Ana L.") or a middle name more or less, 0 for another name.
fn likeness(author: &[String], name: &[String]) -> u8 {
    let (Some(first), Some(own_first)) = (author.first(), name.first()) else { return 0 };
    if author == name {
        return 2;
    }
    let initial = |a: &String, b: &String| a == b || a.chars().count() == 1 && b.starts_with(a.as_str());
    // "Ana Li" may be the Ana we know by that name alone; "Ana Li 3" is nobody.
    let longer = author.len() > name.len()
        && (name.len() > 1 || author[1..].iter().any(|word| !word.chars().all(char::is_alphabetic)));
    let along = !longer && first == own_first && author.iter().zip(name).all(|(a, b)| initial(a, b));
    let around = first == own_first && author.len() > 1 && author.last() == name.last();
    u8::from(along || around)
}

#[cfg(test)]
mod tests;
