//! Data sets: labelled images of 8-bit values, or spike trains of events, in three fixed parts, embedded or read from a
//! user's files.
//!
//! Plain arrays only: nothing here knows networks' weights or chips. Adding a data set: one file and one line in
//! `registry::REGISTRY`; a format of events: one file and one line in `events::files::FORMATS`.

mod answers;
mod cifar10_jpeg;
mod class_folder;
mod digits;
mod error;
#[doc(hidden)]
pub mod events;
mod fashion;
mod fashion_mnist;
mod fit;
mod folder;
mod foreign;
mod given;
mod idx;
mod images;
mod japanese_vowels;
mod listing;
#[cfg_attr(not(feature = "events"), allow(dead_code, unused_imports))]
mod npy;
#[cfg(test)]
mod number_tests;
mod registered;
mod registry;
#[doc(hidden)]
pub mod saccades;
mod sequences;
mod sounds;
mod split;
#[cfg(test)]
mod target_tests;
mod targets;
#[cfg(test)]
mod tests;
mod trains;
mod ts;

pub use error::DataError;
#[doc(hidden)]
pub use fashion_mnist::SYSTEM_FOLDER as FASHION_MNIST_FOLDER;
pub use fit::Mismatch;
#[cfg(feature = "events")]
pub use given::EventGrid;
pub use npy::MemoryArray;
#[doc(hidden)]
pub use registry::{CatalogueEntry, catalogue};
pub use split::{Sequences, Split};
pub use targets::{GivenTargets, SampleTarget, WantedNumbers};

use crate::digest::{self, Digest, Stable};
use crate::net::architecture::{MAX_NEURONS_PER_LAYER, Shape};
use crate::net::input::AudioFrontEnd;
use crate::rng::{Stream, mix};
use events::Binned;
use rand::Rng;
use registered::Registered;
use registry::REGISTRY;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Default time steps of events.
const USUAL_STEPS: u32 = 10;

/// Most bytes of a data set's images.
const MAX_BYTES: u64 = 2 << 30;
/// Most rows, columns or channels, as networks allow them.
const MAX_SIDE: u64 = 4096;

/// A part of a registered data set that is registered itself: test samples only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetPart {
    /// Its name.
    pub name: &'static str,
    /// Name of the whole.
    pub whole: &'static str,
    /// Description for reports.
    pub what: &'static str,
    /// Advice on how to get the whole.
    pub get: &'static str,
}

/// Parts that stand in for a whole that is not on this machine.
const PARTS: &[DatasetPart] = &[fashion::PART];

/// How samples are read: the binning of events into spike trains, and what becomes of recordings of sound. No effect on
/// images.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binning {
    /// Time steps into which the time of a sample is cut.
    pub steps: u32,
    /// Time of a step (us); without it all of a sample's time is cut into equal steps.
    pub bin_us: Option<u64>,
    /// What makes values of recordings of sound.
    pub audio: Option<AudioFrontEnd>,
    /// Noise that is added to recordings, as their ratio of signal to noise (dB).
    pub snr_db: Option<u32>,
}

impl Binning {
    /// Binning into `steps` steps of equal time.
    pub fn of(steps: u32) -> Self {
        Self { steps, bin_us: None, audio: None, snr_db: None }
    }
}

/// Labelled samples in three parts that never mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// Registered name, or the name of the folder.
    pub name: String,
    /// Shape of a sample.
    pub shape: Shape,
    /// Number of classes, at most 256; 0 of samples without labels.
    pub classes: u32,
    /// The value that stands for 1.0; 1 of spike trains.
    pub full_scale: u32,
    /// Time steps of the samples, for spike trains; `None` for images.
    pub steps: Option<u32>,
    /// For training.
    pub train: Split,
    /// For choosing epochs and settings.
    pub validation: Split,
    /// For reporting only.
    pub test: Split,
    /// Citation and licence, or the path it was read from.
    pub source: String,
    /// Notes on files that were skipped or corrected while reading.
    pub notes: Vec<String>,
    /// The folder that it was read from, if not registered.
    pub folder: Option<PathBuf>,
    /// The registered data set of which it is a part, if it is one.
    pub part_of: Option<DatasetPart>,
    /// Digest of shape, parts and contents, as a cache key; not proof against tampering.
    pub digest: u64,
}

