//! Meta writes every byte of UTF-8 as a character of its own; here it is put right, and only where it is so.

/// The text meant by one of Meta's strings. A string with a character beyond U+00FF was never garbled, and one whose
/// characters are no UTF-8 when taken as bytes was not either: both come back as they are.
pub(super) fn mended(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    match bytes.map(String::from_utf8) {
        Some(Ok(meant)) => meant,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn garbled(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    #[test]
    fn only_what_is_garbled_is_mended() {
        assert_eq!(mended(garbled("café ❤ 日本")), "café ❤ 日本");
        for sound in ["plain", "café", "❤", "naïve ❤ Ã©"] {
            assert_eq!(mended(sound.into()), sound, "{sound}");
        }
    }

    proptest! {
        #[test]
        fn whatever_meta_garbles_comes_back(text in any::<String>()) {
            prop_assert_eq!(mended(garbled(&text)), text);
        }

        #[test]
        fn a_text_beyond_latin_stays(text in "[a-zé]{0,9}[日本❤]{1,9}[a-zé]{0,9}") {
            prop_assert_eq!(mended(text.clone()), text);
        }
    }
}
