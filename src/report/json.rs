//! The report of a run as JSON, for machines: written and read. Field names are stable: others rely on them.
//!
//! All that is written is read back, so a report can be printed and written again. What follows from the counts must
//! agree with them: a file of which only a part was changed is refused.

use super::saved::{Fields, MAX_RUN_BYTES};
use super::sections::{Found, SECTIONS, Section, Summary};
use crate::json::{Cursor, Document, FileError};
use serde_json::{Value, json};
use std::path::Path;

/// Schema name of a run's report.
pub const RUN_SCHEMA: &str = "spikemesh.run/1";

/// The order of fields, which sections share. Fields that are not here stand at the end.
const ORDER: &str = "schema chip calibration network dataset samples interrupted time_steps steps_per_inference seed \
    timing accuracy reference_accuracy mse psnr_db mismatched_samples free_running devices fixed_tick_ns overrun_steps \
    per_inference network_synaptic_operations energy_coverage energy_breakdown_pj per_layer throughput_per_second \
    average_power_mw energy_range_pj network_on_chip clock ann neurobench cores_used cores chips tiles_used placer \
    utilisation soma limit_violations unpriced untimed estimates notes origins pricing_notes sources wall_seconds threads \
    totals source_spikes spikes_per_step outputs chip_digest imported timed_with counts";

/// The place of a field in that order.
fn place(name: &str) -> usize {
    ORDER.split_whitespace().position(|known| known == name).unwrap_or(usize::MAX)
}

/// The report of a run.
pub fn run_json(summary: &Summary) -> Value {
    write(SECTIONS, summary)
}

pub(super) fn write(sections: &[&dyn Section], summary: &Summary) -> Value {
    let mut fields = Fields::new();
    fields.insert("schema".into(), json!(RUN_SCHEMA));
    sections.iter().for_each(|section| section.put(summary, &mut fields));
    let mut fields: Vec<(String, Value)> = fields.into_iter().collect();
    fields.sort_by_key(|(name, _)| place(name));
    Value::Object(fields.into_iter().collect())
}

/// Reads a saved report.
pub fn load_run(path: &Path) -> Result<Summary, FileError> {
    read_run(Document::open(path, MAX_RUN_BYTES)?)
}

/// Reads a parsed report.
pub fn read_run(document: Document) -> Result<Summary, FileError> {
    let summary = read(SECTIONS, &document);
    document.finish(summary)
}

pub(super) fn read(sections: &[&dyn Section], document: &Document) -> Option<Summary> {
    is_of_this_kind(document)?;
    let mut names = vec!["schema"];
    sections.iter().for_each(|section| section.names(&mut names));
    names.sort_by_key(|name| place(name));
    let root = document.root().object(&names)?;
    let mut summary = Summary::default();
    // All are read, so that all problems are found.
    let read: Vec<bool> = sections.iter().map(|section| section.take(&root, &mut summary)).collect();
    if read.contains(&false) {
        return None;
    }
    summary.pricing = summary.pricing.cover(&summary.tally);
    let found = Found { document, root };
    sections.iter().for_each(|section| section.check(&summary, &found));
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
