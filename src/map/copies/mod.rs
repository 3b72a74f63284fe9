//! Neurons are copied on chips whose neurons each reach only so many axons (`core.max_targets`), as on TrueNorth and
//! RANC, where a neuron's spikes go to one axon of one core.
//!
//! A neuron that has to reach more axons stands there several times: its copies hear the same axons, so they spike
//! alike, and each serves the targets of its share of the axons. So the function stays the same, whatever the model;
//! copies are neurons like others, and cost what neurons cost. An input of the host needs no copies for this.
//!
//! An axon also has one type, which picks the same of the weights of all neurons (`core.axon_types`). Where the sources
//! of a core have no such types ([`types`]), each source gets an axon for each class of its weights: for weights of +a
//! and -a of each neuron a pair of axons. Inputs of the host too then come in on both axons of a pair.
//!
//! On chips where all weights of a source have one sign (`core.source_sign`), inputs of a layered network with weights
//! of both come in twice, once for each sign; neurons are not copied for that.
//!
//! Copies of a neuron depend on the cores of its targets, and those on the copies of the targets: the partition is made
//! again until it needs no other copies, which in a layered network takes a round for each layer.

mod types;

use super::check::axons_reached;
use super::{Limits, NO_CORE, Sharing, core_of, kinds, partition};
use crate::hw::Chip;
use crate::ids::CoreId;
use crate::net::Graph;
use crate::net::graph::{Csr, MAX_NEURONS, MAX_SYNAPSES};
use types::WeightClasses;

/// The network with the neurons copied that reach more axons than the chip's can; `None` if there are none, or if
/// copies would not make it fit.
pub(super) fn fitting(graph: &Graph, chip: &Chip, sharing: Sharing) -> Option<Graph> {
    let limits = &chip.core.limits;
    // Where cores differ, neurons are not copied.
    if !graph.axons.is_empty() || graph.neurons_per_core.is_some() || !kinds::are_plain(chip) {
        return None;
    }
    let Some(reach) = limits.max_targets else {
        // The inputs of a sparse network are what its file says.
        return if limits.source_sign && graph.is_layered() { signed_inputs(graph) } else { None };
    };
    let classes = match limits.axon_types {
        Some(most) => Some(WeightClasses::of(graph, most)?),
        None => None,
    };
    let cores = cores(graph, chip, sharing)?;
    let have_types = limits.axon_types.is_none_or(|most| types::are_there(graph, &cores, most));
    if have_types && !reaches_more(graph, &cores, reach) {
        return None;
    }
    // Copies may be on other cores than their neurons were: an axon for each class has a type on any core.
    let rules = Rules { reach: reach as usize, classes };
    copied((graph, chip, sharing), &rules, cores).map(|(copied, _)| copied)
}

/// The network with copies, and its cores; `cores` are those without copies.
fn copied(
    (graph, chip, sharing): (&Graph, &Chip, Sharing),
    rules: &Rules,
    cores: Vec<CoreId>,
) -> Option<(Graph, Vec<CoreId>)> {
    let mut last = Copied { start: (0..=graph.neurons() as u32).collect(), cores };
    // Recurrent networks may need other copies again and again.
    for _ in 0..graph.populations.len() + 2 {
        let copied = copy(graph, rules, &last)?;
        let cores = self::cores(&copied, chip, sharing)?;
        if !reaches_more(&copied, &cores, rules.reach as u32) {
            return Some((copied, cores));
        }
        last = Copied { start: starts(&copied, graph.neurons()), cores };
    }
    None
}

/// The network with two inputs for each one with weights of both signs, one for each sign, where that is all that keeps
/// the sources of its weights from having a sign.
fn signed_inputs(graph: &Graph) -> Option<Graph> {
    let is_mixed = |source: usize| {
        let has = |sign: i16| graph.synapses.row(source).any(|(_, weight, _)| weight.signum() == sign);
        has(1) && has(-1)
    };
    let mixed = |inputs: bool| {
        let populations = graph.populations.iter().filter(move |population| population.source.is_some() == inputs);
        populations.flat_map(|population| population.range()).any(is_mixed)
    };
    if mixed(false) || !mixed(true) {
        return None;
    }
    let alone = Copied { start: (0..=graph.neurons() as u32).collect(), cores: vec![NO_CORE; graph.neurons()] };
    copy(graph, &Rules { reach: usize::MAX, classes: Some(WeightClasses::signs()) }, &alone)
}

/// The core of each neuron, as the cores are filled.
fn cores(graph: &Graph, chip: &Chip, sharing: Sharing) -> Option<Vec<CoreId>> {
    let (loads, _) = partition::partition(graph, chip, (Limits::Enforce, sharing), &[]).ok()?;
    Some(core_of(graph, &loads))
}

