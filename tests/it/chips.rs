//! The chips that are shipped: every figure has its source, figures are those that were published (typed here once more,
//! by hand), and every chip runs a small network and prices it with each of its calibrations.

use crate::common::{Rig, chip_from, files_of, header, sparse_graph, total};
use crate::facts::uncovered;
use serde_json::{Value, json};
use spikemesh::hw::{Chip, Energy, Stepping, SynapseArray};
use spikemesh::json::Document;
use spikemesh::map::place::Placer;
use spikemesh::net::Graph;
use spikemesh::report::{Context, Detail, SparseInput, chip_line, chip_text, run_json, run_text, summarise_sparse};
use spikemesh::run::{Shards, Unwatched, run_sparse};
use spikemesh::stats::Op;
use spikemesh::system::{self, Contention};

/// All files: (name, JSON).
fn files() -> Vec<(String, Value)> {
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    };
    files_of("hw_models", "json").iter().map(read).collect()
}

fn chip(name: &str) -> Chip {
    let (_, file) = files().into_iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}"));
    chip_from(&file.to_string()).edit().name(name).build().unwrap()
}

/// What is wrong with the source of one figure: without a kind or source, or with a source that does not fit the kind.
fn unsourced(entry: &Value, path: &str, found: &mut Vec<String>) {
    let kind_of = |name: &str| entry.get(name).and_then(Value::as_str);
    let priced = ["energy", "power", "by_tiles"].iter().any(|name| entry.get(name).is_some_and(|v| !v.is_null()));
    let timed = entry.get("latency").is_some_and(|v| !v.is_null());
    if !priced && !timed {
        return;
    }
    let kinds: Vec<&str> = [kind_of("kind"), kind_of("latency_kind")].into_iter().flatten().collect();
    if kinds.is_empty() || priced && kind_of("kind").is_none() {
        found.push(format!("{path} has no kind"));
    }
    let Some(source) = kind_of("source") else {
        found.push(format!("{path} has no source"));
        return;
    };
    // What is assumed says so, and what is not assumed does not.
    let (all, any) = (kinds.iter().all(|kind| *kind == "assumed"), kinds.contains(&"assumed"));
    if !kinds.is_empty() && (all && source != "assumed" || !any && source == "assumed") {
        found.push(format!("{path} is {} by {source}", kinds.join(" and ")));
    }
}

/// Paths of figures of calibrations that say too little of where they come from, and of structural numbers likewise.
fn unsourced_in(file: &Value) -> Vec<String> {
    let mut found = uncovered(file);
    for (name, calibration) in file["calibrations"].as_object().unwrap() {
        let path = format!("calibrations.{name}");
        for (op, cost) in calibration["costs"].as_object().unwrap() {
            unsourced(cost, &format!("{path}.costs.{op}"), &mut found);
        }
        for part in ["barrier", "static_power"] {
            calibration.get(part).iter().for_each(|entry| unsourced(entry, &format!("{path}.{part}"), &mut found));
        }
    }
    for (index, entry) in file["rest"].as_array().into_iter().flatten().enumerate() {
        unsourced(entry, &format!("rest[{index}]"), &mut found);
    }
    for (path, fact) in file["facts"].as_object().into_iter().flatten() {
        let named = ["kind", "source"].iter().all(|name| fact.get(name).is_some_and(Value::is_string));
        if !named || (fact["kind"] == "assumed") != (fact["source"] == "assumed") {
            found.push(format!("facts.{path} has a kind and a source that do not go together"));
        }
    }
    found
}

#[test]
fn every_figure_of_a_shipped_chip_has_kind_and_source() {
    for (name, file) in files() {
        assert_eq!(unsourced_in(&file), [""; 0], "{name}");
        assert!(!file["estimates"].as_array().unwrap().is_empty(), "{name} says nothing of what it assumes");
    }
}

/// JSON pointers of all objects with a source, below `facts` and `calibrations`.
fn sourced(value: &Value, pointer: &str, found: &mut Vec<String>) {
    let Some(map) = value.as_object() else { return };
    if map.contains_key("source") {
        found.push(pointer.to_owned());
    }
    for (name, inner) in map {
        sourced(inner, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), found);
    }
}

