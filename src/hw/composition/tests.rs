//! Tests of compositions: what stays, what moves and by how much, and what is refused.

use crate::hw::built_in;
use crate::hw::parts::{PartModel, Shrink, Sram, Technology};
use crate::hw::{Calibration, Chip, ConstantKind, Cost, Energy};
use crate::stats::Op;
use serde_json::{Value, json};

fn file(name: &str) -> Value {
    serde_json::from_str(built_in::text_of(name).unwrap().1).unwrap()
}

fn chip(name: &str) -> Chip {
    Chip::from_value(name, &file(name)).unwrap()
}

fn set(chip: &Chip, path: &str, value: u64) -> Chip {
    chip.edit().set(path, value).build().unwrap()
}

/// The energy of an operation (aJ).
fn energy(table: &Calibration, op: Op) -> i64 {
    match table.cost(op).energy {
        Energy::Priced { nominal, .. } => nominal.0 as i64,
        _ => panic!("{} has no price", op.name()),
    }
}

/// The time of an operation (ns).
fn ns(chip: &Chip, op: Op) -> f64 {
    chip.ns(chip.calibrations[0].ticks(op).into())
}

fn loihi_memory(bits: u64) -> Sram {
    Sram::new(bits, 64, Technology::new(14.0, 0.75).unwrap().shrinking(Shrink::Ideal)).unwrap()
}

const BITS: &str = "core.synapses.bits";

#[test]
fn a_chip_as_it_was_published_has_its_published_constants() {
    let mut anchored = 0;
    for name in built_in::names() {
        let mut plain = file(name);
        let composition = plain.as_object_mut().unwrap().shift_remove("composition");
        if composition.is_none_or(|composition| composition.get("published").is_none()) {
            continue;
        }
        let (own, plain) = (chip(name), Chip::from_value(name, &plain).unwrap());
        assert_eq!(own.calibrations, plain.calibrations, "{name}");
        assert_eq!((own.tick, own.structure), (plain.tick, plain.structure), "{name}");
        assert!(own.scaling_notes(&own.calibrations[0].name).is_empty(), "{name}");
        let area = own.area().unwrap();
        assert!(area.kind != ConstantKind::Scaled && area.core_mm2 > 0.0 && plain.area().is_none(), "{name}");
        anchored += 1;
    }
    assert!(anchored >= 2, "{anchored}");
}

#[test]
fn twice_the_memory_of_loihi_moves_a_synapse_by_one_part_in_a_hundred() {
    let own = chip("loihi");
    let doubled = set(&own, BITS, 1 << 21);
    let (before, after) = (&own.calibrations[0], &doubled.calibrations[0]);
    // By hand from the model of the memory, of which a synapse reads 9 bits of 64.
    let (small, large) = (loihi_memory(1 << 20), loihi_memory(1 << 21));
    let expected = ((large.read_pj() - small.read_pj()) * 9.0 / 64.0 * 1e6).round() as i64;
    let more = energy(after, Op::Synapse) - energy(before, Op::Synapse);
    assert_eq!(more, expected);
    assert!((more as f64 / 1e6 - 0.3).abs() < 0.01, "{more} aJ");
    assert!((more as f64 / energy(before, Op::Synapse) as f64) < 0.02);
    // In time by 0.03 ns, for which ticks are ten times finer.
    let (then, now) = (ns(&own, Op::Synapse), ns(&doubled, Op::Synapse));
    let by = (large.access_ns() - small.access_ns()) * 9.0 / 64.0;
    assert_eq!((then, doubled.tick.0 * 10), (3.8, own.tick.0));
    assert!((now - then - by).abs() <= 0.005 && now > then, "{then} {now} {by}");
    // And by 0.046 mm2, a tenth of a core.
    let (small, large) = (own.area().unwrap(), doubled.area().unwrap());
    assert_eq!((small.core_mm2, small.chip_mm2, small.cores_only), (0.46875, 60.0, false));
    assert!((large.core_mm2 - small.core_mm2 - 0.046).abs() < 0.001 && large.kind == ConstantKind::Scaled);
    assert!((large.chip_mm2 - 60.0 - 128.0 * (large.core_mm2 - small.core_mm2)).abs() < 1e-9);
}

