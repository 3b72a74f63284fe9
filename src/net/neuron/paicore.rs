//! PAICORE 2's neuron in its spiking, deterministic modes.
//!
//! ```text
//! V += Σ w s
//! V += Λ b        before the comparison, or after it with leak_after_comparison; Λ = 1, or sgn(V) with leak_reversal
//! spike when V >= θ:  V = R (absolute), V - θ (linear), V (keep)
//! else when V < -β:   V = -β (saturate); or -R, V + β, V (reset, by the same mode)
//! ```
//!
//! | field                   | unit           | range                     | default  | symbol |
//! |-------------------------|----------------|---------------------------|----------|--------|
//! | `threshold`             | membrane units | 0 to 2^29 - 1             | –        | θ      |
//! | `bias`                  | membrane units | ±(2^29 - 1)               | 0        | leak   |
//! | `reset`                 | –              | absolute, linear, keep    | absolute | –      |
//! | `reset_potential`       | membrane units | ±(2^29 - 1)               | 0        | R      |
//! | `negative_threshold`    | membrane units | 0 to 2^29 - 1             | 2^29 - 1 | β      |
//! | `negative`              | –              | saturate, reset           | saturate | –      |
//! | `leak_reversal`         | –              | true, false               | false    | –      |
//! | `leak_after_comparison` | –              | true, false               | false    | –      |
//!
//! The membrane has 30 bits with sign and saturates. Sources: PAICookers/PAIlib, commit 208368e (parameters and
//! widths), and PAICookers/PAIBox, commit 0094d97a, `paibox/components/neuron/base.py` (order of the steps; its own
//! simulation lets an overflow wrap around with a warning, which no sound network reaches). Stochastic modes and the
//! mode for artificial networks are not modelled.

use super::file::{FileModel, Ranges, below_threshold, reset_of_chips};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, SomaLanes, sweep};
use super::traits::{After, Below, Crossing};
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{flag, flat, or};

const BITS: u32 = 30;
const MOST: i64 = (1 << 29) - 1;

record! {
    /// PAICORE's neuron, deterministic modes.
    pub struct Paicore derive(Copy, Eq) {
        /// What happens below the negative threshold: "saturate" (the membrane is held there) or "reset" (as after a spike,
        /// with the other sign).
        pub below as "negative": Below = below_threshold();
        /// Whether the leak follows the membrane's sign.
        pub leak_reversal: bool = or(flag(), false, false);
        /// Whether the leak comes after the comparison with the threshold.
        pub leak_after_comparison: bool = or(flag(), false, false);
    }
}

all_fields! {
    struct Paicore { leak_reversal, leak_after_comparison, below }
}

record! {
    /// PAICORE's neuron, deterministic modes.
    pub(super) struct PaicoreFields {
        /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken
        /// off it) or "keep".
        reset: After = reset_of_chips();
        /// The modes.
        model: Paicore = flat::<Paicore, _>();
    }
    check |read: Self, _: &_, _| Some(Made::of(read.model, BITS, read.reset)) => Made<Paicore>;
}

impl NeuronModel for Paicore {
    const NAME: &'static str = "paicore";

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let traits = lanes.traits;
        sweep(lanes.soma, |i, now| {
            let charged = (i64::from(now.v) + i64::from(now.input)).clamp(-MOST, MOST);
            let leak = i64::from(now.bias) * if self.leak_reversal { charged.signum() } else { 1 };
            let leaked = (charged + leak).clamp(-MOST, MOST);
            let compared = if self.leak_after_comparison { charged } else { leaked };
            let fired = params.fires && compared >= i64::from(now.threshold);
            // The compared value selects the crossed bound; the value that is reset includes the leak either way.
            let crossing = Crossing::of(fired, compared < i64::from(traits[i].floor));
            let v = traits[i].settle(leaked, crossing, now.threshold, self.below);
            (Next { v: v.clamp(-MOST, MOST) as i32, fired }, false)
        })
    }
}

impl FileModel for Paicore {
    type Fields = PaicoreFields;
    const MOST_BITS: u32 = BITS;
    const HAS_TRAITS: bool = true;

    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges { threshold: 0..=MOST, negative_threshold: 0..=MOST, ..Ranges::of_membrane(membrane_bits) }
    }

    fn write(self, _: &SharedParams, set: SetField<'_>) {
        set("leak_reversal", self.leak_reversal.into());
        set("leak_after_comparison", self.leak_after_comparison.into());
        set("negative", self.below.name().into());
    }
}
