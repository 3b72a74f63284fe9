//! A network as populations and synapses: the one form that mapping and the chip model read.
//!
//! A layered network becomes populations (one per weighted layer) joined by its expanded synapses; the encoding
//! layer has none, because its current is computed once and given as a drive. A sparse network is this already.

use super::neuron::{Model, Params, Reset};
use super::quantised::Layered;
use std::ops::Range;

/// Most synapses of a network.
pub const MAX_SYNAPSES: u64 = 1 << 28;
/// Most neurons of a network.
pub const MAX_NEURONS: u64 = 1 << 24;
/// Longest synaptic delay (time steps).
pub const MAX_DELAY: u32 = 255;

/// When the bias of a population acts, within its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// In every step.
    EveryStep,
    /// In the first step only.
    Once,
    /// In every step, with currents that the host writes for each sample.
    Host,
}

/// The steps in which a population of a layered network is meant to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First step, from 1.
    pub first: u32,
    /// Number of steps.
    pub steps: u32,
}

impl Window {
    /// Whether a step lies within.
    pub fn contains(&self, step: u32) -> bool {
        step >= self.first && step - self.first < self.steps
    }
}

/// Neurons that share a model: a layer, or a named group of a sparse network.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Name in reports.
    pub name: String,
    /// Its first neuron.
    pub first: u32,
    /// Number of neurons.
    pub count: u32,
    /// Their model.
    pub params: Params,
    /// When their bias acts.
    pub drive: Drive,
    /// Its window in a layered network; a population without one acts in every step.
    pub window: Option<Window>,
    /// Spikes (step, neuron of this population) sent by the host instead of neurons on the chip, by step.
    pub source: Option<Vec<(u32, u32)>>,
}

impl Population {
    /// The neurons.
    pub fn range(&self) -> Range<usize> {
        self.first as usize..(self.first + self.count) as usize
    }
}

/// Synapses in rows by source neuron.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Csr {
    /// `row[i]..row[i + 1]` are the synapses of neuron i; ascending, one longer than there are neurons.
    row: Vec<u64>,
    target: Vec<u32>,
    weight: Vec<i16>,
    /// Empty when every delay is 1.
    delay: Vec<u8>,
}

impl Csr {
    /// An empty set to which rows are appended.
    pub fn with_capacity(neurons: usize, synapses: usize) -> Self {
        let mut row = Vec::with_capacity(neurons + 1);
        row.push(0);
        Self { row, target: Vec::with_capacity(synapses), weight: Vec::with_capacity(synapses), delay: Vec::new() }
    }

    /// Adds a synapse to the row that is being built. Delays are 1 to [`MAX_DELAY`].
    pub fn push(&mut self, target: u32, weight: i16, delay: u32) {
        if delay != 1 && self.delay.is_empty() {
            self.delay = vec![1; self.target.len()];
        }
        self.target.push(target);
        self.weight.push(weight);
        if delay != 1 || !self.delay.is_empty() {
            self.delay.push(delay as u8);
        }
    }

    /// Ends the row that is being built.
    pub fn end_row(&mut self) {
        self.row.push(self.target.len() as u64);
    }

    /// Number of synapses.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether there is no synapse.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    fn span(&self, source: usize) -> Range<usize> {
        self.row[source] as usize..self.row[source + 1] as usize
    }

    /// Synapses that leave a neuron.
    pub fn fan_out(&self, source: usize) -> usize {
        self.span(source).len()
    }

    /// The synapses of a neuron: (target, weight, delay).
    pub fn row(&self, source: usize) -> impl Iterator<Item = (u32, i16, u32)> + '_ {
        let delayed = !self.delay.is_empty();
        self.span(source)
            .map(move |k| (self.target[k], self.weight[k], if delayed { u32::from(self.delay[k]) } else { 1 }))
    }

    /// The targets of a neuron.
    pub fn targets(&self, source: usize) -> &[u32] {
        &self.target[self.span(source)]
    }

    /// The longest delay, at least 1.
    pub fn max_delay(&self) -> u32 {
        self.delay.iter().copied().max().map_or(1, u32::from)
    }

    /// Bits that hold every weight, sign included; at least 1.
    pub fn weight_bits(&self) -> u32 {
        let (low, high) = self.weight_range();
        let holds = |bits: &u32| i32::from(low) >= -(1 << (bits - 1)) && i32::from(high) < 1 << (bits - 1);
        (1..16).find(holds).unwrap_or(16)
    }

    /// The lowest and the highest weight, 0 among them.
    pub fn weight_range(&self) -> (i16, i16) {
        self.weight.iter().fold((0, 0), |(lo, hi), w| (lo.min(*w), hi.max(*w)))
    }
}

/// A network of populations and synapses.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The populations, in order of their neurons, which they cover without gap.
    pub populations: Vec<Population>,
    /// Bias of each neuron (membrane units).
    pub bias: Vec<i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: Vec<i32>,
    /// All synapses.
    pub synapses: Csr,
    /// Fixed number of neurons on each core, where the network itself says so.
    pub neurons_per_core: Option<u32>,
}

impl Graph {
    /// Number of neurons, sources included.
    pub fn neurons(&self) -> usize {
        self.threshold.len()
    }

    /// The longest delay (time steps), at least 1.
    pub fn max_delay(&self) -> u32 {
        self.synapses.max_delay()
    }

    /// The position of the population that holds a neuron.
    pub fn population_of(&self, neuron: usize) -> usize {
        self.populations.partition_point(|p| p.range().end <= neuron)
    }

    /// Expands a layered network; population l has the window l .. l + T - 1, l from 1.
    pub fn from_layered(net: &Layered) -> Self {
        let last = net.layers.len() - 1;
        let mut graph = Self {
            populations: Vec::new(),
            bias: Vec::new(),
            threshold: Vec::new(),
            synapses: Csr::with_capacity(net.neurons(), 0),
            neurons_per_core: None,
        };
        for (l, layer) in net.layers.iter().enumerate() {
            let first = graph.threshold.len() as u32;
            let count = layer.op.outputs();
            graph.populations.push(Population {
                name: layer.name.clone(),
                first,
                count: count as u32,
                params: Params {
                    model: Model::If,
                    reset: Reset::Subtract,
                    fraction_bits: layer.fraction_bits,
                    membrane_bits: net.spec.membrane_bits,
                    fires: l != last,
                },
                drive: match l {
                    0 => Drive::Host,
                    _ if l == last => Drive::Once,
                    _ => Drive::EveryStep,
                },
                window: Some(Window { first: l as u32 + 1, steps: net.spec.time_steps }),
                source: None,
            });
            // The host writes the encoding layer's drive, so its own bias is already in that.
            let bias = |neuron: usize| if l == 0 { 0 } else { layer.bias[neuron / layer.op.positions()] as i32 };
            graph.bias.extend((0..count).map(bias));
            graph.threshold.extend(std::iter::repeat_n(layer.threshold, count));
            let next = net.layers.get(l + 1);
            let next_first = first + count as u32;
            for neuron in 0..count {
                if let Some(next) = next {
                    next.op
                        .for_each_target(neuron, |o, w| graph.synapses.push(next_first + o as u32, next.weight[w], 1));
                }
                graph.synapses.end_row();
            }
        }
        graph
    }
}
