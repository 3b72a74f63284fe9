//! Where a user starts: files that `init` writes, files of what is built in, sweeps from files, and `--set` wherever a chip
//! is named.

use crate::bench::{Bench, text};
use crate::common::text_of;
use serde_json::{Value, json};
use spikemesh::session::catalog;
use std::process::{Command, Output};

/// Runs a command in the folder itself, as a user would.
fn here(bench: &Bench, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(arguments).env("SPIKEMESH_CACHE", bench.path("cache")).env_remove("SPIKEMESH_DATA");
    command.current_dir(bench.path(".")).output().unwrap()
}

fn done(bench: &Bench, arguments: &[&str]) -> String {
    let output = here(bench, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path(name)).unwrap()
}

/// The commands that `init` says come next; options that make them shorter are added.
fn follow(bench: &Bench, said: &str, shorter: &[&str]) -> Vec<String> {
    let commands: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  spikemesh ")).collect();
    assert!(!commands.is_empty(), "{said}");
    let run = |command: &&str| {
        let mut words: Vec<&str> = command.split(' ').collect();
        if words[0] != "check" {
            words.extend(shorter);
        }
        done(bench, &words)
    };
    commands.iter().map(run).collect()
}

#[test]
fn a_chip_of_ones_own_is_two_changed_lines_away() {
    let bench = Bench::new();
    let said = done(&bench, &["init", "chip", "my_chip.json", "--from", "loihi"]);
    let before = follow(&bench, &said, &["--samples", "5"]);
    assert!(before[0].contains("a valid chip of 128 cores") && before[0].contains("changes 0 values"), "{}", before[0]);
    let changed = read(&bench, "my_chip.json").replacen("\"width\": 8", "\"width\": 4", 1);
    let changed = changed.replacen("\"max_neurons\": 1024", "\"max_neurons\": 32", 1);
    std::fs::write(bench.path("my_chip.json"), changed).unwrap();
    let after = follow(&bench, &said, &["--samples", "5"]);
    assert!(after[0].contains("a valid chip of 64 cores"), "{}", after[0]);
    assert!(after[1].contains("my_chip from my_chip.json, extends loihi (built-in), changes 2 values"), "{}", after[1]);
    assert_ne!(before[1], after[1]);
    // The example in the comment is a constant that can be changed.
    let file: Value = serde_json::from_str(&read(&bench, "my_chip.json")).unwrap();
    let comment = file["calibrations"]["silicon_fit"]["$comment"][1].as_str().unwrap();
    let mut file = file.clone();
    let example: Value = serde_json::from_str(&format!("{{{comment}}}")).unwrap();
    file["calibrations"]["silicon_fit"]["costs"] = example["costs"].clone();
    std::fs::write(bench.path("my_chip.json"), file.to_string()).unwrap();
    assert!(done(&bench, &["check", "my_chip.json"]).contains("changes 5 values"));
}

#[test]
fn every_chip_can_be_started_from() {
    let bench = Bench::new();
    for name in catalog::CHIPS.names() {
        let (overlay, whole) = (format!("{name}_over.json"), format!("{name}_whole.json"));
        done(&bench, &["init", "chip", &overlay, "--from", &name]);
        done(&bench, &["init", "chip", &whole, "--from", &name, "--whole"]);
        let [base, overlay, whole] =
            [name.clone(), bench.path(&overlay), bench.path(&whole)].map(|file| catalog::chip(&file).unwrap());
        for chip in [&overlay, &whole] {
            assert_eq!((chip.structure(), chip.facts()), (base.structure(), base.facts()), "{name}");
        }
        assert_eq!((overlay.name(), whole.name()), (&*format!("{name}_over"), &*format!("{name}_whole")));
    }
}

#[test]
fn networks_and_sweeps_are_started_and_run() {
    let bench = Bench::new();
    let said = done(&bench, &["init", "network", "net.json"]);
    done(&bench, &["check", "net.json"]);
    let trained = done(&bench, &["train", "--network", "net.json", "--out", "trained/my_network", "--epochs", "2"]);
    assert!(said.contains("spikemesh train --network net.json --out trained/my_network"), "{said}");
    assert!(trained.contains("written to trained/my_network"), "{trained}");
    assert!(said.contains("spikemesh run --network trained/my_network"), "{said}");
    done(&bench, &["run", "--network", "trained/my_network", "--samples", "3"]);
    let said = done(&bench, &["init", "network", "sparse.json", "--sparse"]);
    done(&bench, &["check", "sparse.json"]);
    follow(&bench, &said, &["--quiet", "--json", "ran.json"]);
    assert!(bench.json("ran.json")["totals"]["spikes"].as_u64().unwrap() > 0);
    let said = done(&bench, &["init", "sweep", "sweep.json"]);
    assert!(done(&bench, &["check", "sweep.json"]).contains("a valid sweep of 8 configurations of digits-mlp"));
    assert!(follow(&bench, &said, &["--samples", "2"])[0].contains("8 configurations · 2 samples"));
    // All three keep their schemas.
    let schema = |kind: &str| serde_json::from_str::<Value>(&done(&bench, &["check", "--schema", kind])).unwrap();
    for (kind, file) in [("network", "net.json"), ("sparse", "sparse.json"), ("sweep", "sweep.json")] {
        let validator = jsonschema::draft202012::new(&schema(kind)).unwrap();
        let file: Value = serde_json::from_str(&read(&bench, file)).unwrap();
        let errors: Vec<String> = validator.iter_errors(&file).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{kind}: {errors:?}");
    }
}

