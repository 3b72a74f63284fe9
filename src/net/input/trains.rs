//! Spike trains: bits, step after step, and within a step in the order channels x rows x columns.
//!
//! The spike of an input is bit `step * inputs + input`, the lowest bit of a byte first.

use std::borrow::Cow;

/// The spike trains of a sample.
#[derive(Clone, Debug)]
pub struct SpikeTrains<'a> {
    bits: Cow<'a, [u8]>,
    inputs: usize,
}

impl<'a> SpikeTrains<'a> {
    /// Size of a sample in bytes.
    pub fn bytes(inputs: usize, steps: usize) -> usize {
        (inputs * steps).div_ceil(8)
    }

    /// The trains of a sample of `inputs` inputs.
    pub fn new(bits: &'a [u8], inputs: usize) -> Self {
        Self { bits: bits.into(), inputs }
    }

    /// Trains of their own bits.
    pub(super) fn made(bits: Vec<u8>, inputs: usize) -> Self {
        Self { bits: bits.into(), inputs }
    }

    /// Whether an input spikes in a step, from 0. There are no spikes beyond the end of the sample.
    pub fn fires(&self, step: usize, input: usize) -> bool {
        let bit = step * self.inputs + input;
        self.bits.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)
    }

    /// The inputs that spike in a step, from 0, ascending.
    pub fn step(&self, step: usize) -> impl Iterator<Item = usize> + '_ {
        let (bits, first, end) = (&*self.bits, step * self.inputs, (step + 1) * self.inputs);
        (first / 8..end.div_ceil(8)).flat_map(move |at| {
            let mut byte = bits.get(at).copied().unwrap_or(0);
            std::iter::from_fn(move || {
                (byte != 0).then(|| {
                    let bit = at * 8 + byte.trailing_zeros() as usize;
                    byte &= byte - 1;
                    bit
                })
            })
            .filter(move |bit| (first..end).contains(bit))
            .map(move |bit| bit - first)
        })
    }

    /// Spike count of each input over `steps` steps.
    pub fn counts(&self, steps: usize) -> Vec<u32> {
        let mut counts = vec![0; self.inputs];
        (0..steps).for_each(|step| self.step(step).for_each(|input| counts[input] += 1));
        counts
    }
}

/// Sets a spike in a sample of `inputs` inputs; returns whether it is new.
pub fn set_spike(bits: &mut [u8], inputs: usize, step: usize, input: usize) -> bool {
    let bit = step * inputs + input;
    let new = bits[bit / 8] >> (bit % 8) & 1 == 0;
    bits[bit / 8] |= 1 << (bit % 8);
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spikes are read back by step and by input, at any position of a step's first bit in its byte.
    #[test]
    fn spikes_come_back() {
        for inputs in [1, 3, 8, 13, 16] {
            let wanted = |step: usize, input: usize| (step * 7 + input * 5).is_multiple_of(3);
            let mut bits = vec![0; SpikeTrains::bytes(inputs, 5)];
            for (step, input) in (0..5).flat_map(|step| (0..inputs).map(move |input| (step, input))) {
                if wanted(step, input) {
                    assert!(set_spike(&mut bits, inputs, step, input));
                    assert!(!set_spike(&mut bits, inputs, step, input));
                }
            }
            let trains = SpikeTrains::new(&bits, inputs);
            for step in 0..5 {
                let right: Vec<usize> = (0..inputs).filter(|input| wanted(step, *input)).collect();
                assert_eq!(trains.step(step).collect::<Vec<_>>(), right);
                assert!((0..inputs).all(|input| trains.fires(step, input) == wanted(step, input)));
            }
            assert_eq!(trains.step(5).count(), 0);
            let count = |input| (0..5).filter(|step| wanted(*step, input)).count() as u32;
            assert_eq!(trains.counts(5), (0..inputs).map(count).collect::<Vec<_>>());
        }
    }
}