#[test]
fn a_file_without_one_of_its_sources_or_facts_is_seen() {
    for (name, file) in files() {
        let mut pointers = Vec::new();
        for part in ["facts", "calibrations"] {
            sourced(&file[part], &format!("/{part}"), &mut pointers);
        }
        assert!(pointers.len() > 5, "{name}");
        for pointer in pointers {
            let without = |field: &str| {
                let mut damaged = file.clone();
                damaged.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove(field).unwrap();
                assert!(!unsourced_in(&damaged).is_empty(), "{name}: {pointer} without {field} is not seen");
            };
            without("source");
            if file.pointer(&pointer).unwrap().get("latency_kind").is_none() {
                without("kind");
            }
        }
        for path in file["facts"].as_object().unwrap().keys() {
            let mut damaged = file.clone();
            let facts = damaged["facts"].as_object_mut().unwrap();
            // What a shorter entry covers as well is covered without this one; then that one goes too.
            facts.retain(|other, _| !(path == other || path.starts_with(&format!("{other}."))));
            assert!(!uncovered(&damaged).is_empty(), "{name}: facts of {path} are of nothing");
        }
    }
}

/// (chip, cores, neurons of a core, axons into a core).
const SIZES: &[(&str, u32, u32, u32)] = &[
    ("crossbar", 14 * 12, 256, 256),
    ("event_mesh", 64, 256, 1024),
    ("hfnet_1024x1024", 256, 1024, 1024),
    ("hfnet_128x256", 4096, 256, 128),
    ("hfnet_256x256", 4096, 256, 256),
    ("hfnet_512x512", 1024, 512, 512),
    ("isaac", 14 * 12 * 12, 128, 128),
    ("loihi", 128, 1024, 4096),
    ("loihi2", 128, 8192, 1 << 24),
    ("loihi_nahuku32", 32 * 128, 1024, 4096),
    ("neurram", 48, 256, 128),
    ("odin", 1, 256, 256),
    // 512 dendrites, eight of them for a neuron with weights of eight bits.
    ("paicore", 1024, 512 / 8, 1152),
    ("ranc", 256, 256, 256),
    // 256 recurrent neurons and 16 outputs, 256 inputs and 256 recurrent neurons.
    ("reckon", 1, 256 + 16, 256 + 256),
    // Of the smallest of its four kinds of cores.
    ("speck", 9, 16 * 1024, 128 * 128 * 1024),
    ("spinnaker1", 48 * 16, 256, 1 << 24),
    ("spinnaker1_spin3", 4 * 16, 256, 1 << 24),
    ("spinnaker2", 152, 256, 1 << 24),
    ("sram_mesh", 64, 256, 1024),
    ("tianjic", 156, 256, 256),
    ("truenorth", 64 * 64, 256, 256),
    // 1,000 hidden neurons and 8 outputs, 16 inputs.
    ("xylo", 1, 1000 + 8, 16 + 1000 + 8),
];

#[test]
fn sizes_are_those_that_were_published() {
    let found: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, SIZES.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    for (name, cores, neurons, axons) in SIZES {
        let chip = chip(name);
        let limits = &chip.core().limits;
        let found = (chip.noc().cores(), limits.max_neurons, limits.max_axons_in);
        assert_eq!(found, (*cores, *neurons, *axons), "{name}");
    }
    let bits = |name: &str| (chip(name).core().limits.weight_bits, chip(name).core().limits.membrane_bits);
    assert_eq!(["truenorth", "ranc", "odin", "loihi"].map(bits), [(9, 20), (9, 9), (4, 8), (9, 24)]);
    assert_eq!(
        ["speck", "paicore", "loihi2", "reckon", "xylo"].map(bits),
        [(8, 16), (8, 30), (8, 24), (8, 16), (8, 16)]
    );
    assert_eq!(chip("xylo").core().limits.max_fan_in, Some(63));
    let types = |name: &str| chip(name).core().limits.axon_types;
    assert_eq!(["truenorth", "ranc", "odin"].map(types), [Some(4), Some(4), None]);
    let delay = |name: &str| chip(name).core().limits.max_delay;
    assert_eq!(["truenorth", "ranc", "loihi"].map(delay), [15, 15, 62]);
    for name in ["truenorth", "ranc", "odin", "tianjic", "paicore", "hfnet_128x256", "reckon"] {
        assert_eq!(chip(name).core().synapses, SynapseArray::DigitalCrossbar, "{name}");
    }
    assert_eq!(chip("loihi_nahuku32").chips(), 32);
    for name in ["loihi", "truenorth", "ranc", "odin", "paicore"] {
        assert_eq!(chip(name).neurons(), [(name.to_owned(), None)]);
    }
    let ms = |name: &str| match chip(name).stepping() {
        Stepping::Fixed { length } => chip(name).ns(length) / 1e6,
        _ => panic!("{name} has no fixed tick"),
    };
    assert_eq!(["truenorth", "ranc", "spinnaker1"].map(ms), [1.0, 20.0, 1.0]);
    // 5,050 cycles of 300 MHz.
    assert!((ms("tianjic") - 0.016_833_333).abs() < 1e-8);
}

