//! Training for a chip's own neuron, as a user meets it.

use crate::bench::Bench;
use serde_json::{Value, json};

/// A small network for the digits.
fn network(bench: &Bench, neuron: Value) -> String {
    let path = bench.path("small.json");
    let file = json!({
        "format": "spikemesh.network/1", "description": "a small one", "dataset": "digits",
        "input": {"shape": [1, 8, 8]},
        "layers": [{"kind": "flatten"}, {"kind": "dense", "outputs": 24}, {"kind": "dense", "outputs": 10}],
        "neuron": neuron, "time_steps": 4, "training": {"epochs": 1, "batch": 64, "learning_rate": 0.005},
    });
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

fn plain() -> Value {
    json!({"model": "if", "threshold": 1.0, "reset": "subtract"})
}

fn soma(report: &Value) -> String {
    report["soma"].as_str().unwrap().to_owned()
}

fn notes(report: &Value) -> String {
    report["notes"].to_string()
}

/// The network that is written names the chip's neuron; the chip runs it as it was trained, and says so. Another chip
/// says what no longer holds, and other steps are quantised again.
#[test]
fn a_network_for_a_chip_has_its_neuron_and_nothing_is_idealised() {
    let bench = Bench::new();
    let (network, out) = (network(&bench, plain()), bench.path("t"));
    let train = ["train", "--quiet", "--network", &network, "--for-chip", "loihi", "--epochs", "2", "--out", &out];
    bench.succeed(&[&train[..], &["--leak", "0.9375", "--refractory", "2"]].concat());
    let written = bench.json("t/network.json");
    let neuron = json!({"model": "loihi", "threshold": 1.0, "leak": 0.9375, "refractory": 2});
    assert_eq!((&written["neuron"], &written["trained"]["weight_bits"]), (&neuron, &json!(9)));
    bench.succeed(&["check", &bench.path("t/network.json")]);
    let run = |more: &[&str]| {
        let given =
            ["run", "--quiet", "--network", &out, "--samples", "60", "--overwrite", "--json", &bench.path("r.json")];
        bench.succeed(&[&given[..], more].concat());
        bench.json("r.json")
    };
    for steps in ["4", "3", "9"] {
        let report = run(&["--chip", "loihi", "--steps", steps]);
        assert_eq!(report["mismatched_samples"], json!(0));
        assert_eq!(
            soma(&report),
            "loihi (decays: 4096/4096 and 256/4096, refractory: 2, fires at V > threshold) as loihi has it"
        );
        assert_eq!(notes(&report).contains("quantised again"), steps != "4");
        assert!(!notes(&report).contains("does not have"));
    }
    // Its weights have 9 bits, and that chip 8.
    let report = run(&["--chip", "sram_mesh", "--limits", "report"]);
    assert_eq!(report["mismatched_samples"], json!(0));
    assert!(soma(&report).starts_with("idealised loihi ("), "{}", soma(&report));
    assert!(notes(&report).contains("trained for the neuron \\\"loihi\\\", which sram_mesh does not have"));
    // Continued and finished as ever; weights of another neuron are a start.
    let said = bench.succeed(&[&train[..], &["--leak", "0.9375", "--refractory", "2", "--resume"]].concat());
    assert!(said.contains("nothing to do"), "{said}");
    let tuned = bench.path("tuned");
    let options = ["train", "--quiet", "--network", &out, "--fine-tune", "--epochs", "1", "--out", &tuned];
    bench.succeed(&options);
    assert_eq!(bench.json("tuned/network.json")["neuron"], neuron);
}

/// A file may name the neuron itself; an untrained one is then trained for it, whatever the command says of chips.
#[test]
fn a_file_that_names_the_neuron_is_trained_for_it() {
    let bench = Bench::new();
    let network = network(&bench, json!({"model": "loihi", "threshold": 1.0}));
    bench.succeed(&["check", &network]);
    let out = bench.path("t");
    bench.succeed(&["train", "--quiet", "--network", &network, "--steps", "6", "--out", &out]);
    let written = bench.json("t/network.json");
    assert_eq!(written["neuron"], json!({"model": "loihi", "threshold": 1.0, "leak": 1.0, "refractory": 1}));
    assert_eq!((&written["time_steps"], &written["trained"]["membrane_bits"]), (&json!(6), &json!(24)));
}

/// The networks that come with the program for a chip's own neuron run on it as they are.
#[test]
fn networks_come_with_the_neuron_of_loihi() {
    let bench = Bench::new();
    for name in ["digits-mlp-loihi", "digits-cnn-loihi"] {
        let given = ["run", "--quiet", "--network", name, "--chip", "loihi", "--samples", "40", "--overwrite"];
        bench.succeed(&[&given[..], &["--json", &bench.path("r.json")]].concat());
        let report = bench.json("r.json");
        assert_eq!(report["mismatched_samples"], json!(0), "{name}");
        assert!(soma(&report).ends_with("as loihi has it"), "{name}: {}", soma(&report));
        assert!(report["accuracy"].as_f64().unwrap() > 0.9, "{name}");
    }
}

/// Those for chips that let only spikes in and out are mapped within all limits, and do what was trained.
#[test]
fn networks_come_with_the_neurons_of_other_chips() {
    let bench = Bench::new();
    for (chip, name, least) in [
        ("truenorth", "digits-mlp-truenorth", 0.94),
        ("ranc", "digits-mlp-ranc", 0.94),
        ("odin", "digits-mlp-odin", 0.85),
        ("speck", "digits-cnn-speck", 0.9),
    ] {
        let given = ["run", "--quiet", "--network", name, "--chip", chip, "--samples", "100", "--overwrite"];
        bench.succeed(&[&given[..], &["--json", &bench.path("r.json")]].concat());
        let report = bench.json("r.json");
        assert_eq!((&report["mismatched_samples"], &report["limit_violations"]), (&json!(0), &json!([])), "{name}");
        assert!(soma(&report).ends_with(&format!("as {chip} has it")), "{name}: {}", soma(&report));
        assert!(report["accuracy"].as_f64().unwrap() >= least, "{name}: {}", report["accuracy"]);
        let pairs = notes(&report).contains("64 inputs come in on 128 axons");
        assert_eq!(pairs, chip != "speck", "{name}: {}", notes(&report));
    }
}

/// A chip that lets only spikes in and out gets values as spikes, and says so; what it cannot do is refused.
#[test]
fn a_network_for_a_chip_of_spikes_reads_spikes() {
    let bench = Bench::new();
    let (network, out) = (network(&bench, plain()), bench.path("t"));
    let train = ["train", "--network", &network, "--for-chip", "truenorth", "--epochs", "2", "--out", &out];
    bench.succeed(&train);
    let written = bench.json("t/network.json");
    assert_eq!(written["neuron"], json!({"model": "truenorth", "threshold": 1.0, "reset": "linear"}));
    assert_eq!(written["input"]["encoding"], json!("rate"));
    bench.succeed(&["check", &bench.path("t/network.json")]);
    let mut direct = written.clone();
    direct.as_object_mut().unwrap().remove("trained");
    direct["input"] = json!({"shape": [1, 8, 8]});
    let path = bench.path("direct.json");
    std::fs::write(&path, direct.to_string()).unwrap();
    let found = bench.fail(&["check", &path]);
    assert!(found.contains("truenorth (reset: linear, ternary weights) takes no currents from the host"), "{found}");
    let leak = bench.fail(&[&train[..], &["--leak", "0.9", "--overwrite"]].concat());
    assert!(leak.contains("lose no share of themselves"), "{leak}");
}

#[test]
fn what_no_network_is_trained_for_is_refused() {
    let bench = Bench::new();
    let network = network(&bench, plain());
    let refused = |options: &[&str]| {
        bench.fail(&[&["train", "--quiet", "--network", &network, "--out", &bench.path("t")][..], options].concat())
    };
    let unknown = refused(&["--for-chip", "loihy"]);
    assert!(unknown.contains("did you mean") && unknown.contains("loihi"), "{unknown}");
    let own = bench.path("own.json");
    let chip = json!({"extends": "loihi", "name": "other", "neurons": [{"model": "lif", "reset": "zero"}]});
    std::fs::write(&own, chip.to_string()).unwrap();
    let other = refused(&["--for-chip", &own]);
    assert!(other.contains("found other, whose neurons (lif) no network is trained for"), "{other}");
    for (options, expected) in [
        (&["--refractory", "3"][..], "integrate and fire (reset: subtract) has no refractory time"),
        (&["--for-chip", "loihi", "--refractory", "65"], "--refractory: found 65, allowed: 1 to 64"),
        (&["--for-chip", "loihi", "--leak", "0"], "--leak: found 0, allowed: 1/4096 to 1"),
        (&["--for-chip", "loihi", "--rule", "local"], "found local, allowed: tandem, with loihi"),
        (&["--for-chip", "loihi", "--weight-bits", "2"], "found 2, allowed: 3 to 9"),
    ] {
        let found = refused(options);
        assert!(found.contains(expected), "{options:?}: {found}");
    }
}
