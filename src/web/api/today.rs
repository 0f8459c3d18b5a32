//! What the token's owner owes today: the same as on their page, from the same clock.

use super::{Api, Told, views};
use crate::reminders;

/// What the token's owner owes: overdue, today, cards without a next step, later, and people who wait for an answer.
#[utoipa::path(
    get,
    path = "/api/v1/today",
    tag = "today",
    operation_id = "show_today",
    responses((status = 200, description = "What is owed, each part capped.", body = views::Today))
)]
pub async fn show(api: Api) -> Told<views::Today> {
    api.read(|tx| {
        let (me, day) = (tx.access().person()?, views::day(tx)?);
        Ok(views::Today::of(reminders::owed(tx, me, &day)?, &day))
    })
    .await
}
