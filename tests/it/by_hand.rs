//! A chip of two cores and a network of two neurons, with every tick, count and attojoule worked out by hand.
//!
//! Ticks of 1 ns. Neuron a (threshold 10, bias 10, falls by its threshold) stands on tile (0, 0), neuron b
//! (threshold 7, no bias, falls to zero) on tile (1, 0). Edges: a→a weighs -4 and takes 2 steps; a→b weighs 4;
//! b→a weighs 6; these take 1 step.
//!
//! | step | a: input, then v     | b: input, then v   | spikes |
//! |------|----------------------|--------------------|--------|
//! | 1    | 0 + 10 = 10, then 0  | untouched          | a      |
//! | 2    | 0 + 10 = 10, then 0  | 4: 4               | a      |
//! | 3    | -4 + 10 = 6          | 4: 8, then 0       | b      |
//! | 4    | -4 + 6 + 16 = 18: 8  | untouched          | a      |
//!
//! Where a spikes (steps 1, 2, 4), with ticks from the release of the step:
//!
//! * soma: access 2 + update 4 + spike 7 = 13; packet to itself ready at 13 + 6 = 19, packet to b at 25;
//! * to itself: 19 + inject 1 = router at 20, + eject 2 = core at 22 (latency 3), axon 5: 27, synapse 3: 30;
//! * to b: 25 + 1 = 26, + hop 10 = 36, + 2 = core at 38 (latency 13), axon 5: 43, synapse 3: 46;
//! * b has been done since 2 (access) or 6 (access and update); so the step ends at 46, + barrier 100 = 146.
//!
//! Where b spikes (step 3): a is done at 2 + 4 = 6; b's soma at 13, its packet ready at 19, router 20, hop 30,
//! core at 32 (latency 13), axon 37, synapse 40; + barrier 100 = 140.
//!
//! Counts: a spikes 3 times to 2 targets, b once to 1: 4 spikes, 7 synapses, 7 packets, 3 + 1 = 4 hops;
//! 2 neurons x 4 steps = 8 accesses; updates: a 4, b 2 (steps 2 and 3) = 6.

use crate::common::{CONTENTION, Rig, chip_from, drive, nonzero, sparse_graph, total};
use serde_json::{Value, json};
use spikemesh::engine::Wheel;
use spikemesh::hw::topology::{EAST, PORTS_OF_MESH, WEST};
use spikemesh::hw::{Chip, Energy};
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::Contention;

/// The chip's file.
pub fn file() -> Value {
    let cost =
        |energy: &str, latency: &str| json!({"energy": energy, "latency": latency, "kind": "model", "source": "hand"});
    let unpriced = json!({"energy": null});
    json!({
        "format": "spikemesh.chip/1",
        "description": "two cores",
        "tick": "1 ns",
        "clock": {"mhz": 1000, "reference": false},
        "mesh": {
            "topology": "mesh", "width": 2, "height": 1, "cores_per_tile": 1, "tile_order": "row_major",
            "routing": "xy", "buffer_flits": 4, "flit_interval": "1 ns", "credit_delay": "1 ns", "host_tile": [0, 0]
        },
        "core": {
            "max_neurons": 1, "max_axons_in": 8, "max_axons_out": null, "max_fan_in": null, "max_fan_out": null,
            "weight_bits": 4, "max_delay": 2, "membrane_bits": 24,
            "synapses": {"kind": "sram", "bits": 1024, "word_bits": 1, "row_overhead_bits": 0, "index_bits": 1},
            "receive": "serial", "receive_queue": 4, "synapse_lanes": 1, "soma_lanes": 1
        },
        "neurons": [],
        "gating": "none",
        "default_calibration": "hand",
        "calibrations": {"hand": {
            "description": "round numbers",
            "scope": "per_term",
            "costs": {
                "axon_in": cost("1 pJ", "5 ns"),
                "synapse": cost("2 pJ", "3 ns"),
                "dendrite": {"included_in": "soma_access"},
                "soma_access": cost("3 pJ", "2 ns"),
                "soma_update": cost("5 pJ", "4 ns"),
                "soma_spike": cost("7 pJ", "7 ns"),
                "axon_out": cost("11 pJ", "6 ns"),
                "inject": cost("0.5 pJ", "1 ns"),
                "eject": cost("0.25 pJ", "2 ns"),
                "hop_ew": cost("13 pJ", "10 ns"),
                "hop_ns": cost("17 pJ", "20 ns"),
                "host_write": unpriced, "encoder_mac": unpriced, "readout": unpriced, "reset": unpriced,
                "barrier": unpriced
            },
            "barrier": {"by_tiles": [[1, "50 ns"], [2, "100 ns"]], "kind": "model", "source": "hand"},
            "static_power": null
        }},
        "sources": {"hand": "this file"},
        "structure_sources": ["hand"],
        "estimates": []
    })
}

