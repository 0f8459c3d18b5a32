//! What a message of WhatsApp's says, and what was sent with it. Marks are known in English, German, Spanish, French,
//! Portuguese, Italian and Dutch; those of other languages stay as they are written.

use std::borrow::Cow;

use super::text::OWN;

/// What stands where an export without media leaves something out.
const OMITTED: [(&str, &str); 60] = [
    // English
    ("<media omitted>", FILE),
    ("image omitted", PHOTO),
    ("video omitted", VIDEO),
    ("audio omitted", VOICE),
    ("gif omitted", GIF),
    ("sticker omitted", STICKER),
    ("document omitted", FILE),
    ("contact card omitted", FILE),
    ("missed voice call", MISSED),
    ("missed video call", MISSED),
    // German
    ("<medien ausgeschlossen>", FILE),
    ("bild weggelassen", PHOTO),
    ("video weggelassen", VIDEO),
    ("audio weggelassen", VOICE),
    ("gif weggelassen", GIF),
    ("sticker weggelassen", STICKER),
    ("dokument weggelassen", FILE),
    ("verpasster sprachanruf", MISSED),
    ("verpasster videoanruf", MISSED),
    // Spanish
    ("<multimedia omitido>", FILE),
    ("<archivo omitido>", FILE),
    ("imagen omitida", PHOTO),
    ("video omitido", VIDEO),
    ("audio omitido", VOICE),
    ("gif omitido", GIF),
    ("sticker omitido", STICKER),
    ("documento omitido", FILE),
    ("llamada perdida", MISSED),
    ("videollamada perdida", MISSED),
    // French
    ("<médias omis>", FILE),
    ("image absente", PHOTO),
    ("vidéo absente", VIDEO),
    ("audio omis", VOICE),
    ("gif retiré", GIF),
    ("sticker omis", STICKER),
    ("document manquant", FILE),
    ("appel vocal manqué", MISSED),
    ("appel vidéo manqué", MISSED),
    // Portuguese, of Brazil and of Portugal
    ("<mídia oculta>", FILE),
    ("<arquivo de mídia oculto>", FILE),
    ("<ficheiro não revelado>", FILE),
    ("imagem ocultada", PHOTO),
    ("imagem omitida", PHOTO),
    ("vídeo omitido", VIDEO),
    ("áudio ocultado", VOICE),
    ("áudio omitido", VOICE),
    ("figurinha omitida", STICKER),
    ("chamada de voz perdida", MISSED),
    // Italian
    ("<media omessi>", FILE),
    ("immagine omessa", PHOTO),
    ("video omesso", VIDEO),
    ("audio omesso", VOICE),
    ("documento omesso", FILE),
    ("chiamata vocale persa", MISSED),
    ("videochiamata persa", MISSED),
    // Dutch
    ("<media weggelaten>", FILE),
    ("afbeelding weggelaten", PHOTO),
    ("video weggelaten", VIDEO),
    ("audio weggelaten", VOICE),
    ("document weggelaten", FILE),
];
const PHOTO: &str = "(a photo)";
const VIDEO: &str = "(a video)";
const VOICE: &str = "(a voice note)";
const STICKER: &str = "(a sticker)";
const GIF: &str = "(a GIF)";
const MISSED: &str = "(a missed call)";
const CALL: &str = "(a call)";
const FILE: &str = "(a file)";

const DELETED: [&str; 17] = [
    "this message was deleted",
    "you deleted this message",
    "diese nachricht wurde gelöscht",
    "du hast diese nachricht gelöscht",
    "se eliminó este mensaje",
    "este mensaje fue eliminado",
    "eliminaste este mensaje",
    "ce message a été supprimé",
    "vous avez supprimé ce message",
    "mensagem apagada",
    "essa mensagem foi apagada",
    "esta mensagem foi apagada",
    "você apagou esta mensagem",
    "questo messaggio è stato eliminato",
    "hai eliminato questo messaggio",
    "dit bericht is verwijderd",
    "je hebt dit bericht verwijderd",
];

