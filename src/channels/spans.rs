//! A text cut into what is an address on the web and what isn't, so that addresses can be followed.

use linkify::{LinkFinder, LinkKind};

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'a> {
    /// Its words; the address itself where it is one, so that nobody is led anywhere else.
    pub text: &'a str,
    /// Whether it is an address beginning with http:// or https://.
    pub is_link: bool,
}

/// All of a text, piece by piece.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let is_web = |address: &str| {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        matches!(scheme.as_deref(), Some("http" | "https"))
    };
    finder
        .spans(text)
        .map(|span| Span { text: span.as_str(), is_link: span.kind().is_some() && is_web(span.as_str()) })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_addresses_on_the_web_are_links() {
        let links =
            |text| -> Vec<&str> { spans(text).into_iter().filter(|span| span.is_link).map(|span| span.text).collect() };
        assert_eq!(
            links("See (https://a.example/x?y=1), or HTTP://b.example."),
            ["https://a.example/x?y=1", "HTTP://b.example"]
        );
        assert_eq!(links("javascript://%0aalert(1) ftp://a.example mail ana@a.example a.example"), [""; 0]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in any::<String>()) {
            prop_assert_eq!(spans(&text).into_iter().map(|span| span.text).collect::<String>(), text);
        }
    }
}
