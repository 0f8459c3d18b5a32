//! Whom the greeting of a text names: nobody in particular, or these people. Only the start of a line counts as a
//! greeting. Whether a name is the right one is decided by the caller.

use super::hollow::{Word, folded, words_of};

/// What stands at the start of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Greeting {
    /// "Hi there", as written.
    Nobody(String),
    /// "Hi Ana and Tom": the names, as written.
    People(Vec<String>),
}

const OPENERS: [&str; 8] = ["hi", "hello", "hey", "dear", "hiya", "heya", "howdy", "greetings"];

/// Stand-ins for a name, longest first; "there" has a rule of its own.
const STAND_INS: [&str; 24] = [
    "sir or madam",
    "madam or sir",
    "sir madam",
    "sir and madam",
    "sirs and madams",
    "valued customer",
    "valued partner",
    "hiring manager",
    "dear friend",
    "my friend",
    "friend",
    "friends",
    "sir",
    "sirs",
    "madam",
    "customer",
    "colleague",
    "recipient",
    "user",
    "influencer",
    "creator",
    "ambassador",
    "candidate",
    "subscriber",
];

/// After "Hi there", these words make it a sentence: "Hi, there is news".
const AFTER_THERE: [&str; 13] =
    ["is", "are", "was", "were", "will", "has", "have", "had", "seems", "might", "may", "should", "could"];

/// Words that follow a greeting without being a name.
#[rustfmt::skip]
const NOT_NAMES: [&str; 174] = [
    "a", "absolutely", "again", "all", "almost", "always", "am", "and", "another", "any", "anyone", "are", "as",
    "at", "back", "beautiful", "been", "big", "boss", "both", "bro", "but", "came", "can", "champ", "checking",
    "colleagues", "congrats", "congratulations", "could", "customers", "darling", "dear", "dears", "did", "do",
    "does", "dude", "ever", "everybody", "everyone", "fans", "fellow", "first", "folks", "following", "for",
    "friends", "from", "gang", "gentlemen", "gents", "girls", "glad", "good", "gorgeous", "got", "great",
    "greetings", "guys", "happy", "have", "he", "hello", "here", "hey", "hi", "hope", "hoping", "how", "hows",
    "hun", "i", "if", "im", "in", "is", "it", "its", "ive", "just", "ladies", "lads", "last", "legend", "let",
    "lets", "long", "looking", "love", "loved", "lovely", "man", "many", "mate", "may", "me", "merry", "my",
    "neighbour", "never", "new", "nice", "no", "not", "noticed", "ok", "okay", "on", "one", "only", "our", "people",
    "please", "quick", "reaching", "really", "saw", "sent", "she", "since", "so", "some", "something", "sorry",
    "stranger", "such", "sunshine", "super", "sure", "team", "thank", "thanks", "that", "the", "there", "they",
    "think", "this", "though", "thought", "to", "today", "totally", "tried", "trust", "two", "very", "want",
    "wanted", "wanting", "was", "we", "welcome", "well", "were", "what", "whats", "when", "where", "which", "while",
    "who", "why", "wish", "wishing", "with", "wondering", "world", "would", "wow", "yes", "you", "your",
];

const TITLES: [&str; 12] = ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "sir", "lady", "frau", "herr"];

const AND: [&str; 5] = ["and", "und", "y", "et", "or"];

/// The greeting a line starts with, if it starts with one.
pub(super) fn greeting(line: &str) -> Option<Greeting> {
    let line = line.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '*' || letter == '_');
    let words: Vec<Word> = words_of(line).take(16).collect();
    if line.to_lowercase().starts_with("to whom it may concern") {
        return Some(Greeting::Nobody("To whom it may concern".to_owned()));
    }
    let first = words.first().filter(|word| word.start == 0)?;
    let mut next = 1;
    if folded(first.text) == "good"
        && matches!(folded(words.get(1)?.text).as_str(), "morning" | "afternoon" | "evening" | "day")
    {
        next = 2;
    } else if !OPENERS.contains(&folded(first.text).as_str()) {
        return None;
    }
    // "Hi dear Ana", "Hi and hello Ana".
    while words.get(next).is_some_and(|word| OPENERS.contains(&folded(word.text).as_str())) {
        next += 1;
    }
    let opener_end = words[next - 1].end;
    let before = &line[opener_end..words.get(next).map_or(line.len(), |word| word.start)];
    if first.text.eq_ignore_ascii_case("dear") && before.trim_start().starts_with(',') || before.starts_with(" ,") {
        return Some(Greeting::Nobody(format!("{},", line[..opener_end].trim_end())));
    }
    let apart = match before.trim() {
        "" => false,
        "," => true,
        _ => return None,
    };
    if let Some(end) = stand_in(line, &words, next, apart) {
        return Some(Greeting::Nobody(line[..end].to_owned()));
    }
    let names = people(line, &words, next, apart);
    (!names.is_empty()).then_some(Greeting::People(names))
}

/// The end of "there", "friend" or the like, where it stands in place of a name.
fn stand_in(line: &str, words: &[Word], from: usize, apart: bool) -> Option<usize> {
    let word = words.get(from)?;
    if word.text.eq_ignore_ascii_case("there") {
        let verb = words.get(from + 1).is_some_and(|next| AFTER_THERE.contains(&folded(next.text).as_str()));
        let closed = ends_here(line, words, from);
        return (closed || !apart && !verb).then_some(word.end);
    }
    STAND_INS.iter().find_map(|phrase| {
        let mut last = from;
        for (offset, part) in phrase.split(' ').enumerate() {
            last = from + offset;
            if folded(words.get(last)?.text) != part {
                return None;
            }
        }
        ends_here(line, words, last).then(|| words[last].end)
    })
}

