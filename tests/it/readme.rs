//! Tables of fields in README are those of the schemas, so that a field is described once.
//!
//! A table stands between `<!-- fields of KIND/POINTER -->`, with a kind of `spikemesh check --schema` and a JSON pointer into
//! that schema, and `<!-- end -->`. With `SPIKEMESH_README=write` the test writes the tables.

use crate::bench::Bench;
use crate::common::repository;
use serde_json::Value;

const BEGIN: &str = "<!-- fields of ";
const END: &str = "<!-- end -->";

/// The fields of an object; of alternatives those that all have, as the first describes them.
fn fields(object: &Value) -> Vec<(&String, &Value)> {
    let alternatives = object["oneOf"].as_array().map_or(std::slice::from_ref(object), Vec::as_slice);
    let properties = |one: &'_ Value, name: &str| one["properties"].get(name).is_some();
    let first = alternatives[0]["properties"].as_object().unwrap();
    first.iter().filter(|(name, _)| alternatives.iter().all(|one| properties(one, name))).collect()
}

fn table(object: &Value) -> String {
    let row = |(name, field): (&String, &Value)| {
        let about = field["description"].as_str().unwrap().replace('|', "\\|");
        let default = field.get("default").map_or(String::new(), |value| format!(" [{value}]"));
        format!("| `{name}` | {about}{default} |\n")
    };
    let rows: String = fields(object).into_iter().map(row).collect();
    format!("\n| field | meaning [default] |\n|---|---|\n{rows}\n")
}

#[test]
fn tables_of_fields_are_those_of_the_schemas() {
    let (path, bench) = (repository("README.md"), Bench::new());
    let text = std::fs::read_to_string(&path).unwrap();
    let mut parts = text.split(BEGIN);
    let mut expected = parts.next().unwrap().to_owned();
    let mut tables = 0;
    for part in parts {
        let (place, rest) = part.split_once(" -->").unwrap();
        let (kind, pointer) = place.split_once('/').unwrap();
        let schema: Value = serde_json::from_str(&bench.succeed(&["check", "--schema", kind])).unwrap();
        let object = schema.pointer(&format!("/{pointer}")).unwrap_or_else(|| panic!("{place} is not in the schema"));
        let (_, after) = rest.split_once(END).expect("a table ends");
        expected += &format!("{BEGIN}{place} -->\n{}{END}{after}", table(object));
        tables += 1;
    }
    assert!(tables > 0, "README has no table of fields");
    if std::env::var("SPIKEMESH_README").is_ok_and(|wish| wish == "write") {
        std::fs::write(&path, &expected).unwrap();
    } else if expected != text {
        let wrong = expected.lines().find(|line| !text.contains(line)).unwrap_or_default();
        panic!("README differs; SPIKEMESH_README=write writes:\n{wrong}");
    }
}
