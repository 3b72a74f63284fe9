//! Chips of kind `model`: every constant is a sum of parts, worked out here by the published laws; everything that is
//! counted has a price; energy, time and area move with sizes, and no configuration is the best in all of them.

use crate::bench::Bench;
use crate::common::{chip_with, text_of};
use serde_json::{Value, json};
use spikemesh::hw::{Chip, ConstantKind, Energy};
use spikemesh::stats::Op;

fn pj(chip: &Chip, op: Op) -> f64 {
    match chip.calibration(None).unwrap().cost(op).energy {
        Energy::Priced { nominal, .. } => nominal.0 as f64 / 1e6,
        other => panic!("{}: {other:?}", op.name()),
    }
}

fn ns(chip: &Chip, op: Op) -> f64 {
    chip.ns(chip.calibration(None).unwrap().ticks(op).into())
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found / expected - 1.0).abs() < 2e-3, "{what}: {found} for {expected}");
}

/// A memory at 28 nm and 0.9 V, between the laws of 32 and 22 nm: read, write (pJ), access (ns), area (mm2).
fn memory(bits: f64, width: f64) -> [f64; 4] {
    let (x, y) = (bits / 262_144.0, width / 64.0);
    let at_32 =
        [3.57 * x.powf(0.503) * y.powf(0.537), 2.83 * x.powf(0.452) * y.powf(0.818), 0.651 * x.powf(0.313), 0.0609 * x];
    let at_22 =
        [2.35 * x.powf(0.514) * y.powf(0.557), 1.87 * x.powf(0.466) * y.powf(0.840), 0.527 * x.powf(0.328), 0.0286 * x];
    let part = (32f64 / 28.0).ln() / (32f64 / 22.0).ln();
    let between = |i: usize| (at_32[i].ln() * (1.0 - part) + at_22[i].ln() * part).exp();
    // Both laws are of 0.6 V.
    let voltage = (0.9f64 / 0.6).powi(2);
    [between(0) * voltage, between(1) * voltage, between(2), between(3)]
}

#[test]
fn constants_of_the_mesh_are_the_sums_of_their_parts() {
    for (neurons, bits) in [(256.0, 1_048_576.0), (64.0, 262_144.0), (512.0, 4_194_304.0)] {
        let edits = [("/core/max_neurons", json!(neurons as u64)), ("/core/synapses/bits", json!(bits as u64))];
        let chip = chip_with("sram_mesh", &edits);
        let (weights, sums, state) = (memory(bits, 32.0), memory(512.0 * neurons, 32.0), memory(64.0 * neurons, 64.0));
        // An adder of 24 bits, the geometric mean of its tables: 0.0568 pJ; two gates a bit take 2.304 ns.
        let adder = (0.05676, 2.304);
        let synapse = 0.25 * weights[0] + sums[0] + sums[1] + adder.0;
        near(pj(&chip, Op::SynapseDense), synapse, "dense synapse");
        near(pj(&chip, Op::Synapse), synapse + 0.3125 * weights[0], "synapse of a list");
        near(ns(&chip, Op::SynapseDense), 0.25 * weights[2] + 2.0 * sums[2] + adder.1, "time of a dense synapse");
        near(pj(&chip, Op::Dendrite), sums[0] + sums[1], "dendrite");
        near(pj(&chip, Op::SomaAccess), state[0], "access");
        near(pj(&chip, Op::HopEw), 1.577 + 0.0488 * 32.0 * 0.48, "hop");
        near(pj(&chip, Op::HostWrite), 1.577 + state[1], "host write");
        near(pj(&chip, Op::Readout), 1.577 + state[0], "readout");
        // Axons and targets, and the registers of queues and buffers; logic is next to nothing.
        let (axons, targets) = (memory(32_768.0, 32.0), memory(65_536.0, 32.0));
        let memories: f64 = [weights, sums, state, axons, targets].iter().map(|part| part[3]).sum();
        let area = chip.area().unwrap();
        assert!(area.core_mm2 > memories && area.core_mm2 < memories + 0.004, "{} for {memories}", area.core_mm2);
        assert!((area.chip_mm2 / area.core_mm2 - 64.0).abs() < 1e-9 && area.kind == ConstantKind::Model);
    }
}

#[test]
fn arrays_of_the_crossbar_follow_their_sizes() {
    let chip = chip_with("crossbar", &[]);
    near(pj(&chip, Op::ArrayRead), 1.2 * 256.0, "array");
    near(pj(&chip, Op::RowDrive), 3.506_25e-3 * 256.0, "row");
    near(pj(&chip, Op::ColumnConversion), 1.5625, "the published converter");
    assert_eq!(ns(&chip, Op::ArrayRead), 256.0);
    let half = [
        ("/core/synapses/rows", json!(128)),
        ("/core/synapses/columns", json!(128)),
        ("/core/max_neurons", json!(128)),
        ("/core/max_axons_in", json!(128)),
        ("/core/max_fan_in", json!(128)),
    ];
    let small = chip_with("crossbar", &half);
    // PUMA's array of 128 x 128: 0.3 mW for 128 ns.
    near(pj(&small, Op::ArrayRead), 0.3 * 128.0, "smaller array");
    assert_eq!(ns(&small, Op::ArrayRead), 128.0);
    assert!(small.area().unwrap().core_mm2 < chip.area().unwrap().core_mm2);
}

