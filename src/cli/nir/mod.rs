//! NIR graphs in commands: `import`, `export`, `check`, and runs of imported networks.

mod export;
mod import;
mod replace;
mod sanafe;

pub(super) use export::run as export;
pub(super) use import::run as import;

use super::{Failure, real};
use crate::data::Dataset;
use crate::json::{FileError, Problem};
use crate::net::graph::Graph;
use crate::net::nir::{self, Deviation, ImportError};
use crate::net::samples::Classifier;
use crate::net::{Origin, SparseNetwork};
use crate::report::{ImportedNetwork, OriginalClasses};
use crate::run::{Unwatched, Watch};
use crate::session::{Error, Original};
use std::path::Path;

/// Options of `import`, by the fields that texts of the library name.
const OPTIONS: [(&str, &str); 12] = [
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
    ("`steps`", "--steps"),
];

/// A text of the library in which options of `import` replace its fields.
pub(super) fn in_options(text: &str) -> String {
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
    in_words(ImportedNetwork::of(comparison))
}

fn in_words(mut imported: ImportedNetwork) -> ImportedNetwork {
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
pub(super) fn compare(origin: &Origin, network: &SparseNetwork, fed: &Graph) -> Result<ImportedNetwork, Failure> {
    let compared = Original::of(origin).and_then(|original| original.compare(network, fed));
    compared.map(in_words).map_err(|error| failed(&error))
}

/// Compares the classes that the chip gives to the first samples with those of the real network.
pub(super) fn original(
    origin: &Origin,
    network: &SparseNetwork,
    (classifier, dataset): (&Classifier, &Dataset),
    predictions: &[u32],
    threads: usize,
) -> Result<Option<OriginalClasses>, Failure> {
    let how = (threads, &Unwatched as &dyn Watch);
    let original = Original::of(origin);
    let classes =
        original.and_then(|original| original.classes(network, (classifier, &dataset.test), predictions, how));
    classes.map_err(|error| failed(&error))
}

fn failed(error: &Error) -> Failure {
    Failure(in_options(&error.to_string()))
}
