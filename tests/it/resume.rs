//! Trainings that are killed, stopped or refused, as a user meets them.

use crate::bench::Bench;
use serde_json::json;
use spikemesh::rng::mix;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Training options with everything that has a state, long enough to be hit.
const OPTIONS: &[&str] = &[
    "--epochs=12",
    "--batch=32",
    "--dropout=0.1",
    "--shift=1",
    "--weight-decay=0.01",
    "--schedule=step:5:0.5",
    "--steps=3..2",
    "--anneal-epochs=6",
    "--threads=1",
];

/// What a training leaves for others.
const FILES: [&str; 3] = ["network.json", "weights.safetensors", "history.json"];

fn arguments<'a>(network: &'a str, out: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "--network", network, "--out", out], OPTIONS, more].concat()
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    FILES.iter().map(|name| std::fs::read(Path::new(folder).join(name)).unwrap()).collect()
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Starts a training and waits until it has said so many epochs.
fn start(network: &str, out: &str, more: &[&str], epochs: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(arguments(network, out, more)).env_remove("RUST_LOG").env_remove("SPIKEMESH_DATA");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    let mut seen = 0;
    while seen < epochs {
        match lines.next() {
            Some(line) => seen += usize::from(line.unwrap().starts_with("epoch ")),
            None => break,
        }
    }
    child
}

#[test]
fn a_training_killed_at_any_moment_goes_on_to_the_same_bytes() {
    let bench = Bench::new();
    let (network, whole) = (bench.path("small.json"), bench.path("whole"));
    bench.succeed(&arguments(&network, &whole, &["--quiet"]));
    let expected = files(&whole);
    let mut killed = 0;
    // In the first epoch, in the first phase, between the phases, in the second one, and near the end.
    for (number, epochs) in [0, 3, 12, 14, 17].into_iter().enumerate() {
        let out = bench.path(&format!("killed{number}"));
        let mut child = start(&network, &out, &[], epochs);
        // Some time into what follows, other than in the last run of this test.
        let now = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        std::thread::sleep(Duration::from_micros(mix(u64::from(now)) % 20_000));
        child.kill().unwrap();
        killed += usize::from(child.wait().unwrap().code().is_none());
        let said = bench.run(&arguments(&network, &out, &["--resume"]));
        assert_eq!(said.status.code(), Some(0), "{}", error_of(&said));
        assert!(files(&out) == expected, "after {epochs} epochs: {}", error_of(&said));
    }
    assert!(killed >= 4, "only {killed} trainings were still there to be killed");
    // One that is killed again and again.
    let out = bench.path("again");
    for epochs in [2, 3, 4, 1] {
        let mut child = start(&network, &out, &["--resume"], epochs);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    bench.succeed(&arguments(&network, &out, &["--resume", "--quiet"]));
    assert!(files(&out) == expected);
    // It is finished, says so, and touches nothing.
    let changed = |name: &str| Path::new(&out).join(name).metadata().unwrap().modified().unwrap();
    let before = FILES.map(changed);
    let said = bench.succeed(&arguments(&network, &out, &["--resume"]));
    assert!(said.contains("is finished, all 18 epochs of it; nothing to do"), "{said}");
    assert_eq!(FILES.map(changed), before);
}

#[test]
fn an_unfinished_training_is_neither_lost_nor_mistaken_for_another() {
    let bench = Bench::new();
    let (network, whole, out) = (bench.path("small.json"), bench.path("whole"), bench.path("out"));
    bench.succeed(&arguments(&network, &whole, &["--quiet"]));
    let mut child = start(&network, &out, &[], 4);
    child.kill().unwrap();
    child.wait().unwrap();
    let refused = bench.fail(&arguments(&network, &out, &[]));
    assert!(refused.contains("has an unfinished training, at epoch"), "{refused}");
    assert!(refused.contains("--resume") && refused.contains("--overwrite"), "{refused}");
    let other = bench.fail(&arguments(&network, &out, &["--resume", "--seed=2", "--flip", "--weight-bits=5"]));
    for line in ["flip: found false, expected true", "weight bits: found 8, expected 5", "seed: found 1, expected 2"] {
        assert!(other.lines().any(|found| found == line), "{line} is not in {other}");
    }
    assert!(bench.fail(&arguments(&network, &out, &["--resume", "--overwrite"])).contains("cannot be used with"));
    let checkpoint = Path::new(&out).join("checkpoint.safetensors");
    let bytes = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &bytes[..bytes.len() / 2]).unwrap();
    let damaged = bench.fail(&arguments(&network, &out, &["--resume"]));
    assert!(damaged.contains("checkpoint.safetensors: damaged"), "{damaged}");
    bench.succeed(&arguments(&network, &out, &["--overwrite", "--quiet"]));
    assert!(files(&out) == files(&whole));
    // A finished one is not replaced unasked.
    let refused = bench.fail(&arguments(&network, &out, &["--seed=2"]));
    assert!(refused.contains("not replaced without --overwrite") && files(&out) == files(&whole), "{refused}");
    bench.succeed(&arguments(&network, &out, &["--seed=2", "--overwrite", "--quiet"]));
    assert!(files(&out) != files(&whole));
}

