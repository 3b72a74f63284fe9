//! The figures of a run, in plain data: one place from which tables and JSON are made.

use super::ann::{BreakEven, SameSilicon};
use super::mapping::Occupancy;
use super::neurobench::NeuroBench;
use super::origin::Origin;
use super::price::{Citation, Pricing};
use super::tally::{Tally, Times};
use crate::stats::{Counts, Distribution, Op};

/// What a run was asked to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// Network name.
    pub network: String,
    /// Data set name; `None` for a sparse network.
    pub dataset: Option<String>,
    /// Seed.
    pub seed: u64,
    /// `event` or `ideal`.
    pub timing: &'static str,
    /// Worker threads.
    pub threads: usize,
    /// Wall time (s).
    pub wall_seconds: f64,
    /// What the reader should know, such as that the network was quantised anew.
    pub notes: Vec<String>,
    /// Files that stood for what the program does not carry.
    pub origins: Vec<Origin>,
    /// Citations of network, data and rule: (what, text).
    pub sources: Vec<(String, String)>,
}

/// A figure per inference.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantity {
    /// Mean, from exact integer sums.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

impl Quantity {
    /// A distribution of integers, in units of `scale`.
    pub(super) fn of(values: &Distribution, scale: f64) -> Self {
        let at = |share| values.quantile(share) as f64 * scale;
        Self { mean: values.mean() * scale, p50: at(0.5), p99: at(0.99) }
    }
}

/// Inferences per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Throughput {
    /// Each starts when the last has ended.
    pub one_at_a_time: f64,
    /// Each starts T steps after the last; an estimate from the T longest steps of an inference.
    pub pipelined: Option<f64>,
}

/// What a layer did, per inference.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerSummary {
    /// Name.
    pub layer: String,
    /// Neurons.
    pub neurons: u32,
    /// Cores.
    pub cores: u32,
    /// Spikes of its neurons.
    pub spikes: f64,
    /// Synaptic operations into its neurons.
    pub synaptic_operations: f64,
    /// Packets sent by its cores.
    pub packets: f64,
}

/// Totals of a sparse run.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseTotals {
    /// Spikes of neurons on the chip.
    pub spikes: u64,
    /// Spikes of sources outside the chip.
    pub source_spikes: u64,
    /// Synaptic operations.
    pub synaptic_operations: u64,
    /// Packets.
    pub packets: u64,
    /// Hops.
    pub hops: u64,
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
    /// Populations that send nothing on, in the order of the network; none where they are too large to be listed.
    pub outputs: Vec<Output>,
}

/// What an output of a sparse network computed, by neuron of its population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub population: String,
    /// Spikes of each neuron in the run.
    pub spikes: Vec<u32>,
    /// Membrane of each neuron at the end (membrane units).
    pub membranes: Vec<i32>,
}

/// The ANN of the same shape, and what it says of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Break {
    /// Multiply-accumulates of the ANN.
    pub macs: u64,
    /// Those of its first layer, which the spiking network computes too.
    pub first_layer_macs: u64,
    /// Synaptic operations per multiply-accumulate, first layer apart.
    pub synops_ratio: f64,
    /// Operations of all kinds per multiply-accumulate, first layer included.
    pub operations_ratio: f64,
    /// Published limits and where this run stands.
    pub limits: Vec<BreakEven>,
    /// What both would cost on the same silicon.
    pub same_silicon: SameSilicon,
}

/// How far a run came that was ended early; all figures are of what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// Samples, from the first, or steps of a sparse network.
    pub done: u64,
    /// Samples or steps asked for.
    pub of: u64,
    /// What ended it, where that is known.
    pub reason: Option<Reason>,
}

/// What ended a run early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody asked for it.
    Asked,
    /// Its time was up.
    Seconds,
    /// Its events were spent.
    Events,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Asked, Self::Seconds, Self::Events];
    /// Their names in files.
    pub const NAMES: [&'static str; 3] = ["ctrl_c", "max_seconds", "max_events"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Behind what was done, as in ` (--max-events)`.
    pub(super) fn aside(reason: Option<Self>) -> &'static str {
        match reason {
            None => "",
            Some(Self::Asked) => " (Ctrl-C)",
            Some(Self::Seconds) => " (--max-seconds)",
            Some(Self::Events) => " (--max-events)",
        }
    }
}

impl Interrupted {
    /// The mark of a run that did less than it was asked to.
    pub(super) fn of(done: u64, of: u64) -> Option<Self> {
        (done < of).then_some(Self { done, of, reason: None })
    }
}

/// What a run on a free-running chip did, on which timing acts on function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeRunning {
    /// Length of a time step (ns).
    pub time_step_ns: f64,
    /// Deadline of an inference (ns).
    pub deadline_ns: f64,
    /// Inferences that were ended by it.
    pub ended_at_deadline: u64,
    /// Packets that were under way then, over all inferences.
    pub packets_not_delivered: u64,
    /// Mean over inferences and neurons that fire of how far a spike count is from the integer reference.
    pub spike_count_difference: f64,
}

