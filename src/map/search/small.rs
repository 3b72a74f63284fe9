//! From a network and a chip to a mapping: coarsen, fill, refine level by level, place, and then refine neurons and
//! cores together with the true cost of every packet.

use super::assignment::Assignment;
use super::cores::Sites;
use super::distances::Distances;
use super::levels::{levels, most_size, relaxed};
use super::problem::{SearchProblem, Solution, keep, on_sites, outside};
use super::stop::is_asked;
use super::{descend, grow, neurons, sweeps};
use crate::rng::{Domain, stream};

/// Partitions by connectivity alone: the fewest packets between cores.
fn partition(problem: SearchProblem<'_>) -> Vec<u32> {
    let mut stream = stream(problem.seed, Domain::Placement, 1);
    let unit = Distances::unit(problem.kind.len());
    let tile: Vec<u32> = (0..problem.kind.len() as u32).collect();
    let levels = levels(problem, most_size(problem), &mut stream);
    let coarsest = levels.last().map_or(problem.graph, |level| &level.graph);
    let mut core = grow::fill(coarsest, problem.kind);
    for depth in (0..=levels.len()).rev() {
        let graph = if depth == 0 { problem.graph } else { &levels[depth - 1].graph };
        let capacity = relaxed(problem.capacity, graph);
        let mut at = Assignment::new(graph, &unit, capacity, core, (tile.clone(), problem.kind.to_vec()));
        descend::even_out(&mut at);
        descend::passes(&mut at, PASSES, 0.002);
        tracing::debug!(vertices = graph.vertices(), pins = graph.all_pins(), packets = at.cost(), "partitioned");
        core = at.core().to_vec();
        if depth > 0 {
            core = levels[depth - 1].group.iter().map(|group| core[*group as usize]).collect();
        }
    }
    core
}

/// Searches for a mapping; never worse than the start.
pub(super) fn solve(problem: SearchProblem<'_>, start: Option<Solution>, moves: u64) -> Solution {
    let begun = start.as_ref().map_or(u64::MAX, |start| start.cost);
    if let Some(start) = &start {
        tracing::debug!(cost = begun, over = ?on_sites(problem, &start.core, &start.site).over(), "begins");
    }
    let own = partition(problem);
    let mut best = start.unwrap_or_else(|| Solution { core: own.clone(), site: first_sites(problem), cost: u64::MAX });
    let connectivity = |core: &[u32]| {
        let unit = Distances::unit(problem.kind.len());
        let at = Assignment::new(problem.graph, &unit, problem.capacity, core.to_vec(), apart(problem));
        (at.broken(), at.cost())
    };
    let mut core = if connectivity(&own) < connectivity(&best.core) { own } else { best.core.clone() };
    let mut site = placed(problem, &core, best.site.clone(), moves, PLACE_HEAT, 0);
    keep(problem, &mut best, &core, &site);
    // A search of a small network is soon done, and restarts from the best that was found.
    let sweeps = moves / problem.graph.vertices().max(1) as u64;
    for round in 1..=(sweeps / MOST_SWEEPS).clamp(1, MOST_ROUNDS) {
        if is_asked() {
            return best;
        }
        core = refined(problem, core, &site, (moves, HEAT), round);
        keep(problem, &mut best, &core, &site);
        site = placed(problem, &core, site, moves / 8, REPLACE_HEAT, round);
        keep(problem, &mut best, &core, &site);
        if best.cost < u64::MAX {
            (core, site) = (best.core.clone(), best.site.clone());
        }
    }
    // A start of much order, such as a convolution's, is lost in that heat: search again, nearly cold.
    if best.cost == begun && begun < u64::MAX && !is_asked() {
        core = refined(problem, best.core.clone(), &best.site, (moves, COOL), MOST_ROUNDS + 1);
        site = best.site.clone();
        keep(problem, &mut best, &core, &site);
        site = placed(problem, &core, site, moves / 8, REPLACE_HEAT, MOST_ROUNDS + 1);
        keep(problem, &mut best, &core, &site);
    }
    best
}

/// First temperature of the placement of cores, and of its repetitions.
const PLACE_HEAT: f64 = 1.0;
const REPLACE_HEAT: f64 = 0.02;
/// First temperature of the refinement, as a share of the usual change, and the factor by which it falls.
const HEAT: f64 = 0.4;
const COOL: f64 = 0.004;
const FALL: f64 = 40.0;
/// Most sweeps of a refinement: more gain little.
const MOST_SWEEPS: u64 = 60;
const MOST_ROUNDS: u64 = 6;
/// Most passes of a level, and after the refinement.
const PASSES: usize = 1;

/// Every core on its own tile, whatever the chip.
fn apart(problem: SearchProblem<'_>) -> (Vec<u32>, Vec<u32>) {
    ((0..problem.kind.len() as u32).collect(), problem.kind.to_vec())
}

fn first_sites(problem: SearchProblem<'_>) -> Vec<u32> {
    (0..problem.kind.len() as u32).collect()
}

fn placed(problem: SearchProblem<'_>, core: &[u32], site: Vec<u32>, moves: u64, heat: f64, round: u64) -> Vec<u32> {
    let mut stream = stream(problem.seed, Domain::Placement, 2 * round + 2);
    let at = on_sites(problem, core, &site);
    let (traffic, outside) = (at.traffic(), outside(&at));
    let mut sites = Sites::new(problem.distances, problem.tile, &traffic, &outside, site);
    sites.anneal(moves, heat, &mut stream);
    tracing::debug!(cost = sites.cost(), "placed");
    sites.site().to_vec()
}

/// Moves neurons between placed cores, by the true cost of packets.
fn refined(
    problem: SearchProblem<'_>,
    core: Vec<u32>,
    site: &[u32],
    (moves, heat): (u64, f64),
    round: u64,
) -> Vec<u32> {
    let mut stream = stream(problem.seed, Domain::Placement, 2 * round + 1);
    let mut at = on_sites(problem, &core, site);
    descend::even_out(&mut at);
    let usual = neurons::usual_change(&at, &mut stream) as f64;
    let range = ((usual * heat) as u64, (usual * heat / FALL) as u64);
    if sweeps::is_possible(&at) {
        let count = (moves / problem.graph.vertices().max(1) as u64).clamp(1, MOST_SWEEPS);
        sweeps::anneal(&mut at, count as usize, range, &mut stream);
    } else {
        neurons::anneal(&mut at, moves, range, &mut stream);
    }
    tracing::debug!(cost = at.cost(), "annealed");
    descend::passes(&mut at, PASSES, 0.001);
    tracing::debug!(cost = at.cost(), "refined");
    at.core().to_vec()
}
