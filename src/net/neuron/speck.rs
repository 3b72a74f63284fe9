//! Speck's integrate and fire neuron: 16 bits, event by event, with a floor.
//!
//! ```text
//! event:  V = V + w; spike when V >= θ, then V -= θ; V = max(V, -θ)
//! ```
//!
//! | field       | unit           | range         | default | symbol |
//! |-------------|----------------|---------------|---------|--------|
//! | `threshold` | membrane units | 1 to 2^15 - 1 | –       | θ      |
//!
//! The membrane has 16 bits with sign and saturates. On a free-running chip every packet is an event, so a neuron may
//! spike several times in a time step; on a chip with a barrier the sum of a step's inputs is one event. There is no
//! bias: the chip's biases need a clock from outside. Source: synsense/sinabs, commit 904eb89: integrate and fire with
//! `MultiSpike`, subtraction of the threshold, and the lower clamp at -θ that its conversion sets.

use super::file::{FileModel, Ranges};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, Now, SomaLanes, sweep};
use super::traits::After;
use crate::digest::{Digest, Stable};
use crate::json::record::{record, words};
use crate::json::shape::{or, word};

const BITS: u32 = 16;
const MOST: i64 = (1 << 15) - 1;

/// Speck's integrate and fire neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speck;

impl Stable for Speck {
    fn add_to(&self, _: &mut Digest) {}
}

words! {
    /// What a spike does to the membrane.
    pub(super) enum SpeckFall derive(Default) {
        /// It falls by the threshold.
        #[default]
        Subtract = "subtract",
    }
}

record! {
    /// Speck's integrate and fire neuron: 16 bits, event by event, with a floor of minus the threshold.
    pub(super) struct SpeckFields {
        /// What a spike does to the membrane.
        reset: SpeckFall = or(word(), SpeckFall::Subtract, SpeckFall::Subtract.name());
    }
    check |_read: Self, _: &_, _| Some(Made::of(Speck, BITS, After::default())) => Made<Speck>;
}

impl NeuronModel for Speck {
    const NAME: &'static str = "speck";
    const IS_EVENT_DRIVEN: bool = true;
    const HAS_OWN_EVENT: bool = true;

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        sweep(lanes.soma, |_, now| (event(params, now), false))
    }

    #[inline(always)]
    fn event(self, params: &SharedParams, now: Now) -> Next {
        event(params, now)
    }
}

impl FileModel for Speck {
    type Fields = SpeckFields;
    const MOST_BITS: u32 = BITS;

    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges { threshold: 1..=MOST, bias: 0..=0, ..Ranges::of_membrane(membrane_bits) }
    }

    fn write(self, _: &SharedParams, _: SetField<'_>) {}
}

/// A synaptic event.
#[inline(always)]
fn event(params: &SharedParams, now: Now) -> Next {
    let v = (i64::from(now.v) + i64::from(now.input)).clamp(-MOST, MOST) as i32;
    let fired = params.fires && v >= now.threshold;
    let v = if fired { v - now.threshold } else { v };
    Next { v: v.max(-now.threshold), fired }
}
