//! Integrate and fire without leak: the neuron of the tandem rule.
//!
//! ```text
//! v[n+1] = v[n] + 2^F Σ w s[n] + b;  spike when v >= θ, then v -= θ (subtract) or v = 0 (zero)
//! ```
//!
//! | parameter | unit           | default  | symbol |
//! |-----------|----------------|----------|--------|
//! | threshold | membrane units | –        | θ      |
//! | bias      | membrane units | 0        | b      |
//! | reset     | –              | subtract | –      |
//!
//! Sums saturate at the membrane's width. Counts one access per step, one update per step with input, bias or
//! charge, one spike per spike.
//! Follows Wu et al., doi:10.1109/TNNLS.2021.3095724 (subtraction there happens at the next step: the same).
//! Does not model a refractory period.

use super::read::{Entry, Ranges, read_width};
use super::{Model, Next, Now, Params, Reset, Soma, sweep};
use crate::json::Object;
use crate::json::schema::described;
use crate::net::quantised::membrane_max;
use crate::net::schema::IfFields;

pub(super) const ENTRY: Entry = Entry {
    name: "if",
    // A decay is refused below, with a word about where it belongs.
    fields: &["decay", "reset", "fraction_bits", "membrane_bits"],
    read,
    ranges: Ranges::of_membrane,
    has_traits: false,
    describe: described::<IfFields>,
    most_bits: 32,
};

fn read(object: &Object<'_>) -> Option<Params> {
    if let Some(decay) = object.get("decay") {
        decay.problem("the model \"if\" has no decay; use \"lif\"");
    }
    read_width(object, Some(Model::If))
}

pub(super) fn step(params: &Params, soma: Soma<'_>) -> u64 {
    sweep(soma, |_, now| (integrate(params, now.v.into(), now), false))
}

/// Adds to what is left of a membrane, and fires.
#[inline(always)]
pub(super) fn integrate(params: &Params, rest: i64, now: Now) -> Next {
    let limit = i64::from(membrane_max(params.membrane_bits));
    let sum = rest + (i64::from(now.input) << params.fraction_bits) + i64::from(now.bias);
    let v = sum.clamp(-limit, limit) as i32;
    if !params.fires || v < now.threshold {
        return Next { v, fired: false };
    }
    let v = match params.reset {
        Reset::Zero => 0,
        Reset::Subtract => v - now.threshold,
    };
    Next { v, fired: true }
}
