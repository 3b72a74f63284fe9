//! A mapping as a page: where cores are, what they use and send, and what links carry, before and after. Nothing is fetched.
//! Pictures and tables can be seen without a script; with it cores answer the pointer and keys.

mod cores;
mod moved;

use crate::hw::topology::{Size, TopologyKind};
use crate::hw::{Chip, Topology};
use crate::ids::CoreId;
use crate::map::Arranged;
use crate::report::area::area;
use crate::report::mapping::{MappingSummary, MappingTraffic, savings_text};
use crate::report::mapping_text::{layers, traffic, uses};
use crate::report::page::board::{self, SIDE, all_links, board, line, shade, size, squares, steps};
use crate::report::page::{KINDS, colours, page, script, sheet};
use crate::report::table::{energy, thousands};
use cores::{answer, island, leaves_out};
use maud::{Markup, html};

const BUSIEST: usize = 10;
/// Most routers of which each link has a text; with more the page would be heavy.
const NAMED: usize = 1024;

/// Most links that are drawn each: those that carry most.
const MOST_LINKS: usize = 4000;

const STYLE: &str = "
.heat path.tile { fill: none; stroke: var(--rule); }
.heat path.idle { stroke: var(--use0); stroke-width: 6; }
.heat path.router { fill: var(--square); }
.cores .edges { pointer-events: none; }
.cores .edges line { stroke: var(--ink); }
.cores .edges line.into { stroke: var(--soft); stroke-dasharray: 4 3; }
.cores .ring { fill: none; stroke: var(--ink); stroke-width: 3; }
.cores:focus-visible { outline: 2px solid var(--kind0); outline-offset: 2px; }
#core { min-height: 4.5em; max-width: none; font-variant-numeric: tabular-nums; }
[hidden] { display: none !important; }
";

const SCRIPT: &str = include_str!("cores.js");

/// A mapping, and what its links carry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand<'a> {
    /// The network and where it stands.
    pub(crate) arranged: &'a Arranged,
    /// Cost of its packets.
    pub(crate) traffic: &'a MappingTraffic,
}

