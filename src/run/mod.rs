//! Running a system: one inference (encode, run step by step to quiescence, decode), batches of samples over
//! threads, and sparse networks. Free-running chips come to rest once, at the end, or are ended at their deadline.
//!
//! A sample's result depends on nothing but the sample: every worker starts it from rest. Results are put in
//! their place by sample, and all that is added up are integers, so they are the same for any number of threads.

mod batch;
mod batch_result;
mod bounds;
mod check;
mod frames;
mod function;
mod inference;
mod job;
mod order;
mod queue;
mod samples;
mod sparse;
mod sparse_result;
mod sparse_steps;
mod step_trace;
mod stepping;
mod subject;
mod timing;
mod traced;
mod worker;

pub use crate::model::CoreOrder;
pub use batch::{run_batch, run_batch_with, trace_batch};
pub use batch_result::BatchResult;
use bounds::StepWork;
pub use bounds::{BoundClass, BoundSteps, StepBounds};
pub use frames::FrameOutcome;
pub use inference::{ComparedOutputs, Inference};
pub use job::Job;
pub use order::SpikeOrder;
pub use samples::KeptValues;
pub use sparse::{run_sparse, trace_sparse};
pub use sparse_result::SparseResult;
pub use stepping::{Bounds, Ending, has_time_for};
pub use subject::Subject;
pub use traced::Traced;

pub use crate::progress::{Unwatched, Watch};

use crate::data::Mismatch;
use crate::engine::{Engine, EventSet, Exchange, Lookahead, Pending, Shard};
use crate::ids::{IdVec, NeuronId, TerminalId};
use crate::model::fabric::{Flit, Parcel, Part, Waiting};
use crate::model::{Delivery, HostInput, Simulator, StepTimer, Tables};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::trace::{Recorder, Silent, Tap, WantedRecords};
use crate::units::Tick;
use std::sync::Arc;
use thiserror::Error;
use traced::Tracing;

/// Why a run has no result.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// Nothing is pending, but packets are not delivered: a fault of the model or the chip file.
    #[error("step {step} is stuck with {in_flight} packets not delivered; {waiting}")]
    Stuck {
        /// The time step.
        step: u32,
        /// Packets that are not delivered.
        in_flight: u64,
        /// Who waits for whom.
        waiting: String,
    },
    /// Packets came to a core that they were not made for: a fault of the model.
    #[error("in step {step} packets came to cores that they were not made for")]
    Misdelivered {
        /// The time step.
        step: u32,
    },
    /// A time step took more events than any sensible one.
    #[error("step {step} took more than {budget} events; the network is larger than this can run")]
    Budget {
        /// The time step.
        step: u32,
        /// Events allowed in a step.
        budget: u64,
    },
    /// More steps were asked for than begin and end before a free-running chip's deadline.
    #[error(
        "{steps} steps do not end before the deadline of the chip, which has time for {most}; give fewer steps or a later deadline"
    )]
    TooManySteps {
        /// Steps asked for.
        steps: u32,
        /// Steps that the chip has time for.
        most: u64,
    },
    /// The network cannot read the samples, or there are fewer.
    #[error(transparent)]
    Samples(#[from] Mismatch),
    /// No time step, no thread or no shard was asked for.
    #[error("{what}: found 0, allowed: 1 and more")]
    None {
        /// The missing thing.
        what: &'static str,
    },
    /// The system was built of another network than the one that is run.
    #[error("the system was built of {system} neurons, the network to run has {network} of them")]
    OtherNetwork {
        /// Neurons of the system.
        system: usize,
        /// Neurons of the network.
        network: usize,
    },
    /// The trace is not written.
    #[error("{0}")]
    Trace(String),
    /// The run was ended early.
    #[error("interrupted after {done} of {of}")]
    Cancelled {
        /// Samples or steps that were done.
        done: u64,
        /// Samples or steps asked for.
        of: u64,
    },
}

/// How a system is run: in how many parts, on how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    /// Shards of the chip.
    pub count: usize,
    /// Threads that share them.
    pub threads: usize,
}

