//! Networks that other programs ran, run here: three emulators of Loihi, and NEST. Spikes and membranes of every step
//! must be theirs. The recordings are read where they are.

use crate::common::{CONTENTION, Rig, chip_with, sparse_graph};
use crate::needs::data;
use crate::npy::npy_rows;
use serde_json::{Value, json};
use spikemesh::map::place::Placer;
use spikemesh::net::{Graph, reference};
use spikemesh::run::{Runner, Shards, Unwatched, run_sparse};
use std::path::{Path, PathBuf};

/// Spikes and membranes of the neurons on the chip, after each step.
struct Course {
    spikes: Vec<Vec<u32>>,
    membranes: Vec<Vec<i32>>,
}

/// Neurons that are not those of a source, in their order.
fn on_chip(graph: &Graph) -> Vec<usize> {
    graph.populations.iter().filter(|p| p.source.is_none()).flat_map(|p| p.range()).collect()
}

/// Runs on the chip model, and checks it against the reference evaluator.
fn course(graph: &Graph, steps: u32, what: &str) -> Course {
    let chip = chip_with("loihi", &[("/core/max_delay", json!(63)), ("/core/membrane_bits", json!(32))]);
    let rig = Rig::new(graph.clone(), chip, Placer::Linear, CONTENTION[0]);
    let result = run_sparse(&rig.system, graph, steps, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched, "{what}");
    let mut runner = Runner::new(&rig.system, Shards { count: 2, threads: 1 });
    runner.reset(&[]);
    let neurons = on_chip(graph);
    let (mut before, mut found) = (vec![0; neurons.len()], Course { spikes: Vec::new(), membranes: Vec::new() });
    for step in 1..=steps {
        runner.step(step).unwrap();
        let (counts, membranes) = runner.neurons(step);
        let counts: Vec<u32> = neurons.iter().map(|neuron| counts[*neuron]).collect();
        found.spikes.push(counts.iter().zip(&before).map(|(now, before)| now - before).collect());
        found.membranes.push(neurons.iter().map(|neuron| membranes[*neuron]).collect());
        before = counts;
    }
    found
}

fn file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The cases of a program whose files begin with a word, by name.
fn cases(program: &str, word: &str) -> Vec<PathBuf> {
    let folder = data(&format!("parity/{program}"));
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| name(path).starts_with(word) && name(path).ends_with(".json"));
    found.sort();
    assert!(!found.is_empty(), "{program} has no {word}");
    found
}

/// The recorded spikes of a case.
fn spikes_of(case: &Path) -> Vec<Vec<u32>> {
    let rows = npy_rows(&case.with_extension("spikes.npy"));
    rows.into_iter().map(|row| row.into_iter().map(|spike| spike as u32).collect()).collect()
}

/// The recorded membranes of a case, where it has any.
fn membranes_of(case: &Path) -> Option<Vec<Vec<i32>>> {
    let path = case.with_extension("membranes.npy");
    path.is_file().then(|| npy_rows(&path))
}

/// Runs all cases, and gives their spikes and how many had membranes.
fn equal(program: &str, word: &str) -> (u32, usize) {
    let (mut spikes, mut with_membranes) = (0, 0);
    for case in cases(program, word) {
        let what = case.display().to_string();
        let wanted = spikes_of(&case);
        let found = course(&sparse_graph(&file(&case)), wanted.len() as u32, &what);
        assert!(found.spikes == wanted, "{what}: spikes differ");
        if let Some(membranes) = membranes_of(&case) {
            assert!(found.membranes == membranes, "{what}: membranes differ");
            with_membranes += 1;
        }
        spikes += wanted.iter().flatten().sum::<u32>();
    }
    (spikes, with_membranes)
}

pub fn emulators_of_loihi_are_equalled_spike_by_spike() {
    for (program, membranes) in [("nengo_loihi", 3), ("lava", 3), ("brian2loihi", 3)] {
        let (spikes, with_membranes) = equal(program, "case_");
        assert!(spikes > 1_000 && with_membranes >= membranes, "{program}: {spikes}, {with_membranes}");
    }
}

