//! A network whose neurons are numbered by core, and its mapping, from arbitrary sets of neurons.

use super::{Mapping, MappingOptions, check, laid_out, partition};
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

/// Cores: the population, the site and the neurons of each, in their order.
pub(super) type Parts = Vec<(u32, SiteId, Vec<u32>)>;

/// Numbers neurons by core, and computes exactly what these hold; broken limits are noted.
pub(super) fn realise(
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
    parts: &Parts,
) -> Arranged {
    let mut order: Vec<u32> = (0..graph.neurons() as u32).collect();
    let mut next: Vec<u32> = graph.populations.iter().map(|population| population.first).collect();
    let mut ranges = Vec::new();
    for (population, _, neurons) in parts {
        let first = next[*population as usize];
        let end = first + neurons.len() as u32;
        order[first as usize..end as usize].copy_from_slice(neurons);
        next[*population as usize] = end;
        ranges.push((*population, first, end));
    }
    let graph = graph.arranged(Order::new(order));
    let (mut loads, mut violations) = partition::loads(&graph, chip, &ranges);
    violations.extend(check::axons_out(&graph, &loads, chip));
    violations.extend(check::targets(&graph, &super::core_of(&graph, &loads), chip));
    loads.iter_mut().zip(parts).for_each(|(load, (_, site, _))| load.site = *site);
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
