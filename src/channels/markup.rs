//! Hostile HTML rewritten into a few bare, well-nested tags, so that the renderer meets nothing deep, wide or unclosed.

/// Blocks inside blocks beyond this depth are read as lines of the innermost.
const DEEPEST: usize = 16;
/// The longest tag, in bytes; a longer one is text.
const LONGEST_TAG: usize = 8_192;

const DROPPED_WITH_CONTENT: &[&str] = &["script", "style", "title", "svg", "noscript", "iframe"];
const DROPPED: &[&str] = &[
    "html", "head", "body", "meta", "link", "img", "span", "b", "strong", "i", "em", "u", "s", "del", "ins", "strike",
    "font", "small", "big", "sub", "sup", "code", "tbody", "thead", "tfoot", "abbr", "label", "time", "mark", "wbr",
];

/// The same text as `p`, `div`, `br`, lists, quotations and preformatted text without attributes, links written out,
/// everything else dropped; `None` when there are neither tags nor entities in it.
pub(super) fn bare_markup(text: &str) -> Option<String> {
    Tidier::default().read(text)
}

#[derive(Default)]
struct Tidier {
    out: String,
    open: Vec<&'static str>,
    link: Option<(String, usize)>,
    markup: bool,
    blocks: bool,
}

struct Tag<'a> {
    name: String,
    closes: bool,
    inside: &'a str,
    length: usize,
}

