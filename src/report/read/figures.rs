//! The figures of a saved report that were measured: they do not depend on energies.

use super::{LARGEST, LONGEST, MOST, all, count, energy, number, optional, owned};
use crate::json::{Cursor, Object};
use crate::map::place;
use crate::report::ann::{BreakEven, LIMITS, SameSilicon, UnitCosts};
use crate::report::json::NEUROBENCH_KIND;
use crate::report::mapping::{Occupancy, USES, Use};
use crate::report::neurobench::NeuroBench;
use crate::report::summary::{
    Break, FIGURES, FixedTick, FreeRunning, LayerSummary, Output, Quantity, SparseTotals, Throughput,
};

fn read_quantity(cursor: &Cursor<'_>) -> Option<Quantity> {
    let object = cursor.object(&["mean", "p50", "p99"])?;
    let (mean, p50, p99) = (number(&object, "mean"), number(&object, "p50"), number(&object, "p99"));
    Some(Quantity { mean: mean?, p50: p50?, p99: p99? })
}

/// An energy per inference: three numbers, or `null` three times where nothing has a price.
fn read_energy(cursor: &Cursor<'_>) -> Option<Quantity> {
    let object = cursor.object(&["mean", "p50", "p99"])?;
    let none = ["mean", "p50", "p99"].iter().all(|name| object.get(name).is_some_and(|c| c.is_null()));
    if none { Some(Quantity::default()) } else { read_quantity(cursor) }
}

/// Figures of their own fields.
pub(super) struct Measured {
    pub(super) throughput: Throughput,
    pub(super) network: Network,
    pub(super) clock: (f64, bool),
    pub(super) ann: Option<Break>,
    pub(super) neurobench: Option<NeuroBench>,
    pub(super) totals: Option<SparseTotals>,
}

pub(super) fn read_measured(root: &Object<'_>, energy_pj: Option<Quantity>) -> Option<Measured> {
    let throughput = root.need("throughput_per_second").and_then(|c| read_throughput(&c));
    let network = root.need("network_on_chip").and_then(|c| read_network(&c));
    let clock = root.need("clock").and_then(|c| read_clock(&c));
    let (ann, neurobench) = (optional(root, "ann", read_ann), optional(root, "neurobench", read_neurobench));
    let totals = read_totals(root, energy_pj);
    Some(Measured {
        throughput: throughput?,
        network: network?,
        clock: clock?,
        ann: ann?,
        neurobench: neurobench?,
        totals: totals?,
    })
}

