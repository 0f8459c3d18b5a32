//! Where in a conversation a search found something, and the way from one find to the next.

use crate::{
    calendar::thousands,
    db::{self, Tx},
    error::Result,
    ids::{MessageId, ThreadId},
    threads,
    web::Fields,
};

/// What asks for the newest find instead of a message.
pub(super) const NEWEST: &str = "found";

/// The messages of a conversation in which everything that is searched for occurs.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// Newest first.
    all: Vec<MessageId>,
    /// Which of them the page shows.
    at: Option<usize>,
}

impl Hits {
    /// Those of a thread; none when nothing is searched for. The query asks for one message, or for the newest find.
    pub(super) fn load(tx: &mut Tx<'_>, thread: ThreadId, query: &Fields) -> Result<Self> {
        let words = db::search_words(query.get("q"));
        if words.is_empty() {
            return Ok(Self::default());
        }
        let all = threads::hits(tx, thread, &words)?;
        let at = if query.get("at") == NEWEST { all.first().copied() } else { query.lenient("at") };
        Ok(Self::new(all, at))
    }

    fn new(all: Vec<MessageId>, at: Option<MessageId>) -> Self {
        let at = at.and_then(|at| all.iter().position(|hit| *hit == at));
        Self { all, at }
    }

    /// The one that the page shows.
    pub(super) fn here(&self) -> Option<MessageId> {
        self.all.get(self.at?).copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many there are, and at which of them the page is, counted from the newest.
    pub(super) fn words(&self) -> String {
        let number = |n: usize| thousands(i64::try_from(n).unwrap_or(i64::MAX));
        let messages = if self.all.len() == 1 { "message" } else { "messages" };
        match self.at {
            Some(at) => format!("{} of {} {messages}", number(at + 1), number(self.all.len())),
            None => format!("{} {messages}", number(self.all.len())),
        }
    }

    /// The next newer one.
    pub(super) fn newer(&self) -> Option<MessageId> {
        self.all.get(self.at?.checked_sub(1)?).copied()
    }

    /// The next older one; from anywhere else in the conversation, the newest.
    pub(super) fn older(&self) -> Option<MessageId> {
        self.all.get(self.at.map_or(0, |at| at + 1)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_from_find_to_find() {
        let hits = |at: Option<i64>| Hits::new([9, 5, 2].map(MessageId).into(), at.map(MessageId));
        let around = |at| {
            let hits = hits(at);
            (hits.newer().map(|id| id.0), hits.words(), hits.older().map(|id| id.0))
        };
        assert_eq!(around(Some(5)), (Some(9), "2 of 3 messages".into(), Some(2)));
        assert_eq!(around(Some(9)), (None, "1 of 3 messages".into(), Some(5)));
        assert_eq!(around(Some(2)), (Some(5), "3 of 3 messages".into(), None));
        assert_eq!(around(None), (None, "3 messages".into(), Some(9)));
        assert_eq!(around(Some(7)), (None, "3 messages".into(), Some(9)), "a message that is no find");
        let none = Hits::default();
        assert_eq!((none.is_empty(), none.older(), none.newer()), (true, None, None));
    }
}
