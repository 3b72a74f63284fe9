//! Totals of a sparse run, and what its outputs computed.

use super::section::*;
use crate::net::graph::{Graph, Population};
use crate::run::SparseResult;

pub(super) const SECTION: Section = Section {
    measure,
    check,
    show,
    brief,
    ..Section::of(&[SectionFields { names: &["totals", "source_spikes", "spikes_per_step", "outputs"], put, take }])
};

fn put(s: &Summary, into: &mut JsonObject) {
    let Some(totals) = &s.totals else { return };
    let mut sums = totals.sums.save();
    sums["energy_pj"] = json!(s.pricing.coverage.total.known(s.pricing.energy_pj.mean));
    into.insert("totals".into(), sums);
    into.insert("source_spikes".into(), totals.source_spikes.save());
    into.insert("spikes_per_step".into(), totals.spikes_per_step.save());
    into.insert("outputs".into(), totals.outputs.save());
}

/// Reads three fields, all or none of them, and the outputs, which older reports lack.
fn take(root: &Object<'_>, s: &mut Summary) -> bool {
    if ["totals", "source_spikes", "spikes_per_step"].iter().all(|name| root.get(name).is_none()) {
        return true;
    }
    let sums = root.need("totals").and_then(|c| read_sums(&c, s));
    let source_spikes = u64::load.take("source_spikes", root);
    let spikes_per_step = wholes.take("spikes_per_step", root);
    let outputs = AddedLater(Vec::load, Vec::new()).take("outputs", root);
    let (Some(sums), Some(source_spikes), Some(spikes_per_step), Some(outputs)) =
        (sums, source_spikes, spikes_per_step, outputs)
    else {
        return false;
    };
    s.totals = Some(SparseTotals { sums, source_spikes, spikes_per_step, outputs });
    true
}

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Sparse(input) = run.input else { return };
    s.totals = Some(SparseTotals {
        sums: SparseSums {
            spikes: input.result.spikes_per_step.iter().sum(),
            synaptic_operations: run.total.synapses(),
            packets: run.total.of(Op::Inject),
            hops: run.total.hops(),
        },
        source_spikes: input.result.source_spikes,
        spikes_per_step: input.result.spikes_per_step.clone(),
        outputs: outputs(run.context.graph.whole(), input.result),
    });
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let (Some(totals), total) = (&s.totals, s.tally.total()) else { return };
    let (sums, steps) = (totals.sums, &totals.spikes_per_step);
    for (name, sum, expected) in [
        ("spikes", sums.spikes, steps.iter().map(|n| *n as f64).sum()),
        ("synaptic_operations", sums.synaptic_operations, total.synapses() as f64),
        ("packets", sums.packets, total.of(Op::Inject) as f64),
        ("hops", sums.hops, total.hops() as f64),
    ] {
        found.same(&format!("totals.{name}"), sum as f64, expected);
    }
    if steps.len() != s.time_steps as usize || s.samples != 1 {
        let (listed, asked) = (steps.len(), s.time_steps);
        let message = format!("{listed} steps of a sparse run, of {} samples and {asked} time steps", s.samples);
        found.problem("spikes_per_step", message);
    }
}

fn equal(s: &Summary) -> String {
    let equal = match s.mismatched_samples {
        0 => "equals",
        _ if s.is_wrong() => "DIFFERS from",
        _ => "differs from",
    };
    format!("the run {equal} the integer reference")
}

fn brief(s: &Summary, brief: &mut Brief) {
    if s.totals.is_some() {
        brief.line(BriefPlace::Outcome, "result", equal(s));
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    let Some(totals) = &s.totals else { return };
    let SparseSums { spikes, synaptic_operations, packets, hops } = totals.sums;
    let [spikes, synops, packets, hops] = [spikes, synaptic_operations, packets, hops].map(|n| thousands(n as i64));
    let energy = s.pricing.coverage.total.mark(energy(s.pricing.energy_pj.mean));
    let sums = format!("{spikes} spikes, {synops} synaptic operations, {packets} packets, {hops} hops, {energy}");
    shown.line(Head::Outcome, format!("{} · {}", count(s.time_steps, "step"), equal(s)));
    shown.line(Head::Outcome, sums);
}

/// The sums; their energy must be that of the run's one inference.
fn read_sums(cursor: &Cursor<'_>, s: &Summary) -> Option<SparseSums> {
    let object = cursor.object(&[SparseSums::NAMES, &["energy_pj"]].concat())?;
    let sums = SparseSums::take(&object);
    let energy = price.take("energy_pj", &object)?;
    // Without figures nothing is known of the inference.
    if !s.per_inference.is_empty() && s.pricing.energy_pj.mean != energy {
        object.problem(format!("energy_pj is {energy}, which is not that of the run's one inference"));
    }
    sums
}

const LISTED: usize = 1 << 16;

/// Results of the populations that send nothing on, in the order of the network's file.
fn outputs(graph: &Graph, result: &SparseResult) -> Vec<SparseOutput> {
    let range = Population::range;
    let found: Vec<&Population> = graph.sinks().collect();
    if found.iter().map(|population| population.count as usize).sum::<usize>() > LISTED {
        return Vec::new();
    }
    let spikes = graph.order.restore(result.spikes.clone());
    let membranes = graph.order.restore(result.membranes.clone());
    let output = |population: &Population| SparseOutput {
        population: population.name.clone(),
        spikes: spikes[range(population)].to_vec(),
        membranes: membranes[range(population)].to_vec(),
    };
    found.into_iter().map(output).collect()
}