impl Default for Shards {
    fn default() -> Self {
        Self { count: 1, threads: 1 }
    }
}

/// A system that runs, split into shards with their engines and pending events.
#[derive(Debug)]
pub struct Runner<'s, S = Pending<Flit>, P: Tap = Silent> {
    system: &'s System,
    shards: Vec<Shard<Simulator<'s, P>, S>>,
    exchange: Exchange<Parcel<P::Label>>,
    delivery: Delivery<'s>,
    /// When the next step is released.
    release: Tick,
    /// Up to when its steps are done: the end of the inference once it is finished.
    elapsed: Tick,
    /// The last step that was begun.
    step: u32,
    /// Counts of the host and the barrier, beyond those of nodes.
    extra: Counts,
    /// How far the latencies of a step's packets are apart, of all inferences (ticks).
    step_spread: Distribution,
    /// What bounded the steps since it was made.
    bounds: StepBounds,
    /// The work of cores in a step; kept for its memory.
    work: StepWork,
    /// By population, where cores are shared: whether it sends sums.
    sends_sums: Vec<bool>,
    /// Whether a budget counts what crosses links, and not the events of this engine.
    counts_links: bool,
    /// Where records go; `None` where nothing is recorded.
    tracing: Option<Tracing>,
}

/// Adds counts to others by position; either may be shorter.
fn merge_counts(all: &mut Vec<u64>, more: &[u64]) {
    all.resize(all.len().max(more.len()), 0);
    all.iter_mut().zip(more).for_each(|(sum, count)| *sum += count);
}

/// Counts of every core and, last, the host.
fn of_cores<'w, 't: 'w, P: Tap + 'w>(
    tables: &Tables,
    worlds: impl Iterator<Item = &'w Simulator<'t, P>>,
) -> Vec<Counts> {
    let mut all = vec![Counts::default(); tables.cores.len() + 1];
    worlds.for_each(|world| world.counts().for_each(|(terminal, counts)| all[terminal.index()] = *counts));
    all
}

/// Spikes within their windows, and membranes, of all neurons after some steps.
fn gather<'w, 't: 'w, P: Tap + 'w>(
    tables: &Tables,
    worlds: impl Iterator<Item = &'w Simulator<'t, P>>,
    steps: u32,
) -> (Vec<u32>, Vec<i32>) {
    let mut counts = IdVec::<NeuronId, u32>::filled(0, tables.neurons);
    let mut membranes = IdVec::filled(0, tables.neurons);
    worlds.for_each(|world| world.gather(&mut counts, &mut membranes));
    for (_, neuron) in tables.source_spikes.iter().take_while(|(at, _)| *at <= steps) {
        counts[*neuron] += 1;
    }
    (counts.into_vec(), membranes.into_vec())
}

/// Adds counts by population to others; either may be empty.
fn merge_layers(all: &mut Vec<Counts>, more: &[Counts]) {
    all.resize(all.len().max(more.len()), Counts::default());
    all.iter_mut().zip(more).for_each(|(sum, counts)| sum.merge(counts));
}

/// Whether each population on the chip sends sums instead of spikes.
fn sends_sums(tables: &Tables) -> Vec<bool> {
    let layers = tables.segments.iter().map(|segment| segment.layer as usize + 1).max().unwrap_or(0);
    let mut all = vec![false; layers];
    tables.segments.iter().for_each(|segment| all[segment.layer as usize] |= segment.params.sends_sums());
    all
}

impl<'s> Runner<'s> {
    /// A system at rest, with the sets of pending events that suit it.
    pub fn new(system: &'s System, shards: Shards) -> Self {
        Self::with(system, shards, || Pending::new(&system.tables.usual_delays()))
    }
}

impl<'s> Runner<'s, Pending<Flit>, Recorder> {
    /// A system at rest that records what is wanted.
    pub fn traced(system: &'s System, shards: Shards, wanted: &Arc<WantedRecords>) -> Self {
        let tables = &system.tables;
        let tap = |part: &Part| {
            let cores = part.terminals.iter().filter_map(|terminal| tables.core(*terminal));
            let neurons = cores.map(|core| core.len()).sum();
            Recorder::new(wanted, part.terminals.len(), tables.fabric.terminals.len(), neurons)
        };
        let set = || Pending::new(&tables.usual_delays());
        Self { tracing: Some(Tracing::new(wanted)), ..Self::assemble(system, shards, set, tap) }
    }
}

