//! How much of a stranger's file is read before it is refused: sizes, rows and the ratio that gives a ZIP bomb away.

use std::io::{self, Read};

use super::ArchiveError;

/// The bounds of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all files together once unpacked.
    pub total: u64,
    /// How many times smaller a packed file may be than what it unpacks to.
    pub ratio: u64,
    /// Bytes unpacked before the ratio counts: small files pack absurdly well.
    pub ratio_from: u64,
    /// Bytes in one cell; a longer one makes its row invalid.
    pub cell: usize,
    /// Rows in one file.
    pub rows: u64,
    /// Files in the ZIP.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: 2 << 30, ratio: 200, ratio_from: 10 << 20, cell: 1_000_000, rows: 2_000_000, entries: 20_000 }
    }
}

impl Limits {
    /// Refuses a size that `packed` bytes should never unpack to.
    pub(super) fn allow(&self, unpacked: u64, packed: Option<u64>) -> Result<(), ArchiveError> {
        if unpacked > self.total {
            return Err(ArchiveError::new(format!(
                "This file unpacks to more than {}, which no LinkedIn archive does. Download it again from LinkedIn.",
                size(self.total)
            )));
        }
        match packed {
            Some(packed) if unpacked > self.ratio_from && unpacked / self.ratio.max(1) > packed => {
                Err(ArchiveError::new(
                    "This ZIP unpacks to far more than its size, as a ZIP bomb does, so it was not read. \
                     Download the archive again from LinkedIn.",
                ))
            }
            _ => Ok(()),
        }
    }
}

/// A number of bytes, for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

/// Counts what really comes out of a reader, whatever the ZIP claims about it.
pub(super) struct Meter<'a, R> {
    inner: R,
    limits: &'a Limits,
    packed: Option<u64>,
    read: u64,
}

impl<'a, R: Read> Meter<'a, R> {
    /// Meters `inner`, whose packed form has `packed` bytes when it is packed at all.
    pub(super) fn new(inner: R, limits: &'a Limits, packed: Option<u64>) -> Self {
        Self { inner, limits, packed, read: 0 }
    }
}

impl<R: Read> Read for Meter<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read = self.read.saturating_add(n as u64);
        self.limits.allow(self.read, self.packed).map_err(io::Error::other)?;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_stops_at_the_total_whatever_was_declared() {
        let limits = Limits { total: 1_000, ..Limits::default() };
        let mut out = Vec::new();
        let error = Meter::new(io::repeat(b'a'), &limits, None).read_to_end(&mut out).unwrap_err();
        assert!(error.to_string().contains("1 kB"), "{error}");
    }

    #[test]
    fn the_ratio_counts_only_beyond_its_floor() {
        let limits = Limits { ratio_from: 1_000, ..Limits::default() };
        assert!(limits.allow(1_000, Some(1)).is_ok());
        assert!(limits.allow(2_000, Some(10)).is_ok());
        assert!(limits.allow(2_200, Some(10)).unwrap_err().words.contains("ZIP bomb"));
        assert!(limits.allow(2_200, None).is_ok());
    }
}