/// (chip, calibration, operation, pJ).
const ENERGIES: &[(&str, &str, Op, f64)] = &[
    ("loihi", "davies2018", Op::Synapse, 23.6),
    ("loihi", "davies2018", Op::SomaAccess, 52.0),
    ("loihi", "davies2018", Op::SomaUpdate, 81.0 - 52.0),
    ("loihi", "davies2018", Op::Inject, 1.7),
    ("loihi", "davies2018", Op::HopEw, 3.0),
    ("loihi", "davies2018", Op::HopNs, 4.0),
    ("loihi", "silicon_fit", Op::Synapse, 35.5),
    ("loihi", "silicon_fit", Op::SomaAccess, 51.2),
    ("loihi", "silicon_fit", Op::SomaUpdate, 21.6),
    ("loihi", "silicon_fit", Op::SomaSpike, 69.3),
    ("loihi", "silicon_fit", Op::AxonOut, 111.0),
    ("loihi", "silicon_fit", Op::HopEw, 3.0),
    ("loihi", "silicon_fit", Op::HopNs, 4.2),
    ("loihi_nahuku32", "davies2018", Op::Synapse, 23.6),
    // The mean of (31.57 + 31.77) nJ over the settings of 25 and 50 spikes a second.
    ("loihi2", "profiled", Op::Barrier, 31.7e3),
    ("loihi_nahuku32", "silicon_fit", Op::Synapse, 35.5),
    ("truenorth", "akopyan_0v8", Op::Synapse, 2.297),
    ("truenorth", "merolla_26pj", Op::Synapse, 26.0),
    ("truenorth", "merolla_terms", Op::HopEw, 2.3),
    ("truenorth", "merolla_terms", Op::HopNs, 0.3e-3 * 390.0 * 32.0),
    ("truenorth", "merolla_terms", Op::SomaAccess, 47e-3 * 410.0),
    ("spinnaker1", "sharp2012", Op::SomaAccess, 100e3),
    ("spinnaker1", "sharp2012", Op::Synapse, 43e3),
    ("spinnaker1", "hoppner2019", Op::SomaAccess, 26e3),
    ("spinnaker1", "hoppner2019", Op::Synapse, 13.3e3),
    // 34 mW over a cycle of 200 MHz.
    ("spinnaker1", "spinnmachine", Op::CoreBusy, 34.0 * 5.0),
    ("spinnaker1_spin3", "spinnmachine", Op::CoreBusy, 34.0 * 5.0),
    ("spinnaker1", "spinnmachine", Op::Inject, 25.0 * 40.0),
    ("spinnaker1", "spinnmachine", Op::HopEw, 25.0 * 40.0),
    ("spinnaker1", "spinnmachine", Op::HopNs, 25.0 * 40.0),
    ("spinnaker1_spin3", "sharp2012", Op::Synapse, 43e3),
    ("spinnaker2", "prototype", Op::Synapse, 450.0),
    ("spinnaker2", "prototype", Op::SomaAccess, 2190.0),
    ("spinnaker2", "vendor_10pj", Op::Synapse, 10.0),
    ("reckon", "frenkel_5pj3", Op::Synapse, 5.3),
    ("tianjic", "efficiency_649gsops", Op::Synapse, 1.54),
    ("odin", "frenkel_terms", Op::Synapse, 8.43),
    ("odin", "frenkel_12pj7", Op::Synapse, 12.7),
    ("paicore", "efficiency_5tsops", Op::Synapse, 0.193),
    // 8 arrays 2.4 mW, samplers 0.01, shift-and-add 0.2, registers 1.24 and 0.23 mW, for 100 ns.
    ("isaac", "isaac_table1", Op::ArrayRead, (2.4 + 0.01 + 0.2 + 1.24 + 0.23) * 100.0),
    ("isaac", "isaac_table1", Op::RowDrive, 4.0 / 1024.0 * 8.0 * 100.0),
    ("isaac", "isaac_table1", Op::ColumnConversion, 8.0 * 1.5625),
    ("isaac", "isaac_table1", Op::HopEw, 5.25),
    ("crossbar", "puma_isaac", Op::ArrayRead, 1.2 * 256.0),
    ("crossbar", "puma_isaac", Op::RowDrive, 3.51e-3 * 256.0),
    ("crossbar", "puma_isaac", Op::ColumnConversion, 1.5625),
    // 256 x 128 weights, two operations each, over TOPS/W.
    ("neurram", "out3_in1", Op::ArrayRead, 65536.0 / 43.08),
    ("neurram", "out4_in2", Op::ArrayRead, 65536.0 / 40.33),
    ("neurram", "out6_in4", Op::ArrayRead, 65536.0 / 15.95),
    ("neurram", "out8_in6", Op::ArrayRead, 65536.0 / 8.257),
    ("neurram", "out10_in8", Op::ArrayRead, 65536.0 / 6.437),
    ("event_mesh", "odin_sop", Op::Synapse, 8.43),
    ("sram_mesh", "loihi_inherited", Op::Synapse, 23.6),
];

