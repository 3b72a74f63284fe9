//! Where the numbers of shipped chip files come from: every number of their structure has an entry in `facts`.

use crate::common::files_of;
use serde_json::{Value, json};
use spikemesh::units::{parse_energy, parse_power, parse_span};

/// Objects whose numbers must be covered.
const STRUCTURE: &[&str] = &["tick", "clock", "mesh", "core", "cores", "neurons", "free_running", "fixed_tick"];

/// Files that are older than facts. Who adds facts to one takes it from this list.
const NOT_YET: &[&str] = &[];

/// Whether a text is a number with a unit.
fn is_quantity(text: &str) -> bool {
    parse_span(text).is_ok() || parse_energy(text).is_ok() || parse_power(text).is_ok()
}

/// Paths of all numbers, and of texts that are quantities.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(path.to_owned()),
        Value::String(text) if is_quantity(text) => found.push(path.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| numbers(item, &format!("{path}[{i}]"), found))
        }
        Value::Object(map) => map.iter().for_each(|(name, inner)| numbers(inner, &format!("{path}.{name}"), found)),
        _ => {}
    }
}

/// Whether an entry stands for a path: it is the path, or the beginning of it up to a whole element.
fn covers(entry: &str, path: &str) -> bool {
    path.strip_prefix(entry).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Numbers of a chip file's structure that no entry covers.
pub fn uncovered(file: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for name in STRUCTURE {
        file.get(name).iter().for_each(|value| numbers(value, name, &mut found));
    }
    let entries: Vec<&String> = file["facts"].as_object().iter().flat_map(|facts| facts.keys()).collect();
    found.retain(|path| !entries.iter().any(|entry| covers(entry, path)));
    found
}

#[test]
fn this_test_sees_what_it_must() {
    let file = |facts: Value| {
        json!({
            "tick": "1 ns", "mesh": {"width": 2, "width_of_links": 3, "topology": "mesh", "host_tile": [0, 1]},
            "core": {"max_fan_in": null, "synapses": {"bits": 7}}, "fixed_tick": {"length": "2 cycles"},
            "gating": "none", "calibrations": {"a": {"costs": {"synapse": {"energy": "1 pJ"}}}}, "facts": facts,
        })
    };
    let all = [
        "tick",
        "mesh.width",
        "mesh.width_of_links",
        "mesh.host_tile[0]",
        "mesh.host_tile[1]",
        "core.synapses.bits",
        "fixed_tick.length",
    ];
    let sorted = |mut paths: Vec<String>| {
        paths.sort_unstable();
        paths
    };
    assert_eq!(sorted(uncovered(&file(json!({})))), sorted(all.map(str::to_owned).to_vec()));
    let some = json!({"tick": {}, "mesh.width": {}, "mesh.host_tile[1]": {}, "core": {}, "fixed_tick.len": {}});
    let left = ["fixed_tick.length", "mesh.host_tile[0]", "mesh.width_of_links"];
    assert_eq!(sorted(uncovered(&file(some))), left);
}

#[test]
fn every_number_of_a_shipped_chip_says_where_it_comes_from() {
    let mut wrong = Vec::new();
    for path in files_of("hw_models", "json") {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        match (NOT_YET.contains(&name.as_str()), uncovered(&file)) {
            (false, left) if !left.is_empty() => wrong.push(format!("{name} has no facts of {}", left.join(", "))),
            (true, left) if left.is_empty() => wrong.push(format!("{name} has its facts: take it from NOT_YET")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
