//! A network as populations and synapses: the one form that mapping and the chip model read.
//!
//! A layered network becomes populations (one per weighted layer) joined by its expanded synapses; the encoding
//! layer has none, because its current is computed once and given as a drive. A sparse network is this already.

use super::architecture::{Architecture, LinearOp};
use super::neuron::{DECAY_BITS, If, Lif, Model, Params, Reset, Traits};
use super::order::Order;
use super::quantised::{Folded, Layered, QuantSpec};
use crate::digest::{Digest, Stable};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

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

/// The steps in which a population is meant to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First step, from 1.
    pub first: u32,
    /// Number of steps.
    pub steps: u32,
    /// Whether neurons neither integrate nor fire after it on any chip, as those of sparse networks with a last step. In a
    /// layered network the chip's gating says what they do then.
    pub ends: bool,
}

impl Window {
    /// From a step on, without an end.
    pub fn from(first: u32) -> Self {
        Self { first, steps: u32::MAX - first, ends: false }
    }

    /// Whether it is over, for good, in a step.
    pub fn is_over(&self, step: u32) -> bool {
        self.ends && step >= self.first.saturating_add(self.steps)
    }

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
    /// The steps in which it acts; a population without a window acts in every step.
    pub window: Option<Window>,
    /// Spikes (step, neuron of this population) sent by the host instead of neurons on the chip, by step. Of the source
    /// of a layered network there are none here: each sample brings its own.
    pub source: Option<Vec<(u32, u32)>>,
}

impl Population {
    /// The neurons.
    pub fn range(&self) -> Range<usize> {
        self.first as usize..(self.first + self.count) as usize
    }
}

/// Synapses in rows by source neuron, each in the order of its targets.
///
/// Large networks are mostly this, so a synapse takes four bytes where all weights have 8 bits and all targets 24,
/// and two more for its weight where not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Csr {
    /// `row[i]..row[i + 1]` are the synapses of neuron i; ascending, one longer than there are neurons.
    row: Vec<u64>,
    /// Targets; while packed, each shifted left with its weight in the low bits.
    target: Vec<u32>,
    /// Weights; empty while packed.
    weight: Vec<i16>,
    /// Empty when every delay is 1.
    delay: Vec<u8>,
    /// Whether some synapse does not fit four bytes.
    wide: bool,
}

/// Bits of a weight that is packed with its target.
const PACKED_BITS: u32 = 8;

fn pack(target: u32, weight: i16) -> Option<u32> {
    let weight = i8::try_from(weight).ok()?;
    (target >> (u32::BITS - PACKED_BITS) == 0).then_some(target << PACKED_BITS | u32::from(weight as u8))
}

fn unpack(word: u32) -> (u32, i16) {
    (word >> PACKED_BITS, i16::from(word as i8))
}

impl Csr {
    /// An empty set to which rows are appended.
    pub fn with_capacity(neurons: usize, synapses: usize) -> Self {
        let mut row = Vec::with_capacity(neurons + 1);
        row.push(0);
        Self { row, target: Vec::with_capacity(synapses), ..Self::default() }
    }

    /// Adds a synapse to the row that is being built. Delays are 1 to [`MAX_DELAY`].
    pub fn push(&mut self, target: u32, weight: i16, delay: u32) {
        if delay != 1 && self.delay.is_empty() {
            self.delay = vec![1; self.target.len()];
        }
        if delay != 1 || !self.delay.is_empty() {
            self.delay.push(delay as u8);
        }
        match pack(target, weight) {
            Some(word) if !self.wide => self.target.push(word),
            _ => self.push_wide(target, weight),
        }
    }

    /// Adds a synapse with its weight apart; the first such takes all others apart.
    fn push_wide(&mut self, target: u32, weight: i16) {
        if !self.wide {
            self.wide = true;
            self.weight = self.target.iter().map(|word| unpack(*word).1).collect();
            self.target.iter_mut().for_each(|word| *word = unpack(*word).0);
        }
        self.target.push(target);
        self.weight.push(weight);
    }

