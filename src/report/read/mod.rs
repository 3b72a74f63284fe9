//! Saved reports of runs, `spikemesh.run/1`: reading and checking.
//!
//! All that [`run_json`](super::run_json) writes is read back, so a report can be printed and written anew. What
//! follows from the counts must agree with them: a file of which only a part was changed is refused.

mod counts;
mod devices;
mod figures;
mod prices;

use super::energy::Coverage;
use super::json::RUN_SCHEMA;
use super::mapping::Occupancy;
use super::origin::read_origins;
use super::price::{Citation, Pricing};
use super::summary::{DeviceFigures, FixedTick, FreeRunning, Header, Interrupted, Reason, Reconstruction, Summary};
use crate::json::{Cursor, Document, FileError, Object};
use crate::stats::Op;
use counts::{agrees, read_tally};
use devices::{Repeated, read_devices};
use figures::{read_figures, read_fixed_tick, read_free_running, read_layers, read_measured, read_occupancy};
use prices::{read_pricing, read_source, read_times};
use std::path::Path;

/// Largest saved report (bytes): some 500,000 inferences.
pub const MAX_RUN_BYTES: u64 = 64 << 20;

/// Most that anything is counted: what a number of JSON holds exactly everywhere.
const MOST: u64 = 1 << 53;

/// Most entries of a list that a file of this size can have.
const LONGEST: usize = MAX_RUN_BYTES as usize;

/// Largest figure that is not counted; far from where sums of them would overflow.
const LARGEST: f64 = 1e200;

const FIELDS: &[&str] = &[
    "schema",
    "chip",
    "calibration",
    "network",
    "dataset",
    "samples",
    "interrupted",
    "time_steps",
    "steps_per_inference",
    "seed",
    "timing",
    "accuracy",
    "reference_accuracy",
    "mse",
    "psnr_db",
    "mismatched_samples",
    "free_running",
    "devices",
    "fixed_tick_ns",
    "overrun_steps",
    "per_inference",
    "network_synaptic_operations",
    "energy_coverage",
    "energy_breakdown_pj",
    "per_layer",
    "throughput_per_second",
    "average_power_mw",
    "energy_range_pj",
    "network_on_chip",
    "clock",
    "ann",
    "neurobench",
    "cores_used",
    "cores",
    "chips",
    "tiles_used",
    "placer",
    "utilisation",
    "soma",
    "limit_violations",
    "unpriced",
    "untimed",
    "estimates",
    "notes",
    "origins",
    "pricing_notes",
    "sources",
    "wall_seconds",
    "threads",
    "totals",
    "source_spikes",
    "spikes_per_step",
    "outputs",
    "chip_digest",
    // Of a run as it was: an imported network beside the real one. What is written anew has it no more.
    "imported",
    "timed_with",
    "counts",
];

/// Reads a saved report.
pub fn load_run(path: &Path) -> Result<Summary, FileError> {
    read_run(Document::open(path, MAX_RUN_BYTES)?)
}

/// Reads a parsed report.
pub fn read_run(document: Document) -> Result<Summary, FileError> {
    let summary = read(&document);
    document.finish(summary)
}

