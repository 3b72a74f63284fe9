//! The program as a user runs it: every command, its exit codes, its files and its JSON fields.

use crate::bench::{Bench, text};
use crate::common::text_of;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn every_command_explains_itself() {
    let bench = Bench::new();
    assert!(bench.succeed(&["--help"]).contains("Examples:"));
    let of_nir: &[&str] = if cfg!(feature = "nir") { &["import", "export"] } else { &[] };
    for command in ["run", "train", "map", "report", "noc", "check"].iter().chain(of_nir) {
        assert!(bench.succeed(&[*command, "--help"]).contains("Example"), "{command}");
    }
    bench.succeed(&["--version"]);
    bench.fail(&["fly"]);
    bench.fail(&["run", "--netwrok", "x"]);
}

#[test]
fn a_chip_is_shown_with_its_constants_facts_and_sources() {
    let bench = Bench::new();
    let loihi = bench.succeed(&["chips", "loihi"]);
    for words in [
        "128 on 32 tiles",
        "Calibration silicon_fit (default)",
        "Calibration davies2018",
        "23.6 pJ",
        "104.4 mW",
        "core.max_neurons",
        "Estimates",
        "doi:10.1109/MM.2018.112130359",
    ] {
        assert!(loihi.contains(words), "{words}: {loihi}");
    }
    let row = |name: &str| loihi.lines().find(|line| line.trim_start().starts_with(name)).unwrap().to_owned();
    let hop: Vec<String> = row("hop_ns").split_whitespace().map(str::to_owned).collect();
    assert_eq!(hop[..6], ["hop_ns", "4.2", "pJ", "6.5", "ns", "fitted"]);
    let file = crate::common::repository("hw_models/truenorth.json").display().to_string();
    let truenorth = bench.succeed(&["chips", &file]);
    assert!(truenorth.contains("all-in, at this operating point only: 72 mW at 0.775 V"), "{truenorth}");
    assert!(bench.fail(&["chips", "truenort"]).contains("did you mean \"truenorth\"?"));
    assert!(bench.succeed(&["chips", "--help"]).contains("spikemesh chips truenorth"));
}

#[test]
fn lists_name_what_there_is() {
    let bench = Bench::new();
    let chips = bench.succeed(&["chips"]);
    let words = ["loihi", "crossbar", "silicon_fit, davies2018", "truenorth", "merolla_26pj (all-in)"];
    assert!(words.iter().all(|word| chips.contains(word)), "{chips}");
    let files = crate::common::files_of("hw_models", "json").len();
    assert_eq!(chips.lines().count(), 3 * files, "{chips}");
    let networks = bench.succeed(&["networks"]);
    let shipped = ["digits-mlp", "digits-cnn", "fashion-mlp", "fashion-cnn", "random:seed="];
    assert!(shipped.iter().all(|word| networks.contains(word)), "{networks}");
    let datasets = bench.succeed(&["datasets"]);
    assert!(
        ["digits", "built in", "fashion-mnist", "CC BY 4.0"].iter().all(|word| datasets.contains(word)),
        "{datasets}"
    );
}

/// By hand: the source's three spikes fire `mid` three times, and each of those adds 3 to one output and takes 2 off the other.
#[test]
fn outputs_of_a_sparse_network_are_in_the_report_neuron_by_neuron() {
    let bench = Bench::new();
    let neuron = json!({"model": "if", "reset": "zero"});
    let network = json!({
        "format": "spikemesh.sparse/1", "description": "outputs", "time_steps": 8,
        "populations": [
            {"name": "in", "size": 1, "spikes": [[1, 0], [2, 0], [3, 0]]},
            {"name": "mid", "size": 1, "neuron": neuron, "threshold": 10},
            {"name": "out", "size": 2, "neuron": neuron, "threshold": 1, "fires": false},
        ],
        "projections": [
            {"from": "in", "to": "mid", "edges": [[0, 0, 10, 1]]},
            {"from": "mid", "to": "out", "edges": [[0, 0, 3, 1], [0, 1, -2, 1]]},
        ],
    });
    let (file, first, again) = (bench.path("out.json"), bench.path("first.json"), bench.path("again.json"));
    std::fs::write(&file, network.to_string()).unwrap();
    bench.succeed(&["run", "--network", &file, "--json", &first]);
    let expected = json!([{"population": "out", "spikes": [0, 0], "membranes": [9, -6]}]);
    assert_eq!(bench.json("first.json")["outputs"], expected);
    bench.succeed(&["report", &first, "--json", &again]);
    assert_eq!(bench.json("again.json")["outputs"], expected);
}

