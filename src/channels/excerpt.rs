//! What a search finds in a text: whether, and the part around it with what it found marked.

use crate::letters::folded;

/// A piece of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// Whether it is what was looked for.
    pub found: bool,
}

/// About `chars` characters of a text on one line, around the first word that begins with one of `words`; every such
/// word marked. Case and accents don't count, as in the search. From the beginning when no word is found.
pub fn excerpt(text: &str, words: &[String], chars: usize) -> Vec<Piece> {
    let sought: Vec<String> = words.iter().map(|word| folded(word)).filter(|word| !word.is_empty()).collect();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let marked = marked(&line, &sought);
    let start = marked.iter().find(|(_, found)| *found).map_or(0, |((start, _), _)| *start);
    // A sixth of the room for what stands before it, cut between two words: the find itself is always in view.
    let before = line[..start].char_indices().rev().nth(chars / 6).map_or(0, |(at, _)| at);
    let from = if before == 0 { 0 } else { line[before..start].find(' ').map_or(start, |space| before + space + 1) };
    let until = line[from..].char_indices().nth(chars).map_or(line.len(), |(at, _)| from + at);
    let mut pieces = Vec::new();
    let mut say = |text: &str, found| {
        if !text.is_empty() {
            pieces.push(Piece { text: text.to_owned(), found });
        }
    };
    if from > 0 {
        say("… ", false);
    }
    let mut at = from;
    for ((start, end), _) in marked.iter().filter(|((start, end), found)| *found && *start >= from && *end <= until) {
        say(&line[at..*start], false);
        say(&line[*start..*end], true);
        at = *end;
    }
    say(&line[at..until], false);
    if until < line.len() {
        say("…", false);
    }
    pieces
}

/// Whether each of `words` begins a word of the text. Case and accents don't count, as in the search.
pub fn holds(text: &str, words: &[String]) -> bool {
    let sought: Vec<String> = words.iter().map(|word| folded(word)).filter(|word| !word.is_empty()).collect();
    let said: Vec<String> = text.split(|c: char| !c.is_alphanumeric()).map(folded).collect();
    !sought.is_empty() && sought.iter().all(|sought| said.iter().any(|word| word.starts_with(sought.as_str())))
}

/// Where the words of a line are, in bytes, and whether each is looked for.
fn marked(line: &str, sought: &[String]) -> Vec<((usize, usize), bool)> {
    let mut spans = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                let word = folded(&line[from..at]);
                spans.push(((from, at), sought.iter().any(|sought| word.starts_with(sought.as_str()))));
                start = None;
            }
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str, words: &[&str], chars: usize) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let piece = |piece: Piece| if piece.found { format!("[{}]", piece.text) } else { piece.text };
        excerpt(text, &words, chars).into_iter().map(piece).collect()
    }

    #[test]
    fn what_was_looked_for_is_marked_whatever_its_accents() {
        assert_eq!(
            told("Café prices, and prices\nagain", &["cafe", "PRICE"], 80),
            "[Café] [prices], and [prices] again"
        );
        assert_eq!(told("no such word", &["price"], 80), "no such word");
    }

    #[test]
    fn a_text_holds_what_begins_its_words() {
        let holds = |words: &[&str]| {
            holds(
                "Schöne Ernte: 40 crates\nof quinces",
                &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>(),
            )
        };
        assert!(holds(&["SCHON", "ernte"]) && holds(&["quin", "40"]));
        assert!(!holds(&["ernte", "pears"]) && !holds(&["rates"]) && !holds(&[]));
    }

    #[test]
    fn a_long_text_is_shown_around_the_first_find() {
        let text = format!("{} the samples arrived {}", "well ".repeat(40), "so ".repeat(40));
        let shown = told(&text, &["sampl"], 40);
        assert!(shown.starts_with("… the [samples] arrived so"), "{shown}");
        assert!(shown.ends_with('…'), "{shown}");
    }

    proptest! {
        #[test]
        fn an_excerpt_of_anything_is_short(text in any::<String>(), word in "[a-zé]{1,3}", chars in 1usize..60) {
            let pieces = excerpt(&text, &[word], chars);
            let length: usize = pieces.iter().map(|piece| piece.text.chars().count()).sum();
            prop_assert!(length <= chars + 3);
        }
    }
}
