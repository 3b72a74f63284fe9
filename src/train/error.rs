//! Errors of trainings. Texts only.

use crate::data::Mismatch;

/// A training without a network. Nothing of it is usable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network reads samples of another shape or kind than the data set has.
    #[error("{mismatch}; {remedy}")]
    Unsuitable {
        /// The mismatch.
        mismatch: Mismatch,
        /// Advice.
        remedy: &'static str,
    },
    /// The network has another number of outputs than the data set has classes.
    #[error(
        "network \"{network}\" has {outputs} outputs, data set \"{dataset}\" has {classes} classes; \
         the last layer needs as many outputs as there are classes"
    )]
    Classes {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// Neurons of the output layer.
        outputs: u64,
        /// Classes of the data set.
        classes: u32,
    },
    /// A part of the data set does not match its description, or there is nothing to train on.
    #[error("data set \"{dataset}\", {part} part: {mismatch}")]
    Samples {
        /// Name of the data set.
        dataset: String,
        /// The affected part.
        part: &'static str,
        /// The mismatch.
        mismatch: Mismatch,
    },
    /// The initial weights are those of another architecture.
    #[error("network \"{network}\" has other layers than the network whose weights it is to start from")]
    Start {
        /// Name of the network.
        network: String,
    },
    /// All settings out of their ranges.
    #[error("{}", lines(.0))]
    Settings(Vec<SettingProblem>),
    /// The buffers of a batch would not fit.
    #[error(
        "a batch of {batch} samples over {steps} steps needs {gib} GiB, at most {limit} are used; \
         take a smaller batch or fewer steps"
    )]
    Memory {
        /// Samples per batch.
        batch: u32,
        /// Time steps.
        steps: u32,
        /// Memory that it would need (GiB).
        gib: u64,
        /// Allowed values.
        limit: u64,
    },
    /// The loss is no longer a number, or the resulting network is not.
    #[error(
        "the loss is not finite in epoch {epoch}{}; take a smaller learning rate than {learning_rate} or another seed",
        .batch.map_or(String::new(), |batch| format!(", batch {batch}"))
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
        /// The batch, from 1; `None` if the error was found when the epoch was measured.
        batch: Option<u64>,
        /// The learning rate at the start.
        learning_rate: f64,
    },
    /// The watch asked to stop.
    #[error("cancelled in epoch {epoch}")]
    Cancelled {
        /// The epoch, from 1.
        epoch: u32,
    },
    /// A checkpoint that cannot be read or written, or is damaged.
    #[error("{path}: {problem}")]
    Checkpoint {
        /// The checkpoint's file.
        path: String,
        /// The problem.
        problem: String,
    },
    /// The checkpoint belongs to a training with other settings; lists all that differ.
    #[error("{path}: it belongs to a training with other settings:\n{}", lines(.differences))]
    OtherSettings {
        /// The checkpoint's file.
        path: String,
        /// One text per setting.
        differences: Vec<String>,
    },
}

/// A setting out of its range.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{setting}: found {found}, allowed: {allowed}")]
pub struct SettingProblem {
    /// The name.
    pub setting: &'static str,
    /// Value found.
    pub found: String,
    /// Allowed values.
    pub allowed: String,
}

impl SettingProblem {
    pub(super) fn new(setting: &'static str, found: &dyn ToString, allowed: &str) -> Self {
        Self { setting, found: found.to_string(), allowed: allowed.to_owned() }
    }
}

fn lines<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("\n")
}
