//! Crossbars of real cells: exact where devices are ideal, and else as the theory of each error says.
//!
//! Theory is written here again, from the equations of the chip format. Statistical tests have fixed seeds and critical
//! values of tables at p = 0.001: 3.29 for a normal number of either sign; chi-square of 4 degrees 18.47, of 19 43.82.

use crate::common::{CONTENTION, Draw, Seen, chip_from, digest, drive, random_folded, sparse_graph, text_of, total};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::{Value, json};
use spikemesh::data::Split;
use spikemesh::engine::Wheel;
use spikemesh::hw::Chip;
use spikemesh::ids::NeuronId;
use spikemesh::map::{self, Mapping, place::Placer};
use spikemesh::model::Delivery;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::graph::{Csr, NO_AXON};
use spikemesh::net::{Graph, Layered, QuantSpec};
use spikemesh::run::{Job, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention, System, SystemError};
use std::sync::Arc;

/// The example chip with other cells; arrays are as large as may be.
fn chip(max_neurons: u32, devices: Value) -> Chip {
    let mut file: Value = serde_json::from_str(&text_of("tests/chips/memristive.json")).unwrap();
    // Placers have something to do.
    file["mesh"]["cores_per_tile"] = json!(1);
    let core = &mut file["core"];
    core["max_neurons"] = json!(max_neurons);
    core["max_axons_in"] = json!(4096);
    core["max_fan_in"] = Value::Null;
    let bits = devices["cell_bits"].as_u64().unwrap() * devices["slices"].as_u64().unwrap();
    core["weight_bits"] = json!(bits.min(8) + 1);
    core["synapses"]["rows"] = json!(4096);
    core["synapses"]["columns"] = json!(65_536);
    core["synapses"]["devices"] = devices;
    chip_from(&file.to_string())
}

/// Cells of these levels and no error, with some fields set.
fn cells(cell_bits: u32, slices: u32, fields: Value) -> Value {
    let mut devices = json!({"cell_bits": cell_bits, "slices": slices, "g_min_us": 100, "g_max_us": 200});
    devices.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    devices
}

fn mapped(graph: &Graph, chip: &Chip, placer: Placer) -> Mapping {
    let options = map::MappingOptions { placer, ..map::MappingOptions::default() };
    map::map(graph, chip, options).unwrap_or_else(|error| panic!("{error}"))
}

fn built(graph: &Graph, chip: &Chip, placer: Placer, seed: u64) -> System {
    let mapping = mapped(graph, chip, placer);
    let calibration = chip.calibration(None).unwrap();
    system::build_seeded(graph, chip, calibration, &mapping, Contention::Modelled, seed).unwrap()
}

/// Sources that each reach all of some neurons with weights by (source, neuron).
fn star(sources: u32, neurons: u32, weight: impl Fn(u32, u32) -> i32) -> Graph {
    let edges: Vec<_> = (0..sources).flat_map(|s| (0..neurons).map(move |n| (s, n))).collect();
    let edges: Vec<_> = edges.into_iter().map(|(s, n)| json!([s, n, weight(s, n), 1])).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "a star",
        "populations": [
            {"name": "in", "size": sources, "spikes": [[1, 0]]},
            {"name": "cells", "size": neurons, "threshold": 8_000_000, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [{"from": "in", "to": "cells", "edges": edges}]
    }))
}

/// What all neurons of a star on one core get when all of its sources fire, in some reads of a sample.
fn reads(system: &System, sources: u32, sample: u64, count: u32) -> Vec<Vec<i32>> {
    let mut delivery = Delivery::new(&system.tables);
    delivery.reset(sample);
    let all: Vec<NeuronId> = (0..sources).map(NeuronId::new).collect();
    let read = |step: u32| {
        delivery.deliver(step, &all);
        let due = delivery.due(step + 1).unwrap();
        let sums = due.iter().skip(sources as usize).copied().collect();
        due.fill(0);
        sums
    };
    (1..=count).map(read).collect()
}

