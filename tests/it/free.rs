//! Free-running chips: timing acts on function, and nothing else does.

use crate::common::{
    CONTENTION, Draw, Rig, chip_from, chip_with, digest, header, random_folded, sparse_graph, text_of, total,
};
use crate::event_list;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use serde_json::{Value, json};
use spikemesh::data::Split;
use spikemesh::engine::{EventSet, Heap, Wheel};
use spikemesh::hw::Chip;
use spikemesh::map::{self, place, place::Placer};
use spikemesh::model::fabric::Flit;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, Layered, QuantSpec, RandomSpec, reference};
use spikemesh::report::{
    BatchInput, Context, Detail, SparseInput, run_json, run_text, summarise_batch, summarise_sparse,
};
use spikemesh::run::{Ending, Job, RunError, Runner, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::stats::{Counts, Op};
use spikemesh::system::{self, Contention, SystemError};

/// The example mesh without a barrier, with one virtual channel and packets of one flit. Times: axon in 5, synapse 3,
/// soma access 2, update 4, spike 7, axon out 6, inject 1, eject 2, hops 3 and 4 ticks of 1 ns.
pub fn chip(time_step: &str, deadline: &str, edits: &[(&str, Value)]) -> Chip {
    let mut file: Value = serde_json::from_str(&text_of("tests/chips/mesh.json")).unwrap();
    let mesh = file["mesh"].as_object_mut().unwrap();
    for field in ["virtual_channels", "head_delay", "allocation", "packet_flits"] {
        mesh.remove(field).unwrap();
    }
    let table = file["calibrations"]["round"].as_object_mut().unwrap();
    table.remove("barrier").unwrap();
    table["costs"].as_object_mut().unwrap().remove("barrier").unwrap();
    file["core"]["max_delay"] = json!(1);
    file["free_running"] = json!({"time_step": time_step, "deadline": deadline});
    for (pointer, value) in edits {
        *file.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = value.clone();
    }
    chip_from(&file.to_string())
}

/// Three cores in a row, each of one neuron.
fn row(time_step: &str) -> Chip {
    let edits = [
        ("/mesh/width", json!(3)),
        ("/mesh/height", json!(1)),
        ("/mesh/cores_per_tile", json!(1)),
        ("/core/max_neurons", json!(1)),
    ];
    chip(time_step, "1 ms", &edits)
}

/// Neurons a and b fire in every step. Neuron c, of threshold 5, gets 6 from b and -4 from a: if b's packet comes first,
/// it fires. Populations stand on cores in the order in which they are listed.
fn race(order: [&str; 3]) -> Graph {
    let population = |name: &str| match name {
        "c" => json!({"name": "c", "size": 1, "threshold": 5, "neuron": {"model": "if", "reset": "subtract"}}),
        name => {
            json!({"name": name, "size": 1, "threshold": 10, "bias": 10, "neuron": {"model": "if", "reset": "subtract"}})
        }
    };
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "who comes first",
        "populations": order.map(population),
        "projections": [
            {"from": "a", "to": "c", "edges": [[0, 0, -4, 1]]},
            {"from": "b", "to": "c", "edges": [[0, 0, 6, 1]]}
        ]
    }))
}

/// Everything that a run left behind.
type Seen = (Ending, Vec<u32>, Vec<i32>, Vec<Counts>, Vec<u64>, [(u64, u128, [u64; 5]); 2]);

fn infer<S: EventSet<Flit> + Send>(runner: &mut Runner<'_, S>, host: &[i32], steps: u32) -> Seen {
    runner.reset(host);
    for step in 1..=steps {
        runner.step(step).unwrap_or_else(|error| panic!("{error}"));
    }
    let ending = runner.finish().unwrap_or_else(|error| panic!("{error}"));
    let (counts, membranes) = runner.neurons(steps);
    let (latency, hops) = runner.packets();
    (ending, counts, membranes, runner.counts(), runner.link_flits(), [digest(&latency), digest(&hops)])
}

fn seen(rig: &Rig, shards: Shards, steps: u32) -> Seen {
    infer(&mut Runner::new(&rig.system, shards), &[], steps)
}