/// How an iPhone tells of a call, its length or what to do behind a comma.
const CALLS: [(&str, &str); 15] = [
    ("voice call", CALL),
    ("video call", CALL),
    ("missed voice call", MISSED),
    ("missed video call", MISSED),
    ("sprachanruf", CALL),
    ("videoanruf", CALL),
    ("llamada", CALL),
    ("videollamada", CALL),
    ("appel vocal", CALL),
    ("appel vidéo", CALL),
    ("ligação de voz", CALL),
    ("chamada de vídeo", CALL),
    ("chiamata vocale", CALL),
    ("videochiamata", CALL),
    ("spraakoproep", CALL),
];
/// What follows the comma of a call that nobody answered.
const UNANSWERED: [&str; 7] = [
    "no answer",
    "keine antwort",
    "sin respuesta",
    "pas de réponse",
    "sem resposta",
    "nessuna risposta",
    "geen antwoord",
];

/// What stands behind words that were changed afterwards.
const EDITED: [&str; 7] = [
    "<This message was edited>",
    "<Diese Nachricht wurde bearbeitet.>",
    "<Se editó este mensaje.>",
    "<Ce message a été modifié>",
    "<Mensagem editada>",
    "<Questo messaggio è stato modificato>",
    "<Dit bericht is bewerkt>",
];
/// What an Android phone writes behind the name of a file.
const ATTACHED: [&str; 8] = [
    "(file attached)",
    "(Datei angehängt)",
    "(archivo adjunto)",
    "(fichier joint)",
    "(arquivo anexado)",
    "(ficheiro anexado)",
    "(file allegato)",
    "(bestand bijgevoegd)",
];
/// What an iPhone writes before it.
const TAGS: [&str; 7] =
    ["<attached: ", "<Anhang: ", "<adjunto: ", "<pièce jointe : ", "<anexado: ", "<allegato: ", "<bijgevoegd: "];

/// Whether a message may be WhatsApp's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    /// It begins with the mark for them.
    Marked,
    /// Others of the chat have the mark.
    No,
    /// The phone marks nothing.
    Unknown,
}

/// A message, apart from what was sent with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// What was written.
    pub(super) words: String,
    /// What was sent, in brackets; in a language that isn't known as WhatsApp says it.
    pub(super) sent: Option<Cow<'static, str>>,
    /// The name of the file, where the export holds it.
    pub(super) file: Option<String>,
}

impl Body {
    /// None for a message that was deleted.
    pub(super) fn of(text: &str, own: Own) -> Option<Self> {
        let text = text.trim();
        let text = EDITED.iter().find_map(|mark| text.strip_suffix(mark)).unwrap_or(text).trim();
        let lower = text.to_lowercase();
        if own != Own::No && DELETED.contains(&lower.trim_end_matches('.')) {
            return None;
        }
        if text.is_empty() {
            return Some(Self { sent: Some(FILE.into()), ..Self::default() });
        }
        let mut until = 0;
        for line in text.split_inclusive('\n') {
            let (above, below) = (&text[..until], &text[until + line.len()..]);
            until += line.len();
            let is_first = above.is_empty();
            // Behind what was typed, an iPhone marks what it sent or left out, be it some lines below.
            if !is_first && (own == Own::Unknown || !line.contains(OWN)) {
                continue;
            }
            if let Some(File { before, name, after }) = file_in(line.trim_end()).filter(|file| file.is_sent(own)) {
                return Some(Self {
                    words: typed(&[above, before, after, below]),
                    sent: Some(kind_of(&name).into()),
                    file: Some(name),
                });
            }
            let (before, label) = match line.rsplit_once(OWN) {
                Some((before, label)) => (before, Some(label)),
                None => ("", (own != Own::No).then_some(line)),
            };
            let label = label.map(|label| label.trim().to_lowercase());
            let sent = OMITTED.iter().find(|(mark, _)| label.as_deref() == Some(*mark)).map(|(_, sent)| *sent);
            if let Some(sent) = sent {
                return Some(Self { words: typed(&[above, before, below]), sent: Some(sent.into()), file: None });
            }
        }
        if own == Own::Marked && !text.contains('\n') && !text.contains("://") {
            return Some(Self { sent: Some(typed(&[text]).into()), ..Self::default() });
        }
        Some(Self { words: typed(&[text]), ..Self::default() })
    }

