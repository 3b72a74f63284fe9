//! Saved runs: read back they are what was saved, priced anew they are what a run with that calibration is, and what
//! was ended early is what a shorter run is.

use crate::common::{Draw, chip_from, random_folded, sparse_graph, text_of};
use crate::damage::all_refused;
use crate::mutate::{Rules, edited, truncated, values};
use serde_json::{Value, json};
use spikemesh::data::Split;
use spikemesh::hw::{Chip, Energy};
use spikemesh::json::{Document, layout};
use spikemesh::map;
use spikemesh::net::architecture::{LayerSpec, Shape};
use spikemesh::net::{Graph, Layered, QuantSpec};
use spikemesh::report::{
    BatchInput, Context, Detail, Interrupted, Reason, RepriceError, RunHeader, SparseInput, Summary, read_run, reprice,
    run_json, run_text, summarise_batch, summarise_sparse,
};
use spikemesh::run::{Job, RunError, Shards, Unwatched, Watch, run_batch, run_sparse};
use spikemesh::system::{self, Contention};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

const SAMPLES: usize = 40;

fn header(dataset: Option<&str>) -> RunHeader {
    RunHeader {
        dataset_part: None,
        network: "made".into(),
        dataset: dataset.map(str::to_owned),
        seed: u64::MAX,
        timing: "event",
        threads: 2,
        wall_seconds: 0.25,
        made_by: Some("spikemesh of a test".into()),
        host: None,
        origins: Vec::new(),
        digests: Vec::new(),
        notes: vec!["a note".into()],
        sources: vec![("data".into(), "a test".into()), ("rule".into(), "a test".into())],
    }
}

fn layered_network() -> (Layered, Split) {
    let mut draw = Draw::new(11);
    let layers = [LayerSpec::Flatten, LayerSpec::dense(12), LayerSpec::dense(5)];
    let folded = random_folded(Shape { channels: 1, height: 4, width: 4 }, &layers, 16, 0.7, &mut draw);
    let net = folded.quantise(QuantSpec::new(4, 8));
    let pixels = (0..16 * SAMPLES).map(|_| draw.below(17) as u8).collect();
    let labels = (0..SAMPLES).map(|_| draw.below(5) as u8).collect();
    (net, Split { pixels, labels, sample_len: 16, sequences: None, targets: None })
}

fn sparse_network() -> Graph {
    let edges = |n: u64, from: u64, to: u64, draw: &mut Draw| -> Vec<Value> {
        (0..n).map(|_| json!([draw.below(from), draw.below(to), draw.between(5, 40), draw.between(1, 3)])).collect()
    };
    let mut draw = Draw::new(12);
    // A crossbar is read in the step after a spike: delays of one step, one synapse between two neurons.
    let ring: Vec<Value> = (0..9).map(|i| json!([i, (i + 1) % 9, 30, 1])).collect();
    let more: Vec<Value> =
        edges(6, 9, 4, &mut draw).iter().enumerate().map(|(i, e)| json!([i, e[1], e[2], 1])).collect();
    sparse_graph(&json!({
        "format": "spikemesh.sparse/1", "description": "recurrent",
        "populations": [
            {"name": "in", "size": 2, "spikes": [[1, 0], [3, 1], [4, 0]]},
            {"name": "ring", "size": 9, "threshold": 20, "neuron": {"model": "if", "reset": "subtract"}},
            {"name": "more", "size": 4, "threshold": 64, "bias": 1, "neuron": {"model": "if", "reset": "subtract"}}
        ],
        "projections": [
            {"from": "in", "to": "ring", "edges": [[0, 0, 30, 1], [1, 4, 40, 1]]},
            {"from": "ring", "to": "ring", "edges": ring},
            {"from": "ring", "to": "more", "edges": more}
        ]
    }))
}

/// A network as it is run: layered with its samples, or sparse with its steps.
#[derive(Clone, Copy)]
enum Kind {
    Layered(usize),
    Sparse(u32),
}

const KINDS: [Kind; 2] = [Kind::Layered(SAMPLES), Kind::Sparse(25)];

