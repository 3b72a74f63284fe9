//! Placement of cores by link load, for objectives that are not the sum of single routes, and for packets on trees.

use super::objective::{Objective, link_prices};
use super::search::{Aim, Bundle, Loads, OUTSIDE};
use super::{Mapping, MappingOptions, NO_CORE};
use crate::hw::Chip;
use crate::net::Graph;
use crate::rng::{Domain, stream};
use std::collections::BTreeMap;

/// Links visited for each move of a search.
const LOOKS: u64 = 32;
/// Most pairs of a bundle and a core; in larger networks cores keep the placement for short single routes.
const MOST_PAIRS: usize = 1 << 22;

/// The site of each core: the better of two starts, improved.
pub(super) fn place(
    mapping: &Mapping,
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
    begins: [Vec<u32>; 2],
) -> Option<Vec<u32>> {
    let bundles = if chip.noc.multicast { trees(mapping, graph, spikes)? } else { ways(mapping) };
    let aim = aim(chip, options.objective);
    let kinds = if chip.kinds.differ() { chip.kinds.of_sites() } else { &[] };
    let [one, other] = begins.map(|site| Loads::new(&chip.noc, aim.clone(), &bundles, site).of_kinds(kinds));
    let mut best = if one.key() <= other.key() { one } else { other };
    let effort = options.effort;
    if options.placer.is_search() {
        best.anneal(effort.moves.saturating_mul(LOOKS), &mut stream(effort.seed, Domain::Placement, u64::MAX));
    }
    Some(best.site().to_vec())
}

fn aim(chip: &Chip, objective: Objective) -> Aim {
    let alike = || vec![1; chip.noc.topology.links.len()];
    match objective {
        Objective::BusiestLink => Aim::Even,
        Objective::Hops => Aim::Priced(alike()),
        Objective::Energy => Aim::Priced(link_prices(chip).unwrap_or_else(alike)),
    }
}

/// One packet for every destination.
fn ways(mapping: &Mapping) -> Vec<Bundle> {
    let between = mapping.traffic.iter().filter(|(from, to, _)| from != to);
    let between = between.map(|(from, to, packets)| (*from, vec![*to], *packets));
    let outside = (0..).zip(&mapping.outside).filter(|(_, packets)| **packets > 0);
    between.chain(outside.map(|(to, packets)| (OUTSIDE, vec![to], *packets))).collect()
}

/// One packet for every neuron; those of one core with equal destinations are bundled. `None` if there are too many.
fn trees(mapping: &Mapping, graph: &Graph, spikes: Option<&[u32]>) -> Option<Vec<Bundle>> {
    let mut all: BTreeMap<(u32, Vec<u32>), u64> = BTreeMap::new();
    let mut pairs = 0;
    for neuron in 0..graph.neurons() {
        let packets = spikes.map_or(1, |spikes| u64::from(spikes[neuron]));
        let source = match mapping.core_of[neuron] {
            NO_CORE => OUTSIDE,
            core => core.get(),
        };
        let mut cores: Vec<u32> =
            graph.synapses.targets(neuron).map(|target| mapping.core_of[target as usize].get()).collect();
        cores.sort_unstable();
        cores.dedup();
        if packets == 0 || cores.iter().all(|core| *core == source) {
            continue;
        }
        let count = cores.len();
        let sum = all.entry((source, cores)).or_insert(0);
        pairs += if *sum == 0 { count } else { 0 };
        *sum += packets;
        if pairs > MOST_PAIRS {
            return None;
        }
    }
    Some(all.into_iter().map(|((source, cores), packets)| (source, cores, packets)).collect())
}
