//! A network whose neurons are numbered by core, and its mapping, from arbitrary sets of neurons.

use super::{Mapping, MappingOptions, kinds, laid_out};
use crate::hw::Chip;
use crate::ids::SiteId;
use crate::net::{Graph, Order};

/// A network with its neurons in the order of its cores, and its mapping.
#[derive(Clone, Debug)]
pub struct Arranged {
    /// The network; it holds the earlier numbers of its neurons.
    pub graph: Graph,
    /// Mapping of the arranged network.
    pub mapping: Mapping,
}

/// A core to be: its site, and its neurons by population, in their order. No population is there twice.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CoreParts {
    pub(super) site: SiteId,
    pub(super) parts: Vec<(u32, Vec<u32>)>,
}

impl CoreParts {
    /// A core of some neurons in any order.
    pub(super) fn of(graph: &Graph, site: SiteId, mut neurons: Vec<u32>) -> Self {
        let population = |neuron: u32| graph.population_of(neuron as usize) as u32;
        // Those of a population keep their order.
        neurons.sort_by_key(|neuron| population(*neuron));
        let parts = neurons.chunk_by(|a, b| population(*a) == population(*b));
        Self { site, parts: parts.map(|part| (population(part[0]), part.to_vec())).collect() }
    }
}

/// Numbers neurons by core, and computes exactly what these hold; broken limits are noted.
pub(super) fn realise(
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
    cores: &[CoreParts],
) -> Arranged {
    let mut order: Vec<u32> = (0..graph.neurons() as u32).collect();
    let mut next: Vec<u32> = graph.populations.iter().map(|population| population.first).collect();
    let mut ranges = Vec::new();
    for core in cores {
        let place = |(population, neurons): &(u32, Vec<u32>)| {
            let first = next[*population as usize];
            let end = first + neurons.len() as u32;
            order[first as usize..end as usize].copy_from_slice(neurons);
            next[*population as usize] = end;
            (*population, first..end)
        };
        ranges.push((core.site, core.parts.iter().map(place).collect()));
    }
    let graph = graph.arranged(Order::new(order));
    let (mut loads, violations) = kinds::loads(&graph, chip, &ranges);
    loads.iter_mut().zip(cores).for_each(|(load, core)| load.site = core.site);
    let spikes = spikes.map(|spikes| spikes_of(&graph, spikes));
    let mut mapping = laid_out(&graph, loads, options, spikes.as_deref());
    mapping.violations = violations;
    Arranged { graph, mapping }
}

/// Spikes of all neurons of a mapped network, in its order, from those of the network's own neurons in theirs. A
/// partial sum counts as often as the most active of its inputs: it is sent at least that often, unless its inputs
/// cancel out.
pub fn spikes_of(graph: &Graph, spikes: &[u32]) -> Vec<u32> {
    let mut all = graph.spread(spikes.to_vec(), 0);
    if graph.copy_of.is_some() {
        return all;
    }
    let own = graph.whole().neurons();
    // Sums come after their inputs.
    for source in 0..all.len() {
        for target in graph.synapses.targets(source).filter(|target| *target as usize >= own) {
            all[target as usize] = all[target as usize].max(all[source]);
        }
    }
    all
}
