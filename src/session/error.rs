//! The error of the front door, over the errors of the modules below it.
//!
//! Messages name fields of the options, never options of a command line, to which callers translate [`OptionField`].

use crate::data::{DataError, Mismatch};
use crate::json::FileError;
use crate::map::{LoadError, MapError};
use crate::net::samples::ClassifierError;
use crate::run::RunError;
use crate::system::SystemError;
use crate::train::{EvaluateError, Standing, TrainError};
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// A field of the options of a session that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionField {
    /// Table of constants of the chip.
    Calibration,
    /// Objective of searches for a mapping.
    Objective,
    /// Grouping of neurons into cores.
    Partitioner,
    /// Placement of cores.
    Placer,
    /// Test samples to run.
    Samples,
    /// Changed numbers of the chip's file.
    Set,
    /// Whether populations share cores.
    ShareCores,
    /// Time steps.
    Steps,
}

impl OptionField {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::Objective => "objective",
            Self::Partitioner => "partitioner",
            Self::Placer => "placer",
            Self::Samples => "samples",
            Self::Set => "set",
            Self::ShareCores => "share_cores",
            Self::Steps => "steps",
        }
    }
}

impl fmt::Display for OptionField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a session has no result.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum Error {
    /// A field of the options has a value that is not allowed.
    #[error("{field}: {problem}")]
    Field { field: OptionField, problem: String },
    /// A name is unknown, and it is not a path.
    #[error("unknown {what} \"{name}\"; known: {known}, or the path of a file{hint}")]
    Unknown { what: &'static str, name: String, known: String, hint: String },
    /// A NIR graph was given as a network.
    #[error("{file}: a NIR graph; import it first")]
    Nir { file: String },
    /// The network of a folder was not written yet.
    #[error(
        "{}: there is no network.json in this folder; a training that is stopped in its first epoch leaves nothing",
        folder.display()
    )]
    NoNetwork { folder: PathBuf },
    /// The training of a folder was stopped.
    #[error(
        "{}: its training stopped after epoch {} of {}, and there is no network yet",
        folder.display(),
        standing.done,
        standing.epochs
    )]
    Unfinished { folder: PathBuf, standing: Box<Standing> },
    /// A network has no weights, and the library has none for it.
    #[error("{network}: not trained yet")]
    Untrained { network: String },
    /// The data that a network was trained on are not on this machine.
    #[error("{network} was trained on {place}, which is not here; say where its data is")]
    DataAbsent { network: String, place: String },
    /// A network's weights perform differently than its file says.
    #[error("{network}: its weights are not those that its file was written with: {what}; train it again")]
    OtherWeights { network: String, what: String },
    /// A part of a data set cannot be evaluated.
    #[error("{dataset}, validation part: {error}")]
    Evaluate { dataset: String, error: EvaluateError },
    /// A training needs more memory than the machine has.
    #[error("{0}")]
    Memory(String),
    /// A layered network has no samples to run on.
    #[error("{network} has no data set: a layered network runs on samples")]
    NoData { network: String },
    /// A sparse network cannot name the class of the samples.
    #[error(transparent)]
    Classifier(#[from] ClassifierError),
    /// The network and the samples do not fit each other.
    #[error(transparent)]
    Samples(#[from] Mismatch),
    /// A file breaks a rule of its format.
    #[error(transparent)]
    File(#[from] FileError),
    /// The data set cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network does not fit on the chip, or cannot be mapped.
    #[error(transparent)]
    Map(#[from] MapError),
    /// The mapped network cannot be simulated on the chip.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The run has no result.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The training has no result.
    #[error(transparent)]
    Train(#[from] TrainError),
}

impl Error {
    pub(super) fn field(field: OptionField, problem: impl Into<String>) -> Self {
        Self::Field { field, problem: problem.into() }
    }
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::File(error) => Self::File(error),
            LoadError::Map(error) => Self::Map(error),
        }
    }
}
