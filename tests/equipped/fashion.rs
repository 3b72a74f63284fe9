//! Fashion-MNIST as Debian installs it.

use crate::bench::Bench;
use serde_json::json;

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
