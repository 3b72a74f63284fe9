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
//! Unlike Loihi's neuron (`loihi`), its bias enters the current, it has no refractory period, and nothing wraps. Decays
//! act on magnitudes and round toward zero; those of more than 12 bits round to the nearest, halves up. With `fall` and
//! R = θ 2^B/(2^B - δv) a spike takes θ off what is left of v in the next step, as snnTorch's neurons do. Source of the
//! equations: Pedersen et al. 2024, NIR, doi:10.1038/s41467-024-52259-9.

use super::file::{FileModel, coarse_decays, decay_bits, decay_from, write_width};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{DECAY_BITS, Next, SomaLanes, decayed, finely_decayed, sweep};
use super::traits::{After, Below, Crossing};
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{flat, or, whole, word};

record! {
    /// Leaky integrate and fire with a synaptic current.
    pub struct Cuba derive(Copy, Eq) {
        /// Share of the current lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
        pub current_decay: u32 = decay_from();
        /// Share of the membrane lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
        pub voltage_decay: u32 = decay_from();
        /// How fine the decays are, 12 to 24.
        pub bits as "decay_bits": u32 = decay_bits();
    }
}

all_fields! {
    struct Cuba { current_decay, voltage_decay, bits }
}

record! {
    /// Leaky integrate and fire with a synaptic current, as NIR's CubaLIF.
    pub(super) struct CubaFields {
        /// The decays.
        model: Cuba = flat::<Cuba, _>();
        /// What a spike does to the membrane: "absolute" (it becomes the reset potential), "linear" (the threshold is taken
        /// off it), "keep" or "fall" (the reset potential is taken off it).
        reset: After = or(word(), After::Absolute, After::Absolute.name());
        /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
        fraction_bits: u32 = or(whole(0..=12), 0, 0);
        /// Bits of the membrane and of the current, which saturate, 8 to 32.
        membrane_bits: u32 = or(whole(8..=32), 24, 24);
    }
    check |read: Self, _: &_, _| Some(Made::of(read.model, read.membrane_bits, read.reset).in_parts(read.fraction_bits)) => Made<Cuba>;
    rules coarse_decays;
}

impl NeuronModel for Cuba {
    const NAME: &'static str = "cuba_lif";

    fn leaks(self) -> bool {
        true
    }

    fn describe(self, _: &SharedParams) -> String {
        let (Self { current_decay, voltage_decay, bits }, name) = (self, Self::NAME);
        let of = 1u32 << bits;
        format!("{name} (decays: {current_decay}/{of} and {voltage_decay}/{of}, fires at V >= threshold)")
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let Self { current_decay, voltage_decay, bits } = self;
        if bits == DECAY_BITS {
            return step(params, (current_decay, voltage_decay), lanes, decayed);
        }
        step(params, (current_decay, voltage_decay), lanes, |value, decay| finely_decayed(value, decay, bits))
    }
}

impl FileModel for Cuba {
    type Fields = CubaFields;
    const MOST_BITS: u32 = 32;
    const HAS_TRAITS: bool = true;

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        set("current_decay", self.current_decay.into());
        set("voltage_decay", self.voltage_decay.into());
        set("decay_bits", self.bits.into());
        write_width(params, set);
    }
}

/// `decayed` is the rest of a value after a decay.
#[inline(always)]
fn step(
    params: &SharedParams,
    (current_decay, voltage_decay): (u32, u32),
    lanes: SomaLanes<'_>,
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
