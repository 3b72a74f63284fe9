//! Files of SANA-FE: a chip and a network of ours in its format, against what SANA-FE itself makes of them.

use crate::common::repository;
use serde_json::Value;
use spikemesh::hw::{self, Chip, Energy};
use spikemesh::json::{Document, FileError};
use spikemesh::map::{self, MappingOptions};
use spikemesh::run::{Shards, SparseResult, Unwatched, run_sparse};
use spikemesh::sanafe::{PeerChip, architecture, network};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention};
use std::fs;
use std::path::PathBuf;

fn chip_of(architecture: &PeerChip) -> Chip {
    let document = Document::parse("chip.json", &architecture.chip.to_string()).unwrap();
    hw::read(document, "chip").unwrap_or_else(|error| panic!("{error}"))
}

/// A file with these lines in the place of others.
fn written(name: &str, of: &str, edits: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let mut text = fs::read_to_string(repository(of)).unwrap();
    for (before, after) in edits {
        assert!(text.contains(before), "{before}");
        text = text.replace(before, after);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn small() -> PeerChip {
    architecture(&repository("tests/sanafe/chip.yaml")).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs the small network; gives the chip, the graph's synapses and what was counted.
fn run(steps: u32) -> (Chip, SparseResult) {
    let small = small();
    let chip = chip_of(&small);
    let imported = network(&repository("tests/sanafe/network.yaml"), &small, "small").unwrap();
    assert_eq!(imported.notes, Vec::<String>::new());
    let document = Document::parse("mapping.json", &imported.mapping.to_string()).unwrap();
    let arranged = map::load(document, &imported.network.graph, &chip, MappingOptions::default(), None).unwrap();
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(&arranged.graph, &chip, calibration, &arranged.mapping, Contention::Modelled).unwrap();
    let result = run_sparse(&system, &arranged.graph, steps, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    (chip, result)
}

/// Counts and energies (aJ) of SANA-FE 2.2.9 for these files and 200 steps, as it prints them.
#[test]
fn a_network_costs_what_sana_fe_says() {
    let (chip, result) = run(200);
    let mut counts = spikemesh::stats::Counts::default();
    result.cores.iter().for_each(|core| counts.merge(core));
    let of = |op: Op| counts.with_kinds(op);
    assert_eq!((of(Op::SomaSpike), of(Op::Synapse), of(Op::AxonOut)), (1057, 4645, 1707));
    assert_eq!(of(Op::SomaUpdate), 5185);
    let energy = |ops: &[Op]| -> u64 {
        let all = ops.iter().flat_map(|op| std::iter::once(op).chain(op.kinds()));
        let price = |op: &Op| match chip.calibration(None).unwrap().cost(*op).energy {
            Energy::Priced { nominal, .. } => nominal.0 * counts.of(*op),
            Energy::IncludedIn(_) | Energy::Unpriced | Energy::NoTerm => 0,
        };
        all.map(price).sum()
    };
    assert_eq!(energy(&[Op::Synapse]), 75_256_000_000);
    assert_eq!(energy(&[Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike]), 345_072_000_000);
    assert_eq!(energy(&[Op::AxonIn, Op::AxonOut, Op::HopEw, Op::HopNs]), 178_994_600_000);
    // Every direction, format and unit of the files takes part.
    for op in [Op::HopEast, Op::HopWest, Op::HopNorth, Op::HopSouth, Op::SynapseDense, Op::SynapseConv] {
        assert!(counts.of(op) > 0, "{}", op.name());
    }
    assert!(counts.of(Op::SomaAccess) > 0 && counts.of(Op::SomaSpike2) > 0);
}

/// The constants of SANA-FE's Loihi, written in its format, are those of our table.
#[test]
fn the_constants_of_loihi_are_the_same() {
    let (_folder, path) = written(
        "loihi.yaml",
        "tests/sanafe/chip.yaml",
        &[
            ("energy_north_hop: 2.0e-12", "energy_north_hop: 4.2e-12"),
            ("latency_north_hop: 1.4e-9", "latency_north_hop: 6.5e-9"),
            ("energy_south_hop: 3.1e-12", "energy_south_hop: 4.2e-12"),
            ("latency_south_hop: 1.5e-9", "latency_south_hop: 6.5e-9"),
            ("energy_east_hop: 2.5e-12", "energy_east_hop: 3.0e-12"),
            ("latency_east_hop: 1.2e-9", "latency_east_hop: 4.1e-9"),
            ("energy_west_hop: 1.7e-12", "energy_west_hop: 3.0e-12"),
            ("latency_west_hop: 2.0e-9", "latency_west_hop: 4.1e-9"),
            (
                "energy_message_in: 1.3e-12, latency_message_in: 8.0e-9",
                "energy_message_in: 0.0, latency_message_in: 16.0e-9",
            ),
            (
                "energy_message_out: 100.0e-12, latency_message_out: 5.0e-9",
                "energy_message_out: 111.0e-12, latency_message_out: 5.1e-9",
            ),
            (
                "energy_process_spike: 20.0e-12, latency_process_spike: 3.0e-9",
                "energy_process_spike: 35.5e-12, latency_process_spike: 3.8e-9",
            ),
            (
                "energy_process_spike: 14.5e-12, latency_process_spike: 2.0e-9",
                "energy_process_spike: 24.0e-12, latency_process_spike: 3.1e-9",
            ),
            ("energy_access_neuron: 20.0e-12", "energy_access_neuron: 51.2e-12"),
            ("latency_access_neuron: 3.0e-9", "latency_access_neuron: 6.0e-9"),
            ("energy_update_neuron: 10.0e-12", "energy_update_neuron: 21.6e-12"),
            ("latency_update_neuron: 1.0e-9", "latency_update_neuron: 3.7e-9"),
            ("energy_spike_out: 60.0e-12", "energy_spike_out: 69.3e-12"),
        ],
    );
    let imported = chip_of(&architecture(&path).unwrap());
    let loihi: Value = crate::common::plain_file("loihi");
    let loihi = crate::common::chip_from(&loihi.to_string());
    let (ours, theirs) = (loihi.calibration(Some("silicon_fit")).unwrap(), imported.calibration(None).unwrap());
    let ns = |chip: &Chip, ticks: u32| chip.ns(ticks.into());
    for op in [
        Op::AxonIn,
        Op::AxonOut,
        Op::SynapseDense,
        Op::SynapseConv,
        Op::SomaAccess,
        Op::SomaUpdate,
        Op::SomaSpike,
        Op::HopEast,
        Op::HopWest,
        Op::HopNorth,
        Op::HopSouth,
    ] {
        assert_eq!(ours.cost(op).energy, theirs.cost(op).energy, "{}", op.name());
        assert_eq!(ns(&loihi, ours.ticks(op)), ns(&imported, theirs.ticks(op)), "{}", op.name());
    }
}

#[test]
fn what_does_not_carry_over_is_said() {
    let (_folder, path) = written(
        "chip.yaml",
        "tests/sanafe/chip.yaml",
        &[
            ("link_buffer_size: 8", "link_buffer_size: 8\n    colour: red"),
            (
                "- name: plain\n              attributes:",
                "- name: plain\n              attributes:\n                noise: some.txt",
            ),
            ("energy_update: 0.0", "energy_update: 1.0e-12"),
        ],
    );
    let notes = architecture(&path).unwrap().notes;
    let said = |what: &str| assert!(notes.iter().any(|note| note.contains(what)), "{what}: {notes:?}");
    ["colour", "plain: noise", "dendrite unit sum", "synapse unit weights is the format \"dense\""]
        .into_iter()
        .for_each(said);
    assert_eq!(notes.len(), 4, "{notes:?}");
}

fn lines(error: &FileError) -> Vec<(String, String)> {
    error.problems.iter().map(|problem| (problem.path.clone(), problem.message.clone())).collect()
}

#[test]
fn all_problems_of_a_file_are_told_with_their_lines() {
    let (_folder, path) = written(
        "chip.yaml",
        "tests/sanafe/chip.yaml",
        &[
            ("energy_west_hop: 1.7e-12", "energy_western_hop: 1.7e-12"),
            ("latency_spike_out: 3.0e-9", "latency_spike_out: soon"),
        ],
    );
    let found = lines(&architecture(&path).unwrap_err());
    let expected = [("line 13", "has no \"energy_west_hop\""), ("line 55", "found \"soon\", expected a number")];
    assert_eq!(found, expected.map(|(path, message)| (path.to_owned(), message.to_owned())));
    let (_folder, path) = written(
        "network.yaml",
        "tests/sanafe/network.yaml",
        &[
            ("- classes.3 -> classes.0", "- classes.4 -> classes.0"),
            ("- 0..7: {}", "- 0..7: {reset_mode: soft}"),
            ("{core: 5.1}", "{core: 6.1}"),
            ("soma: other]", "soma: others]"),
        ],
    );
    let found = lines(&network(&path, &small(), "small").unwrap_err());
    let has = |line: &str, text: &str| {
        assert!(found.iter().any(|(path, message)| path == line && message.contains(text)), "{line} {text}: {found:?}")
    };
    has("line 18", "only reset_mode \"hard\"");
    has("line 29", "classes has the neurons 0 to 3");
    has("line 32", "a core such as 0.0 of 6 tiles of 2");
    assert!(network(&repository("tests/sanafe/chip.yaml"), &small(), "x").is_err());
}
