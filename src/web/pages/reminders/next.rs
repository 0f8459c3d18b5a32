//! “What comes next?”: the part of a form that every finished follow-up asks, shown and read, and times as typed.

use crate::{
    calendar::{Day, Tz, When, due_words, parse_phrase},
    contacts::Contact,
    db::Tx,
    drafts,
    error::{Error, Result},
    outreach::Next,
    pipelines::{self, StageState},
    reminders::{self, Reminder},
    web::Fields,
    workspaces,
};

/// What `parts/next.html` shows.
pub struct Offer {
    /// Whether planning another step is the answer offered first.
    pub plan: bool,
    /// Whether there is an open card that can be closed as lost.
    pub closes: bool,
    /// What is planned already, in words.
    pub planned: Option<String>,
    /// The step offered.
    pub title: String,
    /// Its time, in words.
    pub when: &'static str,
    /// The pipeline's reasons for losing a card.
    pub reasons: Vec<String>,
    /// What a draft can be filled from.
    pub templates: Vec<drafts::Template>,
}

impl Offer {
    /// Whether “that's all” is the answer offered first.
    pub fn ends(&self) -> bool {
        !self.plan
    }
}

/// When the next step is, until somebody says otherwise.
const USUALLY: &str = "in 3 days";

/// What is offered after a reminder.
pub fn offer(tx: &mut Tx<'_>, reminder: &Reminder, contact: &Contact) -> Result<Offer> {
    let card = reminder.card_id.map(|id| pipelines::card(tx, id)).transpose()?;
    let card = card.filter(|card| card.state == StageState::Open);
    let (open, _) = reminders::of_contact(tx, contact.id)?;
    let today = Day::of(tx.now().utc(), reminder.zone()).date();
    let planned = open.iter().find(|other| other.id != reminder.id);
    let planned = planned
        .map(|other| format!("“{}” comes next, {}", other.title, due_words(other.due_date, other.due_time, today)));
    Ok(Offer {
        // Nothing more is to be said to somebody who must not be contacted, nor beside what is planned.
        plan: contact.do_not_contact.is_none() && planned.is_none(),
        planned,
        closes: card.is_some(),
        // What was done just now is done.
        title: format!("Follow up with {}", contact.first_name()),
        when: USUALLY,
        reasons: match card {
            Some(card) => pipelines::pipeline(tx, card.pipeline_id)?.lost_reasons(),
            None => Vec::new(),
        },
        templates: drafts::templates(tx)?,
    })
}

/// Reads the answer, times in the reminder's own zone.
pub fn read_next(tx: &mut Tx<'_>, fields: &Fields, reminder: &Reminder) -> Result<Next> {
    let words = |name: &'static str, problem: &str| {
        fields.some(name).map(ToOwned::to_owned).ok_or_else(|| Error::invalid(name, problem))
    };
    match fields.get("next") {
        "plan" => Ok(Next::Plan {
            title: words("title", "Say what is to be done, in a few words.")?,
            when: read_when(tx, fields, reminder.zone())?,
            channel: None,
            template: fields.optional("template_id")?,
        }),
        "nothing" if fields.some("when").is_some_and(|when| when.trim() != USUALLY) => Err(Error::invalid(
            "when",
            "You wrote when, and that nothing more comes. Choose “Plan the next step”, or take out when.",
        )),
        "nothing" => Ok(Next::Nothing),
        "pause" => Ok(Next::Pause(read_when(tx, fields, reminder.zone())?)),
        "lost" => Ok(Next::Lost { reason: words("reason", "Say why it was lost, in a few words.")? }),
        _ => Err(Error::invalid("next", "Choose what comes next.")),
    }
}

/// What was decided, as a sentence; empty when nothing comes next.
pub fn said(tx: &Tx<'_>, next: &Next, reminder: &Reminder) -> String {
    let today = Day::of(tx.now().utc(), reminder.zone()).date();
    match next {
        Next::Plan { title, when, .. } => format!("Next: “{title}”, {}.", due_words(when.date, when.time, today)),
        Next::Nothing => String::new(),
        Next::Pause(until) => format!("Paused: it comes back {}.", due_words(until.date, until.time, today)),
        Next::Lost { reason } => format!("The card is closed as lost: {reason}."),
    }
}

/// Reads a date and time: `when` in words, or else the fields `date` and `time`. A date alone is meant for the
/// beginning of the working day.
pub fn read_when(tx: &mut Tx<'_>, fields: &Fields, zone: Tz) -> Result<When> {
    let text = typed(fields)?;
    let usual = workspaces::workspace(tx)?.work_from;
    parse_phrase(&text, tx.now().utc(), zone, usual).map_err(|words| Error::invalid("when", words))
}

fn typed(fields: &Fields) -> Result<String> {
    // A button of the form says it by itself.
    let words = fields.some("to").or(fields.some("when"));
    match (words, fields.some("date"), fields.some("time")) {
        (Some(words), _, _) => Ok(words.to_owned()),
        (None, Some(date), Some(time)) => Ok(format!("{date} {time}")),
        (None, Some(one), None) | (None, None, Some(one)) => Ok(one.to_owned()),
        (None, None, None) => Err(Error::invalid("when", "Say when, like “tomorrow 9am” or “in 3 days”.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Option<String> {
        typed(&Fields::parse(query)).ok()
    }

    #[test]
    fn words_win_over_the_date_and_time_fields() {
        assert_eq!(read("when=tomorrow&date=2026-11-25&time=09:00").as_deref(), Some("tomorrow"));
        assert_eq!(read("when=+&date=2026-11-25&time=09:00").as_deref(), Some("2026-11-25 09:00"));
        assert_eq!(read("when=&date=2026-11-25").as_deref(), Some("2026-11-25"));
        assert_eq!(read("time=17:30").as_deref(), Some("17:30"));
        assert_eq!(read("when=&date=&time="), None);
    }
}
