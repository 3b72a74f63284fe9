//! Leaky integrate and fire with a 12-bit decay.
//!
//! ```text
//! v[n+1] = trunc(v[n] (4096 - d) / 4096) + 2^F Σ w s[n] + b;  spike when v >= θ, then reset
//! ```
//!
//! | parameter | unit           | default | symbol |
//! |-----------|----------------|---------|--------|
//! | decay     | 1/4096 a step  | –       | d      |
//! | threshold | membrane units | –       | θ      |
//! | bias      | membrane units | 0       | b      |
//!
//! The decay is applied to the magnitude and rounds toward zero, as Loihi's does (lava-nc/lava,
//! `src/lava/proc/lif/models.py`). Counts as integrate and fire does.
//! Loihi's own neuron, with synaptic current, refractory period and strict comparison, is the model `loihi`.

use super::read::{Entry, Ranges, read_width};
use super::{Model, Params, Soma, decayed, integrate_and_fire, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::LifFields;

pub(super) const ENTRY: Entry = Entry {
    name: "lif",
    fields: &["decay", "reset", "fraction_bits", "membrane_bits"],
    read,
    ranges: Ranges::of_membrane,
    has_traits: false,
    describe: described::<LifFields>,
    most_bits: 32,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let decay = object.need("decay").and_then(|c| c.unsigned(1..=4096));
    read_width(object, decay.map(|decay| Model::Lif { decay }))
}

pub(super) fn step(params: &Params, decay: u32, soma: Soma<'_>) -> u64 {
    sweep(soma, |_, now| (integrate_and_fire::integrate(params, decayed(now.v, decay), now), false))
}
