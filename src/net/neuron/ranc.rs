//! RANC's neuron, as its hardware computes it.
//!
//! ```text
//! V = wrap(V + Σ w s);  V = wrap(V + b)       w: one of four weights, by the type of the axon; b: the leak, added
//! spike when V >= θ:    V = R (absolute), wrap(V - θ) (linear)
//! else when V < N:      V = wrap(-R), wrap(V - N)
//! ```
//!
//! | field                | unit           | range            | default  | symbol |
//! |----------------------|----------------|------------------|----------|--------|
//! | `threshold`          | membrane units | -256 to 255      | –        | θ      |
//! | `bias`               | membrane units | -256 to 255      | 0        | b      |
//! | `reset`              | –              | absolute, linear | absolute | –      |
//! | `reset_potential`    | membrane units | -256 to 255      | 0        | R      |
//! | `negative_threshold` | membrane units | -256 to 255      | -256     | N      |
//! | `membrane_bits`      | –              | 8 to 24          | 9        | –      |
//!
//! Ranges are those of the width. Every adder wraps in two's complement, and sums that wrap do not depend on their
//! order. The negative threshold is compared as it stands, sign and all. Source: UA-RCL/RANC, commit 08ae4bd,
//! `hardware/IP/RANCNetwork` (`IntegratorUnit.v`, `NeuronBlock.v`, `ThresholdResetUnit.v`). Its simulator's
//! symmetric comparison (`<=`) is not in the hardware and not here.

use super::file::{FileModel, Ranges};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{Next, SomaLanes, sweep, wrap};
use super::traits::After;
use crate::digest::{Digest, Stable};
use crate::json::record::record;
use crate::json::shape::{or, pick, whole};

/// RANC's neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranc;

impl Stable for Ranc {
    fn add_to(&self, _: &mut Digest) {}
}

/// Resets of the hardware.
const RESETS: &[After] = &[After::Absolute, After::Linear];

record! {
    /// RANC's neuron.
    pub(super) struct RancFields {
        /// What a spike does to the membrane: "absolute" (it becomes the reset potential) or "linear" (the threshold is taken
        /// off it).
        reset: After = or(pick(RESETS, After::name), After::Absolute, After::Absolute.name());
        /// Bits of the membrane, which wraps around, 8 to 24.
        membrane_bits: u32 = or(whole(8..=24), 9, 9);
    }
    check |read: Self, _: &_, _| Some(Made::of(Ranc, read.membrane_bits, read.reset)) => Made<Ranc>;
}

impl NeuronModel for Ranc {
    const NAME: &'static str = "ranc";

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let (bits, traits) = (params.membrane_bits, lanes.traits);
        sweep(lanes.soma, |i, now| {
            let v = wrap(i64::from(now.v) + i64::from(now.input) + i64::from(now.bias), bits);
            let (reset, floor) = (i64::from(traits[i].reset_potential), i64::from(traits[i].floor));
            let linear = traits[i].after == After::Linear;
            let fired = params.fires && v >= i64::from(now.threshold);
            let next = match (fired, v < floor) {
                (true, _) if linear => v - i64::from(now.threshold),
                (true, _) => reset,
                (false, true) if linear => v - floor,
                (false, true) => -reset,
                (false, false) => v,
            };
            (Next { v: wrap(next, bits) as i32, fired }, false)
        })
    }
}

impl FileModel for Ranc {
    type Fields = RancFields;
    const MOST_BITS: u32 = 24;
    const HAS_TRAITS: bool = true;

    fn ranges(membrane_bits: u32) -> Ranges {
        let high = (1i64 << (membrane_bits - 1)) - 1;
        let all = -high - 1..=high;
        Ranges {
            threshold: all.clone(),
            bias: all.clone(),
            reset_potential: all.clone(),
            negative_threshold: all,
            floor_sign: 1,
            least_floor: -high - 1,
            ..Ranges::of_membrane(membrane_bits)
        }
    }

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        set("membrane_bits", params.membrane_bits.into());
    }
}
