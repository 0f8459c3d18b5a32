//! The one gate (promise 6): whether a text may reach a contact, decided from what was looked at and nothing else.

use chrono::{NaiveDateTime, TimeDelta};
use serde::Serialize;

use crate::{
    calendar::{Day, past_words, thousands},
    channels::Channel,
    drafts::near_identical,
};

/// Messages of ours without an answer after which another is a pester.
const UNANSWERED: usize = 4;
/// How long a colleague's message counts as recent.
const RECENT: TimeDelta = TimeDelta::hours(48);

/// A message of ours to the contact, on any channel.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What it said.
    pub body: String,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
    /// Who wrote it, if it wasn't the sender; for people.
    pub by_colleague: Option<String>,
}

/// Everything the gate looks at.
#[derive(Debug, Clone)]
pub struct Looked<'a> {
    /// The contact's name.
    pub contact: &'a str,
    /// Why they must not be contacted.
    pub do_not_contact: Option<&'a str>,
    /// Where they like to be written to.
    pub preferred: Option<Channel>,
    /// On which channel the text would go.
    pub channel: Channel,
    /// The text.
    pub text: &'a str,
    /// Our messages of the last 180 days, newest first.
    pub sent: &'a [Sent],
    /// How many of ours came since they last wrote.
    pub unanswered: usize,
    /// A colleague who is to write to the contact within a day: with an open reminder that names a channel.
    pub colleague_planned: Option<&'a str>,
    /// The contact's local time, when their zone is known.
    pub their_time: Option<NaiveDateTime>,
    /// The sender's day.
    pub day: Day,
}

/// Which rule spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// They asked not to be contacted.
    DoNotContact,
    /// The very text was sent before.
    SameText,
    /// Nearly the same text was sent before.
    NearlySameText,
    /// A colleague wrote lately.
    ColleagueWrote,
    /// A colleague is about to write.
    ColleaguePlanned,
    /// Too many of ours without an answer.
    Unanswered,
    /// They like another channel better.
    PreferredChannel,
    /// It is night where they are.
    QuietHours,
    /// The channel doesn't take so long a text.
    TooLong,
}

/// One reason, with the rule and the words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Which rule.
    pub rule: Rule,
    /// What it saw.
    pub words: String,
    /// Whether it forbids rather than warns.
    pub refuses: bool,
}

/// What the gate says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Every reason; none when nothing speaks against it.
    pub reasons: Vec<Reason>,
}

impl Verdict {
    /// Whether it may not go at all.
    pub fn refused(&self) -> bool {
        self.reasons.iter().any(|reason| reason.refuses)
    }

    /// Whether a human has to override something first.
    pub fn warned(&self) -> bool {
        !self.reasons.is_empty() && !self.refused()
    }

