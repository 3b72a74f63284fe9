//! Samples on sparse networks: what enters, what the outputs tell, and that a batch is nothing but its samples.

use crate::bench::{Bench, text};
use serde_json::Value;
use spikemesh::data::{Dataset, Split, load};
use spikemesh::net::samples::{Classifier, ClassifierOptions, Encode, SampleKind};
use spikemesh::net::{Network, Neuron, SparseNetwork, architecture::Shape};
use spikemesh::run::Unwatched;
use spikemesh::session::{Deployment, MapOptions, Outcome, RunOptions, SamplesAs, Session, Workload, catalog};
use spikemesh::stats::{Counts, Op};
use std::sync::Arc;

/// A network for samples of 8x8 values: two layers, in each a leak, negative weights and biases; the outputs spike, or only
/// add up.
fn network(spiking: bool) -> SparseNetwork {
    let weight = |from: u32, to: u32| ((from * 7 + to * 5) % 23) as i32 - 9;
    let edges = |from: u32, to: u32| (0..from).flat_map(move |i| (0..to).map(move |o| (i, o, weight(i, o))));
    let lif = || Neuron::new("lif").with("decay", 300).with("reset", "subtract").with("fraction_bits", 3);
    let builder = Network::builder("two")
        .source("in", 64, [(1, 0), (3, 5)])
        .population("hidden", 24, lif())
        .threshold(420)
        .bias((0..24).map(|i| i % 5 - 2).collect::<Vec<i32>>())
        .active(2, Some(9))
        .population("out", 10, lif())
        .threshold(260)
        .active(3, Some(10))
        .connect("in", "hidden", edges(64, 24))
        .connect("hidden", "out", edges(24, 10));
    let builder = if spiking { builder } else { builder.silent() };
    builder.build().unwrap()
}

fn digits() -> Arc<Dataset> {
    Arc::new(load("digits", &[]).unwrap())
}

fn deployment(network: &SparseNetwork, data: &Arc<Dataset>, encode: Option<Encode>) -> Deployment {
    let samples_as = SamplesAs { steps: Some(6), encode, seed: 3 };
    let workload = Workload::classifying(network, Arc::clone(data), samples_as).unwrap();
    Session::new(catalog::chip("loihi").unwrap(), workload).map(&MapOptions::default()).unwrap()
}

fn run(deployment: &Deployment, samples: usize, threads: usize) -> Outcome {
    let options = RunOptions { samples: Some(samples), threads, neurons: true, outputs: true, ..RunOptions::default() };
    deployment.run(&options, &Unwatched).unwrap()
}

/// All forms of entry.
const FORMS: [Option<Encode>; 4] = [None, Some(Encode::Direct), Some(Encode::Rate), Some(Encode::Latency)];

#[test]
fn the_chip_equals_the_reference_on_any_number_of_threads() {
    let data = digits();
    for spiking in [true, false] {
        for form in FORMS {
            let deployment = deployment(&network(spiking), &data, form);
            let (one, two) = (run(&deployment, 12, 1), run(&deployment, 12, 2));
            assert_eq!(one.summary().mismatched_samples, 0, "{form:?}");
            assert_eq!(one.inferences(), two.inferences());
            assert_eq!(one.npz().unwrap(), two.npz().unwrap());
            assert_eq!(one.cores(), two.cores());
            let spikes: u64 = one.inferences().iter().map(|inference| inference.window_spikes).sum();
            assert!(spikes > 100, "a silent network would say little: {spikes}");
        }
    }
}

#[test]
fn counts_of_samples_add_up_to_those_of_the_cores() {
    let outcome = run(&deployment(&network(true), &digits(), Some(Encode::Rate)), 9, 2);
    let mut cores = Counts::default();
    outcome.cores().iter().for_each(|counts| cores.merge(counts));
    for op in [Op::SomaSpike, Op::SynapseDense, Op::Inject, Op::SomaUpdate, Op::Readout, Op::Barrier] {
        let sum: u64 = outcome.inferences().iter().map(|inference| inference.counts.of(op)).sum();
        assert_eq!(sum, cores.of(op), "{}", op.name());
        assert!(sum > 0, "{}", op.name());
    }
    let json = outcome.json();
    let list = |name: &str| json[name].as_array().unwrap().iter().filter_map(Value::as_u64).collect::<Vec<_>>();
    let right = list("predictions").iter().zip(list("labels")).filter(|(class, label)| **class == *label).count();
    assert_eq!(json["accuracy"].as_f64(), Some(right as f64 / 9.0));
}

