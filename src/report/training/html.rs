//! The report as a self-contained page: no script, nothing fetched, light or dark as the reader's screen is.

use super::closing::{cells, heads};
use super::figures::{TrainingReport, notes, operations_ratio};
use super::plot::{self, KEPT, SPIKING, TWIN};
use super::score::{maybe, score_text, score_title};
use crate::net::architecture::Target;
use crate::report::page::{key, page, picture, sheet};
use crate::report::table::{number, thousands};
use crate::train::ablation::AblationPoint;
use maud::{Markup, html};

const STYLE: &str = "
.pictures td, .pictures th { text-align: center; }
.pictures img { width: 3.5rem; height: auto; image-rendering: pixelated; background: #000; }
.key { white-space: normal; }
";

/// The page.
pub fn training_html(report: &TrainingReport) -> String {
    let title = format!("Training: {} on {}", report.network, report.dataset);
    let body = html! {
        dl {
            dt { "made by" } dd { (report.made_by) }
            dt { "time steps" } dd { (report.time_steps) }
            dt { "weights" } dd { (report.weight_bits) " bits" }
            dt { "data" } dd { (report.source) }
        }
        h2 { "Final figures" }
        (closing(report))
        h2 { "By time steps" }
        (plots(report))
        (steps(report))
        @for note in notes(report) { p.note { (note) } }
        @for point in &report.points {
            h2 { "Layers at T = " (point.time_steps) }
            (layers(point))
        }
        @if !report.pictures.is_empty() { h2 { "Reconstructions" } (pictures(report)) }
    };
    page("train", &title, &(sheet() + STYLE), &body)
}

fn closing(report: &TrainingReport) -> Markup {
    let closing = &report.closing;
    html! {
        div.scroll {
            table {
                tr { @for (index, name) in heads(closing).iter().enumerate() { th class=[(index == 0).then_some("word")] { (name) } } }
                @for row in &closing.rows {
                    tr { @for (index, cell) in cells(closing, row).iter().enumerate() { td class=[(index == 0).then_some("word")] { (cell) } } }
                }
            }
        }
        p.note { (closing.explanation()) }
        @for note in &closing.notes { p.note { "Note: " (note) "." } }
    }
}

fn plots(report: &TrainingReport) -> Markup {
    let names = match report.target {
        Target::Label => ["spiking network", "twin", "biases kept"],
        Target::Input => ["spiking autoencoder", "twin", "biases kept"],
    };
    html! {
        div.plots {
            figure {
                (picture(plot::scores(report)))
                figcaption { @for (colour, name) in [SPIKING, TWIN, KEPT].into_iter().zip(names) { (key(colour, name)) } }
            }
            figure {
                (picture(plot::activity(report)))
                figcaption { (key(SPIKING, "synaptic operations by the twin's multiply-accumulates")) (key(TWIN, "spikes per neuron")) }
            }
        }
    }
}

fn steps(report: &TrainingReport) -> Markup {
    let target = report.target;
    html! {
        div.scroll {
            table {
                tr {
                    th { "T" } th { (score_title(target)) ", spiking" } th { "twin" } th { "biases kept" }
                    th { "spikes per neuron" } th { "synaptic operations" } th { "ratio" }
                }
                @for point in &report.points {
                    tr {
                        td { (point.time_steps) }
                        td { (score_text(target, &point.spiking)) }
                        td { (score_text(target, &point.twin)) }
                        td { (score_text(target, &point.plain)) }
                        td { (format!("{:.3}", point.spikes_per_neuron())) }
                        td { (number(point.synaptic_operations())) }
                        td { (maybe(operations_ratio(point), 3)) }
                    }
                }
            }
        }
    }
}

fn layers(point: &AblationPoint) -> Markup {
    let samples = point.spiking.samples.max(1);
    html! {
        div.scroll {
            table {
                tr {
                    th.word { "layer" } th { "neurons" } th { "cosine" } th { "angle" } th { "correlation" }
                    th { "spikes per neuron and step" } th { "synaptic operations" } th { "ratio" }
                }
                @for layer in &point.layers {
                    @let updates = (layer.neurons * samples * u64::from(point.time_steps)).max(1) as f64;
                    @let operations = layer.synaptic_operations as f64 / samples as f64;
                    @let moments = layer.moments;
                    tr {
                        td.word { (layer.name) }
                        td { (thousands(layer.neurons as i64)) }
                        td { (maybe(moments.and_then(|m| m.cosine()), 4)) }
                        td { (moments.and_then(|m| m.angle_degrees()).map_or("–".into(), |angle| format!("{angle:.1}°"))) }
                        td { (maybe(moments.and_then(|m| m.correlation()), 4)) }
                        td { (maybe(moments.map(|_| layer.spikes as f64 / updates), 4)) }
                        td { (number(operations)) }
                        td { (maybe((!layer.encodes).then(|| operations / layer.macs.max(1) as f64), 3)) }
                    }
                }
            }
        }
    }
}

fn pictures(report: &TrainingReport) -> Markup {
    let image = |values: &[f64], name: &str| match super::picture::address(report.shape, values) {
        Ok(address) => html! { img src=(address) alt=(name); },
        Err(error) => html! { "cannot be drawn: " (error) },
    };
    html! {
        div.scroll {
            table.pictures {
                tr { th { "original" } th { "spiking" } th { "twin" } }
                @for shown in &report.pictures {
                    tr {
                        td { (image(&shown.original, "original")) }
                        td { (image(&shown.spiking, "of the spiking network")) }
                        td { (image(&shown.twin, "of the twin")) }
                    }
                }
            }
        }
        p.note { "The first " (report.pictures.len()) " samples of the " (report.part) " part, at T = " (report.time_steps) "." }
    }
}
