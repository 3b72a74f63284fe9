//! Reports as JSON, for machines. Field names are stable: others rely on them.

use super::mapping::{LayerLoad, MappingSummary, Use};
use super::neurobench::NeuroBench;
use super::summary::{Break, LayerSummary, Quantity, SparseTotals, Summary};
use serde_json::{Map, Value, json};

/// Schema name of a run's report.
pub const RUN_SCHEMA: &str = "spikemesh.run/1";
/// Schema name of a mapping's report.
pub const MAP_SCHEMA: &str = "spikemesh.map/1";

fn quantity(q: &Quantity) -> Value {
    json!({"mean": q.mean, "p50": q.p50, "p99": q.p99})
}

fn layer(l: &LayerSummary) -> Value {
    json!({
        "layer": l.layer, "neurons": l.neurons, "cores": l.cores, "spikes": l.spikes,
        "synaptic_operations": l.synaptic_operations, "packets": l.packets, "energy_pj": l.energy_pj,
    })
}

fn ann(a: &Break) -> Value {
    let limit = |l: &super::ann::BreakEven| json!({"source": l.source, "spikes_per_synapse": l.limit, "ours": l.ours, "below": l.below});
    json!({
        "macs": a.macs,
        "first_layer_macs": a.first_layer_macs,
        "synops_ratio": a.synops_ratio,
        "operations_ratio": a.operations_ratio,
        "break_even": a.limits.iter().map(limit).collect::<Vec<_>>(),
    })
}

fn neurobench(n: &NeuroBench) -> Value {
    json!({
        "kind": "estimate (simulated system)",
        "Footprint": n.footprint,
        "ParameterCount": n.parameter_count,
        "ConnectionSparsity": n.connection_sparsity,
        "ClassificationAccuracy": n.classification_accuracy,
        "ActivationSparsity": n.activation_sparsity,
    })
}

fn utilisation(uses: &[Use]) -> Value {
    let entry = |u: &Use| (u.name.to_owned(), json!({"mean": u.mean, "most": u.most}));
    Value::Object(uses.iter().map(entry).collect())
}

fn totals(report: &mut Map<String, Value>, t: &SparseTotals) {
    let totals = json!({
        "spikes": t.spikes, "synaptic_operations": t.synaptic_operations, "packets": t.packets, "hops": t.hops,
        "energy_pj": t.energy_pj,
    });
    report.insert("totals".into(), totals);
    report.insert("source_spikes".into(), json!(t.source_spikes));
    report.insert("spikes_per_step".into(), json!(t.spikes_per_step));
}

/// The report of a run.
pub fn run_json(s: &Summary) -> Value {
    let mut report = Map::new();
    let mut put = |name: &str, value: Value| report.insert(name.into(), value);
    put("schema", json!(RUN_SCHEMA));
    put("chip", json!(s.chip));
    put("calibration", json!({"name": s.calibration.0, "description": s.calibration.1}));
    put("network", json!(s.header.network));
    put("dataset", json!(s.header.dataset));
    put("samples", json!(s.samples));
    put("time_steps", json!(s.time_steps));
    put("steps_per_inference", json!(s.steps_per_inference));
    put("seed", json!(s.header.seed));
    put("timing", json!(s.header.timing));
    put("accuracy", json!(s.accuracy));
    put("reference_accuracy", json!(s.reference_accuracy));
    put("mismatched_samples", json!(s.mismatched_samples));
    let mut per: Map<String, Value> = s.per_inference.iter().map(|(n, q)| ((*n).to_owned(), quantity(q))).collect();
    per.insert("encoder_macs".into(), json!(s.encoder_macs));
    put("per_inference", Value::Object(per));
    let units = s.breakdown_pj.iter().map(|(name, pj)| ((*name).to_owned(), json!(pj)));
    put("energy_breakdown_pj", Value::Object(units.collect()));
    put("per_layer", s.layers.iter().map(layer).collect());
    let throughput = json!({"one_at_a_time": s.throughput.one_at_a_time, "pipelined": s.throughput.pipelined});
    put("throughput_per_second", throughput);
    put("average_power_mw", json!(s.average_power_mw));
    put("energy_range_pj", json!([s.energy_range_pj.0, s.energy_range_pj.1]));
    let worst = s.worst_link.as_ref().map(|(name, flits)| json!({"link": name, "flits": flits}));
    put(
        "network_on_chip",
        json!({
            "packet_latency_ns": quantity(&s.packet_latency_ns),
            "packet_hops": quantity(&s.packet_hops),
            "worst_link": worst,
        }),
    );
    put("clock", json!({"mhz": s.clock.0, "reference": s.clock.1}));
    put("ann", s.ann.as_ref().map_or(Value::Null, ann));
    put("neurobench", s.neurobench.as_ref().map_or(Value::Null, neurobench));
    put("cores_used", json!(s.mapping.cores_used));
    put("cores", json!(s.mapping.cores));
    put("placer", json!(s.mapping.placer));
    put("utilisation", utilisation(&s.mapping.utilisation));
    put("soma", json!(s.soma));
    put("limit_violations", json!(s.mapping.violations));
    let unpriced =
        |u: &super::energy::Unpriced| json!({"term": u.term, "unit": u.unit, "count": u.count, "note": u.note});
    put("unpriced", s.unpriced.iter().map(unpriced).collect());
    put("untimed", json!(s.untimed));
    put("estimates", json!(s.estimates));
    put("notes", json!(s.header.notes));
    let source = |(what, kind, text): &(String, String, String)| json!({"what": what, "kind": kind, "source": text});
    put("sources", s.sources.iter().map(source).collect());
    put("wall_seconds", json!(s.header.wall_seconds));
    put("threads", json!(s.header.threads));
    if let Some(t) = &s.totals {
        totals(&mut report, t);
    }
    Value::Object(report)
}

/// The report of a mapping.
pub fn mapping_json(network: &str, m: &MappingSummary) -> Value {
    let layer = |l: &LayerLoad| {
        json!({
            "layer": l.layer, "neurons": l.neurons, "cores": l.cores, "axons_in": l.axons_in,
            "synapses": l.synapses, "memory_bits": l.memory_bits,
        })
    };
    json!({
        "schema": MAP_SCHEMA,
        "chip": m.chip,
        "network": network,
        "placer": m.placer,
        "cores_used": m.cores_used,
        "cores": m.cores,
        "tiles_used": m.tiles_used,
        "utilisation": utilisation(&m.utilisation),
        "per_layer": m.layers.iter().map(layer).collect::<Vec<_>>(),
        "packets_per_spike_of_every_neuron": m.packets,
        "hops_per_spike_of_every_neuron": m.hops,
        "limit_violations": m.violations,
    })
}