#[cfg(unix)]
#[test]
fn control_c_says_how_to_go_on() {
    let bench = Bench::new();
    let (network, whole, out) = (bench.path("small.json"), bench.path("whole"), bench.path("out"));
    bench.succeed(&arguments(&network, &whole, &["--quiet"]));
    let child = start(&network, &out, &[], 5);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = error_of(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("error: cancelled in epoch") && said.contains("continue with --resume"), "{said}");
    let more = bench.run(&arguments(&network, &out, &["--resume"]));
    assert!(error_of(&more).starts_with("continuing after epoch "), "{}", error_of(&more));
    assert!(files(&out) == files(&whole));
}

#[test]
fn all_bad_settings_are_said_at_once() {
    let bench = Bench::new();
    let (network, out) = (bench.path("small.json"), bench.path("out"));
    let bad = ["--epochs=0", "--batch=1", "--learning-rate=2", "--dropout=1", "--shift=8", "--weight-bits=99"];
    let more = ["--steps=4..4", "--schedule=step:0:3", "--weight-decay=-1", "--anneal-epochs=0"];
    let base = ["train", "--network", &network, "--out", &out];
    let message = bench.fail(&[&base[..], &bad, &more].concat());
    for part in [
        "epochs: found 0, allowed: 1 to 10000",
        "batch: found 1, allowed: 2 to 65536",
        "learning rate: found 2, allowed: 0.0000001 to 1",
        "dropout: found 1, allowed: 0 to 0.9",
        "shift: found 8, allowed: 0 to 7 for samples of 1x8x8",
        "weight bits: found 99",
        "time steps to begin with: found 4, allowed: more than 4",
        "epochs per step of the schedule: found 0",
        "factor of the schedule: found 3",
        "weight decay: found -1, allowed: 0 to 1",
        "epochs per fewer step: found 0",
    ] {
        assert!(message.contains(part), "{part} is not in {message}");
    }
    assert!(!Path::new(&out).exists());
    for (bad, part) in [
        (["--schedule", "fast"], "step:EVERY:FACTOR"),
        (["--steps", "4.."], "as in 8..2"),
        (["--loss", "l1"], "allowed: cross_entropy, mse"),
        (["--activation", "tanh"], "allowed: relu, qcfs"),
        (["--anneal-epochs", "2"], "needs --steps A..B"),
        (["--fine-tune", "--quiet"], "has no weights"),
    ] {
        let message = bench.fail(&[&base[..], &bad].concat());
        assert!(message.contains(part), "{bad:?}: {message}");
    }
}

/// Mean squared difference of the digits' test images to the mean of their training images.
fn error_of_the_mean_image() -> f64 {
    let digits = spikemesh::data::load("digits", &[]).unwrap();
    let value = |split: &spikemesh::data::Split, sample, pixel| f64::from(split.sample(sample).0[pixel]) / 16.0;
    let of = |pixel| {
        let mean: f64 = (0..digits.train.len()).map(|i| value(&digits.train, i, pixel)).sum();
        let mean = mean / digits.train.len() as f64;
        let squares: f64 = (0..digits.test.len()).map(|i| (value(&digits.test, i, pixel) - mean).powi(2)).sum();
        squares / digits.test.len() as f64
    };
    (0..64).map(of).sum::<f64>() / 64.0
}