    /// As it is stored.
    pub(super) fn told(&self) -> String {
        [Some(self.words.as_str()).filter(|words| !words.is_empty()), self.sent.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// What it is known by: the same whether the export held what was sent or left it out.
    pub(super) fn key(&self) -> String {
        if self.sent.is_some() { format!("{}\u{1}", self.words) } else { self.words.clone() }
    }
}

/// Whether words that WhatsApp set itself are a notice, such as “You blocked this contact.”: those that stand for what was sent are
/// no sentences.
pub(super) fn is_notice(words: &str) -> bool {
    let words = words.trim().to_lowercase();
    words.ends_with(['.', '…', '。', '।', '۔'])
        && !DELETED.contains(&words.trim_end_matches('.'))
        && call(&words).is_none()
}

/// The mark for a call, from words that WhatsApp set itself: “Voice call, 2 min”.
pub(super) fn call(words: &str) -> Option<String> {
    let words = words.replace(OWN, "").trim().to_lowercase();
    let (what, rest) = words.split_once([',', '.']).unwrap_or((&words, ""));
    let (_, mark) = CALLS.iter().find(|(named, _)| *named == what.trim())?;
    let (missed, rest) = (UNANSWERED.iter().any(|none| rest.contains(none)), rest.trim());
    Some(match *mark {
        CALL if missed => MISSED.to_owned(),
        CALL if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("(a call, {rest})"),
        mark => mark.to_owned(),
    })
}

/// What was typed, in lines, without WhatsApp's marks.
fn typed(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| part.replace(OWN, "").trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A file that a line names.
struct File<'a> {
    before: &'a str,
    name: String,
    after: &'a str,
}

impl File<'_> {
    /// Whether the phone wrote so, and nobody typed it: where it marks its words, it does so here.
    fn is_sent(&self, own: Own) -> bool {
        match own {
            // Somebody may have typed that: then it is no name of a file.
            Own::Unknown => {
                self.name.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && !ending.contains(' '))
            }
            Own::Marked if self.before.is_empty() => true,
            Own::Marked | Own::No => self.before.ends_with(OWN) || is_numbered(&self.name),
        }
    }
}

/// The file that a line names, with what stands before and behind.
fn file_in(line: &str) -> Option<File<'_>> {
    let tagged = TAGS.iter().find_map(|tag| {
        let (before, rest) = line.split_once(tag)?;
        let (name, after) = rest.split_once('>')?;
        Some((before, name, after))
    });
    let behind = || {
        let name = ATTACHED.iter().find_map(|mark| line.trim_end().strip_suffix(mark))?.trim();
        // Somebody may have typed that.
        name.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && !ending.contains(' '))?;
        Some(("", name, ""))
    };
    let (before, name, after) =
        tagged.or_else(|| tagged_elsewhere(line)).or_else(behind).or_else(|| behind_elsewhere(line))?;
    let name = name.trim();
    let is_name = !name.is_empty() && !name.contains(['/', '\\']);
    is_name.then(|| File { before, name: name.to_owned(), after })
}

/// A tag in a language that isn't known: a mark, a word, and the name that an iPhone gives what was sent.
fn tagged_elsewhere(line: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = line.split_once(['<', '‹'])?;
    let (tag, after) = rest.split_once(['>', '›'])?;
    let (_, name) = tag.split_once(": ")?;
    (is_numbered(name) && name.contains('.')).then_some((before, name, after))
}