impl Stable for Dataset {
    fn add_to(&self, digest: &mut Digest) {
        // The parts are in the digest of the contents; the path does not count.
        let Self {
            name,
            shape,
            classes,
            full_scale,
            steps,
            train: _,
            validation: _,
            test: _,
            source: _,
            folder: _,
            part_of: _,
            notes: _,
            digest: own,
        } = self;
        digest.add(name);
        digest.add(shape);
        digest.add(&[classes, full_scale]);
        digest.add(steps);
        digest.add(own);
    }
}

impl Dataset {
    /// It without the parts that are not wanted. Its digest stays that of all parts, so that it does not depend on which are.
    fn kept(self, wanted: Wanted) -> Self {
        let none = || Split::empty(self.test.sample_len);
        match wanted.trains() {
            true => self,
            false => Self { train: none(), validation: none(), ..self },
        }
    }

    fn new(name: &str, shape: Shape, classes: u32, full_scale: u32, parts: [Split; 3], source: String) -> Self {
        let sides = [shape.channels, shape.height, shape.width, classes, full_scale].map(u64::from);
        let mut digest = sides.into_iter().fold(0, |digest, side| mix(digest ^ side));
        for part in &parts {
            digest = mix(digest ^ part.len() as u64);
            digest = digest_bytes(digest_bytes(digest, &part.labels), &part.pixels);
            if let Some(Sequences { offsets, frame_labels }) = &part.sequences {
                digest = offsets.iter().fold(digest, |digest, offset| mix(digest ^ *offset as u64));
                digest = digest_bytes(mix(digest), frame_labels.as_deref().unwrap_or_default());
            }
            if let Some(targets) = &part.targets {
                digest = mix(digest ^ digest::of("spikemesh.targets/1", targets));
            }
        }
        let [train, validation, test] = parts;
        Self {
            name: name.into(),
            shape,
            classes,
            full_scale,
            steps: None,
            train,
            validation,
            test,
            source,
            notes: Vec::new(),
            folder: None,
            part_of: None,
            digest,
        }
    }

    /// The same with the digest of another one.
    fn with_digest(self, digest: u64) -> Self {
        Self { digest, ..self }
    }

    /// Spike trains of a number of steps.
    fn of_trains(name: &str, shape: Shape, classes: u32, steps: u32, parts: [Split; 3], source: String) -> Self {
        let images = Self::new(name, shape, classes, 1, parts, source);
        Self { steps: Some(steps), digest: mix(images.digest ^ u64::from(steps)), ..images }
    }

    /// Name of the data set that networks for these samples are trained on.
    pub fn trained_as(&self) -> &str {
        self.part_of.map_or(&self.name, |part| part.whole)
    }

    /// Whether samples are sequences of frames.
    pub fn are_sequences(&self) -> bool {
        [&self.train, &self.validation, &self.test].iter().any(|part| part.sequences.is_some())
    }

    /// The same with each frame as a sample of its own class, or that of its sequence.
    #[must_use]
    pub fn by_frame(self) -> Self {
        let Self { train, validation, test, .. } = self;
        let [train, validation, test] = [train, validation, test].map(Split::by_frame);
        // The digest has the sequences, too.
        Self { train, validation, test, ..self }
    }

    /// Adds the outcome of the binning to its source.
    fn noting(mut self, binned: Binned) -> Self {
        let share = |part: u64| 100.0 * part as f64 / binned.events.max(1) as f64;
        let steps = self.steps.unwrap_or_default();
        self.source += &format!(
            "; {} events in {steps} steps, of which {:.1} % shared a step and a pixel with another and are no spikes",
            binned.events,
            share(binned.merged)
        );
        if binned.outside > 0 {
            self.source += &format!(", and {:.1} % came after the last step", share(binned.outside));
        }
        if binned.empty > 0 {
            self.notes.push(format!("{} recordings hold no event", binned.empty));
        }
        if binned.sorted > 0 {
            let (sorted, late) = (binned.sorted, binned.late_us);
            self.notes.push(format!(
                "{sorted} recordings had events out of order, by {late} us at most, and were sorted by time"
            ));
        }
        self
    }
}

