//! Graphs with their neurons in another order.

use super::{Csr, Graph, HostEvent, Population};
use crate::net::order::Order;
use std::sync::Arc;

impl Graph {
    /// The same network with its neurons renumbered, each within its population. Sources keep their numbers.
    pub fn arranged(&self, order: Order) -> Self {
        if order.is_same() {
            return self.clone();
        }
        let after = order.after();
        let mut synapses = Csr::with_capacity(self.neurons(), self.synapses.len());
        for before in order.numbers_before() {
            for (target, weight, delay, exponent) in self.synapses.scaled_row(*before as usize) {
                synapses.push_scaled(after[target as usize], weight, delay, exponent);
            }
            synapses.end_row();
        }
        let renumbered =
            |event: &HostEvent| HostEvent { act: event.act.renumbered(|neuron| after[neuron as usize]), ..*event };
        // A graph that was arranged before still reports its neurons by their first numbers.
        let first = order.numbers_before().iter().map(|before| self.order.before(*before)).collect();
        let arranged = |population: &Population| {
            let before = &order.numbers_before()[population.range()];
            let params = population.params.arranged(before.iter().map(|neuron| (neuron - population.first) as usize));
            Population { params, ..population.clone() }
        };
        Self {
            populations: self.populations.iter().map(arranged).collect(),
            bias: order.arrange(self.bias.clone()),
            threshold: order.arrange(self.threshold.clone()),
            start: order.arrange(self.start.clone()),
            traits: order.arrange(self.traits.clone()),
            axons: order.arrange(self.axons.clone()),
            rows_of: order.arrange(self.rows_of.iter().map(|neuron| after[*neuron as usize]).collect()),
            events: self.events.iter().map(renumbered).collect(),
            synapses: Arc::new(synapses),
            neurons_per_core: self.neurons_per_core,
            operations: self.operations.clone(),
            units: self.units.clone(),
            whole: self.whole.clone(),
            copy_of: self.copy_of.clone(),
            order: Order::new(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arranged_network_has_the_same_synapses() {
        let mut synapses = Csr::with_capacity(3, 4);
        for row in [&[(1, 5, 1), (2, -3, 2)][..], &[(0, 7, 1)], &[(2, 1, 1)]] {
            row.iter().for_each(|(target, weight, delay)| synapses.push(*target, *weight, *delay));
            synapses.end_row();
        }
        let (bias, threshold) = (vec![10, 20, 30], vec![1, 2, 3]);
        let graph = Graph { synapses: Arc::new(synapses), bias, threshold, ..Graph::default() };
        let arranged = graph.arranged(Order::new(vec![2, 0, 1]));
        assert_eq!(arranged.bias, [30, 10, 20]);
        assert_eq!(arranged.synapses.row(0).collect::<Vec<_>>(), [(0, 1, 1)]);
        assert_eq!(arranged.synapses.row(1).collect::<Vec<_>>(), [(0, -3, 2), (2, 5, 1)]);
        assert_eq!(arranged.synapses.row(2).collect::<Vec<_>>(), [(1, 7, 1)]);
        // Arranged back, only the order of the earlier numbers is left.
        let back = arranged.arranged(Order::new(vec![1, 2, 0]));
        assert_eq!(back, graph);
    }
}
