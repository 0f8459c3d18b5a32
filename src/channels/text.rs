//! Message text: HTML of exports made plain, foreign text made safe to store, long text made short.
//!
//! Escaping for a page is the page's own business.

use html2text::config;

use super::markup::bare_markup;
use crate::letters::composed;

/// The most HTML that is looked at, in bytes.
const LARGEST: usize = 1_000_000;
/// Wider than any line, so that nothing is wrapped.
const WIDTH: usize = LARGEST * 4;

/// The plain text of message HTML, up to 1,000,000 bytes of either: paragraphs, lists and line breaks become lines, a link
/// is followed by its address in brackets. Text without tags and entities comes back as it is, except for line endings.
/// What comes back is still foreign: [`safe_text`] makes it fit to store.
pub fn plain(html: &str) -> String {
    let text = unix_lines(within(html, LARGEST));
    let Some(markup) = bare_markup(&text) else { return text };
    let rendered = config::plain_no_decorate().allow_width_overflow().string_from_read(markup.as_bytes(), WIDTH);
    match rendered {
        Ok(rendered) => within(&spaced(&rendered), LARGEST).to_owned(),
        Err(_) => text,
    }
}

/// Foreign text, safe to store and show: accents as part of their letters, no control characters but line feed and tab, nothing that turns the writing
/// direction around, Unix line endings, no space around it, at most `max_chars` characters.
pub fn safe_text(text: &str, max_chars: usize) -> String {
    let text = unix_lines(text);
    let kept = |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || turns_writing(*c) || *c == '\u{feff}');
    let text: String = composed(&text).chars().filter(kept).collect();
    let short: String = text.trim().chars().take(max_chars).collect();
    short.trim_end().to_owned()
}

/// The beginning of a text on one line, at most `chars` characters, the last being `…` when something was left out.
pub fn preview(text: &str, chars: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    // One word more than fits is enough to know that something is left out.
    for word in text.split_whitespace() {
        let start = line.len();
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|c| !c.is_control() && !turns_writing(*c)).take(chars.saturating_add(1)));
        if line.len() == start + 1 && line.ends_with(' ') {
            line.pop();
        }
        length += line[start..].chars().count();
        if length > chars {
            break;
        }
    }
    if length <= chars {
        return line;
    }
    let Some(room) = chars.checked_sub(1) else { return String::new() };
    let mut short: String = line.chars().take(room).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// Characters without width that copying and fonts bring along, and those that turn the writing direction around.
pub(super) fn is_invisible(c: char) -> bool {
    let marks = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{61c}');
    turns_writing(c) || marks || matches!(c, '\u{ad}' | '\u{180e}' | '\u{feff}')
}