    /// Ends the row that is being built, and sorts it by target; synapses of one target keep their order.
    pub fn end_row(&mut self) {
        let start = self.row.last().map_or(0, |start| *start as usize);
        self.sort(start);
        self.row.push(self.target.len() as u64);
    }

    fn sort(&mut self, start: usize) {
        let shift = if self.wide { 0 } else { PACKED_BITS };
        if self.target[start..].is_sorted_by_key(|word| word >> shift) {
            return;
        }
        if !self.wide && self.delay.is_empty() {
            return self.target[start..].sort_by_key(|word| word >> shift);
        }
        let of = |k: usize| {
            let (target, weight) = self.at(k);
            (target, weight, self.delay.get(k).copied().unwrap_or(1))
        };
        let mut row: Vec<_> = (start..self.target.len()).map(of).collect();
        row.sort_by_key(|synapse| synapse.0);
        for (k, (target, weight, delay)) in (start..).zip(row) {
            if self.wide {
                (self.target[k], self.weight[k]) = (target, weight);
            } else {
                self.target[k] = target << PACKED_BITS | u32::from(weight as u8);
            }
            if let Some(place) = self.delay.get_mut(k) {
                *place = delay;
            }
        }
    }

    /// Number of synapses.
    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Whether there is no synapse.
    pub fn is_empty(&self) -> bool {
        self.target.is_empty()
    }

    /// Number of neurons whose rows are ended.
    pub fn sources(&self) -> usize {
        self.row.len().saturating_sub(1)
    }

    /// The positions of a neuron's synapses among those of all rows.
    pub fn span(&self, source: usize) -> Range<usize> {
        self.row[source] as usize..self.row[source + 1] as usize
    }

    fn at(&self, k: usize) -> (u32, i16) {
        if self.wide { (self.target[k], self.weight[k]) } else { unpack(self.target[k]) }
    }

    /// Synapses that leave a neuron.
    pub fn fan_out(&self, source: usize) -> usize {
        self.span(source).len()
    }

    /// The synapses of a neuron: (target, weight, delay).
    pub fn row(&self, source: usize) -> impl Iterator<Item = (u32, i16, u32)> + '_ {
        let delayed = !self.delay.is_empty();
        self.span(source).map(move |k| {
            let (target, weight) = self.at(k);
            (target, weight, if delayed { u32::from(self.delay[k]) } else { 1 })
        })
    }

    /// Adds the weights of synapses, given by position, to sums by target.
    #[inline]
    pub fn add(&self, span: Range<usize>, sums: &mut [i32]) {
        if self.wide {
            let weights = &self.weight[span.clone()];
            self.target[span].iter().zip(weights).for_each(|(t, w)| sums[*t as usize] += i32::from(*w));
            return;
        }
        for word in &self.target[span] {
            let (target, weight) = unpack(*word);
            sums[target as usize] += i32::from(weight);
        }
    }

    /// Where synapses lie in memory: their words, and their weights where those are apart.
    #[inline]
    pub fn memory(&self, span: Range<usize>) -> (&[u32], &[i16]) {
        (&self.target[span.clone()], if self.wide { &self.weight[span] } else { &[] })
    }

    /// Synapses by position, in the order of all rows: (target, weight).
    #[inline]
    pub fn slice(&self, span: Range<usize>) -> impl Iterator<Item = (u32, i16)> + '_ {
        span.map(|k| self.at(k))
    }

    /// The targets of a neuron.
    pub fn targets(&self, source: usize) -> impl Iterator<Item = u32> + '_ {
        let shift = if self.wide { 0 } else { PACKED_BITS };
        self.target[self.span(source)].iter().map(move |word| word >> shift)
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
        (0..self.len()).map(|k| self.at(k).1).fold((0, 0), |(lo, hi), w| (lo.min(w), hi.max(w)))
    }
}

