//! What files say never drives the terminal: no command prints a control character, or one that hides or turns text,
//! whatever is in its files, their names or its arguments.

use crate::bench::Bench;
use crate::common::text_of;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::process::Output;

/// Characters that a terminal obeys, or that make it show something else than is there.
const HOSTILE: &[char] = &[
    '\u{1b}', '\u{7}', '\u{8}', '\r', '\u{b}', '\u{c}', '\u{e}', '\u{1}', '\u{7f}', '\u{80}', '\u{85}', '\u{9b}',
    '\u{9d}', '\u{9c}', '\u{200b}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202d}', '\u{202e}', '\u{2066}',
    '\u{2069}', '\u{feff}', '\u{61c}',
];

/// Texts with such characters among others.
fn texts() -> impl Strategy<Value = String> {
    let parts = ["]0;title", "[2J", "[31m", "a", "é", "层", "\"", "{", " ", "%", "=1", "\\"].map(str::to_owned);
    let part = prop_oneof![select(HOSTILE).prop_map(String::from), select(parts.to_vec())];
    prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat() + "\u{1b}[2J\u{202e}x")
}

fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n') || HOSTILE.contains(&c)
}

/// Checks that nothing of the kind was printed, and that what the files say was printed all the same, written out.
fn check(what: &str, output: &Output) -> Result<(), TestCaseError> {
    let printed = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()));
    let [Ok(out), Ok(err)] = printed else { return Err(TestCaseError::fail(format!("{what}: not UTF-8"))) };
    let said = out + &err;
    prop_assert!(!said.contains("panicked"), "{what}: {said}");
    prop_assert!(!said.contains(is_obeyed), "{what}: {said:?}");
    // A value of a JSON file is quoted as JSON.
    let escape = said.contains("\\u{1b}") || said.contains("\\u001b");
    prop_assert!(escape && said.contains("\\u{202e}"), "{what}: nothing of it was printed: {said}");
    Ok(())
}

fn write(bench: &Bench, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = bench.path(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// A chip whose file says a text wherever one may stand.
fn chip(text: &str) -> Value {
    let mut file: Value = serde_json::from_str(&text_of("hw_models/sram_mesh.json")).unwrap();
    for texts in ["/description", "/calibrations"] {
        replace(file.pointer_mut(texts).unwrap(), text);
    }
    file
}

/// Puts a text in place of sources and descriptions.
fn replace(value: &mut Value, text: &str) {
    match value {
        Value::String(old) if old.split_whitespace().count() > 3 => *old = text.to_owned(),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, text)),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
        _ => {}
    }
}

/// A sparse network whose populations are called so.
fn sparse(text: &str) -> Value {
    let neuron = json!({"model": "if", "reset": "zero"});
    json!({
        "format": "spikemesh.sparse/1", "description": text, "time_steps": 4,
        "populations": [
            {"name": format!("in {text}"), "size": 2, "spikes": [[1, 0], [2, 1]]},
            {"name": text, "size": 3, "threshold": 2, "bias": 1, "neuron": neuron},
        ],
        "projections": [{"from": format!("in {text}"), "to": text, "edges": [[0, 1, 3, 1]]}],
    })
}

