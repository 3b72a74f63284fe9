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
    /// Number of phases, each with other time steps.
    pub phases: u32,
    /// Epochs that the checkpoint already contains.
    pub done: u32,
    /// Batches of an epoch.
    pub batches: u64,
    /// Samples of a batch.
    pub batch: u64,
}

/// Observer of a training; counts samples, and is polled before each batch for a stop.
pub type TrainWatch<'a> = dyn Watch<TrainEvent> + 'a;

/// Event of a training.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainEvent {
    /// The training begins or goes on.
    Started(TrainingSize),
    /// An epoch from before it was stopped, where it goes on.
    Resumed(EpochReport),
    /// A batch is done.
    Batch {
        /// Loss of the batch.
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
    /// Number, from 1.
    pub epoch: u32,
    /// Stage of the rule, from 0; 0 if it has none.
    #[serde(default)]
    pub stage: u32,
    /// Time steps of an inference in this epoch.
    pub time_steps: u32,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Share of its training samples that were correct when they were seen, with dropout.
    pub train_accuracy: Option<f64>,
    /// Accuracy of the integer network on the validation part.
    pub validation_accuracy: Option<f64>,
    /// If outputs are no classes: mean squared error of the outputs on the validation part.
    pub validation_mse: Option<f64>,
    /// The mean absolute error, likewise.
    #[serde(default)]
    pub validation_mae: Option<f64>,
    /// For a rule with stages: the same measure, accuracy or error, of the network in training: in real numbers, with
    /// its layers that do not spike yet unchanged.
    #[serde(default)]
    pub in_training: Option<f64>,
    /// Spikes per hidden neuron and time step of the integer network on the validation part.
    pub spike_rate: f64,
    /// Spikes per hidden neuron and inference.
    pub spikes_per_neuron: f64,
    /// Synaptic operations per inference, without the encoding.
    pub synaptic_operations: f64,
    /// Learning rate at the end of the epoch.
    pub learning_rate: f64,
    /// Whether it is the best so far; in [`TrainOutcome::history`], whether it was kept.
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
    /// Metadata for the network's file.
    pub meta: TrainedMeta,
    /// All epochs.
    pub history: Vec<EpochReport>,
}