fn pj(chip: &Chip, calibration: &str, op: Op) -> Option<f64> {
    match chip.calibration(Some(calibration)).unwrap_or_else(|| panic!("no {calibration}")).cost(op).energy {
        Energy::Priced { nominal, .. } => Some(nominal.0 as f64 / 1e6),
        _ => None,
    }
}

#[test]
fn energies_are_those_that_were_published() {
    for (name, calibration, op, expected) in ENERGIES {
        let found = pj(&chip(name), calibration, *op).unwrap_or_else(|| panic!("{name} {calibration} {op:?}"));
        assert!((found / expected - 1.0).abs() < 5e-4, "{name} {calibration} {op:?}: {found}, not {expected}");
    }
    // Nobody has published an energy of these.
    for name in ["ranc", "speck", "xylo", "hfnet_128x256", "hfnet_256x256", "hfnet_512x512", "hfnet_1024x1024"] {
        let chip = chip(name);
        let priced = |op: &&Op| chip.calibrations().iter().any(|c| pj(&chip, &c.name, **op).is_some());
        assert_eq!(Op::ALL.iter().find(priced), None, "{name}");
    }
    assert_eq!(pj(&chip("loihi_nahuku32"), "davies2018", Op::HopChip), None);
}

/// (chip, calibration, mW of all its chips).
const AT_REST: &[(&str, &str, Option<f64>)] = &[
    ("loihi", "davies2018", Some(104.4)),
    ("loihi", "silicon_fit", None),
    ("loihi_nahuku32", "davies2018", Some(32.0 * 104.4)),
    ("truenorth", "akopyan_0v8", Some(64.43)),
    ("truenorth", "merolla_26pj", None),
    ("truenorth", "merolla_terms", None),
    ("spinnaker1", "sharp2012", None),
    ("spinnaker1", "spinnmachine", Some(26_840.0)),
    ("spinnaker1_spin3", "spinnmachine", Some(3_560.0)),
    ("odin", "frenkel_terms", Some((27.3 + 1.78 * 75.0) / 1e3)),
    ("odin", "frenkel_12pj7", None),
    ("speck", "rest_power", Some(0.42)),
    ("loihi2", "profiled", None),
];

fn mw(chip: &Chip, calibration: &str) -> Option<f64> {
    chip.calibration(Some(calibration)).unwrap().static_power.as_ref().map(|rest| rest.power.0 as f64 / 1e6)
}

#[test]
fn static_powers_are_those_that_were_published() {
    for (name, calibration, expected) in AT_REST {
        let found = mw(&chip(name), calibration);
        let near = found.zip(*expected).is_some_and(|(a, b)| (a / b - 1.0).abs() < 1e-9);
        assert!(near || (found, *expected) == (None, None), "{name} {calibration}: {found:?}, not {expected:?}");
    }
}

/// (chip, measurement, mW of its entries together).
const BESIDE: &[(&str, &str, f64)] = &[
    ("loihi2", "static", 213.0),
    ("speck", "rails", 1.1703),
    ("spinnaker1", "board", 26_840.0),
    ("spinnaker1", "board in its box", 31_880.0),
    ("spinnaker1_spin3", "board", 3_560.0),
];

