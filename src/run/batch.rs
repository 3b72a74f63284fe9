//! Inferences of many samples, over threads: of layered networks, and of sparse ones that name classes.

use super::subject::Subject;
use super::traced::{closed, with_sink};
use super::{
    RunError, Runner, Shards, SpikeOrder, StepBounds, Traced, Watch, check, difference, has_time_for, merge_layers,
};
use crate::data::Split;
use crate::engine::Pending;
use crate::model::HostInput;
use crate::model::fabric::Flit;
use crate::net::architecture::Target;
use crate::net::graph::Graph;
use crate::net::quantised::Layered;
use crate::net::reference::{self, Meter, Operations};
use crate::net::samples::OutputValues;
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::threads;
use crate::trace::{Inlet, Opener, Recorder, Tap, WantedRecords, ways};
use crate::units::Tick;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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

/// One sample's inference.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// Counted operations.
    pub counts: Counts,
    /// Those among them of the cores of each kind; empty where cores are alike.
    pub by_kind: Vec<Counts>,
    /// From the first release to the end of the last barrier, or until a free-running chip is at rest (ticks).
    pub ticks: Tick,
    /// Spikes within the windows of their layers.
    pub window_spikes: u64,
    /// Sum of the T longest steps: the interval of inferences that follow each other in the pipeline (ticks). A
    /// free-running chip is no pipeline: there it is all of the time.
    pub interval: Tick,
    /// Steps that took longer than a fixed tick.
    pub overrun_steps: u64,
    /// Packets that were under way at the deadline of a free-running chip.
    pub dropped: u64,
    /// Spikes that found the queue of their core full, and were lost.
    pub lost: u64,
    /// Conversions of crossbars whose devices are not ideal, and those that were clipped.
    pub conversions: (u64, u64),
    /// Sum over all neurons of how far their spike counts are from the reference.
    pub spike_difference: u64,
    /// The class that the chip gives.
    pub class: u8,
    /// Operations as NeuroBench counts them, of the integer reference.
    pub operations: Operations,
    /// Synaptic operations of the network itself, by the integer reference: those of the spikes within the T steps of each
    /// layer. A chip may do more: spikes that layers fire later, and partial sums.
    pub network_operations: u64,
    /// The class that the integer reference gives.
    pub reference: u8,
    /// The right class.
    pub label: u8,
    /// Where the target is the input: how far the chip's outputs are from it, squared and summed.
    pub squared_error: Option<f64>,
    /// Whether any spike count or output membrane differs from the reference.
    pub mismatched: bool,
    /// Whether a membrane or a current of a sparse network left its range, by the reference.
    pub saturated: bool,
    /// Spike counts and output membranes that the chip gives, where they were asked for; of a sparse network the counts of
    /// all neurons.
    pub neurons: Option<reference::LayeredOutcome>,
    /// What the outputs hold on the chip, where it was asked for.
    pub outputs: Option<OutputValues>,
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
struct Keep<'a> {
    /// Records of a sample that is traced.
    wanted: &'a Arc<WantedRecords>,
    kept: KeptValues,
}

/// Traced samples that may have begun, beside one for each worker, before the first of them is written.
const AHEAD: usize = 2;

fn workers(job: Job<'_>) -> usize {
    job.threads.clamp(1, job.count.max(1))
}

/// Samples that have not begun. They begin in order, and so are traced in order.
struct Queue {
    next: usize,
    count: usize,
    /// Opens the ways of samples that are traced; `None` when there are no more.
    opener: Option<Opener>,
    traced: usize,
}

