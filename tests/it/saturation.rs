//! When `noc` calls a rate saturated: where the backlog grows, and never for a window that is short or packets that are
//! long. Against BookSim 2, against what networks accept when they are offered too much, and the command's own words.

use crate::bench::Bench;
use crate::noc::{booksim, setup};
use serde_json::{Value, json};
use spikemesh::hw::Noc;
use spikemesh::noc::{Cycles, Load, Measurement, Setup, Unwatched, Verdict, simulate};

/// Cycles to warm up and to measure: too short for anything, short, and long.
const WINDOWS: [(u64, u64); 3] = [(0, 80), (300, 1_500), (2_000, LONG)];
const LONG: u64 = 8_000;

fn measure(setup: &Setup, pattern: &str, rate: f64) -> Measurement {
    simulate(setup, &Load::Pattern { name: pattern.into(), rate }, &Unwatched).unwrap()
}

fn within(setup: &Setup, (warmup, measured): (u64, u64), seed: u64) -> Setup {
    Setup { warmup, measured, seed, ..setup.clone() }
}

#[test]
fn no_window_gives_another_verdict_than_booksim() {
    let Some(rows) = booksim() else {
        println!("not checked: the measurements with BookSim 2 are not on this machine");
        return;
    };
    let mut wrong = Vec::new();
    for row in &rows {
        let others = || rows.iter().filter(|other| other.group == row.group);
        let highest = others().filter(|other| other.stable).map(|other| other.rate).fold(0.0, f64::max);
        let lowest = others().filter(|other| !other.stable).map(|other| other.rate).fold(1.0, f64::min);
        // Between the two nobody knows; ours and theirs differ by up to 5 % there.
        let (stable, saturated) = (row.rate < 0.95 * highest, row.rate > 1.05 * lowest);
        let router = if row.group.0.starts_with('A') { 4 } else { 3 };
        let cycles = Cycles { router, link: 1, credit: 1 };
        let mesh = Setup { cycles, ..setup(Noc::synthetic("mesh", 8, 8, 1).unwrap()) };
        for (window, seed) in WINDOWS.into_iter().zip(1..) {
            let verdict = measure(&within(&mesh, window, seed), &row.group.1, row.rate).verdict;
            let is_long = window.1 == LONG;
            let good = match verdict {
                Verdict::Stable => !saturated,
                Verdict::Saturated => !stable,
                Verdict::TooShort => !(is_long && (stable || saturated)),
            };
            if !good {
                wrong.push(format!("{:?} at {}, window {window:?}: {verdict:?}", row.group, row.rate));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Networks of all sizes, with packets of all lengths: topology, width, height, buffer, flits of a packet.
const NETWORKS: [(&str, u32, u32, u16, u16); 8] = [
    ("mesh", 2, 2, 4, 1),
    ("mesh", 2, 2, 8, 32),
    ("mesh", 3, 5, 4, 5),
    ("mesh", 4, 4, 64, 1),
    ("mesh", 8, 6, 16, 5),
    ("torus", 4, 4, 4, 1),
    ("ring", 12, 1, 4, 1),
    ("tree", 3, 3, 4, 4),
];

#[test]
fn no_window_gives_another_verdict_than_what_is_accepted_of_too_much() {
    let mut wrong = Vec::new();
    for network in NETWORKS {
        let (topology, width, height, buffer, flits) = network;
        let vcs = if matches!(topology, "torus" | "ring") { 2 } else { 1 };
        let noc = Noc { buffer_flits: buffer, ..Noc::synthetic(topology, width, height, vcs).unwrap() };
        let network = Setup { packet_flits: flits, ..setup(noc) };
        // What is accepted of too much; of far too much a network with rings accepts less.
        let accepted = |rate| measure(&within(&network, (1_000, 4_000), 9), "uniform", rate).accepted;
        let most = [1.0, 0.5, 0.3, 0.2, 0.15, 0.1].map(accepted).into_iter().fold(0.0, f64::max);
        for (window, seed) in WINDOWS.into_iter().zip(1..) {
            for (share, right) in [(0.2, Verdict::Stable), (0.8, Verdict::Stable), (1.2, Verdict::Saturated)] {
                let rate = f64::min(share * most, 1.0);
                if share > 1.0 && rate < 1.1 * most {
                    continue; // more cannot be offered
                }
                if share > 1.0 && topology == "ring" {
                    // A ring bears that for a while, until it happens to jam: then it takes half of it.
                    continue;
                }
                let verdict = measure(&within(&network, window, seed), "uniform", rate).verdict;
                if verdict != right && (verdict != Verdict::TooShort || (window.1 == LONG && flits < 32)) {
                    wrong.push(format!(
                        "{topology} {width} x {height}, {flits} flits, {share} of {most}, {window:?}: {verdict:?}"
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn few_long_packets_are_no_saturation() {
    let noc = Noc::synthetic("mesh", 2, 2, 1).unwrap();
    let network = Setup { packet_flits: 256, ..setup(noc) };
    for (rate, seed) in [0.02, 0.2, 0.24].into_iter().zip(1..) {
        for window in [(0, 300), (0, 2_000), (2_000, 20_000)] {
            let outcome = measure(&within(&network, window, seed), "uniform", rate);
            assert_ne!(outcome.verdict, Verdict::Saturated, "{rate}, {window:?}");
        }
        // As long as it takes.
        assert_eq!(
            measure(&within(&network, (2_000, 200_000), seed), "uniform", rate).verdict,
            Verdict::Stable,
            "{rate}"
        );
    }
    assert_eq!(measure(&within(&network, (2_000, 20_000), 1), "uniform", 0.8).verdict, Verdict::Saturated);
}

#[test]
fn a_backlog_that_grows_slowly_is_saturation() {
    // Saturated from about 0.296 on, as windows of 200,000 cycles show.
    let noc = Noc { buffer_flits: 16, ..Noc::synthetic("mesh", 8, 8, 1).unwrap() };
    let network = Setup { packet_flits: 5, cycles: Cycles { router: 3, link: 1, credit: 1 }, ..setup(noc) };
    let verdict = |rate, seed| measure(&within(&network, (2_000, 20_000), seed), "uniform", rate).verdict;
    assert_eq!([1, 2].map(|seed| verdict(0.3, seed)), [Verdict::Saturated; 2]);
    assert_eq!([1, 2].map(|seed| verdict(0.28, seed)), [Verdict::Stable; 2]);
}

#[test]
fn a_large_network_is_not_saturated_while_it_fills() {
    let noc = Noc::synthetic("torus", 64, 64, 2).unwrap();
    for (window, rate) in [((0, 100), 0.001), ((0, 500), 0.001), ((0, 40), 0.02)] {
        let outcome = measure(&within(&setup(noc.clone()), window, 1), "uniform", rate);
        assert_eq!(outcome.verdict, Verdict::TooShort, "{window:?}");
    }
}

#[test]
fn a_window_that_is_too_short_is_told() {
    let bench = Bench::new();
    let [json, csv, html] = ["noc.json", "noc.csv", "noc.html"].map(|name| bench.path(name));
    let files = ["--json", &json, "--csv", &csv, "--html", &html];
    let short = ["noc", "--cycles", "100", "--warmup", "0", "--rate"];
    let said = bench.succeed(&[&short[..], &["0.005..0.02:4"], &files].concat());
    for part in [
        "too short to say",
        "no rate is known to be saturated",
        "the window of 100 cycles is short against a latency of 3",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("saturates at") && !said.contains("never catches up"), "{said}");
    let report = bench.json("noc.json");
    assert_eq!(report["saturation"], Value::Null);
    for point in report["points"].as_array().unwrap() {
        assert_eq!((&point["saturated"], &point["window_too_short"]), (&json!(false), &json!(true)));
    }
    let table = std::fs::read_to_string(&csv).unwrap();
    assert!(table.lines().nth(1).unwrap().ends_with(",true") && table.contains("window_too_short"), "{table}");
    assert!(std::fs::read_to_string(&html).unwrap().contains("too short to say"));
    let one = bench.succeed(&[&short[..], &["0.02", "--json", &json]].concat());
    assert!(one.contains("too short to say whether the backlog grows") && !one.contains("SATURATED"), "{one}");
    // Long enough, it is neither.
    let long = bench.succeed(&["noc", "--cycles", "2000", "--rate", "0.02", "--json", &json]);
    let report = bench.json("noc.json");
    assert_eq!((&report["saturated"], &report["window_too_short"]), (&json!(false), &json!(false)));
    assert!(!long.contains("too short"), "{long}");
    let much = bench.succeed(&["noc", "--cycles", "2000", "--rate", "0.3", "--json", &json]);
    let report = bench.json("noc.json");
    assert_eq!((&report["saturated"], &report["window_too_short"]), (&json!(true), &json!(false)));
    assert!(much.contains("SATURATED: the backlog grows"), "{much}");
}
