//! The daily digest (promise 4): when it goes, and what it says. Sending is the worker's.

use std::collections::HashMap;

use askama::Template;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;

use super::{CAP, Entry, MOST_WAITING, Owed, Unanswered, owed};
use crate::{
    access::Origin,
    accounts::{self, User},
    calendar::{Day, counted, due_words, local, past_words, resolve},
    channels::{Direction, preview},
    contacts::Contact,
    db::{self, Instant, Sys, Tx, messages as m},
    drafts,
    error::Result,
    ids::ContactId,
};

/// How many entries a digest holds; beyond that it says how many more there are.
pub const MOST: usize = 25;
/// One that is caught up so shortly before the next takes its place.
const APART: TimeDelta = TimeDelta::hours(12);
/// A digest that goes so much after its hour says so.
const LATE_AFTER: TimeDelta = TimeDelta::minutes(30);

/// When the person's next digest is due, strictly after `after`; never if they want none.
pub fn next_run(user: &User, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    use chrono::Datelike;
    let days = user.digest_weekdays();
    if !user.digest_on || days.is_empty() {
        return None;
    }
    let today = local(after, user.zone()).date();
    today
        .iter_days()
        .take(15)
        .filter(|date| days.contains(date.weekday()))
        .map(|date| resolve(date, user.digest_time, user.zone()))
        .find(|at| *at > after)
}

/// Which local day a digest run at `now` is for, given when it was planned, and whether it is late: today's, once
/// today's hour has passed or is less than half a day away; else the day it was planned for.
pub fn day_of_run(user: &User, planned: DateTime<Utc>, now: DateTime<Utc>) -> (NaiveDate, bool) {
    use chrono::Datelike;
    let today = local(now, user.zone()).date();
    let slot = resolve(today, user.digest_time, user.zone());
    if user.digest_weekdays().contains(today.weekday()) && slot <= now {
        return (today, now - slot > LATE_AFTER);
    }
    // One that failed and is tried again after midnight is the evening's still.
    let day = local(planned, user.zone()).date();
    let day = if resolve(day, user.digest_time, user.zone()) > planned { day.pred_opt().unwrap_or(day) } else { day };
    let late = now - resolve(day, user.digest_time, user.zone()) > LATE_AFTER;
    // What is caught up shortly before today's hour takes its place: nobody gets the same twice within a morning.
    let is_todays = late && user.digest_weekdays().contains(today.weekday()) && slot - now < APART;
    (if is_todays { today } else { day }, late)
}

/// A digest ready to be mailed or printed.
#[derive(Debug, Clone)]
pub struct Digest {
    /// The subject line.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

struct Line {
    who: String,
    company: Option<String>,
    title: String,
    when: String,
    state: String,
    overdue: bool,
    words: Option<String>,
    draft: Option<String>,
    flaws: Vec<String>,
    open: String,
    snooze: String,
    done: String,
}

struct Waiting {
    who: String,
    words: Option<String>,
    since: String,
    open: String,
}

struct Part {
    name: String,
    overdue: Vec<Line>,
    today: Vec<Line>,
    replies: Vec<Waiting>,
    more: Option<String>,
    all: String,
}

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct DigestHtml<'a> {
    heading: &'a str,
    late: bool,
    parts: &'a [Part],
    settings: &'a str,
}

#[derive(Template)]
#[template(path = "mail/digest.txt", escape = "none")]
struct DigestText<'a> {
    heading: &'a str,
    late: bool,
    parts: &'a [Part],
    settings: &'a str,
}

