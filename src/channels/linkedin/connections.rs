//! `Connections.csv`: the people someone is connected with.

use chrono::NaiveDate;
use url::Url;

use super::{
    ArchiveError, Flow, Row, dates,
    table::{Cells, Shape, Table},
};
use crate::channels::{Channel, handle, preview};

pub(super) static SHAPE: Shape = Shape { file: "Connections.csv", must: &["First Name", "Last Name", "Connected On"] };

/// Somebody the archive's owner is connected with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// First and last name, as LinkedIn writes them; never empty.
    pub name: String,
    /// The first name; may be empty.
    pub first: String,
    /// The last name with whatever follows it (`Doe, Ph.D.`); may be empty.
    pub last: String,
    /// The address of their profile on LinkedIn, `https`.
    pub url: Option<String>,
    /// The key of their LinkedIn profile, for matching.
    pub key: Option<String>,
    /// The email address, for the few who share it; only its form is checked.
    pub email: Option<String>,
    /// The company they work for.
    pub company: Option<String>,
    /// Their position there.
    pub title: Option<String>,
    /// The day they connected, in LinkedIn's zone (not known); `None` when missing or unreadable.
    pub connected_on: Option<NaiveDate>,
    /// What of the row could not be read and is left out, for the person who imports.
    pub left_out: Option<String>,
}

/// Hands every connection to `each`; answers how many members were left out because they hid or closed their profile.
pub(super) fn read(table: Table<'_>, each: &mut dyn FnMut(Row<Connection>) -> Flow) -> Result<u64, ArchiveError> {
    let columns = Columns::of(&table);
    let mut hidden = 0;
    table.each(
        |cells| {
            let found = columns.connection(cells)?;
            hidden += u64::from(found.is_none());
            Ok(found)
        },
        each,
    )?;
    Ok(hidden)
}

/// The key of a LinkedIn profile address, `None` when it is not one.
pub(super) fn profile_key(address: &str) -> Option<String> {
    profile(address).and_then(|(_, key)| key)
}

/// A profile's address and key. The address alone when LinkedIn wrote one that has no key.
fn profile(address: &str) -> Option<(String, Option<String>)> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    if let Ok(found) = handle::parse_profile(address)
        && found.channel == Channel::Linkedin
    {
        return Some((found.url.unwrap_or_else(|| address.to_owned()), Some(found.key)));
    }
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let host = url.host_str()?;
    (host == "linkedin.com" || host.ends_with(".linkedin.com")).then(|| (url.to_string(), None))
}

struct Columns {
    first: Option<usize>,
    last: Option<usize>,
    url: Option<usize>,
    email: Option<usize>,
    company: Option<usize>,
    title: Option<usize>,
    connected_on: Option<usize>,
}

impl Columns {
    fn of(table: &Table<'_>) -> Self {
        Self {
            first: table.column(&["First Name"]),
            last: table.column(&["Last Name"]),
            url: table.column(&["URL", "Profile URL"]),
            email: table.column(&["Email Address", "Email"]),
            company: table.column(&["Company"]),
            title: table.column(&["Position", "Title"]),
            connected_on: table.column(&["Connected On"]),
        }
    }

