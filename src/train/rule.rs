//! A training rule for settings, files and reports; its implementation is in `rules`.

use crate::digest::{Digest, Stable};
use std::fmt;

/// Name and stages of a training rule.
pub(super) struct Facts {
    /// Number in digests; it stays when rules come and go.
    pub(super) tag: u64,
    pub(super) name: &'static str,
    /// Description, as a clause after its name in the help; empty if the name is enough.
    pub(super) about: &'static str,
    /// Publication of the rule, as cited in reports.
    pub(super) source: &'static str,
    /// Stages after the phases, for a network with a number of layers; 0 for any network if it has only phases.
    pub(super) later_stages: fn(usize) -> u32,
    /// Whether a stage ends early when the network no longer improves.
    pub(super) has_patience: bool,
    /// The divisor of the step size at the start of a later stage, for a network with a number of layers.
    pub(super) slower: fn(u32, usize) -> f64,
}

/// A training rule.
#[derive(Clone, Copy)]
pub struct Rule(pub(super) &'static Facts);

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.0.tag == other.0.tag
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Stable for Rule {
    fn add_to(&self, digest: &mut Digest) {
        digest.word(self.0.tag);
    }
}

impl Rule {
    /// The rule with that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Description, as a clause after its name; may be empty.
    pub fn about(self) -> &'static str {
        self.0.about
    }

    /// Publication of the rule.
    pub fn source(self) -> &'static str {
        self.0.source
    }

    /// Whether it has stages after the phases.
    pub fn has_stages(self) -> bool {
        self.later_stages(1) > 0
    }

    /// Whether its stages end early when the network no longer improves.
    pub fn has_patience(self) -> bool {
        self.0.has_patience
    }

    /// Stages after the phases, for a network with a number of layers.
    pub(super) fn later_stages(self, layers: usize) -> u32 {
        (self.0.later_stages)(layers)
    }

    /// The divisor of the step size at the start of a stage, for a network with a number of layers; 1 in the phases.
    pub(super) fn slower(self, stage: u32, layers: usize) -> f64 {
        if stage == 0 { 1.0 } else { (self.0.slower)(stage, layers) }
    }
}
