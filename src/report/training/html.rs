//! The report as a self-contained page: nothing is fetched, light or dark as the reader's screen is. All figures can be read
//! without a script; curves need theirs.

use super::answers::confusion;
use super::closing::{cells, heads};
use super::figures::{Mistake, TrainingReport, notes, operations_ratio};
use super::score::{maybe, score_text, score_title};
use crate::net::architecture::Target;
use crate::report::page::script::{data, scripts};
use crate::report::page::{page, sheet};
use crate::report::table::{number, thousands};
use crate::train::ablation::{AblationPoint, Score};
use maud::{Markup, html};
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("training.js");

const STYLE: &str = "
.pictures td, .pictures th { text-align: center; }
.pictures img, .mistakes img { width: 3.5rem; height: auto; image-rendering: pixelated; background: #000; }
.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: .75rem; }
.mistakes img { width: 100%; max-width: 6rem; }
.chart.curve { height: 19rem; }
.plots.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); }
#confusion { max-width: 44rem; height: 30rem; }
@media (max-width: 40rem) { #confusion { height: 23rem; } }
";

pub(crate) fn training_html(report: &TrainingReport) -> String {
    let title = format!("Training: {} on {}", report.network, report.dataset);
    let body = html! {
        (cards(report))
        p.small {
            "made by: " (report.made_by) " · time steps: " (report.time_steps) " · weights: " (report.weight_bits) " bits · data: "
            (report.source)
        }
        @if report.epochs.len() > 1 { (curves(report)) }
        h2 { "Final figures" }
        (closing(report))
        @if !report.closing.answers.is_empty() { (answers(report)) }
        h2 { "By time steps" }
        (silence(report))
        div.plots {
            figure { h3 { (score_name(report)) } div.chart.curve #steps-score {} }
            figure { h3 { "Spikes per neuron and inference" } div.chart.curve #steps-spikes {} }
            figure { h3 { "Synaptic operations by multiply-accumulates of the twin" } div.chart.curve #steps-operations {} }
            figure { h3 { "Spikes per neuron and step, by layer" } div.chart.curve #layers-rate {} }
        }
        (steps(report))
        @for note in notes(report) { p.note { (note) } }
        h2 { "By layer" }
        @for point in &report.points {
            details open[point.time_steps == report.time_steps] {
                summary { "Layers at T = " (point.time_steps) }
                (layers(point))
            }
        }
        @if !report.pictures.is_empty() { h2 { "Reconstructions" } (pictures(report)) }
        (data("training", &figures(report)))
        (scripts(&[SCRIPT]))
    };
    page("train", &title, &(sheet() + STYLE), &body)
}

/// The final figures of the integer network, beside its twin.
fn cards(report: &TrainingReport) -> Markup {
    let closing = &report.closing;
    let [name, score, spikes, operations, energy] = heads(closing);
    let mut rows = closing.rows.iter().map(|row| cells(closing, row));
    let (twin, own) = (rows.next(), rows.next());
    let Some((twin, own)) = twin.zip(own) else { return html! {} };
    let figures = [(score, 1), (spikes, 2), (operations, 3), (energy, 4)];
    html! {
        div.cards aria-label=(name) {
            @for (name, column) in figures {
                div.card {
                    span.name { (name) }
                    span.value { (own[column]) }
                    @if twin[column] != "–" { span.more { "twin: " (twin[column]) } }
                    @if column == 1 { span.more { (thousands(closing.samples as i64)) " samples of the " (closing.part) " part" } }
                    @if column == 4 { span.more { "modelled on " (closing.chip) } }
                }
            }
        }
    }
}

fn score_name(report: &TrainingReport) -> &'static str {
    match report.target {
        Target::Label => "Accuracy",
        Target::Input | Target::Given => "PSNR (dB)",
    }
}

fn curves(report: &TrainingReport) -> Markup {
    let score = match report.target {
        Target::Label => "Accuracy",
        Target::Input | Target::Given => "Mean squared error",
    };
    html! {
        h2 { "Learning curves" }
        div.plots.three {
            figure { h3 { "Loss" } div.chart.curve #curve-loss {} }
            figure { h3 { (score) } div.chart.curve #curve-score {} }
            figure { h3 { "Spikes per neuron" } div.chart.curve #curve-spikes {} }
        }
        p.note {
            "Training: the network in training, with dropout, while it learns. Validation: the integer network, as a chip runs it, after each epoch. "
            "Drag to move; Ctrl and the wheel, or + and −, zoom."
        }
    }
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

/// Which classes are taken for which, and samples that are.
fn answers(report: &TrainingReport) -> Markup {
    let closing = &report.closing;
    let wrong = closing.answers.iter().filter(|a| a.spiking != a.label).count();
    let both = closing.answers.iter().filter(|a| a.spiking != a.label && a.twin != a.label).count();
    html! {
        h2 { "What is taken for what" }
        p {
            "The integer network gets " (thousands(wrong as i64)) " of " (thousands(closing.samples as i64)) " samples of the "
            (closing.part) " part wrong; its twin gets " (thousands(both as i64)) " of these wrong too."
        }
        div.chart #confusion {}
        @if !report.mistakes.is_empty() {
            h3 { "Samples that it gets wrong" }
            @if report.mistakes.len() < wrong { p.note { "The first " (report.mistakes.len()) " of " (thousands(wrong as i64)) "." } }
            @if report.mistakes.iter().all(|mistake| mistake.image.is_some()) { (wrong_images(report)) } @else { (wrong_rows(report)) }
        }
    }
}

fn wrong_images(report: &TrainingReport) -> Markup {
    let image = |mistake: &Mistake| match super::picture::address(report.shape, mistake.image.as_deref().unwrap_or(&[]))
    {
        Ok(address) => html! { img src=(address) alt=(format!("sample {}", mistake.sample)); },
        Err(error) => html! { "cannot be drawn: " (error) },
    };
    html! {
        div.mistakes {
            @for mistake in &report.mistakes {
                figure {
                    (image(mistake))
                    figcaption {
                        "sample " (mistake.sample) ": is " b { (mistake.answer.label) } ", taken for " b { (mistake.answer.spiking) }
                        @if mistake.answer.twin != mistake.answer.spiking { ", by the twin for " (mistake.answer.twin) }
                    }
                }
            }
        }
    }
}

fn wrong_rows(report: &TrainingReport) -> Markup {
    html! {
        div.scroll {
            table.sortable {
                thead { tr { th.word { "sample" } th { "class" } th { "taken for" } th { "by the twin for" } } }
                tbody {
                    @for Mistake { sample, answer, .. } in &report.mistakes {
                        tr { td.word { (sample) } td { (answer.label) } td { (answer.spiking) } td { (answer.twin) } }
                    }
                }
            }
        }
    }
}

/// Why few time steps may give no more than a guess.
fn silence(report: &TrainingReport) -> Markup {
    let own = report.points.iter().find(|point| point.time_steps == report.time_steps);
    let (Some(least), Some(own)) = (report.points.first(), own) else { return html! {} };
    let is_poor = report.target.has_classes() && least.spiking.accuracy() < 0.6 * own.spiking.accuracy();
    html! {
        @if is_poor && least.time_steps < report.time_steps {
            p {
                "At T = " (least.time_steps) " the spiking network classifies " (score_text(report.target, &least.spiking)) " of the samples correctly. That is no fault of the network. "
                "In T steps a neuron can fire 0 to T times, and what stays below the threshold is lost. With " (least.time_steps)
                @if least.time_steps == 1 { " step" } @else { " steps" }
                " little reaches the outputs (" (format!("{:.3}", least.spikes_per_neuron())) " spikes per neuron, against "
                (format!("{:.3}", own.spikes_per_neuron())) " at T = " (own.time_steps)
                "), so that the answer is close to a guess. Training for that T, by --steps, does better."
            }
        }
    }
}

fn steps(report: &TrainingReport) -> Markup {
    let target = report.target;
    html! {
        div.scroll {
            table.sortable {
                thead {
                    tr {
                        th { "T" } th { (score_title(target)) ", spiking" } th { "twin" } th { "biases kept" }
                        th { "spikes per neuron" } th { "synaptic operations" } th { "ratio" }
                    }
                }
                tbody {
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
}

/// Spikes per neuron and step, of a layer that spikes.
fn rate(point: &AblationPoint, index: usize) -> Option<f64> {
    let layer = &point.layers[index];
    let updates = (layer.neurons * point.spiking.samples.max(1) * u64::from(point.time_steps)).max(1) as f64;
    layer.moments.map(|_| layer.spikes as f64 / updates)
}

fn layers(point: &AblationPoint) -> Markup {
    let samples = point.spiking.samples.max(1);
    html! {
        div.scroll {
            table.sortable {
                thead {
                    tr {
                        th.word { "layer" } th { "neurons" } th { "cosine" } th { "angle" } th { "correlation" }
                        th { "spikes per neuron and step" } th { "synaptic operations" } th { "ratio" }
                    }
                }
                tbody {
                    @for (index, layer) in point.layers.iter().enumerate() {
                        @let operations = layer.synaptic_operations as f64 / samples as f64;
                        @let moments = layer.moments;
                        tr {
                            td.word { (layer.name) }
                            td { (thousands(layer.neurons as i64)) }
                            td { (maybe(moments.and_then(|m| m.cosine()), 4)) }
                            td { (moments.and_then(|m| m.angle_degrees()).map_or("–".into(), |angle| format!("{angle:.1}°"))) }
                            td { (maybe(moments.and_then(|m| m.correlation()), 4)) }
                            td { (maybe(rate(point, index), 4)) }
                            td { (number(operations)) }
                            td { (maybe((!layer.encodes).then(|| operations / layer.macs.max(1) as f64), 3)) }
                        }
                    }
                }
            }
        }
    }
}

fn pictures(report: &TrainingReport) -> Markup {
    let image = |values: &[f64], name: &str| match super::picture::address(report.picture_shape, values) {
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

/// Figures for the script; shares as shares.
fn figures(report: &TrainingReport) -> Value {
    let value = |score: &Score| match report.target {
        Target::Label => score.accuracy(),
        Target::Input | Target::Given => score.psnr_db(),
    };
    let points = report.points.iter().map(|point| {
        json!({
            "steps": point.time_steps,
            "spiking": value(&point.spiking),
            "twin": value(&point.twin),
            "kept": value(&point.plain),
            "spikes": point.spikes_per_neuron(),
            "operations": operations_ratio(point),
            "rates": (0..point.layers.len()).map(|index| rate(point, index)).collect::<Vec<_>>(),
        })
    });
    let epochs = report.epochs.iter().map(|epoch| {
        json!([epoch.loss, epoch.train_accuracy, epoch.validation, epoch.in_training, epoch.spikes_per_neuron])
    });
    let layers = report.points.first().map_or(&[][..], |point| &point.layers);
    json!({
        "classes": report.target.has_classes(),
        "own": report.time_steps,
        "points": points.collect::<Vec<_>>(),
        "layers": layers.iter().map(|layer| &layer.name).collect::<Vec<_>>(),
        "epochs": epochs.collect::<Vec<_>>(),
        "confusion": confusion(&report.closing.answers),
    })
}
