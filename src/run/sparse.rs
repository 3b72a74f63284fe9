//! Sparse networks: one run from rest for a number of steps, compared with the reference.

use super::{Bench, RunError, Watch};
use crate::net::graph::Graph;
use crate::net::reference;
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::units::Tick;

/// A run and what was counted in it.
#[derive(Clone, Debug)]
pub struct SparseResult {
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
    /// Length of each step, barrier included (ticks).
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
}

/// Runs a sparse network from rest.
pub fn run_sparse(system: &System, graph: &Graph, steps: u32, watch: &dyn Watch) -> Result<SparseResult, RunError> {
    let _span = tracing::info_span!("run", steps).entered();
    let mut bench = Bench::new(system);
    bench.reset(&[]);
    let (mut spikes_per_step, mut step_ticks, mut spikes) = (Vec::new(), Vec::new(), 0);
    for step in 1..=steps {
        if watch.cancelled() {
            return Err(RunError::Cancelled { done: step.into(), of: steps.into() });
        }
        step_ticks.push(bench.step(step)?);
        let on_chip: u64 = bench.simulator.counts().iter().map(|c| c.of(Op::SomaSpike)).sum();
        let due = system.tables.source_spikes.iter().filter(|(at, _)| *at == step).count() as u64;
        spikes_per_step.push(on_chip - spikes + due);
        spikes = on_chip;
        watch.done(1);
    }
    bench.simulator.read_out(0..0);
    let right = reference::sparse(graph, steps);
    let simulator = &bench.simulator;
    let chip = reference::SparseOutcome {
        spikes_per_step: spikes_per_step.clone(),
        counts: simulator.spike_counts().to_vec(),
        membranes: simulator.membranes().to_vec(),
    };
    Ok(SparseResult {
        spikes_per_step,
        step_ticks,
        cores: simulator.counts().to_vec(),
        link_flits: simulator.link_flits().to_vec(),
        mismatched: chip != right,
        packet_latency: bench.simulator.state.packet_latency.clone(),
        packet_hops: bench.simulator.state.packet_hops.clone(),
    })
}
