//! `compare` as a user runs it: rows against single runs, sweeps that are stopped and go on, parts, errors, files.

use crate::bench::{Bench, text};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Four chips and twelve configurations of each.
const GRID: &[&str] = &[
    "compare",
    "--quiet",
    "--chips",
    "loihi,sram_mesh,crossbar,odin",
    "--set",
    "core.max_neurons=48,64,128",
    "--set",
    "steps=1,2,4,8",
];

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [base, more].concat()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn rows_are_those_of_single_runs() {
    let bench = Bench::new();
    let json = bench.path("all.json");
    let grid = ["--chips", "loihi,crossbar", "--set", "core.max_neurons=64,128", "--set", "timing=event,ideal"];
    let options = ["compare", "--quiet", "--samples", "40", "--json", &json];
    bench.succeed(&with(&options, &grid));
    let all = bench.json("all.json");
    let rows = all["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 8);
    for row in rows.iter().filter(|row| row.get("reason").is_none()) {
        let values = &row["values"];
        let neurons = format!("core.max_neurons={}", values["core.max_neurons"].as_str().unwrap());
        let (chip, timing) = (row["chip"].as_str().unwrap(), values["timing"].as_str().unwrap());
        let one = bench.path("one.json");
        let run = [
            "run",
            "--network=digits-mlp",
            "--quiet",
            "--chip",
            chip,
            "--samples",
            "40",
            "--set",
            &neurons,
            "--timing",
            timing,
        ];
        bench.succeed(&with(&run, &["--json", &one]));
        let one = bench.json("one.json");
        let per = &one["per_inference"];
        for name in ["energy_pj", "latency_ns", "cycles", "synaptic_operations", "spikes", "packets", "hops"] {
            assert_eq!(row["figures"][name], per[name]["mean"], "{chip} {neurons} {timing} {name}");
        }
        assert_eq!(row["figures"]["accuracy"], one["accuracy"]);
        assert_eq!(row["figures"]["cores_used"].as_f64(), one["cores_used"].as_f64());
        let delay = per["energy_pj"]["mean"].as_f64().unwrap() * per["latency_ns"]["mean"].as_f64().unwrap();
        assert_eq!(row["figures"]["energy_delay_pj_ns"].as_f64(), Some(delay));
    }
    let ran = rows.iter().filter(|row| row.get("reason").is_none()).count();
    assert!(ran >= 6, "only {ran} of 8 fit");
}

#[test]
fn what_does_not_fit_is_a_row_with_the_reason() {
    let bench = Bench::new();
    let json = bench.path("all.json");
    // One tile of four cores: 128 + 64 + 10 neurons are thirteen cores of 16, or three of 256.
    let set = ["--set", "mesh.width=1", "--set", "mesh.height=1", "--set", "core.max_neurons=16,256"];
    let options = ["compare", "--quiet", "--chips", "loihi", "--samples", "10", "--json", &json];
    let shown = bench.succeed(&with(&options, &set));
    let all = bench.json("all.json");
    let reason = all["rows"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("mesh: the network needs 13, the chip has 4"), "{reason}");
    assert!(all["rows"][1].get("reason").is_none());
    assert!(shown.contains("not run: loihi (max_neurons 16): does not fit"), "{shown}");
    bench.succeed(&with(&with(&options, &set), &["--limits", "report"]));
    let row = &bench.json("all.json")["rows"][0];
    assert_eq!(row["figures"]["accuracy"].as_f64(), Some(1.0));
    assert!(row["notes"][0].as_str().unwrap().starts_with("limit broken: "), "{row}");
}

#[test]
fn a_sweep_that_is_killed_goes_on_and_ends_with_the_same_bytes() {
    let bench = Bench::new();
    let whole = bench.path("whole.csv");
    bench.succeed(&with(GRID, &["--csv", &whole]));
    let whole = read(&whole);
    assert_eq!(whole.lines().count(), 49);
    let (journal, csv) = (bench.path("j"), bench.path("resumed.csv"));
    let resumed = with(GRID, &["--csv", &csv, "--journal", &journal]);
    let mut cut_short = 0;
    for lines in [1, 9, 25] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
            .args(&resumed)
            .env("SPIKEMESH_CACHE", bench.path("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let known = || std::fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
        while known() < lines && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        child.wait().unwrap();
        cut_short += usize::from(known() < 49);
    }
    assert!(cut_short > 0, "it was never killed before it was done");
    bench.succeed(&resumed);
    assert_eq!(read(&csv), whole);
    // All is known now: nothing is simulated, and the bytes are the same again.
    let before = read(&journal);
    bench.succeed(&with(&resumed, &["--threads", "1"]));
    assert_eq!((read(&csv), read(&journal)), (whole, before));
}

#[test]
fn parts_on_several_machines_are_the_whole_for_any_number_of_threads() {
    let bench = Bench::new();
    let whole = bench.path("whole.csv");
    bench.succeed(&with(GRID, &["--csv", &whole, "--samples", "60", "--threads", "3"]));
    let journals: Vec<String> = (1..=3).map(|number| bench.path(&format!("part{number}"))).collect();
    for (journal, shard) in journals.iter().zip(["1/3", "2/3", "3/3"]) {
        let part = ["--samples", "60", "--threads", "1", "--shard", shard, "--journal", journal];
        let shown = bench.succeed(&with(GRID, &part));
        assert!(shown.contains("16 of 16 configurations"), "{shown}");
    }
    let merged = bench.path("merged.csv");
    let [one, two, three] = [&journals[0], &journals[1], &journals[2]];
    bench.succeed(&["compare", "--csv", &merged, "--merge", three, one, two]);
    assert_eq!(read(&merged), read(&whole));
    let message = bench.fail(&["compare", "--merge", one, three]);
    assert!(message.contains("16 of 48 configurations are missing, of --shard 2/3"), "{message}");
    let copy = bench.path("copy");
    std::fs::copy(two, &copy).unwrap();
    let message = bench.fail(&["compare", "--merge", one, two, three, &copy]);
    assert!(message.contains("has configurations that another part has too"), "{message}");
    let message = bench.fail(&with(GRID, &["--samples", "61", "--shard", "1/3", "--journal", one]));
    assert!(message.contains("the journal of another comparison"), "{message}");
}

#[test]
fn values_that_make_no_sense_are_told_with_what_is_allowed() {
    let bench = Bench::new();
    let fail = |set: &[&str]| bench.fail(&with(&["compare", "--chips", "loihi,odin"], set));
    let message = fail(&["--set", "core.max_neurons=0,64"]);
    assert!(message.contains("--set core.max_neurons=0: hw_models/loihi.json: core.max_neurons: found 0"), "{message}");
    assert!(
        message.contains("hw_models/odin.json: core.max_neurons: found 0") && message.contains("1 to"),
        "{message}"
    );
    let message = fail(&["--set", "core.max_neuron=64", "--set", "stepps=2"]);
    assert!(message.contains("did you mean \"core.max_neurons\"?"), "{message}");
    assert!(message.contains("option \"steps\" of the run"), "{message}");
    let message = fail(&["--set", "steps=0,2", "--set", "placer=lineal"]);
    assert!(message.contains("steps: found \"0\", allowed: whole numbers of 1 to 4096"), "{message}");
    assert!(message.contains("did you mean \"linear\"?"), "{message}");
    let message = fail(&["--pareto", "energy"]);
    assert!(message.contains("--pareto: found \"energy\", allowed: accuracy"), "{message}");
    let message = bench.fail(&["compare", "--chips", "loihy,odim"]);
    assert!(message.contains("did you mean \"loihi\"?") && message.contains("did you mean \"odin\"?"), "{message}");
    let message = fail(&["--shard", "1/2"]);
    assert!(message.contains("--journal"), "{message}");
}

#[test]
fn a_network_is_made_for_what_chips_and_options_demand() {
    let bench = Bench::new();
    let small = bench.path("small.json");
    let base = ["compare", "--quiet", "--network", &small, "--set", "weight_bits=8,1", "--set", "steps=4,1"];
    let figure = |file: &str, at: usize| bench.json(file)["rows"][at]["figures"]["accuracy"].as_f64().unwrap();
    let (quantised, trained) = (bench.path("q.json"), bench.path("t.json"));
    bench.succeed(&with(&base, &["--json", &quantised]));
    bench.succeed(&with(&base, &["--json", &trained, "--retrain"]));
    let note = |file: &str, at: usize| bench.json(file)["rows"][at]["notes"].to_string();
    assert_eq!(note("q.json", 0), "[]");
    assert!(note("q.json", 3).contains("quantised again with 1-bit weights, not 8"), "{}", note("q.json", 3));
    assert!(note("t.json", 3).contains("trained with 1-bit weights, not 8"), "{}", note("t.json", 3));
    assert!(note("t.json", 3).contains("trained for T = 1, not 4"), "{}", note("t.json", 3));
    assert_eq!(figure("q.json", 0), figure("t.json", 0), "what is asked for is the network itself");
    // One bit in one step, without a training for it, is little more than chance.
    assert!(figure("t.json", 3) > figure("q.json", 3) + 0.1, "{} {}", figure("t.json", 3), figure("q.json", 3));
}

#[test]
fn sparse_networks_are_compared_too() {
    let bench = Bench::new();
    let (json, one) = (bench.path("all.json"), bench.path("one.json"));
    let network = "random:seed=1,neurons=256,cores=16";
    let options = ["compare", "--quiet", "--network", network, "--steps", "20", "--json", &json];
    bench.succeed(&with(&options, &["--set", "placer=linear,greedy"]));
    bench.succeed(&["run", "--quiet", "--network", network, "--steps", "20", "--placer", "greedy", "--json", &one]);
    let row = &bench.json("all.json")["rows"][1];
    let one = bench.json("one.json");
    assert_eq!(row["figures"]["energy_pj"], one["totals"]["energy_pj"]);
    assert_eq!(row["figures"]["hops"].as_f64(), one["totals"]["hops"].as_f64());
    assert_eq!(row["figures"]["accuracy"], Value::Null);
    let message = bench.fail(&["compare", "--network", network, "--retrain"]);
    assert!(message.contains("--retrain: compare runs a sparse network once"), "{message}");
}

#[test]
fn the_page_and_the_table_say_what_the_json_says() {
    let bench = Bench::new();
    let (json, html, csv) = (bench.path("a.json"), bench.path("a.html"), bench.path("a.csv"));
    // Energies of these chips cover different classes of cost.
    let options = ["--samples", "50", "--allow-mixed", "--json", &json, "--html", &html, "--csv", &csv];
    let shown = bench.succeed(&with(GRID, &options));
    let (page, all) = (read(&html), bench.json("a.json"));
    for word in ["src=\"", "href=\"http", "@import"] {
        assert!(!page.contains(word), "a page asks nobody for anything: {word}");
    }
    assert!(page.len() <= 2 << 20);
    let rows = all["rows"].as_array().unwrap();
    let ran: Vec<&Value> = rows.iter().filter(|row| row.get("reason").is_none()).collect();
    let on_front = ran.iter().filter(|row| row["pareto"] == true).count();
    assert!(on_front > 0 && on_front < ran.len());
    assert_eq!(page.matches("<tr class=\"front\"").count(), on_front);
    assert_eq!(shown.matches('●').count(), on_front + 1, "each row, and what the mark means");
    for row in ran {
        let accuracy = format!("{:.2} %", 100.0 * row["figures"]["accuracy"].as_f64().unwrap());
        assert!(page.contains(&accuracy) && shown.contains(&accuracy), "{accuracy}");
    }
    // Each row of the table has as many fields as its heading, texts with commas and all.
    let csv = read(&csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|known| known == name).unwrap();
    let (energy, status) = (column("energy_pj"), column("status"));
    for (record, row) in reader.records().zip(rows) {
        let record = record.unwrap();
        let expected = row["figures"]["energy_pj"].as_f64().map_or(String::new(), |energy| energy.to_string());
        assert_eq!(&record[energy], expected);
        assert_eq!(&record[status] == "not_run", row.get("reason").is_some());
    }
}

#[test]
fn what_has_no_published_cost_is_not_the_cheapest() {
    let bench = Bench::new();
    let json = bench.path("a.json");
    let chips = format!("loihi,{}", bench.chip_of("bare", "sram_mesh", "unpriced"));
    bench.succeed(&["compare", "--quiet", "--chips", &chips, "--samples", "5", "--json", &json]);
    let all = bench.json("a.json");
    assert_eq!(all["rows"][1]["figures"]["energy_pj"], Value::Null, "this table has no costs");
    assert!(all["rows"][0]["figures"]["energy_pj"].as_f64().unwrap() > 0.0);
    assert_eq!(all["rows"][1]["pareto"], false);
}

#[test]
fn partly_priced_chips_win_nothing() {
    let bench = Bench::new();
    let [json, html, csv] = ["a.json", "a.html", "a.csv"].map(|name| bench.path(name));
    let (arrays, bare) =
        (bench.chip_of("arrays", "crossbar", "puma_isaac"), bench.chip_of("bare", "sram_mesh", "unpriced"));
    let chips = format!("loihi,{arrays},{bare},event_mesh");
    let options = ["compare", "--quiet", "--chips", &chips, "--samples", "5"];
    let shown = bench.succeed(&with(&options, &["--json", &json, "--html", &html, "--csv", &csv]));
    let all = bench.json("a.json");
    let coverage = ["complete", "lower_bound", "unpriced", "lower_bound"];
    for (row, coverage) in all["rows"].as_array().unwrap().iter().zip(coverage) {
        assert_eq!(row["energy_coverage"], coverage, "{row}");
        assert_eq!(row["pareto"], coverage == "complete", "{row}");
        let best: Vec<&str> = row["best"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert!(best.iter().all(|name| !name.contains("energy") && !name.contains("power")), "{row}");
        assert_eq!(row["figures"]["energy_pj"].is_null(), coverage == "unpriced");
        assert_eq!(row["figures"]["average_power_mw"].is_null(), coverage == "unpriced");
    }
    for (chip, starred) in [("arrays", "nJ*"), ("event_mesh", "nJ*"), ("bare", "nJ")] {
        let line = shown.lines().find(|line| line.trim_start().starts_with(chip)).unwrap();
        assert!(!line.contains(starred) && !line.contains('●'), "{line}");
        assert!(line.contains('≥') || line.contains('–'), "{line}");
    }
    let page = read(&html);
    assert_eq!(page.matches("<tr class=\"front\"").count(), 1);
    assert!(!page.contains("<td class=\"best\">≥"));
    assert_eq!(page.matches("<tr class=\"bound\"").count(), 3, "lower bounds and what is unknown");
    let card = &page[page.find("lowest energy").unwrap_or(page.len())..];
    assert!(card.is_empty(), "one energy is complete: none is the lowest of many");
    assert!(page.contains("no other row has all of it"), "{}", &page[..page.find("<table").unwrap()]);
    // An empty cell, and the word beside it.
    let csv = read(&csv);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let at = |name: &str| names.iter().position(|known| known == name).unwrap();
    let cells: Vec<(String, bool)> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[at("energy_coverage")].to_owned(), row[at("energy_pj")].is_empty()))
        .collect();
    let expected = coverage.map(|coverage| (coverage.to_owned(), coverage == "unpriced"));
    assert_eq!(cells, expected);
}

/// One chip under two calibrations, of which one has power at rest.
#[test]
fn energies_of_unequal_coverage_are_not_ranked() {
    let bench = Bench::new();
    let json = bench.path("a.json");
    let set = ["--set", "calibration=silicon_fit,davies2018", "--samples", "5", "--json", &json];
    let shown = bench.succeed(&with(&["compare", "--quiet", "--chips", "loihi"], &set));
    let rows = bench.json("a.json")["rows"].as_array().unwrap().clone();
    let energy = |row: usize| rows[row]["figures"]["energy_pj"].as_f64().unwrap();
    assert!(energy(0) < energy(1), "the smaller one leaves out the power at rest");
    for row in &rows {
        assert!(!row["best"].to_string().contains("energy_pj"), "{row}");
        assert_eq!(row["energy_coverage"], "complete");
    }
    assert!(rows.iter().all(|row| row["pareto"] == false), "{rows:?}");
    assert!(shown.contains("complete energies cover different classes (memory at rest)"), "{shown}");
}

/// Chips that price all that moves, power at rest alone, synapses alone, and a whole chip in one figure.
#[test]
fn chips_that_cover_different_classes_are_ranked_by_common_terms_alone() {
    let bench = Bench::new();
    let (json, journal) = (bench.path("a.json"), bench.path("j"));
    let chips = "loihi,speck,event_mesh,paicore,crossbar";
    let options =
        ["compare", "--chips", chips, "--samples", "3", "--overwrite", "--json", &json, "--journal", &journal];
    let shown = bench.succeed(&options);
    let all = bench.json("a.json");
    let of = |all: &Value| all["rows"].as_array().unwrap().clone();
    for row in of(&all) {
        assert!(!row["best"].to_string().contains("energy") && !row["best"].to_string().contains("power"), "{row}");
        assert_eq!(row["pareto"], false, "{row}");
    }
    assert!(!all["differing_classes"].as_array().unwrap().is_empty() && !shown.contains('█'), "{shown}");
    assert!(shown.contains("paicore: covers synapse, neuron, spike, network, memory at rest; not host"), "{shown}");
    // The options are not part of what was compared: the journal has all rows.
    let output = bench.run(&with(&options, &["--common-terms"]));
    let (shown, said) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && said.contains("continuing: 5 configurations are known"), "{said}");
    assert!(shown.contains("energies are those of synapse alone, which all ranked rows cover"), "{shown}");
    let all = bench.json("a.json");
    let best = |row: &Value| row["best"].to_string().contains("energy_pj");
    assert_eq!(of(&all).iter().filter(|row| best(row)).count(), 1, "{shown}");
    assert!(
        of(&all).iter().any(|row| row["pareto"] == true) && all["common_classes"] == serde_json::json!(["synapse"])
    );
    for row in of(&all) {
        let (chip, energy) = (row["chip"].as_str().unwrap(), &row["figures"]["energy_pj"]);
        match ["speck", "paicore"].contains(&chip) {
            true => assert!(energy.is_null() && shown.contains(&format!("{chip}: not ranked by energy: ")), "{shown}"),
            false => assert_eq!(energy, &row["energy_by_class_pj"]["synapse"], "{chip}"),
        }
    }
    let shown = bench.succeed(&with(&options, &["--allow-mixed"]));
    let before = &shown[..shown.find(" chip ").unwrap()];
    assert!(before.contains("energies are ranked whatever they cover"), "{shown}");
    assert!(of(&bench.json("a.json")).iter().any(best));
    bench.fail(&with(&options, &["--allow-mixed", "--common-terms"]));
}

