//! Operations that are counted only where a table prices them: kinds of hops by direction, of synapses by format, of somas
//! by unit, and the time of cores in use; and the memory of shared kernels. All figures are worked out by hand.

use crate::by_hand;
use crate::common::{Rig, chip_from, header, nonzero, sparse_graph, total};
use serde_json::{Value, json};
use spikemesh::hw::Energy;
use spikemesh::map::place::Placer;
use spikemesh::run::{Shards, SparseResult, Unwatched, run_sparse};
use spikemesh::stats::Counts;
use spikemesh::system::Contention;

fn cost(energy: &str, latency: &str) -> Value {
    json!({"energy": energy, "latency": latency, "kind": "model", "source": "hand"})
}

/// The chip of [`by_hand`] with other values, by path.
fn chip_file(edits: &[(&str, Value)]) -> Value {
    let mut file = by_hand::file();
    for (path, value) in edits {
        let (parent, name) = path.rsplit_once('/').unwrap();
        let parent = file.pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
        match value {
            Value::Null => drop(parent.remove(name)),
            value => drop(parent.insert(name.to_owned(), value.clone())),
        }
    }
    file
}

const COSTS: &str = "/calibrations/hand/costs";

fn run(network: &Value, file: &Value, steps: u32) -> (Rig, SparseResult) {
    let rig = Rig::new(sparse_graph(network), chip_from(&file.to_string()), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched);
    (rig, result)
}

/// Energy of counts in attojoules, with the chip's first calibration.
fn price(rig: &Rig, counts: &Counts) -> u64 {
    let each = |(name, n): (&str, u64)| {
        let op = spikemesh::stats::Op::ALL.iter().find(|op| op.name() == name).unwrap();
        match rig.chip.calibrations()[0].cost(*op).energy {
            Energy::Priced { nominal, .. } => nominal.0 * n,
            Energy::IncludedIn(_) | Energy::Unpriced | Energy::NoTerm => 0,
        }
    };
    nonzero(counts).into_iter().map(each).sum()
}

fn count(counts: &Counts, name: &str) -> u64 {
    nonzero(counts).into_iter().find(|(op, _)| *op == name).map_or(0, |(_, n)| n)
}

fn problems(file: &Value) -> String {
    let document = spikemesh::json::Document::parse("chip.json", &file.to_string()).unwrap();
    spikemesh::hw::read(document, "chip").unwrap_err().to_string()
}