/// Effective weights of all pairs (slice units), in the order of axons, slices and neurons.
fn weights(system: &System) -> Vec<f64> {
    system.tables.cells.as_ref().unwrap().weight.iter().map(|w| f64::from(*w) / 65_536.0).collect()
}

/// Checks the mean and the variance of numbers that should be standard normal.
fn has_moments(what: &str, z: &[f64]) {
    let n = z.len() as f64;
    let of_mean = z.iter().sum::<f64>() / n.sqrt();
    assert!(of_mean.abs() < 3.29, "{what}: the mean is {of_mean} standard errors off");
    // The sum of squares is chi-square of n degrees, for large n nearly normal of mean n and variance 2n.
    let of_variance = (z.iter().map(|z| z * z).sum::<f64>() - n) / (2.0 * n).sqrt();
    assert!(of_variance.abs() < 3.29, "{what}: the variance is {of_variance} standard errors off");
}

/// Checks numbers against a normal distribution: mean, variance and, in twenty cells of equal probability, shape.
fn is_normal(what: &str, numbers: &[f64], mean: f64, deviation: f64) {
    let n = numbers.len() as f64;
    let z: Vec<f64> = numbers.iter().map(|x| (x - mean) / deviation).collect();
    has_moments(what, &z);
    let edges = [0.125_661, 0.253_347, 0.385_320, 0.524_401, 0.674_490, 0.841_621, 1.036_433, 1.281_552, 1.644_854];
    let mut counts = [0.0; 20];
    for z in &z {
        let cell = edges.iter().filter(|edge| z.abs() > **edge).count();
        counts[if *z < 0.0 { cell } else { 10 + cell }] += 1.0;
    }
    let chi: f64 = counts.iter().map(|found| (found - n / 20.0).powi(2) / (n / 20.0)).sum();
    assert!(chi < 43.82, "{what}: chi-square {chi} of {counts:?}");
}

// --- ideal devices ---

/// A case of ideal cells: bits of weights, slices, converter or none, lowest conductance.
#[derive(Clone, Debug)]
struct IdealCase {
    seed: u64,
    weight_bits: u32,
    slices: u32,
    adc: bool,
    g_min_us: f64,
    sizes: Vec<u32>,
    max_neurons: u32,
}

fn ideal_cases() -> impl Strategy<Value = IdealCase> {
    let g_min = prop_oneof![Just(0.0), Just(0.1), 1.0..90.0f64];
    let numbers = (any::<u64>(), 2..=9u32, 1..=4u32, any::<bool>(), g_min);
    (numbers, prop::collection::vec(1..=30u32, 2..=4), 1..=12u32).prop_map(|(numbers, sizes, max_neurons)| {
        let (seed, weight_bits, slices, adc, g_min_us) = numbers;
        IdealCase { seed, weight_bits, slices, adc, g_min_us, sizes, max_neurons }
    })
}

impl IdealCase {
    fn chip(&self) -> Chip {
        let bits = 8u32.div_ceil(self.slices);
        let mut devices = cells(bits, self.slices, json!({"g_min_us": self.g_min_us, "g_max_us": 100}));
        if self.adc {
            // 4096 rows of at most 2^bits - 1 fit so many bits, the sign included.
            devices["adc"] = json!({"bits": 12 + bits + 1});
        }
        chip(self.max_neurons, devices)
    }
}

