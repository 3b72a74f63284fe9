//! Levels of increasingly coarse hypergraphs, which are solved from the coarsest to the finest.

use super::capacity::Capacity;
use super::coarsen;
use super::hypergraph::Hypergraph;
use super::problem::SearchProblem;
use crate::rng::Stream;

/// Vertices for each core at which coarsening ends.
const COARSEST: usize = 6;
/// A vertex is at most this part of a core.
const PART: u64 = 6;
/// Growth of vertices from level to level.
const GROWTH: u64 = 4;

/// A coarser hypergraph, and the map of the finer vertices to its own.
pub(super) struct Level {
    pub(super) graph: Hypergraph,
    pub(super) group: Vec<u32>,
}

pub(super) fn most_size(problem: SearchProblem<'_>) -> u64 {
    (problem.capacity.neurons / PART).max(1)
}

/// Coarsens while the number of vertices falls much; their size grows from `size` to the largest allowed.
pub(super) fn levels(problem: SearchProblem<'_>, mut size: u64, stream: &mut Stream) -> Vec<Level> {
    let fewest = problem.kind.len() * COARSEST;
    let most = most_size(problem);
    let mut all: Vec<Level> = Vec::new();
    loop {
        let graph = all.last().map_or(problem.graph, |level| &level.graph);
        let before = graph.vertices();
        size = size.saturating_mul(GROWTH).min(most);
        let (group, groups) = coarsen::group(graph, size as u32, fewest, stream);
        if groups as f64 > 0.95 * before as f64 {
            if size < most {
                continue;
            }
            return all;
        }
        let graph = graph.contract(&group, groups);
        tracing::debug!(vertices = graph.vertices(), nets = graph.nets(), pins = graph.all_pins(), "coarsened");
        all.push(Level { graph, group });
    }
}

/// Where vertices are large, cores may hold a little more than they should: finer levels even that out.
pub(super) fn relaxed<'a>(capacity: Capacity<'a>, graph: &Hypergraph) -> Capacity<'a> {
    let largest = graph.size.iter().copied().max().unwrap_or(1);
    Capacity { neurons: capacity.neurons + u64::from(largest - 1), ..capacity }
}
