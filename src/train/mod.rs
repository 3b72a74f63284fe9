//! Training of layered networks by the tandem rule, down to the integer network that is exported.
//!
//! A spiking network computes what is passed on; its non-spiking twin, on the same weights and the spiking
//! network's own counts, carries the gradient (J. Wu et al., IEEE TNNLS 2021, doi:10.1109/TNNLS.2021.3095724).
//! After each epoch the network is folded and quantised, and that integer network is measured on the validation
//! part; the best epoch is kept. The test part is never looked at. Knows no chip: limits reach it as a
//! [`QuantSpec`].
//!
//! On one machine a training gives the same bits for any number of threads.

mod adam;
mod batch;
mod error;
mod evaluate;
mod fire;
mod geometry;
mod grouped;
mod linear;
mod loss;
mod matrix;
mod network;
mod norm;
mod parallel;
mod pool;
mod spikes;
mod tandem;
#[cfg(test)]
mod tests;

pub use error::TrainError;
pub use evaluate::{Evaluation, evaluate};

use crate::data::Dataset;
use crate::net::architecture::{MAX_TIME_STEPS, Training};
use crate::net::quantised::{MEMBRANE_BITS, WEIGHT_BITS};
use crate::net::{Architecture, Folded, Layered, QuantSpec, TrainedMeta};

/// A training rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rule {
    /// Spike counts forward, the non-spiking twin's gradient backward.
    #[default]
    Tandem,
}

impl Rule {
    /// All rules by name.
    pub const ALL: &'static [(&'static str, Rule)] = &[("tandem", Rule::Tandem)];

    /// The rule of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, rule)| *rule)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, rule)| *rule == self).map_or("", |(name, _)| name)
    }
}

/// Settings of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// How gradients are found.
    pub rule: Rule,
    /// Passes over the training part.
    pub epochs: u32,
    /// Samples per step; samples that do not fill a last batch are left out of that epoch.
    pub batch: u32,
    /// Adam's step size at the start; falls to a hundredth along a half cosine.
    pub learning_rate: f64,
    /// Chance that an input of the output layer is dropped while training.
    pub dropout: f64,
    /// Time steps T of an inference.
    pub time_steps: u32,
    /// Bits of an exported weight, sign included.
    pub weight_bits: u32,
    /// Bits of an exported membrane.
    pub membrane_bits: u32,
    /// Seed of the first weights, the order of samples and the dropout.
    pub seed: u64,
    /// Threads to work on; changes no result.
    pub threads: usize,
}

impl Config {
    /// What a network's file proposes, with 8-bit weights.
    pub fn of(architecture: &Architecture, seed: u64, threads: usize) -> Self {
        let Training { epochs, batch, learning_rate, dropout, .. } = architecture.training;
        Self {
            rule: Rule::Tandem,
            epochs,
            batch,
            learning_rate,
            dropout,
            time_steps: architecture.time_steps,
            weight_bits: 8,
            membrane_bits: MEMBRANE_BITS,
            seed,
            threads,
        }
    }

    fn spec(&self) -> QuantSpec {
        let Self { time_steps, weight_bits, membrane_bits, .. } = *self;
        QuantSpec { membrane_bits, ..QuantSpec::new(time_steps, weight_bits) }
    }

    fn check(&self) -> Result<(), TrainError> {
        let fail = |setting, found: &dyn ToString, allowed: &str| {
            Err(TrainError::Setting { setting, found: found.to_string(), allowed: allowed.into() })
        };
        match self {
            c if !(1..=10_000).contains(&c.epochs) => fail("epochs", &c.epochs, "1 to 10000"),
            c if !(2..=65_536).contains(&c.batch) => fail("batch", &c.batch, "2 to 65536"),
            c if !(1e-7..=1.0).contains(&c.learning_rate) => fail("learning rate", &c.learning_rate, "0.0000001 to 1"),
            c if !(0.0..=0.9).contains(&c.dropout) => fail("dropout", &c.dropout, "0 to 0.9"),
            c if !(1..=MAX_TIME_STEPS).contains(&c.time_steps) => {
                fail("time steps", &c.time_steps, &format!("1 to {MAX_TIME_STEPS}"))
            }
            c if !WEIGHT_BITS.contains(&c.weight_bits) => {
                fail("weight bits", &c.weight_bits, &format!("{} to {}", WEIGHT_BITS.start(), WEIGHT_BITS.end()))
            }
            c if !(8..=32).contains(&c.membrane_bits) => fail("membrane bits", &c.membrane_bits, "8 to 32"),
            c if c.seed > i64::MAX as u64 => fail("seed", &c.seed, "0 to 9223372036854775807"),
            _ => Ok(()),
        }
    }
}

/// Who watches a training, and may stop it.
pub trait Monitor {
    /// An epoch begins.
    fn epoch_started(&mut self, _epoch: u32, _epochs: u32, _batches: u64) {}
    /// A batch is done; `loss` is its own.
    fn batch(&mut self, _done: u64, _loss: f64) {}
    /// An epoch was measured.
    fn epoch_ended(&mut self, _report: &EpochReport) {}
    /// Asked before each batch.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Monitor for Unwatched {}

/// One epoch of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// From 1.
    pub epoch: u32,
    /// Mean loss of its batches.
    pub loss: f64,
    /// Share of its training samples that were right when they were seen, dropout included.
    pub train_accuracy: f64,
    /// Accuracy of the integer network on the validation part.
    pub validation_accuracy: f64,
    /// Spikes per hidden neuron and time step of the integer network on the validation part.
    pub spike_rate: f64,
    /// Learning rate at its end.
    pub learning_rate: f64,
    /// Whether it is the best so far; in [`Outcome::history`], whether it is the one that was kept.
    pub chosen: bool,
}

/// What a training gives.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The chosen epoch's network in real numbers.
    pub folded: Folded,
    /// The chosen epoch's integer network.
    pub quantised: Layered,
    /// For the network's file.
    pub meta: TrainedMeta,
    /// All epochs.
    pub history: Vec<EpochReport>,
}

/// Trains a network on a data set.
pub fn train(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    monitor: &mut dyn Monitor,
) -> Result<Outcome, TrainError> {
    config.check()?;
    if architecture.input != dataset.shape {
        return Err(TrainError::Shape {
            network: architecture.name.clone(),
            dataset: dataset.name.clone(),
            expected: architecture.input,
            found: dataset.shape,
        });
    }
    let stages = architecture.stages();
    let outputs = stages.last().map_or(0, |stage| stage.output.neurons());
    if outputs != u64::from(dataset.classes) {
        return Err(TrainError::Classes {
            network: architecture.name.clone(),
            dataset: dataset.name.clone(),
            outputs,
            classes: dataset.classes,
        });
    }
    match config.rule {
        Rule::Tandem => tandem::train(architecture, dataset, config, monitor),
    }
}
