//! TrueNorth's neuron in its deterministic modes.
//!
//! ```text
//! V += Σ w s                      w: one of the four weights of the neuron, by the type of the axon
//! V += Λ b                        b = -λ, every step; Λ = 1, or sgn(V) with leak_reversal
//! spike when V >= α:  V = R (absolute), V - α (linear), V (keep)
//! else when V < -β:   V = -β (saturate); or -R, V + β, V (reset, by the same mode)
//! ```
//!
//! | field               | unit           | range                | default    | symbol     |
//! |---------------------|----------------|----------------------|------------|------------|
//! | `threshold`         | membrane units | 1 to 2^18 - 1        | –          | α          |
//! | `bias`              | membrane units | -256 to 255          | 0          | -λ         |
//! | `reset`             | –              | absolute, linear, keep | absolute | γ          |
//! | `reset_potential`   | membrane units | -(2^19 - 1) to 2^19 - 1 | 0       | R          |
//! | `negative_threshold`| membrane units | 0 to 2^18 - 1        | 2^18 - 1   | β          |
//! | `negative`          | –              | saturate, reset      | saturate   | κ          |
//! | `leak_reversal`     | –              | true, false          | false      | ε          |
//!
//! The membrane has 20 bits with sign; sums saturate there. Sources: Merolla et al. 2014, Science 345:668, table S2;
//! Cassidy et al. 2013, IJCNN. Widths of threshold (18) and leak (9), and saturation instead of wrapping, are as
//! generally described and were not checked against the chip. Stochastic synapses, leaks and thresholds are not modelled.

use super::file::{FileModel, Ranges, below_threshold, reset_of_chips};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, SomaLanes, sweep};
use super::traits::{After, Below, Crossing};
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{flag, flat, or};

const BITS: u32 = 20;
const MOST_THRESHOLD: i64 = (1 << 18) - 1;

record! {
    /// TrueNorth's neuron, deterministic modes.
    pub struct TrueNorth derive(Copy, Eq) {
        /// What happens below the negative threshold: "saturate" (the membrane is held there) or "reset" (as after a spike,
        /// with the other sign).
        pub below as "negative": Below = below_threshold();
        /// Whether the leak follows the membrane's sign.
        pub leak_reversal: bool = or(flag(), false, false);
    }
}

all_fields! {
    struct TrueNorth { leak_reversal, below }
}

record! {
    /// TrueNorth's neuron, deterministic modes.
    pub(super) struct TrueNorthFields {
        /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken
        /// off it) or "keep".
        reset: After = reset_of_chips();
        /// The modes.
        model: TrueNorth = flat::<TrueNorth, _>();
    }
    check |read: Self, _: &_, _| Some(Made::of(read.model, BITS, read.reset)) => Made<TrueNorth>;
}

impl NeuronModel for TrueNorth {
    const NAME: &'static str = "truenorth";

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let (limit, traits) = ((1i64 << (params.membrane_bits - 1)) - 1, lanes.traits);
        sweep(lanes.soma, |i, now| {
            let charged = i64::from(now.v) + i64::from(now.input);
            let leak = i64::from(now.bias) * if self.leak_reversal { charged.signum() } else { 1 };
            let v = (charged + leak).clamp(-limit, limit);
            let fired = params.fires && v >= i64::from(now.threshold);
            let crossing = Crossing::of(fired, v < i64::from(traits[i].floor));
            let next = traits[i].settle(v, crossing, now.threshold, self.below);
            (Next { v: next.clamp(-limit, limit) as i32, fired }, false)
        })
    }
}

impl FileModel for TrueNorth {
    type Fields = TrueNorthFields;
    const MOST_BITS: u32 = BITS;
    const HAS_TRAITS: bool = true;

    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges {
            threshold: 1..=MOST_THRESHOLD,
            bias: -256..=255,
            negative_threshold: 0..=MOST_THRESHOLD,
            ..Ranges::of_membrane(membrane_bits)
        }
    }

    fn write(self, _: &SharedParams, set: SetField<'_>) {
        set("leak_reversal", self.leak_reversal.into());
        set("negative", self.below.name().into());
    }
}
