//! The JSON Schema of chip files: of whole ones, and of overlays, in which no field is required.

use super::file::whole_schema;
use super::overlay::EXTENDS;
use crate::json::{REMOVE, REPLACE};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const DEFINITIONS: &str = "$defs";
const WHOLE: &str = "WholeChip";
const OVERLAY: &str = "Overlay";
const KIND: &str = "CoreKind";
/// Before the names of definitions of overlays.
const PART: &str = "PartOf";

/// What a part of a file need not have or keep, because the base has the rest.
const RULES: [&str; 9] =
    ["required", "allOf", "if", "then", "else", "not", "minProperties", "dependentRequired", "dependentSchemas"];

/// The JSON Schema of chip files.
pub fn schema() -> Value {
    let Value::Object(mut whole) = whole_schema() else { return Value::Null };
    let mut definitions = match whole.shift_remove(DEFINITIONS) {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    let mut root = Map::new();
    for field in ["$schema", "title", "description"] {
        root.extend(whole.shift_remove(field).map(|value| (field.to_owned(), value)));
    }
    let others = others(&definitions);
    let part = |of: &Value| part_of(of, &others);
    // A kind of cores is given as an overlay of the chip's core.
    if let Some(kind) = definitions.get(KIND).map(part) {
        definitions.insert(KIND.to_owned(), kind);
    }
    let parts: Vec<(String, Value)> =
        others.iter().map(|name| (format!("{PART}{name}"), part(&definitions[name]))).collect();
    let whole = Value::Object(whole);
    definitions.extend(parts);
    definitions.insert(OVERLAY.to_owned(), part(&whole));
    definitions.insert(WHOLE.to_owned(), whole);
    let reference = |name: &str| json!({"$ref": format!("#/{DEFINITIONS}/{name}")});
    root.insert("if".to_owned(), json!({"required": [EXTENDS]}));
    root.insert("then".to_owned(), reference(OVERLAY));
    root.insert("else".to_owned(), reference(WHOLE));
    root.insert(DEFINITIONS.to_owned(), definitions.into());
    root.into()
}

/// Names of definitions that are others in overlays: those with rules, and those that refer to such.
fn others(definitions: &Map<String, Value>) -> BTreeSet<String> {
    let mut others = BTreeSet::new();
    loop {
        let changes = |(_, schema): &(&String, &Value)| part_of(schema, &others) != **schema;
        let found: BTreeSet<String> = definitions.iter().filter(changes).map(|(name, _)| name.clone()).collect();
        if found == others {
            return others;
        }
        others = found;
    }
}

/// The schema of a part of what a schema describes.
fn part_of(schema: &Value, others: &BTreeSet<String>) -> Value {
    let schema = match schema {
        Value::Object(schema) => schema,
        Value::Array(all) => return all.iter().map(|one| part_of(one, others)).collect(),
        other => return other.clone(),
    };
    let mut part = Map::new();
    for (name, value) in schema.iter().filter(|(name, _)| !RULES.contains(&name.as_str())) {
        let (name, value) = match (name.as_str(), value) {
            // Whole in a list too: lists are not merged.
            ("items" | "prefixItems" | "default" | "enum" | "const", value) => (name.as_str(), value.clone()),
            ("properties" | "patternProperties", Value::Object(all)) => {
                (name.as_str(), all.iter().map(|(field, of)| (field.clone(), part_of(of, others))).collect())
            }
            ("oneOf", all) => ("anyOf", part_of(all, others)),
            ("$ref", Value::String(to)) => {
                let of = to.rsplit('/').next().unwrap_or_default();
                let to = if others.contains(of) { format!("#/{DEFINITIONS}/{PART}{of}") } else { to.clone() };
                ("$ref", to.into())
            }
            (name, value) => (name, part_of(value, others)),
        };
        part.insert(name.to_owned(), value);
    }
    if schema.get("type").is_some_and(|kind| kind == "object") {
        let fields = part.entry("properties").or_insert_with(|| json!({}));
        fields[REMOVE] = json!({
            "description": "Fields of the base's object to leave out.", "type": "array", "items": {"type": "string"},
        });
        fields[REPLACE] = json!({
            "description": "Take this object as it is, with nothing of the base's object.", "const": true,
        });
    }
    part.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_valid(file: &Value) -> bool {
        jsonschema::draft202012::new(&schema()).unwrap().is_valid(file)
    }

    #[test]
    fn an_overlay_needs_no_field_and_a_whole_file_all() {
        let mut file = json!({"extends": "loihi", "mesh": {"width": 4}, "core": {"synapses": {"bits": 8192}}});
        file["calibrations"] =
            json!({"silicon_fit": {"$remove": ["barrier"], "costs": {"soma_access": {"energy": null}}}});
        assert!(is_valid(&file));
        for (path, value) in [
            ("/mesh/width", json!(-4)),
            ("/mesh", json!({"widht": 4})),
            ("/calibrations/silicon_fit/$remove", json!("barrier")),
            ("/calibrations/silicon_fit/costs/soma_access", json!({"energy": "4 pW"})),
        ] {
            let mut wrong = file.clone();
            *wrong.pointer_mut(path).unwrap() = value;
            assert!(!is_valid(&wrong), "{path}");
        }
        file.as_object_mut().unwrap().remove("extends");
        assert!(!is_valid(&file));
    }
}