/// Edges of the clock are at 0 and 1000. A firing neuron takes 2 + 4 + 7 = 13, its packet is ready at 19 and at the
/// router at 20.
///
/// * The nearer neuron's packet: one hop, eject: at c at 25; axon 30, synapse 33; soma 39, or 46 where c fires.
/// * The farther one's: two hops: at c at 28, where it waits for the synapse stage until 33; axon 38, synapse 41; soma
///   from 41 to 47, or from 46 to 52 where c fired.
///
/// With a nearer, c goes -4, 2; and in the second step -2, 4: it never fires. With b nearer it goes 6: fires, 1, -3;
/// and in the second step 3, -1.
#[test]
fn the_order_of_two_packets_decides_whether_a_neuron_fires() {
    for contention in CONTENTION {
        // The network is the same one, and only stands otherwise.
        let (a_nearer, b_nearer) = (["b", "a", "c"], ["a", "b", "c"]);
        for (order, steps, spikes, last, v) in [
            (a_nearer, 1, vec![2], 47, 2),
            (b_nearer, 1, vec![3], 52, -3),
            (a_nearer, 2, vec![2, 2], 47, 4),
            (b_nearer, 2, vec![3, 2], 47, -1),
        ] {
            let rig = Rig::new(race(order), row("1 us"), Placer::Linear, contention);
            let result = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
            assert_eq!(result.spikes_per_step, spikes, "{order:?}, {contention:?}");
            let expected: Vec<u64> = (1..=steps).map(|step| if step == steps { last } else { 1000 }).collect();
            assert_eq!(result.step_ticks, expected, "{order:?}, {contention:?}");
            assert_eq!(seen(&rig, Shards::default(), steps).2[2], v);
            assert_eq!((result.dropped, result.mismatched), (0, true));
            assert_eq!(result.spike_difference, spikes.iter().sum::<u64>() - 2 * u64::from(steps));
        }
    }
}

/// With edges at 0 and 10, a and b are at the second one when they have done the first: from 19 on, so that they fire
/// at 32 and their packets are ready at 38. With b nearer, packets are at c at 25 (6: fires, 1; soma from 33 to 46),
/// 28 (-3; axon from 33, synapse 41, soma 46 to 52), 44 (3; axon from 46, synapse 54, soma to 60), and 47 (-1; axon
/// from 54, synapse 62, soma to 68).
#[test]
fn a_core_that_is_busy_at_an_edge_gets_to_it_later() {
    for contention in CONTENTION {
        let rig = Rig::new(race(["a", "b", "c"]), row("10 ns"), Placer::Linear, contention);
        let result = run_sparse(&rig.system, &rig.graph, 2, Shards::default(), &Unwatched).unwrap();
        assert_eq!(result.step_ticks, [10, 58], "{contention:?}");
        assert_eq!(result.spikes_per_step, [2, 3]);
        assert_eq!(seen(&rig, Shards::default(), 2).2, [0, 0, -1]);
        let counts = total(&result.cores);
        // c has no bias, so the clock does not look at it.
        assert_eq!((counts.of(Op::SomaAccess), counts.of(Op::Barrier)), (2 * 2 + 4, 0));
        assert_eq!((counts.of(Op::AxonOut), counts.of(Op::AxonIn), counts.of(Op::SomaSpike)), (4, 4, 5));
    }
}

