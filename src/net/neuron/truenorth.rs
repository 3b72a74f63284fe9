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

use super::read::{Entry, Ranges};
use super::traits::Crossing;
use super::{Below, Lanes, Model, Next, Params, Reset, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::TrueNorthFields;

const BITS: u32 = 20;
const MOST_THRESHOLD: i64 = (1 << 18) - 1;

pub(super) const ENTRY: Entry = Entry {
    name: "truenorth",
    fields: &["reset", "negative", "leak_reversal"],
    read,
    ranges,
    has_traits: true,
    describe: described::<TrueNorthFields>,
    most_bits: BITS,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let leak_reversal = object.get("leak_reversal").map_or(Some(false), |c| c.flag());
    let below = object.get("negative").map_or(Some(0), |c| c.choice(Below::NAMES));
    let model = Model::TrueNorth { leak_reversal: leak_reversal?, below: Below::ALL[below?] };
    Some(Params { model, reset: Reset::Zero, fraction_bits: 0, membrane_bits: BITS, fires: true })
}

fn ranges(params: &Params) -> Ranges {
    Ranges {
        threshold: 1..=MOST_THRESHOLD,
        bias: -256..=255,
        negative_threshold: 0..=MOST_THRESHOLD,
        ..Ranges::of_membrane(params)
    }
}

pub(super) fn step(params: &Params, modes: (bool, Below), lanes: Lanes<'_>) -> u64 {
    let (limit, traits) = ((1i64 << (params.membrane_bits - 1)) - 1, lanes.traits);
    let (leak_reversal, below) = modes;
    sweep(lanes.soma, |i, now| {
        let charged = i64::from(now.v) + i64::from(now.input);
        let leak = i64::from(now.bias) * if leak_reversal { charged.signum() } else { 1 };
        let v = (charged + leak).clamp(-limit, limit);
        let fired = params.fires && v >= i64::from(now.threshold);
        let crossing = Crossing::of(fired, v < i64::from(traits[i].floor));
        let next = traits[i].settle(v, crossing, now.threshold, below);
        (Next { v: next.clamp(-limit, limit) as i32, fired }, false)
    })
}
