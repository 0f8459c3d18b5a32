//! Whether two texts say the same thing: the key that finds an identical message, and the measure for a near-identical
//! one (promise 6). Pure; which messages are compared, and what follows from it, is the gate's business.

use std::collections::HashMap;

/// Below this many folded characters only equal texts count: "Thanks, Ana" is not a campaign.
const SHORT: usize = 20;

/// Above this many folded characters only the words are compared, so that a long mail costs no more than its length.
const LONG: usize = 2_000;

/// The share of the text that must agree.
const ALIKE: f64 = 0.9;

/// The share of words that must agree before letters are compared at all.
const WORDS_ALIKE: f64 = 0.6;

/// The share of words that must agree in a long text, where nothing finer follows.
const LONG_WORDS_ALIKE: f64 = 0.95;

/// Words that open a message, before the name.
const GREETINGS: [&str; 7] = ["hi", "hello", "hey", "dear", "hiya", "heya", "howdy"];

/// The text in lower case, with letters and digits only and single spaces between words; greeting and names stay.
pub fn text_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            if gap && !key.is_empty() {
                key.push(' ');
            }
            gap = false;
            key.push(letter);
        } else if !joins(letter) {
            gap = true;
        }
    }
    key
}

/// True when one text is the other with another name or a few retouched words: equal after folding, or at least nine
/// tenths alike. Texts under 20 folded characters must be equal; of texts over 2,000 only the words are compared.
pub fn near_identical(a: &str, b: &str) -> bool {
    let (key_a, key_b) = (text_key(a), text_key(b));
    if key_a.is_empty() || key_b.is_empty() {
        // Nothing but emoji or punctuation: the fold has nothing to say, the text itself has.
        return a.trim() == b.trim();
    }
    if key_a == key_b {
        return true;
    }
    let (length_a, length_b) = (key_a.chars().count(), key_b.chars().count());
    if length_a.min(length_b) < SHORT {
        return false;
    }
    if length_a.max(length_b) > LONG {
        return lengths_allow(length_a, length_b) && words_in_common(&key_a, &key_b) >= LONG_WORDS_ALIKE;
    }
    if alike(&key_a, &key_b) {
        return true;
    }
    // In a short text a long name weighs more than a tenth, so the greeted name is left out on both sides.
    match (after_greeting(&key_a), after_greeting(&key_b)) {
        (Some(rest_a), Some(rest_b)) => {
            rest_a.chars().count().min(rest_b.chars().count()) >= SHORT && (rest_a == rest_b || alike(rest_a, rest_b))
        }
        _ => false,
    }
}

/// True when a text was written from this filled template: nearly the same, or the same but for what somebody wrote into the
/// gaps `‹…›` that filling left.
pub fn is_written_from(filled: &str, text: &str) -> bool {
    let between: Vec<&str> = filled
        .split('‹')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('›').map_or(part, |(_, rest)| rest) })
        .collect();
    if near_identical(filled, text) || near_identical(&between.concat(), text) {
        return true;
    }
    let key = text_key(text);
    let mut rest = key.as_str();
    let mut follows = |part: &&str| match rest.split_once(text_key(part).as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    };
    between.len() > 1 && between.concat().chars().count() >= SHORT && between.iter().all(&mut follows)
}

/// Apostrophes and combining marks belong to the word they stand in.
fn joins(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '\u{2bc}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe0f}')
}

/// The measure itself, cheapest test first: lengths, then words, then letters.
fn alike(a: &str, b: &str) -> bool {
    lengths_allow(a.chars().count(), b.chars().count())
        && words_in_common(a, b) >= WORDS_ALIKE
        && strsim::normalized_levenshtein(a, b) >= ALIKE
}

/// A difference in length alone can rule out that nine tenths agree.
fn lengths_allow(a: usize, b: usize) -> bool {
    a.min(b) as f64 >= ALIKE * a.max(b) as f64
}

/// The share of words both texts have, counting repetitions, from 0 to 1; order doesn't matter.
fn words_in_common(a: &str, b: &str) -> f64 {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut total = 0;
    for word in a.split(' ') {
        *counts.entry(word).or_default() += 1;
        total += 1;
    }
    let mut common = 0;
    for word in b.split(' ') {
        total += 1;
        if let Some(left) = counts.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            common += 1;
        }
    }
    2.0 * f64::from(common) / f64::from(total)
}