#[test]
fn no_file_drives_the_terminal() {
    let config = Config { cases: 3, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(config, rng).run(&texts(), |text| files(&text)).unwrap();
}

fn files(text: &str) -> Result<(), TestCaseError> {
    let bench = Bench::new();
    let run = |what: &str, arguments: &[&str]| check(what, &bench.run(arguments));

    let mut field = chip("plain");
    field[format!("core {text}")] = json!(1);
    run("an unknown field", &["check", &write(&bench, "field.json", field.to_string())])?;
    let mut value = chip("plain");
    value["tick"] = json!(text);
    run("a wrong value", &["check", &write(&bench, "value.json", value.to_string())])?;
    run("a format", &["check", &write(&bench, "format.json", json!({"format": text}).to_string())])?;
    let chip = write(&bench, "chip.json", chip(text).to_string());
    run("a chip's description", &["chips", &chip])?;

    let network = write(&bench, "network.json", sparse(text).to_string());
    let json = bench.path("run.json");
    run("populations", &["run", "--network", &network, "--json", &json])?;
    run("a saved run", &["report", &json])?;
    run("a mapping", &["map", "--network", &network])?;
    run("a broken limit", &["run", "--network", &network, "--set", "core.max_neurons=1", "--set", "mesh.width=1"])?;
    run("a log", &["run", "-v", "--network", &network])?;
    run("a name of a filter", &["run", "--network", &network, "--trace", "csv=x", "--trace-filter", "layer=x"])?;
    let mut twice = sparse(text);
    twice["populations"][0]["name"] = json!(text);
    run("a name given twice", &["check", &write(&bench, "twice.json", twice.to_string())])?;

    // A field has no blanks.
    let field = text.replace(|c: char| c.is_whitespace() || matches!(c, ',' | '#'), "");
    let packets = write(&bench, "packets", format!("0 0 {field} 1\n"));
    run("a trace of packets", &["noc", "--traffic", &format!("trace:{packets}")])?;
    let named = |name: &str| bench.path(&format!("{}{name}", text.replace('/', "")));
    std::fs::copy(&chip, named(".json")).unwrap();
    run("the name of a chip's file", &["noc", "--rate", "0.01", "--cycles", "200", "--chip", &named(".json")])?;
    let two = format!("loihi,{}", named(".json"));
    if !text.contains(',') {
        run("rows", &["compare", "--chips", &two, "--network", &network])?;
    }
    run("a file that is not there", &["check", &named(".nowhere")])?;
    run("an argument", &["run", "--chip", text])?;
    // What comes after the sign is not quoted.
    let name = text.replace('=', "");
    run("an option", &["run", &format!("--{name}")])?;
    run("the value of an option", &["run", "--threads", text])?;
    run("a number of a chip", &["run", "--set", &format!("core.{name}=4")])?;

    #[cfg(feature = "nir")]
    {
        let graph = write(&bench, "graph.nir", graph(text));
        run("a node", &["import", &graph, "--out", &bench.path("imported")])?;
    }
    Ok(())
}

/// A NIR graph whose nodes are called so.
#[cfg(feature = "nir")]
fn graph(text: &str) -> Vec<u8> {
    use spikemesh::net::nir;
    let network = spikemesh::net::load(&crate::common::repository("networks/trained/digits-mlp")).unwrap();
    let spikemesh::net::Network::Trained(trained) = network else { panic!("not trained") };
    let (mut graph, metadata) = nir::export(&trained, nir::Values::Integer).unwrap();
    for (number, node) in graph.nodes.iter_mut().enumerate() {
        node.name = format!("{number} {}", text.replace('/', ""));
    }
    nir::bytes(&graph, &metadata).unwrap()
}

#[test]
fn the_name_of_a_damaged_journal_is_told() {
    let bench = Bench::new();
    let journal = bench.path("j\u{1b}[2J\u{202e}");
    let set = ["--set", "core.max_neurons=64,128,256", "--samples", "2"];
    bench.succeed(&[&["compare", "--quiet", "--chips", "loihi", "--journal", &journal], &set[..]].concat());
    let whole = std::fs::read_to_string(&journal).unwrap();
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    lines[2].truncate(60);
    std::fs::write(&journal, lines.join("\n")).unwrap();
    let output = bench.run(&["compare", "--merge", &journal]);
    check("a journal", &output).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("1 of 3 configurations are missing"), "{said}");
    assert!(said.contains("j\\u{1b}[2J\\u{202e}: 1 line is damaged"), "{said}");
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_text_are_taken_or_the_option_is_named() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let bench = Bench::new();
    let run = |arguments: &[&[u8]]| {
        let arguments = arguments.iter().map(|bytes| OsStr::from_bytes(bytes));
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(arguments).current_dir(bench.path("")).output().unwrap()
    };
    let network = write(&bench, "network.json", sparse("plain").to_string());
    let traced =
        run(&[b"run", b"--network", network.as_bytes(), b"--trace", b"csv=a\xff.csv", b"--json", b"\xff.json"]);
    assert_eq!(traced.status.code(), Some(0), "{traced:?}");
    for name in [b"a\xff.csv".as_slice(), b"\xff.json"] {
        assert!(std::path::Path::new(&bench.path("")).join(OsStr::from_bytes(name)).is_file());
    }
    for option in ["--network", "--chip", "--data"] {
        let refused = run(&[b"run", option.as_bytes(), b"a\xff"]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(refused.status.code() == Some(2) && said.contains(&format!("{option}: found \"a")), "{said}");
    }
}
