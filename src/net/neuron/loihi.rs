//! Loihi's current-based leaky integrate and fire neuron (CUBA LIF), bit for bit.
//!
//! ```text
//! u[n+1] = wrap24( trunc(u[n] (4096 - min(δu + 1, 4096)) / 4096) + 64 Σ floor(2^e w) s[n] )
//! v[n+1] = clip( trunc(v[n] (4096 - δv) / 4096) + u[n+1] + b,  ±(2^23 - 1) );   0 while it rests
//! spike when v > 64 θ; then v = 0, and it rests for the next r - 1 steps
//! ```
//!
//! | field             | unit                   | range            | default | symbol        |
//! |-------------------|------------------------|------------------|---------|---------------|
//! | `current_decay`   | 1/4096 a step          | 0 to 4,095       | –       | δu            |
//! | `voltage_decay`   | 1/4096 a step          | 0 to 4,096       | –       | δv            |
//! | `refractory`      | time steps             | 1 to 64          | 1       | r             |
//! | `weight_exponent` | –                      | -8 to 7          | 0       | e             |
//! | `threshold`       | 64 membrane units      | 0 to 131,071     | –       | θ (17 bits)   |
//! | `bias`            | mantissa               | -4,096 to 4,095  | 0       | b = m 2^k     |
//! | `bias_exponent`   | –                      | 0 to 7           | 0       | k             |
//!
//! Decays act on magnitudes and round toward zero; a decay of 4,095 for the current clears it each step. The current
//! is a register of 24 bits in two's complement and wraps, the membrane is clipped. Currents go on while it rests.
//! A negative exponent drops the low bits of each weight before it is added: the floor is of every synapse, not of
//! their sum ([`Graph::added_synapses`](crate::net::Graph::added_synapses)).
//!
//! Sources: lava-nc/lava, commit b6822fbc, `src/lava/proc/lif/models.py` (`PyLifModelBitAcc`, offsets 1 and 0);
//! refractory period and the order of its steps: nengo/nengo-loihi, commit e564f66, `emulator/interface.py`. They
//! differ in one value: Lava lets a current of exactly 2^23 stand, which 24 bits cannot hold; it wraps here.
//! Weights that lose bits: Brian2Loihi (Michaelis et al. 2022, doi:10.3389/fninf.2022.1015624), whose authors compared it
//! with the chip; refractory periods of up to 64 steps: its documentation.
//! Synaptic noise and limits other than the full width of the membrane are not modelled. The sum of a step's weights is
//! not held to 22 bits, where nengo-loihi wraps it; a run counts how often that would have happened.

use super::read::{Entry, Ranges};
use super::{Lanes, Model, Next, Params, Reset, decayed, sweep, wrap};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::LoihiFields;

/// Bits of current and membrane.
pub(super) const BITS: u32 = 24;
/// Thresholds and sums of weights are shifted by so many bits.
pub(super) const SHIFT: u32 = 6;

pub(super) const ENTRY: Entry = Entry {
    name: "loihi",
    fields: &["current_decay", "voltage_decay", "refractory", "weight_exponent", "bias_exponent"],
    read,
    ranges,
    has_traits: false,
    describe: described::<LoihiFields>,
    most_bits: BITS,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let current_decay = object.need("current_decay").and_then(|c| c.unsigned(0..=4095));
    let voltage_decay = object.need("voltage_decay").and_then(|c| c.unsigned(0..=4096));
    let refractory = object.get("refractory").map_or(Some(1), |c| c.unsigned(1..=64));
    let exponent = object.get("weight_exponent").map_or(Some(0), |c| c.integer(-8..=7));
    let bias_exponent = object.get("bias_exponent").map_or(Some(0), |c| c.unsigned(0..=7));
    let model = Model::Loihi {
        current_decay: current_decay?,
        voltage_decay: voltage_decay?,
        refractory: refractory? as u8,
        bias_exponent: bias_exponent?,
        weight_shift: (-exponent?).max(0) as u32,
    };
    let fraction_bits = (i64::from(SHIFT) + exponent?.max(0)) as u32;
    Some(Params { model, reset: Reset::Zero, fraction_bits, membrane_bits: BITS, fires: true })
}

fn ranges(params: &Params) -> Ranges {
    let bias_shift = if let Model::Loihi { bias_exponent, .. } = params.model { bias_exponent } else { 0 };
    Ranges {
        threshold: 0..=(1 << 17) - 1,
        threshold_shift: SHIFT,
        bias: -4096..=4095,
        bias_shift,
        ..Ranges::of_membrane(params)
    }
}

/// What all neurons of a slice share.
#[derive(Clone, Copy)]
pub(super) struct Rates {
    pub(super) current_decay: u32,
    pub(super) voltage_decay: u32,
    pub(super) refractory: u8,
}

pub(super) fn step(params: &Params, rates: Rates, lanes: Lanes<'_>) -> u64 {
    let Lanes { soma, current, resting, .. } = lanes;
    let limit = (1i64 << (BITS - 1)) - 1;
    let current_decay = (rates.current_decay + 1).min(4096);
    sweep(soma, |i, now| {
        let before = current[i];
        let sum = decayed(before, current_decay) + (i64::from(now.input) << params.fraction_bits);
        let u = wrap(sum, BITS);
        current[i] = u as i32;
        let mut v = (decayed(now.v, rates.voltage_decay) + u + i64::from(now.bias)).clamp(-limit, limit) as i32;
        if resting[i] > 0 {
            resting[i] -= 1;
            v = 0;
        }
        let fired = params.fires && v > now.threshold;
        if fired {
            (v, resting[i]) = (0, rates.refractory - 1);
        }
        (Next { v, fired }, before != 0)
    })
}
