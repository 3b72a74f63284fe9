//! The training rules: what each does with the phases of a training, and its stages.
//!
//! The tandem rule has phases alone. The others begin with a non-spiking network, whose layers pass on the activations
//! of the twin, and make a spiking one of it in later stages. Those are kept when they end: a training that stops within
//! one begins that stage again.

mod local;
mod percentile;
mod progressive;
mod through_time;

#[cfg(test)]
mod tests;

use super::course::Course;
use super::{Config, Rule, TrainError};
use crate::net::Architecture;
use crate::net::architecture::Schedule;

/// Trains by the rule of the settings.
pub(super) fn run(course: &mut Course<'_, '_>) -> Result<(), TrainError> {
    match course.trainer.config.rule {
        Rule::Tandem => phases(course),
        Rule::Progressive => progressive::run(course),
        Rule::Local => local::run(course),
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

/// How the step size falls in a stage, and from where: from a tenth in the later stages, and from a tenth of that in
/// the last one of the progressive rule.
pub(super) fn pace(config: &Config, architecture: &Architecture, stage: u32) -> (Schedule, f64) {
    let Config { schedule, learning_rate, rule, .. } = *config;
    match stage {
        0 => (schedule, learning_rate),
        last if rule == Rule::Progressive && last as usize == architecture.stages().len() => {
            (Schedule::Cosine, learning_rate / 100.0)
        }
        _ => (Schedule::Cosine, learning_rate / 10.0),
    }
}
