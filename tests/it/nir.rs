//! NIR graphs of others: that they load, that what runs is what a plain float evaluation of the file gives, and that damaged
//! files are errors. The example files are NIR's own (neuromorphs/NIR, paper folder), read where they are.

use crate::cli::Bench;
use crate::common::{CONTENTION, Draw, Rig, chip_with};
use proptest::prelude::*;
use serde_json::json;
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::net::neuron::Reset;
use spikemesh::net::nir::{self, Bits, Imported, Lowered, NirGraph, Options, float};
use spikemesh::net::spikes::RandomSpikes;
use spikemesh::run::{Shards, Unwatched, run_sparse};
use std::path::{Path, PathBuf};

/// The folder of NIR's example files, where there is one.
fn examples() -> Option<PathBuf> {
    let shared = std::env::var_os("SPIKEMESH_SHARED").map(|folder| PathBuf::from(folder).join("data/nir/paper"));
    let found = shared.filter(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("no NIR files: set SPIKEMESH_SHARED to the folder that holds data/nir");
    }
    found
}

const LIF: &str = "01_lif/lif_norse.nir";
const CNN: &str = "02_cnn/cnn_sinabs.nir";
const BRAILLE: [&str; 2] = ["03_rnn/braille_noDelay_bias_zero.nir", "03_rnn/braille_noDelay_noBias_subtract.nir"];
const OTHERS: [&str; 4] = [
    "01_lif/lif_rockpool.nir",
    "01_lif/debug_spike_representation/two_lif_neurons.nir",
    "03_rnn/extras/braille_noDelay_bias_zero_subgraph.nir",
    "03_rnn/extras/braille_noDelay_noBias_subtract_subgraph.nir",
];

fn options(file: &str) -> Options {
    let reset = if file.contains("subtract") { Reset::Subtract } else { Reset::Zero };
    Options { reset, ..Options::default() }
}

fn read(folder: &Path, file: &str) -> (NirGraph, Lowered) {
    let graph = nir::load(&folder.join(file)).unwrap_or_else(|error| panic!("{error}"));
    let lowered = nir::lower(&graph, options(file)).unwrap_or_else(|problems| panic!("{file}: {problems:?}"));
    (graph, lowered)
}

/// Runs on Loihi, and gives the counts of the reference that the run equals.
fn on_chip(network: &Graph, steps: u32, what: &str) -> Vec<u32> {
    let chip = chip_with("loihi", &[("/core/membrane_bits", json!(32))]);
    let rig = Rig::new(network.clone(), chip, Placer::Linear, CONTENTION[0]);
    let result = run_sparse(&rig.system, &rig.graph, steps, Shards::default(), &Unwatched).unwrap();
    assert!(!result.mismatched, "{what}");
    spikemesh::net::reference::sparse(network, steps).counts
}

/// Spikes of an integer network by layer.
fn by_layer(imported: &Imported, counts: &[u32]) -> Vec<u64> {
    let sum = |numbers: &Vec<u32>| numbers.iter().map(|neuron| u64::from(counts[*neuron as usize])).sum();
    imported.numbers.iter().map(sum).collect()
}

#[test]
fn all_example_graphs_load_run_on_a_chip_and_come_back_from_a_file_as_they_were() {
    let Some(folder) = examples() else { return };
    for file in [LIF, CNN].iter().chain(&BRAILLE).chain(&OTHERS) {
        let (graph, lowered) = read(&folder, file);
        let again = nir::parse("again", nir::bytes(&graph, &[]).unwrap()).unwrap();
        // Nested graphs are unfolded, and names have dots for it.
        assert_eq!(again.nodes.len(), graph.nodes.len(), "{file}");
        for (one, other) in graph.nodes.iter().zip(&again.nodes) {
            assert_eq!((&one.kind.name, &one.fields), (&other.kind.name, &other.fields), "{file}: {}", one.name);
        }
        assert_eq!(again.edges, graph.edges, "{file}");
        let imported = nir::quantise(&lowered, Bits::default()).unwrap();
        let inputs = lowered.layers.iter().filter(|layer| layer.somas.is_none());
        let spikes = inputs
            .enumerate()
            .map(|(i, layer)| RandomSpikes { rate: 0.2, steps: 60, seed: 3 }.draw(i, layer.neurons() as u32));
        let network = imported.with_spikes(spikes.collect());
        let counts = on_chip(&network, 66, file);
        let spikes = by_layer(&imported, &counts);
        assert!(spikes[0] > 0, "{file}: {spikes:?}");
    }
}

