//! Fashion-MNIST: 70,000 images of clothing, 28x28, as four IDX files.

use super::error::DataError;
use super::{Binning, Dataset, Registered, Split, Wanted, folder};
use crate::net::architecture::Shape;
use std::path::PathBuf;

/// Folder in which the Debian package installs the files.
pub const SYSTEM_FOLDER: &str = "/usr/share/datasets/fashion-mnist";
const VALIDATION: usize = 5000;
/// Digest of the contents in these three parts.
const DIGEST: u64 = 17_235_920_682_384_248_773;
/// Digest of the test part, where the others are left empty.
const TEST_DIGEST: u64 = 18_111_073_494_771_450_240;
const SHAPE: Shape = Shape { channels: 1, height: 28, width: 28 };
const CLASSES: u32 = 10;
const FULL_SCALE: u32 = 255;
const GET: &str = "apt-get install dataset-fashion-mnist, or put its four IDX files in a folder and pass --data-dir";
pub(super) const SOURCE: &str = "Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf, 2017, arXiv:1708.07747, MIT licence";

pub(super) const ENTRY: Registered = Registered {
    name: "fashion-mnist",
    about: "images of clothing, 28x28 grey values, 10 classes",
    sizes: [60_000 - VALIDATION, VALIDATION, 10_000],
    get: GET,
    source: SOURCE,
    locate: |folders| find(folders).map(|folder| folder.display().to_string()),
    load,
    moves: false,
};

pub(super) const SACCADES: Registered = Registered {
    name: "fashion-saccades",
    about: "Fashion-MNIST as events of a camera that moves over its images, ON and OFF; our own conversion, not recorded",
    source: "converted to events by our own saccades, after Orchard et al. 2015, doi:10.3389/fnins.2015.00437; images: as fashion-mnist",
    moves: true,
    ..ENTRY
};

/// A folder of that name in the caller's folders, one of those folders itself, or the system's.
fn candidates(folders: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let inside = folders.iter().map(|folder| folder.join("fashion-mnist"));
    inside.chain(folders.iter().cloned()).chain([PathBuf::from(SYSTEM_FOLDER)])
}

fn find(folders: &[PathBuf]) -> Result<PathBuf, DataError> {
    candidates(folders).find(|folder| folder::holds_idx(folder)).ok_or_else(|| {
        let looked: Vec<_> = candidates(folders).map(|folder| folder.display().to_string()).collect();
        DataError::Missing { name: ENTRY.name.into(), looked: looked.join(", "), advice: GET.into() }
    })
}

fn load(folders: &[PathBuf], (_, wanted): (Binning, Wanted)) -> Result<Dataset, DataError> {
    let found = find(folders)?;
    if wanted == Wanted::Nothing {
        let parts = [(); 3].map(|()| Split::empty(SHAPE.neurons() as usize));
        return Ok(Dataset::new(ENTRY.name, SHAPE, CLASSES, FULL_SCALE, parts, SOURCE.into()).with_digest(DIGEST));
    }
    let mut dataset = folder::load(&found, ENTRY.name, (VALIDATION, wanted))?;
    dataset.source = SOURCE.into();
    // MNIST's files have the same names and sizes, so only the contents distinguish them.
    if dataset.digest != if wanted.trains() { DIGEST } else { TEST_DIGEST } {
        let message = "its four files are not those of Fashion-MNIST; to use your own data, name the folder instead";
        return Err(DataError::file(&found, message));
    }
    Ok(dataset.with_digest(DIGEST))
}
