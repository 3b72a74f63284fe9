//! Every neuron model in networks on chips: the chip computes what the reference evaluator computes, whose neurons are
//! written apart (`src/net/reference/neurons.rs`); and what network files may say of each.

use crate::common::{CONTENTION, Draw, Rig, chip_with, sparse_graph};
use serde_json::{Value, json};
use spikemesh::json::Document;
use spikemesh::map::{self, place::Placer};
use spikemesh::net::samples::SampleForm;
use spikemesh::net::{Graph, Network, SparseNetwork, graph::NO_AXON, load, neuron, save};
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::system;
use std::path::Path;
use std::sync::Arc;

const NEURONS: u32 = 60;

fn either(draw: &mut Draw, one: &'static str, other: &'static str) -> &'static str {
    if draw.below(2) == 0 { one } else { other }
}

/// A population of a model, with parameters under which it neither rests nor fires always.
fn population(model: &str, draw: &mut Draw) -> Value {
    let (threshold, bias) = match model {
        "loihi" => ((200, 600), (0, 900)),
        "odin" => ((5, 25), (0, 0)),
        "speck" => ((20, 120), (0, 0)),
        "ranc" => ((20, 120), (-3, 12)),
        "multi_spike" => ((90, 300), (-4, 20)),
        _ => ((20, 120), (-4, 20)),
    };
    let mut each = |(low, high): (i64, i64)| (0..NEURONS).map(|_| draw.between(low, high)).collect::<Vec<_>>();
    let mut population = json!({"name": model, "size": NEURONS, "threshold": each(threshold), "bias": each(bias)});
    if ["odin", "speck"].contains(&model) {
        population.as_object_mut().unwrap().remove("bias");
    }
    if ["truenorth", "ranc", "paicore", "cuba_lif"].contains(&model) {
        population["reset_potential"] = json!(each((-9, 9)));
        population["negative_threshold"] = json!(each(if model == "ranc" { (-90, -20) } else { (20, 90) }));
    }
    population["neuron"] = match model {
        "if" => json!({"model": model, "reset": "subtract"}),
        "lif" => json!({"model": model, "reset": "zero", "decay": draw.between(1, 900)}),
        "loihi" => json!({"model": model, "current_decay": draw.between(500, 4095), "refractory": draw.between(1, 4),
            "voltage_decay": draw.between(0, 2000), "bias_exponent": draw.between(0, 2),
            "weight_exponent": draw.between(-3, 3)}),
        "multi_spike" => json!({"model": model, "max_spikes": draw.between(2, 4), "decay": draw.between(100, 900)}),
        "truenorth" => json!({"model": model, "reset": either(draw, "absolute", "linear"),
            "negative": either(draw, "saturate", "reset"), "leak_reversal": draw.below(2) == 1}),
        "ranc" => json!({"model": model, "reset": either(draw, "absolute", "linear")}),
        "odin" => json!({"model": model, "leak": draw.between(0, 2)}),
        "speck" => json!({"model": model, "reset": "subtract"}),
        "cuba_lif" => json!({"model": model, "reset": either(draw, "absolute", "linear"),
            "current_decay": draw.between(1500, 4096), "voltage_decay": draw.between(100, 900)}),
        _ => json!({"model": model, "reset": either(draw, "absolute", "linear"),
            "leak_after_comparison": draw.below(2) == 1, "leak_reversal": draw.below(2) == 1,
            "negative": either(draw, "saturate", "reset")}),
    };
    population
}

/// A recurrent network of a model, driven by a source.
fn network(model: &str, seed: u64, most_delay: i64) -> Value {
    let mut draw = Draw::new(seed);
    let spikes: Vec<_> = (1..=40).flat_map(|step| [[step, step % 7], [step, 7 + step % 3]]).collect();
    let mut edges = |sources: i64, count: u32| -> Vec<_> {
        (0..count)
            .map(|_| {
                let ends = (draw.below(sources as u64), draw.below(NEURONS.into()));
                let weight = match model {
                    // Three bits, and the sign of the source.
                    "odin" => draw.between(0, 7) * if ends.0.is_multiple_of(4) { -1 } else { 1 },
                    _ => draw.between(-30, 50),
                };
                json!([ends.0, ends.1, weight, draw.between(1, most_delay)])
            })
            .collect()
    };
    let (inward, around) = (edges(10, 120), edges(NEURONS.into(), 500));
    json!({"format": "spikemesh.sparse/1", "description": "a test",
        "populations": [{"name": "in", "size": 10, "spikes": spikes}, population(model, &mut Draw::new(seed + 99))],
        "projections": [{"from": "in", "to": model, "edges": inward}, {"from": model, "to": model, "edges": around}]})
}

