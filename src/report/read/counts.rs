//! The counts of a saved report, and whether its figures agree with them.

use super::{LONGEST, MOST, all};
use crate::json::{Cursor, Document};
use crate::report::summary::{FIGURES, Summary};
use crate::report::tally::Tally;
use crate::stats::{Counts, Op};
use crate::units::Femtoseconds;
use std::ops::RangeInclusive;

/// The counts of as many inferences and layers as the report has.
pub(super) fn read_tally(cursor: &Cursor<'_>, lengths: Option<(usize, usize)>) -> Option<Tally> {
    let object = cursor.object(&["tick_fs", "operations", "ticks", "inferences", "layers"])?;
    let tick = object.need("tick_fs").and_then(|c| c.whole(1..=1_000_000_000_000)).map(Femtoseconds);
    let operations = object.need("operations").and_then(|c| read_operations(&c));
    let (samples, layers) = lengths.map_or((0..=LONGEST, 0..=LONGEST), |(s, l)| (s..=s, l..=l));
    let ticks = object.need("ticks").and_then(|c| {
        let ticks = c.wholes(samples.clone(), 1..=MOST)?;
        if ticks.iter().try_fold(0, |sum, n| within(sum, *n)).is_none() {
            c.problem(format!("they add up to more than {MOST}"));
            return None;
        }
        Some(ticks)
    });
    let rows = |name, len| object.need(name).and_then(|c| read_rows(&c, len, operations.as_deref()?));
    let (inferences, layers) = (rows("inferences", samples), rows("layers", layers));
    operations?;
    let (inferences, layers) = (inferences?, layers?);
    let tally = Tally { tick: tick?, inferences: inferences.into_iter().zip(ticks?).collect(), layers };
    let (total, mut in_layers) = (tally.total(), Counts::default());
    tally.layers.iter().for_each(|counts| in_layers.merge(counts));
    if let Some(op) = Op::ALL.iter().find(|op| in_layers.of(**op) > total.of(**op)) {
        object.problem(format!("the layers have more {} than the inferences", op.name()));
        return None;
    }
    Some(tally)
}

fn read_operations(cursor: &Cursor<'_>) -> Option<Vec<Op>> {
    let operations = all(cursor, |c| c.choice(Op::NAMES).map(|i| Op::ALL[i]))?;
    if let Some(i) = (1..operations.len()).find(|i| operations[..*i].contains(&operations[*i])) {
        cursor.problem(format!("{} is there twice", operations[i].name()));
        return None;
    }
    Some(operations)
}

/// A sum that stays within what is counted.
fn within(sum: u64, more: u64) -> Option<u64> {
    sum.checked_add(more).filter(|sum| *sum <= MOST)
}

/// Rows of counts, a column for each operation.
fn read_rows(cursor: &Cursor<'_>, len: RangeInclusive<usize>, operations: &[Op]) -> Option<Vec<Counts>> {
    let columns = operations.len();
    let row = |c: &Cursor<'_>| {
        let mut counts = Counts::default();
        let values = c.wholes(columns..=columns, 0..=MOST)?;
        operations.iter().zip(values).for_each(|(op, n)| counts.add(*op, n));
        Some(counts)
    };
    let rows: Vec<_> = cursor.list(len)?.iter().map(row).collect();
    let rows: Vec<Counts> = rows.into_iter().collect::<Option<_>>()?;
    for op in operations {
        if rows.iter().try_fold(0, |sum, counts| within(sum, counts.of(*op))).is_none() {
            cursor.problem(format!("{} adds up to more than {MOST}", op.name()));
            return None;
        }
    }
    Some(rows)
}

