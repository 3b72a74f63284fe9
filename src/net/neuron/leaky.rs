//! Leaky integrate and fire with a 12-bit decay.
//!
//! ```text
//! v[n+1] = trunc(v[n] (4096 - d) / 4096) + 2^F Σ w s[n] + b;  spike when v >= θ, then reset
//! ```
//!
//! | parameter | unit           | default | symbol |
//! |-----------|----------------|---------|--------|
//! | decay     | 1/4096 a step  | –       | d      |
//! | threshold | membrane units | –       | θ      |
//! | bias      | membrane units | 0       | b      |
//!
//! The decay is applied to the magnitude and rounds toward zero, as Loihi's does (lava-nc/lava,
//! `src/lava/proc/lif/models.py`). Counts as integrate and fire does.
//! Does not model Loihi's synaptic current, refractory period or strict comparison.

use super::Dynamics;

pub(super) struct Leaky {
    pub(super) decay: u32,
}

impl Dynamics for Leaky {
    fn decay(&self, v: i32) -> i32 {
        (i64::from(v) * i64::from(4096 - self.decay) / 4096) as i32
    }
}
