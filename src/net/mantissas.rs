//! Weights as Loihi's synapses hold and add them: mantissas that lose bits, and mixed signs in one format.

use super::graph::{Csr, Graph, Population};
use super::neuron::Model;
use std::sync::Arc;

/// Odd weights next to weights of the other sign, between two populations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MixedSigns {
    /// Source population.
    pub from: String,
    /// Target population of Loihi's neurons.
    pub to: String,
    /// Number of odd weights.
    pub odd: u64,
}

impl Graph {
    /// The synapses with the weights that are added: by their exponents, and without the low bits that neurons drop of each
    /// weight, rounded down ([`Params::weight_shift`](super::neuron::Params::weight_shift)).
    pub fn added_synapses(&self) -> Arc<Csr> {
        let drops = |population: &Population| population.params.any(|params| params.weight_shift() > 0);
        if !self.synapses.is_scaled() && !self.populations.iter().any(drops) {
            return Arc::clone(&self.synapses);
        }
        let shifts = self.populations.iter();
        let shifts: Vec<u32> =
            shifts.flat_map(|p| p.range().map(|neuron| p.params_of(neuron).weight_shift())).collect();
        let mut added = Csr::with_capacity(self.neurons(), self.synapses.len());
        for population in &self.populations {
            // A partial sum has lost its bits already.
            let sends_sums = population.params.sends_sums();
            for source in population.range() {
                for (target, weight, delay) in self.synapses.added_row(source) {
                    let shift = if sends_sums { 0 } else { shifts[target as usize] };
                    added.push(target, weight >> shift, delay);
                }
                added.end_row();
            }
        }
        Arc::new(added)
    }

    /// Odd weights next to weights of the other sign and the same exponent into neurons of Loihi, by pair of populations. A
    /// synapse format of Loihi that holds both signs has no lowest bit (even mantissas), so the chip needs two formats for
    /// them.
    pub fn mixed_signs(&self) -> Vec<MixedSigns> {
        let is_loihi: Vec<bool> =
            self.populations.iter().map(|p| matches!(p.params.first().model, Model::Loihi(_))).collect();
        let mut found = Vec::new();
        if !is_loihi.contains(&true) {
            return found;
        }
        for from in &self.populations {
            // By population and exponent: whether there are weights of each sign, and the number of odd ones.
            let exponents = if self.synapses.is_scaled() { 16 } else { 1 };
            let mut seen = vec![(false, false, 0u64); self.populations.len() * exponents];
            for source in from.range() {
                let mut to = 0;
                for (target, weight, _, exponent) in self.synapses.scaled_row(source) {
                    // Rows are in the order of their targets.
                    while self.populations[to].range().end <= target as usize {
                        to += 1;
                    }
                    let (positive, negative, odd) = &mut seen[to * exponents + (exponent & 15) as usize % exponents];
                    *positive |= weight > 0;
                    *negative |= weight < 0;
                    *odd += u64::from(weight & 1 == 1);
                }
            }
            let odd_of = |formats: &[(bool, bool, u64)]| -> u64 {
                let mixed = formats.iter().filter(|(positive, negative, _)| *positive && *negative);
                mixed.map(|(.., odd)| odd).sum()
            };
            let pairs = self.populations.iter().zip(&is_loihi).zip(seen.chunks(exponents));
            let mixed = pairs.filter(|((_, is_loihi), _)| **is_loihi).map(|((to, _), formats)| (to, odd_of(formats)));
            found.extend(mixed.filter(|(_, odd)| *odd > 0).map(|(to, odd)| MixedSigns {
                from: from.name.clone(),
                to: to.name.clone(),
                odd,
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::graph::Drive;
    use crate::net::neuron::{If, Loihi, Params, PartialSum, Reset, Settings};

    /// Two inputs into a neuron with an exponent of -2, and one into a plain one.
    fn graph(weights: [i16; 3]) -> Graph {
        let plain =
            Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: true };
        let model = Model::Loihi(Loihi {
            current_decay: 0,
            voltage_decay: 0,
            refractory: 1,
            bias_exponent: 0,
            weight_shift: 2,
            floor_exponent: 23,
        });
        let population = |name: &str, first, count, params| Population {
            name: name.into(),
            first,
            count,
            params: Settings::from(params),
            drive: Drive::EveryStep,
            window: None,
            source: None,
        };
        let mut synapses = Csr::with_capacity(4, 3);
        synapses.push(2, weights[0], 1);
        synapses.push(3, weights[1], 1);
        synapses.end_row();
        synapses.push(2, weights[2], 3);
        (0..3).for_each(|_| synapses.end_row());
        Graph {
            populations: vec![
                population("in", 0, 2, plain),
                population("drops", 2, 1, Params { model, fraction_bits: 6, ..plain }),
                population("keeps", 3, 1, plain),
            ],
            bias: vec![0; 4],
            threshold: vec![1; 4],
            synapses: Arc::new(synapses),
            ..Graph::default()
        }
    }

    #[test]
    fn each_weight_is_rounded_down_on_its_way_into_neurons_that_drop_bits() {
        let added = graph([-5, -5, 7]).added_synapses();
        assert_eq!(added.row(0).collect::<Vec<_>>(), [(2, -2, 1), (3, -5, 1)]);
        assert_eq!(added.row(1).collect::<Vec<_>>(), [(2, 1, 3)]);
        // The inputs of a partial sum have lost them already.
        let mut graph = graph([-5, -5, 7]);
        let sums = Model::PartialSum(PartialSum { weight_shift: 2 });
        graph.populations[0].params = graph.populations[0].params.changed(|params| params.model = sums);
        assert_eq!(graph.added_synapses().row(0).collect::<Vec<_>>(), [(2, -5, 1), (3, -5, 1)]);
    }

    #[test]
    fn odd_weights_count_where_both_signs_meet() {
        let mixed = |weights| graph(weights).mixed_signs();
        let found = |odd| [MixedSigns { from: "in".into(), to: "drops".into(), odd }];
        assert_eq!(mixed([3, 1, -4]), found(1));
        assert_eq!(mixed([3, 1, -3]), found(2));
        // One sign, even weights, and neurons of another kind.
        assert!([[3, -1, 5], [2, 1, -4], [-3, 3, 0]].into_iter().all(|weights| mixed(weights).is_empty()));
    }
}
