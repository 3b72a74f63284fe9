//! JPEG files. They are decoded without instructions of a certain processor, so that values are the same everywhere.

use super::{Allowed, ImageFormat, ImageValues};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

pub(super) const FORMAT: ImageFormat =
    ImageFormat { name: "JPEG", extensions: &["jpg", "jpeg"], begins: &[b"\xff\xd8\xff"], read };
/// Most scans of a progressive file.
const MAX_SCANS: usize = 100;

fn read(bytes: &[u8], allowed: Allowed) -> Result<ImageValues, String> {
    let broken = |error: &dyn std::fmt::Debug| format!("cannot be decoded: {error:?}");
    let options = DecoderOptions::new_safe().set_strict_mode(true).jpeg_set_max_scans(MAX_SCANS);
    let mut headers = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    headers.decode_headers().map_err(|error| broken(&error))?;
    let info = headers.info().ok_or("has no header")?;
    let (channels, colour) = match info.components {
        1 => (1, ColorSpace::Luma),
        3 => (3, ColorSpace::RGB),
        other => return Err(format!("{other} components; allowed: 1 (grey) and 3 (colour)")),
    };
    let shape = allowed(channels, info.height.into(), info.width.into())?;
    let options = options.jpeg_set_out_colorspace(colour);
    let pixels = JpegDecoder::new_with_options(Cursor::new(bytes), options).decode().map_err(|error| broken(&error))?;
    match pixels.len() as u64 == shape.neurons() {
        true => Ok(ImageValues::of_pixels(shape, &pixels)),
        false => Err(format!("{} values, expected {} for {shape}", pixels.len(), shape.neurons())),
    }
}