#[test]
fn an_autoencoder_is_chosen_by_its_error() {
    let bench = Bench::new();
    let (network, out) = (bench.path("auto.json"), bench.path("auto"));
    let dense = |outputs: u32| json!({"kind": "dense", "outputs": outputs});
    let file = json!({
        "format": "spikemesh.network/1", "description": "an autoencoder", "dataset": "digits", "target": "input",
        "input": {"shape": [1, 8, 8]}, "layers": [{"kind": "flatten"}, dense(48), dense(64)],
        "neuron": {"model": "if", "threshold": 1.0, "reset": "subtract"}, "time_steps": 4,
        "training": {"epochs": 15, "batch": 32, "learning_rate": 0.01},
    });
    std::fs::write(&network, file.to_string()).unwrap();
    let said = bench.succeed(&["train", "--quiet", "--network", &network, "--shift=1", "--out", &out]);
    assert!(said.contains("a mean squared error of"), "{said}");
    let history = bench.json("auto/history.json");
    let errors: Vec<f64> =
        history["history"].as_array().unwrap().iter().map(|r| r["validation_mse"].as_f64().unwrap()).collect();
    let least = errors.iter().copied().fold(f64::INFINITY, f64::min);
    let chosen = history["chosen_epoch"].as_u64().unwrap() as usize;
    assert_eq!((errors[chosen - 1], &history["validation_mse"]), (least, &json!(least)));
    assert!(least < errors[0], "{errors:?}");
    let (found, plain) = (history["test_mse"].as_f64().unwrap(), error_of_the_mean_image());
    assert!(found < 0.5 * plain, "{found}, the mean image {plain}");
    assert!(history["test_accuracy"].is_null() && history["history"][0]["train_accuracy"].is_null());
    assert_eq!(bench.json("auto/network.json")["trained"]["validation_mse"], json!(least));
    bench.succeed(&["check", &out]);
    let refused = bench.fail(&["train", "--network", &network, "--loss", "cross_entropy", "--out", &out]);
    assert!(refused.contains("loss: found cross_entropy, allowed: mse"), "{refused}");
    // Classes can be learned by squared errors, too.
    let (small, squared) = (bench.path("small.json"), bench.path("squared"));
    bench.succeed(&["train", "--quiet", "--network", &small, "--loss=mse", "--epochs=10", "--out", &squared]);
    assert!(bench.json("squared/history.json")["test_accuracy"].as_f64().unwrap() > 0.85);
}

#[test]
fn a_trained_network_is_tuned_to_fewer_bits_in_another_folder() {
    let bench = Bench::new();
    let (network, first, tuned) = (bench.path("small.json"), bench.path("first"), bench.path("tuned"));
    bench.succeed(&["train", "--quiet", "--network", &network, "--epochs=10", "--out", &first]);
    let tune = ["train", "--network", &first, "--fine-tune", "--epochs=2", "--learning-rate=0.001", "--weight-bits=3"];
    let json = bench.path("tuned.json");
    let output = bench.run(&[&tune[..], &["--out", &tuned, "--json", &json]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", error_of(&output));
    assert!(error_of(&output).starts_with(&format!("starting from the weights of {first}")), "{}", error_of(&output));
    let report = bench.json("tuned.json");
    assert_eq!((&report["weight_bits"], &report["settings"]["fine_tuned"]), (&json!(3), &json!(true)));
    // Drawn weights are at about a half after one epoch.
    assert!(report["history"][0]["train_accuracy"].as_f64().unwrap() > 0.8, "{report}");
    assert!(report["wall_seconds"].as_f64().unwrap() > 0.0 && report["samples_per_second"].as_f64().unwrap() > 0.0);
    let written = bench.json("tuned/history.json");
    assert!(written.get("wall_seconds").is_none(), "times differ between equal trainings");
    // Its file proposes what it was trained with.
    assert_eq!(bench.json("tuned/network.json")["training"]["learning_rate"], json!(0.001));
    bench.succeed(&["check", &tuned]);
    let refused = bench.fail(&[&tune[..], &["--out", &first]].concat());
    assert!(refused.contains("its weights are still needed"), "{refused}");
}
