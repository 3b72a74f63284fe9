//! Reports as parts of other pages, such as the output of a notebook's cell: nothing is fetched, no script is needed, and no
//! rule of style reaches beyond the part.

mod map;

use super::grid::ReportTable;
use super::noc::NocReport;
use super::sections::{BriefItem, SECTIONS, To, brief, show};
use super::summary::Summary;
use super::table::{energy, number};
use super::tables::RunDetails;
use map::{BoardMap, MapCore, MapLink};
use maud::{Markup, PreEscaped, html};

/// Rules of style. Each is for what is inside only.
const STYLE: &str = "
.spikemesh table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .4em 0; }
.spikemesh th, .spikemesh td { padding: .15em .6em; text-align: right; }
.spikemesh td.word, .spikemesh th.word { text-align: left; }
.spikemesh figure { margin: .6em 0; }
.spikemesh svg { width: 100%; height: auto; display: block; }
.spikemesh figcaption { opacity: .75; font-size: .9em; }
.spikemesh strong.flag { color: #b3261e; }
.spikemesh .bar { display: inline-block; height: .7em; background: currentColor; opacity: .5; }
";

fn part(inside: &Markup) -> String {
    html! { div.spikemesh { style { (PreEscaped(STYLE)) } (inside) } }.into_string()
}

fn table(table: &ReportTable) -> Markup {
    html! { table { (table.inside()) } }
}

/// Lines with a label, as a table.
fn lines(lines: &[(&str, String)]) -> Markup {
    html! {
        @if !lines.is_empty() {
            table { tbody { @for (label, text) in lines { tr { th.word { (label) } td.word { (text) } } } } }
        }
    }
}

/// The brief report of a run; and, where its details are known, a map of its cores and links.
pub fn run_part(summary: &Summary, details: Option<&RunDetails>) -> String {
    let shown = show(SECTIONS, summary, To::Page);
    let (mut parts, mut labelled): (Vec<Markup>, Vec<(&str, String)>) = (Vec::new(), Vec::new());
    for (_, item) in brief(SECTIONS, summary).items {
        match item {
            BriefItem::Line(label, text) => labelled.push((label, text)),
            BriefItem::Title(title) => parts.push(html! { p { b { (title) } } }),
            BriefItem::Table(found) => {
                parts.extend([lines(&std::mem::take(&mut labelled)), table(&found)]);
            }
        }
    }
    parts.push(lines(&labelled));
    part(&html! {
        @for warning in &shown.warnings { p { strong.flag { (warning) } } }
        @for part in &parts { (part) }
        @for note in &shown.notes { p { "note: " (note) } }
        @if let Some(map) = details.and_then(|details| run_map(details, summary)) { (map) }
    })
}

/// A map of the cores and links of a run; nothing of a chip without a board.
pub(super) fn run_map(details: &RunDetails, summary: &Summary) -> Option<Markup> {
    let (width, height, round) = details.board?;
    let each = |count: u64| count as f64 / details.inferences.max(1) as f64;
    let core = |core: &super::tables::CoreDetail| MapCore {
        place: core.place,
        on_tile: core.on_tile,
        value: core.energy_pj,
        text: format!(
            "core {}: {} ({} neurons), {}",
            core.site,
            core.layers,
            core.neurons,
            core.coverage.mark(energy(core.energy_pj))
        ),
    };
    let link = |link: &super::tables::LinkDetail| MapLink {
        from: link.from,
        value: each(link.flits),
        text: format!("{}: {} flits", link.name, number(each(link.flits))),
    };
    let most = details.cores.iter().map(|core| core.energy_pj).fold(0.0, f64::max);
    let flits = details.links.iter().map(|link| each(link.flits)).fold(0.0, f64::max);
    let per = if summary.header.dataset.is_some() { " per inference" } else { "" };
    let caption = format!(
        "{}: cores by energy, up to {}; links by flits, up to {}{per}",
        summary.chip,
        energy(most),
        number(flits)
    );
    let map = BoardMap {
        size: (width, height),
        round,
        cores_per_tile: details.cores_per_tile,
        cores: details.cores.iter().map(core).collect(),
        links: details.links.iter().map(link).collect(),
    };
    Some(map.figure(&caption))
}

/// The points of a network on chip; and a map of what its links carried at the highest rate that it keeps up with.
pub fn noc_part(report: &NocReport) -> String {
    part(&html! {
        p { b { (report.title()) } }
        @if report.interrupted() { p { strong.flag { "interrupted" } } }
        (report.point_grid())
        @for note in report.notes() { p { "note: " (note) } }
        @if let Some(map) = noc_map(report) { (map) }
    })
}

fn noc_map(report: &NocReport) -> Option<Markup> {
    let (noc, point) = (&report.setup.noc, report.shown()?);
    let topology = &noc.topology;
    let size = super::noc::size_of(topology)?;
    let ports = usize::from(topology.ports) + 1;
    let links: Vec<MapLink> = topology
        .links
        .iter()
        .map(|link| {
            let place = topology.routers[link.from as usize].place;
            let value = point.outcome.utilisation(link.from as usize * ports + usize::from(link.from_port));
            let text = format!("{}: {value:.3}", topology.link_name(link));
            MapLink { from: (place.x, place.y, link.from_port), value, text }
        })
        .filter(|link| link.value > 0.0)
        .collect();
    let most = links.iter().map(|link| link.value).fold(0.0, f64::max);
    let at = point.rate.map_or(String::new(), |rate| format!(" at the rate of {rate}"));
    let caption = format!("links by flits per cycle{at}, up to {most:.3}");
    let round = matches!(topology.kind, crate::hw::topology::TopologyKind::Torus(_));
    let map = BoardMap { size: (size.width, size.height), round, cores_per_tile: 1, cores: Vec::new(), links };
    Some(map.figure(&caption))
}
