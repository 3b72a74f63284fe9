//! Runs that are traced: to a list, or to a file of every format, with what must be found in those files.

use crate::bench::Bench;
use serde_json::Value;
use spikemesh::trace::{Kind, Record, Sink, TraceError, TracedSample};

/// What a report counts, of the samples that are traced.
#[derive(Clone, Debug)]
pub struct Counted {
    pub spikes: u64,
    /// Spikes of the host.
    pub source: u64,
    pub packets: u64,
    pub hops: u64,
    pub steps: u64,
    pub samples: u64,
}

/// A run that was traced to a file of every format.
pub struct Run {
    pub bench: Bench,
    pub counted: Counted,
}

pub const FORMATS: &[&str] = &[
    "csv",
    "dot",
    "fst",
    #[cfg(feature = "nir")]
    "nir",
    "noxim",
    #[cfg(feature = "parquet")]
    "parquet",
    "perfetto",
    "vcd",
];

impl Run {
    pub fn new(network: &str, more: &[&str]) -> Self {
        let bench = Bench::new();
        let json = bench.path("run.json");
        let network = if network == "digits" { bench.path("small.json") } else { network.to_owned() };
        let traces: Vec<String> =
            FORMATS.iter().map(|format| format!("{format}={}", bench.path(&file(format)))).collect();
        let mut arguments = vec!["run", "--quiet", "--network", &network, "--json", &json];
        arguments.extend(traces.iter().flat_map(|trace| ["--trace", trace.as_str()]));
        arguments.extend(more);
        bench.succeed(&arguments);
        let counted = counted(&bench.json("run.json"));
        Self { bench, counted }
    }

    pub fn path(&self, format: &str) -> String {
        self.bench.path(&file(format))
    }

    pub fn text(&self, format: &str) -> String {
        std::fs::read_to_string(self.path(format)).unwrap()
    }
}

pub fn file(format: &str) -> String {
    format!("trace.{format}")
}

pub fn counted(report: &Value) -> Counted {
    let samples = report["samples"].as_u64().unwrap_or(1);
    // Means of integers, of few samples.
    let sum = |name: &str| {
        let mean = report["per_inference"][name]["mean"].as_f64().unwrap();
        (mean * samples as f64).round() as u64
    };
    Counted {
        spikes: sum("spikes"),
        source: report["source_spikes"].as_u64().unwrap_or(0),
        packets: sum("packets"),
        hops: sum("hops"),
        steps: report["steps_per_inference"].as_u64().unwrap() * samples,
        samples,
    }
}

pub fn small() -> Run {
    Run::new("random:seed=3,neurons=256,cores=8,targets=uniform", &["--steps", "24"])
}

pub fn digits() -> Run {
    // Small cores, so that there are links between them.
    let cores = ["--set", "core.max_neurons=4"];
    Run::new("digits", &[&["--samples", "3", "--trace-samples", "all", "--threads", "2"], &cores[..]].concat())
}

/// Checks counts by name; what there is none of is missing.
pub fn check(what: &str, found: &Value, expected: &[(&str, u64)]) {
    for (name, count) in expected {
        assert_eq!(found[name].as_u64().unwrap_or(0), *count, "{what}: {name} in {found}");
    }
}

/// What waveforms hold, by the names that readers give it.
pub fn in_waves(c: &Counted) -> [(&'static str, u64); 5] {
    [
        ("spikes", c.spikes + c.source),
        ("sent", c.packets),
        ("delivered", c.packets),
        ("hops", c.hops),
        ("ejected", c.packets),
    ]
}

/// What tables hold.
pub fn in_tables(c: &Counted) -> [(&'static str, u64); 5] {
    [
        ("spike", c.spikes + c.source),
        ("packet_sent", c.packets),
        ("packet_delivered", c.packets),
        ("step", c.steps),
        ("hops", c.hops),
    ]
}

/// Keeps everything.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub records: Vec<(TracedSample, Record)>,
    /// Ends of samples.
    pub ends: Vec<u64>,
    pub end: Option<u64>,
}

impl Sink for Kept {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        self.records.extend(records.iter().map(|record| (*sample, *record)));
        Ok(())
    }

    fn end(&mut self, _sample: &TracedSample, at: u64) -> Result<(), TraceError> {
        self.ends.push(at);
        Ok(())
    }

    fn finish(&mut self, end: u64) -> Result<(), TraceError> {
        self.end = Some(end);
        Ok(())
    }
}

impl Kept {
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.records.iter().map(|(_, record)| record).filter(move |record| record.kind == kind)
    }

    pub fn count(&self, kind: Kind) -> u64 {
        self.of(kind).count() as u64
    }
}
