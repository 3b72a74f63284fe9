//! The result of a search as a self-contained page: the front, all rows at once, what each axis did, the hypervolume by
//! evaluation, and how far the models can be trusted. Pictures of rows are those of a comparison.

use super::percent;
use super::text::{of_fidelity, of_limits};
use crate::explore::FIGURES;
use crate::explore::present::findings::findings;
use crate::explore::present::html::{SCRIPTS, STYLE, constants, not_run, pictures, rows, sentence};
use crate::explore::present::remarks::{above, limits, open_terms, remarks};
use crate::explore::present::values::{short, written};
use crate::explore::tune::{ModelOfFigure, Tuned};
use crate::report::page;
use crate::report::page::plot::{MEAN, PlotAxis, Svg, draw};
use maud::{DOCTYPE, Markup, html};
use plotters::prelude::{Circle, LineSeries};
use plotters::style::Color;

/// The sections that the page adds to that of a comparison.
const OWN_STYLE: &str = "
.effects { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem 2rem; }
.effect { display: grid; grid-template-columns: minmax(5rem, 9rem) minmax(0, 1fr) 3.2rem; gap: .2rem .6rem; align-items: center; }
.effect .of { overflow-wrap: anywhere; color: var(--soft); font-size: .875rem; }
.effect .bar { background: var(--raised); border: 1px solid var(--rule); border-radius: .2rem; height: .9rem; overflow: hidden; }
.effect .bar i { display: block; height: 100%; background: var(--kind0); }
.effect .part { text-align: right; font-variant-numeric: tabular-nums; font-size: .875rem; }
.effect.trust-none .bar i { background: var(--rule); }
";

/// The page.
pub fn tune_html(tuned: &Tuned) -> String {
    let comparison = &tuned.table;
    let title = &comparison.title;
    let name = format!("Search: {}", title.network);
    let ran = comparison.rows.iter().any(|row| row.result.is_ok());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page::head("tune", &name, &(page::sheet() + STYLE + OWN_STYLE)))
            body {
                h1 { (name) }
                @if tuned.is_partial() {
                    p { strong.flag { "Interrupted: " (comparison.rows.len()) " of " (tuned.evaluations) " evaluations" @if !tuned.fidelity.is_empty() { ", " (tuned.rows_in_full()) " of them on all samples" } "." } }
                }
                @for line in above(comparison) { p { strong { (sentence(&line)) } } }
                (findings(comparison))
                @if !ran { p { strong.flag { "None of these configurations can be run: there is no front." } } }
                @else { @for line in tuned.verdict() { p { (sentence(&line)) } } }
                @for line in of_limits(tuned).into_iter().chain(of_fidelity(tuned)) { p { (sentence(&line)) } }
                @for limit in limits(comparison) { p.note { (sentence(&limit)) } }
                @if ran { (pictures()) }
                (effects(tuned))
                @if ran { (progress(tuned)) }
                @if ran { (rows(comparison, true)) }
                (not_run(comparison))
                (searched(tuned))
                (constants(comparison))
                @for (who, what) in remarks(comparison).into_iter().chain(open_terms(comparison)) { p.note { (who) ": " (what) "." } }
                @if ran { (page::script::scripts(SCRIPTS)) }
            }
        }
    };
    page.into_string()
}

/// Effects of each axis on each objective.
fn effects(tuned: &Tuned) -> Markup {
    let names: Vec<&str> = tuned.axes.iter().map(String::as_str).collect();
    html! {
        @if !tuned.models.is_empty() {
            h2 { "What each axis did" }
            div.effects {
                @for model in &tuned.models { (effect(model, &names)) }
            }
            p.note {
                "The part of a figure's variance over the space, by the model, that an axis takes part in. The error is that of rows \
                 that the model was not shown, where 100 % is no better than the mean of the other rows."
            }
        }
    }
}

fn effect(model: &ModelOfFigure, names: &[&str]) -> Markup {
    let trust = model.trust().name();
    html! {
        section {
            h3 { (model.label()) }
            div class=(format!("effect trust-{trust}")) {
                @for (effect, name) in model.axes.iter().zip(names) {
                    @let part = effect.share.clamp(0.0, 1.0);
                    span.of { (short(name, names)) }
                    span.bar { i style=(format!("width: {:.1}%", 100.0 * part)) {} }
                    span.part { (percent(effect.share)) }
                }
            }
            p.note { "error, one left out: " (percent(model.error)) }
        }
    }
}

/// The hypervolume after each row.
fn progress(tuned: &Tuned) -> Markup {
    html! {
        @if tuned.hypervolume.len() > 1 {
            h2 { "Hypervolume by evaluation" }
            figure {
                (page::picture(curve(&tuned.hypervolume)))
                figcaption {
                    "The part of the box between the best and the worst values found that rows so far dominate"
                    @if let Some(few) = tuned.fidelity.first() { ", by figures on " (few) " samples" }
                    ". A line that is flat at its \
                     end says that more evaluations bring little."
                }
            }
        }
    }
}

fn curve(volumes: &[f64]) -> Svg {
    let points: Vec<(f64, f64)> = volumes.iter().enumerate().map(|(at, volume)| (at as f64 + 1.0, *volume)).collect();
    let most = volumes.iter().copied().fold(0.0, f64::max).max(0.01);
    let percent = |part: &f64| super::percent(*part);
    let x = PlotAxis {
        title: "evaluations",
        ends: 0.0..points.len() as f64 + 1.0,
        labels: 8,
        write: Some(&|x: &f64| format!("{x:.0}")),
    };
    let y = PlotAxis { title: "hypervolume", ends: 0.0..1.05 * most, labels: 6, write: Some(&percent) };
    draw(&x, &y, (16, 62), |chart| {
        chart.draw_series(LineSeries::new(points.iter().copied(), MEAN.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, MEAN.filled())))?;
        Ok(())
    })
}

/// The space and the objectives.
fn searched(tuned: &Tuned) -> Markup {
    let comparison = &tuned.table;
    let title = &comparison.title;
    let label = |at: &usize| FIGURES[*at].label;
    html! {
        h2 { "What was searched" }
        dl {
            @for origin in &title.origins { dt { "not built in" } dd { (origin) } }
            dt { "chips" } dd { (title.plan.chips.join(", ")) }
            @for axis in &title.plan.axes { dt { (axis.name) } dd { (axis.values.join(", ")) } }
            dt { "configurations" } dd { (tuned.table.rows.len()) " of " (title.plan.len()) }
            @if let Some(dataset) = &title.dataset { dt { "samples" } dd { (title.samples) " of " (dataset) } }
            dt { "objectives" } dd { (comparison.axes.iter().map(label).collect::<Vec<_>>().join(", ")) }
            @if let Some(first) = tuned.fidelity.first() {
                dt { "samples first" } dd { (first) @for more in &tuned.fidelity[1..] { ", " (more) } }
            }
            @for limit in &tuned.limits { dt { "limit" } dd { (label(&limit.figure)) " " (written(limit.figure, Some(limit.bound), None)) } }
            dt { "seed, batch" } dd { (tuned.seed) ", " (tuned.batch) }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
    }
}