/// Runs a network on Loihi with small cores, and gives its spikes if it equals the reference.
fn spikes(graph: &Graph, what: &str) -> u64 {
    let chip = chip_with("loihi", &[("/core/max_neurons", json!(16)), ("/core/membrane_bits", json!(32))]);
    let mut seen = Vec::new();
    for contention in CONTENTION {
        let rig = Rig::new(graph.clone(), chip.clone(), Placer::Greedy, contention);
        for (count, threads) in [(1, 1), (5, 2)] {
            let split = Shards { count, threads };
            let result = run_sparse(&rig.system, graph, 40, split, &Unwatched).unwrap();
            assert!(!result.mismatched, "{what}, {contention:?}, {split:?}");
            seen.push(result.spikes_per_step);
        }
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{what}");
    seen[0].iter().sum()
}

#[test]
fn chips_step_every_model_as_the_reference_does() {
    for model in neuron::NAMES {
        let mut all = 0;
        for seed in 0..12 {
            let graph = sparse_graph(&network(model, seed, 3));
            all += spikes(&graph, &format!("{model}, seed {seed}"));
        }
        // Neither silent nor all of them in every step.
        assert!((200..20_000).contains(&all), "{model}: {all} spikes");
    }
}

#[test]
fn spikes_that_share_an_axon_are_one_spike_there() {
    // Both sources reach neuron 0 over one axon: in step 1 together, in step 2 one of them. Weight 3, and no shared
    // axon for neuron 1: 3 + 3 against 6 + 3.
    let file = json!({"format": "spikemesh.sparse/1", "description": "a test",
        "populations": [{"name": "in", "size": 2, "spikes": [[1, 0], [1, 1], [2, 0]]},
            {"name": "out", "size": 1, "threshold": 1000, "neuron": {"model": "if", "reset": "zero"}}],
        "projections": [{"from": "in", "to": "out", "edges": [[0, 0, 3, 2], [1, 0, 3, 2]]}]});
    for (axons, membrane) in [(vec![0, 0, NO_AXON], 6), (vec![0, 1, NO_AXON], 9), (vec![], 9)] {
        let mut graph = sparse_graph(&file);
        graph.axons = axons;
        let rig = Rig::new(graph, chip_with("loihi", &[]), Placer::Linear, CONTENTION[0]);
        let result = run_sparse(&rig.system, &rig.graph, 5, Shards::default(), &Unwatched).unwrap();
        assert!(!result.mismatched);
        let outcome = spikemesh::net::reference::sparse(&rig.graph, 5);
        assert_eq!(outcome.membranes[2], membrane);
    }
}

#[test]
fn random_networks_with_shared_axons_equal_the_reference() {
    let mut shared = 0;
    for seed in 0..8 {
        let mut graph = sparse_graph(&network("ranc", seed, 1));
        let mut draw = Draw::new(seed);
        // Neurons of one axon have the same synapses: here the row of the first of each three.
        let n = graph.neurons();
        let mut rows = spikemesh::net::graph::Csr::with_capacity(n, 0);
        for neuron in 0..n {
            let row = if neuron < 10 { neuron } else { neuron - neuron % 3 };
            graph.synapses.row(row).for_each(|(target, weight, delay)| rows.push(target, weight, delay));
            rows.end_row();
        }
        graph.synapses = Arc::new(rows);
        graph.axons = (0..n).map(|i| if i < 10 || draw.below(4) == 0 { NO_AXON } else { (i / 3) as u32 }).collect();
        let apart = Graph { axons: Vec::new(), ..graph.clone() };
        let both = [&graph, &apart].map(|graph| spikes(graph, &format!("seed {seed}")));
        shared += u32::from(both[0] != both[1]);
    }
    assert!(shared > 4, "sharing made a difference in {shared} of 8 networks");
}

#[test]
fn neurons_of_time_steps_are_refused_where_there_are_none() {
    for model in neuron::NAMES {
        let graph = sparse_graph(&network(model, 1, 1));
        let chip = chip_with("event_mesh", &[("/core/membrane_bits", json!(32))]);
        let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
        let mapping = map::map(&graph, &chip, options).unwrap();
        let built = system::build(&graph, &chip, chip.calibration(None).unwrap(), &mapping, CONTENTION[0]);
        let event_driven = ["if", "lif", "odin", "speck"].contains(model);
        match built {
            Ok(_) => assert!(event_driven, "{model}"),
            Err(error) => assert!(!event_driven && error.to_string().contains(model), "{error}"),
        }
    }
}

#[test]
fn what_a_model_does_not_have_is_refused() {
    let check = |model: &str, edit: &dyn Fn(&mut Value), wanted: &str| {
        let mut file = network(model, 1, 1);
        edit(&mut file["populations"][1]);
        let document = Document::parse("net.json", &file.to_string()).unwrap();
        let error = spikemesh::net::read(document, "net", Path::new(".")).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}\ndoes not say: {wanted}");
    };
    check("loihi", &|p| p["neuron"]["reset"] = json!("zero"), "populations[1].neuron.reset: unknown field");
    check("loihi", &|p| p["threshold"] = json!(131_072), "expected 0 to 131071");
    check("loihi", &|p| p["bias"] = json!(4096), "expected -4096 to 4095");
    check("loihi", &|p| p["reset_potential"] = json!(1), "the model \"loihi\" has none");
    check("odin", &|p| p["bias"] = json!(1), "expected 0 as an integer");
    check("odin", &|p| p["neuron"]["leak"] = json!(128), "expected 0 to 127");
    check("speck", &|p| p["bias"] = json!(1), "expected 0 as an integer");
    check("speck", &|p| p["neuron"]["reset"] = json!("zero"), "allowed: subtract");
    check("loihi", &|p| p["neuron"]["weight_exponent"] = json!(-9), "expected -8 to 7");
    check("loihi", &|p| p["neuron"]["refractory"] = json!(65), "expected 1 to 64");
    check("ranc", &|p| p["neuron"]["reset"] = json!("keep"), "allowed: absolute, linear");
    check("ranc", &|p| p["threshold"] = json!(256), "expected -256 to 255");
    check("truenorth", &|p| p["neuron"]["negative"] = json!("wrap"), "allowed: saturate, reset");
    check("truenorth", &|p| p["negative_threshold"] = json!(-1), "expected 0 to 262143");
    check("paicore", &|p| p["neuron"]["leak_reversal"] = json!(1), "expected true or false");
    check("if", &|p| p["neuron"] = json!({"reset": "zero"}), "field \"model\" is missing; allowed: if, lif, loihi");
}