/// Figures per inference, the energy apart.
pub(super) struct Figures {
    pub(super) energy_pj: Quantity,
    pub(super) others: Vec<(&'static str, Quantity)>,
    pub(super) encoder_macs: u64,
}

pub(super) fn read_figures(cursor: &Cursor<'_>) -> Option<Figures> {
    let names: Vec<&'static str> =
        ["cycles", "latency_ns"].into_iter().chain(FIGURES.iter().map(|(n, _)| *n)).collect();
    let object = cursor.object(&[&["energy_pj", "encoder_macs"], &names[..]].concat())?;
    let read = |name: &'static str| object.need(name).and_then(|c| read_quantity(&c));
    let energy_pj = object.need("energy_pj").and_then(|c| read_energy(&c));
    let others: Vec<_> = names.into_iter().map(|name| Some((name, read(name)?))).collect();
    let encoder_macs = count(&object, "encoder_macs");
    Some(Figures {
        energy_pj: energy_pj?,
        others: others.into_iter().collect::<Option<_>>()?,
        encoder_macs: encoder_macs?,
    })
}

const LAYER: &[&str] = &["layer", "neurons", "cores", "spikes", "synaptic_operations", "packets", "energy_pj"];

pub(super) fn read_layers(cursor: &Cursor<'_>) -> Option<Vec<(LayerSummary, f64)>> {
    all(cursor, |c| {
        let object = c.object(LAYER)?;
        let layer = object.need("layer").and_then(|c| owned(&c));
        let size = |name: &str| object.need(name).and_then(|c| c.unsigned(0..=u32::MAX));
        let (neurons, cores) = (size("neurons"), size("cores"));
        let [spikes, synops, packets] = ["spikes", "synaptic_operations", "packets"].map(|name| number(&object, name));
        let energy = energy(&object, "energy_pj");
        let (neurons, cores, synaptic_operations) = (neurons?, cores?, synops?);
        let summary =
            LayerSummary { layer: layer?, neurons, cores, spikes: spikes?, synaptic_operations, packets: packets? };
        Some((summary, energy?))
    })
}

fn read_throughput(cursor: &Cursor<'_>) -> Option<Throughput> {
    let object = cursor.object(&["one_at_a_time", "pipelined"])?;
    let one_at_a_time = number(&object, "one_at_a_time");
    let pipelined = optional(&object, "pipelined", |c| c.number(0.0..=LARGEST));
    Some(Throughput { one_at_a_time: one_at_a_time?, pipelined: pipelined? })
}

/// Latency of packets, hops of packets, busiest link.
pub(super) type Network = (Quantity, Quantity, Option<(String, f64)>);

fn read_network(cursor: &Cursor<'_>) -> Option<Network> {
    let object = cursor.object(&["packet_latency_ns", "packet_hops", "worst_link"])?;
    let latency = object.need("packet_latency_ns").and_then(|c| read_quantity(&c));
    let hops = object.need("packet_hops").and_then(|c| read_quantity(&c));
    let worst = optional(&object, "worst_link", |c| {
        let object = c.object(&["link", "flits"])?;
        let (link, flits) = (object.need("link").and_then(|c| owned(&c)), number(&object, "flits"));
        Some((link?, flits?))
    });
    Some((latency?, hops?, worst?))
}

fn read_clock(cursor: &Cursor<'_>) -> Option<(f64, bool)> {
    let object = cursor.object(&["mhz", "reference"])?;
    let (mhz, reference) = (number(&object, "mhz"), object.need("reference").and_then(|c| c.flag()));
    Some((mhz?, reference?))
}

fn read_ann(cursor: &Cursor<'_>) -> Option<Break> {
    let fields = ["macs", "first_layer_macs", "synops_ratio", "operations_ratio", "break_even", "same_silicon"];
    let object = cursor.object(&fields)?;
    let (macs, first_layer_macs) = (count(&object, "macs"), count(&object, "first_layer_macs"));
    let (synops, operations) = (number(&object, "synops_ratio"), number(&object, "operations_ratio"));
    let known: Vec<&str> = LIMITS.iter().map(|(source, _)| *source).collect();
    let limits = object.need("break_even").and_then(|c| {
        all(&c, |c| {
            let object = c.object(&["source", "spikes_per_synapse", "ours", "below"])?;
            let source = object.need("source").and_then(|c| c.choice(&known)).map(|i| LIMITS[i].0);
            let (limit, ours) = (number(&object, "spikes_per_synapse"), number(&object, "ours"));
            let below = object.need("below").and_then(|c| c.flag());
            Some(BreakEven { source: source?, limit: limit?, ours: ours?, below: below? })
        })
    });
    let same_silicon = object.need("same_silicon").and_then(|c| read_same_silicon(&c));
    Some(Break {
        macs: macs?,
        first_layer_macs: first_layer_macs?,
        synops_ratio: synops?,
        operations_ratio: operations?,
        limits: limits?,
        same_silicon: same_silicon?,
    })
}

/// What does not follow from the rest.
fn read_same_silicon(cursor: &Cursor<'_>) -> Option<SameSilicon> {
    let object = cursor.object(&["ann_pj", "snn_pj", "break_even", "costs"])?;
    let (ann, snn) = (number(&object, "ann_pj"), number(&object, "snn_pj"));
    let costs = object.need("costs").and_then(|c| {
        let object = c.object(&UnitCosts::NAMES)?;
        let values = UnitCosts::NAMES.map(|name| object.need(name).and_then(|c| c.number(0.0..=1e6)));
        let known: Vec<f64> = values.into_iter().collect::<Option<_>>()?;
        known.try_into().ok().map(UnitCosts::from_values)
    });
    // A spike that costs nothing puts the break-even out of reach, for which JSON has no number.
    let out_of_reach = costs.is_some_and(|costs| !costs.break_even().is_finite());
    let break_even = object.need("break_even").filter(|c| !(out_of_reach && c.is_null()));
    if let Some(cursor) = break_even {
        cursor.number(0.0..=f64::MAX)?;
    }
    Some(SameSilicon { costs: costs?, ann_pj: ann?, snn_pj: snn? })
}

const NEUROBENCH: &[&str] = &[
    "kind",
    "Footprint",
    "ParameterCount",
    "ConnectionSparsity",
    "ClassificationAccuracy",
    "ActivationSparsity",
    "SynapticOperations",
    "MembraneUpdates",
];

fn read_neurobench(cursor: &Cursor<'_>) -> Option<NeuroBench> {
    let object = cursor.object(NEUROBENCH)?;
    object.need("kind").and_then(|c| c.choice(&[NEUROBENCH_KIND]));
    let (footprint, parameters) = (count(&object, "Footprint"), count(&object, "ParameterCount"));
    let share = |name: &str| object.need(name).and_then(|c| c.number(0.0..=1.0));
    let accuracy = optional(&object, "ClassificationAccuracy", |c| c.number(0.0..=1.0));
    let connections = share("ConnectionSparsity");
    let activations = share("ActivationSparsity");
    let number = |object: &Object<'_>, name: &str| object.need(name).and_then(|c| c.number(0.0..=1e18));
    let operations = object.need("SynapticOperations");
    let operations = operations.and_then(|c| c.object(&["Effective_MACs", "Effective_ACs", "Dense"]));
    let operation = |name: &str| operations.as_ref().and_then(|operations| number(operations, name));
    let (macs, acs, dense) = (operation("Effective_MACs"), operation("Effective_ACs"), operation("Dense"));
    let updates = number(&object, "MembraneUpdates");
    Some(NeuroBench {
        footprint: footprint?,
        parameter_count: parameters?,
        connection_sparsity: connections?,
        classification_accuracy: accuracy?,
        activation_sparsity: activations?,
        effective_macs: macs?,
        effective_acs: acs?,
        dense: dense?,
        membrane_updates: updates?,
    })
}

const TOTALS: &[&str] = &["spikes", "synaptic_operations", "packets", "hops", "energy_pj"];

/// What only a sparse run has: three fields, all or none of them.
fn read_totals(root: &Object<'_>, energy_pj: Option<Quantity>) -> Option<Option<SparseTotals>> {
    let fields = ["totals", "source_spikes", "spikes_per_step"];
    if fields.iter().all(|name| root.get(name).is_none()) {
        return Some(None);
    }
    let object = root.need("totals").and_then(|c| c.object(TOTALS));
    let source_spikes = count(root, "source_spikes");
    let spikes_per_step = root.need("spikes_per_step").and_then(|c| c.wholes(1..=LONGEST, 0..=MOST));
    let object = object?;
    let [spikes, synops, packets, hops] = [0, 1, 2, 3].map(|i| count(&object, TOTALS[i]));
    let total = energy(&object, "energy_pj")?;
    if energy_pj.is_some_and(|energy| energy.mean != total) {
        object.problem(format!("energy_pj is {total}, which is not that of the run's one inference"));
    }
    let (spikes, synaptic_operations, packets, hops) = (spikes?, synops?, packets?, hops?);
    let (source_spikes, spikes_per_step) = (source_spikes?, spikes_per_step?);
    // Older reports have none.
    let outputs = match root.get("outputs") {
        Some(outputs) => outputs.list(0..=LONGEST)?.iter().map(read_output).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    Some(Some(SparseTotals { spikes, source_spikes, synaptic_operations, packets, hops, spikes_per_step, outputs }))
}

fn read_output(cursor: &Cursor<'_>) -> Option<Output> {
    let object = cursor.object(&["population", "spikes", "membranes"])?;
    let population = object.need("population").and_then(|c| c.name()).map(str::to_owned);
    let spikes = object.need("spikes").and_then(|c| c.wholes(1..=LONGEST, 0..=u32::MAX.into()));
    let membranes = object.need("membranes").and_then(|c| {
        let range = i64::from(i32::MIN)..=i64::from(i32::MAX);
        c.list(1..=LONGEST)?.iter().map(|c| c.integer(range.clone()).map(|v| v as i32)).collect::<Option<Vec<i32>>>()
    });
    let (spikes, membranes) = (spikes?, membranes?);
    if spikes.len() != membranes.len() {
        object.problem(format!("{} spike counts and {} membranes of the same neurons", spikes.len(), membranes.len()));
        return None;
    }
    Some(Output { population: population?, spikes: spikes.into_iter().map(|n| n as u32).collect(), membranes })
}

const FREE: &[&str] =
    &["time_step_ns", "deadline_ns", "ended_at_deadline", "packets_not_delivered", "spike_count_difference"];

pub(super) fn read_free_running(cursor: &Cursor<'_>, samples: u64) -> Option<FreeRunning> {
    let object = cursor.object(FREE)?;
    let [time_step, deadline, difference] = [0, 1, 4].map(|i| number(&object, FREE[i]));
    let ended = object.need("ended_at_deadline").and_then(|c| c.whole(0..=samples));
    let dropped = count(&object, "packets_not_delivered");
    let (ended, dropped) = (ended?, dropped?);
    if (ended > 0) != (dropped > 0) || ended > dropped {
        object.problem(format!("{ended} inferences cannot be ended with {dropped} packets under way"));
        return None;
    }
    Some(FreeRunning {
        time_step_ns: time_step?,
        deadline_ns: deadline?,
        ended_at_deadline: ended,
        packets_not_delivered: dropped,
        spike_count_difference: difference?,
    })
}

/// What only a chip of fixed ticks has: two fields, both or none of them.
pub(super) fn read_fixed_tick(root: &Object<'_>) -> Option<Option<FixedTick>> {
    if ["fixed_tick_ns", "overrun_steps"].iter().all(|name| root.get(name).is_none()) {
        return Some(None);
    }
    let (length_ns, overrun_steps) = (number(root, "fixed_tick_ns"), count(root, "overrun_steps"));
    Some(Some(FixedTick { length_ns: length_ns?, overrun_steps: overrun_steps? }))
}

pub(super) fn read_occupancy(root: &Object<'_>) -> Option<Occupancy> {
    let placer = root.need("placer").and_then(|c| c.choice(place::NAMES));
    let size = |name: &str| root.need(name).and_then(|c| c.unsigned(1..=u32::MAX));
    // Reports of the time before chips were counted are of one.
    let chips = root.get("chips").map_or(Some(1), |c| c.unsigned(1..=u32::MAX));
    let (cores_used, cores, tiles_used) = (size("cores_used"), size("cores"), size("tiles_used"));
    let violations = root.need("limit_violations").and_then(|c| all(&c, owned));
    let utilisation = root.need("utilisation").and_then(|c| {
        let object = c.object(USES)?;
        let present = USES.iter().filter_map(|name| Some((*name, object.get(name)?)));
        let list: Vec<_> = present.map(|(name, c)| read_use(name, &c)).collect();
        list.into_iter().collect::<Option<Vec<_>>>()
    });
    Some(Occupancy {
        placer: place::NAMES[placer?],
        cores_used: cores_used?,
        chips: chips?,
        cores: cores?,
        tiles_used: tiles_used?,
        utilisation: utilisation?,
        violations: violations?,
    })
}

fn read_use(name: &'static str, cursor: &Cursor<'_>) -> Option<Use> {
    let object = cursor.object(&["mean", "most"])?;
    let (mean, most) = (number(&object, "mean"), number(&object, "most"));
    Some(Use { name, mean: mean?, most: most? })
}
