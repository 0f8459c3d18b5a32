//! Reaching a contact: the gate that everything passes, the assisted send, and finishing a follow-up with the next one.

mod gate;
mod look;
mod send;

pub use gate::{Looked, Reason, Rule, Sent, Verdict, judge};
pub use look::{Attempt, may_reach};
pub(crate) use send::channel_of;
pub use send::{Answer, Next, answer_send, bar, finish, hollow, mark_ready, override_warning, unbar};