impl Queue {
    /// The next sample, and the way of its trace if it has one; `None` where there is none, or it is given up.
    fn take(&mut self, given_up: impl Fn() -> bool) -> Result<Option<(usize, Option<Inlet>)>, RunError> {
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
    let queue = &Mutex::new(Queue { next: 0, count: job.count, opener, traced });
    let (workers, events) = (workers(job), &AtomicU64::new(0));
    let parts = threads::side_by_side(workers, || Worker::new(job, keep).work(queue, events, watch));
    tracing::info!(events = events.load(Ordering::Relaxed), "ran");
    collect(job, parts)
}

/// The results of a worker: inferences by sample, and what was counted.
type WorkerResult = (Vec<(usize, Inference)>, BatchResult);

/// Puts the workers' results together; sums of integers do not depend on who did what.
fn collect(job: Job<'_>, parts: Vec<Result<WorkerResult, RunError>>) -> Result<BatchResult, RunError> {
    let mut all = BatchResult {
        inferences: Vec::new(),
        cores: vec![Counts::default(); job.system.tables.cores.len() + 1],
        layers: Vec::new(),
        link_flits: vec![0; job.system.tables.fabric.links.len()],
        packet_latency: Distribution::default(),
        packet_hops: Distribution::default(),
        order: SpikeOrder::default(),
        bounds: StepBounds::default(),
    };
    let mut inferences = Vec::with_capacity(job.count);
    for part in parts {
        let (of_part, counted) = part?;
        inferences.extend(of_part);
        all.cores.iter_mut().zip(&counted.cores).for_each(|(sum, counts)| sum.merge(counts));
        merge_layers(&mut all.layers, &counted.layers);
        all.add_packets(&counted.link_flits, &(counted.packet_latency, counted.packet_hops));
        all.order.merge(&counted.order);
        all.bounds.merge(&counted.bounds);
    }
    if inferences.is_empty() && job.count > 0 {
        return Err(RunError::Cancelled { done: 0, of: job.count as u64 });
    }
    inferences.sort_unstable_by_key(|(sample, _)| *sample);
    all.inferences = inferences.into_iter().map(|(_, inference)| inference).collect();
    Ok(all)
}

impl BatchResult {
    /// Adds flits of links, and latencies and hops of packets.
    fn add_packets(&mut self, link_flits: &[u64], (latency, hops): &(Distribution, Distribution)) {
        self.link_flits.iter_mut().zip(link_flits).for_each(|(sum, flits)| *sum += flits);
        self.packet_latency.merge(latency);
        self.packet_hops.merge(hops);
    }
}

struct Worker<'a> {
    job: Job<'a>,
    runner: Runner<'a>,
    /// For samples that are traced; made for the first one.
    recorder: Option<Runner<'a, Pending<Flit>, Recorder>>,
    keep: Keep<'a>,
    counted: CoreCounts,
    /// Of a layered network.
    meter: Option<Meter>,
    /// Synapses that leave each neuron of the network, in its own order.
    fan_out: Vec<u64>,
}

impl<'a> Worker<'a> {
    fn new(job: Job<'a>, keep: Keep<'a>) -> Self {
        let runner = Runner::new(job.system, Shards::default());
        let cores = vec![Counts::default(); job.system.tables.cores.len() + 1];
        let counted = CoreCounts { cores, layers: Vec::new() };
        let graph = job.graph;
        // Where neurons are copied, each copy has a part of the synapses.
        let all = if graph.copy_of.is_some() { graph.whole() } else { graph };
        let fan_out = all.own((0..all.neurons()).map(|neuron| all.synapses.fan_out(neuron) as u64).collect());
        Self { job, runner, recorder: None, keep, counted, meter: job.network.layered().map(Meter::new), fan_out }
    }

    /// Runs samples until there are no more, or all workers together have spent their events.
    fn work(mut self, queue: &Mutex<Queue>, events: &AtomicU64, watch: &dyn Watch) -> Result<WorkerResult, RunError> {
        let mut inferences = Vec::new();
        let given_up = || watch.cancelled() || events.load(Ordering::Relaxed) >= watch.most_events();
        while !given_up() {
            // Who waits here for the sink keeps the others waiting, who would have to wait for it too.
            let taken = queue.lock().unwrap_or_else(PoisonError::into_inner).take(given_up)?;
            let Some((sample, inlet)) = taken else { break };
            let (mut inference, taken) = self.infer(sample, inlet)?;
            inference.neurons = inference.neurons.filter(|_| self.keep.kept.neurons);
            inference.outputs = inference.outputs.filter(|_| self.keep.kept.outputs);
            inferences.push((sample, inference));
            events.fetch_add(taken, Ordering::Relaxed);
            watch.done(1);
        }
        let (packet_latency, packet_hops) = self.runner.packets();
        let (CoreCounts { cores, layers }, link_flits) = (self.counted, self.runner.link_flits());
        let (order, bounds) = (self.runner.order(), self.runner.bounds().clone());
        let mut counted = BatchResult {
            inferences: Vec::new(),
            cores,
            layers,
            link_flits,
            packet_latency,
            packet_hops,
            order,
            bounds,
        };
        if let Some(recorder) = &self.recorder {
            counted.add_packets(&recorder.link_flits(), &recorder.packets());
            counted.order.merge(&recorder.order());
            counted.bounds.merge(recorder.bounds());
        }
        Ok((inferences, counted))
    }

