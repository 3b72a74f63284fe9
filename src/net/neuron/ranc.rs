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

use super::read::{Entry, Ranges};
use super::{After, Lanes, Model, Next, Params, Reset, sweep, wrap};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::schema::RancFields;

pub(super) const ENTRY: Entry = Entry {
    name: "ranc",
    fields: &["reset", "membrane_bits"],
    read,
    ranges,
    has_traits: true,
    describe: described::<RancFields>,
    most_bits: 24,
};

fn read(object: &Object<'_>) -> Option<Params> {
    let membrane_bits = object.get("membrane_bits").map_or(Some(9), |c| c.unsigned(8..=24))?;
    if let Some(reset) = object.get("reset")
        && reset.as_text() == Some(After::NAMES[After::Keep as usize])
    {
        reset.problem("RANC has no such reset; allowed: absolute, linear");
    }
    Some(Params { model: Model::Ranc, reset: Reset::Zero, fraction_bits: 0, membrane_bits, fires: true })
}

fn ranges(params: &Params) -> Ranges {
    let high = (1i64 << (params.membrane_bits - 1)) - 1;
    let all = -high - 1..=high;
    Ranges {
        threshold: all.clone(),
        bias: all.clone(),
        reset_potential: all.clone(),
        negative_threshold: all,
        floor_sign: 1,
        least_floor: -high - 1,
        ..Ranges::of_membrane(params)
    }
}

pub(super) fn step(params: &Params, lanes: Lanes<'_>) -> u64 {
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
