//! Placeholders somebody forgot to replace: `{{ name }}`, `{name}`, `[name]`, `<first name>`, `%FNAME%`, `XXX`, `___`.
//! Brackets people do write (links, asides, footnotes, e-mail addresses) are left alone.

/// At most this many are reported; the first one is reason enough.
const MOST: usize = 10;

/// The longest placeholder between two brackets, in characters.
const LONGEST: usize = 60;

/// Words a placeholder is made of.
const SLOT_WORDS: [&str; 54] = [
    "name",
    "first",
    "last",
    "full",
    "middle",
    "surname",
    "firstname",
    "lastname",
    "fullname",
    "fname",
    "lname",
    "nickname",
    "company",
    "companyname",
    "organisation",
    "organization",
    "business",
    "title",
    "job",
    "role",
    "position",
    "handle",
    "username",
    "user",
    "city",
    "location",
    "country",
    "date",
    "day",
    "time",
    "link",
    "url",
    "website",
    "product",
    "brand",
    "topic",
    "industry",
    "niche",
    "amount",
    "price",
    "number",
    "phone",
    "email",
    "address",
    "contact",
    "recipient",
    "prospect",
    "lead",
    "client",
    "customer",
    "campaign",
    "discount",
    "code",
    "xxx",
];

/// Words that open an instruction: "[insert compliment]", "[their latest post]".
const LEAD_WORDS: [&str; 9] =
    ["insert", "your", "their", "add", "enter", "fill", "placeholder", "replace", "personalise"];

/// The placeholders in the text as written, in order, each once; gaps such as `‹company›` are among them.
pub(super) fn placeholders(text: &str) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (start, letter) in text.char_indices() {
        if found.len() >= MOST {
            break;
        }
        if found.last().is_some_and(|(at, last)| start < at + last.len()) {
            continue;
        }
        let rest = &text[start..];
        let slot = match letter {
            '{' if rest.starts_with("{{") || rest.starts_with("{%") => {
                let close = if rest.starts_with("{{") { "}}" } else { "%}" };
                Some(between(rest, 2, close).map_or(&rest[..2], |inner| &rest[..inner.len() + 4]))
            }
            '}' if rest.starts_with("}}") => Some(&rest[..2]),
            '{' => between(rest, 1, "}").filter(|inner| identifier(inner)).map(|inner| &rest[..inner.len() + 2]),
            '[' => between(rest, 1, "]")
                .filter(|inner| slot_like(inner) && !rest[inner.len() + 2..].starts_with('('))
                .map(|inner| &rest[..inner.len() + 2]),
            '<' => between(rest, 1, ">").filter(|inner| slot_like(inner)).map(|inner| &rest[..inner.len() + 2]),
            '‹' | '«' => between(rest, letter.len_utf8(), if letter == '‹' { "›" } else { "»" })
                .filter(|inner| slot_like(inner) || super::VARIABLES.contains(&inner.to_lowercase().as_str()))
                .map(|inner| &rest[..inner.len() + 2 * letter.len_utf8()]),
            '%' => between(rest, 1, "%")
                .filter(|inner| identifier(inner) && slot_like(inner))
                .map(|inner| &rest[..inner.len() + 2]),
            '*' if rest.starts_with("*|") => between(rest, 2, "|*").map(|inner| &rest[..inner.len() + 4]),
            '_' if rest.starts_with("___") => blank(text, start),
            _ => None,
        };
        if let Some(slot) = slot.or_else(|| bare(text, start)) {
            found.push((start, slot.to_owned()));
        }
    }
    let mut texts: Vec<String> = Vec::new();
    for (_, slot) in found {
        if !texts.contains(&slot) {
            texts.push(slot);
        }
    }
    texts
}

/// What stands between an opening of `skip` bytes and the closing, on one line and not too long.
fn between<'a>(rest: &'a str, skip: usize, close: &str) -> Option<&'a str> {
    let inner = &rest[skip..];
    let window = inner.char_indices().nth(LONGEST).map_or(inner, |(end, _)| &inner[..end]);
    let end = window.find(close)?;
    (!window[..end].contains('\n') && !window[..end].trim().is_empty()).then_some(&window[..end])
}

fn identifier(inner: &str) -> bool {
    let inner = inner.trim();
    inner.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && inner.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ' ' | '.' | '-'))
        && inner.split_whitespace().count() <= 3
}

