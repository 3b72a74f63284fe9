//! The report as a page of its own: no script, nothing fetched, light or dark as the reader's screen is.

use super::colours::{head, key, picture};
use super::figures::{NocReport, busiest, setup};
use super::heat::heat;
use super::plot::{self, COLOURS};
use super::text::{TOO_SHORT, rate};
use crate::noc::Point;
use crate::report::table::{number, thousands};
use maud::{DOCTYPE, Markup, html};
use plotters::style::RGBColor;
use std::fmt::Write;

/// Links named.
const LINKS: usize = 10;

/// Colours of links, from idle to busiest: on light and on dark ground.
const USE: [[&str; 2]; super::heat::STEPS] = [
    ["#DCE3EC", "#2B333E"],
    ["#B4CDE8", "#2C4E73"],
    ["#82AEDC", "#2F6FAE"],
    ["#4A89C8", "#4C97DE"],
    ["#205F9F", "#8DC2F4"],
    ["#0B3059", "#E0F0FF"],
];

const STYLE: &str = "
:root { color-scheme: light dark; --ground: #fff; --ink: #1b2129; --soft: #5a6572; --rule: #dfe4ea; --square: #5a6572; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: .3rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2rem; margin-top: 1.2rem; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 30rem; height: auto; }
figcaption, .note, .scale { color: var(--soft); font-size: .875rem; }
.key { white-space: nowrap; margin-right: .8rem; }
.key i { display: inline-block; width: 1.1em; height: .2em; vertical-align: middle; margin-right: .35em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
th, td { padding: .2rem .5rem; }
td { text-align: right; }
th:first-child, td:first-child { padding-left: 0; }
td.word, th.word { text-align: left; }
tr.saturated td { color: var(--soft); }
.heat { width: 100%; height: auto; display: block; }
.heat line { stroke-width: 6; }
.heat rect { fill: var(--square); }
.scale { display: flex; align-items: center; gap: .15rem; margin: .5rem 0; }
.scale i { width: 1.6rem; height: .8rem; display: inline-block; }
.scale span { margin: 0 .4rem 0 0; }
.scale span:last-child { margin: 0 0 0 .4rem; }
strong.flag { color: #b3261e; }
";

/// What is other on dark ground.
const DARK: &str = "
:root { --ground: #14181d; --ink: #e4e9ef; --soft: #a0abb8; --rule: #333b46; --square: #a0abb8; }
strong.flag { color: #ff8a80; }
";

/// The page.
pub fn noc_html(report: &NocReport) -> String {
    let title = format!("Network on chip: {}, {}", super::figures::topology(&report.setup.noc), report.traffic);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("noc", &title, &style()))
            body {
                h1 { (title) }
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
            }
        }
    };
    page.into_string()
}

/// Name of a colour in a style sheet.
pub(super) fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// The style sheet.
pub(super) fn style() -> String {
    let (mut light, mut dark) = (STYLE.to_owned(), DARK.to_owned());
    for (step, [on_light, on_dark]) in USE.iter().enumerate() {
        for (text, colour) in [(&mut light, on_light), (&mut dark, on_dark)] {
            let _ = writeln!(
                text,
                "line.u{step} {{ stroke: {colour}; }} rect.u{step} {{ fill: {colour}; }} i.u{step} {{ background: {colour}; }}"
            );
        }
    }
    for (colour, on_dark) in COLOURS {
        // A plot's colours are attributes of its elements.
        let name = hex(*colour);
        let _ = writeln!(light, ".c{} {{ background: {name}; }}", &name[1..]);
        let _ = writeln!(dark, "[fill=\"{name}\"] {{ fill: {on_dark}; }} [stroke=\"{name}\"] {{ stroke: {on_dark}; }}");
        let _ = writeln!(dark, ".c{} {{ background: {on_dark}; }}", &name[1..]);
    }
    format!("{light}@media (prefers-color-scheme: dark) {{{dark}}}\n")
}

fn plots(report: &NocReport) -> Markup {
    html! {
        div.plots {
            figure {
                (picture(plot::latency(&report.points, report.shown().and_then(|point| point.outcome.zero_load))))
                figcaption {
                    (key(plot::MEAN, "mean latency")) (key(plot::P99, "99 % of packets")) (key(plot::ALONE, "without other traffic"))
                    "Crosses are saturated rates. What is above the scale is drawn at its upper edge."
                }
            }
            figure {
                (picture(plot::accepted(&report.points)))
                figcaption { (key(plot::MEAN, "accepted")) (key(plot::ALONE, "all that is offered")) "Crosses are saturated rates." }
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
