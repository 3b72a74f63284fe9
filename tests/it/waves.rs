//! Waveforms as libraries read them: a bus says how many of something there were in a time step, or how many wait; VCD and
//! FST hold the same; and the save file beside them names what there is.

use crate::bench::Bench;
use crate::traced::{FORMATS, check, digits, in_waves, small};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;

/// Changes of every variable, by its full name: (time, value).
type Changes = BTreeMap<String, Vec<(u64, String)>>;

fn of_vcd(path: &str) -> Changes {
    let mut parser = vcd::Parser::new(BufReader::new(File::open(path).unwrap()));
    let header = parser.parse_header().unwrap();
    assert_eq!(header.timescale, Some((100, vcd::TimescaleUnit::PS)));
    let mut names = BTreeMap::new();
    let mut scopes = vec![(String::new(), &header.items[..])];
    while let Some((scope, items)) = scopes.pop() {
        for item in items {
            match item {
                vcd::ScopeItem::Scope(inner) => scopes.push((format!("{scope}{}.", inner.identifier), &inner.items)),
                vcd::ScopeItem::Var(var) => {
                    assert!(names.insert(var.code, format!("{scope}{}", var.reference)).is_none())
                }
                _ => {}
            }
        }
    }
    let (mut changes, mut now) = (Changes::new(), 0);
    names.values().for_each(|name| assert!(changes.insert(name.clone(), Vec::new()).is_none(), "two of {name}"));
    for command in parser {
        let (id, value) = match command.unwrap() {
            vcd::Command::Timestamp(time) => {
                assert!(time >= now, "time runs back");
                now = time;
                continue;
            }
            vcd::Command::ChangeScalar(id, value) => (id, value.to_string()),
            vcd::Command::ChangeVector(id, value) => (id, value.iter().map(|bit| bit.to_string()).collect()),
            vcd::Command::ChangeReal(id, value) => (id, value.to_string()),
            _ => continue,
        };
        changes.get_mut(&names[&id]).unwrap().push((now, value));
    }
    changes
}

fn of_fst(path: &str) -> Changes {
    let mut reader = fst_reader::FstReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    assert_eq!(reader.get_header().timescale_exponent, -10);
    let (mut scopes, mut names, mut changes) = (Vec::new(), BTreeMap::new(), Changes::new());
    reader
        .read_hierarchy(|entry| match entry {
            fst_reader::FstHierarchyEntry::Scope { name, .. } => scopes.push(name),
            fst_reader::FstHierarchyEntry::UpScope => drop(scopes.pop()),
            fst_reader::FstHierarchyEntry::Var { name, handle, .. } => {
                let name = format!("{}.{name}", scopes.join("."));
                changes.insert(name.clone(), Vec::new());
                names.insert(handle.get_index(), name);
            }
            _ => {}
        })
        .unwrap();
    let change = |time: u64, handle: fst_reader::FstSignalHandle, value: fst_reader::FstSignalValue<'_>| {
        let value = match value {
            // Numbers have all their bits here.
            fst_reader::FstSignalValue::String(bits) => match String::from_utf8(bits.to_vec()).unwrap() {
                bits if bits.trim_start_matches('0').is_empty() => "0".to_owned(),
                bits => bits.trim_start_matches('0').to_owned(),
            },
            fst_reader::FstSignalValue::Real(value) => value.to_string(),
        };
        let name = &names[&handle.get_index()];
        // An event has no value to begin with, for which the reader has a letter.
        if !name.contains(".spike_") || value == "1" {
            changes.get_mut(name).unwrap().push((time, value));
        }
        Ok::<(), std::convert::Infallible>(())
    };
    reader.read_signals(&fst_reader::FstFilter::all(), change).unwrap();
    changes
}

/// What a variable counts as.
fn kind(name: &str) -> Option<&'static str> {
    let parts: Vec<&str> = name.split('.').skip(1).collect();
    match parts[..] {
        [_, "neurons", neuron] if neuron.starts_with("spike_") => Some("spikes"),
        ["chip", "spikes"] => Some("spikes of the chip"),
        ["chip", "sent"] => Some("sent of the chip"),
        ["chip", "delivered"] => Some("delivered of the chip"),
        ["chip", "hops"] => Some("hops of the chip"),
        [scope, "sent"] if scope.starts_with("core_") || scope == "host" => Some("sent"),
        [scope, "delivered"] if scope.starts_with("core_") => Some("delivered"),
        [scope, "spikes"] if scope.starts_with("core_") || scope == "host" => Some("spikes of cores"),
        [_, "spikes"] => Some("spikes of layers"),
        [scope, port] if scope.starts_with("router_") && (port.starts_with("out_core") || port == "out_host") => {
            Some("ejected")
        }
        [scope, port] if scope.starts_with("router_") && port.starts_with("out_") => Some("hops"),
        _ => None,
    }
}

