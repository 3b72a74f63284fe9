//! A run, as its sections measure it.

use super::unit_costs::UnitCosts;
use crate::hw::{Calibration, Chip};
use crate::map::Mapping;
use crate::net::graph::{Graph, Population};
use crate::run::{BatchResult, SparseResult, SpikeOrder, Subject};
use crate::stats::{Counts, Distribution};
use crate::system::System;

/// Basis of a run.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The chip.
    pub chip: &'a Chip,
    /// The constants in use.
    pub calibration: &'a Calibration,
    /// The network as mapped.
    pub graph: &'a Graph,
    /// Where it stands.
    pub mapping: &'a Mapping,
    /// The system that ran.
    pub system: &'a System,
}

/// A batch and its network.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// The network.
    pub network: Subject<'a>,
    /// Samples asked for: more than the result has where the run was ended early.
    pub asked: usize,
    /// Result.
    pub result: &'a BatchResult,
    /// Unit costs of the comparison with an ANN on the same silicon.
    pub ann_costs: UnitCosts,
}

/// A sparse run.
#[derive(Clone, Copy, Debug)]
pub struct SparseInput<'a> {
    /// Time steps asked for: more than the result has where the run was ended early.
    pub steps: u32,
    /// Result.
    pub result: &'a SparseResult,
}

/// Result.
#[derive(Clone, Copy)]
pub(super) enum RunInput<'a> {
    Batch(BatchInput<'a>),
    Sparse(SparseInput<'a>),
}

pub(super) struct MeasuredRun<'a> {
    pub(super) context: Context<'a>,
    pub(super) input: RunInput<'a>,
    pub(super) total: Counts,
    pub(super) packets: (&'a Distribution, &'a Distribution),
    pub(super) order: &'a SpikeOrder,
    pub(super) link_flits: &'a [u64],
    /// Packets that were under way at the end of each inference.
    pub(super) dropped: Vec<u64>,
    /// Spikes that found the queue of their core full, over all inferences.
    pub(super) lost: u64,
    pub(super) clipped_conversions: u64,
    pub(super) overrun_steps: u64,
    /// Difference of spike counts from the integer reference, over all inferences and neurons.
    pub(super) differences: u64,
}

impl MeasuredRun<'_> {
    /// Mean difference of a spike count from the integer reference, over inferences and neurons that fire.
    pub(super) fn spike_count_difference(&self) -> f64 {
        let firing = on_chip(self.context.graph.whole()).filter(|(_, p)| p.params.fires());
        let firing = firing.map(|(_, p)| f64::from(p.count)).sum::<f64>();
        self.differences as f64 / (firing.max(1.0) * self.dropped.len() as f64)
    }
}

pub(super) fn on_chip(graph: &Graph) -> impl Iterator<Item = (usize, &Population)> {
    graph.populations.iter().enumerate().filter(|(_, p)| p.source.is_none())
}