/// What follows "hi ana" in a folded text, if it opens with a greeting.
fn after_greeting(key: &str) -> Option<&str> {
    let (greeting, rest) = key.split_once(' ')?;
    let (_name, rest) = rest.split_once(' ')?;
    GREETINGS.contains(&greeting).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_filled_gap_is_still_written_from_its_template() {
        let filled = "Hi Ana, with ‹followers› followers you would fit us well. Shall we talk on ‹day›?";
        for text in [
            "Hi Ana, with 900 followers you would fit us well. Shall we talk on Friday?",
            "Hi Ana, with more than 12,000 followers you would fit us well. Shall we talk on Friday or next week?",
        ] {
            assert!(is_written_from(filled, text), "{text}");
        }
        for text in
            ["Thank you, that is very kind of you. Talk soon!", "Hi Ana", "Shall we talk on Friday? Hi Ana, with love"]
        {
            assert!(!is_written_from(filled, text), "{text}");
        }
        assert!(!is_written_from("‹first_name›", "Anything at all"), "nothing of the template is left");
    }

    const PITCH: &str =
        "Hi Ana, I loved your post on pricing for small teams. Would you be open to a short call next week?";

    #[test]
    fn the_key_keeps_letters_digits_and_the_greeting() {
        assert_eq!(text_key("  Hi Ana,\n\nDon’t miss: 3 seats left!! 🎉 "), "hi ana dont miss 3 seats left");
        assert_eq!(text_key("ÉCOLE – Straße"), "école straße");
        assert_eq!(text_key("🎉!"), "");
    }

    #[test]
    fn case_punctuation_and_line_breaks_make_no_difference() {
        assert!(near_identical("Quick question: are you in?", "quick question\n\nARE you in"));
    }

    #[test]
    fn the_same_text_with_another_first_name_is_near_identical() {
        assert!(near_identical(PITCH, &PITCH.replace("Ana", "Bartholomew")));
        assert!(near_identical("Hi Ana, would you try our new app?", "Hi Bartholomew, would you try our new app?"));
    }

    #[test]
    fn a_retouched_word_is_near_identical() {
        assert!(near_identical(PITCH, &PITCH.replace("short call", "quick call")));
    }

    #[test]
    fn two_different_follow_ups_are_not() {
        assert!(!near_identical(
            "Hi Ana, just following up on my note about the spring campaign. Is it still of interest?",
            "Hi Ana, I am back from the fair and saw your reel about the harbour. How was the turnout?",
        ));
        assert!(!near_identical(
            "Just following up on the contract, any news from legal?",
            "Just following up on the sample, did the parcel arrive?",
        ));
    }

    #[test]
    fn a_text_that_goes_on_is_another_text() {
        assert!(!near_identical(
            PITCH,
            &format!("{PITCH} I have put two times below, and a link to the study you asked for.")
        ));
    }

    #[test]
    fn very_short_texts_only_when_equal() {
        assert!(near_identical("Thanks, Ana!", "thanks ana"));
        assert!(!near_identical("Thanks a lot, Ana", "Thanks a lot, Eva"));
    }

    #[test]
    fn texts_without_letters_are_compared_as_they_are() {
        assert!(near_identical("👍", " 👍 "));
        assert!(!near_identical("👍", "🎉"));
        assert!(!near_identical("👍", "Thanks for the kind words about our launch"));
    }

    #[test]
    fn long_texts_are_compared_by_their_words() {
        let words: Vec<String> = (0..600).map(|n| format!("word{n}")).collect();
        let long = words.join(" ");
        assert!(near_identical(&format!("Hi Ana {long}"), &format!("Hi Tom {long}")));
        assert!(!near_identical(&long, &long.replace("word1", "term1")));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,80}") {
            let key = text_key(&text);
            prop_assert_eq!(text_key(&key), key);
        }

        #[test]
        fn the_order_of_the_two_makes_no_difference(a in "[a-c ]{0,60}", b in "[a-c ]{0,60}") {
            prop_assert_eq!(near_identical(&a, &b), near_identical(&b, &a));
        }
    }
}
