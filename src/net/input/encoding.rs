//! Encoders: the conversion of a sample to the input of a layered network's first layer.
//!
//! An encoder is a variant here and its entry in `ENTRIES`; all other code asks for its properties.

use super::trains::{SpikeTrains, set_spike};
use crate::digest::all_fields;
use crate::json::record::words;

words! {
    /// What a network's first layer reads.
    pub enum Encoding derive(Default) {
        /// Values. The first layer encodes: its current is computed once, off the chip, and is the same in every step.
        #[default]
        Direct = "direct",
        /// Spike trains, which come to the chip as packets. The first layer is a layer like the others.
        Spikes = "spikes",
        /// Values, which come to the chip as evenly spaced spikes: the value x of R = full scale has spiked
        /// floor(t x/R + 1/2) times after step t. The first layer is a layer like the others.
        Rate = "rate",
    }
}

/// The properties of an encoder.
#[derive(Clone, Copy)]
struct EncodingEntry {
    /// Whether samples are spike trains, split into the steps of an inference; otherwise they are values.
    reads_trains: bool,
    /// The spikes of a sample on the chip; `None` if the first layer's sums are computed off it.
    trains: Option<for<'s> fn(&'s [u8], TrainsForm) -> SpikeTrains<'s>>,
}

/// What the spikes of a sample depend on.
#[derive(Clone, Copy, Debug)]
pub struct TrainsForm {
    /// Inputs of the network.
    pub inputs: usize,
    /// Time steps of an inference, or of one frame of it.
    pub steps: usize,
    /// The value that stands for 1.
    pub full_scale: u32,
}

/// Entries in the order of the variants.
const ENTRIES: [EncodingEntry; 3] = [
    EncodingEntry { reads_trains: false, trains: None },
    EncodingEntry { reads_trains: true, trains: Some(|sample, form| SpikeTrains::new(sample, form.inputs)) },
    EncodingEntry { reads_trains: false, trains: Some(rate) },
];

all_fields! {
    enum Encoding { 0 = Direct, 1 = Spikes, 2 = Rate }
}

impl Encoding {
    const fn entry(self) -> EncodingEntry {
        ENTRIES[self as usize]
    }

    /// Whether it reads spike trains, which are split into the steps of an inference.
    pub fn reads_trains(self) -> bool {
        self.entry().reads_trains
    }

    /// Kind of the samples, for messages.
    pub fn reads(self) -> &'static str {
        samples(self.reads_trains())
    }

    /// Whether the sums of the first layer, the encoding layer, are computed off the chip.
    pub fn is_off_chip(self) -> bool {
        self.entry().trains.is_none()
    }

    /// Number of layers without synapses on the chip: the encoding layer, or none.
    pub fn layers_off_chip(self) -> usize {
        usize::from(self.is_off_chip())
    }

    /// Steps by which the first layer begins after the first step: spikes of the host act one step later, like all.
    pub fn delay(self) -> u32 {
        u32::from(!self.is_off_chip())
    }

    /// Number of sources on the chip of a network with this many inputs.
    pub fn sources(self, inputs: usize) -> usize {
        if self.is_off_chip() { 0 } else { inputs }
    }

    /// The spikes of a sample on the chip; `None` if the first layer's sums are computed off it.
    pub fn trains(self, sample: &[u8], form: TrainsForm) -> Option<SpikeTrains<'_>> {
        self.entry().trains.map(|trains| trains(sample, form))
    }
}

/// Evenly spaced spikes of values, frame after frame.
fn rate(sample: &[u8], form: TrainsForm) -> SpikeTrains<'_> {
    let TrainsForm { inputs, steps, full_scale } = form;
    let after = |step: usize, value: u8| {
        (2 * step as u64 * u64::from(value) + u64::from(full_scale)) / (2 * u64::from(full_scale))
    };
    let frames = (sample.len() / inputs.max(1)).max(1);
    let mut bits = vec![0; SpikeTrains::bytes(inputs, frames * steps)];
    for (frame, values) in sample.chunks(inputs.max(1)).take(frames).enumerate() {
        for (input, value) in values.iter().enumerate() {
            for step in (0..steps).filter(|step| after(step + 1, *value) > after(*step, *value)) {
                set_spike(&mut bits, inputs, frame * steps + step, input);
            }
        }
    }
    SpikeTrains::made(bits, inputs)
}

/// Kind of samples, for messages.
pub fn samples(are_trains: bool) -> &'static str {
    if are_trains { "spike trains" } else { "values" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The spikes of a value come as evenly as steps allow, and at most one in a step.
    #[test]
    fn values_spike_evenly() {
        let form = TrainsForm { inputs: 5, steps: 8, full_scale: 16 };
        let trains = Encoding::Rate.trains(&[0, 4, 8, 13, 16], form).expect("on the chip");
        let of = |input: usize| (0..8).filter(|step| trains.fires(*step, input)).collect::<Vec<_>>();
        assert_eq!(of(1), [1, 5]);
        assert_eq!(of(2), [0, 2, 4, 6]);
        // 13/16 of 8 steps is 6.5, rounded up.
        assert_eq!(trains.counts(8), [0, 2, 4, 7, 8]);
        // Each frame of a sequence has the spikes of its own values.
        let two = Encoding::Rate.trains(&[0, 0, 4, 0, 0, 0, 0, 0, 4, 16], form).expect("on the chip");
        let of = |input: usize| (0..16).filter(|step| two.fires(*step, input)).collect::<Vec<_>>();
        assert_eq!((of(2), of(3), of(4)), (vec![1, 5], vec![9, 13], (8..16).collect()));
    }
}
