//! The report of a run as a page of its own: nothing is fetched, light or dark as the reader's screen is, and readable
//! without a script, which only moves through time.

pub(in crate::report) mod board;
mod film;
mod latency;
mod raster;
mod tables;

pub use film::Film;

use super::energy::{Coverage, bill, misses, unpriced};
use super::noc::colours::{KINDS, head, kinds, picture, sheet};
use super::summary::{Interrupted, Reason, Summary};
use super::table::{energy, label, number, time};
use crate::hw::{Calibration, Chip};
use crate::map::Mapping;
use crate::stats::{Counts, Op};
use crate::trace::scene::Scene;
use crate::units::sum_to_pj;
use maud::{DOCTYPE, Markup, html};

const SCRIPT: &str = include_str!("script.js");

/// What the page adds to the common style.
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

/// What pictures are made of, beside the summary.
#[derive(Clone, Copy, Debug)]
pub struct Pictures<'a> {
    /// The chip.
    pub chip: &'a Chip,
    /// Where the network stands.
    pub mapping: &'a Mapping,
    /// Names and numbers of its parts.
    pub scene: &'a Scene,
    /// Energy of each core in use per inference (pJ), static power and hops apart.
    pub core_energy_pj: &'a [f64],
    /// What these energies are of.
    pub core_coverage: &'a [Coverage],
    /// Spikes of each core in use per inference.
    pub core_spikes: &'a [f64],
    /// The first sample, filmed.
    pub film: &'a Film,
}

/// What each core in use did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerCore {
    /// Energy per inference (pJ).
    pub energy_pj: Vec<f64>,
    /// What that is of.
    pub coverage: Vec<Coverage>,
    /// Spikes per inference.
    pub spikes: Vec<f64>,
}

/// Energy and spikes of each core in use, from what was counted over so many inferences.
pub fn per_core(cores: &[Counts], inferences: u64, calibration: &Calibration) -> PerCore {
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

/// The page of a run.
pub fn run_html(summary: &Summary, pictures: &Pictures<'_>) -> String {
    let title = format!("{} on {}", summary.header.network, summary.chip);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head("run", &title, &(sheet() + STYLE + &colours())))
            body {
                h1 { (title) }
                @if let Some(mark) = summary.interrupted { p { strong.flag { (interrupted(mark)) } } }
                @if summary.is_wrong() {
                    p { strong.flag { (summary.mismatched_samples) " samples differ from the integer reference." } }
                }
                (tables::head(summary))
                h2 { @if summary.header.dataset.is_some() { "Per inference" } @else { "In the run" } }
                (tables::figures(summary))
                h2 { "Energy by unit" }
                (tables::units(summary))
                h2 { "By layer" }
                (tables::layers(summary))
                @if summary.tally.inferences.len() > 1 { h2 { "Latency" } figure { (picture(latency::picture(summary))) } }
                (boards(pictures))
                h2 { "Spikes of the first sample" }
                (raster::raster(pictures.scene, pictures.film))
                h2 { "What the figures rest on" }
                (tables::trust(summary))
            }
        }
    };
    page.into_string()
}

fn interrupted(mark: Interrupted) -> String {
    format!("Interrupted after {} of {}{}: all figures are of those.", mark.done, mark.of, Reason::aside(mark.reason))
}

/// Pictures of a chip that has rows and columns.
fn boards(pictures: &Pictures<'_>) -> Markup {
    let size = board::size(&pictures.chip.noc.topology);
    html! {
        h2 { "On the chip" }
        @if let Some(size) = size {
            div.plots {
                (board::mapping(pictures, size))
                @if pictures.core_energy_pj.iter().any(|pj| *pj > 0.0) { (board::energies(pictures, size)) }
            }
            @if !pictures.chip.noc.topology.links.is_empty() && !pictures.film.frames.is_empty() {
                h2 { "Traffic over time" }
                (board::traffic(pictures, pictures.film, size))
            }
        } @else {
            p.note { "Tiles of a " (pictures.chip.noc.topology.kind.name()) " are not drawn." }
        }
        (tables::cores(pictures))
    }
}

/// Colours of layers: of squares, of dashes, of keys.
pub(in crate::report) fn colours() -> String {
    kinds(|layer, colour| {
        format!(
            "rect.s{layer} {{ fill: {colour}; }} path.l{layer} {{ stroke: {colour}; }} i.s{layer} {{ background: {colour}; }}"
        )
    })
}
