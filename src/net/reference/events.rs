//! Networks whose host lists its events, on a core that works on one event after the other.
//!
//! In a step come first the spikes that neurons fired in the last one, in the order in which they fired; then the host's
//! events in their order; then the spikes of sources. How long an event takes, and whether there is room for it, is a matter
//! of the chip.

use super::{Fixed, ReferenceNeuron};
use crate::net::graph::{Graph, HostAct};

/// The neurons of a run.
#[derive(Clone, Debug)]
pub(super) struct EventRun<'a> {
    net: &'a Graph,
    pub(super) neurons: Vec<ReferenceNeuron>,
    pub(super) counts: Vec<u32>,
    /// Those that fired in the last step.
    fired: Vec<u32>,
}

impl<'a> EventRun<'a> {
    /// A network at rest.
    pub(super) fn new(net: &'a Graph) -> Self {
        let mut neurons = vec![ReferenceNeuron::default(); net.neurons()];
        neurons.iter_mut().zip(&net.start).for_each(|(neuron, start)| neuron.v = (*start).into());
        Self { net, counts: vec![0; neurons.len()], neurons, fired: Vec::new() }
    }

    /// Evaluates a step; gives its spikes.
    pub(super) fn step(&mut self, step: u32) -> u64 {
        for source in std::mem::take(&mut self.fired) {
            self.spike(source);
        }
        let net = self.net;
        net.events.iter().filter(|event| event.step == step).for_each(|event| self.act(event.act));
        let mut from_sources = 0;
        for population in &net.populations {
            for (_, neuron) in population.source.iter().flatten().filter(|(at, _)| *at == step) {
                from_sources += 1;
                self.counts[(population.first + neuron) as usize] += 1;
                self.spike(population.first + neuron);
            }
        }
        self.fired.len() as u64 + from_sources
    }

    fn act(&mut self, act: HostAct) {
        match act {
            HostAct::TimeReference { neuron: None } => {
                self.on_chip().into_iter().for_each(|neuron| self.refer(neuron));
            }
            HostAct::TimeReference { neuron: Some(neuron) } | HostAct::QueuedReference { neuron } => self.refer(neuron),
            HostAct::Spike { source } => self.spike(source),
            HostAct::Synapse { source, target } => {
                let weights = self.net.synapses.row(source as usize).filter(|(to, ..)| *to == target);
                let sum = weights.map(|(_, weight, _)| i64::from(weight)).sum();
                self.reach(target, sum);
            }
            HostAct::Virtual { target, weight } => self.reach(target, weight.into()),
        }
    }

    /// The neurons on the chip, in order.
    fn on_chip(&self) -> Vec<u32> {
        let populations = self.net.populations.iter().filter(|population| population.source.is_none());
        populations.flat_map(|population| population.first..population.first + population.count).collect()
    }

    /// A spike works through all neurons on the chip, whether it has a synapse to them or not.
    fn spike(&mut self, source: u32) {
        let mut weights = vec![0; self.neurons.len()];
        for (target, weight, _) in self.net.synapses.row(self.net.row_of(source) as usize) {
            weights[target as usize] += i64::from(weight);
        }
        self.on_chip().into_iter().for_each(|neuron| self.reach(neuron, weights[neuron as usize]));
    }

    /// A weight reaches a neuron.
    fn reach(&mut self, neuron: u32, weight: i64) {
        self.work(neuron, |state, fixed| state.event(fixed, weight));
    }

    /// A neuron takes a time step.
    fn refer(&mut self, neuron: u32) {
        self.work(neuron, |state, fixed| state.step(fixed, 0));
    }

    fn work(&mut self, neuron: u32, rule: impl Fn(&mut ReferenceNeuron, Fixed<'_>) -> bool) {
        let (net, i) = (self.net, neuron as usize);
        let population = &net.populations[net.population_of(i)];
        for (_, params) in population.runs(neuron..neuron + 1) {
            let (threshold, traits) = (i64::from(net.threshold[i]), net.traits.get(i).copied().unwrap_or_default());
            let fixed = Fixed { params: &params, threshold, bias: net.bias[i].into(), traits };
            if rule(&mut self.neurons[i], fixed) {
                self.counts[i] += 1;
                self.fired.push(neuron);
            }
        }
    }
}
