//! One CSV file as rows: finds the header below LinkedIn's notes, maps columns by name, and judges each row on its own.
//!
//! Which columns mean what is not known here.

use std::{
    borrow::Cow,
    io::{self, Cursor, Read},
};

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::{
    ArchiveError, Flow, Limits, Row, RowProblem,
    cell::line,
    guard::{Guard, MOST_CELLS},
    limits::size,
};
use crate::letters::{decoded, is_foreign};

/// How far into a file its header may be: LinkedIn's notes take three lines.
const HEAD: u64 = 64 << 10;
const HEAD_LINES: usize = 50;

/// A file of the archive, known by the columns it must have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// LinkedIn's name for it.
    pub(super) file: &'static str,
    /// The columns without which it can't be read, as LinkedIn writes them.
    pub(super) must: &'static [&'static str],
}

/// A CSV file whose header has been read.
pub(super) struct Table<'a> {
    rows: csv::Reader<Box<dyn Read + 'a>>,
    shape: &'static Shape,
    limits: &'a Limits,
    header: Header,
}

/// Where the rows of a file begin and what its columns are called.
#[derive(Debug)]
pub(super) struct Header {
    names: Vec<String>,
    /// The last column that every row must reach.
    reach: usize,
    at: usize,
    row: u64,
    delimiter: u8,
}

/// The cells of one row.
pub(super) struct Cells<'r>(&'r ByteRecord);

impl<'r> Cells<'r> {
    /// The text of a column, as it is written; empty when there is no such column.
    pub(super) fn raw(&self, column: Option<usize>) -> Cow<'r, str> {
        decoded(column.and_then(|at| self.0.get(at)).unwrap_or_default())
    }

    /// The text of a column on one line: see [`line`].
    pub(super) fn line(&self, column: Option<usize>) -> String {
        line(&self.raw(column))
    }

    /// The same, `None` when nothing is written there.
    pub(super) fn some_line(&self, column: Option<usize>) -> Option<String> {
        Some(self.line(column)).filter(|text| !text.is_empty())
    }
}

impl<'a> Table<'a> {
    /// Reads up to the header. `None` for a file without any rows, as LinkedIn writes when there is nothing to tell.
    pub(super) fn open(
        reader: impl Read + 'a,
        shape: &'static Shape,
        limits: &'a Limits,
    ) -> Result<Option<Self>, ArchiveError> {
        let mut reader = as_utf8(reader);
        let head = head(&mut reader).map_err(|error| broken(shape.file, None, error))?;
        if is_empty(&head) {
            return Ok(None);
        }
        check_is_text(&head, shape.file)?;
        let header = find_header(&head, shape).map_err(|missing| lacking(shape, &missing))?;
        let mut rest = Cursor::new(head);
        rest.set_position(header.at as u64);
        let guard = Guard::new(rest.chain(reader), header.delimiter, limits.cell, limits.cell.saturating_mul(4));
        let mut rows = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(header.delimiter)
            .buffer_capacity(64 << 10)
            .from_reader(Box::new(guard) as Box<dyn Read + 'a>);
        rows.read_byte_record(&mut ByteRecord::new()).map_err(|error| unreadable(shape.file, header.row, error))?;
        Ok(Some(Self { rows, shape, limits, header }))
    }

    /// Where the column with one of these names is; names are compared without case.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.header.names.iter().position(|have| have.eq_ignore_ascii_case(name)))
    }

