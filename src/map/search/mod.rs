//! The search for good mappings: a network as a hypergraph, cores as its parts, tiles as their places.
//!
//! All costs are integers and every change is exact; every draw comes from a seeded stream, so the same inputs give
//! the same mapping on every machine.

mod assignment;
mod capacity;
mod coarsen;
mod cores;
mod counts;
mod descend;
mod distances;
mod drift;
mod grow;
mod hypergraph;
mod large;
mod levels;
mod loads;
mod near;
mod neurons;
mod problem;
mod regions;
mod renumber;
mod scan;
mod small;
mod stop;
mod sweeps;
mod temperature;

pub use assignment::Assignment;
pub use capacity::Capacity;
pub use cores::Sites;
pub use distances::{Distances, MOST_TILES, along_hilbert};
pub use hypergraph::{Hypergraph, Net, OUTSIDE};
pub(in crate::map) use loads::{Aim, Bundle, Loads};
pub use problem::{SearchProblem, Solution};
pub use stop::heeding;
pub(in crate::map) use stop::is_asked_at;

#[cfg(test)]
mod tests;

/// Searches for a mapping, from a start and from its own partition; never worse than the start. Gives the best one
/// found. `moves` is the number that each of its rounds tries.
pub fn solve(problem: SearchProblem<'_>, start: Option<Solution>, moves: u64) -> Solution {
    match Assignment::fits_table(problem.graph, problem.kind.len()) {
        true => small::solve(problem, start, moves),
        false => large::solve(problem, start, moves),
    }
}
