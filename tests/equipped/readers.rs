//! Traces as other programs read them: what comes back is as much as the report counts.
//!
//! The readers are Python's for these formats (`tests/readers/requirements.txt`), gtkwave's fst2vcd and Graphviz' own syntax.
//! Libraries read the same files in `tests/it/readers.rs`.

use crate::needs::python;
use crate::traced::{FORMATS, Run, check, digits, in_tables, in_waves, small};
use serde_json::Value;
use std::process::Command;

/// Runs a reader on a file, and gives what it found.
fn read_by(script: &str, path: &str) -> Value {
    read_all_by(script, &[path])
}

fn read_all_by(script: &str, paths: &[&str]) -> Value {
    let script = crate::common::repository("tests/readers").join(script);
    let output = Command::new(python()).arg(&script).args(paths).output().unwrap();
    assert!(output.status.success(), "{}: {output:?}", script.display());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A sparse network has the energy of what is counted and nothing else, on a chip without a static power of its own.
fn check_energy(run: &Run, found: f64) {
    if let Some(expected) = run.bench.json("run.json")["totals"]["energy_pj"].as_f64() {
        assert!((found - expected).abs() < 1e-6 * expected, "{found} pJ, {expected} in the report");
    }
}

fn runs() -> [Run; 2] {
    [small(), digits()]
}

pub fn vcd_is_read_by_vcdvcd() {
    for run in runs() {
        let (found, text) = (read_by("waveform.py", &run.path("vcd")), run.text("vcd"));
        check("waveform.py", &found, &in_waves(&run.counted));
        assert_eq!(found["timescale"], "100 ps");
        let end = text.lines().filter_map(|line| line.strip_prefix('#')?.parse::<u64>().ok()).next_back();
        assert_eq!(found["end"].as_u64(), end);
        assert_eq!(found["steps"].as_u64(), Some(run.counted.steps / run.counted.samples));
        let c = &run.counted;
        check("buses", &found, &[("chip spikes", c.spikes), ("chip sent", c.packets), ("chip delivered", c.packets)]);
        check("buses", &found, &[("chip hops", c.hops), ("core spikes", c.spikes + c.source)]);
        check("buses", &found, &[("layer spikes", c.spikes + c.source)]);
        // A sparse network has its spikes by step in the report.
        if let Some(by_step) = run.bench.json("run.json").get("spikes_per_step") {
            assert_eq!(found["spikes_per_step"], *by_step);
        }
        // What has no price is named, as it is in no energy.
        assert!(found["about"].to_string().contains("without a price, and so not in it: "), "{}", found["about"]);
        check_energy(&run, found["energy_pj"].as_f64().unwrap());
    }
}

pub fn fst_is_read_by_gtkwave() {
    for run in runs() {
        // What gtkwave makes of it is a VCD file.
        let path = run.bench.path("again.vcd");
        let made = Command::new("fst2vcd").args(["-f", &run.path("fst"), "-o", &path]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        // It must hold the same as the other format, too.
        let found = read_all_by("waveform.py", &[&path, &run.path("vcd")]);
        check("fst2vcd", &found, &in_waves(&run.counted));
    }
}

pub fn tables_are_read_by_pyarrow() {
    for run in runs() {
        for format in ["parquet", "csv"].into_iter().filter(|format| FORMATS.contains(format)) {
            let found = read_by("table.py", &run.path(format));
            check(format, &found, &in_tables(&run.counted));
            check(format, &found, &[("samples", run.counted.samples)]);
            let operations = [("soma_spike", run.counted.spikes), ("inject", run.counted.packets)];
            check(format, &found["operations"], &operations);
        }
    }
}

pub fn perfetto_is_read_by_its_trace_processor() {
    for run in runs() {
        let found = read_by("perfetto.py", &run.path("perfetto"));
        check("perfetto", &found, &in_tables(&run.counted));
        check_energy(&run, found["energy_pj"].as_f64().unwrap());
        check("perfetto", &found, &[("flows", run.counted.packets)]);
    }
}

pub fn graphs_are_read_by_graphviz() {
    for run in runs() {
        let c = &run.counted;
        let found = read_by("graph.py", &run.path("dot"));
        check("graph.py", &found, &[("flits", c.hops), ("ejected", c.packets), ("packets", c.packets)]);
    }
}

pub fn recorded_spikes_are_read_by_nir() {
    for run in runs() {
        let found = read_by("spikes.py", &run.path("nir"));
        let layers = found.as_object().unwrap().values();
        let sum: u64 = layers.map(|layer| layer["spikes"].as_u64().unwrap()).sum();
        assert_eq!(sum, run.counted.spikes + run.counted.source, "{found}");
    }
}