#[test]
fn a_free_running_chip_may_differ_from_the_reference_and_says_so() {
    let bench = Bench::new();
    let network = "random:seed=1,neurons=512,cores=8,targets=uniform";
    let (first, again) = (bench.path("first.json"), bench.path("again.json"));
    let run = ["run", "--quiet", "--chip", "event_mesh", "--network", network, "--steps", "40", "--json", &first];
    // The chip's model says that timing acts on function: that is nothing to flag.
    let printed = bench.succeed(&run);
    assert!(printed.contains("the run differs from the integer reference"), "{printed}");
    assert!(printed.contains("free-running, steps of 50.0 µs"), "{printed}");
    let report = bench.json("first.json");
    assert_eq!((&report["mismatched_samples"], &report["accuracy"]), (&json!(1), &Value::Null));
    assert!(report["free_running"]["spike_count_difference"].as_f64().unwrap() > 0.0);
    assert_eq!(report["spikes_per_step"].as_array().unwrap().len(), 40);
    assert_eq!(bench.succeed(&["report", "--quiet", &first, "--json", &again]), printed);
    assert_eq!(bench.json("again.json"), report);
    bench.succeed(&["check", &first]);
    let message = bench.fail(&["run", "--chip", "event_mesh", "--network", network, "--steps", "1001"]);
    assert!(message.contains("has time for 1000"), "{message}");
}

/// Fields that others rely on.
const FIELDS: &[&str] = &[
    "/schema",
    "/chip",
    "/network",
    "/dataset",
    "/samples",
    "/time_steps",
    "/seed",
    "/timing",
    "/accuracy",
    "/reference_accuracy",
    "/mismatched_samples",
    "/per_inference/energy_pj/mean",
    "/per_inference/energy_pj/p50",
    "/per_inference/energy_pj/p99",
    "/per_inference/cycles/mean",
    "/per_inference/latency_ns/mean",
    "/per_inference/synaptic_operations/mean",
    "/per_inference/spikes/mean",
    "/per_inference/neuron_updates/mean",
    "/per_inference/packets/mean",
    "/per_inference/hops/mean",
    "/per_inference/encoder_macs",
    "/energy_breakdown_pj/axon_in",
    "/energy_breakdown_pj/synapse",
    "/energy_breakdown_pj/dendrite",
    "/energy_breakdown_pj/soma",
    "/energy_breakdown_pj/axon_out",
    "/energy_breakdown_pj/network",
    "/energy_breakdown_pj/inter_chip",
    "/energy_breakdown_pj/converters",
    "/energy_breakdown_pj/encoder",
    "/energy_breakdown_pj/host_io",
    "/energy_breakdown_pj/readout",
    "/energy_breakdown_pj/reset",
    "/energy_breakdown_pj/sync",
    "/energy_breakdown_pj/core_busy",
    "/energy_breakdown_pj/static",
    "/per_layer/0/layer",
    "/per_layer/0/spikes",
    "/per_layer/0/synaptic_operations",
    "/per_layer/0/energy_pj",
    "/throughput_per_second/one_at_a_time",
    "/throughput_per_second/pipelined",
    "/average_power_mw",
    "/energy_range_pj/0",
    "/energy_range_pj/1",
    "/ann/macs",
    "/ann/synops_ratio",
    "/ann/break_even",
    "/neurobench/Footprint",
    "/cores_used",
    "/utilisation",
    "/soma",
    "/limit_violations",
    "/unpriced",
    "/sources",
];

