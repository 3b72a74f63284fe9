//! The comparison as a self-contained page: no script, nothing fetched, light or dark as the reader's screen is.

use super::scatter::scatter;
use super::text::{grouped, limits, remarks};
use super::values::{short, written_of};
use crate::explore::{ComparisonTable, FIGURES, Goal};
use crate::report::page;
use maud::{DOCTYPE, Markup, html};

const STYLE: &str = "
.best { font-weight: 700; }
tr.front td:first-child::before { content: '● '; }
tr.front { background: color-mix(in srgb, currentColor 7%, transparent); }
.scatter circle { fill-opacity: .75; stroke: none; }
.scatter circle.bound { fill-opacity: 0; stroke: var(--soft); stroke-dasharray: 2 2; }
.scatter circle.front { fill-opacity: 1; stroke: var(--ink); stroke-width: 1.5px; }
.scatter circle:hover, .scatter circle:focus { fill-opacity: 1; stroke: var(--ink); stroke-width: 2px; outline: none; }
.reason { white-space: normal; text-align: left; }
";

/// The page.
pub fn compare_html(comparison: &ComparisonTable) -> String {
    let title = &comparison.title;
    let name = format!("Comparison: {}", title.network);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page::head("compare", &name, &(page::sheet() + STYLE + &colours())))
            body {
                h1 { (name) }
                @if comparison.is_partial() {
                    p { strong.flag { "Interrupted: " (comparison.rows.len()) " of " (title.plan.len()) " configurations." } }
                }
                dl {
                    @for origin in &title.origins { dt { "not built in" } dd { (origin) } }
                    dt { "chips" } dd { (title.plan.chips.join(", ")) }
                    @for axis in &title.plan.axes { dt { (axis.name) } dd { (axis.values.join(", ")) } }
                    @if let Some(dataset) = &title.dataset { dt { "samples" } dd { (title.samples) " of " (dataset) } }
                    dt { "Pareto front of" } dd { (comparison.axes.iter().map(|at| FIGURES[*at].label).collect::<Vec<_>>().join(", ")) }
                    dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
                }
                (pictures(comparison))
                h2 { "Figures" }
                (table(comparison))
                p.note { "Means per inference. Bold: the best of its column. ● on the Pareto front." }
                @for limit in limits(comparison) { p.note { (limit) "." } }
                (constants(comparison))
                @for (who, what) in remarks(comparison) { p.note { (who) ": " (what) "." } }
                (not_run(comparison))
            }
        }
    };
    page.into_string()
}

fn colours() -> String {
    page::kinds(|chip, colour| format!("circle.p{chip} {{ fill: {colour}; }} i.p{chip} {{ background: {colour}; }}"))
}

/// All pairs of the axes of the front.
fn pictures(comparison: &ComparisonTable) -> Markup {
    let axes = &comparison.axes;
    // Figures to be maximised go up.
    let ordered = |a: usize, b: usize| if FIGURES[a].goal == Goal::Most { (b, a) } else { (a, b) };
    let pairs = (0..axes.len()).flat_map(|a| (a + 1..axes.len()).map(move |b| (a, b)));
    let pictures: Vec<Markup> = pairs
        .filter_map(|(a, b)| {
            let (x, y) = ordered(axes[a], axes[b]);
            scatter(comparison, x, y)
        })
        .collect();
    html! {
        @if !pictures.is_empty() {
            h2 { "Trade-offs" }
            div.plots { @for picture in &pictures { (picture) } }
            p.note {
                @for (index, chip) in comparison.title.plan.chips.iter().enumerate() {
                    span.key { i class=(format!("p{}", index % page::KINDS.len())) {} (chip) } " "
                }
                "Point at a mark for its figures. Ringed: on the Pareto front. Hollow: the energy is a lower bound. The line: the front of the two figures alone."
            }
        }
    }
}

fn table(comparison: &ComparisonTable) -> Markup {
    let plan = &comparison.title.plan;
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let known = |at: &usize| comparison.rows.iter().any(|row| row.figure(*at).is_some());
    let figures: Vec<usize> = (0..FIGURES.len()).filter(known).collect();
    html! {
        div.scroll {
            table {
                thead {
                    tr {
                        th.word { "chip" }
                        @for name in &names { th title=(name) { (short(name, &names)) } }
                        @for at in &figures { th { (FIGURES[*at].label) } }
                    }
                }
                @for (row, on_front) in comparison.rows.iter().zip(comparison.front()) {
                    @let configuration = plan.configuration(row.index);
                    @if row.result.is_ok() {
                        tr class=[on_front.then_some("front")] {
                            td.word { (plan.chips[configuration.chip]) }
                            @for value in &configuration.values { td { (value) } }
                            @for at in &figures {
                                td class=[comparison.is_best(row, *at).then_some("best")] { (written_of(row, *at)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn constants(comparison: &ComparisonTable) -> Markup {
    let of = grouped(comparison, |row| {
        let found = row.result.as_ref().ok();
        found
            .map(|found| format!("{} ({}): {}", found.calibration.0, found.scope, found.calibration.1))
            .into_iter()
            .collect()
    });
    html! {
        @if !of.is_empty() {
            h2 { "Constants" }
            dl { @for (who, what) in &of { dt { (who) } dd { (what) } } }
        }
    }
}

fn not_run(comparison: &ComparisonTable) -> Markup {
    let reasons = grouped(comparison, |row| row.result.as_ref().err().cloned().into_iter().collect());
    html! {
        @if !reasons.is_empty() {
            h2 { "Not run" }
            dl { @for (who, why) in &reasons { dt { (who) } dd.reason { (why) } } }
        }
    }
}
