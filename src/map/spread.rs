//! Neurons spread over more cores than they need: a core processes one neuron after the other, and a step lasts as long
//! as the core with the most work.

use super::arranged::CoreParts;
use super::{CorePart, Mapping};
use crate::hw::Chip;
use crate::ids::SiteId;
use crate::net::Graph;
use std::ops::Range;

/// The cores of a mapping with more of them added, up to `most`; each goes to the population with the most work per
/// core, and populations that get any are spread evenly. If that is fewer than populations alone take, the neurons are
/// divided in their order, by their work. `spikes` are those of every neuron, in the graph's order, or one each. `None`
/// if there are no more cores.
pub(super) fn cores(graph: &Graph, mapping: &Mapping, spikes: Option<&[u32]>, most: u32) -> Option<Vec<CoreParts>> {
    let before = mapping.cores.len();
    let most = most as usize;
    if most <= before || graph.neurons_per_core.is_some() {
        return None;
    }
    let mut cores = vec![0u64; graph.populations.len()];
    let parts = || mapping.cores.iter().flat_map(|core| &core.parts);
    parts().for_each(|part| cores[part.population as usize] += 1);
    let (work, given) = (work(graph, spikes), cores.clone());
    let alone = given.iter().sum::<u64>() as usize;
    if most < alone {
        return Some(divided(graph, &work, most as u64));
    }
    let of_population = |index: usize| {
        let range = graph.populations[index].range();
        work[range].iter().sum::<u64>()
    };
    let of_population: Vec<u64> = (0..cores.len()).map(of_population).collect();
    for _ in alone..most {
        let open = (0..cores.len()).filter(|one| cores[*one] > 0 && cores[*one] < graph.populations[*one].count.into());
        let Some(next) = open.max_by_key(|one| (of_population[*one] / cores[*one], std::cmp::Reverse(*one))) else {
            break;
        };
        cores[next] += 1;
    }
    let mut ranges: Vec<(u32, Range<u32>)> = Vec::new();
    for (index, population) in graph.populations.iter().enumerate().filter(|(index, _)| cores[*index] > 0) {
        let own = |part: &&CorePart| part.population as usize == index;
        if cores[index] == given[index] {
            ranges.extend(parts().filter(own).map(|part| (index as u32, part.neurons.clone())));
            continue;
        }
        let cut = |part: u64| population.first + (u64::from(population.count) * part / cores[index]) as u32;
        ranges.extend((0..cores[index]).map(|part| (index as u32, cut(part)..cut(part + 1))));
    }
    // In the chip's own order, until they are placed.
    let core = |(site, (population, neurons)): (u32, (u32, Range<u32>))| CoreParts {
        site: SiteId::new(site),
        parts: vec![(population, neurons.collect())],
    };
    Some((0..).zip(ranges).map(core).collect())
}

/// Puts cores on the first sites of the kind that their populations are on; `None` if there are too few of them.
pub(super) fn seat(chip: &Chip, mapping: &Mapping, cores: &mut [CoreParts]) -> Option<()> {
    if !chip.kinds.differ() {
        return Some(());
    }
    let kind_of = |population: u32| {
        let found = mapping.cores.iter().find(|core| core.part(population as usize).is_some());
        found.map(|core| usize::from(core.kind))
    };
    let mut free: Vec<Vec<SiteId>> = (0..chip.kinds().len()).map(|kind| chip.sites_of(kind)).collect();
    free.iter_mut().for_each(|sites| sites.reverse());
    for core in cores {
        let mut kinds = core.parts.iter().map(|(population, _)| kind_of(*population));
        let first = kinds.next()??;
        if kinds.any(|kind| kind != Some(first)) {
            return None;
        }
        core.site = free[first].pop()?;
    }
    Some(())
}

/// All neurons in their order on a number of cores, with about the same work on each.
fn divided(graph: &Graph, work: &[u64], most: u64) -> Vec<CoreParts> {
    let all: u64 = work.iter().sum();
    let mut groups = vec![Vec::new(); most as usize];
    let mut done = 0;
    for population in graph.populations.iter().filter(|population| population.source.is_none()) {
        for neuron in population.range() {
            // By the middle of its work, so that none is left out at either end.
            let at = (2 * done + work[neuron]) * most / (2 * all.max(1));
            groups[at.min(most - 1) as usize].push(neuron as u32);
            done += work[neuron];
        }
    }
    groups.retain(|group| !group.is_empty());
    (0..).zip(groups).map(|(site, group)| CoreParts::of(graph, SiteId::new(site), group)).collect()
}

/// Work of each neuron on the chip: itself, and its synaptic operations.
fn work(graph: &Graph, spikes: Option<&[u32]>) -> Vec<u64> {
    let mut work = vec![0; graph.neurons()];
    for population in graph.populations.iter().filter(|population| population.source.is_none()) {
        work[population.range()].fill(1u64);
    }
    for source in 0..graph.neurons() {
        let spikes = spikes.map_or(1, |spikes| u64::from(spikes[source]));
        for target in graph.synapses.targets(source) {
            work[target as usize] += spikes;
        }
    }
    work
}
