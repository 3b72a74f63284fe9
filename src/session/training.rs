//! The trained form of a network: from a cache, from the library, or trained now.

use super::error::Error;
use super::follow::Follow;
use super::memory::check_memory;
use super::owner::{make_folder, stranger};
use super::shipped;
use crate::data::Dataset;
use crate::digest::Digest;
use crate::files::FolderLock;
use crate::net::{self, Architecture, Network, Trained};
use crate::train::{Config, REVISION, TrainJob, TrainOutcome};
use std::path::{Path, PathBuf};

/// Cache of trained networks.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The folder, or why there is none.
    pub folder: Result<PathBuf, String>,
}

impl Cache {
    /// The folder, if there is one; a note says why there is none.
    pub fn told(&self, follow: &dyn Follow) -> Option<&Path> {
        self.folder.as_deref().inspect_err(|why| follow.note(why)).ok()
    }
}

/// A training whose network may already exist.
#[derive(Clone, Copy)]
pub struct Training<'a> {
    /// Network to train.
    pub architecture: &'a Architecture,
    /// Data set.
    pub dataset: &'a Dataset,
    /// Settings.
    pub config: &'a Config,
    /// Cache of trained networks.
    pub cache: &'a Cache,
    /// Observer of notes and trainings.
    pub follow: &'a dyn Follow,
}

impl Training<'_> {
    /// The trained form of the network: from the cache, or trained now and then cached.
    pub fn trained(&self) -> Result<Trained, Error> {
        if let Some(trained) = self.kept() {
            return Ok(trained);
        }
        let Self { architecture, dataset, config, cache, follow } = *self;
        let job =
            TrainJob { architecture, dataset, config, start: None, checkpoint: None, started: None, resume: false };
        job.check()?;
        check_memory(&job, follow)?;
        let (epochs, threads) = (config.epochs, config.threads);
        follow
            .note(&format!("training {} on {} ({epochs} epochs, {threads} threads)", architecture.name, dataset.name));
        let outcome = {
            let _span = tracing::info_span!("train", network = architecture.name).entered();
            job.run(&*follow.training())?
        };
        // An unusable cache was reported when it was looked for.
        if let Ok(cache) = &cache.folder
            && let Err(why) = self.keep(cache, &outcome)
        {
            follow.note(&format!("the trained network is not kept: {why}"));
        }
        let TrainOutcome { folded, quantised, meta, .. } = outcome;
        let architecture = Architecture { own: folded.own.clone(), ..architecture.clone() };
        Ok(Trained { architecture, meta, folded, quantised, digested: true })
    }

    /// The trained form of the network if no training is needed: from the cache, or from the library.
    pub fn kept(&self) -> Option<Trained> {
        let Self { architecture, dataset, config, cache, follow } = *self;
        let folder = cache.told(follow).map(|cache| cache.join(self.entry()));
        if let Some(trained) = folder.and_then(|folder| self.cached(&folder)) {
            return Some(trained);
        }
        let trained = shipped::find(architecture, dataset.trained_as(), config)?;
        follow.note(&format!("using the trained {} that comes with the program", architecture.name));
        Some(trained)
    }

    /// Stores a network in the cache; another process that writes the same folder writes the same network.
    fn keep(&self, cache: &Path, outcome: &TrainOutcome) -> Result<(), String> {
        let unwritable = |path: &Path, error| format!("{}: cannot be written: {error}", path.display());
        make_folder(cache).map_err(|error| unwritable(cache, error))?;
        let folder = cache.join(self.entry());
        let _lock = FolderLock::take(&folder).map_err(|error| error.to_string())?;
        let TrainOutcome { folded, quantised, meta, .. } = outcome;
        net::save_trained(&folder, self.architecture, meta, folded, quantised)
            .map_err(|error| unwritable(&folder, error))
    }

    /// The trained network in a folder of the cache: it must belong to this user, and its weights to it.
    fn cached(&self, folder: &Path) -> Option<Trained> {
        let (network, follow) = (folder.join("network.json"), self.follow);
        if !network.is_file() {
            return None;
        }
        if let Some(why) = [folder, &network].into_iter().find_map(stranger) {
            follow.note(&format!("training again, because the kept network may be anybody's: {why}"));
            return None;
        }
        match net::load(folder) {
            Ok(Network::Trained(mut trained)) if trained.digested => {
                follow.note(&format!("using the trained network in {}", folder.display()));
                // The folder's name is internal to the cache; reports are the same as when the network was trained.
                trained.architecture.name.clone_from(&self.architecture.name);
                Some(*trained)
            }
            // Written by an earlier version: its weights may be those of another training.
            Ok(_) => None,
            Err(error) => {
                follow.note(&format!("training again, because the kept network is damaged: {error}"));
                None
            }
        }
    }

    /// The folder in the cache: a name for everything that a training depends on. Threads are left out.
    fn entry(&self) -> String {
        let mut digest = Digest::new("spikemesh.trained-network/2");
        digest.add(&(env!("CARGO_PKG_VERSION"), REVISION));
        digest.add(&(self.architecture, self.dataset));
        digest.add(self.config);
        format!("{}-{:016x}", self.architecture.name, digest.finish())
    }
}
