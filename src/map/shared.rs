//! Order in which neurons with the same sources are adjacent: in a convolution, all channels of a position before the
//! next position. Cores filled in this order hear fewer axons, and a spike goes to fewer of them.

use crate::net::{Graph, Order};
use crate::rng::mix;

/// Orders the neurons of every population by the first neuron with the same sources.
pub(super) fn order(graph: &Graph) -> Order {
    let heard = digests(graph);
    let mut order: Vec<u32> = (0..graph.neurons() as u32).collect();
    for population in graph.populations.iter().filter(|population| population.source.is_none()) {
        let mut by_digest: Vec<u32> = order[population.range()].to_vec();
        by_digest.sort_by_key(|neuron| heard[*neuron as usize]);
        let groups = by_digest.chunk_by(|a, b| heard[*a as usize] == heard[*b as usize]);
        let mut groups: Vec<&[u32]> = groups.collect();
        // The sort is stable: the first of a group is its lowest.
        groups.sort_by_key(|group| group[0]);
        order[population.range()].copy_from_slice(&groups.concat());
    }
    Order::new(order)
}

/// A digest of the sources of every neuron. A collision would make the order worse, not wrong.
fn digests(graph: &Graph) -> Vec<u64> {
    let mut digest = vec![0u64; graph.neurons()];
    for source in 0..graph.neurons() {
        let word = mix(source as u64);
        let mut last = None;
        for target in graph.synapses.targets(source) {
            if last.replace(target) != Some(target) {
                digest[target as usize] = digest[target as usize].wrapping_add(word);
            }
        }
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::graph::{Csr, Drive, Population};
    use crate::net::neuron::{If, Model, Params, Reset};
    use std::sync::Arc;

    #[test]
    fn places_come_before_channels() {
        // Two channels of two positions each, which read one source of their position.
        let params =
            Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: true };
        let population = |name: &str, first, count| Population {
            name: name.into(),
            first,
            count,
            params: params.into(),
            drive: Drive::EveryStep,
            window: None,
            source: None,
        };
        let mut synapses = Csr::with_capacity(6, 4);
        for targets in [&[2, 4][..], &[3, 5], &[], &[], &[], &[]] {
            targets.iter().for_each(|target| synapses.push(*target, 1, 1));
            synapses.end_row();
        }
        let graph = Graph {
            populations: vec![population("in", 0, 2), population("conv", 2, 4)],
            bias: vec![0; 6],
            threshold: vec![1; 6],
            synapses: Arc::new(synapses),
            ..Graph::default()
        };
        let order = order(&graph);
        assert_eq!((0..6).map(|neuron| order.before(neuron)).collect::<Vec<_>>(), [0, 1, 2, 4, 3, 5]);
    }
}
