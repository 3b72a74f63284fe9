//! Placement of many cores: cores that communicate are grouped in fours on regions of four sites, those on regions of
//! sixteen and so on; the largest regions are placed by annealing, and each finer level is annealed among near sites.

use super::cores::{CoreTraffic, Sites};
use super::distances::Distances;
use crate::rng::Stream;

/// Members of a region.
const FOUR: usize = 4;
/// Cores that are placed at once.
const FEW: usize = 256;
/// Proposals for each core at the coarsest level, and at the finer ones.
const FIRST: u64 = 4000;
const THEN: u64 = 2000;
/// First temperatures at these levels, as shares of the mean size of a change.
const HOT: f64 = 1.0;
const WARM: f64 = 0.05;

/// Cores, the traffic between them, and their possible sites.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegionDemand<'a> {
    pub(super) cores: usize,
    pub(super) traffic: &'a CoreTraffic,
    pub(super) outside: &'a [u64],
    pub(super) distances: &'a Distances,
    pub(super) tile: &'a [u32],
}

pub(super) fn place(demand: RegionDemand<'_>, stream: &mut Stream) -> Vec<u32> {
    let RegionDemand { cores, traffic, outside, distances, tile } = demand;
    if cores <= FEW {
        let mut sites = Sites::new(distances, tile, traffic, outside, (0..cores as u32).collect());
        sites.anneal(FIRST * cores as u64, HOT, stream);
        return sites.site().to_vec();
    }
    let cluster = clusters(cores, traffic);
    let coarse_cores = cores.div_ceil(FOUR);
    let regions = regions(distances, tile);
    let mut coarse_outside = vec![0; coarse_cores];
    (0..).zip(outside).for_each(|(core, packets): (usize, _)| coarse_outside[cluster[core] as usize] += packets);
    let merged: CoreTraffic =
        traffic.iter().map(|(a, b, packets)| (cluster[*a as usize], cluster[*b as usize], *packets)).collect();
    let merged = sum(merged);
    let coarse_distances = distances.between_groups(&regions, tile);
    let coarse_tile: Vec<u32> = (0..regions.len() as u32).collect();
    let coarse = RegionDemand {
        cores: coarse_cores,
        traffic: &merged,
        outside: &coarse_outside,
        distances: &coarse_distances,
        tile: &coarse_tile,
    };
    let region = place(coarse, stream);
    let site = expand(&cluster, &region, &regions, tile.len());
    let mut sites = Sites::new(distances, tile, traffic, outside, site);
    sites.anneal_near(THEN * cores as u64, WARM, stream);
    tracing::debug!(cores, cost = sites.cost(), "placed");
    sites.site().to_vec()
}

/// Gives every site of a region a member of the cluster there; a member without a site gets the first that is left.
fn expand(cluster: &[u32], region: &[u32], regions: &[Vec<u32>], sites: usize) -> Vec<u32> {
    let mut free = vec![true; sites];
    let mut next = vec![0; regions.len()];
    let mut site = vec![None; cluster.len()];
    for (core, cluster) in cluster.iter().enumerate() {
        let at = region[*cluster as usize] as usize;
        site[core] = regions[at].get(next[at]).copied();
        next[at] += 1;
        site[core].into_iter().for_each(|site| free[site as usize] = false);
    }
    let mut left = (0..sites as u32).filter(|site| free[*site as usize]);
    site.into_iter().map(|site| site.or_else(|| left.next()).unwrap_or_default()).collect()
}

/// Adds up traffic of the same ends.
fn sum(mut traffic: CoreTraffic) -> CoreTraffic {
    traffic.retain(|(from, to, _)| from != to);
    traffic.sort_unstable();
    traffic.dedup_by(|next, kept| {
        let same = (next.0, next.1) == (kept.0, kept.1);
        kept.2 += u64::from(same) * next.2;
        same
    });
    traffic
}

/// The cluster of each core, four in each: pairs with the most traffic, twice.
fn clusters(cores: usize, traffic: &CoreTraffic) -> Vec<u32> {
    let pair = pairs(cores, traffic);
    let merged: CoreTraffic = traffic.iter().map(|(a, b, w)| (pair[*a as usize], pair[*b as usize], *w)).collect();
    let four = pairs(cores.div_ceil(2), &sum(merged));
    pair.iter().map(|pair| four[*pair as usize]).collect()
}

/// The pair of each core: pairs with the most traffic relative to all their traffic first.
fn pairs(cores: usize, traffic: &CoreTraffic) -> Vec<u32> {
    let mut all = vec![1u64; cores];
    for (a, b, packets) in traffic.iter().filter(|(a, b, _)| a != b) {
        all[*a as usize] += packets;
        all[*b as usize] += packets;
    }
    let both = sum(traffic.iter().map(|(a, b, packets)| (*a.min(b), *a.max(b), *packets)).collect());
    let share = |(a, b, packets): &(u32, u32, u64)| {
        let most = u128::from(all[*a as usize].max(all[*b as usize]));
        ((u128::from(*packets) << 32) / most) as u64
    };
    let mut order: Vec<(u64, u32, u32)> = both.iter().map(|edge| (share(edge), edge.0, edge.1)).collect();
    order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut pair = vec![u32::MAX; cores];
    let mut next = 0;
    for (_, a, b) in order {
        if pair[a as usize] == u32::MAX && pair[b as usize] == u32::MAX {
            (pair[a as usize], pair[b as usize]) = (next, next);
            next += 1;
        }
    }
    // Pairs up the cores without a partner.
    let mut half = false;
    for pair in pair.iter_mut().filter(|pair| **pair == u32::MAX) {
        *pair = next;
        next += u32::from(half);
        half = !half;
    }
    pair
}

/// Sites in regions of four, each of the first that is left and those nearest to it and to each other.
fn regions(distances: &Distances, tile: &[u32]) -> Vec<Vec<u32>> {
    let mut left = vec![true; tile.len()];
    let mut all = Vec::new();
    for first in 0..tile.len() {
        if !left[first] {
            continue;
        }
        left[first] = false;
        let mut region = vec![first as u32];
        let mut ways = vec![0u32; distances.tiles()];
        while region.len() < FOUR {
            let last = region.last().map_or(0, |site| tile[*site as usize]);
            ways.iter_mut().zip(distances.from(last)).for_each(|(sum, way)| *sum += u32::from(*way));
            let free = (first + 1..tile.len()).filter(|site| left[*site]);
            let Some(next) = free.min_by_key(|site| (ways[tile[*site] as usize], *site)) else { break };
            left[next] = false;
            region.push(next as u32);
        }
        all.push(region);
    }
    all
}
