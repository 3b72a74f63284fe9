//! JSON Schemas: what is in the repository is what the program prints, all sound files keep them, and they agree with
//! the readers on what they can say. Ranges are written once, and are not held against each other here.
//!
//! A schema cannot say: that a name stands elsewhere in the file, that a number goes with another (but for the rules that
//! it has), that a field is given twice, or how large a quantity is. And to a schema 1e18 is an integer.

use crate::common::{VALIDATORS, files_of, keeps_schema, repository, text_of};
use crate::damage::{CHIP, LAYERED, read_network, write_trained};
use crate::damage_sparse::{SPARSE, write};
use crate::errors;
use crate::mutate::{Damaged, Rules, values};
use jsonschema::Validator;
use serde_json::{Value, json};
use spikemesh::json::{Document, FileError, Problem, layout};
use spikemesh::{hw, net};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// A kind of file, by position among the validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileSchema {
    Chip,
    Network,
    Sparse,
}

use FileSchema::{Chip, Network, Sparse};

impl FileSchema {
    fn schema(self) -> Value {
        match self {
            Chip => hw::schema(),
            Network => net::layered_schema(),
            Sparse => net::sparse_schema(),
        }
    }

    /// Where its schema is in the repository, and its name on the command line.
    fn committed(self) -> (&'static str, &'static str) {
        match self {
            Chip => ("hw_models/schema/chip.json", "chip"),
            Network => ("networks/schema/network.json", "network"),
            Sparse => ("networks/schema/sparse.json", "sparse"),
        }
    }

    fn validator(self) -> &'static Validator {
        &VALIDATORS[self as usize]
    }

    /// What a file says that it is.
    fn of(file: &Value) -> Self {
        match file["format"].as_str() {
            Some(format) if format.starts_with("spikemesh.sparse") => Sparse,
            Some(format) if format.starts_with("spikemesh.chip") => Chip,
            _ => Network,
        }
    }

    fn read(self, document: Document, folder: &Path) -> Result<(), FileError> {
        match self {
            Chip => hw::read(document, "chip").map(drop),
            _ => read_network(document, folder),
        }
    }

    /// In which way files of the kind are damaged.
    fn rules(self) -> Rules {
        match self {
            Chip => CHIP,
            Network => LAYERED,
            Sparse => SPARSE,
        }
    }
}

#[test]
fn schemas_in_the_repository_are_those_of_the_program() {
    for kind in [Chip, Network, Sparse] {
        let ((path, name), schema) = (kind.committed(), kind.schema());
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{path} is no schema");
        let found = std::fs::read_to_string(repository(path)).unwrap_or_default();
        assert!(
            found == layout(&schema) + "\n",
            "{path} is not what the program prints; rewrite it: cargo run -- check --schema {name} > {path}"
        );
    }
}

#[test]
fn sound_files_keep_and_name_their_schemas() {
    let files = ["hw_models", "networks", "tests/chips"].map(|folder| files_of(folder, "json"));
    assert!(files.iter().all(|files| files.len() >= 3));
    for path in files.iter().flatten() {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        keeps_schema(FileSchema::of(&file) as usize, &file);
        let named = path.parent().unwrap().join(file["$schema"].as_str().unwrap_or_default());
        let expected = repository(FileSchema::of(&file).committed().0);
        let same = named.canonicalize().is_ok_and(|named| named == expected.canonicalize().unwrap());
        assert!(same, "{}: its $schema should be {}", path.display(), expected.display());
    }
}

