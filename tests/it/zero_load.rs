//! The way of single packets, hop by hop, and waiting that can be worked out by hand.
//!
//! A packet that meets no other takes inject + dx hop_ew + dy hop_ns + eject, from when its sender's axon stage has
//! it ready to when the core takes it in. The figures below are those of the chip files, in ticks.

use crate::common::{Rig, chip_with, sparse_graph};
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::hw::topology::{EAST, PORTS_OF_MESH, SOUTH};
use spikemesh::map::place::Placer;
use spikemesh::map::{MappingOptions, Sharing};
use spikemesh::run::{Shards, SparseResult, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::Contention;

/// Neurons one to a core, in core order; those of `sending` spike in the first step. Edges all weigh 1.
fn run_step(chip: &Chip, neurons: usize, sending: &[usize], edges: &[(usize, usize)]) -> SparseResult {
    let bias: Vec<i32> = (0..neurons).map(|i| i32::from(sending.contains(&i))).collect();
    let edges: Vec<_> = edges.iter().map(|(from, to)| [*from, *to, 1, 1]).collect();
    let graph = sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "one neuron on each core",
        "populations": [{"name": "n", "size": neurons, "threshold": 1, "bias": bias,
                         "neuron": {"model": "if", "reset": "zero"}}],
        "projections": [{"from": "n", "to": "n", "edges": edges}]
    }));
    let rig = Rig::new(graph, chip.clone(), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    result
}

/// Latency and hops of one packet between two tiles.
fn one_packet(chip: &Chip, per_tile: usize, from: usize, to: usize) -> (u128, u64, u64) {
    let (from, to) = (from * per_tile, to * per_tile);
    let result = run_step(chip, from.max(to) + 1, &[from], &[(from, to)]);
    assert_eq!(result.packet_latency.len(), 1);
    let hops = |op: Op| result.cores.iter().map(|counts| counts.of(op)).sum();
    (result.packet_latency.sum(), hops(Op::HopEw), hops(Op::HopNs))
}

#[test]
fn every_pair_of_tiles_of_loihi_has_its_zero_load_latency() {
    // 0.1 ns in and out, 4.1 ns east-west, 6.5 ns north-south, in ticks of 0.1 ns; four tiles in a column.
    for routing in ["xy", "yx"] {
        let chip = chip_with("loihi", &[("/core/max_neurons", json!(1)), ("/mesh/routing", json!(routing))]);
        for from in 0..32usize {
            for to in 0..32usize {
                let (dx, dy) = ((from / 4).abs_diff(to / 4) as u64, (from % 4).abs_diff(to % 4) as u64);
                let expected = (u128::from(1 + 41 * dx + 65 * dy + 1), dx, dy);
                assert_eq!(one_packet(&chip, 4, from, to), expected, "{routing}, tile {from} to {to}");
            }
        }
    }
}

#[test]
fn tiles_of_the_crossbar_chip_have_their_zero_load_latency() {
    // 1 ns in and out, 2 ns a hop, in ticks of 1 ns; fourteen tiles in a row.
    let chip = chip_with("crossbar", &[("/core/max_neurons", json!(1))]);
    for from in [0usize, 13, 90, 167] {
        for to in 0..168usize {
            let (dx, dy) = ((from % 14).abs_diff(to % 14) as u64, (from / 14).abs_diff(to / 14) as u64);
            let expected = (u128::from(1 + 2 * (dx + dy) + 1), dx, dy);
            assert_eq!(one_packet(&chip, 1, from, to), expected, "tile {from} to {to}");
        }
    }
}

#[test]
fn the_hosts_packets_start_at_its_tile() {
    for (x, y) in [(0u64, 0u64), (7, 3), (2, 1)] {
        let chip = chip_with("loihi", &[("/core/max_neurons", json!(1)), ("/mesh/host_tile", json!([x, y]))]);
        for to in [0u64, 5, 18, 31] {
            let graph = sparse_graph(&json!({
                "format": "spikemesh.sparse/1",
                "description": "a source and one neuron on each core",
                "populations": [
                    {"name": "host", "size": 1, "spikes": [[1, 0]]},
                    {"name": "n", "size": 128, "threshold": 9, "neuron": {"model": "if", "reset": "zero"}}
                ],
                "projections": [{"from": "host", "to": "n", "edges": [[0, 4 * to, 1, 1]]}]
            }));
            let rig = Rig::new(graph, chip.clone(), Placer::Linear, Contention::Modelled);
            let result = run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap();
            let expected = 1 + 41 * x.abs_diff(to / 4) + 65 * y.abs_diff(to % 4) + 1;
            assert_eq!(result.packet_latency.sum(), u128::from(expected), "host at ({x}, {y}), tile {to}");
        }
    }
}

