//! Traces as libraries read them: what comes back is as much as the report counts.
//!
//! Every format is read by a library here or in `waves.rs`, and by other programs in `tests/equipped`.

use crate::bench::Bench;
use crate::traced::{FORMATS, Run, digits, small};
use std::collections::BTreeMap;
use std::path::Path;

#[cfg(feature = "parquet")]
#[test]
fn tables_are_read() {
    use crate::traced::{check, in_tables};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    use std::fs::File;
    for run in [small(), digits()] {
        let file = SerializedFileReader::new(File::open(run.path("parquet")).unwrap()).unwrap();
        let mut counts = BTreeMap::new();
        for row in file.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let column = |name: &str| row.get_column_iter().find(|(column, _)| *column == name).unwrap().1.clone();
            let Field::Str(mut event) = column("event") else { panic!("no event") };
            let Field::UInt(step) = column("step") else { panic!("no step") };
            let value = column("value");
            assert!(step > 0 && (event != "step" || value == Field::ULong(step.into())), "{event}: {step}, {value}");
            if let Field::Str(port) = column("port")
                && event == "hop"
            {
                event = if port.starts_with("core") || port == "host" { "ejected" } else { "hops" }.into();
            }
            *counts.entry(event).or_insert(0u64) += 1;
        }
        check("parquet", &serde_json::to_value(&counts).unwrap(), &in_tables(&run.counted));
        let text = run.text("csv");
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("sample,tick,time_ns,event,core,router,port,"));
        assert!(text.lines().next().unwrap().ends_with(",membrane,step"));
        let mut by_event = BTreeMap::new();
        for line in lines {
            let cells: Vec<&str> = line.split(',').collect();
            // A step's own row says which it is twice. (No name here holds a comma but those of routers and links.)
            if cells[3] == "step" {
                assert_eq!(cells[cells.len() - 3], cells[cells.len() - 1], "{line}");
            }
            *by_event.entry(line.split(',').nth(3).unwrap()).or_insert(0u64) += 1;
        }
        for (event, count) in &by_event {
            let hops = ["hops", "ejected"].map(|name| counts.get(name).copied().unwrap_or(0));
            let expected = if *event == "hop" { hops.iter().sum() } else { counts[*event] };
            assert_eq!(*count, expected, "{event}");
        }
    }
}

#[test]
fn graphs_and_traffic_are_read() {
    for run in [small(), digits()] {
        let (c, dot) = (&run.counted, run.text("dot"));
        let sum = |name: &str| -> u64 {
            dot.lines()
                .filter(|line| line.contains("class=\"hop") == (name == "hops"))
                .filter_map(|line| line.split(", label=\"").nth(1)?.split('"').next()?.parse::<u64>().ok())
                .sum()
        };
        // Other links are those into the network and out of it.
        assert_eq!((sum("hops"), sum("others")), (c.hops, 2 * c.packets));
        let table = run.text("noxim");
        let cycles: f64 = table.split_whitespace().nth(6).unwrap().parse().unwrap();
        let rows = table.lines().filter(|line| !line.starts_with('%'));
        let rate = |line: &str| line.split(' ').nth(2).unwrap().parse::<f64>().unwrap();
        let packets: f64 = rows.map(|line| (rate(line) * cycles).round()).sum();
        assert_eq!(packets as u64, c.packets, "{table}");
    }
}

#[cfg(feature = "nir")]
#[test]
fn recorded_spikes_are_read() {
    for run in [small(), digits()] {
        let file = hdf5_pure::File::open(run.path("nir")).unwrap();
        let nodes = file.root().group("nodes").unwrap();
        let mut spikes = 0;
        for name in nodes.groups().unwrap() {
            let events = nodes.group(&name).unwrap().group("observables").unwrap().group("spikes").unwrap();
            let idx = events.dataset("idx").unwrap();
            assert_eq!(idx.shape().unwrap()[0], run.counted.samples, "{name}");
            let idx = idx.read::<i64>().unwrap();
            spikes += idx.iter().filter(|neuron| **neuron >= 0).count() as u64;
        }
        assert_eq!(spikes, run.counted.spikes + run.counted.source);
    }
}