/// What a person owes at this moment, over all their workspaces; none when that is nothing. `base` is the address
/// that links begin with.
pub fn compose(sys: &mut Sys<'_>, user: &User, base: &str, late: bool) -> Result<Option<Digest>> {
    let day = Day::of(sys.now().utc(), user.zone());
    let mut parts = Vec::new();
    let (mut due, mut replies, mut room, mut uncounted) = (0, 0, MOST, false);
    // Whoever opened the demo gets mail about their own work alone: nothing is sent from there.
    let made_up = user.email.ends_with("@example.com");
    for membership in accounts::memberships(sys, user.id)?.into_iter().filter(|one| made_up || !one.demo) {
        let access = accounts::enter(sys, user.id, &membership.slug, Origin::Worker)?;
        let tx = &mut sys.enter(access);
        let mine = owed(tx, user.id, &day)?;
        let total = mine.due_count + mine.replies_count;
        if total == 0 {
            continue;
        }
        uncounted |= mine.replies_count >= MOST_WAITING - CAP;
        due += mine.due_count;
        replies += mine.replies_count;
        let root = format!("{base}/w/{}", membership.slug);
        parts.push(part(tx, membership.name, &root, mine, &day, &mut room)?);
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let date = day.date().format("%A %-d %B");
    let waiting = counted(replies, "reply", "replies");
    // Beyond, they are not counted.
    let waiting = if uncounted { format!("at least {waiting}") } else { waiting };
    let heading = format!(
        "{} for {date}",
        match (due, replies) {
            (_, 0) => counted(due, "follow-up", "follow-ups"),
            (0, _) => format!("{waiting} owed"),
            _ => format!("{} and {waiting}", counted(due, "follow-up", "follow-ups")),
        }
    );
    let settings = format!("{base}/me");
    let subject = if late { format!("Late: {heading}") } else { heading.clone() };
    let text = DigestText { heading: &heading, late, parts: &parts, settings: &settings }.render()?;
    let html = DigestHtml { heading: &heading, late, parts: &parts, settings: &settings }.render()?;
    Ok(Some(Digest { subject, text, html }))
}

fn part(tx: &mut Tx<'_>, name: String, root: &str, mine: Owed, day: &Day, room: &mut usize) -> Result<Part> {
    let total = mine.due_count + mine.replies_count;
    let (mut overdue, mut today, mut replies) = (Vec::new(), Vec::new(), Vec::new());
    let due: Vec<Entry> = mine.due.into_iter().take(*room).collect();
    let words = their_words(tx, due.iter().map(|entry| &entry.contact))?;
    for entry in due {
        *room -= 1;
        let theirs = words.get(&entry.contact.id).map(String::as_str);
        let line = line(tx, &entry, theirs, root, day)?;
        if line.overdue { overdue.push(line) } else { today.push(line) }
    }
    for Unanswered { contact, thread } in mine.replies.into_iter().take(*room) {
        *room -= 1;
        replies.push(Waiting {
            open: format!("{root}/threads/{thread}"),
            words: contact.last_words.as_deref().map(|words| preview(words, 200)),
            since: contact.last_in_at.map_or(String::new(), |at| past_words(at.utc(), day)),
            who: contact.name,
        });
    }
    let shown = i64::try_from(overdue.len() + today.len() + replies.len()).unwrap_or(0);
    let least = if mine.replies_count >= MOST_WAITING - CAP { "at least " } else { "" };
    let more = (total > shown).then(|| format!("and {least}{} more", total - shown));
    Ok(Part { name, overdue, today, replies, more, all: format!("{root}/today") })
}

/// What each of these people said last, also where we have written since.
fn their_words<'a>(tx: &mut Tx<'_>, people: impl Iterator<Item = &'a Contact>) -> Result<HashMap<ContactId, String>> {
    let (ids, times): (Vec<ContactId>, Vec<Instant>) =
        people.filter_map(|contact| Some((contact.id, contact.last_in_at?))).unzip();
    let rows: Vec<(ContactId, String)> = tx
        .all(db::Messages)
        .filter(m::contact_id.eq_any(ids))
        .filter(m::sent_at.eq_any(times))
        .filter(m::direction.eq(Direction::In))
        .filter(m::aside.eq(false))
        .order((m::sent_at, m::id))
        .select((m::contact_id, m::body))
        .load(tx.conn())?;
    // The last of each stays.
    Ok(rows.into_iter().collect())
}

fn line(tx: &mut Tx<'_>, entry: &Entry, theirs: Option<&str>, root: &str, day: &Day) -> Result<Line> {
    let reminder = &entry.reminder;
    let draft = drafts::draft_for(
        tx,
        &entry.contact,
        reminder.channel,
        Some(reminder.user_id),
        reminder.template_id,
        reminder.draft.as_deref(),
    )?;
    let here = local(reminder.due_at.utc(), day.zone());
    let link = format!("{root}/reminders/{}", reminder.id);
    let mut flaws: Vec<String> = draft.flaws.iter().map(drafts::Flaw::words).collect();
    // No words for whom nobody may write to.
    let barred = entry.contact.do_not_contact.as_ref();
    flaws.extend(barred.map(|why| format!("Do not contact: {why}")));
    Ok(Line {
        who: entry.contact.name.clone(),
        company: entry.contact.company.clone(),
        title: reminder.title.clone(),
        when: due_words(here.date(), here.time(), day.date()),
        state: entry.next.words(),
        overdue: matches!(entry.next, crate::calendar::NextStep::Overdue { .. }),
        words: theirs.map(|words| preview(words, 280)),
        draft: (!draft.text.is_empty() && barred.is_none()).then_some(draft.text),
        flaws,
        snooze: format!("{link}/snooze"),
        done: format!("{link}/done"),
        open: link,
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::ids::UserId;

    fn user(zone: &str) -> User {
        User {
            id: UserId(1),
            email: "ana@example.com".into(),
            name: "Ana".into(),
            timezone: zone.into(),
            digest_on: true,
            digest_time: NaiveTime::from_hms_opt(8, 0, 0).unwrap(),
            digest_days: 31,
            digest_key: "k".into(),
        }
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_digest_goes_at_the_local_hour_on_chosen_weekdays() {
        let berlin = user("Europe/Berlin");
        // Friday after the hour: Monday, eight o'clock in winter time.
        assert_eq!(next_run(&berlin, at("2026-11-20T07:00:00Z")), Some(at("2026-11-23T07:00:00Z")));
        // The night summer time ends the hour stays eight.
        assert_eq!(next_run(&berlin, at("2026-10-23T06:00:00Z")), Some(at("2026-10-26T07:00:00Z")));
        let off = User { digest_on: false, ..berlin };
        assert_eq!(next_run(&off, at("2026-11-20T07:00:00Z")), None);
    }

    #[test]
    fn after_an_outage_the_digest_is_todays_and_says_that_it_is_late() {
        let berlin = user("Europe/Berlin");
        let planned = at("2026-11-23T07:00:00Z");
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(day_of_run(&berlin, planned, at("2026-11-23T07:00:05Z")), (day("2026-11-23"), false));
        assert_eq!(day_of_run(&berlin, planned, at("2026-11-25T09:00:00Z")), (day("2026-11-25"), true));
        // Before today's hour, the one that was missed is caught up, in the place of today's.
        assert_eq!(day_of_run(&berlin, planned, at("2026-11-24T05:00:00Z")), (day("2026-11-24"), true));
    }
}
