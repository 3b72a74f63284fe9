//! Damaged files: each is refused with a problem that names the file and the place, and none makes a reader panic.

use crate::common::{Draw, VALIDATORS, files_of, random_folded, repository, text_of};
use crate::mutate::{Damaged, NO_RULES, Rules, edited, truncated, values};
use serde_json::{Value, json};
use spikemesh::json::{Document, FileError};
use spikemesh::net::architecture::TrainingProposal;
use spikemesh::net::{Architecture, Network, QuantSpec, save_trained};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What is wrong with how a damaged file was refused, if anything.
pub fn verdict(read: impl FnOnce() -> Result<(), FileError>) -> Option<String> {
    let error = match catch_unwind(AssertUnwindSafe(read)) {
        Err(_) => return Some("panicked".into()),
        Ok(Ok(())) => return Some(ACCEPTED.into()),
        Ok(Err(error)) => error,
    };
    let whole_file = ["the file is empty", "not UTF-8", "cannot be read", "not a regular file", "more problems follow"];
    let named = |path: &str, message: &str| {
        !path.is_empty()
            || whole_file.iter().any(|start| message.starts_with(start))
            || message.contains("a file of this kind has at most")
            || message.ends_with("expected an object")
    };
    if error.file.is_empty() || error.problems.is_empty() {
        return Some(format!("has no file or no problem: {error:?}"));
    }
    let poor = error.problems.iter().find(|p| p.message.trim().is_empty() || !named(&p.path, &p.message));
    poor.map(|problem| format!("has a problem without message or place: {problem:?}"))
}

/// How a file is judged that nothing is wrong with.
const ACCEPTED: &str = "was accepted";

/// Checks that all damaged texts are refused, and that there are enough of them.
pub fn all_refused(file: &str, least: usize, damaged: &[Damaged], read: impl Fn(Document) -> Result<(), FileError>) {
    all_refused_but(file, least, damaged, read, |_| false);
}

/// Checks that damaged texts are refused, except those that keep the schema of their kind (a position in [`VALIDATORS`]) and
/// have no damage that a schema cannot see.
pub fn all_refused_by(
    (kind, file): (usize, &str),
    least: usize,
    damaged: &[Damaged],
    read: impl Fn(Document) -> Result<(), FileError>,
) {
    let keeps = |text: &str| serde_json::from_str(text).is_ok_and(|file| VALIDATORS[kind].is_valid(&file));
    all_refused_but(file, least, damaged, read, |d| !d.unseen && keeps(&d.text));
}

fn all_refused_but(
    file: &str,
    least: usize,
    damaged: &[Damaged],
    read: impl Fn(Document) -> Result<(), FileError>,
    is_harmless: impl Fn(&Damaged) -> bool,
) {
    let (mut refused, mut wrong) = (0, Vec::new());
    for d in damaged {
        match verdict(|| Document::parse(file, &d.text).and_then(&read)) {
            None => refused += 1,
            Some(found) if found == ACCEPTED && is_harmless(d) => {}
            Some(found) => wrong.push(format!("{file}: {}: {found}", d.what)),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), damaged.len(), wrong.join("\n"));
    assert!(refused >= least, "{file}: only {refused} kinds of damage");
}

/// Checks bytes that are no text, and files that are none.
pub fn unreadable_is_refused(text: &str, load: impl Fn(&Path) -> Result<(), FileError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.json");
    for at in [0, 1, text.len() / 3, text.len() / 2, text.len() - 1] {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = 0xFF;
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(verdict(|| load(&path)), None, "byte {at} is no UTF-8");
    }
    std::fs::write(&path, " ".repeat(9 << 20)).unwrap();
    assert_eq!(verdict(|| load(&path)), None, "9 MiB of blanks");
    std::fs::write(&path, "").unwrap();
    assert_eq!(verdict(|| load(&path)), None, "an empty file");
    assert_eq!(verdict(|| load(&folder.path().join("absent.json"))), None, "no file");
}

const CARRY: [&str; 4] = ["inject", "eject", "hop_ew", "hop_ns"];