fn read(document: &Document) -> Option<Summary> {
    is_of_this_kind(document)?;
    let root = document.root().object(FIELDS)?;
    let need = |name: &str| root.need(name);
    let (chip, header) = (need("chip").and_then(|c| owned(&c)), read_header(&root));
    let structure = need("chip_digest").and_then(|c| read_digest(&c));
    let samples = need("samples").and_then(|c| c.whole(1..=LONGEST as u64));
    let outcome = read_outcome(&root, samples.unwrap_or(MOST));
    let figures = need("per_inference").and_then(|c| read_figures(&c));
    let layers = need("per_layer").and_then(|c| read_layers(&c));
    let measured = read_measured(&root, figures.as_ref().map(|figures| figures.energy_pj));
    let basis = read_basis(&root);
    let times = need("timed_with").and_then(|c| read_times(&c));
    let lengths = samples.map(|n| n as usize).zip(layers.as_ref().map(Vec::len));
    let tally = need("counts").and_then(|c| read_tally(&c, lengths));
    let sources = need("sources").and_then(|c| all(&c, read_source));
    let pricing = read_pricing(&root);
    // Sparse networks have none, and reports of the time before it was told.
    let own = root.get("network_synaptic_operations").map(|c| c.number(0.0..=LARGEST));
    let network_operations = own.map_or(Some(None), |found| found.map(Some));
    let (figures, outcome, measured, basis) = (figures?, outcome?, measured?, basis?);
    let of_constants = |(_, kind, _): &Citation| !NOT_OF_CONSTANTS.contains(&kind.as_str());
    let (citations, sources) = sources?.into_iter().partition(of_constants);
    let (layers, layers_pj) = layers?.into_iter().unzip();
    let tally = tally?;
    let pricing = Pricing { energy_pj: figures.energy_pj, layers_pj, sources: citations, ..pricing? }.cover(&tally);
    let (packet_latency_ns, packet_hops, worst_link) = measured.network;
    let summary = Summary {
        header: header?,
        chip: chip?,
        structure: structure?,
        tally,
        times: times?,
        pricing,
        interrupted: outcome.interrupted,
        samples: samples?,
        time_steps: outcome.time_steps,
        steps_per_inference: outcome.steps_per_inference,
        accuracy: outcome.accuracy,
        reference_accuracy: outcome.reference_accuracy,
        reconstruction: outcome.reconstruction,
        mismatched_samples: outcome.mismatched,
        per_inference: figures.others,
        network_operations: network_operations?,
        encoder_macs: figures.encoder_macs,
        layers,
        throughput: measured.throughput,
        packet_latency_ns,
        packet_hops,
        worst_link,
        clock: measured.clock,
        ann: measured.ann,
        neurobench: measured.neurobench,
        totals: measured.totals,
        free_running: outcome.free_running,
        devices: outcome.devices,
        fixed_tick: outcome.fixed_tick,
        mapping: basis.mapping,
        soma: basis.soma,
        untimed: basis.untimed,
        estimates: basis.estimates,
        sources,
    };
    // Reports of the time before there was more than one are not asked.
    if let Some(claimed) = root.get("energy_coverage") {
        let expected = summary.pricing.coverage.total;
        let found = claimed.choice(Coverage::NAMES).map(|index| Coverage::ALL[index]);
        if found.is_some_and(|found| found != expected) {
            claimed.problem(format!("the rest of the file makes it \"{}\"", expected.name()));
        }
    }
    nothing_known(&root, &summary.pricing);
    agrees(document, &summary);
    Some(summary)
}

/// Notes figures that are `null` though the rest of the file says that they have a price.
fn nothing_known(root: &Object<'_>, pricing: &Pricing) {
    let check = |cursor: &Cursor<'_>, coverage: Coverage| {
        if cursor.is_null() && coverage != Coverage::Unpriced {
            cursor.problem("found null, but the rest of the file says that it has a price; expected a number");
        }
    };
    let units = root.get("energy_breakdown_pj").and_then(|c| c.entries()).unwrap_or_default();
    for (name, cursor) in units {
        pricing.units().filter(|(unit, ..)| *unit == name).for_each(|(_, _, coverage)| check(&cursor, coverage));
    }
    let layers = root.get("per_layer").and_then(|c| c.list(0..=LONGEST)).unwrap_or_default();
    for (layer, (_, coverage)) in layers.iter().zip(pricing.layers()) {
        let fields = layer.entries().unwrap_or_default();
        fields.iter().filter(|(name, _)| *name == "energy_pj").for_each(|(_, cursor)| check(cursor, coverage));
    }
    let range = root.get("energy_range_pj").and_then(|c| c.list(2..=2)).unwrap_or_default();
    let power = root.get("average_power_mw");
    range.iter().chain(&power).for_each(|cursor| check(cursor, pricing.coverage.total));
}

