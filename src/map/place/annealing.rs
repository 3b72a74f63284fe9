//! Simulated annealing: swaps of any two cores, at first also to worse placements.

use super::super::search::Sites;
use super::{Effort, force};
use crate::hw::Noc;
use crate::rng::{Domain, stream};

/// Most neighbours of cores that are visited: where thousands of cores all communicate, a search would take hours.
const MOST_LOOKS: u64 = 1 << 31;
/// First temperature, as a share of the usual size of a change.
const HEAT: f64 = 1.0;

/// Anneals, and then moves every core to its best neighbour.
pub(super) fn improve(sites: &mut Sites<'_>, noc: &Noc, effort: Effort) {
    let moves = effort.moves.min(MOST_LOOKS / sites.neighbours().max(1));
    sites.anneal(moves, HEAT, &mut stream(effort.seed, Domain::Placement, 0));
    force::improve(sites, noc, effort.moves);
}
