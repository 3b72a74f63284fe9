//! Leaky integrate and fire with a decay of 12 bits, or more.
//!
//! ```text
//! v[n+1] = trunc(v[n] (2^B - d) / 2^B) + 2^F Σ w s[n] + b;  spike when v >= θ, then reset
//! ```
//!
//! | parameter | unit           | default | symbol |
//! |-----------|----------------|---------|--------|
//! | decay     | 1/2^B a step   | –       | d      |
//! | decay_bits| –              | 12      | B      |
//! | threshold | membrane units | –       | θ      |
//! | bias      | membrane units | 0       | b      |
//!
//! The decay of 12 bits is applied to the magnitude and rounds toward zero, as Loihi's does (lava-nc/lava,
//! `src/lava/proc/lif/models.py`). Bits beyond those 12 are for leaks that 1/4096 cannot express, such as a time constant
//! of 1 s in steps of 0.1 ms; with more than 12 bits magnitudes round to the nearest, halves up. Counts as integrate and fire does.
//! Loihi's own neuron, with synaptic current, refractory period and strict comparison, is the model `loihi`.

use super::read::{Entry, Ranges, read_decay_bits, read_width};
use super::{DECAY_BITS, Model, Params, Soma, decayed, finely_decayed, integrate_and_fire, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::LifFields;

pub(super) const ENTRY: Entry = Entry {
    name: "lif",
    fields: &["decay", "decay_bits", "reset", "fraction_bits", "membrane_bits"],
    read,
    ranges: Ranges::of_membrane,
    has_traits: false,
    describe: described::<LifFields>,
    most_bits: 32,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let bits = read_decay_bits(object);
    let decay = object.need("decay").and_then(|c| c.unsigned(1..=1 << bits.unwrap_or(DECAY_BITS)));
    read_width(object, decay.zip(bits).map(|(decay, bits)| Model::Lif { decay, bits }))
}

pub(super) fn step(params: &Params, (decay, bits): (u32, u32), soma: Soma<'_>) -> u64 {
    if bits == DECAY_BITS {
        // A division by a constant.
        return sweep(soma, |_, now| (integrate_and_fire::integrate(params, decayed(now.v, decay), now), false));
    }
    sweep(soma, |_, now| (integrate_and_fire::integrate(params, finely_decayed(now.v, decay, bits), now), false))
}
