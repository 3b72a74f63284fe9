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
//! Sums saturate at the membrane's width. Counts one access per step, one update per step with input, bias or charge,
//! one spike per spike. Follows Wu et al., doi:10.1109/TNNLS.2021.3095724 (subtraction there happens at the next step,
//! which is equivalent). Does not model a refractory period.

use super::file::{FileModel, Width, write_width};
use super::model::{Made, NeuronModel, SetField, SharedParams};
use super::soma::{SomaLanes, sweep};
use crate::digest::{Digest, Stable};
use crate::json::record::record;
use crate::json::shape::{flat, refused};

/// Integrate and fire, no leak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct If;

impl Stable for If {
    fn add_to(&self, _: &mut Digest) {}
}

record! {
    /// Integrate and fire, without a leak.
    pub(super) struct IfFields {
        /// Refused, with a word about where it belongs.
        decay: () = refused("the model \"if\" has no decay; use \"lif\"");
        /// What a spike does, and how membranes are held.
        width: Width = flat::<Width, _>();
    }
    check |read: Self, _: &_, _| Some(read.width.of(If)) => Made<If>;
}

impl NeuronModel for If {
    const NAME: &'static str = "if";
    const HAS_RESET: bool = true;
    const IS_EVENT_DRIVEN: bool = true;

    fn describe(self, params: &SharedParams) -> String {
        format!("if (reset: {}, fires at V >= threshold)", params.reset.name())
    }

    fn step(self, params: &SharedParams, lanes: SomaLanes<'_>) -> u64 {
        sweep(lanes.soma, |_, now| (params.integrate(now.v.into(), now), false))
    }
}

impl FileModel for If {
    type Fields = IfFields;
    const MOST_BITS: u32 = 32;

    fn write(self, params: &SharedParams, set: SetField<'_>) {
        write_width(params, set);
    }
}
