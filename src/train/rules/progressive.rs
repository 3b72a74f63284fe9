//! The progressive rule: hidden layers become spiking one after the other, from below, and the layers above adapt (J.
//! Wu et al., IEEE TPAMI 2021, arXiv:2007.01204).
//!
//! ```text
//! stage 0       no layer spikes; all are trained
//! stage 1 to H  hidden layer k is scaled so that T spikes are its 99.9th percentile, spikes, and is frozen; what is
//!               above it reads its counts and is trained
//! stage H + 1   the output layer alone, by smaller steps
//! ```
//!
//! The demands of the hardware come with the stages, too: a layer's weights are rounded, and its fan-in is limited,
//! when it becomes spiking; the output layer's when it is the only one left.

use super::RuleEntry;
use super::percentile::{full_activations, groups, scale_layer, settle};
use crate::train::TrainError;
use crate::train::config::Phase;
use crate::train::course::TrainCourse;
use crate::train::network::TrainNetwork;
use crate::train::rule::Facts;
use crate::train::tandem::Trainer;

pub(super) const ENTRY: RuleEntry = RuleEntry {
    facts: Facts {
        tag: 1,
        name: "progressive",
        about: "which trains a non-spiking network and makes its layers spike one by one",
        source: "Wu et al. 2021, Progressive Tandem Learning for Pattern Recognition with Deep Spiking Neural Networks, IEEE TPAMI, arXiv:2007.01204",
        // One stage for each hidden layer, and one for the output layer.
        later_stages: |layers| layers as u32,
        has_patience: true,
        slower: |stage, layers| if stage as usize == layers { 100.0 } else { 10.0 },
    },
    run,
};

fn run(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    let layers = course.trainer.network.hidden.len();
    let over = course.trainer.stage as usize;
    super::without_spikes(course)?;
    // Later stages in a checkpoint are complete.
    course.trainer.network.hidden.iter_mut().take(over).for_each(freeze);
    for stage in over + 1..=layers + 1 {
        begin(course, stage as u32);
        if stage <= layers {
            convert(&mut course.trainer, stage - 1);
        }
        adapt(course)?;
        course.save()?;
    }
    Ok(())
}

/// Makes a layer spike, with fixed parameters.
fn freeze(layer: &mut crate::train::network::Hidden) {
    (layer.spiking, layer.frozen, layer.norm.fixed) = (true, true, true);
}

fn begin(course: &mut TrainCourse<'_, '_>, stage: u32) {
    let phase = phase(course, stage);
    course.enter(phase);
}

/// The epochs of a stage that follows the finished ones.
pub(super) fn phase(course: &TrainCourse<'_, '_>, stage: u32) -> Phase {
    let config = course.trainer.config;
    let (time_steps, epochs) = (config.time_steps, config.stage_epochs());
    Phase { time_steps, first: course.progress.done() + 1, epochs, stage }
}

pub(super) fn convert(trainer: &mut Trainer<'_>, index: usize) {
    let last = index + 1 == trainer.network.hidden.len();
    if let Some(most) = trainer.config.max_fan_in {
        trainer.network.limit_fan_in_of(index, most as usize);
        if last {
            trainer.network.limit_fan_in_of(index + 1, most as usize);
        }
    }
    let batch = settle(trainer);
    let groups = groups(&trainer.network);
    let network = &mut trainer.network;
    // Layers above that share its scale get it now: their additions will then be spikes.
    if groups[index] == index {
        let factor = network.steps as f32 / full_activations(network, &batch)[index];
        for member in (0..groups.len()).filter(|member| groups[*member] == index) {
            scale_layer(network, member, factor);
        }
    }
    freeze(&mut network.hidden[index]);
}

/// Trains the layers that are not frozen until that no longer helps, and returns to the best epoch.
fn adapt(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    let phase = Phase { first: course.progress.done() + 1, ..phase(course, course.trainer.stage) };
    let mut best: Option<(f64, TrainNetwork)> = None;
    let mut without = 0;
    for epoch in phase.first..=phase.last() {
        let pass = course.trainer.epoch(epoch, phase, course.watch)?;
        let found = course.measure(epoch, &pass)?.in_training.unwrap_or_default();
        let score = if course.trainer.architecture.target.has_classes() { found } else { -found };
        if best.as_ref().is_none_or(|(known, _)| score > *known) {
            best = Some((score, course.trainer.network.clone()));
            without = 0;
        } else {
            without += 1;
        }
        if without >= course.trainer.config.patience {
            break;
        }
    }
    if let Some((_, network)) = best {
        course.trainer.network = network;
    }
    Ok(())
}
