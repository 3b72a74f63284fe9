//! Load-latency curves: that of a measurement, and those of saved reports that are drawn beside it.

use crate::json::{Cursor, Document, FileError};
use serde::Serialize;
use std::path::Path;

/// Schema name of the report of a network on chip alone.
#[doc(hidden)]
pub const NOC_SCHEMA: &str = "spikemesh.noc/1";

/// Largest saved report (bytes): some 10,000 rates.
const MAX_BYTES: u64 = 64 << 20;

/// Most points of a saved report.
const MOST_POINTS: usize = 10_000;

/// What is known at a rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Offered rate (flits per node and cycle).
    pub rate: f64,
    /// Accepted rate (flits per node and cycle).
    pub accepted: f64,
    /// Mean latency (cycles).
    pub mean: Option<f64>,
    /// Median of the latency (cycles).
    pub median: Option<f64>,
    /// 99th percentile of the latency (cycles).
    pub p99: Option<f64>,
    /// Whether the backlog grows.
    pub saturated: bool,
    /// Whether the window is too short to say.
    pub short: bool,
}

/// A load-latency curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NocCurve {
    /// What it is of.
    pub name: String,
    /// Points by rate.
    pub points: Vec<CurvePoint>,
    /// Latency without other traffic (cycles).
    pub zero_load: Option<f64>,
    /// Where it saturates (flits per node and cycle).
    pub saturation: Option<f64>,
}

impl NocCurve {
    /// Reads a saved report, of one rate or of many.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is no such report.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let document = Document::open(path, MAX_BYTES)?;
        let read = saved(&document.root(), path);
        document.finish(read)
    }

    /// The highest rate that it accepts (flits per node and cycle).
    pub(super) fn throughput(&self) -> Option<f64> {
        self.points.iter().map(|point| point.accepted).reduce(f64::max)
    }

    /// With its points in the order of their rates.
    pub(super) fn by_rate(mut self) -> Self {
        self.points.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        self
    }
}

/// Fields that other versions may add are no concern of a curve.
fn saved(root: &Cursor<'_>, path: &Path) -> Option<NocCurve> {
    root.is_object().then_some(()).or_else(|| {
        root.problem("expected the report of `noc --json`");
        None
    })?;
    need(root, "schema")?.choice(&[NOC_SCHEMA])?;
    let setup = need(root, "setup")?;
    let text = |name: &str| need(&setup, name)?.string();
    let (topology, routing, traffic) = (text("topology"), text("routing"), text("traffic"));
    let side = |name: &str| setup.field(name).filter(|side| !side.is_null())?.whole(1..=u64::from(u32::MAX));
    let size = side("width").zip(side("height")).map_or(String::new(), |(x, y)| format!(" of {x} x {y}"));
    let points: Option<Vec<(CurvePoint, Option<f64>)>> = match root.field("points") {
        Some(list) => list.list(1..=MOST_POINTS)?.iter().map(saved_point).collect(),
        None => saved_point(root).map(|point| vec![point]),
    };
    let found = root.field("saturation").filter(|found| !found.is_null());
    let saturation = found.and_then(|found| need(&found, "estimate_flits_per_node_cycle")?.number(0.0..=1.0));
    let stem = path.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned());
    let name = format!("{stem}: {}{size}, {}, {}", topology?, routing?, traffic?);
    let points = points?;
    // As in a report: that of the highest rate that is not saturated.
    let stable = points.iter().filter(|(point, _)| !point.saturated);
    let shown = stable.max_by(|a, b| a.0.rate.total_cmp(&b.0.rate)).or(points.first());
    let zero_load = shown.and_then(|(_, zero_load)| *zero_load);
    Some(
        NocCurve { name, points: points.into_iter().map(|(point, _)| point).collect(), zero_load, saturation }
            .by_rate(),
    )
}

fn saved_point(cursor: &Cursor<'_>) -> Option<(CurvePoint, Option<f64>)> {
    const LONGEST: f64 = 1e15;
    let share = |name: &str| need(cursor, name)?.number(0.0..=1e6);
    let flag = |name: &str| need(cursor, name)?.flag();
    let latency = |name: &str| -> Option<Option<f64>> {
        let value = need(cursor, name)?;
        if value.is_null() { Some(None) } else { value.number(0.0..=LONGEST).map(Some) }
    };
    let (rate, accepted) = (share("rate"), share("accepted_flits_per_node_cycle"));
    let (mean, median) = (latency("mean_packet_latency_cycles"), latency("p50_packet_latency_cycles"));
    let (p99, zero) = (latency("p99_packet_latency_cycles"), latency("zero_load_latency_cycles"));
    let (saturated, short) = (flag("saturated"), flag("window_too_short"));
    let point = CurvePoint {
        rate: rate?,
        accepted: accepted?,
        mean: mean?,
        median: median?,
        p99: p99?,
        saturated: saturated?,
        short: short?,
    };
    Some((point, zero?))
}

/// A field that must be there.
fn need<'c>(cursor: &Cursor<'c>, name: &str) -> Option<Cursor<'c>> {
    let found = cursor.field(name);
    if found.is_none() {
        cursor.problem(format!("{name} is missing"));
    }
    found
}
