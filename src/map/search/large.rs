//! Networks too large for tables of every vertex and core: they are coarsened, partitioned and placed while they are
//! small, and then refined by the true cost of every packet, level by level.

use super::assignment::Assignment;
use super::distances::Distances;
use super::hypergraph::Hypergraph;
use super::levels::{Level, levels, relaxed};
use super::problem::{SearchProblem, Solution, keep, on_sites, outside};
use super::{descend, drift, grow, neurons, regions, renumber};
use crate::rng::{Domain, Stream, stream};

/// Sweeps of the coarsest level before the placement, of the levels after it, and most of the last.
const PARTITION_SWEEPS: usize = 3;
const LEVEL_SWEEPS: usize = 3;
const MOST_SWEEPS: u64 = 20;
/// First temperature of a level, as a share of the usual change, and the factor by which it falls.
const HEAT: f64 = 0.2;
const FALL: f64 = 40.0;

/// Searches for a mapping; never worse than the start.
pub(super) fn solve(problem: SearchProblem<'_>, start: Option<Solution>, moves: u64) -> Solution {
    let order = renumber::order(problem.graph);
    let graph = renumber::renumbered(problem.graph, &order);
    let (core, site) = search(SearchProblem { graph: &graph, ..problem }, moves);
    drop(graph);
    let mut own = vec![0; core.len()];
    order.iter().zip(&core).for_each(|(vertex, core)| own[*vertex as usize] = *core);
    let mut best = start.unwrap_or_else(|| Solution { core: own.clone(), site: site.clone(), cost: u64::MAX });
    keep(problem, &mut best, &own, &site);
    best
}

/// The core of every vertex and the site of every core.
fn search(problem: SearchProblem<'_>, moves: u64) -> (Vec<u32>, Vec<u32>) {
    let mut stream = stream(problem.seed, Domain::Placement, 1);
    let mut levels = levels(problem, 1, &mut stream);
    let coarsest = levels.last().map_or(problem.graph, |level| &level.graph);
    let mut core = partitioned(problem, coarsest, &mut stream);
    let mut site = placed(problem, coarsest, &core, &mut stream);
    core = refined(problem, coarsest, core, &site, LEVEL_SWEEPS, &mut stream);
    site = placed(problem, coarsest, &core, &mut stream);
    while let Some(Level { group, .. }) = levels.pop() {
        core = group.iter().map(|group| core[*group as usize]).collect();
        drop(group);
        let graph = levels.last().map_or(problem.graph, |level| &level.graph);
        let sweeps = match levels.len() {
            0 => (moves / graph.vertices().max(1) as u64).clamp(2, MOST_SWEEPS) as usize,
            _ => LEVEL_SWEEPS,
        };
        core = refined(problem, graph, core, &site, sweeps, &mut stream);
    }
    (core, site)
}

/// Partitions the coarsest level by connectivity alone.
fn partitioned(problem: SearchProblem<'_>, graph: &Hypergraph, stream: &mut Stream) -> Vec<u32> {
    let unit = Distances::unit(problem.kind.len());
    let tile: Vec<u32> = (0..problem.kind.len() as u32).collect();
    let core = grow::fill(graph, problem.kind);
    let capacity = relaxed(problem.capacity, graph);
    let mut at = Assignment::new(graph, &unit, capacity, core, (tile, problem.kind.to_vec()));
    tracing::debug!(packets = at.cost(), "filled");
    descend::even_out(&mut at);
    anneal(&mut at, PARTITION_SWEEPS, stream);
    tracing::debug!(packets = at.cost(), broken = at.broken(), "partitioned");
    at.core().to_vec()
}

fn placed(problem: SearchProblem<'_>, graph: &Hypergraph, core: &[u32], stream: &mut Stream) -> Vec<u32> {
    let site: Vec<u32> = (0..problem.kind.len() as u32).collect();
    let at = on_sites(SearchProblem { graph, ..problem }, core, &site);
    let (traffic, outside) = (at.traffic(), outside(&at));
    let demand = regions::RegionDemand {
        cores: at.cores(),
        traffic: &traffic,
        outside: &outside,
        distances: problem.distances,
        tile: problem.tile,
    };
    regions::place(demand, stream)
}

/// Moves the vertices of a level by the true cost of packets.
fn refined(
    problem: SearchProblem<'_>,
    graph: &Hypergraph,
    core: Vec<u32>,
    site: &[u32],
    sweeps: usize,
    stream: &mut Stream,
) -> Vec<u32> {
    let capacity = relaxed(problem.capacity, graph);
    let mut at = on_sites(SearchProblem { graph, capacity, ..problem }, &core, site);
    tracing::debug!(vertices = graph.vertices(), cost = at.cost(), "level");
    descend::even_out(&mut at);
    anneal(&mut at, sweeps, stream);
    tracing::debug!(cost = at.cost(), broken = at.broken(), "refined");
    at.core().to_vec()
}

fn anneal(at: &mut Assignment<'_>, sweeps: usize, stream: &mut Stream) {
    let usual = neurons::usual_change(at, stream) as f64;
    drift::anneal(at, sweeps, ((usual * HEAT) as u64, (usual * HEAT / FALL) as u64), stream);
}
