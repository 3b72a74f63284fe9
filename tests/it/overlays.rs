//! Chip files that extend other chips: what they mean, where they say that values are from, and what is wrong with them.

use crate::bench::Bench;
use crate::common::{plain_file, text_of};
use serde_json::{Value, json};
use spikemesh::hw::{self, Chip};
use spikemesh::session::catalog;

/// A small overlay of Loihi: two values of the structure and a constant.
fn small() -> Value {
    json!({
        "$comment": ["read by people", "only"],
        "extends": "loihi",
        "name": "small_loihi",
        "mesh": {"width": 4, "$comment": "half of it"},
        "core": {"max_neurons": 64},
        "calibrations": {"silicon_fit": {"costs": {"synapse": {"energy": "20 pJ", "kind": "model", "source": "mine"}}}},
        "sources": {"mine": "a model of mine"},
    })
}

fn write(bench: &Bench, name: &str, value: &Value) -> String {
    let path = bench.path(name);
    std::fs::write(&path, value.to_string()).unwrap();
    path
}

fn fact<'c>(chip: &'c Chip, path: &str) -> Option<(&'static str, Option<&'c str>)> {
    let fact = chip.facts().iter().find(|fact| fact.path == path)?;
    Some((fact.kind.name(), fact.note.as_deref()))
}

#[test]
fn an_overlay_is_the_whole_file_with_its_values() {
    let bench = Bench::new();
    let file = write(&bench, "small.json", &small());
    let chip = catalog::chip(&file).unwrap();
    let mut whole = plain_file("loihi");
    whole["mesh"]["width"] = json!(4);
    whole["core"]["max_neurons"] = json!(64);
    let whole = Chip::from_value("whole", &whole).unwrap();
    assert_eq!((chip.name(), chip.structure()), ("small_loihi", whole.structure()));
    assert_eq!((chip.noc(), chip.core()), (whole.noc(), whole.core()));
    // Values that nobody changed keep their facts; the others are assumed, and say what they were.
    let note = "set to 64 in an overlay; 1024 in loihi";
    assert_eq!(fact(&chip, "core.max_neurons"), Some(("assumed", Some(note))));
    let loihi = catalog::chip("loihi").unwrap();
    assert_eq!(fact(&chip, "core.max_delay"), fact(&loihi, "core.max_delay"));
    // A fact of the overlay's own stays as it is.
    let mut own = small();
    own["facts"] = json!({"core.max_neurons": {"kind": "documented", "source": "mine"}});
    let own = catalog::chip(&write(&bench, "own.json", &own)).unwrap();
    assert_eq!(fact(&own, "core.max_neurons"), Some(("documented", None)));
    assert!(fact(&own, "mesh.width").is_some_and(|(kind, _)| kind == "assumed"));
    // What is printed whole is the same chip.
    let merged = bench.succeed(&["chips", &file, "--json", "--merged"]);
    std::fs::write(bench.path("merged.json"), &merged).unwrap();
    let merged = hw::load(std::path::Path::new(&bench.path("merged.json"))).unwrap();
    assert_eq!(merged, chip);
}

#[test]
fn null_keeps_its_meaning_and_fields_are_left_out_by_name() {
    let bench = Bench::new();
    let mut file = small();
    file["calibrations"] = json!({"silicon_fit": {"costs": {"synapse": {"$replace": true, "energy": null}}}});
    file["core"] = json!({"max_fan_in": null, "synapses": {"$replace": true, "kind": "sram", "bits": 4096, "word_bits": 64,
        "row_overhead_bits": 0, "index_bits": 10}});
    file["$remove"] = json!(["neurons"]);
    let error = catalog::chip(&write(&bench, "a.json", &file)).unwrap_err().to_string();
    assert!(error.contains("neurons: missing"), "{error}");
    file["$remove"] = json!(["facts"]);
    file["calibrations"] = json!({"silicon_fit": {"costs": {"synapse": {
        "$replace": true, "energy": null, "latency": "1 ns", "kind": "assumed", "source": "mine"}}}});
    let chip = catalog::chip(&write(&bench, "b.json", &file)).unwrap();
    let cost = chip.calibration(Some("silicon_fit")).unwrap().cost(spikemesh::stats::Op::Synapse).energy;
    assert_eq!(cost, hw::Energy::Unpriced);
}

