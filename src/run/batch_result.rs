//! What a batch gives.

use super::function::add_busy;
use super::inference::Inference;
use super::job::Job;
use super::stepping::Ending;
use super::timing::TimedSteps;
use super::{Runner, SpikeOrder, StepBounds};
use crate::engine::Pending;
use crate::model::fabric::Flit;
use crate::stats::{Counts, Distribution};
use crate::trace::Tap;
use crate::units::Tick;

/// All inferences, or the first of a run that was ended early, and what was counted by core and link.
#[derive(Clone, Debug)]
pub struct BatchResult {
    /// By sample.
    pub inferences: Vec<Inference>,
    /// Counts of each core, and last of the source, over all samples.
    pub cores: Vec<Counts>,
    /// Of these, counts of cores that several populations share, by population; empty where no core is shared.
    pub layers: Vec<Counts>,
    /// Flits over each link, by router and port, over all samples.
    pub link_flits: Vec<u64>,
    /// Time of packets in the network (ticks).
    pub packet_latency: Distribution,
    /// Hops of packets.
    pub packet_hops: Distribution,
    /// The order of packets.
    pub order: SpikeOrder,
    /// What bounded the steps, over all samples.
    pub bounds: StepBounds,
}

impl BatchResult {
    /// Nothing yet.
    pub(super) fn empty(job: &Job<'_>) -> Self {
        Self {
            inferences: Vec::new(),
            cores: vec![Counts::default(); job.system.tables.cores.len() + 1],
            layers: Vec::new(),
            link_flits: vec![0; job.system.tables.fabric.links.len()],
            packet_latency: Distribution::default(),
            packet_hops: Distribution::default(),
            order: SpikeOrder::default(),
            bounds: StepBounds::default(),
        }
    }

    /// Adds what a runner counted beside its cores.
    pub(super) fn add_run<P: Tap>(&mut self, runner: &Runner<'_, Pending<Flit>, P>) {
        self.add_packets(&runner.link_flits(), &runner.packets());
        self.order.merge(&runner.order());
        self.bounds.merge(runner.bounds());
    }

    /// Adds steps that were timed apart from their function, and sets the times of their inferences.
    pub(super) fn add_timed(&mut self, job: &Job<'_>, timed: TimedSteps, inferences: &mut [(usize, Inference)]) {
        for (sample, inference) in inferences {
            let lengths: Vec<Tick> = timed.lengths_of(*sample).collect();
            if lengths.is_empty() {
                continue;
            }
            let ticks = lengths.iter().sum();
            inference.set_times(job, *sample, lengths, Ending { ticks, dropped: 0, lost: 0 });
            if job.system.tables.counts_busy_cores {
                let mut busy = vec![Counts::default(); self.cores.len()];
                add_busy(job.system, &mut busy, ticks);
                inference.add_counts(job, &busy);
                self.cores.iter_mut().zip(&busy).for_each(|(sum, counts)| sum.merge(counts));
            }
        }
        self.add_packets(&timed.link_flits, &(timed.packet_latency, Distribution::default()));
        self.order.merge(&timed.order);
        self.bounds.merge(&timed.bounds);
    }

    /// Adds flits of links, and latencies and hops of packets.
    pub(super) fn add_packets(&mut self, link_flits: &[u64], (latency, hops): &(Distribution, Distribution)) {
        self.link_flits.iter_mut().zip(link_flits).for_each(|(sum, flits)| *sum += flits);
        self.packet_latency.merge(latency);
        self.packet_hops.merge(hops);
    }
}
