//! Names in traces: whatever layers are called, each is found again by its name, in every format; and no name is a
//! formula of a spreadsheet.

use crate::bench::Bench;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;

/// Layers whose names fall together where only letters, digits and `_` are left of them, with each other or with what
/// waveforms have besides; and what they are called in VCD and in FST.
const LAYERS: [(&str, &str, &str); 17] = [
    ("l.1", "l_1_2", "l_1_2"),
    ("l_1", "l_1", "l_1"),
    ("l 1", "l_1_3", "l_1_3"),
    ("层", "u5c42", "层"),
    ("隐藏 1", "u9690_u85cf_1", "隐藏_1"),
    ("隐藏-1", "u9690_u85cf_1_2", "隐藏_1_2"),
    ("é", "ue9", "é"),
    ("🧠", "u1f9e0", "u1f9e0"),
    ("+", "unnamed", "unnamed"),
    ("-", "unnamed_2", "unnamed_2"),
    ("host", "host_2", "host_2"),
    ("core 0", "core_0_2", "core_0_2"),
    ("step", "step_2", "step_2"),
    ("router (0, 0)", "router_0_0_2", "router_0_0_2"),
    ("a/b", "a_b", "a_b"),
    ("=1+1", "1_1", "1_1"),
    ("chip", "chip_2", "chip_2"),
];

const STEPS: u64 = 30;

/// Writes a network of these layers, sources and neurons by turns. The n-th has a number of spikes of its own: 17 - n of a
/// source; of a neuron that adds 1 in every step and fires at n, the n-th part of the steps.
fn network(bench: &Bench) -> (String, Vec<u64>) {
    let mut spikes = Vec::new();
    let mut populations = Vec::new();
    for (n, (name, ..)) in (1..).zip(LAYERS) {
        if n % 2 == 0 {
            let steps: Vec<_> = (1..=17 - n).map(|step| [step, 0]).collect();
            spikes.push(steps.len() as u64);
            populations.push(json!({"name": name, "size": 1, "spikes": steps}));
        } else {
            spikes.push(STEPS / n);
            let neuron = json!({"model": "if", "reset": "zero"});
            populations.push(json!({"name": name, "size": 1, "threshold": n, "bias": 1, "neuron": neuron}));
        }
    }
    let file = json!({"format": "spikemesh.sparse/1", "description": "names", "time_steps": STEPS,
                      "populations": populations, "projections": []});
    let path = bench.path("names.json");
    std::fs::write(&path, file.to_string()).unwrap();
    (path, spikes)
}

/// Traces the network to these formats.
fn trace(bench: &Bench, formats: &[&str]) -> Vec<u64> {
    let (network, spikes) = network(bench);
    let traces: Vec<String> = formats.iter().map(|format| format!("{format}={}", bench.path(format))).collect();
    let mut arguments = vec!["run", "--quiet", "--network", &network];
    arguments.extend(traces.iter().flat_map(|trace| ["--trace", trace.as_str()]));
    bench.succeed(&arguments);
    spikes
}

/// The spikes of layers by the names that they are expected to have.
fn expected(spikes: &[u64], name: impl Fn(usize) -> &'static str) -> BTreeMap<String, u64> {
    spikes.iter().enumerate().map(|(at, spikes)| (name(at).to_owned(), *spikes)).collect()
}

#[test]
fn every_layer_has_a_scope_of_its_own_in_vcd() {
    let bench = Bench::new();
    let spikes = trace(&bench, &["vcd"]);
    let mut parser = vcd::Parser::new(BufReader::new(File::open(bench.path("vcd")).unwrap()));
    let header = parser.parse_header().unwrap();
    let (mut names, mut scope_of) = (BTreeSet::new(), BTreeMap::new());
    let vcd::ScopeItem::Scope(top) = header.items.iter().find(|i| matches!(i, vcd::ScopeItem::Scope(_))).unwrap()
    else {
        panic!("no scope")
    };
    for item in &top.items {
        match item {
            vcd::ScopeItem::Scope(scope) => {
                assert!(names.insert(scope.identifier.clone()), "two of {}", scope.identifier);
                // Single neurons are in a scope below.
                let below = scope.items.iter().flat_map(|item| match item {
                    vcd::ScopeItem::Scope(below) => &below.items[..],
                    other => std::slice::from_ref(other),
                });
                for item in below {
                    let vcd::ScopeItem::Var(var) = item else { panic!("{item:?}") };
                    let full = format!("{}.{}", scope.identifier, var.reference);
                    assert!(full.is_ascii() && names.insert(full.clone()), "two of {full}");
                    if var.reference.starts_with("spike_") {
                        scope_of.insert(var.code, scope.identifier.clone());
                    }
                }
            }
            vcd::ScopeItem::Var(var) => assert!(names.insert(var.reference.clone()), "two of {}", var.reference),
            _ => {}
        }
    }
    let mut counts = BTreeMap::new();
    for command in parser {
        if let vcd::Command::ChangeScalar(id, vcd::Value::V1) = command.unwrap()
            && let Some(scope) = scope_of.get(&id)
        {
            *counts.entry(scope.clone()).or_insert(0u64) += 1;
        }
    }
    assert_eq!(counts, expected(&spikes, |at| LAYERS[at].1));
}