#[test]
fn all_problems_of_an_overlay_are_listed_with_the_file_that_they_are_in() {
    let bench = Bench::new();
    let mut file = small();
    file["mesh"] = json!({"width": 4, "hieght": 2});
    file["core"]["max_neurons"] = json!(-1);
    file["calibrations"]["silicon_fit"]["costs"] = json!({
        "synapse": {"energy": "20 pJ"},
        "soma_access": {"latency": "1 ns", "source": "mine"},
        "hop_ns": {"energy": "1 pJ", "kind": "model", "source": "mnie"},
    });
    let file = write(&bench, "bad.json", &file);
    let costs = "calibrations.silicon_fit.costs";
    let base = "of this constant would still be of loihi (built-in): give both here";
    let message = bench.fail(&["check", &file]);
    for part in [
        format!("{file}: mesh.hieght: unknown field; known: "),
        "did you mean \"height\"?".to_owned(),
        format!("{file}: core.max_neurons: found -1, expected "),
        format!("{file}: {costs}.synapse.energy: is changed, but the kind and source {base}"),
        format!("{file}: {costs}.soma_access.latency: is changed, but the kind {base}"),
        format!("{file}: {costs}.hop_ns.source: found \"mnie\", allowed: "),
        "did you mean \"mine\"?".to_owned(),
    ] {
        assert!(message.contains(&part), "{part}\n{message}");
    }
    // A value of the base that does not go with the overlay is named as such.
    let base = json!({"extends": "loihi", "mesh": {"host_tile": [7, 3]}});
    let base = write(&bench, "base.json", &base);
    let file = write(&bench, "narrow.json", &json!({"extends": "base.json", "mesh": {"width": 4}}));
    let message = bench.fail(&["check", &file]);
    assert!(message.contains("narrow.json: mesh.host_tile"), "{message}");
    assert!(message.contains(&format!("(this value is from {base})")), "{message}");
    // A fault of the base alone is told of the base.
    write(&bench, "base.json", &json!({"extends": "loihi", "mesh": {"widht": 3}}));
    let message = bench.fail(&["check", &file]);
    assert!(message.contains(&format!("base.json (extended by {file}): mesh.widht: unknown field")), "{message}");
}

