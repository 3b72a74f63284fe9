//! A user's folder: four IDX files or two pairs of `.npy` files, validated as a whole.

use super::error::DataError;
use super::{Dataset, Images, MAX_BYTES, Split, Wanted, foreign, idx, npy};
use std::path::{Path, PathBuf};

/// Layouts of folders, for messages.
pub(super) const LAYOUTS: &str = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
     t10k-labels-idx1-ubyte (each plain or .gz), or train_images.npy, train_labels.npy, test_images.npy and \
     test_labels.npy";

/// Images and labels of a part, as file stems.
type FilePair = (&'static str, &'static str);
const IDX: [FilePair; 2] =
    [("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")];
const NPY: [FilePair; 2] = [("train_images.npy", "train_labels.npy"), ("test_images.npy", "test_labels.npy")];

/// The plain or gzipped file of that stem.
fn idx_file(folder: &Path, stem: &str) -> Option<PathBuf> {
    [folder.join(stem), folder.join(format!("{stem}.gz"))].into_iter().find(|path| path.is_file())
}

/// Whether all four IDX files exist.
pub(super) fn holds_idx(folder: &Path) -> bool {
    IDX.iter().all(|(images, labels)| idx_file(folder, images).is_some() && idx_file(folder, labels).is_some())
}

/// Loads a user's folder: the last twelfth of its training part is for validation.
pub(super) fn load_own(folder: &Path, name: &str, wanted: Wanted) -> Result<Dataset, DataError> {
    let [train, test] =
        NPY.map(|(images, labels)| [images, labels].iter().any(|name| npy::is_array(&folder.join(name))));
    if !has_idx(folder) && test && wanted.may_lack(train) {
        return load_test(folder, name);
    }
    load(folder, name, (0, wanted))
}

/// Loads the test part of a folder of arrays that has no other.
fn load_test(folder: &Path, name: &str) -> Result<Dataset, DataError> {
    let FolderPart { images, labels } = npy_part(&folder.join(NPY[1].0), &folder.join(NPY[1].1), true)?;
    let (shape, full_scale) = (images.shape, images.full_scale);
    let classes = labels.iter().copied().max().map_or(0, |label| u32::from(label) + 1);
    let test = Split { pixels: images.pixels, labels, sample_len: shape.neurons() as usize, sequences: None };
    let source = format!("files in {}", folder.display());
    Ok(Dataset::new(name, shape, classes, full_scale, [test.select(&[]), test.select(&[]), test], source))
}

/// Loads a folder; `validation` samples at the end of the training part are for validation, or a twelfth if zero. If only
/// the test part is wanted, the images of the other files are not unpacked; all else about them is checked.
pub(super) fn load(folder: &Path, name: &str, (validation, wanted): (usize, Wanted)) -> Result<Dataset, DataError> {
    let [train, test] = read_parts(folder, wanted)?;
    let fail = |message: String| DataError::file(folder, message);
    if train.images.shape != test.images.shape {
        let (a, b) = (train.images.shape, test.images.shape);
        return Err(fail(format!("training images are {a}, test images {b}; they must agree")));
    }
    if (train.images.pixels.len() + test.images.pixels.len()) as u64 > MAX_BYTES {
        return Err(fail(format!("more than {MAX_BYTES} bytes of images; a data set has at most that")));
    }
    let count = train.images.count;
    let (validation, needed) = if validation == 0 { (count / 12, 12) } else { (validation, validation + 1) };
    if count < needed {
        return Err(fail(format!("{count} training samples; at least {needed} are needed, so that some can validate")));
    }
    let highest = train.labels.iter().chain(&test.labels).max().map_or(0, |label| u32::from(*label));
    if highest == 0 {
        return Err(fail("all labels are 0; at least two classes are needed".into()));
    }
    let (shape, full_scale) = (train.images.shape, train.images.full_scale);
    let test = Split {
        pixels: test.images.pixels,
        labels: test.labels,
        sample_len: shape.neurons() as usize,
        sequences: None,
    };
    let source = format!("files in {}", folder.display());
    if !wanted.trains() {
        let parts = [Split::empty(test.sample_len), Split::empty(test.sample_len), test];
        return Ok(Dataset::new(name, shape, highest + 1, full_scale, parts, source));
    }
    let mut train =
        Split { pixels: train.images.pixels, labels: train.labels, sample_len: test.sample_len, sequences: None };
    let kept = train.len() - validation;
    let held_out = train.split_off(kept);
    Ok(Dataset::new(name, shape, highest + 1, full_scale, [train, held_out, test], source))
}

struct FolderPart {
    images: Images,
    labels: Vec<u8>,
}

fn read_parts(folder: &Path, wanted: Wanted) -> Result<[FolderPart; 2], DataError> {
    let trains = wanted.trains();
    if has_idx(folder) {
        let file = |stem: &str| idx_file(folder, stem).unwrap_or_else(|| folder.join(stem));
        let read = |(images, labels): FilePair, unpacks| {
            idx::read_part(&file(images), &file(labels), unpacks).map(|(images, labels)| FolderPart { images, labels })
        };
        return Ok([read(IDX[0], trains)?, read(IDX[1], true)?]);
    }
    // Labels alone are half a data set; this is reported when its images are looked for.
    if NPY.iter().any(|(images, labels)| [images, labels].iter().any(|name| npy::is_array(&folder.join(name)))) {
        let read = |(i, l): FilePair, unpacks| npy_part(&folder.join(i), &folder.join(l), unpacks);
        return Ok([read(NPY[0], trains)?, read(NPY[1], true)?]);
    }
    let expected = format!("expected {}", super::folder_layouts().join(", or "));
    Err(DataError::file(folder, format!("holds no data set{}; {expected}", others(folder))))
}

/// Names of data files that nothing here reads, for messages.
fn others(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut known: Vec<String> = entries
        .filter(|path| path.is_file())
        .filter_map(|path| {
            let name = path.file_name()?.to_string_lossy().into_owned();
            foreign::of_file(&path, &[]).map(|kind| format!("{name} is {}", kind.advice))
        })
        .collect();
    known.sort();
    known.truncate(4);
    known.iter().map(|text| format!("; {text}")).collect()
}

fn has_idx(folder: &Path) -> bool {
    IDX.iter().any(|(images, labels)| [images, labels].iter().any(|stem| idx_file(folder, stem).is_some()))
}

fn has_npy(folder: &Path) -> bool {
    NPY.iter().any(|(images, _)| npy::is_array(&folder.join(images)))
}

/// Whether a folder seems to hold arrays or IDX files of images.
pub(super) fn holds(folder: &Path) -> bool {
    held(folder).iter().any(|(_, there)| *there)
}

/// The kinds of data that a folder may hold, each with whether it does.
pub(super) fn held(folder: &Path) -> [(&'static str, bool); 2] {
    [("IDX files", has_idx(folder)), ("train_images.npy or test_images.npy", has_npy(folder))]
}

fn npy_part(images_path: &Path, labels_path: &Path, unpacks: bool) -> Result<FolderPart, DataError> {
    // Labels first: they are small, and a wrong count is found before the images are read.
    let labels = npy::labels(labels_path)?;
    let images = npy::images(images_path, unpacks)?;
    if images.count != labels.len() {
        let (n, m) = (labels.len(), images.count);
        return Err(DataError::file(labels_path, format!("{n} labels for {m} images in {}", images_path.display())));
    }
    Ok(FolderPart { images, labels })
}