fn number(bits: &str) -> u64 {
    u64::from_str_radix(bits, 2).unwrap()
}

/// Everything that a bus counted: by how much it rises.
fn risen(changes: &[(u64, String)]) -> u64 {
    let values = changes.iter().map(|(_, value)| number(value));
    values.fold((0, 0), |(sum, last): (u64, u64), value| (sum + value.saturating_sub(last), value)).0
}

fn counts(changes: &Changes) -> Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, changes) in changes {
        // An event has no value that it could rise from.
        let counted = if name.contains(".spike_") { changes.len() as u64 } else { 0 };
        if let Some(kind) = kind(name) {
            *counts.entry(kind).or_default() += if kind == "spikes" { counted } else { risen(changes) };
        }
    }
    serde_json::to_value(&counts).unwrap()
}

/// Changes from the last one at time 0 on: FST has one value there.
fn settled(changes: &[(u64, String)]) -> &[(u64, String)] {
    let first = changes.partition_point(|(at, _)| *at == 0).saturating_sub(1);
    &changes[first..]
}

#[test]
fn buses_count_what_the_report_counts_and_both_formats_hold_the_same() {
    for run in [small(), digits()] {
        let (vcd, fst) = (of_vcd(&run.path("vcd")), of_fst(&run.path("fst")));
        let c = &run.counted;
        for (format, changes) in [("vcd", &vcd), ("fst", &fst)] {
            let found = counts(changes);
            check(format, &found, &in_waves(c));
            let (all, hops) = (c.spikes + c.source, c.hops);
            check(
                format,
                &found,
                &[("spikes of cores", all), ("spikes of layers", all), ("spikes of the chip", c.spikes)],
            );
            check(format, &found, &[("sent of the chip", c.packets), ("delivered of the chip", c.packets)]);
            check(format, &found, &[("hops of the chip", hops)]);
        }
        assert_eq!(vcd.keys().collect::<Vec<_>>(), fst.keys().collect::<Vec<_>>());
        for (name, changes) in &vcd {
            // Within a tick the formats need not have one order of variables; each variable has its own.
            assert_eq!(settled(changes), settled(&fst[name]), "{name}");
        }
    }
}

/// The largest value of a bus in each time step.
fn by_step(changes: &[(u64, String)], starts: &[u64]) -> Vec<u64> {
    let within = |step: usize, at: u64| starts[step] <= at && starts.get(step + 1).is_none_or(|next| at < *next);
    let most = |step: usize| {
        let here = changes.iter().filter(|(at, _)| within(step, *at));
        here.map(|(_, value)| number(value)).max().unwrap_or(0)
    };
    (0..starts.len()).map(most).collect()
}

#[test]
fn a_bus_has_what_a_step_had() {
    let run = small();
    let vcd = of_vcd(&run.path("vcd"));
    let step = vcd.iter().find(|(name, _)| name.ends_with(".step")).unwrap().1;
    let starts: Vec<u64> = step.iter().filter(|(_, value)| number(value) > 0).map(|(at, _)| *at).collect();
    assert_eq!(starts.len() as u64, run.counted.steps);
    let of = |name: &str| by_step(vcd.iter().find(|(full, _)| full.ends_with(name)).unwrap().1, &starts);
    let expected: Vec<u64> = serde_json::from_value(run.bench.json("run.json")["spikes_per_step"].clone()).unwrap();
    assert_eq!(of(".chip.spikes"), expected);
    let cores: Vec<Vec<u64>> = (0..8).map(|core| of(&format!(".core_{core}.spikes"))).collect();
    let sums: Vec<u64> = (0..starts.len()).map(|step| cores.iter().map(|core| core[step]).sum()).collect();
    assert_eq!(sums, expected);
    assert!(cores.iter().all(|core| core.iter().sum::<u64>() > 0));
}

