//! Costs that move with sizes of the chip, as a user sees them: in comparisons, in runs, and in files that extend a chip.

use crate::bench::{Bench, text};
use serde_json::{Value, json};

const COMPARE: [&str; 8] = ["compare", "--quiet", "--network", "digits-mlp", "--samples", "20", "--chips", "loihi"];

fn rows(bench: &Bench, more: &[&str]) -> Vec<Value> {
    let json = bench.path("rows.json");
    bench.succeed(&[&COMPARE[..], more, &["--json", &json]].concat());
    bench.json("rows.json")["rows"].as_array().unwrap().clone()
}

fn figure(row: &Value, name: &str) -> f64 {
    row["figures"][name].as_f64().unwrap_or_else(|| panic!("{name} of {row}"))
}

#[test]
fn energy_and_time_move_with_the_memory_and_all_else_stays() {
    let bench = Bench::new();
    let rows = rows(&bench, &["--set", "core.synapses.bits=1048576,2097152,4194304"]);
    let (one, two) = (&rows[0], &rows[1]);
    // 0.298 pJ and 0.03 ns for each synapse; those of the busiest core are done one after the other.
    let synapses = figure(one, "synaptic_operations");
    let more = figure(two, "energy_pj") - figure(one, "energy_pj");
    assert!((more / synapses - 0.298).abs() < 0.002, "{more} {synapses}");
    let later = figure(two, "latency_ns") - figure(one, "latency_ns");
    assert!(0.0 < later && later <= 0.03 * synapses, "{later} {synapses}");
    assert!(figure(&rows[2], "energy_pj") > figure(two, "energy_pj"));
    assert!(figure(&rows[2], "latency_ns") > figure(two, "latency_ns"));
    for name in ["synaptic_operations", "spikes", "packets", "hops", "accuracy"] {
        assert_eq!(figure(one, name), figure(two, name), "{name}");
    }
    let notes = |row: &Value| row["notes"].to_string();
    assert!(notes(two).contains("synapse 35.5 to 35.79") && !notes(one).contains("scaled"), "{}", notes(two));
    assert!(!notes(two).contains("do not move"), "{}", notes(two));
}

#[test]
fn a_size_that_moves_nothing_is_named() {
    let bench = Bench::new();
    let rows = rows(&bench, &["--set", "core.max_neurons=64", "--set", "steps=2"]);
    let said = "constants do not move with core.max_neurons: no part of the chip's composition follows from it";
    assert!(rows[0]["notes"].as_array().unwrap().contains(&json!(said)), "{}", rows[0]["notes"]);
    assert!(!rows[0]["notes"].to_string().contains("do not move with steps"));
    let run = ["run", "--network", "digits-mlp", "--quiet", "--samples", "2", "--chip", "loihi"];
    let text = bench.succeed(&[&run[..], &["--set", "core.receive_queue=8"]].concat());
    let said = "constants do not move with core.receive_queue: ";
    assert!(text.contains(said), "{text}");
    assert!(!bench.succeed(&run).contains("do not move with"));
}

#[test]
fn a_file_that_extends_a_chip_is_scaled_from_the_same_anchor() {
    let bench = Bench::new();
    let file = bench.path("large.json");
    let large = json!({"extends": "loihi", "core": {"synapses": {"bits": 2_097_152}}});
    std::fs::write(&file, large.to_string()).unwrap();
    let energy = |chip: &[&str]| {
        let json = bench.path("run.json");
        let run = ["run", "--network", "digits-mlp", "--quiet", "--samples", "5", "--json", &json];
        bench.succeed(&[&run[..], chip].concat());
        let report = bench.json("run.json");
        (report["per_inference"]["energy_pj"]["mean"].clone(), report["per_inference"]["latency_ns"]["mean"].clone())
    };
    let set = energy(&["--chip", "loihi", "--set", "core.synapses.bits=2097152"]);
    assert_eq!(energy(&["--chip", &file]), set);
    assert_ne!(energy(&["--chip", "loihi"]), set);
    // And back from there.
    let back = energy(&["--chip", &file, "--set", "core.synapses.bits=1048576"]);
    assert_eq!(back, energy(&["--chip", "loihi"]));
    let shown = text(&bench.run(&["chips", &file]).stdout);
    assert!(shown.contains("scaled"), "{shown}");
}
