//! NIR graphs in commands: `import`, `export`, `check`, and runs of imported networks.

mod export;
mod import;
mod original;
mod replace;
mod sanafe;

pub(super) use export::run as export;
pub(super) use import::run as import;
pub(super) use original::original;

use super::{Failure, real};
use crate::json::{FileError, Problem};
use crate::net::graph::Graph;
use crate::net::nir::{self, Deviation, Draft, ImportError, ImportOptions};
use crate::net::{Origin, SparseNetwork};
use crate::report::ImportedNetwork;
use std::path::Path;

/// Options of `import`, by the fields that texts of the library name.
const OPTIONS: [(&str, &str); 11] = [
    ("`from`", "--from"),
    ("`dt`", "--dt"),
    ("`integrator`", "--integrator"),
    ("`reset`", "--reset"),
    ("`if_input`", "--if-input"),
    ("`cuba_input`", "--cuba-input"),
    ("`lif_input`", "--lif-input"),
    ("`fires`", "--fires"),
    ("`max_spikes`", "--max-spikes"),
    ("`bits.weight`", "--weight-bits"),
    ("`bits.membrane`", "--membrane-bits"),
];

/// A text of the library in which options of `import` replace its fields.
fn in_options(text: &str) -> String {
    OPTIONS.iter().fold(text.to_owned(), |text, (field, option)| text.replace(field, option))
}

/// An error of an import, with the file or the option that it is about.
fn fail(file: &Path, error: ImportError) -> Failure {
    match error {
        ImportError::NotCovered(problems) => Failure(not_covered(file, problems).to_string()),
        ImportError::DoesNotFollow(warnings) => {
            real::does_not_follow(&warnings.iter().map(|warning| in_options(warning)).collect::<Vec<_>>())
        }
        _ => Failure(format!("{}: {error}", file.display())),
    }
}

fn not_covered(file: &Path, mut problems: Vec<Problem>) -> FileError {
    problems.iter_mut().for_each(|problem| problem.message = in_options(&problem.message));
    FileError { file: file.display().to_string(), problems }
}

fn described(comparison: &Deviation) -> ImportedNetwork {
    let mut imported = ImportedNetwork::of(comparison);
    imported.warnings.iter_mut().for_each(|warning| *warning = in_options(warning));
    imported
}

/// Checks that a graph is valid, and that the neuron models cover it with the default options of `import`.
pub(super) fn check(file: &Path) -> Result<String, FileError> {
    let graph = nir::read(file)?;
    let lowered = nir::lower(&graph, nir::LowerOptions::default()).map_err(|problems| not_covered(file, problems))?;
    let (nodes, neurons) = (graph.nodes.len(), lowered.layers.iter().filter(|layer| layer.somas.is_some()));
    Ok(format!(
        "a valid NIR graph of {nodes} nodes, {} neurons",
        neurons.map(nir::LoweredLayer::neurons).sum::<usize>()
    ))
}

/// Compares a run of an imported network with the real one; `fed` is the network with the spikes and the steps of the run.
///
/// The network's folder has a copy of its graph and the options of its import. Both give the same integers again;
/// otherwise the file was changed and there is nothing to compare.
pub(super) fn compare(origin: &Origin, network: &SparseNetwork, fed: &Graph) -> Result<ImportedNetwork, Failure> {
    let comparison = draft_of(origin)?.compare(&network.graph, fed);
    comparison.map(|comparison| described(&comparison)).map_err(|error| fail(&origin.file, error))
}

/// The graph that a network was imported from, read as it was then.
fn draft_of(origin: &Origin) -> Result<Draft, Failure> {
    let none = || Failure("the network's file has options that import does not have".into());
    let options = ImportOptions::from_arguments(&origin.arguments).ok_or_else(none)?;
    let draft = nir::read(&origin.file).map(|graph| Draft::new(&graph, options))?;
    draft.map_err(|error| fail(&origin.file, error))
}
