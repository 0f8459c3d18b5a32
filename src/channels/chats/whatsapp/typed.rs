//! Which of a chat's lines that begin as its messages do, and name nobody, were typed by somebody, such as an agenda: a chat is told
//! in the order of its times.

use chrono::{NaiveDateTime, TimeDelta};

use super::{
    stamps::{Order, Shape, date_of, stamp},
    text::OWN,
};

/// By how much a message may stand before one that is older: a clock that is put back, a message that was long on its way.
const SLACK: TimeDelta = TimeDelta::hours(3);

/// What begins as a message does.
struct Head<'a> {
    at: usize,
    /// None where the date can't be.
    when: Option<NaiveDateTime>,
    author: Option<&'a str>,
    /// Whether WhatsApp marks its words as its own.
    marked: bool,
    /// Whether lines without a stamp follow.
    goes_on: bool,
}

/// The author of what follows a stamp, and what they say. `title` is what the chat is called: names may hold a colon.
pub(super) fn author_of<'a>(rest: &'a str, title: Option<&str>) -> Option<(&'a str, &'a str)> {
    if let Some(at) = title.and_then(|title| after_title(rest, title)) {
        return Some((rest[..at].trim(), &rest[at + 2..]));
    }
    let (author, body) = rest.split_once(": ")?;
    let is_name = !(author.contains('\n') || opens_quote(author) && closes_quote(body));
    is_name.then(|| (author.trim(), body))
}

/// Where a title and a colon end that a text begins with. Names of files have a stroke for what they can't hold.
fn after_title(text: &str, title: &str) -> Option<usize> {
    let mut at = 0;
    let mut letters = text.chars();
    for sought in title.chars() {
        let letter = letters.next()?;
        if letter != sought
            && !(sought == '_' && matches!(letter, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|'))
        {
            return None;
        }
        at += letter.len_utf8();
    }
    text[at..].starts_with(": ").then_some(at)
}

/// Whether a quotation begins that goes on behind, as in `Ana created group “Project: Berlin”`: that is a notice. In a name one ends as
/// well, and inches follow a number.
fn opens_quote(text: &str) -> bool {
    let last = text.char_indices().rfind(|(_, c)| matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」'));
    last.is_some_and(|(at, c)| {
        let is_german = text[..at].contains('„');
        c == '「' || text[..at].ends_with(' ') && (matches!(c, '"' | '„' | '«') || c == '“' && !is_german)
    })
}

fn closes_quote(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.contains(['"', '”', '“', '»', '」']))
}

/// Where the lines begin that have a chat's stamp.
pub(super) fn stamped(text: &str, shape: &Shape) -> impl Iterator<Item = usize> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        at += line.len();
        stamp(line).filter(|found| found.shape == *shape).map(|_| at - line.len())
    })
}

/// The text from one start to the next.
pub(super) fn between<'a>(text: &'a str, starts: &[usize]) -> impl Iterator<Item = &'a str> {
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(from, to)| &text[*from..to])
}

/// Where the messages of a chat begin, without the lines that were typed into one. In doubt a line is a message: whoever is named in
/// it may have said it, and nobody's words are put into another's mouth.
pub(super) fn starts(text: &str, stamped: &[usize], order: Order, title: Option<&str>) -> Vec<usize> {
    let heads: Vec<Head<'_>> =
        stamped.iter().zip(between(text, stamped)).filter_map(|(at, block)| head(*at, block, order, title)).collect();
    let strays = strays(&heads);
    let mut starts = Vec::with_capacity(heads.len());
    let mut follows_words = false;
    let all: Vec<(&Head<'_>, bool)> = heads.iter().zip(strays).collect();
    for run in all.chunk_by(|(one, _), (next, _)| one.author.is_none() && next.author.is_none()) {
        // What WhatsApp says itself has no author and one line, and stands in its time.
        let goes_on = run.iter().any(|(head, _)| head.author.is_none() && head.goes_on);
        for (head, strays) in run {
            let typed = head.author.is_none() && (*strays || goes_on);
            if !(typed && follows_words) {
                starts.push(head.at);
                follows_words = head.author.is_some() && !head.marked;
            }
        }
    }
    starts
}

/// Of each whether it stands out of the order of times.
fn strays(heads: &[Head<'_>]) -> Vec<bool> {
    let mut places = in_order(heads).into_iter().peekable();
    let mut last: Option<NaiveDateTime> = None;
    let stray = |(at, head): (usize, &Head<'_>)| {
        if places.next_if_eq(&at).is_some() {
            last = head.when;
            return false;
        }
        let next = places.peek().and_then(|place| heads[*place].when);
        head.when.is_some_and(|when| {
            next.is_some_and(|next| when > next + SLACK) || last.is_some_and(|last| when < last - SLACK)
        })
    };
    heads.iter().enumerate().map(stray).collect()
}

fn head<'a>(at: usize, block: &'a str, order: Order, title: Option<&str>) -> Option<Head<'a>> {
    let found = stamp(block)?;
    let said = author_of(found.rest, title);
    Some(Head {
        at,
        when: date_of(found.figures, order).map(|date| date.and_time(found.time)),
        author: said.map(|(author, _)| author),
        marked: said.is_some_and(|(_, body)| body.starts_with(OWN)),
        goes_on: found.rest.lines().skip(1).any(|line| !line.trim().is_empty()),
    })
}

/// The most of them whose times never run back, by place.
fn in_order(heads: &[Head<'_>]) -> Vec<usize> {
    // The longest run that doesn't fall: of each length, the run that ends earliest, and who stands before whom.
    let (mut ends, mut before): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), vec![None; heads.len()]);
    for (at, head) in heads.iter().enumerate() {
        let Some(when) = head.when else { continue };
        let length = ends.partition_point(|end| heads[*end].when <= Some(when));
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run: Vec<usize> = std::iter::successors(ends.last().copied(), |at| before[*at]).collect();
    run.reverse();
    run
}
