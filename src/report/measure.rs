//! From the result of a run to its figures.

use super::ann::{self, UnitCosts};
use super::mapping::{mixed_signs, occupancy};
use super::neurobench;
use super::price::{Citation, cite, price};
use super::summary::{
    DeviceFigures, FIGURES, FixedTick, FreeRunning, Header, Interrupted, LayerSummary, Output, Quantity,
    Reconstruction, SparseTotals, Summary, Throughput,
};
use super::tally::{Tally, Times};
use crate::hw::{Calibration, Chip, Kind, Stepping, SynapseArray};
use crate::map::Mapping;
use crate::net::architecture::Target;
use crate::net::graph::{Graph, Population};
use crate::net::quantised::Layered;
use crate::net::reference::{self, Operations};
use crate::run::{BatchResult, SparseResult};
use crate::stats::{Counts, Distribution, Op};
use crate::system::System;
use crate::units::Tick;

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
    /// Samples asked for: more than the result has where the run was ended early.
    pub asked: usize,
    /// What was run.
    pub result: &'a BatchResult,
    /// Unit costs of the comparison with an ANN on the same silicon.
    pub ann_costs: UnitCosts,
}

/// A sparse run.
#[derive(Clone, Copy, Debug)]
pub struct SparseInput<'a> {
    /// Time steps asked for: more than the result has where the run was ended early.
    pub steps: u32,
    /// What was run.
    pub result: &'a SparseResult,
}

/// A run's context with what it counted.
struct Ledger<'a> {
    context: Context<'a>,
    tally: Tally,
    total: Counts,
}

impl<'a> Ledger<'a> {
    fn new(context: Context<'a>, inferences: Vec<(Counts, Tick)>, cores: &[Counts]) -> Self {
        let layers = layers(context, cores);
        let tally = Tally { tick: context.chip.tick, inferences, layers };
        let total = tally.total();
        Self { context, tally, total }
    }

    fn per_inference(&self) -> Vec<(&'static str, Quantity)> {
        let chip = self.context.chip;
        let ns_per_tick = chip.tick.ns();
        let ticks = self.tally.distribution(|_, ticks| ticks);
        let times = [
            ("cycles", Quantity::of(&ticks, ns_per_tick * chip.clock.mhz / 1e3)),
            ("latency_ns", Quantity::of(&ticks, ns_per_tick)),
        ];
        let count = |(name, value): &super::summary::Figure| {
            (*name, Quantity::of(&self.tally.distribution(|counts, _| value(counts)), 1.0))
        };
        times.into_iter().chain(FIGURES.iter().map(count)).collect()
    }

    fn layers(&self) -> Vec<LayerSummary> {
        let Context { graph, mapping, .. } = self.context;
        let layer = |((index, counts), population): ((usize, &Counts), &crate::net::graph::Population)| {
            let each = |op: Op| counts.of(op) as f64 / self.tally.samples();
            LayerSummary {
                layer: population.name.clone(),
                neurons: population.count,
                cores: mapping.cores.iter().filter(|core| core.population as usize == index).count() as u32,
                spikes: each(Op::SomaSpike),
                synaptic_operations: each(Op::Synapse),
                packets: each(Op::AxonOut),
            }
        };
        let indices = on_chip(graph).map(|(index, _)| index);
        indices.zip(&self.tally.layers).zip(on_chip(graph).map(|(_, p)| p)).map(layer).collect()
    }

