//! A training in memory or into a folder, from its settings to the network and its history.

use super::error::Error;
use super::follow::Follow;
use super::memory::check_memory;
use super::train_folder::{HISTORY, TrainFolder};
use super::train_history::training_history;
use crate::data::Dataset;
use crate::files::FolderLock;
use crate::net::quantised::Folded;
use crate::net::{self, Architecture, Network, Trained};
use crate::report::{ContentDigest, digests_json};
use crate::train::{self, Config, TrainJob, TrainOutcome, TrainWatch};
use serde_json::Value;

/// A training whose settings are settled.
pub struct TrainTask<'t> {
    /// The network.
    pub architecture: &'t Architecture,
    /// The data set. Without test samples, the history has no results of the test part.
    pub dataset: &'t Dataset,
    /// Settings.
    pub config: &'t Config,
    /// Weights to start from, of the same layers.
    pub start: Option<&'t Folded>,
    /// The user's folder from which the data were read.
    pub data_folder: Option<String>,
    /// Digests of what was read.
    pub digests: Vec<ContentDigest>,
    /// Where the network, its history and the state after each epoch go.
    pub folder: Option<TrainFolder<'t>>,
}

impl TrainTask<'_> {
    /// Trains, or goes on where the training in the folder was stopped. Gives the network and its history; of a training that
    /// is finished already, those of the folder.
    ///
    /// # Errors
    /// Settings that are not allowed, a folder whose contents would be lost, and a training that was ended.
    pub fn run(&self, follow: &dyn Follow, watch: &TrainWatch<'_>) -> Result<(Trained, Value), Error> {
        let checkpoint = self.folder.map(|folder| folder.checkpoint());
        let Self { architecture, dataset, config, start, .. } = *self;
        let checkpoint = checkpoint.as_deref();
        let job = TrainJob { architecture, dataset, config, start, checkpoint, started: None, resume: false };
        job.check()?;
        check_memory(&job, follow)?;
        let Some(folder) = self.folder else { return self.finished(&job, job.run(watch)?) };
        let _lock = FolderLock::take(folder.path).map_err(|error| Error::Occupied(error.to_string()))?;
        let standing = folder.standing(&job)?;
        if standing.as_ref().is_some_and(|standing| standing.finished) {
            return kept(folder);
        }
        let outcome = TrainJob { resume: standing.is_some(), ..job }.run(watch)?;
        self.finished(&job, outcome)
    }

    /// Measures the network on the test part, and keeps it with its history.
    fn finished(&self, job: &TrainJob<'_>, mut outcome: TrainOutcome) -> Result<(Trained, Value), Error> {
        let test = &self.dataset.test;
        let measured =
            (!test.is_empty()).then(|| train::evaluate(&outcome.quantised, test, self.config.threads)).transpose();
        let dataset = || self.dataset.name.clone();
        let measured = measured.map_err(|error| Error::Evaluate { dataset: dataset(), part: "test", error })?;
        outcome.meta.data_folder.clone_from(&self.data_folder);
        let mut history = training_history(job, &outcome, measured.as_ref());
        history["digests"] = digests_json(&self.digests);
        if let Some(folder) = self.folder {
            folder.keep(job, &outcome, &history)?;
        }
        let TrainOutcome { folded, quantised, meta, .. } = outcome;
        let architecture = Architecture { own: folded.own.clone(), ..self.architecture.clone() };
        Ok((Trained { architecture, meta, folded, quantised, digested: true }, history))
    }
}

/// The network of a training that is finished, and its history.
fn kept(folder: TrainFolder<'_>) -> Result<(Trained, Value), Error> {
    let path = folder.path.join(HISTORY);
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    let history = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
    let history = history.map_err(|why| Error::Occupied(format!("{}: {why}", path.display())))?;
    match net::load(folder.path)? {
        Network::Trained(trained) => Ok((*trained, history)),
        Network::Untrained(architecture) => Err(Error::Untrained { network: architecture.name }),
        Network::Sparse(sparse) => Err(Error::NotTrained { network: sparse.name }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TrainSettings, Unheard, catalog};
    use super::*;
    use crate::data;
    use crate::progress::{Unwatched, Watch};
    use crate::train::{TrainError, TrainEvent};
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Ends a training once its state was saved twice.
    #[derive(Default)]
    struct TwoEpochs(AtomicU32);

    impl Watch<TrainEvent> for TwoEpochs {
        fn event(&self, event: &TrainEvent) {
            if matches!(event, TrainEvent::Saved(_)) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }

        fn cancelled(&self) -> bool {
            self.0.load(Ordering::Relaxed) >= 2
        }
    }

    fn few_digits() -> Dataset {
        let mut dataset = data::load("digits", &[]).unwrap();
        for part in [&mut dataset.train, &mut dataset.validation, &mut dataset.test] {
            part.labels.truncate(40);
            part.pixels.truncate(40 * part.sample_len);
        }
        dataset
    }

    #[test]
    fn a_training_that_was_stopped_ends_with_the_same_network_and_history() {
        let Ok(Network::Untrained(mut architecture)) = catalog::network("digits-mlp") else {
            panic!("it is trained now")
        };
        let asked = TrainSettings { epochs: Some(4), ..TrainSettings::default() };
        let (config, _) = asked.settle(None, &mut architecture, (1, 1)).unwrap();
        let dataset = few_digits();
        let task = |dataset, folder| TrainTask {
            architecture: &architecture,
            dataset,
            config: &config,
            start: None,
            data_folder: None,
            digests: Vec::new(),
            folder,
        };
        let whole = task(&dataset, None).run(&Unheard, &Unwatched).unwrap();
        let place = tempfile::tempdir().unwrap();
        let folder = TrainFolder { path: place.path(), resume: true, overwrite: false };
        let stopped = task(&dataset, Some(folder)).run(&Unheard, &TwoEpochs::default()).unwrap_err();
        assert!(matches!(stopped, Error::Train(TrainError::Cancelled { .. })), "{stopped}");
        let anew = TrainFolder { resume: false, ..folder };
        let refused = task(&dataset, Some(anew)).run(&Unheard, &Unwatched).unwrap_err().to_string();
        assert!(refused.contains("at epoch 2 of 4; continue it with `resume`"), "{refused}");
        // The second time it is finished already.
        for _ in 0..2 {
            let (network, history) = task(&dataset, Some(folder)).run(&Unheard, &Unwatched).unwrap();
            assert_eq!((network.quantised, history), (whole.0.quantised.clone(), whole.1.clone()));
        }
        assert!(whole.1["test_accuracy"].is_f64());
        let mut untested = dataset.clone();
        (untested.test.labels, untested.test.pixels) = (Vec::new(), Vec::new());
        let (_, history) = task(&untested, None).run(&Unheard, &Unwatched).unwrap();
        assert!(history["test_accuracy"].is_null() && history["validation_accuracy"].is_f64());
    }

    #[test]
    fn a_network_is_not_trained_over_its_own_weights() {
        let place = tempfile::tempdir().unwrap();
        let folder = TrainFolder { path: place.path(), resume: false, overwrite: true };
        let refused = folder.keeps(&place.path().join("network.json")).unwrap_err().to_string();
        assert!(refused.starts_with("out: found ") && refused.contains("the network itself"), "{refused}");
        assert!(folder.keeps(&std::env::temp_dir()).is_ok());
    }
}