fn try_run(kind: Kind, chip: &Chip, calibration: Option<&str>, watch: &dyn Watch) -> Result<Summary, RunError> {
    let (net, samples) = layered_network();
    let graph = match kind {
        Kind::Layered(_) => Graph::from_layered(&net),
        Kind::Sparse(_) => sparse_network(),
    };
    // Some chips have limits that these networks break, which the report then says.
    let options = map::MappingOptions { limits: map::Limits::Report, ..map::MappingOptions::default() };
    let mapping = map::map(&graph, chip, options).unwrap_or_else(|error| panic!("{error}"));
    let calibration = chip.calibration(calibration).unwrap();
    let system = system::build(&graph, chip, calibration, &mapping, Contention::Modelled).unwrap();
    let context = Context { chip, calibration, graph: &graph, mapping: &mapping, system: &system };
    Ok(match kind {
        Kind::Layered(count) => {
            let job =
                Job { system: &system, graph: &graph, network: (&net).into(), samples: &samples, count, threads: 2 };
            let result = &run_batch(job, watch)?;
            summarise_batch(
                header(Some("drawn")),
                context,
                BatchInput { network: (&net).into(), asked: count, result, ann_costs: Default::default() },
            )
        }
        Kind::Sparse(steps) => {
            let result = &run_sparse(&system, &graph, steps, Shards::default(), watch)?;
            summarise_sparse(header(None), context, SparseInput { steps, result })
        }
    })
}

fn run(kind: Kind, chip: &Chip, calibration: Option<&str>) -> Summary {
    try_run(kind, chip, calibration, &Unwatched).unwrap()
}

/// The saved report of a small sparse run.
pub fn sparse_report() -> Value {
    run_json(&run(Kind::Sparse(6), &shipped("loihi"), None))
}

fn saved_text(summary: &Summary) -> String {
    layout(&run_json(summary))
}

fn read(text: &str) -> Summary {
    Document::parse("run.json", text).and_then(read_run).unwrap_or_else(|error| panic!("{error}"))
}

fn shipped(name: &str) -> Chip {
    chip_from(&text_of(&format!("hw_models/{name}.json")))
}

/// The example of crossbars of real cells, with room for the networks here.
fn memristive() -> Chip {
    let mut file: Value = serde_json::from_str(&text_of("tests/chips/memristive.json")).unwrap();
    file["core"]["synapses"]["devices"]["adc"]["bits"] = json!(4);
    file["core"]["synapses"]["devices"]["programming_sigma"] = json!(0.3);
    chip_from(&file.to_string())
}

/// A chip of fixed ticks on which any network fits.
fn with_fixed_ticks(length: &str) -> Chip {
    let mut file: Value = serde_json::from_str(&text_of("tests/chips/fixed_tick.json")).unwrap();
    file["core"].as_object_mut().unwrap().remove("axon_types");
    file["fixed_tick"]["length"] = json!(length);
    chip_from(&file.to_string())
}

/// A shipped chip with one calibration more, of the same times and other energies: some with a range, some not
/// priced, and static power.
fn with_other_energies(name: &str) -> Chip {
    let mut file: Value = serde_json::from_str(&text_of(&format!("hw_models/{name}.json"))).unwrap();
    let default = file["default_calibration"].as_str().unwrap().to_owned();
    let source = file["structure_sources"][0].clone();
    let mut other = file["calibrations"][&default].clone();
    other["description"] = json!("other energies");
    let mut draw = Draw::new(3);
    let unpriced_before: Vec<_> = ["host_write", "reset", "barrier", "dendrite"].into();
    for (op, cost) in other["costs"].as_object_mut().unwrap() {
        let cost = cost.as_object_mut().unwrap();
        if !cost.get("energy").is_some_and(Value::is_string) && !unpriced_before.contains(&op.as_str()) {
            continue;
        }
        cost.remove("included_in");
        let nominal = draw.between(1, 500);
        let range = json!({"low": format!("{} fJ", nominal * 700), "nominal": format!("{nominal} pJ"),
                           "high": format!("{} pJ", nominal + 3)});
        cost.insert("energy".into(), if nominal % 2 == 0 { range } else { json!(format!("{nominal}.25 pJ")) });
        let kind = cost.remove("kind").unwrap_or(json!("derived"));
        if cost.get("latency").is_some() && cost.get("latency_kind").is_none() {
            cost.insert("latency_kind".into(), kind);
        }
        cost.insert("kind".into(), json!("vendor"));
        cost.entry("source").or_insert(source.clone());
    }
    other["static_power"] = json!({"power": "3.3 mW", "kind": "silicon", "source": source});
    file["calibrations"]["other"] = other;
    chip_from(&file.to_string())
}