/// State is reset between samples: one alone is what it is among others, on the same worker or on another. Spikes by chance
/// go by the number of the sample, so that only the first is.
#[test]
fn a_sample_alone_is_what_it_is_among_others() {
    let data = digits();
    for form in FORMS {
        let deployment = deployment(&network(true), &data, form);
        let all = run(&deployment, 6, 1);
        for number in [0, 3, 5] {
            if form == Some(Encode::Rate) && number > 0 {
                continue;
            }
            let (pixels, label) = data.test.sample(number);
            let alone = Split {
                pixels: pixels.to_vec(),
                labels: vec![label],
                sample_len: pixels.len(),
                sequences: None,
                targets: None,
            };
            let options = RunOptions { threads: 1, neurons: true, outputs: true, ..RunOptions::default() };
            let outcome = deployment.run_on(&alone, &options, &Unwatched).unwrap();
            assert_eq!(outcome.inferences(), &all.inferences()[number..=number], "{form:?} {number}");
        }
    }
}

/// The largest value as a constant current is a spike in every step, and no value is none: by the definition of both.
#[test]
fn currents_of_full_values_are_spikes_in_every_step() {
    let network = network(false);
    let shape = Shape { channels: 1, height: 8, width: 8 };
    let kind = |trains| SampleKind { dataset: "made", shape, classes: 10, full_scale: 16, trains };
    let options = |encode| ClassifierOptions { steps: 7, encode, seed: 1 };
    let currents = Classifier::new(&network, kind(false), options(None)).unwrap();
    let spikes = Classifier::new(&network, kind(true), options(None)).unwrap();
    // The currents need no step in which spikes are on their way.
    assert_eq!((currents.steps(), spikes.steps()), (8, 9));
    let mut fired = 0;
    for seed in 0..20usize {
        let is_on = |input: usize| (input * input + seed * 11).is_multiple_of(3);
        let image: Vec<u8> = (0..64).map(|input| if is_on(input) { 16 } else { 0 }).collect();
        let mut trains = vec![0u8; spikes.sample_len()];
        for at in (0..7 * 64).filter(|at| is_on(at % 64)) {
            trains[at / 8] |= 1 << (at % 8);
        }
        let ((one, _), (other, _)) = (currents.evaluate(0, &image), spikes.evaluate(0, &trains));
        assert_eq!(one.counts[64..], other.counts[64..]);
        assert_eq!(one.membranes[64..], other.membranes[64..]);
        fired += one.counts[64..].iter().sum::<u32>();
    }
    assert!(fired > 20, "{fired}");
}

/// Half of the largest value, by hand: 3 (8/16) 2^1 + 1 = 4 in every step, and the rounding of a step of 4 halves.
#[test]
fn currents_are_those_of_their_definition() {
    let mut network = Network::builder("one")
        .source("in", 2, [])
        .population("out", 2, Neuron::new("if").with("reset", "zero").with("fraction_bits", 1))
        .threshold(1000)
        .bias([1, -3])
        .silent()
        .connect("in", "out", [(0, 0, 3), (1, 0, 2), (1, 1, -5)])
        .build()
        .unwrap();
    let shape = Shape::flat(2);
    let kind = SampleKind { dataset: "made", shape, classes: 2, full_scale: 16, trains: false };
    let of = |network: &SparseNetwork| {
        Classifier::new(network, kind, ClassifierOptions { steps: 5, encode: None, seed: 1 }).unwrap()
    };
    let classifier = of(&network);
    // 2 (3 8)/16 + 1 = 4;  2 (3 0 + 2 5)/16 + 1 = 2.25 and 2 (-5 5)/16 - 3 = -6.125.
    assert_eq!(classifier.drive(&[8, 0])[2..], [4, -3]);
    assert_eq!(classifier.drive(&[0, 5])[2..], [2, -6]);
    assert_eq!(classifier.encoder_macs(), 3);
    let (outcome, _) = classifier.evaluate(0, &[8, 0]);
    assert_eq!(outcome.membranes[2..], [20, -15]);
    let class = |classifier: &Classifier, sample: &[u8]| {
        let (outcome, _) = classifier.evaluate(0, sample);
        classifier.class(&classifier.outputs(&outcome.counts, &outcome.membranes))
    };
    assert_eq!(class(&classifier, &[8, 0]), 0);
    // Halves of a step go up: 4/8 and -4/8 of 8, and 2/8 of it is nothing.
    network.samples.current_step = Some(8);
    assert_eq!(of(&network).drive(&[8, 0])[2..], [8, 0]);
    network.samples.current_step = None;
    // The order of the outputs is that of the classes, and what is added to them counts; the first of equals is taken.
    network.samples.outputs = vec![3, 2];
    assert_eq!(class(&of(&network), &[8, 0]), 1);
    network.samples.offsets = vec![35, 0];
    assert_eq!(class(&of(&network), &[8, 0]), 0);
}