/// True when punctuation or the end of the line follows this word.
fn ends_here(line: &str, words: &[Word], index: usize) -> bool {
    let start = words[index].end;
    let between = &line[start..words.get(index + 1).map_or(line.len(), |next| next.start)];
    words.get(index + 1).is_none()
        || between.contains([',', '!', '.', ':', ';', '?', '–', '—'])
        || between.contains(" - ")
}

/// The names from here on: "Ana", "Ms Li", "Ana and Tom", "Ana, Tom & Eva".
fn people(line: &str, words: &[Word], from: usize, apart: bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut index = from;
    loop {
        let mut at = index;
        while words.get(at).is_some_and(|word| TITLES.contains(&folded(word.text).as_str())) {
            at += 1;
        }
        let Some(first) = words.get(at) else { break };
        if !name_like(first.text) {
            // "hi tom," is a name in small letters, "hi you two" is none; the caller knows which names to look for.
            if names.is_empty() && !NOT_NAMES.contains(&folded(first.text).as_str()) && ends_here(line, words, at) {
                names.push(first.text.to_owned());
            }
            break;
        }
        let mut last = at;
        while !ends_here(line, words, last)
            && line[words[last].end..words[last + 1].start].trim().is_empty()
            && name_like(words[last + 1].text)
        {
            last += 1;
        }
        // "Hi team", "Hi Acme Team": a group; "Hey Tom here", "Hi, Tom from Acme": the sender.
        let follower = words.get(last + 1).map(|word| folded(word.text)).unwrap_or_default();
        let open = !ends_here(line, words, last);
        let listed = AND.contains(&follower.as_str())
            || words
                .get(last + 1)
                .is_some_and(|next| matches!(line[words[last].end..next.start].trim(), "&" | "+" | "/"));
        if open && matches!(follower.as_str(), "here" | "from" | "team" | "family" | "community" | "crew" | "speaking")
        {
            return Vec::new();
        }
        if open && !listed && (apart || !names.is_empty()) {
            break;
        }
        names.push(line[first.start..words[last].end].to_owned());
        if listed {
            index = last + if AND.contains(&follower.as_str()) { 2 } else { 1 };
        } else if words.get(last + 1).is_some_and(|next| line[words[last].end..next.start].trim() == ",") {
            index = last + 1;
            // "Hi Ana, and thanks": no further name.
            if AND.contains(&follower.as_str()) {
                index += 1;
            }
        } else {
            break;
        }
    }
    names
}

fn name_like(word: &str) -> bool {
    word.chars().next().is_some_and(|letter| letter.is_alphabetic() && !letter.is_lowercase())
        && !NOT_NAMES.contains(&folded(word).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nobody(line: &str) -> Option<String> {
        match greeting(line) {
            Some(Greeting::Nobody(words)) => Some(words),
            _ => None,
        }
    }

    fn people_in(line: &str) -> Vec<String> {
        match greeting(line) {
            Some(Greeting::People(names)) => names,
            _ => Vec::new(),
        }
    }

    #[test]
    fn stand_ins_name_nobody() {
        for (line, words) in [
            ("Hi there,", "Hi there"),
            ("hey there I saw your post", "hey there"),
            ("Hello, there!", "Hello, there"),
            ("Dear Sir or Madam,", "Dear Sir or Madam"),
            ("Dear Sir/Madam", "Dear Sir/Madam"),
            ("Hello friend!", "Hello friend"),
            ("Good morning, friend.", "Good morning, friend"),
            ("Dear ,", "Dear,"),
            ("Hi , nice to meet you", "Hi,"),
        ] {
            assert_eq!(nobody(line).as_deref(), Some(words), "{line}");
        }
        assert!(nobody("To whom it may concern:").is_some());
    }

    #[test]
    fn ordinary_openings_are_no_greeting_of_nobody() {
        for line in [
            "Hi, there is news",
            "Hi there's news",
            "Hi there are news",
            "Hi all,",
            "Hello again!",
            "Hello!",
            "Hi, how are you?",
            "Is anyone there?",
            "Dear Sir Keir,",
            "Hi friend of the show",
            "They said hi there",
            "Hi :)",
        ] {
            assert_eq!(nobody(line), None, "{line}");
        }
    }

    #[test]
    fn names_are_read_one_by_one() {
        assert_eq!(people_in("Hi Ana,"), ["Ana"]);
        assert_eq!(people_in("Hi Ana and Tom, hello"), ["Ana", "Tom"]);
        assert_eq!(people_in("Hi Ana & Tom"), ["Ana", "Tom"]);
        assert_eq!(people_in("Dear Ms Li,"), ["Li"]);
        assert_eq!(people_in("Hello Ana Li! How are you?"), ["Ana Li"]);
        assert_eq!(people_in("Hi Tom, Ana and Eva,"), ["Tom", "Ana", "Eva"]);
        assert_eq!(people_in("Hi Tom, Ana mentioned you"), ["Tom"]);
        assert_eq!(people_in("hi tom, how are you"), ["tom"]);
    }

    #[test]
    fn words_that_are_no_names_are_left_alone() {
        for line in [
            "Hi all,",
            "Hello again",
            "Hey everyone",
            "Hi Acme team,",
            "Hi Quick question for you",
            "Hi Really liked the talk",
            "Hello World",
            "Hey, Tom here from Acme",
            "Hi Tom from Acme here",
            "Hi, Berlin was great",
            "Hi, I'm Tom",
            "Thanks Tom",
            "hi gorgeous weather today",
            "Hello",
        ] {
            assert_eq!(people_in(line), Vec::<String>::new(), "{line}");
        }
    }
}
