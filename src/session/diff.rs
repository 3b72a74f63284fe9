//! What differs between two runs, with the values of their chips' files where these are known.

use super::catalog::{self, NamedChipFile, as_argument};
use crate::hw;
use crate::json::{Document, OverlayChange};
use crate::report::{ChipValue, DiffError, RunDiff, Summary};
use serde_json::Value;
use std::path::Path;

/// What differs between two runs, such as saved ones. Values of the chips' files are compared where both files are still those
/// that the runs used.
pub fn diff(before: &Summary, after: &Summary) -> Result<RunDiff, DiffError> {
    let chips =
        (before.structure != after.structure || before.chip != after.chip).then(|| chip_values([before, after]));
    RunDiff::of(before, after, chips.unwrap_or(Some(Vec::new())))
}

/// Values of the chips that differ, without those that say where values are from; `None` where a file that a run used is
/// not there any more, or values were set beside it.
fn chip_values(both: [&Summary; 2]) -> Option<Vec<ChipValue>> {
    const TEXTS: [&str; 8] =
        ["facts", "sources", "structure_sources", "estimates", "description", "name", "format", "$schema"];
    let [before, after] = both.map(chip_file);
    let (before, after) = (before?, after?);
    let is_value = |change: &OverlayChange| {
        let top = change.path.split('.').next().unwrap_or_default();
        !TEXTS.contains(&top)
            && !matches!(change.path.rsplit('.').next(), Some("source" | "kind" | "latency_kind" | "note"))
    };
    let value = |OverlayChange { path, before, after }| ChipValue {
        path,
        values: [before, after].map(|value| value.map(brief)),
    };
    Some(before.changes_to(&after).into_iter().filter(is_value).map(value).collect())
}

/// The contents of the chip file that a run used.
fn chip_file(run: &Summary) -> Option<Document> {
    let origin = run.header.origins.iter().find(|origin| origin.what == "chip");
    let argument = origin.map_or_else(|| run.chip.clone(), |origin| as_argument(Path::new(&origin.file)));
    let open = || catalog::chip_file(&argument).ok();
    let NamedChipFile { document, name, .. } = open()?;
    let is_same = hw::read(document, &name).is_ok_and(|chip| chip.structure() == run.structure);
    open().filter(|_| is_same).map(|file| file.document)
}

fn brief(value: Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => text,
        other => other.to_string(),
    }
}
