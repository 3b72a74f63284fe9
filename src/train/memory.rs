//! Memory of a training, from its network and its settings alone, so that it can be reported before any is allocated.

use super::batch::Batch;
use super::unrolled::Unrolled;
use super::{Config, Rule, TrainJob};
use crate::net::Architecture;

/// Bytes for each weight: its value, its gradient and two moments, the folded and the integer form of the current
/// network and of the best one, and the checkpoint as it is written.
const PER_WEIGHT: u64 = 48;

impl TrainJob<'_> {
    /// Approximate peak memory of the training (bytes), without the data set, which is already loaded.
    pub fn memory(&self) -> u64 {
        let Self { architecture, config, dataset, .. } = self;
        let steps = config.anneal.map_or(config.time_steps, |anneal| anneal.from.max(config.time_steps));
        let train = &dataset.train;
        let frames = if config.keeps_state(architecture) { train.most_frames(train.len()).max(1) } else { 1 };
        let batch = batch_bytes(architecture, config, u64::from(steps) * frames as u64);
        let weights: u64 = architecture.stages().iter().map(|stage| stage.op.weights() as u64).sum();
        batch.saturating_add(weights.saturating_mul(PER_WEIGHT))
    }
}

/// Approximate bytes of the buffers of a batch.
pub(super) fn batch_bytes(architecture: &Architecture, config: &Config, steps: u64) -> u64 {
    let stages = architecture.stages();
    let hidden = stages.iter().take(stages.len().saturating_sub(1)).map(|stage| stage.output.neurons());
    let (outputs, largest) = (hidden.clone().sum(), hidden.max().unwrap_or(0));
    let (inputs, encodes) = (architecture.input.neurons(), architecture.encoding.is_off_chip());
    match config.rule == Rule::SURROGATE {
        true => Unrolled::bytes([inputs, outputs, largest], steps, encodes, u64::from(config.batch)),
        false => Batch::bytes([inputs, outputs], steps, encodes, u64::from(config.batch)),
    }
}
