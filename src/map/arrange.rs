//! Mappings with an order of their own: neurons are put together by whom they hear, or by search, and a network's
//! neurons are numbered anew so that those of a core lie side by side.
//!
//! Whatever is found is kept only where it costs less than what is there already, and within the limits.

use super::search::{Capacity, Distances, Problem, Solution, solve};
use super::vertices::Vertices;
use super::{MapError, Mapping, Options, Partitioner, check, laid_out, map_counted, partition, shared};
use crate::hw::{Chip, SynapseArray};
use crate::net::{Graph, Order};

/// A network with its neurons in the order of its cores, and its mapping.
#[derive(Clone, Debug)]
pub struct Arranged {
    /// The network; it knows the numbers that its neurons had.
    pub graph: Graph,
    /// Where it stands.
    pub mapping: Mapping,
}

/// Maps a network, with its neurons in an order of the mapping's own where the options ask for a partitioner other
/// than the sequential one. `spikes` are those of every neuron for which packets are counted; without, each has one.
pub fn arrange(graph: &Graph, chip: &Chip, options: Options, spikes: Option<&[u32]>) -> Result<Arranged, MapError> {
    let mapping = map_counted(graph, chip, options, spikes)?;
    let mut best = Arranged { graph: graph.clone(), mapping };
    if options.partitioner == Partitioner::Sequential || graph.neurons_per_core.is_some() {
        return Ok(best);
    }
    let search = Search { chip, options, spikes };
    let shared = graph.arranged(shared::order(graph));
    search.offer(&mut best, shared)?;
    if options.partitioner == Partitioner::Multilevel && best.mapping.violations.is_empty() {
        search.refine(&mut best);
    }
    Ok(best)
}

/// What a search stands on.
struct Search<'a> {
    chip: &'a Chip,
    options: Options,
    spikes: Option<&'a [u32]>,
}

impl Search<'_> {
    /// The spikes of a graph's neurons, in its order.
    fn spikes_of(&self, graph: &Graph) -> Option<Vec<u32>> {
        self.spikes.map(|spikes| graph.order.arrange(spikes.to_vec()))
    }

    fn cost(&self, mapping: &Mapping) -> (usize, u64) {
        (mapping.violations.len(), mapping.all_hops(self.chip))
    }

    /// Takes another order, filled into cores one after the other, if it costs less.
    fn offer(&self, best: &mut Arranged, graph: Graph) -> Result<(), MapError> {
        let mapping = map_counted(&graph, self.chip, self.options, self.spikes_of(&graph).as_deref());
        match mapping {
            Ok(mapping) if self.cost(&mapping) < self.cost(&best.mapping) => *best = Arranged { graph, mapping },
            // More than the first order needs is no reason to fail.
            Ok(_) | Err(MapError::DoesNotFit { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Searches from the best mapping so far, and from partitions of its own.
    fn refine(&self, best: &mut Arranged) {
        let graph = best.graph.clone();
        let vertices = Vertices::of(&graph);
        let hypergraph = vertices.hypergraph(&graph, self.spikes_of(&graph).as_deref());
        let kind: Vec<u32> = best.mapping.cores.iter().map(|core| core.population).collect();
        let largest = best.mapping.cores.iter().map(|core| core.neurons.len() as u64).max().unwrap_or(1);
        let rows = row_bits(self.chip, &graph, largest);
        let tile: Vec<u32> = (0..self.chip.noc.cores()).map(|site| self.chip.noc.tile_of(site)).collect();
        let distances = Distances::hops(&self.chip.noc);
        let problem = Problem {
            graph: &hypergraph,
            kind: &kind,
            capacity: capacity(self.chip, &rows),
            distances: &distances,
            tile: &tile,
            seed: self.options.effort.seed,
        };
        let site = best.mapping.cores.iter().map(|core| core.site).collect();
        let start =
            Solution { core: vertices.cores(&best.mapping.core_of), site, cost: best.mapping.all_hops(self.chip) };
        let found = solve(problem, Some(start), self.options.effort.moves);
        let arranged = self.realise(&graph, &vertices, &kind, &found);
        if self.cost(&arranged.mapping) < self.cost(&best.mapping) {
            *best = arranged;
        }
    }

    /// Numbers neurons by their cores, and works out exactly what these hold.
    fn realise(&self, graph: &Graph, vertices: &Vertices, kind: &[u32], found: &Solution) -> Arranged {
        let mut order: Vec<u32> = (0..graph.neurons() as u32).collect();
        let mut members = vec![Vec::new(); kind.len()];
        vertices.neurons().iter().zip(&found.core).for_each(|(neuron, core)| members[*core as usize].push(*neuron));
        let mut next: Vec<u32> = graph.populations.iter().map(|population| population.first).collect();
        let mut cores = Vec::new();
        for (core, members) in members.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
            let first = next[kind[core] as usize];
            let end = first + members.len() as u32;
            order[first as usize..end as usize].copy_from_slice(members);
            next[kind[core] as usize] = end;
            cores.push(((kind[core], first, end), found.site[core]));
        }
        let graph = graph.arranged(Order::new(order));
        let (ranges, sites): (Vec<_>, Vec<_>) = cores.into_iter().unzip();
        let (mut loads, mut violations) = partition::loads(&graph, self.chip, &ranges);
        violations.extend(check::axons_out(&graph, &loads, self.chip));
        loads.iter_mut().zip(sites).for_each(|(load, site)| load.site = site);
        let spikes = self.spikes_of(&graph);
        let mut mapping = laid_out(&graph, loads, self.options, spikes.as_deref());
        mapping.violations = violations;
        Arranged { graph, mapping }
    }
}

/// What a core of the chip holds, as a search follows it.
fn capacity<'a>(chip: &Chip, row_bits: &'a [u64]) -> Capacity<'a> {
    let limits = &chip.core.limits;
    let memory = match &chip.core.synapses {
        SynapseArray::Sram(memory) => memory.bits,
        SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar => u64::MAX,
    };
    Capacity {
        neurons: limits.max_neurons.into(),
        axons_in: limits.max_axons_in.into(),
        axons_out: limits.max_axons_out.map_or(u64::MAX, u64::from),
        memory,
        row_bits,
    }
}

/// Bits of a source's row of so many synapses in a core of so many neurons, by the synapses.
fn row_bits(chip: &Chip, graph: &Graph, neurons: u64) -> Vec<u64> {
    let SynapseArray::Sram(memory) = &chip.core.synapses else { return Vec::new() };
    let bits = graph.synapses.weight_bits().into();
    let of = |synapses| if synapses == 0 { 0 } else { memory.row_bits(synapses, neurons, bits) };
    (0..=neurons + 2).map(of).collect()
}