/// Columns of a comma-separated file without a header.
fn columns(path: &Path) -> Vec<[f64; 3]> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| -> [f64; 3] {
        let values: Vec<f64> = line.split(',').map(|value| value.parse().unwrap()).collect();
        values.try_into().unwrap()
    };
    text.lines().map(row).collect()
}

#[test]
fn a_neuron_of_norse_spikes_when_norse_says_and_its_potential_is_the_same() {
    let Some(folder) = examples() else { return };
    let rows = columns(&folder.join("01_lif/lif_norse.csv"));
    let (_, lowered) = read(&folder, LIF);
    // Row k of the file, from 0, is the neuron's own step k + 1.
    let spikes: Vec<(u32, u32)> =
        (1..).zip(&rows).filter(|(_, row)| row[0] == 1.0).map(|(step, _)| (step, 0)).collect();
    assert!(rows.iter().all(|row| row[0] == 0.0 || row[0] == 1.0));
    let level = lowered.layers[1].level;
    let steps = rows.len() as u32 + level;
    let (mut fired, mut worst) = (Vec::new(), 0.0f64);
    float::run(&lowered, std::slice::from_ref(&spikes), steps, |moment| {
        if moment.layer != 1 {
            return;
        }
        let row = (moment.step - level - 1) as usize;
        worst = worst.max((moment.potentials[0] - rows[row][1]).abs());
        fired.extend(moment.fired.iter().map(|_| row));
    });
    assert_eq!(fired, [460, 510, 710, 760]);
    assert!(worst < 1e-4, "potentials differ by {worst}");
    // In integers: decays have 12 bits, so potentials are a little off; the spikes are at most a step.
    let imported = nir::quantise(&lowered, Bits::default()).unwrap();
    let network = imported.with_spikes(vec![spikes]);
    let mut found = Vec::new();
    let (mut before, units) = (0, imported.figures[1].units);
    let mut worst = 0.0f64;
    for step in 1..=steps {
        let outcome = spikemesh::net::reference::sparse(&network, step);
        if outcome.counts[1] > before {
            (before, _) = (outcome.counts[1], found.push((step - level - 1) as usize));
        }
        if step > level {
            worst = worst.max((f64::from(outcome.membranes[1]) / units - rows[(step - level - 1) as usize][1]).abs());
        }
    }
    assert_eq!(found, [460, 510, 710, 760]);
    assert!(worst < 1e-3, "potentials in integers differ by {worst}");
}

/// `y += W x`, of a matrix (outputs, inputs), and its bias.
fn affine(node: &nir::Node, x: &[f64]) -> Vec<f64> {
    let weight = node.array("weight").unwrap();
    let (outputs, inputs) = (weight.shape[0], weight.shape[1]);
    let bias = |o: usize| node.array("bias").map_or(0.0, |bias| bias.data[o]);
    (0..outputs).map(|o| bias(o) + (0..inputs).map(|i| weight.data[o * inputs + i] * x[i]).sum::<f64>()).collect()
}

/// A layer of current-based neurons, as snnTorch's `Synaptic` steps them: the current first, then the membrane.
struct Synaptic<'n> {
    node: &'n nir::Node,
    current: Vec<f64>,
    v: Vec<f64>,
    dt: f64,
    subtract: bool,
}

impl<'n> Synaptic<'n> {
    fn new(node: &'n nir::Node, dt: f64, subtract: bool) -> Self {
        let n = node.array("tau_mem").unwrap().data.len();
        Self { node, current: vec![0.0; n], v: vec![0.0; n], dt, subtract }
    }

    fn step(&mut self, x: &[f64]) -> Vec<f64> {
        let at = |name: &str, i: usize| self.node.array(name).unwrap().data[i];
        let mut spikes = vec![0.0; self.v.len()];
        for (i, spike) in spikes.iter_mut().enumerate() {
            let (syn, mem) = (self.dt / at("tau_syn", i), self.dt / at("tau_mem", i));
            self.current[i] += syn * (at("w_in", i) * x[i] - self.current[i]);
            self.v[i] += mem * (at("v_leak", i) - self.v[i] + at("r", i) * self.current[i]);
            if self.v[i] > at("v_threshold", i) {
                *spike = 1.0;
                self.v[i] = if self.subtract { self.v[i] - at("v_threshold", i) } else { 0.0 };
            }
        }
        spikes
    }
}