pub const CHIP: Rules = Rules {
    fixed: &["/host_tile", "/place", "/by_tiles/*", "/links/*", "/chips"],
    word: &[
        "/format",
        "/topology",
        "/tile_order",
        "/routing",
        "/allocation",
        "/delivery",
        "/counts_as",
        "/host_tile",
        "/links/*/*",
        "/from",
        "/to",
        "/table/*/*",
        "/kind",
        "/receive",
        "/devices",
        "/model",
        "/reset",
        "/gating",
        "/default_calibration",
        "/scope",
        "/included_in",
        "/source",
        "/latency_kind",
        "/per",
        "/bound",
        "/structure_sources/*",
    ],
    time: &[
        "/tick",
        "/flit_interval",
        "/credit_delay",
        "/head_delay",
        "/latency",
        "/by_tiles/*/*",
        "/time_step",
        "/deadline",
        "/length",
    ],
    energy: &["/energy", "/low", "/nominal", "/high"],
    power: &["/power", "/per_mhz"],
    named: &["/sources", "/calibrations", "/table", "/table/*", "/facts"],
    between_ticks: "0.00137 ns",
    optional: &["/facts/*"],
    ..NO_RULES
};

/// Rules that no single value shows, of a network on chip.
fn noc_rules(noc: &Value) -> Vec<(String, Value)> {
    let two_flits = || {
        let mut noc = noc.clone();
        (noc["delivery"], noc["packet_flits"]) = (json!("multicast"), json!(2));
        noc
    };
    let mut edits: Vec<(&str, Value)> = vec![("/mesh", two_flits())];
    match noc["topology"].as_str().unwrap() {
        name @ ("mesh" | "torus") => {
            edits.push(("/mesh/host_tile", json!([noc["width"], 0])));
            edits.push(("/mesh/host_tile", json!([0, noc["height"]])));
            edits.push(("/mesh/width", json!(1025)));
            edits.push(("/mesh/table", json!({})));
            edits.extend([json!([3, 2]), json!([1, 1025]), json!([2]), json!(2)].map(|chips| ("/mesh/chips", chips)));
            // More chips have hops between them, and one has none.
            let other = if noc.get("chips").is_none() { [2, 1] } else { [1, 1] };
            edits.push(("/mesh/chips", json!(other)));
            if name == "torus" {
                edits.push(("/mesh/virtual_channels", json!(1)));
                edits.push(("/mesh/virtual_channels", json!(3)));
            }
        }
        "ring" => {
            edits.extend([1, 3].map(|channels| ("/mesh/virtual_channels", json!(channels))));
            edits.push(("/mesh/routers", json!(4097)));
            edits.push(("/mesh/host_tile", noc["routers"].clone()));
            edits.push(("/mesh/routing", json!("xy")));
            edits.push(("/mesh/routing", json!("table")));
        }
        "tree" => {
            edits.push(("/mesh/arity", json!(1)));
            edits.push(("/mesh/arity", json!(33)));
            edits.push(("/mesh/levels", json!(7)));
            edits.push(("/mesh/host_tile", json!(16)));
        }
        _ => {
            edits.push(("/mesh/routing", json!("up_down")));
            edits.push(("/mesh/links/0", json!(["a", "a"])));
            edits.push(("/mesh/links/0", json!(["b", "hub"])));
            edits.push(("/mesh/links/0", json!({"from": "a", "to": "hub", "both": false})));
            edits.push(("/mesh/routers/0", noc["routers"][1].clone()));
            edits.push(("/mesh/routers/1/place", json!([1, 1])));
            edits.push(("/mesh/routers/1/name", json!("b")));
            edits.push(("/mesh/table/a/b", json!("c")));
            edits.push(("/mesh/table/hub/c", json!("a")));
        }
    }
    edits.into_iter().map(|(pointer, value)| (pointer.to_owned(), value)).collect()
}

