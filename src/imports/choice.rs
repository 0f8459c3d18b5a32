//! Who of a preview is shown, and who is chosen to be brought in.

use diesel::prelude::*;

use super::{Candidate, Verdict, groups, in_preview};
use crate::{
    access::Right,
    db::{self, MultiBackend, Page, PageRequest, Tx, candidates as k},
    error::Result,
    ids::{CandidateId, ImportId},
};

#[diesel::declare_sql_function]
extern "SQL" {
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Which rows of a preview are shown.
#[derive(Debug, Clone, Default)]
pub struct Only<'a> {
    /// With one verdict.
    pub verdict: Option<Verdict>,
    /// Whose name holds these words.
    pub search: Option<&'a str>,
    /// Conversations of several people.
    pub groups: bool,
}

/// A page of the preview: those with most to say first within a verdict.
pub fn candidates(tx: &mut Tx<'_>, id: ImportId, only: &Only<'_>, request: &PageRequest) -> Result<Page<Candidate>> {
    let mut query =
        tx.all(db::Candidates).filter(k::import_id.eq(id)).select(Candidate::as_select()).into_boxed::<MultiBackend>();
    if let Some(verdict) = only.verdict {
        query = query.filter(k::verdict.eq(verdict));
    }
    if only.groups {
        query = query.filter(k::key.like(format!("{}%", groups::KEY)));
    }
    // Nobody's name is longer; SQLite refuses very long patterns.
    let search = only.search.map(|text| crate::channels::preview(text, 200)).filter(|text| !text.is_empty());
    if let Some(search) = search {
        let escaped = crate::channels::name_key(&search);
        let plain = search.replace(['%', '_'], " ");
        // SQLite lowers the letters of English only, so the words are sought as typed, too.
        query = query.filter(
            k::key
                .like(format!("%{escaped}%"))
                .or(lower(k::name).like(format!("%{}%", plain.to_lowercase())))
                .or(k::name.like(format!("%{plain}%"))),
        );
    }
    if let Some((messages, row)) = request.key::<(i64, CandidateId)>()? {
        query = query.filter(k::messages.le(messages)).filter(k::messages.lt(messages).or(k::id.gt(row)));
    }
    let rows = query.order((k::messages.desc(), k::id)).limit(request.limit + 1).load(tx.conn())?;
    Ok(Page::cut(rows, request, |row: &Candidate| (row.messages, row.id)))
}

/// How many people are chosen.
pub fn chosen(tx: &mut Tx<'_>, id: ImportId) -> Result<i64> {
    Ok(tx.all(db::Candidates).filter(k::import_id.eq(id)).filter(k::chosen.eq(true)).count().get_result(tx.conn())?)
}

/// Who is to be brought in.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Everybody.
    Everybody,
    /// Only people with messages.
    TalkedWith,
    /// Conversations of several people, besides whoever is chosen. They hold words of many, so nothing else chooses them.
    Groups,
    /// Nobody.
    Nobody,
    /// Of these rows, exactly the ticked ones: all shown, and those of them that are ticked.
    Ticked {
        /// The rows that were on the page.
        shown: Vec<CandidateId>,
        /// Those that were ticked.
        ticked: Vec<CandidateId>,
    },
}

/// Chooses people of a preview.
pub fn choose(tx: &mut Tx<'_>, id: ImportId, choice: &Choice) -> Result<()> {
    tx.access().require(Right::Arrange)?;
    in_preview(tx, id)?;
    let useful = |tx: &Tx<'_>| {
        tx.all(db::Candidates).filter(k::import_id.eq(id)).filter(k::verdict.eq_any([
            Verdict::New,
            Verdict::Updated,
            Verdict::Unchanged,
        ]))
    };
    let of_groups = || k::key.like(format!("{}%", groups::KEY));
    match choice {
        Choice::Nobody => {
            diesel::update(useful(tx)).set(k::chosen.eq(false)).execute(tx.conn())?;
        }
        Choice::Everybody => {
            diesel::update(useful(tx).filter(diesel::dsl::not(of_groups())))
                .set(k::chosen.eq(true))
                .execute(tx.conn())?;
        }
        Choice::TalkedWith => {
            let people = useful(tx).filter(diesel::dsl::not(of_groups()));
            diesel::update(people).set(k::chosen.eq(k::messages.gt(0))).execute(tx.conn())?;
        }
        Choice::Groups => {
            diesel::update(useful(tx).filter(of_groups())).set(k::chosen.eq(true)).execute(tx.conn())?;
        }
        Choice::Ticked { shown, ticked } => {
            for (rows, chosen) in [(shown, false), (ticked, true)] {
                for chunk in rows.chunks(500) {
                    diesel::update(useful(tx).filter(k::id.eq_any(chunk.to_vec())))
                        .set(k::chosen.eq(chosen))
                        .execute(tx.conn())?;
                }
            }
        }
    }
    Ok(())
}
