//! Networks that learn to give numbers that come with samples: from the command line, against the reference evaluator.

use crate::bench::Bench;
use serde_json::{Value, json};
use spikemesh::data::{self, Split};
use spikemesh::net::{self, Network, reference};
use std::path::Path;

fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}");
    header += &" ".repeat(63 - (header.len() + 10) % 64);
    header.push('\n');
    let size = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00".as_slice(), &size, header.as_bytes(), values].concat()
}

/// Samples of four values, whose targets are the first two of them and the mean of the others.
fn write_samples(folder: &str) {
    std::fs::create_dir_all(folder).unwrap();
    for (part, count) in [("train", 240u32), ("test", 40)] {
        let value = |i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8;
        let samples: Vec<u8> = (0..count * 4).map(|i| value(i + count)).collect();
        let target = |s: &[u8]| [s[0], s[1], ((u32::from(s[2]) + u32::from(s[3])) / 2) as u8];
        let targets: Vec<u8> = samples.chunks(4).flat_map(target).collect();
        let write = |name: &str, bytes: Vec<u8>| std::fs::write(format!("{folder}/{part}_{name}.npy"), bytes).unwrap();
        write("images", npy(&format!("{count}, 4"), &samples));
        write("targets", npy(&format!("{count}, 3"), &targets));
    }
}

fn network(outputs: u32) -> Value {
    json!({
        "format": "spikemesh.network/1", "description": "three numbers of four", "dataset": "numbers",
        "input": {"shape": [4, 1, 1]},
        "layers": [{"kind": "dense", "outputs": 48}, {"kind": "dense", "outputs": outputs}],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"}, "target": "given", "time_steps": 8,
        "training": {"epochs": 25, "batch": 16, "learning_rate": 0.01},
    })
}

/// Mean squared and mean absolute errors of a trained network by the reference evaluator, over all test samples.
fn errors_of(folder: &str, samples: &Split) -> [f64; 2] {
    let Ok(Network::Trained(trained)) = net::load(Path::new(folder)) else { panic!("does not load") };
    let mut sums = [0.0; 2];
    for index in 0..samples.len() {
        let outputs = reference::layered(&trained.quantised, samples.sample(index).0).outputs;
        for (output, wanted) in outputs.iter().zip(samples.targets.as_ref().unwrap().sample(index).shares()) {
            let difference = f64::from(*output) / trained.quantised.output_scale - wanted;
            sums = [sums[0] + difference.powi(2), sums[1] + difference.abs()];
        }
    }
    let all = (samples.len() * samples.targets.as_ref().unwrap().each()) as f64;
    sums.map(|sum| sum / all)
}

/// The mean squared error of answering with the mean of the training targets.
fn error_of_the_mean(train: &Split, test: &Split) -> f64 {
    let of = |part: &Split, index| part.targets.as_ref().unwrap().sample(index).shares().collect::<Vec<f64>>();
    let mut mean = vec![0.0; of(train, 0).len()];
    for index in 0..train.len() {
        mean.iter_mut().zip(of(train, index)).for_each(|(sum, value)| *sum += value / train.len() as f64);
    }
    let error = |index| of(test, index).iter().zip(&mean).map(|(value, mean)| (value - mean).powi(2)).sum::<f64>();
    (0..test.len()).map(error).sum::<f64>() / (test.len() * mean.len()) as f64
}

fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9 * expected, "{found} for {expected}");
}