/// The page of a mapping; `before` is the network in its own order, where the mapping is another.
pub(crate) fn map_html(
    network: &str,
    chip: &Chip,
    m: &MappingSummary,
    before: Option<Stand<'_>>,
    after: Stand<'_>,
) -> String {
    let title = format!("{network} on {}: mapping", m.chip);
    let (what, own) = (format!("{}, {}", m.partitioner, m.occupancy.placer), "sequential, linear".to_owned());
    let stands: Vec<(String, Stand<'_>)> =
        before.map(|stand| (own, stand)).into_iter().chain([(what, after)]).collect();
    let interactive = answer(&stands) && size(&chip.noc.topology).is_some();
    let body = html! {
        (cards(m))
        @for violation in &m.occupancy.violations { p { strong.flag { "does not fit: " (violation) } } }
        @for note in &m.notes { p.note { "Note: " (note) "." } }
        h2 { "What packets cost" }
        (figures(before.map(|stand| stand.traffic), after.traffic))
        p.note {
            @if let Some(samples) = m.profile { "Packets are counted by the spikes of " (thousands(samples.into())) " training samples." }
            @else { "Packets are counted as if every neuron spiked once." }
        }
        h2 { "Cores" }
        (places(chip, &stands, interactive))
        @if let Some(before) = before {
            h2 { "What moved" }
            (moved::moved(chip, before, after).grid())
            p.note { "From the network's own order on the chip's own order of cores." }
        }
        h2 { "What links carry" }
        (links(&chip.noc.topology, &stands))
        h2 { "Layers" }
        (layers(&m.layers).grid())
        h2 { "Use of cores" }
        (uses(&m.occupancy.utilisation).grid())
        @if let Some(nearest) = &m.nearest { p { "Nearest to its limit: " (nearest.text()) "." } }
        @if let Some(savings) = savings_text(&m.savings) { p { "Fewer cores with " (savings) "." } }
        @if let Some(last) = stands.last() { (cores::table(chip, last)) }
        h2 { "How it was mapped" }
        (settings(m))
        @if interactive { (island(chip, &stands)) }
        (script::scripts(if interactive { &[SCRIPT] } else { &[] }))
    };
    page("map", &title, &(sheet() + STYLE + &colours()), &body)
}

fn card(name: &str, value: &str, more: &str) -> Markup {
    html! { div.card { span.name { (name) } span.value { (value) } span.more { (more) } } }
}

/// The figures of a mapping, with their change where it is another than the network's own order.
fn cards(m: &MappingSummary) -> Markup {
    let (o, traffic) = (&m.occupancy, &m.traffic);
    let change = |of: fn(&MappingTraffic) -> Option<f64>| {
        let (was, is) = (m.before.as_ref().and_then(of).filter(|was| *was > 0.0), of(traffic));
        was.zip(is).map(|(was, is)| format!("{:+.1} % against sequential, linear", (is / was - 1.0) * 100.0))
    };
    let busiest = |traffic: &MappingTraffic| traffic.busiest.as_ref().map(|(_, packets)| *packets as f64);
    let more = |change: Option<String>| change.unwrap_or_default();
    html! {
        div.cards {
            (card("cores", &thousands(o.cores_used.into()), &format!("of {} on {} tiles", thousands(o.cores.into()), thousands(o.tiles_used.into()))))
            @if let Some(found) = &o.area {
                (card("area of the cores in use", &area(found.used_mm2), &format!("{}; {}", found.text(o.cores_used, o.chips), found.source)))
            }
            (card("hops", &thousands(traffic.hops as i64), &more(change(|t| Some(t.hops as f64)))))
            (card("packets", &thousands(traffic.packets as i64), &more(change(|t| Some(t.packets as f64)))))
            @if let Some(pj) = traffic.energy_pj { (card("energy of the hops", &energy(pj), &more(change(|t| t.energy_pj)))) }
            @if let Some((link, packets)) = &traffic.busiest {
                (card("packets on the busiest link", &thousands(*packets as i64), &[Some(link.clone()), change(busiest)].into_iter().flatten().collect::<Vec<_>>().join("; ")))
            }
            @if !o.violations.is_empty() { (card("broken limits", &thousands(o.violations.len() as i64), "the network does not fit")) }
        }
    }
}

fn settings(m: &MappingSummary) -> Markup {
    html! {
        dl {
            @for origin in &m.origins { dt { "not built in" } dd { (origin) } }
            dt { "partitioner" } dd { (m.partitioner) }
            dt { "placer" } dd { (m.occupancy.placer) }
            dt { "objective" } dd { (m.objective) }
            dt { "made by" } dd { "spikemesh " (env!("CARGO_PKG_VERSION")) }
        }
    }
}

fn figures(before: Option<&MappingTraffic>, after: &MappingTraffic) -> Markup {
    html! {
        (traffic(before, after).grid())
        @if let Some(least) = after.least_hops.filter(|_| after.hops > 0) {
            p.note { "No placement of these cores has fewer than " (thousands(least as i64)) " hops." }
        }
    }
}

fn links(topology: &Topology, stands: &[(String, Stand<'_>)]) -> Markup {
    let most = stands.iter().filter_map(|(_, stand)| stand.traffic.links.iter().max()).max().copied().unwrap_or(0);
    html! {
        @if topology.links.is_empty() {
            p.note { "There is one router: no packet takes a link." }
        } @else if let Some(size) = size(topology) {
            div.plots {
                @for (name, stand) in stands {
                    figure.links {
                        (board(size, &format!("what links carry: {name}"), &lines(topology, size, &stand.traffic.links, most)))
                        figcaption.scale { span { (name) ". Packets over a link: 0" } (steps()) span { (thousands(most as i64)) } }
                    }
                }
            }
        } @else {
            p.note { "Links of a " (topology.kind.name()) " are not drawn." }
        }
        @if let Some((name, stand)) = stands.last() { (busiest(topology, name, &stand.traffic.links)) }
    }
}

fn lines(topology: &Topology, size: Size, links: &[u64], most: u64) -> Markup {
    let named = topology.routers.len() <= NAMED;
    // Links that carry nothing are one path, and so are those that carry least where there are too many.
    let mut busy: Vec<usize> = (0..links.len()).filter(|link| links[*link] > 0).collect();
    busy.sort_by_key(|link| (std::cmp::Reverse(links[*link]), *link));
    busy.truncate(MOST_LINKS);
    html! {
        path.idle d=(all_links(size, matches!(topology.kind, TopologyKind::Torus(_)))) {}
        @for (link, packets) in busy.into_iter().map(|at| (&topology.links[at], links[at])) {
            @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
            line class=(format!("u{}", shade(packets as f64, most as f64))) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {
                @if named { title { (topology.link_name(link)) ": " (thousands(packets as i64)) " packets" } }
            }
        }
        path.router d=(squares(topology.routers.iter().map(|router| router.place), SIDE)) {}
    }
}

fn busiest(topology: &Topology, name: &str, links: &[u64]) -> Markup {
    let mut order: Vec<usize> = (0..links.len()).filter(|link| links[*link] > 0).collect();
    order.sort_by_key(|link| (std::cmp::Reverse(links[*link]), *link));
    html! {
        @if !order.is_empty() {
            div.scroll {
                table.sortable #links {
                    thead { tr { th.word { "busiest links: " (name) } th { "packets" } } }
                    tbody {
                        @for link in order.into_iter().take(BUSIEST) {
                            tr {
                                td.word { (topology.link_name(&topology.links[link])) }
                                td title=(links[link]) { (thousands(links[link] as i64)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn places(chip: &Chip, stands: &[(String, Stand<'_>)], interactive: bool) -> Markup {
    let Some(size) = size(&chip.noc.topology) else {
        return html! { p.note { "Tiles of a " (chip.noc.topology.kind.name()) " are not drawn." } };
    };
    let all = stands.iter().map(|(_, stand)| &stand.arranged.graph.populations).max_by_key(|all| all.len());
    let populations = all.map_or(&[][..], |all| all);
    let on_chip = populations.iter().enumerate().filter(|(_, population)| population.source.is_none());
    html! {
        @if interactive {
            p.controls.needs-script hidden { label { "colours " select #colours { option value="layer" { "layer" } } } }
        }
        div.plots { @for (name, stand) in stands { (place(chip, size, name, *stand)) } }
        p #layer-keys { @for (index, population) in on_chip { span.key { i class=(format!("s{}", index % KINDS.len())) {} (population.name) } " " } }
        @if interactive {
            div.needs-script hidden {
                p.scale #core-scale hidden { span { "0" } (steps()) span {} }
                p #core role="status" { "Point at a core, or choose one by the arrow keys, for what it holds and its packets: lines are those that it sends, dashed ones those that it receives." }
                @if leaves_out(stands) { p.note { "Of packets between cores only the pairs with the most are on this page." } }
                div.chart #core-bars role="img" aria-label="cores by what the menu says; the table of every core has it" {}
            }
        }
    }
}

fn place(chip: &Chip, size: Size, name: &str, stand: Stand<'_>) -> Markup {
    let (mapping, graph) = (&stand.arranged.mapping, &stand.arranged.graph);
    let named = mapping.cores.len() <= cores::MOST_CORES;
    let of = |index: usize| {
        let core = &mapping.cores[CoreId::from_index(index)];
        let text = format!("core {}: {} neurons of {}", core.site.get(), core.neurons(), core.names(graph));
        (format!("s{}", core.largest() as usize % KINDS.len()), if named { text } else { String::new() })
    };
    let label = format!("cores by layer: {name}");
    html! {
        figure {
            (board::named(size, "cores", &label, &board::cores(&chip.noc, mapping, &of)))
            figcaption { (name) }
        }
    }
}
