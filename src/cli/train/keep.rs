//! What is in the folder of a training already, and what a training that ends early leaves there.

use crate::cli::Failure;
use crate::cli::args::TrainOptions;
use crate::cli::progress::Ui;
use crate::train::{Job, Standing, TrainError, standing};
use std::path::Path;

/// File in the folder of a training.
pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";

/// What there is to go on with.
pub(super) enum Kept {
    /// Nothing: begin.
    Nothing,
    /// The first epochs of this training.
    Unfinished,
    /// All of this training: what to say.
    Finished(String),
}

/// Looks into the folder; refuses to lose an unfinished training, or to go on with another one.
pub(super) fn look(job: &Job<'_>, path: &Path, options: &TrainOptions, ui: &Ui) -> Result<Kept, Failure> {
    let out = options.out.display();
    match (path.exists(), options.resume) {
        (false, false) => Ok(Kept::Nothing),
        (false, true) => {
            ui.note(format!("nothing to go on with in {out}: beginning with epoch 1"));
            Ok(Kept::Nothing)
        }
        (true, true) => {
            let Standing { done, epochs, finished } = job.standing(path)?;
            if finished {
                let text = match done == epochs {
                    true => format!("the training in {out} is finished, all {epochs} epochs of it; nothing to do"),
                    false => format!("the training in {out} is finished after {done} epochs; nothing to do"),
                };
                return Ok(Kept::Finished(text));
            }
            ui.note(format!("going on after epoch {done} of {epochs}"));
            Ok(Kept::Unfinished)
        }
        (true, false) if options.overwrite => Ok(Kept::Nothing),
        (true, false) => match standing(path) {
            Ok(Standing { finished: true, .. }) => {
                ui.note(format!("the trained network in {out} will be replaced"));
                Ok(Kept::Nothing)
            }
            Ok(Standing { done, epochs, .. }) => Err(Failure(format!(
                "{out} has an unfinished training, at epoch {done} of {epochs}; go on with it by --resume, or begin anew \
                 by --overwrite"
            ))),
            Err(error) => Err(Failure(format!("{error}; begin anew by --overwrite"))),
        },
    }
}

/// Says with a training's error what of it is left.
pub(super) fn explain(error: &TrainError, kept: u32, out: &Path) -> Failure {
    let out = out.display();
    let left = match (error, kept) {
        (TrainError::Cancelled { .. } | TrainError::Diverged { .. }, 0) => "; no epoch is over yet".to_owned(),
        (TrainError::Cancelled { .. }, kept) => format!("; {out} has the state after epoch {kept}: go on by --resume"),
        (TrainError::Diverged { .. }, kept) => {
            format!("; the last good state, after epoch {kept}, is kept in {out}/{CHECKPOINT}")
        }
        _ => String::new(),
    };
    Failure(format!("{error}{left}"))
}
