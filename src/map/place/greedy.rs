//! Best first: the unplaced core with the most traffic to placed ones goes to the free site with the fewest
//! hops to them.
//!
//! The frontier is a priority queue whose priorities grow as neighbours are placed. Ties go to the lower core
//! and the lower site, so the result depends on nothing else. If it is worse than the linear order, that is kept.

use super::{cost, linear};
use crate::hw::Mesh;
use crate::hw::routing::Place;
use priority_queue::PriorityQueue;
use std::cmp::Reverse;

pub(super) fn place(cores: u32, traffic: &[(u32, u32, u64)], mesh: &Mesh) -> Vec<u32> {
    let mut neighbours = vec![Vec::new(); cores as usize];
    for &(from, to, packets) in traffic.iter().filter(|(from, to, _)| from != to) {
        neighbours[from as usize].push((to, packets));
        neighbours[to as usize].push((from, packets));
    }
    let talk = |core: u32| -> u64 { neighbours[core as usize].iter().map(|(_, packets)| packets).sum() };
    // Priority: traffic to placed cores, then all traffic, then the lower number.
    let mut frontier: PriorityQueue<u32, (u64, u64, Reverse<u32>)> =
        (0..cores).map(|core| (core, (0, talk(core), Reverse(core)))).collect();
    let per_tile = u32::from(mesh.cores_per_tile);
    let centre = mesh.place(mesh.tiles() / 2);
    let mut site_of: Vec<Option<u32>> = vec![None; cores as usize];
    // Cores already on each tile; a tile's sites are taken in order.
    let mut taken = vec![0u32; mesh.tiles() as usize];
    while let Some((core, _)) = frontier.pop() {
        let anchors =
            neighbours[core as usize].iter().filter_map(|(n, packets)| Some((site_of[*n as usize]?, *packets)));
        let hops = Hops::to(anchors.map(|(site, packets)| (mesh.place(mesh.tile_of(site)), packets)), mesh);
        let free = (0..mesh.tiles()).filter(|tile| taken[*tile as usize] < per_tile);
        let key = |tile: &u32| (hops.from(mesh.place(*tile)), mesh.place(*tile).hops(centre), *tile);
        let tile = free.min_by_key(key).expect("the partition uses no more cores than the mesh has");
        site_of[core as usize] = Some(tile * per_tile + taken[tile as usize]);
        taken[tile as usize] += 1;
        for (neighbour, packets) in &neighbours[core as usize] {
            frontier.change_priority_by(neighbour, |priority| priority.0 += packets);
        }
    }
    let greedy: Vec<u32> = site_of.into_iter().map(|site| site.expect("every core was popped once")).collect();
    let linear = linear::place(cores);
    let hops = |sites: &[u32]| cost(traffic, &|core| sites[core as usize], mesh);
    if hops(&greedy) < hops(&linear) { greedy } else { linear }
}

/// Hops of packets between any place and some anchors. Manhattan distances split into columns and rows.
struct Hops {
    by_column: Vec<u64>,
    by_row: Vec<u64>,
}

impl Hops {
    fn to(anchors: impl Iterator<Item = (Place, u64)>, mesh: &Mesh) -> Self {
        let (mut columns, mut rows) = (vec![0; mesh.width.into()], vec![0; mesh.height.into()]);
        for (place, packets) in anchors {
            columns[usize::from(place.x)] += packets;
            rows[usize::from(place.y)] += packets;
        }
        let distances = |weights: &[u64]| -> Vec<u64> {
            let from = |here: usize| weights.iter().enumerate().map(|(at, w)| w * here.abs_diff(at) as u64).sum();
            (0..weights.len()).map(from).collect()
        };
        Self { by_column: distances(&columns), by_row: distances(&rows) }
    }

    fn from(&self, place: Place) -> u64 {
        self.by_column[usize::from(place.x)] + self.by_row[usize::from(place.y)]
    }
}
