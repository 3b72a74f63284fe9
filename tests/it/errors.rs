//! Exact error texts: `tests/golden/bad/<case>.json` must give `<case>.txt`. `UPDATE_GOLDEN=1` rewrites the texts.
//!
//! A case is a bad network file; or a chip file with some values set, `{"chip": …, "set": {pointer: value}}`; or a
//! network that does not fit, `{"map": {"chip": …, "set": …, "network": …, "limits": …}}`, where the network is a
//! sparse file, `random:…`, or `dense:` with the numbers of neurons from the input on; or a saved run of a small
//! sparse network with some values set, `{"saved": {pointer: value}}`.

use crate::common::{Draw, chip_from, files_of, plain_file, random_folded, sparse_graph};
use serde_json::Value;
use spikemesh::json::Document;
use spikemesh::map::{self, Limits, MapError};
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, QuantSpec, RandomSpec};
use std::path::Path;

/// How to go on where a network does not fit, as the command line says it.
pub const LIMITS: &str = "(--limits report maps it anyway and lists these limits)";

/// The text of the file of a case that is about one file alone.
pub fn file_of(text: &str) -> Option<String> {
    let file: Value = serde_json::from_str(text).ok()?;
    match (file.get("map"), file.get("saved"), file.get("chip")) {
        (None, None, Some(chip)) => Some(chip_text(chip.as_str().unwrap(), &file["set"])),
        (None, None, None) => Some(text.to_owned()),
        _ => None,
    }
}

/// The text of a shipped chip with some values set.
fn chip_text(name: &str, set: &Value) -> String {
    with(plain_file(name), set)
}

/// A file with some values set; fields that it lacks are added.
fn with(mut file: Value, set: &Value) -> String {
    for (pointer, value) in set.as_object().unwrap() {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = file.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {pointer}"));
        match (field.parse::<usize>(), parent.is_array()) {
            (Ok(index), true) => parent[index] = value.clone(),
            _ => parent[field] = value.clone(),
        }
    }
    file.to_string()
}

fn network(description: &Value) -> Graph {
    let Some(name) = description.as_str() else {
        return sparse_graph(description);
    };
    if RandomSpec::is_name(name) {
        return RandomSpec::parse(name).unwrap().generate().graph;
    }
    let sizes: Vec<u32> = name.strip_prefix("dense:").unwrap().split('-').map(|n| n.parse().unwrap()).collect();
    let layers: Vec<_> = sizes[1..].iter().map(|outputs| LayerSpec::dense(*outputs)).collect();
    let folded = random_folded(Shape::flat(sizes[0]), &layers, 16, 1.0, &mut Draw::new(1));
    Graph::from_layered(&folded.quantise(QuantSpec::new(4, 8)))
}

/// The error of a case.
fn error_of(name: &str, text: &str) -> String {
    let file: Option<Value> = serde_json::from_str(text).ok();
    let field = |name: &str| file.as_ref().and_then(|file| file.get(name));
    if let Some(case) = field("map") {
        let chip = case["chip"].as_str().unwrap();
        let chip = chip_from(&chip_text(chip, &case["set"])).edit().name(chip).build().unwrap();
        let limits = if case.get("limits").is_some_and(|l| l == "report") { Limits::Report } else { Limits::Enforce };
        let options = map::MappingOptions { limits, ..map::MappingOptions::default() };
        let mapped = map::arrange(&network(&case["network"]), &chip, options, None);
        let error = mapped.map(drop).expect_err(name);
        return match error {
            // What the command line adds.
            MapError::DoesNotFit { .. } => format!("{error}\n{LIMITS}"),
            _ => error.to_string(),
        };
    }
    if let Some(set) = field("saved") {
        let report = crate::saved::sparse_report();
        let document = Document::parse(format!("{name}.json"), &with(report, set)).expect(name);
        return spikemesh::report::read_run(document).map(drop).expect_err(name).to_string();
    }
    if let Some(chip) = field("chip") {
        let (chip, set) = (chip.as_str().unwrap(), field("set").unwrap());
        let document = Document::parse(format!("{chip}.json"), &chip_text(chip, set)).expect(name);
        return spikemesh::hw::read(document, chip).map(drop).expect_err(name).to_string();
    }
    let document = Document::parse(format!("{name}.json"), text);
    let read = document.and_then(|document| spikemesh::net::read(document, name, Path::new(".")));
    read.map(drop).expect_err(name).to_string()
}

#[test]
fn error_texts_are_as_recorded() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let cases = files_of("tests/golden/bad", "json");
    assert!(cases.len() >= 24, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for path in &cases {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let found = error_of(&name, &std::fs::read_to_string(path).unwrap()) + "\n";
        let golden = path.with_extension("txt");
        if update {
            std::fs::write(&golden, found).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        if found != expected {
            wrong.push(format!("{name}:\n--- expected\n{expected}--- found\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(files_of("tests/golden/bad", "txt").len(), cases.len(), "a text without its case");
}
