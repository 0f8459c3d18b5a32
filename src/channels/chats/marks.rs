//! What stands in brackets where Meta's messages hold something else than words: told, and left out again where only the
//! words count.

/// Something that can be sent: one of it, and several.
pub(super) type Media = (&'static str, &'static str);

pub(super) const PHOTO: Media = ("a photo", "photos");
pub(super) const VIDEO: Media = ("a video", "videos");
pub(super) const VOICE: Media = ("a voice note", "voice notes");
pub(super) const FILE: Media = ("a file", "files");
pub(super) const GIF: Media = ("a GIF", "GIFs");
pub(super) const STICKER: Media = ("a sticker", "stickers");

const ALL: [Media; 6] = [PHOTO, VIDEO, VOICE, FILE, GIF, STICKER];
const CALL: &str = "a call of ";
const MISSED: &str = "a missed call";
/// WhatsApp's mark, with how long it took behind a comma.
const SOME_CALL: &str = "a call";

/// The mark for so many of something; none for none.
pub(super) fn of(n: usize, (one, many): Media) -> Option<String> {
    match n {
        0 => None,
        1 => Some(format!("({one})")),
        n => Some(format!("({n} {many})")),
    }
}

/// The mark for a call of so many seconds.
pub(super) fn call(seconds: f64, missed: bool) -> String {
    match seconds {
        _ if missed => format!("({MISSED})"),
        ..60.0 => format!("({CALL}less than a minute)"),
        ..90.0 => format!("({CALL}a minute)"),
        seconds => format!("({CALL}{:.0} minutes)", seconds / 60.0),
    }
}

/// The words of a message without its marks: Meta's downloads agree on the words, and not always on what kind a file is.
pub fn words(body: &str) -> String {
    body.lines().filter(|line| !is_mark(line)).collect::<Vec<_>>().join("\n")
}

fn is_mark(line: &str) -> bool {
    let Some(inside) = line.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return false };
    let several = |many: &str| inside.strip_suffix(many).and_then(|n| n.strip_suffix(' ')?.parse::<usize>().ok());
    inside == MISSED
        || inside.strip_prefix(SOME_CALL).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
        || inside.starts_with(CALL)
        || ALL.iter().any(|(one, many)| inside == *one || several(many).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_no_words() {
        let all = [of(1, PHOTO), of(12, VOICE), of(1, STICKER), Some(call(0.0, true)), Some(call(192.0, false))];
        let marks = all.into_iter().flatten().collect::<Vec<_>>().join("\n");
        assert_eq!(words(&format!("hi ❤\n{marks}\nthere")), "hi ❤\nthere");
        assert_eq!((words(&marks).as_str(), of(0, FILE)), ("", None));
        for said in ["(12 grapes)", "(a photo) of it", "a photo", "()", "( photos)"] {
            assert_eq!(words(said), said);
        }
    }
}