/// The queue of a core is the packets that it has taken and does not work on yet. Its table says how long each of them waits.
#[test]
fn a_queue_is_what_waits() {
    let run = small();
    let vcd = of_vcd(&run.path("vcd"));
    let mut waits: BTreeMap<usize, Vec<(u64, u64)>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(run.path("csv")).unwrap();
    let heading = reader.headers().unwrap().clone();
    let column = |name: &str| heading.iter().position(|known| known == name).unwrap();
    let [event, tick, core, value] = ["event", "tick", "core", "value"].map(column);
    for row in reader.records() {
        let row = row.unwrap();
        if &row[event] == "packet_delivered" {
            let (at, wait): (u64, u64) = (row[tick].parse().unwrap(), row[value].parse().unwrap());
            waits.entry(row[core].parse().unwrap()).or_default().push((at, at + wait));
        }
    }
    let mut most = 0;
    for core in 0..8 {
        let queue = vcd.iter().find(|(name, _)| name.ends_with(&format!(".core_{core}.queue"))).unwrap().1;
        for (at, value) in queue {
            let waiting = waits[&core].iter().filter(|(from, to)| from <= at && at < to).count() as u64;
            assert_eq!(number(value), waiting, "core {core} at {at}");
            most = most.max(waiting);
        }
        assert_eq!(number(&queue.last().unwrap().1), 0, "core {core}");
    }
    assert!(most > 1, "nothing waits");
    // The chip's is the sum of the cores'.
    let chip = &vcd.iter().find(|(name, _)| name.ends_with(".chip.queue")).unwrap().1;
    for (at, value) in *chip {
        let waiting = waits.values().flatten().filter(|(from, to)| from <= at && at < to).count() as u64;
        assert_eq!(number(value), waiting, "{at}");
    }
}

/// Signals that a save file names.
fn named(save: &str) -> Vec<&str> {
    let lines = save.lines().filter(|line| !line.starts_with(['[', '@', '-', '*']));
    lines.map(|line| line.rsplit_once("} ").map_or(line, |(_, name)| name)).collect()
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(bench.path(name)).unwrap()
}

#[test]
fn a_save_file_names_what_there_is_the_busiest_first() {
    for run in [small(), digits()] {
        assert_eq!(FORMATS.iter().filter(|format| ["fst", "vcd"].contains(format)).count(), 2);
        for (dump, save) in [("fst", "trace.gtkw"), ("vcd", "trace.vcd.gtkw")] {
            let text = read(&run.bench, save);
            assert!(text.contains(&format!("[dumpfile] \"trace.{dump}\"\n[savefile] \"{save}\"\n")), "{text}");
            let (known, named) = (of_vcd(&run.path("vcd")), named(&text));
            assert!(named.len() > 30 && named.iter().all(|name| known.contains_key(*name)), "{text}");
            // The order: the clock, the chip, cores, links, neurons.
            let place = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in {text}"));
            let parts =
                [".step\n", ".barrier\n", ".priced_energy_pj\n", ".chip.spikes\n", ".soma\n", ".out_", ".spike_0\n"];
            assert!(parts.map(place).is_sorted(), "{text}");
            // Groups are opened and closed; single neurons are in closed ones.
            let count = |line: &str| text.lines().filter(|other| *other == line).count();
            assert_eq!(count("@800200"), count("@1000200"), "{text}");
            assert!(count("@c00200") > 0 && count("@c00200") == count("@1401200"), "{text}");
            assert!(place("@c00200") < place(".spike_0\n"));
        }
    }
}

#[test]
fn a_save_file_is_bounded_and_says_what_it_leaves_out() {
    let bench = Bench::new();
    let network = "random:seed=1,neurons=2048,cores=64,targets=local8";
    let trace = format!("vcd={}", bench.path("big.vcd"));
    bench.succeed(&["run", "--quiet", "--network", network, "--steps", "30", "--trace", &trace]);
    let text = read(&bench, "big.gtkw");
    for left in ["-32 more cores", "-2016 more neurons", "more links in the tree"] {
        assert!(text.contains(left), "{left} in {text}");
    }
    assert!(named(&text).len() < 400, "{}", named(&text).len());
    // The busiest link has the most flits, and they are those of the report.
    let flits: Vec<u64> =
        text.lines().filter_map(|line| line.split_once(" flits in all}")?.0.rsplit(' ').next()?.parse().ok()).collect();
    assert!(flits.len() == 12 && flits.is_sorted_by(|a, b| a >= b), "{flits:?}");
}