/// How the run went.
struct Outcome {
    interrupted: Option<Interrupted>,
    time_steps: u32,
    steps_per_inference: u32,
    accuracy: Option<f64>,
    reference_accuracy: Option<f64>,
    reconstruction: Option<Reconstruction>,
    mismatched: u64,
    free_running: Option<FreeRunning>,
    devices: Option<DeviceFigures>,
    fixed_tick: Option<FixedTick>,
}

fn read_outcome(root: &Object<'_>, samples: u64) -> Option<Outcome> {
    let interrupted = optional(root, "interrupted", read_interrupted);
    let steps = |name| root.need(name).and_then(|c| c.unsigned(1..=1 << 30));
    let (time_steps, steps_per_inference) = (steps("time_steps"), steps("steps_per_inference"));
    let share = |name| optional(root, name, |c| c.number(0.0..=1.0));
    let (accuracy, reference_accuracy) = (share("accuracy"), share("reference_accuracy"));
    let reconstruction = read_reconstruction(root);
    let mismatched = root.need("mismatched_samples").and_then(|c| c.whole(0..=samples));
    // Only free-running chips have it.
    let free_running = root.get("free_running").map_or(Some(None), |c| read_free_running(&c, samples).map(Some));
    // Only crossbars whose devices are not ideal have this; what it repeats must be the same.
    let repeated = mismatched.zip(accuracy).zip(reference_accuracy).map(|((mismatched, accuracy), reference)| {
        Repeated { differing_share: mismatched as f64 / samples as f64, accuracy, reference }
    });
    let devices = root.get("devices").map_or(Some(None), |c| read_devices(&c, repeated).map(Some));
    let fixed_tick = read_fixed_tick(root);
    Some(Outcome {
        interrupted: interrupted?,
        time_steps: time_steps?,
        steps_per_inference: steps_per_inference?,
        accuracy: accuracy?,
        reference_accuracy: reference_accuracy?,
        reconstruction: reconstruction?,
        mismatched: mismatched?,
        free_running: free_running?,
        devices: devices?,
        fixed_tick: fixed_tick?,
    })
}

/// Only autoencoders have it; the ratio follows from the error.
fn read_reconstruction(root: &Object<'_>) -> Option<Option<Reconstruction>> {
    let Some(mse) = root.get("mse") else {
        if let Some(ratio) = root.get("psnr_db") {
            ratio.problem("a ratio without \"mse\"");
            return None;
        }
        return Some(None);
    };
    // An output of 32 bits in the smallest units.
    let (mse, ratio) = (mse.number(0.0..=1e30), optional(root, "psnr_db", |c| c.number(-300.0..=400.0)));
    let (right, ratio) = (Reconstruction::of(mse?), ratio?);
    let close = |(a, b): (f64, f64)| (a - b).abs() < 1e-9 * (1.0 + a.abs());
    if ratio.is_some() != right.psnr_db.is_some() || !ratio.zip(right.psnr_db).is_none_or(close) {
        root.problem("psnr_db is not that of mse");
        return None;
    }
    Some(Some(right))
}

/// What the figures rest on.
struct Basis {
    mapping: Occupancy,
    soma: String,
    untimed: Vec<&'static str>,
    estimates: Vec<String>,
}

fn read_basis(root: &Object<'_>) -> Option<Basis> {
    let mapping = read_occupancy(root);
    let soma = root.need("soma").and_then(|c| c.string());
    let untimed = root.need("untimed").and_then(|c| all(&c, |c| c.choice(Op::NAMES).map(|i| Op::NAMES[i])));
    let estimates = root.need("estimates").and_then(|c| all(&c, owned));
    Some(Basis { mapping: mapping?, soma: soma?, untimed: untimed?, estimates: estimates? })
}