#[test]
fn a_file_that_is_there_is_not_replaced() {
    let bench = Bench::new();
    for kind in ["chip", "network", "sweep"] {
        std::fs::write(bench.path("mine.json"), "my work").unwrap();
        let output = here(&bench, &["init", kind, "mine.json"]);
        let message = text(&output.stderr);
        assert_eq!((output.status.code(), &*read(&bench, "mine.json")), (Some(2), "my work"), "{message}");
        assert!(message.contains("mine.json is there already") && message.contains("--overwrite"), "{message}");
        done(&bench, &["init", kind, "mine.json", "--overwrite"]);
        done(&bench, &["check", "mine.json"]);
        assert!(!done(&bench, &["init", kind, "-"]).is_empty());
    }
    let message = bench.fail(&["init", "chip", &bench.path("x.json"), "--from", "lohi"]);
    assert!(message.contains("did you mean \"loihi\"?"), "{message}");
    // A base in another folder is found from there.
    std::fs::create_dir(bench.path("sub")).unwrap();
    done(&bench, &["init", "chip", "base.json"]);
    done(&bench, &["init", "chip", "sub/mine.json", "--from", "./base.json"]);
    assert!(done(&bench, &["check", "sub/mine.json"]).contains("base.json, changes 0 values"));
}

#[test]
fn files_of_what_is_built_in_can_be_copied() {
    let bench = Bench::new();
    for name in ["loihi", "odin"] {
        let copy = format!("{name}.json");
        assert_eq!(done(&bench, &["chips", name, "--json", &copy]), "");
        assert_eq!(read(&bench, &copy), done(&bench, &["chips", name, "--json"]));
        let [built_in, own] = [name.to_owned(), bench.path(&copy)].map(|file| catalog::chip(&file).unwrap());
        assert_eq!(built_in, own);
        // An editor finds no schema beside the copy.
        assert!(!read(&bench, &copy).contains("$schema") && text_of(&format!("hw_models/{copy}")).contains("$schema"));
    }
    let set = done(&bench, &["chips", "loihi", "--set", "core.max_neurons=7", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&set).unwrap()["core"]["max_neurons"], json!(7));
    done(&bench, &["networks", "digits-cnn", "--json", "cnn.json"]);
    done(&bench, &["check", "cnn.json"]);
    assert!(done(&bench, &["networks", "digits-cnn"]).starts_with("digits-cnn\n  two convolutions"));
    assert!(done(&bench, &["networks", "cnn.json"]).contains("19578 parameters"));
    let message = text(&here(&bench, &["chips", "odin", "--json", "loihi.json"]).stderr);
    assert!(message.contains("loihi.json is there already"), "{message}");
    // A name that is taken for a file to write to is refused, not written.
    assert_eq!(here(&bench, &["chips", "--json", "loihi"]).status.code(), Some(2));
    assert!(!std::path::Path::new(&bench.path("loihi")).exists());
}

#[test]
fn values_are_set_wherever_a_chip_is_named() {
    let bench = Bench::new();
    let set = ["--set", "core.max_neurons=16"];
    let with = |command: &[&str]| done(&bench, &[command, &set[..]].concat());
    let note = "core.max_neurons of the chip was set to 16; its file has 1024";
    for command in [&["map", "--quiet", "--network", "digits-mlp"][..], &["chips", "loihi"], &["check", "loihi"]] {
        let said = with(command).replace('\n', " ");
        assert!(said.contains(note), "{command:?}: {said}");
    }
    assert!(
        with(&["noc", "--quiet", "--chip", "loihi", "--rate", "0.01", "--cycles", "500"])
            .contains("core.max_neurons set to 16")
    );
    let run = ["run", "--quiet", "--network", "digits-mlp", "--samples", "2", "--json"];
    with(&[&run[..], &["set.json"]].concat());
    assert!(bench.json("set.json")["notes"].as_array().unwrap().contains(&json!(note)));
    done(&bench, &[&run[..], &["run.json"]].concat());
    let other = here(&bench, &["report", "run.json", "--set", "mesh.width=4"]);
    assert!(text(&other.stderr).contains("is not the one that the run used"), "{}", text(&other.stderr));
    done(&bench, &["report", "run.json", "--set", "clock.reference=false", "--json", "clock.json"]);
    let clock = bench.json("clock.json")["notes"].to_string();
    assert!(clock.contains("clock.reference of the chip was set to false"), "{clock}");
    let train = [
        "train",
        "--for-chip",
        "loihi",
        "--set",
        "core.weight_bits=4",
        "--epochs",
        "1",
        "--out",
        "t",
        "--network",
        "small.json",
    ];
    done(&bench, &train);
    assert!(read(&bench, "t/network.json").contains("\"weight_bits\": 4"));
    // Words and truth values, in sweeps too.
    let rows = done(&bench, &["compare", "--quiet", "--samples", "1", "--set", "mesh.routing=xy,yx"]);
    assert!(rows.contains(" routing ") && rows.contains("2 configurations"), "{rows}");
}

