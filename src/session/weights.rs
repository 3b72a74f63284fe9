//! Checks that weights belong to a trained network whose file has no digest of them, as of an earlier version.
//!
//! A file gives the accuracy or error of its weights on the validation part of their data. That part of a registered
//! data set is the same everywhere, and an integer network gives the same result there on every machine: weights with
//! other results belong to another training.

use super::error::Error;
use crate::data::{self, Binning, Dataset};
use crate::net::{Trained, TrainedMeta};
use crate::threads::processors;
use crate::train::{self, Evaluation};

/// Refuses weights whose results differ from their file; those with a digest were checked by it.
pub(super) fn belong(trained: &Trained, dataset: &Dataset) -> Result<(), Error> {
    let meta = &trained.meta;
    let fits = dataset.name == meta.dataset && dataset.shape == trained.quantised.input;
    if trained.digested || !fits || !data::is_registered(&dataset.name) || meta.data_folder.is_some() {
        return Ok(());
    }
    let found = train::evaluate(&trained.quantised, &dataset.validation, processors())
        .map_err(|error| Error::Evaluate { dataset: dataset.name.clone(), part: "validation", error })?;
    match differs(meta, &found) {
        None => Ok(()),
        Some(what) => Err(Error::OtherWeights { network: trained.architecture.name.clone(), what }),
    }
}

/// Refuses weights whose results differ from their file, if the data of the training are on this machine.
pub fn belong_if_known(trained: &Trained) -> Result<(), Error> {
    let steps = trained.quantised.spec.time_steps;
    if trained.digested || !data::is_registered(&trained.meta.dataset) {
        return Ok(());
    }
    match data::load_with(&trained.meta.dataset, &[], Binning::of(steps)) {
        Ok(dataset) => belong(trained, &dataset),
        Err(_) => Ok(()),
    }
}

/// Difference between an evaluation and the file's figures.
fn differs(meta: &TrainedMeta, found: &Evaluation) -> Option<String> {
    let far = |said: f64, found: f64| (said - found).abs() > 1e-6 * said.abs().max(1e-3);
    match (meta.validation_accuracy, meta.validation_mse) {
        (Some(said), _) if far(said, found.accuracy()) => Some(format!(
            "it says an accuracy of {:.2} % on the validation samples, and they give {:.2} %",
            said * 100.0,
            found.accuracy() * 100.0
        )),
        (None, Some(said)) if far(said, found.mean_squared_error()) => Some(format!(
            "it says a mean squared error of {said:.5} on the validation samples, and they give {:.5}",
            found.mean_squared_error()
        )),
        _ => None,
    }
}
