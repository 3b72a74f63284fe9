//! Reports as JSON, for machines. Field names are stable: others rely on them.

use super::ann::{SameSilicon, UnitCosts};
use super::energy::{Coverage, Unpriced};
use super::mapping::{LayerLoad, MappingSummary, Occupancy, Traffic, Use};
use super::neurobench::NeuroBench;
use super::origin::origins_json;
use super::price::{Citation, Pricing};
use super::summary::{
    Break, DeviceFigures, FreeRunning, Interrupted, LayerSummary, Output, Quantity, SparseTotals, Summary,
};
use super::tally::{BarrierTime, OpTime, Tally, Times};
use crate::map::Toeplitz;
use crate::stats::{Counts, Op};
use serde_json::{Map, Value, json};

/// Schema name of a run's report.
pub const RUN_SCHEMA: &str = "spikemesh.run/1";
/// Schema name of a mapping's report.
pub const MAP_SCHEMA: &str = "spikemesh.map/1";

fn quantity(q: &Quantity) -> Value {
    json!({"mean": q.mean, "p50": q.p50, "p99": q.p99})
}

/// Figures of an energy; each is `null` where nothing has a price.
fn energies(q: &Quantity, coverage: Coverage) -> Value {
    let known = |pj: f64| coverage.known(pj);
    json!({"mean": known(q.mean), "p50": known(q.p50), "p99": known(q.p99)})
}

fn layer((l, (energy_pj, coverage)): (&LayerSummary, (f64, Coverage))) -> Value {
    let energy_pj = coverage.known(energy_pj);
    json!({
        "layer": l.layer, "neurons": l.neurons, "cores": l.cores, "spikes": l.spikes,
        "synaptic_operations": l.synaptic_operations, "packets": l.packets, "energy_pj": energy_pj,
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
        "same_silicon": same_silicon(&a.same_silicon),
    })
}

fn same_silicon(s: &SameSilicon) -> Value {
    let costs: Map<String, Value> =
        UnitCosts::NAMES.iter().zip(s.costs.values()).map(|(name, cost)| ((*name).to_owned(), json!(cost))).collect();
    json!({"ann_pj": s.ann_pj, "snn_pj": s.snn_pj, "break_even": s.costs.break_even(), "costs": costs})
}

/// What the figures under NeuroBench's names are.
pub(super) const NEUROBENCH_KIND: &str = "estimate (simulated system)";

fn neurobench(n: &NeuroBench) -> Value {
    json!({
        "kind": NEUROBENCH_KIND,
        "Footprint": n.footprint,
        "ParameterCount": n.parameter_count,
        "ConnectionSparsity": n.connection_sparsity,
        "ClassificationAccuracy": n.classification_accuracy,
        "ActivationSparsity": n.activation_sparsity,
        "SynapticOperations": {
            "Effective_MACs": n.effective_macs,
            "Effective_ACs": n.effective_acs,
            "Dense": n.dense,
        },
        "MembraneUpdates": n.membrane_updates,
    })
}

fn free_running(f: &FreeRunning) -> Value {
    json!({
        "time_step_ns": f.time_step_ns,
        "deadline_ns": f.deadline_ns,
        "ended_at_deadline": f.ended_at_deadline,
        "packets_not_delivered": f.packets_not_delivered,
        "spike_count_difference": f.spike_count_difference,
    })
}

fn devices(d: &DeviceFigures, s: &Summary) -> Value {
    json!({
        "modelled": d.modelled,
        "seed": d.seed,
        "exact": d.exact,
        "differing_share": s.differing_share(),
        "spike_count_difference": d.spike_count_difference,
        "accuracy": s.accuracy,
        "reference_accuracy": s.reference_accuracy,
        "clipped_conversions": d.clipped_conversions,
    })
}

fn utilisation(uses: &[Use]) -> Value {
    let entry = |u: &Use| (u.name.to_owned(), json!({"mean": u.mean, "most": u.most}));
    Value::Object(uses.iter().map(entry).collect())
}

fn totals(report: &mut Map<String, Value>, t: &SparseTotals, energy_pj: Option<f64>) {
    let totals = json!({
        "spikes": t.spikes, "synaptic_operations": t.synaptic_operations, "packets": t.packets, "hops": t.hops,
        "energy_pj": energy_pj,
    });
    report.insert("totals".into(), totals);
    report.insert("source_spikes".into(), json!(t.source_spikes));
    report.insert("spikes_per_step".into(), json!(t.spikes_per_step));
    let output = |o: &Output| json!({"population": o.population, "spikes": o.spikes, "membranes": o.membranes});
    report.insert("outputs".into(), t.outputs.iter().map(output).collect());
}

