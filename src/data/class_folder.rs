//! Folders of classes with a file a sample, divided into the parts of a data set.
//!
//! With folders `train` and `test` these are the parts, and the end of train validates. A folder of classes alone is
//! divided at random, the same way every time: 70 % to train, 10 % to validate, 20 % to test, drawn from all of it.

use super::error::DataError;
use super::listing::{self, Listing, PARTS, SampleFile, SampleFormat, format_of_bytes, list, part_of};
use super::{MAX_BYTES, Wanted, foreign, open_regular, shuffled};
use crate::net::architecture::Shape;
use crate::rng::{self, Domain};
use std::io::Read;
use std::path::Path;

/// One twelfth of the training part is for validation.
const OF_TRAIN: usize = 12;
/// Least samples of a folder that is divided at random.
const LEAST: usize = 20;
/// Seed of the division.
const SPLIT_SEED: u64 = 1;

/// Samples of a part.
pub(super) type SamplePart<F> = Vec<SampleFile<F>>;

/// A folder of classes in parts: for training, for validation, for tests.
pub(super) struct Divided<F: 'static> {
    pub(super) classes: Vec<String>,
    pub(super) parts: [SamplePart<F>; 3],
    pub(super) notes: Vec<String>,
}

/// Whether a folder seems to hold files of some formats, and no recordings of events.
pub(super) fn holds<F: SampleFormat>(folder: &Path, formats: &'static [F]) -> bool {
    listing::holds(folder, formats, &super::events::endings())
}

/// The samples of a folder; `validation` of them validate, or a share if zero. Parts that are not wanted are empty.
pub(super) fn divided<F: SampleFormat>(
    folder: &Path,
    formats: &'static [F],
    (validation, wanted): (usize, Wanted),
    layout: &str,
) -> Result<Divided<F>, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let found = PARTS.map(|part| part_of(folder, part));
    if let Some((part, _)) = PARTS.iter().zip(&found).find(|(_, (_, same))| !same) {
        return Err(fail(format!("has two folders {part}, one with a capital; keep one")));
    }
    let [(train, _), (test, _)] = found;
    let (parts, tests_only) = match (train, test) {
        (None, None) => return at_random(folder, formats, wanted),
        (None, Some(test)) if wanted.may_lack(false) => (vec![test.clone(), test], true),
        (Some(train), Some(test)) => (vec![train, test], false),
        (train, _) => {
            let missing = if train.is_some() { "test" } else { "train" };
            return Err(fail(format!("has no folder {missing}; expected {layout}")));
        }
    };
    let Listing { classes, parts: [mut train, test], notes } = list(folder, &parts, formats)?;
    if tests_only {
        train.clear();
    } else if train.len() < OF_TRAIN.max(validation + 1) || test.is_empty() {
        let (some, least) = (train.len(), OF_TRAIN.max(validation + 1));
        return Err(fail(format!(
            "{some} training and {} test samples; at least {least} and 1 are needed",
            test.len()
        )));
    }
    let kept = if validation == 0 { train.len() / OF_TRAIN } else { validation.min(train.len()) };
    let held_out = train.split_off(train.len() - kept);
    Ok(Divided { classes, parts: needed([train, held_out, test], wanted), notes })
}

/// The samples of a folder of classes alone.
fn at_random<F: SampleFormat>(folder: &Path, formats: &'static [F], wanted: Wanted) -> Result<Divided<F>, DataError> {
    let Listing { classes, parts: [all, _], mut notes } = list(folder, &[folder.to_owned()], formats)?;
    if all.len() < LEAST {
        let found = all.len();
        return Err(DataError::file(folder, format!("{found} samples; at least {LEAST} are needed to divide them")));
    }
    notes.push(format!("no folders train and test: divided at random with seed {SPLIT_SEED}"));
    Ok(Divided { classes, parts: needed(drawn(all), wanted), notes })
}

/// Samples in parts, drawn at random.
pub(super) fn drawn<T>(all: Vec<T>) -> [Vec<T>; 3] {
    let count = all.len();
    let order = shuffled(count, &mut rng::stream(SPLIT_SEED, Domain::Split, 0));
    let mut all: Vec<Option<T>> = all.into_iter().map(Some).collect();
    let mut mixed: Vec<T> = order.iter().filter_map(|at| all[*at as usize].take()).collect();
    let test = mixed.split_off(count - count / 5);
    let held_out = mixed.split_off(mixed.len() - count / 10);
    [mixed, held_out, test]
}

/// The parts that are wanted.
pub(super) fn needed<T>(parts: [Vec<T>; 3], wanted: Wanted) -> [Vec<T>; 3] {
    let [train, held_out, test] = parts;
    if wanted.trains() { [train, held_out, test] } else { [Vec::new(), Vec::new(), test] }
}

/// Refuses more data than the limit, before any is stored.
pub(super) fn check_size(folder: &Path, (samples, shape): (usize, Shape)) -> Result<(), DataError> {
    let bytes = shape.neurons().saturating_mul(samples as u64);
    match bytes <= MAX_BYTES {
        true => Ok(()),
        false => {
            let message =
                format!("{samples} samples of {shape} take {bytes} bytes; a data set has at most {MAX_BYTES}");
            Err(DataError::file(folder, message))
        }
    }
}

impl<F: SampleFormat> SampleFile<F> {
    /// The bytes of the file, if there are at most that many; those of a file that nothing here reads are an error.
    pub(super) fn bytes(&self, most: u64) -> Result<Vec<u8>, DataError> {
        let fail = |message: String| DataError::file(&self.path, message);
        let (file, size) = open_regular(&self.path)?;
        if size > most {
            return Err(fail(format!("{size} bytes; a sample's file has at most {most}")));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        file.take(most).read_to_end(&mut bytes).map_err(|error| fail(format!("cannot be read: {error}")))?;
        match foreign::of_bytes(&bytes) {
            None => Ok(bytes),
            Some(kind) => Err(fail(format!("is {} (its name says another format)", kind.advice))),
        }
    }

    /// The format of those bytes, or else of the name.
    pub(super) fn format_of(&self, bytes: &[u8], formats: &'static [F]) -> &'static F {
        format_of_bytes(formats, bytes).unwrap_or(self.format)
    }
}
