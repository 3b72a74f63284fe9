//! Synapses of a network, packed.

use crate::digest::{Digest, Stable};
use crate::progress::{poll, poll_at_row};
use std::ops::Range;

/// Longest synaptic delay (time steps).
pub const MAX_DELAY: u32 = 255;

/// Synapses in rows by source neuron, each in the order of its targets.
///
/// Synapses dominate the memory of large networks, so one takes four bytes if all weights have 8 bits and all targets
/// 24, and two more for its weight if not.
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
    /// Exponents of weights; empty when every one is 0. Synapses with others lead to neurons of Loihi whose own is 0.
    exponent: Vec<i8>,
    /// Whether some synapse does not fit four bytes.
    wide: bool,
    /// The lowest and the highest weight, 0 included.
    weights: (i16, i16),
    /// The longest delay; 0 without synapses.
    longest: u8,
}

/// Synapses between two polls.
const PART: usize = 1 << 20;

const PACKED_BITS: u32 = 8;

fn pack(target: u32, weight: i16) -> Option<u32> {
    let weight = i8::try_from(weight).ok()?;
    (target >> (u32::BITS - PACKED_BITS) == 0).then_some(target << PACKED_BITS | u32::from(weight as u8))
}

fn unpack(word: u32) -> (u32, i16) {
    (word >> PACKED_BITS, i16::from(word as i8))
}

impl Csr {
    /// An empty matrix to which rows are appended.
    pub fn with_capacity(neurons: usize, synapses: usize) -> Self {
        let mut row = Vec::with_capacity(neurons + 1);
        row.push(0);
        Self { row, target: Vec::with_capacity(synapses), ..Self::default() }
    }

    /// Adds a synapse to the row that is being built. Delays are 1 to [`MAX_DELAY`].
    pub fn push(&mut self, target: u32, weight: i16, delay: u32) {
        self.push_scaled(target, weight, delay, 0);
    }

    fn push_one(&mut self, target: u32, weight: i16, delay: u32) {
        self.weights = (self.weights.0.min(weight), self.weights.1.max(weight));
        self.longest = self.longest.max(delay as u8);
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

    /// Adds a synapse that adds floor(2^exponent weight), with an exponent of -8 to 7.
    pub fn push_scaled(&mut self, target: u32, weight: i16, delay: u32, exponent: i8) {
        if exponent != 0 && self.exponent.is_empty() {
            self.exponent = vec![0; self.target.len()];
        }
        if exponent != 0 || !self.exponent.is_empty() {
            self.exponent.push(exponent);
        }
        self.push_one(target, weight, delay);
    }

    /// Adds a synapse with a separate weight; the first such synapse unpacks all others.
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
        poll_at_row(self.row.len(), self.target.len() - start);
        self.sort(start);
        self.row.push(self.target.len() as u64);
    }