#[test]
fn what_is_read_back_is_what_was_saved() {
    // A barrier, none, a fixed tick with a figure that is all-in, and cells that are not ideal.
    for chip in ["loihi", "crossbar", "event_mesh", "tianjic"].map(shipped).into_iter().chain([memristive()]) {
        for kind in KINDS {
            for calibration in chip.calibrations() {
                let summary = run(kind, &chip, Some(&calibration.name));
                let text = saved_text(&summary);
                let back = read(&text);
                assert_eq!(saved_text(&back), text, "{}", chip.name());
                assert_eq!(
                    run_text(&back, 100, Detail::Full),
                    run_text(&summary, 100, Detail::Full),
                    "{}",
                    chip.name()
                );
                // All but citations of the header, which stand with the others when they are read.
                let header = RunHeader { sources: summary.header.sources.clone(), ..back.header.clone() };
                assert_eq!(Summary { header, ..back }, summary, "{}", chip.name());
            }
        }
    }
}

/// A report without what names the times that it was made with.
fn without_times(summary: &Summary) -> Value {
    let mut report = run_json(summary);
    report.as_object_mut().unwrap().remove("timed_with").unwrap();
    report
}

#[test]
fn a_saved_run_priced_anew_is_a_run_with_that_calibration() {
    for name in ["loihi", "crossbar"] {
        let chip = with_other_energies(name);
        for kind in KINDS {
            let (default, other) = (run(kind, &chip, None), run(kind, &chip, Some("other")));
            assert_ne!(default.pricing.breakdown_pj, other.pricing.breakdown_pj);
            assert_ne!(other.pricing.range_pj.0, other.pricing.range_pj.1);
            assert!(other.pricing.breakdown_pj.iter().any(|(name, pj)| *name == "static" && *pj > 0.0));
            let calibration = chip.calibration(Some("other")).unwrap();
            let anew = reprice(read(&saved_text(&default)), &chip, calibration).unwrap();
            // The times are the same ones, so everything is, to the last bit.
            assert_eq!(without_times(&anew), without_times(&other), "{name}");
            assert_eq!(anew.times, default.times);
            // And back again, over a file.
            let back = reprice(read(&saved_text(&anew)), &chip, chip.calibration(None).unwrap()).unwrap();
            assert_eq!(saved_text(&back), saved_text(&default), "{name}");
        }
    }
}

#[test]
fn what_devices_do_is_told_and_no_fault() {
    let ideal = memristive();
    let of = |chip: &Chip| run(Kind::Layered(SAMPLES), chip, None);
    let summary = of(&ideal);
    let devices = summary.devices.clone().unwrap();
    // 4 bits are too few: some sums are clipped.
    assert!(summary.mismatched_samples > 0 && !summary.is_wrong() && devices.clipped_conversions > 0);
    assert!(!devices.exact && devices.modelled.iter().any(|text| text.contains("read noise of 1 %")), "{devices:?}");
    let text = run_text(&summary, 100, Detail::Full);
    assert!(text.contains("devices of seed 1: 4 slices") && text.contains("of conversions were clipped"), "{text}");
    let report = run_json(&summary);
    // Five neurons with 12 synapses each, of 8 cells, on a crossbar of 128 x 128.
    let used = summary.mapping.utilisation.iter().find(|used| used.name == "crosspoints").unwrap();
    assert_eq!(used.most, 5.0 * 12.0 * 8.0 / (128.0 * 128.0));
    let share = summary.mismatched_samples as f64 / SAMPLES as f64;
    assert_eq!(report["devices"]["differing_share"], json!(share));
    assert_eq!(report["devices"]["accuracy"], report["accuracy"]);
    // The one layer on crossbars does not fire; in the sparse network all do.
    assert_eq!(report["devices"]["spike_count_difference"], json!(0.0));
    let sparse = run(Kind::Sparse(25), &ideal, None).devices.unwrap();
    assert!(sparse.spike_count_difference > 0.0, "{sparse:?}");
    // Without errors a difference would be a fault.
    let devices = json!({"cell_bits": 2, "slices": 4, "g_min_us": 1.0, "g_max_us": 39.0});
    let summary = of(&ideal.edit().set("core.synapses.devices", devices).build().unwrap());
    assert!(summary.devices.as_ref().unwrap().exact && summary.mismatched_samples == 0);
    assert!(Summary { mismatched_samples: 1, ..summary }.is_wrong());
}

