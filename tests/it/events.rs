//! Spike trains in: images under a moving camera, trained and run on chips.
#![cfg_attr(not(feature = "events"), allow(unused_imports))]

use crate::bench::Bench;
use crate::common::{Draw, Rig, chip_with, random_folded};
use spikemesh::data::{self, Binning, Split, saccades};
use spikemesh::map::{self, place::Placer};
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::input::{Encoding, SpikeTrains};
use spikemesh::net::{self, Graph, Layered, Network, QuantSpec};
use spikemesh::run::{Job, Unwatched, run_batch};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention};
use spikemesh::train::{Config, Unwatched as Untold, evaluate, train};
use std::path::Path;

/// Random spike trains, and a network for them; weights of so many bits.
fn random(weight_bits: u32) -> (Layered, Split) {
    let input = Shape { channels: 2, height: 4, width: 4 };
    let mut draw = Draw::new(5);
    let layers = [LayerSpec::conv(3, 3, 1, 1), LayerSpec::Flatten, LayerSpec::dense(12), LayerSpec::dense(5)];
    let mut folded = random_folded(input, &layers, 1, 0.8, &mut draw);
    folded.encoding = Encoding::Spikes;
    let net = folded.quantise(QuantSpec::new(6, weight_bits));
    let sample_len = SpikeTrains::bytes(32, 6);
    let pixels = (0..8 * sample_len).map(|_| (draw.below(256) & draw.below(256)) as u8).collect();
    (net, Split { pixels, labels: vec![0; 8], sample_len, sequences: None, targets: None })
}

/// On every chip that has such neurons and takes such a network, all counts are those of the reference.
#[test]
fn every_chip_that_takes_spike_trains_equals_the_reference() {
    let folder = crate::common::repository("hw_models");
    let (mut ran, mut refused) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_stem().filter(|_| path.extension().is_some_and(|e| e == "json")) else { continue };
        let (name, chip) = (name.to_string_lossy().into_owned(), spikemesh::hw::load(&path).unwrap());
        let (net, samples) = random(chip.core().limits.weight_bits.min(8));
        let graph = Graph::from_layered(&net);
        // What a chip cannot hold or has not got is another test's; here all is run that can be.
        let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
        let Ok(mapping) = map::map(&graph, &chip, options) else {
            refused.push(name);
            continue;
        };
        let calibration = chip.calibration(None).unwrap();
        let Ok(system) = system::build(&graph, &chip, calibration, &mapping, Contention::Modelled) else {
            refused.push(name);
            continue;
        };
        let job = |threads| Job {
            system: &system,
            graph: &graph,
            network: (&net).into(),
            samples: &samples,
            count: 8,
            threads,
        };
        let result = run_batch(job(1), &Unwatched).unwrap();
        assert_eq!(result.inferences, run_batch(job(2), &Unwatched).unwrap().inferences, "{name}");
        let free = chip.stepping().is_free() || chip.core().synapses.devices().is_some();
        assert!(free || result.inferences.iter().all(|inference| !inference.mismatched), "{name}");
        for (index, inference) in result.inferences.iter().enumerate() {
            let trains = SpikeTrains::new(samples.sample(index).0, 32);
            let spikes: u32 = trains.counts(6).iter().sum();
            let counts = &inference.counts;
            assert_eq!(counts.of(Op::EncoderMac), 0, "{name}");
            // The host writes a packet for each core of the first layer that hears the input, and nothing else.
            assert!(counts.of(Op::HostWrite) >= u64::from(spikes), "{name}");
            assert_eq!(counts.of(Op::Inject), counts.of(Op::HostWrite) + counts.of(Op::AxonOut), "{name}");
            assert!(counts.of(Op::Reset) > 0, "{name}: what the last sample left is cleared");
        }
        ran.push(name);
    }
    println!("ran {ran:?}, refused {refused:?}");
    assert!(ran.len() >= 15, "only {ran:?} ran");
}

fn shipped(name: &str) -> net::Architecture {
    match net::load(&crate::common::repository(&format!("networks/{name}.json"))) {
        Ok(Network::Untrained(architecture)) => architecture,
        other => panic!("{other:?}"),
    }
}

/// The shipped network learns, gives the same on any number of threads, and runs as it was trained.
#[test]
fn digits_under_saccades_are_learned_and_run() {
    let architecture = shipped("digits-saccades");
    let dataset = data::load_with("digits-saccades", &[], Binning::of(architecture.time_steps)).unwrap();
    assert_eq!((dataset.shape, dataset.steps, dataset.full_scale), (architecture.input, Some(6), 1));
    assert!(dataset.source.contains("by our own saccades") && dataset.source.contains("not recorded"));
    let digits = data::load("digits", &[]).unwrap();
    assert_eq!((&dataset.train.labels, &dataset.test.labels), (&digits.train.labels, &digits.test.labels));
    let config = |threads| Config { epochs: 12, threads, ..Config::of(&architecture, 1, threads) };
    let outcome = train(&architecture, &dataset, &config(1), &Untold).unwrap();
    assert_eq!(outcome.quantised, train(&architecture, &dataset, &config(2), &Untold).unwrap().quantised);
    let net = &outcome.quantised;
    let found = evaluate(net, &dataset.test, 2).unwrap();
    assert!(found.accuracy() > 0.9, "{}", found.accuracy());
    assert!(found.layers[0].synaptic_operations > 0, "the first layer has synapses on the chip");
    let first = Split { labels: dataset.test.labels[..40].to_vec(), ..dataset.test.clone() };
    let wanted = evaluate(net, &first, 1).unwrap().synaptic_operations();
    for name in ["crossbar", "loihi"] {
        let rig = Rig::new(Graph::from_layered(net), chip_with(name, &[]), Placer::Linear, Contention::Modelled);
        let (system, graph) = (&rig.system, &rig.graph);
        let job = Job { system, graph, network: net.into(), samples: &dataset.test, count: 40, threads: 2 };
        let result = run_batch(job, &Unwatched).unwrap();
        assert!(result.inferences.iter().all(|inference| !inference.mismatched), "{name}");
        let synops: u64 = result.inferences.iter().map(|inference| inference.counts.synapses()).sum();
        // Loihi's neurons may fire once more after their window.
        assert!(synops == wanted || (name == "loihi" && synops > wanted), "{name}: {synops} for {wanted}");
    }
}

