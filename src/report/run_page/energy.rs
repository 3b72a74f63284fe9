//! The energy by unit, layer and core, as a picture that can be opened part by part. Its parts add up to the energy of the
//! report: what belongs to no core is a part too.

use super::Pictures;
use crate::ids::CoreId;
use crate::report::Summary;
use crate::report::energy::{Bill, Coverage, EnergyUnit, Unpriced, bill, bill_by_kind, bill_on};
use crate::report::page::script::data;
use crate::report::table::{energy, label, number, thousands};
use crate::units::{EnergySum, sum_to_pj};
use maud::{Markup, html};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Cores that are parts of their own; the others of a layer are one part.
const MOST_CORES: usize = 160;

/// Where energy is spent: a layer with a core or several, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Core(u32),
    OtherCores(u32),
    Host,
    Chip,
}

/// Energy of the whole run (aJ), by place and unit.
type EnergyParts = BTreeMap<(Spot, usize), EnergySum>;

pub(super) fn section(summary: &Summary, pictures: &Pictures<'_>) -> Markup {
    if summary.pricing.energy_pj.mean <= 0.0 && summary.pricing.unpriced.is_empty() {
        return html! {};
    }
    let unpriced: Vec<&Unpriced> = summary.pricing.unpriced.iter().collect();
    html! {
        h2 #energy { "Where the energy goes" }
        (say(summary, pictures))
        div.controls {
            label {
                "levels "
                select #energy-levels {
                    option value="unit,layer,core" { "unit, layer, core" }
                    option value="layer,unit,core" { "layer, unit, core" }
                    option value="layer,core,unit" { "layer, core, unit" }
                    option value="core,unit" { "core, unit" }
                }
            }
            button #energy-up type="button" { "up one level" }
            span #energy-path aria-live="polite" {}
        }
        div.chart #energy-chart tabindex="0" role="group" aria-label="energy by unit, layer and core" {}
        p.note { "A click opens a part; so does Enter, of the largest one. Escape goes up." }
        @if !unpriced.is_empty() {
            p.note {
                span.hatched style="padding:0 .8em;margin-right:.4em" {}
                "Hatched: counted, but without a published price, so that the size of such a part means nothing: "
                @for (index, term) in unpriced.iter().enumerate() { @if index > 0 { ", " } (counted(summary, term)) } "."
            }
        }
        (data("energy-data", &parts_json(summary, pictures)))
    }
}

/// A sentence on what takes most.
fn say(summary: &Summary, pictures: &Pictures<'_>) -> Markup {
    let pricing = &summary.pricing;
    let Some((name, pj, coverage)) = pricing.units().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, pj, _)| *pj > 0.0)
    else {
        return html! { p { "Nothing that was counted has a published price." } };
    };
    let share = |pj: f64| format!("{:.0} %", 100.0 * pj / pricing.energy_pj.mean);
    let core = (0..pictures.core_energy_pj.len())
        .max_by(|a, b| pictures.core_energy_pj[*a].total_cmp(&pictures.core_energy_pj[*b]).then(b.cmp(a)));
    let of = if pricing.coverage.total == Coverage::Complete { "" } else { " of what is priced" };
    html! {
        p {
            "Most goes to the unit " b { (label(name)) } ": " (coverage.mark(energy(pj))) ", " (share(pj)) (of) "."
            @if let Some(core) = core.filter(|core| pictures.core_energy_pj[*core] > 0.0 && pictures.core_energy_pj.len() > 1) {
                @let pj = pictures.core_energy_pj[core];
                " The core that takes most is " b { (super::core_name(pictures, core)) } ": " (pictures.core_coverage[core].mark(energy(pj))) ", " (share(pj)) "."
            }
        }
    }
}

fn counted(summary: &Summary, term: &Unpriced) -> String {
    match term.count {
        0 => label(term.term),
        count => {
            let per = if summary.header.dataset.is_some() { " per inference" } else { "" };
            format!("{} ({}{per})", label(term.term), number(count as f64 / summary.samples as f64))
        }
    }
}

