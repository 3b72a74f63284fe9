//! What goes in comes out: packets, hops, synaptic operations, flits; and silence costs what it must and no more.

use crate::common::{CONTENTION, Draw, HOPS, Rig, chip_with, nonzero, random_folded, sparse_graph, total};
use serde_json::{Value, json};
use spikemesh::data::Split;
use spikemesh::hw::topology::{EAST, NORTH, PORTS_OF_MESH, SOUTH, WEST};
use spikemesh::map::place::{self, Placer};
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, QuantSpec, RandomSpec, reference};
use spikemesh::run::{Job, Shards, SparseResult, Unwatched, run_batch, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::Contention;

/// A recurrent network with a source, busy enough to fill small buffers.
fn busy(seed: u64) -> Graph {
    let mut draw = Draw::new(seed);
    let (cells, inputs) = (60, 8);
    let edge = |draw: &mut Draw, sources: i64| {
        [draw.between(0, sources - 1), draw.between(0, cells - 1), draw.between(-4, 6), draw.between(1, 3)]
    };
    let inner: Vec<_> = (0..1500).map(|_| edge(&mut draw, cells)).collect();
    let outer: Vec<_> = (0..120).map(|_| edge(&mut draw, inputs)).collect();
    let spikes: Vec<_> = (1..=20).flat_map(|t| (0..inputs).map(move |i| [t, i])).filter(|s| s[0] % 3 != 0).collect();
    let bias: Vec<_> = (0..cells).map(|_| draw.between(0, 9)).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "busy",
        "populations": [
            {"name": "cells", "size": cells, "threshold": 12, "bias": bias,
             "neuron": {"model": "lif", "decay": 256, "reset": "subtract"}},
            {"name": "inputs", "size": inputs, "spikes": spikes}
        ],
        "projections": [
            {"from": "cells", "to": "cells", "edges": inner},
            {"from": "inputs", "to": "cells", "edges": outer}
        ]
    }))
}

/// Flits over ports of one kind, from all routers.
fn flits(result: &SparseResult, rig: &Rig, wanted: impl Fn(u8) -> bool) -> u64 {
    let ports = usize::from(rig.system.tables.fabric.ports);
    let of_port = result.link_flits.iter().enumerate().filter(|(slot, _)| wanted((slot % ports) as u8));
    of_port.map(|(_, flits)| flits).sum()
}

#[test]
fn packets_hops_and_operations_are_conserved() {
    let steps = 20;
    let graph = busy(3);
    let right = reference::sparse(&graph, steps);
    // Buffers and queues of one place: a credit lost once would stop the network for good, and `run_sparse` would
    // say that it is stuck. Twenty steps over the same links then show that every credit came home.
    let edits: [(&str, Value); 6] = [
        ("/mesh/width", json!(3)),
        ("/mesh/height", json!(3)),
        ("/mesh/cores_per_tile", json!(2)),
        ("/mesh/buffer_flits", json!(1)),
        ("/core/receive_queue", json!(1)),
        ("/core/max_neurons", json!(4)),
    ];
    for placer in place::Placer::ALL {
        for contention in CONTENTION {
            let rig = Rig::new(graph.clone(), chip_with("loihi", &edits), *placer, contention);
            let result = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
            assert!(!result.mismatched);
            let (counts, expected) = (total(&result.cores), rig.traffic(&right.counts));
            assert!(expected.packets > 2000 && expected.host_packets > 100, "{expected:?} is too little to prove much");
            assert_eq!(counts.of(Op::AxonOut) + counts.of(Op::HostWrite), expected.packets);
            assert_eq!(counts.of(Op::HostWrite), expected.host_packets);
            assert_eq!(counts.of(Op::Inject), expected.packets);
            assert_eq!(counts.of(Op::Eject), expected.packets);
            assert_eq!(counts.of(Op::AxonIn), expected.packets);
            assert_eq!(counts.synapses(), expected.synapses);
            assert_eq!(HOPS.map(|op| counts.of(op)), expected.hops);
            assert_eq!(counts.of(Op::SomaAccess), 60 * u64::from(steps));
            let on_chip: u32 = right.counts[..60].iter().sum();
            assert_eq!(counts.of(Op::SomaSpike), u64::from(on_chip));
            assert_eq!(result.packet_latency.len(), expected.packets);
            assert_eq!(result.packet_hops.len(), expected.packets);
            assert_eq!(result.packet_hops.sum(), u128::from(expected.hops.iter().sum::<u64>()));
            if contention == Contention::Modelled {
                assert_eq!(flits(&result, &rig, |p| p == EAST || p == WEST), expected.hops[0]);
                assert_eq!(flits(&result, &rig, |p| p == NORTH || p == SOUTH), expected.hops[1]);
                assert_eq!(flits(&result, &rig, |p| p >= PORTS_OF_MESH), expected.packets);
            }
        }
    }
}