/// Lists of powers at rest that are wrong.
fn rest_rules(source: &Value) -> Vec<(String, Value)> {
    let of = |per: &str, more: Value| {
        let mut entry = json!({"name": "static", "power": "1 mW", "per": per, "kind": "silicon", "source": source});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let none = || json!({});
    let part = |name: &str| of("part", json!({"part": name}));
    let wrong = [
        vec![of("chips", none())],
        vec![of("chip", json!({"power": "0 mW"}))],
        vec![of("chip", json!({"kind": "assumed"}))],
        vec![of("chip", json!({"part": "logic"}))],
        vec![of("part", none())],
        vec![of("core_used", json!({"chips_per_board": 4}))],
        vec![of("chip", json!({"tiles_per_board": 4}))],
        vec![of("board", json!({"chips_per_board": 0}))],
        vec![of("board", json!({"chips_per_board": 4, "tiles_per_board": 4}))],
        vec![of("chip", json!({"bound": "least"}))],
        vec![of("chip", none()), of("board", none())],
        vec![part("logic"), of("chip", none())],
        vec![part("logic"), part("memory"), part("logic")],
        (0..65).map(|index| of("chip", json!({"name": format!("measurement {index}")}))).collect(),
    ];
    wrong.into_iter().map(|list| ("/rest".to_owned(), json!(list))).collect()
}

/// Rules that no single value shows.
fn chip_rules(file: &Value) -> Vec<Damaged> {
    let name = file["default_calibration"].as_str().unwrap();
    let costs = format!("/calibrations/{name}/costs");
    let source = file["structure_sources"][0].clone();
    let at = |path: &str| format!("{costs}/{path}");
    let priced = |kind: &str| json!({"energy": "1 pJ", "latency": "10 ns", "kind": kind, "source": source});
    let by_tiles = format!("/calibrations/{name}/barrier/by_tiles");
    let mut edits: Vec<(String, Value)> = vec![
        ("/mesh/cores_per_tile".into(), json!(49)),
        ("/mesh/virtual_channels".into(), json!(0)),
        ("/mesh/virtual_channels".into(), json!(33)),
        ("/mesh/packet_flits".into(), json!(0)),
        ("/mesh/allocation".into(), json!("split")),
        ("/mesh/delivery".into(), json!("broadcast")),
        ("/mesh/host_tile".into(), json!([9999, 9999])),
        ("/mesh/host_tile".into(), json!(9999)),
        ("/mesh/host_tile".into(), json!("hub")),
        ("/clock/mhz".into(), json!(1e9)),
        ("/core/membrane_bits".into(), json!(33)),
        ("/core/max_delay".into(), json!(256)),
        ("/tick".into(), json!("2 ms")),
        (at("hop_ew/energy"), json!({"low": "2 pJ", "nominal": "1 pJ", "high": "3 pJ"})),
        (at("hop_ew/energy"), json!({"low": "1 pJ", "nominal": "4 pJ", "high": "3 pJ"})),
        (at("hop_ew/energy"), json!({"low": "1 pJ", "high": "3 pJ"})),
        (at("hop_ew/included_in"), json!("inject")),
        (at("dendrite"), json!({"included_in": "dendrite"})),
        (at("dendrite"), json!({"included_in": "synaps"})),
        (at("soma_access"), priced("assumed")),
        (at("soma_access"), json!({"energy": "1 pJ"})),
        (at("soma_access"), json!({"energy": null, "latency": "10 ns"})),
        (at("host_write"), priced("silicon")),
        (at("barrier"), priced("silicon")),
        (at("readout"), priced("silicon")),
    ];
    edits.extend(rest_rules(&source));
    // Nothing is included in what has no price.
    if file.pointer(&at("host_write/energy")).is_some_and(Value::is_null) {
        edits.push((at("dendrite"), json!({"included_in": "host_write"})));
    }
    if file.get("free_running").is_some() {
        let barrier = json!({"by_tiles": [[1, "100 ns"]], "kind": "model", "source": source});
        edits.push((format!("/calibrations/{name}/barrier"), barrier));
        edits.push((at("barrier"), json!({"energy": null})));
        edits.push(("/free_running/deadline".into(), json!("1 ns")));
        edits.push(("/gating".into(), json!("window")));
        edits.push(("/core/max_delay".into(), json!(2)));
    } else if file.get("fixed_tick").is_some() {
        let barrier = json!({"by_tiles": [[1, "100 ns"]], "kind": "model", "source": source});
        edits.push((format!("/calibrations/{name}/barrier"), barrier));
        edits.push((at("barrier"), json!({"energy": null})));
        edits.push(("/free_running".into(), json!({"time_step": "1 us", "deadline": "1 ms"})));
    } else {
        edits.push((by_tiles.clone(), json!([[2, "100 ns"], [1, "200 ns"]])));
        edits.push((by_tiles.clone(), json!([[2, "100 ns"], [2, "200 ns"]])));
        edits.push((by_tiles, json!([[1, "0 ns"]])));
    }
    let between_chips = file["mesh"].get("chips").map(|_| "hop_chip");
    for op in CARRY.into_iter().chain(between_chips) {
        for wrong in [json!("0 ns"), Value::Null] {
            edits.push((at(&format!("{op}/latency")), wrong));
        }
    }
    if file["mesh"].get("chips").is_none() {
        edits.push((at("hop_chip"), priced("model")));
    }
    edits.extend([json!("all-in"), json!("all_in")].map(|scope| (format!("/calibrations/{name}/scope"), scope)));
    edits.push((format!("/calibrations/{name}/operating_point"), json!("1 V")));
    edits.push(("/facts".into(), json!({"core.neurons": {"kind": "documented", "source": source}})));
    edits.push(("/facts".into(), json!({"core": {"kind": "documented"}})));
    edits.push(("/core/synapses".into(), json!({"kind": "digital_crossbar", "bits": 7})));
    edits.extend(noc_rules(&file["mesh"]));
    if file["core"]["synapses"]["kind"] == "crossbar" {
        let (rows, columns) = (&file["core"]["synapses"]["rows"], &file["core"]["synapses"]["columns"]);
        edits.push(("/core/max_neurons".into(), json!(columns.as_u64().unwrap() + 1)));
        edits.push(("/core/max_axons_in".into(), json!(rows.as_u64().unwrap() + 1)));
        edits.push(("/core/max_delay".into(), json!(2)));
        edits.push((at("array_read"), Value::Null));
    }
    let edits: Vec<(&str, Value)> = edits.iter().map(|(pointer, value)| (pointer.as_str(), value.clone())).collect();
    edited(&file.to_string(), &edits)
}

/// Shipped files of every kind of core and time step on a mesh. Other topologies are those of `tests/chips`, whose
/// routers the rules know by name; large meshes take long to check for deadlocks.
const SHIPPED: [&str; 5] = ["crossbar", "event_mesh", "loihi", "neurram", "odin"];

#[test]
fn damaged_chip_files_are_refused() {
    let shipped = SHIPPED.map(|name| repository(&format!("hw_models/{name}.json")));
    for path in shipped.into_iter().chain(files_of("tests/chips", "json")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut damaged = values(&text, &CHIP);
        damaged.extend(truncated(&text));
        damaged.extend(chip_rules(&serde_json::from_str(&text).unwrap()));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all_refused_by((0, &name), 1000, &damaged, |document| spikemesh::hw::read(document, "chip").map(drop));
    }
    unreadable_is_refused(&text_of("hw_models/loihi.json"), |path| spikemesh::hw::load(path).map(drop));
}

pub const LAYERED: Rules = Rules {
    fixed: &["/shape", "/kernel", "/stride", "/padding"],
    word: &[
        "/format",
        "/kind",
        "/model",
        "/reset",
        "/weights",
        "/target",
        "/loss",
        "/schedule",
        "/activation",
        "/weight_scale",
    ],
    ..NO_RULES
};

fn layered_rules(text: &str) -> Vec<Damaged> {
    let (flatten, dense) = (json!({"kind": "flatten"}), |n: u64| json!({"kind": "dense", "outputs": n}));
    let conv = |kernel: u64, padding: u64| json!({"kind": "conv2d", "channels": 1, "kernel": kernel, "stride": 1, "padding": padding});
    let layers = |list: Value| ("/layers", list);
    edited(
        text,
        &[
            layers(json!([dense(10)])),
            layers(json!([flatten])),
            layers(json!([flatten, dense(10)])),
            layers(json!(vec![flatten.clone(); 65])),
            layers(json!([conv(2, 1), dense(10), dense(10)])),
            layers(json!([conv(64, 0), flatten, dense(10)])),
            layers(json!([conv(3, 3), flatten, dense(10)])),
            layers(json!([conv(2, 1), flatten, conv(2, 0), dense(10)])),
            layers(json!([flatten, dense(1_000_000_000), dense(10)])),
            layers(json!([flatten, dense(4_194_304), dense(4_194_304)])),
            // Its weights would be 2^34: more than 32 bits can count.
            layers(json!([flatten, dense(1 << 20), conv(64, 63), dense(10)])),
            layers(json!([flatten, dense(1 << 20), conv(64, 63), flatten, dense(10)])),
            layers(json!([flatten, {"kind": "dense", "outputs": 3, "channels": 3}, dense(10)])),
            layers(json!([{"kind": "flatten", "outputs": 3}, dense(3), dense(10)])),
            layers(json!([{"outputs": 3}, dense(10)])),
            ("/input", json!({"shape": [4096, 4096, 4096]})),
            ("/input", json!({"shape": [1, 8]})),
            ("/time_steps", json!(4097)),
            ("/neuron", json!({"model": "lif", "threshold": 1, "reset": "subtract"})),
            ("/neuron", json!({"model": "if", "threshold": 1, "reset": "zero"})),
            ("/neuron", json!({"model": "if", "threshold": 1e9, "reset": "subtract"})),
            ("/training", json!({"batch": 1})),
            ("/training", json!({"schedule": {"kind": "step", "every": 0, "factor": 0.1}})),
            ("/training", json!({"schedule": "step"})),
            ("/training", json!({"augment": {"shift": 65}})),
            ("/neuron", json!({"model": "if", "threshold": 1, "reset": "subtract", "leak": 0.5})),
            ("/neuron", json!({"model": "lif", "threshold": 1, "reset": "subtract", "leak": 0})),
            ("/neuron", json!({"model": "lif", "threshold": 1, "reset": "subtract", "leak": 1.5})),
            layers(json!([flatten, dense(10), {"kind": "dense", "outputs": 10, "add": "dense1"}])),
            layers(json!([{"kind": "avg_pool2d", "kernel": 64}, flatten, dense(10), dense(10)])),
            layers(json!([flatten, dense(10), dense(10), {"kind": "avg_pool2d", "kernel": 1}])),
            layers(json!([{"kind": "conv2d", "channels": 3, "kernel": 1, "groups": 2}, flatten, dense(10)])),
            ("/training", json!({"dropout": 1})),
            ("/format", json!("spikemesh.network/2")),
            ("/format", json!("spikemesh.sparse/1")),
        ],
    )
}

pub fn read_network(document: Document, folder: &Path) -> Result<(), FileError> {
    spikemesh::net::read(document, "net", folder).map(drop)
}

#[test]
fn damaged_network_files_are_refused() {
    for path in files_of("networks", "json") {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        if file["format"] != "spikemesh.network/1" {
            continue;
        }
        let mut damaged = values(&text, &LAYERED);
        damaged.extend(truncated(&text));
        damaged.extend(layered_rules(&text));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        all_refused_by((1, &name), 250, &damaged, |document| read_network(document, Path::new(".")));
    }
    unreadable_is_refused(&text_of("networks/digits-mlp.json"), |path| spikemesh::net::load(path).map(drop));
}

/// Writes a small trained network; gives the text of its network file.
pub fn write_trained(folder: &Path) -> String {
    let text = json!({
        "format": "spikemesh.network/1",
        "description": "to be damaged",
        "dataset": "digits",
        "input": {"shape": [1, 8, 8]},
        "layers": [
            {"kind": "conv2d", "channels": 2, "kernel": [3, 3], "stride": [2, 2], "padding": [1, 1]},
            {"kind": "flatten"}, {"kind": "dense", "outputs": 10}
        ],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"},
        "time_steps": 8
    });
    let document = Document::parse("made.json", &text.to_string()).unwrap();
    let Ok(Network::Untrained(architecture)) = spikemesh::net::read(document, "made", folder) else {
        panic!("the network of this test does not load");
    };
    let architecture = Architecture { training: TrainingProposal::default(), ..architecture };
    let folded = random_folded(architecture.input, &architecture.layers, 16, 1.0, &mut Draw::new(9));
    let quantised = folded.quantise(QuantSpec::new(8, 8));
    let meta = crate::common::trained_meta();
    save_trained(folder, &architecture, &meta, &folded, &quantised).unwrap();
    match spikemesh::net::load(folder) {
        Ok(Network::Trained(trained)) => assert_eq!((trained.folded, trained.quantised), (folded, quantised)),
        other => panic!("what was saved does not load: {other:?}"),
    }
    // Without its digest, so that damage to the weights is found where it is (tests/it/files.rs has the digest).
    let path = folder.join("network.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert!(file["trained"].as_object_mut().unwrap().remove("weights_sha256").is_some());
    let text = serde_json::to_string_pretty(&file).unwrap();
    std::fs::write(&path, &text).unwrap();
    text
}

#[test]
fn damaged_trained_networks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = write_trained(folder.path());
    let mut damaged = values(&text, &LAYERED);
    damaged.extend(truncated(&text));
    damaged.extend(layered_rules(&text));
    damaged.extend(edited(
        &text,
        &[
            ("/trained/weights", json!("absent.safetensors")),
            ("/trained/weights", json!("../weights.safetensors")),
            ("/trained/weights", json!("/etc/hostname")),
            ("/trained/weights", json!("..")),
            ("/trained/weights", json!("network.json")),
            ("/trained/weight_bits", json!(7)),
            ("/trained/weight_bits", json!(10)),
            ("/trained/membrane_bits", json!(33)),
            ("/trained/full_scale", json!(256)),
            ("/trained/validation_accuracy", json!(1.01)),
            // Sizes that contradict the weights.
            ("/layers/0/channels", json!(3)),
            ("/layers/0/kernel", json!([3, 2])),
            ("/layers/0/stride", json!([1, 1])),
            ("/layers/2/outputs", json!(11)),
            ("/input/shape", json!([2, 8, 8])),
            ("/input/shape", json!([1, 8, 18])),
        ],
    ));
    all_refused_by((1, "network.json"), 500, &damaged, |document| read_network(document, folder.path()));
    damaged_weights_are_refused(folder.path());
}

/// Where a tensor's bytes begin in a weights file.
fn offset(bytes: &[u8], tensor: &str) -> usize {
    let len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + len]).unwrap();
    8 + len + header[tensor]["data_offsets"][0].as_u64().unwrap() as usize
}

