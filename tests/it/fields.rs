//! Fields of chip files that change what is run or priced: chips of a mesh, fixed ticks, ticks by clock, all-in figures,
//! static power by clock, digital crossbars, axon types.
//!
//! By hand: the chip and network of `by_hand`, with one thing changed each time. There, where a spikes, the work of a
//! step ends 46 ns after its release with one hop of 10 ns on the way; where b spikes, 40 ns after it.

use crate::by_hand::{file, network};
use crate::common::{CONTENTION, HOPS, Rig, chip_from, header, nonzero, sparse_graph, total};
use serde_json::{Value, json};
use spikemesh::hw::routing::{Hops, way};
use spikemesh::hw::{Chip, ConstantKind};
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::report::{
    Context, Detail, SparseInput, Summary, read_run, reprice, run_json, run_text, summarise_sparse,
};
use spikemesh::run::{Shards, SparseResult, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::{Component, Contention};

/// The hand-made chip with some values set; fields that it lacks are added, and `null` for a barrier takes it away.
fn chip(edits: &[(&str, Value)]) -> Chip {
    let mut chip = file();
    for (pointer, value) in edits {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        let parent = chip.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {pointer}"));
        match (field, value) {
            ("barrier", Value::Null) => drop(parent.as_object_mut().unwrap().remove(field)),
            _ => parent[field] = value.clone(),
        }
    }
    chip_from(&chip.to_string())
}

fn cost(energy: &str, latency: &str) -> Value {
    json!({"energy": energy, "latency": latency, "kind": "model", "source": "hand"})
}

/// A run of four steps.
fn four_steps(chip: Chip, contention: Contention) -> (Rig, SparseResult) {
    let rig = Rig::new(network(), chip, Placer::Linear, contention);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    assert_eq!(result.spikes_per_step, [1, 1, 1, 1]);
    (rig, result)
}

fn summary(rig: &Rig, result: &SparseResult) -> Summary {
    let Rig { graph, chip, mapping, system } = rig;
    let context = Context { chip, calibration: chip.calibration(None).unwrap(), graph, mapping, system };
    summarise_sparse(header(), context, SparseInput { steps: result.step_ticks.len() as u32, result })
}

fn read(report: &Value) -> Summary {
    Document::parse("run.json", &report.to_string()).and_then(read_run).unwrap_or_else(|error| panic!("{error}"))
}

fn energy_of(summary: &Summary, unit: &str) -> f64 {
    summary.pricing.breakdown_pj.iter().find(|(name, _)| *name == unit).unwrap().1
}

fn terms(summary: &Summary) -> Vec<&'static str> {
    summary.pricing.unpriced.iter().map(|unpriced| unpriced.term).collect()
}

fn two_chips() -> Vec<(&'static str, Value)> {
    vec![("/mesh/chips", json!([2, 1])), ("/calibrations/hand/costs/hop_chip", cost("29 pJ", "100 ns"))]
}

#[test]
fn a_hop_between_chips_has_its_own_cost_and_time() {
    for contention in CONTENTION {
        let (rig, result) = four_steps(chip(&two_chips()), contention);
        // The hop of each packet takes 100 ns in place of 10, and is waited for.
        assert_eq!(result.step_ticks, [236, 236, 230, 236], "{contention:?}");
        assert_eq!((result.packet_latency.len(), result.packet_latency.sum()), (7, 3 * 3 + 4 * 103));
        assert_eq!((result.packet_hops.len(), result.packet_hops.sum()), (7, 4));
        assert_eq!(HOPS.map(|op| total(&result.cores).of(op)), [0, 0, 4]);
        let by_core: Vec<u64> = result.cores.iter().map(|counts| counts.of(Op::HopChip)).collect();
        assert_eq!(by_core, [3, 1, 0]);
        let links = rig.system.graph.node_weights();
        let between = links.filter(|c| matches!(c, Component::Link { op: Op::HopChip, latency: 100, .. }));
        assert_eq!(between.count(), 2);
        let summary = summary(&rig, &result);
        // 237.25 pJ with 4 hops of 13 pJ; these are 4 of 29 pJ now, and no part of the network on chip.
        assert_eq!(summary.pricing.energy_pj.mean, 237.25 - 52.0 + 116.0);
        assert_eq!((energy_of(&summary, "inter_chip"), energy_of(&summary, "network")), (116.0, 5.25));
        let report = run_json(&summary);
        assert_eq!((&report["chips"], &report["totals"]["hops"]), (&json!(2), &json!(4)));
        assert_eq!(run_json(&read(&report)), report);
    }
}