fn digest_bytes(digest: u64, bytes: &[u8]) -> u64 {
    bytes.chunks(8).fold(digest, |digest, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mix(digest ^ u64::from_le_bytes(word))
    })
}

/// Layouts of a user's folder, for help texts.
#[doc(hidden)]
pub fn folder_layouts() -> [&'static str; 6] {
    [folder::LAYOUTS, events::LAYOUT, sequences::LAYOUT, ts::LAYOUT, images::LAYOUT, sounds::LAYOUT]
}

/// Loads a registered data set, a folder, or a folder of that name within one of `folders`.
/// Events are cut into ten steps of equal time.
pub fn load(name_or_path: &str, folders: &[PathBuf]) -> Result<Dataset, DataError> {
    load_with(name_or_path, folders, Binning::of(USUAL_STEPS))
}

/// Loads as [`load`] does, with the given binning of events.
#[doc(hidden)]
pub fn load_with(name_or_path: &str, folders: &[PathBuf], reading: Binning) -> Result<Dataset, DataError> {
    load_parts(name_or_path, folders, (reading, Wanted::All))
}

/// Time steps of the spike trains in the arrays of a user's folder, if it has some.
#[doc(hidden)]
pub fn steps_of(name_or_path: &str, folders: &[PathBuf]) -> Option<u32> {
    events::steps(&own_folder(name_or_path, folders)?)
}

/// The parts of a data set that are needed. Others may be left empty, as unpacking them takes time and memory.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of them.
    All,
    /// All of them, but a user's folder may lack those that are not for tests.
    Present,
    /// The test part. A user's folder may lack the others, and its digest is of what was read.
    Test,
    /// None, but shape, classes and digest: of a registered data set only, whose contents are known.
    Nothing,
}

impl Wanted {
    /// Whether a part that is missing is taken as empty.
    fn may_lack(self, is_there: bool) -> bool {
        self != Self::All && !is_there
    }

    /// Whether to unpack the samples for training and validation; test samples always are.
    fn trains(self) -> bool {
        matches!(self, Self::All | Self::Present)
    }
}

/// Loads parts of a data set.
#[doc(hidden)]
pub fn load_parts(
    name_or_path: &str,
    folders: &[PathBuf],
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    if let Some(registered) = REGISTRY.iter().find(|r| r.name == name_or_path) {
        let images = (registered.load)(folders, (reading, wanted))?;
        return Ok(match registered.moves {
            true => saccades::convert(&images, registered.name, reading),
            false => images,
        });
    }
    let own = own_folder(name_or_path, folders);
    if let Some(own) = own {
        let name = own.file_name().map_or("data".into(), |name| name.to_string_lossy().into_owned());
        if npy::is_archive(&own) {
            npy::check_archive(&own)?;
        }
        one_of(&own)?;
        if !folder::has_npy(&own) && !events::arrays::holds(&own) {
            answers::refuse_targets(&own)?;
        }
        let found = match () {
            () if folder::holds(&own) => folder::load_own(&own, &name, wanted)?,
            () if sequences::holds(&own) => sequences::load(&own, &name, wanted)?,
            () if ts::holds(&own) => ts::load(&own, &name, wanted)?,
            () if sounds::holds(&own) => sounds::load(&own, &name, (reading, wanted))?,
            () if images::holds(&own) => images::load(&own, &name, (0, wanted))?,
            () if events::holds(&own) => events::load(&own, &name, (reading, wanted))?,
            () => folder::load_own(&own, &name, wanted)?,
        };
        return Ok(Dataset { folder: Some(own), ..found });
    }
    let names: Vec<&str> = REGISTRY.iter().map(|r| r.name).collect();
    let hint = crate::json::did_you_mean(name_or_path, &names);
    let (registered, layouts) = (names.join(", "), folder_layouts().join(", or "));
    Err(DataError::Unknown { name: name_or_path.into(), hint, registered, layouts })
}

