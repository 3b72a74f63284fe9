//! A user's folder: four IDX files or two pairs of `.npy` files, validated as a whole.

use super::answers::{self, Answers, TEST, TRAIN};
use super::error::DataError;
use super::{Dataset, Images, MAX_BYTES, Split, Wanted, foreign, idx, npy};
use crate::net::architecture::Shape;
use std::path::{Path, PathBuf};

/// Layouts of folders, for messages.
pub(super) const LAYOUTS: &str = "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
     t10k-labels-idx1-ubyte (each plain or .gz), or train_images.npy, train_labels.npy, test_images.npy and \
     test_labels.npy, with the numbers that a network learns to give in train_targets.npy and test_targets.npy, if there \
     are some (then without labels, too)";

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
    let FolderPart { shape, full_scale, labelled, samples: test } = npy_part(folder, TEST, true)?;
    let classes = answers::classes(labelled, [&test]);
    let source = format!("files in {}", folder.display());
    Ok(Dataset::new(name, shape, classes, full_scale, [test.select(&[]), test.select(&[]), test], source))
}

/// Loads a folder; `validation` samples at the end of the training part are for validation, or a twelfth if zero. If only
/// the test part is wanted, the images of the other files are not unpacked; all else about them is checked.
pub(super) fn load(folder: &Path, name: &str, (validation, wanted): (usize, Wanted)) -> Result<Dataset, DataError> {
    let [train, test] = read_parts(folder, wanted)?;
    let fail = |message: String| DataError::file(folder, message);
    if train.shape != test.shape {
        let (a, b) = (train.shape, test.shape);
        return Err(fail(format!("training images are {a}, test images {b}; they must agree")));
    }
    let FolderPart { shape, full_scale, labelled, samples: mut train } = train;
    let test = test.samples;
    if (train.pixels.len() + test.pixels.len()) as u64 > MAX_BYTES {
        return Err(fail(format!("more than {MAX_BYTES} bytes of images; a data set has at most that")));
    }
    let count = train.len();
    let (validation, needed) = if validation == 0 { (count / 12, 12) } else { (validation, validation + 1) };
    if count < needed {
        return Err(fail(format!("{count} training samples; at least {needed} are needed, so that some can validate")));
    }
    answers::check_parts(folder, [&train, &test])?;
    let (classes, source) = (answers::classes(labelled, [&train, &test]), format!("files in {}", folder.display()));
    let parts = match wanted.trains() {
        false => [Split::empty(test.sample_len), Split::empty(test.sample_len), test],
        true => {
            let held_out = train.split_off(count - validation);
            [train, held_out, test]
        }
    };
    Ok(Dataset::new(name, shape, classes, full_scale, parts, source))
}

/// A part of a folder. Where its images are not unpacked, it has no contents.
struct FolderPart {
    shape: Shape,
    full_scale: u32,
    labelled: bool,
    samples: Split,
}

impl FolderPart {
    fn of(images: Images, labels: Vec<u8>) -> Self {
        let Images { pixels, shape, full_scale, .. } = images;
        let sample_len = shape.neurons() as usize;
        let samples = Split { pixels, labels, sample_len, sequences: None, targets: None };
        Self { shape, full_scale, labelled: true, samples }
    }
}

fn read_parts(folder: &Path, wanted: Wanted) -> Result<[FolderPart; 2], DataError> {
    let trains = wanted.trains();
    if has_idx(folder) {
        let file = |stem: &str| idx_file(folder, stem).unwrap_or_else(|| folder.join(stem));
        let read = |(images, labels): FilePair, unpacks| {
            idx::read_part(&file(images), &file(labels), unpacks).map(|(images, labels)| FolderPart::of(images, labels))
        };
        return Ok([read(IDX[0], trains)?, read(IDX[1], true)?]);
    }
    // Labels alone are half a data set; this is reported when its images are looked for.
    if NPY.iter().any(|(images, labels)| [images, labels].iter().any(|name| npy::is_array(&folder.join(name)))) {
        return Ok([npy_part(folder, TRAIN, trains)?, npy_part(folder, TEST, true)?]);
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

pub(super) fn has_npy(folder: &Path) -> bool {
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

fn npy_part(folder: &Path, part: usize, unpacks: bool) -> Result<FolderPart, DataError> {
    // Labels and targets first: they are small, and a wrong file of them is found before the images are read.
    let answers = Answers::read(folder, part)?;
    let path = folder.join(NPY[part].0);
    let images = npy::images(&path, unpacks)?;
    answers.check(images.count, "images", &path)?;
    let (labelled, labels) = (answers.is_labelled(), vec![0; images.count]);
    let made = FolderPart::of(images, answers.labels.unwrap_or(labels));
    Ok(FolderPart { labelled, samples: Split { targets: answers.targets, ..made.samples }, ..made })
}
