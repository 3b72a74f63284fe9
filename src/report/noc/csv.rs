//! The points as a table for other programs: a heading and a row for each rate.

use super::figures::NocReport;
use crate::noc::Point;

/// The columns; what is not known is left empty.
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
pub fn noc_csv(report: &NocReport) -> String {
    let rows = report.points.iter().map(|point| row(point).join(","));
    std::iter::once(COLUMNS.join(",")).chain(rows).map(|row| row + "\n").collect()
}

fn row(point: &Point) -> [String; COLUMNS.len()] {
    fn maybe(value: Option<impl ToString>) -> String {
        value.map_or(String::new(), |value| value.to_string())
    }
    let outcome = &point.outcome;
    let latency = outcome.latency();
    [
        maybe(point.rate),
        outcome.offered.to_string(),
        outcome.accepted.to_string(),
        outcome.saturated().to_string(),
        maybe(latency.map(|latency| latency.mean())),
        maybe(latency.map(|latency| latency.quantile(0.5))),
        maybe(latency.map(|latency| latency.quantile(0.99))),
        maybe(outcome.zero_load),
        maybe(outcome.mean_hops),
        outcome.born.to_string(),
        outcome.latency.len().to_string(),
        outcome.flit_hops.to_string(),
        outcome.too_short().to_string(),
    ]
}
