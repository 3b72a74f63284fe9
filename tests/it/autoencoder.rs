//! Networks that give samples back: run from the command line, against the reference evaluator.

use crate::bench::Bench;
use crate::common::{Draw, random_folded};
use serde_json::{Value, json};
use spikemesh::data;
use spikemesh::json::Document;
use spikemesh::net::architecture::Target;
use spikemesh::net::{self, Network, QuantSpec, TrainedMeta, reference};
use std::path::Path;

const SAMPLES: usize = 7;

/// Saves an untrained autoencoder of the embedded data as if it were trained; gives its mean squared error.
fn save(folder: &Path) -> f64 {
    let file = json!({
        "format": "spikemesh.network/1",
        "description": "gives digits back",
        "dataset": "digits",
        "input": {"shape": [1, 8, 8]},
        "layers": [
            {"kind": "conv2d", "channels": 4, "kernel": 3, "padding": 1}, {"kind": "avg_pool2d", "kernel": 2},
            {"kind": "flatten"}, {"kind": "dense", "outputs": 20}, {"kind": "dense", "outputs": 20, "add": "dense1"},
            {"kind": "dense", "outputs": 64}
        ],
        "neuron": {"model": "lif", "threshold": 1.0, "reset": "subtract", "leak": 0.9},
        "target": "input",
        "time_steps": 4
    });
    let document = Document::parse("net.json", &file.to_string()).unwrap();
    let Ok(Network::Untrained(architecture)) = net::read(document, "net", folder) else { panic!("does not load") };
    let mut folded = random_folded(architecture.input, &architecture.layers, 16, 1.0, &mut Draw::new(5));
    (folded.leak, folded.half_start, folded.target) = (0.9, true, Target::Input);
    let quantised = folded.quantise(QuantSpec::new(4, 4));
    let meta = TrainedMeta {
        dataset: "digits".into(),
        data_folder: None,
        rule: "tandem".into(),
        seed: 1,
        epoch: 1,
        validation_accuracy: None,
        validation_mse: Some(0.01),
        made_by: "a test".into(),
        max_fan_in: None,
    };
    net::save_trained(folder, &architecture, &meta, &folded, &quantised).unwrap();
    let digits = data::load("digits", &[]).unwrap();
    let error = |sample: usize| {
        let pixels = digits.test.sample(sample).0;
        let outputs = reference::layered(&quantised, pixels).outputs;
        let real = outputs.iter().map(|v| f64::from(*v) / quantised.output_scale);
        real.zip(pixels).map(|(v, x)| (v - f64::from(*x) / 16.0).powi(2)).sum::<f64>()
    };
    (0..SAMPLES).map(error).sum::<f64>() / (SAMPLES * 64) as f64
}

#[test]
fn an_autoencoder_runs_and_reports_its_error() {
    let bench = Bench::new();
    let expected = save(Path::new(&bench.path("auto")));
    let count = SAMPLES.to_string();
    let mut texts = Vec::new();
    for threads in ["1", "2"] {
        let (name, network) = (bench.path(&format!("run{threads}.json")), bench.path("auto"));
        let args = ["run", "--network", &network, "--samples", &count, "--threads", threads, "--json", &name];
        texts.push(bench.succeed(&args));
    }
    let report = bench.report("run1.json");
    assert_eq!(report, bench.report("run2.json"));
    let mse = report["mse"].as_f64().unwrap();
    assert!(expected > 1e-6 && (mse - expected).abs() < 1e-12 * expected.max(1.0), "{mse} for {expected}");
    let ratio = report["psnr_db"].as_f64().unwrap();
    assert!((ratio - 10.0 * (1.0 / expected).log10()).abs() < 1e-9, "{ratio}");
    assert_eq!((&report["accuracy"], &report["reference_accuracy"]), (&Value::Null, &Value::Null));
    assert_eq!(report["neurobench"]["ClassificationAccuracy"], Value::Null);
    assert_eq!(report["mismatched_samples"], 0);
    let said = texts[0].split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("error mean square ") && said.contains("all spike counts and"), "{said}");
    // Read back, it says the same.
    let again = bench.succeed(&["report", "--verbose", &bench.path("run1.json"), "--json", &bench.path("again.json")]);
    assert!(again.contains(&format!("mean squared error {mse:.6}")), "{again}");
    assert_eq!(bench.json("again.json")["mse"], json!(mse));
    let mut wrong = bench.json("run1.json");
    wrong["psnr_db"] = json!(ratio + 1.0);
    std::fs::write(bench.path("wrong.json"), wrong.to_string()).unwrap();
    assert!(bench.fail(&["report", &bench.path("wrong.json")]).contains("psnr_db is not that of mse"));
}