#[test]
fn samples_that_a_network_cannot_take_are_refused() {
    let data = digits();
    let said = |network: &SparseNetwork, encode| {
        let samples_as = SamplesAs { steps: Some(6), encode, seed: 1 };
        Workload::classifying(network, Arc::clone(&data), samples_as).unwrap_err().to_string()
    };
    let neuron = || Neuron::new("if").with("reset", "zero");
    let part = |inputs: u32, outputs: u32| {
        Network::builder("net").source("in", inputs, []).population("out", outputs, neuron()).threshold(9)
    };
    let one = |builder: spikemesh::net::NetworkBuilder| builder.connect("in", "out", [(0, 0, 1)]).build().unwrap();
    assert_eq!(
        said(&one(part(20, 10)), None),
        "the input \"in\" of net has 20 units, digits has samples of 1x8x8: 64 values each"
    );
    assert_eq!(said(&one(part(64, 9)), None), "net has 9 outputs, digits has 10 classes");
    assert!(said(&one(part(64, 300)), None).contains("300 outputs, and labels distinguish at most 256 classes"));
    let alone = Network::builder("net").population("out", 10, neuron()).threshold(9).build().unwrap();
    assert_eq!(said(&alone, None), "net has no input that samples could enter");
    assert!(said(&one(part(64, 10).source("more", 3, [])), None).ends_with("inputs: in, more"));
    let looped = one(part(64, 10).connect("out", "out", [(0, 1, 1)]));
    assert!(said(&looped, None).starts_with("net has no outputs: all of its populations send spikes on"));
    let several = one(part(64, 10).population("also", 10, neuron()).threshold(9));
    assert!(said(&several, None).contains("several populations that send nothing on (out, also)"));
    let loihi = Network::builder("net")
        .source("in", 64, [])
        .population("out", 10, Neuron::new("loihi").with("current_decay", 0).with("voltage_decay", 0))
        .threshold(9);
    assert!(said(&one(loihi), None).starts_with("\"out\" of net takes no constant current"));
    let mut spikes = one(part(64, 10));
    spikes.samples.input = Some(spikemesh::net::samples::InputForm::Spikes);
    assert!(said(&spikes, None).starts_with("net reads spikes, digits has values"));
    assert!(
        Workload::classifying(
            &spikes,
            Arc::clone(&data),
            SamplesAs { encode: Some(Encode::Rate), ..SamplesAs::default() }
        )
        .is_ok()
    );
}

/// An `.npy` file of bytes.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    header.push_str(&" ".repeat(63 - (10 + header.len()) % 64));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    bytes
}

/// A network's file with the outputs of `network`, in a bench.
fn saved(bench: &Bench, network: &SparseNetwork) -> String {
    let folder = bench.path("net");
    spikemesh::net::save(network, std::path::Path::new(&folder), &[]).unwrap();
    folder
}

