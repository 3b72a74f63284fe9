//! The figures of a run, in plain data: one place from which tables and JSON are made.

use super::ann::{self, BreakEven};
use super::energy::{Bill, Unit, Unpriced, bill, unpriced};
use super::mapping::{MappingSummary, summarise_mapping};
use super::neurobench::{self, NeuroBench};
use crate::hw::{Calibration, Chip, Energy, Kind, SynapseArray};
use crate::map::Mapping;
use crate::net::graph::Graph;
use crate::net::quantised::Layered;
use crate::run::{BatchResult, SparseResult};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::units::{Tick, sum_to_pj};

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
    /// Citations of network, data and rule: (what, text).
    pub sources: Vec<(String, String)>,
}

/// What a run stood on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The chip.
    pub chip: &'a Chip,
    /// The constants in use.
    pub calibration: &'a Calibration,
    /// The network as mapped.
    pub graph: &'a Graph,
    /// Where it stands.
    pub mapping: &'a Mapping,
    /// The system that ran.
    pub system: &'a System,
}

/// A batch and its network.
#[derive(Clone, Copy, Debug)]
pub struct BatchInput<'a> {
    /// The integer network.
    pub network: &'a Layered,
    /// What was run.
    pub result: &'a BatchResult,
}

/// A sparse run.
#[derive(Clone, Copy, Debug)]
pub struct SparseInput<'a> {
    /// Time steps.
    pub steps: u32,
    /// What was run.
    pub result: &'a SparseResult,
}

/// A figure per inference.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    fn of(values: &Distribution, scale: f64) -> Self {
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
    /// Energy of its cores and of the hops of their packets (pJ).
    pub energy_pj: f64,
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
    /// Energy (pJ).
    pub energy_pj: f64,
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
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
}

/// All figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// What was asked for.
    pub header: Header,
    /// Chip name.
    pub chip: String,
    /// Calibration: name and description.
    pub calibration: (String, String),
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
    /// Samples that differ from the reference.
    pub mismatched_samples: u64,
    /// Named figures per inference, in the order of the report.
    pub per_inference: Vec<(&'static str, Quantity)>,
    /// Multiply-accumulates of the encoding layer per inference.
    pub encoder_macs: u64,
    /// Energy by unit per inference (pJ).
    pub breakdown_pj: Vec<(&'static str, f64)>,
    /// Energy with the lowest and highest published constants (pJ).
    pub energy_range_pj: (f64, f64),
    /// By layer.
    pub layers: Vec<LayerSummary>,
    /// Throughput.
    pub throughput: Throughput,
    /// Energy over latency (mW).
    pub average_power_mw: f64,
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
    /// Cores, use and violations.
    pub mapping: MappingSummary,
    /// How the neurons stand to the chip's own.
    pub soma: String,
    /// What the energy leaves out.
    pub unpriced: Vec<Unpriced>,
    /// Stages whose time is not published and taken as 0.
    pub untimed: Vec<&'static str>,
    /// What the chip file assumes.
    pub estimates: Vec<String>,
    /// Citations: (what, kind, text).
    pub sources: Vec<(String, String, String)>,
}

/// Counts and times of inferences, from which all figures are made.
struct Ledger<'a> {
    context: Context<'a>,
    inferences: Vec<(Counts, Tick)>,
    total: Counts,
    ticks: Tick,
}

impl<'a> Ledger<'a> {
    fn new(context: Context<'a>, inferences: Vec<(Counts, Tick)>) -> Self {
        let mut total = Counts::default();
        inferences.iter().for_each(|(counts, _)| total.merge(counts));
        let ticks = inferences.iter().map(|(_, ticks)| ticks).sum();
        Self { context, inferences, total, ticks }
    }

    fn samples(&self) -> f64 {
        self.inferences.len() as f64
    }

    fn distribution(&self, value: impl Fn(&Counts, Tick) -> u64) -> Distribution {
        let mut distribution = Distribution::default();
        self.inferences.iter().for_each(|(counts, ticks)| distribution.record(value(counts, *ticks)));
        distribution
    }

