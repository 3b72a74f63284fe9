//! Annealing in sweeps over all vertices: each is drawn to its best core, and if that is full it swaps places with the
//! vertex there that loses least.
//!
//! The cost of a vertex in every core takes little longer to compute than that in one. The costs of all vertices are
//! kept from visit to visit, to find a partner among those of a core; the exact change decides whether a swap is made.

use super::assignment::Assignment;
use super::neurons;
use super::scan::Scan;
use super::stop::is_asked_at;
use super::temperature::{Exponential, cooling};
use crate::rng::Stream;
use rand::seq::SliceRandom;

/// Most entries of the table of costs, by vertex and core.
const MOST_COSTS: usize = 1 << 26;

/// Whether the costs of all vertices in all cores can be kept.
pub(super) fn is_possible(at: &Assignment<'_>) -> bool {
    at.is_dense() && at.graph().vertices().saturating_mul(at.cores()) <= MOST_COSTS
}

/// Runs a number of sweeps, from the first temperature to the last.
pub(super) fn anneal(at: &mut Assignment<'_>, sweeps: usize, (first, last): (u64, u64), stream: &mut Stream) {
    let mut search = SweepSearch {
        scan: Scan::new(at),
        costs: vec![0; at.graph().vertices() * at.cores()],
        draws: Exponential::new(),
        stream,
    };
    let mut order: Vec<u32> = (0..at.graph().vertices() as u32).collect();
    for vertex in &order {
        search.look(at, *vertex);
    }
    for temperature in cooling(first, last, sweeps) {
        order.shuffle(search.stream);
        for (number, vertex) in order.iter().enumerate() {
            if is_asked_at(number as u64) {
                return;
            }
            search.visit(at, *vertex, temperature);
        }
    }
}

struct SweepSearch<'s> {
    scan: Scan,
    /// Last known cost of each vertex in each core.
    costs: Vec<u32>,
    draws: Exponential,
    stream: &'s mut Stream,
}

impl SweepSearch<'_> {
    fn look(&mut self, at: &Assignment<'_>, vertex: u32) {
        let row = &mut self.costs[vertex as usize * at.cores()..][..at.cores()];
        let costs = self.scan.costs(at, vertex);
        row.iter_mut().zip(costs).for_each(|(kept, cost)| *kept = u32::try_from(*cost).unwrap_or(u32::MAX));
    }

    fn cost(&self, at: &Assignment<'_>, vertex: u32, core: u32) -> i64 {
        self.costs[vertex as usize * at.cores() + core as usize].into()
    }

    fn visit(&mut self, at: &mut Assignment<'_>, vertex: u32, temperature: u64) {
        self.look(at, vertex);
        let (own, size) = (at.core()[vertex as usize], at.graph().size[vertex as usize]);
        let Some(to) = self.choose(at, vertex, own, temperature) else { return };
        let change = self.cost(at, vertex, to) - self.cost(at, vertex, own);
        let below = self.draws.draw(temperature, self.stream).max(1);
        if at.has_room(to, size) {
            if change < below && at.rest_fits(vertex, to) {
                at.shift(vertex, to);
            }
        } else if let Some(other) = self.partner(at, own, to, temperature) {
            neurons::exchange(at, (vertex, change), other, below);
        }
    }

    /// The core with the lowest cost for a vertex, except its own, with something drawn subtracted from each.
    fn choose(&mut self, at: &Assignment<'_>, vertex: u32, own: u32, temperature: u64) -> Option<u32> {
        let kind = at.graph().kind[vertex as usize];
        let mut best: Option<(i64, u32)> = None;
        for core in self.scan.cores_of(kind) {
            let cost: i64 = self.costs[vertex as usize * at.cores() + *core as usize].into();
            // No draw outweighs more than this.
            if *core == own || best.is_some_and(|(least, _)| cost > least + Exponential::most(temperature)) {
                continue;
            }
            let key = (cost - self.draws.draw(temperature, self.stream), *core);
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        best.map(|(_, core)| core)
    }

    /// The vertex of a core with the smallest loss by moving to another, with something drawn subtracted from each.
    fn partner(&mut self, at: &Assignment<'_>, own: u32, to: u32, temperature: u64) -> Option<u32> {
        let mut best: Option<(i64, u32)> = None;
        for other in at.members(to) {
            let loss = self.cost(at, *other, own) - self.cost(at, *other, to);
            let key = (loss - self.draws.draw(temperature, self.stream), *other);
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        best.map(|(_, other)| other)
    }
}
