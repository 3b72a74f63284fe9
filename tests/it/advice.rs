//! What bounds a run, in comparisons and on pages, and the options that were tried to shorten it.

use crate::bench::Bench;
use serde_json::Value;

fn with<'a>(base: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [base, more].concat()
}

fn advised(bench: &Bench, options: &[&str]) -> (String, Value) {
    let json = bench.path("advised.json");
    let shown = bench.succeed(&with(&["run", "--quiet", "--advise", "--json", &json], options));
    (shown, bench.json("advised.json"))
}

/// Every option gives what a run with it gives, and the one that is named is the shortest.
#[test]
fn advice_is_what_a_run_with_the_option_gives() {
    let bench = Bench::new();
    let one = bench.path("one.json");
    let mut better = 0;
    let placed = ["--network", "digits-cnn", "--chip", "sram_mesh", "--samples", "2"];
    let random = ["--network", "random:seed=1,neurons=256,cores=8,targets=uniform", "--chip", "loihi", "--steps", "12"];
    for options in [&["--network", "digits-mlp", "--samples", "3"][..], &placed, &random] {
        let (shown, report) = advised(&bench, options);
        let advice = &report["advice"];
        assert_eq!(advice["now"]["latency_ns"], report["per_inference"]["latency_ns"]["mean"], "{options:?}");
        assert!(advice["class"].is_string(), "{options:?}");
        let tried = advice["tried"].as_array().unwrap();
        assert!(tried.len() > 1, "{options:?}: {advice}");
        let mut least = (advice["now"]["latency_ns"].as_f64().unwrap() * 0.995, None);
        for tried in tried {
            let option: Vec<&str> = tried["option"].as_str().unwrap().split(' ').collect();
            bench.succeed(&with(&["run", "--quiet", "--json", &one], &with(options, &option)));
            let run = bench.json("one.json");
            let latency = &run["per_inference"]["latency_ns"]["mean"];
            assert_eq!(&tried["gives"]["latency_ns"], latency, "{options:?} {option:?}");
            assert_eq!(tried["gives"]["energy_pj"], run["per_inference"]["energy_pj"]["mean"], "{option:?}");
            assert_eq!(tried["gives"]["cores_used"], run["cores_used"], "{option:?}");
            if latency.as_f64().unwrap() < least.0 {
                least = (latency.as_f64().unwrap(), tried["option"].as_str());
            }
        }
        let line = shown.lines().find(|line| line.starts_with("advice")).unwrap();
        match least.1 {
            Some(option) => assert!(line.contains(&format!("{option} gives")), "{line}, {option}"),
            None => assert!(line.contains("none of"), "{line}"),
        }
        better += u32::from(least.1.is_some());
    }
    assert!(better > 0, "nothing helps anywhere");
}

#[test]
fn advice_is_the_same_for_any_threads_and_is_kept_in_the_report() {
    let bench = Bench::new();
    let options = ["--network", "digits-mlp", "--samples", "12"];
    let (_, one) = advised(&bench, &with(&options, &["--threads", "1"]));
    let (shown, three) = advised(&bench, &with(&options, &["--threads", "3"]));
    assert_eq!(one["advice"], three["advice"]);
    assert_eq!(one["advice"]["samples"], 10, "a part of the run is enough");
    let line = |text: &str| text.lines().find(|line| line.starts_with("advice")).unwrap().to_owned();
    let saved = bench.path("advised.json");
    assert_eq!(line(&bench.succeed(&["report", &saved])), line(&shown));
    // Without the option there is none.
    let json = bench.path("plain.json");
    bench.succeed(&with(&["run", "--quiet", "--json", &json], &options));
    assert_eq!(bench.json("plain.json").get("advice"), None);
}