    fn count(&self, value: impl Fn(&Counts) -> u64) -> Quantity {
        Quantity::of(&self.distribution(|counts, _| value(counts)), 1.0)
    }

    fn bill(&self, counts: &Counts, ticks: Tick) -> Bill {
        bill(counts, self.context.chip.fs(ticks), self.context.calibration)
    }

    /// Energy: quantiles in whole picojoules, the mean from the exact sum.
    fn energy(&self, total: &Bill) -> Quantity {
        let pj = self.distribution(|counts, ticks| {
            u64::try_from(self.bill(counts, ticks).total() / 1_000_000).unwrap_or(u64::MAX)
        });
        Quantity { mean: sum_to_pj(total.total()) / self.samples(), ..Quantity::of(&pj, 1.0) }
    }

    fn per_inference(&self, total: &Bill) -> Vec<(&'static str, Quantity)> {
        let chip = self.context.chip;
        let ns_per_tick = chip.tick.ns();
        let ticks = self.distribution(|_, ticks| ticks);
        vec![
            ("energy_pj", self.energy(total)),
            ("cycles", Quantity::of(&ticks, ns_per_tick * chip.clock.mhz / 1e3)),
            ("latency_ns", Quantity::of(&ticks, ns_per_tick)),
            ("synaptic_operations", self.count(|c| c.of(Op::Synapse))),
            ("spikes", self.count(|c| c.of(Op::SomaSpike))),
            ("neuron_updates", self.count(|c| c.of(Op::SomaUpdate))),
            ("neuron_accesses", self.count(|c| c.of(Op::SomaAccess))),
            ("packets", self.count(|c| c.of(Op::Inject))),
            ("hops", self.count(Counts::hops)),
        ]
    }

    fn breakdown(&self, total: &Bill) -> Vec<(&'static str, f64)> {
        let unit = |(name, sum): (&&'static str, &u128)| (*name, sum_to_pj(*sum) / self.samples());
        Unit::NAMES.iter().zip(&total.by_unit).map(unit).collect()
    }

    fn latency_ns(&self) -> f64 {
        self.context.chip.ns(self.ticks) / self.samples()
    }

    fn layers(&self, cores: &[Counts]) -> Vec<LayerSummary> {
        let Context { graph, mapping, calibration, .. } = self.context;
        let on_chip = graph.populations.iter().enumerate().filter(|(_, p)| p.source.is_none());
        let layer = |(index, population): (usize, &crate::net::graph::Population)| {
            let mine = mapping.cores.iter().zip(cores).filter(|(core, _)| core.population as usize == index);
            let (mut counts, mut used) = (Counts::default(), 0);
            mine.for_each(|(_, core)| {
                counts.merge(core);
                used += 1;
            });
            let each = |op: Op| counts.of(op) as f64 / self.samples();
            LayerSummary {
                layer: population.name.clone(),
                neurons: population.count,
                cores: used,
                spikes: each(Op::SomaSpike),
                synaptic_operations: each(Op::Synapse),
                packets: each(Op::AxonOut),
                energy_pj: sum_to_pj(bill_without_static(&counts, calibration)) / self.samples(),
            }
        };
        on_chip.map(layer).collect()
    }

    fn worst_link(&self, flits: &[u64]) -> Option<(String, f64)> {
        let system = self.context.system;
        let busiest = (0..flits.len()).filter(|link| flits[*link] > 0 && system.mesh_link(*link).is_some());
        // The first of equals.
        let link = busiest.reduce(|best, link| if flits[link] > flits[best] { link } else { best })?;
        Some((system.mesh_link(link)?, flits[link] as f64 / self.samples()))
    }

    /// Stages that worked and whose time is not published.
    fn untimed(&self) -> Vec<&'static str> {
        let crossbar = matches!(self.context.chip.core.synapses, SynapseArray::Crossbar { .. });
        let arrays: &[Op] = if crossbar { &[Op::ArrayRead, Op::ColumnConversion] } else { &[Op::Synapse] };
        let others = [Op::AxonIn, Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike, Op::AxonOut];
        let missing = |op: &&Op| self.total.of(**op) > 0 && self.context.calibration.cost(**op).latency.is_none();
        arrays.iter().chain(&others).filter(missing).map(|op| op.name()).collect()
    }

