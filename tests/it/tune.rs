//! `tune` as a user runs it: the rows of a comparison, searches that are stopped and go on, one journal, errors, files.

use crate::bench::{Bench, text};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A space of 48 configurations, of which 14 are evaluated.
const SPACE: &[&str] = &[
    "--quiet",
    "--samples=60",
    "--set=core.max_neurons=16,32,64,128",
    "--set=steps=1,2,4,8",
    "--set=placer=linear,hilbert,greedy",
];
const SEARCH: &[&str] = &["--evaluations=14", "--batch=3"];

fn with<'a>(parts: &[&[&'a str]]) -> Vec<&'a str> {
    parts.concat()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().unwrap()
}

/// Runs a command until its journal has so many lines, and kills it then. Whether it was still at work.
fn kill_at(bench: &Bench, arguments: &[&str], journal: &str, lines: usize) -> bool {
    let mut child = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(arguments)
        .env("SPIKEMESH_CACHE", bench.path("cache"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let known = || std::fs::read_to_string(journal).map_or(0, |text| text.lines().count());
    while known() < lines && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let was_at_work = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    was_at_work
}

#[test]
fn rows_are_those_of_a_comparison_and_the_journal_is_shared() {
    let bench = Bench::new();
    let (journal, grid, json) = (bench.path("j"), bench.path("all.json"), bench.path("tune.json"));
    let shared = ["--journal", &journal];
    bench.succeed(&with(&[&["compare"], SPACE, &shared, &["--json", &grid]]));
    let before = read(&journal);
    bench.succeed(&with(&[&["tune"], SPACE, SEARCH, &shared, &["--json", &json]]));
    assert_eq!(read(&journal), before, "all rows were known: nothing is simulated");
    let (all, found) = (bench.json("all.json"), bench.json("tune.json"));
    assert_eq!(rows(&found).len(), 14);
    let mut numbers = BTreeSet::new();
    for row in rows(&found) {
        let number = row["number"].as_u64().unwrap();
        assert!(numbers.insert(number), "{number} was evaluated twice");
        let same = rows(&all).iter().find(|one| one["number"] == row["number"]).unwrap();
        assert_eq!((&row["figures"], &row["values"]), (&same["figures"], &same["values"]));
    }
    // The other way round, a comparison simulates only what the search has not.
    std::fs::remove_file(&journal).unwrap();
    bench.succeed(&with(&[&["tune"], SPACE, SEARCH, &shared, &["--json", &json]]));
    assert_eq!(rows(&bench.json("tune.json")), rows(&found), "rows are the same whether they were known or not");
    let known = read(&journal);
    bench.succeed(&with(&[&["compare"], SPACE, &shared, &["--json", &grid]]));
    assert!(read(&journal).starts_with(&known));
    assert_eq!(read(&journal).lines().count(), 49);
}

#[test]
fn the_hypervolume_grows_and_models_are_explained() {
    let bench = Bench::new();
    let json = bench.path("tune.json");
    let shown = bench.succeed(&with(&[&["tune"], SPACE, SEARCH, &["--json", &json]]));
    let found = bench.json("tune.json");
    let volumes: Vec<f64> = rows(&found).iter().map(|row| row["hypervolume"].as_f64().unwrap()).collect();
    assert!(
        volumes.windows(2).all(|pair| pair[0] <= pair[1]) && volumes[13] > 0.0 && volumes[13] <= 1.0,
        "{volumes:?}"
    );
    let models = found["search"]["models"].as_array().unwrap();
    let figures: Vec<&str> = models.iter().map(|model| model["figure"].as_str().unwrap()).collect();
    assert_eq!(figures, ["accuracy", "energy_pj", "latency_ns"]);
    for model in models {
        let axes = model["axes"].as_array().unwrap();
        assert_eq!(axes.len(), 3);
        assert!(axes.iter().all(|axis| axis["share"].as_f64().is_some_and(|share| (0.0..=1.0).contains(&share))));
    }
    // Accuracy depends on the time steps alone, and the model says so.
    let share = |name: &str| {
        let axes = models[0]["axes"].as_array().unwrap();
        axes.iter().find(|axis| axis["name"] == name).unwrap()["share"].as_f64().unwrap()
    };
    assert!(share("steps") > 0.9 && share("placer") < 0.1, "{models:?}");
    assert!(shown.contains("14 of 48 configurations searched") && shown.contains("error, left out"), "{shown}");
}

#[test]
fn a_search_that_is_killed_goes_on_and_ends_with_the_same_bytes() {
    let bench = Bench::new();
    let whole = bench.path("whole.csv");
    bench.succeed(&with(&[&["tune"], SPACE, SEARCH, &["--csv", &whole, "--threads", "3"]]));
    let whole = read(&whole);
    assert_eq!(whole.lines().count(), 15);
    let (journal, csv) = (bench.path("j"), bench.path("resumed.csv"));
    let resumed = with(&[&["tune"], SPACE, SEARCH, &["--csv", &csv, "--journal", &journal]]);
    let cut_short = [1, 4, 9].into_iter().filter(|lines| kill_at(&bench, &resumed, &journal, *lines)).count();
    assert!(cut_short > 0, "it was never killed before it was done");
    bench.succeed(&with(&[&resumed, &["--threads", "1"]]));
    assert_eq!(read(&csv), whole);
    // All is known now.
    let before = read(&journal);
    bench.succeed(&resumed);
    assert_eq!((read(&csv), read(&journal)), (whole, before));
}

#[test]
fn rows_beyond_a_limit_are_not_on_the_front() {
    let bench = Bench::new();
    let json = bench.path("tune.json");
    let limit = ["--limit", "accuracy=0.9", "--json", &json];
    let shown = bench.succeed(&with(&[&["tune"], SPACE, SEARCH, &limit]));
    let found = bench.json("tune.json");
    let mut beyond = 0;
    for row in rows(&found) {
        let is_within = row["figures"]["accuracy"].as_f64().unwrap() >= 0.9;
        assert_eq!(row["within_limits"], is_within);
        assert!(is_within || (row["pareto"] == false && row["best"].as_array().unwrap().is_empty()), "{row}");
        beyond += usize::from(!is_within);
    }
    assert!(beyond > 0 && rows(&found).iter().any(|row| row["pareto"] == true), "{beyond} beyond");
    assert!(shown.contains("rows are within the limits: accuracy ≥ 90.00 %"), "{shown}");
}

#[test]
fn energies_that_cover_different_things_are_not_ranked() {
    let bench = Bench::new();
    let chips = ["tune", "--quiet", "--samples=10", "--chips=loihi,crossbar", "--set=steps=2,4", "--evaluations=4"];
    let message = bench.fail(&chips);
    assert!(message.contains("cover different classes of cost") && message.contains("--common-terms"), "{message}");
    for option in ["--common-terms", "--allow-mixed", "--objectives=accuracy,latency_ns"] {
        bench.succeed(&with(&[&chips, &[option]]));
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let bench = Bench::new();
    let wrong = ["tune", "--set=core.max_nurons=8..64:log", "--set=placer=hilbrt", "--objectives=acuracy"];
    let message = bench.fail(&with(&[&wrong, &["--limit=hops"]]));
    for part in [
        "--objectives: ",
        "did you mean \"accuracy\"?",
        "--limit: found \"hops\", expected FIGURE=BOUND",
        "did you mean \"core.max_neurons\"?",
        "did you mean \"hilbert\"?",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(bench.fail(&["tune", "--quiet"]).contains("--set"));
    let percent = bench.fail(&["tune", "--quiet", "--set=steps=2,4", "--limit=accuracy=90"]);
    assert!(percent.contains("accuracy=90\", expected a part from 0 to 1"), "{percent}");
    let lacking = ["tune", "--quiet", "--set=steps=2,4", "--objectives=mse"];
    assert!(bench.fail(&lacking).contains("mse: the network names classes"));
    let output = bench.run(&["tune", "--help"]);
    assert!(text(&output.stdout).contains("Examples:"));
}

#[test]
fn the_front_of_a_search_on_few_samples_is_of_all_samples() {
    let bench = Bench::new();
    let (few, all, json) = (bench.path("few.json"), bench.path("all.json"), bench.path("tune.json"));
    let journal = bench.path("j");
    let fidelity = with(&[&["tune"], SPACE, SEARCH, &["--fidelity=10,25"]]);
    let shown = bench.succeed(&with(&[&fidelity, &["--journal", &journal, "--json", &json]]));
    let found = bench.json("tune.json");
    // The journal is that of the comparison, which takes the rows on all samples alone.
    bench.succeed(&with(&[&["compare"], SPACE, &["--journal", &journal, "--json", &all]]));
    let mut numbers = std::collections::BTreeMap::from([(60, bench.json("all.json"))]);
    for samples in [10, 25] {
        let count = format!("--samples={samples}");
        let space: Vec<&str> = SPACE.iter().copied().filter(|one| !one.starts_with("--samples")).collect();
        bench.succeed(&with(&[&["compare"], &space, &[&count, "--overwrite", "--json", &few]]));
        numbers.insert(samples, bench.json("few.json"));
    }
    let (mut ran, mut full) = (0, 0);
    for row in rows(&found) {
        let samples = row["samples"].as_u64().unwrap();
        let same = rows(&numbers[&samples]).iter().find(|one| one["number"] == row["number"]).unwrap();
        assert_eq!(row["figures"], same["figures"], "on {samples}");
        assert!(samples == 60 || (row["pareto"] == false && row["best"].as_array().unwrap().is_empty()), "{row}");
        ran += match samples {
            10 => 10,
            25 => 10 + 25,
            _ => 10 + 25 + 60,
        };
        full += usize::from(samples == 60);
    }
    assert!(rows(&found).len() == 14 && (1..14).contains(&full), "{full} rows on all samples");
    assert!(rows(&found).iter().any(|row| row["pareto"] == true));
    let search = &found["search"];
    assert_eq!((&search["fidelity"], &search["samples_simulated"]), (&json!([10, 25]), &json!(ran)));
    assert_eq!(search["samples_of_all_rows"], json!(14 * 60));
    assert!(
        shown.contains(&format!("14 of 48 configurations searched on 10 samples of digits, {full} of them")),
        "{shown}"
    );
    assert!(shown.contains(&format!("{full} of 14 rows were run on all 60 samples")), "{shown}");
}

#[test]
fn a_search_on_few_samples_that_is_killed_ends_with_the_same_bytes() {
    let bench = Bench::new();
    let whole = bench.path("whole.csv");
    let search = with(&[&["tune"], SPACE, SEARCH, &["--fidelity=20"]]);
    bench.succeed(&with(&[&search, &["--csv", &whole, "--threads", "3"]]));
    let (journal, csv) = (bench.path("j"), bench.path("resumed.csv"));
    let resumed = with(&[&search, &["--csv", &csv, "--journal", &journal]]);
    // Rows on few samples are lines 2 to 15, and those on all samples follow.
    let cut_short = [3, 9, 17, 19].into_iter().filter(|lines| kill_at(&bench, &resumed, &journal, *lines)).count();
    assert!(cut_short > 0, "it was never killed before it was done");
    bench.succeed(&with(&[&resumed, &["--overwrite", "--threads", "1"]]));
    assert_eq!(read(&csv), read(&whole));
    assert!(read(&journal).lines().count() > 15);
}

#[test]
fn numbers_of_samples_are_on_the_way_to_all() {
    let bench = Bench::new();
    for (fidelity, part) in [
        ("60", "--fidelity: found 60, allowed: fewer samples than all 60"),
        ("20,10", "--fidelity: found 20,10, expected fewer samples first"),
        ("0", "--fidelity"),
    ] {
        let message = bench.fail(&with(&[&["tune"], SPACE, &["--fidelity", fidelity]]));
        assert!(message.contains(part), "{message}");
    }
    let sparse = ["tune", "--quiet", "--network=random:seed=1,neurons=64,cores=4", "--set=steps=2,4", "--fidelity=1"];
    let message = bench.fail(&with(&[&sparse, &["--objectives=energy_pj"]]));
    assert!(message.contains("--fidelity: ") && message.contains("runs once"), "{message}");
}

#[test]
fn hardware_and_mapping_are_searched_together() {
    let bench = Bench::new();
    let (json, grid) = (bench.path("tune.json"), bench.path("all.json"));
    let space = [
        "--quiet",
        "--samples=20",
        "--set=core.max_neurons=1,16,32,64",
        "--set=cores=4,10,20",
        "--set=placer=linear,hilbert",
        "--set=partitioner=sequential,multilevel",
    ];
    bench.succeed(&with(&[&["compare"], &space, &["--json", &grid]]));
    bench.succeed(&with(&[&["tune"], &space, &["--evaluations=18", "--json", &json]]));
    let (all, found) = (bench.json("all.json"), bench.json("tune.json"));
    for row in rows(&found) {
        let same = rows(&all).iter().find(|one| one["number"] == row["number"]).unwrap();
        assert_eq!((&row["figures"], &row["reason"]), (&same["figures"], &same["reason"]));
    }
    // 202 neurons do not fit on 128 cores of 1, whatever the mapping: such rows are shown with the reason.
    let unfit: Vec<&Value> = rows(&found).iter().filter(|row| row["reason"].is_string()).collect();
    assert!(!unfit.is_empty() && unfit.iter().all(|row| row["within_limits"].is_null() && row["samples"].is_null()));
    let axes = found["search"]["models"][1]["axes"].as_array().unwrap();
    let names: Vec<&str> = axes.iter().map(|axis| axis["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["core.max_neurons", "cores", "placer", "partitioner"]);
    // The fastest row of all has a core and a mapping that suit each other. The search, which has three objectives and
    // less than half of the rows, comes near it.
    let fastest = |report: &Value| {
        let latency = |row: &Value| row["figures"]["latency_ns"].as_f64().unwrap_or(f64::INFINITY);
        rows(report).iter().map(latency).fold(f64::INFINITY, f64::min)
    };
    assert!(fastest(&found) <= 1.1 * fastest(&all), "{} of {}", fastest(&found), fastest(&all));
}

#[test]
fn a_search_among_trainings_goes_on_after_it_was_killed() {
    let bench = Bench::new();
    let network = bench.path("small.json");
    let search = [
        "tune",
        "--quiet",
        "--retrain",
        "--network",
        &network,
        "--samples=50",
        "--set=width.dense1=6..24:log:3",
        "--set=learning_rate=0.003..0.03:log:3",
        "--set=epochs=1,2",
        "--set=steps=2,4",
        "--evaluations=7",
    ];
    let (whole, csv, journal) = (bench.path("whole.csv"), bench.path("resumed.csv"), bench.path("j"));
    // With a cache of its own, so that nothing is trained before.
    let elsewhere = Bench::new();
    elsewhere.succeed(&with(&[&search, &["--csv", &whole]]));
    let resumed = with(&[&search, &["--csv", &csv, "--journal", &journal]]);
    let cut_short = [2, 5].into_iter().filter(|lines| kill_at(&bench, &resumed, &journal, *lines)).count();
    assert!(cut_short > 0, "it was never killed before it was done");
    let json = bench.path("tune.json");
    bench.succeed(&with(&[&resumed, &["--overwrite", "--json", &json]]));
    assert_eq!(read(&csv), read(&whole));
    let found = bench.json("tune.json");
    let names: Vec<&str> = found["search"]["models"][0]["axes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|axis| axis["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["width.dense1", "learning_rate", "epochs", "steps"]);
    // A row is that of a network whose file says the same.
    let row = &rows(&found)[5];
    let value = |name: &str| row["values"][name].as_str().unwrap();
    let mut file: Value = serde_json::from_str(&read(&network)).unwrap();
    file["layers"][1]["outputs"] = json!(value("width.dense1").parse::<u64>().unwrap());
    file["training"]["learning_rate"] = json!(value("learning_rate").parse::<f64>().unwrap());
    file["training"]["epochs"] = json!(value("epochs").parse::<u64>().unwrap());
    file["time_steps"] = json!(value("steps").parse::<u64>().unwrap());
    std::fs::write(&network, file.to_string()).unwrap();
    let run = bench.path("run.json");
    bench.succeed(&["run", "--quiet", "--network", &network, "--samples=50", "--json", &run]);
    let figures = &row["figures"];
    assert_eq!(bench.json("run.json")["accuracy"], figures["accuracy"]);
    assert!(row["notes"].to_string().contains(&format!("trained with {} outputs of dense1", value("width.dense1"))));
}

#[test]
fn a_sweep_file_is_a_space() {
    let bench = Bench::new();
    let (path, json) = (bench.path("sweep.json"), bench.path("tune.json"));
    let sweep = |more: Value| {
        let mut file = json!({
            "format": "spikemesh.sweep/1", "samples": 20, "pareto": ["energy_pj", "cores_used"],
            "set": {"core.max_neurons": [32, 64, 128], "steps": [2, 4]},
        });
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        std::fs::write(&path, file.to_string()).unwrap();
    };
    sweep(json!({}));
    let command = ["tune", "--quiet", "--file", &path, "--evaluations=4", "--overwrite", "--json", &json];
    bench.succeed(&command);
    let found = bench.json("tune.json");
    assert_eq!((&found["samples"], &found["configurations"]), (&json!(20), &json!(6)));
    assert_eq!(found["search"]["objectives"], json!(["energy_pj", "cores_used"]));
    // Options of the command line take its place.
    bench.succeed(&with(&[&command, &["--set=steps=2", "--samples=10", "--objectives=latency_ns"]]));
    let found = bench.json("tune.json");
    assert_eq!((&found["samples"], &found["configurations"]), (&json!(10), &json!(3)));
    assert_eq!(found["search"]["objectives"], json!(["latency_ns"]));
    sweep(json!({"zip": true, "limits": "report"}));
    let message = bench.fail(&command);
    assert!(message.contains("zip: found true") && message.contains("limits: found report"), "{message}");
    sweep(json!({"set": {}}));
    assert!(bench.fail(&command).contains("set: there is nothing to search"));
}

#[test]
fn what_nothing_satisfies_is_said() {
    let bench = Bench::new();
    let none = bench.succeed(&["tune", "--quiet", "--samples=5", "--set=core.max_fan_in=1,2"]);
    assert!(none.contains("none of these configurations can be run") && none.contains("not run: "), "{none}");
    assert!(!none.contains("hypervolume"), "{none}");
    let (html, json) = (bench.path("p.html"), bench.path("p.json"));
    let beyond = ["tune", "--quiet", "--samples=5", "--set=steps=1,2,4", "--limit=energy_pj=1", "--limit=accuracy=1"];
    let shown = bench.succeed(&with(&[&beyond, &["--html", &html, "--json", &json]]));
    assert!(shown.contains("0 of 3 rows are within the limits") && shown.contains("comes nearest, with"), "{shown}");
    assert!(read(&html).contains("no row that counts is within the limits"));
    assert!(rows(&bench.json("p.json")).iter().all(|row| row["pareto"] == false));
}

#[test]
fn a_row_is_one_line_of_a_terminal() {
    let bench = Bench::new();
    let space = ["--set=core.max_neurons=8..128:log", "--set=steps=1,2,4,8", "--set=weight_bits=2,4,8"];
    let more = ["--set=placer=linear,hilbert", "--samples=5", "--evaluations=12"];
    let output = bench.run_at("80", &with(&[&["tune", "--quiet"], &space, &more]));
    let shown = text(&output.stdout);
    let table: Vec<&str> = shown.split("───\n").nth(1).unwrap().split("\n\n").next().unwrap().lines().collect();
    assert_eq!(table.len(), 12, "{shown}");
    assert!(shown.contains("100.00 %") && shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
}

#[test]
fn objectives_are_columns_however_narrow_the_terminal_is() {
    let bench = Bench::new();
    let space = ["--chips=sram_mesh", "--set=core.max_neurons=32,64", "--set=steps=2,4", "--samples=5"];
    let output = bench.run_at("80", &with(&[&["tune", "--quiet"], &space, &["--objectives=area_mm2,hops"]]));
    let shown = text(&output.stdout);
    let heads = shown.lines().nth(2).unwrap();
    assert!(heads.contains("area (mm²)") && heads.contains("hops"), "{shown}");
}

#[test]
fn the_table_is_written_while_rows_are_found() {
    let bench = Bench::new();
    let csv = bench.path("rows.csv");
    let mut child = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(["tune", "--quiet", "--samples=400", "--set=steps=8..64:linear:57", "--set=core.max_neurons=16,32,64"])
        .args(["--evaluations=150", "--threads=1", "--csv", &csv])
        .env("SPIKEMESH_CACHE", bench.path("cache"))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !std::path::Path::new(&csv).exists() {
        assert!(child.try_wait().unwrap().is_none(), "it ended without a table");
        std::thread::sleep(Duration::from_millis(10));
    }
    let known = read(&csv).lines().count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!((2..150).contains(&known), "{known} lines");
    // A stream has the table once.
    let space = ["--samples=100", "--set=steps=8..40:linear:33", "--threads=1", "--csv=-"];
    for command in [&["tune", "--quiet"][..], &["compare", "--quiet"]] {
        let shown = bench.succeed(&with(&[command, &space]));
        assert_eq!(shown.matches("energy_pj of synapse").count(), 1, "{shown}");
    }
}
