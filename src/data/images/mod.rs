//! Folders of images: `train/<class>/*` and `test/<class>/*`, or `<class>/*` alone, of PNG and JPEG files.
//!
//! Classes are numbered in the order of their names, as torchvision's `ImageFolder` does. Grey images have one channel,
//! coloured ones three; all of a folder have the same size. Images are neither scaled nor cropped.

mod jpeg;
mod png;

use super::class_folder::{self, Divided, SamplePart};
use super::error::DataError;
use super::listing::{SampleFile, SampleFormat};
use super::{Dataset, MAX_BYTES, MAX_SIDE, Split, Wanted};
use crate::net::architecture::{MAX_NEURONS_PER_LAYER, Shape};
use crate::threads;
use std::path::Path;

/// Layout of a folder, for messages.
pub(super) const LAYOUT: &str =
    "train/<class>/* and test/<class>/*, or <class>/* alone, with PNG or JPEG images of one size";
/// Most bytes of a file.
const MAX_FILE: u64 = 64 << 20;
const FULL_SCALE: u32 = 255;

/// A format of files with one image each.
pub(super) struct ImageFormat {
    name: &'static str,
    extensions: &'static [&'static str],
    begins: &'static [&'static [u8]],
    /// Reads the bytes of a file whose size `allowed` accepts before memory is taken.
    read: fn(&[u8], allowed: Allowed) -> Result<ImageValues, String>,
}

/// Checks the channels, rows and columns of an image.
type Allowed = fn(u32, u32, u32) -> Result<Shape, String>;

impl SampleFormat for ImageFormat {
    const BY_NUMBER: bool = false;

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn begins(&self) -> &'static [&'static [u8]] {
        self.begins
    }
}

const FORMATS: &[ImageFormat] = &[jpeg::FORMAT, png::FORMAT];

/// An image: its values channel by channel, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ImageValues {
    shape: Shape,
    values: Vec<u8>,
}

impl ImageValues {
    /// An image from values pixel by pixel.
    fn of_pixels(shape: Shape, pixels: &[u8]) -> Self {
        let channels = shape.channels as usize;
        let channel = |channel: usize| pixels.iter().skip(channel).step_by(channels).copied();
        Self { shape, values: (0..channels).flat_map(channel).collect() }
    }
}

/// The shape of an image, if networks can have such inputs.
fn allowed(channels: u32, height: u32, width: u32) -> Result<Shape, String> {
    let shape = Shape { channels, height, width };
    let most = u64::from(MAX_NEURONS_PER_LAYER);
    match [height, width].iter().all(|side| (1..=MAX_SIDE).contains(&u64::from(*side))) && shape.neurons() <= most {
        true => Ok(shape),
        false => {
            Err(format!("an image of {width} x {height} pixels; allowed: sides of 1 to {MAX_SIDE}, {most} values"))
        }
    }
}

/// Whether a folder seems to hold images.
pub(super) fn holds(folder: &Path) -> bool {
    class_folder::holds(folder, FORMATS)
}

/// Loads a folder; `validation` samples of its training part are for validation, or a share if zero.
pub(super) fn load(folder: &Path, name: &str, (validation, wanted): (usize, Wanted)) -> Result<Dataset, DataError> {
    let Divided { classes, parts, notes } = class_folder::divided(folder, FORMATS, (validation, wanted), LAYOUT)?;
    let first = parts.iter().flatten().next().ok_or_else(|| DataError::file(folder, "has no samples"))?;
    let shape = read(first)?.shape;
    class_folder::check_size(folder, (parts.iter().map(Vec::len).sum(), shape))?;
    let [train, validation, test] = parts;
    let parts = [split(&train, shape)?, split(&validation, shape)?, split(&test, shape)?];
    let source = format!("files in {}; classes in this order: {}", folder.display(), classes.join(", "));
    let made = Dataset::new(name, shape, classes.len() as u32, FULL_SCALE, parts, source);
    Ok(Dataset { notes, ..made })
}

fn split(samples: &SamplePart<ImageFormat>, shape: Shape) -> Result<Split, DataError> {
    let sample_len = shape.neurons() as usize;
    let one = |sample: &SampleFile<ImageFormat>| {
        let picture = read(sample)?;
        match picture.shape == shape {
            true => Ok(picture.values),
            false => {
                let message = format!("an image of {}, others are {shape}; they must agree", picture.shape);
                Err(DataError::file(&sample.path, message))
            }
        }
    };
    let mut pixels = Vec::with_capacity(sample_len * samples.len());
    // Some at a time: what was decoded is in memory twice.
    for some in samples.chunks(1024) {
        for done in threads::map(some.iter().collect(), one) {
            pixels.extend_from_slice(&done?);
        }
    }
    Ok(Split { pixels, labels: samples.iter().map(|sample| sample.label).collect(), ..Split::empty(sample_len) })
}

fn read(sample: &SampleFile<ImageFormat>) -> Result<ImageValues, DataError> {
    let bytes = sample.bytes(MAX_FILE)?;
    let format = sample.format_of(&bytes, FORMATS);
    let read = (format.read)(&bytes, allowed);
    read.map_err(|message| DataError::file(&sample.path, format!("{message} (read as {})", format.name)))
}

const _: () = assert!(MAX_FILE <= MAX_BYTES);
