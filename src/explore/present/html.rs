//! The comparison as a self-contained page: nothing is fetched, and it is light or dark as the reader's screen is. Its table
//! can be read without a script; scripts read it, sort and filter it, and draw pictures of it.

use super::findings::findings;
use super::remarks::{above, differs, grouped, limits, open_terms, remarks};
use super::values::{short, written_of};
use crate::explore::figures::ENERGY;
use crate::explore::{ComparisonRow, ComparisonTable, FIGURES, Goal};
use crate::report::page;
use maud::{DOCTYPE, Markup, html};
use std::collections::BTreeSet;

pub(in crate::explore) const STYLE: &str = "
.best { font-weight: 700; }
tr.front td:first-child::before { content: '● '; }
tr.front td { background: color-mix(in srgb, var(--ink) 7%, var(--ground)) !important; }
tr.beyond td { color: var(--soft); }
tr.chosen td { outline: 2px solid var(--kind0); outline-offset: -2px; }
td:first-child small { display: none; color: var(--soft); }
.reason { white-space: normal; text-align: left; }
.pictures { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 2rem; }
#search { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--rule); border-radius: .3rem;
  padding: .15rem .4rem; width: 14rem; max-width: 100%; }
#menus { display: contents; }
#legend, #parallel-legend { display: flex; flex-wrap: wrap; }
#legend .key, #parallel-legend .key { white-space: normal; overflow-wrap: anywhere; }
.controls label, .controls select { min-width: 0; max-width: 100%; }
[hidden] { display: none !important; }
@media (max-width: 40rem) {
  #rows { font-size: .8125rem; }
  #rows th, #rows td { padding: .3rem; }
  #rows td:first-child { min-width: 5.5rem; padding-left: 0; }
  #rows th button::after { content: ''; margin: 0; }
  #rows th[aria-sort=ascending] button::after { content: '\\2191'; }
  #rows th[aria-sort=descending] button::after { content: '\\2193'; }
  td:first-child small { display: block; }
  th.swept, td.swept { display: none; }
}
";

/// What the page does: its rows first.
pub(in crate::explore) const SCRIPTS: &[&str] =
    &[include_str!("page/rows.js"), include_str!("page/scatter.js"), include_str!("page/parallel.js")];

/// Most rows of the table: with more a page would be heavy.
const MOST_ROWS: usize = 1000;

/// Figures that are next to a row's name, so that they are on a phone's screen.
const FIRST: &[&str] = &["energy_pj", "latency_ns", "accuracy", "mse"];

/// The figure beside which stands what bounds it.
const BESIDE: &str = "latency_ns";

/// The page.
pub fn compare_html(comparison: &ComparisonTable) -> String {
    let title = &comparison.title;
    let name = format!("Comparison: {}", title.network);
    let ran = comparison.rows.iter().any(|row| row.result.is_ok());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (page::head("compare", &name, &(page::sheet() + STYLE)))
            body {
                h1 { (name) }
                @if comparison.is_partial() {
                    p { strong.flag { "Interrupted: " (comparison.rows.len()) " of " (title.plan.len()) " configurations." } }
                }
                @for line in above(comparison) { p { strong { (sentence(&line)) } } }
                (findings(comparison))
                @for limit in limits(comparison) { p.note { (sentence(&limit)) } }
                @if ran { (pictures()) (rows(comparison, false)) }
                (not_run(comparison))
                h2 { "What was compared" }
                dl {
                    @for origin in &title.origins { dt { "not built in" } dd { (origin) } }
                    dt { "chips" } dd { (title.plan.chips.join(", ")) }
                    @for axis in &title.plan.axes { dt { (axis.name) } dd { (axis.values.join(", ")) } }
                    @if let Some(dataset) = &title.dataset { dt { "samples" } dd { (title.samples) " of " (dataset) } }
                    dt { "Pareto front of" } dd { (comparison.axes.iter().map(|at| FIGURES[*at].label).collect::<Vec<_>>().join(", ")) }
                    dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
                }
                (constants(comparison))
                @for (who, what) in remarks(comparison).into_iter().chain(open_terms(comparison)) { p.note { (who) ": " (what) "." } }
                @if ran { (page::script::scripts(SCRIPTS)) }
            }
        }
    };
    page.into_string()
}

