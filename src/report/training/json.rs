//! The report for machines. Field names are stable: others rely on them.

use super::closing::closing_json;
use super::figures::{TrainingReport, operations_ratio};
use super::score::score_fields;
use crate::net::architecture::Target;
use crate::train::ablation::{AblationPoint, LayerPoint};
use serde_json::{Value, json};

/// Schema name of the report of a training.
pub const TRAINING_SCHEMA: &str = "spikemesh.training/1";

/// The report.
pub fn training_json(report: &TrainingReport) -> Value {
    json!({
        "schema": TRAINING_SCHEMA,
        "network": report.network,
        "dataset": report.dataset,
        "made_by": report.made_by,
        "trained_time_steps": report.time_steps,
        "weight_bits": report.weight_bits,
        "part": report.part,
        "samples": report.samples(),
        "points": report.points.iter().map(|p| point(report.target, p)).collect::<Vec<_>>(),
        "final": closing_json(&report.closing),
        "sources": [report.source],
    })
}

fn point(target: Target, point: &AblationPoint) -> Value {
    json!({
        "time_steps": point.time_steps,
        "spiking": score_fields(target, &point.spiking),
        "twin": score_fields(target, &point.twin),
        "spiking_biases_kept": score_fields(target, &point.plain),
        "spikes_per_neuron": point.spikes_per_neuron(),
        "network_synaptic_operations": point.synaptic_operations(),
        "macs": point.macs(),
        "operations_ratio": operations_ratio(point),
        "layers": point.layers.iter().map(|l| layer(point, l)).collect::<Vec<_>>(),
    })
}

fn layer(point: &AblationPoint, layer: &LayerPoint) -> Value {
    let samples = point.spiking.samples.max(1);
    let steps = (layer.neurons * samples * u64::from(point.time_steps)).max(1);
    let operations = layer.synaptic_operations as f64 / samples as f64;
    json!({
        "layer": layer.name,
        "neurons": layer.neurons,
        "cosine": layer.moments.and_then(|m| m.cosine()),
        "angle_degrees": layer.moments.and_then(|m| m.angle_degrees()),
        "correlation": layer.moments.and_then(|m| m.correlation()),
        "spike_rate": layer.moments.map(|_| layer.spikes as f64 / steps as f64),
        "network_synaptic_operations": operations,
        "macs": layer.macs,
        "operations_ratio": (!layer.encodes && layer.macs > 0).then(|| operations / layer.macs as f64),
    })
}
