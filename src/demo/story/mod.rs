//! The story the demo workspace tells: a small outdoor-goods maker, three colleagues and forty people.
//! Pure data, with times as offsets from now; what loads it into a workspace lives elsewhere.

mod ambassadors;
mod influencers;
mod leads;
mod lines;
#[cfg(test)]
mod tests;

use crate::channels::Channel;

/// Stage keys of the leads pipeline in order; `won` and `lost` close a card.
pub const LEAD_STAGES: &[&str] = &["found", "invited", "connected", "talking", "meeting", "won", "lost"];

/// Stage keys of the influencers pipeline in order; `posted` counts as won, `declined` as lost.
pub const INFLUENCER_STAGES: &[&str] = &["shortlist", "contacted", "replied", "terms", "product", "posted", "declined"];

/// Stage keys of the ambassadors pipeline in order; `champion` counts as won, `left` as lost.
pub const AMBASSADOR_STAGES: &[&str] = &["invited", "interested", "onboarding", "active", "champion", "left"];

const COLLEAGUES: &[Colleague] = &[
    Colleague { key: "mara", name: "Mara Lindqvist", email: "mara@example.com", role: "owner" },
    Colleague { key: "tomas", name: "Tomas Okafor", email: "tomas@example.com", role: "manager" },
    Colleague { key: "june", name: "June Park", email: "june@example.com", role: "member" },
];

/// The whole story of one workspace.
#[derive(Debug, Clone)]
pub struct Story {
    /// The members of the workspace, the owner first.
    pub colleagues: &'static [Colleague],
    /// Everybody they write to: leads, then influencers, then ambassadors.
    pub people: Vec<Person>,
}

/// A member of the workspace.
#[derive(Debug, Clone, Copy)]
pub struct Colleague {
    /// The short name by which the rest of the story refers to this colleague.
    pub key: &'static str,
    /// Full name.
    pub name: &'static str,
    /// Address at example.com.
    pub email: &'static str,
    /// `owner`, `manager` or `member`.
    pub role: &'static str,
}

/// What a person is to the brand, and so which pipeline the card is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Buys for a shop or an office.
    Lead,
    /// Shows things to followers.
    Influencer,
    /// Likes the brand and says so.
    Ambassador,
}

/// A contact with all that is known and all that was said.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Unique within the story.
    pub key: &'static str,
    /// Full name.
    pub name: &'static str,
    /// Lead, influencer or ambassador.
    pub kind: Kind,
    /// Where the person works, if that matters.
    pub company: Option<&'static str>,
    /// What the person does there.
    pub title: Option<&'static str>,
    /// Address at example.com.
    pub email: Option<&'static str>,
    /// International notation, from ranges kept for fiction.
    pub phone: Option<&'static str>,
    /// IANA zone.
    pub zone: Option<&'static str>,
    /// Town.
    pub city: Option<&'static str>,
    /// Key of the colleague who looks after this person.
    pub owner: &'static str,
    /// Accounts on channels, unique per channel over the whole story.
    pub handles: &'static [Handle],
    /// Labels, lower case.
    pub tags: &'static [&'static str],
    /// What colleagues wrote down.
    pub notes: &'static [Note],
    /// Conversations; the first is the one that evidence points into.
    pub threads: &'static [Thread],
    /// The way through the pipeline of the person's kind, if it has begun.
    pub card: Option<Card>,
    /// Follow-ups, done and open.
    pub reminders: &'static [Reminder],
    /// The reason why nobody may write to this person any more.
    pub do_not_contact: Option<&'static str>,
}

/// A person's account on a channel.
#[derive(Debug, Clone, Copy)]
pub struct Handle {
    /// The channel.
    pub channel: Channel,
    /// User name without `@`; on LinkedIn the last part of the profile's address.
    pub username: &'static str,
    /// Followers, where they are known.
    pub followers: Option<i64>,
}

/// Something a colleague wrote down about a person.
#[derive(Debug, Clone, Copy)]
pub struct Note {
    /// Whole days before today.
    pub days_ago: i64,
    /// Key of the colleague.
    pub by: &'static str,
    /// The words.
    pub text: &'static str,
}

/// A conversation on one channel.
#[derive(Debug, Clone, Copy)]
pub struct Thread {
    /// The channel.
    pub channel: Channel,
    /// Oldest first, none from today.
    pub messages: &'static [Message],
}

/// One message of a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Whole days before today, at least one.
    pub days_ago: i64,
    /// `HH:MM` in the workspace's zone.
    pub at: &'static str,
    /// Who wrote it.
    pub from: From,
    /// The words.
    pub text: &'static str,
    /// Written by a machine, as an out-of-office is.
    pub automatic: bool,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The contact.
    Them,
    /// The colleague with this key.
    Colleague(&'static str),
}

/// A person's way through the pipeline.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// What it may bring, in cents of the workspace's currency.
    pub value_cents: Option<i64>,
    /// Stages in the order they were entered; the last is where the card is now.
    pub path: &'static [Step],
    /// Why it was lost; set exactly when the last stage is a lost one.
    pub lost_reason: Option<&'static str>,
}

/// The entering of a stage.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// Stage key of the pipeline of the person's kind.
    pub stage: &'static str,
    /// Whole days before today.
    pub days_ago: i64,
    /// Key of the colleague who moved the card.
    pub by: &'static str,
    /// Index of the message in `threads[0].messages` that justified the move.
    pub evidence: Option<usize>,
    /// What the colleague added.
    pub note: Option<&'static str>,
}

/// A follow-up that a colleague owes.
#[derive(Debug, Clone, Copy)]
pub struct Reminder {
    /// What is to be done.
    pub title: &'static str,
    /// Days from today; negative is overdue, or the day on which it was done.
    pub days: i64,
    /// `HH:MM` in the workspace's zone.
    pub at: &'static str,
    /// Where the message will go, if there is one.
    pub channel: Option<Channel>,
    /// Key of the colleague who owes it.
    pub for_: &'static str,
    /// The drafted message.
    pub draft: Option<&'static str>,
    /// Whether it was done already.
    pub done: bool,
}

/// The story of Fernweh Goods.
pub fn story() -> Story {
    let people = [leads::LEADS, influencers::INFLUENCERS, ambassadors::AMBASSADORS].concat();
    Story { colleagues: COLLEAGUES, people }
}