#[test]
fn powers_beside_the_energy_are_those_that_were_published() {
    for (name, measurement, expected) in BESIDE {
        let chip = chip(name);
        let entries = chip.rest().iter().filter(|rest| rest.name == *measurement);
        let found: u64 = entries.map(|rest| rest.power.0).sum();
        assert!((found as f64 / 1e6 / expected - 1.0).abs() < 1e-9, "{name} {measurement}: {found}");
    }
    // The processor of Speck alone is what the paper has at rest.
    let speck = chip("speck");
    let parts = speck.rest().iter().filter(|rest| matches!(rest.part.as_deref(), Some("RAM" | "logic")));
    let processor = parts.map(|rest| rest.power.0).sum::<u64>() as f64 / 1e6;
    assert!((processor / mw(&speck, "rest_power").unwrap() - 1.0).abs() < 0.005, "{processor}");
}

#[test]
fn totals_that_were_published_come_out_of_their_parts() {
    let near = |found: f64, published: f64, within: f64| {
        assert!((found / published - 1.0).abs() < within, "{found}, not {published}");
    };
    // ODIN (Frenkel et al. 2019): 477 uW at 37.5 million operations a second.
    let odin = chip("odin");
    near(
        mw(&odin, "frenkel_terms").unwrap() * 1e3 + pj(&odin, "frenkel_terms", Op::Synapse).unwrap() * 37.5,
        477.0,
        2e-3,
    );
    near(pj(&odin, "frenkel_12pj7", Op::Synapse).unwrap() * 37.5, 477.0, 2e-3);
    // TrueNorth (Akopyan et al. 2015, Fig. 17; Merolla et al. 2014): 2^20 neurons, 128 synapses each.
    let truenorth = chip("truenorth");
    let (event, rest) = (pj(&truenorth, "akopyan_0v8", Op::Synapse).unwrap(), mw(&truenorth, "akopyan_0v8").unwrap());
    let events = |hz: f64| f64::from(1 << 20) * hz * 128.0 * 1e-9;
    for (hz, milliwatts) in [(11.58, 68.0), (20.07, 71.0), (95.93, 94.0)] {
        near(rest + events(hz) * event, milliwatts, 0.01);
    }
    near(events(20.0) * pj(&truenorth, "merolla_26pj", Op::Synapse).unwrap(), 72.0, 0.04);
    // SpiNNaker: 806 cores in use draw 27.5 W more than a board in its box at rest.
    let spinnaker = chip("spinnaker1");
    let core = pj(&spinnaker, "spinnmachine", Op::CoreBusy).unwrap() / spinnaker.ns(1);
    near(31_880.0 + 806.0 * core, 59_380.0, 2e-3);
    // ISAAC (Shafiee et al. 2016, Table I): 288.96 mW for the twelve units of a tile, in reads of 100 ns.
    let isaac = chip("isaac");
    let of = |op| pj(&isaac, "isaac_table1", op).unwrap();
    let unit = of(Op::ArrayRead) + 128.0 * of(Op::RowDrive) + 128.0 * of(Op::ColumnConversion);
    near(12.0 * unit / 100.0, 288.96, 1e-9);
    // NeuRRAM (Wan et al. 2022): operations of 48 cores in the time of a read, at 1-bit inputs.
    let neurram = chip("neurram");
    let ns = neurram.ns(neurram.calibration(None).unwrap().ticks(Op::ArrayRead).into());
    near(48.0 * 65536.0 / ns / 1e3, 2.122, 1e-3);
}

/// Cells that spike on, in two populations where the chip has room for two, and the host's. A cell reaches one core, its
/// weights have at most three values and four bits, and sums stay within eight: this fits every chip that is shipped.
fn small(chip: &Chip) -> Graph {
    let second = if chip.noc().cores() > 1 { "b" } else { "a" };
    let mut populations = vec![json!({
        "name": "a", "size": 6, "threshold": 5, "bias": 2,
        "neuron": {"model": "if", "reset": "subtract", "membrane_bits": 8}
    })];
    let other = if chip.core().limits.source_sign { 2 } else { -2 };
    let mut projections = vec![
        json!({"from": "a", "to": second, "edges": (0..6).map(|i| [i, (i + 1) % 6, 3, 1]).collect::<Vec<_>>()}),
        json!({"from": "a", "to": second, "edges": (0..6).map(|i| [i, (i + 2) % 6, other, 1]).collect::<Vec<_>>()}),
    ];
    if second == "b" {
        populations.push(json!({
            "name": "b", "size": 6, "threshold": 3, "neuron": {"model": "if", "reset": "zero", "membrane_bits": 8}
        }));
        projections
            .push(json!({"from": "b", "to": "a", "edges": (0..6).map(|i| [i, 5 - i, 1, 1]).collect::<Vec<_>>()}));
    }
    populations.push(json!({"name": "host", "size": 2, "spikes": [[1, 0], [2, 1], [4, 0], [4, 1]]}));
    let edges: Vec<_> = (0..6).map(|i| [i % 2, i, 3, 1]).collect();
    projections.push(json!({"from": "host", "to": "a", "edges": edges}));
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "small", "populations": populations, "projections": projections
    }))
}