#[test]
fn every_property_is_described() {
    /// Rules beside the description of a value describe nothing.
    const RULES: [&str; 7] = ["if", "then", "else", "not", "allOf", "default", "enum"];
    fn visit(schema: &Value, path: &str, found: &mut (usize, Vec<String>)) {
        for (name, inner) in schema.as_object().into_iter().flatten().filter(|(n, _)| !RULES.contains(&n.as_str())) {
            let path = format!("{path}/{name}");
            if name == "properties" {
                for (field, inner) in inner.as_object().unwrap() {
                    found.0 += 1;
                    let text = inner["description"].as_str().unwrap_or_default();
                    if text.len() < 10 || !text.ends_with(['.', ']']) && !text.ends_with('"') {
                        found.1.push(format!("{path}/{field}: \"{text}\""));
                    }
                    visit(inner, &format!("{path}/{field}"), found);
                }
            } else {
                visit(inner, &path, found);
            }
        }
        for (index, inner) in schema.as_array().into_iter().flatten().enumerate() {
            visit(inner, &format!("{path}/{index}"), found);
        }
    }
    for (kind, least) in [(Chip, 150), (Network, 35), (Sparse, 40)] {
        let mut found = (0, Vec::new());
        visit(&kind.schema(), "", &mut found);
        assert!(found.0 >= least, "{kind:?}: only {} properties", found.0);
        assert!(found.1.is_empty(), "{}", found.1.join("\n"));
    }
}

/// What a schema can say of a file, and a reader's message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    MissingField,
    UnknownField,
    WrongTypeOrRange,
    UnknownWord,
    WrongLength,
}

/// Fields that name something of the user's, or hold such names.
const NAMES: [&str; 8] =
    ["source", "default_calibration", "from", "to", "host_tile", "structure_sources", "links", "table"];
/// Fields with a value for every neuron of a population.
const BY_NEURON: [&str; 4] = ["threshold", "bias", "reset_potential", "negative_threshold"];
/// Fields whose range follows from other fields.
const SIZES: [&str; 4] = ["host_tile", "chips", "edges", "spikes"];

/// The class of a problem, unless a schema cannot know of it.
fn class(Problem { path, message }: &Problem) -> Option<Class> {
    let is_of = |names: &[&str]| path.split(['.', '[']).any(|element| names.contains(&element));
    let found = message.strip_prefix("found ").unwrap_or_default();
    let number = found.split(',').next().unwrap_or_default();
    if is_of(&NAMES) && found.starts_with('"') && found.contains(", allowed: ") {
        return None;
    }
    if (is_of(&SIZES) || is_of(&BY_NEURON)) && number.parse::<i64>().is_ok() || found.contains("of the network") {
        return None;
    }
    if is_of(&BY_NEURON) && message.starts_with("a list of ") {
        return None;
    }
    // 1e18 is an integer of JSON Schema; a reader cannot tell it from its neighbours.
    if number.parse::<i64>().is_err() && number.parse::<f64>().is_ok_and(|n| n.fract() == 0.0 && n.abs() >= 9e15) {
        return None;
    }
    // Of a quantity a schema sees how fine it is, but not how large.
    if message.ends_with("or too large") && !found.split('"').nth(1).is_some_and(|text| text.contains('.')) {
        return None;
    }
    if message == "missing" || message.starts_with("missing;") || message.contains("\" is missing; allowed") {
        Some(Class::MissingField)
    } else if message.starts_with("unknown field") {
        Some(Class::UnknownField)
    } else if message.starts_with("found ") && message.contains(", allowed: ") {
        Some(Class::UnknownWord)
    } else if message.starts_with("found ") {
        Some(Class::WrongTypeOrRange)
    } else if message.starts_with("a list of ") {
        Some(Class::WrongLength)
    } else {
        None
    }
}

/// How a file was judged.
#[derive(Default)]
struct Tally {
    refused: usize,
    classes: BTreeSet<Class>,
    /// What the schema and the reader do not agree on.
    wrong: Vec<String>,
}

