//! The one picture of the story, drawn here: ridges at dawn, since no file of somebody else's is kept with the code.

use image::{ImageFormat, Rgb, RgbImage};

const WIDTH: u32 = 960;
const HEIGHT: u32 = 640;
/// The colour of each ridge, the farthest first.
const RIDGES: [[u8; 3]; 4] = [[150, 164, 190], [108, 124, 156], [70, 86, 118], [34, 46, 70]];

/// How high a ridge stands above its foot at a place across the picture, from 0 to 1.
fn height(ridge: usize, across: f32) -> f32 {
    let phase = [0.3, 2.1, 4.4, 5.9][ridge % 4];
    let wave = |pace: f32, weight: f32| (across * pace + phase).sin() * weight;
    0.5 + wave(5.0, 0.22) + wave(13.0, 0.12) + wave(31.0, 0.04)
}

/// The picture as PNG.
pub(super) fn ridges() -> image::ImageResult<Vec<u8>> {
    let sky = |y: u32| {
        let down = y as f32 / HEIGHT as f32;
        Rgb([(255.0 - 40.0 * down) as u8, (196.0 + 20.0 * down) as u8, (150.0 + 70.0 * down) as u8])
    };
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let across = x as f32 / WIDTH as f32;
        let covered = RIDGES.iter().enumerate().rev().find(|(ridge, _)| {
            let foot = 0.45 + 0.17 * *ridge as f32;
            y as f32 / HEIGHT as f32 > foot + 0.2 - 0.28 * height(*ridge, across)
        });
        covered.map_or_else(|| sky(y), |(_, colour)| Rgb(*colour))
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
