//! A download in several ZIPs that were joined into one: each part lies in a folder of its own, `part-1 name/…`.

use std::{collections::HashMap, rc::Rc};

use super::{super::Item, find::Entry};

/// A path's part, and the path in it; none where nothing was joined.
fn split(path: &str) -> Option<(&str, &str)> {
    let (number, rest) = path.strip_prefix("part-")?.split_once(' ')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let inside = rest.split_once('/').map_or(rest, |(_, inside)| inside);
    Some((path.strip_suffix(inside)?.trim_end_matches('/'), inside))
}

/// A path without the folder of its part, so that what lies at the root of one is known.
pub(super) fn without_part(path: &str) -> &str {
    split(path).map_or(path, |(_, inside)| inside)
}

/// In which parts lies what was sent in encrypted chats, by its place there: parts are cut by size, and a chat may be in one and its
/// pictures in another.
#[derive(Default)]
pub(super) struct Parts(HashMap<String, Vec<Rc<str>>>);

impl Parts {
    /// Takes note of a file of the ZIP.
    pub(super) fn note(&mut self, path: &str) {
        if let Some((part, inside)) = split(path).filter(|(_, inside)| inside.starts_with("media/")) {
            self.0.entry(inside.to_owned()).or_default().push(Rc::from(part));
        }
    }

    /// What was sent in an encrypted chat is named as from where the chat lies: it is that of its own part, else of the only one that has
    /// such a file.
    pub(super) fn beside(&self, item: Item, entry: &Entry) -> Item {
        let part = entry.last_folder().filter(|folder| folder.starts_with("part-") && entry.id.starts_with("e2ee:"));
        match (item, part) {
            (Item::Said(mut said), Some(own)) => {
                for file in said.files.iter_mut().filter(|file| !file.contains("://")) {
                    let place = file.trim_start_matches("./");
                    let part = match self.0.get(place).map(Vec::as_slice) {
                        Some([only]) => only,
                        _ => own,
                    };
                    *file = format!("{part}/{place}");
                }
                Item::Said(said)
            }
            (item, _) => item,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_told_from_a_folder_of_that_name() {
        assert_eq!(split("part-12 a b/media/x.jpg"), Some(("part-12 a b", "media/x.jpg")));
        assert_eq!(split("part-x a/media/x.jpg"), None);
        assert_eq!(without_part("part-1 a/Ana_1.json"), "Ana_1.json");
        assert_eq!(without_part("parts/Ana_1.json"), "parts/Ana_1.json");
    }
}