/// How well an autoencoder gives samples back on the chip, whose values are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconstruction {
    /// Mean squared error of an output.
    pub mse: f64,
    /// Peak signal-to-noise ratio (dB); `None` without any error.
    pub psnr_db: Option<f64>,
}

impl Reconstruction {
    /// Of a mean squared error.
    pub fn of(mse: f64) -> Self {
        Self { mse, psnr_db: (mse > 0.0).then(|| -10.0 * mse.log10()) }
    }
}

/// What a run on crossbars whose devices are not ideal did.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceFigures {
    /// What is modelled of them.
    pub modelled: Vec<String>,
    /// The seed of their draws.
    pub seed: u64,
    /// Whether they are such that sums must be those of integers all the same.
    pub exact: bool,
    /// Conversions that were clipped, over all inferences.
    pub clipped_conversions: u64,
    /// Mean over inferences and neurons that fire of how far a spike count is from the integer reference.
    pub spike_count_difference: f64,
}

/// What a run on a chip of fixed ticks did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedTick {
    /// Least length of a time step (ns).
    pub length_ns: f64,
    /// Steps that took longer, over all inferences.
    pub overrun_steps: u64,
}

/// A figure of an inference, from its counts.
pub(super) type Figure = (&'static str, fn(&Counts) -> u64);

/// Figures that are counts, by name.
pub(super) const FIGURES: &[Figure] = &[
    ("synaptic_operations", |c| c.of(Op::Synapse)),
    ("spikes", |c| c.of(Op::SomaSpike)),
    ("neuron_updates", |c| c.of(Op::SomaUpdate)),
    ("neuron_accesses", |c| c.of(Op::SomaAccess)),
    ("packets", |c| c.of(Op::Inject)),
    ("hops", Counts::hops),
];

/// All figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What was asked for.
    pub header: Header,
    /// Chip name.
    pub chip: String,
    /// [`Chip::structure`](crate::hw::Chip::structure) of the chip.
    pub structure: u64,
    /// What was counted.
    pub tally: Tally,
    /// The times that the run was made with.
    pub times: Times,
    /// What that costs.
    pub pricing: Pricing,
    /// Where the run was ended early.
    pub interrupted: Option<Interrupted>,
    /// Samples, or 1 for a sparse run.
    pub samples: u64,
    /// Time steps T of the network.
    pub time_steps: u32,
    /// Steps that an inference takes on the chip.
    pub steps_per_inference: u32,
    /// Share of right classes on the chip.
    pub accuracy: Option<f64>,
    /// Share of right classes of the integer reference.
    pub reference_accuracy: Option<f64>,
    /// How well samples are given back, where that is the target; then there is no accuracy.
    pub reconstruction: Option<Reconstruction>,
    /// Samples that differ from the reference.
    pub mismatched_samples: u64,
    /// Named figures per inference beside the energy, in the order of the report.
    pub per_inference: Vec<(&'static str, Quantity)>,
    /// Synaptic operations of the network itself per inference: of the spikes in the T steps of each layer, wherever it
    /// runs. Of layered networks.
    pub network_operations: Option<f64>,
    /// Multiply-accumulates of the encoding layer per inference.
    pub encoder_macs: u64,
    /// By layer.
    pub layers: Vec<LayerSummary>,
    /// Throughput.
    pub throughput: Throughput,
    /// Time of a packet in the network (ns).
    pub packet_latency_ns: Quantity,
    /// Hops of a packet.
    pub packet_hops: Quantity,
    /// The busiest link: name and flits per inference.
    pub worst_link: Option<(String, f64)>,
    /// Clock of the cycles (MHz), and whether it is only a reference.
    pub clock: (f64, bool),
    /// The ANN of the same shape.
    pub ann: Option<Break>,
    /// Under NeuroBench's names.
    pub neurobench: Option<NeuroBench>,
    /// Totals of a sparse run.
    pub totals: Option<SparseTotals>,
    /// What is particular to a free-running chip.
    pub free_running: Option<FreeRunning>,
    /// What is particular to crossbars whose devices are not ideal.
    pub devices: Option<DeviceFigures>,
    /// What is particular to a chip of fixed ticks.
    pub fixed_tick: Option<FixedTick>,
    /// Cores, use and violations.
    pub mapping: Occupancy,
    /// How the neurons stand to the chip's own.
    pub soma: String,
    /// Stages whose time is not published and taken as 0.
    pub untimed: Vec<&'static str>,
    /// What the chip file assumes.
    pub estimates: Vec<String>,
    /// Citations of structure, network, data and rule; those of constants are in the pricing.
    pub sources: Vec<Citation>,
}

impl Summary {
    /// Whether a chip that must compute what the network computes did not. Of a free-running chip that is not asked,
    /// nor of one whose devices have errors.
    pub fn is_wrong(&self) -> bool {
        let may_differ = self.devices.as_ref().is_some_and(|devices| !devices.exact);
        self.mismatched_samples > 0 && self.free_running.is_none() && !may_differ
    }

    /// Share of the samples that differ from the reference.
    pub(super) fn differing_share(&self) -> f64 {
        self.mismatched_samples as f64 / self.samples as f64
    }
}
