//! Samples that are sequences of frames: the state of a network is kept from frame to frame.

use crate::digest::{Digest, Stable};
use crate::json::record::{record, words};
use crate::json::shape::{optional, or, whole, word};

/// Most time steps of an inference, or of a frame.
pub const MAX_TIME_STEPS: u32 = 4096;

words! {
    /// When the host reads the outputs of a sequence.
    pub enum Readout derive(Default) {
        /// After the last frame.
        #[default]
        End = "end",
        /// After each frame, of all frames so far.
        Every = "every",
        /// After each frame, of that frame alone: the host subtracts what it read before.
        Frame = "frame",
    }
}

/// What a sample of a layered network is.
///
/// A frame is shown for the network's time steps, then the next one; membranes and currents are kept, and reset between
/// sequences only. Frames have as many values as the network has inputs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frames {
    /// One frame.
    #[default]
    One,
    /// A sequence of frames, of any number.
    Sequence(Readout),
}

impl Stable for Frames {
    fn add_to(&self, digest: &mut Digest) {
        // Networks of single samples keep the digests that they have in files.
        if let Self::Sequence(readout) = self {
            digest.bytes(readout.name().as_bytes());
        }
    }
}

impl Frames {
    /// Whether samples are sequences.
    pub fn are_sequences(self) -> bool {
        self != Self::One
    }

    /// Whether the outputs are read after each frame.
    pub fn are_read(self) -> bool {
        matches!(self, Self::Sequence(Readout::Every | Readout::Frame))
    }

    /// What the host makes of the outputs that it read after each frame of a sequence.
    pub fn of_each(self, mut readouts: Vec<Vec<i32>>) -> Vec<Vec<i32>> {
        if self == Self::Sequence(Readout::Frame) {
            for frame in (1..readouts.len()).rev() {
                let [before, read] = &mut readouts[frame - 1..=frame] else { continue };
                read.iter_mut().zip(before).for_each(|(value, before)| *value = value.saturating_sub(*before));
            }
        }
        readouts
    }

    /// When the outputs of sequences are read.
    pub fn readout(self) -> Option<Readout> {
        match self {
            Self::One => None,
            Self::Sequence(readout) => Some(readout),
        }
    }

    /// Number of frames in the values of a sample, for a network of this many inputs.
    pub fn of(self, values: usize, inputs: usize) -> usize {
        if self.are_sequences() { (values / inputs.max(1)).max(1) } else { 1 }
    }

    /// Its fields in files.
    pub(in crate::net) fn write(self, steps: u32) -> Option<serde_json::Value> {
        let Self::Sequence(readout) = self else { return None };
        Some(serde_json::json!({"steps": steps, "readout": readout.name()}))
    }
}

record! {
    /// Samples that are sequences of frames, through which the network keeps its state.
    pub(in crate::net) struct FrameFields as "Frames" {
        /// Time steps for which a frame is shown: "time_steps" of the network.
        steps: Option<u32> = optional(whole(1..=MAX_TIME_STEPS));
        /// When the outputs are read: "end" (after the last frame), "every" (after each frame, of all frames so far) or
        /// "frame" (after each frame, of that frame alone).
        readout: Readout = or(word(), Readout::End, Readout::End.name());
    }
    check |read: Self, _: &_, _| Some((Frames::Sequence(read.readout), read.steps)) => (Frames, Option<u32>);
}
