//! The tandem rule: a spiking network computes the values passed on, and its non-spiking twin, on the same weights and
//! the spiking counts, carries the gradient (J. Wu et al., IEEE TNNLS 2021, doi:10.1109/TNNLS.2021.3095724).
//!
//! Its passes are those of the trainer (`train::tandem`); the other rules begin with them.

use super::{RuleEntry, phases};
use crate::train::rule::Facts;

pub(super) const ENTRY: RuleEntry = RuleEntry {
    facts: Facts {
        tag: 0,
        name: "tandem",
        about: "",
        source: "Wu et al. 2021, A Tandem Learning Rule for Effective Training and Rapid Inference of Deep Spiking Neural Networks, IEEE TNNLS, doi:10.1109/TNNLS.2021.3095724",
        later_stages: |_| 0,
        has_patience: false,
        slower: |_, _| 1.0,
    },
    run: phases,
};
