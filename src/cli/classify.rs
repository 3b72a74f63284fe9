//! Samples on sparse networks: `run --data` of an imported network.

use super::args::{EncodeArg, RunArguments};
use super::map::profile_of;
use super::progress::Ui;
use super::{Failure, find, nir};
use crate::data::{self, Dataset, Wanted};
use crate::net::SparseNetwork;
use crate::net::samples::Encode;
use crate::report::Summary;
use crate::session::{self, RunTask, SamplesAs, Workload, catalog, classifier_steps};
use std::sync::Arc;

/// The workload of `run` on the samples of a data set.
pub(super) fn workload(
    options: &RunArguments,
    network: &SparseNetwork,
    name: &str,
    ui: &Ui,
) -> Result<(Workload, Arc<Dataset>), Failure> {
    refuse(options)?;
    let folders = find::folders(&options.input.folders);
    let of_data = data::steps_of(name, &folders.folders).filter(|_| options.steps.is_none());
    let steps = classifier_steps(network, options.steps, of_data);
    // Only a profile takes training samples.
    let wanted = if options.target.profile.profile > 0 { Wanted::Present } else { Wanted::Test };
    let dataset = Arc::new(find::noted(catalog::data_to_test(name, &folders, (steps, wanted))?));
    session::samples(options.input.samples.map(|samples| samples as usize), &dataset)?;
    let encode = options.encode.map(|encode| match encode {
        EncodeArg::Direct => Encode::Direct,
        EncodeArg::Rate => Encode::Rate,
        EncodeArg::Latency => Encode::Latency,
    });
    let samples_as = SamplesAs { steps: Some(steps), encode, seed: options.effort.seed };
    let mut workload = Workload::classifying(network, Arc::clone(&dataset), samples_as)?;
    workload.notes.extend(session::little_room(network, steps).map(|note| nir::in_options(&note)));
    if let RunTask::Samples(classifier, _) = &workload.task {
        workload.profile = profile_of(options.target.profile.profile, classifier, &dataset, ui)?.map(Arc::from);
    }
    Ok((workload, dataset))
}

/// Refuses options of a run without samples.
fn refuse(options: &RunArguments) -> Result<(), Failure> {
    if !options.spikes.is_empty() {
        return Err(Failure("--spikes: with --data the input is the samples".into()));
    }
    if options.strict {
        let why = "compares spikes of one run; with --data the report has the accuracy of the real network";
        return Err(Failure(format!("--strict: {why}")));
    }
    Ok(())
}

/// Refuses options that only runs on samples have.
pub(super) fn needs_data(options: &RunArguments) -> Result<(), Failure> {
    let given = [
        ("--samples", options.input.samples.is_some()),
        ("--encode", options.encode.is_some()),
        ("--profile", options.target.profile.profile > 0),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => {
            Err(Failure(format!("{name}: a sparse network has no samples of its own: --data NAME-OR-FOLDER")))
        }
        None => Ok(()),
    }
}

/// Adds the accuracy of the real network that a sparse one was imported from, over the samples of the run.
pub(super) fn add_original(
    summary: &mut Summary,
    network: &SparseNetwork,
    (task, dataset): (&RunTask, &Dataset),
    threads: usize,
) {
    let (Some(origin), RunTask::Samples(classifier, _)) = (&network.imported, task) else { return };
    match nir::original(origin, network, (classifier, dataset), &summary.predictions, threads) {
        Ok(original) => summary.original = original,
        Err(Failure(why)) => summary.header.notes.push(format!("not compared with real numbers: {why}")),
    }
}
