//! The order of packets at their cores: by hand, and against a count over all pairs of packets of a trace.

use crate::common::{CONTENTION, Draw, Rig, chip_with, digest, header, sparse_graph};
use crate::free;
use crate::traces::{rigs, traced};
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::{self, Sharing, place::Placer};
use spikemesh::net::{Graph, RandomSpec};
use spikemesh::report::{Context, Detail, SparseInput, read_run, run_json, run_text, summarise_sparse};
use spikemesh::run::{CoreOrder, Shards, SpikeOrder, Unwatched, run_sparse};
use spikemesh::system::Contention;
use spikemesh::trace::Kind;
use std::collections::HashMap;

type Seen = (Vec<CoreOrder>, [(u64, u128, [u64; 5]); 3]);

/// Everything in it, as a value that can be compared.
pub fn seen(order: &SpikeOrder) -> Seen {
    (order.cores.clone(), [&order.step_spread, &order.core_spread, &order.overtaken_by].map(digest))
}

/// A row of eight cores of two neurons. A packet takes one tick to its router, three for each hop, and two to its core.
fn row() -> Chip {
    let edits = [
        ("/mesh/width", json!(8)),
        ("/mesh/height", json!(1)),
        ("/mesh/cores_per_tile", json!(1)),
        ("/core/max_neurons", json!(2)),
    ];
    free::chip("1 us", "1 ms", &edits)
}

/// Two neurons that fire at once, and one that listens to both, on cores of a row: `far` first, `near` next to it.
/// The one that is near is the second of its core: the first one is looked at before it, which takes two ticks.
fn two_ways(near_is_second: bool) -> Graph {
    let cell = |name: &str, size: u32, fires: Value| json!({"name": name, "size": size, "threshold": 10, "bias": fires, "neuron": {"model": "if", "reset": "zero"}});
    let mut populations = vec![cell("far", 1, json!(10))];
    populations.extend((1..6).map(|at| cell(&format!("idle{at}"), 2, json!(0))));
    let near = if near_is_second { json!([0, 10]) } else { json!([10, 0]) };
    populations.extend([cell("near", 2, near), cell("ear", 1, json!(0))]);
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "a far neuron and a near one",
        "populations": populations,
        "projections": [
            {"from": "far", "to": "ear", "edges": [[0, 0, 1, 1]]},
            {"from": "near", "to": "ear", "edges": [[i32::from(near_is_second), 0, 1, 1]]}
        ]
    }))
}

fn on_row(graph: Graph, contention: Contention) -> Rig {
    let options = map::MappingOptions { sharing: Sharing::Never, ..map::MappingOptions::default() };
    Rig::mapped(graph, row(), options, contention)
}

/// The far packet is ready at 19 and has seven hops: at 19 + 1 + 21 + 2 = 43 it is there. The near one has one hop. If it is
/// ready at 19 too, it comes at 25, and neither was sent first. If it is ready at 21, it comes at 27, and has overtaken the other.
#[test]
fn a_near_packet_overtakes_a_far_one_that_was_sent_before_it() {
    for contention in CONTENTION {
        for (near_is_second, overtaken, by) in [(false, 0, 0), (true, 1, 2)] {
            let rig = on_row(two_ways(near_is_second), contention);
            let order = run_sparse(&rig.system, &rig.graph, 1, Shards::default(), &Unwatched).unwrap().order;
            let ear = CoreOrder { packets: 2, overtaken, steps: 1, spread: 24 - 6 };
            assert_eq!(order.cores[7], ear, "{contention:?}");
            assert_eq!(order.cores.iter().map(|core| core.packets).sum::<u64>(), 2);
            let sums = [&order.step_spread, &order.core_spread, &order.overtaken_by].map(|all| all.sum());
            assert_eq!(sums, [18, 18, by]);
        }
    }
}

/// A packet as a trace has it: its core, when it was ready and came, and the step in which it came.
struct Delivered {
    core: u32,
    born: u64,
    at: u64,
    step: u32,
}

