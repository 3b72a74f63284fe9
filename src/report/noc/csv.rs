//! The points as a table for other programs: a heading and a row for each rate.

use super::figures::{LinkLoad, NocReport, busiest};
use super::json::point;
use crate::columns::Columns;
use crate::noc::Point;
use serde_json::{Map, Value};

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

impl NocReport {
    /// A row for each point, with the values of its JSON: a load-latency curve.
    pub fn point_table(&self) -> Columns {
        let points: Vec<_> = self.points.iter().map(|found| point(self, found)).collect();
        let more = ["measured_cycles", "simulated_cycles", "wall_seconds"];
        let names = COLUMNS.iter().copied().chain(more);
        let table = names.fold(Columns::of_rows(&points), |table, name| {
            let cell = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
            match name {
                "saturated" | "window_too_short" => table.flags(name, |fields| cell(fields) == Value::Bool(true)),
                "packets" | "packets_arrived" | "flit_hops" | "measured_cycles" | "simulated_cycles" => {
                    table.whole(name, |fields| cell(fields).as_u64())
                }
                _ => table.real(name, |fields| cell(fields).as_f64()),
            }
        });
        table.finish()
    }

    /// A row for each link of a point that carried a flit, the busiest first.
    pub fn link_table(&self, point: &Point) -> Columns {
        let links: Vec<LinkLoad> = busiest(&self.setup.noc, &point.outcome, usize::MAX);
        Columns::of_rows(&links)
            .text("link", |link| link.name.as_str())
            .whole("flits", |link| Some(link.flits))
            .real("utilisation", |link| Some(link.utilisation))
            .finish()
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        other => other.to_string(),
    }
}
