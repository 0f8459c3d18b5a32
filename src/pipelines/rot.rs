//! Rot: an open card in which nothing has moved for as many days as its stage allows.

use super::{Card, Stage, StageState};
use crate::{
    calendar::{Day, days_words},
    contacts::Contact,
    db::Instant,
};

/// For how many of the viewer's days nothing has moved in a card, once it rots: since it came into its stage, and since
/// either side last wrote (`signs`).
pub fn rotten_days(stage: &Stage, entered_at: Instant, signs: [Option<Instant>; 2], day: &Day) -> Option<i64> {
    let limit = stage.rot_days.filter(|_| stage.state == StageState::Open)?;
    let alive_at = signs.into_iter().flatten().fold(entered_at, Instant::max);
    Some(-day.days_until(alive_at.utc())).filter(|silent| *silent >= i64::from(limit))
}

/// The same of a card among the `stages` of its pipeline, for people.
pub fn rot_of(stages: &[Stage], card: &Card, contact: &Contact, day: &Day) -> Option<String> {
    let stage = stages.iter().find(|stage| stage.id == card.stage_id)?;
    rot_words(stage, card.entered_at, [contact.last_in_at, contact.last_out_at], day)
}

/// The same for people: "12 days without a sign".
pub fn rot_words(stage: &Stage, entered_at: Instant, signs: [Option<Instant>; 2], day: &Day) -> Option<String> {
    rotten_days(stage, entered_at, signs, day).map(|silent| format!("{} without a sign", days_words(silent)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PipelineId, StageId};

    fn at(day: u32, hour: u32) -> Instant {
        format!("2026-11-{day:02}T{hour:02}:30:00Z").parse().expect("an instant")
    }

    fn rots(state: StageState, rot_days: Option<i32>, entered_at: Instant, signs: [Option<Instant>; 2]) -> Option<i64> {
        let (id, pipeline_id) = (StageId(1), PipelineId(1));
        let stage = Stage { id, pipeline_id, name: "Talking".into(), position: 0, state, channel: None, rot_days };
        rotten_days(&stage, entered_at, signs, &Day::of(at(20, 8).utc(), chrono_tz::Europe::Berlin))
    }

    #[test]
    fn a_card_rots_once_its_stage_says_so_and_only_while_open() {
        assert_eq!(rots(StageState::Open, Some(7), at(14, 8), [None; 2]), None);
        assert_eq!(rots(StageState::Open, Some(7), at(13, 8), [None; 2]), Some(7));
        assert_eq!(rots(StageState::Open, None, at(1, 8), [None; 2]), None);
        assert_eq!(rots(StageState::Won, Some(7), at(1, 8), [None; 2]), None);
    }

    #[test]
    fn a_word_of_either_side_counts_and_days_are_the_viewers() {
        assert_eq!(rots(StageState::Open, Some(7), at(1, 8), [Some(at(19, 8)), None]), None);
        assert_eq!(rots(StageState::Open, Some(7), at(1, 8), [Some(at(5, 8)), Some(at(12, 8))]), Some(8));
        // Half past eleven at night in London is the next day in Berlin.
        assert_eq!(rots(StageState::Open, Some(7), at(1, 8), [None, Some(at(13, 23))]), None);
    }
}
