//! Layered networks: inferences of many samples, over threads.

use super::traced::with_sink;
use super::{RunError, Runner, Shards, Traced, Watch, difference, has_time_for};
use crate::data::Split;
use crate::engine::Pending;
use crate::model::fabric::Flit;
use crate::model::{Given, Pace};
use crate::net::architecture::Target;
use crate::net::graph::Graph;
use crate::net::input::{Encoding, SpikeTrains};
use crate::net::quantised::Layered;
use crate::net::reference::{self, Meter, Operations};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::threads;
use crate::trace::{Inlet, Recorder, Tap, Wanted, pipe};
use crate::units::Tick;
use crossbeam::channel;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The system.
    pub system: &'a System,
    /// The network as it was mapped.
    pub graph: &'a Graph,
    /// The same network for encoding and reference.
    pub network: &'a Layered,
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
    /// What was counted.
    pub counts: Counts,
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
    /// Conversions of crossbars whose devices are not ideal, and those that were clipped.
    pub conversions: (u64, u64),
    /// Sum over all neurons of how far their spike counts are from the reference.
    pub spike_difference: u64,
    /// The class that the chip gives.
    pub class: u8,
    /// Operations as NeuroBench counts them, of the integer reference.
    pub operations: Operations,
    /// The class that the integer reference gives.
    pub reference: u8,
    /// The right class.
    pub label: u8,
    /// Where the target is the input: how far the chip's outputs are from it, squared and summed.
    pub squared_error: Option<f64>,
    /// Whether any spike count or output membrane differs from the reference.
    pub mismatched: bool,
}

/// All inferences, or the first of a run that was ended early, and what was counted by core and link.
#[derive(Clone, Debug)]
pub struct BatchResult {
    /// By sample.
    pub inferences: Vec<Inference>,
    /// Counts of each core, and last of the source, over all samples.
    pub cores: Vec<Counts>,
    /// Flits over each link, by router and port, over all samples.
    pub link_flits: Vec<u64>,
    /// Time of packets in the network (ticks).
    pub packet_latency: Distribution,
    /// Hops of packets.
    pub packet_hops: Distribution,
}

/// Runs all samples of a job. A run that its watch ended early, or that has spent its events, gives the inferences that
/// are done: samples are begun in order and what is begun is finished, so they are the first ones.
pub fn run_batch(job: Job<'_>, watch: &dyn Watch) -> Result<BatchResult, RunError> {
    run(job, watch, Vec::new(), &Arc::new(Wanted::kinds(&[])))
}

/// Runs all samples of a job as [`run_batch`] does, with the same result, and traces the first of them. The trace of a run
/// without a result is not finished.
pub fn trace_batch(job: Job<'_>, watch: &dyn Watch, traced: Traced<'_>) -> Result<BatchResult, RunError> {
    let (inlets, outlets) = (0..traced.samples.min(job.count)).map(|_| pipe()).unzip();
    let wanted = Arc::new(traced.wanted);
    with_sink(outlets, traced.sink, || run(job, watch, inlets, &wanted))
}

/// Runs all samples; the first of them are traced, as many as there are ways for.
fn run(job: Job<'_>, watch: &dyn Watch, inlets: Vec<Inlet>, wanted: &Arc<Wanted>) -> Result<BatchResult, RunError> {
    let _span = tracing::info_span!("run", samples = job.count, threads = job.threads).entered();
    has_time_for(job.system.steps_of(job.network), job.system.tables.pace.map(Pace::most_steps))?;
    let (send, queue) = channel::unbounded();
    let mut inlets = inlets.into_iter();
    for sample in 0..job.count {
        send.send((sample, inlets.next())).expect("the receiving end lives until the scope ends");
    }
    drop(send);
    let (workers, events) = (job.threads.clamp(1, job.count.max(1)), &AtomicU64::new(0));
    let parts = threads::side_by_side(workers, || Worker::new(job, wanted).work(&queue, events, watch));
    // With the receiver the ways of samples that are not begun end.
    drop(queue);
    tracing::info!(events = events.load(Ordering::Relaxed), "ran");
    collect(job, parts)
}

/// Puts the workers' results together; sums of integers do not depend on who did what.
fn collect(job: Job<'_>, parts: Vec<Result<Part, RunError>>) -> Result<BatchResult, RunError> {
    let mut all = BatchResult {
        inferences: Vec::new(),
        cores: vec![Counts::default(); job.system.tables.cores.len() + 1],
        link_flits: vec![0; job.system.tables.fabric.links.len()],
        packet_latency: Distribution::default(),
        packet_hops: Distribution::default(),
    };
    let mut inferences = Vec::with_capacity(job.count);
    for part in parts {
        let part = part?;
        inferences.extend(part.inferences);
        all.cores.iter_mut().zip(&part.cores).for_each(|(sum, counts)| sum.merge(counts));
        all.link_flits.iter_mut().zip(&part.link_flits).for_each(|(sum, flits)| *sum += flits);
        all.packet_latency.merge(&part.packet_latency);
        all.packet_hops.merge(&part.packet_hops);
    }
    if inferences.is_empty() && job.count > 0 {
        return Err(RunError::Cancelled { done: 0, of: job.count as u64 });
    }
    inferences.sort_unstable_by_key(|(sample, _)| *sample);
    all.inferences = inferences.into_iter().map(|(_, inference)| inference).collect();
    Ok(all)
}

/// What one worker did.
struct Part {
    inferences: Vec<(usize, Inference)>,
    cores: Vec<Counts>,
    link_flits: Vec<u64>,
    packet_latency: Distribution,
    packet_hops: Distribution,
}