impl<'s, S: EventSet<Flit> + Send> Runner<'s, S> {
    /// A system at rest, with sets of pending events from a function.
    pub fn with(system: &'s System, shards: Shards, set: impl Fn() -> S) -> Self {
        Self::assemble(system, shards, set, |_| Silent)
    }
}

impl<'s, S: EventSet<Flit> + Send, P: Tap> Runner<'s, S, P> {
    fn assemble(system: &'s System, shards: Shards, set: impl Fn() -> S, tap: impl Fn(&Part) -> P) -> Self {
        let parts = Part::split(&system.tables.fabric, shards.count);
        let exchange = Exchange::new(parts.len(), shards.threads);
        let lookaheads = Part::lookaheads(&system.tables.fabric, &parts);
        let shard = |(part, lookahead): (Part, Lookahead)| {
            let tap = tap(&part);
            Shard { engine: Engine::new(set()), world: Simulator::new(&system.tables, part, tap), lookahead }
        };
        Self {
            system,
            shards: parts.into_iter().zip(lookaheads).map(shard).collect(),
            exchange,
            delivery: Delivery::new(&system.tables),
            release: 0,
            elapsed: 0,
            step: 0,
            extra: Counts::default(),
            step_spread: Distribution::default(),
            bounds: StepBounds::default(),
            work: StepWork::default(),
            sends_sums: sends_sums(&system.tables),
            counts_links: StepTimer::fits(&system.tables),
            tracing: None,
        }
    }

    /// Has this many threads work on its shards, whether that pays or not.
    pub fn on_all_threads(mut self, threads: usize) -> Self {
        self.exchange = Exchange::always(self.shards.len(), threads);
        self
    }

    /// Messages and signals between two meetings of threads, where they are too few for more than one of them.
    pub fn too_little(&self) -> Option<u64> {
        self.exchange.too_little()
    }

    /// Back to rest before sample 0, with the drives that the host writes before an inference, by neuron.
    pub fn reset(&mut self, host_drive: &[i32]) {
        self.reset_for(0, HostInput { drive: host_drive, ..HostInput::default() });
    }

    /// Back to rest before any sample. Where crossbars have read noise, it depends on the sample.
    pub fn reset_for(&mut self, sample: u64, input: HostInput<'_>) {
        for shard in &mut self.shards {
            shard.world.reset(&input);
            shard.engine.rewind();
        }
        self.delivery.reset(sample);
        (self.release, self.elapsed, self.step) = (0, 0, 0);
        self.extra = Counts::default();
    }

    /// Exchanges the drives of the host, by neuron, before the next step.
    pub fn write(&mut self, before: &[i32], now: &[i32]) {
        self.shards.iter_mut().for_each(|shard| shard.world.write(before, now));
    }

    /// Conversions since the reset of crossbars whose devices are not ideal, and those that were clipped.
    pub fn conversions(&self) -> (u64, u64) {
        self.delivery.conversions()
    }

    /// Packets at the front of a router's buffer.
    pub fn waiting(&self) -> Vec<Waiting> {
        let mut all: Vec<Waiting> = self.shards.iter().flat_map(|shard| shard.world.fabric.waiting()).collect();
        all.sort_by_key(|waiting| waiting.router);
        all
    }

    /// Messages and signals handled since it was made.
    pub fn events(&self) -> u64 {
        self.shards.iter().map(|shard| shard.engine.events()).sum()
    }