#[test]
fn what_cannot_be_set_is_refused_with_all_problems() {
    let bench = Bench::new();
    let message =
        bench.fail(&["map", "--set", "core.max_neuron=3", "--set", "mesh.routng=yx", "--set", "core.max_axons_in=few"]);
    for part in [
        "has no value to set at \"core.max_neuron\"; did you mean \"core.max_neurons\"?",
        "has no value to set at \"mesh.routng\"; did you mean \"mesh.routing\"?",
        "found \"few\" for core.max_axons_in, expected a number",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let message = bench.fail(&["map", "--set", "mesh.routing=zz"]);
    assert!(message.contains("mesh.routing: found \"zz\", allowed: xy, yx"), "{message}");
    // A constant alone would keep the source of another value.
    let message = bench.fail(&["run", "--set", "calibrations.silicon_fit.costs.synapse.energy=3 pJ"]);
    assert!(message.contains("is a constant, which changes only together with its kind and source"), "{message}");
    let message = bench.fail(&["run", "--set", "sources.board=mine"]);
    assert!(message.contains("has no value to set at \"sources.board\""), "{message}");
    assert!(bench.fail(&["noc", "--set", "mesh.width=4"]).contains("--set: changes a chip: name it with --chip"));
    assert!(bench.fail(&["chips", "--set", "mesh.width=4"]).contains("--set: changes one chip"));
    assert!(bench.fail(&["check", &bench.path("small.json"), "--set", "a=1"]).contains("--set: changes a chip"));
    assert!(bench.fail(&["check", "lohi"]).contains("did you mean \"loihi\"?"));
}

#[test]
fn a_sweep_file_is_the_command_line_it_stands_for() {
    let bench = Bench::new();
    let sweep = json!({
        "format": "spikemesh.sweep/1", "chips": ["loihi", "./mine.json"], "set": {"core.max_neurons": [32, 64], "steps": [2, 3]},
        "zip": true, "samples": 3, "timing": "ideal", "pareto": ["energy_pj", "latency_ns"],
    });
    std::fs::create_dir(bench.path("sub")).unwrap();
    std::fs::write(bench.path("sub/sweep.json"), sweep.to_string()).unwrap();
    std::fs::write(bench.path("sub/mine.json"), r#"{"extends": "loihi", "mesh": {"width": 4}}"#).unwrap();
    let options =
        ["--quiet", "--chips", "loihi,sub/mine.json", "--set", "core.max_neurons=32,64", "--set", "steps=2,3", "--zip"];
    let rest = ["--samples", "3", "--timing", "ideal", "--pareto", "energy_pj,latency_ns"];
    let file = ["compare", "--quiet", "--file", "sub/sweep.json"];
    assert_eq!(done(&bench, &file), done(&bench, &[&["compare"], &options[..], &rest].concat()));
    // The command line goes before the file, with a default value too.
    let of_file = done(&bench, &[&file[..], &["--timing", "event", "--set", "steps=2,4", "--chips", "loihi"]].concat());
    let options = ["--quiet", "--chips", "loihi", "--set", "core.max_neurons=32,64", "--set", "steps=2,4", "--zip"];
    let rest = ["--samples", "3", "--pareto", "energy_pj,latency_ns"];
    assert_eq!(of_file, done(&bench, &[&["compare"], &options[..], &rest].concat()));
}

#[test]
fn all_problems_of_a_sweep_file_are_listed() {
    let bench = Bench::new();
    let said = |sweep: Value| {
        std::fs::write(bench.path("sweep.json"), sweep.to_string()).unwrap();
        let file = bench.path("sweep.json");
        let checked = bench.fail(&["check", &file]);
        assert!(!bench.fail(&["compare", "--file", &file]).is_empty());
        checked
    };
    let message = said(json!({"format": "spikemesh.sweep/1", "chps": ["loihi"], "samples": 0, "timing": "evnt"}));
    for part in ["chps: unknown field", "did you mean \"chips\"?", "samples: found 0", "did you mean \"event\"?"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let message = said(json!({"format": "spikemesh.sweep/1", "chips": ["lohi", "./none.json"]}));
    assert!(message.contains("did you mean \"loihi\"?") && message.contains("none.json: cannot be read"), "{message}");
    let message = said(json!({"format": "spikemesh.sweep/1", "set": {"core.max_neuron": [2], "stps": [3]}}));
    assert!(
        message.contains("did you mean \"core.max_neurons\"?") && message.contains("option \"steps\""),
        "{message}"
    );
}
