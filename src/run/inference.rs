//! One sample's inference: what goes in, and how what comes out is judged.

use super::difference;
use super::frames::{FrameCourse, FrameOutcome, FrameSteps};
use super::job::Job;
use super::stepping::Ending;
use super::subject::{Entering, NeuronOutcome};
use crate::data::SampleTarget;
use crate::net::quantised::{Layered, OutputErrors};
use crate::net::reference::{self, Meter, Operations};
use crate::net::samples::OutputValues;
use crate::stats::{Counts, Op};
use crate::units::Tick;

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
    /// Sum of the T longest steps, of a sequence of F frames F T: the interval of inferences that follow each other in the pipeline (ticks). A
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
    /// Its frames: 1 of a sample that is no sequence.
    pub frame_count: u32,
    /// Of a sequence whose outputs are read after each frame, those read-outs; otherwise empty.
    pub frames: Vec<FrameOutcome>,
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
    /// Where outputs are no classes: how far those of the chip are from what they should be.
    pub errors: Option<OutputErrors>,
    /// Whether any spike count or output membrane differs from the reference.
    pub mismatched: bool,
    /// Whether a membrane or a current of a sparse network left its range, by the reference.
    pub saturated: bool,
    /// Spike counts and output membranes that the chip gives, where they were asked for; of a sparse network the counts of
    /// all neurons.
    pub neurons: Option<reference::LayeredOutcome>,
    /// What the outputs hold on the chip, where it was asked for.
    pub outputs: Option<OutputValues>,
    /// Where outputs are no classes, they and what they should be, where it was asked for.
    pub compared: Option<ComparedOutputs>,
}

/// Outputs as numbers, and those that they should be, in units of numbers of 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedOutputs {
    /// What the chip gives.
    pub outputs: Vec<f32>,
    /// What it should give.
    pub wanted: Vec<f32>,
}

/// Judges the inferences of a job by the integer reference.
pub(super) struct Judge<'a> {
    pub(super) job: Job<'a>,
    /// Of a layered network.
    meter: Option<Meter>,
    /// Synapses that leave each neuron of the network, in its own order.
    fan_out: Vec<u64>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(job: Job<'a>) -> Self {
        let graph = job.graph;
        // Where neurons are copied, each copy has a part of the synapses.
        let all = if graph.copy_of.is_some() { graph.whole() } else { graph };
        let fan_out = all.own((0..all.neurons()).map(|neuron| all.synapses.fan_out(neuron) as u64).collect());
        Self { job, meter: job.network.layered().map(Meter::new), fan_out }
    }

    /// What the host sends for a sample.
    pub(super) fn enter(&self, sample: usize) -> Entering {
        let Job { network, graph, samples, .. } = self.job;
        network.enter(graph, (sample, samples.sample(sample).0))
    }

    /// An inference by what the neurons of the chip came to, without its counts and times, and how many outputs the host
    /// reads.
    pub(super) fn judge(
        &mut self,
        course: FrameCourse<'_>,
        (of_neurons, membranes): (Vec<u32>, Vec<i32>),
        conversions: (u64, u64),
    ) -> (Inference, usize) {
        let Job { network, graph, samples, .. } = self.job;
        let FrameCourse { sample, steps, entering, readouts, .. } = course;
        let (pixels, label) = samples.sample(sample);
        // The reference knows nothing of the mapping's order, nor of neurons that were split.
        let mut chip = network.of_chip((graph.own(of_neurons), graph.own(membranes)), graph, &entering);
        if network.reads_frames() {
            chip.readouts = readouts;
            chip.readouts.push(chip.membranes.clone());
            chip.readouts = network.of_each_frame(chip.readouts);
        }
        let (right, operations, saturated) = network.reference(self.meter.as_mut(), (sample, pixels));
        let outputs = network.outputs(&chip);
        let (errors, compared) = self.compared(sample, &outputs).unzip();
        // Spikes come out by themselves.
        let spikes_come_out = network.layered().is_some_and(Layered::outputs_spike);
        let read = if spikes_come_out { 0 } else { outputs.membranes.len() * chip.readouts.len().max(1) };
        let NeuronOutcome { counts: right_counts, .. } = &right;
        let inference = Inference {
            window_spikes: chip.counts.iter().map(|n| u64::from(*n)).sum(),
            counts: Counts::default(),
            by_kind: Vec::new(),
            ticks: 0,
            interval: 0,
            overrun_steps: 0,
            dropped: 0,
            lost: 0,
            conversions,
            spike_difference: difference(&chip.counts, right_counts),
            frame_count: steps.frames,
            frames: self.frames(sample, &chip.readouts, &right.readouts),
            class: network.class(&outputs) as u8,
            operations,
            network_operations: network_operations(right_counts, &entering.inputs, &self.fan_out),
            reference: network.class(&network.outputs(&right)) as u8,
            label,
            errors,
            mismatched: chip != right,
            saturated,
            neurons: Some(reference::LayeredOutcome {
                counts: chip.counts,
                outputs: outputs.membranes.clone(),
                readouts: chip.readouts,
            }),
            outputs: Some(outputs),
            compared,
        };
        (inference, read)
    }

    /// How far outputs are from what they should be, where they are no classes.
    fn compared(&self, sample: usize, outputs: &OutputValues) -> Option<(OutputErrors, ComparedOutputs)> {
        let network = self.job.network.layered()?;
        let target = self.job.samples.target(network.target, sample, network.full_scale);
        let SampleTarget::Numbers(wanted) = target else { return None };
        let real = |value: &i32| (f64::from(*value) / network.output_scale) as f32;
        let compared = ComparedOutputs {
            outputs: outputs.membranes.iter().map(real).collect(),
            wanted: wanted.shares().map(|share| share as f32).collect(),
        };
        let integers = outputs.membranes.iter().map(|value| i64::from(*value));
        Some((network.errors(integers, wanted.shares()), compared))
    }

    /// The read-outs of a sample's frames on the chip, and by the reference.
    fn frames(&self, sample: usize, chip: &[Vec<i32>], right: &[Vec<i32>]) -> Vec<FrameOutcome> {
        let Job { network, samples, .. } = self.job;
        let class = |outputs: &Vec<i32>| {
            let outputs = OutputValues { membranes: outputs.clone(), ..OutputValues::default() };
            network.class(&outputs) as u8
        };
        let frame = |(frame, (chip, right)): (usize, (&Vec<i32>, &Vec<i32>))| FrameOutcome {
            ticks: 0,
            class: class(chip),
            reference: class(right),
            label: samples.frame_label(sample, frame),
        };
        chip.iter().zip(right).enumerate().map(frame).collect()
    }
}

