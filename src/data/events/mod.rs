//! Events of event cameras, and how they become spike trains; folders of event files and of spike trains in arrays.
//!
//! A network reads two channels: 0 of events where a pixel became darker (OFF), 1 where it became brighter (ON).

pub(super) mod arrays;
mod bin;
#[cfg(feature = "events")]
pub mod files;

pub use bin::{Binned, Windows};

use super::error::DataError;
use super::listing::{PARTS, part_of};
use super::{Binning, Dataset, Wanted};
use std::path::Path;

/// Layouts of folders, for messages.
pub(super) const LAYOUT: &str = "train/<class>/* and test/<class>/* with event files (.bin of N-MNIST, AEDAT 2 to 4, Prophesee .dat and .raw, \
     .npy; beside them sensor.json as in {\"width\": 34, \"height\": 34} where the files do not say how large the sensor is), or train_spikes.npy, train_labels.npy, test_spikes.npy and test_labels.npy \
     with 0 and 1 of shape [samples, steps, neurons] or [samples, steps, channels, rows, columns], and train_targets.npy and \
     test_targets.npy as beside images";

/// Extensions of event files.
pub(super) fn endings() -> Vec<&'static str> {
    #[cfg(feature = "events")]
    return files::FORMATS.iter().flat_map(|format| format.extensions).copied().collect();
    #[cfg(not(feature = "events"))]
    Vec::new()
}

/// Whether a folder seems to hold event files.
fn holds_files(folder: &Path) -> bool {
    PARTS.iter().any(|part| part_of(folder, part).0.is_some())
}

/// Whether a folder seems to hold events or spike trains.
pub(super) fn holds(folder: &Path) -> bool {
    arrays::holds(folder) || holds_files(folder)
}

/// The kinds of data that a folder may hold, each with whether it does.
pub(super) fn held(folder: &Path) -> [(&'static str, bool); 2] {
    [("train_spikes.npy or test_spikes.npy", arrays::holds(folder)), ("folders train or test", holds_files(folder))]
}

pub(super) fn load(folder: &Path, name: &str, (reading, wanted): (Binning, Wanted)) -> Result<Dataset, DataError> {
    match arrays::holds(folder) {
        true => arrays::load(folder, name, (reading, wanted)),
        false => load_files(folder, name, (reading, wanted)),
    }
}

/// Time steps of the spike trains in the arrays of a folder.
pub(super) fn steps(folder: &Path) -> Option<u32> {
    arrays::steps(folder)
}

#[cfg(feature = "events")]
use files::load as load_files;

#[cfg(not(feature = "events"))]
fn load_files(folder: &Path, _: &str, _: (Binning, Wanted)) -> Result<Dataset, DataError> {
    Err(DataError::file(
        folder,
        "event files are not read: this program was built without the Cargo feature \"events\"",
    ))
}

/// A brightness change of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Time (us).
    pub t_us: u64,
    /// Column, from the left.
    pub x: u16,
    /// Row, from the top.
    pub y: u16,
    /// Whether the pixel became brighter.
    pub on: bool,
}
