//! Keeps any one row of a CSV small before the CSV reader sees it, so that a cell of a gigabyte costs no memory.
//!
//! What exceeds a bound is dropped, its structure is kept: the rows after it stay whole, and the row itself shows by its
//! length that something was dropped. Rows within the bounds pass unchanged.

use std::io::{self, Read};

/// The most cells in one row; LinkedIn's widest file has sixteen.
pub(super) const MOST_CELLS: usize = 64;

/// Where the next byte stands, as RFC 4180 sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Bare,
    Quoted,
    /// After a quotation mark inside a quoted cell: the end of it, or half of a doubled one.
    Mark,
}

/// A reader that lets at most one byte more than a bound through.
pub(super) struct Guard<R> {
    inner: R,
    delimiter: u8,
    most_in_cell: usize,
    most_in_row: usize,
    at: At,
    in_cell: usize,
    in_row: usize,
    cells: usize,
    /// A quotation mark that was not passed on, because it may be half of a doubled one in a cell that is full.
    held: bool,
}

impl<R: Read> Guard<R> {
    /// Guards a CSV with this delimiter; the bounds are bytes.
    pub(super) fn new(inner: R, delimiter: u8, most_in_cell: usize, most_in_row: usize) -> Self {
        Self {
            inner,
            delimiter,
            most_in_cell,
            most_in_row,
            at: At::Start,
            in_cell: 0,
            in_row: 0,
            cells: 0,
            held: false,
        }
    }

    fn full(&self) -> bool {
        self.mute() || self.in_cell > self.most_in_cell || self.in_row > self.most_in_row
    }

    /// Beyond the last cell that is let through nothing passes until the row ends.
    fn mute(&self) -> bool {
        self.cells > MOST_CELLS
    }

    fn content(&mut self, out: &mut Filter<'_>, byte: u8) {
        if !self.full() {
            self.in_cell += 1;
            self.in_row += 1;
            out.put(byte);
        }
    }

    fn mark(&mut self, out: &mut Filter<'_>) {
        if !self.mute() {
            out.put(b'"');
        }
    }

    fn bare(&mut self, out: &mut Filter<'_>, byte: u8) {
        if byte == self.delimiter {
            self.cells += 1;
            self.in_cell = 0;
            self.at = At::Start;
            if !self.mute() {
                out.put(byte);
            }
        } else if matches!(byte, b'\n' | b'\r') {
            (self.cells, self.in_cell, self.in_row) = (0, 0, 0);
            self.at = At::Start;
            out.put(byte);
        } else {
            self.at = At::Bare;
            self.content(out, byte);
        }
    }

    fn pass(&mut self, out: &mut Filter<'_>, byte: u8) {
        match self.at {
            At::Start if byte == b'"' => {
                self.at = At::Quoted;
                self.mark(out);
            }
            At::Start | At::Bare => self.bare(out, byte),
            At::Quoted if byte == b'"' => {
                self.at = At::Mark;
                self.held = self.full();
                if !self.held {
                    out.put(byte);
                }
            }
            At::Quoted => self.content(out, byte),
            At::Mark if byte == b'"' => {
                self.at = At::Quoted;
                if !self.held {
                    self.in_cell += 1;
                    self.in_row += 1;
                    out.put(byte);
                }
                self.held = false;
            }
            At::Mark => {
                if self.held {
                    self.mark(out);
                }
                self.held = false;
                self.bare(out, byte);
            }
        }
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            // A held mark needs one byte more than was read.
            let from = usize::from(self.held && buf.len() > 1);
            let n = self.inner.read(&mut buf[from..])?;
            if n == 0 {
                return Ok(0);
            }
            let mut out = Filter { buf, len: 0 };
            for i in from..from + n {
                let byte = out.buf[i];
                self.pass(&mut out, byte);
            }
            if out.len > 0 {
                return Ok(out.len);
            }
        }
    }
}

/// A buffer that is filtered in place: what is kept never overtakes what is read.
struct Filter<'a> {
    buf: &'a mut [u8],
    len: usize,
}

impl Filter<'_> {
    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.buf.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads in small gulps, so that every state meets the end of a buffer.
    fn guarded(text: &[u8], cell: usize, gulp: usize) -> Vec<u8> {
        let mut guard = Guard::new(text, b',', cell, cell * 4);
        let (mut all, mut buf) = (Vec::new(), vec![0; gulp]);
        loop {
            match guard.read(&mut buf).unwrap() {
                0 => return all,
                n => all.extend_from_slice(&buf[..n]),
            }
        }
    }

    #[test]
    fn an_overlong_cell_is_cut_and_its_siblings_are_not() {
        let text = b"a,bbbbbbbbbb,c\nd,\"e\"\"eeeeeee\"\"\"\"\",\"f\ng\"\nh,i,j";
        for gulp in 2..9 {
            let cut = String::from_utf8(guarded(text, 4, gulp)).unwrap();
            assert_eq!(cut, "a,bbbbb,c\nd,\"e\"\"eee\",\"f\ng\"\nh,i,j", "read {gulp} bytes at a time");
        }
    }

    #[test]
    fn a_row_of_commas_ends_after_the_last_cell_allowed() {
        let text = format!("{}\nnext,row", ",".repeat(1_000));
        let cut = guarded(text.as_bytes(), 9, 16);
        assert_eq!(cut, format!("{}\nnext,row", ",".repeat(MOST_CELLS)).into_bytes());
    }

    #[test]
    fn doubled_quotes_without_end_stay_small() {
        let text = format!("\"{}", "\"".repeat(100_000));
        assert!(guarded(text.as_bytes(), 10, 64).len() < 40);
    }

    proptest! {
        #[test]
        fn rows_within_the_bounds_pass_unchanged(text in "[a,\"\r\n]{0,60}", gulp in 1..9_usize) {
            prop_assert_eq!(guarded(text.as_bytes(), 100, gulp), text.into_bytes());
        }

        #[test]
        fn no_row_outgrows_its_bound(text in "[a,\"]{0,400}", gulp in 2..9_usize) {
            let kept = guarded(text.as_bytes(), 3, gulp).len();
            prop_assert!(kept <= 13 * 2 + (MOST_CELLS + 1) * 3, "{} bytes", kept);
        }
    }
}
