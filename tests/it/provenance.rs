//! What outputs say of their making: each has the program, digests and the command, and what varies is in one place.

use crate::bench::Bench;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MADE_BY: &str = concat!("spikemesh ", env!("CARGO_PKG_VERSION"));

/// Commands with what they read, by kind; `@` is a file of the kind that the option before it writes.
fn commands(bench: &Bench) -> Vec<(Vec<String>, &'static [&'static str])> {
    let (saved, other) = (bench.path("saved.json"), bench.path("other.json"));
    let all: [(&str, &[&str]); 8] = [
        ("run --network digits-mlp --samples 3 --json @json --html @html", &["chip", "data", "network"]),
        ("run --network random:seed=1,neurons=256,cores=4 --steps 5 --json @json", &["chip", "network"]),
        ("map --network digits-mlp --json @json --html @html", &["chip", "network"]),
        (
            "compare --network digits-mlp --samples 3 --set steps=2,4 --json @json --html @html --csv @csv",
            &["chip", "comparison", "data", "network"],
        ),
        ("noc --chip loihi --rate 0.01,0.02 --cycles 300 --json @json --html @html --csv @csv", &["chip"]),
        ("validate break-even --json @json", &[]),
        ("diff SAVED OTHER --json @json", &["chip", "data", "network"]),
        ("report SAVED --html @html", &["chip", "data", "network"]),
    ];
    let word = |word: &str| match word {
        "SAVED" => saved.clone(),
        "OTHER" => other.clone(),
        word => word.to_owned(),
    };
    all.into_iter().map(|(line, kinds)| (line.split(' ').map(word).collect(), kinds)).collect()
}

