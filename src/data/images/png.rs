//! PNG files: grey or coloured, of any depth, of which 8 bits are kept. Palettes are expanded.

use super::{Allowed, ImageFormat, ImageValues};
use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

pub(super) const FORMAT: ImageFormat =
    ImageFormat { name: "PNG", extensions: &["png"], begins: &[b"\x89PNG\r\n\x1a\n"], read };
/// Most bytes that a file may take while it is unpacked.
const MAX_BYTES: usize = 256 << 20;

fn read(bytes: &[u8], allowed: Allowed) -> Result<ImageValues, String> {
    let broken = |error: png::DecodingError| format!("cannot be decoded: {error}");
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_BYTES });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(broken)?;
    let (colour, _) = reader.output_color_type();
    let channels = match colour {
        ColorType::Grayscale => 1,
        ColorType::Rgb => 3,
        ColorType::GrayscaleAlpha | ColorType::Rgba | ColorType::Indexed => {
            return Err("has transparent pixels; save it without, as grey or coloured".into());
        }
    };
    let info = reader.info();
    let shape = allowed(channels, info.height, info.width)?;
    let mut pixels = vec![0; shape.neurons() as usize];
    if reader.output_buffer_size() != Some(pixels.len()) {
        return Err(format!("does not hold {} values of 8 bits", pixels.len()));
    }
    reader.next_frame(&mut pixels).map_err(broken)?;
    Ok(ImageValues::of_pixels(shape, &pixels))
}
