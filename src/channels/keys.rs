//! What makes two spellings one: keys for emails, phone numbers and people's names.

use phonenumber::{Mode, country::Id, metadata::DATABASE};

use super::text::{is_invisible, preview};
use crate::letters::{composed, fold, plain_letter};

/// Looked at in front of a name, without full stops.
const TITLES: &[&str] =
    &["dr", "prof", "professor", "mr", "mrs", "ms", "miss", "mx", "sir", "dame", "rev", "herr", "frau", "dipl", "hon"];
/// Looked at behind a name, without full stops. Those that are surnames too, such as Ma, are left alone.
const CREDENTIALS: &[&str] = &[
    "phd", "dphil", "md", "mba", "emba", "msc", "bsc", "meng", "beng", "mphil", "llm", "llb", "jd", "cpa", "cfa",
    "acca", "pmp", "csm", "cspo", "cissp", "shrm", "pe", "rn", "dds", "esq", "obe", "mbe", "cbe", "frsa", "fca",
    "cipd", "mcipd",
];
const PRONOUNS: &[&str] =
    &["she", "her", "hers", "he", "him", "his", "they", "them", "theirs", "ze", "zir", "any", "all"];

/// The longest name that is looked at, in characters.
const LONGEST_NAME: usize = 500;

/// An email address in lower case without spaces around it; `+tags` stay, since they may be somebody else's mailbox.
/// The error says what is wrong with it.
pub fn email_key(text: &str) -> Result<String, String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let wrong = |what: &str| Err(format!("“{}” {what} Write one like ana@example.com.", preview(text, 60)));
    if text.is_empty() {
        return Err("Write an email address, like ana@example.com.".into());
    }
    if text.chars().count() > 254 {
        return Err("An email address has at most 254 characters. Write one like ana@example.com.".into());
    }
    let key = text.to_lowercase();
    let Some((name, site)) = key.split_once('@').filter(|(_, site)| !site.contains('@')) else {
        return wrong("is not an email address: it needs exactly one “@”.");
    };
    let stray = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || "\"(),:;<>[]\\`".contains(c);
    if key.contains(stray) {
        return wrong("is not an email address: it holds a space or a sign that can't be there.");
    }
    let label = |part: &str| {
        (1..=63).contains(&part.chars().count())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-')
    };
    if !(1..=64).contains(&name.chars().count()) || !site.contains('.') || !site.split('.').all(label) {
        return wrong("is not an email address.");
    }
    Ok(key)
}

/// A telephone number as `+` and digits (E.164); `country` is where a number without `+` is dialled, as two letters.
/// `None` when there is no such number. An extension is left out.
pub fn phone_key(text: &str, country: Option<&str>) -> Option<String> {
    let digits = dialled(text)?;
    let country = country
        .filter(|_| !digits.starts_with('+'))
        .and_then(|code| code.trim().to_ascii_uppercase().parse::<Id>().ok())
        .filter(|id| DATABASE.by_id(id.as_ref()).is_some());
    let digits = match digits.strip_prefix("00") {
        Some(abroad) if country.is_none() => format!("+{abroad}"),
        _ => digits,
    };
    let key = e164(country, &digits)?;
    // A national prefix too many is sometimes taken off twice: only what reads back as itself is a number.
    (e164(None, &key)? == key).then_some(key)
}