/// Loihi with one neuron to a core, and some values of its own.
fn loihi(edits: &[(&str, Value)]) -> Chip {
    let mut all = vec![("/core/max_neurons", json!(1))];
    all.extend(edits.iter().cloned());
    chip_with("loihi", &all)
}

#[test]
fn the_second_of_two_packets_waits_for_the_link() {
    // Both leave their cores at 60 + 37 + 300 (soma) + 51 (axon) = 448 and reach the router at 449. The first goes
    // on at once, the second 24 ticks (2.4 ns) later.
    //
    // On the tile: they reach core 2 at 450 and 474. It works 160 + 38 on each: until 648, and until 846. One tile
    // has a barrier of 6000.
    let near = run_step(&loihi(&[]), 3, &[0, 1], &[(0, 2), (1, 2)]);
    assert_eq!((near.packet_latency.sum(), near.packet_latency.quantile(1.0)), (2 + 26, 26));
    assert_eq!(near.step_ticks, [846 + 6000]);
    // To the next tile south, 65 further: 515 and 539, so until 713 and 911; two tiles have a barrier of 10000.
    let far = run_step(&loihi(&[]), 5, &[0, 1], &[(0, 4), (1, 4)]);
    assert_eq!((far.packet_latency.sum(), far.packet_latency.quantile(1.0)), (67 + 91, 91));
    assert_eq!(far.step_ticks, [911 + 10_000]);
}

#[test]
fn a_slow_receiver_holds_packets_back_in_the_router() {
    // Cores 0, 1, 2 send to core 3 of their tile, whose queue has one place. All reach the router at 449.
    //   first:  core at 450, taken in at once, place free again at 451; done at 450 + 198 = 648.
    //   second: link free at 449 + 24 = 473, core at 474, waits until 648, place free at 649; done at 846.
    //   third:  place at 649, core at 650, done at 846 + 198 = 1044.
    let chip = loihi(&[("/core/receive_queue", json!(1))]);
    let result = run_step(&chip, 4, &[0, 1, 2], &[(0, 3), (1, 3), (2, 3)]);
    assert_eq!(result.packet_latency.sum(), 2 + 26 + (650 - 448));
    assert_eq!(result.packet_latency.quantile(1.0), 202);
    assert_eq!(result.step_ticks, [1044 + 6000]);
    // With two places the third waits for the link only: core at 498.
    let chip = loihi(&[("/core/receive_queue", json!(2))]);
    let result = run_step(&chip, 4, &[0, 1, 2], &[(0, 3), (1, 3), (2, 3)]);
    assert_eq!(result.packet_latency.sum(), 2 + 26 + 50);
    assert_eq!(result.step_ticks, [1044 + 6000]);
}

#[test]
fn buffers_of_one_flit_hold_packets_back_to_the_sender() {
    // One core sends four packets to a core one hop south; a soma of no latency has packet k ready at 51 k. All
    // buffers and queues have one place, a freed place is known a tick later, and the receiver takes 198 a packet.
    //
    //   packet  ready  sender's router  receiver's router  core  begins  done
    //   1         51     52              117                118    118    316   (place at the core known 119)
    //   2        102    103   at 118:    183                184    316    514   (117 freed the buffer; 317)
    //   3        153    154   at 184:    249   at 317:      318    514    712   (183 freed the buffer; 515)
    //   4        204    205   at 318:    383   at 515:      516    712    910   (317 freed the buffer)
    let costs = "/calibrations/silicon_fit/costs";
    let soma = ["soma_access", "soma_update", "soma_spike"].map(|op| format!("{costs}/{op}/latency"));
    let mut edits: Vec<(&str, Value)> = soma.iter().map(|pointer| (pointer.as_str(), json!("0 ns"))).collect();
    edits.extend([
        ("/core/max_neurons", json!(4)),
        ("/mesh/cores_per_tile", json!(1)),
        ("/mesh/buffer_flits", json!(1)),
        ("/core/receive_queue", json!(1)),
    ]);
    let result = run_step(&chip_with("loihi", &edits), 5, &[0, 1, 2, 3], &[(0, 4), (1, 4), (2, 4), (3, 4)]);
    assert_eq!(result.packet_latency.len(), 4);
    assert_eq!(result.packet_latency.sum(), (118 - 51) + (184 - 102) + (318 - 153) + (516 - 204));
    assert_eq!(result.packet_latency.quantile(1.0), 312);
    assert_eq!(result.step_ticks, [910 + 10_000]);
}

