//! Annealing in sweeps for networks too large for a table of all vertices and cores: each vertex is drawn to the best
//! of the cores that it is most connected with, and if that is full it swaps places with a vertex there.
//!
//! The best cores of every vertex are kept as of its last visit, to find a partner among those of a core; the exact
//! cost decides whether a swap is made.

use super::assignment::Assignment;
use super::near::Near;
use super::neurons;
use super::stop::is_asked_at;
use super::temperature::{Exponential, cooling};
use crate::rng::Stream;
use rand::seq::SliceRandom;

const KEPT: usize = 8;

/// Vertices are shuffled in blocks of this size, and so are the blocks: those of a block are near in memory.
const BLOCK: usize = 1024;
/// A vertex is visited in every sweep if another core costs at most `OFTEN` temperatures more, and otherwise in one of
/// `RARELY` sweeps.
const OFTEN: i64 = 6;
const RARELY: usize = 4;

/// A core, and the cost of a vertex there in excess of that in its own core.
#[derive(Clone, Copy, Debug)]
struct Choice {
    core: u32,
    more: i32,
}

const NONE: Choice = Choice { core: u32::MAX, more: i32::MAX };

/// Runs a number of sweeps, from the first temperature to the last.
pub(super) fn anneal(at: &mut Assignment<'_>, sweeps: usize, (first, last): (u64, u64), stream: &mut Stream) {
    let mut search = DriftSearch {
        near: Near::new(at.cores()),
        kept: vec![[NONE; KEPT]; at.graph().vertices()],
        draws: Exponential::new(),
        stream,
    };
    let mut order: Vec<u32> = (0..at.graph().vertices() as u32).collect();
    let mut blocks: Vec<&mut [u32]> = order.chunks_mut(BLOCK).collect();
    for (sweep, temperature) in cooling(first, last, sweeps).into_iter().enumerate() {
        blocks.shuffle(search.stream);
        blocks.iter_mut().for_each(|block| block.shuffle(search.stream));
        for (position, vertex) in blocks.iter().flat_map(|block| block.iter()).enumerate() {
            if is_asked_at(position as u64) {
                return;
            }
            // A vertex with no better core is tried again only in some sweeps.
            if search.may_move(*vertex, temperature) || (position + sweep).is_multiple_of(RARELY) {
                search.visit(at, *vertex, temperature);
            }
        }
        tracing::debug!(cost = at.cost(), temperature, "swept");
    }
}

struct DriftSearch<'s> {
    near: Near,
    kept: Vec<[Choice; KEPT]>,
    draws: Exponential,
    stream: &'s mut Stream,
}

impl DriftSearch<'_> {
    /// Whether a vertex was not visited yet, or a draw could outweigh the excess cost of another core.
    fn may_move(&self, vertex: u32, temperature: u64) -> bool {
        let kept = &self.kept[vertex as usize];
        let least = kept.iter().map(|kept| kept.more).min().unwrap_or(0);
        kept[0].core == u32::MAX || i64::from(least) <= OFTEN * temperature as i64
    }

    fn visit(&mut self, at: &mut Assignment<'_>, vertex: u32, temperature: u64) {
        self.near.look(at, vertex);
        let own = self.near.found[0];
        let others = &mut self.near.found[1..];
        others.sort_unstable_by_key(|(core, cost)| (*cost, *core));
        let kept = &mut self.kept[vertex as usize];
        *kept = [NONE; KEPT];
        for (kept, (core, cost)) in kept.iter_mut().zip(others.iter()) {
            *kept = Choice { core: *core, more: i32::try_from(cost - own.1).unwrap_or(i32::MAX) };
        }
        let mut best: Option<(i64, u32, i64)> = None;
        for (core, cost) in others.iter() {
            if best.is_some_and(|(least, ..)| *cost > least + Exponential::most(temperature)) {
                break;
            }
            let drawn = cost - self.draws.draw(temperature, self.stream);
            if best.is_none_or(|best| (drawn, *core) < (best.0, best.1)) {
                best = Some((drawn, *core, cost - own.1));
            }
        }
        let Some((_, to, change)) = best else { return };
        let below = self.draws.draw(temperature, self.stream).max(1);
        if at.has_room(to, at.graph().size[vertex as usize]) {
            if change < below && at.rest_fits(vertex, to) {
                at.shift(vertex, to);
                self.note(vertex, own.0, to);
            }
        } else if let Some(other) = self.partner(at, own.0, to, (change, below), temperature) {
            neurons::exchange(at, (vertex, change), other, below);
            if at.core()[vertex as usize] == to {
                self.note(vertex, own.0, to);
                self.note(other, to, own.0);
            }
        }
    }

    /// Records that a vertex has moved: its costs elsewhere now compare with its new core.
    fn note(&mut self, vertex: u32, from: u32, to: u32) {
        let kept = &mut self.kept[vertex as usize];
        let Some(more) = kept.iter().find(|kept| kept.core == to).map(|kept| kept.more) else { return };
        for kept in kept.iter_mut().filter(|kept| kept.core != u32::MAX) {
            let (core, before) = if kept.core == to { (from, 0) } else { (kept.core, kept.more) };
            *kept = Choice { core, more: before.saturating_sub(more) };
        }
    }

    /// The vertex of a core with the smallest loss by moving to another, with something drawn subtracted from each, if
    /// that is small enough.
    fn partner(
        &mut self,
        at: &Assignment<'_>,
        own: u32,
        to: u32,
        (change, below): (i64, i64),
        temperature: u64,
    ) -> Option<u32> {
        let mut best: Option<(i64, u32)> = None;
        for other in at.members(to) {
            let Some(kept) = self.kept[*other as usize].iter().find(|kept| kept.core == own) else { continue };
            if change + i64::from(kept.more) >= below {
                continue;
            }
            let key = (i64::from(kept.more) - self.draws.draw(temperature, self.stream), *other);
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        best.map(|(_, other)| other)
    }
}
