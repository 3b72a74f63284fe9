//! Inferences of many samples, over threads: of layered networks, and of sparse ones that name classes.

use super::function::add_busy;
use super::inference::Inference;
use super::queue::StepQueue;
use super::stepping::Ending;
use super::subject::Subject;
use super::timing::Timed;
use super::traced::{closed, with_sink};
use super::worker::{Shared, WorkerResult};
use super::{RunError, Runner, SpikeOrder, StepBounds, Traced, Watch, check, has_time_for, merge_layers};
use crate::data::Split;
use crate::engine::Pending;
use crate::model::fabric::Flit;
use crate::model::{Homes, StepEngine, StepTimer};
use crate::net::graph::Graph;
use crate::stats::{Counts, Distribution};
use crate::system::System;
use crate::threads;
use crate::trace::{Inlet, Opener, Tap, WantedRecords, ways};
use crate::units::Tick;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex};

/// Samples to run, and the system and network to run them on.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The system.
    pub system: &'a System,
    /// The network as it was mapped.
    pub graph: &'a Graph,
    /// The same network for encoding and reference.
    pub network: Subject<'a>,
    /// The samples.
    pub samples: &'a Split,
    /// How many of them, from the first.
    pub count: usize,
    /// Worker threads.
    pub threads: usize,
}

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

/// Runs all samples of a job. A run that its watch ended early, or that has spent its events, gives the inferences that
/// are done: samples are begun in order and what is begun is finished, so they are the first ones. Samples that are not
/// there or not what the network reads are an error, as are no samples and no threads.
pub fn run_batch(job: Job<'_>, watch: &dyn Watch) -> Result<BatchResult, RunError> {
    run_batch_with(job, watch, KeptValues::default(), None)
}

/// Runs all samples of a job as [`run_batch`] does, with the same result, and traces the first of them. The trace of a run
/// without a result is not finished.
pub fn trace_batch(job: Job<'_>, watch: &dyn Watch, traced: Traced<'_>) -> Result<BatchResult, RunError> {
    run_batch_with(job, watch, KeptValues::default(), Some(traced))
}

/// What each inference keeps beside its figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptValues {
    /// Spike counts of its neurons and membranes of its outputs.
    pub neurons: bool,
    /// Spike counts and membranes of its outputs.
    pub outputs: bool,
}

/// Runs all samples of a job as [`run_batch`] does, and traces the first of them where that is asked for.
pub fn run_batch_with(
    job: Job<'_>,
    watch: &dyn Watch,
    kept: KeptValues,
    traced: Option<Traced<'_>>,
) -> Result<BatchResult, RunError> {
    let Some(traced) = traced else {
        return run(job, watch, (None, 0), Keep { wanted: &Arc::new(WantedRecords::kinds(&[])), kept });
    };
    let (opener, outlets) = ways(workers(job) + AHEAD);
    let wanted = &Arc::new(traced.wanted);
    with_sink(outlets, traced.sink, || run(job, watch, (Some(opener), traced.samples), Keep { wanted, kept }))
}

/// Parts of inferences that are kept beside their figures.
#[derive(Clone, Copy)]
pub(super) struct Keep<'a> {
    /// Records of a sample that is traced.
    pub(super) wanted: &'a Arc<WantedRecords>,
    pub(super) kept: KeptValues,
}

/// Traced samples that may have begun, beside one for each worker, before the first of them is written.
const AHEAD: usize = 2;

fn workers(job: Job<'_>) -> usize {
    job.threads.clamp(1, job.count.max(1))
}

/// Samples that have not begun. They begin in order, and so are traced in order.
pub(super) struct Queue {
    next: usize,
    count: usize,
    /// Opens the ways of samples that are traced; `None` when there are no more.
    opener: Option<Opener>,
    traced: usize,
}