/// Citations of energies: (operation, kind, text).
fn of_energies(summary: &Summary) -> Vec<(String, String, String)> {
    let split = |(whats, kind, text): &(String, String, String)| {
        let energies = whats.split(", ").filter(|what| !what.starts_with("time of ") && *what != "barrier time");
        energies.map(|what| (what.to_owned(), kind.clone(), text.clone())).collect::<Vec<_>>()
    };
    let mut list: Vec<_> = summary.pricing.sources.iter().flat_map(split).collect();
    list.sort();
    list
}

#[test]
fn other_times_change_no_energy_but_the_static_one_and_are_told() {
    let chip = shipped("loihi");
    for kind in KINDS {
        for (from, to) in [("silicon_fit", "davies2018"), ("davies2018", "silicon_fit")] {
            let (before, run) = (run(kind, &chip, Some(from)), run(kind, &chip, Some(to)));
            let anew = reprice(read(&saved_text(&before)), &chip, chip.calibration(Some(to)).unwrap()).unwrap();
            let dynamic = |s: &Summary| {
                s.pricing.breakdown_pj.iter().filter(|(n, _)| *n != "static").copied().collect::<Vec<_>>()
            };
            assert_eq!(dynamic(&anew), dynamic(&run));
            assert_eq!(anew.pricing.layers_pj, run.pricing.layers_pj);
            assert_eq!(anew.pricing.unpriced, run.pricing.unpriced);
            assert_eq!(anew.pricing.calibration, run.pricing.calibration);
            assert_eq!(of_energies(&anew), of_energies(&run));
            if chip.calibration(Some(to)).unwrap().static_power.is_none() {
                assert_eq!(
                    (anew.pricing.energy_pj, anew.pricing.range_pj),
                    (run.pricing.energy_pj, run.pricing.range_pj)
                );
            }
            assert_eq!((&anew.per_inference, &anew.throughput), (&before.per_inference, &before.throughput));
            let text = run_text(&anew, 100, Detail::Full);
            assert!(text.contains(&format!("times: those of {from}")), "{text}");
            assert!(anew.pricing.notes.len() == 1 && anew.pricing.notes[0].contains("other times for"), "{text}");
            assert!(anew.pricing.notes[0].ends_with("barrier"), "{text}");
            let report = run_json(&anew);
            assert_eq!((&report["calibration"]["name"], &report["timed_with"]["name"]), (&json!(to), &json!(from)));
        }
    }
}

#[test]
fn static_energy_is_power_over_the_time_of_the_run() {
    let chip = shipped("loihi");
    let saved = run(Kind::Sparse(25), &chip, None);
    let anew = reprice(saved, &chip, chip.calibration(Some("davies2018")).unwrap()).unwrap();
    let rest = anew.pricing.breakdown_pj.iter().find(|(name, _)| *name == "static").unwrap().1;
    let latency_ns = anew.per_inference.iter().find(|(name, _)| *name == "latency_ns").unwrap().1.mean;
    // 1 mW over 1 ns is 1 pJ.
    assert!((rest - 104.4 * latency_ns).abs() < 1e-9 * rest, "{rest} {latency_ns}");
}

