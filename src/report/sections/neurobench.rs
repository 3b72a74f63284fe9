//! Figures under NeuroBench's names (neurobench 2.3), of the integer network. Simulated: estimates.

use super::section::*;
use crate::net::quantised::Layered;
use crate::net::reference;
use crate::report::neurobench::{KIND, NeuroBench, SynapticOperations};

pub(super) const SECTION: Section = Section { measure, check, ..Section::of(&[fields!(neurobench)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Batch(input) = run.input else { return };
    let Some(network) = input.network.layered() else { return };
    let (mut spikes, mut operations) = (0, reference::Operations::default());
    for inference in &input.result.inferences {
        spikes += inference.window_spikes;
        operations += inference.operations;
    }
    let inferences = &input.result.inferences;
    let frames = inferences.iter().map(|inference| u64::from(inference.frame_count)).sum();
    s.neurobench = Some(metrics(network, s.accuracy, (spikes, operations), (inferences.len(), frames)));
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    if s.neurobench.as_ref().is_some_and(|n| n.classification_accuracy.is_some() != s.accuracy.is_some()) {
        let message = "goes with accuracy: both are there, or neither is";
        found.problem("neurobench.ClassificationAccuracy", message);
    }
}

/// Metrics of a network, from its spikes within the windows of its layers and its operations, over all samples and their
/// frames.
fn metrics(
    network: &Layered,
    accuracy: Option<f64>,
    (spikes, operations): (u64, reference::Operations),
    (samples, frames): (usize, u64),
) -> NeuroBench {
    let each = |sum: u64| sum as f64 / samples as f64;
    let weights = || network.layers.iter().flat_map(|layer| &layer.weight);
    let (count, zeros) = (weights().count() as u64, weights().filter(|w| **w == 0).count() as u64);
    let biases: u64 = network.layers.iter().map(|layer| layer.bias.len() as u64).sum();
    let weight_bytes = if network.spec.weight_bits <= 8 { 1 } else { 2 };
    let hidden: u64 = network.layers.iter().rev().skip(1).map(|layer| layer.op.outputs() as u64).sum();
    let chances = hidden * u64::from(network.spec.time_steps) * frames;
    NeuroBench {
        kind: KIND,
        footprint: count * weight_bytes + biases * 4,
        parameter_count: count + biases,
        connection_sparsity: (zeros as f64 / count as f64 * 1e4).round() / 1e4,
        classification_accuracy: accuracy,
        activation_sparsity: (chances - spikes) as f64 / chances as f64,
        synaptic_operations: SynapticOperations {
            effective_macs: each(operations.effective_macs),
            effective_acs: each(operations.effective_acs),
            dense: each(operations.dense),
        },
        membrane_updates: each(operations.membrane_updates),
    }
}
