//! Small pictures of large ones, within bounds of size and memory.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// The longer side of a small picture, in pixels.
const SIDE: u32 = 640;
/// The largest picture that is looked at, in pixels a side and in bytes of memory.
const LARGEST_SIDE: u32 = 16_384;
const MEMORY: u64 = 256 << 20;

/// A picture made small, as JPEG, the right way up; none when it can't be read or would take too much memory.
pub fn small(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture = picture.thumbnail(SIDE, SIDE);
    picture.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, 80).encode_image(&on_white(&picture)).ok()?;
    Some(jpeg)
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
    }
}
