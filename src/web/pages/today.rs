//! The Today page: what the signed-in member owes, in the order of promise 1, each row finished from the keyboard.

use askama::Template;

use crate::{
    calendar::NextStep,
    contacts::Contact,
    ids::{CardId, StageId},
    onboarding::{self, Item},
    pipelines::{self, Stage},
    reminders::{self, Entry, Owed},
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
    more_due: i64,
    unplanned: Vec<(Contact, CardId, StageId)>,
    more_unplanned: i64,
    later: Vec<Entry>,
    replies: Vec<Contact>,
    more_replies: i64,
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

/// How many there are beyond those shown.
fn beyond(count: i64, shown: usize) -> i64 {
    (count - i64::try_from(shown).unwrap_or(count)).max(0)
}

/// What the signed-in member owes.
pub async fn show(ctx: Ctx) -> Result<Reply, Failure> {
    ctx.page(|page| {
        let Page { tx, shell, .. } = page;
        let Owed { due, due_count, unplanned, unplanned_count, later, replies, replies_count } =
            reminders::owed(tx, shell.user.id, &shell.day)?;
        let more_due = beyond(due_count, due.len());
        let (overdue, today): (Vec<Entry>, Vec<Entry>) =
            due.into_iter().partition(|entry| matches!(entry.next, NextStep::Overdue { .. }));
        let page = TodayPage {
            date: shell.day.date().format("%A %-d %B").to_string(),
            checklist: onboarding::checklist(tx)?,
            more_unplanned: beyond(unplanned_count, unplanned.len()),
            more_replies: beyond(replies_count, replies.len()),
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
        assert_eq!(beyond(60, 50), 10);
        assert_eq!(beyond(3, 3), 0);
        // A row may be planned between the two queries on PostgreSQL.
        assert_eq!(beyond(2, 3), 0);
    }
}