#[test]
fn numbers_of_a_chip_are_set_by_path() {
    let (bench, chip) = (Bench::new(), common_path("tests/chips/memristive.json"));
    let (network, json) = (bench.path("small.json"), bench.path("run.json"));
    let base = ["run", "--quiet", "--samples", "60", "--network", &network, "--chip", &chip, "--json", &json];
    let run = |more: &[&str]| {
        let text = bench.succeed(&[&base[..], more].concat());
        (text, bench.report("run.json"))
    };
    let (_, as_it_is) = run(&[]);
    assert!(as_it_is["devices"]["differing_share"].as_f64().unwrap() > 0.0 && as_it_is["notes"] == json!([]));
    let field = |name: &str, value: &str| format!("core.synapses.devices.{name}={value}");
    let quiet = [field("programming_sigma", "0"), field("read_sigma", "0.0")];
    let (text, exact) = run(&["--set", &quiet[0], "--set", &quiet[1]]);
    assert!(text.contains("all spike counts and outputs equal the integer reference"), "{text}");
    assert_eq!(
        exact["notes"],
        json!([
            "core.synapses.devices.programming_sigma of the chip was set to 0; its file has 0.05",
            "core.synapses.devices.read_sigma of the chip was set to 0.0; its file has 0.01"
        ])
    );
    assert_eq!((&exact["mismatched_samples"], &exact["devices"]["differing_share"]), (&json!(0), &json!(0.0)));
    // Much noise is another accuracy, and no fault; threads change nothing, another seed does.
    let noise = field("read_sigma", "0.5");
    let (_, noisy) = run(&["--set", &noise, "--threads", "1"]);
    let (accuracy, reference) = (&noisy["devices"]["accuracy"], &noisy["devices"]["reference_accuracy"]);
    assert!(accuracy.as_f64().unwrap() < reference.as_f64().unwrap(), "{accuracy} {reference}");
    assert_eq!(noisy, run(&["--set", &noise, "--threads", "3"]).1);
    assert_eq!(noisy["devices"]["seed"], json!(1));
    let trained = bench.path("trained");
    // Long enough that neurons fire: noise needs something to act on.
    bench.succeed(&["train", "--quiet", "--network", &network, "--epochs", "6", "--out", &trained]);
    let seeded = |seed| {
        bench.succeed(&["run", "--quiet", "--network", &trained, "--chip", &chip, "--json", &json, "--seed", seed]);
        bench.report("run.json")
    };
    let (one, two) = (seeded("1"), seeded("2"));
    assert_eq!((&one["seed"], &two["devices"]["seed"]), (&two["seed"], &json!(2)));
    // The one hidden layer encodes off the chip: noise shows in the outputs alone.
    let seen = |run: &Value| {
        let mut devices = run["devices"].clone();
        devices.as_object_mut().unwrap().remove("seed");
        devices
    };
    assert_ne!(seen(&one), seen(&two));
    // A saved run is read again, also by a chip that is changed no more.
    bench.succeed(&["report", &json]);
    // Wrong paths and numbers.
    let refused = |change: &str| bench.fail(&["run", "--network=digits-mlp", "--chip", "crossbar", "--set", change]);
    let message = refused("core.max_neurns=1");
    assert!(
        message.contains("no value to set at \"core.max_neurns\"; did you mean \"core.max_neurons\"?"),
        "{message}"
    );
    assert!(refused("core.receive=1").contains("core.receive: found \"1\", allowed: serial, pipelined"));
    assert!(refused("core.max_neurons=many").contains("found \"many\" for core.max_neurons, expected a number"));
    assert!(refused("core.max_neurons=512").contains("512 neurons and 256 axons do not fit"));
    assert!(refused("core.max_neurons").contains("expected PATH=VALUE"));
}

fn common_path(path: &str) -> String {
    crate::common::repository(path).display().to_string()
}

#[test]
fn a_run_trains_once_and_reports_the_same_for_any_threads() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let run = |json: &str, more: &[&str]| {
        let json = bench.path(json);
        let arguments = [&["run", "--network", &network, "--samples", "60", "--json", &json], more].concat();
        bench.run(&arguments)
    };
    let first = run("first.json", &["--threads", "2"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    assert!(text(&first.stderr).contains("training small"), "{}", text(&first.stderr));
    let report = bench.report("first.json");
    for field in FIELDS {
        assert!(report.pointer(field).is_some(), "{field} is missing");
    }
    assert_eq!(report["mismatched_samples"], 0);
    assert_eq!(report["accuracy"], report["reference_accuracy"]);
    let units = report["energy_breakdown_pj"].as_object().unwrap();
    let sum: f64 = units.values().filter_map(Value::as_f64).sum();
    assert_eq!(units["host_io"], Value::Null, "what has no price is not free");
    let mean = report["per_inference"]["energy_pj"]["mean"].as_f64().unwrap();
    assert!((sum - mean).abs() < 1e-9 * mean, "{sum} {mean}");
    for threads in ["1", "3"] {
        let again = run("again.json", &["--threads", threads]);
        assert!(text(&again.stderr).contains("using the trained network"), "{}", text(&again.stderr));
        assert_eq!(bench.report("again.json"), report, "{threads} threads");
    }
}

#[test]
fn timing_steps_and_chips_change_what_they_should() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let report = |name: &str, more: &[&str]| {
        let json = bench.path(name);
        let arguments = [&["run", "--quiet", "--network", &network, "--samples", "20", "--json", &json], more].concat();
        bench.succeed(&arguments);
        bench.report(name)
    };
    let event = report("event.json", &[]);
    let ideal = report("ideal.json", &["--timing", "ideal"]);
    assert_eq!(event["accuracy"], ideal["accuracy"]);
    assert_eq!(event["per_inference"]["energy_pj"], ideal["per_inference"]["energy_pj"]);
    let latency = |r: &Value| r["per_inference"]["latency_ns"]["mean"].as_f64().unwrap();
    assert!(latency(&event) >= latency(&ideal));
    let steps = report("steps.json", &["--steps", "2"]);
    assert_eq!(steps["time_steps"], 2);
    assert!(steps["notes"][0].as_str().unwrap().contains("quantised again"), "{}", steps["notes"]);
    let crossbar = report("crossbar.json", &["--chip", "crossbar"]);
    assert_eq!(crossbar["mismatched_samples"], 0);
    assert!(crossbar["energy_breakdown_pj"]["converters"].as_f64().unwrap() > 0.0);
    let davies = report("davies.json", &["--calibration", "davies2018"]);
    assert!(davies["energy_breakdown_pj"]["static"].as_f64().unwrap() > 0.0);
}