#[test]
fn networks_of_every_model_are_read_as_they_were_saved() {
    for model in neuron::NAMES {
        let mut file = network(model, 3, 3);
        let resting = !["ranc", "paicore"].contains(model);
        if resting {
            // What arrives in step 2 at the earliest finds them acting.
            file["populations"][1]["first_step"] = json!(2);
        }
        if *model != "odin" {
            file["populations"][1]["start"] = json!((0..NEURONS).map(|i| i as i64 % 9 - 4).collect::<Vec<_>>());
        }
        let graph = sparse_graph(&file);
        let saved = SparseNetwork {
            name: "saved".into(),
            description: "a test".into(),
            graph,
            time_steps: Some(40),
            seed: None,
            notes: vec!["made up".into()],
            imported: None,
            samples: SampleForm::default(),
        };
        let folder = tempfile::tempdir().unwrap();
        save(&saved, &folder.path().join("saved"), &[]).unwrap();
        let Network::Sparse(found) = load(&folder.path().join("saved")).unwrap() else { panic!("{model}: not sparse") };
        assert_eq!(found.graph, saved.graph, "{model}");
        assert_eq!((found.time_steps, &found.notes), (saved.time_steps, &saved.notes));
        spikes(&found.graph, model);
    }
}

#[test]
fn spikes_before_a_first_step_and_neurons_that_cannot_rest_are_refused() {
    let problems = |edit: &dyn Fn(&mut Value), model: &str| {
        let mut file = network(model, 3, 1);
        edit(&mut file["populations"][1]);
        let document = Document::parse("net.json", &file.to_string()).unwrap();
        spikemesh::net::read(document, "net", Path::new(".")).map(|_| ()).unwrap_err().to_string()
    };
    assert!(
        problems(&|p| p["first_step"] = json!(3), "if").contains("may reach \"if\" in step 2, before its first_step")
    );
    let early = |p: &mut Value| (p["first_step"], p["threshold"]) = (json!(2), json!(0));
    assert!(problems(&early, "paicore").contains("a first_step goes with thresholds of at least 1"));
}

