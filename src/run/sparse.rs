//! Sparse networks: one run from rest for a number of steps, compared with the reference.

use super::{RunError, Runner, Shards, Watch, difference, has_time_for};
use crate::model::Pace;
use crate::net::graph::Graph;
use crate::net::reference;
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::units::Tick;

/// A run and what was counted in it.
#[derive(Clone, Debug)]
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
    /// Flits over each link, by router and port.
    pub link_flits: Vec<u64>,
    /// Time of packets in the network (ticks).
    pub packet_latency: Distribution,
    /// Hops of packets.
    pub packet_hops: Distribution,
    /// Whether any spike count, spikes of a step or membrane differs from the reference.
    pub mismatched: bool,
    /// Packets that were under way at the deadline of a free-running chip.
    pub dropped: u64,
    /// Sum over all neurons of how far their spike counts are from the reference.
    pub spike_difference: u64,
}

/// Runs a sparse network from rest. A run that its watch ended early gives the steps that are done.
pub fn run_sparse(
    system: &System,
    graph: &Graph,
    steps: u32,
    split: Shards,
    watch: &dyn Watch,
) -> Result<SparseResult, RunError> {
    let _span = tracing::info_span!("run", steps).entered();
    has_time_for(steps, system.tables.pace.map(Pace::most_steps))?;
    let mut runner = Runner::new(system, split);
    runner.reset(&[]);
    let (mut spikes_per_step, mut step_ticks, mut spikes) = (Vec::new(), Vec::new(), 0);
    for step in 1..=steps {
        if watch.cancelled() {
            break;
        }
        step_ticks.push(runner.step(step)?);
        let so_far = fired(&runner);
        spikes_per_step.push(so_far - spikes);
        spikes = so_far;
        watch.done(1);
    }
    let done = step_ticks.len() as u32;
    if done == 0 && steps > 0 {
        return Err(RunError::Cancelled { done: 0, of: steps.into() });
    }
    let ending = runner.finish()?;
    // What comes after the last edge of a free-running chip's clock belongs to the last step.
    if let (Some(last), Some((ticks, before))) = (spikes_per_step.last_mut(), step_ticks.split_last_mut()) {
        *last += fired(&runner) - spikes;
        *ticks = ending.ticks - before.iter().sum::<Tick>();
    }
    let right = reference::sparse(graph, done);
    let (counts, membranes) = runner.neurons(done);
    let (packet_latency, packet_hops) = runner.packets();
    // The reference counts the spikes of sources with the others.
    let (mut all_spikes, mut source_spikes) = (spikes_per_step.clone(), 0);
    for (step, _) in system.tables.source_spikes.iter().filter(|(step, _)| *step <= done) {
        all_spikes[*step as usize - 1] += 1;
        source_spikes += 1;
    }
    let chip = reference::SparseOutcome { spikes_per_step: all_spikes, counts, membranes };
    Ok(SparseResult {
        spikes_per_step,
        source_spikes,
        step_ticks,
        cores: runner.counts(),
        link_flits: runner.link_flits(),
        mismatched: chip != right,
        dropped: ending.dropped,
        spike_difference: difference(&chip.counts, &right.counts),
        packet_latency,
        packet_hops,
    })
}

/// Spikes of neurons on the chip so far.
fn fired(runner: &Runner<'_>) -> u64 {
    runner.counts().iter().map(|counts| counts.of(Op::SomaSpike)).sum()
}