    /// What the chip file assumes, and the times that it assumes.
    fn estimates(&self) -> Vec<String> {
        let Context { chip, calibration, .. } = self.context;
        let assumed = Op::ALL.iter().filter_map(|op| {
            let cost = calibration.cost(*op);
            let kind = cost.latency_kind.or(cost.kind);
            let ticks = cost.latency.filter(|_| kind == Some(Kind::Assumed) && self.total.of(*op) > 0)?;
            Some(format!("{} {} ns", op.name(), chip.ns(ticks.into())))
        });
        let times: Vec<String> = assumed.collect();
        let line = (!times.is_empty()).then(|| format!("times without a published figure: {}", times.join(", ")));
        chip.estimates.iter().cloned().chain(line).collect()
    }

    fn sources(&self, header: &Header) -> Vec<(String, String, String)> {
        let Context { chip, calibration, .. } = self.context;
        let mut list: Vec<(String, String, String)> = Vec::new();
        let mut add = |what: &str, kind: &str, text: &str| {
            match list.iter_mut().find(|(_, k, t)| k == kind && t == text) {
                Some((whats, _, _)) => *whats = format!("{whats}, {what}"),
                None => list.push((what.to_owned(), kind.to_owned(), text.to_owned())),
            };
        };
        for op in Op::ALL.iter().filter(|op| self.total.of(**op) > 0) {
            let cost = calibration.cost(*op);
            let priced = matches!(cost.energy, Energy::Priced { .. });
            if let (true, Some(kind), Some(text)) = (priced, cost.kind, &cost.source) {
                add(op.name(), kind.name(), text);
            }
            // An operation's time is told apart where it came to be in another way than its energy.
            let time_kind = cost.latency_kind.or(cost.kind).filter(|kind| *kind != Kind::Assumed);
            let time_kind = time_kind.filter(|kind| !priced || Some(*kind) != cost.kind);
            if let (Some(_), Some(kind), Some(text)) = (cost.latency, time_kind, &cost.source) {
                add(&format!("time of {}", op.name()), kind.name(), text);
            }
        }
        add("barrier time", calibration.barrier.kind.name(), &calibration.barrier.source);
        if let Some(rest) = &calibration.static_power {
            add("static power", rest.kind.name(), &rest.source);
        }
        chip.sources.iter().for_each(|text| add("structure of the chip", "structure", text));
        header.sources.iter().for_each(|(what, text)| add(what, "reference", text));
        list
    }

    /// Everything that all runs share.
    fn summary(
        &self,
        header: Header,
        cores: &[Counts],
        flits: &[u64],
        packets: (&Distribution, &Distribution),
    ) -> Summary {
        let Context { chip, calibration, graph, mapping, .. } = self.context;
        let total = self.bill(&self.total, self.ticks);
        let mean_pj = sum_to_pj(total.total()) / self.samples();
        let mut somas: Vec<String> = Vec::new();
        for population in graph.populations.iter().filter(|p| p.source.is_none() && p.params.fires) {
            let statement = chip.soma_statement(&population.params);
            if !somas.contains(&statement) {
                somas.push(statement);
            }
        }
        Summary {
            chip: chip.name.clone(),
            calibration: (calibration.name.clone(), calibration.description.clone()),
            samples: self.inferences.len() as u64,
            time_steps: 0,
            steps_per_inference: 0,
            accuracy: None,
            reference_accuracy: None,
            mismatched_samples: 0,
            per_inference: self.per_inference(&total),
            encoder_macs: self.total.of(Op::EncoderMac) / self.inferences.len() as u64,
            breakdown_pj: self.breakdown(&total),
            energy_range_pj: (sum_to_pj(total.low) / self.samples(), sum_to_pj(total.high) / self.samples()),
            layers: self.layers(cores),
            throughput: Throughput { one_at_a_time: 1e9 / self.latency_ns(), pipelined: None },
            average_power_mw: mean_pj / self.latency_ns(),
            packet_latency_ns: Quantity::of(packets.0, chip.tick.ns()),
            packet_hops: Quantity::of(packets.1, 1.0),
            worst_link: self.worst_link(flits),
            clock: (chip.clock.mhz, chip.clock.reference),
            ann: None,
            neurobench: None,
            totals: None,
            mapping: summarise_mapping(chip, graph, mapping),
            soma: somas.join("; "),
            unpriced: unpriced(&self.total, calibration),
            untimed: self.untimed(),
            estimates: self.estimates(),
            sources: self.sources(&header),
            header,
        }
    }
}

