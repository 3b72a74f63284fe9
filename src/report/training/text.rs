//! The report for people, on a terminal.

use super::figures::{TrainingReport, notes, operations_ratio};
use super::score::{maybe, score_text, score_title};
use crate::report::table::{number, table};
use crate::train::ablation::AblationPoint;

/// By time steps, and by layer for the steps of the training. The final figures are [`super::closing_text`].
pub fn training_text(report: &TrainingReport, width: u16) -> String {
    let own = report.points.iter().find(|point| point.time_steps == report.time_steps);
    let layers = own.map_or(String::new(), |point| format!("\n\nT = {}\n{}", point.time_steps, layers(point, width)));
    format!("{}{layers}\n\n{}", steps(report, width), notes(report).join("\n"))
}

fn steps(report: &TrainingReport, width: u16) -> String {
    let spiking = format!("{} spiking", score_title(report.target));
    let mut rows = table(&["T", &spiking, "twin", "biases kept", "spikes per neuron", "operations", "ratio"], width);
    for point in &report.points {
        rows.add_row([
            point.time_steps.to_string(),
            score_text(report.target, &point.spiking),
            score_text(report.target, &point.twin),
            score_text(report.target, &point.plain),
            format!("{:.3}", point.spikes_per_neuron()),
            number(point.synaptic_operations()),
            maybe(operations_ratio(point), 3),
        ]);
    }
    rows.to_string()
}

fn layers(point: &AblationPoint, width: u16) -> String {
    let mut rows =
        table(&["layer", "neurons", "cosine", "correlation", "spikes per neuron and step", "operations"], width);
    for layer in &point.layers {
        let rate = layer.spikes as f64 / (layer.neurons * point.spiking.samples * u64::from(point.time_steps)) as f64;
        rows.add_row([
            layer.name.clone(),
            layer.neurons.to_string(),
            maybe(layer.moments.and_then(|m| m.cosine()), 4),
            maybe(layer.moments.and_then(|m| m.correlation()), 4),
            maybe(layer.moments.map(|_| rate), 4),
            number(layer.synaptic_operations as f64 / point.spiking.samples.max(1) as f64),
        ]);
    }
    rows.to_string()
}
