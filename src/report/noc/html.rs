//! The report as a self-contained page: no script, nothing fetched, light or dark as the reader's screen is.

use super::figures::{NocReport, busiest, rate, setup};
use super::heat::heat;
use super::plot;
use super::text::TOO_SHORT;
use crate::noc::Point;
use crate::report::page::plot::{ALONE, MEAN, P99};
use crate::report::page::{key, page, picture, sheet};
use crate::report::table::{number, thousands};
use maud::{Markup, html};

const LINKS: usize = 10;

/// The page.
#[doc(hidden)]
pub fn noc_html(report: &NocReport) -> String {
    let title = format!("Network on chip: {}, {}", report.setup.noc.topology.in_words(), report.traffic);
    let body = html! {
        @if report.interrupted() {
            p { strong.flag { "Interrupted: " (report.points.len()) " of " (report.asked) " points, or less than was asked of the last." } }
        }
        dl {
            @for (name, value) in setup(report) { dt { (name) } dd { (value) } }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
        @if report.points.len() > 1 { (plots(report)) }
        h2 { "Figures" }
        (points(report))
        (remarks(report))
        @if let Some(point) = report.shown() { (links(report, point)) }
    };
    page("noc", &title, &sheet(), &body)
}

fn plots(report: &NocReport) -> Markup {
    html! {
        div.plots {
            figure {
                (picture(plot::latency(&report.points, report.shown().and_then(|point| point.outcome.zero_load))))
                figcaption {
                    (key(MEAN, "mean latency")) (key(P99, "99 % of packets")) (key(ALONE, "without other traffic"))
                    "Crosses are saturated rates. What is above the scale is drawn at its upper edge."
                }
            }
            figure {
                (picture(plot::accepted(&report.points)))
                figcaption { (key(MEAN, "accepted")) (key(ALONE, "all that is offered")) "Crosses are saturated rates." }
            }
        }
    }
}

fn points(report: &NocReport) -> Markup {
    let maybe = |value: Option<f64>| value.map_or("–".to_owned(), number);
    html! {
        div.scroll {
            table {
                tr {
                    @for name in ["rate", "accepted", "mean latency", "99 %", "median", "zero load", "hops", "offered", "packets", "flit hops"] { th { (name) } }
                    th.word {}
                }
                @for point in &report.points {
                    @let outcome = &point.outcome;
                    @let at = |share: f64| maybe(outcome.latency().map(|latency| latency.quantile(share)));
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
                        td.word { @if outcome.saturated() { "saturated" } @else if outcome.too_short() { (TOO_SHORT) } }
                    }
                }
            }
        }
    }
}

fn remarks(report: &NocReport) -> Markup {
    html! {
        p.note {
            "Rates in flits per node and cycle; latencies in cycles, from a packet's birth at its source to the arrival of its tail. "
            "Zero load: what the latency would be without other traffic."
            @if let Some(found) = report.saturation() {
                " It saturates at about " (rate(found.estimate))
                @match found.stable {
                    Some(stable) => { ", between " (rate(stable)) " and " }
                    None => { ", below " }
                }
                (rate(found.saturated)) "."
            }
        }
        @for note in report.notes() { p.note { "Note: " (note) "." } }
    }
}

fn links(report: &NocReport, point: &Point) -> Markup {
    let noc = &report.setup.noc;
    let at = point.rate.map_or("in the trace".to_owned(), |value| format!("at a rate of {}", rate(value)));
    html! {
        h2 { "Links " (at) }
        div.plots {
            @if let Some(heat) = heat(&noc.topology, &point.outcome) { figure { (heat) } }
            div.scroll {
                table {
                    tr { th.word { "busiest links" } th { "flits per cycle" } th { "flits" } }
                    @for link in busiest(noc, &point.outcome, LINKS) {
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