/// The networks of some cases with a floor of 0, as all that Nengo builds.
pub fn floors_of_nengo_loihi_are_equalled_spike_by_spike() {
    let mut spikes = 0;
    for case in cases("nengo_loihi", "case_") {
        let name = case.file_name().unwrap().to_string_lossy().replace("case_", "floor_");
        let recorded = case.with_file_name(name);
        if !recorded.with_extension("spikes.npy").is_file() {
            continue;
        }
        let mut network = file(&case);
        for population in network["populations"].as_array_mut().unwrap().iter_mut().filter(|p| p["neuron"].is_object())
        {
            population["neuron"]["floor_exponent"] = json!(0);
        }
        let (wanted, what) = (spikes_of(&recorded), recorded.display().to_string());
        let found = course(&sparse_graph(&network), wanted.len() as u32, &what);
        assert!(found.spikes == wanted, "{what}: spikes differ");
        // The floor changes them.
        assert!(wanted != spikes_of(&case), "{what}");
        spikes += wanted.iter().flatten().sum::<u32>();
    }
    assert!(spikes > 300, "{spikes}");
}

pub fn weights_lose_their_bits_as_brian2loihi_has_it() {
    assert!(equal("brian2loihi", "negative_exponent_").0 > 300);
}

pub fn nest_is_equalled_spike_by_spike() {
    assert!(equal("nest", "t_ref_").0 > 200);
}

/// Where Nengo-Loihi differs, it is known why: sums of a step that wrap at 22 bits. These are counted.
pub fn sums_that_nengo_loihi_wraps_are_counted() {
    for case in cases("nengo_loihi", "accumulator_") {
        let (graph, wanted) = (sparse_graph(&file(&case)), spikes_of(&case));
        let (_, beyond) = reference::sparse_counted(&graph, wanted.len() as u32);
        assert!(beyond > 0, "{}", case.display());
    }
    for case in cases("nengo_loihi", "case_").into_iter().chain(cases("brian2loihi", "negative_")) {
        let (graph, wanted) = (sparse_graph(&file(&case)), spikes_of(&case));
        assert_eq!(reference::sparse_counted(&graph, wanted.len() as u32).1, 0, "{}", case.display());
    }
}

/// One-neuron networks at the edges of the registers: the program that is right, as `reference/parity.md` of the data says.
pub fn edges_of_registers_are_those_of_the_program_that_is_right() {
    let folder = data("parity");
    let all = file(&folder.join("minimal_loihi.json"));
    let right = [
        ("neg_exp_odd_weight_pos_only", "brian2loihi"),
        ("neg_exp_sum_of_two", "brian2loihi"),
        ("accumulator_22_bits", "lava"),
        ("u_plus_bias_wrap", "lava"),
        ("v_clip_neg", "lava"),
        ("u_wrap", "lava"),
        ("refractory_64", "brian2loihi"),
        ("delay_63", "lava"),
        ("weight_minus_256", "brian2loihi"),
        ("threshold_0", "lava"),
    ];
    for (name, program) in right {
        let (network, wanted) = (&all[name]["network"], &all[name][program]);
        let found = course(&sparse_graph(network), network["time_steps"].as_u64().unwrap() as u32, name);
        let membranes: Vec<i32> = found.membranes.iter().map(|step| step[0]).collect();
        let fired = (1..).zip(&found.spikes).filter(|(_, step)| step[0] > 0).map(|(step, _)| step);
        assert_eq!(json!(fired.collect::<Vec<u32>>()), wanted["spike_steps"], "{name}");
        assert_eq!(json!(membranes), wanted["membrane"], "{name}");
    }
    // Weights of one sign each, in a synapse format of their own: nothing is lost. A current of 2^23 is none of 24 bits.
    for (name, wanted) in
        [("mixed_sign_odd", [0, 192, 192, 0, 0, 0]), ("u_exact_2_23", [0, -8_388_607, -8_388_607, -8_386_559, 0, 0])]
    {
        let found = course(&sparse_graph(&all[name]["network"]), 6, name);
        let first = if name == "u_exact_2_23" { 4 } else { 6 };
        let membranes: Vec<i32> = found.membranes.iter().map(|step| step[0]).take(first).collect();
        assert_eq!(membranes, wanted[..first], "{name}");
    }
}

