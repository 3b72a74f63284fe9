//! The problem of a search, and the acceptance of its results.

use super::assignment::Assignment;
use super::capacity::Capacity;
use super::distances::Distances;
use super::hypergraph::{Hypergraph, OUTSIDE};

/// A network, and the cores to map it on.
#[derive(Clone, Copy, Debug)]
pub struct SearchProblem<'a> {
    /// The network.
    pub graph: &'a Hypergraph,
    /// Kind of the vertices that each core holds.
    pub kind: &'a [u32],
    /// Capacity of a core.
    pub capacity: Capacity<'a>,
    /// Costs of packets by route.
    pub distances: &'a Distances,
    /// Tile of each site of the chip.
    pub tile: &'a [u32],
    /// Seed of the search.
    pub seed: u64,
}

/// A mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Core of each vertex.
    pub core: Vec<u32>,
    /// Site of each core.
    pub site: Vec<u32>,
    /// Cost of all packets.
    pub cost: u64,
}

pub(super) fn on_sites<'a>(problem: SearchProblem<'a>, core: &[u32], site: &[u32]) -> Assignment<'a> {
    let tile = site.iter().map(|site| problem.tile[*site as usize]).collect();
    Assignment::new(problem.graph, problem.distances, problem.capacity, core.to_vec(), (tile, problem.kind.to_vec()))
}

/// Keeps a mapping if it breaks no limit and costs less.
pub(super) fn keep(problem: SearchProblem<'_>, best: &mut Solution, core: &[u32], site: &[u32]) {
    let at = on_sites(problem, core, site);
    tracing::debug!(cost = at.cost(), over = ?at.over(), best = best.cost, "looked at");
    if at.cost() < best.cost && at.broken() == 0 {
        *best = Solution { core: core.to_vec(), site: site.to_vec(), cost: at.cost() };
    }
}

/// Packets of the host to each core.
pub(super) fn outside(at: &Assignment<'_>) -> Vec<u64> {
    let mut packets = vec![0; at.cores()];
    for net in (0..at.graph().nets() as u32).filter(|net| at.graph().source[*net as usize] == OUTSIDE) {
        for reach in at.reached(net) {
            packets[reach.core as usize] += u64::from(at.graph().weight[net as usize]);
        }
    }
    packets
}