struct Worker<'a> {
    job: Job<'a>,
    runner: Runner<'a>,
    /// For samples that are traced; made for the first one.
    recorder: Option<Runner<'a, Pending<Flit>, Recorder>>,
    wanted: &'a Arc<Wanted>,
    cores: Vec<Counts>,
    meter: Meter,
}

/// A sample that waits for a worker, and the way of its trace if it has one.
type Waiting = (usize, Option<Inlet>);

impl<'a> Worker<'a> {
    fn new(job: Job<'a>, wanted: &'a Arc<Wanted>) -> Self {
        let runner = Runner::new(job.system, Shards::default());
        let cores = vec![Counts::default(); job.system.tables.cores.len() + 1];
        Self { job, runner, recorder: None, wanted, cores, meter: Meter::new(job.network) }
    }

    /// Runs samples until there are no more, or all workers together have spent their events.
    fn work(
        mut self,
        queue: &channel::Receiver<Waiting>,
        events: &AtomicU64,
        watch: &dyn Watch,
    ) -> Result<Part, RunError> {
        let mut inferences = Vec::new();
        while !watch.cancelled()
            && events.load(Ordering::Relaxed) < watch.most_events()
            && let Ok((sample, inlet)) = queue.try_recv()
        {
            let (inference, taken) = self.infer(sample, inlet)?;
            inferences.push((sample, inference));
            events.fetch_add(taken, Ordering::Relaxed);
            watch.done(1);
        }
        let (mut packet_latency, mut packet_hops) = self.runner.packets();
        let mut link_flits = self.runner.link_flits();
        if let Some(recorder) = &self.recorder {
            let (latency, hops) = recorder.packets();
            packet_latency.merge(&latency);
            packet_hops.merge(&hops);
            link_flits.iter_mut().zip(recorder.link_flits()).for_each(|(sum, flits)| *sum += flits);
        }
        Ok(Part { inferences, cores: self.cores, link_flits, packet_latency, packet_hops })
    }

    /// Runs a sample, traced if there is a way for that; gives the messages and signals that it took too.
    fn infer(&mut self, sample: usize, inlet: Option<Inlet>) -> Result<(Inference, u64), RunError> {
        let (job, counted) = (self.job, (self.cores.as_mut_slice(), &mut self.meter));
        let Some(inlet) = inlet else {
            return infer(job, &mut self.runner, counted, sample);
        };
        let make = || Runner::traced(job.system, Shards::default(), self.wanted);
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
    (cores, meter): (&mut [Counts], &mut Meter),
    sample: usize,
) -> Result<(Inference, u64), RunError> {
    let Job { network, graph, samples, .. } = job;
    let before = runner.events();
    let (pixels, label) = samples.sample(sample);
    let (drive, spikes) = given(job, pixels);
    runner.reset_for(sample as u64, Given { drive: &drive, spikes: spikes.as_deref() });
    let steps = job.system.steps_of(network);
    let mut lengths = Vec::with_capacity(steps as usize);
    for step in 1..=steps {
        lengths.push(runner.step(step)?);
    }
    let ending = runner.finish()?;
    let outputs = graph.whole().populations.last().expect("a layered network has an output layer").range();
    let (counts, membranes) = runner.neurons(steps);
    // The reference knows nothing of the mapping's order, nor of neurons that were split.
    let (mut counts, membranes) = (graph.own(counts), graph.own(membranes));
    // Nor of a source, which stands before the layers.
    counts.drain(..counts.len() - network.neurons());
    let outputs = runner.read_out(&membranes[outputs]);
    let right = reference::layered_metered(network, pixels, meter);
    let chip = reference::Outcome { counts: counts.clone(), outputs };
    lengths.sort_unstable();
    let longest = lengths.iter().rev().take(network.spec.time_steps as usize).sum();
    let inference = Inference {
        window_spikes: counts.iter().map(|n| u64::from(*n)).sum(),
        counts: count(job, runner, cores),
        ticks: ending.ticks,
        interval: if job.system.tables.pace.is_some() { ending.ticks } else { longest },
        overrun_steps: job.system.overruns(&lengths),
        dropped: ending.dropped,
        conversions: runner.conversions(),
        spike_difference: difference(&chip.counts, &right.counts),
        class: chip.class() as u8,
        operations: meter.take(),
        reference: right.class() as u8,
        label,
        squared_error: (network.target == Target::Input)
            .then(|| network.squared_error(chip.outputs.iter().map(|v| i64::from(*v)), pixels)),
        mismatched: chip != right,
    };
    Ok((inference, runner.events() - before))
}

/// What the host writes and sends for a sample: drives by neuron, and spikes (step, input) where samples are spike trains.
fn given(job: Job<'_>, sample: &[u8]) -> (Vec<i32>, Option<Vec<(u32, u32)>>) {
    let Job { network, graph, .. } = job;
    match network.encoding {
        Encoding::Direct => {
            let mut drive = network.encode(sample);
            drive.resize(graph.neurons(), 0);
            (graph.order.arrange(drive), None)
        }
        Encoding::Spikes => {
            let trains = SpikeTrains::new(sample, network.input.neurons() as usize);
            let step = |step: u32| trains.step(step as usize).map(move |input| (step + 1, input as u32));
            // A source keeps its numbers in any order of the neurons.
            (Vec::new(), Some((0..network.spec.time_steps).flat_map(step).collect()))
        }
    }
}

/// Adds a sample's counts to the cores' and gives their total.
fn count<P: Tap>(job: Job<'_>, runner: &Runner<'_, Pending<Flit>, P>, cores: &mut [Counts]) -> Counts {
    let mut total = Counts::default();
    for (sum, counts) in cores.iter_mut().zip(runner.counts()) {
        sum.merge(&counts);
        total.merge(&counts);
    }
    total.add(Op::EncoderMac, job.network.encoder_macs());
    total
}
