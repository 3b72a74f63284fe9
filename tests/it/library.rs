//! The library by itself: what does not go together is an error of its own, and neither a result nor a panic.

use crate::common::{chip_with, repository};
use spikemesh::data::{self, Dataset, Mismatch, Split};
use spikemesh::hw::Chip;
use spikemesh::ids::{CoreId, SiteId};
use spikemesh::map::{self, Mapping};
use spikemesh::net::{Graph, Network, RandomSpec, Trained};
use spikemesh::run::{Job, RunError, Shards, Unwatched, run_batch, run_sparse};
use spikemesh::system::{self, Contention, System, SystemError};
use spikemesh::train::{self, Config, EvaluateError, TrainError, evaluate};

fn trained(name: &str) -> Trained {
    match spikemesh::net::load(&repository(&format!("networks/trained/{name}"))).unwrap() {
        Network::Trained(trained) => *trained,
        _ => panic!("{name}: not trained"),
    }
}

fn built(graph: &Graph, chip: &Chip) -> (Mapping, System) {
    let mapping = map::map(graph, chip, map::MappingOptions::default()).unwrap();
    let calibration = chip.calibration(None).unwrap();
    let system = system::build(graph, chip, calibration, &mapping, Contention::Modelled).unwrap();
    (mapping, system)
}

/// A job's error, whatever is asked of it.
fn error(job: Job<'_>) -> RunError {
    run_batch(job, &Unwatched).expect_err("it must be refused")
}

#[test]
fn a_batch_checks_its_samples_before_it_runs() {
    let (trained, digits, chip) = (trained("digits-mlp"), data::load("digits", &[]).unwrap(), chip_with("loihi", &[]));
    let (network, graph) = (&trained.quantised, Graph::from_layered(&trained.quantised));
    let (_, system) = built(&graph, &chip);
    let samples = &digits.test;
    let job = Job { system: &system, graph: &graph, network: network.into(), samples, count: 3, threads: 1 };
    assert_eq!(run_batch(job, &Unwatched).unwrap().inferences.len(), 3);
    let available = samples.len();
    for asked in [0, available + 1, usize::MAX] {
        assert_eq!(error(Job { count: asked, ..job }), Mismatch::Count { asked, available }.into());
    }
    assert!(matches!(error(Job { threads: 0, ..job }), RunError::None { what: "threads" }));
    let run = |samples: &Split| error(Job { samples, count: 2, ..job });
    // Samples of another shape: a result of nonsense before.
    let half = Split {
        sample_len: 32,
        labels: samples.labels[..20].to_vec(),
        pixels: samples.pixels[..640].to_vec(),
        sequences: None,
        targets: None,
    };
    assert_eq!(run(&half), Mismatch::Size { expected: 64, found: 32 }.into());
    let short = Split { pixels: samples.pixels[..100].to_vec(), ..samples.clone() };
    assert!(matches!(run(&short), RunError::Samples(Mismatch::Contents { bytes: 100, .. })));
    let mut bright = samples.clone();
    bright.pixels[64 + 5] = 17;
    assert_eq!(run(&bright), Mismatch::Value { sample: 1, found: 17, most: 16 }.into());
    let mut strange = samples.clone();
    strange.labels[1] = 10;
    assert_eq!(run(&strange), Mismatch::Label { sample: 1, found: 10, most: 9 }.into());
    let none = Split { pixels: Vec::new(), labels: Vec::new(), sample_len: 64, sequences: None, targets: None };
    assert!(matches!(error(Job { samples: &none, count: 0, ..job }), RunError::Samples(Mismatch::Count { .. })));
    // Parts of different networks.
    let other = Graph::from_layered(&self::trained("digits-cnn").quantised);
    let (_, cnn) = built(&other, &chip);
    assert!(matches!(error(Job { graph: &other, ..job }), RunError::OtherNetwork { .. }));
    assert!(matches!(error(Job { system: &cnn, ..job }), RunError::OtherNetwork { .. }));
    // Messages say what was found and what is allowed.
    let message = error(Job { count: available + 1, ..job }).to_string();
    assert!(message.contains("401 samples asked for, allowed: 1 to 400"), "{message}");
}