impl Tally {
    /// Holds schema and reader against each other.
    fn judge(&mut self, kind: FileSchema, folder: &Path, what: &str, text: &str) {
        let (Ok(document), Ok(file)) = (Document::parse("file.json", text), serde_json::from_str::<Value>(text)) else {
            return; // A schema sees no file here.
        };
        let read = kind.read(document, folder);
        let keeps = kind.validator().is_valid(&file);
        self.refused += usize::from(!keeps);
        match read {
            Ok(()) if !keeps => {
                let error =
                    kind.validator().iter_errors(&file).next().map(|e| format!("{}: {e:.200}", e.instance_path()));
                self.wrong.push(format!("{what}: the schema alone refuses it: {}", error.unwrap_or_default()));
            }
            Err(error) => {
                let classes: BTreeSet<Class> = error.problems.iter().filter_map(class).collect();
                if keeps && !classes.is_empty() {
                    self.wrong.push(format!("{what}: the reader alone refuses it, {classes:?}: {error}"));
                }
                self.classes.extend(classes);
            }
            Ok(()) => {}
        }
    }

    fn judge_all(&mut self, kind: FileSchema, folder: &Path, name: &str, damaged: &[Damaged]) {
        damaged.iter().for_each(|d| self.judge(kind, folder, &format!("{name}: {}", d.what), &d.text));
    }

    fn assert_agreed(&self, least: usize) {
        let few: Vec<&str> = self.wrong.iter().take(40).map(String::as_str).collect();
        assert!(few.is_empty(), "{} disagreements:\n{}", self.wrong.len(), few.join("\n"));
        assert!(self.refused >= least, "only {} files were refused", self.refused);
        assert_eq!(self.classes.len(), 5, "not all classes of problems came by: {:?}", self.classes);
    }
}

/// What the rules of a chip depend on: of chips that are alike in it one is damaged.
fn shape(chip: &Value) -> String {
    let calibrations = chip["calibrations"].as_object();
    let scopes: BTreeSet<_> = calibrations.into_iter().flatten().map(|(_, table)| table["scope"].to_string()).collect();
    let stepping = ["free_running", "fixed_tick"].map(|field| chip.get(field).is_some());
    let (synapses, mesh) = (&chip["core"]["synapses"], &chip["mesh"]);
    let devices = synapses["devices"].is_object();
    format!("{} {} {devices} {stepping:?} {scopes:?}", mesh["topology"], synapses["kind"])
}

fn agree_on(kind: FileSchema, folder: &Path, files: &[(String, String)], least: usize) {
    let mut tally = Tally::default();
    for (name, text) in files {
        tally.judge(kind, folder, name, text);
        assert_eq!((tally.refused, &tally.wrong), (0, &Vec::new()), "{name} is not sound");
    }
    let mut shapes = HashSet::new();
    for (name, text) in files {
        if kind == Chip && !shapes.insert(shape(&serde_json::from_str(text).unwrap())) {
            continue;
        }
        tally.judge_all(kind, folder, name, &values(text, &kind.rules()));
    }
    tally.assert_agreed(least);
}

fn texts(folder: &str) -> Vec<(String, String)> {
    let text = |path: &std::path::PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    files_of(folder, "json").iter().map(text).collect()
}

#[test]
fn schema_and_reader_agree_on_damaged_chips() {
    // A kind of core may be whole only together with the core that it overrides, which a schema cannot see.
    let (of_kinds, plain): (Vec<_>, Vec<_>) =
        texts("tests/chips").into_iter().partition(|(_, text)| text.contains("\"cores\""));
    assert_eq!(of_kinds.len(), 1);
    let files = [plain, texts("hw_models")].concat();
    agree_on(Chip, Path::new("."), &files, 10_000);
}

#[test]
fn schema_and_reader_agree_on_damaged_layered_networks() {
    let folder = tempfile::tempdir().unwrap();
    let trained = ("trained".to_owned(), write_trained(folder.path()));
    agree_on(Network, folder.path(), &[texts("networks"), vec![trained]].concat(), 1000);
}

