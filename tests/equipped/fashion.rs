//! Fashion-MNIST as Debian installs it.

use crate::bench::Bench;
use serde_json::json;

/// The images and labels that come with the program are the first of those that are installed.
pub fn the_embedded_part_is_the_start_of_the_whole() {
    let load = |name| spikemesh::data::load(name, &[]).unwrap();
    let (whole, part) = (load("fashion-mnist"), load("fashion-1000"));
    let count = part.test.len();
    assert_eq!((count, part.trained_as()), (1000, "fashion-mnist"));
    assert_eq!(part.test.pixels[..], whole.test.pixels[..count * whole.test.sample_len]);
    assert_eq!(part.test.labels[..], whole.test.labels[..count]);
    assert_eq!((part.shape, part.classes, part.full_scale), (whole.shape, whole.classes, whole.full_scale));
}

pub fn fashion_mnist_runs_where_it_is_installed() {
    let bench = Bench::new();
    let network = json!({
        "format": "spikemesh.network/1", "description": "tiny", "dataset": "fashion-mnist",
        "input": {"shape": [1, 28, 28]},
        "layers": [{"kind": "flatten"}, {"kind": "dense", "outputs": 16}, {"kind": "dense", "outputs": 10}],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"},
        "time_steps": 2, "training": {"epochs": 1, "batch": 512, "learning_rate": 0.01},
    });
    std::fs::write(bench.path("tiny.json"), network.to_string()).unwrap();
    let (network, json) = (bench.path("tiny.json"), bench.path("tiny-report.json"));
    bench.succeed(&["run", "--quiet", "--network", &network, "--samples", "100", "--json", &json]);
    let report = bench.report("tiny-report.json");
    assert_eq!(report["mismatched_samples"], 0);
    assert!(report["accuracy"].as_f64().unwrap() > 0.5, "{}", report["accuracy"]);
}
