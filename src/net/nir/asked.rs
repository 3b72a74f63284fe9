//! Choices that a file leaves open and an import is asked for.

use super::discrete::{CubaInput, FiresAt, IfInput, Integrator, LifInput};
use crate::json::record::words;

words! {
    /// The framework whose exporter wrote a file.
    pub enum Framework {
        /// snnTorch.
        Snntorch = "snntorch",
        /// Norse.
        Norse = "norse",
        /// Sinabs.
        Sinabs = "sinabs",
        /// SpikingJelly.
        SpikingJelly = "spikingjelly",
    }
}

impl Framework {
    /// Its name, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Snntorch => "snnTorch",
            Self::Norse => "Norse",
            Self::Sinabs => "Sinabs",
            Self::SpikingJelly => "SpikingJelly",
        }
    }
}

words! {
    /// What a spike does to the potential.
    pub enum ResetRule {
        /// It becomes `v_reset`, as NIR defines it.
        Zero = "zero",
        /// The threshold is taken off it.
        Subtract = "subtract",
        /// The threshold is taken off it one step later, after the decay, as snnTorch does unless told otherwise.
        Snntorch = "snntorch",
    }
}

impl ResetRule {
    /// Its words in metadata; the first one is ours.
    pub(super) const WORDS: &[(Self, &[&str])] =
        &[(Self::Zero, &["zero", "hard"]), (Self::Subtract, &["subtract", "soft"])];

    pub(super) fn of(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(rule, _)| *rule)
    }

    /// Effect of the rule, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Zero => "to v_reset",
            Self::Subtract => "subtract",
            Self::Snntorch => "subtract one step later, as snnTorch does",
        }
    }
}

/// The options asked for; the others come from the metadata, or have their defaults.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// The framework whose exporter wrote the file: its choices hold for all that is not asked for otherwise.
    pub from: Option<Framework>,
    /// Time step (s).
    pub dt: Option<f64>,
    /// Integration method.
    pub integrator: Option<Integrator>,
    /// Effect of a spike on the potential.
    pub reset: Option<ResetRule>,
    /// Input of `I` and `IF` per spike.
    pub if_input: IfInput,
    /// Input to the current of `CubaLI` and `CubaLIF` per spike.
    pub cuba_input: Option<CubaInput>,
    /// Input to the potential of `LI` and `LIF` per spike.
    pub lif_input: Option<LifInput>,
    /// Where a neuron spikes.
    pub fires: Option<FiresAt>,
    /// Most spikes of a neuron in a step.
    pub max_spikes: Option<u32>,
}