#[test]
fn ideal_cells_give_exact_sums() {
    let config =
        ProptestConfig { cases: 120, rng_seed: RngSeed::Fixed(41), failure_persistence: None, ..Default::default() };
    let check = |case: IdealCase| {
        let mut draw = Draw::new(case.seed);
        let layers: Vec<_> = case.sizes.iter().map(|outputs| LayerSpec::dense(*outputs)).collect();
        let folded = random_folded(Shape::flat(20), &layers, 16, 0.8, &mut draw);
        let net = folded.quantise(QuantSpec::new(5, case.weight_bits));
        let samples = Split {
            pixels: (0..60).map(|_| draw.below(17) as u8).collect(),
            labels: vec![0; 3],
            sample_len: 20,
            sequences: None,
            targets: None,
        };
        let (graph, chip) = (Graph::from_layered(&net), case.chip());
        prop_assert!(chip.core().synapses.devices().unwrap().is_exact(4096));
        let system = built(&graph, &chip, Placer::Linear, case.seed);
        let job =
            Job { system: &system, graph: &graph, network: (&net).into(), samples: &samples, count: 3, threads: 1 };
        for inference in run_batch(job, &Unwatched).unwrap().inferences {
            prop_assert!(!inference.mismatched);
            let converted = inference.counts.of(Op::ColumnConversion);
            prop_assert_eq!(inference.conversions, (converted, 0));
        }
        Ok(())
    };
    TestRunner::new(config).run(&ideal_cases(), check).unwrap_or_else(|failure| panic!("{failure}"));
}

/// A recurrent network with parallel synapses and weights of both signs.
fn recurrent(seed: u64) -> Graph {
    let mut draw = Draw::new(seed);
    let edges: Vec<_> = (0..1500).map(|_| json!([draw.below(60), draw.below(60), draw.between(-30, 40), 1])).collect();
    let ins: Vec<_> = (0..120).map(|i| json!([i % 3, i % 60, draw.between(10, 90), 1])).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "recurrent",
        "populations": [
            {"name": "in", "size": 3, "spikes": [[1, 0], [1, 1], [2, 2], [5, 0], [9, 1], [9, 2]]},
            {"name": "cells", "size": 60, "threshold": 70, "bias": 3, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [
            {"from": "cells", "to": "cells", "edges": edges},
            {"from": "in", "to": "cells", "edges": ins}
        ]
    }))
}

#[test]
fn ideal_cells_are_counted_as_slices_and_pairs() {
    let chip = chip(7, cells(2, 4, json!({"adc": {"bits": 16}})));
    for seed in 0..6 {
        let graph = recurrent(seed);
        for contention in CONTENTION {
            let mapping = mapped(&graph, &chip, Placer::Greedy);
            let system = system::build(&graph, &chip, &chip.calibrations()[0], &mapping, contention).unwrap();
            let result = run_sparse(&system, &graph, 30, Shards::default(), &Unwatched).unwrap();
            assert!(!result.mismatched && result.spikes_per_step.iter().sum::<u64>() > 200);
            let counts = total(&result.cores);
            // Of 60 neurons on 9 cores of 7, the last has 4: a read converts all neurons of its core, in 4 slices.
            let (reads, converted) = (counts.of(Op::ArrayRead), counts.of(Op::ColumnConversion));
            let last = result.cores[8].of(Op::ArrayRead);
            assert_eq!(converted, 4 * (7 * (reads - last) + 4 * last));
            assert_eq!(result.conversions, (converted, 0));
        }
    }
}

#[test]
fn neurons_that_share_an_axon_share_its_cells() {
    // Each three cells have the synapses of their first, and one axon.
    let mut graph = recurrent(3);
    let mut rows = Csr::with_capacity(graph.neurons(), 0);
    for neuron in 0..graph.neurons() {
        let first = if neuron < 3 { neuron } else { neuron - neuron % 3 };
        graph.synapses.row(first).for_each(|(target, weight, delay)| rows.push(target, weight, delay));
        rows.end_row();
    }
    graph.synapses = Arc::new(rows);
    graph.axons = (0..63).map(|i| if i < 3 { NO_AXON } else { i / 3 }).collect();
    let run = |graph: &Graph, devices: Value| {
        let system = built(graph, &chip(7, devices), Placer::Linear, 1);
        (run_sparse(&system, graph, 30, Shards::default(), &Unwatched).unwrap(), weights(&system))
    };
    let (shared, _) = run(&graph, cells(2, 4, json!({})));
    let (apart, _) = run(&Graph { axons: Vec::new(), ..graph.clone() }, cells(2, 4, json!({})));
    assert!(!shared.mismatched && !apart.mismatched && shared.spikes_per_step != apart.spikes_per_step);
    // Cells with errors and a place are the same ones for all three.
    let system = built(&graph, &chip(60, noisy(5.0)), Placer::Linear, 1);
    let row = |neuron: usize| {
        let axon = system.tables.axons.row(NeuronId::from_index(neuron)).start;
        let first = system.tables.cells.as_ref().unwrap().row[axon];
        weights(&system)[first..first + 240].to_vec()
    };
    assert!(row(3) == row(4) && row(4) == row(5) && row(5) != row(6));
}

