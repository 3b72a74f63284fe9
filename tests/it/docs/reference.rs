//! Tables of fields are those of the schemas, so that a field is described once.
//!
//! A table is between `<!-- fields of KIND/POINTER -->`, with a kind of `spikemesh check --schema` and a JSON pointer into that
//! schema, and `<!-- end -->`. Every record of a schema has its table on a page.

use super::{pages, writes};
use crate::bench::Bench;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

const BEGIN: &str = "<!-- fields of ";
const END: &str = "<!-- end -->";
const KINDS: [&str; 4] = ["chip", "network", "sparse", "mapping"];

fn alternatives(object: &Value) -> &[Value] {
    object["oneOf"].as_array().map_or(std::slice::from_ref(object), Vec::as_slice)
}

fn fields(object: &Value) -> &Map<String, Value> {
    object["properties"].as_object().expect("a record")
}

/// The values that a field takes, in words.
fn values(field: &Value) -> String {
    if let Some(name) = field["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/").trim_start_matches("PartOf");
        return if ["Time", "TimeNotZero", "Power", "Energy"].contains(&name) { "text" } else { name }.to_owned();
    }
    if !field["const"].is_null() {
        return format!("`{}`", field["const"]);
    }
    if let Some(words) = field["enum"].as_array() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    let any = field["anyOf"].as_array().or(field["oneOf"].as_array());
    if let Some(any) = any.filter(|_| field["properties"].is_null()) {
        let mut all: Vec<String> = Vec::new();
        any.iter().map(values).filter(|one| !one.is_empty()).for_each(|one| {
            if !all.contains(&one) {
                all.push(one);
            }
        });
        return all.join(", or ");
    }
    let of_type = |name: &str| match name {
        "array" if field["items"].is_object() => format!("list of {}", values(&field["items"])),
        "array" => "list".to_owned(),
        "string" => "text".to_owned(),
        "boolean" => "`true`, `false`".to_owned(),
        "object" if field["additionalProperties"].is_object() => {
            format!("names, each with {}", values(&field["additionalProperties"]))
        }
        "object" => "object".to_owned(),
        "null" => "`null`".to_owned(),
        other => other.to_owned(),
    };
    match &field["type"] {
        Value::String(name) => of_type(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(of_type).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    }
}

fn table(object: &Value, left_out: &[&str]) -> String {
    let needed = object["required"].as_array().map_or(&[][..], Vec::as_slice);
    let row = |(name, field): (&String, &Value)| {
        // Brackets could be links.
        let about = field["description"].as_str().unwrap_or_default().replace('|', "\\|").replace('[', "\\[");
        let default = field.get("default").map_or(String::new(), |value| format!(" Default: `{value}`."));
        let is_needed = if needed.iter().any(|one| one == name) { "yes" } else { "" };
        format!("| `{name}` | {is_needed} | {} | {about}{default} |\n", values(field).replace('|', "\\|"))
    };
    let shown = fields(object).iter().filter(|(name, _)| !left_out.contains(&name.as_str()));
    let rows: String = shown.map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("| field | needed | value | meaning |\n|---|---|---|---|\n{rows}\n")
}

/// The fields of a record; of alternatives first those that all have, then those of each.
fn tables(object: &Value) -> String {
    let all = alternatives(object);
    if all.len() < 2 {
        return format!("\n{}", table(&all[0], &[]));
    }
    let in_all =
        |name: &&String| all.iter().all(|one| fields(one).get(name.as_str()) == fields(&all[0]).get(name.as_str()));
    let shared: Vec<&str> = fields(&all[0]).keys().filter(in_all).map(String::as_str).collect();
    let mut text = String::from("\n");
    let others: Vec<&str> = fields(&all[0]).keys().map(String::as_str).filter(|name| !shared.contains(name)).collect();
    text += &table(&all[0], &others);
    for one in all {
        let own = table(one, &shared);
        let tag = fields(one).iter().find(|(_, field)| !field["const"].is_null());
        let (name, word) = tag.map(|(name, field)| (name.as_str(), &field["const"])).expect("a tag");
        let own: String =
            own.lines().filter(|line| !line.starts_with(&format!("| `{name}` |"))).map(|l| format!("{l}\n")).collect();
        let nothing = own.lines().count() < 3;
        text += &match nothing {
            true => format!("With `\"{name}\": {word}`: nothing else.\n\n"),
            false => format!("With `\"{name}\": {word}`:\n\n{own}\n"),
        };
    }
    text.trim_end().to_owned() + "\n\n"
}

#[test]
fn tables_of_fields_are_those_of_the_schemas() {
    let bench = Bench::new();
    let schema = |kind: &str| -> Value { serde_json::from_str(&bench.succeed(&["check", "--schema", kind])).unwrap() };
    let schemas: Vec<(&str, Value)> = KINDS.iter().map(|kind| (*kind, schema(kind))).collect();
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for (kind, schema) in &schemas {
        let is_record = |(_, def): &(&String, &Value)| alternatives(def)[0]["properties"].is_object();
        let records = schema["$defs"].as_object().into_iter().flatten().filter(is_record);
        // Parts of records are those of overlays, which have the same fields.
        let own = records.map(|(name, _)| name).filter(|name| !name.starts_with("PartOf") && *name != "Overlay");
        missing.extend(own.map(|name| format!("{kind}/$defs/{name}")));
        if schema["properties"].is_object() {
            missing.insert((*kind).to_owned());
        }
    }
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let mut parts = text.split(BEGIN);
        let mut expected = parts.next().unwrap().to_owned();
        for part in parts {
            let (place, rest) = part.split_once(" -->").unwrap();
            missing.remove(place);
            let (kind, pointer) = place.split_once('/').map_or((place, String::new()), |(k, p)| (k, format!("/{p}")));
            let (_, schema) = schemas.iter().find(|(name, _)| *name == kind).expect(place);
            let object = schema.pointer(&pointer).unwrap_or_else(|| panic!("{place} is not in the schema"));
            let (_, after) = rest.split_once(END).expect("a table ends");
            expected += &format!("{BEGIN}{place} -->\n{}{END}{after}", tables(object));
        }
        if writes() && expected != text {
            std::fs::write(&page, &expected).unwrap();
        } else if expected != text {
            let line = expected.lines().find(|line| !text.contains(line)).unwrap_or_default();
            wrong.push(format!("{}: SPIKEMESH_DOCS=write writes\n{line}", page.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(missing.is_empty(), "on no page: {missing:?}");
}