#[test]
fn a_folder_of_a_test_set_alone_is_enough() {
    let bench = Bench::new();
    let mut network = network(true);
    // Written and read back.
    network.samples.outputs = (88..98).rev().collect();
    network.samples.time_steps = Some(5);
    let (folder, json, npz) = (saved(&bench, &network), bench.path("run.json"), bench.path("out.npz"));
    let spikes: Vec<u8> =
        (0..3 * 8 * 64).map(|at: usize| u8::from(at.is_multiple_of(3) || at.is_multiple_of(7))).collect();
    let data = bench.path("set");
    std::fs::create_dir(&data).unwrap();
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(std::path::Path::new(&data).join(name), bytes).unwrap();
    write("test_spikes.npy", npy("3, 8, 64", &spikes));
    let arguments = ["run", "--network", &folder, "--data", &data, "--json", &json, "--outputs", &npz];
    assert!(bench.fail(&arguments).contains("test_labels.npy: cannot be read"));
    write("test_labels.npy", npy("3,", &[1, 0, 9]));
    // The steps are those of the array.
    let said = bench.succeed(&arguments).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("all spike counts and outputs equal the integer reference"), "{said}");
    let report = bench.json("run.json");
    assert_eq!((&report["time_steps"], &report["samples"], &report["dataset"]), (&8.into(), &3.into(), &"set".into()));
    assert_eq!(report["labels"], serde_json::json!([1, 0, 9]));
    // A saved run says the same, and may be replaced, as the arrays may.
    let again = bench.path("again.json");
    assert!(bench.succeed(&["report", &json, "--json", &again]).contains("accuracy"));
    assert_eq!(bench.json("again.json"), report);
    bench.succeed(&arguments);
    assert!(std::fs::read(&npz).unwrap().starts_with(b"PK\x03\x04"));
    std::fs::write(&npz, "mine").unwrap();
    assert!(bench.fail(&arguments).contains("is not an earlier file of outputs"));
    write("test_labels.npy", npy("3,", &[1, 0, 10]));
    assert!(bench.fail(&arguments[..5]).contains("net has 10 outputs, set has 11 classes"));
    write("test_labels.npy", npy("2,", &[1, 0]));
    assert!(bench.fail(&arguments[..5]).contains("3 samples, 2 labels"));
    for (more, found) in [
        (&["--encode", "rate"][..], "--encode: set has spike trains"),
        (&["--spikes", "random:"], "--spikes: with --data"),
        (&["--strict"], "--strict: compares spikes of one run"),
        (&["--steps", "7"], "spikes of 8 steps for a network of 7; give --steps 8"),
    ] {
        write("test_labels.npy", npy("3,", &[1, 0, 9]));
        let message = bench.fail(&[&arguments[..5], more].concat());
        assert!(message.contains(found), "{message}");
    }
}

#[test]
fn a_run_that_ends_early_has_the_first_samples() {
    let bench = Bench::new();
    let (folder, json) = (saved(&bench, &network(true)), bench.path("run.json"));
    let arguments = ["run", "--network", &folder, "--data", "digits", "--threads", "1", "--json", &json];
    let output = bench.run(&[&arguments[..], &["--max-events", "2000"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let part = bench.json("run.json");
    let done = part["interrupted"]["done"].as_u64().unwrap() as usize;
    assert!((1..100).contains(&done), "{done}");
    bench.run(&[&arguments[..], &["--samples", "100"]].concat());
    let all = bench.json("run.json");
    let (part, all) = (part["predictions"].as_array().unwrap(), all["predictions"].as_array().unwrap());
    assert_eq!((part.len(), &part[..]), (done, &all[..done]));
}

/// What a newcomer can do with nothing but the program.
#[cfg(feature = "nir")]
#[test]
fn an_exported_network_comes_back_with_its_accuracy() {
    let bench = Bench::new();
    let (graph, folder) = (bench.path("digits.nir"), bench.path("imported"));
    bench.succeed(&["export", "--network", "digits-mlp", "--out", &graph]);
    bench.succeed(&["import", &graph, "--out", &folder]);
    let run = |network: &str, name: &str, threads: &str| {
        let json = bench.path(name);
        bench.run(&[
            "run",
            "--network",
            network,
            "--data",
            "digits",
            "--samples",
            "100",
            "--threads",
            threads,
            "--json",
            &json,
        ]);
        bench.report(name)
    };
    let (own, one, two) =
        (run("digits-mlp", "own.json", "1"), run(&folder, "one.json", "1"), run(&folder, "two.json", "2"));
    assert_eq!(one, two);
    assert_eq!((&one["mismatched_samples"], &one["time_steps"]), (&0.into(), &4.into()));
    assert_eq!(one["predictions"], own["predictions"]);
    assert_eq!(one["real_network"], serde_json::json!({"accuracy": own["accuracy"], "samples_of_another_class": 0}));
    assert_eq!(one["per_inference"]["encoder_macs"].as_u64().map(|macs| macs > 8000), Some(true));
}
