//! Scale of spike counts: layers are scaled so that T spikes are the 99.9th percentile of the activations.

use crate::train::batch::Batch;
use crate::train::network::TrainNetwork;
use crate::train::tandem::Trainer;

/// Share of the activations that a count can represent.
const SHARE: f64 = 0.999;

/// The smallest value that a given share of all values does not exceed; 0 without values.
pub(super) fn percentile(values: &[f32], share: f64) -> f32 {
    let mut values = values.to_vec();
    let rank = (share * values.len() as f64).ceil() as usize;
    let index = rank.clamp(1, values.len().max(1)) - 1;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(index, f32::total_cmp).1 }
}

/// Layers that share a scale, by the lowest of them: a layer, and one whose spikes it adds to its own sums.
pub(super) fn groups(network: &TrainNetwork) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::new();
    for (index, layer) in network.hidden.iter().enumerate() {
        groups.push(layer.skip.map_or(index, |from| groups[from]));
    }
    groups
}

/// Activation that corresponds to T spikes, for each layer: the percentile of the largest layer of its group.
pub(super) fn full_activations(network: &TrainNetwork, batch: &Batch) -> Vec<f32> {
    let own: Vec<f32> = batch.layers.iter().map(|layer| reached(&layer.counts)).collect();
    let groups = groups(network);
    let members = |group: usize| own.iter().zip(&groups).filter(move |(_, g)| **g == group).map(|(own, _)| *own);
    groups.iter().map(|group| members(*group).fold(0.0, f32::max)).collect()
}

/// The percentile, or the largest activation if hardly a neuron is active, or 1 if none is.
fn reached(activations: &[f32]) -> f32 {
    let most = || activations.iter().copied().fold(0f32, f32::max);
    [percentile(activations, SHARE), most()].into_iter().find(|value| *value > 0.0).unwrap_or(1.0)
}

/// Scales the output of a layer. Batch norm above it adapts by itself; an output layer is divided.
pub(super) fn scale_layer(network: &mut TrainNetwork, index: usize, factor: f32) {
    let last = index + 1 == network.hidden.len();
    let norm = &mut network.hidden[index].norm;
    norm.gamma.value.iter_mut().chain(&mut norm.beta.value).for_each(|value| *value *= factor);
    if last {
        network.output.weight.value.iter_mut().for_each(|weight| *weight /= factor);
    }
}

/// Recomputes batch norm's statistics from many training samples, and returns the activations of the layers.
pub(super) fn settle(trainer: &mut Trainer<'_>) -> Batch {
    // The last step may have left disturbed weights, which a resumed training does not have.
    trainer.cast_shadows(false);
    let mut network = trainer.network.clone();
    network.hidden.iter_mut().for_each(|layer| layer.norm.momentum = 1.0);
    let batch = trainer.forward_many(&mut network);
    for (layer, before) in network.hidden.iter_mut().zip(&trainer.network.hidden) {
        layer.norm.momentum = before.norm.momentum;
    }
    trainer.network = network;
    batch
}