#[test]
fn what_was_scaled_says_so_and_the_rest_stays() {
    let own = chip("loihi");
    let doubled = set(&own, BITS, 1 << 21);
    let composed = |op: &Op| matches!(op.general().unwrap_or(*op), Op::Synapse);
    for (before, after) in own.calibrations.iter().zip(&doubled.calibrations) {
        // The same difference in every table.
        let more = energy(after, Op::Synapse) - energy(before, Op::Synapse);
        let expected = energy(&doubled.calibrations[0], Op::Synapse) - energy(&own.calibrations[0], Op::Synapse);
        assert_eq!(more, expected);
        for op in Op::ALL.iter().filter(|op| !composed(op)) {
            let (before, after) = (before.cost(*op), after.cost(*op));
            let time = |chip: &Chip, cost: &Cost| cost.latency.map(|ticks| chip.fs(ticks.into()));
            assert_eq!((before.energy, &before.note), (after.energy, &after.note), "{}", op.name());
            assert_eq!(time(&own, before), time(&doubled, after), "{}", op.name());
        }
        let cost = after.cost(Op::Synapse);
        assert_eq!((cost.kind, cost.latency_kind), (Some(ConstantKind::Scaled), Some(ConstantKind::Scaled)));
        let note = cost.note.as_deref().unwrap();
        assert!(note.contains("scaled for core.synapses.bits 2097152 instead of 1048576: "), "{note}");
        assert_eq!(cost.source, before.cost(Op::Synapse).source);
        let notes = doubled.scaling_notes(&after.name);
        assert!(
            notes.iter().any(|note| note.contains("synapse_sparse ") && note.contains("ticks of 0.01 ns")),
            "{notes:?}"
        );
        assert!(notes.iter().any(|note| note.contains("extrapolated")), "{notes:?}");
    }
    let note = doubled.calibrations[0].cost(Op::Synapse).note.clone().unwrap();
    assert!(note.contains("35.5 to 35.79"), "{note}");
    // Back again, it is the chip that it was.
    let back = set(&doubled, BITS, 1 << 20);
    assert_eq!((back.calibrations, back.tick, back.structure), (own.calibrations.clone(), own.tick, own.structure));
    assert_eq!(own.unmoved(BITS), None);
    let why = own.unmoved("core.max_neurons").unwrap();
    assert!(why.starts_with("constants do not move with core.max_neurons: no part"), "{why}");
    assert_eq!(own.unmoved("core.receive"), None);
    let why = chip("speck").unmoved("core.max_axons_in").unwrap();
    assert_eq!(why, "constants do not move with core.max_axons_in: the chip's file has no composition");
}

#[test]
fn a_smaller_memory_costs_less() {
    let own = chip("loihi");
    let small = set(&own, BITS, 1 << 18);
    assert!(energy(&small.calibrations[0], Op::Synapse) < energy(&own.calibrations[0], Op::Synapse));
    assert!(ns(&small, Op::Synapse) < ns(&own, Op::Synapse));
    assert!(small.area().unwrap().core_mm2 < own.area().unwrap().core_mm2);
}