/// The same behind a name that an Android phone gives: `IMG-20251013-WA0012.jpg (файл добавлен)`.
fn behind_elsewhere(line: &str) -> Option<(&str, &str, &str)> {
    let (name, _) = line.trim_end().strip_suffix(')')?.split_once(" (")?;
    let (stem, _) = name.rsplit_once('.')?;
    let mut parts = stem.splitn(3, '-');
    let (kind, day, number) = (parts.next()?, parts.next()?, parts.next()?.strip_prefix("WA")?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = kind.len() == 3 && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    (is_name && day.len() == 8 && is_number(day) && is_number(number)).then_some(("", name, ""))
}

/// Whether a file is called as an iPhone does: `00000012-PHOTO-2025-10-13.jpg`.
pub(in super::super) fn is_numbered(name: &str) -> bool {
    name.split_once('-')
        .is_some_and(|(number, _)| number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a line names a file.
pub(super) fn names_file(text: &str) -> bool {
    text.lines().next().is_some_and(|line| file_in(line).is_some())
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" | "png" | "heic" => PHOTO,
        "mp4" | "mov" | "3gp" => VIDEO,
        "opus" | "ogg" | "m4a" | "aac" | "mp3" => VOICE,
        "webp" => STICKER,
        "gif" => GIF,
        _ => FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<(String, Option<String>)> {
        Body::of(text, Own::Unknown).map(|body| (body.told(), body.file))
    }

    #[test]
    fn what_was_sent_is_told_apart_from_what_was_written() {
        let named = |words: &str, file: &str| Some((words.to_owned(), Some(file.to_owned())));
        assert_eq!(told("<attached: 0001-PHOTO.jpg>"), named("(a photo)", "0001-PHOTO.jpg"));
        assert_eq!(told("look <attached: 1.mp4>"), named("look\n(a video)", "1.mp4"));
        assert_eq!(told("PTT-1.opus (file attached)"), named("(a voice note)", "PTT-1.opus"));
        assert_eq!(
            told("IMG-1.jpg (Datei angehängt)\nso blau\nso groß"),
            named("so blau\nso groß\n(a photo)", "IMG-1.jpg")
        );
        assert_eq!(
            told("<vedhæftet: 00000012-PHOTO-2025-10-13.jpg>"),
            named("(a photo)", "00000012-PHOTO-2025-10-13.jpg")
        );
        assert_eq!(told("<note: bring 2.50>").unwrap().1, None);
        assert_eq!(told("a/b.jpg (file attached)").unwrap().1, None, "a path is no name");
        for (left_out, words) in [
            ("<Media omitted>", "(a file)"),
            ("Bild weggelassen", "(a photo)"),
            ("<Mídia oculta>", "(a file)"),
            ("immagine omessa", "(a photo)"),
            ("", "(a file)"),
        ] {
            assert_eq!(told(left_out), Some((words.to_owned(), None)), "{left_out}");
        }
        assert_eq!(told("I omitted the image"), Some(("I omitted the image".to_owned(), None)));
        for deleted in ["This message was deleted.", "Du hast diese Nachricht gelöscht", "Mensagem apagada"] {
            assert_eq!(told(deleted), None, "{deleted}");
        }
        assert_eq!(told("see you at 9 <Diese Nachricht wurde bearbeitet.>"), Some(("see you at 9".to_owned(), None)));
    }

    #[test]
    fn with_and_without_what_was_sent_it_is_the_same_message() {
        let key = |text: &str| Body::of(text, Own::Unknown).unwrap().key();
        assert_eq!(key("image omitted"), key("<attached: 0001-PHOTO.jpg>"));
        assert_eq!(key("<Media omitted>"), key("IMG-1.jpg (file attached)"));
        assert_ne!(key("image omitted"), key("hello"));
    }
}