    fn sort(&mut self, start: usize) {
        let shift = if self.wide { 0 } else { PACKED_BITS };
        if self.target[start..].is_sorted_by_key(|word| word >> shift) {
            return;
        }
        if !self.wide && self.delay.is_empty() && self.exponent.is_empty() {
            return self.target[start..].sort_by_key(|word| word >> shift);
        }
        let of = |k: usize| {
            let (target, weight) = self.at(k);
            (target, weight, self.delay.get(k).copied().unwrap_or(1), self.exponent_at(k))
        };
        let mut row: Vec<_> = (start..self.target.len()).map(of).collect();
        row.sort_by_key(|synapse| synapse.0);
        for (k, (target, weight, delay, exponent)) in (start..).zip(row) {
            if self.wide {
                (self.target[k], self.weight[k]) = (target, weight);
            } else {
                self.target[k] = target << PACKED_BITS | u32::from(weight as u8);
            }
            if let Some(place) = self.delay.get_mut(k) {
                *place = delay;
            }
            if let Some(place) = self.exponent.get_mut(k) {
                *place = exponent;
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

    fn exponent_at(&self, k: usize) -> i8 {
        self.exponent.get(k).copied().unwrap_or(0)
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

    /// Whether some synapses have exponents.
    pub fn is_scaled(&self) -> bool {
        !self.exponent.is_empty()
    }

    /// The synapses of a neuron with their exponents: (target, weight, delay, exponent).
    pub fn scaled_row(&self, source: usize) -> impl Iterator<Item = (u32, i16, u32, i8)> + '_ {
        let exponents = self.span(source).map(|k| self.exponent_at(k));
        self.row(source).zip(exponents).map(|((target, weight, delay), exponent)| (target, weight, delay, exponent))
    }

    /// The synapses of a neuron with what they add: (target, floor(2^exponent weight), delay).
    pub fn added_row(&self, source: usize) -> impl Iterator<Item = (u32, i16, u32)> + '_ {
        self.scaled_row(source).map(|(target, weight, delay, exponent)| {
            let weight = i32::from(weight);
            let added = if exponent < 0 { weight >> -exponent } else { weight << exponent };
            // Weights of files have nine bits, and fit.
            (target, added.clamp(i16::MIN.into(), i16::MAX.into()) as i16, delay)
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

    /// Memory locations of synapses: their words, and their weights if those are separate.
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
        self.targets_at(self.span(source))
    }

    /// The targets of synapses by position.
    pub fn targets_at(&self, span: Range<usize>) -> impl Iterator<Item = u32> + '_ {
        let shift = if self.wide { 0 } else { PACKED_BITS };
        self.target[span].iter().map(move |word| word >> shift)
    }

    /// The longest delay, at least 1.
    pub fn max_delay(&self) -> u32 {
        u32::from(self.longest).max(1)
    }

    /// A magnitude that no synapse exceeds in what it adds.
    pub fn most_added(&self) -> u64 {
        let (low, high) = self.weights;
        match self.is_scaled() {
            true => i16::MIN.unsigned_abs().into(),
            false => low.unsigned_abs().max(high.unsigned_abs()).into(),
        }
    }

    /// Synapses into every neuron, of `neurons`.
    pub fn fan_in(&self, neurons: usize) -> Vec<u32> {
        let mut count = vec![0u32; neurons];
        let shift = if self.wide { 0 } else { PACKED_BITS };
        for words in self.target.chunks(PART) {
            poll();
            words.iter().for_each(|word| count[(word >> shift) as usize] += 1);
        }
        count
    }

    /// Bits that hold every weight, sign included; at least 1.
    pub fn weight_bits(&self) -> u32 {
        let (low, high) = self.weight_range();
        let holds = |bits: &u32| i32::from(low) >= -(1 << (bits - 1)) && i32::from(high) < 1 << (bits - 1);
        (1..16).find(holds).unwrap_or(16)
    }

    /// The lowest and the highest weight, 0 included.
    pub fn weight_range(&self) -> (i16, i16) {
        self.weights
    }
}

/// Depends on the synapses, not on their packing.
impl Stable for Csr {
    fn add_to(&self, digest: &mut Digest) {
        // The rows below include all of these.
        let Self { row: _, target: _, weight: _, delay: _, exponent: _, wide: _, weights: _, longest: _ } = self;
        digest.word(self.sources() as u64);
        for source in 0..self.sources() {
            digest.word(self.fan_out(source) as u64);
            for (target, weight, delay, exponent) in self.scaled_row(source) {
                let (weight, exponent) = (u64::from(weight as u16), u64::from(exponent as u8));
                digest.word(u64::from(target) | weight << 32 | u64::from(delay) << 48 | exponent << 56);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Synapses come back unchanged, whichever of them is the first that does not fit four bytes.
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
                assert_eq!(csr.max_delay(), wanted.iter().map(|synapse| synapse.2).max().unwrap());
            }
        }
    }
}