/// Cores of one tile of Loihi with a soma of no latency: packet k of a core is ready at 51 k. All of the neurons of
/// the senders fire once. Populations are (name, neurons, whether they send), edges (from, to, neuron, target).
fn run_tile(
    populations: &[(&str, usize, bool)],
    edges: &[(&str, &str, usize, usize)],
    edits: &[(&str, Value)],
) -> SparseResult {
    let costs = "/calibrations/silicon_fit/costs";
    let soma = ["soma_access", "soma_update", "soma_spike"].map(|op| format!("{costs}/{op}/latency"));
    let mut all: Vec<(&str, Value)> = soma.iter().map(|pointer| (pointer.as_str(), json!("0 ns"))).collect();
    all.extend(edits.iter().cloned());
    let population = |(name, size, sends): &(&str, usize, bool)| {
        json!({"name": name, "size": size, "threshold": 1, "bias": i32::from(*sends),
               "neuron": {"model": "if", "reset": "zero"}})
    };
    let edge = |(from, to, neuron, target): &(&str, &str, usize, usize)| json!({"from": from, "to": to, "edges": [[neuron, target, 1, 1]]});
    let graph = sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "one tile",
        "populations": populations.iter().map(population).collect::<Vec<_>>(),
        "projections": edges.iter().map(edge).collect::<Vec<_>>()
    }));
    let apart = MappingOptions { placer: Placer::Linear, sharing: Sharing::Never, ..MappingOptions::default() };
    let rig = Rig::mapped(graph, chip_with("loihi", &all), apart, Contention::Modelled);
    run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap()
}

#[test]
fn an_output_serves_its_inputs_in_turn() {
    // A flit every 200 ticks. Cores a and b send two packets each to c; the second of each leaves its core at 251
    // and reaches the router at 252. In turn: a at 52, b at 252, a at 452, b at 652, and c takes them in a tick
    // later. (The lower input first each time would be a, a, b, b: latencies of 2, 151, 402, 551.)
    let populations = [("a", 2, true), ("b", 2, true), ("c", 1, false)];
    let edges = [("a", "c", 0, 0), ("a", "c", 1, 0), ("b", "c", 0, 0), ("b", "c", 1, 0)];
    let result = run_tile(&populations, &edges, &[("/mesh/flit_interval", json!("20 ns"))]);
    let latencies = [0.25, 0.5, 0.75, 1.0].map(|share| result.packet_latency.quantile(share));
    assert_eq!(latencies, [53 - 51, 253 - 51, 453 - 102, 653 - 102]);
    assert_eq!(result.step_ticks, [653 + 198 + 6000]);
}

#[test]
fn an_input_gives_one_flit_an_interval_whatever_their_outputs() {
    // Queues have one place. Core s sends three packets to x and a fourth to y; core c sends five to itself.
    //
    //   s 1: router 52, x at 53, done 251          c 1: router 52, core 53, done 251
    //   s 2: router 103, x at 104, begins 251      c 2: router 103, core 104, begins 251
    //   s 3: router 154, place at 252, x at 253    c 3: router 154, place at 252, core 253, begins 449
    //   s 4: router 205, behind s 3, so not        c 4: router 205, place at 450, core 451, begins 647
    //        before 252 + 24 = 276, y at 277       c 5: router 256, place at 648, core 649, done 1043
    //
    // The arrival of c 5 at 256 makes the router look while s 4 still has to wait.
    let populations = [("s", 4, true), ("c", 5, true), ("x", 1, false), ("y", 1, false)];
    let mut edges = vec![("s", "x", 0, 0), ("s", "x", 1, 0), ("s", "x", 2, 0), ("s", "y", 3, 0)];
    edges.extend((0..5).map(|i| ("c", "c", i, i)));
    let result = run_tile(&populations, &edges, &[("/core/receive_queue", json!(1))]);
    let (s, c) = (2 + 2 + (253 - 153) + (277 - 204), 2 + 2 + (253 - 153) + (451 - 204) + (649 - 255));
    assert_eq!((result.packet_latency.len(), result.packet_latency.sum()), (9, s + c));
    assert_eq!(result.step_ticks, [1043 + 6000]);
}

#[test]
fn routing_rules_take_the_links_that_they_are_named_for() {
    // From tile 0 at (0, 0) to tile 31 at (7, 3): 7 links east and 3 south, along the first row and last column for
    // xy, along the first column and last row for yx.
    for (rule, corner) in [("xy", (7, 0)), ("yx", (0, 3))] {
        let chip = loihi(&[("/mesh/routing", json!(rule)), ("/mesh/cores_per_tile", json!(1))]);
        let result = run_step(&chip, 32, &[0], &[(0, 31)]);
        // Four mesh ports, one core, the host.
        let flits = |x: usize, y: usize, port: u8| result.link_flits[(y * 8 + x) * 6 + usize::from(port)];
        for x in 0..7 {
            assert_eq!(flits(x, corner.1, EAST), 1, "{rule}: east of ({x}, {})", corner.1);
        }
        for y in 0..3 {
            assert_eq!(flits(corner.0, y, SOUTH), 1, "{rule}: south of ({}, {y})", corner.0);
        }
        assert_eq!(flits(7, 3, PORTS_OF_MESH), 1);
        assert_eq!(result.link_flits.iter().sum::<u64>(), 7 + 3 + 1);
    }
}
