//! Power at rest beside the energy, and the band of the energy over tables of constants: worked out by hand.
//!
//! On the chip of `by_hand` four steps take 146 + 146 + 140 + 146 = 578 ns and cost 237.25 pJ: 7 packets taken in at 1 pJ, 7
//! synapses at 2, 8 accesses at 3, 6 updates at 5, 4 spikes at 7, 7 packets sent at 11, put in at 0.5 and taken out at 0.25,
//! 4 hops at 13. A power of 1 mW is 578 pJ.

use crate::bench::Bench;
use crate::by_hand::{file, network};
use crate::common::{Rig, chip_from, header, text_of};
use serde_json::{Value, json};
use spikemesh::hw::Chip;
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::report::{
    Context, Detail, SparseInput, Summary, chip_text, read_run, reprice, run_json, run_text, summarise_sparse,
};
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::system::Contention;

const NS: f64 = 578.0;
const PJ: f64 = 237.25;

fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "found {found}, expected {expected}");
}

fn entry(name: &str, power: &str, per: &str, more: Value) -> Value {
    let mut entry = json!({"name": name, "power": power, "per": per, "kind": "silicon", "source": "hand"});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

fn with_rest(rest: &[Value]) -> Value {
    let mut file = file();
    file["rest"] = json!(rest);
    file
}

/// The table of the file with some of its costs replaced.
fn table(costs: &[(&str, Value)], static_power: Value) -> Value {
    let mut table = file()["calibrations"]["hand"].clone();
    costs.iter().for_each(|(op, cost)| table["costs"][*op] = cost.clone());
    table["static_power"] = static_power;
    table
}

fn run(chip: &Chip) -> Summary {
    let rig = Rig::new(network(), chip.clone(), Placer::Linear, Contention::Modelled);
    let result = run_sparse(&rig.system, &rig.graph, 4, Shards::default(), &Unwatched).unwrap();
    let calibration = rig.chip.calibration(None).unwrap();
    let Rig { graph, chip, mapping, system } = &rig;
    let context = Context { chip, calibration, graph, mapping, system };
    summarise_sparse(header(), context, SparseInput { steps: 4, result: &result })
}

fn read(report: &Value) -> Summary {
    Document::parse("run.json", &report.to_string()).and_then(read_run).unwrap_or_else(|error| panic!("{error}"))
}

/// A saved report says what the run said, and again when it is written again.
fn keeps(summary: &Summary) {
    let report = run_json(summary);
    let back = read(&report);
    assert_eq!(run_json(&back), report);
    assert_eq!(run_text(&back, 80, Detail::Full), run_text(summary, 80, Detail::Full));
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn power_at_rest_is_power_times_time_and_is_never_added() {
    let file = with_rest(&[
        entry("idle", "100 mW", "chip", json!({})),
        entry("rails", "1 mW", "part", json!({"part": "logic"})),
        entry("share", "2 mW", "core_used", json!({"bound": "upper", "kind": "derived", "note": "an upper bound"})),
        entry("rails", "3 mW", "part", json!({"part": "memory"})),
        entry("machine", "1.5 W", "board", json!({})),
    ]);
    let summary = run(&chip_from(&file.to_string()));
    let report = run_json(&summary);
    near(&report["per_inference"]["latency_ns"]["mean"], NS);
    near(&report["per_inference"]["energy_pj"]["mean"], PJ);
    // Name, how many, power of all (mW).
    let expected = [("idle", 1, 100.0), ("rails", 1, 4.0), ("share", 2, 4.0), ("machine", 1, 1500.0)];
    let rest = report["at_rest"].as_array().unwrap();
    assert_eq!(rest.len(), expected.len());
    for (one, (name, count, mw)) in rest.iter().zip(expected) {
        assert_eq!((&one["name"], &one["count"], &one["in_energy"]), (&json!(name), &json!(count), &json!(false)));
        near(&one["total_power_mw"], mw);
        near(&one["energy_pj"], mw * NS);
        near(&one["times_dynamic"], mw * NS / PJ);
    }
    let parts = rest[1]["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| part["part"].as_str().unwrap()).collect::<Vec<_>>(), ["logic", "memory"]);
    assert_eq!((&rest[2]["bound"], &rest[2]["kind"]), (&json!("upper"), &json!("derived")));
    // Nothing of it is in the energy, whose digits are those of the chip without it.
    let plain = run(&chip_from(&with_rest(&[]).to_string()));
    assert_eq!((&plain.pricing, plain.at_rest.len()), (&summary.pricing, 0));
    let brief = words(&run_text(&summary, 80, Detail::Brief));
    assert!(
        brief.contains("at rest 57.8 nJ more (100 mW a chip) or 2.31 nJ (4 mW for these parts of a chip)"),
        "{brief}"
    );
    let text = words(&run_text(&summary, 80, Detail::Full));
    for part in [
        "beside the energy, never added to it, over 578 ns: 57.8 nJ (244 times the dynamic energy) at 100 mW a chip \
         (idle)",
        "2.31 nJ (9.74 times) at 4 mW for these parts of a chip (rails)",
        "at most 2.31 nJ (9.74 times) at 2 mW a core used, 2 cores (share, derived)",
        "867 nJ (3,654 times) at 1.5 W a board (machine)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    keeps(&summary);
}

#[test]
fn chips_and_boards_are_those_that_the_network_needs() {
    let mut file = with_rest(&[
        entry("idle", "10 mW", "chip", json!({})),
        entry("pairs", "30 mW", "board", json!({"chips_per_board": 2})),
        entry("singles", "20 mW", "board", json!({"chips_per_board": 1})),
        entry("tiles", "25 mW", "board", json!({"tiles_per_board": 1})),
    ]);
    // Four chips of a tile each; the network takes two of them.
    (file["mesh"]["width"], file["mesh"]["chips"]) = (json!(4), json!([4, 1]));
    file["calibrations"]["hand"]["costs"]["hop_chip"] = file["calibrations"]["hand"]["costs"]["hop_ew"].clone();
    let summary = run(&chip_from(&file.to_string()));
    let report = run_json(&summary);
    assert_eq!((&report["chips"], &report["chips_used"]), (&json!(4), &json!(2)));
    let rest = report["at_rest"].as_array().unwrap();
    for (one, (count, mw)) in rest.iter().zip([(2, 20.0), (1, 30.0), (2, 40.0), (2, 50.0)]) {
        assert_eq!(one["count"], count);
        near(&one["total_power_mw"], mw);
    }
    keeps(&summary);
    // A report that is older than the count of chips cannot say how many of four were used, but it knows tiles.
    let mut older = report;
    let fields = older.as_object_mut().unwrap();
    fields.remove("chips_used");
    fields.remove("at_rest");
    let chip = chip_from(&file.to_string());
    let again = reprice(read(&older), &chip, chip.calibration(None).unwrap()).unwrap();
    assert_eq!(again.at_rest.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["tiles"]);
}

#[test]
fn power_that_the_energy_holds_is_not_shown_beside_it() {
    let mut file = with_rest(&[entry("idle", "10 mW", "chip", json!({})), entry("other", "5 mW", "chip", json!({}))]);
    let power = json!({"power": "10 mW", "kind": "silicon", "source": "hand"});
    file["calibrations"]["hand"] = table(&[], power);
    let summary = run(&chip_from(&file.to_string()));
    let report = run_json(&summary);
    near(&report["per_inference"]["energy_pj"]["mean"], PJ + 10.0 * NS);
    let rest = &report["at_rest"];
    assert_eq!((&rest[0]["in_energy"], &rest[1]["in_energy"]), (&json!(true), &json!(false)));
    // The dynamic energy is the energy without what it holds of power at rest.
    near(&rest[1]["times_dynamic"], 5.0 * NS / PJ);
    let full = words(&run_text(&summary, 80, Detail::Full));
    let line = "in the energy: 5.78 nJ of static power, 10 mW (idle); beside the energy, never added to it, over 578 ns: \
                2.89 nJ (12.2 times the dynamic energy) at 5 mW a chip (other)";
    assert!(full.contains(line), "{full}");
    let text = words(&run_text(&summary, 80, Detail::Brief));
    let line = "at rest in the energy: 5.78 nJ of static power, 10 mW (idle); 2.89 nJ more (5 mW a chip)";
    assert!(text.contains(line), "{text}");
    assert_eq!(text.matches("10 mW").count(), 1, "{text}");
    keeps(&summary);
}

#[test]
fn tables_that_cover_the_same_make_the_band() {
    let cost =
        |energy: &str, latency: &str| json!({"energy": energy, "latency": latency, "kind": "model", "source": "hand"});
    let mut file = file();
    let tables = file["calibrations"].as_object_mut().unwrap();
    // 7 synapses at 1 pJ in place of 2, so 7 pJ less; 8 accesses at 4 pJ in place of 3, so 8 pJ more.
    tables.insert("cheap".into(), table(&[("synapse", cost("1 pJ", "3 ns"))], Value::Null));
    let power = json!({"power": "10 mW", "kind": "silicon", "source": "hand"});
    tables.insert("dear".into(), table(&[("soma_access", cost("4 pJ", "2 ns"))], power));
    // Leaves neurons without a price, so it is no low bound.
    let open = json!({"energy": null, "latency": "4 ns", "kind": "model", "source": "hand"});
    tables.insert("less".into(), table(&[("soma_update", open)], Value::Null));
    let mut whole = table(&[], Value::Null);
    let costs = whole["costs"].as_object_mut().unwrap();
    for (name, cost) in costs.iter_mut() {
        let latency = cost.get("latency").cloned();
        *cost = match name.as_str() {
            "synapse" => json!({"energy": "1000 pJ", "latency": "3 ns", "kind": "model", "source": "hand"}),
            _ => json!({"included_in": "synapse", "source": "hand", "latency_kind": "model"}),
        };
        latency.into_iter().for_each(|latency| cost["latency"] = latency);
    }
    (whole["scope"], whole["operating_point"]) = (json!("all_in"), json!("one load"));
    tables.insert("whole".into(), whole);
    let chip = chip_from(&file.to_string());
    let summary = run(&chip);
    let report = run_json(&summary);
    let band = &report["energy_band_pj"];
    near(&band["low"], PJ - 7.0);
    near(&band["high"], PJ + 8.0);
    assert_eq!((&band["of"], &band["tables"]), (&json!("tables"), &json!(["hand", "cheap", "dear"])));
    let known: Vec<(&str, bool, &Value)> = report["energy_by_table"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (t["calibration"].as_str().unwrap(), t["in_band"].as_bool().unwrap(), &t["covers_otherwise"]))
        .collect();
    let none = json!([]);
    let neuron = json!(["neuron"]);
    let expected = [
        ("hand", true, &none),
        ("cheap", true, &none),
        ("dear", true, &none),
        ("less", false, &neuron),
        ("whole", false, &none),
    ];
    assert_eq!(known, expected);
    near(&report["energy_by_table"][3]["energy_pj"], PJ - 30.0);
    near(&report["energy_by_table"][4]["energy_pj"], 7000.0);
    let text = words(&run_text(&summary, 80, Detail::Brief));
    assert!(text.contains("energy 237 pJ (230 to 245)"), "{text}");
    assert!(text.contains("in brackets: by hand and cheap and dear"), "{text}");
    let full = words(&run_text(&summary, 80, Detail::Full));
    let line = "the same counts by cheap 230 pJ, hand 237 pJ, dear 245 pJ; not in it: less (covers other operations: neuron), \
                whole (all-in)";
    assert!(full.contains(line), "{full}");
    keeps(&summary);
    // Another table in use, from the saved report: the band moves by the power at rest of that table alone.
    let again = |name: &str| {
        let summary = reprice(read(&report), &chip, chip.calibration(Some(name)).unwrap()).unwrap();
        keeps(&summary);
        run_json(&summary)
    };
    let dear = again("dear");
    near(&dear["per_inference"]["energy_pj"]["mean"], PJ + 8.0 + 10.0 * NS);
    near(&dear["energy_band_pj"]["low"], PJ - 7.0 + 10.0 * NS);
    near(&dear["energy_band_pj"]["high"], PJ + 8.0 + 10.0 * NS);
    // Figures of a whole chip are in no band, and one table alone makes none.
    assert_eq!(again("whole")["energy_band_pj"], Value::Null);
    assert_eq!(again("less")["energy_band_pj"], Value::Null);
    assert_eq!(again("hand")["energy_band_pj"], *band);
}

#[test]
fn the_error_of_the_only_fit_is_a_band() {
    let mut file = file();
    assert_eq!(run_json(&run(&chip_from(&file.to_string())))["energy_band_pj"], Value::Null);
    let power = json!({"power": "10 mW", "kind": "silicon", "source": "hand"});
    file["calibrations"]["hand"] = table(&[], power);
    file["calibrations"]["hand"]["fit_error"] = json!({"energy": 0.1, "latency": 0.2});
    let chip = chip_from(&file.to_string());
    let summary = run(&chip);
    let band = &run_json(&summary)["energy_band_pj"];
    // The error is that of operations, not of power at rest.
    near(&band["low"], 0.9 * PJ + 10.0 * NS);
    near(&band["high"], 1.1 * PJ + 10.0 * NS);
    assert_eq!((&band["of"], &band["fit_error"]), (&json!("fit_error"), &json!(0.1)));
    let brief = words(&run_text(&summary, 80, Detail::Brief));
    assert!(brief.contains("in brackets: ±10.0 %, the largest error of the fit"), "{brief}");
    let text = words(&run_text(&summary, 80, Detail::Full));
    let line = "5.99 nJ to 6.04 nJ: ±10.0 %, the largest error of the fit of hand, of all but its power at rest";
    assert!(text.contains(line), "{text}");
    assert!(words(&chip_text(&chip, 100)).contains("largest error of the fit: 10.0 % in energy, 20.0 % in time"));
    keeps(&summary);
}

#[test]
fn loihi_has_its_measurements_beside_the_energy_and_a_band_of_two_tables() {
    let bench = Bench::new();
    let file = bench.path("a.json");
    let text = bench.succeed(&[
        "run",
        "--network",
        "digits-mlp",
        "--chip",
        "loihi",
        "--samples",
        "5",
        "--verbose",
        "--json",
        &file,
    ]);
    let report = bench.json("a.json");
    // Time and counts of the report, powers and prices of the publications.
    let counts = &report["counts"];
    let ticks: f64 = counts["ticks"].as_array().unwrap().iter().map(|ticks| ticks.as_f64().unwrap()).sum();
    let ns = ticks / 5.0 * counts["tick_fs"].as_f64().unwrap() / 1e6;
    let of = |op: &str| {
        let place = counts["operations"].as_array().unwrap().iter().position(|name| *name == op);
        let rows = counts["inferences"].as_array().unwrap().iter();
        place.map_or(0.0, |place| rows.map(|row| row[place].as_f64().unwrap()).sum::<f64>() / 5.0)
    };
    let synapses = of("synapse") + of("synapse_dense");
    assert!(synapses > 1000.0 && of("synapse_sparse") + of("synapse_conv") == 0.0);
    let fit = 35.5 * synapses
        + 51.2 * of("soma_access")
        + 21.6 * of("soma_update")
        + 69.3 * of("soma_spike")
        + 111.0 * of("axon_out")
        + 3.0 * of("hop_ew")
        + 4.2 * of("hop_ns");
    let davies = 23.6 * synapses
        + 52.0 * of("soma_access")
        + 29.0 * of("soma_update")
        + 1.7 * of("inject")
        + 3.0 * of("hop_ew")
        + 4.0 * of("hop_ns");
    near(&report["per_inference"]["energy_pj"]["mean"], fit);
    near(&report["energy_band_pj"]["low"], davies);
    near(&report["energy_band_pj"]["high"], fit);
    let rest = &report["at_rest"];
    for (index, mw) in [104.4, 29.56, 0.816 * 3.0].into_iter().enumerate() {
        near(&rest[index]["energy_pj"], mw * ns);
        near(&rest[index]["times_dynamic"], mw * ns / fit);
    }
    assert!(rest[0]["times_dynamic"].as_f64().unwrap() > 8.0);
    assert!(words(&text).contains("at 104.4 mW a chip (static, Frady et al. 2020)"), "{text}");
    // The published table has that power in its energy.
    let other = bench.path("b.json");
    let text = bench.succeed(&["report", &file, "--calibration", "davies2018", "--json", &other]);
    let again = bench.json("b.json");
    near(&again["per_inference"]["energy_pj"]["mean"], davies + 104.4 * ns);
    near(&again["energy_band_pj"]["low"], davies + 104.4 * ns);
    near(&again["energy_band_pj"]["high"], fit + 104.4 * ns);
    let within: Vec<bool> =
        again["at_rest"].as_array().unwrap().iter().map(|one| one["in_energy"].as_bool().unwrap()).collect();
    assert_eq!(within, [true, false, false]);
    assert!(words(&text).contains("static power, 104.4 mW (static)"), "{text}");
    // Back by the command line: the report of the run, but for how it was made.
    let back = bench.path("c.json");
    bench.succeed(&["report", &other, "--calibration", "silicon_fit", "--json", &back]);
    for field in ["at_rest", "energy_band_pj", "energy_by_table", "per_inference"] {
        assert_eq!(bench.json("c.json")[field], report[field], "{field}");
    }
    let page = bench.path("a.html");
    bench.succeed(&["report", &file, "--html", &page]);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("at rest per inference") && page.contains("Power at rest, each measurement on its own"));
}

#[test]
fn chips_list_their_power_at_rest_and_wrong_entries_are_named() {
    let bench = Bench::new();
    let shown = bench.succeed(&["chips", "loihi"]);
    assert!(shown.contains("Power at rest, beside the energy and never added to it"), "{shown}");
    for part in ["104.4 mW", "29.56 mW", "at most 0.816 mW"] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let mut wrong: Value = serde_json::from_str(&text_of("hw_models/loihi.json")).unwrap();
    wrong["rest"][0]["per"] = json!("cip");
    wrong["rest"][1]["power"] = json!("0 mW");
    wrong["rest"][2].as_object_mut().unwrap().remove("source");
    let path = bench.path("wrong.json");
    std::fs::write(&path, wrong.to_string()).unwrap();
    let message = bench.fail(&["check", &path]);
    for part in [
        "rest[0].per: found \"cip\", allowed: chip, board, core_used, part; did you mean \"chip\"?",
        "rest[1].power: a power at rest is more than nothing",
        "rest[2].source: missing",
    ] {
        assert!(message.contains(part), "{part}\n{message}");
    }
    // A constant changes with its source, in a file.
    let message = bench.fail(&["run", "--chip", "loihi", "--set", "rest[0].power=1 mW", "--samples", "1"]);
    assert!(message.contains("rest[0].power is a constant"), "{message}");
}