/// Runs a command with files of a name; gives them by kind.
fn outputs(bench: &Bench, command: &[String], name: &str, threads: &str) -> Vec<(String, String)> {
    let path = |kind: &str| bench.path(&format!("{name}.{kind}"));
    // An output replaces only one of its own kind.
    for kind in ["json", "html", "csv", "csv-metadata.json"] {
        let _ = std::fs::remove_file(path(kind));
    }
    let place = |word: &String| word.strip_prefix('@').map_or_else(|| word.clone(), path);
    let mut arguments: Vec<String> = command.iter().map(place).chain(["--quiet".into()]).collect();
    if !matches!(command[0].as_str(), "map" | "validate" | "diff" | "report") {
        arguments.extend(["--threads".into(), threads.into()]);
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert!(matches!(bench.run(&words).status.code(), Some(0 | 1)), "{words:?}");
    let kinds = command.iter().filter_map(|word| word.strip_prefix('@'));
    kinds.map(|kind| (kind.to_owned(), std::fs::read_to_string(path(kind)).unwrap())).collect()
}

fn kinds_of(digests: &Value) -> BTreeSet<String> {
    let digest = |known: &Value| {
        let hex = known["digest"].as_str().unwrap();
        assert!(
            hex.len() == 16
                && hex.chars().all(|c| c.is_ascii_hexdigit())
                && !known["name"].as_str().unwrap().is_empty()
        );
        known["what"].as_str().unwrap().to_owned()
    };
    digests.as_array().unwrap().iter().map(digest).collect()
}

/// A report without what may vary, by the guide: `host`, and the two fields that some have at the top, and points of `noc`.
fn settled(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    let fields = report.as_object_mut().unwrap();
    assert!(fields.remove("host").is_some());
    for name in ["threads", "wall_seconds"] {
        fields.remove(name);
    }
    if let Some(points) = fields.get_mut("points").and_then(Value::as_array_mut) {
        points.iter_mut().for_each(|point| drop(point.as_object_mut().unwrap().remove("wall_seconds")));
    }
    report
}

fn has_its_making(kind: &str, text: &str, kinds: &[&str], command: &str) {
    match kind {
        "json" => {
            let report: Value = serde_json::from_str(text).unwrap();
            assert_eq!(report["made_by"], MADE_BY, "{command}");
            let said = report["host"]["command"].as_str().unwrap();
            assert!(said.starts_with(&format!("spikemesh {command} ")), "{said}");
            assert_eq!(kinds_of(&report["digests"]), kinds.iter().map(ToString::to_string).collect(), "{command}");
            for name in ["threads", "wall_seconds"] {
                let at_the_top = &report[name];
                assert!(at_the_top.is_null() || *at_the_top == report["host"][name], "{command}: {name}");
            }
        }
        "html" => {
            for what in kinds {
                assert!(text.contains(&format!("<meta name=\"spikemesh:{what}\" content=\"")), "{command}: {what}");
            }
            assert!(
                text.contains(&format!("<meta name=\"spikemesh:command\" content=\"spikemesh {command} ")),
                "{command}"
            );
            assert!(text.contains(&format!("version {}", env!("CARGO_PKG_VERSION"))), "{command}");
        }
        "csv" => assert!(!text.contains('#') && text.lines().count() == 3, "a table has rows alone: {text}"),
        other => panic!("{other}"),
    }
}

#[test]
fn every_output_says_how_it_was_made_and_what_varies_is_in_one_place() {
    let bench = Bench::new();
    for (name, steps) in [("saved.json", "4"), ("other.json", "8")] {
        let path = bench.path(name);
        let run = ["run", "--network", "digits-mlp", "--samples", "3", "--quiet", "--steps", steps, "--json", &path];
        bench.succeed(&run);
    }
    for (command, kinds) in commands(&bench) {
        let (one, two) = (outputs(&bench, &command, "one", "1"), outputs(&bench, &command, "two", "2"));
        for ((kind, first), (_, second)) in one.iter().zip(&two) {
            has_its_making(kind, first, kinds, &command[0]);
            match kind.as_str() {
                "json" => assert_eq!(settled(first), settled(second), "{command:?}"),
                "csv" => {
                    assert_eq!(first, second, "{command:?}");
                    let beside = bench.json("one.csv-metadata.json");
                    assert_eq!((&beside["schema"], &beside["table"]), (&json!("spikemesh.table/1"), &json!("one.csv")));
                    has_its_making("json", &beside.to_string(), kinds, &command[0]);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn digests_are_those_of_what_was_changed() {
    let bench = Bench::new();
    let digest = |options: &[&str], what: &str| {
        let path = bench.path("run.json");
        let run = ["run", "--network", "digits-mlp", "--samples", "1", "--quiet", "--json", &path];
        bench.succeed(&[&run[..], options].concat());
        let digests = bench.json("run.json")["digests"].as_array().unwrap().clone();
        digests.iter().find(|known| known["what"] == what).unwrap()["digest"].clone()
    };
    let plain = digest(&[], "chip");
    assert_eq!(plain, digest(&["--steps", "2"], "chip"));
    assert_ne!(plain, digest(&["--set", "core.max_neurons=512"], "chip"));
    // A constant is no part of the structure, but of the chip.
    let other = bench.chip_of("other", "loihi", "davies2018");
    assert_ne!(plain, digest(&["--chip", &other], "chip"));
    assert_eq!(digest(&[], "network"), digest(&["--chip", "sram_mesh"], "network"));
}

#[test]
fn a_training_says_how_it_was_made_and_its_history_has_nothing_that_varies() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let train = |name: &str, threads: &str| {
        let (out, json) = (bench.path(name), bench.path(&format!("{name}.json")));
        let words = ["train", "--network", &network, "--out", &out, "--json", &json, "--threads", threads, "--quiet"];
        bench.succeed(&[&words[..], &["--report", "--report-samples", "20"]].concat());
        let file = |file: &str| std::fs::read_to_string(bench.path(&format!("{name}/{file}"))).unwrap();
        (std::fs::read_to_string(&json).unwrap(), file("history.json"), file("report.json"), file("report.html"))
    };
    let (one, two) = (train("one", "1"), train("two", "2"));
    assert_eq!(one.1, two.1);
    assert_eq!(kinds_of(&serde_json::from_str::<Value>(&one.1).unwrap()["digests"]).len(), 3);
    assert_eq!(settled(&one.2), settled(&two.2));
    for text in [&one.0, &one.2] {
        let report: Value = serde_json::from_str(text).unwrap();
        assert!(report["host"]["command"].as_str().unwrap().starts_with("spikemesh train "), "{report}");
        assert!(report["made_by"].as_str().unwrap().starts_with("spikemesh"), "{report}");
        assert!(kinds_of(&report["digests"]).contains("network") && kinds_of(&report["digests"]).contains("data"));
    }
    assert!(one.3.contains("<meta name=\"spikemesh:network\""), "the page of a training");
}