/// Of the synapses, not of how they are packed.
impl Stable for Csr {
    fn add_to(&self, digest: &mut Digest) {
        // All of these are in the rows below.
        let Self { row: _, target: _, weight: _, delay: _, wide: _ } = self;
        digest.word(self.sources() as u64);
        for source in 0..self.sources() {
            digest.word(self.fan_out(source) as u64);
            for (target, weight, delay) in self.row(source) {
                digest.word(u64::from(target) | u64::from(weight as u16) << 32 | u64::from(delay) << 48);
            }
        }
    }
}

/// A network of populations and synapses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The populations, in order of their neurons, which they cover without gap.
    pub populations: Vec<Population>,
    /// Bias of each neuron (membrane units).
    pub bias: Vec<i32>,
    /// Threshold of each neuron (membrane units).
    pub threshold: Vec<i32>,
    /// Where each neuron's membrane begins an inference (membrane units); empty where all begin at 0.
    pub start: Vec<i32>,
    /// Resets and floors of each neuron; empty where no model has any.
    pub traits: Vec<Traits>,
    /// The axon of each neuron, where several may share one: spikes that reach an axon in the same step are one spike
    /// there. [`NO_AXON`] of a neuron that shares none; empty where none does.
    pub axons: Vec<u32>,
    /// All synapses; shared with the systems that are built of them.
    pub synapses: Arc<Csr>,
    /// Fixed number of neurons on each core, where the network itself says so.
    pub neurons_per_core: Option<u32>,
    /// What the synapses into layers compute, by the first neuron of the layer; none of those without synapses.
    pub operations: Vec<(u32, LinearOp)>,
    /// The numbers that its neurons had before a mapping arranged them.
    pub order: Order,
    /// The network before a mapping split neurons of it: those that were added for that come last.
    pub whole: Option<Arc<Graph>>,
}

/// No axon that is shared.
pub const NO_AXON: u32 = u32::MAX;

impl Graph {
    /// Appends the resets and floors of as many neurons as were appended to the thresholds since the last time; none
    /// for neurons that have none.
    pub fn add_traits(&mut self, traits: Vec<Traits>) {
        if traits.is_empty() && self.traits.is_empty() {
            return;
        }
        // Neurons without come before or between those with.
        self.traits.resize(self.threshold.len() - traits.len(), Traits::default());
        self.traits.extend(traits);
    }

    /// Number of neurons, sources included.
    pub fn neurons(&self) -> usize {
        self.threshold.len()
    }

    /// Steps that populations with an end take, the most of them; none where none ends.
    pub fn own_steps(&self) -> Option<u32> {
        let ending = self.populations.iter().filter_map(|population| population.window).filter(|window| window.ends);
        ending.map(|window| window.steps).max()
    }

    /// Steps of a run in which populations with an end take so many: those that begin later take as many, later.
    pub fn steps_for(&self, own: u32) -> u32 {
        let windows = self.populations.iter().filter_map(|population| population.window);
        own.saturating_add(windows.map(|window| window.first - 1).max().unwrap_or(0))
    }

    /// The network with ends for runs of another length: populations that take the most steps take so many, and what ends
    /// sooner ends as much sooner as before; sources send nothing later. A network without ends stays as it is.
    pub fn with_steps(mut self, own: u32) -> Self {
        let Some(before) = self.own_steps() else { return self };
        for population in &mut self.populations {
            if let Some(window) = population.window.as_mut().filter(|window| window.ends) {
                window.steps = (window.steps + own.saturating_sub(before)).saturating_sub(before.saturating_sub(own));
            }
            if let Some(spikes) = population.source.as_mut().filter(|_| own < before) {
                spikes.retain(|(step, _)| *step <= own);
            }
        }
        self
    }