    /// Messages and signals as a budget counts them. Where cores wait for each other, they are those that any engine would
    /// need: one for each terminal and step, and a flit and a credit for each link that a flit crosses.
    pub(super) fn spent(&self) -> u64 {
        let tables = &self.system.tables;
        if !self.counts_links {
            return self.events();
        }
        let flits = u64::from(tables.packet_flits);
        let ends = |counts: &Counts| flits * (counts.of(Op::Inject) + counts.of(Op::Eject));
        let counts = self.shards.iter().flat_map(|shard| shard.world.counts());
        let begun = u64::from(self.step) * tables.fabric.terminals.len() as u64;
        begun + 2 * counts.map(|(_, counts)| counts.hops() + ends(counts)).sum::<u64>()
    }

    /// Spikes of the network's neurons on the chip; a partial sum is none.
    fn spikes(&self) -> u64 {
        let tables = &self.system.tables;
        let counts = self.shards.iter().flat_map(|shard| shard.world.counts());
        // Counts of shared cores are kept by population.
        let spikes = |(at, counts): (TerminalId, &Counts)| match tables.core(at) {
            Some(core) if core.shared => 0,
            Some(core) if tables.segments_of(core).iter().any(|segment| segment.params.sends_sums()) => 0,
            _ => counts.with_kinds(Op::SomaSpike),
        };
        let alone: u64 = counts.map(spikes).sum();
        let shared = self.shards.iter().flat_map(|shard| shard.world.layer_counts().iter().zip(&self.sends_sums));
        alone + shared.filter(|(_, sums)| !**sums).map(|(counts, _)| counts.with_kinds(Op::SomaSpike)).sum::<u64>()
    }

    /// Counts of cores that several populations share, by population; empty where no core is shared.
    pub fn layer_counts(&self) -> Vec<Counts> {
        let mut all = Vec::new();
        for shard in &self.shards {
            merge_layers(&mut all, shard.world.layer_counts());
        }
        all
    }

    /// Counts of every core and, last, the host.
    pub fn counts(&self) -> Vec<Counts> {
        let mut all = of_cores(&self.system.tables, self.shards.iter().map(|shard| &shard.world));
        if let Some(host) = all.last_mut() {
            host.merge(&self.extra);
        }
        function::add_busy(self.system, &mut all, self.elapsed);
        all
    }

    /// Spikes within their windows, and membranes, of all neurons after some steps.
    pub fn neurons(&self, steps: u32) -> (Vec<u32>, Vec<i32>) {
        gather(&self.system.tables, self.shards.iter().map(|shard| &shard.world), steps)
    }

    /// Flits over each link since it was made, by router and port.
    pub fn link_flits(&self) -> Vec<u64> {
        let mut all = vec![0; self.system.tables.fabric.links.len()];
        self.shards.iter().for_each(|shard| shard.world.fabric.gather_link_flits(&mut all));
        all
    }

    /// Latencies (ticks) and hops of packets since it was made.
    pub fn packets(&self) -> (Distribution, Distribution) {
        let (mut latency, mut hops) = (Distribution::default(), Distribution::default());
        for shard in &self.shards {
            latency.merge(&shard.world.packet_latency);
            hops.merge(&shard.world.packet_hops);
        }
        (latency, hops)
    }

    /// The order of packets since it was made.
    pub fn order(&self) -> SpikeOrder {
        let cores = vec![CoreOrder::default(); self.system.tables.cores.len() + 1];
        let mut all = SpikeOrder { cores, step_spread: self.step_spread.clone(), ..SpikeOrder::default() };
        for shard in &self.shards {
            let (cores, spreads, overtaken_by) = shard.world.order();
            cores.for_each(|(terminal, core)| all.cores[terminal.index()] = core);
            all.core_spread.merge(&spreads);
            all.overtaken_by.merge(overtaken_by);
        }
        all
    }

    /// What bounded the steps that ended since it was made; of a free-running chip, the work of inferences that did.
    pub fn bounds(&self) -> &StepBounds {
        &self.bounds
    }

    /// The host's read-out of some neurons when an inference is done.
    pub fn read_out(&mut self, neurons: usize) {
        self.extra.add(Op::Readout, neurons as u64);
    }
}

/// How far spike counts are from others, summed over all neurons.
fn difference(counts: &[u32], others: &[u32]) -> u64 {
    counts.iter().zip(others).map(|(a, b)| u64::from(a.abs_diff(*b))).sum()
}
