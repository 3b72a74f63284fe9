//! Leaky integrate and fire with a synaptic current, as NIR's `CubaLIF` in time steps.
//!
//! ```text
//! u[n+1] = clip( trunc(u[n] (2^B - δu) / 2^B) + 2^F Σ w s[n] + b )
//! v[n+1] = clip( trunc(v[n] (2^B - δv) / 2^B) + u[n+1] );   spike when v >= θ
//! then v = R (absolute), v - θ (linear), v (keep) or v - R (fall); below the floor, v is held there
//! ```
//!
//! | field                | unit           | range                   | default    | symbol |
//! |----------------------|----------------|-------------------------|------------|--------|
//! | `current_decay`      | 1/2^B a step   | 0 to 2^B                | –          | δu     |
//! | `voltage_decay`      | 1/2^B a step   | 0 to 2^B                | –          | δv     |
//! | `decay_bits`         | –              | 12 to 24                | 12         | B      |
//! | `threshold`          | membrane units | 1 to the largest        | –          | θ      |
//! | `bias`               | membrane units | all that it holds       | 0          | b      |
//! | `reset`              | –              | absolute, linear, keep, fall | absolute |     |
//! | `reset_potential`    | membrane units | all that it holds       | 0          | R      |
//! | `negative_threshold` | membrane units | 0 to the largest        | largest    | -floor |
//!
//! Unlike Loihi's neuron (`loihi`), its bias enters the current, it never rests, and nothing wraps. Decays act on
//! magnitudes and round toward zero; those of more than 12 bits round to the nearest, halves up. With `fall` and
//! R = θ 2^B/(2^B - δv) a spike takes θ off what is left of v in the next step, as snnTorch's neurons do. Source of the
//! equations: Pedersen et al. 2024, NIR, doi:10.1038/s41467-024-52259-9.

use super::read::{Entry, Ranges, read_decay_bits};
use super::traits::Crossing;
use super::{Below, DECAY_BITS, Lanes, Model, Next, Params, Reset, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::CubaFields;

pub(super) const ENTRY: Entry = Entry {
    name: "cuba_lif",
    fields: &["current_decay", "voltage_decay", "decay_bits", "reset", "fraction_bits", "membrane_bits"],
    read,
    ranges: Ranges::of_membrane,
    has_traits: true,
    describe: described::<CubaFields>,
    most_bits: 32,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let bits = read_decay_bits(object);
    let most = 1 << bits.unwrap_or(DECAY_BITS);
    let current_decay = object.need("current_decay").and_then(|c| c.unsigned(0..=most));
    let voltage_decay = object.need("voltage_decay").and_then(|c| c.unsigned(0..=most));
    let fraction_bits = object.get("fraction_bits").map_or(Some(0), |c| c.unsigned(0..=12));
    let membrane_bits = object.get("membrane_bits").map_or(Some(24), |c| c.unsigned(8..=32));
    let model = Model::Cuba { current_decay: current_decay?, voltage_decay: voltage_decay?, bits: bits? };
    let (fraction_bits, membrane_bits) = (fraction_bits?, membrane_bits?);
    Some(Params { model, reset: Reset::Zero, fraction_bits, membrane_bits, fires: true })
}

/// `decayed` is what is left of a value after a decay.
#[inline(always)]
pub(super) fn step(
    params: &Params,
    (current_decay, voltage_decay): (u32, u32),
    lanes: Lanes<'_>,
    decayed: impl Fn(i32, u32) -> i64,
) -> u64 {
    let (limit, traits) = ((1i64 << (params.membrane_bits - 1)) - 1, lanes.traits);
    let current = lanes.current;
    sweep(lanes.soma, |i, now| {
        let before = current[i];
        let entered = (i64::from(now.input) << params.fraction_bits) + i64::from(now.bias);
        let u = (decayed(before, current_decay) + entered).clamp(-limit, limit);
        current[i] = u as i32;
        let v = (decayed(now.v, voltage_decay) + u).clamp(-limit, limit);
        let fired = params.fires && v >= i64::from(now.threshold);
        let crossing = Crossing::of(fired, v < i64::from(traits[i].floor));
        let next = traits[i].settle(v, crossing, now.threshold, Below::Saturate).clamp(-limit, limit);
        (Next { v: next as i32, fired }, before != 0)
    })
}
