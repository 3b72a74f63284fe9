//! From the result of a run to its figures.

use super::price::price;
use super::sections::{Header, SECTIONS, Summary, Times, UnitCosts};
use super::tally::Tally;
use crate::hw::{Calibration, Chip};
use crate::map::Mapping;
use crate::net::graph::{Graph, Population};
use crate::net::quantised::Layered;
use crate::run::{BatchResult, SparseResult};
use crate::stats::{Counts, Distribution};
use crate::system::System;
use crate::units::Tick;

/// What a run stood on.
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
    /// The integer network.
    pub network: &'a Layered,
    /// Samples asked for: more than the result has where the run was ended early.
    pub asked: usize,
    /// What was run.
    pub result: &'a BatchResult,
    /// Unit costs of the comparison with an ANN on the same silicon.
    pub ann_costs: UnitCosts,
}

/// A sparse run.
#[derive(Clone, Copy, Debug)]
pub struct SparseInput<'a> {
    /// Time steps asked for: more than the result has where the run was ended early.
    pub steps: u32,
    /// What was run.
    pub result: &'a SparseResult,
}

/// What was run.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    Batch(BatchInput<'a>),
    Sparse(SparseInput<'a>),
}

/// A run that sections measure.
pub(super) struct Run<'a> {
    pub(super) context: Context<'a>,
    pub(super) input: Input<'a>,
    /// What was counted in all.
    pub(super) total: Counts,
    /// Latencies and hops of packets.
    pub(super) packets: (&'a Distribution, &'a Distribution),
    /// Flits over each link.
    pub(super) link_flits: &'a [u64],
    /// Packets that were under way at the end of each inference.
    pub(super) dropped: Vec<u64>,
    pub(super) clipped_conversions: u64,
    pub(super) overrun_steps: u64,
    /// How far spike counts are from the integer reference, over all inferences and neurons.
    differences: u64,
}

impl Run<'_> {
    /// Mean over inferences and neurons that fire of how far a spike count is from the integer reference.
    pub(super) fn spike_count_difference(&self) -> f64 {
        let firing = on_chip(self.context.graph.whole()).filter(|(_, p)| p.params.fires);
        let firing = firing.map(|(_, p)| f64::from(p.count)).sum::<f64>();
        self.differences as f64 / (firing.max(1.0) * self.dropped.len() as f64)
    }
}

/// The figures of a batch of inferences; of at least one.
pub fn summarise_batch(header: Header, context: Context<'_>, input: BatchInput<'_>) -> Summary {
    let BatchResult { inferences, cores, link_flits, packet_latency, packet_hops, .. } = input.result;
    let tally = tally(context, inferences.iter().map(|i| (i.counts, i.ticks)).collect(), cores);
    let run = Run {
        context,
        input: Input::Batch(input),
        total: tally.total(),
        packets: (packet_latency, packet_hops),
        link_flits,
        dropped: inferences.iter().map(|i| i.dropped).collect(),
        clipped_conversions: inferences.iter().map(|i| i.conversions.1).sum(),
        overrun_steps: inferences.iter().map(|i| i.overrun_steps).sum(),
        differences: inferences.iter().map(|i| i.spike_difference).sum(),
    };
    summarise(header, &run, tally)
}

/// The figures of a sparse run.
pub fn summarise_sparse(header: Header, context: Context<'_>, input: SparseInput<'_>) -> Summary {
    let result = input.result;
    let mut counts = Counts::default();
    result.cores.iter().for_each(|core| counts.merge(core));
    let run = Run {
        context,
        input: Input::Sparse(input),
        total: counts,
        packets: (&result.packet_latency, &result.packet_hops),
        link_flits: &result.link_flits,
        dropped: vec![result.dropped],
        clipped_conversions: result.conversions.1,
        overrun_steps: result.overrun_steps,
        differences: result.spike_difference,
    };
    summarise(header, &run, tally(context, vec![(counts, result.step_ticks.iter().sum())], &result.cores))
}

fn tally(context: Context<'_>, inferences: Vec<(Counts, Tick)>, cores: &[Counts]) -> Tally {
    Tally { tick: context.chip.tick, inferences, layers: layers(context, cores) }
}

fn summarise(header: Header, run: &Run<'_>, tally: Tally) -> Summary {
    let Context { chip, calibration, system, .. } = run.context;
    let times = Times::of(calibration, &run.total, system.tiles);
    let mut pricing = price(&tally, &times, calibration);
    pricing.notes.extend(calibration.elsewhere(chip.clock.mhz));
    let mut summary = Summary { header, tally, times, pricing, ..Summary::default() };
    SECTIONS.iter().for_each(|section| section.measure(run, &mut summary));
    summary
}

/// Populations on the chip, with their positions.
pub(super) fn on_chip(graph: &Graph) -> impl Iterator<Item = (usize, &Population)> {
    graph.populations.iter().enumerate().filter(|(_, p)| p.source.is_none())
}

/// Counts of each layer's cores.
fn layers(context: Context<'_>, cores: &[Counts]) -> Vec<Counts> {
    let layer = |(index, _): (usize, &Population)| {
        let mine = context.mapping.cores.iter().zip(cores).filter(|(core, _)| core.population as usize == index);
        mine.fold(Counts::default(), |mut sum, (_, counts)| {
            sum.merge(counts);
            sum
        })
    };
    on_chip(context.graph).map(layer).collect()
}