impl Tidier {
    fn read(mut self, text: &str) -> Option<String> {
        let mut unclosed: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['<', '&']) {
            self.out.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with('&') {
                self.markup |= is_entity(rest);
                self.out.push('&');
                rest = &rest[1..];
            } else if let Some(comment) = rest.strip_prefix("<!--").filter(|_| !unclosed.contains(&"!")) {
                match comment.find("-->") {
                    Some(end) => {
                        self.markup = true;
                        rest = &comment[end + 3..];
                    }
                    None => unclosed.push("!"),
                }
            } else if let Some(tag) = tag(rest) {
                let after = &rest[tag.length..];
                let dropped = DROPPED_WITH_CONTENT.iter().find(|name| **name == tag.name);
                rest = match dropped {
                    Some(name) if !tag.closes && !unclosed.contains(name) => match end_of(after, name) {
                        Some(end) => &after[end..],
                        None => {
                            unclosed.push(name);
                            after
                        }
                    },
                    _ => after,
                };
                if dropped.is_some() || self.write(&tag) {
                    self.markup = true;
                } else {
                    self.literal(&tag, text.len() - rest.len(), text);
                }
            } else {
                self.out.push_str("&lt;");
                rest = &rest[1..];
            }
        }
        self.out.push_str(rest);
        while let Some(name) = self.open.pop() {
            self.close_tag(name);
        }
        // Without blocks the line feeds are the only layout there is.
        self.markup.then(|| if self.blocks { self.out } else { self.out.replace('\n', "<br>") })
    }

    /// Writes what a known tag stands for; false for an unknown one.
    fn write(&mut self, tag: &Tag<'_>) -> bool {
        match tag.name.as_str() {
            "a" => self.write_link(tag),
            "br" | "hr" => self.line(),
            "td" | "th" => self.out.push(' '),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.block("p", tag.closes),
            "div" | "section" | "article" | "header" | "footer" | "main" | "table" | "tr" | "dl" | "dt" | "dd"
            | "figure" | "center" => {
                self.block("div", tag.closes);
            }
            "ul" => self.block("ul", tag.closes),
            "ol" => self.block("ol", tag.closes),
            "li" => self.block("li", tag.closes),
            "blockquote" => self.block("blockquote", tag.closes),
            "pre" => self.block("pre", tag.closes),
            name => return DROPPED.contains(&name),
        }
        true
    }

    fn block(&mut self, name: &'static str, closes: bool) {
        self.blocks = true;
        if closes {
            match self.open.iter().rposition(|open| *open == name) {
                Some(at) => self.close_to(at),
                None => self.line(),
            }
            return;
        }
        if let Some(at) = self.open.iter().rposition(|open| *open == "p") {
            self.close_to(at);
        }
        if name == "li" {
            let list = self.open.iter().rposition(|open| matches!(*open, "ul" | "ol"));
            match (list, self.open.iter().rposition(|open| *open == "li")) {
                (None, _) => return self.line(),
                (Some(list), Some(item)) if item > list => self.close_to(item),
                _ => {}
            }
        }
        if self.open.len() >= DEEPEST {
            return self.line();
        }
        self.open.push(name);
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn close_to(&mut self, at: usize) {
        for name in self.open.split_off(at).into_iter().rev() {
            self.close_tag(name);
        }
    }

    fn close_tag(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn line(&mut self) {
        self.blocks = true;
        self.out.push_str("<br>");
    }

    /// A link shows its words and then its address, unless the words are the address.
    fn write_link(&mut self, tag: &Tag<'_>) {
        if !tag.closes {
            self.link = address(tag.inside).map(|address| (address, self.out.len()));
            return;
        }
        let Some((address, start)) = self.link.take() else { return };
        let shown = self.out[start..].trim().replace("&amp;", "&");
        let bare = |text: &str| {
            let text = text.trim_start_matches("mailto:").trim_start_matches("https://").trim_start_matches("http://");
            text.trim_start_matches("www.").trim_end_matches('/').to_ascii_lowercase()
        };
        let coded = address.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        if shown.is_empty() {
            self.out.push_str(&coded);
        } else if bare(&shown) != bare(&address) {
            self.out.push_str(" (");
            self.out.push_str(&coded);
            self.out.push(')');
        }
    }

    /// Angle brackets around something that is no tag were meant as such.
    fn literal(&mut self, tag: &Tag<'_>, end: usize, text: &str) {
        self.out.push_str("&lt;");
        self.out.push_str(&text[end - tag.length + 1..end].replace('<', "&lt;"));
    }
}

/// The tag at the beginning of `text`, which begins with `<`.
fn tag(text: &str) -> Option<Tag<'_>> {
    let closes = text.as_bytes().get(1) == Some(&b'/');
    let start = if closes { 2 } else { 1 };
    let body = text.get(start..)?;
    let named = body.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
    if !body.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    if !body[named..].starts_with(|c: char| matches!(c, '>' | '/') || c.is_ascii_whitespace()) {
        return None;
    }
    let mut quote = None;
    for (at, byte) in body.bytes().enumerate().skip(named).take(LONGEST_TAG) {
        match (quote, byte) {
            (None, b'>') => {
                let name = body[..named].to_ascii_lowercase();
                return Some(Tag { name, closes, inside: &body[named..at], length: start + at + 1 });
            }
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where the text behind the closing tag `name` begins.
fn end_of(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let start = from + at + 2;
        if text.get(start..start + name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return text[start..].find('>').map(|end| start + end + 1);
        }
        from = start;
    }
    None
}

fn is_entity(text: &str) -> bool {
    let name = text[1..].bytes().take(32).take_while(|b| b.is_ascii_alphanumeric() || *b == b'#').count();
    name >= 2 && text.as_bytes().get(name + 1) == Some(&b';')
}

/// The address a link's attributes name, when it is one that a person could follow.
fn address(inside: &str) -> Option<String> {
    let lower = inside.to_ascii_lowercase();
    let at = lower.find("href")?;
    let value = inside[at + 4..].trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_ascii_whitespace().next(),
    }?;
    let value = value.trim().replace("&amp;", "&");
    let followed = ["https://", "http://", "mailto:"].iter().any(|scheme| {
        value.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)) && value.len() > scheme.len()
    });
    (followed && value.len() <= 2_000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_out_bare_nested_and_closed() {
        for (html, expected) in [
            ("<DIV style=\"x\"><p>a<p>b</div></ul>", "<div><p>a</p><p>b</p></div><br>"),
            ("<ul><li>a<li>b<ul><li>c</ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
            ("<li>a", "<br>a"),
            ("<b title='<p>'>a</b>\nb", "a<br>b"),
            ("<p>a<style>p{}</style><title>b</p>", "<p>ab</p>"),
        ] {
            assert_eq!(bare_markup(html).as_deref(), Some(expected), "{html}");
        }
    }

    #[test]
    fn blocks_never_nest_deeper_than_the_bound() {
        let markup = bare_markup(&"<blockquote>".repeat(100)).unwrap();
        assert_eq!(markup.matches("<blockquote>").count(), DEEPEST);
        assert_eq!(markup.matches("</blockquote>").count(), DEEPEST);
    }

    #[test]
    fn a_text_without_tags_or_entities_is_left_to_itself() {
        for text in ["", "a < b", "<name>", "a & b", "&;", "<3", "</", "<é>"] {
            assert_eq!(bare_markup(text), None, "{text}");
        }
    }
}
