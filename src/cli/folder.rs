//! How a training was started, and how it goes on after a stop.

use crate::train::{Standing, Started};
use std::path::Path;

pub(super) fn goes_on(folder: &Path, standing: &Standing) -> String {
    let name = folder.display();
    let started = standing.started.clone();
    started.map_or(format!("the same command as before and --resume (--out {name})"), how)
}

/// The command that continues the training, and the folder it was given in if that is not the current one.
fn how(Started { command, folder }: Started) -> String {
    let here = std::env::current_dir().is_ok_and(|here| here == Path::new(&folder));
    if here { command } else { format!("{command}  (in {folder})") }
}

/// The command of this process, if it trains, in the form that continues it after a stop.
pub(super) fn started() -> Option<Started> {
    /// Longer commands are not stored.
    const MOST: usize = 1 << 14;
    let words: Option<Vec<String>> = std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let words = words?.into_iter().filter(|word| !matches!(word.as_str(), "--resume" | "--overwrite"));
    let words: Vec<String> = words.map(|word| quoted(&word)).collect();
    let command = format!("spikemesh {} --resume", words.join(" "));
    let folder = std::env::current_dir().ok()?.to_str()?.to_owned();
    (command.len() + folder.len() <= MOST).then_some(Started { command, folder })
}

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