#[test]
fn every_layer_has_a_scope_of_its_own_in_fst() {
    let bench = Bench::new();
    let spikes = trace(&bench, &["fst"]);
    let mut reader = fst_reader::FstReader::open(BufReader::new(File::open(bench.path("fst")).unwrap())).unwrap();
    let (mut scopes, mut names, mut scope_of) = (Vec::<String>::new(), BTreeSet::new(), BTreeMap::new());
    let entry = |entry| match entry {
        fst_reader::FstHierarchyEntry::Scope { name, .. } => {
            scopes.push(name);
            let full = scopes.join(".");
            assert!(names.insert(full.clone()), "two of {full}");
        }
        fst_reader::FstHierarchyEntry::UpScope => drop(scopes.pop()),
        fst_reader::FstHierarchyEntry::Var { name, handle, .. } => {
            let full = format!("{}.{name}", scopes.join("."));
            assert!(names.insert(full.clone()), "two of {full}");
            if name.starts_with("spike_") {
                scope_of.insert(handle.get_index(), scopes[scopes.len() - 2].clone());
            }
        }
        _ => {}
    };
    reader.read_hierarchy(entry).unwrap();
    let mut counts = BTreeMap::new();
    let change = |_: u64, handle: fst_reader::FstSignalHandle, value: fst_reader::FstSignalValue<'_>| {
        let up = matches!(value, fst_reader::FstSignalValue::String(text) if text == b"1");
        if let (true, Some(scope)) = (up, scope_of.get(&handle.get_index())) {
            *counts.entry(scope.clone()).or_insert(0u64) += 1;
        }
        Ok::<(), std::convert::Infallible>(())
    };
    reader.read_signals(&fst_reader::FstFilter::all(), change).unwrap();
    assert_eq!(counts, expected(&spikes, |at| LAYERS[at].2));
}

#[test]
fn names_in_tables_are_no_formulas_and_come_back() {
    let bench = Bench::new();
    let spikes = trace(&bench, &["csv"]);
    let mut reader = csv::Reader::from_path(bench.path("csv")).unwrap();
    let heading = reader.headers().unwrap().clone();
    let column = |name: &str| heading.iter().position(|column| column == name).unwrap();
    let (event, layer) = (column("event"), column("layer"));
    let mut counts = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        for cell in &row {
            let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
            assert!(!formula || cell.parse::<f64>().is_ok(), "{cell}");
        }
        if &row[event] == "spike" {
            // Whoever takes one apostrophe away has the name.
            *counts.entry(row[layer].strip_prefix('\'').unwrap_or(&row[layer]).to_owned()).or_insert(0u64) += 1;
        }
    }
    assert_eq!(counts, expected(&spikes, |at| LAYERS[at].0));
    let text = std::fs::read_to_string(bench.path("csv")).unwrap();
    assert!(["'=1+1", ",'+,", ",'-,"].iter().all(|cell| text.contains(cell)), "formulas are set apart");
}

#[cfg(feature = "nir")]
#[test]
fn every_layer_is_a_node_of_its_own_in_nir() {
    let bench = Bench::new();
    let spikes = trace(&bench, &["nir"]);
    let file = hdf5_pure::File::open(bench.path("nir")).unwrap();
    let nodes = file.group("nodes").unwrap();
    let mut counts = BTreeMap::new();
    for name in nodes.groups().unwrap() {
        let idx = nodes.group(&name).unwrap().group("observables").unwrap().group("spikes").unwrap();
        let idx = idx.dataset("idx").unwrap().read_i64().unwrap();
        counts.insert(name, idx.iter().filter(|neuron| **neuron >= 0).count() as u64);
    }
    assert_eq!(counts, expected(&spikes, |at| if LAYERS[at].0 == "a/b" { "a_b" } else { LAYERS[at].0 }));
}
