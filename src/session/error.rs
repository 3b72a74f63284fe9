//! The one error of the front door, over the errors of the modules below it.
//!
//! Messages name fields of the options, never options of a command line: who has such options translates [`Field`].

use crate::data::{DataError, Mismatch};
use crate::json::FileError;
use crate::map::{LoadError, MapError};
use crate::run::RunError;
use crate::system::SystemError;
use std::fmt;
use thiserror::Error;

/// A field of the options of a session that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Field {
    /// Table of constants of the chip.
    Calibration,
    /// Test samples to run.
    Samples,
    /// Time steps.
    Steps,
}

impl Field {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Calibration => "calibration",
            Self::Samples => "samples",
            Self::Steps => "steps",
        }
    }
}

impl fmt::Display for Field {
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
        field: Field,
        /// The value, and the values that are allowed.
        problem: String,
    },
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
}

impl Error {
    /// The error of a field.
    pub(super) fn field(field: Field, problem: impl Into<String>) -> Self {
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
