//! The clock of a chip, said once: cycles, static power and energies are of one clock, however a file or an option says it.

use crate::bench::Bench;
use crate::common::{files_of, plain_file};
use serde_json::{Value, json};
use spikemesh::json::Document;

/// Populations of ODIN's neurons, or of any, driven for some steps.
fn network(neuron: &Value) -> Value {
    let spikes: Vec<Value> = (1..=20).map(|step| json!([step, step % 4])).collect();
    let edges: Vec<Value> =
        (0..4).flat_map(|source| (0..10).map(move |target| json!([source, target, 5, 1]))).collect();
    json!({
        "format": "spikemesh.sparse/1", "description": "a population", "time_steps": 25,
        "populations": [
            {"name": "in", "size": 4, "spikes": spikes},
            {"name": "p0", "size": 10, "neuron": neuron, "threshold": 20},
        ],
        "projections": [{"from": "in", "to": "p0", "edges": edges}],
    })
}

/// Chips whose tick is a cycle of a clock.
fn clocked() -> Vec<(String, f64)> {
    let name = |path: std::path::PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let all = files_of("hw_models", "json").into_iter().map(name);
    let found: Vec<_> = all.filter_map(|name| Some((plain_file(&name)["tick"]["clock_mhz"].as_f64()?, name))).collect();
    assert!(found.len() >= 5, "{found:?}");
    found.into_iter().map(|(mhz, name)| (name, mhz)).collect()
}

#[test]
fn two_clocks_that_differ_are_refused() {
    for (name, mhz) in clocked() {
        for pointer in ["/tick/clock_mhz", "/clock/mhz"] {
            let mut file = plain_file(&name);
            *file.pointer_mut(pointer).unwrap() = json!(mhz / 2.0);
            let document = Document::parse("chip.json", &file.to_string()).unwrap();
            let said = spikemesh::hw::read(document, "chip").unwrap_err().to_string();
            assert!(said.contains("clock.mhz: ") && said.contains("a chip has one clock"), "{name}: {said}");
        }
    }
}

#[test]
fn a_clock_that_is_set_is_that_of_cycles_and_of_power() {
    let bench = Bench::new();
    std::fs::write(bench.path("odin.json"), network(&json!({"model": "odin"})).to_string()).unwrap();
    let neuron = json!({"model": "if", "reset": "zero"});
    std::fs::write(bench.path("if.json"), network(&neuron).to_string()).unwrap();
    let figures = |chip: &str, set: &[&str]| {
        let (path, out) = (bench.path(if chip == "odin" { "odin.json" } else { "if.json" }), bench.path("out.json"));
        let mut arguments = vec!["run", "--quiet", "--network", &path, "--chip", chip, "--json", &out];
        // Neurons of another kind than the chip's.
        arguments.extend(["--limits", "report"]);
        arguments.extend(set.iter().flat_map(|set| ["--set", set]));
        let ran = bench.run(&arguments);
        assert_eq!(ran.status.code(), Some(0), "{chip} {set:?}: {}", crate::bench::text(&ran.stderr));
        let report = bench.json("out.json");
        let mean = |name: &str| report["per_inference"][name]["mean"].as_f64().unwrap();
        (mean("cycles"), mean("latency_ns"), report["energy_breakdown_pj"]["static"].as_f64(), report)
    };
    for (name, mhz) in clocked() {
        let plain = figures(&name, &[]);
        let slow = mhz / 5.0;
        let [tick, clock] = ["tick.clock_mhz", "clock.mhz"].map(|path| format!("{path}={slow}"));
        for set in [vec![tick.as_str()], vec![clock.as_str()], vec![tick.as_str(), clock.as_str()]] {
            let found = figures(&name, &set);
            // Fixed ticks of a chip are times: fewer cycles then pass in each.
            let is_fixed =
                plain_file(&name)["fixed_tick"]["length"].as_str().is_some_and(|text| !text.contains("cycle"));
            let cycles = if is_fixed { plain.0 / 5.0 } else { plain.0 };
            assert!((found.0 / cycles - 1.0).abs() < 1e-6, "{name} {set:?}: {} cycles for {cycles}", found.0);
            assert!((found.0 * 1e3 / slow / found.1 - 1.0).abs() < 1e-6, "{name}: cycles are not of its latency");
        }
    }
    // ODIN: 27.3 uW and 1.78 uW for each megahertz, of the one clock.
    let (_, ns, rest, _) = figures("odin", &["tick.clock_mhz=20"]);
    let wanted = (27.3 + 1.78 * 20.0) * ns / 1e3;
    assert!((rest.unwrap() / wanted - 1.0).abs() < 1e-6, "{rest:?} for {wanted}");
    let path = bench.path("odin.json");
    let differ = ["run", "--network", &path, "--chip", "odin", "--set", "tick.clock_mhz=20", "--set", "clock.mhz=75"];
    let said = bench.fail(&differ);
    assert!(said.contains("a chip has one clock"), "{said}");
}

#[test]
fn a_sweep_of_the_clock_has_one_clock_in_each_row() {
    let bench = Bench::new();
    let (path, out) = (bench.path("odin.json"), bench.path("rows.json"));
    std::fs::write(&path, network(&json!({"model": "odin"})).to_string()).unwrap();
    bench.succeed(&[
        "compare",
        "--chips",
        "odin",
        "--network",
        &path,
        "--set",
        "tick.clock_mhz=20,75",
        "--json",
        &out,
        "--quiet",
    ]);
    let rows = bench.json("rows.json");
    let cycles: Vec<f64> =
        rows["rows"].as_array().unwrap().iter().map(|row| row["figures"]["cycles"].as_f64().unwrap()).collect();
    assert!(cycles.len() == 2 && (cycles[0] / cycles[1] - 1.0).abs() < 1e-6, "{cycles:?}");
}

#[test]
fn an_all_in_figure_at_another_clock_is_marked() {
    let bench = Bench::new();
    let (path, out) = (bench.path("odin.json"), bench.path("out.json"));
    std::fs::write(&path, network(&json!({"model": "odin"})).to_string()).unwrap();
    let said = |set: &[&str], calibration: &str| {
        let mut arguments =
            vec!["run", "--network", &path, "--chip", "odin", "--calibration", calibration, "--json", &out];
        arguments.extend(set.iter().flat_map(|set| ["--set", set]));
        let text = bench.succeed(&arguments).split_whitespace().collect::<Vec<_>>().join(" ");
        (text.contains("all-in figures of a clock of 75 MHz, and do not hold at 20 MHz"), bench.json("out.json"))
    };
    let slow = &["tick.clock_mhz=20"][..];
    assert!(said(slow, "frenkel_12pj7").0 && !said(&[], "frenkel_12pj7").0 && !said(slow, "frenkel_terms").0);
    // So is a saved run that is priced with it later.
    said(slow, "frenkel_terms");
    let file = plain_file("odin");
    let mut slow = file;
    (slow["tick"]["clock_mhz"], slow["clock"]["mhz"]) = (json!(20), json!(20));
    std::fs::write(bench.path("slow.json"), slow.to_string()).unwrap();
    let chip = bench.path("slow.json");
    let text = bench.succeed(&["report", &out, "--chip", &chip, "--calibration", "frenkel_12pj7"]);
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("do not hold at 20 MHz"), "{text}");
}