/// A file of another kind, or of a program that saved no counts, is not told of every field that it lacks.
fn is_of_this_kind(document: &Document) -> Option<()> {
    let cursor = document.root();
    let fields = cursor.is_object().then(|| cursor.entries()).flatten().unwrap_or_default();
    let field = |name: &str| fields.iter().find(|(n, _)| *n == name).map(|(_, c)| c);
    let missing = |name: &str, why: &str| {
        document.problem(name, format!("missing: {why}"));
        None
    };
    match (field("schema"), field("counts")) {
        _ if !cursor.is_object() => Some(()),
        (None, _) => missing("schema", &format!("a saved report of a run has \"{RUN_SCHEMA}\"")),
        (Some(schema), None) => {
            schema.choice(&[RUN_SCHEMA])?;
            missing("counts", "the program that saved this report kept none; run again to have them")
        }
        (Some(schema), Some(_)) => schema.choice(&[RUN_SCHEMA]).map(|_| ()),
    }
}

/// Kinds of citations that are not of constants.
const NOT_OF_CONSTANTS: &[&str] = &["structure", "reference"];

/// The sixteen digits of a digest.
pub(super) fn read_digest(cursor: &Cursor<'_>) -> Option<u64> {
    let text = cursor.text()?;
    let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let digest = u64::from_str_radix(text, 16).ok().filter(|_| digits);
    if digest.is_none() {
        cursor.problem("expected sixteen hexadecimal digits");
    }
    digest
}

const TIMINGS: &[&str] = &["event", "ideal"];

fn read_header(root: &Object<'_>) -> Option<Header> {
    let network = root.need("network").and_then(|c| owned(&c));
    let dataset = optional(root, "dataset", owned);
    let seed = root.need("seed").and_then(|c| c.whole(0..=u64::MAX));
    let timing = root.need("timing").and_then(|c| c.choice(TIMINGS));
    let threads = root.need("threads").and_then(|c| c.unsigned(1..=1 << 20));
    let wall_seconds = number(root, "wall_seconds");
    let notes = root.need("notes").and_then(|c| all(&c, owned));
    // Reports of the time before files were named have none.
    let origins = root.get("origins").map_or(Some(Vec::new()), |c| read_origins(&c));
    Some(Header {
        network: network?,
        dataset: dataset?,
        seed: seed?,
        timing: TIMINGS[timing?],
        threads: threads? as usize,
        wall_seconds: wall_seconds?,
        notes: notes?,
        origins: origins?,
        // They are among the report's sources.
        sources: Vec::new(),
    })
}

fn read_interrupted(cursor: &Cursor<'_>) -> Option<Interrupted> {
    let object = cursor.object(&["done", "of", "reason"])?;
    let (done, of) = (object.need("done").and_then(|c| c.whole(1..=MOST)), count(&object, "of"));
    let (done, of) = (done?, of?);
    if done >= of {
        object.problem(format!("{done} of {of} is no interruption"));
    }
    let reason = match object.maybe("reason") {
        Some(name) => Some(Reason::ALL[name.choice(&Reason::NAMES)?]),
        None => None,
    };
    Some(Interrupted { done, of, reason })
}

/// A field that must be there and may be `null`.
fn optional<T>(object: &Object<'_>, name: &str, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Option<T>> {
    let cursor = object.need(name)?;
    if cursor.is_null() { Some(None) } else { read(&cursor).map(Some) }
}

fn owned(cursor: &Cursor<'_>) -> Option<String> {
    // Of our own writing: a source may name 256 classes.
    cursor.long_text().map(str::to_owned)
}

/// A list of any length, of which every entry is read.
fn all<T>(cursor: &Cursor<'_>, read: impl Fn(&Cursor<'_>) -> Option<T>) -> Option<Vec<T>> {
    let list: Vec<Option<T>> = cursor.list(0..=LONGEST)?.iter().map(read).collect();
    list.into_iter().collect()
}

fn number(object: &Object<'_>, name: &str) -> Option<f64> {
    object.need(name).and_then(|c| c.number(0.0..=LARGEST))
}

/// A figure that rests on prices: `null` where nothing has one.
fn energy(object: &Object<'_>, name: &str) -> Option<f64> {
    optional(object, name, |c| c.number(0.0..=LARGEST)).map(Option::unwrap_or_default)
}

fn count(object: &Object<'_>, name: &str) -> Option<u64> {
    object.need(name).and_then(|c| c.whole(0..=MOST))
}