impl Queue {
    /// The next sample, and the way of its trace if it has one; `None` where there is none, or it is given up.
    pub(super) fn take(&mut self, given_up: impl Fn() -> bool) -> Result<Option<(usize, Option<Inlet>)>, RunError> {
        if self.next == self.count {
            return Ok(None);
        }
        if self.next >= self.traced {
            self.opener = None;
        }
        let inlet = match &self.opener {
            Some(opener) => match opener.next(given_up).map_err(|_| closed())? {
                Some(inlet) => Some(inlet),
                None => return Ok(None),
            },
            None => None,
        };
        self.next += 1;
        Ok(Some((self.next - 1, inlet)))
    }
}

/// Checks that the samples of a job are there and are what its network reads, and that its parts are of one network.
fn check(job: &Job<'_>) -> Result<(), RunError> {
    let Job { system, graph, network, samples, count, threads } = *job;
    check::some(threads as u64, "threads")?;
    network.check(graph, samples, count)?;
    check::same(system.tables.neurons, graph.neurons())
}

/// Runs all samples, and traces some from the first on.
fn run(
    job: Job<'_>,
    watch: &dyn Watch,
    (opener, traced): (Option<Opener>, usize),
    keep: Keep<'_>,
) -> Result<BatchResult, RunError> {
    let _span = tracing::info_span!("run", samples = job.count, threads = job.threads).entered();
    check(&job)?;
    has_time_for(job.network.steps_on(job.system), job.system.tables.synchronization.most_steps())?;
    let tables = &job.system.tables;
    let homes = StepTimer::fits(tables).then(|| Homes::new(tables));
    let workers = workers(job);
    let shared = Shared {
        job,
        keep,
        homes: homes.as_ref(),
        engine: StepEngine::Fastest,
        samples: Mutex::new(Queue { next: 0, count: job.count, opener, traced }),
        steps: StepQueue::new(),
        events: AtomicU64::new(0),
        watch,
        begun: AtomicUsize::new(0),
        workers,
    };
    // The steps of a sample are shared out, too.
    let threads = if homes.is_some() { job.threads } else { workers };
    let parts = threads::side_by_side(threads, || shared.work());
    tracing::info!("ran");
    collect(job, parts)
}

/// Puts the workers' results together; sums of integers do not depend on who did what.
fn collect(job: Job<'_>, parts: Vec<Result<WorkerResult<'_>, RunError>>) -> Result<BatchResult, RunError> {
    let mut all = BatchResult::empty(&job);
    let mut inferences = Vec::with_capacity(job.count);
    let mut timings = Vec::new();
    for part in parts {
        let WorkerResult { inferences: of_part, counted, timing } = part?;
        inferences.extend(of_part);
        timings.extend(timing);
        let Some(counted) = counted else { continue };
        all.cores.iter_mut().zip(&counted.cores).for_each(|(sum, counts)| sum.merge(counts));
        merge_layers(&mut all.layers, &counted.layers);
        all.add_packets(&counted.link_flits, &(counted.packet_latency, counted.packet_hops));
        all.order.merge(&counted.order);
        all.bounds.merge(&counted.bounds);
    }
    all.add_timed(&job, Timed::of(timings)?, &mut inferences);
    if inferences.is_empty() && job.count > 0 {
        return Err(RunError::Cancelled { done: 0, of: job.count as u64 });
    }
    inferences.sort_unstable_by_key(|(sample, _)| *sample);
    all.inferences = inferences.into_iter().map(|(_, inference)| inference).collect();
    Ok(all)
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
    fn add_timed(&mut self, job: &Job<'_>, timed: Timed, inferences: &mut [(usize, Inference)]) {
        for (sample, inference) in inferences {
            let lengths: Vec<Tick> = timed.lengths_of(*sample).collect();
            if lengths.is_empty() {
                continue;
            }
            let ticks = lengths.iter().sum();
            inference.set_times(job, lengths, Ending { ticks, dropped: 0, lost: 0 });
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
    fn add_packets(&mut self, link_flits: &[u64], (latency, hops): &(Distribution, Distribution)) {
        self.link_flits.iter_mut().zip(link_flits).for_each(|(sum, flits)| *sum += flits);
        self.packet_latency.merge(latency);
        self.packet_hops.merge(hops);
    }
}
