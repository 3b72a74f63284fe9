//! How far the network on chip changes the order of spikes.

use crate::model::CoreOrder;
use crate::stats::Distribution;

/// The order in which packets came, beside that in which they were ready at their sources; over all inferences.
#[derive(Clone, Debug, Default)]
pub struct SpikeOrder {
    /// By core; last the host, to which none comes.
    pub cores: Vec<CoreOrder>,
    /// How far the latencies of a step's packets are apart, of steps with at least two (ticks).
    pub step_spread: Distribution,
    /// The same of a step's packets to one core.
    pub core_spread: Distribution,
    /// Of each packet that was overtaken, how much later the latest of those that overtook it was ready (ticks).
    pub overtaken_by: Distribution,
}

impl SpikeOrder {
    /// Adds what other inferences gave.
    pub(super) fn merge(&mut self, other: &Self) {
        self.cores.resize(self.cores.len().max(other.cores.len()), CoreOrder::default());
        self.cores.iter_mut().zip(&other.cores).for_each(|(sum, core)| sum.merge(core));
        self.step_spread.merge(&other.step_spread);
        self.core_spread.merge(&other.core_spread);
        self.overtaken_by.merge(&other.overtaken_by);
    }
}
