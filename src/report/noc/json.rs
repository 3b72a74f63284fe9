//! The report for machines. Field names are stable: others rely on them.

use super::curve::NOC_SCHEMA;
use super::figures::{NocReport, busiest};
use crate::noc::{Point, Setup};
use serde_json::{Map, Value, json};

const LINKS: usize = 10;

/// The report: one rate, or `points` of many.
pub fn noc_json(report: &NocReport) -> Value {
    let mut fields = Map::new();
    fields.insert("schema".into(), json!(NOC_SCHEMA));
    fields.insert("setup".into(), setup(report));
    if report.sweep {
        fields.insert("points".into(), report.points.iter().map(|p| Value::Object(point(report, p))).collect());
        fields.insert("saturation".into(), saturation(report));
        fields
            .insert("interrupted".into(), interrupted(report, "done", json!(report.points.len()), json!(report.asked)));
        fields.insert("wall_seconds".into(), json!(report.wall_seconds));
    } else if let [only] = report.points.as_slice() {
        fields.append(&mut point(report, only));
        let (done, of) = (json!(only.outcome.measured), json!(only.rate.map(|_| report.setup.measured)));
        fields.insert("interrupted".into(), interrupted(report, "measured_cycles", done, of));
    }
    fields.insert("notes".into(), json!(report.notes()));
    fields.insert("threads".into(), json!(report.threads));
    Value::Object(fields)
}

/// Progress of a simulation that was ended early.
fn interrupted(report: &NocReport, what: &str, done: Value, of: Value) -> Value {
    if !report.interrupted() {
        return Value::Null;
    }
    let mut fields = json!({what: done, "of": of});
    if let Some(reason) = report.reason {
        fields["reason"] = json!(reason.name());
    }
    fields
}

fn setup(report: &NocReport) -> Value {
    let Setup { noc, cycles, chip, packet_flits, warmup, measured, seed, .. } = &report.setup;
    let size = noc.topology.size();
    let is_trace = report.points.first().is_some_and(|point| point.rate.is_none());
    let in_cycles = |ticks: u32| whole(f64::from(ticks) / report.setup.ticks_per_cycle());
    let unless_trace = |value: u64| if is_trace { Value::Null } else { json!(value) };
    json!({
        "topology": noc.topology.kind.name(),
        "width": size.map(|size| size.width),
        "height": size.map(|size| size.height),
        "routers": noc.topology.routers.len(),
        "terminals": noc.tiles(),
        "chip": report.chip,
        "routing": noc.routing.rule().name(),
        "traffic": report.traffic,
        "packet_flits": packet_flits,
        "virtual_channels": noc.virtual_channels,
        "buffer_flits": noc.buffer_flits,
        "router_cycles": chip.is_none().then_some(cycles.router),
        "link_cycles": chip.is_none().then_some(cycles.link),
        "credit_cycles": if chip.is_none() { json!(cycles.credit) } else { in_cycles(noc.credit_delay) },
        "inject_cycles": chip.map(|chip| in_cycles(chip.inject)),
        "eject_cycles": chip.map(|chip| in_cycles(chip.eject)),
        "hop_cycles": chip.map(|chip| chip.hops.map(in_cycles)),
        "flit_interval_cycles": if chip.is_none() { json!(1) } else { in_cycles(noc.flit_interval) },
        "cycles": unless_trace(*measured),
        "warmup": unless_trace(*warmup),
        "seed": unless_trace(*seed),
    })
}

/// A number of cycles, without a point where it is whole.
fn whole(value: f64) -> Value {
    if value.fract() == 0.0 && value < 9e15 { json!(value as u64) } else { json!(value) }
}

pub(super) fn point(report: &NocReport, point: &Point) -> Map<String, Value> {
    let outcome = &point.outcome;
    let latency = outcome.latency();
    let quantile = |share: f64| latency.map(|latency| whole(latency.quantile(share)));
    let links = busiest(&report.setup.noc, outcome, LINKS)
        .into_iter()
        .map(|link| json!({"link": link.name, "flits": link.flits, "utilisation": link.utilisation}));
    let fields = [
        ("rate", json!(point.rate)),
        ("offered_flits_per_node_cycle", json!(outcome.offered)),
        ("accepted_flits_per_node_cycle", json!(outcome.accepted)),
        ("saturated", json!(outcome.saturated())),
        ("window_too_short", json!(outcome.too_short())),
        ("mean_packet_latency_cycles", json!(latency.map(|latency| latency.mean()))),
        ("p50_packet_latency_cycles", json!(quantile(0.5))),
        ("p99_packet_latency_cycles", json!(quantile(0.99))),
        ("max_packet_latency_cycles", json!(quantile(1.0))),
        ("zero_load_latency_cycles", json!(outcome.zero_load)),
        ("mean_hops", json!(outcome.mean_hops)),
        ("packets", json!(outcome.born)),
        ("packets_arrived", json!(outcome.latency.len())),
        ("flit_hops", json!(outcome.flit_hops)),
        ("measured_cycles", json!(outcome.measured)),
        ("simulated_cycles", json!(outcome.cycles)),
        ("busiest_links", links.collect()),
        ("wall_seconds", json!(point.wall_seconds)),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn saturation(report: &NocReport) -> Value {
    let found = report.saturation().map(|found| {
        json!({
            "estimate_flits_per_node_cycle": found.estimate,
            "highest_stable_rate": found.stable,
            "lowest_saturated_rate": found.saturated,
        })
    });
    found.unwrap_or(Value::Null)
}
