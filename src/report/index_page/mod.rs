//! A page over several saved runs: their key figures as a table, and two of them against each other.

use super::energy::Coverage;
use super::page::script::{data, scripts};
use super::page::{page, sheet};
use super::summary::Summary;
use super::table::{energy, number, thousands, time};
use maud::{Markup, html};
use serde_json::{Value, json};

const SCRIPT: &str = include_str!("index.js");

const STYLE: &str = "
#runs td.word { max-width: 15rem; white-space: normal; overflow-wrap: break-word; }
#runs td:first-child { min-width: 8rem; }
#runs th { white-space: normal; }
#runs a { color: inherit; }
";

/// A saved run.
#[derive(Clone, Debug)]
pub(crate) struct IndexedRun {
    pub(crate) summary: Summary,
    /// Its file, as it was named.
    pub(crate) file: String,
    /// The address of its page, if it has one.
    pub(crate) page: Option<String>,
}

/// A figure of runs: its name, how it is written, its value where it is known, and how much of the run it is of.
struct IndexFigure {
    name: &'static str,
    write: fn(f64) -> String,
    /// How the script writes it.
    form: &'static str,
    of: fn(&Summary) -> Option<f64>,
    is_priced: bool,
}

impl IndexFigure {
    const fn new(
        name: &'static str,
        form: &'static str,
        write: fn(f64) -> String,
        of: fn(&Summary) -> Option<f64>,
    ) -> Self {
        Self { name, write, form, of, is_priced: false }
    }

    fn coverage(&self, summary: &Summary) -> Coverage {
        if self.is_priced { summary.pricing.coverage.total } else { Coverage::Complete }
    }

    fn value(&self, summary: &Summary) -> Option<f64> {
        (self.of)(summary).and_then(|value| self.coverage(summary).known(value))
    }
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

fn mean(summary: &Summary, name: &str) -> Option<f64> {
    summary.figure(name).map(|figure| figure.mean)
}

const FIGURES: &[IndexFigure] = &[
    IndexFigure::new("accuracy", "percent", percent, |s| s.accuracy),
    IndexFigure { is_priced: true, ..IndexFigure::new("energy", "energy", energy, |s| Some(s.pricing.energy_pj.mean)) },
    IndexFigure::new("latency", "time", time, |s| mean(s, "latency_ns")),
    IndexFigure::new("synaptic operations", "number", number, |s| mean(s, "synaptic_operations")),
    IndexFigure::new("spikes", "number", number, |s| mean(s, "spikes")),
    IndexFigure::new("packets", "number", number, |s| mean(s, "packets")),
    IndexFigure::new("hops", "number", number, |s| mean(s, "hops")),
    IndexFigure::new("cores used", "number", number, |s| Some(s.mapping.cores_used.into())),
    IndexFigure::new("inferences per second", "number", number, |s| {
        s.header.dataset.as_ref().map(|_| s.throughput.one_at_a_time)
    }),
    IndexFigure {
        is_priced: true,
        ..IndexFigure::new("power (mW)", "number", number, |s| Some(s.pricing.average_power_mw))
    },
];

pub(crate) fn index_html(runs: &[IndexedRun]) -> String {
    let title = match runs {
        [_] => "1 run".to_owned(),
        runs => format!("{} runs", thousands(runs.len() as i64)),
    };
    let shown: Vec<&IndexFigure> =
        FIGURES.iter().filter(|f| runs.iter().any(|run| (f.of)(&run.summary).is_some())).collect();
    let body = html! {
        p.note {
            "Figures are means per inference; of a sparse network, those of its run. ≥: a lower bound, of what has a published price. –: nothing has one."
        }
        @if runs.len() > 1 { (chart(&shown)) }
        h2 { "Runs" }
        (table(runs, &shown))
        (data("index", &figures(runs, &shown)))
        (scripts(&[SCRIPT]))
    };
    page("index", &title, &(sheet() + STYLE), &body)
}

fn chart(figures: &[&IndexFigure]) -> Markup {
    let menu = |id: &str, label: &str| {
        html! {
            label {
                (label) " "
                select id=(id) { @for (index, figure) in figures.iter().enumerate() { option value=(index) { (figure.name) } } }
            }
        }
    };
    html! {
        div.controls {
            (menu("across", "across"))
            (menu("up", "up"))
            label { input #logarithmic type="checkbox"; " logarithmic" }
        }
        div.chart #runs-chart role="group" aria-label="two figures of all runs" {}
        p.note { "A point is a run; a ring is one whose energy is a lower bound. A click on a point opens its page." }
    }
}

fn table(runs: &[IndexedRun], figures: &[&IndexFigure]) -> Markup {
    html! {
        div.scroll {
            table.sortable #runs {
                thead {
                    tr {
                        @for name in ["run", "network", "chip"] { th.word { (name) } }
                        @for figure in figures { th { (figure.name) } }
                        @for name in ["result", "data", "constants"] { th.word { (name) } }
                        th { "samples" } th { "time steps" }
                    }
                }
                tbody { @for run in runs { (row(run, figures)) } }
            }
        }
    }
}

fn row(run: &IndexedRun, figures: &[&IndexFigure]) -> Markup {
    let IndexedRun { summary, file, page } = run;
    html! {
        tr {
            td.word { @if let Some(page) = page { a href=(page) { (file) } } @else { (file) } }
            td.word { (summary.header.network) }
            td.word { (summary.chip) }
            @for figure in figures {
                @match figure.value(summary) {
                    Some(value) => { td title=(json!(value)) { (figure.coverage(summary).mark((figure.write)(value))) } }
                    None => { td { "–" } }
                }
            }
            td.word { (outcome(summary)) }
            td.word { (summary.header.dataset.as_deref().unwrap_or("–")) }
            td.word { (summary.pricing.calibration.0) }
            td { (thousands(summary.samples as i64)) }
            td { (summary.time_steps) }
        }
    }
}

fn outcome(summary: &Summary) -> Markup {
    html! {
        @if summary.interrupted.is_some() { strong.flag { "ended early" } ", " }
        @if summary.mismatched_samples == 0 { "equals the reference" }
        @else if summary.is_wrong() { strong.flag { "differs from the reference" } }
        @else { "differs from the reference" }
    }
}

/// The data of the chart.
fn figures(runs: &[IndexedRun], figures: &[&IndexFigure]) -> Value {
    let run = |run: &IndexedRun| {
        json!({
            "file": run.file,
            "page": run.page,
            "network": run.summary.header.network,
            "chip": run.summary.chip,
            "constants": run.summary.pricing.calibration.0,
            "partial": figures.iter().map(|f| f.coverage(&run.summary) == Coverage::Partial).collect::<Vec<_>>(),
            "values": figures.iter().map(|figure| figure.value(&run.summary)).collect::<Vec<_>>(),
        })
    };
    json!({
        "figures": figures.iter().map(|figure| json!([figure.name, figure.form])).collect::<Vec<_>>(),
        "runs": runs.iter().map(run).collect::<Vec<_>>(),
    })
}
