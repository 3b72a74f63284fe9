//! All figures of a run: the shapes that sections measure, save and show.

use super::advice::Advice;
use super::ann::Break;
use super::at_rest::AtRest;
use super::bound::{BoundFigures, BusiestCore};
use super::energy::Coverage;
use super::imported::ImportedNetwork;
use super::neurobench::NeuroBench;
pub use super::occupancy::{Occupancy, Use};
use super::origin::{ContentDigest, FileOrigin};
use super::price::{Citation, Pricing};
use super::quantity::Quantity;
use super::saved::*;
use super::spike_order::SpikeOrderFigures;
use super::tally::Tally;
use super::times::Times;
use crate::json::record::words;
use crate::json::{Cursor, Object};
use crate::net::input::Readout;

/// All figures of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Request.
    pub header: RunHeader,
    /// Chip name.
    pub chip: String,
    /// [`Chip::structure`](crate::hw::Chip::structure) of the chip.
    pub structure: u64,
    /// Counts.
    pub tally: Tally,
    /// The times that the run was made with.
    pub times: Times,
    /// Costs.
    pub pricing: Pricing,
    /// Where the run was ended early.
    pub interrupted: Option<Interrupted>,
    /// Samples, or 1 for a sparse run.
    pub samples: u64,
    /// Time steps T of the network; of sequences, those of a frame.
    pub time_steps: u32,
    /// Steps that an inference takes on the chip; of sequences, the longest of them.
    pub steps_per_inference: u32,
    /// Share of right classes on the chip.
    pub accuracy: Option<f64>,
    /// Share of right classes of the integer reference.
    pub reference_accuracy: Option<f64>,
    /// Accuracy of the real network of an imported one, over the samples of the run.
    pub original: Option<OriginalClasses>,
    /// The class that the chip gives to each sample.
    pub predictions: Vec<u32>,
    /// The right class of each sample.
    pub labels: Vec<u32>,
    /// Errors of the outputs, where they are no classes; then there is no accuracy.
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
    /// Packets and links.
    pub network_on_chip: NetworkOnChip,
    /// The order of packets; `None` in reports that are older than this field.
    pub spike_order: Option<SpikeOrderFigures>,
    /// What bounds a step; of chips that wait for all cores.
    pub bound: Option<BoundFigures>,
    /// The busiest core of a free-running chip.
    pub busiest_core: Option<BusiestCore>,
    /// Options that were tried to shorten the run, where that was asked for.
    pub advice: Option<Advice>,
    /// Clock of the cycles.
    pub clock: CycleClock,
    /// The ANN of the same shape.
    pub ann: Option<Break>,
    /// Under NeuroBench's names.
    pub neurobench: Option<NeuroBench>,
    /// Totals of a sparse run.
    pub totals: Option<SparseTotals>,
    /// Figures of sequences of frames.
    pub frames: Option<FrameFigures>,
    /// Figures of a free-running chip.
    pub free_running: Option<FreeRunningFigures>,
    /// Figures of crossbars whose devices are not ideal.
    pub devices: Option<DeviceFigures>,
    /// Figures of a chip of fixed ticks.
    pub fixed_tick: Option<FixedTickFigures>,
    /// Cores, use and violations.
    pub mapping: Occupancy,
    /// Power at rest, beside the energy and never a part of it unless it says so.
    pub at_rest: Vec<AtRest>,
    /// Relation of the network's neurons to those of the chip.
    pub soma: String,
    /// Stages whose time is not published and taken as 0.
    pub untimed: Vec<&'static str>,
    /// Assumptions of the chip file.
    pub estimates: Vec<String>,
    /// Citations of structure, network, data and rule; those of constants are in the pricing.
    pub sources: Vec<Citation>,
    /// An imported network beside the real one.
    pub imported: Option<ImportedNetwork>,
}

impl Summary {
    /// Whether a chip that must compute what the network computes did not. Of a free-running chip that is not asked,
    /// nor of one whose devices have errors.
    pub fn is_wrong(&self) -> bool {
        let may_differ = self.devices.as_ref().is_some_and(|devices| !devices.exact);
        self.mismatched_samples > 0 && self.free_running.is_none() && !may_differ
    }

    /// All figures per inference by name; the energy comes first, unless no counted operation has a published cost.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, Quantity)> + '_ {
        let Pricing { coverage, energy_pj, .. } = &self.pricing;
        let energy = (coverage.total != Coverage::Unpriced).then_some(("energy_pj", *energy_pj));
        energy.into_iter().chain(self.per_inference.iter().copied())
    }

    pub(super) fn differing_share(&self) -> f64 {
        self.mismatched_samples as f64 / self.samples as f64
    }

    pub(super) fn figure(&self, name: &str) -> Option<Quantity> {
        self.per_inference.iter().find(|(known, _)| *known == name).map(|(_, quantity)| *quantity)
    }
}

