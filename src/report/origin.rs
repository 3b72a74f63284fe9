//! Where what was run came from, where it is not what the program carries.

use super::saved::{AddedLater, HexDigest, LeftOut, Restore, Save, any_text, record, word};
use crate::json::Cursor;
use serde_json::{Value, json};
use std::fmt;

record! {
    /// A file or folder that stood for a chip, a network or a data set.
    #[derive(Eq)]
    pub struct FileOrigin {
        /// `chip`, `network` or `data`.
        pub what: &'static str = word(&["chip", "network", "data"]),
        /// Its name in reports.
        pub name: String = any_text,
        /// The file or folder, as it was named.
        pub file: String = any_text,
        /// A digest of its contents.
        pub digest: u64 = HexDigest,
        /// Of a file with the name of something built in: how many values differ from that.
        pub differs: Option<u64> as "differs_from_built_in" = AddedLater(Restore::load, None),
        /// Of a chip file that extends another: that one.
        pub extends: Option<String> = LeftOut,
        /// Of such a file: how many values it changes.
        pub changes: Option<u64> = LeftOut,
    }
}

/// A kind of what a command reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A chip.
    Chip,
    /// A network.
    Network,
    /// A data set.
    Data,
    /// All that the rows of a comparison depend on.
    Comparison,
}

impl SourceKind {
    const NAMES: &'static [&'static str] = &["chip", "network", "data", "comparison"];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

record! {
    /// A digest of the contents of something that was read, built in or not.
    #[derive(Eq)]
    pub struct ContentDigest {
        /// `chip`, `network`, `data` or `comparison`.
        pub what: &'static str = word(SourceKind::NAMES),
        /// Its name.
        pub name: String = any_text,
        /// The digest, with all that was changed on the command line.
        pub digest: u64 = HexDigest,
    }
}

/// Digests as reports have them.
#[doc(hidden)]
pub fn digests_json(digests: &[ContentDigest]) -> Value {
    digests.iter().map(Save::save).collect()
}

/// The program and its version.
const MADE_BY: &str = concat!("spikemesh ", env!("CARGO_PKG_VERSION"));

/// Fields of what may differ between equal runs.
const VARIES: [&str; 3] = ["threads", "wall_seconds", "samples_per_second"];

/// A report with its making: the program, digests of what was read, and how it was started.
#[doc(hidden)]
pub fn with_making(report: &Value, digests: &[ContentDigest], command: &str) -> Value {
    let mut report = report.clone();
    let Some(fields) = report.as_object_mut() else { return report };
    let mut host = json!({"command": command});
    for name in VARIES {
        if let Some(value) = fields.get(name) {
            host[name] = value.clone();
        }
    }
    fields.entry("made_by").or_insert_with(|| json!(MADE_BY));
    fields.insert("digests".into(), digests_json(digests));
    fields.insert("host".into(), host);
    report
}

impl FileOrigin {
    /// Its name, with where it came from.
    pub fn label(&self) -> String {
        let Self { what: _, name, file, digest, differs, extends, changes } = self;
        let extends = extends.as_ref().map_or(String::new(), |base| {
            let changes = match changes {
                Some(1) => ", changes 1 value".into(),
                Some(n) => format!(", changes {n} values"),
                None => String::new(),
            };
            format!(", extends {base}{changes}")
        });
        let differs = match differs {
            None => String::new(),
            Some(0) => ", equal to the built-in".into(),
            Some(1) => ", differs from the built-in in 1 value".into(),
            Some(n) => format!(", differs from the built-in in {n} values"),
        };
        format!("{name} from {file}{extends} (digest {digest:016x}){differs}")
    }
}

impl fmt::Display for FileOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.label())
    }
}

pub(crate) fn origins_json(origins: &[FileOrigin]) -> Value {
    origins.iter().map(Save::save).collect()
}

pub(crate) fn read_digests(cursor: &Cursor<'_>) -> Option<Vec<ContentDigest>> {
    Restore::load(cursor)
}

pub(crate) fn read_origins(cursor: &Cursor<'_>) -> Option<Vec<FileOrigin>> {
    Restore::load(cursor)
}