#[test]
fn a_comparison_without_a_journal_of_its_own_leaves_nothing_behind() {
    let bench = Bench::new();
    let output = bench.run(&["compare", "--chips", "loihi", "--samples", "5"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let left = std::fs::read_dir(bench.path("cache")).unwrap().flatten();
    let left: Vec<_> =
        left.map(|entry| entry.file_name()).filter(|n| n.to_string_lossy().contains("journal")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn cores_asked_and_used_are_told_apart_and_axes_without_effect_are_named() {
    let bench = Bench::new();
    let compare = ["compare", "--quiet", "--samples", "1", "--chips", "loihi,sram_mesh"];
    let said = bench.succeed(&[&compare[..], &["--set", "cores=10,20"]].concat());
    let heads = said.lines().find(|line| line.trim_start().starts_with("chip ")).unwrap();
    assert!(heads.contains("cores asked") && heads.contains(" used") && heads.matches("cores").count() == 1, "{heads}");
    let said = bench.succeed(&[&compare[..], &["--set", "cores=10,20", "--set", "core.max_delay=3,4"]].concat());
    assert!(said.contains("all: max_delay changes no figure in these rows"), "{said}");
    assert!(!said.contains("asked changes no figure"), "{said}");
    let plain = text(&bench.run_at("140", &compare).stdout);
    let heads = plain.lines().find(|line| line.trim_start().starts_with("chip ")).unwrap();
    assert!(heads.split_whitespace().any(|head| head == "cores") && !heads.contains(" used"), "{heads}");
    assert!(!plain.contains("changes no figure"), "{plain}");
}