#[test]
fn a_save_file_that_its_user_has_changed_is_kept() {
    let bench = Bench::new();
    let (path, save) = (bench.path("run.vcd"), bench.path("run.gtkw"));
    let trace = format!("vcd={path}");
    let run = |more: &[&str]| {
        bench.succeed(&[&["run", "--network", "digits-mlp", "--samples", "1", "--trace", &trace], more].concat())
    };
    // The lines of a report that say what was traced, as one line.
    let told = |said: &str| {
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, rest) = words.split_once(&format!("trace {path}"))?;
        Some(format!("{path}{}", rest.split_once(" more: ").map_or(rest, |(told, _)| told)))
    };
    let said = told(&run(&[])).unwrap();
    assert!(said.ends_with(&format!("; open with: gtkwave {save}")) && said.contains(" signals, "), "{said}");
    let ours = read(&bench, "run.gtkw");
    // An earlier one of ours is replaced.
    std::fs::write(&save, ours.replace("loihi.step", "loihi.nothing")).unwrap();
    run(&["--quiet"]);
    assert_eq!(read(&bench, "run.gtkw"), ours);
    // This is how GTKWave begins a file that it saves.
    let theirs = format!("[*]\n[*] GTKWave Analyzer v3.3.118 (w)1999-2023 BSI\n[*]\n{ours}");
    std::fs::write(&save, &theirs).unwrap();
    assert!(told(&run(&[])).unwrap().ends_with("(not written by this program, and kept as it is)"));
    assert_eq!(read(&bench, "run.gtkw"), theirs);
    run(&["--overwrite"]);
    assert_eq!(read(&bench, "run.gtkw"), ours);
    // It is no other output of the command.
    let said = bench.fail(&["run", "--samples", "1", "--trace", &trace, "--json", &save, "--overwrite"]);
    assert!(said.contains("run.gtkw"), "{said}");
}

#[test]
fn what_was_written_is_said_unless_it_is_quiet_or_a_stream() {
    let bench = Bench::new();
    let traces: Vec<String> = FORMATS.iter().map(|format| format!("{format}={}", bench.path(format))).collect();
    let mut arguments = vec!["run", "--network", "digits-mlp", "--samples", "1"];
    arguments.extend(traces.iter().flat_map(|trace| ["--trace", trace.as_str()]));
    let lines = |said: &str| said.split_whitespace().collect::<Vec<_>>().join(" ").matches("; open with: ").count();
    assert_eq!(lines(&bench.succeed(&arguments)), FORMATS.len());
    assert_eq!(lines(&bench.succeed(&[&arguments[..], &["--quiet"]].concat())), 0);
    // Only the dump is on standard output, and nothing is written beside a stream.
    let output = bench.run(&["run", "--network", "digits-mlp", "--samples", "1", "--trace", "vcd=-"]);
    let (dump, said) = (crate::bench::text(&output.stdout), crate::bench::text(&output.stderr));
    assert!(dump.starts_with("$version") && !dump.contains("accuracy"), "{dump}");
    assert!(said.contains("accuracy") && lines(&said) == 0, "{said}");
    assert!(!std::path::Path::new("-.gtkw").exists());
}

/// Flits that are dropped at the end of a free-running sample wait no longer.
#[test]
fn nothing_waits_between_samples() {
    let bench = Bench::new();
    let trace = format!("vcd={}", bench.path("free.vcd"));
    let options = [
        "run",
        "--quiet",
        "--chip",
        "event_mesh",
        "--network",
        "digits-mlp",
        "--samples",
        "3",
        "--trace-samples",
        "all",
        "--trace",
        &trace,
    ];
    bench.succeed(&options);
    let text = read(&bench, "free.vcd").replace("$timescale 1 ns $end", "$timescale 100 ps $end");
    std::fs::write(bench.path("free.vcd"), text).unwrap();
    let vcd = of_vcd(&bench.path("free.vcd"));
    let samples: Vec<u64> = vcd["event_mesh.sample"].iter().filter(|(_, n)| number(n) > 0).map(|(at, _)| *at).collect();
    assert_eq!(samples.len(), 2);
    let mut seen = 0;
    for (name, changes) in vcd.iter().filter(|(name, _)| name.contains(".in_") || name.ends_with("queue")) {
        seen += changes.iter().filter(|(_, value)| number(value) > 0).count();
        for begin in &samples {
            let last = changes.iter().rfind(|(at, _)| at <= begin).map_or(0, |(_, value)| number(value));
            assert_eq!(last, 0, "{name} at {begin}");
        }
    }
    assert!(seen > 20, "{seen}");
}
