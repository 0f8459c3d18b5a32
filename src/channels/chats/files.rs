//! The files of an archive that were sent with messages: found by the end of their path, read one at a time.

use std::io::{Read, Seek};

use zip::{
    read::{Config, OwnedZipFileEntry},
    unstable::read::ZipIterable,
};

use super::{
    Archive,
    archive::{Source, is_bomb, unpacked},
};

/// How many files are remembered between two walks through the ZIP's directory.
const AT_ONCE: usize = 4_000;
/// The largest file that is handed on, in bytes.
const LARGEST: u64 = 2 << 30;

/// The last three parts of a path at most: what stays the same wherever the archive begins.
pub(super) fn end_of(path: &str) -> String {
    ends_of(path).into_iter().next().unwrap_or_default()
}

/// The last three, two and one parts of a path.
fn ends_of(path: &str) -> Vec<String> {
    let path = path.replace('\\', "/");
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (1..=parts.len().min(3)).rev().map(|n| parts[parts.len() - n..].join("/")).collect()
}

/// Reads a file, handing its bytes on.
pub type Reading<'a, E> = dyn FnMut(&mut dyn FnMut(&mut dyn Read) -> Result<(), E>) -> Result<(), E> + 'a;

/// Takes a file: the ends of its path, and the way to read it.
pub type Taking<'a, E> = dyn FnMut(&[String], &mut Reading<'_, E>) -> Result<(), E> + 'a;

/// A file that is wanted: the ends of its path, and where it is.
type Found = (Vec<String>, Source);

impl<R: Read + Seek> Archive<R> {
    /// Asks `wanted` about every file in the ZIP by the ends of its path, the longest first, and hands those that are to
    /// `each`, which may read them more than once. Files that can't be unpacked, that are larger than 2 GB or that a ZIP
    /// bomb is made of are passed over.
    ///
    /// # Errors
    /// Whatever the two return.
    pub fn files<E: From<std::io::Error>>(
        &mut self,
        wanted: &mut dyn FnMut(&[String]) -> Result<bool, E>,
        each: &mut Taking<'_, E>,
    ) -> Result<(), E> {
        let mut walked = 0;
        loop {
            let (found, now) = self.some(walked, wanted)?;
            for (ends, source) in found {
                let mut read =
                    |hand: &mut dyn FnMut(&mut dyn Read) -> Result<(), E>| match unpacked(self.file(), &source) {
                        Ok(mut reader) => hand(&mut reader),
                        Err(words) => Err(std::io::Error::other(words).into()),
                    };
                each(&ends, &mut read)?;
            }
            if now == walked {
                return Ok(());
            }
            walked = now;
        }
    }

    /// The next wanted files after so many entries, and how many entries were looked at by then.
    fn some<E>(
        &mut self,
        walked: usize,
        wanted: &mut dyn FnMut(&[String]) -> Result<bool, E>,
    ) -> Result<(Vec<Found>, usize), E> {
        let mut found = Vec::new();
        let Ok(mut zip) = ZipIterable::try_new(self.file(), Config::default()) else { return Ok((found, walked)) };
        let Ok(entries) = zip.files() else { return Ok((found, walked)) };
        let mut now = walked;
        for entry in entries.skip(walked) {
            now += 1;
            let Ok(entry) = entry else { continue };
            let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
            let (size, packed) = (entry.size(), entry.compressed_size());
            if path.ends_with('/') || size == 0 || size > LARGEST || is_bomb(size, packed) {
                continue;
            }
            let ends = ends_of(&path);
            if wanted(&ends)? {
                let entry: OwnedZipFileEntry = entry.into();
                found.push((ends, Source::Zipped(Box::new(entry))));
                if found.len() == AT_ONCE {
                    break;
                }
            }
        }
        Ok((found, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_the_end_of_its_path() {
        assert_eq!(end_of("your_instagram_activity/messages/inbox/vera_1/photos/1.jpg"), "vera_1/photos/1.jpg");
        assert_eq!(end_of("./media/x.jpg"), "media/x.jpg");
        assert_eq!(end_of("IMG-1.jpg"), "IMG-1.jpg");
        assert_eq!(end_of(""), "");
        assert_eq!(ends_of("a\\b/c/d"), ["b/c/d", "c/d", "d"]);
    }
}