#[test]
fn saved_runs_from_before_chips_and_scopes_are_read() {
    let (rig, result) = four_steps(chip(&[]), Contention::Modelled);
    let saved = run_json(&summary(&rig, &result));
    let mut old = saved.clone();
    old.as_object_mut().unwrap().remove("chips");
    old["calibration"].as_object_mut().unwrap().remove("scope");
    assert_ne!(old, saved);
    assert_eq!(run_json(&read(&old)), saved);
    let anew = reprice(read(&old), &rig.chip, rig.chip.calibration(None).unwrap()).unwrap();
    assert_eq!(run_json(&anew), saved);
}

/// Cells that spike all over a mesh.
fn busy() -> Graph {
    let edges: Vec<_> = (0..48)
        .flat_map(|i| [[i, (i * 7 + 3) % 48, 5, 1], [i, (i + 11) % 48, 4, 1], [i, (i * 5) % 48, 2, 1]])
        .collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1",
        "description": "busy",
        "populations": [
            {"name": "cells", "size": 48, "threshold": 9, "bias": 2, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [{"from": "cells", "to": "cells", "edges": edges}]
    }))
}

/// The hand-made chip as a mesh or torus of 6 x 4 cores on so many chips.
fn spread(topology: &str, routing: &str, chips: [u16; 2], multicast: bool) -> Chip {
    let mut edits = vec![
        ("/mesh/topology", json!(topology)),
        ("/mesh/routing", json!(routing)),
        ("/mesh/width", json!(6)),
        ("/mesh/height", json!(4)),
        ("/mesh/virtual_channels", json!(2)),
        ("/mesh/chips", json!(chips)),
        ("/mesh/delivery", json!(if multicast { "multicast" } else { "unicast" })),
        ("/core/max_neurons", json!(2)),
        ("/core/max_axons_in", json!(64)),
    ];
    if chips != [1, 1] {
        edits.push(("/calibrations/hand/costs/hop_chip", cost("29 pJ", "100 ns")));
    }
    chip(&edits)
}

const SPREADS: [[u16; 2]; 6] = [[1, 1], [2, 1], [1, 2], [3, 2], [6, 4], [1, 4]];

/// The chip on which a router of a mesh of 6 x 4 stands.
fn chip_of(router: u32, [columns, rows]: [u16; 2]) -> (u32, u32) {
    ((router % 6) / (6 / u32::from(columns)), (router / 6) / (4 / u32::from(rows)))
}

#[test]
fn every_way_has_the_hops_that_its_links_say() {
    for (topology, rules) in [("mesh", ["xy", "yx", "up_down"]), ("torus", ["xy", "yx", "up_down"])] {
        for (rule, chips) in rules.iter().flat_map(|rule| SPREADS.map(|chips| (rule, chips))) {
            let spread = spread(topology, rule, chips, false);
            let noc = spread.noc();
            let mut crossed = 0;
            for (from, to) in (0..24).flat_map(|from| (0..24).map(move |to| (from, to))) {
                let mut expected = Hops::default();
                for (link, _) in way(&noc.topology, &noc.routing, from, to) {
                    let between = chip_of(link.from, chips) != chip_of(link.to, chips);
                    match (between, link.from.abs_diff(link.to)) {
                        (true, _) => expected.chip += 1,
                        // Along a row: a neighbour, or the other end of it.
                        (false, apart @ (1 | 5)) => {
                            expected.ew += 1;
                            expected.west += u32::from((link.to < link.from) == (apart == 1));
                        }
                        (false, apart) => {
                            expected.ns += 1;
                            expected.north += u32::from((link.to < link.from) == (apart == 6));
                        }
                    }
                }
                crossed += expected.chip;
                assert_eq!(noc.hops_between(from, to), expected, "{topology} {rule} {chips:?}: {from} to {to}");
            }
            assert_eq!(crossed > 0, chips != [1, 1], "{topology} {rule} {chips:?}");
        }
    }
}

#[test]
fn chips_change_what_hops_count_as_and_nothing_else() {
    for (multicast, contention) in [false, true].into_iter().flat_map(|m| CONTENTION.map(|c| (m, c))) {
        let run = |chips| {
            let rig = Rig::new(busy(), spread("mesh", "xy", chips, multicast), Placer::Linear, contention);
            let result = run_sparse(&rig.system, &rig.graph, 12, Shards::default(), &Unwatched).unwrap();
            assert!(!result.mismatched);
            (total(&result.cores), result)
        };
        let (one, plain) = run([1, 1]);
        assert!(one.hops() > 1000 && one.of(Op::HopChip) == 0);
        for chips in SPREADS.into_iter().skip(1) {
            let (counts, result) = run(chips);
            assert_eq!(counts.hops(), one.hops(), "{chips:?}");
            let others = |counts: &spikemesh::stats::Counts| {
                Op::ALL.iter().filter(|op| !HOPS.contains(op)).map(|op| counts.of(*op)).collect::<Vec<_>>()
            };
            assert_eq!(others(&counts), others(&one), "{chips:?}");
            assert_eq!(result.packet_hops.sum(), plain.packet_hops.sum());
            assert_eq!(result.spikes_per_step, plain.spikes_per_step);
            assert!(counts.of(Op::HopChip) > 100, "{chips:?}");
            assert!(result.step_ticks.iter().sum::<u64>() > plain.step_ticks.iter().sum(), "{chips:?}");
            if contention == Contention::Modelled && !multicast {
                assert_eq!(result.link_flits, plain.link_flits, "{chips:?}");
            }
        }
        let (all, _) = run([6, 4]);
        assert_eq!(HOPS.map(|op| all.of(op)), [0, 0, one.hops()]);
    }
}