#[test]
fn hops_cost_what_their_direction_says() {
    let (east, west) = (format!("{COSTS}/hop_east"), format!("{COSTS}/hop_west"));
    let both = [(east.as_str(), cost("13 pJ", "10 ns")), (west.as_str(), cost("19 pJ", "30 ns"))];
    let graph = by_hand::network();
    for left_out in [false, true] {
        let mut file = chip_file(&both);
        if left_out {
            file.pointer_mut(COSTS).and_then(Value::as_object_mut).unwrap().remove("hop_ew");
        }
        for contention in crate::common::CONTENTION {
            let rig = Rig::new(graph.clone(), chip_from(&file.to_string()), Placer::Linear, contention);
            let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
            // In step 3 the packet of b goes west: 20 ns longer than in the table of `by_hand`.
            assert_eq!(result.step_ticks, [146, 146, 160, 146], "{contention:?}");
            let counts = total(&result.cores);
            assert_eq!([count(&counts, "hop_east"), count(&counts, "hop_west"), count(&counts, "hop_ew")], [3, 1, 0]);
            assert_eq!(price(&rig, &counts), 237_250_000 + 6_000_000);
        }
    }
    // One direction alone leaves the other without a price.
    let one = chip_file(&[(east.as_str(), cost("13 pJ", "10 ns")), (&format!("{COSTS}/hop_ew"), Value::Null)]);
    assert!(problems(&one).contains("hop_ew"), "{}", problems(&one));
    // With the same costs nothing is counted apart.
    let same = chip_file(&[(east.as_str(), cost("13 pJ", "10 ns"))]);
    let rig = Rig::new(graph, chip_from(&same.to_string()), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    assert_eq!(count(&total(&result.cores), "hop_ew"), 4);
}

/// A second table beside that of [`by_hand`], with the power of a core in use or without.
fn with_busy_cores(power: Option<&str>) -> Value {
    let mut file = by_hand::file();
    let mut busy = file["calibrations"]["hand"].clone();
    let costs = busy["costs"].as_object_mut().unwrap();
    for op in ["axon_in", "synapse", "soma_access", "soma_update", "soma_spike", "axon_out"] {
        let latency = costs[op]["latency"].clone();
        let included =
            json!({"included_in": "core_busy", "latency": latency, "latency_kind": "model", "source": "hand"});
        costs.insert(op.to_owned(), included);
    }
    costs.insert("dendrite".into(), json!({"included_in": "core_busy"}));
    let power = power.unwrap_or("2 mW");
    costs.insert("core_busy".into(), json!({"power": power, "kind": "model", "source": "hand"}));
    file["calibrations"]["busy"] = busy;
    file
}

#[test]
fn time_of_cores_in_use_is_counted_and_priced_by_a_power() {
    use spikemesh::report::{Context, Detail, SparseInput, Summary, run_json, run_text, summarise_sparse};
    let graph = by_hand::network();
    let rig =
        Rig::new(graph.clone(), chip_from(&with_busy_cores(None).to_string()), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    // Four steps of 146, 146, 140 and 146 ns on two cores, whoever of them has something to do; none for the host.
    let busy = |counts: &Counts| count(counts, "core_busy");
    assert_eq!(result.cores.iter().map(busy).collect::<Vec<_>>(), [578, 578, 0]);
    let tables = rig.chip.calibrations();
    let with = |name: &str| tables.iter().find(|table| table.name == name).unwrap();
    let Energy::Priced { nominal, .. } = with("busy").cost(spikemesh::stats::Op::CoreBusy).energy else { panic!() };
    assert_eq!(nominal.0, 2_000_000, "2 mW over a tick of 1 ns are 2 pJ");
    let summary = |calibration: &str| -> Summary {
        let Rig { graph, mapping, system, .. } = &rig;
        let context = Context { chip: &rig.chip, calibration: with(calibration), graph, mapping, system };
        summarise_sparse(header(), context, SparseInput { steps: 4, result: &result })
    };
    // 2 x 578 ns x 2 mW, and 7 x (0.5 + 0.25) + 4 x 13 pJ of the network.
    let priced = summary("busy").pricing;
    assert_eq!(priced.energy_pj.mean, 2312.0 + 57.25);
    let unit = priced.breakdown_pj.iter().find(|(name, _)| *name == "core_busy").unwrap();
    assert_eq!(unit.1, 2312.0);
    assert!(priced.unpriced.iter().all(|term| ["barrier", "static"].contains(&term.term)), "{:?}", priced.unpriced);
    // It is no term of the other table, and so it misses nothing there.
    let other = summary("hand");
    assert_eq!(other.pricing.energy_pj.mean, 237.25);
    assert!(other.pricing.unpriced.iter().all(|term| term.term != "core_busy"), "{:?}", other.pricing.unpriced);
    assert_eq!(run_json(&other)["energy_breakdown_pj"]["core_busy"], 0.0);
    assert!(run_text(&summary("busy"), 100, Detail::Full).contains("core busy"));
    // Without a table that prices it, it is not counted.
    let plain = Rig::new(graph, chip_from(&by_hand::file().to_string()), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&plain.system, &plain.graph, 4, Shards::default(), &Unwatched).unwrap();
    assert_eq!(busy(&total(&result.cores)), 0);
}

#[test]
fn a_power_is_that_of_a_core_in_use_only() {
    let mut file = with_busy_cores(None);
    file["calibrations"]["busy"]["costs"]["synapse"] =
        json!({"power": "1 mW", "latency": "3 ns", "kind": "model", "source": "hand"});
    file["calibrations"]["busy"]["costs"]["core_busy"]["energy"] = json!("1 pJ");
    let found = problems(&file);
    for part in
        ["calibrations.busy.costs.synapse.power", "only core_busy", "costs.core_busy.energy", "either this or power"]
    {
        assert!(found.contains(part), "{part}: {found}");
    }
    // Ticks of 1 fs: 2 mW are two attojoules in a tick, 2.5 mW none that is a whole number.
    let with_tick = |power: &str| {
        let mut file = with_busy_cores(Some(power));
        file["tick"] = json!("1 fs");
        file
    };
    let fits = |power: &str| !problems_or_none(&with_tick(power)).contains("attojoules");
    assert!(fits("2 mW") && !fits("2.5 mW"));
    let mut file = with_busy_cores(None);
    file["calibrations"]["busy"]["costs"]["core_busy"] = json!({"power": "2 mW"});
    assert!(problems(&file).contains("kind") && problems(&file).contains("source"), "{}", problems(&file));
}

fn problems_or_none(file: &Value) -> String {
    let document = spikemesh::json::Document::parse("chip.json", &file.to_string()).unwrap();
    spikemesh::hw::read(document, "chip").err().map_or(String::new(), |error| error.to_string())
}

#[test]
fn links_without_a_direction_have_no_price_of_one() {
    let mut file = chip_file(&[(&format!("{COSTS}/hop_east"), cost("13 pJ", "10 ns"))]);
    file["mesh"] = json!({
        "topology": "ring", "routers": 2, "routing": "shortest", "cores_per_tile": 1, "buffer_flits": 4, "flit_interval": "1 ns",
        "credit_delay": "1 ns", "host_tile": 0, "virtual_channels": 2
    });
    assert!(problems(&file).contains("only links of a mesh or a torus have directions"), "{}", problems(&file));
}

/// A source whose first neuron has a synapse to each of four neurons, and the second one to one of them.
fn rows() -> Value {
    json!({
        "format": "spikemesh.sparse/1", "description": "a full row and a short one",
        "populations": [
            {"name": "in", "size": 2, "spikes": [[1, 0], [2, 0], [2, 1]]},
            {"name": "out", "size": 4, "threshold": 100, "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [{"from": "in", "to": "out", "edges": [
            [0, 0, 7, 1], [0, 1, 7, 1], [0, 2, 7, 1], [0, 3, 7, 1], [1, 2, -8, 1]
        ]}]
    })
}

fn formats() -> Vec<(&'static str, Value)> {
    vec![
        ("/core/max_neurons", json!(8)),
        ("/core/synapses/index_bits", json!(3)),
        ("/calibrations/hand/costs/synapse_sparse", cost("100 pJ", "5 ns")),
        ("/calibrations/hand/costs/synapse_conv", cost("1000 pJ", "1 ns")),
    ]
}

#[test]
fn synapses_cost_what_their_format_says() {
    let (rig, result) = run(&rows(), &chip_file(&formats()), 3);
    let counts = total(&result.cores);
    // Weights of 4 bits, indices of 3: 16 bits without indices against 28 and 7 with.
    assert_eq!([count(&counts, "synapse_dense"), count(&counts, "synapse_sparse")], [8, 1]);
    assert_eq!((count(&counts, "synapse"), count(&counts, "synapse_conv")), (0, 0));
    assert_eq!(counts.synapses(), 9);
    // Against the same chip without formats: one synapse of 100 pJ instead of 2.
    let without = chip_file(&formats()[..2]);
    let (plain, same) = run(&rows(), &without, 3);
    assert_eq!(count(&total(&same.cores), "synapse"), 9);
    assert_eq!(price(&rig, &counts), price(&plain, &total(&same.cores)) + 98_000_000);
    // A population may say how its synapses are stored.
    let mut named = rows();
    named["populations"][1]["synapse_format"] = json!("conv");
    let (_, conv) = run(&named, &chip_file(&formats()), 3);
    assert_eq!(count(&total(&conv.cores), "synapse_conv"), 9);
}

#[test]
fn only_lists_have_formats() {
    let file = chip_file(&[
        ("/core/synapses", json!({"kind": "digital_crossbar"})),
        ("/calibrations/hand/costs/synapse_sparse", cost("100 pJ", "5 ns")),
    ]);
    assert!(problems(&file).contains("only synapses of kind \"sram\""), "{}", problems(&file));
}

/// Six outputs of a kernel of three weights over eight inputs.
fn convolution() -> Value {
    let kernel = [3, -5, 7];
    let of = |out: usize| (0..).zip(kernel).map(move |(tap, weight): (usize, i32)| json!([out + tap, out, weight, 1]));
    let edges: Vec<Value> = (0..6).flat_map(of).collect();
    json!({
        "format": "spikemesh.sparse/1", "description": "a convolution along a line",
        "populations": [
            {"name": "in", "size": 8, "spikes": [[1, 3]]},
            {"name": "out", "size": 6, "threshold": 100, "synapse_format": "conv",
             "neuron": {"model": "if", "reset": "zero"}}
        ],
        "projections": [{"from": "in", "to": "out", "edges": edges}]
    })
}

#[test]
fn equal_rows_of_a_convolution_are_stored_once() {
    let shared = |on: bool, neurons: u64| {
        let mut edits = formats();
        edits.push(("/core/synapses/shared_kernels", json!(on)));
        edits.push(("/core/max_neurons", json!(neurons)));
        let (rig, result) = run(&convolution(), &chip_file(&edits), 3);
        let of = |core: &spikemesh::map::CoreLoad| (core.memory_bits, core.shared_kernels);
        let cores: Vec<(u64, bool)> = rig.mapping.cores.iter().map(of).collect();
        (cores, count(&total(&result.cores), "synapse_conv"))
    };
    // Of eight rows four have three synapses and are equal; rows of 1, 2, 2 and 1 at the ends are not. A synapse of a list
    // takes 4 + 3 bits, and a whole row of weights 6 x 4.
    assert_eq!(shared(true, 8), (vec![(7 * (1 + 2 + 3 + 2 + 1), true)], 3));
    assert_eq!(shared(false, 8), (vec![(2 * 7 + 2 * 14 + 4 * 21, false)], 3));
    // Three outputs a core: rows of 1, 2, 3, 2 and 1 synapses, all of them different, and no longer than 3 x 4 bits.
    assert_eq!(shared(true, 3), (vec![(7 + 12 + 12 + 12 + 7, false); 2], 3));
}

#[test]
fn a_soma_unit_costs_what_its_table_says() {
    let units = |with: bool| {
        let mut edits = vec![("/core/soma_units", json!(["lif", "alt"]))];
        if with {
            edits.extend([
                ("/calibrations/hand/costs/soma_access_2", cost("30 pJ", "3 ns")),
                ("/calibrations/hand/costs/soma_update_2", cost("50 pJ", "8 ns")),
                ("/calibrations/hand/costs/soma_spike_2", cost("70 pJ", "1 ns")),
            ]);
        }
        chip_file(&edits)
    };
    let mut graph = by_hand::network();
    let named = |soma: Option<&str>| spikemesh::net::graph::NamedUnits { soma: soma.map(Into::into), synapses: None };
    graph.units = vec![named(None), named(Some("alt"))];
    let run = |file: &Value| {
        let rig = Rig::new(graph.clone(), chip_from(&file.to_string()), Placer::Linear, Contention::Modelled);
        let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
        (price(&rig, &total(&result.cores)), result)
    };
    let (energy, result) = run(&units(true));
    let counts = total(&result.cores);
    assert_eq!([count(&counts, "soma_access"), count(&counts, "soma_update"), count(&counts, "soma_spike")], [4, 4, 3]);
    let second = ["soma_access_2", "soma_update_2", "soma_spike_2"].map(|op| count(&counts, op));
    assert_eq!(second, [4, 2, 1]);
    assert_eq!(energy, 237_250_000 + 4 * 27_000_000 + 2 * 45_000_000 + 63_000_000);
    // The neuron of b is ready in step 3 after 3 + 8 + 1 = 12 instead of 13 ns.
    assert_eq!(result.step_ticks, [146, 146, 139, 146]);
    // Units of equal costs are counted together.
    let (same, result) = run(&units(false));
    assert_eq!((same, count(&total(&result.cores), "soma_access")), (237_250_000, 8));
    // A unit that the chip does not have is a problem of the network on this chip.
    let error = spikemesh::map::map(&graph, &chip_from(&by_hand::file().to_string()), Default::default()).unwrap_err();
    assert!(error.to_string().contains("name the soma unit \"alt\", needs 1"), "{error}");
}

#[test]
fn weights_that_cancel_out_update_a_neuron_where_the_chip_says_so() {
    let mut network = rows();
    network["populations"][0] = json!({"name": "in", "size": 2, "spikes": [[1, 0], [1, 1]]});
    network["projections"][0]["edges"] = json!([[0, 0, 5, 1], [1, 0, -5, 1], [0, 1, 0, 1], [1, 2, 3, 1]]);
    for (on, updates) in [(false, 1), (true, 3)] {
        let mut edits = formats();
        edits.push(("/core/updates_on_zero", json!(on)));
        let (_, result) = run(&network, &chip_file(&edits), 2);
        assert_eq!(count(&total(&result.cores), "soma_update"), updates);
    }
}
