//! The error of the front door, over the errors of the modules below it.
//!
//! Messages name fields of the options, never options of a command line, to which callers translate [`OptionField`].

use super::noc::problem::NocProblem;
use crate::data::{DataError, Mismatch};
use crate::json::FileError;
use crate::map::{LoadError, MapError};
#[cfg(feature = "nir")]
use crate::net::nir::ImportError;
use crate::net::samples::ClassifierError;
use crate::net::spikes::SpikesError;
use crate::noc::SetupError;
use crate::report::{DiffError, RepriceError};
use crate::run::RunError;
use crate::system::SystemError;
use crate::train::{EvaluateError, Standing, TrainError};
use std::fmt;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// A field of the options of a session that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionField {
    /// Epochs for each step down of a training.
    AnnealEpochs,
    /// Table of constants of the chip.
    Calibration,
    /// Data set, or samples in memory.
    Data,
    /// How values enter a sparse network.
    Encode,
    /// The network from whose weights a training starts.
    FineTune,
    /// Chip that a network is trained for.
    ForChip,
    /// Whether a training begins with a non-spiking network.
    FromAnn,
    /// Share of a membrane that is left after a step.
    Leak,
    /// What a training learns.
    Learn,
    /// The network.
    Network,
    /// Objective of searches for a mapping.
    Objective,
    /// Folder that a training writes to.
    Out,
    /// Grouping of neurons into cores.
    Partitioner,
    /// Epochs without improvement after which a stage of a training ends.
    Patience,
    /// Placement of cores.
    Placer,
    /// Training samples by whose spikes packets are counted.
    Profile,
    /// Steps from a spike until the next is possible.
    Refractory,
    /// Training rule.
    Rule,
    /// Test samples to run.
    Samples,
    /// Changed numbers of the chip's file.
    Set,
    /// When populations share cores.
    ShareCores,
    /// Spikes of the inputs.
    Spikes,
    /// Epochs of each later stage of a training.
    StageEpochs,
    /// Time steps.
    Steps,
    /// Ratio of synaptic operations below which nothing is charged.
    SynopsBudget,
    /// Records that a trace keeps.
    Trace,
    /// Bits of a weight.
    WeightBits,
}

impl OptionField {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::AnnealEpochs => "anneal_epochs",
            Self::Calibration => "calibration",
            Self::Data => "data",
            Self::Encode => "encode",
            Self::FineTune => "fine_tune",
            Self::ForChip => "for_chip",
            Self::FromAnn => "from_ann",
            Self::Leak => "leak",
            Self::Learn => "learn",
            Self::Network => "network",
            Self::Objective => "objective",
            Self::Out => "out",
            Self::Partitioner => "partitioner",
            Self::Patience => "patience",
            Self::Placer => "placer",
            Self::Profile => "profile",
            Self::Refractory => "refractory",
            Self::Rule => "rule",
            Self::Samples => "samples",
            Self::Set => "set",
            Self::ShareCores => "share_cores",
            Self::Spikes => "spikes",
            Self::StageEpochs => "stage_epochs",
            Self::Steps => "steps",
            Self::SynopsBudget => "synops_budget",
            Self::Trace => "trace",
            Self::WeightBits => "weight_bits",
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
    /// The options in the file of an imported network are not those of an import.
    #[error("{}: the network's file has options that import does not have", file.display())]
    NotImported { file: PathBuf },
    /// A NIR graph cannot be imported, or an imported network is not what its graph becomes.
    #[cfg(feature = "nir")]
    #[error("{}: {error}", file.display())]
    Import { file: PathBuf, error: ImportError },
    /// Spikes that do not fit the inputs.
    #[error(transparent)]
    Spikes(#[from] SpikesError),
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
    /// Only layered networks are trained.
    #[error("{network}: a sparse network is not trained; run it as it is")]
    NotTrained { network: String },
    /// The data that a network was trained on are not on this machine.
    #[error("{network} was trained on {place}, which is not here; say where its data is")]
    DataAbsent { network: String, place: String },
    /// A network's weights perform differently than its file says.
    #[error("{network}: its weights are not those that its file was written with: {what}; train it again")]
    OtherWeights { network: String, what: String },
    /// A saved run is of a chip's file that was not given.
    #[error("the run used a chip that is not built in, {file}: give its file")]
    ChipFileOfRun { file: String },
    /// A saved run is of a chip that is not known.
    #[error("{why}\n(the run used a chip that is not built in: give its file)")]
    ChipOfRun { why: Box<Error> },
    /// The chip does not have the table of constants that a saved run was priced with.
    #[error(
        "the run was priced with {name}, which {chip} does not have; choose one of its own: {}",
        tables.join(", ")
    )]
    NoTableOfRun { name: String, chip: String, tables: Vec<String> },
    /// A saved run cannot be priced with the constants of a chip.
    #[error(transparent)]
    Reprice(#[from] RepriceError),
    /// Two runs cannot be compared.
    #[error(transparent)]
    Diff(#[from] DiffError),
    /// A network on chip, or its load, is not one; each problem by the field that it is about.
    #[error("{}", lines(problems))]
    Noc { problems: Vec<NocProblem> },
    /// A network on chip cannot be measured.
    #[error(transparent)]
    NocSetup(#[from] SetupError),
    /// The measurement of a network on chip was ended before its first result.
    #[error("interrupted after {done} of {of} {what}")]
    NocInterrupted { done: u64, of: u64, what: &'static str },
    /// A part of a data set cannot be evaluated.
    #[error("{dataset}, {part} part: {error}")]
    Evaluate { dataset: String, part: &'static str, error: EvaluateError },
    /// The folder of a training holds something that is not replaced; options are in backticks.
    #[error("{0}")]
    Occupied(String),
    /// A file of a training cannot be written.
    #[error("{}: cannot be written: {error}", path.display())]
    Unwritable { path: PathBuf, error: io::Error },
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

fn lines(problems: &[NocProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
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
