//! The report of a run as a self-contained page: nothing is fetched, light or dark as the reader's screen is. Key figures
//! and tables can be read without a script; the pictures that one can ask need theirs.

mod board;
mod bound;
mod cards;
mod course;
mod energy;
mod film;
mod latency;
mod raster;
mod saved;
mod timeline;

pub(crate) use film::Film;
pub use saved::saved_html;

use super::energy::{Coverage, bill_on, misses, unpriced};
use super::grid::{Cell, ReportTable};
use super::page::board::size;
use super::page::script::scripts;
use super::page::{colours, page, picture, sheet};
use super::sections::{About, DOES_NOT_FIT, Remark, SECTIONS, Shown, To, show};
use super::summary::{RunHeader, Summary};
use super::table::{energy, number, thousands};
use super::tally::CountsByKind;
use crate::hw::{Calibration, Chip};
use crate::ids::CoreId;
use crate::map::{CoreLoad, Mapping};
use crate::stats::{Counts, Op};
use crate::trace::scene::Scene;
use crate::units::sum_to_pj;
use maud::{Markup, html};

/// A script for each picture; each does nothing on a page without its picture.
const SCRIPTS: &[&str] =
    &[include_str!("timeline.js"), include_str!("energy.js"), include_str!("traffic.js"), include_str!("raster.js")];

const STYLE: &str = "
.bar { display: inline-block; height: .7em; background: var(--soft); }
.slider label { display: inline-flex; gap: .5rem; align-items: center; width: min(100%, 24rem); }
.slider input { flex: 1; }
.slider output { font-variant-numeric: tabular-nums; }
dd.source { overflow-wrap: anywhere; }
#energy-chart { height: 28rem; }
";

const CORES: usize = 10;

/// Data of the pictures, beside the summary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pictures<'a> {
    pub(crate) chip: &'a Chip,
    /// The constants of the run.
    pub(crate) calibration: &'a Calibration,
    pub(crate) mapping: &'a Mapping,
    pub(crate) scene: &'a Scene,
    /// Counts of each core in use, and last of the host, over all inferences.
    pub(crate) core_counts: &'a [Counts],
    /// Energy of each core in use per inference (pJ), static power apart.
    pub(crate) core_energy_pj: &'a [f64],
    pub(crate) core_coverage: &'a [Coverage],
    /// Spikes of each core in use per inference.
    pub(crate) core_spikes: &'a [f64],
    pub(crate) film: &'a Film,
    /// The command that made the run.
    pub(crate) command: &'a str,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PerCore {
    /// Energy per inference (pJ).
    pub(crate) energy_pj: Vec<f64>,
    pub(crate) coverage: Vec<Coverage>,
    /// Spikes per inference.
    pub(crate) spikes: Vec<f64>,
    /// Operations of its stages in all, by which cores are busy.
    pub(crate) work: Vec<u64>,
}

/// Energy and spikes of each core in use per inference, from counts over `inferences` of them.
pub(crate) fn per_core(
    cores: &[Counts],
    inferences: u64,
    (chip, mapping): (&Chip, &Mapping),
    calibration: &Calibration,
) -> PerCore {
    let kinds: Vec<usize> = mapping.cores.iter().map(|core| chip.kind_at(core.site)).collect();
    priced(cores, inferences, (chip, &kinds), calibration)
}

/// The same of cores by their kinds.
pub(in crate::report) fn priced(
    cores: &[Counts],
    inferences: u64,
    (chip, kinds): (&Chip, &[usize]),
    calibration: &Calibration,
) -> PerCore {
    let each = |sum: f64| sum / inferences.max(1) as f64;
    // The last one is the host.
    let nothing = Counts::default();
    let (host, cores) = cores.split_last().unwrap_or((&nothing, &[]));
    let by_core: Vec<(usize, Counts)> = kinds.iter().copied().zip(cores.iter().copied()).collect();
    let counted = |host: &Counts, cores: &[(usize, Counts)]| {
        let mut all = CountsByKind::alike(*host);
        let kinds = if chip.kinds.differ() { chip.kinds() } else { &[] };
        all.kinds = kinds.iter().map(|kind| (kind.name.clone(), Counts::default())).collect();
        for (kind, counts) in cores {
            all.all.merge(counts);
            all.kinds.get_mut(*kind).into_iter().for_each(|(_, sum)| sum.merge(counts));
        }
        all
    };
    let unpriced = unpriced(&counted(host, &by_core), calibration);
    let pj = |(kind, counts): &(usize, Counts)| each(sum_to_pj(bill_on(*kind, counts, calibration).total()));
    let energy_pj: Vec<f64> = by_core.iter().map(pj).collect();
    let of = |(core, pj): (&(usize, Counts), &f64)| Coverage::of(*pj, misses(&counted(&nothing, &[*core]), &unpriced));
    PerCore {
        coverage: by_core.iter().zip(&energy_pj).map(of).collect(),
        energy_pj,
        spikes: cores.iter().map(|counts| each(counts.with_kinds(Op::SomaSpike) as f64)).collect(),
        work: cores.iter().map(work).collect(),
    }
}

fn work(counts: &Counts) -> u64 {
    [Op::AxonIn, Op::Synapse, Op::SomaAccess, Op::AxonOut].into_iter().map(|op| counts.with_kinds(op)).sum()
}

