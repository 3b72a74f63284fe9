//! The surrogate rule: backpropagation through all layers and steps, with a threshold and a leak for each layer that are
//! learned with the weights (N. Rathi and K. Roy, IEEE TNNLS 2021, arXiv:2008.03658). Its passes are those of
//! `train::unrolled`; there is no batch norm in them.
//!
//! ```text
//! from the start   drawn weights, scaled until neurons spike; or those of a trained network with its thresholds and leaks
//! from an ANN      stage 0: a non-spiking network, with batch norm
//!                  stage 1: that is folded; P_l = 99.7th percentile of the activations of layer l; a spike of it stands
//!                  for f P_l, so θ_l = f θ P_l / (f P_{l-1}); f of a few shares is that with the most correct training
//!                  samples. Then all of it is trained, at T steps and at fewer, if so asked.
//! ```

use super::RuleEntry;
use super::percentile::{groups, percentile, settle};
use crate::train::TrainError;
use crate::train::batch::Batch;
use crate::train::course::TrainCourse;
use crate::train::network::TrainNetwork;
use crate::train::rule::Facts;
use crate::train::tandem::Trainer;

pub(super) const ENTRY: RuleEntry = RuleEntry {
    facts: Facts {
        tag: 3,
        name: "surrogate",
        about: "which goes back through all layers and steps, and learns a threshold and a leak for each layer",
        source: "Rathi and Roy 2021, DIET-SNN: A Low-Latency Spiking Neural Network With Direct Input Encoding and Leakage and Threshold Optimization, IEEE TNNLS, arXiv:2008.03658",
        later_stages: |_| 0,
        has_patience: false,
        slower: |_, _| 10.0,
    },
    run,
};

/// Share of the activations below the value that a threshold stands for.
const SHARE: f64 = 0.997;
/// Share of that value in a network of drawn weights.
const DRAWN: f32 = 0.5;
/// Shares of that value that are tried.
const FACTORS: [f32; 8] = [1.0, 0.8, 0.65, 0.5, 0.4, 0.3, 0.25, 0.2];

fn run(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    if course.progress.done() == 0 && course.trainer.network.stepwise && !course.trainer.restarted {
        awaken(&mut course.trainer);
    }
    for phase in course.trainer.config.phases() {
        if phase.stage > course.trainer.stage {
            convert(&mut course.trainer);
        }
        course.phase(phase)?;
    }
    Ok(())
}

/// Scales drawn weights, so that each layer's largest sums are about two thresholds: few neurons would spike otherwise.
fn awaken(trainer: &mut Trainer<'_>) {
    let mut analogue = trainer.network.clone();
    analogue.stepwise = false;
    analogue.hidden.iter_mut().for_each(|layer| layer.spiking = false);
    let activations = trainer.forward_many(&mut analogue);
    let worth: Vec<f32> = full(&analogue, &activations).iter().map(|full| DRAWN * full).collect();
    let scaled = converted(&analogue, &worth);
    for (layer, scaled) in trainer.network.hidden.iter_mut().zip(&scaled.hidden) {
        let ratio = layer.threshold() / scaled.threshold();
        layer.weight.value.iter_mut().for_each(|weight| *weight *= ratio);
    }
}

/// Makes the trained non-spiking network spike.
pub(super) fn convert(trainer: &mut Trainer<'_>) {
    let activations = settle(trainer);
    let full = full(&trainer.network, &activations);
    trainer.enter_stage(1);
    let analogue = trainer.network.clone();
    let tried = FACTORS.map(|factor| {
        let network = converted(&analogue, &full.iter().map(|full| factor * full).collect::<Vec<_>>());
        (trainer.correct(&network), network)
    });
    // Of equals the first: rare spikes are few operations.
    let best = tried.into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best });
    if let Some((_, network)) = best {
        trainer.network = network;
    }
}

/// The percentile of the activations of each layer; one for layers that add each other's spikes.
fn full(network: &TrainNetwork, batch: &Batch) -> Vec<f32> {
    let own: Vec<f32> = batch.layers.iter().map(|layer| reached(&layer.counts)).collect();
    let groups = groups(network);
    let most =
        |group: &usize| own.iter().zip(&groups).filter(|(_, of)| *of == group).map(|(own, _)| *own).fold(0.0, f32::max);
    groups.iter().map(most).collect()
}

/// The percentile, or the largest activation if hardly a neuron is active, or 1 if none is.
fn reached(activations: &[f32]) -> f32 {
    let most = || activations.iter().copied().fold(0f32, f32::max);
    [percentile(activations, SHARE), most()].into_iter().find(|value| *value > 0.0).unwrap_or(1.0)
}

/// The spiking form of a folded network, in which a spike of layer l stands for an activation of `worth[l]`.
fn converted(analogue: &TrainNetwork, worth: &[f32]) -> TrainNetwork {
    let mut network = analogue.clone();
    let steps = network.steps as f32;
    // Activations of a network that reads trains are those of all their spikes.
    let mut below = if network.encodes(0) { 1.0 } else { steps };
    for (layer, worth) in network.hidden.iter_mut().zip(worth) {
        let threshold = layer.threshold();
        let affine = layer.norm.folded();
        let width = affine.ratio.len();
        for row in layer.weight.value.chunks_mut(width) {
            row.iter_mut().zip(&affine.ratio).for_each(|(weight, ratio)| *weight *= ratio);
        }
        layer.norm.become_identity();
        layer.norm.beta.value = affine.shift.iter().map(|shift| shift / below).collect();
        layer.threshold.value[0] = threshold * worth / below;
        layer.leak.value[0] = 1.0;
        below = *worth;
    }
    // T spikes stand for T times their worth.
    network.output.weight.value.iter_mut().for_each(|weight| *weight *= below / steps);
    network.keep_ranges();
    network
}
