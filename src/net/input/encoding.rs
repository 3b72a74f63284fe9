//! Encoders: the conversion of a sample to the input of a layered network's first layer.
//!
//! An encoder is a variant here and its entry in `ENTRIES`; all other code asks for its properties.

use super::trains::SpikeTrains;
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
    }
}

/// The properties of an encoder.
#[derive(Clone, Copy)]
struct EncodingEntry {
    /// Whether samples are spike trains, split into the steps of an inference; otherwise they are values.
    reads_trains: bool,
    /// The spikes of a sample with this many inputs on the chip; `None` if the first layer's sums are computed off it.
    trains: Option<for<'s> fn(&'s [u8], usize) -> SpikeTrains<'s>>,
}

/// Entries in the order of the variants.
const ENTRIES: [EncodingEntry; 2] = [
    EncodingEntry { reads_trains: false, trains: None },
    EncodingEntry { reads_trains: true, trains: Some(|sample, inputs| SpikeTrains::new(sample, inputs)) },
];

all_fields! {
    enum Encoding { 0 = Direct, 1 = Spikes }
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

    /// The spikes of a sample with this many inputs on the chip; `None` if the first layer's sums are computed off it.
    pub fn trains(self, sample: &[u8], inputs: usize) -> Option<SpikeTrains<'_>> {
        self.entry().trains.map(|trains| trains(sample, inputs))
    }
}

/// Kind of samples, for messages.
pub fn samples(are_trains: bool) -> &'static str {
    if are_trains { "spike trains" } else { "values" }
}
