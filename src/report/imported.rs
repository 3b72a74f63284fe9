//! What became of an imported graph: the report of `import`.

use super::saved::Record;
use super::sections::ImportedNetwork;
use crate::net::nir::Comparison;
use serde_json::{Map, Value, json};

/// Schema of the JSON of `import`.
pub const IMPORT_SCHEMA: &str = "spikemesh.import/1";

/// The table of `import`, with its notes.
pub fn import_text(name: &str, comparison: &Comparison, notes: &[String], width: u16) -> String {
    let notes: Vec<String> =
        notes.iter().map(|note| textwrap::fill(&format!("note: {note}"), usize::from(width))).collect();
    format!("{name}\n\n{}\n{}", ImportedNetwork::of(comparison).table().with_legend(width), notes.join("\n"))
}

/// The same for machines.
pub fn import_json(name: &str, comparison: &Comparison, notes: &[String]) -> Value {
    let mut report = Map::new();
    report.insert("schema".into(), json!(IMPORT_SCHEMA));
    report.insert("network".into(), json!(name));
    report.insert("notes".into(), json!(notes));
    ImportedNetwork::put(&ImportedNetwork::of(comparison), &mut report);
    Value::Object(report)
}
