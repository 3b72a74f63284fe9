//! ODIN's leaky integrate and fire neuron: an 8-bit membrane without sign, event by event.
//!
//! ```text
//! time reference event:  V = max(0, V - l)
//! synaptic event:        V = min(255, V + w) (excitatory), max(0, V - |w|) (inhibitory)
//! spike when V >= θ after an event; then V = 0
//! ```
//!
//! | field       | unit           | range    | default | symbol |
//! |-------------|----------------|----------|---------|--------|
//! | `leak`      | membrane units | 0 to 127 | 0       | l      |
//! | `threshold` | membrane units | 1 to 255 | –       | θ      |
//!
//! Weights have three bits and the sign of their source neuron: network files with others (-8, or both signs from one
//! source) are refused. On a free-running chip every packet is an event of its own, as on ODIN, and every clock edge a
//! time reference event, where the leak is 0 too: what begins at its threshold or above fires at the first. On a chip with a barrier the time reference
//! event of a step comes first, and then the sum of all its inputs as one event. There is no bias. Source:
//! ChFrenkel/ODIN, commit 17819318, `src/lif_neuron.v` and its documentation. Its learning rule (SDSP), calcium and
//! the Izhikevich-like neurons are not modelled.

use super::read::{Entry, Ranges};
use super::{Model, Next, Now, Params, Reset, Soma, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::OdinFields;

const HIGHEST: i64 = 255;

pub(super) const ENTRY: Entry = Entry {
    name: "odin",
    fields: &["leak"],
    read,
    ranges,
    has_traits: false,
    describe: described::<OdinFields>,
    most_bits: 8,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let leak = object.get("leak").map_or(Some(0), |c| c.unsigned(0..=127))?;
    Some(Params { model: Model::Odin { leak }, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 8, fires: true })
}

fn ranges(params: &Params) -> Ranges {
    Ranges { threshold: 1..=HIGHEST, bias: 0..=0, membrane: 0..=HIGHEST, ..Ranges::of_membrane(params) }
}

pub(super) fn step(params: &Params, leak: u32, soma: Soma<'_>) -> u64 {
    sweep(soma, |_, now| {
        let v = (now.v - leak as i32).max(0);
        (event(params, Now { v, ..now }), false)
    })
}

/// A synaptic event.
#[inline(always)]
pub(super) fn event(params: &Params, now: Now) -> Next {
    let v = (i64::from(now.v) + i64::from(now.input)).clamp(0, HIGHEST) as i32;
    let fired = params.fires && v >= now.threshold;
    Next { v: if fired { 0 } else { v }, fired }
}