/// Chips with a barrier, with fixed ticks, and one that runs free: in all forms.
#[test]
fn a_comparison_says_what_bounds_each_row() {
    let bench = Bench::new();
    let (json, csv, html, one) =
        (bench.path("all.json"), bench.path("all.csv"), bench.path("all.html"), bench.path("one.json"));
    let base = ["compare", "--quiet", "--network", "digits-mlp", "--samples", "5", "--limits", "report"];
    let options = ["--chips", "loihi,truenorth,event_mesh", "--json", &json, "--csv", &csv, "--html", &html];
    let shown = bench.run(&with(&base, &options));
    let shown = String::from_utf8(shown.stdout).unwrap();
    let (all, page) = (bench.json("all.json"), std::fs::read_to_string(&html).unwrap());
    let mut reader = csv::Reader::from_path(&csv).unwrap();
    let names = reader.headers().unwrap().clone();
    let column = |name: &str| names.iter().position(|known| known == name).unwrap();
    let fields = ["bound", "bound_share", "bound_of", "bound_core"].map(column);
    let rows = all["rows"].as_array().unwrap();
    for (row, record) in rows.iter().zip(reader.records()) {
        let (bound, record) = (&row["bound"], record.unwrap());
        let chip = row["chip"].as_str().unwrap();
        let run = ["run", "--quiet", "--network", "digits-mlp", "--samples", "5", "--limits", "report"];
        bench.run(&with(&run, &["--chip", chip, "--json", &one]));
        let run = bench.json("one.json");
        let (class, share) = (bound["class"].as_str().unwrap(), bound["share"].as_f64().unwrap());
        if chip == "event_mesh" {
            let stages = run["busiest_core"]["stages"].as_array().unwrap();
            let most = stages.iter().map(|stage| stage["share"].as_f64().unwrap()).fold(0.0, f64::max);
            assert_eq!((share, bound["of"].as_str()), (most, Some("time")));
        } else {
            let classes = run["bound"]["classes"].as_array().unwrap();
            let most = classes.iter().map(|class| class["steps"].as_u64().unwrap()).max().unwrap();
            let own = classes.iter().find(|of| of["class"] == class).unwrap();
            assert_eq!(own["steps"].as_u64(), Some(most));
            assert_eq!(share, most as f64 / run["bound"]["steps"].as_f64().unwrap());
        }
        let busy = if chip == "event_mesh" { "busy " } else { "" };
        let text = format!("{class} {busy}{:.0} %", 100.0 * share);
        assert!(shown.contains(&text) && page.contains(&text), "{text}: {shown}");
        let core = bound["core"].as_u64().map_or(String::new(), |core| core.to_string());
        let expected = [class, &share.to_string(), bound["of"].as_str().unwrap(), &core];
        assert_eq!(fields.map(|at| &record[at]), expected);
    }
}

/// A bar has the parts that the report has; a saved run draws it too.
#[test]
fn a_page_has_bars_of_what_bounds_the_steps() {
    let bench = Bench::new();
    let (json, html, saved) = (bench.path("run.json"), bench.path("run.html"), bench.path("saved.html"));
    let options = ["--network", "digits-mlp", "--samples", "5"];
    bench.succeed(&with(&["run", "--quiet", "--json", &json, "--html", &html], &options));
    bench.succeed(&["report", &json, "--html", &saved]);
    let report = bench.json("run.json");
    let parts = report["bound"]["classes"].as_array().unwrap();
    let all: f64 = parts.iter().map(|part| part["time_ns"].as_f64().unwrap()).sum();
    for page in [html, saved] {
        let page = std::fs::read_to_string(page).unwrap();
        let (_, section) = page.split_once("id=\"bounds\"").expect("a section of its own");
        let (bar, _) = section.split_once("<hr").unwrap();
        for part in parts {
            let ns = part["time_ns"].as_f64().unwrap();
            let width = format!("width:{:.3}%", 100.0 * ns / all);
            assert_eq!(bar.contains(&width), ns > 0.0, "{part}: {bar}");
        }
    }
    // A chip that runs free has no steps that something could bound.
    bench.run(&[
        "run",
        "--quiet",
        "--network",
        "digits-mlp",
        "--samples",
        "2",
        "--chip",
        "event_mesh",
        "--html",
        &bench.path("free.html"),
    ]);
    assert!(!std::fs::read_to_string(bench.path("free.html")).unwrap().contains("id=\"bounds\""));
}
