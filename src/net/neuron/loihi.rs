//! Loihi's current-based leaky integrate and fire neuron (CUBA LIF), bit for bit.
//!
//! ```text
//! u[n+1] = wrap24( trunc(u[n] (4096 - min(δu + 1, 4096)) / 4096) + 64 Σ floor(2^e w) s[n] )
//! v[n+1] = clip( trunc(v[n] (4096 - δv) / 4096) + u[n+1] + b,  1 - 2^f to 2^23 - 1 );   0 while it rests
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
//! | `floor_exponent`  | –                      | 0 to 23          | 23      | f             |
//!
//! Decays act on magnitudes and round toward zero; a decay of 4,095 for the current clears it each step. The current
//! is a register of 24 bits in two's complement and wraps, the membrane is clipped. Currents go on while it rests.
//! With a floor exponent of 0 the membrane never falls below 0, as in all networks that Nengo builds. On the chip the
//! neurons of a core share their floor (nengo/nengo-loihi, `hardware/builder.py`). A projection may have another exponent
//! than its neurons: each synapse adds 64 floor(2^e w) with its own e.
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

use super::file::{FileModel, Ranges};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, SomaLanes, decayed, sweep, wrap};
use super::traits::After;
use super::{Model, Params};
use crate::digest::all_fields;
use crate::json::record::record;
use crate::json::shape::{or, whole};

/// Bits of current and membrane.
const BITS: u32 = 24;
/// Left shift of thresholds and of sums of weights (bits).
const SHIFT: u32 = 6;

/// Loihi's current-based leaky integrate and fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loihi {
    /// δu: share of the current lost per step is (δu + 1)/4096.
    pub current_decay: u32,
    /// δv: share of the membrane lost per step, in 1/4096.
    pub voltage_decay: u32,
    /// Time steps from a spike until the next is possible, at least 1.
    pub refractory: u8,
    /// Left shift of biases in files.
    pub bias_exponent: u32,
    /// Low bits that each weight loses before it is added, rounded down.
    pub weight_shift: u32,
    /// The membrane is held at 1 - 2^floor_exponent or above.
    pub floor_exponent: u32,
}

all_fields! {
    struct Loihi { current_decay, voltage_decay, refractory, bias_exponent, weight_shift, floor_exponent }
}

/// The floor exponent of the full width of the membrane.
const NO_FLOOR: u32 = BITS - 1;

record! {
    /// Loihi's leaky integrate and fire, with a synaptic current.
    pub(super) struct LoihiFields {
        /// Share of the current lost in a step is (current_decay + 1)/4096; 0 to 4,095.
        current_decay: u32 = whole(0..=4095);
        /// Share of the membrane lost in a step, in 1/4096, 0 to 4,096.
        voltage_decay: u32 = whole(0..=4096);
        /// Time steps from a spike until the next is possible, 1 to 64.
        refractory: u8 = or(whole(1..=64), 1, 1);
        /// A weight w adds 64 floor(w 2^weight_exponent) membrane units, -8 to 7; that of a projection comes before it.
        weight_exponent: i32 = or(whole(-8..=7), 0, 0);
        /// Biases are shifted left by this, 0 to 7.
        bias_exponent: u32 = or(whole(0..=7), 0, 0);
        /// The membrane is held at 1 - 2^floor_exponent or above, 0 to 23: never below 0 with an exponent of 0.
        floor_exponent: u32 = or(whole(0..=NO_FLOOR), NO_FLOOR, NO_FLOOR);
    }
    check |read: Self, _: &_, _| Some(read.made()) => Made<Loihi>;
}

impl LoihiFields {
    fn made(self) -> Made<Loihi> {
        let Self { current_decay, voltage_decay, refractory, weight_exponent, bias_exponent, floor_exponent } = self;
        let weight_shift = (-weight_exponent).max(0) as u32;
        let model = Loihi { current_decay, voltage_decay, refractory, bias_exponent, weight_shift, floor_exponent };
        let fraction_bits = SHIFT + weight_exponent.max(0) as u32;
        Made::of(model, BITS, After::default()).in_parts(fraction_bits)
    }
}

impl Loihi {
    /// The exponent of the weights into a neuron, of which others have `fraction_bits`.
    fn weight_exponent(self, fraction_bits: u32) -> i32 {
        fraction_bits as i32 - SHIFT as i32 - self.weight_shift as i32
    }
}

impl Params {
    /// The exponent of the weights into a neuron of Loihi; `None` of other models.
    pub(in crate::net) fn weight_exponent(&self) -> Option<i32> {
        match self.model {
            Model::Loihi(loihi) => Some(loihi.weight_exponent(self.fraction_bits)),
            _ => None,
        }
    }

    /// Leaves the exponents of weights into a neuron of Loihi to its synapses.
    pub(in crate::net) fn leave_exponents(&mut self) {
        if let Model::Loihi(loihi) = &mut self.model {
            loihi.weight_shift = 0;
            self.fraction_bits = SHIFT;
        }
    }
}

impl NeuronModel for Loihi {
    const NAME: &'static str = "loihi";

    fn leaks(self) -> bool {
        true
    }

    fn weight_shift(self) -> u32 {
        self.weight_shift
    }

    fn describe(self, _: &SharedParams) -> String {
        let Self { current_decay, voltage_decay, refractory, floor_exponent, .. } = self;
        let floor = match floor_exponent {
            NO_FLOOR => String::new(),
            exponent => format!(", floor: {}", 1 - (1 << exponent)),
        };
        format!(
            "loihi (decays: {}/4096 and {voltage_decay}/4096, refractory: {refractory}{floor}, fires at V > threshold)",
            current_decay + 1
        )
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let SomaLanes { soma, current, resting, .. } = lanes;
        let (floor, limit) = (1 - (1i64 << self.floor_exponent), (1i64 << (BITS - 1)) - 1);
        let current_decay = (self.current_decay + 1).min(4096);
        sweep(soma, |i, now| {
            let before = current[i];
            let sum = decayed(before, current_decay) + (i64::from(now.input) << params.fraction_bits);
            let u = wrap(sum, BITS);
            current[i] = u as i32;
            let mut v = (decayed(now.v, self.voltage_decay) + u + i64::from(now.bias)).clamp(floor, limit) as i32;
            if resting[i] > 0 {
                resting[i] -= 1;
                v = 0;
            }
            let fired = params.fires && v > now.threshold;
            if fired {
                (v, resting[i]) = (0, self.refractory - 1);
            }
            (Next { v, fired }, before != 0)
        })
    }
}

impl FileModel for Loihi {
    type Fields = LoihiFields;
    const MOST_BITS: u32 = BITS;

    fn ranges(membrane_bits: u32) -> Ranges {
        Ranges {
            threshold: 0..=(1 << 17) - 1,
            threshold_shift: SHIFT,
            bias: -4096..=4095,
            ..Ranges::of_membrane(membrane_bits)
        }
    }

    fn bias_shift(self) -> u32 {
        self.bias_exponent
    }

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        let Self { current_decay, voltage_decay, refractory, bias_exponent, floor_exponent, .. } = self;
        set("current_decay", current_decay.into());
        set("voltage_decay", voltage_decay.into());
        set("refractory", refractory.into());
        set("bias_exponent", bias_exponent.into());
        set("weight_exponent", self.weight_exponent(params.fraction_bits).into());
        set("floor_exponent", floor_exponent.into());
    }
}