/// Notes figures that are not what the counts say, or not what the others add up to.
pub(super) fn agrees(document: &Document, s: &Summary) {
    let same = |path: &str, found: f64, expected: f64| {
        // Sums of the same numbers may be rounded in another order.
        if (found - expected).abs() > 1e-9 * expected.abs().max(found.abs()) {
            document.problem(path, format!("found {found}, but the rest of the file makes it {expected}"));
        }
    };
    if s.neurobench.as_ref().is_some_and(|n| n.classification_accuracy.is_some() != s.accuracy.is_some()) {
        document.problem("neurobench.ClassificationAccuracy", "goes with accuracy: both are there, or neither is");
    }
    if s.reconstruction.is_some() && s.accuracy.is_some() {
        document.problem("mse", "a network that tells classes apart has none");
    }
    let (total, samples) = (s.tally.total(), s.tally.samples());
    let mean = |op: fn(&Counts) -> u64, counts: &Counts| op(counts) as f64 / samples;
    for (name, value) in FIGURES {
        let found = s.per_inference.iter().find(|(n, _)| n == name).map_or(0.0, |(_, q)| q.mean);
        same(&format!("per_inference.{name}.mean"), found, mean(*value, &total));
    }
    let latency = s.per_inference.iter().find(|(n, _)| *n == "latency_ns").map_or(0.0, |(_, q)| q.mean);
    same("per_inference.latency_ns.mean", latency, s.tally.latency_ns());
    for (i, (layer, counts)) in s.layers.iter().zip(&s.tally.layers).enumerate() {
        same(&format!("per_layer[{i}].spikes"), layer.spikes, mean(|c| c.of(Op::SomaSpike), counts));
        let synops = mean(|c| c.of(Op::Synapse), counts);
        same(&format!("per_layer[{i}].synaptic_operations"), layer.synaptic_operations, synops);
        same(&format!("per_layer[{i}].packets"), layer.packets, mean(|c| c.of(Op::AxonOut), counts));
    }
    let energy = s.pricing.energy_pj.mean;
    same("per_inference.energy_pj.mean", energy, s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum());
    same("average_power_mw", s.pricing.average_power_mw, energy / s.tally.latency_ns());
    waits_for_one_thing(document, s, total.of(Op::Barrier));
    let conversions = total.of(Op::ColumnConversion);
    if let Some(devices) = s.devices.as_ref().filter(|devices| devices.clipped_conversions > conversions) {
        let clipped = devices.clipped_conversions;
        let message = format!("found {clipped}, but only {conversions} columns were converted");
        document.problem("devices.clipped_conversions", message);
    }
    let done = if s.totals.is_some() { s.time_steps.into() } else { s.samples };
    if let Some(i) = s.interrupted.filter(|i| i.done != done) {
        document.problem("interrupted.done", format!("found {}, but the figures are of {done}", i.done));
    }
    let Some(t) = &s.totals else {
        return;
    };
    same("totals.spikes", t.spikes as f64, t.spikes_per_step.iter().map(|n| *n as f64).sum());
    same("totals.synaptic_operations", t.synaptic_operations as f64, total.of(Op::Synapse) as f64);
    same("totals.packets", t.packets as f64, total.of(Op::Inject) as f64);
    same("totals.hops", t.hops as f64, total.hops() as f64);
    if t.spikes_per_step.len() != s.time_steps as usize || s.samples != 1 {
        let (found, steps) = (t.spikes_per_step.len(), s.time_steps);
        let message = format!("{found} steps of a sparse run, of {} samples and {steps} time steps", s.samples);
        document.problem("spikes_per_step", message);
    }
}

/// Notes steps that were started by more than one thing, or by none.
fn waits_for_one_thing(document: &Document, s: &Summary, barriers: u64) {
    let (free, fixed) = (s.free_running.is_some(), s.fixed_tick.is_some());
    if free && fixed {
        document.problem("overrun_steps", "a free-running chip has no fixed ticks");
    } else if free != (s.times.barrier.is_none() && !fixed) || free && barriers > 0 {
        document.problem("free_running", "a run has either a barrier between its steps or this");
    } else if fixed && (s.times.barrier.is_some() || barriers > 0) {
        document.problem("fixed_tick_ns", "a run has either a barrier between its steps or this");
    }
    let steps = s.samples.saturating_mul(s.steps_per_inference.into());
    if let Some(fixed) = s.fixed_tick.filter(|fixed| fixed.overrun_steps > steps) {
        document.problem("overrun_steps", format!("{} of {steps} steps", fixed.overrun_steps));
    }
}