// --- programming ---

#[test]
fn programming_errors_are_normal_and_of_the_range() {
    // 0.05 of the range, which is 15 slice units: 0.75 for each cell of a pair. Far from 0 uS, so that none is cut off.
    let chip = chip(100, cells(4, 1, json!({"programming_sigma": 0.05})));
    let graph = star(100, 100, |s, n| (s as i32 * 7 + n as i32) % 31 - 15);
    let found = weights(&built(&graph, &chip, Placer::Linear, 3));
    let errors: Vec<f64> =
        found.iter().enumerate().map(|(i, w)| w - f64::from((i as i32 / 100 * 7 + i as i32 % 100) % 31 - 15)).collect();
    assert_eq!(errors.len(), 10_000);
    is_normal("errors", &errors, 0.0, 0.75 * 2f64.sqrt());
    // Neighbours in a row, in a column and in the other seed know nothing of each other.
    let other = weights(&built(&graph, &chip, Placer::Linear, 4));
    let with = |shift: usize| (0..errors.len() - shift).map(|i| errors[i] * errors[i + shift]).collect::<Vec<_>>();
    let seeds = errors.iter().zip(&other).zip(&found).map(|((e, other), found)| e * (other - found + e)).collect();
    for products in [with(1), with(100), seeds] {
        let z = products.iter().sum::<f64>() / (2.0 * 0.75f64.powi(2)) / (products.len() as f64).sqrt();
        assert!(z.abs() < 3.29, "{z}");
    }
}

#[test]
fn sums_spread_as_their_cells_do() {
    // Sums over 64 rows: of each slice the variance is 64 * 2 * (0.02 * (2^cell_bits - 1))^2, of slice s at
    // 4^(s cell_bits) times that; each slice is rounded to a code besides, which adds 1/12.
    let graph = star(64, 500, |s, n| (s * 13 + n * 5) as i32 % 511 - 255);
    let right = |n: u32| (0..64).map(|s| (s * 13 + n * 5) as i32 % 511 - 255).sum::<i32>();
    for (cell_bits, slices, top, scales) in [(8, 1, 255f64, 1.0), (4, 2, 15.0, 1.0 + 256.0)] {
        let chip = chip(500, cells(cell_bits, slices, json!({"programming_sigma": 0.02})));
        let sums = reads(&built(&graph, &chip, Placer::Linear, 9), 64, 0, 1).remove(0);
        let deviation = (scales * (64.0 * 2.0 * (0.02 * top).powi(2) + 1.0 / 12.0)).sqrt();
        let z: Vec<f64> = (0..).zip(&sums).map(|(n, sum)| f64::from(sum - right(n)) / deviation).collect();
        // Codes of the second slice are 16 apart, so that no shape is seen between them.
        if slices == 1 { is_normal("sums", &z, 0.0, 1.0) } else { has_moments("sums", &z) }
    }
}