#[test]
fn files_are_the_same_for_any_threads_and_shards() {
    let run = |more: &[&str]| {
        let more = [&["--steps", "24"], more].concat();
        let run = Run::new("random:seed=3,neurons=256,cores=8,targets=uniform", &more);
        FORMATS.iter().map(|format| std::fs::read(run.path(format)).unwrap()).collect::<Vec<_>>()
    };
    let first = run(&["--threads", "1"]);
    let other = run(&["--threads", "2", "--shards", "7"]);
    for (format, (first, other)) in FORMATS.iter().zip(first.iter().zip(&other)) {
        assert!(first == other, "{format}");
    }
    let digits = |threads| {
        let run = Run::new("digits", &["--samples", "4", "--trace-samples", "3", "--threads", threads]);
        FORMATS.iter().map(|format| std::fs::read(run.path(format)).unwrap()).collect::<Vec<_>>()
    };
    let (first, other) = (digits("1"), digits("2"));
    assert!(FORMATS.iter().zip(first.iter().zip(&other)).all(|(_, (first, other))| first == other));
}

/// Events of a CSV file, by name.
fn events(path: &str) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
        *counts.entry(line.split(',').nth(3).unwrap().to_owned()).or_insert(0) += 1;
    }
    counts
}

#[test]
fn filters_choose_what_is_traced() {
    let bench = Bench::new();
    let path = bench.path("trace.csv");
    let trace = format!("csv={path}");
    let run = |filters: &[&str]| {
        let network = "random:seed=3,neurons=256,cores=8,targets=uniform";
        let mut arguments = vec!["run", "--quiet", "--network", network, "--steps", "24", "--trace", &trace];
        arguments.extend(filters.iter().flat_map(|filter| ["--trace-filter", filter]));
        bench.succeed(&arguments);
        (events(&path), std::fs::read_to_string(&path).unwrap())
    };
    let (all, text) = run(&[]);
    assert!(!all.contains_key("membrane") && all["spike"] > 20, "{all:?}");
    let (membranes, _) = run(&["signal=membranes"]);
    assert!(membranes.len() == 1 && membranes["membrane"] > all["spike"], "{membranes:?}");
    let (core, _) = run(&["core=2", "signal=spikes,packets"]);
    let of_core = |line: &&str| line.split(',').nth(4) == Some("2") && line.contains(",spike,");
    assert_eq!(core["spike"], text.lines().filter(of_core).count() as u64);
    let (router, _) = run(&["router=(0, 0)"]);
    let events: Vec<_> = router.keys().map(String::as_str).collect();
    assert_eq!(events, ["barrier", "buffer_filled", "buffer_freed", "counted", "hop", "step"]);
    let (window, lines) = run(&["time=26us..30us", "signal=spikes"]);
    let times = lines.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<f64>().unwrap());
    assert!(times.clone().count() > 0 && times.clone().all(|ns| (26_000.0..30_000.0).contains(&ns)), "{window:?}");
    let said = bench.fail(&[
        "run",
        "--network=digits-mlp",
        "--trace",
        &trace,
        "--trace-filter",
        "core=1",
        "--trace-filter",
        "signal=heat",
    ]);
    assert!(said.contains("\"heat\", allowed: spikes, membranes"), "{said}");
    let network = "random:seed=3,neurons=256,cores=8,targets=uniform";
    let said = bench.fail(&["run", "--network", network, "--trace", &trace, "--trace-filter", "core=8"]);
    assert!(said.contains("core: found \"8\", allowed: 0 to 7"), "{said}");
}

#[test]
fn what_cannot_be_written_is_told_and_leaves_no_file() {
    let bench = Bench::new();
    let network = "random:seed=3,neurons=256,cores=8,targets=uniform";
    let run = |traces: &[&str]| {
        let mut arguments = vec!["run", "--quiet", "--network", network, "--steps", "24"];
        arguments.extend(traces.iter().flat_map(|trace| ["--trace", trace]));
        bench.fail(&arguments)
    };
    let help = bench.succeed(&["run", "--help"]);
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(FORMATS.iter().all(|format| help.contains(&format!("{format} "))), "{help}");
    let said = run(&["vdc=there"]);
    assert!(said.contains(&format!("\"vdc\", allowed: {}", FORMATS.join(", "))), "{said}");
    if !cfg!(feature = "parquet") {
        assert!(run(&["parquet=there"]).contains("needs the Cargo feature parquet"));
    }
    let nowhere = format!("csv={}", bench.path("no/such/trace.csv"));
    assert!(run(&[&nowhere]).contains("its folder does not exist"));
    let twice = format!("csv={}", bench.path("trace"));
    assert!(run(&[&twice, &twice.replace("csv", "vcd")]).contains("is given twice"));
    // A full disk. Others are not written either: the run has no trace.
    if Path::new("/dev/full").exists() {
        for format in FORMATS {
            let (full, other) = (format!("{format}=/dev/full"), format!("csv={}", bench.path("other.csv")));
            let said = run(&[&full, &other]);
            assert!(said.contains("/dev/full: cannot be written: "), "{format}: {said}");
        }
    }
    let left: Vec<_> = std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["small.json"]);
}
