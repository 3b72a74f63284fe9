//! Leaky integrate and fire that sends a spike for each threshold in its membrane: several in one step.
//!
//! ```text
//! v[n+1] = trunc(v[n] (2^B - d) / 2^B) + 2^F Σ w s[n] + b;   k = min(v / θ, m) spikes, rounded down, when v >= θ;  v -= k θ
//! ```
//!
//! | parameter   | unit           | range     | default | symbol |
//! |-------------|----------------|-----------|---------|--------|
//! | decay       | 1/2^B a step   | 0 to 2^B  | –       | d      |
//! | decay_bits  | –              | 12 to 24  | 12      | B      |
//! | max_spikes  | –              | 1 to 255  | –       | m      |
//! | threshold   | membrane units | from 1    | –       | θ      |
//! | bias        | membrane units | all       | 0       | b      |
//!
//! Sums saturate at the membrane's width; decays round as those of `lif`. Each spike is a spike of its own: the soma takes its
//! time for it, and it has its own packets. Follows `MultiSpike` and `MembraneSubtract` of Sinabs 2.0 (synsense/sinabs,
//! `sinabs/activation`), whose neurons by default send as many spikes as thresholds fit. Does not model a refractory period.

use super::file::{FileModel, coarse_decays, decay_bits, decay_from, write_width};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{DECAY_BITS, Fired, SomaLanes, decayed, finely_decayed};
use super::traits::After;
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{flat, or, whole};
use crate::net::widths::membrane_max;

record! {
    /// Leaky integrate and fire with several spikes in a step.
    pub struct MultiSpike derive(Copy, Eq) {
        /// Most spikes in a step, 1 to 255.
        pub max_spikes: u32 = whole(1..=255);
        /// Share of the membrane lost in a step, in 1/2^decay_bits, 0 to 2^decay_bits.
        pub decay: u32 = decay_from();
        /// How fine the decay is, 12 to 24.
        pub bits as "decay_bits": u32 = decay_bits();
    }
}

all_fields! {
    struct MultiSpike { max_spikes, decay, bits }
}

record! {
    /// Leaky integrate and fire that sends a spike for each threshold in its membrane, and subtracts them all.
    pub(super) struct MultiSpikeFields {
        /// The most spikes, and the decay.
        model: MultiSpike = flat::<MultiSpike, _>();
        /// A membrane counts in 1/2^fraction_bits weight units, 0 to 12.
        fraction_bits: u32 = or(whole(0..=12), 0, 0);
        /// Bits of the membrane, which saturates, 8 to 32.
        membrane_bits: u32 = or(whole(8..=32), 24, 24);
    }
    check |read: Self, _: &_, _| {
        Some(Made::of(read.model, read.membrane_bits, After::default()).in_parts(read.fraction_bits))
    } => Made<MultiSpike>;
    rules coarse_decays;
}

impl NeuronModel for MultiSpike {
    const NAME: &'static str = "multi_spike";

    fn leaks(self) -> bool {
        self.decay > 0
    }

    fn describe(self, _: &SharedParams) -> String {
        let (Self { max_spikes, decay, bits }, name) = (self, Self::NAME);
        let leak = if decay > 0 { format!("decay: {decay}/{}, ", 1u32 << bits) } else { String::new() };
        format!("{name} ({leak}up to {max_spikes} spikes in a step, one for each threshold in V, which falls by them)")
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let (Self { max_spikes, decay, bits }, soma) = (self, lanes.soma);
        let limit = i64::from(membrane_max(params.membrane_bits));
        let mut updated = 0;
        for (i, v) in soma.v.iter_mut().enumerate() {
            let (input, bias, threshold) = (std::mem::take(&mut soma.input[i]), soma.bias[i], soma.threshold[i]);
            updated += u64::from((*v | input | bias) != 0);
            let rest = if bits == DECAY_BITS { decayed(*v, decay) } else { finely_decayed(*v, decay, bits) };
            let sum = rest + (i64::from(input) << params.fraction_bits) + i64::from(bias);
            *v = sum.clamp(-limit, limit) as i32;
            if params.fires && *v >= threshold {
                let spikes = (*v as u32 / threshold.max(1) as u32).min(max_spikes);
                *v -= spikes as i32 * threshold;
                soma.fired.extend((0..spikes).map(|_| Fired { neuron: i as u32, updated }));
            }
        }
        updated
    }
}

impl FileModel for MultiSpike {
    type Fields = MultiSpikeFields;
    const MOST_BITS: u32 = 32;

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        set("max_spikes", self.max_spikes.into());
        set("decay", self.decay.into());
        set("decay_bits", self.bits.into());
        write_width(params, set);
    }
}
