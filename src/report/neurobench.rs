//! NeuroBench's metrics of a run, as they are saved.

use super::saved::*;

pub(super) const KIND: &str = "estimate (simulated system)";

record! {
    /// NeuroBench's static and activation metrics.
    pub struct NeuroBench {
        /// That they are estimates.
        pub kind: &'static str = word(&[KIND]),
        /// Bytes of weights and biases in the exported widths: 1 or 2 for a weight, 4 for a bias.
        pub footprint: u64 as "Footprint",
        /// Weights and biases.
        pub parameter_count: u64 as "ParameterCount",
        /// Share of weights that are zero, to four decimals.
        pub connection_sparsity: f64 as "ConnectionSparsity" = share,
        /// Share of right classes, of a classifier.
        pub classification_accuracy: Option<f64> as "ClassificationAccuracy" = or_null(share),
        /// Share of (hidden neuron, step, sample) without a spike.
        pub activation_sparsity: f64 as "ActivationSparsity" = share,
        /// Operations of a sample.
        pub synaptic_operations: SynapticOperations as "SynapticOperations",
        /// Membranes of a sample that a step changed.
        pub membrane_updates: f64 as "MembraneUpdates" = real(0.0..=1e18),
    }
}

record! {
    /// Operations of a sample.
    #[derive(Copy)]
    pub struct SynapticOperations {
        /// Effective multiply-accumulates.
        pub effective_macs: f64 as "Effective_MACs" = real(0.0..=1e18),
        /// Effective accumulates.
        pub effective_acs: f64 as "Effective_ACs" = real(0.0..=1e18),
        /// Operations if nothing were zero.
        pub dense: f64 as "Dense" = real(0.0..=1e18),
    }
}
