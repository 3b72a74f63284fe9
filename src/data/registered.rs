//! What is registered of a data set.

use super::error::DataError;
use super::{Binning, Dataset, Wanted};
use std::path::PathBuf;

/// Loads a data set, given the caller's folders, how it is read and which parts of it are wanted.
pub(super) type Load = fn(&[PathBuf], (Binning, Wanted)) -> Result<Dataset, DataError>;

/// A data set with a registered name.
pub(super) struct Registered {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    /// Samples to train, validate and test.
    pub(super) sizes: [usize; 3],
    pub(super) get: &'static str,
    pub(super) source: &'static str,
    /// Finds it, given the caller's folders.
    pub(super) locate: fn(&[PathBuf]) -> Result<String, DataError>,
    pub(super) load: Load,
    /// Whether its images are converted to events.
    pub(super) moves: bool,
}