fn fixed(length: &str) -> Chip {
    let mut file = file();
    file["fixed_tick"] = json!({"length": length});
    let hand = file["calibrations"]["hand"].as_object_mut().unwrap();
    hand.remove("barrier");
    hand["costs"].as_object_mut().unwrap().remove("barrier");
    chip_from(&file.to_string())
}

#[test]
fn steps_begin_at_multiples_of_a_fixed_tick() {
    for contention in CONTENTION {
        // Work of 46, 46, 40 and 46 ns.
        for (length, ticks, overruns) in [
            ("40 ns", [80, 80, 40, 80], 3),
            ("39 ns", [78, 78, 78, 78], 4),
            ("45 ns", [90, 90, 45, 90], 3),
            ("46 ns", [46, 46, 46, 46], 0),
            ("1 us", [1000; 4], 0),
        ] {
            let (rig, result) = four_steps(fixed(length), contention);
            assert_eq!((result.step_ticks.as_slice(), result.overrun_steps), (&ticks[..], overruns), "{length}");
            assert_eq!(total(&result.cores).of(Op::Barrier), 0);
            assert_eq!((result.packet_latency.len(), result.packet_latency.sum()), (7, 3 * 3 + 3 * 13 + 13));
            let nodes = |wanted: Component| rig.system.graph.node_weights().filter(|c| **c == wanted).count();
            assert_eq!((nodes(Component::Barrier), nodes(Component::Clock)), (0, 1));
            let summary = summary(&rig, &result);
            assert_eq!(summary.per_inference[1].1.mean, ticks.iter().sum::<u64>() as f64);
            let report = run_json(&summary);
            assert_eq!(report["overrun_steps"], json!(overruns));
            assert_eq!((&report["timed_with"]["barrier"], report.get("free_running")), (&Value::Null, None));
            assert_eq!(run_json(&read(&report)), report);
            let told =
                if overruns == 0 { "no step took longer".into() } else { format!("{overruns} steps took longer") };
            assert!(run_text(&summary, 100, Detail::Full).contains(&told), "{length}");
        }
    }
    // A chip with a barrier says nothing of ticks.
    let (rig, result) = four_steps(chip(&[]), Contention::Modelled);
    let report = run_json(&summary(&rig, &result));
    assert_eq!((result.overrun_steps, report.get("overrun_steps"), report.get("fixed_tick_ns")), (0, None, None));
}

#[test]
fn a_tick_can_be_a_cycle() {
    // All times of the hand-made chip are nanoseconds, so a cycle of 75 MHz for each gives the same ticks.
    let text = file().to_string().replace(" ns\"", " cycles\"").replace("\"1 cycles\"", "\"1 cycle\"");
    let mut file: Value = serde_json::from_str(&text).unwrap();
    (file["tick"], file["clock"]["mhz"]) = (json!({"clock_mhz": 75}), json!(75));
    let (rig, result) = four_steps(chip_from(&file.to_string()), Contention::Modelled);
    assert_eq!(rig.chip.tick().0, 13_333_333, "13.3 ns, to the nearest femtosecond");
    assert_eq!(result.step_ticks, [146, 146, 140, 146]);
    // Of a clock whose period is a whole number of nanoseconds, times can be given as such too.
    (file["tick"], file["clock"]["mhz"]) = (json!({"clock_mhz": 200}), json!(200));
    file["calibrations"]["hand"]["costs"]["hop_ew"]["latency"] = json!("50 ns");
    let (rig, result) = four_steps(chip_from(&file.to_string()), Contention::Modelled);
    assert_eq!((rig.chip.tick().0, result.step_ticks), (5_000_000, vec![146, 146, 140, 146]));
}

