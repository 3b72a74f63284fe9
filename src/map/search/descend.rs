//! Passes of Fiduccia and Mattheyses: every vertex moves at most once, best gain first, worse moves included, and the
//! pass ends at its best state.
//!
//! Gains are kept in a priority queue and recomputed when a vertex comes to the front: a move changes the gains of
//! thousands of others, and most of them never come to the front.

use super::assignment::Assignment;
use super::scan::Scan;
use super::stop::is_asked_at;
use priority_queue::PriorityQueue;
use std::cmp::Reverse;

/// Moves without a better result after which a pass ends: as a share of all vertices, and the minimum.
const PATIENCE: (usize, usize) = (64, 50);

/// Improves by passes until one gains less than a share of the cost, or `most` were made; gives the decrease of the
/// cost.
pub(super) fn passes(at: &mut Assignment<'_>, most: usize, stop: f64) -> u64 {
    let mut scan = Scan::new(at);
    let mut gained = 0;
    for _ in 0..most {
        let cost = at.cost();
        let by = pass(at, &mut scan);
        gained += by;
        if by as f64 <= stop * cost as f64 {
            break;
        }
    }
    gained
}

/// One pass; gives the decrease of the cost.
fn pass(at: &mut Assignment<'_>, scan: &mut Scan) -> u64 {
    let vertices = at.graph().vertices() as u32;
    let mut queue: PriorityQueue<u32, (i64, Reverse<u32>)> = (0..vertices)
        .take_while(|vertex| !is_asked_at(u64::from(*vertex)))
        .filter_map(|vertex| Some((vertex, (scan.best(at, vertex)?.gain, Reverse(vertex)))))
        .collect();
    let patience = (vertices as usize / PATIENCE.0).max(PATIENCE.1);
    let mut moves: Vec<(u32, u32)> = Vec::new();
    let (mut sum, mut best, mut best_len) = (0i64, 0i64, 0);
    let mut popped = 0;
    while moves.len() - best_len <= patience
        && let Some((vertex, _)) = queue.pop()
        && !is_asked_at(popped)
    {
        popped += 1;
        let Some(found) = scan.best(at, vertex) else { continue };
        if queue.peek().is_some_and(|(_, (next, _))| *next > found.gain) {
            queue.push(vertex, (found.gain, Reverse(vertex)));
            continue;
        }
        if !at.rest_fits(vertex, found.to) {
            continue;
        }
        moves.push((vertex, at.core()[vertex as usize]));
        at.shift(vertex, found.to);
        sum += found.gain;
        if sum > best {
            (best, best_len) = (sum, moves.len());
        }
    }
    for (vertex, from) in moves.drain(best_len..).rev() {
        at.shift(vertex, from);
    }
    best as u64
}

/// Moves vertices out of cores that exceed a limit, those with the smallest loss first.
pub(super) fn even_out(at: &mut Assignment<'_>) {
    let mut scan = Scan::new(at);
    for core in 0..at.cores() as u32 {
        let mut queue: PriorityQueue<u32, (i64, Reverse<u32>)> = PriorityQueue::new();
        if !at.has_room(core, 0) {
            let gains = at.members(core).iter();
            queue.extend(gains.filter_map(|v| Some((*v, (scan.best(at, *v)?.gain, Reverse(*v))))));
        }
        while !at.has_room(core, 0)
            && let Some((vertex, _)) = queue.pop()
        {
            if let Some(found) = scan.best(at, vertex) {
                at.shift(vertex, found.to);
            }
        }
    }
}
