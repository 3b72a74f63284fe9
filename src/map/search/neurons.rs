//! Annealing of single vertices: one moves to another core, or two swap cores, with the exact change of the cost.

use super::assignment::Assignment;
use super::hypergraph::OUTSIDE;
use super::stop::is_asked_at;
use super::temperature::{Exponential, cooling};
use crate::rng::Stream;
use rand::RngExt;

/// Temperatures of a search.
const STAGES: usize = 60;
/// Proposals for estimating the usual change.
const TRIALS: usize = 2000;

/// Tries a number of changes, from the first temperature to the last.
pub(super) fn anneal(at: &mut Assignment<'_>, proposals: u64, (first, last): (u64, u64), stream: &mut Stream) {
    if at.graph().vertices() < 2 || at.cores() < 2 {
        return;
    }
    let draws = Exponential::new();
    for temperature in cooling(first, last, STAGES) {
        for number in 0..proposals.div_ceil(STAGES as u64) {
            if is_asked_at(number) {
                return;
            }
            if let Some((vertex, to)) = propose(at, stream) {
                attempt(at, vertex, to, draws.draw(temperature, stream), stream);
            }
        }
    }
}

pub(super) fn usual_change(at: &Assignment<'_>, stream: &mut Stream) -> u64 {
    if at.graph().vertices() == 0 {
        return 0;
    }
    let one = |_| propose(at, stream).map_or(0, |(vertex, to)| at.change(vertex, to).unsigned_abs());
    (0..TRIALS).map(one).sum::<u64>() / TRIALS as u64
}

/// A vertex and another core of its kind that it is connected with.
fn propose(at: &Assignment<'_>, stream: &mut Stream) -> Option<(u32, u32)> {
    let graph = at.graph();
    let vertex = stream.random_range(0..graph.vertices() as u32);
    let (heard, driven) = (graph.heard(vertex), graph.driven(vertex));
    let any = |list: &[u32], stream: &mut Stream| match list.len() as u32 {
        0 => None,
        len => Some(list[stream.random_range(0..len) as usize]),
    };
    let to = match stream.random_range(0..4u32) {
        // A core of other listeners of a net that it hears.
        0 | 1 => {
            let reached = at.reached(any(heard, stream)?);
            reached[stream.random_range(0..reached.len() as u32) as usize].core
        }
        // A core of its listeners.
        2 => {
            let reached = at.reached(any(driven, stream)?);
            reached[stream.random_range(0..reached.len() as u32) as usize].core
        }
        // A core of its sources.
        _ => match graph.source[any(heard, stream)? as usize] {
            OUTSIDE => return None,
            source => at.core()[source as usize],
        },
    };
    let fits = to != at.core()[vertex as usize] && at.kind()[to as usize] == graph.kind[vertex as usize];
    fits.then_some((vertex, to))
}

/// Moves a vertex to a core, in exchange for another one if that is full, if the cost then changes by less than
/// `below`.
fn attempt(at: &mut Assignment<'_>, vertex: u32, to: u32, below: i64, stream: &mut Stream) {
    let below = below.max(1);
    let change = at.change(vertex, to);
    if at.has_room(to, at.graph().size[vertex as usize]) {
        if change < below && at.rest_fits(vertex, to) {
            at.shift(vertex, to);
        }
        return;
    }
    let members = at.members(to);
    let other = members[stream.random_range(0..members.len() as u32) as usize];
    exchange(at, (vertex, change), other, below);
}

/// Exchanges two vertices, if the cost then changes by less than `below`. `change` is that of the first alone.
pub(super) fn exchange(at: &mut Assignment<'_>, (vertex, change): (u32, i64), other: u32, below: i64) {
    let (from, to) = (at.core()[vertex as usize], at.core()[other as usize]);
    let (out, back) = (at.graph().size[vertex as usize], at.graph().size[other as usize]);
    if back < out && !at.has_room(to, out - back) || out < back && !at.has_room(from, back - out) {
        return;
    }
    // The sum of both single changes is never more than their joint change.
    let alone = change + at.change(other, from);
    if alone >= below || alone + at.together(vertex, other) >= below {
        return;
    }
    at.shift(vertex, to);
    at.shift(other, from);
    if !all_within(at, vertex, other) {
        at.shift(other, to);
        at.shift(vertex, from);
    }
}

/// Whether axons are within their limits in all cores to which an exchange can have added some.
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
