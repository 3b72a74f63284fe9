//! A share of a neuron's inputs on another core: it sums its inputs of a time step and sends the sum.
//!
//! ```text
//! v[n+1] = Σ w s[n];  a packet with v[n+1] if that is not zero
//! ```
//!
//! No parameter: it has no bias, no leak and no threshold, and no state from step to step. Its membrane holds the sum
//! until it is sent. The neuron that was split adds the sums, each by a synapse of weight 1, so it gets in one step the
//! same integer as before, a step later. Mapping makes these neurons; no network file has them. Counts one access per
//! step, and one update and one spike per step with a sum that is not zero. Follows the partial-sum neurons by which
//! convolutions wider than a core are put on crossbars (Gopalakrishnan et al. 2020, HFNet, Front. Neurosci. 14:907); no
//! overflow is modelled, as mapping refuses sums that could have one.

use super::model::{NeuronModel, SharedParams};
use super::soma::{Fired, SomaLanes};
use crate::digest::all_fields;

/// The sum of a share of another neuron's inputs, in no file: made where a neuron is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartialSum {
    /// Low bits that each weight loses before it is added, rounded down, as in the neuron that was split.
    pub weight_shift: u32,
}

all_fields! {
    struct PartialSum { weight_shift }
}

impl NeuronModel for PartialSum {
    const NAME: &'static str = "partial sum";
    const SENDS_SUMS: bool = true;

    fn weight_shift(self) -> u32 {
        self.weight_shift
    }

    fn describe(self, _: &SharedParams) -> String {
        format!("{} (sends what it summed, if not zero)", Self::NAME)
    }

    fn step(self, _: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        let mut updated = 0;
        for (neuron, (v, input)) in (0..).zip(lanes.soma.v.iter_mut().zip(lanes.soma.input)) {
            *v = std::mem::take(input);
            if *v != 0 {
                updated += 1;
                lanes.soma.fired.push(Fired { neuron, updated });
            }
        }
        updated
    }
}