/// Everything on the chip in the price of a synapse, and nothing said of what is around it.
fn all_in(figure: &str) -> Chip {
    let mut file = file();
    let hand = &mut file["calibrations"]["hand"];
    (hand["scope"], hand["operating_point"]) = (json!("all_in"), json!("0.75 V, 20 Hz, 128 synapses"));
    for (name, cost) in hand["costs"].as_object_mut().unwrap() {
        match name.as_str() {
            "synapse" => cost["energy"] = json!(figure),
            "host_write" | "encoder_mac" | "readout" => {}
            _ => {
                let latency = cost.get("latency").cloned();
                *cost = json!({"included_in": "synapse"});
                if let Some(latency) = latency {
                    (cost["latency"], cost["kind"], cost["source"]) = (latency, json!("model"), json!("hand"));
                }
            }
        }
    }
    chip_from(&file.to_string())
}

#[test]
fn an_all_in_bill_is_synapses_times_their_figure() {
    let (rig, result) = four_steps(all_in("26.3 pJ"), Contention::Modelled);
    // Times are as ever.
    assert_eq!(result.step_ticks, [146, 146, 140, 146]);
    let all = summary(&rig, &result);
    assert_eq!(total(&result.cores).synapses(), 7);
    assert_eq!((all.pricing.energy_pj.mean, energy_of(&all, "synapse")), (184.1, 184.1));
    assert_eq!(terms(&all), [""; 0]);
    let report = run_json(&all);
    assert_eq!(report["calibration"]["scope"], "all_in");
    assert_eq!(report["calibration"]["operating_point"], "0.75 V, 20 Hz, 128 synapses");
    assert_eq!(run_json(&read(&report)), report);
    let text = run_text(&all, 400, Detail::Full);
    assert!(text.contains("it holds at this operating point only: 0.75 V, 20 Hz, 128 synapses"), "{text}");
    // Per term the same chip lacks a figure of what it draws at rest, and says so.
    let (rig, result) = four_steps(chip(&[]), Contention::Modelled);
    let each = summary(&rig, &result);
    assert_eq!(terms(&each), ["barrier", "static"]);
    assert_eq!(run_json(&each)["calibration"].get("operating_point"), None);
}

#[test]
fn static_power_grows_with_the_clock_and_the_chips() {
    let rest = json!({"power": "27.3 uW", "per_mhz": "1.78 uW", "kind": "silicon", "source": "hand", "note": "x"});
    let mut edits = two_chips();
    edits.extend([("/calibrations/hand/static_power", rest), ("/clock/mhz", json!(75))]);
    let power = |edits: &[(&str, Value)]| chip(edits).calibrations()[0].static_power.clone().unwrap().power.0;
    // 27.3 uW + 75 x 1.78 uW = 160.8 uW, in nW; and of two chips twice that.
    assert_eq!((power(&edits[2..]), power(&edits)), (160_800, 321_600));
    let (rig, result) = four_steps(chip(&edits), Contention::Modelled);
    let summary = summary(&rig, &result);
    // 321.6 uW over 938 ns is 301.6608 pJ.
    assert_eq!(energy_of(&summary, "static"), 301.6608);
    assert_eq!(terms(&summary), ["barrier"]);
}

#[test]
fn a_digital_crossbar_works_as_lists_do_and_has_no_other_limit() {
    let (_, lists) = four_steps(chip(&[]), Contention::Modelled);
    let digital = json!({"kind": "digital_crossbar"});
    let (rig, result) = four_steps(chip(&[("/core/synapses", digital)]), Contention::Modelled);
    assert_eq!(nonzero(&total(&result.cores)), nonzero(&total(&lists.cores)));
    assert_eq!(result.step_ticks, lists.step_ticks);
    // 1 neuron of 1; 2 and 1 axons of 8; so many of 8 crosspoints.
    let used = summary(&rig, &result).mapping.utilisation;
    let shares: Vec<_> = used.iter().map(|u| (u.name, u.mean, u.most)).collect();
    assert_eq!(
        shares,
        [("neurons", 1.0, 1.0), ("axons_in", 1.5 / 8.0, 2.0 / 8.0), ("crosspoints", 1.5 / 8.0, 2.0 / 8.0)]
    );
}

#[test]
fn facts_are_kept_and_change_no_structure() {
    let facts = json!({
        "core.max_neurons": {"kind": "documented", "source": "hand", "note": "a page"},
        "mesh": {"kind": "assumed"},
    });
    let with = chip(&[("/facts", facts), ("/$schema", json!("../schema/chip.json"))]);
    assert_eq!(with.structure(), chip(&[]).structure());
    let found: Vec<_> = with.facts().iter().map(|f| (f.path.as_str(), f.kind, f.source.as_deref())).collect();
    assert_eq!(
        found,
        [("core.max_neurons", ConstantKind::Documented, Some("this file")), ("mesh", ConstantKind::Assumed, None)]
    );
    assert_eq!(with.facts()[0].note.as_deref(), Some("a page"));
    for (pointer, value) in [("/mesh/chips", json!([1, 1])), ("/core/axon_types", json!(4))] {
        assert_ne!(chip(&[(pointer, value)]).structure(), with.structure(), "{pointer}");
    }
}
