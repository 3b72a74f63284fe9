//! The folder of a training as other commands meet it: where one was stopped, how it goes on.

use super::Failure;
use crate::train::{Standing, Started, standing};
use std::path::{Path, PathBuf};

/// File in the folder of a training.
pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";

/// The folder of a network that is named by its folder or its file.
pub(super) fn of(network: &Path) -> PathBuf {
    match network.is_dir() {
        true => network.to_owned(),
        false => network.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned(),
    }
}

/// What to say instead of an error of reading a network, where its training was stopped.
pub(super) fn unfinished(network: &Path) -> Option<Failure> {
    let is_its_file = network.is_dir() || network.file_name().is_some_and(|name| name == "network.json");
    let folder = of(network);
    let checkpoint = is_its_file.then(|| folder.join(CHECKPOINT))?;
    if !checkpoint.exists() && folder.is_dir() && !folder.join("network.json").exists() {
        return Some(Failure(format!(
            "{}: there is no network.json in this folder; a training that is stopped in its first epoch leaves nothing",
            folder.display()
        )));
    }
    let standing = standing(&checkpoint).ok().filter(|standing| !standing.finished)?;
    let Standing { done, epochs, started, .. } = standing;
    let name = folder.display();
    let how = started.map_or(format!("the same command as before and --resume (--out {name})"), how);
    Some(Failure(format!(
        "{name}: its training stopped after epoch {done} of {epochs}, and there is no network yet; go on with: {how}"
    )))
}

/// What to say of a network whose folder has another training under way, which is to replace it.
pub(super) fn remark(network: &Path) -> Option<String> {
    let found = network.is_dir().then(|| standing(&network.join(CHECKPOINT)).ok()).flatten()?;
    let Standing { done, epochs, finished, .. } = found;
    let text =
        || format!("a training that is to replace this network stands at epoch {done} of {epochs} in its folder");
    (!finished).then(text)
}

/// The command that goes on, and where it was given if that is another place than this.
fn how(Started { command, folder }: Started) -> String {
    let here = std::env::current_dir().is_ok_and(|here| here == Path::new(&folder));
    if here { command } else { format!("{command}  (in {folder})") }
}

/// How this process was started, if it trains: the command that goes on after a stop.
pub(super) fn started() -> Option<Started> {
    /// Longer commands are not kept.
    const MOST: usize = 1 << 14;
    let words: Option<Vec<String>> = std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let words = words?.into_iter().filter(|word| !matches!(word.as_str(), "--resume" | "--overwrite"));
    let words: Vec<String> = words.map(|word| quoted(&word)).collect();
    let command = format!("spikemesh {} --resume", words.join(" "));
    let folder = std::env::current_dir().ok()?.to_str()?.to_owned();
    (command.len() + folder.len() <= MOST).then_some(Started { command, folder })
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in
            [("--epochs=3", "--epochs=3"), ("a b", "'a b'"), ("", "''"), ("it's", "'it'\\''s'"), ("$x", "'$x'")]
        {
            assert_eq!(quoted(word), expected);
        }
    }
}
