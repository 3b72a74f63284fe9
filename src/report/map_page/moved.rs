//! What a mapping moved: neurons that are on another core, or on another tile, than in the network's own order.

use super::Stand;
use crate::hw::Chip;
use crate::ids::{CoreId, SiteId};
use crate::map::{Arranged, NO_CORE};
use crate::report::grid::{Cell, ReportTable};
use crate::report::table::thousands;

/// Most tiles that are named.
const TILES: usize = 6;

/// A row for each layer.
pub(super) fn moved(chip: &Chip, before: Stand<'_>, after: Stand<'_>) -> ReportTable {
    let (was, is) = (sites(before.arranged), sites(after.arranged));
    let own = before.arranged.graph.whole();
    let on_chip = own.populations.iter().filter(|population| population.source.is_none());
    let rows = on_chip.map(|population| {
        let range = population.first as usize..(population.first + population.count) as usize;
        let pairs =
            || was[range.clone()].iter().zip(&is[range.clone()]).filter_map(|(was, is)| Some(((*was)?, (*is)?)));
        let core = pairs().filter(|(was, is)| was != is).count();
        let tile = pairs().filter(|(was, is)| chip.noc.tile_of(*was) != chip.noc.tile_of(*is)).count();
        let count = |count: usize| Cell::Figure(thousands(count as i64), Some(count.to_string()));
        let [from, to] = [&was, &is].map(|sites| tiles(chip, &sites[range.clone()]));
        vec![
            Cell::Word(population.name.clone()),
            count(range.len()),
            count(core),
            count(tile),
            Cell::Word(from),
            Cell::Word(to),
        ]
    });
    ReportTable {
        id: "moved",
        columns: vec!["layer", "neurons", "on another core", "on another tile", "tiles before", "tiles now"],
        rows: rows.collect(),
        ..ReportTable::default()
    }
}

/// The site of each neuron of the network, by its own number; none of a source.
fn sites(arranged: &Arranged) -> Vec<Option<SiteId>> {
    let Arranged { graph, mapping } = arranged;
    let site = |core: &CoreId| (*core != NO_CORE).then(|| mapping.cores[*core].site);
    // Partial sums and copies are no neurons of the network.
    graph.own(mapping.core_of.iter().map(site).collect())
}

/// The tiles of some sites, in their order; many are counted.
fn tiles(chip: &Chip, sites: &[Option<SiteId>]) -> String {
    let mut tiles: Vec<u32> = sites.iter().flatten().map(|site| chip.noc.tile_of(*site)).collect();
    tiles.sort_unstable();
    tiles.dedup();
    let name = |tile: &u32| {
        let place = chip.noc.place(*tile);
        format!("({}, {})", place.x, place.y)
    };
    let named = tiles.iter().take(TILES).map(name).collect::<Vec<_>>().join(" ");
    match tiles.len().saturating_sub(TILES) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