#[test]
fn a_chip_that_counts_otherwise_is_refused_and_one_that_costs_otherwise_is_not() {
    let edited = |edits: &[(&str, Value)]| {
        let mut file: Value = serde_json::from_str(&text_of("hw_models/loihi.json")).unwrap();
        for (pointer, value) in edits {
            *file.pointer_mut(pointer).unwrap() = value.clone();
        }
        chip_from(&file.to_string())
    };
    let saved = run(Kind::Layered(3), &shipped("loihi"), None);
    let price = |chip: &Chip| reprice(saved.clone(), chip, chip.calibration(None).unwrap());
    for (pointer, value) in [
        ("/core/max_neurons", json!(512)),
        ("/mesh/routing", json!("yx")),
        ("/mesh/host_tile", json!([1, 0])),
        ("/gating", json!("window")),
        ("/tick", json!("50 ps")),
    ] {
        let error = price(&edited(&[(pointer, value)]));
        assert_eq!(error, Err(RepriceError::OtherChip { chip: "chip".into() }), "{pointer}");
    }
    let same = price(&edited(&[("/description", json!("mine")), ("/clock/mhz", json!(75))])).unwrap();
    assert_eq!(run_json(&same), run_json(&saved));
    let synapse = "/calibrations/silicon_fit/costs/synapse";
    let dearer = price(&edited(&[(&format!("{synapse}/energy"), json!("71 pJ"))])).unwrap();
    let synapses = |s: &Summary| s.pricing.breakdown_pj.iter().find(|(name, _)| *name == "synapse").unwrap().1;
    assert_eq!(synapses(&dearer), 2.0 * synapses(&saved));
    assert!(dearer.pricing.notes[0].contains("have changed since"), "{:?}", dearer.pricing.notes);
    let slower = price(&edited(&[(&format!("{synapse}/latency"), json!("5 ns"))])).unwrap();
    assert!(slower.pricing.notes[0].ends_with("other times for synapse_dense"), "{:?}", slower.pricing.notes);
    assert_eq!((slower.times, slower.per_inference), (saved.times.clone(), saved.per_inference.clone()));
}

#[test]
fn overruns_of_all_inferences_are_counted_and_saved() {
    for kind in [Kind::Layered(3), Kind::Sparse(25)] {
        let long = run(kind, &with_fixed_ticks("1 s"), None);
        assert_eq!(long.fixed_tick.unwrap().overrun_steps, 0);
        let steps = long.samples * u64::from(long.steps_per_inference);
        // Every step looks at neurons, which takes time.
        let short = run(kind, &with_fixed_ticks("1 ns"), None);
        assert_eq!(short.fixed_tick.unwrap().overrun_steps, steps);
        assert_eq!(short.tally.total(), long.tally.total());
        for summary in [long, short] {
            let report = run_json(&summary);
            assert_eq!(run_json(&read(&report.to_string())), report);
        }
        let mut report = run_json(&run(kind, &with_fixed_ticks("1 ns"), None));
        report["overrun_steps"] = json!(steps + 1);
        let refused = Document::parse("run.json", &report.to_string()).and_then(read_run).unwrap_err();
        assert_eq!(refused.problems[0].path, "overrun_steps");
    }
}

#[test]
fn a_run_is_priced_anew_all_in_and_back() {
    let chip = with_fixed_ticks("5 us");
    let price = |summary: Summary, name| reprice(summary, &chip, chip.calibration(Some(name)).unwrap()).unwrap();
    let each = run(Kind::Sparse(25), &chip, None);
    let all = price(each.clone(), "everything");
    let synapses = each.tally.total().synapses();
    assert!(synapses > 0);
    assert_eq!(all.pricing.energy_pj.mean, 26.0 * synapses as f64);
    let terms: Vec<_> = all.pricing.unpriced.iter().map(|unpriced| unpriced.term).collect();
    assert_eq!(terms, ["host_write"], "what the host writes is around the chip, and static power is in the figure");
    assert_eq!(run_json(&price(all, "round")), run_json(&each));
}

#[test]
fn ten_thousand_samples_are_a_small_file() {
    let mut summary = run(Kind::Layered(SAMPLES), &shipped("loihi"), None);
    let rows = summary.tally.inferences.clone();
    // Counts of a convolutional network of some size.
    let larger = |(mut counts, ticks): (spikemesh::stats::Counts, u64)| {
        counts.0.iter_mut().for_each(|n| *n *= 1000);
        (counts, ticks * 1000)
    };
    summary.tally.inferences = rows.iter().copied().cycle().take(10_000).map(larger).collect();
    let len = saved_text(&summary).len();
    assert!(len < 3_000_000, "{len} bytes");
}

/// Ends a run when so many samples or steps are done.
struct Until(u64, AtomicU64);

impl Watch for Until {
    fn done(&self, count: u64) {
        self.1.fetch_add(count, Ordering::SeqCst);
    }

    fn cancelled(&self) -> bool {
        self.1.load(Ordering::SeqCst) >= self.0
    }
}

