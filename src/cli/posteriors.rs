//! `--posteriors`: log-probabilities of classes after each frame.

use super::Failure;
use super::outputs::Outputs;
use crate::files::{FileKind, write_together};
use crate::net::Layered;
use crate::session::{Outcome, Posteriors, RunTask};
use std::path::{Path, PathBuf};

const ARRAY: FileKind = FileKind::Input { what: "an array" };

/// The files of lengths and of classes beside one of posteriors.
fn beside(path: &Path) -> [PathBuf; 2] {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    ["lengths", "labels"].map(|name| path.with_file_name(format!("{stem}_{name}.npy")))
}

/// Adds the files to those that a run writes.
pub(super) fn outputs(path: Option<&Path>, outputs: Outputs) -> Result<Outputs, Failure> {
    let Some(path) = path else { return Ok(outputs) };
    if path.extension().is_none_or(|extension| extension != "npy") {
        return Err(Failure(format!("--posteriors: {}: expected the name of an .npy file", path.display())));
    }
    let outputs = outputs.with("--posteriors", Some(&path.to_owned()), ARRAY);
    Ok(beside(path).iter().fold(outputs, |outputs, path| outputs.with("--posteriors", Some(path), ARRAY)))
}

/// Refuses a network that has no posteriors.
pub(super) fn check(path: Option<&Path>, network: &Layered) -> Result<(), Failure> {
    match path.and_then(|_| Posteriors::lacking(network)) {
        Some(why) => Err(Failure(format!("--posteriors: {why}"))),
        None => Ok(()),
    }
}

/// Says that sparse networks have none.
pub(super) fn of_sparse() -> Failure {
    Failure("--posteriors: a sparse network has no frames, expected a layered one".into())
}

/// Writes all files.
pub(super) fn write(path: &Path, outcome: &Outcome, task: &RunTask) -> Result<(), Failure> {
    let RunTask::Inferences(network, _) = task else { return Err(of_sparse()) };
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let [lengths_path, labels_path] = beside(path);
    let written = outcome.posteriors(network).and_then(|Posteriors { values, lengths, labels }| {
        write_together(folder, &[(name(path), values), (name(&lengths_path), lengths), (name(&labels_path), labels)])
    });
    written.map_err(|error| Failure(format!("{}: cannot be written: {error}", path.display())))
}