#[test]
fn what_has_no_price_is_nothing_known_and_never_0() {
    let bench = Bench::new();
    let [run, again, page] = ["run.json", "again.json", "run.html"].map(|name| bench.path(name));
    let of = |chip: &str| {
        let options = [
            "run",
            "--network=digits-mlp",
            "--quiet",
            "--samples",
            "5",
            "--chip",
            chip,
            "--json",
            &run,
            "--html",
            &page,
        ];
        let said = bench.succeed(&options);
        // What was saved is read back, to the same text and bytes.
        assert_eq!(bench.succeed(&["report", "--quiet", &run, "--json", &again]), said);
        let said = bench.succeed(&["report", "--verbose", &run]);
        assert_eq!(std::fs::read_to_string(&run).unwrap(), std::fs::read_to_string(&again).unwrap());
        (said, bench.json("run.json"), std::fs::read_to_string(&page).unwrap())
    };
    let line = |said: &str, start: &str| said.lines().find(|line| line.starts_with(start)).unwrap_or("").to_owned();
    let (said, report, html) = of(&bench.chip_of("bare", "sram_mesh", "unpriced"));
    assert!(line(&said, " energy").contains("–  unpriced") && !said.contains("0 pJ"), "{said}");
    assert!(line(&said, "power").contains('–') && !said.contains("Energy by unit"), "{said}");
    for figure in ["mean", "p50", "p99"] {
        assert_eq!(report["per_inference"]["energy_pj"][figure], Value::Null);
    }
    assert_eq!((&report["average_power_mw"], &report["energy_coverage"]), (&Value::Null, &json!("unpriced")));
    assert_eq!(report["energy_range_pj"], json!([null, null]));
    assert!(report["per_layer"].as_array().unwrap().iter().all(|layer| layer["energy_pj"].is_null()));
    assert_eq!(report["energy_breakdown_pj"]["synapse"], Value::Null);
    assert_eq!(report["energy_breakdown_pj"]["converters"], 0.0, "there is none on this chip");
    assert!(!html.contains("0 pJ<") && html.contains("energy (unpriced)"), "{html}");
    let (said, report, html) = of(&bench.chip_of("arrays", "crossbar", "puma_isaac"));
    assert!(line(&said, " energy").matches('≥').count() == 3 && line(&said, "power").contains("≥"), "{said}");
    assert!(said.contains("which is a lower bound (≥)") && said.contains("share of what is priced"), "{said}");
    assert_eq!(report["energy_coverage"], "lower_bound");
    assert!(report["per_inference"]["energy_pj"]["mean"].as_f64().unwrap() > 0.0);
    assert!(html.contains("≥ ") && html.contains("lower bound"), "{html}");
    let (said, report, _) = of("loihi");
    assert!(!said.contains('≥') && !line(&said, " energy").contains('–'), "{said}");
    assert_eq!(report["energy_coverage"], "complete");
    // A sparse run tells its energy in one line more.
    let bare = bench.path("bare.json");
    let sparse = ["run", "--quiet", "--network", "random:seed=1,neurons=64,cores=4", "--steps", "5", "--chip", &bare];
    let said = bench.succeed(&[&sparse[..], &["--json", &run]].concat());
    assert!(said.contains("–  unpriced"), "{said}");
    assert_eq!(bench.json("run.json")["totals"]["energy_pj"], Value::Null);
    bench.succeed(&["report", &run]);
    // A null where the rest says that there is a price is refused.
    let [is, wrong] = ["unpriced", "complete"].map(|word| format!("\"energy_coverage\": \"{word}\""));
    let text = std::fs::read_to_string(&run).unwrap().replace(&is, &wrong);
    std::fs::write(&run, text).unwrap();
    assert!(bench.fail(&["report", &run]).contains("energy_coverage"));
}

/// The command that a broken limit of bits proposes does what it says.
#[test]
fn weights_that_are_too_wide_come_with_the_command_that_narrows_them() {
    let bench = Bench::new();
    let said = |command: &str| bench.fail(&[command, "--network=digits-mlp", "--quiet", "--chip", "odin"]);
    let (run, map) = (said("run"), said("map"));
    assert_eq!(run, map, "both have looked at the network's own weights");
    assert!(run.contains("a weight of -127 to 116 needs 8, the chip has 4"), "{run}");
    let command = run.split("spikemesh ").nth(1).unwrap().split(')').next().unwrap();
    let mut arguments: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(arguments[..4], ["train", "--fine-tune", "--network", "digits-mlp"], "{command}");
    let out = bench.path("narrow");
    *arguments.last_mut().unwrap() = &out;
    bench.succeed(&[&arguments[..], &["--quiet", "--epochs", "1"]].concat());
    let again = bench.fail(&["run", "--quiet", "--chip", "odin", "--network", &out]);
    assert!(!again.contains("core.weight_bits"), "{again}");
    // What is not trained yet has weights of both signs, whatever they become.
    let shape = bench.fail(&["run", "--quiet", "--chip", "odin", "--network", &bench.path("small.json")]);
    assert!(shape.contains("a weight of -127 to 127") && shape.contains("train --network"), "{shape}");
}

