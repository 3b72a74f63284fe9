//! An imported network beside the real one that it was made of: for the steps and spikes of a run.
//!
//! The network's folder has a copy of its graph and the options with which it was imported. Both make the same integers again,
//! or the file was changed and there is nothing to compare.

use super::terminal::tell;
use super::{Failure, nir};
use crate::net::SparseNetwork;
use crate::net::graph::Graph;
use crate::report::ImportedNetwork;

/// Compares a run of a network with the real one; `fed` is the network with the spikes and the steps of the run. None of a
/// network that was not imported.
pub(super) fn beside(network: &SparseNetwork, fed: &Graph) -> Option<Result<ImportedNetwork, Failure>> {
    Some(nir::compare(network.imported.as_ref()?, network, fed))
}

/// The failure of a strict command whose integers do not follow real numbers.
pub(super) fn does_not_follow(warnings: &[String]) -> Failure {
    Failure(format!("--strict: integers do not follow the real network\n{}", warnings.join("\n")))
}

/// Says on standard error what is beyond the thresholds.
pub(super) fn warn(imported: &ImportedNetwork) {
    imported.warnings.iter().for_each(|warning| tell(format_args!("warning: {warning}")));
}