fn damaged_weights_are_refused(folder: &Path) {
    let path = folder.join("weights.safetensors");
    let sound = std::fs::read(&path).unwrap();
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for part in 0..40 {
        let len = sound.len() * part / 40;
        cases.push((format!("cut to {len} bytes"), sound[..len].to_vec()));
    }
    cases.push(("a byte too many".into(), [&sound[..], &[0]].concat()));
    cases.push(("2 MiB too many".into(), [&sound[..], &vec![0; 2 << 20]].concat()));
    for len in [0, 1, sound.len() as u64, u64::from(u32::MAX), 1 << 62, u64::MAX] {
        cases.push((format!("a header of {len} bytes"), [&len.to_le_bytes(), &sound[8..]].concat()));
    }
    let header_end = 8 + u64::from_le_bytes(sound[..8].try_into().unwrap()) as usize;
    let header = std::str::from_utf8(&sound[8..header_end]).unwrap();
    let swaps =
        [("F32", "I32"), ("\"I8\"", "\"U8\""), ("I64", "F64"), ("1.bias_q", "7.bias_q"), ("0.weight\"", "0.wieght\"")];
    for (from, to) in swaps.into_iter().chain([("\"shape\":[10]", "\"shape\":[11]"), ("data_offsets", "dada_offsets")])
    {
        let changed = header.replacen(from, to, 1);
        assert_ne!(changed, header, "{from} is not in the header");
        cases.push((format!("{from} is {to}"), [&sound[..8], changed.as_bytes(), &sound[header_end..]].concat()));
    }
    let mut patch = |tensor: &str, value: &[u8]| {
        let (mut bytes, at) = (sound.clone(), offset(&sound, tensor));
        bytes[at..at + value.len()].copy_from_slice(value);
        cases.push((format!("{tensor} begins with {value:?}"), bytes));
    };
    for value in [f32::NAN, f32::INFINITY] {
        patch("0.weight", &value.to_le_bytes());
        patch("1.bias", &value.to_le_bytes());
    }
    for value in [128i16, -128, i16::MAX, i16::MIN] {
        patch("1.weight_q", &value.to_le_bytes());
    }
    patch("1.weight_q", &i8::MIN.to_le_bytes());
    for value in [i64::MAX, i64::MIN, 1 << 23] {
        patch("1.bias_q", &value.to_le_bytes());
    }
    for value in [0i32, -1, 1 << 23] {
        patch("0.threshold_q", &value.to_le_bytes());
    }
    for value in [-1i32, 13, i32::MAX] {
        patch("0.fraction_bits", &value.to_le_bytes());
    }
    for (what, bytes) in cases {
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(verdict(|| spikemesh::net::load(folder).map(drop)), None, "weights: {what}");
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(verdict(|| spikemesh::net::load(folder).map(drop)), None, "no weights");
    std::fs::create_dir(&path).unwrap();
    assert_eq!(verdict(|| spikemesh::net::load(folder).map(drop)), None, "weights are a folder");
}