    /// Runs a sample, traced if there is a way for that; gives the messages and signals that it took too.
    fn infer(&mut self, sample: usize, inlet: Option<Inlet>) -> Result<(Inference, u64), RunError> {
        let (job, counted) = (self.job, (&mut self.counted, self.meter.as_mut(), self.fan_out.as_slice()));
        let Some(inlet) = inlet else {
            return infer(job, &mut self.runner, counted, sample);
        };
        let make = || Runner::traced(job.system, Shards::default(), self.keep.wanted);
        let recorder = self.recorder.get_or_insert_with(make);
        recorder.trace_to(inlet);
        let done = infer(job, recorder, counted, sample)?;
        recorder.end_trace(done.0.ticks)?;
        Ok(done)
    }
}

/// One sample's inference, and the messages and signals that it took.
fn infer<P: Tap>(
    job: Job<'_>,
    runner: &mut Runner<'_, Pending<Flit>, P>,
    (counted, meter, fan_out): (&mut CoreCounts, Option<&mut Meter>, &[u64]),
    sample: usize,
) -> Result<(Inference, u64), RunError> {
    let Job { network, graph, samples, .. } = job;
    let before = runner.events();
    let (pixels, label) = samples.sample(sample);
    let entering = network.enter(graph, (sample, pixels));
    let spikes = entering.spikes.as_deref();
    runner.reset_for(sample as u64, HostInput { drive: &entering.drive, spikes });
    let steps = network.steps_on(job.system);
    let mut lengths = Vec::with_capacity(steps as usize);
    for step in 1..=steps {
        lengths.push(runner.step(step)?);
    }
    let ending = runner.finish()?;
    let (of_neurons, membranes) = runner.neurons(steps);
    // The reference knows nothing of the mapping's order, nor of neurons that were split.
    let chip = network.of_chip((graph.own(of_neurons), graph.own(membranes)), graph, &entering);
    let (right, operations, saturated) = network.reference(meter, (sample, pixels));
    let outputs = network.outputs(&chip);
    // Spikes come out by themselves.
    if !network.layered().is_some_and(Layered::outputs_spike) {
        runner.read_out(&outputs.membranes);
    }
    lengths.sort_unstable();
    let longest = lengths.iter().rev().take(network.time_steps() as usize).sum();
    let (counts, by_kind) = count(job, runner, counted);
    let inference = Inference {
        window_spikes: chip.counts.iter().map(|n| u64::from(*n)).sum(),
        counts,
        by_kind,
        ticks: ending.ticks,
        interval: if job.system.tables.synchronization.is_free_running() { ending.ticks } else { longest },
        overrun_steps: job.system.overruns(&lengths),
        dropped: ending.dropped,
        lost: ending.lost,
        conversions: runner.conversions(),
        spike_difference: difference(&chip.counts, &right.counts),
        class: network.class(&outputs) as u8,
        operations,
        network_operations: network_operations(&right.counts, &entering.inputs, fan_out),
        reference: network.class(&network.outputs(&right)) as u8,
        label,
        squared_error: network
            .layered()
            .filter(|network| network.target == Target::Input)
            .map(|network| network.squared_error(outputs.membranes.iter().map(|v| i64::from(*v)), pixels)),
        mismatched: chip != right,
        saturated,
        neurons: Some(reference::LayeredOutcome { counts: chip.counts, outputs: outputs.membranes.clone() }),
        outputs: Some(outputs),
    };
    Ok((inference, runner.events() - before))
}

/// Synapses that the spikes of the network's own neurons, and those that come in, reach.
fn network_operations(counts: &[u32], inputs: &[u32], fan_out: &[u64]) -> u64 {
    // Counts of a layered network leave out a source, which stands before the layers.
    let (sources, own) = fan_out.split_at(fan_out.len() - counts.len());
    let inside: u64 = counts.iter().zip(own).map(|(spikes, synapses)| u64::from(*spikes) * synapses).sum();
    let incoming = inputs.iter().filter_map(|input| sources.get(*input as usize));
    inside + incoming.sum::<u64>()
}

/// Counts of cores, and of those that are shared by population.
struct CoreCounts {
    cores: Vec<Counts>,
    layers: Vec<Counts>,
}

/// Adds a sample's counts to the cores', and gives their total and those of the cores of each kind.
fn count<P: Tap>(
    job: Job<'_>,
    runner: &Runner<'_, Pending<Flit>, P>,
    counted: &mut CoreCounts,
) -> (Counts, Vec<Counts>) {
    let own = runner.counts();
    let mut total = Counts::default();
    merge_layers(&mut counted.layers, &runner.layer_counts());
    for (sum, counts) in counted.cores.iter_mut().zip(&own) {
        sum.merge(counts);
        total.merge(counts);
    }
    total.add(Op::EncoderMac, job.network.encoder_macs());
    (total, job.system.by_kind(&own))
}