/// The constants, what their figures are of, and, where they are all-in, the point at which they hold.
fn calibration(pricing: &Pricing) -> Value {
    let (name, description) = &pricing.calibration;
    let mut fields = json!({"name": name, "description": description, "scope": pricing.scope.name()});
    if let Some(point) = pricing.scope.operating_point() {
        fields["operating_point"] = json!(point);
    }
    fields
}

/// Integer counts: a row for each inference and each layer, a column for each operation that was counted.
fn counts(tally: &Tally) -> Value {
    let total = tally.total();
    let operations: Vec<Op> = Op::ALL.iter().copied().filter(|op| total.of(*op) > 0).collect();
    let row = |counts: &Counts| operations.iter().map(|op| json!(counts.of(*op))).collect::<Value>();
    json!({
        "tick_fs": tally.tick.0,
        "operations": operations.iter().map(|op| op.name()).collect::<Vec<_>>(),
        "ticks": tally.inferences.iter().map(|(_, ticks)| *ticks).collect::<Vec<_>>(),
        "inferences": tally.inferences.iter().map(|(counts, _)| row(counts)).collect::<Vec<_>>(),
        "layers": tally.layers.iter().map(row).collect::<Vec<_>>(),
    })
}

fn times(t: &Times) -> Value {
    let barrier = |b: &BarrierTime| json!({"ticks": b.ticks, "kind": b.kind.name(), "source": b.source});
    let time =
        |t: &OpTime| json!({"operation": t.op.name(), "ticks": t.ticks, "kind": t.kind.name(), "source": t.source});
    json!({
        "name": t.calibration,
        "times": t.operations.iter().map(time).collect::<Vec<_>>(),
        "barrier": t.barrier.as_ref().map(barrier),
    })
}

fn unpriced(u: &Unpriced) -> Value {
    json!({"term": u.term, "unit": u.unit, "count": u.count, "note": u.note})
}

fn source((what, kind, text): &Citation) -> Value {
    json!({"what": what, "kind": kind, "source": text})
}

/// How far it came, and what ended it where that is known.
fn interrupted(mark: Interrupted) -> Value {
    let mut fields = json!({"done": mark.done, "of": mark.of});
    if let Some(reason) = mark.reason {
        fields["reason"] = json!(reason.name());
    }
    fields
}

/// The report of a run. The reader of saved reports, in `read`, takes back all that is put here.
pub fn run_json(s: &Summary) -> Value {
    let mut report = Map::new();
    let mut put = |name: &str, value: Value| report.insert(name.into(), value);
    put("schema", json!(RUN_SCHEMA));
    put("chip", json!(s.chip));
    put("calibration", self::calibration(&s.pricing));
    put("network", json!(s.header.network));
    put("dataset", json!(s.header.dataset));
    put("samples", json!(s.samples));
    put("interrupted", s.interrupted.map_or(Value::Null, interrupted));
    put("time_steps", json!(s.time_steps));
    put("steps_per_inference", json!(s.steps_per_inference));
    put("seed", json!(s.header.seed));
    put("timing", json!(s.header.timing));
    put("accuracy", json!(s.accuracy));
    put("reference_accuracy", json!(s.reference_accuracy));
    if let Some(r) = &s.reconstruction {
        put("mse", json!(r.mse));
        put("psnr_db", json!(r.psnr_db));
    }
    put("mismatched_samples", json!(s.mismatched_samples));
    if let Some(free) = &s.free_running {
        put("free_running", free_running(free));
    }
    if let Some(figures) = &s.devices {
        put("devices", devices(figures, s));
    }
    if let Some(fixed) = &s.fixed_tick {
        put("fixed_tick_ns", json!(fixed.length_ns));
        put("overrun_steps", json!(fixed.overrun_steps));
    }
    figures(&mut report, s);
    trust(&mut report, s);
    if let Some(t) = &s.totals {
        totals(&mut report, t, s.pricing.coverage.total.known(s.pricing.energy_pj.mean));
    }
    report.insert("chip_digest".into(), json!(format!("{:016x}", s.structure)));
    report.insert("timed_with".into(), times(&s.times));
    report.insert("counts".into(), counts(&s.tally));
    Value::Object(report)
}