/// Populations of all models, with all their fields.
fn all_models() -> Value {
    let cells = |model: Value| json!({"name": model["model"], "size": 2, "threshold": 9, "bias": 0, "neuron": model});
    let with_traits = |model: Value| {
        let mut cells = cells(model);
        (cells["reset_potential"], cells["negative_threshold"]) = (json!([1, 2]), json!(3));
        cells
    };
    json!({
        "$schema": "sparse.json",
        "format": "spikemesh.sparse/1",
        "description": "all models",
        "populations": [
            cells(json!({"model": "if", "reset": "zero", "fraction_bits": 1, "membrane_bits": 20})),
            cells(json!({"model": "lif", "decay": 7, "reset": "subtract"})),
            cells(json!({"model": "loihi", "current_decay": 1, "voltage_decay": 2, "refractory": 3, "weight_exponent": -1,
                         "bias_exponent": 2})),
            with_traits(json!({"model": "truenorth", "reset": "keep", "negative": "reset", "leak_reversal": true})),
            with_traits(json!({"model": "ranc", "reset": "linear", "membrane_bits": 9})),
            cells(json!({"model": "odin", "leak": 2})),
            with_traits(json!({"model": "paicore", "reset": "linear", "negative": "saturate", "leak_reversal": false,
                               "leak_after_comparison": true})),
            with_traits(json!({"model": "cuba_lif", "current_decay": 1, "voltage_decay": 2, "reset": "absolute",
                               "fraction_bits": 1, "membrane_bits": 20})),
            cells(json!({"model": "multi_spike", "max_spikes": 3, "decay": 7, "fraction_bits": 1, "membrane_bits": 20})),
            cells(json!({"model": "speck", "reset": "subtract"})),
        ],
        "projections": [{"from": "if", "to": "lif", "edges": [[0, 1, -5, 2]]}],
    })
}

#[test]
fn schema_and_reader_agree_on_damaged_sparse_networks() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<Value> = all_models()["populations"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, net::neuron::NAMES);
    // Of populations of several models one list index stands for one model: they are files of their own here.
    let one = |population: &Value| {
        let mut file = all_models();
        file["populations"] = json!([population]);
        file["projections"] = json!([{"from": population["name"], "to": population["name"], "edges": [[0, 1, -5, 2]]}]);
        (population["name"].to_string(), file.to_string())
    };
    for population in all_models()["populations"].as_array().unwrap() {
        agree_on(Sparse, folder.path(), &[one(population)], 100);
    }
    let files =
        [("damaged".to_owned(), write(folder.path()).to_string()), ("models".to_owned(), all_models().to_string())];
    agree_on(Sparse, folder.path(), &files, 500);
}

#[test]
fn bad_files_of_the_readers_are_refused_by_the_schemas() {
    let mut tally = Tally::default();
    for path in files_of("tests/golden/bad", "json") {
        let Some(text) = errors::file_of(&std::fs::read_to_string(&path).unwrap()) else { continue };
        let Ok(file) = serde_json::from_str::<Value>(&text) else { continue };
        tally.judge(FileSchema::of(&file), Path::new("."), &path.display().to_string(), &text);
    }
    tally.assert_agreed(20);
}

#[test]
fn words_of_the_schemas_are_those_of_the_readers() {
    let chip = hw::schema();
    let costs: Vec<&String> = chip["$defs"]["Costs"]["properties"].as_object().unwrap().keys().collect();
    // Beside those of operations there are those of kinds of cores.
    assert_eq!(costs, [spikemesh::stats::Op::NAMES, &["by_core"]].concat());
    let tags = |of: &Value, tag: &str| -> Vec<Value> {
        of["oneOf"].as_array().unwrap().iter().map(|arm| arm["properties"][tag]["const"].clone()).collect()
    };
    assert_eq!(tags(&chip["$defs"]["Mesh"], "topology"), hw::topology::TopologyKind::NAMES);
    assert_eq!(tags(&net::sparse_schema()["$defs"]["Neuron"], "model"), net::neuron::NAMES);
    assert!(text_of("src/guide/chip_file.md").contains("check --schema"));
}
