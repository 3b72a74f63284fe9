//! The network that an imported one was made from, beside the integers.
//!
//! An imported network keeps its graph and the options of its import. Both give the same integers again; otherwise one of them
//! was changed, and there is nothing to compare.

use super::error::Error;
use super::workload::{RunTask, Workload};
use crate::data::Split;
use crate::json::FileError;
use crate::net::nir::{self, Draft, ImportError, ImportOptions};
use crate::net::samples::Classifier;
use crate::net::spikes::Stimulus;
use crate::net::{Graph, Origin, SparseNetwork};
use crate::progress;
use crate::report::{ImportedNetwork, OriginalClasses, Summary};
use crate::run::Watch;
use crate::threads;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The graph that a network was imported from, read as it was then.
#[derive(Clone, Debug)]
pub struct Original {
    file: PathBuf,
    draft: Draft,
}

impl Original {
    /// Reads the graph.
    ///
    /// # Errors
    /// A graph or options that can no longer be read.
    pub fn of(origin: &Origin) -> Result<Self, Error> {
        let file = origin.file.clone();
        let none = || Error::NotImported { file: file.clone() };
        let options = ImportOptions::from_arguments(&origin.arguments).ok_or_else(none)?;
        let graph = match &origin.contents {
            Some(bytes) => nir::parse(&file.display().to_string(), bytes.to_vec())?,
            None => nir::read(&file)?,
        };
        let draft = Draft::new(&graph, options).map_err(|error| fail(&file, error))?;
        Ok(Self { file, draft })
    }

    /// Compares the integers with the real numbers over one run; `fed` is the network with the spikes and the steps of that run.
    ///
    /// # Errors
    /// A network that the graph does not become.
    pub fn compare(&self, network: &SparseNetwork, fed: &Graph) -> Result<ImportedNetwork, Error> {
        let comparison = self.draft.compare(&network.graph, fed).map_err(|error| fail(&self.file, error))?;
        Ok(ImportedNetwork::of(&comparison))
    }

    /// Compares the classes that the chip gives to the first samples with those of the real network; `None` if that was
    /// cancelled.
    ///
    /// # Errors
    /// A network that the graph does not become.
    pub fn classes(
        &self,
        network: &SparseNetwork,
        (classifier, samples): (&Classifier, &Split),
        predictions: &[u32],
        (threads, watch): (usize, &dyn Watch),
    ) -> Result<Option<OriginalClasses>, Error> {
        let real = self.draft.real(network, classifier).map_err(|error| fail(&self.file, error))?;
        let (next, count) = (&AtomicUsize::new(0), predictions.len());
        let parts = threads::side_by_side(threads.min(count).max(1), || {
            let (mut real, mut right, mut others) = (real.clone(), 0u64, 0u64);
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count || watch.cancelled() {
                    return (number >= count).then_some((right, others));
                }
                let (sample, label) = samples.sample(number);
                let class = real.class(classifier, number as u64, sample);
                right += u64::from(class == usize::from(label));
                others += u64::from(class != predictions[number] as usize);
            }
        });
        let all = parts.into_iter().try_fold((0, 0), |sum, part| part.map(|part| (sum.0 + part.0, sum.1 + part.1)));
        Ok(all.map(|(right, others)| OriginalClasses {
            accuracy: right as f64 / count.max(1) as f64,
            other_classes: others,
        }))
    }
}

/// What a run is compared with.
enum Compared {
    Classes(Option<OriginalClasses>),
    Spikes(ImportedNetwork),
}

/// Adds the comparison with the real network to the report of a run, or a note on why there is none. A run that was cancelled
/// has neither.
pub(super) fn add(summary: &mut Summary, workload: &Workload, samples: Option<&Split>, how: (usize, &dyn Watch)) {
    let Some(network) = workload.imported.as_deref() else { return };
    let Some(origin) = &network.imported else { return };
    if how.1.cancelled() {
        return;
    }
    let compare = || {
        let original = Original::of(origin)?;
        match (&workload.task, samples) {
            (RunTask::Samples(classifier, _), Some(samples)) => {
                original.classes(network, (classifier, samples), &summary.predictions, how).map(Compared::Classes)
            }
            _ => original.compare(network, &workload.graph).map(Compared::Spikes),
        }
    };
    match progress::abandoned_with(how.1, compare) {
        None => {}
        Some(Ok(Compared::Classes(classes))) => summary.original = classes,
        Some(Ok(Compared::Spikes(imported))) => summary.imported = Some(imported),
        Some(Err(why)) => summary.header.notes.push(format!("not compared with real numbers: {why}")),
    }
}

/// A note on a run of more steps than an imported network has room for.
pub fn little_room(network: &SparseNetwork, steps: u32) -> Option<String> {
    let own = network.graph.own_steps().filter(|own| network.imported.is_some() && *own < steps)?;
    Some(format!(
        "imported for {own} steps of every layer and run for {steps}: membranes have room for {own}; import it with `steps` \
         {steps} for room"
    ))
}

fn fail(file: &Path, error: ImportError) -> Error {
    match error {
        ImportError::NotCovered(problems) => Error::File(FileError { file: file.display().to_string(), problems }),
        error => Error::Import { file: file.to_owned(), error },
    }
}

/// Imports a graph in memory: the bytes of a NIR file. The network keeps them, so that runs are compared with it.
///
/// # Errors
/// All problems of the file, or all features that are not supported; spikes that do not fit; in a strict import, integers
/// that do not follow.
pub fn imported(
    name: &str,
    bytes: Arc<[u8]>,
    options: ImportOptions,
    stimulus: &Stimulus,
) -> Result<(SparseNetwork, ImportedNetwork), Error> {
    let file = Path::new(name);
    let graph = nir::parse(name, bytes.to_vec())?;
    let imported = nir::import(&graph, options, stimulus).map_err(|error| fail(file, error))?;
    let deviation = ImportedNetwork::of(&imported.deviation);
    let stem = file.file_stem().map_or("nir".into(), |stem| stem.to_string_lossy().into_owned());
    let mut network = imported.into_network(stem, "imported from a NIR graph");
    network.imported = Some(Origin { file: SOURCE.into(), arguments: options.arguments(), contents: Some(bytes) });
    Ok((network, deviation))
}

/// Copy of the graph in the network's folder, with which runs are compared.
pub const SOURCE: &str = "source.nir";
