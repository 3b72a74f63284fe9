//! The embedded part of Fashion-MNIST: its first 1,000 test images, as `fashion/README.md` describes them.

use super::error::DataError;
use super::fashion_mnist::{ENTRY as WHOLE, SOURCE};
use super::{Binning, Dataset, DatasetPart, Registered, Split, Wanted};
use crate::net::architecture::Shape;
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::{Path, PathBuf};

const IMAGES: &[u8] = include_bytes!("fashion/images-idx3-ubyte.gz");
const LABELS: &[u8] = include_bytes!("fashion/labels-idx1-ubyte.gz");
const SAMPLES: usize = 1000;
const SIDE: u32 = 28;
const PIXELS: usize = (SIDE * SIDE) as usize;
const CLASSES: u32 = 10;

pub(super) const PART: DatasetPart = DatasetPart {
    name: "fashion-1000",
    whole: WHOLE.name,
    what: "the first 1,000 of 10,000 test images, which come with the program",
    get: WHOLE.get,
};

pub(super) const ENTRY: Registered = Registered {
    name: PART.name,
    about: "the first 1,000 of the 10,000 test images of fashion-mnist; to train on it, get the whole",
    sizes: [0, 0, SAMPLES],
    get: "built in",
    source: SOURCE,
    locate: |_| Ok("built in".into()),
    load,
    moves: false,
};

fn load(_: &[PathBuf], _: (Binning, Wanted)) -> Result<Dataset, DataError> {
    let pixels = idx(IMAGES, &[SAMPLES as u32, SIDE, SIDE], "images-idx3-ubyte.gz")?;
    let labels = idx(LABELS, &[SAMPLES as u32], "labels-idx1-ubyte.gz")?;
    let shape = Shape { channels: 1, height: SIDE, width: SIDE };
    let parts = [
        Split::empty(PIXELS),
        Split::empty(PIXELS),
        Split { pixels, labels, sample_len: PIXELS, sequences: None, targets: None },
    ];
    let images = Dataset::new(PART.name, shape, CLASSES, 255, parts, SOURCE.into());
    Ok(Dataset { part_of: Some(PART), ..images })
}

/// The values of an embedded IDX file of known dimensions.
fn idx(packed: &[u8], dims: &[u32], name: &str) -> Result<Vec<u8>, DataError> {
    let fail = |message: String| DataError::file(Path::new(&format!("{name} (built in)")), message);
    let mut bytes = Vec::new();
    GzDecoder::new(packed).take(1 << 20).read_to_end(&mut bytes).map_err(|e| fail(e.to_string()))?;
    let mut header = (0x800 + dims.len() as u32).to_be_bytes().to_vec();
    header.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    let values = bytes.strip_prefix(&header[..]).ok_or_else(|| fail(format!("its header is not that of {dims:?}")))?;
    let expected: usize = dims.iter().map(|dim| *dim as usize).product();
    match values.len() == expected {
        true => Ok(values.to_vec()),
        false => Err(fail(format!("{} values, expected {expected}", values.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    /// The digests that the README gives are those of the embedded files.
    #[test]
    fn the_embedded_files_are_those_of_the_readme() {
        let readme = include_str!("fashion/README.md");
        for packed in [IMAGES, LABELS] {
            let mut bytes = Vec::new();
            GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
            let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(readme.contains(&digest), "{digest}");
        }
    }

    #[test]
    fn it_has_test_samples_of_all_classes_and_no_others() {
        let part = load(&[], (Binning::of(1), Wanted::All)).unwrap();
        assert_eq!([part.train.len(), part.validation.len(), part.test.len()], ENTRY.sizes);
        assert_eq!(part.test.pixels.len(), SAMPLES * PIXELS);
        assert!((0..10).all(|class| part.test.labels.contains(&class)) && part.test.labels.iter().all(|l| *l < 10));
        assert_eq!(part.trained_as(), "fashion-mnist");
        // Ankle boot, pullover, trouser, trouser, shirt: the first of the published test labels.
        assert_eq!(part.test.labels[..5], [9, 2, 1, 1, 6]);
    }
}
