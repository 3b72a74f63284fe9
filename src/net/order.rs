//! Another order of a network's neurons, within their populations.
//!
//! A core holds adjacent neurons, so a mapping that groups connected neurons renumbers them. The graph keeps their
//! earlier numbers, by which the results of a run are reported.

use crate::digest::all_fields;

/// The earlier numbers of neurons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Earlier numbers by new number; empty if all are unchanged.
    before: Vec<u32>,
}

all_fields! { struct Order { before } }

impl Order {
    /// The order in which the neuron of new number i had the number `before[i]`.
    pub fn new(before: Vec<u32>) -> Self {
        let same = (0..).zip(&before).all(|(now, before)| now == *before);
        Self { before: if same { Vec::new() } else { before } }
    }

    /// Earlier numbers by new number; empty if all are unchanged.
    pub(in crate::net) fn numbers_before(&self) -> &[u32] {
        &self.before
    }

    /// Whether all numbers are unchanged.
    pub fn is_same(&self) -> bool {
        self.before.is_empty()
    }

    /// The earlier number of a neuron.
    pub fn before(&self, neuron: u32) -> u32 {
        self.before.get(neuron as usize).copied().unwrap_or(neuron)
    }

    /// Values by new number, from values by earlier number.
    pub fn arrange<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.is_same() || values.is_empty() {
            return values;
        }
        self.before.iter().map(|before| values[*before as usize]).collect()
    }

    /// Values by earlier number, from values by new number.
    pub fn restore<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        if self.is_same() || values.is_empty() {
            return values;
        }
        let mut restored = values.clone();
        self.before.iter().zip(values).for_each(|(before, value)| restored[*before as usize] = value);
        restored
    }

    /// New numbers by earlier ones.
    pub(in crate::net) fn after(&self) -> Vec<u32> {
        let mut after = vec![0; self.before.len()];
        (0..).zip(&self.before).for_each(|(now, before)| after[*before as usize] = now);
        after
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
}
