//! The points as a table for other programs: a heading and a row for each rate.

use super::figures::NocReport;
use super::json::point;
use crate::noc::Point;
use serde_json::Value;

/// The columns: fields of a point in the JSON.
const COLUMNS: &[&str] = &[
    "rate",
    "offered_flits_per_node_cycle",
    "accepted_flits_per_node_cycle",
    "saturated",
    "mean_packet_latency_cycles",
    "p50_packet_latency_cycles",
    "p99_packet_latency_cycles",
    "zero_load_latency_cycles",
    "mean_hops",
    "packets",
    "packets_arrived",
    "flit_hops",
    "window_too_short",
];

/// The report as comma-separated values.
#[doc(hidden)]
pub fn noc_csv(report: &NocReport) -> String {
    let row = |found: &Point| {
        let fields = point(report, found);
        COLUMNS.iter().map(|name| cell(&fields[*name])).collect::<Vec<_>>().join(",")
    };
    let rows = report.points.iter().map(row);
    std::iter::once(COLUMNS.join(",")).chain(rows).map(|row| row + "\n").collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}
