//! Contents of a training's folder: what is already in it, and what a training leaves.

use crate::cli::Failure;
use crate::cli::args::TrainOptions;
use crate::cli::outputs::TRAIN_PAGE;
use crate::cli::progress::Ui;
use crate::files::FileKind;
use crate::report::TRAINING_SCHEMA;
use crate::session::CHECKPOINT;
use crate::train::{Standing, TrainError, TrainJob, standing};
use std::io;
use std::path::Path;

/// Files of a trained network, without the checkpoint and the reports.
pub(super) const NETWORK: &str = "network.json";
pub(super) const WEIGHTS: &str = "weights.safetensors";
pub(super) const HISTORY: &str = "history.json";
pub(super) const HISTORY_SCHEMA: &str = "spikemesh.train/1";
/// Reports on a trained network; a training replaces only those of an earlier one.
pub(super) const REPORTS: [(&str, FileKind); 3] = [
    (HISTORY, FileKind::Json { schema: HISTORY_SCHEMA }),
    ("report.json", FileKind::Json { schema: TRAINING_SCHEMA }),
    ("report.html", TRAIN_PAGE),
];

/// State of the folder.
pub(super) enum Kept {
    /// Nothing.
    Nothing,
    /// The first epochs of this training.
    Unfinished,
    /// All of this training, with a message.
    Finished(String),
}

/// Inspects the folder; refuses to lose a network or an unfinished training, or to continue another one.
pub(super) fn look(job: &TrainJob<'_>, path: &Path, options: &TrainOptions, ui: &Ui) -> Result<Kept, Failure> {
    let out = options.out.display();
    match (path.exists(), options.resume) {
        (true, true) => {
            let Standing { done, epochs, finished, .. } = job.standing(path)?;
            if finished {
                let text = match done == epochs {
                    true => format!("the training in {out} is finished, all {epochs} epochs of it; nothing to do"),
                    false => format!("the training in {out} is finished after {done} epochs; nothing to do"),
                };
                return Ok(Kept::Finished(text));
            }
            ui.note(format!("continuing after epoch {done} of {epochs}"));
            Ok(Kept::Unfinished)
        }
        (true, false) if !options.replace.overwrite => match standing(path) {
            Ok(Standing { finished: true, .. }) => {
                Err(Failure(format!("{out} has a trained network, which is not replaced without --overwrite")))
            }
            Ok(Standing { done, epochs, .. }) => Err(Failure(format!(
                "{out} has an unfinished training, at epoch {done} of {epochs}; continue it with --resume, or start again \
                 with --overwrite"
            ))),
            Err(error) => Err(Failure(format!("{error}; start again with --overwrite"))),
        },
        (false, resume) => {
            refuse_files(options)?;
            if resume {
                ui.note(format!("nothing to resume in {out}: starting with epoch 1"));
            }
            Ok(Kept::Nothing)
        }
        (true, false) => Ok(Kept::Nothing),
    }
}

/// Refuses to replace files that no training has written.
fn refuse_files(options: &TrainOptions) -> Result<(), Failure> {
    if options.replace.overwrite {
        return Ok(());
    }
    let there = |name: &&str| options.out.join(name).exists();
    let others = REPORTS.iter().filter(|(name, kind)| !kind.may_replace(&options.out.join(name)).unwrap_or(false));
    let lost: Vec<&str> = [NETWORK, WEIGHTS].into_iter().filter(there).chain(others.map(|(name, _)| *name)).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let out = options.out.display();
    Err(Failure(format!("{out} has {} already, which is not replaced without --overwrite", lost.join(", "))))
}

/// Removes the reports on an earlier network, so that they never stand next to another one.
pub(super) fn forget_reports(folder: &Path) -> io::Result<()> {
    for (name, kind) in REPORTS {
        let path = folder.join(name);
        if path.is_file() && kind.may_replace(&path)? {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Adds to a training's error what is left of it.
pub(super) fn explain(error: &TrainError, kept: u32, out: &Path) -> Failure {
    let out = out.display();
    let left = match (error, kept) {
        (TrainError::Cancelled { .. } | TrainError::Diverged { .. }, 0) => "; no epoch is over yet".to_owned(),
        (TrainError::Cancelled { .. }, kept) => {
            format!("; {out} has the state after epoch {kept}: continue with --resume")
        }
        (TrainError::Diverged { .. }, kept) => {
            format!("; the last good state, after epoch {kept}, is kept in {out}/{CHECKPOINT}")
        }
        _ => String::new(),
    };
    Failure(format!("{error}{left}"))
}
