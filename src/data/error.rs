//! Errors of loading data sets. Texts only: nothing here reads files.

use std::path::{Path, PathBuf};

/// A data set that cannot be loaded. Nothing of it is usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither a registered name nor a folder.
    #[error(
        "unknown data set \"{name}\"; known: {registered}, or the path of a folder{hint}\n\
         (a folder holds {layouts})"
    )]
    Unknown {
        /// The name asked for.
        name: String,
        /// A guess at what was meant, or empty.
        hint: String,
        /// All registered names.
        registered: String,
        /// The layouts of folders that can be loaded.
        layouts: String,
    },
    /// Registered, but its files are not on this machine.
    #[error("data set \"{name}\" is not on this machine (looked in {looked}); to get it: {advice}")]
    Missing {
        /// The registered name.
        name: String,
        /// The folders that were searched.
        looked: String,
        /// Advice on how to get it.
        advice: String,
    },
    /// A file that breaks a rule.
    #[error("{}: {message}", file.display())]
    File {
        /// The affected file or folder.
        file: PathBuf,
        /// Text with found and allowed values.
        message: String,
    },
}

impl DataError {
    pub(super) fn file(file: &Path, message: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), message: message.into() }
    }
}
