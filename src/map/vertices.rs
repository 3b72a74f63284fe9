//! The neurons on the chip as vertices of a hypergraph: one net for each that sends, the host's sources included.

use super::NO_CORE;
use super::search::{Hypergraph, OUTSIDE};
use crate::ids::CoreId;
use crate::net::Graph;

/// Neurons on the chip by vertex, and vertices by neuron.
pub(super) struct Vertices {
    neurons: Vec<u32>,
    vertex: Vec<u32>,
}

impl Vertices {
    pub(super) fn of(graph: &Graph) -> Self {
        let on_chip = graph.populations.iter().filter(|population| population.source.is_none());
        let neurons: Vec<u32> = on_chip.flat_map(|p| p.first..p.first + p.count).collect();
        let mut vertex = vec![OUTSIDE; graph.neurons()];
        (0..).zip(&neurons).for_each(|(at, neuron)| vertex[*neuron as usize] = at);
        Self { neurons, vertex }
    }

    pub(super) fn neurons(&self) -> &[u32] {
        &self.neurons
    }

    /// The core of each vertex, from that of each neuron.
    pub(super) fn cores(&self, core_of: &[CoreId]) -> Vec<u32> {
        debug_assert!(self.neurons.iter().all(|neuron| core_of[*neuron as usize] != NO_CORE));
        self.neurons.iter().map(|neuron| core_of[*neuron as usize].get()).collect()
    }

    /// The nets of all neurons, each with as many packets as its neuron has spikes, or one.
    pub(super) fn hypergraph(&self, graph: &Graph, spikes: Option<&[u32]>, kind: impl Fn(usize) -> u32) -> Hypergraph {
        let kind = self.neurons.iter().map(|neuron| kind(graph.population_of(*neuron as usize))).collect();
        let mut all = Hypergraph::begin(vec![1; self.neurons.len()], kind);
        let mut pins = Vec::new();
        for neuron in 0..graph.neurons() {
            pins.clear();
            // Targets come ascending, parallel ones adjacent.
            pins.extend(graph.synapses.targets(neuron).map(|target| self.vertex[target as usize]));
            pins.dedup();
            all.push(self.vertex[neuron], spikes.map_or(1, |spikes| spikes[neuron]), 1, &pins);
        }
        all.finish();
        all
    }
}
