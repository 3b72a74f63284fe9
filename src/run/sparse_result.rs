//! What a run of a sparse network gives.

use super::{SpikeOrder, StepBounds};
use crate::stats::{Counts, Distribution};
use crate::units::Tick;

/// A run and what was counted in it.
#[derive(Clone, Debug, Default)]
pub struct SparseResult {
    /// Spikes of neurons on the chip, in each step; on a free-running chip, of what reached its core in the step, and
    /// all that come after the last step in that.
    pub spikes_per_step: Vec<u64>,
    /// Spikes of sources outside the chip.
    pub source_spikes: u64,
    /// Length of each step, barrier included (ticks); the last one of a free-running chip goes on to the end.
    pub step_ticks: Vec<Tick>,
    /// Counts of each core, and last of the source.
    pub cores: Vec<Counts>,
    /// Of these, counts of cores that several populations share, by population; empty where no core is shared.
    pub layers: Vec<Counts>,
    /// Flits over each link, by router and port.
    pub link_flits: Vec<u64>,
    /// Time of packets in the network (ticks).
    pub packet_latency: Distribution,
    /// Hops of packets.
    pub packet_hops: Distribution,
    /// The order of packets.
    pub order: SpikeOrder,
    /// What bounded the steps.
    pub bounds: StepBounds,
    /// Spikes of every neuron of the network as it was mapped, sources too.
    pub spikes: Vec<u32>,
    /// Their membranes at the end (membrane units).
    pub membranes: Vec<i32>,
    /// Whether any spike count, spikes of a step or membrane differs from the reference.
    pub mismatched: bool,
    /// Steps that took longer than a fixed tick.
    pub overrun_steps: u64,
    /// Packets that were under way at the deadline of a free-running chip.
    pub dropped: u64,
    /// Spikes that found the queue of their core full, and were lost.
    pub lost: u64,
    /// Conversions of crossbars whose devices are not ideal, and those that were clipped.
    pub conversions: (u64, u64),
    /// Sums of a step's weights into neurons of Loihi that left [`SUM_BITS`](crate::net::reference::SUM_BITS) bits, by the reference.
    pub wide_sums: u64,
    /// Sum over all neurons of how far their spike counts are from the reference.
    pub spike_difference: u64,
    /// Messages and signals between two meetings of threads, where they were too few for more than one of those that were
    /// asked for. All other figures are the same for any number.
    pub too_little: Option<u64>,
}
