//! The report as a self-contained page: nothing is fetched, and it is light or dark as the reader's screen is. Tables and the
//! picture of links can be seen without a script.

use super::curve::NocCurve;
use super::figures::{NocReport, busiest, rate, setup};
use super::film::{NocFilm, at, standing_out};
use super::heat::heat;
use super::text::TOO_SHORT;
use crate::noc::Point;
use crate::report::page::{page, script, sheet};
use crate::report::table::{number, thousands};
use maud::{Markup, html};
use serde_json::json;

const STYLE: &str = "
.heat path { stroke-width: 6; }
.heat path.u0 { stroke: var(--use0); } .heat path.u1 { stroke: var(--use1); } .heat path.u2 { stroke: var(--use2); }
.heat path.u3 { stroke: var(--use3); } .heat path.u4 { stroke: var(--use4); } .heat path.u5 { stroke: var(--use5); }
.heat path:hover { stroke: var(--ink); }
.heat path.routers { fill: var(--square); stroke: none; }
.heat:focus-visible { outline: 2px solid var(--kind0); outline-offset: 2px; }
.heat rect.cursor { fill: none; stroke: var(--ink); stroke-width: 3; }
#rate { flex: 1 1 12rem; max-width: 32rem; }
#points td:first-child { white-space: nowrap; }
.said { min-height: 1.4em; font-variant-numeric: tabular-nums; }
[hidden] { display: none !important; }
";

/// What the page does. Colours of links are the steps of the style sheet.
const SCRIPTS: &[&str] = &[include_str!("curves.js"), include_str!("links.js")];

/// The page.
#[doc(hidden)]
pub fn noc_html(report: &NocReport) -> String {
    let title = report.title();
    let (own, film) = (report.curve(), NocFilm::of(report));
    let curves: Vec<&NocCurve> = std::iter::once(&own).chain(&report.with).collect();
    let body = html! {
        @if report.interrupted() {
            p { strong.flag { "Interrupted: " (report.points.len()) " of " (report.asked) " points, or less than was asked of the last." } }
        }
        (cards(report, &own))
        @if curves.len() > 1 { (side_by_side(&curves)) }
        @if curves.iter().any(|curve| curve.points.len() > 1) { (plots(curves.len() > 1)) }
        @if let Some(point) = report.shown() { (one_rate(report, point, &film)) }
        h2 { "All rates" }
        (points(report))
        p.note {
            "Rates in flits per node and cycle; latencies in cycles, from a packet's birth at its source to the arrival of its tail. "
            "Zero load: what the latency would be without other traffic."
        }
        @for note in report.notes() { p.note { "Note: " (note) "." } }
        h2 { "What was measured" }
        dl {
            @for (name, value) in setup(report) { dt { (name) } dd { (value) } }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
        (script::data("noc-data", &json!({"curves": curves, "film": film})))
        (script::scripts(SCRIPTS))
    };
    page("noc", &title, &(sheet() + STYLE), &body)
}

impl NocReport {
    /// Its title.
    pub(in crate::report) fn title(&self) -> String {
        format!("Network on chip: {}, {}", self.setup.noc.topology.in_words(), self.traffic)
    }

    /// The points as a table for any page.
    pub(in crate::report) fn point_grid(&self) -> Markup {
        html! { table { (rows(self)) } }
    }
}

fn card(name: &str, value: &str, more: &str) -> Markup {
    html! { div.card { span.name { (name) } span.value { (value) } span.more { (more) } } }
}

/// The figures that a network on chip is judged by.
fn cards(report: &NocReport, own: &NocCurve) -> Markup {
    let hops = report.shown().and_then(|point| point.outcome.mean_hops);
    let hops = hops.map_or(String::new(), |hops| format!("cycles, over {} hops in the mean", number(hops)));
    html! {
        div.cards {
            @if let Some(zero_load) = own.zero_load { (card("latency without other traffic", &number(zero_load), &hops)) }
            @match report.saturation() {
                Some(found) => {
                    @let below = found.stable.map_or("below".to_owned(), |stable| format!("between {} and", rate(stable)));
                    (card("saturates at about", &rate(found.estimate), &format!("flits per node and cycle, {below} {}", rate(found.saturated))))
                }
                None if report.points.iter().any(|point| point.outcome.too_short()) => { (card("saturation", "not known", "windows are too short to say")) }
                None if own.points.len() > 1 => { (card("saturation", "not reached", "by no rate that was measured")) }
                None => {}
            }
            @match report.points.as_slice() {
                [only] => {
                    (card("accepted", &rate(only.outcome.accepted), &format!("of {} flits per node and cycle", rate(only.outcome.offered))))
                    @if let Some(latency) = only.outcome.latency() {
                        (card("mean latency", &number(latency.mean()), &format!("cycles; 99 % within {}", number(latency.quantile(0.99)))))
                    }
                }
                _ => @if let Some(most) = own.throughput() { (card("highest accepted rate", &rate(most), "flits per node and cycle")) },
            }
        }
    }
}

fn side_by_side(curves: &[&NocCurve]) -> Markup {
    let maybe = |value: Option<f64>, write: fn(f64) -> String| value.map_or("–".to_owned(), write);
    html! {
        h2 { "Side by side" }
        div.scroll {
            table.sortable #curves {
                thead { tr { th.word { "network" } th { "zero load" } th { "saturates at" } th { "highest accepted" } } }
                tbody {
                    @for curve in curves {
                        tr {
                            td.word { (curve.name) }
                            td { (maybe(curve.zero_load, number)) }
                            td { (maybe(curve.saturation, rate)) }
                            td { (maybe(curve.throughput(), rate)) }
                        }
                    }
                }
            }
        }
    }
}