/// What ODIN's synapses cannot hold is refused, with the edge named, by every command that reads the network; and what
/// its chip cannot hold of other neurons when they are mapped.
#[test]
fn weights_that_odin_cannot_hold_are_refused() {
    let network = |neuron: Value, edges: [Value; 2]| {
        json!({"format": "spikemesh.sparse/1", "description": "a test", "time_steps": 3,
            "populations": [{"name": "in", "size": 2, "spikes": [[1, 0]]}, {"name": "a", "size": 4, "threshold": 20, "neuron": neuron}],
            "projections": [{"from": "in", "to": "a", "edges": edges[0]}, {"from": "in", "to": "a", "edges": edges[1]}]})
    };
    let bench = crate::bench::Bench::new();
    let path = bench.path("net.json");
    let said = |file: &Value, command: &str| {
        std::fs::write(&path, file.to_string()).unwrap();
        match command {
            "check" => bench.fail(&["check", &path]),
            _ => bench.fail(&[command, "--chip", "odin", "--network", &path]),
        }
    };
    let odin = || json!({"model": "odin"});
    let none = json!([]);
    for weight in [-8, 8, -256, 255] {
        let file = network(odin(), [json!([[0, 0, 3, 1], [1, 1, weight, 1]]), none.clone()]);
        for command in ["check", "map", "run"] {
            let said = said(&file, command);
            assert!(said.contains("projections[0].edges[1][2]") && said.contains("expected -7 to 7"), "{said}");
        }
    }
    // Both signs from a source: in one projection, and in two.
    for edges in [
        [json!([[0, 0, 3, 1], [1, 0, -2, 1], [0, 1, -4, 1]]), none.clone()],
        [json!([[0, 0, 3, 1], [0, 1, 0, 1]]), json!([[1, 0, -2, 1], [0, 3, -4, 1]])],
    ] {
        let file = network(odin(), edges);
        for command in ["check", "map", "run"] {
            let said = said(&file, command);
            assert!(
                said.contains("neuron 0 of \"in\" has a weight of -4")
                    && said.contains("the sign belongs to the source"),
                "{said}"
            );
        }
    }
    let sound = network(odin(), [json!([[0, 0, 7, 1], [1, 0, -7, 1], [0, 1, 0, 1]]), none.clone()]);
    std::fs::write(&path, sound.to_string()).unwrap();
    bench.succeed(&["run", "--chip", "odin", "--network", &path]);
    // Neurons of another kind on ODIN's synapses.
    let other = |weights: [i64; 2]| {
        let neuron = json!({"model": "if", "reset": "zero", "membrane_bits": 8});
        network(neuron, [json!([[0, 0, weights[0], 1], [0, 1, weights[1], 1]]), none.clone()])
    };
    for command in ["map", "run"] {
        assert!(said(&other([1, -8]), command).contains("core.weight_bits: a weight of -8 to 1 needs 5"));
        let both = said(&other([1, -7]), command);
        assert!(both.contains("core.source_sign: in neuron 0, with weights of both signs,"), "{both}");
    }
}
