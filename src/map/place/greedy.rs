//! Best first: the unplaced core with the most traffic to placed ones goes to the free site with the fewest
//! hops to them.
//!
//! The frontier is a priority queue whose priorities grow as neighbours are placed. Ties go to the lower core and the
//! lower site, so the result is deterministic. If it is worse than the linear order, that is kept.

use super::{Demand, cost, linear};
use crate::hw::Noc;
use crate::hw::routing::Place;
use crate::hw::topology::Size;
use crate::ids::SiteId;
use priority_queue::PriorityQueue;
use std::cmp::Reverse;

pub(super) fn place(demand: Demand<'_>, noc: &Noc) -> Vec<u32> {
    let Demand { cores, traffic, seats, .. } = demand;
    let mut neighbours = vec![Vec::new(); cores as usize];
    for &(from, to, packets) in traffic.iter().filter(|(from, to, _)| from != to) {
        neighbours[from as usize].push((to, packets));
        neighbours[to as usize].push((from, packets));
    }
    let talk = |core: u32| -> u64 { neighbours[core as usize].iter().map(|(_, packets)| packets).sum() };
    // Priority: traffic to placed cores, then all traffic, then the lower number.
    let mut frontier: PriorityQueue<u32, (u64, u64, Reverse<u32>)> =
        (0..cores).map(|core| (core, (0, talk(core), Reverse(core)))).collect();
    let ways = TileWays::new(noc);
    let per_tile = u32::from(noc.cores_per_tile);
    let centre = noc.place(noc.tiles() / 2);
    let mut site_of: Vec<Option<u32>> = vec![None; cores as usize];
    // A tile's sites are used in order.
    let mut taken = vec![false; noc.cores() as usize];
    while let Some((core, _)) = frontier.pop() {
        let anchors =
            neighbours[core as usize].iter().filter_map(|(n, packets)| Some((site_of[*n as usize]?, *packets)));
        let hops = ways.to(anchors.map(|(site, packets)| (noc.tile_of(SiteId::new(site)), packets)));
        let of_tile = |tile: u32| tile * per_tile..(tile + 1) * per_tile;
        let is_free = |site: &u32| !taken[*site as usize] && seats.suit(core, *site);
        let free = (0..noc.tiles()).filter_map(|tile| Some((tile, of_tile(tile).find(is_free)?)));
        let key = |(tile, _): &(u32, u32)| (hops.from(*tile, noc.place(*tile)), noc.place(*tile).hops(centre), *tile);
        let (_, site) = free.min_by_key(key).expect("the partition uses no more cores than the chip has");
        site_of[core as usize] = Some(site);
        taken[site as usize] = true;
        for (neighbour, packets) in &neighbours[core as usize] {
            frontier.change_priority_by(neighbour, |priority| priority.0 += packets);
        }
    }
    let greedy: Vec<u32> = site_of.into_iter().map(|site| site.expect("every core was popped once")).collect();
    let linear = linear::place(demand, noc);
    let hops = |sites: &[u32]| cost(traffic, &|core| SiteId::new(sites[core.index()]), noc);
    if hops(&greedy) < hops(&linear) { greedy } else { linear }
}

/// Representation of the hops between tiles.
enum TileWays<'a> {
    /// Distances on a grid split into columns and rows.
    Split(&'a Noc, Size),
    /// Hops from tile to tile, by tile x tile.
    Whole(usize, Vec<u16>),
}

/// Hops of packets between any tile and some anchors.
enum TileHops {
    Split { by_column: Vec<u64>, by_row: Vec<u64> },
    Whole(Vec<u64>),
}

impl<'a> TileWays<'a> {
    fn new(noc: &'a Noc) -> Self {
        match noc.grid() {
            Some(size) => Self::Split(noc, size),
            None => {
                let tiles = noc.tiles();
                let pairs = (0..tiles).flat_map(|from| (0..tiles).map(move |to| (from, to)));
                let router = |tile| noc.router_of_tile(tile);
                let hops = pairs.map(|(from, to)| noc.hops_between(router(from), router(to)));
                Self::Whole(tiles as usize, hops.map(|hops| hops.total() as u16).collect())
            }
        }
    }

    fn to(&self, anchors: impl Iterator<Item = (u32, u64)>) -> TileHops {
        match self {
            Self::Split(noc, size) => {
                let (mut columns, mut rows) = (vec![0; size.width.into()], vec![0; size.height.into()]);
                for (tile, packets) in anchors {
                    let place = noc.place(tile);
                    columns[usize::from(place.x)] += packets;
                    rows[usize::from(place.y)] += packets;
                }
                // Along one line of the grid all routers differ only in their coordinate.
                let along = |weights: &[u64], router: &dyn Fn(usize) -> u32| -> Vec<u64> {
                    let hops = |a, b| noc.hops_between(router(a), router(b)).total();
                    let one = |here, at, packets: u64| packets * u64::from(hops(here, at));
                    let from = |here| weights.iter().enumerate().map(|(at, packets)| one(here, at, *packets)).sum();
                    (0..weights.len()).map(from).collect()
                };
                let by_column = along(&columns, &|x| x as u32);
                TileHops::Split { by_column, by_row: along(&rows, &|y| y as u32 * u32::from(size.width)) }
            }
            Self::Whole(tiles, hops) => {
                let mut sums = vec![0; *tiles];
                for (to, packets) in anchors {
                    // The reverse route is taken to be as long as the forward one.
                    let row = &hops[to as usize * tiles..(to as usize + 1) * tiles];
                    sums.iter_mut().zip(row).for_each(|(sum, hops)| *sum += packets * u64::from(*hops));
                }
                TileHops::Whole(sums)
            }
        }
    }
}

impl TileHops {
    fn from(&self, tile: u32, place: Place) -> u64 {
        match self {
            Self::Split { by_column, by_row } => by_column[usize::from(place.x)] + by_row[usize::from(place.y)],
            Self::Whole(sums) => sums[tile as usize],
        }
    }
}