#[test]
fn cells_are_stuck_as_often_as_said() {
    let chip = chip(100, cells(2, 1, json!({"stuck_off": 0.1, "stuck_on": 0.05})));
    // All weights are 2: G+ is 0, 2 or 3 with 0.1, 0.85, 0.05; G- is 0 or 3 with 0.95, 0.05.
    let found = weights(&built(&star(100, 100, |_, _| 2), &chip, Placer::Linear, 5));
    let expected = [
        (2.0, 0.85 * 0.95),
        (0.0, 0.1 * 0.95 + 0.05 * 0.05),
        (3.0, 0.05 * 0.95),
        (-1.0, 0.85 * 0.05),
        (-3.0, 0.1 * 0.05),
    ];
    let n = found.len() as f64;
    let (mut chi, mut all) = (0.0, 0.0);
    for (value, share) in expected {
        let count = found.iter().filter(|w| **w == value).count() as f64;
        chi += (count - share * n).powi(2) / (share * n);
        all += count;
    }
    assert_eq!(all, n, "another value than those");
    assert!(chi < 18.47, "{chi}");
}

#[test]
fn crosspoints_without_a_synapse_have_cells_too() {
    // Neuron 1 has no synapse: all it gets is from cells that are stuck at the highest level.
    let graph = star(200, 2, |_, n| if n == 0 { 3 } else { 0 });
    let only_first = sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "one",
        "populations": [
            {"name": "in", "size": 200, "spikes": [[1, 0]]},
            {"name": "cells", "size": 2, "threshold": 9000, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [{"from": "in", "to": "cells", "edges": (0..200).map(|s| json!([s, 0, 3, 1])).collect::<Vec<_>>()}]
    }));
    let chip = chip(2, cells(2, 1, json!({"stuck_on": 0.2})));
    let [whole, part] = [&graph, &only_first].map(|graph| weights(&built(graph, &chip, Placer::Linear, 1)));
    assert!(whole == part && part.iter().skip(1).step_by(2).any(|w| *w == 3.0));
}

#[test]
fn drift_is_a_power_law() {
    // 100 reference times and an exponent of 0.2: 100^-0.2 = 0.398107… of every weight, the lowest conductance too.
    let drift =
        |nu_sigma: f64| json!({"drift": {"nu": 0.2, "nu_sigma": nu_sigma, "time_s": 1000, "reference_time_s": 10}});
    let graph = star(60, 100, |s, n| (s + n) as i32 % 8);
    let same = chip(100, cells(3, 1, drift(0.0)));
    for (i, weight) in weights(&built(&graph, &same, Placer::Linear, 2)).iter().enumerate() {
        let expected = f64::from((i as i32 / 100 + i as i32 % 100) % 8) * 0.398_107_170_553_497;
        assert!((weight - expected).abs() < 1e-5, "{weight} is not {expected}");
    }
    // Where the lowest conductance is 0 a pair is its one cell: the logarithm of what is left is normal.
    let mut devices = cells(3, 1, drift(0.02));
    devices["g_min_us"] = json!(0);
    let spread = weights(&built(&star(60, 100, |_, _| 7), &chip(100, devices), Placer::Linear, 2));
    let logarithms: Vec<f64> = spread.iter().map(|w| (w / 7.0).ln()).collect();
    is_normal("exponents", &logarithms, -0.2 * 100f64.ln(), 0.02 * 100f64.ln());
}

