//! A mapping as a page: what links carry and where layers stand, before and after. Nothing is fetched, and no
//! script is needed.

use super::mapping::{MappingSummary, MappingTraffic};
use super::mapping_text::{layers, traffic, uses};
use super::page::board::{SIDE, board, centre, cores, line, shade, size, steps};
use super::page::{KINDS, colours, page, sheet};
use super::table::thousands;
use crate::hw::topology::Size;
use crate::hw::{Chip, Topology};
use crate::ids::CoreId;
use crate::map::Arranged;
use maud::{Markup, html};

const BUSIEST: usize = 10;
/// Most routers of which each link has a text; with more the page would be heavy.
const NAMED: usize = 1024;

const STYLE: &str = "
.heat rect.tile { fill: none; stroke: var(--rule); }
";

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
    let body = html! {
        (occupancy(m))
        @for violation in &m.occupancy.violations { p { strong.flag { "does not fit: " (violation) } } }
        @for note in &m.notes { p.note { "Note: " (note) "." } }
        h2 { "What packets cost" }
        (figures(before.map(|stand| stand.traffic), after.traffic))
        p.note {
            @if let Some(samples) = m.profile { "Packets are counted by the spikes of " (thousands(samples.into())) " training samples." }
            @else { "Packets are counted as if every neuron spiked once." }
        }
        h2 { "What links carry" }
        (links(&chip.noc.topology, &stands))
        h2 { "Where layers stand" }
        (places(chip, &stands))
        (layers(&m.layers).grid())
        h2 { "Use of cores" }
        (uses(&m.occupancy.utilisation).grid())
    };
    page("map", &title, &(sheet() + STYLE + &colours()), &body)
}

fn occupancy(m: &MappingSummary) -> Markup {
    let o = &m.occupancy;
    html! {
        dl {
            @for origin in &m.origins { dt { "not built in" } dd { (origin) } }
            dt { "partitioner" } dd { (m.partitioner) }
            dt { "placer" } dd { (o.placer) }
            dt { "objective" } dd { (m.objective) }
            dt { "cores" } dd { (thousands(o.cores_used.into())) " of " (thousands(o.cores.into())) " on " (thousands(o.tiles_used.into())) " tiles" }
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
                        figcaption.scale { (name) ". Packets over a link: 0" (steps()) (thousands(most as i64)) }
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
    html! {
        @for (link, packets) in topology.links.iter().zip(links) {
            @let [x1, y1, x2, y2] = line(size, topology.routers[link.from as usize].place, link.from_port);
            line class=(format!("u{}", shade(*packets as f64, most as f64))) x1=(x1) y1=(y1) x2=(x2) y2=(y2) {
                @if named { title { (topology.link_name(link)) ": " (thousands(*packets as i64)) " packets" } }
            }
        }
        @for router in &topology.routers {
            @let (x, y) = centre(router.place);
            rect x=(x - SIDE / 2) y=(y - SIDE / 2) width=(SIDE) height=(SIDE) rx="2" {}
        }
    }
}

fn busiest(topology: &Topology, name: &str, links: &[u64]) -> Markup {
    let mut order: Vec<usize> = (0..links.len()).filter(|link| links[*link] > 0).collect();
    order.sort_by_key(|link| (std::cmp::Reverse(links[*link]), *link));
    html! {
        @if !order.is_empty() {
            div.scroll {
                table #links {
                    tr { th.word { "busiest links: " (name) } th { "packets" } }
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

fn places(chip: &Chip, stands: &[(String, Stand<'_>)]) -> Markup {
    let Some(size) = size(&chip.noc.topology) else {
        return html! { p.note { "Tiles of a " (chip.noc.topology.kind.name()) " are not drawn." } };
    };
    let populations = stands.first().map_or(&[][..], |(_, stand)| &stand.arranged.graph.populations);
    let on_chip = populations.iter().enumerate().filter(|(_, population)| population.source.is_none());
    html! {
        div.plots {
            @for (name, stand) in stands {
                @let mapping = &stand.arranged.mapping;
                @let of = |index: usize| {
                    let core = &mapping.cores[CoreId::from_index(index)];
                    let population = &populations[core.population as usize];
                    let text = format!("core {}: {} neurons of {}", core.site.get(), core.neurons.len(), population.name);
                    (format!("s{}", core.population as usize % KINDS.len()), text)
                };
                figure {
                    (board(size, &format!("where layers stand: {name}"), &cores(&chip.noc, mapping, &of)))
                    figcaption { (name) }
                }
            }
        }
        p { @for (index, population) in on_chip { span.key { i class=(format!("s{}", index % KINDS.len())) {} (population.name) } " " } }
    }
}
