//! An imported network beside the real one that it was made of: for the steps and spikes of a run.
//!
//! The network's folder has a copy of its graph and the options with which it was imported. Both make the same integers again,
//! or the file was changed and there is nothing to compare.

use super::Failure;
use super::terminal::tell;
use crate::json::FileError;
use crate::net::graph::Graph;
use crate::net::nir::{self, Comparison, Draft, ImportError, ImportOptions};
use crate::net::{Origin, SparseNetwork};
use std::path::Path;

/// Compares a run of a network with the real one; `fed` is the network with the spikes and the steps of the run. None of a
/// network that was not imported.
pub(super) fn beside(network: &SparseNetwork, fed: &Graph) -> Option<Result<Comparison, Failure>> {
    Some(compare(network.imported.as_ref()?, network, fed))
}

fn compare(origin: &Origin, network: &SparseNetwork, fed: &Graph) -> Result<Comparison, Failure> {
    let none = || Failure("the options of the import in the network's file are none of import".into());
    let options = ImportOptions::from_arguments(&origin.arguments).ok_or_else(none)?;
    let draft = nir::load(&origin.file).map(|graph| Draft::new(&graph, options))?;
    draft.and_then(|draft| draft.compare(&network.graph, fed)).map_err(|error| fail(&origin.file, error))
}

/// An error of an import, with the file or the option that it is of.
pub(super) fn fail(file: &Path, error: ImportError) -> Failure {
    let file = file.display().to_string();
    match error {
        ImportError::NotCovered(problems) => Failure(FileError { file, problems }.to_string()),
        ImportError::DoesNotFollow(_) => Failure(format!("--strict: {error}")),
        _ => Failure(format!("{file}: {error}")),
    }
}

pub(super) fn warn(comparison: &Comparison) {
    comparison.warnings().iter().for_each(|warning| tell(format_args!("warning: {warning}")));
}
