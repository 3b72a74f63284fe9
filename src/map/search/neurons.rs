//! Annealing of single vertices: one goes to another core, or two change cores, with the exact change of the cost.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;
use super::temperature::{Exponential, cooling};
use crate::rng::Stream;
use rand::RngExt;

/// Temperatures of a search.
const STAGES: usize = 60;
/// Proposals by which the usual change is found.
const TRIALS: usize = 2000;

/// How a search is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    /// Proposals.
    pub(super) proposals: u64,
    /// First temperature, as a share of the mean size of a change.
    pub(super) heat: f64,
    /// By how much the temperature falls.
    pub(super) fall: f64,
}

/// Searches; gives the cost at the end.
pub(super) fn anneal(at: &mut Assignment<'_>, schedule: Schedule, stream: &mut Stream) -> u64 {
    let mut cost = at.cost() as i64;
    if at.graph().vertices() < 2 || at.cores() < 2 {
        return cost as u64;
    }
    let first = (usual_change(at, stream) as f64 * schedule.heat) as u64;
    let draws = Exponential::new();
    for temperature in cooling(first, (first as f64 / schedule.fall) as u64, STAGES) {
        for _ in 0..schedule.proposals.div_ceil(STAGES as u64) {
            let Some((vertex, to)) = propose(at, stream) else { continue };
            cost += attempt(at, vertex, to, draws.draw(temperature, stream), stream);
        }
    }
    cost as u64
}

/// The mean size of a change.
fn usual_change(at: &Assignment<'_>, stream: &mut Stream) -> u64 {
    let one = |_| propose(at, stream).map_or(0, |(vertex, to)| at.change(vertex, to).unsigned_abs());
    (0..TRIALS).map(one).sum::<u64>() / TRIALS as u64
}

/// A vertex and another core of its kind that it has to do with.
fn propose(at: &Assignment<'_>, stream: &mut Stream) -> Option<(u32, u32)> {
    let graph = at.graph();
    let vertex = stream.random_range(0..graph.vertices() as u32);
    let (heard, driven) = (graph.heard(vertex), graph.driven(vertex));
    let any = |list: &[u32], stream: &mut Stream| match list.len() as u32 {
        0 => None,
        len => Some(list[stream.random_range(0..len) as usize]),
    };
    let to = match stream.random_range(0..4u32) {
        // Where others hear what it hears.
        0 | 1 => {
            let reached = at.reached(any(heard, stream)?);
            reached[stream.random_range(0..reached.len() as u32) as usize].core
        }
        // Where those are that hear it.
        2 => {
            let reached = at.reached(any(driven, stream)?);
            reached[stream.random_range(0..reached.len() as u32) as usize].core
        }
        // Where those are that it hears.
        _ => match graph.source[any(heard, stream)? as usize] {
            OUTSIDE => return None,
            source => at.core()[source as usize],
        },
    };
    let fits = to != at.core()[vertex as usize] && at.kind()[to as usize] == graph.kind[vertex as usize];
    fits.then_some((vertex, to))
}

/// Moves a vertex to a core, in exchange for another one where that is full, if the cost then changes by less than
/// `below`; gives the change.
fn attempt(at: &mut Assignment<'_>, vertex: u32, to: u32, below: i64, stream: &mut Stream) -> i64 {
    let below = below.max(1);
    let change = at.change(vertex, to);
    if at.has_room(to, at.graph().size[vertex as usize]) {
        if change < below && at.rest_fits(vertex, to) {
            at.shift(vertex, to);
            return change;
        }
        return 0;
    }
    let members = at.members(to);
    let other = members[stream.random_range(0..members.len() as u32) as usize];
    exchange(at, (vertex, change), other, below)
}

/// Exchanges two vertices, if the cost then changes by less than `below`; gives the change.
fn exchange(at: &mut Assignment<'_>, (vertex, change): (u32, i64), other: u32, below: i64) -> i64 {
    let (from, to) = (at.core()[vertex as usize], at.core()[other as usize]);
    let (out, back) = (at.graph().size[vertex as usize], at.graph().size[other as usize]);
    // What both do for themselves is never more than what they do together: nets that both hear gain nothing.
    if back < out && !at.has_room(to, out - back)
        || out < back && !at.has_room(from, back - out)
        || change + at.change(other, from) >= below
    {
        return 0;
    }
    at.shift(vertex, to);
    let sum = change + at.change(other, from);
    if sum >= below || !at.rest_fits(other, from) {
        at.shift(vertex, from);
        return 0;
    }
    at.shift(other, from);
    if !all_within(at, vertex, other) {
        at.shift(other, to);
        at.shift(vertex, from);
        return 0;
    }
    sum
}

/// Whether axons are within their limits in all cores that an exchange can have given more of them.
fn all_within(at: &Assignment<'_>, vertex: u32, other: u32) -> bool {
    let (graph, capacity) = (at.graph(), at.capacity());
    if !capacity.is_more_than_neurons() {
        return true;
    }
    let out = |core: u32| at.axons_out()[core as usize] <= capacity.axons_out;
    let own = [vertex, other].map(|vertex| at.core()[vertex as usize]);
    let sources = [vertex, other].into_iter().flat_map(|vertex| graph.heard(vertex));
    let mut sources = sources.map(|net| graph.source[*net as usize]).filter(|source| *source != OUTSIDE);
    let fits = |core: u32| at.axons_in()[core as usize] <= capacity.axons_in && out(core);
    own.into_iter().all(|core| fits(core) && at.memory()[core as usize] <= capacity.memory)
        && (capacity.axons_out == u64::MAX || sources.all(|source| out(at.core()[source as usize])))
}
