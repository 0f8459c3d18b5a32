//! What people choose becomes one file in the data folder: an upload, an unpacked folder, or the parts of an archive that
//! a platform gave out in several ZIPs.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read, Seek},
    path::{Path, PathBuf},
};

use zip::{
    CompressionMethod, ZipArchive, ZipWriter, read::Config, result::ZipError, unstable::read::ZipIterable,
    write::SimpleFileOptions,
};

use crate::error::{Error, Result};

/// The most files that several parts may hold together: their names are held in memory while they are joined.
const MOST_ENTRIES: u64 = 300_000;

/// Copies an upload into the data folder under a name that can't be guessed; returns where it lies.
pub fn keep_upload<R: Read>(data: &Path, open: impl FnOnce() -> io::Result<R>) -> io::Result<PathBuf> {
    let mut source = open()?;
    let path = place(data)?;
    let mut target = File::create(&path)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(path)
}

/// Packs a folder, as an archive looks once it is unpacked, into the data folder; returns where it lies. Links are not
/// followed, and nothing is compressed.
pub fn keep_folder(data: &Path, folder: &Path) -> io::Result<PathBuf> {
    let path = place(data)?;
    let mut zip = ZipWriter::new(File::create(&path)?);
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in fs::read_dir(&here)? {
            let (entry, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            if kind.is_dir() {
                open.push(entry);
            } else if kind.is_file() {
                let name = entry.strip_prefix(folder).unwrap_or(&entry).to_string_lossy().replace('\\', "/");
                add(&mut zip, name, &entry)?;
            }
        }
    }
    zip.finish()?.sync_all()?;
    Ok(path)
}

/// Joins the parts of one archive, each with its own name: what ZIPs hold is copied as it is packed, other files are put
/// beside it. Returns where the whole lies; the parts stay where they are.
///
/// # Errors
/// In words, when a part is no sound ZIP or all together hold more than 300,000 files.
pub fn keep_parts(data: &Path, parts: &[(String, PathBuf)]) -> Result<PathBuf> {
    let path = tempfile::TempPath::try_from_path(place(data)?)?;
    let mut zip = ZipWriter::new(File::create(&path)?);
    let mut entries = 0;
    let last_of = |name: &'_ String| name.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
    let names: HashSet<String> = parts.iter().map(|(name, _)| last_of(name)).collect();
    let texts = names.iter().filter(|name| name.ends_with(".txt") && name.contains("chat")).count();
    let are_one = names.len() == parts.len() && texts == 1;
    for (number, (name, part)) in parts.iter().enumerate() {
        let mut file = File::open(part)?;
        // Each in a folder of its own, called after it: every part of Meta's has a page of the same name, and only the
        // name of WhatsApp's ZIP tells whose chat is in it.
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
        let folder = format!("part-{} {}", number + 1, crate::channels::preview(stem, 100));
        if !is_part(last, &mut file)? {
            // A chat's text and what was sent with it, chosen together, lie in one folder; whose they are of two chats nobody can tell.
            let folder = if are_one { "part-0 files" } else { &folder };
            add(&mut zip, format!("{folder}/{last}"), part)?;
            continue;
        }
        let damaged = |error: ZipError| match error {
            ZipError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => Error::from(error),
            _ => Error::invalid("file", format!("{name} is damaged or cut off. Download that part again.")),
        };
        entries += ZipIterable::try_new(&mut file, Config::default()).map_err(damaged)?.len() as u64;
        if entries > MOST_ENTRIES {
            return Err(Error::invalid(
                "file",
                "These parts hold more than 300,000 files together. Unpack them into one folder and use “rapport import KIND FOLDER”.",
            ));
        }
        let mut whole = ZipArchive::new(file).map_err(damaged)?;
        for index in 0..whole.len() {
            let entry = whole.by_index_raw(index).map_err(damaged)?;
            let inside = format!("{folder}/{}", String::from_utf8_lossy(entry.name_raw()));
            // Names that are one to us: which of the two is read, nobody can say.
            match zip.raw_copy_file_rename(entry, inside) {
                Err(ZipError::InvalidArchive(_)) => {}
                copied => copied.map_err(damaged)?,
            }
        }
    }
    zip.finish().map_err(io::Error::from)?.sync_all()?;
    path.keep().map_err(|error| Error::internal(error.to_string()))
}

/// Whether a file is a part of an archive; documents of office programs are ZIPs as well.
fn is_part(name: &str, file: &mut File) -> io::Result<bool> {
    const DOCUMENTS: [&str; 7] = [".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub"];
    let name = name.to_lowercase();
    Ok(!DOCUMENTS.iter().any(|ending| name.ends_with(ending)) && is_zip(file)?)
}

fn is_zip(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(4).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == b"PK\x03\x04")
}

fn add(zip: &mut ZipWriter<File>, name: String, path: &Path) -> io::Result<()> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    zip.start_file(name, stored)?;
    io::copy(&mut File::open(path)?, zip)?;
    Ok(())
}

/// A place for an upload, under a name that can't be guessed.
fn place(data: &Path) -> io::Result<PathBuf> {
    let folder = data.join("uploads");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(crate::secrets::key()))
}