#[test]
fn a_run_that_is_ended_early_is_a_shorter_run() {
    let cases = ["loihi", "event_mesh"].into_iter().flat_map(|name| KINDS.map(|kind| (shipped(name), kind)));
    for (chip, kind) in cases {
        for wanted in [1, 7, 20] {
            let part = try_run(kind, &chip, None, &Until(wanted, AtomicU64::new(0))).unwrap();
            let mark = part.interrupted.expect("it was ended early");
            assert!(wanted <= mark.done && mark.done <= wanted + 1, "{mark:?}: a sample for each thread at most");
            let short = match kind {
                Kind::Layered(of) => {
                    assert_eq!(mark.of, of as u64);
                    Kind::Layered(mark.done as usize)
                }
                Kind::Sparse(of) => {
                    assert_eq!(mark.of, u64::from(of));
                    Kind::Sparse(mark.done as u32)
                }
            };
            assert_eq!(Summary { interrupted: None, ..part.clone() }, run(short, &chip, None));
            assert!(
                run_text(&part, 100, Detail::Full).contains(&format!("INTERRUPTED after {} of {}", mark.done, mark.of))
            );
            assert_eq!(run_json(&part)["interrupted"], json!({"done": mark.done, "of": mark.of}));
            assert_eq!(saved_text(&read(&saved_text(&part))), saved_text(&part));
        }
        let nothing = try_run(kind, &chip, None, &Until(0, AtomicU64::new(0)));
        assert!(matches!(nothing, Err(RunError::Cancelled { done: 0, .. })), "{nothing:?}");
    }
}

/// Figures may be 0, fractions or large; that they are what the counts say is checked apart.
const SAVED: Rules = Rules {
    // Reports of the time before scopes and chips were told lack these.
    optional: &[
        "/calibration/scope",
        "/chips",
        "/utilisation/neurons",
        "/utilisation/axons_in",
        "/utilisation/axons_out",
        "/utilisation/synapse_memory",
        "/utilisation/crosspoints",
        "/devices",
    ],
    nullable: &[
        "/dataset",
        "/interrupted",
        "/worst_link",
        "/ann",
        "/neurobench",
        "/note",
        "/accuracy",
        "/pipelined",
        "/reference_accuracy",
        "/timed_with/barrier",
    ],
    zero: &[""],
    negative: &["/membranes/*"],
    fraction: &[""],
    huge: &[""],
    empty: &[
        "/outputs",
        "/digests",
        "/included",
        "/at_rest",
        "/covers_otherwise",
        "/spike_order/cores",
        "/untimed",
        "/estimates",
        "/notes",
        "/pricing_notes",
        "/sources",
        "/unpriced",
        "/limit_violations",
        "/break_even",
        "/times",
        "/utilisation",
    ],
    scalar: &[],
    fixed: &[
        "/energy_range_pj",
        "/ticks",
        "/operations",
        "/inferences",
        "/inferences/*",
        "/layers",
        "/layers/*",
        "/spikes_per_step",
    ],
    word: &[
        "/schema",
        "/timing",
        "/placer",
        "/kind",
        "/operation",
        "/operations/*",
        "/term",
        "/unit",
        "/per",
        "/bound",
        "/of",
        "/energy_by_table/*/scope",
        "/untimed/*",
        "/chip_digest",
        "/break_even/*/source",
    ],
    time: &[],
    energy: &[],
    power: &[],
    named: &[],
    between_ticks: "",
};

fn read_only(document: Document) -> Result<(), spikemesh::json::FileError> {
    read_run(document).map(drop)
}