#[test]
fn a_base_that_is_not_there_or_goes_in_a_circle_is_named() {
    let bench = Bench::new();
    let said = |extends: Value| bench.fail(&["check", &write(&bench, "a.json", &json!({"extends": extends}))]);
    let parts = [
        (json!("lohi"), "a.json: extends: no built-in chip is called \"lohi\"; there are crossbar, "),
        (json!("lohi"), "did you mean \"loihi\"?"),
        (json!("small"), "for the file beside this one: ./small.json"),
        (json!("./none.json"), "none.json (extended by "),
        (json!(3), "a.json: extends: expected the name of a built-in chip, or the path of a chip file"),
        (json!("./a.json"), "extends: the files extend each other: "),
        (json!("b.json"), "extends: the files extend each other: "),
    ];
    write(&bench, "b.json", &json!({"extends": "./a.json"}));
    for (extends, part) in parts {
        let message = said(extends.clone());
        assert!(message.contains(part), "{extends}: {message}");
    }
    // A long row of files ends; a shorter one is read.
    for number in 0..12 {
        write(&bench, &format!("{number}.json"), &json!({"extends": format!("./{}.json", number + 1)}));
    }
    write(&bench, "7.json", &json!({"extends": "loihi", "mesh": {"width": 2}}));
    assert!(bench.succeed(&["check", &bench.path("0.json")]).contains("a valid chip of 32 cores"));
    write(&bench, "7.json", &json!({"extends": "./8.json"}));
    let message = bench.fail(&["check", &bench.path("0.json")]);
    assert!(message.contains("more than 8 files extend each other"), "{message}");
    // A text in memory is in no folder.
    let error = Chip::from_json("text", r#"{"extends": "./a.json"}"#).unwrap_err().to_string();
    assert!(error.starts_with("text: extends: a path starts at the folder of the file"), "{error}");
    assert_eq!(Chip::from_json("text", r#"{"extends": "loihi"}"#).unwrap().noc().cores(), 128);
}

#[test]
fn reports_say_what_a_chip_extends() {
    let bench = Bench::new();
    let file = write(&bench, "small.json", &small());
    let (run, again) = (bench.path("run.json"), bench.path("again.json"));
    let printed = bench.succeed(&[
        "run",
        "--quiet",
        "--network",
        "digits-mlp",
        "--samples",
        "5",
        "--chip",
        &file,
        "--json",
        &run,
    ]);
    let first = format!("chip small_loihi from {file}, extends loihi (built-in), changes 5 values (digest ");
    assert!(printed.replace('\n', " ").starts_with(&first), "{printed}");
    let report = bench.json("run.json");
    assert_eq!(
        (&report["chip"], &report["origins"][0]["extends"]),
        (&json!("small_loihi"), &json!("loihi (built-in)"))
    );
    assert_eq!(report["origins"][0]["changes"], json!(5));
    // Read back, and priced again with the same file.
    assert_eq!(bench.succeed(&["report", "--quiet", &run, "--json", &again]), printed);
    assert_eq!(bench.json("again.json"), report);
    bench.succeed(&["report", &run, "--chip", &file, "--json", &again]);
    assert_eq!(bench.json("again.json")["per_inference"], report["per_inference"]);
    let compared = bench.succeed(&["compare", "--quiet", "--samples", "5", "--chips", &format!("loihi,{file}")]);
    assert!(compared.contains("extends loihi (built-in)") && compared.contains(" small_loihi "), "{compared}");
    assert!(bench.succeed(&["chips", &file]).contains("extends loihi (built-in), changes 5 values"));
    // The digest is of what the chip is: another base under the same overlay is another chip.
    let digest = |name: &str| catalog::named_chip(name).unwrap().1.unwrap().digest;
    let same = write(&bench, "same.json", &small());
    let mut other = small();
    other["extends"] = json!("./base.json");
    let mut base: Value = serde_json::from_str(&text_of("hw_models/loihi.json")).unwrap();
    base.as_object_mut().unwrap().remove("$schema");
    write(&bench, "base.json", &base);
    let other = write(&bench, "other.json", &other);
    assert_eq!(catalog::chip(&same).unwrap().structure(), catalog::chip(&other).unwrap().structure());
    base["mesh"]["buffer_flits"] = json!(2);
    let before = digest(&other);
    write(&bench, "base.json", &base);
    assert_ne!(digest(&other), before);
}

#[test]
fn comments_may_be_anywhere_in_chips_networks_and_sweeps() {
    /// A comment in every object.
    fn comment(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.values_mut().for_each(comment);
                map.insert("$comment".into(), json!("a comment"));
            }
            Value::Array(items) => items.iter_mut().for_each(comment),
            _ => {}
        }
    }
    let bench = Bench::new();
    let chip: Value = serde_json::from_str(&text_of("hw_models/truenorth.json")).unwrap();
    let network: Value = serde_json::from_str(&text_of("networks/digits-cnn.json")).unwrap();
    let sweep = json!({"format": "spikemesh.sweep/1", "chips": ["loihi"], "set": {"steps": [2]}});
    for (kind, mut file) in [(0, chip.clone()), (1, network)] {
        comment(&mut file);
        crate::common::keeps_schema(kind, &file);
        bench.succeed(&["check", &write(&bench, "commented.json", &file)]);
    }
    let mut commented = chip.clone();
    comment(&mut commented);
    assert_eq!(Chip::from_value("a", &chip).unwrap(), Chip::from_value("a", &commented).unwrap());
    let mut file = sweep;
    comment(&mut file);
    assert!(
        bench.succeed(&["check", &write(&bench, "sweep.json", &file)]).contains("a valid sweep of 1 configuration")
    );
    let overlay = small();
    crate::common::keeps_schema(0, &overlay);
}