    /// The network for a run that is asked to have so many steps, and how many that takes: where populations have ends, the
    /// steps are theirs.
    pub fn run_of(&self, asked: u32) -> (Cow<'_, Self>, u32) {
        match self.own_steps() {
            Some(_) => (Cow::Owned(self.clone().with_steps(asked)), self.steps_for(asked)),
            None => (Cow::Borrowed(self), asked),
        }
    }

    /// The network itself: as it was before a mapping split neurons of it, if one did.
    pub fn whole(&self) -> &Self {
        self.whole.as_deref().unwrap_or(self)
    }

    /// Values of the network's own neurons by the numbers that these had, of values of all neurons here.
    pub fn own<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        let mut values = self.order.restore(values);
        values.truncate(self.whole().neurons());
        values
    }

    /// Steps that the last population of the network acts later because neurons were split.
    pub fn put_off(&self) -> u32 {
        let own = &self.whole().populations;
        let first = |populations: &[Population]| Some(populations.get(own.len().checked_sub(1)?)?.window?.first);
        first(&self.populations).unwrap_or(0) - first(own).unwrap_or(0)
    }

    /// The longest delay (time steps), at least 1.
    pub fn max_delay(&self) -> u32 {
        self.synapses.max_delay()
    }

    /// What the synapses into a population compute, of its first neuron, where that is known.
    pub fn operation(&self, first: u32) -> Option<&LinearOp> {
        self.operations.iter().find(|(of, _)| *of == first).map(|(_, operation)| operation)
    }

    /// The position of the population that holds a neuron.
    pub fn population_of(&self, neuron: usize) -> usize {
        self.populations.partition_point(|p| p.range().end <= neuron)
    }

    /// A network of this shape, not trained, with the largest weight of eight bits everywhere.
    pub fn by_shape(architecture: &Architecture) -> Self {
        Self::from_layered(&Folded::by_shape(architecture).quantise(QuantSpec::new(architecture.time_steps, 8)))
    }

    /// Expands a layered network; layer l has the window l .. l + T - 1, l from 1. Where spike trains come in, a source
    /// stands before the layers, spikes in steps 1 .. T, and all windows are a step later.
    pub fn from_layered(net: &Layered) -> Self {
        let last = net.layers.len() - 1;
        let mut graph = Self::default();
        let mut synapses = Csr::with_capacity(net.neurons(), 0);
        let delay = net.encoding.delay();
        if !net.encoding.is_off_chip() {
            add_source(net, &mut graph, &mut synapses);
        }
        for (l, layer) in net.layers.iter().enumerate() {
            let first = graph.threshold.len() as u32;
            let count = layer.op.outputs();
            if l > 0 || !net.encoding.is_off_chip() {
                graph.operations.push((first, layer.op));
            }
            graph.populations.push(Population {
                name: layer.name.clone(),
                first,
                count: count as u32,
                params: Params {
                    model: if net.decay > 0 && l != last {
                        Model::Lif(Lif { decay: net.decay, bits: DECAY_BITS })
                    } else {
                        Model::If(If)
                    },
                    reset: Reset::Subtract,
                    fraction_bits: layer.fraction_bits,
                    membrane_bits: net.spec.membrane_bits,
                    fires: l != last,
                },
                drive: match l {
                    0 if net.encoding.is_off_chip() => Drive::Host,
                    _ if l == last => Drive::Once,
                    _ => Drive::EveryStep,
                },
                window: Some(Window { first: l as u32 + 1 + delay, steps: net.spec.time_steps, ends: false }),
                source: None,
            });
            // The host writes the encoding layer's drive, so its own bias is already in that.
            let encodes = l < net.encoding.layers_off_chip();
            let bias = |neuron: usize| if encodes { 0 } else { layer.bias[neuron / layer.op.positions()] as i32 };
            graph.bias.extend((0..count).map(bias));
            let positions = layer.op.positions();
            graph.threshold.extend((0..count).map(|neuron| layer.threshold[neuron / positions]));
            if net.half_start {
                let start = net.start(l);
                graph.start.extend((0..count).map(|neuron| start[neuron / positions]));
            }
            add_synapses(net, l, first, &mut synapses);
        }
        graph.synapses = Arc::new(synapses);
        graph
    }
}