#[test]
fn every_chip_runs_a_small_network_and_prices_it_with_every_calibration() {
    for (name, _) in files() {
        let chip = chip(&name);
        let mut rig = Rig::new(small(&chip), chip.clone(), Placer::Linear, Contention::Modelled);
        for calibration in chip.calibrations() {
            rig.system = system::build(&rig.graph, &chip, calibration, &rig.mapping, Contention::Modelled).unwrap();
            let result = run_sparse(&rig.system, &rig.graph, 12, Shards::default(), &Unwatched)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let what = format!("{name}, {}", calibration.name);
            assert!(result.spikes_per_step.iter().sum::<u64>() > 20, "{what}: {:?}", result.spikes_per_step);
            assert!(!result.mismatched || chip.stepping().is_free(), "{what} differs from the reference");
            assert_eq!(result.overrun_steps, 0, "{what}");
            let counts = total(&result.cores);
            assert!(counts.synapses() > 40, "{what}");
            let Rig { graph, mapping, system, .. } = &rig;
            let context = Context { chip: &chip, calibration, graph, mapping, system };
            let summary = summarise_sparse(header(), context, SparseInput { steps: 12, result: &result });
            let (report, text) = (run_json(&summary), run_text(&summary, 100, Detail::Full));
            let energy = report["energy_pj"].as_f64().unwrap_or(summary.pricing.energy_pj.mean);
            assert!(energy.is_finite() && energy >= 0.0 && text.contains(&calibration.name), "{what}");
            let priced = Op::ALL.iter().any(|op| counts.of(*op) > 0 && pj(&chip, &calibration.name, *op).is_some());
            let rests = calibration.static_power.is_some();
            assert_eq!(summary.pricing.energy_pj.mean > 0.0, priced || rests, "{what}");
            if calibration.scope.operating_point().is_some() {
                let expected = counts.synapses() as f64 * pj(&chip, &calibration.name, Op::Synapse).unwrap();
                assert!((summary.pricing.energy_pj.mean / expected - 1.0).abs() < 1e-12, "{what}");
            }
        }
    }
}

#[test]
fn texts_of_a_chip_say_all_that_its_file_says() {
    for (name, file) in files() {
        let chip = chip(&name);
        let text = chip_text(&chip, 400);
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut needed = vec![name.clone(), chip.description().to_owned()];
        needed.extend(chip.estimates().iter().chain(chip.sources()).cloned());
        for calibration in chip.calibrations() {
            needed.extend([calibration.name.clone(), calibration.description.clone()]);
            needed.extend(calibration.scope.operating_point().map(str::to_owned));
            let costs = file["calibrations"][&calibration.name]["costs"].as_object().unwrap();
            needed.extend(costs.keys().cloned());
            needed.extend(costs.values().filter_map(|cost| cost["note"].as_str().map(str::to_owned)));
        }
        needed.extend(chip.facts().iter().flat_map(|fact| [Some(fact.path.clone()), fact.note.clone()]).flatten());
        for part in needed {
            let part = part.split_whitespace().collect::<Vec<_>>().join(" ");
            // Long notes are wrapped within their column.
            assert!(squeezed.contains(&part) || part.len() > 60 && wrapped(&text, &part), "{name}: {part}\n{text}");
        }
        let line = chip_line(&chip);
        assert_eq!(line.lines().count(), 3);
        assert!(chip.calibrations().iter().all(|c| line.contains(&c.name)), "{line}");
    }
}

/// Whether all words of a text are on a page in its order.
fn wrapped(page: &str, text: &str) -> bool {
    let mut words = page.split_whitespace();
    text.split_whitespace().all(|word| words.any(|found| found == word))
}

#[test]
fn a_chip_file_that_mixes_scopes_is_refused() {
    let (_, mut file) = files().into_iter().find(|(name, _)| name == "odin").unwrap();
    file["calibrations"]["frenkel_12pj7"]["static_power"] =
        json!({"power": "27.3 uW", "kind": "silicon", "source": "odin"});
    let read = Document::parse("odin.json", &file.to_string()).and_then(|d| spikemesh::hw::read(d, "odin"));
    assert!(read.unwrap_err().to_string().contains("never mix"));
}