    fn worst_link(&self, flits: &[u64]) -> Option<(String, f64)> {
        let system = self.context.system;
        let busiest = (0..flits.len()).filter(|link| flits[*link] > 0 && system.mesh_link(*link).is_some());
        // The first of equals.
        let link = busiest.reduce(|best, link| if flits[link] > flits[best] { link } else { best })?;
        Some((system.mesh_link(link)?, flits[link] as f64 / self.tally.samples()))
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

    /// Citations beside those of constants.
    fn sources(&self, header: &Header) -> Vec<Citation> {
        let mut list = Vec::new();
        self.context.chip.sources.iter().for_each(|text| cite(&mut list, "structure of the chip", "structure", text));
        header.sources.iter().for_each(|(what, text)| cite(&mut list, what, "reference", text));
        list
    }

    fn soma(&self) -> String {
        let Context { chip, graph, .. } = self.context;
        let mut somas: Vec<String> = Vec::new();
        let own = graph.whole().populations.iter();
        for population in own.filter(|p| p.source.is_none() && p.params.fires) {
            let statement = chip.soma_statement(&population.params);
            if !somas.contains(&statement) {
                somas.push(statement);
            }
        }
        somas.join("; ")
    }

    /// Everything that all runs share.
    fn summary(self, mut header: Header, flits: &[u64], packets: (&Distribution, &Distribution)) -> Summary {
        let Context { chip, calibration, mapping, system, graph } = self.context;
        header.notes.extend(splits(graph));
        header.notes.extend(mixed_signs(graph));
        let times = Times::of(calibration, &self.total, system.tiles);
        let mut pricing = price(&self.tally, &times, calibration);
        pricing.notes.extend(calibration.elsewhere(chip.clock.mhz));
        Summary {
            chip: chip.name.clone(),
            structure: chip.structure,
            pricing,
            times,
            interrupted: None,
            samples: self.tally.inferences.len() as u64,
            time_steps: 0,
            steps_per_inference: 0,
            accuracy: None,
            reference_accuracy: None,
            reconstruction: None,
            mismatched_samples: 0,
            per_inference: self.per_inference(),
            network_operations: None,
            encoder_macs: self.total.of(Op::EncoderMac) / (self.tally.inferences.len() as u64).max(1),
            layers: self.layers(),
            throughput: Throughput { one_at_a_time: 1e9 / self.tally.latency_ns(), pipelined: None },
            packet_latency_ns: Quantity::of(packets.0, chip.tick.ns()),
            packet_hops: Quantity::of(packets.1, 1.0),
            worst_link: self.worst_link(flits),
            clock: (chip.clock.mhz, chip.clock.reference),
            ann: None,
            neurobench: None,
            totals: None,
            free_running: None,
            devices: None,
            fixed_tick: None,
            mapping: occupancy(chip, mapping),
            soma: self.soma(),
            untimed: self.untimed(),
            estimates: self.estimates(),
            sources: self.sources(&header),
            tally: self.tally,
            header,
        }
    }
}

/// Says of split neurons what they add to the figures.
fn splits(graph: &Graph) -> Option<String> {
    let whole = graph.whole.as_deref()?;
    let added = graph.neurons() - whole.neurons();
    let later = match graph.put_off() {
        0 => String::new(),
        1 => "; an inference takes a step more".into(),
        steps => format!("; an inference takes {steps} steps more"),
    };
    Some(format!(
        "neurons have more inputs than a core takes, and are split: {added} neurons were added for partial sums, and \
         what these send counts as spikes, packets and operations{later}"
    ))
}

/// Says how often a sum was wider than a program takes that is said to follow the chip.
fn wide_sums(result: &SparseResult) -> Option<String> {
    let (bits, times) = (reference::SUM_BITS, result.wide_sums);
    (times > 0).then(|| {
        format!(
            "a sum of the weights of one step left {bits} bits {times} times: Nengo-Loihi's emulator wraps there, Lava and \
             Brian2Loihi do not, and neither does this model"
        )
    })
}

/// Populations on the chip, with their positions.
fn on_chip(graph: &Graph) -> impl Iterator<Item = (usize, &crate::net::graph::Population)> {
    graph.populations.iter().enumerate().filter(|(_, p)| p.source.is_none())
}

/// Counts of each layer's cores.
fn layers(context: Context<'_>, cores: &[Counts]) -> Vec<Counts> {
    let layer = |(index, _): (usize, &crate::net::graph::Population)| {
        let mine = context.mapping.cores.iter().zip(cores).filter(|(core, _)| core.population as usize == index);
        mine.fold(Counts::default(), |mut sum, (_, counts)| {
            sum.merge(counts);
            sum
        })
    };
    on_chip(context.graph).map(layer).collect()
}

/// Adds what is particular to a free-running chip: packets dropped by each inference, and how far spike counts are
/// from the reference in all.
fn add_free_running(summary: &mut Summary, context: Context<'_>, dropped: &[u64], differences: u64) {
    let chip = context.chip;
    let Stepping::Free { time_step, deadline } = chip.stepping else {
        return;
    };
    summary.free_running = Some(FreeRunning {
        time_step_ns: chip.ns(time_step),
        deadline_ns: chip.ns(deadline),
        ended_at_deadline: dropped.iter().filter(|packets| **packets > 0).count() as u64,
        packets_not_delivered: dropped.iter().sum(),
        spike_count_difference: per_neuron(context, differences, dropped.len()),
    });
    let note = "timing acts on function on this chip: spikes act when they arrive, so that results may differ from \
                the integer reference, which knows time steps only";
    summary.header.notes.push(note.into());
}

/// The mean of a sum over so many inferences and all neurons that fire.
fn per_neuron(context: Context<'_>, sum: u64, inferences: usize) -> f64 {
    let firing =
        on_chip(context.graph.whole()).filter(|(_, p)| p.params.fires).map(|(_, p)| f64::from(p.count)).sum::<f64>();
    sum as f64 / (firing.max(1.0) * inferences as f64)
}

/// Adds what is particular to crossbars whose devices are not ideal: conversions that were clipped, and how far spike
/// counts are from the reference in all.
fn add_devices(summary: &mut Summary, context: Context<'_>, clipped: u64, differences: u64) {
    let Context { chip, mapping, system, .. } = context;
    let SynapseArray::Crossbar { rows, devices: Some(devices), .. } = &chip.core.synapses else {
        return;
    };
    summary.devices = Some(DeviceFigures {
        modelled: devices.modelled(),
        seed: system.tables.cells.as_ref().map_or(0, |cells| cells.seed),
        // What does not fit may not be held by the cells.
        exact: devices.is_exact(*rows) && mapping.violations.is_empty(),
        clipped_conversions: clipped,
        spike_count_difference: per_neuron(context, differences, summary.tally.inferences.len()),
    });
}

/// What is particular to a chip of fixed ticks, of which so many steps took longer in all.
fn fixed_tick(chip: &Chip, overrun_steps: u64) -> Option<FixedTick> {
    match chip.stepping {
        Stepping::Fixed { length } => Some(FixedTick { length_ns: chip.ns(length), overrun_steps }),
        Stepping::Barrier | Stepping::Free { .. } => None,
    }
}

/// The figures of a batch of inferences; of at least one.
pub fn summarise_batch(header: Header, context: Context<'_>, input: BatchInput<'_>) -> Summary {
    let BatchInput { network, asked, result, .. } = input;
    let inferences: Vec<_> = result.inferences.iter().map(|i| (i.counts, i.ticks)).collect();
    let samples = inferences.len() as f64;
    let ledger = Ledger::new(context, inferences, &result.cores);
    let synops = ledger.total.of(Op::Synapse) as f64 / samples;
    let mut summary = ledger.summary(header, &result.link_flits, (&result.packet_latency, &result.packet_hops));
    let share = |right: &dyn Fn(&crate::run::Inference) -> bool| {
        result.inferences.iter().filter(|i| right(i)).count() as f64 / samples
    };
    let interval: Tick = result.inferences.iter().map(|i| i.interval).sum();
    summary.interrupted = Interrupted::of(summary.samples, asked as u64);
    summary.time_steps = network.spec.time_steps;
    summary.steps_per_inference = context.system.steps_of(network);
    match network.target {
        Target::Label => {
            summary.accuracy = Some(share(&|i| i.class == i.label));
            summary.reference_accuracy = Some(share(&|i| i.reference == i.label));
        }
        Target::Input => {
            // In the order of samples, so that the sum is the same for any number of threads.
            let error: f64 = result.inferences.iter().filter_map(|i| i.squared_error).sum();
            summary.reconstruction = Some(Reconstruction::of(error / samples / network.input.neurons() as f64));
        }
    }
    summary.mismatched_samples = result.inferences.iter().filter(|i| i.mismatched).count() as u64;
    // Without a barrier an inference begins when the one before is at rest.
    let pipelined = !context.chip.stepping.is_free();
    summary.throughput.pipelined = pipelined.then(|| 1e9 * samples / context.chip.ns(interval));
    let differences = result.inferences.iter().map(|i| i.spike_difference).sum();
    let dropped: Vec<u64> = result.inferences.iter().map(|i| i.dropped).collect();
    add_free_running(&mut summary, context, &dropped, differences);
    let clipped = result.inferences.iter().map(|i| i.conversions.1).sum();
    add_devices(&mut summary, context, clipped, differences);
    summary.fixed_tick = fixed_tick(context.chip, result.inferences.iter().map(|i| i.overrun_steps).sum());
    let neuron_steps = summary.tally.total().of(Op::SomaAccess) as f64 / samples;
    summary.ann = Some(ann::compare(network, synops, neuron_steps, input.ann_costs));
    let spikes: u64 = result.inferences.iter().map(|i| i.window_spikes).sum();
    let own: u64 = result.inferences.iter().map(|i| i.network_operations).sum();
    summary.network_operations = Some(own as f64 / samples);
    let mut operations = Operations::default();
    result.inferences.iter().for_each(|i| operations += i.operations);
    let (accuracy, samples) = (summary.accuracy, result.inferences.len());
    summary.neurobench = Some(neurobench::metrics(network, accuracy, (spikes, operations), samples));
    summary
}

/// The figures of a sparse run.
pub fn summarise_sparse(header: Header, context: Context<'_>, input: SparseInput<'_>) -> Summary {
    let SparseInput { steps, result } = input;
    let mut counts = Counts::default();
    result.cores.iter().for_each(|core| counts.merge(core));
    let ticks = result.step_ticks.iter().sum();
    let ledger = Ledger::new(context, vec![(counts, ticks)], &result.cores);
    let mut summary = ledger.summary(header, &result.link_flits, (&result.packet_latency, &result.packet_hops));
    let done = result.step_ticks.len() as u32;
    summary.interrupted = Interrupted::of(done.into(), steps.into());
    summary.time_steps = done;
    summary.steps_per_inference = done;
    summary.mismatched_samples = u64::from(result.mismatched);
    add_free_running(&mut summary, context, &[result.dropped], result.spike_difference);
    add_devices(&mut summary, context, result.conversions.1, result.spike_difference);
    summary.fixed_tick = fixed_tick(context.chip, result.overrun_steps);
    summary.header.notes.extend(wide_sums(result));
    summary.totals = Some(SparseTotals {
        spikes: result.spikes_per_step.iter().sum(),
        source_spikes: result.source_spikes,
        synaptic_operations: counts.of(Op::Synapse),
        packets: counts.of(Op::Inject),
        hops: counts.hops(),
        spikes_per_step: result.spikes_per_step.clone(),
        outputs: outputs(context.graph.whole(), result),
    });
    summary
}

/// Most neurons of outputs that are listed.
const LISTED: usize = 1 << 16;

/// What the populations computed that send nothing on, by the numbers that the network's file gives their neurons.
fn outputs(graph: &Graph, result: &SparseResult) -> Vec<Output> {
    let sends = |neuron: usize| graph.synapses.row(neuron).next().is_some();
    let range = |population: &Population| population.first as usize..(population.first + population.count) as usize;
    let is_output = |population: &&Population| population.source.is_none() && !range(population).any(sends);
    let found: Vec<&Population> = graph.populations.iter().filter(is_output).collect();
    if found.iter().map(|population| population.count as usize).sum::<usize>() > LISTED {
        return Vec::new();
    }
    let spikes = graph.order.restore(result.spikes.clone());
    let membranes = graph.order.restore(result.membranes.clone());
    let output = |population: &Population| Output {
        population: population.name.clone(),
        spikes: spikes[range(population)].to_vec(),
        membranes: membranes[range(population)].to_vec(),
    };
    found.into_iter().map(output).collect()
}
