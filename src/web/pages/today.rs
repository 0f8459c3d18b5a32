//! The Today page: what the signed-in member owes, in the order of promise 1, each row finished from the keyboard.

use askama::Template;

use crate::{
    calendar::{NextStep, thousands},
    contacts::Contact,
    ids::{CardId, StageId},
    onboarding::{self, Item},
    pipelines::{self, Stage},
    reminders::{self, CAP, Entry, MOST_COUNTED, MOST_WAITING, Owed, Unanswered},
    web::{Ctx, Failure, Page, Reply, Shell},
};

#[derive(Template)]
#[template(path = "today/show.html")]
struct TodayPage {
    shell: Shell,
    date: String,
    checklist: Option<Vec<Item>>,
    overdue: Vec<Entry>,
    today: Vec<Entry>,
    more_due: Option<String>,
    unplanned: Vec<(Contact, CardId, StageId)>,
    more_unplanned: Option<String>,
    later: Vec<Entry>,
    replies: Vec<Unanswered>,
    more_replies: Option<String>,
    stages: Vec<Stage>,
}

impl TodayPage {
    fn stage_name(&self, id: &StageId) -> &str {
        self.stages.iter().find(|stage| stage.id == *id).map_or("a removed stage", |stage| stage.name.as_str())
    }

    /// Whether nothing at all asks for anything today.
    fn is_clear(&self) -> bool {
        self.overdue.is_empty() && self.today.is_empty() && self.unplanned.is_empty() && self.replies.is_empty()
    }

    fn steps_done(&self) -> usize {
        self.checklist.iter().flatten().filter(|item| item.done).count()
    }
}

/// How many there are beyond those shown, of what is counted up to `most`.
fn beyond(count: i64, shown: usize, most: i64) -> Option<String> {
    let more = count - i64::try_from(shown).unwrap_or(count);
    let least = if count < most { "" } else { "at least " };
    (more > 0).then(|| format!("and {least}{} more", thousands(more)))
}

/// What the signed-in member owes.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(|page| {
        let Page { tx, shell, .. } = page;
        let Owed { due, due_count, unplanned, unplanned_count, later, replies, replies_count } =
            reminders::owed(tx, shell.user.id, &shell.day)?;
        let more_due = beyond(due_count, due.len(), MOST_COUNTED);
        let (overdue, today): (Vec<Entry>, Vec<Entry>) =
            due.into_iter().partition(|entry| matches!(entry.next, NextStep::Overdue { .. }));
        let page = TodayPage {
            date: shell.day.date().format("%A %-d %B").to_string(),
            // Who only looks on takes no steps.
            checklist: if shell.works() { onboarding::checklist(tx)? } else { None },
            more_unplanned: beyond(unplanned_count, unplanned.len(), MOST_COUNTED),
            // Of those counted, as many as are shown may be listed as due instead.
            more_replies: beyond(replies_count, replies.len(), MOST_WAITING - CAP),
            stages: if unplanned.is_empty() { Vec::new() } else { pipelines::stages_of_all(tx)? },
            shell,
            overdue,
            today,
            more_due,
            unplanned,
            later,
            replies,
        };
        Ok(page.render()?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_shown_is_never_negative() {
        assert_eq!(beyond(1_560, 50, 2_000).as_deref(), Some("and 1,510 more"));
        assert_eq!(beyond(200, 50, 200).as_deref(), Some("and at least 150 more"));
        assert_eq!(beyond(3, 3, 200), None);
        // A row may be planned between the two queries on PostgreSQL.
        assert_eq!(beyond(2, 3, 200), None);
    }
}