/// A random recurrent network with leaks, biases, both resets, saturation and sources, all delays 1.
pub fn recurrent(seed: u64, busy: i64) -> Graph {
    let mut draw = Draw::new(seed);
    let mut populations = Vec::new();
    for index in 0..draw.between(1, 4) {
        let size = draw.between(1, 12);
        let name = format!("p{index}");
        if index > 0 && draw.below(3) == 0 {
            let mut spikes: Vec<_> =
                (0..draw.below(30)).map(|_| [draw.between(1, 12), draw.between(0, size - 1)]).collect();
            spikes.sort_unstable();
            spikes.dedup();
            populations.push(json!({"name": name, "size": size, "spikes": spikes}));
            continue;
        }
        let fraction = draw.between(0, 3);
        let bits = draw.between(10, 20);
        let reset = ["zero", "subtract"][draw.below(2) as usize];
        let mut neuron = json!({"model": "if", "reset": reset,
                                "fraction_bits": fraction, "membrane_bits": bits});
        if draw.below(2) == 0 {
            neuron["model"] = json!("lif");
            neuron["decay"] = json!(draw.between(1, 4096));
        }
        let most = if draw.below(3) == 0 { 0 } else { 12 << fraction };
        let bias: Vec<i64> = (0..size).map(|_| draw.between(-most / 3, most)).collect();
        let threshold: Vec<i64> = (0..size).map(|_| draw.between(1, 40 << fraction)).collect();
        populations.push(json!({"name": name, "size": size, "threshold": threshold, "bias": bias, "neuron": neuron}));
    }
    let size = |i: usize| populations[i]["size"].as_i64().unwrap();
    let mut projections = Vec::new();
    for from in 0..populations.len() {
        for to in (0..populations.len()).filter(|to| populations[*to].get("spikes").is_none()) {
            let count = draw.below((size(from) * busy) as u64 + 1);
            let mut edge =
                || [draw.between(0, size(from) - 1), draw.between(0, size(to) - 1), draw.between(-60, 60), 1];
            let edges: Vec<_> = (0..count).map(|_| edge()).collect();
            projections.push(json!({"from": format!("p{from}"), "to": format!("p{to}"), "edges": edges}));
        }
    }
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "random",
        "populations": populations,
        "projections": projections,
    }))
}

/// An odd chip, large enough for the network.
pub fn odd_chip(draw: &mut Draw) -> Chip {
    let step = [7, 60, 500][draw.below(3) as usize];
    let deadline = step * draw.between(12, 40);
    let costs = |op: &str| format!("/calibrations/round/costs/{op}/latency");
    let mut edits: Vec<(String, Value)> =
        ["axon_in", "synapse", "soma_access", "soma_update", "soma_spike", "axon_out"]
            .map(|op| (costs(op), json!(format!("{} ns", draw.between(0, 9)))))
            .into();
    for op in ["inject", "eject", "hop_ew", "hop_ns"] {
        edits.push((costs(op), json!(format!("{} ns", draw.between(1, 9)))));
    }
    let one_of = |draw: &mut Draw, values: &[u64]| json!(values[draw.below(values.len() as u64) as usize]);
    edits.push(("/mesh/buffer_flits".into(), one_of(draw, &[1, 2, 8])));
    edits.push(("/mesh/flit_interval".into(), json!(format!("{} ns", draw.between(1, 4)))));
    edits.push(("/core/receive_queue".into(), one_of(draw, &[1, 4])));
    edits.push(("/core/synapse_lanes".into(), one_of(draw, &[1, 3])));
    edits.push(("/core/soma_lanes".into(), one_of(draw, &[1, 2])));
    edits.push(("/core/max_neurons".into(), one_of(draw, &[3, 5, 12])));
    edits.push(("/core/receive".into(), Value::from(["serial", "pipelined"][draw.below(2) as usize])));
    let edits: Vec<(&str, Value)> = edits.iter().map(|(pointer, value)| (pointer.as_str(), value.clone())).collect();
    chip(&format!("{step} ns"), &format!("{deadline} ns"), &edits)
}

