//! NIR graphs of others: what runs is what a plain float evaluation of the file gives. The example files are NIR's own
//! (neuromorphs/NIR, paper folder), read where they are.

use crate::common::{CONTENTION, Draw, Rig, chip_with};
use crate::graphs::{affine, convolve, refuse_damaged_graphs, sum_pool};
use crate::needs::data;
use serde_json::json;
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::net::neuron::Reset;
use spikemesh::net::nir::{self, Bits, IntegerNetwork, LowerOptions, Lowered, NirGraph, float};
use spikemesh::net::spikes::RandomSpikes;
use spikemesh::run::{Shards, Unwatched, run_sparse};
use std::path::Path;

const LIF: &str = "01_lif/lif_norse.nir";
const CNN: &str = "02_cnn/cnn_sinabs.nir";
const BRAILLE: [&str; 2] = ["03_rnn/braille_noDelay_bias_zero.nir", "03_rnn/braille_noDelay_noBias_subtract.nir"];
const OTHERS: [&str; 4] = [
    "01_lif/lif_rockpool.nir",
    "01_lif/debug_spike_representation/two_lif_neurons.nir",
    "03_rnn/extras/braille_noDelay_bias_zero_subgraph.nir",
    "03_rnn/extras/braille_noDelay_noBias_subtract_subgraph.nir",
];

fn options(file: &str) -> LowerOptions {
    let reset = if file.contains("subtract") { Reset::Subtract } else { Reset::Zero };
    LowerOptions { reset, ..LowerOptions::default() }
}

fn read(folder: &Path, file: &str) -> (NirGraph, Lowered) {
    let graph = nir::read(&folder.join(file)).unwrap_or_else(|error| panic!("{error}"));
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
fn by_layer(imported: &IntegerNetwork, counts: &[u32]) -> Vec<u64> {
    let sum = |numbers: &Vec<u32>| numbers.iter().map(|neuron| u64::from(counts[*neuron as usize])).sum();
    imported.numbers.iter().map(sum).collect()
}

pub fn all_example_graphs_load_run_on_a_chip_and_come_back_from_a_file_as_they_were() {
    let folder = data("nir/paper");
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

pub fn a_neuron_of_norse_spikes_when_norse_says_and_its_potential_is_the_same() {
    let folder = data("nir/paper");
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

/// A layer of current-based neurons, as snnTorch's `Synaptic` steps them: the current first, then the membrane.
struct Synaptic<'n> {
    node: &'n nir::NirNode,
    current: Vec<f64>,
    v: Vec<f64>,
    dt: f64,
    subtract: bool,
}

impl<'n> Synaptic<'n> {
    fn new(node: &'n nir::NirNode, dt: f64, subtract: bool) -> Self {
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

fn node<'g>(graph: &'g NirGraph, name: &str) -> &'g nir::NirNode {
    graph.nodes.iter().find(|node| node.name == name).unwrap()
}

/// Spikes of an input as rows of 0 and 1.
fn dense(spikes: &[(u32, u32)], steps: u32, neurons: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; neurons]; steps as usize];
    spikes.iter().for_each(|(step, neuron)| rows[*step as usize - 1][*neuron as usize] = 1.0);
    rows
}

pub fn the_recurrent_braille_networks_are_what_a_plain_evaluation_of_their_files_gives() {
    let folder = data("nir/paper");
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

pub fn the_convolutional_network_of_sinabs_is_what_plain_loops_over_its_file_give() {
    let folder = data("nir/paper");
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

pub fn damaged_example_graphs_are_errors_or_other_graphs_and_never_a_panic() {
    let (folder, mut draw) = (data("nir/paper"), Draw::new(17));
    for file in [LIF, BRAILLE[0], OTHERS[2]] {
        refuse_damaged_graphs(&std::fs::read(folder.join(file)).unwrap(), &mut draw);
    }
}