pub(crate) fn run_html(summary: &Summary, pictures: &Pictures<'_>) -> String {
    write(&show(SECTIONS, summary, To::Page), summary, pictures)
}

fn write(shown: &Shown, summary: &Summary, pictures: &Pictures<'_>) -> String {
    let title = format!("{} on {}", summary.header.network, summary.chip);
    let body = html! {
        @for warning in &shown.warnings { p { strong.flag { (warning) } } }
        (cards::cards(summary))
        p.small { "command: " code { (pictures.command) } }
        (head_of(shown, summary))
        (timeline::section(pictures))
        (bound::section(summary, |core| core_name(pictures, core as usize)))
        (energy::section(summary, pictures))
        (boards(summary, pictures))
        (raster::section(pictures))
        div.tables {
            @for table in &shown.tables { section.whole[table.columns.len() > 5] { (table.page()) } }
            section { (cores(pictures)) }
        }
        (remarks(shown))
        (scripts(SCRIPTS))
    };
    page("run", &title, &(sheet() + STYLE + bound::STYLE + &colours()), &body)
}

/// What was run with what, in small print.
fn head_of(shown: &Shown, summary: &Summary) -> Markup {
    let RunHeader { seed, threads, .. } = &summary.header;
    html! {
        p.small {
            @for (_, name, text) in &shown.facts { (name) ": " (text) " · " }
            "seed: " (seed) " · threads: " (threads) " · chip digest: " (format!("{:016x}", summary.structure))
            " · made by: spikemesh " (env!("CARGO_PKG_VERSION"))
        }
        @if !shown.notes.is_empty() {
            details open[shown.notes.len() < 3] {
                summary { "Notes (" (shown.notes.len()) ")" }
                @for note in &shown.notes { p.note { (note) "." } }
            }
        }
    }
}

/// A core by its number on the chip, and its layer.
fn core_name(pictures: &Pictures<'_>, index: usize) -> String {
    let core = pictures.mapping.cores.get(CoreId::from_index(index));
    let of = |core: &CoreLoad| format!("core {} ({})", core.site.get(), pictures.scene.layers_of(index as u32));
    core.map_or_else(|| format!("core {index}"), of)
}

/// Rates and comparisons; and, folded, what the figures rest on.
fn remarks(shown: &Shown) -> Markup {
    let is_trust = |remark: &&Remark| remark.about == About::Trust && remark.label != DOES_NOT_FIT;
    let (trust, others): (Vec<&Remark>, Vec<&Remark>) = shown.remarks.iter().partition(is_trust);
    let list = |remarks: &[&Remark]| {
        html! {
            dl {
                @for Remark { label, text, .. } in remarks {
                    @if *label == DOES_NOT_FIT { dt { strong.flag { "does not fit" } } } @else { dt { (label) } }
                    dd class=[(*label == "source").then_some("source")] { (text) }
                }
            }
        }
    };
    html! {
        @if !others.is_empty() { h2 { "Rates and comparisons" } (list(&others)) }
        @if !trust.is_empty() {
            details {
                summary { "What the figures rest on: assumptions and " (sources(&trust)) " sources" }
                (list(&trust))
            }
        }
    }
}

fn sources(remarks: &[&Remark]) -> usize {
    remarks.iter().filter(|remark| remark.label == "source").count()
}

/// Whether links carry something whose course the slider can show.
fn film_is_shown(pictures: &Pictures<'_>) -> bool {
    let topology = &pictures.chip.noc.topology;
    size(topology).is_some() && board::carries(pictures)
}

/// Pictures of a chip that has rows and columns, and of the latency.
fn boards(summary: &Summary, pictures: &Pictures<'_>) -> Markup {
    let topology = &pictures.chip.noc.topology;
    let size = size(topology);
    html! {
        h2 #chip { "On the chip" }
        div.plots {
            @if let Some(size) = size {
                (board::mapping(pictures, size))
                @if pictures.core_energy_pj.iter().any(|pj| *pj > 0.0) { (board::energies(pictures, size)) }
                @if film_is_shown(pictures) {
                    (board::traffic(pictures, pictures.film, size))
                } @else {
                    div { h3 { "Traffic" } p { "No link between tiles carried a flit in the first sample: all links are idle." } }
                }
            } @else {
                p.note { "Tiles of a " (topology.kind.name()) " have no rows and columns, and are not drawn." }
            }
            @if summary.tally.inferences.len() > 1 {
                figure { h3 { "Latency of inferences" } (picture(latency::picture(summary))) }
            }
        }
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
            Cell::Word(pictures.scene.layers_of(index as u32)),
            Cell::plain(thousands(core.neurons().into())),
            Cell::exact(number(spikes), spikes),
            Cell::priced(energy(pj), pj, pictures.core_coverage[index]),
        ]
    };
    let columns = vec!["core", "layer", "neurons", "spikes", "energy"];
    let rows = order.into_iter().take(CORES).map(row).collect();
    html! {
        h2 { "Most expensive cores" }
        (ReportTable { id: "cores", columns, rows, ..ReportTable::default() }.grid())
        p.note { "Energy of what a core does and of its packets' hops; static power is not in it." }
    }
}