#[test]
fn workload_w_has_the_published_figures() {
    let bench = Bench::new();
    let json = bench.path("w.json");
    let network = "random:seed=1,neurons=1024,cores=16,targets=uniform";
    bench.succeed(&["run", "--quiet", "--network", network, "--steps", "100", "--json", &json]);
    let report = bench.json("w.json");
    let totals = json!({
        "spikes": 2_468, "synaptic_operations": 237_235, "packets": 39_363, "hops": 48_966, "energy_pj": 20_175_002.0,
    });
    assert_eq!(report["totals"], totals);
    // The published energy has all synapses at the price of dense ones; sparse ones cost 1.9 pJ less.
    let operations = report["counts"]["operations"].as_array().unwrap();
    let at = operations.iter().position(|name| name == "synapse_sparse").unwrap();
    let sparse = report["counts"]["inferences"][0][at].as_f64().unwrap();
    assert!((20_175_002.0 + sparse * (35.5 - 33.6) - 20_622_545.1).abs() < 0.01, "{sparse}");
    let per_step: u64 = report["spikes_per_step"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!((per_step, report["spikes_per_step"].as_array().unwrap().len()), (2_468, 100));
    assert_eq!(report["mismatched_samples"], 0);
}

#[test]
fn a_saved_run_is_printed_and_priced_anew_without_simulating() {
    let bench = Bench::new();
    let [run, same, davies, back] = ["run.json", "same.json", "davies.json", "back.json"].map(|name| bench.path(name));
    let network = "random:seed=1,neurons=1024,cores=16,targets=uniform";
    let said = bench.succeed(&["run", "--quiet", "--network", network, "--steps", "50", "--json", &run]);
    // As it was saved: the same text, and the same bytes.
    assert_eq!(bench.succeed(&["report", "--quiet", &run, "--json", &same]), said);
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(&same), read(&run));
    let anew = bench.succeed(&["report", &run, "--calibration", "davies2018", "--json", &davies]);
    let anew = anew.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(anew.contains("times are those of silicon_fit") && anew.contains("not simulated again"), "{anew}");
    assert!(bench.json("davies.json")["energy_breakdown_pj"]["static"].as_f64().unwrap() > 0.0);
    bench.succeed(&["report", &davies, "--calibration", "silicon_fit", "--json", &back]);
    assert_eq!(read(&back), read(&run));
    assert!(bench.succeed(&["check", &run]).contains("a valid report of a run of"));
    // A chip of one's own is named, and may cost something else but not be something else.
    let text = std::fs::read_to_string(crate::common::repository("hw_models").join("loihi.json")).unwrap();
    let (own, other) = (bench.path("own.json"), bench.path("other.json"));
    std::fs::write(&own, text.replace("\"35.5 pJ\"", "\"33.6 pJ\"")).unwrap();
    std::fs::write(&other, text.replace("\"max_neurons\": 1024", "\"max_neurons\": 512")).unwrap();
    let cheaper = bench.succeed(&["report", &run, "--chip", &own]);
    assert!(cheaper.contains("have changed since the report was saved"), "{cheaper}");
    assert!(bench.fail(&["report", &run, "--chip", &other]).contains("is not the one that the run used"));
    std::fs::write(&davies, read(&run).replace("\"chip\": \"loihi\"", "\"chip\": \"mine\"")).unwrap();
    assert!(bench.fail(&["report", &davies, "--calibration", "davies2018"]).contains("name its file with --chip"));
    let known = bench.fail(&["report", &run, "--calibration", "best"]);
    assert!(known.contains("allowed: silicon_fit, davies2018"), "{known}");
    bench.fail(&["report", &bench.path("absent.json")]);
    bench.fail(&["report", &run, "--json", "no/such/folder/out.json"]);
}

/// A run of more steps than anyone waits for.
const ENDLESS: [&str; 6] = ["run", "--network", "random:seed=3,neurons=256,cores=4", "--steps", "16000000", "--json"];

