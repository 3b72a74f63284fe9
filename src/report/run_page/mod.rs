//! The report of a run as a self-contained page: nothing is fetched, light or dark as the reader's screen is, and readable
//! without a script, which only moves through time.

mod board;
mod film;
mod latency;
mod raster;

pub(crate) use film::Film;

use super::energy::{Coverage, bill, misses, unpriced};
use super::grid::{Cell, ReportTable};
use super::page::board::size;
use super::page::script::scripts;
use super::page::{colours, page, picture, sheet};
use super::sections::{DOES_NOT_FIT, Remark, SECTIONS, Shown, To, show};
use super::summary::Summary;
use super::table::{energy, number, thousands};
use crate::hw::{Calibration, Chip};
use crate::ids::CoreId;
use crate::map::Mapping;
use crate::stats::{Counts, Op};
use crate::trace::scene::Scene;
use crate::units::sum_to_pj;
use maud::{Markup, html};

const SCRIPT: &str = include_str!("script.js");

const STYLE: &str = "
.bar { display: inline-block; height: .7em; background: var(--soft); }
.raster svg { max-width: 60rem; min-width: 34rem; }
figure.raster { overflow-x: auto; }
.raster path { fill: none; stroke-width: 1.4px; }
.raster text.band { text-anchor: end; font: 13px sans-serif; fill: var(--ink); }
.raster text.count { text-anchor: end; font: 11px sans-serif; fill: var(--soft); }
.heat rect.tile { fill: none; stroke: var(--rule); }
.slider label { display: inline-flex; gap: .5rem; align-items: center; width: min(100%, 24rem); }
.slider input { flex: 1; }
dd.source { overflow-wrap: anywhere; }
";

const CORES: usize = 10;

/// Data of the pictures, beside the summary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pictures<'a> {
    pub(crate) chip: &'a Chip,
    pub(crate) mapping: &'a Mapping,
    pub(crate) scene: &'a Scene,
    /// Energy of each core in use per inference (pJ), static power and hops apart.
    pub(crate) core_energy_pj: &'a [f64],
    pub(crate) core_coverage: &'a [Coverage],
    /// Spikes of each core in use per inference.
    pub(crate) core_spikes: &'a [f64],
    pub(crate) film: &'a Film,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PerCore {
    /// Energy per inference (pJ).
    pub(crate) energy_pj: Vec<f64>,
    pub(crate) coverage: Vec<Coverage>,
    /// Spikes per inference.
    pub(crate) spikes: Vec<f64>,
}

/// Energy and spikes of each core in use per inference, from counts over `inferences` of them.
pub(crate) fn per_core(cores: &[Counts], inferences: u64, calibration: &Calibration) -> PerCore {
    let each = |sum: f64| sum / inferences.max(1) as f64;
    let mut total = Counts::default();
    cores.iter().for_each(|counts| total.merge(counts));
    let unpriced = unpriced(&total, calibration);
    // The last one is the host.
    let cores = &cores[..cores.len().saturating_sub(1)];
    let pj = |counts: &Counts| each(sum_to_pj(bill(counts, 0, calibration).total()));
    let energy_pj: Vec<f64> = cores.iter().map(pj).collect();
    let of = |(counts, pj): (&Counts, &f64)| Coverage::of(*pj, misses(counts, &unpriced));
    PerCore {
        coverage: cores.iter().zip(&energy_pj).map(of).collect(),
        energy_pj,
        spikes: cores.iter().map(|counts| each(counts.of(Op::SomaSpike) as f64)).collect(),
    }
}

pub(crate) fn run_html(summary: &Summary, pictures: &Pictures<'_>) -> String {
    write(&show(SECTIONS, summary, To::Page), summary, pictures)
}

fn write(shown: &Shown, summary: &Summary, pictures: &Pictures<'_>) -> String {
    let title = format!("{} on {}", summary.header.network, summary.chip);
    let body = html! {
        (head_of(shown))
        @for table in &shown.tables { (table.page()) }
        @if summary.tally.inferences.len() > 1 { h2 { "Latency" } figure { (picture(latency::picture(summary))) } }
        (boards(pictures))
        h2 { "Spikes of the first sample" }
        (raster::raster(pictures.scene, pictures.film))
        h2 { "What the figures rest on" }
        (remarks(shown))
        @if film_is_shown(pictures) { (scripts(&[SCRIPT])) }
    };
    page("run", &title, &(sheet() + STYLE + &colours()), &body)
}

fn head_of(shown: &Shown) -> Markup {
    html! {
        @for warning in &shown.warnings { p { strong.flag { (warning) } } }
        dl {
            @for (_, name, text) in &shown.facts { dt { (name) } dd { (text) } }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
        @for note in &shown.notes { p.note { "Note: " (note) "." } }
    }
}

fn remarks(shown: &Shown) -> Markup {
    html! {
        dl {
            @for Remark { label, text, .. } in &shown.remarks {
                @if *label == DOES_NOT_FIT { dt { strong.flag { "does not fit" } } } @else { dt { (label) } }
                dd class=[(*label == "source").then_some("source")] { (text) }
            }
        }
    }
}

/// Whether there is something whose course the slider can show.
fn film_is_shown(pictures: &Pictures<'_>) -> bool {
    let topology = &pictures.chip.noc.topology;
    size(topology).is_some() && !topology.links.is_empty() && !pictures.film.frames.is_empty()
}

/// Pictures of a chip that has rows and columns.
fn boards(pictures: &Pictures<'_>) -> Markup {
    let size = size(&pictures.chip.noc.topology);
    html! {
        h2 { "On the chip" }
        @if let Some(size) = size {
            div.plots {
                (board::mapping(pictures, size))
                @if pictures.core_energy_pj.iter().any(|pj| *pj > 0.0) { (board::energies(pictures, size)) }
            }
            @if film_is_shown(pictures) {
                h2 { "Traffic over time" }
                (board::traffic(pictures, pictures.film, size))
            }
        } @else {
            p.note { "Tiles of a " (pictures.chip.noc.topology.kind.name()) " are not drawn." }
        }
        (cores(pictures))
    }
}

fn cores(pictures: &Pictures<'_>) -> Markup {
    let mut order: Vec<usize> = (0..pictures.core_energy_pj.len()).collect();
    order.sort_by(|a, b| pictures.core_energy_pj[*b].total_cmp(&pictures.core_energy_pj[*a]).then(a.cmp(b)));
    let row = |index: usize| {
        let core = &pictures.mapping.cores[CoreId::from_index(index)];
        let (pj, spikes) = (pictures.core_energy_pj[index], pictures.core_spikes[index]);
        vec![
            Cell::Word(core.site.get().to_string()),
            Cell::Word(pictures.scene.layers[core.population as usize].name.clone()),
            Cell::plain(thousands(core.neurons.len() as i64)),
            Cell::exact(number(spikes), spikes),
            Cell::priced(energy(pj), pj, pictures.core_coverage[index]),
        ]
    };
    let columns = vec!["dearest cores", "layer", "neurons", "spikes", "energy"];
    let rows = order.into_iter().take(CORES).map(row).collect();
    html! {
        (ReportTable { id: "cores", columns, rows, ..ReportTable::default() }.grid())
        p.note { "Energy of operations in a core; hops of packets and static power are not in it." }
    }
}
