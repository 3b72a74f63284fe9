//! A chip that takes part, as the text of its file: values are changed before it is read.

use crate::hw::{self, Chip};
use crate::json::{Cursor, Document, FileError};
use crate::report::{FileOrigin, origins_json, read_origins};
use crate::session::catalog::{self, NamedChipFile};
use crate::session::{Error, OptionField};
use serde_json::{Value, json};

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
    /// A chip by name or path.
    ///
    /// # Errors
    /// All problems of its file.
    pub fn named(argument: &str) -> Result<Self, Error> {
        let found = catalog::chip_file(argument)?;
        let candidate = Self::of(&found);
        // Reports the problems of the file.
        hw::read(found.document, &found.name)?;
        Ok(candidate)
    }

    /// The chip of a file that is not read yet. An overlay has been merged with its base.
    pub fn of(NamedChipFile { document, name, origin }: &NamedChipFile) -> Self {
        let (file, text) = (document.file().to_owned(), document.value().to_string());
        Self { name: name.clone(), file, text, origin: origin.clone() }
    }

    /// Its file, as it was found.
    ///
    /// # Errors
    /// A text that is not JSON.
    pub fn file(&self) -> Result<NamedChipFile, FileError> {
        let document = Document::parse(self.file.clone(), &self.text)?;
        Ok(NamedChipFile { document, name: self.name.clone(), origin: self.origin.clone() })
    }

    /// The same with values of its file changed, which its name then says.
    ///
    /// # Errors
    /// All problems of its file and of the changes.
    pub fn changed(self, changes: &[(&str, &str)]) -> Result<Self, Error> {
        if changes.is_empty() {
            return Ok(self);
        }
        let NamedChipFile { mut document, .. } = self.file()?;
        let changed = hw::set_values(&mut document, changes);
        changed.map_err(|problem| Error::Field { field: OptionField::Set, problem })?;
        let text = document.value().to_string();
        hw::read(document, &self.name)?;
        let changes: Vec<String> = changes.iter().map(|(path, value)| format!("{path}={value}")).collect();
        let name = format!("{} with {}", self.name, changes.join(", "));
        Ok(Self { name, text, ..self })
    }

    /// As it travels to another process.
    pub fn json(&self) -> Value {
        let Self { name, file, text, origin } = self;
        json!({"name": name, "file": file, "text": text, "origins": origins_json(origin.as_slice())})
    }

    /// Reads what [`Candidate::json`] writes.
    ///
    /// # Errors
    /// All problems of the text.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        let document = Document::parse("chip", text)?;
        let candidate = Self::read(&document.root());
        document.finish(candidate)
    }

    fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let object = cursor.object(&["name", "file", "text", "origins"])?;
        let text = |name| object.need(name)?.string();
        // All problems are noted before one of them ends this.
        let (name, file, text) = (text("name"), text("file"), text("text"));
        let origins = object.need("origins").and_then(|origins| read_origins(&origins));
        Some(Self { name: name?, file: file?, text: text?, origin: origins?.into_iter().next() })
    }

    /// Distinguishes chips of the same name by their files.
    pub fn tell_apart(candidates: &mut [Self]) {
        let names: Vec<String> = candidates.iter().map(|candidate| candidate.name.clone()).collect();
        for candidate in candidates {
            let doubles = names.iter().filter(|name| **name == candidate.name).count();
            if let (true, Some(origin)) = (doubles > 1, &candidate.origin) {
                candidate.name.clone_from(&origin.file);
            }
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_candidate_travels_as_text() {
        let loihi = Candidate::named("loihi").unwrap();
        assert_eq!(Candidate::parse(&loihi.json().to_string()).unwrap(), loihi);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("loihi.json");
        std::fs::write(&path, &loihi.text).unwrap();
        let mut both = vec![loihi, Candidate::named(&path.display().to_string()).unwrap()];
        Candidate::tell_apart(&mut both);
        assert_eq!((both[0].name.as_str(), both[1].name.clone()), ("loihi", path.display().to_string()));
        assert_eq!(Candidate::parse(&both[1].json().to_string()).unwrap(), both[1]);
        let changed = Candidate::named("loihi").unwrap().changed(&[("core.max_neurons", "64")]).unwrap();
        assert_eq!(changed.name, "loihi with core.max_neurons=64");
        assert_eq!(changed.chip(&[]).unwrap().core.limits.max_neurons, 64);
        assert!(Candidate::parse("{\"name\": 1}").unwrap_err().to_string().contains("text: missing"));
    }
}