fn for_all<S: Strategy>(cases: u32, seed: u64, strategy: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..ProptestConfig::default()
    };
    TestRunner::new(config).run(&strategy, check).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn random_networks_equal_a_plain_list_of_events() {
    let checked = std::cell::RefCell::new((0, 0, 0));
    for_all(300, 5, (any::<u64>(), 1..=12u32, 0..place::Placer::ALL.len()), |(seed, steps, placer)| {
        let mut draw = Draw::new(seed);
        let graph = recurrent(seed, draw.between(1, 8));
        let rig = Rig::new(graph, odd_chip(&mut draw), place::Placer::ALL[placer], Contention::Ignored);
        let right = event_list::run(&rig.graph, &rig.chip, &rig.mapping, steps);
        let result = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
        let (ending, counts, membranes, ..) = seen(&rig, Shards::default(), steps);
        prop_assert_eq!(&counts, &right.counts);
        prop_assert_eq!(membranes.iter().map(|v| i64::from(*v)).collect::<Vec<_>>(), right.membranes);
        prop_assert_eq!((result.dropped, ending.dropped), (right.dropped, right.dropped));
        prop_assert_eq!(&result.spikes_per_step, &right.spikes_per_step);
        prop_assert_eq!(result.step_ticks.iter().sum::<u64>(), ending.ticks);
        prop_assert!(ending.ticks >= right.busy_until);
        let mut checked = checked.borrow_mut();
        let spikes: u64 = right.spikes_per_step.iter().sum();
        *checked =
            (checked.0 + u64::from(right.dropped > 0), checked.1 + u64::from(right.dropped == 0), checked.2 + spikes);
        Ok(())
    });
    let (ended, rested, spikes) = *checked.borrow();
    assert!(ended > 20 && rested > 20, "{ended} ended at the deadline, {rested} came to rest");
    assert!(spikes > 10_000, "{spikes} spikes prove little");
}

/// Sixty neurons that keep each other busy, so that packets wait everywhere.
fn crowd() -> Graph {
    let mut draw = Draw::new(7);
    let edges: Vec<_> = (0..900).map(|_| [draw.between(0, 59), draw.between(0, 59), draw.between(-4, 6), 1]).collect();
    let bias: Vec<_> = (0..60).map(|_| draw.between(0, 9)).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "busy",
        "populations": [{"name": "cells", "size": 60, "threshold": 12, "bias": bias,
                         "neuron": {"model": "lif", "decay": 256, "reset": "subtract"}}],
        "projections": [{"from": "cells", "to": "cells", "edges": edges}]
    }))
}

#[test]
fn results_are_the_same_for_any_shards_threads_and_sets() {
    let large = RandomSpec::parse("random:seed=3,neurons=256,cores=16,targets=uniform").unwrap().generate().graph;
    let small_cores = [
        ("/core/max_neurons", json!(3)),
        ("/core/receive_queue", json!(1)),
        // Windows of three ticks, so that threads wait less for each other.
        ("/mesh/credit_delay", json!("3 ns")),
    ];
    let multicast = chip("300 ns", "6 us", &[]).edit().set("mesh.delivery", "multicast").build().unwrap();
    let mut cases: Vec<(Graph, Chip)> = vec![
        (crowd(), chip("300 ns", "6 us", &small_cores)),
        (large.clone(), chip("300 ns", "4 us", &[])),
        (large.clone(), multicast),
        (large, chip("2 us", "1 ms", &[("/mesh/buffer_flits", json!(1)), ("/core/receive_queue", json!(1))])),
    ];
    for seed in 0..3 {
        cases.push((recurrent(seed, 8), odd_chip(&mut Draw::new(seed + 100))));
    }
    let mut delivered = 0;
    for (graph, chip) in cases {
        for contention in CONTENTION {
            let rig = Rig::new(graph.clone(), chip.clone(), Placer::Greedy, contention);
            let one = seen(&rig, Shards::default(), 9);
            delivered += total(&one.3).of(Op::AxonIn);
            for count in [1, 2, 7, 16] {
                for threads in [1, 2, 4] {
                    let shards = Shards { count, threads };
                    assert_eq!(seen(&rig, shards, 9), one, "{shards:?}, {contention:?}");
                }
            }
            let mut heap = Runner::with(&rig.system, Shards { count: 2, threads: 2 }, Heap::default);
            assert_eq!(infer(&mut heap, &[], 9), one);
            let mut wheel = Runner::with(&rig.system, Shards::default(), || Wheel::new(64));
            assert_eq!(infer(&mut wheel, &[], 9), one);
        }
    }
    assert!(delivered > 5_000, "{delivered} packets prove little");
}