#[test]
fn wires_are_in_series_with_every_cell() {
    let chip = chip(3, cells(2, 2, json!({"wire_ohm": 25})));
    // Rows in the order of sources, neurons in pairs of columns by slice: 4 columns each.
    let graph = star(3, 3, |s, n| [[7, -9, 0], [15, 1, -4], [2, 6, 3]][s as usize][n as usize]);
    let found = weights(&built(&graph, &chip, Placer::Linear, 1));
    // Of source 1 and neuron 2: -4 is the digits 0 and 1. Row 1, columns 8 to 11.
    let ohm = |us: f64, pitches: f64| 1.0 / (1.0 / (1.0 / (us * 1e-6) + 25.0 * pitches)) * 1e6;
    let series = |us: f64, pitches: f64| 1e12 / ohm(us, pitches);
    let unit = 100.0 / 3.0;
    let slice_0 = (series(100.0, 2.0 + 9.0) - series(100.0, 2.0 + 10.0)) / unit;
    let slice_1 = (series(100.0, 2.0 + 11.0) - series(100.0 + unit, 2.0 + 12.0)) / unit;
    let at = |row: usize, slice: usize, neuron: usize| found[row * 6 + slice * 3 + neuron];
    assert!((at(1, 0, 2) - slice_0).abs() < 1e-5 && slice_0 > 0.0, "{} is not {slice_0}", at(1, 0, 2));
    assert!((at(1, 1, 2) - slice_1).abs() < 1e-5, "{} is not {slice_1}", at(1, 1, 2));
    // The first cell: 7 is 3 and 1. Row 0, column 0: two pitches.
    let first = (series(200.0, 2.0) - series(100.0, 3.0)) / unit;
    assert!((at(0, 0, 0) - first).abs() < 1e-5, "{} is not {first}", at(0, 0, 0));
}

// --- reads ---

#[test]
fn read_noise_is_that_of_all_cells_together() {
    // Of 40 rows. A slice unit is 100 uS over the top level, so level l is top + l units; a cell is off by 0.03 of that.
    for (cell_bits, scales) in [(8, &[1.0][..]), (4, &[1.0, 256.0])] {
        read_noise_of(cell_bits, scales);
    }
}

/// With slices that count so much in the variance.
fn read_noise_of(cell_bits: u32, scales: &[f64]) {
    let weight = |s: u32, n: u32| (s * 37 + n * 11) as i32 % 501 - 250;
    let devices = cells(cell_bits, scales.len() as u32, json!({"read_sigma": 0.03}));
    let system = built(&star(40, 25, weight), &chip(25, devices), Placer::Linear, 6);
    let top = (1u32 << cell_bits) - 1;
    let found = reads(&system, 40, 0, 400);
    let mut z = Vec::new();
    for neuron in 0..25 {
        let (mut sum, mut variance) = (0.0, 0.0);
        for source in 0..40 {
            let w = weight(source, neuron);
            sum += f64::from(w);
            for (slice, scale) in (0..).zip(scales) {
                let (level, top) = (f64::from(w.unsigned_abs() >> (cell_bits * slice) & top), f64::from(top));
                variance += scale * 0.03f64.powi(2) * ((top + level).powi(2) + top.powi(2));
            }
        }
        // Each slice is rounded to a code.
        variance += scales.iter().sum::<f64>() / 12.0;
        z.extend(found.iter().map(|sums| (f64::from(sums[neuron as usize]) - sum) / variance.sqrt()));
    }
    // Codes of a second slice are 16 apart, so that no shape is seen between them.
    if scales.len() == 1 {
        is_normal("reads", &z, 0.0, 1.0)
    } else {
        has_moments("reads", &z)
    }
    // Reads that follow each other, and the same read of neighbours, are independent.
    for shift in [1, 400] {
        let products: f64 = (0..z.len() - shift).map(|i| z[i] * z[i + shift]).sum();
        let correlation = products / ((z.len() - shift) as f64).sqrt();
        assert!(correlation.abs() < 3.29, "{correlation}");
    }
}

#[test]
fn every_sample_has_read_noise_of_its_own() {
    let devices = || cells(4, 2, json!({"read_sigma": 0.03}));
    let graph = star(40, 25, |s, n| (s + n) as i32);
    let system = built(&graph, &chip(25, devices()), Placer::Linear, 6);
    let first = reads(&system, 40, 0, 20);
    assert_eq!(first, reads(&system, 40, 0, 20));
    let others = [reads(&system, 40, 1, 20), reads(&built(&graph, &chip(25, devices()), Placer::Linear, 7), 40, 0, 20)];
    for other in others {
        let equal = first.iter().flatten().zip(other.iter().flatten()).filter(|(a, b)| a == b).count();
        assert!(equal < 25, "{equal} of 500 reads are the same");
    }
    // A row that is not driven adds no noise, and a core without a driven row is not read.
    let mut delivery = Delivery::new(&system.tables);
    delivery.deliver(1, &[]);
    assert!(delivery.due(2).unwrap().iter().all(|sum| *sum == 0));
    assert_eq!(delivery.conversions(), (0, 0));
}

