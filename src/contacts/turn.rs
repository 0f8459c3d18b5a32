//! Whose turn it is with somebody, and the last words: worked out from all their threads.

use std::collections::HashMap;

use diesel::{prelude::*, sql_types as st};

use super::Turn;
use crate::{
    channels::{Direction, preview},
    db::{self, Instant, MultiBackend, Tx, contacts as c, threads as t},
    error::Result,
    ids::{ContactId, ImportId},
};

/// So many contacts are asked for in one statement.
const AT_ONCE: usize = 200;

/// A contact with the last words either side said.
#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = st::BigInt)]
    id: ContactId,
    #[diesel(sql_type = st::Nullable<st::BigInt>)]
    import_id: Option<ImportId>,
    #[diesel(sql_type = st::Timestamp)]
    touched_at: Instant,
    #[diesel(sql_type = st::Timestamp)]
    created_at: Instant,
    #[diesel(embed)]
    newest: Option<Newest>,
}

#[derive(QueryableByName)]
struct Newest {
    #[diesel(sql_type = st::Text)]
    body: String,
    #[diesel(sql_type = st::Text)]
    direction: Direction,
}

/// What others of a group say are nobody's last words here.
const TOLD: &str = "SELECT c.id, c.import_id, c.touched_at, c.created_at, m.body, m.direction FROM contacts c \
    LEFT JOIN messages m ON m.workspace_id = c.workspace_id AND m.id = \
        (SELECT n.id FROM messages n WHERE n.workspace_id = c.workspace_id AND n.contact_id = c.id \
        AND n.aside = FALSE ORDER BY n.sent_at DESC, n.id DESC LIMIT 1) \
    WHERE c.workspace_id = $1 AND c.id IN ";

/// A thread by what it tells of its contact's turn.
type Row = (ContactId, String, Turn, Option<Instant>, Option<Instant>);

/// Works one contact's turn and last words out again.
pub(crate) fn refresh_turn(tx: &mut Tx<'_>, id: ContactId) -> Result<()> {
    refresh_turns(tx, &[id])
}

/// The same for many.
pub(crate) fn refresh_turns(tx: &mut Tx<'_>, contacts: &[ContactId]) -> Result<()> {
    for chunk in contacts.chunks(AT_ONCE) {
        refresh_some(tx, chunk, None)?;
    }
    Ok(())
}

/// The place of somebody in the list of contacts, which is by when they were last touched.
pub(crate) struct Moved {
    pub(crate) contact: ContactId,
    pub(crate) from: Instant,
    pub(crate) to: Instant,
}

/// The same after an import has brought messages: those whom it made take the place in the list that their messages give them, and
/// nobody else moves down. Answers who of the others moved.
pub(crate) fn refresh_in_list(tx: &mut Tx<'_>, contacts: &[ContactId], import: ImportId) -> Result<Vec<Moved>> {
    let mut moved = Vec::new();
    for chunk in contacts.chunks(AT_ONCE) {
        moved.extend(refresh_some(tx, chunk, Some(import))?);
    }
    Ok(moved)
}

/// Puts somebody back to their place in the list, unless they were touched since.
pub(crate) fn move_back(tx: &mut Tx<'_>, moved: &Moved) -> Result<()> {
    diesel::update(tx.all(db::Contacts).filter(c::id.eq(moved.contact)).filter(c::touched_at.eq(moved.to)))
        .set(c::touched_at.eq(moved.from))
        .execute(tx.conn())?;
    Ok(())
}

fn refresh_some(tx: &mut Tx<'_>, contacts: &[ContactId], import: Option<ImportId>) -> Result<Vec<Moved>> {
    // On PostgreSQL a message in another thread of theirs may be stored at this moment: whoever comes second waits here
    // and sees what the first stored.
    diesel::update(tx.all(db::Contacts).filter(c::id.eq_any(contacts.to_vec())))
        .set(c::turn.eq(c::turn))
        .execute(tx.conn())?;
    let rows: Vec<Row> = tx
        .all(db::Threads)
        .filter(t::contact_id.eq_any(contacts.to_vec()))
        .filter(t::kind.ne("sponsored"))
        .select((t::contact_id, t::kind, t::turn, t::last_in_at, t::last_out_at))
        .load(tx.conn())?;
    let mut threads: HashMap<ContactId, Vec<Row>> = HashMap::new();
    for row in rows {
        threads.entry(row.0).or_default().push(row);
    }
    let places: Vec<String> = (0..contacts.len()).map(|n| format!("${}", n + 2)).collect();
    let query = diesel::sql_query(format!("{TOLD}({})", places.join(",")));
    let mut query = query.into_boxed::<MultiBackend>().bind::<st::BigInt, _>(tx.workspace());
    for contact in contacts {
        query = query.bind::<st::BigInt, _>(*contact);
    }
    let mut moved = Vec::new();
    for told in query.load::<Told>(tx.conn())? {
        let theirs = threads.remove(&told.id).unwrap_or_default();
        let (last_in, last_out) = last(&theirs);
        let made = told.import_id == import;
        // Whom an earlier one made and nobody has touched stands at the time of that import.
        let free = made || told.import_id.is_some() && told.touched_at == told.created_at;
        let touched = last_in.max(last_out).filter(|at| import.is_some() && (free || *at > told.touched_at));
        moved.extend(touched.filter(|_| !made).map(|to| Moved { contact: told.id, from: told.touched_at, to }));
        let newest = told.newest.as_ref();
        diesel::update(tx.all(db::Contacts).filter(c::id.eq(told.id)))
            .set((
                c::turn.eq(Turn::of(last_in, last_out)),
                c::last_in_at.eq(last_in),
                c::last_out_at.eq(last_out),
                c::last_words.eq(newest.map(|newest| preview(&newest.body, 280))),
                c::last_words_in.eq(newest.map(|newest| newest.direction == Direction::In)),
                touched.map(|at| c::touched_at.eq(at)),
            ))
            .execute(tx.conn())?;
    }
    Ok(moved)
}

/// When they last wrote and when we did. What we say in a group answers the contact there and nowhere else.
fn last(threads: &[Row]) -> (Option<Instant>, Option<Instant>) {
    let counts = |kind: &str, turn: Turn| kind == "direct" || turn == Turn::Ours;
    let last_in = threads.iter().filter(|row| counts(&row.1, row.2)).filter_map(|row| row.3).max();
    let last_out = threads.iter().filter(|row| row.1 == "direct").filter_map(|row| row.4).max();
    (last_in, last_out)
}