/// Packets of a trace, by all pairs.
fn brute_force(rig: &Rig, packets: &[Delivered]) -> (u64, Vec<u64>, Vec<u64>, u64) {
    let first = rig.system.tables.fabric.routers;
    let beside = |p: &Delivered, q: &Delivered| p.core == q.core && q.born > p.born && q.at < p.at;
    let by = |p: &Delivered| packets.iter().filter(|q| beside(p, q)).map(|q| q.born - p.born).max();
    let overtaken: Vec<u64> = packets.iter().filter_map(by).collect();
    let mut steps: HashMap<u32, Vec<u64>> = HashMap::new();
    let mut cores: HashMap<(u32, u32), Vec<u64>> = HashMap::new();
    for Delivered { core, born, at, step } in packets {
        assert!(*core >= first && at >= born);
        steps.entry(*step).or_default().push(at - born);
        cores.entry((*step, *core)).or_default().push(at - born);
    }
    let apart = |all: Vec<u64>| (all.len() > 1).then(|| all.iter().max().unwrap() - all.iter().min().unwrap());
    let mut spreads =
        [steps.into_values().filter_map(apart).collect(), cores.into_values().filter_map(apart).collect()].map(
            |mut all: Vec<u64>| {
                all.sort_unstable();
                all
            },
        );
    let [steps, cores] = std::mem::take(&mut spreads);
    (overtaken.len() as u64, steps, cores, overtaken.iter().sum())
}

/// Checks what a run says against all pairs of its packets; gives how many packets there were, and were overtaken.
fn agrees(what: &str, rig: &Rig, steps: u32) -> (u64, u64) {
    let (result, kept) = traced(rig, steps, Shards { count: 2, threads: 1 });
    let (mut born, mut packets) = (HashMap::new(), Vec::new());
    for (_, record) in &kept.records {
        match record.kind {
            Kind::Sent => drop(born.insert(record.serial, record.tick - record.value as u64)),
            Kind::Delivered => packets.push(Delivered {
                core: record.node,
                born: born[&record.serial],
                at: record.tick,
                step: record.step,
            }),
            _ => {}
        }
    }
    let (overtaken, step_spreads, core_spreads, by) = brute_force(rig, &packets);
    let order = &result.order;
    let sum = |all: &[u64]| all.iter().map(|n| u128::from(*n)).sum::<u128>();
    assert_eq!(order.cores.iter().map(|core| core.packets).sum::<u64>(), packets.len() as u64, "{what}");
    assert_eq!((order.overtaken_by.len(), order.overtaken_by.sum()), (overtaken, by.into()), "{what}");
    assert_eq!(order.cores.iter().map(|core| core.overtaken).sum::<u64>(), overtaken, "{what}");
    for (found, expected) in [(&order.step_spread, &step_spreads), (&order.core_spread, &core_spreads)] {
        let ends = (found.quantile(0.0), found.quantile(1.0));
        let of = |at: Option<&u64>| at.copied().unwrap_or(0);
        // Values beyond a thousand are kept to three digits.
        let near = |found: u64, expected: u64| found.abs_diff(expected) * 500 <= expected.max(1);
        assert_eq!((found.len(), found.sum()), (expected.len() as u64, sum(expected)), "{what}");
        assert!(near(ends.0, of(expected.first())) && near(ends.1, of(expected.last())), "{what}: {ends:?}");
    }
    let (several, spread) = order.cores.iter().fold((0, 0), |sum, core| (sum.0 + core.steps, sum.1 + core.spread));
    assert_eq!((several, u128::from(spread)), (core_spreads.len() as u64, sum(&core_spreads)), "{what}");
    // A trace changes nothing, and neither do shards and threads.
    for shards in [Shards::default(), Shards { count: 3, threads: 2 }, Shards { count: 7, threads: 4 }] {
        let other = run_sparse(&rig.system, &rig.graph, steps, shards, &Unwatched).unwrap();
        assert_eq!(seen(&other.order), seen(order), "{what}: {shards:?}");
    }
    (packets.len() as u64, overtaken)
}