fn turns_writing(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The beginning of a text, at most `bytes` long, that ends between two characters.
fn within(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n")
}

/// Rendered text without trailing spaces and without more than one empty line in a row.
fn spaced(rendered: &str) -> String {
    let mut text = String::with_capacity(rendered.len());
    let mut empty = 0;
    for line in rendered.lines() {
        let line = line.replace('\u{a0}', " ");
        let line = line.trim_end();
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.trim().to_owned()
}

/// What mail programs and away messages put in front, in lower case: Outlook's and Gmail's words in six languages.
const AUTOMATIC: [&str; 14] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "out of office",
    "out-of-office",
    "automatische antwort",
    "abwesenheitsnotiz",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "resposta automática",
    "automatisch antwoord",
];

/// How a sentence begins that says so.
const SAYS_SO: [&str; 4] = ["this is an ", "this is a ", "dies ist eine ", "das ist eine "];

/// Whether a text says of itself that a machine wrote it: it begins with such words and a colon, or one of its first sentences
/// is nothing else. “Out of office next week, then yes” is somebody's own answer.
pub fn is_automatic_reply(text: &str) -> bool {
    let begun = text.chars().take(500).collect::<String>().to_lowercase();
    let alone = |part: &str| {
        let part = part.trim_matches(|c: char| !c.is_alphanumeric());
        let part = SAYS_SO.iter().find_map(|front| part.strip_prefix(front)).unwrap_or(part);
        AUTOMATIC.contains(&part)
    };
    if begun.split(['.', '!', '\n']).any(alone) {
        return true;
    }
    let first = text.trim_start().chars().take(60).collect::<String>();
    let first = first.lines().next().unwrap_or_default().to_lowercase();
    let first = first.trim_start_matches(['[', '(', '*', ' ']);
    AUTOMATIC.iter().filter_map(|mark| first.strip_prefix(mark)).any(|rest| {
        let rest = rest.trim_start_matches([']', ')', '*', ' ', '.', '!']);
        rest.is_empty() || rest.starts_with([':', '–'])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn message_html_becomes_the_lines_people_read() {
        for (html, expected) in [
            ("<p>Hi Ana,</p><p>tea &amp; cake?</p>", "Hi Ana,\n\ntea & cake?"),
            ("Hi<br>there<br/>you", "Hi\nthere\nyou"),
            ("<p class=\"spinmail-quill-editor__spin-break\">Hi %FIRSTNAME%&nbsp;</p>", "Hi %FIRSTNAME%"),
            ("<ul><li>tea<li>cake</ul>", "* tea\n* cake"),
            (
                "See <a href=\"https://example.com/a?b=1&amp;c=2\">this</a>.",
                "See this (https://example.com/a?b=1&c=2).",
            ),
            ("<a href='https://www.example.com/'>example.com</a>", "example.com"),
            ("<a href=\"javascript:alert(1)\">this</a>", "this"),
            ("one\ntwo &amp; three", "one\ntwo & three"),
            ("<strong>one</strong>\ntwo", "one\ntwo"),
            ("<div>a</div><div>b <!-- c --></div><script>alert(1)</script><style>p{}</style>", "a\nb"),
            ("<table><tr><td>a<td colspan=99999999999>b</table>", "a b"),
            ("<p>1 < 2 and <3 & <ana@example.com></p>", "1 < 2 and <3 & <ana@example.com>"),
            ("<p>a &#60;b&#62; &lt;i&gt;</p>", "a <b> <i>"),
        ] {
            assert_eq!(plain(html), expected, "{html}");
        }
    }

    #[test]
    fn text_without_markup_keeps_its_spaces_and_lines() {
        for text in ["a  b\n\n\n c ", "1 < 2 & 3 > 2", "I <3 tea", "<name> goes here", "AT&T; R&D", "<!-- open"] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("a\r\nb\rc"), "a\nb\nc");
    }

    #[test]
    fn hostile_markup_is_rendered_in_bounded_time_and_depth() {
        for piece in [
            "<div>",
            "<blockquote>",
            "<ul><li>",
            "<ol><li>a",
            "<table><tr><td>",
            "<b><p>",
            "<a href='https://a.b'>",
            "<!--",
            "<script>",
            "<p '",
            "</p>",
            "<br>",
            "&",
            "&amp;",
            "<",
            "<a \"",
            "é<pre>",
            "<svg><title>",
            "</li>",
            "<p><ul><p><li>",
            "<td colspan=9999>",
            "x <y z=\"",
        ] {
            let text = plain(&piece.repeat(1_500_000 / piece.len()));
            assert!(text.len() <= LARGEST, "{piece}: {}", text.len());
        }
    }

    #[test]
    fn stored_text_holds_nothing_that_deceives() {
        assert_eq!(safe_text(" a\u{0}b\u{7}\r\nc\td\u{202e}e\u{2066}f\u{85} ", 100), "ab\nc\tdef");
        assert_eq!(safe_text("שלום\u{200f} 👩\u{200d}🔬", 100), "שלום\u{200f} 👩\u{200d}🔬");
        assert_eq!(safe_text("ab cd", 3), "ab");
        assert_eq!(safe_text("ab", 0), "");
    }

    #[test]
    fn a_preview_is_one_line_and_says_when_it_is_cut() {
        assert_eq!(preview(" Hi\n\tAna ", 20), "Hi Ana");
        assert_eq!(preview("Hi Ana", 6), "Hi Ana");
        assert_eq!(preview("Hi Anas", 6), "Hi An…");
        assert_eq!(preview("Hi Ana", 4), "Hi…");
        assert_eq!(preview("a \u{1} b", 9), "a b");
        assert_eq!(preview("abc", 1), "…");
        assert_eq!(preview("abc", 0), "");
    }

    proptest! {
        #[test]
        fn anything_can_be_made_plain(text in any::<String>()) {
            plain(&text);
        }

        #[test]
        fn any_mixture_of_tags_can_be_made_plain(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "<p>", "</p>", "<br>", "<ul>", "</ul>", "<li>", "<ol>", "</ol>", "<div>", "</div>", "<blockquote>",
                    "</blockquote>", "<pre>", "</pre>", "<a href=\"https://a.b\">", "</a>", "x", " ", "\n", "&amp;", "<",
                    "\"", "日本", "\u{301}", "\t", "<td>", "<script>", "</script>",
                ]),
                0..40,
            ),
        ) {
            plain(&parts.concat());
        }

        #[test]
        fn safe_text_is_short_clean_and_settled(text in any::<String>(), most in 0usize..50) {
            let safe = safe_text(&text, most);
            prop_assert!(safe.chars().count() <= most);
            prop_assert!(!safe.contains(|c: char| (c.is_control() && c != '\n' && c != '\t') || turns_writing(c)));
            prop_assert_eq!(safe_text(&safe, most), safe.clone());
        }

        #[test]
        fn a_preview_fits_its_room(text in any::<String>(), chars in 0usize..30) {
            let short = preview(&text, chars);
            prop_assert!(short.chars().count() <= chars && !short.contains(['\n', '\r']));
        }
    }

    #[test]
    fn a_reply_is_automatic_when_it_says_so() {
        let machine = [
            "Automatic reply: I am out of office until Monday",
            "Out of Office\nI am away until Monday.",
            "  [Auto-Reply] : thanks for your message",
            "I am out of office until Monday. Automatic reply.",
            "I am out of office until 5 December. This is an automatic reply.",
            "Abwesenheitsnotiz: Ich bin ab Montag wieder da.",
            "RÉPONSE AUTOMATIQUE : absent",
        ];
        let people = [
            "Out of office next week, then yes",
            "I got your automatic reply: funny",
            "out of office work I paint",
            "",
        ];
        assert!(machine.iter().all(|text| is_automatic_reply(text)), "{machine:?}");
        assert!(!people.iter().any(|text| is_automatic_reply(text)), "{people:?}");
    }
}