#[test]
fn numbers_are_learned_and_reported_by_their_errors() {
    let bench = Bench::new();
    let (file, out, folder) = (bench.path("numbers.json"), bench.path("out"), bench.path("numbers"));
    write_samples(&folder);
    std::fs::write(&file, network(3).to_string()).unwrap();
    let said = bench.succeed(&["train", "--quiet", "--network", &file, "--data", &folder, "--out", &out]);
    assert!(said.contains("a mean squared error of") && said.contains("mean absolute error"), "{said}");
    let samples = data::load(&folder, &[]).unwrap();
    let [mse, mae] = errors_of(&out, &samples.test);
    let history = bench.json("out/history.json");
    close(&history["test_mse"], mse);
    close(&history["test_mae"], mae);
    assert!(history["validation_mae"].is_f64() && history["history"][0]["validation_mae"].is_f64());
    assert!(mse < 0.2 * error_of_the_mean(&samples.train, &samples.test), "{mse}");
    // On a chip, with any number of threads.
    for threads in ["1", "2"] {
        let (report, arrays) = (bench.path(&format!("run{threads}.json")), bench.path(&format!("run{threads}.npz")));
        let args = ["run", "--network", &out, "--samples", "40", "--threads", threads, "--json", &report];
        let said = bench.succeed(&[&args[..], &["--outputs", &arrays]].concat());
        assert!(said.contains("mean absolute error") && said.contains("equal the integer reference"), "{said}");
    }
    let report = bench.report("run1.json");
    assert_eq!(report, bench.report("run2.json"));
    close(&report["mse"], mse);
    close(&report["mae"], mae);
    assert_eq!((&report["accuracy"], &report["mismatched_samples"]), (&Value::Null, &json!(0)));
    let bytes = std::fs::read(bench.path("run1.npz")).unwrap();
    for name in ["targets.npy", "outputs.npy", "membranes.npy"] {
        assert!(bytes.windows(name.len()).any(|found| found == name.as_bytes()), "{name}");
    }
    let again = bench.succeed(&["report", "--verbose", &bench.path("run1.json")]);
    assert!(again.contains(&format!("mean absolute error {mae:.5}")), "{again}");
}

#[test]
fn targets_that_do_not_fit_are_refused() {
    let bench = Bench::new();
    let (file, out, folder) = (bench.path("numbers.json"), bench.path("out"), bench.path("numbers"));
    write_samples(&folder);
    std::fs::write(&file, network(4).to_string()).unwrap();
    let train = ["train", "--quiet", "--network", &file, "--data", &folder, "--epochs", "1", "--out", &out];
    let wrong = bench.fail(&train);
    assert!(wrong.contains("has 4 outputs") && wrong.contains("has targets of 3 numbers"), "{wrong}");
    std::fs::write(&file, network(3).to_string()).unwrap();
    let wrong = bench.fail(&[&train[..], &["--loss", "cross_entropy"]].concat());
    assert!(wrong.contains("loss: found cross_entropy, allowed: mse"), "{wrong}");
    let mut changed = network(3);
    changed["input"]["shape"] = json!([1, 8, 8]);
    changed["layers"].as_array_mut().unwrap().insert(0, json!({"kind": "flatten"}));
    std::fs::write(&file, changed.to_string()).unwrap();
    let wrong = bench.fail(&["train", "--quiet", "--network", &file, "--data", "digits", "--out", &out]);
    assert!(wrong.contains("learns to give targets, digits has none"), "{wrong}");
    // What has no labels teaches no classes.
    changed = network(3);
    changed["target"] = json!("label");
    std::fs::write(&file, changed.to_string()).unwrap();
    let wrong = bench.fail(&train);
    assert!(wrong.contains("has 0"), "{wrong}");
    let refusal = |edit: &dyn Fn(&mut Value)| {
        let mut file = network(3);
        edit(&mut file);
        let document = spikemesh::json::Document::parse("n.json", &file.to_string()).unwrap();
        net::read(document, "n", Path::new(".")).unwrap_err().to_string()
    };
    let wrong = refusal(&|file| file["training"]["loss"] = json!("cross_entropy"));
    assert!(
        wrong.contains("\"cross_entropy\" needs classes, and the target \"given\" has none; use \"mse\""),
        "{wrong}"
    );
    let wrong = refusal(&|file| file["input"]["frames"] = json!({"steps": 8, "readout": "end"}));
    assert!(wrong.contains("found given, expected label: samples are sequences of frames"), "{wrong}");
}

#[test]
fn images_come_back_from_the_events_of_a_moving_camera() {
    let bench = Bench::new();
    let out = bench.path("out");
    bench.succeed(&["train", "--quiet", "--network", "digits-reconstruction", "--epochs", "15", "--out", &out]);
    let samples = data::load_with("digits-saccades", &[], data::Binning::of(6)).unwrap();
    let ([mse, _], plain) = (errors_of(&out, &samples.test), error_of_the_mean(&samples.train, &samples.test));
    assert!(mse < 0.5 * plain, "{mse}, the mean image {plain}");
    let report = bench.path("run.json");
    bench.succeed(&["run", "--network", &out, "--samples", "20", "--json", &report]);
    assert_eq!(bench.json("run.json")["mismatched_samples"], 0);
}
