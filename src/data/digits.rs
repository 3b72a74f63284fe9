//! The embedded data set: 1,797 handwritten digits of 8x8 values from 0 to 16.

use super::error::DataError;
use super::{Binning, Dataset, Registered, Sequences, Split, Wanted, shuffled};
use crate::net::architecture::Shape;
use crate::rng::{self, Domain};
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::{Path, PathBuf};

const BYTES: &[u8] = include_bytes!("digits/digits.csv.gz");
const SAMPLES: usize = 1797;
const PIXELS: usize = 64;
const FULL_SCALE: u8 = 16;
const CLASSES: u8 = 10;
const TRAIN: usize = 1197;
const VALIDATION: usize = 200;
/// The split is part of the data set: this seed never changes.
const SPLIT_SEED: u64 = 1998;
const SOURCE: &str = "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, UCI Machine Learning \
                      Repository, 1998, doi:10.24432/C50P49, CC BY 4.0";

pub(super) const ENTRY: Registered = Registered {
    name: "digits",
    about: "handwritten digits of 8x8 grey values, 10 classes",
    sizes: [TRAIN, VALIDATION, SAMPLES - TRAIN - VALIDATION],
    get: "built in",
    source: SOURCE,
    locate: |_| Ok("built in".into()),
    load,
    moves: false,
};

pub(super) const SACCADES: Registered = Registered {
    name: "digits-saccades",
    about: "the same digits as events of a camera that moves over them, ON and OFF; our own conversion, not recorded",
    source: "converted to events by our own saccades, after Orchard et al. 2015, doi:10.3389/fnins.2015.00437; images: as digits",
    moves: true,
    ..ENTRY
};

pub(super) const ROWS: Registered = Registered {
    name: "digits-rows",
    about: "the same digits as sequences of 8 frames: their rows from the top",
    source: "each row as a frame; images: as digits",
    load: rows,
    ..ENTRY
};

/// The digits, a row of each after the other.
fn rows(folders: &[PathBuf], wanted: (Binning, Wanted)) -> Result<Dataset, DataError> {
    let Dataset { train, validation, test, shape, .. } = load(folders, wanted)?;
    let (rows, width) = (shape.height as usize, shape.width);
    let part = |part: Split| {
        let sequences = Sequences::of_lengths(&vec![rows; part.len()], None);
        Split { sample_len: width as usize, sequences, ..part }
    };
    let (parts, source) = ([train, validation, test].map(part), format!("{SOURCE}; each row is a frame"));
    Ok(Dataset::new(ROWS.name, Shape::flat(width), u32::from(CLASSES), u32::from(FULL_SCALE), parts, source))
}

fn load(_: &[PathBuf], _: (Binning, Wanted)) -> Result<Dataset, DataError> {
    let fail = |message: String| DataError::file(Path::new("digits.csv.gz (built in)"), message);
    let mut text = String::new();
    GzDecoder::new(BYTES).take(1 << 20).read_to_string(&mut text).map_err(|e| fail(e.to_string()))?;
    let (mut pixels, mut labels) = (Vec::with_capacity(SAMPLES * PIXELS), Vec::with_capacity(SAMPLES));
    for (index, line) in text.lines().enumerate() {
        let values: Option<Vec<u8>> = line.split(',').map(|v| v.parse().ok()).collect();
        match values.as_deref() {
            Some([image @ .., label])
                if image.len() == PIXELS && image.iter().all(|v| *v <= FULL_SCALE) && *label < CLASSES =>
            {
                pixels.extend_from_slice(image);
                labels.push(*label);
            }
            _ => return Err(fail(format!("line {} is not {PIXELS} values and a label", index + 1))),
        }
    }
    if labels.len() != SAMPLES {
        return Err(fail(format!("{} samples, expected {SAMPLES}", labels.len())));
    }
    let all = Split { pixels, labels, sample_len: PIXELS, sequences: None, targets: None };
    let order = shuffled(SAMPLES, &mut rng::stream(SPLIT_SEED, Domain::Split, 0));
    let (train, rest) = order.split_at(TRAIN);
    let (validation, test) = rest.split_at(VALIDATION);
    let shape = Shape { channels: 1, height: 8, width: 8 };
    let parts = [train, validation, test].map(|part| all.select(part));
    Ok(Dataset::new("digits", shape, u32::from(CLASSES), u32::from(FULL_SCALE), parts, SOURCE.into()))
}