/// A name for telling people apart who are called alike: lower case, words separated by one space, with everything else that it is
/// made of.
pub fn spelled_key(text: &str) -> String {
    composed(text).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name for comparing: lower case, Latin letters without accents, words separated by one space; titles, credentials,
/// pronouns, emoji and punctuation are left out. Empty when nothing is left.
pub fn name_key(text: &str) -> String {
    let plain: String =
        composed(text).chars().take(LONGEST_NAME).map(plain_letter).flat_map(char::to_lowercase).collect();
    let plain = without_pronouns(&plain);
    let mut folded = String::with_capacity(plain.len());
    for c in plain.chars() {
        match fold(c) {
            Some(letters) => folded.push_str(letters),
            None if splits(c) => folded.push(' '),
            None if c.is_alphanumeric() => folded.push(c),
            None => {}
        }
    }
    let words: Vec<&str> = folded.split_whitespace().collect();
    bare(&words).join(" ")
}

fn e164(country: Option<Id>, digits: &str) -> Option<String> {
    let number = phonenumber::parse(country, digits).ok()?;
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

/// The digits of a number written by hand, `+` in front where there was one; `None` when it holds anything else.
fn dialled(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let text = text.strip_prefix("tel:").unwrap_or(text);
    let end = text.find([';', '#', 'x', 'X', 'e']).unwrap_or(text.len());
    let abroad = text.starts_with(['+', '＋']);
    let number = if abroad { text[..end].replace("(0)", "") } else { text[..end].to_owned() };
    let mut digits = String::from(if abroad { "+" } else { "" });
    for (at, c) in number.chars().enumerate() {
        match c {
            '0'..='9' => digits.push(c),
            '+' | '＋' if at == 0 => {}
            '-' | '.' | '(' | ')' | '/' | '‐' | '‑' | '–' => {}
            c if c.is_whitespace() || is_invisible(c) => {}
            _ => return None,
        }
        if digits.len() > 22 {
            return None;
        }
    }
    (digits.len() >= 5).then_some(digits)
}

/// Without brackets that hold nothing but pronouns, as in “Ana Li (she/her)”.
fn without_pronouns(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('(') {
        let Some((inside, behind)) = after.split_once(')') else { break };
        kept.push_str(before);
        let mut words = inside.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).peekable();
        if words.peek().is_none() || !words.all(|word| PRONOUNS.contains(&word)) {
            kept.push(' ');
            kept.push_str(inside);
        }
        kept.push(' ');
        rest = behind;
    }
    kept + rest
}

/// Whether a character that is no letter ends a word. An apostrophe, a joiner or a combining mark doesn't.
fn splits(c: char) -> bool {
    match c {
        '\'' | '’' | '‘' | '`' | '´' => false,
        c if c.is_whitespace() || c.is_control() || c.is_ascii_punctuation() => true,
        c if is_invisible(c) => false,
        c => matches!(c as u32,
            0xA1..=0xBF | 0xD7 | 0xF7 | 0x2010..=0x2BFF | 0x3000..=0x3004 | 0x3007..=0x3030 | 0x30FB | 0xFE00..=0xFE0F
                | 0xE000..=0xF8FF | 0x1F000..=0x1FAFF),
    }
}

/// The words without titles in front and credentials behind; one word always stays.
fn bare<'a, 'w>(mut words: &'w [&'a str]) -> &'w [&'a str] {
    while let [first, rest @ ..] = words {
        if rest.is_empty() || !TITLES.contains(first) {
            break;
        }
        words = rest;
    }
    // “Ph.D.” has become two words by now, and “M.B.A.” three.
    while let Some(kept) = (1..=3usize).find_map(|count| {
        let kept = words.len().checked_sub(count).filter(|kept| *kept > 0)?;
        CREDENTIALS.contains(&words[kept..].concat().as_str()).then_some(kept)
    }) {
        words = &words[..kept];
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_email_is_compared_in_lower_case_with_its_tag() {
        assert_eq!(email_key(" Ana+Tea@Example.COM\n").as_deref(), Ok("ana+tea@example.com"));
        assert_eq!(email_key("zoë@münchen.example").as_deref(), Ok("zoë@münchen.example"));
    }

    #[test]
    fn what_is_no_email_is_refused_with_words() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "ana",
            "a@b@example.com",
            "@example.com",
            "ana@",
            "ana@localhost",
            "ana@.com",
            "a b@example.com",
            "<a@example.com>",
            "a@-b.com",
            "a\u{202e}@example.com",
            "a@exam_ple.com",
            &long,
        ] {
            let words = email_key(text).expect_err(text);
            assert!(words.contains("ana@example.com"), "{text}: {words}");
        }
    }

    #[test]
    fn a_number_has_one_form_however_it_is_written() {
        for (text, country, expected) in [
            ("+44 20 7946 0018", None, Some("+442079460018")),
            ("+44 (0)20 7946 0018", None, Some("+442079460018")),
            ("0044 20 7946 0018", None, Some("+442079460018")),
            ("020 7946 0018", Some("gb"), Some("+442079460018")),
            ("tel:+442079460018;ext=7", None, Some("+442079460018")),
            ("+44 20 7946 0018 ext. 12", None, Some("+442079460018")),
            ("(202) 555-0143", Some("US"), Some("+12025550143")),
            ("030/901820", Some("DE"), Some("+4930901820")),
            ("06 6982 1234", Some("IT"), Some("+390669821234")),
            ("020 7946 0018", None, None),
            ("020 7946 0018", Some("??"), None),
            ("+44 1", None, None),
            ("call me", Some("GB"), None),
            ("+44 20 7946 0018 or +44 20 7946 0019", None, None),
            ("", None, None),
        ] {
            assert_eq!(phone_key(text, country).as_deref(), expected, "{text} {country:?}");
        }
    }

    #[test]
    fn a_name_is_compared_without_its_ornaments() {
        for (text, expected) in [
            ("Dr. Zoë  BRANDT, Ph.D.", "zoe brandt"),
            ("Prof. Dr. Jürgen Groß", "jurgen gross"),
            ("Vera Moss, MBA, PMP", "vera moss"),
            ("Vera Moss M.B.A.", "vera moss"),
            ("🚀 Ana Li ✨ (she/her)", "ana li"),
            ("Ana (Annie) Li", "ana annie li"),
            ("Seán O’Neill-Łukasz", "sean oneill lukasz"),
            ("Nguye\u{302}\u{303}n Văn Đức", "nguyen van duc"),
            ("𝓐𝓷𝓪 𝗟𝗶", "ana li"),
            ("Ａｎａ Ｌｉ", "ana li"),
            ("İpek Işık", "ipek isik"),
            ("Jack Ma", "jack ma"),
            ("Dr.", "dr"),
            ("MBA", "mba"),
            ("J.R.R. Tolkien", "j r r tolkien"),
            ("李 小龙", "李 小龙"),
            ("प्रिया शर्मा", "परिया शरमा"),
            ("Андрей", "андреи"),
            ("🎉", ""),
        ] {
            assert_eq!(name_key(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn keys_of_anything_are_stable_and_never_panic(text in any::<String>(), country in "[A-Z]{2}") {
            if let Ok(key) = email_key(&text) {
                prop_assert_eq!(email_key(&key), Ok(key.clone()));
            }
            let _ = phone_key(&text, Some(&country));
            let key = name_key(&text);
            prop_assert!(!key.contains("  ") && key.trim() == key);
        }

        #[test]
        fn a_telephone_key_is_its_own_key(text in "[+0]{0,2}[0-9 ()-]{4,18}", country in "[A-Z]{2}") {
            if let Some(key) = phone_key(&text, Some(&country)) {
                prop_assert!(key.starts_with('+') && key.len() <= 16);
                prop_assert_eq!(phone_key(&key, None), Some(key));
            }
        }
    }

    #[test]
    fn no_accented_latin_letter_stays_as_it_is() {
        for c in ('À'..='ž').chain('Ḁ'..='ẙ').chain('Ạ'..='ỹ').filter(|c| !matches!(c, '×' | '÷')) {
            let key = name_key(&c.to_string());
            assert!(!key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase()), "{c} became “{key}”");
            assert_eq!(name_key(&c.to_uppercase().to_string()), key, "{c}");
        }
    }
}
