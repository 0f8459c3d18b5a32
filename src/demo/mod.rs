//! The demo: a story told by the same verbs that people use, at the times at which it happened; and volume for benchmarks.

mod picture;
pub mod story;
mod tell;
mod volume;

pub use tell::{Made, tell};
pub use volume::fill;