#[test]
fn timing_changes_no_count() {
    let graph = busy(4);
    let edits = [("/core/max_neurons", json!(7)), ("/mesh/buffer_flits", json!(1))];
    let counts = CONTENTION.map(|contention| {
        let rig = Rig::new(graph.clone(), chip_with("loihi", &edits), Placer::Linear, contention);
        let result = run_sparse(&rig.system, &rig.graph, 20, Shards::default(), &Unwatched).unwrap();
        (result.cores, result.spikes_per_step)
    });
    assert_eq!(counts[0], counts[1]);
}

#[test]
fn silence_costs_accesses_and_barriers_and_nothing_else() {
    let (neurons, steps) = (100u64, 7u64);
    let graph = sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "silent, though joined",
        "populations": [{"name": "n", "size": neurons, "threshold": 1, "neuron": {"model": "if", "reset": "zero"}}],
        "projections": [{"from": "n", "to": "n", "edges": (0..100).map(|i| [i, (i * 7 + 1) % 100, 5, 1]).collect::<Vec<_>>()}]
    }));
    for lanes in [1u64, 4] {
        for contention in CONTENTION {
            let edits = [("/core/max_neurons", json!(30)), ("/core/soma_lanes", json!(lanes))];
            let rig = Rig::new(graph.clone(), chip_with("loihi", &edits), Placer::Linear, contention);
            let result = run_sparse(&rig.system, &rig.graph, steps as u32, Shards::default(), &Unwatched).unwrap();
            let expected = vec![("dendrite", neurons * steps), ("soma_access", neurons * steps), ("barrier", steps)];
            assert_eq!(nonzero(&total(&result.cores)), expected);
            assert_eq!(result.spikes_per_step, vec![0; steps as usize]);
            // Four cores of 30, 30, 30 and 10 neurons on one tile: the longest sweep of 30 accesses of 6 ns over
            // the lanes, then the barrier of one tile, 0.6 us; a tick is 100 ps.
            assert_eq!(result.step_ticks, vec![30 * 60 / lanes + 6000; steps as usize]);
        }
    }
}

#[test]
fn a_silent_inference_pays_for_the_window_or_for_all_steps() {
    let (input, time_steps) = (Shape::flat(5), 6);
    let layers: Vec<_> = [7, 9, 4].map(LayerSpec::dense).to_vec();
    let mut folded = random_folded(input, &layers, 255, 1.0, &mut Draw::new(5));
    folded.layers.iter_mut().for_each(|layer| layer.bias.fill(0.0));
    let net = folded.quantise(QuantSpec::new(time_steps, 8));
    let samples = Split { pixels: vec![0; 5], labels: vec![0], sample_len: 5, sequences: None, targets: None };
    // Three layers of 7 + 9 + 4 = 20 neurons. Gated, each is accessed in its window of 6 steps; else in all of
    // the 6 + 3 - 1 steps.
    for (name, gating, accesses) in
        [("loihi", "none", 20 * 8), ("loihi", "window", 20 * 6), ("crossbar", "window", 20 * 6)]
    {
        let chip = chip_with(name, &[("/gating", json!(gating))]);
        let rig = Rig::new(Graph::from_layered(&net), chip, Placer::Greedy, Contention::Modelled);
        let (system, graph) = (&rig.system, &rig.graph);
        let job = Job { system, graph, network: (&net).into(), samples: &samples, count: 1, threads: 1 };
        let result = run_batch(job, &Unwatched).unwrap();
        let expected = vec![
            ("dendrite", accesses),
            ("soma_access", accesses),
            ("host_write", 7),
            ("encoder_mac", 5 * 7),
            ("readout", 4),
            ("reset", 20),
            ("barrier", 8),
        ];
        assert_eq!(nonzero(&result.inferences[0].counts), expected, "{name} {gating}");
    }
}

#[test]
fn workload_w_counts_what_it_is_known_to_count() {
    // The numbers are those of `--network random:` as published with the workload, made by another program.
    let net = RandomSpec::parse("random:seed=1,neurons=1024,cores=16,targets=uniform").unwrap().generate();
    for contention in CONTENTION {
        let rig = Rig::new(net.graph.clone(), chip_with("loihi", &[]), Placer::Linear, contention);
        assert_eq!(rig.mapping.cores.len(), 16);
        let result = run_sparse(&rig.system, &rig.graph, 100, Shards::default(), &Unwatched).unwrap();
        assert!(!result.mismatched);
        let counts = total(&result.cores);
        assert_eq!(result.spikes_per_step.iter().sum::<u64>(), 2_468);
        assert_eq!(counts.of(Op::SomaSpike), 2_468);
        assert_eq!(counts.synapses(), 237_235);
        assert_eq!(counts.of(Op::AxonOut), 39_363);
        assert_eq!((counts.of(Op::HopEw), counts.of(Op::HopNs)), (0, 48_966));
        // Every neuron has a bias, so every access is an update.
        assert_eq!((counts.of(Op::SomaAccess), counts.of(Op::SomaUpdate)), (102_400, 102_400));
    }
}