/// Neurons in a ring, each of which makes the next one fire: the spike never ends.
fn ring(cells: u64) -> Graph {
    let edges: Vec<_> = (0..cells).map(|i| [i, (i + 1) % cells, 9, 1]).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "a spike that goes round",
        "populations": [
            {"name": "in", "size": 1, "spikes": [[1, 0]]},
            {"name": "ring", "size": cells, "threshold": 9, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [
            {"from": "in", "to": "ring", "edges": [[0, 0, 9, 1]]},
            {"from": "ring", "to": "ring", "edges": edges}
        ]
    }))
}

/// On one core of one neuron, from the host at the same tile: inject 1, eject 2: at the core at 3; axon 8, synapse 11,
/// soma 24, packet ready at 30, at the core again at 33: a spike every 30 ticks, at 3, 33, 63, ...
#[test]
fn what_never_ends_is_ended_at_the_deadline() {
    let one = [("/core/max_neurons", json!(1)), ("/mesh/width", json!(1)), ("/mesh/height", json!(1))];
    for contention in CONTENTION {
        for (deadline, spikes, end) in [(33, 1, 33), (34, 2, 60), (300, 10, 300), (304, 11, 330)] {
            let chip = chip("20 ns", &format!("{deadline} ns"), &one);
            let rig = Rig::new(ring(1), chip, Placer::Linear, contention);
            let mut runner = Runner::new(&rig.system, Shards::default());
            // What one inference leaves behind, the next one does not see.
            let first = infer(&mut runner, &[], 1);
            let second = infer(&mut runner, &[], 1);
            assert_eq!((&first.1, &first.2, &first.3), (&second.1, &second.2, &second.3));
            // The core finishes what it took in, and its last packet is dropped.
            assert_eq!(
                (first.0, second.0),
                (Ending { ticks: end, dropped: 1, lost: 0 }, first.0),
                "{deadline}, {contention:?}"
            );
            assert_eq!(first.1, [1, spikes]);
            let sent = total(&first.3).of(Op::Eject);
            assert_eq!(sent, total(&first.3).of(Op::AxonIn) + first.0.dropped);
        }
    }
}

#[test]
fn packets_are_delivered_or_dropped_and_none_is_lost() {
    for seed in 0..40 {
        let mut draw = Draw::new(seed);
        let rig = Rig::new(recurrent(seed, 8), odd_chip(&mut draw), Placer::Greedy, Contention::Modelled);
        let (ending, _, _, cores, flits, [latency, _]) = seen(&rig, Shards { count: 4, threads: 2 }, 10);
        let counts = total(&cores);
        assert_eq!(counts.of(Op::Inject), counts.of(Op::AxonOut) + counts.of(Op::HostWrite));
        assert_eq!(counts.of(Op::Eject), counts.of(Op::AxonIn) + ending.dropped);
        assert_eq!(latency.0, counts.of(Op::AxonIn));
        if ending.dropped == 0 {
            let ports = usize::from(rig.system.tables.fabric.ports);
            let locals = flits
                .iter()
                .enumerate()
                .filter(|(slot, _)| slot % ports >= spikemesh::hw::topology::PORTS_OF_MESH as usize);
            assert_eq!(locals.map(|(_, n)| n).sum::<u64>(), counts.of(Op::Eject));
        }
    }
}

/// A layered network without negative weights, in which no neuron gets more than its threshold in a step.
fn additive(seed: u64) -> (Layered, Split) {
    let mut draw = Draw::new(seed);
    let layers = [LayerSpec::Flatten, LayerSpec::dense(14), LayerSpec::dense(9), LayerSpec::dense(5)];
    let folded = random_folded(Shape { channels: 1, height: 3, width: 3 }, &layers, 16, 1.0, &mut draw);
    let mut net = folded.quantise(QuantSpec::new(6, 8));
    for layer in &mut net.layers {
        layer.weight.iter_mut().for_each(|w| *w = w.abs());
        layer.bias.iter_mut().for_each(|b| *b = b.abs());
        let inputs = layer.weight.len() / layer.op.outputs();
        let input = layer.weight.chunks(inputs).map(|row| row.iter().map(|w| i64::from(*w)).sum::<i64>());
        let most = input.max().unwrap() << layer.fraction_bits;
        layer.threshold.fill((most + layer.bias.iter().max().unwrap()) as i32);
    }
    let pixels: Vec<u8> = (0..9 * 8).map(|_| draw.below(17) as u8).collect();
    // The encoding layer gets currents.
    let most = pixels.chunks(9).flat_map(|sample| net.encode(sample)).max().unwrap();
    net.layers[0].threshold.fill(most);
    (net, Split { pixels, labels: vec![0; 8], sample_len: 9, sequences: None, targets: None })
}

