//! Files on their way in: written to the uploads folder piece by piece, their form's fields kept beside them.

use std::path::{Path, PathBuf};

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::{StreamExt, TryStreamExt};
use tempfile::TempPath;

use super::context::block;
use crate::error::{Error, Result};

/// Files that came, and the fields that came before them.
#[derive(Debug)]
pub struct Upload {
    /// The form's other fields, each cut after 100 bytes.
    pub fields: Vec<(String, String)>,
    /// What came: one at least.
    pub files: Vec<Came>,
}

/// A file that came.
#[derive(Debug)]
pub struct Came {
    /// Its name, as the browser gave it: for showing only.
    pub name: String,
    /// Where it lies now: removed when this is dropped, unless it was taken over.
    pub path: TempPath,
}

impl Upload {
    /// The trimmed value of a field; none when empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

fn cut(_: MultipartError) -> Error {
    Error::invalid("file", "The upload was cut off. Try again.")
}

/// Takes the files of a form that have a name, `most` of them; when they are more than `largest` bytes together they are
/// refused with `words`, and nothing of them stays.
pub async fn receive(
    data: &Path,
    mut form: Multipart,
    most: usize,
    largest: u64,
    words: &'static str,
) -> Result<Upload> {
    let (mut fields, mut files, mut left) = (Vec::new(), Vec::new(), largest);
    while let Some(field) = form.next().await {
        let mut field = field.map_err(cut)?;
        let Some(name) = field.content_disposition().and_then(|d| d.get_filename()).map(ToOwned::to_owned) else {
            let name = field.name().unwrap_or_default().to_owned();
            if fields.len() < 20 {
                fields.push((name, text_of(&mut field).await.map_err(cut)?));
            }
            continue;
        };
        if name.is_empty() {
            continue;
        }
        if files.len() == most {
            let words = if most == 1 {
                "Choose one file at a time.".into()
            } else {
                format!("Choose at most {most} files at once.")
            };
            return Err(Error::invalid("file", words));
        }
        let folder = data.join("uploads");
        let path = TempPath::try_from_path(folder.join(crate::secrets::key()))?;
        left -= write(&mut field, folder, path.to_path_buf(), left, words).await?;
        files.push(Came { name, path });
    }
    if files.is_empty() { Err(Error::invalid("file", "Choose a file first.")) } else { Ok(Upload { fields, files }) }
}

async fn write(field: &mut Field, folder: PathBuf, path: PathBuf, largest: u64, words: &'static str) -> Result<u64> {
    let create = move || {
        std::fs::create_dir_all(&folder)?;
        Ok(std::fs::File::create(&path)?)
    };
    let mut file = block(create).await?;
    let mut size = 0;
    while let Some(chunk) = field.try_next().await.map_err(cut)? {
        size += chunk.len() as u64;
        if size > largest {
            return Err(Error::invalid("file", words));
        }
        file = block(move || {
            std::io::Write::write_all(&mut file, &chunk)?;
            Ok(file)
        })
        .await?;
    }
    Ok(size)
}

async fn text_of(field: &mut Field) -> Result<String, MultipartError> {
    let mut text = Vec::new();
    while let Some(chunk) = field.try_next().await? {
        if text.len() < 100 {
            text.extend_from_slice(&chunk);
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}
