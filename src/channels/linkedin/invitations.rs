//! `Invitations.csv`: who asked whom to connect, and the note that came with it.

use chrono::{DateTime, Utc};

use super::{
    ArchiveError, Flow, HIDDEN_MEMBER, Party, Row,
    connections::profile_key,
    dates,
    table::{Cells, Shape, Table},
};
use crate::channels::{Direction, text};

pub(super) static SHAPE: Shape = Shape { file: "Invitations.csv", must: &["From", "To", "Sent At", "Direction"] };

/// The most characters kept of a note; LinkedIn allows 300.
const LONGEST_NOTE: usize = 8_000;

/// A request to connect, seen from the archive's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Theirs when they asked, ours when the owner asked them.
    pub direction: Direction,
    /// The other person's name.
    pub name: String,
    /// The key of their LinkedIn profile; only exports since the end of 2023 tell it.
    pub key: Option<String>,
    /// The note, as plain text.
    pub message: Option<String>,
    /// When it was sent; LinkedIn tells no zone, it is taken as UTC. `None` when missing or unreadable.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Hands every invitation to `each`.
pub(super) fn read(table: Table<'_>, each: &mut dyn FnMut(Row<Invitation>) -> Flow) -> Result<(), ArchiveError> {
    let columns = Columns::of(&table);
    table.each(|cells| columns.invitation(cells).map(Some), each)
}

/// Hands the archive's owner, as each invitation names them, to `each`.
pub(super) fn read_owners(table: Table<'_>, each: &mut dyn FnMut(Party)) -> Result<(), ArchiveError> {
    let columns = Columns::of(&table);
    let owner = |cells: &Cells<'_>| {
        let ours = match columns.direction(cells)? {
            Direction::In => columns.to(cells),
            Direction::Out => columns.from(cells),
        };
        Ok(Some(ours))
    };
    table.each(owner, &mut |row| {
        if let Row::Good { value, .. } = row {
            each(value);
        }
        Flow::Go
    })
}

struct Columns {
    from: Option<usize>,
    to: Option<usize>,
    sent_at: Option<usize>,
    message: Option<usize>,
    direction: Option<usize>,
    from_url: Option<usize>,
    to_url: Option<usize>,
}

impl Columns {
    fn of(table: &Table<'_>) -> Self {
        Self {
            from: table.column(&["From"]),
            to: table.column(&["To"]),
            sent_at: table.column(&["Sent At"]),
            message: table.column(&["Message"]),
            direction: table.column(&["Direction"]),
            from_url: table.column(&["inviterProfileUrl"]),
            to_url: table.column(&["inviteeProfileUrl"]),
        }
    }

    fn from(&self, cells: &Cells<'_>) -> Party {
        Party { name: cells.line(self.from), key: profile_key(&cells.raw(self.from_url)) }
    }

    fn to(&self, cells: &Cells<'_>) -> Party {
        Party { name: cells.line(self.to), key: profile_key(&cells.raw(self.to_url)) }
    }

    fn direction(&self, cells: &Cells<'_>) -> Result<Direction, String> {
        let word = cells.line(self.direction);
        match word.to_ascii_uppercase().as_str() {
            "INCOMING" => Ok(Direction::In),
            "OUTGOING" => Ok(Direction::Out),
            _ => Err(format!(
                "Its direction is “{}”, not INCOMING or OUTGOING, so it can't be told who asked.",
                text::preview(&word, 40)
            )),
        }
    }

    fn invitation(&self, cells: &Cells<'_>) -> Result<Invitation, String> {
        let direction = self.direction(cells)?;
        let Party { mut name, key } = match direction {
            Direction::In => self.from(cells),
            Direction::Out => self.to(cells),
        };
        if name.is_empty() {
            if key.is_none() {
                return Err("It names nobody on the other side.".into());
            }
            HIDDEN_MEMBER.clone_into(&mut name);
        }
        let message = text::safe_text(&text::plain(&cells.raw(self.message)), LONGEST_NOTE);
        Ok(Invitation {
            direction,
            name,
            key,
            message: Some(message).filter(|text| !text.is_empty()),
            sent_at: dates::instant(&cells.raw(self.sent_at)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Limits, *};

    fn read_all(text: &str) -> (Vec<Invitation>, Vec<String>) {
        let limits = Limits::default();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        read(Table::open(text.as_bytes(), &SHAPE, &limits).unwrap().unwrap(), &mut |row| {
            match row {
                Row::Good { value, .. } => good.push(value),
                Row::Bad(problem) => bad.push(problem.words),
            }
            Flow::Go
        })
        .unwrap();
        (good, bad)
    }

    #[test]
    fn the_other_side_is_told_in_both_eras() {
        let old = "From,To,Sent At,Message,Direction\nVera Moss,Me Too,\"2/8/23, 4:15 PM\",\"Hello,\nme\",INCOMING\nMe Too,Al Ray,soon,,OUTGOING";
        let (good, bad) = read_all(old);
        assert_eq!(bad, Vec::<String>::new());
        assert_eq!((good[0].direction, good[0].name.as_str()), (Direction::In, "Vera Moss"));
        assert_eq!(good[0].message.as_deref(), Some("Hello,\nme"));
        assert_eq!(good[0].sent_at.unwrap().to_rfc3339(), "2023-02-08T16:15:00+00:00");
        assert_eq!((good[1].direction, good[1].name.as_str()), (Direction::Out, "Al Ray"));
        assert_eq!((good[1].sent_at, good[1].message.as_deref(), good[1].key.as_deref()), (None, None, None));

        let (good, bad) = read_all(
            "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n\
             Vera,Me,\"2/8/23, 4:15 PM\",,INCOMING,https://www.linkedin.com/in/vera,https://www.linkedin.com/in/me\n\
             Me,,\"2/8/23, 4:15\u{202f}PM\",,outgoing,https://www.linkedin.com/in/me,https://www.linkedin.com/in/al\n\
             Me,Al,\"2/8/23, 4:15 PM\",,SIDEWAYS,,\nMe,,\"2/8/23, 4:15 PM\",,OUTGOING,,",
        );
        assert_eq!(good[0].key, profile_key("https://www.linkedin.com/in/vera"));
        assert_eq!(
            (good[1].key.clone(), good[1].name.as_str()),
            (profile_key("https://www.linkedin.com/in/al"), HIDDEN_MEMBER)
        );
        assert!(bad[0].contains("“SIDEWAYS”"), "{bad:?}");
        assert!(bad[1].contains("nobody"), "{bad:?}");
    }
}
