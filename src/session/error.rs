//! The one error of the front door, over the errors of the modules below it.
//!
//! Messages name fields of the options, never options of a command line: who has such options translates [`OptionField`].

use crate::data::{DataError, Mismatch};
use crate::json::FileError;
use crate::map::{LoadError, MapError};
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
    /// Which neurons share a core.
    Partitioner,
    /// Where cores go.
    Placer,
    /// Test samples to run.
    Samples,
    /// Numbers of the chip's file that are changed.
    Set,
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
pub enum Error {
    /// A field of the options has a value that is not allowed.
    #[error("{field}: {problem}")]
    Field {
        /// The field.
        field: OptionField,
        /// The value, and the values that are allowed.
        problem: String,
    },
    /// There is nothing of a name, and it is no path.
    #[error("unknown {what} \"{name}\"; known: {known}, or the path of a file{hint}")]
    Unknown {
        /// `chip` or `network`.
        what: &'static str,
        /// The name.
        name: String,
        /// All names.
        known: String,
        /// A guess at what was meant, or nothing.
        hint: String,
    },
    /// A NIR graph stands for a network.
    #[error("{file}: a NIR graph; import it first")]
    Nir {
        /// The file.
        file: String,
    },
    /// The network of a folder was not written yet.
    #[error(
        "{}: there is no network.json in this folder; a training that is stopped in its first epoch leaves nothing",
        folder.display()
    )]
    NoNetwork {
        /// The folder.
        folder: PathBuf,
    },
    /// The training of a folder was stopped.
    #[error(
        "{}: its training stopped after epoch {} of {}, and there is no network yet",
        folder.display(),
        standing.done,
        standing.epochs
    )]
    Unfinished {
        /// The folder.
        folder: PathBuf,
        /// How far the training came.
        standing: Box<Standing>,
    },
    /// A network has no weights, and none come with the library.
    #[error("{network}: not trained yet")]
    Untrained {
        /// The network.
        network: String,
    },
    /// The data that a network was trained on are not here.
    #[error("{network} was trained on {place}, which is not here; say where its data is")]
    DataAbsent {
        /// The network.
        network: String,
        /// The data set or its folder.
        place: String,
    },
    /// A network's weights do otherwise than its file says.
    #[error("{network}: its weights are not those that its file was written with: {what}; train it again")]
    OtherWeights {
        /// The network.
        network: String,
        /// The difference.
        what: String,
    },
    /// A part of a data set cannot be evaluated.
    #[error("{dataset}, validation part: {error}")]
    Evaluate {
        /// The data set.
        dataset: String,
        /// Why not.
        error: EvaluateError,
    },
    /// A training needs more memory than there is.
    #[error("{0}")]
    Memory(String),
    /// A layered network has no samples to run on.
    #[error("{network} has no data set: a layered network runs on samples")]
    NoData {
        /// The network.
        network: String,
    },
    /// The network and the samples do not suit each other.
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
