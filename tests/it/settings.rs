//! Neurons of one population with parameters of their own: files, and runs equal to those of as many populations.

use crate::bench::Bench;
use crate::common::{CONTENTION, Draw, Rig, chip_with, sparse_graph, text_of};
use serde_json::{Map, Value, json};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::map::{self, Arranged, MappingOptions, Partitioner};
use spikemesh::net::graph::Graph;
use spikemesh::net::{self, Network, reference};
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::system;
use std::path::{Path, PathBuf};

/// Neurons, inputs and steps of the networks here.
const NEURONS: usize = 12;
const INPUTS: usize = 5;
const STEPS: u32 = 60;

/// A neuron of a model: the object `neuron`, and the fields beside it.
struct One {
    neuron: Map<String, Value>,
    beside: Map<String, Value>,
}

fn fields<const N: usize>(all: [(&str, Value); N]) -> Map<String, Value> {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A neuron with parameters that are drawn.
fn draw_one(model: &str, draw: &mut Draw) -> One {
    let mut number = |low: i64, high: i64| json!(draw.between(low, high));
    let flag = |value: Value| json!(value == json!(1));
    let reset = |value: Value| json!(["zero", "subtract"][value.as_u64().unwrap() as usize]);
    let after = |value: Value| json!(["absolute", "linear", "keep", "fall"][value.as_u64().unwrap() as usize]);
    let below = |value: Value| json!(["saturate", "reset"][value.as_u64().unwrap() as usize]);
    let bits = number(12, 15);
    let whole = 1 << bits.as_i64().unwrap();
    let (neuron, beside) = match model {
        "if" => (
            fields([
                ("reset", reset(number(0, 1))),
                ("fraction_bits", number(0, 3)),
                ("membrane_bits", number(10, 24)),
            ]),
            fields([("threshold", number(5, 60)), ("bias", number(-1, 3))]),
        ),
        "lif" => (
            fields([
                ("reset", reset(number(0, 1))),
                ("fraction_bits", number(0, 3)),
                ("membrane_bits", number(10, 24)),
                ("decay", number(0, whole / 4)),
                ("decay_bits", bits),
            ]),
            fields([("threshold", number(5, 60)), ("bias", number(-1, 3))]),
        ),
        "multi_spike" => (
            fields([
                ("max_spikes", number(1, 6)),
                ("fraction_bits", number(0, 3)),
                ("membrane_bits", number(10, 24)),
                ("decay", number(0, whole / 4)),
                ("decay_bits", bits),
            ]),
            fields([("threshold", number(5, 30)), ("bias", number(-1, 3))]),
        ),
        "cuba_lif" => (
            fields([
                ("reset", after(number(0, 3))),
                ("fraction_bits", number(0, 3)),
                ("membrane_bits", number(10, 24)),
                ("current_decay", number(whole / 2, whole)),
                ("voltage_decay", number(whole / 8, whole)),
                ("decay_bits", bits),
            ]),
            fields([
                ("threshold", number(10, 60)),
                ("bias", number(-1, 3)),
                ("reset_potential", number(0, 5)),
                ("negative_threshold", number(0, 90)),
            ]),
        ),
        "loihi" => (
            fields([
                ("current_decay", number(2000, 4095)),
                ("voltage_decay", number(0, 900)),
                ("refractory", number(1, 5)),
                ("weight_exponent", number(-2, 2)),
                ("bias_exponent", number(0, 4)),
                ("floor_exponent", number(0, 23)),
            ]),
            fields([("threshold", number(5, 40)), ("bias", number(-5, 60))]),
        ),
        "truenorth" => (
            fields([
                ("reset", after(number(0, 2))),
                ("negative", below(number(0, 1))),
                ("leak_reversal", flag(number(0, 1))),
            ]),
            fields([
                ("threshold", number(5, 40)),
                ("bias", number(-3, 3)),
                ("reset_potential", number(-5, 5)),
                ("negative_threshold", number(0, 50)),
            ]),
        ),
        "paicore" => (
            fields([
                ("reset", after(number(0, 2))),
                ("negative", below(number(0, 1))),
                ("leak_reversal", flag(number(0, 1))),
                ("leak_after_comparison", flag(number(0, 1))),
            ]),
            fields([
                ("threshold", number(5, 40)),
                ("bias", number(-3, 3)),
                ("reset_potential", number(-5, 5)),
                ("negative_threshold", number(0, 50)),
            ]),
        ),
        "ranc" => (
            fields([("reset", after(number(0, 1))), ("membrane_bits", number(8, 12))]),
            fields([
                ("threshold", number(5, 40)),
                ("bias", number(-3, 3)),
                ("reset_potential", number(-5, 5)),
                ("negative_threshold", number(-100, 0)),
            ]),
        ),
        "odin" => (fields([("leak", number(0, 3))]), fields([("threshold", number(3, 20))])),
        // Its neurons have no parameters: one setting.
        "speck" => (Map::new(), fields([("threshold", number(5, 40))])),
        other => panic!("no parameters are drawn for {other}"),
    };
    One { neuron: fields([("model", json!(model))]).into_iter().chain(neuron).collect(), beside }
}

/// One object with a list of the values of all for each field, except `model`.
fn joined(all: impl Iterator<Item = Map<String, Value>> + Clone) -> Map<String, Value> {
    let first = all.clone().next().unwrap();
    let list = |name: &String| all.clone().map(|one| one[name].clone()).collect::<Value>();
    first.iter().map(|(name, value)| (name.clone(), if name == "model" { value.clone() } else { list(name) })).collect()
}

/// Edges (source, target, weight, delay): the sources are the inputs and then the neurons.
fn draw_edges(model: &str, longest: i64, draw: &mut Draw) -> Vec<(usize, usize, i64, i64)> {
    let most = if model == "odin" { 7 } else { 20 };
    let mut edges = Vec::new();
    for source in 0..INPUTS + NEURONS {
        for target in 0..NEURONS {
            if draw.below(3) == 0 {
                // The sign belongs to the source, as ODIN has it.
                let sign = if source % 3 == 2 { -1 } else { 1 };
                edges.push((source, target, sign * draw.between(1, most), draw.between(1, longest)));
            }
        }
    }
    edges
}

/// The same network with one population of all neurons, and with one for each.
fn both(model: &str, longest: i64, seed: u64) -> [Value; 2] {
    let mut draw = Draw::new(seed);
    let neurons: Vec<One> = (0..NEURONS).map(|_| draw_one(model, &mut draw)).collect();
    let edges = draw_edges(model, longest, &mut draw);
    let spikes: Vec<[u32; 2]> = (1..=STEPS)
        .flat_map(|step| (0..INPUTS as u32).map(move |input| [step, input]))
        .filter(|_| draw.below(3) == 0)
        .collect();
    let network = |populations: Vec<Value>, place: &dyn Fn(usize) -> (String, usize)| {
        let input = json!({"name": "in", "size": INPUTS, "spikes": spikes});
        let mut projections: Vec<Value> = Vec::new();
        for (source, target, weight, delay) in &edges {
            let (from, i) = if *source < INPUTS { ("in".to_owned(), *source) } else { place(*source - INPUTS) };
            let (to, k) = place(*target);
            projections.push(json!({"from": from, "to": to, "edges": [[i, k, weight, delay]]}));
        }
        let populations: Vec<Value> = std::iter::once(input).chain(populations).collect();
        let format = "spikemesh.sparse/1";
        json!({"format": format, "description": "x", "populations": populations, "projections": projections})
    };
    let population = |name: String, size: usize, neuron: Map<String, Value>, beside: Map<String, Value>| {
        let mut all = fields([("name", json!(name)), ("size", json!(size)), ("neuron", neuron.into())]);
        all.extend(beside);
        Value::from(all)
    };
    let together = population(
        "n".into(),
        NEURONS,
        joined(neurons.iter().map(|one| one.neuron.clone())),
        joined(neurons.iter().map(|one| one.beside.clone())),
    );
    let apart = neurons.iter().enumerate();
    let apart = apart.map(|(i, one)| population(format!("n{i}"), 1, one.neuron.clone(), one.beside.clone()));
    [
        network(vec![together], &|neuron| ("n".to_owned(), neuron)),
        network(apart.collect(), &|neuron| (format!("n{neuron}"), 0)),
    ]
}

/// Runs a network on a chip in several splits, and compares each with the reference.
fn run(graph: &Graph, chip: &Chip, what: &str) {
    for contention in CONTENTION {
        let rig = Rig::new(graph.clone(), chip.clone(), Placer::Linear, contention);
        for split in [(1, 1), (2, 1), (7, 2)] {
            let split = Shards { count: split.0, threads: split.1 };
            let result = run_sparse(&rig.system, graph, STEPS, split, &Unwatched).unwrap();
            assert!(!result.mismatched, "{what}, {split:?}");
        }
    }
}

#[test]
fn a_population_of_many_settings_equals_as_many_populations() {
    let stepped = chip_with("loihi", &[("/core/max_delay", json!(63)), ("/core/membrane_bits", json!(32))]);
    for model in net::neuron::NAMES {
        let mut spikes = 0;
        for seed in 0..2 {
            let [together, apart] = both(model, 3, seed).map(|file| sparse_graph(&file));
            let settings = together.populations[1].params.distinct().len();
            assert!(together.populations.len() == 2 && (settings > 2 || *model == "speck"), "{model}: {settings}");
            let (one, many) = (reference::sparse(&together, STEPS), reference::sparse(&apart, STEPS));
            assert_eq!(one, many, "{model} {seed}");
            spikes += one.counts[INPUTS..].iter().sum::<u32>();
            run(&together, &stepped, model);
            run(&apart, &stepped, model);
        }
        assert!(spikes > 100, "{model}: {spikes}");
    }
}

#[test]
fn free_running_chips_have_neurons_of_many_settings_too() {
    let chip = chip_with("event_mesh", &[("/core/membrane_bits", json!(32))]);
    for model in ["if", "lif", "odin"] {
        let [together, apart] = both(model, 1, 9).map(|file| sparse_graph(&file));
        let spikes = [together, apart].map(|graph| {
            let rig = Rig::new(graph.clone(), chip.clone(), Placer::Linear, CONTENTION[0]);
            let seen = [1, 3].map(|count| {
                let result = run_sparse(&rig.system, &graph, STEPS, Shards { count, threads: 1 }, &Unwatched).unwrap();
                (result.spikes, result.membranes)
            });
            assert_eq!(seen[0], seen[1], "{model}");
            seen[0].0[INPUTS..].iter().sum::<u32>()
        });
        assert!(spikes.iter().all(|spikes| *spikes > 20), "{model} {spikes:?}");
    }
}

#[test]
fn neurons_of_equal_settings_come_together_on_cores_and_keep_their_numbers() {
    // 40 settings in turn, of which a core of Loihi has 32.
    let neuron =
        json!({"model": "lif", "reset": "zero", "decay": (0..200).map(|i| 1 + i * 7 % 40).collect::<Vec<u32>>()});
    let file = json!({
        "format": "spikemesh.sparse/1", "description": "x",
        "populations": [
            {"name": "n", "size": 200, "neuron": neuron, "threshold": 100, "bias": (0..200).collect::<Vec<u32>>()},
            {"name": "few", "size": 2, "neuron": {"model": "if", "reset": "zero"}, "threshold": 3},
        ],
        "projections": [{"from": "n", "to": "few", "edges": (0..200).map(|i| [i, i % 2, 1, 1]).collect::<Vec<_>>()}],
    });
    let (graph, chip) = (sparse_graph(&file), chip_with("loihi", &[]));
    let right = reference::sparse(&graph, 20);
    for partitioner in Partitioner::ALL {
        let options = MappingOptions { partitioner: *partitioner, ..MappingOptions::default() };
        let Arranged { graph: sorted, mapping } = map::arrange(&graph, &chip, options, None).unwrap();
        assert_eq!(mapping.cores.len(), 2, "{partitioner:?}");
        let calibration = chip.calibration(None).unwrap();
        let system = system::build(&sorted, &chip, calibration, &mapping, CONTENTION[0]).unwrap();
        let result = run_sparse(&system, &sorted, 20, Shards::default(), &Unwatched).unwrap();
        assert!(!result.mismatched);
        assert_eq!(
            (sorted.own(result.spikes), sorted.own(result.membranes)),
            (right.counts.clone(), right.membranes.clone())
        );
    }
    // In their own order they take a core for every 32 of them.
    let own = map::map(&graph, &chip, MappingOptions::default()).unwrap();
    assert!(own.cores.len() > 5, "{}", own.cores.len());
}

fn problems(file: &Value) -> String {
    let document = Document::parse("f", &file.to_string()).unwrap();
    net::read(document, "net", Path::new(".")).unwrap_err().to_string()
}

#[test]
fn lists_of_parameters_are_checked_neuron_by_neuron() {
    let file = |neuron: Value, threshold: Value| {
        let population = json!({"name": "n", "size": 3, "neuron": neuron, "threshold": threshold});
        json!({"format": "spikemesh.sparse/1", "description": "x", "populations": [population], "projections": []})
    };
    let lif =
        |decay: Value, bits: Value| json!({"model": "lif", "reset": "zero", "decay": decay, "membrane_bits": bits});
    assert_eq!(
        problems(&file(lif(json!([1, 2]), json!([8, 9, 10, 11])), json!(1))),
        "f: populations[0].neuron.decay: a list of 2, expected 3 items\n\
         f: populations[0].neuron.membrane_bits: a list of 4, expected 3 items"
    );
    let found = problems(&file(json!({"model": "lif", "decay": [1, -1, 5000], "leak": 1}), json!(1)));
    assert_eq!(
        found,
        "f: populations[0].neuron.leak: unknown field; known: model, decay, decay_bits, reset, fraction_bits, \
         membrane_bits\n\
         f: populations[0].neuron.reset: missing\n\
         f: populations[0].neuron.decay[1]: found -1, expected 0 to 4096 as an integer\n\
         f: populations[0].neuron.decay[2]: found 5000, expected 0 to 4096 as an integer"
    );
    // Each neuron's values have the range of its own width; one value for all must suit all.
    let widths = lif(json!(1), json!([8, 24, 9]));
    assert_eq!(
        problems(&file(widths.clone(), json!([128, 128, 256]))),
        "f: populations[0].threshold[0]: found 128, expected 1 to 127 as an integer\n\
         f: populations[0].threshold[2]: found 256, expected 1 to 255 as an integer"
    );
    let found = problems(&file(widths, json!(128)));
    assert_eq!(found, "f: populations[0].threshold: found 128, expected 1 to 127 as an integer");
    let found = problems(&file(json!({"model": ["lif", "if", "if"], "reset": "zero"}), json!(1)));
    assert!(found.starts_with("f: populations[0].neuron.model: found a list of 3, allowed: if, lif"), "{found}");
}

#[test]
fn settings_come_back_from_files() {
    for model in net::neuron::NAMES {
        let [file, _] = both(model, 3, 5);
        back(&file, model);
    }
}

/// Writes a network and reads it again.
fn back(file: &Value, what: &str) -> Value {
    let document = Document::parse("f", &file.to_string()).unwrap();
    let Ok(Network::Sparse(network)) = net::read(document, "net", Path::new(".")) else { panic!("{what}") };
    let bench = Bench::new();
    let folder = PathBuf::from(bench.path("net"));
    net::save(&network, &folder, &[]).unwrap();
    let Ok(Network::Sparse(again)) = net::load(&folder) else { panic!("{what}") };
    assert_eq!(again.graph, network.graph, "{what}");
    let written: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("network.json")).unwrap()).unwrap();
    crate::common::keeps_schema(2, &written);
    written
}

