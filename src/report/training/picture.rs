//! Samples as pictures that a page carries with it.

use crate::net::architecture::Shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::error::Error;

/// A picture of values of 0 to 1, as the address of an image: in colour with three channels, else the first one in grey.
pub(super) fn address(shape: Shape, values: &[f64]) -> Result<String, Box<dyn Error>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, shape.width, shape.height);
    let colour = shape.channels == 3;
    encoder.set_color(if colour { png::ColorType::Rgb } else { png::ColorType::Grayscale });
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bytes(shape, values))?;
    writer.finish()?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(&file)))
}

/// Bytes of the pixels, row by row, the channels of a pixel side by side.
fn bytes(shape: Shape, values: &[f64]) -> Vec<u8> {
    let plane = (shape.height * shape.width) as usize;
    let channels = if shape.channels == 3 { 3 } else { 1 };
    let byte =
        |index: usize| values.get(index % channels * plane + index / channels).map_or(0.0, |v| v.clamp(0.0, 1.0));
    (0..channels * plane).map(|index| (byte(index) * 255.0).round() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_hold_their_pixels() {
        let shape = Shape { channels: 3, height: 1, width: 2 };
        assert_eq!(bytes(shape, &[0.0, 1.0, 0.2, 2.0, -1.0, 0.4]), [0, 51, 0, 255, 255, 102]);
        let grey = Shape { channels: 1, height: 2, width: 2 };
        let address = address(grey, &[0.0, 0.2, 0.4, 1.0]).expect("it can be written");
        let file = STANDARD.decode(address.strip_prefix("data:image/png;base64,").expect("a picture")).expect("base64");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; 4];
        reader.next_frame(&mut pixels).expect("one frame");
        assert_eq!(pixels, [0, 51, 102, 255]);
    }
}