#[test]
fn random_runs_agree_with_a_count_over_all_pairs() {
    let mut found = Vec::new();
    for (name, rig) in rigs() {
        found.push((name, agrees(name, &rig, 24)));
    }
    let (mut packets, mut overtaken) = (0, 0);
    for seed in 0..24 {
        for contention in CONTENTION {
            let graph = free::recurrent(seed, 4);
            let rig = Rig::new(graph, free::odd_chip(&mut Draw::new(seed + 50)), Placer::Linear, contention);
            let (more, late) = agrees(&format!("seed {seed}, {contention:?}"), &rig, 8);
            (packets, overtaken) = (packets + more, overtaken + late);
        }
    }
    assert!(packets > 2_000 && overtaken > 50, "{overtaken} of {packets} prove little");
    let of_rigs = found.iter().fold((0, 0), |sum, (_, (packets, late))| (sum.0 + packets, sum.1 + late));
    assert!(of_rigs.0 > 2_000 && of_rigs.1 > 0, "{found:?}");
}

/// Between two cores there is one way, and packets on it stay in order, whatever else is on the chip.
#[test]
fn a_single_pair_of_cores_keeps_its_order() {
    let mut packets = 0;
    for (seed, interval) in [(1, "1 ns"), (2, "9 ns"), (3, "40 ns")] {
        let chip = free::chip(
            "300 ns",
            "20 us",
            &[("/mesh/flit_interval", json!(interval)), ("/core/max_neurons", json!(12))],
        );
        let mut draw = Draw::new(seed);
        let bias: Vec<i64> = (0..12).map(|_| draw.between(3, 10)).collect();
        let edges: Vec<_> = (0..12).flat_map(|from| (0..12).map(move |to| [from, to, 1, 1])).collect();
        let cell = |name: &str, bias: Value| json!({"name": name, "size": 12, "threshold": 10, "bias": bias, "neuron": {"model": "if", "reset": "subtract"}});
        let graph = sparse_graph(&json!({
            "format": "spikemesh.sparse/1",
            "description": "two cores",
            "populations": [cell("from", json!(bias)), cell("to", json!(0))],
            "projections": [{"from": "from", "to": "to", "edges": edges}]
        }));
        for contention in CONTENTION {
            let rig = Rig::new(graph.clone(), chip.clone(), Placer::Linear, contention);
            let order = run_sparse(&rig.system, &rig.graph, 9, Shards::default(), &Unwatched).unwrap().order;
            packets += order.cores.iter().map(|core| core.packets).sum::<u64>();
            assert!(order.overtaken_by.is_empty(), "{interval}, {contention:?}");
        }
    }
    assert!(packets > 100, "{packets} packets prove little");
}

#[test]
fn reports_say_it_and_older_ones_lack_it() {
    let graph = RandomSpec::parse("random:seed=1,neurons=256,cores=8,targets=uniform").unwrap().generate().graph;
    let rig = Rig::new(graph, chip_with("event_mesh", &[]), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 40, Shards::default(), &Unwatched).unwrap();
    let Rig { graph, chip, mapping, system } = &rig;
    let context = Context { chip, calibration: chip.calibration(None).unwrap(), graph, mapping, system };
    let summary = summarise_sparse(header(), context, SparseInput { steps: 40, result: &result });
    let full = run_text(&summary, 200, Detail::Full);
    assert_eq!(full.matches("spike order").count(), 1, "{full}");
    let saved = run_json(&summary);
    let order = &saved["spike_order"];
    assert_eq!(order["overtaken"], json!(result.order.overtaken_by.len()));
    assert_eq!(order["packets"], json!(result.packet_latency.len()));
    let cores = order["cores"].as_array().unwrap();
    let spreads: Vec<f64> = cores.iter().map(|core| core["spread_ns"].as_f64().unwrap()).collect();
    assert!(!spreads.is_empty() && spreads.is_sorted_by(|a, b| a >= b), "{spreads:?}");
    let read = |value: &Value| Document::parse("run.json", &value.to_string()).and_then(read_run);
    assert_eq!(run_json(&read(&saved).unwrap())["spike_order"], saved["spike_order"]);
    let mut older = saved.clone();
    older.as_object_mut().unwrap().remove("spike_order").unwrap();
    let old = read(&older).unwrap();
    assert_eq!(old.spike_order, None);
    assert!(!run_text(&old, 200, Detail::Full).contains("spike order"));
    let mut wrong = saved;
    wrong["spike_order"]["overtaken"] = json!(result.packet_latency.len() + 1);
    assert_eq!(read(&wrong).unwrap_err().problems[0].path, "spike_order");
}
