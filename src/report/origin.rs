//! Where what was run came from, where it is not what the program carries.

use super::read::read_digest;
use crate::json::Cursor;
use serde_json::{Map, Value, json};
use std::fmt;

/// What can come from a file of the user's own, by its name in files.
pub(super) const WHATS: &[&str] = &["chip", "network", "data"];

/// A file or folder that stood for a chip, a network or a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `chip`, `network` or `data`.
    pub what: &'static str,
    /// Its name in reports.
    pub name: String,
    /// The file or folder, as it was named.
    pub file: String,
    /// A digest of its contents.
    pub digest: u64,
    /// Of a file with the name of something built in: how many values differ from that.
    pub differs: Option<u64>,
}

impl Origin {
    /// Its name, with where it came from.
    pub fn label(&self) -> String {
        let Self { what: _, name, file, digest, differs } = self;
        let differs = match differs {
            None => String::new(),
            Some(0) => ", equal to the built-in".into(),
            Some(1) => ", differs from the built-in in 1 value".into(),
            Some(n) => format!(", differs from the built-in in {n} values"),
        };
        format!("{name} from {file} (digest {digest:016x}){differs}")
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.label())
    }
}

/// Origins for machines.
pub(crate) fn origins_json(origins: &[Origin]) -> Value {
    let entry = |origin: &Origin| {
        let Origin { what, name, file, digest, differs } = origin;
        let mut fields = Map::new();
        fields.insert("what".into(), json!(what));
        fields.insert("name".into(), json!(name));
        fields.insert("file".into(), json!(file));
        fields.insert("digest".into(), json!(format!("{digest:016x}")));
        fields.insert("differs_from_built_in".into(), json!(differs));
        Value::Object(fields)
    };
    origins.iter().map(entry).collect()
}

/// Reads what [`origins_json`] wrote.
pub(crate) fn read_origins(cursor: &Cursor<'_>) -> Option<Vec<Origin>> {
    let origins: Vec<Option<Origin>> = cursor.list(0..=1 << 16)?.iter().map(read).collect();
    origins.into_iter().collect()
}

fn read(cursor: &Cursor<'_>) -> Option<Origin> {
    let object = cursor.object(&["what", "name", "file", "digest", "differs_from_built_in"])?;
    let what = object.need("what").and_then(|c| c.choice(WHATS)).map(|index| WHATS[index]);
    let text = |name: &str| object.need(name).and_then(|c| c.string());
    let (name, file) = (text("name"), text("file"));
    let digest = object.need("digest").and_then(|c| read_digest(&c));
    let differs = object.maybe("differs_from_built_in").map(|c| c.whole(0..=1 << 32));
    let differs = match differs {
        None => Some(None),
        Some(found) => found.map(Some),
    };
    Some(Origin { what: what?, name: name?, file: file?, digest: digest?, differs: differs? })
}
