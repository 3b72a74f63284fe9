//! Memory of a training, from its network and its settings alone, so that it can be reported before any is allocated.

use super::TrainJob;
use super::batch::Batch;

/// Bytes for each weight: its value, its gradient and two moments, the folded and the integer form of the current
/// network and of the best one, and the checkpoint as it is written.
const PER_WEIGHT: u64 = 48;

impl TrainJob<'_> {
    /// Approximate peak memory of the training (bytes), without the data set, which is already loaded.
    pub fn memory(&self) -> u64 {
        let Self { architecture, config, .. } = self;
        let stages = architecture.stages();
        let hidden = stages.iter().take(stages.len().saturating_sub(1));
        let outputs = hidden.map(|stage| stage.output.neurons()).sum();
        let steps = config.anneal.map_or(config.time_steps, |anneal| anneal.from.max(config.time_steps));
        let inputs = architecture.input.neurons();
        let encodes = architecture.encoding.is_off_chip();
        let batch = Batch::bytes([inputs, outputs], u64::from(steps), encodes, u64::from(config.batch));
        let weights: u64 = stages.iter().map(|stage| stage.op.weights() as u64).sum();
        batch.saturating_add(weights.saturating_mul(PER_WEIGHT))
    }
}
