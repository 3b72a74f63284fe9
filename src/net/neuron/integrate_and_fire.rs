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
//! Counts one access per step, one update per step with input, bias or charge, one spike per spike.
//! Follows Wu et al., doi:10.1109/TNNLS.2021.3095724 (subtraction there happens at the next step: the same).
//! Does not model a refractory period.

use super::Dynamics;

pub(super) struct IntegrateAndFire;

impl Dynamics for IntegrateAndFire {
    fn decay(&self, v: i32) -> i32 {
        v
    }
}