/// Adds a population for the inputs, and their rows into the first layer.
fn add_source(net: &Layered, graph: &mut Graph, synapses: &mut Csr) {
    let inputs = net.input.neurons() as u32;
    graph.populations.push(Population {
        name: "input".into(),
        first: 0,
        count: inputs,
        params: Params {
            model: Model::If(If),
            reset: Reset::Zero,
            fraction_bits: 0,
            membrane_bits: net.spec.membrane_bits,
            fires: false,
        },
        drive: Drive::EveryStep,
        window: Some(Window { first: 1, steps: net.spec.time_steps, ends: false }),
        source: Some(Vec::new()),
    });
    graph.bias.resize(inputs as usize, 0);
    graph.threshold.resize(inputs as usize, 1);
    if net.half_start {
        graph.start.resize(inputs as usize, 0);
    }
    for input in 0..inputs as usize {
        net.layers[0].for_each_synapse(input, |o, weight| synapses.push(inputs + o as u32, weight, 1));
        synapses.end_row();
    }
}

/// Adds the rows of a layer's neurons, the first of which is `first`: to the next layer, and to those that add this one.
fn add_synapses(net: &Layered, l: usize, first: u32, synapses: &mut Csr) {
    let count = net.layers[l].op.outputs();
    // The first neuron of each later layer, with the layer and how many steps later it acts.
    let mut end = first;
    let mut later = Vec::new();
    for (layer, delay) in net.layers[l..].iter().zip(0u32..) {
        later.push(((end, layer), delay));
        end += layer.op.outputs() as u32;
    }
    let later = &later[1..];
    for neuron in 0..count {
        if let Some(((next_first, next), _)) = later.first() {
            next.for_each_synapse(neuron, |o, weight| synapses.push(next_first + o as u32, weight, 1));
        }
        for ((first, layer), delay) in later {
            if let Some(skip) = layer.skip.as_ref().filter(|skip| skip.layer == l) {
                let weight = skip.weight[neuron / layer.op.positions()];
                synapses.push(first + neuron as u32, weight, *delay);
            }
        }
        synapses.end_row();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Synapses come back as they went in, whichever of them is the first that does not fit four bytes.
    #[test]
    fn synapses_come_back_packed_or_not() {
        let narrow = [(0, 0, 1), (5, -128, 1), ((1 << 24) - 1, 127, 3), (7, -1, 1)];
        for odd in [None, Some((3, 128, 1)), Some((3, -129, 2)), Some((1 << 24, 1, 1)), Some((u32::MAX, i16::MIN, 1))] {
            for place in 0..=narrow.len() {
                let mut wanted = narrow.to_vec();
                if let Some(odd) = odd {
                    wanted.insert(place, odd);
                }
                let mut csr = Csr::with_capacity(2, 0);
                csr.end_row();
                wanted.iter().for_each(|(target, weight, delay)| csr.push(*target, *weight, *delay));
                csr.end_row();
                wanted.sort_by_key(|synapse| synapse.0);
                assert_eq!(csr.wide, odd.is_some());
                assert_eq!((csr.len(), csr.fan_out(0), csr.fan_out(1)), (wanted.len(), 0, wanted.len()));
                assert_eq!(csr.row(1).collect::<Vec<_>>(), wanted);
                assert!(csr.targets(1).eq(wanted.iter().map(|synapse| synapse.0)));
                let weights = || wanted.iter().map(|synapse| synapse.1);
                assert_eq!(csr.weight_range(), (weights().min().unwrap(), weights().max().unwrap()));
            }
        }
    }
}
