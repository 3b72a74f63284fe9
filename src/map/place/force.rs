//! Force-directed: every core is drawn towards those it communicates with, and swaps places with the core on the next
//! tile in that direction, as long as this shortens the routes of all packets.

use super::super::search::{Sites, is_asked_at};
use crate::hw::Noc;
use crate::ids::SiteId;

/// Sweeps over all cores until nothing moves or `most` swaps were tried.
pub(super) fn improve(sites: &mut Sites<'_>, noc: &Noc, most: u64) {
    let next = neighbours(noc);
    let (mut looked_at, mut moved) = (0, true);
    while moved && looked_at < most {
        moved = false;
        for core in 0..sites.site().len() as u32 {
            if is_asked_at(core.into()) {
                return;
            }
            let tile = noc.tile_of(SiteId::new(sites.site()[core as usize])) as usize;
            looked_at += next[tile].len() as u64;
            let open = next[tile].iter().filter(|site| sites.suits(core, **site));
            let changes = open.map(|site| (sites.change(core, *site), *site));
            if let Some((_, site)) = changes.min().filter(|(change, _)| *change < 0) {
                sites.swap(core, site);
                moved = true;
            }
        }
    }
}

/// Sites on the tiles one link away, for every tile.
fn neighbours(noc: &Noc) -> Vec<Vec<u32>> {
    let topology = &noc.topology;
    let each = u32::from(noc.cores_per_tile);
    let mut next = vec![Vec::new(); noc.tiles() as usize];
    for link in &topology.links {
        let tile = |router: u32| topology.routers[router as usize].tile;
        if let (Some(from), Some(to)) = (tile(link.from), tile(link.to)) {
            next[from as usize].extend(to * each..(to + 1) * each);
        }
    }
    next
}
