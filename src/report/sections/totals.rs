//! Totals of a sparse run, and what its outputs computed.

use super::energy::Price;
use super::{Head, Saved, Summary};
use crate::json::{Cursor, Object};
use crate::net::graph::{Graph, Population};
use crate::report::measure::{Input, Run};
use crate::report::saved::{Fields, Form, LONGEST, Later, Long, Name, Record, Usual, Wholes, fields};
use crate::report::table::{energy, thousands};
use crate::run::SparseResult;
use crate::stats::Op;
use serde_json::json;

/// Totals of a sparse run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SparseTotals {
    /// Sums over the run.
    pub sums: Sums,
    /// Spikes of sources outside the chip.
    pub source_spikes: u64,
    /// Spikes in each step.
    pub spikes_per_step: Vec<u64>,
    /// Populations that send nothing on, in the order of the network; none where they are too large to be listed.
    pub outputs: Vec<Output>,
}

/// Sums over a sparse run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Spikes of neurons on the chip.
    pub spikes: u64,
    /// Synaptic operations.
    pub synaptic_operations: u64,
    /// Packets.
    pub packets: u64,
    /// Hops.
    pub hops: u64,
}

/// What an output of a sparse network computed, by neuron of its population.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub population: String,
    /// Spikes of each neuron in the run.
    pub spikes: Vec<u32>,
    /// Membrane of each neuron at the end (membrane units).
    pub membranes: Vec<i32>,
}

impl Record for SparseTotals {
    // The sums are an object of their own, in which the energy stands too.
    fields!(SparseTotals {
        source_spikes,
        spikes_per_step = Wholes,
        // Older reports have none.
        outputs = Later(Usual, Vec::new()),
    });
}

impl Record for Sums {
    fields!(Sums { spikes, synaptic_operations, packets, hops });
}

impl Record for Output {
    fields!(Output { population = Name, spikes = Wholes, membranes = Long(1..=LONGEST, Usual) });

    fn check(&self, object: &Object<'_>) {
        let (spikes, membranes) = (self.spikes.len(), self.membranes.len());
        if spikes != membranes {
            object.problem(format!("{spikes} spike counts and {membranes} membranes of the same neurons"));
        }
    }
}

pub(super) struct Section;

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.push("totals");
        SparseTotals::names(into);
    }

    fn put(s: &Summary, into: &mut Fields) {
        let Some(totals) = &s.totals else { return };
        Usual.put("totals", &totals.sums, into);
        into["totals"]["energy_pj"] = json!(s.pricing.coverage.total.known(s.pricing.energy_pj.mean));
        SparseTotals::put(totals, into);
    }

    /// Three fields, all or none of them.
    fn take(root: &Object<'_>, s: &mut Summary) -> bool {
        if ["totals", "source_spikes", "spikes_per_step"].iter().all(|name| root.get(name).is_none()) {
            return true;
        }
        let (mut totals, sums) = (SparseTotals::default(), root.need("totals").and_then(|c| read_sums(&c, s)));
        let whole = SparseTotals::take(root, &mut totals);
        s.totals = sums.map(|sums| SparseTotals { sums, ..totals });
        whole && s.totals.is_some()
    }

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let Input::Sparse(input) = run.input else { return };
        s.totals = Some(SparseTotals {
            sums: Sums {
                spikes: input.result.spikes_per_step.iter().sum(),
                synaptic_operations: run.total.of(Op::Synapse),
                packets: run.total.of(Op::Inject),
                hops: run.total.hops(),
            },
            source_spikes: input.result.source_spikes,
            spikes_per_step: input.result.spikes_per_step.clone(),
            outputs: outputs(run.context.graph.whole(), input.result),
        });
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        let (Some(totals), total) = (&s.totals, s.tally.total()) else { return };
        let (sums, steps) = (totals.sums, &totals.spikes_per_step);
        for (name, found, expected) in [
            ("spikes", sums.spikes, steps.iter().map(|n| *n as f64).sum()),
            ("synaptic_operations", sums.synaptic_operations, total.of(Op::Synapse) as f64),
            ("packets", sums.packets, total.of(Op::Inject) as f64),
            ("hops", sums.hops, total.hops() as f64),
        ] {
            saved.same(&format!("totals.{name}"), found as f64, expected);
        }
        if steps.len() != s.time_steps as usize || s.samples != 1 {
            let (found, asked) = (steps.len(), s.time_steps);
            let message = format!("{found} steps of a sparse run, of {} samples and {asked} time steps", s.samples);
            saved.problem("spikes_per_step", message);
        }
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let Some(totals) = &s.totals else { return Vec::new() };
        let equal = match s.mismatched_samples {
            0 => "equals",
            _ if s.is_wrong() => "DIFFERS from",
            _ => "differs from",
        };
        let Sums { spikes, synaptic_operations, packets, hops } = totals.sums;
        let [spikes, synops, packets, hops] = [spikes, synaptic_operations, packets, hops].map(|n| thousands(n as i64));
        let energy = s.pricing.coverage.total.mark(energy(s.pricing.energy_pj.mean));
        let sums = format!("{spikes} spikes, {synops} synaptic operations, {packets} packets, {hops} hops, {energy}");
        let steps = format!("{} steps · the run {equal} the integer reference", s.time_steps);
        vec![(Head::Outcome, steps), (Head::Outcome, sums)]
    }
}

/// The sums; their energy must be that of the run's one inference.
fn read_sums(cursor: &Cursor<'_>, s: &Summary) -> Option<Sums> {
    let (mut names, mut sums) = (Vec::new(), Sums::default());
    Sums::names(&mut names);
    names.push("energy_pj");
    let object = cursor.object(&names)?;
    let whole = Sums::take(&object, &mut sums);
    let energy = Price.take("energy_pj", &object)?;
    // Without figures nothing is known of the inference.
    if !s.per_inference.is_empty() && s.pricing.energy_pj.mean != energy {
        object.problem(format!("energy_pj is {energy}, which is not that of the run's one inference"));
    }
    whole.then_some(sums)
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
