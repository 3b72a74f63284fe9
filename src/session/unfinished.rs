//! Folders in which a training was stopped, for readers of the network of such a folder.

use super::error::Error;
use crate::train::{Standing, standing};
use std::path::{Path, PathBuf};

/// Checkpoint file in the folder of a training.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

/// The folder of a network given by its folder or its file.
pub fn folder_of(network: &Path) -> PathBuf {
    match network.is_dir() {
        true => network.to_owned(),
        false => network.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned(),
    }
}

/// Replaces the error on a missing network if its training was stopped.
pub fn unfinished(network: &Path) -> Option<Error> {
    let is_its_file = network.is_dir() || network.file_name().is_some_and(|name| name == "network.json");
    let folder = folder_of(network);
    let checkpoint = is_its_file.then(|| folder.join(CHECKPOINT))?;
    if !checkpoint.exists() && folder.is_dir() && !folder.join("network.json").exists() {
        return Some(Error::NoNetwork { folder });
    }
    let standing = standing(&checkpoint).ok().filter(|standing| !standing.finished)?;
    Some(Error::Unfinished { folder, standing: Box::new(standing) })
}

/// Remark on a network whose folder has an unfinished training that will replace it.
pub(super) fn remark(network: &Path) -> Option<String> {
    let found = network.is_dir().then(|| standing(&network.join(CHECKPOINT)).ok()).flatten()?;
    let Standing { done, epochs, finished, .. } = found;
    let text = || format!("a training that is to replace this network is at epoch {done} of {epochs} in its folder");
    (!finished).then(text)
}