#[test]
fn damaged_reports_are_refused() {
    let most = (1u64 << 53) - 1;
    let cases = [
        ("loihi", Kind::Layered(4)),
        ("loihi", Kind::Sparse(6)),
        ("event_mesh", Kind::Layered(4)),
        ("memristive", Kind::Layered(4)),
        ("fixed ticks", Kind::Layered(4)),
    ];
    for (chip, kind) in cases {
        let made = match chip {
            "memristive" => memristive(),
            "fixed ticks" => with_fixed_ticks("1 us"),
            _ => shipped(chip),
        };
        let mut summary = run(kind, &made, None);
        summary.interrupted = Some(Interrupted {
            done: if summary.totals.is_some() { 6 } else { 4 },
            of: 9,
            reason: Some(Reason::Seconds),
        });
        // The file has no empty lists, so that all of its places are damaged.
        summary.pricing.notes.push("priced".into());
        let text = run_json(&summary).to_string();
        read(&text);
        let mut damaged = values(&text, &SAVED);
        // These may be any text; older reports do not say what ended a run, and lack what was added later.
        let base: Value = serde_json::from_str(&text).unwrap();
        let free = |what: &str| {
            let any = [
                "/dataset is \"x\"",
                "/dataset_part is \"x\"",
                "/interrupted/reason is null",
                "/interrupted/reason is missing",
                "/area_mm2 is null",
                // A saved report has the prices of the table in use alone.
                "/energy_by_table/1/energy_pj is null",
            ];
            let added = [
                "/network_synaptic_operations",
                "/energy_coverage",
                "/origins",
                "/outputs",
                "/prices",
                "/energy_band_pj",
                "/spike_order",
                "/bound",
                "/digests",
                "/area_mm2",
                "/busiest_core",
                "/energy_breakdown_pj/core_busy",
                "/at_rest",
                "/at_rest/0/note",
                "/at_rest/1/note",
                "/at_rest/2/note",
                "/at_rest/2/bound",
                "/chips_used",
                "/made_by",
                "/dataset_part",
                "/utilisation/compartment_settings",
                "/utilisation/threshold_settings",
            ];
            let lacks = what.strip_suffix(" is missing").is_some_and(|path| added.contains(&path));
            // What has no price is null already.
            let same = what.strip_suffix(" is null").and_then(|path| base.pointer(path)).is_some_and(Value::is_null);
            // Where a part of the operations has a price, nothing says that those of a layer are in it.
            let layer = what.starts_with("/per_layer/") && what.ends_with("/energy_pj is null");
            let unknown = layer && base["energy_coverage"] != "complete";
            what.ends_with("/note is \"x\"")
                || any.contains(&what)
                || lacks
                || same
                || unknown
                || what == "/origins is []"
                || what.starts_with("/bound/cores/") && what.ends_with("/core is null")
                // Without a band nothing says which tables there were.
                || what.starts_with("/energy_by_table is ") && base["energy_band_pj"].is_null()
                || what == "/prices is []"
        };
        damaged.retain(|d| !d.what.starts_with("/soma is \"") && !free(&d.what));
        damaged.extend(truncated(&text));
        let deadline = json!({"time_step_ns": 1, "deadline_ns": 1, "ended_at_deadline": 1,
                              "packets_not_delivered": 0, "spike_count_difference": 0});
        damaged.extend(edited(
            &text,
            &[
                ("/free_running", deadline),
                ("/samples", json!(5)),
                ("/interrupted/done", json!(3)),
                ("/interrupted/of", json!(4)),
                ("/accuracy", json!(1.5)),
                ("/per_inference/spikes/mean", json!(1e6)),
                ("/per_inference/latency_ns/mean", json!(1)),
                ("/per_inference/energy_pj/mean", json!(1)),
                ("/per_layer/0/spikes", json!(77)),
                ("/energy_breakdown_pj/synapse", json!(0)),
                ("/average_power_mw", json!(0.1)),
                ("/wall_seconds", json!(1e300)),
                ("/counts/tick_fs", json!(0)),
                ("/counts/tick_fs", json!(200_000)),
                ("/counts/ticks/0", json!(0)),
                ("/counts/ticks/0", json!(most + 2)),
                ("/counts/ticks/0", json!(u64::MAX)),
                ("/counts/inferences/0/0", json!(most + 2)),
                ("/counts/inferences/0/0", json!(u64::MAX)),
                ("/counts/inferences/0/0", json!(1.5)),
                ("/counts/layers/0/0", json!(most)),
                ("/counts/layers/0/0", json!(u64::MAX)),
                ("/counts/operations/0", json!("soma_access")),
                ("/counts/operations/0", json!("barrier_")),
                ("/chip_digest", json!("0123456789ABCDEF")),
                ("/chip_digest", json!("+123456789abcdef")),
                ("/chip_digest", json!("00000000000000001")),
                ("/timed_with/barrier", if chip == "loihi" { Value::Null } else { json!({"ticks": 1}) }),
                ("/schema", json!("spikemesh.run/2")),
                ("/schema", json!("spikemesh.map/1")),
                ("/spikes_per_step", json!([1])),
                ("/totals", json!({"spikes": 1})),
            ],
        ));
        if summary.devices.is_some() {
            damaged.extend(edited(
                &text,
                &[
                    ("/devices/differing_share", json!(0.125)),
                    ("/devices/accuracy", json!(0.125)),
                    ("/devices/reference_accuracy", json!(0.125)),
                    ("/devices/clipped_conversions", json!(most)),
                    ("/devices/spike_count_difference", json!(-1)),
                ],
            ));
        }
        all_refused("run.json", 900, &damaged, read_only);
    }
}

