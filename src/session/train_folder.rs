//! The folder of a training: what is already in it, and what a training leaves.

use super::error::{Error, OptionField};
use super::unfinished::{CHECKPOINT, folder_of};
use crate::files::{FileKind, write_atomically};
use crate::json::layout;
use crate::net;
use crate::report::TRAINING_SCHEMA;
use crate::train::{Standing, TrainJob, TrainOutcome, standing};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};

/// Files of a trained network, without the checkpoint and the reports.
pub const NETWORK_FILES: [&str; 2] = ["network.json", "weights.safetensors"];

/// History of a training.
pub const HISTORY: &str = "history.json";

/// Schema of histories.
pub const HISTORY_SCHEMA: &str = "spikemesh.train/1";

/// Page of `train`.
pub const TRAIN_PAGE: FileKind =
    FileKind::Marked { what: "page of this command", first: b"<!DOCTYPE html>", holds: b"content=\"spikemesh train," };

/// Reports on a trained network; a training replaces only those of an earlier one.
pub const TRAIN_REPORTS: [(&str, FileKind); 3] = [
    (HISTORY, FileKind::Json { schema: HISTORY_SCHEMA }),
    ("report.json", FileKind::Json { schema: TRAINING_SCHEMA }),
    ("report.html", TRAIN_PAGE),
];

/// The folder that a training writes to. Its checkpoint is there while the training goes on.
#[derive(Clone, Copy, Debug)]
pub struct TrainFolder<'p> {
    /// The folder.
    pub path: &'p Path,
    /// Whether an unfinished training that is in it goes on.
    pub resume: bool,
    /// Whether what is in it may be replaced.
    pub overwrite: bool,
}

impl TrainFolder<'_> {
    /// The checkpoint.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join(CHECKPOINT)
    }

    /// Refuses the folder of the network whose weights a training starts from, which may be the path of a file in it.
    ///
    /// # Errors
    /// It is that folder.
    pub fn keeps(&self, start: &Path) -> Result<(), Error> {
        let (start, own) = (folder_of(start).canonicalize(), self.path.canonicalize());
        if start.ok().zip(own.ok()).is_none_or(|(start, own)| start != own) {
            return Ok(());
        }
        let out = self.path.display();
        let problem = format!("found {out}, the network itself; its weights are still needed");
        Err(Error::field(OptionField::Out, problem))
    }

    /// The state of this training in the folder; `None` where it begins.
    ///
    /// # Errors
    /// A network or an unfinished training would be lost, or the folder is that of another training.
    pub fn standing(&self, job: &TrainJob<'_>) -> Result<Option<Standing>, Error> {
        let (path, out) = (self.checkpoint(), self.path.display());
        match (path.exists(), self.resume) {
            (true, true) => Ok(Some(job.standing(&path)?)),
            (true, false) if !self.overwrite => Err(Error::Occupied(match standing(&path) {
                Ok(Standing { finished: true, .. }) => {
                    format!("{out} has a trained network, which is not replaced without `overwrite`")
                }
                Ok(Standing { done, epochs, .. }) => format!(
                    "{out} has an unfinished training, at epoch {done} of {epochs}; continue it with `resume`, or start \
                     again with `overwrite`"
                ),
                Err(error) => format!("{error}; start again with `overwrite`"),
            })),
            (false, _) => self.refuse_files().map(|()| None),
            (true, false) => Ok(None),
        }
    }

    /// Refuses to replace files that no training has written.
    fn refuse_files(&self) -> Result<(), Error> {
        if self.overwrite {
            return Ok(());
        }
        let there = |name: &&str| self.path.join(name).exists();
        let is_another = |(name, kind): &&(&str, FileKind)| !kind.may_replace(&self.path.join(name)).unwrap_or(false);
        let others = TRAIN_REPORTS.iter().filter(is_another).map(|(name, _)| *name);
        let lost: Vec<&str> = NETWORK_FILES.into_iter().filter(there).chain(others).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let (out, lost) = (self.path.display(), lost.join(", "));
        Err(Error::Occupied(format!("{out} has {lost} already, which is not replaced without `overwrite`")))
    }

    /// Writes the network of a training and its history, in place of those of an earlier one, and marks the checkpoint as
    /// finished.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn keep(&self, job: &TrainJob<'_>, outcome: &TrainOutcome, history: &Value) -> Result<(), Error> {
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Unwritable { path, error }
        };
        let TrainOutcome { folded, quantised, meta, .. } = outcome;
        self.forget_reports().map_err(unwritable(self.path))?;
        net::save_trained(self.path, job.architecture, meta, folded, quantised).map_err(unwritable(self.path))?;
        let path = self.path.join(HISTORY);
        write_atomically(&path, (layout(history) + "\n").as_bytes()).map_err(unwritable(&path))?;
        Ok(job.finish(&self.checkpoint())?)
    }

    /// Removes the reports on an earlier network, so that they never stand next to another one.
    fn forget_reports(&self) -> io::Result<()> {
        for (name, kind) in TRAIN_REPORTS {
            let path = self.path.join(name);
            if path.is_file() && kind.may_replace(&path)? {
                std::fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}
