//! Reactions: signs that somebody put to a message. They are no messages: they take no turn and stop nothing.

use super::preview;

/// The most reactions of one message that are kept.
const MOST: usize = 100;

/// A sign that somebody put to a message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Reaction {
    /// The sign, an emoji as a rule; at most 40 characters.
    pub sign: String,
    /// The name of whoever put it; empty when the archive doesn't tell.
    pub by: String,
}

impl Reaction {
    /// A reaction out of an archive, made safe; none without a sign.
    pub fn new(sign: &str, by: &str) -> Option<Self> {
        let (sign, by) = (preview(sign.trim(), 40), preview(by.trim(), 200));
        (!sign.is_empty()).then_some(Self { sign, by })
    }

    /// A line of an archive's page, where the name follows the sign: as a guess, from the first letter or figure on.
    pub fn of_line(line: &str) -> Option<Self> {
        let name = line.find(char::is_alphanumeric).unwrap_or(line.len());
        Self::new(&line[..name], &line[name..])
    }
}

/// How the reactions to a message are stored; none where there are none.
pub fn stored(all: &[Reaction]) -> Option<String> {
    let kept = &all[..all.len().min(MOST)];
    if kept.is_empty() { None } else { serde_json::to_string(kept).ok() }
}

/// The reactions to a message, as they are stored.
pub fn read(stored: Option<&str>) -> Vec<Reaction> {
    stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_sign_and_a_name() {
        let line = |text| Reaction::of_line(text).map(|one| (one.sign, one.by));
        assert_eq!(line("❤Vera Moss"), Some(("❤".into(), "Vera Moss".into())));
        assert_eq!(line("👍🏽 Łukasz"), Some(("👍🏽".into(), "Łukasz".into())));
        assert_eq!(line("😮"), Some(("😮".into(), String::new())));
        assert_eq!((line("Vera"), line("")), (None, None));
    }

    #[test]
    fn what_is_stored_is_read() {
        let all: Vec<Reaction> = (0..150).filter_map(|n| Reaction::new("❤", &format!("{n} \"x\""))).collect();
        assert_eq!(read(stored(&all).as_deref()), all[..MOST]);
        assert_eq!((stored(&[]), read(None), read(Some("nonsense"))), (None, vec![], vec![]));
    }
}