/// Checks the report of a run that was ended early: it is told, and it is that of a run of so many steps.
fn is_cut_short(bench: &Bench, output: &Output, json: &str, reason: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = bench.report(json);
    let done = report["interrupted"]["done"].as_u64().unwrap();
    assert_eq!(report["interrupted"], json!({"done": done, "of": 16_000_000, "reason": reason}));
    let line = format!("INTERRUPTED after {done} of 16000000 steps");
    assert!(done > 0 && text(&output.stdout).contains(&line), "{}", text(&output.stdout));
    assert_eq!(bench.run(&["report", &bench.path(json)]).status.code(), Some(1));
    let (steps, short) = (done.to_string(), bench.path("short.json"));
    bench.succeed(&[&["run", "--network", ENDLESS[2], "--steps", &steps, "--json"], &[short.as_str()][..]].concat());
    let mut expected = bench.report("short.json");
    expected["interrupted"] = report["interrupted"].clone();
    assert_eq!(report, expected);
}

#[test]
fn a_run_that_takes_too_long_ends_with_what_is_known() {
    let bench = Bench::new();
    let json = bench.path("cut.json");
    let output = bench.run(&[&ENDLESS[..], &[&json, "--max-seconds", "0.3"]].concat());
    is_cut_short(&bench, &output, "cut.json", "max_seconds");
    // A layered network, in the middle of its samples.
    let network = bench.path("small.json");
    bench.succeed(&["run", "--quiet", "--network", &network, "--samples", "1"]);
    let output = bench.run(&["run", "--network", &network, "--json", &json, "--max-seconds", "0.001"]);
    let report = output.status.code().filter(|code| *code == 1).map(|_| bench.json("cut.json"));
    // On a very slow machine not one sample is done, on a very fast one all are.
    if let Some(report) = report {
        assert_eq!(report["interrupted"]["done"], report["samples"]);
        assert_eq!((&report["interrupted"]["of"], &report["mismatched_samples"]), (&json!(400), &json!(0)));
    }
    let refused = bench.fail(&["run", "--network=digits-mlp", "--max-seconds", "0"]);
    assert!(refused.contains("--max-seconds: found \"0\", allowed: numbers above 0"), "{refused}");
    assert!(bench.fail(&[&ENDLESS[..], &[&json, "--max-seconds", "1e-9"]].concat()).contains("interrupted after 0 of"));
}

#[cfg(unix)]
#[test]
fn control_c_ends_a_run_with_what_is_known() {
    use std::io::{BufRead, BufReader, Read};
    let bench = Bench::new();
    let json = bench.path("cut.json");
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(ENDLESS).args([&json, "--verbose"]).env_remove("RUST_LOG");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The log says when the system is built: the run begins with the next lines of the program.
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    assert!(stderr.by_ref().lines().any(|line| line.unwrap().contains("built")));
    std::thread::sleep(std::time::Duration::from_millis(400));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    is_cut_short(&bench, &output, "cut.json", "ctrl_c");
    // It is read from to the end, so that the program can write to it.
    drop(stderr);
}

#[test]
fn train_writes_a_folder_that_runs() {
    let bench = Bench::new();
    let (network, out, json) = (bench.path("small.json"), bench.path("out"), bench.path("train.json"));
    let arguments = ["train", "--quiet", "--network", &network, "--weight-bits", "5", "--out", &out, "--json", &json];
    let said = bench.succeed(&arguments);
    assert!(said.contains("validation") && said.contains("test accuracy"), "{said}");
    for file in ["network.json", "weights.safetensors", "history.json"] {
        assert!(Path::new(&out).join(file).is_file(), "{file}");
    }
    let train = bench.json("train.json");
    assert_eq!((&train["weight_bits"], train["history"].as_array().unwrap().len()), (&json!(5), 3));
    bench.succeed(&["check", &out]);
    let report = bench.path("run.json");
    bench.succeed(&["run", "--quiet", "--network", &out, "--json", &report]);
    // The chip runs the integer network whose test accuracy the training reported.
    assert_eq!(bench.json("run.json")["accuracy"], train["test_accuracy"]);
    // The same settings give the same bytes.
    let (again, weights) = (bench.path("again"), "weights.safetensors");
    bench.succeed(&[
        "train",
        "--quiet",
        "--network",
        &network,
        "--weight-bits",
        "5",
        "--threads",
        "1",
        "--out",
        &again,
    ]);
    let read = |folder: &str| std::fs::read(Path::new(folder).join(weights)).unwrap();
    assert!(read(&out) == read(&again));
}

#[test]
fn a_mapping_is_reported_flagged_or_refused() {
    let bench = Bench::new();
    let json = bench.path("map.json");
    let text_of = bench.succeed(&["map", "--network", "fashion-cnn", "--placer", "greedy", "--json", &json]);
    assert!(text_of.contains("placer greedy"), "{text_of}");
    assert_eq!(bench.json("map.json")["schema"], "spikemesh.map/1");
    let refused = bench.fail(&["map", "--quiet", "--network", "fashion-mlp", "--chip", "crossbar"]);
    assert!(
        refused.contains("core.max_fan_in: dense2 neuron 0 needs 400, the chip has 256: 144 too many"),
        "{refused}"
    );
    assert!(refused.contains("it would fit with core.max_fan_in of 400 or more"), "{refused}");
    let flagged = bench.run(&["map", "--network", "fashion-mlp", "--chip", "crossbar", "--limits", "report"]);
    assert_eq!(flagged.status.code(), Some(1));
    assert!(text(&flagged.stdout).contains("does not fit"));
}

