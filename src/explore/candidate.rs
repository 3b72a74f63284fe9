//! A chip that takes part, as the text of its file: values are changed before it is read.

use crate::hw::{self, Chip};
use crate::json::Document;
use crate::report::FileOrigin;

/// A chip of a comparison.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its name in rows.
    pub name: String,
    /// Name of its file in messages.
    pub file: String,
    /// The text of its file.
    pub text: String,
    /// Where it came from, if it is not built in.
    pub origin: Option<FileOrigin>,
}

impl Candidate {
    /// The chip with some values of its file changed.
    pub fn chip(&self, changes: &[(&str, &str)]) -> Result<Chip, String> {
        let mut document = Document::parse(self.file.clone(), &self.text).map_err(|error| error.to_string())?;
        hw::set_values(&mut document, changes)?;
        hw::read(document, &self.name).map_err(|error| error.to_string())
    }

    pub(super) fn names(&self, path: &str) -> Result<(), String> {
        let mut document = Document::parse(self.file.clone(), &self.text).map_err(|error| error.to_string())?;
        hw::can_set(&mut document, path)
    }

    /// A digest of what its file says.
    pub fn digest(&self) -> u64 {
        Document::parse(self.file.clone(), &self.text).map_or(0, |document| document.root().digest(&[]))
    }
}
