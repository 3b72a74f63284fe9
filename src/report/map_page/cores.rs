//! Cores of a mapping for the script of its page: what they hold and use, and the packets between them.

use super::Stand;
use crate::hw::Chip;
use crate::ids::CoreId;
use crate::map::Mapping;
use crate::report::page::script::data;
use crate::report::sections::{CoreNeeds, needs};
use crate::report::table::{label, thousands};
use maud::{Markup, html};
use serde_json::{Value, json};

/// Most cores that answer the pointer: with more the page would be heavy.
pub(super) const MOST_CORES: usize = 1024;

/// Most pairs of cores of a mapping whose packets are shown: those with the most.
const MOST_EDGES: usize = 10_000;

/// Most rows of the table of cores.
const MOST_ROWS: usize = 500;

/// Whether the cores of all mappings answer the pointer.
pub(super) fn answer(stands: &[(String, Stand<'_>)]) -> bool {
    stands.iter().all(|(_, stand)| stand.arranged.mapping.cores.len() <= MOST_CORES)
}

/// The pairs with the most packets, and whether there are more.
fn heaviest(mapping: &Mapping) -> (Vec<(u32, u32, u64)>, bool) {
    let mut edges = mapping.traffic.clone();
    edges.sort_by_key(|(from, to, packets)| (std::cmp::Reverse(*packets), *from, *to));
    let more = edges.len() > MOST_EDGES;
    edges.truncate(MOST_EDGES);
    (edges, more)
}

/// Whether some packets between cores are left out.
pub(super) fn leaves_out(stands: &[(String, Stand<'_>)]) -> bool {
    stands.iter().any(|(_, stand)| stand.arranged.mapping.traffic.len() > MOST_EDGES)
}

/// Packets that each core sends to others and receives from them, and from the host.
fn packets(mapping: &Mapping) -> Vec<(u64, u64)> {
    let mut all: Vec<(u64, u64)> = mapping.outside.iter().map(|packets| (0, *packets)).collect();
    all.resize(mapping.cores.len(), (0, 0));
    for (from, to, packets) in &mapping.traffic {
        all[*from as usize].0 += packets;
        all[*to as usize].1 += packets;
    }
    all
}

/// The tile of a core, as people write it.
pub(super) fn tile(chip: &Chip, mapping: &Mapping, core: usize) -> String {
    let tile = chip.noc.tile_of(mapping.cores[CoreId::from_index(core)].site);
    let place = chip.noc.place(tile);
    format!("({}, {})", place.x, place.y)
}

pub(super) fn island(chip: &Chip, stands: &[(String, Stand<'_>)]) -> Markup {
    let stand = |(name, stand): &(String, Stand<'_>)| -> Value {
        let mapping = &stand.arranged.mapping;
        let (needs, packets) = (needs(chip, mapping), packets(mapping));
        let core = |(at, core): (usize, &crate::map::CoreLoad)| {
            let share = |needs: &CoreNeeds| (1e4 * needs.share_of(at)).round() / 1e4;
            json!({
                "site": core.site.get(), "tile": tile(chip, mapping, at), "layers": core.parts.iter().map(|part| part.population).collect::<Vec<_>>(), "neurons": core.neurons(),
                "uses": needs.iter().map(share).collect::<Vec<f64>>(), "sent": packets[at].0, "received": packets[at].1,
            })
        };
        json!({
            "name": name,
            // Partial sums are populations of their own, and each mapping has its own of them.
            "layers": stand.arranged.graph.populations.iter().map(|population| population.name.as_str()).collect::<Vec<_>>(),
            "cores": mapping.cores.iter().enumerate().map(core).collect::<Value>(),
            "edges": heaviest(mapping).0,
        })
    };
    let first = stands.first().map(|(_, stand)| stand.arranged);
    let limits = first.map_or(Vec::new(), |arranged| needs(chip, &arranged.mapping));
    let limits = limits.iter().map(|needs| json!({"text": label(needs.name), "limit": needs.limit()}));
    data("cores", &json!({"limits": limits.collect::<Value>(), "stands": stands.iter().map(stand).collect::<Value>()}))
}

/// What every core of a mapping holds.
pub(super) fn table(chip: &Chip, (name, stand): &(String, Stand<'_>)) -> Markup {
    let mapping = &stand.arranged.mapping;
    let packets = packets(mapping);
    let graph = &stand.arranged.graph;
    html! {
        details {
            summary { "Every core: " (name) }
            @if mapping.cores.len() > MOST_ROWS { p.note { "The first " (MOST_ROWS) " of " (thousands(mapping.cores.len() as i64)) " cores." } }
            div.scroll {
                table.sortable #partitions {
                    thead {
                        tr {
                            th { "core" } th.word { "tile" } th.word { "layer" }
                            @for name in ["neurons", "axons in", "axons out", "synapses", "packets sent", "packets received"] { th { (name) } }
                        }
                    }
                    tbody {
                        @for (at, core) in mapping.cores.iter().enumerate().take(MOST_ROWS) {
                            tr {
                                td { (core.site.get()) }
                                td.word { (tile(chip, mapping, at)) }
                                td.word { (core.names(graph)) }
                                @for count in [core.neurons().into(), core.axons_in.into(), core.axons_out.into(), core.synapses, packets[at].0, packets[at].1] {
                                    td { (thousands(count as i64)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