#[test]
fn odin_in_whole_cycles() {
    let own = chip("odin");
    let large = set(&own, "core.max_neurons", 1024);
    let table = |chip: &Chip, name: &str| chip.calibration(Some(name)).unwrap().clone();
    let (before, after) = (table(&own, "frenkel_terms"), table(&large, "frenkel_terms"));
    let technology = Technology::new(28.0, 0.55).unwrap();
    let reads = |neurons: u64| {
        let weights = Sram::new(neurons * 256 * 4, 32, technology).unwrap();
        let state = Sram::new(neurons * 128, 128, technology).unwrap();
        weights.read_pj() + state.read_pj() + state.write_pj()
    };
    let expected = ((reads(1024) - reads(256)) * 1e6).round() as i64;
    assert_eq!(energy(&after, Op::Synapse) - energy(&before, Op::Synapse), expected);
    // Two cycles stay two cycles.
    assert_eq!((after.ticks(Op::Synapse), large.tick), (2, own.tick));
    assert_eq!(table(&large, "frenkel_12pj7"), table(&own, "frenkel_12pj7"));
    let notes = large.scaling_notes("frenkel_12pj7");
    assert!(notes[0].contains("all-in") && notes[0].contains("do not move with core.max_neurons"), "{notes:?}");
    assert!(large.area().unwrap().core_mm2 > 2.0 * own.area().unwrap().core_mm2);
}

#[test]
fn leakage_goes_with_the_bits_of_its_share_alone() {
    let mut value = file("loihi");
    value["composition"]["leakage"] = json!({"part": "weights", "share": 0.5, "kind": "assumed", "source": "assumed"});
    let own = Chip::from_value("loihi", &value).unwrap();
    let doubled = set(&own, BITS, 1 << 21);
    let power = |chip: &Chip| {
        let tables = chip.calibrations.iter();
        tables.filter_map(|table| table.static_power.clone()).next().unwrap()
    };
    let ratio = power(&doubled).power.0 as f64 / power(&own).power.0 as f64;
    assert!((ratio - (0.5 + 0.5 * 2f64.powf(0.95))).abs() < 1e-6, "{ratio}");
    assert_eq!((power(&own).power.0, power(&doubled).kind), (104_400_000, ConstantKind::Scaled));
    assert_eq!(power(&set(&chip("loihi"), BITS, 1 << 21)).power.0, 104_400_000);
}

#[test]
fn costs_below_nothing_are_refused() {
    let mut value = file("loihi");
    value["composition"]["operations"]["synapse"]["weights.read"] =
        json!(["core.weight_bits", "1/core.synapses.word_bits", 150]);
    value["core"]["synapses"]["bits"] = json!(1 << 14);
    let text = Chip::from_value("loihi", &value).unwrap_err().to_string();
    assert!(text.contains("calibrations.silicon_fit.costs.synapse: 35.5 pJ published and -"), "{text}");
    assert!(text.contains("less than nothing"), "{text}");
    let mut value = file("loihi");
    value["core"]["synapses"]["bits"] = json!(16);
    let text = Chip::from_value("loihi", &value).unwrap_err().to_string();
    assert!(
        text.contains("composition.parts.weights: bits of a memory: found 16, allowed: 32 to 1099511627776"),
        "{text}"
    );
}