#[test]
fn check_prints_schemas_and_no_list_names_their_folder() {
    let bench = Bench::new();
    for (kind, path) in [("chip", "hw_models"), ("network", "networks"), ("sparse", "networks")] {
        let printed = bench.succeed(&["check", "--schema", kind]);
        assert_eq!(printed, text_of(&format!("{path}/schema/{kind}.json")));
    }
    bench.fail(&["check"]);
    bench.fail(&["check", "--schema", "chips"]);
    bench.fail(&["check", "--schema", "chip", &bench.path("small.json")]);
    for list in ["chips", "networks"] {
        assert!(!bench.succeed(&[list]).lines().any(|line| line.starts_with("schema")), "{list}");
    }
}

#[test]
fn check_prints_all_problems_with_their_paths() {
    let bench = Bench::new();
    let (good, bad) = (bench.path("small.json"), bench.path("bad.json"));
    assert!(bench.succeed(&["check", &good]).contains("a valid network of 2 weighted layers"));
    let broken = std::fs::read_to_string(&good).unwrap().replace("\"time_steps\":4", "\"time_steps\":0,\"stepz\":1");
    std::fs::write(&bad, broken.replace("\"outputs\":32", "\"outputs\":-3")).unwrap();
    let message = bench.fail(&["check", &bad]);
    for part in ["stepz: unknown field", "layers[1].outputs: found -3", "time_steps: found 0"] {
        assert!(message.contains(&format!("{bad}: {part}")), "{message}");
    }
    bench.fail(&["check", &bench.path("missing.json")]);
    std::fs::write(&bad, "{\"format\": \"something\"}").unwrap();
    assert!(bench.fail(&["check", &bad]).contains("format: found \"something\""));
}