/// What was counted, and what it costs.
fn figures(report: &mut Map<String, Value>, s: &Summary) {
    let mut put = |name: &str, value: Value| report.insert(name.into(), value);
    let Pricing { energy_pj, range_pj, average_power_mw, .. } = &s.pricing;
    let coverage = s.pricing.coverage.total;
    let mut per = Map::new();
    per.insert("energy_pj".into(), energies(energy_pj, coverage));
    per.extend(s.per_inference.iter().map(|(name, q)| ((*name).to_owned(), quantity(q))));
    per.insert("encoder_macs".into(), json!(s.encoder_macs));
    put("per_inference", Value::Object(per));
    if let Some(operations) = s.network_operations {
        put("network_synaptic_operations", json!(operations));
    }
    put("energy_coverage", json!(coverage.name()));
    let units = s.pricing.units().map(|(name, pj, coverage)| (name.to_owned(), json!(coverage.known(pj))));
    put("energy_breakdown_pj", Value::Object(units.collect()));
    put("per_layer", s.layers.iter().zip(s.pricing.layers()).map(layer).collect());
    let throughput = json!({"one_at_a_time": s.throughput.one_at_a_time, "pipelined": s.throughput.pipelined});
    put("throughput_per_second", throughput);
    put("average_power_mw", json!(coverage.known(average_power_mw)));
    put("energy_range_pj", json!([coverage.known(range_pj.0), coverage.known(range_pj.1)]));
    let worst = s.worst_link.as_ref().map(|(name, flits)| json!({"link": name, "flits": flits}));
    let network = json!({
        "packet_latency_ns": quantity(&s.packet_latency_ns),
        "packet_hops": quantity(&s.packet_hops),
        "worst_link": worst,
    });
    put("network_on_chip", network);
    put("clock", json!({"mhz": s.clock.0, "reference": s.clock.1}));
    put("ann", s.ann.as_ref().map_or(Value::Null, ann));
    put("neurobench", s.neurobench.as_ref().map_or(Value::Null, neurobench));
}

/// Where the network stands, and what the figures rest on.
fn trust(report: &mut Map<String, Value>, s: &Summary) {
    let mut put = |name: &str, value: Value| report.insert(name.into(), value);
    let Occupancy { placer, cores_used, chips, cores, tiles_used, utilisation: uses, violations } = &s.mapping;
    put("cores_used", json!(cores_used));
    put("cores", json!(cores));
    put("chips", json!(chips));
    put("tiles_used", json!(tiles_used));
    put("placer", json!(placer));
    put("utilisation", utilisation(uses));
    put("soma", json!(s.soma));
    put("limit_violations", json!(violations));
    put("unpriced", s.pricing.unpriced.iter().map(unpriced).collect());
    put("untimed", json!(s.untimed));
    put("estimates", json!(s.estimates));
    put("notes", json!(s.header.notes));
    put("origins", origins_json(&s.header.origins));
    put("pricing_notes", json!(s.pricing.notes));
    put("sources", s.pricing.sources.iter().chain(&s.sources).map(source).collect());
    put("wall_seconds", json!(s.header.wall_seconds));
    put("threads", json!(s.header.threads));
}

fn mapping_traffic(t: &Traffic) -> Value {
    json!({
        "cores": t.cores, "packets": t.packets, "hops": t.hops, "hop_energy_pj": t.energy_pj,
        "busiest_link": t.busiest.as_ref().map(|(link, packets)| json!({"link": link, "packets": packets})),
        "least_hops": t.least_hops,
    })
}

/// The report of a mapping.
pub fn mapping_json(network: &str, m: &MappingSummary) -> Value {
    let plain = |t: Toeplitz| json!({"cores": t.pieces, "cores_with_synapses": t.filled});
    let layer = |l: &LayerLoad| {
        json!({
            "layer": l.layer, "neurons": l.neurons, "cores": l.cores, "axons_in": l.axons_in,
            "synapses": l.synapses, "memory_bits": l.memory_bits, "toeplitz": l.toeplitz.map(plain),
        })
    };
    json!({
        "schema": MAP_SCHEMA,
        "chip": m.chip,
        "origins": origins_json(&m.origins),
        "network": network,
        "partitioner": m.partitioner,
        "placer": m.occupancy.placer,
        "objective": m.objective,
        "profile_samples": m.profile,
        "cores_used": m.occupancy.cores_used,
        "toeplitz": m.toeplitz.map(plain),
        "cores": m.occupancy.cores,
        "chips": m.occupancy.chips,
        "tiles_used": m.occupancy.tiles_used,
        "utilisation": utilisation(&m.occupancy.utilisation),
        "traffic": mapping_traffic(&m.traffic),
        "before": m.before.as_ref().map(mapping_traffic),
        "per_layer": m.layers.iter().map(layer).collect::<Vec<_>>(),
        "packets_per_spike_of_every_neuron": m.packets,
        "hops_per_spike_of_every_neuron": m.hops,
        "limit_violations": m.occupancy.violations,
        "notes": m.notes,
    })
}