/// Request of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunHeader {
    /// Network name.
    pub network: String,
    /// Data set name; `None` for a sparse network.
    pub dataset: Option<String>,
    /// Description of the data set, if it is a part of another.
    pub dataset_part: Option<String>,
    /// Seed.
    pub seed: u64,
    /// `event` or `ideal`.
    pub timing: &'static str,
    /// Worker threads.
    pub threads: usize,
    /// Wall time (s).
    pub wall_seconds: f64,
    /// The program and its version; `None` in reports that are older than this field.
    pub made_by: Option<String>,
    /// How the run was started, where that is known.
    pub host: Option<RunHost>,
    /// Notes for the reader, such as that the network was quantised again.
    pub notes: Vec<String>,
    /// Files that were used in place of built-in ones.
    pub origins: Vec<FileOrigin>,
    /// Digests of chip, network and data; none in reports that are older than this field.
    pub digests: Vec<ContentDigest>,
    /// Citations of network, data and rule: (what, text). In a saved report they are among its sources.
    pub sources: Vec<(String, String)>,
}

record! {
    /// How a run was started.
    pub struct RunHost {
        /// The command, with its options.
        pub command: String,
        /// Worker threads, as at the top of the report.
        pub threads: Option<u32> = LeftOut,
        /// Wall time (s), as at the top of the report.
        pub wall_seconds: Option<f64> = LeftOut,
    }
}

record! {
    /// Progress of a run that was ended early; all figures are of that part.
    #[derive(Copy, Eq)]
    pub struct Interrupted {
        /// Samples, from the first, or steps of a sparse network.
        pub done: u64 = whole(1..=MOST),
        /// Samples or steps asked for.
        pub of: u64,
        /// Reason, where it is known.
        pub reason: Option<Reason> = NullOrLeftOut,
    }
    check |mark, object| if mark.done >= mark.of {
        object.problem(format!("{} of {} is no interruption", mark.done, mark.of));
    }
}

words! {
    /// Why a run was ended early.
    pub enum Reason {
        /// Somebody asked for it.
        Asked = "ctrl_c",
        /// Its time was up.
        Seconds = "max_seconds",
        /// Its events were spent.
        Events = "max_events",
    }
}