/// Whether a neuron reaches more than `most` axons.
fn reaches_more(graph: &Graph, cores: &[CoreId], most: u32) -> bool {
    axons_reached(graph, cores).any(|(_, found)| found > most)
}

struct Rules {
    /// Axons that a neuron reaches.
    reach: usize,
    /// The classes of weights that need an axon each, if axons do not do without.
    classes: Option<WeightClasses>,
}

/// A network with copies on its cores.
struct Copied {
    /// First place of each neuron of the network, and the number of all.
    start: Vec<u32>,
    cores: Vec<CoreId>,
}

impl Copied {
    /// The core of a copy; a copy that there is not yet is thought to be where the last one is.
    fn core(&self, neuron: usize, copy: u32) -> CoreId {
        let last = self.start[neuron + 1] - 1;
        self.cores[(self.start[neuron] + copy).min(last) as usize]
    }

    fn copies(&self, neuron: usize) -> u32 {
        self.start[neuron + 1] - self.start[neuron]
    }
}

fn starts(copied: &Graph, neurons: usize) -> Vec<u32> {
    (0..=neurons as u32).map(|neuron| copied.inputs_of(neuron).start).collect()
}

/// An axon that a neuron reaches: the class of its weights, its core and its delay. Inputs of the host reach all cores.
type CopiedAxon = (u8, Option<CoreId>, u32);

/// The network with a copy of each neuron for each share of its axons, by the cores of the last round.
fn copy(graph: &Graph, rules: &Rules, last: &Copied) -> Option<Graph> {
    let mut is_input = vec![false; graph.neurons()];
    for population in graph.populations.iter().filter(|population| population.source.is_some()) {
        is_input[population.range()].fill(true);
    }
    let axon = |source: usize, core: CoreId, (target, weight, delay): (u32, i16, u32)| -> CopiedAxon {
        let class = rules.classes.as_ref().map_or(0, |classes| classes.class(target, weight));
        if is_input[source] { (class, None, 0) } else { (class, Some(core), delay) }
    };
    // On axons with types a synapse of weight 0 is none.
    let is_none = |weight: i16| weight == 0 && rules.classes.is_some();
    let (mut of, mut all): (Vec<u32>, Vec<Vec<CopiedAxon>>) = (Vec::new(), Vec::with_capacity(graph.neurons()));
    for source in 0..graph.neurons() {
        let mut axons: Vec<CopiedAxon> = Vec::new();
        for synapse in graph.synapses.row(source).filter(|synapse| !is_none(synapse.1)) {
            let target = synapse.0 as usize;
            axons.extend((0..last.copies(target)).map(|copy| axon(source, last.core(target, copy), synapse)));
        }
        axons.sort_unstable();
        axons.dedup();
        let copies = shares(&axons, rules.reach).last().map_or(1, |last| last + 1);
        of.extend(std::iter::repeat_n(source as u32, copies));
        all.push(axons);
    }
    let mut start: Vec<u32> = Vec::with_capacity(graph.neurons() + 1);
    start.extend((0..=graph.neurons() as u32).map(|neuron| of.partition_point(|before| *before < neuron) as u32));
    let mut synapses = Csr::with_capacity(of.len(), graph.synapses.len());
    for (source, axons) in all.iter().enumerate() {
        let shares: Vec<usize> = shares(axons, rules.reach).collect();
        let mut rows: Vec<Vec<(u32, i16, u32)>> = vec![Vec::new(); shares.last().map_or(1, |last| last + 1)];
        for (target, weight, delay) in graph.synapses.row(source).filter(|synapse| !is_none(synapse.1)) {
            let first = start[target as usize];
            for copy in 0..start[target as usize + 1] - first {
                let core = last.core(target as usize, copy);
                let at = axons.binary_search(&axon(source, core, (target, weight, delay))).ok()?;
                rows[shares[at]].push((first + copy, weight, delay));
            }
        }
        for row in rows {
            row.into_iter().for_each(|(target, weight, delay)| synapses.push(target, weight, delay));
            synapses.end_row();
        }
        if of.len() as u64 > MAX_NEURONS || synapses.len() as u64 > MAX_SYNAPSES {
            return None;
        }
    }
    Some(graph.copied(of, synapses))
}

/// The copy that serves each axon: those of a class, `reach` at a time.
fn shares(axons: &[CopiedAxon], reach: usize) -> impl Iterator<Item = usize> + '_ {
    let (mut copy, mut served, mut class) = (0, 0, None);
    axons.iter().map(move |axon| {
        let goes_on = class.replace(axon.0) == Some(axon.0) && served < reach;
        if !goes_on {
            copy += usize::from(served > 0);
            served = 0;
        }
        served += 1;
        copy
    })
}
