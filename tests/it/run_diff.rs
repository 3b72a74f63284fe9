//! `diff` of saved runs: what differs, and what made the energy change.

use crate::bench::{Bench, text};
use serde_json::{Value, json};

/// Saves a run of a few samples.
fn save(bench: &Bench, name: &str, options: &[&str]) -> String {
    let path = bench.path(name);
    bench.succeed(
        &[&["run", "--quiet", "--samples", "5", "--json", &path, "--network", "digits-mlp"], options].concat(),
    );
    path
}

/// The differences as JSON, with exit code 1.
fn differences(bench: &Bench, files: [&str; 2]) -> (Value, String) {
    let path = bench.path("diff.json");
    let output = bench.run(&["diff", files[0], files[1], "--json", &path]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    (bench.json("diff.json"), text(&output.stdout))
}

/// The sum of a field; `null` where nothing is known of it.
fn sum(rows: &Value, field: &str) -> f64 {
    rows.as_array().unwrap().iter().filter_map(|row| row[field].as_f64()).sum()
}

#[test]
fn equal_runs_do_not_differ() {
    let bench = Bench::new();
    let (a, b) = (save(&bench, "a.json", &[]), save(&bench, "b.json", &["--threads", "1"]));
    let said = bench.succeed(&["diff", &a, &b, "--json", &bench.path("diff.json")]);
    assert!(said.contains("nothing differs"), "{said}");
    assert_eq!(bench.json("diff.json")["differs"], json!(false));
}

#[test]
fn a_change_of_counts_is_the_whole_change_of_energy_with_the_same_constants() {
    let bench = Bench::new();
    let (a, b) = (save(&bench, "a.json", &[]), save(&bench, "b.json", &["--steps", "8"]));
    let (diff, said) = differences(&bench, [&a, &b]);
    let energy = |name: &str| bench.json(name)["per_inference"]["energy_pj"]["mean"].as_f64().unwrap();
    let change = energy("b.json") - energy("a.json");
    assert!(change > 0.0);
    let operations = &diff["operations"];
    assert!((sum(operations, "by_count_pj") - change).abs() < 1e-6 * change, "{operations}");
    assert_eq!(sum(operations, "by_price_pj"), 0.0);
    assert!((sum(operations, "share") - 1.0).abs() < 1e-9);
    assert!((sum(operations, "of_change") - 1.0).abs() < 1e-9);
    // To the last digit: parts of all operations, as integers, are the difference of the energies.
    let integer = |value: &Value| value.as_str().map_or(0, |text| text.parse::<i128>().unwrap());
    let all = |field: &str| operations.as_array().unwrap().iter().map(|op| integer(&op[field])).sum::<i128>();
    let exact = &diff["exact"];
    assert_eq!(exact["explained"], true);
    assert_eq!(all("by_count_aj") + all("by_price_aj"), integer(&exact["change_aj"]));
    assert_eq!(integer(&exact["energy_aj"][1]) - integer(&exact["energy_aj"][0]), integer(&exact["change_aj"]));
    // Five inferences each.
    assert_eq!(integer(&exact["energy_aj"][1]) as f64 / 5e6, energy("b.json"));
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("exactly the change, in whole attojoules"), "{said}");
    for rows in ["units", "layers"] {
        let moved: f64 = diff[rows]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["energy_pj"][1].as_f64().unwrap() - row["energy_pj"][0].as_f64().unwrap())
            .sum();
        assert!(rows == "layers" || (moved - change).abs() < 1e-6 * change, "{rows}: {moved} {change}");
    }
    // The largest change comes first, with counts as the runs counted them.
    let first = &operations[0];
    let counts = |name: &str, op: &Value| {
        let counts = &bench.json(name)["counts"];
        let at = counts["operations"].as_array().unwrap().iter().position(|known| known == op).unwrap();
        counts["inferences"].as_array().unwrap().iter().map(|row| row[at].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(first["total"], json!([counts("a.json", &first["operation"]), counts("b.json", &first["operation"])]));
    let changes: Vec<f64> =
        operations.as_array().unwrap().iter().filter_map(|op| op["change_pj"].as_f64()).map(f64::abs).collect();
    assert!(changes.is_sorted_by(|a, b| a >= b), "{changes:?}");
    assert!(said.contains("Most of it: the count of ") && said.contains("time steps"), "{said}");
    assert_eq!(diff["asked"]["time steps"], json!(["4", "8"]));
}

#[test]
fn a_change_of_prices_is_told_apart_from_one_of_counts() {
    let bench = Bench::new();
    let (a, other) = (save(&bench, "a.json", &[]), bench.path("other.json"));
    bench.succeed(&["report", &a, "--calibration", "davies2018", "--json", &other]);
    let (diff, said) = differences(&bench, [&a, &other]);
    assert_eq!(sum(&diff["operations"], "by_count_pj"), 0.0);
    let energy = |name: &str| bench.json(name)["per_inference"]["energy_pj"]["mean"].as_f64().unwrap();
    let change = energy("other.json") - energy("a.json");
    assert!((sum(&diff["operations"], "by_price_pj") - change).abs() < 1e-6 * change.abs());
    assert!(said.contains("the static power, –") || said.contains("the price of "), "{said}");
    let synapse = diff["operations"].as_array().unwrap().iter().find(|op| op["operation"] == "synapse_dense").unwrap();
    assert_eq!(synapse["price_pj"], json!([35.5, 23.6]));
}

#[test]
fn values_of_the_chips_files_that_differ_are_listed() {
    let bench = Bench::new();
    let chip = bench.path("mine.json");
    std::fs::write(&chip, r#"{"extends": "loihi", "mesh": {"width": 4}, "core": {"max_neurons": 32}}"#).unwrap();
    let (a, b) = (save(&bench, "a.json", &[]), save(&bench, "b.json", &["--chip", &chip]));
    let (diff, said) = differences(&bench, [&a, &b]);
    let expected = json!([
        {"path": "mesh.width", "values": ["8", "4"]},
        {"path": "core.max_neurons", "values": ["1024", "32"]},
    ]);
    assert_eq!(diff["chip_values"], expected);
    assert!(said.contains("core.max_neurons") && said.contains("extends loihi (built-in)"), "{said}");
    // A file that has changed since is not taken for the one of the run.
    std::fs::write(&chip, r#"{"extends": "loihi", "mesh": {"width": 2}}"#).unwrap();
    let (diff, said) = differences(&bench, [&a, &b]);
    assert_eq!(diff["chip_values"], Value::Null);
    assert!(said.contains("chip values: not compared"), "{said}");
}

#[test]
fn reports_from_before_prices_were_saved_are_compared_by_counts_and_units() {
    let bench = Bench::new();
    let (a, b) = (save(&bench, "a.json", &[]), save(&bench, "b.json", &["--steps", "8"]));
    for file in [&a, &b] {
        let mut report: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        // Those are older than what rests on prices, too.
        for name in ["prices", "energy_by_class_pj", "class_coverage", "covers", "included"] {
            assert!(report.as_object_mut().unwrap().remove(name).is_some(), "{name}");
        }
        std::fs::write(file, report.to_string()).unwrap();
    }
    let (diff, _) = differences(&bench, [&a, &b]);
    assert!(!diff["units"].as_array().unwrap().is_empty());
    assert_eq!(
        (sum(&diff["operations"], "change_pj"), &diff["operations"][0]["price_pj"]),
        (0.0, &json!([null, null]))
    );
    // Prices that do not make the energies are refused.
    let mut report: Value = serde_json::from_str(&std::fs::read_to_string(&a).unwrap()).unwrap();
    report["prices"] = json!([{"operation": "synapse_dense", "energy_aj": 1}]);
    std::fs::write(&a, report.to_string()).unwrap();
    let message = bench.fail(&["diff", &a, &b]);
    assert!(message.contains("energy_breakdown_pj.synapse"), "{message}");
    assert!(bench.fail(&["diff", &b, "small.json"]).contains("small.json"));
}

#[test]
fn a_saved_run_has_a_page_and_says_how_it_was_made() {
    let bench = Bench::new();
    let (a, page) = (save(&bench, "a.json", &["--seed", "3"]), bench.path("a.html"));
    bench.succeed(&["report", &a, "--html", &page]);
    let text = std::fs::read_to_string(&page).unwrap();
    for part in
        ["digits-mlp on loihi", "Energy by unit", "Latency of inferences", "This page was made from a saved report"]
    {
        assert!(text.contains(part), "{part}");
    }
    // It may be replaced by another page of a run, and by nothing else.
    bench.succeed(&["report", &a, "--html", &page, "--calibration", "davies2018"]);
    assert_ne!(std::fs::read_to_string(&page).unwrap(), text);
    std::fs::write(&page, "my own").unwrap();
    assert!(bench.fail(&["report", &a, "--html", &page]).contains("--overwrite"));
    let report = bench.json("a.json");
    assert_eq!(report["made_by"], json!(concat!("spikemesh ", env!("CARGO_PKG_VERSION"))));
    let command = report["host"]["command"].as_str().unwrap();
    assert!(
        command.starts_with("spikemesh run --quiet --samples 5 --json ") && command.ends_with("digits-mlp --seed 3"),
        "{command}"
    );
}

#[test]
fn the_page_of_a_saved_run_has_the_figures_of_the_page_of_the_run() {
    let bench = Bench::new();
    for (network, options) in
        [("digits-mlp", ["--samples", "5"]), ("random:seed=1,neurons=256,cores=4", ["--steps", "10"])]
    {
        let [run, first, again] = ["run.json", "run.html", "again.html"].map(|name| bench.path(name));
        let command = ["run", "--quiet", "--network", network, "--json", &run, "--html", &first];
        bench.succeed(&[&command[..], &options].concat());
        bench.succeed(&["report", &run, "--html", &again]);
        let [of_run, of_report] = [&first, &again].map(|path| std::fs::read_to_string(path).unwrap());
        let parts = |page: &str, from: &str, to: &str| -> Vec<String> {
            let pieces = page.split(from).skip(1);
            pieces.map(|piece| piece.split(to).next().unwrap().to_owned()).collect()
        };
        // Every table, every card and the command are those of the page of the run, which has pictures and cores as well.
        let tables = parts(&of_report, "<table", "</table>");
        let all = parts(&of_run, "<table", "</table>");
        assert!(tables.len() > 4 && tables.len() < all.len(), "{} of {}", tables.len(), all.len());
        for table in &tables {
            assert!(all.contains(table), "{network}: a table of the report that the run has not: {table}");
        }
        let cards = |page: &str| parts(page, "<div class=\"cards\">", "<p class=\"small\">command: <code>");
        assert_eq!((cards(&of_report).len(), cards(&of_report)), (1, cards(&of_run)));
        let command = |page: &str| parts(page, "<p class=\"small\">command: <code>", "</code>");
        assert_eq!(command(&of_report), command(&of_run));
    }
}

#[test]
fn another_table_of_constants_is_chosen_by_name() {
    let bench = Bench::new();
    let (run, chip) =
        (save(&bench, "a.json", &["--chip", "sram_mesh", "--calibration", "unpriced"]), bench.path("mine.json"));
    let tables = r#"{"extends": "sram_mesh", "default_calibration": "loihi_inherited", "calibrations": {"$remove": ["unpriced"]}}"#;
    std::fs::write(&chip, tables).unwrap();
    let message = bench.fail(&["report", &run, "--chip", &chip]);
    assert!(
        message.contains("was priced with unpriced, which ") && message.contains("--calibration: loihi_inherited"),
        "{message}"
    );
    bench.succeed(&["report", &run, "--chip", &chip, "--calibration", "loihi_inherited"]);
}