fn slot_like(inner: &str) -> bool {
    let lower = inner.to_lowercase();
    let words: Vec<&str> = lower
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '’')
        .filter(|word| !word.is_empty())
        .collect();
    let known = |word: &str| {
        let word = word.trim_end_matches("'s").trim_end_matches("’s");
        SLOT_WORDS.contains(&word) || matches!(word, "here" | "of" | "the")
    };
    match words.split_first() {
        Some((first, rest)) => {
            words.len() <= 5
                && !inner.contains("://")
                && !inner.contains('@')
                && (LEAD_WORDS.contains(first) && !rest.is_empty()
                    || *first == "placeholder"
                    || SLOT_WORDS.contains(first) && rest.iter().all(|word| known(word)))
        }
        None => false,
    }
}

/// "___" to be filled in, but not a line drawn across the message nor the inside of a word.
fn blank(text: &str, start: usize) -> Option<&str> {
    let end = start + text[start..].bytes().take_while(|byte| *byte == b'_').count();
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |at| end + at);
    let ruled = text[line_start..line_end].trim().chars().all(|letter| letter == '_');
    let inside = text[..start].ends_with(char::is_alphanumeric) && text[end..].starts_with(char::is_alphanumeric);
    (!ruled && !inside && !text[..start].ends_with('_')).then_some(&text[start..end])
}

/// `XXX`, `€XX`, `FIRST_NAME`: capitals standing alone. Small `xxx` are kisses.
fn bare(text: &str, start: usize) -> Option<&str> {
    let word_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    let rest = &text[start..];
    if !rest.starts_with(word_letter) || text[..start].ends_with(word_letter) {
        return None;
    }
    let word = &rest[..rest.find(|letter| !word_letter(letter)).unwrap_or(rest.len())];
    let crosses = word.bytes().all(|byte| byte == b'X');
    let sum = text[..start].ends_with(['€', '$', '£']) || rest[word.len()..].starts_with(['%', '€', '$', '£']);
    let slot = crosses && (word.len() >= 3 || word.len() == 2 && sum)
        || matches!(word, "FIRSTNAME" | "LASTNAME" | "FNAME" | "LNAME" | "FULLNAME")
        || matches!(word.to_lowercase().as_str(), "first_name" | "last_name" | "full_name" | "company_name");
    slot.then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_to_be_replaced_is_found() {
        for (text, slot) in [
            ("Hi {{ first_name }}!", "{{ first_name }}"),
            ("Hi {{ name!", "{{"),
            ("Hi {% if x %}", "{% if x %}"),
            ("Hi {name},", "{name}"),
            ("Hi [name],", "[name]"),
            ("Hi [First Name],", "[First Name]"),
            ("Loved [insert compliment here]", "[insert compliment here]"),
            ("Loved [their latest post]!", "[their latest post]"),
            ("Hi <first name>", "<first name>"),
            ("Hi %FIRST_NAME%", "%FIRST_NAME%"),
            ("Hi *|FNAME|*", "*|FNAME|*"),
            ("Hi FIRST_NAME", "FIRST_NAME"),
            ("at ‹company›?", "‹company›"),
            ("«Last name»", "«Last name»"),
            ("at XXX today", "XXX"),
            ("for €XX a month", "XX"),
            ("see you on ____ then", "____"),
        ] {
            assert_eq!(placeholders(text), [slot], "{text}");
        }
    }

    #[test]
    fn what_people_write_is_left_alone() {
        for text in [
            "See you soon xxx",
            "Size XXXL or XX",
            "as shown in [1] and [2]",
            "[laughs] right",
            "[link](https://example.org)",
            "<3 it, 2 < 3 > 1",
            "Ana <ana@example.org>",
            "<https://example.org/name>",
            "50% off and 20% more",
            "Hello\n________\nTom",
            "snake___case",
            "«Bonjour»",
            "[ ] buy milk",
            "{ } and }",
        ] {
            assert_eq!(placeholders(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn each_is_reported_once() {
        assert_eq!(placeholders("[name] and [company], [name]"), ["[name]", "[company]"]);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,120}") {
            placeholders(&text);
        }

        #[test]
        fn no_pile_of_brackets_is_too_strange(text in "[\\[\\]{}<>‹›%*|_X \nname]{0,80}") {
            placeholders(&text);
        }
    }
}