/// By hand, as the chip has whole mantissas: each synapse adds 64 floor(w 2^e), whatever else comes in the same step.
pub fn each_synapse_is_rounded_down_alone() {
    let membrane = |exponent: i32, weights: &[i64]| {
        let edges: Vec<_> = weights.iter().enumerate().map(|(source, weight)| json!([source, 0, weight, 1])).collect();
        let spikes: Vec<_> = (0..weights.len()).map(|source| json!([1, source])).collect();
        let neuron = json!({"model": "loihi", "current_decay": 4095, "voltage_decay": 0, "weight_exponent": exponent});
        let graph = sparse_graph(&json!({
            "format": "spikemesh.sparse/1", "description": "one neuron",
            "populations": [
                {"name": "in", "size": weights.len(), "spikes": spikes},
                {"name": "p0", "size": 1, "threshold": 100_000, "neuron": neuron},
            ],
            "projections": [{"from": "in", "to": "p0", "edges": edges}],
        }));
        course(&graph, 3, "one neuron").membranes[2][0]
    };
    assert_eq!(membrane(-1, &[3]), 64);
    assert_eq!(membrane(-2, &[-6]), -128);
    assert_eq!(membrane(-2, &[2, 2]), 0);
    assert_eq!(membrane(-1, &[1, -1]), -64);
    // Enough of them for the formats in which a row is added as a whole.
    assert_eq!(membrane(-3, &[15; 60]), 60 * 64);
    // 64 for 255, and -64 for -1.
    assert_eq!(membrane(-7, &[255, 127, -1]), 0);
    assert_eq!(membrane(-8, &[255, -1, -256]), -128);
    assert_eq!(membrane(0, &[3, -3, 7]), 64 * 7);
    assert_eq!(membrane(7, &[1, -2]), -64 * 128);
}

pub fn what_a_chip_holds_in_two_formats_is_said() {
    let network = |weights: [i64; 2]| {
        json!({
            "format": "spikemesh.sparse/1", "description": "two signs",
            "populations": [
                {"name": "in", "size": 2, "spikes": [[1, 0], [1, 1]]},
                {"name": "p0", "size": 1, "threshold": 100_000,
                 "neuron": {"model": "loihi", "current_decay": 4095, "voltage_decay": 0, "weight_exponent": 7}},
            ],
            "projections": [{"from": "in", "to": "p0", "edges": [[0, 0, weights[0], 1], [1, 0, weights[1], 1]]}],
        })
    };
    let bench = crate::bench::Bench::new();
    let said = |command: &str, weights| {
        std::fs::write(bench.path("net.json"), network(weights).to_string()).unwrap();
        let path = bench.path("net.json");
        bench
            .succeed(&[command, "--network", &path, "--chip", "loihi"])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    for command in ["map", "run"] {
        let odd = said(command, [3, -3]);
        assert!(
            odd.contains("2 odd weights share a projection with weights of the other sign (from in to p0)"),
            "{odd}"
        );
        assert!(!said(command, [4, -2]).contains("odd weights") && !said(command, [3, 3]).contains("odd weights"));
    }
    // 2 x 254 x 2^13 = 4,161,536, and 22 bits hold 2,097,151.
    assert!(said("run", [254, 254]).contains("left 22 bits 1 times"));
    assert!(!said("run", [254, -254]).contains("left 22 bits"));
}
