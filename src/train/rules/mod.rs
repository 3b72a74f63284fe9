//! The training rules: the treatment of the phases of a training by each, and its stages.
//!
//! A rule is one file and one line in `rules!`: its name, its help text, its source and its stages come from its file.
//! Settings and files know a rule by its [`Facts`] alone, so nothing here is needed to read them.
//!
//! The tandem and the surrogate rule have only phases. The others begin with a non-spiking network, whose layers pass on the activations
//! of the twin, and make a spiking one of it in later stages. Those are saved when they end: a training that stops
//! within one repeats that stage.

mod local;
mod percentile;
mod progressive;
mod surrogate;
mod tandem;
mod through_time;

#[cfg(test)]
mod tests;

use super::TrainError;
use super::course::TrainCourse;
use super::rule::{Facts, Rule};

/// A rule: its facts, and its training.
struct RuleEntry {
    facts: Facts,
    run: fn(&mut TrainCourse<'_, '_>) -> Result<(), TrainError>,
}

/// Registers the rules; the default is named first.
macro_rules! rules {
    ($default:ident, $($(#[$meta:meta])* $rule:ident = $file:ident),* $(,)?) => {
        const ENTRIES: &[RuleEntry] = &[$($file::ENTRY),*];

        impl Rule {
            $($(#[$meta])* pub const $rule: Self = Self(&$file::ENTRY.facts);)*
            /// All rules.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];
        }

        impl Default for Rule {
            fn default() -> Self {
                Self::$default
            }
        }
    };
}

rules! {
    TANDEM,
    /// Spike counts forward, the non-spiking twin's gradient backward.
    TANDEM = tandem,
    /// A trained non-spiking network, converted layer by layer while the rest adapts.
    PROGRESSIVE = progressive,
    /// A trained non-spiking network teaches each layer of a spiking one by itself.
    LOCAL = local,
    /// Backpropagation through all layers and steps, which learns thresholds and leaks too.
    SURROGATE = surrogate,
}

/// Trains by the rule in the settings.
pub(super) fn run(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    let rule = course.trainer.config.rule;
    let entry = ENTRIES.iter().find(|entry| Rule(&entry.facts) == rule).expect("every rule is registered");
    (entry.run)(course)
}

/// All phases one after the other.
fn phases(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    course.trainer.config.phases().into_iter().try_for_each(|phase| course.phase(phase))
}

/// The first stage of the rules that begin without spikes.
fn without_spikes(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    course.trainer.network.hidden.iter_mut().for_each(|layer| layer.spiking = false);
    phases(course)
}