/// With weights and biases of one sign, soft reset and at most a threshold's worth of input per step, a neuron has fired
/// as often as its threshold fits into all it got: in any order. So such networks equal the reference, however fast
/// the clock is.
#[test]
fn where_order_cannot_matter_the_reference_is_met() {
    let (rest, samples) = additive(8);
    // Where a membrane begins is as much its own as what it gets.
    let half = Layered { half_start: true, ..rest.clone() };
    let times = ["3 ns", "200 ns", "1 ms"];
    for (time_step, net) in times.iter().flat_map(|time| [(*time, &rest), (*time, &half)]) {
        let graph = Graph::from_layered(net);
        for contention in CONTENTION {
            let chip = chip(time_step, "100 ms", &[("/core/max_neurons", json!(4))]);
            let rig = Rig::new(graph.clone(), chip, Placer::Linear, contention);
            let (system, graph, count) = (&rig.system, &rig.graph, samples.len());
            let job = |threads| Job { system, graph, network: net.into(), samples: &samples, count, threads };
            let result = run_batch(job(1), &Unwatched).unwrap();
            for inference in &result.inferences {
                assert!(!inference.mismatched, "steps of {time_step}, {contention:?}: {inference:?}");
                assert_eq!((inference.spike_difference, inference.dropped), (0, 0));
            }
            let spikes: u64 = result.inferences.iter().map(|i| i.window_spikes).sum();
            assert!(spikes > 100, "{spikes} spikes prove nothing");
            let again = run_batch(job(3), &Unwatched).unwrap();
            assert_eq!((&again.inferences, &again.cores), (&result.inferences, &result.cores));
        }
    }
}

#[test]
fn what_a_free_running_chip_cannot_do_is_refused() {
    let delayed = sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "late",
        "populations": [{"name": "n", "size": 2, "threshold": 5, "neuron": {"model": "if", "reset": "zero"}}],
        "projections": [{"from": "n", "to": "n", "edges": [[0, 1, 5, 3]]}]
    }));
    let chip = chip_with("event_mesh", &[]);
    let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(&delayed, &chip, options).unwrap();
    let built = system::build(&delayed, &chip, &chip.calibrations()[0], &mapping, Contention::Modelled);
    assert_eq!(built.err(), Some(SystemError::Delays { chip: "chip".into(), delay: 3 }));
    assert!(map::map(&delayed, &chip, map::MappingOptions::default()).is_err());
    // 50 ms hold 1,000 steps of 50 us.
    let rig = Rig::new(ring(3), chip, Placer::Linear, Contention::Modelled);
    let run = |steps| run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched);
    assert_eq!(run(1001).err(), Some(RunError::TooManySteps { steps: 1001, most: 1000 }));
}

#[test]
fn a_chip_at_rest_with_packets_not_delivered_is_stuck() {
    let mut rig = Rig::new(race(["a", "b", "c"]), row("1 us"), Placer::Linear, Contention::Modelled);
    let fabric = &mut rig.system.tables.fabric;
    // No place for a flit at the cores.
    let first = usize::from(fabric.first_local);
    fabric.links.chunks_mut(fabric.ports.into()).for_each(|ports| ports[first].places = 0);
    let stuck = run_sparse(&rig.system, &rig.graph, 2, Shards::default(), &Unwatched).err();
    assert!(matches!(stuck, Some(RunError::Stuck { step: 2, in_flight: 4, .. })), "{stuck:?}");
}

