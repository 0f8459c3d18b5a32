//! Pipelines, their stages, the cards in them and each card's stays, with the evidence of every move (promises 8, 9).

mod board;
mod cards;
mod listed;
mod merge;
mod moves;
pub mod presets;
mod queries;
mod rot;
mod setup;
mod visits;

pub use board::{Board, BoardFilter, Column, Tile, board, column};
pub use cards::{NewCard, edit_card, hand_person_over, open_card, open_card_unplanned, remove_card};
pub use listed::listed;
pub use merge::{merge, part};
pub use moves::{Move, Moved, move_card, undo_move};
pub use queries::{
    Card, Pipeline, Stage, StageState, Step, card, cards_of_contact, first_kind, likely_kind, list_cards, pipeline,
    pipelines, stage, stages, stages_by_pipeline, stages_of_all, steps_of_stage,
};
pub use rot::{rot_of, rot_words, rotten_days};
pub use setup::{
    NewStep, StageForm, add_stage, add_step, create_pipeline, move_stage, remove_stage, remove_step, save_pipeline,
    save_stage, save_step, step_of,
};
pub(crate) use visits::visits_of;
pub use visits::{Carrier, Evidence, Visit, card_of_visit, link_thread, visits};
