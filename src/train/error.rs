//! Why a training fails. Stops at the texts.

use crate::net::architecture::Shape;

/// A training that gave no network. Nothing of it is usable.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The network reads samples of another shape than the data set has.
    #[error(
        "network \"{network}\" reads samples of {expected}, data set \"{dataset}\" has samples of {found}; \
         use a network for this data set"
    )]
    Shape {
        /// Name of the network.
        network: String,
        /// Name of the data set.
        dataset: String,
        /// What the network reads.
        expected: Shape,
        /// What the data set has.
        found: Shape,
    },
    /// The network tells apart another number of classes than the data set has.
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
    /// A setting out of its range.
    #[error("{setting}: found {found}, allowed: {allowed}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What was found.
        found: String,
        /// What is allowed.
        allowed: String,
    },
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
        /// What it would need.
        gib: u64,
        /// What is allowed.
        limit: u64,
    },
    /// The loss is no longer a number.
    #[error(
        "the loss is not finite in epoch {epoch}; take a smaller learning rate than {learning_rate} or another seed"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
        /// The learning rate at the start.
        learning_rate: f64,
    },
    /// The monitor asked to stop.
    #[error("cancelled in epoch {epoch}")]
    Cancelled {
        /// The epoch, from 1.
        epoch: u32,
    },
}
