//! ODIN's leaky integrate and fire neuron: an unsigned 8-bit membrane, event by event.
//!
//! ```text
//! time reference event:  V = max(0, V - l)
//! synaptic event:        V = min(255, V + w) (excitatory), max(0, V - |w|) (inhibitory)
//! spike when V >= θ after an event; then V = 0
//! disabled:              the same, without the spike
//! ```
//!
//! | field       | unit           | range    | default | symbol |
//! |-------------|----------------|----------|---------|--------|
//! | `leak`      | membrane units | 0 to 127 | 0       | l      |
//! | `disabled`  |                |          | false   |        |
//! | `threshold` | membrane units | 0 to 255 | –       | θ      |
//!
//! With a threshold of 0 every event makes a spike. On the chip each neuron has a leak, a threshold and a switch of its own.
//! Weights have three bits and the sign of their source neuron: network files with others (-8, or both signs from one
//! source) are refused. On a free-running chip every packet is a separate event, as on ODIN, and every clock edge a
//! time reference event, even with a leak of 0: a membrane that begins at its threshold or above fires at the first. On
//! a chip with a barrier the time reference event of a step comes first, and then the sum of all its inputs as one
//! event. There is no bias. Source: ChFrenkel/ODIN, commit 17819318, `src/lif_neuron.v` and its documentation. Its
//! learning rule (SDSP), calcium and the Izhikevich-like neurons are not modelled.

use super::file::{FileModel, Ranges};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, Now, SomaLanes, sweep};
use super::traits::After;
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{flag, flat, or, whole};

const BITS: u32 = 8;
const HIGHEST: i64 = 255;

record! {
    /// ODIN's leaky integrate and fire: 8 bits without sign.
    pub struct Odin derive(Copy, Eq) {
        /// What each step takes off the membrane (membrane units), 0 to 127.
        pub leak: u32 = or(whole(0..=127), 0, 0);
        /// Whether it resets at its threshold without a spike.
        pub disabled: bool = or(flag(), false, false);
    }
}

all_fields! {
    struct Odin { leak, disabled }
}

record! {
    /// ODIN's leaky integrate and fire: 8 bits without sign.
    pub(super) struct OdinFields {
        /// The leak.
        model: Odin = flat::<Odin, _>();
    }
    check |read: Self, _: &_, _| Some(Made::of(read.model, BITS, After::default())) => Made<Odin>;
}

impl NeuronModel for Odin {
    const NAME: &'static str = "odin";
    const IS_EVENT_DRIVEN: bool = true;
    const ACTS_ON_EDGES: bool = true;
    const HAS_OWN_EVENT: bool = true;

    fn leaks(self) -> bool {
        self.leak > 0
    }

    fn describe(self, _: &SharedParams) -> String {
        let fires = if self.disabled { "disabled: resets" } else { "fires" };
        format!("odin (leak: {} a step, {fires} at V >= threshold)", self.leak)
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        sweep(lanes.soma, |_, now| {
            let v = (now.v - self.leak as i32).max(0);
            (self.after_event(params, Now { v, ..now }), false)
        })
    }

    #[inline(always)]
    fn event(self, params: &SharedParams, now: Now) -> Next {
        self.after_event(params, now)
    }
}

impl FileModel for Odin {
    type Fields = OdinFields;
    const MOST_BITS: u32 = BITS;

    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges { threshold: 0..=HIGHEST, bias: 0..=0, membrane: 0..=HIGHEST, ..Ranges::of_membrane(membrane_bits) }
    }

    fn write(self, _: &SharedParams, set: SetField<'_>) {
        set("leak", self.leak.into());
        if self.disabled {
            set("disabled", true.into());
        }
    }
}

impl Odin {
    /// A neuron after a synaptic event.
    #[inline(always)]
    fn after_event(self, params: &SharedParams, now: Now) -> Next {
        let v = (i64::from(now.v) + i64::from(now.input)).clamp(0, HIGHEST) as i32;
        let resets = params.fires && v >= now.threshold;
        Next { v: if resets { 0 } else { v }, fired: resets && !self.disabled }
    }
}
