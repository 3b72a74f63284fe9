//! Figures under NeuroBench's names (neurobench 2.3), of the integer network. Simulated: estimates.

use crate::net::quantised::Layered;
use crate::net::reference::Operations;

/// NeuroBench's static and activation metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct NeuroBench {
    /// Bytes of weights and biases in the exported widths: 1 or 2 for a weight, 4 for a bias.
    pub footprint: u64,
    /// Weights and biases.
    pub parameter_count: u64,
    /// Share of weights that are zero, to four decimals.
    pub connection_sparsity: f64,
    /// Share of right classes, where the network tells classes apart.
    pub classification_accuracy: Option<f64>,
    /// Share of (hidden neuron, step, sample) without a spike.
    pub activation_sparsity: f64,
    /// Effective multiply-accumulates of a sample.
    pub effective_macs: f64,
    /// Effective accumulates of a sample.
    pub effective_acs: f64,
    /// Operations of a sample if nothing were zero.
    pub dense: f64,
    /// Membranes of a sample that a step changed.
    pub membrane_updates: f64,
}

/// Measures a network that sent so many spikes, within the windows of its layers, and took so many operations in all samples.
pub(super) fn metrics(
    network: &Layered,
    accuracy: Option<f64>,
    (spikes, operations): (u64, Operations),
    samples: usize,
) -> NeuroBench {
    let each = |sum: u64| sum as f64 / samples as f64;
    let weights = || network.layers.iter().flat_map(|layer| &layer.weight);
    let (count, zeros) = (weights().count() as u64, weights().filter(|w| **w == 0).count() as u64);
    let biases: u64 = network.layers.iter().map(|layer| layer.bias.len() as u64).sum();
    let weight_bytes = if network.spec.weight_bits <= 8 { 1 } else { 2 };
    let hidden: u64 = network.layers.iter().rev().skip(1).map(|layer| layer.op.outputs() as u64).sum();
    let chances = hidden * u64::from(network.spec.time_steps) * samples as u64;
    NeuroBench {
        footprint: count * weight_bytes + biases * 4,
        parameter_count: count + biases,
        connection_sparsity: (zeros as f64 / count as f64 * 1e4).round() / 1e4,
        classification_accuracy: accuracy,
        activation_sparsity: (chances - spikes) as f64 / chances as f64,
        effective_macs: each(operations.effective_macs),
        effective_acs: each(operations.effective_acs),
        dense: each(operations.dense),
        membrane_updates: each(operations.membrane_updates),
    }
}