fn bill_without_static(counts: &Counts, calibration: &Calibration) -> u128 {
    bill(counts, 0, calibration).total()
}

/// The figures of a batch of inferences; of at least one.
pub fn summarise_batch(header: Header, context: Context<'_>, input: BatchInput<'_>) -> Summary {
    let BatchInput { network, result } = input;
    let inferences = result.inferences.iter().map(|i| (i.counts, i.ticks)).collect();
    let ledger = Ledger::new(context, inferences);
    let packets = (&result.packet_latency, &result.packet_hops);
    let mut summary = ledger.summary(header, &result.cores, &result.link_flits, packets);
    let share = |right: &dyn Fn(&crate::run::Inference) -> bool| {
        result.inferences.iter().filter(|i| right(i)).count() as f64 / ledger.samples()
    };
    let interval: Tick = result.inferences.iter().map(|i| i.interval).sum();
    summary.time_steps = network.spec.time_steps;
    summary.steps_per_inference = network.spec.time_steps + network.layers.len() as u32 - 1;
    summary.accuracy = Some(share(&|i| i.class == i.label));
    summary.reference_accuracy = Some(share(&|i| i.reference == i.label));
    summary.mismatched_samples = result.inferences.iter().filter(|i| i.mismatched).count() as u64;
    summary.throughput.pipelined = Some(1e9 * ledger.samples() / context.chip.ns(interval));
    let synops = ledger.total.of(Op::Synapse) as f64 / ledger.samples();
    summary.ann = Some(ann::compare(network, synops));
    let spikes: u64 = result.inferences.iter().map(|i| i.window_spikes).sum();
    summary.neurobench =
        Some(neurobench::metrics(network, summary.accuracy.unwrap_or(0.0), spikes, result.inferences.len()));
    summary
}

/// The figures of a sparse run.
pub fn summarise_sparse(header: Header, context: Context<'_>, input: SparseInput<'_>) -> Summary {
    let SparseInput { steps, result } = input;
    let mut counts = Counts::default();
    result.cores.iter().for_each(|core| counts.merge(core));
    let ticks = result.step_ticks.iter().sum();
    let ledger = Ledger::new(context, vec![(counts, ticks)]);
    let packets = (&result.packet_latency, &result.packet_hops);
    let mut summary = ledger.summary(header, &result.cores, &result.link_flits, packets);
    let total = ledger.bill(&ledger.total, ticks);
    summary.time_steps = steps;
    summary.steps_per_inference = steps;
    summary.mismatched_samples = u64::from(result.mismatched);
    summary.totals = Some(SparseTotals {
        spikes: result.spikes_per_step.iter().sum(),
        source_spikes: result.source_spikes,
        synaptic_operations: counts.of(Op::Synapse),
        packets: counts.of(Op::Inject),
        hops: counts.hops(),
        energy_pj: sum_to_pj(total.total()),
        spikes_per_step: result.spikes_per_step.clone(),
    });
    summary
}
