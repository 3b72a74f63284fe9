//! Tables of a run's page. Figures are those of its JSON, written for people; the exact value is in a cell's title.

use super::{Pictures, energy, label, number, time};
use crate::report::energy::{Coverage, UNPRICED};
use crate::report::summary::{Quantity, Summary};
use crate::report::table::{is_shown, network_operations, thousands};
use maud::{Markup, html};

/// Cores in the table of the dearest.
const CORES: usize = 10;

/// What was run, and how it did.
pub(super) fn head(s: &Summary) -> Markup {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let (name, description) = &s.pricing.calibration;
    html! {
        dl {
            @if let Some(dataset) = &s.header.dataset { dt { "samples" } dd { (thousands(s.samples as i64)) " of " (dataset) } }
            dt { "time steps" } dd { (s.time_steps) @if s.header.dataset.is_some() { ", " (s.steps_per_inference) " on the chip" } }
            @if let Some(accuracy) = s.accuracy {
                dt { "accuracy" }
                dd { (percent(accuracy)) @if let Some(reference) = s.reference_accuracy { " (reference " (percent(reference)) ")" } }
            }
            @if let Some(r) = &s.reconstruction { dt { "MSE" } dd { (format!("{:.5}", r.mse)) } }
            dt { "timing" } dd { (s.header.timing) }
            dt { "constants" } dd { (name) ": " (description) }
            @for origin in &s.header.origins { dt { "not built in" } dd { (origin) } }
            dt { "cores" } dd { (s.mapping.cores_used) " of " (thousands(s.mapping.cores.into())) ", placed by " (s.mapping.placer) }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
        @for note in s.header.notes.iter().chain(&s.pricing.notes) { p.note { "Note: " (note) "." } }
    }
}

/// A number as the JSON has it, for the title of a cell.
fn exact(value: f64) -> String {
    serde_json::json!(value).to_string()
}

fn written(name: &str, value: f64) -> String {
    match name {
        "energy_pj" => energy(value),
        "latency_ns" => time(value),
        _ => number(value),
    }
}

/// Means, medians and 99th percentiles.
pub(super) fn figures(s: &Summary) -> Markup {
    let complete = Coverage::Complete;
    let all: Vec<(&str, &Quantity, Coverage)> =
        std::iter::once(("energy_pj", &s.pricing.energy_pj, s.pricing.coverage.total))
            .chain(s.per_inference.iter().map(|(n, q)| (*n, q, complete)))
            .collect();
    html! {
        div.scroll {
            table #figures {
                tr { th.word {} th { "mean" } th { "median" } th { "99 %" } }
                @for (name, quantity, coverage) in all {
                    tr {
                        td.word { (label(name)) @if coverage == Coverage::Unpriced { " (unpriced)" } }
                        @for value in [quantity.mean, quantity.p50, quantity.p99] {
                            td title=[coverage.known(exact(value))] { (coverage.mark(written(name, value))) }
                        }
                    }
                }
            }
        }
    }
}

/// Energy by unit, with bars.
pub(super) fn units(s: &Summary) -> Markup {
    let total: f64 = s.pricing.breakdown_pj.iter().map(|(_, pj)| pj).sum();
    let whole = s.pricing.coverage.total;
    if whole == Coverage::Unpriced {
        return html! { p.note { "Nothing that was counted has a published cost." } };
    }
    // Shares of a lower bound are no shares of the energy.
    let share_of = if whole == Coverage::Complete { "share" } else { "share of what is priced" };
    let units: Vec<_> = s.pricing.units().filter(|(name, pj, coverage)| is_shown(name, *pj, *coverage)).collect();
    html! {
        div.scroll {
            table #units {
                tr { th.word { "unit" } th { "energy" } th { (share_of) } th.word {} }
                @for (name, pj, coverage) in units {
                    @let share = pj / total;
                    tr {
                        td.word { (label(name)) }
                        td title=[coverage.known(exact(pj))] { (coverage.mark(energy(pj))) }
                        td { (coverage.known(format!("{:.1} %", 100.0 * share)).unwrap_or_else(|| UNPRICED.into())) }
                        td.word { span.bar style=(format!("width:{:.1}rem", 16.0 * share)) {} }
                    }
                }
            }
        }
    }
}

/// By layer.
pub(super) fn layers(s: &Summary) -> Markup {
    html! {
        div.scroll {
            table #layers {
                tr { th.word { "layer" } th { "neurons" } th { "cores" } th { "spikes" } th { "synaptic operations" } th { "packets" } th { "energy" } }
                @for (layer, (pj, coverage)) in s.layers.iter().zip(s.pricing.layers()) {
                    tr {
                        td.word { (layer.layer) }
                        td { (thousands(layer.neurons.into())) }
                        td { (layer.cores) }
                        @for value in [layer.spikes, layer.synaptic_operations, layer.packets] { td title=(exact(value)) { (number(value)) } }
                        td title=[coverage.known(exact(pj))] { (coverage.mark(energy(pj))) }
                    }
                }
            }
        }
    }
}

/// The dearest cores.
pub(super) fn cores(pictures: &Pictures<'_>) -> Markup {
    let mut order: Vec<usize> = (0..pictures.core_energy_pj.len()).collect();
    order.sort_by(|a, b| pictures.core_energy_pj[*b].total_cmp(&pictures.core_energy_pj[*a]).then(a.cmp(b)));
    html! {
        div.scroll {
            table #cores {
                tr { th.word { "dearest cores" } th.word { "layer" } th { "neurons" } th { "spikes" } th { "energy" } }
                @for index in order.into_iter().take(CORES) {
                    @let core = &pictures.mapping.cores[index];
                    tr {
                        td.word { (core.site) }
                        td.word { (pictures.scene.layers[core.population as usize].name) }
                        td { (thousands(core.neurons.len() as i64)) }
                        td title=(exact(pictures.core_spikes[index])) { (number(pictures.core_spikes[index])) }
                        @let (pj, coverage) = (pictures.core_energy_pj[index], pictures.core_coverage[index]);
                        td title=[coverage.known(exact(pj))] { (coverage.mark(energy(pj))) }
                    }
                }
            }
        }
        p.note { "Energy of operations in a core; hops of packets and static power are not in it." }
    }
}

/// What has no price, what is assumed, and where constants are from.
pub(super) fn trust(s: &Summary) -> Markup {
    html! {
        dl {
            @if let Some(text) = network_operations(s) { dt { "network" } dd { (text) } }
            @if !s.soma.is_empty() { dt { "soma" } dd { (s.soma) } }
            @for violation in &s.mapping.violations { dt { strong.flag { "does not fit" } } dd { (violation) } }
            @if !s.pricing.unpriced.is_empty() {
                dt { "unpriced" }
                dd { (s.pricing.unpriced.iter().map(|u| label(u.term)).collect::<Vec<_>>().join(", ")) ": no published cost, so not in the energy" @if s.pricing.coverage.total == Coverage::Partial { ", which is a lower bound (≥)" } }
            }
            @if !s.untimed.is_empty() { dt { "untimed" } dd { (s.untimed.join(", ")) ": no published time, taken as 0" } }
            @for estimate in &s.estimates { dt { "assumed" } dd { (estimate) } }
            @for (what, kind, source) in s.pricing.sources.iter().chain(&s.sources) {
                dt { "source" } dd.source { (what) " [" (kind) "]: " (source) }
            }
        }
    }
}
