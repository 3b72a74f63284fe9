//! A user's folder of sequences of frames in arrays: the frames of all sequences one after the other, the length of each
//! sequence and its label, and perhaps a label for each frame.

use super::error::DataError;
use super::npy::{self, NumberFile, Value};
use super::split::{Sequences, Split};
use super::{Dataset, Images, MAX_BYTES, Wanted};
use std::path::Path;

/// The files of a part: frames, lengths, labels, and labels of frames, which may be missing.
type PartFiles = [&'static str; 4];
const FILES: [PartFiles; 2] = [
    ["train_frames.npy", "train_lengths.npy", "train_labels.npy", "train_frame_labels.npy"],
    ["test_frames.npy", "test_lengths.npy", "test_labels.npy", "test_frame_labels.npy"],
];

/// Layout of a folder, for messages.
pub(super) const LAYOUT: &str = "sequences: train_frames.npy of shape [frames, values], train_lengths.npy with the \
     number of frames of each sequence, train_labels.npy, if frames have classes train_frame_labels.npy, and the same \
     for test";
/// One of this many training sequences is for validation.
const OF_TRAIN: usize = 12;

/// Whether a folder seems to hold sequences.
pub(super) fn holds(folder: &Path) -> bool {
    FILES.iter().any(|[frames, ..]| npy::is_array(&folder.join(frames)))
}

/// The kind of data that a folder may hold, with whether it does.
pub(super) fn held(folder: &Path) -> [(&'static str, bool); 1] {
    [("train_frames.npy or test_frames.npy", holds(folder))]
}

/// Loads a folder: the last twelfth of its training sequences is for validation.
pub(super) fn load(folder: &Path, name: &str, wanted: Wanted) -> Result<Dataset, DataError> {
    let fail = |message: String| DataError::file(folder, message);
    let source = format!("files in {}", folder.display());
    let lacks_train = !FILES[0].iter().any(|file| npy::is_array(&folder.join(file)));
    let (test, images) = read(folder, FILES[1])?;
    let (shape, full_scale) = (images.shape, images.full_scale);
    if wanted.may_lack(lacks_train) {
        let classes = classes([&test]);
        return Ok(Dataset::new(name, shape, classes, full_scale, [test.select(&[]), test.select(&[]), test], source));
    }
    let (mut train, of_train) = read(folder, FILES[0])?;
    if of_train.shape != shape {
        let found = of_train.shape;
        return Err(fail(format!("training frames are {found}, test frames {shape}; they must agree")));
    }
    if (train.pixels.len() + test.pixels.len()) as u64 > MAX_BYTES {
        return Err(fail(format!("more than {MAX_BYTES} bytes of frames; a data set has at most that")));
    }
    if train.len() < OF_TRAIN {
        return Err(fail(format!("{} training sequences; at least {OF_TRAIN} are needed", train.len())));
    }
    let classes = classes([&train, &test]);
    if classes < 2 {
        return Err(fail("all labels are 0; at least two classes are needed".into()));
    }
    let held_out = train.split_off(train.len() - train.len() / OF_TRAIN);
    let parts = match wanted.trains() {
        true => [train, held_out, test],
        false => [train.select(&[]), train.select(&[]), test],
    };
    Ok(Dataset::new(name, shape, classes, full_scale, parts, source))
}

/// Number of classes of sequences and frames.
fn classes<const N: usize>(parts: [&Split; N]) -> u32 {
    let frames = |part: &Split| part.sequences.as_ref().and_then(|sequences| sequences.frame_labels.clone());
    let all = parts.iter().flat_map(|part| part.labels.iter().copied().chain(frames(part).into_iter().flatten()));
    all.max().map_or(0, |label| u32::from(label) + 1)
}

/// Reads a part; the images are without their pixels, which are in the part.
fn read(folder: &Path, files: PartFiles) -> Result<(Split, Images), DataError> {
    let [frames, lengths, labels, frame_labels] = files.map(|file| folder.join(file));
    // The small files first: a wrong count is found before the frames are read.
    let labels_of = npy::labels(&labels)?;
    let all = read_lengths(&lengths)?;
    if all.len() != labels_of.len() {
        let (found, expected) = (labels_of.len(), all.len());
        return Err(DataError::file(
            &labels,
            format!("{found} labels for {expected} sequences in {}", lengths.display()),
        ));
    }
    let of_frames = if npy::is_array(&frame_labels) { Some(npy::labels(&frame_labels)?) } else { None };
    let found = of_frames.as_ref().map(Vec::len);
    let total = all.iter().try_fold(0usize, |sum, length| sum.checked_add(*length));
    let Some(total) = total.filter(|total| *total as u64 <= MAX_BYTES) else {
        return Err(DataError::file(&lengths, format!("more than {MAX_BYTES} frames in all")));
    };
    if let Some(found) = found.filter(|found| *found != total) {
        return Err(DataError::file(
            &frame_labels,
            format!("{found} labels for {total} frames of {}", lengths.display()),
        ));
    }
    let sequences = Sequences::of_lengths(&all, of_frames);
    let mut images = npy::images(&frames, true)?;
    if images.count != total {
        let found = images.count;
        return Err(DataError::file(&frames, format!("{found} frames, {total} by {}", lengths.display())));
    }
    let (pixels, sample_len) = (std::mem::take(&mut images.pixels), images.shape.neurons() as usize);
    Ok((Split { pixels, labels: labels_of, sample_len, sequences, targets: None }, images))
}

/// The number of frames of each sequence, at least 1.
fn read_lengths(path: &Path) -> Result<Vec<usize>, DataError> {
    let file = NumberFile::open(path)?;
    if file.shape().len() != 1 {
        let message = format!("{} dimensions, expected one length per sequence", file.shape().len());
        return Err(DataError::file(path, message));
    }
    let mut lengths = Vec::new();
    file.each(|_, value| {
        let length = match value {
            Value::Unsigned(length) => usize::try_from(length).ok(),
            Value::Signed(length) => usize::try_from(length).ok(),
            Value::Flag(_) | Value::Real(_) => None,
        };
        lengths.push(length.filter(|length| *length > 0).ok_or("no length, expected whole numbers from 1 on")?);
        Ok(())
    })?;
    Ok(lengths)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn array(path: &Path, descr: &str, shape: &str, bytes: &[u8]) {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape},), }}");
        let start = [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
        std::fs::write(path, [&start[..], bytes].concat()).unwrap();
    }

    fn folder(name: &str) -> PathBuf {
        let place = std::env::temp_dir().join(format!("spikemesh-sequences-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        place
    }

    fn part(place: &Path, name: &str, lengths: &[u16]) {
        let (frames, count) = (lengths.iter().map(|length| usize::from(*length)).sum::<usize>(), lengths.len());
        let bytes: Vec<u8> = lengths.iter().flat_map(|length| length.to_le_bytes()).collect();
        let file = |what: &str| place.join(format!("{name}_{what}.npy"));
        array(&file("frames"), "|u1", &format!("{frames}, 3"), &(0..3 * frames as u8).collect::<Vec<_>>());
        array(&file("lengths"), "<u2", &count.to_string(), &bytes);
        array(&file("labels"), "|u1", &count.to_string(), &(0..count as u8).map(|at| at % 3).collect::<Vec<_>>());
    }

    #[test]
    fn sequences_are_read_and_split() {
        let place = folder("read");
        part(&place, "train", &[1, 2, 3, 1, 1, 1, 2, 2, 2, 1, 1, 3]);
        part(&place, "test", &[2, 4]);
        array(&place.join("test_frame_labels.npy"), "|u1", "6", &[4, 1, 2, 3, 2, 1]);
        let data = crate::data::load(&place.display().to_string(), &[]).unwrap();
        assert_eq!((data.train.len(), data.validation.len(), data.test.len(), data.classes), (11, 1, 2, 5));
        assert_eq!(data.test.sample(1), (&(6..18).collect::<Vec<u8>>()[..], 1));
        assert_eq!((data.test.frame_label(1, 0), data.train.frame_label(2, 1)), (2, 2));
        assert_eq!(data.validation.sample(0).0, (51..60).collect::<Vec<u8>>());
        assert!(data.are_sequences() && !data.clone().by_frame().are_sequences());
        assert_eq!(data.by_frame().train.len(), 17);
        let test =
            crate::data::load_parts(&place.display().to_string(), &[], (super::super::Binning::of(1), Wanted::Test));
        assert_eq!(test.unwrap().test.frames(2), 6);
        std::fs::remove_dir_all(&place).unwrap();
    }

    #[test]
    fn files_that_do_not_fit_are_named() {
        let place = folder("errors");
        part(&place, "test", &[2, 4]);
        let error = || {
            let wanted = (super::super::Binning::of(1), Wanted::Test);
            crate::data::load_parts(&place.display().to_string(), &[], wanted).unwrap_err().to_string()
        };
        array(&place.join("test_frame_labels.npy"), "|u1", "5", &[0; 5]);
        assert!(error().contains("test_frame_labels.npy: 5 labels for 6 frames of"), "{}", error());
        std::fs::remove_file(place.join("test_frame_labels.npy")).unwrap();
        array(&place.join("test_lengths.npy"), "<u2", "2", &[2, 0, 5, 0]);
        assert!(error().contains("test_frames.npy: 6 frames, 7 by"), "{}", error());
        array(&place.join("test_lengths.npy"), "<i2", "2", &[2, 0, 255, 255]);
        assert!(error().contains("value 1 is no length, expected whole numbers from 1 on"), "{}", error());
        array(&place.join("test_lengths.npy"), "<u2", "1", &[6, 0]);
        assert!(error().contains("test_labels.npy: 2 labels for 1 sequences"), "{}", error());
        std::fs::remove_dir_all(&place).unwrap();
    }
}