impl Reason {
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

named!(Reason);

/// Not there, or `null`, where it is not known.
struct NullOrLeftOut;

impl FieldForm<Option<Reason>> for NullOrLeftOut {
    fn put(&self, name: &str, value: &Option<Reason>, into: &mut JsonObject) {
        LeftOut.put(name, value, into);
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<Option<Reason>> {
        object.get(name).map_or(Some(None), |cursor| Restore::load(&cursor))
    }
}

record! {
    /// Classes that the real network of an imported one gives to the samples of a run.
    #[derive(Copy)]
    pub struct OriginalClasses {
        /// Share of right classes.
        pub accuracy: f64 = share,
        /// Samples to which the chip gives another class.
        pub other_classes: u64 as "samples_of_another_class",
    }
}

record! {
    /// How far outputs of the chip are from the numbers of 0 to 1 that they should be: the sample itself, or those that come
    /// with it.
    #[derive(Copy)]
    pub struct Reconstruction {
        /// Mean squared error of an output, which has 32 bits in the smallest units.
        pub mse: f64 = real(0.0..=1e30),
        /// Peak signal-to-noise ratio (dB); `None` without any error.
        pub psnr_db: Option<f64> = or_null(real(-300.0..=400.0)),
        /// Mean absolute error of an output; older reports have none.
        pub mae: Option<f64> = AddedLater(or_null(real(0.0..=1e15)), None),
    }
}

impl Reconstruction {
    /// From a mean squared error.
    pub fn of(mse: f64) -> Self {
        Self { mse, mae: None, psnr_db: (mse > 0.0).then(|| -10.0 * mse.log10()) }
    }
}

/// Figures of a run on sequences of frames. What a frame takes follows from what a sequence does.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameFigures {
    /// When outputs were read.
    pub readout: Readout,
    /// Frames of all samples.
    pub frames: u64,
    /// Frames of the longest one.
    pub longest: u64,
    /// From the write of a frame's drive to its read-out (ns), where outputs were read after each frame.
    pub latency_ns: Option<Quantity>,
    /// Share of frames after which the chip gave the right class.
    pub accuracy: Option<f64>,
    /// Share of frames after which the integer reference did.
    pub reference_accuracy: Option<f64>,
}

record! {
    /// Figures of a run on a free-running chip.
    #[derive(Copy)]
    pub struct FreeRunningFigures {
        /// Length of a time step (ns).
        pub time_step_ns: f64,
        /// Deadline of an inference (ns).
        pub deadline_ns: f64,
        /// Inferences that were ended by it.
        pub ended_at_deadline: u64,
        /// Packets that were under way then, over all inferences.
        pub packets_not_delivered: u64,
        /// Spikes of a core's own neurons that found its queue full, over all inferences; `None` on chips that lose none.
        pub spikes_lost: Option<u64> = LeftOut,
        /// Mean difference of a spike count from the integer reference, over inferences and neurons that fire.
        pub spike_count_difference: f64,
    }
    check |free, object| {
        let (ended, dropped) = (free.ended_at_deadline, free.packets_not_delivered);
        if (ended > 0) != (dropped > 0) || ended > dropped {
            object.problem(format!("{ended} inferences cannot be ended with {dropped} packets under way"));
        }
    }
}

record! {
    /// Figures of a run on crossbars whose devices are not ideal.
    pub struct DeviceFigures {
        /// Modelled non-idealities.
        pub modelled: Vec<String> = list(1..=64, String::load),
        /// The seed of their draws.
        pub seed: u64 = whole(0..=u64::MAX),
        /// Whether sums must equal those of integers all the same.
        pub exact: bool,
        /// Share of samples that differ from the reference.
        pub differing_share: f64 = share,
        /// Mean difference of a spike count from the integer reference, over inferences and neurons that fire.
        pub spike_count_difference: f64,
        /// Share of right classes on the chip, as elsewhere in the report.
        pub accuracy: Option<f64> = or_null(share),
        /// Share of right classes of the integer reference, as elsewhere in the report.
        pub reference_accuracy: Option<f64> = or_null(share),
        /// Conversions that were clipped, over all inferences.
        pub clipped_conversions: u64,
    }
}

record! {
    /// Figures of a run on a chip of fixed ticks.
    #[derive(Copy)]
    pub struct FixedTickFigures {
        /// Least length of a time step (ns).
        pub length_ns: f64 as "fixed_tick_ns",
        /// Steps that took longer, over all inferences.
        pub overrun_steps: u64,
    }
}

record! {
    /// The clock of the cycles.
    #[derive(Copy, Default)]
    pub struct CycleClock {
        /// Its frequency (MHz).
        pub mhz: f64,
        /// Whether it is only a reference.
        pub reference: bool,
    }
}

record! {
    /// Inferences per second.
    #[derive(Copy, Default)]
    pub struct Throughput {
        /// Each starts when the last has ended.
        pub one_at_a_time: f64,
        /// Each starts T steps after the last; an estimate from the T longest steps of an inference.
        pub pipelined: Option<f64>,
    }
}

record! {
    /// Figures of a layer, per inference.
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
}

record! {
    /// Packets and links of the network on chip.
    #[derive(Default)]
    pub struct NetworkOnChip {
        /// Time of a packet in the network (ns).
        pub packet_latency_ns: Quantity,
        /// Hops of a packet.
        pub packet_hops: Quantity,
        /// The busiest link.
        pub worst_link: Option<WorstLink>,
    }
}

record! {
    /// The busiest link.
    pub struct WorstLink {
        /// Name.
        pub link: String,
        /// Flits per inference.
        pub flits: f64,
    }
}

/// Totals of a sparse run.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseTotals {
    /// Sums over the run.
    pub sums: SparseSums,
    /// Spikes of sources outside the chip.
    pub source_spikes: u64,
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
    /// Populations that send nothing on, in the order of the network; none where they are too large to be listed.
    pub outputs: Vec<SparseOutput>,
}

record! {
    /// Sums over a sparse run.
    #[derive(Copy, Eq)]
    pub struct SparseSums {
        /// Spikes of neurons on the chip.
        pub spikes: u64,
        /// Synaptic operations.
        pub synaptic_operations: u64,
        /// Packets.
        pub packets: u64,
        /// Hops.
        pub hops: u64,
    }
}

record! {
    /// Result of an output of a sparse network, by neuron of its population.
    #[derive(Eq)]
    pub struct SparseOutput {
        /// Name.
        pub population: String = |c: &Cursor<'_>| c.name().map(str::to_owned),
        /// Spikes of each neuron in the run.
        pub spikes: Vec<u32> = list(1..=LONGEST, u32::load),
        /// Membrane of each neuron at the end (membrane units).
        pub membranes: Vec<i32> = list(1..=LONGEST, i32::load),
    }
    check |output, object| {
        let (spikes, membranes) = (output.spikes.len(), output.membranes.len());
        if spikes != membranes {
            object.problem(format!("{spikes} spike counts and {membranes} membranes of the same neurons"));
        }
    }
}