/// One neuron that keeps what its synapses add, by sources that spike one after the other.
fn exponents(own: i64, projections: &[(i64, Option<i64>)]) -> Value {
    let neuron = json!({"model": "loihi", "current_decay": 4095, "voltage_decay": 0, "weight_exponent": own});
    let spikes: Vec<[usize; 2]> = (0..projections.len()).map(|input| [input + 1, input]).collect();
    let projections: Vec<Value> = projections
        .iter()
        .enumerate()
        .map(|(input, (weight, exponent))| {
            let mut one = json!({"from": "in", "to": "n", "edges": [[input, 0, weight, 1]]});
            if let Some(exponent) = exponent {
                one["weight_exponent"] = json!(exponent);
            }
            one
        })
        .collect();
    json!({
        "format": "spikemesh.sparse/1", "description": "x",
        "populations": [
            {"name": "in", "size": spikes.len(), "spikes": spikes},
            {"name": "n", "size": 1, "neuron": neuron, "threshold": 131_071},
        ],
        "projections": projections,
    })
}

#[test]
fn synapses_add_by_the_exponent_of_their_projection() {
    // 64 floor(w 2^e), by hand; without an exponent of its own a projection has that of the neurons, 1.
    let all = [
        (3, Some(-1), 64),
        (-6, Some(-2), -128),
        (-1, Some(-8), -64),
        (5, Some(2), 1280),
        (255, Some(7), 2_088_960),
        (-256, Some(7), -2_097_152),
        (7, None, 896),
        (-7, Some(0), -448),
    ];
    let projections: Vec<_> = all.iter().map(|(weight, exponent, _)| (*weight, *exponent)).collect();
    let file = exponents(1, &projections);
    let graph = sparse_graph(&file);
    let chip = chip_with("loihi", &[]);
    for (count, steps) in (1..=all.len()).zip(2..) {
        let sum: i32 = all[..count].iter().map(|(_, _, added)| added).sum();
        assert_eq!(reference::sparse(&graph, steps).membranes[all.len()], sum, "{count}");
    }
    // Memory holds mantissas: nine bits, as the weights have them.
    assert_eq!(graph.synapses.weight_bits(), 9);
    let rig = Rig::new(graph.clone(), chip, Placer::Linear, CONTENTION[0]);
    let result = run_sparse(&rig.system, &graph, 12, Shards::default(), &Unwatched).unwrap();
    let sum: i32 = all.iter().map(|(_, _, added)| added).sum();
    assert_eq!((result.mismatched, result.membranes[all.len()]), (false, sum));
    let written = back(&file, "exponents");
    assert_eq!(written["projections"].as_array().unwrap().len(), 7);
    // One exponent for all is what neurons with it do.
    let same = [(exponents(3, &[(5, None), (-9, None)]), exponents(0, &[(5, Some(3)), (-9, Some(3))]))];
    for (own, of_projections) in same {
        let runs = [own, of_projections].map(|file| reference::sparse(&sparse_graph(&file), 4));
        assert_eq!(runs[0], runs[1]);
    }
}