fn node<'g>(graph: &'g NirGraph, name: &str) -> &'g nir::Node {
    graph.nodes.iter().find(|node| node.name == name).unwrap()
}

/// Spikes of an input as rows of 0 and 1.
fn dense(spikes: &[(u32, u32)], steps: u32, neurons: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; neurons]; steps as usize];
    spikes.iter().for_each(|(step, neuron)| rows[*step as usize - 1][*neuron as usize] = 1.0);
    rows
}

#[test]
fn the_recurrent_braille_networks_are_what_a_plain_evaluation_of_their_files_gives() {
    let Some(folder) = examples() else { return };
    for file in BRAILLE {
        let (graph, lowered) = read(&folder, file);
        let steps = 256;
        let spikes = RandomSpikes { rate: 0.3, steps, seed: 5 }.draw(0, 12);
        let subtract = file.contains("subtract");
        let [fc1, rec, fc2] = ["fc1", "lif1.w_rec", "fc2"].map(|name| node(&graph, name));
        let (mut lif1, mut lif2) = (
            Synaptic::new(node(&graph, "lif1.lif"), nir::DEFAULT_DT, subtract),
            Synaptic::new(node(&graph, "lif2"), nir::DEFAULT_DT, subtract),
        );
        let (mut last, mut wanted) = (vec![0.0; lif1.v.len()], Vec::new());
        for row in dense(&spikes, steps, 12) {
            let inward: Vec<f64> = affine(fc1, &row).iter().zip(affine(rec, &last)).map(|(a, b)| a + b).collect();
            last = lif1.step(&inward);
            let out = lif2.step(&affine(fc2, &last));
            wanted.push((last.clone(), out));
        }
        let mut found = vec![(vec![0.0; last.len()], vec![0.0; 7]); steps as usize];
        let run = float::run(&lowered, std::slice::from_ref(&spikes), steps + 2, |moment| {
            let level = lowered.layers[moment.layer].level;
            let Some(row) = (moment.step - 1).checked_sub(level).filter(|row| *row < steps) else { return };
            for i in moment.fired {
                match moment.layer {
                    1 => found[row as usize].0[*i as usize] = 1.0,
                    2 => found[row as usize].1[*i as usize] = 1.0,
                    _ => {}
                }
            }
        });
        assert_eq!(found, wanted, "{file}");
        let all: u32 = run.counts[1..].iter().flatten().sum();
        assert!(all > 50, "{file}: {all} spikes");
        // With weights of 9 bits and wide membranes the integers are near; on the chip they are the integers exactly.
        let imported = nir::quantise(&lowered, Bits { weight: 9, membrane: 32 }).unwrap();
        let counts = on_chip(&imported.with_spikes(vec![spikes]), steps + 2, file);
        let sum: u64 = by_layer(&imported, &counts)[1..].iter().sum();
        assert!(
            sum.abs_diff(all.into()) <= u64::from(all) / 5,
            "{file}: {sum} spikes in integers, {all} in real numbers"
        );
    }
}

/// A convolution in plain loops: (channels, rows, columns) of the output.
fn convolve(node: &nir::Node, x: &[f64], [channels, rows, columns]: [usize; 3]) -> (Vec<f64>, [usize; 3]) {
    let weight = node.array("weight").unwrap();
    let [out, _, kh, kw] = *weight.shape else { panic!("{:?}", weight.shape) };
    let pair = |name: &str| node.array(name).unwrap().data.iter().map(|v| *v as usize).collect::<Vec<_>>();
    let (stride, pad) = (pair("stride"), pair("padding"));
    let (oh, ow) = ((rows + 2 * pad[0] - kh) / stride[0] + 1, (columns + 2 * pad[1] - kw) / stride[1] + 1);
    let mut y = vec![0.0; out * oh * ow];
    for (o, y) in y.chunks_mut(oh * ow).enumerate() {
        for (place, y) in y.iter_mut().enumerate() {
            *y = node.array("bias").unwrap().data[o];
            for (c, ky, kx) in (0..channels).flat_map(|c| (0..kh).flat_map(move |y| (0..kw).map(move |x| (c, y, x)))) {
                let (r, q) = (place / ow * stride[0] + ky, place % ow * stride[1] + kx);
                if r >= pad[0] && q >= pad[1] && r - pad[0] < rows && q - pad[1] < columns {
                    let value = x[(c * rows + r - pad[0]) * columns + q - pad[1]];
                    *y += weight.data[((o * channels + c) * kh + ky) * kw + kx] * value;
                }
            }
        }
    }
    (y, [out, oh, ow])
}