/// The energy of each place, to the last attojoule.
fn parts(summary: &Summary, pictures: &Pictures<'_>) -> EnergyParts {
    let mut parts = EnergyParts::new();
    let mut add = |spot, bill: &Bill| {
        for (unit, energy) in bill.by_unit.iter().enumerate().filter(|(_, energy)| **energy > 0) {
            *parts.entry((spot, unit)).or_default() += energy;
        }
    };
    let tally = &summary.tally;
    let mut rest = bill_by_kind(&tally.counted(), tally.fs(tally.ticks()), pictures.calibration);
    let mut order: Vec<usize> = (0..pictures.core_energy_pj.len()).collect();
    order.sort_by(|a, b| pictures.core_energy_pj[*b].total_cmp(&pictures.core_energy_pj[*a]).then(a.cmp(b)));
    let shown: Vec<usize> = order.into_iter().take(MOST_CORES).collect();
    for (index, counts) in pictures.core_counts.iter().enumerate() {
        let spot = match pictures.mapping.cores.get(CoreId::from_index(index)) {
            None => Spot::Host,
            Some(_) if shown.contains(&index) => Spot::Core(index as u32),
            Some(core) => Spot::OtherCores(core.largest()),
        };
        // Power at rest is no core's own.
        let own = match pictures.mapping.cores.get(CoreId::from_index(index)) {
            Some(core) => bill_on(pictures.chip.kind_at(core.site), counts, pictures.calibration),
            None => bill(counts, 0, pictures.calibration),
        };
        rest.by_unit.iter_mut().zip(&own.by_unit).for_each(|(rest, own)| *rest = rest.saturating_sub(*own));
        add(spot, &own);
    }
    add(Spot::Chip, &rest);
    parts
}

fn parts_json(summary: &Summary, pictures: &Pictures<'_>) -> Value {
    let samples = summary.samples as f64;
    let layer = |position: u32| pictures.scene.layers[position as usize].name.clone();
    let part = |((spot, unit), energy): ((Spot, usize), EnergySum)| {
        let (layer, core) = match spot {
            Spot::Core(index) => {
                let core = &pictures.mapping.cores[CoreId::from_index(index as usize)];
                (pictures.scene.layers_of(index), format!("core {}", core.site.get()))
            }
            Spot::OtherCores(population) => (layer(population), "its other cores".into()),
            Spot::Host => ("host".into(), "host".into()),
            Spot::Chip => ("whole chip".into(), "whole chip".into()),
        };
        json!([label(EnergyUnit::NAMES[unit]), layer, core, sum_to_pj(energy) / samples])
    };
    let unpriced = summary.pricing.unpriced.iter().map(|term| {
        let count = if term.count == 0 { Value::Null } else { json!(term.count as f64 / samples) };
        json!([label(term.unit), label(term.term), count])
    });
    let around = EnergyUnit::ALL.iter().filter(|unit| !unit.is_of_the_cores());
    let open = summary.pricing.units().filter(|(.., coverage)| *coverage != Coverage::Complete);
    let whole = if summary.header.dataset.is_some() { "per inference" } else { "of the run" };
    json!({
        "parts": parts(summary, pictures).into_iter().map(part).collect::<Vec<_>>(),
        "unpriced": unpriced.collect::<Vec<_>>(),
        "units": EnergyUnit::NAMES.iter().map(|unit| label(unit)).collect::<Vec<_>>(),
        "around": around.map(|unit| label(EnergyUnit::NAMES[*unit as usize])).collect::<Vec<_>>(),
        "open": open.map(|(unit, ..)| label(unit)).collect::<Vec<_>>(),
        "title": format!("energy {whole}"),
        "layers": pictures.scene.layers.iter().map(|layer| &layer.name).collect::<Vec<_>>(),
        "cores": thousands(pictures.core_energy_pj.len() as i64),
    })
}
