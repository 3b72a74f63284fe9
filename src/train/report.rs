//! Events and reports of a training, and its outcome.

use crate::net::{Folded, Layered, TrainedMeta};
use crate::progress::Watch;
use serde::{Deserialize, Serialize};

/// Size of a training.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainingSize {
    /// Epochs of the whole training.
    pub epochs: u32,
    /// Phases of it, each with other time steps.
    pub phases: u32,
    /// Epochs that a checkpoint has already.
    pub done: u32,
    /// Batches of an epoch.
    pub batches: u64,
    /// Samples of a batch.
    pub batch: u64,
}

/// Follows a training; counts samples, and is asked before each batch whether to end.
pub type TrainWatch<'a> = dyn Watch<TrainEvent> + 'a;

/// Event of a training.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// The training begins or goes on.
    Started(TrainingSize),
    /// A batch is done.
    Batch {
        /// Its own loss.
        loss: f64,
    },
    /// An epoch was measured.
    Epoch(EpochReport),
    /// The checkpoint holds all epochs up to this one.
    Saved(u32),
}

/// One epoch of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 1.
    pub epoch: u32,
    /// Stage of the rule, from 0; 0 where it has none.
    #[serde(default)]
    pub stage: u32,
    /// Time steps of an inference in this epoch.
    pub time_steps: u32,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Share of its training samples that were right when they were seen, dropout included.
    pub train_accuracy: Option<f64>,
    /// Accuracy of the integer network on the validation part.
    pub validation_accuracy: Option<f64>,
    /// Where the target is the input, and there are no classes: mean squared error of its outputs on the validation part.
    pub validation_mse: Option<f64>,
    /// Of a rule with stages: the same measure, accuracy or error, of the network as it is trained: in real numbers, and
    /// its layers that do not spike yet as they are.
    #[serde(default)]
    pub in_training: Option<f64>,
    /// Spikes per hidden neuron and time step of the integer network on the validation part.
    pub spike_rate: f64,
    /// Spikes per hidden neuron and inference.
    pub spikes_per_neuron: f64,
    /// Synaptic operations per inference, the encoding apart.
    pub synaptic_operations: f64,
    /// Learning rate at its end.
    pub learning_rate: f64,
    /// Whether it is the best so far; in [`TrainOutcome::history`], whether it is the one that was kept.
    pub chosen: bool,
}

impl EpochReport {
    /// The score by which epochs are chosen; larger is better.
    pub(super) fn score(&self) -> f64 {
        self.validation_accuracy.or(self.validation_mse.map(|error| -error)).unwrap_or(f64::NEG_INFINITY)
    }
}

/// Outcome of a training.
#[derive(Clone, Debug)]
pub struct TrainOutcome {
    /// The chosen epoch's network in real numbers.
    pub folded: Folded,
    /// The chosen epoch's integer network.
    pub quantised: Layered,
    /// For the network's file.
    pub meta: TrainedMeta,
    /// All epochs.
    pub history: Vec<EpochReport>,
}
