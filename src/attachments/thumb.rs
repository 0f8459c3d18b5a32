//! Small pictures of large ones, within bounds of size and memory; made by the worker.

use std::io::Cursor;

use diesel::prelude::*;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use super::{Media, Shape, State, Store, thumb_name};
use crate::{
    access::Access,
    db::{self, Db, files as f},
    error::Result,
};

/// The longer side of a small picture, in pixels.
const SIDE: u32 = 640;
/// The largest picture that is looked at, in pixels a side and in bytes of memory.
const LARGEST_SIDE: u32 = 16_384;
const MEMORY: u64 = 256 << 20;
/// The largest picture that is looked at, in bytes as it was sent.
const LARGEST: u64 = 40 << 20;
/// How many are made in one go: well within a job's lease.
const AT_ONCE: i64 = 20;

/// A picture made small, as JPEG, the right way up; none when it can't be read or would take too much memory.
pub fn small(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().ok()?;
    // Decoders bound what they need themselves; what they fill is ours to bound.
    limits.reserve(decoder.total_bytes()).ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if picture.width().max(picture.height()) > SIDE {
        picture = picture.thumbnail(SIDE, SIDE);
    }
    picture.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&on_white(&picture)).ok()?;
    Some(jpeg)
}

/// Makes small pictures of up to twenty contents; true when there may be more. One that can't be made small is remembered
/// as such, whatever the reason, and does not keep the others waiting.
pub(crate) fn make_thumbs(db: &Db, access: Access, store: &Store) -> Result<bool> {
    let unseen: Vec<(String, Media)> = db.read(access, |tx| {
        Ok(tx
            .all(db::Files)
            .filter(f::thumb.is_null())
            .filter(f::state.eq(State::Kept))
            .order((f::created_at, f::hash))
            .select((f::hash, f::kind))
            .limit(AT_ONCE)
            .load(tx.conn())?)
    })?;
    for (hash, media) in &unseen {
        let made = match media.shape() {
            Shape::Image => store.get(access.workspace(), hash, LARGEST)?.and_then(|bytes| {
                // A decoder that panics over one picture leaves the others.
                std::panic::catch_unwind(|| small(&bytes)).unwrap_or(None)
            }),
            _ => None,
        };
        let name = thumb_name(hash);
        if let Some(made) = &made {
            store.put(access.workspace(), &name, &mut made.as_slice())?;
        }
        let noted = db.write(access, |tx| {
            let kept = tx.all(db::Files).filter(f::hash.eq(hash)).filter(f::state.eq(State::Kept));
            Ok(diesel::update(kept).set(f::thumb.eq(made.is_some())).execute(tx.conn())?)
        })?;
        if noted == 0 {
            // The picture went while it was made small.
            store.remove(access.workspace(), &name)?;
        }
    }
    Ok(unseen.len() == usize::try_from(AT_ONCE).unwrap_or(0))
}

/// JPEG has no transparency: what shines through is white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let colours = picture.to_rgba8();
    RgbImage::from_fn(colours.width(), colours.height(), |x, y| {
        let [r, g, b, a] = colours.get_pixel(x, y).0;
        let over = |c: u8| ((u16::from(c) * u16::from(a) + 255 * (255 - u16::from(a))) / 255) as u8;
        Rgb([over(r), over(g), over(b)])
    })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn png(width: u32, height: u32, colour: [u8; 4]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = RgbaImage::from_pixel(width, height, Rgba(colour));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    /// A square PNG of two colours, of which it shows one: one bit a pixel that unpacks to three bytes.
    fn one_colour(side: u32) -> Vec<u8> {
        use std::io::Write;
        let chunk = |kind: &[u8; 4], body: &[u8]| {
            let mut bytes = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
            bytes.extend(kind);
            bytes.extend(body);
            let mut sum = flate2::Crc::new();
            sum.update(&bytes[4..]);
            bytes.extend(sum.sum().to_be_bytes());
            bytes
        };
        let mut rows = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        let row = vec![0; side as usize / 8 + 1];
        for _ in 0..side {
            rows.write_all(&row).unwrap();
        }
        let mut head = [side.to_be_bytes(), side.to_be_bytes()].concat();
        head.extend([1, 3, 0, 0, 0]);
        let palette = chunk(b"PLTE", &[9; 6]);
        let parts = [chunk(b"IHDR", &head), palette, chunk(b"IDAT", &rows.finish().unwrap()), chunk(b"IEND", &[])];
        [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
    }

    #[test]
    fn a_large_picture_becomes_small_and_keeps_its_proportions() {
        let small = image::load_from_memory(&small(&png(1280, 320, [200, 0, 0, 255])).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (640, 160));
    }

    #[test]
    fn what_is_transparent_is_white() {
        let small = image::load_from_memory(&small(&png(8, 8, [0, 0, 0, 0])).unwrap()).unwrap().to_rgb8();
        assert!(small.pixels().all(|pixel| pixel.0.iter().all(|c| *c > 250)));
    }

    #[test]
    fn what_is_no_picture_or_far_too_large_is_left_alone() {
        assert_eq!(small(b"nonsense"), None);
        assert_eq!(small(&png(20, 20, [1, 2, 3, 255])[..40]), None);
        // A header that promises 60,000 by 60,000 pixels.
        let mut bomb = png(1, 1, [0, 0, 0, 255]);
        bomb[16..24].copy_from_slice(&[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60]);
        assert_eq!(small(&bomb), None);
        // 16,000 by 16,000 of one colour: some kilobytes that unpack into most of a gigabyte.
        assert_eq!(small(&one_colour(16_000)), None);
        assert!(small(&one_colour(800)).is_some(), "a smaller one is fine");
    }
}