    /// Hands every row to `each` until it has enough. `parse` answers `None` for a row that tells nothing, words for a bad one.
    pub(super) fn each<T>(
        mut self,
        mut parse: impl FnMut(&Cells<'_>) -> Result<Option<T>, String>,
        each: &mut dyn FnMut(Row<T>) -> Flow,
    ) -> Result<(), ArchiveError> {
        let file = self.shape.file;
        let mut record = ByteRecord::new();
        let mut row = self.header.row;
        while self.rows.read_byte_record(&mut record).map_err(|error| unreadable(file, row, error))? {
            row += 1;
            if row - self.header.row > self.limits.rows {
                return Err(ArchiveError::new(format!(
                    "{file} has more than {} rows. Split it into smaller files and import them one by one.",
                    self.limits.rows
                )));
            }
            if record.as_slice().iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let told = match self.sound(&record).and_then(|()| parse(&Cells(&record))) {
                Ok(None) => continue,
                Ok(Some(value)) => Row::Good { row, value, foreign: record.iter().any(is_foreign) },
                Err(words) => Row::Bad(RowProblem { file, row, words }),
            };
            if each(told) == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Whether a row has the shape of its file, or what is wrong with it.
    fn sound(&self, record: &ByteRecord) -> Result<(), String> {
        let width = self.header.names.len();
        if record.iter().any(|cell| cell.len() > self.limits.cell) {
            return Err(format!(
                "One of its cells is longer than {}. If a quotation mark is left open there, close it and import again.",
                size(self.limits.cell as u64)
            ));
        }
        if record.as_slice().len() > self.limits.cell.saturating_mul(4) {
            return Err(
                "This row is too long to be one of LinkedIn's. Take it out of the file and import again.".into()
            );
        }
        if record.len() <= self.header.reach {
            return Err(format!(
                "It has only {} of {width} cells, so it is cut short. Download the archive again if you miss it.",
                record.len()
            ));
        }
        if record.len() > MOST_CELLS || record.iter().skip(width).any(|cell| !cell.is_empty()) {
            return Err(format!(
                "It has more cells than the {width} columns of the file: a text with a comma in it may lack its quotation marks."
            ));
        }
        Ok(())
    }
}

/// The text of a file that says by its first bytes that it is in UTF-16, as spreadsheets save it; any other as it is.
pub(super) fn as_utf8<'a>(reader: impl Read + 'a) -> impl Read + 'a {
    DecodeReaderBytesBuilder::new().bom_sniffing(true).utf8_passthru(true).build(reader)
}

/// The start of a file, enough to know it by.
pub(super) fn head(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a file has nothing in it, or only LinkedIn's line about that.
fn is_empty(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii();
    text.is_empty() || text.eq_ignore_ascii_case(b"no conversations found")
}

/// Refuses what is not text in a form we read, with words about what to do.
pub(super) fn check_is_text(head: &[u8], name: &str) -> Result<(), ArchiveError> {
    if head.contains(&0) {
        return Err(ArchiveError::new(format!(
            "{name} is not a text file. Import the ZIP from LinkedIn as it is, or save the file as “CSV UTF-8” and try again."
        )));
    }
    Ok(())
}

/// Finds the line that names all the columns this file must have; otherwise says which of them the likeliest line lacks.
pub(super) fn find_header(head: &[u8], shape: &Shape) -> Result<Header, Vec<&'static str>> {
    let mut lacks: Vec<&'static str> = shape.must.to_vec();
    for (index, (at, line)) in lines(head).take(HEAD_LINES).enumerate() {
        for delimiter in [b',', b'\t', b';'] {
            let names = cells_of(line, delimiter);
            let place = |must: &str| names.iter().position(|name| name.eq_ignore_ascii_case(must));
            let missing: Vec<_> = shape.must.iter().copied().filter(|must| place(must).is_none()).collect();
            if missing.is_empty() {
                let reach = shape.must.iter().filter_map(|must| place(must)).max().unwrap_or(0);
                return Ok(Header { reach, at, row: index as u64 + 1, delimiter, names });
            }
            if missing.len() < lacks.len() {
                lacks = missing;
            }
        }
    }
    Err(lacks)
}

/// Says which columns are missing and what to do about it.
pub(super) fn lacking(shape: &Shape, missing: &[&str]) -> ArchiveError {
    let named: Vec<String> = missing.iter().map(|name| format!("“{name}”")).collect();
    let columns = if named.len() == 1 { "the column" } else { "the columns" };
    ArchiveError::new(format!(
        "{} lacks {columns} {}. Import the file as LinkedIn made it, without changes to its first rows.",
        shape.file,
        named.join(", ")
    ))
}

/// Physical lines with their offsets, whichever way they end.
fn lines(head: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = head.get(at..).filter(|rest| !rest.is_empty())?;
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        let line = (at, &rest[..end]);
        at += end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        Some(line)
    })
}

