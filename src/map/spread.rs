//! Neurons spread over more cores than they need: a core processes one neuron after the other, and a step lasts as long
//! as the core with the most work.

use super::arranged::Parts;
use super::{CoreLoad, Mapping};
use crate::ids::SiteId;
use crate::net::Graph;

/// The cores of a mapping with more of them added, up to `most`; each goes to the population with the most work per
/// core, and populations that get any are spread evenly. `spikes` are those of every neuron, in the graph's order, or
/// one each. `None` if there are no more cores.
pub(super) fn parts(graph: &Graph, mapping: &Mapping, spikes: Option<&[u32]>, most: u32) -> Option<Parts> {
    let before = mapping.cores.len();
    let most = most as usize;
    if most <= before || graph.neurons_per_core.is_some() {
        return None;
    }
    let mut cores = vec![0u64; graph.populations.len()];
    mapping.cores.iter().for_each(|core| cores[core.population as usize] += 1);
    let (work, given) = (work(graph, spikes), cores.clone());
    for _ in before..most {
        let open = (0..cores.len()).filter(|one| cores[*one] > 0 && cores[*one] < graph.populations[*one].count.into());
        let Some(next) = open.max_by_key(|one| (work[*one] / cores[*one], std::cmp::Reverse(*one))) else { break };
        cores[next] += 1;
    }
    let mut parts = Parts::new();
    for (index, population) in graph.populations.iter().enumerate().filter(|(index, _)| cores[*index] > 0) {
        let own = |core: &&CoreLoad| core.population as usize == index;
        if cores[index] == given[index] {
            parts.extend(
                mapping
                    .cores
                    .iter()
                    .filter(own)
                    .map(|core| (index as u32, SiteId::default(), core.neurons.clone().collect())),
            );
            continue;
        }
        let cut = |part: u64| population.first + (u64::from(population.count) * part / cores[index]) as u32;
        parts.extend(
            (0..cores[index]).map(|part| (index as u32, SiteId::default(), (cut(part)..cut(part + 1)).collect())),
        );
    }
    // In the chip's own order, until they are placed.
    (0..).zip(&mut parts).for_each(|(site, part)| part.1 = SiteId::new(site));
    Some(parts)
}

/// Synaptic operations and neurons of each population.
fn work(graph: &Graph, spikes: Option<&[u32]>) -> Vec<u64> {
    let mut work: Vec<u64> = graph.populations.iter().map(|population| population.count.into()).collect();
    for source in 0..graph.neurons() {
        let spikes = spikes.map_or(1, |spikes| u64::from(spikes[source]));
        for target in graph.synapses.targets(source) {
            work[graph.population_of(target as usize)] += spikes;
        }
    }
    work
}
