//! NIR graphs where the program was built without them.

use super::Failure;
use crate::data::Dataset;
use crate::json::FileError;
use crate::net::graph::Graph;
use crate::net::samples::Classifier;
use crate::net::{Origin, SparseNetwork};
use crate::report::{ImportedNetwork, OriginalClasses};
use std::path::Path;

const WITHOUT: &str = "this program was built without NIR (feature \"nir\")";

pub(super) fn in_options(text: &str) -> String {
    text.to_owned()
}

pub(super) fn check(file: &Path) -> Result<String, FileError> {
    Err(FileError::single(file.display().to_string(), "", WITHOUT))
}

pub(super) fn compare(_: &Origin, _: &SparseNetwork, _: &Graph) -> Result<ImportedNetwork, Failure> {
    Err(Failure(WITHOUT.into()))
}

pub(super) fn original(
    _: &Origin,
    _: &SparseNetwork,
    _: (&Classifier, &Dataset),
    _: &[u32],
    _: usize,
) -> Result<Option<OriginalClasses>, Failure> {
    Err(Failure(WITHOUT.into()))
}
