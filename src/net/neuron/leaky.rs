//! Leaky integrate and fire with a decay of 12 or more bits.
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
//! `src/lava/proc/lif/models.py`). Bits beyond those 12 are for leaks that 1/4096 cannot express, such as a time
//! constant of 1 s in steps of 0.1 ms; with more than 12 bits magnitudes round to the nearest, halves up. Counts are
//! those of integrate and fire. Loihi's own neuron (current, refractory period, strict comparison) is the model `loihi`.

use super::file::{FileModel, Width, coarse_decays, decay_bits, decay_from, write_width};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{DECAY_BITS, SomaLanes, decayed, finely_decayed, sweep};
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::flat;

record! {
    /// Leaky integrate and fire.
    pub struct Lif derive(Copy, Eq) {
        /// Share of the membrane lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
        pub decay: u32 = decay_from();
        /// How fine the decay is, 12 to 24.
        pub bits as "decay_bits": u32 = decay_bits();
    }
}

all_fields! {
    struct Lif { decay, bits }
}

record! {
    /// Leaky integrate and fire.
    pub(super) struct LifFields {
        /// The decay.
        model: Lif = flat::<Lif, _>();
        /// What a spike does, and how membranes are held.
        width: Width = flat::<Width, _>();
    }
    check |read: Self, _: &_, _| Some(read.width.of(read.model)) => Made<Lif>;
    rules coarse_decays;
}

impl NeuronModel for Lif {
    const NAME: &'static str = "lif";
    const HAS_RESET: bool = true;
    const IS_EVENT_DRIVEN: bool = true;

    fn leaks(self) -> bool {
        self.decay > 0
    }

    fn describe(self, params: &SharedParams) -> String {
        let Self { decay, bits } = self;
        format!("lif (decay: {decay}/{}, reset: {}, fires at V >= threshold)", 1u32 << bits, params.reset.name())
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let (Self { decay, bits }, soma) = (self, lanes.soma);
        if bits == DECAY_BITS {
            // A division by a constant.
            return sweep(soma, |_, now| (params.integrate(decayed(now.v, decay), now), false));
        }
        sweep(soma, |_, now| (params.integrate(finely_decayed(now.v, decay, bits), now), false))
    }
}

impl FileModel for Lif {
    type Fields = LifFields;
    const MOST_BITS: u32 = 32;

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        set("decay", self.decay.into());
        set("decay_bits", self.bits.into());
        write_width(params, set);
    }
}
