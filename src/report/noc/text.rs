//! The report for a terminal.

use super::figures::{NocReport, busiest, rate, setup};
use crate::noc::{Point, Verdict};
use crate::report::Reason;
use crate::report::table::{TextTable, number, plain, table, thousands};
use comfy_table::CellAlignment;
use std::fmt::Write;

const LINKS: usize = 5;

/// Longest bar of a latency (columns).
const BAR: f64 = 30.0;

const UNKNOWN: &str = "-";

pub(super) const TOO_SHORT: &str = "too short to say";

/// The report for a terminal of that width.
pub fn noc_text(report: &NocReport, width: u16) -> String {
    let mut text = String::new();
    for (name, value) in setup(report) {
        let _ = writeln!(text, "{name:<10}{value}");
    }
    if report.interrupted() {
        let _ = writeln!(text, "{}", interrupted(report));
    }
    match report.points.as_slice() {
        [only] if !report.sweep => {
            let _ = write!(text, "\n{}\n\nBusiest links\n{}\n", figures(only, width), links(report, only, width));
        }
        points => {
            let _ = write!(text, "\n{}\n{}", rates(points, width), saturation(report));
        }
    }
    for note in report.notes() {
        let _ = writeln!(text, "{}", textwrap::fill(&format!("note: {note}"), usize::from(width)));
    }
    text.truncate(text.trim_end().len());
    text
}

fn interrupted(report: &NocReport) -> String {
    let why = Reason::aside(report.reason);
    if report.sweep {
        return format!("INTERRUPTED after {} of {} rates{why}", report.points.len(), report.asked);
    }
    let measured = report.points.first().map_or(0, |point| point.outcome.measured);
    format!("INTERRUPTED after {measured} measured cycles{why}: all figures are of those, and of packets that arrived")
}

fn maybe(value: Option<f64>) -> String {
    value.map_or(UNKNOWN.to_owned(), number)
}

fn figures(point: &Point, width: u16) -> TextTable {
    let outcome = &point.outcome;
    let latency = outcome.latency();
    let at = |share: f64| maybe(latency.map(|latency| latency.quantile(share)));
    let mut table = plain(width);
    let state = match outcome.verdict {
        Verdict::Saturated => "SATURATED: the backlog grows",
        Verdict::TooShort => "too short to say whether the backlog grows",
        Verdict::Stable => "",
    };
    let per_cycle = "flits per node and cycle";
    let rows = [
        ("offered", rate(outcome.offered), per_cycle),
        ("accepted", rate(outcome.accepted), per_cycle),
        ("latency of a packet, mean", maybe(latency.map(|latency| latency.mean())), "cycles"),
        ("median", at(0.5), "cycles"),
        ("99 %", at(0.99), "cycles"),
        ("without other traffic", maybe(outcome.zero_load), "cycles"),
        ("hops of a packet", maybe(outcome.mean_hops), "links"),
        ("packets", thousands(outcome.born as i64), ""),
        ("flit hops", thousands(outcome.flit_hops as i64), "in all"),
    ];
    for (name, value, unit) in rows {
        table.add_row([name.to_owned(), value, unit.to_owned()]);
    }
    if !state.is_empty() {
        table.add_row(["", "", state]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn links(report: &NocReport, point: &Point, width: u16) -> TextTable {
    let mut table = table(&["", "flits per cycle", "flits"], width);
    for link in busiest(&report.setup.noc, &point.outcome, LINKS) {
        table.add_row([link.name, format!("{:.3}", link.utilisation), thousands(link.flits as i64)]);
    }
    table
}

fn rates(points: &[Point], width: u16) -> TextTable {
    let mut table = table(&["rate", "accepted", "latency", "median", "99 %", "zero load", "hops", ""], width);
    // Latencies of saturated rates would leave no room for the others.
    let mean = |point: &Point| point.outcome.latency().map(|latency| latency.mean());
    let stable = points.iter().filter(|point| !point.outcome.saturated()).filter_map(mean);
    let most = stable.fold(0.0, f64::max);
    for point in points {
        let outcome = &point.outcome;
        let at = |share: f64| maybe(outcome.latency().map(|latency| latency.quantile(share)));
        let bar = match mean(point) {
            _ if outcome.saturated() => "saturated".to_owned(),
            _ if outcome.too_short() => TOO_SHORT.to_owned(),
            Some(mean) => "█".repeat((mean / most * BAR).round() as usize),
            None => String::new(),
        };
        table.add_row([
            rate(point.rate.unwrap_or(outcome.offered)),
            rate(outcome.accepted),
            maybe(mean(point)),
            at(0.5),
            at(0.99),
            maybe(outcome.zero_load),
            maybe(outcome.mean_hops),
            bar,
        ]);
    }
    if let Some(column) = table.column_mut(7) {
        column.set_cell_alignment(CellAlignment::Left);
    }
    table
}

fn saturation(report: &NocReport) -> String {
    let units = "rates in flits per node and cycle, latencies in cycles from birth to the tail's arrival";
    let found = match report.saturation() {
        None if report.points.iter().any(|point| point.outcome.too_short()) => {
            "no rate is known to be saturated".to_owned()
        }
        None => "no rate is saturated".to_owned(),
        Some(found) => {
            let below = found.stable.map_or("below".to_owned(), |stable| format!("between {} and", rate(stable)));
            format!("saturates at about {}, {below} {}", rate(found.estimate), rate(found.saturated))
        }
    };
    format!("{units}\n{found}\n")
}
