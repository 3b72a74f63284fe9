//! A user's folder of spike trains in arrays: `train_spikes.npy` of shape `[samples, steps, neurons]` or `[samples,
//! steps, channels, rows, columns]`, `train_labels.npy` or `train_targets.npy`, and the same files for the test part.

use crate::data::answers::{self, Answers, TEST, TRAIN};
use crate::data::error::DataError;
use crate::data::npy::{self, NumberFile};
use crate::data::{Binning, Dataset, MAX_BYTES, Split, Wanted, image_shape};
use crate::net::architecture::Shape;
use crate::net::input::{SpikeTrains, set_spike};
use std::io::Read;
use std::path::Path;

/// Spikes and labels of the two parts.
const FILES: [[&str; 2]; 2] = [["train_spikes.npy", "train_labels.npy"], ["test_spikes.npy", "test_labels.npy"]];
/// One twelfth of the training part is for validation.
const OF_TRAIN: usize = 12;

/// Whether a folder seems to hold such arrays.
pub(in crate::data) fn holds(folder: &Path) -> bool {
    FILES.iter().any(|[spikes, _]| npy::is_array(&folder.join(spikes)))
}

/// Time steps of the test part.
pub(in crate::data) fn steps(folder: &Path) -> Option<u32> {
    let spikes = NumberFile::open(&folder.join(FILES[1][0])).ok()?;
    let steps = spikes.shape().get(1).copied().filter(|_| spikes.shape().len() > 2)?;
    u32::try_from(steps).ok().filter(|steps| *steps > 0)
}

/// Loads a folder: the last twelfth of its training part is for validation.
pub(in crate::data) fn load(
    folder: &Path,
    name: &str,
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let part = |part: usize| read(folder, part, reading);
    let source = format!("files in {}", folder.display());
    if wanted.may_lack(FILES[0].iter().any(|file| npy::is_array(&folder.join(file)))) {
        let (test, shape, labelled) = part(TEST)?;
        let classes = answers::classes(labelled, [&test]);
        let parts = [test.select(&[]), test.select(&[]), test];
        return Ok(Dataset::of_trains(name, shape, classes, reading.steps, parts, source));
    }
    let ((mut train, shape, labelled), (test, of_test, _)) = (part(TRAIN)?, part(TEST)?);
    if shape != of_test {
        return Err(fail(format!(
            "training samples have steps of {shape}, test samples of {of_test}; they must agree"
        )));
    }
    if train.len() < OF_TRAIN {
        return Err(fail(format!("{} training samples; at least {OF_TRAIN} are needed", train.len())));
    }
    answers::check_parts(folder, [&train, &test])?;
    let classes = answers::classes(labelled, [&train, &test]);
    let kept = train.len() - train.len() / OF_TRAIN;
    let held_out = train.split_off(kept);
    Ok(Dataset::of_trains(name, shape, classes, reading.steps, [train, held_out, test], source))
}

/// A part, the shape of a step, and whether it has labels.
fn read(folder: &Path, part: usize, reading: Binning) -> Result<(Split, Shape, bool), DataError> {
    let answers = Answers::read(folder, part)?;
    let [path, labels_path] = FILES[part].map(|file| folder.join(file));
    let spikes = NumberFile::open(&path)?;
    let samples = spikes.shape().first().map_or(0, |samples| *samples as usize);
    let labelled = answers.is_labelled();
    // A wrong number of labels is found as for arrays in memory, and its message is the same.
    if answers.labels.as_ref().is_none_or(|labels| labels.len() == samples) {
        answers.check(samples, "samples", &path)?;
    }
    let labels = answers.labels.unwrap_or_else(|| vec![0; samples]);
    let (made, shape) = split(spikes, (labels, &labels_path), reading)?;
    Ok((Split { targets: answers.targets, ..made }, shape, labelled))
}

/// Samples of spike trains with their labels, of which the path is for messages.
pub(in crate::data) fn split<R: Read>(
    spikes: NumberFile<R>,
    (labels, labels_path): (Vec<u8>, &Path),
    reading: Binning,
) -> Result<(Split, Shape), DataError> {
    let path = spikes.path().to_owned();
    let fail = |message: String| DataError::file(&path, message);
    let dims = spikes.shape().to_vec();
    let shape = match dims[..] {
        [_, _, ..] if dims.len() == 3 || dims.len() == 5 => image_shape(&dims[2..]).map_err(fail)?,
        _ => {
            let message =
                format!("spikes of shape {dims:?}; expected [samples, steps, neurons] or [samples, steps, c, h, w]");
            return Err(fail(message));
        }
    };
    let (samples, steps) = (dims[0], dims[1]);
    if steps != u64::from(reading.steps) {
        let wanted = reading.steps;
        return Err(fail(format!("spikes of {steps} steps for a network of {wanted}; give --steps {steps}")));
    }
    if samples != labels.len() as u64 {
        return Err(fail(format!("{samples} samples, {} labels in {}", labels.len(), labels_path.display())));
    }
    let (inputs, count) = (shape.neurons() as usize, steps as usize);
    let sample_len = SpikeTrains::bytes(inputs, count);
    debug_assert!((sample_len * labels.len()) as u64 <= MAX_BYTES, "a spike takes less than the value it is of");
    let mut pixels = vec![0u8; sample_len * labels.len()];
    spikes.each(|index, value| {
        if value.spike()? {
            // There are as many values as the shape says.
            let (sample, at) = (index as usize / (count * inputs), index as usize % (count * inputs));
            let bits = &mut pixels[sample * sample_len..(sample + 1) * sample_len];
            set_spike(bits, inputs, at / inputs, at % inputs);
        }
        Ok(())
    })?;
    Ok((Split { pixels, labels, sample_len, sequences: None, targets: None }, shape))
}