#[test]
fn the_clock_is_part_of_what_tells_chips_apart() {
    let digest = |pointer: &str, time: &str| chip_with("event_mesh", &[(pointer, json!(time))]).structure();
    let same = chip_with("event_mesh", &[]).structure();
    assert_ne!(digest("/free_running/time_step", "60 us"), same);
    assert_ne!(digest("/free_running/deadline", "60 ms"), same);
}

#[test]
fn reports_say_what_timing_did() {
    let rig = Rig::new(race(["a", "b", "c"]), row("1 us"), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 2, Shards::default(), &Unwatched).unwrap();
    let Rig { graph, chip, mapping, system } = &rig;
    let context = Context { chip, calibration: &chip.calibrations()[0], graph, mapping, system };
    let summary = summarise_sparse(header(), context, SparseInput { steps: 2, result: &result });
    assert!(!summary.is_wrong() && summary.mismatched_samples == 1);
    let report = run_json(&summary);
    // One spike too many, of three neurons.
    let free = json!({"time_step_ns": 1000.0, "deadline_ns": 1e6, "ended_at_deadline": 0, "packets_not_delivered": 0,
                      "spike_count_difference": 1.0 / 3.0});
    assert_eq!((&report["free_running"], &report["timed_with"]["barrier"]), (&free, &Value::Null));
    assert!(report["notes"][0].as_str().unwrap().starts_with("timing changes results"));
    let text = run_text(&summary, 200, Detail::Full);
    for words in [
        "differs from the integer reference",
        "all inferences ended before the deadline of 1.00 ms",
        "0.333 per neuron",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("DIFFER"), "{text}");
    let edits = [("/core/max_neurons", json!(1)), ("/mesh/width", json!(1)), ("/mesh/height", json!(1))];
    let short = Rig::new(ring(1), self::chip("20 ns", "300 ns", &edits), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&short.system, &short.graph, 15, Shards::default(), &Unwatched).unwrap();
    // A spike every 30 ticks, at 3, 33, ...: in steps 1, 2, 4, 5, 7, ... of 20 ticks.
    assert_eq!(result.spikes_per_step, [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]);
    let Rig { graph, chip, mapping, system } = &short;
    let context = Context { chip, calibration: &chip.calibrations()[0], graph, mapping, system };
    let summary = summarise_sparse(header(), context, SparseInput { steps: 15, result: &result });
    let text = run_text(&summary, 200, Detail::Full);
    assert!(text.contains("1 of 1 inferences ended at the deadline of 300 ns, with 1 packets not delivered"), "{text}");
    assert_eq!(run_json(&summary)["free_running"]["ended_at_deadline"], 1);
}

#[test]
fn a_layered_run_has_as_many_steps_as_the_network_and_no_pipeline() {
    let (net, samples) = additive(9);
    let graph = Graph::from_layered(&net);
    let rig = Rig::new(graph, chip("1 us", "1 ms", &[]), Placer::Linear, Contention::Modelled);
    let Rig { graph, chip, mapping, system } = &rig;
    let job = Job { system, graph, network: (&net).into(), samples: &samples, count: 4, threads: 2 };
    let result = &run_batch(job, &Unwatched).unwrap();
    let right = reference::layered(&net, samples.sample(0).0);
    assert_eq!(result.inferences[0].window_spikes, right.counts.iter().map(|n| u64::from(*n)).sum::<u64>());
    let context = Context { chip, calibration: &chip.calibrations()[0], graph, mapping, system };
    let summary = summarise_batch(
        header(),
        context,
        BatchInput { network: (&net).into(), asked: 4, result, ann_costs: Default::default() },
    );
    assert_eq!((summary.time_steps, summary.steps_per_inference), (6, 6));
    assert_eq!(summary.throughput.pipelined, None);
    let accesses = |inference: &spikemesh::run::Inference| {
        // Two layers that the clock works through in every step, the output layer once; and what packets reach.
        inference.counts.of(Op::SomaAccess) - inference.counts.synapses()
    };
    assert!(result.inferences.iter().all(|inference| accesses(inference) == 6 * (14 + 9) + 5));
}
