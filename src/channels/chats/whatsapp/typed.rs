//! Which of a chat's lines that begin as its messages do were typed by somebody, such as an agenda: a chat is told in the order of
//! its times, by the same few people.

use std::collections::{HashMap, HashSet};

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

/// The author of what follows a stamp, and what they say.
pub(super) fn author_of(rest: &str) -> Option<(&str, &str)> {
    rest.split_once(": ").filter(|(author, _)| !author.contains('\n')).map(|(author, body)| (author.trim(), body))
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

/// Where the messages of a chat begin that is called `title`, without the lines that were typed into one.
pub(super) fn starts(text: &str, stamped: &[usize], order: Order, title: Option<&str>) -> Vec<usize> {
    let heads: Vec<Head<'_>> =
        stamped.iter().zip(between(text, stamped)).filter_map(|(at, block)| head(*at, block, order)).collect();
    let places = in_order(&heads);
    let known: HashSet<&str> = places.iter().filter_map(|place| heads[*place].author).collect();
    let mut latest = places.iter().peekable();
    let mut last: Option<NaiveDateTime> = None;
    let mut left: Vec<&Head<'_>> = Vec::with_capacity(heads.len());
    for (at, head) in heads.iter().enumerate() {
        let stands = latest.next_if(|place| **place == at).is_some();
        let next = latest.peek().and_then(|place| heads[**place].when);
        let strays = !stands
            && head.when.is_none_or(|when| {
                next.is_some_and(|next| when > next + SLACK) || last.is_some_and(|last| when < last - SLACK)
            });
        let stranger = head.author.is_none_or(|author| !known.contains(author));
        // What WhatsApp says itself has one line.
        let typed = at > 0 && (strays && stranger || head.author.is_none() && head.goes_on);
        if !typed {
            left.push(head);
        }
        last = head.when.filter(|_| stands).or(last);
    }
    let strangers = title.map(|title| strangers(&left, title)).unwrap_or_default();
    left.iter()
        .filter(|head| head.author.is_none_or(|author| !strangers.contains(author)))
        .map(|head| head.at)
        .collect()
}

fn head(at: usize, block: &str, order: Order) -> Option<Head<'_>> {
    let found = stamp(block)?;
    let said = author_of(found.rest);
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

/// Where the chat is called like one who speaks in it, it is between them and one other: who says a line or two besides was
/// typed into it. In a group an iPhone puts notices, marked, into the mouth of the group itself.
fn strangers<'a>(heads: &[&Head<'a>], title: &str) -> HashSet<&'a str> {
    let mut lines: HashMap<&str, usize> = HashMap::new();
    for author in heads.iter().filter(|head| !head.marked).filter_map(|head| head.author) {
        *lines.entry(author).or_default() += 1;
    }
    let theirs = lines.remove(title).unwrap_or_default();
    let Some((other, _)) = lines.iter().max_by_key(|(author, many)| (**many, std::cmp::Reverse(**author))) else {
        return HashSet::new();
    };
    let other = *other;
    lines.remove(other);
    if lines.values().sum::<usize>() <= theirs.div_ceil(4) { lines.into_keys().collect() } else { HashSet::new() }
}