/// A note as a sentence.
pub(in crate::explore) fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// Where scripts draw. Without them nothing of it is shown.
pub(in crate::explore) fn pictures() -> Markup {
    html! {
        section.needs-script hidden {
            h2 { "Trade-offs" }
            div.controls #axes {}
            div.chart #scatter role="img" aria-label="two figures of all rows; the table below has them" {}
            p #legend {}
            p.note #scatter-note {}
            p.note #constant {}
            div #parallel-part {
                h2 { "All at once" }
                p #parallel-legend {}
                div.chart #parallel role="img" aria-label="a line for each row through its values and figures" {}
                p.note #parallel-note {
                    "A line for each row; thick: on the Pareto front. Drag along an axis to choose a stretch of it: the table below shows \
                     only rows within it. Click on the axis beside the stretch to undo it."
                }
            }
        }
    }
}

/// The rows; those of a search with their numbers in the order in which they were chosen.
pub(in crate::explore) fn rows(comparison: &ComparisonTable, numbered: bool) -> Markup {
    let ran: Vec<(&ComparisonRow, bool)> =
        comparison.rows.iter().zip(comparison.front().iter().copied()).filter(|(row, _)| row.result.is_ok()).collect();
    // Where not all are shown, those on the front are.
    let mut places: Vec<usize> = (0..ran.len()).collect();
    places.sort_by_key(|place| !ran[*place].1);
    places.truncate(MOST_ROWS);
    places.sort_unstable();
    let shown: Vec<(&ComparisonRow, bool)> = places.into_iter().map(|place| ran[place]).collect();
    html! {
        h2 { "Figures" }
        @if shown.len() < ran.len() {
            p { strong.flag { "The first " (shown.len()) " of " (ran.len()) " rows, and those on the front: --csv and --json have all." } }
        }
        div.controls.needs-script hidden {
            label { "search " input type="search" id="search" placeholder="words of a row"; }
            span #menus {}
            label { input type="checkbox" id="only-front"; " only the Pareto front" }
            button type="button" id="reset" { "show all" }
            span #count role="status" {}
        }
        (table(comparison, &shown, numbered))
        @if shown.iter().any(|(row, _)| !comparison.is_ranked(row)) {
            p.note { "Grey: not within the limits, or not run on all samples, and so neither best nor on the front." }
        }
        p.note { "Means per inference. Bold: the best of its column. ● on the Pareto front. Covers: the classes of cost in the energy; dynamic is synapse, neuron, spike and network, on chip also memory at rest. A click on a heading sorts." }
    }
}

/// Columns of the table that not all pages have, and its figures.
struct PageColumns {
    numbered: bool,
    /// Of a search at several fidelities, each row has its own number of samples.
    samples: bool,
    figures: Vec<usize>,
    /// The figure beside which stands what bounds the row.
    beside: Option<usize>,
    covers: bool,
}

fn table(comparison: &ComparisonTable, shown: &[(&ComparisonRow, bool)], numbered: bool) -> Markup {
    let plan = &comparison.title.plan;
    let names: Vec<&str> = plan.axes.iter().map(|axis| axis.name.as_str()).collect();
    let known = |at: &usize| shown.iter().any(|(row, _)| row.figure(*at).is_some());
    let first = |at: &usize| FIRST.iter().position(|name| FIGURES[*at].name == *name).unwrap_or(FIRST.len());
    let mut figures: Vec<usize> = (0..FIGURES.len()).filter(known).collect();
    let covers = differs(comparison);
    figures.sort_by_key(first);
    // What bounds a row stands beside its latency, where it is known of any.
    let bound = shown.iter().any(|(row, _)| !row.bound().is_empty());
    let samples = shown.iter().any(|(row, _)| row.samples.is_some());
    let numbers: BTreeSet<u32> = shown.iter().map(|(row, _)| samples_of(comparison, row)).collect();
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let beside = figures.iter().copied().find(|at| bound && FIGURES[*at].name == BESIDE);
    let columns = PageColumns { numbered, samples, figures, beside, covers };
    html! {
        div.scroll {
            table.sortable #rows data-unequal=(if comparison.differing().is_empty() { "no" } else { "yes" }) {
                thead {
                    tr {
                        th.word data-parameter="chip" data-short="chip" data-levels=(levels(&plan.chips)) { "chip" }
                        @if numbered { th.swept title="number in the order of choice" { "#" } }
                        @for axis in &plan.axes {
                            @let name = short(&axis.name, &names);
                            th.swept title=(axis.name) data-parameter=(axis.name) data-short=(name) data-levels=(levels(&axis.values)) { (name) }
                        }
                        @if samples { th.swept data-parameter="samples" data-short="samples" data-levels=(levels(&numbers)) { "samples" } }
                        @for at in &columns.figures {
                            (heading(*at))
                            @if beside == Some(*at) { th.word data-text="bound" data-label="bound by" { "bound by" } }
                        }
                        @if covers { th.word { "covers" } }
                    }
                }
                tbody {
                    @for (row, on_front) in shown { (line(comparison, (row, *on_front), &columns)) }
                }
            }
        }
    }
}