/// Everything that is done with a report, if it is read at all.
fn use_it(text: &str, chip: &Chip) -> bool {
    let Ok(summary) = Document::parse("run.json", text).and_then(read_run) else {
        return false;
    };
    drop((run_text(&summary, 80, Detail::Full), saved_text(&summary)));
    for calibration in chip.calibrations() {
        let summary = Summary { structure: chip.structure(), ..summary.clone() };
        if let Ok(anew) = reprice(summary, chip, calibration) {
            drop((run_text(&anew, 80, Detail::Full), saved_text(&anew)));
        }
    }
    true
}

/// Sets all times of a file.
fn all_times(value: &mut Value, time: &str) {
    match value {
        Value::String(text) if spikemesh::units::parse_time(text).is_ok() => *text = time.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| all_times(item, time)),
        Value::Object(map) => map.values_mut().for_each(|inner| all_times(inner, time)),
        _ => {}
    }
}

#[test]
fn strange_reports_that_are_read_make_nothing_panic() {
    // The dearest constants and the largest power that a chip file can state.
    let mut file: Value = serde_json::from_str(&text_of("hw_models/loihi.json")).unwrap();
    let costs = &mut file["calibrations"]["davies2018"]["costs"];
    costs["synapse"]["energy"] = json!("18446744073709551615 aJ");
    costs["soma_access"]["energy"] = json!("18446744073709551615 aJ");
    file["calibrations"]["davies2018"]["static_power"]["power"] = json!("18446744073709551615 nW");
    let chip = chip_from(&file.to_string());
    assert!(matches!(chip.calibrations()[1].costs[1].energy, Energy::Priced { .. }));
    for kind in [Kind::Layered(4), Kind::Sparse(6)] {
        let report = run_json(&run(kind, &shipped("loihi"), None));
        let text = report.to_string();
        // Nothing is refused by these rules that could be read.
        let mut strange = values(&text, &Rules::default());
        let numbers = [0, 1, 1 << 31, 1 << 52, (1 << 53) - 1, u64::MAX];
        let places =
            ["/samples", "/time_steps", "/seed", "/counts/ticks/0", "/counts/tick_fs", "/cores_used", "/threads"];
        let edits: Vec<_> = places.iter().flat_map(|p| numbers.map(|n| (*p, json!(n)))).collect();
        strange.extend(edited(&text, &edits));
        // A run of the longest time that a file can have, which agrees with itself.
        let mut long = report.clone();
        let rows = long["counts"]["ticks"].as_array().unwrap().len();
        let each = (1u64 << 53) / rows as u64;
        long["counts"]["ticks"] = json!(vec![each; rows]);
        long["counts"]["tick_fs"] = json!(1_000_000_000_000u64);
        let latency = (each as f64 * 1e12) / 1e6;
        // What bounds its steps is of its true times.
        long.as_object_mut().unwrap().remove("bound");
        for one in long["at_rest"].as_array_mut().unwrap() {
            let pj = one["total_power_mw"].as_f64().unwrap() * latency;
            let times = one["times_dynamic"].as_f64().unwrap() / one["energy_pj"].as_f64().unwrap() * pj;
            (one["energy_pj"], one["times_dynamic"]) = (json!(pj), json!(times));
        }
        long["per_inference"]["latency_ns"]["mean"] = json!(latency);
        long["average_power_mw"] = json!(long["per_inference"]["energy_pj"]["mean"].as_f64().unwrap() / latency);
        let mut read = 0;
        for text in strange.iter().map(|s| &s.text).chain([&long.to_string()]) {
            let used = catch_unwind(AssertUnwindSafe(|| use_it(text, &chip)));
            read += usize::from(used.unwrap_or_else(|_| panic!("panicked on {text}")));
        }
        assert!(read > 20, "only {read} were read");
        let mut slow = chip.edit().to_value();
        all_times(&mut slow, "1 ms");
        let slow = Chip::from_value("loihi", &slow).unwrap();
        assert!(use_it(&long.to_string(), &slow), "the long run is not read");
    }
}