/// A user's folder of N-MNIST files, here of digits under the same camera, runs with the trained network of its shape.
#[cfg(feature = "events")]
#[test]
fn a_folder_of_recordings_runs_with_a_trained_network() {
    let bench = Bench::new();
    let (folder, digits) = (bench.path("recordings"), data::load("digits", &[]).unwrap());
    for (part, split, count) in [("train", &digits.train, 60), ("test", &digits.test, 60)] {
        for index in 0..count {
            let (image, label) = split.sample(index);
            let class = Path::new(&folder).join(part).join(label.to_string());
            std::fs::create_dir_all(&class).unwrap();
            let mut bytes = Vec::new();
            for event in saccades::saccades(image, 8, 8, 16) {
                let (t, on) = (event.t_us as u32, u8::from(event.on));
                bytes.extend([event.x as u8, event.y as u8, on << 7 | (t >> 16) as u8, (t >> 8) as u8, t as u8]);
            }
            std::fs::write(class.join(format!("{index}.bin")), bytes).unwrap();
        }
    }
    std::fs::write(Path::new(&folder).join("sensor.json"), r#"{"width": 8, "height": 8}"#).unwrap();
    let out = bench.path("trained");
    bench.succeed(&["train", "--network", "digits-saccades", "--epochs", "12", "--out", &out, "--quiet"]);
    let run = |more: &[&str]| {
        let json = bench.path("run.json");
        let run = ["run", "--network", &out, "--chip", "crossbar", "--data", &folder, "--json", &json, "--quiet"];
        let text = bench.succeed(&[&run, more].concat());
        (text, bench.json("run.json"))
    };
    let (text, report) = run(&["--bin-us", "50000", "--threads", "1"]);
    assert!(text.contains("all spike counts and outputs equal the integer reference"), "{text}");
    assert!(report["accuracy"].as_f64().unwrap() > 0.85, "{}", report["accuracy"]);
    assert_eq!((&report["mismatched_samples"], &report["samples"]), (&0.into(), &60.into()));
    assert_eq!((&report["per_inference"]["encoder_macs"], &report["ann"]["first_layer_macs"]), (&0.into(), &0.into()));
    let sources = report["sources"].to_string();
    assert!(sources.contains("events in 6 steps") && sources.contains("classes in this order: 0, 1, 2"), "{sources}");
    let (_, again) = run(&["--bin-us", "50000", "--threads", "2"]);
    assert_eq!(report["per_inference"], again["per_inference"]);
    // Cut into other steps, the network is made integer again.
    let (text, _) = run(&["--steps", "12"]);
    assert!(text.contains("T = 12") && text.contains("all spike counts and outputs equal"), "{text}");
    let wrong = bench.fail(&["run", "--network", "digits-mlp", "--data", "digits-saccades"]);
    assert!(wrong.contains("samples of 2x8x8"), "{wrong}");
    let wrong = bench.fail(&["compare", "--network", &out, "--set", "steps=2,6"]);
    assert!(wrong.contains("steps: found 2, allowed: 6, into which the events of digits-saccades are cut"), "{wrong}");
}

/// What cannot be: values into a network of spike trains, spike trains into one of values, other steps, fewer steps.
#[test]
fn what_does_not_fit_is_said() {
    let (spikes, mut values) = (shipped("digits-saccades"), shipped("digits-mlp"));
    let (trains, images) =
        (data::load_with("digits-saccades", &[], Binning::of(6)).unwrap(), data::load("digits", &[]).unwrap());
    let refusal = |architecture: &net::Architecture, dataset, edit: &dyn Fn(&mut Config)| {
        let mut config = Config::of(architecture, 1, 1);
        edit(&mut config);
        train(architecture, dataset, &config, &Untold).unwrap_err().to_string()
    };
    let mut grey = images.clone();
    grey.shape = spikes.input;
    let wrong = refusal(&spikes, &grey, &|_| {});
    assert!(wrong.contains("reads spike trains, data set \"digits\" has values"), "{wrong}");
    values.input = trains.shape;
    let wrong = refusal(&values, &trains, &|config| config.time_steps = 6);
    assert!(wrong.contains("reads values, data set \"digits-saccades\" has spike trains"), "{wrong}");
    let wrong = refusal(&spikes, &trains, &|config| config.time_steps = 4);
    assert!(wrong.contains("time steps: found 4, allowed: 6, into which digits-saccades is cut"), "{wrong}");
    let anneal = |config: &mut Config| config.anneal = Some(spikemesh::train::Anneal { from: 8, epochs: 1 });
    let wrong = refusal(&spikes, &trains, &anneal);
    assert!(wrong.contains("time steps to begin with: found 8"), "{wrong}");
}