#[test]
fn arguments_that_make_no_sense_are_refused_with_what_is_allowed() {
    let bench = Bench::new();
    let w = "random:seed=1,neurons=64,cores=4";
    let chip = std::fs::read_to_string(crate::common::repository("hw_models").join("crossbar.json")).unwrap();
    let narrow = bench.path("narrow.json");
    std::fs::write(&narrow, chip.replace("\"max_fan_in\": 256", "\"max_fan_in\": 64")).unwrap();
    for (arguments, part) in [
        (vec!["run", "--chip", "loihii"], "did you mean \"loihi\"?"),
        (vec!["run", "--network", "digits"], "known: cifar10-cnn, digits-cnn"),
        (vec!["run", "--network", "no/such/file.json"], "cannot be read"),
        (vec!["run", "--network", "random:cores=0"], "cores: found \"0\""),
        (vec!["run", "--network=digits-mlp", "--data", "mnist"], "unknown data set \"mnist\""),
        (vec!["run", "--network=digits-mlp", "--samples", "401"], "400 test samples"),
        (vec!["run", "--network", "digits-mlp", "--chip", "NARROW"], "core.max_fan_in"),
        (vec!["run", "--network=digits-mlp", "--samples", "0"], "--samples"),
        (vec!["run", "--calibration", "best"], "allowed: silicon_fit, davies2018"),
        (vec!["run", "--placer", "best"], "allowed: linear, greedy, hilbert, force, annealing"),
        (
            vec!["run", "--network", w, "--samples", "3"],
            "--samples: a sparse network has no samples of its own: --data",
        ),
        (vec!["run", "--network", w, "--json", "no/such/folder/out.json"], "cannot be written"),
        (vec!["train", "--rule", "magic", "--out", "x"], "allowed: tandem, progressive, local, surrogate"),
        (vec!["train", "--from-ann", "--out", "x"], "--from-ann: needs --rule surrogate"),
        (vec!["train", "--learn", "leak", "--out", "x"], "--learn: needs --rule surrogate"),
        (vec!["train", "--learn", "weight", "--out", "x"], "allowed: none, or some of weights, threshold, leak"),
        (vec!["train", "--stage-epochs", "2", "--out", "x"], "needs --rule progressive or --rule local"),
        (vec!["train", "--rule", "local", "--patience", "2", "--out", "x"], "needs --rule progressive"),
        (
            vec!["train", "--rule", "local", "--steps", "4..2", "--out", "x"],
            "with the local rule, which does not anneal",
        ),
        (vec!["train", "--network", w, "--out", "x"], "not trained"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(|a| if *a == "NARROW" { narrow.as_str() } else { a }).collect();
        let output = bench.run(&arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(part), "{arguments:?}: {message}");
        assert!(!message.contains("training"), "{arguments:?}: {message}");
    }
}

#[test]
fn published_measurements_are_computed_again() {
    let bench = Bench::new();
    let file = bench.path("validation.json");
    let shown = bench.succeed(&["validate", "odin", "break-even", "--json", &file]);
    assert!(shown.contains("ours") && shown.contains("closure") && shown.contains("Frenkel"), "{shown}");
    let found = bench.json("validation.json");
    assert_eq!(found["schema"], "spikemesh.validate/1");
    let cases = found["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 5);
    for case in cases {
        for (field, is) in
            [("ours", case["ours"].is_f64()), ("unit", case["unit"].is_string()), ("pass", case["pass"] == true)]
        {
            assert!(is, "{field} of {case}");
        }
        let error = case["ours"].as_f64().unwrap() / case["published"].as_f64().unwrap() - 1.0;
        assert!((case["error"].as_f64().unwrap() - error).abs() < 1e-12, "{case}");
        assert!(["prediction", "closure"].contains(&case["kind"].as_str().unwrap()));
    }
    // What needs data of others says so, and is neither found nor failed.
    let shown = bench.succeed(&["validate", "ranc", "actor", "--json", &file]);
    assert!(shown.contains("not run: ranc") && shown.contains("not run: actor"), "{shown}");
    assert_eq!(bench.json("validation.json")["not_run"].as_array().unwrap().len(), 2);
    assert!(bench.fail(&["validate", "odim"]).contains("did you mean \"odin\""));
    assert!(bench.fail(&["validate", "ranc", "--ranc", &bench.path("nowhere")]).contains("cannot be read"));
    assert!(bench.fail(&["validate", "--data", &bench.path("nowhere")]).contains("is not a folder"));
    assert!(bench.fail(&["validate", "ranc", "--ranc", ".", "--ranc-grid", "4"]).contains("as in 4x3"));
}

#[test]
fn unit_costs_of_the_comparison_with_an_ann_are_the_users() {
    let bench = Bench::new();
    let (network, file) = (bench.path("small.json"), bench.path("run.json"));
    let with = |costs: &str| {
        bench.succeed(&[
            "run",
            "--quiet",
            "--network",
            &network,
            "--samples",
            "10",
            "--ann-costs",
            costs,
            "--json",
            &file,
        ]);
        bench.json("run.json")["ann"].clone()
    };
    let free = with("unit_fj=1000,read=0,mac=3,other=0,add=1,write=0,state=0");
    let both = &free["same_silicon"];
    // Three picojoules a multiply-accumulate, one a synaptic operation beside the encoding layer.
    let (macs, first) = (free["macs"].as_f64().unwrap(), free["first_layer_macs"].as_f64().unwrap());
    let synops = free["synops_ratio"].as_f64().unwrap() * (macs - first);
    assert_eq!(both["ann_pj"].as_f64().unwrap(), 3.0 * macs);
    assert!((both["snn_pj"].as_f64().unwrap() - 3.0 * first - synops).abs() < 1e-6, "{free}");
    assert_eq!(both["break_even"], 3.0);
    assert!(bench.fail(&["run", "--network=digits-mlp", "--ann-costs", "raed=1"]).contains("unit_fj, read, mac"));
}

#[test]
fn a_damaged_cache_is_trained_anew() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let arguments = ["run", "--network", &network, "--samples", "5"];
    bench.succeed(&arguments);
    let kept = std::fs::read_dir(bench.path("cache")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(kept.join("weights.safetensors"), "damaged").unwrap();
    let output = bench.run(&arguments);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stderr).contains("training again"), "{}", text(&output.stderr));
}

/// Every training rule ends in a network that a chip computes as the reference does, far above chance, and is cited.
#[test]
fn networks_of_all_rules_run_on_a_chip() {
    let bench = Bench::new();
    let (small, json) = (bench.path("small.json"), bench.path("run.json"));
    let rules = [
        ("tandem", "A Tandem Learning Rule", None),
        ("progressive", "Progressive Tandem Learning", Some("1")),
        ("local", "Local Tandem Learning", Some("1")),
        ("surrogate", "DIET-SNN", None),
    ];
    for (rule, title, stage_epochs) in rules {
        let out = bench.path(rule);
        let mut train = vec!["train", "--quiet", "--network", &small, "--rule", rule, "--epochs", "6", "--out", &out];
        train.extend(stage_epochs.into_iter().flat_map(|epochs| ["--stage-epochs", epochs]));
        bench.succeed(&train);
        assert_eq!(bench.json(&format!("{rule}/history.json"))["rule"], rule);
        bench.succeed(&["run", "--quiet", "--network", &out, "--json", &json]);
        let report = bench.json("run.json");
        assert_eq!(report["mismatched_samples"], 0, "{rule}");
        assert!(report["accuracy"].as_f64().unwrap() > 0.5, "{rule}: {}", report["accuracy"]);
        assert!(report["sources"].to_string().contains(title), "{rule}: {}", report["sources"]);
    }
}