#[test]
fn a_sparse_run_checks_steps_shards_threads_and_system() {
    let chip = chip_with("loihi", &[]);
    let generate = |text: &str| RandomSpec::parse(text).unwrap().generate().graph;
    let graph = generate("random:seed=1,neurons=64,cores=2");
    let other = generate("random:seed=1,neurons=128,cores=2");
    let (_, system) = built(&graph, &chip);
    let run = |graph: &Graph, steps, count, threads| {
        run_sparse(&system, graph, steps, Shards { count, threads }, &Unwatched).err()
    };
    assert_eq!(run(&graph, 2, 1, 1), None);
    assert_eq!(run(&graph, 0, 1, 1), Some(RunError::None { what: "time steps" }));
    assert_eq!(run(&graph, 2, 0, 1), Some(RunError::None { what: "shards" }));
    assert_eq!(run(&graph, 2, 1, 0), Some(RunError::None { what: "threads" }));
    assert_eq!(run(&other, 2, 1, 1), Some(RunError::OtherNetwork { system: 64, network: 128 }));
}

#[test]
fn a_system_takes_no_mapping_of_another_network() {
    let chip = chip_with("loihi", &[]);
    let mlp = Graph::from_layered(&trained("digits-mlp").quantised);
    let cnn = Graph::from_layered(&trained("digits-cnn").quantised);
    let (mapping, _) = built(&mlp, &chip);
    let calibration = chip.calibration(None).unwrap();
    let build = |graph: &Graph, mapping: &Mapping| {
        system::build(graph, &chip, calibration, mapping, Contention::Modelled).map(|_| ())
    };
    assert_eq!(build(&mlp, &mapping), Ok(()));
    assert!(matches!(build(&cnn, &mapping), Err(SystemError::Mapping { .. })));
    let mut beyond = mapping.clone();
    beyond.cores[CoreId::new(0)].site = SiteId::new(chip.noc().cores());
    assert!(build(&mlp, &beyond).unwrap_err().to_string().contains("a core stands on site"));
    let mut strange = mapping.clone();
    strange.cores[CoreId::new(0)].parts[0].population = 99;
    assert!(matches!(build(&mlp, &strange), Err(SystemError::Mapping { .. })));
}

#[test]
fn an_evaluation_checks_its_samples() {
    let (trained, digits) = (trained("digits-mlp"), data::load("digits", &[]).unwrap());
    let net = &trained.quantised;
    assert!(evaluate(net, &digits.test, 1).unwrap().accuracy() > 0.9);
    assert_eq!(evaluate(net, &digits.test, 0), Err(EvaluateError::Threads));
    let none = Split { pixels: Vec::new(), labels: Vec::new(), sample_len: 64, sequences: None, targets: None };
    assert_eq!(evaluate(net, &none, 1), Err(Mismatch::Count { asked: 0, available: 0 }.into()));
    let wide = Split { pixels: vec![0; 128], labels: vec![0], sample_len: 128, sequences: None, targets: None };
    assert_eq!(evaluate(net, &wide, 1), Err(Mismatch::Size { expected: 64, found: 128 }.into()));
    // A data set by its own word: shape, classes, values.
    let check = |change: &dyn Fn(&mut Dataset)| {
        let mut dataset = digits.clone();
        change(&mut dataset);
        dataset.check("net", net).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(check(&|_| {}), "");
    assert!(check(&|d| d.shape.width = 9).contains("net reads samples of"));
    assert!(check(&|d| d.classes = 11).contains("net distinguishes 10 classes, digits has 11"));
    assert!(check(&|d| d.full_scale = 255).contains("values of 0 to 16, digits has values of 0 to 255"));
    assert!(check(&|d| d.steps = Some(4)).contains("net reads values, digits has spike trains"));
}

#[test]
fn a_training_checks_the_parts_of_its_data() {
    let (trained, digits) = (trained("digits-mlp"), data::load("digits", &[]).unwrap());
    let architecture = &trained.architecture;
    let refused = |change: &dyn Fn(&mut Dataset), threads| {
        let mut dataset = digits.clone();
        change(&mut dataset);
        let config = Config { epochs: 1, threads, ..Config::of(architecture, 1, 1) };
        train::train(architecture, &dataset, &config, &train::Unwatched).expect_err("it must be refused")
    };
    let samples =
        |error: &TrainError, wanted: &str| matches!(error, TrainError::Samples { part, .. } if *part == wanted);
    let nothing = Split { pixels: Vec::new(), labels: Vec::new(), sample_len: 64, sequences: None, targets: None };
    assert!(samples(&refused(&|d| d.train = nothing.clone(), 1), "training"));
    assert!(samples(&refused(&|d| d.train.labels[3] = 10, 1), "training"));
    assert!(samples(&refused(&|d| d.validation.pixels.truncate(5), 1), "validation"));
    assert!(samples(&refused(&|d| d.test.pixels[7] = 200, 1), "test"));
    assert!(refused(&|_| {}, 0).to_string().contains("threads: found 0, allowed: 1 and more"));
}
