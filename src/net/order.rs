//! Another order of a network's neurons, within their populations.
//!
//! A core holds neurons that lie side by side, so a mapping that puts together what talks to each other numbers them
//! anew. The graph keeps the numbers they had, and what a run says of neurons is told by those.

use super::graph::{Csr, Graph};
use crate::digest::all_fields;
use std::sync::Arc;

/// The numbers that neurons had before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// By new number; empty where all are as they were.
    before: Vec<u32>,
}

all_fields! { struct Order { before } }

impl Order {
    /// The order in which the neuron of new number i had the number `before[i]`.
    pub fn new(before: Vec<u32>) -> Self {
        let same = (0..).zip(&before).all(|(now, before)| now == *before);
        Self { before: if same { Vec::new() } else { before } }
    }

    /// Whether all are as they were.
    pub fn is_same(&self) -> bool {
        self.before.is_empty()
    }

    /// The number that a neuron had.
    pub fn before(&self, neuron: u32) -> u32 {
        self.before.get(neuron as usize).copied().unwrap_or(neuron)
    }

    /// Values by new number, of values by the number before.
    pub fn arrange<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.is_same() || values.is_empty() {
            return values;
        }
        self.before.iter().map(|before| values[*before as usize]).collect()
    }

    /// Values by the number before, of values by new number.
    pub fn restore<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.is_same() || values.is_empty() {
            return values;
        }
        let mut restored = values.clone();
        self.before.iter().zip(values).for_each(|(before, value)| restored[*before as usize] = value);
        restored
    }

    /// New numbers by those before.
    fn after(&self) -> Vec<u32> {
        let mut after = vec![0; self.before.len()];
        (0..).zip(&self.before).for_each(|(now, before)| after[*before as usize] = now);
        after
    }
}

impl Graph {
    /// The same network with its neurons numbered anew, each within its population. Sources keep their numbers.
    pub fn arranged(&self, order: Order) -> Self {
        if order.is_same() {
            return self.clone();
        }
        let after = order.after();
        let mut synapses = Csr::with_capacity(self.neurons(), self.synapses.len());
        for before in &order.before {
            for (target, weight, delay) in self.synapses.row(*before as usize) {
                synapses.push(after[target as usize], weight, delay);
            }
            synapses.end_row();
        }
        // A graph that was arranged before still tells its neurons by their first numbers.
        let first = order.before.iter().map(|before| self.order.before(*before)).collect();
        Self {
            populations: self.populations.clone(),
            bias: order.arrange(self.bias.clone()),
            threshold: order.arrange(self.threshold.clone()),
            start: order.arrange(self.start.clone()),
            traits: order.arrange(self.traits.clone()),
            axons: order.arrange(self.axons.clone()),
            synapses: Arc::new(synapses),
            neurons_per_core: self.neurons_per_core,
            operations: self.operations.clone(),
            whole: self.whole.clone(),
            order: Order::new(first),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_there_and_back() {
        let order = Order::new(vec![2, 0, 1]);
        assert_eq!(order.arrange(vec!['a', 'b', 'c']), ['c', 'a', 'b']);
        assert_eq!(order.restore(vec!['c', 'a', 'b']), ['a', 'b', 'c']);
        assert!(Order::new(vec![0, 1, 2]).is_same());
    }

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
        // Arranged back, only the order of the numbers before is left.
        let back = arranged.arranged(Order::new(vec![1, 2, 0]));
        assert_eq!(back, graph);
    }
}
