//! The training rules: what each does with the phases of a training, and its stages.
//!
//! A rule is one file and one line in `rules!`: its name, its help text, its source and its stages come from its file.
//!
//! The tandem rule has phases alone. The others begin with a non-spiking network, whose layers pass on the activations
//! of the twin, and make a spiking one of it in later stages. Those are kept when they end: a training that stops within
//! one begins that stage again.

mod local;
mod percentile;
mod progressive;
mod tandem;
mod through_time;

#[cfg(test)]
mod tests;

use super::course::Course;
use super::{Config, TrainError};
use crate::digest::all_fields;
use crate::net::architecture::Schedule;

/// What a training rule does, and what is said of it.
struct Entry {
    /// Its name in options and files.
    name: &'static str,
    /// What it does, as a clause after its name in the help; empty where the name is enough.
    about: &'static str,
    /// The publication that it follows, as reports cite it.
    source: &'static str,
    /// Trains.
    run: fn(&mut Course<'_, '_>) -> Result<(), TrainError>,
    /// Stages after the phases, for a network of some layers; 0 for any network where it has phases alone.
    later_stages: fn(usize) -> u32,
    /// Whether a stage ends early when the network gets no better.
    has_patience: bool,
    /// By what the step size is divided at the start of a later stage of a network of some layers.
    slower: fn(u32, usize) -> f64,
}

/// Makes the rules an enum. Each has the number of its digest, which stays when rules come and go.
macro_rules! rules {
    ($($(#[$meta:meta])* $tag:literal = $rule:ident($file:ident)),* $(,)?) => {
        /// A training rule.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Rule {
            $($(#[$meta])* $rule),*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            fn entry(self) -> &'static Entry {
                match self {
                    $(Self::$rule => &$file::ENTRY),*
                }
            }
        }

        all_fields! {
            enum Rule { $($tag = $rule),* }
        }
    };
}

rules! {
    /// Spike counts forward, the non-spiking twin's gradient backward.
    #[default]
    0 = Tandem(tandem),
    /// A trained non-spiking network, converted layer by layer while the rest adapts.
    1 = Progressive(progressive),
    /// A trained non-spiking network teaches each layer of a spiking one by itself.
    2 = Local(local),
}

impl Rule {
    /// The rule of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it does, as a clause after its name; may be empty.
    pub fn about(self) -> &'static str {
        self.entry().about
    }

    /// The publication that it follows.
    pub fn source(self) -> &'static str {
        self.entry().source
    }

    /// Whether it has stages after the phases.
    pub fn has_stages(self) -> bool {
        self.later_stages(1) > 0
    }

    /// Whether its stages end early when the network gets no better.
    pub fn has_patience(self) -> bool {
        self.entry().has_patience
    }

    /// Stages after the phases, for a network of some layers.
    pub(super) fn later_stages(self, layers: usize) -> u32 {
        (self.entry().later_stages)(layers)
    }

    /// Trains by this rule.
    pub(super) fn run(self, course: &mut Course<'_, '_>) -> Result<(), TrainError> {
        (self.entry().run)(course)
    }

    /// How the step size falls in a stage, and from where.
    pub(super) fn pace(self, config: &Config, stage: u32, layers: usize) -> (Schedule, f64) {
        match stage {
            0 => (config.schedule, config.learning_rate),
            _ => (Schedule::Cosine, config.learning_rate / (self.entry().slower)(stage, layers)),
        }
    }
}

/// All phases one after the other.
fn phases(course: &mut Course<'_, '_>) -> Result<(), TrainError> {
    course.trainer.config.phases().into_iter().try_for_each(|phase| course.phase(phase))
}

/// The first stage of the rules that begin without spikes.
fn without_spikes(course: &mut Course<'_, '_>) -> Result<(), TrainError> {
    course.trainer.network.hidden.iter_mut().for_each(|layer| layer.spiking = false);
    phases(course)
}