#[test]
fn every_operation_of_a_model_has_a_price_and_no_energy_is_made_up() {
    for (name, table) in [("sram_mesh", "parts_28nm"), ("crossbar", "parts_32nm")] {
        let chip = chip_with(name, &[]);
        let calibration = chip.calibration(None).unwrap();
        assert_eq!(calibration.name, table);
        let file: Value = serde_json::from_str(&text_of(&format!("hw_models/{name}.json"))).unwrap();
        for op in file["calibrations"][table]["costs"].as_object().unwrap().keys() {
            let op = Op::ALL[Op::NAMES.iter().position(|known| known == op).unwrap()];
            let cost = calibration.cost(op);
            assert_ne!(cost.energy, Energy::Unpriced, "{name} {}", op.name());
            let kinds = [Some(ConstantKind::Model), Some(ConstantKind::Derived), None];
            assert!(kinds.contains(&cost.kind), "{name} {}", op.name());
        }
        assert!(chip.description().contains("not a chip that was made"), "{name}");
    }
}

#[test]
fn sizes_of_the_mesh_trade_energy_time_and_area() {
    let bench = Bench::new();
    let json = bench.path("a.json");
    let compare = ["compare", "--quiet", "--chips", "sram_mesh", "--samples", "3", "--json", &json];
    let set = ["--set", "core.max_neurons=64,128,256,512", "--set", "core.synapses.bits=262144,1048576,4194304"];
    let said = bench.succeed(&[&compare[..], &set].concat());
    assert!(said.contains("area"), "{said}");
    let all = bench.json("a.json");
    let rows = all["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    let figure = |row: &Value, name: &str| row["figures"][name].as_f64().unwrap();
    for row in rows {
        assert_eq!(row["energy_coverage"], "complete", "{row}");
        assert!(row["notes"].to_string().contains("is a model, not a chip"), "{row}");
        // What memories leak is never predicted.
        assert_eq!(row["unpriced"], json!(["static"]), "{row}");
    }
    for name in ["energy_pj", "latency_ns", "area_mm2"] {
        // The last axis is fastest: of four times the memory.
        for three in rows.chunks(3) {
            let values: Vec<f64> = three.iter().map(|row| figure(row, name)).collect();
            assert!(values[0] < values[1] && values[1] < values[2], "{name}: {values:?}");
        }
    }
    let axes = all["pareto_axes"].as_array().unwrap();
    assert!(axes.contains(&json!("area_mm2")), "{axes:?}");
    let front: Vec<&Value> = rows.iter().filter(|row| row["pareto"] == true).collect();
    assert!(front.len() > 1, "{said}");
    let least = |name: &str| front.iter().map(|row| figure(row, name)).fold(f64::INFINITY, f64::min);
    // The smallest area is not the lowest energy.
    let smallest = front.iter().find(|row| figure(row, "area_mm2") == least("area_mm2")).unwrap();
    assert!(figure(smallest, "energy_pj") > least("energy_pj") || figure(smallest, "latency_ns") > least("latency_ns"));
}

#[test]
fn areas_are_figures_of_maps_and_runs_where_the_file_has_parts() {
    let bench = Bench::new();
    let json = bench.path("a.json");
    for command in [vec!["map"], vec!["run", "--samples", "2", "--verbose"]] {
        let of = |chip: &str| {
            let rest = ["--overwrite", "--network", "digits-mlp", "--chip", chip, "--json", &json];
            let said = bench.succeed(&[&command[..], &rest].concat());
            (said, bench.json("a.json"))
        };
        let (said, report) = of("sram_mesh");
        let area = &report["area_mm2"];
        let [core, used, chip] = ["core", "cores_used", "chip"].map(|name| area[name].as_f64().unwrap());
        assert!((used / core - report["cores_used"].as_f64().unwrap()).abs() < 1e-9, "{report}");
        assert!((chip / core - 64.0).abs() < 1e-9 && area["kind"] == "model" && area["source"].is_string());
        assert!(said.contains("mm² a core") && said.contains("mm² the chip (model)"), "{said}");
        let (said, report) = of("event_mesh");
        assert_eq!(report["area_mm2"], Value::Null);
        assert!(!said.contains("mm²"), "{said}");
    }
    let compare = ["compare", "--quiet", "--overwrite", "--chips", "event_mesh,sram_mesh", "--samples", "2"];
    bench.succeed(&[&compare[..], &["--json", &json]].concat());
    let all = bench.json("a.json");
    let area = |row: usize| all["rows"][row]["figures"]["area_mm2"].clone();
    assert!(area(0).is_null() && area(1).is_number(), "{all}");
    assert!(!all["pareto_axes"].to_string().contains("area"), "a chip without an area would be on no front");
}
