//! The share of a neuron's inputs that stands on another core: it sums what arrives in a time step and sends the sum.
//!
//! ```text
//! v[n+1] = Σ w s[n];  a packet with v[n+1] if that is not zero
//! ```
//!
//! No parameter: it has no bias, no leak and no threshold, and what one step leaves the next does not see. Its membrane
//! holds the sum until it is sent. The neuron that was split adds the sums, each by a synapse of weight 1, so it gets
//! in one step the same integer as before, a step later. Mapping makes these neurons; no network file has them.
//! Counts one access per step, and one update and one spike per step with a sum that is not zero.
//! Follows the partial-sum neurons by which convolutions wider than a core are put on crossbars (Gopalakrishnan et al.
//! 2020, HFNet, Front. Neurosci. 14:907); no overflow is modelled, as mapping refuses sums that could have one.

use super::{Fired, Soma};

pub(super) fn step(soma: Soma<'_>) -> u64 {
    let mut updated = 0;
    for (neuron, (v, input)) in (0..).zip(soma.v.iter_mut().zip(soma.input)) {
        *v = std::mem::take(input);
        if *v != 0 {
            updated += 1;
            soma.fired.push(Fired { neuron, updated });
        }
    }
    updated
}
