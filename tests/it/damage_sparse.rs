//! Damaged sparse network files and edge files, as in `damage`.

use crate::damage::{all_refused_by, read_network, unreadable_is_refused, verdict};
use crate::mutate::{NO_RULES, Rules, edited, truncated, values};
use serde_json::{Value, json};
use spikemesh::json::Document;
use spikemesh::net::Network;
use std::path::Path;

pub const SPARSE: Rules = Rules {
    fixed: &["/bias", "/threshold", "/edges/*", "/spikes/*"],
    word: &["/format", "/model", "/reset", "/from", "/to", "/edges_file"],
    ..NO_RULES
};

fn edge(source: u32, target: u32, weight: i16, delay: u16) -> Vec<u8> {
    [&source.to_le_bytes()[..], &target.to_le_bytes(), &weight.to_le_bytes(), &delay.to_le_bytes()].concat()
}

/// A network with all that the format has; its edge file is written beside it.
pub fn write(folder: &Path) -> Value {
    std::fs::write(folder.join("edges.bin"), [edge(0, 2, 5, 1), edge(3, 0, -5, 62)].concat()).unwrap();
    json!({
        "format": "spikemesh.sparse/1",
        "description": "to be damaged",
        "time_steps": 20,
        "populations": [
            {"name": "in", "size": 2, "spikes": [[1, 0], [3, 1]]},
            {"name": "leaky", "size": 4, "threshold": [9, 8, 7, 6], "bias": [0, 1, 2, -3],
             "neuron": {"model": "lif", "decay": 128, "reset": "zero", "fraction_bits": 2, "membrane_bits": 20}},
            {"name": "plain", "size": 3, "threshold": 64, "bias": 1, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [
            {"from": "in", "to": "leaky", "edges": [[0, 1, 30, 1], [1, 2, 40, 2]]},
            {"from": "leaky", "to": "plain", "edges_file": "edges.bin"}
        ]
    })
}

#[test]
fn damaged_sparse_networks_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path()).to_string();
    let sound = Document::parse("sparse.json", &text).unwrap();
    let sound = spikemesh::net::read(sound, "sparse", folder.path());
    assert!(matches!(sound, Ok(Network::Sparse(_))), "{sound:?}");
    let mut damaged = values(&text, &SPARSE);
    damaged.extend(truncated(&text));
    let (leaky, edges) = ("/populations/1", "/projections/0/edges");
    let cases: Vec<(String, Value)> = vec![
        ("/time_steps".into(), json!((1 << 24) + 1)),
        ("/populations".into(), json!(vec![json!({"name": "x", "size": 1, "spikes": []}); 4097])),
        (format!("{leaky}/name"), json!("plain")),
        (format!("{leaky}/name"), json!("in")),
        (format!("{leaky}/name"), json!("lekay")),
        (format!("{leaky}/size"), json!(3)),
        (format!("{leaky}/size"), json!(5)),
        (format!("{leaky}/size"), json!(1_000_000_000)),
        ("/populations/2/size".into(), json!((1 << 26) + 1)),
        (format!("{leaky}/threshold"), json!(0)),
        (format!("{leaky}/threshold"), json!(-1)),
        (format!("{leaky}/threshold"), json!(1 << 19)),
        (format!("{leaky}/threshold/0"), json!(1 << 19)),
        (format!("{leaky}/bias"), json!(1 << 19)),
        (format!("{leaky}/bias"), json!(-(1 << 19))),
        (format!("{leaky}/spikes"), json!([])),
        (format!("{leaky}/neuron/decay"), json!(4097)),
        (format!("{leaky}/neuron/model"), json!("if")),
        (format!("{leaky}/neuron/fraction_bits"), json!(13)),
        (format!("{leaky}/neuron/membrane_bits"), json!(7)),
        (format!("{leaky}/neuron/membrane_bits"), json!(33)),
        ("/populations/2/neuron/model".into(), json!("lif")),
        ("/populations/0/spikes".into(), json!([[1, 0], [1, 0]])),
        ("/populations/0/spikes".into(), json!([[0, 0]])),
        ("/populations/0/spikes".into(), json!([[1, 2]])),
        ("/populations/0/threshold".into(), json!(5)),
        ("/populations/0/bias".into(), json!(5)),
        ("/populations/0/size".into(), json!(1)),
        (edges.into(), json!([[2, 0, 1, 1]])),
        (edges.into(), json!([[0, 4, 1, 1]])),
        (edges.into(), json!([[-1, 0, 1, 1]])),
        (edges.into(), json!([[0, -1, 1, 1]])),
        (edges.into(), json!([[0, 0, 32_768, 1]])),
        (edges.into(), json!([[0, 0, -32_769, 1]])),
        (edges.into(), json!([[0, 0, 1, 0]])),
        (edges.into(), json!([[0, 0, 1, -1]])),
        (edges.into(), json!([[0, 0, 1, 256]])),
        (edges.into(), json!([[0, 0, 1]])),
        ("/projections/0/edges_file".into(), json!("edges.bin")),
        ("/projections/0/to".into(), json!("in")),
        ("/projections/0/from".into(), json!("leaky1")),
        ("/projections/1/edges_file".into(), json!("../edges.bin")),
        ("/projections/1/edges_file".into(), json!("absent.bin")),
        ("/projections/1/edges_file".into(), json!(".")),
        // The same edges between smaller populations.
        ("/projections/1/to".into(), json!("leaky2")),
        ("/projections/1/from".into(), json!("in")),
    ];
    let cases: Vec<(&str, Value)> = cases.iter().map(|(pointer, value)| (pointer.as_str(), value.clone())).collect();
    damaged.extend(edited(&text, &cases));
    all_refused_by((2, "sparse.json"), 500, &damaged, |document| read_network(document, folder.path()));
    unreadable_is_refused(&text, |path| spikemesh::net::load(path).map(drop));
}

#[test]
fn damaged_edge_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path()).to_string();
    let path = folder.path().join("edges.bin");
    let sound = std::fs::read(&path).unwrap();
    let mut cases: Vec<Vec<u8>> =
        (1..sound.len()).filter(|len| len % 12 != 0).map(|len| sound[..len].to_vec()).collect();
    let wrong = [
        edge(4, 0, 1, 1),
        edge(u32::MAX, 0, 1, 1),
        edge(0, 3, 1, 1),
        edge(0, 0, 1, 0),
        edge(0, 0, 1, 256),
        edge(0, 0, 1, u16::MAX),
    ];
    cases.extend(wrong.iter().map(|edge| [&sound[..], edge].concat()));
    cases.extend(wrong.iter().map(|edge| [edge, &sound[..]].concat()));
    let read = || Document::parse("sparse.json", &text).and_then(|document| read_network(document, folder.path()));
    assert_eq!(read(), Ok(()));
    for bytes in cases {
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(verdict(read), None, "{bytes:?}");
    }
}
