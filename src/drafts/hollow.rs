//! What is wrong with a text somebody is about to send: empty, too long, a placeholder left, a greeting to nobody or to
//! somebody else, another contact's name. Written so that ordinary messages pass.

use std::collections::{HashMap, HashSet};

use super::greeting::{Greeting, greeting};
use super::placeholder::placeholders;
use super::{Facts, Flaw, LONGEST_DRAFT, VARIABLES};

/// How many other contacts' names are looked for.
const MOST_NAMES: usize = 5_000;

/// Their last words are set aside when quoted from this length, in bytes; a shorter text may be a name itself.
const QUOTABLE: usize = 8;

/// Names that are everyday words too: in a text they count only where they greet, or with a last name.
const EVERYDAY: [&str; 44] = [
    "amber", "angel", "april", "art", "august", "autumn", "bill", "carol", "chance", "chase", "dawn", "drew", "faith",
    "frank", "grace", "grant", "guy", "harmony", "heather", "hope", "hunter", "iris", "ivy", "jack", "joy", "june",
    "king", "lily", "major", "mark", "may", "melody", "miles", "norm", "page", "pat", "ray", "rich", "rob", "rose",
    "sky", "star", "summer", "will",
];

/// Short forms that are no beginning of the long one.
const SHORT_FORMS: [(&str, &str); 26] = [
    ("tom", "thomas"),
    ("bob", "robert"),
    ("bobby", "robert"),
    ("bill", "william"),
    ("billy", "william"),
    ("mike", "michael"),
    ("kate", "katherine"),
    ("kate", "catherine"),
    ("kathy", "katherine"),
    ("liz", "elizabeth"),
    ("beth", "elizabeth"),
    ("betty", "elizabeth"),
    ("jim", "james"),
    ("jimmy", "james"),
    ("dick", "richard"),
    ("rick", "richard"),
    ("peggy", "margaret"),
    ("maggie", "margaret"),
    ("ted", "edward"),
    ("ned", "edward"),
    ("tony", "anthony"),
    ("bella", "isabella"),
    ("sasha", "alexander"),
    ("sasha", "alexandra"),
    ("jack", "john"),
    ("andy", "andrew"),
];

/// What is wrong with a text that somebody wrote or edited for this contact. `other_names` are names of other contacts,
/// full or first; `limit` is what the channel takes, in characters. Names of the sender, the brand and the contact's
/// company are nobody else's.
pub fn inspect(text: &str, facts: &Facts, other_names: &[String], limit: Option<usize>) -> Vec<Flaw> {
    if !text.chars().any(|letter| !letter.is_whitespace() && !invisible(letter)) {
        return vec![Flaw::Empty];
    }
    let mut flaws = Vec::new();
    let mut add = |flaw: Flaw| {
        if !flaws.contains(&flaw) {
            flaws.push(flaw);
        }
    };
    let (chars, limit) = (text.chars().count(), limit.unwrap_or(LONGEST_DRAFT));
    if chars > limit {
        add(Flaw::TooLong { chars, limit });
    }
    let own = without_their_words(text, facts);
    let known = Known::new(facts, other_names);
    for line in own.lines() {
        match greeting(line) {
            Some(Greeting::Nobody(words)) if !known.is_hers(words.rsplit(' ').next().unwrap_or_default()) => {
                add(Flaw::FallbackGreeting(words));
            }
            Some(Greeting::People(names)) => {
                if let Some(name) = known.wrongly_greeted(&names) {
                    add(Flaw::OtherName(name));
                }
            }
            _ => {}
        }
    }
    for name in known.others_in(&own) {
        add(Flaw::OtherName(name));
    }
    for slot in placeholders(&own) {
        let inner = slot.trim_matches(['‹', '›']).to_lowercase();
        if slot.starts_with('‹') && VARIABLES.contains(&inner.as_str()) {
            add(Flaw::Missing(inner));
        } else {
            add(Flaw::Placeholder(slot));
        }
    }
    flaws
}