#[test]
fn converters_round_and_clip_every_slice() {
    // Eight rows of 3, 13 = 3*4 + 1 and -5 = -(4 + 1), in slices of 2 bits.
    let graph = star(8, 3, |_, n| [3, 13, -5][n as usize]);
    let sums = |adc: Value| {
        let system = built(&graph, &chip(3, cells(2, 4, json!({"adc": adc}))), Placer::Linear, 1);
        let mut delivery = Delivery::new(&system.tables);
        delivery.deliver(1, &(0..8).map(NeuronId::new).collect::<Vec<_>>());
        (delivery.due(2).unwrap().iter().skip(8).copied().collect::<Vec<_>>(), delivery.conversions())
    };
    assert_eq!(sums(json!({})), (vec![24, 104, -40], (12, 0)));
    // Codes of -16 to 15: slice 0 has 24, 8 and -8, slice 1 has 0, 24 and -8.
    assert_eq!(sums(json!({"bits": 5})), (vec![15, 8 + 4 * 15, -40], (12, 2)));
    assert_eq!(sums(json!({"bits": 4})), (vec![7, 7 + 4 * 7, -40], (12, 3)));
    // Steps of 5 units: 24 is 5, 8 is 2; without bits nothing is clipped, with 3 bits 5 is 3.
    assert_eq!(sums(json!({"step": 5})), (vec![25, 10 + 4 * 25, -10 - 4 * 10], (12, 0)));
    assert_eq!(sums(json!({"bits": 3, "step": 5})), (vec![15, 10 + 4 * 15, -10 - 4 * 10], (12, 2)));
    // A full scale of 20 units of 3 bits is the same.
    assert_eq!(sums(json!({"bits": 3, "full_scale": 20})), (vec![15, 70, -50], (12, 2)));
    // Steps of 16 units: 8 is a half, which goes away from 0.
    assert_eq!(sums(json!({"step": 16})), (vec![32, 16 + 4 * 32, -16 - 4 * 16], (12, 0)));
}

// --- what results depend on ---

fn noisy(wire_ohm: f64) -> Value {
    let drift = json!({"nu": 0.05, "nu_sigma": 0.01, "time_s": 100, "reference_time_s": 1});
    cells(
        2,
        4,
        json!({"g_min_us": 10, "programming_sigma": 0.05, "read_sigma": 0.02, "stuck_off": 0.01, "stuck_on": 0.01,
               "drift": drift, "wire_ohm": wire_ohm, "adc": {"bits": 6}}),
    )
}

fn layered() -> (Layered, Split) {
    let mut draw = Draw::new(17);
    let layers = [24, 16, 10].map(LayerSpec::dense);
    let folded = random_folded(Shape::flat(40), &layers, 255, 1.0, &mut draw);
    let net = folded.quantise(QuantSpec::new(6, 8));
    let pixels = (0..40 * 9).map(|_| draw.below(256) as u8).collect();
    (net, Split { pixels, labels: vec![0; 9], sample_len: 40, sequences: None, targets: None })
}