#[test]
fn all_that_is_wrong_in_a_composition_is_reported_at_once() {
    let mut value = file("loihi");
    value["composition"]["vdd"] = json!(5);
    value["composition"]["parts"]["both"] =
        json!({"sram": {"bits": "core.synapses.bit", "width": 64}, "wire": {"width": 32, "mm": 1}});
    value["composition"]["operations"]["synapse"]["weight.read"] = json!(1);
    value["composition"]["area"]["source"] = json!("nowhere");
    let text = Chip::from_value("loihi", &value).unwrap_err().to_string();
    for part in [
        "composition.vdd: found 5, expected 0.5 to 1.3",
        "composition.parts.both.sram.bits: there is no number at \"core.synapses.bit\"",
        "composition.area.source: found \"nowhere\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let mut value = file("loihi");
    value["composition"]["parts"]["both"] =
        json!({"sram": {"bits": 32768, "width": 64}, "wire": {"width": 32, "mm": 1}});
    assert!(
        Chip::from_value("loihi", &value).unwrap_err().to_string().contains("2 kinds of part here; give one of sram")
    );
    let mut value = file("loihi");
    value["composition"]["operations"]["synapse"]["weight.read"] = json!(1);
    value["composition"]["operations"]["synapse_sparse"]["weights.use"] = json!(1);
    let text = Chip::from_value("loihi", &value).unwrap_err().to_string();
    assert!(text.contains("no part is called \"weight\"") && text.contains("did you mean \"weights\"?"), "{text}");
    assert!(text.contains("it can be \"weights.read\" or \"weights.write\""), "{text}");
    let mut value = file("loihi");
    value["composition"]["published"] = json!({"core.synapses.bits": 1, "mesh.width": 8});
    let text = Chip::from_value("loihi", &value).unwrap_err().to_string();
    assert!(text.contains("follow from core.synapses.word_bits and core.weight_bits too"), "{text}");
    assert!(text.contains("no part or operation follows from mesh.width"), "{text}");
}

/// Loihi as a chip that was never published: its synapse is the sum of its parts.
fn of_parts() -> Value {
    let mut value = file("loihi");
    let composition = value["composition"].as_object_mut().unwrap();
    composition.shift_remove("published");
    composition.insert("area".into(), json!({"kind": "model", "source": "assumed"}));
    let costs = &mut value["calibrations"]["silicon_fit"]["costs"];
    costs["synapse"] = json!({"energy": "composed", "latency": "composed", "kind": "model", "source": "assumed"});
    value
}

#[test]
fn without_an_anchor_costs_are_sums_of_parts() {
    let own = Chip::from_value("made", &of_parts()).unwrap();
    let memory = loihi_memory(1 << 20);
    assert_eq!(energy(&own.calibrations[0], Op::Synapse), (memory.read_pj() * 9.0 / 64.0 * 1e6).round() as i64);
    assert_eq!(own.calibrations[0].ticks(Op::Synapse), 1, "0.12 ns are a tick of 0.1 ns");
    let area = own.area().unwrap();
    assert_eq!((area.core_mm2, area.kind, area.cores_only), (memory.area_mm2(), ConstantKind::Model, true));
    assert!((area.chip_mm2 - 128.0 * area.core_mm2).abs() < 1e-9);
    let large = set(&own, BITS, 1 << 22);
    assert!(energy(&large.calibrations[0], Op::Synapse) > energy(&own.calibrations[0], Op::Synapse));
    // The published constants of the other table do not move.
    assert_eq!(energy(&large.calibrations[1], Op::Synapse), energy(&own.calibrations[1], Op::Synapse));
    assert!(own.composition.as_ref().unwrap().parts.iter().all(|part| matches!(part.model, PartModel::Sram(_))));
}

#[test]
fn a_sum_of_parts_needs_parts_and_says_what_it_is() {
    let problem = |change: fn(&mut Value)| {
        let mut value = of_parts();
        change(&mut value);
        Chip::from_value("made", &value).unwrap_err().to_string()
    };
    let cost = "calibrations.silicon_fit.costs.synapse";
    let text = problem(|value| value["calibrations"]["silicon_fit"]["costs"]["synapse"]["kind"] = json!("silicon"));
    assert!(text.contains(&format!("{cost}.energy: what is composed is of kind \"model\"")), "{text}");
    let text = problem(|value| value["composition"]["operations"] = json!({}));
    assert!(text.contains(&format!("{cost}.energy: of which parts? Name those of synapse")), "{text}");
    let text = problem(|value| drop(value.as_object_mut().unwrap().shift_remove("composition")));
    assert!(text.contains(&format!("{cost}.latency: of which parts?")), "{text}");
    let text = problem(|value| {
        value["composition"]["parts"]["weights"] = json!({"wire": {"width": 32, "mm": 1}});
        let operations = json!({"synapse": {"weights.use": 1}});
        value["composition"]["operations"] = operations;
    });
    assert!(text.contains(&format!("{cost}.latency: no part of synapse has a time in the models")), "{text}");
}
