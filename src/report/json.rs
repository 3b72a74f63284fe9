//! The report of a run as JSON, for machines: written and read. Field names are stable: others rely on them.
//!
//! All that is written is read back, so a report can be printed and written again. What follows from the counts must
//! agree with them: a file of which only a part was changed is refused.

use super::saved::{JsonObject, MAX_RUN_BYTES};
use super::sections::{SECTIONS, SavedReport, Section, check, names, put, take};
use super::summary::Summary;
use crate::json::{Cursor, Document, FileError};
use serde_json::{Value, json};
use std::path::Path;

/// Schema name of a run's report.
#[doc(hidden)]
pub const RUN_SCHEMA: &str = "spikemesh.run/1";

/// The report of a run.
pub fn run_json(summary: &Summary) -> Value {
    write(SECTIONS, summary)
}

pub(super) fn write(sections: &[Section], summary: &Summary) -> Value {
    let mut fields = JsonObject::new();
    fields.insert("schema".into(), json!(RUN_SCHEMA));
    put(sections, summary, &mut fields);
    Value::Object(fields)
}

impl Summary {
    /// Whether two runs have the same report, apart from what may differ between equal runs: time, threads and command.
    pub fn is_same_run(&self, other: &Self) -> bool {
        let bare = |summary: &Self| {
            let mut summary = summary.clone();
            let header = &mut summary.header;
            (header.threads, header.wall_seconds, header.host) = (1, 0.0, None);
            run_json(&summary)
        };
        bare(self) == bare(other)
    }
}

/// Reads a saved report.
pub fn load_run(path: &Path) -> Result<Summary, FileError> {
    read_run(Document::open(path, MAX_RUN_BYTES)?.only_of(&["spikemesh.run"])?)
}

/// Reads a parsed report.
pub fn read_run(document: Document) -> Result<Summary, FileError> {
    let summary = read(SECTIONS, &document);
    document.finish(summary)
}

pub(super) fn read(sections: &[Section], document: &Document) -> Option<Summary> {
    is_of_this_kind(document)?;
    let root = document.root().object(&[vec!["schema"], names(sections)].concat())?;
    let mut summary = take(sections, &root)?;
    summary.pricing = summary.pricing.cover(&summary.tally);
    check(sections, &summary, &SavedReport { document, root });
    Some(summary)
}

/// A file of another kind, or of a program that saved no counts, is not told of every field that it lacks.
fn is_of_this_kind(document: &Document) -> Option<()> {
    let root = document.root();
    let fields = root.is_object().then(|| root.entries()).flatten().unwrap_or_default();
    let field = |name: &str| fields.iter().find(|(n, _)| *n == name).map(|(_, c)| c);
    let missing = |name: &str, why: &str| {
        document.problem(name, format!("missing: {why}"));
        None
    };
    let is_ours = |schema: &Cursor<'_>| schema.choice(&[RUN_SCHEMA]).map(drop);
    match (field("schema"), field("counts")) {
        _ if !root.is_object() => Some(()),
        (None, _) => missing("schema", &format!("a saved report of a run has \"{RUN_SCHEMA}\"")),
        (Some(schema), None) => {
            is_ours(schema)?;
            missing("counts", "the program that saved this report kept none; run again to have them")
        }
        (Some(schema), Some(_)) => is_ours(schema),
    }
}