fn sum_pool(x: &[f64], [channels, rows, columns]: [usize; 3]) -> (Vec<f64>, [usize; 3]) {
    let mut y = vec![0.0; channels * (rows / 2) * (columns / 2)];
    for (i, value) in x.iter().enumerate() {
        let (c, r, q) = (i / (rows * columns), i / columns % rows, i % columns);
        y[(c * (rows / 2) + r / 2) * (columns / 2) + q / 2] += value;
    }
    (y, [channels, rows / 2, columns / 2])
}

/// Integrate and fire with a threshold of 1 and a reset to zero, as the file has it.
fn fire(v: &mut [f64], x: &[f64]) -> Vec<f64> {
    v.iter_mut()
        .zip(x)
        .map(|(v, x)| {
            *v += x;
            let spike = *v > 1.0;
            *v = if spike { 0.0 } else { *v };
            f64::from(spike)
        })
        .collect()
}

#[test]
fn the_convolutional_network_of_sinabs_is_what_plain_loops_over_its_file_give() {
    let Some(folder) = examples() else { return };
    let (graph, lowered) = read(&folder, CNN);
    let steps = 12;
    let spikes = RandomSpikes { rate: 0.15, steps, seed: 9 }.draw(0, 2 * 34 * 34);
    let sizes = [4096, 4096, 512, 256, 10];
    let mut v: Vec<Vec<f64>> = sizes.iter().map(|n| vec![0.0; *n]).collect();
    let mut wanted = [0u32; 5];
    let at = |name: &str| node(&graph, name);
    for row in dense(&spikes, steps, 2 * 34 * 34) {
        let (x, shape) = convolve(at("0"), &row, [2, 34, 34]);
        let s1 = fire(&mut v[0], &x);
        let (x, shape) = convolve(at("2"), &s1, shape);
        let s2 = fire(&mut v[1], &x);
        let (x, shape) = sum_pool(&s2, shape);
        let (x, shape) = convolve(at("5"), &x, shape);
        let s3 = fire(&mut v[2], &x);
        let (x, _) = sum_pool(&s3, shape);
        let s4 = fire(&mut v[3], &affine(at("9"), &x));
        let s5 = fire(&mut v[4], &affine(at("11"), &s4));
        for (sum, spikes) in wanted.iter_mut().zip([s1, s2, s3, s4, s5]) {
            *sum += spikes.iter().sum::<f64>() as u32;
        }
    }
    // Layer by layer up to the steps that the plain loops made.
    let mut found = [0u32; 5];
    float::run(&lowered, std::slice::from_ref(&spikes), steps + 5, |moment| {
        let level = lowered.layers[moment.layer].level;
        if moment.layer > 0 && moment.step > level && moment.step <= steps + level {
            found[moment.layer - 1] += moment.fired.len() as u32;
        }
    });
    assert_eq!(found, wanted);
    assert!(wanted.iter().all(|spikes| *spikes > 0), "{wanted:?}");
    let imported = nir::quantise(&lowered, Bits::default()).unwrap();
    let counts = on_chip(&imported.with_spikes(vec![spikes]), steps + 5, CNN);
    assert!(by_layer(&imported, &counts)[5] > 0);
}

/// A small file with nested groups, compressed arrays, texts.
fn small_file() -> Vec<u8> {
    let network = spikemesh::net::load(&crate::common::repository("networks/trained/digits-cnn")).unwrap();
    let spikemesh::net::Network::Trained(trained) = network else { panic!("not trained") };
    let (graph, metadata) = nir::export(&trained, nir::Values::Integer);
    nir::bytes(&graph, &metadata).unwrap()
}