/// A word and where it stands, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The words of a text: letters, digits, marks, and apostrophes or hyphens between them.
pub(super) fn words_of(text: &str) -> impl Iterator<Item = Word<'_>> {
    let inside = |letter: char| letter.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&letter);
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text[from..].find(char::is_alphanumeric)?;
        let mut end = start;
        let mut letters = text[start..].char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let joint = matches!(letter, '\'' | '’' | '-') && letters.peek().is_some_and(|(_, next)| inside(*next));
            if !inside(letter) && !joint {
                break;
            }
            end = start + at + letter.len_utf8();
        }
        from = end;
        Some(Word { text: &text[start..end], start, end })
    })
}

/// A word as it is compared: lower case, without accents, apostrophes and a possessive "s".
pub(super) fn folded(word: &str) -> String {
    let lower = word.to_lowercase();
    let stem = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("’s")).unwrap_or(&lower);
    let mut plain = String::with_capacity(stem.len());
    for letter in stem.chars() {
        match letter {
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' => plain.push('d'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => plain.push('e'),
            'ğ' => plain.push('g'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => plain.push('i'),
            'ł' | 'ľ' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'ř' => plain.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => plain.push('s'),
            'ť' | 'ţ' | 'ț' => plain.push('t'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            '\'' | '’' | '\u{300}'..='\u{36f}' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Whose name is whose.
struct Known {
    hers: HashSet<String>,
    /// Words of the sender's name, the brand, the company: nobody's mistake.
    ours: HashSet<String>,
    /// Other names as folded words, under their first word.
    others: HashMap<String, Vec<Vec<String>>>,
}

impl Known {
    fn new(facts: &Facts, other_names: &[String]) -> Self {
        let set = |texts: &[&str]| -> HashSet<String> { texts.iter().flat_map(|text| parts(text)).collect() };
        let hers = set(&[&facts.name, &facts.first_name, facts.last_name.as_deref().unwrap_or_default()]);
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let ours = set(&[
            &text(&facts.owner),
            &text(&facts.sender_first),
            &text(&facts.brand),
            &text(&facts.company),
            &text(&facts.handle),
            &text(&facts.pipeline),
        ]);
        let mut others: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        for name in other_names.iter().take(MOST_NAMES) {
            let name: Vec<String> = words_of(name).map(|word| folded(word.text)).collect();
            let strange = name.iter().any(|word| !hers.contains(word) && !ours.contains(word));
            if let Some(first) = name.first().filter(|_| strange) {
                others.entry(first.clone()).or_default().push(name);
            }
        }
        Self { hers, ours, others }
    }

    /// True for the contact's names, short and long forms of them included; the first word decides, so that "Anna Li"
    /// isn't Ana Li.
    fn is_hers(&self, name: &str) -> bool {
        let own_forms = |part: &String| {
            self.hers.contains(part)
                || !self.others.contains_key(part)
                    && self.hers.iter().any(|own| {
                        let (short, long) = if part.len() < own.len() { (part, own) } else { (own, part) };
                        short.chars().count() >= 3 && long.starts_with(short.as_str())
                            || SHORT_FORMS.contains(&(short.as_str(), long.as_str()))
                    })
        };
        let first = name.split_whitespace().next().unwrap_or_default();
        parts(first).iter().any(own_forms)
            || !name.is_empty() && parts(name).iter().all(|part| self.hers.contains(part))
    }

    /// The first greeted name that isn't this contact's, unless this contact is greeted as well.
    fn wrongly_greeted(&self, names: &[String]) -> Option<String> {
        if names.iter().any(|name| self.is_hers(name)) {
            return None;
        }
        names
            .iter()
            .find(|name| {
                let words = parts(name);
                let other = words.first().is_some_and(|first| self.others.contains_key(first));
                let capital = name.chars().next().is_some_and(|letter| !letter.is_lowercase());
                // Without a name of their own no greeting can be told to be wrong, except by another contact's name.
                other || capital && !self.hers.is_empty() && !words.iter().all(|word| self.ours.contains(word))
            })
            .cloned()
    }

    /// Other contacts' names that stand in the text as whole words with a capital letter.
    fn others_in(&self, text: &str) -> Vec<String> {
        if self.others.is_empty() {
            return Vec::new();
        }
        let words: Vec<Word> = words_of(text).collect();
        let plain: Vec<String> = words.iter().map(|word| folded(word.text)).collect();
        let mut found = Vec::new();
        for index in 0..words.len() {
            let Some(names) = self.others.get(&plain[index]) else { continue };
            let capital = words[index].text.chars().next().is_some_and(|letter| !letter.is_lowercase());
            if !capital || within_address(text, &words[index]) {
                continue;
            }
            let longest = names
                .iter()
                .filter(|name| plain[index..].starts_with(name))
                .filter(|name| name.len() > 1 || !EVERYDAY.contains(&name[0].as_str()))
                .map(Vec::len)
                .max();
            if let Some(length) = longest {
                found.push(text[words[index].start..words[index + length - 1].end].to_owned());
            }
        }
        found
    }
}

/// A name's folded words, and the halves of those with a hyphen.
fn parts(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for word in words_of(name) {
        let whole = folded(word.text);
        if whole.contains('-') {
            parts.extend(whole.split('-').map(str::to_owned));
        }
        parts.push(whole);
    }
    parts
}

/// True inside an e-mail address, a link or an @mention.
fn within_address(text: &str, word: &Word) -> bool {
    let start = text[..word.start].rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let end = text[word.end..].find(char::is_whitespace).map_or(text.len(), |at| word.end + at);
    let chunk = text.get(start..end).unwrap_or_default();
    chunk.contains('@') || chunk.contains("://") || chunk.starts_with("www.")
}

/// The text without a quotation of the contact's last message: names and brackets in it are theirs.
fn without_their_words(text: &str, facts: &Facts) -> String {
    match facts.last_words.as_deref().map(str::trim) {
        Some(words) if words.len() >= QUOTABLE => text.replace(words, "…"),
        _ => text.to_owned(),
    }
}

fn invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ana() -> Facts {
        Facts {
            name: "Ana Maria Li".to_owned(),
            first_name: "Ana".to_owned(),
            company: Some("Morgan Freight".to_owned()),
            owner: Some("Tom Berg".to_owned()),
            sender_first: Some("Tom".to_owned()),
            ..Facts::default()
        }
    }

    fn flaws(text: &str, others: &[&str]) -> Vec<Flaw> {
        let others: Vec<String> = others.iter().map(|name| (*name).to_owned()).collect();
        inspect(text, &ana(), &others, None)
    }

    fn other(name: &str) -> Vec<Flaw> {
        vec![Flaw::OtherName(name.to_owned())]
    }

    #[test]
    fn an_ordinary_message_has_no_flaw() {
        for text in [
            "Hi Ana, thanks for the talk. Best, Tom",
            "Hi Ana and Marcus, nice to meet you both",
            "Hi Marcus & Ana!",
            "Hi all,",
            "Hello again!",
            "Dear Ms Li,",
            "Hey Ana-Maria,",
            "Hi ANA",
            "Hi, Berlin was great",
            "Thanks! 👍",
            "👍",
            "Hi Morgan Freight,",
        ] {
            assert_eq!(flaws(text, &["Tom", "Morgan", "Ana", "Berg"]), [], "{text}");
        }
    }

    #[test]
    fn a_greeting_to_somebody_else_is_flagged() {
        assert_eq!(flaws("Hi Marcus, thanks for the talk", &[]), other("Marcus"));
        assert_eq!(flaws("Thanks!\nHello Anna Berg", &[]), other("Anna Berg"));
        assert_eq!(flaws("Hello Anna Li,", &[]), other("Anna Li"));
        assert_eq!(flaws("hi marcus, thanks", &["Marcus Wolf"]), other("marcus"));
        assert_eq!(flaws("hi lovely, thanks", &["Marcus Wolf"]), []);
    }

    #[test]
    fn short_and_accented_forms_are_the_same_person() {
        let facts = |first: &str| Facts { name: first.to_owned(), first_name: first.to_owned(), ..Facts::default() };
        for (first, text) in [
            ("Alexander", "Hi Alex,"),
            ("Robert", "Hi Bob,"),
            ("José", "Hola\nHi Jose,"),
            ("Tom", "Dear Thomas,"),
            ("Anne-Marie", "Hi Anne,"),
        ] {
            assert_eq!(inspect(text, &facts(first), &[], None), [], "{first}: {text}");
        }
        let names = ["Dan".to_owned()];
        assert_eq!(inspect("Hi Dan,", &facts("Daniela"), &names, None), other("Dan"));
    }

    #[test]
    fn without_a_name_on_record_only_other_contacts_are_recognised() {
        let facts = Facts { handle: Some("coffee.berlin".to_owned()), ..Facts::default() };
        assert_eq!(inspect("Hi Marcus, nice reel", &facts, &[], None), []);
        assert_eq!(inspect("Hi Marcus, nice reel", &facts, &["Marcus".to_owned()], None), other("Marcus"));
    }

    #[test]
    fn another_contacts_name_is_flagged_anywhere_as_a_whole_word() {
        assert_eq!(flaws("Hi Ana, as Marcus's team said", &["Marcus"]), other("Marcus's"));
        assert_eq!(flaws("Hi Ana, thanks, Eva Stone.", &["Eva Stone"]), other("Eva Stone"));
        assert_eq!(flaws("Evaluation of Marcusson is done", &["Eva", "Marcus"]), []);
        assert_eq!(flaws("I met Ana Stone", &["Ana Stone"]), other("Ana Stone"));
        assert_eq!(flaws("write to Marcus@example.org or see https://x.test/Marcus", &["Marcus"]), []);
    }

    #[test]
    fn names_that_are_everyday_words_count_only_as_greetings() {
        assert_eq!(flaws("Will you be there in May? Hope so.", &["Will", "May", "Hope"]), []);
        assert_eq!(flaws("Hi Will, see you in May", &["Will", "May"]), other("Will"));
    }

    #[test]
    fn a_quotation_of_their_words_is_theirs() {
        let facts = Facts { last_words: Some("Please ask Marcus about [name] tags".to_owned()), ..ana() };
        let text = "Hi Ana, you wrote: Please ask Marcus about [name] tags";
        assert_eq!(inspect(text, &facts, &["Marcus".to_owned()], None), []);
    }

    #[test]
    fn gaps_placeholders_and_stand_ins_are_flagged() {
        assert_eq!(flaws("How is ‹company›?", &[]), [Flaw::Missing("company".to_owned())]);
        assert_eq!(flaws("Hi [name],", &[]), [Flaw::Placeholder("[name]".to_owned())]);
        assert_eq!(flaws("Hi there,", &[]), [Flaw::FallbackGreeting("Hi there".to_owned())]);
    }

    #[test]
    fn empty_and_too_long_texts_are_flagged() {
        assert_eq!(flaws(" \n\u{200b}", &[]), [Flaw::Empty]);
        assert_eq!(inspect("Grüße", &ana(), &[], Some(4)), [Flaw::TooLong { chars: 5, limit: 4 }]);
        assert_eq!(inspect("Grüße", &ana(), &[], Some(5)), []);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(Hi |Dear |Hello, )?\\PC{0,80}", name in "\\PC{0,20}") {
            inspect(&text, &ana(), &[name], Some(50));
        }
    }
}
