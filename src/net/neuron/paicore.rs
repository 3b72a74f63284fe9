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

use super::read::{Entry, Ranges};
use super::traits::Crossing;
use super::{Below, Lanes, Model, Next, Params, Reset, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::PaicoreFields;

const BITS: u32 = 30;
const MOST: i64 = (1 << 29) - 1;

pub(super) const ENTRY: Entry = Entry {
    name: "paicore",
    fields: &["reset", "negative", "leak_reversal", "leak_after_comparison"],
    read,
    ranges,
    has_traits: true,
    describe: described::<PaicoreFields>,
    most_bits: BITS,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let flag = |name: &str| object.get(name).map_or(Some(false), |c| c.flag());
    let (leak_reversal, leak_after_comparison) = (flag("leak_reversal"), flag("leak_after_comparison"));
    let below = object.get("negative").map_or(Some(0), |c| c.choice(Below::NAMES));
    let model = Model::Paicore {
        leak_reversal: leak_reversal?,
        leak_after_comparison: leak_after_comparison?,
        below: Below::ALL[below?],
    };
    Some(Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: BITS, fires: true })
}

fn ranges(params: &Params) -> Ranges {
    Ranges { threshold: 0..=MOST, negative_threshold: 0..=MOST, ..Ranges::of_membrane(params) }
}

/// What all neurons of a slice share.
#[derive(Clone, Copy)]
pub(super) struct Modes {
    pub(super) leak_reversal: bool,
    pub(super) leak_after_comparison: bool,
    pub(super) below: Below,
}

pub(super) fn step(params: &Params, modes: Modes, lanes: Lanes<'_>) -> u64 {
    let traits = lanes.traits;
    sweep(lanes.soma, |i, now| {
        let charged = (i64::from(now.v) + i64::from(now.input)).clamp(-MOST, MOST);
        let leak = i64::from(now.bias) * if modes.leak_reversal { charged.signum() } else { 1 };
        let leaked = (charged + leak).clamp(-MOST, MOST);
        let compared = if modes.leak_after_comparison { charged } else { leaked };
        let fired = params.fires && compared >= i64::from(now.threshold);
        // What was compared says which way it settles; what settles has the leak in it either way.
        let crossing = Crossing::of(fired, compared < i64::from(traits[i].floor));
        let v = traits[i].settle(leaked, crossing, now.threshold, modes.below);
        (Next { v: v.clamp(-MOST, MOST) as i32, fired }, false)
    })
}
