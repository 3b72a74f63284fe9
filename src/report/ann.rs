//! The ANN of the same shape: its operations, and published limits below which a spiking network can win.

use super::summary::Break;
use crate::net::quantised::Layered;

/// A published limit in spikes per synapse and inference.
#[derive(Clone, Debug, PartialEq)]
pub struct BreakEven {
    /// Who says so.
    pub source: &'static str,
    /// The limit (spikes per synapse and inference).
    pub limit: f64,
    /// Where this run stands.
    pub ours: f64,
    /// Whether this run is below the limit.
    pub below: bool,
}

pub(super) const LIMITS: &[(&str, f64)] = &[
    ("0.15 spikes per synapse, below which an SNN is cheaper (Dampfhoffer et al. 2023, IEEE TETCI)", 0.15),
    ("1.38 spikes per synapse, above which an SNN is dearer (Dampfhoffer et al. 2023, IEEE TETCI)", 1.38),
    ("1.72 spikes per output on the same silicon (Davidson & Furber 2021, Front. Neurosci. 15:651141)", 1.72),
];

/// Compares the synaptic operations of an inference with the ANN's multiply-accumulates.
pub(super) fn compare(network: &Layered, synops: f64) -> Break {
    let macs: u64 = network.layers.iter().map(|layer| layer.op.macs()).sum();
    let first_layer_macs = network.layers[0].op.macs();
    let ratio = synops / (macs - first_layer_macs) as f64;
    let limit =
        |(source, limit): &(&'static str, f64)| BreakEven { source, limit: *limit, ours: ratio, below: ratio < *limit };
    Break {
        macs,
        first_layer_macs,
        synops_ratio: ratio,
        operations_ratio: (synops + first_layer_macs as f64) / macs as f64,
        limits: LIMITS.iter().map(limit).collect(),
    }
}