#[test]
fn damaged_files_are_errors_or_other_graphs_and_never_a_panic() {
    let mut draw = Draw::new(17);
    let mut files = vec![small_file()];
    if let Some(folder) = examples() {
        files.extend([LIF, BRAILLE[0], OTHERS[2]].map(|file| std::fs::read(folder.join(file)).unwrap()));
    }
    for file in files {
        let mut refused = 0;
        for _ in 0..400 {
            let mut bytes = file.clone();
            match draw.below(4) {
                0 => bytes.truncate(draw.below(bytes.len() as u64) as usize),
                _ => {
                    for _ in 0..=draw.below(4) {
                        let at = draw.below(bytes.len() as u64) as usize;
                        bytes[at] = draw.below(256) as u8;
                    }
                }
            }
            match nir::parse("damaged.nir", bytes) {
                Ok(graph) => drop(nir::lower(&graph, Options::default())),
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().starts_with("damaged.nir: "), "{error}");
                }
            }
        }
        assert!(refused > 40, "{refused} of 400 refused");
    }
    assert!(nir::parse("x", Vec::new()).is_err());
    assert!(nir::parse("x", b"not HDF5 at all".to_vec()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_bytes_after_a_sound_beginning_are_no_panic(tail in proptest::collection::vec(any::<u8>(), 0..4096), keep in 0usize..2048) {
        let mut bytes = small_file();
        bytes.truncate(keep);
        bytes.extend(tail);
        if let Ok(graph) = nir::parse("x", bytes) {
            drop(nir::lower(&graph, Options::default()));
        }
    }
}

/// Evaluates an exported layered graph in plain loops over its nodes, with a constant input, and counts spikes.
fn evaluate(graph: &NirGraph, input: &[f64], fraction: f64, steps: u32) -> (Vec<u32>, Vec<f64>) {
    let mut order = vec![graph.nodes.iter().position(|node| node.is("Input")).unwrap()];
    while let Some((_, next)) = graph.edges.iter().find(|(from, _)| from == order.last().unwrap()) {
        order.push(*next);
    }
    let size = |node: &nir::Node, name: &str| node.array(name).map_or(0, |array| array.data.len());
    let mut v: Vec<Vec<f32>> = graph.nodes.iter().map(|node| vec![0.0; size(node, "r")]).collect();
    let mut counts: Vec<Vec<u32>> = v.iter().map(|v| vec![0; v.len()]).collect();
    for _ in 0..steps {
        let (mut x, mut shape, mut encoded) = (input.to_vec(), [1, 8, 8], false);
        for index in &order {
            let node = &graph.nodes[*index];
            match node.kind.name {
                "Affine" => x = affine(node, &x),
                "Conv2d" => (x, shape) = convolve(node, &x, shape),
                "SumPool2d" => (x, shape) = sum_pool(&x, shape),
                "IF" | "I" => {
                    // The encoding layer's currents are rounded once, halves up, to fractions of a weight unit.
                    if !encoded {
                        x.iter_mut().for_each(|x| *x = (*x * fraction + 0.5).floor() / fraction);
                        encoded = true;
                    }
                    for (i, x) in x.iter_mut().enumerate() {
                        let v = &mut v[*index][i];
                        *v += *x as f32;
                        let threshold = node.array("v_threshold").map_or(f32::INFINITY, |t| t.data[i] as f32);
                        *x = f64::from(u8::from(*v > threshold));
                        if *v > threshold {
                            (*v, counts[*index][i]) = (*v - threshold, counts[*index][i] + 1);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    let neurons = order.iter().filter(|index| !v[**index].is_empty());
    let last = *order.iter().rev().find(|index| !v[**index].is_empty()).unwrap();
    let counts = neurons.flat_map(|index| counts[*index].clone()).collect();
    (counts, v[last].iter().map(|v| f64::from(*v)).collect())
}

#[test]
fn exported_networks_count_the_spikes_of_the_reference_in_floats_of_32_bits() {
    let digits = spikemesh::data::load("digits", &[]).unwrap();
    for name in ["digits-mlp", "digits-cnn"] {
        let network = spikemesh::net::load(&crate::common::repository(&format!("networks/trained/{name}"))).unwrap();
        let spikemesh::net::Network::Trained(trained) = network else { panic!("{name}: not trained") };
        let (graph, metadata) = nir::export(&trained, nir::Values::Integer);
        let graph = nir::parse(name, nir::bytes(&graph, &metadata).unwrap()).unwrap();
        let net = &trained.quantised;
        let fraction = f64::from(1u32 << net.layers[0].fraction_bits);
        for sample in 0..20 {
            let pixels = digits.test.sample(sample).0;
            let wanted = spikemesh::net::reference::layered(net, pixels);
            let input: Vec<f64> = pixels.iter().map(|p| f64::from(*p) / f64::from(net.full_scale)).collect();
            let (counts, outputs) = evaluate(&graph, &input, fraction, net.spec.time_steps);
            assert_eq!(counts, wanted.counts, "{name}, sample {sample}");
            let near = |(found, wanted): (&f64, &i32)| (found - f64::from(*wanted)).abs() < 0.01;
            assert!(outputs.iter().zip(&wanted.outputs).all(near), "{outputs:?} {:?}", wanted.outputs);
        }
    }
}

/// A `.npy` file of bytes, by its definition.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    header.push_str(&" ".repeat(117 - header.len()));
    header.push('\n');
    let size = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &size, header.as_bytes(), values].concat()
}

#[test]
fn the_program_exports_imports_and_runs_with_spikes_of_ones_own() {
    let bench = Bench::new();
    let (file, out) = (bench.path("digits.nir"), bench.path("digits"));
    assert!(bench.succeed(&["export", "--out", &file]).contains("integer weights"));
    let said = bench.succeed(&["import", &file, "--out", &out, "--reset", "subtract", "--json", &bench.path("i.json")]);
    assert!(said.contains("reset subtract") && said.contains("dense3_i"), "{said}");
    // Integer weights with their largest at the largest that eight bits hold stay as they are.
    for layer in &bench.json("i.json")["layers"].as_array().unwrap()[1..] {
        assert_eq!((&layer["weight_rounding"], &layer["neurons_that_differ"]), (&json!(0.0), &json!(0)), "{layer}");
    }
    assert!(bench.succeed(&["check", &file, &out]).contains("sparse network of 266 neurons"));
    // All of the 64 inputs spike in the first two of three steps.
    let spikes = bench.path("spikes.npy");
    std::fs::write(&spikes, npy("3, 8, 8", &[[1; 128].as_slice(), &[0; 64]].concat())).unwrap();
    let json = bench.path("run.json");
    bench.succeed(&["run", "--network", &out, "--spikes", &spikes, "--json", &json]);
    let report = bench.json("run.json");
    // Three steps, and one for each of three layers.
    assert_eq!((&report["source_spikes"], &report["time_steps"]), (&json!(128), &json!(6)));
    assert_eq!(report["mismatched_samples"], json!(0));
    let notes = report["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("spikes.npy")), "{notes:?}");
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with("imported from NIR")), "{notes:?}");
    assert!(!notes.iter().any(|note| note.as_str().unwrap().contains("random:")), "{notes:?}");

    for (wrong, why) in [
        ("random:rate=3", "allowed: rate 0 to 1"),
        ("left=random:", "no input is called \"left\"; inputs: input"),
        ("nowhere.npy", "nowhere.npy: cannot be read"),
    ] {
        assert!(bench.fail(&["run", "--network", &out, "--spikes", wrong]).contains(why), "{wrong}");
    }
    std::fs::write(&spikes, npy("3, 2", &[0, 1, 2, 0, 0, 0])).unwrap();
    assert!(bench.fail(&["run", "--network", &out, "--spikes", &spikes]).contains("value 2 is 2, expected 0 or 1"));
    std::fs::write(&spikes, npy("3, 2", &[0; 6])).unwrap();
    assert!(bench.fail(&["run", "--network", &out, "--spikes", &spikes]).contains("spikes of 2 neurons, the input"));
    assert!(bench.fail(&["run", "--spikes", &spikes]).contains("a layered network takes samples"));
    assert!(bench.fail(&["run", "--network", &file]).contains("spikemesh import"));
    std::fs::write(&spikes, "no graph").unwrap();
    assert!(bench.fail(&["import", &spikes, "--out", &bench.path("x")]).contains("not a readable HDF5 file"));
    assert!(!Path::new(&bench.path("x")).exists());
}