fn chip() -> Chip {
    chip_from(&file().to_string())
}

/// The network's graph.
pub fn network() -> Graph {
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "two neurons",
        "populations": [
            {"name": "a", "size": 1, "threshold": 10, "bias": 10, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "b", "size": 1, "threshold": 7, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [
            {"from": "a", "to": "a", "edges": [[0, 0, -4, 2]]},
            {"from": "a", "to": "b", "edges": [[0, 0, 4, 1]]},
            {"from": "b", "to": "a", "edges": [[0, 0, 6, 1]]}
        ]
    }))
}

#[test]
fn two_cores_are_as_worked_out_by_hand() {
    for contention in CONTENTION {
        let rig = Rig::new(network(), chip(), Placer::Linear, contention);
        let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
        assert!(!result.mismatched);
        assert_eq!(result.spikes_per_step, [1, 1, 1, 1]);
        assert_eq!(drive(&rig.system, Wheel::default, Shards::default(), &[], 4).membranes, [8, 0]);
        // Nothing ever waits here, so both timings agree.
        assert_eq!(result.step_ticks, [146, 146, 140, 146], "{contention:?}");
        assert_eq!((result.packet_latency.len(), result.packet_latency.sum()), (7, 3 * 3 + 3 * 13 + 13));
        let expected = [
            ("axon_in", 7),
            ("synapse", 7),
            ("dendrite", 8),
            ("soma_access", 8),
            ("soma_update", 6),
            ("soma_spike", 4),
            ("axon_out", 7),
            ("inject", 7),
            ("eject", 7),
            ("hop_ew", 4),
            ("barrier", 4),
        ];
        assert_eq!(nonzero(&total(&result.cores)), expected);
        // Core by core: a's is the first, b's the second, then the host.
        let by_core = |op: Op| result.cores.iter().map(|counts| counts.of(op)).collect::<Vec<_>>();
        assert_eq!(by_core(Op::SomaSpike), [3, 1, 0]);
        assert_eq!(by_core(Op::SomaUpdate), [4, 2, 0]);
        assert_eq!(by_core(Op::AxonIn), [4, 3, 0]);
        assert_eq!(by_core(Op::HopEw), [3, 1, 0]);
        assert_eq!(by_core(Op::Barrier), [0, 0, 4]);
        if contention == Contention::Modelled {
            let flits = |router: usize, port: u8| {
                result.link_flits[router * usize::from(rig.system.tables.fabric.ports) + usize::from(port)]
            };
            assert_eq!((flits(0, EAST), flits(1, WEST)), (3, 1));
            assert_eq!((flits(0, PORTS_OF_MESH), flits(1, PORTS_OF_MESH)), (4, 3));
            assert_eq!(result.link_flits.iter().sum::<u64>(), 11);
        }
        // 7x1 + 7x2 + 8x3 + 6x5 + 4x7 + 7x11 + 7x0.5 + 7x0.25 + 4x13
        //   = 7 + 14 + 24 + 30 + 28 + 77 + 3.5 + 1.75 + 52 = 237.25 pJ
        let counts = total(&result.cores);
        let price = |op: &Op| match rig.chip.calibrations()[0].cost(*op).energy {
            Energy::Priced { nominal, .. } => nominal.0 * counts.of(*op),
            Energy::IncludedIn(_) | Energy::Unpriced | Energy::NoTerm => 0,
        };
        assert_eq!(Op::ALL.iter().map(price).sum::<u64>(), 237_250_000);
    }
}
