//! What a file is, told by its bytes and never by its name.

use std::io::Read;

crate::db::text_enum! {
    /// The types that are told apart; everything else is [`Media::Other`], which is only ever offered for saving.
    pub enum Media {
        Jpeg = "image/jpeg", Png = "image/png", Gif = "image/gif", Webp = "image/webp",
        Mp4 = "video/mp4", Mov = "video/quicktime", Webm = "video/webm",
        Mp4Audio = "audio/mp4", Mp3 = "audio/mpeg", Ogg = "audio/ogg", Wav = "audio/wav", Aac = "audio/aac",
        Flac = "audio/flac", Pdf = "application/pdf", Other = "application/octet-stream",
    }
}

/// How a type is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As a picture.
    Image,
    /// In a player with a picture.
    Video,
    /// In a player of sound.
    Audio,
    /// As a name to save it by.
    File,
}

impl Media {
    /// How it is shown.
    pub const fn shape(self) -> Shape {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::Webp => Shape::Image,
            Self::Mp4 | Self::Mov | Self::Webm => Shape::Video,
            Self::Mp4Audio | Self::Mp3 | Self::Ogg | Self::Wav | Self::Aac | Self::Flac => Shape::Audio,
            Self::Pdf | Self::Other => Shape::File,
        }
    }

    /// The type of a file that begins with these bytes. A name for the type is trusted only where it is one of ours: a page
    /// or a drawing with scripts in it stays [`Media::Other`].
    fn of(head: &[u8]) -> Self {
        match infer::get(head).map(|found| found.mime_type()) {
            Some("image/jpeg") => Self::Jpeg,
            Some("image/png") => Self::Png,
            Some("image/gif") => Self::Gif,
            Some("image/webp") => Self::Webp,
            Some("video/mp4" | "video/x-m4v") => Self::Mp4,
            Some("video/quicktime") => Self::Mov,
            Some("video/webm" | "video/x-matroska") => Self::Webm,
            Some("audio/m4a") => Self::Mp4Audio,
            Some("audio/mpeg") => Self::Mp3,
            Some("audio/ogg" | "audio/opus" | "application/ogg") => Self::Ogg,
            Some("audio/x-wav") => Self::Wav,
            Some("audio/aac") => Self::Aac,
            Some("audio/x-flac") => Self::Flac,
            Some("application/pdf") => Self::Pdf,
            _ => Self::Other,
        }
    }
}

/// Watches a file go by and says at its end what it is.
///
/// By hand, since no small library tells a voice note in an MP4 from a video while it streams: the box `hdlr` of each
/// track names its handler twelve bytes further on (ISO/IEC 14496-12, 8.4.3).
#[derive(Debug, Default)]
pub(super) struct Watch {
    head: Vec<u8>,
    /// The last bytes of the piece before, in which a box may begin.
    tail: Vec<u8>,
    picture: bool,
    sound: bool,
}

/// How many bytes the type shows in.
const HEAD: usize = 8_192;
/// From `hdlr` to the end of the handler's name.
const HANDLER: usize = 16;

impl Watch {
    pub(super) fn see(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        let mut seam = std::mem::take(&mut self.tail);
        seam.extend_from_slice(&bytes[..bytes.len().min(HANDLER)]);
        self.look(&seam);
        self.look(bytes);
        let kept = if bytes.len() >= HANDLER { bytes } else { &seam };
        self.tail = kept[kept.len().saturating_sub(HANDLER - 1)..].to_vec();
    }

    fn look(&mut self, bytes: &[u8]) {
        for place in bytes.windows(HANDLER).filter(|place| place.starts_with(b"hdlr")) {
            match &place[12..] {
                b"vide" => self.picture = true,
                b"soun" => self.sound = true,
                _ => {}
            }
        }
    }

    pub(super) fn media(&self) -> Media {
        match Media::of(&self.head) {
            Media::Mp4 | Media::Mov if self.sound && !self.picture => Media::Mp4Audio,
            media => media,
        }
    }
}

/// The type of a whole file.
pub fn media_of(bytes: &[u8]) -> Media {
    let mut watch = Watch::default();
    watch.see(bytes);
    watch.media()
}

/// Reads a source to its end in pieces; `each` gets every one.
pub(super) fn pieces(mut source: impl Read, mut each: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => each(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Media, Shape, Watch};

    fn media_of(bytes: &[u8], piece: usize) -> Media {
        let mut watch = Watch::default();
        bytes.chunks(piece).for_each(|piece| watch.see(piece));
        watch.media()
    }

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn mp4(handlers: &[&[u8; 4]]) -> Vec<u8> {
        let mut bytes = b"\0\0\0\x18ftypisom\0\0\0\0isommp42".to_vec();
        bytes.extend(vec![0; 100]);
        for handler in handlers {
            bytes.extend(b"\0\0\0\x20hdlr\0\0\0\0\0\0\0\0");
            bytes.extend(*handler);
            bytes.extend(vec![0; 40]);
        }
        bytes
    }

    #[test]
    fn the_type_is_that_of_the_bytes_whatever_the_pieces_they_come_in() {
        for piece in [1, 2, 7, 16, 64, 10_000] {
            assert_eq!(media_of(PNG, piece), Media::Png);
            assert_eq!(media_of(&mp4(&[b"vide", b"soun"]), piece), Media::Mp4, "{piece}");
            assert_eq!(media_of(&mp4(&[b"soun"]), piece), Media::Mp4Audio, "a voice note, {piece}");
            assert_eq!(media_of(b"%PDF-1.7", piece), Media::Pdf);
        }
    }

    #[test]
    fn nothing_that_could_run_is_shown() {
        for text in [
            "<!doctype html><script>alert(1)</script>",
            "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
            "<?xml version=\"1.0\"?><x/>",
            "#!/bin/sh\n",
            "MZ\u{0}",
            "",
        ] {
            assert_eq!(media_of(text.as_bytes(), 64), Media::Other, "{text}");
        }
        assert_eq!((Media::Other.shape(), Media::Pdf.shape()), (Shape::File, Shape::File));
    }
}