/// Samples on which a row was run.
fn samples_of(comparison: &ComparisonTable, row: &ComparisonRow) -> u32 {
    row.samples.unwrap_or(u32::try_from(comparison.title.samples).unwrap_or(u32::MAX))
}

/// Values of an axis in their order, for scripts.
fn levels(values: &[String]) -> String {
    serde_json::Value::from(values).to_string()
}

fn heading(at: usize) -> Markup {
    let figure = &FIGURES[at];
    let goal = match figure.goal {
        Goal::Least => "least",
        Goal::Most => "most",
        Goal::None => "none",
    };
    let priced = if figure.priced { "yes" } else { "no" };
    html! { th data-figure=(figure.name) data-label=(figure.label) data-goal=(goal) data-priced=(priced) { (figure.label) } }
}

fn line(
    comparison: &ComparisonTable,
    (row, on_front): (&ComparisonRow, bool),
    PageColumns { numbered, samples, figures, beside, covers }: &PageColumns,
) -> Markup {
    let plan = &comparison.title.plan;
    let configuration = plan.configuration(row.index);
    let chip = &plan.chips[configuration.chip];
    let is_bound = row.result.is_ok() && !comparison.competes(row, ENERGY);
    let covers = row.result.as_ref().ok().filter(|_| *covers).map(|found| &found.covers);
    let class = [("front", on_front), ("bound", is_bound && !on_front), ("beyond", !comparison.is_ranked(row))];
    let class: Vec<&str> = class.iter().filter(|(_, is)| *is).map(|(word, _)| *word).collect();
    let class = Some(class.join(" ")).filter(|class| !class.is_empty());
    html! {
        tr class=[class] data-number=(row.index + 1) {
            // On a phone, what was swept is below the chip.
            td.word data-value=(chip) { (chip) small { (configuration.values.join(" · ")) @if let Some(few) = row.samples { " · " (few) " samples" } } }
            @if *numbered { td.swept data-value=(comparison.number(row)) { (comparison.number(row)) } }
            @for value in &configuration.values { td.swept data-value=(value) { (value) } }
            @if *samples { td.swept data-value=(samples_of(comparison, row)) { (samples_of(comparison, row)) } }
            @for at in figures {
                td class=[comparison.is_best(row, *at).then_some("best")] data-value=[row.figure(*at)] { (written_of(row, *at, None)) }
                @if *beside == Some(*at) { td.word { (row.bound()) } }
            }
            @if let Some(covers) = covers { td.word title=(covers.text()) { (covers.brief()) } }
        }
    }
}

pub(in crate::explore) fn constants(comparison: &ComparisonTable) -> Markup {
    let of = grouped(comparison, |row| {
        let found = row.result.as_ref().ok();
        found
            .map(|found| format!("{} ({}): {}", found.calibration.0, found.scope, found.calibration.1))
            .into_iter()
            .collect()
    });
    let areas = grouped(comparison, |row| {
        let area = row.result.as_ref().ok().and_then(|found| found.area.as_ref());
        area.map(|(kind, source)| format!("area ({kind}): {source}")).into_iter().collect()
    });
    html! {
        @if !of.is_empty() {
            h2 { "Constants" }
            dl { @for (who, what) in of.iter().chain(&areas) { dt { (who) } dd { (what) } } }
        }
    }
}

pub(in crate::explore) fn not_run(comparison: &ComparisonTable) -> Markup {
    let reasons = grouped(comparison, |row| row.result.as_ref().err().cloned().into_iter().collect());
    html! {
        @if !reasons.is_empty() {
            h2 { "Not run" }
            dl { @for (who, why) in &reasons { dt { (who) } dd.reason { (why) } } }
        }
    }
}