/// Loads parts of a data set for a network with weights, which can do without samples for training: of a data set that is
/// not on this machine the part that comes with the program, if there is one, with a note.
#[doc(hidden)]
pub fn load_to_test(
    name_or_path: &str,
    folders: &[PathBuf],
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let found = load_parts(name_or_path, folders, (reading, wanted));
    let part = PARTS.iter().find(|part| part.whole == name_or_path);
    let (Err(DataError::Missing { .. }), Some(part)) = (&found, part) else { return found };
    let mut dataset = load_parts(part.name, folders, (reading, wanted))?;
    let DatasetPart { name, whole, what, get } = part;
    dataset.notes.push(format!("{whole} is not on this machine, so {name} is used: {what}; to get the whole: {get}"));
    Ok(dataset)
}

/// Refuses a folder that holds two data sets: one of them would be ignored silently.
fn one_of(folder: &Path) -> Result<(), DataError> {
    let held = events::held(folder).into_iter().chain(folder::held(folder)).chain(sequences::held(folder));
    let held: Vec<&str> = held.filter(|(_, there)| *there).map(|(name, _)| name).collect();
    match held[..] {
        [_, _, ..] => {
            Err(DataError::file(folder, format!("holds more than one data set: {}; keep one", held.join(", "))))
        }
        _ => Ok(()),
    }
}

/// The user's folder, or archive of arrays, that a name refers to, unless it is a registered data set.
#[doc(hidden)]
pub fn own_folder(name_or_path: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    if name_or_path.is_empty() || is_registered(name_or_path) {
        return None;
    }
    let path = Path::new(name_or_path);
    let inside = folders.iter().map(|folder| folder.join(path));
    std::iter::once(path.to_owned()).chain(inside).find(|path| path.is_dir() || npy::is_archive(path))
}

/// Whether a name is that of a registered data set, whose contents are the same everywhere.
#[doc(hidden)]
pub fn is_registered(name: &str) -> bool {
    REGISTRY.iter().any(|registered| registered.name == name)
}

/// Opens a regular file and gives its size; refuses a pipe or a folder, on which reading could block.
fn open_regular(path: &Path) -> Result<(File, u64), DataError> {
    let unreadable = |e: std::io::Error| DataError::file(path, format!("cannot be read: {e}"));
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(DataError::file(path, "not a regular file"));
    }
    Ok((File::open(path).map_err(unreadable)?, meta.len()))
}

struct Images {
    pixels: Vec<u8>,
    shape: Shape,
    full_scale: u32,
    count: usize,
}

/// The shape of a sample from the dimensions that follow the number of samples.
fn image_shape(dims: &[u64]) -> Result<Shape, String> {
    let [c, h, w] = match *dims {
        [d] => [d, 1, 1],
        [h, w] => [1, h, w],
        [c, h, w] => [c, h, w],
        _ => return Err(format!("samples of {} dimensions, expected 1 to 3", dims.len())),
    };
    // A vector may be longer than a side: it is never read as an image.
    let side = if dims.len() == 1 { u64::from(MAX_NEURONS_PER_LAYER) } else { MAX_SIDE };
    let neurons = c.saturating_mul(h).saturating_mul(w);
    if [c, h, w].iter().any(|d| !(1..=side).contains(d)) || neurons > u64::from(MAX_NEURONS_PER_LAYER) {
        return Err(format!(
            "samples of shape {dims:?}; allowed: sides of 1 to {side}, {MAX_NEURONS_PER_LAYER} values in all"
        ));
    }
    Ok(Shape { channels: c as u32, height: h as u32, width: w as u32 })
}

/// The product of the dimensions, if a file may hold that many values.
fn check_counts(dims: &[u64]) -> Result<u64, String> {
    let total = dims.iter().try_fold(1u64, |product, dim| product.checked_mul(*dim));
    match total {
        Some(0) => Err(format!("is empty: its dimensions are {dims:?}")),
        Some(total) if total <= MAX_BYTES => Ok(total),
        _ => Err(format!("its dimensions are {dims:?}; a data set has at most {MAX_BYTES} values")),
    }
}

/// The numbers below `count` in an order drawn from a stream.
pub(crate) fn shuffled(count: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    for last in (1..count).rev() {
        // The high half of a 64x64-bit product: uniform to one part in 2^32 and the same on every machine.
        let pick = (u128::from(stream.next_u64()) * (last as u128 + 1)) >> 64;
        order.swap(last, pick as usize);
    }
    order
}