#[test]
fn only_loihi_has_exponents() {
    let mut file = exponents(0, &[(5, Some(8))]);
    let found = problems(&file);
    assert_eq!(found, "f: projections[0].weight_exponent: found 8, expected -8 to 7 as an integer");
    file["populations"][1]["neuron"] = json!({"model": "if", "reset": "zero"});
    let found = problems(&file);
    let wanted = "f: projections[0].weight_exponent: \"n\" has neurons of the model \"if\"; only those of \"loihi\" have \
                  exponents";
    assert_eq!(found, wanted);
}

#[test]
fn a_membrane_stays_above_its_floor() {
    // The current of -64 a spike meets a floor of 0, of -63, and none.
    for (exponent, wanted) in [(0, 0), (6, -63), (7, -64), (23, -64)] {
        let mut file = exponents(0, &[(-1, None)]);
        file["populations"][1]["neuron"]["floor_exponent"] = json!(exponent);
        assert_eq!(reference::sparse(&sparse_graph(&file), 3).membranes[1], wanted);
    }
}

/// A model that Nengo built and Nengo-Loihi's emulator ran: a floor of 0, several exponents into a block, biases with
/// exponents of their own. See the file for the versions.
#[test]
fn a_network_built_by_nengo_loihi_is_equalled_spike_by_spike() {
    let recorded: Value = serde_json::from_str(&text_of("tests/reference/nengo_loihi/simulator.json")).unwrap();
    let graph = sparse_graph(&recorded["network"]);
    let numbers = |value: &Value| -> Vec<i64> {
        value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
    };
    let on_chip = graph.populations.iter().filter(|p| p.source.is_none()).map(|p| p.first).min().unwrap() as usize;
    let steps = recorded["spikes"].as_array().unwrap();
    let mut counts = vec![0; graph.neurons() - on_chip];
    for (step, fired) in (1..).zip(steps) {
        numbers(fired).into_iter().for_each(|neuron| counts[neuron as usize] += 1);
        let found = reference::sparse(&graph, step);
        assert_eq!(found.counts[on_chip..], counts, "{step}");
        let membranes: Vec<i64> = found.membranes[on_chip..].iter().map(|v| i64::from(*v)).collect();
        assert_eq!(membranes, numbers(&recorded["membranes"][step as usize - 1]), "{step}");
    }
    assert!(counts.iter().sum::<u32>() > 100 && counts.iter().filter(|count| **count > 0).count() > 9);
    run(&graph, &chip_with("loihi", &[]), "nengo");
    // Exponents of projections into one block differ.
    let into = |to: &str| {
        let all = recorded["network"]["projections"].as_array().unwrap().iter().filter(|p| p["to"] == to);
        all.map(|p| p["weight_exponent"].as_i64().unwrap()).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((into("block0"), into("block1")), (2, 2));
}
