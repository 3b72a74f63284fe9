//! Shared kernels: rows of synapses of a core that are equal but for the place of their targets, stored once.
//!
//! In a convolution the synapses of an input are those of its neighbour, moved along. A chip whose axons name a place to
//! count targets from stores such rows once ([`SramMemory::shared_kernels`](crate::hw::SramMemory)). Which rows are equal
//! is found from their weights, delays and targets, as a core is filled: rows at the edges of a layer or a core have
//! fewer synapses, and are rows of their own. Only cores whose neurons are of one convolution share rows.

use crate::net::Graph;
use crate::rng::mix;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

/// Rows are compared by a polynomial of their synapses modulo this prime: two different rows have the same value with a
/// probability of less than their length over it.
const PRIME: u64 = (1 << 61) - 1;

/// Where the polynomial is evaluated; any number of many bits.
const BASE: u64 = 0x1B59_1E2D_9A7F_3C65;

fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

/// The values are well mixed already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mix(self.0 ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value << 3;
    }
}

/// The distinct rows of the core that is being filled.
pub(super) struct SharedRows {
    /// Neurons of the convolutions.
    convolutions: Vec<Range<u32>>,
    /// Weight and delay of every synapse, in rows by target.
    codes: Vec<u64>,
    /// Powers of the base, as far as they were needed.
    powers: Vec<u64>,
    /// Value of the row of each source into the core, and its first target; of sources that have one.
    value: Vec<u64>,
    first: Vec<u32>,
    /// Sources by the value of their row.
    sources: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    /// `rows[k]`: distinct rows of k synapses.
    rows: Vec<u32>,
    /// The convolution of the core's first neuron, empty if it is of none.
    own: Range<u32>,
    neurons: u32,
    /// Neurons of the core that are not of it.
    foreign: u32,
}

impl SharedRows {
    /// None where no population is a convolution. `row_of` says where the synapses of a target begin among all.
    pub(super) fn new(net: &Graph, row_of: &[u64]) -> Option<Self> {
        let populations = net.populations.iter().enumerate();
        let own = populations.filter(|(index, p)| p.source.is_none() && net.is_convolution(*index));
        let convolutions: Vec<Range<u32>> = own.map(|(_, p)| p.first..p.first + p.count).collect();
        if convolutions.is_empty() {
            return None;
        }
        let mut next = row_of.to_vec();
        let mut codes = vec![0; net.synapses.len()];
        for source in 0..net.neurons() {
            for (target, weight, delay) in net.synapses.row(source) {
                let place = &mut next[target as usize];
                // Never 0, so that every synapse counts.
                codes[*place as usize] = mix(u64::from(weight as u16) << 32 | u64::from(delay)) % (PRIME - 1) + 1;
                *place += 1;
            }
        }
        Some(Self {
            convolutions,
            codes,
            powers: vec![1],
            value: vec![0; net.neurons()],
            first: vec![0; net.neurons()],
            sources: HashMap::default(),
            rows: vec![0],
            own: 0..0,
            neurons: 0,
            foreign: 0,
        })
    }

    /// Begins a core.
    pub(super) fn start(&mut self) {
        self.sources.clear();
        self.rows.clear();
        self.rows.push(0);
        (self.own, self.neurons, self.foreign) = (0..0, 0, 0);
    }

    /// A neuron is added to the core; gives itself for its synapses, unless the neuron is not of the core's convolution.
    pub(super) fn add_neuron(&mut self, neuron: u32) -> Option<&mut Self> {
        if self.neurons == 0 {
            let own = self.convolutions.iter().find(|range| range.contains(&neuron));
            self.own = own.cloned().unwrap_or_default();
        }
        self.neurons += 1;
        let is_own = self.own.contains(&neuron);
        self.foreign += u32::from(!is_own);
        is_own.then_some(self)
    }

    /// A neuron is taken out of the core; gives itself for its synapses in the same way.
    pub(super) fn remove_neuron(&mut self, neuron: u32) -> Option<&mut Self> {
        self.neurons -= 1;
        let is_own = self.own.contains(&neuron);
        self.foreign -= u32::from(!is_own);
        is_own.then_some(self)
    }

    /// A synapse is added to the row of a source, which has `before` of them in the core.
    pub(super) fn add(&mut self, source: usize, before: usize, target: u32, place: usize) {
        if before == 0 {
            (self.value[source], self.first[source]) = (0, target);
        } else {
            self.leave(source, before);
        }
        let term = self.term(source, target, place);
        self.value[source] = (self.value[source] + term) % PRIME;
        self.enter(source, before + 1);
    }

    /// A synapse is taken out of the row of a source, which has `before` of them in the core.
    pub(super) fn remove(&mut self, source: usize, before: usize, target: u32, place: usize) {
        self.leave(source, before);
        let term = self.term(source, target, place);
        self.value[source] = (self.value[source] + PRIME - term) % PRIME;
        if before > 1 {
            self.enter(source, before - 1);
        }
    }

    /// What a synapse adds to the value of its row: targets count from the first one.
    fn term(&mut self, source: usize, target: u32, place: usize) -> u64 {
        let distance = (target - self.first[source]) as usize;
        while self.powers.len() <= distance {
            let last = self.powers[self.powers.len() - 1];
            self.powers.push(times(last, BASE));
        }
        times(self.codes[place], self.powers[distance])
    }

    fn enter(&mut self, source: usize, synapses: usize) {
        let sources = self.sources.entry(self.value[source]).or_default();
        *sources += 1;
        if *sources == 1 {
            if self.rows.len() <= synapses {
                self.rows.resize(synapses + 1, 0);
            }
            self.rows[synapses] += 1;
        }
    }

    fn leave(&mut self, source: usize, synapses: usize) {
        let value = self.value[source];
        if let Some(sources) = self.sources.get_mut(&value) {
            *sources -= 1;
            if *sources == 0 {
                self.sources.remove(&value);
                self.rows[synapses] -= 1;
            }
        }
    }

    /// Distinct rows by their synapses, if all neurons of the core are of one convolution.
    pub(super) fn rows(&self) -> Option<&[u32]> {
        (self.foreign == 0 && !self.own.is_empty()).then_some(&self.rows[..])
    }
}