    /// `None` for a member who hid or closed their profile: LinkedIn leaves only the date.
    fn connection(&self, cells: &Cells<'_>) -> Result<Option<Connection>, String> {
        let (first, last) = (cells.line(self.first), cells.line(self.last));
        let written = cells.some_line(self.email);
        let email = written.clone().filter(|text| handle::email_key(text).is_ok());
        let (since, connected_on) = (cells.line(self.connected_on), dates::day(&cells.raw(self.connected_on)));
        let odd_email =
            written.filter(|_| email.is_none()).map(|text| format!("“{}” is no email address", preview(&text, 60)));
        let odd_date =
            (connected_on.is_none() && !since.is_empty()).then(|| format!("“{}” is no date", preview(&since, 60)));
        let odd: Vec<String> = [odd_email, odd_date].into_iter().flatten().collect();
        let (url, key) = profile(&cells.raw(self.url)).map_or((None, None), |(url, key)| (Some(url), key));
        let mut name = format!("{first} {last}").trim().to_owned();
        if name.is_empty() {
            match key.as_ref().or(email.as_ref()) {
                Some(known) => name.clone_from(known),
                None if cells.line(self.company).is_empty() && cells.line(self.title).is_empty() => return Ok(None),
                None => {
                    return Err("It has neither a name nor a profile address, so there is nobody to bring in.".into());
                }
            }
        }
        Ok(Some(Connection {
            name,
            first,
            last,
            url,
            key,
            email,
            company: cells.some_line(self.company),
            title: cells.some_line(self.title),
            connected_on,
            left_out: (!odd.is_empty()).then(|| odd.join(", ")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Limits, RowProblem},
        *,
    };

    fn read_all(text: &str) -> (Vec<Connection>, Vec<RowProblem>, u64) {
        let limits = Limits::default();
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        let table = Table::open(text.as_bytes(), &SHAPE, &limits).unwrap().unwrap();
        let hidden = read(table, &mut |row| {
            match row {
                Row::Good { value, .. } => good.push(value),
                Row::Bad(problem) => bad.push(problem),
            }
            Flow::Go
        });
        (good, bad, hidden.unwrap())
    }

    const NOTES: &str = "Notes:\n\"When exporting your connection data, you may notice that some of the email addresses are missing.\"\n\n";

    #[test]
    fn every_era_is_read() {
        let old = "First Name,Last Name,Email Address,Company,Position,Connected On\nVera,Moss,vera@tarn.example,Tarn,Buyer,03 Nov 2020";
        let today = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
                     Vera,Moss,https://www.linkedin.com/in/vera-moss-1a2b,vera@tarn.example,Tarn,Buyer,03 Nov 2020";
        for (text, has_url) in [
            (old.to_owned(), false),
            (format!("{NOTES}{old}"), false),
            (format!("{NOTES}{today}"), true),
            (format!("\u{feff}{NOTES}{today}").replace('\n', "\r\n"), true),
        ] {
            let (good, bad, hidden) = read_all(&text);
            assert_eq!((good.len(), bad.len(), hidden), (1, 0, 0), "{text}");
            let vera = &good[0];
            assert_eq!((vera.name.as_str(), vera.first.as_str(), vera.last.as_str()), ("Vera Moss", "Vera", "Moss"));
            assert_eq!(vera.email.as_deref(), Some("vera@tarn.example"));
            assert_eq!((vera.company.as_deref(), vera.title.as_deref()), (Some("Tarn"), Some("Buyer")));
            assert_eq!(vera.connected_on, NaiveDate::from_ymd_opt(2020, 11, 3));
            assert_eq!((vera.url.is_some(), vera.key.is_some()), (has_url, has_url));
            assert_eq!(vera.left_out, None);
        }
    }

    #[test]
    fn hidden_members_are_counted_and_not_told() {
        let (good, bad, hidden) = read_all(&format!(
            "{NOTES}First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
             Vera,\"Moss, MBA\",https://www.linkedin.com/in/vera-moss,,\"Tarn & Sons, Ltd.\",Buyer,nonsense\n,,,,,,21 Feb 2026\nBADROW\n,,,,Tarn,,21 Feb 2026"
        ));
        assert_eq!(good[0].name, "Vera Moss, MBA");
        assert_eq!(good[0].company.as_deref(), Some("Tarn & Sons, Ltd."));
        assert_eq!(good[0].connected_on, None);
        assert_eq!(good[0].left_out.as_deref(), Some("“nonsense” is no date"));
        assert_eq!(hidden, 1);
        assert_eq!(bad.iter().map(|b| b.row).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn an_address_decides_who_it_is_and_a_stranger_address_does_not() {
        let key = |url| profile_key(url);
        assert_eq!(key("https://www.linkedin.com/in/Vera-Moss/?x=1"), key("https://de.linkedin.com/in/vera-moss"));
        assert_eq!(key("https://www.linkedin.com/in/zo%C3%AB-brandt"), key("https://www.linkedin.com/in/zoë-brandt"));
        assert_eq!(key("https://evil.example/in/vera-moss"), None);
        assert_eq!(profile("javascript:alert(1)"), None);
        assert_eq!(key(""), None);
    }
}