/// The cells of one line as column names.
fn cells_of(header: &[u8], delimiter: u8) -> Vec<String> {
    let mut rows = ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(header);
    let mut record = ByteRecord::new();
    match rows.read_byte_record(&mut record) {
        Ok(true) => record.iter().take(MOST_CELLS).map(|cell| line(&decoded(cell))).collect(),
        _ => Vec::new(),
    }
}

fn unreadable(file: &str, row: u64, error: csv::Error) -> ArchiveError {
    match error.into_kind() {
        ErrorKind::Io(error) => broken(file, Some(row), error),
        _ => ArchiveError::new(format!(
            "{file} can't be read beyond row {row}. Download the archive again from LinkedIn."
        )),
    }
}

/// Words for a file that breaks off; a refusal of our own, from the meter, is passed on.
fn broken(file: &str, row: Option<u64>, error: io::Error) -> ArchiveError {
    if let Some(ours) = error.get_ref().and_then(|inner| inner.downcast_ref::<ArchiveError>()) {
        return ours.clone();
    }
    let place = row.map_or(String::new(), |row| format!(" after row {row}"));
    ArchiveError::new(format!("{file} is damaged or cut short{place}. Download the archive again from LinkedIn."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    static PEOPLE: Shape = Shape { file: "People.csv", must: &["First Name", "Connected On"] };

    fn read(text: &[u8], limits: &Limits) -> Result<Vec<Row<Vec<String>>>, ArchiveError> {
        let mut rows = Vec::new();
        let Some(table) = Table::open(text, &PEOPLE, limits)? else { return Ok(rows) };
        let columns = [table.column(&["first name"]), table.column(&["connected on"]), table.column(&["nowhere"])];
        table.each(|cells| Ok(Some(columns.iter().map(|c| cells.line(*c)).collect())), &mut |row| {
            rows.push(row);
            Flow::Go
        })?;
        Ok(rows)
    }

    fn good(row: u64, name: &str, date: &str) -> Row<Vec<String>> {
        Row::Good { row, value: vec![name.into(), date.into(), String::new()], foreign: false }
    }

    #[test]
    fn the_header_is_found_with_notes_or_without() {
        let limits = Limits::default();
        let body = "Connected On,First Name\n3 May,Vera";
        for (notes, row) in [("", 2), ("\u{feff}", 2), ("Notes:\n\"you may, notice\"\n\n", 5), ("\u{feff}Notes:\n", 3)]
        {
            assert_eq!(
                read(format!("{notes}{body}").as_bytes(), &limits),
                Ok(vec![good(row, "Vera", "3 May")]),
                "{notes}"
            );
        }
    }

    #[test]
    fn excel_may_have_saved_it_again() {
        let limits = Limits::default();
        for text in [
            "First Name,Connected On\r\nVera,3 May\r\n,\r\nAl,4 May",
            "\u{feff}First Name;Connected On\r\nVera;3 May\r\n;\r\nAl;4 May",
            "first name\tCONNECTED ON\tnotes\nVera\t3 May\t\n\t\nAl\t4 May\n",
            "\"First Name\",\"Connected On\"\r\"Vera\",\"3 May\"\r,\rAl,4 May\r",
        ] {
            assert_eq!(
                read(text.as_bytes(), &limits),
                Ok(vec![good(2, "Vera", "3 May"), good(4, "Al", "4 May")]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_bad_row_says_why_and_its_siblings_are_read() {
        let limits = Limits { cell: 100, ..Limits::default() };
        let text = format!(
            "First Name,Connected On\nonly\nVera,3 May\n{0},4 May\na,b,c\n\"{0}\n,\"\"{0}\",5 May\nAl,6 May,,\n",
            "x".repeat(101)
        );
        let rows = read(text.as_bytes(), &limits).unwrap();
        let said: Vec<String> = rows
            .iter()
            .map(|row| match row {
                Row::Good { row, value, .. } => format!("{row} {}", value[0]),
                Row::Bad(problem) => format!("{} ! {}", problem.row, problem.words),
            })
            .collect();
        assert!(said[0].starts_with("2 ! It has only 1 of 2 cells"), "{said:?}");
        assert_eq!(said[1], "3 Vera");
        assert!(said[2].starts_with("4 ! One of its cells is longer than 100 bytes"), "{said:?}");
        assert!(said[3].starts_with("5 ! It has more cells than the 2 columns"), "{said:?}");
        assert!(said[4].starts_with("6 ! One of its cells"), "{said:?}");
        assert_eq!(said[5], "7 Al");
    }

    #[test]
    fn an_open_quote_costs_its_row_and_no_memory() {
        let mut text = b"First Name,Connected On\nVera,3 May\n\"Al,4 May\n".to_vec();
        text.extend(b"x,y\n".repeat(1_000_000));
        let rows = read(&text, &Limits::default()).unwrap();
        assert_eq!(rows[0], good(2, "Vera", "3 May"));
        assert!(matches!(&rows[1], Row::Bad(problem) if problem.words.contains("quotation mark")), "{:?}", rows[1]);
    }

    #[test]
    fn a_missing_column_is_named() {
        let words = read(b"First Name,Company\nVera,Tarn", &Limits::default()).unwrap_err().words;
        assert!(words.contains("People.csv lacks the column “Connected On”"), "{words}");
        let words = read(b"something else", &Limits::default()).unwrap_err().words;
        assert!(words.contains("“First Name”, “Connected On”"), "{words}");
    }

    #[test]
    fn what_is_no_csv_is_refused_with_words() {
        assert!(read(b"\x00\x01\x02", &Limits::default()).unwrap_err().words.contains("not a text file"));
        assert_eq!(read(b"", &Limits::default()), Ok(vec![]));
        assert_eq!(read(b"No conversations found\n", &Limits::default()), Ok(vec![]));
    }

    #[test]
    fn unicode_text_out_of_a_spreadsheet_is_read() {
        let text = "First Name\tConnected On\r\nZoë ❤\t3 May\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [[&b"\xff\xfe"[..], &little].concat(), [&b"\xfe\xff"[..], &big].concat()] {
            assert_eq!(read(&bytes, &Limits::default()), Ok(vec![good(2, "Zoë ❤", "3 May")]));
        }
    }

    #[test]
    fn what_is_not_utf8_is_read_as_windows_1252_and_marked() {
        let rows = read(
            b"First Name,Connected On\nZo\xeb \x80,3 May\nZo\xc3\xab,4 May\nZo\xc3\xab \xeb,5 May",
            &Limits::default(),
        )
        .unwrap();
        let foreign = |row| match row {
            Row::Good { row, value, .. } => Row::Good { row, value, foreign: true },
            bad => bad,
        };
        let expected =
            [foreign(good(2, "Zoë €", "3 May")), good(3, "Zoë", "4 May"), foreign(good(4, "Zoë ë", "5 May"))];
        assert_eq!(rows, expected);
    }

    #[test]
    fn too_many_rows_are_refused() {
        let limits = Limits { rows: 2, ..Limits::default() };
        assert!(read(b"First Name,Connected On\na,b\nc,d", &limits).is_ok());
        assert!(
            read(b"First Name,Connected On\na,b\nc,d\ne,f", &limits).unwrap_err().words.contains("more than 2 rows")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), headed: bool) {
            if headed {
                bytes.splice(0..0, *b"First Name,Connected On\n");
            }
            let _ = read(&bytes, &Limits { cell: 20, rows: 10, ..Limits::default() });
        }
    }
}