#[test]
fn threads_and_shards_change_nothing() {
    let (net, samples) = layered();
    let graph = Graph::from_layered(&net);
    let batch = |seed, threads| {
        let system = built(&graph, &chip(8, noisy(1.0)), Placer::Linear, seed);
        let job = Job { system: &system, graph: &graph, network: (&net).into(), samples: &samples, count: 9, threads };
        let all = run_batch(job, &Unwatched).unwrap();
        (all.inferences, all.cores, all.link_flits, digest(&all.packet_latency))
    };
    let one = batch(1, 1);
    assert!(one.0.iter().any(|inference| inference.mismatched));
    assert!([2, 3].into_iter().all(|threads| batch(1, threads) == one));
    assert!(batch(2, 1).0 != one.0, "another seed is another chip");
    let graph = recurrent(1);
    let sparse = |seed, count, threads| {
        let system = built(&graph, &chip(7, noisy(1.0)), Placer::Linear, seed);
        let all = run_sparse(&system, &graph, 40, Shards { count, threads }, &Unwatched).unwrap();
        assert!(all.mismatched);
        (all.spikes_per_step, all.step_ticks, all.cores, all.link_flits, all.conversions, all.spike_difference)
    };
    let one = sparse(1, 1, 1);
    for (count, threads) in [1, 2, 7].into_iter().flat_map(|count| [1, 2, 3].map(|threads| (count, threads))) {
        assert!(sparse(1, count, threads) == one, "{count} shards, {threads} threads");
    }
    assert!(sparse(2, 1, 1).0 != one.0, "another seed is another chip");
}

#[test]
fn placement_changes_no_function() {
    let graph = recurrent(2);
    let of = |placer| -> Seen {
        let system = built(&graph, &chip(7, noisy(0.0)), placer, 1);
        drive(&system, Wheel::default, Shards::default(), &[], 40)
    };
    let (linear, greedy) = (of(Placer::Linear), of(Placer::Greedy));
    assert!(linear.link_flits != greedy.link_flits, "both placers do the same");
    assert_eq!((linear.counts, linear.membranes), (greedy.counts, greedy.membranes));
}

#[test]
fn samples_are_the_same_in_any_order() {
    let (net, samples) = layered();
    let graph = Graph::from_layered(&net);
    let mut devices = noisy(0.0);
    devices["read_sigma"] = json!(0.2);
    let system = built(&graph, &chip(8, devices), Placer::Linear, 1);
    let batch = |count| {
        let job = Job { system: &system, graph: &graph, network: (&net).into(), samples: &samples, count, threads: 1 };
        run_batch(job, &Unwatched).unwrap().inferences
    };
    // A worker that did others before gives the same.
    let all = batch(9);
    assert_eq!(batch(4)[..], all[..4]);
    // Twice the same sample is read with other noise.
    let twice = Split {
        pixels: samples.pixels[..40].repeat(2),
        labels: vec![0; 2],
        sample_len: 40,
        sequences: None,
        targets: None,
    };
    let job = Job { system: &system, graph: &graph, network: (&net).into(), samples: &twice, count: 2, threads: 1 };
    let pair = run_batch(job, &Unwatched).unwrap().inferences;
    assert_ne!(pair[0], pair[1]);
}

#[test]
fn more_cells_than_are_kept_are_refused() {
    // 4096 sources on each of four cores of 4096 neurons in 8 slices: 2^29 pairs.
    let graph = {
        let edges: Vec<_> = (0..16_384).map(|n| json!([n % 4096, n, 1, 1])).collect();
        sparse_graph(&json!({
            "format": "spikemesh.sparse/1", "description": "wide",
            "populations": [
                {"name": "in", "size": 4096, "spikes": [[1, 0]]},
                {"name": "cells", "size": 16_384, "threshold": 9, "neuron": {"model": "if", "reset": "subtract"}}
            ],
            "projections": [{"from": "in", "to": "cells", "edges": edges}]
        }))
    };
    let chip = chip(4096, cells(1, 8, json!({})));
    let mapping = mapped(&graph, &chip, Placer::Linear);
    let error = system::build(&graph, &chip, &chip.calibrations()[0], &mapping, Contention::Ignored).unwrap_err();
    assert_eq!(error, SystemError::TooManyCells { chip: "chip".into(), pairs: 1 << 29, most: 1 << 28 });
    assert!(error.to_string().contains("536870912 pairs of cells"), "{error}");
}
