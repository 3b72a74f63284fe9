//! Networks in which neurons stand several times, for chips whose neurons reach only a few axons.

use super::{Csr, Graph};
use crate::net::neuron::Settings;
use crate::net::order::Order;
use std::sync::Arc;

impl Graph {
    /// This network with neuron `of[i]` in place i: ascending, and every neuron at least once, so that each population
    /// holds its neurons with their copies. `synapses` are those of the new neurons.
    pub fn copied(&self, of: Vec<u32>, synapses: Csr) -> Self {
        let all = 0..self.neurons() as u32;
        debug_assert!(of.is_sorted() && all.clone().all(|neuron| of.binary_search(&neuron).is_ok()));
        let each = |values: &Vec<i32>| match values.is_empty() {
            true => Vec::new(),
            false => of.iter().map(|neuron| values[*neuron as usize]).collect(),
        };
        let start = |neuron: u32| of.partition_point(|before| *before < neuron) as u32;
        let mut populations = self.populations.clone();
        for population in &mut populations {
            let (first, end) = (population.first, population.first + population.count);
            (population.first, population.count) = (start(first), start(end) - start(first));
            if !population.params.is_one() {
                let copies = &of[population.range()];
                let each = copies.iter().map(|neuron| *population.params.of((neuron - first) as usize));
                if let Some(settings) = Settings::of_each(each) {
                    population.params = settings;
                }
            }
            if let Some(spikes) = &mut population.source {
                let copies =
                    |neuron: u32| start(first + neuron) - start(first)..start(first + neuron + 1) - start(first);
                let of_step = |(step, neuron): &(u32, u32)| {
                    let step = *step;
                    copies(*neuron).map(move |copy| (step, copy))
                };
                *spikes = spikes.iter().flat_map(of_step).collect();
            }
        }
        let traits = of.iter().filter_map(|neuron| self.traits.get(*neuron as usize).copied()).collect();
        Self {
            populations,
            bias: each(&self.bias),
            threshold: each(&self.threshold),
            start: each(&self.start),
            traits,
            axons: Vec::new(),
            // Of no chip whose neurons are copied: such a system is refused.
            rows_of: self.rows_of.clone(),
            events: self.events.clone(),
            synapses: Arc::new(synapses),
            neurons_per_core: self.neurons_per_core,
            operations: Vec::new(),
            units: self.units.clone(),
            order: Order::default(),
            whole: Some(Arc::new(self.clone())),
            copy_of: Some(of.into()),
        }
    }

    /// Values of all neurons here, from values of the network's own neurons by their numbers: copies have those of
    /// their neuron, other neurons that a mapping added have `added`.
    pub fn spread<T: Copy>(&self, mut values: Vec<T>, added: T) -> Vec<T> {
        let all = match &self.copy_of {
            Some(of) => of.iter().map(|neuron| values[*neuron as usize]).collect(),
            None => {
                values.resize(self.neurons(), added);
                values
            }
        };
        self.order.arrange(all)
    }

    /// The numbers here of an input of the network, which several copies may stand for. Inputs keep their numbers in
    /// any order of the neurons.
    pub fn inputs_of(&self, input: u32) -> std::ops::Range<u32> {
        match &self.copy_of {
            Some(of) => {
                let start = of.partition_point(|before| *before < input);
                let count = of[start..].partition_point(|before| *before == input);
                start as u32..(start + count) as u32
            }
            None => input..input + 1,
        }
    }

    /// Neurons that are copies of others, inputs of the host not counted.
    pub fn copies(&self) -> usize {
        let on_chip = |graph: &Self| -> usize {
            let populations = graph.populations.iter().filter(|population| population.source.is_none());
            populations.map(|population| population.count as usize).sum()
        };
        if self.copy_of.is_some() { on_chip(self) - on_chip(self.whole()) } else { 0 }
    }
}
