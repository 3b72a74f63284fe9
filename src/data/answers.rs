//! What comes with the samples of a folder of arrays: labels, targets, or both.

use super::Split;
use super::error::DataError;
use super::npy;
use super::targets::GivenTargets;
use std::path::{Path, PathBuf};

/// Labels and targets of the two parts.
const FILES: [[&str; 2]; 2] = [["train_labels.npy", "train_targets.npy"], ["test_labels.npy", "test_targets.npy"]];

/// Parts of a folder, by their place in lists of files.
pub(super) const TRAIN: usize = 0;
pub(super) const TEST: usize = 1;

/// Labels and targets of a part.
pub(super) struct Answers {
    pub(super) labels: Option<Vec<u8>>,
    pub(super) targets: Option<GivenTargets>,
    files: [PathBuf; 2],
}

impl Answers {
    /// Reads those of a part. Labels may be missing where there are targets; what one part has, the other has too.
    pub(super) fn read(folder: &Path, part: usize) -> Result<Self, DataError> {
        let there = |kind: usize| FILES.iter().any(|files| npy::is_array(&folder.join(files[kind])));
        let ([labels, targets], files) = ([there(0), there(1)], FILES[part].map(|file| folder.join(file)));
        Ok(Self {
            labels: (labels || !targets).then(|| npy::labels(&files[0])).transpose()?,
            targets: targets.then(|| npy::targets(&files[1])).transpose()?,
            files,
        })
    }

    /// Checks that there is one of each for that many samples of a file, which are images or spike trains.
    pub(super) fn check(&self, count: usize, samples: &str, file: &Path) -> Result<(), DataError> {
        let found = [self.labels.as_ref().map(Vec::len), self.targets.as_ref().map(GivenTargets::samples)];
        for ((found, kind), own) in found.into_iter().zip(["labels", "targets"]).zip(&self.files) {
            if let Some(found) = found.filter(|found| *found != count) {
                let message = format!("{found} {kind} for {count} {samples} in {}", file.display());
                return Err(DataError::file(own, message));
            }
        }
        Ok(())
    }

    /// Whether there are labels.
    pub(super) fn is_labelled(&self) -> bool {
        self.labels.is_some()
    }
}

/// Refuses parts whose targets differ, and labels of one class where there is nothing else to learn.
pub(super) fn check_parts(folder: &Path, [train, test]: [&Split; 2]) -> Result<(), DataError> {
    let each = |part: &Split| part.targets.as_ref().map(GivenTargets::each);
    if let (Some(a), Some(b)) = (each(train), each(test))
        && a != b
    {
        let message = format!("training samples have targets of {a} numbers, test samples of {b}; they must agree");
        return Err(DataError::file(folder, message));
    }
    let is_one = train.labels.iter().chain(&test.labels).all(|label| *label == 0);
    if is_one && test.targets.is_none() {
        return Err(DataError::file(folder, "all labels are 0; at least two classes are needed"));
    }
    Ok(())
}

/// The number of classes of parts: 0 without labels.
pub(super) fn classes<const N: usize>(labelled: bool, parts: [&Split; N]) -> u32 {
    let highest = parts.iter().flat_map(|part| &part.labels).copied().max();
    highest.filter(|_| labelled).map_or(0, |label| u32::from(label) + 1)
}

/// Refuses targets in a folder whose samples have none.
pub(super) fn refuse_targets(folder: &Path) -> Result<(), DataError> {
    let found = FILES.iter().map(|files| folder.join(files[1])).find(|path| npy::is_array(path));
    found.map_or(Ok(()), |path| {
        let message = "targets are read beside train_images.npy or train_spikes.npy only, and here are other samples";
        Err(DataError::file(&path, message))
    })
}