impl Inference {
    /// Sets the total of the counts of all cores and the host, and those by kind of core.
    pub(super) fn set_counts(&mut self, job: &Job<'_>, own: &[Counts]) {
        self.counts = Counts::default();
        own.iter().for_each(|counts| self.counts.merge(counts));
        self.counts.add(Op::EncoderMac, job.network.encoder_macs() * u64::from(self.frame_count));
        self.by_kind = job.system.by_kind(own);
    }

    /// Adds counts of cores and the host.
    pub(super) fn add_counts(&mut self, job: &Job<'_>, more: &[Counts]) {
        more.iter().for_each(|counts| self.counts.merge(counts));
        self.by_kind.iter_mut().zip(job.system.by_kind(more)).for_each(|(sum, counts)| sum.merge(&counts));
    }

    /// Sets the times, of a sample's inference that ended so, by the lengths of its steps.
    pub(super) fn set_times(&mut self, job: &Job<'_>, sample: usize, mut lengths: Vec<Tick>, ending: Ending) {
        let steps = FrameSteps::of(job, sample);
        if !self.frames.is_empty() {
            let latencies = steps.latencies(&lengths, ending);
            self.frames.iter_mut().zip(latencies).for_each(|(frame, ticks)| frame.ticks = ticks);
        }
        lengths.sort_unstable();
        let longest = lengths.iter().rev().take(steps.active() as usize).sum();
        self.ticks = ending.ticks;
        self.interval = if job.system.tables.synchronization.is_free_running() { ending.ticks } else { longest };
        self.overrun_steps = job.system.overruns(&lengths);
        (self.dropped, self.lost) = (ending.dropped, ending.lost);
    }
}

/// Synapses that the spikes of the network's own neurons, and those that come in, reach.
fn network_operations(counts: &[u32], inputs: &[u32], fan_out: &[u64]) -> u64 {
    // Counts of a layered network leave out a source, which stands before the layers.
    let (sources, own) = fan_out.split_at(fan_out.len() - counts.len());
    let inside: u64 = counts.iter().zip(own).map(|(spikes, synapses)| u64::from(*spikes) * synapses).sum();
    let incoming = inputs.iter().filter_map(|input| sources.get(*input as usize));
    inside + incoming.sum::<u64>()
}