/// Where scripts draw the curves.
fn plots(many: bool) -> Markup {
    html! {
        section.needs-script hidden {
            h2 { "Load and latency" }
            div.controls #curve-controls {
                label { "across " select #across { option value="rate" { "offered rate" } option value="accepted" { "accepted rate" } } }
                label { "latency " select #scale { option value="log" { "logarithmic" } option value="value" { "linear" } } }
            }
            div.plots {
                figure {
                    h3 { "Latency of a packet" }
                    div.chart #latency role="img" aria-label="latency against load; the table below has it" {}
                }
                figure {
                    h3 { "Accepted rate" }
                    div.chart #accepted role="img" aria-label="accepted against offered rate; the table below has it" {}
                }
            }
            p.note {
                "Hollow diamonds: saturated, so latencies grow with the length of the measurement. Hollow triangles: too short to say. "
                @if many { "Solid: the mean; dashed: 99 % of packets; dotted: the median. " }
                "Click on a name above a plot to hide or show its curve."
            }
        }
    }
}

/// Links and latencies at one rate, which the slider chooses.
fn one_rate(report: &NocReport, point: &Point, film: &NocFilm) -> Markup {
    let noc = &report.setup.noc;
    let (links, level) = standing_out(busiest(noc, &point.outcome, usize::MAX));
    html! {
        h2 { "Links and packets " span #at { (at(point)) } }
        @if film.frames.len() > 1 {
            p.controls.needs-script hidden {
                label for="rate" { "rate" }
                input type="range" id="rate" min="0" max=(film.frames.len() - 1) value=(film.shown);
                label { "colours " select #shared { option value="all" { "one scale for all rates" } option value="own" { "a scale for each rate" } } }
            }
            @if film.frames.len() < report.points.len() {
                p.note { "The slider has " (film.frames.len()) " of " (report.points.len()) " rates, to keep the page light." }
            }
        }
        p.said #figures {}
        div.plots {
            @if let Some(heat) = heat(&noc.topology, &point.outcome) {
                figure {
                    h3 { "What links carry" }
                    (heat)
                    p.said.note #link role="status" { "Point at a link, or choose a router by the arrow keys." }
                }
            }
            figure.needs-script hidden {
                h3 { "Packets by latency" }
                div.chart #histogram role="img" aria-label="packets by latency" {}
            }
        }
        h3 #busiest-heading hidden[links.is_empty()] { "Busiest links" }
        p.note #level { (level) }
        div.scroll {
            table.sortable #busiest hidden[links.is_empty()] {
                thead { tr { th.word { "link" } th { "flits per cycle" } th { "flits" } } }
                tbody {
                    @for link in links {
                        tr {
                            td.word { (link.name) }
                            td { (format!("{:.3}", link.utilisation)) }
                            td { (thousands(link.flits as i64)) }
                        }
                    }
                }
            }
        }
    }
}

fn points(report: &NocReport) -> Markup {
    html! { div.scroll { table.sortable #points { (rows(report)) } } }
}

/// The heading and a row for each rate.
fn rows(report: &NocReport) -> Markup {
    let maybe = |value: Option<f64>| value.map_or("–".to_owned(), number);
    html! {
        thead {
            tr {
                @for name in ["rate", "accepted", "mean latency", "99 %", "median", "zero load", "hops", "offered", "packets", "flit hops"] { th { (name) } }
                th.word {}
            }
        }
        tbody { @for point in &report.points { (row(point, &maybe)) } }
    }
}

fn row(point: &Point, maybe: &dyn Fn(Option<f64>) -> String) -> Markup {
    let outcome = &point.outcome;
    let at = |share: f64| maybe(outcome.latency().map(|latency| latency.quantile(share)));
    html! {
        tr class=[outcome.saturated().then_some("saturated")] {
            td { (point.rate.map_or("–".to_owned(), rate)) }
            td { (rate(outcome.accepted)) }
            td { (maybe(outcome.latency().map(|latency| latency.mean()))) }
            td { (at(0.99)) }
            td { (at(0.5)) }
            td { (maybe(outcome.zero_load)) }
            td { (maybe(outcome.mean_hops)) }
            td { (rate(outcome.offered)) }
            td { (thousands(outcome.born as i64)) }
            td { (thousands(outcome.flit_hops as i64)) }
            td.word {
                @if outcome.saturated() { "saturated" }
                @else if outcome.too_short() { (TOO_SHORT) }
            }
        }
    }
}
