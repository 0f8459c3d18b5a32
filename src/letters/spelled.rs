//! How a word typed in plain letters may be spelled in what was stored: FTS5 takes the accents off `é`, but leaves `ø`, `ł`,
//! `æ` and `ß` as they are, which PostgreSQL's `unaccent` replaces.

use std::collections::VecDeque;

use super::folded;

/// How many spellings of a word are tried, those with the fewest changes first: each is looked up in the index by itself.
const MOST: usize = 64;

/// What is written for a letter on a keyboard that lacks it, and the letter.
const LETTERS: [(&str, &str); 15] = [
    ("ss", "ß"),
    ("ae", "æ"),
    ("oe", "œ"),
    ("th", "þ"),
    ("ae", "ä"),
    ("oe", "ö"),
    ("ue", "ü"),
    ("o", "ø"),
    ("l", "ł"),
    ("d", "đ"),
    ("d", "ð"),
    ("i", "ı"),
    ("h", "ħ"),
    ("t", "ŧ"),
    ("е", "ё"),
];

/// The beginnings of words that `word` may stand for, at most 64, itself in plain letters first.
pub fn spellings(word: &str) -> Vec<String> {
    let plain = folded(word);
    let mut begun = VecDeque::from([(String::new(), plain.as_str())]);
    let mut spellings = Vec::new();
    while let Some((before, rest)) = begun.pop_front().filter(|_| spellings.len() < MOST) {
        let Some(next) = rest.chars().next() else {
            spellings.push(before);
            continue;
        };
        for (letters, letter) in LETTERS {
            let left = match rest.strip_prefix(letters) {
                Some(left) => left,
                // Half typed, an s may become either.
                None if letters.len() > rest.len() && letters.starts_with(rest) => "",
                None => continue,
            };
            begun.push_back((format!("{before}{letter}"), left));
        }
        begun.push_front((format!("{before}{next}"), &rest[next.len_utf8()..]));
    }
    // What was typed is looked for in any case.
    let typed = word.to_lowercase();
    if typed != plain && !spellings.contains(&typed) {
        spellings.truncate(MOST - 1);
        spellings.push(typed);
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_tried_as_others_write_it() {
        for (typed, stored) in [
            ("oyvind", "øyvind"),
            ("Malgorzata", "małgorzata"),
            ("wladyslawowo", "władysławowo"),
            ("strasse", "straße"),
            ("stras", "straß"),
            ("weißrussland", "weissrussland"),
            ("yildiz", "yıldız"),
            ("Øyvind", "oyvind"),
            ("aero", "ærø"),
            ("thora", "þora"),
            ("mueller", "müller"),
            ("елка", "ёлка"),
        ] {
            let spellings = spellings(typed);
            assert!(spellings.iter().any(|one| stored.starts_with(one.as_str())), "{typed}: {spellings:?}");
        }
    }

    #[test]
    fn a_long_word_is_not_tried_without_end() {
        let spellings = spellings(&"lodi".repeat(15));
        assert!((2..=MOST).contains(&spellings.len()), "{}", spellings.len());
        assert_eq!(spellings[0], "lodi".repeat(15));
    }

    #[test]
    fn letters_of_other_writings_stay() {
        assert_eq!(spellings("Юлия"), ["юлия"]);
    }
}
