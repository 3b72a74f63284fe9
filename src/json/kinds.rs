//! The kinds of JSON files that the program reads and writes, told apart by their first field.

use super::{Document, FileError};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFormat {
    /// What `format` or `schema` begins with.
    tag: &'static str,
    /// What the file is, as in "a chip".
    pub what: &'static str,
    /// The arguments of the program with which it is read; FILE stands for its name. Empty if nothing reads it.
    pub read_by: &'static str,
}

const fn kind(tag: &'static str, what: &'static str, read_by: &'static str) -> FileFormat {
    FileFormat { tag, what, read_by }
}

const FORMATS: &[FileFormat] = &[
    kind("spikemesh.chip", "a chip", "run --chip FILE"),
    kind("spikemesh.network", "a network", "run --network FILE"),
    kind("spikemesh.sparse", "a network", "run --network FILE"),
    kind("spikemesh.mapping", "a mapping", "run --mapping FILE"),
    kind("spikemesh.run", "a saved run", "report FILE"),
    kind("spikemesh.sweep", "a sweep", "compare --file FILE"),
    kind("spikemesh.diff", "a report of diff", ""),
    kind("spikemesh.map", "a report of map, not the mapping itself, which map --save writes", ""),
    kind("spikemesh.compare", "a report of compare", ""),
    kind("spikemesh.noc", "a report of noc", ""),
    kind("spikemesh.validate", "a report of validate", ""),
    kind("spikemesh.import", "a report of import", ""),
    kind("spikemesh.training", "a report of train", ""),
    kind("spikemesh.train", "the history of a training", ""),
];

/// The kind of a `format` or a `schema`, whatever its version.
fn of_tag(tag: &str) -> Option<&'static FileFormat> {
    let name = tag.split_once('/').map_or(tag, |(name, _)| name);
    FORMATS.iter().find(|kind| kind.tag == name)
}

/// The kind of a file of ours, from its first lines; `None` if it is none, or cannot be read.
pub fn format_of(path: &Path) -> Option<&'static FileFormat> {
    // The field is the first or the second one of every file that the program writes.
    const BEGINNING: u64 = 1 << 12;
    let mut begins = Vec::new();
    File::open(path).ok()?.take(BEGINNING).read_to_end(&mut begins).ok()?;
    let text = String::from_utf8_lossy(&begins);
    let value = |field: &str| {
        let rest = text.split_once(&format!("\"{field}\""))?.1.trim_start().strip_prefix(':')?;
        rest.trim_start().strip_prefix('"')?.split('"').next().and_then(of_tag)
    };
    value("format").or_else(|| value("schema"))
}

impl Document {
    /// Refuses a file of another kind of ours than those with the given tags. A file of no known kind has problems of its
    /// own, which its reader finds.
    pub(crate) fn only_of(self, tags: &[&str]) -> Result<Self, FileError> {
        let field = |wanted: &str| {
            let entries = self.root().is_object().then(|| self.root().entries()).flatten();
            entries.into_iter().flatten().find(|(name, _)| *name == wanted).and_then(|(_, value)| value.as_text())
        };
        let found = field("format").or_else(|| field("schema")).and_then(of_tag);
        let Some(found) = found.filter(|found| !tags.contains(&found.tag)) else { return Ok(self) };
        let expected = tags.first().and_then(|tag| of_tag(tag)).map_or("", |kind| kind.what);
        let reader = match found.read_by {
            "" => String::new(),
            command => format!("; to read it: spikemesh {}", command.replace("FILE", self.file())),
        };
        Err(FileError::single(self.file(), "", format!("expected {expected}; it is {}{reader}", found.what)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_kind_is_named() {
        let read = |text: &str, tags: &[&str]| Document::parse("f.json", text).and_then(|d| d.only_of(tags)).map(drop);
        let run = r#"{"schema": "spikemesh.run/7"}"#;
        let said = read(run, &["spikemesh.mapping"]).unwrap_err().to_string();
        assert_eq!(said, "f.json: expected a mapping; it is a saved run; to read it: spikemesh report f.json");
        assert!(read(run, &["spikemesh.run"]).is_ok());
        let network = r#"{"format": "spikemesh.sparse/1"}"#;
        assert!(read(network, &["spikemesh.network", "spikemesh.sparse"]).is_ok());
        // These are problems for the reader to find.
        for other in ["{}", "[]", r#"{"format": 3}"#, r#"{"format": "spikemesh.chips/1"}"#] {
            assert!(read(other, &["spikemesh.run"]).is_ok(), "{other}");
        }
    }

    #[test]
    fn files_are_told_apart_by_their_first_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f.json");
        let of = |text: &str| {
            std::fs::write(&path, text).unwrap();
            format_of(&path).map(|kind| kind.what)
        };
        assert_eq!(of("{\n  \"schema\" : \"spikemesh.run/1\", "), Some("a saved run"));
        assert_eq!(of(r#"{"$schema": "x", "format":"spikemesh.chip/1"}"#), Some("a chip"));
        assert_eq!(of("format"), None);
        assert_eq!(of(""), None);
    }
}
