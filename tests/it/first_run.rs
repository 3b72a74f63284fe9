//! The first run of a new user: a bare `run`, and what its options add.

use crate::bench::Bench;
use serde_json::Value;

const COLUMNS: usize = 80;
const LINES: usize = 32;

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().collect()
}

/// Text without its line breaks, in which sentences can be found.
fn running(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn number(report: &Value, name: &str) -> f64 {
    report["per_inference"][name]["mean"].as_f64().unwrap()
}

#[test]
fn a_bare_run_crosses_the_mesh_and_fits_a_screen() {
    let bench = Bench::new();
    let json = bench.path("run.json");
    let text = crate::bench::text(&bench.run_at("80", &["run", "--json", &json]).stdout);
    let lines = lines_of(&text);
    // The line that names the file is not that of a bare run.
    let lines: Vec<&&str> = lines.iter().filter(|line| !line.starts_with("JSON ")).collect();
    assert!(lines.len() <= LINES, "{} lines:\n{text}", lines.len());
    for line in &lines {
        assert!(line.chars().count() <= COLUMNS && line.trim_end().len() == line.len(), "{line:?}");
    }
    let report = bench.report("run.json");
    assert_eq!(report["mismatched_samples"], 0);
    assert_eq!((&report["network"], &report["dataset"]), (&"fashion-cnn".into(), &"fashion-1000".into()));
    assert!(number(&report, "hops") > 10_000.0 && report["tiles_used"].as_u64().unwrap() >= 6, "{report}");
    assert!(report["accuracy"].as_f64().unwrap() > 0.85, "{}", report["accuracy"]);
    // The figures that the text must have, as the JSON has them.
    let text = running(&text);
    let count = |name: &str| {
        let digits = number(&report, name).round().to_string();
        let (head, tail) = digits.split_at(digits.len() - 3);
        format!("{head},{tail}")
    };
    for part in [
        "fashion-cnn on loihi".to_owned(),
        "the first 1,000 of 10,000 test images, which come with the program".to_owned(),
        format!("accuracy {:.2} %", 100.0 * report["accuracy"].as_f64().unwrap()),
        "equal the integer reference".to_owned(),
        format!("energy {:.1} µJ", number(&report, "energy_pj") / 1e6),
        format!("latency {:.0} µs", number(&report, "latency_ns") / 1e3),
        format!("hops {}", count("hops")),
        format!("packets {}", count("packets")),
        "silicon_fit (fitted)".to_owned(),
        "covers synapse, neuron, spike, network; not memory at rest, host".to_owned(),
        "21 of 128 on 6 tiles (9.84 mm²)".to_owned(),
        format!("busiest link {}", report["network_on_chip"]["worst_link"]["link"].as_str().unwrap()),
        "--html page.html draws it; --sources".to_owned(),
    ] {
        assert!(text.contains(&part), "{part} is missing in:\n{text}");
    }
}

#[test]
fn sources_and_verbose_add_to_the_brief_report_what_they_promise() {
    let bench = Bench::new();
    let json = bench.path("run.json");
    let run = ["run", "--network", "digits-mlp", "--samples", "3"];
    let brief = bench.succeed(&[&run[..], &["--quiet", "--json", &json]].concat());
    let report = bench.report("run.json");
    let with_sources = bench.succeed(&["report", &json, "--quiet", "--sources"]);
    assert!(with_sources.starts_with(brief.trim_end()), "{with_sources}");
    let full = bench.succeed(&["report", &json, "--verbose"]);
    let known = |list: &str| report[list].as_array().unwrap().clone();
    let sources: Vec<Value> = known("sources").iter().map(|source| source["source"].clone()).collect();
    let told: Vec<String> =
        sources.iter().chain(&known("estimates")).map(|text| running(text.as_str().unwrap())).collect();
    assert!(told.len() > 10, "{told:?}");
    for text in &told {
        assert!(!running(&brief).contains(text.as_str()), "{text}");
        for longer in [&with_sources, &full] {
            assert!(running(longer).contains(text.as_str()), "{text} is missing in:\n{longer}");
        }
    }
    // All tables are in the longest report alone.
    for part in ["Per inference", "neuron accesses", "Energy by unit", "against ANN"] {
        assert!(full.contains(part) && !brief.contains(part) && !with_sources.contains(part), "{part}");
    }
    assert_eq!(bench.succeed(&["report", &json, "--quiet"]), brief);
    assert!(full.lines().all(|line| line.trim_end().len() == line.len()), "{full}");
}

#[test]
fn a_brief_report_keeps_what_limits_trust() {
    let bench = Bench::new();
    let run = |options: &[&str]| {
        let all = [&["run", "--quiet", "--network", "digits-mlp", "--samples", "4"], options].concat();
        running(&crate::bench::text(&bench.run(&all).stdout))
    };
    // Energies of a part, times that nobody published, timing that acts on function.
    let free = run(&["--chip", "event_mesh"]);
    for part in
        ["≥ ", "the energy is a lower bound", "untimed soma update", "free-running", "note: timing changes results"]
    {
        assert!(free.contains(part), "{part} is missing in: {free}");
    }
    let unpriced = run(&["--chip", "sram_mesh", "--calibration", "unpriced"]);
    assert!(unpriced.contains("energy –") && unpriced.contains("unknown: nothing that was counted"), "{unpriced}");
    let misfit = run(&["--limits", "report", "--set", "core.max_neurons=8", "--set", "mesh.width=1"]);
    assert!(misfit.contains("DOES NOT FIT") && misfit.contains("was set to 8; its file has"), "{misfit}");
    let early = run(&["--max-events", "600", "--threads", "1"]);
    assert!(early.contains("INTERRUPTED after"), "{early}");
}