    /// allow, warn or refuse.
    pub fn key(&self) -> &'static str {
        match (self.reasons.is_empty(), self.refused()) {
            (true, _) => "allow",
            (false, false) => "warn",
            (false, true) => "refuse",
        }
    }

    /// All reasons as one text.
    pub fn words(&self) -> String {
        self.reasons.iter().map(|reason| reason.words.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Decides. Pure: the same view of the world gives the same verdict.
pub fn judge(seen: &Looked<'_>) -> Verdict {
    let mut reasons = Vec::new();
    let mut say = |rule, refuses, words: String| reasons.push(Reason { rule, words, refuses });
    if let Some(reason) = seen.do_not_contact {
        say(Rule::DoNotContact, true, format!("{} must not be contacted: {reason}.", seen.contact));
    }
    if let Some(limit) = seen.channel.text_limit() {
        let chars = seen.text.chars().count();
        if chars > limit {
            let number = |n: usize| thousands(i64::try_from(n).unwrap_or(i64::MAX));
            let words = format!(
                "{} takes at most {} characters; this has {}.",
                seen.channel.label(),
                number(limit),
                number(chars)
            );
            say(Rule::TooLong, true, words);
        }
    }
    let same = |sent: &&Sent| sent.body.trim() == seen.text.trim();
    let when = |sent: &Sent| past_words(sent.at, &seen.day);
    if !seen.text.trim().is_empty() {
        if let Some(sent) = seen.sent.iter().find(same) {
            let words = format!("{} got this very text {}. Write something new.", seen.contact, when(sent));
            say(Rule::SameText, true, words);
        } else if let Some(sent) = seen.sent.iter().find(|sent| near_identical(&sent.body, seen.text)) {
            let words = format!("{} got nearly the same text {}.", seen.contact, when(sent));
            say(Rule::NearlySameText, false, words);
        }
    }
    let recent = seen.sent.iter().find(|sent| sent.by_colleague.is_some() && seen.day.now() - sent.at < RECENT);
    if let Some((sent, name)) = recent.and_then(|sent| Some((sent, sent.by_colleague.as_ref()?))) {
        say(Rule::ColleagueWrote, false, format!("{name} wrote to {} {}.", seen.contact, when(sent)));
    }
    if let Some(name) = seen.colleague_planned {
        say(Rule::ColleaguePlanned, false, format!("{name} has a follow-up with {} planned.", seen.contact));
    }
    if seen.unanswered >= UNANSWERED {
        let words = format!("{} has not answered your last {} messages.", seen.contact, seen.unanswered);
        say(Rule::Unanswered, false, words);
    }
    if let Some(preferred) = seen.preferred.filter(|preferred| *preferred != seen.channel) {
        say(Rule::PreferredChannel, false, format!("{} prefers {}.", seen.contact, preferred.label()));
    }
    if let Some(there) = seen.their_time.filter(|there| !awake(*there)) {
        let words = format!("It is {} on {} where {} is.", there.format("%H:%M"), there.format("%A"), seen.contact);
        say(Rule::QuietHours, false, words);
    }
    Verdict { reasons }
}

/// Nobody is glad of a message between nine in the evening and seven in the morning.
fn awake(there: NaiveDateTime) -> bool {
    use chrono::Timelike;
    (7..21).contains(&there.hour())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-23T10:00:00Z".parse().unwrap()
    }

    fn seen<'a>(text: &'a str, sent: &'a [Sent]) -> Looked<'a> {
        Looked {
            contact: "Ana Li",
            do_not_contact: None,
            preferred: None,
            channel: Channel::Instagram,
            text,
            sent,
            unanswered: 0,
            colleague_planned: None,
            their_time: None,
            day: Day::of(now(), chrono_tz::Europe::Berlin),
        }
    }

    const TEXT: &str = "Hi Ana, thanks for connecting. May I send you the price list for the spring season?";

    fn sent(body: &str, hours_ago: i64, colleague: Option<&str>) -> Sent {
        Sent { body: body.into(), at: now() - TimeDelta::hours(hours_ago), by_colleague: colleague.map(Into::into) }
    }

    #[test]
    fn nothing_against_it_is_allowed() {
        assert_eq!(judge(&seen(TEXT, &[])).key(), "allow");
    }

    #[test]
    fn do_not_contact_is_refused_whatever_else() {
        let mut looked = seen(TEXT, &[]);
        looked.do_not_contact = Some("asked us to stop");
        assert_eq!(judge(&looked).key(), "refuse");
    }

    #[test]
    fn the_very_text_sent_before_is_refused_and_a_near_one_warned_of() {
        let before = [sent(TEXT, 72, None)];
        assert_eq!(judge(&seen(TEXT, &before)).reasons[0].rule, Rule::SameText);
        let nearly = TEXT.replace("spring", "summer");
        let verdict = judge(&seen(&nearly, &before));
        assert_eq!((verdict.key(), verdict.reasons[0].rule), ("warn", Rule::NearlySameText));
    }

    #[test]
    fn a_colleagues_message_warns_for_two_days() {
        let fresh = [sent("Other words", 47, Some("June"))];
        assert_eq!(judge(&seen(TEXT, &fresh)).reasons[0].rule, Rule::ColleagueWrote);
        let old = [sent("Other words", 49, Some("June"))];
        assert_eq!(judge(&seen(TEXT, &old)).key(), "allow");
    }

    #[test]
    fn a_text_too_long_for_the_channel_is_refused() {
        let long = "a".repeat(1001);
        assert_eq!(judge(&seen(&long, &[])).reasons[0].rule, Rule::TooLong);
    }

    #[test]
    fn night_where_they_are_and_another_preferred_channel_warn() {
        let mut looked = seen(TEXT, &[]);
        looked.their_time = "2026-11-23T23:10:00".parse().ok();
        looked.preferred = Some(Channel::Email);
        let verdict = judge(&looked);
        assert_eq!(verdict.key(), "warn");
        assert_eq!(verdict.reasons.len(), 2);
    }
}
