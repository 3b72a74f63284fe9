//! Best first: the unplaced core with the most traffic to placed ones goes to the free site with the fewest
//! hops to them.
//!
//! The frontier is a priority queue whose priorities grow as neighbours are placed. Ties go to the lower core
//! and the lower site, so the result depends on nothing else. If it is worse than the linear order, that is kept.

use super::{cost, linear};
use crate::hw::Mesh;
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
    let mut site_of: Vec<Option<u32>> = vec![None; cores as usize];
    let mut taken = vec![false; mesh.cores() as usize];
    while let Some((core, _)) = frontier.pop() {
        let anchors: Vec<(u32, u64)> =
            neighbours[core as usize].iter().filter_map(|(n, p)| site_of[*n as usize].map(|site| (site, *p))).collect();
        let hops = |site: u32| -> u64 { anchors.iter().map(|(a, p)| p * u64::from(mesh.hops(site, *a))).sum() };
        let free = (0..mesh.cores()).filter(|site| !taken[*site as usize]);
        let centre = mesh.tiles() / 2 * u32::from(mesh.cores_per_tile);
        let best = free.min_by_key(|site| (hops(*site), mesh.hops(*site, centre), *site));
        let site = best.expect("the partition uses no more cores than the mesh has");
        taken[site as usize] = true;
        site_of[core as usize] = Some(site);
        for (neighbour, packets) in &neighbours[core as usize] {
            frontier.change_priority_by(neighbour, |priority| priority.0 += packets);
        }
    }
    let greedy: Vec<u32> = site_of.into_iter().map(|site| site.expect("every core was popped once")).collect();
    let linear = linear::place(cores);
    let hops = |sites: &[u32]| cost(traffic, &|core| sites[core as usize], mesh);
    if hops(&greedy) < hops(&linear) { greedy } else { linear }
}
