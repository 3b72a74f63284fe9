//! What becomes of the sources of a chip file when its values change.

use super::file::WITHOUT_FACTS;
use serde_json::{Map, Value, json};

/// The facts of a file after a change of the value at a path: those on the value go, and a new one says that it is
/// assumed, with a note on the value before.
pub(super) fn change_facts(
    facts: Option<&Value>,
    path: &str,
    after: Option<&Value>,
    note: impl Fn(&str) -> String,
) -> Map<String, Value> {
    let mut facts = facts.and_then(Value::as_object).cloned().unwrap_or_default();
    facts.retain(|fact, _| !is_within(fact, path));
    if let Some(after) = after {
        facts.insert(path.to_owned(), json!({"kind": "assumed", "note": note(&brief(after))}));
    }
    facts
}

/// The record of constants that a path leads into, and the rest of the path.
pub(super) fn constant_of<'p>(file: &Value, path: &'p str) -> Option<(&'p str, &'p str)> {
    if !["calibrations", "rest"].iter().any(|field| is_within(path, field)) {
        return None;
    }
    let mut records = path.rmatch_indices(['.', '[']).map(|(end, _)| (&path[..end], &path[end + 1..]));
    records.find(|(record, _)| at(file, record).is_some_and(|value| value.get("source").is_some()))
}

/// Whether a field of such a record is a constant, not its source.
pub(super) fn is_value(field: &str) -> bool {
    !matches!(field, "source" | "kind" | "latency_kind" | "note")
}

/// Whether a fact may give the source of the value at a path.
pub(super) fn may_have_a_fact(path: &str) -> bool {
    !WITHOUT_FACTS.iter().any(|field| is_within(path, field))
}

/// Whether a path equals another or is within it.
pub(super) fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A short form of a value, for a note.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(items) if items.len() > 4 => format!("a list of {}", items.len()),
        other => other.to_string(),
    }
}

/// A path as a JSON pointer: `mesh.host_tile[0]` as `/mesh/host_tile/0`.
pub(super) fn pointer(path: &str) -> String {
    let elements = path.split('.').flat_map(|element| element.split('['));
    elements.map(|one| format!("/{}", one.trim_end_matches(']').replace('~', "~0").replace('/', "~1"))).collect()
}

pub(super) fn at<'v>(file: &'v Value, path: &str) -> Option<&'v Value> {
    file.pointer(&pointer(path))
}
